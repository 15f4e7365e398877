"""Power series: against mpmath, nested derivatives, and series that are known."""

import math
from collections import namedtuple

import mpmath as mp
import numba
import numpy as np
import pytest

import srcad
from srcad.backend.series import series_function
from srcad.ir.nodes import Op, Var
from srcad.rules.series import NoRecurrenceError
from srcad.rules.series_text import recurrence
from srcad.rules.table import RULES
from tests.harness import as_plain_python, random_tangents
from tests.oracle import leaves
from tests.zoo import PROGRAMS

ORDER = 10
DIGITS = 40


# Every row of the table, along curves ---------------------------------------------------


EXACT = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda x: -x,
    "pos": lambda x: x,
    "sqrt": mp.sqrt,
    "cbrt": mp.cbrt,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "pow": lambda x, p: x**p,
    "hypot": lambda a, b: mp.sqrt(a * a + b * b),
    "exp": mp.exp,
    "exp2": lambda x: mp.mpf(2) ** x,
    "expm1": lambda x: mp.exp(x) - 1,
    "log": mp.log,
    "log1p": lambda x: mp.log(1 + x),
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "logaddexp": lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
    "logaddexp2": lambda a, b: mp.log(2**a + 2**b) / mp.log(2),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "arcsin": mp.asin,
    "arccos": mp.acos,
    "arctan": mp.atan,
    "arctan2": lambda a, b: mp.acot(b / a),
    "degrees": lambda x: x * 180 / mp.pi,
    "radians": lambda x: x * mp.pi / 180,
    "sinc": lambda x: mp.sin(mp.pi * x) / (mp.pi * x),
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "arcsinh": mp.asinh,
    "arccosh": mp.acosh,
    "arctanh": mp.atanh,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "gamma": mp.gamma,
    "lgamma": mp.loggamma,
    "digamma": mp.digamma,
    "trigamma": lambda x: mp.polygamma(1, x),
    "polygamma": lambda x: mp.polygamma(2, x),
    "special_expit": lambda x: 1 / (1 + mp.exp(-x)),
    "special_logit": lambda x: mp.log(x / (1 - x)),
    "special_log_expit": lambda x: -mp.log(1 + mp.exp(-x)),
    "special_erfinv": mp.erfinv,
    "special_ndtr": mp.ncdf,
    "special_ndtri": lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1),
    "special_xlogy": lambda x, z: x * mp.log(z),
    "special_xlog1py": lambda x, z: x * mp.log(1 + z),
    "special_entr": lambda x: -x * mp.log(x),
    "special_rel_entr": lambda x, z: x * mp.log(x / z),
    "special_gammainc": lambda x: mp.gammainc(1.3, 0, x) / mp.gamma(1.3),
    "special_gammaincc": lambda x: mp.gammainc(1.3, x) / mp.gamma(1.3),
    "special_betainc": lambda x: mp.betainc(1.3, 2.2, 0, x) / mp.beta(1.3, 2.2),
    "special_j0": lambda x: mp.besselj(0, x),
    "special_j1": lambda x: mp.besselj(1, x),
    "special_jv": lambda x: mp.besselj(1.3, x),
    "special_i0": lambda x: mp.besseli(0, x),
    "special_i1": lambda x: mp.besseli(1, x),
    "special_iv": lambda x: mp.besseli(1.3, x),
    "lambertw": mp.lambertw,
}
FIXED = {
    **dict.fromkeys(("special_gammainc", "special_gammaincc", "special_jv", "special_iv"), (1.3,)),
    "special_betainc": (1.3, 2.2),
    "polygamma": (2,),
    "lambertw": (0,),
}
"""Arguments that do not move."""


def active_of(rule):
    """Return which arguments of a row have a derivative that is known."""
    return [k in rule.active and k not in rule.refused for k in range(len(rule.params))]


def computed(prim, args, value):
    """Return the series that the recurrence of a row gives; arguments that are arrays move."""
    import scipy.special  # noqa: F401, PLC0415 - the recurrences of its functions call it

    rule = RULES[prim]
    active = [isinstance(arg, np.ndarray) for arg in args]
    found = recurrence(Op(prim, tuple(map(Var, rule.params))), active, f"{prim}_series")
    function = series_function(found.text, f"{prim}_series", {})
    size = max(arg.size for arg in args if isinstance(arg, np.ndarray))
    y = np.full(size, np.nan)
    with np.errstate(all="ignore"):
        scratch = [np.full((found.rows, size), np.nan)] if found.rows else []
        function(y, np.float64(value), *args, *scratch)
    return y


def curve(rng, at):
    """Return the coefficients of an argument."""
    row = np.zeros(ORDER + 1)
    row[0] = rng.uniform(*at)
    row[1:4] = 0.3 * rng.normal(size=3)
    return row


@pytest.mark.parametrize("prim", EXACT)
def test_rows_against_mpmath(prim):
    """To order 10, along curves."""
    rng = np.random.default_rng(len(prim))
    rule = RULES[prim]
    fixed = list(FIXED.get(prim, ()))
    moving = [
        is_active and not (prim == "lambertw" and k) for k, is_active in enumerate(active_of(rule))
    ]
    args = [
        curve(rng, at) if moves else fixed.pop(0) for at, moves in zip(rule.at, moving, strict=True)
    ]
    with mp.workdps(DIGITS):
        polynomials = [list(map(mp.mpf, map(float, a))) for a in args if isinstance(a, np.ndarray)]

        def along(t):
            return EXACT[prim](*(mp.fsum(c * t**k for k, c in enumerate(p)) for p in polynomials))

        expected = np.array([float(mp.re(c)) for c in mp.taylor(along, 0, ORDER)])
    got = computed(prim, args, expected[0])
    scale = np.abs(expected) + 1e-6 * np.max(np.abs(expected))
    assert np.max(np.abs(got - expected) / scale) < 1e-11


def test_rows_without_series_say_why():
    """These are all; each has a reason."""
    found = {}
    for prim, rule in RULES.items():
        if not rule.active or prim == "cast":
            continue
        try:
            recurrence(Op(prim, tuple(map(Var, rule.params))), active_of(rule), "f")
        except NoRecurrenceError as error:
            found[prim] = str(error)
    pairs = [f"{name}_{part}" for name in ("carccosh", "cpower") for part in ("im", "re")]
    assert sorted(found) == [*pairs, "special_betaln", "special_erfcx", "special_log_ndtr"]


@pytest.mark.parametrize("at", [-1.2, -1.0, -0.3, 0.0, 1e-9, 0.05, 0.0999, 0.3, 1.0, 2.5, 7.0])
def test_sinc_is_not_the_short_series_of_its_row(at):
    """The row is good for derivatives of low order."""
    row = np.zeros(ORDER + 1)
    row[:2] = at, 1.0
    with mp.workdps(DIGITS):
        expected = mp.taylor(mp.sincpi, mp.mpf(at), ORDER)
    got = computed("sinc", [row], float(expected[0]))
    np.testing.assert_allclose(got, np.array(expected, float), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("at", [0.0, 1e-8, 1e-3, 0.5, 30.0])
@pytest.mark.parametrize("prim", ["special_j0", "special_j1", "special_i0", "special_i1"])
def test_bessel_functions_near_zero(prim, at):
    """No quotients that lose digits there."""
    row = np.zeros(ORDER + 1)
    row[:2] = at, 1.0
    with mp.workdps(DIGITS):
        expected = np.array(mp.taylor(EXACT[prim], mp.mpf(at), ORDER), float)
    got = computed(prim, [row], expected[0])
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-11 * np.max(np.abs(expected)))


# Powers ---------------------------------------------------------------------------------


def taylor(f, x, v, order, **options):
    """Return `srcad.taylor` as plain Python."""
    with as_plain_python():
        return srcad.taylor(f, x, v, order, **options)


WHOLE_POWERS = [
    (power, x)
    for power in (0, 1, 2, 3, 5, 9, 11, 100, 2000)
    for x in (0.0, 1e-20, -1e-9, 0.5, -2.0)
    if (power, x) != (2000, -2.0)  # too large for a float
]


@pytest.mark.parametrize(("power", "x"), WHOLE_POWERS)
def test_whole_powers(power, x):
    """Exact at zero and next to it."""
    n = min(power, 4)
    with mp.workdps(DIGITS):
        expected = [mp.binomial(power, k) * mp.mpf(x) ** (power - k) for k in range(n + 1)]
    expected = np.array([*map(float, expected), *(4 - n) * [0.0]])

    def raised(x, p):
        return x**p

    for p in (power, float(power)):
        got = taylor(raised, (x, p), (1.0, None), 4)
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=0)


def cubed(x):
    return (x + x * x) ** 3


def squared(x):
    return (x + x * x) ** 2.0


def test_literal_powers_next_to_zero():
    """A recurrence that divides by the base would lose all digits."""
    for x in (0.0, 1e-20, 1e-8):
        got = taylor(cubed, x, 1.0, 6)
        np.testing.assert_allclose(got[3:], [1, 3, 3, 1], rtol=1e-6)
        got = taylor(squared, x, 1.0, 4)
        np.testing.assert_allclose(got[2:], [1, 2, 1], rtol=1e-6)


def rooted(x):
    return x**2.5


def test_other_powers_at_zero():
    """What exists is right; what does not is nan."""
    got = taylor(rooted, 0.0, 1.0, 5)
    np.testing.assert_array_equal(got, [0, 0, 0, np.nan, np.nan, np.nan])


def both(x, p):
    return x**p


def test_powers_of_two_series():
    """As exp(p log(x)); the derivative by p where the base is zero is that of the table."""
    got = taylor(both, (1.5, 2.0), (0.5, -1.0), 8)
    with mp.workdps(DIGITS):
        expected = mp.taylor(lambda t: (1.5 + t / 2) ** (2 - t), 0, 8)
    np.testing.assert_allclose(got, np.array(expected, float), rtol=1e-12)
    np.testing.assert_array_equal(taylor(both, (0.0, 2.0), (0.0, 1.0), 3), np.zeros(4))
    np.testing.assert_array_equal(taylor(both, (-2.0, 3.0), (1.0, 0.0), 3), [-8, 12, -6, 1])
    assert np.isnan(taylor(both, (-2.0, 3.0), (1.0, 1.0), 2)[1:]).all()


# Where there is no series ---------------------------------------------------------------


def root(x):
    return np.sqrt(x)


def quotient(x):
    return np.sin(x) / x


def logarithm(x):
    return np.log(x * x)


@pytest.mark.parametrize("f", [root, quotient, logarithm], ids=lambda f: f.__name__)
def test_no_series_is_no_number(f):
    """At a singular point nothing but zeros of a zero direction is finite."""
    got = taylor(f, 0.0, 1.0, 4)
    assert not np.isfinite(got[2:]).any()


def kinks(x, y):
    return abs(x) + max(x, y) + np.minimum(x, 2.0 * y) * np.hypot(x, y), np.floor(x + 0.5)


def test_kinks_are_decided_by_the_values():
    """The conventions of derivatives."""
    value, floor = taylor(kinks, (0.0, 0.0), (1.0, 3.0), 3)
    np.testing.assert_array_equal(value, [0, 2, 0, 0])
    np.testing.assert_array_equal(floor, np.zeros(4))


def dead_branch(x):
    return np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), 0.0) + np.where(x > 1, np.log(x), x)


def test_branches_that_are_not_taken():
    """They leave no nan behind."""
    np.testing.assert_array_equal(taylor(dead_branch, 0.0, 1.0, 3), [0, 1, 0, 0])


# Programs -------------------------------------------------------------------------------

EVERY = 12
"""One program of the zoo in so many."""
SOME = [p for k, p in enumerate(PROGRAMS) if k % EVERY == 0]


@pytest.mark.parametrize("program", SOME, ids=[p.name for p in SOME])
def test_zoo(program):
    """The value bit for bit, and the first derivative of `jvp`."""
    f = getattr(program.function, "py_func", program.function)
    tangents = random_tangents(program.args(), 3)
    v = tuple(dot if k in program.wrt else None for k, dot in enumerate(tangents))
    found = taylor(f, tuple(program.args()), v, 2)
    with as_plain_python():
        out, out_dot = srcad.jvp(f, tuple(program.args()), v)
    rows = zip(leaves(found), leaves(out), leaves(out_dot), strict=True)
    for coefficients, value, dot in rows:
        got = np.asarray(coefficients)
        value = np.asarray(value)
        assert got.shape == (3, *value.shape)
        np.testing.assert_array_equal(got[0], value.astype(got.dtype))
        if dot is not None:
            tol = 1e-5 if got.dtype == np.float32 else 1e-9
            np.testing.assert_allclose(got[1], dot, rtol=tol, atol=1e-3 * tol)


def table(x, n):
    a = np.zeros(n)
    a[0] = x
    for i in range(1, n):
        if a[i - 1] > 0.5:
            a[i] = a[i - 1] * np.cos(x)
        else:
            a[i] = np.sin(a[i - 1]) + x / (i + 1)
    while a[0] < 2.0:
        a[0] *= 1.5
        a[1:] += 0.1 * a[:-1]
    return np.sum(a * a), a[::-1]


def table_of_mpmath(x, n):
    """Return what `table` does in numbers of many digits; branches are those of doubles."""
    a = [x]
    for i in range(1, n):
        low = a[i - 1] <= 0.5
        a.append(mp.sin(a[i - 1]) + x / (i + 1) if low else a[i - 1] * mp.cos(x))
    while a[0] < 2:
        a[0] *= mp.mpf(1.5)
        a[1:] = [b + mp.mpf(0.1) * c for b, c in zip(a[1:], a[:-1], strict=True)]
    return [mp.fsum(b * b for b in a), *a[::-1]]


def test_loops_and_branches_to_order_10():
    """Against differences in many digits."""
    total, a = taylor(table, (0.7, 5), (1.0, None), ORDER)
    got = np.column_stack([total, a])
    with mp.workdps(80):
        for k in range(6):
            expected = mp.taylor(lambda x, k=k: table_of_mpmath(x, 5)[k], mp.mpf(0.7), ORDER)
            np.testing.assert_allclose(got[:, k], np.array(expected, float), rtol=1e-10)


# Linear algebra -------------------------------------------------------------------------


def algebra(a, b):
    m = a @ a.T + 3.0 * np.eye(a.shape[0])
    x = np.linalg.solve(m, b)
    low = np.linalg.cholesky(m)
    sign, log = np.linalg.slogdet(a)
    inverse = np.linalg.inv(a)
    return x @ b, low @ x, np.linalg.det(a) * sign, log, inverse @ b, np.linalg.solve(a, m)


def test_linear_algebra_on_the_complex_circle():
    """Cauchy's formula: coefficients are means over a circle, by the discrete transform."""
    rng = np.random.default_rng(1)
    n = 3
    a, b = rng.normal(size=(n, n)) + 2.0 * np.eye(n), rng.normal(size=n)
    da, db = rng.normal(size=(n, n)), rng.normal(size=n)
    got = taylor(algebra, (a, b), (da, db), 6)

    def holomorphic(t):
        a_t, b_t = a + t * da, b + t * db
        m = a_t @ a_t.T + 3.0 * np.eye(n)
        low = np.zeros((n, n), complex)
        for i in range(n):
            for j in range(i + 1):
                left = m[i, j] - low[i, :j] @ low[j, :j]
                low[i, j] = np.sqrt(left) if i == j else left / low[j, j]
        x, det = np.linalg.solve(m, b_t), np.linalg.det(a_t)
        sign = np.sign(np.linalg.det(a))
        rows = x @ b_t, low @ x, det * sign, np.log(det * sign), np.linalg.solve(a_t, b_t)
        return (*rows, np.linalg.solve(a_t, m))

    count, radius = 64, 0.08
    points = radius * np.exp(2j * np.pi * np.arange(count) / count)
    values = [holomorphic(t) for t in points]
    for part, coefficients in enumerate(got):
        samples = np.array([value[part] for value in values])
        expected = np.fft.fft(samples, axis=0).real / count
        for k in range(7):
            scale = radius**k
            np.testing.assert_allclose(coefficients[k] * scale, expected[k], atol=1e-11)


def determinant(a):
    return np.linalg.det(a)


@pytest.mark.parametrize(
    "a",
    [
        np.diag([1.0, 0.01, 3.0]),
        np.ones((3, 3)),
        np.array([[0.1, 0.2, 0.0], [0.2, 0.4, 0.0], [0.0, 0.0, 1.0]]),
        np.zeros((3, 3)),
        np.eye(3),
    ],
    ids=["small", "singular", "nearly", "zero", "identity"],
)
def test_determinants_are_polynomials(a):
    """Their logarithms are not: these would lose all digits next to singular matrices."""
    direction = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, -1.0], [0.25, 0.0, 2.0]])
    got = taylor(determinant, a, direction, ORDER)
    with mp.workdps(DIGITS):
        expected = mp.taylor(
            lambda t: mp.det(mp.matrix(a.tolist()) + t * mp.matrix(direction.tolist())), 0, ORDER
        )
    np.testing.assert_allclose(got, np.array(expected, float), rtol=1e-12, atol=1e-12)


def constant_matrix(a, b):
    return np.linalg.solve(a, b), a @ b, b @ a


def test_a_matrix_that_does_not_move():
    """The linear parts alone."""
    a, b, db = np.array([[2.0, 1.0], [0.0, 4.0]]), np.array([1.0, 2.0]), np.array([0.5, -1.0])
    x, left, right = taylor(constant_matrix, (a, b), (None, db), 2)
    np.testing.assert_allclose(x, [np.linalg.solve(a, b), np.linalg.solve(a, db), [0, 0]])
    np.testing.assert_allclose(left, [a @ b, a @ db, [0, 0]])
    np.testing.assert_allclose(right, [b @ a, db @ a, [0, 0]])


def wave(x):
    return np.sin(x) * x


again = srcad.checkpoint(wave)


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def calls_by_name(x):
    return again(x) ** 2 + power(x, 3), srcad.grad(wave)(x)


def test_calls_that_stay_calls():
    """Recursion and checkpoints; derivatives inside become part of the program."""
    value, slope = taylor(calls_by_name, 0.5, 1.0, ORDER)
    with mp.workdps(DIGITS):
        expected = mp.taylor(lambda x: (mp.sin(x) * x) ** 2 + x**3, 0.5, ORDER)
        slopes = mp.taylor(lambda x: mp.cos(x) * x + mp.sin(x), 0.5, ORDER)
    np.testing.assert_allclose(value, np.array(expected, float), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(slope, np.array(slopes, float), rtol=1e-12, atol=1e-14)


def grows(x):
    y = 1.0
    while y < 10.0:
        y *= x + 1.0 / y
    return y


def test_series_of_a_gradient():
    """Stacks that grow have series."""
    with as_plain_python():
        gradient = srcad.grad(grows)
        third = srcad.taylor(gradient, 1.5, 1.0, 2)
        whole = srcad.taylor(grows, 1.5, 1.0, 3)
    np.testing.assert_allclose(third, whole[1:] * [1, 2, 3], rtol=1e-12)


first = srcad.series(wave)


def takes_a_series(x):
    return first(x, 1.0, 2)[1]


def test_series_are_not_differentiated_again():
    """Neither the object nor calls of it."""
    with pytest.raises(TypeError, match="grad of the coefficients"):
        srcad.grad(first)
    with pytest.raises(srcad.NotDifferentiable, match=r"E405.*'first' is a power series"):
        taylor(takes_a_series, 1.0, 1.0, 1)
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="E405"):
        srcad.grad(takes_a_series)(1.0)


def ties(x):
    return np.max(x), np.linalg.norm(x - x)


def test_ties_share():
    """As the derivative of a maximum does, and the norm of nothing has none."""
    largest, nothing = taylor(ties, np.array([1.0, 1.0, 0.0]), np.array([1.0, 2.0, 3.0]), 2)
    np.testing.assert_array_equal(largest, [1, 1.5, 0])
    np.testing.assert_array_equal(nothing, [0, 0, 0])


def singular_values(a):
    return np.linalg.svd(a, full_matrices=False)[1]


def test_refusals_have_a_place():
    """Functions whose recurrences are not written."""
    with pytest.raises(srcad.NotDifferentiable, match=r"E407.*'svd'"):
        taylor(singular_values, np.eye(2), np.eye(2), 2)

    @srcad.custom_jvp
    def own(x):
        return x

    own.defjvp(lambda primals, tangents: (primals[0], 2.0 * tangents[0]))

    def calls(x):
        return own(x)

    with pytest.raises(srcad.NotDifferentiable, match=r"E407.*'own'.*first derivatives"):
        taylor(calls, 1.0, 1.0, 2)


# The call -------------------------------------------------------------------------------

Point = namedtuple("Point", "x y")


def area(p, factor=2.0):
    return Point(p.x * p.y * factor, p.y), 3


def test_structures_defaults_and_integers():
    """Results keep their structure; what is no float is constant."""
    (both, y), three = taylor(area, (Point(3.0, 4.0),), (Point(1.0, 2.0),), 2)
    np.testing.assert_array_equal(both, [24, 20, 4])
    np.testing.assert_array_equal(y, [4, 2, 0])
    np.testing.assert_array_equal(three, [3, 0, 0])


def fills(x, out):
    for i in range(x.size):
        out[i] = x[i] ** 2


def test_arguments_that_are_written():
    """They are outputs, and stay as they are."""
    x, out = np.array([1.0, 2.0]), np.zeros(2)
    got = taylor(fills, (x, out), (np.ones(2), None), 2)
    np.testing.assert_array_equal(got, [[1, 4], [2, 4], [1, 1]])
    np.testing.assert_array_equal(out, [0, 0])


def single(x):
    return np.sin(x) * x[0]


def test_float32_stays():
    """Coefficients have the dtype of the value."""
    x = np.array([0.5, 1.0], np.float32)
    got = taylor(single, x, np.ones(2, np.float32), 3)
    assert got.dtype == np.float32
    wide = taylor(single, x.astype(float), np.ones(2), 3)
    np.testing.assert_allclose(got, wide, rtol=1e-5)


def product(x, y):
    return x * y


def test_wrong_calls():
    """Errors say what was expected."""
    with pytest.raises(ValueError, match="order must not be negative, got -1"):
        srcad.taylor(product, (1.0, 2.0), (1.0, 1.0), -1)
    with as_plain_python(), pytest.raises(ValueError, match="order must not be negative"):
        srcad.series(product)(1.0, 2.0, 1.0, -1)
    with pytest.raises(TypeError, match=r"order takes an integer, got 2\.5"):
        srcad.taylor(product, (1.0, 2.0), (1.0, 1.0), 2.5)
    with pytest.raises(TypeError, match="two tuples"):
        srcad.taylor(product, (1.0, 2.0), 1.0, 2)
    with pytest.raises(TypeError, match="all directions are None"):
        srcad.taylor(product, (1.0, 2.0), (None, None), 2)
    with pytest.raises(TypeError, match=r"has 2 arguments, got a tuple of 3; write \(x,\)"):
        srcad.taylor(product, (1.0, 2.0, 3.0), (1.0, 1.0, 1.0), 2)


@pytest.mark.compiled
def test_compiled_and_inside_compiled_code():
    """One compilation for all orders, and calls from `@njit` code."""
    run = srcad.series(table)
    with as_plain_python():
        expected = run(0.7, 5, 1.0, 6)
    for order in (0, 3, 6):
        got = run(0.7, 5, 1.0, order)
        for part, whole in zip(got, expected, strict=True):
            np.testing.assert_allclose(part, whole[: order + 1], rtol=1e-12)
    assert len(run.signatures) == 1
    compiled = numba.njit(product)

    @numba.njit
    def inside(x, order):
        return srcad.taylor(compiled, (x, 3.0), (1.0, None), order), srcad.series(compiled)

    np.testing.assert_array_equal(inside(2.0, 2)[0], [6, 3, 0])
    assert math.isclose(srcad.taylor(product, (2.0, 3.0), (1.0, 1.0), 2)[2], 1.0)
