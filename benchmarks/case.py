"""What a benchmark case is: a primal as a user writes it, its inputs, and its peers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Args = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One program, differentiated by every column of the table.

    primal: plain loops; returns one float.
    argnums: positions of the arguments to differentiate, always a tuple.
    inputs: builds the arguments from the numbers of one row of `sizes`.
    sizes: "full", "quick" and "tiny"; optionally "eager", a smaller size for libraries that
        pay for every operation of a long scalar loop (their time is scaled by `eager_scale`).
    hand: a hand-written adjoint, the limit: same arguments, returns (value, *gradients).
    arrays: the vectorised program, `arrays(xp, *args)`, `xp` is the library's array module.
    torch, jax: what a user of that library writes instead of `arrays`, same signature.
    target: the largest accepted (value+gradient)/primal; None where none is set.
    scalar_loop: a tape must be ten times slower than ours here, not just slower.
    tolerance: accepted relative disagreement of values and gradients.
    """

    name: str
    primal: Callable[..., Any]
    argnums: tuple[int, ...]
    inputs: Callable[..., Args]
    sizes: dict[str, tuple[int, ...]]
    hand: Callable[..., Any]
    arrays: Callable[..., Any]
    torch: Callable[..., Any] | None = None
    jax: Callable[..., Any] | None = None
    target: float | None = None
    scalar_loop: bool = True
    tolerance: float = 1e-9
    notes: tuple[str, ...] = field(default=())

    def size(self, which: str) -> tuple[int, ...]:
        """The numbers of size `which`; the "eager" size falls back to "full"."""
        return self.sizes.get(which, self.sizes["full"])

    def scale(self, which: str, used: str) -> float:
        """How much more work size `which` is than size `used` (all cases are linear)."""
        ratio = 1.0
        for big, small in zip(self.size(which), self.size(used), strict=True):
            ratio *= big / small
        return ratio
