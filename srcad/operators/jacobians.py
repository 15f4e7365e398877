"""The Jacobian of a function: column by column, row by row, or whichever is cheaper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from srcad.arguments import Argnums, is_several, parameter_names, positions
from srcad.backend.jit import Derivative
from srcad.backend.typed import P
from srcad.carried import carried, carrier_of
from srcad.derivative import derivative, target_of
from srcad.frontend.syntax.signature import signature_of
from srcad.ir.structures import given
from srcad.later import later
from srcad.operators.gradients import recalled
from srcad.sources import Text, with_source
from srcad.spec import ALONG, Kind
from srcad.trees import is_float, leaves

if TYPE_CHECKING:
    from srcad.drivers import jacobians as drivers
    from srcad.operators import holomorphic as complex_ones
else:
    drivers = later("srcad.drivers.jacobians")
    complex_ones = later("srcad.operators.holomorphic")


def jacfwd(
    f: Callable[P, Any], argnums: Argnums = 0, *, holomorphic: bool = False, source: Text = None
) -> Derivative[P, Any]:
    """Return a function of the same arguments that computes the Jacobian of `f` forward.

    f: a Python function, an `@njit` function or a decorated one.
    argnums: position or name of the argument to differentiate by; a sequence of them gives
        a tuple, in order.
    holomorphic: True for the complex derivatives of a function that has them: the arguments
        to differentiate by and the results are complex (numbers, arrays, or a tuple of them).
        The result is then a Python function. That they exist is not checked.
    source: the text of `f`, as in `differentiate`.

    The result has the shape of what `f` returns, followed by that of the argument. If `f`
    returns a tuple, there is one Jacobian for each item (and for each argument, when
    `argnums` is a sequence: the outputs are the outer tuple). Arguments that `f` writes
    are copied, and their final contents are outputs too, as `jvp` has them. Outputs that
    are no floats have Jacobians of zeros.
    It takes one sweep of the tangent for every eight numbers in the argument, or for each
    one where a sweep cannot carry several directions, or is faster along one; so it is for
    functions with few inputs.

    The result is a Numba dispatcher, as that of `grad`, and can itself be differentiated.
    Raises ValueError for an argument that `f` does not have. The first call raises
    TypeError for an argument that is no float, and `NotDifferentiable`, with the place in
    the source, for a construct that is not supported.

    >>> import numpy as np
    >>> import srcad
    >>> def area_and_length(sides):
    ...     return np.array([sides[0] * sides[1], 2.0 * sides[0] + 2.0 * sides[1]])
    >>> srcad.jacfwd(area_and_length)(np.array([3.0, 4.0]))
    array([[4., 3.],
           [2., 2.]])
    """
    of = with_source(f, source)
    if holomorphic:
        return cast("Derivative[P, Any]", complex_ones.complex_jacobian(of, argnums, "jacfwd"))
    return of_kind(of, "jacfwd", argnums)


def jacrev(
    f: Callable[P, Any], argnums: Argnums = 0, *, holomorphic: bool = False, source: Text = None
) -> Derivative[P, Any]:
    """Return a function of the same arguments that computes the Jacobian of `f` in reverse.

    As `jacfwd`, with sweeps of the adjoint from the numbers that `f` returns, so it is for
    functions with few outputs.

    >>> import numpy as np
    >>> import srcad
    >>> def mean_and_spread(x):
    ...     return np.mean(x), np.max(x) - np.min(x)
    >>> srcad.jacrev(mean_and_spread)(np.array([3.0, 4.0]))
    (array([0.5, 0.5]), array([-1.,  1.]))
    """
    of = with_source(f, source)
    if holomorphic:
        return cast("Derivative[P, Any]", complex_ones.complex_jacobian(of, argnums, "jacrev"))
    return of_kind(of, "jacrev", argnums)


def jacobian(
    f: Callable[P, Any], argnums: Argnums = 0, *, holomorphic: bool = False, source: Text = None
) -> Derivative[P, Any]:
    """Return a function of the same arguments that computes the Jacobian of `f`.

    As `jacfwd`, by the mode that takes less time for the sizes of the arguments and of the
    outputs: it has code for both unless the types decide. `jacobian_mode` says which one
    is taken, and why.

    >>> import srcad
    >>> def area_and_length(a, b):
    ...     return a * b, 2.0 * (a + b)
    >>> srcad.jacobian(area_and_length, ("a", "b"))(3.0, 4.0)
    ((4.0, 3.0), (2.0, 2.0))
    """
    of = with_source(f, source)
    if holomorphic:
        return cast("Derivative[P, Any]", complex_ones.complex_jacobian(of, argnums, "jacobian"))
    return of_kind(of, "jacobian", argnums)


def of_kind(f: Any, kind: Kind, argnums: Argnums) -> Derivative:
    """Return the derivative object of an operator that takes `argnums`."""
    carrier = carrier_of(f)
    if carrier is not None:
        if kind in ALONG:
            carrier.check_no_keywords(kind)
        found: Derivative = carried(lambda func, wrt: of_kind(func, kind, wrt), carrier, argnums)
        return found

    def make() -> Derivative:
        func, options = target_of(f, kind)
        wrt = positions(argnums, parameter_names(func), func.__name__)
        return derivative(func, kind, wrt, bare=not is_several(argnums), options=options)

    return recalled(f, (kind,), argnums, make)


@dataclass(frozen=True, slots=True)
class ModeChoice:
    """The mode that `jacobian` takes, and why.

    inputs: how many numbers it differentiates by. outputs: how many numbers `f` returns.
    by_types: whether there is only code for this mode: all inputs are numbers and there are
        arrays among the outputs, or the other way round.
    """

    mode: Literal["forward", "reverse"]
    inputs: int
    outputs: int
    by_types: bool

    @property
    def why(self) -> str:
        """Return the reason in words."""
        sweeps = f"{self.inputs} forward or {self.outputs} reverse"
        if self.by_types:
            which = ("inputs", "outputs")[self.mode == "reverse"]
            return f"{self.mode}: {sweeps} sweeps; all {which} are single numbers"
        cost = f"a reverse sweep counts as {drivers.REVERSE_COST} forward ones"
        return f"{self.mode}: {sweeps} sweeps, and {cost}"

    def __str__(self) -> str:
        return self.why


def jacobian_mode(f: Any, *args: Any, argnums: Argnums = 0) -> ModeChoice:
    """Return the mode that `jacobian(f, argnums)` takes for these arguments, and why.

    Runs `f` once, for the sizes of what it returns. Raises as `jacobian`.

    >>> import numpy as np
    >>> import srcad
    >>> def total(x):
    ...     return np.sum(x * x)
    >>> print(srcad.jacobian_mode(total, np.ones(500)))
    reverse: 500 forward or 1 reverse sweeps; all outputs are single numbers
    """
    carrier = carrier_of(f)
    if carrier is not None:
        made = carried(
            lambda func, wrt: partial(jacobian_mode, func, argnums=wrt), carrier, argnums
        )
        found: ModeChoice = made(*args)
        return found
    func, options = target_of(f, "jacobian_mode")
    wrt = positions(argnums, parameter_names(func), func.__name__)
    out: Any = derivative(func, "primal", (), options=options)(*args)
    bound = signature_of(func).bind(*args)
    bound.apply_defaults()
    values = tuple(bound.arguments.values())
    inputs = _floats(tuple(values[k] for k in wrt))
    outputs = _floats(out)
    sizes = sum(map(np.size, inputs)), sum(map(np.size, outputs))
    ranks = [[np.ndim(leaf) for leaf in part] for part in (outputs, inputs)]
    known = drivers.mode_by_types(*ranks)
    is_forward = known == "jacfwd" or (
        known is None and sizes[0] <= drivers.REVERSE_COST * sizes[1]
    )
    return ModeChoice("forward" if is_forward else "reverse", *sizes, known is not None)


def _floats(tree: Any) -> list[Any]:
    """Return the leaves that are floats."""
    return [leaf for leaf in leaves(given(tree)) if is_float(leaf)]
