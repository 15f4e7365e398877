"""Derivatives that tell the adjoint of every statement, times its value.

    y = x * z       _t1 = x * z
                    _t2 = print_cotangent(one, "3")
                    y = _t1 * _t2

`one` is one more argument, and is 1. What flows back to `_t2` is the adjoint of y times y: the
change of the result for a relative change of y. `print_cotangent` calls `shown_cotangent` with
it, which is a function of ours here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from srcad import pipeline
from srcad.derivation import Derivation, Step, undisturbed
from srcad.ir import nodes as ir
from srcad.ir.names import is_temporary
from srcad.ir.types import FLOATS, Scalar
from srcad.ir.walk import all_names, map_block
from srcad.spec import DerivativeSpec
from srcad.studies.subjects import Subject
from srcad.texts import Generated

INSTEAD_OF = "prepared.compared"
"""The step in whose place statements are observed: from here on, all of them are of numbers.

It warns of comparisons, of which the derivatives themselves have warned.
"""


APART = frozenset({"tied", "select"})
"""Operations whose derivative is that of several statements."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A statement that is observed. name: of the user's variable, "" for a subexpression.

    prim: what it computes, by the name of the rules; dtype: of the result. args: what it reads.
    operand: the number of the operand that is observed in the place of the result, None for that.
    """

    name: str
    prim: str
    dtype: str
    span: ir.Span | None
    args: tuple[ir.Atom, ...] = ()
    operand: int | None = None


@dataclass(slots=True)
class Observations:
    """The statements, by their labels; what was not observed. Filled while it is derived."""

    statements: list[Observed] = field(default_factory=list)
    missed: set[ir.Span | None] = field(default_factory=set)


Record = Callable[[Any, str], Any]


def observed(case: Subject, kind: Any, *, operands: bool = False) -> tuple[Generated, Observations]:
    """Return the source of a derivative whose statements are observed.

    kind: "value_and_grad", or "primal" for the function alone, with calls of `print_cotangent`.
    operands: whether each operand of an operation is observed as well.
    """
    notes = Observations()

    def step(function: ir.Function, run: Derivation) -> ir.Function:
        if run.spec is not spec:  # a rule, or another derivative that this one calls
            return function
        return _Observer(notes, set(all_names(function)), operands).function(function)

    own = Step("prepared.observed", step)
    steps = tuple(own if known.name == INSTEAD_OF else known for known in pipeline.STEPS)
    wrt = () if kind == "primal" else (*case.wrt, len(case.types))
    spec = DerivativeSpec(case.func, kind, wrt)
    run = Derivation(spec, case.types, steps)
    with undisturbed(case.func):
        return pipeline._generated(run), notes  # noqa: SLF001


@dataclass(slots=True)
class _Observer:
    """Puts observations into a program. taken: names that are."""

    notes: Observations
    taken: set[str]
    operands: bool
    one: ir.Var = field(init=False)

    def function(self, function: ir.Function) -> ir.Function:
        """Return a program in which every float that is computed is observed."""
        name = "one"
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        self.one = ir.Var(name, Scalar("float64"))
        body = map_block(function.body, self.stmt)
        params = (*function.params, ir.Param(name, self.one))
        return replace(function, body=body, params=params)

    def stmt(self, stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        """Return a statement, and what observes it."""
        match stmt:
            case ir.Let(target=target, value=ir.Op() as op, span=span) if _is_float(target):
                before, args = self.observed_operands(op.prim, op.args, span)
                made = self.fresh(target)
                label = self.label(target.name, op.prim, target, span, op.args)
                after = self.observed(target, made, label, span)
                return (*before, ir.Let(made, replace(op, args=args), span), *after)
            case ir.Accum(target=target, index=None, value=value, span=span) if _is_float(target):
                label = self.label(target.name, "add", target, span, (target, value))
                return (stmt, *self.observed(target, target, label, span))
            case ir.Accum(target=target, index=index, value=value, span=span) if (
                index is not None and not any(isinstance(k, ir.Slice) for k in index)
            ):
                dtype = getattr(target.type, "dtype", "")
                if dtype not in FLOATS:
                    return stmt
                old, new = self.fresh(target, dtype), self.fresh(target, dtype)
                label = self.label(target.name, "add", old, span, (value,))
                return (
                    stmt,
                    ir.Let(old, ir.Load(target, index), span),
                    *self.observed(new, old, label, span),
                    ir.Store(target, index, new, span),
                )
            case ir.Call(span=span):
                return self.call(stmt)
            case _:
                return stmt

    def call(self, stmt: ir.Call) -> ir.Stmt | ir.Block:
        """Return a call; of numbers, what it is given and returns is observed."""
        if not all(isinstance(arg, ir.Var | ir.Const) for arg in stmt.args):
            self.notes.missed.add(stmt.span)
            return stmt
        flat: Any = stmt.args
        before, args = self.observed_operands(stmt.name, flat, stmt.span)
        after: list[ir.Stmt] = []
        for target in stmt.targets:
            if _is_float(target):
                label = self.label(target.name, stmt.name, target, stmt.span, flat)
                after += self.observed(target, target, label, stmt.span)
        if any(not isinstance(v.type, Scalar) for v in (*stmt.targets, *flat)):
            self.notes.missed.add(stmt.span)
        return (*before, replace(stmt, args=args), *after)

    def observed_operands(
        self, prim: str, args: tuple[ir.Atom, ...], span: ir.Span | None
    ) -> tuple[list[ir.Stmt], tuple[ir.Atom, ...]]:
        """Return statements that observe operands, and the operands after them."""
        before: list[ir.Stmt] = []
        found: list[ir.Atom] = []
        for k, arg in enumerate(args):
            if not (
                self.operands and prim not in APART and isinstance(arg, ir.Var) and _is_float(arg)
            ):
                found.append(arg)
                continue
            label = self.label("", prim, arg, span, args, k)
            seen = self.fresh(arg)
            before += self.observed(seen, arg, label, span)
            found.append(seen)
        return before, tuple(found)

    def observed(
        self, target: ir.Var, value: ir.Var, label: str, span: ir.Span | None
    ) -> tuple[ir.Stmt, ...]:
        """Return statements that bind a value to a name, and observe it."""
        assert isinstance(value.type, Scalar)
        shown = self.fresh(self.one)
        start: tuple[ir.Stmt, ...] = (
            ir.Let(shown, ir.Op("print_cotangent", (self.one,), (label,)), span),
        )
        if value.type.dtype != "float64":
            single = self.fresh(value)
            start = (*start, ir.Let(single, ir.Op("cast", (shown,), (value.type.dtype,)), span))
            shown = single
        return (*start, ir.Let(target, ir.Op("mul", (value, shown)), span))

    def fresh(self, like: ir.Var, dtype: str | None = None) -> ir.Var:
        """Return a new name of the type of another one."""
        k = len(self.taken)
        while f"_t{k}" in self.taken:
            k += 1
        self.taken.add(f"_t{k}")
        return ir.Var(f"_t{k}", like.type if dtype is None else Scalar(dtype))

    def label(
        self,
        name: str,
        prim: str,
        of: ir.Var,
        span: ir.Span | None,
        args: tuple[ir.Atom, ...],
        operand: int | None = None,
    ) -> str:
        """Return the label of a statement."""
        assert isinstance(of.type, Scalar)
        own = "" if is_temporary(name) else name
        self.notes.statements.append(Observed(own, prim, of.type.dtype, span, args, operand))
        return str(len(self.notes.statements) - 1)


def _is_float(var: ir.Var) -> bool:
    return isinstance(var.type, Scalar) and var.type.dtype in FLOATS
