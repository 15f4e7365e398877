"""`convergence`: how differences come near a derivative as their step becomes small.

The error of `(f(x + h v) - f(x)) / h` falls with h, that of `(f(x + h v) - f(x - h v)) / 2h` with h
squared, until rounding takes over, which grows as h falls (Nocedal & Wright 2006, sec. 8.1). A
derivative that is wrong has errors that stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from srcad import pictures
from srcad.backend.typed import P
from srcad.operators.products import jvp, vjp
from srcad.testing import (
    SEED,
    case_of,
    directions_of,
    dot,
    flat,
    in_order,
    moved,
    outputs,
    with_outputs,
)
from srcad.trees import leaves, rebuilt

STEPS = tuple(10.0**-k for k in range(1, 12))


@dataclass(frozen=True, slots=True)
class Convergence:
    """Errors of differences over their steps, along one direction.

    forward, reverse: the derivative by either mode. steps: the largest first. one_sided, central:
    by step, what a difference is away from the derivative of reverse mode.
    """

    forward: float
    reverse: float
    steps: tuple[float, ...]
    one_sided: tuple[float, ...]
    central: tuple[float, ...]

    @property
    def least(self) -> float:
        """The error of the best difference, relative to the derivative."""
        return min((*self.one_sided, *self.central)) / max(abs(self.reverse), 1e-300)

    def __str__(self) -> str:
        """Return both derivatives, and a table of steps."""
        rows = [f"forward mode {self.forward:.12g}, reverse mode {self.reverse:.12g}"]
        rows.append("   step   one-sided    central")
        found = zip(self.steps, self.one_sided, self.central, strict=True)
        rows += [f"{h:7.0e}  {one:10.1e} {two:10.1e}" for h, one, two in found]
        return "\n".join(rows)

    def plot(self, axes: Any = None) -> Any:
        """Draw the errors over the steps, and how they should fall; return the axes.

        axes: of matplotlib; None for a new figure. Raises ImportError without matplotlib.
        """
        curves = {"one-sided": (self.one_sided, 1), "central": (self.central, 2)}
        return pictures.convergence(axes, self.steps, curves)


def convergence(f: Callable[P, Any], steps: Sequence[float] = STEPS) -> Callable[P, Convergence]:
    """Return a function of the same arguments that compares derivatives with differences.

    f: any function that the operators take. One that writes its arguments is run on copies, and
        what it writes is a result.
    steps: of the differences, the largest first.

    The result moves all float arguments along one random direction, and takes one random
    combination of all results. It returns a `Convergence`: printed, a table of the errors of
    one-sided and central differences; `.plot()` draws them (`pip install 'srcad[plots]'`). Where
    the derivative is right, they fall with the step and with its square, down to rounding; where
    it is wrong they stay. `check_grads` decides by one step, this shows why.
    Raises as `jvp` and `vjp`, and ValueError without steps.

    >>> import numpy as np
    >>> import srcad
    >>> def energy(x):
    ...     return np.sum(np.exp(x))
    >>> found = srcad.convergence(energy, steps=(1e-1, 1e-2, 1e-3))(np.array([0.5, -0.3]))
    >>> [round(np.log10(a / b)) for a, b in zip(found.central, found.central[1:])]
    [2, 2]
    """
    if not steps:
        message = "convergence takes at least one step"
        raise ValueError(message)

    def compared(*given: P.args, **named: P.kwargs) -> Convergence:
        args = given if not named else in_order(f, given, named)
        case = case_of(f, args)
        tangents = directions_of(args, SEED)
        out, slopes = jvp(f, args, tangents)
        case = with_outputs(case, leaves(out))
        bars = list(directions_of(tuple(leaves(out)), SEED + 2))
        _, pullback = vjp(f, *args)
        forward = dot(bars, leaves(slopes))
        reverse = dot(flat(pullback(rebuilt(out, bars)), args), flat(tangents, args))
        middle = dot(bars, outputs(case, args))
        one_sided, central = [], []
        for h in steps:
            ahead = dot(bars, outputs(case, moved(args, tangents, h)))
            behind = dot(bars, outputs(case, moved(args, tangents, -h)))
            one_sided.append(abs((ahead - middle) / h - reverse))
            central.append(abs((ahead - behind) / (2.0 * h) - reverse))
        found = tuple(map(float, steps)), tuple(one_sided), tuple(central)
        return Convergence(forward, reverse, *found)

    return compared
