"""The text of Jacobians: sweeps along each element of the arguments, or from the results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from srcad.drivers.sweeps import Part, Sweeps, write_sweeps
from srcad.drivers.text import (
    Leaf,
    Text,
    inputs_structure,
    mapped,
    nested,
    tangent_text,
)
from srcad.ir.types import Array, Scalar, Type
from srcad.spec import DerivativeSpec, Kind

REVERSE_COST = 1.5
"""How many sweeps of the tangent cost as much as one of the adjoint, about: 1 to 2 measured."""


@dataclass(frozen=True, slots=True)
class _Blocks:
    """What a Jacobian consists of: an array for each pair of a result and an argument.

    names: of the blocks, by the numbers of result and argument.
    """

    outputs: list[Leaf]
    inputs: list[tuple[int, Leaf]]
    names: dict[tuple[int, int], str]


def write_jacobian(text: Text, kind: Kind) -> None:
    """Write the loops over all directions of the arguments, or of the results."""
    spec = text.spec
    value_name, value = text.sweep(DerivativeSpec(spec.func, "primal", ()), "value")
    inputs = [(k, leaf) for k in spec.wrt for leaf in text.inputs(k)]
    ys = [text.names.fresh("y") for _ in value.returns]
    outputs = [Leaf(y, _known(atom.type)) for y, atom in zip(ys, value.returns, strict=True)]
    if any(leaf.rank for leaf in outputs):
        text.call(value_name, ys)
    names = {}
    for o, out in enumerate(outputs):
        for a, (_, leaf) in enumerate(inputs):
            names[o, a] = text.block("jacobian", out, leaf)
    blocks = _Blocks(outputs, inputs, names)
    ranks = [[v.rank for v in part if v.is_float] for part in (outputs, inputs_of(blocks))]
    match kind if kind != "jacobian" else mode_by_types(*ranks):
        case "jacfwd":
            _columns(text, blocks)
        case "jacrev":
            _rows(text, blocks)
        case _:
            text.add(f"if {_size(inputs_of(blocks))} <= {REVERSE_COST} * ({_size(outputs)}):")
            text.depth += 1
            _columns(text, blocks)
            text.depth -= 1
            text.add("else:")
            text.depth += 1
            _rows(text, blocks)
            text.depth -= 1
    size = len(inputs)
    result = mapped(
        value.result,
        lambda o: inputs_structure(text, iter(range(o * size, (o + 1) * size))),
    )
    text.add(f"return {nested(result, list(names.values()), text.class_of)}")


def inputs_of(blocks: _Blocks) -> list[Leaf]:
    """Return the arguments alone."""
    return [leaf for _, leaf in blocks.inputs]


def mode_by_types(outputs: Sequence[int], inputs: Sequence[int]) -> Kind | None:
    """Return the mode that the ranks of all floats decide for, None where the sizes do."""
    if not any(inputs) and not any(outputs):
        return "jacfwd" if len(inputs) <= REVERSE_COST * len(outputs) else "jacrev"
    if any(inputs) and any(outputs):
        return None
    return "jacrev" if any(inputs) else "jacfwd"


def _size(parts: Sequence[Leaf]) -> str:
    """Return the number of floats in all leaves, as text."""
    sizes = [f"{leaf.text}.size" if leaf.rank else "1" for leaf in parts if leaf.is_float]
    return " + ".join(sizes) or "0"


def _known(type_: Type | None) -> Scalar | Array:
    return type_ if isinstance(type_, Scalar | Array) else Scalar("float64")


def _columns(text: Text, blocks: _Blocks) -> None:
    """Write the sweeps along each element of each argument."""
    count = len(blocks.outputs)
    for position in text.spec.wrt:
        numbered = [(a, leaf) for a, (k, leaf) in enumerate(blocks.inputs) if k == position]
        floats = [(a, leaf) for a, leaf in numbered if leaf.is_float]

        def given(seeds: dict[str, str], position: int = position) -> list[str]:
            return [tangent_text(text, position, seeds)]

        def parts(number: int, _: object, floats: list[tuple[int, Leaf]] = floats) -> list[Part]:
            a, _ = floats[number]
            return [
                Part(blocks.names[o, a], count + o, out, is_column=True)
                for o, out in enumerate(blocks.outputs)
                if out.is_float
            ]

        spec = DerivativeSpec(text.spec.func, "tangent", (position,))
        sweeps = Sweeps(spec, "tangent", [leaf for _, leaf in floats], "x_dot", given)
        write_sweeps(text, sweeps, parts)


def _rows(text: Text, blocks: _Blocks) -> None:
    """Write the sweeps back from each element of each result."""
    floats = [(o, out) for o, out in enumerate(blocks.outputs) if out.is_float]

    def parts(number: int, _: object) -> list[Part]:
        o, _ = floats[number]
        return [
            Part(blocks.names[o, a], a, leaf, is_column=False)
            for a, (_, leaf) in enumerate(blocks.inputs)
            if leaf.is_float
        ]

    if not floats:
        return
    spec = DerivativeSpec(text.spec.func, "pullback", text.spec.wrt, cotangents=len(floats))
    outputs = [out for _, out in floats]
    write_sweeps(
        text, Sweeps(spec, "pullback", outputs, "y_bar", lambda seeds: list(seeds.values())), parts
    )
