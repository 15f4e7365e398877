"""Vectors for the loops in which a sum has its order.

    for i in range(n):
        s += math.exp(x[i])     # the exponentials in vectors, then one sum after the other

LLVM does this by itself on some machines (AArch64); on x86, an option asks for it. The
option changes no result.
"""

from __future__ import annotations

import platform
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import llvmlite.binding as llvm
from numba.core.compiler_lock import global_compiler_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from srcad.backend.module import Built

KNOWN = frozenset({15, 20, 22})
"""The versions of LLVM that have the option; the others may end the process at the word."""

_depth: ContextVar[int] = ContextVar("depth", default=0)


@contextmanager
def vectors_of_terms(built: Built) -> Iterator[None]:
    """Let LLVM take sums apart in what is compiled inside; nothing else compiles meanwhile.

    This pays for terms with elementary functions. One compilation may start others: the
    option is off again after the first of them.
    """
    on_x86 = platform.machine() in {"x86_64", "AMD64"}
    if not (built.vectors and on_x86 and llvm.llvm_version_info[0] in KNOWN):
        yield
        return
    with global_compiler_lock:
        depth = _depth.get()
        token = _depth.set(depth + 1)
        if depth == 0:
            _switch("true")
        try:
            yield
        finally:
            _depth.reset(token)
            if depth == 0:
                _switch("false")


def _switch(state: str) -> None:
    llvm.set_option("srcad", f"-force-ordered-reductions={state}")
