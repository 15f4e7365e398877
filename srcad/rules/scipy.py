"""Functions of `scipy.special`: their derivatives by the arguments that have one.

Where a text reads another function of SciPy, it is by the name of its row (`special_erfcx`).
Differences that lose all digits are replaced by series: `erfcx` for large arguments.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir.quote import Lit
from srcad.rules.rows import Row, rule

NO_PARTIAL = Lit(float("nan"))
TWO_OVER_ROOT_PI = "1.1283791670955126"

ERFCX_SERIES = (
    "-0.5641895835477563 * v * (1 + v / 2 * (-3 + v / 2 * (15 + v / 2 * (-105 + v / 2 * (945"
    " + v / 2 * (-10395 + v / 2 * (135135 + v / 2 * (-2027025 + v / 2 * 34459425))))))))"
)
"""The derivative of erfcx(x) for large x, where v = 1 / x**2 (DLMF 7.12.1)."""


NEAR = "near = where(x * x > 900, 30.0, x); bell = exp(-(near * near))"
"""exp(-x * x), whose derivatives far away are zeros without an infinite factor."""

GAMMA_DENSITY = (
    "edge = x == 0; far = x > 1e308; s = where(edge or far, 1.0, x); l = special_gammaln(a);"
    "logs = where(far, 0.0, exp((a - 1) * log(s) - s - l));"
    "density = where(edge, x ** (a - 1) * exp(-x - l), logs)"
)
"""By powers at 0, where a logarithm is infinite and its derivatives say nothing."""

BETA_DENSITY = (
    "edge = x == 0 or x == 1; s = where(edge, 0.5, x); l = special_betaln(a, b);"
    "powers = x ** (a - 1) * (1 - x) ** (b - 1);"
    "logs = (a - 1) * log(s) + (b - 1) * log1p(-s) - l"
)


def _only(signature: str, known: str, **options: object) -> Row:
    """Return a row with partials by some arguments; to differentiate by others is refused."""
    name = signature.partition("(")[0]
    spelling = name.replace("special_", "special.")
    row = rule(signature, spelling, **options)  # type: ignore[arg-type]
    assert row.rule is not None
    given = known.split()
    refused = frozenset(k for k, param in enumerate(row.rule.params) if param not in given)
    partials = tuple(
        NO_PARTIAL if k in refused else partial for k, partial in enumerate(row.rule.partials)
    )
    return replace(row, rule=replace(row.rule, partials=partials, refused=refused))


LOGISTIC = (
    rule("special_expit(x)", "special.expit", dx="y * special_expit(-x)", at=(-3, 3)),
    rule(
        "special_logit(x)", "special.logit", dx="1 / x + 1 / (1 - x)", at=(0.1, 0.9), singular=True
    ),
    rule("special_log_expit(x)", "special.log_expit", dx="special_expit(-x)", at=(-3, 3)),
)

ERROR_FUNCTIONS = (
    rule("special_erf(x)", "special.erf", let=NEAR, dx=f"{TWO_OVER_ROOT_PI} * bell", at=(-2, 2)),
    rule("special_erfc(x)", "special.erfc", let=NEAR, dx=f"-{TWO_OVER_ROOT_PI} * bell", at=(-2, 2)),
    rule(
        "special_erfcx(x)",
        "special.erfcx",
        let="big = x > 20; far = x > 1e160; s = where(big and not far, x, 20.0); v = 1 / (s * s)",
        dx=f"where(big, where(far, 0.0, {ERFCX_SERIES}), 2 * x * y - {TWO_OVER_ROOT_PI})",
        at=(-2, 2),
        overflows=True,
    ),
    rule(
        "special_erfinv(x)",
        "special.erfinv",
        dx="0.8862269254527580 * exp(y * y)",
        at=(-0.8, 0.8),
        steep=True,
    ),
    rule(
        "special_ndtr(x)",
        "special.ndtr",
        let="near = where(x * x > 1600, 40.0, x)",
        dx="0.3989422804014327 * exp(-0.5 * near * near)",
        at=(-2, 2),
    ),
    rule(
        "special_log_ndtr(x)",
        "special.log_ndtr",
        dx="0.7978845608028654 / special_erfcx(-x * 0.7071067811865476)",
        at=(-4, 2),
    ),
    rule(
        "special_ndtri(x)",
        "special.ndtri",
        dx="2.5066282746310002 * exp(0.5 * y * y)",
        at=(0.1, 0.9),
        steep=True,
    ),
)

ENTROPIES = (
    rule(
        "special_xlogy(x, z)",
        "special.xlogy",
        dx="log(z)",
        let="edge = x == 0 and z == 0",
        dz="where(edge, 0.0, x / where(edge, 1.0, z))",
        at=((0.2, 2), (0.2, 4)),
        singular=True,
    ),
    rule(
        "special_xlog1py(x, z)",
        "special.xlog1py",
        dx="log1p(z)",
        let="edge = x == 0 and z == -1",
        dz="where(edge, 0.0, x / (1 + where(edge, 1.0, z)))",
        at=((0.2, 2), (-0.8, 4)),
        singular=True,
    ),
    rule(
        "special_entr(x)",
        "special.entr",
        dx="where(x < 0, 0.0, -1 - log(where(x < 0, 1.0, x)))",
        at=(0.2, 4),
        steep=True,
    ),
    rule(
        "special_rel_entr(x, z)",
        "special.rel_entr",
        let=(
            "inside = x >= 0 and z > 0; a = where(inside, x, 1.0); b = where(inside, z, 1.0);"
            "far = a / b < 1e-290 or a / b > 1e290; logs = log(a) - log(b)"
        ),
        dx="where(inside, 1 + where(far, logs, log(where(far, 1.0, a / b))), 0.0)",
        dz="where(inside, -x / b, 0.0)",
        at=((0.2, 2), (0.2, 4)),
        singular=True,
    ),
)

GAMMA_FUNCTIONS = (
    rule("special_gammaln(x)", "special.gammaln", dx="special_psi(x)", at=(0.5, 4), singular=True),
    rule(
        "special_psi(x)",
        "special.psi special.digamma",
        dx="trigamma(x)",
        at=(0.5, 4),
        singular=True,
    ),
    rule(
        "special_betaln(a, b)",
        "special.betaln",
        da="special_psi(a) - special_psi(a + b)",
        db="special_psi(b) - special_psi(a + b)",
        at=(0.5, 4),
        singular=True,
    ),
    _only(
        "special_gammainc(a, x)",
        "x",
        let=GAMMA_DENSITY,
        dx="density",
        at=((0.5, 4), (0.2, 4)),
        singular=True,
    ),
    _only(
        "special_gammaincc(a, x)",
        "x",
        let=GAMMA_DENSITY,
        dx="-density",
        at=((0.5, 4), (0.2, 4)),
        singular=True,
    ),
    _only(
        "special_betainc(a, b, x)",
        "x",
        let=BETA_DENSITY,
        dx="where(edge, powers * exp(-where(l < -700, -700.0, l)), exp(logs))",
        at=((0.5, 4), (0.5, 4), (0.1, 0.9)),
        singular=True,
    ),
)

BESSEL_FUNCTIONS = (
    rule("special_j0(x)", "special.j0", dx="-special_j1(x)", at=(-4, 4)),
    rule(
        "special_j1(x)", "special.j1", dx="0.5 * (special_j0(x) - special_jv(2.0, x))", at=(-4, 4)
    ),
    _only(
        "special_jv(v, x)",
        "x",
        dx="0.5 * (special_jv(v - 1, x) - special_jv(v + 1, x))",
        at=((0.5, 3), (0.5, 4)),
        singular=True,
    ),
    rule("special_i0(x)", "special.i0", dx="special_i1(x)", at=(-4, 4), overflows=True),
    rule(
        "special_i1(x)",
        "special.i1",
        dx="0.5 * (special_i0(x) + special_iv(2.0, x))",
        at=(-4, 4),
        overflows=True,
    ),
    _only(
        "special_iv(v, x)",
        "x",
        dx="0.5 * (special_iv(v - 1, x) + special_iv(v + 1, x))",
        at=((0.5, 3), (0.5, 4)),
        overflows=True,
    ),
    _only(
        "lambertw(x, k)",
        "x",
        dx="exp(-y) / (1 + y)",
        at=((-0.3, 4), (0, 0)),
        singular=True,
    ),
)

SCIPY = (*LOGISTIC, *ERROR_FUNCTIONS, *ENTROPIES, *GAMMA_FUNCTIONS, *BESSEL_FUNCTIONS)
