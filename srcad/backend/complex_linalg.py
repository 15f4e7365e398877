"""Linear algebra of complex matrices for generated code: what NumPy and Numba call of LAPACK.

A complex matrix stands in two real ones, as `z[0]` and `z[1]`; so do complex results.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

if TYPE_CHECKING:
    from collections.abc import Callable

JIT = {"error_model": "numpy", "fastmath": False, "boundscheck": False}

Array = np.ndarray[Any, Any]


def _empty_numbers(z: Array) -> Array:
    """Return a matrix for the complex numbers whose parts are `z[0]` and `z[1]`."""
    return np.empty(z.shape[1:], np.complex64 if z.dtype == np.float32 else np.complex128)


@overload(_empty_numbers, jit_options=JIT)
def _empty_numbers_of(z):  # noqa: ANN001, ANN202
    dtype = np.complex64 if z.dtype == types.float32 else np.complex128

    def made(z):  # noqa: ANN001, ANN202
        return np.empty((z.shape[1], z.shape[2]), dtype)

    return made


@register_jitable(**JIT)
def _matrix(z: Array) -> Array:
    """Return the matrix of complex numbers."""
    found = _empty_numbers(z)
    for i in range(z.shape[1]):
        for j in range(z.shape[2]):
            found[i, j] = complex(z[0, i, j], z[1, i, j])
    return found


@register_jitable(**JIT)
def _parts(found: Array, z: Array) -> Array:
    """Return both parts of a matrix, as numbers of the type of `z`."""
    result = np.empty((2, found.shape[0], found.shape[1]), z.dtype)
    for i in range(found.shape[0]):
        for j in range(found.shape[1]):
            result[0, i, j] = found[i, j].real
            result[1, i, j] = found[i, j].imag
    return result


@register_jitable(**JIT)
def _parts_of_row(found: Array, z: Array) -> Array:
    """Return both parts of a vector, as numbers of the type of `z`."""
    result = np.empty((2, found.shape[0]), z.dtype)
    for i in range(found.shape[0]):
        result[0, i] = found[i].real
        result[1, i] = found[i].imag
    return result


@register_jitable(**JIT)
def _parts_of_number(found: complex, z: Array) -> Array:
    """Return both parts of a number, as numbers of the type of `z`."""
    result = np.empty(2, z.dtype)
    result[0] = found.real
    result[1] = found.imag
    return result


@register_jitable(**JIT)
def complex_det(z: Array) -> Array:
    """Return the determinant."""
    return _parts_of_number(np.linalg.det(_matrix(z)), z)


@register_jitable(**JIT)
def complex_slogdet(z: Array) -> tuple[Array, float]:
    """Return the phase of the determinant, and the logarithm of its absolute value."""
    sign, size = np.linalg.slogdet(_matrix(z))
    return _parts_of_number(sign, z), size


@register_jitable(**JIT)
def complex_cholesky(z: Array) -> Array:
    """Return the lower triangle L with L L^H = z."""
    return _parts(np.linalg.cholesky(_matrix(z)), z)


@register_jitable(**JIT)
def complex_qr(z: Array) -> tuple[Array, Array]:
    """Return the reduced factors."""
    q, r = np.linalg.qr(_matrix(z))
    return _parts(q, z), _parts(r, z)


@register_jitable(**JIT)
def complex_svd(z: Array) -> tuple[Array, Array, Array]:
    """Return the thin decomposition."""
    u, s, vh = np.linalg.svd(_matrix(z), full_matrices=False)
    return _parts(u, z), s, _parts(vh, z)


@register_jitable(**JIT)
def complex_eigh(z: Array) -> tuple[Array, Array]:
    """Return the eigenvalues of a Hermitian matrix, and the eigenvectors."""
    w, v = np.linalg.eigh(_matrix(z))
    return w, _parts(v, z)


@register_jitable(**JIT)
def complex_eigvalsh(z: Array) -> Array:
    """Return the eigenvalues of a Hermitian matrix."""
    return np.linalg.eigvalsh(_matrix(z))


@register_jitable(**JIT)
def complex_eig(z: Array) -> tuple[Array, Array]:
    """Return the eigenvalues of any matrix, and the eigenvectors."""
    w, v = np.linalg.eig(_matrix(z))
    return _parts_of_row(w, z), _parts(v, z)


@register_jitable(**JIT)
def complex_eigvals(z: Array) -> Array:
    """Return the eigenvalues of any matrix."""
    return _parts_of_row(np.linalg.eigvals(_matrix(z)), z)


HELPERS: tuple[Callable[..., object], ...] = (
    *(complex_det, complex_slogdet, complex_cholesky, complex_qr, complex_svd),
    *(complex_eigh, complex_eigvalsh, complex_eig, complex_eigvals),
)
