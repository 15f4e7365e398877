"""`map`, `filter` and `functools.reduce`: as the generator or the loop that they are short for.

map(f, x, y)     ->   (f(v, w) for v, w in zip(x, y))
filter(f, x)     ->   (v for v in x if f(v))
reduce(f, x, a)  ->   for v in x: a = f(a, v)
"""

from __future__ import annotations

import ast

from srcad import library
from srcad.frontend.names.meaning import (
    NONE,
    GeneratorOf,
    IteratorOf,
    ListOf,
    Meaning,
    ShapeOf,
    TupleOf,
    ZipOf,
    noun,
)
from srcad.frontend.names.scope import settled, shape_tuple
from srcad.frontend.names.state import Frame, State
from srcad.frontend.names.structural import Arguments, Handler, taken
from srcad.frontend.numpy.arguments import library_call
from srcad.ir.nodes import Var

FUNCTION = "function()"
"""What the function is called in the frame of the generator: no name of the user's."""


def _map(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the items of `map(f, ...)`, which are made when they are taken."""
    if arguments.named or len(arguments.positional) < 2:
        state.fail(node, "E403", "map() takes a function and sequences", "write map(f, x)")
    function, *sources = arguments.positional
    names = [f"item@{k}" for k in range(len(sources))]
    items: list[ast.expr] = [ast.Name(name, ast.Load()) for name in names]
    targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
    target = targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())
    element = ast.Call(ast.Name(FUNCTION, ast.Load()), items, [])
    source = sources[0] if len(sources) == 1 else ZipOf(tuple(sources))
    return _generator(state, function, ast.comprehension(target, element, [], 0), source, node)


def _filter(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the items of `filter(f, x)`, which are looked at when they are taken."""
    function, source = taken(state, arguments, node, "function iterable", 2)
    item = ast.Name("item@0", ast.Load())
    test: ast.expr = ast.Call(ast.Name(FUNCTION, ast.Load()), [item], [])
    target = ast.Name("item@0", ast.Store())
    tests = [item if function == NONE else test]
    return _generator(
        state, function or NONE, ast.comprehension(target, item, tests, 0), source or NONE, node
    )


def _generator(
    state: State, function: Meaning, loop: ast.comprehension, source: Meaning, node: ast.Call
) -> Meaning:
    """Return the generator of `loop`, whose `iter` is the item that it makes."""
    tree = ast.GeneratorExp(loop.iter, [loop])
    for part in ast.walk(tree):
        if isinstance(part, ast.expr):
            ast.copy_location(part, node)
    outer = state.frame
    home = Frame(outer.name, outer.source, outer.plan, outer.survey, outer, at=outer.at)
    home.env[FUNCTION] = function
    state.hold(function)
    return GeneratorOf(tree, home, source)


def _reduce(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return what `functools.reduce` leaves of the items of a sequence."""
    function, source, *start = taken(state, arguments, node, "function sequence initial", 2)
    source = settled(state, source or NONE, node)
    source = shape_tuple(state, source, node) if isinstance(source, ShapeOf) else source
    source = source.array if isinstance(source, ListOf) else source
    given = [part for part in start if part is not None]
    match source:
        case TupleOf(items=items):
            items = (*given, *items)
            if not items:
                state.fail(node, "E403", "reduce() of nothing", "give it an initial value")
            result = items[0]
            for item in items[1:]:
                pair = Arguments((result, item), {})
                result = state.call(state, function or NONE, pair, node)
            return result
        case Var() as array if state.rank(array) != 0:
            name = "reduced_from" if given else "reduced"
            values = Arguments((function or NONE, array, *given), {})
            return library_call(state, library.FUNCTIONS[name], values, node)
        case IteratorOf() | GeneratorOf():
            pass
    hint = "reduce an array, a list or a tuple, or write the loop"
    state.fail(node, "E208", f"reduce() of {noun(source)} is not supported", hint)


MAPPED: dict[str, Handler] = {"map": _map, "filter": _filter, "reduce": _reduce}
