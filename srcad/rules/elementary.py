"""Smooth functions of `math` and NumPy: powers, exponentials, trigonometry."""

from __future__ import annotations

from srcad.rules.operators import POWER_DP, POWER_DX
from srcad.rules.rows import CHEAP, ROOT, linear, rule

ELEMENTARY = (
    # Powers and roots
    rule("sqrt(x)", "math.sqrt np.sqrt", dx="0.5 / y", at=(0.5, 4), singular=True, cost=ROOT),
    rule("cbrt(x)", "np.cbrt", dx="1 / (3 * (y * y))", at=(0.5, 4), singular=True),
    rule("square(x)", "np.square", dx="2 * x", at=(-2, 2), cost=CHEAP),
    # Exponentials and logarithms
    rule("exp(x)", "math.exp np.exp", dx="y", at=(-3, 3)),
    rule("log(x)", "math.log np.log", dx="1 / x", at=(0.2, 4), singular=True),
    # Trigonometry
    rule("sin(x)", "math.sin np.sin", dx="cos(x)", at=(-3, 3)),
    rule("cos(x)", "math.cos np.cos", dx="-sin(x)", at=(-3, 3)),
    rule("tan(x)", "math.tan np.tan", dx="1 + y * y", at=(-1.2, 1.2)),
    rule("sinh(x)", "math.sinh np.sinh", dx="cosh(x)", at=(-3, 3)),
    rule("cosh(x)", "math.cosh np.cosh", dx="sinh(x)", at=(-3, 3)),
    rule("tanh(x)", "math.tanh np.tanh", dx="1 - y * y", at=(-3, 3)),
    linear("degrees(x)", "math.degrees np.degrees np.rad2deg", dx="180 / pi", at=(-3, 3)),
    rule(
        "power(x, p)",
        "np.power np.pow",
        dx=POWER_DX,
        dp=POWER_DP,
        at=((0.5, 2), (-2, 3)),
        singular=True,
    ),
)
