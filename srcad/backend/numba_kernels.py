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
from numba.np.ufunc.dufunc import DUFunc
from numba.np.ufunc.gufunc import GUFunc
from numba.stencils.stencil import StencilFunc

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
