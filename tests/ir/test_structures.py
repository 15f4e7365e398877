"""Structures at the boundary between Python and compiled code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from srcad.ir.structures import given, has_structure


class Pair(NamedTuple):
    """A named tuple of the user's."""

    a: float
    b: float


def test_what_stands_for_structures():
    """Named tuples of the parts, in their order; the same class for the same keys."""
    one, other = given({"a": 1.0, "b": [2, None]}), given({"a": 3.0, "b": [4, 5]})
    assert type(one) is type(other)
    assert one._fields == ("a", "b")
    assert (one.a, tuple(one.b)) == (1.0, (2, None))
    assert type(given({"b": 1.0, "a": 2.0})) is not type(one)
    assert given({"b": 1.0, "a": 2.0})._fields == ("b", "a")
    assert type(given({})) is type(given({}))


def test_what_stays():
    """Numbers, arrays, and what Numba knows already."""
    for value in (1.0, 2, True, None, np.ones(2), np.float32(1), np.int8(1), Pair(1.0, 2.0), "x"):
        assert given(value) is value or given(value) == value
        assert not has_structure(value)
    assert given((1.0, {"a": 2.0}))[1] == (2.0,)
    assert has_structure((1.0, (2.0, {"a": 2.0})))


def test_keys_are_strings():
    """Each time, whatever was passed before."""
    for _ in range(2):
        with pytest.raises(TypeError, match="the keys of dicts must be strings, got 1"):
            given({1: 2.0})
