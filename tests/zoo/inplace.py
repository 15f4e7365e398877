"""Arrays that are written: overwrites, swaps, overlaps, scatter."""

import math

import numpy as np

from tests.zoo.table import pos, program, vec


@program(lambda: (vec(5),), mutates=(0,))
def square_in_place(a):
    """`a[i] = a[i]**2`, on the argument itself."""
    for i in range(len(a)):
        a[i] = a[i] ** 2


@program(lambda: (vec(5),), mutates=(0,))
def square_in_place_and_sum(a):
    """The argument is written and a result comes back too."""
    s = 0.0
    for i in range(len(a)):
        a[i] = a[i] ** 2
        s += a[i] * a[0]
    return s


@program(lambda: (vec(5),))
def square_a_copy(x):
    """The same on a copy: the argument stays."""
    a = x.copy()
    for i in range(len(a)):
        a[i] = a[i] ** 2 + x[i]
    return a


@program(lambda: (vec(6), 1, 4), mutates=(0,))
def swap_elements(a, i, j):
    """`a[i], a[j] = a[j], a[i]`."""
    a[i], a[j] = a[j], a[i]
    a[i] = a[i] * a[j]
    return a[j] * 2.0 + a[0]


@program(lambda: (vec(6), 2, 2), mutates=(0,))
def swap_element_with_itself(a, i, j):
    """`i == j`."""
    a[i], a[j] = a[j], a[i]
    return a[i] * a[j]


@program(lambda: (vec(7),), mutates=(0,))
def reverse_in_place(a):
    """Swaps from both ends."""
    n = len(a)
    for i in range(n // 2):
        a[i], a[n - 1 - i] = a[n - 1 - i], a[i] * a[i]


@program(lambda: (vec(7), 3), mutates=(0,))
def smooth_in_place(y, steps):
    """Overlapping reads and writes, one element after the other."""
    for _ in range(steps):
        for i in range(1, len(y) - 1):
            y[i] = 0.5 * (y[i + 1] + y[i - 1]) + 0.1 * y[i] * y[i]


@program(lambda: (vec(7), 3), mutates=(0,))
def smooth_in_place_nonlinear(y, steps):
    """What is overwritten is read by the partials."""
    for _ in range(steps):
        for i in range(1, len(y) - 1):
            y[i] = math.sin(y[i + 1] * y[i - 1]) + y[i]


@program(lambda: (vec(7),), mutates=(0,))
def shift_left_in_place(y):
    """Each write reads the element to its right."""
    for i in range(len(y) - 1):
        y[i] = y[i + 1] * y[i]


@program(lambda: (vec(7),), mutates=(0,))
def shift_right_in_place(y):
    """Each write reads what the trip before wrote."""
    for i in range(1, len(y)):
        y[i] = y[i - 1] * y[i]


@program(lambda: (vec(5), 0.7), mutates=(0,))
def scale_in_place(x, a):
    """`x[i] *= a`."""
    for i in range(len(x)):
        x[i] *= a


@program(lambda: (pos(5), 1.7), mutates=(0,))
def all_augmented_element_writes(x, a):
    """Every augmented assignment of an element."""
    x[0] += a * x[1]
    x[1] -= a * x[2]
    x[2] *= a + x[0]
    x[3] /= a + x[2]
    x[4] **= 2
    return x[0] + x[1] * x[2] + x[3] * x[4]


@program(lambda: (vec(6), np.array([0, 2, 2, 1, 0, 2])))
def repeated_indices(v, idx):
    """`g[idx[i]] += v[i]`: several contributions to one element."""
    g = np.zeros(3)
    for i in range(len(v)):
        g[idx[i]] += v[i] * v[i]
    return g[0] * g[1] + math.sin(g[2])


@program(lambda: (vec(6), np.array([0, 2, 2, 1, 0, 2])))
def repeated_indices_overwritten(v, idx):
    """`g[idx[i]] = v[i]`: the last write wins."""
    g = np.ones(3)
    for i in range(len(v)):
        g[idx[i]] = v[i] * g[idx[i]] + v[i]
    return g


@program(lambda: (vec(6), np.array([0, 0, 1])))
def gather(x, idx):
    """Reads of the same element many times."""
    s = 1.0
    for k in range(len(idx)):
        s *= x[idx[k]]
    return s


@program(lambda: (vec(12), 4))
def histogram(x, bins):
    """Weighted counts by computed index."""
    h = np.zeros(bins)
    for i in range(len(x)):
        k = int((x[i] + 1.0) * 0.5 * bins)
        h[k] += x[i] * x[i]
    s = 0.0
    for k in range(bins):
        s += h[k] * h[k] * (k + 1)
    return s


@program(lambda: (vec(6),))
def index_array_overwritten(x):
    """The indices of the forward sweep must be there in the reverse sweep."""
    idx = np.zeros(2, np.int64)
    s = 1.0
    for i in range(3):
        idx[0] = (idx[0] + 2 * i + 1) % 6
        s = s * x[idx[0]] + x[idx[1]]
        idx[1] = idx[0]
    return s


@program(lambda: (vec(6),))
def index_name_overwritten(x):
    """A scalar index that changes between uses."""
    k = 0
    s = 1.0
    for _ in range(5):
        s = s * x[k] + 0.1
        k = (k + 4) % 6
    return s * x[k]


@program(lambda: (vec(5),))
def element_used_as_an_accumulator(x):
    """An array of one element instead of a scalar."""
    s = np.zeros(1)
    for i in range(len(x)):
        s[0] = s[0] * x[i] + x[i]
    return s[0]


@program(lambda: (vec(4),), mutates=(0,))
def written_then_zeroed(x):
    """A write by a constant cuts the dependence."""
    y = x[0] * x[1]
    x[0] = 0.0
    x[1] = 2.0
    return y * x[2] + x[0] * x[3] + x[1]


@program(lambda: (vec(4), 0.3), mutates=(0,))
def read_before_and_after_a_write(x, a):
    """The same element means two values."""
    before = x[2] * x[2]
    x[2] = a
    after = x[2] * x[2] * x[2]
    return before * after


@program(lambda: (vec(4, 4),), mutates=(0,))
def transpose_in_place(a):
    """Element swaps in a matrix."""
    for i in range(4):
        for j in range(i):
            a[i, j], a[j, i] = a[j, i], a[i, j]
    return a[0, 1] * a[2, 3] + a[3, 1]


@program(lambda: (vec(5, 6), 2), mutates=(0,))
def jacobi_in_place(u, steps):
    """A stencil over its own array (Gauss-Seidel order)."""
    for _ in range(steps):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])


@program(lambda: (vec(7), 4))
def double_buffer_copied(u0, steps):
    """Two buffers, the new one copied back."""
    u = u0.copy()
    un = u0.copy()
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            un[i] = u[i] + 0.2 * u[i] * (u[i + 1] - u[i - 1])
        for i in range(len(u)):
            u[i] = un[i]
    return u


@program(lambda: (vec(7), 3))
def double_buffer_swapped(u0, steps):
    """`u, un = un, u` in a loop."""
    u = u0.copy()
    un = u0.copy()
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            un[i] = u[i] + 0.2 * u[i] * (u[i + 1] - u[i - 1])
        u, un = un, u
    s = 0.0
    for i in range(len(u)):
        s += u[i] * u[i]
    return s


@program(lambda: (vec(5),), mutates=(0,))
def read_write_same_line(x):
    """The element is read several times in the line that writes it."""
    for i in range(len(x)):
        x[i] = x[i] * math.exp(x[i]) + x[(i + 1) % 5] * x[i]


@program(lambda: (vec(4), vec(4, seed=1)), mutates=(0, 1))
def both_arguments_written(a, b):
    """A step of a coupled iteration."""
    for i in range(4):
        t = a[i]
        a[i] = a[i] * b[i]
        b[i] = t + b[i] * a[i]


@program(lambda: (vec(6),), mutates=(0,))
def sorting_network(x):
    """Compare and exchange by `min` and `max`."""
    n = len(x)
    for k in range(n):
        for i in range(k % 2, n - 1, 2):
            lo = min(x[i], x[i + 1])
            hi = max(x[i], x[i + 1])
            x[i] = lo
            x[i + 1] = hi
    return x[0] + 2.0 * x[1] + 3.0 * x[2] * x[3] + x[4] * x[5]


@program(lambda: (vec(7),))
def insertion_sort(x):
    """A while loop that moves elements."""
    a = x.copy()
    for i in range(1, len(a)):
        v = a[i]
        j = i - 1
        while j >= 0 and a[j] > v:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = v
    s = 0.0
    for i in range(len(a)):
        s += (i + 1) * a[i] * a[i]
    return s


@program(lambda: (vec(3),))
def written_in_a_branch(x):
    """Only one branch writes."""
    y = x.copy()
    for i in range(3):
        if y[i] > 0.0:
            y[i] = y[i] * y[i] * y[0]
        elif i > 0:
            y[i - 1] = y[i]
    return y[0] * y[1] + y[2]
