"""Work memory kept between calls: large arrays of generated code come from a pool of free blocks.

Fresh pages of memory cost more than what is computed in them: the system gives them one by one,
and takes them back at every return. Generated code asks for arrays by a name of its own
(`ALLOCATE`). While nothing has started the pool, or where it does not start, that name means
Numba's own allocation; so does code from the disk, and code of the user's with ours inside.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

import llvmlite.binding as llvm
from numba.core.codegen import initialize_llvm
from numba.core.runtime import _nrt_python

from srcad.backend.pool_code import ALLOCATE, BRIDGE, KEPT, LIMIT, NUMBA_ALLOCATE, SMALLEST, TEXT
from srcad.options import memory_limit

SMALLEST_ARRAY = 1 << 16
"""Bytes of the smallest array that is served: less is what allocators are good at."""

Words = ctypes.c_int64 * 8

llvm.add_symbol(ALLOCATE, _nrt_python.c_helpers["MemInfo_alloc_aligned"])


class Pool:
    """The pool of this process, compiled.

    words: its counters and limits (`pool_code`).
    """

    def __init__(self, limit: int) -> None:
        """Compile it; raise where this LLVM cannot."""
        if ctypes.sizeof(ctypes.c_void_p) != 8:
            message = "the pool is code for 64 bits"
            raise OSError(message)
        initialize_llvm()
        for name in ("Allocate", "Free", "get_api", "MemInfo_alloc_aligned"):
            llvm.add_symbol(f"NRT_{name}", _nrt_python.c_helpers[name])
        module = llvm.parse_assembly(TEXT)
        target = llvm.Target.from_default_triple()
        machine = target.create_target_machine(opt=0, jit=True)  # a tenth of the time to start
        module.triple, module.data_layout = target.triple, str(machine.target_data)
        module.verify()
        builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(0))
        builder.getModulePassManager().run(module, builder)
        self.engine = llvm.create_mcjit_compiler(module, machine)
        self.engine.finalize_object()
        # The last arrays go when modules are gone: the code stays as long as the process.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.engine))
        address = self.engine.get_function_address
        where = ctypes.CFUNCTYPE(ctypes.c_void_p)(address("srcad_pool_words"))()
        self.words = Words.from_address(where)
        self.words[LIMIT] = limit
        self.words[SMALLEST] = SMALLEST_ARRAY
        self.release = ctypes.CFUNCTYPE(None)(address("srcad_pool_release"))
        self.forked = ctypes.CFUNCTYPE(None)(address("srcad_pool_forked"))
        llvm.add_symbol(ALLOCATE, address(ALLOCATE))
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forked)


_pools: list[Pool | None] = []


def start() -> Pool | None:
    """Return the pool of this process, started at the first call; None where there is none."""
    if not _pools:
        limit = memory_limit()
        _pools.append(_started(limit) if limit > 0 else None)
    return _pools[0]


def _started(limit: int) -> Pool | None:
    try:
        return Pool(limit)
    except Exception:  # noqa: BLE001 - another LLVM, another platform: Numba's own allocation works
        return None


def before_optimising(module: Any, data_layout: str) -> None:
    """Give calls of the pool in a module with callees linked in Numba's name again."""
    if any(function.name == ALLOCATE for function in module.functions):
        bridge = llvm.parse_assembly(BRIDGE)
        bridge.triple, bridge.data_layout = module.triple, data_layout
        module.link_in(bridge)


def redirect(module: Any) -> None:
    """Let an optimised module ask the pool for its arrays, if there is a pool."""
    names = {function.name for function in module.functions if function.is_declaration}
    if NUMBA_ALLOCATE not in names or start() is None:
        return
    if not any(function.name == ALLOCATE for function in module.functions):
        module.get_function(NUMBA_ALLOCATE).name = ALLOCATE


def memory_in_use() -> int:
    """Return how many bytes of work memory are kept for the next calls of compiled derivatives.

    What arrays in use take is not counted: these are given back when the last reference is gone.

    >>> import srcad
    >>> srcad.release_memory()
    >>> srcad.memory_in_use()
    0
    """
    pool = _pools[0] if _pools else None
    return 0 if pool is None else int(pool.words[KEPT])


def release_memory() -> None:
    """Give the work memory that is kept for the next calls back to the system.

    The calls that follow take memory again, and keep it. May be called at any time, while other
    threads compute too.

    >>> import srcad
    >>> srcad.release_memory()
    """
    pool = _pools[0] if _pools else None
    if pool is not None:
        pool.release()
