"""Compiled code as bytes, and back.

Numba's own way back initialises what only compilation needs. Here the machine code becomes
callable at once; the LLVM code beside it is read when an `@njit` function calls it.

Numba numbers functions in the order in which a process compiles them, and finds compiled code by
names with these numbers. So everything in our machine code that other code could take for its own
is hidden, or has a name made of its content (`own_names`).
"""

from __future__ import annotations

import importlib
from hashlib import blake2b
from typing import Any

import llvmlite.binding as llvm
from numba import _dynfunc
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompileResult
from numba.core.environment import Environment, lookup_environment

import srcad.generated
from srcad.backend import pool
from srcad.backend.classes import dumps, loads
from srcad.backend.numba_private import reloads
from srcad.backend.pool_code import ALLOCATE

ENVIRONMENT = "_ZN08NumbaEnv"
"""How the names of environments begin: objects that compiled code refers to."""

SPECIAL = "srcad.special."
"""How the names of SciPy's functions begin, which are looked up when the first one is met."""

LAPACK = "srcad.lapack."
"""How the names of routines of LAPACK begin, which are looked up in the same way."""

KEPT = ("NRT_", "srcad.")
"""Functions that are the same in all processes."""


class LoadedLibrary(JITCodeLibrary):
    """A library of machine code whose LLVM code is read when another function links it."""

    bitcode = b""
    module: Any = None

    def _get_module_for_linking(self) -> Any:
        if self.module is None:
            self.module = llvm.parse_bitcode(self.bitcode)
            self._codegen._engine._load_defined_symbols(self.module)  # noqa: SLF001
        return self.module


class LoadedCallee(JITCodeLibrary):
    """A library of LLVM code that others link."""

    bitcode = b""
    module: Any = None

    def _get_module_for_linking(self) -> Any:
        if self.module is None:
            self.module = llvm.parse_bitcode(self.bitcode)
        return self.module


def own_names(module: Any) -> dict[str, Any]:
    """Hide the functions that a module has from others; return its environments by new names."""
    own = ""
    for function in module.functions:
        if function.is_declaration:
            continue
        if function.linkage == llvm.Linkage.external:
            own = min(filter(None, (own, function.name)), key=len)
        elif not function.name.startswith(KEPT):
            function.linkage = llvm.Linkage.internal
    found: dict[str, Any] = {}
    for variable in [v for v in module.global_variables if v.name.startswith(ENVIRONMENT)]:
        environment = lookup_environment(variable.name)
        if environment is None or variable.name == environment_of(own):
            continue
        name = f"{ENVIRONMENT}.{blake2b(own.encode(), digest_size=16).hexdigest()}.{len(found)}"
        variable.name = name
        found[name] = _environment(name, tuple(environment.consts))
    return found


def environment_of(function: str) -> str:
    """Return the name of the environment of a function."""
    return function.replace("_ZN", ENVIRONMENT, 1)


def undefined(module: Any) -> list[str]:
    """Return the names that the machine code of a module takes from the process."""
    values = [*module.functions, *module.global_variables]
    return sorted(v.name for v in values if v.is_declaration and not v.name.startswith("llvm."))


BLOCKS = "srcad_blocks_busy"
"""What code with loops in blocks takes from the process, beside Numba's threads."""


def is_resolved(names: list[str]) -> bool:
    """Return whether this process has all of these names: a missing one would end it."""
    _tell_runtime()
    if ALLOCATE in names:
        pool.start()
    if BLOCKS in names:
        importlib.import_module("srcad.backend.blocks").ready()
    for name in names:
        if name.startswith(SPECIAL) and llvm.address_of_symbol(name) is None:
            importlib.import_module("srcad.backend.special").is_resolved(name)
        if name.startswith(LAPACK) and llvm.address_of_symbol(name) is None:
            importlib.import_module("srcad.backend.lapack_routines").is_resolved(name)
    return all(llvm.address_of_symbol(name) is not None for name in names)


_told: list[bool] = []


def _tell_runtime() -> None:
    """Tell LLVM where Numba's run-time functions are.

    `rtsys.initialize` does this too, and compiles atomic operations, of which machine code on
    disk has its own copies.
    """
    if not _told:
        from numba.core.runtime import _nrt_python  # noqa: PLC0415 - not before it is needed

        for name, address in _nrt_python.c_helpers.items():
            llvm.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)
        _told.append(True)


_entries: dict[str, str] = {}
"""By the names of functions in machine code: the entries that they are from, or are kept in."""


def note_entry(result: Any, name: str) -> None:
    """Note which entry compiled code is kept in."""
    _entries[result.fndesc.llvm_func_name] = name


def dumped(result: Any, classes: tuple[type, ...]) -> bytes:
    """Return the bytes of a compiled function. classes: those that its arguments have."""
    library = result.library
    name, _, (machine, bitcode) = library.serialize_using_object_code()
    described = result.fndesc
    described.typemap = described.calltypes = None  # large, and of no use any more
    environments = {n: tuple(e.consts) for n, e in library.environments.items()}
    own = (described.env_name, tuple(result.environment.consts))
    row = (name, machine, bitcode, described, own, environments, result.signature)
    return dumps((*row, reloads(result)), classes)


def restored(context: Any, entry: str, data: bytes, classes: tuple[type, ...]) -> Any:
    """Return the compiled function that the bytes of an entry hold.

    None where another one, or one with other classes, has the same name in this process.
    """
    row = loads(data, classes)  # after `entries.load` has looked at all of it
    name, machine, bitcode, described, own, environments, signature, reload_init = row
    symbol = described.llvm_func_name
    is_there = symbol in context.codegen()._engine._defined_symbols  # noqa: SLF001
    if is_there and (classes or _entries.get(symbol) != entry):
        return None
    _entries[symbol] = entry
    for function in reload_init:
        function()
    codegen = context.codegen()
    library = LoadedLibrary(codegen, name)
    library.bitcode = bitcode
    library.enable_object_caching()
    library._set_compiled_object(machine)  # noqa: SLF001
    library._finalize_final_module()  # noqa: SLF001
    # What Numba finds in the LLVM code: without these it takes the functions for missing.
    codegen._engine._defined_symbols |= {  # noqa: SLF001
        described.llvm_func_name,
        described.llvm_cpython_wrapper_name,
        described.llvm_cfunc_wrapper_name,
        described.env_name,
        *environments,
    }
    environment = _environment(*own)
    entry_point = context.get_executable(library, described, environment)
    made = [_environment(*item) for item in environments.items()]
    for inner in made:
        codegen.set_env(inner.env_name, inner)
    library.environments = dict(zip(environments, made, strict=True))
    return _result(
        context, library, described, environment, entry_point, signature, reload_init, made
    )


def _result(
    context: Any,
    library: Any,
    described: Any,
    environment: Any,
    entry_point: Any,
    signature: Any,
    reload_init: tuple[Any, ...],
    made: list[Any],
) -> Any:
    """Return a compiled function as Numba knows it."""
    return CompileResult(
        target_context=context,
        typing_context=context.typing_context,
        library=library,
        environment=environment,
        entry_point=entry_point,
        fndesc=described,
        type_annotation="",
        signature=signature,
        objectmode=False,
        lifted=(),
        typing_error=None,
        call_helper=None,
        metadata=None,
        reload_init=reload_init,
        referenced_envs=tuple(made),
    )


def renamed_environments(
    module: Any, tag: str, before: str, after: str
) -> dict[str, tuple[object, ...]]:
    """Give the environments of a module names that have a tag; return their constants by these.

    before, after: the names of that of the main function.
    """
    found: dict[str, tuple[object, ...]] = {}
    for variable in [v for v in module.global_variables if v.name.startswith(ENVIRONMENT)]:
        environment = lookup_environment(variable.name)
        if variable.name == before:
            variable.name = after
        elif environment is not None:
            variable.name = f"{ENVIRONMENT}.{tag}.{len(found)}"
            found[variable.name] = tuple(environment.consts)
    return found


def restored_callee(context: Any, data: bytes) -> Any:
    """Return the callee that bytes hold: it is linked, and not called from Python."""
    bitcode, described, own, environments, signature, reload_init = loads(data, ())
    for function in reload_init:
        function()
    codegen = context.codegen()
    library = LoadedCallee(codegen, described.llvm_func_name)
    library.bitcode = bitcode
    library._reload_init.update(reload_init)  # noqa: SLF001
    library._finalized = True  # noqa: SLF001
    environment = _environment(*own)
    made = [environment, *(_environment(*item) for item in environments.items())]
    _place(codegen, [inner.env_name for inner in made])
    for inner in made:
        codegen.set_env(inner.env_name, inner)
    name = described.qualname.rpartition(".")[2]
    entry_point = _dynfunc.make_function(
        srcad.generated, name, "a callee", 0, environment, (library,)
    )
    return _result(
        context, library, described, environment, entry_point, signature, reload_init, made
    )


def _place(codegen: Any, names: list[str]) -> None:
    """Make room for environments that the process has no room for."""
    engine = codegen._engine  # noqa: SLF001
    new = [name for name in names if not engine.is_symbol_defined(name)]
    if new:
        module = llvm.parse_assembly("".join(f'@"{n}" = common global ptr null\n' for n in new))
        module.triple = llvm.get_process_triple()
        module.data_layout = codegen._data_layout  # noqa: SLF001
        engine.add_module(module)


def _environment(name: str, constants: tuple[object, ...]) -> Any:
    """Return the environment of this name, a new one where there is none."""
    found = lookup_environment(name)
    if found is not None:
        return found
    made = Environment(vars(srcad.generated))
    made.consts[:] = constants
    made.env_name = name
    Environment._memo[name] = made  # noqa: SLF001 - as Numba does for what it loads
    return made
