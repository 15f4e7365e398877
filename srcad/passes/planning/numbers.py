"""The values of a function as nodes: one for all that surely are the same number.

    r = c[j]
    t = p[i, 0] - r[0]          one node for both reads of `c[j, 0]`, if nothing has written
    u = c[j, 0] * t             to `c` in between

A value is one node with another where the block of the first encloses that of the second.
"""

from __future__ import annotations

from collections.abc import Hashable

from srcad.analysis.values import Def, Place
from srcad.ir import nodes as ir
from srcad.ir import quote
from srcad.ir.primitives import EXTENTS, TRUTHS
from srcad.ir.types import Array, Scalar
from srcad.passes.planning.nodes import Kind, Node
from srcad.passes.planning.prices import Prices
from srcad.passes.planning.primal import Primal
from srcad.rules.table import is_pinned

WIDTHS = {"bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4}
WIDTHS |= {"float32": 4}
Key = tuple[Hashable, ...] | Def
TESTS = TRUTHS | {"isnan", "isfinite", "isinf"}


class Numbers:
    """The nodes of a function so far.

    factors: what computing a factor of a partial costs, and what it reads.
    """

    def __init__(self, primal: Primal, prices: Prices) -> None:
        self.primal = primal
        self.prices = prices
        self.facts = primal.facts
        self.nodes: list[Node] = []
        self.factors: dict[Node, tuple[float, tuple[Node, ...]]] = {}
        self._known: dict[tuple[Key, Place], Node] = {}
        self._of: dict[Def, Node] = {}
        for stmt in primal.all:
            for name in sorted(self.facts.assigned.get(stmt, ())):
                found = self.facts.defs.get((stmt, name))
                if found is not None:
                    self.value(found)

    # Nodes ----------------------------------------------------------------------------

    def new(self, kind: Kind, key: Key, place: Place, name: str, span: ir.Span | None) -> Node:
        """Return the node of a key in a block, a new one if there is none yet."""
        found = self._known.get((key, place))
        if found is None:
            found = Node(len(self.nodes), kind, key, place, name, span)
            self.nodes.append(found)
            self._known[key, place] = found
        return found

    def around(self, key: Key, place: Place) -> Node | None:
        """Return the node of a key in a block or in one around it."""
        for near in self.facts.places(place):
            found = self._known.get((key, near))
            if found is not None:
                return found
        return None

    def read(self, stmt: ir.Stmt, atom: object) -> Node | None:
        """Return the value that an operand of a statement has; None for literals and arrays."""
        if not isinstance(atom, ir.Var) or self.primal.is_array(atom.name):
            return None
        found = self.facts.reads.get((stmt, atom.name))
        return None if found is None else self.value(found)

    def value(self, d: Def) -> Node:
        """Return the node of a value."""
        if d in self._of:
            return self._of[d]
        source = self._renamed(d)
        if source is not None:
            node = self._of[d] = self.value(source)
            node.defs.append(d)
            return node
        key = self._key(d)
        found = self.around(key, d.place)
        if found is None:
            found = self.new("value", key, d.place, d.name, d.stmt.span if d.stmt else None)
            found.width = self.width(self.primal.types.get(d.name))
        self._of[d] = found
        found.defs.append(d)
        return found

    def width(self, type_: object) -> int:
        """Return how many bytes a number of a type takes."""
        return WIDTHS.get(type_.dtype, 8) if isinstance(type_, Scalar | Array) else 8

    def _renamed(self, d: Def) -> Def | None:
        """Return the value that another name has got."""
        match d.kind, d.stmt:
            case "let", ir.Let(target=target, value=ir.Var(name=name)) as stmt:
                source = self.facts.reads.get((stmt, name))
                same = self.primal.types.get(name) == target.type
                return source if same and not isinstance(target.type, Array) else None
            case _:
                return None

    # Keys -----------------------------------------------------------------------------

    def _key(self, d: Def) -> Key:
        match d.kind, d.stmt:
            case "let", ir.Let(target=target, value=value) as stmt if not isinstance(
                target.type, Array
            ):
                found = self._computed(stmt, value)
                return d if found is None else (*found, target.type)
            case _:
                return d

    def _computed(self, stmt: ir.Let, value: ir.Value) -> tuple[Hashable, ...] | None:
        match value:
            case ir.Const():
                return ("literal", value)
            case ir.Op(prim=prim, args=(ir.Var() as array, *_), static=static) if (
                prim in EXTENTS and self.primal.is_array(array.name)
            ):
                return self._size(stmt, prim, array, static)
            case ir.Op(prim=prim, args=args, static=static):
                if is_pinned(prim) or any(
                    isinstance(a, ir.Var) and self.primal.is_array(a.name) for a in args
                ):
                    return None
                return (prim, static, tuple(self._operand(stmt, a) for a in args))
            case ir.Load(array=array, index=index):
                return self._element(stmt, array, index)
            case _:
                return None

    def _operand(self, stmt: ir.Stmt, atom: ir.Atom | ir.Slice) -> Hashable:
        if isinstance(atom, ir.Const):
            return ir.Const(atom.value)  # the type of the result says how it is taken
        found = self.read(stmt, atom)
        return atom if found is None else found.serial

    def _size(
        self, stmt: ir.Let, prim: str, array: ir.Var, static: tuple[object, ...]
    ) -> tuple[Hashable, ...]:
        """Return the key of a size: what it is equal to, wherever it is asked for."""
        base = self.facts.reads.get((stmt, array.name))
        kind = self.primal.types.get(array.name)
        if prim == "shape" and static and isinstance(static[0], int):
            return ("extent", self._extent(base, static[0]))
        if prim == "len" or (prim == "size" and isinstance(kind, Array) and kind.ndim == 1):
            return ("extent", self._extent(base, 0))
        axes = range(kind.ndim) if isinstance(kind, Array) else ()
        return (prim, static, tuple(self._extent(base, axis) for axis in axes))

    def _extent(self, base: Def | None, axis: int) -> Hashable:
        found = self.primal.extents.size(base, axis)
        return ("value", self.value(found).serial) if isinstance(found, Def) else found

    def _element(
        self, stmt: ir.Stmt, array: ir.Var, index: ir.Index
    ) -> tuple[Hashable, ...] | None:
        """Return the key of an element: its array, its index through row views, and the time."""
        name = self.primal.classes.of(array.name)
        where = tuple(self._operand(stmt, part) for part in index)
        epoch = self.primal.epoch(stmt, name)
        base = self.facts.reads.get((stmt, array.name))
        while base is not None and isinstance(base.stmt, ir.Let) and base.kind == "let":
            view = base.stmt
            match view.value:
                case ir.Var(name=source):
                    base = self.facts.reads.get((view, source))
                case ir.Load(array=source, index=row) if not any(
                    isinstance(part, ir.Slice) for part in row
                ):
                    where = (*(self._operand(view, part) for part in row), *where)
                    base = self.facts.reads.get((view, source.name))
                case _:
                    break
        return None if base is None else ("element", base, where, epoch)

    # Partials -------------------------------------------------------------------------

    def partial(
        self, stmt: ir.Let, expr: quote.Expr, stands_for: dict[str, ir.Atom]
    ) -> Node | None:
        """Return the node of a factor of a partial; None for what is known without it."""
        match expr:
            case quote.Name(id=name):
                if name == "y":
                    return self.value(self.facts.defs[stmt, stmt.target.name])
                return self.read(stmt, stands_for.get(name))
            case quote.Apply(prim=prim, args=args):
                operands = [self.partial(stmt, arg, stands_for) for arg in args]
                parts = tuple(
                    _literal(arg, stands_for) if node is None else node.serial
                    for node, arg in zip(operands, args, strict=True)
                )
                place = self.facts.where[stmt][0]
                key = (prim, (), parts, Scalar("bool") if prim in TESTS else stmt.target.type)
                found = self.around(key, place)
                if found is None:
                    found = self.new("partial", key, place, prim, stmt.span)
                    found.width = 1 if prim in TESTS else self.width(stmt.target.type)
                    found.stmt = stmt
                    reads = tuple(n for n in operands if n is not None)
                    self.factors[found] = (self.prices.factor(stmt, prim), reads)
                return found
            case _:
                return None


def _literal(expr: quote.Expr, stands_for: dict[str, ir.Atom]) -> Hashable:
    match expr:
        case quote.Name(id=name):
            atom = stands_for.get(name, name)
            return ir.Const(atom.value) if isinstance(atom, ir.Const) else atom
        case quote.Lit(value=value):
            return ir.Const(value)
        case _:
            return expr
