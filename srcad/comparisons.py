"""A warning where a result depends on an argument through comparisons alone, as in bisection."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from srcad.analysis.activity import Edges, derivative_edges, reachable
from srcad.analysis.aliasing import Aliases, aliasing
from srcad.analysis.dependence import influenced
from srcad.derivation import Derivation
from srcad.errors import ComparisonsOnly
from srcad.ir import nodes as ir
from srcad.ir.types import is_float
from srcad.ir.walk import param_vars
from srcad.passes.building.outputs import outputs

KINDS = {"grad", "value_and_grad", "tangent", "adjoint"}


def is_asked_for(run: Derivation) -> bool:
    """Return whether this is a derivative of a function that the user has written."""
    return run.spec.kind in KINDS and hasattr(run.spec.func, "__code__")


def warned(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program, after a warning for each argument that only tests in loops look at.

    So too for each function that it has called, whose result has no derivative at all.
    """
    found = list(_only_compared(function, run.spec.wrt))
    are_meant = run.spec.kind not in {"tangent", "adjoint"} or len(found) == len(run.spec.wrt)
    if found and are_meant:  # by all floats, among them tolerances: nobody has asked for these
        for name in found:
            _warn(function.name, name, function.span)
    elif not found:
        for call, names in _helpers(run.after["typed"], run.spec.wrt):
            _warn(call.name, "', '".join(names), call.span)
    return function


def _warn(name: str, argument: str, span: ir.Span | None) -> None:
    message = (
        f"the result of '{name}' depends on '{argument}' through comparisons alone, so "
        "that its derivative is 0; for that of a root, fixed point or minimum, write "
        f"srcad.root(f, {name}), srcad.fixed_point or srcad.argmin"
    )
    place = ("<unknown>", 1) if span is None else (span.file, span.line)
    warnings.warn_explicit(message, ComparisonsOnly, *place)


def _helpers(function: ir.Function, wrt: tuple[int, ...]) -> Iterator[tuple[ir.Inlined, list[str]]]:
    """Yield the calls whose results have no derivative, but an influence through their loops.

    And the arguments that have it; only where the results matter, and the arguments move.
    """
    if not function.inlined:
        return
    classes = aliasing(function)
    ahead: Edges = {}
    back: Edges = {}
    for source, target in derivative_edges(function, classes):
        ahead.setdefault(source, set()).add(target)
        back.setdefault(target, set()).add(source)
    params = [v.name for k in wrt for v in param_vars((function.params[k],))]
    varied = reachable({classes.of(name) for name in params}, ahead)
    returned = [a.name for a in outputs(function).atoms if isinstance(a, ir.Var)]
    useful = reachable({classes.of(name) for name in returned}, back)
    for call in function.inlined:
        results = {classes.of(v.name) for v in call.results} & useful
        if not results or results & varied:
            continue
        names = [
            param
            for param, held in call.given
            if (given := [v.name for v in held if classes.of(v.name) in varied])
            if _through_loops(function, given, results, classes, call.body)
        ]
        if names:
            yield call, names


def _through_loops(
    function: ir.Function, given: list[str], results: set[str], classes: Aliases, body: ir.Span
) -> bool:
    """Return whether results depend on these names through tests in the loops of a function."""

    def counts(loop: ir.Stmt) -> bool:
        span = loop.span
        is_there = span is not None and span.file == body.file
        return is_there and body.line <= span.line <= body.end_line  # type: ignore[union-attr]

    by_values = influenced(function, given, classes, by_tests="none")
    by_loops = influenced(function, given, classes, by_tests="loops", counts=counts)
    return results.isdisjoint(by_values) and not results.isdisjoint(by_loops)


def _only_compared(function: ir.Function, wrt: tuple[int, ...]) -> Iterator[str]:
    """Yield the arguments that have no derivative, but an influence through tests in loops."""
    classes = aliasing(function)
    results = [
        a.name for a in outputs(function).atoms if isinstance(a, ir.Var) and is_float(a.type)
    ]
    targets = {classes.of(name) for name in results}
    back: Edges = {}
    for source, target in derivative_edges(function, classes):
        back.setdefault(target, set()).add(source)
    useful = reachable(targets, back)
    for k in wrt:
        names = [v.name for v in param_vars((function.params[k],)) if is_float(v.type)]
        if not names or any(classes.of(name) in useful for name in names):
            continue
        by_values = influenced(function, names, classes, by_tests="none")
        by_loops = influenced(function, names, classes, by_tests="loops")
        if targets.isdisjoint(by_values) and not targets.isdisjoint(by_loops):
            yield function.params[k].name
