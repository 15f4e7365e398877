"""The error family: what is wrong, where it stands, and what to write instead.

Problems of the user's program are collected as `Problem`s and raised once, as one
`NotDifferentiable`. It is a `SyntaxError`, so that Python itself prints the line and
the caret of the first problem; `str()` of it lists all of them in the same form.
"""

from __future__ import annotations

import linecache
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from srcad.ir.nodes import Span

CODES = {
    "E101": "no source text",
    "E102": "not a function",
    "E103": "source text and function differ",
    "E104": "nested too deeply",
    "E105": "too large after inlining",
    "E201": "unsupported statement",
    "E202": "unsupported expression",
    "E203": "unsupported parameter or argument form",
    "E204": "unsupported assignment target",
    "E205": "written global, enclosing variable or captured array",
    "E206": "unsupported loop",
    "E207": "unsupported exception",
    "E208": "whole-array statement",
    "E301": "no type for an operation",
    "E401": "unknown name",
    "E402": "no derivative rule",
    "E403": "wrong arguments in a call",
    "E404": "unsupported attribute",
    "E405": "unsupported object",
    "E406": "a rule for the other mode, or for other arguments",
    "E407": "no power series",
    "E408": "no pattern of derivatives",
    "E501": "a name that changes its kind",
    "E502": "a path without a result",
    "E503": "wrong tuple length or index",
    "E504": "wrong array index",
    "E505": "unsupported dtype or shape",
}
"""Every code that a `Problem` may carry, with its class of mistakes."""

MISSING_RULE = "E402"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, at one place of the user's program."""

    code: str
    message: str
    hint: str = ""
    span: Span | None = None


class NotDifferentiable(SyntaxError):  # noqa: N818 - the name states the fact, as in the docs
    """The user's program has no derivative that we can write; `problems` says why.

    `code`, `hint` and the `SyntaxError` location (`filename`, `lineno`, `offset`, `text`)
    are those of the first problem.
    """

    __module__ = "srcad"

    def __init__(self, *problems: Problem) -> None:
        first = problems[0]
        location = _location(first.span)
        message = "\n".join(_message(problems))
        super().__init__(message, location) if location else super().__init__(message)
        self.problems = problems
        self.code = first.code
        self.hint = first.hint

    @staticmethod
    def from_problems(problems: Iterable[Problem]) -> NotDifferentiable:
        """Return one error that lists `problems`, each of them once."""
        unique = tuple(dict.fromkeys(problems))
        only_rules = all(problem.code == MISSING_RULE for problem in unique)
        return (MissingRule if only_rules else NotDifferentiable)(*unique)

    def __str__(self) -> str:
        return "\n".join(render(problem) for problem in self.problems)

    def __reduce__(self) -> tuple[type[NotDifferentiable], tuple[Problem, ...]]:
        return type(self), self.problems


class MissingRule(NotDifferentiable):
    """A called function has no derivative rule and no source to derive one from."""

    __module__ = "srcad"


class ComparisonsOnly(UserWarning):
    """A result depends on an argument through comparisons alone: the derivative is zero."""

    __module__ = "srcad"


class CacheWarning(UserWarning):
    """The cache on disk cannot be used, or has a file that is not what it should be."""

    __module__ = "srcad"


class InternalError(Exception):
    """A mistake of ours: `stage` names the pass, `text` is the IR around the fault."""

    __module__ = "srcad"

    def __init__(self, stage: str, message: str, text: str = "", line: int = 0) -> None:
        super().__init__(stage, message, text, line)
        self.stage = stage
        self.message = message
        self.text = text
        self.line = line

    def __str__(self) -> str:
        excerpt = _excerpt(self.text, self.line) if self.text else ""
        return f"internal error in pass '{self.stage}': {self.message}{excerpt}"


def render(problem: Problem) -> str:
    """Return `problem` as Python prints a SyntaxError: file, line, caret, message, hint."""
    lines = []
    location = _location(problem.span)
    if location:
        file, line, start, text, end_line, end = location
        lines.append(f'  File "{file}", line {line}')
        if text:
            shown = text.strip()
            indent = len(text) - len(text.lstrip())
            stop = end - 1 if end_line == line else indent + len(shown)
            width = max(1, min(stop, indent + len(shown)) - (start - 1))
            lines += [f"    {shown}", "    " + " " * (start - 1 - indent) + "^" * width]
    lines.append(f"{problem.code}: {problem.message}")
    if problem.hint:
        lines.append(f"hint: {problem.hint}")
    return "\n".join(lines)


def _message(problems: tuple[Problem, ...]) -> list[str]:
    """Return the lines of a SyntaxError message: the first problem, then the others."""
    first, *others = problems
    lines = [f"{first.message} [{first.code}]"]
    if first.hint:
        lines.append(f"hint: {first.hint}")
    if others:
        lines.append(f"and {len(others)} more:")
    for other in others:
        place = f"{other.span.file}:{other.span.line}: " if other.span else ""
        hint = f"; hint: {other.hint}" if other.hint else ""
        lines.append(f"  {place}{other.message} [{other.code}]{hint}")
    return lines


def _location(span: Span | None) -> tuple[str, int, int, str | None, int, int] | None:
    """Return `span` as SyntaxError wants it: columns from 1, counted in characters."""
    if span is None:
        return None
    text = linecache.getline(span.file, span.line).rstrip("\n") or None
    end_text = linecache.getline(span.file, span.end_line) or None
    start = _characters(text, span.col) + 1
    end = _characters(end_text, span.end_col) + 1
    return span.file, span.line, start, text, span.end_line, end


def _characters(text: str | None, column: int) -> int:
    """Return how many characters the first `column` UTF-8 bytes of `text` are."""
    if text is None:
        return column
    return len(text.encode()[:column].decode(errors="ignore"))


def _excerpt(text: str, line: int) -> str:
    """Return the lines of `text` around `line` (all of a short text), numbered."""
    lines = text.splitlines()
    low, high = (max(0, line - 11), line + 10) if line else (0, 40)
    shown = [
        f"{'>' if number == line else ' '} {number:4} {content}"
        for number, content in enumerate(lines, 1)
        if low < number <= high
    ]
    return "\n" + "\n".join(shown)
