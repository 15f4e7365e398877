"""Random programs whose names soon hold other numbers, whole and in halves."""

import os

import numpy as np
import pytest

from tests.fuzz import batches
from tests.fuzz.kinds import HALVES, NUMBERS
from tests.harness import as_plain_python

PROGRAMS = int(os.environ.get("SRCAD_RANDOM_NUMBERS", "200"))
FIRST = int(os.environ.get("SRCAD_RANDOM_SEED", "0"))
BATCH = 40


@pytest.mark.parametrize("batch", batches(FIRST, PROGRAMS, BATCH))
def test_random_numbers(batch, monkeypatch):
    """What is known of a name ends when the name, or what it is known by, changes."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    with as_plain_python(), np.errstate(all="ignore"):
        NUMBERS.compare(6_000_000 + batch, BATCH, lambda seed: 4 + seed % 7)


@pytest.mark.parametrize("batch", batches(FIRST, PROGRAMS, BATCH))
def test_random_numbers_in_halves(batch, monkeypatch):
    """Tangents and adjoints in two functions give what they give in one."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    with np.errstate(all="ignore"):
        HALVES.compare(6_000_000 + batch, BATCH, lambda seed: 4 + seed % 7)
