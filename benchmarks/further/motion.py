"""Differential equations over vectors, bodies in NumPy form, and a chain of squares in slices."""

import numpy as np
from numba import njit

from benchmarks.further.case import FurtherCase

# Four stages of Runge-Kutta, the state a vector ------------------------------------------------


@njit(error_model="numpy")
def slope(y, p):
    return p * np.sin(y) - 0.1 * y


def runge_kutta(y0, p, steps):
    y, h = y0, 0.05
    for _ in range(steps):
        k1 = slope(y, p)
        k2 = slope(y + 0.5 * h * k1, p)
        k3 = slope(y + 0.5 * h * k2, p)
        k4 = slope(y + h * k3, p)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.sum(y * y)


def runge_kutta_by_hand(y0, p, steps):
    h, n = 0.05, y0.size
    kept = np.empty((steps + 1, n))
    kept[0] = y0
    for t in range(steps):
        y, new = kept[t], kept[t + 1]
        for i in range(n):
            k1 = p[i] * np.sin(y[i]) - 0.1 * y[i]
            y2 = y[i] + 0.5 * h * k1
            k2 = p[i] * np.sin(y2) - 0.1 * y2
            y3 = y[i] + 0.5 * h * k2
            k3 = p[i] * np.sin(y3) - 0.1 * y3
            y4 = y[i] + h * k3
            k4 = p[i] * np.sin(y4) - 0.1 * y4
            new[i] = y[i] + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    total = np.sum(kept[steps] * kept[steps])
    y_bar, p_bar = 2.0 * kept[steps], np.zeros(n)
    for t in range(steps - 1, -1, -1):
        y = kept[t]
        for i in range(n):
            s1 = np.sin(y[i])
            y2 = y[i] + 0.5 * h * (p[i] * s1 - 0.1 * y[i])
            s2 = np.sin(y2)
            y3 = y[i] + 0.5 * h * (p[i] * s2 - 0.1 * y2)
            s3 = np.sin(y3)
            y4 = y[i] + h * (p[i] * s3 - 0.1 * y3)
            k4_bar = h / 6.0 * y_bar[i]
            y4_bar = k4_bar * (p[i] * np.cos(y4) - 0.1)
            k3_bar = 2.0 * k4_bar + h * y4_bar
            y3_bar = k3_bar * (p[i] * np.cos(y3) - 0.1)
            k2_bar = 2.0 * k4_bar + 0.5 * h * y3_bar
            y2_bar = k2_bar * (p[i] * np.cos(y2) - 0.1)
            k1_bar = k4_bar + 0.5 * h * y2_bar
            p_bar[i] += k4_bar * np.sin(y4) + k3_bar * s3 + k2_bar * s2 + k1_bar * s1
            y1_bar = k1_bar * (p[i] * np.cos(y[i]) - 0.1)
            y_bar[i] += y4_bar + y3_bar + y2_bar + y1_bar
    return total, y_bar, p_bar


def runge_kutta_inputs(rng, n, steps):
    return rng.standard_normal(n), 0.5 + rng.random(n), steps


# Many Lorenz systems at once -------------------------------------------------------------------


def lorenz_in_arrays(x, y, z, sigma, rho, beta, steps):
    h = 0.005
    for _ in range(steps):
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - beta * z
        x = x + h * dx
        y = y + h * dy
        z = z + h * dz
    return np.sum(x * x + y * y + z * z)


def lorenz_in_arrays_by_hand(x0, y0, z0, sigma, rho, beta, steps):
    h, n = 0.005, x0.size
    x, y, z = np.empty((steps + 1, n)), np.empty((steps + 1, n)), np.empty((steps + 1, n))
    x[0], y[0], z[0] = x0, y0, z0
    for t in range(steps):
        for i in range(n):
            x[t + 1, i] = x[t, i] + h * (sigma * (y[t, i] - x[t, i]))
            y[t + 1, i] = y[t, i] + h * (x[t, i] * (rho - z[t, i]) - y[t, i])
            z[t + 1, i] = z[t, i] + h * (x[t, i] * y[t, i] - beta * z[t, i])
    x_bar, y_bar, z_bar = 2.0 * x[steps], 2.0 * y[steps], 2.0 * z[steps]
    total = 0.0
    for i in range(n):
        total += x[steps, i] ** 2 + y[steps, i] ** 2 + z[steps, i] ** 2
    for t in range(steps - 1, -1, -1):
        for i in range(n):
            a, b, c = h * x_bar[i], h * y_bar[i], h * z_bar[i]
            x_bar[i] += b * (rho - z[t, i]) + c * y[t, i] - a * sigma
            y_bar[i] += a * sigma - b + c * x[t, i]
            z_bar[i] -= b * x[t, i] + c * beta
    return total, x_bar, y_bar, z_bar


def lorenz_in_arrays_inputs(rng, n, steps):
    x, y, z = (rng.standard_normal(n) for _ in range(3))
    return x, y, z, 10.0, 28.0, 8.0 / 3.0, steps


# Softened gravitational energy of many bodies, in NumPy form -----------------------------------


def bodies(x, m, softening):
    energy = 0.0
    for i in range(m.size):
        d = x[i + 1 :] - x[i]
        energy -= m[i] * np.sum(m[i + 1 :] / np.sqrt(np.sum(d * d, axis=1) + softening))
    return energy


def bodies_by_hand(x, m, softening):
    n = m.size
    x_bar = np.zeros((3, n))
    p, q, r = x[:, 0].copy(), x[:, 1].copy(), x[:, 2].copy()
    term = np.empty(n)
    energy = 0.0
    for i in range(n):
        gx = gy = gz = 0.0
        for j in range(i + 1, n):
            dx, dy, dz = p[j] - p[i], q[j] - q[i], r[j] - r[i]
            r2 = dx * dx + dy * dy + dz * dz + softening
            term[j] = m[i] * m[j] / np.sqrt(r2)
            c = term[j] / r2
            x_bar[0, j] += c * dx
            x_bar[1, j] += c * dy
            x_bar[2, j] += c * dz
        for j in range(i + 1, n):
            energy -= term[j]
        for j in range(i + 1, n):
            dx, dy, dz = p[j] - p[i], q[j] - q[i], r[j] - r[i]
            c = term[j] / (dx * dx + dy * dy + dz * dz + softening)
            gx += c * dx
            gy += c * dy
            gz += c * dz
        x_bar[0, i] -= gx
        x_bar[1, i] -= gy
        x_bar[2, i] -= gz
    return energy, x_bar.T.copy()


def bodies_inputs(rng, n):
    return rng.standard_normal((n, 3)), rng.uniform(0.5, 1.5, n), 1e-2


# The Rosenbrock function in slices -------------------------------------------------------------


def rosenbrock_in_slices(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_in_slices_by_hand(x):
    x_bar = np.empty_like(x)
    total = 0.0
    carried = 0.0
    for i in range(x.size - 1):
        a = x[i + 1] - x[i] * x[i]
        b = 1.0 - x[i]
        total += 100.0 * (a * a) + b * b
        a_bar = 200.0 * a
        x_bar[i] = carried - 2.0 * x[i] * a_bar - 2.0 * b
        carried = a_bar
    x_bar[x.size - 1] = carried
    return total, x_bar


def rosenbrock_in_slices_inputs(rng, n):
    return (rng.uniform(-2.0, 2.0, n),)


# fmt: off
MOTION = (
    FurtherCase("rk4-vector", runge_kutta, (0, 1), runge_kutta_inputs,
                {"full": (10_000, 100), "quick": (200, 10), "tiny": (3, 2)},
                runge_kutta_by_hand),
    FurtherCase("lorenz-vector", lorenz_in_arrays, (0, 1, 2), lorenz_in_arrays_inputs,
                {"full": (1000, 500), "quick": (50, 20), "tiny": (3, 2)},
                lorenz_in_arrays_by_hand),
    FurtherCase("n-body-numpy", bodies, (0,), bodies_inputs,
                {"full": (800,), "quick": (80,), "tiny": (5,)},
                bodies_by_hand),
    FurtherCase("rosenbrock-slices", rosenbrock_in_slices, (0,), rosenbrock_in_slices_inputs,
                {"full": (1_000_000,), "quick": (20_000,), "tiny": (9,)},
                rosenbrock_in_slices_by_hand),
)
# fmt: on
