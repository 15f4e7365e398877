"""One derivative object per function, kind and options, for as long as it is wanted.

The objects hang on the function that they differentiate, so that all of them can die
together; equal functions (the same lambda met again in a loop) share them.
"""

from __future__ import annotations

import weakref
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from types import FunctionType

    from srcad.backend.jit import Derivative

ATTRIBUTE = "__srcad_derivatives__"
_lock = RLock()
_by_content: weakref.WeakValueDictionary[Hashable, Derivative] = weakref.WeakValueDictionary()


class Memo:
    """The derivative objects of one function.

    Copies of a function's `__dict__` (`functools.wraps`) carry the memo along, so it
    knows whose it is; a pickled function takes an empty one with it.
    """

    __slots__ = ("entries", "owner")

    def __init__(self, owner: object = None) -> None:
        """Start empty."""
        self.owner = None if owner is None else weakref.ref(owner)
        self.entries: dict[Hashable, Derivative] = {}

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
        if found is None:
            found = _by_content.get(key)
            if found is None:
                found = _by_content[key] = make()
            memo.entries[key] = found
        return found


def forget(func: object, key: Hashable) -> None:
    """Drop the derivative object of `key`: what it is compiled for has changed."""
    with _lock:
        memo_of(func).entries.pop(key, None)
        _by_content.pop(key, None)


def derivatives_of(func: object) -> tuple[Derivative, ...]:
    """Return the derivative objects of `func` made so far, oldest first."""
    with _lock:
        return tuple(memo_of(func).entries.values())
