"""What is done at the first call for some types: derive, and make a module of the text.

`derivative` has the objects that are called; this is what they do when nothing is compiled yet.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Literal, assert_never, cast

import numpy as np

from srcad import pipeline
from srcad.arguments import (
    check_complex,
    check_differentiable,
    check_no_fields,
    check_real,
    is_differentiable,
)
from srcad.backend.emitted import Emitted
from srcad.backend.jit import compile_helper
from srcad.backend.module import Built, build
from srcad.backend.series import is_lasting
from srcad.backend.twin import called_as_compiled
from srcad.expected import check_structure
from srcad.firstcall import TEXT, TRANSFORM, first_call, stage
from srcad.frontend.syntax.signature import signature_of
from srcad.frontend.types.numba_types import from_numba
from srcad.ir.types import Array, Static, Tuple, Type
from srcad.options import Checks, Options, checks_of, derivative_flags
from srcad.spec import ALONG, DRIVERS, NO_COMPLEX, DerivativeSpec, Kind, own_positions, with_vectors

if TYPE_CHECKING:
    from collections.abc import Hashable

    from srcad.backend.jit import Signature
    from srcad.derivative import Target
    from srcad.texts import Generated


Cut = Literal["halves", "linear_halves", "tangent_lanes", "pullback_lanes"]
"""What derivatives are cut into: see `parts.cut_parts`."""


def emitted(
    spec: DerivativeSpec,
    names: Sequence[str],
    args: Signature,
    checks: Checks,
    options: Options,
    content: Hashable,
) -> Emitted:
    """Return what is derived for these types, and the module to compile.

    content: the key of all that the function depends on.
    """
    # A choice computes both sides: no division there may raise.
    several = options.error_model != "python"
    how = {"several": several, "parallel": options.parallel, "reorders": options.reorder_sums}
    generated = _derive(spec, names, args, checks, content, **how)
    return _emitted(generated, options)


def plain_call(generated: Generated, options: Options, args: tuple[object, ...]) -> object:
    """Return what generated code gives for these arguments as plain Python."""
    flags = derivative_flags(options)
    text, name, constants = generated.source, generated.name, generated.constants
    model = str(flags["error_model"])
    plain = build(text, name, constants, tuple(flags.items()), twin_of=model)
    return called_as_compiled(plain.function, args)


def fused(
    func: FunctionType, options: Options, args: Signature, *, always: bool = False
) -> Emitted | None:
    """Return the fused source of a function for these types, None where it has none.

    always: whether it has one even if nothing is fused.

    Raises NotDifferentiable for constructs that are not accepted, TypeError for such types.
    """
    names = tuple(signature_of(func).parameters)
    checks: Checks = "all" if checks_of(options) == "all" else "none"
    types = tuple(map(from_numba, args, names))
    generated = pipeline.fused(func, types, checks=checks, always=always)
    if generated is None:
        return None
    return _emitted(generated, options)


def _emitted(generated: Generated, options: Options) -> Emitted:
    """Return what was derived; who runs it as plain Python never asks for its module."""
    return Emitted(generated, partial(_built, generated, options), _is_lasting(generated))


def _built(generated: Generated, options: Options) -> Built:
    """Return the module to compile.

    Fast-math would be the end of the exact differences that elementary functions take:
    then they are Numba's.
    """
    flags = derivative_flags(options)
    wrap = partial(compile_helper, flags=flags)
    text, name, constants = generated.source, generated.name, generated.constants
    vectors = generated.has_vector_loops and not options.fastmath
    with stage(TEXT):
        return build(text, name, constants, tuple(flags.items()), wrap, vectors=vectors)


def cut(
    what: Cut, func: Target, wrt: tuple[int, ...], options: Options, args: Signature
) -> tuple[Emitted, ...] | None:
    """Return the parts of a derivative for these types; None where it is one, or cannot be cut."""
    names = tuple(signature_of(func).parameters)
    arg_types = tuple(map(from_numba, args, names))
    checks = checks_of(options)
    parts: tuple[Generated, ...] | None
    match what:
        case "halves" | "linear_halves":
            halved = pipeline.halved if what == "halves" else pipeline.linear_halved
            with first_call(f"halves of {func.__name__}"), stage(TRANSFORM):
                parts = halved(func, arg_types, wrt, checks=checks, parallel=options.parallel)
        case "tangent_lanes" | "pullback_lanes":
            # A choice computes both sides: nothing there may raise.
            if options.error_model == "python" or any(isinstance(t, Static) for t in arg_types):
                return None
            kind: Kind = "tangent" if what == "tangent_lanes" else "pullback"
            with first_call(f"{kind} of {func.__name__} in lanes"), stage(TRANSFORM):
                wide = pipeline.in_lanes(func, kind, arg_types, wrt, checks=checks)
            parts = None if wide is None else (wide,)
        case _:
            assert_never(what)
    if parts is None:
        return None
    return tuple(_emitted(part, options) for part in parts)


def _is_lasting(generated: Generated) -> bool:
    """Return whether generated code takes nothing from outside but values and our helpers.

    What was warned of is said in every process.
    """
    return not generated.warned and all(
        pipeline.HELPERS.get(name) is value
        or (name == "special" and value is sys.modules.get("scipy.special"))
        or is_lasting(value)
        or isinstance(value, bool | int | float | complex | str | np.generic)
        or (isinstance(value, np.ndarray) and not value.dtype.hasobject)
        or (isinstance(value, type) and issubclass(value, tuple))  # `backend.classes` looks at it
        for name, value in generated.constants.items()
    )


def _derive(
    spec: DerivativeSpec,
    names: Sequence[str],
    args: Signature,
    checks: Checks,
    content: Hashable,
    *,
    several: bool,
    parallel: bool,
    reorders: bool,
) -> Generated:
    """Return what the pipeline makes of `spec` for these Numba types, checked first."""
    everything = with_vectors(spec, names)
    count = len(everything)
    arg_types = tuple(map(from_numba, args[:count], everything))
    own = own_positions(spec, len(arg_types))
    if spec.kind in NO_COMPLEX or spec.buffers is not None:
        check_real("out=" if spec.buffers else spec.kind, zip(everything, arg_types, strict=True))
    if spec.kind in DRIVERS and spec.kind not in ALONG:
        chosen = ((names[k], arg_types[own[k]]) for k in spec.wrt)
        check_no_fields(f"the {spec.kind}", chosen)
    if spec.kind in {"grad", "value_and_grad", *DRIVERS}:
        for position in spec.wrt:
            check_differentiable(arg_types[own[position]], names[position])
    for position in spec.wrt:
        if not is_differentiable(arg_types[own[position]]):
            check_differentiable(arg_types[own[position]], names[position])
    if spec.holomorphic:
        check_complex(zip(names, arg_types, strict=True), spec.wrt)
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
        holomorphic=spec.holomorphic,
        several=several,
        parallel=parallel,
        reorders=reorders,
        content=content,
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
