"""Copies, repeated operations and trivial algebra.

    _t0 = x                         y = sin(x)
    y = sin(_t0)            ->      z = 2.0 * y
    _t1 = sin(x)
    z = 2.0 * _t1

A temporary that is a copy is replaced by what it copies while both names keep their
values. A read, or an operation dearer than a multiplication, is not done again while what
it depends on and the name that holds its result are what they were. The bindings that this
leaves without readers are removed by `dead`. Bindings of the user's own names stay as they
are, so that the user's lines remain recognisable.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeGuard, assert_never

from srcad.analysis.overlap import overlap_in
from srcad.ir.known import updated
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
    Slice,
    Stmt,
    Store,
    Value,
    Var,
    While,
)
from srcad.ir.types import FLOAT, INT, Array
from srcad.ir.walk import Part, assigned, names, parts, reads, stored, substitute
from srcad.passes.building.temporaries import is_made_up
from srcad.passes.cleaning.algebra import simpler
from srcad.rules.table import PRIMS

_WORTH_KEEPING = 4


def propagate_copies(function: Function, derivatives: Callable[[str], bool]) -> Function:
    """Return `function` with copies, repeated operations and algebra resolved.

    Names for which `derivatives` holds may be replaced by what they copy, as temporaries.
    """
    pass_ = _Copies(function, derivatives)
    body = pass_.block(function.body)
    returns = tuple(pass_.atom(atom) for atom in function.returns)
    return updated(function, body=body, returns=returns)


@dataclass(slots=True)
class _Known:
    """Facts, each of which holds until one of the names that it is about changes."""

    facts: dict[Hashable, tuple[Any, dict[str, int]]] = field(default_factory=dict)
    changes: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    log: list[tuple[Hashable, Any]] = field(default_factory=list)

    def add(self, key: Hashable, fact: object, about: set[str]) -> None:
        """Note a fact about the names in `about`."""
        self.log.append((key, self.facts.get(key)))
        self.facts[key] = fact, {name: self.changes[name] for name in about}

    def get(self, key: Hashable) -> Any:
        """Return a fact, None if it is not known or no longer holds."""
        entry = self.facts.get(key)
        if entry is None:
            return None
        changes = self.changes
        for name, count in entry[1].items():
            if changes[name] != count:
                return None
        return entry[0]

    def take_back(self, mark: int) -> None:
        """Return to the facts that were known when the log had `mark` entries."""
        while len(self.log) > mark:
            key, entry = self.log.pop()
            if entry is None:
                del self.facts[key]
            else:
                self.facts[key] = entry


class _Copies:
    """Rewrites blocks from top to bottom.

    Four kinds of facts: ("copy", name) is the atom to read instead of `name`; ("same",
    name) an atom that has the same value, for recognising operations; ("value", operation)
    the name that holds its result; ("is", name) the operation that `name` holds.
    """

    def __init__(self, function: Function, derivatives: Callable[[str], bool]) -> None:
        self.overlap = overlap_in(function)
        self.derivatives = derivatives
        self.known = _Known()
        self.arrays_read: set[str] = set()  # representatives of views
        self.copied: set[str] = set()

    def block(self, block: Block) -> Block:
        """Return the rewritten block."""
        out: list[Stmt] = []
        for stmt in block:
            out.extend(self.statement(stmt))
        return tuple(out)

    def statement(self, stmt: Stmt) -> Block:
        """Return what becomes of one statement."""
        if not isinstance(stmt, While):
            stmt = self.with_copies(stmt)
        match stmt:
            case Let():
                return self.let(stmt)
            case If(then=then, orelse=orelse):
                then, orelse = self.branch(then), self.branch(orelse)
                self.lose((stmt,))
                return (updated(stmt, then=then, orelse=orelse),)
            case For(body=body):
                self.lose((stmt,))
                return (updated(stmt, body=self.branch(body)),)
            case While(cond_body=cond_body, body=body):
                self.lose((stmt,))
                mark = len(self.known.log)
                cond_body = self.block(cond_body)
                cond = self.atom(stmt.cond)
                body = self.block(body)
                self.known.take_back(mark)
                return (updated(stmt, cond_body=cond_body, cond=cond, body=body),)
            case Store() | Accum() | Save() | Restore() | Call() | Raise():
                self.lose((stmt,))
                return (stmt,)
            case _:
                assert_never(stmt)

    def branch(self, block: Block) -> Block:
        """Rewrite a block that may or may not run: what it learns is taken back."""
        mark = len(self.known.log)
        block = self.block(block)
        self.known.take_back(mark)
        return block

    def lose(self, block: Block) -> None:
        """Drop what no longer holds after `block`."""
        for name in assigned(block):
            self.known.changes[name] += 1
        for array in stored(block):
            for root in self.arrays_read:
                if self.overlap.may_overlap(array, root):
                    self.known.changes[_contents(root)] += 1

    # Reading ------------------------------------------------------------------------

    def atom(self, atom: Atom) -> Atom:
        """Return what to read instead of `atom`."""
        if isinstance(atom, Var):
            copied: Atom | None = self.known.get(("copy", atom.name))
            return atom if copied is None else copied
        return atom

    def with_copies(self, stmt: Stmt) -> Stmt:
        """Return `stmt` with every name it reads replaced by what that copies."""
        copied = self.copied.intersection(reads(stmt))
        if not copied:
            return stmt
        copies = {name: self.known.get(("copy", name)) for name in copied}
        found = {name: atom for name, atom in copies.items() if atom is not None}
        return substitute(stmt, found) if found else stmt

    def same(self, atom: Atom) -> Atom:
        """Return the representative of all names that hold the value of `atom`."""
        if type(atom) is Var and ("same", atom.name) in self.known.facts:
            same: Atom | None = self.known.get(("same", atom.name))
            return atom if same is None else same
        return atom

    # Bindings -----------------------------------------------------------------------

    def let(self, stmt: Let) -> Block:
        """Rewrite a binding and note what it tells."""
        target = stmt.target
        value = simpler(stmt.value, self.definition, self.is_float)
        if _is_worth_keeping(value) and not self.is_array(target):
            held: Var | None = self.known.get(("value", self.key(value)))
            if held is not None and held.name != target.name:
                value = held
        if isinstance(value, Var) and value.name == target.name:
            return ()
        self.known.changes[target.name] += 1
        self.learn(target, value)
        return (stmt if value is stmt.value else updated(stmt, value=value),)

    def learn(self, target: Var, value: Value) -> None:
        """Note that `target` holds `value` from now on."""
        if isinstance(value, Var | Const):
            self.learn_copy(target, value)
            return
        found = names(value)
        if target.name in found or self.is_array(target):
            return
        arrays = set(map(self.overlap.of, found - self.overlap.numbers))
        self.arrays_read |= arrays
        about = {target.name, *found, *map(_contents, arrays)}
        key = self.key(value)
        held: Var | None = self.known.get(("value", key))
        if held is None:
            # The key calls what is read by other names of the same value: these may change.
            facts = self.known.facts
            called = [self.known.get(("same", name)) for name in found if ("same", name) in facts]
            spoken = {atom.name for atom in called if isinstance(atom, Var)}
            self.known.add(("value", key), target, about | spoken)
        else:
            self.known.add(("same", target.name), held, {target.name, held.name})
        self.known.add(("is", target.name), value, about)

    def learn_copy(self, target: Var, value: Atom) -> None:
        """Note that `target` is `value`, and which of the two names to read from now on."""
        if self.is_array(target) or self.kind(target) != self.kind(value):
            return
        same = self.same(value)
        self.known.add(("same", target.name), same, {target.name, *names(same)})
        about = {target.name, *names(value)}
        if isinstance(value, Var) and is_made_up(value.name) and not is_made_up(target.name):
            self.learn_name(value.name, target, about)
        elif is_made_up(target.name) or self.derivatives(target.name):
            self.learn_name(target.name, value, about)

    def learn_name(self, name: str, read_instead: Atom, about: set[str]) -> None:
        """Note what to read instead of a name."""
        self.copied.add(name)
        self.known.add(("copy", name), read_instead, about)

    def key(self, value: Op | Load) -> Hashable:
        """Return what two operations have in common exactly if they give the same."""
        return _key(value, self.same)

    def definition(self, atom: Atom) -> Value | None:
        """Return the operation that `atom` holds."""
        found: Value | None = self.known.get(("is", atom.name)) if isinstance(atom, Var) else None
        return found

    def kind(self, atom: Atom) -> object:
        """Return the type of an atom; None if it is not known."""
        if isinstance(atom, Var):
            return atom.type or self.overlap.type_of.get(atom.name)
        return atom.type or {bool: None, int: INT, float: FLOAT}.get(type(atom.value))

    def is_float(self, atom: Atom) -> bool:
        """Return whether `atom` surely is a float64."""
        return self.kind(atom) == FLOAT

    def is_array(self, var: Var) -> bool:
        """Return whether `var` is known to be an array."""
        return isinstance(self.kind(var), Array)


def _contents(array: str) -> str:
    """Return the name under which changes of the elements of arrays are counted.

    array: the representative of those that may be views of each other.
    """
    return f"{array}[]"


def _is_worth_keeping(value: Value) -> TypeGuard[Op | Load]:
    """Return whether to keep a value rather than compute it, or read it, again."""
    return isinstance(value, Load) or (
        isinstance(value, Op)
        and PRIMS[value.prim].cost >= _WORTH_KEEPING
        and not PRIMS[value.prim].pinned
    )


def _key(part: Part, same: Callable[[Atom], Atom]) -> Hashable:
    if type(part) is Var or type(part) is Const:
        atom = same(part)
        return atom.name if isinstance(atom, Var) else (repr(atom.value), atom.type)
    head = (part.prim, part.static) if isinstance(part, Op) else type(part).__name__
    if isinstance(part, Slice):
        inside: list[Any] = [part.lo, part.hi, part.step]
    else:
        inside = list(parts(part))
    return head, *(None if p is None else _key(p, same) for p in inside)
