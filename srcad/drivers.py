"""The functions that call derivatives: Jacobians, Hessians and products with these.

    def f_jacfwd(x, n):
        y = f_value(x, n)
        jacobian = np.zeros((y.shape[0], x.shape[0]))
        x_dot = np.zeros((x.shape[0],))
        for i in range(x.shape[0]):
            x_dot[i] = 1.0
            _, y_dot = f_tangent(x, n, x_dot)
            jacobian[:, i] = y_dot
            x_dot[i] = 0.0
        return jacobian

A driver is text, written for the types of its arguments, and lowered as a user's function
is. The derivatives that it calls become part of it. So the result is one generated function
as any derivative, and can be differentiated again.
"""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from types import FunctionType
from typing import Any

import numpy as np

from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Array, Scalar, Static, Tuple, Type, is_float
from srcad.spec import DerivativeSpec, Kind, Sweep, own_positions, vector_positions

Derive = Callable[[Sweep, tuple[Type, ...]], ir.Function]
"""Returns the program of a derivative for the types of the arguments of its function."""

REVERSE_COST = 2
"""How many sweeps of the tangent cost as much as one of the adjoint, about."""

_numbers = count()


def driver(spec: DerivativeSpec, types: tuple[Type, ...], derive: Derive) -> FunctionType:
    """Return the driver of a kind for these argument types.

    Raises TypeError where there is no such derivative: of what is not a float.
    """
    text = _Text(spec, types, derive)
    match spec.kind:
        case "jacfwd" | "jacrev" | "jacobian":
            _jacobian(text, spec.kind)
        case "hvp" | "value_grad_hvp":
            _product(text)
        case "hessian":
            _hessian(text)
        case _:
            raise TypeError(spec.kind)
    return text.function()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number or an array among the arguments or the results.

    text: how it is written. type: a Scalar or an Array.
    """

    text: str
    type: Scalar | Array

    @property
    def rank(self) -> int:
        """Return the number of its axes."""
        return self.type.ndim if isinstance(self.type, Array) else 0

    @property
    def extents(self) -> tuple[str, ...]:
        """Return its shape as text."""
        return tuple(f"{self.text}.shape[{axis}]" for axis in range(self.rank))

    @property
    def is_float(self) -> bool:
        """Return whether it can be differentiated."""
        return is_float(self.type)


@dataclass(slots=True)
class _Text:
    """The text of a driver while it is written."""

    spec: DerivativeSpec
    types: tuple[Type, ...]
    derive: Derive
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    space: dict[str, object] = field(default_factory=lambda: {"np": np})
    names: NameSupply = field(init=False)
    params: list[str] = field(init=False)
    vectors: dict[int, str] = field(init=False)
    own: tuple[Type, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Name the parameters."""
        spec = self.spec
        self.params = parameter_names(spec.func)
        self.names = NameSupply(self.params)
        self.own = tuple(self.types[k] for k in own_positions(spec, len(self.types)))
        self.vectors = {
            k: self.names.fresh(f"{self.params[k]}_vector") for _, k in vector_positions(spec)
        }

    def add(self, line: str) -> None:
        """Append a line."""
        self.lines.append("    " * self.depth + line)

    def loops(self, leaf: Leaf) -> tuple[list[str], int]:
        """Open a loop over each axis of a leaf; return its indices, and how to close them."""
        before, indices = self.depth, []
        for extent in leaf.extents:
            indices.append(self.names.fresh("i"))
            self.add(f"for {indices[-1]} in range({extent}):")
            self.depth += 1
        return indices, before

    def seed(self, base: str, leaf: Leaf) -> str:
        """Write zeros with the shape, the dtype and the layout of a leaf; return their name."""
        if not leaf.rank:
            return self.zeros(base, (), leaf.type.dtype)
        name = self.names.fresh(base)
        self.add(f"{name} = np.zeros_like({leaf.text})")
        return name

    def zeros(self, base: str, extents: Sequence[str], dtype: str) -> str:
        """Write a new array of zeros, or a number; return its name."""
        name = self.names.fresh(base)
        if extents:
            self.add(f"{name} = np.zeros(({', '.join(extents)},), np.{dtype})")
        else:
            self.add(f"{name} = np.{dtype}(0.0)")
        return name

    def sweep(self, spec: DerivativeSpec, suffix: str) -> tuple[str, ir.Function]:
        """Make a derivative known by a name; return this and its program."""
        name = self.names.fresh(f"{function_name(self.spec.func)}_{suffix}")
        sweep = self.space[name] = Sweep(spec, name)
        program = self.derive(sweep, self.own)
        sweep.ranks = tuple(_rank(atom.type) for atom in program.returns)
        return name, program

    def call(self, name: str, targets: Sequence[str], *after: str) -> None:
        """Write the call of a sweep for all arguments, and what follows these."""
        left = ", ".join(targets) or "_"
        self.add(f"{left} = {name}({', '.join([*self.params[: len(self.own)], *after])})")

    def inputs(self, position: int) -> list[Leaf]:
        """Return the leaves of an argument."""
        return list(leaves(self.own[position], self.params[position]))

    def function(self) -> FunctionType:
        """Return the function of this text, known to `linecache` as if it were in a file."""
        name = f"{function_name(self.spec.func)}_{self.spec.kind}"
        params = []
        for k, param in enumerate(self.params):
            params += [param, self.vectors[k]] if k in self.vectors else [param]
        text = "\n".join([f"def {name}({', '.join(params)}):", *self.lines, ""])
        file = f"<srcad {name} {next(_numbers)}>"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        exec(compile(text, file, "exec", dont_inherit=True), self.space)  # noqa: S102
        made = self.space[name]
        assert isinstance(made, FunctionType)
        made.__defaults__ = _defaults(self.spec.func, len(self.types), len(params))
        return made


def parameter_names(func: object) -> list[str]:
    """Return the names of the parameters of a function, or of what a sweep is of."""
    while isinstance(func, Sweep):
        func = func.__srcad_derivative__.func
    parameters = inspect.signature(func).parameters.values()  # type: ignore[arg-type]
    return [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]


def function_name(func: Any) -> str:
    """Return the name of a function as part of another name."""
    name: str = func.__name__
    return name if name.isidentifier() else "function"


def _defaults(func: object, given: int, wanted: int) -> tuple[object, ...] | None:
    """Return the defaults of the parameters whose types are not known."""
    if given == wanted or isinstance(func, Sweep):
        return None
    parameters = list(inspect.signature(func).parameters.values())  # type: ignore[arg-type]
    return tuple(p.default for p in parameters[given - wanted :])


def leaves(type_: Type, text: str) -> Iterator[Leaf]:
    """Yield the numbers and arrays of an argument."""
    match type_:
        case Tuple(items):
            for k, item in enumerate(items):
                yield from leaves(item, f"{text}[{k}]")
        case Scalar() | Array():
            yield Leaf(text, type_)


def _rank(type_: Type | None) -> int:
    return type_.ndim if isinstance(type_, Array) else 0


def nested(structure: object, parts: Sequence[str]) -> str:
    """Return a result of this structure, made of its leaves, as text."""
    match structure:
        case int():
            return parts[structure]
        case tuple():
            inner = ", ".join(nested(part, parts) for part in structure)
            return f"({inner},)" if structure else "()"
        case _:
            return "None"


def structure_of(type_: Type, numbers: Iterator[int]) -> object:
    """Return the structure of what has one number or array for each leaf of an argument."""
    match type_:
        case Tuple(items):
            return tuple(structure_of(item, numbers) for item in items)
        case Static():
            return None
        case _:
            return next(numbers)


def mapped(structure: object, leaf: Callable[[int], object]) -> object:
    """Return the structure with another one in place of each leaf."""
    if isinstance(structure, tuple):
        return tuple(mapped(part, leaf) for part in structure)
    return leaf(structure) if isinstance(structure, int) else None


def _inputs_structure(text: _Text, numbers: Iterator[int]) -> object:
    """Return the structure of what there is for each argument to differentiate by."""
    parts = tuple(structure_of(text.own[k], numbers) for k in text.spec.wrt)
    return parts[0] if text.spec.bare else parts


def tangent_text(text: _Text, position: int, seeds: dict[str, str]) -> str:
    """Return the tangent of an argument: seeds for some leaves, zeros for the others."""

    def part(type_: Type, name: str) -> str:
        match type_:
            case Tuple(items):
                inner = ", ".join(part(item, f"{name}[{k}]") for k, item in enumerate(items))
                return f"({inner},)" if items else "()"
            case Scalar() | Array() if is_float(type_):
                return seeds[name]
            case _:
                return "None"

    return part(text.own[position], text.params[position])


# Jacobians -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Blocks:
    """What a Jacobian consists of: an array for each pair of a result and an argument.

    names: of the blocks, by the numbers of result and argument.
    """

    outputs: list[Leaf]
    inputs: list[tuple[int, Leaf]]
    names: dict[tuple[int, int], str]


def _jacobian(text: _Text, kind: Kind) -> None:
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
            dtype = np.result_type(_float_of(out), _float_of(leaf)).name
            names[o, a] = text.zeros("jacobian", (*out.extents, *leaf.extents), dtype)
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
        lambda o: _inputs_structure(text, iter(range(o * size, (o + 1) * size))),
    )
    text.add(f"return {nested(result, list(names.values()))}")


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


def _float_of(leaf: Leaf) -> str:
    return leaf.type.dtype if leaf.is_float else "float64"


def _columns(text: _Text, blocks: _Blocks) -> None:
    """Write the sweeps along each element of each argument."""
    for position in text.spec.wrt:
        numbered = [(a, leaf) for a, (k, leaf) in enumerate(blocks.inputs) if k == position]
        floats = [(a, leaf) for a, leaf in numbered if leaf.is_float]
        if not floats:
            continue
        spec = DerivativeSpec(text.spec.func, "tangent", (position,))
        name, _ = text.sweep(spec, "tangent")
        seeds = {leaf.text: text.seed("x_dot", leaf) for _, leaf in floats}
        for a, leaf in floats:
            seed = seeds[leaf.text]
            indices, before = text.loops(leaf)
            at = f"{seed}[{', '.join(indices)}]" if leaf.rank else seed
            one = f"np.{leaf.type.dtype}(1.0)"
            given = seeds if leaf.rank else {**seeds, leaf.text: one}
            if leaf.rank:
                text.add(f"{at} = 1.0")
            dots = [text.names.fresh("y_dot") for _ in blocks.outputs]
            values = [text.names.fresh("value") for _ in blocks.outputs]
            text.call(name, [*values, *dots], tangent_text(text, position, given))
            for o, out in enumerate(blocks.outputs):
                if out.is_float:
                    _fill(text, blocks.names[o, a], [":"] * out.rank + indices, dots[o])
            if leaf.rank:
                text.add(f"{at} = 0.0")
            text.depth = before


def _rows(text: _Text, blocks: _Blocks) -> None:
    """Write the sweeps back from each element of each result."""
    floats = [(o, out) for o, out in enumerate(blocks.outputs) if out.is_float]
    if not floats:
        return
    spec = DerivativeSpec(text.spec.func, "pullback", text.spec.wrt, cotangents=len(floats))
    name, _ = text.sweep(spec, "pullback")
    seeds = {o: text.seed("y_bar", out) for o, out in floats}
    for o, out in floats:
        indices, before = text.loops(out)
        at = f"{seeds[o]}[{', '.join(indices)}]"
        if out.rank:
            text.add(f"{at} = 1.0")
        given = seeds if out.rank else {**seeds, o: f"np.{out.type.dtype}(1.0)"}
        bars = [text.names.fresh("x_bar") for _ in blocks.inputs]
        text.call(name, bars, *given.values())
        for a, (_, leaf) in enumerate(blocks.inputs):
            if leaf.is_float:
                _fill(text, blocks.names[o, a], indices + [":"] * leaf.rank, bars[a])
        if out.rank:
            text.add(f"{at} = 0.0")
        text.depth = before


def _fill(text: _Text, target: str, index: Sequence[str], value: str) -> None:
    """Write `value` into a part of a block."""
    text.add(f"{target}[{', '.join(index)}] = {value}" if index else f"{target} = {value}")


# Second order --------------------------------------------------------------------------


def _product(text: _Text) -> None:
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
            seeds[leaf.text] = _as_tangent(text, by_text[part], leaf)
        vectors.append(tangent_text(text, position, seeds))
    text.call(name, results, *vectors)
    count_ = len(program.returns) // 2
    values, dots = results[:count_], results[count_:]
    numbers = iter(range(with_value, count_))
    structure = _inputs_structure(text, numbers)
    product = nested(structure, dots)
    text.add(
        f"return {values[0]}, {nested(structure, values)}, {product}"
        if with_value
        else f"return {product}"
    )


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


def _as_tangent(text: _Text, vector: Leaf, own: Leaf) -> str:
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


def _hessian(text: _Text) -> None:
    """Write the tangents of the gradient along each element of each argument.

    A Hessian is symmetric: the tangent along an element is its row, which is filled at once.
    """
    spec = text.spec
    _, value = text.sweep(DerivativeSpec(spec.func, "primal", ()), "value")
    first = value.returns[0].type if value.returns else None
    if value.result != 0 or isinstance(first, Array):
        rows = Sweep(
            DerivativeSpec(spec.func, "jacrev", spec.wrt, spec.bare),
            f"{function_name(spec.func)}_jacrev",
        )
        text.spec = DerivativeSpec(rows, "jacfwd", spec.wrt, spec.bare)
        _jacobian(text, "jacfwd")
        text.spec = spec
        return
    gradient = Sweep(
        DerivativeSpec(spec.func, "grad", spec.wrt), f"{function_name(spec.func)}_grad"
    )
    inputs = [(k, leaf) for k in spec.wrt for leaf in text.inputs(k)]
    names = {}
    for a, (_, row) in enumerate(inputs):
        for b, (_, leaf) in enumerate(inputs):
            dtype = np.result_type(_float_of(row), _float_of(leaf)).name
            names[a, b] = text.zeros("hessian", (*row.extents, *leaf.extents), dtype)
    for position in spec.wrt:
        floats = [(a, leaf) for a, (k, leaf) in enumerate(inputs) if k == position]
        floats = [(a, leaf) for a, leaf in floats if leaf.is_float]
        name, _ = text.sweep(DerivativeSpec(gradient, "tangent", (position,)), "grad_tangent")
        seeds = {leaf.text: text.seed("x_dot", leaf) for _, leaf in floats}
        for a, row in floats:
            seed = seeds[row.text]
            indices, before = text.loops(row)
            at = f"{seed}[{', '.join(indices)}]"
            given = seeds if row.rank else {**seeds, row.text: f"np.{row.type.dtype}(1.0)"}
            if row.rank:
                text.add(f"{at} = 1.0")
            dots = [text.names.fresh("x_bar_dot") for _ in inputs]
            bars = [text.names.fresh("x_bar") for _ in inputs]
            text.call(name, [*bars, *dots], tangent_text(text, position, given))
            for b, (_, leaf) in enumerate(inputs):
                if leaf.is_float:
                    _fill(text, names[a, b], indices + [":"] * leaf.rank, dots[b])
            if row.rank:
                text.add(f"{at} = 0.0")
            text.depth = before
    blocks = list(names.values())
    size = len(inputs)
    rows_structure = _inputs_structure(text, iter(range(size)))
    result = mapped(
        rows_structure,
        lambda a: _inputs_structure(text, iter(range(a * size, (a + 1) * size))),
    )
    text.add(f"return {nested(result, blocks)}")
