"""The optimisers: functions that return compiled loops."""

from __future__ import annotations

from typing import Any

from srcad.arguments import parameter_names
from srcad.carried import carrier_of
from srcad.derivative import derivative, target_of
from srcad.operators.compiled import understood
from srcad.operators.gradients import value_and_grad
from srcad.operators.hessians import hvp
from srcad.operators.jacobians import jacobian
from srcad.optimize import adam as adam_loop
from srcad.optimize import lbfgs as lbfgs_loop
from srcad.optimize import levenberg, newton
from srcad.optimize.solver import Solver, solver


def lbfgs(f: Any, gtol: float = 1e-6, maxiter: int = 1000, memory: int = 10) -> Solver:
    """Return a function `(x0, *args)` that minimises `f` by L-BFGS.

    f: a Python function, an `@njit` function or a decorated one, of one float: a function of an
        array of floats with one axis, the first argument, and of `args`.
    gtol: it has converged when no element of the gradient is larger.
    maxiter: most iterations. memory: how many steps the approximation of the Hessian keeps.

    The function takes the start, an array with one axis, and returns a `Result`: `x`, `fun`,
    `jac`, `nit`, `nfev`, `success`, `status`. Called from Python and from `@njit` code; there,
    the options are literals, and what `f` captures is frozen. It is compiled at its first call.
    Raises TypeError for a start of another kind, ValueError for options that make no sense;
    and as `value_and_grad`. That it does not converge is no error: look at `success`.

    >>> import numpy as np
    >>> import srcad
    >>> def rosenbrock(x, a):
    ...     return np.sum(a * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
    >>> found = srcad.optimize.lbfgs(rosenbrock)(np.zeros(5), 100.0)
    >>> found.success, found.x.round(6).tolist()
    (True, [1.0, 1.0, 1.0, 1.0, 1.0])
    """
    _positive(gtol=gtol)
    _counts(maxiter=maxiter)
    if memory < 1:
        message = f"memory must be at least 1, got {memory}"
        raise ValueError(message)
    options = float(gtol), int(maxiter), int(memory)
    return solver("lbfgs", f, (value_and_grad,), lbfgs_loop.loop, options)


def newton_cg(f: Any, gtol: float = 1e-8, maxiter: int = 200, radius: float = 1.0) -> Solver:
    """Return a function `(x0, *args)` that minimises `f` by Newton's method in a trust region.

    f: as in `lbfgs`; the steps are found by conjugate gradients, with products of the Hessian.
    gtol, maxiter: as in `lbfgs`. radius: of the first trust region.

    The function takes and returns what that of `lbfgs` does.

    >>> import numpy as np
    >>> import srcad
    >>> def quartic(x):
    ...     return np.sum((x - 2.0) ** 4) + np.sum(x * x)
    >>> srcad.optimize.newton_cg(quartic)(np.zeros(2)).x.round(6).tolist()
    [1.164878, 1.164878]
    """
    _positive(gtol=gtol)
    _counts(maxiter=maxiter)
    if not radius > 0.0:
        message = f"radius must be above 0, got {radius}"
        raise ValueError(message)
    options = float(gtol), int(maxiter), float(radius)
    return solver("newton_cg", f, (value_and_grad, hvp), newton.loop, options)


def levenberg_marquardt(
    f: Any,
    ftol: float = 1e-14,
    xtol: float = 1e-12,
    gtol: float = 1e-14,
    maxiter: int = 500,
) -> Solver:
    """Return a function `(x0, *args)` that minimises half of the sum of squares of residuals.

    f: as in `lbfgs`, but it returns the residuals, an array of floats with one axis.
    ftol, xtol: it has converged when a step would reduce the sum by no more than this part of
        it, or move x by no more than this part. gtol: or when no column of the Jacobian has a
        larger cosine with the residuals.
    maxiter: most iterations.

    The function takes and returns what that of `lbfgs` does; `fun` is half of the sum of
    squares, and `jac` its gradient.

    >>> import numpy as np
    >>> import srcad
    >>> def residuals(x, t, y):
    ...     return x[0] * np.exp(-x[1] * t) - y
    >>> t = np.linspace(0.0, 4.0, 9)
    >>> y = 2.0 * np.exp(-0.5 * t)
    >>> srcad.optimize.levenberg_marquardt(residuals)(np.ones(2), t, y).x.round(6).tolist()
    [2.0, 0.5]
    """
    _positive(ftol=ftol, xtol=xtol, gtol=gtol)
    _counts(maxiter=maxiter)
    options = float(ftol), float(xtol), float(gtol), int(maxiter)
    return solver("levenberg_marquardt", f, (_value, jacobian), levenberg.loop, options)


def adam(
    f: Any,
    steps: int = 1000,
    rate: float = 1e-2,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    gtol: float = 0.0,
) -> Solver:
    """Return a function `(x0, *args)` that takes the steps of Adam.

    f: as in `lbfgs`.
    steps: how many. rate, beta1, beta2, eps: as in the article of Kingma and Ba.
    gtol: it ends before when no element of the gradient is larger.

    The function takes and returns what that of `lbfgs` does; `success` says whether the
    gradient is as small as `gtol` at the end.

    >>> import numpy as np
    >>> import srcad
    >>> found = srcad.optimize.adam(lambda x: np.sum((x - 3.0) ** 2), rate=0.1)(np.zeros(2))
    >>> found.x.round(3).tolist(), found.success
    ([3.0, 3.0], True)
    """
    _counts(steps=steps)
    _positive(rate=rate, eps=eps, gtol=gtol)
    for name, value in (("beta1", beta1), ("beta2", beta2)):
        if not 0.0 <= value < 1.0:
            message = f"{name} must be at least 0 and below 1, got {value}"
            raise ValueError(message)
    options = int(steps), float(rate), float(beta1), float(beta2), float(eps), float(gtol)
    return solver("adam", f, (value_and_grad,), adam_loop.loop, options)


def _value(f: Any, argnums: Any = 0) -> Any:
    """Return what computes `f` itself."""
    carrier = carrier_of(f)
    func, options = target_of(f if carrier is None else carrier.func, "levenberg_marquardt")
    del argnums
    parameter_names(func)
    return derivative(func, "primal", (), options=options)


def _positive(**options: float) -> None:
    for name, value in options.items():
        if not value >= 0.0:
            message = f"{name} must not be negative, got {value}"
            raise ValueError(message)


def _counts(**options: int) -> None:
    for name, value in options.items():
        if value < 0 or value != int(value):
            message = f"{name} must be a whole number, and not negative, got {value}"
            raise ValueError(message)


for _operator in (lbfgs, newton_cg, levenberg_marquardt, adam):
    understood(_operator)
