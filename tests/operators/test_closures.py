"""Operators on functions inside functions, which close over values that are differentiated by."""

import math

import numpy as np
import pytest

import srcad
from tests import nested_duals
from tests.harness import as_plain_python, assert_close, plain

TOL = 1e-12


def in_both_modes(func, *args):
    """Compare a function of floats and arrays, and its derivatives, with nested dual numbers."""
    same = nested_duals.reference(func)
    numbers = [k for k, arg in enumerate(args) if not isinstance(arg, int)]
    with as_plain_python():
        found = plain(srcad.value_and_grad(func, tuple(numbers)).py_func)(*args)
        value, forward = None, []
        for k in numbers:
            made = plain(srcad.tangent(func, k).py_func)
            columns = [made(*args, dot) for dot in units(args[k])]
            value = columns[0][0]
            forward.append(np.reshape([dot for _, dot in columns], np.shape(args[k])))
    for k, reverse, dots in zip(numbers, found[1], forward, strict=True):
        expected = nested_duals.floats(nested_duals.grad(same, k)(*args))
        assert_close(reverse, expected, TOL, f"reverse by argument {k}")
        assert_close(dots, expected, TOL, f"forward by argument {k}")
    expected = nested_duals.floats(same(*map(nested_duals.as_objects, args)))
    assert_close(found[0], expected, TOL, "value")
    assert_close(value, expected, TOL, "value of the tangent")


def units(x):
    """Yield the directions of one argument."""
    if isinstance(x, float):
        yield 1.0
        return
    for k in range(x.size):
        unit = np.zeros(x.size)
        unit[k] = 1.0
        yield unit.reshape(x.shape)


# What is closed over -------------------------------------------------------------------


def scaled(a, x):
    def energy(y):
        return a * y * y

    return srcad.grad(energy)(x)


def as_lambda(a, x):
    return srcad.grad(lambda y: math.sin(a * y) * x)(x)


def nothing(a, x):
    return a * srcad.grad(lambda y: y * y * y)(x)


def not_confused(a, x):
    return a * x * srcad.grad(lambda y: x + y)(a)


def of_local_names(a, x):
    b = a * x
    c = b * b, 2.0 * a

    def energy(y):
        return c[0] * y * y + math.sin(c[1] * y) + b

    return srcad.grad(energy)(x) * srcad.value_and_grad(energy)(b)[0]


def of_helpers(a, x):
    def inner(z):
        return a * z * z

    def energy(y, k=2.0):
        return inner(y) * inner(x) * k

    return srcad.grad(energy)(x) + srcad.grad(energy, "k")(x, a) + srcad.grad(energy, 1)(x, k=x)


def defaults_are_those_of_the_definition(a, x):
    b = a

    def energy(y, k=b, *, m=a * x):
        return b * k * m * y * y

    b = x * a
    return srcad.grad(energy)(x) + srcad.grad(energy)(x, m=b)


def the_value_at_the_call(a, x):
    b = a
    slope = srcad.grad(lambda y: b * y * y)
    first = slope(x)
    b = x * x * a
    return first * slope(x)


def bound_again_in_a_loop(a, x):
    b, s = a, 0.0

    def energy(y):
        return b * y * y + math.sin(b)

    slope = srcad.grad(energy)
    for i in range(3):
        s += slope(x) * (i + 1.0)
        b = b * x + s * 0.1
    return s + slope(a)


def while_it_moves(a, x):
    y = x
    while y < 9.0:
        g = srcad.grad(lambda z: a * z * z + y * z)(y)  # noqa: B023 - called at once
        y += 0.3 + 0.1 * g * g
    return y


def arrays_written_later(a, x):
    w = np.zeros(3)
    for i in range(3):
        w[i] = a * (i + 1.0)

    def energy(y):
        s = 0.0
        for i in range(w.size):
            s += w[i] * y**i
        return s * s

    first = srcad.grad(energy)(x)
    for i in range(3):
        w[i] = w[i] * x
    return first * srcad.grad(energy)(x)


def branches(a, x):
    b = a * a if x > 0.0 else a
    if a > 0.0:
        value = srcad.grad(lambda y: b * y * y * a)(x)
    else:
        value = x
    return value


def function_as_an_argument(a, x):
    def newton(f, y):
        return y - srcad.grad(f)(y) / srcad.grad(srcad.grad(f))(y)

    return newton(lambda y: a * y**4 + x * y, newton(lambda y: y * y * y * a + 0.5 * y * y, x))


def derivative_as_an_argument(a, x):
    def twice(f, y):
        return f(y) + srcad.grad(f)(y)

    return twice(srcad.grad(lambda y: a * y**3), x)


def scaled_sine(y):
    return 2.0 * math.sin(y)


def square_of(f, y):
    return f(y) * srcad.grad(f)(y)


def through_a_helper(a, x):
    return square_of(lambda y: a * y * y, x) + square_of(scaled_sine, a)


def choice(a, x):
    slopes = (srcad.grad(lambda y: a * y * y), srcad.grad(lambda y: x * y))
    return slopes[0](x) * slopes[1](a)


NUMBERS = (
    *(scaled, as_lambda, nothing, not_confused, of_local_names, of_helpers),
    *(defaults_are_those_of_the_definition, the_value_at_the_call, bound_again_in_a_loop),
    *(while_it_moves, arrays_written_later, branches, function_as_an_argument),
    *(derivative_as_an_argument, through_a_helper, choice),
)


@pytest.mark.parametrize("func", NUMBERS, ids=lambda f: f.__name__)
def test_closed_over(func):
    in_both_modes(func, 0.7, 1.3)


# Every operator, every nesting ------------------------------------------------------------


def energy_of(x, a):
    def energy(y):
        s = 0.0
        for i in range(y.size):
            s += a * y[i] * y[i] * x[i] + math.sin(y[i - 1] * y[i])
        return s

    return energy


def by_tangent(x, a):
    def energy(y, b):
        return np.sum(x * y * y * a) * b

    out, dot = srcad.tangent(energy, (0, 1))(x, a, x * a, 2.0)
    back = srcad.adjoint(energy, (0, 1))(x, a, dot)
    return dot * out + back[0] + np.sum(back[1][0] * x) * back[1][1]


def by_jvp(x, a):
    def pair(y, b):
        return y * y * x * a, b * x[0]

    out, dot = srcad.jvp(pair, (x, a), (x * x, None))
    return np.sum(out[0] * dot[0]) + out[1]


def by_products(x, a):
    def energy(y):
        s = 0.0
        for i in range(y.size):
            s += a * y[i] ** 3 * x[i] + math.sin(y[i] * x[0])
        return s

    h = srcad.hessian(energy)(x)
    p = srcad.hvp(energy)(x, x)
    return np.sum(h @ p) + np.sum(srcad.jacobian(srcad.grad(energy))(x) * h)


def by_jacobians(x, a):
    def field(y):
        return x * y * a + y * y

    return np.sum(srcad.jacfwd(field)(x) * srcad.jacrev(field)(x * a))


def third_order(x, a):
    def cubic(y):
        return a * y**4 * x[0] + math.exp(x[1] * y)

    return srcad.grad(srcad.grad(srcad.grad(cubic)))(a)


def inside_inside(x, a):
    def middle(y):
        def deep(z):
            return z * z * y * x[0] * a + y * y * z

        return srcad.grad(deep)(y) * y

    return srcad.grad(middle)(a) * srcad.grad(lambda b: srcad.grad(lambda c: b * c * a)(b))(x[1])


def forward_in_reverse(x, a):
    def inner(y):
        return srcad.jvp(lambda z: z * z * z * y * a, (y,), (x[0],))[1]

    return srcad.grad(inner)(a)


def reverse_in_forward(x, a):
    def inner(y):
        return srcad.grad(lambda z: z * z * z * y * a)(y) * x[0]

    return srcad.tangent(inner)(a, x[1])[1]


def by_vjp(x, a):
    def energy(y, b):
        return np.sum(y * y * x) * b, b * a * a

    out, pullback = srcad.vjp(energy, x, a)
    y_bar, b_bar = pullback((1.0, a))
    again = pullback((out[0], 2.0))
    return np.sum(y_bar * x) * b_bar + out[1] + again[1]


def by_linearize(x, a):
    out, along = srcad.linearize(lambda y, b: y * y * x * b * a, x, a)
    return np.sum(out * along(x, None)) + np.sum(along(None, 1.0) * along(x, a))


VECTORS = (
    *(by_tangent, by_jvp, by_products, by_jacobians, third_order, inside_inside),
    *(forward_in_reverse, reverse_in_forward, by_vjp, by_linearize),
)


@pytest.mark.parametrize("func", VECTORS, ids=lambda f: f.__name__)
def test_operators(func):
    in_both_modes(func, np.array([0.4, -0.7]), 1.3)


def kept_at_the_point(x, a):
    y = x * a
    b = a
    out, pullback = srcad.vjp(lambda z: np.sum(z * z * z) * b * y[0], y)
    for i in range(y.size):
        y[i] = 0.0
    b = 0.0
    (y_bar,) = pullback(a)
    return np.sum(y_bar) * out + b


def test_a_pullback_keeps_what_it_needs():
    """Arrays and names that are written after `vjp` are those of its call."""
    in_both_modes(kept_at_the_point, np.array([0.4, -0.7]), 1.3)


def pulled(x):
    out, pullback = srcad.vjp(scaled_sine, x)
    (bar,) = pullback(1.0)
    return out * bar


def test_functions_of_modules_have_pullbacks_too():
    in_both_modes(pulled, 0.7)


# What is refused --------------------------------------------------------------------------


def by_closed_over(a, x):
    return srcad.grad(lambda y: a * y, "a")(x)


def by_none(a, x):
    return srcad.grad(lambda y: a * y, 1)(x)


def writes_what_is_closed_over(a, x):
    w = np.zeros(2)

    def energy(y):
        w[0] = y * a
        return w[0] * y

    return srcad.grad(energy)(x)


def two_kinds(a, x):
    b = a
    if x > 0.0:
        b = (a, a)
    return srcad.grad(lambda y: b * y)(x)


def before_it_is_bound(a, x):
    value = srcad.grad(lambda y: b * y)(x)
    b = a
    return value + b


def no_float(a, x):
    return srcad.grad(lambda y: (y, a))(x)


def stars(a, x):
    return srcad.grad(lambda *y: y[0] * a)(x)


def of_itself(a, x):
    def energy(y):
        return a * y * srcad.grad(energy)(y)

    return srcad.grad(energy)(x)


def never_called(a, x):
    return srcad.grad(lambda y: y * a, int(x))(x)


def writes_its_argument(a, x):
    y = np.zeros(2) + a

    def change(z):
        z[0] = z[0] * x
        return z[0]

    out, pullback = srcad.vjp(change, y)
    return out + pullback(1.0)[0][0]


def two_cotangents(a, x):
    return srcad.vjp(lambda y: y * a, x)[1](1.0, 2.0)[0]


@pytest.mark.parametrize(
    ("func", "words"),
    [
        (by_closed_over, "argnums='a' is no argument"),
        (by_none, "argnums=1 is no argument"),
        (writes_what_is_closed_over, "read-only"),
        (two_kinds, "different kinds"),
        (before_it_is_bound, "before it is assigned"),
        (no_float, "one float"),
        (stars, r"\*args"),
        (of_itself, "inside each other|too deeply"),
        (never_called, "is not supported"),
        (writes_its_argument, "writes an argument"),
        (two_cotangents, "takes 1 argument"),
    ],
)
def test_what_is_refused(func, words):
    with as_plain_python(), pytest.raises((srcad.NotDifferentiable, TypeError), match=words):
        srcad.grad(func)(0.7, 1.3)


# Compiled ---------------------------------------------------------------------------------


@pytest.mark.compiled
def test_decorated_functions_run_them():
    """Numba itself knows no functions that capture variables: the call is compiled as fused."""
    slope, pull = srcad.differentiate(bound_again_in_a_loop), srcad.differentiate(by_vjp)
    x = np.array([0.4, -0.7])
    for func, args in ((slope, (0.7, 1.3)), (pull, (x, 1.3))):
        expected = nested_duals.floats(nested_duals.reference(func.py_func)(*args))
        assert_close(func(*args), expected, TOL, "value")
