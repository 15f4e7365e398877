"""Random programs with arrays whose shape changes in loops, and with lists of arrays."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

HELPERS = """import numpy as np


def pushed(a, v):
    return np.append(a, v)


def front(a, n):
    return a[: len(a) - len(a) // (n + 1)]
"""


class _Writer:
    """Writes statements; `arrays` and `lists` are the names of what can be used here."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.depth = 1
        self.loops = 0
        self.count = 0
        self.arrays = ["a", "b"]
        self.lists: list[str] = []
        self.locked: list[str] = []

    def emit(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def fresh(self, base: str) -> str:
        self.count += 1
        return f"{base}{self.count}"

    def pick(self) -> str:
        return self.random.choice(self.arrays)

    def number(self) -> str:
        """Return a float expression that stays small."""
        a = self.pick()
        choices = ["s", "x[1]", f"x[n % {self.random.randint(1, 5)}]", f"np.sum({a})"]
        choices += [f"np.sum({a}[:2])", f"{self.random.uniform(-1, 1):.2f}"]
        u, v = self.random.choice(choices), self.random.choice(choices)
        return self.random.choice([u, f"np.sin({u})", f"np.cos({u} - {v})", f"np.tanh({u} * {v})"])

    def array(self) -> str:
        """Return an array expression of another length, as often as not."""
        a, b, v = self.pick(), self.pick(), self.number()
        k = self.random.choice(["1", "2", "n"])
        level = f"{self.random.uniform(-0.6, 0.3):.2f}"
        return self.random.choice(
            [f"np.append({a}, {v})", f"pushed({a}, {v})", f"{a}[{k}:]", f"{a}[:-1]", f"{a}[::2]",
             f"{a}[::-1]", f"np.concatenate(({a}[:3], {b}[-2:]))", f"np.sin({a})", f"{a} * {v}",
             f"front({a}, n)", f"{a}[{a} > {level}]", f"np.diff({a})", f"{a}[1:] * {a}[:-1]",
             f"np.convolve(np.append({a}[:3], 0.5), x[:2])", f"np.repeat({a}[:3], 2)", f"x[:{k}]",
             f"np.hstack(({v}, {a}[:4]))", f"{b}", f"np.zeros({k})", f"np.sort({a})"]
        )  # fmt: skip

    def statement(self) -> None:
        kinds = [self.bound, self.bound, self.bound, self.number_, self.written, self.changed]
        kinds += [self.branch, self.loop, self.drain, self.list_, self.over]
        self.random.choice(kinds)()

    def bound(self) -> None:
        self.emit(f"{self.pick()} = {self.array()}")

    def changed(self) -> None:
        a, b = self.arrays[:2]
        kinds = [f"{a} = {a}[:6]", f"{b} = {b}[-5:]"]
        if not self.loops:  # those that change places in a loop have one shape
            kinds.append(f"{a}, {b} = {b}, {a}")
        self.emit(self.random.choice(kinds))

    def number_(self) -> None:
        self.emit(f"s = {self.number()}")

    def written(self) -> None:
        a = self.pick()
        op = self.random.choice(["=", "+=", "*="])
        self.emit(f"{a} = {a}.copy()")
        self.emit(f"if len({a}) > 1:")
        place = self.random.choice(["0", "-1", f"n % len({a})"])
        self.emit(f"    {a}[{place}] {op} {self.number()}")

    def list_(self) -> None:
        if not self.lists or self.random.random() < 0.3:
            name = self.fresh("rows")
            self.emit(f"{name} = []")
            self.emit(f"{name}.append({self.pick()} * {self.number()})")
            self.lists.append(name)
            return
        name = self.random.choice(self.lists)
        free = name not in self.locked
        kinds = [f"s = np.sin(s + np.sum({name}[-1]))", f"s = np.cos(s - np.sum({name}[0] ** 2))"]
        kinds += [f"{self.pick()} = {name}[-1][:4]", f"{name}[0] = {self.array()}"]
        kinds += [f"{self.pick()} = np.concatenate({name})[-6:]"]
        if free:
            kinds += [f"{name}.append({self.array()})"] * 2
            kinds += [f"{name}.insert(0, {self.pick()} * 0.5)"]
            kinds += [f"{self.pick()} = {name}.pop({self.random.choice(['', '0'])})"]
        self.emit(f"if len({name}) > 1:")
        self.emit(f"    {self.random.choice(kinds)}")
        if free:
            self.emit("else:")
            self.emit(f"    {name}.append({self.pick()} * 0.7)")

    def over(self) -> None:
        if self.lists and self.loops < 2:
            name = self.random.choice(self.lists)
            self.emit(f"for v in {self.random.choice([name, f'reversed({name})'])}:")
            self.emit("    s = np.sin(s + np.sum(v) * 0.3)")
            self.locked.append(name)
            self.loops += 1
            self.block(1)
            self.loops -= 1
            self.locked.pop()

    def branch(self) -> None:
        self.emit(f"if {self.number()} > {self.random.uniform(-0.5, 0.5):.2f}:")
        self.block(2)
        if self.random.random() < 0.5:
            self.emit("else:")
            self.block(2)

    def loop(self) -> None:
        if self.loops < 2:
            self.emit(f"for {self.fresh('i')} in range({self.random.choice(['n', '2', '3'])}):")
            self.loops += 1
            self.block(3)
            self.loops -= 1
            self.emit(f"{self.pick()} = {self.pick()}[:7]")

    def drain(self) -> None:
        if self.loops < 2:
            a = self.pick()
            self.emit(f"while len({a}) > {self.random.randrange(1, 3)}:")
            self.emit(f"    s = np.cos(s * {a}[0] + np.sum({a}))")
            self.emit(f"    {a} = {a}[1:]{self.random.choice(['', ' * 1.1', f' * {a}[-1]'])}")
            if self.random.random() < 0.3:
                self.emit("    if s > 0.9:")
                self.emit(f"        {self.random.choice(['break', f'{a} = {a}[:-1]'])}")

    def block(self, most: int) -> None:
        self.depth += 1
        lists = list(self.lists)
        for _ in range(self.random.randint(1, most)):
            self.statement()
        self.emit("pass")
        self.lists = lists
        self.depth -= 1


def generate(seed: int, size: int, *, scalar: bool = True) -> tuple[str, tuple[Any, ...]]:
    """Return the source of a program of about `size` statements, and arguments for it."""
    del scalar
    writer = _Writer(seed)
    for _ in range(size):
        writer.statement()
    body = "\n".join(writer.lines)
    start = "    s = x[0] * 0.5\n    a = x * 1.5\n    b = x[1:3]\n"
    ends = "np.sum(a * a) + np.sum(np.sin(b))"
    source = f"{HELPERS}\n\ndef f(x, n):\n{start}{body}\n    return s + {ends}\n"
    numbers = np.random.default_rng(seed)
    return source, (numbers.uniform(-1.0, 1.0, 5), int(numbers.integers(1, 4)))
