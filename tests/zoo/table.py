"""What a zoo program is, and the table that the zoo's files fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

TOL = {"f64": 1e-9, "f32": 2e-4}
"""Relative tolerance by precision: against the largest entry of what is compared."""


@dataclass(frozen=True)
class Program:
    """One small program with inputs: a row of the zoo.

    args: returns fresh positional arguments; called for every use.
    wrt: positions of the arguments to differentiate by.
    mutates: positions of the array arguments that the function writes.
    smooth: the 50-digit differences agree (False: the point is singular, or the program
      means rounding itself; conventions hold there).
    """

    name: str
    function: Any
    args: Callable[[], tuple[Any, ...]]
    wrt: tuple[int, ...]
    mutates: tuple[int, ...] = ()
    smooth: bool = True
    precision: str = "f64"
    theme: str = ""
    notes: str = ""

    @property
    def tol(self) -> float:
        """Return the relative tolerance for this program's derivatives."""
        return TOL[self.precision]


PROGRAMS: list[Program] = []


REJECTED: list[Program] = []


def rejected(args: Callable[[], tuple[Any, ...]]) -> Callable[[Any], Any]:
    """Register the decorated function as one that must be refused."""

    def register(function: Any) -> Any:
        REJECTED.append(Program(function.__name__, function, args, ()))
        return function

    return register


def carries_derivative(value: Any) -> bool:
    """Return whether an argument has a float in it."""
    if isinstance(value, tuple):
        return any(map(carries_derivative, value))
    if isinstance(value, np.ndarray):
        return bool(np.issubdtype(value.dtype, np.floating))
    return isinstance(value, float | np.floating)


def program(
    args: Callable[[], tuple[Any, ...]], wrt: tuple[int, ...] | None = None, **facts: Any
) -> Callable[[Any], Any]:
    """Register the decorated function, which stays as it is, as a row of the zoo."""

    def register(function: Any) -> Any:
        plain = getattr(function, "py_func", function)
        name = facts.pop("name", plain.__name__)
        positions = wrt
        if positions is None:
            positions = tuple(k for k, arg in enumerate(args()) if carries_derivative(arg))
        PROGRAMS.append(
            Program(
                name=name,
                function=function,
                args=args,
                wrt=positions,
                theme=plain.__module__.rpartition(".")[2],
                notes=plain.__doc__ or "",
                **facts,
            )
        )
        return function

    return register


def vec(*shape: int, seed: int = 0, low: float = -1.0, high: float = 1.0) -> np.ndarray:
    """Return a reproducible float64 array, uniform in [low, high)."""
    return np.random.default_rng(seed).uniform(low, high, shape)


def pos(*shape: int, seed: int = 0) -> np.ndarray:
    """Return a reproducible array of numbers between 0.5 and 2."""
    return vec(*shape, seed=seed, low=0.5, high=2.0)
