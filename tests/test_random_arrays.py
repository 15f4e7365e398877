"""Random programs over whole arrays against complex steps; failures are shrunk and printed."""

import os

import pytest

from srcad import NotDifferentiable
from tests.array_comparison import (
    InvalidProgramError,
    compare,
    compare_gradient,
    reference,
    returns_float,
)
from tests.harness import as_plain_python, random_tangents
from tests.random_arrays import generate
from tests.random_programs import load, shrink
from tests.test_random import kind_of

PROGRAMS = int(os.environ.get("SRCAD_RANDOM_ARRAYS", "2000"))
FIRST = int(os.environ.get("SRCAD_RANDOM_SEED", "0"))
BATCH = 50
COMPILED = 20
SIZE = 4
LONG = 10
REFUSED = ("E206", "E208", "None in the index of one element")
"""Views that the result of a loop is, or that must share memory: an error of ours."""


def check(source, args, seed):
    """Compare the derivatives of a program with the reference."""
    func = load(source)
    reference(func, args, random_tangents(args, seed))
    compared = compare_gradient if seed % 8 and returns_float(func, args) else compare
    try:
        compared(func, args, seed)
    except NotDifferentiable as error:
        if not any(code in str(error) for code in REFUSED):
            raise
    except ZeroDivisionError:
        pass  # plain Python raises where compiled code goes on


def failure_of(source, args, seed):
    """Return how a program fails, in a few words that shrinking preserves; or None."""
    try:
        check(source, args, seed)
    except InvalidProgramError:
        return None
    except Exception as error:  # noqa: BLE001 - any failure is what we look for
        return f"{type(error).__name__} {kind_of(str(error))}".strip()
    return None


def explained(draft, seed):
    """Return the smallest program that fails like this one, with all that repeats it."""
    args = draft.args
    failure = failure_of(draft.source, args, seed)
    small = shrink(draft.source, lambda text: failure_of(text, args, seed) == failure)
    message = "passes when it is run again"
    try:
        check(small, args, seed)
    except Exception as error:  # noqa: BLE001
        message = f"{type(error).__name__}: {error}"
    return f"seed {seed}\n{small}\nargs = {args!r}\n{message}"


def run_seed(seed, size):
    """Check the program of one seed; a failure raises with the shrunk program."""
    draft = generate(seed, size)
    if failure_of(draft.source, draft.args, seed) is not None:
        pytest.fail(explained(draft, seed), pytrace=False)


@pytest.mark.parametrize("batch", range(FIRST, FIRST + PROGRAMS, BATCH))
def test_random_array_programs_as_plain_python(batch, monkeypatch):
    """The generated source of forward and reverse, run as plain Python.

    One in ten is longer, and verified after every pass: that takes most of the time.
    """
    with as_plain_python():
        for seed in range(batch, batch + BATCH):
            is_long = seed % LONG == 0
            monkeypatch.setenv("SRCAD_VERIFY", "1" if is_long else "0")
            run_seed(seed, SIZE if is_long else 1)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COMPILED))
def test_random_array_programs_compiled(seed):
    """The same, compiled; shorter, for the sake of compile time."""
    run_seed(1_000_001 + 8 * seed, 1)
