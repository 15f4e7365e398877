"""Five models of several helpers each: a network, cameras, molecules, options, water."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from benchmarks.helper_solvers import dot

# Network ---------------------------------------------------------------------------------


@njit
def dense(x, w, b):
    return x @ w + b


@njit
def softplus(x):
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0.0)


@njit
def centred(x):
    return (x - np.mean(x)) / np.sqrt(np.var(x) + 1e-5)


@njit
def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


@njit
def cross_entropy(p, t):
    return -np.sum(t * np.log(p + 1e-9))


@njit
def penalty(w):
    return np.sum(w * w)


def network(x, w1, b1, w2, b2, t):
    hidden = softplus(dense(x, w1, b1))
    out = softmax(dense(centred(hidden), w2, b2))
    return cross_entropy(out, t) + 1e-3 * (penalty(w1) + penalty(w2))


# Cameras ---------------------------------------------------------------------------------


@njit
def cross(a, b):
    c = np.empty(3)
    c[0] = a[1] * b[2] - a[2] * b[1]
    c[1] = a[2] * b[0] - a[0] * b[2]
    c[2] = a[0] * b[1] - a[1] * b[0]
    return c


@njit
def rotated(r, x):
    theta = math.sqrt(dot(r, r) + 1e-12)
    c, s = math.cos(theta), math.sin(theta)
    axis = r / theta
    w = cross(axis, x)
    d = dot(axis, x) * (1.0 - c)
    y = np.empty(3)
    for i in range(3):
        y[i] = x[i] * c + w[i] * s + axis[i] * d
    return y


@njit
def distorted(u, v, k):
    rr = u * u + v * v
    d = 1.0 + k[0] * rr + k[1] * rr * rr
    return u * d, v * d


@njit
def projected(camera, x):
    y = rotated(camera[:3], x)
    for i in range(3):
        y[i] += camera[3 + i]
    u, v = distorted(y[0] / y[2], y[1] / y[2], camera[6:8])
    return camera[8] * u, camera[8] * v


@njit
def huber(e):
    return e if e < 1.0 else 2.0 * math.sqrt(e) - 1.0


def cameras(camera, points, seen):
    total = 0.0
    for i in range(points.shape[0]):
        u, v = projected(camera, points[i])
        total += huber((u - seen[i, 0]) ** 2 + (v - seen[i, 1]) ** 2)
    return total


# Molecules -------------------------------------------------------------------------------


@njit
def nearest(d, box):
    return d - box * math.floor(d / box + 0.5)


@njit
def squared(pos, i, j, box):
    total = 0.0
    for k in range(3):
        d = nearest(pos[i, k] - pos[j, k], box)
        total += d * d
    return total


@njit
def lennard_jones(r2):
    s = 1.0 / (r2 * r2 * r2)
    return 4.0 * (s * s - s)


@njit
def smooth(r2, cut):
    if r2 >= cut:
        return 0.0
    x = 1.0 - r2 / cut
    return x * x


@njit
def pair(pos, i, j, box, cut):
    r2 = squared(pos, i, j, box)
    return lennard_jones(r2) * smooth(r2, cut)


@njit
def bond(pos, i, j, box, k):
    r = math.sqrt(squared(pos, i, j, box))
    return 0.5 * k * (r - 1.0) ** 2


def molecules(pos, box, k):
    n = pos.shape[0]
    total = 0.0
    for i in range(n):
        for j in range(i + 2, n):
            total += pair(pos, i, j, box, 6.25)
    for i in range(n - 1):
        total += bond(pos, i, i + 1, box, k)
    return total


# Options ---------------------------------------------------------------------------------


@njit
def cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


@njit
def d_plus(s, k, r, v, t):
    return (math.log(s / k) + (r + 0.5 * v * v) * t) / (v * math.sqrt(t))


@njit
def call_price(s, k, r, v, t):
    d = d_plus(s, k, r, v, t)
    return s * cdf(d) - k * math.exp(-r * t) * cdf(d - v * math.sqrt(t))


@njit
def put_price(s, k, r, v, t):
    return call_price(s, k, r, v, t) - s + k * math.exp(-r * t)


@njit
def smile(v, s, k):
    m = math.log(k / s)
    return v[0] + v[1] * m + v[2] * m * m


@njit
def error(model, market):
    return ((model - market) / market) ** 2


def options(v, s, r, strikes, times, market):
    total = 0.0
    for i in range(strikes.size):
        vol = smile(v, s, strikes[i])
        if strikes[i] > s:
            price = call_price(s, strikes[i], r, vol, times[i])
        else:
            price = put_price(s, strikes[i], r, vol, times[i])
        total += error(price, market[i])
    return total


# Shallow water ---------------------------------------------------------------------------


@njit
def wrapped(i, n):
    return (i + n) % n


@njit
def slope_x(a, i, j, d):
    n = a.shape[0]
    return (a[wrapped(i + 1, n), j] - a[wrapped(i - 1, n), j]) / (2.0 * d)


@njit
def slope_y(a, i, j, d):
    n = a.shape[1]
    return (a[i, wrapped(j + 1, n)] - a[i, wrapped(j - 1, n)]) / (2.0 * d)


@njit
def advance_speed(u, v, h, g, dt, d):
    for i in range(h.shape[0]):
        for j in range(h.shape[1]):
            u[i, j] -= dt * g * slope_x(h, i, j, d)
            v[i, j] -= dt * g * slope_y(h, i, j, d)


@njit
def advance_height(u, v, h, depth, dt, d):
    for i in range(h.shape[0]):
        for j in range(h.shape[1]):
            div = slope_x(u, i, j, d) + slope_y(v, i, j, d)
            h[i, j] -= dt * depth * div


@njit
def total_energy(u, v, h, g, depth):
    total = 0.0
    for i in range(h.shape[0]):
        for j in range(h.shape[1]):
            total += 0.5 * depth * (u[i, j] ** 2 + v[i, j] ** 2) + 0.5 * g * h[i, j] ** 2
    return total


def shallow_water(h, depth):
    state = h.copy()
    u, v = np.zeros(h.shape), np.zeros(h.shape)
    for _ in range(4):
        advance_speed(u, v, state, 9.81, 1e-3, 0.1)
        advance_height(u, v, state, depth, 1e-3, 0.1)
    return total_energy(u, v, state, 9.81, depth)
