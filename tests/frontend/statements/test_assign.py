"""Assignments: the element is asked after the value, lists are objects, items are counted."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs
from tests.harness import as_plain_python
from tests.own_call import own_call

X, M = np.array([1.0, 2.0, 4.0]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
AT, MASK = np.array([0, 1]), np.array([True, False, True])

EXACT = np.float64(0.1)

program, raising, refused = programs(), programs(), programs()


def set_first(at):
    at[0] = 1
    return 0.5


# Sums that are really `+=`, or not ----------------------------------------------------


@program((X, 0))
def index_moves(x, i):
    a = x.copy()
    a[i] = a[i] + float(i := 1)
    return a[0] + 10.0 * a[1]


@program((X, 0))
def index_moves_later(x, i):
    a = x.copy()
    a[i] += float(i := 1)
    return a[0] + 10.0 * a[i]


@program((X, AT))
def index_is_written(x, at):
    a, at = x * 1.0, at.copy()
    a[at[0]] = a[at[0]] + set_first(at)
    return a[0] + 10.0 * a[1]


@program((X, AT))
def index_is_written_later(x, at):
    a, at = x * 1.0, at.copy()
    a[at[0]] += set_first(at)
    a[at[0] - 1] *= set_first(at)
    return a[0] + 10.0 * a[1]


@program((X, MASK))
def bools_are_subtracted(x, mask):
    y = x * x
    y -= mask
    y[0] -= True
    y[1] -= mask[0]
    s = 1.0
    s -= True
    s -= x[0] > 0.5
    return np.sum(y) * s


@program((X, M))
def sums_of_others(x, m):
    a, b = x.copy(), x * 3.0
    a[0] = b[0] + x[1]
    a[1] = x[2] + b[1]
    a[2] = a[1] + x[0]
    c = m.copy()
    c[0] = c[1] + x[0]
    c[1, 0] = c[1, 1] - x[1]
    c[2] = m[2] + c[2]
    s = x[0]
    t = s + x[1]
    t = s - t
    return np.sum(a * x) + np.sum(c * m) * t


def moved(at):
    at[0] += 1
    return at[0]


def emptied(a):
    a[0] = 0.25
    return 3.0


@program((X, AT))
def places_that_calls_find(x, at):
    """The right side is asked first, and the place on the left is another one then."""
    a, at = x.copy(), at.copy()
    a[moved(at)] = a[moved(at)] + 1.5
    b = x.copy()
    b[0] = emptied(b) + b[0]
    b[1] = b[1] + emptied(b)
    c = x.copy()
    c[:2] = c[1:] + c[:2]
    c[1:] = x[1:] + c[1:]
    return np.sum(a * x) + np.sum(b * x) + np.sum(c * x)


@pytest.mark.parametrize("k", [0, 1])
def test_a_number_of_numpy_is_subtracted_in_double_precision(k):
    def less(x):
        y = x * x
        y -= EXACT
        s = x[0]
        s -= EXACT
        y[1] -= EXACT
        return y, s

    x = np.array([1.7, 0.3], dtype=np.float32)
    found, expected = own_call(less, (x,))[k], less(x)[k]
    np.testing.assert_array_equal(found, expected)
    assert np.asarray(found).dtype == np.asarray(expected).dtype


# Tuples, lists and arrays -------------------------------------------------------------


@program((M,))
def rows_are_unpacked(m):
    s = 0.0
    for a, b in m:
        s += a * b
    c, d, e = m[:, 0]
    return s * c * d * e


@raising((X,))
def too_many(x):
    a, b = x
    return a * b


@raising((X[:1],))
def too_few(x):
    a, b = x
    return a * b


@raising((M.T,))
def rows_too_long(m):
    s = 0.0
    for a, b in m:
        s += a * b
    return s


@raising((X, -1, -2))
def negative_grid(x, n, m):
    s = x[0]
    for _, _ in np.ndindex(n, m):
        s += x[1]
    return s


@raising((X, 0))
def no_step(x, d):
    s = x[0]
    for i, _ in enumerate(range(0, 3, d)):
        s += x[i]
    return s


@raising((X, 0))
def no_step_backwards(x, d):
    s = x[0]
    for i in reversed(range(0, 3, d)):
        s += x[i]
    return s


@refused((X,))
def list_in_place(x):
    a = [x[0]]
    b = a
    b += [x[1]]
    return sum(a)


@refused((X,))
def list_and_tuple(x):
    return sum([x[0]] + (x[1],))


@program((X, AT))
def place_of_indices(x, at):
    y = x.copy()
    y[None, at] = 3.0 * x[0]
    return np.sum(y)


@program((X,))
def place_with_new_axis(x):
    y = x.copy()
    y[None, 1:] = 3.0 * x[0]
    return np.sum(y * y)


@parametrized(program)
def test_programs(func, args, mutates):
    """The value and both derivatives are those of Python."""
    check(func, args, mutates)


@parametrized(raising)
def test_raising(func, args, mutates):
    """What Python refuses is an exception of the same type."""
    del mutates
    for call in (func, srcad.value_and_grad(func)):
        with as_plain_python(), pytest.raises(ValueError):  # noqa: PT012
            func(*args)
            call(*args)


@parametrized(refused)
def test_refused(func, args, mutates):
    """These are refused."""
    del mutates
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable):
        srcad.value_and_grad(func)(*args)
