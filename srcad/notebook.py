"""What notebooks show: a function and its derivative side by side, linked by colour.

Each line of the function has a colour of its own, and the lines of the derivative that it became
have it, too; under the pointer, all of them are framed. Colours are laid over the page's own with
little opacity, so that light and dark pages keep their ink. There is no script.
"""

from __future__ import annotations

import inspect
import textwrap
from html import escape
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from srcad.backend.emitted import Emitted
    from srcad.ir.nodes import Span

GOLDEN_ANGLE = 137.508
"""Between hues of lines that follow each other, in degrees: neighbours never look alike."""

STYLE = """
.srcad{display:grid;grid-template-columns:auto auto;justify-content:start;gap:0 1.2rem;
 color:inherit;font-size:.86rem;line-height:1.5}
@media(max-width:52rem){.srcad{grid-template-columns:100%}}
.srcad section{min-width:0;overflow-x:auto;margin-bottom:.8rem}
.srcad h4{font:600 .86rem/1.5 sans-serif;margin:.2rem 0 .3rem;opacity:.75}
.srcad ol{display:inline-block;min-width:100%;margin:0;padding:0;list-style:none;
 font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;text-align:left}
.srcad li{display:block;margin:0;padding:0 .5rem 0 0;white-space:pre;
 border-left:.25rem solid transparent;min-height:1.5em}
.srcad li i{display:inline-block;width:2.4rem;margin-right:.7rem;text-align:right;opacity:.55;
 font-style:normal;user-select:none}
.srcad li s{text-decoration:none;opacity:.6}
"""


class DerivativeText(str):
    """The source of a derivative. It is a `str`, and a notebook shows it beside its function."""

    __slots__ = ("_emits", "_func", "_how")
    _emits: tuple[Callable[[], Emitted], ...]
    _func: Any
    _how: dict[str, bool]

    def __new__(
        cls, text: str, func: Any, emits: Sequence[Callable[[], Emitted]], how: dict[str, bool]
    ) -> Self:
        """Return the text. emits: return what was derived, whose places tell the colours."""
        made = super().__new__(cls, text)
        made._func, made._emits, made._how = func, tuple(emits), how
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Pickle the text alone."""
        return str, (str(self),)

    def _repr_html_(self) -> str:
        """Return the function and the derivative side by side."""
        return side_by_side(self._func, [emit().places(**self._how) for emit in self._emits])


def side_by_side(func: Any, derivatives: Sequence[tuple[str, Mapping[int, Span]]]) -> str:
    """Return HTML of a function beside its derivatives.

    derivatives: the text of each, and the user's place of each of its lines.
    """
    try:
        lines, start = inspect.getsourcelines(func)
        file = inspect.getsourcefile(func)
    except (OSError, TypeError):
        lines, start, file = [f"# the source of {func.__name__} is not known\n"], 1, ""
    head = next((k for k, line in enumerate(lines) if line.lstrip().startswith("def ")), 0)
    texts: list[tuple[str, list[str]]] = []
    linked: set[int] = set()
    for text, places in derivatives:
        found = [_index(places.get(k), file, start, len(lines)) for k in _numbers(text)]
        # What begins and ends a derivative belongs to no line of its own.
        kept = [None if index == head else index for index in found]
        linked |= {index for index in kept if index is not None}
        rows = [_row(*pair, start) for pair in zip(text.splitlines(), kept, strict=True)]
        texts.append((text.partition("(")[0].removeprefix("def "), rows))
    plain = textwrap.dedent("".join(lines)).splitlines()
    first = [
        _row(line, k if k in linked else None, start, start + k) for k, line in enumerate(plain)
    ]
    colours = "".join(map(_colour, sorted(linked)))
    if not texts:
        texts = [("no derivative yet: call one, or inspect_adjoint(*args)", [])]
    columns = "".join(map(_column, [(func.__name__, first), *texts]))
    return f'<style>{STYLE}{colours}</style><div class="srcad">{columns}</div>'


def _numbers(text: str) -> range:
    """Return the numbers of the lines of a text."""
    return range(1, len(text.splitlines()) + 1)


def _index(span: Span | None, file: str | None, start: int, lines: int) -> int | None:
    """Return which line of the function a place is in; None if it is elsewhere."""
    if span is None or span.file != file or not 0 <= span.line - start < lines:
        return None
    return span.line - start


def _colour(index: int) -> str:
    """Return the style of one line of the function and of what it became."""
    hue = round(index * GOLDEN_ANGLE) % 360
    return (
        f".srcad .l{index}{{background:hsla({hue},75%,50%,.17);"
        f"border-left-color:hsl({hue},65%,50%)}}"
        f".srcad:has(.l{index}:hover) .l{index}{{outline:1px solid hsl({hue},65%,50%)}}\n"
    )


def _row(line: str, index: int | None, start: int, number: int | None = None) -> str:
    """Return one line.

    index: the line of the function that it belongs to, counted from its `start` in the file.
    number: what stands in front of it if not that line's number.
    """
    kind = "" if index is None else f' class="l{index}"'
    label = number if number is not None else "" if index is None else start + index
    text = escape(line, quote=False)
    if line.lstrip().startswith("#"):
        text = f"<s>{text}</s>"
    return f"<li{kind}><i>{label}</i>{text}</li>"


def _column(titled: tuple[str, list[str]]) -> str:
    """Return one column with its title."""
    title, rows = titled
    return f"<section><h4>{escape(title)}</h4><ol>{''.join(rows)}</ol></section>"
