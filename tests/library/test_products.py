"""Products on both sides of their conditions: ranks, extents of zero and one, norms at zero."""

import numpy as np
import pytest

from tests.array_checks import check
from tests.library.grid import answer, function, own

NONE, ONE, THREE = np.zeros(0), np.array([3.0]), np.array([1.0, -2.0, 4.0])
WIDE, TALL = np.arange(6.0).reshape(2, 3) + 1.0, np.arange(6.0).reshape(3, 2) - 2.5
EMPTY, SQUARE = np.zeros((0, 3)), np.array([[2.0, 1.0], [0.5, 3.0]])
STACK, SINGLE = np.arange(18.0).reshape(2, 3, 3) + 1.0, np.ones((1, 3, 2))
CROSSED = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 2.0]])


EXTENTS = [
    ("x @ y", NONE, NONE),
    ("x @ y", ONE, THREE),
    ("x @ y", EMPTY, TALL),
    ("x @ y", EMPTY.T, EMPTY),
    ("x @ y", STACK[:0], SINGLE),
    ("np.inner(x, y)", WIDE, NONE),
    ("np.inner(x, y)", EMPTY, WIDE),
    ("np.kron(x, y)", NONE, THREE),
    ("np.kron(x, y)", EMPTY, WIDE),
    ("np.vdot(x, y)", WIDE, THREE),
    ("np.outer(x, y)", NONE, WIDE),
]


@pytest.mark.parametrize(("text", "x", "y"), EXTENTS)
def test_extents_of_zero_and_one(text, x, y):
    assert answer(text, x, y) == ""


PROGRAMS = [
    ("np.outer(x, y)", THREE, WIDE),
    ("np.inner(x, y)", THREE, 2.0),
    ("np.inner(x, y)", WIDE, CROSSED),
    ("np.inner(x, y)", THREE, STACK),
    ("np.vdot(x, y)", WIDE, TALL),
    ("np.kron(x, y)", THREE, ONE),
    ("np.kron(x, y)", WIDE, TALL),
    ("np.cross(x, y)", THREE, CROSSED),
    ("x @ y", STACK, SINGLE),
    ("x @ y", SINGLE[:, :, :1] + THREE[:, None], STACK[:, :1]),
    ("x @ y", STACK, THREE),
    ("x @ y", THREE, STACK),
    ("np.trace(x, 1) + 0.0 * y", STACK[0], 1.0),
    ("np.trace(x, -1, 1, 2) * y", STACK, 2.0),
]


@pytest.mark.parametrize(("text", "x", "y"), PROGRAMS, ids=[t for t, *_ in PROGRAMS])
def test_value_and_both_modes(text, x, y):
    assert answer(text, x, y) == ""
    check(function(text, "x y"), (x, y))


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.dot(x, y)", (WIDE, WIDE)),
        ("x @ y", (THREE, ONE)),
        ("x @ y", (STACK, np.concatenate((STACK, STACK[:1])))),
        ("np.cross(x, y)", (THREE, THREE[:2])),
        ("np.inner(x, y)", (THREE, WIDE.T)),
    ],
)
def test_extents_that_do_not_fit_raise(text, args):
    with pytest.raises(ValueError, match=r"differ|three|do not fit"):
        own(function(text, "x y"))(*args)


ORDERS = ("None", "0", "1", "2", "3", "-1", "0.5", "np.inf", "-np.inf")


@pytest.mark.parametrize("order", ORDERS)
def test_norms_of_vectors(order):
    for x in (THREE, ONE, np.zeros(3), np.array([np.inf, 1.0]), np.array([0.0, -2.0])):
        assert answer(f"np.linalg.norm(x, {order})", x) == "", (order, x)
    assert answer(f"np.linalg.norm(x, {order}, axis=1, keepdims=True)", WIDE) == ""
    if order in {"None", "1", "-1", "3", "np.inf"}:
        check(function(f"np.linalg.norm(x, {order}) * y", "x y"), (THREE, 2.0))


@pytest.mark.parametrize("order", ["'fro'", "'nuc'", "1", "-1", "2", "-2", "np.inf", "-np.inf"])
def test_norms_of_matrices(order):
    for x in (WIDE, -SQUARE):
        assert answer(f"np.linalg.norm(x, {order})", x) == "", order
    assert answer(f"np.linalg.norm(x, {order}, keepdims=True)", TALL) == "", order


@pytest.mark.parametrize("x", [WIDE, TALL, SQUARE], ids=str)
def test_pseudoinverses(x):
    assert answer("np.linalg.pinv(x)", x) == ""


@pytest.mark.parametrize("n", [-1, 0, 1, 5])
def test_powers_of_matrices(n):
    assert answer(f"np.linalg.matrix_power(x, {n})", SQUARE) == ""


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
def test_dtypes(dtype):
    for text in ("np.outer(x, y)", "np.inner(x, y)", "np.kron(x, y)", "np.cross(x, y)", "x @ y"):
        assert answer(text, (THREE + 2.0).astype(dtype), THREE.astype(dtype)) in {"", "refused"}
