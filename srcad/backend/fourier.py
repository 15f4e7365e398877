"""Fourier transforms for generated code: those of NumPy, which rocket-fft compiles.

Rows of complex numbers stand in two rows of real ones: see `srcad.library.fourier`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable

Array = np.ndarray[Any, Any]
JIT = {"error_model": "numpy", "fastmath": False, "boundscheck": False}


@register_jitable(**JIT)
def fourier(z: Array) -> Array:
    """Return the transforms of rows of numbers, whose parts are `z[:, 0]` and `z[:, 1]`."""
    return _parts(np.fft.fft(_numbers(z)), z)


@register_jitable(**JIT)
def fourier_back(z: Array) -> Array:
    """Return the transforms back, times the number of points: the transpose of `fourier`."""
    return _parts(np.fft.ifft(_numbers(z)) * z.shape[2], z)


@register_jitable(**JIT)
def _numbers(z: Array) -> Array:
    """Return complex numbers made of their parts."""
    found = np.empty((z.shape[0], z.shape[2]), np.complex128)
    for i in range(z.shape[0]):
        for k in range(z.shape[2]):
            found[i, k] = complex(z[i, 0, k], z[i, 1, k])
    return found


@register_jitable(**JIT)
def _parts(found: Array, z: Array) -> Array:
    """Return the parts of complex numbers, as those of `z` stand."""
    result = np.empty_like(z)
    for i in range(z.shape[0]):
        for k in range(z.shape[2]):
            result[i, 0, k] = found[i, k].real
            result[i, 1, k] = found[i, k].imag
    return result
