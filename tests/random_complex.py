"""Random programs with complex numbers: scalars, arrays, views of parts, loops and branches.

`python -m tests.fuzz complex` runs a campaign of them.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np

import srcad
from srcad.frontend.numpy import fourier
from tests.complex_differences import difference, directions, paired
from tests.fuzz import InvalidProgramError
from tests.harness import as_plain_python
from tests.random_programs import load_once

N = 4
HEADER = "import cmath\n\nimport numpy as np\n\n\n"
ARGS = "z, t, a, x, m"
LARGEST = 1e3


class Writer:
    """The lines written so far, and what names hold."""

    def __init__(self, seed: int, size: int) -> None:
        self.random = random.Random(seed)
        self.size = size
        self.lines: list[str] = []
        self.indent = 1
        self.numbers = ["z"]
        self.reals = ["t"]
        self.arrays = ["a"]
        self.real_arrays = ["x"]
        self.count = 0

    def pick(self, items: list[Any]) -> Any:
        """Return one of these."""
        return self.random.choice(items)

    def fresh(self, base: str) -> str:
        """Return a new name."""
        self.count += 1
        return f"{base}{self.count}"

    def write(self, line: str) -> None:
        """Write a line."""
        self.lines.append("    " * self.indent + line)

    def index(self) -> str:
        """Return an index of an element."""
        return str(self.random.randrange(-N, N))

    # Expressions -----------------------------------------------------------------------

    def number(self, depth: int = 2) -> str:
        """Return a complex number."""
        if depth <= 0:
            return self.pick([self.pick(self.numbers), f"{self.pick(self.arrays)}[{self.index()}]"])
        one, other = self.number(depth - 1), self.number(depth - 1)
        r = self.real(depth - 1)
        array, second = self.pick(self.arrays), self.pick(self.arrays)
        return self.pick(
            [
                *(f"({one} + {other})", f"({one} - {other})", f"({one} * {other})"),
                *(f"({one} / (3 + {other} * 1j))", f"{one}.conjugate()", f"(1j * {one})"),
                *(f"complex({r}, {self.real(depth - 1)})", f"(0.5 * {one} + {r})", f"-{one}"),
                *(f"np.exp(0.3j * {r})", f"np.sin(0.2 * {one})", f"cmath.cosh(0.2 * {one})"),
                *(f"np.sum({array})", f"np.vdot({array}, {second})", f"({array} @ {second})"),
                *(f"({one} if {r} > 0.1 else {other})", f"({one} ** 2)", f"np.mean({array})"),
            ]
        )

    def real(self, depth: int = 2) -> str:
        """Return a real number."""
        if depth <= 0:
            return self.pick(
                [
                    *(self.pick(self.reals), f"{self.pick(self.real_arrays)}[{self.index()}]"),
                    *(f"{self.pick(self.numbers)}.real", f"{self.pick(self.arrays)}[0].imag"),
                ]
            )
        one, other = self.real(depth - 1), self.real(depth - 1)
        c, array = self.number(depth - 1), self.pick(self.arrays)
        return self.pick(
            [
                *(f"({one} + {other})", f"({one} * {other})", f"{c}.real", f"np.imag({c})"),
                *(f"abs({c} + 3)", f"np.sum({array}.real)", f"np.sum(np.abs({array}) ** 2)"),
                *(f"np.angle({c} + 20)", f"({one} - 0.5)", f"np.linalg.norm({array})"),
            ]
        )

    def array(self, depth: int = 1) -> str:
        """Return an array of complex numbers."""
        if depth <= 0:
            return str(self.pick(self.arrays))
        one, other, c = self.array(depth - 1), self.array(depth - 1), self.number(1)
        return self.pick(
            [
                *(f"({one} + {other})", f"({one} * {other})", f"({one} * {c})", f"np.conj({one})"),
                *(f"({one} - {self.real_array(0)})", f"(0.5 * {one})", f"{one}[::-1]"),
                *(f"np.exp(0.2j * {self.real_array(0)})", f"np.cumsum({one})", f"{one}.copy()"),
                f"np.where({self.pick(self.real_arrays)} > 0.05, {one}, {other})",
                *(f"({one} / (4 + {self.pick(self.real_arrays)}))", f"np.roll({one}, 1)"),
                f"np.outer({one}, {other})[1]",
            ]
        )

    def real_array(self, depth: int = 1) -> str:
        """Return an array of real numbers."""
        array = self.pick(self.arrays)
        own = [self.pick(self.real_arrays), f"{array}.real", f"np.imag({array})"]
        more = [f"np.abs({array} + 4)", f"({self.pick(self.real_arrays)} * {array}.imag)"]
        return str(self.pick(own if depth <= 0 else own + more))

    # Statements ------------------------------------------------------------------------

    def statement(self) -> None:
        """Write one statement, or a compound one."""
        kinds: list[Callable[[], None]] = [
            *(self.assign, self.assign, self.augment, self.store, self.store, self.store_part),
            *(self.new_array, self.new_array, self.views, self.swap, self.slices),
        ]
        if self.indent < 3:
            kinds += [self.loop, self.branch, self.while_loop]
        self.pick(kinds)()

    def assign(self) -> None:
        if self.random.random() < 0.5:
            name = self.pick([*self.numbers, self.fresh("c")] if self.indent == 1 else self.numbers)
            self.write(f"{name} = {self.number()}")
            self.numbers.append(name)
        else:
            name = self.pick([*self.reals, self.fresh("r")] if self.indent == 1 else self.reals)
            self.write(f"{name} = {self.real()}")
            self.reals.append(name)

    def augment(self) -> None:
        operator = self.pick(["+=", "-=", "*="])
        if self.random.random() < 0.5:
            self.write(f"{self.pick(self.numbers)} {operator} {self.number(1)}")
        else:
            value = self.pick([self.number(1), self.array(1), self.real_array(0)])
            self.write(f"{self.pick(self.arrays)} {operator} {value}")

    def store(self) -> None:
        operator = self.pick(["=", "=", "+=", "*="])
        value = self.pick([self.number(), self.real(1)])
        self.write(f"{self.pick(self.arrays)}[{self.index()}] {operator} {value}")

    def store_part(self) -> None:
        array, part = self.pick(self.arrays), self.pick(["real", "imag"])
        if self.random.random() < 0.6:
            self.write(f"{array}.{part}[{self.index()}] {self.pick(['=', '+='])} {self.real(1)}")
        else:
            self.write(f"{array}.{part}[1:] = {self.pick(self.real_arrays)}[:-1]")

    def slices(self) -> None:
        array, other = self.pick(self.arrays), self.pick(self.arrays)
        self.write(
            self.pick(
                [
                    f"{array}[1:] = {other}[:-1] * {self.number(1)}",
                    f"{array}[::2] += {other}[1::2]",
                    f"{array}[1:-1] = 0.5 * ({array}[2:] + {array}[:-2])",
                    f"{array}[{self.pick(self.real_arrays)} > 0.1] = {self.number(1)}",
                ]
            )
        )

    def new_array(self) -> None:
        if self.indent > 1:
            name = self.pick(self.arrays)
            self.write(f"{name} = {self.array()} + 0")
            return
        drawn = self.random.random()
        if drawn < 0.08:
            name = self.fresh("w")
            self.write(f"{name} = {self.whole()} * 1")
            self.arrays.append(name)
        elif drawn < 0.12:
            name = self.fresh("y")
            one = self.pick(self.arrays)
            matrix = f"np.outer({one}, np.conj({one})) + np.diag(np.arange(4.0))"
            self.write(f"{name} = np.linalg.eigvalsh({matrix}) * 1")
            self.real_arrays.append(name)
        elif drawn < 0.7:
            name = self.fresh("w")
            self.write(f"{name} = {self.array()} * 1")
            self.arrays.append(name)
        else:
            name = self.fresh("y")
            self.write(f"{name} = {self.real_array()} * 1")
            self.real_arrays.append(name)

    def whole(self) -> str:
        """Return an array by a transform, or by linear algebra."""
        one, other = self.pick(self.arrays), self.pick(self.arrays)
        matrix = f"(np.outer({one}, {other}) + 6 * np.eye(4))"
        return str(
            self.pick(
                [
                    *(f"np.fft.fft({one})", f"np.fft.ifft({one}, norm='ortho')"),
                    *(f"np.fft.fftshift({one})", f"np.fft.ifftshift({one})"),
                    *(f"np.linalg.solve({matrix}, {one})", f"np.linalg.inv({matrix})[1]"),
                    f"(np.linalg.slogdet({matrix})[0] * {one})",
                    f"np.linalg.lstsq({matrix}[:, :2], {one}, -1)[0][np.array([0, 1, 1, 0])]",
                    f"({matrix} @ {one})",
                    f"np.linalg.qr({matrix})[0][1]",
                ]
            )
        )

    def views(self) -> None:
        if self.indent > 1:
            return self.store()
        array = self.pick(self.arrays)
        if self.random.random() < 0.5:
            name = self.fresh("v")
            self.write(f"{name} = {array}[::-1]")
            self.arrays.append(name)
        else:
            name = self.fresh("u")
            self.write(f"{name} = {array}.{self.pick(['real', 'imag'])}")
            self.real_arrays.append(name)
        return None

    def swap(self) -> None:
        i, j, array = self.index(), self.index(), self.pick(self.arrays)
        self.write(f"{array}[{i}], {array}[{j}] = {array}[{j}], {self.number(1)}")

    def inside(self, count: int) -> None:
        """Write statements one level deeper; names that are new there are forgotten."""
        self.indent += 1
        for _ in range(count):
            self.statement()
        self.indent -= 1

    def loop(self) -> None:
        name = self.fresh("k")
        self.write(f"for {name} in range({self.pick(['m', '2', '3'])}):")
        array = self.pick(self.arrays)
        self.indent += 1
        self.write(f"{array}[{name}] = {array}[{name} - 1] * {self.number(1)} + {name}")
        self.indent -= 1
        self.inside(self.random.randrange(1, 3))

    def branch(self) -> None:
        test = self.pick([f"abs({self.number(1)}) > 0.9", f"{self.real(1)} > 0.2", "z != 0"])
        self.write(f"if {test}:")
        self.inside(self.random.randrange(1, 3))
        if self.random.random() < 0.5:
            self.write("else:")
            self.inside(self.random.randrange(1, 3))

    def while_loop(self) -> None:
        name, number = self.fresh("n"), self.pick(self.numbers)
        self.write(f"{name} = 0")
        self.write(f"while abs({number}) < 2 and {name} < 3:")
        self.indent += 1
        self.write(f"{name} += 1")
        self.write(f"{number} = {number} * {self.number(0)} + 0.7")
        self.indent -= 1
        self.inside(1)


def generate(seed: int, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return the text of a program, and arguments for it."""
    writer = Writer(seed, size)
    for name in ("a", "x"):
        if writer.random.random() < 0.7:
            writer.write(f"{name} = {name}.copy()")
    for _ in range(size):
        writer.statement()
    total = " + ".join(f"np.sum(np.abs({name}) ** 2)" for name in dict.fromkeys(writer.arrays))
    writer.write(f"return {total} + {writer.real()} + {writer.number()}.imag")
    rng = np.random.default_rng(seed)

    def drawn(*shape: int) -> Any:
        return 0.5 * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))

    args = (complex(drawn()), float(rng.uniform(-1, 1)), drawn(N), rng.standard_normal(N) * 0.5, 2)
    return f"{HEADER}def f({ARGS}):\n" + "\n".join(writer.lines) + "\n", args


def check(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Compare a program's derivatives in both modes with differences, and with each other."""
    function = load_once(source)

    def f(*given: Any) -> Any:
        return function(*(g.copy() if isinstance(g, np.ndarray) else g for g in given))

    dots = directions(args, seed)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            value = f(*args)
            expected, again = (difference(f, args, dots, step) for step in (2e-4, 1e-4))
        except OverflowError as error:
            raise InvalidProgramError("too large") from error
    if not abs(value) < LARGEST or not abs(expected - again) < 1e-6 * (1 + abs(expected)):
        raise InvalidProgramError("too large, or it jumps nearby")
    wrt = tuple(range(len(args) - 1))
    with mock.patch.object(fourier, "is_installed", return_value=True), as_plain_python():
        own, bars = srcad.value_and_grad(function, wrt)(*args)
        outs, out_dots = srcad.jvp(function, args, dots)
    out, out_dot = (outs[0], out_dots[0]) if isinstance(outs, tuple) else (outs, out_dots)
    scale = 1 + abs(out_dot)
    assert abs(own - value) <= 1e-11 * (1 + abs(value)), (own, value)
    assert out == own, (out, own)
    assert abs(out_dot - expected) <= 1e-5 * scale, (out_dot, expected)
    back = paired(bars, [dots[k] for k in wrt])
    assert abs(back - out_dot) <= 1e-9 * scale, (back, out_dot)
