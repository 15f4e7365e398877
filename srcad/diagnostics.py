"""What the reverse sweep keeps, recomputes or sweeps once, in words."""

from __future__ import annotations

import linecache
from dataclasses import dataclass

from srcad.analysis.parallel_loops import Parallel, Serial
from srcad.ir.names import is_temporary
from srcad.ir.nodes import For, Span
from srcad.passes.kept.context import Note

WORDS = {
    "scalar": "kept in a second name",
    "slab": "stored, one number per iteration",
    "stack": "stored on a stack that grows",
    "recomputed": "recomputed from what is there",
    "read": "read again where it was stored",
    "chosen": "chosen here, reversed from the iteration that has chosen it last",
}


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """The notes of one derivation, in the order in which they were taken."""

    notes: tuple[Note, ...] = ()
    loops: tuple[tuple[For, Parallel | Serial], ...] = ()

    def render(self, level: int = 1) -> str:
        """Return one paragraph per loop: its line, and what happens to which value.

        With `parallel=True`: whether it is parallel, and why, or why not.

        level: 1 tells what is stored and swept once; 2 tells what is recomputed, too.
        """
        loops: dict[Span | None, list[str]] = {}
        for note in self.notes:
            if level < 2 and note.treatment in {"recomputed", "read"}:
                continue
            loops.setdefault(note.loop, []).extend(_lines(note))
        parts: dict[str, list[str]] = {}
        for span, lines in loops.items():
            parts.setdefault(_place(span), []).extend(lines)
        for loop, found in self.loops:
            parts.setdefault(_place(loop.span), []).append(_proof(found, loop))
        out = [] if loops else ["nothing is kept: every value is still there when it is needed"]
        for place, lines in parts.items():
            out.append(place)
            out.extend(f"    {line}" for line in dict.fromkeys(lines))
        return "\n".join(out)


def _proof(found: Parallel | Serial, loop: For) -> str:
    """Return why a loop runs in several threads, or what prevents that."""
    if isinstance(found, Serial):
        text = f"serial: {found.why}"
        if found.span is not None and found.span != loop.span:
            text += f", {_place(found.span)}"
        return text
    reasons = (
        ("every iteration writes its own elements of {}", found.own),
        ("every block has its own {}", (*found.private, *found.cleared)),
        ("every block adds to its own {}, which are added up in their order", found.added),
        ("sums of {} in blocks", found.sums),
    )
    told = [text.format(_list(names)) for text, names in reasons if names]
    return f"parallel: {'; '.join(told) or 'no iteration writes what others read'}"


def _list(names: tuple[str, ...]) -> str:
    """Return names as people list them; those that passes made up are counted only."""
    known = [f"'{name}'" for name in names if not is_temporary(name)]
    if len(known) < len(names):
        known.append("values without a name" if len(names) - len(known) > 1 else "a value")
    return known[0] if len(known) == 1 else f"{', '.join(known[:-1])} and {known[-1]}"


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
