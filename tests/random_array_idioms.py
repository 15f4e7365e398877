"""Idioms of whole-array code: names that are reused, places in data, guards, kept iterators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.random_text import Text

if TYPE_CHECKING:
    from tests.random_arrays import Scope, Shape

REDUCED = ("np.sum({})", "np.mean({})", "np.max({})", "np.prod({})", "({}).sum()", "np.min({})")


class ArrayIdioms(Text):
    """Statements of several lines, for the writer of programs over whole arrays."""

    def reused_number(self, scope: Scope) -> None:
        """Assign a reduction to a name that it reads, and perhaps overwrite that again."""
        name = self.random.choice(scope.floats)
        inner, _ = self.expression(scope, self.anything(scope), 2, exact=True)
        form = self.random.choice(
            [f"({inner}) * {name}", f"({inner} - {name}) ** 2", f"np.sin({name} - {inner})",
             f"np.where(({inner}) > {name}, {inner}, {name})", f"{name} + {inner}"]
        )  # fmt: skip
        self.emit(f"{name} = {self.random.choice(REDUCED).format(form)}")
        if self.chance(0.4):
            self.emit(
                self.random.choice(
                    [f"{name} = {name} * {name}", f"{name} *= {self.scalar(scope, 1)}",
                     f"{name} = np.tanh({name})", f"{name} = max({name}, {self.literal()})"]
                )
            )  # fmt: skip

    def reused_array(self, scope: Scope) -> None:
        """Assign to an array, or to a name, what reads it as a whole."""
        names = [n for n, known in scope.arrays.items() if known.shape and 0 not in known.shape]
        if not names:
            return
        name = self.random.choice(names)
        shape = scope.arrays[name].shape
        inner, _ = self.expression(scope, shape, 1, exact=True)
        axis = self.random.randrange(-len(shape), len(shape))
        own = f"{name}[...]" if name[0] != "t" or self.chance(0.5) else name
        index = ", ".join(str(self.random.randrange(-n, n)) for n in shape)
        self.emit(
            self.random.choice(
                [f"{own} = {name} - np.max({name} * {inner}, axis={axis}, keepdims=True)",
                 f"{own} = np.where({name} > {self.literal()}, {name}, {inner}) * 1.0",
                 f"{own} = 0.3 * np.sum({name}, axis={axis}, keepdims=True) * {inner}",
                 f"{own} = np.sum({name} * {inner}) * {name}",
                 f"{name}[{index}] = np.sum({name} * {inner})",
                 f"{name}[...] -= {name}[{index}] * {inner}",
                 f"{own} = np.flip({name}) * {name}[{index}]"]
            )
        )  # fmt: skip

    def data_place(self, scope: Scope) -> None:
        """Find a place from data, and write there."""
        names = [n for n, known in scope.arrays.items() if len(known.shape) == 1 and known.shape[0]]
        if not names:
            return
        array = self.random.choice(names)
        (n,) = scope.arrays[array].shape
        name, total = self.fresh("k"), self.random.choice(scope.floats)
        self.emit(f"{name} = int(abs({array}[{self.random.randrange(-n, n)}]) * 3.0) % {n}")
        self.emit(f"{total} += {array}[{name}] * {array}[0]")
        self.emit(f"{array}[{name}] {self.random.choice(['=', '+=', '*='])} {self.scalar(scope)}")
        scope.ints[name] = n

    def guarded_part(self, scope: Scope) -> None:
        """Read or write what is inside only if a guard says so."""
        names = [n for n, known in scope.arrays.items() if len(known.shape) == 1]
        if not names:
            return
        array = self.random.choice(names)
        total = self.random.choice(scope.floats)
        place = f"{self.random.choice(list(scope.ints))} + {self.random.randint(0, 4)}"
        if self.chance(0.5):
            name = self.fresh("at")
            self.emit(f"{name} = {place}")
            place = name
        looped = self.loops < 2 and self.chance(0.5)
        if looped:
            self.emit(f"for {self.fresh('i')} in range({self.random.randint(0, 3)}):")
            self.depth += 1
        self.emit(f"if {place} < {self.random.choice([f'{array}.size', f'len({array})'])}:")
        value = self.scalar(scope, 1)
        self.emit(
            "    "
            + self.random.choice(
                [f"{total} += {array}[{place}] * {value}", f"{array}[{place}] += {value}",
                 f"{array}[{place}] = {value}", f"{total} += np.sum({array}[{place}:]) * {value}"]
            )
        )  # fmt: skip
        self.depth -= looped

    def summed_rows(self, scope: Scope) -> None:
        """Add up in a loop, then overwrite the sum."""
        names = [n for n, known in scope.arrays.items() if known.shape]
        if not names or self.loops >= 2:
            return
        array, total = self.random.choice(names), self.random.choice(scope.floats)
        item, index = self.fresh("e"), self.fresh("i")
        self.emit(
            self.random.choice(
                [f"for {index}, {item} in enumerate({array}):", f"for {item} in {array}[::-1]:",
                 f"for {item}, {index} in zip({array}, range(-1, 9)):"]
            )
        )  # fmt: skip
        self.emit(f"    {total} {self.random.choice(['+=', '-='])} np.sum({item}) * 0.5")
        if self.chance(0.5):
            self.emit(f"    {array}[0] *= 0.5")
        if self.chance(0.6):
            self.emit(f"{total} = {total} * {total}")

    def made_on_one_path(self, scope: Scope) -> None:
        """Make an array anew on one path, and read the old one on the other."""
        shape = self.anything(scope)
        name, index = self.fresh("t"), self.fresh("i")
        first, _ = self.expression(scope, shape, 2, exact=True)
        second, _ = self.expression(scope, shape, 1, exact=True)
        self.emit(f"{name} = ({first}) * 1.0")
        self.emit(f"for {index} in range({self.random.randint(1, 3)}):")
        self.emit(f"    if {index} == {self.random.randint(0, 2)}:")
        self.emit(f"        {name} = ({second}) * 1.0")
        self.emit("    else:")
        self.emit(
            self.random.choice(
                [f"        {name} = {name} * ({second})", f"        {name} *= 0.5",
                 f"        {name} = np.sin({name}) + np.sum({name})"]
            )
        )  # fmt: skip
        known = type(next(iter(scope.arrays.values())))
        scope.arrays[name] = known(shape, frozenset({name}))

    if TYPE_CHECKING:

        def expression(
            self, scope: Scope, shape: Shape, depth: int = 3, *, exact: bool = False
        ) -> tuple[str, Shape]: ...
        def scalar(self, scope: Scope, depth: int = 2) -> str: ...
        def anything(self, scope: Scope) -> Shape: ...
