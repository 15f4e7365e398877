"""Slices, views, in-place writes with overlap, gathers, scatters and masks."""

import numpy as np
import pytest

from tests.array_checks import check, parametrized, programs, vec

program = programs()
N = [(vec(5),), (vec(2),), (vec(6)[::-1],), (vec(9)[::2],)]
M = [(vec(4, 5),), (vec(2, 2),), (np.asfortranarray(vec(4, 3)),), (vec(6, 8)[::2, ::-2],)]


@program(*N, (vec(1),), (vec(0),))
def shifted(x):
    return x[1:] * x[:-1] - x[1:]


@program(*N, (vec(1),))
def second_difference(x):
    return x[2:] - 2.0 * x[1:-1] + x[:-2]


@program(*N)
def steps(x):
    return x[::2] * 2.0, x[::-1] * x, x[-2:] + 0.0, x[1::2] * 1.0, x[-1:0:-1] * 3.0, x[:-5:-2] * 2.0


@program((vec(5), 2), (vec(5), -2), (vec(5), 9), (vec(5), -9), (vec(5), 0), (vec(0), 1))
def variable_bounds(x, k):
    return np.sum(x[:k]) + 2.0 * np.sum(x[k:]), x[k::-1] * 1.0, x[1:k] * 2.0


@program((vec(5), 1, 4), (vec(5), -3, -1), (vec(5), 3, 1))
def window(x, a, b):
    y = x.copy()
    y[a:b] = y[a:b] * 2.0 + 1.0
    y[a:b] += 3.0
    y[a:b] *= x[a:b]
    return y


@program(*N, (vec(1),), (vec(0),))
def overlap_forward(x):
    y = x.copy()
    y[1:] = y[:-1] * 2.0
    return y


@program(*N)
def overlap_backward(x):
    y = x.copy()
    y[:-1] = y[1:] * y[:-1]
    y[1:] += y[:-1]
    return y


@program(*N)
def smoothing(x):
    y = x.copy()
    for _ in range(3):
        y[1:-1] = 0.5 * (y[2:] + y[:-2])
    return y


@program(*N)
def reversed_in_place(x):
    y = np.sin(x)
    y[:] = y[::-1]
    return y


@program(*M, mutates=(0,))
def jacobi(a):
    for _ in range(2):
        a[1:-1, 1:-1] = 0.25 * (a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:])


@program(*M)
def heat(u):
    new = u.copy()
    for _ in range(2):
        lap = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
        new[1:-1, 1:-1] = u[1:-1, 1:-1] + 0.1 * lap
        u = new.copy()
    return u


@program(*M)
def rows_and_columns(a):
    return a[0] * a[1], a[:, 0] + a[:, -1], a[-1, ::-1] * 2.0, a[1:, :1] * a[:1, :]


@program(*M, mutates=(0,))
def rows_written(a):
    a[0] = a[1] * 2.0
    a[:, 0] = 1.5
    a[1, :] += a[0]
    a[-1] *= 2.0
    a[:, -1] -= a[:, 0] * a[:, -1]


@program((vec(4),), mutates=(0,))
def whole_in_place(x):
    x *= 2.0
    x += np.sin(x)
    x -= 1.0
    x /= 3.0
    x **= 2


@program((vec(4), vec(4, seed=1)), mutates=(0,))
def filled_argument(out, x):
    out[:] = x * x
    out[...] += 1.0
    out[0] = 3.0 * out[1]


@program((vec(4, 4),))
def triangular(a):
    s = 0.0
    for i in range(a.shape[0]):
        for j in range(i, a.shape[0]):
            s += np.dot(a[i, :i], a[:i, j]) + a[j, : i + 1] @ a[i, : i + 1]
    return s


@program((vec(3, 3),))
def cholesky(m):
    a = m @ m.T + 3.0 * np.eye(3)
    low = np.zeros_like(a)
    for j in range(a.shape[0]):
        low[j, j] = np.sqrt(a[j, j] - low[j, :j] @ low[j, :j])
        for i in range(j + 1, a.shape[0]):
            low[i, j] = (a[i, j] - low[i, :j] @ low[j, :j]) / low[j, j]
    return low


@program((vec(4, 3),))
def gram_schmidt(a):
    q = np.zeros_like(a)
    for j in range(a.shape[1]):
        v = a[:, j]
        for i in range(j):
            v = v - (q[:, i] @ a[:, j]) * q[:, i]
        q[:, j] = v / np.sqrt(np.sum(v * v))
    return q


@program((vec(5),))
def named_views(x):
    y = x * 2.0
    v = y[1:4]
    v[0] = 5.0 * x[0]
    v *= x[1:4]
    w = v[::-1]
    w[0] += 1.0
    return y, np.sum(w)


@program((vec(3, 4),))
def rows_in_a_loop(a):
    s = np.zeros(a.shape[1])
    for row in a:
        s = s + row * np.sum(row)
    for i in range(a.shape[0]):
        s += a[i] * i
    return s


@program((vec(5), np.array([0, 2, 2, -1])), (vec(5), np.array([], dtype=np.int64)))
def gather(x, k):
    return x[k] * np.sin(x[k]), np.sum(x[k])


@program((vec(4, 3), np.array([0, 2, 0])), (vec(4, 3), np.array([[1, 2], [0, 0]])))
def gather_rows(a, k):
    return a[k] * 2.0, a[:, k] + 1.0, a[0, k]


@program((vec(4, 3), np.array([0, 2, 3]), np.array([1, 1, 0])))
def gather_pairs(a, i, j):
    return a[i, j], a[i, 0], a[i[:, None], j[None, :]]


@program((vec(5), vec(3, seed=1), np.array([4, 0, 2])))
def scatter(x, v, k):
    y = x.copy()
    y[k] = v * v
    y[k] *= 2.0
    return y


@program((vec(5), vec(4, seed=1), np.array([1, 1, 3, -1])))
def scatter_repeated(x, v, k):
    y = x.copy()
    y[k] += v
    z = x * 1.0
    z[k] = v
    return y, z


@program((vec(6),), (vec(2, 3),), (vec(0),))
def masks(x):
    y = x.copy()
    y[y > 0.2] = 0.5
    y[x < -0.3] *= 2.0
    y[x < 0.0] += 1.0
    return y, np.sum(x[x > 0.0])


@program((vec(6),))
def masked_values(x):
    m = x > 0.0
    v = x[m] * 2.0
    y = np.zeros_like(x)
    y[m] = v + 1.0
    return y, v


@program((vec(2, 3),))
def ellipsis_and_new_axes(a):
    return a[..., 0] * a[0, 0], a[None] * 1.0, a[..., None] * 2.0, a[:, None, 1:] * 1.0


@program((vec(3, 4), 2))
def item_of_a_row(a, k):
    b = a * 2.0
    return b[1][k] * b[-1][-1], b[1][1:][0]


@program((vec(3),))
def step_by_step(x):
    u = np.zeros((4, 3))
    u[0] = x
    for k in range(3):
        u[k + 1] = u[k] + 0.1 * np.sin(u[k]) * u[k][::-1]
    return u


@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    check(func, args, mutates)


def test_shapes_that_do_not_fit():
    """NumPy's exception."""

    def assigned(x):
        y = np.zeros(3)
        y[:] = x
        return y

    with pytest.raises(ValueError, match="broadcast"):
        check(assigned, (vec(2),))
