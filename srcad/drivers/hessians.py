"""The text of Hessians and of products with them: tangents of the gradient."""

from __future__ import annotations

from collections.abc import Sequence

from srcad.drivers.jacobians import write_jacobian
from srcad.drivers.sweeps import Part, Sweeps, write_sweeps
from srcad.drivers.text import (
    Leaf,
    Text,
    function_name,
    inputs_structure,
    leaves,
    mapped,
    nested,
    tangent_text,
)
from srcad.spec import DerivativeSpec, Sweep, vector_positions


def write_product(text: Text) -> None:
    """Write the product of the Hessian with vectors: the tangent of the gradient."""
    spec = text.spec
    with_value = spec.kind == "value_grad_hvp"
    gradient = DerivativeSpec(spec.func, "value_and_grad" if with_value else "grad", spec.wrt)
    of = Sweep(gradient, f"{function_name(spec.func)}_grad")
    name, program = text.sweep(DerivativeSpec(of, "tangent", spec.wrt), "grad_tangent")
    results = [text.names.fresh("g") for _ in program.returns]
    vectors = []
    for position in spec.wrt:
        seeds = {}
        vector = text.vectors[position]
        own = text.inputs(position)
        given = list(leaves(text.types[_at(spec, position)], vector))
        floats = [leaf for leaf in own if leaf.is_float]
        _check_vector(own, given, text.params[position])
        by_text = {leaf.text: leaf for leaf in given}
        for leaf in floats:
            part = vector + leaf.text[len(text.params[position]) :]
            if part not in by_text:
                message = f"the vector of {text.params[position]} has no {part}"
                raise TypeError(message)
            seeds[leaf.text] = _as_tangent(text, by_text[part], leaf)
        vectors.append(tangent_text(text, position, seeds))
    text.call(name, results, *vectors)
    count_ = len(program.returns) // 2
    values, dots = results[:count_], results[count_:]
    numbers = iter(range(with_value, count_))
    structure = inputs_structure(text, numbers)
    product = nested(structure, dots, text.class_of)
    parts = nested(structure, values, text.class_of)
    text.add(f"return {values[0]}, {parts}, {product}" if with_value else f"return {product}")


def _at(spec: DerivativeSpec, position: int) -> int:
    """Return where the vector of an argument stands."""
    return next(at for at, k in vector_positions(spec) if k == position)


def _check_vector(own: Sequence[Leaf], given: Sequence[Leaf], name: str) -> None:
    """Raise TypeError unless a vector has the structure and the dtypes of its argument."""
    wanted = [leaf for leaf in own if leaf.is_float]
    for leaf, vector in zip(wanted, [v for v in given if v.is_float], strict=False):
        if (leaf.type.dtype, leaf.rank) != (vector.type.dtype, vector.rank):
            message = f"the vector of {name}: expected {leaf.type}, got {vector.type}"
            raise TypeError(message)
    if len(wanted) != sum(leaf.is_float for leaf in given):
        got = ", ".join(str(leaf.type) for leaf in given) or "nothing"
        expected = ", ".join(str(leaf.type) for leaf in wanted)
        message = f"the vector of {name}: expected {expected}, got {got}"
        raise TypeError(message)


def _as_tangent(text: Text, vector: Leaf, own: Leaf) -> str:
    """Return a vector as tangents are taken: in the layout of the argument."""
    wrong = [f"{a} != {b}" for a, b in zip(vector.extents, own.extents, strict=True)]
    if wrong:
        text.add(f"if {' or '.join(wrong)}:")
        text.add(f"    raise ValueError(\"the vector of '{own.text}' must have its shape\")")
    if not own.rank or vector.type == own.type:
        return vector.text
    name = text.seed("vector", own)
    text.add(f"{name}[...] = {vector.text}")
    return name


def write_hessian(text: Text) -> None:
    """Write the tangents of the gradient along each element of each argument.

    A Hessian is symmetric: the tangent along an element is its row and its column. In the
    block of one argument, several that lie side by side go to columns: these are neighbours.
    """
    spec = text.spec
    gradient = Sweep(
        DerivativeSpec(spec.func, "grad", spec.wrt), f"{function_name(spec.func)}_grad"
    )
    if not _has_gradient(text, gradient):
        rows = Sweep(
            DerivativeSpec(spec.func, "jacrev", spec.wrt, spec.bare),
            f"{function_name(spec.func)}_jacrev",
        )
        text.spec = DerivativeSpec(rows, "jacfwd", spec.wrt, spec.bare)
        write_jacobian(text, "jacfwd")
        text.spec = spec
        return
    inputs = [(k, leaf) for k in spec.wrt for leaf in text.inputs(k)]
    names = {}
    for a, (_, row) in enumerate(inputs):
        for b, (_, leaf) in enumerate(inputs):
            names[a, b] = text.block("hessian", row, leaf)
    for position in spec.wrt:
        floats = [(a, leaf) for a, (k, leaf) in enumerate(inputs) if k == position]
        floats = [(a, leaf) for a, leaf in floats if leaf.is_float]

        def given(seeds: dict[str, str], position: int = position) -> list[str]:
            return [tangent_text(text, position, seeds)]

        def parts(
            number: int, several: object, floats: list[tuple[int, Leaf]] = floats
        ) -> list[Part]:
            a, row = floats[number]
            square = bool(several) and row.rank == 1
            return [
                Part(names[a, b], len(inputs) + b, leaf, is_column=square and a == b)
                for b, (_, leaf) in enumerate(inputs)
                if leaf.is_float
            ]

        along = DerivativeSpec(gradient, "tangent", (position,))
        sweeps = Sweeps(along, "grad_tangent", [leaf for _, leaf in floats], "x_dot", given)
        write_sweeps(text, sweeps, parts)
    blocks = list(names.values())
    size = len(inputs)
    rows_structure = inputs_structure(text, iter(range(size)))
    result = mapped(
        rows_structure,
        lambda a: inputs_structure(text, iter(range(a * size, (a + 1) * size))),
    )
    text.add(f"return {nested(result, blocks, text.class_of)}")


def _has_gradient(text: Text, gradient: Sweep) -> bool:
    """Return whether the function returns one float, whatever it writes beside."""
    try:
        text.derive(gradient, text.own)
    except TypeError:
        return False
    return True
