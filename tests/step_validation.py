"""Every step of a derivation is compared with the program that it was given.

The program before a step and the one after it are printed and run as plain Python on the same
arguments, with arrays that watch (`tests.watched`). What they return, what they write and what
they raise has to be equal to the bit. Three exceptions:

* A step that reorders sums of ours may change results as much as rounding each term anew does:
  both programs are run again with every term of such a sum off by a few units in the last place.
* In derivatives a zero has no sign.
* `typed` is compared with the user's own function: with the arithmetic and the loops of NumPy,
  where the program has Numba's types (`float32` times a number) and loops of its own.

The step that adds the mode is compared by the values that come with the derivative, and where
a tolerance is given, the derivatives with those of dual numbers (`tests.oracle`).
"""

from __future__ import annotations

import inspect
import itertools
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numba
import numpy as np

from srcad.arguments import is_differentiable
from srcad.backend.twin import twin_code
from srcad.derivation import Derivation, Step
from srcad.frontend.types.numba_types import from_numba
from srcad.frontend.types.typing import infer
from srcad.ir import nodes as ir
from srcad.ir.records import made_class
from srcad.ir.show import show
from srcad.ir.types import FLOATS, Array, Scalar, Type
from srcad.ir.walk import call_leaves, map_block, statements
from srcad.passes.arrays.scalarise import is_whole
from srcad.passes.building.outputs import map_leaves, outputs
from srcad.passes.modes.evaluation import evaluation
from srcad.pipeline import HELPERS, STEPS
from srcad.program import classes_of_results, closed
from srcad.rules.linalg import Whole
from srcad.spec import DerivativeSpec, Kind
from tests.harness import (
    assert_close,
    expected_cotangents,
    outputs_of_run,
    plain,
    plain_function,
    random_tangents,
)
from tests.oracle import dual_jvp, leaves
from tests.watched import WatchedNumpy, fresh, watched, watching
from tests.whole_arrays import SPACE, WholeMath, WholeNumpy, runnable

MODES = {"tangent", "adjoint"}
TYPING = {"typed", "scalarised.types", "carried.types", "retyped", "taped.types"}
SECONDS = 20
"""So much processor time may a run take."""
NUMPY = 1e-9
"""What the user's own function is given as slack: NumPy's loops over arrays round differently."""
UNITS = 64.0
"""So many units in the last place each term of a reordered sum may be off."""
SLACK = 16.0
"""The difference may be so many times the largest one that perturbed terms have made."""
RUNS = 3
FLOOR = 64.0
"""What is allowed in any case after a step that reorders, in units of the largest number."""


class StepError(AssertionError):
    """A step has changed what the program means."""


class TooLongError(Exception):
    """A run takes too long to be compared."""


@dataclass(slots=True)
class Outcome:
    """What one run of a program did.

    values: the leaves of the result, and what the array arguments hold afterwards. error: the
    type of what was raised. negative: negative indices of elements. shared: which pairs of
    the results and the arguments have memory in common.
    """

    values: list[Any] = field(default_factory=list)
    count: int = 0
    error: type[BaseException] | None = None
    message: str = ""
    negative: set[tuple[int, int]] = field(default_factory=set)
    shared: set[tuple[int, int]] = field(default_factory=set)


def validate(
    func: Any,
    args: tuple[Any, ...],
    kind: Kind,
    *,
    seed: int = 0,
    own: bool = False,
    tol: float | None = None,
) -> list[str]:
    """Compare every step on the way to one derivative with its own input.

    Returns the names of the steps that changed something. Raises StepError for one that
    changed the meaning, NotDifferentiable for a program that is refused, TooLongError for
    one that cannot be compared. tol: how far the derivatives may be from those of dual
    numbers; None: they are not compared.
    """
    func = plain_function(func)
    names = func.__code__.co_varnames
    bound = inspect.signature(func).bind(*args)
    bound.apply_defaults()
    args = bound.args
    types = tuple(map(from_numba, map(numba.typeof, args), names))
    wrt = tuple(k for k, type_ in enumerate(types) if is_differentiable(type_))
    spec = DerivativeSpec(func, kind, () if kind == "primal" else wrt)
    run = Derivation(spec, types, STEPS, is_own_call=own)
    check = _Check(run, args, seed, tol)
    before = run.function
    while run.at < len(STEPS):
        step = run.advance()
        if step.name in run.changed and step.name != "lower":
            check.compare(step, before, run.function)
        before = run.function
    return [step.name for step in STEPS if step.name in run.changed]


class _Check:
    """The arguments of each program on the way, and the runs so far, by their text."""

    def __init__(
        self, run: Derivation, args: tuple[Any, ...], seed: int, tol: float | None
    ) -> None:
        self.run = run
        self.args = args
        self.tol = tol
        self.is_single = any(np.asarray(leaf).dtype == np.float32 for leaf in leaves(args))
        self.extra: tuple[Any, ...] = ()
        self.is_derived = False
        self.count = 0
        self.seed = seed
        self.known: dict[tuple[str, bool], Outcome] = {}
        self.helpers: dict[object, ir.Function] = {}
        self.is_functional = False

    def compare(self, step: Step, before: ir.Function, after: ir.Function) -> None:
        """Raise StepError unless a step has kept the meaning."""
        if step.stage == "refolded" and any(map(_is_named, _calls(before))):
            return  # names of callees are given to flat programs only
        self.is_functional = "scalarised.inline" in self.run.after
        if step.name == "typed":
            first = self.of_original()
            second = self.outcome(after, self.args)
        elif step.name in MODES or step.name == "evaluation.copies":
            first = self.outcome(evaluation(before), self.args)
            if step.name in MODES:
                self.begin_mode(before)
            self.is_derived = True
            second = self.outcome(after, (*self.args, *self.extra))
            if first.error is None and second.error is None:
                self.count = {"value_and_grad": 1, "grad": 0, "pullback": 0}.get(
                    self.run.spec.kind, first.count
                )
                if step.name in MODES and self.tol is not None:
                    self.compare_derivatives(step, before, second.values[self.count :])
                del first.values[self.count :], second.values[self.count :]
        else:
            self.is_functional &= step.name != "scalarised.functional"
            first = self.outcome(before, (*self.args, *self.extra))
            self.is_functional = "scalarised.functional" in self.run.after
            second = self.outcome(after, (*self.args, *self.extra))
        if first.error is TooLongError and second.error is TooLongError:
            raise TooLongError(f"{step.name}: the program runs for over {SECONDS} seconds")
        problem = self.difference(step, first, second, before, after)
        if problem:
            texts = "\n".join((self.text(before), self.text(after)))
            raise StepError(f"{step.name}: {problem}\n{texts}")

    def begin_mode(self, before: ir.Function) -> None:
        """Make the arguments that a mode adds."""
        kind = self.run.spec.kind
        if kind == "tangent":
            dots = random_tangents(self.args, self.seed)
            self.extra = tuple(dots[k] for k in self.run.spec.wrt)
        elif kind in {"adjoint", "pullback"}:
            self.extra = random_tangents((self.result_of(evaluation(before)),), self.seed + 1)

    def result_of(self, function: ir.Function) -> Any:
        """Return the result of a program; if it raises, something of the same structure."""
        try:
            return self.callable(function, self.text(function), None)(*fresh(self.args))
        except Exception:  # noqa: BLE001 - the comparison that follows reports it
            return map_leaves(function.result, lambda k: _some(function.returns[k].type))

    def compare_derivatives(self, step: Step, before: ir.Function, found: list[Any]) -> None:
        """Raise StepError unless dual numbers give the same derivatives."""
        func, args, wrt = self.run.spec.func, self.args, self.run.spec.wrt
        is_seeded = self.run.spec.kind in {"grad", "value_and_grad"}
        names = [param.name for param in before.params]
        mutates = tuple(names.index(v.name) for v in outputs(before).mutated)
        mutates = () if is_seeded else mutates
        with np.errstate(all="ignore"):
            if self.run.spec.kind == "tangent":
                dots = tuple(
                    self.extra[wrt.index(k)] if k in wrt else None for k in range(len(args))
                )
                _, expected = outputs_of_run(dual_jvp(func, fresh(args), dots), mutates)
            else:
                bar = 1.0 if is_seeded else self.extra[0]
                own = plain(func)(*fresh(args))
                bars = expected_cotangents(func, fresh(args), mutates, own, bar)
                expected = tuple(bars[k] for k in wrt)
        try:
            assert_close(tuple(found), tuple(leaves(expected)), self.tol, "derivative")
        except AssertionError as error:
            raise StepError(f"{step.name}: {error}\n{self.text(before)}") from None

    # Comparing --------------------------------------------------------------------------

    def difference(
        self, step: Step, first: Outcome, second: Outcome, before: ir.Function, after: ir.Function
    ) -> str:
        """Return what differs between two runs, nothing if they agree."""
        if first.error != second.error:
            raised = first.message or second.message
            return f"{_name(first.error)} before, {_name(second.error)} after: {raised}"
        known = set(first.negative)
        if step.name == "carried.pool":  # rows of one array: their axes are the ones behind
            known |= {(axis + 1, index) for axis, index in known}
        wrapped = second.negative - known
        if wrapped and step.name != "typed":
            return f"indices that wrap: {sorted(wrapped)}"
        if first.error is not None:
            return ""
        if len(first.values) != len(second.values):
            return f"{len(first.values)} values before, {len(second.values)} after"
        is_shared = not self.is_derived and step.stage != "carried"
        if is_shared and first.shared != second.shared:
            return f"shared memory {sorted(first.shared)} before, {sorted(second.shared)} after"
        is_loose = step.name in {*TYPING, "scalarised.loops"} and (
            self.is_single or "float32" in self.text(after)
        )
        allowed: list[Any] | None = None
        for k, (a, b) in enumerate(zip(first.values, second.values, strict=True)):
            of_derivative = self.is_derived and self.count <= k < first.count
            problem = _differs(a, b, signed=not of_derivative)
            if problem and step.name.startswith("simplified.zeros") and of_derivative:
                problem = _differs(np.where(np.isnan(a), b, a), b, signed=False)
            if problem and is_loose:
                problem = _beyond(a, b, 1e-5 * _size(b))
            if problem and step.name == "typed":
                problem = _beyond(a, b, NUMPY * max(1.0, _size(b)))
            if problem and step.reorders:
                allowed = allowed or self.allowed(before, after, first, second)
                problem = _beyond(a, b, allowed[k] + FLOOR * _unit(b) * _size(b))
            if problem:
                part = "derivative" if of_derivative else "value"
                return f"{part} {k}: {problem}"
        return ""

    def allowed(
        self, before: ir.Function, after: ir.Function, first: Outcome, second: Outcome
    ) -> list[Any]:
        """Return how far each result moves when terms of sums of ours are rounded anew."""
        bounds: list[Any] = [0.0] * len(first.values)
        for function, exact in ((before, first), (after, second)):
            for k in range(RUNS):
                rng = np.random.default_rng((self.seed, k))
                moved = self.outcome(_perturbed(function), (*self.args, *self.extra), rng)
                if moved.error is None and len(moved.values) == len(bounds):
                    for at, (a, b) in enumerate(zip(moved.values, exact.values, strict=True)):
                        bounds[at] = np.maximum(bounds[at], SLACK * _distance(a, b))
        return bounds

    # Running ----------------------------------------------------------------------------

    def outcome(
        self, function: ir.Function, args: tuple[Any, ...], rng: np.random.Generator | None = None
    ) -> Outcome:
        """Return what a program does with copies of `args`."""
        text = self.text(function)
        known = self.known.get((text, self.is_derived))
        if rng is None and known is not None:
            return replace(known, values=list(known.values))
        found = self.observed(lambda: self.callable(function, text, rng), args)
        if rng is None:
            self.known[text, self.is_derived] = found
            return replace(found, values=list(found.values))
        return found

    def of_original(self) -> Outcome:
        """Return what the user's function does."""
        return self.observed(lambda: plain(self.run.spec.func), self.args)

    def observed(self, program: Callable[[], Callable[..., Any]], args: tuple[Any, ...]) -> Outcome:
        """Return what a program does with copies of `args`."""
        copies = fresh(args, sealed=self.is_derived)
        found = Outcome()
        with watching() as negative:
            try:
                result = program()(*copies)
            except Exception as error:  # noqa: BLE001 - what it raises is compared
                found.error, found.message = type(error), str(error)
            else:
                given = [leaf for arg in copies for leaf in leaves(arg)]
                parts = leaves(result)
                found.count = len(parts)
                written = [leaf for leaf in given if isinstance(leaf, np.ndarray)]
                written = [] if self.is_derived else written
                found.values = [_plain(leaf) for leaf in (*parts, *written)]
                found.shared = set(_pairs([*parts, *given], len(parts)))
            found.negative = set(negative)
        return found

    def callable(
        self, function: ir.Function, text: str, rng: np.random.Generator | None
    ) -> Callable[..., Any]:
        """Return the printed program, ready to be called."""
        code, names = twin_code(text, "<step>", "numpy")
        space: dict[str, Any] = {**HELPERS, **names, "np": WatchedNumpy()}
        if is_whole(function):
            space |= {**SPACE, "math": WholeMath(), "np": WholeNumpy()}
        space |= self.constants(function)
        classes = classes_of_results([function])
        space |= {name: made_class(record) for record, name in classes.items()}
        space["noisy"] = lambda value: _noisy(value, rng)
        exec(code, space)
        main = plain(space[function.name])

        def call(*args: Any) -> Any:
            with limited_seconds():
                return main(*args)

        return call

    def text(self, function: ir.Function) -> str:
        """Return a program as text, with the functions that it calls."""
        is_closed = self.is_functional and any(map(_is_named, _calls(function)))
        if is_closed:
            given = [atom for call in _calls(function) for atom in call_leaves(call.args)]
            if any(isinstance(atom, ir.Var) and atom.type is None for atom in given):
                function = infer(function, self.run.program.call_types)
        parts = closed(function, self.helper).functions if is_closed else [function]
        parts = [runnable(part) if is_whole(part) else part for part in parts]
        classes = classes_of_results(parts)
        return "\n".join(show(part, comments=False, classes=classes)[0] for part in parts)

    def helper(self, spec: DerivativeSpec, types: tuple[Type, ...], name: str) -> ir.Function:
        """Return a function that the derivative calls by name, derived once."""
        func = getattr(spec.func, "__srcad_derivative__", spec).func
        key = (id(func), type(spec.func), spec.kind, spec.wrt, types)
        if key not in self.helpers:
            self.helpers[key] = self.run.helper(spec, types, name)
        return self.helpers[key]

    def constants(self, function: ir.Function) -> dict[str, Any]:
        """Return what a program knows by name."""
        found = dict(function.constants)
        for stmt in _calls(function):
            if _is_named(stmt) and not self.is_functional:
                found[stmt.name] = plain_function(stmt.function)
        return {name: watched(value) for name, value in found.items()}


# Programs ----------------------------------------------------------------------------


def _calls(function: ir.Function) -> list[ir.Call]:
    return [stmt for stmt in statements(function.body) if isinstance(stmt, ir.Call)]


def _is_named(stmt: ir.Call) -> bool:
    """Return whether a call is of a function of the program."""
    return not isinstance(stmt.function, Whole) and stmt.function not in (_noise, *SPACE.values())


def _noise(value: float) -> float:
    """Stand for `noisy` in the program; the text calls it by name."""
    return value


def _perturbed(function: ir.Function) -> ir.Function:
    """Return `function` with every term of a sum of ours slightly off."""
    count = itertools.count()

    def one(stmt: ir.Stmt) -> ir.Stmt | ir.Block:
        match stmt:
            case ir.Accum(value=value, any_order=True) if (
                isinstance(value.type, Scalar) and value.type.dtype in FLOATS
            ):
                off = ir.Var(f"off_{next(count)}", value.type)
                call = ir.Call((off,), _noise, "noisy", (value,), stmt.span)
                return call, replace(stmt, value=off)
        return stmt

    return replace(function, body=map_block(function.body, one))


def _noisy(value: Any, rng: np.random.Generator | None) -> Any:
    """Return a number, off by up to a few units in the last place."""
    if rng is None:
        return value
    kind = type(value) if isinstance(value, np.floating) else np.float64
    return kind(value * (1.0 + UNITS * np.finfo(kind).eps * rng.uniform(-1.0, 1.0)))


@contextmanager
def limited_seconds() -> Iterator[None]:
    """Raise TooLongError in programs that run for too long."""

    def stop(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


# Numbers -----------------------------------------------------------------------------


def _some(type_: Type | None) -> Any:
    """Return a value of a type; an array has one element."""
    match type_:
        case Array(dtype=dtype, ndim=ndim):
            return np.ones((1,) * ndim, dtype)
        case Scalar(dtype=dtype):
            return np.dtype(dtype).type(1)
        case _:
            return 1.0


def _plain(leaf: Any) -> Any:
    return np.array(leaf) if isinstance(leaf, np.ndarray) else leaf


def _pairs(parts: list[Any], results: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of which one is a result, and whose memory is shared."""
    for i, a in enumerate(parts[:results]):
        for j in range(i + 1, len(parts)):
            b = parts[j]
            if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and np.shares_memory(a, b):
                yield i, j


def _differs(a: Any, b: Any, *, signed: bool) -> str:
    """Return how two values differ, NaN being NaN."""
    if a is None or b is None:
        return "" if a is b else f"{a!r} before, {b!r} after"
    x, y = np.asarray(a), np.asarray(b)
    same = x.shape == y.shape and x.dtype.kind == y.dtype.kind
    if same and x.dtype.kind == "f":
        same = np.array_equal(x, y, equal_nan=True)
        if same and signed:
            there = ~np.isnan(x)
            same = np.array_equal(np.signbit(x[there]), np.signbit(y[there]))
    elif same:
        same = np.array_equal(x, y)
    return "" if same else f"{a!r} before, {b!r} after"


def _distance(a: Any, b: Any) -> Any:
    with np.errstate(all="ignore"):
        far = np.abs(np.asarray(a, float) - np.asarray(b, float))
    return np.where(np.isfinite(far), far, 0.0)


def _beyond(a: Any, b: Any, bound: Any) -> str:
    """Return how two values differ by more than a bound."""
    x, y = np.asarray(a), np.asarray(b)
    if x.shape != y.shape or x.dtype.kind != y.dtype.kind:
        return f"{a!r} before, {b!r} after"
    if x.dtype.kind != "f":
        return _differs(a, b, signed=False)
    with np.errstate(all="ignore"):
        good = (np.abs(x.astype(float) - y.astype(float)) <= bound) | (x == y)
        good |= np.isnan(x) & np.isnan(y)
    return "" if np.all(good) else f"{a!r} before, {b!r} after, more than {bound!r} apart"


def _size(value: Any) -> float:
    numbers = np.abs(np.asarray(value, float))
    return float(max([0.0, *numbers[np.isfinite(numbers)].ravel()]))


def _unit(value: Any) -> float:
    kind = np.asarray(value).dtype
    return float(np.finfo(kind).eps) if kind.kind == "f" else 0.0


def _name(error: type[BaseException] | None) -> str:
    return "no error" if error is None else error.__name__
