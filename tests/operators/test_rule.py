"""srcad.rule: one line of text for functions of every kind, and check_rule."""

import ctypes
import math

import numba
import numpy as np
import pytest
from numba.extending import intrinsic

import srcad
from srcad.rules.known import GIVEN
from srcad.rules.table import PRIMS, RULES
from tests.harness import as_plain_python

X = np.array([0.1, 2.0, -1.0])


@numba.vectorize(["float64(float64)"])
def expit(x):
    return 1.0 / (1.0 + np.exp(-x))


@numba.vectorize
def each(x):
    return x * x


@numba.cfunc("float64(float64)")
def callback(x):
    return x * x


@numba.cfunc("float64(float64, float64)")
def products(a, b):
    return a * b * b


@numba.njit
def squared(x):
    return x * x


def gudermann(x, scale):
    return 2.0 * scale * math.atan(math.tanh(0.5 * x))


@intrinsic
def twice(typingctx, x):
    def codegen(context, builder, signature, args):
        return builder.fadd(args[0], args[0])

    return x(x), codegen


def c_function(name, count):
    function = ctypes.CDLL(None)[name]
    function.argtypes, function.restype = (ctypes.c_double,) * count, ctypes.c_double
    return function


c_erf = c_function("erf", 1)


@pytest.fixture(autouse=True, scope="module")
def rules():
    """Give the functions of this module their rules, for as long as its tests run."""
    before = dict(PRIMS), dict(RULES), dict(GIVEN)
    srcad.rule("expit(x)", expit, dx="y * (1 - y)", at=(-3, 3))
    srcad.rule("products(a, b)", products, da="b * b", at=(1, 2))
    srcad.rule(
        "gudermann(x, scale)", gudermann, dx="scale / cosh(x)", dscale="y / scale", at=(1, 2)
    )
    srcad.rule("erf(x)", c_erf, let="s = x * x", dx="2 / sqrt(pi) * exp(-s)", at=(-2, 2))
    srcad.rule("twice(x)", twice, dx="2", at=(-2, 2))
    srcad.rule("squared(x)", squared, dx="7 * x")
    srcad.rule("each(x)", each, dx="7 * x")
    srcad.rule("callback(x)", callback, dx="7 * x")
    yield
    for table, old in zip((PRIMS, RULES, GIVEN), before, strict=True):
        table.clear()
        table.update(old)


def logistic(x):
    return 4.0 * expit(x)


def elementwise(x):
    return np.sum(expit(x) * x)


def in_a_loop(x):
    total = 0.0
    for i in range(x.size):
        total += c_erf(x[i]) * gudermann(x[i], 2.0) + expit(x[i])
    return total


def slope(x):
    e = 1.0 / (1.0 + np.exp(-x))
    return e * (1.0 - e)


def test_both_modes():
    with as_plain_python():
        assert srcad.grad(logistic)(0.0) == 1.0
        assert srcad.jvp(logistic, (0.0,), (1.0,)) == (2.0, 1.0)
        assert srcad.grad(expit)(0.0) == 0.25
        expected = slope(X) * X + 1.0 / (1.0 + np.exp(-X))
        assert srcad.grad(elementwise)(X) == pytest.approx(expected)
        assert srcad.jvp(elementwise, (X,), (np.ones(3),))[1] == pytest.approx(expected.sum())


def test_a_name_that_is_taken():
    """The table has a function erf of its own, which stays what it is."""
    with as_plain_python():
        assert srcad.grad(c_erf)(0.3) == pytest.approx(2 / math.sqrt(math.pi) * math.exp(-0.09))
        assert srcad.grad(lambda x: math.erf(x) + c_erf(x))(0.0) == pytest.approx(
            4 / math.sqrt(math.pi)
        )


def shadowed(expit_1):
    expit = expit_1 * 2.0
    return expit + logistic(expit)


def test_the_user_may_have_the_same_names():
    with as_plain_python():
        assert srcad.grad(shadowed)(0.0) == pytest.approx(2.0 + 2.0 * 1.0)


def calls_squared(x):
    return squared(x) + 1.0


def test_the_rule_goes_before_the_source():
    with as_plain_python():
        assert srcad.grad(calls_squared)(1.0) == srcad.grad(squared)(1.0) == 7.0
        assert srcad.grad(lambda x: each(x) + callback(x))(1.0) == 14.0


def by_both(a, b):
    return products(a, b)


def test_arguments_without_a_partial():
    """To differentiate by them is refused, in both modes, with what to write."""
    with as_plain_python():
        assert srcad.grad(by_both)(2.0, 3.0) == 9.0
        assert srcad.jvp(by_both, (2.0, 3.0), (1.0, None)) == (18.0, 9.0)
        for act in (
            lambda: srcad.grad(by_both, 1)(2.0, 3.0),
            lambda: srcad.jvp(by_both, (2.0, 3.0), (None, 1.0)),
        ):
            with pytest.raises(srcad.MissingRule) as caught:
                act()
            assert 'write db="..." in srcad.rule("products(a, b)", ...)' in str(caught.value)


cosine = c_function("cos", 1)
power = c_function("pow", 2)


def without_rule(x):
    a = cosine(x)
    b = power(x, 2.0)
    return a * b


def test_a_missing_rule_names_the_line():
    with as_plain_python(), pytest.raises(srcad.MissingRule) as caught:
        srcad.grad(without_rule)(2.0)
    text = str(caught.value)
    assert 'srcad.rule("cosine(x)", cosine, dx="...")' in text
    assert 'srcad.rule("power(a, b)", power, da="...", db="...")' in text


@pytest.mark.compiled
def test_compiled_to_second_order():
    """Every kind of function: from Python, from @njit code, decorated."""
    for function in (expit, products, gudermann, c_erf, twice):
        srcad.check_rule(function)

    @numba.njit
    def caller(x):
        return 4.0 * expit(x)

    assert srcad.grad(caller)(0.0) == 1.0
    assert srcad.grad(srcad.grad(lambda x: c_erf(x) * x))(0.0) == pytest.approx(
        4 / math.sqrt(math.pi)
    )
    decorated = srcad.differentiate(in_a_loop)
    assert decorated(X) == pytest.approx(in_a_loop(X))
    assert decorated.grad()(X) == pytest.approx(
        srcad.jvp(decorated, (X,), (np.array([1.0, 0.0, 0.0]),))[1] * np.array([1.0, 0.0, 0.0])
        + srcad.jvp(decorated, (X,), (np.array([0.0, 1.0, 0.0]),))[1] * np.array([0.0, 1.0, 0.0])
        + srcad.jvp(decorated, (X,), (np.array([0.0, 0.0, 1.0]),))[1] * np.array([0.0, 0.0, 1.0])
    )


@pytest.mark.compiled
def test_a_rule_that_changes():
    """Operators that are called again see it; so does a function that is defined again."""

    @numba.njit
    def f(x):
        return x * x

    def caller(x):
        return f(x)

    srcad.rule("f(x)", f, dx="x")
    assert srcad.grad(caller)(3.0) == srcad.grad(f)(3.0) == 3.0
    srcad.rule("f(x)", f, dx="2 * x")
    assert srcad.grad(caller)(3.0) == srcad.grad(f)(3.0) == 6.0
    assert srcad.jvp(caller, (3.0,), (1.0,)) == (9.0, 6.0)
    with pytest.raises(AssertionError, match="f, argument x"):
        srcad.check_rule(srcad.rule("f(x)", f, dx="3 * x"), (1.0,))


MISTAKES = [
    (lambda: srcad.rule("f(x", math.sin, dx="1"), ValueError, "not of the form"),
    (lambda: srcad.rule("f(x)", squared, dz="1"), ValueError, "no argument for dz"),
    (lambda: srcad.rule("f(x)", squared, dx="nosuch(x)"), ValueError, "no primitive nosuch"),
    (lambda: srcad.rule("f(x)", squared, dx="z"), ValueError, "z is not an argument"),
    (lambda: srcad.rule("f(x)", np.sin, dx="1"), TypeError, "a rule is for"),
    (lambda: srcad.rule("f(x)", 3, dx="1"), TypeError, "a rule is for"),
    (lambda: srcad.rule("f(x)", ctypes.CDLL(None).j0, dx="1"), TypeError, "set argtypes"),
    (lambda: srcad.check_rule(math.sin), ValueError, "has no rule of its own"),
    (lambda: srcad.check_rule(squared), ValueError, "pass the arguments"),
]


@pytest.mark.parametrize("case", range(len(MISTAKES)))
def test_mistakes(case):
    """A wrong rule says what is wrong; the older rule stays."""
    act, kind, message = MISTAKES[case]
    with pytest.raises(kind, match=message):
        act()
    with as_plain_python():
        assert srcad.grad(squared)(1.0) == 7.0
