"""The derivative objects: one per function, kind, arguments and options.

Types are checked here, before anything is derived; shapes are the callers' business.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from dataclasses import dataclass, replace
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, cast

from numba.core.dispatcher import Dispatcher

from srcad.backend.emitted import Emitted
from srcad.backend.jit import Derivative
from srcad.backend.numba_kernels import KERNELS
from srcad.backend.value_types import type_of
from srcad.bound import Bound, Reading, bound
from srcad.cache.content import Identity, NoContentError, digest
from srcad.captured import content_key, lasting_key, python_function
from srcad.errors import NotDifferentiable
from srcad.foreign import refuse_foreign
from srcad.frontend.syntax.opened import Unhidden, is_hiding, opened_behind
from srcad.frontend.syntax.signature import signature_of
from srcad.ir.structures import given
from srcad.later import later
from srcad.memo import RULES, forget, memo_of, recall
from srcad.moving import is_moving
from srcad.options import DEFAULT, Checks, Options, checks_of, derivative_flags, is_in_cached_block
from srcad.plans import is_open
from srcad.rules.known import given_for
from srcad.spec import ALONG, PATTERNS, Buffers, DerivativeSpec, Kind, free_name, with_vectors
from srcad.wrapped import kernel_call

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from srcad import deriving
    from srcad.backend.jit import Recipe, Signature
else:
    deriving = later("srcad.deriving")

Target = FunctionType | Derivative | Bound
What = tuple[Kind, tuple[int, ...], bool, bool, tuple[str, ...], Options, Buffers, bool]

WORDS = {
    "primal": "the value",
    "tangent": "the value and the directional derivative",
    "adjoint": "the value and the cotangents",
    "grad": "the gradient",
    "value_and_grad": "the value and the gradient",
    "jacfwd": "the Jacobian",
    "jacrev": "the Jacobian",
    "jacobian": "the Jacobian",
    "hessian": "the Hessian",
    "hvp": "the product of the Hessian with a vector",
    "taylor": "the coefficients of the power series",
    "jacobian_pattern": "the pattern of the Jacobian",
    "hessian_pattern": "the pattern of the Hessian",
    "value_grad_hvp": "the value, the gradient and the product of the Hessian with a vector",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A function found again by the name of its module and its own."""

    module: str
    qualname: str


def _options_of(f: object) -> Options:
    """Return the options of an `@njit` function that are those of its derivatives, too."""
    is_parallel = isinstance(f, Dispatcher) and bool(f.targetoptions.get("parallel"))
    return replace(DEFAULT, parallel=True) if is_parallel else DEFAULT


def target_of(f: object, operator: str) -> tuple[Target, Options]:
    """Return what is differentiated when `f` is, and with which options.

    A dispatcher gives its Python function, so that nothing of the user's is recompiled.
    Raises TypeError for what has no Python source.
    """
    given = given_for(f)
    if given is not None:
        return given.wrapper, DEFAULT
    options = getattr(f, "options", None)
    options = options if isinstance(options, Options) else _options_of(f)
    if isinstance(f, Derivative | Bound):
        if f.__srcad_derivative__.kind == "taylor":
            message = f"{operator} of the coefficients of a power series is not known"
            raise TypeError(message)
        if f.__srcad_derivative__.buffers is not None:
            message = f"{operator} of a gradient that is written into arrays; leave out= away"
            raise TypeError(message)
        return f, options
    if isinstance(f, KERNELS):
        called = kernel_call(f)
        if called is not None:
            return called, DEFAULT
    if isinstance(f, FunctionType | Dispatcher):
        func = getattr(f, "__srcad_call__", None) or python_function(f)
        if func is not None:
            return func, options
    message = (
        f"{operator} takes a Python function or an @njit function, got {f!r}{_hint(operator, f)}"
    )
    raise TypeError(message)


def _hint(operator: str, f: object) -> str:
    """Return what to write instead of what is no function with source."""
    if isinstance(f, int | float | complex | list | tuple) or hasattr(f, "__array__"):
        return f"; give it the function itself: srcad.{operator}(f), and call the result"
    if operator == "differentiate" and isinstance(f, partial | MethodType):
        return "; decorate the function itself: srcad.grad and its like take partials and methods"
    root = str(getattr(f, "__module__", None) or type(f).__module__).partition(".")[0]
    owner = type(getattr(f, "__self__", None)).__module__.partition(".")[0]
    if root in {"torch", "jax", "jaxlib"} or owner == "torch":
        return "; it is for the tape of its own library: write the same with NumPy"
    if callable(f) and root in {"numpy", "scipy", "math", "builtins"}:
        return "; write a def that calls it"
    return ""


def derivative(
    func: Target,
    kind: Kind,
    wrt: tuple[int, ...],
    *,
    bare: bool = False,
    has_aux: bool = False,
    extra: tuple[str, ...] = (),
    options: Options = DEFAULT,
    buffers: Buffers = None,
    holomorphic: bool = False,
) -> Derivative:
    """Return the derivative object, the same one for the same function and values.

    wrt: positions of the parameters to differentiate, in result order.
    extra: names of what follows the parameters of `func`: tangents, the cotangent, or arrays
    for the results.
    """
    what = kind, wrt, bare, has_aux, extra, options, buffers, holomorphic
    captures = isinstance(func, Bound) or (is_open(func) and not is_hiding())
    made = _reading(func, what) if captures else _fixed(func, what)
    made.wants_cache |= is_in_cached_block()
    return made


def _fixed(func: Target, what: What) -> Derivative:
    """Return the derivative object for the values that are captured now."""
    kind, wrt, bare, has_aux, extra, options, buffers, holomorphic = what
    spec = DerivativeSpec(func, kind, wrt, bare, has_aux, buffers=buffers, holomorphic=holomorphic)
    key = (_content(func), *what)
    assert not isinstance(func, Bound)
    return recall(func, key, lambda: _make(spec, extra, options, key))


def _reading(func: Any, what: What) -> Any:
    """Return the derivative object that reads what is captured at each call."""
    memo = memo_of(func)
    known = memo.shortcuts.get(("reading", *what))
    if known is not None:
        rules, found = known
        if rules is not None and not rules.is_unchanged():
            found.renew()
            memo.shortcuts["reading", *what] = RULES(), found
        return found
    inner = func.recipe if isinstance(func, Bound) else None
    kind, wrt, bare, has_aux, extra, options, buffers, holomorphic = what

    def make(base: Any, count: int) -> Derivative:
        """Return the derivative of a function with more arguments before its own."""
        source = base if inner is None else inner.make(base, count)
        shifted = tuple(k + count for k in wrt)
        return _fixed(source, (kind, shifted, *what[2:]))

    def frozen() -> Derivative:
        return _fixed(func if inner is None else func.frozen, what)

    spec = DerivativeSpec(func, kind, wrt, bare, has_aux, buffers=buffers, holomorphic=holomorphic)
    pickled = partial(_recipe, spec, extra, options)
    name = (*(() if inner is None else inner.name), what)
    origin = func if inner is None else inner.func
    made = bound(Reading(origin, spec, name, make, frozen, pickled))
    if isinstance(made, Bound):
        memo.shortcuts["reading", *what] = RULES(), made
        if made.made.plan.count:
            memo.entries["reading", *what] = made
    return made


def tangent_of(func: Target, wrt: tuple[int, ...], options: Options) -> Derivative:
    """Return `(*args, *dots) -> (out, out_dot)`, with a tangent for each of `wrt`."""
    names = tuple(signature_of(func).parameters)
    extra = tuple(f"{names[k]}_dot" for k in wrt)
    return derivative(func, "tangent", wrt, extra=extra, options=options)


def series_of(func: Target, wrt: tuple[int, ...], options: Options) -> Derivative:
    """Return `(*args, *dots, order) -> coefficients`, with a tangent for each of `wrt`."""
    names = tuple(signature_of(func).parameters)
    extra = (*(f"{names[k]}_dot" for k in wrt), "order")
    return derivative(func, "taylor", wrt, extra=extra, options=options)


def adjoint_of(
    func: Target, wrt: tuple[int, ...], options: Options, *, bare: bool = False
) -> Derivative:
    """Return `(*args, out_bar) -> (out, bars)`, with a cotangent for each of `wrt`.

    bare: there is one, and it is not in a tuple.
    """
    return derivative(func, "adjoint", wrt, bare=bare, extra=("out_bar",), options=options)


def _content(func: Any) -> Hashable:
    """Return the key of all that compiled code of `func` freezes."""
    return Identity(func) if isinstance(func, Derivative) else content_key(func)


def own_kernel(base: FunctionType, options: Options, kind: type[Derivative]) -> Derivative:
    """Return a function itself, which writes its arguments: what it captures are its first ones.

    kind: the class of the object.
    """
    spec = DerivativeSpec(base, "primal", ())
    key: tuple[Hashable, ...] = (_content(base), kind.__name__, options)
    return recall(base, key, lambda: _make(spec, (), options, key, kind))


def _make(
    spec: DerivativeSpec,
    extra: tuple[str, ...],
    options: Options,
    key: tuple[Hashable, ...],
    own: type[Derivative] | None = None,
) -> Derivative:
    """Return a new derivative object. own: the class of one that is the function itself."""
    func: Any = spec.func
    flags = derivative_flags(options)
    # A set that is read outside its array would be no set.
    checks: Checks = "all" if spec.kind in PATTERNS else checks_of(options)
    names = tuple(signature_of(func).parameters)
    how = (tuple(flags.items()), checks, options.parallel, options.reorder_sums)
    about = (repr(replace(spec, func=None)), extra, how, own is None)
    opened = opened_behind(func)
    count = 0 if opened is None else len(opened.places)

    def is_current() -> bool:
        """Return whether all that is known while the code is made is what it was.

        If it is not, it never serves again.
        """
        is_inner = isinstance(func, Derivative)
        found: bool = func.is_current() if is_inner else _content(func) == key[0]
        if not found:
            forget(func, key)
            made.is_forgotten = True
        return found

    def check(args: Sequence[object]) -> None:
        """Raise Unhidden where a captured value is another one than this is for.

        Raises TypeError for arrays of other libraries.
        """
        refuse_foreign(args[count:], names[count:])
        if (made.is_read and not is_current()) or not all(map(is_moving, args[:count])):
            raise Unhidden(is_another=True)

    def derive(args: Signature) -> Emitted:
        """Return what is derived for these types; old values of globals are forgotten."""
        content = _content(func)
        if content != key[0]:
            forget(func, key)
        try:
            if own is not None:
                return cast("Emitted", deriving.fused(func, options, args, always=True))
            return deriving.emitted(spec, names, args, checks, options, content)
        except (NotDifferentiable, TypeError) as error:
            if count:
                raise Unhidden(is_refused=True) from error
            raise

    def content() -> str | None:
        if _content(func) != key[0]:
            forget(func, key)
        return lasting_content(func, about)

    def twin(*args: object, **kwargs: object) -> object:
        """Run what is compiled for these arguments as plain Python."""
        bound = inspect.signature(twin).bind(*args, **kwargs)
        bound.apply_defaults()
        values = tuple(map(given, bound.arguments.values()))
        made.check(values)
        generated = made.emit(tuple(map(type_of, values))).generated
        return deriving.plain_call(generated, options, values)

    as_function = cast("FunctionType", twin)
    _dress(as_function, spec, names, extra)
    if own is not None:
        as_function.__name__, as_function.__qualname__ = func.__name__, func.__qualname__
    made = (own or Derivative)(
        *(as_function, derive, flags, options, spec, partial(_recipe, spec, extra, options)),
        content=content,
        check=check,
    )
    made.is_current = is_current
    return made


def lasting_content(func: Target, about: tuple[object, ...]) -> str | None:
    """Return the content of a function and of how it is derived; None if it has none."""
    try:
        return digest(about, lasting_key(func))
    except NoContentError:
        return None


def _dress(
    twin: FunctionType, spec: DerivativeSpec, names: Sequence[str], extra: tuple[str, ...]
) -> None:
    """Give `twin` the user's signature, a name and a docstring."""
    func: Any = spec.func
    signature = signature_of(func)
    empty = inspect.Parameter.empty
    # Numba cannot be called with **kwargs at all: lowering refuses them, with the place.
    parameters = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    if spec.kind in ALONG:
        parameters = _with_vectors(spec, parameters)
    elif extra:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = [p.replace(default=empty, kind=kind) for p in parameters]
        parameters += [inspect.Parameter(free_name(name, names), kind) for name in extra]
    defaults = [p.default for p in parameters if p.default is not empty]
    if all(p.default is not empty for p in parameters[len(parameters) - len(defaults) :]):
        twin.__defaults__ = tuple(defaults)
    returns = inspect.Signature.empty
    twin.__signature__ = signature.replace(parameters=parameters, return_annotation=returns)  # type: ignore[attr-defined]
    twin.__name__ = f"{func.__name__}_{spec.kind}"
    twin.__qualname__ = f"{func.__qualname__}_{spec.kind}"
    twin.__module__ = func.__module__
    about = ", ".join(names[position] for position in spec.wrt)
    respect = f" with respect to {about}" if about else ""
    about = f"Return {WORDS[spec.kind]} of `{func.__name__}`{respect}."
    own = inspect.cleandoc(func.__doc__ or "")
    twin.__doc__ = f"{about}\n\n`{func.__name__}`: {own}" if own else about


def _with_vectors(
    spec: DerivativeSpec, parameters: list[inspect.Parameter]
) -> list[inspect.Parameter]:
    """Return the parameters with those of the vectors between them."""
    names = with_vectors(spec, [p.name for p in parameters])
    by_name = {p.name: p for p in parameters}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    made = [by_name.get(name, inspect.Parameter(name, kind)) for name in names]
    last = max(k for k, name in enumerate(names) if name not in by_name)
    empty = inspect.Parameter.empty
    made = [p.replace(kind=kind) for p in made]
    return [p.replace(default=empty) if k < last else p for k, p in enumerate(made)]


def _reference(func: Target) -> Target | Reference:
    """Return how to pickle `func`: by name when its module has it, else by value."""
    module, qualname = func.__module__, func.__qualname__
    found = _lookup(module, qualname)
    if isinstance(func, FunctionType) and found is not None and python_function(found) is func:
        return Reference(module, qualname)
    return func


def is_found_by_name(func: object) -> bool:
    """Return whether other processes find a function, or that behind a derivative, by its name."""
    spec = getattr(func, "__srcad_derivative__", None)
    if spec is not None:
        return is_found_by_name(spec.func)
    return isinstance(func, FunctionType) and isinstance(_reference(func), Reference)


def _lookup(module: str, qualname: str) -> object:
    """Return what an importable module calls `qualname`, or None."""
    found: object = None if module == "__main__" else sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found


def _recipe(spec: DerivativeSpec, extra: tuple[str, ...], options: Options) -> Recipe:
    """Return what a pickle holds: a function, and what to call it with."""
    func = _reference(cast("Target", spec.func))
    what = (func, spec.kind, spec.wrt, spec.bare, spec.has_aux)
    return _remake, (*what, extra, options, spec.buffers, spec.holomorphic)


def _remake(
    func: Target | Reference,
    kind: Kind,
    wrt: tuple[int, ...],
    bare: bool,  # noqa: FBT001 - the arguments of a pickle
    has_aux: bool,  # noqa: FBT001
    extra: tuple[str, ...],
    options: Options,
    buffers: Buffers = None,
    holomorphic: bool = False,  # noqa: FBT001, FBT002
) -> Derivative:
    """Return the derivative object that a pickle describes."""
    if isinstance(func, Reference):
        importlib.import_module(func.module)
        found = python_function(_lookup(func.module, func.qualname))
        assert found is not None
        func = found
    return derivative(
        func,
        kind,
        wrt,
        bare=bare,
        has_aux=has_aux,
        extra=extra,
        options=options,
        buffers=buffers,
        holomorphic=holomorphic,
    )
