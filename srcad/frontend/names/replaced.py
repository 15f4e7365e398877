"""Meanings with other numbers and arrays in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from srcad.frontend.names.meaning import (
    AtPoint,
    BoundTo,
    DtypeOf,
    ElementOf,
    EnumerateOf,
    GeneratorOf,
    GridOf,
    GrowingOf,
    IteratorOf,
    Known,
    ListMethodOf,
    ListOf,
    LocalDerivative,
    LocalFunction,
    Lost,
    Meaning,
    MethodOf,
    OptionalOf,
    RangeOf,
    RecordOf,
    ReversedOf,
    ShapeOf,
    SliceOf,
    TextOf,
    TupleOf,
    YieldsOf,
    ZipOf,
)
from srcad.ir.nodes import Atom, Const, Var


def mapped(meaning: Meaning, atom: Callable[[Atom], Atom]) -> Meaning:
    """Return a meaning with other numbers and arrays; functions are left as they are."""

    def array(value: Var) -> Var:
        found = atom(value)
        assert isinstance(found, Var)
        return found

    def again(part: Meaning) -> Meaning:
        return mapped(part, atom)

    match meaning:
        case Var() | Const():
            return atom(meaning)
        case (TupleOf(items=items) | RecordOf(items=items)) as whole:
            return replace(whole, items=tuple(map(again, items)))
        case ElementOf(whole=owner, index=index):
            inner = again(owner)
            assert isinstance(inner, RecordOf)
            return ElementOf(inner, tuple(map(atom, index)))
        case BoundTo(owner=owner):
            inner = again(owner)
            assert isinstance(inner, RecordOf)
            return replace(meaning, owner=inner)
        case ListOf() | ShapeOf() | DtypeOf() | MethodOf():
            return replace(meaning, array=array(meaning.array))
        case GridOf(shape=shape, array=source):
            extents = tuple(map(atom, shape))
            return replace(meaning, shape=extents, array=source and array(source))
        case RangeOf(start=start, stop=stop, step=step):
            return replace(meaning, start=atom(start), stop=atom(stop), step=atom(step))
        case SliceOf(start=lo, stop=hi, step=step):
            return SliceOf(*(end if end is None else atom(end) for end in (lo, hi, step)))
        case TextOf(shown=shown):
            return replace(meaning, shown=tuple(map(again, shown)))
        case EnumerateOf(source=source, start=start):
            return EnumerateOf(again(source), atom(start))
        case ZipOf(sources=sources):
            return ZipOf(tuple(map(again, sources)))
        case ReversedOf(source=source) | GeneratorOf(source=source) | IteratorOf(source=source):
            return replace(meaning, source=again(source))
        case YieldsOf(given=given):
            return replace(meaning, given={name: again(part) for name, part in given.items()})
        case AtPoint(closed=closed, primals=primals):
            values = {name: again(value) for name, value in closed.items()}
            return replace(meaning, closed=values, primals=tuple(map(again, primals)))
        case Known() | LocalFunction() | LocalDerivative() | OptionalOf() | Lost():
            return meaning
        case GrowingOf() | ListMethodOf():
            return meaning
        case _:
            assert_never(meaning)
