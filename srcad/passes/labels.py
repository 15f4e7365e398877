"""Names for the temporaries that remain, after what they hold.

_t0 = len(x)          n = len(x)
_t1 = x[i]      ->    x_i = x[i]
_t2 = exp(s)          exp_s = math.exp(s)
_t3 = a * b + c       t = a * b + c
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir.names import NameSupply
from srcad.ir.nodes import Atom, Const, Function, Let, Load, Op, Slice, Value, Var
from srcad.ir.walk import map_atoms, rename, statements, targets
from srcad.passes.made_up import is_made_up

_LONGEST = 16


def label(function: Function) -> Function:
    """Return `function` with readable names instead of temporaries."""
    supply = NameSupply.of(function)
    new_name: dict[str, Var] = {}
    for stmt in statements(function.body):
        for target in targets(stmt):
            if is_made_up(target.name) and target.name not in new_name:
                base = _base(target.name, stmt.value if isinstance(stmt, Let) else None, new_name)
                new_name[target.name] = Var(supply.fresh(base), target.type)
    if not new_name:
        return function

    def readable(atom: Atom) -> Atom:
        return new_name.get(atom.name, atom) if isinstance(atom, Var) else atom

    returns = tuple(map_atoms(value, readable) for value in function.returns)
    return replace(function, body=rename(function.body, new_name), returns=returns)


def _base(name: str, value: Value | None, new_name: dict[str, Var]) -> str:
    """Return the name to start from for a temporary that holds `value`."""
    if "_bar" in name or "_dot" in name:
        return "t_bar" if "_bar" in name else "t_dot"
    words = _words(value, new_name)
    base = "_".join(words) if words else "t"
    return base if len(base) <= _LONGEST and base.isidentifier() else "t"


def _words(value: Value | None, new_name: dict[str, Var]) -> list[str]:
    match value:
        case Op("len" | "shape" | "size"):
            return ["n"]
        case Load(array=array, index=index):
            parts = [_word(part, new_name) for part in index]
            return [array.name, *map(str, parts)] if all(parts) else [array.name, "at"]
        case Op(prim=prim, args=(Var(name=name),)) if prim.isalnum() and not is_made_up(name):
            return [prim, name]
        case _:
            return []


def _word(part: object, new_name: dict[str, Var]) -> str:
    match part:
        case Var(name=name):
            return new_name[name].name if name in new_name else name
        case Const(value=int(number)) if number >= 0:
            return str(number)
        case Slice():
            return ""
        case _:
            return ""
