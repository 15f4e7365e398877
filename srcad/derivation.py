"""One derivation: the steps of the pipeline, applied one after the other.

Whoever looks at a derivation looks here: the program after each step can be printed
(`SRCAD_SHOW`), checked (`SRCAD_VERIFY`) and timed (`SRCAD_TIME`), and facts about a program
are found once, however many steps ask for them.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from operator import is_
from types import FunctionType
from typing import Any, TypeVar
from weakref import proxy, ref

from srcad.analysis.vector_sweeps import VectorLoops, vector_loops
from srcad.arguments import check_differentiable, parameter_names
from srcad.beginnings import Beginning, Beginnings, are_plain
from srcad.diagnostics import Diagnostics
from srcad.errors import NotDifferentiable, Problem
from srcad.frontend.syntax.opened import hiding
from srcad.frontend.types.typing import argument_types, infer
from srcad.ir import nodes as ir
from srcad.ir.known import forget
from srcad.ir.show import show
from srcad.ir.types import Array, Scalar, Type
from srcad.ir.verify import check, check_bound
from srcad.ir.walk import statements
from srcad.options import Checks, shown_stages, shows_times, verifies
from srcad.passes.building.callees import Derived, LoopRun
from srcad.passes.building.custom_calls import CustomCall, RulePart, is_again
from srcad.passes.directions.widened import widened
from srcad.passes.series.calls import check_followed
from srcad.passes.series.series import series_of_call
from srcad.program import Program, flat
from srcad.rules.linalg import Whole
from srcad.spec import DRIVERS, PATTERNS, REVERSE, VALUES, DerivativeSpec, Sweep, own_positions

NOTHING = ir.Function("", (), (), ())
"""What the first step is given."""

MODES = ("tangent", "adjoint")
INLINES = "scalarised.inline"
"""What becomes part of the program here was checked by itself: it may read as its user does."""
NO_WHOLES = "scalarised.loops"
"""From this step on, no statement writes several elements at once."""

COMMON = (NO_WHOLES, "prepared.compared")
"""Before these steps, the program is one that other derivatives of the function start from."""

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One pass at one place in the order of all passes.

    name: `stage.pass`, or the stage alone if it is one pass.
    apply: returns the program after the step. when: whether it is done at all.
    reorders: whether sums of ours (`Accum.any_order`) may be added up in another order. All
    else that the program computes stays what it was, bit for bit, unless the step is a mode.
    """

    name: str
    apply: Callable[[ir.Function, Derivation], ir.Function]
    when: Callable[[Derivation], bool] = lambda _: True
    reorders: bool = False

    @property
    def stage(self) -> str:
        """Return the stage that the step is part of."""
        return self.name.partition(".")[0]


@dataclass(slots=True, eq=False, weakref_slot=True)
class Derivation:
    """The steps on the way to one derivative, and what is known on the way.

    is_own_call: the function itself is wanted, which writes its arguments as ever.
    carries_several: whether the sweeps that it calls may carry several directions at once,
    which cannot be differentiated again.
    parallel: whether loops that are proved parallel run in blocks.
    reorders_sums: whether the user's sums may be added up in another order.
    checks: which indices are tested unless they are known to be inside.
    buffers: types of arrays that the results of a gradient are written into.
    warned: what the user was warned of.
    at: how many steps are behind. function: the program after them.
    after: the program after each step, by its name, and after each stage.
    done: the steps that had something to do. changed: those that did it.
    is_of_mode: whether the program before the mode depends on which mode it is.
    settled: the program that a pass has left as it was, by the pass and what it is told.
    flat: functions of the program before they were refolded.
    called, runs: derivatives that it calls, and how they were derived; all that are on the way
    to it share them. beginnings: what they share of one function.
    kept: the user's functions that are called rather than inlined.
    """

    spec: DerivativeSpec
    arg_types: tuple[Type, ...]
    steps: tuple[Step, ...]
    is_own_call: bool = False
    carries_several: bool = False
    parallel: bool = False
    reorders_sums: bool = False
    checks: Checks = "writes"
    buffers: tuple[Array, ...] = ()
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    warned: list[str] = field(default_factory=list)
    at: int = 0
    function: ir.Function = NOTHING
    after: dict[str, ir.Function] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    is_of_mode: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    facts: dict[tuple[object, int], Any] = field(default_factory=dict)
    settled: dict[object, ir.Function] = field(default_factory=dict)
    flat: dict[str, ir.Function] = field(default_factory=dict)
    called: dict[object, ir.Function] = field(default_factory=dict)
    runs: dict[object, Derivation] = field(default_factory=dict)
    beginnings: Beginnings = field(default_factory=dict)
    wide: dict[tuple[object, tuple[Type, ...]], ir.Function | None] = field(default_factory=dict)
    wide_parts: dict[str, ir.Function] = field(default_factory=dict)
    along_one: dict[tuple[object, tuple[Type, ...]], ir.Function] = field(default_factory=dict)
    kept: frozenset[FunctionType] = frozenset()
    program: Program = field(init=False)

    def __post_init__(self) -> None:
        """Let the types of calls be found by this derivation."""
        run = proxy(self)  # nothing refers to what it is part of: all of it is freed at once

        def derived_types(func: object, types: tuple[Type, ...]) -> tuple[Type, ...]:
            found: tuple[Type, ...] = run.derived_types(func, types)
            return found

        self.program = Program(derived_types, self.kept)

    # Steps ------------------------------------------------------------------------------

    def until(self, name: str) -> ir.Function:
        """Return the program after a step or a stage, doing what has not been done."""
        shares = self.shares_beginnings()
        if shares and not self.at:
            self.begin()
        while name not in self.after:
            if shares and self.steps[self.at].name in COMMON:
                self.keep()
            self.advance()
        return self.after[name]

    def shares_beginnings(self) -> bool:
        """Return whether the program before the mode is that of other derivatives, too."""
        func, kind = self.spec.func, self.spec.kind
        if kind in DRIVERS or kind in PATTERNS or isinstance(func, LoopRun | RulePart):
            return False
        if self.kept:
            return False
        return are_plain(self.arg_types) and not (shown_stages() or shows_times())

    def keys(self) -> list[Hashable]:
        """Return the keys of beginnings, those that reach farthest first.

        Operations on whole arrays become loops in a way that may depend on the mode, and
        does on whether there is one.
        """
        last, kind = COMMON[-1], self.spec.kind
        modes, has_mode = (kind in VALUES, kind in REVERSE), kind not in VALUES
        places = ((last, modes), (last, has_mode), (last, None), (COMMON[0], None))
        func = self.spec.func
        known = ref(func) if isinstance(func, FunctionType) else func  # it may go
        return [(known, self.arg_types, place) for place in places]

    def begin(self) -> None:
        """Start from what another derivation has found."""
        for key in self.keys():
            known = self.beginnings.get(key)
            if known is not None:
                self.at, self.function, self.after = known.at, known.function, dict(known.after)
                self.done, self.changed = list(known.done), set(known.changed)
                self.is_of_mode = known.is_of_mode
                self.settled = dict(known.settled)
                return

    def keep(self) -> None:
        """Let other derivations start from here."""
        of_mode, of_modes, of_all, early = self.keys()
        key = early
        if self.steps[self.at].name == COMMON[-1]:
            has_wholes = NO_WHOLES in self.done
            key = of_mode if self.is_of_mode else of_modes if has_wholes else of_all
        found = (dict(self.after), tuple(self.done), frozenset(self.changed), dict(self.settled))
        self.beginnings[key] = Beginning(self.at, self.function, *found, self.is_of_mode)

    def advance(self) -> Step:
        """Do the next step, if it has anything to do here, and return it."""
        step = self.steps[self.at]
        self.at += 1
        if step.when(self):
            self.function = self.step(step, self.function)
        self.after[step.name] = self.function
        if self.at == len(self.steps) or self.steps[self.at].stage != step.stage:
            self.after[step.stage] = self.function
            if step.name != step.stage and self.has_stage(step.stage):
                show_stage(step.stage, self.function)
        return step

    def step(self, step: Step, function: ir.Function) -> ir.Function:
        """Return the program after a step; `function` itself if the step changes nothing."""
        started = time.perf_counter()
        new = step.apply(function, self)
        passed = time.perf_counter() - started
        self.seconds[step.name] = self.seconds.get(step.name, 0.0) + passed
        self.done.append(step.name)
        if _is_same(new, function):
            new = function
        else:
            self.changed.add(step.name)
            if verifies():
                self.verify(step, new)
            checked = verifies() and step.name != INLINES
            if function is not NOTHING and (checked or step.name in MODES):
                check_bound(new, step.name, function)
        show_stage(step.name, new)
        return new

    def verify(self, step: Step, function: ir.Function) -> None:
        """Raise InternalError if the program after a step is not well-formed."""
        wholes = NO_WHOLES not in self.after and step.name != NO_WHOLES
        check(function, step.name, flat=step.stage != "refolded", wholes=wholes)

    def finished(self, function: ir.Function) -> ir.Function:
        """Return a function of the program after the steps that are left."""
        for step in self.steps[self.at :]:
            if step.stage == "refolded":
                self.flat.setdefault(function.name, function)
            function = self.step(step, function)
        show_stage("refolded", function)
        return function

    def has_stage(self, name: str) -> bool:
        """Return whether any step of a stage was done."""
        return any(done.partition(".")[0] == name for done in self.done)

    def fact(self, find: Callable[[ir.Function], Fact], function: ir.Function) -> Fact:
        """Return what `find` finds about a program, which nobody changes: nodes are frozen."""
        return self.found(lambda program, _: find(program), function, find)

    def found(
        self,
        find: Callable[[ir.Function, Derivation], Fact],
        function: ir.Function,
        name: object = None,
    ) -> Fact:
        """Return what `find` finds on the way to this derivative; a fact by the name of it."""
        key = (name or find, id(function))
        if key not in self.facts:
            self.facts[key] = (function, find(function, self))
        found: Fact = self.facts[key][1]
        return found

    def print_times(self) -> None:
        """Print how long each step took, if `SRCAD_TIME` asks for it."""
        if not shows_times():
            return
        total = sum(self.seconds.values())
        lines = [f"{name:28}{1000 * spent:10.2f} ms" for name, spent in self.seconds.items()]
        lines.append(f"{self.spec.kind:28}{1000 * total:10.2f} ms")
        print("\n".join(lines), file=sys.stderr)  # noqa: T201  (what SRCAD_TIME asks for)

    # What steps ask for -----------------------------------------------------------------

    def another(self, spec: DerivativeSpec, types: tuple[Type, ...]) -> Derivation:
        """Return a derivation on the way to this one; it warns for both."""
        return Derivation(
            *(spec, types, self.steps),
            checks=self.checks,
            parallel=self.parallel,
            reorders_sums=self.reorders_sums,
            warned=self.warned,
            called=self.called,
            runs=self.runs,
            beginnings=self.beginnings,
            kept=self.kept,
        )

    def inner(self, spec: DerivativeSpec, types: tuple[Type, ...]) -> Derivation:
        """Return the derivation of another derivative, for arguments that start with these."""
        return self.another(spec, types[: _count(spec)])

    def called_derivative(self, stmt: ir.Call) -> ir.Function | None:
        """Return the IR of a derivative that the user's function calls."""
        spec = getattr(stmt.function, "__srcad_derivative__", None)
        called = stmt.function
        is_looked_into = self.spec.kind in PATTERNS and is_again(called)
        if spec is None or spec.width > 1:
            return None
        if isinstance(called, Derived | CustomCall) and not is_looked_into:
            return None
        types = argument_types(stmt.args)
        if spec.kind in {"grad", "value_and_grad", *DRIVERS}:
            _check_floats(stmt, spec, types)
        return self.derivative(stmt.function, types)

    def derivative(self, func: object, types: tuple[Type, ...]) -> ir.Function:
        """Return the IR of a derivative object for these argument types."""
        spec: DerivativeSpec = func.__srcad_derivative__  # type: ignore[attr-defined]
        own = func.own if isinstance(func, Sweep) else None
        return self.of_own(func, own or types[: _count(spec)])

    def of_own(self, func: object, types: tuple[Type, ...]) -> ir.Function:
        """Return the IR of a derivative object for the types of its function's arguments."""
        key = (func, types)
        if key not in self.called:
            spec: DerivativeSpec = func.__srcad_derivative__  # type: ignore[attr-defined]
            run = self.runs[spec, types] = self.another(spec, types)
            self.called[key] = run.until("simplified")
        return self.called[key]

    def derived_types(self, func: object, types: tuple[Type, ...]) -> tuple[Type, ...]:
        """Return the result types of a derivative object."""
        returns = self.derivative(func, types).returns
        found = tuple(atom.type for atom in returns if atom.type is not None)
        spec: DerivativeSpec = func.__srcad_derivative__  # type: ignore[attr-defined]
        return found if spec.width == 1 else tuple(map(_with_axis, found))

    def helper(self, spec: DerivativeSpec, types: tuple[Type, ...], name: str) -> ir.Function:
        """Return a function that the derivative calls by name."""
        if spec.kind == "taylor":
            run = self.inner(spec, types)
            check_followed(run.until("prepared"))
            return replace(series_of_call(run.until("taped"), spec.wrt), name=name)
        if spec.width == 1:
            run = self.runs.get((spec, types[: _count(spec)])) or self.inner(spec, types)
            found = run.until("taped")
            if spec.kind == "adjoint":  # to be cut: what crosses needs a type
                found = infer(found, run.program.call_types)
            return replace(found, name=name)
        wide = next(part for (known, _), part in self.wide.items() if known is spec)
        assert wide is not None
        self.wide_parts[name] = replace(wide, name=name)
        return replace(wide, name=name, body=())

    def along_several(self, spec: DerivativeSpec, types: tuple[Type, ...]) -> ir.Function | None:
        """Return a derivative along several directions at once, None where there is none.

        types: of the arguments of its function.
        """
        key = (spec, types)
        if key not in self.wide:
            run = self.another(spec, types)
            function = flat(run.finished(run.until("taped")))
            given = -(_count(spec) or 0)
            calls = (s for s in statements(function.body) if isinstance(s, ir.Call))
            alone = all(isinstance(s.function, Whole) for s in calls)
            self.wide[key] = widened(function, given, spec.width) if alone else None
            self.along_one[key] = function
        return self.wide[key]

    def vector_loops(
        self, spec: DerivativeSpec, types: tuple[Type, ...], called: Sequence[str]
    ) -> VectorLoops | None:
        """Return the loops of a derivative that runs in vectors along one direction.

        called: the names of arguments. `along_several` has been asked for it before.
        """
        return vector_loops(self.along_one[spec, types], called)


def _check_floats(stmt: ir.Call, spec: DerivativeSpec, types: tuple[Type, ...]) -> None:
    """Raise NotDifferentiable where a derivative by something that is no float is called."""
    own, names = own_positions(spec, len(types)), parameter_names(spec.func)
    for position in spec.wrt:
        try:
            check_differentiable(types[own[position]], names[position])
        except TypeError as error:
            problem = Problem("E405", str(error).partition(";")[0], "pass a float", stmt.span)
            raise NotDifferentiable.from_problems([problem]) from None


def show_stage(name: str, function: ir.Function) -> None:
    """Print the program after a step or a stage, if `SRCAD_SHOW` asks for it."""
    if any(fnmatchcase(name, pattern) for pattern in shown_stages()):
        print(f"# {name}\n{show(function)[0]}")  # noqa: T201  (what SRCAD_SHOW asks for)


def _is_same(new: ir.Function, old: ir.Function) -> bool:
    """Return whether a step has left everything as it was."""
    if new is old:
        return True
    parts = ((new.body, old.body), (new.params, old.params), (new.returns, old.returns))
    return (
        all(len(a) == len(b) and all(map(is_, a, b)) for a, b in parts)
        and new.constants is old.constants
        and (new.name, new.result) == (old.name, old.result)
    )


def _with_axis(type_: Type) -> Type:
    """Return the type of one result for each direction: the last axis is theirs."""
    if isinstance(type_, Array):
        return Array(type_.dtype, type_.ndim + 1)
    assert isinstance(type_, Scalar)
    return Array(type_.dtype, 1)


def _count(spec: DerivativeSpec) -> int | None:
    """Return how many parameters the function behind a derivative has."""
    cotangents = 1 if spec.cotangents is None else spec.cotangents
    extra = {
        "primal": 0,
        "tangent": len(spec.wrt),
        "adjoint": cotangents,
        "pullback": cotangents,
        "taylor": len(spec.wrt) + 1,
    }.get(spec.kind, 0)
    return -extra or None


@contextmanager
def undisturbed(func: object) -> Iterator[None]:
    """Pause the garbage collector: the stages make many small objects and no cycles.

    What was found out about these is forgotten at the end. func: what is differentiated.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        with hiding(func):
            yield
    finally:
        forget()
        if was_on:
            gc.enable()
