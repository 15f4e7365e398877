"""What is not known before the values of some inputs are.

A pattern of derivatives is that of every run, whatever the inputs of interest are: what
depends on them is unknown, and all else is computed. A branch, or a loop, that is taken as
they have it is *uncertain*: what it assigns is unknown behind it, and whatever array it
writes. Flow-insensitive, by names, arrays by alias class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from srcad.analysis.aliasing import Aliases
from srcad.ir import nodes as ir
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import Array
from srcad.ir.walk import atoms, call_leaves, mentioned, operands, reads, statements, targets

FACTS = EXTENTS | {"overlaps", "folded"}
"""What is known of an array whose elements are not."""


class Unknowns:
    """The unknown names; ask with `holds`.

    uncertain: branches and loops that are. summed: stacks that these use. rebound: names of
    arrays that these bind, and that are read elsewhere.
    """

    def __init__(self, function: ir.Function, inputs: Iterable[str], classes: Aliases) -> None:
        self.function = function
        self.classes = classes
        self.names = {classes.of(name) for name in inputs}
        self.uncertain: set[ir.Stmt] = set()
        self.summed: set[str] = set()
        self.rebound: set[str] = set()
        self._mentions = _mentions(function.body)
        self._mentions.update(a.name for a in function.returns if isinstance(a, ir.Var))
        self._within: dict[tuple[int, ...], Counter[str]] = {}
        self._bodies: dict[ir.While, ir.Block] = {}
        size = -1
        while size != (size := len(self.names) + len(self.uncertain) + len(self.summed)):
            self._block(function.body, None)

    def holds(self, part: object) -> bool:
        """Return whether a value is unknown: any of the elements, for an array."""
        match part:
            case ir.Var(name=name):
                return self.classes.of(name) in self.names
            case ir.Op(prim=prim) if prim in FACTS:
                return False
            case ir.Op() | ir.Load() | ir.Slice():
                return any(map(self.holds, atoms(part)))
            case _:
                return False

    def escapes(self, name: str, *arms: ir.Block) -> bool:
        """Return whether what an uncertain block assigns may be read elsewhere, or later on."""
        key = tuple(map(id, arms))
        if key not in self._within:
            within: Counter[str] = Counter()
            for arm in arms:
                within.update(_mentions(arm))
            self._within[key] = within
        if self._mentions[name] != self._within[key][name]:
            return True
        own = [arm for arm in arms if _mentions_name(arm, name)]
        return not all(_is_set_first(name, arm) for arm in own)

    def body_of(self, loop: ir.While) -> ir.Block:
        """Return all statements of a loop, the same tuple each time."""
        return self._bodies.setdefault(loop, (*loop.cond_body, *loop.body))

    def _add(self, name: str) -> None:
        self.names.add(self.classes.of(name))

    def _block(self, block: ir.Block, arm: ir.Block | None) -> None:
        """Note what becomes unknown in a block; arm: the uncertain block around it."""
        for stmt in block:
            self._stmt(stmt, arm)

    def _stmt(self, stmt: ir.Stmt, arm: ir.Block | None) -> None:
        match stmt:
            case ir.If(test=test, then=then, orelse=orelse):
                if self.holds(test):
                    self.uncertain.add(stmt)
                for block in (then, orelse):
                    self._block(block, block if stmt in self.uncertain else arm)
            case ir.For(var=var, body=body, until=until):
                if any(map(self.holds, (stmt.start, stmt.stop, stmt.step))):
                    self._add(var.name)
                    self.uncertain.add(stmt)
                if until is not None and self.holds(until):
                    self.uncertain.add(stmt)
                self._block(body, body if stmt in self.uncertain else arm)
            case ir.While(cond=cond):
                if self.holds(cond):
                    self.uncertain.add(stmt)
                whole = self.body_of(stmt)
                self._block(whole, whole if stmt in self.uncertain else arm)
            case ir.Let(target=target, value=value):
                if isinstance(target.type, Array):
                    if arm is not None and self.escapes(target.name, arm):
                        self.rebound.add(target.name)
                    if target.name in self.rebound or _is_unknown_content(self, value):
                        self._add(target.name)
                elif self.holds(value) or (arm is not None and self.escapes(target.name, arm)):
                    self._add(target.name)
            case ir.Accum(target=target, index=None, value=value):
                if self.holds(value) or (arm is not None and self.escapes(target.name, arm)):
                    self._add(target.name)
            case ir.Store(array=array, index=index) | ir.Accum(target=array, index=index):
                if arm is not None or any(map(self.holds, (*(index or ()), stmt.value))):
                    self._add(array.name)
            case ir.Save(slot=slot, value=value):
                if arm is not None or self.holds(value):
                    self._add(slot.name)
                if arm is not None:
                    self.summed.add(slot.name)
            case ir.Restore(slot=slot, target=target):
                if arm is not None:
                    self.summed.add(slot.name)
                    self._add(slot.name)
                if self.holds(slot) or (arm is not None and self.escapes(target.name, arm)):
                    self._add(target.name)
            case ir.Call(args=args):
                if arm is not None or any(map(self.holds, call_leaves(args))):
                    for target in stmt.targets:
                        self._add(target.name)
            case ir.Raise():
                pass


def _is_unknown_content(unknowns: Unknowns, value: ir.Value) -> bool:
    """Return whether a new array, or a new name of one, has elements that are unknown."""
    match value:
        case ir.Op(prim="full", args=(fill, *_)) | ir.Op(prim="full_like", args=(_, fill, *_)):
            return unknowns.holds(fill)
        case ir.Op(prim="zeros" | "ones" | "empty" | "zeros_like" | "ones_like" | "empty_like"):
            return False
        case _:
            return unknowns.holds(value)


def _mentions(block: ir.Block) -> Counter[str]:
    """Return how many statements mention each name."""
    return Counter(name for stmt in statements(block) for name in mentioned(stmt))


def _mentions_name(block: Iterable[ir.Stmt], name: str) -> bool:
    return any(name in mentioned(stmt) for stmt in statements(tuple(block)))


def _is_set_first(name: str, block: ir.Block) -> bool:
    """Return whether nothing in a block reads `name` before the block has assigned it."""
    for k, stmt in enumerate(block):
        if not _mentions_name((stmt,), name):
            continue
        if name in reads(stmt):
            return False
        rest = block[k + 1 :]
        match stmt:
            case ir.For(var=var, body=body):
                inside = var.name == name or _is_set_first(name, body)
            case ir.While(cond_body=head, body=body):
                inside = _is_set_first(name, (*head, *body))
            case ir.If(then=then, orelse=orelse):
                own = [arm for arm in (then, orelse) if _mentions_name(arm, name)]
                inside = all(_is_set_first(name, arm) for arm in own)
            case _:
                return name in {target.name for target in targets(stmt)}
        return inside and not _mentions_name(rest, name)
    return True


def structural(function: ir.Function) -> frozenset[str]:
    """Return the names that places in arrays, sizes, or how often loops run, may depend on."""
    found: set[str] = set()
    edges: dict[str, set[str]] = {}

    def note(parts: Iterable[object]) -> None:
        for part in parts:
            if isinstance(part, ir.Var | ir.Slice):
                found.update(a.name for a in atoms(part) if isinstance(a, ir.Var))

    for stmt in statements(function.body):
        match stmt:
            case ir.Let(target=target, value=value):
                if isinstance(value, ir.Load):
                    note(value.index)
                elif isinstance(value, ir.Op) and isinstance(target.type, Array):
                    note(value.args)
                sources = {
                    a.name for part in operands(stmt) for a in atoms(part) if isinstance(a, ir.Var)
                }
                edges.setdefault(target.name, set()).update(sources)
            case ir.Accum(target=target, index=None, value=ir.Var(name=name)):
                edges.setdefault(target.name, set()).add(name)
            case ir.Store(index=index) | ir.Accum(index=index):
                note(index or ())
            case ir.For(start=start, stop=stop, step=step):
                note((start, stop, step))
            case _:
                pass
    todo = list(found)
    while todo:
        for name in edges.get(todo.pop(), ()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return frozenset(found)
