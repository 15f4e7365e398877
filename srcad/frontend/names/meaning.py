"""What an expression can mean while a function is lowered: more than the IR can hold.

Numbers and arrays are atoms of the IR. Tuples, functions, modules, dtypes, ranges and
the like exist only here: they are taken apart before a statement is emitted.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from srcad.ir.nodes import Atom, Const, Let, Var
from srcad.ir.records import Record, record_of_list


@dataclass(frozen=True, slots=True)
class TupleOf:
    """A tuple or a list literal, item by item; `fields` names those of a named tuple.

    record: the class of a named tuple.
    """

    items: tuple[Meaning, ...]
    fields: tuple[str, ...] = ()
    is_list: bool = False
    record: Record | None = None

    @property
    def kind(self) -> Record | None:
        """Return what this is, None for a plain tuple."""
        return record_of_list(len(self.items)) if self.is_list else self.record


@dataclass(frozen=True, slots=True)
class RecordOf:
    """A dict or a dataclass, part by part."""

    items: tuple[Meaning, ...]
    record: Record

    @property
    def kind(self) -> Record:
        """Return what this is."""
        return self.record

    @property
    def fields(self) -> tuple[str, ...]:
        """Return labels of the parts."""
        return self.record.fields


@dataclass(frozen=True, slots=True)
class ElementOf:
    """An element of a structured array: its fields are read where they are used.

    index: one number for each dimension of the array.
    """

    whole: RecordOf
    index: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class BoundTo:
    """A method of a dict or a structured array, not called yet."""

    owner: RecordOf
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """A Python object known while compiling: a function, a module, None, a dtype, a text."""

    value: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list that a comprehension made: its items stand in an array."""

    array: Var


@dataclass(frozen=True, slots=True)
class PiecesOf:
    """The buffers of a list of arrays (`names.pieces`).

    data: the elements of all items. used: how many there are. places: a tuple of the buffers of
    where an item begins there, and of its extents.
    """

    data: Var
    used: Var
    places: TupleOf


@dataclass(slots=True, eq=False)
class Cell:
    """A list that is changed, which may have several names (`names.growing`).

    count: its length. start: the statement that sets it to 0. size: for how many items there
    is room at first. loops: how many loops it is made in. items: an item, with buffers in place
    of numbers; None before the first. changes: how often its length was changed so far.
    """

    count: Var
    start: Let
    size: Atom
    loops: int
    items: Meaning | PiecesOf | None = None
    changes: int = 0


@dataclass(frozen=True, slots=True)
class GrowingOf:
    """A list that is changed."""

    cell: Cell


@dataclass(frozen=True, slots=True)
class ListMethodOf:
    """A method of a list that is changed, not called yet."""

    owner: GrowingOf
    name: str


@dataclass(frozen=True, slots=True)
class GridOf:
    """`np.ndindex(shape)`, or `np.ndenumerate(array)`, or `array.flat`."""

    shape: tuple[Atom, ...]
    array: Var | None = None
    gives_index: bool = True


@dataclass(frozen=True, slots=True)
class ShapeOf:
    """`x.shape`: its items are read where they are used."""

    array: Var


@dataclass(frozen=True, slots=True)
class DtypeOf:
    """`x.dtype`."""

    array: Var


@dataclass(frozen=True, slots=True)
class MethodOf:
    """`x.copy`, not called yet."""

    array: Var
    name: str


@dataclass(frozen=True, slots=True)
class RangeOf:
    """`range(start, stop, step)`; `slots` and `commutes` as in `ir.For`."""

    start: Atom
    stop: Atom
    step: Atom
    slots: int = 0
    commutes: bool = False


@dataclass(frozen=True, slots=True)
class SliceOf:
    """`slice(start, stop, step)`, as a value."""

    start: Atom | None
    stop: Atom | None
    step: Atom | None


@dataclass(frozen=True, slots=True)
class TextOf:
    """An f-string with numbers of the run.

    template: what `str.format` takes. shown: the values for it. written: the text with the
    expressions themselves in their places.
    """

    template: str
    shown: tuple[Meaning, ...]
    written: str


@dataclass(frozen=True, slots=True)
class EnumerateOf:
    """`enumerate(source, start)`."""

    source: Meaning
    start: Atom


@dataclass(frozen=True, slots=True)
class ZipOf:
    """`zip(*sources)`."""

    sources: tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class ReversedOf:
    """`reversed(source)`."""

    source: Meaning


@dataclass(frozen=True, slots=True)
class GeneratorOf:
    """A generator expression: its source is there already, its items are made when taken.

    `home` is the frame that it stands in.
    """

    tree: ast.GeneratorExp
    home: Any
    source: Meaning


@dataclass(frozen=True, slots=True, eq=False)
class YieldsOf:
    """What a call of a function with `yield` returns: it runs where its items are taken.

    callee: the function (`names.inline`). given: what its parameters mean.
    """

    callee: Any
    given: dict[str, Meaning]


@dataclass(slots=True, eq=False)
class Use:
    """Whether the items of an iterator were taken: "no", "all", or "perhaps".

    `block` and `loops` are where the iterator was made: the block of statements that was
    being written, and in how many loops.
    """

    block: object
    loops: int
    taken: str = "no"


@dataclass(frozen=True, slots=True)
class IteratorOf:
    """An iterator that a name holds: its items can be taken once."""

    source: Meaning
    use: Use


@dataclass(frozen=True, slots=True, eq=False)
class LocalFunction:
    """A `def` or `lambda` inside the function; `home` is the frame that it stands in."""

    tree: ast.FunctionDef | ast.Lambda
    home: Any
    defaults: dict[str, Meaning]


@dataclass(frozen=True, slots=True, eq=False)
class LocalDerivative:
    """`srcad.grad(f)` of a function inside the function: made when it is called.

    It is of the values then of what `f` closes over. `positional` and `named` are what the
    operator is given beside `func`.
    """

    func: Meaning
    operator: Any
    positional: tuple[object, ...]
    named: dict[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class AtPoint:
    """The second result of `srcad.vjp(f, *primals)` or `srcad.linearize`, not called yet.

    operator: what makes the derivative that its call is. made: the function, whose parameters
    in `closed` have these values; all values are those at the point.
    """

    operator: Any
    made: object
    closed: dict[str, Meaning]
    primals: tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class OptionalOf:
    """A name that holds a number or an array, or None: which one, the run knows.

    value: what it holds where `is_given`.
    """

    value: Var
    is_given: Var


@dataclass(frozen=True, slots=True)
class Lost:
    """A name whose meaning differs by path, or whose assignment had a mistake.

    `problem` is the message to report when it is read; empty if reported already.
    """

    problem: str = ""
    hint: str = "use two names, or make the paths agree"


Meaning = (
    Var
    | Const
    | TupleOf
    | RecordOf
    | ElementOf
    | BoundTo
    | Known
    | ListOf
    | GrowingOf
    | ListMethodOf
    | GridOf
    | ShapeOf
    | DtypeOf
    | MethodOf
    | RangeOf
    | SliceOf
    | TextOf
    | EnumerateOf
    | ZipOf
    | ReversedOf
    | GeneratorOf
    | YieldsOf
    | IteratorOf
    | LocalFunction
    | LocalDerivative
    | AtPoint
    | OptionalOf
    | Lost
)

NONE = Known(None)


def met(name: str, one: Meaning | None, other: Meaning | None) -> Meaning | None:
    """Return what a name means where it means `one` on one path and `other` on another."""
    if one is None or one == other:
        return other
    if other is None or isinstance(one, Lost):
        return one
    if isinstance(other, Lost):
        return other
    return Lost(f"'{name}' means different kinds of things on different paths")


def noun(meaning: Meaning) -> str:
    """Return how to call a meaning in a message."""
    match meaning:
        case Known(None):
            return "None"
        case Known(str()) | TextOf():
            return "a string"
        case Known(value) if callable(value) and hasattr(value, "__name__"):
            return f"the function '{value.__name__}'"
        case Known(value):
            return f"an object of type '{type(value).__name__}'"
        case TupleOf(is_list=True) | ListOf() | GrowingOf():
            return "a list"
        case TupleOf() | ShapeOf():
            return "a tuple"
        case RecordOf(record=record):
            return str(record)
        case ElementOf():
            return "an element of a structured array"
        case BoundTo(name=name) | ListMethodOf(name=name):
            return f"the method '{name}'"
        case DtypeOf():
            return "a dtype"
        case SliceOf():
            return "a slice"
        case MethodOf(name=name):
            return f"the method '{name}'"
        case RangeOf() | EnumerateOf() | ZipOf() | ReversedOf() | GridOf():
            return "an iterator"
        case GeneratorOf() | YieldsOf() | IteratorOf():
            return "an iterator"
        case LocalFunction() | LocalDerivative() | AtPoint():
            return "a function"
        case Const():
            return "a number"
        case _:
            return "a value"


def asks_for_slots(source: Meaning) -> bool:
    """Return whether `checkpointed` is among what a loop runs over."""
    match source:
        case RangeOf(slots=slots):
            return slots > 0
        case EnumerateOf(source=inner) | ReversedOf(source=inner) | GeneratorOf(source=inner):
            return asks_for_slots(inner)
        case ZipOf(sources=sources):
            return any(map(asks_for_slots, sources))
        case _:
            return False
