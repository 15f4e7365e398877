"""Logistic regression: mean log-loss over the rows of a matrix."""

import math

import numpy as np

from benchmarks.case import Args, Case


def logistic(w, x, y):
    n, d = x.shape
    loss = 0.0
    for i in range(n):
        z = 0.0
        for j in range(d):
            z += x[i, j] * w[j]
        loss += math.log1p(math.exp(-y[i] * z))
    return loss / n


def logistic_by_hand(w, x, y):
    n, d = x.shape
    w_bar = np.zeros_like(w)
    loss = 0.0
    for i in range(n):
        z = 0.0
        for j in range(d):
            z += x[i, j] * w[j]
        e = math.exp(-y[i] * z)
        loss += math.log1p(e)
        z_bar = -y[i] * (e / (1.0 + e)) / n
        for j in range(d):
            w_bar[j] += x[i, j] * z_bar
    return loss / n, w_bar


def arrays(xp, w, x, y):
    return xp.mean(xp.log1p(xp.exp(-y * (x @ w))))


def inputs(n: int, d: int) -> Args:
    rng = np.random.default_rng(3)
    x = rng.standard_normal((n, d))
    y = np.where(x @ rng.standard_normal(d) > 0.0, 1.0, -1.0)
    return 0.1 * rng.standard_normal(d), x, y


LOGISTIC = Case(
    name="logistic",
    primal=logistic,
    argnums=(0,),
    inputs=inputs,
    sizes={"full": (10_000, 200), "quick": (300, 50), "tiny": (5, 4)},
    hand=logistic_by_hand,
    arrays=arrays,
    target=2.0,
    scalar_loop=False,
)
