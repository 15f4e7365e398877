"""Random programs with lists that change, against complex steps."""

import os

import numpy as np
import pytest

from tests.fuzz import batches
from tests.fuzz.kinds import LISTS
from tests.harness import as_plain_python

PROGRAMS = int(os.environ.get("SRCAD_RANDOM_LISTS", "8"))
FIRST = int(os.environ.get("SRCAD_RANDOM_SEED", "0"))
BATCH = 4


@pytest.mark.parametrize("batch", batches(FIRST, PROGRAMS, BATCH))
def test_random_lists(batch, monkeypatch):
    """Stacks, queues, lists of loops and of helpers."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    with as_plain_python(), np.errstate(all="ignore"):
        LISTS.compare(7_000_000 + batch, BATCH, lambda seed: 3 + seed % 6)
