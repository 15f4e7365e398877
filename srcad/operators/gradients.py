"""The gradient of a function of one float."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Literal, overload

from srcad.arguments import Argnums, is_several, parameter_names, positions
from srcad.backend.jit import Derivative
from srcad.backend.typed import P, R
from srcad.carried import carried, carrier_of
from srcad.derivative import derivative, target_of
from srcad.memo import shortcut
from srcad.sources import Text, with_source
from srcad.spec import Buffers

Out = bool | Literal["add"]

ONE = (int, str, type(None))


@overload
def grad(
    f: Callable[P, R],
    argnums: Argnums = ...,
    has_aux: bool = ...,
    out: Literal[False] = ...,
    holomorphic: bool = ...,
    *,
    source: Text = ...,
) -> Derivative[P, Any]: ...


@overload
def grad(
    f: Any,
    argnums: Argnums = ...,
    has_aux: bool = ...,
    out: Out = ...,
    holomorphic: bool = ...,
    *,
    source: Text = ...,
) -> Derivative: ...


def grad(
    f: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    out: Out = False,
    holomorphic: bool = False,
    *,
    source: Text = None,
) -> Derivative:
    """Return a function of the same arguments that computes the gradient of `f`.

    f: a Python function, an `@njit` function or a decorated one; it returns one float.
    argnums: position or name of the argument to differentiate by, and the result is its
        gradient, with its shape and dtype; a sequence of them gives a tuple, in order.
    has_aux: `f` returns `(value, aux)`, and the result is `(gradient, aux)`.
    holomorphic: True for the complex derivative of a function that has one: `f` returns one
        complex number, and the arguments to differentiate by are complex. Whether `f` has a
        complex derivative is not checked.
    out: True for a function that takes one more argument, the array (or the tuple of arrays)
        for the gradient, of the shape and dtype of what it is for. It is overwritten, and
        returned; nothing is allocated for it. "add" to add to what it holds. After an
        exception, it may hold a part of either.
    source: the text of `f`, where Python has none, as in `differentiate`.

    The gradient by a complex argument z = a + ib is df/da - i df/db, as in JAX.
    The result is a Numba dispatcher, to be called from Python and from `@njit` code. It
    is derived and compiled at the first call of each signature. It never changes its
    arguments: those that `f` writes are copied.
    Raises ValueError for an argument that `f` does not have. The first call raises
    TypeError for an argument or a result that is no float, and `NotDifferentiable`, with
    the place in the source, for a construct that is not supported. An array for the result
    raises TypeError where it has another dtype or rank or is read-only, and ValueError where
    it has another shape, or shares memory with an argument.

    >>> import numpy as np
    >>> import srcad
    >>> def energy(x):
    ...     return np.sum(x * x)
    >>> x, x_bar = np.array([1.0, 2.0]), np.ones(2)
    >>> srcad.grad(energy)(x).tolist(), srcad.grad(energy, out="add")(x, x_bar).tolist()
    ([2.0, 4.0], [3.0, 5.0])
    """
    f = with_source(f, source)
    return _gradient(f, "grad", argnums, has_aux=has_aux, out=out, holomorphic=holomorphic)


@overload
def value_and_grad(
    f: Callable[P, R],
    argnums: Argnums = ...,
    has_aux: bool = ...,
    out: Literal[False] = ...,
    holomorphic: bool = ...,
    *,
    source: Text = ...,
) -> Derivative[P, tuple[R, Any]]: ...


@overload
def value_and_grad(
    f: Any,
    argnums: Argnums = ...,
    has_aux: bool = ...,
    out: Out = ...,
    holomorphic: bool = ...,
    *,
    source: Text = ...,
) -> Derivative: ...


def value_and_grad(
    f: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    out: Out = False,
    holomorphic: bool = False,
    *,
    source: Text = None,
) -> Derivative:
    """Return a function that computes the value of `f` and its gradient in one sweep.

    As `grad`, with results `(value, gradient)`, or `((value, aux), gradient)`.
    """
    kind, f = "value_and_grad", with_source(f, source)
    return _gradient(f, kind, argnums, has_aux=has_aux, out=out, holomorphic=holomorphic)


def _gradient(
    f: Any, kind: Any, argnums: Argnums, *, has_aux: bool, out: Out, holomorphic: bool
) -> Derivative:
    """Return the derivative object of `grad` or `value_and_grad`."""
    if not isinstance(out, bool) and not (isinstance(out, str) and out == "add"):
        hint = "; the array itself is the last argument of what is returned"
        message = f"out takes True or 'add', got {out!r}{'' if isinstance(out, str) else hint}"
        raise ValueError(message)
    carrier = carrier_of(f)
    if carrier is not None:
        operator = grad if kind == "grad" else value_and_grad
        given = {"has_aux": has_aux, "out": out, "holomorphic": holomorphic}
        found: Derivative = carried(operator, carrier, argnums, **given)
        return found
    buffers: Buffers = None if not out else "add" if out == "add" else "set"
    extra = ("out",) if out else ()

    def make() -> Derivative:
        func, options = target_of(f, kind)
        wrt = positions(argnums, parameter_names(func), func.__name__)
        bare = not is_several(argnums)
        return derivative(
            func,
            kind,
            wrt,
            bare=bare,
            has_aux=bool(has_aux),
            extra=extra,
            options=options,
            buffers=buffers,
            holomorphic=bool(holomorphic),
        )

    return recalled(f, (kind, bool(has_aux), buffers, bool(holomorphic)), argnums, make)


def recalled(
    f: Any, what: tuple[Hashable, ...], argnums: object, make: Callable[[], Derivative]
) -> Derivative:
    """Return what `make` makes of `f` and `argnums`, made once; `True` is not taken for 1."""
    if isinstance(argnums, tuple):
        what = (*what, tuple(map(type, argnums)))
    elif not isinstance(argnums, ONE):
        return make()
    try:
        return shortcut(f, (*what, type(argnums), argnums), make)
    except TypeError:  # of items that have no hash
        return make()
