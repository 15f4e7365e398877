"""Derivatives that are cut into compiled functions: halves, and sweeps along several directions.

What was cut is kept on disk as text, each function's machine code beside it: another process
makes the same functions without deriving anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from srcad.backend.cache import TextCache
from srcad.backend.classes import is_known, text_of
from srcad.backend.emitted import Emitted
from srcad.backend.jit import Generated, stand_in
from srcad.cache.content import digest
from srcad.cache.entries import warn
from srcad.derivative import lasting_content
from srcad.later import later
from srcad.options import checks_of, derivative_flags, is_cached_here, is_in_cached_block

if TYPE_CHECKING:
    from srcad import deriving
    from srcad.backend.jit import Signature
    from srcad.derivative import Target
    from srcad.deriving import Cut
    from srcad.options import Options
else:
    deriving = later("srcad.deriving")


def cut_parts(
    cut: Cut, func: Target, wrt: tuple[int, ...], options: Options, args: Signature
) -> tuple[Generated, ...] | None:
    """Return what a derivative is cut into for these types; None if it is one.

    cut: "halves" of the adjoint: the first maps the arguments to `(out, kept)`, the second
    `(*kept, cotangent)` to the cotangents of `wrt`. "linear_halves" of the tangent: the second
    maps `(*kept, *tangents)` to the tangent of the result. "tangent_lanes", "pullback_lanes":
    one function, of one result along several directions at once.
    """
    flags = derivative_flags(options)
    about = (cut, wrt, tuple(flags.items()), checks_of(options), options.parallel)
    wants_cache = options.cache or is_in_cached_block()

    def content() -> str | None:
        return lasting_content(func, about)

    def derived() -> tuple[Emitted, ...] | None:
        return deriving.cut(cut, func, wrt, options, args)

    def made(part: Emitted, content: str | None = None) -> Generated:
        twin = part.built.function
        return Generated(twin, lambda: part, flags, content, wants_cache=wants_cache)

    if not (wants_cache or is_cached_here()):
        found = derived()
        return None if found is None else tuple(map(made, found))
    seen = content()
    texts = TextCache(f"{func.__qualname__}_{cut}", seen, args)
    written = texts.load()
    if written is not None:

        def again(k: int) -> Emitted:
            """Return what was kept, derived anew: its machine code is gone."""
            parts = derived() if content() == seen else None
            if parts is None:
                message = f"what '{func.__qualname__}' captures has changed since it was called"
                raise RuntimeError(message)
            return parts[k]

        def found_again(k: int, text: dict[str, Any]) -> Generated:
            own = _content(seen, args, k)
            return Generated(stand_in(text), lambda: again(k), flags, own, wants_cache=wants_cache)

        try:
            kept = written["parts"]
            return None if kept is None else tuple(found_again(k, t) for k, t in enumerate(kept))
        except Exception as problem:  # noqa: BLE001 - whatever it is, there is another way
            warn(f"{type(problem).__name__}: {problem}; compiled anew")
    found = derived()
    rows = None if found is None else [part.kept() for part in found]
    is_lasting = (rows is None or None not in rows) and content() == seen
    if is_lasting:
        texts.save({"parts": rows})
    if found is None:
        return None
    seen = seen if is_lasting else None
    return tuple(made(part, _content(seen, args, k)) for k, part in enumerate(found))


def _content(seen: str | None, args: Signature, k: int) -> str | None:
    """Return the content of one of the functions, that of the text that was kept."""
    is_told = seen is not None and all(map(is_known, args))
    return None if not is_told else digest(seen, text_of(args), k)
