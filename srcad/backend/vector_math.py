"""Elementary functions without branches, so that LLVM turns loops over them into vectors.

The mathematics of each is in the literature: J.-M. Muller, Elementary Functions (3rd ed.),
chapter 11 for the reductions of arguments in two or three parts (Cody and Waite) and section
10.2 for the final operations; P. T. P. Tang, Table-driven implementation of the expm1
function (ACM TOMS 18, 1992) and of the logarithm (ACM TOMS 16, 1990) for the order of the
last additions. The coefficients are minimax ones, for the error relative to the result,
by Remez' algorithm in 60 digits.

All need a fused multiply-add that is one instruction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcad.backend.real import DOUBLE, Bits, Format, Real, polynomial

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the formulas need in one format.

    ln2: the logarithm of 2 in two parts, products of the first with exponents are exact.
    exp: (exp(r) - 1 - r) / r**2 for |r| <= ln(2)/2, by powers of r.
    atanh: (2 atanh(s) / s - 2) / s**2 for s = (m - 1) / (m + 1), m between sqrt(1/2) and
        sqrt(2), by powers of s**2.
    half_pi: pi/2 in three parts.
    sin: (sin(r) / r - 1) / r**2 and cos: (cos(r) - 1 + r**2 / 2) / r**4 for |r| <= pi/4, by
        powers of r**2.
    exp_range: beyond these, exp is 0 or inf. expm1_low: below, expm1 is -1. tanh_high:
        above, tanh is 1.
    """

    ln2: tuple[float, float]
    exp: tuple[float, ...]
    atanh: tuple[float, ...]
    half_pi: tuple[float, float, float]
    sin: tuple[float, ...]
    cos: tuple[float, ...]
    exp_range: tuple[float, float]
    expm1_low: float
    tanh_high: float


# fmt: off
IN_DOUBLE = Numbers(
    ln2=(float.fromhex("0x1.62e42fefa4p-1"), float.fromhex("-0x1.8432a1b0e2634p-43")),
    exp=(0.5, 0.16666666666666677, 0.0416666666666667, 0.008333333333321532,
         0.0013888888888866678, 0.00019841269886401806, 2.4801587360875305e-05,
         2.755724391104219e-06, 2.7557242484689613e-07, 2.5109147585069794e-08,
         2.0924528855441575e-09),
    atanh=(0.6666666666666735, 0.3999999999940715, 0.28571428744224225, 0.22222198369306834,
           0.1818357567483449, 0.15313741934546898, 0.14799212000476783),
    half_pi=(float.fromhex("0x1.921fb54442d18p+0"), float.fromhex("0x1.1a62633145c07p-54"),
             float.fromhex("-0x1.f1976b7ed8fbcp-110")),
    sin=(-0.16666666666666632, 0.008333333333322316, -0.00019841269829725191,
         2.7557313662053362e-06, -2.5050753263914083e-08, 1.5896504912422513e-10),
    cos=(0.0416666666666666, -0.001388888888887399, 2.480158728939492e-05,
         -2.755731432602828e-07, 2.0875719558334876e-09, -1.1359448659461374e-11),
    exp_range=(-746.0, 710.0), expm1_low=-40.0, tanh_high=22.0,
)
IN_SINGLE = Numbers(
    ln2=(float.fromhex("0x1.62e8p-1"), float.fromhex("-0x1.e8082ep-16")),
    exp=(0.5000000046664588, 0.1666666681790182, 0.041666353539216265, 0.008333272830238513,
         0.0013941102223733466, 0.00019914302677013417),
    atanh=(0.6666666563672633, 0.40000337346108755, 0.28537161462515415, 0.23585118966349394),
    half_pi=(float.fromhex("0x1.921fb6p+0"), float.fromhex("-0x1.777a5cp-25"),
             float.fromhex("-0x1.ee59dap-50")),
    sin=(-0.16666666641426514, 0.008333329362280083, -0.00019839327136503054,
         2.718237276377985e-06),
    cos=(0.04166664674777468, -0.0013887361450109822, 2.4437730088012924e-05),
    exp_range=(-104.0, 89.0), expm1_low=-20.0, tanh_high=10.0,
)
# fmt: on


def numbers_of(x: Real) -> Numbers:
    """Return the constants for the format of x."""
    return IN_DOUBLE if x.format is DOUBLE else IN_SINGLE


def _reduced(x: Real) -> tuple[Real, Real, Bits]:
    """Return exp(r) - 1 in two parts, and n with x = r + n ln 2 and |r| <= ln(2)/2.

    The first part is exact, and their sum is rounded once where it is taken.
    """
    numbers = numbers_of(x)
    high, low = numbers.ln2
    shifted = x.fma(1 / math.log(2), x.format.integers)
    n = shifted - x.format.integers
    first = n.fma(-high, x)
    rest = n * -low
    r = first + rest
    second = (r * r).fma(polynomial(r, numbers.exp), rest)
    return first, second, shifted.bits - x.format.pattern(x.format.integers)


def _power_of_two(biased: Bits) -> Real:
    """Return 2**n for the exponent field of a normal number."""
    return (biased << biased.format.digits).real


def exp(x: Real) -> Real:
    """Return e**x."""
    low, high = numbers_of(x).exp_range
    x = x.at_most(high).at_least(low)
    first, second, n = _reduced(x)
    y = (first + second) + 1.0
    both = n + 2 * x.format.bias
    half = both >> 1
    return y * _power_of_two(half) * _power_of_two(both - half)


def expm1(x: Real) -> Real:
    """Return e**x - 1."""
    given, numbers = x, numbers_of(x)
    x = x.at_most(numbers.exp_range[1]).at_least(numbers.expm1_low)
    first, second, n = _reduced(x)
    half = _power_of_two(n + (x.format.bias - 1))
    y = (first + second).fma(half, half - 0.5) * 2.0
    return given.where(abs(given) < 2.0 ** -(x.format.digits + 2), y)


def _log_parts(x: Real) -> tuple[Bits, Real]:
    """Return the biased exponent and m of x = m * 2**k, m from sqrt(1/2) to sqrt(2)."""
    root, form = x.format.pattern(math.sqrt(0.5)), x.format
    raised = x.bits + (form.pattern(1.0) - root)
    m = (raised & ((1 << form.digits) - 1)) + root
    return raised >> form.digits, m.real


def _log_sum(k: Real, f: Real) -> Real:
    """Return k ln 2 + log(1 + f)."""
    numbers = numbers_of(f)
    s = f / (f + 2.0)
    z = s * s
    half_square = (f * f) * 0.5
    rest = s * z.fma(polynomial(z, numbers.atanh), half_square)
    high, low = numbers.ln2
    return k.fma(high, f - (half_square - k.fma(low, rest)))


def _from_integer(n: Bits, offset: Real | float) -> Real:
    """Return n - offset for a small n."""
    unit = 2.0**n.format.digits
    return (n | n.format.pattern(unit)).real - (offset + unit)


def _log_at_edges(x: Real, y: Real, zero: float) -> Real:
    """Return y = log(x - zero), but what log is outside of the finite numbers above zero."""
    y = y.where(x < math.inf, x)
    outside = x.number(-math.inf).where(x.equals(zero), math.nan)
    return outside.where(x <= zero, y)


def log(x: Real) -> Real:
    """Return the natural logarithm."""
    form = x.format
    up = form.digits + 2
    is_tiny = x < form.tiny
    biased, m = _log_parts((x * 2.0**up).where(is_tiny, x))
    bias = float(form.bias)
    offset = x.number(bias + up).where(is_tiny, bias)
    return _log_at_edges(x, _log_sum(_from_integer(biased, offset), m - 1.0), 0.0)


def log1p(x: Real) -> Real:
    """Return log(1 + x)."""
    form = x.format
    u = x + 1.0
    v = u - 1.0
    lost = (1.0 - (u - v)) + (x - v)
    biased, m = _log_parts(u)
    lost = (lost * _power_of_two(2 * form.bias - biased)).where(u < 2.0 ** (form.digits + 8), 0.0)
    k = _from_integer(biased, float(form.bias))
    y = _log_at_edges(x, _log_sum(k, (m - 1.0) + lost), -1.0)
    return x.where(abs(x) < 2.0 ** -(form.digits + 2), y)


def tanh(x: Real) -> Real:
    """Return the hyperbolic tangent, e / (e + 2) where e is expm1(2 |x|)."""
    first, second, n = _reduced(abs(x).at_most(numbers_of(x).tanh_high) * 2.0)
    power = _power_of_two(n + x.format.bias)
    p = first + second
    e = p.fma(power, power - 1.0)
    lost = p.fma(power, (power - 1.0) - e) + ((first - p) + second) * power
    inverse = 1.0 / (e + 2.0)
    y = e * inverse
    rest = lost.fma(1.0 - y, (-y).fma(e + 2.0, e))
    return rest.fma(inverse, y).with_sign_of(x)


def _circular(x: Real, turned: int) -> Real:
    """Return sin(x + turned * pi/2) for |x| below 2**30 (2**20), to less than one ulp.

    As cos(r) there is 1 - h + ..., where 1 - h is rounded and the rest of it added later.
    """
    numbers = numbers_of(x)
    first, second, third = numbers.half_pi
    shifted = x.fma(2 / math.pi, x.format.integers)
    n = shifted - x.format.integers
    quarter = shifted.bits + turned
    near = n.fma(-first, x)
    product = n * second
    r = near - product
    rest = ((near - r) - product) - n.fma(third, n.fma(second, -product))
    z = r * r
    sine = r + (z * r).fma(polynomial(z, numbers.sin), rest * (1.0 - 0.5 * z))
    h = 0.5 * z
    w = 1.0 - h
    cosine = w + ((1.0 - w - h) + (z * z).fma(polynomial(z, numbers.cos), -(r * rest)))
    return cosine.where(quarter.is_odd, sine).negated_where((quarter >> 1).is_odd)


def sin(x: Real) -> Real:
    """Return the sine, for x that is not `far`."""
    return x.where(abs(x) < 2.0 ** -(x.format.digits // 2 + 2), _circular(x, 0))


def cos(x: Real) -> Real:
    """Return the cosine, for x that is not `far`."""
    return _circular(x, 1)


def far(form: Format) -> float:
    """Return beyond what magnitude sin and cos are the C library's."""
    return 2.0**30 if form is DOUBLE else 2.0**20


FORMULAS: dict[str, Callable[[Real], Real]] = {
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "tanh": tanh,
    "sin": sin,
    "cos": cos,
}
"""The functions by the names that `math` and NumPy give them."""

PERIODIC = frozenset({"sin", "cos"})
"""The functions that are right up to `far` only."""
