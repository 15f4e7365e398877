"""How Numba compiles generated code: only the steps that it needs, each of them once.

The usual steps suit any Python function. Generated code has no closures, `with` blocks,
expressions of arrays or branches on literals, and one type for every name, but for names of
arguments that it binds again (`x = x.copy()`). What looks for all of that rescans the
function again and again, some of it once per variable. And Numba
optimises a function twice as far as LLVM can: alone, then with its callees linked in. The
first time, little is enough: loops have to be in order before others are inlined in them.
"""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING, Any

from llvmlite.binding.newpassmanagers import ModulePassManager
from numba.core.codegen import CPUCodegen, JITCodeLibrary
from numba.core.compiler import Compiler

from srcad.backend import pool
from srcad.backend.light import light_callees, simplify
from srcad.backend.loaded import own_names
from srcad.backend.numba_steps import Apart, Deletions, Joined, Prepared, Steps
from srcad.backend.wrapper import Lowering

if TYPE_CHECKING:
    from types import FunctionType

    from numba.core.compiler_machinery import PassManager

UNNEEDED = frozenset(
    {
        "WithLifting",
        "InlineClosureLikes",
        "RewriteSemanticConstants",
        "DeadBranchPrune",
        "RewriteDynamicRaises",
        "MakeFunctionToJitFunction",
        "FindLiterallyCalls",
        "LiteralUnroll",
        "LiteralPropagationSubPipelinePass",
        "NopythonRewrites",
        "IRProcessing",
        "NoPythonSupportedFeatureValidation",
        "DumpParforDiagnostics",
    }
)
"""Numba's steps that never find anything in generated code, by the names of their classes."""

ASSIGNMENT = frozenset({"ReconstructSSA", "PreLowerStripPhis"})
"""Numba's steps that let a name have several types."""

OURS = {
    "GenericRewrites": Prepared,
    "ReconstructSSA": Apart,
    "PreLowerStripPhis": Joined,
    "IRLegalization": Deletions,
    "NativeLowering": Lowering,
}
"""What takes the place of Numba's steps."""

PRUNING = (
    "add_sroa_pass",
    "add_loop_rotate_pass",
    "add_instruction_combine_pass",
    "add_jump_threading_pass",
    "add_refprune_pass",
)
"""What runs before all is optimised: reference counts in loops stand in the way of that."""


class OwnLibrary(JITCodeLibrary):
    """The LLVM code of one function, in which nothing has a name that other code has.

    environments: those of the callees, by names of their own.
    """

    def __init__(self, codegen: Any, name: str) -> None:
        super().__init__(codegen, name)
        self.environments: dict[str, Any] = {}

    def _optimize_final_module(self) -> None:
        super()._optimize_final_module()
        self.environments = own_names(self._final_module)

    def _finalize_specific(self) -> None:
        """Make the machine code callable, with the environments that have new names."""
        super()._finalize_specific()
        for name, environment in self.environments.items():
            self._codegen.set_env(name, environment)


class Library(OwnLibrary):
    """The LLVM code of one generated function, optimised in full only with its callees."""

    has_light_callees = True

    def _optimize_functions(self, ll_module: Any) -> None:
        simplify(self._codegen, ll_module)

    def _optimize_final_module(self) -> None:
        """Optimise the linked module, reference counts first."""
        codegen = self._codegen
        pool.before_optimising(self._final_module, codegen._data_layout)  # noqa: SLF001
        builder = codegen._pass_builder(opt=0, loop_vectorize=False, slp_vectorize=False)  # noqa: SLF001
        pruning = builder.getModulePassManager()
        for step in PRUNING:
            getattr(pruning, step)()
        pruning.run(self._final_module, builder)
        full, builder = codegen._module_pass_manager()  # noqa: SLF001
        full.run(self._final_module, builder)
        pool.redirect(self._final_module)
        self.environments = own_names(self._final_module)


def binds_argument(function: FunctionType) -> bool:
    """Return whether a function binds the name of an argument again."""
    code = function.__code__
    arguments = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    bound: set[str] = set()
    for instruction in dis.get_instructions(code):
        if instruction.opname.startswith("STORE_FAST"):
            value = instruction.argval
            bound.update(value if isinstance(value, tuple) else (value,))
    return not arguments.isdisjoint(bound)


def _fits() -> bool:
    """Return whether this Numba optimises in the way that `Library` changes."""
    needs = (
        (ModulePassManager, PRUNING),
        (JITCodeLibrary, ("_optimize_functions", "_optimize_final_module")),
        (CPUCodegen, ("_pass_builder", "_module_pass_manager")),
    )
    return all(hasattr(owner, name) for owner, names in needs for name in names)


class GeneratedCodeCompiler(Compiler):
    """Numba's compiler without the steps that generated code does not need."""

    def define_pipelines(self) -> list[PassManager]:
        """Return the steps; the LLVM code goes to a library of ours."""
        state = self.state
        if state.library is None and _fits():
            state.library = Library(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
        unneeded = UNNEEDED if binds_argument(state.func_id.func) else UNNEEDED | ASSIGNMENT
        (usual,) = super().define_pipelines()
        steps = Steps("srcad")
        for step, about in usual.passes:
            if step.__name__ not in unneeded:
                steps.add_pass(OURS.get(step.__name__, step), about)
        steps.finalize()
        return [steps]

    def _compile_core(self) -> Any:
        """Compile, with light callees."""
        with light_callees(self.state.targetctx):
            return super()._compile_core()


class KeptCodeCompiler(Compiler):
    """Numba's compiler of a function of the user's whose machine code is kept on disk."""

    def define_pipelines(self) -> list[PassManager]:
        """Return Numba's steps; the LLVM code goes to a library of ours."""
        state = self.state
        if state.library is None:
            state.library = OwnLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
        return list(super().define_pipelines())
