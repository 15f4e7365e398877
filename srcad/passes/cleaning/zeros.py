"""Zeros that a derivative pass wrote: follow them, and leave out what they make void.

    x_bar = 0.0
    x_bar += y_bar * w      ->      x_bar = y_bar * w

Textbook rules start every adjoint at zero and add to it. Where an adjoint surely still is
that literal zero, adding to it is binding it, reading it gives the constant, and products
with it vanish: a zero cotangent means "no influence", whatever the other factor is (it may
be inf or nan). This holds for our own zeros only. A zero of the user's program is a number
like any other, so only names in `derivatives` and temporaries made from them count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import assert_never

from srcad.analysis.kinds import kinds
from srcad.ir.known import updated
from srcad.ir.names import is_temporary
from srcad.ir.nodes import (
    Accum,
    Atom,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Let,
    Load,
    Op,
    Raise,
    Restore,
    Save,
    Stmt,
    Store,
    Value,
    Var,
    While,
)
from srcad.ir.types import Array, Scalar, Type, is_float
from srcad.ir.walk import assigned, map_atoms, map_operands, reads

_ROUNDS = 4


def propagate_zeros(function: Function, derivatives: Callable[[str], bool]) -> Function:
    """Return `function` without operations on known zeros of `derivatives`."""
    pass_ = _Zeros(derivatives, kinds(function))
    zeros: set[str] = set()
    body = pass_.block(function.body, zeros)
    returns = tuple(pass_.atom(atom, zeros) for atom in function.returns)
    return updated(function, body=body, returns=returns)


class _Zeros:
    """Rewrites blocks; the set `zeros` of names known to be zero is updated on the way."""

    def __init__(self, derivatives: Callable[[str], bool], type_of: Mapping[str, Type]) -> None:
        self.derivatives = derivatives
        self.type_of = type_of

    def block(self, block: Block, zeros: set[str]) -> Block:
        """Return the rewritten block."""
        out: list[Stmt] = []
        for stmt in block:
            changed = self.statement(stmt, zeros)
            if changed is not None:
                out.append(changed)
        return tuple(out)

    def statement(self, stmt: Stmt, zeros: set[str]) -> Stmt | None:
        """Return the rewritten statement, None if nothing is left of it."""
        match stmt:
            case Let():
                return self.let(stmt, zeros)
            case Accum():
                return self.accumulation(stmt, zeros)
            case For():
                return self.loop(self.with_bounds(stmt, zeros), zeros)
            case While():
                return self.loop(stmt, zeros)
            case If(test=test, then=then, orelse=orelse):
                test, other = self.atom(test, zeros), set(zeros)
                then, orelse = self.block(then, zeros), self.block(orelse, other)
                zeros &= other
                return updated(stmt, test=test, then=then, orelse=orelse)
            case Restore(target=target):
                zeros.discard(target.name)
                return stmt
            case Call(targets=targets):
                zeros -= {target.name for target in targets}
                return stmt
            case Store() | Save() | Raise():
                return map_operands(stmt, lambda p: map_atoms(p, lambda a: self.atom(a, zeros)))
            case _:
                assert_never(stmt)

    def with_bounds(self, stmt: For, zeros: set[str]) -> For:
        """Return the loop with its bounds rewritten; its variable is no zero of ours."""
        start, stop = self.atom(stmt.start, zeros), self.atom(stmt.stop, zeros)
        zeros.discard(stmt.var.name)
        return updated(stmt, start=start, stop=stop)

    def loop(self, stmt: For | While, zeros: set[str]) -> Stmt:
        """Rewrite a loop with what is zero whenever an iteration begins."""
        head = set(zeros)
        for _ in range(_ROUNDS):
            changed, at_end, at_exit = self.iteration(stmt, head)
            if head <= at_end:
                break
            head &= at_end
        else:
            head = zeros - assigned((stmt,))
            changed, at_end, at_exit = self.iteration(stmt, head)
        zeros.clear()
        zeros |= at_exit
        return changed

    def iteration(self, stmt: For | While, head: set[str]) -> tuple[Stmt, set[str], set[str]]:
        """Return the loop rewritten for zeros `head`, and what is zero at its end and exit."""
        zeros = set(head)
        if isinstance(stmt, For):
            return updated(stmt, body=self.block(stmt.body, zeros)), zeros, head
        cond_body = self.block(stmt.cond_body, zeros)
        cond, at_exit = self.atom(stmt.cond, zeros), set(zeros)
        body = self.block(stmt.body, zeros)
        changed = updated(stmt, cond_body=cond_body, cond=cond, body=body)
        return changed, zeros, at_exit

    # Statements without blocks ------------------------------------------------------

    def let(self, stmt: Let, zeros: set[str]) -> Let | None:
        """Rewrite a binding; drop it if it binds what is known already."""
        name, value = stmt.target.name, stmt.value
        simpler = value if zeros.isdisjoint(reads(stmt)) else self.value(value, zeros)
        literal = _is_zero(simpler) and isinstance(self.kind(stmt.target), Scalar | None)
        from_zero = literal and simpler is not value
        if literal and (self.derivatives(name) or (from_zero and is_temporary(name))):
            if name in zeros:
                return None
            zeros.add(name)
        else:
            zeros.discard(name)
        return stmt if simpler is value else updated(stmt, value=simpler)

    def accumulation(self, stmt: Accum, zeros: set[str]) -> Stmt | None:
        """Rewrite `target += value`."""
        target, name = stmt.target, stmt.target.name
        value = self.atom(stmt.value, zeros)
        void = _is_zero(value) and (value is not stmt.value or self.derivatives(name))
        if void:
            return None
        if stmt.index is not None:
            index = tuple(map_atoms(p, lambda a: self.atom(a, zeros)) for p in stmt.index)
            return updated(stmt, index=index, value=value)
        if name not in zeros:
            return updated(stmt, value=value)
        zeros.discard(name)
        return Let(target, self.as_float(value), stmt.span)

    def as_float(self, value: Atom) -> Value:
        """Return `value` as the float that it became when it was added to a zero."""
        type_ = self.kind(value)
        if type_ is None or is_float(type_):
            return value
        if isinstance(value, Const):
            return Const(float(value.value))
        return Op("cast", (value,), ("float64",))

    # Values -------------------------------------------------------------------------

    def kind(self, atom: Atom) -> Type | None:
        """Return the type of an atom as far as it is known."""
        return atom.type or (self.type_of.get(atom.name) if isinstance(atom, Var) else None)

    def atom(self, atom: Atom, zeros: set[str]) -> Atom:
        """Return the constant zero for a name that is known to be it."""
        if isinstance(atom, Var) and atom.name in zeros:
            type_ = self.kind(atom)
            return Const(0.0, type_ if isinstance(type_, Scalar) and is_float(type_) else None)
        return atom

    def value(self, value: Value, zeros: set[str]) -> Value:
        """Return `value` with its zeros made literal and used."""
        if isinstance(value, Var | Const):
            return self.atom(value, zeros)
        changed = map_atoms(value, lambda atom: self.atom(atom, zeros))
        if isinstance(value, Load) or isinstance(changed, Load) or changed is value:
            return changed
        if any(isinstance(self.kind(arg), Array) for arg in changed.args):
            return changed
        is_void = [new is not old for new, old in zip(changed.args, value.args, strict=True)]
        return _with_zeros(changed, is_void)


def _is_zero(value: Value) -> bool:
    """Return whether `value` is the literal 0.0 (not -0.0)."""
    return (
        isinstance(value, Const)
        and isinstance(value.value, float)
        and value.value == 0.0
        and math.copysign(1.0, value.value) > 0
    )


def _with_zeros(op: Op, is_void: list[bool]) -> Value:
    """Return `op`, where the arguments that `is_void` marks are zeros of ours."""
    zero = op.args[is_void.index(True)]
    match op.prim, op.args, is_void:
        case "mul", _, _:
            return zero
        case "div" | "neg" | "pos", _, [True, *_]:
            return zero
        case "add" | "sub", _, [True, True]:
            return zero
        case "add", (_, other), [True, False]:
            return other
        case "add" | "sub", (other, _), [False, True]:
            return other
        case "sub", (_, other), [True, False]:
            return Op("neg", (other,))
        case "select", _, [_, True, True]:
            return zero
        case _:
            return op
