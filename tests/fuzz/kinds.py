"""The kinds of random programs, with what compares them: as a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tests import (
    random_arrays,
    random_complex,
    random_growing,
    random_lists,
    random_names,
    random_numbers,
    random_operators,
    random_programs,
    random_state,
    random_statements,
)
from tests.array_comparison import compare_both, compare_second, returns_float
from tests.fuzz import Fuzz, InvalidProgramError, halves, loops, operators, plans, threads
from tests.fuzz.points import at_points
from tests.random_programs import load_once

VIEWS = ("E206", "E208", "None in the index of one element")
"""Views that the result of a loop is, or that must share memory: an error of ours."""


UNKNOWN = ("dimensions is not known here", "need an array of known dimensions")
"""What is done with the result of a function that calls itself, before its type is known."""

UNFINISHED = ("a value cannot be an item", "passes a finally block")
"""Lists of items whose dimensions a loop finds out; exceptions that a `try` further out catches."""


def check_arrays(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Compare the derivatives of a program in both modes with the reference."""
    at_points(check_arrays_at, source, args, seed)


def check_arrays_at(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Compare the derivatives of a program in both modes at one point.

    Plain Python raises where compiled code divides 0 by 0: the mean of nothing.
    """
    try:
        compare_both(load_once(source), args, seed)
    except ZeroDivisionError as error:
        raise InvalidProgramError("0 / 0") from error


def check_growing(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Compare the derivatives of a program whose arrays may change their shape.

    Some must not, in reverse mode: those whose new extents all are from outside their loop.
    """
    try:
        check_arrays(source, args, seed)
    except ValueError as error:
        if "needs one shape" not in str(error):
            raise
        raise InvalidProgramError("one shape") from error


def check_second_arrays(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Compare the second derivatives of a program with the reference."""
    func = load_once(source)
    if not returns_float(func, args):
        raise InvalidProgramError("more than one number")
    compare_second(func, args, seed)


ARRAYS = Fuzz(random_arrays.generate, check_arrays, VIEWS)
SECOND_ARRAYS = Fuzz(partial(random_arrays.generate, scalar=True), check_second_arrays, VIEWS)
NAMES = Fuzz(random_names.generate, check_arrays, ("E206", "E208"), share=5)
STATE = Fuzz(random_state.generate, check_arrays, ("E206", "E208", "E505", *UNKNOWN), share=2)
NUMBERS = Fuzz(random_numbers.generate, check_arrays, ("E206", "E208", "E501", "E505"))
HALVES = Fuzz(random_numbers.generate, halves.check, NUMBERS.refused)
OPERATORS = Fuzz(random_operators.generate, operators.check, share=5)
PLANS = Fuzz(random_programs.generate, plans.check, UNKNOWN, share=2)
STATE_PLANS = Fuzz(random_state.generate, plans.check, STATE.refused, share=2)
COMPLEX = Fuzz(random_complex.generate, random_complex.check, ("E206", "E208"), share=2)
LISTS = Fuzz(random_lists.generate, check_arrays, share=5)
GROWING = Fuzz(random_growing.generate, check_growing, ("E206", "E208"), share=3)
STATEMENTS = Fuzz(random_statements.generate, check_arrays, UNFINISHED, share=4)
LOOPS = Fuzz(random_programs.generate, loops.check, UNKNOWN)
SECOND_LOOPS = Fuzz(partial(random_programs.generate, scalar=True), loops.check_second)
THREADS = Fuzz(threads.generate, threads.check, (*threads.RACES, *UNKNOWN), share=2)


def idiomatic(fuzz: Fuzz) -> Fuzz:
    """Return the same kind of programs, with idioms."""
    return replace(fuzz, generate=partial(fuzz.generate, idioms=True))


@dataclass(frozen=True)
class Kind:
    """One kind of programs of a campaign, and how long they are."""

    first: Fuzz
    second: Fuzz
    sizes: tuple[int, ...]

    def fuzz(self, mode: str) -> Fuzz:
        """Return what generates and checks programs, for first or second derivatives."""
        return self.second if mode == "second" else self.first

    def program(self, mode: str, seed: int) -> tuple[str, tuple[Any, ...]]:
        """Return the program and the arguments of a seed."""
        size = self.sizes[seed % len(self.sizes)]
        if mode != "plain":
            size = max(2, size // 2)
        return self.fuzz(mode).generate(seed, size)


KINDS = {
    "loops": Kind(idiomatic(LOOPS), idiomatic(SECOND_LOOPS), (4, 6, 5, 8, 3, 12, 6, 4, 7, 5)),
    "arrays": Kind(idiomatic(ARRAYS), idiomatic(SECOND_ARRAYS), (2, 2, 3, 2, 2, 4, 2, 1, 2, 6)),
    "names": Kind(NAMES, replace(NAMES, check=check_second_arrays), (3, 4, 5, 6, 7)),
    "numbers": Kind(NUMBERS, replace(NUMBERS, check=check_second_arrays), (4, 6, 8, 5, 10)),
    "complex": Kind(COMPLEX, COMPLEX, (4, 6, 8, 5, 10)),
    "halves": Kind(HALVES, HALVES, (4, 6, 8, 5, 10)),
    "plans": Kind(idiomatic(PLANS), STATE_PLANS, (4, 6, 5, 8, 3, 12)),
    "lists": Kind(LISTS, replace(LISTS, check=check_second_arrays), (4, 6, 8, 3, 11)),
    "growing": Kind(GROWING, replace(GROWING, check=check_second_arrays), (3, 5, 7, 4, 9)),
    "statements": Kind(STATEMENTS, replace(STATEMENTS, check=check_second_arrays), (3, 4, 6, 8)),
    "operators": Kind(OPERATORS, OPERATORS, (3, 4, 2, 5, 3)),
    "threads": Kind(THREADS, THREADS, (3, 2, 4, 3, 5)),
    "state": Kind(STATE, replace(STATE, check=check_second_arrays), (4, 5, 6, 3, 7, 4, 9)),
}
