"""A function with a rule of the user's own, as `custom_jvp` and its relatives make it."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Any, Literal


@dataclass(slots=True, eq=False)
class CustomRule:
    """A function and its rule.

    func: what it computes. kind: the mode that the rule is written for; "again" for none: the
    derivatives are those of the function, whose calls keep their arguments alone.
    apart: the positions of the arguments that the rule takes beside the others, because they
    have no derivative.
    compiled: the Numba function, for a function that cannot be looked into.
    """

    func: FunctionType
    kind: Literal["jvp", "vjp", "again"]
    apart: tuple[int, ...] = ()
    compiled: object = None
    jvp: Any = None
    fwd: Any = None
    bwd: Any = None

    @property
    def name(self) -> str:
        """Return the name of the function, for generated code as well."""
        name = self.func.__name__
        return name if name.isidentifier() else "function"


def is_checkpoint(rule: CustomRule) -> bool:
    """Return whether this is a function without a rule, that is computed again instead."""
    return rule.kind == "again"
