"""Trees of whole arrays: what they read, which of it at their own index, and what they cost."""

import pytest

from srcad.ir.nodes import Const, Var
from srcad.ir.types import BOOL, FLOAT, INT, Array, Scalar
from srcad.passes.arrays.shapes import fitted
from srcad.passes.arrays.trees import (
    ONE,
    Along,
    Apply,
    At,
    Extent,
    Leaf,
    Number,
    Picked,
    Viewed,
    accesses,
    children,
    dtype,
    element_kind,
    inputs,
    is_array,
    is_dear,
    is_view,
    leaves,
    mentioned,
    rank,
)

N, M, K = (Var(name, INT) for name in "nmk")
ROW = Extent(N, "n")
OTHER = Extent(M, "m")
X = Leaf(Var("x", Array("float64", 1)), (ROW,))
Y = Leaf(Var("y", Array("float32", 1)), (OTHER,))
AT = Leaf(Var("at", Array("int64", 1)), (OTHER,))
MATRIX = Leaf(Var("a", Array("float64", 2)), (ROW, OTHER))
SHIFTED = Viewed(X, (Along(0, K),), (ROW,))
BACKWARDS = Viewed(X, (Along(0, N, Const(-1)),), (ROW,))
LINE = Viewed(MATRIX, (At(K), Along(0)), (OTHER,))
CHOSEN = Viewed(X, (Picked(AT, 0, (OTHER,)),), (OTHER,))
SUM = Apply("add", (), (X, Number(K)), (ROW,), "float64")
SINE = Apply("sin", (), (SUM,), (ROW,), "float64")
PART = Viewed(SINE, (Along(0, K),), (ROW,))
BOTH = Apply("mul", (), (SINE, CHOSEN), (ROW,), "float64")


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (Number(K), []),
        (X, [("x", True)]),
        (SUM, [("x", True)]),
        (SINE, [("x", True)]),
        (SHIFTED, [("x", True)]),
        (PART, [("x", False)]),
        (CHOSEN, [("x", True), ("at", False)]),
        (BOTH, [("x", True), ("x", True), ("at", False)]),
        (Viewed(CHOSEN, (Along(0, K),), (OTHER,)), [("x", False), ("at", False)]),
    ],
)
def test_accesses(tree, expected):
    """A view of an array is one access; what is computed and then viewed is read elsewhere."""
    found = [(name(leaf), here) for leaf, here in accesses(tree)]
    assert found == expected
    assert list(map(name, leaves(tree))) == [array for array, _ in expected]


def name(leaf):
    return (leaf.source if isinstance(leaf, Viewed) else leaf).array.name


@pytest.mark.parametrize(
    ("tree", "expected", "extents"),
    [
        (Number(K), "k", ""),
        (Number(Const(2.0)), "", ""),
        (X, "x", "n"),
        (SHIFTED, "xk", "n"),
        (BACKWARDS, "xn", "n"),
        (LINE, "ak", "nm"),
        (SUM, "xk", "n"),
        (Viewed(X, (Along(0, Const(1), K),), (OTHER,)), "xk", "nm"),
        (Viewed(SUM, (At(Const(0)),), ()), "xk", "n"),
        (Apply("exp", (), (Y,), (ONE, OTHER), "float32"), "y", "m"),
    ],
)
def test_what_is_read(tree, expected, extents):
    """Elements, indices and numbers; where a tree is computed, extents as well."""
    assert inputs(tree) == set(expected)
    assert mentioned(tree) == set(expected) | set(extents)


def test_what_a_choice_of_elements_reads():
    """The array of indices too, and the shape that it is broadcast to."""
    assert inputs(CHOSEN) == {"x", "at"}
    assert mentioned(CHOSEN) == {"x", "at", "n", "m"}
    wide = Viewed(X, (Picked(AT, 0, (Extent(K, "k"), OTHER)),), (ROW, OTHER))
    assert mentioned(wide) == {"x", "at", "n", "m", "k"}
    assert children(CHOSEN) == (X, AT)
    assert children(BOTH) == (SINE, CHOSEN)
    assert children(X) == children(Number(K)) == ()


def test_views():
    """Views of views of arrays; no choice of elements, nothing that is computed."""
    assert all(map(is_view, (X, SHIFTED, BACKWARDS, LINE, Viewed(LINE, (At(K),), ()))))
    assert not any(map(is_view, (Number(K), SUM, PART, CHOSEN, Viewed(CHOSEN, (At(K),), ()))))


def test_costs():
    """Elementary functions are dear, wherever in a tree; additions and reads are not."""
    assert all(map(is_dear, (SINE, BOTH, PART)))
    assert not any(map(is_dear, (Number(K), X, SHIFTED, CHOSEN, SUM)))


def test_kinds():
    assert [element_kind(t) for t in (X, Y, CHOSEN, SUM, Number(K))] == [
        "float64",
        "float32",
        "float64",
        "float64",
        "",
    ]
    assert [rank(t) for t in (None, FLOAT, Array("int64", 3))] == [0, 0, 3]
    assert [dtype(t) for t in (BOOL, Scalar("float32"), Array("int64", 3))] == [
        "bool",
        "float32",
        "int64",
    ]
    assert is_array(X.array)
    assert not any(map(is_array, (K, Const(1), None)))


def test_extents():
    """Only a literal one surely is one."""
    assert ONE.is_one
    assert not any(extent.is_one for extent in (ROW, Extent(Const(2), ("const", 2))))


def test_a_tree_in_several_places_is_looked_through_once():
    """A hundred operations on what came before, twice each: not two to the hundredth."""
    tree = X
    for _ in range(100):
        tree = Apply("add", (), (tree, tree), (ROW,), "float64")
    assert mentioned(tree) == {"x", "n"}
    assert inputs(tree) == {"x"}
    assert list(accesses(tree)) == [(X, True)]
    assert element_kind(fitted(tree, (ROW,))) == "float64"
