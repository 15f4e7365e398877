"""The step that puts loops in blocks, where `parallel=True` asks for it."""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.parallel_loops import Parallel, Serial
from srcad.derivation import Derivation
from srcad.ir import nodes as ir
from srcad.passes.printing.in_blocks import in_blocks
from srcad.steps import calls_functions, retyped


def with_blocks(functions: list[ir.Function], run: Derivation) -> list[ir.Function]:
    """Return functions with loops in blocks where that is proved, and note what was found."""
    out: list[ir.Function] = []
    found: list[tuple[ir.For, Parallel | Serial]] = []
    for function in functions:
        if function.name in run.wide_parts:
            out.append(function)
            continue
        parts, loops = in_blocks(function if calls_functions(function) else retyped(function, run))
        out += parts
        found += loops
    run.diagnostics = replace(run.diagnostics, loops=tuple(found))
    return out
