"""Calls that stay calls, in the order that the user wrote them in: they act on something outside.

print("a", x)             ->   print('a', x)
print(f"{x:.3f} and {n}") ->   print_text('{:.3f} and {}', (x, n,))
np.random.normal(mu, 2.0) ->   z = np.random.standard_normal()    and then    mu + 2.0 * z

They happen once in a derivative, on the way forward. What is drawn is a number like one of the
arguments; no derivative flows through a draw.
"""

from __future__ import annotations

from dataclasses import dataclass

from srcad.ir.types import Array, Scalar, Type


@dataclass(frozen=True, slots=True)
class Printed:
    """The function of a call that prints its arguments; they are read and nothing else.

    text: how the call is written, with a `{}` for each argument.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Drawn(Printed):
    """The function of a call that draws random numbers, or seeds the generator.

    dtype, ndim: of what is drawn, if anything is.
    """

    dtype: str = "float64"
    ndim: int = 0

    @property
    def type(self) -> Type:
        """Return the type of what is drawn."""
        return Array(self.dtype, self.ndim, "C") if self.ndim else Scalar(self.dtype)
