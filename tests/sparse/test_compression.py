"""Elements are read off the compressed matrix as they are."""

import numpy as np
import pytest

from srcad.sparse.choice import hessian_choice, jacobian_choice
from srcad.sparse.compression import WIDTH
from srcad.sparse.matrix import layout_of, symmetric
from srcad.sparse.pattern import Pattern
from srcad.sparse.substitution import Substitution
from srcad.sparse.sweeps import data_of
from tests.sparse.test_colouring import arrow, band, grid

pytestmark = pytest.mark.compiled
FORMATS = ("csr", "csc", "coo")


def recovered(dense, choice, layout, mode="forward", *, in_lanes):
    """Return the matrix whose products are those of a dense one."""
    operator = dense if mode == "forward" else dense.T

    def lanes(seeds):
        return operator @ seeds

    def single(seeds):
        return None, operator @ seeds

    seeds_for = np.zeros(operator.shape[1])
    run = data_of(
        choice.compression,
        lanes if in_lanes else single,
        in_lanes=in_lanes,
        seeds_for=seeds_for,
        dtype=np.dtype(np.float64),
    )
    return layout.matrix(run(()))


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.setattr("srcad.sparse.sweeps.compiles", lambda: False)


def numbers(pattern, rng):
    """Return a dense matrix with whole numbers at the elements of a pattern."""
    return np.where(pattern, rng.integers(1, 100, size=pattern.shape), 0).astype(np.float64)


@pytest.mark.parametrize("in_lanes", [True, False])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_random_jacobians(mode, in_lanes):
    """Any pattern, in any format: exactly the elements."""
    rng = np.random.default_rng(2)
    for k in range(60):
        shape = rng.integers(0, 30, size=2)
        dense = numbers(rng.random(shape) < rng.random() ** 3, rng)
        pattern = Pattern.from_sparse(dense)
        layout = layout_of(pattern, FORMATS[k % 3])
        choice = jacobian_choice(pattern, mode, layout.places)
        assert choice.mode == mode
        made = recovered(dense, choice, layout, mode, in_lanes=in_lanes)
        assert made.format == layout.format
        assert made.shape == tuple(shape)
        assert np.array_equal(made.toarray(), dense)


@pytest.mark.parametrize("in_lanes", [True, False])
@pytest.mark.parametrize("method", ["star", "acyclic"])
def test_random_hessians(method, in_lanes):
    """Whole numbers are exact, also by substitution."""
    rng = np.random.default_rng(3)
    for k in range(60):
        size = rng.integers(0, 30)
        half = rng.random((size, size)) < rng.random() ** 3
        upper = numbers(np.triu(half), rng)
        dense = np.triu(upper) + np.triu(upper, 1).T
        pattern = symmetric(Pattern.from_sparse(upper))
        layout = layout_of(pattern, FORMATS[k % 3])
        choice = hessian_choice(pattern, method, layout.places)
        assert isinstance(choice.compression.recovery, Substitution) == (method == "acyclic")
        made = recovered(dense, choice, layout, in_lanes=in_lanes)
        assert np.array_equal(made.toarray(), dense)


@pytest.mark.parametrize(
    "pattern", [arrow(25), band(25, 2), grid(5, 6)], ids=["arrow", "band", "grid"]
)
def test_known_hessians(pattern):
    """What is chosen by itself is right; both elements of a pair are the same number."""
    rng = np.random.default_rng(4)
    dense = np.where(pattern, rng.normal(size=pattern.shape), 0.0)
    dense += dense.T
    layout = layout_of(Pattern.from_sparse(pattern), "csr")
    for method in (None, "star", "acyclic"):
        choice = hessian_choice(Pattern.from_sparse(pattern), method, layout.places)
        made = recovered(dense, choice, layout, in_lanes=True).toarray()
        assert np.array_equal(made, made.T)
        assert np.allclose(made, dense, rtol=1e-11, atol=1e-12)


def choice_of(dense, mode=None):
    pattern = Pattern.from_sparse(dense)
    return jacobian_choice(pattern, mode, layout_of(pattern, "csr").places)


def test_modes_of_arrows():
    """A dense row is for reverse mode, a dense column for forward mode."""
    diagonal = np.eye(40, dtype=bool)
    row, column = diagonal.copy(), diagonal.copy()
    row[0], column[:, 0] = True, True
    assert str(choice_of(row)) == (
        "reverse: at least 40 colours of columns or 2 colours of rows; "
        "reverse counts as 1.5 times as much"
    )
    assert (choice_of(row).mode, choice_of(row).colours) == ("reverse", 2)
    assert (choice_of(column).mode, choice_of(column).colours) == ("forward", 2)
    assert str(choice_of(row, "forward")) == "forward, as asked for: 40 colours of columns"


def test_substitution_is_chosen_where_it_has_fewer_sweeps():
    """Five colours are as good as eight, and worse to read off."""
    few = Pattern.from_sparse(grid(8, 8))
    many = Pattern.from_sparse(band(60, 6))
    places = np.arange(few.nnz)
    assert hessian_choice(few, None, places).method == "star"
    choice = hessian_choice(many, None, np.arange(many.nnz))
    assert choice.method == "acyclic"
    assert choice.colours <= WIDTH < 13
    assert str(choice) == "acyclic: star 13 colours or acyclic 7 colours, by substitution"


def test_results_own_their_indices():
    """What is changed in place is not what the next matrix has."""
    dense = np.array([[1.0, 0.0], [2.0, 3.0]])
    layout = layout_of(Pattern.from_sparse(dense), "csr")
    first = layout.matrix(np.array([0.0, 2.0, 3.0]))
    first.eliminate_zeros()
    second = layout.matrix(np.array([1.0, 2.0, 3.0]))
    assert np.array_equal(second.toarray(), dense)
    assert second.indices.dtype == np.int32
    assert second.has_canonical_format
