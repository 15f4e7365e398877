"""Whole arrays as loops: extents that stay what they were, and buffers of branches."""

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, pos, programs, vec
from tests.harness import as_plain_python
from tests.own_call import check_everywhere, check_raises, own_call

PROGRAMS = programs()
PAIR = np.array([0.5, 0.25])


# Sizes whose names are assigned again ---------------------------------------------------


@PROGRAMS((PAIR, 3), (PAIR, 1), (PAIR, 0))
def zeros_of_argument(x, n):
    b = np.zeros(n)
    n = 1
    b += x[0]
    return np.sum(b)


@PROGRAMS((PAIR, 3))
def ones_of_argument(x, n):
    b = np.ones((n, 2))
    n = 1
    b += x
    return np.sum(b * b)


@PROGRAMS((PAIR, 3))
def full_of_argument(x, n):
    b = np.full(n, x[1])
    n = 1
    b += x[0]
    return np.sum(b * b)


@PROGRAMS((PAIR, 3))
def empty_of_argument(x, n):
    b = np.empty(n)
    n = 1
    b[:] = x[0]
    return np.sum(b * b)


@PROGRAMS((vec(6), 3))
def reshaped_to_argument(x, n):
    b = x.reshape(n, 2)
    n = 1
    return np.sum(b * b[0])


@PROGRAMS((PAIR, 3))
def eye_of_argument(x, n):
    b = np.eye(n)
    n = 1
    b = b * x[0]
    return np.sum(b)


@PROGRAMS((PAIR, 3))
def linspace_of_argument(x, n):
    b = np.linspace(x[0], x[1], n)
    n = 1
    b = b * x[0]
    return np.sum(b)


@PROGRAMS((PAIR, 3))
def broadcast_to_argument(x, n):
    b = np.broadcast_to(x, (n, 2))
    n = 1
    return np.sum(b * x[0] * b)


@PROGRAMS((PAIR, 3))
def broadcast_to_name(x, n):
    m = n - 1
    b = np.broadcast_to(x, (m, 2)) * x
    m = 1
    c = np.zeros((m, 2)) + x
    return np.sum(b * b) + np.sum(c * c)


@PROGRAMS((PAIR, 3))
def repeated_by_argument(x, n):
    b = np.tile(x, n) * 1.0
    c = np.repeat(x, n)
    n = 1
    return np.sum(b * c)


@PROGRAMS((vec(5), 3), (vec(5), 4))
def slices_up_to_argument(x, n):
    b = x[1:n] * x[0 : n - 1]
    n = 1
    b += x[2]
    return np.sum(b * x[1])


@PROGRAMS((vec(5), 3))
def argument_counts_down(x, n):
    b = np.zeros(n)
    for k in range(2):
        b += x[k + 1] * x[k]
        n = n - 1
    return np.sum(b * b) + n


@PROGRAMS((PAIR, 3))
def size_that_stays(x, n):
    """One step away: nothing assigns the size."""
    b = np.zeros(n)
    b += x[0]
    return np.sum(b * b)


# Arrays that both branches make ---------------------------------------------------------


@PROGRAMS((vec(4), 3))
def other_branch_reads_the_old(x, n):
    s = 0.0
    for i in range(n):
        if i == 0:
            a = x * 2.0
        else:
            a = x * a[0]
        s += np.sum(a)
    return s


@PROGRAMS((vec(4), 3))
def first_value_before_the_loop(x, n):
    a = x + 1.0
    s = 0.0
    for i in range(n):
        if i % 2 == 0:
            a = x * a[1]
        else:
            a = a * a[0]
        s += np.sum(a)
    return s


@PROGRAMS((vec(4), 3))
def nested_branch_reads_the_old(x, n):
    s = 0.0
    for i in range(n):
        if i == 0:
            a = x * 2.0
        elif i == 1:
            a = x * a[0]
        else:
            t = np.sum(a)
            a = x * t
        s += np.sum(a)
    return s


@PROGRAMS((vec(4), 3))
def loop_in_branch_reads_the_old(x, n):
    s = 0.0
    for i in range(n):
        if i == 0:
            a = x * 2.0
        else:
            for j in range(4):
                s += a[j]
            a = x * s
        s += np.sum(a)
    return s


@PROGRAMS((vec(4), 3))
def read_after_a_binding(x, n):
    """One step away: each branch makes the array before it reads it."""
    s = 0.0
    for i in range(n):
        if i == 0:
            a = x * 2.0
        else:
            a = x + 1.0
            a = a * a[0]
        s += np.sum(a)
    return s


@PROGRAMS((vec(4), 1), (vec(4), -1))
def without_a_loop(x, k):
    a = x * 3.0
    b = a
    if k > 0:
        a = x * 2.0
    else:
        a = b * a[0]
    return np.sum(a * b)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def negative_size(x, n):
    b = np.broadcast_to(x[:1], (n - 3,))
    return np.sum(b)


def shorter_each_time(x, n):
    a = x[2:] * 1.0
    for _ in range(n):
        a = np.zeros(x.shape[0] - 2)
    return np.sum(a) + x[0]


def test_negative_sizes():
    """They raise ValueError as in NumPy, whatever becomes of the array."""
    check_raises(negative_size, (pos(2), 2), ValueError)
    check_raises(shorter_each_time, (pos(1), 2), ValueError)
    check_everywhere(negative_size, (pos(2), 5))
    check_everywhere(shorter_each_time, (pos(1), 0))
    check_everywhere(shorter_each_time, (pos(4), 2))


def both_branches(x, n, m):
    if m > 1:
        if n < 0:
            raise KeyError("n")
        a = np.zeros(n)
        a += x[0]
    else:
        a = np.ones(n) * x[1]
    return np.sum(a)


def test_negative_sizes_in_branches():
    """What is made before a branch raises none of the errors of the branch, nor hides them."""
    check_raises(both_branches, (pos(2), -1, 2), KeyError)
    check_raises(both_branches, (pos(2), -1, 1), ValueError)
    check_everywhere(both_branches, (pos(2), 3, 2))
    check_everywhere(both_branches, (pos(2), 0, 1))


def full(x, n):
    return np.sum(np.full(n, x[0]) * x[1])


def test_name_of_a_function_of_numpy():
    """A program may be called what it calls."""
    check_everywhere(full, (pos(2), 3))


def other_shape_where_the_head_ends(x):
    a = x * 1.0
    k = 0
    while True:
        if k % 2 == 0:
            a = a[1:] * 1.0
        k += 1
        if k > 2:
            break
        a = x * a[0]
    return np.sum(a * x[1:] * a.shape[0])


def test_shape_where_a_head_ends():
    """The shape is what the head leaves; in reverse, such arrays are refused."""
    x = vec(5)
    assert own_call(other_shape_where_the_head_ends, (x,)) == pytest.approx(
        other_shape_where_the_head_ends(x), rel=1e-14
    )
    with as_plain_python():
        _, found = srcad.jvp(other_shape_where_the_head_ends, (x,), (np.ones(5),))
        h = 1e-6
        ends = [other_shape_where_the_head_ends(x + s) for s in (h, -h)]
        assert found == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-8)
        with pytest.raises(ValueError, match=r"changes its shape in the loop at \w+\.py:\d+"):
            srcad.grad(other_shape_where_the_head_ends)(x)


def empty_then_filled(x, n):
    a = np.empty(n)
    a[:] = x[0]
    return np.sum(a * a)


def test_negative_size_of_an_array_that_needs_no_memory():
    """Its error stays where loops made one need no array."""
    check_raises(empty_then_filled, (pos(2), -1), ValueError)
    check_everywhere(empty_then_filled, (pos(2), 0))
    check_everywhere(empty_then_filled, (pos(2), 3))


def lengths_by_the_branch(x, c):
    if c > 0:
        y = np.zeros(2)
        y[1] = x[0]
    else:
        y = np.zeros(3)
        y[2] = x[1]
    return np.sum((y + 1.0) * (y + x[0]))


def lengths_by_slices(x, c):
    if c > 0:
        y = x[:2] * 2.0
    else:
        y = x[1:] * 3.0
    z = y * y
    return np.sum(z) + z[1]


@pytest.mark.parametrize("c", [0, 1])
@pytest.mark.parametrize("func", [lengths_by_the_branch, lengths_by_slices])
def test_lengths_of_branches(func, c):
    """An array that both branches make is as long as the one that ran has made it."""
    check_everywhere(func, (np.array([0.2, 0.3, 0.4, 0.5, 0.25]), c))


def test_a_view_that_takes_the_name_of_its_array_has_the_extents_from_before():
    """Lists of what is left: `q = q[:-1]`, then more behind it."""

    def walk(x):
        q = np.empty(1)
        q[0] = x
        total, k = 0.0, 0
        while q.size > 0:
            v = q[-1]
            q = q[:-1]
            total += v * v
            if k < 2:
                q = np.append(q, v * 2.0)
                q = np.append(q, v * 3.0)
            k += 1
        return total

    with as_plain_python():
        assert srcad.jvp(walk, (1.0,), (1.0,)) == (walk(1.0), 2 * walk(1.0))
