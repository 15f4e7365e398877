"""Random programs of everyday statements, against complex steps."""

import os

import numpy as np
import pytest

from tests.fuzz import batches
from tests.fuzz.kinds import STATEMENTS
from tests.harness import as_plain_python

PROGRAMS = int(os.environ.get("SRCAD_RANDOM_STATEMENTS", "2"))
FIRST = int(os.environ.get("SRCAD_RANDOM_SEED", "0"))
BATCH = 2


@pytest.mark.parametrize("batch", batches(FIRST, PROGRAMS, BATCH))
def test_random_statements(batch, monkeypatch):
    """try, yield, match, names that are None, tuples at a variable, in each other."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    with as_plain_python(), np.errstate(all="ignore"):
        STATEMENTS.compare(9_000_000 + batch, BATCH, lambda seed: 2 + seed % 3)
