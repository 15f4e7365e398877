"""Random programs over whole arrays against complex steps; failures are shrunk and printed."""

import os

import pytest

from tests import random_names, random_state
from tests.array_comparison import compare_both, compare_second
from tests.fuzz import Fuzz, InvalidProgramError
from tests.harness import as_plain_python
from tests.random_arrays import generate
from tests.random_programs import load

PROGRAMS = int(os.environ.get("SRCAD_RANDOM_ARRAYS", "2000"))
FIRST = int(os.environ.get("SRCAD_RANDOM_SEED", "0"))
BATCH = 50
COMPILED = 10
SECOND = 40
NAMES = 200
STATE = int(os.environ.get("SRCAD_RANDOM_STATE", "20"))
VERIFIED = 25
"""One program in so many is verified after every pass: that takes most of the time."""
REFUSED = ("E206", "E208", "None in the index of one element")
"""Views that the result of a loop is, or that must share memory: an error of ours."""


def check(source, args, seed):
    """Compare the derivatives of a program in both modes with the reference.

    Plain Python raises where compiled code divides 0 by 0: the mean of nothing.
    """
    try:
        compare_both(load(source), args, seed)
    except ZeroDivisionError as error:
        raise InvalidProgramError("0 / 0") from error


def check_second(source, args, seed):
    """Compare the second derivatives of a program with the reference."""
    compare_second(load(source), args, seed)


FUZZ = Fuzz(generate, check, REFUSED)
FUZZ_SECOND = Fuzz(lambda seed, size: generate(seed, size, scalar=True), check_second, REFUSED)


FUZZ_NAMES = Fuzz(random_names.generate, check, ("E206", "E208"), share=5)
FUZZ_STATE = Fuzz(random_state.generate, check, ("E206", "E208", "E505"), share=2)


def statements(seed):
    """Return how long the program of a seed is: most are short, for the sake of time."""
    return (2, 2, 3, 2, 2, 4, 2, 2, 2, 6)[seed % 10]


@pytest.mark.parametrize("batch", range(FIRST, FIRST + PROGRAMS, BATCH))
def test_random_array_programs_as_plain_python(batch, monkeypatch):
    """The generated source of forward and reverse, run as plain Python."""
    with as_plain_python():
        for first in range(batch, batch + BATCH, VERIFIED):
            monkeypatch.setenv("SRCAD_VERIFY", "1")
            FUZZ.compare(first, 1, statements)
            monkeypatch.setenv("SRCAD_VERIFY", "0")
            FUZZ.compare(first + 1, VERIFIED - 1, statements)


@pytest.mark.parametrize("batch", range(FIRST, FIRST + NAMES, BATCH))
def test_random_names_of_arrays(batch, monkeypatch):
    """Programs about aliases: more of them may be refused."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    with as_plain_python():
        FUZZ_NAMES.compare(3_000_000 + batch, BATCH, lambda seed: 3 + seed % 5)


@pytest.mark.parametrize("batch", range(FIRST, FIRST + STATE, 10))
def test_random_programs_that_change_what_they_hold(batch, monkeypatch):
    """Programs with views, tuples, indices, masks, recursion, loops over what they write."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    with as_plain_python():
        FUZZ_STATE.compare(4_000_000 + batch, 10, lambda seed: 4 + seed % 7)


@pytest.mark.parametrize("batch", range(FIRST, FIRST + SECOND, 10))
def test_second_derivatives_of_random_array_programs(batch, monkeypatch):
    """Forward over reverse and reverse over reverse, as plain Python."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    FUZZ_SECOND.compare(2_000_000 + batch, 10, lambda _: 2)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COMPILED))
def test_random_array_programs_compiled(seed):
    """The same as in the first test, compiled, with bounds checked; of one statement."""
    FUZZ.compare(1_000_000 + seed, 1, lambda _: 1)
