"""Functions in the form that SciPy's solvers take, with their derivatives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from srcad.arguments import is_several, parameter_names, positions
from srcad.bridges.last_point import Point, same_bits, state_of
from srcad.carried import carried, carrier_of
from srcad.derivative import derivative, target_of
from srcad.operators.gradients import value_and_grad
from srcad.operators.hessians import hessian, hvp
from srcad.operators.jacobians import jacobian
from srcad.operators.products import adjoint
from srcad.operators.sparse import sparse_hessian, sparse_jacobian

if TYPE_CHECKING:
    from collections.abc import Sequence

    from srcad.arguments import Argnums

    Floats = np.ndarray[Any, np.dtype[np.float64]]


def as_scipy(
    f: Any,
    argnums: Argnums = 0,
    sparse: bool = False,  # noqa: FBT001, FBT002 - as `has_aux` of `grad`
) -> ScipyFunction:
    """Return `f` as SciPy's solvers take functions: `fun`, `jac`, `hess` and `hessp`.

    f: a Python function, an `@njit` function or a decorated one. It returns one float, or an
        array of floats with one axis.
    argnums: position or name of the argument that the solver looks for, an array of floats
        with one axis (or a float, for `root_scalar`): 0 for `minimize`, `least_squares` and
        `root`, 1 for `solve_ivp`, whose functions are called with `(t, y)`.
    sparse: Jacobians and Hessians are sparse arrays (`csr_array`), found in few sweeps.

    The result `s` has the methods that solvers ask for by name; all take the arguments of `f`.

    - `s.fun`: the value; of one float, in one sweep with the gradient, which `s.jac` returns
      if it is asked for at the same point next.
    - `s.jac`: the gradient, of shape (n,), or the Jacobian, (m, n).
    - `s.hess`: the Hessian, (n, n). Of an array it takes weights, `s.hess(x, v)`, and is that
      of `v @ f(x)`, as `NonlinearConstraint` has it.
    - `s.hessp`: `(x, p, *args)`, the Hessian of one float times a vector.
    - `s(x, *args)`: value and derivative, for `jac=True` of `minimize` and `root`, and for
      `fprime=True` of `root_scalar`.
    - `s.constraint(lb, ub)`: a `NonlinearConstraint`.

    Results are fresh arrays of float64. Raises TypeError for a point that is no array of
    numbers with one axis, and for a result of another kind; and as `grad`.

    >>> import numpy as np
    >>> import srcad
    >>> from scipy.optimize import minimize
    >>> def rosenbrock(x):
    ...     return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
    >>> s = srcad.as_scipy(rosenbrock)
    >>> minimize(s.fun, np.zeros(4), jac=s.jac, hessp=s.hessp, method="trust-ncg").x.round(6)
    array([1., 1., 1., 1.])
    """
    if is_several(argnums):
        message = "as_scipy takes one argument; put several into one array"
        raise TypeError(message)
    carrier = carrier_of(f)
    if carrier is None:
        func, _ = target_of(f, "as_scipy")
        names = parameter_names(func)
        (position,) = positions(argnums, names, func.__name__)
        return ScipyFunction(f, position, names[position], bool(sparse))
    names = parameter_names(carrier.func)[len(carrier.args) :]
    (position,) = positions(argnums, names, carrier.func.__name__)
    return ScipyFunction(f, position, names[position], bool(sparse))


@dataclass(slots=True, eq=False)
class ScipyFunction:
    """What `as_scipy` returns. `argnum`, `name`: of the argument that a solver looks for."""

    f: Any
    argnum: int
    name: str
    sparse: bool
    _made: dict[str, Any] = field(default_factory=dict, repr=False)
    _last: Point | None = field(default=None, repr=False)

    def __call__(self, *args: Any) -> tuple[Any, Any]:
        """Return the value and the derivative: one float and its gradient, or two arrays."""
        args = self._given(args)
        if self._is_scalar(args):
            value, gradient = self._operator("value_and_grad")(*args)
            return float(value), _like_point(gradient)
        return self._array(args), self._jacobian(args)

    def fun(self, *args: Any) -> Any:
        """Return the value: a float, or an array of shape (m,)."""
        args = self._given(args)
        if not self._is_scalar(args):
            return self._array(args)
        state = state_of(self.f, args)
        value, gradient = self._operator("value_and_grad")(*args)
        self._last = None if state is None else Point.of(state, gradient)
        return float(value)

    def jac(self, *args: Any) -> Any:
        """Return the gradient, of shape (n,), or the Jacobian, of shape (m, n)."""
        args = self._given(args)
        if not self._is_scalar(args):
            return self._jacobian(args)
        last = self._last
        if last is not None and same_bits(last.state, state_of(self.f, args)):
            return _like_point(last.gradient)
        return _like_point(self._operator("value_and_grad")(*args)[1])

    def hess(self, *args: Any) -> Any:
        """Return the Hessian, of shape (n, n).

        Where `f` returns an array, the argument after the point holds weights, one for each
        element, and the result is the weighted sum of the Hessians.
        """
        given = self._given(args)
        if self._weights(args) is None:
            found = self._operator("hessian")(*given)
            return found if self.sparse else np.asarray(found, np.float64)
        at = self.argnum + 1
        rest = (*given[:at], *given[at + 1 :])
        return self._weighted(rest, np.asarray(args[at], np.float64))

    def hessp(self, *args: Any) -> Floats:
        """Return the Hessian of one float times the vector that stands after the point."""
        at = self.argnum + 1
        if len(args) <= at:
            message = f"hessp takes {self.name} and a vector, got {len(args)} arguments"
            raise TypeError(message)
        given = self._given(args)
        vector = _float64(args[at], "the vector")
        found = self._operator("hvp")(*given[:at], vector, *given[at + 1 :])
        return np.asarray(found, np.float64)

    def constraint(
        self,
        lb: Any,
        ub: Any,
        args: Sequence[Any] = (),
        keep_feasible: Any = False,  # noqa: FBT002 - as in SciPy
    ) -> Any:
        """Return `lb <= f(x, *args) <= ub` as a `scipy.optimize.NonlinearConstraint`.

        lb, ub: numbers, or arrays of the shape of the result; infinite for no bound.
        """
        from scipy.optimize import NonlinearConstraint  # noqa: PLC0415 - takes long to import

        if self.argnum:
            message = f"a constraint is a function of its first argument, not of {self.name}"
            raise TypeError(message)
        args = tuple(args)

        def hess(x: Any, v: Any) -> Any:
            if self._is_scalar(self._given((x, *args))):
                return float(np.asarray(v).reshape(-1)[0]) * self.hess(x, *args)
            return self.hess(x, v, *args)

        return NonlinearConstraint(
            lambda x: self.fun(x, *args),
            lb,
            ub,
            jac=lambda x: self.jac(x, *args),
            hess=hess,
            keep_feasible=keep_feasible,
        )

    def _given(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the arguments, the point as floats. Raises TypeError for one that is none."""
        k = self.argnum
        if len(args) <= k:
            message = f"expected the argument {self.name} at position {k}, got {len(args)}"
            raise TypeError(message)
        return (*args[:k], _float64(args[k], self.name), *args[k + 1 :])

    def _is_scalar(self, args: tuple[Any, ...]) -> bool:
        """Return whether `f` returns one float. Raises TypeError for what is no array either."""
        found = self._made.get("is_scalar")
        if found is None:
            value = self._operator("primal")(*args)
            found = isinstance(value, float | np.floating)
            if isinstance(value, tuple):  # with arguments that it writes, which are outputs, too
                found = self._has_gradient(args)
            if not found and not (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
                message = f"{self._title} must return a float or an array of floats, got "
                raise TypeError(message + _kind(value))
            self._made["is_scalar"] = found
        return bool(found)

    def _has_gradient(self, args: tuple[Any, ...]) -> bool:
        """Return whether `f` itself returns one float."""
        try:
            self._operator("value_and_grad")(*args)
        except TypeError:
            return False
        return True

    @property
    def _title(self) -> str:
        carrier = carrier_of(self.f)
        return str(getattr(self.f if carrier is None else carrier.func, "__name__", "f"))

    def _weights(self, args: tuple[Any, ...]) -> Any:
        """Return the weights among the arguments of `hess`, None where `f` is one float."""
        at = self.argnum + 1
        given = self._given(args)
        if self._made.get("is_scalar") is None:
            # The weights are no argument of `f`: with or without them, one number fits.
            carrier = carrier_of(self.f)
            func = target_of(self.f, "as_scipy")[0] if carrier is None else carrier.func
            count = len(parameter_names(func)) - (0 if carrier is None else len(carrier.args))
            has_more = len(args) > count
            self._is_scalar((*given[:at], *given[at + 1 :]) if has_more else given)
        if self._made["is_scalar"]:
            return None
        if len(args) <= at:
            message = (
                f"{self._title} returns an array: hess({self.name}, v) takes one weight for "
                "each element"
            )
            raise TypeError(message)
        return args[at]

    def _array(self, args: tuple[Any, ...]) -> Floats:
        """Return the array that `f` returns."""
        value = np.array(self._operator("primal")(*args), np.float64)
        if value.ndim != 1:
            message = f"{self._title} must return an array with one axis, got {value.ndim} axes"
            raise TypeError(message)
        return value

    def _jacobian(self, args: tuple[Any, ...]) -> Any:
        found = self._operator("jacobian")(*args)
        return found if self.sparse else np.asarray(found, np.float64)

    def _weighted(self, args: tuple[Any, ...], weights: Floats) -> Any:
        """Return the Hessian of `weights @ f(x)`: tangents of the adjoint, column by column."""
        from srcad.operators.products import jvp  # noqa: PLC0415 - tests put another one there

        count = self._array(args).size
        if weights.shape != (count,):
            message = f"{self._title} returns {count} numbers, and v has shape {weights.shape}"
            raise TypeError(message)
        back = self._operator("adjoint")
        point = args[self.argnum]
        if np.ndim(point) == 0:
            message = f"the Hessian of an array needs {self.name} to be an array, got a number"
            raise TypeError(message)
        result = np.empty((point.size, point.size))
        primals = (*args, weights)
        for k in range(point.size):
            unit = np.zeros(point.size)
            unit[k] = 1.0
            dots: list[Any] = [None] * len(primals)
            dots[self.argnum] = unit
            result[:, k] = jvp(back, primals, dots)[1][1]
        if not self.sparse:
            return result
        from scipy.sparse import csr_array  # noqa: PLC0415 - takes long to import

        return csr_array(result)

    def _operator(self, name: str) -> Any:
        """Return a derivative of `f` by the point."""
        if name not in self._made:
            self._made[name] = self._derived(name)
        return self._made[name]

    def _derived(self, name: str) -> Any:
        k = self.argnum
        match name:
            case "primal":
                carrier = carrier_of(self.f)
                return _value(self.f) if carrier is None else carried(_value, carrier, k)
            case "value_and_grad":
                return value_and_grad(self.f, k)
            case "hvp":
                return hvp(self.f, k)
            case "hessian":
                return sparse_hessian(self.f, k) if self.sparse else hessian(self.f, k)
            case "jacobian":
                return sparse_jacobian(self.f, k) if self.sparse else jacobian(self.f, k)
            case _:
                return adjoint(self.f, k)


def _value(f: Any, argnums: Argnums = 0) -> Any:
    """Return what computes `f` itself."""
    del argnums
    func, options = target_of(f, "as_scipy")
    return derivative(func, "primal", (), options=options)


def _float64(value: Any, name: str) -> Any:
    """Return a point as an array of float64 of its own memory, or as a float."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" or array.ndim > 1:
        message = f"{name} must be an array of floats with one axis, got {_kind(value)}"
        raise TypeError(message)
    if array.ndim == 0:
        return float(array)
    return np.array(array, np.float64, order="C")


def _like_point(gradient: Any) -> Any:
    """Return a gradient that belongs to the caller."""
    return np.array(gradient, np.float64) if np.ndim(gradient) else float(gradient)


def _kind(value: Any) -> str:
    """Return what a value is, for messages."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} with {value.ndim} axes"
    return type(value).__name__
