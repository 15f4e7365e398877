"""The private names of Numba that srcad uses, and the check that this Numba has them.

Numba promises nothing about them. They are looked for when srcad is imported: a version that lacks
one gives an ImportError that names it, and the versions that srcad is tested with.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

import numba

OLDEST, NEWEST = "0.61", "0.68"
"""The versions that the tests are run with."""

NAMES: dict[str, str] = {
    "numba._dynfunc": "make_function",
    "numba.core.ccallback:CFunc": "_sig _library _pyfunc",
    "numba.core.cgutils:_StructProxy": "_getvalue",
    "numba.core.codegen:CPUCodegen": "_engine _data_layout _tm",
    "numba.core.codegen:CodeLibrary": "_finalized _codegen",
    "numba.core.codegen:CPUCodeLibrary": "_final_module _linking_libraries",
    "numba.core.codegen:JITCPUCodegen": "_module_pass_manager",
    "numba.core.codegen:JITCodeLibrary": "_set_compiled_object _finalize_final_module "
    "_get_module_for_linking _optimize_functions _optimize_final_module",
    "numba.core.codegen:JitEngine": "_load_defined_symbols _defined_symbols",
    "numba.core.codegen": "initialize_llvm RuntimeLinker",
    "numba.core.base:BaseContext": "_codelib_stack",
    "numba.core.callconv:CPUCallConv": "_get_return_status",
    "numba.core.dispatcher": "_DispatcherBase _FunctionCompiler OmittedArg",
    "numba.core.dispatcher:_FunctionCompiler": "_compile_core",
    "numba.core.environment:Environment": "_memo",
    "numba.core.extending:_Intrinsic": "_name _defn",
    "numba.core.ir:FunctionIR": "_definitions",
    "numba.core.postproc:PostProcessor": "_patch_var_dels",
    "numba.core.types.functions:BaseFunction": "_impl_keys",
    "numba.core.typing.context:BaseContext": "_lookup_global",
    "numba.np.arrayobj": "_parse_shape get_itemsize populate_array fix_integer_index load_item",
    "numba.np.linalg": "_LAPACK F_INT_nptype ensure_lapack",
    "numba.np.ufunc.dufunc:DUFunc": "_frozen _dispatcher",
    "numba.np.ufunc.gufunc:GUFunc": "gufunc_builder _is_dynamic",
    "numba.np.ufunc.ufuncbuilder:GUFuncBuilder": "_sigs sin sout writable_args py_func",
    "numba.np.ufunc.parallel": "_launch_threads",
    "numba.stencils.stencil:StencilFunc": "kernel_ir options",
}
"""By module, or by module and class: attributes of it, or of its instances."""

LATER = ("numba.np.linalg", "numba.np.ufunc.parallel")
"""Modules that are imported where they are needed: until then they are not looked into."""

_noted: WeakKeyDictionary[Any, list[Callable[[], object]]] = WeakKeyDictionary()
"""What a library needs when it is found on disk, where Numba notes nothing of the kind."""


def lacking(*, now: bool = False) -> list[str]:
    """Return the names that this Numba does not have. now: of modules that are there already."""
    left = [name for name in LATER if now and name not in sys.modules]
    return [
        f"{place.replace(':', '.')}.{name}"
        for place, names in NAMES.items()
        if place not in left
        for name in names.split()
        if not _has(place, name)
    ]


def _has(place: str, name: str) -> bool:
    """Return whether a module or a class has a name, or a class sets it on its instances."""
    module, _, inside = place.partition(":")
    try:
        owner: object = import_module(module)
    except ImportError:
        return False
    if not inside:
        return hasattr(owner, name)
    kind = getattr(owner, inside, None)
    if not isinstance(kind, type):
        return False
    if hasattr(kind, name):
        return True
    functions = [f for base in kind.__mro__ for f in vars(base).values()]
    return any(isinstance(f, FunctionType) and name in f.__code__.co_names for f in functions)


def check() -> None:
    """Raise ImportError for a version of Numba that lacks a name."""
    missing = lacking(now=True)
    if missing:
        message = (
            f"srcad is tested with Numba {OLDEST} to {NEWEST}, and this is {numba.__version__}, "
            f"which has no {missing[0]}: install a version of Numba in between"
        )
        raise ImportError(message, name="numba")


# What older versions do not have ----------------------------------------------------


def on_reload(library: Any, function: Callable[[], object]) -> None:
    """Let a function be called where compiled code is found on disk, before it runs."""
    if hasattr(library, "_reload_init"):
        library._reload_init.add(function)  # noqa: SLF001
    else:
        _noted.setdefault(library, []).append(function)


def reloads(result: Any) -> tuple[Callable[[], object], ...]:
    """Return what is called where a compile result is found on disk."""
    found = list(result.reload_init)
    todo, seen = [result.library], set()
    while todo and not hasattr(result.library, "_reload_init"):
        library = todo.pop()
        if id(library) not in seen:
            seen.add(id(library))
            found += _noted.get(library, ())
            todo += library._linking_libraries  # noqa: SLF001
    return tuple(dict.fromkeys(found))
