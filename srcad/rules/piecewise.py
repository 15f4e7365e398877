"""Functions with kinks, and steps.

The conventions at the kinks are part of the promise: 0 where the two slopes of `abs` meet,
one half each for two arguments that tie, 1 on the bounds of `clip`. Where an argument is
nan, the derivative follows the one that the function returns; of two, that is the first.
"""

from __future__ import annotations

from srcad.rules.rows import CHEAP, ROOT, linear, rule, zero

KINKS = (
    rule("abs(x)", "abs", dx="sign(x)", at=(-2, 2), cost=CHEAP),
    rule("absolute(x)", "np.absolute np.abs", dx="sign(x)", at=(-2, 2), cost=CHEAP),
    rule("fabs(x)", "math.fabs np.fabs", dx="sign(x)", at=(-2, 2), cost=CHEAP),
    rule(
        "copysign(a, b)",
        "math.copysign np.copysign",
        da="sign(a) * copysign(1.0, b)",
        at=((0.5, 2), (-2, -1)),
        cost=CHEAP,
    ),
    rule(
        "max(a, b)",
        "max",
        da="where(b > a, 0.0, where(a == b, 0.5, 1.0))",
        db="where(b > a, 1.0, where(a == b, 0.5, 0.0))",
        at=(-2, 2),
        cost=CHEAP,
    ),
    rule(
        "min(a, b)",
        "min",
        da="where(b < a, 0.0, where(a == b, 0.5, 1.0))",
        db="where(b < a, 1.0, where(a == b, 0.5, 0.0))",
        at=(-2, 2),
        cost=CHEAP,
    ),
    rule(
        "maximum(a, b)",
        "np.maximum",
        da="where(a > b or a != a, 1.0, where(a == b, 0.5, 0.0))",
        db="where(a > b or a != a, 0.0, where(a == b, 0.5, 1.0))",
        at=(-2, 2),
        cost=CHEAP,
    ),
    rule(
        "minimum(a, b)",
        "np.minimum",
        da="where(a < b or a != a, 1.0, where(a == b, 0.5, 0.0))",
        db="where(a < b or a != a, 0.0, where(a == b, 0.5, 1.0))",
        at=(-2, 2),
        cost=CHEAP,
    ),
    rule(
        "fmax(a, b)",
        "np.fmax",
        da="where(a > b or b != b, 1.0, where(a == b, 0.5, 0.0))",
        db="where(a > b or b != b, 0.0, where(a == b, 0.5, 1.0))",
        at=(-2, 2),
        cost=CHEAP,
    ),
    rule(
        "fmin(a, b)",
        "np.fmin",
        da="where(a < b or b != b, 1.0, where(a == b, 0.5, 0.0))",
        db="where(a < b or b != b, 0.0, where(a == b, 0.5, 1.0))",
        at=(-2, 2),
        cost=CHEAP,
    ),
    rule(
        "clip(x, lo, hi)",
        "clip np.clip",
        dx="where(lo <= x and x <= hi or x != x, 1.0, 0.0)",
        dlo="where(x == x and (lo != lo or x < lo and lo <= hi), 1.0, 0.0)",
        dhi="where(x == x and lo == lo and not (x <= hi and lo <= hi), 1.0, 0.0)",
        at=((-2, 2), (-1.5, -0.5), (0.5, 1.5)),
        cost=CHEAP,
    ),
    rule(
        "nan_to_num(x)",
        "np.nan_to_num",
        dx="where(isfinite(x), 1.0, 0.0)",
        at=(-2, 2),
        cost=CHEAP,
    ),
)

STEPS = (
    zero("sign(x)", "np.sign", at=(0.2, 2)),
    zero("floor(x)", "np.floor", at=(0.2, 0.8)),
    zero("ceil(x)", "np.ceil", at=(0.2, 0.8)),
    zero("trunc(x)", "np.trunc", at=(0.2, 0.8)),
    zero("rint(x)", "np.rint", at=(0.6, 0.9)),
    zero("around(x)", "np.round np.around", at=(0.6, 0.9), arity=-1),
    zero("math_floor(x)", "math.floor", at=(0.2, 0.8)),
    zero("math_ceil(x)", "math.ceil", at=(0.2, 0.8)),
    zero("math_trunc(x)", "math.trunc", at=(0.2, 0.8)),
    zero("round(x)", "round", at=(0.6, 0.9), arity=-1),
    zero("floor_divide(a, b)", "np.floor_divide", at=((2.1, 2.9), (0.6, 0.65)), cost=ROOT),
    zero("nextafter(a, b)", "np.nextafter math.nextafter"),
    zero("spacing(x)", "np.spacing"),
    zero("angle(x)", "np.angle", at=(0.5, 2)),
    zero("imag(x)", "np.imag", at=(0.5, 2)),
)

REMAINDERS = (
    rule(
        "remainder(a, b)",
        "np.remainder np.mod",
        da="1",
        db="-floor_divide(a, b)",
        at=((2.1, 2.9), (0.6, 0.65)),
        singular=True,
        cost=ROOT,
    ),
    rule("remainder(a, b)", when="b != 0", da="1"),
    rule(
        "fmod(a, b)",
        "np.fmod",
        da="1",
        db="-rint((a - y) / b)",
        at=((-2.9, -2.1), (0.6, 0.65)),
        singular=True,
        cost=ROOT,
    ),
    rule("fmod(a, b)", when="b != 0", da="1"),
)

ARITHMETIC = (
    linear("np_add(a, b)", "np.add", da="1", db="1", at=(-2, 2)),
    linear("subtract(a, b)", "np.subtract", da="1", db="-1", at=(-2, 2)),
    rule("multiply(a, b)", "np.multiply", da="b", db="a", at=(-2, 2), cost=CHEAP),
    rule(
        "divide(a, b)",
        "np.divide np.true_divide",
        da="1 / b",
        db="-y / b",
        at=((-2, 2), (0.5, 2)),
        singular=True,
        cost=ROOT,
    ),
    rule("divide(a, b)", when="b != 0", da="1 / b"),
    linear("negative(x)", "np.negative", dx="-1", at=(-2, 2)),
    linear("positive(x)", "np.positive", dx="1", at=(-2, 2)),
    linear("conjugate(x)", "np.conjugate np.conj", dx="1", at=(-2, 2)),
    linear("real(x)", "np.real", dx="1", at=(-2, 2)),
)

TESTS = (
    zero("isnan(x)", "math.isnan np.isnan"),
    zero("isinf(x)", "math.isinf np.isinf"),
    zero("isfinite(x)", "math.isfinite np.isfinite"),
    zero("isposinf(x)", "np.isposinf"),
    zero("isneginf(x)", "np.isneginf"),
    zero("isclose(a, b)", "np.isclose"),
    zero("signbit(x)", "np.signbit"),
    zero("less(a, b)", "np.less"),
    zero("less_equal(a, b)", "np.less_equal"),
    zero("greater(a, b)", "np.greater"),
    zero("greater_equal(a, b)", "np.greater_equal"),
    zero("equal(a, b)", "np.equal"),
    zero("not_equal(a, b)", "np.not_equal"),
    zero("logical_and(a, b)", "np.logical_and"),
    zero("logical_or(a, b)", "np.logical_or"),
    zero("logical_xor(a, b)", "np.logical_xor"),
    zero("logical_not(a)", "np.logical_not"),
)

INTEGERS = (
    zero("gcd(a, b)", "np.gcd math.gcd", cost=ROOT),
    zero("lcm(a, b)", "np.lcm", cost=ROOT),
    zero("left_shift(a, b)", "np.left_shift np.bitwise_left_shift"),
    zero("right_shift(a, b)", "np.right_shift np.bitwise_right_shift"),
)

PIECEWISE = (*KINKS, *STEPS, *REMAINDERS, *ARITHMETIC, *TESTS, *INTEGERS)
