"""Functions of scipy.special: values as SciPy's, derivatives against mpmath, edges, arrays."""

import math
import zlib

import mpmath as mp
import numpy as np
import pytest
from rule_reference import calculate, dual
from scipy import special

import srcad
from srcad.backend import runtime
from srcad.frontend.syntax.made import made_function
from srcad.rules.scipy import SCIPY
from srcad.rules.table import PRIMS, RULES, object_of
from tests.harness import as_plain_python

HALF = mp.mpf(1) / 2


def ndtr(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


REFERENCE = {
    "special_expit": lambda x: 1 / (1 + mp.exp(-x)),
    "special_logit": lambda x: mp.log(x / (1 - x)),
    "special_log_expit": lambda x: -mp.log(1 + mp.exp(-x)),
    "special_erf": mp.erf,
    "special_erfc": mp.erfc,
    "special_erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "special_erfinv": mp.erfinv,
    "special_ndtr": ndtr,
    "special_log_ndtr": lambda x: mp.log(ndtr(x)),
    "special_ndtri": lambda x: mp.sqrt(2) * mp.erfinv(2 * x - 1),
    "special_xlogy": lambda x, z: x * mp.log(z),
    "special_xlog1py": lambda x, z: x * mp.log(1 + z),
    "special_entr": lambda x: -x * mp.log(x),
    "special_rel_entr": lambda x, z: x * mp.log(x / z),
    "special_gammaln": mp.loggamma,
    "special_psi": mp.digamma,
    "special_betaln": lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b),
    "special_gammainc": lambda a, x: mp.gammainc(a, 0, x, regularized=True),
    "special_gammaincc": lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True),
    "special_betainc": lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True),
    "special_j0": lambda x: mp.besselj(0, x),
    "special_j1": lambda x: mp.besselj(1, x),
    "special_jv": mp.besselj,
    "special_i0": lambda x: mp.besseli(0, x),
    "special_i1": lambda x: mp.besseli(1, x),
    "special_iv": mp.besseli,
    "lambertw": lambda x, k: mp.lambertw(x, int(k)).real,
}
ROWS = [row for row in SCIPY if row.rule is not None]
NAMES = [row.rule.prim for row in ROWS]


def points(entry, count=4):
    rng = np.random.default_rng(zlib.crc32(entry.prim.encode()))
    for _ in range(count):
        yield tuple(
            int(low) if low == high else np.float64(rng.uniform(low, high))
            for low, high in entry.at
        )


def named(entry, args):
    function = (
        runtime.lambertw if entry.prim == "lambertw" else object_of(PRIMS[entry.prim].spelling)
    )
    return {**dict(zip(entry.params, args, strict=True)), "y": function(*args)}


def derivative(name, args, k, order):
    with mp.workdps(40):
        exact = [mp.mpf(float(a)) for a in args]

        def along(t):
            return REFERENCE[name](*exact[:k], t, *exact[k + 1 :])

        return float(mp.diff(along, exact[k], order))


def test_every_row_has_a_reference():
    assert set(NAMES) == set(REFERENCE)


@pytest.mark.parametrize("name", NAMES)
def test_partials(name):
    """First and second derivatives by the rules themselves."""
    entry = RULES[name]
    for args in points(entry):
        values = named(entry, args)
        for k in set(entry.active) - entry.refused:
            first = derivative(name, args, k, 1)
            assert calculate(entry.partials[k], values) == pytest.approx(
                first, rel=2e-13, abs=2e-13
            )
            slope = calculate(entry.partials[k], values)
            dots = {entry.params[k]: 1.0, "y": slope}
            second = dual(entry.partials[k], values, dots)[1]
            expected = derivative(name, args, k, 2)
            assert second == pytest.approx(expected, rel=2e-10, abs=2e-10)


def test_far_away():
    """No digits are lost in the tails, nor infinities made."""
    for x in (-30.0, -8.0, 15.0, 19.0, 25.0, 300.0):
        cases = [("special_log_ndtr", x)] + ([("special_erfcx", x)] if x > 0 else [])
        for name, at in cases:
            entry = RULES[name]
            got = calculate(entry.partials[0], named(entry, (np.float64(at),)))
            assert got == pytest.approx(derivative(name, (at,), 0, 1), rel=2e-12)
    entry = RULES["special_expit"]
    got = calculate(entry.partials[0], named(entry, (np.float64(40.0),)))
    assert got == pytest.approx(math.exp(-40.0), rel=1e-13)


EDGES = [
    ("special_xlogy", (0.0, 0.0), (-np.inf, 0.0)),
    ("special_xlogy", (0.0, 2.0), (math.log(2.0), 0.0)),
    ("special_xlog1py", (0.0, -1.0), (-np.inf, 0.0)),
    ("special_entr", (0.0,), (np.inf,)),
    ("special_entr", (-1.0,), (0.0,)),
    ("special_rel_entr", (0.0, 2.0), (-np.inf, 0.0)),
    ("special_rel_entr", (-1.0, 2.0), (0.0, 0.0)),
    ("special_erfinv", (1.0,), (np.inf,)),
    ("special_ndtri", (0.0,), (np.inf,)),
    ("special_logit", (0.0,), (np.inf,)),
    ("special_j1", (0.0,), (0.5,)),
    ("lambertw", (0.0, 0), (1.0,)),
]


@pytest.mark.parametrize(("name", "args", "expected"), EDGES)
def test_edges(name, args, expected):
    entry = RULES[name]
    args = tuple(np.float64(a) if isinstance(a, float) else a for a in args)
    with np.errstate(all="ignore"):
        values = named(entry, args)
        kept = sorted(set(entry.active) - entry.refused)
        got = [calculate(entry.partials[k], values) for k in kept]
    assert got == list(expected)


def test_lambertw_is_scipys():
    """Both branches, near the branch point, at 0, and far away."""
    grid = [-0.36787944117144, -0.3678, -0.3, -0.1, -1e-3, -1e-9, 0.0, 1e-9, 0.5, 1.0, 3.0, 1e3]
    for x in (*grid, 1e100, 1e300):
        assert runtime.lambertw(x) == pytest.approx(special.lambertw(x).real, rel=1e-13, abs=1e-15)
    for x in grid[1:6]:  # SciPy loses digits next to the branch point
        expected = special.lambertw(x, -1).real
        assert runtime.lambertw(x, -1) == pytest.approx(expected, rel=1e-13)
    assert math.isnan(runtime.lambertw(-1.0))
    assert runtime.lambertw(0.0, -1) == -np.inf


# In functions -------------------------------------------------------------------------


def of_arrays(x):
    e = special.expit(x) * special.ndtr(x)
    return np.sum(special.gammaln(e + 1.0) * x) + special.logsumexp(x)


def softened(x):
    p = special.softmax(x, axis=1)
    return np.sum(special.entr(p)) + np.sum(special.logsumexp(x, axis=0, keepdims=True) ** 2)


def weighted(x):
    return special.logsumexp(x, b=np.array([1.0, 0.5, 2.0])) + special.log_softmax(x[0])[1]


def of_numbers(x):
    return (
        special.polygamma(1, x) * special.digamma(x)
        + special.betainc(2.0, 3.0, 0.5 * x)
        + special.jv(1.5, x) * special.iv(2, x)
        + special.gammainc(2.0, x)
        + special.lambertw(x).real
        + np.real(special.lambertw(-0.1 * x, -1))
    )


X = np.array([[0.1, 2.0, -1.0], [0.5, -0.3, 1.5]])


def complex_step_free(f, x):
    """Return differences of fourth order, element by element."""
    out = np.empty_like(x)
    for at in np.ndindex(x.shape):
        total = 0.0
        for step, weight in ((1, 8 / 12), (-1, -8 / 12), (2, -1 / 12), (-2, 1 / 12)):
            moved = x.copy()
            moved[at] += step * 1e-3
            total += f(moved) * weight / 1e-3
        out[at] = total
    return out


def without_weight(x):
    return special.logsumexp(x, axis=1, b=np.array([1.0, -0.5, 0.0]))[0] + x[0, 2]


def test_elements_without_a_weight():
    """They may be too large for exp; the derivative by the weight is not zero there."""
    x = np.array([[2.0, 1.0, 800.0], [0.0, 0.0, 0.0]])
    b = np.array([1.0, 0.0])
    with as_plain_python():
        value, gradient = srcad.value_and_grad(without_weight)(x)
        by_weight = srcad.grad(lambda a, b: special.logsumexp(a, b=b), 1)(np.array([1.0, 2.0]), b)
        one = srcad.value_and_grad(lambda a: special.logsumexp(a, b=2.0))(np.array([1.0, 2.0]))
    assert value == without_weight(x)
    small = 0.5 * math.exp(-1.0)
    assert gradient[0] == pytest.approx([1.0 / (1.0 - small), -small / (1.0 - small), 1.0])
    assert by_weight == pytest.approx([1.0, math.e])
    assert one[0] == pytest.approx(special.logsumexp([1.0, 2.0], b=2.0))
    assert one[1].sum() == pytest.approx(1.0)


@pytest.mark.compiled
@pytest.mark.parametrize("f", [of_arrays, softened, weighted])
def test_arrays(f):
    with as_plain_python():
        value, gradient = srcad.value_and_grad(f)(X)
        along = srcad.jvp(f, (X,), (np.ones_like(X),))[1]
        narrow = srcad.grad(f)(X.astype(np.float32))
    assert value == pytest.approx(f(X), rel=1e-13)
    assert gradient == pytest.approx(complex_step_free(f, X), rel=1e-7, abs=1e-8)
    assert along == pytest.approx(gradient.sum())
    assert narrow.dtype == np.float32
    assert narrow == pytest.approx(gradient, rel=2e-4, abs=2e-5)


@pytest.mark.compiled
def test_numbers():
    with as_plain_python():
        value, slope = srcad.value_and_grad(of_numbers)(0.7)
        assert srcad.jvp(of_numbers, (0.7,), (1.0,))[1] == pytest.approx(slope)
    assert value == pytest.approx(float(of_numbers(0.7)), rel=1e-13)
    expected = (of_numbers(0.7 + 1e-5) - of_numbers(0.7 - 1e-5)) / 2e-5
    assert slope == pytest.approx(float(expected), rel=1e-8)


def by_order(v):
    return special.jv(v, 1.0)


def test_arguments_without_a_derivative():
    for act in (
        lambda: srcad.grad(by_order)(1.0),
        lambda: srcad.jvp(by_order, (1.0,), (1.0,)),
    ):
        with as_plain_python(), pytest.raises(srcad.MissingRule, match="by its argument 'v'"):
            act()


@pytest.mark.compiled
def test_values_are_scipys():
    """The decorated function compiles, and has SciPy's values, of numbers and of arrays."""
    texts, plain = [], []
    for name in NAMES[:-1]:
        spelling, count = PRIMS[name].spelling, len(RULES[name].params)
        texts.append(f"{spelling}({', '.join('abc'[:count])})")
        plain.append((spelling.removeprefix("special."), count))
    text = f"def f(a, b, c):\n    return ({', '.join(texts)})\n"
    f = srcad.differentiate(made_function(text, "f", {"special": special}))
    rng = np.random.default_rng(5)
    for _ in range(20):
        args = tuple(map(float, rng.uniform(0.3, 0.9, 3)))
        expected = [getattr(special, name)(*args[:count]) for name, count in plain]
        assert f(*args) == pytest.approx(expected, rel=1e-15, abs=0.0)


@pytest.mark.compiled
def test_compiled():
    decorated = srcad.differentiate(of_arrays)
    assert decorated(X) == pytest.approx(of_arrays(X), rel=1e-14)
    assert decorated.grad()(X) == pytest.approx(complex_step_free(of_arrays, X), rel=1e-7)
    decorated = srcad.differentiate(of_numbers)
    assert decorated(0.7) == pytest.approx(float(of_numbers(0.7)), rel=1e-13)
    second = srcad.grad(srcad.grad(of_numbers))(0.7)
    first = srcad.grad(of_numbers)
    assert second == pytest.approx((first(0.7 + 1e-5) - first(0.7 - 1e-5)) / 2e-5, rel=1e-7)


SECOND = [
    ("special.xlogy(a, b)", (0.0, 2.0), ((0.0, 0.5), (0.5, 0.0))),
    ("special.xlogy(a, b)", (3.0, 2.0), ((0.0, 0.5), (0.5, -0.75))),
    ("special.xlog1py(a, b)", (0.0, 1.0), ((0.0, 0.5), (0.5, 0.0))),
    ("special.rel_entr(a, b)", (1e-200, 1e200), ((1e200, -1e-200), (-1e-200, 0.0))),
    ("special.gammainc(2.0, a) * b", (0.0, 1.0), ((1.0, 0.0), (0.0, 0.0))),
    ("special.gammainc(1.0, a) * b", (0.0, 1.0), ((-1.0, 1.0), (1.0, 0.0))),
    ("special.gammaincc(2.0, a) * b", (0.0, 1.0), ((-1.0, 0.0), (0.0, 0.0))),
    ("special.gammainc(2.0, a) * b", (np.inf, 1.0), ((0.0, 0.0), (0.0, 0.0))),
    ("special.betainc(2.0, 2.0, a) * b", (1.0, 1.0), ((-6.0, 0.0), (0.0, 0.0))),
    ("special.betainc(2.0, 1.0, a) * b", (0.0, 1.0), ((2.0, 0.0), (0.0, 0.0))),
    ("special.betainc(3000.0, 3000.0, a) * b", (0.0, 1.0), ((0.0, 0.0), (0.0, 0.0))),
    ("special.logit(a) * b", (0.0, 1.0), ((-np.inf, np.inf), (np.inf, 0.0))),
    ("special.erf(a) * b", (np.inf, 1.0), ((0.0, 0.0), (0.0, 0.0))),
    ("special.ndtr(a) * b", (-np.inf, 1.0), ((0.0, 0.0), (0.0, 0.0))),
    ("special.erfcx(a) * b", (np.inf, 1.0), ((0.0, 0.0), (0.0, 0.0))),
]


@pytest.mark.slow
@pytest.mark.parametrize("case", range(len(SECOND)))
def test_second_derivatives_at_edges(case):
    """All four of two arguments: none is lost beside an infinite factor, and they agree."""
    call, args, expected = SECOND[case]
    f = made_function(f"def f(a, b):\n    return {call}\n", "f", {"special": special})
    with np.errstate(all="ignore"):
        first = [srcad.grad(f, k) for k in (0, 1)]
        found = [[srcad.grad(g, k).py_func(*map(np.float64, args)) for k in (0, 1)] for g in first]
    assert found == [pytest.approx(list(row), rel=1e-12, abs=1e-300) for row in expected]
