"""Plans of random programs: is all that the way back needs kept, there, or computed again?"""

from __future__ import annotations

from typing import Any

from tests.fuzz import InvalidProgramError
from tests.planned import NotRunError, TooLongError, check_plan
from tests.random_programs import load_once

NOMINAL = (3, 1000, 100_000)


def check(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Go back through the trace of a program, as its plan says."""
    try:
        found = check_plan(load_once(source), args, nominal=NOMINAL[seed % len(NOMINAL)])
    except (TooLongError, NotRunError) as error:
        raise InvalidProgramError(str(error)) from error
    assert not found.wrong, "\n".join(found.wrong[:5])
