"""Lists that grow and shrink: the places that they have."""

import pytest

import srcad
from tests.harness import as_plain_python


def dropped(x, k):
    items = []
    for i in range(3):
        items.append(x * (i + 1.0))
    items.pop()
    return items[k] * x


def replaced(x, k):
    items = [x, x]
    items.append(x)
    items.pop()
    items[k] = x * x
    return items[0] * items[1]


@pytest.mark.parametrize("func", [dropped, replaced])
def test_places_behind_the_last_item(func):
    """The buffer is longer, and holds what was dropped."""
    with as_plain_python():
        for k in (-2, -1, 0, 1):
            value, slope = srcad.value_and_grad(func)(2.0, k)
            assert value == func(2.0, k)
            assert slope == (value if func is dropped else 12.0)
        for k in (-3, 2, 3):
            with pytest.raises(IndexError, match="out of range"):
                func(2.0, k)
            with pytest.raises(IndexError, match="out of range"):
                srcad.value_and_grad(func)(2.0, k)
