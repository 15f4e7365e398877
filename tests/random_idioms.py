"""Idioms of numerical code that random statements alone would hardly ever form.

Each writes a few lines that belong together: a guard and what it protects, a counter and what
it counts, a sum and what becomes of it, a helper that gets one array twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.random_text import Text

if TYPE_CHECKING:
    from tests.random_programs import Scope


class Idioms(Text):
    """Statements of several lines, for the writer of programs over elements."""

    def vectors(self, scope: Scope) -> dict[str, int]:
        """Return the vectors that can be seen, and their lengths."""
        return {n: s.extents[0] for n, s in scope.arrays.items() if len(s.extents) == 1}

    def vector(self, scope: Scope) -> tuple[str, int]:
        """Return a vector and its length."""
        return self.random.choice(list(self.vectors(scope).items()))

    def moved_int(self, scope: Scope) -> str:
        """Return an int expression that may be outside of every array."""
        name = self.random.choice(list(scope.ints))
        return self.random.choice(
            [f"{name} + {self.random.randint(1, 3)}", f"{name} - {self.random.randint(1, 3)}",
             f"2 * {name} - 1", f"{name} * {name}", f"{name} + 1000000"]
        )  # fmt: skip

    def total(self, scope: Scope) -> str:
        """Return the name of a float that statements may add to."""
        return self.random.choice(scope.floats)

    # Guards

    def guarded(self, scope: Scope) -> None:
        """Read or write an element whose index is inside only if a guard says so."""
        vector, n = self.vector(scope)
        place = self.moved_int(scope)
        if self.chance(0.5):
            name = self.fresh("at")
            self.emit(f"{name} = {place}")
            place = name
        low, size = self.random.choice(["0", "-2"]), self.random.choice([f"{vector}.size", str(n)])
        guard = self.random.choice(
            [f"{low} <= {place} < {size}", f"{place} < {size} and {place} >= 0",
             f"not ({place} < 0 or {place} >= {size})"]
        )  # fmt: skip
        if self.chance(0.4) and self.loops < 2:
            inner = scope.inner()
            index = self.fresh("i")
            self.emit(f"for {index} in range({self.random.randint(1, 3)}):")
            inner.ints[index] = (0, 2)
            self.depth += 1
            self.under_guard(inner, guard, f"{vector}[{place}]")
            self.depth -= 1
        else:
            self.under_guard(scope, guard, f"{vector}[{place}]")

    def under_guard(self, scope: Scope, guard: str, element: str) -> None:
        """Write a guard and a statement about an element."""
        self.emit(f"if {guard}:")
        value = self.atom(scope)
        self.emit(
            "    "
            + self.random.choice(
                [f"{self.total(scope)} += {element} * {value}", f"{element} += {value}",
                 f"{element} = {value} * 0.5", f"{self.total(scope)} = {element}",
                 f"{element} *= {value}"]
            )
        )  # fmt: skip
        if self.chance(0.3):
            self.emit("else:")
            self.emit(f"    {self.total(scope)} -= 0.5")

    # Sums

    def fixed_sum(self, scope: Scope) -> None:
        """Add to one element, or to a name, in a loop; then change the sum."""
        inner, index = scope.inner(), self.fresh("i")
        element = self.element(scope) if self.chance(0.6) else self.total(scope)
        header, interval = self.range_of(scope)
        self.emit(f"for {index} in {header}:")
        inner.ints[index] = interval or (0, 0)
        self.depth += 1
        self.emit(f"{element} {self.random.choice(['+=', '+=', '-='])} {self.expression(inner, 2)}")
        if self.chance(0.3):
            self.emit(f"{element} += {self.atom(inner)}")
        self.depth -= 1
        if self.chance(0.6):
            self.emit(
                self.random.choice(
                    [f"{element} = {element} * {element}", f"{element} *= {self.atom(scope)}",
                     f"{element} = math.sin({element})", f"{element} = -{element}",
                     f"{element} = 1.0 / (1.5 + {element} * {element})"]
                )
            )  # fmt: skip

    def large_sum(self, scope: Scope) -> None:
        """Add small numbers to a huge one: another order gives another sum."""
        total, index = self.fresh("s"), self.fresh("i")
        vector, n = self.vector(scope)
        self.emit(f"{total} = 1e16")
        self.emit(f"for {index} in range({n}):")
        self.emit(f"    {total} += {vector}[{index}] * 10.0 + 1.0")
        self.emit(f"{total} -= 1e16")
        scope.floats.append(total)

    def reduced(self, scope: Scope) -> None:
        """Let a name hold a sum over a vector that it is a part of."""
        vector, _ = self.vector(scope)
        name = self.fresh("e")
        total = self.total(scope)
        self.emit(f"{total} = sum([{total} * {name} for {name} in {vector}])")

    # Counters and places in data

    def counter(self, scope: Scope) -> None:
        """Collect what passes a test at the front of a vector, and use what was collected."""
        vector, n = self.vector(scope)
        index, count = self.fresh("i"), self.fresh("n")
        source, other = self.vector(scope)
        inner = scope.inner()
        inner.ints[index] = (0, min(n, other) - 1)
        self.emit(f"{count} = 0")
        start = self.random.choice(["0", "0", count])
        self.emit(f"for {index} in range({start}, {min(n, other)}):")
        self.depth += 1
        self.emit(f"if {source}[{index}] < {self.literal()}:")
        self.emit(f"    {vector}[{count}] = {self.expression(inner, 2)}")
        if self.chance(0.3):
            self.emit(
                f"    {vector}[{count}], {vector}[{index}] = {vector}[{index}], {vector}[{count}]"
            )
        self.emit(f"    {count} += 1")
        self.depth -= 1
        if self.chance(0.6):
            self.emit(f"for {index} in range({count}):")
            self.emit(f"    {self.total(scope)} += {vector}[{index}] * {vector}[{count} - 1]")

    def located(self, scope: Scope) -> None:
        """Find a place from data, then write there, so that the data may change."""
        vector, n = self.vector(scope)
        name = self.fresh("k")
        inner = scope.inner()
        lines: list[str] = []
        if self.loops < 2 and self.chance(0.6):
            index = self.fresh("i")
            self.emit(f"for {index} in range({self.random.randint(1, 3)}):")
            inner.ints[index] = (0, 2)
            self.depth += 1
            lines.append("loop")
        self.emit(f"{name} = int(abs({vector}[{self.index(inner, n)}]) * 3.0) % {n}")
        inner.ints[name] = (0, n - 1)
        self.emit(f"{self.total(scope)} += {vector}[{name}] * {self.element(inner)}")
        self.emit(f"{vector}[{name}] {self.random.choice(['=', '+=', '*='])} {self.atom(inner)}")
        if lines:
            self.depth -= 1
        else:
            scope.ints[name] = (0, n - 1)

    # Names that are bound again

    def sized(self, scope: Scope) -> None:
        """Make an array of a size whose name is something else later."""
        n, array = self.fresh("n"), self.fresh("w")
        size = self.random.randint(2, 4)
        self.emit(f"{n} = {size}")
        maker = self.random.choice(["np.zeros({})", "np.ones({})", "np.full({}, 0.25)"])
        self.emit(f"{array} = {maker.format(n)}")
        self.emit(f"{n} = {self.random.randint(0, 1)}")
        scope.ints[n] = (0, 1)
        scope.arrays[array] = type(next(iter(scope.arrays.values())))((size,))
        if self.chance(0.5):
            index = self.fresh("i")
            self.emit(f"for {index} in range(len({array})):")
            self.emit(f"    {array}[{index}] += {self.expression(scope, 1)}")

    def bound_again(self, scope: Scope) -> None:
        """Read an element in a loop, and change the name of its place."""
        vector, n = self.vector(scope)
        index, place = self.fresh("i"), self.random.choice(["k", self.fresh("k")])
        limit = min(n, 3)
        if place != "k":
            self.emit(f"{place} = {self.random.randint(0, limit - 1)}")
        elif scope.steppable.get("k") != 3:
            return
        modulus = 3 if place == "k" else limit
        if modulus > n:
            return
        self.emit(f"for {index} in range({self.random.randint(1, 3)}):")
        self.emit(f"    {self.total(scope)} += {vector}[{place}] * {self.atom(scope)}")
        self.emit(f"    {place} = ({place} + {self.random.randint(1, 2)}) % {modulus}")
        if place != "k":
            scope.ints[place] = (0, limit - 1)

    def remade(self, scope: Scope) -> None:
        """Make an array anew, perhaps on one path only."""
        owned = [n for n, s in scope.arrays.items() if n[0] == "w" and len(s.extents) == 1]
        owned = [n for n in owned if scope.arrays[n].contiguous]
        if not owned:
            self.new_array(scope)
            return
        name = self.random.choice(owned)
        (n,) = scope.arrays[name].extents
        alike = [v for v, size in self.vectors(scope).items() if size == n]
        new = self.random.choice(
            [f"np.full({n}, {self.expression(scope, 1)})", f"{self.random.choice(alike)}.copy()",
             f"np.zeros({n})", f"np.full({n}, {name}[0] * {self.atom(scope)})"]
        )  # fmt: skip
        if self.chance(0.5):
            self.emit(f"if {self.condition(scope)}:")
            self.emit(f"    {name} = {new}")
        else:
            self.emit(f"{name} = {new}")

    # Meanings

    def meaning(self, scope: Scope) -> None:
        """Keep a function or an iterator under a name, change what it was made from, use it."""
        total = self.total(scope)
        vector, n = self.vector(scope)
        other, _ = self.vector(scope)
        f, u, v, i = self.fresh("f"), self.fresh("e"), self.fresh("e"), self.fresh("i")
        match self.random.randint(0, 5):
            case 0:
                self.emit(f"{f} = lambda v, c={total}: v * c + {total}")
                self.emit(f"{total} = {self.expression(scope, 1)}")
                self.emit(f"{total} += {f}({self.atom(scope)}) + {f}({total}, 0.5)")
            case 1:
                self.emit(f"{f} = zip({vector}, {other})")
                self.emit(f"{vector}[0] = {self.expression(scope, 1)}")
                self.emit(f"for {u}, {v} in {f}:")
                self.emit(f"    {total} += {u} * {v}")
            case 2:
                start = self.random.choice(["k", "1", "2"])
                self.emit(f"for {i}, {u} in enumerate({vector}, {start}):")
                self.emit(f"    {total} += {u} * {i}")
                self.emit(f"    {vector}[{i} % {n}] *= 0.5")
                if "k" in scope.steppable:
                    self.emit("    k = (k + 1) % 3")
            case 3:
                left = self.random.choice(scope.floats)
                self.emit(f"for {u} in ({total}, {left}, {self.atom(scope)}):")
                self.emit(f"    {left} = 0.5 * {left} + {u}")
            case 4:
                self.emit(f"for {i} in reversed(range({n})):")
                self.emit(f"    {vector}[{i}] = {vector}[{i} - 1] * {self.atom(scope)} + {total}")
            case _:
                self.emit(f"for {i}, {u} in zip(range({self.random.randint(-1, 1)}, 9), {vector}):")
                self.emit(f"    {total} += {u} * {other}[{i} % {len('ab')}]")

    def held(self, scope: Scope) -> None:
        """Hold a generator, an iterator or a closure, change what it was made from, use it."""
        total = self.total(scope)
        vector, _ = self.vector(scope)
        other, _ = self.vector(scope)
        f, u, v, i = self.fresh("f"), self.fresh("e"), self.fresh("e"), self.fresh("i")
        match self.random.randint(0, 3):
            case 0:
                self.emit(f"{f} = ({u} * {u} + {self.literal()} for {u} in {vector})")
                self.emit(f"{vector}[0] = {self.expression(scope, 1)}")
                self.emit(f"{total} += 0.1 * sum({f})")
            case 1:
                self.emit(f"def {f}({u}, {i}={total}):")
                self.emit(f"    def inner({v}, c={u}):")
                self.emit(f"        return {v} * c + {i} * {total}")
                self.emit("    return inner")
                self.emit(f"{v} = {f}({self.atom(scope)})")
                self.emit(f"{total} = {self.expression(scope, 1)}")
                self.emit(f"{total} += {v}({self.atom(scope)}) + 0.1 * {f}(0.5, 0.3)({total})")
            case 2:
                self.emit(f"{f} = enumerate(zip({vector}, {other}), {self.random.randint(0, 2)})")
                self.emit(f"{vector}[1] = {self.expression(scope, 1)}")
                for text in (f"{total} += {u} * {v} * {i}", f"{total} = 7.0 * {u}"):
                    self.emit(f"for {i}, ({u}, {v}) in {f}:")
                    self.emit(f"    {text}")
            case _:
                self.emit(f"{f} = lambda {v}, {u}={self.atom(scope)}, *, c={total}: {v} * {u} + c")
                self.emit(f"for {i} in range(2):")
                value = f"{f}({total}, c={self.atom(scope)})"
                self.emit(f"    {total} = 0.5 * {value} + 0.1 * {f}({i})")

    # Helpers

    def aliased(self, scope: Scope) -> None:
        """Call a helper twice, with the same array in two places."""
        fillers = [h.name for h in self.helpers if h.kind == "fill"]
        vector, _ = self.vector(scope)
        if not fillers:
            self.store(scope)
            return
        for _ in range(2):
            left, right = (self.random.choice(["", "[1:]", "[::-1]", "[:-1]"]) for _ in "lr")
            helper = self.random.choice(fillers)
            self.emit(f"{helper}({vector}{left}, {vector}{right}, {self.atom(scope)})")

    def headed(self, scope: Scope) -> None:
        """Write a loop that ends in its middle, after some of its work."""
        if self.loops >= 2:
            return
        count, total = self.fresh("c"), self.total(scope)
        vector, n = self.vector(scope)
        self.emit(f"{count} = {self.random.randint(0, 1)}")
        self.emit("while True:")
        self.emit(f"    {count} = {self.random.choice([f'{count} + 1', f'2 * {count} + 1'])}")
        if self.chance(0.5):
            self.emit(f"    {total} = {total} * {self.literal()} + {self.atom(scope)}")
        self.emit(f"    if {count} >= {n}{self.random.choice(['', f' or {total} > 0.9'])}:")
        self.emit("        break")
        self.emit(f"    {total} = {total} * {vector}[{count}]")
        if self.chance(0.3):
            self.emit(f"    if {vector}[{count}] > {self.literal()}:")
            self.emit(f"        {vector}[{count} - 1] *= {total}")
            self.emit("        continue")
            self.emit(f"    {total} -= {vector}[{count} - 1]")

    if TYPE_CHECKING:
        helpers: list[Any]

        def atom(self, scope: Scope) -> str: ...
        def element(self, scope: Scope) -> str: ...
        def index(self, scope: Scope, n: int) -> str: ...
        def expression(self, scope: Scope, depth: int) -> str: ...
        def condition(self, scope: Scope) -> str: ...
        def range_of(self, scope: Scope) -> tuple[str, tuple[int, int] | None]: ...
        def new_array(self, scope: Scope) -> None: ...
        def store(self, scope: Scope) -> None: ...
