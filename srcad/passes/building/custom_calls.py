"""Functions with a rule of the user's own, and what stands for their calls.

`custom` has what the modes make of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Literal

from srcad.ir.records import Record
from srcad.ir.types import Static, Tuple, Type
from srcad.spec import DerivativeSpec


@dataclass(slots=True, eq=False)
class CustomRule:
    """A function and its rule.

    func: what it computes. kind: the mode that the rule is written for; "again" for none: the
    derivatives are those of the function, whose calls keep their arguments alone.
    apart: the positions of the arguments that the rule takes beside the others, because they
    have no derivative.
    compiled: the Numba function, for a function that cannot be looked into.
    """

    func: FunctionType
    kind: Literal["jvp", "vjp", "again"]
    apart: tuple[int, ...] = ()
    compiled: object = None
    jvp: Any = None
    fwd: Any = None
    bwd: Any = None

    @property
    def name(self) -> str:
        """Return the name of the function, for generated code as well."""
        name = self.func.__name__
        return name if name.isidentifier() else "function"


def is_checkpoint(rule: CustomRule) -> bool:
    """Return whether this is a function without a rule, that is computed again instead."""
    return rule.kind == "again"


@dataclass(frozen=True, slots=True)
class Branch:
    """A tuple in an argument or a result; leaves are positions in a row, or `Static`.

    record: what it is, if it is more than a tuple.
    """

    items: tuple[object, ...]
    record: Record | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the parts."""
        return () if self.record is None else self.record.fields


def leaves(tree: object) -> Iterator[int]:
    """Yield the positions in a tree, in order."""
    match tree:
        case int():
            yield tree
        case Branch(items=items):
            for item in items:
                yield from leaves(item)


@dataclass(frozen=True)
class CustomCall:
    """A call of a function with a rule, as the `function` of a `Call` that takes atoms.

    params: what each parameter is, of the atoms. result: what is returned, of the targets.
    is_opaque: whether the function is called as Numba compiles it, as it cannot be looked into.
    harmless: whether the call can be left out where nobody reads its results.
    """

    rule: CustomRule
    params: tuple[object, ...]
    result: object
    is_opaque: bool = False
    harmless: bool = False
    __srcad_derivative__: DerivativeSpec = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Be a function to derive the value of."""
        spec = DerivativeSpec(RulePart(self, "value"), "primal", ())
        object.__setattr__(self, "__srcad_derivative__", spec)

    @property
    def apart(self) -> tuple[int, ...]:
        """Return the positions of the atoms that the rule takes beside the others."""
        return tuple(leaf for k in self.rule.apart for leaf in leaves(self.params[k]))


def is_again(function: object) -> bool:
    """Return whether a call is one of a function that is computed again, without a rule."""
    return isinstance(function, CustomCall) and is_checkpoint(function.rule)


@dataclass(frozen=True, slots=True)
class RulePart:
    """What is made of a rule: a function of atoms.

    jvp:    (*atoms, *dots of `moving`) -> (*out, *out_dot)
    linear: (*atoms, *dots of `moving`) -> (*out_dot of `flowing`)
    again:  (*atoms) -> (*out of `flowing`)
    fwd:    (*atoms) -> (*out, *kept)
    bwd:    (*atoms apart, *kept, *out_bar of `flowing`) -> (*bars of `moving`)

    kept: what `fwd` returns beside the result, a tree of positions from 0.
    """

    call: CustomCall
    part: Literal["value", "again", "jvp", "linear", "fwd", "bwd"]
    moving: tuple[int, ...] = ()
    flowing: tuple[int, ...] = ()
    kept: object = None


class RuleCall:
    """A part of a rule as the `function` of a call, until its statements take its place.

    back: what is called on the way back, for the first half of a rule for reverse mode.
    """

    __slots__ = ("__srcad_derivative__", "back", "part")

    def __init__(
        self, part: RulePart, spec: DerivativeSpec | None = None, back: RuleCall | None = None
    ) -> None:
        """Name the derivative that the call is of, by default the value of the part."""
        self.part = part
        self.back = back
        self.__srcad_derivative__ = spec or DerivativeSpec(part, "primal", ())


def typed_tree(tree: object, types: tuple[Type, ...]) -> Type:
    """Return the type of a tree whose leaves have these types."""
    match tree:
        case int():
            return types[tree]
        case Branch(items=items, fields=fields, record=record):
            return Tuple(tuple(typed_tree(item, types) for item in items), fields, record)
        case Static():
            return tree
        case _:
            return Static(tree)
