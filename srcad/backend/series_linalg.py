"""Power series of products of matrices and of linear algebra.

A function takes its result, and for each argument the values and the series, None for an
argument that does not move. It returns the series of its result; `det_series` fills a row.
The work for each coefficient is that of the function itself, once for each one before.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import linecache
from typing import Any

import numpy as np
from numba.extending import register_jitable

from srcad.backend.fourier import fourier, fourier_back
from srcad.backend.lapack import linear_solve
from srcad.backend.series_rows import JIT
from srcad.library.triangular import solve_lower, solve_lower_t


@register_jitable(**JIT)
def _split(value, series):
    """Return the coefficients of an array as contiguous arrays, the order first."""
    parts = np.zeros((series.shape[-1],) + value.shape, value.dtype)
    for index in np.ndindex(value.shape):
        parts[(0,) + index] = value[index]
        for k in range(1, series.shape[-1]):
            parts[(k,) + index] = series[index + (k,)]
    return parts


@register_jitable(**JIT)
def _split_constant(value):
    """Return an array that does not move as its only coefficient."""
    parts = np.zeros((1,) + value.shape, value.dtype)
    for index in np.ndindex(value.shape):
        parts[(0,) + index] = value[index]
    return parts


@register_jitable(**JIT)
def _parts(value, series):
    """Return the coefficients of an argument."""
    if series is None:
        return _split_constant(value)
    return _split(value, series)


@register_jitable(**JIT)
def _joined(parts):
    """Return the series of coefficients."""
    count = parts.shape[0]
    series = np.zeros(parts[0].shape + (count,), parts.dtype)
    for index in np.ndindex(parts[0].shape):
        for k in range(count):
            series[index + (k,)] = parts[(k,) + index]
    return series


@register_jitable(**JIT)
def _add(total, factor, other):
    """Add a multiple of an array: Numba compiles expressions of arrays slowly."""
    for index in np.ndindex(total.shape):
        total[index] += factor * other[index]


@register_jitable(**JIT)
def _trace(a, b):
    """Return the trace of a product of matrices."""
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j] * b[j, i]
    return total


PRODUCT = '''
def {name}_series(y, a, a_series, b, b_series, order):
    """Return the series of a product."""
    left, right = _parts(a, a_series), _parts(b, b_series)
    parts = np.zeros((order + 1,) + y.shape, y.dtype)
    for k in range(1, order + 1):
        for j in range(max(0, k + 1 - right.shape[0]), min(k + 1, left.shape[0])):
            _add(parts[k], 1.0, np.dot({left}, {right}))
    return _joined(parts)
'''

SOLUTION = '''
def {name}_series(x, a, a_series, b, b_series, order):
    """Return the series of a solution: a[0] x[k] = b[k] - the sum of a[j] x[k - j]."""
    matrix, right = _parts(a, a_series), _parts(b, b_series)
    first = matrix[0]
    parts = np.zeros((order + 1,) + x.shape, x.dtype)
    _add(parts[0], 1.0, x)
    for k in range(1, order + 1):
        total = np.zeros(x.shape, x.dtype)
        if k < right.shape[0]:
            _add(total, 1.0, right[k])
        for j in range(1, min(k + 1, matrix.shape[0])):
            _add(total, -1.0, np.dot({part}, parts[k - j]))
        _add(parts[k], 1.0, {solved})
    return _joined(parts)
'''

LINEAR = '''
def {name}_series(y, a, a_series, order):
    """Return the series of what is linear in its argument."""
    given = _parts(a, a_series)
    parts = np.zeros((order + 1,) + y.shape, y.dtype)
    for k in range(1, min(order + 1, given.shape[0])):
        _add(parts[k], 1.0, {name}(given[k]))
    return _joined(parts)
'''

PRODUCTS = {
    "dot_nn": ("left[j]", "right[k - j]"),
    "dot_nt": ("left[j]", "right[k - j].T"),
    "dot_tn": ("left[j].T", "right[k - j]"),
    "dot_tt": ("left[j].T", "right[k - j].T"),
    "mv_n": ("left[j]", "right[k - j]"),
    "mv_t": ("left[j].T", "right[k - j]"),
}
SOLUTIONS = {
    "solve_v": ("matrix[j]", "linear_solve(first, total)"),
    "solve_m": ("matrix[j]", "linear_solve(first, total)"),
    "lower": ("_tril(matrix[j])", "solve_lower(first, total)"),
    "lower_t": ("_tril(matrix[j]).T", "solve_lower_t(first, total)"),
}


@register_jitable(**JIT)
def _tril(a):
    """Return the lower triangle of a matrix."""
    result = np.zeros(a.shape, a.dtype)
    for i in range(a.shape[0]):
        for j in range(i + 1):
            result[i, j] = a[i, j]
    return result


@register_jitable(**JIT)
def _inverse(y, a, a_series, order):
    """Return the coefficients of the inverse, and those of the matrix."""
    matrix = _parts(a, a_series)
    parts = np.zeros((order + 1,) + y.shape, y.dtype)
    _add(parts[0], 1.0, y)
    for k in range(1, order + 1):
        total = np.zeros(y.shape, y.dtype)
        for j in range(1, k + 1):
            _add(total, -1.0, np.dot(matrix[j], parts[k - j]))
        _add(parts[k], 1.0, np.dot(parts[0], total))
    return parts, matrix


@register_jitable(**JIT)
def inv_series(y, a, a_series, order):
    """Return the series of the inverse y: y a = 1."""
    return _joined(_inverse(y, a, a_series, order)[0])


@register_jitable(**JIT)
def slogdet_series(row, y, a, a_series):
    """Fill the series of log(abs(det(a))), whose derivative is the trace of a' / a.

    nan where the matrix is singular.
    """
    row[0] = y
    order = row.size - 1
    if y == -np.inf or order == 0:
        for k in range(1, order + 1):
            row[k] = np.nan
        return
    inverse, matrix = _inverse(np.linalg.inv(a), a, a_series, order)
    for k in range(1, order + 1):
        total = 0.0
        for j in range(1, k + 1):
            total += j * _trace(inverse[k - j], matrix[j])
        row[k] = total / k


@register_jitable(**JIT)
def det_series(row, y, a, a_series):
    """Fill the series of the determinant: that of exp(log(abs(det(a)))), where no digits are lost.

    A determinant is a polynomial of the elements, and its logarithm is not: next to singular
    matrices, the polynomial is found from its values on a circle.
    """
    log = np.zeros(row.size, row.dtype)
    bound = np.zeros(row.size)
    slogdet_series(log, np.log(np.abs(y)), a, a_series)
    row[0] = y
    bound[0] = np.abs(y)
    for k in range(1, row.size):
        total = 0.0
        for j in range(1, k + 1):
            total += j * log[j] * row[k - j]
            bound[k] += j * np.abs(log[j]) * bound[k - j] / k
        row[k] = total / k
    radius = _radius(a, a_series)
    scale, largest, power = 0.0, 0.0, 1.0
    for k in range(row.size):
        scale = max(scale, np.abs(row[k]) * power)
        largest = max(largest, bound[k] * power)
        power *= radius
    if not largest <= 100.0 * scale or y == 0.0:
        _det_on_circle(row, y, a, a_series, radius)


@register_jitable(**JIT)
def _largest(a_series, k):
    """Return the largest absolute value in the coefficients k of a matrix."""
    largest = 0.0
    for i in range(a_series.shape[0]):
        for j in range(a_series.shape[1]):
            largest = max(largest, np.abs(a_series[i, j, k]))
    return largest


@register_jitable(**JIT)
def _radius(a, a_series):
    """Return how far t goes until the coefficients of a matrix add as much as its value."""
    radius, first = np.inf, 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            first = max(first, np.abs(a[i, j]))
    for k in range(1, a_series.shape[2]):
        other = _largest(a_series, k)
        if other > 0.0:
            ratio = first / other if first > 0.0 else 1.0
            radius = min(radius, ratio ** (1.0 / k))
    return radius if radius < np.inf else 1.0


@register_jitable(**JIT)
def _det_on_circle(row, y, a, a_series, radius):
    """Fill the series of the determinant from its values at roots of unity times a radius."""
    n, degree = a.shape[0], 0
    for k in range(1, row.size):
        if _largest(a_series, k) > 0.0:
            degree = k
    count = n * degree + 1
    values = np.zeros(count, np.complex128)
    point = np.zeros((n, n), np.complex128)
    for m in range(count):
        angle = 2.0 * np.pi * m / count
        t = radius * complex(np.cos(angle), np.sin(angle))
        for i in range(n):
            for j in range(n):
                total = complex(0.0, 0.0)
                for k in range(degree, 0, -1):
                    total = (total + a_series[i, j, k]) * t
                point[i, j] = total + a[i, j]
        values[m] = np.linalg.det(point)
    for k in range(1, row.size):
        real = 0.0
        for m in range(count if k < count else 0):
            angle = -2.0 * np.pi * ((m * k) % count) / count
            real += values[m].real * np.cos(angle) - values[m].imag * np.sin(angle)
        row[k] = real / count / radius**k
    row[0] = y


@register_jitable(**JIT)
def cholesky_series(y, a, a_series, order):
    """Return the series of the Cholesky factor: a[k] is the sum of y[j] y[k - j].T.

    As the function itself, it reads the lower triangle of the matrix alone.
    """
    matrix = _parts(a, a_series)
    parts = np.zeros((order + 1,) + y.shape, y.dtype)
    _add(parts[0], 1.0, y)
    first = parts[0]
    n = y.shape[0]
    for k in range(1, order + 1):
        total = np.zeros(y.shape, y.dtype)
        for i in range(n):
            for j in range(i + 1):
                total[i, j] = matrix[k, i, j]
                total[j, i] = matrix[k, i, j]
        for j in range(1, k):
            _add(total, -1.0, np.dot(parts[j], parts[k - j].T))
        half = solve_lower(first, np.ascontiguousarray(solve_lower(first, total).T))
        for i in range(n):
            half[i, i] *= 0.5
            for j in range(i + 1, n):
                half[i, j] = 0.0
        _add(parts[k], 1.0, np.dot(first, half))
    return _joined(parts)


def _written(text: str, name: str) -> Any:
    """Return the function of a text."""
    filename = f"<srcad {name}_series>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space = dict(globals())
    exec(compile(text, filename, "exec", dont_inherit=True), space)  # noqa: S102
    return register_jitable(**JIT)(space[f"{name}_series"])


SERIES_OF_WHOLES = (
    *(inv_series, slogdet_series, det_series, cholesky_series),
    *(
        _written(PRODUCT.format(name=name, left=left, right=right), name)
        for name, (left, right) in PRODUCTS.items()
    ),
    *(
        _written(SOLUTION.format(name=name, part=part, solved=solved), name)
        for name, (part, solved) in SOLUTIONS.items()
    ),
    *(_written(LINEAR.format(name=name), name) for name in ("fourier", "fourier_back")),
)

__all__ = ["SERIES_OF_WHOLES", "fourier", "fourier_back", "linear_solve", "solve_lower_t"]
