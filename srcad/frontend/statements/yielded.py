"""Functions with `yield` that a loop runs over: their body, with that of the loop in it.

    def steps(x, n):                    k = 0
        k = 0                           while k < n:
        while k < n:                        v = x * k
            yield x * k                     s += v
            k += 1                          k += 1

    for v in steps(x, n):
        s += v

Where the loop is left, the function is left, too (`leaving`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NoReturn

from srcad.frontend.names.inline import entered, run_body
from srcad.frontend.names.meaning import (
    EnumerateOf,
    IteratorOf,
    ListOf,
    Meaning,
    RangeOf,
    TupleOf,
    YieldsOf,
    ZipOf,
)
from srcad.frontend.names.scope import frozen, take
from srcad.frontend.names.state import Frame, Node, State, Unsupported
from srcad.frontend.statements.counting import counted_element, element_count
from srcad.frontend.statements.leaving import Leave, Region, run_to_end
from srcad.ir.nodes import Accum, Atom, Const, If, Raise, Stmt, Var

LoopBody = Callable[[State, Node, Callable[[], None]], list[Stmt]]
"""What writes the body of a loop, and checks that names mean the same in every iteration."""


@dataclass(frozen=True, slots=True)
class Yielding:
    """What a loop runs over, if a function with `yield` gives its items.

    start: the number of the first item, for `enumerate`. before, behind: what else `zip` takes
    items from, before the function is asked and after.
    """

    calls: YieldsOf
    start: Atom | None = None
    before: tuple[Meaning, ...] = ()
    behind: tuple[Meaning, ...] = ()
    is_zip: bool = False


def yielding(state: State, meaning: Meaning, node: ast.For, *, whole: bool) -> Yielding | None:
    """Return how a loop runs over a function with `yield`, None if it does not."""
    match meaning:
        case YieldsOf():
            return Yielding(meaning)
        case IteratorOf(source=source, use=use):
            if not _has_yields(source):
                return None
            if not take(state, use, node.iter, whole=whole):
                return None
            return yielding(state, source, node, whole=whole)
        case EnumerateOf(source=source, start=start):
            found = yielding(state, source, node, whole=whole)
            if found is not None and (found.is_zip or found.start is not None):
                _refuse(state, node)
            return found and replace(found, start=start)
        case ZipOf(sources=sources) if any(map(_has_yields, sources)):
            (at, *more) = [k for k, source in enumerate(sources) if _has_yields(source)]
            found = yielding(state, sources[at], node, whole=False)
            others = (*sources[:at], *sources[at + 1 :])
            counted = all(_is_counted(state, source) for source in others)
            if more or found is None or found.is_zip or found.start is not None or not counted:
                _refuse(state, node)
            return replace(found, before=sources[:at], behind=sources[at + 1 :], is_zip=True)
        case _:
            return None


def _refuse(state: State, node: ast.For) -> NoReturn:
    hint = "loop over the generator, or over enumerate() or zip() of it with arrays"
    state.fail(node.iter, "E206", "this use of a generator is not supported", hint)


def _has_yields(meaning: Meaning) -> bool:
    match meaning:
        case YieldsOf():
            return True
        case IteratorOf(source=source) | EnumerateOf(source=source):
            return _has_yields(source)
        case ZipOf(sources=sources):
            return any(map(_has_yields, sources))
        case _:
            return False


def _is_counted(state: State, meaning: Meaning) -> bool:
    """Return whether items of this can be asked for by their number."""
    match meaning:
        case Var():
            return bool(state.rank(meaning))
        case RangeOf() | ListOf():
            return True
        case _:
            return False


def frozen_parts(state: State, found: Yielding, node: Node, written: set[str]) -> Yielding:
    """Return what a loop runs over, with other names for what the loop assigns."""

    def again(meaning: Meaning) -> Meaning:
        return frozen(state, meaning, node, written)

    calls = again(found.calls)
    assert isinstance(calls, YieldsOf)
    start = None if found.start is None else again(found.start)
    assert start is None or isinstance(start, Var | Const)
    return replace(
        found,
        calls=calls,
        start=start,
        before=tuple(map(again, found.before)),
        behind=tuple(map(again, found.behind)),
    )


def produce(
    state: State,
    found: Yielding,
    body: Callable[[Meaning], Var | None],
    node: Node,
    loop_body: LoopBody,
) -> None:
    """Write a function with `yield`, and `body` at each place where it gives an item.

    body: writes what is done with an item; returns the flag that ends the loop, if there is one.
    """
    left, count = (Var(state.names.fresh(name)) for name in ("left", "count"))
    for name in (left.name, count.name):
        state.ranks[name] = 0
    state.truths.add(left.name)
    run = _Run(state, found, body, node, loop_body, left, count, state.frame, len(state.stack))
    if run.is_counted:
        state.let(count, found.start or Const(0), node)
    block = loop_body(state, node, run.enter)
    region = Region(state, left, state.span(node), lambda r: _ends(r, left))
    block, _ = run_to_end(region, block)
    if region.places:
        state.let(left, Const(value=False), node)
        state.truths.add(left.name)
    state.out += block


@dataclass(frozen=True, slots=True)
class _Run:
    """A loop over a function with `yield` while it is written.

    left: the flag that says that the loop was left. count: the number of the next item. home,
    depth: the function that the loop stands in, and how many functions are around it.
    """

    state: State
    found: Yielding
    body: Callable[[Meaning], Var | None]
    node: Node
    loop_body: LoopBody
    left: Var
    count: Var
    home: Frame
    depth: int

    @property
    def is_counted(self) -> bool:
        """Return whether the number of an item is asked for."""
        return self.found.is_zip or self.found.start is not None

    def enter(self) -> None:
        """Write the body of the function."""
        state, callee = self.state, self.found.calls.callee
        if callee.tree in state.stack:
            message = f"the generator '{callee.name}' runs over itself"
            state.fail(self.node, "E405", message, "write it as a loop")
        self.leave_at_end(self.found.before)
        failures = len(state.problems) + state.failures
        frame = entered(state, callee, self.found.calls.given)
        frame.item = self.at_yield
        try:
            run_body(state)
        finally:
            state.frame = self.home
            state.stack.pop()
        if len(state.problems) + state.failures > failures:
            raise Unsupported

    def at_yield(self, item: Meaning, _: Node) -> None:
        """Write the body of the loop where the function gives an item."""
        with _outside(self.state, self.home, self.depth):
            self.state.out += self.loop_body(self.state, self.node, lambda: self.give(item))

    def give(self, item: Meaning) -> None:
        """Write what is done with an item."""
        state, found, node = self.state, self.found, self.node
        place: Atom = self.count
        if self.is_counted:
            place = state.temporary(self.count, node)
            state.hold(place)
            self.leave_at_end(found.behind)
            state.emit(Accum(self.count, None, Const(1), state.span(node)), node)
        if found.is_zip:
            sides = [
                [counted_element(state, _array(source), place, node) for source in side]
                for side in (found.before, found.behind)
            ]
            item = TupleOf((*sides[0], item, *sides[1]))
        elif found.start is not None:
            item = TupleOf((place, item))
        flag = self.body(item)
        if flag is not None:
            self.leave(flag)
        if self.is_counted:
            self.leave_at_end(found.before)

    def leave(self, flag: Atom) -> None:
        """Write what leaves the loop where `flag` is true."""
        way_out = Raise(Leave, (self.left.name,), self.state.span(self.node))
        self.state.emit(If(flag, (way_out,), (), self.state.span(self.node)), self.node)

    def leave_at_end(self, sources: tuple[Meaning, ...]) -> None:
        """Write what leaves the loop where one of these has no item left."""
        for source in sources:
            size = element_count(self.state, _array(source), self.node)
            self.leave(self.state.op(self.node, "ge", self.count, size))


def _array(source: Meaning) -> Meaning:
    return getattr(source, "array", source)


def _ends(found: Raise, left: Var) -> list[Stmt] | None:
    return [] if found.kind is Leave and found.args == (left.name,) else None


@contextmanager
def _outside(state: State, home: Frame, depth: int) -> Iterator[None]:
    """Write what follows in the frame of the loop, which no function is entered from."""
    frame, inner = state.frame, state.stack[depth:]
    state.frame = home
    del state.stack[depth:]
    try:
        yield
    finally:
        state.frame = frame
        state.stack += inner


def yielded(
    state: State, node: ast.Yield | ast.YieldFrom, item: Callable[[Meaning, Node], None]
) -> None:
    """Lower `yield value` and `yield from values` as statements."""
    if isinstance(node, ast.Yield):
        if node.value is None:
            state.fail(node, "E202", "yield without a value is not supported", "yield a value")
        item(state.expr(state, node.value), node)
        return
    store, load = ast.Name("item@", ast.Store()), ast.Name("item@", ast.Load())
    inner = ast.Expr(ast.Yield(load))
    loop = ast.For(store, node.value, [inner], [])
    for part in (loop, store, inner, inner.value, load):
        ast.copy_location(part, node)
    state.body(state, [loop])
