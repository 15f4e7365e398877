"""The Rosenbrock function of many variables."""

import numpy as np

from benchmarks.case import Args, Case


def rosenbrock(x):
    total = 0.0
    for i in range(x.size - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosenbrock_by_hand(x):
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


def arrays(xp, x):
    return xp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def inputs(n: int) -> Args:
    return (np.random.default_rng(2).uniform(-2.0, 2.0, n),)


ROSENBROCK = Case(
    name="rosenbrock",
    primal=rosenbrock,
    argnums=(0,),
    inputs=inputs,
    sizes={"full": (1_000_000,), "quick": (20_000,), "tiny": (9,)},
    hand=rosenbrock_by_hand,
    arrays=arrays,
    target=2.2,
)
