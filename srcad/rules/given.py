"""Rules that users give: rows of the table for functions of their own.

The function of a row is what compiled code calls; what the user calls (the same object, a
Python function that was compiled for it, a `cfunc`) is known by its identity.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from srcad.ir import quote
from srcad.ir.names import CALLED_BY_NAME
from srcad.rules import table
from srcad.rules.known import GIVEN, Given, given_for, touch
from srcad.rules.rows import Interval, Row, _signature, rule

NAN = quote.Lit(float("nan"))


def signature_of(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the arguments in the text of a signature."""
    name, params = _signature(text)
    if keyword.iskeyword(name):
        message = f"{text!r}: {name} has a meaning in Python"
        raise ValueError(message)
    return name, params


def given_row(
    signature: str,
    objects: tuple[object, ...],
    compiled: Callable[..., object],
    let: str,
    at: Interval | tuple[Interval, ...],
    partials: dict[str, str],
) -> Row:
    """Return the row of a user's function; an argument without a partial is refused later.

    Products with its partials take care of zeros: nobody knows where they are infinite.
    Raises ValueError for texts that are wrong, and for a function that has a rule of ours.
    """
    written, params = _signature(signature)
    name = _free_name(written, objects)
    called = f"{name}({', '.join(params)})"
    row = rule(called, compiled, let=let, at=at, singular=True, **partials)  # type: ignore[arg-type]
    assert row.rule is not None
    found = tuple(None if p is None else quote.renamed(p, written, name) for p in row.rule.partials)
    missing = frozenset(k for k, p in enumerate(found) if p is None)
    filled = tuple(NAN if p is None else p for p in found)
    new = replace(row.rule, partials=filled, refused=missing)
    return replace(row, rule=new)


def give(objects: tuple[object, ...], row: Row, wrapper: Any) -> None:
    """Make a rule known, in place of an older one of the same function."""
    assert row.prim is not None
    name = row.prim.name
    prim, known = table.PRIMS.pop(name, None), table.RULES.pop(name, None)
    try:
        table.register(row)
    except ValueError:
        if prim is not None and known is not None:
            table.PRIMS[name], table.RULES[name] = prim, known
        raise
    for key in [key for key, known in GIVEN.items() if known.name == name]:
        del GIVEN[key]
    new = Given(objects, row, wrapper)
    GIVEN.update({id(obj): new for obj in objects})
    CALLED_BY_NAME.add(name)
    touch()


def _free_name(name: str, objects: tuple[object, ...]) -> str:
    """Return the name of a primitive: that of an older rule of the same function, or a new one."""
    known = [found for obj in objects if (found := given_for(obj)) is not None]
    if known:
        return known[0].name
    label, number = name, 0
    while label in table.PRIMS:
        if _is_defined_again(label, objects):
            return label
        number += 1
        label = f"{name}_{number}"
    return label


def _is_defined_again(name: str, objects: tuple[object, ...]) -> bool:
    """Return whether one of these functions is one that has the name, in a new version.

    What the same code has made, or a lambda, is another function.
    """
    places = {_place(obj): _code(obj) for obj in objects}
    places.pop(None, None)
    old = [obj for known in GIVEN.values() if known.name == name for obj in known.objects]
    return any(places.get(_place(obj), _code(obj)) is not _code(obj) for obj in old)


def _place(obj: object) -> tuple[str, str] | None:
    module, name = getattr(obj, "__module__", None), getattr(obj, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or name.endswith("<lambda>"):
        return None
    return module, name


def _code(obj: object) -> object:
    inner = getattr(obj, "py_func", None) or getattr(obj, "__wrapped__", None) or obj
    return getattr(inner, "__code__", None)
