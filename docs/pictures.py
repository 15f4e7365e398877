"""The pictures of `docs/_static`, made of what they show: `python docs/pictures.py` writes them.

`side_by_side.svg` is a function beside its adjoint, as a notebook shows them; `stages.svg` is the
way from a function to its derivative, by the stages that `srcad/pipeline.py` lists. A test
compares the files with what is made now.
"""

import math
import textwrap
from html import escape
from itertools import groupby
from pathlib import Path

import numpy as np

import srcad
from srcad.backend.value_types import type_of
from srcad.notebook import columns, hue
from srcad.pipeline import STEPS

STATIC = Path(__file__).parent / "_static"
LETTER, LINE = 7.8, 19
WIDEST = 8.3
"""The width of a letter where the first fonts are missing."""
MODES = (("tangent",), ("carried", "adjoint"), ("sets",), ("evaluation",))
"""The stages of which a derivative has those of one column."""
INK = """
text{fill:#222;font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}
.card{fill:#fff;stroke:#ccc}.box{fill:#eef3fa;stroke:#7b97bd}.dim{fill:#666}.arrow{stroke:#666}
.head{font-weight:600;font-family:sans-serif}.middle{text-anchor:middle}
@media(prefers-color-scheme:dark){text{fill:#ddd}.card{fill:#161b22;stroke:#444}
.box{fill:#1d2a3d;stroke:#5d7ba3}.dim{fill:#9a9a9a}.arrow{stroke:#9a9a9a}}
"""
WORDS = {
    "lower": "your source, and that of its helpers, as a small program",
    "typed": "with the type of every value, for the types of one call",
    "scalarised": "calls inlined, whole arrays as loops over elements",
    "prepared": "loops fused, constants folded, what is repeated computed once",
    "tangent": "forward mode: the statement of the tangent after each one",
    "carried": "reverse mode: what loops carry gets names of its own",
    "adjoint": "the program, then its statements backwards; what is kept is decided",
    "sets": "patterns: which inputs each value depends on",
    "evaluation": "values alone",
    "retyped": "types of what was added",
    "simplified": "zeros, copies and what nobody reads are gone",
    "gathered": "sums over neighbours: each element is written once",
    "taped": "work arrays, tests of indices, stacks as arrays",
    "refolded": "expressions again, under your names",
}


def misfit(rate, t, y):
    total = 0.0
    for i in range(t.size):
        r = math.exp(rate * t[i]) - y[i]
        total += r * r
    return total


def side_by_side():
    """Return a picture of a function and its adjoint, lines that belong together in one colour."""
    made = srcad.value_and_grad(misfit)
    args = -0.5, np.ones(9), np.ones(9)
    places = made.emit(tuple(map(type_of, args))).places(compiled=False, are_equal=True)
    parts, left, height = [], 16.0, 0
    for title, rows in columns(misfit, [places]):
        width = LETTER * max(len(row.text) for row in rows) + 24
        parts.append(text(left, 26, title, "head"))
        for k, row in enumerate(rows):
            top = 36 + LINE * k
            if row.index is not None:
                colour = f"hsl({hue(row.index)},75%,50%)"
                parts += [
                    rectangle(left, top, width, LINE, f'fill="{colour}" fill-opacity=".17"'),
                    rectangle(left, top, 4, LINE, f'fill="{colour}"'),
                ]
            kind = "dim" if row.text.lstrip().startswith("#") else ""
            parts.append(text(left + 12, top + 14, row.text, kind))
        left, height = left + width + 28, max(height, 36 + LINE * len(rows))
    return picture(
        left - 12, height + 16, parts, "a function on the left, its adjoint on the right"
    )


def stages():
    """Return a picture of the stages of the pipeline, with the modes beside each other."""
    names = [stage for stage, _ in groupby(step.stage for step in STEPS)]
    width, top = 860, 42
    parts = [text(width / 2, 30, "your function", "head middle")]
    for is_mode, group in groupby(names, key=lambda name: any(name in mode for mode in MODES)):
        rows = [MODES] if is_mode else [((name,),) for name in group]
        for row in rows:
            shown, bottom = boxes(row, top, width)
            parts += shown
            top = bottom
    parts += [arrow(width / 2, top)]
    parts.append(text(width / 2, top + 32, "Python source, which Numba compiles", "head middle"))
    return picture(width, top + 48, parts, "the stages from a function to its derivative")


def boxes(row, top, width):
    """Return boxes beside each other, each of stages one below the other, and where they end."""
    gap, parts = 14, []
    each = (width - 32 - gap * (len(row) - 1)) / len(row)
    letters = int((each - 24) / WIDEST)
    columns_of = [[(name, textwrap.wrap(WORDS[name], letters)) for name in names] for names in row]
    most = max(sum(len(lines) + 1.25 for _, lines in column) for column in columns_of)
    height = 16 * most + 8
    for k, column in enumerate(columns_of):
        left, y = 16 + k * (each + gap), top + 32
        parts.append(arrow(left + each / 2, top))
        parts.append(rectangle(left, top + 14, each, height, 'class="box" rx="4"'))
        for name, lines in column:
            parts.append(text(left + 12, y, name, "head"))
            parts += [text(left + 12, y + 17 + 16 * j, line) for j, line in enumerate(lines)]
            y += 16 * (len(lines) + 1.25)
    return parts, top + 14 + height


def text(x, y, words, kind=""):
    """Return words at a place."""
    return f'<text x="{x:g}" y="{y:g}"{f" class={kind!r}" if kind else ""}>{escape(words)}</text>'


def rectangle(x, y, width, height, look):
    """Return a rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" {look}/>'


def arrow(x, y):
    """Return an arrow to what comes next."""
    return f'<path class="arrow" fill="none" d="M{x:g} {y:g}v12m-4 -5l4 5l4 -5"/>'


def picture(width, height, parts, says):
    """Return the whole file."""
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    card = rectangle(0.5, 0.5, width - 1, height - 1, 'class="card" rx="6"')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><title>{says}</title>'
    body = "\n".join((card, *parts))
    return f"{head}\n<style>{INK}</style>\n{body}\n</svg>\n"


PICTURES = {"side_by_side.svg": side_by_side, "stages.svg": stages}

if __name__ == "__main__":
    for name, make in PICTURES.items():
        (STATIC / name).write_text(make(), encoding="utf-8")
