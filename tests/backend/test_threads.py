"""Whether loops run in threads is decided by time: the faster way, whatever happens."""

import pytest

from srcad.backend.threads import KNOWN, PATIENCE, next_way


def calls(alone, threads, count, moved=0.0):
    """Return which way each call goes, and the time of all.

    alone, threads: what call `k` takes. moved: what it takes more after one in the other way.
    """
    known, took, work = (0.0,) * KNOWN, 0.0, 0.0
    ways, total, last = [], 0.0, None
    for k in range(count):
        known = next_way(*known, took, work)
        way = known[-1]
        took = (threads if way else alone)(k) + (moved if way != last else 0.0)
        work, last = 1000.0, way
        ways.append(int(way))
        total += took
    return ways, total


@pytest.mark.parametrize(("one", "two"), [(100.0, 60.0), (100.0, 900.0), (10.0, 11.0)])
@pytest.mark.parametrize("moved", [0.0, 80.0])
def test_the_faster_way_is_taken(one, two, moved):
    """After four trials the faster way is taken, but for a small part of the time."""
    ways, total = calls(lambda _: one, lambda _: two, 2000, moved)
    assert ways[:4] == [1, 1, 0, 0]
    best = int(two < one)
    assert sum(way == best for way in ways[4:]) > 0.95 * len(ways)
    trials = 4 * (one + two + moved)
    assert total < 2000 * min(one, two) * (1 + 4 * (1 + moved / 10.0) / PATIENCE) + trials


def test_machines_change():
    """Threads are left when others use the cores, and taken again when they are free."""
    ways, _ = calls(lambda _: 100.0, lambda k: 5000.0 if 500 <= k < 1500 else 60.0, 12000)
    assert sum(ways[100:500]) > 390
    assert sum(ways[600:1500]) < 60
    assert sum(ways[-1000:]) > 950


def test_one_long_call_changes_little():
    """A call that is interrupted once does not make the others slow."""
    ways, _ = calls(lambda _: 100.0, lambda k: 1e6 if k == 50 else 60.0, 300)
    assert sum(ways[60:]) > 100


def test_clocks_that_stand_still_or_go_back():
    """Times that mean nothing change nothing."""
    for took in (0.0, -5.0):
        known = next_way(10.0, 5.0, 0.0, 9.0, 0.0, 1.0, 1.0, took, 100.0)
        assert known[:2] == (10.0, 5.0)
        assert known[-1] == 1.0
