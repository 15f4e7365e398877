"""What the user's `print` becomes: a call that stays a call, and has no result.

print("a", x)            ->   print('a', x)
print(f"{x:.3f} and {n}") ->   print_text('{:.3f} and {}', (x, n,))
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Printed:
    """The function of a call that prints its arguments; they are read and nothing else.

    text: how the call is written, with a `{}` for each argument.
    """

    text: str
