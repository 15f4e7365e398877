"""The two parts of functions of complex numbers, in real numbers: `croot_re(a, b)`.

The values are those of Numba's own functions, and of NumPy's where it runs as plain Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

JIT = {"error_model": "numpy", "fastmath": False, "boundscheck": False}

Array = np.ndarray[Any, Any]


@register_jitable(**JIT)
def croot_re(a: float, b: float) -> float:
    """Return the real part of the root."""
    return np.sqrt(complex(a, b)).real


@register_jitable(**JIT)
def croot_im(a: float, b: float) -> float:
    """Return the imaginary part of the root."""
    return np.sqrt(complex(a, b)).imag


@register_jitable(**JIT)
def ctan_re(a: float, b: float) -> float:
    """Return the real part of the tangent."""
    return np.tan(complex(a, b)).real


@register_jitable(**JIT)
def ctan_im(a: float, b: float) -> float:
    """Return the imaginary part of the tangent."""
    return np.tan(complex(a, b)).imag


@register_jitable(**JIT)
def ctanh_re(a: float, b: float) -> float:
    """Return the real part of the hyperbolic tangent."""
    return np.tanh(complex(a, b)).real


@register_jitable(**JIT)
def ctanh_im(a: float, b: float) -> float:
    """Return the imaginary part of the hyperbolic tangent."""
    return np.tanh(complex(a, b)).imag


@register_jitable(**JIT)
def carcsin_re(a: float, b: float) -> float:
    """Return the real part of the inverse sine."""
    return np.arcsin(complex(a, b)).real


@register_jitable(**JIT)
def carcsin_im(a: float, b: float) -> float:
    """Return the imaginary part of the inverse sine."""
    return np.arcsin(complex(a, b)).imag


@register_jitable(**JIT)
def carccos_re(a: float, b: float) -> float:
    """Return the real part of the inverse cosine."""
    return np.arccos(complex(a, b)).real


@register_jitable(**JIT)
def carccos_im(a: float, b: float) -> float:
    """Return the imaginary part of the inverse cosine."""
    return np.arccos(complex(a, b)).imag


@register_jitable(**JIT)
def carctan_re(a: float, b: float) -> float:
    """Return the real part of the inverse tangent."""
    return np.arctan(complex(a, b)).real


@register_jitable(**JIT)
def carctan_im(a: float, b: float) -> float:
    """Return the imaginary part of the inverse tangent."""
    return np.arctan(complex(a, b)).imag


@register_jitable(**JIT)
def carcsinh_re(a: float, b: float) -> float:
    """Return the real part of the inverse hyperbolic sine."""
    return np.arcsinh(complex(a, b)).real


@register_jitable(**JIT)
def carcsinh_im(a: float, b: float) -> float:
    """Return the imaginary part of the inverse hyperbolic sine."""
    return np.arcsinh(complex(a, b)).imag


@register_jitable(**JIT)
def carccosh_re(a: float, b: float) -> float:
    """Return the real part of the inverse hyperbolic cosine."""
    return np.arccosh(complex(a, b)).real


@register_jitable(**JIT)
def carccosh_im(a: float, b: float) -> float:
    """Return the imaginary part of the inverse hyperbolic cosine."""
    return np.arccosh(complex(a, b)).imag


@register_jitable(**JIT)
def carctanh_re(a: float, b: float) -> float:
    """Return the real part of the inverse hyperbolic tangent."""
    return np.arctanh(complex(a, b)).real


@register_jitable(**JIT)
def carctanh_im(a: float, b: float) -> float:
    """Return the imaginary part of the inverse hyperbolic tangent."""
    return np.arctanh(complex(a, b)).imag


@register_jitable(**JIT)
def cpower_re(a: float, b: float, c: float, d: float) -> float:
    """Return the real part of the power."""
    return np.power(complex(a, b), complex(c, d)).real


@register_jitable(**JIT)
def cpower_im(a: float, b: float, c: float, d: float) -> float:
    """Return the imaginary part of the power."""
    return np.power(complex(a, b), complex(c, d)).imag


def complex_array(re: Array, im: Array) -> Array:
    """Return the array of the complex numbers with these parts."""
    result = np.empty(re.shape, np.complex64 if re.dtype == np.float32 else np.complex128)
    result.real[...] = re
    result.imag[...] = im
    return result


def conjugate_array(re: Array, im: Array) -> Array:
    """Return the array of the conjugates of the complex numbers with these parts."""
    result = complex_array(re, im)
    result.imag[...] = -im
    return result


@overload(complex_array, jit_options=JIT)
def _complex_array(re, im):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
    """Return the array of complex numbers in compiled code."""
    dtype = np.complex64 if re.dtype == types.float32 else np.complex128

    def made(re, im):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        result = np.empty(re.shape, dtype)
        result.real[...] = re
        result.imag[...] = im
        return result

    return made


@overload(conjugate_array, jit_options=JIT)
def _conjugate_array(re, im):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
    """Return the array of conjugates in compiled code."""

    def made(re, im):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return complex_array(re, -im)

    return made
