"""Additions to one element around a loop: what may be carried, and what may not."""

import numpy as np
import pytest

import srcad
from srcad.ir.show import show
from srcad.passes.loops.scalar_sums import carry
from tests.array_checks import programs
from tests.bits import check_bits
from tests.ir_text import ours

FAR = 10**12
X = np.array([1.0, 2.0, 4.0])
TENTHS = np.array([0.2, 0.1])
MIXED = np.random.default_rng(7).normal(size=9)
PROGRAMS = programs()
SUMS = programs()
COUNTED_DOWN = programs()


@PROGRAMS((X, FAR), (X, 1))
def guarded_load(x, k):
    s = 0.0
    for i in range(5):
        if k < x.size:
            s += x[k] * x[k] * i
    return s


@PROGRAMS((X, FAR), (X, 1))
def guarded_store(x, k):
    s = np.zeros(3)
    for i in range(x.size):
        if k < 3:
            s[k] += x[i] * x[i]
    return np.sum(s)


@PROGRAMS((X, np.array([1.0, 2.0])))
def neighbour_guard(x, w):
    s = 0.0
    for j in range(x.size):
        right = j + 1
        for i in range(w.size):
            if right < x.size:
                s += x[right] * x[j] * w[i]
    return s


@PROGRAMS((X, FAR, 3), (X, 2, 3), (X, 2, 1))
def guard_in_the_other_branch(x, k, n):
    s = 0.0
    for i in range(n):
        if i < 1:
            s += x[0] * i
        elif k < 3:
            s += x[k] * x[i]
    return s


@PROGRAMS((X, FAR, 0), (X, 1, 2))
def loop_that_does_not_run(x, k, n):
    s = 0.0
    for i in range(n):
        s += x[k] * x[i]
    return s


@PROGRAMS((X, FAR, 0), (X, 1, 2))
def own_element_of_a_loop_that_does_not_run(x, k, n):
    s = np.zeros(3)
    for i in range(n):
        s[k] += x[i] * x[i]
    return s[0] + s[1]


@PROGRAMS((X, FAR, True), (X, 1, False))
def raises_first(x, k, wrong):
    s = np.zeros(3)
    for i in range(x.size):
        if wrong:
            raise ValueError("wrong")
        s[k] += x[i]
    return np.sum(s)


@PROGRAMS((X, FAR), (X, 1))
def raises_after_it(x, k):
    s = np.zeros(3)
    for i in range(x.size):
        s[k] += x[i]
        if i > 5:
            raise ValueError("far")
    return np.sum(s)


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_what_a_guard_protects_is_not_touched(func, args):
    """No element is added to, read or written that the function leaves alone."""
    check_bits(func, *args)


@SUMS((TENTHS,), (TENTHS[::-1].copy(),))
def branch_on_sum(x):
    s = np.zeros(1)
    s[0] = 0.3
    for i in range(x.size):
        s[0] += x[i]
    return x[0] * 10.0 if s[0] > 0.6 else x[0]


@SUMS((np.ones(12), 1e16), (np.full(2, 1.6e308), -1.7e308), (np.full(3, 0.1), 0.3))
def started_sum(x, start):
    s = np.zeros(1)
    s[0] = start
    for i in range(x.size):
        s[0] += x[i]
    return s[0]


@SUMS((TENTHS, 0.3), (MIXED, 0.3))
def nested_sum(x, start):
    s = np.full(2, start)
    for i in range(x.size):
        for j in range(x.size):
            s[1] += x[j] * x[i]
    return s[0] + s[1]


@SUMS((MIXED, 0.6, 0), (MIXED, 0.6, -1))
def two_indices_that_meet(x, start, k):
    s = np.full(1, start)
    for i in range(x.size):
        s[0] += x[i]
        s[k] += x[i] * 3.7
        s[0] -= x[i] * 3.7
    return s[0]


@SUMS((MIXED, 0.6))
def two_literals(x, start):
    s = np.full(3, start)
    for i in range(x.size):
        s[0] += x[i]
        s[2] -= x[i] * 3.7
        s[0] += x[i] * 3.7
        s[-1] += x[i] * 3.7
    return s[0] * s[2]


@SUMS((MIXED, np.array([0.3, 0.6])))
def array_and_view(x, start):
    s = start.copy()
    v = s[0:1]
    for i in range(x.size):
        v[0] += x[i] * 3.7
        s[0] += x[i]
        v[0] -= x[i] * 3.7
    return s[0] + s[1]


@SUMS((MIXED, 0.6))
def sum_that_is_read(x, start):
    s = np.full(1, start)
    t = 0.0
    for i in range(x.size):
        s[0] += x[i]
        t += s[0] * s[0]
    return t


@SUMS((MIXED, 0.6))
def sum_in_a_branch(x, start):
    s = np.full(1, start)
    for i in range(x.size):
        s[0] += x[i]
        if x[i] > 0.15:
            s[0] += x[i] * 3.7
        else:
            s[0] -= 0.7
    return s[0]


@SUMS((np.array([-0.0, -0.0]),), (np.array([-0.0, 0.0]),))
def zeros_with_signs(x):
    s = np.zeros(1)
    s[0] = -0.0
    for i in range(x.size):
        s[0] += x[i]
    return s[0]


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in SUMS for args in rows]
)
def test_additions_of_the_user_keep_their_order(func, args):
    """The value that comes with a derivative is the function's own, to the last bit."""
    check_bits(func, *args, exact_only=args[-1] is not None and np.max(np.abs(args[-1])) > 1e300)


@COUNTED_DOWN((X, 1, 2), (X, 0, 0), (X, FAR, -1))
def ours_in_a_loop_that_counts_down(x, k, n):
    s = 0.3
    for i in range(n, -1, -1):
        s += x[k] * x[i] * s
    return s


@COUNTED_DOWN((X, 1, 2), (X, 0, 0), (X, FAR, -1))
def the_users_in_a_loop_that_counts_down(x, k, n):
    s = np.full(3, 0.3)
    for i in range(n, -1, -1):
        s[k] += x[i] * 3.7
    return s[0] * s[1] - s[2]


@COUNTED_DOWN((X, 1, 2, -1), (X, 1, 0, 1), (X, FAR, 2, 1))
def a_step_that_is_an_argument(x, k, n, step):
    s = np.full(3, 0.3)
    t = 0.3
    for i in range(n, 1, step):
        s[k] += x[i] * x[k]
        t += x[k] * x[i] * t
    return s[0] * s[1] - t


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in COUNTED_DOWN for args in rows]
)
def test_loops_that_count_down(func, args):
    """They run where they start above their stop; else no element is touched."""
    check_bits(func, *args)


def carried(body):
    """Return the text of a program whose additions are ours, after the pass."""
    function = ours(
        f"def f(w: A1, k: int, n: int):\n    x = np.zeros(9)\n    {body}\n    return x\n"
    )
    return show(carry(function), comments=False)[0]


def test_additions_to_elements_alone_are_carried():
    """Elements of rows or slices are more than one number; indices that move are others."""
    assert "x[k] += x_k" in carried("for i in range(n):\n        x[k] += w[i]")
    assert "x[0:2] += w" in carried("for i in range(n):\n        x[0:2] += w")
    assert "x[i] +=" in carried("for i in range(n):\n        x[i] += w[i]")
    moves = "for i in range(n):\n        x[k] += w[i]\n        k = k + 1"
    assert "        x[k] +=" in carried(moves)


def test_single_precision_sums_keep_their_order():
    """A float32 accumulator stays one."""

    def total(x):
        s = np.zeros(1, dtype=np.float32)
        s[0] = 2.0**24
        for i in range(x.size):
            s[0] += x[i]
        return s[0]

    check_bits(total, np.ones(8, np.float32), exact_only=True)


def test_doubles_into_a_single_precision_element():
    """Each sum is rounded to single precision, as the element would do."""

    def total(x):
        s = np.zeros(1, dtype=np.float32)
        s[0] = 2.0**24
        for i in range(x.size):
            s[0] += x[i]
        return np.float64(s[0])

    check_bits(total, np.full(8, 0.9), exact_only=True)


def source(func, *args):
    return srcad.differentiate(func).inspect_adjoint(*args, compiled=True)


def test_ours_are_carried():
    """The adjoint of a number that all iterations read is summed in a scalar."""

    def scaled(x, k):
        s = 0.0
        for i in range(x.size):
            s += x[k] * x[i]
        return s

    assert "x_bar_k" in source(scaled, X, 1)


def test_a_sum_in_the_order_of_the_user_is_kept_in_a_scalar():
    """The element is read before the loop and written behind it."""

    def product(a, b):
        c = np.zeros((2, 2))
        for i in range(2):
            for j in range(2):
                for k in range(2):
                    c[i, j] += a[i, k] * b[k, j]
        return c[0, 0] * c[1, 1]

    text = source(product, np.eye(2), np.ones((2, 2)))
    assert "c_i_j = c[i, j]" in text
    assert "c[i, j] = c_i_j" in text
