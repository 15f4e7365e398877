"""What a user can set, in one value; the only reader of `SRCAD_*` variables."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

Checks = Literal["none", "writes", "all"]
"""Which indices generated code tests, unless they are known to be inside."""

ERROR_MODELS = (None, "python", "numpy")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one function, as `differentiate` takes them.

    parallel, fastmath: as in `numba.njit`. Generated code never asks for Numba's `parallel`: its
        loops that are proved parallel run in blocks of its own. It has `fastmath` only when the
        user asks for it.
    nogil: None means that generated code releases the interpreter lock while it has much to do;
        True that what Numba compiles of the function itself does so, too; False that nothing does.
    error_model: None means "python" for the function itself, as Numba has it, and
        "numpy" for its derivatives, which divide where the function does not.
    boundscheck: None means that derivatives test indices before they write there; True
        (or the `SRCAD_BOUNDSCHECK` variable) that they test all indices, and the function
        itself as Numba does; False that nothing is tested.
    cache: what is compiled is kept on disk, and found there by other processes.
    reorder_sums: derivatives may add up the user's own sums in another order.
    """

    parallel: bool = False
    fastmath: bool = False
    error_model: str | None = None
    boundscheck: bool | None = None
    nogil: bool | None = None
    cache: bool = False
    reorder_sums: bool = False

    def __post_init__(self) -> None:
        """Refuse values that Numba would refuse later and less clearly."""
        if self.error_model not in ERROR_MODELS:
            message = f"error_model must be 'python' or 'numpy', got {self.error_model!r}"
            raise ValueError(message)


DEFAULT = Options()

_cached_block: ContextVar[bool | None] = ContextVar("cached_block", default=None)


_progress_block: ContextVar[bool | None] = ContextVar("progress_block", default=None)


@contextmanager
def options(*, cache: bool | None = None, progress: bool | None = None) -> Iterator[None]:
    """Set options for a block; those that are left out stay as they are.

    cache: True to keep on disk what is compiled in the block, and by the derivatives that are
        asked for in it, also when they are called later; False to keep nothing and to look for
        nothing, but for functions that are decorated with `cache=True`.
    progress: False for no line on the terminal while a first call takes long, True to have it
        even where `SRCAD_PROGRESS=0` says no.

    >>> import srcad
    >>> with srcad.options(cache=True):
    ...     slope = srcad.grad(lambda x: x * x)
    >>> slope(3.0)  # compiled once, whatever process asks for it again
    6.0
    """
    was = _cached_block.get(), _progress_block.get()
    now = (cache, progress)
    asked = [old if new is None else bool(new) for old, new in zip(was, now, strict=True)]
    tokens = _cached_block.set(asked[0]), _progress_block.set(asked[1])
    try:
        yield
    finally:
        _cached_block.reset(tokens[0])
        _progress_block.reset(tokens[1])


def is_in_cached_block() -> bool:
    """Return whether this is in a block that asks for the cache."""
    return _cached_block.get() is True


def is_cached_here() -> bool:
    """Return whether a block or `SRCAD_CACHE` asks for the cache."""
    asked = _cached_block.get()
    return _is_on("SRCAD_CACHE") if asked is None else asked


def shows_progress() -> bool:
    """Return whether first calls that take long may show a line on the terminal."""
    asked = _progress_block.get()
    return _is_on("SRCAD_PROGRESS", "1") if asked is None else asked


def cache_directory() -> str:
    """Return the directory of the cache that `SRCAD_CACHE_DIR` asks for, or nothing."""
    return os.environ.get("SRCAD_CACHE_DIR", "")


MEMORY_LIMIT = 1 << 30
UNITS = {"": 1, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30}


CACHE_LIMIT = 1 << 30


def memory_limit() -> int:
    """Return how many bytes are kept between calls at most: `SRCAD_MEMORY_LIMIT`, or 1 GiB.

    A whole number, with k, M or G after it for powers of 1024; 0: nothing is kept.
    """
    return _bytes("SRCAD_MEMORY_LIMIT", MEMORY_LIMIT)


def cache_limit() -> int:
    """Return how many bytes the files of the cache may have: `SRCAD_CACHE_LIMIT`, or 1 GiB.

    Written as in `SRCAD_MEMORY_LIMIT`; 0: nothing is kept.
    """
    return _bytes("SRCAD_CACHE_LIMIT", CACHE_LIMIT)


def _bytes(variable: str, default: int) -> int:
    """Return a number of bytes. Raises ValueError for what is none."""
    text = os.environ.get(variable, "").strip()
    number = text.rstrip("kMG")
    unit = text.removeprefix(number)
    if not text:
        return default
    if not (number.isdecimal() and number.isascii() and unit in UNITS):
        message = f"{variable} is a number of bytes, such as 512M or 0, not {text!r}"
        raise ValueError(message)
    return min(int(number) * UNITS[unit], 1 << 60)


def shown_stages() -> tuple[str, ...]:
    """Return the stages and steps that `SRCAD_SHOW` asks to print: `typed,taped.*`."""
    return tuple(filter(None, os.environ.get("SRCAD_SHOW", "").split(",")))


def shows_times() -> bool:
    """Return whether the time of every pass is printed (`SRCAD_TIME`)."""
    return _is_on("SRCAD_TIME")


def verifies() -> bool:
    """Return whether every pass is followed by a check of its result (`SRCAD_VERIFY`)."""
    return _is_on("SRCAD_VERIFY")


def watches_stages() -> bool:
    """Return whether a variable asks for what only derivation shows: nothing is loaded then."""
    return bool(shown_stages()) or shows_times()


def primal_flags(options: Options) -> dict[str, object]:
    """Return what `numba.njit` is given for the function itself: only what was asked."""
    flags: dict[str, object] = {"nopython": True, "boundscheck": options.boundscheck}
    if options.parallel:
        flags["parallel"] = True
    if options.fastmath:
        flags["fastmath"] = True
    if options.nogil:
        flags["nogil"] = True
    if options.error_model is not None:
        flags["error_model"] = options.error_model
    return flags


def derivative_flags(options: Options) -> dict[str, object]:
    """Return the flags of generated code, every one of them explicit.

    A Numba callee inherits the flags that it leaves unset from whoever compiles it
    first, so that one fast-math caller would change what others compute.
    """
    return {
        "nopython": True,
        "boundscheck": checks_of(options) == "all",
        "error_model": options.error_model or "numpy",
        "fastmath": options.fastmath,
        "nogil": options.nogil is not False,
        "forceinline": False,
    }


def checks_of(options: Options) -> Checks:
    """Return which indices a derivative tests."""
    match options.boundscheck:
        case None:
            return "all" if _is_on("SRCAD_BOUNDSCHECK") else "writes"
        case wanted:
            return "all" if wanted else "none"


def _is_on(variable: str, otherwise: str = "0") -> bool:
    return os.environ.get(variable, otherwise) not in {"", "0"}
