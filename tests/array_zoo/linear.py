"""Linear algebra in loops over slices."""

import numpy as np

from tests.array_checks import programs, vec

program = programs()
SPD = np.eye(3) * 2.0 + 0.3 * (vec(3, 3) + vec(3, 3).T)


@program((SPD,), (np.array([[2.0]]),))
def cholesky_by_rows(a):
    n = a.shape[0]
    low = np.zeros_like(a)
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j] - low[i, :j] @ low[j, :j]
            if i == j:
                low[i, i] = np.sqrt(s)
            else:
                low[i, j] = s / low[j, j]
    return low


@program((SPD,))
def cholesky_by_columns(a):
    low = a.copy()
    n = len(low)
    for j in range(n):
        low[j, j] = np.sqrt(low[j, j])
        low[j + 1 :, j] /= low[j, j]
        for k in range(j + 1, n):
            low[k:, k] -= low[k:, j] * low[k, j]
    return np.tril(low)


@program((SPD,), (np.asfortranarray(SPD),))
def cholesky_in_place(a):
    n = a.shape[0]
    for j in range(n):
        a[j, j] = np.sqrt(a[j, j] - np.sum(a[j, :j] ** 2))
        for i in range(j + 1, n):
            a[i, j] = (a[i, j] - np.dot(a[i, :j], a[j, :j])) / a[j, j]
            a[j, i] = 0.0


@program((SPD, vec(3, seed=1)))
def forward_substitution(low, b):
    x = np.zeros_like(b)
    for i in range(len(b)):
        x[i] = (b[i] - low[i, :i] @ x[:i]) / low[i, i]
    return x


@program((SPD, vec(3, seed=1)))
def back_substitution(up, b):
    n = len(b)
    x = b.copy()
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - np.sum(up[i, i + 1 :] * x[i + 1 :])) / up[i, i]
    return x


@program((SPD,))
def lu_in_place(a):
    n = a.shape[0]
    for k in range(n - 1):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return np.prod(np.diag(a))


@program((SPD, vec(3, seed=1)))
def gaussian_elimination(a, b):
    a = a.copy()
    b = b.copy()
    n = len(b)
    for k in range(n):
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            a[i, k:] -= f * a[k, k:]
            b[i] -= f * b[k]
    for k in range(n - 1, -1, -1):
        b[k] = (b[k] - a[k, k + 1 :] @ b[k + 1 :]) / a[k, k]
    return b


@program((SPD[::-1].copy(), vec(3, seed=1)))
def elimination_with_pivots(a, b):
    n = len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            row = a[k].copy()
            a[k] = a[p]
            a[p] = row
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            a[i] -= f * a[k]
            b[i] -= f * b[k]
    for k in range(n - 1, -1, -1):
        b[k] = (b[k] - a[k, k + 1 :] @ b[k + 1 :]) / a[k, k]


@program((vec(4, 3),), (vec(2, 1),))
def gram_schmidt_modified(a):
    q = a.copy()
    for j in range(a.shape[1]):
        q[:, j] /= np.sqrt(q[:, j] @ q[:, j])
        for k in range(j + 1, a.shape[1]):
            q[:, k] -= (q[:, j] @ q[:, k]) * q[:, j]
    return q


@program((vec(4, 3),))
def gram_schmidt_classical(a):
    q = np.zeros_like(a)
    r = np.zeros((3, 3))
    for j in range(3):
        r[:j, j] = q[:, :j].T @ a[:, j]
        v = a[:, j] - q[:, :j] @ r[:j, j]
        r[j, j] = np.sqrt(np.sum(v * v))
        q[:, j] = v / r[j, j]
    return q, r


@program((vec(4, 3),))
def householder(a):
    r = a.copy()
    for j in range(r.shape[1]):
        v = r[j:, j].copy()
        v[0] += np.sign(v[0]) * np.sqrt(v @ v)
        v /= np.sqrt(v @ v)
        r[j:, j:] -= 2.0 * np.outer(v, v @ r[j:, j:])
    return r


@program((vec(3, 3), vec(3, 3, seed=1)))
def triangular_loops(a, b):
    s = 0.0
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            s += a[i, :i] @ b[:i, j] - a[i, i:] @ b[i:, j]
    return s


@program((vec(3, 2), vec(2, 4, seed=1)), (vec(0, 2), vec(2, 1)), (vec(1, 0), vec(0, 2)))
def product_by_rows(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            c[i] += a[i, k] * b[k]
    return c


@program((vec(3, 2), vec(2, 4, seed=1)))
def product_by_outer_products(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for k in range(a.shape[1]):
        c += np.outer(a[:, k], b[k, :])
    return c


@program((vec(4, 4), vec(4, 4, seed=1)))
def product_by_blocks(a, b):
    c = np.zeros((4, 4))
    for i in range(0, 4, 2):
        for j in range(0, 4, 2):
            for k in range(0, 4, 2):
                c[i : i + 2, j : j + 2] += a[i : i + 2, k : k + 2] @ b[k : k + 2, j : j + 2]
    return c


@program((vec(3, 3), 3), (vec(2, 2), 0))
def matrix_power(a, n):
    p = np.eye(a.shape[0])
    for _ in range(n):
        p = p @ a
    return p


@program((0.5 * vec(3, 3), 4))
def matrix_exponential_series(a, n):
    term = np.eye(3)
    total = np.eye(3)
    for k in range(1, n):
        term = term @ a / k
        total = total + term
    return total


@program((SPD, 3))
def newton_schulz_inverse(a, n):
    x = a.T / np.sum(a * a)
    for _ in range(n):
        x = 2.0 * x - x @ a @ x
    return x


@program((SPD,))
def jacobi_rotation(a):
    theta = 0.5 * np.arctan2(2.0 * a[0, 1], a[0, 0] - a[1, 1])
    c, s = np.cos(theta), np.sin(theta)
    g = np.eye(3)
    g[0, 0] = c
    g[1, 1] = c
    g[0, 1] = -s
    g[1, 0] = s
    return g.T @ a @ g


@program((SPD, vec(3, seed=1), 2))
def lanczos(a, v, n):
    v = v / np.sqrt(v @ v)
    before = np.zeros_like(v)
    beta = 0.0
    alphas = np.zeros(n)
    for k in range(n):
        w = a @ v - beta * before
        alphas[k] = w @ v
        w -= alphas[k] * v
        beta = np.sqrt(w @ w)
        before = v
        v = w / beta
    return alphas


@program((SPD, vec(3, seed=1), 2))
def steepest_descent(a, b, n):
    x = np.zeros_like(b)
    for _ in range(n):
        r = b - a @ x
        x = x + (r @ r) / (r @ (a @ r)) * r
    return 0.5 * x @ a @ x - b @ x


@program((vec(3, 3),))
def symmetrised(a):
    b = 0.5 * (a + a.T)
    a[:] = b
    return np.trace(b @ b)


@program((vec(3, 3),))
def symmetrised_in_place(a):
    a += a.T
    a *= 0.5


@program((vec(3),))
def determinant_of_circulant(c):
    m = np.zeros((3, 3))
    for i in range(3):
        m[i] = np.roll(c, i)
    return (
        m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1])
        - m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
        + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0])
    )


@program((vec(3), vec(3, seed=1)))
def rodrigues(axis, x):
    t = np.sqrt(axis @ axis)
    k = axis / t
    cross = np.array(
        [k[1] * x[2] - k[2] * x[1], k[2] * x[0] - k[0] * x[2], k[0] * x[1] - k[1] * x[0]]
    )
    return x * np.cos(t) + cross * np.sin(t) + k * (k @ x) * (1.0 - np.cos(t))


@program((vec(4),))
def quaternion_to_matrix(q):
    q = q / np.sqrt(np.sum(q * q))
    w, x, y, z = q[0], q[1], q[2], q[3]
    r = np.empty((3, 3))
    r[0] = np.array([1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)])
    r[1] = np.array([2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)])
    r[2] = np.array([2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)])
    return r


@program((vec(4, 3), vec(4, seed=1)))
def normal_equations(x, y):
    g = x.T @ x + 0.1 * np.eye(3)
    r = x.T @ y
    for k in range(3):
        r[k] /= g[k, k]
        g[k] = g[k] / g[k, k]
        for i in range(3):
            if i != k:
                r[i] -= g[i, k] * r[k]
                g[i] = g[i] - g[i, k] * g[k]
    return r


@program((SPD, vec(3, seed=1)))
def mahalanobis(a, x):
    n = len(x)
    low = np.zeros((n, n))
    z = np.zeros(n)
    for i in range(n):
        for j in range(i):
            low[i, j] = (a[i, j] - np.sum(low[i, :j] * low[j, :j])) / low[j, j]
        low[i, i] = np.sqrt(a[i, i] - np.sum(low[i, :i] ** 2))
        z[i] = (x[i] - low[i, :i] @ z[:i]) / low[i, i]
    return z @ z + 2.0 * np.sum(np.log(np.diag(low)))


@program((vec(5), 2))
def toeplitz_times(c, n):
    x = np.zeros((3, 3))
    for i in range(3):
        x[i, :] = c[n - i : n - i + 3]
    return x @ c[:3]


@program((vec(4), vec(2, seed=1)))
def kronecker_by_hand(a, b):
    out = np.empty(len(a) * len(b))
    for i in range(len(a)):
        out[i * len(b) : (i + 1) * len(b)] = a[i] * b
    return out


@program((vec(3, 3),), (vec(1, 1),))
def leverrier(a):
    n = a.shape[0]
    m = np.zeros_like(a)
    c = 1.0
    for k in range(1, n + 1):
        m = a @ m + c * np.eye(n)
        c = -np.trace(a @ m) / k
    return c


@program((np.eye(3) + 0.2 * vec(3, 3), 2))
def qr_algorithm_step(a, n):
    for _ in range(n):
        q = np.zeros_like(a)
        for j in range(3):
            v = a[:, j].copy()
            for i in range(j):
                v -= (q[:, i] @ a[:, j]) * q[:, i]
            q[:, j] = v / np.sqrt(v @ v)
        a = q.T @ a @ q
    return np.diag(a)


@program((vec(3, 3), 2), (vec(2, 2), 0))
def products_of_new_arrays_in_a_loop(a, n):
    b = a * 1.0
    for _ in range(n):
        q = np.zeros_like(b)
        q[0] = np.sin(b[0])
        q[1:] = b[1:] * 2.0
        b = q @ b + q.T @ q
    return b
