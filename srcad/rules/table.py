"""All primitives and their rules, by name.

`PRIMS["sin"]` says how to spell it; `rule_for("pow", args)` is its rule, or the variant for
these literal arguments. After `register(rule("f(x)", f, dx="..."))`, the user's function
`f` is a primitive too.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import replace

from srcad.ir import quote
from srcad.ir.nodes import Atom, Const, Op
from srcad.rules import (
    arrays,
    complex_parts,
    cotangents,
    elementary,
    operators,
    piecewise,
    scipy,
    sets,
    special,
    wholes,
)
from srcad.rules.rows import CHEAP, ROOT, Prim, Row, Rule

PRIMS: dict[str, Prim] = {}
RULES: dict[str, Rule] = {}

MODULES = {
    "np": "numpy",
    "cmath": "cmath",
    "math": "math",
    "operator": "operator",
    "srcad": "srcad",
}
LAZY = {"special": "scipy.special"}
"""Modules that are not imported for the sake of their functions: who calls them has done so."""


def register(*rows: Row) -> None:
    """Make rows known, all or none of them.

    Raises ValueError for a name that is taken, and for a partial that applies a primitive
    that does not exist or takes another number of arguments. Rows may apply each other.
    """
    prims, rules = dict(PRIMS), dict(RULES)
    for row in rows:
        if row.prim is not None:
            if row.prim.name in prims:
                message = f"{row.signature}: {row.prim.name} is already defined"
                raise ValueError(message)
            prims[row.prim.name] = row.prim
        if row.rule is not None:
            rules[row.rule.prim] = _merged(row.signature, rules.get(row.rule.prim), row.rule)
    for row in rows:
        _check(row, prims)
    PRIMS.update(prims)
    RULES.update(rules)


def _merged(signature: str, general: Rule | None, new: Rule) -> Rule:
    if new.when is None:
        return new
    if general is None or general.params != new.params:
        message = f"{signature}: a row with `when` follows a general row of this signature"
        raise ValueError(message)
    return replace(general, variants=(*general.variants, new))


def _check(row: Row, prims: dict[str, Prim]) -> None:
    exprs = (*row.rule.partials, row.rule.when) if row.rule else ()
    for expr in exprs:
        for name, count in sorted(quote.applied(expr)) if expr else ():
            if name not in prims or prims[name].arity not in (count, -1):
                message = f"{row.signature}: there is no primitive {name} of {count} arguments"
                raise ValueError(message)


# Looking up -------------------------------------------------------------------------


def rule_for(name: str, args: Sequence[object] = ()) -> Rule | None:
    """Return the rule of a primitive for these atoms, or None if it has no rule."""
    general = RULES.get(name)
    if general is None or not general.variants:
        return general
    pairs = zip(general.params, args, strict=False)
    literals = {param: arg.value for param, arg in pairs if isinstance(arg, Const)}
    for variant in general.variants if literals else ():
        if variant.when is not None and quote.known(variant.when, literals) is True:
            return variant
    return general


def is_pinned(name: str) -> bool:
    """Return whether a primitive stays as it is written."""
    return name in PRIMS and PRIMS[name].pinned


def cost_of(op: Op) -> int:
    """Return what an operation costs: a power with a small literal exponent is a product."""
    match op:
        case Op("pow" | "power", (_, Const(value=power))) if power in {0, 1, 2}:
            return CHEAP
        case Op("pow" | "power", (_, Const(value=power))) if power * 2 in range(-16, 17):
            return ROOT
        case _:
            return PRIMS[op.prim].cost


def environment(rule_: Rule, args: Sequence[Atom], result: Atom) -> dict[str, Atom]:
    """Return what the names in the partials of a rule stand for in one operation."""
    return {**dict(zip(rule_.params, args, strict=True)), "y": result}


def object_of(spelling: str) -> object | None:
    """Return what `np.sin`, `math.sin`, `operator.add` or `abs` is in Python, or None."""
    module, _, name = spelling.rpartition(".")
    if module in LAZY:
        return getattr(sys.modules.get(LAZY[module]), name, None)
    found = importlib.import_module(MODULES.get(module, "builtins"))
    return getattr(found, name, None)


__all__ = [
    "PRIMS",
    "RULES",
    "Prim",
    "Rule",
    "cost_of",
    "environment",
    "is_pinned",
    "object_of",
    "register",
    "rule_for",
]

register(
    *operators.OPERATORS,
    *elementary.ELEMENTARY,
    *piecewise.PIECEWISE,
    *special.SPECIAL,
    *cotangents.COTANGENTS,
    *scipy.SCIPY,
    *arrays.ARRAYS,
    *wholes.WHOLES,
    *sets.SETS,
    *complex_parts.HOLOMORPHIC,
    *complex_parts.PRIMS,
)
