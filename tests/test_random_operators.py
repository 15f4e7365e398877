"""Random programs that call derivatives, in both modes, against nested dual numbers."""

import os

import pytest

from tests.fuzz import batches
from tests.fuzz.kinds import OPERATORS
from tests.harness import as_plain_python

PROGRAMS = int(os.environ.get("SRCAD_RANDOM_PROGRAMS", "40"))
FIRST = int(os.environ.get("SRCAD_RANDOM_SEED", "0"))
BATCH = 5
SIZES = (3, 4, 2, 5, 3)


@pytest.mark.parametrize("batch", batches(FIRST, PROGRAMS, BATCH))
def test_random_operators(batch):
    """Derivatives of derivatives of helpers, and of functions inside, as plain Python."""
    with as_plain_python():
        OPERATORS.compare(batch, BATCH, lambda seed: SIZES[seed % 5])
