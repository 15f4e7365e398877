"""Floating-point numbers of LLVM under Python's operators, to write formulas with.

Every operation is strict: one rounding each, in the order that is written, whatever flags
the code around it has. Integers are the bit patterns of numbers, without a sign.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llvmlite import ir

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Format:
    """A binary format of IEEE 754.

    digits: stored bits of the significand. bias: the exponent field of 1.0.
    """

    type: ir.Type
    bits: ir.IntType
    digits: int
    bias: int

    @property
    def tiny(self) -> float:
        """Return the smallest normal number."""
        return 2.0 ** (1 - self.bias)

    @property
    def integers(self) -> float:
        """Return a number whose last digit counts ones: 2**digits and half of that."""
        return 1.5 * 2.0**self.digits

    def pattern(self, number: float) -> int:
        """Return the bits of a number."""
        real, bits = ("<d", "<Q") if self.digits == DOUBLE.digits else ("<f", "<I")
        found: int = struct.unpack(bits, struct.pack(real, number))[0]
        return found


DOUBLE = Format(ir.DoubleType(), ir.IntType(64), 52, 1023)
SINGLE = Format(ir.FloatType(), ir.IntType(32), 23, 127)


@dataclass(frozen=True, slots=True)
class Bits:
    """A bit pattern in LLVM, an integer without a sign."""

    builder: ir.IRBuilder
    value: ir.Value
    format: Format

    def _apply(self, operation: str, other: Bits | int) -> Bits:
        right = ir.Constant(self.format.bits, other) if isinstance(other, int) else other.value
        return Bits(self.builder, getattr(self.builder, operation)(self.value, right), self.format)

    def __add__(self, other: Bits | int) -> Bits:
        """Add, without regard to overflow."""
        return self._apply("add", other)

    def __sub__(self, other: Bits | int) -> Bits:
        """Subtract, without regard to overflow."""
        return self._apply("sub", other)

    def __rsub__(self, other: int) -> Bits:
        """Subtract, without regard to overflow."""
        left = ir.Constant(self.format.bits, other)
        return Bits(self.builder, self.builder.sub(left, self.value), self.format)

    def __and__(self, other: Bits | int) -> Bits:
        """Keep the bits that both have."""
        return self._apply("and_", other)

    def __or__(self, other: Bits | int) -> Bits:
        """Take the bits that either has."""
        return self._apply("or_", other)

    def __lshift__(self, count: int) -> Bits:
        """Shift to the left."""
        return self._apply("shl", count)

    def __rshift__(self, count: int) -> Bits:
        """Shift to the right; zeros follow."""
        return self._apply("lshr", count)

    @property
    def is_odd(self) -> ir.Value:
        """Return the last bit."""
        return self.builder.trunc(self.value, ir.IntType(1))

    @property
    def real(self) -> Real:
        """Return the number that has these bits."""
        return Real(self.builder, self.builder.bitcast(self.value, self.format.type), self.format)


@dataclass(frozen=True, slots=True)
class Real:
    """A number in LLVM."""

    builder: ir.IRBuilder
    value: ir.Value
    format: Format

    def number(self, other: Real | float) -> Real:
        """Return `other` as a number of this format."""
        if isinstance(other, Real):
            return other
        return Real(self.builder, ir.Constant(self.format.type, other), self.format)

    def _made(self, value: ir.Value) -> Real:
        return Real(self.builder, value, self.format)

    def __add__(self, other: Real | float) -> Real:
        """Add."""
        return self._made(self.builder.fadd(self.value, self.number(other).value))

    def __radd__(self, other: float) -> Real:
        """Add."""
        return self.number(other) + self

    def __sub__(self, other: Real | float) -> Real:
        """Subtract."""
        return self._made(self.builder.fsub(self.value, self.number(other).value))

    def __rsub__(self, other: float) -> Real:
        """Subtract."""
        return self.number(other) - self

    def __mul__(self, other: Real | float) -> Real:
        """Multiply."""
        return self._made(self.builder.fmul(self.value, self.number(other).value))

    def __rmul__(self, other: float) -> Real:
        """Multiply."""
        return self.number(other) * self

    def __truediv__(self, other: Real | float) -> Real:
        """Divide."""
        return self._made(self.builder.fdiv(self.value, self.number(other).value))

    def __rtruediv__(self, other: float) -> Real:
        """Divide."""
        return self.number(other) / self

    def __neg__(self) -> Real:
        """Change the sign."""
        return self._made(self.builder.fneg(self.value))

    def _test(self, relation: str, other: Real | float) -> ir.Value:
        return self.builder.fcmp_ordered(relation, self.value, self.number(other).value)

    def __lt__(self, other: Real | float) -> ir.Value:
        """Compare; false for nan."""
        return self._test("<", other)

    def __le__(self, other: Real | float) -> ir.Value:
        """Compare; false for nan."""
        return self._test("<=", other)

    def __gt__(self, other: Real | float) -> ir.Value:
        """Compare; false for nan."""
        return self._test(">", other)

    def equals(self, other: Real | float) -> ir.Value:
        """Compare; false for nan."""
        return self._test("==", other)

    def where(self, test: ir.Value, otherwise: Real | float) -> Real:
        """Return this number if the test holds."""
        right = self.number(otherwise).value
        return self._made(self.builder.select(test, self.value, right))

    def negated_where(self, test: ir.Value) -> Real:
        """Return this number with the other sign if the test holds."""
        return (-self).where(test, self)

    @property
    def bits(self) -> Bits:
        """Return the bits of the number."""
        return Bits(self.builder, self.builder.bitcast(self.value, self.format.bits), self.format)

    def _intrinsic(self, name: str, *others: Real | float) -> Real:
        args = [self.value, *(self.number(other).value for other in others)]
        type_ = ir.FunctionType(self.format.type, [self.format.type] * len(args))
        function = self.builder.module.declare_intrinsic(name, [self.format.type], type_)
        return self._made(self.builder.call(function, args))

    def fma(self, factor: Real | float, summand: Real | float) -> Real:
        """Return self * factor + summand, rounded once."""
        return self._intrinsic("llvm.fma", factor, summand)

    def __abs__(self) -> Real:
        """Return the magnitude."""
        return self._intrinsic("llvm.fabs")

    def with_sign_of(self, other: Real) -> Real:
        """Return the number with the sign of the other."""
        return self._intrinsic("llvm.copysign", other)

    def at_most(self, bound: float) -> Real:
        """Return the number or the bound that it exceeds; nan stays nan."""
        return self.number(bound).where(self > bound, self)

    def at_least(self, bound: float) -> Real:
        """Return the number or the bound that it falls below; nan stays nan."""
        return self.number(bound).where(self < bound, self)


def polynomial(x: Real, coefficients: Sequence[float]) -> Real:
    """Return the sum of coefficients[k] * x**k, in pairs: a short chain of operations.

    Estrin's scheme (Muller, Elementary Functions, 3rd ed., section 5.1).
    """
    terms: list[Real | float] = list(coefficients)
    while len(terms) > 1:
        pairs: list[Real | float] = [
            x.fma(high, low) for low, high in zip(terms[::2], terms[1::2], strict=False)
        ]
        terms = pairs + terms[2 * len(pairs) :]
        if len(terms) > 1:
            x = x * x
    return x.number(terms[0])
