"""Random programs that call derivatives, by seed: of helpers, of functions inside, in loops.

The language is small, so that nested dual numbers can run it: arithmetic, a few elementary
functions, one array that is written, loops, branches, and operators of everything.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

HEADER = """import math

import numpy as np

import srcad


"""
SIZE = 3
UNARY = (
    "math.sin({})", "math.cos({})", "math.tanh({})", "({}) ** 2", "math.exp(-({}) ** 2)",
    "math.sqrt(1.5 + ({}) ** 2)", "1.0 / (2.0 + ({}) ** 2)", "math.log(2.0 + ({}) ** 2)", "(-{})",
)  # fmt: skip
BINARY = ("({} + {})", "({} - {})", "{} * {}", "{} * {}")


def generate(seed: int, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return the text and the arguments of a program: an array and two floats."""
    writer = Writer(seed)
    text = writer.program(size)
    rng = np.random.default_rng(seed)
    args = rng.normal(size=SIZE), float(rng.normal()), float(rng.normal())
    return text, args


class Writer:
    """Writes one program; all choices come from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"operators {seed}")
        self.lines: list[str] = []
        self.depth = 1
        self.count = 0
        self.floats: list[str] = []
        self.loops: list[str] = []
        self.scalars: list[str] = []
        self.vectors: list[str] = []
        self.maps: list[str] = []
        self.arrays: list[str] = []

    def fresh(self, base: str) -> str:
        self.count += 1
        return f"{base}{self.count}"

    def put(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    # Expressions -----------------------------------------------------------------------

    def index(self) -> str:
        return self.random.choice([*self.loops, *map(str, range(SIZE))])

    def atom(self, names: list[str]) -> str:
        if names and self.random.random() < 0.75:
            return self.random.choice(names)
        if self.arrays and self.random.random() < 0.6:
            return f"{self.random.choice(self.arrays)}[{self.index()}]"
        return repr(round(self.random.uniform(-1.5, 1.5), 2))

    def expression(self, names: list[str], depth: int = 2) -> str:
        if depth == 0 or self.random.random() < 0.2:
            return self.atom(names)
        if self.random.random() < 0.5:
            return self.random.choice(UNARY).format(self.expression(names, depth - 1))
        parts = [self.expression(names, depth - 1) for _ in range(2)]
        return self.random.choice(BINARY).format(*parts)

    def value(self, depth: int = 1) -> str:
        """Return a number of the program as it is there now, bounded."""
        return f"math.tanh({self.expression(self.floats, depth)})"

    # Functions of the module -------------------------------------------------------------

    def program(self, size: int) -> str:
        """Return the whole text."""
        texts = [self.helper(kind) for kind in ("scalar", "scalar", "vector", "map")]
        self.floats, self.arrays = ["a", "b"], ["x"]
        self.put("w = np.zeros(3)")
        self.arrays.append("w")
        for k in range(SIZE):
            self.put(f"w[{k}] = {self.value()}")
        self.put("s = a")
        self.floats.append("s")
        for _ in range(size):
            self.statement(3)
        self.put("return s + w[0] * w[1] + w[2]")
        return HEADER + "".join(texts) + "def f(x, a, b):\n" + "\n".join(self.lines) + "\n"

    def helper(self, kind: str) -> str:
        name = self.fresh(kind)
        match kind:
            case "scalar":
                self.scalars.append(name)
                body = [f"return {self.expression(['y', 'c', 'y'], 3)}"]
                if self.random.random() < 0.4:
                    body = [
                        "t = y",
                        "for k in range(2):",
                        f"    t = {self.expression(['t', 'y', 'c'])}",
                        "return t",
                    ]
            case "vector":
                self.vectors.append(name)
                term = self.expression(["y[k]", "c", "y[k - 1]"], 3)
                body = ["t = 0.0", "for k in range(y.size):", f"    t += {term}", "return t"]
            case _:
                self.maps.append(name)
                term = self.expression(["y[k]", "c", "y[k - 1]"], 2)
                body = [
                    "z = np.zeros(3)",
                    "for k in range(y.size):",
                    f"    z[k] = {term}",
                    "return z",
                ]
        lines = "\n".join(f"    {line}" for line in body)
        return f"def {name}(y, c):\n{lines}\n\n\n"

    # Statements ---------------------------------------------------------------------------

    def statement(self, depth: int) -> None:
        kinds = [
            "scalar",
            "scalar",
            "vector",
            "map",
            "local",
            "local",
            "lambda",
            "pullback",
            "write",
        ]
        kinds += ["for", "for", "while", "if"] * (depth > 1)
        kind = self.random.choice(kinds)
        getattr(self, f"put_{kind}")(depth)

    def block(self, depth: int, count: int) -> None:
        floats, arrays = list(self.floats), list(self.arrays)
        scalars = list(self.scalars)
        self.depth += 1
        for _ in range(count):
            self.statement(depth - 1)
        self.depth -= 1
        self.floats, self.arrays, self.scalars = floats, arrays, scalars

    def put_for(self, depth: int) -> None:
        name = self.fresh("i")
        self.put(f"for {name} in range({self.random.choice(['2', '3', '1', '0'])}):")
        self.loops.append(name)
        self.block(depth, self.random.randint(1, 2))
        self.loops.pop()

    def put_while(self, depth: int) -> None:
        name = self.fresh("k")
        self.put(f"{name} = 0")
        self.put(f"while {name} < 2 and s < {self.random.uniform(-1.0, 2.0):.2f}:")
        self.block(depth, 1)
        self.depth += 1
        self.put(f"s = s + {self.random.uniform(0.1, 0.9):.2f}")
        self.put(f"{name} += 1")
        self.depth -= 1

    def put_if(self, depth: int) -> None:
        self.put(f"if {self.expression(self.floats, 1)} > {self.random.uniform(-1.0, 1.0):.2f}:")
        self.block(depth, 1)
        self.put("else:")
        self.block(depth, 1)

    def put_write(self, _: int) -> None:
        self.put(f"w[{self.index()}] = {self.value(2)}")

    def add(self, term: str) -> None:
        """Add a number to `s`, or let it be a new name, or an element."""
        factor = self.random.choice(["0.3 * ", "0.5 * s * ", "a * "])
        match self.random.randrange(4):
            case 0:
                self.put(f"w[{self.index()}] += {factor}{term}")
            case 1:
                name = self.fresh("v")
                self.put(f"{name} = {factor}{term}")
                self.floats.append(name)
            case 2:
                self.put(f"s = math.tanh(s) + {factor}{term}")
            case _:
                self.put(f"s += {factor}{term}")

    def put_scalar(self, _: int) -> None:
        self.add(self.of_scalar(self.random.choice(self.scalars)))

    def of_scalar(self, name: str) -> str:
        """Return a number made of derivatives of a function of two numbers."""
        p, q, r = self.value(), self.value(), self.value()
        return self.random.choice((
            f"srcad.grad({name})({p}, {q})",
            f"srcad.grad({name}, 1)({p}, {q})",
            f"srcad.grad({name}, (0, 1))({p}, {q})[1]",
            f"srcad.value_and_grad({name})({p}, {q})[1]",
            f"srcad.value_and_grad({name}, 1)({p}, {q})[0]",
            f"srcad.jvp({name}, ({p}, {q}), ({r}, None))[1]",
            f"srcad.jvp({name}, ({p}, {q}), ({r}, {p}))[1]",
            f"srcad.grad(srcad.grad({name}))({p}, {q})",
            f"srcad.grad(srcad.grad({name}, 1))({p}, {q})",
            f"srcad.tangent(srcad.grad({name}), (0, 1))({p}, {q}, {r}, {p})[1]",
            f"srcad.grad(srcad.grad({name}), 1)({p}, {q})",
            f"srcad.adjoint({name}, (0, 1))({p}, {q}, {r})[1][0]",
            f"srcad.hvp({name})({p}, {r}, {q})",
            f"srcad.hessian({name})({p}, {q})",
            f"srcad.jacfwd(srcad.grad({name}))({p}, {q})",
        ))  # fmt: skip

    def put_vector(self, _: int) -> None:
        name, at = self.random.choice(self.vectors), self.random.choice(self.arrays)
        other, c, i = self.random.choice(self.arrays), self.value(), self.index()
        self.add(self.random.choice((
            f"srcad.grad({name})({at}, {c})[{i}]",
            f"srcad.grad({name}, (0, 1))({at}, {c})[0][{i}]",
            f"srcad.hvp({name})({at}, {other}, {c})[{i}]",
            f"srcad.hessian({name})({at}, {c})[{i}, {self.index()}]",
            f"srcad.jvp({name}, ({at}, {c}), ({other}, None))[1]",
            f"srcad.jvp(srcad.grad({name}), ({at}, {c}), ({other}, {c}))[1][{i}]",
            f"srcad.grad(srcad.grad({name}, 1))({at}, {c})[{i}]",
        )))  # fmt: skip

    def put_map(self, _: int) -> None:
        name, at = self.random.choice(self.maps), self.random.choice(self.arrays)
        other, c, i = self.random.choice(self.arrays), self.value(), self.index()
        self.add(self.random.choice((
            f"srcad.jacobian({name})({at}, {c})[{i}, {self.index()}]",
            f"srcad.jacrev({name})({at}, {c})[{i}, {self.index()}]",
            f"srcad.jacfwd({name}, 1)({at}, {c})[{i}]",
            f"srcad.jvp({name}, ({at}, {c}), ({other}, {c}))[1][{i}]",
            f"srcad.adjoint({name})({at}, {c}, {other})[1][{i}]",
            f"srcad.adjoint({name}, (0, 1))({at}, {c}, {other})[1][1]",
        )))  # fmt: skip

    def put_local(self, depth: int) -> None:
        """Write a function that reads what is around it, and call derivatives of it."""
        name = self.fresh("local")
        own = self.random.choice(["y", "z"])
        inner = self.expression([own, *self.floats, own], 3)
        if self.random.random() < 0.4:
            deep = self.expression(["u", own, "u", *self.floats], 2)
            inner = f"{inner} * srcad.grad(lambda u: {deep})({own})"
        self.put(f"def {name}({own}, c=s):")
        self.put(f"    return {inner} + c * {own} * {own}")
        self.put("")
        if self.random.random() < 0.4:
            self.put(f"s = s + {self.value()}")
        if depth > 1 and self.random.random() < 0.5:
            loop = self.fresh("i")
            self.put(f"for {loop} in range(2):")
            self.depth += 1
            self.add(self.of_scalar(name))
            self.put(f"s = {self.value()}")
            self.depth -= 1
            self.floats = [n for n in self.floats if not n.startswith("v") or n in self.bound()]
        else:
            self.add(self.of_scalar(name))

    def bound(self) -> set[str]:
        """Return the names that are bound at this depth or around it."""
        found = set()
        for line in self.lines:
            indent = (len(line) - len(line.lstrip())) // 4
            if indent <= self.depth and " = " in line:
                found.add(line.strip().partition(" = ")[0])
        return found

    def put_lambda(self, _: int) -> None:
        body = self.expression(["y", *self.floats, "y"], 2)
        at = self.value()
        self.add(self.random.choice((
            f"srcad.grad(lambda y: {body})({at})",
            f"srcad.grad(srcad.grad(lambda y: y * ({body})))({at})",
            f"srcad.jvp(lambda y: {body}, ({at},), ({self.value()},))[1]",
            f"srcad.grad(lambda y: y * srcad.grad(lambda z: z * y * ({body}))(y))({at})",
            f"srcad.linearize(lambda y: {body}, {at})[1]({self.value()})",
        )))  # fmt: skip

    def put_pullback(self, _: int) -> None:
        out, pull, p, q = (self.fresh(n) for n in ("out", "pull", "v", "v"))
        if self.random.random() < 0.5:
            name = self.random.choice(self.scalars)
            self.put(f"{out}, {pull} = srcad.vjp({name}, {self.value()}, {self.value()})")
            self.put(f"{p}, {q} = {pull}({self.value()})")
        else:
            name, at = self.random.choice(self.vectors), self.random.choice(self.arrays)
            self.put(f"{out}, {pull} = srcad.vjp({name}, {at}, {self.value()})")
            self.put(f"w[{self.index()}] = {self.value()}")
            bars = self.fresh("bars")
            self.put(f"{bars}, {q} = {pull}({self.value()})")
            self.put(f"{p} = {bars}[{self.index()}]")
        self.add(f"{out} * {p} * {q}")
