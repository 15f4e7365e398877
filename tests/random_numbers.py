"""Random programs that give few names new numbers in every way, and ask for the same again.

What a pass knows of a name (a copy, the result of an operation, an element that was read) is
soon not so any more: names are bound again, exchanged, assigned inside expressions, in
branches, in loops and by helpers; elements are written through other names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.random_arrays import is_tame
from tests.random_text import Text, first_tame

HELPERS = """import math
import numpy as np

GAIN = 0.7


def step(u, v):
    w = u
    u = math.sin(v)
    v = w * u
    return v, u


def deep(u, k):
    v = u
    for _ in range(k):
        u = math.sin(v)
        v = 0.5 * u + v
    return u + v


def put(out, u):
    out[1] = math.sin(u)
    u = out[0]
    return u * out[1]


"""
INTEGERS = (
    "i = j",
    "j = i",
    "i = (i + 1) % len(a)",
    "j = (2 * i + j) % 3",
    "i = int(abs(s) * 3.0) % 3",
    "i = 0",
    "j = len(a) - 1 - i",
    "i -= j",
    "i = abs(i) % 3",
    "j = abs(j) % 3",
    "i, j = j, i",
    "i, j = j, (i + 1) % len(a)",
)
ARRAYS = (
    "a = x",
    "a = x.copy()",
    "a = a * s",
    "a = a[::-1]",
    "x = a",
    "a, x = x, a",
    "a *= t",
    "a += x",
    "v = a[1:]; v[0] = s",
    "v = x[::-1]; v[i] *= 0.5",
    "x = x + a",
    "a[:] = x",
    "a[1:] = a[:-1]",
    "np.sin(x, out=a)",
)


class Writer(Text):
    """Writes one program; its scope is always the same."""

    floats = ("s", "t", "u", "p")

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    def name(self) -> str:
        """Return one of two, three or four names: few, so that they meet often."""
        return self.pick(*self.floats[: self.random.choice([2, 3, 4])])

    def element(self) -> str:
        index = self.pick("i", "j", "i", "j", "0", "-1", "(i + 1) % len(a)", "i % 2")
        return f"{self.pick('a', 'x')}[{index}]"

    def number(self, *, inner: bool = True) -> str:
        s, t, other = self.name(), self.name(), self.name()
        test = self.test(inner=False) if inner else "flag"
        return self.pick(
            *[f"math.sin({s})"] * 3,
            *[f"{s} ** 2"] * 2,
            *[self.element() for _ in range(3)],
            f"{s} * {t}",
            f"-{s}",
            f"0.5 * {s}",
            f"{s} - {t}",
            f"{s} / (1.5 + {t} ** 2)",
            f"math.hypot({s}, 1.0)",
            "np.sum(a)",
            f"float(i % 2) * {s}",
            f"0.1 * len({self.pick('a', 'x')})",
            f"max({s}, {t})",
            f"math.tanh({s} * {t})",
            f"({s} if {test} else {t})",
            f"GAIN * {s}",
            f"({s} := {other} * 0.5) + math.sin({s})",
            f"{other} + ({s} := math.sin({s}))",
            f"deep({s}, {self.pick('1', '2', 'i')})",
        )

    def test(self, *, inner: bool = True) -> str:
        value = self.number(inner=False) if inner else "math.sin(s)"
        return self.pick(
            f"{self.name()} > {self.literal()}",
            f"{self.pick('i', 'j')} > {self.pick('0', '1')}",
            f"{self.element()} < {self.name()}",
            f"math.sin({self.name()}) > 0.2",
            f"({self.name()} := {value}) > 0.1",
            "flag",
            "i == j",
        )

    # Statements ------------------------------------------------------------------------

    def statements(self) -> list[tuple[int, Callable[[Any], None]]]:
        nestable = int(self.loops < 2 and self.left > 1)
        return [
            (5, self.bind),
            (5, self.copy),
            (2, self.exchange),
            (3, self.augment),
            (2, self.write),
            (2, self.integer),
            (1, self.flag),
            (2, self.array),
            (2, self.call),
            (2, self.along_rows),
            (3 * nestable, self.branch),
            (4 * nestable, self.loop),
            (2 * nestable, self.while_loop),
            (self.depth > 1, self.jump_out),
        ]

    def bind(self, scope: None) -> None:
        self.emit(f"{self.name()} = {self.number()}")

    def copy(self, scope: None) -> None:
        self.emit(f"{self.name()} = {self.pick(*[self.name() for _ in range(3)], '0.0', '1.0')}")

    def exchange(self, scope: None) -> None:
        one, other = self.random.sample(self.floats, 2)
        self.emit(
            self.pick(
                f"{one}, {other} = {other}, {one}",
                f"{one}, {other} = {self.number()}, {one}",
                f"{one} = {other} = {self.number()}",
            )
        )

    def augment(self, scope: None) -> None:
        self.emit(f"{self.name()} {self.pick('+=', '-=', '*=')} {self.number()}")

    def write(self, scope: None) -> None:
        operator = self.pick("=", "=", "+=", "*=")
        self.emit(f"{self.element()} {operator} {self.pick(self.name(), self.number())}")

    def integer(self, scope: None) -> None:
        self.emit(self.pick(*INTEGERS))

    def flag(self, scope: None) -> None:
        texts = (self.test(), "not flag", f"flag and {self.name()} > 0.0")
        self.emit(f"flag = {self.pick(*texts)}")

    def array(self, scope: None) -> None:
        self.emit(self.pick(*ARRAYS))

    def call(self, scope: None) -> None:
        s, t = self.random.sample(self.floats, 2)
        texts = (
            f"{s}, {t} = step({t}, {s})",
            f"{s} = put({self.pick('a', 'x')}, {self.name()})",
            f"{s} = deep({s}, 2)",
            f"{s}, {t} = step({s}, {s})",
        )
        self.emit(self.pick(*texts))

    def along_rows(self, scope: None) -> None:
        """Carry a number along each row of a matrix, and use neighbours with it."""
        r, k, s = self.fresh("r"), self.fresh("k"), self.name()
        self.emit(f"for {r} in range({self.pick('2', '3', 'len(m)')}):")
        self.emit(f"    {s} = {self.pick('0.0', '1.0', f'm[{r}, 0]', 't')}")
        self.emit(f"    for {k} in range({self.pick('1, 4', '3, 0, -1', '4, 0, -1')}):")
        self.emit(
            f"        {s} {self.pick('+= m', '= 0.5 * ' + s + ' + m', '*= 0.3 * m')}[{r}, {k}]"
        )
        self.emit(f"        b[{r}, {k}] = {s} {self.pick('+', '-', '*')} m[{r}, {k} - 1]")
        self.emit(f"{self.name()} = 0.1 * np.sum(b * m)")

    def branch(self, scope: None) -> None:
        self.emit(f"if {self.test()}:")
        self.indented(scope)
        if self.chance(0.6):
            self.emit("else:")
            self.indented(scope)

    def loop(self, scope: None) -> None:
        name = self.fresh("k")
        values = self.pick("2", "3", "3", "len(a)", "j", "0")
        self.emit(f"for {self.pick(name, name, 'i', 'j')} in range({values}):")
        self.repeated(scope)

    def while_loop(self, scope: None) -> None:
        name = self.fresh("c")
        self.emit(f"{name} = 0")
        self.emit(f"while {name} < {self.pick('2', '3')} and {self.test()}:")
        self.repeated(scope, (f"{name} += 1",))

    def jump_out(self, scope: None) -> None:
        self.emit(f"if {self.test()}:")
        line = f"return {self.name()} * {self.name()}"
        if self.loops and self.chance(0.7):
            line = self.pick("break", "continue")
        self.emit(f"    {line}")


FIRST = ("u = s", "i, j = 0, 2", "flag = t > 0.0", "a = x.copy()", "p = 0.5 * t", "b = m * 1.0")
RESULTS = (
    "return s * t + u * p + np.sum(a * x) + a[i]",
    "return s + t * u - p + a[i] * x[j] + b[0, 1]",
    "return s * 1.0",
)


def draft(seed: str, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return a program text and arguments, perhaps with huge numbers."""
    writer = Writer(seed, size)
    for line in FIRST:
        writer.emit(line)
    writer.block(None, size)
    writer.emit(writer.pick(*RESULTS))
    rng = np.random.default_rng(writer.random.randrange(2**32))
    args = (
        rng.uniform(-1, 1, 3),
        float(rng.uniform(-1, 1)),
        float(rng.uniform(-1, 1)),
        rng.uniform(-1, 1, (4, 5)),
    )
    return HELPERS + "def f(x, s, t, m):\n" + "\n".join(writer.lines) + "\n", args


def generate(seed: int, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return the program and the arguments of a seed; value and derivative are tame."""
    return first_tame(draft, is_tame, seed, size)
