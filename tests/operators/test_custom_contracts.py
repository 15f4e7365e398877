"""What rules take and return: structures, written arguments, numbers; rules that are not lost."""

from collections import namedtuple
from dataclasses import dataclass

import numba
import numpy as np
import pytest

import srcad
from srcad.rules.known import GIVEN
from srcad.rules.table import PRIMS, RULES
from tests.harness import as_plain_python

X = np.array([0.3, -0.4, 0.5])


@pytest.fixture(autouse=True, scope="module")
def rules():
    """Forget the rules of these tests afterwards."""
    before = dict(PRIMS), dict(RULES), dict(GIVEN)
    yield
    for table, old in zip((PRIMS, RULES, GIVEN), before, strict=True):
        table.clear()
        table.update(old)


def square(x):
    return x * x


def threefold(function=square):
    f = srcad.custom_jvp(function)
    f.defjvp(lambda primals, tangents: (primals[0] ** 2, 3.0 * primals[0] * tangents[0]))
    return f


# Structures ----------------------------------------------------------------------------

Pair = namedtuple("Pair", "a b")


@dataclass
class Parts:
    a: float
    b: float


def product_of(p):
    return p.a * p.b


@pytest.mark.parametrize("kind", [Pair, Parts])
def test_named_parts_of_arguments_and_of_what_is_kept(kind):
    f = srcad.custom_vjp(product_of)
    g = srcad.custom_jvp(product_of)
    g.defjvp(lambda p, t: (p[0].a * p[0].b, 10.0 * t[0].a * p[0].b + t[0].b))
    for bwd in (
        lambda k, bar: ((10.0 * k.b * bar, k.a * bar),),
        lambda k, bar: (Pair(10.0 * k.b * bar, k.a * bar),),
    ):
        f.defvjp(lambda p: (p.a * p.b, p), bwd)
        with as_plain_python():
            assert srcad.grad(lambda a, b: f(kind(a, b)), (0, 1))(2.0, 3.0) == (30.0, 2.0)
            assert srcad.jvp(lambda a: f(kind(a, 3.0)), (2.0,), (1.0,)) == (6.0, 30.0)
    with as_plain_python():
        assert srcad.grad(lambda a, b: g(kind(a, b)), (0, 1))(2.0, 3.0) == (30.0, 1.0)


def test_dicts_by_their_keys():
    """In whatever order a rule writes them; other keys are another structure."""
    f = srcad.custom_vjp(lambda p: p["a"] * p["b"])
    kept = "q"

    def fwd(p):
        return p["a"] * p["b"], {"q": p["b"], "whole": p}

    def called(a, b):
        return f({"a": a, "b": b})

    f.defvjp(fwd, lambda k, bar: ({"b": k["whole"]["a"] * bar, "a": 10.0 * k[kept] * bar},))
    two = srcad.custom_jvp(lambda x: {"s": x * x, "t": x})
    two.defjvp(lambda p, t: ({"t": p[0], "s": p[0] * p[0]}, {"t": 5.0 * t[0], "s": 100.0 * t[0]}))
    with as_plain_python():
        assert srcad.grad(called, (0, 1))(2.0, 3.0) == (30.0, 2.0)
        assert srcad.jvp(lambda x: two(x)["s"], (2.0,), (1.0,)) == (4.0, 100.0)
        assert srcad.grad(lambda x: two(x)["t"])(2.0) == 5.0
    f.defvjp(fwd, lambda k, bar: ({"b": bar, "c": bar},))
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="another structure"):
        srcad.grad(called)(2.0, 3.0)


# What rules must not do -----------------------------------------------------------------


def energy(x):
    return np.sum(x * x)


def doubles_what_is_kept(kept, bar):
    kept *= 2.0
    return (kept * bar,)


def doubles_the_cotangent(kept, bar):
    bar *= 2.0
    return (bar,)


def clears_the_argument(x):
    total = np.sum(x * x)
    x[0] = 0.0
    return total, x


def doubles_the_tangent(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    x_dot *= 2.0
    return np.sum(x * x), np.sum(x * x_dot)


def test_rules_that_write_what_they_are_given():
    f, g, h = (
        srcad.custom_vjp(energy),
        srcad.custom_vjp(lambda x: 2.0 * x),
        srcad.custom_vjp(energy),
    )
    f.defvjp(lambda x: (np.sum(x * x), x), doubles_what_is_kept)
    g.defvjp(lambda x: (2.0 * x, None), doubles_the_cotangent)
    h.defvjp(clears_the_argument, lambda x, bar: (2.0 * x * bar,))
    k = srcad.custom_jvp(energy)
    k.defjvp(doubles_the_tangent)
    for function, part in (
        (f, "bwd writes"),
        (lambda x: np.sum(g(x) ** 2), "bwd writes"),
        (h, "fwd writes"),
        (k, "the rule writes"),
    ):
        with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match=part):
            srcad.grad(function)(X)
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="the rule writes"):
        srcad.jvp(k, (X,), (X,))


def test_integers_in_place_of_floats():
    """They would have no derivative; integers that the function returns are none."""
    f, g = srcad.custom_vjp(lambda x: 1.0 * x), srcad.custom_jvp(lambda x: 1.0 * x)
    f.defvjp(lambda x: (int(x), x), lambda x, bar: (bar * x,))
    g.defjvp(lambda p, t: (int(p[0]), t[0]))
    both = srcad.custom_jvp(lambda x: (x * x, 2))
    both.defjvp(lambda p, t: ((p[0] * p[0], 2), (7.0 * t[0], 0)))
    with as_plain_python():
        for function in (f, g):
            with pytest.raises(srcad.NotDifferentiable, match="return a float"):
                srcad.grad(function)(2.0)
        with pytest.raises(srcad.NotDifferentiable, match="return a float"):
            srcad.jvp(g, (2.0,), (1.0,))
        assert srcad.grad(lambda x: both(x)[0] * both(x)[1])(2.0) == 14.0


def test_ranks_are_checked_in_both_modes():
    f = srcad.custom_jvp(lambda x: 1.0 * x)

    def total(x):
        return np.sum(f(x))

    for rule in (lambda p, t: (1.0 * p[0], 1.0), lambda p, t: (1.0, 1.0 * t[0])):
        f.defjvp(rule)
        with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="rule of"):
            srcad.grad(total)(X)


def test_a_tangent_of_another_rank_is_one_error():
    """What the caller does with the result is not to blame."""

    @srcad.custom_jvp
    def squares(x):
        return x * x

    @squares.defjvp
    def _(primals, tangents):
        (x,), (x_dot,) = primals, tangents
        return x * x, np.sum(2.0 * x * x_dot)

    def called(x):
        z = squares(x)
        z[1] = z[1] * x[0]
        return np.sum(z * x)

    x = np.array([0.5, 1.25])
    for derivative in (lambda: srcad.jvp(called, (x,), (x,)), lambda: srcad.grad(called)(x)):
        with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="E403") as caught:
            derivative()
        assert "E301" not in str(caught.value)


def sign_of_the_cotangent(x, bar):
    return (np.sign(bar) * x,)


def truncated(x, bar):
    return (int(bar) * x,)


def guarded(x, bar):
    return (2.0 * x * bar if bar != 0.0 else 0.0,)


def of_the_same_shape(x, bar):
    return (np.zeros_like(bar) + 2.0 * x * bar.reshape(bar.shape) * np.ones(bar.size),)


def test_rules_with_steps_are_not_linear():
    """What has no derivative by a cotangent, or a tangent, is not transposed to zero."""
    f, g = srcad.custom_vjp(square), srcad.custom_jvp(square)
    for bwd in (sign_of_the_cotangent, truncated, lambda x, bar: (srcad.stop_gradient(bar) * x,)):
        f.defvjp(lambda x: (x * x, x), bwd)
        with as_plain_python():
            assert srcad.grad(f)(3.0) == 3.0
            with pytest.raises(srcad.NotDifferentiable, match="bwd is not linear"):
                srcad.jvp(f, (3.0,), (1.0,))
    g.defjvp(lambda p, t: (p[0] ** 2, np.sign(t[0])))
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="not linear"):
        srcad.grad(g)(3.0)
    f.defvjp(lambda x: (x * x, x), guarded)
    with as_plain_python():
        assert srcad.jvp(f, (3.0,), (1.0,)) == (9.0, 6.0)
    f.defvjp(lambda x: (x * x, x), of_the_same_shape)
    with as_plain_python():
        found = srcad.jvp(lambda x: np.sum(f(x)), (X,), (X,))[1]
    assert found == pytest.approx(2.0 * np.sum(X * X))


WEIGHTS = np.array([1.0, 2.0, 3.0])


def test_captured_arrays_have_tangents_of_zeros():
    """In both modes, as arrays that are arguments have."""
    f = srcad.custom_jvp(lambda c, b: c * np.sum(b))
    f.defjvp(lambda p, t: (p[0] * np.sum(p[1]), t[0] * np.sum(p[1]) + p[0] * t[1][0] * t[1].size))

    def called(c):
        return f(c, WEIGHTS)

    with as_plain_python():
        assert srcad.grad(called)(0.5) == 6.0
        assert srcad.jvp(called, (0.5,), (1.0,)) == (3.0, 6.0)


# Rules are not lost -----------------------------------------------------------------------


def plain_cube(x):
    return x * x * x


@pytest.mark.compiled
def test_decorators_around_functions_with_rules():
    """Checkpoints, decorated functions, rules: what they call has its rule."""
    f, g = threefold(), numba.njit(square)
    srcad.rule("squared_(x)", g, dx="3 * x")
    for inner in (f, g):
        for wrap in (srcad.checkpoint, srcad.differentiate):
            outer = wrap(inner)
            with as_plain_python():
                assert srcad.grad(outer)(2.0) == 6.0
                assert srcad.grad(lambda x, outer=outer: outer(x) * x)(2.0) == 16.0
    anew = srcad.custom_jvp(g)
    anew.defjvp(lambda p, t: (g(p[0]), 9.0 * t[0]))
    with as_plain_python():
        assert srcad.value_and_grad(anew)(2.0) == (4.0, 9.0)


def test_a_rule_of_a_python_function_is_that_of_its_dispatchers():
    srcad.rule("plain_cube(x)", plain_cube, dx="7 * x")
    other = numba.njit(plain_cube)
    with as_plain_python():
        assert srcad.grad(plain_cube)(2.0) == srcad.grad(other)(2.0) == 14.0
        assert srcad.grad(lambda x: other(x) + plain_cube(x))(2.0) == 28.0
        assert srcad.grad(threefold(plain_cube))(2.0) == 6.0


def scaled(factor):
    def f(x):
        return factor * x

    return f


def test_two_closures_of_one_function():
    """Each has the rule that it was given, whatever their name."""
    two, three = scaled(2.0), scaled(3.0)
    srcad.rule("scaled(x)", two, dx="20")
    srcad.rule("scaled(x)", three, dx="30")
    with as_plain_python():
        assert srcad.value_and_grad(lambda x: two(x) + three(x))(1.0) == (5.0, 50.0)


@pytest.mark.compiled
def test_keyword_only_arguments():
    f = srcad.custom_jvp(lambda x, a=2.0, *, b=3.0: x * a * b)
    f.defjvp(lambda p, t: (p[0] * p[1] * p[2], 10.0 * t[0] * p[1] * p[2]))
    assert (f(1.0), f(1.0, b=1.0)) == (6.0, 2.0)
    assert isinstance(f, srcad.custom_jvp)
    with as_plain_python():
        assert srcad.grad(lambda x: f(x, b=5.0))(1.0) == 100.0


@pytest.mark.compiled
def test_a_function_with_the_name_of_its_rule():
    def tripled(x):
        return 3.0 * x

    srcad.rule("tripled(x)", tripled, dx="3", at=(1.0, 2.0))
    assert srcad.differentiate(tripled)(2.0) == 6.0
    srcad.check_rule(tripled)


def sums_up(x):
    return np.cumsum(x)


def polynomial(x):
    return x * x + np.exp(-x)


def with_a_branch(x):
    if x > 0.0:
        return x
    return 0.0


@pytest.mark.compiled
def test_rules_for_numbers_and_whole_arrays():
    """Element by element, unless the function itself does something else with an array."""
    for function, dx in ((sums_up, "1"), (polynomial, "2 * x"), (with_a_branch, "x > 0")):
        srcad.rule(f"{function.__name__}(x)", function, dx=dx)
    with as_plain_python():
        assert srcad.grad(lambda x: np.sum(polynomial(x)))(X) == pytest.approx(2.0 * X)
        assert srcad.grad(lambda x: np.sum(with_a_branch(x)))(X).tolist() == [1.0, 0.0, 1.0]
        with pytest.raises(srcad.NotDifferentiable, match="does not work element by element"):
            srcad.grad(lambda x: np.sum(sums_up(x)))(X)


def scaled_by(x, factor=2.0):
    return x * factor


def test_keywords_and_defaults_of_functions_with_a_rule():
    srcad.rule("scaled_by(x, factor)", scaled_by, dx="10 * factor", dfactor="100 * x")
    for f, expected in (
        (lambda x: 1.0 * scaled_by(x), 20.0),
        (lambda x: scaled_by(x, factor=3.0), 30.0),
        (lambda x: scaled_by(factor=x, x=3.0), 300.0),
    ):
        with as_plain_python():
            assert srcad.grad(f)(2.0) == expected
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="no keyword"):
        srcad.grad(lambda x: scaled_by(x, other=1.0))(2.0)


@pytest.mark.parametrize(
    ("signature", "partials", "error", "message"),
    [
        ("square(x, z)", {"dx": "1"}, ValueError, "has 2 arguments, and the function 1"),
        ("square(x, x)", {"dx": "1"}, ValueError, "two arguments of one name"),
        ("for(x)", {"dx": "1"}, ValueError, "has a meaning in Python"),
        ("1f(x)", {"dx": "1"}, ValueError, "not of the form"),
        ("square(x)", {"dx": 1}, TypeError, "partials are texts"),
    ],
)
def test_mistakes_in_signatures(signature, partials, error, message):
    with pytest.raises(error, match=message):
        srcad.rule(signature, square, **partials)


def half_square(x):
    return 0.5 * x * x + x


def only_numba_knows(x):
    return x if len({1: 2}) == 1 else 2.0 * x


@pytest.mark.parametrize("operator", [srcad.custom_jvp, srcad.checkpoint])
def test_results_that_are_written(operator):
    """They are arrays of their own: the argument is none of the outputs."""
    f = operator(half_square)
    if operator is srcad.custom_jvp:
        f.defjvp(lambda p, t: (half_square(p[0]), (p[0] + 1.0) * t[0]))

    def writes_the_result(x):
        y = f(x)
        z = y * 2.0
        y[1] = 7.0
        return np.sum(f(y) * z)

    def plain(x):
        y = half_square(x)
        z = y * 2.0
        y[1] = 7.0
        return np.sum(half_square(y) * z)

    with as_plain_python():
        found, expected = (srcad.jvp(g, (X,), (X,)) for g in (writes_the_result, plain))
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("operator", [srcad.custom_jvp, srcad.checkpoint])
def test_views_as_arguments(operator):
    """Reshaped and transposed ones, too: nothing is written to them."""
    f = operator(half_square)
    if operator is srcad.custom_jvp:
        f.defjvp(lambda p, t: (half_square(p[0]), (p[0] + 1.0) * t[0]))
    x = np.array([0.3, -0.6, 0.8, 0.5])

    def of_views(x):
        m = x.reshape(2, 2)
        n = f(m.T) @ m
        n[0, 1] = x[0]
        return np.sum(f(n) * f(m))

    def plain(x):
        m = x.reshape(2, 2)
        n = half_square(m.T) @ m
        n[0, 1] = x[0]
        return np.sum(half_square(n) * half_square(m))

    with as_plain_python():
        assert srcad.grad(of_views)(x) == pytest.approx(srcad.grad(plain)(x))
        assert srcad.jvp(of_views, (x,), (x,)) == pytest.approx(srcad.jvp(plain, (x,), (x,)))


@pytest.mark.compiled
def test_results_of_functions_that_only_numba_knows():
    """They are copied, as they may be the argument."""
    f = srcad.custom_jvp(only_numba_knows)
    f.defjvp(lambda p, t: (1.0 * p[0], t[0]))

    def writes_the_result(x):
        y = f(x)
        y[1] = 7.0
        return np.sum(y * x)

    x = X.copy()
    with as_plain_python():
        assert srcad.grad(writes_the_result)(x) == pytest.approx([0.6, 7.0, 1.0])
        assert srcad.jvp(writes_the_result, (x,), (np.ones(3),))[1] == pytest.approx(8.6)
    assert x.tolist() == X.tolist()
