"""Loops: counted `for` over anything that can be counted, unrolled tuples, `while`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from srcad.frontend.names.meaning import (
    Cell,
    EnumerateOf,
    GeneratorOf,
    GridOf,
    GrowingOf,
    IteratorOf,
    ListOf,
    Lost,
    Meaning,
    RangeOf,
    RecordOf,
    ReversedOf,
    ShapeOf,
    TupleOf,
    YieldsOf,
    ZipOf,
    asks_for_slots,
)
from srcad.frontend.names.optional import widen
from srcad.frontend.names.records import keys_of
from srcad.frontend.names.scope import (
    as_truth,
    describe,
    frozen,
    settled,
    shape_tuple,
    take,
)
from srcad.frontend.names.state import Node, State, Unsupported, is_free_of_risk
from srcad.frontend.statements.assign import assign_to, writes_arrays
from srcad.frontend.statements.comparisons import negation, operation
from srcad.frontend.statements.counting import added, counted_element, element_count, negative
from srcad.frontend.statements.races import refuse_races
from srcad.frontend.statements.yielded import Yielding, frozen_parts, produce, yielding
from srcad.frontend.syntax.survey import stored_names
from srcad.ir.names import of_the_user
from srcad.ir.nodes import Atom, Const, For, If, Let, Stmt, Var, While
from srcad.ir.walk import assigned, reads, statements


def for_loop(state: State, node: ast.For) -> None:
    """Lower a `for` statement (its jumps are flags by now)."""
    until = state.frame.plan.until.get(node)
    try:
        meaning = state.expr(state, node.iter)
        found = yielding(state, meaning, node, whole=until is None)
        if found is not None:
            _over_yielded(state, node, found, until)
            return
        start = len(state.out)
        source = sequence(state, meaning, node, node.iter, whole=until is None)
    except Unsupported:
        _only_report(state, node)
        raise
    early = state.out[start:] if _has_generator(meaning) else []
    start = len(state.out)
    source = _steady(state, source, node)
    lists = [(cell, cell.changes) for cell in _lists(source)]
    if isinstance(source, TupleOf):
        _unrolled(state, node, source.items, until)
    else:
        _counted(state, node, source, until)
    if any(cell.changes != before for cell, before in lists):
        message = "a list that is changed while a loop runs over it is not supported"
        state.fail(node.iter, "E206", message, "write a while loop, or run over a copy: list(...)")
    if early and (until is not None or _meet(early, state.out[start:])):
        message = "a generator whose items may depend on the loop over it is not supported"
        state.fail(node.iter, "E206", message, "use a list: for ... in [...]")


def _over_yielded(state: State, node: ast.For, found: Yielding, until: str | None) -> None:
    """Write the body of a loop where a function with `yield` gives an item."""

    def body(item: Meaning) -> Var | None:
        assign_to(state, node.target, item, node)
        state.body(state, node.body)
        return None if until is None else state.variable(until)

    names = state.variables(stored_names([node.target, *node.body]))
    produce(state, frozen_parts(state, found, node, names), body, node, loop_body)


def _lists(meaning: Meaning) -> list[Cell]:
    """Return the lists that change among what a loop runs over."""
    match meaning:
        case GrowingOf(cell=cell):
            return [cell]
        case EnumerateOf(source=source) | ReversedOf(source=source) | GeneratorOf(source=source):
            return _lists(source)
        case ZipOf(sources=sources):
            return [cell for source in sources for cell in _lists(source)]
        case _:
            return []


def _has_generator(meaning: Meaning) -> bool:
    """Return whether items are made while a loop runs over `meaning`."""
    match meaning:
        case GeneratorOf() | YieldsOf():
            return True
        case EnumerateOf(source=source) | IteratorOf(source=source):
            return _has_generator(source)
        case ZipOf(sources=sources):
            return any(map(_has_generator, sources))
        case _:
            return False


def _meet(early: list[Stmt], loop: list[Stmt]) -> bool:
    """Return whether a loop may change what `early` reads."""
    names = {name for stmt in statements(tuple(early)) for name in reads(stmt)}
    return writes_arrays(loop) or not names.isdisjoint(assigned(tuple(loop)))


def _only_report(state: State, node: ast.For) -> None:
    """Lower the body of a loop with a bad header, for the sake of its problems."""
    with state.block():
        for name in stored_names([node.target]):
            state.frame.assign(name, Lost())
        state.body(state, node.body)


def sequence(
    state: State, meaning: Meaning, node: Node, place: Node, *, whole: bool = True
) -> Meaning:
    """Return what a loop runs over: a tuple if it can be unrolled, else as it is.

    whole: the loop runs to the end of it.
    """
    if isinstance(meaning, IteratorOf):
        if not take(state, meaning.use, place, whole=whole):
            return TupleOf(())
        meaning = meaning.source
    match meaning:
        case GeneratorOf(tree=tree, source=source):
            inner = sequence(state, source, node, place, whole=whole)
            if isinstance(inner, TupleOf) or tree.generators[0].ifs:
                done = settled(state, replace(meaning, source=inner), place)
                return sequence(state, done, node, place)
            return replace(meaning, source=inner)
        case YieldsOf():
            return sequence(state, settled(state, meaning, place), node, place)
        case TupleOf() | RangeOf():
            return meaning
        case RecordOf(record=record) if record.kind is dict and not record.is_object:
            return keys_of(meaning)
        case RecordOf(record=record) if record.is_structured and record.axes:
            return meaning
        case ShapeOf():
            return shape_tuple(state, meaning, node)
        case ListOf(array=array):
            return array
        case GridOf() | GrowingOf():
            return meaning
        case Var() as array if state.ranks.get(array.name) != 0:
            return array
        case EnumerateOf(source=source, start=start):
            inner = sequence(state, source, node, place, whole=whole)
            if not isinstance(inner, TupleOf):
                return EnumerateOf(inner, start)
            numbers = (added(state, Const(k), start, node) for k in range(len(inner.items)))
            pairs = zip(numbers, inner.items, strict=True)
            return TupleOf(tuple(TupleOf(pair) for pair in pairs))
        case ZipOf(sources=sources):
            alone = whole and len(sources) == 1
            inners = [sequence(state, source, node, place, whole=alone) for source in sources]
            tuples = [inner.items for inner in inners if isinstance(inner, TupleOf)]
            if not tuples:
                return ZipOf(tuple(inners))
            if len(tuples) == len(inners):
                return TupleOf(tuple(map(TupleOf, zip(*tuples, strict=False))))
            hint = "index the arrays, or unpack the tuple"
            state.fail(place, "E206", "zip() of arrays with tuples is not supported", hint)
        case ReversedOf(source=source):
            inner = sequence(state, source, node, place)
            return TupleOf(inner.items[::-1]) if isinstance(inner, TupleOf) else ReversedOf(inner)
    hint = "loop over range(), enumerate(), zip(), an array or a tuple"
    state.fail(place, "E206", f"a loop over {describe(state, meaning)} is not supported", hint)


def _steady(state: State, source: Meaning, node: ast.For) -> Meaning:
    """Return `source` with other names for what the loop assigns."""
    return frozen(state, source, node, state.variables(stored_names([node.target, *node.body])))


# Counted loops ----------------------------------------------------------------------


def _counted(state: State, node: ast.For, source: Meaning, until: str | None) -> None:
    """Write a `For`: over the range itself, or over the positions in `source`."""
    if isinstance(source, ReversedOf) and isinstance(source.source, RangeOf):
        source = _backwards(state, source.source, node)
    if isinstance(source, RangeOf):
        start, stop, step = source.start, source.stop, source.step
        var, is_own = _counter(state, node.target)
    else:
        start, stop, step = Const(0), element_count(state, source, node), Const(1)
        inner = _first_of_pair(node.target) if _counts_from_zero(source) else None
        var, is_own = _counter(state, inner) if inner else (_fresh(state), False)
    state.ranks[var.name] = 0

    def body() -> None:
        if isinstance(source, RangeOf):
            if is_own:
                _own(state, node.target, var)
            else:
                assign_to(state, node.target, var, node)
        elif is_own and isinstance(source, EnumerateOf) and isinstance(node.target, ast.Tuple):
            _own(state, node.target.elts[0], var)
            item = counted_element(state, source.source, var, node)
            assign_to(state, node.target.elts[1], item, node)
        else:
            assign_to(state, node.target, counted_element(state, source, var, node), node)
        state.body(state, node.body)

    block = loop_body(state, node, body)
    flag = None if until is None else state.variable(until)
    slots = source.slots if isinstance(source, RangeOf) else 0
    commutes = isinstance(source, RangeOf) and source.commutes
    if commutes and until is not None:
        hint = "write range(...), or leave the loop to its end"
        state.fail(node, "E206", "a prange() loop that break or return may leave", hint)
    if not slots and asks_for_slots(source):
        hint = "for k in checkpointed(range(n), slots=s)"
        state.fail(node, "E206", "checkpointed() inside enumerate() or zip()", hint)
    bounds = start, stop, step
    loop = For(var, *bounds, tuple(block), flag, state.span(node), slots, commutes=commutes)
    if commutes:
        refuse_races(state, loop, node)
    state.emit(loop, node)


def _counter(state: State, target: ast.expr) -> tuple[Var, bool]:
    """Return the loop variable, and whether it is the user's own name for it.

    It cannot be if the user assigns it in the loop, or reads it after the loop.
    """
    if isinstance(target, ast.Name):
        if target.id in state.frame.survey.exposed:
            return Var(state.names.fresh(of_the_user(target.id))), False
        return state.variable(target.id), True
    return _fresh(state), False


def _fresh(state: State) -> Var:
    return Var(state.names.fresh("i"))


def _own(state: State, target: ast.expr, var: Var) -> None:
    assert isinstance(target, ast.Name)
    state.frame.assign(target.id, var)


def _first_of_pair(target: ast.expr) -> ast.expr | None:
    match target:
        case ast.Tuple(elts=[ast.Name() as first, _]):
            return first
        case _:
            return None


def _counts_from_zero(source: Meaning) -> bool:
    return isinstance(source, EnumerateOf) and source.start == Const(0)


def _backwards(state: State, source: RangeOf, node: ast.For) -> RangeOf:
    """Return the range that runs through `source` from its end."""
    start, step = source.start, source.step
    last = operation(state, node, "sub", element_count(state, source, node), Const(1))
    offset = last if step == Const(1) else operation(state, node, "mul", last, step)
    before = operation(state, node, "sub", start, step)
    first = added(state, start, offset, node)
    return RangeOf(first, before, negative(state, step, node), source.slots)


def loop_body(state: State, node: Node, write: Callable[[], None]) -> list[Stmt]:
    """Write the body of a loop; check that names mean the same in every iteration.

    A name that is read above its assignment has dimensions that only the first attempt to
    write the body finds out. Where such a name is no number, and that led to other problems,
    the place where it is read is told, and they are not.
    """
    frame = state.frame
    widen(state, node)
    mark, outer_reads = len(frame.journal), frame.reads
    problems, failures = len(state.problems), state.failures
    frame.reads = set()
    with _one_loop_deeper(state), state.block() as block:
        write()
        widen(state, node)
    if not frame.loops and any(p.code == "E505" for p in state.problems[problems:]):
        frame.roll_back(mark)
        del state.problems[problems:]
        state.failures = failures
        with _one_loop_deeper(state), state.block() as block:
            write()
            widen(state, node)
    assigned = frame.roll_back(mark)
    differing = [n for n, meaning in assigned.items() if _differs_at_start(state, n, meaning)]
    if differing and len(state.problems) > problems:
        del state.problems[problems:]
        state.failures, frame.reads = failures, set()
        for name in differing:
            frame.assign(name, Lost(_changing(name)))
        with _one_loop_deeper(state), state.block() as block:
            write()
            widen(state, node)
        assigned = frame.roll_back(mark)
        differing = [n for n, meaning in assigned.items() if _differs_at_start(state, n, meaning)]
    for name in differing:
        state.report(node, "E501", _changing(name), "use two names")
        assigned[name] = Lost()
    frame.join(assigned, {})
    outer_reads |= frame.reads
    frame.reads = outer_reads
    return block


def _changing(name: str) -> str:
    return f"'{name}' changes what kind of thing it is inside the loop"


@contextmanager
def _one_loop_deeper(state: State) -> Iterator[None]:
    """Count a loop around what is written."""
    frame = state.frame
    frame.loops += 1
    state.loops += 1
    try:
        yield
    finally:
        frame.loops -= 1
        state.loops -= 1


def _differs_at_start(state: State, name: str, meaning: Meaning) -> bool:
    """Return whether a name was read as something else than it is at the end of the body.

    What was reported already is not reported again.
    """
    frame = state.frame
    entry = frame.env.get(name, state.variable(name))
    if entry == meaning or (name, entry) not in frame.reads:
        return False
    return Lost() not in (entry, meaning)


# Unrolled loops ---------------------------------------------------------------------


def _unrolled(state: State, node: ast.For, items: tuple[Meaning, ...], until: str | None) -> None:
    """Write the body once per item; with `until`, each under the condition to go on."""
    if not items:
        return
    first, *rest = items
    assign_to(state, node.target, first, node)
    state.body(state, node.body)
    if until is None or not rest:
        for item in rest:
            _unrolled(state, node, (item,), None)
        return
    mark = len(state.frame.journal)
    test = negation(state, state.variable(until), node)
    with state.block() as block:
        _unrolled(state, node, tuple(rest), until)
    state.frame.join(state.frame.roll_back(mark), {})
    state.emit(If(test, tuple(block), (), state.span(node)), node)


# While ------------------------------------------------------------------------------


def while_loop(state: State, node: ast.While) -> None:
    """Lower a `while` statement (its jumps are flags by now)."""
    plan = state.frame.plan
    until = plan.until.get(node)
    parts: list[tuple[list[Stmt], Atom]] = []

    def write() -> None:
        with state.block() as head:
            state.body(state, plan.lead.get(node, []))
            parts.append((head, _condition(state, node, until)))
        state.body(state, node.body)

    body = loop_body(state, node, write)
    head, cond = parts[-1]
    if cond != Const(value=False):
        state.emit(While(tuple(head), cond, tuple(body), state.span(node)), node)
    else:
        state.out += head


def _condition(state: State, node: ast.While, until: str | None) -> Atom:
    """Return the test of a loop; after a break, the user's own test does not run."""
    if until is None:
        return as_truth(state, state.expr(state, node.test), node.test)
    goes_on = negation(state, state.variable(until), node)
    with state.block() as block:
        test = as_truth(state, state.expr(state, node.test), node.test)
    if test == Const(value=True):
        return goes_on
    if is_free_of_risk(block) and state.is_truth(test):
        state.out += block
        return operation(state, node, "and", goes_on, test)
    result = state.temporary(goes_on, node)
    block.append(Let(result, test, state.span(node)))
    state.emit(If(result, tuple(block), (), state.span(node)), node)
    return result
