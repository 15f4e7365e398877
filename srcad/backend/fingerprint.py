"""Content keys of Python values: what a compiled function has frozen into itself."""

from __future__ import annotations

import platform
from hashlib import blake2b
from types import CodeType
from typing import TYPE_CHECKING

import numba
import numpy as np

from srcad.__about__ import __version__

if TYPE_CHECKING:
    from collections.abc import Hashable


def digest(*parts: object) -> str:
    """Return sixteen hex digits of the content of these values and of all versions."""
    hashed = blake2b(digest_size=8)
    for part in (*VERSIONS, *parts):
        hashed.update(repr(fingerprint(part)).encode())
        hashed.update(b"\0")
    return hashed.hexdigest()


def fingerprint(value: object) -> Hashable:
    """Return a key that is equal for equal contents, in this process and in others."""
    match value:
        case None | bool() | int() | float() | complex() | str() | bytes():
            return (type(value).__name__, repr(value))
        case np.ndarray():
            content = blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16)
            return ("array", value.dtype.str, value.shape, value.strides, content.hexdigest())
        case np.generic():
            return (value.dtype.str, value.tobytes())
        case tuple() | list():
            return (type(value).__name__, *map(fingerprint, value))
        case dict():
            return ("dict", *((key, fingerprint(value[key])) for key in sorted(value)))
        case CodeType():
            consts = tuple(map(fingerprint, value.co_consts))
            return (value.co_name, value.co_code.hex(), value.co_names, consts)
        case _:
            module = getattr(value, "__module__", "")
            name = getattr(value, "__qualname__", type(value).__qualname__)
            return (module, name, fingerprint(getattr(value, "__code__", None)))


VERSIONS = (
    __version__,
    numba.__version__,
    np.__version__,
    platform.python_version(),
)
