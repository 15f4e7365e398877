"""Smooth functions of `math` and NumPy: powers, exponentials, trigonometry.

Functions that overflow at finite arguments count as singular: in `1 / (1 + exp(-x))` at
x = -800, an exact zero flows back into a partial that is inf.
"""

from __future__ import annotations

from srcad.rules.operators import powers
from srcad.rules.rows import CHEAP, ROOT, linear, rule

SINC_SERIES = (
    "pi*pi * x * (-1/3 + w * (1/30 + w * (-1/840 + w * (1/45360"
    " + w * (-1/3991680 + w / 518918400)))))"
)
"""The derivative of sin(pi x) / (pi x) for small x, where w = (pi x)**2."""

POWERS = (
    rule("sqrt(x)", "math.sqrt np.sqrt", dx="0.5 * (1 / y)", at=(0.5, 4), steep=True, cost=ROOT),
    rule("cbrt(x)", "np.cbrt", let="r = 1 / y", dx="r * r / 3", at=(0.5, 4), steep=True),
    rule("square(x)", "np.square", dx="2 * x", at=(-2, 2), cost=CHEAP),
    rule("reciprocal(x)", "np.reciprocal", dx="-(y * y)", at=(0.5, 2), singular=True, cost=ROOT),
    *powers("power(x, p)", "np.power np.pow"),
    *powers("float_power(x, p)", "np.float_power"),
    *powers("math_pow(x, p)", "math.pow"),
    rule(
        "hypot(a, b)",
        "math.hypot np.hypot",
        let="h = where(y == 0, 1.0, y)",
        da="where(y == 0, 0.0, a / h)",
        db="where(y == 0, 0.0, b / h)",
        at=((0.5, 2), (-2, 2)),
    ),
)

EXPONENTIALS = (
    rule("exp(x)", "math.exp np.exp", dx="y", at=(-3, 3), overflows=True),
    rule("exp2(x)", "np.exp2 math.exp2", dx="0.6931471805599453 * y", at=(-3, 3), overflows=True),
    rule("expm1(x)", "math.expm1 np.expm1", dx="y + 1", at=(-3, 3), overflows=True),
    rule("log(x)", "math.log np.log", dx="1 / x", at=(0.2, 4), singular=True),
    rule("log1p(x)", "math.log1p np.log1p", dx="1 / (1 + x)", at=(-0.8, 4), singular=True),
    rule("log2(x)", "math.log2 np.log2", dx="1.4426950408889634 / x", at=(0.2, 4), singular=True),
    rule(
        "log10(x)", "math.log10 np.log10", dx="0.4342944819032518 / x", at=(0.2, 4), singular=True
    ),
    rule(
        "logaddexp(a, b)",
        "np.logaddexp",
        da="where(a == y, where(a == b, 0.5, 1.0), exp(a - y))",
        db="where(b == y, where(a == b, 0.5, 1.0), exp(b - y))",
        at=(-3, 3),
    ),
    rule(
        "logaddexp2(a, b)",
        "np.logaddexp2",
        da="where(a == y, where(a == b, 0.5, 1.0), exp2(a - y))",
        db="where(b == y, where(a == b, 0.5, 1.0), exp2(b - y))",
        at=(-3, 3),
    ),
    rule("ldexp(x, n)", "math.ldexp np.ldexp", dx="ldexp(1.0, n)", at=((-2, 2), (3, 3))),
)

TRIGONOMETRY = (
    rule("sin(x)", "math.sin np.sin", dx="cos(x)", at=(-3, 3)),
    rule("cos(x)", "math.cos np.cos", dx="-sin(x)", at=(-3, 3)),
    rule("tan(x)", "math.tan np.tan", dx="1 + y * y", at=(-1.2, 1.2)),
    rule(
        "arcsin(x)",
        "math.asin np.arcsin",
        dx="1 / sqrt((1 - x) * (1 + x))",
        at=(-0.8, 0.8),
        steep=True,
    ),
    rule(
        "arccos(x)",
        "math.acos np.arccos",
        dx="-1 / sqrt((1 - x) * (1 + x))",
        at=(-0.8, 0.8),
        steep=True,
    ),
    rule("arctan(x)", "math.atan np.arctan", dx="1 / (1 + x * x)", at=(-3, 3)),
    rule(
        "arctan2(a, b)",
        "math.atan2 np.arctan2",
        let="h = hypot(a, b); flat = h + h == h; r = where(flat, 1.0, h)",  # 0 or inf
        da="where(flat, 0.0, b / r / r)",
        db="where(flat, 0.0, -a / r / r)",
        at=((0.5, 2), (-2, 2)),
    ),
    linear("degrees(x)", "math.degrees np.degrees np.rad2deg", dx="180 / pi", at=(-3, 3)),
    linear("radians(x)", "math.radians np.radians np.deg2rad", dx="pi / 180", at=(-90, 90)),
    rule(
        "sinc(x)",
        "np.sinc",
        let=f"w = (pi * x) * (pi * x); small = abs(x) < 0.1; series = {SINC_SERIES}",
        dx="where(small, series, (cos(pi * x) - y) / where(small, 1.0, x))",
        at=(-2, 2),
    ),
)

HYPERBOLIC = (
    rule("sinh(x)", "math.sinh np.sinh", dx="cosh(x)", at=(-3, 3), overflows=True),
    rule("cosh(x)", "math.cosh np.cosh", dx="sinh(x)", at=(-3, 3), overflows=True),
    rule("tanh(x)", "math.tanh np.tanh", dx="1 - y * y", at=(-3, 3)),
    rule("arcsinh(x)", "math.asinh np.arcsinh", dx="1 / hypot(1.0, x)", at=(-3, 3)),
    rule(
        "arccosh(x)",
        "math.acosh np.arccosh",
        dx="(1 / sqrt(x - 1)) * (1 / sqrt(x + 1))",
        at=(1.2, 4),
        steep=True,
    ),
    rule(
        "arctanh(x)",
        "math.atanh np.arctanh",
        dx="0.5 * (1 / (1 - x) + 1 / (1 + x))",
        at=(-0.8, 0.8),
        singular=True,
    ),
)

ELEMENTARY = (*POWERS, *EXPONENTIALS, *TRIGONOMETRY, *HYPERBOLIC)
