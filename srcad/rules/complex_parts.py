"""What becomes of the two parts of complex numbers: one row for each operation that has them.

    parts("mul(p, q)", Form("p_re * q_re - p_im * q_im", "p_re * q_im + p_im * q_re"))
    parts("abs(z)", Form("hypot(z_re, z_im)"))

Programs with complex numbers are programs with twice as many real ones: `passes.pairs` puts
these texts in the place of complex operations, and everything after that, derivatives of any
order and in any mode, is about real numbers. A row without `im` has a real result. Where an
operation has no row here, it is refused: no rule for real numbers is ever taken for it.

Derivatives must not be those of a formula with kinks of its own (|b| / (2 t) in the root, at
b = 0). Functions whose formulas have such kinks, or lose digits when they are differentiated,
are operations of their own, with the partials that the Cauchy-Riemann equations give:

    holomorphic("croot(a, b)", dre="u / m", dim="-v / m", let="m = 2 * (u * u + v * v)")

makes `croot_re(a, b)` and `croot_im(a, b)`: `u` and `v` are the parts of the result, `dre` and
`dim` those of the complex derivative f'. For the real part u of f, the partials are (dre, -dim),
for the imaginary part v, they are (dim, dre).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from srcad.ir import quote
from srcad.ir.quote import Expr
from srcad.rules.rows import DEAR, Interval, Row, _let, _signature, prim, rule


class Form(NamedTuple):
    """The texts of both parts of a result; one without the second is real."""

    re: str
    im: str = ""
    let: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the result of an operation, of those of its arguments.

    to_complex: whether real arguments have a complex result, too.
    """

    prim: str
    params: tuple[str, ...]
    form: Form
    to_complex: bool = False

    @property
    def is_real(self) -> bool:
        """Return whether the result is real."""
        return not self.form.im


def parts(signature: str, form: Form, *, to_complex: bool = False) -> Parts:
    """Return a row; `z_re` and `z_im` are the parts of an argument `z`."""
    prim, params = _signature(signature)
    return Parts(prim, params, form, to_complex)


@cache
def expressions(row: Parts) -> tuple[Expr, ...]:
    """Return the expressions of the parts of a result, read when they are asked for."""
    names = tuple(f"{param}_{part}" for param in row.params for part in ("re", "im"))
    bound = _let(row.prim, names, row.form.let)
    texts = (row.form.re, row.form.im)[: 1 if row.is_real else 2]
    found = tuple(quote.substitute(quote.parse(text), bound) for text in texts)
    unknown = frozenset().union(*map(quote.names, found)) - set(names)
    assert not unknown, (row.prim, unknown)
    return found


def holomorphic(
    signature: str,
    *,
    dre: str,
    dim: str,
    let: str = "",
    at: tuple[Interval, ...],
    wrt: tuple[str, str] = ("a", "b"),
    more: tuple[tuple[tuple[str, str], str, str], ...] = (),
    steep: bool = False,
    singular: bool = False,
) -> tuple[Row, Row]:
    """Return the rows of both parts of a function of complex numbers that has a derivative.

    wrt: the parts of the argument. more: (parts of another argument, dre, dim).
    """
    name, params = _signature(signature)
    given = ", ".join(params)
    partials: dict[str, dict[str, Any]] = {"re": {}, "im": {}}
    for (a, b), real, imag in ((wrt, dre, dim), *more):
        partials["re"] |= {f"d{a}": real, f"d{b}": f"-({imag})"}
        partials["im"] |= {f"d{a}": imag, f"d{b}": real}
    own = {"re": f"u = y; v = {name}_im({given})", "im": f"u = {name}_re({given}); v = y"}
    made = [
        rule(
            f"{name}_{part}({given})",
            f"{name}_{part}",
            let=f"{own[part]}; {let}",
            at=at,
            singular=singular,
            steep=steep,
            **partials[part],
        )
        for part in ("re", "im")
    ]
    return made[0], made[1]


def _helper(prim: str, name: str, *, to_complex: bool = False) -> Parts:
    """Return the row of a function of one number that has operations for its parts."""
    form = Form(f"{name}_re(z_re, z_im)", f"{name}_im(z_re, z_im)")
    return parts(f"{prim}(z)", form, to_complex=to_complex)


QUARTER = ((0.5, 2), (0.3, 1.5))

DIVIDED = (
    "big = abs(q_re) >= abs(q_im); c = where(big, q_re, q_im); d = where(big, q_im, q_re);"
    "ratio = d / c; below = c + d * ratio"
)
"""As Python and NumPy divide: by the larger part first, so that nothing overflows."""

RECIPROCAL_ROOT = "s = croot_re({0}); t = croot_im({0}); n = s * s + t * t"

HOLOMORPHIC = (
    *holomorphic(
        "croot(a, b)",
        let="m = 2 * (u * u + v * v)",
        dre="where(m == 0, 1 / m, u / m)",
        dim="where(m == 0, 0.0, -v / m)",
        at=QUARTER,
        steep=True,
    ),
    *holomorphic("ctan(a, b)", dre="1 + (u - v) * (u + v)", dim="2 * u * v", at=QUARTER),
    *holomorphic("ctanh(a, b)", dre="1 - (u - v) * (u + v)", dim="-2 * u * v", at=QUARTER),
    *holomorphic(
        "carcsin(a, b)",
        let=RECIPROCAL_ROOT.format("(1 - a) * (1 + a) + b * b, -(2 * a * b)"),
        dre="s / n",
        dim="-t / n",
        at=QUARTER,
        steep=True,
    ),
    *holomorphic(
        "carccos(a, b)",
        let=RECIPROCAL_ROOT.format("(1 - a) * (1 + a) + b * b, -(2 * a * b)"),
        dre="-s / n",
        dim="t / n",
        at=QUARTER,
        steep=True,
    ),
    *holomorphic(
        "carctan(a, b)",
        let="p = 1 + (a - b) * (a + b); q = 2 * a * b; n = p * p + q * q",
        dre="p / n",
        dim="-q / n",
        at=QUARTER,
        singular=True,
    ),
    *holomorphic(
        "carcsinh(a, b)",
        let=RECIPROCAL_ROOT.format("1 + (a - b) * (a + b), 2 * a * b"),
        dre="s / n",
        dim="-t / n",
        at=QUARTER,
        steep=True,
    ),
    *holomorphic(
        "carccosh(a, b)",
        let="s = croot_re(a - 1, b); t = croot_im(a - 1, b); p = croot_re(a + 1, b);"
        "q = croot_im(a + 1, b); x = s * p - t * q; z = s * q + t * p; n = x * x + z * z",
        dre="x / n",
        dim="-z / n",
        at=QUARTER,
        steep=True,
    ),
    *holomorphic(
        "carctanh(a, b)",
        let="p = (1 - a) * (1 + a) + b * b; q = -(2 * a * b); n = p * p + q * q",
        dre="p / n",
        dim="-q / n",
        at=QUARTER,
        singular=True,
    ),
    *holomorphic(
        "cpower(a, b, c, d)",
        let="zero = a == 0 and b == 0; h = hypot(a, b); g = where(zero, 1.0, h);"
        "x = (a / g * u + b / g * v) / g; z = (a / g * v - b / g * u) / g;"
        "r = log(g); phi = arctan2(b, a);"
        "edge = where(c == 0 and d == 0 or c > 1, 0.0, where(c == 1 and d == 0, 1.0, 1 / h))",
        dre="where(zero, edge, c * x - d * z)",
        dim="where(zero, 0.0, c * z + d * x)",
        more=((("c", "d"), "u * r - v * phi", "u * phi + v * r"),),
        at=(*QUARTER, (0.5, 2), (-1, 1)),
        steep=True,
    ),
)
"""The operations for the parts of functions; the numbers are Numba's (`backend.complex_parts`)."""

SUMS = Form(re="p_re + q_re", im="p_im + q_im")
DIFFERENCES = Form(re="p_re - q_re", im="p_im - q_im")
PRODUCTS = Form(re="p_re * q_re - p_im * q_im", im="p_re * q_im + p_im * q_re")
QUOTIENTS = Form(
    let=DIVIDED,
    re="where(big, p_re + p_im * ratio, p_re * ratio + p_im) / below",
    im="where(big, p_im - p_re * ratio, p_im * ratio - p_re) / below",
)
RECIPROCAL = Form(
    let=DIVIDED,
    re="where(big, 1.0, ratio) / below",
    im="-(where(big, ratio, 1.0) / below)",
)
SAME = Form(re="z_re", im="z_im")
NEGATIVE = Form(re="-z_re", im="-z_im")
ABSOLUTE = Form(re="hypot(z_re, z_im)")
EXPONENTIAL = Form(let="r = exp(z_re)", re="r * cos(z_im)", im="r * sin(z_im)")
LOGARITHM = Form(re="log(hypot(z_re, z_im))", im="arctan2(z_im, z_re)")
DECIMAL = Form(
    re="log(hypot(z_re, z_im)) / 2.302585092994045684",
    im="arctan2(z_im, z_re) / 2.302585092994045684",
)
BINARY = Form(
    re="log(hypot(z_re, z_im)) * 1.4426950408889634", im="arctan2(z_im, z_re) * 1.4426950408889634"
)
EXPONENTIAL_2 = Form(
    let="r = exp(z_re * 0.6931471805599453); phi = z_im * 0.6931471805599453",
    re="r * cos(phi)",
    im="r * sin(phi)",
)
SINE = Form(re="sin(z_re) * cosh(z_im)", im="cos(z_re) * sinh(z_im)")
COSINE = Form(re="cos(z_re) * cosh(z_im)", im="-(sin(z_re) * sinh(z_im))")
SINE_H = Form(re="cos(z_im) * sinh(z_re)", im="sin(z_im) * cosh(z_re)")
COSINE_H = Form(re="cos(z_im) * cosh(z_re)", im="sin(z_im) * sinh(z_re)")

ROWS = (
    parts("add(p, q)", SUMS),
    parts("np_add(p, q)", SUMS),
    parts("sub(p, q)", DIFFERENCES),
    parts("subtract(p, q)", DIFFERENCES),
    parts("mul(p, q)", PRODUCTS),
    parts("multiply(p, q)", PRODUCTS),
    parts("div(p, q)", QUOTIENTS),
    parts("divide(p, q)", QUOTIENTS),
    parts("reciprocal(q)", RECIPROCAL),
    parts("neg(z)", NEGATIVE),
    parts("negative(z)", NEGATIVE),
    parts("pos(z)", SAME),
    parts("positive(z)", SAME),
    parts("square(z)", Form(re="z_re * z_re - z_im * z_im", im="z_re * z_im + z_im * z_re")),
    parts("conjugate(z)", Form(re="z_re", im="-z_im")),
    parts("squares(z)", Form(re="z_re * z_re + z_im * z_im")),
    parts("conjugated(z)", Form(re="z_re", im="-z_im")),
    parts("abs(z)", ABSOLUTE),
    parts("absolute(z)", ABSOLUTE),
    parts("angle(z)", Form(re="arctan2(z_im, z_re)")),
    parts("eq(p, q)", Form(re="bitand(p_re == q_re, p_im == q_im)")),
    parts("ne(p, q)", Form(re="bitor(p_re != q_re, p_im != q_im)")),
    parts("equal(p, q)", Form(re="bitand(p_re == q_re, p_im == q_im)")),
    parts("not_equal(p, q)", Form(re="bitor(p_re != q_re, p_im != q_im)")),
    parts("isnan(z)", Form(re="bitor(isnan(z_re), isnan(z_im))")),
    parts("isinf(z)", Form(re="bitor(isinf(z_re), isinf(z_im))")),
    parts("isfinite(z)", Form(re="bitand(isfinite(z_re), isfinite(z_im))")),
    parts("stop_gradient(z)", Form(re="stop_gradient(z_re)", im="stop_gradient(z_im)")),
    parts("exp(z)", EXPONENTIAL),
    parts(
        "expm1(z)",
        Form(
            let="h = sin(z_im / 2)",
            re="expm1(z_re) * cos(z_im) - 2 * h * h",
            im="exp(z_re) * sin(z_im)",
        ),
    ),
    parts("exp2(z)", EXPONENTIAL_2),
    parts("log(z)", LOGARITHM),
    parts(
        "log1p(z)",
        Form(re="log(hypot(1 + z_re, z_im))", im="arctan2(z_im, 1 + z_re)"),
    ),
    parts("log2(z)", BINARY),
    parts("log10(z)", DECIMAL),
    parts("sin(z)", SINE),
    parts("cos(z)", COSINE),
    parts("sinh(z)", SINE_H),
    parts("cosh(z)", COSINE_H),
    _helper("sqrt", "croot"),
    _helper("tan", "ctan"),
    _helper("tanh", "ctanh"),
    _helper("arcsin", "carcsin"),
    _helper("arccos", "carccos"),
    _helper("arctan", "carctan"),
    _helper("arcsinh", "carcsinh"),
    _helper("arccosh", "carccosh"),
    _helper("arctanh", "carctanh"),
    *(
        parts(
            f"{name}(p, q)",
            Form(re="cpower_re(p_re, p_im, q_re, q_im)", im="cpower_im(p_re, p_im, q_re, q_im)"),
        )
        for name in ("pow", "power", "float_power")
    ),
    # `cmath`: its functions of real numbers have complex results, too
    parts("cmath_exp(z)", EXPONENTIAL, to_complex=True),
    parts("cmath_log(z)", LOGARITHM, to_complex=True),
    parts("cmath_log10(z)", DECIMAL, to_complex=True),
    parts("cmath_sin(z)", SINE, to_complex=True),
    parts("cmath_cos(z)", COSINE, to_complex=True),
    parts("cmath_sinh(z)", SINE_H, to_complex=True),
    parts("cmath_cosh(z)", COSINE_H, to_complex=True),
    _helper("cmath_sqrt", "croot", to_complex=True),
    _helper("cmath_tan", "ctan", to_complex=True),
    _helper("cmath_tanh", "ctanh", to_complex=True),
    _helper("cmath_asin", "carcsin", to_complex=True),
    _helper("cmath_acos", "carccos", to_complex=True),
    _helper("cmath_atan", "carctan", to_complex=True),
    _helper("cmath_asinh", "carcsinh", to_complex=True),
    _helper("cmath_acosh", "carccosh", to_complex=True),
    _helper("cmath_atanh", "carctanh", to_complex=True),
    parts("cmath_phase(z)", Form(re="arctan2(z_im, z_re)"), to_complex=True),
    parts(
        "cmath_rect(r, phi)",
        Form(re="r_re * cos(phi_re)", im="r_re * sin(phi_re)"),
        to_complex=True,
    ),
    parts("cmath_isnan(z)", Form(re="bitor(isnan(z_re), isnan(z_im))"), to_complex=True),
    parts("cmath_isinf(z)", Form(re="bitor(isinf(z_re), isinf(z_im))"), to_complex=True),
    parts("cmath_isfinite(z)", Form(re="bitand(isfinite(z_re), isfinite(z_im))"), to_complex=True),
)

PRIMS = (
    prim("complex", "complex", arity=2),
    prim("squares", "squares", arity=1),
    prim("conjugated", "conjugated", arity=1),
    *(
        prim(row.prim, row.prim.replace("_", "."), arity=len(row.params), cost=DEAR)
        for row in ROWS
        if row.to_complex
    ),
)
"""The operations that real programs do not have: they are gone where parts take their place."""

REAL_TOO = {"squares": "mul", "conjugated": "pos"}
"""What operations of the library on real numbers are, of the argument twice or once."""

PARTS: dict[str, Parts] = {row.prim: row for row in ROWS}
"""By the operation. What is not here is refused for complex numbers."""

MAKES_COMPLEX = frozenset(row.prim for row in ROWS if row.to_complex) | {"complex"}
"""Operations that are rewritten even where all arguments are real."""

COMPLEX_TOO = frozenset(
    {
        *(
            "axes",
            "constant",
            "squares",
            "conjugated",
            "is_truth",
            "is_tuple",
            "unsupported",
            *("complex_numbers", "fourier", "fourier_back"),
            "builtin list",
            "sum",
        ),
        *(
            "len",
            "range",
            "prange",
            "checkpointed",
            "enumerate",
            "zip",
            "reversed",
            "tuple",
            "np_shape",
        ),
        *("size", "ndim", "copy", "zeros", "ones", "empty", "full"),
        *("zeros_like", "ones_like", "empty_like", "full_like"),
        *(
            f"array {name}"
            for names in (
                "append array array_split asarray ascontiguousarray asfortranarray astype",
                "atleast_1d atleast_2d atleast_3d block broadcast_arrays broadcast_to",
                "column_stack compress concatenate conj conjugate convolve copy copyto cross",
                "cumprod cumsum delete diag diagflat diagonal diff dot dstack ediff1d einsum",
                "expand_dims extract eye fill fill_diagonal flatten flip fliplr flipud hsplit",
                "hstack identity imag inner insert item kron matmul matrix_transpose mean",
                "meshgrid moveaxis outer polyval ravel real repeat reshape result_type roll",
                "rollaxis rot90 select split squeeze stack sum swapaxes take tensordot tile",
                "trace transpose trapezoid tril triu vsplit vstack where",
                "fft_fft fft_ifft fft_rfft fft_irfft fft_fft2 fft_ifft2 fft_fftn fft_ifftn",
                "fft_fftfreq fft_rfftfreq fft_fftshift fft_ifftshift",
                "argwhere array_equal average count_nonzero flatnonzero gradient linspace nanmean",
                "nansum nonzero take_along_axis",
                "linalg_inv linalg_matrix_power linalg_norm linalg_solve std var vdot",
                "linalg_det linalg_slogdet linalg_cholesky linalg_qr linalg_svd linalg_lstsq",
                "linalg_eigh linalg_eigvalsh linalg_eig linalg_eigvals linalg_pinv",
            )
            for name in names.split()
        ),
    }
)
"""Functions that are made of other operations, and are right for complex numbers as well."""

TESTS_OF_COMPLEX = frozenset(
    {
        *("eq", "ne", "equal", "not_equal", "isnan", "isinf", "isfinite"),
        *("cmath_isnan", "cmath_isinf", "cmath_isfinite"),
    }
)
"""Operations with truth values as results."""

TWICE = frozenset(
    {
        *("sum", "mean", "expand_dims", "transpose", "flip", "squeeze", "broadcast_to"),
        *("copy", "promoted", "result_type", "select", "cast", "cast_like"),
        *("grown", "grown_list"),
        *("zeros", "ones", "empty", "full"),
        *("zeros_like", "ones_like", "empty_like", "full_like"),
    }
)
"""Operations that do to each part what they do to a real number, or nearly so."""

FIRST = frozenset({"shape", "size", "ndim", "len"})
"""What an array is asked without its elements."""
