"""The same elements in another shape: extents that are known only when the program runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

import srcad
from srcad.frontend.numba_types import from_numba
from srcad.pipeline import derive
from tests.harness import as_plain_python


def rows(x, n):
    y = x.reshape(n, 2)
    return np.sum(y * y * y)


def columns(x, n):
    y = np.reshape(x * x, (2, n))
    return np.sum(y[0] * y[1])


def flat(x, n):
    y = (x * x).reshape(n)
    return np.sum(y * y)


def middle(x, n):
    y = np.reshape(x * x, (n, 3, 1))
    return np.sum(y[0] * y[1])


def beside_a_literal(x, n):
    y = np.reshape(x * x, (n, -1))
    return np.sum(y[0])


def two_numbers(x, n):
    y = np.reshape(x * x, (n, n + 1))
    return np.sum(y[0])


def bound_again(x, n):
    m = x.size
    s = 0.0
    for _ in range(2):
        y = x.reshape(m, 1)
        s += np.sum(y * y)
        m = n
    return s


SHAPES = (rows, columns, flat, middle, beside_a_literal, two_numbers, bound_again)


def outcome(call: Callable[[], Any]) -> Any:
    """Return a result as a float, or the kind of the exception."""
    try:
        return float(call())
    except (ValueError, IndexError) as error:
        return type(error)


@pytest.mark.parametrize("func", SHAPES)
def test_a_negative_extent_is_what_the_others_leave(func: Callable[..., Any]) -> None:
    """As in NumPy for every number, one of which may be negative; else ValueError."""
    x = np.array([1.0, 2.0, 0.5, -1.0, 3.0, 1.5])
    with as_plain_python():
        for n in (-1, -2, 0, 1, 2, 3, 4, 6):
            for given in (x, x[:0]):
                expected = outcome(lambda n=n, given=given: func(given, n))
                found = outcome(lambda n=n, given=given: srcad.value_and_grad(func)(given, n)[0])
                assert found == expected, (n, given.size)
                tangents = (np.ones_like(given), None)
                found = outcome(
                    lambda n=n, given=given, t=tangents: srcad.jvp(func, (given, n), t)[0]
                )
                assert found == expected, (n, given.size)
        gradient = srcad.grad(rows)(x, -1)
    assert np.allclose(gradient, 3.0 * x * x)


def test_lengths_are_not_asked_for_their_sign() -> None:
    """Lengths, and products of lengths, are never negative: nothing is tested for them."""

    def lengths(a):
        n, m = a.shape
        b = a.reshape(m, n)
        c = b.reshape(n * m, 1)
        return np.sum(c * c)

    types = (from_numba(numba.typeof(np.ones((2, 3))), "a"),)
    assert "//" not in derive(lengths, "value_and_grad", types, (0,)).source
