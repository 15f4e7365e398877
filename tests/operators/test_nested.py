"""Derivatives inside programs that are differentiated: all nestings, and no confusion of them."""

import math

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python, assert_close, plain
from tests.oracle import wide_second

TOL = 1e-12


def both_modes(func, args, expected, wrt=0):
    """Compare the derivative of a function of one float, in forward and in reverse mode."""
    with as_plain_python():
        reverse = plain(srcad.grad(func, wrt).py_func)(*args)
        forward = plain(srcad.jacfwd(func, wrt).py_func)(*args)
    assert_close(reverse, expected, TOL, "reverse")
    assert_close(forward, expected, TOL, "forward")


# No perturbation confusion ---------------------------------------------------------------


def plus(y, x):
    return x + y


def times(y, x):
    return x * y


@pytest.mark.parametrize(
    "operator", [srcad.grad, srcad.jacfwd, srcad.jacrev, srcad.jacobian], ids=lambda o: o.__name__
)
def test_each_derivative_has_its_own_direction(operator):
    """d/dx (x d/dy (x + y)) is 1, and d/dx (x d/dy (x y)) is 2 x."""
    inner, product = operator(plus), operator(times)

    def with_sum(x):
        return x * inner(2.0, x)

    def with_product(x):
        return x * product(2.0, x)

    both_modes(with_sum, (3.0,), 1.0)
    both_modes(with_product, (3.0,), 6.0)


def tangent_of_plus(x):
    return x * srcad.jvp(plus, (2.0, x), (1.0, None))[1]


def test_tangents_inside():
    """The same with a product that is written in the function."""
    both_modes(tangent_of_plus, (3.0,), 1.0)


# All four nestings -------------------------------------------------------------------------


def energy(q, k):
    s = 0.0
    for i in range(q.size):
        d = q[i] - (q[i - 1] if i > 0 else 0.0)
        s += 0.5 * k * d * d + 0.1 * d**4
    return s + math.sin(q[0])


Q = np.array([0.3, -0.2, 0.5])
V = np.array([1.0, 2.0, -1.5])


@pytest.mark.parametrize("inner", [srcad.jacfwd, srcad.jacrev], ids=lambda o: o.__name__)
@pytest.mark.parametrize("outer", [srcad.jacfwd, srcad.jacrev], ids=lambda o: o.__name__)
def test_four_nestings(inner, outer):
    """Forward and reverse over forward and reverse give the Hessian, and the product with it."""
    with as_plain_python():
        found = plain(outer(inner(energy)).py_func)(Q, 2.0)
        product = plain(srcad.hvp(energy).py_func)(Q, V, 2.0)
    assert_close(found, found.T, TOL, "symmetric")
    assert_close(found @ V, product, TOL, "product")
    expected = wide_second(energy, (Q, 2.0), (V, None), (V, None))
    assert_close(V @ product, expected, 1e-9, "differences")


force = srcad.grad(energy)


def simulated(q, k, steps):
    x, v = q.copy(), np.zeros(q.size)
    t = 0.0
    while t < 0.1 * steps - 0.05:
        a = force(x, k)
        for i in range(q.size):
            v[i] -= 0.1 * a[i]
            x[i] += 0.1 * v[i]
        t += 0.1
    return np.sum(x * x)


def simulated_by_hand(q, k, steps):
    x, v = q.copy(), np.zeros_like(q)
    for _ in range(steps):
        d = x - np.concatenate((np.zeros(1, x.dtype), x[:-1]))
        f = k * d + 0.4 * d**3
        a = f.copy()
        a[:-1] -= f[1:]
        a[0] += np.cos(x[0])
        v = v - 0.1 * a
        x = x + 0.1 * v
    return np.sum(x * x)


def complex_gradient(func, q, *rest):
    """Return the gradient by complex steps."""
    steps = 1e-30j * np.eye(q.size)
    return np.array([func(q + step, *rest).imag for step in steps]) / 1e-30


@pytest.mark.compiled
def test_force_inside_a_time_loop():
    """A gradient of the potential inside a loop with a `while`."""
    assert_close(simulated(Q, 2.0, 5), simulated_by_hand(Q, 2.0, 5), TOL, "value")
    both_modes(simulated, (Q, 2.0, 5), complex_gradient(simulated_by_hand, Q, 2.0, 5))


curvature = srcad.hessian(energy)
along = srcad.hvp(energy)
everything = srcad.value_grad_hvp(energy)


def newton_step(q, k):
    return np.sum(np.linalg.solve(curvature(q, k), force(q, k)) ** 2)


def curved(q, k):
    p = along(q, q, k)
    value, g, h = everything(q, p, k)
    return value * np.sum(g * h)


def energy_by_hand(q, k):
    d = q - np.concatenate((np.zeros(1, q.dtype), q[:-1]))
    first, second = k * d + 0.4 * d**3, k + 1.2 * d**2
    value = np.sum(0.5 * k * d * d + 0.1 * d**4) + np.sin(q[0])
    shift = np.eye(q.size) - np.eye(q.size, k=-1)
    gradient = shift.T @ first
    gradient[0] += np.cos(q[0])
    hessian = (shift.T * second) @ shift
    hessian[0, 0] -= np.sin(q[0])
    return value, gradient, hessian


@pytest.mark.compiled
def test_hessians_inside():
    """A Newton step, and products with the Hessian: third derivatives come out right."""

    def newton_by_hand(q, k):
        _, g, h = energy_by_hand(q, k)
        return np.sum(np.linalg.solve(h, g) ** 2)

    def curved_by_hand(q, k):
        value, g, h = energy_by_hand(q, k)
        return value * np.sum(g * (h @ (h @ q)))

    for func, by_hand in ((newton_step, newton_by_hand), (curved, curved_by_hand)):
        assert_close(func(Q, 2.0), by_hand(Q, 2.0), TOL, "value")
        both_modes(func, (Q, 2.0), complex_gradient(by_hand, Q, 2.0))


def warp(x, a):
    return np.array([x[0] ** 2 + a * x[1], np.sin(x[1]) * x[0]]), x[0] * a


def volume(x, a):
    jacobian, slope = srcad.jacobian(warp)(x, a)
    return jacobian[0, 0] * jacobian[1, 1] - jacobian[0, 1] * jacobian[1, 0] + slope[0] ** 2


def volume_by_hand(x, a):
    return 2 * x[0] * np.cos(x[1]) * x[0] - a * np.sin(x[1]) + a * a


def test_jacobian_made_inside():
    """`srcad.jacobian(f)(x)` of a function with several outputs."""
    x, a = np.array([1.3, 0.4]), 0.7
    both_modes(volume, (x, a), complex_gradient(volume_by_hand, x, a))
    both_modes(volume, (x, a), 2 * a - np.sin(x[1]), 1)


# Optimisers inside ---------------------------------------------------------------------------


def payoff(x, y, a):
    return 0.5 * x * x + a * x * y - y * y + y


by_y = srcad.grad(payoff, 1)


def best_response(x, a):
    y = 0.0
    while True:
        g = by_y(x, y, a)
        if abs(g) < 1e-13:
            return y
        y += 0.4 * g


def upper(x, a):
    return payoff(x, best_response(x, a), a)


slope_of_upper = srcad.grad(upper)


def minimum_over_maximum(x, a):
    for _ in range(200):
        g = slope_of_upper(x, a)
        if abs(g) < 1e-12:
            break
        x -= 0.5 * g
    return x


@pytest.mark.slow
def test_minimum_over_maximum():
    """Descent on what ascent finds, with convergence tests: x* = -a / (2 + a^2)."""
    a = 0.8
    with as_plain_python():
        assert_close(minimum_over_maximum(0.3, a), -a / (2 + a * a), 1e-10, "value")
        slope = plain(srcad.jacfwd(minimum_over_maximum, "a").py_func)(0.3, a)
    assert_close(slope, (a * a - 2) / (2 + a * a) ** 2, 1e-8, "slope")


# Higher orders -------------------------------------------------------------------------------


def quintic(x):
    return x**5


def test_gradients_of_gradients():
    """To the fifth order."""
    func, expected = quintic, [5 * 2.0**4, 20 * 2.0**3, 60 * 2.0**2, 120 * 2.0, 120.0, 0.0]
    with as_plain_python():
        for value in expected:
            func = srcad.grad(func)
            assert_close(plain(func.py_func)(2.0), value, TOL, "derivative")


def test_third_derivatives():
    """The derivative of a Hessian is symmetric in all of its axes."""
    with as_plain_python():
        third = plain(srcad.jacfwd(srcad.hessian(energy)).py_func)(Q, 2.0)
    for axes in ((1, 0, 2), (0, 2, 1), (2, 1, 0)):
        assert_close(third, third.transpose(axes), TOL, "symmetric")
    assert abs(third[2, 2, 2] - 2.4 * (Q[2] - Q[1])) < TOL
