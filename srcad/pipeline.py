"""From a Python function to derivative source: all passes, in their order.

    lower      Python's ast becomes IR, helpers inlined
    typed      a type on every name, two names for complex numbers
    scalarised operations on whole arrays become loops over their elements
    prepared   repeated reads are one, sizes move out of loops, loops over the same are one
    tangent    forward mode, or
    carried    arrays that loops replace are copied into ones that they keep, and then
    adjoint    reverse mode, or
    sets       which inputs each value depends on, or
    evaluation the function itself, on copies of what it writes
    retyped    types for what the mode has added
    simplified rules of the user's own in place, zeros, copies and dead code removed
    gathered   additions to neighbours become one sum per element
    taped      indices that may be outside are tested, stacks become arrays
    refolded   temporaries folded into expressions

These are the stages. A stage is one step or several (`stage.pass`), and each step one pass
from IR to IR: `STEPS` has all of them. Derivatives of derivatives start from the
`simplified` IR of the first derivative.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import suppress
from dataclasses import replace
from types import FunctionType
from typing import Any

from srcad import firstcall
from srcad.analysis.tape_sizes import Kept, tape_sizes
from srcad.analysis.values import values
from srcad.analysis.vectors import has_vector_loops
from srcad.backend import runtime
from srcad.beginnings import beginnings_of
from srcad.block_steps import with_blocks
from srcad.comparisons import is_asked_for, warned
from srcad.derivation import Derivation, Step, show_stage, undisturbed
from srcad.diagnostics import Diagnostics
from srcad.drivers.text import WIDTH
from srcad.errors import NotDifferentiable
from srcad.frontend.calls.copies import kept_calls
from srcad.ir import nodes as ir
from srcad.ir.records import made_class
from srcad.ir.show import show
from srcad.ir.types import Array, Type
from srcad.ir.walk import all_names
from srcad.options import Checks
from srcad.passes.arrays.buffers import owned_parameters
from srcad.passes.arrays.calls import named_results
from srcad.passes.arrays.rows import elements_of_rows
from srcad.passes.arrays.scalarise import is_whole
from srcad.passes.cleaning.sizes import resolve_made, resolve_sizes
from srcad.passes.directions.lane_copies import copied_as_lanes
from srcad.passes.halves.halves import halves
from srcad.passes.halves.linear import linear_halves
from srcad.passes.indices.divisors import checked_divisors
from srcad.passes.kept.tape import tape
from srcad.passes.loop_arrays.first_values import first_values
from srcad.passes.loop_arrays.growing import grow_lists
from srcad.passes.loop_arrays.replaced_arrays import carry_by_copies
from srcad.passes.loops.any_order import in_any_order
from srcad.passes.loops.direct_sums import add_directly
from srcad.passes.loops.hoist import hoist
from srcad.passes.loops.next_elements import pass_on
from srcad.passes.loops.scalar_sums import carry
from srcad.passes.loops.signed import signed_loops
from srcad.passes.loops.stencils import gather
from srcad.passes.loops.views_for_copies import borrow
from srcad.passes.modes.buffers import kept_apart
from srcad.passes.modes.evaluation import values_only
from srcad.passes.modes.inline import inline
from srcad.passes.modes.results_as_adjoints import hand_over
from srcad.passes.planning.choose import plan
from srcad.passes.planning.shown import shown
from srcad.passes.printing.refold import REFOLD
from srcad.passes.series.calls import check_followed
from srcad.passes.series.series import series
from srcad.program import (
    by_reference,
    calls_inner_derivatives,
    calls_outside,
    classes_of_results,
    outside_functions,
    series_functions,
)
from srcad.repeated_draws import check_directions, drawn_once
from srcad.rule_steps import has_rules, with_forward_halves, with_rules
from srcad.spec import REVERSE, Buffers, DerivativeSpec, Kind
from srcad.steps import (
    added_by_mode,
    adjoint,
    buffered,
    calls_derivatives,
    changed,
    checked_result,
    elementwise,
    found_sets,
    fused_again,
    fused_elementwise,
    has_buffers,
    has_few_checkpoints,
    has_wholes,
    is_called,
    is_copy,
    is_derivative_of,
    is_differentiated,
    is_forward,
    is_gradient,
    is_own,
    is_pattern,
    is_printed,
    is_reverse,
    is_text_of_the_user,
    is_typed_last,
    is_written_by_hand,
    keeps_arrays,
    lowered,
    may_reorder,
    numbered,
    on_copies,
    only,
    pooled,
    relaxed,
    retyped,
    retyped_mode,
    simplified,
    swept,
    tangent,
    tested,
    tests_indices,
    typed,
    with_few_checkpoints,
    with_own_copies,
    with_pairs,
    with_rules_apart,
    with_work_arrays,
    without_writing_calls,
)
from srcad.texts import Generated
from srcad.weak_numbers import typed_first

HELPERS: dict[str, object] = {helper.__name__: helper for helper in runtime.HELPERS}


# The order of all passes ---------------------------------------------------------------

CARRIES = changed("carried.first_values", "carried.copies")
POOLS = changed("carried.pool")
STEPS: tuple[Step, ...] = numbered(
    (
        Step("lower", lowered),
        Step("typed", typed_first),
        Step("typed.pairs", with_pairs),
        Step("scalarised.read_only", with_own_copies),
        Step("scalarised.signed", only(signed_loops), is_written_by_hand),
        Step("scalarised.divisors", only(checked_divisors), is_written_by_hand),
        Step("scalarised.apart", with_rules_apart, is_text_of_the_user),
        Step("scalarised.inline", lambda f, run: inline(f, run.called_derivative)),
        Step("scalarised.functional", without_writing_calls),
        Step("scalarised.owned", only(owned_parameters), has_wholes),
        Step("scalarised.results", only(named_results), has_wholes),
        Step("scalarised.loops", elementwise, has_wholes, reorders=True),
        Step("scalarised.types", retyped, has_wholes),
        *simplified("prepared"),
        Step("prepared.hoist", only(hoist)),
        Step("prepared.fuse", fused_elementwise, has_wholes),
        *simplified("prepared", when=changed("prepared.fuse")),
        Step("prepared.compared", warned, is_asked_for),
        Step("prepared.draws", drawn_once, is_derivative_of),
        Step("prepared.any_order", only(in_any_order), may_reorder),
        Step("prepared.checkpoints", with_few_checkpoints, has_few_checkpoints),
        Step("prepared.rules", with_forward_halves, is_differentiated),
        # forward mode
        Step("tangent", tangent, is_forward),
        # or reverse mode
        Step("carried.result", checked_result, is_gradient),
        Step("carried.first_values", only(first_values), keeps_arrays),
        Step("carried.copies", only(carry_by_copies), keeps_arrays),
        Step("carried.types", typed, CARRIES),
        Step("carried.sizes", only(resolve_sizes), CARRIES),
        *simplified("carried", when=CARRIES),
        Step("carried.hoist", only(hoist), CARRIES),
        Step("carried.pool", pooled, is_reverse),
        Step("carried.sizes", only(resolve_sizes), POOLS),
        *simplified("carried", when=POOLS),
        Step("carried.rows", only(elements_of_rows), is_reverse),
        Step("adjoint", adjoint, is_reverse),
        # or the sets of inputs that values depend on
        Step("sets", found_sets, is_pattern),
        Step("evaluation.copies", on_copies, is_copy),
        Step("evaluation.values", only(values_only), is_own),
        Step("retyped", retyped_mode, is_called),
        Step("simplified.rules", with_rules, has_rules),
        Step("simplified.types", retyped_mode, changed("simplified.rules")),
        Step("simplified.handover", only(hand_over), is_differentiated),
        Step("simplified.sizes", only(resolve_made), calls_derivatives),
        *simplified("simplified", added_by_mode),
        Step("gathered.guards", relaxed, is_differentiated),
        Step("gathered.dead", swept, changed("gathered.guards")),
        Step("gathered.gather", only(gather), is_printed, reorders=True),
        Step("gathered.direct_sums", only(add_directly), is_printed, reorders=True),
        Step("taped.borrow", only(borrow), is_printed),
        Step("taped.work_arrays", with_work_arrays, is_printed),
        Step("taped.fuse", fused_again, is_printed, reorders=True),
        Step("taped.dead", swept, is_printed),
        Step("taped.pass_on", only(pass_on), is_printed, reorders=True),
        Step("taped.carry", only(carry), is_printed, reorders=True),
        Step("taped.lists", only(grow_lists)),
        Step("taped.inside", tested, tests_indices),
        Step("taped.tape", only(tape)),
        Step("taped.buffers", buffered, has_buffers),
        Step("taped.types", retyped, is_typed_last),
        *(Step(f"refolded.{name}", only(pass_)) for name, pass_ in REFOLD),
    )
)
"""Derivatives of derivatives start after `simplified`, the printed source is `refolded`."""

TAPE = [step.name for step in STEPS].index("taped.tape")
"""Until this step, what is kept on stacks is saved and restored by statements of its own."""


def derive(
    func: object,
    kind: Kind,
    arg_types: tuple[Type, ...],
    wrt: tuple[int, ...],
    *,
    bare: bool = False,
    has_aux: bool = False,
    checks: Checks = "writes",
    buffers: tuple[Array, ...] = (),
    adds: bool = False,
    holomorphic: bool = False,
    several: bool = True,
    parallel: bool = False,
    reorders: bool = False,
    content: Hashable = None,
) -> Generated:
    """Return the source of one derivative of `func` for these argument types.

    checks: which indices are tested unless they are known to be inside.
    buffers: types of arrays for the results of a gradient. adds: what they hold stays.
    several: whether sweeps may carry several directions at once.
    parallel: whether loops that are proved parallel run in blocks.
    reorders: whether the user's sums may be added up in another order.
    content: the key of what `func` depends on: derivations may begin in common.
    Raises NotDifferentiable, and TypeError for a gradient of something that is not one float.
    """
    into: Buffers = None if not buffers else "add" if adds else "set"
    spec = DerivativeSpec(func, kind, wrt, bare, has_aux, buffers=into, holomorphic=holomorphic)
    more: Any = {"buffers": buffers, "beginnings": beginnings_of(func, content)}
    more |= {"carries_several": several, "checks": checks, "parallel": parallel}
    more["reorders_sums"] = reorders

    def found(kept: frozenset[FunctionType] = frozenset()) -> Generated:
        run, made = Derivation(spec, arg_types, STEPS, kept=kept, **more), None
        if kind == "taylor":
            check_followed(run.until("prepared"))
            made = series(run.until("taped"), wrt)
            show_stage("series", made)
        return _generated(run, made)

    with undisturbed(func):
        kept = kept_calls(func) if kind in REVERSE else frozenset()
        if kept:
            with suppress(NotDifferentiable):  # the conditions of calls that stay calls
                return found(kept)
        return found()


def fused(
    func: object, arg_types: tuple[Type, ...], *, checks: Checks = "none", always: bool = False
) -> Generated | None:
    """Return the function itself with its operations on whole arrays as loops.

    None if it has no such operations, unless `always`, or all indices are tested (Numba's own
    errors name no line), or it calls what Numba does not know: functions that have rules of
    the user's own, and derivatives of functions inside the function. It writes its arguments
    as the function does.
    Raises NotDifferentiable for what is not accepted.
    """
    spec = DerivativeSpec(func, "primal", ())
    run = Derivation(spec, arg_types, STEPS, is_own_call=True, checks=checks)
    with undisturbed(func):
        run.until("prepared")
        program = run.after["typed"]
        unknown = calls_outside(program) or calls_inner_derivatives(program)
        is_needed = always or checks == "all" or is_whole(program) or unknown
        return _generated(run) if is_needed else None


def halved(
    func: object, arg_types: tuple[Type, ...], wrt: tuple[int, ...], **how: Any
) -> tuple[Generated, Generated] | None:
    """Return the adjoint of `func` as two functions: the way forward, and the way back.

    The first takes the arguments, and returns the value and what the second takes before the
    cotangent. None where the adjoint cannot be cut.
    Raises NotDifferentiable for what has no derivative.
    """
    run = Derivation(DerivativeSpec(func, "adjoint", wrt), arg_types, STEPS, **how)
    with undisturbed(func):
        parts = halves(run.until("taped"))
        if parts is None:
            return None
        first, second = (_generated(run, part) for part in parts)
        return first, second


def in_lanes(
    func: object, kind: Kind, arg_types: tuple[Type, ...], wrt: tuple[int, ...], *, checks: Checks
) -> Generated | None:
    """Return a tangent or a pullback of one result along `WIDTH` directions at once.

    It takes the arguments, and the seeds with one more axis, the last; it returns what depends
    on the seeds. None where lanes cannot do it.
    Raises NotDifferentiable for what has no derivative.
    """
    cotangents = 1 if kind == "pullback" else None
    spec = DerivativeSpec(func, kind, wrt, bare=True, cotangents=cotangents, width=WIDTH)
    run = Derivation(spec, arg_types, STEPS, checks=checks)
    with undisturbed(func):
        wide = run.along_several(spec, arg_types)
        return None if wide is None else _shown([wide], wide, run.diagnostics)


def linear_halved(
    func: object, arg_types: tuple[Type, ...], wrt: tuple[int, ...], **how: Any
) -> tuple[Generated, Generated] | None:
    """Return the tangent of `func` as two functions: the value, and the linear work.

    The first takes the arguments of `func`, and returns the value and what the second takes
    before the tangents. None where the tangent cannot be cut.
    Raises as `halved`.
    """
    run = Derivation(DerivativeSpec(func, "tangent", wrt), arg_types, STEPS, **how)
    with undisturbed(func):
        parts = linear_halves(retyped(run.until(STEPS[TAPE - 1].name), run), len(wrt))
        if parts is None:
            return None
        run.until("taped")
        first, second = (_generated(run, part) for part in parts)
        return first, second


def tape_of(
    func: object, kind: Kind, arg_types: tuple[Type, ...], wrt: tuple[int, ...]
) -> list[Kept]:
    """Return the slabs and stacks that a derivative in reverse mode keeps, and their sizes.

    Raises as `derive`.
    """
    run = Derivation(DerivativeSpec(func, kind, wrt, bare=True), arg_types, STEPS)
    with undisturbed(func):
        own = all_names(run.until("carried"))
        return tape_sizes(run.until(STEPS[TAPE - 1].name), own)


def _generated(run: Derivation, main: ir.Function | None = None) -> Generated:
    """Return the source of a function, `main` or the whole, and of all that it calls."""
    whole = by_reference(run.until("taped") if main is None else main, run.helper)
    check_directions(whole, run)
    functions = [
        run.wide_parts[part.name] if part.name in run.wide_parts else run.finished(part)
        for part in (with_blocks(whole, run) if run.parallel else whole)
    ]
    if run.wide_parts:
        functions = [copied_as_lanes(functions[0], WIDTH), *functions[1:]]
    run.print_times()
    found = _shown(functions, run.after["simplified"], run.diagnostics)
    constants = kept_apart(found.constants) if run.buffers else found.constants
    has_all = not run.wide_parts and all(function.name in run.flat for function in functions)
    flat = tuple(run.flat[function.name] for function in functions) if has_all else ()
    flat = tuple(whole) if has_all and run.parallel else flat
    return replace(found, constants=constants, warned=bool(run.warned), parts=flat)


def _shown(
    functions: list[ir.Function], simplified: ir.Function, diagnostics: Diagnostics
) -> Generated:
    """Return the source of functions, the first of which is called from outside."""
    texts, constants = [], dict(HELPERS)
    classes = classes_of_results(functions)
    line_map: dict[int, ir.Span] = {}
    above = 0
    for function in functions:
        with firstcall.stage(firstcall.TEXT):
            text, spans = show(function, classes=classes)
        line_map |= {line + above: span for line, span in spans.items()}
        above += text.count("\n") + 2
        texts.append(text)
        constants |= dict(function.constants)
        constants |= outside_functions(function)
        for own, helper in series_functions(function).items():
            assert constants.setdefault(own, helper) is helper
    constants |= {name: made_class(record) for record, name in classes.items()}
    source, name = "\n\n".join(texts), functions[0].name
    vectors = has_vector_loops(functions)
    return Generated(simplified, source, line_map, name, constants, vectors, diagnostics)


def each_step(
    func: object, kind: Kind, arg_types: tuple[Type, ...], wrt: tuple[int, ...], **options: Any
) -> Iterator[tuple[Step, ir.Function]]:
    """Yield each step that has something to do, and the program after it."""
    run = Derivation(DerivativeSpec(func, kind, wrt, **options), arg_types, STEPS)
    while run.at < len(STEPS):
        step = run.advance()
        if step.name in run.done:
            yield step, run.function


def stages(
    func: object, kind: Kind, arg_types: tuple[Type, ...], wrt: tuple[int, ...], **options: Any
) -> Iterator[tuple[str, ir.Function]]:
    """Yield the name of every stage, and the program after it."""
    last: tuple[str, ir.Function] | None = None
    for step, function in each_step(func, kind, arg_types, wrt, **options):
        if last is not None and last[0] != step.stage:
            yield last
        last = step.stage, function
    if last is not None:
        yield last


def planned(func: object, kind: Kind, arg_types: tuple[Type, ...], wrt: tuple[int, ...]) -> str:
    """Return what the cheapest plan for the way back of a function keeps, in words."""
    run = Derivation(DerivativeSpec(func, kind, wrt), arg_types, STEPS)
    with undisturbed(func):
        function = run.until("carried")
        is_one = kind in {"grad", "value_and_grad"}
        return shown(plan(function, values(function), wrt, seeded=is_one))


def stage(
    func: object, kind: Kind, arg_types: tuple[Type, ...], wrt: tuple[int, ...], name: str
) -> str:
    """Return the text of the program after one stage, or after one step.

    Raises ValueError for what does not exist.
    """
    found: dict[str, ir.Function] = {}
    for step, function in each_step(func, kind, arg_types, wrt):
        found[step.name] = found[step.stage] = function
    if name not in found:
        message = f"there is no stage '{name}'; the stages and their steps are {', '.join(found)}"
        raise ValueError(message)
    return show(found[name])[0]
