"""`checkpoint`: functions whose inside is computed again on the way back."""

from __future__ import annotations

from collections.abc import Callable

from srcad.backend.typed import P, R
from srcad.custom import CustomFunction, checked


class checkpoint(CustomFunction[P, R]):  # noqa: N801 - a decorator, named as in JAX
    """The same function, whose inside is computed again in the reverse sweep.

    f: a Python function, an `@njit` function or a decorated one. It must not write its
        arguments: it returns new arrays instead.

    The result is a Numba dispatcher like a decorated function, which computes what `f` does,
    called from Python, from `@njit` code and inside functions that are differentiated. The
    adjoint of such a function keeps the arguments of the call alone; on the way back the call is
    computed once more, forward and back, and its tape lives as long as that. So n calls, one
    after the other, keep n times the arguments and the tape of one call, and cost one more run
    of `f` each. Derivatives are those of `f`, in both modes and of any order; a second derivative
    in reverse over reverse mode keeps what the first one computes.
    Raises NotDifferentiable, when it is differentiated, where `f` writes its argument, calls
    itself, or does what srcad does not accept. (Griewank & Walther 2008, section 12.2.)

    >>> import numpy as np
    >>> import srcad
    >>> @srcad.checkpoint
    ... def step(x):
    ...     for _ in range(100):
    ...         x = x - 0.01 * np.sin(x)
    ...     return x
    >>> def total(x):
    ...     for _ in range(10):
    ...         x = step(x)
    ...     return x
    >>> round(float(srcad.grad(total)(2.0)), 6)
    0.0
    """

    def __init__(self, f: Callable[P, R]) -> None:
        py_func, options = checked(f, "checkpoint")
        super().__init__(py_func, "again", (), options)
