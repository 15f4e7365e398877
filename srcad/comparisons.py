"""A warning where a result depends on an argument through comparisons alone, as in bisection."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from srcad.analysis.activity import activity
from srcad.analysis.aliasing import aliasing
from srcad.analysis.dependence import influenced
from srcad.derivation import Derivation
from srcad.errors import ComparisonsOnly
from srcad.ir import nodes as ir
from srcad.ir.types import is_float
from srcad.ir.walk import param_vars
from srcad.passes.outputs import outputs

KINDS = {"grad", "value_and_grad", "tangent", "adjoint"}


def is_asked_for(run: Derivation) -> bool:
    """Return whether this is a derivative of a function that the user has written."""
    return run.spec.kind in KINDS and hasattr(run.spec.func, "__code__")


def warned(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program, after a warning for each argument that only tests in loops look at."""
    found = list(_only_compared(function, run.spec.wrt))
    if run.spec.kind in {"tangent", "adjoint"} and len(found) < len(run.spec.wrt):
        return function  # by all floats, among them tolerances: nobody has asked for these
    for name in found:
        message = (
            f"the result of '{function.name}' depends on '{name}' through comparisons alone, so "
            "that its derivative is 0; for that of a root, fixed point or minimum, write "
            f"srcad.root(f, {function.name}), srcad.fixed_point or srcad.argmin"
        )
        span = function.span
        place = ("<unknown>", 1) if span is None else (span.file, span.line)
        run.warned.append(message)
        warnings.warn_explicit(message, ComparisonsOnly, *place)
    return function


def _only_compared(function: ir.Function, wrt: tuple[int, ...]) -> Iterator[str]:
    """Yield the arguments that have no derivative, but an influence through tests in loops."""
    classes = aliasing(function)
    results = [
        a.name for a in outputs(function).atoms if isinstance(a, ir.Var) and is_float(a.type)
    ]
    for k in wrt:
        names = [v.name for v in param_vars((function.params[k],)) if is_float(v.type)]
        active = activity(function, names, results, classes)
        if not names or any(name in active for name in names):
            continue
        targets = {classes.of(name) for name in results}
        by_values = influenced(function, names, classes, by_tests="none")
        by_loops = influenced(function, names, classes, by_tests="loops")
        if targets.isdisjoint(by_values) and not targets.isdisjoint(by_loops):
            yield function.params[k].name
