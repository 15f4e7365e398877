"""Calls of functions that are being inlined already: they stay calls.

    def power(x, n):
        if n == 0:
            return 1.0                      a number, so the other results are numbers, too
        return x * power(x, n - 1)

What a function returns has one type for one kind of arguments: as many dimensions as any of
its `return` lines tells without lowering the body.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from srcad.frontend.calls.derivatives import emitted_call
from srcad.frontend.names.inline import Callee, bound_arguments
from srcad.frontend.names.meaning import NONE, Known, Meaning, TupleOf
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.syntax.source import Source
from srcad.frontend.syntax.survey import returns_of, stored_names
from srcad.ir.nodes import Const, Var


def recursive_call(state: State, source: Source, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the results of a recursive call: one, or as many as its tuples have."""
    tree = source.tree
    assert isinstance(tree, ast.FunctionDef)
    defaults: dict[str, Meaning] = {k: Known(v) for k, v in source.defaults.items()}
    callee = Callee(tree.name, tree, source, defaults, None)
    bound = bound_arguments(state, callee, arguments, node)
    values = [stmt.value for stmt in returns_of(tree.body) if stmt.value]
    sizes = {len(v.elts) for v in values if isinstance(v, ast.Tuple)}
    count = max(sizes, default=1) if values else 0
    results = emitted_call(state, source.func, tuple(bound.values()), count, node)
    stored = stored_names(tree.body)
    ranks = {k: _rank_of(state, v) for k, v in bound.items() if k not in stored}
    for k, result in enumerate(results):
        state.ranks[result.name] = next(_ranks_told(values, k if sizes else None, ranks), None)
    if not values:
        return NONE
    return TupleOf(results) if sizes else results[0]


def _rank_of(state: State, argument: Meaning) -> int | None:
    """Return the dimensions of an argument, if it is a number or an array."""
    match argument:
        case Var() | Const():
            return state.rank(argument)
        case Known(value=bool() | int() | float()):
            return 0
        case _:
            return None


def _ranks_told(
    values: Sequence[ast.expr], item: int | None, ranks: Mapping[str, int | None]
) -> Iterator[int]:
    """Yield the dimensions that `return` lines tell, of one item where they are tuples."""
    for value in values:
        if item is None:
            part: ast.expr | None = value
        else:
            part = value.elts[item] if isinstance(value, ast.Tuple) else None
        rank = None if part is None else _told(part, ranks)
        if rank is not None:
            yield rank


def _told(expr: ast.expr, ranks: Mapping[str, int | None]) -> int | None:
    """Return the dimensions of what is made of literals and of parameters alone."""
    match expr:
        case ast.Constant(value=bool() | int() | float()):
            return 0
        case ast.Name(id=name):
            return ranks.get(name)
        case ast.UnaryOp(operand=operand):
            return _told(operand, ranks)
        case ast.BinOp(left=left, op=op, right=right) if not isinstance(op, ast.MatMult):
            both = _told(left, ranks), _told(right, ranks)
            return None if both[0] is None or both[1] is None else max(both[0], both[1])
        case ast.Subscript(value=array, slice=index):
            base = _told(array, ranks)
            parts = index.elts if isinstance(index, ast.Tuple) else [index]
            picked = [part for part in parts if not isinstance(part, ast.Slice)]
            if base is None or any(_told(part, ranks) != 0 for part in picked):
                return None
            return base - len(picked) if len(picked) <= base else None
        case _:
            return None
