"""Calls of a function in the examples of its module: arguments to look at it with."""

from __future__ import annotations

import ast
import contextlib
import doctest
import inspect
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

OPERATORS = frozenset({"grad", "value_and_grad", "jacobian", "jacfwd", "jacrev", "hessian"})
"""What takes the function, and returns one of the same arguments."""


@dataclass(frozen=True, slots=True)
class ExampleCall:
    """A call that was found: its text, and the arguments by position."""

    text: str
    args: tuple[Any, ...]


def example_call(function: FunctionType) -> ExampleCall | None:
    """Return the first call of a function in the examples of its docstring, or of its module.

    The examples before it are run, without their output; where they fail, others are looked at.
    """
    module = sys.modules.get(function.__module__)
    if module is None:
        return None
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = finder.find(module)
    own = [test for test in found if test.name.rpartition(".")[2] == function.__name__]
    for test in (*own, *(test for test in found if test not in own)):
        call = _first_call(test, function)
        if call is not None:
            return call
    return None


def _first_call(test: doctest.DocTest, function: FunctionType) -> ExampleCall | None:
    space = dict(test.globs)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            for example in test.examples:
                for call in _calls(example.source, function.__name__):
                    return ExampleCall(ast.unparse(call), _arguments(call, function, space))
                if example.exc_msg is None:
                    exec(compile(example.source, "<example>", "single"), space)  # noqa: S102
    except Exception:  # noqa: BLE001 - whatever it is, it is no example then
        return None
    return None


def _calls(source: str, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (_is_named(node.func, name) or _is_of(node.func, name)):
            yield node


def _is_named(node: ast.expr, name: str) -> bool:
    return (isinstance(node, ast.Name) and node.id == name) or (
        isinstance(node, ast.Attribute) and node.attr == name
    )


def _is_of(node: ast.expr, name: str) -> bool:
    """Return whether this is the gradient of the function, or a relative."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr in OPERATORS:
        return any(_is_named(arg, name) for arg in node.args[:1]) or _is_named(
            node.func.value, name
        )
    is_operator = isinstance(node.func, ast.Name) and node.func.id in OPERATORS
    return is_operator and any(_is_named(arg, name) for arg in node.args[:1])


def _arguments(call: ast.Call, function: FunctionType, space: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a call gives the function, defaults included."""

    def value(node: ast.expr) -> Any:
        text = ast.unparse(node)
        return eval(text, space)  # noqa: S307 - an example of the module, which was imported

    args: list[Any] = []
    for arg in call.args:
        args += value(arg.value) if isinstance(arg, ast.Starred) else [value(arg)]
    named = {k.arg: value(k.value) for k in call.keywords if k.arg is not None}
    bound = inspect.signature(function).bind(*args, **named)
    bound.apply_defaults()
    return tuple(bound.arguments.values())
