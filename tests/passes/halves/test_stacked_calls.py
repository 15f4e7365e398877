"""Calls that keep on a stack what the way back needs: once forward, once back."""

import sys

import numpy as np
import pytest

import srcad
from tests.gradient_checks import check
from tests.harness import as_plain_python
from tests.treatments import reversed_source

X = np.array([0.5, 1.25, 0.75, 1.5])


def chain(x, m):
    return 1.0 if m == 0 else x[m] * np.sin(chain(x, m - 1))


def tree(x, n):
    if n < 2:
        return x[n]
    return tree(x, n - 1) * x[n] + np.cos(tree(x, n - 2))


def tower(a, n):
    if n <= 0:
        return a
    return np.sin(tower(a * 1.1, n - 1)) * a


def steps(x, lo, hi):
    s = 0.0
    for i in range(lo, hi):
        s += x[i] * steps(x, i + 1, hi) + x[i]
    return s


def search(x, n):
    t = x[n]
    k = 0
    while t < 3.0:
        t = t * 1.5 + 0.1 * x[k % 3]
        k += 1
        if k > 4:
            break
        if n > 0 and k % 2 == 0:
            t += 0.1 * search(x, n - 1)
    return t * t


def even(x, n):
    return x[0] if n == 0 else np.sin(odd(x, n - 1)) * x[1]


def odd(x, n):
    return x[1] if n == 0 else even(x, n - 1) * even(x, n - 2 if n > 1 else 0)


def counted(x, n, w):
    w[0] += 1
    if n < 2:
        return x[n] * w[0]
    return counted(x, n - 1, w) * x[n] + counted(x, n - 2, w)


def minors(a, n, used, row):
    if row == n:
        return 1.0
    s = 0.0
    sign = 1.0
    for j in range(n):
        if used[j] == 0:
            used[j] = 1
            s += sign * a[row, j] * minors(a, n, used, row + 1)
            used[j] = 0
            sign = -sign
    return s


def squares(y, n):
    if n == 0:
        return y * y
    z = squares(y, n - 1)
    return z * y + 0.5 * z


def sorted_in_place(x, lo, hi):
    for i in range(lo, hi):
        if x[i] < x[lo]:
            x[i], x[lo] = x[lo], x[i]
    if hi - lo > 1:
        sorted_in_place(x, lo + 1, hi)
        x[lo] *= 1.1


def two(x, y, n):
    if n == 0:
        return x[0] * y[1]
    return two(x, y, n - 1) * x[n] + y[n]


def pieces(x):
    if x.size < 2:
        return x[0] * x[0]
    h = x.size // 2
    return np.sin(pieces(x[:h])) * pieces(x[h:]) + pieces(x[::2])


def several(x, n):
    if n == 0:
        return x[0], 1, x[1] * x[1]
    a, k, b = several(x, n - 1)
    c, j, d = several(x, n - 1)
    return a * d * x[n], k + j, np.sin(b + c * k)


def rebinding(p, q, n):
    if n == 0:
        return p * q
    if p < 1.0:
        p = np.sin(q) * p
    return rebinding(q, p, n - 1) * p


def argument_bound_again(x):
    return rebinding(x[0], x[1], 3) * rebinding(x[1], x[0], 2)


def in_a_loop(x):
    s = 0.0
    for i in range(4):
        s += x[i] * np.sin(tree(x, i))
    return s


def same_in_each_iteration(x):
    s = x[0]
    for i in range(3):
        s = s * np.sin(tree(x, 3)) + x[i]
    return s


def twice_the_same(x):
    return np.sin(tree(x, 3)) * tree(x, 3) + tree(x, 3) ** 2


def in_branches(x):
    s = x[0]
    for i in range(4):
        if x[i] > 1.0:
            s = np.sin(tree(x, 2)) * s
        elif i == 0:
            s = chain(x, 2) * s
        else:
            s = s * s
    return s


def in_nested_loops(x):
    s = 1.0
    for i in range(2):
        for j in range(i + 2):
            s = s * tower(x[j] * s, 2) + 0.1
        s += tower(s, 1)
    return s


def in_a_while_loop(x):
    s = x[0]
    k = 0
    while s < 5.0 and k < 6:
        s = s * 1.3 + chain(x, k % 3)
        k += 1
    return s


def recursive_loop(x):
    return np.sin(steps(x, 0, 4))


def recursive_while(x):
    return search(x, 2)


def mutual(x):
    return even(x, 4) * odd(x, 3)


def counts(x):
    w = np.zeros(2, np.int64)
    return counted(x, 3, w) * w[0]


def determinant(x):
    a = np.outer(x, x) + np.diag(x)
    return minors(a, 4, np.zeros(4, np.int64), 0)


def array_result(x):
    y = squares(x, 2)
    z = squares(y, 1)
    return y[0] * z[1] + z[2] * x[3]


def written_floats(x):
    y = x * x
    sorted_in_place(y, 0, 4)
    return y[0] * x[1] + y[3] * y[2]


def one_array_twice(x):
    return two(x, x, 3) + two(x, x[::-1], 2)


def views(x):
    return pieces(x) + pieces(x[1:])


def several_results(x):
    a, k, b = several(x, 2)
    return a * k + b


PROGRAMS = [
    *(in_a_loop, same_in_each_iteration, twice_the_same, in_branches, in_nested_loops),
    *(in_a_while_loop, recursive_loop, recursive_while, mutual, counts, determinant),
    *(array_result, written_floats, one_array_twice, views, several_results),
    argument_bound_again,
]


@pytest.mark.slow
@pytest.mark.parametrize("func", PROGRAMS)
def test_gradient(func):
    """Value, gradient and tangents are those of the function."""
    check(func, X)


@pytest.mark.slow
@pytest.mark.parametrize("func", [mutual, determinant])
def test_second_order(func):
    """Both ways to a product of the Hessian are differences of the gradient, and symmetric."""
    gradient = srcad.grad(func)
    u, v = np.array([0.3, -0.2, 0.5, 0.1]), np.array([0.1, 0.7, -0.4, 0.2])
    with as_plain_python():
        _, ahead = srcad.jvp(gradient, (X,), (u,))
        (back,) = srcad.vjp(gradient, X)[1](u)
        _, other = srcad.jvp(gradient, (X,), (v,))
        step = 1e-5
        slope = (gradient(X + step * u) - gradient(X - step * u)) / (2 * step)
    assert ahead == pytest.approx(slope, rel=1e-6, abs=1e-6)
    assert back == pytest.approx(ahead, rel=1e-9, abs=1e-9)
    assert v @ ahead == pytest.approx(u @ other, rel=1e-9)


def texts(func, *args):
    source, _ = reversed_source(func, *args)
    return source


@pytest.mark.parametrize(
    "func", [in_a_loop, recursive_loop, recursive_while, mutual, counts, determinant]
)
def test_no_function_runs_again(func):
    """No pullback is left that would compute its function again."""
    assert "_backward(" in texts(func, X)
    assert "_pullback" not in texts(func, X)


def test_adjoints_of_arrays_are_given():
    """The callee adds to the caller's array; scratch is changed where it is."""
    source = texts(determinant, X)
    body = source[source.index("def minors_backward") :]
    assert "zeros_like" not in body
    assert ".copy()" not in body


def calls_of(func, depth):
    """Return how many functions of generated code a gradient calls."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        count += event == "call" and frame.f_code.co_filename.startswith("<srcad")

    x = np.linspace(0.5, 1.5, depth + 1)
    with as_plain_python():
        gradient = srcad.grad(func, argnums=0)
        gradient(x, depth)
        sys.setprofile(trace)
        try:
            gradient(x, depth)
        finally:
            sys.setprofile(None)
    return count


def test_cost_grows_with_the_depth():
    """Twice as deep is twice as long: each level runs once forward and once back."""
    few, many = calls_of(chain, 20), calls_of(chain, 40)
    assert 0 < many <= 2.2 * few
