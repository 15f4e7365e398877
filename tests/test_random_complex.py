"""Random programs with complex numbers."""

import os

import numpy as np
import pytest

from tests.fuzz import batches
from tests.fuzz.kinds import COMPLEX
from tests.harness import as_plain_python

PROGRAMS = int(os.environ.get("SRCAD_RANDOM_COMPLEX", "4"))
FIRST = int(os.environ.get("SRCAD_RANDOM_SEED", "0"))
BATCH = 10


@pytest.mark.slow
@pytest.mark.parametrize("batch", batches(FIRST, PROGRAMS, BATCH))
def test_random_complex(batch, monkeypatch):
    """Both modes give the differences of the plain function, and each other."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    with as_plain_python(), np.errstate(all="ignore"):
        COMPLEX.compare(batch, BATCH, lambda seed: 4 + seed % 5)
