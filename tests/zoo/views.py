"""Aliases and views: writes through one name are seen through the other."""

import math

import numpy as np

from tests.zoo.table import program, vec


@program(lambda: (vec(5),), mutates=(0,))
def alias_written(y):
    """`z = y; z[i] = ...` writes `y`."""
    z = y
    z[1] = z[1] * y[2]
    y[2] = z[1] + y[2]
    return y[1] * z[2]


@program(lambda: (vec(5),))
def alias_of_a_local(x):
    """The alias of a local array."""
    a = np.zeros(5)
    b = a
    for i in range(5):
        a[i] = x[i] * x[i]
        b[i] = b[i] * x[i] + a[0]
    return a[3] + b[4]


@program(lambda: (vec(5),), mutates=(0,))
def view_written(y):
    """`v = y[1:3]; v[0] = ...`."""
    v = y[1:3]
    v[0] = v[1] * y[0]
    v[1] = y[1] * v[1]
    return y[1] + y[2] * y[2]


@program(lambda: (vec(5),), mutates=(0,))
def view_read_after_write_of_the_base(y):
    """The base is written, the view read."""
    v = y[1:4]
    y[2] = y[2] * y[0]
    return v[0] * v[1] * v[2]


@program(lambda: (vec(6),))
def stepped_view(x):
    """`y[::2]`, written."""
    y = x.copy()
    even = y[::2]
    odd = y[1::2]
    for i in range(len(even)):
        even[i] *= odd[i]
        odd[i] = odd[i] + even[i]
    return y


@program(lambda: (vec(6),))
def reversed_view(x):
    """`x[::-1]`."""
    r = x[::-1]
    s = 0.0
    for i in range(len(x)):
        s = s * 0.5 + x[i] * r[i] * r[0]
    return s


@program(lambda: (vec(6),), mutates=(0,))
def reversed_view_written(x):
    """Writes through a negative stride."""
    r = x[::-1]
    for i in range(3):
        r[i] = r[i] * x[i]
    return x[5] * r[5]


@program(lambda: (vec(7),))
def negative_indices(x):
    """`x[-1]`, and a computed negative index."""
    s = x[-1] * x[-2]
    for i in range(1, len(x) + 1):
        s = s * 0.5 + x[-i] * i
    return s


@program(lambda: (vec(7),), mutates=(0,))
def negative_index_written(x):
    """Writes at negative indices."""
    x[-1] = x[-1] * x[0]
    x[-2] += x[-1] * x[1]
    k = -3
    x[k] *= x[-2]
    return x[4] + x[5] * x[6]


@program(lambda: (vec(8),))
def negative_slice_bounds(x):
    """`x[-5:-1]` and `x[6:1:-2]`."""
    v = x[-5:-1]
    w = x[6:1:-2]
    s = 0.0
    for i in range(len(v)):
        s += v[i] * v[0]
    for i in range(len(w)):
        s = s + w[i] * s
    return s


@program(lambda: (vec(8), 2, 6))
def slice_bounds_from_arguments(x, lo, hi):
    """Bounds known at the call."""
    v = x[lo:hi]
    lo = hi
    s = 1.0
    for i in range(v.size):
        s = s * v[i] + 1.0
    return s * lo


@program(lambda: (vec(4),))
def slice_beyond_the_end(x):
    """Slices are clipped, and may be empty."""
    v = x[2:10]
    e = x[9:12]
    s = 1.0
    for i in range(len(v)):
        s *= v[i]
    for i in range(len(e)):
        s += e[i]
    return s


@program(lambda: (vec(3, 4),))
def row_views(a):
    """`row = a[i]`."""
    s = 0.0
    for i in range(a.shape[0]):
        row = a[i]
        for j in range(len(row)):
            s = s * 0.7 + row[j] * row[0]
    return s


@program(lambda: (vec(3, 4),), mutates=(0,))
def row_views_written(a):
    """A row normalised in place."""
    for i in range(a.shape[0]):
        row = a[i]
        s = 0.0
        for j in range(row.size):
            s += row[j] * row[j]
        for j in range(row.size):
            row[j] /= math.sqrt(s)


@program(lambda: (vec(3, 4),))
def column_views(a):
    """`a[:, j]`."""
    s = 0.0
    for j in range(a.shape[1]):
        col = a[:, j]
        t = 1.0
        for i in range(len(col)):
            t = t * col[i] + 0.5
        s += t
    return s


@program(lambda: (vec(3, 4, 2),))
def partial_index_of_rank_three(a):
    """Views of views."""
    s = 0.0
    for i in range(3):
        page = a[i]
        for j in range(4):
            row = page[j]
            s += row[0] * row[1] * page[0, 0]
    return s


@program(lambda: (vec(9),))
def view_of_a_view(x):
    """Slices compose."""
    v = x[1:8]
    w = v[::2]
    u = w[1:]
    s = 1.0
    for i in range(len(u)):
        s *= u[i] + v[i]
    return s


@program(lambda: (vec(9),), mutates=(0,))
def overlapping_views(y):
    """Two views of the same memory, shifted by one."""
    left = y[:-1]
    right = y[1:]
    for i in range(len(left)):
        left[i] = left[i] + 0.5 * right[i] * right[i]
    for i in range(len(right)):
        right[i] *= left[i]


@program(lambda: (vec(6),))
def view_rebound_in_a_loop(x):
    """One name, another view in each trip."""
    y = x.copy()
    for i in range(4):
        v = y[i : i + 3]
        v[1] = v[0] * v[2] + v[1]
    return y[3] * y[4]


@program(lambda: (vec(6),))
def alias_rebound(x):
    """`z` is first one array, then the other."""
    a = x.copy()
    b = x.copy()
    z = a
    z[0] = z[0] * x[1]
    z = b
    z[0] = z[0] + x[2]
    return a[0] * b[0]


@program(lambda: (vec(6),))
def returned_argument(x):
    """The result is the argument."""
    return x


@program(lambda: (vec(6),))
def returned_view(x):
    """The result is a view of the argument."""
    return x[1:4]


@program(lambda: (vec(6),))
def returned_view_of_a_local(x):
    """The result is a view of a local array."""
    y = x.copy()
    for i in range(6):
        y[i] = y[i] * x[0]
    return y[::-2]


@program(lambda: (vec(4),))
def same_array_twice_in_the_result(x):
    """Two results share memory."""
    y = x.copy()
    y[0] = x[1] * x[2]
    return y, y


@program(lambda: (vec(4),))
def argument_and_its_alias_in_the_result(x):
    """An argument, an alias of it and a number."""
    z = x
    return x, z, x[0] * z[1]


@program(lambda: (vec(4),), mutates=(0,))
def written_argument_returned(x):
    """The argument is written and returned."""
    x[0] = x[0] * x[1]
    return x


@program(lambda: (vec(5), vec(5, seed=1)))
def array_chosen_by_a_branch(x, y):
    """An alias whose target the data decides."""
    if x[0] > 10.0:
        z = x
    else:
        z = y
    s = 0.0
    for i in range(5):
        s += z[i] * x[i]
    return s


@program(lambda: (np.array(1.7),))
def zero_dimensional(x):
    """A 0-d array is read with `x[()]`."""
    return x[()] * x[()]


@program(lambda: (vec(3, 3),), mutates=(0,))
def diagonal_through_rows(a):
    """The base and a row of it in one line."""
    for i in range(3):
        row = a[i]
        row[i] = row[i] * a[i, 0] + a[0, i]
    return a[0, 0] * a[1, 1] * a[2, 2]


@program(lambda: (vec(6),))
def view_kept_after_rebinding_its_base(x):
    """`v` still shows the first array."""
    a = x.copy()
    v = a[2:5]
    a = np.ones(3)
    v[0] = v[1] * x[0]
    a[0] = v[0]
    return a[0] * v[0] + a[1]


@program(lambda: (vec(3, 4),))
def sub_matrix(a):
    """`a[1:, :2]` and mixed indices."""
    b = a[1:, :2]
    r = a[2, 1:]
    s = 0.0
    for i in range(b.shape[0]):
        for j in range(b.shape[1]):
            s += b[i, j] * r[j] * b[-1, -1]
    return s


@program(lambda: (vec(4),))
def argument_name_taken_by_a_copy(x):
    """The argument itself is not written."""
    x = x.copy()
    x[0] = x[1] * x[2]
    return x[0] * x[1]


@program(lambda: (vec(4),))
def alias_name_taken_by_a_new_array(x):
    """The name is an argument first; what is written is another array."""
    y = x
    s = y[0]
    if s > -2.0:
        y = np.zeros(2)
        y[0] = s * x[1]
        s += y[0] * y[0]
    return s
