"""Typical uses, as a type checker sees them: `mypy --strict srcad tests/typed_uses.py`.

Nothing here is run. Where a call must be refused, a comment says so, and mypy complains about
such a comment where nothing is refused.
"""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import srcad

Vector = NDArray[np.float64]


def energy(x: Vector, weight: float) -> float:
    return float(weight * np.sum(x * x))


@srcad.differentiate
def decorated(x: Vector, weight: float) -> float:
    return float(weight * np.sum(x * x))


@srcad.differentiate(cache=True)
def with_options(x: Vector) -> float:
    return float(np.sum(x))


def calls(x: Vector) -> None:
    assert_type(decorated(x, 1.0), float)
    assert_type(with_options(x), float)
    assert_type(srcad.grad(energy)(x, 1.0), Any)
    assert_type(srcad.value_and_grad(energy)(x, weight=1.0), tuple[float, Any])
    assert_type(decorated.grad()(x, 1.0), Any)
    srcad.grad(decorated, argnums="weight")(x, 1.0)
    srcad.hessian(energy)(x, 1.0)
    srcad.grad(energy, out=True)(x, 1.0, np.empty_like(x))
    srcad.grad(lambda x: x * x)(2.0)
    print(decorated.inspect_adjoint(x, 1.0), decorated.py_func, srcad.grad(energy).signatures)


def operators(x: Vector) -> None:
    out, out_dot = srcad.jvp(energy, (x, 1.0), (x, None))
    assert_type(out, float)
    out, pullback = srcad.vjp(decorated, x, 1.0)
    assert_type(out, float)
    assert_type(pullback(1.0), tuple[Any, ...])
    filled, _ = srcad.jvp(fill, (x,), (x,))
    assert_type(filled, Any)
    assert_type(srcad.hvp(energy)(x, x, 1.0), Vector)
    assert_type(srcad.value_grad_hvp(decorated)(x, x, 1.0), tuple[float, Vector, Vector])
    srcad.hvp(energy, "weight")(x, 1.0, 2.0)
    assert_type(srcad.tangent(energy)(x, 1.0, x), tuple[float, Any])
    assert_type(srcad.adjoint(scaled)(x, x), tuple[Vector, Any])
    value, along = srcad.linearize(doubled, x)
    assert_type(value, Vector)
    assert_type(along(x), Vector)
    srcad.jacobian(scaled)(x)
    srcad.taylor(np.sin, x, x, 3)
    print(out_dot)


@srcad.checkpoint
def scaled(x: Vector) -> Vector:
    return 2.0 * srcad.stop_gradient(x)


@srcad.custom_vjp
def with_rule(x: Vector, k: int) -> Vector:
    return x * k


def doubled(x: Vector) -> Vector:
    return 2.0 * x


def fill(x: Vector) -> None:
    x[0] = 1.0


def studies(x: Vector) -> None:
    assert_type(with_rule(x, 2), Vector)
    assert_type(scaled(x), Vector)
    assert_type(srcad.memory(energy)(x, 1.0).bytes, int | None)
    assert_type(srcad.cost(energy)(x, weight=1.0).gradient.operations, int | None)
    assert_type(srcad.convergence(energy)(x, 1.0).steps, tuple[float, ...])
    assert_type(srcad.timeline(energy)(x, 1.0).peak, int)
    assert_type(srcad.error_estimate(energy)(x, 1.0).bound, float)
    srcad.timeline(energy)(x, 1.0).plot()
    found = srcad.trace_nan(energy)(x, 1.0)
    print(found.line if found else "finite", srcad.verify(energy)(x, 1.0))
    solver = srcad.as_scipy(energy)
    print(solver.fun, solver.jac, srcad.optimize.lbfgs(energy)(x, 1.0))


def refused(x: Vector) -> None:
    decorated("x", 1.0)  # type: ignore[arg-type]
    srcad.grad(energy)(x)  # type: ignore[call-arg]
    srcad.grad(energy)(x, "weight")  # type: ignore[arg-type]
    srcad.value_and_grad(decorated)(x, 1.0, 2.0)  # type: ignore[call-arg]
    srcad.grad(energy, has_aux="no")(x, 1.0)  # type: ignore[call-overload]
    srcad.hvp(energy)(x, x)  # type: ignore[call-arg]
    srcad.timeline(energy)(x)  # type: ignore[call-arg]
    srcad.memory(decorated)(x, "weight")  # type: ignore[arg-type]
    with_rule(x, "k")  # type: ignore[arg-type]
