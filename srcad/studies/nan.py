"""`trace_nan`: the first line that makes a NaN or an infinity."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from srcad.backend.typed import P
from srcad.studies.subjects import Subject, line_at, place, quiet, reverse_of, subject, watched
from srcad.trees import is_float, leaves

if TYPE_CHECKING:
    from srcad.arguments import Argnums
    from srcad.backend.watched_twin import Site
    from srcad.texts import Generated

MOST_SHOWN = 8
INFINITY = re.compile(r"\b(np|math)\.inf\b")
"""An infinity that is written as such is meant."""


@dataclass(frozen=True, slots=True)
class NanTrace:
    """Where the first number that is not finite was made.

    name, value: what was computed there, an element such as `x_bar[3]` by its own name.
    operands: what the statement read, by name; of arrays the first elements.
    is_derivative: whether the value itself was still finite there: the way back, or a tangent,
    made it. line, file, text: the user's line. generated_line, generated_text: of the source
    that `inspect_adjoint` shows with `compiled=True`. is_given: whether an argument had it from
    the start.
    """

    name: str
    value: Any
    operands: dict[str, Any]
    is_derivative: bool = False
    file: str = ""
    line: int = 0
    text: str = ""
    generated_line: int = 0
    generated_text: str = ""
    is_given: bool = False

    def __str__(self) -> str:
        """Return the place, the statement of the derivative, and the values."""
        if self.is_given:
            return f"{self.value} is in the argument {self.name}"
        what = "derivative" if self.is_derivative else "value"
        lines = [
            f"{_shown(self.value)} in the {what} at {self.file}, line {self.line}: {self.text}"
        ]
        lines.append(f"    adjoint, line {self.generated_line}: {self.generated_text}")
        values = {self.name: self.value} | self.operands
        lines.append("    " + ", ".join(f"{k} = {_shown(v)}" for k, v in values.items()))
        return "\n".join(lines)


def trace_nan(f: Callable[P, Any], argnums: Argnums | None = None) -> Callable[P, NanTrace | None]:
    """Return a function of the same arguments that finds where a gradient gets its first NaN.

    f: a function as `grad` and `vjp` take it; of other results than one float, the derivative
        is that for a cotangent of ones.
    argnums: what to differentiate by; None for all arguments that are floats.

    The result runs value and gradient as plain Python, statement by statement, and returns a
    `NanTrace` for the first statement that makes a NaN out of numbers that are none, or an
    infinity out of finite ones: the user's line, the line of the adjoint, and the values that
    it read. Infinities that are written as constants count as finite. None if everything is
    finite. It takes a hundred times as long as compiled code. Arguments stay as they are.
    Raises as `grad`, and what the function itself raises.

    >>> import numpy as np
    >>> import srcad
    >>> def entropy(p):
    ...     total = 0.0
    ...     for i in range(p.size):
    ...         total -= p[i] * np.log(p[i])
    ...     return total
    >>> found = srcad.trace_nan(entropy)(np.array([0.5, 0.0, 0.5]))
    >>> found.text, found.value, found.operands["p_i"]
    ('total -= p[i] * np.log(p[i])', -inf, 0.0)
    """

    def trace(*args: P.args, **named: P.kwargs) -> NanTrace | None:
        case = subject(f, argnums, args, "trace_nan", named)
        for name, value in zip(case.names, case.args, strict=True):
            for leaf in leaves(value):
                if is_float(leaf) and not np.all(np.isfinite(leaf)):
                    bad = np.asarray(leaf)[~np.isfinite(leaf)].flat[0]
                    return NanTrace(name, float(bad), {}, is_given=True)
        return _run(case)

    return trace


class _Stop(Exception):  # noqa: N818 - it is no error
    """The first one was found."""

    def __init__(self, found: NanTrace) -> None:
        self.found = found


def _run(case: Subject) -> NanTrace | None:
    """Run value and gradient until something is not finite."""
    primal = case.derived("primal", ())
    is_derivative = _until_found(primal, case.copies(), is_derivative=False) is None
    made, args = reverse_of(case)
    return _until_found(made, args, is_derivative=is_derivative)


def _until_found(made: Generated, args: tuple[Any, ...], *, is_derivative: bool) -> NanTrace | None:
    """Run generated source until something is not finite."""

    def seen(site: Site, value_of: Callable[[Any], Any]) -> None:
        found = _found(site, value_of, made, is_derivative=is_derivative)
        if found is not None:
            raise _Stop(found)

    try:
        with quiet():
            watched(made, seen)(*args)
    except _Stop as stop:
        return stop.found
    return None


def _found(
    site: Site, value_of: Callable[[Any], Any], made: Generated, *, is_derivative: bool
) -> NanTrace | None:
    """Return what is wrong after a statement; None if nothing has come into being there."""
    if site.is_constant or site.is_maker:
        return None
    for target in site.targets:
        value = value_of(target.code)
        bad = _worst(value)
        if bad is None:
            continue
        operands = {part.text: value_of(part.code) for part in site.operands}
        before = [_worst(operand) for operand in operands.values()]
        is_nan = bad != bad  # noqa: PLR0124 - what NaN is
        if not is_nan and INFINITY.search(site.text):
            continue
        passed_on = [b for b in before if b is not None and (not is_nan or b != b)]  # noqa: PLR0124
        if passed_on:
            continue
        span = made.line_map.get(site.line)
        return NanTrace(
            target.text,
            bad,
            {k: _python(v) for k, v in operands.items() if _is_number(v)},
            is_derivative,
            place(span).partition(", line")[0],
            0 if span is None else span.line,
            line_at(span),
            site.line,
            site.text,
        )
    return None


def _worst(value: Any) -> float | None:
    """Return a NaN of a value, or else an infinity; None if it is finite."""
    found: float | None = None
    for leaf in leaves(value) if isinstance(value, tuple) else [value]:
        if not is_float(leaf):
            continue
        numbers = np.asarray(leaf)
        if np.any(np.isnan(numbers)):
            return float("nan")
        bad = numbers[np.isinf(numbers)]
        if bad.size:
            found = float(bad.flat[0])
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, bool | int | float | np.generic | np.ndarray)


def _python(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        items = ", ".join(f"{item:.6g}" for item in value.flat[:MOST_SHOWN])
        return f"[{items}{', ...' if value.size > MOST_SHOWN else ''}]"
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)
