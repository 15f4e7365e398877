"""One derivative object per function, kind and options, for as long as it is wanted.

The objects hang on the function that they differentiate, so that all of them can die
together; equal functions (the same lambda met again in a loop) share them.
"""

from __future__ import annotations

import weakref
from functools import partial
from threading import RLock
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from numba.core.registry import CPUDispatcher

from srcad.captured import Watch, watch
from srcad.options import is_in_cached_block
from srcad.plans import captures

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from srcad.backend.jit import Derivative


class CanBeForgotten(Protocol):
    """What is compiled for captured values; they may have changed since."""

    @property
    def is_forgotten(self) -> bool:
        """Return whether they have."""


Made = TypeVar("Made", bound="Derivative | CanBeForgotten")
ATTRIBUTE = "__srcad_derivatives__"
NOTHING: dict[str, Any] = {}
RULES = partial(Watch, (), (), (), ())
"""Watches nothing but the rules that users have given."""

_lock = RLock()
_by_content: weakref.WeakValueDictionary[Hashable, Derivative] = weakref.WeakValueDictionary()


class Memo:
    """The derivative objects of one function.

    Copies of a function's `__dict__` (`functools.wraps`) carry the memo along, so it
    knows whose it is; a pickled function takes an empty one with it.
    """

    __slots__ = ("entries", "owner", "shortcuts")

    def __init__(self, owner: object = None) -> None:
        """Start empty."""
        self.owner = None if owner is None else weakref.ref(owner)
        self.entries: dict[Hashable, Any] = {}
        self.shortcuts: dict[Hashable, tuple[Watch | None, Any]] = {}

    def __reduce__(self) -> tuple[type[Memo], tuple[()]]:
        """Pickle as an empty memo of nobody."""
        return Memo, ()


def memo_of(func: object) -> Memo:
    """Return the memo of `func` (a function or a dispatcher)."""
    known = vars(func).get(ATTRIBUTE)
    if isinstance(known, Memo) and known.owner is not None and known.owner() is func:
        return known
    memo = Memo(func)
    setattr(func, ATTRIBUTE, memo)
    return memo


def recall(
    func: FunctionType | Derivative, key: Hashable, make: Callable[[], Derivative]
) -> Derivative:
    """Return the derivative object for `key`, made at most once."""
    with _lock:
        memo = memo_of(func)
        found = memo.entries.get(key)
        if found is None or getattr(found, "is_forgotten", False):
            found = _by_content.get(key)
            if found is None:
                found = _by_content[key] = make()
            memo.entries[key] = found
        return found


def known(func: object, what: Hashable) -> Any:
    """Return what `shortcut` has returned for `what`, if that still holds; None for anything else.

    func: may be anything: what is no function has no memo of its own.
    """
    memo = getattr(func, "__dict__", NOTHING).get(ATTRIBUTE)
    if memo is None or memo.owner is None or memo.owner() is not func:
        return None
    entry = memo.shortcuts.get(what)
    # What is made in such a block has to know it.
    if entry is None or is_in_cached_block():
        return None
    seen, made = entry
    holds = not made.is_forgotten and (seen is None or seen.is_unchanged())
    return made if holds else None


def shortcut(func: FunctionType | CPUDispatcher, what: Hashable, make: Callable[[], Made]) -> Made:
    """Return what `make` returned for `what`, as long as `func` captures what it captured then.

    func: the function or the dispatcher that an operator was given; anything else is left to
    `make`. The key of the contents is not made again: names and cells are compared.
    """
    found = known(func, what)
    if found is not None:
        return found  # type: ignore[no-any-return]
    is_derivative = hasattr(func, "__srcad_derivative__")
    if not is_derivative and not isinstance(func, FunctionType | CPUDispatcher):
        return make()
    reads = is_derivative or captures(_function(func))
    # Looked at first: what changes while `make` runs is seen the next time.
    seen = RULES() if reads else watch(_function(func))
    made = make()
    if seen is not None and (is_derivative or not reads or hasattr(made, "reads_captured")):
        memo_of(func).shortcuts[what] = seen, made
    return made


def _function(func: FunctionType | CPUDispatcher) -> FunctionType:
    """Return the Python function that is differentiated when `func` is."""
    found = getattr(func, "__srcad_call__", None) or getattr(func, "py_func", func)
    assert isinstance(found, FunctionType)
    return found


def forget(func: object, key: Hashable) -> None:
    """Drop the derivative object of `key`: what it is compiled for has changed."""
    with _lock:
        for found in (memo_of(func).entries.pop(key, None), _by_content.pop(key, None)):
            if found is not None:
                found.is_forgotten = True


def derivatives_of(func: object) -> tuple[Derivative, ...]:
    """Return the derivative objects of `func` made so far, oldest first."""
    with _lock:
        return tuple(memo_of(func).entries.values())
