"""From a Python function to derivative source: the stages, in order.

    lower      Python's ast becomes IR, helpers inlined
    typed      a type on every name
    prepared   repeated reads are one, sizes move out of loops
    tangent    forward mode, or
    adjoint    reverse mode, or
    evaluation the function itself, on copies of what it writes
    retyped    types for what the mode has added
    simplified zeros, copies and dead code removed
    taped      stacks become arrays
    refolded   temporaries folded into expressions

Each stage is a function from IR to IR; `stages` yields all of them, for printing and for
tests. Derivatives of derivatives start from the `simplified` IR of the first derivative.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from srcad.backend import runtime
from srcad.diagnostics import Diagnostics
from srcad.frontend.lower import lower
from srcad.frontend.typing import infer
from srcad.ir import nodes as ir
from srcad.ir.show import show
from srcad.ir.types import FLOATS, Scalar, Type
from srcad.ir.walk import statements
from srcad.options import shown_stages, verifies
from srcad.passes.evaluation import evaluation
from srcad.passes.forward import forward
from srcad.passes.hoist import hoist
from srcad.passes.refold import refold
from srcad.passes.reverse import reverse
from srcad.passes.simplify import simplify
from srcad.passes.tape import tape
from srcad.spec import DerivativeSpec, Kind

HELPERS: dict[str, object] = {helper.__name__: helper for helper in runtime.HELPERS}


@dataclass(frozen=True, slots=True)
class Generated:
    """Derivative source for one signature, and what it was made from.

    function: the IR that derivatives of this derivative start from.
    line_map: the user's place of each generated line.
    constants: captured arrays and helpers, by the name that the source uses.
    """

    function: ir.Function
    source: str
    line_map: dict[int, ir.Span]
    name: str
    constants: dict[str, object]
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
    spec = DerivativeSpec(func, kind, wrt, bare, has_aux)
    run = _Run(spec, arg_types)
    simplified = last = None
    for name, function in run.stages():
        last = function
        if name == "simplified":
            simplified = function
    assert simplified is not None
    assert last is not None
    source, line_map = show(last)
    used = {s.name for s in statements(last.body) if isinstance(s, ir.Call)}
    constants: dict[str, object] = {**HELPERS, **dict(last.constants)}
    assert not used
    return Generated(simplified, source, line_map, last.name, constants, run.diagnostics)


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

    def stages(self) -> Iterator[tuple[str, ir.Function]]:
        function: ir.Function | None = None
        for name, function in self._stages():
            if verifies():
                _verify(function, name)
            if name in shown_stages():
                print(f"# {name}\n{show(function)[0]}")  # noqa: T201  (what SRCAD_SHOW asks for)
            yield name, function

    def _stages(self) -> Iterator[tuple[str, ir.Function]]:
        function = None
        for name, function in primal_stages(self.spec.func, self.arg_types):
            yield name, function
        assert function is not None
        if self.spec.kind != "primal":
            for name, function in self.derivative_stages(function):
                yield name, function
        else:
            function = infer(evaluation(function))
            yield "evaluation", function
            function = simplify(function)
            yield "simplified", function
        function = infer(tape(function))
        yield "taped", function
        yield "refolded", refold(function)

    def derivative_stages(self, function: ir.Function) -> Iterator[tuple[str, ir.Function]]:
        spec = self.spec
        if spec.kind == "tangent":
            function = forward(function, spec.wrt)
            yield "tangent", function
        else:
            seeded = spec.kind in {"grad", "value_and_grad"}
            if seeded:
                check_scalar_result(function, has_aux=spec.has_aux)
            function, notes = reverse(
                function,
                spec.wrt,
                seeded=seeded,
                value=spec.kind != "grad" or spec.has_aux,
                bare=spec.bare,
            )
            self.diagnostics = Diagnostics(tuple(notes))
            if spec.kind == "grad" and spec.has_aux:
                function = replace(function, result=_gradient_and_aux(function.result))
            yield "adjoint", function
        function = infer(function)
        yield "retyped", function
        function = simplify(function)
        yield "simplified", function


def primal_stages(
    func: object, arg_types: tuple[Type, ...]
) -> Iterator[tuple[str, ir.Function]]:
    """Yield the stages of what is differentiated: a function, or a derivative of one."""
    spec = getattr(func, "__srcad_derivative__", None)
    if spec is None:
        function = lower(func, arg_types)
        yield "lower", function
        function = infer(function)
        yield "typed", function
        yield "prepared", hoist(simplify(function))
        return
    found = None
    for name, function in _Run(spec, arg_types[: _count(spec)]).stages():
        if name == "simplified":
            found = function
    assert found is not None
    yield "lower", found
    yield "typed", infer(found)


def _count(spec: DerivativeSpec) -> int | None:
    """Return how many parameters the function behind a derivative has."""
    extra = {"tangent": len(spec.wrt), "adjoint": 1}.get(spec.kind, 0)
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
    from srcad.ir.verify import check  # used only when asked for

    check(function, name, flat=name != "refolded")
