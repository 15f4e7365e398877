"""What was derived for some types, and the module that is made of its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from numba.core.compiler_lock import global_compiler_lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from srcad.backend.module import Built


@dataclass(frozen=True, slots=True, eq=False)
class Emitted:
    """What was derived for one signature, and the module made of its text.

    make: returns the module, which is made once, when it is asked for.
    is_lasting: whether the text and the types say all that is compiled.
    """

    generated: Any
    make: Callable[[], Built]
    is_lasting: bool
    made: list[Built] = field(default_factory=list)

    @property
    def built(self) -> Built:
        """Return the module to compile."""
        with global_compiler_lock:
            if not self.made:
                self.made.append(self.make())
            return self.made[0]

    def kept(self) -> dict[str, Any] | None:
        """Return the text with its line map, to be kept on disk beside the code; None if not."""
        if not self.is_lasting:
            return None
        spans = {
            str(line): (PurePath(span.file).name, span.line, span.col, span.end_line, span.end_col)
            for line, span in self.generated.line_map.items()
        }
        code = self.built.function.__code__
        params = list(code.co_varnames[: code.co_argcount])
        text = {"name": self.built.name, "params": params, "source": self.built.source}
        plan = [self.generated.diagnostics.render(level) for level in (1, 2)]
        return {**text, "reading": self.generated.reading(), "lines": spans, "plan": plan}

    def text(self, *, compiled: bool = True, are_equal: bool = False) -> str:
        """Return the text that is compiled, or the one that people read.

        are_equal: the latter is for axes that are equal where they meet.
        """
        if compiled:
            return self.built.source
        return str(self.generated.reading(are_equal=are_equal))

    def places(self, *, compiled: bool = True, are_equal: bool = False) -> tuple[str, Any]:
        """Return the same text, and the user's place of each of its lines."""
        if compiled:
            return self.built.source, self.generated.line_map
        found: tuple[str, Any] = self.generated.reading_with_places(are_equal=are_equal)
        return found
