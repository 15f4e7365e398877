"""Random programs about whose memory a name is: aliases, branches, loops, helpers, writes.

All arrays have one shape, so that every name can stand for every array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.random_arrays import is_tame
from tests.random_text import Text, first_tame

HELPERS = """import numpy as np


def pick(u, v, c):
    if c > 0.1:
        return u
    return v


def pick_copy(u, v, c):
    if c > 0.1:
        return u * 2.0
    w = v.copy()
    w[0] += c
    return w


def fill(out, u, c):
    for i in range(len(out)):
        if c > 0.5 and i == 1:
            return
        out[i] += c * u[i - 1]


def both(u, c):
    v = np.sin(u)
    if c < 0.0:
        return v, u
    return u, v


def upto(u, c):
    for k in range(3):
        u = u * c
        if np.sum(u) > 0.3:
            break
        u[k % len(u)] *= 0.5
    return u


"""


class Writer(Text):
    """Writes one program; its scope is always the same."""

    def __init__(self, seed: int | str, size: int) -> None:
        super().__init__(seed, size)
        self.own = ["a", "b"]
        self.names = ["a", "b", "x"]
        self.returns_number = self.chance(0.7)

    def any(self) -> str:
        return self.random.choice(self.names)

    def number(self) -> str:
        element = f"{self.any()}[{self.random.randint(-2, 1)}]"
        whole = self.random.choice([f"0.2 * np.sum({self.any()})", f"np.max({self.any()})"])
        return self.random.choice([self.literal(), element, whole])

    def vector(self, depth: int = 2) -> str:
        if depth == 0 or self.chance(0.25):
            return self.any()
        first, second = (self.vector(depth - 1) for _ in "ab")
        texts = [f"{self.any()}[::-1]", f"np.sin({first})", f"np.sin({first})",
                 f"{self.number()} * {first}", f"(m @ ({first}))", f"({first} + {second})",
                 f"({first} + {second})", f"upto({first}, {self.number()})",
                 f"pick_copy({first}, {second}, {self.number()})"]  # fmt: skip
        return self.random.choice(texts)

    def statements(self) -> list[tuple[int, Callable[[Any], None]]]:
        nestable = int(self.loops < 3 and self.left > 1)
        return [
            (3, self.bind), (3, self.alias), (2, self.exchange), (3, self.write),
            (2, self.element), (1, self.view), (2, self.call), (3 * nestable, self.branch),
            (3 * nestable, self.loop), (2 * nestable, self.while_loop),
            (2 * (self.depth > 1), self.jump_out),
        ]  # fmt: skip

    def bind(self, scope: None) -> None:
        self.emit(f"{self.random.choice(self.own)} = {self.vector()} * 1.0")

    def alias(self, scope: None) -> None:
        name, other = self.random.sample(self.own, 2)
        source = self.any()
        lines = [f"{name} = {source}", f"{name} = {source}.copy()",
                 f"{name} = pick({source}, {self.any()}, {self.number()})",
                 f"{name}, {other} = both({source}, {self.number()})"]  # fmt: skip
        self.emit(self.random.choice(lines))

    def exchange(self, scope: None) -> None:
        left, right = self.random.sample(self.own, 2)
        self.emit(f"{left}, {right} = {right}, {left}")

    def write(self, scope: None) -> None:
        lines = [f"{self.any()} *= {self.number()}", f"{self.any()} += {self.vector(1)}",
                 f"{self.any()}[:] = {self.vector(1)}",
                 f"{self.any()}[1:] = {self.any()}[:-1]"]  # fmt: skip
        self.emit(self.random.choice(lines))

    def element(self, scope: None) -> None:
        operator = self.random.choice(["=", "+=", "*="])
        self.emit(f"{self.any()}[{self.random.randint(-2, 1)}] {operator} {self.number()}")

    def view(self, scope: None) -> None:
        name = self.fresh("v")
        self.emit(f"{name} = {self.any()}{self.random.choice(['[1:]', '[:-1]', '[::-1]', ''])}")
        self.emit(f"{name}[0] {self.random.choice(['=', '*='])} {self.number()}")
        self.emit(f"t += {name}[-1]")

    def call(self, scope: None) -> None:
        self.emit(f"fill({self.any()}, {self.vector(1)}, {self.number()})")

    def branch(self, scope: None) -> None:
        self.emit(f"if {self.number()} > {self.literal()}:")
        self.indented(scope)
        if self.chance(0.6):
            self.emit("else:")
            self.indented(scope)

    def loop(self, scope: None) -> None:
        name = self.fresh("i")
        values = self.random.choice([f"range({self.random.randint(0, 3)})", "m"])
        self.emit(f"for {name} in {values}:")
        self.repeated(scope)

    def while_loop(self, scope: None) -> None:
        name = self.fresh("c")
        self.emit(f"{name} = 0")
        trips = f"{name} < {self.random.randint(1, 3)}"
        self.emit(f"while {self.random.choice([trips, f'{trips} and {self.number()} < 0.7'])}:")
        self.repeated(scope, (f"{name} += 1",))

    def jump_out(self, scope: None) -> None:
        self.emit(f"if {self.number()} > {self.literal()}:")
        line = f"return np.sum({self.any()}) * {self.number()}" if self.returns_number else "pass"
        if self.loops and self.chance(0.7):
            line = self.random.choice(["break", "continue"])
        self.emit(f"    {line}")


def draft(seed: str, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return a program text and arguments, perhaps with huge numbers."""
    writer = Writer(seed, size)
    n = writer.random.choice([2, 3, 3])
    for line in ("a = x * 0.5", "b = y.copy()", "t = 0.0"):
        writer.emit(line)
    if writer.chance(0.3):
        writer.emit("c = np.zeros_like(x)")
        writer.names.append("c")
        writer.own.append("c")
    if writer.chance(0.2):
        writer.names.append("y")
    writer.block(None, size)
    if writer.returns_number:
        writer.emit(f"return t + np.sum(a * {writer.any()}) + b[0]")
    else:
        writer.emit(writer.random.choice(["return a", "return a, b", "return t + b[1], b"]))
    rng = np.random.default_rng(writer.random.randrange(2**32))
    args = (rng.uniform(-1, 1, n), rng.uniform(-1, 1, n), rng.uniform(-1, 1, (n, n)))
    return HELPERS + "def f(x, y, m):\n" + "\n".join(writer.lines) + "\n", args


def generate(seed: int, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return the program and the arguments of a seed; value and derivative are tame."""
    return first_tame(draft, is_tame, seed, size)
