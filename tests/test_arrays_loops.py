"""Arrays that a loop replaces by others, as NumPy code does: `x = x - 0.1 * g`."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python, assert_close

program = programs()


def pendulum(y):
    out = np.empty_like(y)
    out[0] = y[1]
    out[1] = -np.sin(y[0])
    return out


@program((vec(2), 4, 0.1), (vec(2), 0, 0.1))
def runge_kutta(y, n, h):
    for _ in range(n):
        k1 = pendulum(y)
        k2 = pendulum(y + 0.5 * h * k1)
        k3 = pendulum(y + 0.5 * h * k2)
        k4 = pendulum(y + h * k3)
        y = y + h / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum(y**2)


@program((vec(3),), (np.zeros(0),))
def grown_until_large(x):
    n = 0
    while np.sum(x * x) < 100.0 and n < 30:
        x = x * 1.5 + 0.1
        n += 1
    return np.sum(x)


@program((vec(3),))
def returned_from_the_loop(x):
    for _ in range(10):
        x = x * 1.3
        if np.max(x) > 2.0:
            return np.sum(x)
    return np.prod(x)


@program((vec(4),))
def gradient_descent_with_moments(x):
    m = np.zeros_like(x)
    v = np.zeros_like(x)
    for _ in range(3):
        g = 2 * x + np.cos(x)
        m = 0.9 * m + 0.1 * g
        v = 0.99 * v + 0.01 * g**2
        x = x - 0.1 * m / (np.sqrt(v) + 1e-3)
    return np.sum(x**2)


@program((vec(3, 3), vec(3)))
def power_iteration(a, x):
    a = a @ a.T
    for _ in range(6):
        y = a @ x
        x = y / np.sqrt(np.sum(y * y))
    return x @ a @ x


@program((vec(5),))
def replaced_or_written(x):
    y = x * 2
    for i in range(4):
        if y[i] > 0:
            y = y * 0.5 + x
        else:
            y[i] = x[i] ** 2
    return np.sum(y)


@program((vec(6),))
def passed_round(x):
    a = x[:3].copy()
    b = x[3:].copy()
    for _ in range(5):
        a, b = b, a * 0.5 + b
    return np.sum(a * b)


@program((vec(4, 4),))
def jacobi(u):
    for _ in range(3):
        un = u.copy()
        un[1:-1, 1:-1] = 0.25 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2])
        u = un
    return np.sum(u**2)


@program((vec(5),))
def newton_until_it_converges(x):
    y = np.ones_like(x)
    for _ in range(30):
        d = (y**3 - np.abs(x) - 1) / (3 * y**2)
        y = y - d
        if np.max(np.abs(d)) < 1e-12:
            break
    return np.sum(y)


@program((vec(4, 3), vec(4)))
def least_squares_by_descent(x, y):
    w = np.zeros(x.shape[1])
    for _ in range(5):
        w -= 0.1 * x.T @ (x @ w - y)
    return np.mean((x @ w - y) ** 2)


@program((vec(5),))
def best_so_far(x):
    best = x
    for i in range(5):
        x = x * 0.9 + np.sin(i + x)
        if np.sum(x) > np.sum(best):
            best = x
    return np.sum(best * best)


@program((vec(8),))
def product_by_halves(x):
    x = x.copy()
    n = len(x)
    while n > 1:
        n //= 2
        x[:n] = x[:n] * x[n : 2 * n]
    return x[0]


@parametrized(program)
def test_value_and_derivatives(func, args, mutates):
    check(func, args, mutates)


@pytest.mark.compiled
def test_compiled():
    check(runge_kutta, (vec(2), 4, 0.1), compiled=True)
    check(best_so_far, (vec(5),), compiled=True)


def written_under_the_name_of_the_iteration_before(x):
    """`c` is `b` until the next iteration has written it."""
    b = x.copy()
    c = np.zeros_like(x)
    for _ in range(2):
        b[0] += x[1]
        b = c * 1.0
        for _ in range(2):
            c = b
    return np.sum(x * c)


def test_two_names_of_an_array_that_is_written_are_not_carried_apart():
    """The reverse sweep has both arrays in one, and follows their numbers."""
    func, x = written_under_the_name_of_the_iteration_before, vec(3)
    with as_plain_python():
        out, out_dot = srcad.jvp(func, (x,), (np.ones(3),))
        assert_close((out, out_dot), (x[0] * x[1], x[0] + x[1]), 1e-12, "forward")
        gradient = srcad.grad(func)(x)
    assert_close(gradient, np.array([x[1], x[0], 0.0]), 1e-12, "reverse")


def by_flat(x, k):
    y = np.zeros((2, 2))
    y.flat[1] = x[0]
    y.flat[-1] += x[1] * x[0]
    for i in range(4):
        y.flat[i] = y.flat[i] + x[i] ** 2
    y.T.flat[k] *= 3.0
    return (y**2).sum() + x.flat[2] * y.flat[k]


def test_elements_counted_row_by_row():
    x = np.array([1.1, 0.7, 1.3, 0.9])
    with as_plain_python():
        srcad.check_grads(by_flat, (x, 1))
        srcad.check_grads(by_flat, (x, -4), modes="rev")
        for outside in (4, -5):
            with pytest.raises(IndexError, match="outside of the array"):
                srcad.grad(by_flat)(x, outside)
        with pytest.raises(srcad.NotDifferentiable, match="must be one integer"):
            srcad.grad(lambda x: x.flat[1:2])(x)
