"""Five solvers of several helpers each: equations, heat, a gas, kinetics, a filter."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

# Vectors ---------------------------------------------------------------------------------


@njit
def dot(a, b):
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@njit
def axpy(s, x, y):
    for i in range(y.size):
        y[i] += s * x[i]


@njit
def matvec(a, x):
    y = np.zeros(a.shape[0])
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            y[i] += a[i, j] * x[j]
    return y


@njit
def residual(a, x, b):
    y = matvec(a, x)
    r = np.empty(b.size)
    for i in range(b.size):
        r[i] = b[i] - y[i]
    return r


@njit
def scaled_sum(x, s, y):
    z = np.empty(x.size)
    for i in range(x.size):
        z[i] = x[i] + s * y[i]
    return z


def conjugate_gradients(a, b):
    x = np.zeros(b.size)
    r = residual(a, x, b)
    p = r.copy()
    square = dot(r, r)
    for _ in range(4):
        ap = matvec(a, p)
        alpha = square / dot(p, ap)
        axpy(alpha, p, x)
        axpy(-alpha, ap, r)
        new = dot(r, r)
        p = scaled_sum(r, new / square, p)
        square = new
    return dot(x, b)


# Heat ------------------------------------------------------------------------------------


@njit
def conductivity(u, k):
    return k * (1.0 + 0.1 * u * u)


@njit
def flux(u, k, i, dx):
    middle = 0.5 * (u[i] + u[i + 1])
    return -conductivity(middle, k) * (u[i + 1] - u[i]) / dx


@njit
def source(x, t):
    return math.exp(-t) * math.sin(math.pi * x)


@njit
def apply_boundary(u, left, right):
    u[0] = left
    u[u.size - 1] = right


@njit
def heat_step(u, k, t, dt, dx):
    new = u.copy()
    for i in range(1, u.size - 1):
        new[i] = u[i] - dt * (flux(u, k, i, dx) - flux(u, k, i - 1, dx)) / dx
        new[i] += dt * source(i * dx, t)
    return new


@njit
def energy(u):
    total = 0.0
    for i in range(u.size):
        total += 0.5 * u[i] ** 2
    return total


def heat(u, k):
    dx, dt = 1.0 / (u.size - 1), 1e-3
    state = u.copy()
    for n in range(5):
        state = heat_step(state, k, n * dt, dt, dx)
        apply_boundary(state, u[0], u[u.size - 1])
    return energy(state)


# Gas -------------------------------------------------------------------------------------


@njit
def pressure(rho, m, e):
    return 0.4 * (e - 0.5 * m * m / rho)


@njit
def sound(rho, p):
    return math.sqrt(1.4 * p / rho)


@njit
def flow(rho, m, e):
    p = pressure(rho, m, e)
    v = m / rho
    return m, m * v + p, (e + p) * v


@njit
def speed(rho, m, e):
    return abs(m / rho) + sound(rho, pressure(rho, m, e))


@njit
def rusanov(q, i):
    a = flow(q[0, i], q[1, i], q[2, i])
    b = flow(q[0, i + 1], q[1, i + 1], q[2, i + 1])
    s = max(speed(q[0, i], q[1, i], q[2, i]), speed(q[0, i + 1], q[1, i + 1], q[2, i + 1]))
    return (
        0.5 * (a[0] + b[0]) - 0.5 * s * (q[0, i + 1] - q[0, i]),
        0.5 * (a[1] + b[1]) - 0.5 * s * (q[1, i + 1] - q[1, i]),
        0.5 * (a[2] + b[2]) - 0.5 * s * (q[2, i + 1] - q[2, i]),
    )


@njit
def gas_step(q, dt, dx):
    n = q.shape[1]
    new = q.copy()
    for i in range(n - 1):
        f0, f1, f2 = rusanov(q, i)
        new[0, i] -= dt / dx * f0
        new[1, i] -= dt / dx * f1
        new[2, i] -= dt / dx * f2
        new[0, i + 1] += dt / dx * f0
        new[1, i + 1] += dt / dx * f1
        new[2, i + 1] += dt / dx * f2
    return new


def gas(q):
    state = q.copy()
    for _ in range(4):
        state = gas_step(state, 1e-3, 0.1)
    total = 0.0
    for i in range(q.shape[1]):
        total += pressure(state[0, i], state[1, i], state[2, i]) ** 2
    return total


# Runge and Kutta -------------------------------------------------------------------------


@njit
def reaction(y, p):
    d = np.empty(y.size)
    d[0] = -p[0] * y[0] + p[1] * y[1] * y[2]
    d[1] = p[0] * y[0] - p[1] * y[1] * y[2] - p[2] * y[1] ** 2
    d[2] = p[2] * y[1] ** 2
    return d


@njit
def runge_kutta(y, p, h):
    k1 = reaction(y, p)
    k2 = reaction(scaled_sum(y, 0.5 * h, k1), p)
    k3 = reaction(scaled_sum(y, 0.5 * h, k2), p)
    k4 = reaction(scaled_sum(y, h, k3), p)
    z = np.empty(y.size)
    for i in range(y.size):
        z[i] = y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])
    return z


@njit
def distance(a, b):
    total = 0.0
    for i in range(a.size):
        total += (a[i] - b[i]) ** 2
    return math.sqrt(total)


def kinetics(y, p):
    z = y.copy()
    for _ in range(5):
        z = runge_kutta(z, p, 0.01)
    return distance(z, y) + dot(z, z)


# Kalman ----------------------------------------------------------------------------------


@njit
def predict(x, p, f, q):
    return f @ x, f @ p @ f.T + q


@njit
def innovation(z, h, x):
    return z - dot(h, x)


@njit
def gain(p, h, r):
    ph = matvec(p, h)
    s = dot(h, ph) + r
    return ph / s, s


@njit
def correct(x, p, k, h, y):
    return x + k * y, p - np.outer(k, h @ p)


@njit
def log_density(y, s):
    return -0.5 * (math.log(2.0 * math.pi * s) + y * y / s)


def kalman(f, q, h, r, z):
    n = h.size
    x = np.zeros(n)
    p = np.eye(n)
    total = 0.0
    for t in range(z.size):
        x, p = predict(x, p, f, q)
        y = innovation(z[t], h, x)
        k, s = gain(p, h, r)
        x, p = correct(x, p, k, h, y)
        total += log_density(y, s)
    return total
