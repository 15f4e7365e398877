"""Power series in generated code: rows of coefficients, and what is done with them.

    x_series[k]                 the coefficient of t**k of a number x
    a_series[i, k]              that of an element of an array; those for k = 0 are not kept

What computes one series of others is text that is made of the rows of the table
(`rules.series`), compiled once for all derivatives. Here are the parts that are written by
hand. Each runs as plain Python and inside Numba code alike.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import linecache
import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.extending import overload, register_jitable

from srcad.backend import runtime
from srcad.backend.fingerprint import digest
from srcad.backend.hints import apart
from srcad.backend.twin import twin_code

if TYPE_CHECKING:
    from collections.abc import Callable

JIT = {"error_model": "numpy", "fastmath": False, "boundscheck": False}
LARGEST_PRODUCT = 1024
"""Up to here, whole powers are products: exact where the base is zero, or nearly so."""


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


# Powers ---------------------------------------------------------------------------------


@register_jitable(**JIT)
def _is_constant(x):
    for k in range(1, x.size):
        if x[k] != 0.0:
            return False
    return True


@register_jitable(**JIT)
def _multiply(a, b):
    """Multiply a series by another one, which may be the same, in place."""
    for k in range(a.size - 1, -1, -1):
        total = a[0] * b[k]
        for j in range(1, k + 1):
            total += a[j] * b[k - j]
        a[k] = total


@register_jitable(**JIT)
def power_coefficients(y, value, x, p, scratch):
    """Fill the series of x**p for a number p.

    Whole powers are products. Others, x y' = p x' y (Griewank & Walther 2008, table 13.2);
    where x is zero, they have no series but for the coefficients below the pth.
    """
    apart()
    if p >= 0 and p <= LARGEST_PRODUCT and p == np.floor(p):
        count = int(p)
        base, total = scratch[0], scratch[1]
        copy_series(base, x)
        fill_row(total, 0.0)
        total[0] = 1.0
        while count > 0:
            if count % 2 == 1:
                _multiply(total, base)
            count //= 2
            if count > 0:
                _multiply(base, base)
        copy_series(y, total)
    elif _is_constant(x):
        fill_row(y, 0.0)
    elif x[0] == 0.0:
        for k in range(1, y.size):
            y[k] = 0.0 if k < p else np.nan
        if p > 0 and p < 1:
            y[1] = np.inf * x[1] if x[1] != 0.0 else 0.0
    else:
        y[0] = value
        for k in range(1, y.size):
            total = 0.0
            for j in range(1, k + 1):
                total += (p * j - (k - j)) * x[j] * y[k - j]
            y[k] = total / (k * x[0])
    y[0] = value


@register_jitable(**JIT)
def powers_coefficients(y, value, x, p, scratch):
    """Fill the series of x**p for two series, exp(p log(x)); nan where there is none."""
    apart()
    if _is_constant(p):
        power_coefficients(y, value, x, p[0], scratch)
        return
    y[0] = value
    if _is_constant(x) and x[0] == 0.0 and p[0] > 0:
        fill_row(y, 0.0)
        y[0] = value
        return
    if not x[0] > 0.0:
        fill_row(y, np.nan)
        y[0] = value
        if x[0] == 0.0 and p[0] >= 1 and y.size > 1:
            y[1] = x[1] if p[0] == 1 else 0.0
        return
    log, product = scratch[0], scratch[1]
    log[0] = np.log(x[0])
    product[0] = p[0] * log[0]
    for k in range(1, y.size):
        total = k * x[k]
        for j in range(1, k):
            total -= j * log[j] * x[k - j]
        log[k] = total / (k * x[0])
        total = p[0] * log[k]
        for j in range(1, k + 1):
            total += p[j] * log[k - j]
        product[k] = total
        total = 0.0
        for j in range(1, k + 1):
            total += j * product[j] * y[k - j]
        y[k] = total / k


# Functions of which the coefficients at a point are known -------------------------------


@register_jitable(**JIT)
def _composed(y, outer, x):
    """Fill the series of g(x) of the coefficients of g at x[0], by Horner's rule."""
    last = y.size - 1
    fill_row(y, 0.0)
    y[0] = outer[last]
    for m in range(last - 1, -1, -1):
        for k in range(last, -1, -1):
            total = 0.0
            for j in range(1, k + 1):
                if x[j] != 0.0:
                    total += x[j] * y[k - j]
            y[k] = total
        y[0] = outer[m]


@register_jitable(**JIT)
def compose_polygamma(y, n, x, scratch):
    """Fill the series of polygamma(n, x)."""
    apart()
    outer, factorial = scratch[0], 1.0
    for k in range(y.size):
        if k > 0:
            factorial *= k
        outer[k] = runtime.polygamma(int(n) + k, x[0]) / factorial
    _composed(y, outer, x)


@register_jitable(**JIT)
def compose_sinc(y, x, scratch):
    """Fill the series of sin(pi x) / (pi x): the power series near 0, else the quotient."""
    apart()
    outer = scratch[0]
    at = x[0]
    if abs(at) <= 1.0:
        shifted = np.zeros(y.size + 60)
        shifted[0] = 1.0
        for m in range(2, shifted.size, 2):
            shifted[m] = -shifted[m - 2] * math.pi * math.pi / (m * (m + 1))
        for k in range(y.size):
            for m in range(shifted.size - 2, k - 1, -1):
                shifted[m] += at * shifted[m + 1]
            outer[k] = shifted[k]
    else:
        factorial = 1.0
        for k in range(y.size):
            # the derivatives of sin(pi x), less those of the product that came before
            if k > 0:
                factorial *= math.pi / k
            turned = math.sin(math.pi * at + 0.5 * math.pi * k) * factorial
            if k > 0:
                turned -= math.pi * outer[k - 1]
            outer[k] = turned / (math.pi * at)
    _composed(y, outer, x)


def _bessel(name: str, sign: float) -> Callable[..., Any]:
    """Return what fills the series of `jv` or `iv` by DLMF 10.6.7 and 10.29.5.

    2**k times the kth derivative is the sum of binomials times functions of orders
    v - k, v - k + 2, ..., v + k, with alternating signs for `jv`.
    """
    bessel = getattr(sys.modules["scipy.special"], name)

    def compose(y, v, x, scratch):
        outer, scale = scratch[0], 1.0
        for k in range(y.size):
            if k > 0:
                scale *= 2.0 * k
            total, binomial = 0.0, 1.0
            for i in range(k + 1):
                total += binomial * bessel(float(v - k + 2 * i), float(x[0]))
                binomial *= sign * (k - i) / (i + 1)
            outer[k] = total / scale
        _composed(y, outer, x)

    return register_jitable(**JIT)(compose)


HELPERS: dict[str, Callable[..., Any]] = {
    helper.__name__: helper
    for helper in (
        *(
            row_of,
            moving_number,
            constant_series,
            copy_series,
            load_series,
            store_series,
            clear_series,
        ),
        *(add_to_element, add_to_row, moving_array, constant_array, filled_array, grown_series),
        *(array_coefficients, constant_coefficients, number_coefficients),
        *(power_coefficients, powers_coefficients, compose_polygamma, compose_sinc),
    )
}


# Text -----------------------------------------------------------------------------------

_lasting: set[int] = set()
_made: dict[tuple[str, object], Callable[..., Any]] = {}


def series_helper(name: str) -> Callable[..., Any]:
    """Return a part that is written by hand."""
    if name not in HELPERS:
        from srcad.backend.series_linalg import SERIES_OF_WHOLES  # noqa: PLC0415

        HELPERS.update({helper.__name__: helper for helper in SERIES_OF_WHOLES})
    return HELPERS[name]


def series_function(text: str, name: str, functions: dict[str, object]) -> Callable[..., Any]:
    """Return the function of this text, as plain Python and for compiled code.

    functions: those of the user's that the text calls.
    """
    key = (text, tuple(sorted((n, id(f)) for n, f in functions.items())))
    if key in _made:
        return _made[key]
    filename = f"<srcad {name} {digest(text)}>"
    for bessel, sign in (("jv", -1.0), ("iv", 1.0)):
        if f"compose_{bessel}(" in text and f"compose_{bessel}" not in HELPERS:
            HELPERS[f"compose_{bessel}"] = _bessel(bessel, sign)
    space: dict[str, Any] = {
        "apart": apart,
        "math": math,
        "np": np,
        "special": sys.modules.get("scipy.special"),
        **{helper.__name__: helper for helper in runtime.HELPERS},
        **HELPERS,
        **functions,
    }
    space["__name__"] = f"srcad.generated.{name}"
    code, names = twin_code(text, filename, "numpy")
    twins = space | names
    exec(code, twins)  # noqa: S102
    exec(compile(text, filename, "exec", dont_inherit=True), space)  # noqa: S102
    plain, compiled = twins[name], space[name]

    def typed(*args: object) -> object:
        del args
        return compiled

    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    overload(plain, jit_options=JIT, strict=False)(typed)
    _made[key] = plain
    if not functions and "special." not in text and "compose_" not in text:
        _lasting.add(id(plain))
    return plain


def is_lasting(function: object) -> bool:
    """Return whether this computes series, and is the same in every process."""
    return id(function) in _lasting or HELPERS.get(getattr(function, "__name__", "")) is function
