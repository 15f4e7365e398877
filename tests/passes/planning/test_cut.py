"""Smallest cuts, against all cuts of small graphs."""

import itertools
import random

import pytest

from srcad.passes.planning.cut import INFINITE, Graph


def capacity(edges, at_end):
    """Return the capacity of what leads from the side of the source to that of the end."""
    return sum(size for a, b, size in edges if not at_end[a] and at_end[b])


@pytest.mark.parametrize("seed", range(60))
def test_no_cut_is_smaller(seed):
    rng = random.Random(seed)
    count = rng.randrange(2, 8)
    pairs = [(a, b) for a in range(count) for b in range(count) if a != b and (a, b) != (0, 1)]
    sizes = (0.0, 0.5, 1.0, 1.0, 2.0, 7.0, INFINITE)
    edges = [(a, b, rng.choice(sizes)) for a, b in rng.sample(pairs, len(pairs) // 2)]
    best = min(
        capacity(edges, (False, True, *rest))
        for rest in itertools.product((False, True), repeat=count - 2)
    )
    if best == INFINITE:
        return
    graph = Graph()
    for _ in range(count - 2):
        graph.node()
    for edge in edges:
        graph.edge(*edge)
    total, at_end = graph.cut()
    assert total == pytest.approx(best)
    assert capacity(edges, at_end) == pytest.approx(best)
    assert at_end[1]
    assert not at_end[0]


def test_of_two_cuts_the_one_near_the_end_is_taken():
    graph = Graph()
    middle = graph.node()
    graph.edge(0, middle, 1.0)
    graph.edge(middle, 1, 1.0)
    assert graph.cut() == (1.0, [False, True, False])
