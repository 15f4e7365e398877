"""custom_jvp and custom_vjp: both modes, all orders, arrays, tuples, and what is refused."""

import math

import numba
import numpy as np
import pytest

import srcad
from srcad.derivative import tangent_of
from srcad.options import DEFAULT
from tests.harness import as_plain_python


@srcad.custom_jvp
def softplus(x):
    return math.log1p(math.exp(x))


@softplus.defjvp
def softplus_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return softplus(x), x_dot / (1.0 + math.exp(-x))


@srcad.custom_vjp
def cube(x):
    return x * x * x


def cube_fwd(x):
    return cube(x), x


def cube_bwd(x, out_bar):
    return (3.0 * x * x * out_bar,)


cube.defvjp(cube_fwd, cube_bwd)


@srcad.custom_jvp
def wrong_on_purpose(x, y):
    return x * y


@wrong_on_purpose.defjvp
def wrong_jvp(primals, tangents):
    x, y = primals
    x_dot, y_dot = tangents
    return x * y, 10.0 * y * x_dot + 100.0 * x * y_dot


@srcad.custom_vjp
def also_wrong(x, y):
    return x * y


also_wrong.defvjp(lambda x, y: (x * y, (x, y)), lambda kept, bar: (10.0 * kept[1] * bar, None))


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def sums(x):
    total = 0.0
    for i in range(x.size):
        total += softplus(2.0 * x[i]) * x[i]
    return total


def cubes(x):
    total = 0.0
    k = 0
    while k < x.size:
        if x[k] > -0.5:
            total += cube(2.0 * x[k]) * x[k]
        k += 1
    return total


X = np.array([0.3, -1.0, 2.0])


def test_the_rule_is_used():
    """Not the derivative of the function; by the arguments that move alone."""
    with as_plain_python():
        assert srcad.grad(wrong_on_purpose, (0, 1))(2.0, 3.0) == (30.0, 200.0)
        assert srcad.jvp(wrong_on_purpose, (2.0, 3.0), (1.0, 1.0)) == (6.0, 230.0)
        assert srcad.grad(lambda x: wrong_on_purpose(x, 3.0))(2.0) == 30.0
        assert srcad.jvp(lambda y: wrong_on_purpose(2.0, y) + y, (3.0,), (1.0,)) == (9.0, 201.0)
        assert srcad.grad(also_wrong, (0, 1))(2.0, 3.0) == (30.0, 0.0)
        assert srcad.grad(lambda x: also_wrong(x, x))(2.0) == 20.0


def test_in_programs():
    """In loops and branches, in both modes."""
    expected = 2.0 * X / (1.0 + np.exp(-2.0 * X)) + np.log1p(np.exp(2.0 * X))
    with as_plain_python():
        value, gradient = srcad.value_and_grad(sums)(X)
        assert value == sums.py_func(X) if hasattr(sums, "py_func") else True
        assert gradient == pytest.approx(expected)
        assert srcad.jvp(sums, (X,), (np.ones(3),))[1] == pytest.approx(expected.sum())
        assert srcad.grad(cubes)(X) == pytest.approx(np.where(X > -0.5, 32.0 * X**3, 0.0))


def twin_of(derivative):
    return derivative.py_func


def test_higher_orders():
    """The code of the rule is differentiated: grad of grad, jvp of grad, and once more."""
    s = sigmoid(0.3)
    first = srcad.grad(softplus)
    assert twin_of(srcad.grad(first))(0.3) == pytest.approx(s * (1 - s))
    assert twin_of(tangent_of(first, (0,), DEFAULT))(0.3, 1.0)[1] == pytest.approx(s * (1 - s))
    along = tangent_of(softplus.__srcad_call__, (0,), DEFAULT)
    assert twin_of(tangent_of(along, (0,), DEFAULT))(0.3, 1.0, 1.0)[1][1] == pytest.approx(
        s * (1 - s)
    )
    first = srcad.grad(cube)
    second = srcad.grad(first)
    assert twin_of(second)(2.0) == 12.0
    assert twin_of(srcad.grad(second))(2.0) == 6.0
    assert twin_of(tangent_of(second, (0,), DEFAULT))(2.0, 1.0) == (12.0, 6.0)


# Arrays, tuples -----------------------------------------------------------------------


@srcad.custom_jvp
def scaled(a, pair, n):
    factor, offset = pair
    out = np.empty_like(a)
    for i in range(a.size):
        out[i] = factor * a[i] ** n + offset
    return out, out.sum()


@scaled.defjvp
def scaled_jvp(primals, tangents):
    a, (factor, offset), n = primals
    a_dot, (factor_dot, offset_dot), _ = tangents
    out, total = scaled(a, (factor, offset), n)
    out_dot = factor * n * a ** (n - 1) * a_dot + factor_dot * a**n + offset_dot
    return (out, total), (out_dot, out_dot.sum())


@srcad.custom_vjp
def scaled_back(a, pair, n):
    factor, offset = pair
    out = np.empty_like(a)
    for i in range(a.size):
        out[i] = factor * a[i] ** n + offset
    return out, out.sum()


def scaled_fwd(a, pair, n):
    return scaled_back(a, pair, n), (a.copy(), pair, n)


def scaled_bwd(kept, bars):
    a, (factor, _), n = kept
    out_bar, total_bar = bars
    flow = out_bar + total_bar
    a_bar = factor * n * a ** (n - 1) * flow
    return a_bar, (np.sum(a**n * flow), np.sum(flow)), None


scaled_back.defvjp(scaled_fwd, scaled_bwd)


def plain_scaled(a, pair, n):
    factor, offset = pair
    out = factor * a**n + offset
    return out, out.sum()


def program(call):
    """Return a program that calls `call` with arrays that change afterwards."""

    def run(a, factor):
        work = a * 2.0
        total = 0.0
        for k in range(3):
            out, s = call(work, (factor, 0.5 * k), 2)
            total += np.sum(out * a) + s * factor
            work[0] = total * 0.01
            out[1] = 7.0
            total += out[1]
        return total

    return run


ARGS = (np.array([0.3, -1.0, 0.7]), 1.3)


@pytest.mark.parametrize("call", [scaled, scaled_back])
def test_arrays_and_tuples(call):
    """In loops that write the arrays: what the rule needs is what was there at the call."""
    f, plain = program(call), program(plain_scaled)
    with as_plain_python():
        expected = srcad.value_and_grad(plain, (0, 1))(*ARGS)
        value, bars = srcad.value_and_grad(f, (0, 1))(*ARGS)
    assert value == pytest.approx(expected[0])
    assert bars[0] == pytest.approx(expected[1][0])
    assert bars[1] == pytest.approx(expected[1][1])


def test_tangents_of_arrays():
    """Arrays that do not move have tangents of zeros."""
    f, plain = program(scaled), program(plain_scaled)
    for tangents in ((np.ones(3), 1.0), (np.ones(3), None), (None, 1.0)):
        with as_plain_python():
            expected = srcad.jvp(plain, ARGS, tangents)
            assert srcad.jvp(f, ARGS, tangents) == pytest.approx(expected)


@pytest.mark.parametrize("call", [scaled, scaled_back])
def test_second_order_of_arrays(call):
    """Hessian products, forward over reverse."""
    f, plain = program(call), program(plain_scaled)
    found, expected = (
        tangent_of(srcad.grad(g, (0, 1)), (0, 1), DEFAULT).py_func(*ARGS, np.ones(3), 1.0)[1]
        for g in (f, plain)
    )
    assert found[0] == pytest.approx(expected[0])
    assert found[1] == pytest.approx(expected[1])


@srcad.custom_vjp
def returns_argument(x):
    return x


returns_argument.defvjp(lambda x: (x, None), lambda _, bar: (2.0 * bar,))


def through_alias(x):
    y = returns_argument(x)
    z = y * 1.0
    z[0] = 3.0
    return np.sum(z * x)


def test_a_result_that_is_the_argument():
    with as_plain_python():
        bars = srcad.grad(through_alias)(X)
    assert bars == pytest.approx([3.0, 3.0 * X[1], 3.0 * X[2]])


# Arguments apart, functions among them --------------------------------------------------


def apply_jvp(f, n, primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return f(x) * n, 5.0 * n * x_dot


@srcad.custom_jvp
def applied(f, x, n):
    return f(x) * n


apart = srcad.custom_jvp(applied.py_func, nondiff_argnums=(0, 2))
apart.defjvp(apply_jvp)
apart_back = srcad.custom_vjp(applied.py_func, nondiff_argnums=(0, 2))
apart_back.defvjp(lambda f, x, n: (f(x) * n, x), lambda f, n, x, bar: (5.0 * n * bar,))


def square(x):
    return x * x


def use_apart(x):
    return apart(square, x, 3) + apart(lambda t: t, x, 2) if False else apart(square, x, 3)


def use_apart_back(x):
    return apart_back(square, x, 3)


def test_arguments_apart():
    with as_plain_python():
        assert srcad.grad(use_apart)(2.0) == 15.0
        assert srcad.jvp(use_apart, (2.0,), (1.0,)) == (12.0, 15.0)
        assert srcad.value_and_grad(use_apart_back)(2.0) == (12.0, 15.0)


def depends_apart(x):
    return apart(square, x, x)


def test_an_argument_apart_that_moves_is_refused():
    for operator in (srcad.grad, lambda f: lambda x: srcad.jvp(f, (x,), (1.0,))):
        with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="E406"):
            operator(depends_apart)(2.0)


def test_defjvps():
    """One function for each argument; None is zero."""
    product = srcad.custom_jvp(lambda_free_product)
    product.defjvps(lambda dot, out, x, y: 10.0 * y * dot, None)
    with as_plain_python():
        assert srcad.grad(product, (0, 1))(2.0, 3.0) == (30.0, 0.0)


def lambda_free_product(x, y):
    return x * y


# Functions that cannot be looked into ----------------------------------------------------


@srcad.custom_jvp
def looked_up(x):
    table = {1: 2.0, 3: 4.0}
    return x * table[3]


@looked_up.defjvp
def looked_up_jvp(primals, tangents):
    return looked_up(primals[0]), 4.0 * tangents[0]


@pytest.mark.compiled
def test_a_function_that_only_numba_knows():
    """Its values are those that Numba compiles; in @njit functions too."""

    def f(x):
        return looked_up(x) * x

    assert srcad.value_and_grad(f)(3.0) == (36.0, 24.0)
    assert srcad.jvp(f, (3.0,), (1.0,)) == (36.0, 24.0)
    assert srcad.grad(srcad.grad(f))(3.0) == 8.0


@pytest.mark.compiled
def test_compiled():
    """From @njit code, as a decorated function, with its methods."""

    @numba.njit
    def f(x):
        return softplus(x) + cube(x)

    assert f(1.0) == pytest.approx(math.log1p(math.e) + 1.0)
    assert srcad.grad(f)(1.0) == pytest.approx(sigmoid(1.0) + 3.0)
    gradient = softplus.grad()

    @numba.njit
    def g(x):
        return gradient(x)

    assert g(0.0) == softplus.grad()(0.0) == 0.5
    srcad.check_grads(softplus, (0.3,), order=2)
    srcad.check_grads(program(scaled), ARGS)
    f = program(scaled_back)
    assert srcad.grad(f)(*ARGS) == pytest.approx(srcad.grad(program(plain_scaled))(*ARGS))


# Rules that change, and mistakes ---------------------------------------------------------


@pytest.mark.compiled
def test_a_new_rule_is_noticed():
    """By operators that are called again; what was made before is as it was."""
    f = srcad.custom_jvp(square)

    def caller(x):
        return f(x) + 1.0

    f.defjvp(lambda primals, tangents: (primals[0] ** 2, 1.0 * tangents[0]))
    assert srcad.grad(f)(3.0) == srcad.grad(caller)(3.0) == 1.0
    assert srcad.jvp(caller, (3.0,), (1.0,)) == (10.0, 1.0)
    f.defjvp(lambda primals, tangents: (primals[0] ** 2, 2.0 * tangents[0]))
    assert srcad.grad(f)(3.0) == srcad.grad(caller)(3.0) == 2.0
    assert srcad.jvp(caller, (3.0,), (1.0,)) == (10.0, 2.0)


def made(operator, rule):
    """Return a function with a wrong rule."""
    f = operator(lambda_free_product)
    if operator is srcad.custom_jvp:
        f.defjvp(rule)
    else:
        f.defvjp(*rule)
    return f


WRONG = [
    (srcad.custom_jvp, lambda p, t: p[0] * p[1], r"must return \(out, out_dot\)"),
    (srcad.custom_jvp, lambda p, t: ((p[0], 1.0), t[0]), "2 values and 1 tangents"),
    (srcad.custom_vjp, (lambda x, y: x, lambda k, g: (g, g)), r"fwd must return \(out, kept\)"),
    (srcad.custom_vjp, (lambda x, y: ((x, y), None), lambda k, g: (g, g)), "fwd returns 2 values"),
    (srcad.custom_vjp, (lambda x, y: (x * y, None), lambda k, g: (g,)), "a tuple of 1"),
    (srcad.custom_vjp, (lambda x, y: (x * y, None), lambda k, g: g), "no tuple"),
    (
        srcad.custom_vjp,
        (lambda x, y: (x * y, None), lambda k, g: (np.ones(2) * g, g)),
        "another rank",
    ),
    (
        srcad.custom_vjp,
        (lambda x, y: (x * y, None), lambda k, g: ((g, g), g)),
        "another structure",
    ),
]


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_wrong_rules(case):
    """The error names the rule, and what it should return."""
    operator, rule, message = WRONG[case]
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match=message):
        srcad.grad(made(operator, rule))(2.0, 3.0)


def test_shapes_are_checked():
    """A cotangent of another shape is never added."""
    f = srcad.custom_vjp(lambda_free_product)
    f.defvjp(lambda x, y: (x * y, None), lambda k, g: (np.ones(5), None))

    def total(x):
        return np.sum(f(x, x))

    with as_plain_python(), pytest.raises(ValueError, match="must have its shape"):
        srcad.grad(total)(X)
    g = srcad.custom_jvp(lambda_free_product)
    g.defjvp(lambda p, t: (p[0] * p[1], np.ones(5) * np.sum(t[0])))

    def other(x):
        return np.sum(g(x, x))

    with as_plain_python(), pytest.raises(ValueError, match="must have its shape"):
        srcad.jvp(other, (X,), (X,))
    with as_plain_python(), pytest.raises(ValueError, match="must have its shape"):
        srcad.grad(other)(X)


def test_a_missing_rule_names_the_line():
    f, g = srcad.custom_jvp(square), srcad.custom_vjp(square)
    for function, line in ((f, "square.defjvp(rule)"), (g, "square.defvjp(fwd, bwd)")):
        with as_plain_python(), pytest.raises(srcad.MissingRule) as caught:
            srcad.grad(function)(2.0)
        assert f"write {line}" in str(caught.value)


def test_forward_mode_of_custom_vjp():
    """The transpose of `bwd`, if that is linear."""
    f, plain = program(scaled_back), program(plain_scaled)
    with as_plain_python():
        for tangents in ((np.ones(3), 1.0), (np.ones(3), None), (None, 1.0)):
            expected = srcad.jvp(plain, ARGS, tangents)
            assert srcad.jvp(f, ARGS, tangents) == pytest.approx(expected)
        assert srcad.jvp(also_wrong, (2.0, 3.0), (1.0, 1.0)) == (6.0, 30.0)
        assert srcad.jvp(also_wrong, (2.0, 3.0), (None, 1.0)) == (6.0, 0.0)
        assert srcad.jvp(use_apart_back, (2.0,), (1.0,)) == (12.0, 15.0)
        assert srcad.jvp(cubes, (X,), (X,))[1] == pytest.approx(srcad.grad(cubes)(X) @ X)


def test_rules_that_are_not_linear():
    """A transpose would be of something else."""
    f = srcad.custom_vjp(square)
    f.defvjp(lambda x: (x * x, None), lambda kept, bar: (min(bar, 1.0),))
    g = srcad.custom_jvp(square)
    g.defjvp(lambda p, t: (p[0] ** 2, t[0] * t[0]))
    with as_plain_python():
        assert srcad.grad(lambda x: 3.0 * f(x))(2.0) == 1.0
        with pytest.raises(srcad.NotDifferentiable, match="reverse mode only"):
            srcad.jvp(f, (2.0,), (1.0,))
        with pytest.raises(srcad.NotDifferentiable, match="not linear in the tangents"):
            srcad.grad(g)(2.0)


@srcad.custom_jvp
def writes(x):
    x[0] = 1.0
    return x.sum()


writes.defjvp(lambda p, t: (p[0].sum(), t[0].sum()))


def test_a_function_that_writes_its_argument():
    def f(x):
        return writes(x) * x[0]

    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="writes its argument"):
        srcad.grad(f)(X)


def test_operators_take_python_functions():
    with pytest.raises(TypeError, match="takes a Python function"):
        srcad.custom_jvp(3)
    with pytest.raises(TypeError, match="takes Python functions"):
        softplus.defjvp(3)
    with pytest.raises(ValueError, match="of 1 arguments"):
        srcad.custom_jvp(square, nondiff_argnums=(1,))


def squares(x):
    out, total = scaled(x, (1.5, 0.5), 2)
    return np.sum((out * total) ** 2)


def plain_squares(x):
    out, total = plain_scaled(x, (1.5, 0.5), 2)
    return np.sum((out * total) ** 2)


@pytest.mark.compiled
def test_all_directions():
    """Jacobians and Hessians, whose sweeps take several directions at once where they can."""

    def vector(x):
        out, total = scaled(x, (1.5, 0.5), 2)
        return out * total * softplus(x[0])

    forward, reverse = srcad.jacfwd(vector)(X), srcad.jacrev(vector)(X)
    assert forward == pytest.approx(reverse, rel=1e-12)
    expected = srcad.hessian(plain_squares)(X)
    assert srcad.hessian(squares)(X) == pytest.approx(expected, rel=1e-12)
    assert srcad.hvp(squares)(X, np.ones(3)) == pytest.approx(expected.sum(1), rel=1e-12)
