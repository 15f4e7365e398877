"""The text of a driver while it is written: loops over elements, and calls of sweeps."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from types import FunctionType
from typing import Any

import numpy as np

from srcad.analysis.vector_sweeps import VectorLoops
from srcad.arguments import is_differentiable
from srcad.frontend.syntax.signature import TEXT, signature_of
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.records import Made, Record, alike, fields_of, made_class
from srcad.ir.types import Array, Scalar, Static, Tuple, Type, is_float
from srcad.spec import DerivativeSpec, Sweep, own_positions, vector_positions

Derive = Callable[[Sweep, tuple[Type, ...]], ir.Function]
"""Returns the program of a derivative for the types of the arguments of its function."""


@dataclass(frozen=True, slots=True)
class Several:
    """How derivatives along several directions at once are found, for types of arguments.

    program: returns one, None where there is none. loops: returns those of the derivative
    along one direction, if it runs in vectors by itself; it is told the names of arguments.
    """

    program: Callable[[DerivativeSpec, tuple[Type, ...]], ir.Function | None]
    loops: Callable[[DerivativeSpec, tuple[Type, ...], Sequence[str]], VectorLoops | None]


WIDTH = 8
"""How many directions one sweep has: as many as `lanes` have numbers."""


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
    def is_cell(self) -> bool:
        """Return whether it is an array without axes."""
        return isinstance(self.type, Array) and not self.type.ndim

    @property
    def extents(self) -> tuple[str, ...]:
        """Return its shape as text."""
        return tuple(f"{self.text}.shape[{axis}]" for axis in range(self.rank))

    @property
    def is_float(self) -> bool:
        """Return whether it can be differentiated."""
        return is_float(self.type)


@dataclass(slots=True)
class Text:
    """The text of a driver while it is written."""

    spec: DerivativeSpec
    types: tuple[Type, ...]
    derive: Derive
    several: Several | None
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    space: dict[str, object] = field(default_factory=dict)
    names: NameSupply = field(init=False)
    np: str = field(init=False)
    range: str = field(init=False)
    min: str = field(init=False)
    params: list[str] = field(init=False)
    vectors: dict[int, str] = field(init=False)
    own: tuple[Type, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Name the parameters, and what the text calls: a parameter may have its usual name."""
        spec = self.spec
        self.params = parameter_names(spec.func)
        self.names = NameSupply(self.params)
        self.np, self.range, self.min = (
            self._known("np", np),
            self._known("range", range),
            self._known("min", min),
        )
        self.own = tuple(self.types[k] for k in own_positions(spec, len(self.types)))
        self.vectors = {
            k: self.names.fresh(f"{self.params[k]}_vector") for _, k in vector_positions(spec)
        }

    def _known(self, name: str, value: object) -> str:
        """Make a value known by a name that no parameter has; return it."""
        if name in self.params:
            name = self.names.fresh(name)
        self.space[name] = value
        return name

    def add(self, line: str) -> None:
        """Append a line."""
        self.lines.append("    " * self.depth + line)

    def loops_over(self, leaf: Leaf) -> tuple[list[str], int]:
        """Open a loop over each axis of a leaf; return its indices, and how to close them."""
        before, indices = self.depth, []
        for extent in leaf.extents:
            indices.append(self.names.fresh("i"))
            self.add(f"for {indices[-1]} in {self.range}({extent}):")
            self.depth += 1
        return indices, before

    def seed(self, base: str, leaf: Leaf, *, wide: bool = False) -> str:
        """Write zeros with the shape, the dtype and the layout of a leaf; return their name.

        wide: there is one for each direction, along the last axis.
        """
        if wide:
            return self.zeros(base, (*leaf.extents, str(WIDTH)), leaf.type.dtype)
        if isinstance(leaf.type, Scalar):
            return self.zeros(base, (), leaf.type.dtype)
        name = self.names.fresh(base)
        like = (
            f"zeros_like({leaf.text})" if leaf.rank else f"zeros((), {self.np}.{leaf.type.dtype})"
        )
        self.add(f"{name} = {self.np}.{like}")
        return name

    def block(self, base: str, first: Leaf, second: Leaf) -> str:
        """Write a new array for the derivatives of all pairs of elements; return its name.

        The sweeps write all of it, unless there are none.
        """
        dtype = np.result_type(dtype_of(first), dtype_of(second)).name
        maker = "empty" if first.is_float and second.is_float else "zeros"
        return self.zeros(base, (*first.extents, *second.extents), dtype, maker)

    def zeros(self, base: str, extents: Sequence[str], dtype: str, maker: str = "zeros") -> str:
        """Write a new array, of zeros, or a number; return its name."""
        name = self.names.fresh(base)
        if extents:
            self.add(f"{name} = {self.np}.{maker}(({', '.join(extents)},), {self.np}.{dtype})")
        else:
            self.add(f"{name} = {self.np}.{dtype}(0.0)")
        return name

    def sweep(self, spec: DerivativeSpec, suffix: str) -> tuple[str, ir.Function]:
        """Make a derivative known by a name; return this and its program."""
        name = self.names.fresh(f"{function_name(self.spec.func)}_{suffix}")
        sweep = self.space[name] = Sweep(spec, name, self.own)
        program = self.derive(sweep, self.own)
        sweep.ranks = tuple(_rank(atom.type) for atom in program.returns)
        return name, program

    def wide_sweep(self, spec: DerivativeSpec, suffix: str, program: ir.Function) -> str | None:
        """Make a derivative along several directions known by a name; None where there is none.

        program: that along one.
        """
        wide = replace(spec, width=WIDTH)
        if self.several is None or any(isinstance(type_, Static) for type_ in self.own):
            return None
        if any(leaf.is_cell for type_ in self.own for leaf in leaves(type_, "")):
            return None
        if self.several.program(wide, self.own) is None:
            return None
        name = self.names.fresh(f"{function_name(self.spec.func)}_{suffix}s")
        sweep = self.space[name] = Sweep(wide, name, self.own)
        ranks = [_rank(atom.type) for atom in program.returns]
        sweep.ranks = tuple(rank + 1 for rank in ranks[first_dot(spec, len(ranks)) :])
        return name

    def loops(self, wide: str) -> VectorLoops | None:
        """Return the loops of a derivative whose form for several directions has this name."""
        sweep = self.space[wide]
        assert self.several is not None
        assert isinstance(sweep, Sweep)
        return self.several.loops(sweep.__srcad_derivative__, self.own, self.params)

    def call(self, name: str, targets: Sequence[str], *after: str) -> None:
        """Write the call of a sweep for all arguments, and what follows these."""
        left = ", ".join(targets) or "_"
        self.add(f"{left} = {name}({', '.join([*self.params[: len(self.own)], *after])})")

    def class_of(self, record: Record) -> str:
        """Make the class of a result known by a name."""
        made = made_class(record)
        for name, value in self.space.items():
            if value is made:
                return name
        name = self.names.fresh(record.name if record.name.isidentifier() else "record")
        self.space[name] = made
        return name

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
        file = f"<srcad {name} {blake2b(text.encode(), digest_size=4).hexdigest()}>"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        exec(compile(text, file, "exec", dont_inherit=True), self.space)  # noqa: S102
        made = self.space[name]
        assert isinstance(made, FunctionType)
        setattr(made, TEXT, text)
        made.__defaults__ = _defaults(self.spec.func, len(self.types), len(params))
        return made


def first_dot(spec: DerivativeSpec, count: int) -> int:
    """Return the number of the first of `count` results that depends on the direction."""
    return 0 if spec.kind == "pullback" else count // 2


def parameter_names(func: object) -> list[str]:
    """Return the names of the parameters of a function, or of what a sweep is of."""
    while isinstance(func, Sweep):
        func = func.__srcad_derivative__.func
    parameters = signature_of(func).parameters.values()
    return [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]


def function_name(func: Any) -> str:
    """Return the name of a function as part of another name."""
    name: str = func.__name__
    return name if name.isidentifier() else "function"


def _defaults(func: object, given: int, wanted: int) -> tuple[object, ...] | None:
    """Return the defaults of the parameters whose types are not known."""
    if given == wanted or isinstance(func, Sweep):
        return None
    parameters = list(signature_of(func).parameters.values())
    return tuple(p.default for p in parameters[given - wanted :])


def leaves(type_: Type, text: str) -> Iterator[Leaf]:
    """Yield the numbers and arrays of an argument."""
    match type_:
        case Tuple(items, record=record):
            for k, item in enumerate(items):
                yield from leaves(item, _part(record, text, k))
        case Scalar() | Array():
            yield Leaf(text, type_)


def _rank(type_: Type | None) -> int:
    return type_.ndim if isinstance(type_, Array) else 0


def nested(structure: object, parts: Sequence[str], classes: Callable[[Record], str]) -> str:
    """Return a result of this structure, made of its leaves, as text.

    classes: names the classes of what is more than a tuple.
    """
    match structure:
        case int():
            return parts[structure]
        case Made(record=record):
            inner = ", ".join(nested(part, parts, classes) for part in structure)
            return f"{classes(record)}({inner})"
        case tuple():
            inner = ", ".join(nested(part, parts, classes) for part in structure)
            return f"({inner},)" if structure else "()"
        case _:
            return "None"


def structure_of(type_: Type, numbers: Iterator[int]) -> object:
    """Return the structure of what has one number or array for each leaf of an argument."""
    match type_:
        case Tuple(items, record=record):
            parts = tuple(structure_of(item, numbers) for item in items)
            if record is not None and record.leaves_out:
                return fields_of(parts, record, map(is_differentiable, items))
            return parts if record is None else Made(parts, record)
        case Static():
            return None
        case _:
            return next(numbers)


def mapped(structure: object, leaf: Callable[[int], object]) -> object:
    """Return the structure with another one in place of each leaf."""
    if isinstance(structure, tuple):
        return alike(structure, tuple(mapped(part, leaf) for part in structure))
    return leaf(structure) if isinstance(structure, int) else None


def inputs_structure(text: Text, numbers: Iterator[int]) -> object:
    """Return the structure of what there is for each argument to differentiate by."""
    parts = tuple(structure_of(text.own[k], numbers) for k in text.spec.wrt)
    return parts[0] if text.spec.bare else parts


def tangent_text(text: Text, position: int, seeds: dict[str, str]) -> str:
    """Return the tangent of an argument: seeds for some leaves, zeros for the others."""

    def part(type_: Type, name: str) -> str:
        match type_:
            case Tuple(items, record=record):
                rows = [(k, item) for k, item in enumerate(items) if has_place(record, item)]
                inner = ", ".join(part(item, _part(record, name, k)) for k, item in rows)
                return f"({inner},)" if items else "()"
            case Scalar() | Array() if is_float(type_):
                return seeds[name]
            case _:
                return "None"

    def has_place(record: Record | None, item: Type) -> bool:
        return record is None or not record.leaves_out or is_differentiable(item)

    return part(text.own[position], text.params[position])


def _part(record: Record | None, whole: str, k: int) -> str:
    """Return the text of a part of an argument."""
    return f"{whole}[{k}]" if record is None else record.part(whole, k)


def dtype_of(leaf: Leaf) -> str:
    """Return the dtype of derivatives of a leaf."""
    return leaf.type.dtype if leaf.is_float else "float64"


def fill(text: Text, target: str, index: Sequence[str], value: str) -> None:
    """Write `value` into a part of a block."""
    text.add(f"{target}[{', '.join(index)}] = {value}" if index else f"{target} = {value}")
