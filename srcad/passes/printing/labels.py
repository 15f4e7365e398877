"""Names for the temporaries that remain, after what they hold.

_t0 = len(x)                n = len(x)
_t1 = x[i]                  x_i = x[i]
_t2 = exp(s)          ->    exp_s = math.exp(s)
_t3 = np.dot(a, b)          product = np.dot(a, b)
_t4 = a * b + c             t = a * b + c
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping

from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.nodes import Accum, Atom, Call, Const, Function, Let, Load, Op, Slice, Stmt, Var
from srcad.ir.types import INT
from srcad.ir.walk import map_atoms, rename, statements, targets
from srcad.passes.building.temporaries import is_made_up
from srcad.rules.linalg import Whole

_LONGEST = 16
_DERIVATIVE = re.compile(r"(_t\d+)_.*(bar|dot)(?:_\d+)?")
_ARRAYS = ("empty", "empty_like", "zeros", "zeros_like", "full", "full_like")
_SIZES = ("max", "common_extent", "wider_extent")


def label(function: Function, before: Function | None = None) -> Function:
    """Return `function` with readable names instead of temporaries.

    before: the program when it still had the temporaries that derivatives are named after.
    """
    new_name = named(function, {} if before is None else named(before, {}))
    if not new_name:
        return function

    def readable(atom: Atom) -> Atom:
        return new_name.get(atom.name, atom) if isinstance(atom, Var) else atom

    returns = tuple(map_atoms(value, readable) for value in function.returns)
    return updated(function, body=rename(function.body, new_name), returns=returns)


def named(function: Function, known: Mapping[str, Var]) -> dict[str, Var]:
    """Return a readable name for each temporary; known: names of some that are gone."""
    supply = NameSupply.of(function)
    new_name: dict[str, Var] = {}
    body = tuple(statements(function.body))
    sums = {stmt.target.name for stmt in body if isinstance(stmt, Accum) and stmt.index is None}
    for stmt in body:
        for target in targets(stmt):
            if is_made_up(target.name) and target.name not in new_name:
                base = _base(target, stmt, sums, ChainMap(new_name, dict(known)))
                new_name[target.name] = Var(supply.fresh(base), target.type)
    return new_name


def _base(target: Var, stmt: Stmt, sums: set[str], new_name: Mapping[str, Var]) -> str:
    """Return the name to start from for a temporary that a statement binds."""
    derivative = _DERIVATIVE.fullmatch(target.name)
    if derivative is not None:
        source = new_name.get(derivative[1])
        return f"{source.name if source else 't'}_{derivative[2]}"
    if target.name in sums and target.type != INT:
        return "total"
    words = _words(target, stmt, new_name)
    base = "_".join(words) if words else "t"
    return base if len(base) <= _LONGEST and base.isidentifier() else "t"


def _words(target: Var, stmt: Stmt, new_name: Mapping[str, Var]) -> list[str]:
    match stmt:
        case Let(value=Op("len" | "shape" | "size")):
            return ["n"]
        case Let(value=Op(prim)) if prim in _SIZES and target.type == INT:
            return ["n"]
        case Let(value=Op(prim)) if prim in _ARRAYS:
            return ["work"]
        case Let(value=Op("axis_step")):
            return ["step"]
        case Let(value=Op("along") | Op("select", (_, Const(value=0), Var()))):
            return ["at"] if target.type == INT else []
        case Let(value=Op("eq", (Var() as name, Const(value=1)))):
            return [_word(name, new_name), "is", "1"]
        case Let(value=Load(array=array, index=index)):
            name = new_name.get(array.name, array)
            parts = [_word(part, new_name) for part in index]
            return [name.name, *map(str, parts)] if all(parts) else [name.name, "at"]
        case Let(value=Op(prim=prim, args=(Var(name=name),))):
            return [prim, name] if prim.isalnum() and not is_made_up(name) else []
        case Let(value=Op("written", _, (str(name),))):
            called = name.partition("(")[0].rpartition(".")[2]
            return ["product" if called == "dot" else called]
        case Call(function=Whole() as row):
            return [row.rule or "product"]
        case _:
            return []


def _word(part: object, new_name: Mapping[str, Var]) -> str:
    match part:
        case Var(name=name):
            return new_name[name].name if name in new_name else name
        case Const(value=int(number)) if number >= 0:
            return str(number)
        case Slice():
            return ""
        case _:
            return ""
