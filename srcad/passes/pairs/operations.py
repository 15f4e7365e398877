"""What operations on complex numbers are on their parts.

A part is an atom; operations on whole arrays stay such operations, on arrays of real numbers.
"""

from __future__ import annotations

from typing import NamedTuple

from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir import quote
from srcad.ir.primitives import LIKES, MAKERS
from srcad.ir.quote import Expr
from srcad.ir.types import COMPLEX, Array, Scalar, is_complex
from srcad.passes.building.emitter import Emitter
from srcad.rules.complex_parts import FIRST, PARTS, REAL_TOO, TWICE, Parts, expressions
from srcad.rules.table import PRIMS

NOTHING = ir.Const(0.0)
MOST_FACTORS = 100
"""The largest power that NumPy multiplies out."""

MARKS = frozenset({"same_memory"})


def _weak(atom: ir.Atom) -> ir.Atom:
    """Return a literal that takes the type of what is beside it."""
    return ir.Const(atom.value) if isinstance(atom, ir.Const) else atom


def refused(what: str, hint: str, span: ir.Span | None) -> NotDifferentiable:
    """Return the error for something that is not done with complex numbers."""
    problem = Problem("E505", f"{what} of complex numbers is not supported", hint, span)
    return NotDifferentiable.from_problems([problem])


class Pair(NamedTuple):
    """The real and the imaginary part of a number, or of an array."""

    re: ir.Atom
    im: ir.Atom


class Operations:
    """Writes operations on parts; `pair_of` gives the parts of names."""

    def __init__(self, pairs: dict[str, Pair]) -> None:
        self.pairs = pairs

    def is_complex(self, atom: ir.Atom) -> bool:
        """Return whether an atom is complex, or an array of complex numbers."""
        return is_complex(atom.type)

    def pair(self, atom: ir.Atom, emit: Emitter) -> Pair:
        """Return the parts of an atom; the imaginary part of what is real is zero."""
        if isinstance(atom, ir.Var) and self.is_complex(atom):
            return self.pairs[atom.name]
        if isinstance(atom.type, Array):
            dtype = None if atom.type.dtype in COMPLEX.values() else "float64"
            assert isinstance(atom, ir.Var)
            return Pair(atom, emit.op("zeros_like", atom, static=(dtype,)))
        return Pair(atom, NOTHING)

    def real(self, op: ir.Op, emit: Emitter) -> ir.Value:
        """Return the value of an operation on complex numbers with a real result."""
        prim, args = op.prim, op.args
        if prim in FIRST:
            return ir.Op(prim, (self.pair(args[0], emit).re, *args[1:]), op.static)
        if prim in REAL_TOO and not self.is_complex(args[0]):
            return ir.Op("mul", args * 2) if REAL_TOO[prim] == "mul" else args[0]
        if prim == "real":
            return self.pair(args[0], emit).re
        if prim == "imag" and not self.is_complex(args[0]):
            return ir.Op("zeros_like", args, (None,))
        if prim == "imag":
            return self.pair(args[0], emit).im
        if prim in MARKS:
            for a in self.parts_there(args[0]):  # each is a mark of its own, and no value
                for b in self.parts_there(args[1]):
                    found = emit.op(prim, a, b, static=op.static)
            return found
        if prim in MAKERS or prim in LIKES or prim == "cast_like":  # of a real dtype
            first = self.pair(args[0], emit).re if args else None
            if prim in LIKES and first is not None and not any(map(self.is_complex, args[1:])):
                return ir.Op(prim, (first, *args[1:]), op.static)
        row = PARTS.get(prim)
        if row is None or not row.is_real:
            raise self.refusal(op, emit)
        return self.expanded(row, op, emit)[0]

    def both(self, op: ir.Op, target: ir.Var, emit: Emitter) -> Pair:
        """Return the parts of a complex result."""
        assert isinstance(target.type, Scalar | Array)
        if target.type.dtype == "complex64":  # then no literal was of another type
            op = ir.Op(op.prim, tuple(map(_weak, op.args)), op.static)
        prim, args, static = op.prim, op.args, op.static
        if prim == "complex":
            return Pair(args[0], args[1])
        if prim in {"pow", "power"} and isinstance(args[1], ir.Const):
            count = args[1].value
            if float(count).is_integer() and 1 <= abs(count) <= MOST_FACTORS:
                return self.power(args[0], int(count), emit)
        if prim in PARTS:
            return Pair(*self.expanded(PARTS[prim], op, emit))
        if prim not in TWICE:
            raise self.refusal(op, emit)
        return self.twice(prim, args, static, target, emit)

    def twice(
        self,
        prim: str,
        args: tuple[ir.Atom, ...],
        static: tuple[object, ...],
        target: ir.Var,
        emit: Emitter,
    ) -> Pair:
        """Return the parts of what is done to each of the parts of the arguments."""
        assert isinstance(target.type, Scalar | Array)
        dtype = COMPLEX[target.type.dtype]
        if prim in MAKERS or prim in LIKES:
            return self.made(prim, args, static, dtype, emit)
        if prim == "cast":
            re, im = self.pair(args[0], emit)
            is_there = isinstance(im, ir.Var) or isinstance(target.type, Array)
            second = emit.op("cast", im, static=(dtype,)) if is_there else im
            return Pair(emit.op("cast", re, static=(dtype,)), second)
        if prim == "cast_like":
            model = self.pair(args[1], emit).re
            re, im = self.pair(args[0], emit)
            return Pair(*(emit.op("cast_like", part, model) for part in (re, im)))
        if prim == "select":
            (a, b), (c, d) = (self.pair(arg, emit) for arg in args[1:])
            return Pair(emit.op(prim, args[0], a, c), emit.op(prim, args[0], b, d))
        if prim in {"promoted", "result_type"}:
            models = [self.pair(arg, emit).re for arg in args]
            return Pair(emit.op(prim, *models), emit.op(prim, *models))
        re, im = (
            emit.op(prim, part, *args[1:], static=static) for part in self.pair(args[0], emit)
        )
        return Pair(re, im)

    def made(
        self,
        prim: str,
        args: tuple[ir.Atom, ...],
        static: tuple[object, ...],
        dtype: str,
        emit: Emitter,
    ) -> Pair:
        """Return new arrays for both parts."""
        second = "zeros" if prim in {"zeros", "ones"} else prim
        if prim in LIKES:
            second = "zeros_like" if prim in {"zeros_like", "ones_like"} else prim
            model, filled = self.pair(args[0], emit).re, args[1:]
            values = self.pair(filled[0], emit) if filled else Pair(NOTHING, NOTHING)
            re, im = (
                emit.op(name, model, *([value] if filled else []), static=(dtype,))
                for name, value in zip((prim, second), values, strict=True)
            )
            return Pair(re, im)
        if prim == "full":
            a, b = self.pair(args[0], emit)
            rest = args[1:] if static[:1] != ("like",) else args[2:]
            re, im = (emit.op("full", part, *rest, static=(dtype,)) for part in (a, b))
            return Pair(re, im)
        rest = args if static[:1] != ("like",) else args[1:]
        re, im = (emit.op(name, *rest, static=(dtype,)) for name in (prim, second))
        return Pair(re, im)

    def power(self, base: ir.Atom, count: int, emit: Emitter) -> Pair:
        """Return a power by products, as NumPy has it; at zero, too, it has a derivative."""
        square = self.pair(base, emit)
        result: Pair | None = None
        left = abs(count)
        while left:
            if left % 2:
                result = square if result is None else self.times(result, square, emit)
            left //= 2
            if left:
                square = self.times(square, square, emit)
        assert result is not None
        if count < 0:
            one = {"p_re": ir.Const(1.0), "p_im": NOTHING}
            env = {**one, "q_re": result.re, "q_im": result.im}
            return Pair(*self._written(PARTS["div"], env, emit))
        return result

    def times(self, a: Pair, b: Pair, emit: Emitter) -> Pair:
        """Return the product."""
        env = {"p_re": a.re, "p_im": a.im, "q_re": b.re, "q_im": b.im}
        return Pair(*self._written(PARTS["mul"], env, emit))

    def expanded(self, row: Parts, op: ir.Op, emit: Emitter) -> list[ir.Atom]:
        """Return the parts that a row of the table gives."""
        if len(row.params) != len(op.args):
            raise self.refusal(op, emit)
        env: dict[str, ir.Atom] = {}
        for param, arg in zip(row.params, op.args, strict=True):
            env[f"{param}_re"], env[f"{param}_im"] = self.pair(arg, emit)
        return self._written(row, env, emit)

    def _written(self, row: Parts, env: dict[str, ir.Atom], emit: Emitter) -> list[ir.Atom]:
        memo: dict[Expr, ir.Atom] = {}
        return [quote.expand(expr, env, emit.temp, memo) for expr in expressions(row)]

    def parts_there(self, atom: ir.Atom) -> list[ir.Atom]:
        """Return the parts of what is complex, and what is real itself."""
        if isinstance(atom, ir.Var) and self.is_complex(atom):
            return list(self.pairs[atom.name])
        return [atom]

    def refusal(self, op: ir.Op, emit: Emitter) -> NotDifferentiable:
        """Return the error for an operation that has no row."""
        name = PRIMS[op.prim].spelling if op.prim in PRIMS else op.prim
        hint = "write it with the real and the imaginary part: z.real, z.imag"
        return refused(f"'{name}'", hint, emit.span)
