"""`timeline`: what a gradient keeps, where and how long, and which line runs when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from srcad import pictures
from srcad.analysis.tape_sizes import is_kept_name
from srcad.backend.typed import P
from srcad.studies.subjects import line_at, lines_of, place, quiet, reverse_of, subject, watched

if TYPE_CHECKING:
    from srcad.arguments import Argnums
    from srcad.backend.watched_twin import Part, Site

ValueOf = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One run of a gradient, statement by statement.

    source: the lines of the function, and of what it calls. rows: of each statement that was run,
    the number of its line there, -1 for none. is_derivative: whether it computed an adjoint.
    kept: by the name in the adjoint, after each statement, the bytes that were written and will
    still be read. calls: whether there are functions of the adjoint, such as those of checkpoints
    and of recursion, whose states on the way are not counted.
    """

    source: tuple[str, ...]
    rows: npt.NDArray[np.int64] = field(repr=False)
    is_derivative: npt.NDArray[np.bool_] = field(repr=False)
    kept: dict[str, npt.NDArray[np.int64]] = field(repr=False)
    calls: bool = False

    @property
    def peak(self) -> int:
        """The most bytes that are kept at once."""
        return int(sum(self.kept.values(), np.zeros(1, np.int64)).max(initial=0))

    def __str__(self) -> str:
        """Return how many statements were run, and when what is kept and how much."""
        derivative = int(self.is_derivative.sum())
        lines = [f"{self.rows.size:,} statements, {derivative:,} of them of adjoints"]
        for name, held in self.kept.items():
            when = np.flatnonzero(held)
            span = f"from {when[0]:,} to {when[-1] + 1:,}" if when.size else "never read"
            lines.append(f"{name}: at most {int(held.max(initial=0)):,} bytes, {span}")
        lines.append(f"{self.peak:,} bytes at once" if self.kept else "nothing is kept")
        if self.calls:
            lines.append(
                "without what calls keep: states of checkpoints, of functions in themselves"
            )
        return "\n".join(lines)

    def plot(self, axes: Any = None) -> Any:
        """Draw bytes kept over time, above the lines that run; return both axes.

        axes: two axes of matplotlib, one above the other; None for a new figure.
        Raises ImportError without matplotlib.
        """
        found = self.rows, self.is_derivative, self.kept
        return pictures.timeline(axes, self.source, *found)


def timeline(f: Callable[P, Any], argnums: Argnums | None = None) -> Callable[P, Timeline]:
    """Return a function of the same arguments that tells what the gradient of `f` keeps, and when.

    f: a function as `grad` and `vjp` take it; of other results than one float, the derivative
        is that for a cotangent of ones.
    argnums: what to differentiate by; None for all arguments that are floats.

    The result runs value and gradient as plain Python, statement by statement, and returns a
    `Timeline`; printed, it is a table, and `.plot()` draws it with matplotlib: above, what is kept
    from the way forward for the way back; below, the line of the function that each statement
    belongs to. Values that are computed again show as values on the way back. What is read again
    from arrays of `f` itself is not kept, and not counted; nor are the states that checkpoints
    and recursion keep.
    It takes a hundred times as long as compiled code: take a small case. Arguments stay as they
    are. Raises as `grad`, and what the function itself raises.

    >>> import numpy as np
    >>> import srcad
    >>> def chain(x, n):
    ...     for _ in range(n):
    ...         x = np.sin(2.0 * x)
    ...     return x
    >>> found = srcad.timeline(chain)(0.3, 10)
    >>> found.peak, [name for name in found.kept]
    (80, ['x_saved'])
    """

    def run(*args: P.args, **named: P.kwargs) -> Timeline:
        case = subject(f, argnums, args, "timeline", named)
        made, values = reverse_of(case)
        own = case.func.py_func if hasattr(case.func, "py_func") else case.func
        code = getattr(own, "__code__", None)
        record = _Record(() if code is None else code.co_varnames)
        with quiet():
            watched(made, record.seen)(*values)
        spans = [made.line_map.get(line) for line in record.lines]
        keys = {s: (place(s).partition(", line")[0], s.line, line_at(s)) for s in spans if s}
        lines = lines_of(case.func, keys.values())
        number = {s: lines.rows[keys[s][:2]] for s in keys}
        rows = np.array([-1 if s is None else number[s] for s in spans], np.int64)
        is_derivative = np.array(record.is_derivative, bool)
        calls = made.source.count("\ndef ") > 0
        return Timeline(lines.texts, rows, is_derivative, record.kept(), calls)

    return run


@dataclass(slots=True)
class _Shadow:
    """When each element of a kept array was written, and when it was read last.

    finished: the first and the last statement of what is over.
    """

    array: Any
    written: npt.NDArray[np.int64]
    read: npt.NDArray[np.int64]
    finished: list[npt.NDArray[np.int64]] = field(default_factory=list)

    def where(self, array: Any, index: Any) -> Any:
        """Return the numbers of the elements `array[index]`, of the array or a view of it."""
        size = self.array.itemsize
        start = array.__array_interface__["data"][0] - self.array.__array_interface__["data"][0]
        numbers = np.arange(start // size, self.array.size)
        strides = tuple(numbers.itemsize * stride // size for stride in array.strides)
        return np.lib.stride_tricks.as_strided(numbers, array.shape, strides)[index]

    def finish(self, at: Any) -> None:
        """Take note that elements are written again, or never read any more."""
        first, last = np.ravel(self.written[at]), np.ravel(self.read[at])
        used = (first >= 0) & (last >= first)
        self.finished.append(np.column_stack((first[used], last[used])))
        self.written[at], self.read[at] = -1, -1


@dataclass(slots=True)
class _Record:
    """What a run has told so far. own: names of the user's, which are not kept."""

    own: tuple[str, ...]
    lines: list[int] = field(default_factory=list)
    is_derivative: list[bool] = field(default_factory=list)
    shadows: dict[str, _Shadow] = field(default_factory=dict)

    def seen(self, site: Site, value_of: ValueOf) -> None:
        """Take note of a statement that was run."""
        now = len(self.lines)
        self.lines.append(site.line)
        self.is_derivative.append(any(self.is_adjoint(part.name) for part in site.targets))
        for part in site.operands:
            self.reads(part, value_of, now)
        for part in site.targets:
            self.writes(part, value_of, now)

    def is_adjoint(self, name: str) -> bool:
        """Return whether a name is that of an adjoint."""
        return name not in self.own and "bar" in name.split("_")

    def writes(self, part: Part, value_of: ValueOf, now: int) -> None:
        """Take note of what is written."""
        if part.array is None:
            if is_kept_name(part.name) and part.name not in self.own:
                self.follow(part.name, value_of(part.code))
            return
        for shadow, at in self.elements(part, value_of):
            shadow.finish(at)
            shadow.written[at] = now

    def reads(self, part: Part, value_of: ValueOf, now: int) -> None:
        """Take note of an element, or a part, that is read."""
        for shadow, at in self.elements(part, value_of):
            shadow.read[at] = now

    def elements(self, part: Part, value_of: ValueOf) -> Iterator[tuple[_Shadow, Any]]:
        """Yield what is known of the kept array that this is a part of, and where in it."""
        array = None if part.array is None else value_of(part.array)
        if isinstance(array, np.ndarray) and array.size:
            for shadow in self.shadows.values():
                if np.may_share_memory(array, shadow.array):
                    yield shadow, shadow.where(array, value_of(part.index))

    def follow(self, name: str, array: Any) -> None:
        """Take note of a kept array that is made, or has grown."""
        known = self.shadows.get(name)
        if not isinstance(array, np.ndarray) or (known is not None and known.array is array):
            return
        size = np.size(array)
        fresh = self.shadows[name] = _Shadow(array, np.full(size, -1), np.full(size, -1))
        if known is not None:
            fresh.finished = known.finished
            old = min(size, known.written.size)
            fresh.written[:old], fresh.read[:old] = known.written[:old], known.read[:old]

    def kept(self) -> dict[str, npt.NDArray[np.int64]]:
        """Return the bytes that are kept after each statement, by name."""
        found: dict[str, npt.NDArray[np.int64]] = {}
        for name, shadow in self.shadows.items():
            shadow.finish(slice(None))
            steps = np.zeros(len(self.lines) + 1, np.int64)
            spans = np.concatenate(shadow.finished)
            np.add.at(steps, spans[:, 0], 1)
            np.add.at(steps, spans[:, 1], -1)
            found[name] = np.cumsum(steps[:-1]) * shadow.array.itemsize
        return found
