"""Which integers are surely equal: extents of arrays, and bounds of loops over them?"""

from __future__ import annotations

from collections.abc import Hashable

from srcad.analysis.values import Def, Values, values
from srcad.ir import nodes as ir
from srcad.ir.known import once
from srcad.ir.types import Array
from srcad.ir.walk import bindings
from srcad.rules.linalg import Whole

SAME_SHAPE = ("copy", "zeros_like", "empty_like", "ones_like")


class Extents:
    """What integers are equal to: definitions, extents of arrays, literals."""

    def __init__(self, function: ir.Function, facts: Values | None = None) -> None:
        """Find out; given the facts about values, without what only holds after tests."""
        self.values = values(function) if facts is None else facts
        self.once = {name for name, count in bindings(function).items() if count == 1}
        self.same: dict[Hashable, Hashable] = {}
        for stmt in () if facts is not None else function.body:
            if isinstance(stmt, ir.If) and _only_raises(stmt):
                self.note_equal(stmt, stmt.test)

    def note_equal(self, stmt: ir.Stmt, test: ir.Atom) -> None:
        """Note which integers are equal where a test fails: `if n != m or k != l: raise ...`."""
        match self.operation(stmt, test):
            case made, ir.Op("or", (a, b)):
                self.note_equal(made, a)
                self.note_equal(made, b)
            case made, ir.Op("ne", (a, b)):
                first, second = self.number(made, a), self.number(made, b)
                if first != second:
                    self.same[second] = first

    def known(self, number: Hashable) -> Hashable:
        """Return one name for all numbers that are equal."""
        while number in self.same:
            number = self.same[number]
        return number

    def extents(self, made: ir.Let, ndim: int) -> list[Hashable]:
        """Return the extents of a new array."""
        found = self.values.defs[made, made.target.name]
        return [self.size(found, axis) for axis in range(ndim)]

    def definition(self, stmt: ir.Stmt, atom: ir.Atom) -> Def | None:
        """Return the value that an operand of a statement has."""
        return self.values.reads.get((stmt, atom.name)) if isinstance(atom, ir.Var) else None

    def size(self, array: Def | None, axis: int) -> Hashable:
        """Return what one extent of an array is equal to."""
        while array is not None:
            stmt = array.stmt
            match stmt:
                case ir.Let(value=ir.Var() as source):
                    array = self.definition(stmt, source)
                case ir.Let(value=ir.Load(array=source, index=index)) if _leads(index):
                    array, axis = self.definition(stmt, source), axis + len(index)
                case ir.Let(value=ir.Op(prim, (ir.Var() as source, *_))) if prim in SAME_SHAPE:
                    array = self.definition(stmt, source)
                case ir.Let(value=ir.Op("transpose", (ir.Var() as source,), (tuple() as axes,))):
                    array, axis = self.definition(stmt, source), axes[axis]
                case ir.Let(value=ir.Op("empty" | "zeros" | "ones", args, static)) if static != (
                    "like",
                ):
                    return self.number(stmt, args[axis])
                case ir.Call(function=Whole() as row) if found := _same_axis(
                    stmt, row, array.name, axis
                ):
                    source, axis = found
                    array = self.definition(stmt, source)
                case ir.Call() if (given := _of_same_shape(stmt, array.name)) is not None:
                    array = self.definition(stmt, given)
                case _:
                    break
        return self.known(("shape", array, axis)) if array is not None else object()

    def number(self, stmt: ir.Stmt, atom: ir.Atom) -> Hashable:
        """Return what an integer is equal to."""
        while isinstance(atom, ir.Var):
            found = self.definition(stmt, atom)
            if found is None or not isinstance(found.stmt, ir.Let):
                return self.known(found) if found is not None else object()
            stmt = found.stmt
            match stmt.value:
                case ir.Op(prim="shape", args=(array,), static=(int(axis),)):
                    return self.size(self.definition(stmt, array), axis)
                case ir.Op("len" | "size" as prim, (ir.Var(type=Array() as kind) as array,)) if (
                    prim == "len" or kind.ndim == 1
                ):
                    return self.size(self.definition(stmt, array), 0)
                case ir.Var() | ir.Const() as atom:
                    pass
                case _:
                    return self.known(found)
        return self.known(atom.value)

    def operation(self, stmt: ir.Stmt, atom: ir.Atom) -> tuple[ir.Let, ir.Op] | None:
        """Return the operation that gives an integer."""
        found = self.definition(stmt, atom)
        if found is None or not isinstance(found.stmt, ir.Let):
            return None
        value = found.stmt.value
        return (found.stmt, value) if isinstance(value, ir.Op) else None

    def full_range(self, loop: ir.For) -> Hashable | None:
        """Return n for a loop over 0, 1, ..., n - 1 in this or the opposite order."""
        match loop:
            case ir.For(until=None, start=ir.Const(value=0), step=ir.Const(value=1), stop=stop):
                return self.number(loop, stop)
            case ir.For(until=None, start=ir.Var() as last, step=ir.Const(-1), stop=ir.Const(-1)):
                match self.operation(loop, last):
                    case made, ir.Op("sub", (count, ir.Const(value=1))):
                        return self.number(made, count)
        return None


@once
def extents_in(function: ir.Function) -> Extents:
    """Return which integers of a function are surely equal; found once."""
    return Extents(function)


def _leads(index: ir.Index) -> bool:
    """Return whether an index is numbers only: a view keeps the axes that are left."""
    return all(not isinstance(p, ir.Slice) and not isinstance(p.type, Array) for p in index)


def _of_same_shape(stmt: ir.Call, name: str) -> ir.Var | None:
    """Return the argument that a result of a derivative has the shape of."""
    if not hasattr(stmt.function, "shaped_like"):
        return None
    positions = stmt.function.shaped_like(len(stmt.targets))
    position = positions[[target.name for target in stmt.targets].index(name)]
    given = None if position is None else stmt.args[position]
    return given if isinstance(given, ir.Var) else None


def _same_axis(stmt: ir.Call, row: Whole, name: str, axis: int) -> tuple[ir.Var, int] | None:
    """Return the argument and its axis that is as long as an axis of a result."""
    names = [target.name for target in stmt.targets]
    letter = row.results[names.index(name)].axes[axis]
    for item, arg in zip(row.params, stmt.args, strict=True):
        if letter in item.axes and isinstance(arg, ir.Var):
            return arg, item.axes.index(letter)
    return None


def _only_raises(stmt: ir.If) -> bool:
    """Return whether a statement does nothing but raise, if its test holds."""
    return len(stmt.then) == 1 and isinstance(stmt.then[0], ir.Raise) and not stmt.orelse
