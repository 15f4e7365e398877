"""The rules that users have given, by the objects that they are for, and when they changed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from srcad.rules.rows import Row


@dataclass(frozen=True, slots=True)
class Given:
    """A rule that was given: the objects that it is for, and the row."""

    objects: tuple[object, ...]
    row: Row
    wrapper: Any = None

    @property
    def name(self) -> str:
        """Return the name of the primitive."""
        assert self.row.prim is not None
        return self.row.prim.name


GIVEN: dict[int, Given] = {}
"""By the identity of each object."""


def given_for(obj: object) -> Given | None:
    """Return the rule that was given for an object, or None.

    The rule of a Python function is that of all its dispatchers, but for those with another.
    """
    found = GIVEN.get(id(obj))
    if found is not None and any(o is obj for o in found.objects):
        return found
    inner = getattr(obj, "py_func", None)
    has_own = hasattr(obj, "__srcad_rule__") or hasattr(obj, "__srcad_derivative__")
    return None if inner is None or has_own else given_for(inner)


_changes = count()
_version = [next(_changes)]


def touch() -> None:
    """Note that a rule of the user's is new or another one."""
    _version[0] = next(_changes)


def version() -> int:
    """Return a number that is another one after each change of the user's rules."""
    return _version[0]
