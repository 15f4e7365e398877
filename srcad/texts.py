"""The text of one derivative: the one that is compiled, and the one that people read."""

from __future__ import annotations

from dataclasses import dataclass, field

from srcad.diagnostics import Diagnostics
from srcad.ir import nodes as ir
from srcad.ir.known import forget
from srcad.ir.show import show
from srcad.passes.printing.for_readers import for_readers
from srcad.program import classes_of_results


@dataclass(frozen=True, slots=True)
class Generated:
    """Derivative source for one signature, and what it was made from.

    function: the IR that derivatives of this derivative start from.
    line_map: the user's place of each generated line.
    constants: captured arrays and helpers, by the name that the source uses.
    has_vector_loops: whether elementary functions are in loops that may become vectors.
    warned: whether the user was warned of something on the way.
    parts: the functions of the source before they were refolded; none where one of them is
    several directions at once, which is read as it is compiled.
    """

    function: ir.Function
    source: str
    line_map: dict[int, ir.Span]
    name: str
    constants: dict[str, object]
    has_vector_loops: bool
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    warned: bool = False
    parts: tuple[ir.Function, ...] = ()

    def reading(self, *, are_equal: bool = False) -> str:
        """Return the text as people read it: it runs as Python, and gives the same numbers.

        are_equal: for axes that are equal where they meet.
        """
        return self.reading_with_places(are_equal=are_equal)[0]

    def reading_with_places(self, *, are_equal: bool = False) -> tuple[str, dict[int, ir.Span]]:
        """Return the text as people read it, and the user's place of each of its lines."""
        if not self.parts:
            return self.source, self.line_map
        classes = classes_of_results(self.parts)
        parts = [for_readers(part, are_equal=are_equal) for part in self.parts]
        texts: list[str] = []
        places: dict[int, ir.Span] = {}
        for part in parts:
            text, spans = show(part, classes=classes, hints=False)
            before = sum(other.count("\n") + 2 for other in texts)
            places |= {before + line: span for line, span in spans.items()}
            texts.append(text)
        forget()
        return "\n\n".join(texts), places
