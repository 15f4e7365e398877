"""While generated code is compiled: types of operations looked up once, no garbage collected.

Generated code repeats a few operations many times, and Numba finds the type of each of them
anew, several times in a loop: it asks every overload of `+` what it makes of two floats.
What Numba has answered once, for one function, the same types and the same flags, it answers
again.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from numba.core import types
from numba.core.registry import cpu_target
from numba.core.targetconfig import ConfigStack

from srcad.backend.direct import direct_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Arguments = tuple[types.Type, ...]
    Question = tuple[types.Function, Arguments, object]

PLAIN = (types.Number, types.Boolean, types.Literal, types.Array, types.NoneType, types.DType)
"""Types that say all about an argument: overloads answer the same whenever they are asked."""

_answers: dict[Question, tuple[Any, Any]] = {}
"""Signatures, and what Numba finds their implementations by."""

_depth = [0]


@contextmanager
def compiled_quickly() -> Iterator[None]:
    """Answer from memory which signature an operation has, and pause the garbage collector.

    Compiling makes many objects that live until its end. Inside of itself it does nothing more.
    The lock of Numba's compiler is held.
    """
    if _depth[0]:
        yield
        return
    context: Any = cpu_target.typing_context
    was_on = gc.isenabled()
    gc.disable()
    _depth[0] += 1
    context.resolve_function_type = _remembering(context.resolve_function_type)
    try:
        yield
    finally:
        _depth[0] -= 1
        del context.resolve_function_type
        if was_on:
            gc.enable()


def _remembering(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Return `resolve_function_type` with a memory for functions of plain types."""

    def remembered(func: Any, args: Arguments, kws: Any) -> Any:
        if kws or type(func) is not types.Function:
            return resolve(func, args, kws)
        direct = direct_signature(func.typing_key, args) if _is_for_us() else None
        if direct is not None:
            return direct
        known = _known(func, args)
        if known is not None:
            return known
        found = resolve(func, args, kws)
        if found is not None and found.recvr is None and all(map(_is_plain, args)):
            _answers[_question(func, args)] = found, func.get_impl_key(found)
        return found

    return remembered


def _question(function: types.Function, args: Arguments) -> Question:
    """Return all that an answer depends on: overloads are compiled with flags of their callers."""
    flags: Any = ConfigStack.top_or_none()
    passed_on = None
    if flags is not None:
        fast = frozenset(flags.fastmath.flags)
        passed_on = (fast, flags.error_model, flags.forceinline, flags.nrt)
    return function, tuple(args), passed_on


def _known(function: types.Function, args: Arguments) -> Any:
    """Return the signature that is remembered, if any; Numba finds its implementation again."""
    found, implementation = _answers.get(_question(function, args), (None, None))
    if found is not None:  # another caller may have asked meanwhile, with other flags
        function._impl_keys[found.args] = implementation  # noqa: SLF001
    return found


def _is_for_us() -> bool:
    """Return whether types of generated code are found: `Lowering` writes its calls directly.

    Numba lowers the functions of libraries that it calls, which are compiled meanwhile; those of
    power series too, whose files have two words.
    """
    stack: Any = cpu_target.typing_context.callstack
    file = stack[0].func_id.func.__code__.co_filename if stack else ""
    return file.startswith("<srcad ") and file.count(" ") == 1


def signature_of(context: Any, function: types.Function, args: Arguments) -> Any:
    """Return the signature of a function of Numba for these types, which it has."""
    return _known(function, args) or function.get_call_type(context, args, {})


def _is_plain(type_: types.Type) -> bool:
    """Return whether a type says all about an argument."""
    if isinstance(type_, types.BaseTuple):
        return all(map(_is_plain, type_))
    return isinstance(type_, PLAIN)
