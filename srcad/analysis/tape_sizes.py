"""How much an adjoint keeps for its way back: the slabs and the stacks of its tape.

    n_1 = max(n, 0)
    x_saved = np.empty(n_1)             8*max(n, 0) bytes
    for i in range(n):
        x_saved[i] = x                  for this loop

The sizes follow from the arguments by what the adjoint computes before its loops. What it
keeps in a loop whose length is found by running it (`while`) is given for each round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import numpy as np

from srcad.analysis.formulas import (
    Formula,
    Unknown,
    applied,
    largest,
    number,
    summed,
    symbol,
    trips,
)
from srcad.ir import nodes as ir
from srcad.ir.primitives import LIKES, MAKERS
from srcad.ir.records import Made
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import blocks, targets

_KEPT = re.compile(r"(?:\w+_)?(?:saved|rows)(?:_\d+)*")

_BACK = frozenset({"adjoint", "pullback", "grad", "value_and_grad"})
"""Calls of derivatives, mostly of functions that call themselves: their tape is their own."""

Loop = ir.For | ir.While
Around = tuple["ir.Stmt | Way", ...]
Join = Callable[[Formula, str, Formula, Formula, int], Formula]


def is_kept_name(name: str) -> bool:
    """Return whether an adjoint calls what it keeps so."""
    return _KEPT.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Way:
    """One of the two blocks of a branch."""

    stmt: ir.If
    number: int


@dataclass(frozen=True, slots=True)
class Kept:
    """One slab or stack.

    loop: the outermost loop that fills it, None for none. size: in bytes, None where it does
    not follow from the arguments. is_stack: whether it grows, so that up to three times as
    much is taken meanwhile. at_most: whether conditions decide how much of it is used.
    """

    name: str
    loop: ir.Span | None
    size: Formula | None
    is_stack: bool
    at_most: bool = False


def tape_sizes(program: ir.Function, own: Collection[str]) -> list[Kept]:
    """Return the slabs and stacks of an adjoint before its stacks are lowered, in order.

    own: the names of the program that the adjoint is made of, which are not its tape.
    """
    sizes = Sizes(program)
    found: list[Kept] = []
    slots: dict[str, list[ir.Save]] = {}
    for stmt in sizes.around:
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim="empty")) if (
                target.name not in own and is_kept_name(target.name)
            ):
                found.append(sizes.slab(stmt))
            case ir.Call(function=function, name=name) if _kind(function) in _BACK:
                loops = [s for s in sizes.around[stmt] if isinstance(s, Loop)]
                found.append(Kept(name, loops[0].span if loops else None, None, is_stack=False))
            case ir.Save(slot=slot):
                slots.setdefault(slot.name, []).append(stmt)
            case _:
                pass
    return found + [sizes.stack(saves) for saves in slots.values()]


@dataclass(slots=True)
class Sizes:
    """What is known of the names of a function.

    around: the loops and branches around each statement, outermost first.
    """

    function: ir.Function
    around: dict[ir.Stmt, Around] = field(default_factory=dict)
    order: dict[ir.Stmt, int] = field(default_factory=dict)
    makers: dict[str, list[ir.Stmt]] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for stmt, outer in _nested(self.function.body, ()):
            self.around[stmt] = outer
            self.order[stmt] = len(self.order)
            for target in targets(stmt):
                if not _keeps_itself(stmt):
                    self.makers.setdefault(target.name, []).append(stmt)
        for param in self.function.params:
            self.params |= {v.name: text for v, text in _spelled(param.value, param.name)}

    # Parts of the tape -----------------------------------------------------------------

    def slab(self, made: ir.Let) -> Kept:
        """Return what an array takes that is made once, before the loop that fills it."""
        name, op = made.target.name, made.value
        assert isinstance(op, ir.Op)
        outer = self.around[made]
        dtype = next((s for s in op.static if isinstance(s, str)), "float64")
        try:
            each = number(np.dtype(dtype).itemsize)
            for extent in op.args:
                each = each * applied("max", self.of(extent, made), number(0))
            size: Formula | None = self.over(largest, each, outer, len(outer))
        except Unknown:
            size = None
        store = next(
            (s for s in self.around if isinstance(s, ir.Store) and s.array.name == name), made
        )
        loops = [s for s in self.around[store][len(outer) :] if isinstance(s, Loop)]
        return Kept(name, loops[0].span if loops else None, size, is_stack=False)

    def stack(self, saves: list[ir.Save]) -> Kept:
        """Return what a stack holds at most: one for each round of loops that only save."""
        slot = saves[0].slot
        taken = [s for s in self.around if isinstance(s, ir.Restore) and s.slot.name == slot.name]
        itemsize = np.dtype(
            slot.type.dtype if isinstance(slot.type, Scalar) else "float64"
        ).itemsize
        total: Formula | None = number(0)
        loop: ir.Span | None = None
        at_most = False
        for save in saves:
            outer = self.around[save]
            shared = min((_shared(outer, self.around[s]) for s in taken), default=0)
            rest = outer[shared:]
            loop = loop or next((s.span for s in rest if isinstance(s, Loop)), None)
            at_most |= any(isinstance(s, Way) for s in rest)
            try:
                size = self.over(summed, number(itemsize), outer, len(rest))
                size = self.over(largest, size, outer[:shared], shared)
                total = None if total is None else total + size
            except Unknown:
                total = None
        return Kept(slot.name, loop, total, is_stack=True, at_most=at_most)

    def over(self, join: Join, size: Formula, outer: Around, count: int) -> Formula:
        """Return the sum, or the largest, of a size over the innermost `count` of the loops."""
        for k in range(len(outer) - 1, len(outer) - 1 - count, -1):
            stmt = outer[k]
            match stmt:
                case ir.For(until=None, step=ir.Const(value=int(step))) if step:
                    index = _index(outer, k)
                    if join is summed or index in size.symbols():
                        start, stop = (self.of(a, stmt) for a in (stmt.start, stmt.stop))
                        size = join(size, index, start, stop, step)
                case ir.For() | ir.While() if join is summed:
                    indices = {_index(outer, j) for j in range(k) if isinstance(outer[j], ir.For)}
                    if stmt.span is None or indices & size.symbols():
                        raise Unknown
                    return size * symbol(f"trips(line {stmt.span.line})")
                case _:
                    pass
        return size

    # Numbers ---------------------------------------------------------------------------

    def maker(self, name: str, reader: ir.Stmt) -> ir.Stmt | None:
        """Return the statement that has bound a name where it is read, None for the argument.

        It runs before the reader, whenever that does, and nothing binds the name in between.
        Raises Unknown where that is not so simple.
        """
        made, outer = self.makers.get(name, []), self.around[reader]
        before = [m for m in made if self.order[m] < self.order[reader]]
        last = before[-1] if before else None
        common = () if last is None else self.around[last]
        if outer[: len(common)] != common:
            raise Unknown(name)
        inner = [s for s in outer[len(common) :] if isinstance(s, Loop) and s is not last]
        if any(loop in self.around[m] for m in made for loop in inner):
            raise Unknown(name)
        return last

    def of(self, atom: ir.Atom, reader: ir.Stmt) -> Formula:
        """Return a number that a statement reads.

        Raises Unknown where it does not follow from the arguments.
        """
        if isinstance(atom, ir.Const):
            if isinstance(atom.value, int):
                return number(int(atom.value))
            raise Unknown(atom)
        made = self.makers.get(atom.name, [])
        match made:
            case [ir.Let(value=first) as let, ir.Accum(index=None) as more]:
                outer, inside = self.around[let], self.around[more]
                count = len(inside) - len(outer)
                is_after = self.order[more] < self.order[reader]
                apart = count > 0 and not set(inside[-count:]) & set(self.around[reader])
                same = inside[: len(outer)] == outer == self.around[reader][: len(outer)]
                if is_after and apart and same:
                    return self.value(first, let) + self.added(more, count)
        match self.maker(atom.name, reader):
            case None if atom.name in self.params:
                return symbol(self.params[atom.name])
            case ir.For() as loop if loop in self.around[reader]:
                return symbol(_index(self.around[reader], self.around[reader].index(loop)))
            case ir.Let(value=value) as let:
                return self.value(value, let)
            case _:
                raise Unknown(atom.name)

    def added(self, added: ir.Accum, count: int) -> Formula:
        """Return what an addition in loops comes to. Raises Unknown if conditions decide."""
        inside = self.around[added]
        if not all(isinstance(s, ir.For) and s.until is None for s in inside[-count:]):
            raise Unknown(added.target.name)
        return self.over(summed, self.of(added.value, added), self.around[added], count)

    def value(self, value: ir.Value, reader: ir.Stmt) -> Formula:
        """Return the number that a value of a statement is."""
        match value:
            case ir.Var() | ir.Const():
                return self.of(value, reader)
            case ir.Op(prim="shape", args=(ir.Var() as array,), static=(int(axis),)):
                return self.extents(array, reader)[axis]
            case ir.Op(prim="len", args=(ir.Var() as array,)):
                return self.extents(array, reader)[0]
            case ir.Op(prim="size", args=(ir.Var() as array,)):
                size = number(1)
                for extent in self.extents(array, reader):
                    size = size * extent
                return size
            case (
                ir.Op(prim="cast", args=(one,), static=("int64",))
                | ir.Op(prim="pos" | "hidden", args=(one,))
            ):
                return self.of(one, reader)
            case ir.Op(prim="trips", args=(start, stop, ir.Const(value=int(step)))) if step:
                return trips(self.of(start, reader), self.of(stop, reader), step)
            case ir.Op(prim="neg", args=(one,)):
                return self.of(one, reader) * number(-1)
            case ir.Op(prim="add" | "sub" | "mul" | "max" | "min" | "floordiv", args=(a, b)):
                return _operation(value.prim, self.of(a, reader), self.of(b, reader))
            case _:
                raise Unknown(value)

    def extents(self, array: ir.Var, reader: ir.Stmt) -> list[Formula]:
        """Return the extents of an array. Raises Unknown where they are not those of another."""
        name = array.name
        constant = dict(self.function.constants).get(name)
        match self.maker(name, reader):
            case None if isinstance(constant, np.ndarray):
                return [number(n) for n in constant.shape]
            case None if name in self.params and isinstance(array.type, Array):
                return [symbol(f"{self.params[name]}.shape[{k}]") for k in range(array.type.ndim)]
            case ir.Let(value=ir.Var() as other) as let:
                return self.extents(other, let)
            case ir.Let(value=ir.Op(prim=prim, args=(ir.Var() as other, *_))) as let if (
                prim in LIKES | {"copy"}
            ):
                return self.extents(other, let)
            case ir.Let(value=ir.Op(prim=prim, args=args)) as let if prim in MAKERS:
                shape = args[:-1] if prim == "full" else args
                return [self.of(atom, let) for atom in shape]
            case _:
                raise Unknown(name)


def _operation(prim: str, a: Formula, b: Formula) -> Formula:
    match prim:
        case "add":
            return a + b
        case "sub":
            return a + b * number(-1)
        case "mul":
            return a * b
        case "floordiv":
            return applied("//", a, b)
        case _:
            return applied(prim, a, b)


def _index(outer: Around, at: int) -> str:
    """Return the symbol of the index of a loop: loops in each other may share a name."""
    names = [s.var.name for s in outer[: at + 1] if isinstance(s, ir.For)]
    return names[-1] + "_" * names[:-1].count(names[-1])


def _kind(function: object) -> str:
    """Return the kind of a derivative that is called."""
    return getattr(getattr(function, "__srcad_derivative__", None), "kind", "")


def _keeps_itself(stmt: ir.Stmt) -> bool:
    """Return whether this is `k = hidden(k)`, which leaves the number as it is."""
    match stmt:
        case ir.Let(target=target, value=ir.Op(prim="hidden", args=(ir.Var(name=name),))):
            return target.name == name
        case _:
            return False


def _shared(one: Around, two: Around) -> int:
    """Return how many statements are around both."""
    count = 0
    for a, b in zip(one, two, strict=False):
        if a is not b:
            break
        count += 1
    return count


def _nested(block: ir.Block, outer: Around) -> Iterator[tuple[ir.Stmt, Around]]:
    for stmt in block:
        yield stmt, outer
        for k, inner in enumerate(blocks(stmt)):
            around = Way(stmt, k) if isinstance(stmt, ir.If) else stmt
            yield from _nested(inner, (*outer, around))


def _spelled(value: object, text: str) -> Iterator[tuple[ir.Var, str]]:
    """Yield the leaves of an argument, as Python spells them: `p[0]`, `p['w']`."""
    match value:
        case ir.Var():
            yield value, text
        case Made(record=record):
            for k, item in enumerate(value):
                yield from _spelled(item, record.part(text, k))
        case tuple():
            for k, item in enumerate(value):
                yield from _spelled(item, f"{text}[{k}]")
        case _:
            pass
