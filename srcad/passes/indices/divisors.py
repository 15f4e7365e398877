"""Integer divisions fail as they do in Python.

Generated code is compiled with NumPy's rules for division, by which floats give inf and nan.
By the same rules `3 // 0` of integers is 0, a number that the primal does not have:

    k = i // n      ->      if n == 0:
    j = k % n                   raise ZeroDivisionError('integer division by zero')
                            k = i // n
                            j = k % n

A divisor is tested once, as long as its name is not bound again; the size of an array, however
often it is asked for.
"""

from __future__ import annotations

from collections import ChainMap, Counter

from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.types import Scalar, is_float
from srcad.ir.walk import assigned
from srcad.passes.building.emitter import Emitter

MESSAGE = "integer division by zero"
SIZES = {"size", "len", "shape"}

Key = tuple[str, tuple[object, ...], str, int]
"""What is asked of a version of a name: `("size", (), "x", 0)`; `("", (), "n", 2)` is `n`."""

Tested = ChainMap[Key, bool]
"""The divisors that were tested in a block, and in those around it."""


def checked_divisors(function: ir.Function) -> ir.Function:
    """Return the typed `function` with a check before each division by an unknown integer.

    Raises NotDifferentiable for a division by a literal zero.
    """
    body = _Checks(NameSupply.of(function)).block(function.body, ChainMap())
    return updated(function, body=body)


class _Checks:
    """Adds checks, in the order of execution.

    Names have versions: binding one again makes a new version, of which nothing is known.
    """

    def __init__(self, supply: NameSupply) -> None:
        self.supply = supply
        self.version: Counter[str] = Counter()
        self.sizes: dict[tuple[str, int], Key] = {}

    def block(self, block: ir.Block, tested: Tested) -> ir.Block:
        """Return a block with its checks; note what was tested."""
        out: list[ir.Stmt] = []
        for stmt in block:
            divisor = _divisor(stmt)
            if isinstance(divisor, ir.Const):
                problem = Problem("E202", MESSAGE, "divide by another number", stmt.span)
                raise NotDifferentiable.from_problems([problem])
            if divisor is not None and self.key(divisor) not in tested:
                tested[self.key(divisor)] = True
                error = ir.Raise(ZeroDivisionError, (MESSAGE,), stmt.span)
                emit = Emitter(self.supply, out, stmt.span)
                out.append(ir.If(emit.op("eq", divisor, ir.Const(0)), (error,), (), stmt.span))
            out.append(self.inside(stmt, tested))
            self.forget(stmt)
            match stmt:
                case ir.Let(target, ir.Op(prim, (ir.Var(name=array),), static)) if prim in SIZES:
                    if target.name != array:
                        size = prim, static, array, self.version[array]
                        self.sizes[target.name, self.version[target.name]] = size
        return tuple(out)

    def key(self, divisor: ir.Var) -> Key:
        """Return what a divisor is known by."""
        name, version = divisor.name, self.version[divisor.name]
        return self.sizes.get((name, version), ("", (), name, version))

    def forget(self, stmt: ir.Stmt) -> None:
        """Begin new versions of all that a statement binds."""
        self.version.update(assigned((stmt,)))

    def inside(self, stmt: ir.Stmt, tested: Tested) -> ir.Stmt:
        """Return a statement with checks in its blocks, which know what was tested before."""
        match stmt:
            case ir.If():
                then = self.block(stmt.then, tested.new_child())
                self.version.update(assigned(stmt.then))  # the other branch has not bound them
                return updated(stmt, then=then, orelse=self.block(stmt.orelse, tested.new_child()))
            case ir.For():
                self.forget(stmt)
                return updated(stmt, body=self.block(stmt.body, tested.new_child()))
            case ir.While():
                self.forget(stmt)
                round_ = tested.new_child()
                head = self.block(stmt.cond_body, round_)
                return updated(stmt, cond_body=head, body=self.block(stmt.body, round_))
        return stmt


def _divisor(stmt: ir.Stmt) -> ir.Atom | None:
    """Return what an integer is divided by, if that may be zero."""
    match stmt:
        case ir.Let(value=ir.Op("floordiv" | "mod", (a, ir.Const(value=int(number)) as b))):
            is_whole = isinstance(a.type, Scalar | None) and not is_float(a.type)
            return b if number == 0 and is_whole else None
        case ir.Let(value=ir.Op("floordiv" | "mod", (a, ir.Var() as b))):
            numbers = isinstance(b.type, Scalar) and isinstance(a.type, Scalar | None)
            return None if not numbers or is_float(a.type) or is_float(b.type) else b
        case _:
            return None
