"""Functions with kinks and jumps. The conventions at them are part of the promise."""

from __future__ import annotations

from srcad.rules.rows import CHEAP, rule, zero

PIECEWISE = (
    rule("abs(x)", "abs", dx="sign(x)", at=(-2, 2), cost=CHEAP),
    zero("sign(x)", "np.sign"),
    zero("floor(x)", "np.floor"),
    zero("ceil(x)", "np.ceil"),
    zero("math_floor(x)", "math.floor"),
    zero("math_ceil(x)", "math.ceil"),
    rule(
        "maximum(a, b)",
        "np.maximum",
        da="where(a > b, 1.0, where(a == b, 0.5, 0.0))",
        db="where(b > a, 1.0, where(a == b, 0.5, 0.0))",
        at=(-2, 2),
        cost=CHEAP,
    ),
)
