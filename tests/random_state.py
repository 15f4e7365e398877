"""Random programs that change what they hold: arrays of all kinds, views, tuples, indices.

Vectors have one length and matrices are square, so that every name of a kind can stand for
every other one, as can their views.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.random_arrays import is_tame
from tests.random_text import Text, first_tame

HELPERS = """import numpy as np
from collections import namedtuple

Pair = namedtuple("Pair", "left right")
CONSTANT = np.array([0.5, -0.25, 0.75, 0.3])
ORDER = np.array([1, 0, 2, 1])


def turned(u, back=True):
    if back:
        return u[::-1]
    return u


def pushed(u, c=0.5, *, at=0):
    u[at] += c * u[at - 1]
    return u[at]


def row_of(w, i):
    return w[i]


def scaled(u, c, times):
    if times <= 0:
        return u * c
    return scaled(u, c * 0.5, times - 1) + c


def filled(out, u):
    for i, value in enumerate(u):
        if value > 0.6:
            break
        out[i] = value * out[i - 1]
    else:
        out[0] *= 2.0
    return out


def swapped(p):
    u, v = p
    u[0], v[-1] = v[-1], u[0]
    return v, u


def most(u, v):
    w = u if np.sum(u) > np.sum(v) + 1e-3 else v
    w[1] *= 0.5
    return w


"""
TURNS = ("[::-1]", "[::-1]", "[:]", "")
PARTS = ("[1:]", "[:-1]", "[::-1]", "[::2]", "")


class Writer(Text):
    """Writes one program; its scope is always the same."""

    def __init__(self, seed: int | str, size: int) -> None:
        super().__init__(seed, size)
        self.n = self.random.choice([2, 3, 3, 4])
        self.vectors = ["a", "b"]
        self.matrices = ["w"]
        self.floats = ["s"]
        self.views: list[str] = []
        self.ints = ["j"]

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    # Expressions -----------------------------------------------------------------------

    def int_(self) -> str:
        return self.pick(*self.ints, "0", "1", "-1", f"k[{self.pick('0', '-1', *self.ints)}]")

    def place(self) -> str:
        """Return a vector in memory: a name, a row, a column, a diagonal."""
        return self.pick(
            *self.vectors,
            *self.vectors,
            *self.vectors,
            "x",
            "x",
            self.matrix() + f"[{self.int_()}]",
            self.matrix() + f"[:, {self.int_()}]",
            *self.views[-2:],
        )

    def matrix(self) -> str:
        return self.pick(*self.matrices, *self.matrices, "m", f"{self.matrices[0]}.T", "m[::-1]")

    def number(self, depth: int = 1) -> str:
        v = self.place()
        choices = [
            self.literal(),
            f"{v}[{self.int_()}]",
            *self.floats,
            f"0.3 * {self.int_()}",
            f"{self.matrix()}[{self.int_()}, {self.int_()}]",
        ]
        if depth:
            u = self.vector(depth - 1)
            choices += [
                f"0.2 * np.sum({u})",
                f"np.max({u})",
                f"0.3 * np.dot({u}, {v})",
                f"np.sum({u}[q])",
                f"0.1 * np.sum({self.matrix()} * {v})",
                f"0.2 * {v}[k].sum()",
                "0.4 * q.sum()",
            ]
        return self.random.choice(choices)

    def vector(self, depth: int = 2) -> str:
        if depth == 0 or self.chance(0.2):
            return self.place() + self.pick("", "", "", "[::-1]")
        u, v = self.vector(depth - 1), self.vector(depth - 1)
        return self.pick(
            f"np.sin({u})",
            f"({u} + {v})",
            f"{u} * {v}",
            f"{self.number(0)} * {u}",
            f"{u}[k]",
            f"np.where(q, {u}, {v})",
            f"({u} - {v})",
            f"({self.matrix()} @ ({u}))",
            f"np.cumsum({u})",
            f"np.where({u} > {v}, {u}, {self.number(0)})",
            f"np.roll({u}, {self.int_()})",
            f"scaled({u}, {self.number(0)}, {self.pick('1', '2')})",
            f"({u} * q)",
            f"({u} + 0.2 * k)",
            f"np.array([v * {self.number(0)} for v in {u}])",
            f"turned({u}, back={self.test()})",
            f"({u} + CONSTANT[:{self.n}])",
            f"{u}[ORDER[:{self.n}] % {self.n}]",
            f"np.sort({u})",
            f"{self.matrix()}.sum(axis={self.pick('0', '1', '-1')})",
            f"np.maximum({u}, {v})",
        )

    def test(self) -> str:
        return self.pick(
            f"{self.number(0)} > {self.literal()}",
            f"{self.literal()} < {self.number(0)} <= 1.0",
            f"{self.int_()} == {self.int_()}",
            f"q[{self.int_()}]",
            "q.any()",
            f"not {self.number(0)} < {self.literal()} or {self.int_()} > 0",
        )

    # Statements ------------------------------------------------------------------------

    def statements(self) -> list[tuple[int, Callable[[Any], None]]]:
        nestable = int(self.loops < 2 and self.left > 1)
        return [
            (3, self.bind),
            (3, self.alias),
            (5, self.write),
            (3, self.element),
            (2, self.view),
            (2, self.picked),
            (2, self.masked),
            (2, self.integers),
            (2, self.bools),
            (3, self.call),
            (2, self.tuples),
            (2, self.matrix_write),
            (2, self.numbers),
            (3 * nestable, self.branch),
            (4 * nestable, self.loop),
            (2 * nestable, self.while_loop),
            (2 * (self.depth > 1), self.jump_out),
        ]

    def bind(self, scope: None) -> None:
        self.emit(f"{self.pick(*self.vectors)} = {self.vector()} * 1.0")

    def alias(self, scope: None) -> None:
        name = self.pick(*self.vectors)
        source = self.pick(self.place(), *self.vectors)
        if self.chance(0.15):
            self.emit(f"w = {self.pick('w.T', 'w[::-1]', 'w * 0.5', 'w.copy()', 'w @ m')}")
            return
        self.emit(
            self.pick(
                f"{name} = {source}{self.pick(*TURNS)}",
                f"{name} = {source}{self.pick(*TURNS)}",
                f"{name} = {source}.copy()",
                f"{name} = {source} if {self.test()} else {self.place()}",
                f"{name} = turned({source})",
                "a, b = b, a",
                f"a, b = b{self.pick(*TURNS)}, a{self.pick(*TURNS)}",
                f"a, b = a + {source}, b - a",
            )
        )

    def write(self, scope: None) -> None:
        target, operator = self.place(), self.pick("+=", "-=", "*=")
        if "[" in target or self.chance(0.5):
            part = self.pick("[:]", "[:]", "[::-1]", "[...]")
            self.emit(f"{target}{part} {self.pick('=', operator)} {self.vector(1)}")
            return
        lines = [
            f"{target} {operator} {self.vector(1)}",
            f"{target} {operator} {self.number()}",
            f"{target}[1:] {operator} {target}[:-1]",
            f"{target}[:-1] = {self.place()}[1:] * 0.5",
            f"{target}[1:], {target}[:-1] = {target}[:-1], {target}[1:]",
            f"np.multiply({target}, {self.vector(1)}, out={target})",
            f"np.cumsum({target}, out={target})",
            f"{target}.sort()",
            f"{target}.fill({self.number()})",
            f"{target}[{self.int_()}:] = {self.number()}",
            f"{target}[: {self.int_()}] *= {self.number()}",
        ]
        self.emit(self.random.choice(lines))

    def element(self, scope: None) -> None:
        u, v, i, j = self.place(), self.place(), self.int_(), self.int_()
        self.emit(
            self.pick(
                f"{u}[{i}] {self.pick('=', '+=', '*=', '-=')} {self.number()}",
                f"{u}[{i}], {v}[{j}] = {v}[{j}], {u}[{i}]",
                f"{u}[{i}], {u}[{j}] = {self.number(0)}, {u}[{i}]",
            )
        )

    def view(self, scope: None) -> None:
        """Take a view now, and use it later."""
        if self.depth > 1:
            self.write(scope)
            return
        name = self.fresh("v")
        self.emit(f"{name} = {self.place()}{self.pick(*TURNS)}")
        self.views.append(name)

    def sorted(self, u: str) -> str:
        """Return the places of sorted elements, none of which are equal: NumPy is not stable."""
        return f"np.argsort({u} + 1e-3 * np.arange({self.n}))"

    def picked(self, scope: None) -> None:
        u = self.place()
        index = self.pick("k", "k", "k[::-1]", "ORDER[:2]", self.sorted("a"))
        value = self.pick(self.number(), f"{self.vector(1)}[{index}]", f"{u}[{index}] * 0.5")
        self.emit(f"{u}[{index}] {self.pick('=', '+=', '*=')} {value}")

    def masked(self, scope: None) -> None:
        u, v = self.place(), self.vector(1)
        mask = self.pick("q", "~q", f"{u} > {self.literal()}", f"q & ({v} > 0.0)")
        value = self.pick(self.number(), f"{v}[{mask}]", f"{u}[{mask}] * 0.5")
        self.emit(f"{u}[{mask}] {self.pick('=', '+=', '*=')} {value}")

    def integers(self, scope: None) -> None:
        n, i, j = self.n, self.int_(), self.int_()
        self.emit(
            self.pick(
                f"j = ({i} + 1) % {n}",
                f"j = int(np.argmax({self.vector(1)}))",
                f"k = {self.sorted(self.vector(1))}",
                f"k = (k + {i}) % {n}",
                f"k[{i}] = {j} % {n}",
                "k[0], k[1] = k[1], k[0]",
                f"k = k{self.pick('[::-1]', '[k]')}",
                f"k += 1; k %= {n}",
                f"j = abs({i} - {j}) // 2",
                f"k[:] = np.arange({n})",
            )
        )

    def bools(self, scope: None) -> None:
        v, i = self.vector(1), self.int_()
        self.emit(
            self.pick(
                f"q = {v} > {self.literal()}",
                f"q &= {v} < 0.5",
                f"q = q | ({v} > {self.literal()})",
                f"q[{i}] = {self.test()}",
                "q = ~q",
                "q = q[::-1]",
                f"q[k] = {v} > 0.0",
                "q[:] = False",
            )
        )

    def numbers(self, scope: None) -> None:
        i = self.int_()
        v = self.vector(1)
        self.emit(
            self.pick(
                f"s = {self.number()}",
                f"s = np.sum({v} * s)",
                f"s = np.mean(({v} - s) ** 2)",
                "s = s * s",
                f"j = int(abs({self.number(0)}) * 3.0) % {self.n}",
                f"s += {self.number()}",
                f"s, j = 0.5 * s, {i} % {self.n}",
                f"s = {self.number()} if {self.test()} else {self.number()}",
                f"s *= {self.place()}[{i}]",
            )
        )

    def call(self, scope: None) -> None:
        u, v, name = self.place(), self.place(), self.pick(*self.vectors)
        self.emit(
            self.pick(
                f"pushed({u})",
                f"s += pushed({u}, {self.number(0)}, at={self.int_()})",
                f"filled({u}, {self.vector(1)})",
                f"{name} = filled({u}, {v})",
                f"{name} = turned({u}, back={self.test()})",
                f"turned({u})[{self.int_()}] *= {self.number()}",
                f"{name} = row_of(w, {self.int_()})",
                f"row_of(w, c={self.int_()})".replace("c=", "i=") + f"[0] = {self.number()}",
                f"a, b = swapped((a, {self.pick(*self.vectors)}))",
                f"swapped((w[0], {u}))",
                f"{name} = most({u}, {v})",
                f"most(a, b)[0] += {self.number()}",
            )
        )

    def tuples(self, scope: None) -> None:
        u = self.place()
        self.emit(
            self.pick(
                f"p = ({u}, {self.number()})",
                "p = (p[0] * 0.5, p[1] + 1.0)",
                "p[0][0] *= 0.5",
                "a, s = p",
                "p = (a, p[1] * 0.5)",
                f"p = ({u}, s)",
                f"z = Pair({u}, {self.number()})",
                "z = Pair(right=z.right * 0.5, left=b)",
                "z.left[1] += z.right",
                "b, s = z",
                "z = Pair(*p)",
                f"p[0][:] = {self.vector(1)}",
                "z = Pair(z.left[::-1], s)",
            )
        )

    def matrix_write(self, scope: None) -> None:
        w, i, j = self.matrix(), self.int_(), self.int_()
        n = self.n
        self.emit(
            self.pick(
                f"{w}[{i}] = {self.vector(1)}",
                f"{w}[:, {j}] *= {self.vector(1)}",
                f"w += {self.vector(1)}",
                f"w *= {self.vector(1)}[:, None]",
                "w[k] = w[::-1] * 0.5",
                "w[[0, 1]] = w[[1, 0]]",
                f"w[q] *= {self.number()}",
                f"w[:, q] = {self.number()}",
                "w[:] = w.T",
                "w[1:] -= w[:-1]",
                f"w[np.arange({n}), k] += {self.vector(1)}",
                f"w[{i}], w[{j}] = w[{j}].copy(), w[{i}].copy()",
                f"w[k, k[::-1]] = {self.vector(1)}",
                f"w[{i}, {j}] = {self.number()}",
                "w = w @ m * 0.5",
                f"w[{i}:, {j}:] *= {self.number()}",
                "np.fill_diagonal(w, b)",
                f"w[w > {self.literal()}] = s",
            )
        )

    def branch(self, scope: None) -> None:
        self.emit(f"if {self.test()}:")
        self.indented(scope)
        if self.chance(0.6):
            self.emit("else:")
            self.indented(scope)

    def loop(self, scope: None) -> None:
        name, n = self.fresh("i"), self.n
        values = self.pick(
            f"{name} in range({self.random.randint(0, n)})",
            f"{name} in range({n - 1}, -1, -1)",
            f"{name}, e in enumerate({self.place()})",
            f"{name} in range({self.int_()}, {n})",
            f"{name}, (e, f) in enumerate(zip({self.place()}, {self.place()}))",
            f"{name}, r in enumerate(w)",
            f"{name}, r in enumerate(w.T)",
        )
        self.emit(f"for {values}:")
        self.ints.append(name)
        before: tuple[str, ...] = ()
        if ", e" in values or "(e" in values:
            before = (self.pick("s += 0.3 * e", f"a[{name}] *= e", f"x[{name}] = e * s"),)
        elif ", r" in values:
            before = (self.pick("s += 0.3 * r[0]", "r *= 0.7", "a = r", f"a[{name}] = r.sum()"),)
        self.repeated(scope, before)
        self.ints.pop()
        if self.chance(0.2):
            self.emit("else:")
            self.indented(scope)

    def while_loop(self, scope: None) -> None:
        name = self.fresh("c")
        self.emit(f"{name} = 0")
        trips = f"{name} < {self.random.randint(1, 3)}"
        self.emit(f"while {self.pick(trips, f'{trips} and {self.test()}')}:")
        self.repeated(scope, (f"{name} += 1",))
        if self.chance(0.2):
            self.emit("else:")
            self.indented(scope)

    def jump_out(self, scope: None) -> None:
        self.emit(f"if {self.test()}:")
        line = f"return {self.result()}"
        if self.loops and self.chance(0.7):
            line = self.pick("break", "continue")
        self.emit(f"    {line}")

    def result(self) -> str:
        return f"s + np.sum(a * {self.place()}) + b[0] * p[1] + np.sum(w * z.left)"


def draft(seed: str, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return a program text and arguments, perhaps with huge numbers."""
    writer = Writer(seed, size)
    n = writer.n
    writer.emit(writer.pick("a = x * 0.5", "a = x.copy()", "a = np.zeros_like(x)", "a = x"))
    writer.emit(writer.pick("b = np.sin(x)", "b = m[0]", "b = np.full(len(x), 0.5)"))
    for line in (
        "w = m * 1.0",
        "s = 0.5",
        "j = 0",
        "k = g.copy()",
        "q = x > 0.1",
        "p = (b, 0.5)",
        "z = Pair(a, 0.4)",
    ):
        writer.emit(line)
    writer.block(None, size)
    writer.emit(f"return {writer.result()}")
    rng = np.random.default_rng(writer.random.randrange(2**32))
    args = (rng.uniform(-1, 1, n), rng.uniform(-1, 1, (n, n)), rng.integers(0, n, n))
    return HELPERS + "def f(x, m, g):\n" + "\n".join(writer.lines) + "\n", args


def generate(seed: int, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return the program and the arguments of a seed; value and derivative are tame."""
    return first_tame(draft, is_tame, seed, size)
