"""Views, aliases, writes to arguments, masks, gathers and scatters, layouts."""

import numpy as np

from tests.array_checks import programs, vec

program = programs()
I4 = np.array([2, 0, 2, 1])


@program((vec(6),), (vec(2),))
def view_written_through(x):
    v = x[1:]
    v[:] = v * 2.0
    v += x[:-1]


@program((vec(7),))
def view_of_a_view(x):
    v = x[1:-1]
    w = v[::2]
    w *= v[0]
    v[1] = w[0] + x[0]
    return np.sum(x)


@program((vec(4, 4),), (np.asfortranarray(vec(3, 5)),), (vec(8, 4)[::-2],))
def block_views(m):
    top = m[:2]
    left = top[:, :2]
    left *= 2.0
    top[1] += left[0, 0]
    inner = m[1:, 1:]
    inner[0] = m[0, 1:] * 3.0
    return np.sum(left) * np.sum(inner)


@program((vec(4, 3),))
def rows_written_in_a_for(m):
    for row in m:
        row[0] = row[1] * row[2]
        row *= 2.0
    return np.sum(m)


@program((vec(4, 3), vec(4, seed=1)))
def rows_with_enumerate(m, s):
    out = np.zeros(3)
    for i, row in enumerate(m):
        out += row * s[i]
    return out


@program((vec(3, 4), vec(3, 4, seed=1)))
def rows_with_zip(a, b):
    s = 0.0
    for p, q in zip(a, b):  # noqa: B905
        s += p @ q - np.max(p) * np.min(q)
    return s


@program((vec(5),))
def alias_of_an_argument(x):
    y = x
    y[0] = 3.0 * x[1]
    y[1:] += x[0]
    return np.sum(x * y)


@program((vec(4),))
def alias_of_a_local(x):
    a = x * x
    b = a
    b[0] = 7.0 * x[1]
    a[2] *= b[0]
    return a, np.sum(b)


@program((vec(5), vec(5, seed=1)))
def exchanged(x, y):
    t = x.copy()
    x[:] = y
    y[:] = t
    y *= x


@program((vec(6),))
def exchanged_halves(x):
    t = x[:3].copy()
    x[:3] = x[3:]
    x[3:] = t * x[:3]


@program((vec(3, 3),))
def exchanged_rows(m):
    m[0], m[1] = m[1] * 2.0, m[0] * 3.0


@program((vec(5),), (vec(1),), (vec(0),))
def reversed_in_place(x):
    x[:] = x[::-1]
    x[::-1] += x


@program((vec(6),), (vec(1),))
def sums_in_place(x):
    x[1:] = x[1:] + x[:-1]
    x[:-1] *= x[1:]
    x[1:] -= x[:-1]


@program((vec(5),))
def sequential_sum_by_loop(x):
    for i in range(1, len(x)):
        x[i:] += x[i - 1] * 0.5


@program((vec(4, 4),))
def overlapping_blocks(m):
    m[1:, 1:] = m[:-1, :-1] * 2.0
    m[:-1, :] += m[1:, :]
    m[:, ::2] *= m[:, 1::2]


@program((vec(3, 3),))
def transposed_into_itself(m):
    m[:] = m.T
    m += m.T * 0.5
    m[0] = m[:, 0]


@program((vec(6),))
def steps_of_both_signs(x):
    x[::2] = x[::-2]
    x[::-3] += 1.0
    x[4:0:-2] *= x[:2]
    x[-2:] -= x[:2]


def fill_with(out, u):
    out[:] = u * u


def scale_rows(m, s):
    for i in range(m.shape[0]):
        m[i] *= s[i]


def add_into(out, u, c):
    out += c * u


@program((vec(6), vec(3, seed=1)))
def helper_fills_a_slice(x, u):
    fill_with(x[1:4], u)
    fill_with(x[::2], x[::2])
    add_into(x[:3], u, 2.0)


@program((vec(2, 3), vec(3, seed=1)))
def helper_fills_rows(m, u):
    for i in range(m.shape[0]):
        fill_with(m[i], u * (i + 1.0))
        add_into(m[i, 1:], u[:-1], 3.0)
    scale_rows(m, u)
    return np.sum(m)


@program((vec(4),))
def helper_with_one_array_twice(x):
    add_into(x, x, 2.0)
    add_into(x[1:], x[:-1], 0.5)


@program((vec(4), vec(4, seed=1)))
def nothing_returned(out, x):
    out[...] = np.sin(x)
    out[0] = 0.0


@program((vec(3), vec(3, seed=1)))
def partly_overwritten(out, x):
    out[1] = x[0] * x[1]
    return out[0] * out[1]


@program((vec(6),), (vec(3, 2),), (vec(0),))
def masked_writes(x):
    x[x > 0.3] = 0.3
    x[x < -0.5] *= 0.1
    x[(x > -0.2) & (x < 0.2)] += 1.0


@program((vec(5), vec(5, seed=1)))
def masked_by_another(x, y):
    m = y > 0.0
    x[m] = 2.0
    x[~m] *= 3.0
    return np.sum(x[m]) + np.sum(y[~m] ** 2)


@program((vec(5), vec(5, seed=1)))
def mask_copied_between(x, y):
    m = x > y
    x[m] = y[m]
    y[m] *= 2.0
    return np.sum(x * y)


@program((vec(3, 4),))
def mask_of_rows(m):
    keep = m[:, 0] > 0.0
    return np.sum(m[keep] * 2.0, axis=0), np.sum(keep)


@program((vec(5),))
def mask_without_a_hit(x):
    x[x > 5.0] = 0.0
    return np.sum(x[x > 5.0]) + np.sum(x)


@program((vec(5),))
def where_with_positions(x):
    k = np.argmax(x)
    y = x.copy()
    y[k] = 2.0 * x[k - 1]
    y[: k + 1] += x[k]
    return y


@program((vec(4), I4), (vec(4), np.array([], dtype=np.int64)))
def gather_and_sum(x, k):
    return np.sum(x[k] ** 2), x[k] * np.arange(len(k))


@program((vec(4), I4, vec(4, seed=1)))
def scatter_last_wins(x, k, v):
    x[k] = v
    return np.sum(x**2)


@program((vec(4), I4, vec(4, seed=1)))
def scatter_add_once(x, k, v):
    x[k] += v
    x[k] *= 2.0


@program((vec(4), I4, vec(4, seed=1)))
def scatter_add_in_a_loop(x, k, v):
    for i in range(len(k)):
        x[k[i]] += v[i] * x[i]


@program((vec(4, 3), I4))
def gather_rows_and_columns(m, k):
    return m[k], m[:, k[:2]], m[k[1], k[:2]]


@program((vec(4, 3), I4, vec(4, 3, seed=1)))
def scatter_rows(m, k, v):
    m[k] = v
    m[:, k[1]] = 2.0 * m[:, 0]


@program((vec(4, 3), np.array([0, 1, 2]), np.array([2, 1, 1])))
def scatter_pairs(m, i, j):
    m[i, j] = m[j, i] * 2.0
    return m[i, j].sum()


@program((vec(3), I4))
def permutation_and_inverse(x, k):
    p = np.array([2, 0, 1])
    y = np.empty(3)
    y[p] = x
    return y[k] * x[p[k]]


@program((vec(4), I4))
def counts(x, k):
    n = np.zeros(4)
    for i in k:
        n[i] += x[i]
    return n


@program((np.asfortranarray(vec(3, 4)), vec(4, 3, seed=1)[:, ::-1].T))
def layouts(a, b):
    return a * b + a[0] - b[:, :1], a.T @ b


@program((vec(6, 4)[::2, ::-1], vec(8)[::-2]))
def strides(m, v):
    m[1:] += m[:-1] * v
    return m @ v


@program((vec(3, 4).T, vec(3, seed=1)))
def transposed_argument(m, v):
    m *= v
    m[0] = m[-1]


@program((np.broadcast_to(vec(3), (2, 3)), vec(2, 3, seed=1)))
def broadcast_argument(a, b):
    return a * b


def read_only(x):
    x.flags.writeable = False
    return x


@program((read_only(vec(4)), vec(4, seed=1)))
def read_only_argument(x, y):
    y *= x
    return np.sum(x * x)


@program((vec(4).astype(np.float32), vec(4, seed=1)))
def dtypes_mixed(x, y):
    z = x * y
    w = x + np.float32(1.0)
    y += x
    return z, w, np.sum(z)


@program((vec(4).astype(np.float32), vec(4, seed=1)))
def single_written(x, y):
    x[:] = y * 2.0
    x += x
    x[0] = y[1]


@program((vec(4), np.arange(4)), (vec(4), np.arange(4, dtype=np.int32)))
def integers_and_floats(x, k):
    a = k * 2 + 1
    b = a * x
    c = k / 2
    d = np.zeros(4, dtype=np.int64)
    d[:] = k + 1
    return b + c * d, np.sum(k) * x[0], a // 2


@program((vec(4), np.array([True, False, True, True])))
def booleans_and_floats(x, m):
    return x * m, np.sum(x[m]) + np.sum(m), np.where(m & (x > 0), x, -x)


@program((np.array(0.7), vec(3)))
def zero_dimensional(s, x):
    return s * x + np.sin(s), s * s


@program((vec(0), vec(0)), (vec(1), vec(1)))
def nothing_to_do(x, y):
    z = x * y
    z[1:] = z[:-1] + x[1:]
    return np.sum(z), z, np.sum(np.outer(x, y), axis=0)


@program((vec(0, 3),), (vec(3, 0),), (vec(0, 0),))
def empty_matrices(m):
    return np.sum(m, axis=0), np.sum(m, axis=1), m.T * 2.0, m @ m.T, np.prod(m, axis=0)


@program((vec(2, 3, 4),))
def three_dimensions(x):
    x[:, 1:] *= x[:, :-1]
    x[0] += x[1]
    x[..., 0] = x[..., -1] * 2.0
    x[:, 0, :] -= x[:, 1, ::-1]
    return np.sum(x, axis=(0, 2))


@program((vec(2, 3, 2, 2),))
def four_dimensions(x):
    y = x * x[:, :1]
    y[..., 0] += x[0, 0, 0, 0]
    return y.sum(axis=(1, 3)), np.transpose(y, (3, 0, 2, 1))[1]


@program((vec(3, 1), vec(1, 4)), (vec(1, 1), vec(1, 4)), (vec(3, 1), vec(1, 0)))
def broadcast_both(a, b):
    c = a * b + a - b
    c += a
    c *= b
    return c


@program((vec(3), vec(1)), (vec(3), vec(3)), (vec(1), vec(1)))
def broadcast_in_place(x, y):
    x += y
    x[:] = y * x
    x[...] = y


@program((vec(2, 3), vec(3)), (vec(2, 3), vec(1)), (vec(2, 3), vec(2, 1)), (vec(2, 3), vec(1, 1)))
def broadcast_against_a_matrix(m, v):
    return np.sum(m * v, axis=1), np.maximum(m, v), m / (2.0 + v)
