"""Comprehensions: lists whose items stand in an array, as a loop fills it.

    [f(v) for v in x]   ->   items = np.empty(len(x))
                             for i in range(len(x)):
                                 items[i] = f(x[i])

Over tuples they are unrolled. The dtype and the shape of an item are those of the first,
which is lowered apart for that; where only its dtype is asked for, it never runs.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from srcad.frontend.names.growing import append, as_list, new_list
from srcad.frontend.names.inline import Callee, inline
from srcad.frontend.names.meaning import GeneratorOf, ListOf, Meaning, TupleOf, YieldsOf
from srcad.frontend.names.scope import as_truth, unpacked
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.numpy.arguments import as_array, known_rank
from srcad.frontend.numpy.sharing import lists_behind, mark_items, memory_of
from srcad.frontend.statements.counting import counted_element, element_count
from srcad.frontend.statements.loops import loop_body, sequence
from srcad.frontend.statements.yielded import Yielding, produce
from srcad.frontend.syntax.survey import walk_scope
from srcad.ir.nodes import (
    Accum,
    Atom,
    Block,
    Call,
    Const,
    For,
    If,
    Index,
    Let,
    Load,
    Op,
    Slice,
    Stmt,
    Store,
    Value,
    Var,
)
from srcad.ir.primitives import MAKERS
from srcad.ir.walk import statements, targets
from srcad.rules.linalg import gives_new_memory

Comprehension = ast.ListComp | ast.GeneratorExp
NEW = (*MAKERS, *(f"{maker}_like" for maker in MAKERS), "copy")
"""Primitives that make an array."""


def comprehension(
    state: State,
    node: Comprehension,
    source: Meaning | None = None,
    item: Meaning | None = None,
) -> Meaning:
    """Return the list that a comprehension makes; a generator makes its items later.

    source: what a generator takes its items from, when they are to be made.
    item: the one item of it to make; then what becomes of it is returned.
    """
    if len(node.generators) != 1:
        hint = "fill an array in nested loops, or nest the lists"
        state.fail(node, "E202", "comprehensions with several 'for' are not supported", hint)
    if any(isinstance(part, ast.NamedExpr) for part in walk_scope([node])):
        hint = "assign in a loop"
        state.fail(node, "E202", "':=' in a comprehension is not supported", hint)
    (generator,) = node.generators
    loop = _Loop(state, node, generator)
    if item is not None:
        return loop.value(item)
    if source is None:
        source = state.expr(state, generator.iter)
        if isinstance(node, ast.GeneratorExp):
            return GeneratorOf(node, state.frame, source)
    if isinstance(source, YieldsOf):
        return _collected(loop, source)
    source = sequence(state, source, node, generator.iter)
    state.hold(source)
    if isinstance(source, TupleOf):
        return TupleOf(tuple(_chosen_items(loop, source.items)), is_list=True)
    return ListOf(_filled(loop, source))


@dataclass(frozen=True, slots=True)
class _Loop:
    """The parts of a comprehension as functions of its variables."""

    state: State
    node: Comprehension
    generator: ast.comprehension

    def _call(self, body: ast.expr, item: Meaning) -> Meaning:
        names: list[str] = []
        values = _destructured(self.state, self.generator.target, item, names)
        given = [ast.arg(name) for name in names]
        params = ast.arguments(
            posonlyargs=[], args=given, kwonlyargs=[], kw_defaults=[], defaults=[]
        )
        tree = ast.copy_location(ast.Lambda(params, body), self.node)
        frame = self.state.frame
        callee = Callee("item", tree, frame.source, {}, frame)
        call = ast.copy_location(ast.Call(self.node, [], []), self.node)
        return inline(self.state, callee, Arguments(tuple(values), {}), call, frame.at)

    def test(self, item: Meaning) -> Atom:
        """Return whether an item is taken."""
        tests = self.generator.ifs
        whole = tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)
        body = ast.copy_location(whole, self.node) if len(tests) > 1 else whole
        return as_truth(self.state, self._call(body, item), self.node)

    def value(self, item: Meaning) -> Meaning:
        """Return what an item becomes."""
        return self._call(self.node.elt, item)


def _destructured(state: State, target: ast.expr, item: Meaning, names: list[str]) -> list[Meaning]:
    """Return what the names in a target mean; append the names."""
    match target:
        case ast.Name(id=name):
            names.append(name)
            return [item]
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            parts = unpacked(state, item, target, len(elts))
            pairs = zip(elts, parts, strict=True)
            return [
                value for elt, part in pairs for value in _destructured(state, elt, part, names)
            ]
        case _:
            state.fail(target, "E204", "this cannot be assigned to", "use names")


def _chosen_items(loop: _Loop, items: tuple[Meaning, ...]) -> list[Meaning]:
    """Return the items that an unrolled comprehension makes."""
    found: list[Meaning] = []
    for item in items:
        if loop.generator.ifs:
            test = loop.test(item)
            if not isinstance(test, Const):
                hint = "use np.array and a mask"
                loop.state.fail(loop.node, "E202", "an 'if' over a tuple must be known here", hint)
            if not test.value:
                continue
        value = loop.value(item)
        loop.state.hold(value)
        found.append(value)
    return found


def _filled(loop: _Loop, source: Meaning) -> Var:
    """Write the loop that fills an array with the items."""
    state, node = loop.state, loop.node
    count = element_count(state, source, node)
    if not isinstance(count, Const):
        count = state.op(node, "max", count, Const(0))
        state.hold(count)
    with state.block() as probe:
        first = as_array(state, loop.value(counted_element(state, source, Const(0), node)), node)
        model = state.op(node, "promoted", first)
    inner = _inner_extents(state, probe, first, count, node)
    if not inner:
        state.emit(If(Const(value=False), tuple(probe), (), state.span(node)), node)
    result = state.op(node, "empty", model, count, *inner, static=("like",))
    if state.is_truth(first):
        state.truths.add(result.name)
    state.hold(result)
    counter = Var(state.names.fresh("i"))
    state.ranks[counter.name] = 0
    place: Var = counter
    if loop.generator.ifs:
        place = state.let(Var(state.names.fresh("taken")), Const(0), node)

    def write() -> None:
        item = counted_element(state, source, counter, node)
        state.hold(item)
        if not loop.generator.ifs:
            _put(loop, result, place, item)
            return
        test = loop.test(item)
        with state.block() as then:
            _put(loop, result, place, item)
            state.emit(Accum(place, None, Const(1), state.span(node)), node)
        state.emit(If(test, tuple(then), (), state.span(node)), node)

    block = tuple(loop_body(state, node, write))
    state.emit(For(counter, Const(0), count, Const(1), block, None, state.span(node)), node)
    if loop.generator.ifs:
        index = (Slice(None, place), *(Slice() for _ in inner))
        part = state.temporary(Load(result, index), node)
        result = state.op(node, "copy", part)
        state.hold(result)
    if inner and isinstance(first, Var):
        for name in sorted(memory_of(tuple(probe), first.name)):
            mark_items(state, result, Var(name), node, many=True)
        for name in sorted(lists_behind(tuple(probe), first.name)):
            state.op(node, "same_memory", result, Var(name), static=("piece",))
    return result


def _collected(loop: _Loop, source: YieldsOf) -> ListOf:
    """Return a list of what becomes of the items that a function with `yield` gives."""
    state, node = loop.state, loop.node
    found = new_list(state, node)

    def body(item: Meaning) -> None:
        state.hold(item)
        test = loop.test(item) if loop.generator.ifs else Const(value=True)
        with state.block() as block:
            append(state, found, loop.value(item), node)
        state.emit(If(test, tuple(block), (), state.span(node)), node)

    produce(state, Yielding(source), body, node, loop_body)
    return as_list(state, found, node)


def _put(loop: _Loop, result: Var, place: Var, item: Meaning) -> None:
    state, node = loop.state, loop.node
    value = as_array(state, loop.value(item), node)
    rest = [Slice()] * known_rank(state, value, node)
    index: Index = (place, *rest)
    state.emit(Store(result, index, value, state.span(node)), node)


def _inner_extents(
    state: State, probe: list[Stmt], first: Atom, count: Atom, node: Comprehension
) -> tuple[Var, ...]:
    """Write what finds the shape of the first item, if that is an array."""
    rank = known_rank(state, first, node)
    if not rank:
        return ()
    if _writes_outside(tuple(probe)):
        hint = "fill an array in a loop"
        state.fail(node, "E202", "a comprehension that writes to arrays is not supported", hint)
    extents = tuple(Var(state.names.fresh("extent")) for _ in range(rank))
    for extent in extents:
        state.let(extent, Const(0), node)
    outer, state.out = state.out, probe
    for k, extent in enumerate(extents):
        state.let(extent, Op("shape", (first,), (k,)), node)
    state.out = outer
    test = state.op(node, "gt", count, Const(0))
    state.emit(If(test, tuple(probe), (), state.span(node)), node)
    return extents


def _writes_outside(block: Block) -> bool:
    """Return whether a block may change an array that it did not make."""
    made = _made(block)
    for stmt in statements(block):
        match stmt:
            case Call(function=function) if not gives_new_memory(function):
                return True
            case Store(array=array) if array.name not in made:
                return True
            case Accum(target=target, index=index) if index is not None:
                if target.name not in made:
                    return True
    return False


def _made(block: Block) -> set[str]:
    """Return the names that only stand for arrays that `block` makes, or for views of them."""
    values: dict[str, list[Value | None]] = {}
    for stmt in statements(block):
        for target in targets(stmt):
            value = stmt.value if isinstance(stmt, Let) else None
            values.setdefault(target.name, []).append(value)
    made = set(values)
    while True:
        left = {name for name in made if all(_is_made(v, made) for v in values[name])}
        if left == made:
            return made
        made = left


def _is_made(value: Value | None, made: set[str]) -> bool:
    match value:
        case Op(prim=prim):
            return prim in NEW
        case Var(name=name) | Load(array=Var(name=name)):
            return name in made
        case _:
            return False
