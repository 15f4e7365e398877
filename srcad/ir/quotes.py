"""The user's lines as comments in generated text, and the statements that need none."""

from __future__ import annotations

import linecache

from srcad.ir.nodes import Accum, Call, For, If, Let, Op, Span, Stmt, Store, Var, While
from srcad.ir.types import BOOL, INT, Array
from srcad.ir.walk import statements, targets

_LONGEST_QUOTE = 3

UNQUOTED = ("def ", "@", "return ")
HEADS = ("for ", "while ", "if ", "elif ", "else:")
"""Lines that the code shows as well as a comment would."""

MADE = frozenset({"shape", "len", "size", "empty", "zeros", "empty_like", "zeros_like"})
"""What makes arrays or asks for their sizes."""


def users_text(span: Span) -> str:
    """Return the user's line at `span`, whole if it goes on over a few lines."""
    first = linecache.getline(span.file, span.line)
    last = min(span.end_line, span.line + _LONGEST_QUOTE)
    goes_on = not _without_comment(first).endswith(":")
    rest = [linecache.getline(span.file, at) for at in range(span.line + 1, last + 1) if goes_on]
    text = " ".join(filter(None, map(_without_comment, [first, *rest])))
    return "".join(char if char.isprintable() else " " for char in text)


def _without_comment(line: str) -> str:
    return line.strip() if '"' in line or "'" in line else line.partition("#")[0].strip()


def prepares(stmt: Stmt) -> bool:
    """Return whether a statement only asks for a size, makes an array, or tests one of these."""
    match stmt:
        case Let(target=Var(type=Array()), value=Op(prim=prim)):
            return prim in MADE
        case Let(target=Var(type=type_)):
            return type_ in (INT, BOOL)
        case Call(targets=()):
            return True
        case _:
            return False


def written_by(stmt: Stmt) -> tuple[Var, ...]:
    """Return the names that a statement binds, and the array that it writes."""
    match stmt:
        case Store(array=array):
            return (array,)
        case Accum(target=target):
            return (target,)
        case For() | While() | If():
            return tuple(var for inner in statements((stmt,))[1:] for var in written_by(inner))
        case _:
            return tuple(targets(stmt))
