"""Random programs with lists that change: stacks, queues, lists in loops, helpers, tuples."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

HELPERS = """import numpy as np


def push(values, v):
    values.append(v)
    values.append(np.sin(v))


def filled(x, n):
    made = []
    for k in range(n):
        made.append(x[k % x.size] * 0.7)
    return made
"""


class _Writer:
    """Writes statements; `lists` and `pairs` are the names of what can be used here."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.depth = 1
        self.loops = 0
        self.count = 0
        self.lists: list[str] = []
        self.pairs: list[str] = []
        self.locked: list[str] = []
        self.ints = ["n"]

    def emit(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def fresh(self, base: str) -> str:
        self.count += 1
        return f"{base}{self.count}"

    def number(self) -> str:
        """Return a float expression that stays small."""
        choices = ["s", "t", f"x[{self.random.randrange(5)}]", f"{self.random.uniform(-1, 1):.2f}"]
        a, b = self.random.choice(choices), self.random.choice(choices)
        return self.random.choice(
            [a, f"np.sin({a})", f"{a} * 0.5 + {b}", f"np.tanh({a} * {b})", f"np.cos({a} - {b})"]
        )

    def changed(self) -> str | None:
        """Return a list that no loop runs over."""
        free = [name for name in self.lists if name not in self.locked]
        return self.random.choice(free) if free else None

    def statement(self) -> None:
        kinds = [
            self.new,
            self.append,
            self.append,
            self.take,
            self.read,
            self.assign,
            self.number_,
        ]
        kinds += [self.branch, self.loop, self.over, self.drain, self.pair, self.insert]
        self.random.choice(kinds)()

    def number_(self) -> None:
        self.emit(f"{self.random.choice('st')} = {self.number()}")

    def new(self) -> None:
        name = self.fresh("a")
        made = ["[]", f"[{self.number()}]", f"[{self.number()}, 1.0]", "[0.0] * n"]
        made += ["[v * 0.5 for v in x]", "filled(x, n)", "[1, 2]"]
        self.emit(f"{name} = {self.random.choice(made)}")
        self.emit(f"{name}.append({self.number()})")
        self.lists.append(name)

    def append(self) -> None:
        name = self.changed()
        if name is None:
            self.new()
            return
        value = self.number()
        self.emit(
            self.random.choice(
                [f"{name}.append({value})", f"{name} += [{value}, s]", f"push({name}, {value})",
                 f"{name}.extend(x[1:3])", f"{name}.append({value})"]
            )
        )  # fmt: skip

    def insert(self) -> None:
        name = self.changed()
        if name is not None:
            self.emit(
                f"{name}.insert({self.random.choice(['0', '1', '-1', 'n'])}, {self.number()})"
            )

    def take(self) -> None:
        name = self.changed()
        if name is not None:
            self.emit(f"if len({name}) > 1:")
            self.emit(f"    t = {name}.pop({self.random.choice(['', '', '0', '1', '-2'])})")

    def read(self) -> None:
        if self.lists:
            name = self.random.choice(self.lists)
            place = self.random.choice(["-1", "0", f"n % len({name})", f"len({name}) - 1"])
            whole = [f"sum({name})", f"np.array({name}).sum()", f"len({name})"]
            value = self.random.choice([f"{name}[{place}]", f"{name}[{place}]", *whole])
            self.emit(f"if {name}:")
            self.emit(f"    s = np.sin(s + {value} * 0.3)")

    def assign(self) -> None:
        if self.lists:
            name = self.random.choice(self.lists)
            self.emit(f"if len({name}) > 0:")
            place = self.random.choice(["-1", "0", f"n % len({name})"])
            op = self.random.choice(["= ", "+= ", "*= "])
            self.emit(f"    {name}[{place}] {op}{self.number()}")

    def branch(self) -> None:
        self.emit(f"if {self.number()} > {self.random.uniform(-0.5, 0.5):.2f}:")
        self.block(2)
        if self.random.random() < 0.5:
            self.emit("else:")
            self.block(2)

    def loop(self) -> None:
        if self.loops < 2:
            self.emit(f"for {self.fresh('i')} in range({self.random.choice(['n', '3', '5'])}):")
            self.loops += 1
            self.block(3)
            self.loops -= 1

    def over(self) -> None:
        if self.lists and self.loops < 2:
            name = self.random.choice(self.lists)
            self.emit(f"for v in {self.random.choice([name, f'reversed({name})'])}:")
            self.emit("    s = np.sin(s + v * t)")
            self.locked.append(name)
            self.loops += 1
            self.block(1)
            self.loops -= 1
            self.locked.pop()

    def drain(self) -> None:
        name = self.changed()
        if name is not None and self.loops < 2:
            self.emit(f"while len({name}) > {self.random.randrange(1, 3)}:")
            self.emit(f"    s = np.cos(s * {name}.pop() + t)")

    def pair(self) -> None:
        if not self.pairs:
            name = self.fresh("p")
            self.emit(f"{name} = [(s, 2)]")
            self.pairs.append(name)
            return
        name = self.random.choice(self.pairs)
        self.emit(f"while {name}:")
        self.emit(f"    t, depth = {name}.pop()")
        self.emit("    s = np.sin(s + t)")
        self.emit("    if depth > 0:")
        self.emit(f"        {name}.append((t * 0.5, depth - 1))")
        self.emit(f"        {name}.append(({self.number()}, depth - 1))")
        self.emit(f"{name}.append(({self.number()}, 1))")

    def block(self, most: int) -> None:
        self.depth += 1
        lists, pairs = list(self.lists), list(self.pairs)
        for _ in range(self.random.randint(1, most)):
            self.statement()
        self.emit("pass")
        self.lists, self.pairs = lists, pairs
        self.depth -= 1


def generate(seed: int, size: int, *, scalar: bool = True) -> tuple[str, tuple[Any, ...]]:
    """Return the source of a program of about `size` statements, and arguments for it."""
    del scalar
    writer = _Writer(seed)
    writer.new()
    for _ in range(size):
        writer.statement()
    body = "\n".join(writer.lines)
    ends = " + ".join(f"sum({name}) * 0.1" for name in writer.lists)
    start = "    s = x[0] * 0.5\n    t = x[1]\n"
    source = f"{HELPERS}\n\ndef f(x, n):\n{start}{body}\n    return s + t + {ends}\n"
    numbers = np.random.default_rng(seed)
    return source, (numbers.uniform(-1.0, 1.0, 5), int(numbers.integers(1, 5)))
