"""Densities, clusters, a recurrent network in arrays, and a covariance."""

import math

import numpy as np
from numba import njit

from benchmarks.further.case import FurtherCase

# A Gaussian mixture; each precision factor is a row: log-diagonal, then columns below it ------


def packed_mixture(alpha, mean, q, x):
    n, d = x.shape
    k = alpha.size
    diff, z = np.empty(d), np.empty(d)
    term = np.empty(k)
    total = 0.0
    for i in range(n):
        for c in range(k):
            term[c] = alpha[c]
            for a in range(d):
                diff[a] = x[i, a] - mean[c, a]
                z[a] = math.exp(q[c, a]) * diff[a]
                term[c] += q[c, a]
            at = d
            for a in range(d):
                for b in range(a + 1, d):
                    z[b] += q[c, at] * diff[a]
                    at += 1
            term[c] -= 0.5 * np.sum(z * z)
        largest = np.max(term)
        total += largest + math.log(np.sum(np.exp(term - largest)))
    return total


def packed_mixture_by_hand(alpha, mean, q, x):
    n, d = x.shape
    k = alpha.size
    diag = np.empty((k, d))
    offset = alpha.copy()
    for c in range(k):
        for a in range(d):
            diag[c, a] = math.exp(q[c, a])
            offset[c] += q[c, a]
    diff, z = np.empty(d), np.empty((k, d))
    term = np.empty(k)
    diff_bar, z_bar = np.empty(d), np.empty(d)
    alpha_bar, mean_bar, q_bar = np.zeros(k), np.zeros((k, d)), np.zeros_like(q)
    total = 0.0
    for i in range(n):
        for c in range(k):
            for a in range(d):
                diff[a] = x[i, a] - mean[c, a]
                z[c, a] = diag[c, a] * diff[a]
            at = np.uintp(d)
            for a in range(d):
                for b in range(a + 1, d):
                    z[c, b] += q[c, at] * diff[a]
                    at += np.uintp(1)
            square = 0.0
            for a in range(d):
                square += z[c, a] * z[c, a]
            term[c] = offset[c] - 0.5 * square
        largest = np.max(term)
        scaled = 0.0
        for c in range(k):
            term[c] = math.exp(term[c] - largest)
            scaled += term[c]
        total += largest + math.log(scaled)
        for c in range(k):
            weight = term[c] / scaled
            alpha_bar[c] += weight
            for a in range(d):
                diff[a] = x[i, a] - mean[c, a]
                z_bar[a] = -weight * z[c, a]
                diff_bar[a] = z_bar[a] * diag[c, a]
                q_bar[c, a] += weight + diff_bar[a] * diff[a]
            at = np.uintp(d)
            for a in range(d):
                gathered = 0.0
                for b in range(a + 1, d):
                    q_bar[c, at] += z_bar[b] * diff[a]
                    gathered += z_bar[b] * q[c, at]
                    at += np.uintp(1)
                diff_bar[a] += gathered
            for a in range(d):
                mean_bar[c, a] -= diff_bar[a]
    return total, alpha_bar, mean_bar, q_bar


def packed_mixture_inputs(rng, n, d, k):
    return (
        rng.standard_normal(k),
        rng.standard_normal((k, d)),
        0.3 * rng.standard_normal((k, d * (d + 1) // 2)),
        rng.standard_normal((n, d)),
    )


# The squared distance of each point to the nearest of some centres ----------------------------


def clusters(points, centres):
    total = 0.0
    for i in range(points.shape[0]):
        closest = np.inf
        for j in range(centres.shape[0]):
            distance = 0.0
            for p in range(points.shape[1]):
                distance += (points[i, p] - centres[j, p]) ** 2
            closest = min(closest, distance)
        total += closest
    return total


def clusters_by_hand(points, centres):
    centres_bar = np.zeros_like(centres)
    total = 0.0
    for i in range(points.shape[0]):
        closest = np.inf
        nearest = 0
        for j in range(centres.shape[0]):
            distance = 0.0
            for p in range(points.shape[1]):
                distance += (points[i, p] - centres[j, p]) ** 2
            if distance < closest:
                closest = distance
                nearest = j
        total += closest
        for p in range(points.shape[1]):
            centres_bar[nearest, p] -= 2.0 * (points[i, p] - centres[nearest, p])
    return total, centres_bar


def clusters_inputs(rng, n, k, d):
    return rng.standard_normal((n, d)), rng.standard_normal((k, d))


# A long short-term memory cell, its states in arrays ------------------------------------------


@njit(error_model="numpy")
def squash(z):
    return 1.0 / (1.0 + np.exp(-z))


def lstm_in_arrays(w, u, b, x):
    n = b.shape[0] // 4
    h, c = np.zeros(n), np.zeros(n)
    loss = 0.0
    for t in range(x.shape[0]):
        gate = w @ x[t] + u @ h + b
        forget, enter, leave = (
            squash(gate[:n]),
            squash(gate[n : 2 * n]),
            squash(gate[2 * n : 3 * n]),
        )
        c = forget * c + enter * np.tanh(gate[3 * n :])
        h = leave * np.tanh(c)
        loss += np.sum(h * h)
    return loss / x.shape[0]


def lstm_in_arrays_by_hand(w, u, b, x):
    steps = x.shape[0]
    n = b.shape[0] // 4
    h, c = np.zeros((steps + 1, n)), np.zeros((steps + 1, n))
    gate, squashed = np.empty((steps, 4 * n)), np.empty((steps, n))
    loss = 0.0
    for t in range(steps):
        g = gate[t]
        g[:] = w @ x[t] + u @ h[t] + b
        for i in range(n):
            g[i] = 1.0 / (1.0 + math.exp(-g[i]))
            g[n + i] = 1.0 / (1.0 + math.exp(-g[n + i]))
            g[2 * n + i] = 1.0 / (1.0 + math.exp(-g[2 * n + i]))
            g[3 * n + i] = math.tanh(g[3 * n + i])
            c[t + 1, i] = g[i] * c[t, i] + g[n + i] * g[3 * n + i]
            squashed[t, i] = math.tanh(c[t + 1, i])
            h[t + 1, i] = g[2 * n + i] * squashed[t, i]
            loss += h[t + 1, i] * h[t + 1, i]
    gate_bar = np.empty((steps, 4 * n))
    h_bar, c_bar = np.zeros(n), np.zeros(n)
    for t in range(steps - 1, -1, -1):
        for i in range(n):
            forget, enter = gate[t, i], gate[t, n + i]
            leave, new = gate[t, 2 * n + i], gate[t, 3 * n + i]
            flow = h_bar[i] + 2.0 / steps * h[t + 1, i]
            cell = c_bar[i] + flow * leave * (1.0 - squashed[t, i] ** 2)
            gate_bar[t, i] = cell * c[t, i] * forget * (1.0 - forget)
            gate_bar[t, n + i] = cell * new * enter * (1.0 - enter)
            gate_bar[t, 2 * n + i] = flow * squashed[t, i] * leave * (1.0 - leave)
            gate_bar[t, 3 * n + i] = cell * enter * (1.0 - new * new)
            c_bar[i] = cell * forget
        h_bar = u.T @ gate_bar[t]
    b_bar = np.sum(gate_bar, axis=0)
    return loss / steps, gate_bar.T @ x, gate_bar.T @ h[:-1], b_bar


def lstm_in_arrays_inputs(rng, steps, d, n):
    w, u = 0.2 * rng.standard_normal((4 * n, d)), 0.2 * rng.standard_normal((4 * n, n))
    return w, u, 0.1 * rng.standard_normal(4 * n), rng.standard_normal((steps, d))


# Products of each column with those that follow it --------------------------------------------


def covariance(a):
    total = 0.0
    for i in range(a.shape[1]):
        total += np.sum(a[:, i] @ a[:, i:])
    return total


def covariance_by_hand(a):
    n, m = a.shape
    total = 0.0
    a_bar = np.zeros_like(a)
    for i in range(m):
        for r in range(n):
            behind = 0.0
            for j in range(i, m):
                behind += a[r, j]
                a_bar[r, j] += a[r, i]
            total += a[r, i] * behind
            a_bar[r, i] += behind
    return total, a_bar


def covariance_inputs(rng, n, m):
    return (rng.standard_normal((n, m)),)


# fmt: off
LEARNING = (
    FurtherCase("packed-mixture", packed_mixture, (0, 1, 2), packed_mixture_inputs,
                {"full": (500, 10, 20), "quick": (50, 5, 8), "tiny": (4, 3, 2)},
                packed_mixture_by_hand),
    FurtherCase("clusters", clusters, (1,), clusters_inputs,
                {"full": (20_000, 10, 4), "quick": (500, 6, 3), "tiny": (9, 3, 2)},
                clusters_by_hand),
    FurtherCase("lstm-arrays", lstm_in_arrays, (0, 1, 2), lstm_in_arrays_inputs,
                {"full": (100, 32, 64), "quick": (20, 8, 8), "tiny": (3, 2, 3)},
                lstm_in_arrays_by_hand),
    FurtherCase("covariance", covariance, (0,), covariance_inputs,
                {"full": (200, 100), "quick": (40, 20), "tiny": (5, 4)},
                covariance_by_hand),
)
# fmt: on
