"""What is kept of arrays that are overwritten, and what needs not be kept at all."""

import re

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()


def spd(n):
    return 0.3 * vec(n, n) + n * np.eye(n)


@program((spd(4),), (spd(1),), (np.zeros((0, 0)),))
def factorised(a):
    low = np.zeros(a.shape)
    n = a.shape[0]
    for j in range(n):
        low[j, j] = np.sqrt(a[j, j] - np.sum(low[j, :j] * low[j, :j]))
        for i in range(j + 1, n):
            low[i, j] = (a[i, j] - np.sum(low[i, :j] * low[j, :j])) / low[j, j]
    return np.sum(low**3)


@program((vec(5, 5), vec(5)))
def backwards_substituted(a, x):
    x = x.copy()
    for j in range(len(x) - 1, -1, -1):
        for k in range(len(x) - 1, j, -1):
            x[j] -= a[j, k] * x[k]
        x[j] /= 2.0 + a[j, j]
    return np.sum(x * x)


@program((vec(4, 3),), (vec(1, 2),), (vec(2, 0),))
def made_orthogonal(a):
    q = np.copy(a)
    for i in range(a.shape[0]):
        for k in range(i):
            q[i] -= np.sum(q[k] * q[i]) * q[k]
        q[i] /= np.sqrt(np.sum(q[i] * q[i]) + 0.1)
    return np.sum(q**3)


@program((vec(6),))
def written_once(x):
    y = np.zeros(6)
    for i in range(6):
        y[i] = np.exp(np.sin(x[i]) * x[i]) ** 2
    return np.sum(y * np.cos(y))


@program((spd(4),))
def meets_the_diagonal(a):
    low = np.zeros(a.shape)
    n = a.shape[0]
    for j in range(n):
        low[j, j] = np.sqrt(a[j, j])
        for i in range(j, n):
            low[i, j] = np.sin(a[i, j] * low[j, j]) + low[i, j]
    return np.sum(low**3)


@program((vec(5),))
def from_the_end(x):
    x = x.copy()
    for i in range(5):
        for k in range(i):
            x[i] = np.sin(x[i] * x[k - 1])
    return np.sum(x * x)


@program((vec(6),))
def one_too_many(x):
    x = x.copy()
    for i in range(5):
        for k in range(i + 2):
            x[i] = np.sin(x[i] * x[k])
    return np.sum(x * x)


@program((vec(6), 3), (vec(6), 0))
def bounded_by_something_else(x, m):
    x = x.copy()
    for i in range(5):
        for k in range(max(min(i, m), 1)):
            x[i] = np.sin(x[i] * x[k]) + x[k]
    return np.sum(x * x)


@program((vec(6), 3))
def the_whole_again(x, steps):
    x = x.copy()
    for _ in range(steps):
        for i in range(6):
            for k in range(i):
                x[i] = np.sin(x[i] * x[k])
    return np.sum(x * x)


@program((vec(6),))
def while_it_goes_on(x):
    x = x.copy()
    i = 1
    while i < 6:
        for k in range(i):
            x[i] = np.sin(x[i] * x[k])
        i += 2
    return np.sum(x * x)


@program((vec(6),))
def every_other(x):
    x = x.copy()
    for i in range(4, -1, -2):
        for k in range(i + 1, 6, 2):
            x[i] = np.sin(x[i] * x[k])
    return np.sum(x * x)


@program((vec(6),))
def through_a_view(x):
    x = x.copy()
    v = x[1:]
    for i in range(5):
        for k in range(i):
            v[i] = np.sin(v[i] * x[k] * v[k])
    return np.sum(x * x)


@program((vec(4, 4),))
def transposed(x):
    x = x.copy()
    for i in range(4):
        for k in range(i):
            x[i, k] = np.sin(x[k, i] * x[i, k])
            x[k, i] = np.cos(x[i, k] * x[k, i])
    return np.sum(x * x)


@program((vec(5),))
def stored_and_overwritten(x):
    y = np.zeros(6)
    for i in range(5):
        y[i] = np.exp(np.sin(x[i]) * x[i]) ** 2
        y[i + 1] = np.exp(np.cos(x[i]) * x[i]) ** 2
    return np.sum(y * np.cos(y))


@program((vec(5),))
def stored_twice_in_a_row(x):
    y = np.zeros(5)
    for i in range(5):
        t = np.exp(np.sin(x[i]) * x[i])
        y[i] = 3.0
        x_i = y[i] * x[i]
        y[i] = t * t
        y[i] = t
        y[0] = x_i
    return np.sum(y * np.cos(y))


@program((vec(5),))
def stored_for_some(x):
    y = np.zeros(5)
    for i in range(5):
        t = np.exp(np.sin(x[i]) * x[i])
        if x[i] > 0:
            y[i] = t
        y[i] += t * t
    return np.sum(y * np.cos(y))


@program((vec(5),))
def stored_in_turns(x):
    a, b = np.zeros(3), np.zeros(3)
    for i in range(5):
        t = np.exp(np.sin(x[i]) * x[i])
        a[1] = t
        a[0] = t * t + b[1]
        a, b = b, a
    return np.sum(a * np.cos(b))


@program((vec(5), np.array([1, 0, 3, 1, 2])))
def stored_by_a_table(x, where):
    y = np.zeros(5)
    for i in range(5):
        y[where[i]] = np.exp(np.sin(x[i]) * x[i])
    return np.sum(y * np.cos(y))


@program((vec(8),))
def neighbours_in_place(u):
    u = u.copy()
    for _ in range(3):
        for i in range(1, 7):
            u[i] = u[i - 1] * u[i] * np.sin(u[i + 1])
    return np.sum(u * u)


@program((vec(8),))
def read_less_than_written(u):
    u = u.copy()
    s = 0.0
    for k in range(7):
        s += np.sin(u[k])
        for i in range(8):
            u[i] = 0.9 * u[i] + s
    return s


@parametrized(program)
def test_overwritten(func, args, mutates):
    """The right derivative, whatever is kept."""
    check(func, args, mutates)


def source_of(func):
    """Return the derivative of one of the programs as text."""
    args = next(row[1] for row in program if row[0] is func)
    return srcad.differentiate(func).inspect_adjoint(*args, compiled=True)


def test_nothing_is_put_back():
    """Indices that the loops keep apart: no element that is read again is overwritten."""
    assert "low_saved" not in source_of(factorised)
    assert "x_1_saved" not in source_of(backwards_substituted)
    assert "x_1_saved" in source_of(one_too_many)


def test_what_is_read_is_kept_where_that_is_less():
    """No element is put back where no more is read than is overwritten."""
    assert "q_saved" not in source_of(made_orthogonal)
    assert "u_1_saved" not in source_of(read_less_than_written)
    assert "u_1_saved" in source_of(neighbours_in_place)


def test_a_value_is_read_where_it_was_stored():
    """What an array still holds is not kept beside it, unless the array rounds it."""

    def rooted(x):
        y = np.zeros(6)
        for i in range(6):
            y[i] = np.sqrt(x[i])
        return np.sum(y * y)

    def rounded(x):
        y = np.zeros(6, np.float32)
        for i in range(6):
            y[i] = np.sqrt(x[i])
        return np.sum(y * y)

    assert "saved" not in srcad.differentiate(rooted).inspect_adjoint(np.ones(6), compiled=True)
    assert "saved" not in source_of(factorised)
    assert "saved" in srcad.differentiate(rounded).inspect_adjoint(np.ones(6), compiled=True)


@pytest.mark.parametrize("func", [factorised, made_orthogonal, stored_and_overwritten])
def test_second_derivatives(func):
    """Derivatives of these derivatives, in both modes."""
    args = next(row[1] for row in program if row[0] is func)
    v = np.random.default_rng(5).standard_normal(args[0].shape)
    gradient = srcad.grad(func)
    with as_plain_python():
        _, forward = srcad.jvp(gradient, args, (v,))
        _, pullback = srcad.vjp(gradient, *args)
        (reverse,) = pullback(v)
        step, slope = 1e-5, srcad.grad(func)
        expected = (slope(args[0] + step * v) - slope(args[0] - step * v)) / (2 * step)
    assert forward == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert reverse == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_memory_follows_the_writes():
    """A few elements that are read often are put back: that many values are not kept."""

    def looked_up(x, where):
        x = x.copy()
        s = 0.0
        for _ in range(3):
            for k in range(len(where)):
                s += np.sin(x[where[k]])
            for i in range(len(x)):
                x[i] = x[i] * s
        return s

    def sometimes_written(x, where):
        x = x.copy()
        s = 0.0
        for k in range(len(where)):
            s += np.sin(x[0])
            if where[k] > 1:
                x[0] = s
        return s

    args = np.ones(4), np.array([0, 1, 0, 0, 1, 3])
    for func in (looked_up, sometimes_written):
        check(func, args)
        assert "x_1_saved" in srcad.differentiate(func).inspect_adjoint(*args, compiled=True)


def stages(x, v, steps):
    x, v = x.copy(), v.copy()
    for _ in range(steps):
        for i in range(len(x)):
            k1, l1 = v[i], (1.0 - x[i] * x[i]) * v[i] - x[i]
            x2, k2 = x[i] + 0.05 * k1, v[i] + 0.05 * l1
            l2 = (1.0 - x2 * x2) * k2 - x2
            x3, k3 = x[i] + 0.1 * k2, v[i] + 0.1 * l2
            l3 = (1.0 - x3 * x3) * k3 - x3
            x[i] += 0.05 * (k1 + k3)
            v[i] += 0.05 * (l1 + l3)
    return np.sum(x) * np.sum(v)


def test_what_follows_from_kept_elements_is_not_kept_as_well():
    """Both states are read once and written once in an iteration."""
    x, v = np.array([0.3, -0.4, 0.9]), np.array([0.7, 0.2, -0.5])
    text = srcad.differentiate(stages).inspect_adjoint(x, v, 3, argnums=(0, 1), compiled=True)
    assert len(re.findall(r"saved\w* = np\.empty", text)) == 2
    check(stages, (x, v, 3))
