"""A minimum cut of a directed graph: which side of it each node is on.

Dinic's algorithm (1970): as long as the end can be reached, the edges that lead one step
farther from the source are filled along all ways to it. Capacities are numbers that are not
negative, or infinite; no way from the source to the end may be of infinite edges only.
"""

from __future__ import annotations

from collections import deque

INFINITE = float("inf")
SMALL = 1e-9
"""What is left of a capacity counts as nothing below this share of it."""


class Graph:
    """A graph between node 0, the source, and node 1, the end."""

    def __init__(self) -> None:
        self.edges: list[list[int]] = [[], []]
        self.target: list[int] = []
        self.left: list[float] = []
        self.least: list[float] = []

    def node(self) -> int:
        """Return a new node."""
        self.edges.append([])
        return len(self.edges) - 1

    def edge(self, source: int, target: int, capacity: float) -> None:
        """Add an edge; the one behind it goes back and has no capacity of its own."""
        least = 0.0 if capacity == INFINITE else SMALL * capacity
        for start, stop, size in ((source, target, capacity), (target, source, 0.0)):
            self.edges[start].append(len(self.target))
            self.target.append(stop)
            self.left.append(size)
            self.least.append(least)

    def cut(self) -> tuple[float, list[bool]]:
        """Return the capacity of a smallest cut, and for each node whether it is at the end.

        Of all smallest cuts, it is the one nearest to the end: what costs the same either way
        is decided late, where the fewest values are.
        """
        total = 0.0
        while (level := self._levels())[1] >= 0:
            at = [0] * len(self.edges)
            while pushed := self._push(level, at):
                total += pushed
        return total, self._at_end()

    def _is_open(self, edge: int) -> bool:
        return self.left[edge] > self.least[edge]

    def _levels(self) -> list[int]:
        level = [-1] * len(self.edges)
        level[0] = 0
        todo = deque([0])
        while todo:
            node = todo.popleft()
            for edge in self.edges[node]:
                target = self.target[edge]
                if level[target] < 0 and self._is_open(edge):
                    level[target] = level[node] + 1
                    todo.append(target)
        return level

    def _push(self, level: list[int], at: list[int]) -> float:
        """Fill one way to the end; `at` is how many edges of each node lead nowhere any more."""
        way: list[int] = []
        node = 0
        while node != 1:
            edges = self.edges[node]
            while at[node] < len(edges):
                edge = edges[at[node]]
                if level[self.target[edge]] == level[node] + 1 and self._is_open(edge):
                    break
                at[node] += 1
            if at[node] < len(edges):
                way.append(edges[at[node]])
                node = self.target[way[-1]]
            elif not way:
                return 0.0
            else:
                node = self.target[way.pop() ^ 1]
                at[node] += 1
        size = min(self.left[edge] for edge in way)
        for edge in way:
            self.left[edge] -= size
            self.left[edge ^ 1] += size
        return size

    def _at_end(self) -> list[bool]:
        found = [False] * len(self.edges)
        found[1] = True
        todo = [1]
        while todo:
            node = todo.pop()
            for edge in self.edges[node]:
                source = self.target[edge]
                if not found[source] and self._is_open(edge ^ 1):
                    found[source] = True
                    todo.append(source)
        return found
