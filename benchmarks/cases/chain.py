"""An elementwise chain with transcendental functions, summed."""

import math

import numpy as np

from benchmarks.case import Args, Case


def chain(x):
    total = 0.0
    for i in range(x.size):
        total += math.sin(x[i]) * math.exp(-0.5 * x[i])
    return total


def chain_by_hand(x):
    x_bar = np.empty_like(x)
    total = 0.0
    for i in range(x.size):
        s = math.sin(x[i])
        e = math.exp(-0.5 * x[i])
        total += s * e
        x_bar[i] = e * (math.cos(x[i]) - 0.5 * s)
    return total, x_bar


def arrays(xp, x):
    return xp.sum(xp.sin(x) * xp.exp(-0.5 * x))


def inputs(n: int) -> Args:
    return (np.random.default_rng(1).uniform(0.0, 3.0, n),)


CHAIN = Case(
    name="chain",
    primal=chain,
    argnums=(0,),
    inputs=inputs,
    sizes={"full": (1_000_000,), "quick": (20_000,), "tiny": (9,)},
    hand=chain_by_hand,
    arrays=arrays,
    target=1.6,
)
