"""Facts that are found once: nodes never change, so what holds of one holds for good.

    @once
    def reads(stmt: Stmt) -> frozenset[str]: ...

Nodes are told apart by identity, and kept alive as long as something is known of them: until
the derivation ends (`forget`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
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
