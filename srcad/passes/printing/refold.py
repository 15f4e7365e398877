"""Expressions again: temporaries that are read once go where they are read.

    _t0 = x[i]
    _t1 = w[i]
    _t2 = _t0 * _t1       ->      s += x[i] * w[i]
    s += _t2

On entry: flat IR. On exit: nested values, for `show` alone. A value moves only to a later
statement of the same block, past statements that change nothing it reads, so that it is
computed as often as before and from the same operands. Temporaries that remain, because
they are read twice or the line would be too long, get names that people can read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import cast

from srcad.analysis.overlap import overlap_in
from srcad.ir.known import updated
from srcad.ir.nodes import Atom, Block, Function, If, Let, Stmt, Value, Var, While
from srcad.ir.show import first_line
from srcad.ir.text import expression
from srcad.ir.walk import (
    assigned,
    atoms,
    bindings,
    map_blocks,
    names,
    operands,
    reads,
    statements,
    stored,
    substitute,
)
from srcad.passes.building.temporaries import is_made_up
from srcad.passes.printing.choices import as_choice, as_connective
from srcad.passes.printing.labels import label
from srcad.passes.printing.spelling import spell
from srcad.passes.printing.webs import split_webs

LINE = 96
"""Lines of expressions that were folded are at most this long."""

PART = 56
"""So long may a value be that becomes part of an expression."""

NAMED = 7
"""So much longer will the name of a temporary be than it is now, on the average."""

_BOTH = 2


def fold(function: Function, line: int = LINE, part: int = PART) -> Function:
    """Return `function` with temporaries folded into nested expressions.

    line: how long lines may become. part: how long a value may be that becomes part of another.
    """
    pass_ = _Refold(function, line, part)
    pending = _Pending()
    pass_.block(function.body, 4, pending)
    returns = pass_.returned(function.returns, pending)
    body = tuple(stmt for stmt in pending.out if stmt is not None)
    return updated(function, body=body, returns=returns)


REFOLD = (("webs", split_webs), ("spelling", spell), ("fold", fold), ("labels", label))
"""The passes that make a program readable, in their order."""


def refold(function: Function) -> Function:
    """Return `function` with temporaries folded into nested expressions, others named."""
    for _, pass_ in REFOLD:
        function = pass_(function)
    return function


@dataclass(slots=True)
class _Pending:
    """The statements of a block so far, and which of them may still be folded.

    place: where in `out` a temporary is bound. watching: the temporaries whose values
    read a name. arrays: the names among them that may be arrays.
    """

    out: list[Stmt | None] = field(default_factory=list)
    place: dict[str, int] = field(default_factory=dict)
    watching: dict[str, set[str]] = field(default_factory=dict)
    arrays: set[str] = field(default_factory=set)

    def value(self, name: str) -> Value:
        """Return the value of a temporary that may be folded."""
        stmt = self.out[self.place[name]]
        assert isinstance(stmt, Let)
        return stmt.value

    def add(self, name: str, value: Value) -> None:
        """Note that the last statement binds a temporary that may be folded."""
        self.place[name] = len(self.out) - 1
        for read in names(value):
            self.watching.setdefault(read, set()).add(name)

    def take(self, name: str) -> None:
        """Remove a temporary that was folded."""
        self.out[self.place.pop(name)] = None

    def disturb(self, name: str) -> None:
        """Leave what reads `name`, which changes now, where it is."""
        for watcher in self.watching.pop(name, ()):
            self.place.pop(watcher, None)

    def last(self) -> Stmt | None:
        """Return the last statement that is left."""
        while self.out and self.out[-1] is None:
            self.out.pop()
        return self.out[-1] if self.out else None


class _Refold:
    """Folds block by block; counts of bindings and reads cover the whole function."""

    def __init__(self, function: Function, line: int, part: int) -> None:
        self.line = line
        self.part = part
        self.overlap = overlap_in(function)
        self.bindings = bindings(function).copy()
        read = [atom.name for atom in function.returns if isinstance(atom, Var)]
        for stmt in statements(function.body):
            found = [a.name for p in operands(stmt) for a in atoms(p) if type(a) is Var]
            read += found
            if type(stmt) is not Let:  # which reads its operands alone
                read += reads(stmt).difference(found)
        self.reads = Counter(read)

    def block(self, block: Block, indent: int, pending: _Pending | None = None) -> Block:
        """Return the block with temporaries folded."""
        pending = _Pending() if pending is None else pending
        for stmt in block:
            self.statement(stmt, indent, pending)
        return tuple(stmt for stmt in pending.out if stmt is not None)

    def statement(self, stmt: Stmt, indent: int, pending: _Pending) -> None:
        """Append a statement, with what it reads folded into it."""
        if type(stmt) is not Let:
            stmt = self.with_nested(stmt, indent)
            if isinstance(stmt, If):
                stmt = self.chosen(stmt, pending)
        if not isinstance(stmt, While):
            stmt = self.folded(stmt, indent, pending)
        for name in (stmt.target.name,) if type(stmt) is Let else sorted(assigned((stmt,))):
            pending.disturb(name)
            pending.place.pop(name, None)
        for array in () if type(stmt) is Let else stored((stmt,)):
            for name in sorted(pending.arrays):
                if self.overlap.may_overlap(array, name):
                    pending.disturb(name)
        pending.out.append(stmt)
        if isinstance(stmt, Let) and self.may_fold(stmt):
            pending.add(stmt.target.name, stmt.value)
            pending.arrays |= {n for n in names(stmt.value) if not self.overlap.is_number(n)}

    def with_nested(self, stmt: Stmt, indent: int) -> Stmt:
        """Return `stmt` with its own blocks folded."""
        if isinstance(stmt, While):
            pending = _Pending()
            self.block(stmt.cond_body, indent + 4, pending)
            folded = self.folded(updated(stmt, cond_body=()), indent, pending)
            assert isinstance(folded, While)
            cond_body = tuple(s for s in pending.out if s is not None)
            return replace(folded, cond_body=cond_body, body=self.block(stmt.body, indent + 4))
        return map_blocks(stmt, lambda inner: self.block(inner, indent + 4))

    def chosen(self, stmt: If, pending: _Pending) -> Stmt:
        """Return an `if` as a binding, where it does no more than choose a value."""
        last = pending.last()
        choice = as_choice(stmt)
        is_connective = choice is None and last is not None
        if is_connective and last is not None:
            choice = as_connective(last, stmt)
        if choice is None or self.bindings[choice.target.name] != _BOTH:
            return stmt
        if _length(choice.value) > self.line - 8:
            return stmt
        self.bindings[choice.target.name] = 1
        if is_connective:
            pending.out.pop()
            self.reads[choice.target.name] -= 1
        return choice

    def may_fold(self, let: Let) -> bool:
        """Return whether a binding is of a temporary that is read once, and short.

        Other bindings of the name do not matter: none comes between this one and what is
        folded.
        """
        name = let.target.name
        return (
            is_made_up(name)
            and self.reads[name] == 1
            and name not in names(let.value)
            and _length(let.value) <= self.part
        )

    def folded(self, stmt: Stmt, indent: int, pending: _Pending) -> Stmt:
        """Return `stmt` with what is pending folded into it, the shortest first."""
        if pending.place.keys().isdisjoint(reads(stmt)):
            return stmt
        found = {a.name for p in operands(stmt) for a in atoms(p) if isinstance(a, Var)}
        ready = [name for name in found if name in pending.place]
        if len(ready) > 1:
            ready.sort(key=lambda n: (_length(pending.value(n)), n))
        for name in ready:
            candidate = substitute(stmt, {name: pending.value(name)})
            if name not in reads(candidate) and self.fits(candidate, indent):
                pending.take(name)
                stmt = candidate
        return stmt

    def fits(self, stmt: Stmt, indent: int) -> bool:
        """Return whether the line of a statement is short enough."""
        if isinstance(stmt, Let) and is_made_up(stmt.target.name) and self.may_fold(stmt):
            return True
        text = first_line(stmt)
        return indent + len(text) + NAMED * text.count("_t") <= self.line

    def returned(self, returns: tuple[Atom, ...], pending: _Pending) -> tuple[Atom, ...]:
        """Return what is returned, with temporaries folded while the line is short."""
        length = 11 + sum(_length(atom) + 2 for atom in returns)
        out: list[Atom] = []
        for atom in returns:
            folded: Value = atom
            if isinstance(atom, Var) and atom.name in pending.place:
                value = pending.value(atom.name)
                length += _length(value)
                if length <= self.line:
                    pending.take(atom.name)
                    folded = value
            out.append(cast("Atom", folded))
        return tuple(out)


def _length(value: Value) -> int:
    return len(expression(value))
