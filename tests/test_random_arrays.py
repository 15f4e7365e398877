"""Random programs over whole arrays against complex steps; failures are shrunk and printed."""

import os

import pytest

from tests.fuzz import batches
from tests.fuzz.kinds import ARRAYS, NAMES, SECOND_ARRAYS, STATE
from tests.harness import as_plain_python

PROGRAMS = int(os.environ.get("SRCAD_RANDOM_ARRAYS", "100"))
FIRST = int(os.environ.get("SRCAD_RANDOM_SEED", "0"))
BATCH = 50
COMPILED = 10
SECOND = 20
NAMED = 100
CHANGED = int(os.environ.get("SRCAD_RANDOM_STATE", "20"))
VERIFIED = 25
"""One program in so many is verified after every pass: that takes most of the time."""


def statements(seed):
    """Return how long the program of a seed is: most are short, for the sake of time."""
    return (2, 2, 3, 2, 2, 4, 2, 2, 2, 6)[seed % 10]


@pytest.mark.slow
@pytest.mark.parametrize("batch", batches(FIRST, PROGRAMS, BATCH))
def test_random_array_programs_as_plain_python(batch, monkeypatch):
    """The generated source of forward and reverse, run as plain Python."""
    with as_plain_python():
        for first in range(batch, batch + BATCH, VERIFIED):
            monkeypatch.setenv("SRCAD_VERIFY", "1")
            ARRAYS.compare(first, 1, statements)
            monkeypatch.setenv("SRCAD_VERIFY", "0")
            ARRAYS.compare(first + 1, VERIFIED - 1, statements)


@pytest.mark.slow
@pytest.mark.parametrize("batch", batches(FIRST, NAMED, BATCH))
def test_random_names_of_arrays(batch, monkeypatch):
    """Programs about aliases: more of them may be refused."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    with as_plain_python():
        NAMES.compare(3_000_000 + batch, BATCH, lambda seed: 3 + seed % 5)


@pytest.mark.slow
@pytest.mark.parametrize("batch", batches(FIRST, CHANGED, 10))
def test_random_programs_that_change_what_they_hold(batch, monkeypatch):
    """Programs with views, tuples, indices, masks, recursion, loops over what they write."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    with as_plain_python():
        STATE.compare(4_000_000 + batch, 10, lambda seed: 4 + seed % 7)


@pytest.mark.slow
@pytest.mark.parametrize("batch", batches(FIRST, SECOND, 10))
def test_second_derivatives_of_random_array_programs(batch, monkeypatch):
    """Forward over reverse and reverse over reverse, as plain Python."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    SECOND_ARRAYS.compare(2_000_000 + batch, 10, lambda _: 2)


@pytest.mark.compiled
@pytest.mark.parametrize("seed", range(FIRST, FIRST + COMPILED))
def test_random_array_programs_compiled(seed):
    """The same as in the first test, compiled, with bounds checked; of one statement."""
    ARRAYS.compare(1_000_000 + seed, 1, lambda _: 1)
