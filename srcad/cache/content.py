"""What compiled code depends on, as bytes that are the same in every process.

Names are looked up again: a library's function or a class counts as what its module calls it,
if that is the very object. Whatever has no content that another process could compare (objects,
pointers, classes made in functions) has no bytes here, and nothing is kept of what needs it.
"""

from __future__ import annotations

import os
import re
import struct
import sys
from hashlib import blake2b
from pathlib import Path, PurePath
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from srcad.options import Options


class Identity:
    """A key for an object that is compared by identity, and kept alive by the key."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: object) -> None:
        """Hold the object."""
        self.value = value

    def __hash__(self) -> int:
        """Hash the identity."""
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        """Compare identities."""
        return isinstance(other, Identity) and other.value is self.value


class Written(NamedTuple):
    """A code object, and the file that says what it is: errors name it."""

    code: CodeType
    file: str


NUMBERED = re.compile(r"(?<=<srcad )(.*) \d+>$")
"""The files of functions that are written here, which are numbered in each process."""


LIBRARIES = frozenset({"numpy", "numba", "scipy", "srcad"})
PYTHON = frozenset(sys.stdlib_module_names) - {"__main__"}
LIBRARY_OF_PYTHON = str(Path(os.__file__).parent) + os.sep


class NoContentError(Exception):
    """A value that means nothing in another process."""


def is_of_a_library(module: str) -> bool:
    """Return whether a module's functions are those of the versions that a key has.

    A user's own module may have the name of one that comes with Python, and stand before it.
    """
    root = module.partition(".")[0]
    if root in LIBRARIES or root in sys.builtin_module_names:
        return True
    file = getattr(sys.modules.get(root), "__file__", None)
    return (
        root in PYTHON
        and isinstance(file, str)
        and file.startswith(LIBRARY_OF_PYTHON)
        and "-packages" not in file.removeprefix(LIBRARY_OF_PYTHON)
    )


def content(key: object) -> bytes:
    """Return the bytes of a key, as `captured` makes them. Raises NoContentError."""
    match key:
        case None | bool() | int():
            return _tagged(type(key).__name__, repr(key).encode())
        case float() if type(key) is float:
            return _tagged("float", struct.pack("<d", key))
        case complex() if type(key) is complex:
            return _tagged("complex", struct.pack("<dd", key.real, key.imag))
        case str() if type(key) is str:
            return _tagged("str", key.encode("utf-8", "surrogatepass"))
        case bytes() if type(key) is bytes:
            return _tagged("bytes", key)
        case Written(code, file):
            return _tagged("code", _row((code, NUMBERED.sub(r"\1>", PurePath(file).name))))
        case CodeType():
            return _tagged("code", _row(code_parts(key)))
        case tuple() if type(key) is tuple:
            return _tagged("tuple", _row(key))
        case frozenset():
            return _tagged("set", b"".join(sorted(map(content, key))))
        case Options():
            return _tagged("options", repr(key).encode())
        case Identity(value):
            return _tagged("named", _named(value))
        case type():
            return _tagged("named", _named(key))
        case _ if key is Ellipsis:
            return _tagged("...", b"")
    raise NoContentError(repr(key))


def digest(*parts: object) -> str:
    """Return forty hex digits of the content of these values."""
    return blake2b(_row(parts), digest_size=20).hexdigest()


def _row(parts: tuple[object, ...]) -> bytes:
    return b"".join(map(content, parts))


def _tagged(kind: str, data: bytes) -> bytes:
    """Return data after what it is and how long: no two values have the same bytes."""
    return f"{kind}:{len(data)}:".encode() + data


def code_parts(code: CodeType) -> tuple[object, ...]:
    """Return all that a code object is, but for the folder of its file."""
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    places = (code.co_firstlineno, code.co_linetable, code.co_exceptiontable)
    return (code.co_name, code.co_qualname, *counts, code.co_code, *names, *places, code.co_consts)


def _named(value: object) -> bytes:
    """Return the name of what other processes find by it."""
    if isinstance(value, ModuleType):
        if sys.modules.get(value.__name__) is value:
            return f"module {value.__name__}".encode()
        raise NoContentError(repr(value))
    found: Any = value
    name = getattr(found, "__qualname__", None) or getattr(found, "__name__", None)
    module = getattr(found, "__module__", None)
    if module is None:  # ufuncs do not say
        special = getattr(sys.modules.get("scipy.special"), str(name), None)
        module = "scipy.special" if special is value else "numpy"
    says_all = _says_all(value, str(module)) if isinstance(value, type) else None
    if not (is_of_a_library(str(module)) if says_all is None else says_all):
        raise NoContentError(repr(value))
    if isinstance(name, str) and isinstance(module, str):
        inside: object = sys.modules.get(module)
        for part in name.split("."):
            inside = getattr(inside, part, None)
        if inside is value:
            return f"{module}.{name}".encode()
    raise NoContentError(repr(value))


def _says_all(kind: type, module: str) -> bool:
    """Return whether the name of a class, and what a key has of it beside, is all of it.

    The fields of the user's own tuples and dataclasses are not. Exceptions that no module has
    that can be imported are raised as other classes of that name.
    """
    if is_of_a_library(module) and module.partition(".")[0] != "srcad":
        return True
    if issubclass(kind, BaseException):
        return (
            module != "__main__" and getattr(sys.modules.get(module), "__spec__", None) is not None
        )
    return not issubclass(kind, tuple) and not hasattr(kind, "__dataclass_fields__")
