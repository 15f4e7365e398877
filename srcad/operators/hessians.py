"""Second derivatives: the Hessian, and its products with vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, Literal, TypeVar, cast, overload

from srcad.arguments import Argnums
from srcad.backend.jit import Derivative
from srcad.backend.typed import P, R
from srcad.later import later
from srcad.operators.jacobians import of_kind
from srcad.sources import Text, with_source

if TYPE_CHECKING:
    from srcad.operators import holomorphic as complex_ones
else:
    complex_ones = later("srcad.operators.holomorphic")

X = TypeVar("X")


@overload
def hvp(
    f: Callable[Concatenate[X, P], Any], argnums: Literal[0] = ..., *, source: Text = ...
) -> Derivative[Concatenate[X, X, P], X]: ...


@overload
def hvp(f: Any, argnums: Argnums = ..., *, source: Text = ...) -> Derivative: ...


def hvp(f: Any, argnums: Argnums = 0, *, source: Text = None) -> Derivative:
    """Return a function `(x, v, *rest)` that computes the Hessian of `f` times `v`.

    f: a function of one float result, as `grad` takes it; `(x, *rest)` are its arguments.
    argnums: position or name of the argument to differentiate by. The vector, of the same
        shape and dtype, follows the argument that it belongs to, as in SciPy's
        `hessp(x, p, *args)`. A sequence gives a function that takes a vector after each of
        these arguments, and returns a tuple, in the order of `argnums`: the products with
        the whole Hessian, mixed derivatives included.
    source: the text of `f`, as in `differentiate`.

    It is the tangent of the gradient (forward over reverse: Pearlmutter, Neural Computation
    6 (1994)), and takes about as long as two gradients, whatever the size.
    Raises as `grad`, TypeError for a vector of another dtype or number of axes, and
    ValueError for one of another shape.

    >>> import numpy as np
    >>> import srcad
    >>> def rosenbrock(x):
    ...     return 100.0 * (x[1] - x[0] ** 2) ** 2 + (1.0 - x[0]) ** 2
    >>> srcad.hvp(rosenbrock)(np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    array([ 802., -400.])
    """
    return of_kind(with_source(f, source), "hvp", argnums)


@overload
def value_grad_hvp(
    f: Callable[Concatenate[X, P], R], argnums: Literal[0] = ..., *, source: Text = ...
) -> Derivative[Concatenate[X, X, P], tuple[R, X, X]]: ...


@overload
def value_grad_hvp(f: Any, argnums: Argnums = ..., *, source: Text = ...) -> Derivative: ...


def value_grad_hvp(f: Any, argnums: Argnums = 0, *, source: Text = None) -> Derivative:
    """Return a function `(x, v, *rest)` that computes `(value, gradient, product)`.

    As `hvp`, with the value and the gradient of the same sweep.

    >>> import srcad
    >>> def cube(x):
    ...     return x**3
    >>> srcad.value_grad_hvp(cube)(2.0, 1.0)
    (8.0, 12.0, 12.0)
    """
    return of_kind(with_source(f, source), "value_grad_hvp", argnums)


def hessian(
    f: Callable[P, Any], argnums: Argnums = 0, *, holomorphic: bool = False, source: Text = None
) -> Derivative[P, Any]:
    """Return a function of the same arguments that computes the Hessian of `f`.

    f: a function as `jacfwd` takes it, mostly of one float.
    argnums: position or name of the argument to differentiate by, and the result has its
        shape twice; a sequence gives a tuple of tuples: the block `[i][j]` holds the
        derivatives by the i-th and by the j-th of these arguments, and has the shape of the
        one followed by that of the other.
    holomorphic: True for the second complex derivatives of a function that has them: it
        returns one complex number, and these arguments are complex. The result is then a
        Python function.
    source: the text of `f`, as in `differentiate`.

    The Hessian of one float is made of tangents of the gradient, one for each number in the
    arguments, and is symmetric to rounding. Of other outputs it is the forward Jacobian of
    the reverse Jacobian, and the shape of the output comes first.
    Raises as `grad`.

    >>> import numpy as np
    >>> import srcad
    >>> def rosenbrock(x):
    ...     return 100.0 * (x[1] - x[0] ** 2) ** 2 + (1.0 - x[0]) ** 2
    >>> srcad.hessian(rosenbrock)(np.array([1.0, 1.0]))
    array([[ 802., -400.],
           [-400.,  200.]])
    """
    of = with_source(f, source)
    if holomorphic:
        return cast("Derivative[P, Any]", complex_ones.complex_hessian(of, argnums))
    return of_kind(of, "hessian", argnums)
