"""Error and gamma functions. The polygammas are our own: Numba has none."""

from __future__ import annotations

from srcad.rules.rows import rule

SPECIAL = (
    rule("erf(x)", "math.erf", dx="1.1283791670955126 * exp(-(x * x))", at=(-2, 2)),
    rule("erfc(x)", "math.erfc", dx="-1.1283791670955126 * exp(-(x * x))", at=(-2, 2)),
    rule("gamma(x)", "math.gamma", dx="y * digamma(x)", at=(0.5, 4), singular=True),
    rule("lgamma(x)", "math.lgamma", dx="digamma(x)", at=(0.5, 4), singular=True),
    rule("digamma(x)", "digamma", dx="trigamma(x)", at=(0.5, 4), singular=True),
    rule("trigamma(x)", "trigamma", dx="polygamma(2, x)", at=(0.5, 4), singular=True),
    rule(
        "polygamma(n, x)",
        "polygamma special.polygamma",
        dx="polygamma(n + 1, x)",
        at=((2, 2), (0.5, 4)),
        singular=True,
    ),
)
