"""Greatest and least elements: names bound again, NaN, no elements, all dtypes."""

import numba
import numpy as np

import srcad
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.own_call import check_everywhere, check_raises, own_call

PROGRAMS = programs()
FOUR = np.array([0.3, 0.7, -0.4, 1.1])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3


@PROGRAMS((SQUARE,))
def names_that_the_operand_reads(a):
    c = np.max(a * a[0], axis=0)
    c = np.min(c - a, axis=1)
    m = np.max(c)
    m = np.max(c * m)
    return np.min(a - m) * np.sum(c)


@PROGRAMS((FOUR, 3))
def arrays_written_between(x, n):
    y = x.copy()
    m = np.max(y)
    s = 0.0
    for i in range(n):
        y[3 - i] = 0.5 * y[0] * m
        if i % 2 == 0:
            m = np.max(y[: i + 1])
        else:
            m = np.min(y[i:] + s)
        s = s * m + np.ptp(y)
    return s


@PROGRAMS(
    (FOUR, np.array([3, 1, 2, 0])),
    (FOUR, np.array([3, 1, 2, 0], np.uint64)),
    (FOUR.astype(np.float32), np.array([3, 1, 2, 0], np.int8)),
)
def integers_and_truths(x, k):
    last = int(np.max(k > 2)) * int(np.min(k[:3]))
    return x[int(np.max(k))] * x[last] * np.max(x)


@PROGRAMS((np.zeros((3, 0)),))
def no_results(a):
    return np.sum(np.max(a, axis=0)) + a.size


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def test_nothing_has_no_extremum():
    """An extremum of no elements raises ValueError, as NumPy does."""

    def of_all(x):
        return np.max(x * 2.0)

    def of_rows(a):
        return np.sum(np.max(a, axis=0))

    check_raises(of_all, (np.zeros(0),), ValueError)
    check_raises(of_rows, (np.zeros((0, 3)),), ValueError)


def test_not_a_number_and_infinities():
    """NaN comes out wherever it is; infinities are elements as others."""

    def extrema(a):
        return np.max(a, axis=0), np.min(a, axis=1), np.max(a[1:])

    inf = np.inf
    for a in ([[np.nan, 1.0], [2.0, 3.0]], [[-inf, -inf], [-inf, -inf]], [[1.0, inf], [0.0, 1.0]]):
        found = own_call(extrema, (np.array(a),))
        np.testing.assert_equal(found, extrema(np.array(a)))


def greatest_and_least(x):
    return max(x), min(x)


def greatest(x):
    return max(x)


NAN = np.nan


def test_python_finds_a_nan_only_in_front():
    """`max` and `min` compare with what was found before: value and derivative say so."""
    for elements in ([1.0, NAN, 3.0, NAN], [NAN, 1.0, 3.0], [-np.inf, NAN], [3.0, 1.0, NAN]):
        x = np.array(elements)
        found = own_call(greatest_and_least, (x,))
        assert np.array_equal(found, greatest_and_least(x), equal_nan=True)
        with as_plain_python():
            value, gradient = srcad.value_and_grad(greatest)(x)
            _, tangent = srcad.jvp(greatest, (x,), (np.arange(1.0, x.size + 1),))
        assert np.array_equal(value, greatest(x), equal_nan=True)
        at = 0 if np.isnan(x[0]) else int(np.nanargmax(x))
        assert np.array_equal(gradient, np.eye(x.size)[at])
        assert tangent == at + 1.0
    zeros = np.array([-0.0, 0.0])
    assert np.signbit(own_call(greatest, (zeros,)))
    with as_plain_python():
        assert np.array_equal(srcad.grad(greatest)(np.array([1.0, NAN, 1.0])), [0.5, 0.0, 0.5])


def test_compiled_max_of_python_is_that_of_numba():
    """The decorated function's own call and Numba agree."""
    x = np.array([1.0, NAN, 3.0, NAN])
    assert srcad.differentiate(greatest)(x) == numba.njit(greatest)(x) == 3.0
