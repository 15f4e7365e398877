"""Indexing as maps: views of views, gathers and masks, and where their axes go."""

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python
from tests.own_call import check_everywhere, check_raises

PROGRAMS = programs()
THREE = np.array([0.4, -0.2, 0.9])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3
STACK = np.arange(18.0).reshape(2, 3, 3) / 9 + 0.1


@PROGRAMS((SQUARE,))
def views_of_views(a):
    b = a.T * 2.0
    c = b.T[::-1][1:, ::-1]
    d = c[0][:, None] * a[-1][None]
    e = (b + a).T[::-1].T[1:]
    return np.sum(d[1:] * e) + np.sum(a[1:][::-1][-1, :2] * e[0, 1]) + c[-1, -1]


@PROGRAMS((STACK, np.array([1, 0, -1])))
def axes_of_gathers(a, k):
    s = np.sum(a[0, k] * a[1][:, k]) + np.sum(a[:, k, 0] * THREE)
    s += np.sum(a[0, :, k] * SQUARE) + np.sum(a[k // 2, :, 1] * SQUARE)
    return s + np.sum(a[:, None, 1, k][1, 0] * THREE)


@PROGRAMS((SQUARE, np.array([True, False, True])), (SQUARE, np.array([False, False, False])))
def masks(a, m):
    b = a.copy()
    b[m] *= 2.0
    b[:, m] += a[0, 0]
    b[m, 1] = a[m, 0] * b[m, 1]
    m = m.copy()
    c = b[m]
    m[0] = True
    return np.sum(c * c) + np.sum(b[b > 0.7]) + np.sum(b[m]) * len(c)


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def test_a_mask_of_another_size():
    """A mask that does not fit raises IndexError, as NumPy does."""

    def masked(x, m):
        return np.sum(x[:2][m])

    check_raises(masked, (THREE, np.array([True, False, True])), IndexError)


def reversed_square(x, k):
    return np.sum((x * x)[::-1][k])


def part_of_a_square(x, k):
    return np.sum((x * x)[1:3][k])


def view_in_a_sum(x, k):
    return np.sum((x[::-1] + 1.0)[k] * x[0])


def one_element(x, k):
    return np.sum((x[::2] * 2.0)[k][k[0]])


def literal(x, k):
    return (x * x)[::-1][6] + x[0]


@pytest.mark.parametrize(
    "func", [reversed_square, part_of_a_square, view_in_a_sum, one_element, literal]
)
def test_an_index_outside_a_view_that_is_never_made(func):
    """It is an IndexError also where the view's own index would be one inside of the array."""
    x = np.arange(1.0, 7.0)
    with as_plain_python():
        for k in ([0, 5], [0, 6], [0, 1], [-1, -2], [-7, 2], [-6, 5], [1, 1], [2, 2], [6, 0]):
            index = np.array(k)
            try:
                expected = float(func(x, index))
            except IndexError:
                for call in (
                    lambda i=index: srcad.grad(func)(x, i),
                    lambda i=index: srcad.jvp(func, (x, i), (x, None)),
                ):
                    with pytest.raises(IndexError, match="out of bounds"):
                        call()
            else:
                assert srcad.value_and_grad(func)(x, index)[0] == expected


def unused(x, k):
    a = x[9]  # noqa: F841
    b = x[k]  # noqa: F841
    return x[0] * x[0]


def test_an_element_that_nobody_uses_is_not_read():
    """Documented: in the function itself and in both modes alike."""
    x, k = np.array([3.0, 1.0]), np.array([5])
    with as_plain_python():
        value, gradient = srcad.value_and_grad(unused)(x, k)
        assert value == 9.0
        assert gradient.tolist() == [6.0, 0.0]
        assert srcad.jvp(unused, (x, k), (np.ones(2), None)) == (9.0, 6.0)
    assert srcad.differentiate(unused)(x, k) == 9.0
