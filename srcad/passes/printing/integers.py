"""One name for each integer, and no arithmetic with literals.

    n = x.shape[0]                     n = x.shape[0]
    n_1 = x.shape[0]                   step = 0 if n == 1 else 1
    n_2 = max(n_1, 0)          ->
    step = axis_step(n)
    step_1 = axis_step(n_2)

    for j in range(1):                 y[i, 0] = x[i, 0]
        y[i, j] = x[i, j]

For people who read. Integers and tests of integers are the same if they are the same operation of
the same operands, all of which are bound once: an operation of integers has no rounding, and one
that was done before has not failed. A size is not negative. On entry and on exit: flat IR.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial

from srcad.analysis.kinds import kinds
from srcad.ir.known import updated
from srcad.ir.nodes import Atom, Block, Const, For, Function, If, Let, Op, Stmt, Value, Var
from srcad.ir.types import BOOL, INT, Array, Type
from srcad.ir.walk import (
    assigned,
    bindings,
    map_atoms,
    map_block,
    map_blocks,
    map_operands,
    rename,
    statements,
)
from srcad.passes.building.temporaries import is_made_up

SAME = frozenset(
    {
        *("shape", "len", "size", "add", "sub", "mul", "neg", "abs", "min", "max"),
        *("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not", "select"),
        *("axis_step", "common_extent", "wider_extent", "extents_clash", "overflows"),
        *("outside", "span_outside"),
    }
)
"""What gives the same for the same integers."""

NUMBERS: dict[str, Callable[..., int | bool]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "neg": lambda a: -a,
    "abs": abs,
    "min": min,
    "max": max,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "not": lambda a: not a,
    "overflows": lambda a, b: abs(a * b) >= 2**58,
}
TESTS = frozenset({"outside", "span_outside", "overflows", "extents_clash", "and", "or", "not"})
LARGEST = 2**31
NOT_NEGATIVE = {"shape", "len", "size", "axis_step", "abs"}


def plain_integers(function: Function) -> Function:
    """Return `function` with one name for each integer, and literals worked out."""
    loops = [stmt for stmt in statements(function.body) if isinstance(stmt, For)]
    bound = bindings(function).copy()
    bound.update(loop.until.name for loop in loops if loop.until is not None)  # stay as they are
    made = {
        stmt.target.name: stmt.value
        for stmt in statements(function.body)
        if isinstance(stmt, Let) and isinstance(kinds(function).get(stmt.target.name), Array)
    }
    pass_ = _Integers(bound, made, kinds(function))
    body = pass_.block(function.body, _Scope())
    body = rename(body, pass_.new_name)
    returns = tuple(pass_.atom(atom) for atom in function.returns)
    return updated(function, body=body, returns=returns)


@dataclass(slots=True)
class _Scope:
    """What is known where a block stands: names by what they hold, and operations by name.

    loops: whether the indices of the loops around it are surely not negative, by name.
    """

    names: dict[Hashable, Atom] = field(default_factory=dict)
    values: dict[str, Op] = field(default_factory=dict)
    loops: dict[str, bool] = field(default_factory=dict)

    def inner(self) -> _Scope:
        """Return the scope of a block inside."""
        return _Scope(dict(self.names), dict(self.values), dict(self.loops))

    def body(self, loop: For) -> _Scope:
        """Return the scope of the body of a loop, which never assigns its index."""
        scope = self.inner()
        if loop.var.name in self.loops:  # an index of the same name is another number
            scope.names.clear()
            scope.values.clear()
        match loop:
            case For(start=Const(value=low), step=Const(value=step)) if step > 0:
                scope.loops[loop.var.name] = low >= 0
            case For(stop=Const(value=low), step=Const(value=step)) if step < 0:
                scope.loops[loop.var.name] = low >= -1
            case _:
                scope.loops[loop.var.name] = False
        return scope


class _Integers:
    """made: how arrays are made. new_name, literals: what stands for the names that are gone."""

    def __init__(
        self, bound: Counter[str], made: dict[str, Value], kinds_: Mapping[str, Type]
    ) -> None:
        self.bound = bound
        self.made = made
        self.kinds = kinds_
        self.new_name: dict[str, Var] = {}
        self.literals: dict[str, Atom] = {}

    def kind(self, atom: Atom) -> Type | None:
        """Return the type of a name or a literal."""
        return atom.type or self.kinds.get(atom.name) if isinstance(atom, Var) else atom.type

    def atom(self, atom: Atom) -> Atom:
        """Return what stands for an operand."""
        while isinstance(atom, Var):
            new = self.literals.get(atom.name) or self.new_name.get(atom.name)
            if new is None:
                return atom
            atom = new
        return atom

    def block(self, block: Block, scope: _Scope) -> Block:
        """Return a block; the scope gains what is known after it."""
        out: list[Stmt] = []
        for stmt in block:
            new = map_operands(stmt, lambda part: map_atoms(part, self.atom))
            match new:
                case Let(target=target, value=Op(prim) as op) if prim in TESTS or self.kind(
                    target
                ) in {INT, BOOL}:
                    self.let(new, op, scope, out)
                case Let(target=target, value=Const() | Var() as value) if self.is_alias(
                    target, value
                ):
                    self.literals[target.name] = value
                case If(test=Const(value=bool(holds)), then=then, orelse=orelse):
                    out += self.block(then if holds else orelse, scope)
                case For(until=None, body=body) if self.is_single(new):
                    out += self.block(_with_literal(body, new.var, new.start), scope.inner())
                case For():
                    out.append(map_blocks(new, partial(self.block, scope=scope.body(new))))
                case _:
                    out.append(map_blocks(new, lambda inner: self.block(inner, scope.inner())))
        return tuple(out)

    def is_alias(self, target: Var, value: Atom) -> bool:
        """Return whether a temporary is another name of an integer, for good."""
        may_go = is_made_up(target.name) and self.bound[target.name] == 1
        return (
            may_go
            and self.kind(target) in {INT, BOOL}
            and self.kind(value) == self.kind(target)
            and self.is_steady(value)
        )

    def is_single(self, loop: For) -> bool:
        """Return whether a loop is one iteration for a literal index."""
        match loop.start, loop.stop, loop.step:
            case Const(value=int(start)), Const(value=int(stop)), Const(value=1):
                return stop == start + 1 and loop.var.name not in assigned(loop.body)
        return False

    def let(self, let: Let, op: Op, scope: _Scope, out: list[Stmt]) -> None:
        """Append a binding, unless another name or a literal stands for it."""
        value = self.simple(op, scope)
        name = let.target.name
        may_go = is_made_up(name) and self.bound[name] == 1
        if may_go and isinstance(value, Const):
            self.literals[name] = value
            return
        if may_go and isinstance(value, Var) and self.bound[value.name] == 1:
            self.new_name[name] = value
            return
        out.append(Let(let.target, value, let.span))
        if not isinstance(value, Op) or self.bound[name] != 1:
            return
        key = self.key(value, scope)
        known = scope.names.get(key) if key is not None else None
        if may_go and isinstance(known, Var):
            out.pop()
            self.new_name[name] = known
        elif key is not None:
            scope.names.setdefault(key, let.target)
            scope.values[name] = value

    def key(self, op: Op, scope: _Scope) -> Hashable | None:
        """Return what is the same for equal operations; None where that cannot be told."""
        if op.prim not in SAME:
            return None
        operands: list[Hashable] = []
        for arg in op.args:
            if isinstance(arg, Const):
                if not isinstance(arg.value, bool | int):
                    return None
                operands.append(("literal", arg.value))
            elif self.bound[arg.name] != 1 and arg.name not in scope.loops:
                return None
            else:
                operands.append(arg.name)
        match op.prim, op.args:
            case (("len" | "size"), (Var(type=Array(ndim=1)) as array,)):
                return "shape", (array.name,), (0,)
            case "len", (Var() as array,):
                return "shape", (array.name,), (0,)
        return op.prim, tuple(operands), op.static

    def simple(self, op: Op, scope: _Scope) -> Value:
        """Return a literal, an operand, or an operation: the same number, with less."""
        if op.prim in {"shape", "len"}:
            return self.extent(op)
        numbers = [arg.value if isinstance(arg, Const) else None for arg in op.args]
        if op.prim in NUMBERS and all(isinstance(n, bool | int) for n in numbers):
            found = NUMBERS[op.prim](*numbers)
            if abs(found) < LARGEST:
                return Const(found, BOOL if isinstance(found, bool) else INT)
        match op.prim, op.args:
            case "select", (Const(value=bool(chosen)), a, b):
                return a if chosen else b
            case ("lt" | "ge") as prim, (Var() as a, Const(value=0)) if self.is_size(a, scope):
                return Const(prim == "ge", BOOL)
            case ("eq" | "ne" | "lt" | "le" | "gt" | "ge") as prim, (Var() as a, b) if a == b:
                return Const(prim in {"eq", "le", "ge"}, BOOL) if self.kind(a) == INT else op
            case ("add", (Var() as a, Const(value=0))) | ("add", (Const(value=0), Var() as a)):
                return a if self.kind(a) == INT else op
            case "sub", (Var() as a, Const(value=0)):
                return a if self.kind(a) == INT else op
            case "mul", ((Var() as a, Const(value=1)) | (Const(value=1), Var() as a)):
                return a if self.kind(a) == INT else op
            case "max", ((Var() as a, Const(value=0)) | (Const(value=0), Var() as a)):
                return a if self.is_size(a, scope) else op
            case "trips", (Var(name=name), Const(value=-1), Const(value=-1)) if (
                name in scope.values
            ):
                match scope.values[name]:
                    case Op("sub", (Var() as count, Const(value=1))) if self.is_size(count, scope):
                        return count if self.is_steady(count) else op
            case "neg", (Var(name=name),) if name in scope.values:
                inner = scope.values[name]
                if inner.prim == "sub" and all(map(self.is_steady, inner.args)):
                    return Op("sub", inner.args[::-1])
            case "overflows", (Var() as a, Const(value=1)) if self.is_short(a, scope):
                return Const(value=False, type=BOOL)
            case "outside", (Var() as a, Var() as n) if self.is_last(a, n, scope):
                return Op("lt", (n, Const(1, INT)))
            case "span_outside", (Const(value=0), Var() as a, Var() as n) if self.is_last(
                a, n, scope
            ):
                return Op("lt", (n, Const(1, INT)))
            case ("and" | "or") as prim, (a, b):
                if prim == "and":
                    b = self.where(b, self.not_empty(a, scope), scope)
                for one, other in ((a, b), (b, a)):
                    match one:
                        case Const(value=bool(known)):
                            return other if known == (prim == "and") else one
                return op if b is op.args[1] else Op(prim, (a, b))
        return op

    def extent(self, op: Op) -> Value:
        """Return the extent that an array was made with, or that of an array that it is like."""
        axis = op.static[0] if op.static else 0
        array = op.args[0]
        while isinstance(array, Var) and self.bound[array.name] == 1:
            match self.made.get(array.name):
                case Op("zeros_like" | "empty_like" | "ones_like" | "copy", (Var() as like, *_)):
                    array = like
                case Op("empty" | "zeros" | "ones", args, static) if static != ("like",):
                    found = self.atom(args[axis])  # type: ignore[call-overload]
                    return found if self.is_steady(found) and self.kind(found) == INT else op
                case _:
                    break
        same = isinstance(array, Var) and self.bound[array.name] == 1
        return Op(op.prim, (array,), op.static) if same else op

    def is_last(self, at: Var, extent: Var, scope: _Scope) -> bool:
        """Return whether an index is that of the last element of an axis."""
        match scope.values.get(at.name):
            case Op("sub", (Var(name=n), Const(value=1))) | Op(
                "add", (Var(name=n), Const(value=-1))
            ):
                return n == extent.name
        return False

    def is_short(self, atom: Atom, scope: _Scope) -> bool:
        """Return whether an integer is the extent of an array, or the place of its last element."""
        op = scope.values.get(atom.name) if isinstance(atom, Var) else None
        match op:
            case Op(prim="shape" | "len"):
                return True
            case Op("sub", (n, Const(value=1))) | Op("add", (n, Const(value=-1))):
                return self.is_short(n, scope)
        return False

    def not_empty(self, test: Atom, scope: _Scope) -> set[str]:
        """Return the extents that are not 0 where a test holds."""
        match scope.values.get(test.name) if isinstance(test, Var) else None:
            case Op("lt", (Const(value=0), Var(name=n))):
                return {n}
            case Op("and", (a, b)):
                return self.not_empty(a, scope) | self.not_empty(b, scope)
        return set()

    def where(self, test: Atom, not_empty: set[str], scope: _Scope) -> Atom:
        """Return a test, or what is left of it, where some extents are not 0."""
        match scope.values.get(test.name) if isinstance(test, Var) else None:
            case Op("lt", (Var(name=n), Const(value=1))) if n in not_empty:
                return Const(value=False, type=BOOL)
            case Op("or" | "and" as prim, (a, b)):
                left, right = (self.where(part, not_empty, scope) for part in (a, b))
                for one, other in ((left, right), (right, left)):
                    if isinstance(one, Const):
                        return other if one.value == (prim == "and") else one
        return test

    def is_steady(self, atom: Atom) -> bool:
        """Return whether an operand is the same for good."""
        return isinstance(atom, Const) or self.bound[atom.name] == 1

    def is_size(self, atom: Atom, scope: _Scope) -> bool:
        """Return whether an integer is surely not negative."""
        if isinstance(atom, Const):
            return _is_literal_size(atom)
        if scope.loops.get(atom.name):
            return True
        op = scope.values.get(atom.name)
        match op:
            case None:
                return False
            case Op(prim="add", args=args) if self.kind(atom) == INT:
                return all(self.is_size(a, scope) for a in args)
            case Op(prim="max", args=args):
                return any(map(_is_literal_size, args))
            case Op(prim="common_extent" | "wider_extent", args=args):
                return all(self.is_size(a, scope) for a in args)
            case Op(prim="min", args=args):
                return all(_is_literal_size(a) or self.is_size(a, scope) for a in args)
            case _:
                return op.prim in NOT_NEGATIVE


def _with_literal(block: Block, var: Var, value: Atom) -> Block:
    """Return a block with a literal in place of a name."""

    def change(atom: Atom) -> Atom:
        return value if isinstance(atom, Var) and atom.name == var.name else atom

    return map_block(block, lambda stmt: map_operands(stmt, lambda p: map_atoms(p, change)))


def _is_literal_size(atom: Atom) -> bool:
    return isinstance(atom, Const) and atom.value >= 0
