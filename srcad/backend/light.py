"""Callees of generated code without machine code of their own, and hardly optimised.

Numba makes every function that another one calls callable by itself: optimised in full, compiled
to machine code. Its code then stands inside the caller too, and that is what runs. While generated
code is compiled, only the latter happens. Machine code is made if anybody asks for it, and the
user's functions that link such a callee later optimise it with their own code.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
from numba.core.codegen import CPUCodegen, JITCodeLibrary, JITCPUCodegen, RuntimeLinker
from numba.core.targetconfig import ConfigStack

from srcad.backend.loaded import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator


def simplify(codegen: Any, module: Any) -> None:
    """Simplify the functions of a module before they are linked with others."""
    module.data_layout = codegen._data_layout  # noqa: SLF001
    builder = codegen._pass_builder(opt=1, loop_vectorize=False, slp_vectorize=False)  # noqa: SLF001
    for function in module.functions:
        if not function.is_declaration:
            builder.getFunctionPassManager().run(function, builder)


class LightLibrary(JITCodeLibrary):
    """The LLVM code of a callee; machine code when it is asked for."""

    has_light_callees = True
    is_machine_code = False

    def _optimize_functions(self, ll_module: Any) -> None:
        simplify(self._codegen, ll_module)

    def _optimize_final_module(self) -> None:
        """Leave that to the callers, who have all of it inside."""

    def _finalize_final_module(self) -> None:
        """Let callers link the code, and Numba set the environments that it refers to."""
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        variables = [v.name for v in self._final_module.global_variables]
        if any(name.startswith(RuntimeLinker.PREFIX) for name in variables):
            self._make_machine_code()  # a function that calls itself finds itself by its address
            return
        engine = self._codegen._engine  # noqa: SLF001
        names = [n for n in variables if ENVIRONMENT in n and not engine.is_symbol_defined(n)]
        if names:
            text = "".join(f'@"{name}" = common global ptr null\n' for name in names)
            module = llvm.parse_assembly(text)
            module.triple = self._final_module.triple
            module.data_layout = self._final_module.data_layout
            engine.add_module(module)
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> Any:
        """Return the address of a function that there is, now as machine code; 0 of others."""
        self._ensure_finalized()
        if not self.is_machine_code:
            try:
                self._final_module.get_function(name)
            except NameError:
                return 0
            self._make_machine_code()
        return super().get_pointer_to_function(name)

    def _make_machine_code(self) -> None:
        self.is_machine_code = self._finalized = True
        self._get_module_for_linking()  # callers have the code as it is
        super()._optimize_final_module()
        super()._finalize_final_module()


def _library(context: Any, name: str, **more: Any) -> Any:
    """Return the library of what is compiled now: a light one, unless Python can call it."""
    stack = ConfigStack()
    flags = stack.top() if stack else None
    callers = context._codelib_stack  # noqa: SLF001
    is_callee = callers and getattr(callers[-1], "has_light_callees", False)
    light = is_callee or (flags is not None and flags.no_cpython_wrapper)
    return (LightLibrary if light else JITCodeLibrary)(context.codegen(), name, **more)


FITS = all(
    hasattr(owner, name)
    for owner, names in (
        (JITCodeLibrary, ("_finalize_dynamic_globals", "_verify_declare_only_symbols")),
        (JITCodeLibrary, ("_optimize_functions", "_optimize_final_module")),
        (CPUCodegen, ("create_library", "_pass_builder", "_module_pass_manager")),
    )
    for name in names
)
"""Whether this Numba makes libraries in the way that is changed here."""


@contextmanager
def light_callees(context: Any) -> Iterator[None]:
    """Make what is compiled in a block, for its callers alone, light callees."""
    codegen = context.codegen()
    fits = FITS and type(codegen) is JITCPUCodegen and hasattr(context, "_codelib_stack")
    if not fits or "create_library" in vars(codegen):
        yield
        return
    codegen.create_library = partial(_library, context)
    try:
        yield
    finally:
        del codegen.create_library
