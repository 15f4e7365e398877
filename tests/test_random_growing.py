"""Random programs with arrays whose shape changes, and lists of arrays, against complex steps."""

import os

import numpy as np
import pytest

from tests.fuzz import batches
from tests.fuzz.kinds import GROWING
from tests.harness import as_plain_python

PROGRAMS = int(os.environ.get("SRCAD_RANDOM_GROWING", "3"))
FIRST = int(os.environ.get("SRCAD_RANDOM_SEED", "0"))
BATCH = 3


@pytest.mark.parametrize("batch", batches(FIRST, PROGRAMS, BATCH))
def test_random_growing(batch, monkeypatch):
    """Windows, queues, masks; stacks and histories of arrays."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    with as_plain_python(), np.errstate(all="ignore"):
        GROWING.compare(8_300_000 + batch, BATCH, lambda seed: 3 + seed % 6)
