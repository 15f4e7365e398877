"""What stands behind the functions that Numba makes of kernels, which it tells nobody.

These attributes are private to Numba. `python_part` gives the Python function of each; whoever
does not find it takes the object for one without source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from numba.core import types
from numba.core.ccallback import CFunc
from numba.core.typing.templates import builtin_registry
from numba.np.ufunc.dufunc import DUFunc
from numba.np.ufunc.gufunc import GUFunc
from numba.stencils.stencil import StencilFunc

KERNEL_TYPES = DUFunc | GUFunc | StencilFunc | CFunc
KERNELS = (DUFunc, GUFunc, StencilFunc, CFunc)
"""The classes of what `@vectorize`, `@guvectorize`, `@stencil` and `cfunc` return."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What `@guvectorize` was given.

    inputs, outputs: the names of the core dimensions of each argument. loops: the types of the
    arguments for each signature, empty for a kernel that is compiled when it is called.
    writes: whether it may write inputs.
    """

    inputs: tuple[tuple[str, ...], ...]
    outputs: tuple[tuple[str, ...], ...]
    loops: tuple[tuple[types.Type, ...], ...]
    writes: bool


def python_part(obj: object) -> FunctionType | None:
    """Return the Python function of an object of Numba that is called like one, or None."""
    found: Any = None
    if isinstance(obj, CFunc):
        found = getattr(obj, "_pyfunc", None)
    elif isinstance(obj, DUFunc):
        found = getattr(getattr(obj, "_dispatcher", None), "py_func", None)
    elif isinstance(obj, GUFunc):
        found = getattr(getattr(obj, "gufunc_builder", None), "py_func", None)
    elif isinstance(obj, StencilFunc):
        found = getattr(getattr(obj.kernel_ir, "func_id", None), "func", None)
    found = getattr(found, "py_func", found)
    return found if isinstance(found, FunctionType) else None


def is_for_given_types(obj: DUFunc) -> bool:
    """Return whether a function is compiled for the types that it was given, and no others."""
    return bool(getattr(obj, "_frozen", True))


def layout_of(obj: GUFunc) -> Layout:
    """Return what a `@guvectorize` function was given."""
    builder = obj.gufunc_builder
    loops = () if obj.is_dynamic else tuple(tuple(s.args) for s in builder._sigs)  # noqa: SLF001
    inputs, outputs = map(tuple, builder.sin), map(tuple, builder.sout)
    return Layout(tuple(inputs), tuple(outputs), loops, bool(builder.writable_args))


def stencil_options(obj: StencilFunc) -> Mapping[str, Any]:
    """Return what `@stencil` was given: cval, neighborhood, standard_indexing."""
    options: Mapping[str, Any] = obj.options
    return options


def description(obj: object) -> str:
    """Return what else than the Python function decides what a call of an object computes."""
    match obj:
        case DUFunc():
            return " ".join(obj.types) if is_for_given_types(obj) else ""
        case GUFunc():
            return repr(layout_of(obj))
        case StencilFunc():
            return repr(sorted(stencil_options(obj).items()))
        case CFunc():
            return str(obj._sig)  # noqa: SLF001
        case _:
            return ""


def parameters(obj: object) -> int | None:
    """Return how many arguments a call of an object takes, None for all of its Python function.

    The last arguments of kernels are their results, which are made where the types are given.
    """
    return len(layout_of(obj).inputs) if isinstance(obj, GUFunc) and not obj.is_dynamic else None


def overload_makers(func: FunctionType) -> list[Any]:
    """Return what chooses the implementations of a function, by types: `@overload` functions."""
    return [
        maker
        for known, type_ in builtin_registry.globals
        if known is func
        for template in getattr(type_, "templates", ())
        if (maker := getattr(template, "_overload_func", None)) is not None
        and not maker.__qualname__.startswith("register_jitable.")
    ]


def method_makers(kind: type[types.Type], name: str) -> list[Any]:
    """Return the `@overload_method` functions for a method of a kind of types."""
    return [
        template._overload_func  # noqa: SLF001
        for template in builtin_registry.attributes
        if getattr(template, "_attr", None) == name
        and isinstance(template.key, type)
        and issubclass(kind, template.key)
        and getattr(template, "is_method", False)
        and hasattr(template, "_overload_func")
    ]
