"""From source text to Python functions that debuggers and tracebacks can show."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING

import numpy as np

from srcad.backend.elementary import VECTOR_MATH
from srcad.backend.fingerprint import digest
from srcad.backend.shown import show_text
from srcad.backend.twin import twin_code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


CALLED = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|#.*|(\bin_blocks\(\s*)\w+|(?<![\w.])\w+(?=\()"""
)
"""A literal text or a comment, to be left alone, or a name that is called or defined.

What `in_blocks` is given first is called, too.
"""

DEFINED = re.compile(r"^def (\w+)\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Built:
    """A module of generated source after it ran.

    function: the function that was asked for, plain Python.
    source: the text that ran, with the content hash in the function's name.
    vectors: whether its elementary functions become vectors when it is compiled.
    """

    function: FunctionType
    source: str
    name: str
    filename: str
    vectors: bool


def build(
    source: str,
    name: str,
    namespace: Mapping[str, object],
    key: tuple[object, ...] = (),
    wrap: Callable[[FunctionType], object] | None = None,
    *,
    vectors: bool = False,
    twin_of: str | None = None,
) -> Built:
    """Return the function `name` that `source` defines; names of functions get a content hash.

    namespace: captured constants and callees, by the name that the source uses.
    key: whatever else decides what is compiled (options).
    wrap: applied to the other functions of the source before the first call can find
        them, so that compiled code calls compiled code, itself included.
    vectors: whether `math` is the module whose functions become vectors when compiled.
    twin_of: the error model of compiled code whose numbers it gives as plain Python.

    The text is registered with `linecache`, where tracebacks and debuggers look.
    """
    tag = digest(source, dict(namespace), key, vectors)
    hashed = f"{name}_{tag}"
    # A function of the namespace may have the name of the one that is asked for.
    own = set(DEFINED.findall(source)) - set(namespace)

    def renamed(found: re.Match[str]) -> str:
        name = found[0].removeprefix(found[1] or "")
        return f"{found[0]}_{tag}" if name in own else found[0]

    text = CALLED.sub(renamed, source)
    text = re.sub(rf"(?<=^def ){re.escape(name)}(?=\()", hashed, text, flags=re.MULTILINE)
    filename = f"<srcad {hashed}>"
    space: dict[str, object] = {
        "math": VECTOR_MATH if vectors else math,
        "np": np,
        **namespace,
    }
    space["__name__"] = "srcad.generated"  # by which another process finds it
    if twin_of is None:
        code = compile(text, filename, "exec", dont_inherit=True)
    else:
        code, names = twin_code(text, filename, twin_of)
        space |= names
    exec(code, space)  # noqa: S102
    function = space[hashed]
    assert isinstance(function, FunctionType)
    if wrap is not None:
        space.update({name: wrap(helper) for name, helper in _helpers(space, function)})
    show_text(hashed, text)
    return Built(function, text, hashed, filename, vectors)


def _helpers(
    space: Mapping[str, object], function: FunctionType
) -> tuple[tuple[str, FunctionType], ...]:
    """Return the other functions that the same source defines, by name."""
    filename = function.__code__.co_filename
    return tuple(
        (name, value)
        for name, value in space.items()
        if isinstance(value, FunctionType) and value is not function
        if value.__code__.co_filename == filename
    )
