"""Which functions stay calls: large ones of which inlining would make many copies.

A function that is called at three places, by one that is called at four, is twelve copies of its
text; what is derived and compiled grows with each. Where the whole would be long, such a function
has derivatives of its own instead, which are made once.

Conditions: it is called at more than one place; it has a loop, so that a call is little beside
what it does; it stands at the top of a module, with numbers, functions and modules as all that it
captures. (What it is given and returns is looked at when types are known.)
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from types import FunctionType, ModuleType

from srcad.errors import NotDifferentiable
from srcad.frontend.syntax.source import python_function, read

MOST_INLINED = 1200
"""Nodes of the syntax tree that a program may have when all its calls are inlined."""
SMALLEST = 100
"""Nodes of the smallest function that stays a call."""
FEWEST_LOOPS = 1
MOST_FUNCTIONS = 200

NO_SOURCE = ("numpy", "scipy", "math", "numba", "srcad", "builtins")


@dataclass(slots=True)
class _Text:
    """A function: how long it is, what it calls, and whether it may stay a call."""

    size: int
    calls: list[FunctionType]
    may_stay: bool


def kept_calls(func: object) -> frozenset[FunctionType]:
    """Return the functions that are called rather than inlined where `func` is differentiated."""
    if not isinstance(func, FunctionType) or not any(map(_of_user, _captured(func).values())):
        return frozenset()
    texts: dict[FunctionType, _Text] = {}
    order: list[FunctionType] = []
    if not _collect(func, texts, order, []):
        return frozenset()
    kept: set[FunctionType] = set()
    while True:
        copies = _copies(func, texts, order, kept)
        total = sum(texts[f].size * copies[f] for f in order)
        if total <= MOST_INLINED:
            return frozenset(kept)
        gains = {
            f: (copies[f] - 1) * _inlined(f, texts, kept)
            for f in order
            if f is not func and f not in kept and copies[f] > 1 and texts[f].may_stay
        }
        if not gains:
            return frozenset(kept)
        kept.add(max(order, key=lambda f: gains.get(f, -1)))


def _collect(
    func: FunctionType,
    texts: dict[FunctionType, _Text],
    order: list[FunctionType],
    stack: list[FunctionType],
) -> bool:
    """Note a function and all that it calls, each after what it calls; False if it is no tree."""
    if func in stack or len(texts) > MOST_FUNCTIONS:
        return False
    if func in texts:
        return True
    try:
        tree = read(func).tree
    except NotDifferentiable:
        return True
    nodes = list(ast.walk(tree))
    calls: list[FunctionType] = []
    for node in nodes:
        if isinstance(node, ast.Call):
            called = _called(func, node.func)
            if called is not None:
                calls.append(called)
                if not _collect(called, texts, order, [*stack, func]):
                    return False
    calls = [f for f in calls if f in texts]
    work = sum(isinstance(n, ast.For | ast.While) for n in nodes)
    stays = work >= FEWEST_LOOPS and len(nodes) >= SMALLEST and _captures_little(func)
    texts[func] = _Text(len(nodes), calls, stays)
    order.append(func)
    return True


def _called(func: FunctionType, node: ast.expr) -> FunctionType | None:
    """Return the function of the user's that an expression names, if it surely does."""
    if not isinstance(node, ast.Name) or node.id in func.__code__.co_varnames:
        return None
    return _of_user(_captured(func).get(node.id))


def _of_user(found: object) -> FunctionType | None:
    """Return the function of the user's that a captured value is, if it is one."""
    called = None if isinstance(found, ModuleType) else python_function(found)
    if called is None or str(called.__module__).partition(".")[0] in NO_SOURCE:
        return None
    return called


def _captured(func: FunctionType) -> dict[str, object]:
    """Return what a function reads from outside, by name."""
    names = func.__code__.co_names
    found = {name: func.__globals__[name] for name in names if name in func.__globals__}
    cells = func.__closure__ or ()
    for name, cell in zip(func.__code__.co_freevars, cells, strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    return found


def _captures_little(func: FunctionType) -> bool:
    """Return whether all that a function reads from outside are functions, modules and numbers."""
    code = func.__code__
    if func.__closure__ or func.__defaults__ or func.__kwdefaults__ or code.co_flags & 0xC:
        return False
    return all(
        isinstance(value, int | float | ModuleType) or callable(value)
        for value in _captured(func).values()
    )


def _copies(
    func: FunctionType,
    texts: dict[FunctionType, _Text],
    order: list[FunctionType],
    kept: set[FunctionType],
) -> Counter[FunctionType]:
    """Return how often the text of each function stands in the program, calls of `kept` apart."""
    found: Counter[FunctionType] = Counter({func: 1})
    for caller in reversed(order):
        once = 1 if caller in kept else found[caller]
        for called in texts[caller].calls if found[caller] else ():
            found[called] += once
    return Counter({f: 1 if f in kept else n for f, n in found.items()})


def _inlined(func: FunctionType, texts: dict[FunctionType, _Text], kept: set[FunctionType]) -> int:
    """Return how long a function is with what it calls inlined."""
    text = texts[func]
    return text.size + sum(_inlined(f, texts, kept) for f in text.calls if f not in kept)
