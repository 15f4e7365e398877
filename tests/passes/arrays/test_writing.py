"""Whole arrays written: as if all were computed first, where what is read is also written."""

import numpy as np
import pytest

from tests.array_checks import fresh, parametrized, programs
from tests.harness import bits
from tests.own_call import check_everywhere, own_call

PROGRAMS = programs()
FOUR = np.array([0.3, 0.7, -0.4, 1.1])
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3
WIDE = np.arange(6.0).reshape(2, 3) / 5 + 0.1


@PROGRAMS((FIVE,))
def shifted_and_reversed(x):
    y = x.copy()
    y[1:] = y[:-1] * 2.0
    y[::2] = y[::-2] + y[::2]
    y[::-1] = y * x
    return np.sum(y * x)


@PROGRAMS((SQUARE,))
def rows_and_columns(a):
    b = a.copy()
    b[0] = b[1] * b[0]
    b[1] = b[-1] * b[1] + b[0]
    b[-1] = b[2] * 2.0 + b[-3]
    b[:, 0] = b[:, 1] + b[0, 0]
    b[1, :] = b[:, 1]
    return np.sum(b * a)


@PROGRAMS((SQUARE, 0, 0), (SQUARE, 0, 1), (SQUARE, -1, 0))
def rows_that_may_be_the_same(a, i, j):
    b = a.copy()
    b[i] = b[j] * b[i][::-1]
    b[:, i] = b[j] * b[i + 2]
    b[i - 1] = b[2] * 2.0 + b[2, ::-1]
    return np.sum(b * a)


@PROGRAMS((SQUARE,))
def transposed_and_broadcast(a):
    b = a.copy()
    b[:] = b.T * 2.0 + a
    b += b.T
    b *= b[0]
    b -= b[:, :1]
    return np.sum(b * a)


@PROGRAMS((FOUR, np.array([1, 0, 3, 2])), mutates=(1,))
def positions_that_are_written(x, k):
    """What is written through its own elements is as if they were read first."""
    y = x.copy()
    k[k] = k * 1
    y[k] = y[k[::-1]] * 2.0
    k[1:][k[:3] // 2] = k[::-1][:3]
    v = k[::-1]
    k[v] = k
    k[k] += 1
    k[k - 1] = np.array([1, 2, 0, 3])
    y[k] += y
    return np.sum(y * x)


@PROGRAMS((SQUARE,))
def positions_in_the_rows_that_are_written(a):
    k = np.array([[2, 0, 1], [1, 2, 0], [0, 1, 2]])
    k[k[0]] = k
    k[:, k[1]] = k * 1
    k[k[:, 0], k[0]] = k[1]
    k[k[0], 1] += k[0]
    return np.sum(a * k)


@PROGRAMS((FOUR,))
def positions_that_repeat(x):
    y = x.copy()
    idx = np.array([0, 0, 1, 3])
    y[idx] += x
    y[idx] = y * 2.0
    y[idx[1:]] *= y[1:]
    return np.sum(y * x)


@PROGRAMS((FOUR,))
def masks_of_itself(x):
    y = x.copy()
    y[y > 0.5] = y[0]
    y[y < y[1]] += 2.0
    y[y > 0.0] = x[y > 0.0] * 3.0
    y[~(y > 0.0)] *= 2.0
    return np.sum(y * x)


@PROGRAMS((SQUARE,))
def masks_of_rows(a):
    b = a.copy()
    b[a > 0.6] = b[0, 0]
    b[b[:, 0] > 0.5] = a[0]
    b[0, a[1] > 0.6] = a[2, 1]
    return np.sum(b * a)


@PROGRAMS((FOUR, 3))
def one_own_element_for_all(x, n):
    a = x * 1.0
    for _k in range(n):
        a[:] = a * a[0]
    return np.sum(a * x)


@PROGRAMS((FOUR,))
def one_own_element_as_a_view(x):
    y = x.copy()
    z = y[:1]
    y *= z
    y += y[0]
    y *= y[1:2]
    return np.sum(y * x)


@PROGRAMS((WIDE,))
def one_own_row_for_all(a):
    b = a.copy()
    b *= b[0]
    b += b[:, 1:2]
    b /= b[1, 1]
    return np.sum(b * a)


@PROGRAMS((FOUR, 3))
def rows_exchanged(x, n):
    m = np.outer(x, x + 1.0)
    for k in range(n):
        t = m[k].copy()
        m[k] = m[k + 1]
        m[k + 1] = t * 1.5
    return np.sum(m * m[0])


@PROGRAMS((FOUR, 3))
def rows_exchanged_as_tuples(x, n):
    m = np.outer(x, x + 1.0)
    for k in range(n):
        m[k], m[k + 1] = m[k + 1] * 1.0, m[k] * 2.0
    return np.sum(m * m[0])


@PROGRAMS((FOUR, 3))
def views_exchanged(x, n):
    m = np.outer(x, x + 1.0)
    for k in range(n):
        m[k], m[k + 1] = m[k + 1], m[k]
    return np.sum(m * m[0])


@PROGRAMS((FOUR, 3))
def row_read_after_it_is_written(x, n):
    m = np.outer(x, x + 1.0)
    for k in range(n):
        t = m[k]
        m[k] = m[k + 1]
        m[k + 1] = t * 1.5
    return np.sum(m * m[0])


@PROGRAMS((FOUR, 3))
def joined_parts_of_itself(x, n):
    a = x * 1.0
    for _k in range(n):
        a = np.concatenate((a[1:], a[:1])) * x
    return np.sum(a * x)


@PROGRAMS((FOUR, 3))
def rolled(x, n):
    a = x * 1.0
    for _k in range(n):
        a = np.roll(a, 1) * x
    return np.sum(a * x)


@PROGRAMS((FOUR, 3))
def choice_of_itself(x, n):
    a = x * 1.0
    for _k in range(n):
        a = np.where(a > a[0], a * a[0], a[::-1])
    return np.sum(a * x)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


B = np.linspace(0.1, 1.3, 7)
PAIRS = [
    (B[:4], B[1:5]),
    (B[1:5], B[:4]),
    (B[:4], B[:4]),
    (B[::-2], B[:4]),
    (B[:4], B[::-1][:4]),
]


def doubled_into(x, y):
    y[:] = x * 2.0
    return np.sum(y)


def added_and_reversed(x, y):
    y[1:] += x[:-1] * y[:-1]
    x[::-1] = x + y


def masked_and_chosen(x, y):
    y *= x
    x[x > y] = 0.5
    y[:] = y[::-1]
    x[:] = np.where(y > 0.3, x, y[::-1])


def read_before_and_after(x, y):
    z = x * y
    x[0] = 2.0
    y[:] = z + x
    z[1:] = y[1:] * x[0]
    return z


def views_in_a_loop(x, y):
    v = x[1:]
    for k in range(3):
        y[k] = v[k] * 2.0
        y[1:] = v + y[0]
        x += y
    return v * 1.0


def scanned(x, y):
    y[:] = np.cumsum(x)
    x[1:] -= np.diff(y)
    y[:2], x[:2] = x[2:], y[2:]


@pytest.mark.parametrize("pair", range(len(PAIRS)))
@pytest.mark.parametrize(
    "func",
    [
        doubled_into,
        added_and_reversed,
        masked_and_chosen,
        read_before_and_after,
        views_in_a_loop,
        scanned,
    ],
)
def test_arguments_that_share_memory(func, pair):
    """The own call writes what NumPy writes, whatever the arguments share."""
    given, ours = fresh(PAIRS[pair]), fresh(PAIRS[pair])
    expected, found = func(*given), own_call(func, ours)
    assert bits((found, *ours)) == bits((expected, *given))
