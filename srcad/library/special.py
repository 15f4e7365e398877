"""Functions of `scipy.special` of whole arrays."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import constant, unsupported

FAR = 80.0
"""exp of it is finite, in single precision too."""


def largest(a, axis):
    """Return the largest elements as constants; 0 where these are not finite."""
    found = np.max(a, axis=axis, keepdims=True)
    return constant(np.where(np.isfinite(found), found, 0.0))


def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    if return_sign:
        unsupported("'return_sign' is not supported here", "leave it out")
    if b is None:
        m = largest(a, axis)
        e = np.exp(a - m)
    else:  # what has no weight may be too large for exp, and is none of the largest
        m = largest(np.where(b != 0, a + 0 * b, -np.inf), axis)
        e = b * np.exp(np.minimum(a - m, FAR))
    found = m + np.log(np.sum(e, axis=axis, keepdims=True))
    return found if keepdims else np.sum(found, axis=axis)


def softmax(x, axis=None):
    e = np.exp(x - largest(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x, axis=None):
    d = x - largest(x, axis)
    return d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))
