"""Random programs in the accepted language, by seed, and a shrinker for those that fail.

Every program is in bounds, finite and ends: indices come from known intervals, loops have
literal trip counts or a counter, and a program whose value or derivative is large at its
inputs is drawn again.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import linecache
import sys
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import numpy as np

from tests.oracle import dual_jvp, is_active, leaves
from tests.random_idioms import Idioms
from tests.random_text import first_tame

HEADER = """import math
import numpy as np

GAIN = 0.7
WEIGHTS = np.array([0.3, -0.8, 0.5])


"""
LIMIT = 1e4
LINES = 20_000


# Loading -----------------------------------------------------------------------------


def load(source: str, name: str = "f", file: str = "<random program>") -> Any:
    """Return the function `name` of a program text, with its source known to `inspect`."""
    file = f"<{file.strip('<>')} {abs(hash(source)):x}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    module = types.ModuleType(f"random_{abs(hash(source)):x}")
    exec(compile(source, file, "exec"), module.__dict__)
    return module.__dict__[name]


load_once = lru_cache(maxsize=4)(load)
"""`load` for a program that is run at several points: it is derived once."""


# Generating --------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """What is known of an array name: its extents, and whether its layout is C."""

    extents: tuple[int, ...]
    contiguous: bool = True


@dataclass
class Scope:
    """The names that can be read at one place of the program."""

    floats: list[str] = field(default_factory=list)
    arrays: dict[str, Shape] = field(default_factory=dict)
    ints: dict[str, tuple[int, int]] = field(default_factory=dict)
    steppable: dict[str, int] = field(default_factory=dict)

    def inner(self) -> Scope:
        """Return a scope for a block: what it binds is not seen after it."""
        return Scope(list(self.floats), dict(self.arrays), dict(self.ints), dict(self.steppable))


@dataclass(frozen=True)
class Helper:
    """A helper function: `kind` says how it is called."""

    name: str
    kind: str
    text: str


UNARY = (
    "math.sin({})", "math.cos({})", "math.tanh({})", "np.sin({})", "np.tanh({})",
    "math.sqrt(1.0 + ({0}) * ({0}))", "math.exp(-abs({}))", "math.log(1.5 + abs({}))",
    "math.atan({})", "abs({})", "(-{})", "({}) ** 2", "np.exp(-({0}) * ({0}))",
)  # fmt: skip
BINARY = (
    "({} + {})", "({} - {})", "{} * {}", "{} * {}", "({} + {})", "max({}, {})",
    "min({}, {})", "({0}) / (1.5 + ({1}) * ({1}))", "np.maximum({}, {})",
    "np.arctan2({}, 2.0 + {})", "math.hypot({}, 1.0 + abs({}))",
)  # fmt: skip


class Writer(Idioms):
    """Writes one program; all choices come from one seeded generator."""

    def __init__(self, seed: int | str, size: int) -> None:
        super().__init__(seed, size)
        self.helpers: list[Helper] = []
        self.result: Callable[[Scope], str] = self.scalar_result

    # Expressions

    def atom(self, scope: Scope) -> str:
        kinds = ["literal"] + ["float"] * 4 * bool(scope.floats) + ["element"] * 5
        kinds += ["int"] * bool(scope.ints) + ["global"] * self.chance(0.1)
        match self.random.choice(kinds):
            case "global":
                return self.random.choice(["GAIN", f"WEIGHTS[{self.index(scope, 3)}]"])
            case "literal":
                return self.literal()
            case "int":
                return f"0.2 * {self.random.choice(list(scope.ints))}"
            case "element" if scope.arrays:
                return self.element(scope)
        return self.random.choice(scope.floats) if scope.floats else self.literal()

    def element(self, scope: Scope, name: str | None = None) -> str:
        name = name or self.random.choice(list(scope.arrays))
        extents = scope.arrays[name].extents
        return f"{name}[{', '.join(self.index(scope, n) for n in extents)}]"

    def index(self, scope: Scope, n: int) -> str:
        """Return an int expression between -n and n - 1."""
        if scope.ints and self.chance(0.75):
            name = self.random.choice(list(scope.ints))
            lo, hi = scope.ints[name]
            shifts = [s for s in range(-n - lo, n - hi) if -2 - n <= s <= 2]
            if shifts and self.chance(0.7):
                shift = self.random.choice([s for s in shifts if s == 0] or shifts)
                shift = self.random.choice(shifts) if self.chance(0.4) else shift
                return f"{name} {'+' if shift > 0 else '-'} {abs(shift)}" if shift else name
            if 0 <= n - 1 - hi and n - 1 - lo < n and self.chance(0.5):
                return f"{n - 1} - {name}"
            scale, offset = self.random.choice([1, 2, 3]), self.random.randint(0, 3)
            return f"({scale} * {name} + {offset}) % {n}"
        if n >= 3 and scope.ints and self.chance(0.15):
            name = self.random.choice(list(scope.ints))
            return f"g[{name} % 4]"
        if scope.floats and self.chance(0.05):
            return f"int(abs({self.random.choice(scope.floats)}) * 3.0) % {n}"
        return str(self.random.randint(-n, n - 1))

    def expression(self, scope: Scope, depth: int = 3) -> str:
        if depth == 0 or self.chance(0.25):
            return self.atom(scope)
        roll = self.random.random()
        if roll < 0.3:
            inner = self.expression(scope, depth - 1)
            return self.random.choice(UNARY).format(inner)
        if roll < 0.88:
            left, right = (self.expression(scope, depth - 1) for _ in "lr")
            return self.random.choice(BINARY).format(left, right)
        if roll < 0.94:
            left, right = (self.expression(scope, depth - 1) for _ in "lr")
            return f"({left} if {self.condition(scope)} else {right})"
        return self.helper_value(scope, depth)

    def helper_value(self, scope: Scope, depth: int) -> str:
        candidates = [h for h in self.helpers if h.kind in ("scalar", "recursive")]
        if not candidates:
            return self.atom(scope)
        helper = self.random.choice(candidates)
        first = self.expression(scope, depth - 1)
        if helper.kind == "recursive":
            return f"{helper.name}({first}, {self.random.randint(0, 3)})"
        return f"{helper.name}({first}, {self.atom(scope)})"

    def condition(self, scope: Scope) -> str:
        roll = self.random.random()
        if roll < 0.25 and scope.ints:
            name = self.random.choice(list(scope.ints))
            return self.random.choice(
                [
                    f"{name} % 2 == {self.random.randint(0, 1)}",
                    f"{name} > {self.random.randint(0, 2)}",
                ]
            )
        left, right = self.atom(scope), self.expression(scope, 1)
        test = f"{left} {self.random.choice(['<', '>', '<=', '>='])} {right}"
        if roll > 0.9:
            other = f"{self.atom(scope)} < {self.literal()}"
            return f"{test} {self.random.choice(['and', 'or', 'and not'])} {other}"
        return f"not ({test})" if roll > 0.85 else test

    # Statements

    def statements(self) -> list[tuple[int, Callable[[Scope], None]]]:
        nestable = self.loops < 3 and self.left > 1
        return [
            (4, self.assign), (4, self.augment), (6, self.store), (2, self.swap),
            (2, self.new_array), (2, self.new_view), (2, self.call), (2, self.step_int),
            (1, self.exchange_arrays), (3 * nestable, self.branch), (6 * nestable, self.loop),
            (2 * nestable, self.while_loop), (self.depth > 1, self.jump_out),
            *(self.idiomatic(nestable) if self.idioms else []),
        ]  # fmt: skip

    def idiomatic(self, nestable: bool) -> list[tuple[int, Callable[[Scope], None]]]:
        """Return the idioms that may come next, with their weights."""
        return [
            (2, self.guarded), (2 * nestable, self.fixed_sum), (nestable, self.large_sum),
            (nestable, self.counter), (2, self.located), (self.depth == 1, self.sized),
            (nestable, self.bound_again), (2, self.remade), (2 * nestable, self.meaning),
            (nestable, self.held),
            (1, self.aliased), (nestable, self.headed), (1, self.reduced),
        ]  # fmt: skip

    def assign(self, scope: Scope) -> None:
        if scope.floats and self.chance(0.5):
            name = self.random.choice(scope.floats)
        else:
            name = self.fresh("s")
        self.emit(f"{name} = {self.expression(scope)}")
        if name not in scope.floats:
            scope.floats.append(name)

    def augment(self, scope: Scope) -> None:
        target = self.target(scope)
        operator = self.random.choice(["+=", "+=", "-=", "*=", "/="])
        value = self.expression(scope, 2)
        if operator == "/=":
            value = f"1.5 + abs({value})"
        self.emit(f"{target} {operator} {value}")

    def target(self, scope: Scope) -> str:
        if scope.floats and (not scope.arrays or self.chance(0.5)):
            return self.random.choice(scope.floats)
        return self.element(scope)

    def store(self, scope: Scope) -> None:
        self.emit(f"{self.element(scope)} = {self.expression(scope)}")

    def swap(self, scope: Scope) -> None:
        if len(scope.floats) > 1 and self.chance(0.5):
            left, right = self.random.sample(scope.floats, 2)
        else:
            left, right = self.element(scope), self.element(scope)
        if self.chance(0.3):
            self.emit(f"{left}, {right} = {right}, {left} * {self.atom(scope)}")
        else:
            self.emit(f"{left}, {right} = {right}, {left}")

    def new_array(self, scope: Scope) -> None:
        name = self.fresh("w")
        model = self.random.choice(list(scope.arrays))
        shape = scope.arrays[model]
        size = self.random.randint(2, 4)
        match self.random.randint(0, 5):
            case 0:
                text, shape = f"np.zeros({size})", Shape((size,))
            case 1:
                text, shape = f"np.full({size}, {self.expression(scope, 1)})", Shape((size,))
            case 2:
                text, shape = f"np.ones(({size}, 2))", Shape((size, 2))
            case 3 if shape.contiguous:
                text = f"np.zeros_like({model})"
            case _:
                text, shape = f"{model}.copy()", Shape(shape.extents, len(shape.extents) == 1)
        self.emit(f"{name} = {text}")
        scope.arrays[name] = shape

    def new_view(self, scope: Scope) -> None:
        base = self.random.choice(list(scope.arrays))
        shape = scope.arrays[base]
        name = self.fresh("v")
        if len(shape.extents) == 2:
            rows, columns = shape.extents
            if self.chance(0.6):
                text, view = f"{base}[{self.index(scope, rows)}]", (columns,)
                contiguous = shape.contiguous
            else:
                text, view = f"{base}[:, {self.index(scope, columns)}]", (rows,)
                contiguous = False
        elif self.chance(0.3):
            text, view, contiguous = base, shape.extents, shape.contiguous
        else:
            (n,) = shape.extents
            lo = self.random.randint(0, n - 1)
            hi = self.random.randint(lo + 1, n)
            text, step = self.random.choice(
                [(f"{lo}:{hi}", 1), (f"{lo}:", 1), (f":{hi}", 1), (f"{lo}:{hi}:2", 2),
                 ("::-1", -1), ("::2", 2), (f"-{n - lo}:", 1)]
            )  # fmt: skip
            length = len(
                range(n)[eval(f"slice({', '.join(p or 'None' for p in text.split(':'))})")]
            )
            text, view, contiguous = f"{base}[{text}]", (length,), shape.contiguous and step == 1
        self.emit(f"{name} = {text}")
        scope.arrays[name] = Shape(view, contiguous)

    def exchange_arrays(self, scope: Scope) -> None:
        """Exchange array names of one shape and layout; rebind one outside loops and branches."""
        owned = [n for n, s in scope.arrays.items() if s.contiguous and n[0] == "w"]
        pairs = [
            (p, q) for p in owned for q in owned if p < q and scope.arrays[p] == scope.arrays[q]
        ]
        if not pairs:
            self.store(scope)
            return
        left, right = self.random.choice(pairs)
        self.emit(
            f"{left}, {right} = {right}, {left}"
            if self.depth > 1 or self.chance(0.5)
            else f"{left} = {right}"
        )

    def step_int(self, scope: Scope) -> None:
        if scope.steppable and self.chance(0.7):
            name, modulus = self.random.choice(list(scope.steppable.items()))
            other = self.random.choice(list(scope.ints))
            self.emit(f"{name} = ({name} + {other} + {self.random.randint(1, 3)}) % {modulus}")
            return
        name, modulus = self.fresh("k"), self.random.randint(2, 4)
        self.emit(f"{name} = {self.random.randint(0, modulus - 1)}")
        scope.ints[name] = (0, modulus - 1)
        scope.steppable[name] = modulus

    def call(self, scope: Scope) -> None:
        fillers = [h for h in self.helpers if h.kind == "fill"]
        pairs = [h for h in self.helpers if h.kind == "pair"]
        walks = [h for h in self.helpers if h.kind == "walk"]
        vectors = [n for n, s in scope.arrays.items() if len(s.extents) == 1]
        if pairs and len(scope.floats) > 1 and self.chance(0.4):
            left, right = self.random.sample(scope.floats, 2)
            call = f"{self.random.choice(pairs).name}({self.atom(scope)}, {self.atom(scope)})"
            self.emit(f"{left}, {right} = {call}")
        elif walks and vectors and scope.floats and self.chance(0.6):
            part = self.random.choice(["", "", "", "[1:]", "[::-1]", ".copy()"])
            given = f"{self.random.choice(vectors)}{part}, {self.random.randint(0, 3)}"
            self.emit(f"{self.random.choice(scope.floats)} = {walks[0].name}({given})")
        elif fillers and vectors:
            out, source = self.random.choice(vectors), self.random.choice(vectors)
            helper = self.random.choice(fillers).name
            part = self.random.choice(["", "", "[1:]", "[::-1]", "[::2]"])
            self.emit(f"{helper}({out}{part}, {source}, {self.expression(scope, 1)})")
        else:
            self.assign(scope)

    def branch(self, scope: Scope) -> None:
        self.emit(f"if {self.condition(scope)}:")
        self.indented(scope.inner())
        if self.chance(0.3):
            self.emit(f"elif {self.condition(scope)}:")
            self.indented(scope.inner())
        if self.chance(0.5):
            self.emit("else:")
            self.indented(scope.inner())

    def loop(self, scope: Scope) -> None:
        inner = scope.inner()
        vectors = {n: s.extents[0] for n, s in scope.arrays.items() if len(s.extents) == 1}
        name = self.fresh("i")
        kind = self.random.choice(["range"] * 6 + ["elements", "enumerate", "zip"] * bool(vectors))
        last: tuple[int, int] | None = None
        if kind == "range":
            header, interval = self.range_of(scope)
            self.emit(f"for {name} in {header}:")
            if interval:
                inner.ints[name] = last = interval
        else:
            self.emit(self.element_loop(kind, name, vectors, inner))
        self.loops += 1
        self.loop_body(inner)
        self.loops -= 1
        if last is not None and self.chance(0.3):
            scope.ints[name] = last

    def element_loop(self, kind: str, name: str, vectors: dict[str, int], inner: Scope) -> str:
        first, second = (self.random.choice(list(vectors)) for _ in "ab")
        value = self.fresh("e")
        inner.floats.append(value)
        if kind == "elements":
            return f"for {value} in {first}:"
        if kind == "enumerate":
            inner.ints[name] = (0, vectors[first] - 1)
            return f"for {name}, {value} in enumerate({first}):"
        other = self.fresh("e")
        inner.floats.append(other)
        return f"for {value}, {other} in zip({first}, {second}):"

    def range_of(self, scope: Scope) -> tuple[str, tuple[int, int] | None]:
        """Return a range and the interval of its values (None when it is empty)."""
        if scope.ints and self.chance(0.2):
            name = self.random.choice(list(scope.ints))
            lo, hi = scope.ints[name]
            if 0 <= lo and hi <= 4:
                return f"range({name} + 1)", (0, hi)
        if self.chance(0.05):
            return "range(2, 2)", None
        start, trips = self.random.randint(0, 2), self.random.randint(1, 4)
        if self.idioms and self.has("negative start") and self.chance(0.3):
            start = -self.random.randint(1, 2)
        if self.idioms and self.has("no trips") and self.chance(0.1):
            return self.random.choice(["range(k, k - 1)", "range(0)", "range(-1)"]), None
        match self.random.randint(0, 3):
            case 0 | 1:
                return f"range({trips})", (0, trips - 1)
            case 2:
                step = self.random.randint(1, 2)
                stop = start + trips * step
                return f"range({start}, {stop}, {step})", (start, stop - 1)
        step = self.random.randint(1, 2)
        first = start + (trips - 1) * step
        return f"range({first}, {start - 1}, -{step})", (start, first)

    def loop_body(self, inner: Scope, before: tuple[str, ...] = ()) -> None:
        """Write a loop's body, perhaps with a jump, and perhaps an `else`."""
        self.indented(inner.inner(), before)
        jumps = False
        self.depth += 1
        if self.chance(0.3):
            jumps = self.chance(0.6)
            self.emit(f"if {self.condition(inner)}:")
            self.emit(f"    {'break' if jumps else 'continue'}")
            self.block(inner, 1)
        self.depth -= 1
        if jumps and self.chance(0.25):
            self.emit("else:")
            self.depth += 1
            self.emit(f"pass  # {self.fresh('no break ')}")
            self.depth -= 1

    def while_loop(self, scope: Scope) -> None:
        name, trips = self.fresh("c"), self.random.randint(1, 4)
        self.emit(f"{name} = 0")
        test = f" and ({self.condition(scope)})" if self.chance(0.5) else ""
        before = (f"{name} += 1",)
        if self.chance(0.2):
            self.emit("while True:")
            before += (f"if {name} > {trips}:", "    break")
        else:
            self.emit(f"while {name} < {trips}{test}:")
        inner = scope.inner()
        inner.ints[name] = (1, trips)
        self.loops += 1
        self.loop_body(inner, before)
        self.loops -= 1

    def jump_out(self, scope: Scope) -> None:
        """Leave the loop or the function, if the data says so."""
        self.emit(f"if {self.condition(scope)}:")
        if self.loops and self.chance(0.6):
            self.emit(f"    {self.random.choice(['break', 'continue'])}")
        else:
            self.emit(f"    return {self.result(scope)}")

    # Results and helpers

    def scalar_result(self, scope: Scope) -> str:
        parts = [*self.random.sample(scope.floats, min(3, len(scope.floats)))]
        parts += [self.element(scope) for _ in range(3)]
        return " + ".join(parts)

    def pair_result(self, scope: Scope) -> str:
        return f"{self.scalar_result(scope)}, {self.expression(scope, 2)}"

    def array_result(self, scope: Scope) -> str:
        names = [n for n, s in scope.arrays.items() if s.contiguous and len(s.extents) == 1]
        return self.random.choice(names)

    def mixed_result(self, scope: Scope) -> str:
        return f"{self.scalar_result(scope)}, {self.array_result(scope)}"

    def write_helpers(self) -> str:
        makers = [self.scalar_helper, self.fill_helper, self.pair_helper, self.recursive_helper]
        makers.append(self.walking_helper)
        for make in self.random.sample(makers, self.random.randint(1, 3)):
            self.helpers.append(make())
        return "".join(helper.text + "\n\n\n" for helper in self.helpers)

    def scalar_helper(self) -> Helper:
        scope = Scope(floats=["p", "q"])
        name = self.fresh("h")
        lines = [f"def {name}(p, q):"]
        if self.chance(0.5):
            lines += [
                f"    if p > {self.literal()}:",
                f"        return {self.expression(scope, 2)}",
            ]
        lines += [
            f"    p = {self.expression(scope, 2)}",
            f"    return p * {self.expression(scope, 1)}",
        ]
        return Helper(name, "scalar", "\n".join(lines))

    def fill_helper(self) -> Helper:
        name = self.fresh("fill")
        scope = Scope(floats=["t", "c"])
        value = self.expression(scope, 2)
        operator = self.random.choice(["=", "+=", "="])
        text = (
            f"def {name}(out, u, c):\n    for q in range(len(out)):\n"
            f"        t = u[q % len(u)] * c\n        out[q] {operator} {value} + 0.5 * out[q - 1]"
        )
        return Helper(name, "fill", text)

    def pair_helper(self) -> Helper:
        name = self.fresh("pair")
        scope = Scope(floats=["p", "q"])
        first, second = (self.expression(scope, 2) for _ in "pq")
        text = f"def {name}(p, q):\n    return {first}, {second}"
        return Helper(name, "pair", text)

    def recursive_helper(self) -> Helper:
        name = self.fresh("rec")
        scope = Scope(floats=["p"])
        text = (
            f"def {name}(p, n):\n    if n == 0:\n        return {self.expression(scope, 1)}\n"
            f"    return math.sin({name}(0.7 * p, n - 1)) + {self.expression(scope, 1)} * p"
        )
        return Helper(name, "recursive", text)

    def walking_helper(self) -> Helper:
        """A function of an array that calls itself in a loop, and may write what it is given."""
        name = self.fresh("walk")
        scope = Scope(floats=["t", "s"])
        inner = f"{name}(u, k - {self.random.choice(['1', '1 - q', '2'])})"
        lines = [
            f"def {name}(u, k):",
            "    t = u[k % len(u)]",
            "    s = 0.5 * t",
            "    if k <= 0:",
            f"        return {self.expression(scope, 1)}",
            f"    for q in range({self.random.choice(['2', '2', 'k', '1'])}):",
        ]
        if self.chance(0.4):
            lines.append(f"        if t > {self.literal()}:")
            lines.append(f"            {self.random.choice(['break', 's = 0.5 * s', 'continue'])}")
        if self.chance(0.4):
            place = self.random.choice(["k % len(u)", "q", "0"])
            lines.append(f"        u[{place}] {self.random.choice(['=', '+='])} 0.3 * s")
        lines.append(f"        s = s * {self.random.choice(['0.5', 't'])} + math.sin({inner})")
        lines.append(f"    return {self.expression(scope, 1)} + s")
        return Helper(name, "walk", "\n".join(lines))


def draft(
    seed: int | str, size: int = 14, *, scalar: bool = False, idioms: bool = False
) -> tuple[str, tuple[Any, ...]]:
    """Return a program text and arguments, perhaps with huge numbers."""
    writer = Writer(seed, size)
    writer.idioms = idioms
    helpers = writer.write_helpers()
    results = [writer.pair_result, writer.array_result, writer.mixed_result]
    writer.result = writer.random.choice([writer.scalar_result] * 6 + results * (not scalar))
    n, m = writer.random.randint(3, 5), writer.random.randint(2, 3)
    fortran = writer.chance(0.2)
    scope = Scope(
        floats=["a", "b"],
        arrays={"x": Shape((n,)), "m": Shape((n, m), contiguous=not fortran)},
        ints={"k": (2, 2)},
    )
    if idioms and writer.has("arguments bound again"):
        scope.ints["k"], scope.steppable["k"] = (0, 2), 3
    writer.emit(f"s = {writer.expression(scope, 1)}")
    scope.floats.append("s")
    writer.block(scope, size)
    writer.emit(f"return {writer.result(scope)}")
    text = HEADER + helpers + "def f(x, m, a, b, k, g):\n" + "\n".join(writer.lines) + "\n"
    rng = np.random.default_rng(writer.random.randrange(2**32))
    x, matrix = rng.uniform(-1, 1, n), rng.uniform(-1, 1, (n, m))
    if fortran:
        matrix = np.asfortranarray(matrix)
    a, b = map(float, rng.uniform(-1, 1, 2))
    return text, (x, matrix, a, b, 2, rng.integers(0, 3, 4))


def generate(
    seed: int, size: int = 14, *, scalar: bool = False, idioms: bool = False
) -> tuple[str, tuple[Any, ...]]:
    """Return the program and the arguments of a seed; value and derivative are tame.

    scalar: it returns one float.
    idioms: with the statements of `random_idioms`.
    """
    return first_tame(
        partial(draft, scalar=scalar, idioms=idioms), is_tame, seed, size, attempts=100
    )


def is_tame(source: str, args: tuple[Any, ...]) -> bool:
    """Return whether a program runs, within bounds, and its derivative is no giant."""
    try:
        func = load(source)
        tangents = tuple(np.ones(np.shape(arg)) if is_active(arg) else None for arg in args)
        with limited_lines(), np.errstate(all="ignore"):
            run = dual_jvp(func, args, tangents)
    except (ArithmeticError, ValueError, RuntimeError, IndexError):
        return False
    return all(
        np.all(np.isfinite(leaf)) and np.all(np.abs(leaf) < LIMIT)
        for tree in (run.out, run.out_dots, run.after, run.after_dots)
        for leaf in leaves(tree)
        if leaf is not None
    )


@contextlib.contextmanager
def limited_lines(count: int = LINES) -> Iterator[None]:
    """Raise RuntimeError in random programs that run more than `count` lines."""
    left = count

    def trace(frame: types.FrameType, _event: str, _arg: object) -> Any:
        nonlocal left
        if not frame.f_code.co_filename.startswith("<random program"):
            return None
        left -= 1
        if left < 0:
            raise RuntimeError("too many lines")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


# Shrinking ---------------------------------------------------------------------------


def shrink(source: str, fails: Callable[[str], bool], seconds: float = 60.0) -> str:
    """Return a small program that still fails: no step is left, or processor time is up."""
    source = ast.unparse(ast.parse(source))
    end = time.process_time() + seconds
    improved = True
    while improved:
        improved = False
        for candidate in simpler(source):
            if time.process_time() > end:
                return source + "\n"
            if fails(candidate):
                source, improved = candidate, True
                break
    return source + "\n"


def simpler(source: str) -> Iterator[str]:
    """Yield programs that are one step simpler, the largest steps first."""
    count = len(list(ast.walk(ast.parse(source))))
    for change in (_without_statement, _without_block, _simpler_expression):
        for position in range(count):
            for variant in itertools.count():
                tree = ast.parse(source)
                node = list(ast.walk(tree))[position]
                if not change(node, variant):
                    break
                with contextlib.suppress(ValueError, SyntaxError):
                    text = ast.unparse(tree)
                    ast.parse(text)
                    if text != source and _weight(text) < _weight(source):
                        yield text


def _weight(text: str) -> tuple[int, int]:
    return len(list(ast.walk(ast.parse(text)))), len(text)


def _bodies(node: ast.AST) -> list[list[ast.stmt]]:
    if isinstance(node, ast.expr):
        return []
    fields = (getattr(node, name, None) for name in ("body", "orelse"))
    return [body for body in fields if isinstance(body, list) and body]


def _without_statement(node: ast.AST, variant: int) -> bool:
    """Empty a body, or halve it; statements themselves go by `_without_block`."""
    bodies = _bodies(node)
    if isinstance(node, ast.Module) or not bodies or variant > 2:
        return False
    body = bodies[0]
    if len(body) < 2:
        return False
    half = len(body) // 2
    if isinstance(node, ast.FunctionDef):
        if variant == 2:
            return False
        del body[slice(0, half) if variant else slice(half, len(body) - 1)]
    else:
        del body[(slice(1, None), slice(0, half), slice(half, None))[variant]]
    return True


def _without_block(node: ast.AST, variant: int) -> bool:
    """Drop a statement, or put the contents of a compound one in its place."""
    parent_bodies = _bodies(node)
    position = variant
    for body in parent_bodies:
        for k, stmt in enumerate(body):
            choices = 1 + len(_bodies(stmt))
            if position < choices:
                inner = [] if position == 0 else _bodies(stmt)[position - 1]
                body[k : k + 1] = inner or ([ast.Pass()] if len(body) == 1 else [])
                return True
            position -= choices
    return False


FIXED = {(ast.Call, "func"), (ast.Subscript, "value"), (ast.Attribute, "value")}
"""Parts of expressions that stay: a literal in their place is no program."""


def _simpler_expression(node: ast.AST, variant: int) -> bool:
    """Replace a sub-expression by one of its parts or by a literal."""
    position = variant
    for name, value in ast.iter_fields(node):
        if (type(node), name) in FIXED:
            continue
        items = value if isinstance(value, list) else [value]
        for k, item in enumerate(items):
            if not isinstance(item, ast.expr) or isinstance(getattr(item, "ctx", None), ast.Store):
                continue
            parts = [p for p in ast.iter_child_nodes(item) if isinstance(p, ast.expr)]
            if isinstance(item, ast.Call):
                parts = list(item.args)
            if not isinstance(item, ast.Constant):
                parts += [ast.Constant(1.0), ast.Constant(0)]
            if position < len(parts):
                if isinstance(value, list):
                    value[k] = parts[position]
                else:
                    setattr(node, name, parts[position])
                return True
            position -= len(parts)
    return False
