"""Random loops over `prange`, by seed: own elements, sums, work arrays, views, and races.

Iterations may meet: what is not proved to be independent is taken in the order of the loop.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np

HEADER = """import math
import numpy as np
from numba import prange


def near(v, i):
    return v[i] * 0.5 + math.sin(v[i - 1])


def filled(v, c):
    v[1] = c * c
    return v[0] - c


"""

PLACES = ("i", "g[i]", "n - 1 - i", "i - 1", "0", "(i * 2) % n", "i // 2")


@dataclass
class Writer:
    """Writes one program: `names` can be read, `lines` is what there is."""

    random: random.Random
    names: list[str] = field(default_factory=lambda: ["a"])
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    count: int = 0

    def emit(self, text: str) -> None:
        """Add a line."""
        self.lines.append("    " * self.depth + text)

    def place(self) -> str:
        """Return an index, mostly the loop's own."""
        return "i" if self.random.random() < 0.6 else self.random.choice(PLACES)

    def expression(self, depth: int = 2) -> str:
        """Return a number."""
        if depth and self.random.random() < 0.7:
            one, other = (self.expression(depth - 1) for _ in range(2))
            match self.random.randrange(6):
                case 0 | 1:
                    return f"({one} + {other})"
                case 2 | 3:
                    return f"0.7 * {one} * {other}"
                case 4:
                    return f"math.sin({one})"
                case _:
                    return f"({one} if {other} > 0.1 else 0.3)"
        match self.random.randrange(8):
            case 0:
                return f"y[{self.place()}]"
            case 1:
                return f"m[{self.place()}, {self.random.randrange(3)}]"
            case 2:
                return f"near(x, {self.place()})"
            case 3:
                return self.random.choice(self.names)
            case 4:
                return f"work[{self.random.randrange(3)}]"
            case _:
                return f"x[{self.place()}]"

    def new(self) -> str:
        """Return a name that is not there yet."""
        self.count += 1
        return f"t{self.count}"

    def statement(self, size: int) -> None:
        """Add a statement of an iteration."""
        value = self.expression()
        match self.random.randrange(17):
            case 0 | 1:
                self.emit(f"y[{self.place()}] = {value}")
            case 2:
                self.emit(f"y[{self.place()}] {self.random.choice(['+=', '-=', '*='])} {value}")
            case 3 | 4:
                self.emit(f"s += {value}")
            case 5:
                self.emit(f"z[{self.place()}] += {value}")
            case 6:
                self.emit(f"m[{self.place()}, {self.random.randrange(3)}] = {value}")
            case 7:
                self.emit("for q in range(3):")
                self.emit(f"    work[q] = {value} * q")
            case 8:
                self.emit(f"row = m[{self.place()}]")
                self.emit(f"row[{self.random.randrange(3)}] = {value}")
            case 9:
                self.emit(f"work = np.{self.random.choice(['zeros', 'ones'])}(3)")
                self.emit(f"work[1] += {value}")
            case 10 if size > 1:
                self.emit(f"if {value} > 0.2:")
                self.block(size - 1)
            case 11 if size > 1:
                self.emit(f"for j in {self.random.choice(['prange', 'range'])}(3):")
                self.block(size - 1)
            case 12:
                self.emit("c = 0")
                self.emit("while c < 3:")
                self.emit("    c += 1")
                self.emit(f"    s -= 0.1 * {value}")
            case 13:
                self.emit(f"s += filled({self.random.choice(['work', 'y', 'z', 'm[i]'])}, {value})")
            case 14:
                self.emit(f"v = y[{self.random.choice(['i:i + 2', ':', '::-1', '1:'])}]")
                self.emit(f"if v.size > 1:\n{'    ' * (self.depth + 1)}v[0] = {value}")
            case 15:
                self.emit(f"p = {self.random.choice(['max(p, ', 'p + (', '0.9 * (p - '])}{value})")
            case _:
                name = self.new()
                self.emit(f"{name} = {value}")
                self.names.append(name)

    def block(self, size: int) -> None:
        """Add a block whose names are not seen after it."""
        known = list(self.names)
        self.depth += 1
        for _ in range(self.random.randint(1, size)):
            self.statement(size - 1)
        self.depth -= 1
        self.names = known


LOOPS = ("n", "n", "n", "1, n", "n - 1, -1, -1", "0, n, 2", "1, n - 1")


def generate(seed: int, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return the program and the arguments of a seed."""
    write = Writer(random.Random(seed))
    for text in (
        "n = x.size",
        "y = x * 0.5",
        "z = np.zeros(n)",
        "work = np.zeros(3)",
        "s, p = -0.0, 0.1",
        "m = m.copy()",
    ):
        write.emit(text)
    for _ in range(write.random.randint(1, 2)):
        write.emit(f"for i in prange({write.random.choice(LOOPS)}):")
        write.block(size)
    if write.random.random() < 0.3:
        write.emit("y = z * y")
    write.emit("return s + p + np.sum(y * z) + np.sum(m) + work[1]")
    rng = np.random.default_rng(seed)
    n = write.random.choice([1, 2, 5, 5, 9])
    text = HEADER + "def f(x, m, a, g):\n" + "\n".join(write.lines) + "\n"
    numbers = rng.uniform(-1, 1, n), rng.uniform(-1, 1, (n, 3)), float(rng.uniform(-1, 1))
    return text, (*numbers, rng.integers(-n, n, n))
