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


def refused(x: Vector) -> None:
    decorated("x", 1.0)  # type: ignore[arg-type]
    srcad.grad(energy)(x)  # type: ignore[call-arg]
    srcad.grad(energy)(x, "weight")  # type: ignore[arg-type]
    srcad.value_and_grad(decorated)(x, 1.0, 2.0)  # type: ignore[call-arg]
    srcad.grad(energy, has_aux="no")(x, 1.0)  # type: ignore[call-overload]
