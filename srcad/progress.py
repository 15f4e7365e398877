"""One line on the terminal while a first call takes long; it is gone when the call goes on.

Only the main thread of the main process, in a terminal, has such a line: workers, notebooks,
pipes and files have none.
"""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
import shutil
import sys
import threading
from contextlib import suppress
from typing import Any, Protocol

STEP = 0.2
"""Seconds between two looks."""

MAIN = os.getpid()


class Call(Protocol):
    """What is waited for."""

    what: str
    details: str

    def now(self) -> str:
        """Return one line about it."""


def is_at_terminal() -> bool:
    """Return whether somebody waits for this thread at a terminal that shows our line alone."""
    stream, first = sys.stderr, sys.__stderr__
    if first is None or stream is not first or os.environ.get("TERM") == "dumb":
        return False
    is_worker = multiprocessing.parent_process() is not None or os.getpid() != MAIN
    if is_worker or threading.current_thread() is not threading.main_thread():
        return False
    try:
        return first.isatty() and _is_in_front(first.fileno())
    except ValueError:  # it is closed
        return False


def _is_in_front(terminal: int) -> bool:
    """Return whether this is no job in the background of a terminal."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except (AttributeError, OSError):  # another system, or a terminal of another session
        return True


class Waiting:
    """A thread that speaks up when something takes long.

    tells: whether the log is told. shows: whether the terminal has a line.
    """

    def __init__(self, call: Call, seconds: float, *, tells: bool, shows: bool) -> None:
        """Start to wait."""
        self.over = threading.Event()
        self.thread = threading.Thread(
            target=_wait, args=(call, seconds, self.over, tells, shows), daemon=True
        )
        with suppress(RuntimeError):  # no threads here, or none any more: nobody is told
            self.thread.start()

    def end(self) -> None:
        """Return when the line is gone."""
        self.over.set()
        if self.thread.ident is not None:
            self.thread.join()


def _wait(call: Call, seconds: float, over: threading.Event, tells: bool, shows: bool) -> None:  # noqa: FBT001
    """Say that a call takes long, until it is over."""
    if over.wait(seconds):
        return
    if tells:
        logging.getLogger("srcad").info(
            "%s%s: takes more than %.0f s", call.what, call.details, seconds
        )
    if not shows:
        return
    with suppress(OSError, ValueError):  # the terminal is gone, or standard error is closed
        line = _line()
        try:
            while True:
                line.show(call.now())
                if over.wait(STEP):
                    break
        finally:
            line.clear()


def _line() -> Line | RichLine:
    """Return the line, made by rich where that is installed."""
    try:
        return RichLine()
    except ImportError:
        return Line()


class Line:
    """A line of plain text, which is written over and cleared by blanks."""

    def __init__(self) -> None:
        self.width = 0

    def show(self, text: str) -> None:
        """Write a text over the one that was there. It never wraps."""
        text = text[: shutil.get_terminal_size().columns - 1]
        self._write(f"\r{text.ljust(self.width)}")
        self.width = len(text)

    def clear(self) -> None:
        """Leave the line as it was."""
        self._write(f"\r{' ' * self.width}\r")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


class RichLine:
    """The line with a spinner."""

    def __init__(self) -> None:
        """Raise ImportError without rich."""
        names = ("console", "live", "spinner", "text")
        console, live, spinner, text = (importlib.import_module(f"rich.{n}") for n in names)
        self.text: Any = text.Text
        self.spinner = spinner.Spinner("dots")
        self.live = live.Live(
            self.spinner,
            console=console.Console(stderr=True),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self.live.start()

    def show(self, text: str) -> None:
        """Show a text in place of the one that was there."""
        self.spinner.update(text=self.text(text, no_wrap=True, overflow="ellipsis"))
        self.live.refresh()

    def clear(self) -> None:
        """Leave the line as it was."""
        self.live.stop()
