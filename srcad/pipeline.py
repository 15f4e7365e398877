"""From a Python function to derivative source: the stages, in order.

    lower      Python's ast becomes IR, helpers inlined
    typed      a type on every name
    scalarised operations on whole arrays become loops over their elements
    prepared   repeated reads are one, sizes move out of loops, loops over the same are one
    carried    arrays that loops replace are copied into ones that they keep (reverse mode)
    tangent    forward mode, or
    adjoint    reverse mode, or
    evaluation the function itself, on copies of what it writes
    retyped    types for what the mode has added
    simplified zeros, copies and dead code removed
    gathered   additions to neighbours become one sum per element
    taped      stacks become arrays
    refolded   temporaries folded into expressions

Each stage is a function from IR to IR; `stages` yields all of them, for printing and for
tests. Derivatives of derivatives start from the `simplified` IR of the first derivative.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from srcad.analysis.vectors import has_vector_loops
from srcad.backend import runtime
from srcad.diagnostics import Diagnostics
from srcad.frontend.lower import lower
from srcad.frontend.typing import argument_types, infer
from srcad.ir import nodes as ir
from srcad.ir.show import show
from srcad.ir.types import FLOATS, Array, Scalar, Type
from srcad.ir.verify import check, check_bound
from srcad.ir.walk import all_names, param_vars
from srcad.options import shown_stages, verifies
from srcad.passes.borrow import borrow
from srcad.passes.calls import Derived
from srcad.passes.carried import carry_by_copies
from srcad.passes.carry import carry
from srcad.passes.dead import remove_dead
from srcad.passes.direct_sums import add_directly
from srcad.passes.divisors import checked_divisors
from srcad.passes.evaluation import evaluation, values_only
from srcad.passes.first_values import first_values
from srcad.passes.forward import forward
from srcad.passes.functional import functional
from srcad.passes.fuse import fuse
from srcad.passes.gather import gather
from srcad.passes.guards import relax_guards
from srcad.passes.handover import hand_over
from srcad.passes.hoist import hoist
from srcad.passes.inline import inline
from srcad.passes.made_up import is_derivative
from srcad.passes.refold import refold
from srcad.passes.reverse import reverse
from srcad.passes.scalarise import is_whole, scalarise
from srcad.passes.simplify import simplify
from srcad.passes.sizes import resolve_sizes
from srcad.passes.tape import tape
from srcad.passes.work_arrays import work_arrays
from srcad.program import Program, closed, flat
from srcad.rules.linalg import known_axes
from srcad.spec import DerivativeSpec, Kind

HELPERS: dict[str, object] = {helper.__name__: helper for helper in runtime.HELPERS}


@dataclass(frozen=True, slots=True)
class Generated:
    """Derivative source for one signature, and what it was made from.

    function: the IR that derivatives of this derivative start from.
    line_map: the user's place of each generated line.
    constants: captured arrays and helpers, by the name that the source uses.
    has_vector_loops: whether elementary functions are in loops that may become vectors.
    """

    function: ir.Function
    source: str
    line_map: dict[int, ir.Span]
    name: str
    constants: dict[str, object]
    has_vector_loops: bool
    diagnostics: Diagnostics = field(default_factory=Diagnostics)


def derive(
    func: object,
    kind: Kind,
    arg_types: tuple[Type, ...],
    wrt: tuple[int, ...],
    *,
    bare: bool = False,
    has_aux: bool = False,
) -> Generated:
    """Return the source of one derivative of `func` for these argument types.

    Raises NotDifferentiable for what has no derivative, TypeError for a gradient of
    something that is not one float.
    """
    run = _Run(DerivativeSpec(func, kind, wrt, bare, has_aux), arg_types)
    with _without_collector():
        found = run.until("refolded" if verifies() or shown_stages() else "taped")
        return _generated(run, found["taped"], found["simplified"])


def fused(func: object, arg_types: tuple[Type, ...]) -> Generated | None:
    """Return the function itself with its operations on whole arrays as loops.

    None if it has no such operations. It writes its arguments as the function does.
    Raises NotDifferentiable for what is not accepted.
    """
    run = _Run(DerivativeSpec(func, "primal", ()), arg_types)
    with _without_collector():
        found = dict(run.primal_stages())
        if not is_whole(found["typed"]):
            return None
        function = simplify(values_only(found["prepared"]), derivatives=())
        return _generated(run, infer(tape(function), run.program.call_types), function)


def _generated(run: _Run, taped: ir.Function, simplified: ir.Function) -> Generated:
    """Return the source of a function and of all that it calls."""
    functions = [refold(part) for part in closed(taped, run.helper)]
    texts, constants = [], dict(HELPERS)
    line_map: dict[int, ir.Span] = {}
    above = 0
    for function in functions:
        text, spans = show(function)
        line_map |= {line + above: span for line, span in spans.items()}
        above += text.count("\n") + 2
        texts.append(text)
        constants |= dict(function.constants)
    source = "\n\n".join(texts)
    name = functions[0].name
    vectors = has_vector_loops(functions)
    return Generated(simplified, source, line_map, name, constants, vectors, run.diagnostics)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the garbage collector: the stages make many small objects and no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def stages(
    func: object, kind: Kind, arg_types: tuple[Type, ...], wrt: tuple[int, ...], **options: Any
) -> Iterator[tuple[str, ir.Function]]:
    """Yield the name and the IR of every stage."""
    yield from _Run(DerivativeSpec(func, kind, wrt, **options), arg_types).stages()


def stage(
    func: object, kind: Kind, arg_types: tuple[Type, ...], wrt: tuple[int, ...], name: str
) -> str:
    """Return the text of one stage. Raises ValueError for a stage that does not exist."""
    found = dict(stages(func, kind, arg_types, wrt))
    if name not in found:
        message = f"there is no stage '{name}'; the stages are {', '.join(found)}"
        raise ValueError(message)
    return show(found[name])[0]


@dataclass(slots=True)
class _Run:
    """One derivation."""

    spec: DerivativeSpec
    arg_types: tuple[Type, ...]
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    called: dict[object, ir.Function] = field(default_factory=dict)
    program: Program = field(init=False)

    def __post_init__(self) -> None:
        """Let the types of calls be found by this run."""
        self.program = Program(self.derived_types)

    def stages(self) -> Iterator[tuple[str, ir.Function]]:
        function: ir.Function | None = None
        for name, function in self._stages():
            if verifies():
                _verify(function, name)
            elif name in {"tangent", "adjoint"}:
                check_bound(function, name)
            if name in shown_stages():
                print(f"# {name}\n{show(function)[0]}")  # noqa: T201  (what SRCAD_SHOW asks for)
            yield name, function

    def is_reverse(self) -> bool:
        """Return whether this is a derivative in reverse mode."""
        return self.spec.kind not in {"primal", "tangent"}

    def until(self, last: str) -> dict[str, ir.Function]:
        """Return the stages up to `last` by name."""
        found: dict[str, ir.Function] = {}
        for name, function in self.stages():
            found[name] = function
            if name == last:
                break
        return found

    def _stages(self) -> Iterator[tuple[str, ir.Function]]:
        function = ir.Function("", (), (), ())
        for name, function in self.primal_stages():
            yield name, function
        if self.spec.kind != "primal":
            known = all_names(function)
            for name, function in self.derivative_stages(function):  # noqa: B020 (the last one)
                yield name, function
            function = relax_guards(function, all_names(function) - known)
        else:
            function = infer(evaluation(function), self.program.call_types)
            yield "evaluation", function
            function = simplify(function, derivatives=())
            yield "simplified", function
        function = add_directly(gather(function))
        yield "gathered", function
        function = fuse(work_arrays(borrow(function)), (), apart=True)
        function = tape(carry(remove_dead(function)))
        yield "taped", function
        yield "refolded", refold(function)

    def primal_stages(self) -> Iterator[tuple[str, ir.Function]]:
        """Yield the stages of what is differentiated: a function, or a derivative of one."""
        func, types = self.spec.func, self.arg_types
        spec = getattr(func, "__srcad_derivative__", None)
        if spec is None:
            function = lower(func, types)
        else:
            function = _Run(spec, types[: _count(spec)]).until("simplified")["simplified"]
        if isinstance(func, Derived):
            function = flat(function)
        yield "lower", function
        function = infer(function, self.program.call_types, arrays_apart=True)
        yield "typed", function
        function = checked_divisors(function) if spec is None else function
        function = inline(function, self.called_derivative)
        function = functional(function, self.program.written)
        apart, users = self.spec.kind != "primal", None
        if is_whole(function):
            users = all_names(function)
            ranks = [t.ndim if isinstance(t, Array) else 0 for t in types]
            axes = known_axes(func, ranks)
            function = scalarise(function, axes, apart=apart, one_shape=self.is_reverse())
            function = infer(function, self.program.call_types)
        yield "scalarised", function
        function = hoist(simplify(function, derivatives=()))
        if users is not None:
            fused = fuse(function, users, apart=apart)
            function = function if fused is function else simplify(fused, derivatives=())
        yield "prepared", function

    def called_derivative(self, stmt: ir.Call) -> ir.Function | None:
        """Return the IR of a derivative that the user's function calls."""
        spec = getattr(stmt.function, "__srcad_derivative__", None)
        if spec is None or isinstance(stmt.function, Derived):
            return None
        return self.derivative(stmt.function, argument_types(stmt.args))

    def derivative(self, func: object, types: tuple[Type, ...]) -> ir.Function:
        """Return the IR of a derivative object for these argument types."""
        key = (id(func), types)
        if key not in self.called:
            spec: DerivativeSpec = func.__srcad_derivative__  # type: ignore[attr-defined]
            run = _Run(spec, types[: _count(spec)])
            self.called[key] = run.until("simplified")["simplified"]
        return self.called[key]

    def derived_types(self, func: object, types: tuple[Type, ...]) -> tuple[Type, ...]:
        """Return the result types of a derivative object."""
        returns = self.derivative(func, types).returns
        return tuple(atom.type for atom in returns if atom.type is not None)

    def helper(self, spec: DerivativeSpec, types: tuple[Type, ...], name: str) -> ir.Function:
        """Return a function that the derivative calls by name."""
        run = _Run(spec, types[: _count(spec)] if spec.kind != "primal" else types)
        return replace(run.until("taped")["taped"], name=name)

    def derivative_stages(self, function: ir.Function) -> Iterator[tuple[str, ir.Function]]:
        """Yield the stages of the derivative of `function`."""
        spec = self.spec
        known = all_names(function)
        if spec.kind == "tangent":
            function = forward(function, spec.wrt)
            yield "tangent", function
        else:
            seeded = spec.kind in {"grad", "value_and_grad"}
            if seeded:
                check_scalar_result(function, has_aux=spec.has_aux)
            carried = carry_by_copies(first_values(function))
            if carried is not function:
                function = infer(carried, self.program.call_types, arrays_apart=True)
                function = hoist(simplify(resolve_sizes(function), derivatives=()))
            yield "carried", function
            function, notes = reverse(
                function,
                spec.wrt,
                seeded=seeded,
                value=spec.kind not in {"grad", "pullback"} or spec.has_aux,
                bare=spec.bare,
                apart=spec.cotangents is not None,
            )
            self.diagnostics = Diagnostics(tuple(notes))
            if spec.kind == "grad" and spec.has_aux:
                function = replace(function, result=_gradient_and_aux(function.result))
            yield "adjoint", function
        strided = any(
            isinstance(v.type, Array) and v.type.layout == "A" for v in param_vars(function.params)
        )
        function = infer(function, self.program.call_types, names_are_typed=not strided)
        yield "retyped", function
        ours = {name for name in all_names(function) - known if is_derivative(name)}
        yield "simplified", simplify(hand_over(function), ours)


def _count(spec: DerivativeSpec) -> int | None:
    """Return how many parameters the function behind a derivative has."""
    cotangents = 1 if spec.cotangents is None else spec.cotangents
    extra = {"tangent": len(spec.wrt), "adjoint": 1, "pullback": cotangents}.get(spec.kind, 0)
    return -extra or None


def check_scalar_result(function: ir.Function, *, has_aux: bool) -> None:
    """Raise TypeError unless the function returns one float (and something beside it)."""
    result = function.result
    if has_aux:
        if not (isinstance(result, tuple) and len(result) == 2 and result[0] == 0):
            message = f"has_aux=True: '{function.name}' must return (value, aux)"
            raise TypeError(message)
        result = 0
    type_ = function.returns[0].type if function.returns else None
    if result != 0 or not isinstance(type_, Scalar) or type_.dtype not in FLOATS:
        given = "nothing" if not function.returns else f"{type_}"
        if isinstance(result, tuple):
            given = f"a tuple of {len(result)}"
        message = (
            f"the gradient is of one float, but '{function.name}' returns {given}; "
            "use vjp or jvp for other outputs"
        )
        raise TypeError(message)


def _gradient_and_aux(result: object) -> object:
    assert isinstance(result, tuple)
    (_, aux), gradient = result
    return (gradient, aux)


def _verify(function: ir.Function, name: str) -> None:
    check(function, name, flat=name != "refolded", wholes=name in {"lower", "typed"})
