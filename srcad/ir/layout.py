"""Lines of generated source that are too long, broken as a person would break them."""

from __future__ import annotations

import re
from itertools import pairwise

WIDTH = 100
ONE_LINE = ("# ", "raise ", "assert ", "raise_if(", "out_of_bounds_if(")
"""How lines begin that say one thing that readers pass over: they stay one line."""


# Where to break, loosest first; the separator opens the next line, a comma ends its own.
_SEPARATORS = (
    (", ",),
    (" if ", " else "),
    (" or ",),
    (" and ",),
    (" < ", " <= ", " > ", " >= ", " == ", " != "),
    (" | ", " ^ ", " & ", " << ", " >> "),
    (" + ", " - "),
    (" * ", " / ", " // ", " % ", " @ "),
    (" ** ",),
)
_ASSIGNMENT = re.compile(r" (?:\*\*|//|<<|>>|[-+*/%&|^])?= ")
_STRING = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_KEYWORD = re.compile(r"(return |if |elif |while |for \w+ in )(.*?)(:?)$")


def wrapped(line: str, indent: int) -> list[str]:
    """Return `line`, indented, as one or several lines of at most `WIDTH` columns."""
    pad = " " * indent
    if indent + len(line) <= WIDTH or line.startswith(ONE_LINE):
        return [pad + line]
    head, body, tail = _statement(line)
    if len(_pieces(body)) == 1:
        if ", " not in head:
            return _laid_out(line, indent)
        first, *rest = _opened(body, indent)
        return [pad + head + first.strip(), *rest]
    return [f"{pad}{head}(", *_laid_out(body, indent + 4), f"{pad}){tail}"]


def _statement(line: str) -> tuple[str, str, str]:
    """Return what stands before the expression of a statement, the expression, the rest."""
    if keyword := _KEYWORD.match(line):
        return keyword[1], keyword[2], keyword[3]
    for equals in _ASSIGNMENT.finditer(line):
        if _depth(line[: equals.start()]) == 0:
            return line[: equals.end()], line[equals.end() :], ""
    return "", line, ""


def _without_strings(text: str) -> str:
    """Return `text` with strings of the same length that have nothing to break at."""
    return (
        _STRING.sub(lambda found: "_" * len(found[0]), text) if "'" in text or '"' in text else text
    )


def _depth(text: str) -> int:
    text = _without_strings(text)
    return sum(text.count(c) for c in "([") - sum(text.count(c) for c in ")]")


def _laid_out(text: str, indent: int) -> list[str]:
    """Return `text`, which stands inside brackets or has some, as indented lines."""
    if indent + len(text) <= WIDTH:
        return [" " * indent + text]
    pieces = _pieces(text)
    if len(pieces) == 1:
        return _opened(text, indent)
    lines: list[str] = []
    for piece in pieces:
        joined = f"{lines[-1]} {piece}" if lines else ""
        if lines and len(joined) <= WIDTH:
            lines[-1] = joined
        else:
            lines.extend(_laid_out(piece, indent))
    return lines


def _opened(text: str, indent: int) -> list[str]:
    """Return `text` with the contents of its longest brackets on lines of their own."""
    spans = _brackets(text)
    if not spans:
        return [" " * indent + text]
    start, end = max(spans, key=lambda span: span[1] - span[0])
    if end - start <= 1:
        return [" " * indent + text]
    head, inner, tail = text[: start + 1], text[start + 1 : end], text[end:]
    return [" " * indent + head, *_laid_out(inner, indent + 4), " " * indent + tail]


def _brackets(text: str) -> list[tuple[int, int]]:
    """Return where each outermost bracket opens and closes."""
    spans: list[tuple[int, int]] = []
    depth = start = 0
    for at, char in enumerate(_without_strings(text)):
        if char in "([":
            start = start if depth else at
            depth += 1
        elif char in ")]":
            depth -= 1
            if depth == 0:
                spans.append((start, at))
    return spans


def _pieces(text: str) -> list[str]:
    """Return `text` cut at the loosest separators that stand outside brackets."""
    outside = list(_without_strings(text))
    for start, end in _brackets(text):
        outside[start : end + 1] = "_" * (end + 1 - start)
    masked = "".join(outside)
    for separators in _SEPARATORS:
        at = [
            found.start() + (separators == (", ",))
            for found in re.finditer("|".join(map(re.escape, separators)), masked)
        ]
        if at:
            edges = [0, *at, len(text)]
            cut = (text[a:b].strip() for a, b in pairwise(edges))
            return [piece for piece in cut if piece]
    return [text]
