"""What the writers of random programs share: choices from one seed, names, lines, blocks."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

Program = tuple[str, tuple[Any, ...]]
"""A source, and the arguments that it is run with."""


def first_tame(
    draft: Callable[[str, int], Program],
    is_tame: Callable[..., bool],
    seed: int,
    size: int,
    attempts: int = 20,
) -> Program:
    """Return the first draft of a seed that runs and whose numbers stay small."""
    for attempt in range(attempts):
        source, args = draft(f"{seed}/{attempt}", size)
        if is_tame(source, args):
            return source, args
    message = f"no tame program for seed {seed}"
    raise AssertionError(message)


class Text:
    """The text of one program, while it is written; all choices come from one seed."""

    def __init__(self, seed: int | str, size: int) -> None:
        self.random = random.Random(seed)
        self.left = size
        self.count = 0
        self.depth = 1
        self.loops = 0
        self.lines: list[str] = []
        self.idioms = False
        self.kept = self.random.choice([0.25, 0.5, 0.8, 1.0])
        self.on: dict[str, bool] = {}

    def has(self, feature: str) -> bool:
        """Return whether this program uses a feature at all.

        Each program draws a subset of the features: a few often meet that would never meet
        if all were in every program.
        """
        if feature not in self.on:
            self.on[feature] = self.chance(self.kept)
        return self.on[feature]

    def emit(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def literal(self) -> str:
        if self.idioms and self.has("round numbers") and self.chance(0.15):
            return self.random.choice(["0.0", "-0.0", "1.0", "-1.0", "2.0"])
        return repr(round(self.random.uniform(-1.2, 1.2), 2))

    def block(self, scope: Any, size: int) -> None:
        """Write up to `size` statements, as long as any are left to write."""
        for _ in range(size):
            if self.left <= 0:
                break
            self.left -= 1
            choices = [(int(weight), write) for weight, write in self.statements()]
            weights = [weight * self.has(write.__name__) for weight, write in choices]
            if not any(weights):
                weights = [weight for weight, _ in choices]
            self.random.choices([write for _, write in choices], weights)[0](scope)

    def statements(self) -> list[tuple[int, Callable[[Any], None]]]:
        """Return the kinds of statements that may come next, with their weights."""
        raise NotImplementedError

    def indented(self, scope: Any, before: tuple[str, ...] = ()) -> None:
        """Write a body of one to three statements, after the lines `before`."""
        self.depth += 1
        for line in before:
            self.emit(line)
        start = len(self.lines)
        self.block(scope, self.random.randint(1, 3))
        if len(self.lines) == start and not before:
            self.emit("pass")
        self.depth -= 1

    def repeated(self, scope: Any, before: tuple[str, ...] = ()) -> None:
        """Write the body of a loop, which may be left or begun anew."""
        self.loops += 1
        self.indented(scope, before)
        self.loops -= 1
