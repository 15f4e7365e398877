"""Which arrays may have elements that are written and not read? Their adjoints are exact zeros.

    for i in range(n):
        y[i] = x[i] * x[i] * x[i]
    return y[1]

What is written is read by a loop over each axis of the array (within other loops), by a load
whose index runs over the same numbers as that of the store, by a call, and as a result. By
alias class, flow-insensitive. Neighbours count as read, as in `y[i] = y[i - 1] * x[i]`: nothing is
tested for the sake of the one element at the end. Single elements that are written count as
read where a loop reads others.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from srcad.analysis.aliasing import Aliases
from srcad.analysis.extents import Extents
from srcad.analysis.values import Def, values
from srcad.ir import nodes as ir
from srcad.ir.types import FLOATS, Array
from srcad.ir.walk import call_leaves, statements

FEW = 8
"""How many elements may be read one by one by their numbers."""

Form = tuple[Hashable, ...]
"""Over which numbers each part of an index runs."""


def partly_read(function: ir.Function, classes: Aliases, whole: Iterable[str]) -> set[str]:
    """Return the classes of written arrays of floats of which some element may not be read.

    whole: names of arrays that are read as a whole behind the function.
    """
    body = statements(function.body)
    stores = [(stmt, *found) for stmt in body if (found := _written(stmt)) is not None]
    if not stores:
        return set()
    loads = _Loads(function, body, classes, whole)
    return {
        name
        for stmt, array, index in stores
        if not loads.read(name := classes.of(array.name), loads.form(stmt, array, index))
    }


def _written(stmt: ir.Stmt) -> tuple[ir.Var, ir.Index] | None:
    """Return the array of floats that a statement writes an element of, and where."""
    match stmt:
        case ir.Store(array=array, index=index) | ir.Accum(target=array, index=tuple() as index):
            is_float = isinstance(array.type, Array) and array.type.dtype in FLOATS
            return (array, index) if is_float else None
        case _:
            return None


def _is_all(part: Hashable) -> bool:
    return isinstance(part, tuple) and part[0] == "all"


def _is_loop(part: Hashable) -> bool:
    return isinstance(part, tuple) and (part[0] == "all" or len(part) > 2)


class _Loads:
    """What the loads of a function read, of each alias class."""

    def __init__(
        self, function: ir.Function, body: list[ir.Stmt], classes: Aliases, whole: Iterable[str]
    ) -> None:
        self.facts = values(function)
        self.extents = Extents(function, self.facts)
        self.whole = {classes.of(name) for name in whole}
        self.forms: set[tuple[str, Form]] = set()
        for stmt in body:
            match stmt:
                case ir.Call(args=args):
                    given = (v for v in call_leaves(args) if isinstance(v, ir.Var))
                    self.whole |= {classes.of(v.name) for v in given}
                case ir.Let(value=ir.Op(prim="copy", args=args)):
                    self.whole |= {classes.of(v.name) for v in args if isinstance(v, ir.Var)}
                case ir.Let(target=target, value=ir.Load(array=array, index=index)) if not (
                    isinstance(target.type, Array)  # a view is not read yet
                ):
                    name, form = classes.of(array.name), self.form(stmt, array, index)
                    if form is not None and all(map(_is_all, form)):
                        self.whole.add(name)
                    elif form is not None:
                        self.forms.add((name, form))
                case _:
                    pass

    def read(self, name: str, form: Form | None) -> bool:
        """Return whether what is written of a class at an index is read, too."""
        if name in self.whole:
            return True
        if form is not None and not any(map(_is_loop, form)):
            read_by_loops = any(name == other and any(map(_is_loop, f)) for other, f in self.forms)
            return read_by_loops or (name, form) in self.forms
        return form is not None and self.covered(name, form)

    def covered(self, name: str, form: Form) -> bool:
        """Return whether all that an index runs over is read by the same index, or row by row."""
        if (name, form) in self.forms:
            return True
        for axis, part in enumerate(form):
            match part:
                case ("all", int(count)) if count <= FEW:
                    rows = ((*form[:axis], k, *form[axis + 1 :]) for k in range(count))
                    return all(self.covered(name, row) for row in rows)
        return False

    def form(self, stmt: ir.Stmt, array: ir.Var, index: ir.Index) -> Form | None:
        """Return over what the whole index of an element runs, that of the view included."""
        found = self.facts.reads.get((stmt, array.name))
        before: Form | None = ()
        made = found.stmt if found is not None else None
        if isinstance(made, ir.Let) and isinstance(made.value, ir.Load):
            before = self.form(made, made.value.array, made.value.index)
        parts = [self.part(stmt, found, axis, part) for axis, part in enumerate(index)]
        known = tuple(part for part in parts if part is not None)
        return None if before is None or len(known) < len(parts) else (*before, *known)

    def part(
        self, stmt: ir.Stmt, array: Def | None, axis: int, part: ir.Atom | ir.Slice
    ) -> Hashable | None:
        """Return over what one part of an index runs; None if that is not known."""
        if isinstance(part, ir.Slice):
            return None
        if isinstance(part, ir.Const):
            return part.value
        found = self.facts.reads.get((stmt, part.name))
        offset = 0
        if found is not None and isinstance(found.stmt, ir.Let):
            match found.stmt.value:
                case ir.Op("add" | "sub", (ir.Var(name=name), ir.Const(value=int(offset)))):
                    found = self.facts.reads.get((found.stmt, name))
                case ir.Op("along", (_, ir.Var())) | ir.Op("select", (_, ir.Const(0), ir.Var())):
                    return "all", self.extents.size(array, axis)  # broadcast to the loop
        loop = found.stmt if found is not None else None
        if found is None or not isinstance(loop, ir.For) or found.kind != "index":
            return found, offset
        if loop.until is not None:
            return "until", found, offset  # how far it runs is known to itself alone
        extent = self.extents.size(array, axis)
        bounds = tuple(self.number(loop, a) for a in (loop.start, loop.stop, loop.step))
        is_whole = bounds == (0, extent, 1) or self.extents.full_range(loop) == extent
        return ("all", extent) if offset == 0 and is_whole else bounds

    def number(self, loop: ir.For, atom: ir.Atom) -> Hashable:
        """Return what a bound of a loop is equal to: the size of a row is its extent."""
        match self.extents.operation(loop, atom):
            case made, ir.Op("size" | "len", (ir.Var(type=Array(ndim=1)) as array,)):
                return self.extents.size(self.facts.reads.get((made, array.name)), 0)
        return self.extents.number(loop, atom)
