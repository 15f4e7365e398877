"""The text of sweeps over all elements of arguments or results, several at once if possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from srcad.drivers.text import WIDTH, Leaf, Text, fill, first_dot
from srcad.spec import DerivativeSpec

Given = Callable[[dict[str, str]], list[str]]
"""Returns what a sweep is given after the arguments, for the seed of each leaf."""


@dataclass(frozen=True, slots=True)
class Part:
    """Where a result of a sweep goes: into a block, beside those of other directions.

    result: its number among all results. rank: the number of its axes.
    is_column: the axes of the direction come last in the block; else they come first.
    """

    block: str
    result: int
    rank: int
    is_column: bool

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
        for number, leaf in enumerate(leaves):
            if leaf.rank:
                _several(text, sweeps, wide, leaf, seeds, parts(number, SEVERAL), count)
    left = [(k, leaf) for k, leaf in enumerate(leaves) if wide is None or not leaf.rank]
    if left:
        seeds = {leaf.text: text.seed(sweeps.base, leaf) for leaf in leaves}
        for number, leaf in left:
            _one(text, sweeps, name, leaf, seeds, parts(number, ONE), count)


def _one(
    text: Text,
    sweeps: Sweeps,
    name: str,
    leaf: Leaf,
    seeds: dict[str, str],
    parts: Sequence[Part],
    count: int,
) -> None:
    """Write one sweep for each element of a leaf."""
    indices, before = text.loops(leaf)
    at = f"{seeds[leaf.text]}[{', '.join(indices)}]"
    given = seeds if leaf.rank else {**seeds, leaf.text: f"{text.np}.{leaf.type.dtype}(1.0)"}
    if leaf.rank:
        text.add(f"{at} = 1.0")
    results = [text.names.fresh("result") for _ in range(count)]
    text.call(name, results, *sweeps.given(given))
    for part in parts:
        fill(text, part.block, part.index(indices), results[part.result])
    if leaf.rank:
        text.add(f"{at} = 0.0")
    text.depth = before


def _several(
    text: Text,
    sweeps: Sweeps,
    name: str,
    leaf: Leaf,
    seeds: dict[str, str],
    parts: Sequence[Part],
    count: int,
) -> None:
    """Write one sweep for every `WIDTH` elements of a leaf; the last one may have fewer."""
    start, size, d = (text.names.fresh(base) for base in ("start", "count", "d"))
    before = text.depth
    text.add(f"for {start} in {text.range}(0, {leaf.text}.size, {WIDTH}):")
    text.depth += 1
    text.add(f"{size} = {text.min}({WIDTH}, {leaf.text}.size - {start})")
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
