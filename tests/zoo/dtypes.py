"""Precision and layout: float32, mixed, Fortran order, strides, read-only."""

import math

import numpy as np

from tests.zoo.table import program, vec


def f32(*shape, seed=0):
    return vec(*shape, seed=seed).astype(np.float32)


def read_only(x):
    x.flags.writeable = False
    return x


@program(lambda: (f32(5), f32(5, seed=1)), precision="f32")
def float32_dot(x, y):
    """float32 in, float32 gradient out."""
    s = np.float32(0.0)
    for i in range(len(x)):
        s += x[i] * y[i]
    return s


@program(lambda: (f32(5), np.float32(0.7)), precision="f32", mutates=(0,))
def float32_in_place(x, a):
    """A float32 array that is written."""
    for i in range(1, len(x)):
        x[i] = x[i - 1] * x[i] + a * a


@program(lambda: (np.float32(0.7), np.float32(1.9)), precision="f32")
def float32_scalars(x, y):
    """float32 arguments."""
    return math.sin(x) * y + x * x


@program(lambda: (f32(4), vec(4, seed=1), 0.3), precision="f32")
def mixed_precision(x, y, a):
    """float32 and float64 in one expression."""
    s = a
    for i in range(4):
        s += x[i] * y[i] * a
    return s


@program(lambda: (vec(4), 3))
def float_and_int(x, k):
    """Ints are promoted, and carry nothing."""
    s = 0.0
    for i in range(4):
        s += x[i] * k + i * x[i] ** 2
    return s / k


@program(lambda: (f32(4),), precision="f32")
def float32_local_arrays(x):
    """Local arrays of the argument's dtype, and of float32 by name."""
    a = np.zeros_like(x)
    b = np.zeros(4, dtype=np.float32)
    c = np.zeros(4, x.dtype)
    for i in range(4):
        a[i] = x[i] * x[i]
        b[i] = a[i] * x[0]
        c[i] = b[i] + a[i]
    return a[0] * b[1] + c[2] * c[3]


@program(lambda: (vec(4),), precision="f32")
def cast_to_float32(x):
    """A cast down has derivative one, and the gradient stays float64."""
    s = 0.0
    for i in range(4):
        s += np.float32(x[i]) * x[i]
    return s


@program(lambda: (vec(3), np.int32(2)))
def small_ints(x, k):
    """int32 counts and indices."""
    s = x[k] * k
    for i in range(k):
        s = s * x[i] + k
    return s


@program(lambda: (np.asfortranarray(vec(3, 4)),))
def fortran_order(a):
    """The gradient has the shape of the argument, whatever its layout."""
    s = 1.0
    for i in range(3):
        for j in range(4):
            s = s * 0.6 + a[i, j] * a[i, 0]
    return s


@program(lambda: (np.asfortranarray(vec(3, 4)),), mutates=(0,))
def fortran_order_in_place(a):
    """Written in Fortran order."""
    for j in range(4):
        for i in range(1, 3):
            a[i, j] = a[i, j] * a[i - 1, j]


@program(lambda: (vec(10)[::2], vec(6, 6)[1:4, ::-2]))
def strided_arguments(x, a):
    """Arguments that are views with gaps."""
    s = 0.0
    for i in range(3):
        for j in range(3):
            s = s * 0.5 + a[i, j] * x[i] * x[j]
    return s


@program(lambda: (vec(10)[::-2],), mutates=(0,))
def strided_argument_in_place(x):
    """The gaps of a strided argument are not touched."""
    for i in range(1, len(x)):
        x[i] *= x[i - 1]


@program(lambda: (read_only(vec(4)), read_only(vec(2, 3))))
def read_only_arguments(x, a):
    """Read-only arrays have derivatives."""
    s = 0.0
    for i in range(2):
        for j in range(3):
            s += a[i, j] * x[j] * x[3]
    return s


@program(lambda: (vec(3, 4).T,))
def transposed_argument(a):
    """A transposed matrix is in Fortran order."""
    s = 0.0
    for i in range(a.shape[0]):
        row = a[i]
        for j in range(a.shape[1]):
            s = s * 0.9 + row[j] * a[0, j]
    return s


@program(lambda: (vec(4), np.array([1, 2, 3, 4], np.int32), np.array([1, 0], np.uint8)))
def integer_dtypes(x, k, m):
    """Arrays of small ints."""
    s = 0.0
    for i in range(4):
        s += x[i] * k[i] + x[m[0]] * m[1]
    return s * s


@program(lambda: (np.float64(0.7), 2.0))
def numpy_scalar_arguments(x, y):
    """`np.float64` arguments are floats."""
    return x * y * y


@program(lambda: (vec(4),), precision="f32")
def float32_buffer_for_float64(x):
    """A float64 value stored in a float32 array is rounded there."""
    b = np.empty(4, np.float32)
    for i in range(4):
        b[i] = x[i] * x[i]
    s = 0.0
    for i in range(4):
        s += b[i] * x[i]
    return s


@program(lambda: (1.5, 2, True))
def all_kinds_of_scalars(x, k, flag):
    """Float, int and bool."""
    return (x * k if flag else x) * x


@program(lambda: (vec(3, 2), vec(2, seed=1), 0.4, 2, np.array([0, 2])))
def all_kinds_of_arguments(a, x, s, k, rows):
    """Matrix, vector, float, int, int array."""
    t = s
    for i in range(len(rows)):
        for j in range(k):
            t = t * s + a[rows[i], j] * x[j]
    return t
