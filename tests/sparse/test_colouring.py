"""Colourings by brute force: every small graph, random ones, and those with known answers."""

import itertools

import numpy as np
import pytest

from srcad.sparse import colouring
from srcad.sparse.compression import ORDERS, coloured_columns, coloured_rows, coloured_symmetric
from srcad.sparse.pattern import Pattern

pytestmark = pytest.mark.compiled


def symmetric(size, pairs):
    """Return the pattern of a graph, with the diagonal."""
    dense = np.eye(size, dtype=bool)
    for i, j in pairs:
        dense[i, j] = dense[j, i] = True
    return dense


def neighbours(dense):
    """Return the neighbours of each vertex."""
    size = len(dense)
    return [[j for j in range(size) if dense[i, j] and j != i] for i in range(size)]


def is_star(dense, colours):
    """Return whether neighbours differ, and no path of four vertices has two colours."""
    beside = neighbours(dense)
    for b, c in zip(*np.nonzero(dense & ~np.eye(len(dense), dtype=bool)), strict=True):
        if colours[b] == colours[c]:
            return False
        for a, d in itertools.product(beside[b], beside[c]):
            if len({a, b, c, d}) == 4 and colours[a] == colours[c] and colours[b] == colours[d]:
                return False
    return True


def is_acyclic(dense, colours):
    """Return whether neighbours differ, and no cycle has two colours."""
    edges = [(i, j) for i, beside in enumerate(neighbours(dense)) for j in beside if i < j]
    if any(colours[i] == colours[j] for i, j in edges):
        return False
    for pair in itertools.combinations(set(colours.tolist()), 2):
        trees = {v: {v} for v in range(len(dense))}
        for i, j in edges:
            if {colours[i], colours[j]} == set(pair):
                if trees[i] is trees[j]:
                    return False
                both = trees[i] | trees[j]
                trees |= dict.fromkeys(both, both)
    return True


def is_distance_two(dense, colours):
    """Return whether no row has two columns of one colour."""
    rows = [colours[np.flatnonzero(row)].tolist() for row in dense]
    return all(len(set(row)) == len(row) and -1 not in row for row in rows)


def check_symmetric(dense, order=None):
    """Both colourings are what they are called."""
    pattern = Pattern.from_sparse(dense)
    order = np.arange(len(dense)) if order is None else order
    given = pattern.indptr, pattern.indices, order
    assert is_star(dense, colouring.star(*given))
    assert is_acyclic(dense, colouring.acyclic(*given))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_every_small_graph(size):
    """All graphs of up to five vertices."""
    pairs = list(itertools.combinations(range(size), 2))
    for chosen in range(2 ** len(pairs)):
        check_symmetric(symmetric(size, [p for k, p in enumerate(pairs) if chosen >> k & 1]))


def test_random_graphs_in_random_orders():
    """Graphs of any density, with and without a diagonal."""
    rng = np.random.default_rng(0)
    for _ in range(120):
        size = rng.integers(4, 13)
        dense = rng.random((size, size)) < rng.random() ** 2
        dense |= dense.T
        check_symmetric(dense | np.eye(size, dtype=bool), rng.permutation(size))
        check_symmetric(dense & ~np.eye(size, dtype=bool), rng.permutation(size))


def test_random_matrices_in_all_orders():
    """No row has two columns of one colour; what has no element has no colour."""
    rng = np.random.default_rng(1)
    for _ in range(100):
        height, width = rng.integers(0, 9, size=2)
        dense = rng.random((height, width)) < rng.random()
        pattern = Pattern.from_sparse(dense)
        for orders in ((), *((order,) for order in ORDERS)):
            orders = orders or ORDERS
            found = coloured_columns(pattern, orders)
            assert is_distance_two(dense, found.colours)
            assert is_distance_two(dense.T, coloured_rows(pattern, orders).colours)
            assert found.count == len({*found.colours.tolist()} - {-1})
        assert found.count >= dense.sum(axis=1).max(initial=0)
        if found.count < width:
            assert np.array_equal(found.colours < 0, ~dense.any(axis=0))


def grid(height, width):
    """Return the pattern of the Laplacian of five points."""
    at = np.arange(height * width).reshape(height, width)
    steps = (at[1:], at[:-1]), (at[:, 1:], at[:, :-1])
    pairs = [pair for a, b in steps for pair in zip(a.flat, b.flat, strict=True)]
    return symmetric(height * width, pairs)


def arrow(size):
    return symmetric(size, [(0, k) for k in range(1, size)])


def band(size, reach):
    return symmetric(size, [(i, j) for i in range(size) for j in range(i) if i - j <= reach])


@pytest.mark.parametrize(
    ("dense", "columns", "star", "acyclic"),
    [
        (np.eye(7, dtype=bool), 1, 1, 1),
        (np.ones((5, 5), dtype=bool), 5, 5, 5),
        (arrow(30), 30, 2, 2),
        (band(40, 1), 3, 3, 2),
        (band(40, 3), 7, 7, 4),
        (grid(9, 9), 7, 8, 5),
        (np.zeros((4, 4), dtype=bool), 0, 0, 0),
        (np.zeros((0, 0), dtype=bool), 0, 0, 0),
    ],
    ids=["diagonal", "dense", "arrow", "band 1", "band 3", "grid", "zero", "nothing"],
)
def test_numbers_of_colours(dense, columns, star, acyclic):
    """No more colours than known patterns take."""
    pattern = Pattern.from_sparse(dense)
    assert coloured_columns(pattern).count <= columns
    assert coloured_rows(pattern).count <= columns
    for method, most in (("star", star), ("acyclic", acyclic)):
        found = coloured_symmetric(pattern, method)
        assert found.count <= most
        assert (is_star if method == "star" else is_acyclic)(dense, found.colours)


@pytest.mark.parametrize("method", ["star", "acyclic"])
def test_orders_of_vertices(method):
    """Each order gives a colouring; the best one is taken."""
    dense = grid(6, 7)
    pattern = Pattern.from_sparse(dense)
    found = [coloured_symmetric(pattern, method, (order,)) for order in ORDERS]
    valid = is_star if method == "star" else is_acyclic
    assert all(valid(dense, one.colours) for one in found)
    assert [one.order for one in found] == list(ORDERS)
    best = coloured_symmetric(pattern, method)
    assert best.count == min(one.count for one in found)


def test_large_arrows_take_no_time():
    """A vertex with many neighbours is not looked through for each of them."""
    ends = np.arange(1, 200_000)
    rows = np.concatenate((np.zeros_like(ends), ends))
    columns = np.concatenate((ends, np.zeros_like(ends)))
    pattern = Pattern.from_pairs((200_000, 200_000), rows, columns)
    for method in ("star", "acyclic"):
        assert coloured_symmetric(pattern, method).count == 2


def test_smallest_last():
    """Each vertex has few neighbours before it: no more than one in a tree."""
    dense = symmetric(7, [(0, k) for k in range(1, 5)] + [(4, 5), (4, 6)])
    pattern = Pattern.from_sparse(dense)
    degrees = np.diff(pattern.indptr)
    order = colouring.smallest_last(
        pattern.indptr, pattern.indices, np.arange(8), np.arange(7), degrees
    )
    place = np.argsort(order)
    for vertex, beside in enumerate(neighbours(dense)):
        assert sum(place[other] < place[vertex] for other in beside) <= 1
