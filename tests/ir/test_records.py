"""Classes that stand for values of the user's in compiled code."""

import pytest

from srcad.ir.records import given_class, record_of

ALIKE = [
    ({"a": 1.0, "b": 2.0}, {"a_b": 1.0}),
    ({"a": 1.0, "1": 2.0}, {"a": 1.0, "2": 2.0}),
    ({"a" * 40: 1.0}, {"a" * 41: 1.0}),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_differ(one, other):
    """Numba knows the classes of arguments by their names."""
    first, second = record_of(one), record_of(other)
    assert first.name == second.name
    assert given_class(first).__name__ != given_class(second).__name__
    assert given_class(first) is given_class(record_of(dict(one)))
