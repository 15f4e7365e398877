"""Derivatives of Numba-style Python functions, as readable source that Numba compiles."""

from importlib import import_module
from typing import TYPE_CHECKING

import srcad.operators.compiled
import srcad.operators.pullbacks  # noqa: F401
from srcad.__about__ import __version__
from srcad.api import differentiate
from srcad.backend.loops import checkpointed
from srcad.backend.pool import memory_in_use, release_memory
from srcad.checkpoints import checkpoint
from srcad.custom import custom_jvp, custom_vjp
from srcad.decorated import Decorated
from srcad.errors import (
    CacheWarning,
    ComparisonsOnly,
    InternalError,
    MissingRule,
    NotDifferentiable,
)
from srcad.operators.cotangents import (
    clip_cotangent,
    print_cotangent,
    scale_cotangent,
    stop_gradient,
)
from srcad.operators.gradients import grad, value_and_grad
from srcad.operators.hessians import hessian, hvp, value_grad_hvp
from srcad.operators.jacobians import jacfwd, jacobian, jacobian_mode, jacrev
from srcad.operators.linear import linearize
from srcad.operators.products import adjoint, jvp, tangent, vjp
from srcad.operators.taylor import series, taylor
from srcad.options import options

if TYPE_CHECKING:
    from srcad import dask, optimize
    from srcad.bridges.callbacks import cfunc
    from srcad.bridges.exports import export
    from srcad.bridges.for_jax import as_jax
    from srcad.bridges.for_pytensor import as_pytensor
    from srcad.bridges.for_scipy import as_scipy
    from srcad.bridges.for_torch import as_torch
    from srcad.bridges.of_libraries import from_jax, from_torch
    from srcad.bridges.statistics import covariance, delta_method, robust_covariance
    from srcad.checked_rules import check_rule
    from srcad.convergence import convergence
    from srcad.explanations import explain
    from srcad.implicit import argmin, fixed_point, root
    from srcad.operators.memory import memory
    from srcad.operators.rules import rule
    from srcad.operators.sparse import sparse_hessian, sparse_jacobian
    from srcad.sparse.sparsity import sparsity
    from srcad.studies.costs import cost
    from srcad.studies.nan import trace_nan
    from srcad.studies.roundings import error_estimate
    from srcad.studies.timeline import timeline
    from srcad.studies.verification import verify
    from srcad.testing import check_grads
    from srcad.warming import warmup
else:
    LATER = {
        "as_jax": "srcad.bridges.for_jax",
        "as_pytensor": "srcad.bridges.for_pytensor",
        "as_scipy": "srcad.bridges.for_scipy",
        "as_torch": "srcad.bridges.for_torch",
        "from_jax": "srcad.bridges.of_libraries",
        "from_torch": "srcad.bridges.of_libraries",
        "cfunc": "srcad.bridges.callbacks",
        "convergence": "srcad.convergence",
        "cost": "srcad.studies.costs",
        "export": "srcad.bridges.exports",
        "covariance": "srcad.bridges.statistics",
        "delta_method": "srcad.bridges.statistics",
        "robust_covariance": "srcad.bridges.statistics",
        "explain": "srcad.explanations",
        "error_estimate": "srcad.studies.roundings",
        "timeline": "srcad.studies.timeline",
        "trace_nan": "srcad.studies.nan",
        "verify": "srcad.studies.verification",
        "check_rule": "srcad.checked_rules",
        "argmin": "srcad.implicit",
        "fixed_point": "srcad.implicit",
        "root": "srcad.implicit",
        "memory": "srcad.operators.memory",
        "rule": "srcad.operators.rules",
        "sparse_hessian": "srcad.operators.sparse",
        "sparse_jacobian": "srcad.operators.sparse",
        "sparsity": "srcad.sparse.sparsity",
        "check_grads": "srcad.testing",
        "warmup": "srcad.warming",
    }

    PACKAGES = {"dask", "optimize"}

    def __getattr__(name: str) -> object:
        """Return what is imported when it is first asked for: most programs never do."""
        if name in PACKAGES:
            return import_module(f"srcad.{name}")
        if name not in LATER:
            message = f"module 'srcad' has no attribute {name!r}"
            raise AttributeError(message)
        value = globals()[name] = getattr(import_module(LATER[name]), name)
        return value

    def __dir__() -> list[str]:
        """Return all public names."""
        return sorted({*globals(), *LATER, *PACKAGES})


__all__ = [
    "CacheWarning",
    "ComparisonsOnly",
    "Decorated",
    "InternalError",
    "MissingRule",
    "NotDifferentiable",
    "__version__",
    "adjoint",
    "argmin",
    "as_jax",
    "as_pytensor",
    "as_scipy",
    "as_torch",
    "cfunc",
    "check_grads",
    "check_rule",
    "checkpoint",
    "checkpointed",
    "clip_cotangent",
    "convergence",
    "cost",
    "covariance",
    "custom_jvp",
    "custom_vjp",
    "dask",
    "delta_method",
    "differentiate",
    "error_estimate",
    "explain",
    "export",
    "fixed_point",
    "from_jax",
    "from_torch",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacobian_mode",
    "jacrev",
    "jvp",
    "linearize",
    "memory",
    "memory_in_use",
    "optimize",
    "options",
    "print_cotangent",
    "release_memory",
    "robust_covariance",
    "root",
    "rule",
    "scale_cotangent",
    "series",
    "sparse_hessian",
    "sparse_jacobian",
    "sparsity",
    "stop_gradient",
    "tangent",
    "taylor",
    "timeline",
    "trace_nan",
    "value_and_grad",
    "value_grad_hvp",
    "verify",
    "vjp",
    "warmup",
]
