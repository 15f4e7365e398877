"""What the results of a derivative look like that is called inside a function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from srcad.frontend.names.meaning import Meaning, RecordOf, TupleOf
from srcad.frontend.names.state import State
from srcad.ir.nodes import Const, Var
from srcad.spec import DerivativeSpec


def driver_results(
    state: State, spec: DerivativeSpec, value: Meaning | None, bars: list[Any]
) -> list[Meaning]:
    """Return what a Jacobian, a Hessian or a product with it gives, by the ranks of its parts.

    value: is like a value of the function. bars: are like the arguments to differentiate by.
    """

    def by_inputs(rank: int) -> Meaning:
        """Return a result for each argument, whose axes follow `rank` others."""
        parts = [_mapped(state, bar, rank) for bar in bars]
        return parts[0] if spec.bare else TupleOf(tuple(parts))

    match spec.kind:
        case "hvp":
            return [by_inputs(0)]
        case "value_grad_hvp":
            return [Const(0.0), by_inputs(0), by_inputs(0)]
        case "hessian":
            return [_each(state, value, lambda rank: _each(state, by_inputs(rank), by_inputs))]
        case _:
            return [_each(state, value, by_inputs)]


def _each(state: State, like: Meaning | None, part: Any) -> Meaning:
    """Return the same structure with `part(rank)` in place of each number or array."""
    match like:
        case (TupleOf(items=items) | RecordOf(items=items)) as whole:
            return replace(whole, items=tuple(_each(state, item, part) for item in items))
        case _:
            found: Meaning = part(_rank(state, like))
            return found


def _mapped(state: State, like: Meaning, more: int) -> Meaning:
    """Return the same structure of names that have so many more axes."""
    return _each(state, like, lambda rank: _of_rank(state, rank + more))


def _rank(state: State, like: Any) -> int:
    return state.rank(like) or 0 if isinstance(like, Var | Const) else 0


def _of_rank(state: State, rank: int) -> Var:
    """Return a name that stands for a result with so many axes."""
    name = Var(state.names.temporary())
    state.ranks[name.name] = rank
    return name


def leaves_of(meaning: Meaning) -> Iterator[Var | Const]:
    """Yield the numbers and arrays of a structure."""
    match meaning:
        case TupleOf(items=items) | RecordOf(items=items):
            for item in items:
                yield from leaves_of(item)
        case Var() | Const():
            yield meaning


def rebuilt(like: Meaning, leaves: Iterator[Var]) -> Meaning:
    """Return the same structure with other leaves, taken in order."""
    match like:
        case (TupleOf(items=items) | RecordOf(items=items)) as whole:
            return replace(whole, items=tuple(rebuilt(item, leaves) for item in items))
        case _:
            return next(leaves)
