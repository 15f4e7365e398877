"""`verify`: each statement's derivative against differences.

Reverse mode: what flows back through each operand of each operation, against the change of the
result when that operand alone changes. Forward mode: the tangent of the result, and where that is
wrong, the tangents of the user's variables in the order in which they get values.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from srcad.backend.typed import P
from srcad.studies.observed import Observed, observed
from srcad.studies.subjects import Subject, line_at, place, quiet, subject, watched
from srcad.trees import dtype_of, is_float, leaves, rebuilt

if TYPE_CHECKING:
    from srcad.arguments import Argnums
    from srcad.backend.watched_twin import Site
    from srcad.texts import Generated

STENCIL = ((1.0, 8 / 12), (-1.0, -8 / 12), (2.0, -1 / 12), (-2.0, 1 / 12))
"""Steps and weights of the central difference of fourth order."""
STEP = {"float64": 5e-4, "float32": 3e-2}
TOLERANCE = {"float64": 1e-6, "float32": 1e-2}
NOISE = {"float64": 2.0**-50, "float32": 2.0**-21}
SEED = 20240229
CLOSER = 8.0
"""How many times smaller the step is that shows whether there is a jump."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found. As a truth value: whether all derivatives agree.

    statements: how many were compared. mode: "forward" or "reverse", "" if all agree.
    file, line, text: the user's line with the first derivative that disagrees. what: which one.
    expected: by differences; got: by the derivative. not_seen: lines with operations on whole
    arrays, whose derivatives were compared with the lines around them only.
    """

    statements: int
    mode: str = ""
    file: str = ""
    line: int = 0
    text: str = ""
    what: str = ""
    expected: float = 0.0
    got: float = 0.0
    not_seen: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether all derivatives agree."""
        return not self.mode

    def __str__(self) -> str:
        """Return the line that disagrees."""
        if not self.mode:
            return f"all derivatives agree, of {self.statements} statements"
        return (
            f"{self.mode} mode, {self.file}, line {self.line}: {self.text}\n"
            f"    {self.what}: expected {self.expected:.9g}, got {self.got:.9g}"
        )


def verify(f: Callable[P, Any], argnums: Argnums | None = None) -> Callable[P, Verdict]:
    """Return a function of the same arguments that checks the derivative of every statement.

    f: a function of one float, as `grad` takes it.
    argnums: what to differentiate by; None for all arguments that are floats.

    `check_grads` says whether a derivative is right; this says which line is wrong. The result
    runs tangent and adjoint as plain Python, compares each statement with differences, and
    returns a `Verdict` with the first line that disagrees: mostly a call of a function with a
    rule of your own. It is true if all agree. What a random direction does not show, such as a
    branch that is not taken, is not compared. It takes four runs of the function for each
    operand. Arguments stay as they are.
    Raises as `grad`; TypeError for a result that is not one float.

    >>> import srcad
    >>> @srcad.custom_jvp
    ... def cube(x):
    ...     return x * x * x
    >>> @cube.defjvp
    ... def cube_jvp(primals, tangents):
    ...     (x,), (x_dot,) = primals, tangents
    ...     return cube(x), 2.0 * x * x * x_dot
    >>> def area(x):
    ...     y = x + 1.0
    ...     return y * cube(y)
    >>> verdict = srcad.verify(area)(1.0)
    >>> bool(verdict), verdict.text
    (False, 'return y * cube(y)')
    """

    def check(*args: P.args, **named: P.kwargs) -> Verdict:
        case = subject(f, argnums, args, "verify", named)
        case.derived("value_and_grad")  # which refuses what is not one float
        found = _reverse(case)
        found = _whole(case, found) if found else found
        return _forward(case, found) if found else found

    return check


def _whole(case: Subject, found: Verdict) -> Verdict:
    """Return that the gradient disagrees as a whole, if it does; else `found`."""
    dtype = _dtype(case)
    rng = np.random.default_rng(SEED)
    dots = {k: _direction(case.args[k], rng) for k in case.wrt}
    slope, size = _slope(case, dots, STEP[dtype])
    with quiet():
        bars = watched(case.derived("value_and_grad"), lambda *_: None)(*case.copies())[1]
    pairs = zip(leaves(bars), leaves(tuple(dots.values())), strict=True)
    got = sum(float(np.sum(np.float64(bar) * np.float64(dot))) for bar, dot in pairs)
    wrong = _disagreement(slope, np.float64(got), size, dtype)
    if wrong is None:
        return found
    other, _ = _slope(case, dots, STEP[dtype] / CLOSER)
    if _disagreement(slope, np.float64(other), CLOSER * size, dtype) is not None:
        return found  # a jump or a kink is nearby
    code = case.func.__code__
    where = PurePath(code.co_filename).name, code.co_firstlineno
    text = f"def {case.func.__name__}"
    what = "the gradient along a random direction"
    return Verdict(found.statements, "reverse", *where, text, what, *wrong, found.not_seen)


def _slope(case: Subject, dots: dict[int, Any], step: float) -> tuple[float, float]:
    """Return the derivative along a direction by differences, and the size of the values."""
    run = watched(case.derived("primal", ()), lambda *_: None)
    slope, size = 0.0, 0.0
    with quiet():
        for offset, weight in STENCIL:
            args = list(case.copies())
            for k, dot in dots.items():
                args[k] = _moved(args[k], dot, offset * step)
            value = _number(run(*args))
            slope += weight * value / step
            size = max(size, abs(value))
    return slope, size


# Forward mode ------------------------------------------------------------------------


def _forward(case: Subject, found: Verdict) -> Verdict:
    """Return the first tangent that disagrees if that of the result does; else `found`."""
    made = case.derived("tangent")
    dtype = _dtype(case)
    rng = np.random.default_rng(SEED)
    dots = {k: _direction(case.args[k], rng) for k in case.wrt}
    run = _Tangents(case, made, dots)
    at = run.values(0.0)
    moved = [(weight, run.values(step * STEP[dtype])) for step, weight in STENCIL]
    if any([key for key, *_ in rows] != [key for key, *_ in at] for _, rows in moved):
        return found  # another branch is taken nearby
    wrong = [k for k in range(len(at)) if _is_wrong(k, at, moved, dtype) is not None]
    if not wrong or wrong[-1] != len(at) - 1:
        return found
    slope, size = _slope(case, dots, STEP[dtype])
    other, _ = _slope(case, dots, STEP[dtype] / CLOSER)
    if _disagreement(slope, np.float64(other), CLOSER * size, dtype) is not None:
        return found  # a jump or a kink is nearby
    key, _, _, site = at[wrong[0]]
    numbers = _is_wrong(wrong[0], at, moved, dtype)
    assert numbers is not None
    span = made.line_map.get(site.line)
    where = place(span).partition(", line")[0], 0 if span is None else span.line
    what = f"tangent of {key}"
    count = found.statements
    return Verdict(count, "forward", *where, line_at(span), what, *numbers, found.not_seen)


Row = tuple[str, Any, Any, "Site"]


def _is_wrong(
    k: int, at: list[Row], moved: list[tuple[float, list[Row]]], dtype: str
) -> tuple[float, float] | None:
    """Return the difference and the tangent of a variable where they disagree."""
    _, value, dot, _ = at[k]
    if dot is None or dot.shape != value.shape:
        return None
    if not np.all(np.isfinite(value)) or not np.all(np.isfinite(dot)):
        return None
    slope = sum(weight * np.float64(rows[k][1]) for weight, rows in moved) / STEP[dtype]
    size = max(np.max(np.abs(np.float64(rows[k][1])), initial=0.0) for _, rows in moved)
    return _disagreement(slope, np.float64(dot), float(size), dtype)


@dataclass(slots=True)
class _Tangents:
    """Runs of a tangent that take down the values of variables and their tangents."""

    case: Subject
    made: Generated
    dots: dict[int, Any]

    def line(self, site: Site) -> int:
        """Return the user's line of a statement."""
        span = self.made.line_map.get(site.line)
        return 0 if span is None else span.line

    def values(self, step: float) -> list[Row]:
        """Return the variables in the order in which they get values, after a step."""
        found: list[Row] = []
        known: dict[str, Any] = {}
        own = set(self.case.func.__code__.co_varnames)
        own -= {name[:-4] for name in own if name.endswith("_dot")}

        def seen(site: Site, value_of: Callable[[Any], Any]) -> None:
            for part in site.targets:
                name, bracket, index = part.text.partition("[")
                value = value_of(part.code)
                if site.is_result and isinstance(value, tuple) and len(value) == 2:
                    value, known[part.text] = value
                    known[part.text] = np.array(known[part.text])
                if not is_float(value):
                    continue
                value = np.array(value)
                if name.endswith("_dot"):
                    key = f"{name[:-4]}{bracket}{index}"
                    last = found[-1] if found else None
                    is_its = last is not None and last[0] == key and last[2] is None
                    if is_its and self.line(last[3]) == self.line(site):  # type: ignore[index]
                        found[-1] = (*last[:2], value, last[3])  # type: ignore[index]
                        continue
                    known[key] = value
                elif not site.is_maker and (name in own or site.is_result):
                    dot = known.pop(part.text, None)
                    fits = dot is not None and dot.shape == value.shape
                    found.append((part.text, value, dot if fits else None, site))

        args = list(self.case.copies())
        for k, dot in self.dots.items():
            args[k] = _moved(args[k], dot, step)
        with quiet():
            watched(self.made, seen)(*args, *self.dots.values())
        return found


def _direction(arg: Any, rng: np.random.Generator) -> Any:
    """Return a random direction, in proportion to the numbers that there are."""

    def along(leaf: Any) -> Any:
        if not is_float(leaf):
            return leaf
        sizes = np.where(np.asarray(leaf) != 0.0, np.abs(leaf), 1.0)
        dot = (rng.uniform(0.5, 1.0, np.shape(leaf)) * rng.choice([-1, 1], np.shape(leaf))) * sizes
        if isinstance(leaf, np.ndarray):
            return np.asarray(dot, leaf.dtype)
        return np.float32(dot) if dtype_of(leaf) == "float32" else np.float64(dot)

    return rebuilt(arg, map(along, leaves(arg)))


def _moved(arg: Any, dot: Any, step: float) -> Any:
    def move(leaf: Any, along: Any) -> Any:
        if not is_float(leaf):
            return leaf
        new = np.asarray(leaf + step * along, dtype_of(leaf))
        return new if isinstance(leaf, np.ndarray) else new[()]

    return rebuilt(arg, map(move, leaves(arg), leaves(dot)))


# Reverse mode ------------------------------------------------------------------------


def _reverse(case: Subject) -> Verdict:
    """Return the last operation of the program whose operand gets a wrong adjoint."""
    dtype = _dtype(case)
    primal, notes = observed(case, "primal", operands=True)
    adjoint, again = observed(case, "value_and_grad", operands=True)
    missed = tuple(sorted({f"{place(s)}: {line_at(s)}" for s in notes.missed}))
    found: dict[int, list[float]] = {}

    def record(x: Any, label: str) -> Any:
        found.setdefault(int(label), []).append(float(x))
        return x

    with quiet():
        run = watched(adjoint, lambda *_: None, shown_cotangent=record)
        run(*case.copies(), np.float64(1.0))
    changes = _Changes(case, primal)
    counts = changes.counts()
    assert len(notes.statements) == len(again.statements)
    labels = [k for k in range(len(notes.statements) - 1, -1, -1) if k in counts]
    for is_last in (True, False):
        for label in labels:
            stmt = notes.statements[label]
            if stmt.operand is None:
                continue
            bars = found.get(label, [0.0])
            at = counts[label] if is_last else None
            slope, size = changes.slope(label, at, STEP[dtype])
            # Where the result is what is left of larger terms, their roundings count.
            size = max(size, sum(abs(b) for b in bars if math.isfinite(b)))
            # Loops inside loops may go forward on the way back: it is one of these.
            given = set(bars) if is_last else {sum(bars)}
            nearest = min(given, key=lambda got: abs(got - slope))
            wrong = _disagreement(slope, np.float64(nearest), size, dtype)
            if wrong is not None and changes.is_smooth(label, at, slope, size, dtype):
                return _verdict(len(labels), stmt, wrong, missed)
    return Verdict(len(labels), not_seen=missed)


def _verdict(
    count: int, stmt: Observed, wrong: tuple[float, float], missed: tuple[str, ...]
) -> Verdict:
    where = place(stmt.span).partition(", line")[0], 0 if stmt.span is None else stmt.span.line
    what = f"what flows back through argument {(stmt.operand or 0) + 1} of {stmt.prim}, times it"
    return Verdict(count, "reverse", *where, line_at(stmt.span), what, *wrong, missed)


@dataclass(slots=True)
class _Changes:
    """Runs of a function in which one operand is multiplied with another factor than 1."""

    case: Subject
    primal: Generated

    def run(self, label: int, at: int | None, factor: float, counts: dict[int, int]) -> float:
        """Return the result; at: which of the operations with this label, None for all."""

        def shown(one: Any, text: str) -> Any:
            own = int(text)
            counts[own] = counts.get(own, 0) + 1
            is_meant = own == label and at in {None, counts[own]}
            return np.float64(factor) if is_meant else one

        with quiet():
            run = watched(self.primal, lambda *_: None, print_cotangent=shown)
            return _number(run(*self.case.copies(), np.float64(1.0)))

    def counts(self) -> dict[int, int]:
        """Return how often each label is met."""
        counts: dict[int, int] = {}
        self.run(-1, None, 1.0, counts)
        return counts

    def slope(self, label: int, at: int | None, step: float) -> tuple[float, float]:
        """Return the derivative by the factor, and the size of the values that it is made of."""
        values = [self.run(label, at, 1.0 + s * step, {}) for s, _ in STENCIL]
        slope = sum(w * v for (_, w), v in zip(STENCIL, values, strict=True)) / step
        return slope, max(map(abs, values))

    def is_smooth(self, label: int, at: int | None, slope: float, size: float, dtype: str) -> bool:
        """Return whether another step gives the same: there is no jump and no kink nearby."""
        other, _ = self.slope(label, at, STEP[dtype] / CLOSER)
        return _disagreement(slope, np.float64(other), CLOSER * size, dtype) is None


def _disagreement(expected: Any, got: Any, size: float, dtype: str) -> tuple[float, float] | None:
    """Return both numbers where they disagree. size: of what the difference was made of."""
    noise = NOISE[dtype] * size / STEP[dtype]
    with np.errstate(invalid="ignore"):
        bound = TOLERANCE[dtype] * (np.abs(expected) + np.abs(got)) + 8.0 * noise
        # Of a curve that is too steep for the step, nothing can be said.
        bad = (np.abs(expected - got) > bound) & np.isfinite(expected)
    if not np.any(bad):
        return None
    k = np.unravel_index(np.argmax(bad), np.shape(bad))
    return float(np.asarray(expected)[k]), float(np.asarray(got)[k])


def _number(out: Any) -> float:
    """Return the result, which arguments follow that the function writes."""
    return float(out[0] if isinstance(out, tuple) else out)


def _dtype(case: Subject) -> str:
    single = any(dtype_of(leaf) == "float32" for arg in case.args for leaf in leaves(arg))
    return "float32" if single else "float64"
