"""The ratios as a bar chart on a logarithmic axis, written as SVG by hand."""

from __future__ import annotations

import math
from html import escape

from benchmarks.measure import Row

COLOURS = {
    "ours": "#1b6ca8",
    "limit": "#9bc1dd",
    "tape": "#c0392b",
    "autograd": "#e59866",
    "torch": "#8e6bbf",
    "jax": "#5aa469",
}
LEFT, WIDTH, BAR, GAP, TOP = 90, 620, 11, 16, 46


def svg(rows: list[Row]) -> str:
    """A complete SVG document: a group of bars per case, a tick per target."""
    ratios = [entry.ratio for row in rows for entry in row.entries.values()]
    low = 10 ** math.floor(math.log10(min([*ratios, 0.5])))
    high = 10 ** math.ceil(math.log10(max([*ratios, 10.0])))

    def across(ratio: float) -> float:
        return LEFT + WIDTH * math.log(ratio / low) / math.log(high / low)

    body: list[str] = []
    y = TOP
    for row in rows:
        top = y
        for name in [name for name in COLOURS if name in row.entries]:
            body += bar(name, row.entries[name].ratio, y, across)
            y += BAR
        body.append(label(LEFT - 8, (top + y) / 2 + 4, row.case.name, "end"))
        if row.case.target is not None:
            x = across(row.case.target)
            body.append(line(x, top - 2, x, y + 2, "#222", "3 2"))
        y += GAP
    ticks = [low * 10**k for k in range(round(math.log10(high / low)) + 1)]
    grid = [line(across(t), TOP - 8, across(t), y, "#ddd") for t in ticks]
    grid += [label(across(t), y + 12, f"{t:g}", "middle") for t in ticks]
    return document([*legend(rows), *grid, *body], y + 24)


def bar(name, ratio, y, across):
    """One bar and its figure."""
    x = across(ratio)
    shape = f'<rect x="{LEFT}" y="{y}" width="{x - LEFT:.1f}" height="{BAR - 2}"'
    return [f'{shape} fill="{COLOURS[name]}"/>', label(x + 4, y + 8, f"{ratio:.3g}", "start")]


def legend(rows: list[Row]) -> list[str]:
    """The title and the colour of every column that occurs."""
    parts = [label(LEFT, 16, "value and gradient / njit primal (dashed: target)", "start")]
    x = LEFT
    for name, colour in COLOURS.items():
        if any(name in row.entries for row in rows):
            parts.append(f'<rect x="{x}" y="24" width="10" height="10" fill="{colour}"/>')
            parts.append(label(x + 14, 33, name, "start"))
            x += 80
    return parts


def label(x: float, y: float, text: str, anchor: str) -> str:
    """A text element."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str, dashes: str = "none") -> str:
    """A straight line."""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-dasharray="{dashes}"/>'


def document(parts: list[str], height: float) -> str:
    """The SVG document around `parts`."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 60}" height="{height}"'
    style = 'font-family="sans-serif" font-size="11"'
    background = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([f"{head} {style}>", background, *parts, "</svg>", ""])
