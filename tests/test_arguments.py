"""What users pass: names and positions, and tangents and cotangents that must match."""

import numpy as np
import pytest

from srcad.arguments import (
    check_differentiable,
    cotangent_type,
    is_differentiable,
    is_several,
    leaves,
    matched,
    parameter_names,
    positions,
)
from srcad.ir.types import Array, Scalar, Static, Tuple

NAMES = ("x", "y", "z")
DOUBLE, SINGLE, INT, BOOL = map(Scalar, ("float64", "float32", "int64", "bool"))
ROW = Array("float64", 1, "C", mutable=True)


@pytest.mark.parametrize(
    ("argnums", "found"),
    [
        (0, (0,)),
        (-1, (2,)),
        (-3, (0,)),
        ("z", (2,)),
        ((2, 0), (2, 0)),
        (["y", -1], (1, 2)),
        (np.int32(1), (1,)),
        (range(2), (0, 1)),
    ],
)
def test_positions(argnums, found):
    assert positions(argnums, NAMES, "f") == found
    assert is_several(argnums) == (len(found) > 1)


@pytest.mark.parametrize(
    ("argnums", "kind", "text"),
    [
        (3, ValueError, "argnums=3 is out of range: f has 3 arguments"),
        (-4, ValueError, "out of range"),
        ("w", ValueError, "f has no argument 'w'; it has x, y, z"),
        ("xy", ValueError, "no argument 'xy'"),
        ((), ValueError, "empty"),
        ("", ValueError, "no argument ''"),
        ((0, 0), ValueError, "twice"),
        ((0, -3), ValueError, "twice"),
        (("x", 0), ValueError, "twice"),
        (True, TypeError, "positions and names"),
        (1.0, TypeError, "positions and names"),
        (None, TypeError, "positions and names"),
        ((0, None), TypeError, "positions and names"),
        ({0}, TypeError, "positions and names"),
        (((0, 1),), TypeError, "positions and names"),
    ],
)
def test_positions_that_are_not_there(argnums, kind, text):
    with pytest.raises(kind, match=text):
        positions(argnums, NAMES, "f")


def test_one_argument_and_none():
    with pytest.raises(ValueError, match=r"f has 1 argument$"):
        positions(1, ("x",), "f")
    with pytest.raises(ValueError, match=r"f has 0 arguments$"):
        positions(0, (), "f")
    assert parameter_names(lambda a, /, b, *, c=1: a) == ("a", "b", "c")


def test_leaves():
    type_ = Tuple((DOUBLE, Tuple((INT, ROW)), Tuple(())))
    assert list(leaves(type_, "p")) == [("p[0]", DOUBLE), ("p[1][0]", INT), ("p[1][1]", ROW)]
    assert is_differentiable(type_)
    assert not is_differentiable(Tuple((INT, BOOL, Static(1.0), Tuple(()))))


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (INT, r"^p is an int64, .*; pass a float$"),
        (BOOL, "^p is a bool, so it has no derivative"),
        (Scalar("uint8"), "p is a uint8"),
        (Array("int32", 2, "C"), r"array of int32, .* pass p.astype\(np.float64\)"),
        (Static(2.5), "p is 2.5, which was not passed; pass it as a float"),
        (Static(None), "p is None, which has no derivative"),
        (Static(len), "which has no derivative"),
        (Tuple((DOUBLE, Tuple((ROW, BOOL)))), r"p\[1\]\[1\] is a bool"),
    ],
)
def test_no_floats(type_, text):
    with pytest.raises(TypeError, match=text):
        check_differentiable(type_, "p")
    check_differentiable(Tuple((DOUBLE, SINGLE, ROW)), "p")


def test_types_of_cotangents():
    assert cotangent_type(Tuple((DOUBLE, INT, Array("float32", 2, "A")))) == Tuple(
        (DOUBLE, Static(None), Array("float32", 2, "C"))
    )
    assert cotangent_type(Array("float64", 2, "F")).layout == "F"
    assert cotangent_type(Array("bool", 1, "C")) == Static(None)


def test_numbers_that_match():
    assert matched(1.5, 2.0, DOUBLE, "t") == 1.5
    assert type(matched(np.float64(1.5), 2.0, DOUBLE, "t")) is float
    assert type(matched(1.5, np.float32(2), SINGLE, "t")) is np.float32
    assert type(matched(np.float32(1.5), np.float32(2), SINGLE, "t")) is np.float32
    assert matched(np.asarray(1.5), 2.0, DOUBLE, "t") == 1.5
    for nothing in (None, 0, 0.0, False, np.zeros(3)):
        assert matched(nothing, 3, INT, "t") is None


@pytest.mark.parametrize(
    ("value", "type_", "kind", "text"),
    [
        (1, DOUBLE, TypeError, "t: expected float64, got int"),
        (True, DOUBLE, TypeError, "expected float64, got bool"),
        (None, DOUBLE, TypeError, "expected float64, got NoneType"),
        (1j, DOUBLE, TypeError, "expected float64, got complex"),
        (np.float32(1), DOUBLE, TypeError, "expected float64, got float32"),
        (np.float64(1), SINGLE, TypeError, "expected float32, got float64"),
        (np.ones(1), DOUBLE, ValueError, r"got an array of shape \(1,\)"),
        (1.0, INT, TypeError, "the value is not a float, so it takes None, got float"),
        (np.nan, INT, TypeError, "takes None"),
        (np.ones(2), Array("int64", 1, "C"), TypeError, "takes None"),
        (1.0, Tuple((DOUBLE,)), TypeError, "expected a tuple of 1, got float"),
        ((1.0, 2.0), Tuple((DOUBLE,)), TypeError, "expected a tuple of 1, got 2 values"),
        (np.ones(1), Tuple((DOUBLE,)), TypeError, "expected a tuple of 1, got ndarray"),
        ((1,), Tuple((DOUBLE,)), TypeError, r"t\[0\]: expected float64, got int"),
    ],
)
def test_numbers_that_do_not_match(value, type_, kind, text):
    primal = (2.0,) if isinstance(type_, Tuple) else 2.0
    with pytest.raises(kind, match=text):
        matched(value, primal, type_, "t")


def test_arrays_that_match():
    primal = np.zeros((2, 3))
    c, f = Array("float64", 2, "C", mutable=True), Array("float64", 2, "F", mutable=True)
    value = np.arange(12.0).reshape(2, 6)[:, ::2]
    for type_, order in (
        (c, "C_CONTIGUOUS"),
        (f, "F_CONTIGUOUS"),
        (Array("float64", 2, "A"), "C_CONTIGUOUS"),
    ):
        found = matched(value, primal, type_, "t")
        np.testing.assert_array_equal(found, value)
        assert found.flags[order]
        assert found.flags.writeable
    value = np.ones((2, 3))
    value.flags.writeable = False
    found = matched(value, primal, c, "t")
    assert found.flags.writeable
    assert not np.shares_memory(found, value)
    assert matched(np.ones(0), np.zeros(0), ROW, "t").shape == (0,)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (np.ones(3), ValueError, r"t: expected an array of float64 with shape \(2,\), got shape"),
        (np.ones((2, 1)), ValueError, r"got shape \(2, 1\)"),
        (np.ones(2, np.float32), TypeError, "got dtype float32"),
        (np.ones(2, np.int64), TypeError, "got dtype int64"),
        ([1.0, 1.0], TypeError, "got list"),
        (1.0, TypeError, "got float"),
        (None, TypeError, "got NoneType"),
    ],
)
def test_arrays_that_do_not_match(value, kind, text):
    with pytest.raises(kind, match=text):
        matched(value, np.zeros(2), ROW, "t")
