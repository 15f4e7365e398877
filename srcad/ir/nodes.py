"""The intermediate representation: the whole grammar on one screen.

Structured (loops and branches, no basic blocks) and flat (every sub-value has a
name). Statements compare by identity, so that analyses can attach facts to them;
everything else compares by value. Nothing here is ever mutated.

A value is an `Atom`, or one operation on atoms. Names that start with `_t` are
temporaries: `refold` may fold them away. Every other name is the user's own, or one
that a pass chose for people to read (`x_bar`, `x_dot`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from srcad.ir.types import Type

if TYPE_CHECKING:
    from dataclasses import dataclass as node
else:

    def node(*, frozen: bool, slots: bool, eq: bool = True) -> object:
        """Return what makes a kind of nodes.

        That they are frozen is what the type checker sees to: a frozen node takes three times
        as long to make, and making them is a good part of what a derivation does.
        """
        assert frozen
        return dataclass(slots=slots, eq=eq, unsafe_hash=eq)


@node(frozen=True, slots=True)
class Span:
    """A place in the user's source, as `ast` counts (lines from 1, columns from 0)."""

    file: str
    line: int
    col: int
    end_line: int
    end_col: int


# Atoms ------------------------------------------------------------------------------


@node(frozen=True, slots=True)
class Var:
    """A name. One name has one type; `None` until `typing` has run."""

    name: str
    type: Type | None = None


@node(frozen=True, slots=True, eq=False)
class Const:
    """A literal bool, int or float; equal literals are alike in every use.

    `0.0` and `-0.0`, or `1` and `True`, are equal numbers, but not equal literals.
    """

    value: bool | int | float
    type: Type | None = None

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Const)
            and type(self.value) is type(other.value)
            and repr(self.value) == repr(other.value)
            and self.type == other.type
        )

    def __hash__(self) -> int:
        return hash((self.value, self.type))


Atom = Var | Const


@node(frozen=True, slots=True)
class Slice:
    """`lo:hi:step` inside an index; None where the user left it out."""

    lo: Atom | None = None
    hi: Atom | None = None
    step: Atom | None = None


Index = tuple[Atom | Slice, ...]


# Values -----------------------------------------------------------------------------


@node(frozen=True, slots=True)
class Op:
    """A primitive of the rules table applied to atoms; `static` holds its constants."""

    prim: str
    args: tuple[Atom, ...]
    static: tuple[object, ...] = ()


@node(frozen=True, slots=True)
class Load:
    """`array[index]`: a number, or a view when the index is partial or has slices."""

    array: Var
    index: Index


Value = Atom | Op | Load


# Statements -------------------------------------------------------------------------


@node(frozen=True, eq=False, slots=True)
class Let:
    """`target = value`. For arrays, the target is another name of the same memory."""

    target: Var
    value: Value
    span: Span | None = None


@node(frozen=True, eq=False, slots=True)
class Store:
    """`array[index] = value`, with a full index of atoms (one element).

    `same_kind` is for arrays that are changed in place by an operator or by `out=`: floats
    are then no values for integers, while an assignment truncates them.
    """

    array: Var
    index: Index
    value: Atom
    span: Span | None = None
    same_kind: bool = False


@node(frozen=True, eq=False, slots=True)
class Accum:
    """`target += value` (`index` is None), or `target[index] += value`.

    `any_order`: not the user's own addition but one of ours, of which the sum that a loop
    makes may be added up in another order.
    """

    target: Var
    index: Index | None
    value: Atom
    span: Span | None = None
    any_order: bool = False


@node(frozen=True, eq=False, slots=True)
class For:
    """`for var in range(start, stop, step): body; if until: break`.

    The body never assigns `var`, and nothing after the loop reads it. The bounds are
    evaluated once. With `until` (a bool name), the loop ends after the iteration that
    leaves it true. `slots`: how many states the reverse sweep may keep, 0 for all.
    `whole`: it adds or copies all elements of an array that a call returns, and is left as it
    is, so that the callee may be given the array that they end up in. `commutes`: the user wrote
    it as a `prange`, or as one operation on arrays: threads may cut the sums that it makes.
    """

    var: Var
    start: Atom
    stop: Atom
    step: Atom
    body: tuple[Stmt, ...]
    until: Var | None = None
    span: Span | None = None
    slots: int = 0
    whole: bool = False
    commutes: bool = False


@node(frozen=True, eq=False, slots=True)
class While:
    """`while True: cond_body; if not cond: break; body`."""

    cond_body: tuple[Stmt, ...]
    cond: Atom
    body: tuple[Stmt, ...]
    span: Span | None = None


@node(frozen=True, eq=False, slots=True)
class If:
    """`if test: then else: orelse`."""

    test: Atom
    then: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...] = ()
    span: Span | None = None


@node(frozen=True, eq=False, slots=True)
class Save:
    """Push `value` on the stack `slot`."""

    slot: Var
    value: Atom
    span: Span | None = None


@node(frozen=True, eq=False, slots=True)
class Restore:
    """Pop the stack `slot` into `target`."""

    slot: Var
    target: Var
    span: Span | None = None


@node(frozen=True, eq=False, slots=True)
class Call:
    """`targets = function(args)`: a call that was not inlined.

    `function` is an opaque Python object (a user function met again while it is being
    inlined, or a derivative of one); `name` is how the user wrote it. `site`: what the call on
    the way forward and the one on the way back for it have in common, and no other call.
    """

    targets: tuple[Var, ...]
    function: object
    name: str
    args: tuple[object, ...]
    span: Span | None = None
    site: object = None


@node(frozen=True, eq=False, slots=True)
class Raise:
    """`raise kind(*args)` with constant arguments."""

    kind: type[BaseException]
    args: tuple[object, ...] = ()
    span: Span | None = None


Stmt = Let | Store | Accum | For | While | If | Save | Restore | Call | Raise
Block = tuple[Stmt, ...]


# Functions --------------------------------------------------------------------------

Structure = object
"""How leaves make up an argument or a result: None (nothing), a leaf, or a tuple."""


@node(frozen=True, slots=True)
class Param:
    """One argument as the user wrote it.

    `value` is a `Var`, a `Const` (an omitted default), None (no run-time value), or a
    (nested) tuple of these for tuple arguments.
    """

    name: str
    value: object


@node(frozen=True, slots=True)
class Inlined:
    """A call of a function of the user's, whose body has taken its place.

    body: where the function is written. given: the variables that its arguments hold, by
    parameter. results: those of what it returns.
    """

    name: str
    span: Span
    body: Span
    given: tuple[tuple[str, tuple[Var, ...]], ...]
    results: tuple[Var, ...]


@node(frozen=True, eq=False, slots=True)
class Function:
    """`def name(params): body; return returns`.

    `result` is the shape of what is returned: None, or a (nested) tuple, or an int k
    that stands for `returns[k]`. `constants` are arrays captured from globals and
    closures, bound by name in the generated module. `inlined` are the calls of functions
    whose loops are part of the body, with the names that they had when it was written.
    `for_reals` are calls of functions, by name and place, that are not known to be right for
    complex numbers, too.
    """

    name: str
    params: tuple[Param, ...]
    body: Block
    returns: tuple[Atom, ...]
    result: object = 0
    constants: tuple[tuple[str, object], ...] = ()
    span: Span | None = None
    inlined: tuple[Inlined, ...] = ()
    for_reals: tuple[tuple[str, Span], ...] = ()
