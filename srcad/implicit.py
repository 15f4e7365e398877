"""`root`, `fixed_point` and `argmin`: solvers with the derivative of the implicit function.

    f(x, a) = 0         x_dot = -(df/dx)^-1 (df/da) a_dot
    x = f(x, a)         x_dot = (I - df/dx)^-1 (df/da) a_dot
    grad f(x, a) = 0    as the first, of the gradient

The derivative of the steps that a solver takes is not looked at: neither kept nor trusted (that
of a bisection is zero). It is a rule as `custom_jvp` has them, in the language that srcad accepts:
reverse mode solves with the transpose, and derivatives of higher order differentiate the rule.
(Griewank & Walther 2008, ch. 15; Krantz & Parks 2003.)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, Literal

import numpy as np

from srcad.arguments import parameter_names
from srcad.backend.typed import P, R
from srcad.captured import python_function
from srcad.custom import custom_jvp
from srcad.derivative import target_of
from srcad.frontend.syntax.made import made_function
from srcad.krylov import METHODS, solves
from srcad.operators.gradients import grad
from srcad.operators.jacobians import jacfwd
from srcad.operators.products import tangent

Linear = Literal["dense", "cg", "gmres"]

RULE = """\
def rule(primals, tangents):
    {args}= primals
    {dots}= tangents
    x = solution({args})
    _, r_dot = along(x, {args}{dots})
    if np.ndim(x) == 0:
        _, slope = sloped(x, {args}1.0)
        return x, r_dot / ({one}slope)
    if r_dot.size != x.size:
        raise ValueError("{name}: the function must return an array of the shape of x")
{solving}"""

DENSE = """\
    n = x.size
    jac = np.reshape(jacobian(x, {args}), (n, n))
    for i in range(n):
        for j in range(n):
            jac[i, j] = -jac[i, j]
    {diagonal}
    return x, np.reshape(np.linalg.solve(jac, np.reshape(r_dot, n)), x.shape)
"""

BY_PRODUCTS = """\
    return x, solve(x, {args}np.reshape(r_dot, x.shape))
"""

ITERATION = """\
def fixed_point({x0}, {params}):
    {x} = {f}({x0}, {params})
    for {k} in range({most}):
        {new} = {f}({x}, {params})
        {change} = np.max(np.abs(np.asarray({new} - {x})))
        {size} = np.max(np.abs(np.asarray({new})))
        {x} = {new}
        if {change} <= {tol!r} * max(1.0, {size}):
            return {x}
    raise RuntimeError("fixed_point: no convergence in {most} steps")
"""
OWN = ("x0", "x", "k", "new", "change", "size", "f")
"""The names of the iteration that parameters may have, too: then they are others."""
READ = {"np", "range", "max", "RuntimeError"}
"""Names that the iteration reads: a parameter is called by another."""


def root(f: Any, solver: Callable[P, R], linear: Linear = "dense") -> custom_jvp[P, R]:
    """Return `solver` with the derivative of the root of `f` that it finds.

    f: a function `f(x, *args)` that returns a number for a number `x`, or an array of the shape
        of `x`; zero at what the solver returns. A Python function or an `@njit` function.
    solver: a function `solver(*args)` that returns `x`, written in what srcad or Numba accepts.
        Its arguments are numbers, arrays and structures of these, those of `f` after `x`: an
        initial guess is one of them, and `f` does not depend on it.
    linear: how the linear systems of the derivative are solved. "dense": the Jacobian by `x` is
        made in forward mode. "gmres": by products with it and its transpose alone, for many
        unknowns. "cg": the same, where it is symmetric and definite.

    The result is a function as `custom_jvp` makes them, of the arguments of `solver`, in both
    modes and at every order. How close the solver comes to the root is its own business: the
    derivative is that at `x`.
    Raises TypeError for functions whose arguments do not fit. At a root where the Jacobian is
    singular, `np.linalg.LinAlgError` is raised, and a number has a derivative that is inf or nan.
    By products, RuntimeError is raised where the residual does not become 1e-12 of the right side
    (some 1e-5 in single precision).

    >>> import srcad
    >>> def residual(x, a):
    ...     return x * x - a
    >>> def bisect(a):
    ...     low, high = 0.0, 1.0 + a
    ...     for _ in range(60):
    ...         mid = 0.5 * (low + high)
    ...         if mid * mid > a:
    ...             high = mid
    ...         else:
    ...             low = mid
    ...     return 0.5 * (low + high)
    >>> srcad.grad(srcad.root(residual, bisect))(4.0)
    0.25
    """
    return _implicit(f, solver, "root", linear, is_fixed=False)


def fixed_point(
    f: Any,
    solver: Any = None,
    tol: float = 1e-13,
    steps: int = 10_000,
    linear: Linear = "dense",
) -> custom_jvp:
    """Return a solver of `x = f(x, *args)` with the derivative of the fixed point.

    f: as in `root`, but what it returns is `x` itself at the solution.
    solver: as in `root`; None for the iteration `x = f(x, *args)`: the result then takes the
        initial guess before the other arguments.
    linear: as in `root`.
    tol, steps: where that iteration ends: at changes below `tol`, relative to numbers above 1,
        or with RuntimeError after so many steps.

    >>> import math
    >>> import srcad
    >>> kepler = srcad.fixed_point(lambda E, M, e: M + e * math.sin(E))
    >>> E, slope = srcad.value_and_grad(kepler, "M")(1.0, 1.0, 0.1)
    >>> bool(abs(slope - 1.0 / (1.0 - 0.1 * math.cos(E))) < 1e-12)
    True
    """
    if solver is None:
        func, _ = target_of(f, "fixed_point")
        params = [f"{p}_" if p in READ else p for p in parameter_names(func)[1:]]
        own = {name: _free(name, params) for name in OWN}
        named = ", ".join(params)
        text = ITERATION.format(params=named, most=int(steps), tol=float(tol), **own)
        solver = made_function(text, "fixed_point", {own["f"]: f, "np": np})
        text = (
            f"def mapped({own['x']}, {own['x0']}, {named}):\n"
            f"    return {own['f']}({own['x']}, {named})\n"
        )
        f = made_function(text, "mapped", {own["f"]: f})
    return _implicit(f, solver, "fixed_point", linear, is_fixed=True)


def argmin(f: Any, solver: Callable[P, R], linear: Linear = "dense") -> custom_jvp[P, R]:
    """Return `solver` with the derivative of the minimum of `f` that it finds.

    f: a function `f(x, *args)` that returns one float, with two derivatives by `x`.
    solver: as in `root`; the gradient of `f` by `x` is zero at what it returns.
    linear: as in `root`; the Hessian at a minimum is symmetric: "cg" for many unknowns.

    The Hessian at the minimum must not be singular; otherwise as `root`.

    >>> import srcad
    >>> def loss(x, a):
    ...     return (x - a) ** 2 + x * x
    >>> srcad.grad(srcad.argmin(loss, lambda a: 0.5 * a))(3.0)
    0.5
    """
    return _implicit(grad(f), solver, "argmin", linear, is_fixed=False)


def _free(name: str, taken: list[str]) -> str:
    """Return a name that is not taken."""
    while name in taken:
        name += "_"
    return name


def _implicit(f: Any, solver: Any, name: str, linear: str, *, is_fixed: bool) -> custom_jvp:
    """Return a solver with the rule of the implicit function."""
    if linear not in {"dense", *METHODS}:
        message = f'{name}: linear is "dense", "cg" or "gmres", not {linear!r}'
        raise ValueError(message)
    func, _ = target_of(f, name)
    py_func = python_function(solver)
    if not isinstance(py_func, FunctionType):
        message = f"{name} takes a solver that is a Python function or an @njit function"
        raise TypeError(message)
    params = list(inspect.signature(py_func).parameters)
    count = len(parameter_names(func))
    if count != len(params) + 1 or not params:
        message = (
            f"{name}: '{func.__name__}' takes {count} arguments and the solver {len(params)}; "
            "the function takes x, and then the arguments of the solver"
        )
        raise TypeError(message)
    solution = custom_jvp(solver)
    args = "".join(f"arg_{k}, " for k in range(len(params)))
    diagonal = "for i in range(n):\n        jac[i, i] += 1.0" if is_fixed else ""
    solving = BY_PRODUCTS.format(args=args)
    space = {
        "np": np,
        "solution": solution,
        "along": tangent(f, tuple(range(1, count))),
        "sloped": tangent(f, 0),
    }
    if linear == "dense":
        solving = DENSE.format(args=args, diagonal=diagonal)
        space["jacobian"] = jacfwd(f)
    else:
        space["solve"] = solves(f, count, linear, name, is_fixed=is_fixed)
    text = RULE.format(
        args=args,
        dots="".join(f"dot_{k}, " for k in range(len(params))),
        one="1.0 - " if is_fixed else "-",
        name=name,
        solving=solving,
    )
    solution.defjvp(made_function(text, "rule", space))
    return solution
