"""What notebooks show: a function and its derivative side by side, linked by colour.

Each line of the function has a colour of its own, and the lines of the derivative that it became
have it, too; under the pointer, all of them are framed. Colours are laid over the page's own with
little opacity, so that light and dark pages keep their ink. There is no script.
"""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Row:
    """One line. index: the line of the function that it is of; number: what stands in front."""

    text: str
    index: int | None
    number: int | None


def columns(
    func: Any, derivatives: Sequence[tuple[str, Mapping[int, Span]]]
) -> list[tuple[str, list[Row]]]:
    """Return the lines of a function and of its derivatives, each with a title.

    derivatives: the text of each, and the user's place of each of its lines.
    """
    try:
        lines, start = inspect.getsourcelines(func)
        file = inspect.getsourcefile(func)
    except (OSError, TypeError):
        lines, start, file = [f"# the source of {func.__name__} is not known\n"], 1, ""
    head = next((k for k, line in enumerate(lines) if line.lstrip().startswith("def ")), 0)
    found: list[tuple[str, list[Row]]] = []
    linked: set[int] = set()
    for text, places in derivatives:
        indices = [_index(places.get(k), file, start, len(lines)) for k in _numbers(text)]
        # What begins and ends a derivative belongs to no line of its own.
        kept = [None if index == head else index for index in indices]
        linked |= {index for index in kept if index is not None}
        rows = [
            Row(line, index, None if index is None else start + index)
            for line, index in zip(text.splitlines(), kept, strict=True)
        ]
        found.append((text.partition("(")[0].removeprefix("def "), rows))
    plain = textwrap.dedent("".join(lines)).splitlines()
    own = [Row(line, k if k in linked else None, start + k) for k, line in enumerate(plain)]
    return [(func.__name__, own), *found]


def side_by_side(func: Any, derivatives: Sequence[tuple[str, Mapping[int, Span]]]) -> str:
    """Return HTML of a function beside its derivatives, which `columns` takes."""
    found = columns(func, derivatives)
    if not derivatives:
        found.append(("no derivative yet: it is made at the first call with its arguments", []))
    linked = sorted({row.index for _, rows in found for row in rows if row.index is not None})
    colours = "".join(map(_colour, linked))
    shown = "".join(map(_column, found))
    return f'<style>{STYLE}{colours}</style><div class="srcad">{shown}</div>'


def beside(made: Any) -> str:
    """Return HTML of a derivative, as it was derived last, beside its function.

    made: a derivative object. Of the derivative of a derivative, that is the innermost function.
    """
    func = made
    while (spec := getattr(func, "__srcad_derivative__", None)) is not None:
        func = spec.func
    types = made.derived()[-1:]
    texts = [made.emit(args).places(compiled=False) for args in types]
    return side_by_side(getattr(func, "py_func", func), texts)


def _numbers(text: str) -> range:
    """Return the numbers of the lines of a text."""
    return range(1, len(text.splitlines()) + 1)


def _index(span: Span | None, file: str | None, start: int, lines: int) -> int | None:
    """Return which line of the function a place is in; None if it is elsewhere."""
    if span is None or span.file != file or not 0 <= span.line - start < lines:
        return None
    return span.line - start


def hue(index: int) -> int:
    """Return the colour of a line of the function, in degrees."""
    return round(index * GOLDEN_ANGLE) % 360


def _colour(index: int) -> str:
    """Return the style of one line of the function and of what it became."""
    return (
        f".srcad .l{index}{{background:hsla({hue(index)},75%,50%,.17);"
        f"border-left-color:hsl({hue(index)},65%,50%)}}"
        f".srcad:has(.l{index}:hover) .l{index}{{outline:1px solid hsl({hue(index)},65%,50%)}}\n"
    )


def _row(row: Row) -> str:
    """Return one line."""
    kind = "" if row.index is None else f' class="l{row.index}"'
    text = escape(row.text, quote=False)
    if row.text.lstrip().startswith("#"):
        text = f"<s>{text}</s>"
    return f"<li{kind}><i>{'' if row.number is None else row.number}</i>{text}</li>"


def _column(titled: tuple[str, list[Row]]) -> str:
    """Return one column with its title."""
    title, rows = titled
    return f"<section><h4>{escape(title)}</h4><ol>{''.join(map(_row, rows))}</ol></section>"
