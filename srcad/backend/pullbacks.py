"""Linear functions at a point in compiled code: what was kept, and the function that takes it.

Numba's own functions hold no values. A `LinearMap` does: it is a struct of what was kept, and
its type knows the compiled function `(*kept, *given)` that a call of it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.core.typing import signature
from numba.extending import box, intrinsic, lower_builtin, models, register_model


class LinearMapType(types.Callable):
    """The type of a linear function: one for each function and types of what is kept.

    run: a dispatcher, `(*kept, *given)`. takes: the types of `given`. what: how to call it.
    """

    def __init__(self, run: Any, kept: types.BaseTuple, takes: tuple[Any, ...], what: str) -> None:
        self.run, self.kept, self.takes, self.what = run, kept, takes, what
        super().__init__(f"{what}({id(run)}, {kept})")

    @property
    def key(self) -> tuple[object, ...]:
        """Return what tells two types apart."""
        return id(self.run), self.kept

    def get_call_type(self, context: Any, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        """Return the signature of a call."""
        if kws or len(args) != len(self.takes):
            count = len(self.takes)
            message = f"{self.what} takes {count} argument{'s' * (count != 1)} by position"
            raise TypingError(message)
        for given, wanted in zip(args, self.takes, strict=True):
            if not _fits(types.unliteral(given), wanted):
                raise TypingError(f"{self.what} takes {wanted}, got {given}")
        inner = types.Dispatcher(self.run).get_call_type(
            context, (*self.kept, *self.wanted(args)), {}
        )
        return signature(inner.return_type, *args, recvr=self)

    def wanted(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the types that arguments are converted to: numbers, to their own."""
        pairs = zip(args, self.takes, strict=True)
        return tuple(
            own if isinstance(own, types.Float) else types.unliteral(a) for a, own in pairs
        )

    def get_call_signatures(self) -> tuple[tuple[Any, ...], bool]:
        """Return no signatures: calls are typed one by one."""
        return (), False

    def get_impl_key(self, sig: Any) -> type:
        """Return what calls are compiled by."""
        del sig
        return LinearMapType


def _fits(given: Any, wanted: Any) -> bool:
    """Return whether an argument of a type is accepted."""
    match given, wanted:
        case types.Array(), types.Array():
            return bool((given.dtype, given.ndim) == (wanted.dtype, wanted.ndim))
        case types.BaseTuple(), types.BaseTuple():
            return len(given) == len(wanted) and all(map(_fits, given, wanted))
        case types.Integer(), types.Float():
            return True
        case _:
            return bool(given == wanted)


@register_model(LinearMapType)
class _Model(models.StructModel):
    """A linear function is what it keeps."""

    def __init__(self, manager: Any, type_: LinearMapType) -> None:
        super().__init__(manager, type_, [("kept", type_.kept)])


@lower_builtin(LinearMapType, LinearMapType, types.VarArg(types.Any))
def _call(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Call the function with what was kept before the arguments."""
    own = sig.args[0]
    held = cgutils.create_struct_proxy(own)(context, builder, value=args[0])
    wanted = own.wanted(sig.args[1:])
    given = [
        context.cast(builder, value, before, after)
        for value, before, after in zip(args[1:], sig.args[1:], wanted, strict=True)
    ]
    function = types.Dispatcher(own.run)
    inner = function.get_call_type(context.typing_context, (*own.kept, *wanted), {})
    implementation = context.get_function(function, inner)
    context.add_linking_libs(getattr(implementation, "libs", ()))
    values = [*cgutils.unpack_tuple(builder, held.kept), *given]
    return implementation(builder, values)


class Stranded:
    """What Python sees of a linear function of compiled code: it can be called only there."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __call__(self, *_: object) -> None:
        """Raise TypeError."""
        message = f"a {self.what} of compiled code cannot be called from Python: call it there"
        raise TypeError(message)


@box(LinearMapType)
def _leave(type_: LinearMapType, value: Any, tools: Any) -> Any:
    """Return an object that says what it was; what was kept is released."""
    tools.context.nrt.decref(tools.builder, type_, value)
    return tools.pyapi.unserialize(tools.pyapi.serialize_object(Stranded(type_.what)))


def holder(run: Any, takes: tuple[Any, ...], what: str) -> Callable[..., Any]:
    """Return a function for compiled code that makes a linear function of a tuple."""

    @intrinsic
    def hold(typing_context: Any, kept: Any) -> Any:
        """Return a linear function that holds a tuple."""
        del typing_context
        made = LinearMapType(run, kept, takes, what)

        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            del sig
            new = cgutils.create_struct_proxy(made)(context, builder)
            new.kept = args[0]
            if context.enable_nrt:
                context.nrt.incref(builder, kept, args[0])
            return new._getvalue()  # noqa: SLF001 - Numba's name for it

        return made(kept), code

    return hold
