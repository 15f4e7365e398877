"""Random programs against a reference: what is compared is counted, what fails is shrunk.

`python -m tests.fuzz --help` runs as many of them as one likes, outside pytest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pytest

from srcad import NotDifferentiable
from srcad.errors import InternalError
from tests.random_programs import shrink

COMPARED = "compared"
INVALID = "invalid"
REFUSED = "refused"
SPARE = 10_000_000
"""Where the seeds begin that stand in for programs that could not be compared."""


class InvalidProgramError(Exception):
    """The references disagree or leave the finite numbers: nothing to compare with."""


@dataclass(frozen=True)
class Verdict:
    """What became of a program.

    status: "right", "invalid", "refused" (an error of ours that may be), "unexpected" (one
        that may not), "internal", "wrong" (a comparison failed), "error" (any other exception).
    what: a few words that shrinking keeps: the code, or what was compared.
    """

    status: str
    what: str = ""

    @property
    def fails(self) -> bool:
        """Return whether this is a finding."""
        return self.status not in {"right", "invalid", "refused"}


@dataclass(frozen=True)
class Fuzz:
    """One kind of random programs.

    generate: returns the source and the arguments of a seed and a size.
    check: compares the derivatives of a program with its reference.
    refused: what marks an error of ours that programs of this kind may get.
    share: one program in so many may be refused or invalid.
    """

    generate: Callable[[int, int], tuple[str, tuple[Any, ...]]]
    check: Callable[[str, tuple[Any, ...], int], None]
    refused: tuple[str, ...] = ()
    share: int = 10

    def compare(self, first: int, count: int, size: Callable[[int], int]) -> Counter[str]:
        """Compare `count` programs from seed `first` on; the first that fails, fails the test.

        Programs that are refused or invalid are made up for by others, and must be few.
        """
        spares = range(SPARE + first, SPARE + first + max(count // self.share, 1))
        seen: Counter[str] = Counter()
        for seed in chain(range(first, first + count), spares):
            if seen[COMPARED] == count:
                break
            seen[self.run(seed, size(seed))] += 1
        assert seen[COMPARED] == count, f"too few programs could be compared: {dict(seen)}"
        return seen

    def run(self, seed: int, size: int) -> str:
        """Check the program of one seed; a failure raises with the shrunk program."""
        source, args = self.generate(seed, size)
        verdict = self.verdict(source, args, seed)
        if verdict.fails:
            pytest.fail(self.explained(source, args, seed), pytrace=False)
        return COMPARED if verdict.status == "right" else verdict.status

    def verdict(self, source: str, args: tuple[Any, ...], seed: int) -> Verdict:
        """Return what becomes of a program."""
        try:
            self.check(source, args, seed)
        except InvalidProgramError:
            return Verdict(INVALID)
        except NotDifferentiable as error:
            expected = any(mark in str(error) for mark in self.refused)
            return Verdict(REFUSED if expected else "unexpected", kind_of(str(error)))
        except Exception as error:  # noqa: BLE001 - any failure is what we look for
            found = {InternalError: "internal", AssertionError: "wrong"}
            what = f"{type(error).__name__} {kind_of(str(error))}".strip()
            return Verdict(found.get(type(error), "error"), what)
        return Verdict("right")

    def explained(
        self, source: str, args: tuple[Any, ...], seed: int, seconds: float = 60.0
    ) -> str:
        """Return the smallest program that fails like this one, with all that repeats it."""
        failure = self.verdict(source, args, seed)

        def fails(text: str) -> bool:
            return "def f(" in text and self.verdict(text, args, seed) == failure

        small = shrink(source, fails, seconds)
        message = "passes when it is run again"
        try:
            self.check(small, args, seed)
        except Exception as error:  # noqa: BLE001
            message = f"{type(error).__name__}: {error}"
        return f"seed {seed}\n{small}\nargs = {args!r}\n{message}"


def kind_of(message: str) -> str:
    """Return the part of a message that says what is wrong, without names and numbers."""
    code = re.search(r"\bE\d{3}\b", message)
    if code:
        return code.group()
    line = message.strip().partition("\n")[0]
    line = line.partition(": array")[0].partition("Place(")[0].partition(": np.float")[0]
    return re.sub(r"'[^']*'|[\d.]+", "", line)[:80].strip()


def batches(first: int, count: int, size: int, fast: int = 1) -> list[Any]:
    """Return the seeds at which batches begin as parameters of a test; few of them are fast."""
    starts = range(first, first + count, size)
    slow = pytest.mark.slow
    return [pytest.param(s, marks=() if k < fast else slow) for k, s in enumerate(starts)]
