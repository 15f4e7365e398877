"""Random loops over `prange` in blocks, from the last one to the first: the serial numbers."""

import os

import pytest

from tests.fuzz import batches
from tests.fuzz.kinds import THREADS

PROGRAMS = int(os.environ.get("SRCAD_RANDOM_THREADS", "12"))
BATCH = 6


@pytest.mark.parametrize("seed", batches(0, PROGRAMS, BATCH))
def test_random_loops_in_blocks(seed, monkeypatch):
    """Value and gradient in blocks are those of the loops in their order, or refused."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    THREADS.compare(seed, BATCH, lambda _: 3)
