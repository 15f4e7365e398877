"""Other processes that compile, and keep on disk what this one loads then.

They are fresh processes that import the module of a function and nothing of the main program, and
that are told by a pipe what to compile. What they cannot do is left to this process, which
compiles whatever it does not find: nothing depends on them but time.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.spawn import get_executable
from threading import Thread
from typing import Any, cast

from srcad.backend.jit import Derivative
from srcad.derivative import is_found_by_name
from srcad.firstcall import first_call
from srcad.options import options

PROGRAM = "import sys; sys.path[:] = {path!r}; from srcad.warm_processes import work; work()"

_is_worker: list[bool] = []


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Something to compile: a dispatcher, and the types of its arguments."""

    what: str
    made: Any
    types: tuple[Any, ...]


def is_worker() -> bool:
    """Return whether this process compiles for another one."""
    return bool(_is_worker)


def compiled_elsewhere(
    tasks: Sequence[Task], processes: int | None
) -> dict[tuple[Any, Any], float]:
    """Compile in other processes what is kept on disk; return the seconds of each, and its types.

    processes: how many at most, None for as many as there are processors.
    """
    left = [task for task in tasks if _is_for_others(task)]
    count = min(len(left), processors() if processes is None else processes)
    if count < 2 or getattr(sys, "frozen", False):  # an application starts itself again
        return {}
    seconds: dict[tuple[Any, Any], float] = {}
    workers: list[subprocess.Popen[bytes]] = []
    try:
        with first_call(f"{len(left)} derivatives in {count} processes"):
            workers += [_started() for _ in range(count)]
            threads = [Thread(target=_feed, args=(w, left, seconds), daemon=True) for w in workers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    except OSError:  # no processes here
        return seconds
    finally:
        for worker in workers:
            worker.kill()
            for pipe in (worker.stdin, worker.stdout):
                with suppress(OSError):  # what was not read by then
                    cast("Any", pipe).close()
            worker.wait()
    return seconds


def _is_for_others(task: Task) -> bool:
    """Return whether another process can compile this, and it is of use here."""
    made = task.made
    if not isinstance(made, Derivative) or not made.is_cached() or task.types in made.overloads:
        return False
    return is_found_by_name(made) and made._cache.lacks(task.types)  # noqa: SLF001


def processors() -> int:
    """Return how many processors this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


def _started() -> subprocess.Popen[bytes]:
    """Return a process that waits for tasks."""
    return subprocess.Popen(  # noqa: S603 - this very program
        [get_executable(), "-c", PROGRAM.format(path=sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _feed(
    worker: subprocess.Popen[bytes], left: list[Task], seconds: dict[tuple[Any, Any], float]
) -> None:
    """Give a process one task after the other, until none is left or it does not answer."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    while left:
        try:
            task = left.pop(0)
        except IndexError:  # another thread was faster
            return
        try:
            pickle.dump((task.made, task.types), worker.stdin)
            worker.stdin.flush()
            answer = worker.stdout.readline()
        except (OSError, pickle.PicklingError, TypeError, AttributeError):
            return
        if not answer:
            return
        if answer != b"no\n":
            seconds[task.made, task.types] = float(answer)


def work() -> None:
    """Compile what standard input asks for, and answer with the seconds that it took."""
    _is_worker.append(True)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # modules may print
    while True:
        try:
            made, types = pickle.load(sys.stdin.buffer)  # noqa: S301 - of the process that began this
        except EOFError:
            return
        except Exception:  # noqa: BLE001 - its module may raise anything; the other process goes on
            answers.write(b"no\n")
            continue
        started = time.perf_counter()
        try:
            with options(cache=True, progress=False):
                made.compile(types)
        except Exception:  # noqa: BLE001 - the process that asked will see it for itself
            answers.write(b"no\n")
        else:
            answers.write(f"{time.perf_counter() - started}\n".encode())
