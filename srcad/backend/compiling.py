"""Compilations as parts of first calls: which of Numba's steps make machine code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import event

from srcad.firstcall import MACHINE_CODE, FirstCall, current, first_call

STEP = "numba:run_pass"


class Lowerings(event.Listener):
    """Counts the time of steps that make machine code, those of callees included."""

    def __init__(self, call: FirstCall) -> None:
        self.call = call

    def on_start(self, event: Any) -> None:
        """Begin a stage."""
        if self._is_meant(event):
            self.call.enter(MACHINE_CODE)

    def on_end(self, event: Any) -> None:
        """End it."""
        if self._is_meant(event):
            self.call.leave()

    def _is_meant(self, event: Any) -> bool:
        """Return whether this is such a step, of this call: other threads compile, too."""
        return current() is self.call and "lowering" in event.data["name"]


@contextmanager
def compiling(what: str, types: Any) -> Iterator[FirstCall]:
    """Count the time of a compilation.

    types: of the arguments.
    """
    args = getattr(types, "args", types)
    with first_call(what, f" for {', '.join(map(str, args)) or 'no arguments'}") as call:
        if call.is_watched:
            yield call
            return
        call.is_watched = True
        try:
            with event.install_listener(STEP, Lowerings(call)):
                yield call
        finally:
            call.is_watched = False


def known_entry(dispatcher: Any, types: Any) -> Any:
    """Return what is compiled for the types of some arguments, None if nothing is.

    Numba's dispatcher asks again at each call where one of its functions has had another value
    for an argument that is left out: it tells no two of these from each other.
    """
    found = dispatcher.overloads.get(types) if isinstance(types, tuple) else None
    return None if found is None else found.entry_point
