"""Facts that are found once: nodes never change, so what holds of one holds for good.

    @once
    def reads(stmt: Stmt) -> frozenset[str]: ...

Nodes are told apart by identity, and kept alive as long as something is known of them: until
the derivation ends (`forget`). A node that a pass does not change stays the same node
(`updated`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from operator import is_
from typing import Any, TypeVar

MOST = 200_000
"""Nodes of which one fact is known at a time, where no derivation ends."""

Node = TypeVar("Node")
Fact = TypeVar("Fact")
_tables: list[dict[int, tuple[object, Any]]] = []


def once(find: Callable[[Node], Fact]) -> Callable[[Node], Fact]:
    """Return `find`, asked once for each node. Nobody may change what it returns."""
    known: dict[int, tuple[object, Fact]] = {}
    _tables.append(known)

    @wraps(find)
    def fact(node: Node) -> Fact:
        found = known.get(id(node))
        if found is None:
            if len(known) >= MOST:
                known.clear()
            found = known[id(node)] = (node, find(node))
        return found[1]

    return fact


def forget() -> None:
    """Drop all that is known: nodes that nobody else needs are freed."""
    for known in _tables:
        known.clear()


def updated(node: Node, **fields: Any) -> Node:
    """Return a node with other fields; itself when they are what they were.

    What is known of it remains known, and passes see that nothing is left to do.
    """
    for name, value in fields.items():
        if not unchanged(value, getattr(node, name)):
            new: Node = replace(node, **fields)  # type: ignore[type-var]
            return new
    return node


def unchanged(new: Any, old: Any) -> bool:
    """Return whether two values are the same, or tuples of the same."""
    if new is old:
        return True
    if type(new) is not tuple or type(old) is not tuple or len(new) != len(old):
        return False
    return all(map(is_, new, old)) or all(map(unchanged, new, old))
