"""Functions that are written here: their text is where Python and lowering look for it."""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from itertools import count
from types import FunctionType
from typing import Any

from srcad.frontend.syntax.signature import TEXT

_numbers = count()


def made_function(text: str, name: str, namespace: Mapping[str, object]) -> FunctionType:
    """Return the function `name` that a text defines."""
    filename = f"<srcad {name} {next(_numbers)}>"
    space: dict[str, Any] = dict(namespace)
    space["__name__"] = "made_by_srcad"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec", dont_inherit=True), space)  # noqa: S102
    made = space[name]
    assert isinstance(made, FunctionType)
    setattr(made, TEXT, text)
    return made
