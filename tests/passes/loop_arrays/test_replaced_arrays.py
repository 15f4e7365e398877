"""Arrays that loops go on with: copied into one that is kept, where that means the same."""

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, pos, programs, vec
from tests.array_comparison import compare_both
from tests.harness import as_plain_python
from tests.own_call import check_everywhere

PROGRAMS = programs()


@PROGRAMS((vec(4), 3), (vec(4), 0))
def new_array(x, n):
    h = np.zeros(4)
    for t in range(n):
        new = np.zeros(4)
        for i in range(4):
            new[i] = h[i] * 0.5 + x[i] * x[t]
        h = new
    return h[0] * h[1]


@PROGRAMS((vec(4), 2), (vec(4), 0))
def written_before_it_is_copied(x, n):
    b = x.copy()
    for _ in range(n):
        b[0] *= 0.5 * b[1]
        b = b.copy()
    return b[0] * b[1]


@PROGRAMS((vec(4), 3))
def old_array_under_another_name(x, n):
    h = np.zeros(4)
    g = h
    s = 0.0
    for t in range(n):
        new = np.zeros(4)
        for i in range(4):
            new[i] = h[i] * 0.5 + x[i] * x[t]
        s += g[1] * new[0]
        g = h
        h = new
    return h[0] * h[1] + s + g[2]


@PROGRAMS((vec(4), 3))
def copy_that_goes_on(x, n):
    u = x * 1.0
    k = 0
    while k < n:
        new = u.copy()
        new[k] = new[k] * x[k + 1]
        k += 1
        u = new
    return np.sum(u * x)


@PROGRAMS((vec(5), 2))
def head_that_leaves_the_name(x, n):
    u = x * 1.0
    k = 0
    while True:
        new = np.zeros(5)
        for i in range(5):
            new[i] = u[i] * x[i]
        k += 1
        if k > n:
            break
        u = new
    return np.sum(u * x) + new[0]


@PROGRAMS((pos(3, 3), 3))
def product_in_a_loop(a, n):
    h = a[0]
    k = 0
    while k < n:
        g = a @ h
        if g[0] > 5.0:
            break
        h = g
        k += 1
    return np.sum(h * h)


@PROGRAMS((vec(4), 4))
def rows_that_follow(x, n):
    b = np.outer(x, x)
    before = b[0]
    s = 0.0
    for i in range(1, n):
        row = b[i]
        row[0] = row[0] * before[1]
        s += row[0] * before[0]
        before = row
    return s + before[2] + b[1, 0]


@PROGRAMS((vec(4), 4))
def rows_at_a_name_that_moves(x, n):
    b = np.outer(x, x)
    k = 0
    before = b[k]
    s = 0.0
    for _ in range(1, n):
        k = (k + 2) % 4
        row = b[k]
        s += row[0] * before[1]
        k = (k + 1) % 4
        before = row
    return s + before[2] + k


@PROGRAMS((vec(4), 4))
def names_that_change_places(x, n):
    u = x * 1.0
    v = x * 2.0
    w = np.zeros(4)
    for _ in range(n):
        for i in range(1, 4):
            w[i] = u[i] * v[i - 1]
        u, v, w = v, w, u
    return np.sum(u * v) + w[1]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def head_that_assigns(x, n):
    a = x * 1.0
    k = 0
    while True:
        if k % 2 == 0:
            a = a[1:]
        k += 1
        if k > n:
            break
        a = x * a[0]
    return np.sum(a * a) * a.shape[0]


def test_head_that_assigns():
    """What a head leaves is not what the loop keeps."""
    with as_plain_python(), pytest.raises(ValueError, match="changes its shape in the loop"):
        srcad.grad(head_that_assigns)(vec(5), 2)


def argument_that_is_written(x, n):
    for _ in range(n):
        x[0] = x[1] * 2.0 * x[0]
        x = x * 1.5
    return np.sum(x)


def argument_by_another_name(x, n):
    h = x
    for _ in range(n):
        h[0] = h[1] * 2.0 * h[0]
        h = h * 1.5
    return np.sum(h) + x[0]


def seen_behind_the_loop(x, n):
    h = np.zeros(4)
    g = h
    for t in range(n):
        h[0] = x[t] * x[1]
        h = h * 2.0
    return g[0] * h[0]


@pytest.mark.parametrize(
    "func", [argument_that_is_written, argument_by_another_name, seen_behind_the_loop]
)
def test_what_others_see_is_not_copied(func):
    """What is written through the name that a loop carries is written to no copy."""
    with as_plain_python():
        compare_both(func, (vec(4), 2), 1)
