"""Facts that are found once: nodes never change, so what holds of one holds for good.

    @once
    def reads(stmt: Stmt) -> frozenset[str]: ...

Nodes are kept alive as long as something is known of them: until the derivation ends
(`forget`). A node that a pass does not change stays the same node (`updated`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter, is_
from typing import Any, TypeVar

MOST = 200_000
"""Nodes of which one fact is known at a time, where no derivation ends."""

Node = TypeVar("Node")
Fact = TypeVar("Fact")
_tables: list[_Known] = []


class _Known(dict[Any, Any]):
    """One fact, by the node. Looking up what is known runs no code of Python."""

    __slots__ = ("find",)

    def __init__(self, find: Callable[[Any], Any]) -> None:
        self.find = find

    def __missing__(self, node: Any) -> Any:
        if len(self) >= MOST:
            self.clear()
        found = self[node] = self.find(node)
        return found


def once(find: Callable[[Node], Fact]) -> Callable[[Node], Fact]:
    """Return `find`, asked once for each node. Nobody may change what it returns.

    Statements and functions are told apart by identity; equal values have one fact.
    """
    known = _Known(find)
    _tables.append(known)
    return known.__getitem__


def forget() -> None:
    """Drop all that is known: nodes that nobody else needs are freed."""
    for known in _tables:
        known.clear()


def updated(node: Node, **new_fields: Any) -> Node:
    """Return a node with other fields; itself when they are what they were.

    What is known of it remains known, and passes see that nothing is left to do.
    """
    for name, value in new_fields.items():
        old = getattr(node, name)
        if value is not old and (type(value) is not tuple or not unchanged(value, old)):
            kind = type(node)
            new: Node = kind(*_FIELDS[kind](node))
            for changed, field in new_fields.items():
                setattr(new, changed, field)  # nobody else knows it yet
            return new
    return node


class _Fields(dict[type[Any], "Callable[[Any], tuple[Any, ...]]"]):
    """What gets the values of all fields of a node, by its kind."""

    def __missing__(self, kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
        found = self[kind] = attrgetter(*(field.name for field in fields(kind)))
        return found


_FIELDS = _Fields()


def unchanged(new: Any, old: Any) -> bool:
    """Return whether two values are the same, or tuples of the same."""
    if new is old:
        return True
    if type(new) is not tuple or type(old) is not tuple or len(new) != len(old):
        return False
    return all(map(is_, new, old)) or all(map(unchanged, new, old))
