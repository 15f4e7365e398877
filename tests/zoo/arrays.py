"""Local arrays, shapes, array results, arguments of several kinds."""

import math
from collections import namedtuple

import numpy as np

from tests.zoo.table import program, vec


@program(lambda: (vec(5), 0.3))
def array_result(x, a):
    """A fresh array comes back."""
    y = np.empty(len(x))
    for i in range(len(x)):
        y[i] = x[i] * a + math.sin(x[i])
    return y


@program(lambda: (vec(5), 0.3))
def array_and_scalar_results(x, a):
    """Several results of different rank, one of them constant."""
    y = np.zeros((2, len(x)))
    s = 0.0
    for i in range(len(x)):
        y[0, i] = x[i] * a
        y[1, i] = a
        s += y[0, i] * x[i]
    c = np.ones(3)
    return y, s, c


@program(lambda: (0.8, 4))
def constructors(x, n):
    """`zeros`, `ones`, `empty`, `full`, with shapes of both kinds."""
    a = np.zeros(n)
    b = np.ones((n, 2))
    c = np.empty((2, n))
    d = np.full(n, x)
    for i in range(n):
        a[i] += d[i] * b[i, 1]
        c[0, i] = a[i] * x
        c[1, i] = c[0, i] + d[i]
    return a[0] * c[1, n - 1] + d[2] * b[0, 0]


@program(lambda: (vec(3, 2),))
def constructors_like(x):
    """`zeros_like`, `ones_like`, `empty_like`, `copy`."""
    a = np.zeros_like(x)
    b = np.ones_like(x)
    c = np.empty_like(x)
    d = x.copy()
    e = np.copy(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            a[i, j] += x[i, j] * b[i, j]
            c[i, j] = a[i, j] * d[i, j]
            d[i, j] = c[i, j] * e[i, j]
    return d


@program(lambda: (vec(3, 4, 2),))
def shape_facts(x):
    """`.shape`, `.size`, `.ndim`, `len`."""
    n, m, k = x.shape
    return x[0, 0, 0] * n + x[n - 1, m - 1, k - 1] * x.size + x.ndim * x[1, 1, 1] * len(x)


@program(lambda: (vec(4), 3))
def allocated_in_a_loop(x, n):
    """A new array in every trip."""
    s = 1.0
    for k in range(n):
        t = np.zeros(2)
        t[0] = x[k] * s
        t[1] = x[k + 1] * t[0]
        s = t[0] + t[1] * t[1]
    return s


@program(lambda: (vec(4),))
def name_rebound_to_a_new_array(x):
    """One name, two arrays, both needed."""
    a = x.copy()
    a[0] = a[0] * a[1]
    s = a[0]
    a = np.zeros(2)
    a[1] = s * x[2]
    a[0] = a[1] * a[1]
    return a[0] + s


@program(lambda: (vec(3, 0),))
def zero_size_matrix(a):
    """A gradient of shape `(3, 0)`."""
    s = 1.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            s += a[i, j]
    return s


@program(lambda: (vec(3), 0))
def zero_size_local(x, n):
    """A local array of no elements."""
    t = np.zeros(n)
    s = x[0]
    for i in range(len(t)):
        s += t[i]
    return s * x[1]


@program(lambda: ((0.5, vec(3)),))
def tuple_argument(p):
    """A tuple of a scalar and an array."""
    a, x = p
    return a * x[0] + x[1] * x[2] * p[0]


@program(lambda: ((0.5, (vec(3), 2.0)), 1.5))
def nested_tuple_argument(p, y):
    """A tuple in a tuple."""
    a, q = p
    x, b = q
    return a * x[0] * b + x[2] * y * q[1]


Layer = namedtuple("Layer", ["w", "b"])


@program(lambda: (Layer(vec(2, 3), vec(2, seed=1)), vec(3, seed=2)))
def named_tuple_argument(layer, x):
    """Fields by name."""
    s = 0.0
    for i in range(layer.w.shape[0]):
        t = layer.b[i]
        for j in range(layer.w.shape[1]):
            t += layer.w[i, j] * x[j]
        s += math.tanh(t)
    return s


@program(lambda: (0.5, 0.7))
def tuple_packed_and_unpacked(x, y):
    """Local tuples are names in disguise."""
    p = (x * y, x + y)
    q = p[0], p[1], x
    a, b, c = q
    (d, e), f = p, c
    return a * b + c * d * e + f


@program(lambda: (vec(4), np.array([1, 0, 3])))
def integer_array_argument(x, idx):
    """Int arrays have no derivative."""
    s = 1.0
    for i in range(len(idx)):
        s = s * x[idx[i]] + idx[i] * x[0]
    return s


@program(lambda: (vec(4), np.array([True, False, True, True])))
def boolean_array_argument(x, mask):
    """Bool arrays decide."""
    s = 0.0
    for i in range(len(x)):
        if mask[i]:
            s += x[i] * x[i]
    return s


@program(lambda: (vec(4),))
def integer_accumulators(x):
    """Counts in ints and in an int array."""
    count = 0
    seen = np.zeros(2, dtype=np.int64)
    s = 0.0
    for i in range(len(x)):
        if x[i] > 0.0:
            count += 1
            seen[1] += 1
        else:
            seen[0] += 2
        s += count * x[i] + seen[0] * x[i] * x[i]
    return s


@program(lambda: (vec(4),))
def boolean_local_array(x):
    """A mask that is made inside."""
    mask = np.zeros(len(x), dtype=np.bool_)
    for i in range(len(x)):
        mask[i] = x[i] > 0.0
    s = 1.0
    for i in range(len(x)):
        if mask[i]:
            s *= 1.0 + x[i]
    return s


@program(lambda: (vec(2), vec(2)))
def equal_arguments(x, y):
    """Two arguments of the same values."""
    return x[0] * y[1] + x[1] * x[1] * y[0]


@program(lambda: (vec(3),))
def several_arrays_returned(x):
    """Two local arrays, coupled."""
    a = np.zeros(3)
    b = np.zeros(3)
    for i in range(3):
        a[i] = x[i] * x[i]
        b[i] = a[i] * x[0]
    return a, b


@program(lambda: (vec(2, 3),), wrt=(0,))
def matrix_by_flat_index(a):
    """Indices by division and remainder."""
    s = 1.0
    for k in range(a.size):
        i = k // 3
        j = k % 3
        s = s * 0.5 + a[i, j] * s
    return s


@program(lambda: (0.4, 3))
def local_table(x, n):
    """A table of powers, looked up."""
    table = np.empty(n + 1)
    table[0] = 1.0
    for i in range(n):
        table[i + 1] = table[i] * x
    s = 0.0
    for i in range(n + 1):
        s += table[n - i] * table[i] * (i + 1)
    return s


@program(lambda: (vec(5),))
def local_overwritten_by_copy(x):
    """`.copy()` of an array that is written later."""
    a = x.copy()
    a[0] = a[0] * a[1]
    b = a.copy()
    a[1] = 3.0 * a[0]
    b[2] = b[0] * a[1]
    return a[1] * b[1] + b[2]


@program(lambda: (vec(3), 2.0), wrt=(1,))
def only_the_scalar_by_position(x, a):
    """The array is data: no shadow is needed."""
    s = 0.0
    for i in range(3):
        s += x[i] * a * a
    return s


@program(lambda: (vec(3), 2.0, vec(3, seed=1)), wrt=(0, 2))
def first_and_last_argument(x, a, y):
    """Two of three arguments."""
    s = 0.0
    for i in range(3):
        s += x[i] * a * y[i] * y[0]
    return s
