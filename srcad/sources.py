"""The text of functions that no file holds: `source=` of `differentiate` and of the operators."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any, TypeVar

from srcad.backend.numba_kernels import python_part
from srcad.errors import NotDifferentiable, Problem
from srcad.frontend.syntax.signature import TEXT
from srcad.frontend.syntax.source import definition_in, python_function

F = TypeVar("F")
Text = str | os.PathLike[str] | None


def with_source(func: F, source: Text) -> F:
    """Return `func`, whose text is known from now on: to all operators, and for what it calls.

    source: the text, or the path of a file or a notebook that has it; None for what Python knows.
    Raises NotDifferentiable where `func` was not compiled from a part of the text, and TypeError
    for what is no text.
    """
    if source is None:
        return func
    plain = _python_function(func)
    if plain is None:
        message = f"source is the text of a Python function, and {func!r} is none"
        raise TypeError(message)
    if isinstance(source, os.PathLike):
        text = _read(Path(source))
    elif isinstance(source, str):
        text = source
    else:
        message = f"source is a text or a path, got {source!r}"
        raise TypeError(message)
    if definition_in(text.splitlines(keepends=True), plain) is None:
        message = f"the text that is given for '{plain.__name__}' has no such function"
        hint = "give the text that it was compiled from, with the whole def or lambda"
        raise NotDifferentiable(Problem("E103", message, hint))
    plain.__dict__[TEXT] = text
    return func


def _python_function(func: Any) -> FunctionType | None:
    """Return the Python function that an object calls."""
    while isinstance(func, partial | MethodType):
        func = func.func if isinstance(func, partial) else func.__func__
    spec = getattr(func, "__srcad_derivative__", None)
    if spec is not None:
        return _python_function(spec.func)
    return python_part(func) or python_function(func)


def _read(path: Path) -> str:
    """Return the text of a file; of a notebook, that of its cells with code.

    Lines for the notebook alone (`%matplotlib`, `!ls`) are left out.
    """
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    whole = ["".join(cell["source"]) for cell in cells]
    lines = [line for cell in whole if not cell.startswith("%%") for line in cell.splitlines()]
    return "\n".join("" if line.lstrip()[:1] in {"%", "!"} else line for line in lines) + "\n"
