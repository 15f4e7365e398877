"""Numba's types and ours: what is taken, what comes back, and what is refused by name."""

from collections import namedtuple

import numpy as np
import pytest
from numba import njit, typeof, types
from numba.core.types import Omitted

from srcad.frontend.types.numba_types import from_numba, to_numba
from srcad.ir.types import Array, Scalar, Static, Tuple

Point = namedtuple("Point", "x y")


@pytest.mark.parametrize("dtype", "int8 int16 int32 int64 uint8 uint64 float32 float64".split())
def test_numbers_and_arrays_there_and_back(dtype):
    number = typeof(np.dtype(dtype).type(1))
    assert from_numba(number) == Scalar(dtype)
    assert to_numba(Scalar(dtype)) == number
    for array in (
        *(np.zeros(3, dtype), np.zeros((2, 3), dtype, order="F"), np.zeros((2, 2, 2), dtype)),
        *(np.zeros(6, dtype)[::2], np.zeros((2, 3), dtype).T, np.zeros((0, 2), dtype)),
    ):
        found = from_numba(typeof(array))
        assert (found.dtype, found.ndim) == (dtype, array.ndim)
        assert to_numba(found) == typeof(array)


def test_bools():
    assert from_numba(typeof(True)) == from_numba(types.boolean) == Scalar("bool")
    assert from_numba(typeof(np.zeros(2, bool))) == Array("bool", 1, "C", mutable=True)
    assert to_numba(Scalar("bool")) == types.boolean
    assert to_numba(Array("bool", 1, "C", mutable=True)) == typeof(np.zeros(2, bool))


def test_arrays_that_nobody_may_write():
    array = np.zeros(3)
    array.flags.writeable = False
    found = from_numba(typeof(array))
    assert not found.mutable
    assert to_numba(found) == typeof(array)
    assert to_numba(found) != typeof(np.zeros(3))


def test_literals_are_numbers_or_known():
    assert from_numba(types.literal(3)) == Scalar("int64")
    assert from_numba(types.literal(True)) == Scalar("bool")
    assert from_numba(types.literal("word")) == Static("word")


def test_tuples():
    found = from_numba(typeof((1.0, (2, np.zeros(2)))))
    assert found == Tuple(
        (Scalar("float64"), Tuple((Scalar("int64"), Array("float64", 1, "C", mutable=True))))
    )
    assert to_numba(found) == typeof((1.0, (2, np.zeros(2))))
    assert from_numba(typeof((1.0, 2.0))) == Tuple((Scalar("float64"),) * 2)
    assert from_numba(typeof(())) == Tuple(())
    assert from_numba(typeof(Point(1.0, 2))).fields == ("x", "y")
    assert from_numba(typeof(Point(1.0, 2.0))).fields == ("x", "y")


def test_what_was_not_passed():
    func = njit(lambda x: x)
    assert from_numba(types.none) == Static(None)
    assert from_numba(Omitted(2.5)) == Static(2.5)
    assert from_numba(typeof(func)).value is func
    assert to_numba(Static(None)) == types.none
    assert to_numba(Static(2.5)) == Omitted(2.5)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (types.float16, "a has type float16"),
        (types.Array(types.float16, 1, "C"), "a has type array"),
        (types.List(types.float64), r"a is a list of float64; pass an array: np.asarray\(a\)"),
        (types.ListType(types.int64), "typed list of int64"),
        (types.Set(types.int64), "set of int64"),
        (types.Optional(types.float64), "may be None or float64"),
        (types.unicode_type, "not known while compiling"),
        (types.pyobject, "a type that Numba does not know"),
        (types.NPDatetime("s"), "a has type"),
        (types.Array(types.NPTimedelta("s"), 1, "C"), "a has type"),
        (types.DictType(types.int64, types.int64), "a has type"),
        (types.Array(types.CharSeq(3), 1, "C"), "a has type"),
    ],
    ids=str,
)
def test_refused(type_, text):
    with pytest.raises(TypeError, match=text):
        from_numba(type_, "a")
    nested = types.Tuple([types.float64, type_])
    with pytest.raises(TypeError, match=r"a\[1\]"):
        from_numba(nested, "a")


def test_records():
    record = np.zeros(2, dtype=[("x", float)])
    for value in (record, record[0]):
        with pytest.raises(TypeError, match="pass its fields"):
            from_numba(typeof(value), "a")
