"""Power series in generated code: rows of coefficients, and what is done with them.

    x_series[k]                 the coefficient of t**k of a number x
    a_series[i, k]              that of an element of an array; those for k = 0 are not kept

Each function runs as plain Python and inside Numba code alike.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from srcad.backend.hints import apart

JIT = {"error_model": "numpy", "fastmath": False, "boundscheck": False}

# Numbers and elements -------------------------------------------------------------------


@register_jitable(**JIT)
def fill_row(row, value):
    """Fill a row with one number: slices take Numba seconds to compile."""
    apart()
    for k in range(row.size):
        row[k] = value


@register_jitable(**JIT)
def moving_number(row, value, dot):
    """Make a row the series of value + dot * t."""
    apart()
    fill_row(row, 0.0)
    row[0] = value
    if row.size > 1:
        row[1] = dot


@register_jitable(**JIT)
def constant_series(row, value):
    """Make a row the series of a constant."""
    apart()
    fill_row(row, 0.0)
    row[0] = value


@register_jitable(**JIT)
def row_of(rows, k):
    """Return a row."""
    apart()
    return rows[k]


@register_jitable(**JIT)
def copy_series(row, other):
    """Make a row the series of another one."""
    apart()
    for k in range(row.size):
        row[k] = other[k]


@register_jitable(**JIT)
def load_series(row, value, array, *index):
    """Make a row the series of an element, whose value is given."""
    apart()
    for k in range(1, row.size):
        row[k] = array[index + (k,)]
    row[0] = value


@register_jitable(**JIT)
def store_series(array, row, *index):
    """Make the series of an element that of a row."""
    apart()
    for k in range(1, row.size):
        array[index + (k,)] = row[k]


@register_jitable(**JIT)
def clear_series(array, *index):
    """Make the series of an element that of a constant."""
    apart()
    for k in range(array.shape[-1]):
        array[index + (k,)] = 0.0


@register_jitable(**JIT)
def add_to_element(array, row, *index):
    """Add a row to the series of an element."""
    apart()
    for k in range(1, row.size):
        array[index + (k,)] += row[k]


@register_jitable(**JIT)
def add_to_row(row, value, other):
    """Add a row to another one, whose value is given."""
    apart()
    for k in range(1, row.size):
        row[k] += other[k]
    row[0] = value


# Arrays ---------------------------------------------------------------------------------


@register_jitable(**JIT)
def moving_array(value, dot, order):
    """Return the series of value + dot * t."""
    apart()
    series = np.zeros(value.shape + (order + 1,), value.dtype)
    if order > 0:
        for index in np.ndindex(value.shape):
            series[index + (1,)] = dot[index]
    return series


@register_jitable(**JIT)
def constant_array(value, order):
    """Return the series of an array that does not move."""
    apart()
    return np.zeros(value.shape + (order + 1,), value.dtype)


@register_jitable(**JIT)
def filled_array(value, row):
    """Return the series of an array that is filled with one number."""
    apart()
    series = np.zeros(value.shape + (row.size,), value.dtype)
    for index in np.ndindex(value.shape):
        for k in range(1, row.size):
            series[index + (k,)] = row[k]
    return series


@register_jitable(**JIT)
def grown_series(series, top):
    """Return the series of a stack, or of a longer copy when it has no place number `top`."""
    apart()
    if top < series.shape[0]:
        return series
    longer = np.empty((2 * max(series.shape[0], top), series.shape[1]), series.dtype)
    for i in range(series.shape[0]):
        for k in range(series.shape[1]):
            longer[i, k] = series[i, k]
    return longer


@register_jitable(**JIT)
def array_coefficients(value, series):
    """Return the coefficients of an array, the order first."""
    apart()
    result = np.empty((series.shape[-1],) + value.shape, series.dtype)
    for index in np.ndindex(value.shape):
        result[(0,) + index] = value[index]
        for k in range(1, series.shape[-1]):
            result[(k,) + index] = series[index + (k,)]
    return result


@register_jitable(**JIT)
def constant_coefficients(value, like, order):
    """Return the coefficients of an array that does not move; they are of the dtype of `like`."""
    apart()
    result = np.zeros((order + 1,) + value.shape, like.dtype)
    for index in np.ndindex(value.shape):
        result[(0,) + index] = value[index]
    return result


@register_jitable(**JIT)
def number_coefficients(value, like, order):
    """Return the coefficients of a number that does not move; they are of the dtype of `like`."""
    apart()
    result = np.zeros(order + 1, like.dtype)
    result[0] = value
    return result
