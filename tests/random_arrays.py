"""Random programs over whole arrays, by seed.

Shapes are known while a program is written, so that every operation broadcasts; a program
that NumPy refuses, or whose value or derivative is large, is drawn again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from tests.complex_step import complex_jvp
from tests.harness import outputs_of_call, random_tangents
from tests.oracle import leaves
from tests.random_array_idioms import ArrayIdioms
from tests.random_programs import limited_lines, load
from tests.random_text import first_tame

LIMIT = 1e4
ARRAYS = (0, 1, 2)
"""The arguments that programs may write."""
Shape = tuple[int, ...]

HELPERS = """import math
import numpy as np


def mixed(u, v):
    return np.tanh(u) * v + 0.5 * u


def fill(out, u):
    out[:] = 0.5 * out + np.sin(u)


def shifted(out, c):
    out[1:] += c * out[:-1]
    return np.sum(out * out)


def halves(u):
    if len(u) < 2:
        return u * 0.5, np.sum(u)
    k = len(u) // 2
    return np.concatenate((u[k:], 2.0 * u[:k])), np.dot(u[:k], u[k : 2 * k])


def scaled_rows(out, u, c):
    for k, row in enumerate(u):
        if c > 0.5 and k > 0:
            return np.sum(row)
        out[k] += c * row
        c = c * 0.5
    return np.max(out)


"""


@dataclass(frozen=True)
class Known:
    """What is known of an array name: its shape, and whose memory it may share."""

    shape: Shape
    roots: frozenset[str]


@dataclass
class Scope:
    """The names that can be read at one place of the program."""

    floats: list[str] = field(default_factory=list)
    arrays: dict[str, Known] = field(default_factory=dict)
    ints: dict[str, int] = field(default_factory=dict)

    def inner(self) -> Scope:
        """Return a scope for a block: what it binds is not seen after it."""
        return Scope(list(self.floats), dict(self.arrays), dict(self.ints))


UNARY = (
    "np.sin({})", "np.cos({})", "np.tanh({})", "np.exp(-np.abs({}))", "np.sqrt(1.0 + ({0}) ** 2)",
    "(-{})", "np.abs({})", "({}) ** 2", "np.clip({}, -0.6, 0.7)", "1.0 / (1.5 + ({0}) * ({0}))",
    "np.log(1.5 + np.abs({}))", "np.square({})", "np.arctan({})",
)  # fmt: skip
BINARY = (
    "({} + {})", "({} - {})", "{} * {}", "{} * {}", "np.maximum({}, {})", "np.minimum({}, {})",
    "({0}) / (1.5 + ({1}) ** 2)", "np.arctan2({}, 2.0 + np.abs({}))", "mixed({}, {})",
    "np.hypot({}, 1.0 + np.abs({}))", "np.multiply({}, {})",
)  # fmt: skip
REDUCTIONS = ("sum", "sum", "mean", "max", "min", "prod")
WHOLE = (
    "np.sum(({0})[({0}) > {1}])", "np.var({0})", "np.linalg.norm(2.0 + np.abs({0}))",
    "np.sum(np.where(({0}) < {1}, 0.0, {0}), axis=None)", "float(np.argmax(({0}).ravel()))",
    "np.mean(np.sort({0}, axis=-1)[..., -1])", "np.sum(np.cumsum({0}))",
    "({0}).ravel()[-1]", "sum([np.sum(q) for q in ({0})])", "np.median({0})",
)  # fmt: skip
OF_VECTORS = (
    "np.cumsum({})", "np.roll({}, 1)", "({}).copy()", "np.flip({})", "np.cumprod({})",
    "np.sort({})", "np.roll({}, -2)", "np.convolve({}, np.array([0.5, -0.2, 0.1]))[1:-1]",
    "np.append({}, 1.0)[:-1]", "np.diff({}, prepend=0.3)", "np.repeat({}, 2)[::2]",
    "np.diag(np.diag({}))",
)  # fmt: skip
OF_MATRICES = (
    "np.cumsum({}, axis=0)", "np.cumsum({}, axis=1)", "np.roll({}, 1, axis=1)", "np.tril({})",
    "np.fliplr({})", "np.sort({}, axis=0)", "({}).T.copy().T", "({}).reshape(-1).reshape({})",
    "np.vstack((({0}), ({0})))[::2]", "np.stack([row for row in ({})])",
)  # fmt: skip
FRESH: frozenset[str] = frozenset()


class Writer(ArrayIdioms):
    """Writes one program; all choices come from one seeded generator."""

    def __init__(self, seed: int | str, size: int, *, scalar: bool) -> None:
        super().__init__(seed, size)
        self.single = self.chance(0.08) and not scalar
        self.returns_number = scalar or self.chance(0.85)

    # Indices

    def index(self, scope: Scope, shape: Shape) -> str:
        """Return a basic index into an array of this shape."""
        parts: list[str] = []
        count = self.random.randint(1, len(shape))
        for n in shape[:count]:
            parts.append(self.part(scope, n))
        if self.chance(0.12):
            parts.insert(self.random.randint(0, len(parts)), self.random.choice(["None", "..."]))
        return ", ".join(parts)

    def part(self, scope: Scope, n: int) -> str:
        roll = self.random.random()
        if roll < 0.25 and n:
            usable = [name for name, size in scope.ints.items() if size <= n]
            if usable and self.chance(0.7):
                return self.random.choice(usable)
            return str(self.random.randint(-n, n - 1))
        if roll < 0.45:
            return ":"
        if roll < 0.55:
            name = self.random.choice(list(scope.ints))
            return self.random.choice([f"{name}:", f":{name}", f"-{name}:", f"{name}::-1"])
        lo, hi = (self.random.choice(["", str(self.random.randint(-n, n))]) for _ in "lh")
        step = self.random.choice(["", "", "", ":1", ":2", ":-1", ":-1", ":-2"])
        return f"{lo}:{hi}{step}"

    def indexed(self, scope: Scope, name: str) -> tuple[str, Shape]:
        """Return part of an array that may be written, and its shape."""
        known = scope.arrays[name]
        if not known.shape or self.chance(0.3):
            return (f"{name}[...]" if not known.shape else f"{name}[:]"), known.shape
        text = self.index(scope, known.shape)
        sample = np.empty(known.shape)
        values = dict.fromkeys(scope.ints, 0) | {"k": 2}
        try:
            found = np.shape(eval(f"sample[{text}]", values, {"sample": sample}))
        except IndexError:  # the parts after an ellipsis are for other axes
            return f"{name}[:]", known.shape
        return f"{name}[{text}]", found

    # Expressions: text and shape

    def scalar(self, scope: Scope, depth: int = 2) -> str:
        roll = self.random.random()
        if depth == 0 or roll < 0.3:
            return self.random.choice([self.literal(), *scope.floats])
        if roll < 0.5 and scope.ints:
            return f"0.3 * {self.random.choice(list(scope.ints))}"
        if roll < 0.8:
            return self.reduced(scope, self.random.choice(list(scope.arrays.values())).shape)
        name = self.random.choice(list(scope.arrays))
        shape = scope.arrays[name].shape
        if 0 in shape or not shape:
            return self.literal()
        return f"{name}[{', '.join(str(self.random.randint(-n, n - 1)) for n in shape)}]"

    def reduced(self, scope: Scope, shape: Shape) -> str:
        inner, _ = self.expression(scope, shape, 2, exact=True)
        if len(shape) == 1 and self.chance(0.2):
            other, _ = self.expression(scope, shape, 1, exact=True)
            products = ("np.dot({}, {})", "({}) @ ({})", "np.sum(np.outer({}, {}))")
            return self.random.choice(products).format(inner, other)
        if shape and self.chance(0.12):
            return self.random.choice(WHOLE).format(inner, self.literal())
        return f"np.{self.random.choice(REDUCTIONS)}({inner})"

    def atom(self, scope: Scope, shape: Shape) -> tuple[str, Shape]:
        """Return a name, or part of an array, that broadcasts to `shape`."""
        for _ in range(12):
            name = self.random.choice(list(scope.arrays))
            known = scope.arrays[name]
            if self.chance(0.5):
                text, found = name, known.shape
            elif self.chance(0.15) and len(known.shape) == 2:
                text, found = f"{name}.T", known.shape[::-1]
            elif self.chance(0.2) and known.shape and known.shape[0] >= 2:
                text, found = f"{name}[g]", (3, *known.shape[1:])
                if known.shape[0] >= 3:
                    text = f"{name}{self.random.choice(['', '[1:]', '[::-1]', '[:-1]'])}[g]"
            else:
                text, found = self.indexed(scope, name)
            if fits(found, shape):
                return text, found
        return self.random.choice([self.literal(), *scope.floats]), ()

    def expression(
        self, scope: Scope, shape: Shape, depth: int = 3, *, exact: bool = False
    ) -> tuple[str, Shape]:
        text, found = self.some(scope, shape, depth)
        if exact and found != shape:
            same = [name for name, known in scope.arrays.items() if known.shape == shape]
            if same and self.chance(0.7):
                text = f"{text} * {self.random.choice(same)}"
            else:
                size = f"({', '.join(map(str, shape))},)" if shape else "()"
                maker = self.random.choice(["np.ones({})", "np.zeros({})", "np.full({}, 0.4)"])
                text = f"({text} + {maker.format(size)})"
            found = shape
        return text, found

    def some(self, scope: Scope, shape: Shape, depth: int) -> tuple[str, Shape]:
        roll = self.random.random()
        if depth == 0 or roll < 0.2:
            return self.atom(scope, shape)
        if roll < 0.4:
            inner, found = self.some(scope, shape, depth - 1)
            return self.random.choice(UNARY).format(inner), found
        if roll < 0.7:
            left, one = self.some(scope, shape, depth - 1)
            right, other = self.some(scope, shape, depth - 1)
            return self.random.choice(BINARY).format(left, right), joined(one, other)
        if roll < 0.77:
            test, first = self.condition(scope, shape)
            left, one = self.some(scope, shape, depth - 1)
            right, other = self.some(scope, shape, depth - 1)
            return f"np.where({test}, {left}, {right})", joined(first, one, other)
        if roll < 0.85:
            return self.along(scope, shape, depth)
        if roll < 0.94:
            return self.special(scope, shape, depth)
        return f"({self.scalar(scope, depth - 1)})", ()

    def condition(self, scope: Scope, shape: Shape) -> tuple[str, Shape]:
        left, one = self.some(scope, shape, 1)
        test = f"({left}) {self.random.choice('<>')} {self.literal()}"
        if self.chance(0.2):
            right, other = self.atom(scope, shape)
            return f"({test}) {self.random.choice('&|')} ({right} > 0.1)", joined(one, other)
        return test, one

    def along(self, scope: Scope, shape: Shape, depth: int) -> tuple[str, Shape]:
        """Return a reduction along an axis."""
        reduction = self.random.choice((*REDUCTIONS, "var"))
        if len(shape) >= 2 or not shape:
            axes = [k for k, n in enumerate(shape) if n == 1]
            if not axes:
                return self.atom(scope, shape)
            axis = self.random.choice(axes)
            inner = (*shape[:axis], self.random.randint(1, 3), *shape[axis + 1 :])
            text, _ = self.expression(scope, inner, depth - 1, exact=True)
            if self.chance(0.5):
                return f"np.{reduction}({text}, axis={axis}, keepdims=True)", shape
            return f"np.expand_dims(np.{reduction}({text}, axis={axis}), {axis})", shape
        axis = self.random.randint(0, 1)
        inner = (*shape[:axis], self.random.randint(1, 3), *shape[axis:])
        text, _ = self.expression(scope, inner, depth - 1, exact=True)
        if self.chance(0.5):
            return f"np.{reduction}({text}, axis={self.random.choice([axis, axis - 2])})", shape
        if reduction == "var":
            return f"np.linalg.norm(1.5 + np.abs({text}), axis={axis})", shape
        return f"({text}).{reduction}({axis})", shape

    def looked_at(self, scope: Scope, shape: Shape, depth: int) -> tuple[str, Shape]:
        """Return part of something computed, or another view of it."""
        roll = self.random.random()
        if roll < 0.2 and len(shape) == 2:
            text, _ = self.expression(scope, shape[::-1], depth - 1, exact=True)
            return f"({text}).T", shape
        if roll < 0.4 and shape:
            text, _ = self.expression(scope, shape, depth - 1, exact=True)
            return f"({text})[{self.random.choice(['::-1', ':', '..., ::-1'])}]", shape
        if roll < 0.6 and shape:
            extra = self.random.randint(1, 2)
            inner = (shape[0] + extra, *shape[1:])
            text, _ = self.expression(scope, inner, depth - 1, exact=True)
            return f"({text})[{self.random.choice([f'{extra}:', f':-{extra}'])}]", shape
        if roll < 0.7 and shape and shape[0] == 3:
            rows = self.random.randint(2, 3)
            text, _ = self.expression(scope, (rows, *shape[1:]), depth - 1, exact=True)
            return f"({text})[g]", shape
        text, _ = self.expression(scope, shape, depth - 1, exact=True)
        return f"np.flip({text})", shape

    def special(self, scope: Scope, shape: Shape, depth: int) -> tuple[str, Shape]:
        """Return a product, an outer product, a running sum, a joined or moved array."""
        if self.chance(0.4):
            return self.looked_at(scope, shape, depth)
        if len(shape) == 2 and shape[0] and self.chance(0.3):
            text, _ = self.expression(scope, shape, depth - 1, exact=True)
            form = self.random.choice(OF_MATRICES)
            if "vstack" in form:
                return f"np.vstack(({text}, {text}))[{shape[0]}:]", shape
            return form.format(text, shape), shape
        if len(shape) == 2 and shape[0] and self.chance(0.15):
            n = shape[0]
            matrix, _ = self.expression(scope, (n, n), depth - 1, exact=True)
            right, _ = self.expression(scope, shape, depth - 1, exact=True)
            solved = f"np.linalg.solve({n + 2.0} * np.eye({n}) + np.tanh({matrix}), {right})"
            return solved, shape
        if len(shape) == 2:
            k = self.random.randint(1, 3)
            left, _ = self.expression(scope, (shape[0], k), depth - 1, exact=True)
            right, _ = self.expression(scope, (k, shape[1]), depth - 1, exact=True)
            if k == 1 and self.chance(0.5):
                return f"np.outer({left}, {right})", shape
            return f"({left}) @ ({right})", shape
        if len(shape) != 1:
            return self.atom(scope, shape)
        text, _ = self.expression(scope, shape, depth - 1, exact=True)
        if self.chance(0.4):
            k = self.random.randint(1, 3)
            matrix, _ = self.expression(scope, (shape[0], k), depth - 1, exact=True)
            vector, _ = self.expression(scope, (k,), depth - 1, exact=True)
            return f"({matrix}) @ ({vector})", shape
        if self.chance(0.2) and shape[0]:
            k = self.random.randint(0, shape[0])
            first, _ = self.expression(scope, (k,), depth - 1, exact=True)
            second, _ = self.expression(scope, (shape[0] - k,), depth - 1, exact=True)
            return f"np.concatenate(({first}, {second}))", shape
        return self.random.choice(OF_VECTORS if shape[0] else OF_VECTORS[:4]).format(text), shape

    # Statements

    def statements(self) -> list[tuple[int, Callable[[Scope], None]]]:
        nestable = int(self.loops < 2 and self.left > 1)
        return [
            (5, self.bind), (3 * (not self.single), self.rebind), (6, self.store),
            (6, self.augment), (4, self.view), (2, self.number), (2, self.scatter),
            (2, self.mask), (2, self.call), (1, self.element), (2, self.overlapping),
            (3 * nestable, self.branch), (4 * nestable, self.loop), (2, self.exchange),
            (1, self.pair), (1 * (not self.single), self.rows_of_helper), (1, self.mask_from),
            (1, self.listed), (2 * nestable, self.while_loop), (self.depth > 1, self.jump_out),
            *(self.idiomatic(nestable) if self.idioms and not self.single else []),
        ]  # fmt: skip

    def idiomatic(self, nestable: int) -> list[tuple[int, Callable[[Scope], None]]]:
        """Return the idioms that may come next, with their weights."""
        return [
            (3, self.reused_number), (3, self.reused_array), (2, self.data_place),
            (2, self.guarded_part), (2 * nestable, self.summed_rows),
            (2 * nestable, self.made_on_one_path),
        ]  # fmt: skip

    def bind(self, scope: Scope) -> None:
        name = self.fresh("t")
        shape = self.random.choice(list(scope.arrays.values())).shape
        roll = self.random.random()
        if roll < 0.1:
            model = self.random.choice(list(scope.arrays))
            maker = self.random.choice(["np.zeros_like({})", "np.ones_like({})", "{}.copy()"])
            self.emit(f"{name} = {maker.format(model)}")
            shape = scope.arrays[model].shape
        else:
            text, shape = self.expression(scope, shape, exact=True)
            if text in scope.arrays or "[" in text or text.endswith(".T"):
                text = f"1.0 * {text}"
            self.emit(f"{name} = {text}")
        scope.arrays[name] = Known(shape, frozenset({name}))

    def rebind(self, scope: Scope) -> None:
        names = [n for n, known in scope.arrays.items() if n[0] == "t" and known.shape]
        names += ["x"] * (self.depth == 1)
        if not names:
            self.bind(scope)
            return
        name = self.random.choice(names)
        shape = scope.arrays[name].shape
        text, _ = self.expression(scope, shape, exact=True)
        self.emit(f"{name} = 1.0 * {text}")
        before = scope.arrays[name].roots if self.depth > 1 else frozenset()
        scope.arrays[name] = Known(shape, before | {f"local {name}"})

    def target(self, scope: Scope) -> tuple[str, Shape]:
        name = self.random.choice(list(scope.arrays))
        return self.indexed(scope, name)

    def store(self, scope: Scope) -> None:
        text, shape = self.target(scope)
        value = self.scalar(scope) if not shape else self.expression(scope, shape)[0]
        self.emit(f"{text} = {value}")

    def augment(self, scope: Scope) -> None:
        text, shape = self.target(scope)
        if self.chance(0.25):
            name = text.partition("[")[0]
            text, shape = name, scope.arrays[name].shape
        value = self.scalar(scope) if not shape else self.expression(scope, shape, 2)[0]
        operator = self.random.choice(["+=", "+=", "-=", "*=", "/="])
        if operator == "/=":
            value = f"1.5 + np.abs({value})"
        self.emit(f"{text} {operator} {value}")

    def overlapping(self, scope: Scope) -> None:
        """Write part of an array from another part of it."""
        names = [n for n, known in scope.arrays.items() if known.shape and known.shape[0] > 1]
        if not names:
            self.store(scope)
            return
        name = self.random.choice(names)
        left, right = self.random.choice(
            [("1:", ":-1"), (":-1", "1:"), ("::-1", ":"), (":", "::-1"), ("1:", "-2::-1")]
        )
        operator = self.random.choice(["=", "+=", "-=", "*="])
        factor = self.scalar(scope, 1)
        self.emit(f"{name}[{left}] {operator} {name}[{right}] * {factor}")

    def view(self, scope: Scope) -> None:
        base = self.random.choice(list(scope.arrays))
        known = scope.arrays[base]
        text, shape = self.indexed(scope, base)
        if not shape:
            return
        if len(known.shape) == 2 and self.chance(0.2):
            text, shape = f"{base}.T", known.shape[::-1]
        name = self.fresh("v")
        self.emit(f"{name} = {text}")
        scope.arrays[name] = Known(shape, known.roots)

    def number(self, scope: Scope) -> None:
        if len(scope.floats) > 1 and self.chance(0.5):
            name = self.random.choice(scope.floats)
        else:
            name = self.fresh("s")
        self.emit(f"{name} = {self.scalar(scope)}")
        if name not in scope.floats:
            scope.floats.append(name)

    def element(self, scope: Scope) -> None:
        names = [n for n, known in scope.arrays.items() if known.shape and 0 not in known.shape]
        if not names:
            return
        name = self.random.choice(names)
        parts = [str(self.random.randint(-n, n - 1)) for n in scope.arrays[name].shape]
        self.emit(f"{name}[{', '.join(parts)}] {self.random.choice(['=', '*='])} "
                  f"{self.scalar(scope)}")  # fmt: skip

    def scatter(self, scope: Scope) -> None:
        names = [n for n, known in scope.arrays.items() if known.shape and known.shape[0] >= 2]
        if not names:
            return
        name = self.random.choice(names)
        value, _ = self.expression(scope, (3, *scope.arrays[name].shape[1:]), 2)
        if scope.arrays[name].shape[0] >= 3:
            name += self.random.choice(["", "[1:]", "[::-1]"])
        self.emit(f"{name}[g] {self.random.choice(['=', '+=', '*='])} {value}")

    def mask(self, scope: Scope) -> None:
        names = [n for n, known in scope.arrays.items() if known.shape]
        name = self.random.choice(names)
        test = f"{name} {self.random.choice('<>')} {self.literal()}"
        operator = self.random.choice(["=", "+=", "*="])
        self.emit(f"{name}[{test}] {operator} {self.scalar(scope)}")

    def call(self, scope: Scope) -> None:
        vectors = [n for n, known in scope.arrays.items() if len(known.shape) == 1]
        if not vectors:
            return
        name = self.random.choice(vectors)
        shape = scope.arrays[name].shape
        part = self.random.choice(["", "", "[::-1]"])
        if self.chance(0.5):
            value, _ = self.expression(scope, shape, 1, exact=True)
            self.emit(f"fill({name}{part}, {value})")
        else:
            target = self.fresh("s")
            self.emit(f"{target} = shifted({name}{part}, {self.scalar(scope, 1)})")
            scope.floats.append(target)

    def exchange(self, scope: Scope) -> None:
        """Exchange the names of two local arrays, or go on with one under another name."""
        names = [n for n, known in scope.arrays.items() if n[0] == "t" and known.shape]
        pairs = [
            (p, q)
            for p in names
            for q in names
            if p < q and scope.arrays[p].shape == scope.arrays[q].shape
        ]
        if not pairs:
            self.bind(scope)
            return
        left, right = self.random.choice(pairs)
        both = scope.arrays[left].roots | scope.arrays[right].roots
        self.emit(f"{left}, {right} = {right}, {left}" if self.chance(0.6) else f"{left} = {right}")
        for name in (left, right):
            scope.arrays[name] = Known(scope.arrays[name].shape, both)

    def pair(self, scope: Scope) -> None:
        """Call a helper that returns an array and a number."""
        vectors = [known.shape for known in scope.arrays.values() if len(known.shape) == 1]
        if not vectors:
            return
        shape = self.random.choice(vectors)
        text, _ = self.expression(scope, shape, 2, exact=True)
        name, number = self.fresh("t"), self.fresh("s")
        self.emit(f"{name}, {number} = halves({text})")
        scope.arrays[name] = Known((2 * (shape[0] // 2) if shape[0] > 1 else shape[0],), FRESH)
        scope.floats.append(number)
        if shape[0] % 2 and shape[0] > 1:
            scope.arrays[name] = Known(shape, frozenset({name}))

    def rows_of_helper(self, scope: Scope) -> None:
        """Call a helper that writes rows, and leaves early."""
        names = [n for n, k in scope.arrays.items() if len(k.shape) == 2 and k.shape[0]]
        if not names:
            return
        source = self.random.choice(names)
        known = scope.arrays[source]
        target, number = self.fresh("t"), self.fresh("s")
        part = self.random.choice(["", "", "[::-1]", "[:, ::-1]"])
        self.emit(f"{target} = np.ones({known.shape})")
        self.emit(f"{number} = scaled_rows({target}, {source}{part}, {self.scalar(scope, 1)})")
        scope.arrays[target] = Known(known.shape, frozenset({target}))
        scope.floats.append(number)

    def mask_from(self, scope: Scope) -> None:
        """Write the elements under a mask from those of something else under it."""
        names = [n for n, known in scope.arrays.items() if known.shape]
        name = self.random.choice(names)
        shape = scope.arrays[name].shape
        mask = self.fresh("b")
        left, _ = self.expression(scope, shape, 1, exact=True)
        self.emit(f"{mask} = ({left}) > {self.literal()}")
        value, _ = self.expression(scope, shape, 1, exact=True)
        operator = self.random.choice(["=", "=", "+=", "*="])
        self.emit(f"{name}[{mask}] {operator} ({value})[{mask}]")

    def listed(self, scope: Scope) -> None:
        """Make a list of arrays, and go through it."""
        shape = self.anything(scope)
        index, name, item = self.fresh("i"), self.fresh("q"), self.fresh("e")
        text, _ = self.expression(scope, shape, 2, exact=True)
        count = self.random.randint(1, 3)
        self.emit(f"{name} = [({text}) * (0.5 + {index}) for {index} in range({count})]")
        total = self.fresh("s")
        self.emit(f"{total} = 0.0")
        self.emit(f"for {item} in {name}:")
        self.emit(f"    {total} += np.sum({item} * {item}) * 0.1")
        scope.floats.append(total)

    def while_loop(self, scope: Scope) -> None:
        name, trips = self.fresh("c"), self.random.randint(1, 3)
        self.emit(f"{name} = 0")
        test = f" and {self.scalar(scope, 1)} < {self.literal()}" if self.chance(0.4) else ""
        before: tuple[str, ...] = (f"{name} += 1",)
        if self.chance(0.3):
            self.emit("while True:")
            before += (f"if {name} > {trips}:", "    break")
        else:
            self.emit(f"while {name} < {trips}{test}:")
        inner = scope.inner()
        inner.ints[name] = trips + 1
        self.repeated(inner, before)
        self.merge(scope, inner)

    def jump_out(self, scope: Scope) -> None:
        """Leave the loop or the function, if the data says so."""
        self.emit(f"if {self.scalar(scope)} > {self.literal()}:")
        if self.loops and self.chance(0.7):
            self.emit(f"    {self.random.choice(['break', 'continue'])}")
        elif self.returns_number:
            self.emit(f"    return {self.scalar(scope)} * 1.0")
        else:
            self.emit("    pass")

    def branch(self, scope: Scope) -> None:
        test = f"{self.scalar(scope)} {self.random.choice('<>')} {self.scalar(scope, 1)}"
        self.emit(f"if {test}:")
        self.nested(scope)
        if self.chance(0.5):
            self.emit("else:")
            self.nested(scope)

    def nested(self, scope: Scope) -> None:
        inner = scope.inner()
        self.indented(inner)
        self.merge(scope, inner)

    def merge(self, scope: Scope, inner: Scope) -> None:
        """Let names mean what they mean in a block as well."""
        for name, known in scope.arrays.items():
            scope.arrays[name] = Known(known.shape, known.roots | inner.arrays[name].roots)

    def loop(self, scope: Scope) -> None:
        matrices = [n for n, known in scope.arrays.items() if len(known.shape) == 2]
        inner = scope.inner()
        if matrices and self.chance(0.25):
            base, name = self.random.choice(matrices), self.fresh("row")
            known = scope.arrays[base]
            part = self.random.choice(["", "[1:]", "[:, ::-1]"])
            self.emit(f"for {name} in {base}{part}:")
            inner.arrays[name] = Known(known.shape[1:], known.roots)
        else:
            count, name = self.random.randint(0, 3), self.fresh("i")
            self.emit(f"for {name} in range({count}):")
            inner.ints[name] = count
        self.loops += 1
        self.nested(inner)
        self.loops -= 1
        self.merge(scope, inner)

    def result(self, scope: Scope) -> str:
        floats = " + ".join([*scope.floats[-2:], self.reduced(scope, self.anything(scope))])
        local = [n for n, known in scope.arrays.items() if not known.roots & {"x", "m", "y"}]
        if self.returns_number or not local:
            return floats
        array = f"{self.random.choice(local)} * 1.0" if self.chance(0.5) else local[-1]
        return array if self.chance(0.5) else f"{array}, {floats}"

    def anything(self, scope: Scope) -> Shape:
        return self.random.choice(list(scope.arrays.values())).shape


def fits(inner: Shape, outer: Shape) -> bool:
    """Return whether an array of shape `inner` broadcasts to `outer`."""
    if len(inner) > len(outer):
        return False
    pairs = zip(inner[::-1], outer[::-1], strict=False)
    return all(a in (1, b) for a, b in pairs)


def joined(*shapes: Shape) -> Shape:
    """Return the shape that these broadcast to."""
    return np.broadcast_shapes(*shapes)


def draft(
    seed: int | str, size: int, *, scalar: bool = False, idioms: bool = False
) -> tuple[str, tuple[Any, ...]]:
    """Return a program that NumPy may refuse."""
    writer = Writer(seed, size, scalar=scalar)
    writer.idioms = idioms
    sizes = [0, 1, 1, 2, 2, 3, 3, 3, 4, 4]
    n, p = writer.random.choice(sizes), writer.random.choice(sizes[1:])
    shapes = {"x": (n,), "m": (p, n), "y": writer.random.choice([(n,), (1,), (p, 1), (1, n), (p,)])}
    scope = Scope(
        floats=["a"],
        arrays={name: Known(shape, frozenset({name})) for name, shape in shapes.items()},
        ints={"k": max(n, p) + 3},
    )
    writer.block(scope, size)
    writer.emit(f"return {writer.result(scope)}")
    text = HELPERS + "def f(x, m, y, a, k, g):\n" + "\n".join(writer.lines) + "\n"
    rng = np.random.default_rng(writer.random.randrange(2**32))
    arrays = [laid_out(writer, rng.uniform(-1, 1, shape)) for shape in shapes.values()]
    args = (*arrays, float(rng.uniform(-1, 1)), 2, rng.integers(-2, 2, 3))
    return text, args


def laid_out(writer: Writer, array: np.ndarray) -> np.ndarray:
    """Return the same numbers in another layout or precision."""
    if writer.single:
        array = array.astype(np.float32)
    match writer.random.randint(0, 7):
        case 0:
            return np.asfortranarray(array)
        case 1:
            return np.repeat(array, 2, axis=0)[::2]
        case 2:
            return array[::-1]
        case _:
            return array


def generate(
    seed: int, size: int, *, scalar: bool = False, idioms: bool = False
) -> tuple[str, tuple[Any, ...]]:
    """Return the program and the arguments of a seed; value and derivative are tame.

    scalar: it returns one float, and all is in double precision.
    idioms: with the statements of `random_array_idioms`.
    """
    return first_tame(partial(draft, scalar=scalar, idioms=idioms), is_tame, seed, size, 40)


def is_tame(source: str, args: tuple[Any, ...]) -> bool:
    """Return whether a program runs with NumPy, and its numbers are no giants."""
    func = load(source)
    copies = tuple(arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args)
    try:
        with limited_lines(), np.errstate(all="ignore"):
            out = outputs_of_call(func, copies, ARRAYS)
            _, dots = complex_jvp(func, args, random_tangents(args), ARRAYS)
    except (ArithmeticError, ValueError, RuntimeError, RuntimeWarning, IndexError, TypeError):
        return False
    numbers = [np.asarray(leaf, float) for leaf in (*leaves(out), *leaves(dots))]
    return all(np.all(np.isfinite(leaf) & (np.abs(leaf) < LIMIT)) for leaf in numbers)
