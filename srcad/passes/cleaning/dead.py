"""Dead code: bindings, stores and loops that nothing later reads.

    x_bar = 0.0
    t = sin(x)              ->      x_bar = cos(x)
    x_bar = cos(x)                  return x_bar
    return x_bar

A name is live where a later statement may read the value that it has there. Elements of an
array made here are live where a later statement may read them through any view, those of
an array without views until its name is bound again; elements of arrays from outside
always are. `while` loops stay, because they may not end; so do
calls, stack operations and exceptions: of an array whose size may be negative stays the
test of that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from operator import is_
from typing import TypeGuard, assert_never

from srcad.analysis.floors import floors_in
from srcad.analysis.independence import own_element
from srcad.analysis.overlap import Overlap, overlap_in
from srcad.ir.known import updated
from srcad.ir.names import NameSupply
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
    Op,
    Raise,
    Restore,
    Save,
    Stmt,
    Store,
    Var,
    While,
)
from srcad.ir.primitives import MAKERS
from srcad.ir.walk import Part, assigned, blocks, names, operands, reads, statements
from srcad.passes.building.callees import LoopRun
from srcad.passes.building.custom_calls import CustomCall
from srcad.passes.building.made_sizes import not_negative, unsure_sizes
from srcad.passes.building.temporaries import is_derivative
from srcad.rules.linalg import Whole

_SHAPE_ONLY = frozenset(
    {"shape", "size", "ndim", "len", "zeros_like", "ones_like", "empty_like", "full_like"}
)

_EFFECTS = (Store, While, Save, Restore, Call, Raise)


def remove_dead(function: Function, derivatives: Collection[str] | None = None) -> Function:
    """Return `function` without statements that cannot influence its results.

    derivatives: arrays that have the sizes of others of the user's, by default every name
    that ends like one (`x_bar`, `x_dot_1`).
    """
    pass_ = _Dead(function, derivatives)
    live: set[str] = set()
    pass_.read(function.returns, live)
    return updated(function, body=pass_.block(function.body, live))


class _Entries(dict[str, str]):
    """The entry of `live` for who reads a name: that of the elements, or for numbers itself."""

    def __init__(self, overlap: Overlap) -> None:
        self.overlap = overlap

    def __missing__(self, name: str) -> str:
        number = self.overlap.is_number(name)
        entry = self[name] = name if number else f"{self.overlap.of(name)}[]"
        return entry


class _Dead:
    """Rewrites blocks from the bottom up; the set `live` is updated on the way.

    `live` holds names, and for arrays whose elements are live the class with a `[]`. A loop
    is walked until what is live at its head no longer grows. What it has grown to is where
    the next walk begins, when a loop around it is walked again: it would grow to that once
    more, and nested loops take no more walks than they are deep.
    """

    def __init__(self, function: Function, derivatives: Collection[str] | None) -> None:
        self.function = function
        self.derivatives = derivatives
        self.overlap = overlap_in(function)
        self.floors = floors_in(function)
        self.supply: NameSupply | None = None
        self.entries = _Entries(self.overlap)
        self.sizes: dict[Let, list[Atom]] = {}
        if any(map(self.unsure, filter(_makes_array, statements(function.body)))):
            self.note_sizes(function.body)
        self.tests: dict[Let, Block] = {}
        self.at_head: dict[For | While, set[str]] = {}
        self.owned: dict[tuple[For, str], bool] = {}

    def block(self, block: Block, live: set[str]) -> Block:
        """Return what must stay of `block` if `live` is live after it."""
        out: list[Stmt] = []
        for stmt in reversed(block):
            if type(stmt) is Let and stmt.target.name in live:  # most statements
                self.bound(stmt, live)
                out.append(stmt)
            else:
                out.extend(reversed(self.statement(stmt, live)))
        if len(out) == len(block) and all(map(is_, reversed(out), block)):
            return block
        return tuple(reversed(out))

    def bound(self, stmt: Let, live: set[str]) -> None:
        """Make live what the value of a name is computed from."""
        name = stmt.target.name
        live.discard(name)
        entry = self.entries[name]
        if entry in live and self.overlap.is_alone(name):
            live.discard(entry)
        found = reads(stmt)
        live |= found
        value = stmt.value
        if type(value) is not Op or value.prim not in _SHAPE_ONLY:
            live.update(map(self.entries.__getitem__, found))

    def statement(self, stmt: Stmt, live: set[str]) -> Block:
        """Return what must stay of one statement."""
        match stmt:
            case Let():
                tests = self.exceptions(stmt)
                for test in tests:
                    if isinstance(test, Let):
                        self.read(operands(test), live)
                return tests
            case Accum(target=target, index=None):
                if target.name not in live:
                    return ()
            case Store(array=array) | Accum(target=array):
                if not self.is_visible(array, live):
                    return ()
                live.add(array.name)
            case If():
                return self.choice(stmt, live)
            case For():
                return self.counted(stmt, live)
            case While():
                return self.uncounted(stmt, live)
            case Restore(target=target):
                live.discard(target.name)
            case Call(function=Whole() | CustomCall() | LoopRun() as row, targets=targets) if (
                row.harmless and not any(target.name in live for target in targets)
            ):
                return ()
            case Call(targets=targets):
                live.difference_update(target.name for target in targets)
            case Save() | Raise():
                pass
            case _:
                assert_never(stmt)
        self.read(operands(stmt), live)
        return (stmt,)

    def note_sizes(self, block: Block) -> None:
        """Note which sizes may be negative where a block makes arrays, each where it is first.

        Derivatives have the sizes of other arrays.
        """
        known: set[Atom] = set()
        for stmt in block:
            if known:
                bound = assigned((stmt,))
                known = {size for size in known if not names(size) & bound}
            for inner in blocks(stmt):
                self.note_sizes(inner)
            if isinstance(stmt, Let):
                sizes = self.unsure(stmt)
                self.sizes[stmt] = [size for size in sizes if size not in known]
                known.update(sizes)

    def unsure(self, stmt: Let) -> list[Atom]:
        """Return the sizes of an array that a statement makes which may be negative."""
        sizes = unsure_sizes(stmt.value, self.floors)
        return [] if sizes and self.is_derivative(stmt.target.name) else sizes

    def is_derivative(self, name: str) -> bool:
        """Return whether an array is an adjoint or a tangent."""
        return is_derivative(name) if self.derivatives is None else name in self.derivatives

    def exceptions(self, stmt: Let) -> Block:
        """Return the tests of what a binding that nobody reads may raise."""
        if stmt not in self.tests:
            self.tests[stmt] = ()
            if self.sizes.get(stmt):
                self.supply = self.supply or NameSupply.of(self.function)
                tests = [not_negative(s, self.supply, stmt.span) for s in self.sizes[stmt]]
                self.tests[stmt] = tuple(inner for test in tests for inner in test)
        return self.tests[stmt]

    def is_visible(self, array: Var, live: set[str]) -> bool:
        """Return whether someone may see a write to an element of `array`."""
        return not self.overlap.is_new(array.name) or self.contents(array.name) in live

    def contents(self, name: str) -> str:
        """Return the entry of `live` for the elements of an array."""
        return f"{self.overlap.of(name)}[]"

    def read(self, values: Iterable[Part], live: set[str]) -> None:
        """Make live what `values` read."""
        for value in values:
            if type(value) is Const:
                continue
            found = names(value)
            live |= found
            if not (isinstance(value, Op) and value.prim in _SHAPE_ONLY):
                live.update(map(self.entries.__getitem__, found))

    # Statements with blocks ---------------------------------------------------------

    def choice(self, stmt: If, live: set[str]) -> Block:
        """Return what must stay of an `if`; all of one branch where the test is literal."""
        if isinstance(stmt.test, Const):
            return self.block(stmt.then if stmt.test.value else stmt.orelse, live)
        other = set(live)
        then, orelse = self.block(stmt.then, live), self.block(stmt.orelse, other)
        live |= other
        if not then and not orelse:
            return ()
        self.read((stmt.test,), live)
        unchanged = then == stmt.then and orelse == stmt.orelse
        return (stmt if unchanged else updated(stmt, then=then, orelse=orelse),)

    def counted(self, stmt: For, live: set[str]) -> Block:
        """Return what must stay of a `for`."""
        after = set(live)
        live.update(self.at_head.get(stmt, ()))
        flag = set() if stmt.until is None else {stmt.until.name}
        while True:
            head = live | flag
            body = self.block(stmt.body, head)
            head.discard(stmt.var.name)
            own = {entry for entry in head - live if self.is_own(entry, stmt)}
            if head <= live | own:
                break
            live |= head - own
        self.at_head[stmt] = set(live)
        live |= own
        if not _matters(body, after):
            live.clear()
            live |= after
            return ()
        live |= flag
        self.read((stmt.start, stmt.stop, stmt.step), live)
        return (stmt if body == stmt.body else updated(stmt, body=body),)

    def is_own(self, entry: str, stmt: For) -> bool:
        """Return whether every iteration keeps to elements of its own in an array."""
        array = entry.removesuffix("[]")
        if array == entry:
            return False
        if (stmt, array) not in self.owned:
            own = own_element(stmt.body, array, stmt, self.floors, self.overlap.of)
            self.owned[stmt, array] = own
        return self.owned[stmt, array]

    def uncounted(self, stmt: While, live: set[str]) -> Block:
        """Return what must stay of a `while`."""
        live.update(self.at_head.get(stmt, ()))
        while True:
            head = set(live)
            body = self.block(stmt.body, head)
            at_test = live | head
            self.read((stmt.cond,), at_test)
            cond_body = self.block(stmt.cond_body, at_test)
            if at_test <= live:
                break
            live |= at_test
        self.at_head[stmt] = set(live)
        return (updated(stmt, cond_body=cond_body, body=body),)


def _makes_array(stmt: Stmt) -> TypeGuard[Let]:
    """Return whether a statement makes an array of a given size."""
    return type(stmt) is Let and type(stmt.value) is Op and stmt.value.prim in MAKERS


def _matters(body: Block, after: set[str]) -> bool:
    """Return whether a loop over the statements left in `body` has any effect."""
    for stmt in statements(body):
        if isinstance(stmt, _EFFECTS):
            return True
        if isinstance(stmt, Accum) and stmt.index is not None:
            return True
    return bool(assigned(body) & after)
