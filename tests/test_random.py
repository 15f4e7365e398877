"""Hundreds of random programs against two references; failures are shrunk and printed."""

import os

import pytest

from tests.fuzz import batches
from tests.fuzz.kinds import LOOPS
from tests.harness import as_plain_python

PROGRAMS = int(os.environ.get("SRCAD_RANDOM_PROGRAMS", "100"))
FIRST = int(os.environ.get("SRCAD_RANDOM_SEED", "0"))
BATCH = 50
COMPILED = 14
SIZES = (4, 6, 5, 8, 3, 14, 6, 4, 7, 5)


@pytest.mark.slow
@pytest.mark.parametrize("batch", batches(FIRST, PROGRAMS, BATCH))
def test_random_programs_as_plain_python(batch):
    """The generated source of forward and reverse, run as plain Python."""
    with as_plain_python():
        LOOPS.compare(batch, BATCH, lambda seed: SIZES[seed % 10])


@pytest.mark.compiled
@pytest.mark.parametrize("seed", range(FIRST, FIRST + COMPILED))
def test_random_programs_compiled(seed):
    """The same, compiled; shorter, for the sake of compile time."""
    LOOPS.compare(seed + 1_000_000, 1, lambda _: 7)
