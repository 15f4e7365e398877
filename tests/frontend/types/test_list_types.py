"""Dtypes of lists: wide enough for all items, whatever the first one is."""

import pytest

import srcad
from tests.harness import as_plain_python


def later_items_are_floats(x):
    items = []
    items.append(1)
    items.append(0.5)
    items.append(x)
    s = 0.0
    for item in items:
        s += item * x
    return s


def items_are_made_of_items(x):
    items = [3]
    copied = [2]
    for k in range(3):
        copied.append(items[k])
        items.append(copied[k] * x)
    return items[3] * x


@pytest.mark.parametrize(
    ("func", "value", "slope"),
    [(later_items_are_floats, 1.0, 2.5), (items_are_made_of_items, 0.25, 1.5)],
)
def test_items_keep_their_values(func, value, slope):
    assert func(0.5) == value
    with as_plain_python():
        assert srcad.value_and_grad(func)(0.5) == pytest.approx((value, slope))
