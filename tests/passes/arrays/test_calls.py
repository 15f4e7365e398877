"""Calls of functions of whole arrays: what is passed as it is, and what is copied first."""

import numpy as np

import srcad
from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere, check_raises

PROGRAMS = programs()
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3
WIDE = np.arange(6.0).reshape(2, 3) / 5 + 0.1
STACK = np.arange(18.0).reshape(2, 3, 3) / 9 + 0.1


@PROGRAMS((SQUARE,), (np.asfortranarray(SQUARE),))
def results_bound_again_and_written(a):
    b = a @ a
    b = b @ a.T
    c = b @ a
    v = c[0]
    v[1] = 5.0 * a[0, 0]
    c[:, 2] *= 2.0
    return np.sum(b * c)


@PROGRAMS((SQUARE, SQUARE - 0.2))
def views_that_are_no_whole_matrices(a, b):
    s = np.sum((a[1:].T @ b[:2]) * a[0]) + np.sum((a[::-1] @ b[:, ::-1].T) * a)
    return s + np.sum(np.dot(a[0], b[:, 1]) * a) + np.vdot(np.sin(a[:, 0]), b[1] * 2.0)


@PROGRAMS((STACK, -1))
def matrices_of_a_stack(a, k):
    s = np.sum(a[k] @ a[k - 1].T) + np.sum(np.dot(a[0], a[1, 2]))
    return s + np.sum(a[:, 1] @ a[0]) + np.sum(a[:, :, 2] @ a[k])


@PROGRAMS((SQUARE, 2))
def written_between_two_calls(a, n):
    b = a.copy()
    s = 0.0
    for i in range(n):
        c = b[i:] @ a
        b[i] = c[0] * 0.5
        s += np.sum(c * c)
    if s > 0.1:
        b = b @ a
    return s + np.sum(b)


@PROGRAMS((np.zeros((3, 0)), np.zeros((0, 3))), (np.zeros((0, 3)), SQUARE))
def without_elements(a, b):
    return np.sum(a @ b + 1.0) + np.sum(b)


@PROGRAMS((SQUARE, SQUARE - 0.2))
def written_between_an_argument_and_its_call(a, b):
    c = a.copy()
    h = np.tanh(c) * 2.0
    c[0] = 7.0 * b[1]
    y = h @ b
    h = np.cos(c)
    return np.sum(y * (h @ a))


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def test_extents_that_do_not_fit():
    """What NumPy does not multiply raises the same error."""

    def product(a, b):
        return np.sum(a @ b)

    check_raises(product, (WIDE, WIDE), ValueError)


def test_an_argument_that_is_computed_has_its_name():
    """An array is made for it anyway: where it is computed, under the name that the user gave."""

    def layer(x, w):
        h = np.tanh(x * 2.0)
        return np.sum(h @ w)

    lines = srcad.differentiate(layer).inspect_adjoint(SQUARE, WIDE.T).splitlines()
    assert any(line.strip().startswith("h = np.empty") for line in lines)
    assert any("np.dot(h, w)" in line for line in lines)
