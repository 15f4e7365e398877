"""Names that hold a number or an array, or None: beside each is a flag that says which.

    best = None                        best_is_given = False
    for v in x:                        for v in x:
        if best is None or v > best:       if not best_is_given or v > best:
            best = v                           best = v
                                               best_is_given = True

Where one path assigns None and another one something else, the flag is asked.
"""

from __future__ import annotations

import ast

from srcad.frontend.names.meaning import NONE, Known, Meaning, OptionalOf
from srcad.frontend.names.state import IS_GIVEN, Frame, Node, State
from srcad.frontend.syntax.survey import stored_names
from srcad.frontend.types.nothing import NOTHING
from srcad.ir.nodes import Const, If, Let, Raise, Var


def note_given(state: State, name: str, meaning: Meaning, node: Node) -> None:
    """Write whether a name holds something else than None from here on."""
    if meaning == NONE or isinstance(meaning, Var):
        flag = state.variable(name, *IS_GIVEN)
        if meaning == NONE:
            state.emit(Let(state.variable(name), NOTHING, state.span(node)), node)
        state.let(flag, Const(meaning != NONE), node)
        state.truths.add(flag.name)


def value_of(state: State, found: OptionalOf, name: str, node: Node) -> Var:
    """Return what a name holds; write the test that it is not None."""
    wrong = state.op(node, "not", found.is_given)
    failure = Raise(TypeError, (f"'{name}' is None here",), state.span(node))
    state.emit(If(wrong, (failure,), (), state.span(node)), node)
    return found.value


def asked(state: State, node: ast.expr) -> tuple[str, OptionalOf, bool] | None:
    """Return the name in `name is None`, what it means, and whether None is asked for.

    None for all other tests, and where the answer is known.
    """
    match node:
        case ast.Compare(
            left=ast.Name(id=name),
            ops=[ast.Is() | ast.IsNot() as op],
            comparators=[ast.Constant(value=None)],
        ):
            frame: Frame | None = state.frame
            while frame is not None and name not in frame.env:
                frame = frame.parent
            found = None if frame is None else frame.env[name]
            if frame is not None and isinstance(found, OptionalOf):
                frame.reads.add((name, found))
                return name, found, isinstance(op, ast.Is)
    return None


def narrow(state: State, test: ast.expr, *, holds: bool) -> None:
    """Let a name mean what it is known to be in a branch."""
    found = asked(state, test)
    if found is not None and found[0] in state.frame.env:
        name, optional, is_none = found
        state.frame.assign(name, NONE if is_none == holds else optional.value)


def widen(state: State, node: Node) -> None:
    """Let names that a loop assigns mean all that they may be there."""
    frame = state.frame
    if not frame.survey.optional:
        return
    for name in frame.survey.optional & {*stored_names([node])}:
        own = state.variable(name), state.variable(name, *IS_GIVEN)
        if frame.env.get(name) in (Known(None), own[0]):
            state.truths.add(own[1].name)
            state.ranks[own[1].name] = 0
            frame.assign(name, OptionalOf(*own))
