"""What the reverse sweep keeps, recomputes or sweeps once, in words."""

from __future__ import annotations

import linecache
from dataclasses import dataclass

from srcad.ir.names import is_temporary
from srcad.ir.nodes import Span
from srcad.passes.kept.context import Note

WORDS = {
    "scalar": "kept in a second name",
    "slab": "stored, one number per iteration",
    "stack": "stored on a stack that grows",
    "recomputed": "recomputed from what is there",
    "read": "read again where it was stored",
}


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """The notes of one derivation, in the order in which they were taken."""

    notes: tuple[Note, ...] = ()

    def render(self, level: int = 1) -> str:
        """Return one paragraph per loop: its line, and what happens to which value.

        level: 1 tells what is stored and swept once; 2 tells what is recomputed, too.
        """
        loops: dict[Span | None, list[str]] = {}
        for note in self.notes:
            if level < 2 and note.treatment in {"recomputed", "read"}:
                continue
            loops.setdefault(note.loop, []).extend(_lines(note))
        if not loops:
            return "nothing is kept: every value is still there when it is needed"
        parts = []
        for loop, lines in loops.items():
            parts.append(_place(loop))
            parts.extend(f"    {line}" for line in dict.fromkeys(lines))
        return "\n".join(parts)


def _lines(note: Note) -> list[str]:
    if note.treatment == "swept once":
        return ["swept once: forward and reverse in the same iteration, nothing kept"]
    name = "a subexpression" if is_temporary(note.name) else f"'{note.name}'"
    text = f"{name}: {WORDS[note.treatment]}"
    if note.reader is not None:
        text += f", for {_place(note.reader)}"
    return [text]


def _place(span: Span | None) -> str:
    if span is None:
        return "outside loops"
    return f"line {span.line}: {linecache.getline(span.file, span.line).strip()}"
