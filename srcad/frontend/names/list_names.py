"""Names of lists that are changed: a list that a loop makes has one."""

from __future__ import annotations

from srcad.frontend.names.meaning import GrowingOf, Meaning, TupleOf
from srcad.frontend.names.state import Frame, Node, State


def check_own_name(state: State, owner: GrowingOf, name: str, node: Node) -> None:
    """Report a second name for a list that a loop makes again and again.

    The list of an earlier iteration would be another one, with the same buffers.
    """
    if not owner.cell.loops:
        return
    frame: Frame | None = state.frame
    while frame is not None:
        for other, meaning in frame.env.items():
            is_same = frame is state.frame and other == name
            if not is_same and not other.endswith("@") and _holds(meaning, owner):
                message = "a second name for a list that is made in a loop is not supported"
                state.fail(node, "E202", message, "make a copy: list(...)")
        frame = frame.parent


def _holds(meaning: Meaning, owner: GrowingOf) -> bool:
    if isinstance(meaning, TupleOf):
        return any(_holds(item, owner) for item in meaning.items)
    return meaning == owner
