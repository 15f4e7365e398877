"""What is made at a point stays what it was made of, whatever the function captures later.

Captured arrays and floats are copied. What is known while code is made is compared where code
is still to be made, and it is an error if that is another one by then.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcad.backend.jit import Derivative
from srcad.bound import Bound, taken_of
from srcad.captured import content_key
from srcad.derivative import Target
from srcad.frontend.syntax.opened import Unhidden
from srcad.trees import copied


def changed(func: Any) -> ValueError:
    """Return the error for a function that captures something else than at the point."""
    message = (
        f"what {func.__name__!r} captures has changed since the point was looked at, and there is "
        "no code yet for what was captured there; call vjp or linearize again, or make it "
        "an argument"
    )
    return ValueError(message)


def held_call(made: Bound) -> Callable[..., Any]:
    """Return a derivative of a function that captures what it captures now."""
    kernel, captured = made.taken()
    values = copied(captured)

    def call(*given: Any) -> Any:
        try:
            return kernel(*values, *given)
        except Unhidden:
            now, captured = made.taken()
            if now is not kernel or not _are_equal(captured, values):
                raise changed(made.recipe.func) from None
            return made(*given)  # which looks at what is captured in another way

    return call


@dataclass(frozen=True, slots=True)
class Held:
    """What an operator differentiates, with what it captures at a point.

    values: the first arguments of `base`. store: where what is made of it is kept. content: of
    what is known while code is made.
    """

    f: Any
    func: Target
    base: Any
    values: tuple[Any, ...]
    store: dict[Any, Any]
    content: Hashable

    def is_current(self) -> bool:
        """Return whether what is known while code is made is what it was."""
        if isinstance(self.base, Derivative):
            return self.base.is_current()
        return content_key(self.base) == self.content

    def is_unchanged(self) -> bool:
        """Return whether all that is captured is what it was."""
        taken = taken_of(self.f, self.func)
        return taken is not None and taken[0] is self.base and _are_equal(taken[1], self.values)


def held(f: Any, func: Target) -> Held | None:
    """Return a function with what it captures now; None if that is nothing.

    f: what an operator was given. func: the function behind it.
    """
    taken = taken_of(f, func)
    if taken is None:
        return None
    base, values, store = taken
    content = None if isinstance(base, Derivative) else content_key(base)
    return Held(f, func, base, copied(values), store, content)


def _are_equal(some: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    """Return whether floats and arrays are the same numbers of the same types."""
    return len(some) == len(others) and all(map(_is_equal, some, others))


def _is_equal(one: Any, other: Any) -> bool:
    if type(one) is not type(other) or np.asarray(one).dtype != np.asarray(other).dtype:
        return False
    return bool(np.array_equal(one, other, equal_nan=True))
