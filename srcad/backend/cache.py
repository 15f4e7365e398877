"""Compiled code of generated functions on disk, found by the content of all that it depends on.

Numba's dispatchers ask their cache before they compile, and tell it afterwards. This one is told
what the code depends on by whoever makes the dispatcher (`Subject`).
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import llvmlite
import numba
import numpy as np
from numba.core import config, types
from numba.core.registry import cpu_target

import srcad.generated
from srcad.__about__ import __version__
from srcad.backend import loaded
from srcad.backend.classes import classes_in, is_known, text_of
from srcad.cache import entries
from srcad.cache.content import digest
from srcad.cache.directory import stamps
from srcad.cache.entries import Entry
from srcad.firstcall import CACHE, current, stage
from srcad.options import watches_stages

if TYPE_CHECKING:
    from collections.abc import Callable

    Signature = tuple[types.Type, ...]


class Cached(Protocol):
    """A dispatcher, as its cache knows it."""

    def is_cached(self) -> bool:
        """Return whether anything is looked up or kept now."""

    def written(self, args: Signature) -> dict[str, Any] | None:
        """Return what is kept beside the code for these types; None: nothing is kept."""

    def take(self, args: Signature, written: dict[str, Any]) -> None:
        """Take note of what was kept beside code that was found."""


class ContentCache:
    """A cache as Numba's dispatchers know it, for one of them."""

    cache_path = None

    def __init__(self, owner: Cached, content: Callable[[], str | None]) -> None:
        """Start with nothing looked up.

        content: returns the content of all that the code depends on but for the types, None
        where that cannot be told.
        """
        self.owner, self.content = owner, content
        self.asked: dict[Signature, tuple[str, dict[str, str]]] = {}

    def load_overload(self, signature: Any, context: Any) -> Any:
        """Return compiled code from the disk, None if there is none."""
        with stage(CACHE):
            found = self._found(signature, context)
        call = current()
        if call is not None and found is not None:
            call.is_found = True
        return found

    def _found(self, signature: Any, context: Any) -> Any:
        """Return compiled code from the disk."""
        args = _args(signature)
        self.asked.pop(args, None)
        if not self.owner.is_cached():
            return None
        key = self._key(args)
        if key is None:
            return None
        self.asked[args] = key
        if watches_stages():
            return None
        entry = entries.load(*key)
        if entry is None:
            return None
        try:
            if not loaded.is_resolved(entry.manifest["symbols"]):
                return None
            result = loaded.restored(context, key[0], entry.code, classes_in(args))
            if result is None:
                return None
            self.owner.take(args, entry.manifest["written"])
        except Exception as problem:  # noqa: BLE001 - whatever it is, there is another way
            entries.warn(f"{type(problem).__name__}: {problem}; compiled anew")
            return None
        return result

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep compiled code, if it is what was looked for and not found."""
        args = _args(signature)
        asked = self.asked.pop(args, None)
        if asked is None or asked != self._key(args):
            return  # what it depends on has changed meanwhile
        written = self.owner.written(args)
        library = result.library
        if written is None or library.has_dynamic_globals or result.lifted:
            return
        symbols = loaded.undefined(library._final_module)  # noqa: SLF001
        if not (is_known(result.signature.return_type) and loaded.is_resolved(symbols)):
            return
        name, key = asked
        manifest = {"key": key, "symbols": symbols, "written": written}
        try:
            code = loaded.dumped(result, classes_in(args))
        except Exception:  # noqa: BLE001 - it refers to what cannot be pickled
            return
        loaded.note_entry(result, name)
        entries.save(name, Entry(manifest, code))

    def lacks(self, args: Signature) -> bool:
        """Return whether what is compiled for these types would be kept, and is not there."""
        key = self._key(args) if self.owner.is_cached() else None
        return key is not None and entries.load(*key) is None

    def flush(self) -> None:
        """Do nothing: others may need what is on disk."""

    def _key(self, args: Signature) -> tuple[str, dict[str, str]] | None:
        """Return the name of a file, and what its manifest must say."""
        return key_of(getattr(self.owner, "__qualname__", ""), self.content, args)


class TextCache:
    """Texts that were derived, found by the content of all that they depend on."""

    def __init__(self, name: str, content: str | None, args: Signature) -> None:
        self.key = key_of(name, lambda: content, args)

    def load(self) -> dict[str, Any] | None:
        """Return what was kept, None if nothing was."""
        if self.key is None or watches_stages():
            return None
        entry = entries.load(*self.key)
        return None if entry is None else entry.manifest.get("written")

    def save(self, written: dict[str, Any]) -> None:
        """Keep texts."""
        if self.key is not None:
            name, key = self.key
            entries.save(name, Entry({"key": key, "symbols": [], "written": written}, b""))


def key_of(
    name: str, content: Callable[[], str | None], args: Signature
) -> tuple[str, dict[str, str]] | None:
    """Return the name of a file, and what its manifest must say; None if nothing is kept."""
    if not all(map(is_known, args)):
        return None
    found = content()
    return None if found is None else key_of_text(name, found, text_of(args))


def key_of_text(name: str, content: str, given: str) -> tuple[str, dict[str, str]]:
    """Return the same for types that are a text."""
    key = {
        "of": name,
        "content": content,
        "types": given,
        "versions": _versions(),
        "machine": repr(cpu_target.target_context.codegen().magic_tuple()),
        "numba": repr(_settings()),
    }
    return digest(*sorted(key.items())), key


def _args(signature: Any) -> Signature:
    """Return the types of the arguments, as Numba gives them or in a signature."""
    return tuple(getattr(signature, "args", signature))


def _settings() -> tuple[object, ...]:
    """Return the settings of Numba that change machine code."""
    return tuple(repr(getattr(config, name, None)) for name in SETTINGS)


SETTINGS = (
    *("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "USING_SVML", "BOUNDSCHECK"),
    *("DEBUG", "DEBUG_JIT", "DEBUG_NRT", "DEBUG_NRT_STACK_LIMIT", "DEBUGINFO_DEFAULT"),
    *("ENABLE_PROFILING", "EXTEND_VARIABLE_LIFETIMES", "NRT_STATS", "CAPTURED_ERRORS"),
    *("LLVM_REFPRUNE_PASS", "LLVM_REFPRUNE_FLAGS", "USE_LEGACY_TYPE_SYSTEM"),
)

STAMPS = stamps(Path(srcad.generated.__file__).parent)
"""Of this very process: its files may change while it runs."""


@cache
def _versions() -> str:
    """Return the versions of all that makes machine code; a changed file of srcad is one."""
    found = (__version__, numba.__version__, llvmlite.__version__, np.__version__, sys.version)
    return "; ".join((*found, digest(STAMPS)))
