"""Generated text where Python looks for source."""

from __future__ import annotations

import linecache


def show_text(name: str, text: str) -> None:
    """Put the text of a generated function where tracebacks and debuggers look for it."""
    filename = f"<srcad {name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
