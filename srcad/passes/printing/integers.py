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
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from srcad.ir.known import updated
from srcad.ir.nodes import Atom, Block, Const, For, Function, If, Let, Op, Stmt, Value, Var
from srcad.ir.types import BOOL, INT, Array, Scalar
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
}
LARGEST = 2**31
NOT_NEGATIVE = {"shape", "len", "size", "axis_step", "abs"}


def plain_integers(function: Function) -> Function:
    """Return `function` with one name for each integer, and literals worked out."""
    loops = [stmt for stmt in statements(function.body) if isinstance(stmt, For)]
    bound = bindings(function).copy()
    bound.update(loop.until.name for loop in loops if loop.until is not None)  # stay as they are
    pass_ = _Integers(bound)
    body = pass_.block(function.body, _Scope())
    body = rename(body, pass_.new_name)
    returns = tuple(pass_.atom(atom) for atom in function.returns)
    return updated(function, body=body, returns=returns)


@dataclass(slots=True)
class _Scope:
    """What is known where a block stands: names by what they hold, and operations by name."""

    names: dict[Hashable, Atom] = field(default_factory=dict)
    values: dict[str, Op] = field(default_factory=dict)

    def inner(self) -> _Scope:
        """Return the scope of a block inside."""
        return _Scope(dict(self.names), dict(self.values))


class _Integers:
    """new_name: what stands for the names that are gone."""

    def __init__(self, bound: Counter[str]) -> None:
        self.bound = bound
        self.new_name: dict[str, Var] = {}
        self.literals: dict[str, Atom] = {}

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
                case Let(target=target, value=Op() as op) if target.type in {INT, BOOL}:
                    self.let(new, op, scope, out)
                case If(test=Const(value=bool(holds)), then=then, orelse=orelse):
                    out += self.block(then if holds else orelse, scope)
                case For(until=None, body=body) if self.is_single(new):
                    out += self.block(_with_literal(body, new.var, new.start), scope.inner())
                case _:
                    out.append(map_blocks(new, lambda inner: self.block(inner, scope.inner())))
        return tuple(out)

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
        key = self.key(value)
        known = scope.names.get(key) if key is not None else None
        if may_go and isinstance(known, Var):
            out.pop()
            self.new_name[name] = known
        elif key is not None:
            scope.names.setdefault(key, let.target)
            scope.values[name] = value

    def key(self, op: Op) -> Hashable | None:
        """Return what is the same for equal operations; None where that cannot be told."""
        if op.prim not in SAME:
            return None
        operands: list[Hashable] = []
        for arg in op.args:
            if isinstance(arg, Const):
                if not isinstance(arg.value, bool | int):
                    return None
                operands.append(("literal", arg.value))
            elif self.bound[arg.name] != 1 or not _is_counted(arg):
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
        numbers = [arg.value if isinstance(arg, Const) else None for arg in op.args]
        if op.prim in NUMBERS and all(isinstance(n, bool | int) for n in numbers):
            found = NUMBERS[op.prim](*numbers)
            if abs(found) < LARGEST:
                return Const(found, BOOL if isinstance(found, bool) else INT)
        match op.prim, op.args:
            case ("eq" | "ne" | "lt" | "le" | "gt" | "ge") as prim, (Var() as a, b) if a == b:
                return Const(prim in {"eq", "le", "ge"}, BOOL) if a.type == INT else op
            case ("add", (Var() as a, Const(value=0))) | ("add", (Const(value=0), Var() as a)):
                return a if a.type == INT else op
            case "sub", (Var() as a, Const(value=0)):
                return a if a.type == INT else op
            case "mul", ((Var() as a, Const(value=1)) | (Const(value=1), Var() as a)):
                return a if a.type == INT else op
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
            case ("and" | "or") as prim, (a, b):
                for one, other in ((a, b), (b, a)):
                    match one:
                        case Const(value=bool(known)):
                            return other if known == (prim == "and") else one
        return op

    def is_steady(self, atom: Atom) -> bool:
        """Return whether an operand is the same for good."""
        return isinstance(atom, Const) or self.bound[atom.name] == 1

    def is_size(self, atom: Atom, scope: _Scope) -> bool:
        """Return whether an integer is surely not negative."""
        op = scope.values.get(atom.name) if isinstance(atom, Var) else None
        match op:
            case None:
                return False
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


def _is_counted(var: Var) -> bool:
    """Return whether a name is an integer, a truth value, or an array that may be measured."""
    return var.type in {INT, BOOL} or isinstance(var.type, Array | Scalar)
