"""How to call a variable in an error text: as the user wrote it, or not by name.

x_1 at a line with `x = x[1:]`    ->    'x'
_t3 at the same line              ->    an array
"""

from __future__ import annotations

import io
import linecache
import os
import re
import tokenize
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from srcad.ir.nodes import Span

_TEMPORARY = re.compile(r"_t\d+")
_OURS = re.compile(r"_(?:\d+|bar|dot|kept|out|items|[A-Za-z]\w*?)$")
"""What is appended to the user's names: numbers, parts of tuples, words of the passes."""


OUT_OF_BOUNDS = "index out of bounds at "
"""How the texts of errors about indices begin, before a place."""


def out_of_bounds(span: Span | None) -> str:
    """Return the text of an IndexError."""
    return f"index out of bounds{_place(span)}"


def changes_shape(name: str, span: Span | None) -> str:
    """Return the text of the error of an array that must keep its shape."""
    what = called(name, span)
    return f"{what} changes its shape in the loop{_place(span)}: its derivative needs one shape"


def _place(span: Span | None) -> str:
    return f" at {os.path.basename(span.file)}:{span.line}" if span else ""  # noqa: PTH119


def called(name: str, span: Span | None, otherwise: str = "an array") -> str:
    """Return the user's name for the variable `name` in quotes, or `otherwise`.

    span: where the variable is used; the user's name stands there.
    """
    found = written_name(name, span)
    return otherwise if found is None else f"'{found}'"


def written_name(name: str, span: Span | None) -> str | None:
    """Return the name that stands in the text at `span` and that `name` was made of."""
    if span is None:
        return None
    known = _names(_lines(span))
    while name not in known:
        shorter = _OURS.sub("", name)
        if shorter in ("", name):
            return None
        name = shorter
    return name


def is_ours(name: str, span: Span) -> bool:
    """Return whether a name was made of the user's names at `span`, or of none."""
    if name in "".join(_lines(span)):
        return False
    return _TEMPORARY.match(name) is not None or written_name(name, span) is not None


def _lines(span: Span) -> tuple[str, ...]:
    return tuple(linecache.getlines(span.file)[span.line - 1 : span.end_line])


@lru_cache(maxsize=64)
def _names(lines: tuple[str, ...]) -> frozenset[str]:
    """Return the names in some lines of a program."""
    found = set()
    tokens = tokenize.generate_tokens(io.StringIO("".join(lines)).readline)
    try:
        for token in tokens:
            if token.type == tokenize.NAME:
                found.add(unicodedata.normalize("NFKC", token.string))
    except (tokenize.TokenError, SyntaxError):  # the lines are a part of a file
        pass
    return frozenset(found)
