"""Random programs of everyday statements: try, yield, match, names that are None, tuples.

Each nests in the others, with loops, break, continue and return between them.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

HELPERS = """import numpy as np


class Odd(ValueError):
    pass


def checked(v):
    if v > 0.6:
        raise Odd("large")
    if v < -0.8:
        raise KeyError("small")
    return np.sin(v)


def steps(a, n):
    k = 0
    while k < n:
        yield a * k
        k += 1


def some(x, c):
    yield c
    for v in x:
        if v > 0.9:
            return
        if v * c > 0.1:
            yield v * c
        else:
            yield v - c
    yield c * x[0]


def both(x, c):
    for i in range(1, x.size):
        yield x[i], c * x[i - 1]
    yield from ((c, 1.0), (0.5, c))
"""
CAUGHT = ("Exception", "ValueError", "KeyError", "(KeyError, Odd)", "ZeroDivisionError")
RAISED = ('Odd("o")', 'KeyError("k")', 'ValueError("v")', 'ValueError("v") from None')


class _Writer:
    """Writes statements; `loops` says how many are around, `caught` what is caught here."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.depth = 1
        self.loops = 0
        self.count = 0
        self.tries = 0
        self.finals = 0
        self.optional: list[str] = []
        self.ints = ["n"]

    def emit(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def fresh(self, base: str) -> str:
        self.count += 1
        return f"{base}{self.count}"

    def value(self) -> str:
        """Return a float that is there."""
        k = self.random.randrange(5)
        literal = f"{self.random.uniform(-1, 1):.2f}"
        choices = ["s", "t", "s", "t", f"x[{k}]", literal, f"y[{k}]"]
        choices.append(f"(s, t, x[{k}])[{self.random.choice(self.ints)} % 3]")
        return self.random.choice(choices)

    def number(self) -> str:
        """Return a float expression that stays small."""
        a, b = self.value(), self.value()
        return self.random.choice(
            [a, f"np.sin({a})", f"{a} * 0.5 + {b}", f"np.tanh({a} * {b})", f"np.cos({a} - {b})"]
        )

    def test(self) -> str:
        return f"{self.number()} > {self.random.uniform(-0.5, 0.5):.2f}"

    def statement(self) -> None:
        kinds = [self.assign, self.assign, self.element, self.branch, self.loop, self.over]
        kinds += [self.try_, self.try_, self.match, self.none, self.none, self.over, self.jump]
        kinds += [self.tuple_, self.raise_]
        self.random.choice(kinds)()

    def block(self, most: int) -> None:
        self.depth += 1
        start = len(self.lines)
        if self.depth < 5 and len(self.lines) < 60:
            for _ in range(self.random.randint(1, most)):
                self.statement()
        if len(self.lines) == start:
            self.assign()
        self.depth -= 1

    def assign(self) -> None:
        op = self.random.choice(["= ", "= ", "+= ", "*= "])
        self.emit(f"{self.random.choice('st')} {op}{self.number()}")

    def element(self) -> None:
        place = self.random.choice(["0", "-1", f"{self.random.choice(self.ints)} % 5"])
        self.emit(f"y[{place}] {self.random.choice(['= ', '+= '])}{self.number()}")

    def branch(self) -> None:
        self.emit(f"if {self.test()}:")
        self.block(2)
        if self.random.random() < 0.4:
            self.emit("else:")
            self.block(2)

    def loop(self) -> None:
        if self.loops < 2:
            index = self.fresh("i")
            self.emit(f"for {index} in range({self.random.choice(['n', '3'])}):")
            self.in_loop(index)

    def in_loop(self, *ints: str) -> None:
        self.loops += 1
        self.ints += ints
        self.block(3)
        self.ints = self.ints[: len(self.ints) - len(ints)]
        self.loops -= 1
        if self.random.random() < 0.2:
            self.emit("else:")
            self.block(1)

    def over(self) -> None:
        """Loop over a function with yield."""
        if self.loops >= 2:
            return
        made = self.random.choice(["steps({}, 3)", "some(x, {})", "some(y, {})", "local({})"])
        source = made.format(self.value())
        v, k = self.fresh("v"), self.fresh("k")
        header = self.random.choice(
            [
                f"for {v} in {source}:",
                f"for {k}, {v} in enumerate({source}):",
                f"for {v}, w in zip({source}, x):",
                f"for w, {v} in zip(x, {source}):",
                f"for {v}, w in both(x, {self.value()}):",
                f"for {v} in [u * 0.5 for u in {source}]:",
            ]
        )
        self.emit(header)
        ints = (k,) if k in header else ()
        self.depth += 1
        self.emit(f"{self.random.choice('st')} = np.sin(s + {v} * t)")
        self.depth -= 1
        self.in_loop(*ints)

    def jump(self) -> None:
        if self.finals:
            return
        choices = ["break", "continue"] * (self.loops > 0) + ["return s * t + y[0]"]
        self.emit(f"if {self.test()}:")
        self.emit(f"    {self.random.choice(choices)}")

    def raise_(self) -> None:
        if self.tries:
            self.emit(f"if {self.test()}:")
            self.emit(f"    raise {self.random.choice(RAISED)}")

    def try_(self) -> None:
        has_final = self.random.random() < 0.2
        self.finals += has_final
        self.emit("try:")
        self.tries += 1
        self.depth += 1
        self.emit(
            self.random.choice(
                [
                    f"s = checked({self.random.choice('st')} * 0.9) + t",
                    f"t = s * (0.3 / ({self.random.choice(self.ints)} - 1))",
                    f"if s > 0.2:\n{'    ' * (self.depth + 1)}raise Odd('o')",
                ]
            )
        )
        self.depth -= 1
        self.block(3)
        self.tries -= 1
        for kind in self.random.sample(CAUGHT[1:], self.random.randint(0, 2)):
            self.emit(f"except {kind}:")
            self.block(2)
        if self.tries == 0 or self.random.random() < 0.5 or self.lines[-1].endswith(":"):
            self.emit("except Exception:")
        else:
            self.emit("except (ValueError, ZeroDivisionError, KeyError):")
        self.block(2)
        if self.random.random() < 0.3:
            self.emit("else:")
            self.block(1)
        if has_final:
            self.emit("finally:")
            self.depth += 1
            self.assign()
            self.depth -= 1
            self.finals -= 1

    def match(self) -> None:
        subject = self.random.choice(self.ints)
        self.emit(f"match {self.random.choice([subject, f'{subject} % 3', 'name'])}:")
        is_name = self.lines[-1].endswith("name:")
        self.depth += 1
        if is_name:
            cases = ['"a"', '"b" | "c"', "other if other == 'd'"]
        else:
            cases = ["0", "1 | 2", "m if m > 2", "-1"]
        for case in self.random.sample(cases, self.random.randint(1, 2)):
            self.emit(f"case {case}:")
            self.block(2)
        if self.random.random() < 0.5:
            self.emit("case _:")
            self.block(1)
        self.depth -= 1

    def none(self) -> None:
        """Use a name that may be None."""
        name = self.random.choice(["best", "last"])
        kind = self.random.randrange(4)
        if kind == 0:
            self.emit(f"if {name} is None or {self.number()} > {name}:")
            self.emit(f"    {name} = {self.number()}")
        elif kind == 1:
            self.emit(f"if {name} is not None:")
            self.emit(f"    s = np.sin(s + {name} * t)")
            self.emit(f"    {name} = {self.random.choice(['None', self.number()])}")
        elif kind == 2:
            self.emit(f"{name} = {self.number()}")
        else:
            self.emit(f"t = s if {name} is None else {name} * 0.5")

    def tuple_(self) -> None:
        at = self.random.choice([*self.ints, "-1"])
        self.emit(f"pair = ((s, 1.0), ({self.value()}, t), (t, s))[{at} % 3]")
        self.emit(f"{self.random.choice('st')} = np.cos(pair[0] * pair[1] + {self.value()})")


def generate(seed: int, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return a program and arguments for it."""
    writer = _Writer(seed)
    writer.emit("s = x[0]")
    writer.emit("t = x[1] * 0.5")
    writer.emit("y = x * 0.7")
    writer.emit("best = None")
    writer.emit("last = None")
    writer.emit("def local(c):")
    writer.emit("    for i in range(3):")
    writer.emit("        yield c * y[i] + s")
    for _ in range(size):
        writer.statement()
    writer.emit("if best is not None:")
    writer.emit("    s = s + best * 0.5")
    writer.emit("if last is None:")
    writer.emit("    last = t")
    writer.emit("return s * t + y.sum() + last")
    body = "\n".join(writer.lines)
    source = f"{HELPERS}\n\ndef f(x, n, name):\n{body}\n"
    x = np.random.default_rng(seed).uniform(-1.0, 1.0, 5)
    return source, (x, seed % 4, "abcd"[seed // 4 % 4])
