"""What a loop counts: how many items a sequence has, and which one comes at a place."""

from __future__ import annotations

from srcad.frontend.names import growing
from srcad.frontend.names.meaning import (
    EnumerateOf,
    GeneratorOf,
    GridOf,
    GrowingOf,
    Meaning,
    RangeOf,
    RecordOf,
    ReversedOf,
    TupleOf,
    ZipOf,
)
from srcad.frontend.names.scope import (
    check_not,
    opposite,
)
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structured import frame_of
from srcad.frontend.numpy.fields import part as element
from srcad.frontend.numpy.subscripts import viewed
from srcad.frontend.statements.comparisons import operation
from srcad.ir.nodes import Atom, Const, Load, Var


def element_count(state: State, source: Meaning, node: Node) -> Atom:
    """Return how many items a sequence has (for ranges, or fewer than none)."""
    match source:
        case RangeOf(start=start, stop=stop, step=step):
            if step == Const(1):
                return stop if start == Const(0) else operation(state, node, "sub", stop, start)
            check_not(state, "eq", step, 0, "the step of a range is zero", node)
            below = operation(state, node, "sub", start, stop)
            steps = operation(state, node, "floordiv", below, step)
            return negative(state, steps, node)
        case EnumerateOf(source=inner) | ReversedOf(source=inner) | GeneratorOf(source=inner):
            return element_count(state, inner, node)
        case ZipOf(sources=sources):
            first, *others = (element_count(state, inner, node) for inner in sources)
            for other in others:
                if other != first:
                    first = state.op(node, "min", first, other)
            return first
        case Var() as array:
            return state.op(node, "len", array)
        case RecordOf():
            return state.op(node, "len", frame_of(state, source, node))
        case GrowingOf():
            return growing.length(state, source, node)
        case GridOf(shape=shape):
            size: Atom = Const(1)
            for extent in shape:
                size = extent if size == Const(1) else operation(state, node, "mul", size, extent)
            return size
        case _:
            raise TypeError(source)


def negative(state: State, value: Atom, node: Node) -> Atom:
    """Return `-value`."""
    if isinstance(value, Const):
        return opposite(state, value, node)
    return state.op(node, "neg", value)


def counted_element(state: State, source: Meaning, at: Atom, node: Node) -> Meaning:
    """Return item number `at` of a sequence."""
    match source:
        case RangeOf(start=start, step=step):
            offset = at if step == Const(1) else operation(state, node, "mul", at, step)
            return added(state, start, offset, node)
        case EnumerateOf(source=inner, start=start):
            number = added(state, at, start, node)
            return TupleOf((number, counted_element(state, inner, at, node)))
        case ZipOf(sources=sources):
            return TupleOf(tuple(counted_element(state, inner, at, node) for inner in sources))
        case ReversedOf(source=inner):
            last = operation(state, node, "sub", element_count(state, inner, node), Const(1))
            return counted_element(state, inner, operation(state, node, "sub", last, at), node)
        case Var() as array:
            return state.temporary(Load(array, (at,)), node)
        case RecordOf():
            state.hold(at)
            return element(state, source, (at,), node, viewed)
        case GrowingOf():
            return growing.item_at(state, source, at, node)
        case GeneratorOf(tree=tree, home=home, source=inner):
            item = counted_element(state, inner, at, node)
            with state.inside(home):
                return state.comprehension(state, tree, item=item)
        case GridOf():
            return _grid_element(state, source, at, node)
        case _:
            raise TypeError(source)


def _grid_element(state: State, source: GridOf, at: Atom, node: Node) -> Meaning:
    """Return index, element, or both, of item number `at` in an array, row by row."""
    index: list[Atom] = []
    for extent in source.shape[:0:-1]:
        index.insert(0, operation(state, node, "mod", at, extent))
        at = operation(state, node, "floordiv", at, extent)
    index.insert(0, at)
    for part in index:
        state.hold(part)
    place = TupleOf(tuple(index))
    if source.array is None:
        return place
    element = state.temporary(Load(source.array, tuple(index)), node)
    return TupleOf((place, element)) if source.gives_index else element


def added(state: State, a: Atom, b: Atom, node: Node) -> Atom:
    """Return `a + b`."""
    if Const(0) in (a, b):
        return b if a == Const(0) else a
    return operation(state, node, "add", a, b)
