"""`memory`: what the way back keeps, before anything runs."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from srcad import pipeline
from srcad.analysis.formulas import Unknown, number
from srcad.analysis.tape_sizes import Kept
from srcad.arguments import Argnums, parameter_names, positions
from srcad.backend.typed import P
from srcad.backend.value_types import type_of
from srcad.carried import carried, carrier_of
from srcad.derivative import target_of
from srcad.frontend.syntax.signature import signature_of
from srcad.frontend.types.numba_types import from_numba
from srcad.ir.nodes import Span
from srcad.ir.records import record_of
from srcad.ir.structures import given
from srcad.ir.types import Type


@dataclass(frozen=True, slots=True)
class LoopMemory:
    """What is kept for one loop of the function.

    line, text: the loop as it is written; 0 for what is kept for no loop. names: what it is
    called in the adjoint. bytes: None where the arguments do not tell. formula: of the bytes,
    with "?" for what does not follow from the sizes. grows: whether there are stacks, which take up
    to three times as much while they grow. at_most: whether it may be less, as conditions decide.
    """

    line: int
    text: str
    names: tuple[str, ...]
    bytes: int | None
    formula: str
    grows: bool
    at_most: bool


@dataclass(frozen=True, slots=True)
class Memory:
    """What an adjoint keeps between its way forward and its way back: the tape.

    bytes: the number for the arguments that were given, None where they do not tell, because
    a loop ends when it ends. formula: the same in the sizes, in Python; `trips(line 7)` is how
    often that loop goes round in all. loops: the parts, outermost loop by outermost loop.
    """

    bytes: int | None
    formula: str
    loops: tuple[LoopMemory, ...]

    def __int__(self) -> int:
        """Return the bytes. Raises ValueError where they are not known."""
        if self.bytes is None:
            message = f"the tape depends on more than the sizes: {self.formula}"
            raise ValueError(message)
        return self.bytes

    def __str__(self) -> str:
        """Return a line for all, and one for each loop."""
        lines = [f"{_amount(self.bytes)} = {self.formula}"]
        for loop in self.loops:
            place = f"line {loop.line}: {loop.text}" if loop.line else "outside loops"
            notes = ["at most"] * loop.at_most + ["on stacks that grow"] * loop.grows
            end = f" ({', '.join(notes)})" if notes else ""
            lines += [place, f"    {', '.join(loop.names)}"]
            lines.append(f"    {_amount(loop.bytes)} = {loop.formula}{end}")
        return "\n".join(lines)


def memory(f: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Memory]:
    """Return a function of the same arguments that tells what the gradient of `f` keeps.

    f: a function as `grad` and `adjoint` take it.
    argnums: position or name of the argument to differentiate by, or a sequence of them.

    The result derives the gradient (the adjoint, if `f` does not return one float), runs
    nothing, and returns a `Memory`: `bytes` of tape as a number, `formula` in the sizes, and
    `loops` with the part of each loop; printed, it is a table. The tape is what is kept from the
    way forward for the way back, beside the arrays of `f` itself and their adjoints. What is
    made again in each iteration of the way back, such as the tape of a checkpoint, counts once.
    Where a loop ends depends on what it computes (`while`, `break`), the formula has
    `trips(line ...)` for how often it goes round in all, and the number is None. What is not
    known, such as the tape of recursive calls, is "?" in the formula.
    Raises TypeError and NotDifferentiable as the gradient does.

    >>> import srcad
    >>> def power(x, n):
    ...     y = 1.0
    ...     for _ in range(n):
    ...         y = y * x
    ...     return y
    >>> found = srcad.memory(power)(2.0, 1000)
    >>> found.bytes, found.formula
    (8000, '8*max(n, 0)')
    """
    carrier = carrier_of(f)
    if carrier is not None:
        of_all = carried(memory, carrier, argnums)
        return cast("Callable[..., Memory]", of_all)
    func, _ = target_of(f, "memory")
    names = parameter_names(func)
    wrt = positions(argnums, names, func.__name__)

    def sizes(*args: Any, **named: Any) -> Memory:
        bound = signature_of(func).bind(*args, **named)
        bound.apply_defaults()
        passed = {name: given(bound.arguments[name]) for name in names}
        types = tuple(from_numba(type_of(passed[name]), name) for name in names)
        values = dict(pair for name in names for pair in _sizes(passed[name], name))
        return _summed(_kept(func, types, wrt), values)

    return sizes


def _kept(func: object, types: tuple[Type, ...], wrt: tuple[int, ...]) -> list[Kept]:
    try:
        return pipeline.tape_of(func, "grad", types, wrt)
    except TypeError:
        return pipeline.tape_of(func, "adjoint", types, wrt)


def _sizes(value: Any, name: str) -> Iterator[tuple[str, int]]:
    """Yield the symbols of an argument with their values, as formulas spell them."""
    match value:
        case np.ndarray():
            yield from ((f"{name}.shape[{k}]", n) for k, n in enumerate(value.shape))
        case tuple():
            record = record_of(value)
            for k, item in enumerate(value):
                yield from _sizes(item, record.part(name, k) if record else f"{name}[{k}]")
        case bool() | np.bool_() | int() | np.integer():
            yield name, int(value)
        case _:
            pass


def _summed(kept: list[Kept], values: dict[str, int]) -> Memory:
    by_loop: dict[Span | None, list[Kept]] = {}
    for item in kept:
        by_loop.setdefault(item.loop, []).append(item)
    loops = tuple(_loop(span, items, values) for span, items in by_loop.items())
    return Memory(*_total(kept, values), loops)


def _loop(span: Span | None, items: list[Kept], values: dict[str, int]) -> LoopMemory:
    count, formula = _total(items, values)
    return LoopMemory(
        0 if span is None else span.line,
        "" if span is None else linecache.getline(span.file, span.line).strip(),
        tuple(item.name for item in items),
        count,
        formula,
        any(item.is_stack for item in items),
        any(item.at_most for item in items),
    )


def _total(items: list[Kept], values: dict[str, int]) -> tuple[int | None, str]:
    """Return the bytes and the formula of several parts."""
    known = [item.size for item in items if item.size is not None]
    total = sum(known, number(0))
    if len(known) < len(items):
        return None, f"{total.text()} + ?" if known else "?"
    try:
        return total.value(values), total.text()
    except Unknown:
        return None, total.text()


def _amount(count: int | None) -> str:
    return "not known before running" if count is None else f"{count:,} bytes"
