"""What first calls do and how long it takes: for the log, and for who waits at a terminal.

A first call derives and compiles. Each second of it belongs to one stage, the innermost: the
transformation, the text that is made of it, Numba's types for that, and the machine code; or all
of it comes from the cache.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from srcad.later import later
from srcad.options import shows_progress

LONG = 2.0
"""Seconds after which a first call says so."""

LEAST = 0.005
"""Seconds of a stage that is worth a word."""

TRANSFORM, TEXT, TYPING, MACHINE_CODE = "transform", "text", "typing", "machine code"
CACHE = "cache"

logger = logging.getLogger("srcad")
progress = later("srcad.progress")

_here = threading.local()


@dataclass(slots=True, eq=False)
class FirstCall:
    """One first call, or several together: what for, and the seconds of each stage.

    details: what the log is told beside that, the types of the arguments.

    stages: those that have begun and not ended, the innermost last. since: when the time began
    that belongs to none yet. is_found: whether code was found on disk. is_watched: whether its
    compilation is looked at already.
    """

    what: str
    details: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    stages: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.perf_counter)
    since: float = field(default_factory=time.perf_counter)
    is_found: bool = False
    is_watched: bool = False

    def enter(self, stage: str) -> None:
        """Begin a stage inside the one that was."""
        self._count()
        self.stages.append(stage)

    def leave(self) -> None:
        """End the innermost stage."""
        self._count()
        self.stages.pop()

    def _count(self) -> None:
        """Give the time since the last change to the stage that it belongs to."""
        now = time.perf_counter()
        if self.stages:
            stage = self.stages[-1]
            self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self.since
        self.since = now

    @property
    def passed(self) -> float:
        """Return the seconds since it began."""
        return time.perf_counter() - self.begun

    def now(self) -> str:
        """Return one line for who waits. Another thread asks: what it reads may be old."""
        stages = tuple(self.stages)
        doing = f"{stages[-1]}, " if stages else ""
        return f"srcad: {self.what}: {doing}{self.passed:.0f} s"

    def parts(self) -> str:
        """Return the seconds of all stages."""
        told = {stage: spent for stage, spent in self.seconds.items() if spent >= LEAST}
        return ", ".join(f"{stage} {spent:.2f}" for stage, spent in told.items()) or "nothing to do"


def current() -> FirstCall | None:
    """Return the first call that this thread is in."""
    found: FirstCall | None = getattr(_here, "call", None)
    return found


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the time of a block as that of a stage."""
    call = current()
    if call is None:
        yield
        return
    call.enter(name)
    try:
        yield
    finally:
        call.leave()


@contextmanager
def first_call(what: str, details: str = "") -> Iterator[FirstCall]:
    """Tell the log what is done in a block, and who waits at a terminal if it takes long.

    A block inside such a block is a part of it.
    """
    outer = current()
    if outer is not None:
        yield outer
        return
    call = _here.call = FirstCall(what, details)
    tells = logger.isEnabledFor(logging.INFO)
    shows = shows_progress() and progress.is_at_terminal()
    waiting = progress.Waiting(call, LONG, tells=tells, shows=shows) if tells or shows else None
    problem: BaseException | None = None
    try:
        yield call
    except BaseException as error:
        problem = error
        raise
    finally:
        if waiting is not None:
            waiting.end()
        _here.call = None
        passed = call.passed
        end = "" if problem is None else f", ended by {type(problem).__name__}"
        level = logging.INFO if passed >= LONG else logging.DEBUG
        found = " loaded from cache," if call.is_found else ""
        about = (what, details, found, passed, call.parts(), end)
        logger.log(level, "%s%s:%s %.2f s (%s)%s", *about)
