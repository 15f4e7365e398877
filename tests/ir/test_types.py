"""Types of arguments that are known while compiling: equal where nothing tells them apart."""

import math
from itertools import combinations

import pytest

from srcad.ir.types import FLOAT, Static, Tuple


@pytest.mark.parametrize("value", [1, True, 1.0, 0.0, -0.0, math.nan, 1j, None, "a", len, (1, 2.0)])
def test_static_values_are_equal_to_themselves(value):
    """A memo finds again what it was given."""
    again = float(repr(value)) if isinstance(value, float) else value
    assert Static(value) == Static(again)
    assert hash(Static(value)) == hash(Static(again))


@pytest.mark.parametrize(
    "values", [(1, True, 1.0, 1 + 0j), (0.0, -0.0, 0, False), ((1,), (True,), (1.0,))]
)
def test_equal_numbers_of_other_types_are_other_types(values):
    """What is derived for one is not what the other needs."""
    for one, other in combinations(values, 2):
        assert Static(one) != Static(other)
        assert Tuple((FLOAT, Static(one))) != Tuple((FLOAT, Static(other)))
        assert len({Static(one): 1, Static(other): 2}) == 2
