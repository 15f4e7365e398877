"""The steps of the pipeline that are more than a pass of the program alone.

A step is given the program and the derivation. Here is what it asks the derivation for: when
it is done, and what a pass must be told beside the program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from srcad.analysis.endings import always_raises
from srcad.derivation import Derivation, Step
from srcad.diagnostics import Diagnostics
from srcad.drivers import driver
from srcad.drivers.text import Several
from srcad.errors import NotDifferentiable
from srcad.frontend.statements.custom_parts import lower_part
from srcad.frontend.statements.lower import lower
from srcad.frontend.types.typing import infer
from srcad.ir import nodes as ir
from srcad.ir.types import INT, Array, Scalar
from srcad.ir.walk import all_names, param_vars, statements
from srcad.library.revolve import split
from srcad.passes.arrays.buffers import owned_parameters
from srcad.passes.arrays.calls import named_results
from srcad.passes.arrays.read_only import own_copies
from srcad.passes.arrays.scalarise import is_whole, scalarise
from srcad.passes.building.callees import Derived, LoopRun
from srcad.passes.building.custom_calls import RulePart
from srcad.passes.building.temporaries import derivative_names
from srcad.passes.cleaning.dead import remove_dead
from srcad.passes.cleaning.guards import relax_guards
from srcad.passes.cleaning.hooks import without_hooks
from srcad.passes.cleaning.simplify import SIMPLIFY
from srcad.passes.indices.inside import inside
from srcad.passes.kept.context import Note
from srcad.passes.loop_arrays.pool import merged_arrays, pool
from srcad.passes.loops.fuse import fuse
from srcad.passes.loops.work_arrays import work_arrays
from srcad.passes.modes.buffers import into_buffers
from srcad.passes.modes.checkpoints import checkpointed_loops, has_checkpoints
from srcad.passes.modes.evaluation import evaluation
from srcad.passes.modes.forward import forward
from srcad.passes.modes.functional import check_results_apart, functional
from srcad.passes.modes.kept_calls import check_kept_calls
from srcad.passes.modes.reverse import reverse
from srcad.passes.pairs.pairs import has_pairs, pairs
from srcad.passes.patterns.sets import sets
from srcad.program import flat
from srcad.results import check_scalar_result
from srcad.rules.linalg import Whole, known_axes
from srcad.spec import DRIVERS, PATTERNS, REVERSE, VALUES

Pass = Callable[[ir.Function], ir.Function]


# When a step is done -----------------------------------------------------------------


def has_wholes(run: Derivation) -> bool:
    """Return whether the program has operations on whole arrays."""
    return run.fact(is_whole, run.after["scalarised.functional"])


def is_written_by_hand(run: Derivation) -> bool:
    """Return whether this starts from a function of the user's, not from a derivative."""
    func = run.spec.func
    return not hasattr(func, "__srcad_derivative__") and not isinstance(func, LoopRun)


def is_text_of_the_user(run: Derivation) -> bool:
    """Return whether the program is a function of the user's, as it is written."""
    return is_written_by_hand(run) and run.spec.kind not in DRIVERS


def is_forward(run: Derivation) -> bool:
    """Return whether this is a derivative in forward mode."""
    return run.spec.kind == "tangent"


def is_reverse(run: Derivation) -> bool:
    """Return whether this is a derivative in reverse mode."""
    return run.spec.kind in REVERSE


def is_gradient(run: Derivation) -> bool:
    """Return whether this is about one float: its gradient, or its second derivatives."""
    return run.spec.kind in {"grad", "value_and_grad", "hessian_pattern"}


def is_pattern(run: Derivation) -> bool:
    """Return whether this finds the pattern of a Jacobian or of a Hessian."""
    return run.spec.kind in PATTERNS


def is_differentiated(run: Derivation) -> bool:
    """Return whether this is a derivative, and not the pattern of one."""
    return is_derivative_of(run) and not is_pattern(run)


def keeps_arrays(run: Derivation) -> bool:
    """Return whether loops are to copy arrays into those that they have."""
    return is_reverse(run) or is_pattern(run)


def is_derivative_of(run: Derivation) -> bool:
    """Return whether this is a derivative."""
    return run.spec.kind not in VALUES


def calls_derivatives(run: Derivation) -> bool:
    """Return whether this is a derivative of a derivative, or calls derivatives."""
    return run.spec.kind in DRIVERS or not is_written_by_hand(run)


def is_copy(run: Derivation) -> bool:
    """Return whether this is the function itself, on copies of what it writes."""
    return run.spec.kind in VALUES and not run.is_own_call


def is_own(run: Derivation) -> bool:
    """Return whether this is the function itself, which writes its arguments."""
    return run.is_own_call


def is_typed_last(run: Derivation) -> bool:
    """Return whether the types of names that the last passes made are looked at."""
    return is_own(run) or run.spec.kind == "taylor"


def tests_indices(run: Derivation) -> bool:
    """Return whether any indices are tested."""
    return run.checks != "none"


def is_printed(run: Derivation) -> bool:
    """Return whether this is a derivative, or the function as derivatives see it."""
    return is_called(run) and not is_pattern(run)


def is_called(run: Derivation) -> bool:
    """Return whether this is a derivative, or the function as derivatives see it."""
    return not run.is_own_call


def may_reorder(run: Derivation) -> bool:
    """Return whether the user's sums may be added up in another order."""
    return run.reorders_sums


def has_buffers(run: Derivation) -> bool:
    """Return whether results go into arrays that are given. A helper returns its own."""
    return bool(run.buffers)


def changed(*names: str) -> Callable[[Derivation], bool]:
    """Return the test whether any of these steps has changed the program."""
    return lambda run: not run.changed.isdisjoint(names)


# Passes that ask for more than the program ---------------------------------------------


def only(pass_: Pass) -> Callable[[ir.Function, Derivation], ir.Function]:
    """Return the step of a pass that needs nothing but the program."""
    return lambda function, _: pass_(function)


def on_copies(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the function itself, on copies of what it writes."""
    return evaluation(function, values=run.spec.kind == "primal")


def lowered(_: ir.Function, run: Derivation) -> ir.Function:
    """Return the program to start from: a function, or a derivative of one."""
    func = run.spec.func
    if isinstance(func, RulePart):
        return lower_part(func, run.arg_types)
    if isinstance(func, LoopRun):
        return func.program(run.spec.kind, run.arg_types)
    spec = getattr(func, "__srcad_derivative__", None)
    if run.spec.kind in DRIVERS:
        along = Several(run.along_several, run.vector_loops)
        several = along if run.carries_several else None
        function = lower(driver(run.spec, run.arg_types, run.of_own, several), run.arg_types)
    elif spec is None:
        function = lower(func, run.arg_types, run.kept)
    else:
        function = run.inner(spec, run.arg_types).until("simplified")
    return flat(function) if isinstance(func, Derived) else function


def typed(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with types; no name holds two arrays in turn."""
    return infer(function, run.program.call_types, arrays_apart=True)


def with_pairs(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with two real numbers for each complex one."""
    return typed(pairs(function), run) if has_pairs(function) else function


def with_own_copies(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with copies of read-only arrays where names hold others, too."""
    new = own_copies(function)
    return function if new is function else typed(new, run)


def tested(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the function with tests of the indices that may be outside."""
    return inside(function, reads=run.checks == "all")


def retyped(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with types for new names."""
    return infer(function, run.program.call_types)


def retyped_mode(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with types for what a mode has added; its names have one type."""
    strided = any(
        isinstance(v.type, Array) and v.type.layout == "A" for v in param_vars(function.params)
    )
    is_kept = is_derivative_of(run) and not strided
    return infer(function, run.program.call_types, names_are_typed=is_kept)


def with_rules_apart(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program; what functions with rules return is nowhere known to be no copy."""
    check_results_apart(function, run.program.written, run.program.shared_without_rule)
    return function


def without_writing_calls(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with calls that return what they would have written."""
    if run.kept:
        check_kept_calls(function, run.kept, run.program.written)
    return functional(function, run.program.written, run.program.shared)


def has_few_checkpoints(run: Derivation) -> bool:
    """Return whether reverse mode meets a loop that asks for few checkpoints."""
    return is_reverse(run) and has_checkpoints(run.function)


def with_few_checkpoints(function: ir.Function, _: Derivation) -> ir.Function:
    """Return the program with calls in place of the loops that ask for few checkpoints."""
    return checkpointed_loops(function, infer(lower(split, (INT, INT))))


def elementwise(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with loops over elements."""
    as_written = run.after["scalarised.functional"]
    ranks = [t.ndim if isinstance(t, Array) else 0 for t in run.arg_types]

    def one_shape() -> bool:
        run.is_of_mode = True
        return is_reverse(run)

    return scalarise(
        function,
        known_axes(run.spec.func, ranks),
        as_written=named_results(owned_parameters(as_written, copied=False)),
        apart=is_derivative_of(run),
        one_shape=one_shape,
    )


def fused_elementwise(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with one loop for several over the same elements."""
    users = run.fact(all_names, run.after["scalarised.functional"])
    return fuse(function, users, apart=is_derivative_of(run))


def fused_again(function: ir.Function, _: Derivation) -> ir.Function:
    """Return the derivative with one loop for several over the same elements."""
    return fuse(function, (), apart=True)


def checked_result(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program. Raises TypeError unless it has a gradient.

    A function that always raises has one that nobody gets.
    """
    has_aux = run.spec.has_aux
    if always_raises(function.body):
        nothing_yet = ir.Const(0.0, Scalar("float64"))
        return replace(function, returns=(nothing_yet,), result=(0, None) if has_aux else 0)
    check_scalar_result(function, has_aux=has_aux, holomorphic=run.spec.holomorphic)
    return function


def pooled(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with arrays as rows of one, where reverse mode needs that."""
    new = function
    while (names := merged_arrays(new)) and _is_refused(new, run):
        found = next((p for p in (pool(new, name) for name in names) if p is not None), None)
        if found is None:
            return function
        new = typed(found, run)
    return new


def _is_refused(function: ir.Function, run: Derivation) -> bool:
    """Return whether an array changes in a loop in a way that reverse mode cannot undo."""
    try:
        run.found(_reversed, function)
    except NotDifferentiable as error:
        return error.code == "E206"
    return False


def _reversed(function: ir.Function, run: Derivation) -> tuple[ir.Function, list[Note]]:
    spec = run.spec
    return reverse(
        function,
        spec.wrt,
        seeded=is_gradient(run),
        value=spec.kind not in {"grad", "pullback"} or spec.has_aux,
        bare=spec.bare,
        apart=spec.cotangents is not None,
        merges=not (spec.kind == "adjoint" and spec.cotangents and calls_functions(function)),
    )


def calls_functions(function: ir.Function) -> bool:
    """Return whether a program calls functions of the user's, whose adjoints are cut with its own.

    Other adjoints may be swept once, and are not cut: their functions run once more.
    """
    calls = [s.function for s in statements(function.body) if isinstance(s, ir.Call)]
    return not all(isinstance(called, Whole) for called in calls)


def tangent(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the forward-mode derivative."""
    found = forward(function, run.spec.wrt)
    if run.spec.width == 1:
        return found
    return flat(replace(found, returns=found.returns[len(found.returns) // 2 :]))


def found_sets(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the function that finds a pattern.

    Loops that replace arrays do so as they are written, where that can be followed.
    """
    second = run.spec.kind == "hessian_pattern"
    try:
        return sets(run.after["prepared"], run.spec.wrt, second=second)
    except NotDifferentiable as error:
        if error.code != "E408":
            raise
    return sets(function, run.spec.wrt, second=second)


def adjoint(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the reverse-mode derivative, and note what is kept for it."""
    spec = run.spec
    function, notes = run.found(_reversed, function)
    run.diagnostics = Diagnostics(tuple(notes))
    function = without_hooks(function)
    if spec.kind == "grad" and spec.has_aux:
        return replace(function, result=_gradient_and_aux(function.result))
    return function


def buffered(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the gradient with results in arrays that it is given."""
    spec = run.spec
    adds = spec.buffers == "add"
    return into_buffers(function, spec.wrt, run.buffers, bare=spec.bare, adds=adds)


def relaxed(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the derivative with fewer guards around what the mode has added."""
    known = run.fact(all_names, run.after["prepared"])
    return relax_guards(function, run.fact(all_names, function) - known)


def nothing(_: Derivation) -> Collection[str]:
    """Return the adjoints and tangents of a program that has none."""
    return ()


def added_by_mode(run: Derivation) -> Collection[str]:
    """Return the adjoints and tangents: only of these is a literal zero "no influence"."""
    if run.spec.kind in VALUES or run.spec.kind in DRIVERS:
        return ()
    return derivative_names(run.after["retyped"]) - all_names(run.after["prepared"])


def swept(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program without dead code."""
    return settled(remove_dead, function, added_by_mode(run), run)


def with_work_arrays(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program with work arrays made once, and not filled in vain."""
    return work_arrays(function, added_by_mode(run))


def settled(
    pass_: Callable[[ir.Function, Collection[str]], ir.Function],
    function: ir.Function,
    derivatives: Collection[str],
    run: Derivation,
) -> ir.Function:
    """Return the program after a pass; it is not done again on what it has left as it was."""
    key = (pass_, frozenset(derivatives))
    if run.settled.get(key) is function:
        return function
    new = pass_(function, derivatives)
    if new is function:
        run.settled[key] = function
    return new


def simplified(
    stage: str,
    derivatives: Callable[[Derivation], Collection[str]] = nothing,
    when: Callable[[Derivation], bool] = lambda _: True,
) -> tuple[Step, ...]:
    """Return the steps of `simplify` within a stage."""

    def step(pass_: Any) -> Callable[[ir.Function, Derivation], ir.Function]:
        return lambda function, run: settled(pass_, function, derivatives(run), run)

    return tuple(Step(f"{stage}.{name}", step(pass_), when) for name, pass_ in SIMPLIFY)


def numbered(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps with a number where a stage has a pass for the second time."""
    seen: Counter[str] = Counter()
    out: list[Step] = []
    for step in steps:
        seen[step.name] += 1
        count = seen[step.name]
        out.append(step if count == 1 else replace(step, name=f"{step.name}_{count}"))
    return tuple(out)


def _gradient_and_aux(result: object) -> object:
    assert isinstance(result, tuple)
    (_, aux), gradient = result
    return (gradient, aux)
