"""`error_estimate`: what rounding does to a result, line by line.

Each operation is off by half a unit in the last place at most, and its adjoint says what the
result makes of that. The sum over all operations is the error to first order (Linnainmaa, BIT 16
(1976); Vassiliadis et al., CHEF-FP, SC 2023).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from srcad import pictures
from srcad.backend.typed import P
from srcad.ir.nodes import Const
from srcad.studies.observed import Observed, observed
from srcad.studies.subjects import Lines, line_at, lines_of, place, quiet, subject, watched

if TYPE_CHECKING:
    from srcad.arguments import Argnums

ROUNDING = {"float64": 2.0**-53, "float32": 2.0**-24}
EXACT = frozenset(
    (
        *("neg", "negative", "pos", "positive", "abs", "absolute", "fabs", "sign", "floor"),
        *("ceil", "trunc", "rint", "max", "maximum", "fmax", "amax", "min", "minimum", "fmin"),
        *("amin", "select", "chosen", "copysign", "copy", "stop_gradient", "tied", "clip"),
        *("print_cotangent"),
    )
)
"""Operations that round nothing."""
CORRECT = frozenset(
    (
        *("add", "np_add", "sub", "subtract", "mul", "multiply", "div", "divide", "sqrt"),
        *("square", "reciprocal", "cast"),
    )
)
"""Operations that are rounded correctly; others may be off by a unit in the last place."""


@dataclass(frozen=True, slots=True)
class LineError:
    """The error that the operations of one line of the user's contribute.

    bound: if all roundings are as bad as they can be. typical: if they are random.
    """

    file: str
    line: int
    text: str
    bound: float
    typical: float


@dataclass(frozen=True, slots=True)
class ErrorEstimate:
    """The error of a result by rounding, to first order.

    value: the result. bound, typical: as of `LineError`, for all lines. lines: the largest first.
    single: by variable, the bound of what storing it in float32 would add.
    not_seen: lines with operations that are not looked into, as those of `np.linalg`.
    source: the function, for `plot`.
    """

    value: float
    bound: float
    typical: float
    lines: tuple[LineError, ...]
    single: dict[str, float]
    not_seen: tuple[str, ...]
    source: Lines = field(repr=False, compare=False, default=Lines((), {}))

    def plot(self, axes: Any = None) -> Any:
        """Draw the error that each line contributes beside the source; return the axes.

        axes: of matplotlib; None for a new figure. Raises ImportError without matplotlib.
        """
        rows = {
            self.source.rows[e.file, e.line]: (e.bound, e.typical) for e in self.lines if e.line
        }
        return pictures.errors(axes, self.source.texts, rows)

    def as_float32(self, tolerance: float) -> tuple[str, ...]:
        """Return variables that can be float32 together, if the result may change so much."""
        found: list[str] = []
        total = 0.0
        for name, error in sorted(self.single.items(), key=lambda item: item[1]):
            if total + error > tolerance:
                break
            total += error
            found.append(name)
        return tuple(sorted(found))

    def __str__(self) -> str:
        """Return the error of the result, and a table of lines."""
        rows = [f"{self.value:.17g}, error below {self.bound:.2g}, mostly {self.typical:.1g}"]
        rows += [f"{row.bound:9.2g}  line {row.line}: {row.text}" for row in self.lines]
        rows += [f"        ?  {text}" for text in self.not_seen]
        return "\n".join(rows)


def error_estimate(
    f: Callable[P, Any], argnums: Argnums | None = None
) -> Callable[P, ErrorEstimate]:
    """Return a function of the same arguments that estimates the rounding error of `f`.

    f: a function of one float, as `grad` takes it.
    argnums: what counts as input; None for all arguments that are floats. What does not depend
        on these counts as exact.

    The result runs value and gradient as plain Python, and returns an `ErrorEstimate`: for each
    operation, its adjoint times half a unit in the last place of its value (a unit, for
    functions that are not rounded correctly), summed by line. Inputs and constants count as
    exact. It is an estimate to first order: where a branch, or a number such as `int(x)`,
    depends on rounding, the error may be larger; `bound` is what it does not exceed otherwise.
    Raises as `grad`; TypeError for a result that is not one float.

    >>> import numpy as np
    >>> import srcad
    >>> def spread(x):
    ...     a = x * x
    ...     b = a + 1.0
    ...     return b - a
    >>> found = srcad.error_estimate(spread)(1e4)
    >>> [(row.text, f"{row.bound:.1e}") for row in found.lines]
    [('b = a + 1.0', '1.1e-08'), ('return b - a', '1.1e-16')]
    """

    def estimate(*args: P.args, **named: P.kwargs) -> ErrorEstimate:
        case = subject(f, argnums, args, "error_estimate", named)
        made, notes = observed(case, "value_and_grad")
        terms: list[tuple[int, float]] = []

        def record(x: Any, label: str) -> Any:
            terms.append((int(label), abs(float(x))))
            return x

        with quiet():
            run = watched(made, lambda *_: None, shown_cotangent=record)
            result = run(*case.copies(), np.float64(1.0))[0]
        missed = sorted({f"{place(s)}: {line_at(s)}" for s in notes.missed})
        found = _summed(float(result), terms, notes.statements, tuple(missed))
        places = [(row.file, row.line, row.text) for row in found.lines]
        return replace(found, source=lines_of(case.func, places))

    return estimate


def _summed(
    value: float,
    terms: list[tuple[int, float]],
    statements: list[Observed],
    missed: tuple[str, ...],
) -> ErrorEstimate:
    bounds: dict[Any, float] = {}
    squares: dict[Any, float] = {}
    single: dict[str, float] = {}
    for label, term in terms:
        stmt = statements[label]
        error = term * _rounding(stmt)
        if error:
            bounds[stmt.span] = bounds.get(stmt.span, 0.0) + error
            squares[stmt.span] = squares.get(stmt.span, 0.0) + error * error / 3.0
        if stmt.name and stmt.dtype == "float64":
            single[stmt.name] = single.get(stmt.name, 0.0) + term * ROUNDING["float32"]
    by_line: dict[tuple[str, int], list[Any]] = {}
    for span in bounds:
        key = (place(span).partition(", line")[0], 0 if span is None else span.line)
        by_line.setdefault(key, []).append(span)
    lines = [
        LineError(
            *key,
            line_at(spans[0]),
            sum(bounds[s] for s in spans),
            math.sqrt(sum(squares[s] for s in spans)),
        )
        for key, spans in by_line.items()
    ]
    lines.sort(key=lambda row: -row.bound if np.isfinite(row.bound) else -math.inf)
    total, square = sum(bounds.values()), sum(squares.values())
    return ErrorEstimate(value, total, math.sqrt(square), tuple(lines), single, missed)


def _rounding(stmt: Observed) -> float:
    """Return the largest error of an operation, relative to its value."""
    if stmt.prim in EXACT or _is_scaling(stmt):
        return 0.0
    return ROUNDING[stmt.dtype] * (1.0 if stmt.prim in CORRECT else 2.0)


def _is_scaling(stmt: Observed) -> bool:
    """Return whether it multiplies with, or divides by, a power of two."""
    consts = [a.value for a in stmt.args if isinstance(a, Const) and isinstance(a.value, float)]
    if stmt.prim in {"mul", "multiply"} and consts:
        return math.frexp(consts[0])[0] in {0.5, -0.5}
    last = stmt.args[-1] if stmt.args else None
    is_by = stmt.prim in {"div", "divide"} and isinstance(last, Const)
    return is_by and math.frexp(float(last.value))[0] in {0.5, -0.5}  # type: ignore[union-attr]
