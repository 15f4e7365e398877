"""Many random programs, in worker processes; what has been run is on disk, line by line.

A worker that dies is a finding (a crash of compiled code), as is a program that takes too
long. `results.jsonl` has one line for each program, and `failures/` one file for each finding.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import multiprocessing
import os
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from tests.fuzz import Verdict
from tests.fuzz.kinds import KINDS
from tests.harness import as_plain_python

FORK = multiprocessing.get_context("fork")
STATUSES = ("right", "refused", "invalid", "unexpected", "internal", "wrong", "error", "crash",
            "slow")  # fmt: skip
FINDINGS = ("unexpected", "internal", "wrong", "error", "crash", "slow")
PER_WORKER = 400
"""Programs after which a worker is replaced: caches of a process only grow."""
PER_COLLECTION = 40
"""Programs after which a worker looks for cycles."""
ALIKE = 4
"""Findings with the same words that are shrunk; the others are written as they are."""


@dataclass(frozen=True)
class Task:
    """One program: mode is "plain", "compiled" or "second"."""

    kind: str
    mode: str
    seed: int


@dataclass(frozen=True)
class Result:
    """What became of the program of a task."""

    kind: str
    mode: str
    seed: int
    status: str
    what: str
    seconds: float

    @property
    def task(self) -> Task:
        """Return the task that this is the result of."""
        return Task(self.kind, self.mode, self.seed)


# In a worker -------------------------------------------------------------------------


def verdict_of(task: Task) -> tuple[Verdict, float]:
    """Return what becomes of a program, and the seconds of processor time that it took."""
    start = time.process_time()
    kind = KINDS[task.kind]
    try:
        source, args = kind.program(task.mode, task.seed)
    except AssertionError as error:  # no tame program among the first drafts
        return Verdict("invalid", str(error).partition(" for seed")[0]), 0.0
    verdict = kind.fuzz(task.mode).verdict(source, args, task.seed)
    return verdict, time.process_time() - start


def text_of(task: Task, seconds: float) -> str:
    """Return what repeats a finding; it is shrunk for so many seconds."""
    kind = KINDS[task.kind]
    source, args = kind.program(task.mode, task.seed)
    if seconds:
        return kind.fuzz(task.mode).explained(source, args, task.seed, seconds)
    return f"seed {task.seed}\n{source}\nargs = {args!r}"


def running(mode: str) -> Any:
    """Return the context in which programs of a mode run (second order enters its own)."""
    return as_plain_python() if mode == "plain" else contextlib.nullcontext()


def work(pipe: Connection) -> None:
    """Answer what comes through the pipe, until None does."""
    warnings.simplefilter("ignore")
    gc.freeze()  # the modules that are there stay
    gc.disable()  # looking for cycles all the time takes a twentieth of it
    for number in itertools.count(1):
        job = pipe.recv()
        if job is None:
            break
        task, shrink_for = job
        with running(task.mode):
            pipe.send(verdict_of(task) if shrink_for is None else text_of(task, shrink_for))
        if number % PER_COLLECTION == 0:
            gc.collect()


# In the parent -----------------------------------------------------------------------


@dataclass
class Worker:
    """A process that runs programs, and the one that it runs, or shrinks for some seconds."""

    process: Any
    pipe: Connection
    left: int = PER_WORKER
    task: Task | None = None
    shrinks: bool = False
    seconds: float = 0.0
    since: float = 0.0

    @classmethod
    def start(cls) -> Worker:
        """Start a process."""
        here, there = FORK.Pipe()
        process = FORK.Process(target=work, args=(there,), daemon=True)
        process.start()
        there.close()
        return cls(process, here)

    def give(self, task: Task, shrink_for: float | None = None) -> None:
        """Let the process run a program, or shrink one."""
        self.task, self.shrinks, self.since = task, shrink_for is not None, time.monotonic()
        self.seconds = shrink_for or 0.0
        self.left -= 1
        self.pipe.send((task, shrink_for))

    def stop(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self.pipe.send(None)
        self.process.join(1.0)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()


@dataclass
class Campaign:
    """Programs to run, what has been found so far, and where that is written."""

    out: Path
    timeout: float
    shrink_for: float
    results: list[Result] = field(default_factory=list)
    alike: Counter[tuple[str, str]] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)

    def resume(self) -> set[Task]:
        """Read the results of an earlier run; return the tasks that are done."""
        path = self.out / "results.jsonl"
        if path.exists():
            for line in path.read_text().splitlines():
                with contextlib.suppress(json.JSONDecodeError):  # the last line may be cut
                    self.results.append(Result(**json.loads(line)))
        self.alike.update((r.kind, r.what) for r in self.results if r.status in FINDINGS)
        return {result.task for result in self.results}

    def run(self, tasks: Iterable[Task], jobs: int, every: float = 20.0) -> None:
        """Run the tasks in so many processes."""
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "failures").mkdir(exist_ok=True)
        todo = iter(tasks)
        workers = [Worker.start() for _ in range(jobs)]
        told = time.monotonic()
        try:
            with (self.out / "results.jsonl").open("a", buffering=1) as log:
                while workers := [w for w in map(supplied(todo), workers) if w.task is not None]:
                    ready = wait([worker.pipe for worker in workers], timeout=1.0)
                    workers = [self.seen(w, log, ready=w.pipe in ready) for w in workers]
                    if time.monotonic() - told > every:
                        told = time.monotonic()
                        print(self.progress(), flush=True)
        finally:
            for worker in workers:
                worker.stop()

    def seen(self, worker: Worker, log: Any, *, ready: bool) -> Worker:
        """Look after a worker that runs a program; return who goes on."""
        if ready:
            return self.answered(worker, log)
        if time.monotonic() - worker.since > self.limit(worker):
            return self.lost(worker, log, "slow", f"more than {self.timeout:.0f} s")
        return worker

    def limit(self, worker: Worker) -> float:
        """Return the seconds that a worker may take for what it does."""
        return self.timeout + (10 * self.shrink_for if worker.shrinks else 0.0)

    def answered(self, worker: Worker, log: Any) -> Worker:
        """Take an answer, or note that the process died; return who goes on."""
        try:
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join()
            return self.lost(worker, log, "crash", f"exit code {worker.process.exitcode}")
        task = worker.task
        assert task is not None
        worker.task = None
        if isinstance(answer, str):
            self.write(task, answer)
            return worker
        verdict, seconds = answer
        self.note(task, verdict, seconds, log)
        if verdict.fails:
            key = (task.kind, verdict.what)
            self.alike[key] += 1
            worker.give(task, self.shrink_for if self.alike[key] <= ALIKE else 0.0)
        return worker

    def lost(self, worker: Worker, log: Any, status: str, what: str) -> Worker:
        """Note a program that a process died of, and return a new worker."""
        worker.process.kill()
        worker.stop()
        task, new = worker.task, Worker.start()
        assert task is not None
        if not worker.shrinks:
            self.note(task, Verdict(status, what), time.monotonic() - worker.since, log)
            new.give(task, 0.0)
        elif worker.seconds:
            new.give(task, 0.0)  # not shrunk
        else:  # its text cannot be had either
            self.write(task, what)
        return new

    def note(self, task: Task, verdict: Verdict, seconds: float, log: Any) -> None:
        """Keep and write one result."""
        result = Result(task.kind, task.mode, task.seed, verdict.status, verdict.what,
                        round(seconds, 3))  # fmt: skip
        self.results.append(result)
        log.write(json.dumps(asdict(result)) + "\n")

    def write(self, task: Task, text: str) -> None:
        """Write what repeats a finding to a file."""
        result = next(r for r in reversed(self.results) if r.task == task)
        path = self.out / "failures" / f"{task.mode}-{task.kind}-{task.seed}.txt"
        path.write_text(f"{task}\n{result.status}: {result.what}\n\n{text}\n")
        print(f"{result.status}: {result.what}  {path}", flush=True)

    def progress(self) -> str:
        """Return one line that says how far this is."""
        counts = Counter(result.status for result in self.results)
        parts = [f"{counts[status]} {status}" for status in STATUSES if counts[status]]
        seconds = time.monotonic() - self.started
        return f"{seconds:6.0f} s  {len(self.results)} programs: {', '.join(parts)}"

    def table(self) -> str:
        """Return the counts of each kind and mode, and the words of what was refused or found."""
        lines = [f"{'':18}{'programs':>9}" + "".join(f"{status:>11}" for status in STATUSES)
                 + f"{'seconds':>9}"]  # fmt: skip
        groups = sorted({(r.mode, r.kind) for r in self.results})
        for mode, kind in [*groups, ("", "all")]:
            chosen = [r for r in self.results if kind == "all" or (r.mode, r.kind) == (mode, kind)]
            counts = Counter(r.status for r in chosen)
            cells = "".join(f"{counts[status]:>11}" for status in STATUSES)
            seconds = sum(r.seconds for r in chosen)
            lines.append(f"{f'{mode} {kind}':18}{len(chosen):>9}{cells}{seconds:>9.0f}")
        words = Counter((r.status, r.what) for r in self.results if r.what)
        lines += ["", *(f"{n:>7}  {status}: {what}" for (status, what), n in words.most_common())]
        return "\n".join(lines)


def supplied(todo: Iterator[Task]) -> Callable[[Worker], Worker]:
    """Return what gives a worker without a task the next one; a tired one is replaced."""

    def give(worker: Worker) -> Worker:
        if worker.task is not None:
            return worker
        task = next(todo, None)
        if task is None or worker.left <= 0:
            worker.stop()
        if task is not None:
            worker = worker if worker.left > 0 else Worker.start()
            worker.give(task)
        return worker

    return give


def lower_priority() -> None:
    """Let other processes of the machine go first."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(5)
