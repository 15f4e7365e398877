"""The gradient of a function of one float."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from srcad.arguments import Argnums, is_several, parameter_names, positions
from srcad.backend.jit import Derivative
from srcad.derivative import derivative, target_of
from srcad.memo import shortcut


def grad(f: Any, argnums: Argnums = 0, has_aux: bool = False) -> Derivative:  # noqa: FBT001, FBT002 - as in JAX
    """Return a function of the same arguments that computes the gradient of `f`.

    f: a Python function, an `@njit` function or a decorated one; it returns one float.
    argnums: position or name of the argument to differentiate by, and the result is its
        gradient, with its shape and dtype; a sequence of them gives a tuple, in order.
    has_aux: `f` returns `(value, aux)`, and the result is `(gradient, aux)`.

    The result is a Numba dispatcher, to be called from Python and from `@njit` code. It
    is derived and compiled at the first call of each signature. It never changes its
    arguments: those that `f` writes are copied.
    Raises ValueError for an argument that `f` does not have. The first call raises
    TypeError for an argument or a result that is no float, and `NotDifferentiable`, with
    the place in the source, for a construct that is not supported.
    """
    return _gradient(f, "grad", argnums, has_aux=has_aux)


def value_and_grad(f: Any, argnums: Argnums = 0, has_aux: bool = False) -> Derivative:  # noqa: FBT001, FBT002 - as in JAX
    """Return a function that computes the value of `f` and its gradient in one sweep.

    As `grad`, with results `(value, gradient)`, or `((value, aux), gradient)`.
    """
    return _gradient(f, "value_and_grad", argnums, has_aux=has_aux)


def _gradient(f: Any, kind: Any, argnums: Argnums, *, has_aux: bool) -> Derivative:
    """Return the derivative object of `grad` or `value_and_grad`."""

    def make() -> Derivative:
        func, options = target_of(f, kind)
        wrt = positions(argnums, parameter_names(func), func.__name__)
        bare = not is_several(argnums)
        return derivative(func, kind, wrt, bare=bare, has_aux=bool(has_aux), options=options)

    return recalled(f, (kind, bool(has_aux)), argnums, make)


def recalled(
    f: Any, what: tuple[Hashable, ...], argnums: object, make: Callable[[], Derivative]
) -> Derivative:
    """Return what `make` makes of `f` and `argnums`, made once; `True` is not taken for 1."""
    if isinstance(argnums, tuple):
        what = (*what, tuple(map(type, argnums)))
    elif not isinstance(argnums, int | str | None):
        return make()
    try:
        return shortcut(f, (*what, type(argnums), argnums), make)
    except TypeError:  # of items that have no hash
        return make()
