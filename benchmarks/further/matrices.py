"""A determinant by minors, residuals of a camera, and all shortest paths."""

import math

import numpy as np
from numba import njit

from benchmarks.further.case import FurtherCase

# The determinant by expansion of minors --------------------------------------------------------


@njit(error_model="numpy")
def minors(m, free, row):
    n = m.shape[0]
    if row == n:
        return 1.0
    total = 0.0
    sign = 1.0
    for j in range(n):
        if free[j] == 1:
            free[j] = 0
            total += sign * m[row, j] * minors(m, free, row + 1)
            free[j] = 1
            sign = -sign
    return total


def determinant(m):
    return minors(m, np.ones(m.shape[0], np.int64), 0)


@njit(error_model="numpy")
def minors_by_hand(m, free, row, flow, m_bar):
    """Return the minor; what it adds to `m_bar` is `flow` times its gradient."""
    n = m.shape[0]
    if row == n:
        return 1.0
    total = 0.0
    sign = 1.0
    for j in range(n):
        if free[j] == 1:
            free[j] = 0
            signed = sign * flow
            minor = minors_by_hand(m, free, row + 1, signed * m[row, j], m_bar)
            m_bar[row, j] += signed * minor
            total += sign * m[row, j] * minor
            free[j] = 1
            sign = -sign
    return total


def determinant_by_hand(m):
    m_bar = np.zeros_like(m)
    return minors_by_hand(m, np.ones(m.shape[0], np.int64), 0, 1.0, m_bar), m_bar


def determinant_inputs(rng, n):
    return (rng.standard_normal((n, n)),)


# Squared residuals of points seen by cameras: Rodrigues rotation, radial distortion -------------


def bundle(cameras, points, weights, seen, features):
    total = 0.0
    for k in range(seen.shape[0]):
        cam = cameras[seen[k, 0]]
        p = points[seen[k, 1]]
        x, y, z = p[0] - cam[3], p[1] - cam[4], p[2] - cam[5]
        square = cam[0] * cam[0] + cam[1] * cam[1] + cam[2] * cam[2]
        theta = math.sqrt(square)
        c, s = math.cos(theta), math.sin(theta)
        a0, a1, a2 = cam[0] / theta, cam[1] / theta, cam[2] / theta
        along = (a0 * x + a1 * y + a2 * z) * (1.0 - c)
        rx = x * c + (a1 * z - a2 * y) * s + a0 * along
        ry = y * c + (a2 * x - a0 * z) * s + a1 * along
        rz = z * c + (a0 * y - a1 * x) * s + a2 * along
        u, v = rx / rz, ry / rz
        r2 = u * u + v * v
        bent = 1.0 + cam[9] * r2 + cam[10] * r2 * r2
        e0 = weights[k] * (cam[6] * u * bent + cam[7] - features[k, 0])
        e1 = weights[k] * (cam[6] * v * bent + cam[8] - features[k, 1])
        total += e0 * e0 + e1 * e1
    return total


def bundle_inputs(rng, n, m, observations):
    cameras = np.concatenate((0.3 * rng.standard_normal((n, 3)) + 0.1,
                              rng.standard_normal((n, 2)), 8.0 + rng.random((n, 1)),
                              1.0 + rng.random((n, 1)), rng.standard_normal((n, 2)),
                              0.01 * rng.standard_normal((n, 2))), axis=1)  # fmt: skip
    seen = np.stack((rng.integers(0, n, observations), rng.integers(0, m, observations)), axis=1)
    features = rng.standard_normal((observations, 2))
    points = rng.standard_normal((m, 3))
    return cameras, points, 0.5 + rng.random(observations), seen, features


# All shortest paths, by the rounds of Floyd and Warshall ----------------------------------------


def paths(w):
    n = w.shape[0]
    d = w.copy()
    for k in range(n):
        for i in range(n):
            for j in range(n):
                d[i, j] = min(d[i, j], d[i, k] + d[k, j])
    return np.sum(d)


def paths_by_hand(w):
    n = w.shape[0]
    d = w.copy()
    shorter = np.empty((n, n, n), np.bool_)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                through = d[i, k] + d[k, j]
                shorter[k, i, j] = through < d[i, j]
                d[i, j] = min(d[i, j], through)
    total = np.sum(d)
    d_bar = np.ones((n, n))
    for k in range(n - 1, -1, -1):
        for i in range(n):
            for j in range(n):
                if shorter[k, i, j]:
                    flow = d_bar[i, j]
                    d_bar[i, j] = 0.0
                    d_bar[i, k] += flow
                    d_bar[k, j] += flow
    return total, d_bar


def paths_inputs(rng, n):
    return (rng.uniform(0.1, 1.0, (n, n)),)


# fmt: off
MATRICES = (
    FurtherCase("determinant", determinant, (0,), determinant_inputs,
                {"full": (7,), "quick": (5,), "tiny": (3,)}, determinant_by_hand),
    FurtherCase("bundle", bundle, (0, 1, 2), bundle_inputs,
                {"full": (20, 2000, 20_000), "quick": (5, 50, 300), "tiny": (2, 3, 5)}),
    FurtherCase("paths", paths, (0,), paths_inputs,
                {"full": (150,), "quick": (30,), "tiny": (4,)}, paths_by_hand),
)
# fmt: on
