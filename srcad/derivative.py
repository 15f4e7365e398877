"""The derivative objects: one per function, kind, arguments and options.

Types are checked here, before anything is derived; shapes are the callers' business.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any, cast

import numba
import numpy as np
from numba.core.dispatcher import Dispatcher

from srcad import pipeline
from srcad.arguments import check_differentiable, check_structure, is_differentiable
from srcad.backend.jit import Derivative, Emitted, Generated, compile_helper
from srcad.backend.module import Built, build
from srcad.backend.twin import called_as_compiled
from srcad.cache.content import Identity, NoContentError, digest
from srcad.captured import content_key, lasting_key, python_function
from srcad.frontend.numba_types import from_numba
from srcad.frontend.source import signature_of
from srcad.ir.structures import given
from srcad.ir.types import Array, Static, Tuple, Type
from srcad.memo import forget, recall
from srcad.options import DEFAULT, Checks, Options, checks_of, derivative_flags, is_cached_here
from srcad.rules.given import given_for
from srcad.spec import (
    ALONG,
    DRIVERS,
    Buffers,
    DerivativeSpec,
    Kind,
    own_positions,
    vector_positions,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from srcad.backend.jit import Recipe, Signature

Target = FunctionType | Derivative

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
    "value_grad_hvp": "the value, the gradient and the product of the Hessian with a vector",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A function found again by the name of its module and its own."""

    module: str
    qualname: str


def target_of(f: object, operator: str) -> tuple[Target, Options]:
    """Return what is differentiated when `f` is, and with which options.

    A dispatcher gives its Python function, so that nothing of the user's is recompiled.
    Raises TypeError for what has no Python source.
    """
    given = given_for(f)
    if given is not None:
        return given.wrapper, DEFAULT
    options = getattr(f, "options", DEFAULT)
    options = options if isinstance(options, Options) else DEFAULT
    if isinstance(f, Derivative):
        if f.__srcad_derivative__.kind == "taylor":
            message = f"{operator} of the coefficients of a power series is not known"
            raise TypeError(message)
        if f.__srcad_derivative__.buffers is not None:
            message = f"{operator} of a gradient that is written into arrays; leave out= away"
            raise TypeError(message)
        return f, options
    if isinstance(f, FunctionType | Dispatcher):
        func = getattr(f, "__srcad_call__", None) or python_function(f)
        if func is not None:
            return func, options
    message = f"{operator} takes a Python function or an @njit function, got {f!r}"
    raise TypeError(message)


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
) -> Derivative:
    """Return the derivative object, the same one for the same function and values.

    wrt: positions of the parameters to differentiate, in result order.
    extra: names of what follows the parameters of `func`: tangents, the cotangent, or arrays
    for the results.
    """
    spec = DerivativeSpec(func, kind, wrt, bare, has_aux, buffers=buffers)
    key = (_content(func), kind, wrt, bare, has_aux, extra, options, buffers)
    return recall(func, key, lambda: _make(spec, extra, options, key))


def fused_source(func: FunctionType, options: Options, args: Signature) -> Built | None:
    """Return the fused source of a function for these types, None where it has none.

    Raises NotDifferentiable for constructs that are not accepted.
    """
    names = tuple(signature_of(func).parameters)
    try:
        checks: Checks = "all" if checks_of(options) == "all" else "none"
        generated = pipeline.fused(func, tuple(map(from_numba, args, names)), checks=checks)
    except TypeError:
        return None
    if generated is None:
        return None
    return _built(generated, options)


def _built(generated: pipeline.Generated, options: Options) -> Built:
    """Return the module to compile.

    Fast-math would be the end of the exact differences that elementary functions take:
    then they are Numba's.
    """
    flags = derivative_flags(options)
    wrap = partial(compile_helper, flags=flags)
    text, name, constants = generated.source, generated.name, generated.constants
    vectors = generated.has_vector_loops and not options.fastmath
    return build(text, name, constants, tuple(flags.items()), wrap, vectors=vectors)


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


def halves_of(
    func: Target, wrt: tuple[int, ...], options: Options, args: Signature
) -> tuple[Generated, Generated] | None:
    """Return the adjoint as two compiled functions for these types; None if it is one.

    The first maps the arguments to `(out, kept)`, the second `(*kept, cotangent)` to the
    cotangents of `wrt`.
    """
    names = tuple(inspect.signature(func).parameters)
    arg_types = tuple(map(from_numba, args, names))
    parts = pipeline.halved(func, arg_types, wrt, checks=checks_of(options))
    if parts is None:
        return None
    flags = derivative_flags(options)
    forward, backward = (Generated(_built(part, options), flags) for part in parts)
    return forward, backward


def lanes_of(
    func: Target, kind: Kind, wrt: tuple[int, ...], options: Options, args: Signature
) -> Generated | None:
    """Return a tangent or a pullback of one result, in lanes, for these types of arguments.

    None where lanes cannot do it: then there are sweeps along one direction alone.
    """
    if options.error_model == "python":  # a choice computes both sides: nothing there may raise
        return None
    names = tuple(signature_of(func).parameters)
    arg_types = tuple(map(from_numba, args, names))
    if any(isinstance(type_, Static) for type_ in arg_types):
        return None
    generated = pipeline.in_lanes(func, kind, arg_types, wrt, checks=checks_of(options))
    if generated is None:
        return None
    return Generated(_built(generated, options), derivative_flags(options))


def _content(func: Target) -> Hashable:
    """Return the key of all that compiled code of `func` freezes."""
    return Identity(func) if isinstance(func, Derivative) else content_key(func)


def _make(
    spec: DerivativeSpec, extra: tuple[str, ...], options: Options, key: tuple[Hashable, ...]
) -> Derivative:
    """Return a new derivative object."""
    func: Any = spec.func
    flags = derivative_flags(options)
    flag_key = tuple(flags.items())
    checks = checks_of(options)
    names = tuple(signature_of(func).parameters)

    def derive(args: Signature) -> Emitted:
        """Return what is derived for these types; old values of globals are forgotten."""
        if _content(func) != key[0]:
            forget(func, key)
        # A choice computes both sides: no division there may raise.
        several = options.error_model != "python"
        generated = _derive(spec, names, args, checks, several=several)
        return Emitted(generated, _built(generated, options), _is_lasting(generated.constants))

    def twin(*args: object, **kwargs: object) -> object:
        """Run what is compiled for these arguments as plain Python."""
        bound = inspect.signature(twin).bind(*args, **kwargs)
        bound.apply_defaults()
        values = tuple(map(given, bound.arguments.values()))
        generated = made.emit(tuple(map(numba.typeof, values))).generated
        text, name, constants = generated.source, generated.name, generated.constants
        plain = build(text, name, constants, flag_key, twin_of=str(flags["error_model"]))
        return called_as_compiled(plain.function, values)

    as_function = cast("FunctionType", twin)
    _dress(as_function, spec, names, extra)
    about = (spec.kind, spec.wrt, spec.bare, spec.has_aux, spec.buffers, extra, flag_key, checks)
    made = Derivative(
        *(as_function, derive, flags, options, spec, partial(_recipe, spec, extra, options)),
        content=partial(_lasting_content, func, about),
    )
    made.wants_cache |= is_cached_here()
    return made


def _is_lasting(constants: dict[str, object]) -> bool:
    """Return whether generated code takes nothing from outside but values and our helpers."""
    return all(
        pipeline.HELPERS.get(name) is value
        or isinstance(value, bool | int | float | complex | str | np.generic)
        or (isinstance(value, np.ndarray) and not value.dtype.hasobject)
        for name, value in constants.items()
    )


def _lasting_content(func: Target, about: tuple[object, ...]) -> str | None:
    """Return the content of a function and of how it is derived; None if it has none."""
    try:
        return digest(about, lasting_key(func))
    except NoContentError:
        return None


def _derive(
    spec: DerivativeSpec,
    names: Sequence[str],
    args: Signature,
    checks: Checks,
    *,
    several: bool,
) -> pipeline.Generated:
    """Return what the pipeline makes of `spec` for these Numba types, checked first."""
    everything = with_vectors(spec, names)
    count = len(everything)
    arg_types = tuple(map(from_numba, args[:count], everything))
    own = own_positions(spec, len(arg_types))
    if spec.kind in {"grad", "value_and_grad", *DRIVERS}:
        for position in spec.wrt:
            check_differentiable(arg_types[own[position]], names[position])
    for position in spec.wrt:
        if not is_differentiable(arg_types[own[position]]):
            check_differentiable(arg_types[own[position]], names[position])
    generated = pipeline.derive(
        spec.func,
        spec.kind,
        arg_types,
        spec.wrt,
        bare=spec.bare,
        has_aux=spec.has_aux,
        checks=checks,
        buffers=_buffers(spec, arg_types, names, args[count:]) if spec.buffers else (),
        adds=spec.buffers == "add",
        several=several,
    )
    if spec.kind in {"tangent", "adjoint", "taylor"}:
        for param, given_type in zip(generated.function.params, args, strict=False):
            check_structure(param.value, from_numba(given_type, param.name), param.name)
    return generated


def _buffers(
    spec: DerivativeSpec, types: Sequence[Type], names: Sequence[str], given: Signature
) -> tuple[Array, ...]:
    """Return the types of the arrays for results. Raises TypeError for what does not fit."""
    out = from_numba(given[0], "out")
    found = (out,) if spec.bare else out.items if isinstance(out, Tuple) else ()
    if len(found) != len(spec.wrt):
        message = f"out: expected a tuple of {len(spec.wrt)} arrays, got {out}"
        raise TypeError(message)
    for position, buffer in zip(spec.wrt, found, strict=True):
        name, own = names[position], types[position]
        if not isinstance(own, Array):
            message = f"out: {name} is {own}, and only arrays have gradients that can be written"
            raise TypeError(message)
        fits = isinstance(buffer, Array) and (buffer.dtype, buffer.ndim) == (own.dtype, own.ndim)
        if not fits:
            expected = f"an array of {own.dtype} with {own.ndim} dimensions"
            message = f"out: the buffer for {name} must be {expected}, got {buffer}"
            raise TypeError(message)
        assert isinstance(buffer, Array)
        if not buffer.mutable:
            message = f"out: the buffer for {name} is read-only"
            raise TypeError(message)
    return cast("tuple[Array, ...]", found)


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
        parameters += [inspect.Parameter(_free(name, names), kind) for name in extra]
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
    twin.__doc__ = f"Return {WORDS[spec.kind]} of `{func.__name__}`{respect}."


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


def with_vectors(spec: DerivativeSpec, names: Sequence[str]) -> list[str]:
    """Return the names of all parameters: those of the function, and of vectors after them."""
    found = list(names)
    for at, position in vector_positions(spec):
        found.insert(at, _free(f"{names[position]}_vector", found))
    return found


def _free(name: str, taken: Sequence[str]) -> str:
    """Return `name`, with underscores until no parameter has it."""
    while name in taken:
        name += "_"
    return name


def _reference(func: Target) -> Target | Reference:
    """Return how to pickle `func`: by name when its module has it, else by value."""
    module, qualname = func.__module__, func.__qualname__
    found = _lookup(module, qualname)
    if isinstance(func, FunctionType) and found is not None and python_function(found) is func:
        return Reference(module, qualname)
    return func


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
    return _remake, (*what, extra, options, spec.buffers)


def _remake(
    func: Target | Reference,
    kind: Kind,
    wrt: tuple[int, ...],
    bare: bool,  # noqa: FBT001 - the arguments of a pickle
    has_aux: bool,  # noqa: FBT001
    extra: tuple[str, ...],
    options: Options,
    buffers: Buffers = None,
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
    )
