"""Ranges that say how a loop is to be differentiated."""

from __future__ import annotations

from numba.extending import register_jitable


@register_jitable
def checkpointed(steps: range, slots: int) -> range:  # noqa: ARG001
    """Return `steps`, a range; a loop over it keeps few of its states for the way back.

    steps: a range. slots: how many states the loop may keep at once, that at its start
    included: a number that is known while compiling, from 2 to 2,000.

        for k in srcad.checkpointed(range(n), slots=10):
            ...

    In Python and in `@njit` code it is the range. In the reverse sweep of a function that is
    differentiated, the loop keeps the state that goes from one iteration to the next, numbers
    and arrays, at `slots` places instead of the tape of all iterations, and computes iterations
    again from there: by binomial checkpointing, which repeats as few as possible (Griewank &
    Walther, ACM Transactions on Mathematical Software 26 (2000), algorithm 799). For 1,000
    iterations and 10 slots, 3,636 are repeated. Derivatives by what the loop carries are bit for
    bit those of the loop over the range.

    The loop must not be left by `break`; what it carries has a value before it. An array that it
    writes has one name in the loop, and keeps its shape. Otherwise NotDifferentiable is raised
    when the derivative is made.
    """
    return steps
