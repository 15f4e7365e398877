"""Error and gamma functions."""

from __future__ import annotations

from srcad.rules.rows import rule

SPECIAL = (
    rule("erf(x)", "math.erf", dx="2 / sqrt(pi) * exp(-(x * x))", at=(-2, 2)),
    rule("erfc(x)", "math.erfc", dx="-2 / sqrt(pi) * exp(-(x * x))", at=(-2, 2)),
)
