"""Forward mode: the tangent of every kind of statement, and of nothing that has none."""

import numpy as np
import pytest

import srcad
from srcad.ir.show import show
from srcad.passes.modes.forward import forward
from tests.array_checks import fresh
from tests.harness import array_dtypes, as_plain_python, assert_close
from tests.ir_text import ir, run
from tests.oracle import dual_jvp, is_active

X = np.array([0.5, 1.25, 0.75])
TABLE = np.array([2.0, 3.0, 5.0])


def check(func, *args, dots=None):
    """Compare value and tangent with dual numbers."""
    if dots is None:
        dots = tuple(np.cos(3.0 * np.asarray(a)) if is_active(a) else None for a in args)
        dots = tuple(float(d) if d is not None and not np.ndim(d) else d for d in dots)
    expected = dual_jvp(func, fresh(args), dots)
    with as_plain_python():
        out, out_dot = srcad.jvp(func, fresh(args), dots)
    assert_close(out, expected.out, 1e-12, "value")
    assert_close(out_dot, expected.out_dots, 1e-12, "tangent")


def additions(x):
    s, t, n = 0.0, 1.0, 0
    for i in range(x.size):
        s += x[i]
        s += 1.0
        s += i
        t += 2.0
        n += 2
    return s * t * n


def additions_to_elements(x):
    y, z = np.zeros(3), np.zeros(3)
    for i in range(x.size):
        y[i] += x[i] * x[i]
        y[0] += 2.0
        y[1] += i
        z[i] += 1.0
    return y[0] * y[1] * z[2]


def stores(x):
    y, z = np.empty(3), np.empty(3)
    for i in range(x.size):
        y[i] = x[i] * x[i]
        z[i] = 2.0
    y[0] = 3.0
    y[1] = z[1]
    return y[0] * y[1] * y[2]


def name_on_both_sides(x):
    s = x[0]
    s = s * s
    s = x[1] - s
    s = s / s + s * x[2]
    s = -s
    return s


def copies_of_numbers(x):
    a = x[0]
    b = a
    a = 2.0
    c = a
    a = x[1]
    return a * b * c


def filled(x):
    y = np.full(3, x[0])
    z = np.full_like(x, x[1])
    u = np.full(2, 3.0)
    return y[1] * z[2] * u[0]


def chosen_arrays(x):
    y = x * x
    z = y if x[0] > 0.6 else x
    w = x if x[1] > 0.6 else y
    return z[0] * w[1] * y[2]


def captured_array_beside_active_ones(x):
    s = 0.0
    for i in range(x.size):
        t = TABLE
        if x[i] > 0.6:
            t = x
        s += t[i] * x[0]
    return s


def views_and_copies(x):
    v = x[1:]
    w = v.copy()
    w[0] = x[0] * v[1]
    u = w
    u[1] = u[1] * 2.0
    return w[0] * w[1] * v[0]


def loops_and_branches(x):
    s, i = x[0], 0
    while (t := s * x[i]) < 4.0 and i < 2:
        i += 1
        if t > 0.5:
            s = t + x[i]
        else:
            s = s * 3.0
    return s * t


def integers_in_between(x):
    n = int(x[1] * 3.0)
    s = x[0] * n
    return s + n // 2


def steep_at_zero(x):
    s = x[0] - 0.5
    return np.sqrt(s * s * x[1]) + x[2]


@pytest.mark.parametrize(
    "func",
    [
        additions,
        additions_to_elements,
        stores,
        name_on_both_sides,
        copies_of_numbers,
        filled,
        chosen_arrays,
        captured_array_beside_active_ones,
        views_and_copies,
        loops_and_branches,
        integers_in_between,
    ],
)
def test_statements(func):
    """Each statement has its tangent beside it."""
    check(func, X)


def test_nothing_is_invented():
    """A zero tangent stays zero where the derivative is infinite."""
    with as_plain_python():
        _, dot = srcad.jvp(steep_at_zero, (X,), (np.array([0.0, 0.0, 2.0]),))
    assert dot == 2.0


def several_results(x, a, k):
    y = x * a
    return y, (a * a, k), x.size, 3.0, TABLE


def test_results_without_tangent():
    """Integers and constants have a tangent of zero, arrays one of zeros."""
    with as_plain_python():
        _, dots = srcad.jvp(several_results, (X, 2.0, 3), (X, 1.0, None))
    y_dot, (square_dot, k_dot), size_dot, three_dot, table_dot = dots
    assert np.allclose(y_dot, 3.0 * X)
    assert square_dot == 4.0
    assert (k_dot, size_dot, three_dot) == (0.0, 0.0, 0.0)
    assert np.array_equal(table_dot, np.zeros(3))


@pytest.mark.parametrize("wrt", [(0,), (1,), (0, 1), ()])
def test_arguments_without_tangent(wrt):
    """An argument that no tangent is asked for is a constant."""
    function = ir("def f(x, a):\n    y = x * a\n    y = y * a\n    return y")
    parts = [9.0, 2 * 2.0 * 3.0]
    (value, dot), _ = run(forward(function, wrt), 2.0, 3.0, *(1.0 for _ in wrt))
    assert value == 18.0
    assert dot == sum(parts[k] for k in wrt)


def overwritten(x, y):
    x[0] = x[1] * y[0]
    y[2] = 4.0
    return x[0] * y[2]


def test_written_arguments():
    """Value and tangent of what is written are outputs; the caller's arrays stay."""
    args, dots = (X.copy(), 2.0 * X), (X.copy(), np.ones(3))
    with as_plain_python():
        (_, x, y), (dot, x_dot, y_dot) = srcad.jvp(overwritten, args, dots)
    assert np.array_equal(x, [X[1] * 2 * X[0], X[1], X[2]])
    assert np.array_equal(y, [1.0, 2.5, 4.0])
    first = X[1] * 2 * X[0] + X[1]
    assert np.array_equal(x_dot, [first, X[1], X[2]])
    assert np.array_equal(y_dot, [1.0, 1.0, 0.0])
    assert dot == first * 4.0
    assert np.array_equal(args[0], X)
    assert np.array_equal(dots[0], X)
    assert np.array_equal(dots[1], np.ones(3))


def test_precision():
    """The tangent has the type of what it belongs to."""
    x = X.astype(np.float32)
    with as_plain_python():
        (y, *_), (y_dot, *_) = srcad.jvp(
            several_results, (x, np.float32(2), 3), (x, np.float32(1), None)
        )
    assert array_dtypes((y, y_dot)) == array_dtypes((y, y))


def test_example():
    """What the head of the module shows, for an element and its product."""
    function = ir("def f(x, y: A1, i: int):\n    t = x * x\n    y[i] = t\n    return t")
    made = forward(function, (0,))
    text = show(made, comments=False)[0]
    assert "y_dot[i] = t_dot" in text
    (values, dots), _ = run(made, 3.0, X, 1, 2.0)
    assert (values[0], dots[0]) == (9.0, 12.0)
    assert np.array_equal(dots[1], [0.0, 12.0, 0.0])


def test_an_addition_of_a_constant():
    """Only what is active is added to a tangent: in place, and to a number."""
    function = ir(
        "def f(x, s, y: A1, i: int):\n    s += 1.0\n    s += x\n"
        "    y[i] += 2.0\n    y[i] += x\n    return s"
    )
    (_, dots), _ = run(forward(function, (0,)), 3.0, 1.0, X, 1, 2.0)
    assert dots[0] == 2.0
    assert np.array_equal(dots[1], [0.0, 2.0, 0.0])
