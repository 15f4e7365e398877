"""Softened gravitational energy of many bodies, every pair once."""

import math

import numpy as np

from benchmarks.case import Args, Case


def nbody(x, m, softening):
    n = m.size
    energy = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            dx = x[i, 0] - x[j, 0]
            dy = x[i, 1] - x[j, 1]
            dz = x[i, 2] - x[j, 2]
            energy -= m[i] * m[j] / math.sqrt(dx * dx + dy * dy + dz * dz + softening)
    return energy


def nbody_by_hand(x, m, softening):
    n = m.size
    x_bar = np.zeros_like(x)
    energy = 0.0
    for i in range(n):
        gx = 0.0
        gy = 0.0
        gz = 0.0
        for j in range(i + 1, n):
            dx = x[i, 0] - x[j, 0]
            dy = x[i, 1] - x[j, 1]
            dz = x[i, 2] - x[j, 2]
            r2 = dx * dx + dy * dy + dz * dz + softening
            p = m[i] * m[j] / math.sqrt(r2)
            energy -= p
            c = p / r2
            gx += c * dx
            gy += c * dy
            gz += c * dz
            x_bar[j, 0] -= c * dx
            x_bar[j, 1] -= c * dy
            x_bar[j, 2] -= c * dz
        x_bar[i, 0] += gx
        x_bar[i, 1] += gy
        x_bar[i, 2] += gz
    return energy, x_bar


def arrays(xp, x, m, softening):
    d = x[:, None, :] - x[None, :, :]
    r = xp.sqrt(xp.sum(d * d, -1) + softening)
    twice = xp.sum(m[:, None] * m[None, :] / r)
    return -0.5 * (twice - xp.sum(m * m) / softening**0.5)


def inputs(n: int) -> Args:
    rng = np.random.default_rng(4)
    return rng.standard_normal((n, 3)), rng.uniform(0.5, 1.5, n), 1e-2


NBODY = Case(
    name="n-body",
    primal=nbody,
    argnums=(0,),
    inputs=inputs,
    sizes={"full": (800,), "quick": (80,), "tiny": (5,)},
    hand=nbody_by_hand,
    arrays=arrays,
    target=1.8,
)
