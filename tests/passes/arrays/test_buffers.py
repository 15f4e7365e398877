"""Buffers: a name keeps its memory only if nobody else can tell."""

import numpy as np

from tests.array_checks import parametrized, pos, programs, vec
from tests.own_call import check_everywhere
from tests.treatments import reversed_source

PROGRAMS = programs()


@PROGRAMS((vec(4), 1), mutates=())
def argument_left_alone(x, n):
    if n > 0:
        x = x * 2.0
    return np.sum(x * x)


@PROGRAMS((vec(4), -1), mutates=(0,))
def argument_written_if_kept(x, n):
    """The argument itself is written where no branch gave its name another array."""
    if n > 0:
        x = x * 2.0
    x[1] = 3.0 * x[0]
    return np.sum(x)


@PROGRAMS((vec(4), 1), mutates=(0,))
def argument_written_if_replaced(x, n):
    if n > 0:
        x = x * 2.0
    x[1] = 3.0 * x[0]
    return np.sum(x)


@PROGRAMS((vec(4), 3), mutates=(0,))
def argument_written_before(x, n):
    y = x
    x[0] = 2.0
    for _ in range(n):
        x = x * 2.0
    return np.sum(x * y)


@PROGRAMS((vec(4), vec(4) + 1.0, 1), (vec(4), vec(4) + 1.0, -1), mutates=(0, 1))
def one_of_two_arguments(x, y, n):
    if n > 0:
        x = y
    x[1] = 3.0 * x[0]
    return np.sum(x)


@PROGRAMS((vec(4), 3))
def chosen_by_an_expression(x, n):
    a = x * 1.0
    b = x * 2.0
    s = 0.0
    for k in range(n):
        v = a if k > 0 else b
        a = a * 2.0
        s += v[0] * a[1]
    return s


@PROGRAMS((vec(4), 3))
def old_value_held_over_rounds(x, n):
    a = x * 1.0
    s = 0.0
    old = a
    for _ in range(n):
        s += old[0] * a[1]
        old = a
        a = a * 2.0
    return s + old[2]


@PROGRAMS((vec(4), 3))
def view_held_to_the_end(x, n):
    a = x * 1.0
    b = a[1:]
    for _ in range(n):
        a = a * 2.0
    return b


@PROGRAMS((vec(4), 3))
def row_read_before_the_next(x, n):
    """One step away: the view is read only before its array gets another value."""
    a = np.outer(x, x)
    s = 0.0
    for k in range(n):
        r = a[k]
        s += np.sum(r * a[0])
        a = a * 2.0
    return s


@PROGRAMS((vec(4), 3))
def row_read_after_the_next(x, n):
    a = np.outer(x, x)
    s = 0.0
    for k in range(n):
        r = a[k]
        a = a * 2.0 + r
        s += np.sum(r * a[0])
    return s


@PROGRAMS((vec(4), 3))
def handed_on(x, n):
    a = x * 1.0
    for _ in range(n):
        new = a.copy()
        for i in range(1, 4):
            new[i] = a[i - 1] * a[i]
        a = new
    return np.sum(a * x)


@PROGRAMS((vec(4), 3))
def handed_on_and_stored_to(x, n):
    a = x * 1.0
    s = 0.0
    for k in range(n):
        a[k] = a[0] * 0.5
        new = a.copy()
        for i in range(1, 4):
            new[i] = a[i - 1] * a[i]
        a = new
        a[1] = a[1] * x[k]
        s += a[2]
    return np.sum(a * x) + s


@PROGRAMS((vec(4), 3))
def handed_on_and_seen(x, n):
    a = x * 1.0
    v = a[1:]
    for _ in range(n):
        new = a.copy()
        for i in range(1, 4):
            new[i] = a[i - 1] * a[i]
        a = new
    return np.sum(a * x) + v[0]


@PROGRAMS((vec(4), 3))
def zeros_again_and_held(x, n):
    s = 0.0
    a = np.zeros(4)
    b = a
    for k in range(n):
        a = np.zeros(4)
        for i in range(k, 4):
            a[i] += x[i] * x[k]
        s += np.sum(a * b)
        b = a
    return s + a[0]


@PROGRAMS((pos(3, 3), 3))
def product_with_itself(a, n):
    b = a * 1.0
    for _ in range(n):
        b = np.dot(b.T, b) * 0.1
    return np.sum(b * b)


@PROGRAMS((vec(5), 2), (vec(5), 0))
def shape_at_the_exit(x, n):
    """The head of the loop leaves another shape than the body."""
    a = x * 1.0
    k = 0
    while True:
        a = a[1:] * 1.0
        k += 1
        if k > n:
            break
        a = x * a[0]
    return np.sum(a * x[1:]) * a.shape[0]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def test_memory_that_stays():
    """A name that is stored to gets the elements of the new array; else it gets the array."""
    for func, has_buffer in ((handed_on, False), (handed_on_and_stored_to, True)):
        source, _ = reversed_source(func, vec(4), 3)
        assert ("a_kept" in source) != has_buffer
