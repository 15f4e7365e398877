"""The programs that the operators are measured on, as a user writes them."""

import math

import numpy as np


def oscillator(p, steps):
    """Van der Pol's oscillator by the classical Runge-Kutta method; p: damping, force, start."""
    damping, force, x, v = p[0], p[1], p[2], p[3]
    dt = 0.02
    total = 0.0
    for _ in range(steps):
        kx1, kv1 = v, damping * (1.0 - x * x) * v - force * x
        x2, v2 = x + 0.5 * dt * kx1, v + 0.5 * dt * kv1
        kx2, kv2 = v2, damping * (1.0 - x2 * x2) * v2 - force * x2
        x3, v3 = x + 0.5 * dt * kx2, v + 0.5 * dt * kv2
        kx3, kv3 = v3, damping * (1.0 - x3 * x3) * v3 - force * x3
        x4, v4 = x + dt * kx3, v + dt * kv3
        kx4, kv4 = v4, damping * (1.0 - x4 * x4) * v4 - force * x4
        x += dt / 6.0 * (kx1 + 2.0 * (kx2 + kx3) + kx4)
        v += dt / 6.0 * (kv1 + 2.0 * (kv2 + kv3) + kv4)
        total += x * x
    return total


def net(weights, out, x):
    """Half the sum of squares of a network of one hidden layer, in loops."""
    hidden, inputs = weights.shape
    total = 0.0
    for n in range(x.shape[0]):
        y = 0.0
        for i in range(hidden):
            a = 0.0
            for j in range(inputs):
                a += weights[i, j] * x[n, j]
            y += out[i] * math.tanh(a)
        total += 0.5 * y * y
    return total


def layer(w, x):
    """One layer of a network, in loops; w is constant."""
    y = np.zeros(w.shape[0])
    for i in range(w.shape[0]):
        a = 0.0
        for j in range(w.shape[1]):
            a += w[i, j] * x[j]
        y[i] = math.tanh(a)
    return y


def arm(x):
    """The point that an arm of joints reaches, and the sum of its angles."""
    out = np.zeros(3)
    angle = 0.0
    for i in range(x.size):
        angle += x[i]
        out[0] += math.cos(angle)
        out[1] += math.sin(angle)
    out[2] = angle
    return out


def markers(theta, offsets):
    """Positions of markers on a kinematic chain; theta: 26 joints, offsets: (3, markers)."""
    joints = theta.size
    rotation = np.zeros((joints, 3, 3))
    place = np.zeros((joints, 3))
    for j in range(joints):
        c, s = math.cos(theta[j]), math.sin(theta[j])
        a, b = (0, 1) if j % 3 == 0 else ((1, 2) if j % 3 == 1 else (0, 2))
        if j == 0:
            for p in range(3):
                rotation[0, p, p] = 1.0
            rotation[0, 0, 0], rotation[0, 0, 1] = c, -s
            rotation[0, 1, 0], rotation[0, 1, 1] = s, c
        else:
            for p in range(3):
                for q in range(3):
                    rotation[j, p, q] = rotation[j - 1, p, q]
                ra, rb = rotation[j - 1, p, a], rotation[j - 1, p, b]
                rotation[j, p, a] = ra * c + rb * s
                rotation[j, p, b] = rb * c - ra * s
                place[j, p] = place[j - 1, p] + rotation[j, p, 0]
    out = np.empty((3, offsets.shape[1]))
    for n in range(offsets.shape[1]):
        j = n * joints // offsets.shape[1]
        for p in range(3):
            out[p, n] = (
                place[j, p]
                + rotation[j, p, 0] * offsets[0, n]
                + rotation[j, p, 1] * offsets[1, n]
                + rotation[j, p, 2] * offsets[2, n]
            )
    return out


def markers_by_hand(theta, offsets):
    """The Jacobian (3, markers, joints): each joint turns what hangs on it about its axis."""
    joints, count = theta.size, offsets.shape[1]
    rotation = np.zeros((joints, 3, 3))
    place = np.zeros((joints, 3))
    pivot = np.zeros((joints, 3))
    axis = np.zeros((joints, 3))
    for j in range(joints):
        c, s = math.cos(theta[j]), math.sin(theta[j])
        kind = j % 3
        a, b = (0, 1) if kind == 0 else ((1, 2) if kind == 1 else (0, 2))
        third = 3 - a - b
        sign = -1.0 if kind == 2 else 1.0
        for p in range(3):
            before = np.zeros(3)
            if j == 0:
                before[p] = 1.0
            else:
                before[:] = rotation[j - 1, p]
            rotation[j, p] = before
            rotation[j, p, a] = before[a] * c + before[b] * s
            rotation[j, p, b] = before[b] * c - before[a] * s
            axis[j, p] = sign * before[third]
            if j > 0:
                pivot[j, p] = place[j - 1, p]
                place[j, p] = place[j - 1, p] + rotation[j, p, 0]
    jacobian = np.zeros((3, count, joints))
    for n in range(count):
        j = n * joints // count
        x = np.empty(3)
        for p in range(3):
            x[p] = (
                place[j, p]
                + rotation[j, p, 0] * offsets[0, n]
                + rotation[j, p, 1] * offsets[1, n]
                + rotation[j, p, 2] * offsets[2, n]
            )
        for i in range(j + 1):
            u, v, w = x[0] - pivot[i, 0], x[1] - pivot[i, 1], x[2] - pivot[i, 2]
            jacobian[0, n, i] = axis[i, 1] * w - axis[i, 2] * v
            jacobian[1, n, i] = axis[i, 2] * u - axis[i, 0] * w
            jacobian[2, n, i] = axis[i, 0] * v - axis[i, 1] * u
    return jacobian
