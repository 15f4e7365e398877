"""What a type checker knows of dispatchers: which arguments they take, and what they return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Generic

    from typing_extensions import ParamSpec, TypeVar

    P = ParamSpec("P", default=...)
    R = TypeVar("R", default=Any)

    class Typed(Generic[P, R]):
        """A function of some arguments; without parameters, of any."""

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
            """Call it."""
            ...

else:
    P = R = None

    class Typed:
        """Nothing, where Python runs: Numba's dispatchers have a call of their own."""

        __slots__ = ()

        def __class_getitem__(cls, _: object) -> type:
            """Return the class itself."""
            return cls
