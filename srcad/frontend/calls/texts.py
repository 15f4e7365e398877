"""Texts: f-strings, and what `print` and exceptions do with them.

A text of which all is known while compiling is a constant like any other. One that shows numbers
of the run can be printed; in an exception, what it would show stands there as it is written.
"""

from __future__ import annotations

import ast

from srcad.frontend.names.meaning import (
    DtypeOf,
    Known,
    ListOf,
    Meaning,
    ShapeOf,
    TextOf,
    TupleOf,
    noun,
)
from srcad.frontend.names.scope import shape_tuple
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import Arguments, Handler
from srcad.ir.nodes import Atom, Call, Const, Var
from srcad.ir.printed import Printed

TOLD_AS_TEXT = (str, int, float, bool, type(None))


def joined_text(state: State, node: ast.JoinedStr) -> Meaning:
    """Return what an f-string means."""
    template: list[str] = []
    shown: list[Meaning] = []
    written: list[str] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            template.append(_escaped(str(part.value)))
            written.append(str(part.value))
            continue
        assert isinstance(part, ast.FormattedValue)
        spec = _spec(state, part)
        value = state.expr(state, part.value)
        value = shape_tuple(state, value, part) if isinstance(value, ShapeOf) else value
        conversion = "" if part.conversion == -1 else f"!{chr(part.conversion)}"
        place = f"{{{conversion}{spec and ':'}{spec}}}"
        known = _told(value)
        if known is not None:
            template.append(_escaped(place.format(known[0])))
            written.append(place.format(known[0]))
            continue
        template.append(place)
        shown.append(value)
        written.append(f"{{{ast.unparse(part.value)}}}")
    text = "".join(template)
    if not shown:
        return Known(text.format())
    state.hold(TupleOf(tuple(shown)))
    return TextOf(text, tuple(shown), "".join(written))


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _spec(state: State, part: ast.FormattedValue) -> str:
    """Return how a value is to be formatted, which must be known."""
    if part.format_spec is None:
        return ""
    assert isinstance(part.format_spec, ast.JoinedStr)
    found = joined_text(state, part.format_spec)
    if isinstance(found, Known):
        return str(found.value)
    hint = "write it out: f'{x:.3f}'"
    state.fail(part, "E202", "the format of a value must be known while compiling", hint)


def _told(meaning: Meaning) -> tuple[object] | None:
    """Return what a text tells of a value that is known while compiling, None for others."""
    match meaning:
        case Const(value=value):
            return (value,)
        case Known(value=value) if isinstance(value, TOLD_AS_TEXT):
            return (value,)
        case _:
            return None


def print_call(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Write what prints the arguments, where the function itself runs."""
    named = dict(arguments.named)
    named.pop("flush", None)
    sep, end = (_ending(state, named.pop(key, None), key, node) for key in ("sep", "end"))
    if named:
        hint = "leave it out"
        state.fail(node, "E403", f"print() cannot take the argument '{next(iter(named))}'", hint)
    atoms: list[Atom] = []
    is_plain = sep is None and end is None
    if is_plain and not any(_has_text(value) for value in arguments.positional):
        parts = [_literal(state, value, atoms, node) for value in arguments.positional]
        text = f"print({', '.join(parts)})"
    else:
        template = (" " if sep is None else sep).join(
            _template(value) for value in arguments.positional
        )
        shown = [_literal(state, v, atoms, node) for v in _shown(arguments.positional)]
        items = "".join(f"{part}, " for part in shown).rstrip()
        whole = _escaped(repr(template + _escaped("\n" if end is None else end)))
        text = f"print_text({whole}, ({items}))"
    state.hold(TupleOf(tuple(atoms)))
    state.emit(Call((), Printed(text), "print", tuple(atoms), state.span(node)), node)
    return Known(None)


def _ending(state: State, meaning: Meaning | None, name: str, node: Node) -> str | None:
    """Return what stands between, or behind, what is printed; None where that is as always."""
    if meaning is None or meaning == Known(None):
        return None
    if isinstance(meaning, Known) and isinstance(meaning.value, str):
        return meaning.value
    state.fail(node, "E403", f"'{name}' of print() must be a literal text", f"write {name}=''")


def _has_text(meaning: Meaning) -> bool:
    return isinstance(meaning, TextOf)


def _template(meaning: Meaning) -> str:
    """Return how a value is written in what `str.format` takes."""
    match meaning:
        case TextOf(template=template):
            return template
        case Known(value=str() as text):
            return _escaped(text)
        case _:
            return "{}"


def _is_text(meaning: Meaning) -> bool:
    return isinstance(meaning, Known) and isinstance(meaning.value, str)


def _shown(values: tuple[Meaning, ...]) -> list[Meaning]:
    """Return the values that are put into the template, in order."""
    found: list[Meaning] = []
    for value in values:
        if isinstance(value, TextOf):
            found += value.shown
        elif not _is_text(value):
            found.append(value)
    return found


def _literal(state: State, meaning: Meaning, atoms: list[Atom], node: Node) -> str:
    """Return how a value is written as an argument; append the numbers and arrays in it."""
    match meaning:
        case Var() | Const():
            atoms.append(meaning)
            return "{}"
        case ListOf(array=array):
            atoms.append(array)
            return "list({})"
        case ShapeOf():
            return _literal(state, shape_tuple(state, meaning, node), atoms, node)
        case TupleOf(items=items, is_list=is_list):
            parts = [_literal(state, item, atoms, node) for item in items]
            inner = "".join(f"{part}, " for part in parts)
            return f"[{inner[:-2]}]" if is_list else f"({inner[:-1]})"
        case Known(value=value) if isinstance(value, TOLD_AS_TEXT):
            return _escaped(repr(value))
        case DtypeOf(array=array) if array.name in state.dtypes:
            return _escaped(repr(state.dtypes[array.name]))
        case _:
            hint = "print numbers, arrays, texts and tuples of these"
            state.fail(node, "E403", f"{noun(meaning)} cannot be printed here", hint)


TEXTS: dict[str, Handler] = {"print": print_call}
