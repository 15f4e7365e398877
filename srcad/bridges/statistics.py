"""Standard errors: covariances of estimates from derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.bridges.for_scipy import as_scipy

Floats = np.ndarray[Any, np.dtype[np.float64]]


def covariance(nll: Any) -> Callable[..., Floats]:
    """Return a function `(theta, *args)` that computes the covariance of an estimate.

    nll: a negative log-likelihood (the whole sum, not the mean), a function of one float as
        `grad` takes it. Its first argument is an array with one axis.

    At the minimum, the covariance of a maximum likelihood estimate is the inverse of the
    Hessian, the observed information. Of shape (p, p); standard errors are
    `np.sqrt(np.diag(...))`. Whether theta is a minimum is yours to know, but
    raises ValueError where the Hessian is not positive definite or not finite; and as `hessian`.

    >>> import numpy as np
    >>> import srcad
    >>> def nll(theta, x):
    ...     mean, log_scale = theta[0], theta[1]
    ...     return x.size * log_scale + 0.5 * np.sum((x - mean) ** 2) * np.exp(-2.0 * log_scale)
    >>> x = np.array([1.0, 2.0, 4.0, 5.0])
    >>> theta = np.array([x.mean(), np.log(x.std())])
    >>> np.sqrt(np.diag(srcad.covariance(nll)(theta, x))).round(6)  # std / sqrt(n), 1 / sqrt(2 n)
    array([0.790569, 0.353553])
    """
    s = as_scipy(nll)

    def of(theta: Any, *args: Any) -> Floats:
        _check_theta(theta)
        return _inverse(s.hess(theta, *args), "covariance")

    return of


def robust_covariance(terms: Any) -> Callable[..., Floats]:
    """Return a function `(theta, *args, clusters=None)`: the covariance that is right anyway.

    terms: a function that returns the negative log-likelihood of each observation, an array
        with one axis; its first argument is an array with one axis.

    The result is the "sandwich" H^-1 (sum of g g^T) H^-1, of the Hessian H of the sum and the
    gradients g of the terms, which is consistent where the likelihood is not the true one
    (White, Econometrica 50 (1982)). clusters: a label for each observation; gradients are
    summed in each cluster first. There is no correction for small samples.
    Raises as `covariance`, and ValueError for labels of another number.

    >>> import numpy as np
    >>> import srcad
    >>> def terms(theta, x, y):
    ...     return 0.5 * (y - theta[0] - theta[1] * x) ** 2
    >>> x = np.array([0.0, 1.0, 2.0, 3.0])
    >>> y = np.array([0.1, 0.9, 2.3, 2.7])
    >>> theta = np.polyfit(x, y, 1)[::-1].copy()
    >>> np.sqrt(np.diag(srcad.robust_covariance(terms)(theta, x, y))).round(6)
    array([0.076053, 0.065605])
    """
    s = as_scipy(terms)

    def of(theta: Any, *args: Any, clusters: Any = None) -> Floats:
        _check_theta(theta)
        scores = np.asarray(s.jac(theta, *args))
        if scores.ndim != 2:
            message = "robust_covariance takes a function that returns a term for each observation"
            raise TypeError(message)
        bread = _inverse(s.hess(theta, np.ones(scores.shape[0]), *args), "robust_covariance")
        if clusters is not None:
            labels = np.asarray(clusters)
            if labels.shape != scores.shape[:1]:
                message = f"clusters: expected {scores.shape[0]} labels, got shape {labels.shape}"
                raise ValueError(message)
            _, own = np.unique(labels, return_inverse=True)
            sums = np.zeros((own.max(initial=-1) + 1, scores.shape[1]))
            np.add.at(sums, own, scores)
            scores = sums
        return np.asarray(bread @ (scores.T @ scores) @ bread)

    return of


def delta_method(g: Any) -> Callable[..., tuple[Any, Any]]:
    """Return a function `(theta, covariance, *args)` that computes `g` and its standard error.

    g: a function of one float, or of an array of floats with one axis, of an array with one
        axis, and of `args`.

    The error of g(theta) is that of its tangent: J C J^T, with the Jacobian J. Returns the value
    and its standard error, a float; of an array, the array and its covariance, (m, m).
    Raises ValueError for a covariance of another shape or one that is not symmetric.

    >>> import numpy as np
    >>> import srcad
    >>> ratio = srcad.delta_method(lambda theta: theta[0] / theta[1])
    >>> ratio(np.array([3.0, 2.0]), np.diag([0.04, 0.01]))
    (1.5, 0.125)
    """
    s = as_scipy(g)

    def of(theta: Any, covariance: Any, *args: Any) -> tuple[Any, Any]:
        _check_theta(theta)
        c = np.asarray(covariance, np.float64)
        n = np.size(theta)
        if c.shape != (n, n) or not np.allclose(c, c.T, rtol=1e-8, atol=0.0):
            message = f"the covariance must be symmetric, of shape ({n}, {n}); got shape {c.shape}"
            raise ValueError(message)
        value, jacobian = s(theta, *args)
        found = jacobian @ c @ jacobian.T
        return (value, float(np.sqrt(found))) if np.ndim(found) == 0 else (value, found)

    return of


def _check_theta(theta: Any) -> None:
    if np.ndim(theta) != 1:
        message = f"theta must be an array with one axis, got {np.ndim(theta)} axes"
        raise TypeError(message)


def _inverse(hessian: Floats, name: str) -> Floats:
    """Return the inverse of a Hessian. Raises ValueError where it is not positive definite."""
    if hessian.ndim != 2:
        message = f"{name} takes a function of an array with one axis"
        raise TypeError(message)
    symmetric = 0.5 * (hessian + hessian.T)
    if not np.all(np.isfinite(symmetric)):
        message = f"{name}: the Hessian is not finite at theta"
        raise ValueError(message)
    # Scaled, so that parameters of different sizes lose no digits.
    scale = np.sqrt(np.abs(np.diag(symmetric)))
    scale = np.where(scale > 0.0, scale, 1.0)
    scaled = symmetric / np.outer(scale, scale)
    least = float(np.linalg.eigvalsh(scaled)[0]) if scaled.size else 1.0
    if not least > 1e-14:
        message = (
            f"{name}: the Hessian is not positive definite at theta, which is no minimum, or "
            f"parameters are not identified (least eigenvalue {least:.2g}, scaled)"
        )
        raise ValueError(message)
    return np.asarray(np.linalg.inv(scaled) / np.outer(scale, scale))
