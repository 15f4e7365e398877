"""Numba's steps as generated code needs them: what they find out is found out once.

After each of its steps, Numba works out anew where every variable lives. Only the last of them
asks for it, to put the deletions in place; and only names that one block takes from another
live across blocks.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from numba.core import ir, transforms
from numba.core.analysis import compute_cfg_from_blocks, compute_live_map
from numba.core.compiler_machinery import AnalysisPass, FunctionPass, PassManager, register_pass
from numba.core.ir_utils import (
    build_definitions,
    enforce_no_dels,
    enforce_no_phis,
    replace_vars_inner,
    replace_vars_stmt,
)
from numba.core.postproc import PostProcessor, VariableLifetime
from numba.core.rewrites import rewrite_registry
from numba.core.typed_passes import PreLowerStripPhis
from numba.core.untyped_passes import ReconstructSSA


class Steps(PassManager):
    """Steps one after the other, with nothing between them."""

    _ENFORCING = False


class Lifetimes(VariableLifetime):
    """Where variables live; most live in one block alone."""

    @cached_property
    def livemap(self) -> dict[int, set[str]]:
        """Return what is alive at the entry of each block."""
        used, defined = self.usedefs
        shared: set[str] = set().union(*used.values())
        across = {block: names & shared for block, names in defined.items()}
        found: dict[int, set[str]] = compute_live_map(self.cfg, self._blocks, used, across)
        return found


@register_pass(mutates_CFG=True, analysis_only=False)
class Prepared(FunctionPass):
    """Blocks in order, constants in the places where Numba looks for them."""

    _name = "srcad_prepared"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Put blocks in order, and rewrite."""
        function = state.func_ir
        function.blocks = transforms.canonicalize_cfg(function.blocks)
        function.generator_info = None
        for make in rewrite_registry.rewrites["before-inference"]:
            rewrite = make(state)
            waiting = list(function.blocks.items())
            while waiting:
                label, block = waiting.pop()
                if rewrite.match(function, block, state.typemap, state.calltypes):
                    function.blocks[label] = rewrite.apply()
                    waiting.append((label, function.blocks[label]))
        return True


@register_pass(mutates_CFG=False, analysis_only=True)
class Deletions(AnalysisPass):
    """Every variable is deleted where nobody reads it any more."""

    _name = "srcad_deletions"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Insert the deletions."""
        function = state.func_ir
        enforce_no_phis(function)
        enforce_no_dels(function)
        function.blocks = transforms.canonicalize_cfg(function.blocks)
        lifetimes = Lifetimes(function.blocks)
        function.variable_lifetime = lifetimes
        PostProcessor(function)._patch_var_dels(  # noqa: SLF001
            lifetimes.deadmaps.internal, lifetimes.deadmaps.escaping
        )
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class Apart(ReconstructSSA):
    """Arguments have names of their own, or every binding has."""

    _name = "srcad_apart"

    def run_pass(self, state: Any) -> bool:
        """Rename arguments; where that is not enough, all."""
        return arguments_apart(state.func_ir) or super().run_pass(state)


@register_pass(mutates_CFG=True, analysis_only=False)
class Joined(PreLowerStripPhis):
    """No name has several sources any more."""

    _name = "srcad_joined"

    def run_pass(self, state: Any) -> bool:
        """Do so, if there are any."""
        blocks = state.func_ir.blocks.values()
        has_phis = any(True for block in blocks for _ in block.find_exprs(op="phi"))
        return not has_phis or super().run_pass(state)


# Arguments -----------------------------------------------------------------------------


def arguments_apart(function: Any) -> bool:
    """Give arguments names of their own where a name is bound again; return whether that is all.

    All that reads the argument has to come before all that reads the name's later values.
    """
    bound: dict[str, list[tuple[int, Any]]] = {}
    for label, block in function.blocks.items():
        for stmt in block.find_insts(ir.Assign):
            bound.setdefault(stmt.target.name, []).append((label, stmt))
    twice = [stmts for stmts in bound.values() if _is_argument(stmts[0][1]) and len(stmts) > 1]
    if twice:
        graph = compute_cfg_from_blocks(function.blocks)
        done = [_apart(function, graph, stmts) for stmts in twice]
        function._definitions = build_definitions(function.blocks)  # noqa: SLF001
        return all(done)
    return True


def _is_argument(stmt: Any) -> bool:
    return isinstance(stmt.value, ir.Arg)


def _apart(function: Any, graph: Any, bound: list[tuple[int, Any]]) -> bool:
    """Rename an argument as far as it is read, if its name is bound again only after that."""
    (_, argument), *again = bound
    order = list(function.blocks)
    label, first = min(again, key=lambda place: order.index(place[0]))
    later = _reached(graph, label)
    dominated = {block for block, above in graph.dominators().items() if label in above} - {label}
    if not later <= dominated or not {block for block, _ in again} <= dominated | {label}:
        return False
    new = argument.target.scope.redefine(argument.target.name, loc=argument.target.loc)
    names = {argument.target.name: new}
    for block in set(order) - later:
        for stmt in function.blocks[block].body:
            if stmt is first:
                stmt.value = replace_vars_inner(stmt.value, names)
                break
            replace_vars_stmt(stmt, names)
    return True


def _reached(graph: Any, start: int) -> set[int]:
    """Return the blocks that may run after a block."""
    found: set[int] = set()
    waiting = [start]
    while waiting:
        new = {block for block, _ in graph.successors(waiting.pop())} - found
        found |= new
        waiting.extend(new)
    return found
