"""A Numba type for plain Python functions that compiled code names, to take derivatives of.

`srcad.grad(f)(x)` in `@njit` code needs a type for `f`, and Numba has none for a function that
is not compiled. This one holds the function itself. It is given to globals, captured names and
attributes of modules alone, never to arguments, and not to functions that Numba knows or speaks
of in errors of its own. Calling such a function stays an error, which says what to write.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any, NoReturn

from numba.core import types
from numba.core.errors import TypingError
from numba.core.imputils import lower_constant
from numba.core.target_extension import dispatcher_registry
from numba.core.typing.typeof import Purpose, typeof_impl
from numba.extending import models, register_model

THEIRS = ("numba", "numpy", "scipy")
"""Packages whose functions Numba supports, or has its own words for."""


class PlainFunction(types.Callable, types.Opaque):
    """The type of one Python function that is not compiled."""

    def __init__(self, func: FunctionType) -> None:
        self.func = func
        super().__init__(f"plain function {func.__qualname__}")

    @property
    def key(self) -> FunctionType:
        """What makes two of these the same type."""
        return self.func

    def get_call_type(self, context: object, args: object, kws: object) -> NoReturn:
        """Raise: only compiled functions can be called."""
        del context, args, kws
        self.refuse()

    def get_impl_key(self, sig: object) -> NoReturn:
        """Raise: there is no call to lower."""
        del sig
        self.refuse()

    def refuse(self) -> NoReturn:
        """Raise, and say what to write."""
        name = self.func.__name__
        message = f"{name} is a plain Python function: decorate it with @numba.njit to call it here"
        raise TypingError(message)

    def get_call_signatures(self) -> tuple[tuple[()], bool]:
        """Return that there are no signatures."""
        return (), False


register_model(PlainFunction)(models.OpaqueModel)


@typeof_impl.register(FunctionType)
def _typeof_function(func: FunctionType, c: Any) -> types.Type | None:
    known = getattr(func, "_numba_type_", None)
    if known is not None or c.purpose is not Purpose.constant:
        return known
    theirs = func.__module__ is not None and func.__module__.partition(".")[0] in THEIRS
    return None if theirs or _is_registered(func) else PlainFunction(func)


def _is_registered(func: FunctionType) -> bool:
    """Return whether some target of Numba's knows how to call a function."""
    contexts = (made.targetdescr.typing_context for made in dispatcher_registry.values())
    return any(context._lookup_global(func) is not None for context in contexts)  # noqa: SLF001


@lower_constant(PlainFunction)
def _constant(context: Any, builder: object, ty: object, value: object) -> Any:
    del builder, ty, value
    return context.get_dummy_value()
