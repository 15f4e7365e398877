"""The text of sweeps over all elements of arguments or results, several at once if possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from srcad.analysis.vector_sweeps import VectorLoops
from srcad.drivers.text import WIDTH, Leaf, Text, fill, first_dot
from srcad.ir.text import expression
from srcad.spec import DerivativeSpec

FEW, LONG, HUGE = 4, 64, 8192
"""Up to how many directions are taken one by one, and the lengths of loops that matter."""

Given = Callable[[dict[str, str]], list[str]]
"""Returns what a sweep is given after the arguments, for the seed of each leaf."""


@dataclass(frozen=True, slots=True)
class Part:
    """Where a result of a sweep goes: into a block, beside those of other directions.

    result: its number among all results. of: what it has the shape of.
    is_column: the axes of the direction come last in the block; else they come first.
    """

    block: str
    result: int
    of: Leaf
    is_column: bool

    @property
    def rank(self) -> int:
        """Return the number of axes of the result."""
        return self.of.rank

    def index(self, direction: Sequence[str]) -> list[str]:
        """Return where the whole result of one direction stands."""
        own = [":"] * self.rank
        return [*own, *direction] if self.is_column else [*direction, *own]


ONE, SEVERAL = False, True

Parts = Callable[[int, bool], list[Part]]
"""Returns what becomes of the results, by the number of the leaf: of several sweeps or of one."""


@dataclass(frozen=True, slots=True)
class Sweeps:
    """Sweeps from each element of some leaves.

    spec, suffix: the derivative, and how it is called in the text. given: its arguments.
    leaves: the arguments, or the results, with a seed each; base: the name of seeds.
    """

    spec: DerivativeSpec
    suffix: str
    leaves: Sequence[Leaf]
    base: str
    given: Given


def write_sweeps(text: Text, sweeps: Sweeps, parts: Parts) -> None:
    """Write one sweep for each element of each leaf, or for several elements at once."""
    leaves = sweeps.leaves
    name, program = text.sweep(sweeps.spec, sweeps.suffix)
    has_arrays = any(leaf.rank for leaf in leaves)
    wide = text.wide_sweep(sweeps.spec, sweeps.suffix, program) if has_arrays else None
    count = len(program.returns)
    if wide is not None:
        seeds = {leaf.text: text.seed(sweeps.base, leaf, wide=True) for leaf in leaves}
        loops = text.loops(wide)
        for number, leaf in enumerate(leaves):
            if leaf.rank:
                stop = f"{leaf.text}.size" if loops is None else _stop(text, leaf, loops)
                _several(text, sweeps, wide, leaf, seeds, parts(number, SEVERAL), count, stop)
                if loops is not None:
                    text.add(f"if {stop} < {leaf.text}.size:")
                    text.depth += 1
                    own = {v.text: text.seed(sweeps.base, v) for v in leaves}
                    _one(text, sweeps, name, leaf, own, parts(number, SEVERAL), count, stop)
                    text.depth -= 1
    left = [(k, leaf) for k, leaf in enumerate(leaves) if wide is None or not leaf.rank]
    if left:
        seeds = {leaf.text: text.seed(sweeps.base, leaf) for leaf in leaves}
        for number, leaf in left:
            _one(text, sweeps, name, leaf, seeds, parts(number, ONE), count)


def _stop(text: Text, leaf: Leaf, loops: VectorLoops) -> str:
    """Write how many elements have sweeps along several directions; return this number.

    A sweep along one direction that runs in vectors takes less time than one that has a few,
    and where elementary functions are none of it, also than one whose arrays are far larger.
    """
    stop, rest = text.names.fresh("stop"), text.names.fresh("rest")
    shortest = f"{text.min}({', '.join(map(expression, loops.lengths))})"
    if len(loops.lengths) == 1:
        shortest = expression(loops.lengths[0])
    text.add(f"{stop} = {leaf.text}.size")
    text.add(f"{rest} = {stop} % {WIDTH}")
    if not loops.has_elementary:
        text.add(f"if {shortest} >= {HUGE}:")
        text.add(f"    {stop} = 0")
        text.add(f"elif {shortest} >= {LONG} and {rest} <= {FEW}:")
    else:
        text.add(f"if {shortest} >= {LONG} and {rest} <= {FEW}:")
    text.add(f"    {stop} -= {rest}")
    return stop


def _one(
    text: Text,
    sweeps: Sweeps,
    name: str,
    leaf: Leaf,
    seeds: dict[str, str],
    parts: Sequence[Part],
    count: int,
    start: str | None = None,
) -> None:
    """Write one sweep for each element of a leaf; start: the number of the first one."""
    if start is None:
        indices, before = text.loops_over(leaf)
    else:
        before, number = text.depth, text.names.fresh("i")
        text.add(f"for {number} in {text.range}({start}, {leaf.text}.size):")
        text.depth += 1
        indices = _place(leaf, number)
    at = f"{seeds[leaf.text]}[{', '.join(indices)}]"
    given = seeds if leaf.rank else {**seeds, leaf.text: _unit(text, leaf)}
    if leaf.rank:
        text.add(f"{at} = 1.0")
    results = [text.names.fresh("result") for _ in range(count)]
    text.call(name, results, *sweeps.given(given))
    for part in parts:
        index = part.index(indices)
        element = "[()]" if index and part.of.is_cell else ""
        fill(text, part.block, index, results[part.result] + element)
    if leaf.rank:
        text.add(f"{at} = 0.0")
    text.depth = before


def _unit(text: Text, leaf: Leaf) -> str:
    """Return the seed of a leaf that has one element."""
    dtype = f"{text.np}.{leaf.type.dtype}"
    return f"{text.np}.ones((), {dtype})" if leaf.is_cell else f"{dtype}(1.0)"


def _several(
    text: Text,
    sweeps: Sweeps,
    name: str,
    leaf: Leaf,
    seeds: dict[str, str],
    parts: Sequence[Part],
    count: int,
    stop: str,
) -> None:
    """Write one sweep for every `WIDTH` elements of a leaf; the last one may have fewer.

    stop: how many elements it is for.
    """
    start, size, d = (text.names.fresh(base) for base in ("start", "count", "d"))
    before = text.depth
    text.add(f"for {start} in {text.range}(0, {stop}, {WIDTH}):")
    text.depth += 1
    text.add(f"{size} = {text.min}({WIDTH}, {stop} - {start})")
    place = _place(leaf, f"{start} + {d}")
    seed = f"{seeds[leaf.text]}[{', '.join((*place, d))}]"
    text.add(f"for {d} in {text.range}({size}):")
    text.add(f"    {seed} = 1.0")
    first = first_dot(sweeps.spec, count)
    results = [text.names.fresh("result") for _ in range(first, count)]
    text.call(name, results, *sweeps.given(seeds))
    for part in parts:
        result = results[part.result - first]
        if part.is_column and leaf.rank == 1:
            axes = [text.names.fresh("j") for _ in range(part.rank)]
            depth = text.depth
            for axis, j in enumerate(axes):
                text.add(f"for {j} in {text.range}({result}.shape[{axis}]):")
                text.depth += 1
            into = f"{part.block}[{', '.join((*axes, *place))}]"
            # A loop of a known length is unrolled.
            text.add(f"if {size} == {WIDTH}:")
            text.add(f"    for {d} in {text.range}({WIDTH}):")
            text.add(f"        {into} = {result}[{', '.join((*axes, d))}]")
            text.add("else:")
            text.add(f"    for {d} in {text.range}({size}):")
            text.add(f"        {into} = {result}[{', '.join((*axes, d))}]")
            text.depth = depth
        else:
            text.add(f"for {d} in {text.range}({size}):")
            into = ", ".join(part.index(place))
            text.add(f"    {part.block}[{into}] = {result}[{', '.join([':'] * part.rank + [d])}]")
    text.add(f"for {d} in {text.range}({size}):")
    text.add(f"    {seed} = 0.0")
    text.depth = before


def _place(leaf: Leaf, number: str) -> list[str]:
    """Return the index of an element, given by its number in C order."""
    if leaf.rank == 1:
        return [number]
    found = []
    for axis in range(leaf.rank):
        after = leaf.extents[axis + 1 :]
        part = f"({number})"
        part += f" // ({' * '.join(after)})" if after else ""
        found.append(part + (f" % {leaf.extents[axis]}" if axis else ""))
    return found
