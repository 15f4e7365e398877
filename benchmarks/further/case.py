"""What a further case is: a program, its inputs, and its adjoint by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.case import Args


@dataclass(frozen=True, slots=True)
class FurtherCase:
    """One program, measured against njit's primal.

    inputs: makes the arguments, `inputs(rng, *sizes[which])`. hand: the same arguments, returns
    (value, *gradients); None where an adjoint by hand is long.
    """

    name: str
    program: Callable[..., float]
    argnums: tuple[int, ...]
    inputs: Callable[..., Args]
    sizes: dict[str, tuple[int, ...]]
    hand: Callable[..., Any] | None = None

    def args(self, which: str) -> Args:
        """The arguments of size `which`."""
        return self.inputs(np.random.default_rng(1), *self.sizes[which])
