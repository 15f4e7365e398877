"""What is studied: a function at a point, and its derivatives as generated source."""

from __future__ import annotations

import inspect
import linecache
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from types import CodeType, MappingProxyType
from typing import Any

import numba
import numpy as np

from srcad import pipeline
from srcad.arguments import Argnums, is_differentiable, is_several, parameter_names, positions
from srcad.backend.jit import Derivative
from srcad.backend.watched_twin import Seen, watched_twin
from srcad.bound import Bound
from srcad.carried import carrier_of
from srcad.derivative import target_of
from srcad.frontend.syntax.signature import signature_of
from srcad.frontend.types.numba_types import from_numba
from srcad.ir.nodes import Span
from srcad.ir.structures import given
from srcad.ir.types import Type
from srcad.texts import Generated
from srcad.trees import copied, is_float, mapped


@dataclass(frozen=True, slots=True)
class Subject:
    """A function at a point. wrt: positions of what it is differentiated by."""

    func: Any
    args: tuple[Any, ...]
    names: tuple[str, ...]
    types: tuple[Type, ...]
    wrt: tuple[int, ...]

    def derived(self, kind: Any, wrt: tuple[int, ...] | None = None) -> Generated:
        """Return the source of a derivative. Raises as `grad` does."""
        return pipeline.derive(self.func, kind, self.types, self.wrt if wrt is None else wrt)

    def copies(self) -> tuple[Any, ...]:
        """Return arguments that may be written."""
        return tuple(map(_number, copied(self.args)))


def subject(
    f: Any,
    argnums: Argnums | None,
    args: tuple[Any, ...],
    operator: str,
    named: Mapping[str, Any] = MappingProxyType({}),
) -> Subject:
    """Return a function at a point.

    named: arguments by name. argnums: None for all arguments that are floats.
    Raises TypeError for what is no function with source, or has no floats.
    """
    carrier = carrier_of(f)
    func = f
    if carrier is not None:
        func, args = carrier.func, carrier.arguments(args)
    target, _ = target_of(func, operator)
    if isinstance(target, Derivative | Bound):
        message = f"{operator} takes a function, not a derivative of one"
        raise TypeError(message)
    bound = signature_of(target).bind(*args, **named)
    bound.apply_defaults()
    names = parameter_names(target)
    values = tuple(given(bound.arguments[name]) for name in names)
    types = tuple(
        from_numba(numba.typeof(value), name) for value, name in zip(values, names, strict=True)
    )
    if argnums is None:
        wrt = tuple(k for k, type_ in enumerate(types) if is_differentiable(type_))
    else:
        wrt = positions(argnums, names, target.__name__)
        if is_several(argnums) and not wrt:
            wrt = ()
    if not wrt:
        message = f"{operator}: {target.__name__} has no float argument"
        raise TypeError(message)
    return Subject(target, values, names, types, wrt)


def reverse_of(case: Subject) -> tuple[Generated, tuple[Any, ...]]:
    """Return the source of value and gradient, and copies of the arguments that it takes.

    Of a function that does not return one float, that of the adjoint, with a cotangent of ones.
    """
    args = case.copies()
    try:
        return case.derived("value_and_grad"), args
    except TypeError:
        made = case.derived("adjoint")
        with quiet():
            out = watched(case.derived("primal", ()), lambda *_: None)(*case.copies())
        return made, (*args, mapped(_one, out))


def _one(leaf: Any) -> Any:
    if not is_float(leaf):
        return leaf
    return np.ones_like(leaf) if isinstance(leaf, np.ndarray) else np.float64(1.0)


@dataclass(frozen=True, slots=True)
class Lines:
    """A program as pictures show it: the function, and below it the other lines that count.

    texts: the lines. rows: of each place, by the end of its file and its line, the number there.
    """

    texts: tuple[str, ...]
    rows: dict[tuple[str, int], int]


def lines_of(func: Any, others: Iterable[tuple[str, int, str]]) -> Lines:
    """Return the lines of a function, and others: of each the file, the line and the text."""
    code = getattr(inspect.unwrap(getattr(func, "py_func", func)), "__code__", None)
    texts: list[str] = []
    rows: dict[tuple[str, int], int] = {}
    if code is not None:
        inner = (c for c in code.co_consts if isinstance(c, CodeType))
        last = max(line for c in (code, *inner) for *_, line in c.co_lines() if line)
        found = [
            (k, linecache.getline(code.co_filename, k).rstrip())
            for k in range(code.co_firstlineno, last + 1)
        ]
        while found and not found[0][1].lstrip().startswith("def ") and len(found) > 1:
            found.pop(0)
        texts = textwrap.dedent("\n".join(text for _, text in found)).splitlines()
        name = PurePath(code.co_filename).name
        rows = {(name, number): k for k, (number, _) in enumerate(found[: len(texts)])}
    for file, line, text in sorted(set(others)):
        if line and (file, line) not in rows:
            rows[file, line] = len(texts)
            texts.append(text)
    return Lines(tuple(texts), rows)


def watched(made: Generated, seen: Seen, **names: object) -> Callable[..., Any]:
    """Return generated source as plain Python that tells what it computes.

    names: what it calls by these names instead of helpers.
    """
    return watched_twin(made.source, made.name, {**made.constants, **names}, seen)


@contextmanager
def quiet() -> Iterator[None]:
    """Let NumPy warn of nothing."""
    with np.errstate(all="ignore"):
        yield


def place(span: Span | None) -> str:
    """Return how messages name a place of the user's."""
    if span is None:
        return "an unknown line"
    return f"{PurePath(span.file).name}, line {span.line}"


def line_at(span: Span | None) -> str:
    """Return the user's line, without its indentation."""
    return "" if span is None else linecache.getline(span.file, span.line).strip()


def _number(value: Any) -> Any:
    """Return a float of Python as one of NumPy: it divides as compiled code does."""
    return np.float64(value) if type(value) is float else value
