"""`srcad.vjp` and `srcad.linearize` inside `@njit` code: linear functions with values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba.core import types
from numba.core.errors import TypingError
from numba.core.registry import CPUDispatcher
from numba.extending import overload

from srcad.arguments import parameter_names
from srcad.backend.jit import compile_helper
from srcad.backend.pullbacks import holder
from srcad.bound import frozen
from srcad.derivative import adjoint_of, derivative, tangent_of, target_of
from srcad.operators.compiled import function_of
from srcad.operators.linear import linearize
from srcad.operators.products import vjp
from srcad.options import Options, derivative_flags
from srcad.parts import cut_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from srcad.deriving import Cut


@overload(vjp)
def _vjp(f, *primals):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN202
    """Return the value, and a pullback that holds what it needs."""
    made = _at_point(vjp, f, primals)
    given, wrt = made.given, made.wrt
    made.cut("halves", adjoint_of)
    _check_floats(made.func.__name__, made.out)
    by_position = {k: f"found[{n}]" for n, k in enumerate(wrt)}
    items = [by_position.get(k, "None") for k in range(len(given))]
    return made.implementation(
        ("bar",), ("bar",), f"({', '.join(items)},)", (made.out,), "pullback"
    )


@overload(linearize)
def _linearize(f, *primals):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN202
    """Return the value, and a function of tangents that holds what it needs."""
    made = _at_point(linearize, f, primals)
    given, wrt = made.given, made.wrt
    made.cut("linear_halves", tangent_of)
    dots = [f"dot_{k}" for k in range(len(given))]
    takes = tuple(type_ if k in wrt else types.none for k, type_ in enumerate(given))
    return made.implementation(dots, [dots[k] for k in wrt], "found", takes, "f_jvp")


def _at_point(operator: Any, f: Any, primals: tuple[Any, ...]) -> _Point:
    """Return the function and the types of its arguments. Raises TypingError for others."""
    given = tuple(map(types.unliteral, primals))
    what = operator.__name__
    func, options = target_of(function_of(operator, f), what)
    names = parameter_names(func)
    if len(given) != len(names):
        message = (
            f"{func.__name__} has {len(names)} arguments: srcad.{what} takes all, got {len(given)}"
        )
        raise TypingError(message)
    _check_plain(what, names, given)
    wrt = tuple(k for k, type_ in enumerate(given) if _is_float(type_))
    if not wrt:
        raise TypingError(f"{func.__name__} has no float argument to differentiate by")
    return _Point(func, options, given, wrt)


class _Point:
    """The value of a function in compiled code, and the linear function at the same point.

    out: the type of the value. count: how many values are kept. body: text of what returns both.
    call: text of a call of the linear work.
    """

    def __init__(
        self, func: Any, options: Options, given: tuple[Any, ...], wrt: tuple[int, ...]
    ) -> None:
        self.func, self.options, self.given, self.wrt = func, options, given, wrt
        self.space: dict[str, Any] = {}

    def cut(self, halves: Cut, whole: Any) -> None:
        """Find both parts: halves of a derivative, or the function and the whole derivative."""
        func, given, options = self.func, self.given, self.options
        try:
            parts = cut_parts(halves, func, self.wrt, options, given)
        except (TypeError, ValueError) as error:
            raise TypingError(str(error)) from error
        kept = [f"primals[{k}]" for k in range(len(given))]
        first = f"first({', '.join(kept)})"
        if parts is not None:
            self.space["first"], self.space["second"] = parts
            self.out, holds = _result(parts[0], given)
            self.count, self.call = len(holds), "second({})"
            self.body = f"out, kept = {first}\n    return out, hold(kept)"
            return
        self.space["first"] = frozen(derivative(func, "primal", (), options=options))
        self.space["second"] = frozen(whole(func, self.wrt, options))
        self.out = _result(self.space["first"], given)
        self.count, self.call = len(given), "second({})[1]"
        copied = [
            f"{text}.copy()" if isinstance(type_, types.Array) else text
            for text, type_ in zip(kept, given, strict=True)
        ]
        self.body = f"return {first}, hold(({', '.join(copied)},))"

    def implementation(
        self,
        takes: Sequence[str],
        passed: Sequence[str],
        found: str,
        kinds: tuple[Any, ...],
        what: str,
    ) -> Any:
        """Return what compiled code runs for the operator.

        takes: parameters of the linear function, of these types. passed: those that its work
        takes. found: text of what it returns. what: how it is called.
        """
        kept = [f"kept_{k}" for k in range(self.count)]
        text = (
            f"def linear({', '.join((*kept, *takes))}):\n"
            f"    found = {self.call.format(', '.join((*kept, *passed)))}\n"
            f"    return {found}\n"
            f"def impl(f, *primals):\n    {self.body}\n"
        )
        exec(text, self.space)  # noqa: S102 - as many arguments as the function has
        run = compile_helper(self.space["linear"], derivative_flags(self.options))
        self.space["hold"] = holder(run, kinds, what)
        return self.space["impl"]


def _result(function: Any, given: tuple[Any, ...]) -> Any:
    """Return the type of the result of a compiled function."""
    context = CPUDispatcher.targetdescr.typing_context
    return types.Dispatcher(function).get_call_type(context, given, {}).return_type


def _is_float(type_: Any) -> bool:
    return isinstance(getattr(type_, "dtype", type_), types.Float)


def _check_plain(what: str, names: tuple[str, ...], given: tuple[Any, ...]) -> None:
    """Raise for arguments that are neither numbers nor arrays."""
    for name, type_ in zip(names, given, strict=True):
        if not isinstance(type_, types.Number | types.Boolean | types.Array):
            instead = "adjoint(f)(*args, cotangent)" if what == "vjp" else "tangent"
            message = (
                f"srcad.{what} in compiled code takes numbers and arrays, {name} is {type_}; "
                f"call srcad.{instead}"
            )
            raise TypingError(message)


def _check_floats(name: str, out: Any) -> None:
    """Raise for a result that is not made of floats and arrays of them."""
    parts = tuple(out) if isinstance(out, types.BaseTuple) else (out,)
    for part in parts:
        if isinstance(part, types.BaseTuple):
            _check_floats(name, part)
        elif not _is_float(part):
            message = (
                f"srcad.vjp in compiled code takes functions of floats, {name} returns {out}; "
                "call srcad.adjoint(f)(*args, cotangent)"
            )
            raise TypingError(message)
