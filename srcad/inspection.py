"""What users look at: derivative sources, stages and diagnostics, by signature."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.core import sigutils
from numba.core.types import Type as NumbaType

from srcad import pipeline
from srcad.arguments import cotangent_type, is_differentiable, parameter_names, positions
from srcad.backend.value_types import type_of
from srcad.derivative import adjoint_of, tangent_of
from srcad.frontend.types.numba_types import from_numba, to_numba
from srcad.ir.structures import given as structured
from srcad.ir.types import FLOATS, Scalar, Static, Tuple, Type
from srcad.memo import derivatives_of
from srcad.notebook import DerivativeText, side_by_side
from srcad.operators import gradients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from srcad.arguments import Argnums
    from srcad.backend.emitted import Emitted
    from srcad.backend.jit import Derivative
    from srcad.decorated import Decorated
    from srcad.spec import Kind

Signature = tuple[NumbaType, ...]

REVERSE: tuple[Kind, ...] = ("value_and_grad", "grad", "adjoint")
FORWARD: tuple[Kind, ...] = ("tangent",)
WITH_PLAN = 3
"""The level of the diagnostics that shows the plan, too."""


def sources(
    func: Decorated,
    kinds: tuple[Kind, ...],
    examples: tuple[Any, ...],
    signature: Any,
    argnums: Argnums | None,
    *,
    compiled: bool = False,
) -> str | dict[Signature, str]:
    """Return derivative source by signature, or for the one that is asked for.

    compiled: letter by letter as it is compiled, not as people read it.
    """
    wanted = asked_signature(func, examples, signature)
    how = {"compiled": compiled, "are_equal": not compiled and have_long_axes(examples)}
    if wanted is None:
        found: dict[Signature, list[str]] = {}
        for key, made, types in _derived(func, kinds):
            found.setdefault(key, []).append(made.source(types, **how))
        return {key: "\n\n".join(texts) for key, texts in found.items()}
    derived = [(m, types) for key, m, types in _derived(func, kinds, argnums) if key == wanted]
    if derived:
        texts = [made.source(types, **how) for made, types in derived]
        emits = [partial(made.emit, types) for made, types in derived]
    else:
        emitted = _emit(func, kinds, wanted, argnums)
        texts, emits = [emitted.text(**how)], [partial(_itself, emitted)]
    return DerivativeText("\n\n".join(texts), func.py_func, emits, how)


def as_html(func: Decorated) -> str:
    """Return the function beside its adjoint as it was derived last, for notebooks."""
    last = [(made, types) for _, made, types in _derived(func, REVERSE)][-1:]
    how = {"compiled": False}
    return side_by_side(func.py_func, [made.emit(types).places(**how) for made, types in last])


def _itself(emitted: Emitted) -> Emitted:
    return emitted


def have_long_axes(examples: tuple[Any, ...]) -> bool:
    """Return whether there are arrays among example arguments, without axes of extent 1."""
    shapes = [leaf.shape for leaf in _leaves(examples) if isinstance(leaf, np.ndarray)]
    return bool(shapes) and all(1 not in shape for shape in shapes)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def stage(
    func: Decorated,
    name: str,
    examples: tuple[Any, ...],
    signature: object,
    argnums: Argnums | None,
) -> str:
    """Return the text of one stage of the adjoint."""
    wanted = asked_signature(func, examples, signature)
    if wanted is None:
        message = "inspect_stage needs example arguments or a signature"
        raise TypeError(message)
    names = parameter_names(func)
    arg_types = tuple(map(from_numba, wanted, names))
    wrt = positions(0 if argnums is None else argnums, names, func.__name__)
    return pipeline.stage(func.py_func, "adjoint", arg_types, wrt, name)


def diagnostics(func: Decorated, signature: object, level: int) -> str:
    """Return what is kept and why, for what was derived so far or for one signature."""
    examples = signature if isinstance(signature, tuple) else ()
    wanted = None if signature is None else asked_signature(func, examples, signature)
    if wanted is not None and all(key != wanted for key, *_ in _derived(func, REVERSE)):
        _emit(func, REVERSE, wanted, None)
    blocks = []
    for key, made, own in _derived(func, REVERSE):
        if wanted is None or key == wanted:
            types, (name, body) = ", ".join(map(str, key)), made.plan(own, level)
            blocks.append(f"{name}({types})\n{body}")
            if level >= WITH_PLAN:
                spec = made.__srcad_derivative__
                own_types = tuple(map(from_numba, key, parameter_names(func)))
                blocks[-1] += "\n" + pipeline.planned(func.py_func, spec.kind, own_types, spec.wrt)
    return "\n\n".join(blocks) or f"no adjoint of {func.__name__} was derived yet"


def asked_signature(
    func: Decorated, examples: tuple[Any, ...], signature: object
) -> Signature | None:
    """Return the Numba types that example arguments or a signature stand for.

    Missing arguments at the end take their defaults. None when nothing is given.
    """
    if signature is None and len(examples) == 1 and is_signature(examples[0]):
        signature, examples = examples[0], ()
    if signature is not None and is_signature(signature):
        types, _ = sigutils.normalize_signature(signature)
        given = tuple(types)
    elif examples:
        given = tuple(type_of(structured(example)) for example in examples)
    else:
        return None
    _, folded = func.fold_argument_types(given, {})
    return tuple(folded)


def is_signature(value: object) -> bool:
    """Return whether this is a signature, as Numba takes them, and not an argument."""
    if isinstance(value, tuple):
        return bool(value) and all(isinstance(item, NumbaType) for item in value)
    return isinstance(value, str) or sigutils.is_signature(value)


def _derived(
    func: Decorated, kinds: tuple[Kind, ...], argnums: Argnums | None = None
) -> Iterator[tuple[Signature, Derivative, Signature]]:
    """Yield what was derived so far: types of the arguments, the object, and its own types."""
    names = parameter_names(func)
    wrt = None if argnums is None else positions(argnums, names, func.__name__)
    for made in derivatives_of(func.py_func):
        spec = made.__srcad_derivative__
        if spec.kind in kinds and wrt in {None, spec.wrt} and made.options == func.options:
            for types in made.derived():
                yield types[: len(names)], made, types


def _emit(
    func: Decorated, kinds: tuple[Kind, ...], wanted: Signature, argnums: Argnums | None
) -> Emitted:
    """Derive for a signature what users most likely mean, without compiling it."""
    names = parameter_names(func)
    arg_types = tuple(map(from_numba, wanted, names))
    floats = tuple(k for k, type_ in enumerate(arg_types) if is_differentiable(type_))
    if kinds == FORWARD:
        made = tangent_of(func.py_func, floats, func.options)
        return made.emit((*wanted, *(to_numba(cotangent_type(arg_types[k])) for k in floats)))
    if not _returns_float(func, arg_types):
        return _emit_adjoint(func, wanted, arg_types, floats)
    made = gradients.value_and_grad(func, 0 if argnums is None else argnums)
    return made.emit(wanted)


def _emit_adjoint(
    func: Decorated, wanted: Signature, arg_types: tuple[Type, ...], floats: tuple[int, ...]
) -> Emitted:
    """Derive the adjoint of a function with several outputs, or with arrays."""
    cotangent = cotangent_type(_result_type(func, arg_types))
    made = adjoint_of(func.py_func, floats, func.options)
    return made.emit((*wanted, to_numba(cotangent)))


def _returns_float(func: Decorated, arg_types: tuple[Type, ...]) -> bool:
    """Return whether the function has one output, a float, so that it has a gradient."""
    result = _result_type(func, arg_types)
    return isinstance(result, Scalar) and result.dtype in FLOATS


def _result_type(func: Decorated, arg_types: tuple[Type, ...]) -> Type:
    """Return the type of the outputs."""
    primal = pipeline.derive(func.py_func, "primal", arg_types, ()).function
    return structure_of(primal.result, [atom.type for atom in primal.returns])


def structure_of(structure: object, leaf_types: list[Type | None]) -> Type:
    """Return the type of a result whose leaves have these types."""
    match structure:
        case None:
            return Static(None)
        case tuple():
            return Tuple(tuple(structure_of(part, leaf_types) for part in structure))
        case int():
            leaf = leaf_types[structure]
            assert leaf is not None
            return leaf
        case _:
            raise TypeError(structure)
