"""What the log and the terminal are told of first calls."""

from __future__ import annotations

import io
import logging
import multiprocessing
import os
import sys
import threading
import time

import pytest

import srcad
from srcad import firstcall, progress
from srcad.firstcall import FirstCall, current, first_call, stage
from srcad.options import is_cached_here


class Terminal(io.StringIO):
    """A terminal that remembers what it was told."""

    def isatty(self):
        return True

    def fileno(self):
        return -1

    def screen(self):
        """Return the line as it looks now."""
        shown = ""
        for part in self.getvalue().split("\r"):
            shown = part + shown[len(part) :]
        return shown


def a_terminal(monkeypatch, *, rich=False):
    """Let standard error be a terminal, without rich unless asked for, and return it."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setattr(sys, "__stderr__", made)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("SRCAD_PROGRESS", raising=False)
    for name in () if rich else ("rich", "rich.console"):
        monkeypatch.setitem(sys.modules, name, None)
    return made


@pytest.fixture
def soon(monkeypatch):
    """Let everything take long."""
    monkeypatch.setattr(firstcall, "LONG", 0.0)


def until_shown(terminal, text=""):
    """Wait for the thread that shows the line."""
    end = time.monotonic() + 20.0
    while not (terminal.getvalue() and text in terminal.getvalue()) and time.monotonic() < end:
        time.sleep(0.001)


def test_seconds_belong_to_the_innermost_stage(monkeypatch):
    """A stage inside another one is no part of it; what is in none is in none."""
    clock = iter(map(float, range(20)))
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    call = FirstCall("f", begun=0.0, since=0.0)
    call.enter("outer")  # at 0
    call.enter("inner")  # 1
    call.leave()  # 2
    call.leave()  # 3
    call.enter("inner")  # 4
    call.leave()  # 5
    assert call.seconds == {"outer": 2.0, "inner": 2.0}
    assert call.parts() == "outer 2.00, inner 2.00"
    assert (call.now(), call.passed) == ("srcad: f: 6 s", 7.0)


def test_blocks_inside_are_parts():
    """A stage without a call is nothing, and a call in a call is not another one."""
    with stage("alone"):
        assert current() is None
    with first_call("outer") as outer, first_call("inner") as inner, stage("part"):
        assert inner is outer is current()
    assert current() is None
    assert list(outer.seconds) == ["part"]


@pytest.mark.compiled
def test_the_log_says_what_was_derived(caplog, monkeypatch):
    """For which types, and the seconds of the stages: once."""
    monkeypatch.setattr(firstcall, "LONG", 1e9)
    with caplog.at_level(logging.DEBUG, "srcad"):
        made = srcad.grad(lambda x, n: x**n)
        for _ in range(2):
            made(2.0, 3)
    (record,) = caplog.records
    assert record.levelno == logging.DEBUG
    text = record.getMessage()
    assert text.startswith("grad of <lambda> for float64, int64: ")
    assert "machine code" in text


def test_what_takes_long_is_told_twice(caplog, soon):
    """As soon as it takes long, and at the end; errors are named."""

    def fails():
        with first_call("grad of f", " for float64"):
            while not caplog.records:
                time.sleep(0.001)
            raise KeyError

    with caplog.at_level(logging.INFO, "srcad"), pytest.raises(KeyError):
        fails()
    first, last = (record.getMessage() for record in caplog.records)
    assert first == "grad of f for float64: takes more than 0 s"
    assert last.endswith("(nothing to do), ended by KeyError")


def test_the_line_vanishes(monkeypatch, soon):
    """It says what is done, in one line, and leaves nothing behind."""
    terminal = a_terminal(monkeypatch)
    with first_call("grad of a_function" + "n" * 500), stage("typing"):
        until_shown(terminal)
    assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().startswith("\rsrcad: grad of a_function")
    assert max(map(len, terminal.getvalue().split("\r"))) < 500
    assert terminal.screen().strip() == ""


def test_the_line_of_rich(monkeypatch, soon):
    """Types are no markup, and the line is erased."""
    terminal = a_terminal(monkeypatch, rich=True)
    with first_call("grad of f[bold]"), stage("typing"):
        until_shown(terminal, "typing")
    shown, _, after = terminal.getvalue().rpartition("grad of f[bold]: typing")
    assert shown
    assert "\x1b[2K" in after


def test_a_terminal_that_is_gone(monkeypatch, soon):
    """The call goes on as if nobody had looked."""
    terminal = a_terminal(monkeypatch)
    written = []

    def gone(text):
        written.append(text)
        raise OSError

    monkeypatch.setattr(terminal, "write", gone)
    with first_call("grad of f"):
        end = time.monotonic() + 20.0
        while not written and time.monotonic() < end:
            time.sleep(0.001)
    assert written


def test_where_no_thread_can_start(monkeypatch, soon):
    """When Python ends, say: nobody is told."""
    terminal = a_terminal(monkeypatch)

    def start(_):
        raise RuntimeError

    monkeypatch.setattr(threading.Thread, "start", start)
    with first_call("grad of f"):
        pass
    assert terminal.getvalue() == ""


def test_quick_calls_show_nothing(monkeypatch):
    """Whoever waits a moment sees nothing."""
    terminal = a_terminal(monkeypatch)
    with first_call("grad of f"):
        pass
    assert terminal.getvalue() == ""


def test_who_has_a_line(monkeypatch):
    """Workers, other threads, and those who ask for none have no line."""
    a_terminal(monkeypatch)

    def is_shown():
        return firstcall.shows_progress() and progress.is_at_terminal()

    assert is_shown()
    found = []
    thread = threading.Thread(target=lambda: found.append(is_shown()))
    thread.start()
    thread.join()
    assert found == [False]
    with srcad.options(progress=False):
        assert not is_shown()
    with monkeypatch.context() as here:
        here.setenv("SRCAD_PROGRESS", "0")
        assert not is_shown()
        with srcad.options(progress=True):
            assert is_shown()
        here.undo()
    with monkeypatch.context() as here:
        here.setattr(multiprocessing, "parent_process", object)
        assert not is_shown()
    with monkeypatch.context() as here:
        here.setattr(progress, "MAIN", os.getpid() + 1)  # as after a fork
        assert not is_shown()
    with monkeypatch.context() as here:
        here.setenv("TERM", "dumb")
        assert not is_shown()
    with monkeypatch.context() as here:
        here.setattr(os, "tcgetpgrp", lambda _: -1, raising=False)  # in the background
        assert not is_shown()
    for stream in (io.StringIO(), None, Terminal()):  # a file, nothing, a notebook's own
        monkeypatch.setattr(sys, "stderr", stream)
        assert not is_shown()


def test_options_of_a_block():
    """What is left out stays as it was."""
    with srcad.options(cache=True), srcad.options(progress=False):
        assert (is_cached_here(), firstcall.shows_progress()) == (True, False)
        with srcad.options(cache=False):
            assert (is_cached_here(), firstcall.shows_progress()) == (False, False)
