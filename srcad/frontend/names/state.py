"""The state of lowering: the block being written, names, ranks, frames, problems."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, NoReturn, Protocol

import numpy as np

from srcad.errors import Problem
from srcad.frontend.names.meaning import (
    BoundTo,
    Cell,
    ElementOf,
    Known,
    ListOf,
    Lost,
    Meaning,
    OptionalOf,
    RangeOf,
    RecordOf,
    SliceOf,
    TupleOf,
    Use,
    met,
)
from srcad.frontend.names.retarget import retarget
from srcad.frontend.names.units import Units, units_of
from srcad.frontend.syntax.jumps import Plan
from srcad.frontend.syntax.opened import Key
from srcad.frontend.syntax.resolve import Resolver
from srcad.frontend.syntax.source import Source
from srcad.frontend.syntax.survey import Survey
from srcad.ir.names import NameSupply, is_temporary, of_the_user
from srcad.ir.nodes import (
    Atom,
    Block,
    Const,
    Index,
    Inlined,
    Let,
    Load,
    Op,
    Slice,
    Span,
    Stmt,
    Value,
    Var,
)
from srcad.ir.primitives import EXTENTS, MAKERS, TRUTHS, sizes_of
from srcad.rules.complex_parts import COMPLEX_TOO
from srcad.rules.wholes import REDUCTIONS, VIEWS

ARRAY_TESTS = (
    *("any", "all", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
    *("logical_and", "logical_or", "logical_xor", "logical_not", "isnan", "isinf", "isfinite"),
    *("isposinf", "isneginf", "isclose", "signbit"),
)
IS_GIVEN = ("is_given",)
"""The part of a name that says whether it holds something else than None."""
FREE_OF_RISK = ("add", "sub", "mul", "neg", "pos", "select", "abs", *TRUTHS)
MOST_STATEMENTS = 50_000

Node = ast.expr | ast.stmt


class Comprehend(Protocol):
    """Lowers comprehensions (and the items of generators: one, or all of them)."""

    def __call__(
        self,
        state: State,
        node: ast.ListComp | ast.GeneratorExp,
        source: Meaning | None = None,
        item: Meaning | None = None,
    ) -> Meaning:
        """Return what a comprehension means."""


class Called(Protocol):
    """Lowers calls of what is known."""

    def __call__(self, state: State, target: Meaning, arguments: Any, node: ast.Call) -> Meaning:
        """Return the meaning of a call."""


class Unsupported(Exception):  # noqa: N818 - never leaves the frontend
    """The current statement cannot be lowered; its problem has been recorded."""


@dataclass(slots=True, eq=False)
class Frame:
    """One function body being lowered: the outer function, or an inlined one.

    `env` gives what each local name means at this point of the program; `journal` holds
    each name assigned since the start, with its meaning before. `reads` are the names
    read in the current loop body, with what they meant. `ir_names` are the IR variables
    of a name, by the part of a tuple that they hold. `item` is what is done with each item that
    a function with `yield` gives.
    """

    name: str
    source: Source
    plan: Plan
    survey: Survey
    parent: Frame | None = None
    env: dict[str, Meaning] = field(default_factory=dict)
    journal: list[tuple[str, Meaning | None]] = field(default_factory=list)
    reads: set[tuple[str, Meaning]] = field(default_factory=set)
    ir_names: dict[str, dict[tuple[str, ...], str]] = field(default_factory=dict)
    loops: int = 0
    result: Meaning | None = None
    at: Span | None = None
    item: Callable[[Meaning, Node], None] | None = None

    def assign(self, name: str, meaning: Meaning) -> None:
        """Let a local name mean something from here on."""
        self.journal.append((name, self.env.get(name)))
        self.env[name] = meaning

    def variables(self, names: Iterable[str]) -> set[str]:
        """Return the IR variables that hold these local names."""
        parts = self.ir_names
        return {variable for name in names for variable in parts.get(name, {}).values()}

    def assigned(self) -> set[str]:
        """Return the IR variables that this function, or one around it, assigns."""
        outer = self.parent.assigned() if self.parent else set()
        return self.variables(self.survey.stores) | outer

    def roll_back(self, mark: int) -> dict[str, Meaning]:
        """Return to where the journal had `mark` entries; return what is undone."""
        undone = {name: self.env[name] for name, _ in self.journal[mark:]}
        while len(self.journal) > mark:
            name, before = self.journal.pop()
            if before is None:
                del self.env[name]
            else:
                self.env[name] = before
        return undone

    def optional(self, name: str) -> OptionalOf:
        """Return what a name means that holds a number or an array, or None."""
        parts = self.ir_names[name]
        return OptionalOf(Var(parts[()]), Var(parts[IS_GIVEN]))

    def met(self, name: str, one: Meaning | None, other: Meaning | None) -> Meaning | None:
        """Return what a name means where it means one thing on one path and another elsewhere."""
        found = met(name, one, other)
        if isinstance(found, Lost) and self._is_optional(name, one, other):
            return self.optional(name)
        return found

    def _is_optional(self, name: str, one: Meaning | None, other: Meaning | None) -> bool:
        if name not in self.survey.optional or () not in self.ir_names.get(name, {}):
            return False
        own = (Known(None), self.optional(name), self.optional(name).value)
        return one in own and other in own

    def join(self, first: dict[str, Meaning], second: dict[str, Meaning]) -> None:
        """Assign what names mean where two paths with these assignments meet."""
        for name in {**first, **second}:
            before = self.env.get(name)
            one, other = first.get(name, before), second.get(name, before)
            found = self.met(name, one, other)
            if found is not None and found != before:
                self.assign(name, found)


@dataclass(slots=True, eq=False)
class State:
    """All that changes while one function is lowered.

    `ranks` gives the dimensions of names, `truths` are names of bools, `units` the axes of length
    one, `dtypes` has those of arguments that are never assigned, `held` are temporaries that are
    read more than once, `hidden` are captured values that are arguments, by
    the places they come from, `outside` are names from outside the function,
    `loops` counts the loops around what is being written, `uses` are those of all iterators,
    `depth` is how many functions this one is inside of, each of them differentiated,
    `inlined` are the calls of functions with loops, `cells` the lists that are changed,
    `fields` the variables that hold fields of instances, which may be assigned, `instances` the
    classes of these, one for each,
    `for_reals` the calls of functions that are not known to be right for complex numbers, too,
    `kept` the functions that stay calls,
    and `before_finally` the statements that a `finally` block is to follow, whatever they raise.
    """

    resolver: Resolver
    frame: Frame
    expr: Callable[[State, ast.expr], Meaning]
    body: Callable[[State, list[ast.stmt]], None]
    comprehension: Comprehend
    call: Called
    names: NameSupply = field(default_factory=NameSupply)
    out: list[Stmt] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ranks: dict[str, int | None] = field(default_factory=dict)
    truths: set[str] = field(default_factory=set)
    units: dict[str, Units] = field(default_factory=dict)
    dtypes: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    constants: dict[int, tuple[str, np.ndarray]] = field(default_factory=dict)
    hidden: dict[Key, Var] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)
    stack: list[object] = field(default_factory=list)
    sources: dict[FunctionType, Source] = field(default_factory=dict)
    plans: dict[ast.AST, tuple[Plan, Survey]] = field(default_factory=dict)
    count: int = 0
    failures: int = 0
    probed: list[ast.AST] = field(default_factory=list)
    loops: int = 0
    uses: list[Use] = field(default_factory=list)
    depth: int = 0
    inlined: list[Inlined] = field(default_factory=list)
    for_reals: list[tuple[str, Span]] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    instances: list[type] = field(default_factory=list)
    kept: frozenset[FunctionType] = frozenset()
    before_finally: set[Stmt] = field(default_factory=set)

    # Problems ---------------------------------------------------------------------

    def span(self, node: Node) -> Span:
        """Return the place of a node in the user's file."""
        if self.frame.at is not None:
            return self.frame.at
        end_line, end_col = node.end_lineno or node.lineno, node.end_col_offset or 0
        return Span(self.frame.source.file, node.lineno, node.col_offset, end_line, end_col)

    def report(self, node: Node, code: str, message: str, hint: str = "") -> None:
        """Record a problem and go on."""
        self.problems.append(Problem(code, message, hint, self.span(node)))

    def fail(self, node: Node, code: str, message: str, hint: str = "") -> NoReturn:
        """Record a problem and give up on the current statement."""
        self.report(node, code, message, hint)
        raise Unsupported

    def note_call(self, name: str, node: ast.Call) -> None:
        """Note a call of the user's that complex numbers may not come near, if it is one."""
        if name not in COMPLEX_TOO and self.frame.at is None:
            self.for_reals.append((ast.unparse(node.func), self.span(node)))

    # Writing ----------------------------------------------------------------------

    def emit(self, stmt: Stmt, node: Node) -> None:
        """Append a statement to the current block."""
        self.count += 1
        if self.count > MOST_STATEMENTS + 1:
            raise Unsupported
        if self.count > MOST_STATEMENTS:
            message = f"more than {MOST_STATEMENTS:,} operations after inlining"
            self.fail(node, "E105", message, "write a loop instead of repeated calls")
        self.out.append(stmt)

    @contextmanager
    def block(self) -> Iterator[list[Stmt]]:
        """Write what follows into a block of its own."""
        outer = self.out
        inner: list[Stmt] = []
        self.out = inner
        try:
            yield inner
        finally:
            self.out = outer

    def let(self, target: Var, value: Value, node: Node) -> Var:
        """Write `target = value`."""
        self.ranks[target.name] = self.rank(value)
        self.units[target.name] = units_of(value, self.units, self.ranks, self.rank(value))
        if self.is_truth(value):
            self.truths.add(target.name)
        else:
            self.truths.discard(target.name)
        self.emit(Let(target, value, self.span(node)), node)
        return target

    def temporary(self, value: Value, node: Node) -> Var:
        """Write `value` into a new temporary."""
        return self.let(Var(self.names.temporary()), value, node)

    def op(self, node: Node, prim: str, *args: Atom, static: tuple[object, ...] = ()) -> Var:
        """Write an operation into a new temporary."""
        return self.temporary(Op(prim, args, static), node)

    def name(self, target: Var, value: Atom, node: Node) -> None:
        """Write `target = value`, straight from the operation that made `value`.

        Not so if `value` is held: something else may read it under its own name.
        """
        is_free = isinstance(value, Var) and value.name not in self.held
        if isinstance(value, Var) and is_free and is_temporary(value.name) and self.out:
            renamed = retarget(self.out[-1], value, target, self.span(node))
            if renamed is not None:
                self.out[-1] = renamed
                self.ranks[target.name] = self.ranks.get(value.name)
                self.units[target.name] = self.units.get(value.name, frozenset())
                if value.name in self.truths:
                    self.truths.add(target.name)
                else:
                    self.truths.discard(target.name)
                return
        if target != value:
            self.let(target, value, node)

    def hold(self, meaning: Meaning) -> None:
        """Keep the names of temporaries in `meaning`: they will be read more than once."""
        match meaning:
            case Var(name=name):
                self.held.add(name)
            case ListOf(array=array):
                self.held.add(array.name)
            case TupleOf(items=items) | RecordOf(items=items):
                for item in items:
                    self.hold(item)
            case BoundTo(owner=owner):
                self.hold(owner)
            case ElementOf(whole=whole, index=index):
                self.hold(whole)
                for atom in index:
                    self.hold(atom)
            case RangeOf(start=start, stop=stop, step=step):
                for bound in (start, stop, step):
                    self.hold(bound)
            case SliceOf(start=lo, stop=hi, step=step):
                for end in (lo, hi, step):
                    if end is not None:
                        self.hold(end)

    @contextmanager
    def inside(self, frame: Frame) -> Iterator[None]:
        """Lower what follows in another frame."""
        before, self.frame = self.frame, frame
        try:
            yield
        finally:
            self.frame = before

    # Facts ------------------------------------------------------------------------

    def rank(self, value: Value) -> int | None:
        """Return the number of dimensions of a value (0: a number), or None."""
        match value:
            case Const():
                return 0
            case Var(name=name):
                return self.ranks.get(name)
            case Load(array=array, index=index):
                return self.rank_of_index(self.ranks.get(array.name), index)
            case Op(prim=prim, args=args, static=static):
                if prim in MAKERS:
                    return len(args) - sizes_of(prim, static)
                ranks = [self.rank(arg) for arg in args]
                if prim in EXTENTS:
                    return 0
                if prim == "cast_like":
                    return ranks[0]
                if prim in REDUCTIONS or prim in VIEWS:
                    return self.rank_of_whole(prim, ranks, static)
                known = [rank for rank in ranks if rank is not None]
                return None if len(known) < len(ranks) else max(known, default=0)

    def rank_of_index(self, base: int | None, index: Index) -> int | None:
        """Return the dimensions of `array[index]` for an array of `base` dimensions."""
        taken, picked = 0, 0
        for part in index:
            if isinstance(part, Slice):
                continue
            rank = self.rank(part)
            if rank is None:
                return None
            is_mask = rank > 0 and self.is_truth(part)
            taken += rank if is_mask else 1
            picked = max(picked, 1 if is_mask else rank)
        return None if base is None else max(base - taken, 0) + picked

    def rank_of_whole(
        self, prim: str, ranks: list[int | None], static: tuple[object, ...]
    ) -> int | None:
        """Return the dimensions of a reduction or of another view of an array."""
        if prim == "broadcast_to":
            return len(ranks) - 1
        base, axes = ranks[0], static[0]
        assert isinstance(axes, tuple)
        if base is None or (prim in REDUCTIONS and static[1]):
            return base
        change = {"transpose": 0, "flip": 0, "expand_dims": len(axes)}.get(prim, -len(axes))
        return base + change

    def is_truth(self, value: Value) -> bool:
        """Return whether a value is known to be a bool."""
        match value:
            case Const(value=constant):
                return isinstance(constant, bool)
            case Var(name=name):
                return name in self.truths
            case Op(prim="bitand" | "bitor" | "bitxor" | "invert", args=args):
                return all(map(self.is_truth, args))
            case Op(prim=prim, args=(arg, *_)) if prim == "copy" or prim in VIEWS:
                return self.is_truth(arg)
            case Op(prim=prim, args=args, static=("like",)) if prim in MAKERS:
                return self.is_truth(args[prim == "full"])
            case Op(prim="select", args=(_, *choices)):
                return all(map(self.is_truth, choices))
            case Op(prim="promoted" | "maximum" | "minimum" | "fmax" | "fmin", args=args):
                return all(map(self.is_truth, args))
            case Op(prim=prim, static=(dtype, *_)) if prim in MAKERS:
                return dtype == "bool"
            case Op(prim=prim, static=static):
                is_bool = prim == "cast" and static == ("bool",)
                return prim in TRUTHS or prim in ARRAY_TESTS or is_bool
            case Load(array=array):
                return array.name in self.truths
            case _:
                return False

    def variable(self, name: str, *path: str) -> Var:
        """Return the IR variable of a local name, or of a part of the tuple it holds."""
        parts = self.frame.ir_names.setdefault(name, {})
        if path not in parts:
            parts[path] = self.names.fresh(of_the_user("_".join((name.partition("@")[0], *path))))
        return Var(parts[path])

    def variables(self, names: Iterable[str]) -> set[str]:
        """Return the IR variables that hold these local names."""
        return self.frame.variables(names)


def is_free_of_risk(block: Block | list[Stmt]) -> bool:
    """Return whether a block may run although Python would skip it: cheap, never raises."""
    return len(block) <= 8 and all(
        isinstance(stmt, Let)
        and is_temporary(stmt.target.name)
        and (
            isinstance(stmt.value, Var | Const)
            or (isinstance(stmt.value, Op) and stmt.value.prim in FREE_OF_RISK)
        )
        for stmt in block
    )
