"""An option priced by paths that are drawn once, and springs that are instances of a class."""

import numpy as np
from numba import float64, prange
from numba.experimental import jitclass

from benchmarks.further.case import FurtherCase

# An option on the mean of a price: common random numbers, the paths in any order ----------------


def option(spot, rate, volatility, strike, z):
    h = 1.0 / z.shape[1]
    total = 0.0
    for i in prange(z.shape[0]):
        price, mean = spot, 0.0
        for t in range(z.shape[1]):
            drift = (rate - 0.5 * volatility**2) * h
            price *= np.exp(drift + volatility * np.sqrt(h) * z[i, t])
            mean += price * h
        total += max(mean - strike, 0.0)
    return np.exp(-rate) * total / z.shape[0]


def option_by_hand(spot, rate, volatility, strike, z):
    h, root = 1.0 / z.shape[1], np.sqrt(1.0 / z.shape[1])
    drift = (rate - 0.5 * volatility**2) * h
    total = by_spot = by_rate = by_volatility = 0.0
    for i in range(z.shape[0]):
        price, mean, walk, in_time, in_walk = spot, 0.0, 0.0, 0.0, 0.0
        for t in range(z.shape[1]):
            price *= np.exp(drift + volatility * root * z[i, t])
            walk += z[i, t]
            mean += price * h
            in_time += price * h * (t + 1) * h
            in_walk += price * h * walk * root
        if mean > strike:
            total += mean - strike
            by_spot += mean / spot
            by_rate += in_time
            by_volatility += in_walk - volatility * in_time
    scale = np.exp(-rate) / z.shape[0]
    value = total * scale
    return value, by_spot * scale, by_rate * scale - value, by_volatility * scale


def option_inputs(rng, paths, steps):
    return 100.0, 0.03, 0.2, 98.0, rng.standard_normal((paths, steps))


# Springs whose constants are the fields of an instance ------------------------------------------


@jitclass([("stiffness", float64), ("damping", float64), ("rest", float64)])
class Spring:
    """A damped spring."""

    def __init__(self, stiffness, damping, rest):
        self.stiffness = stiffness
        self.damping = damping
        self.rest = rest

    def force(self, length, speed):
        """Return the force at a length and a speed."""
        return -self.stiffness * (length - self.rest) - self.damping * speed


def springs(spring, start, steps):
    total = 0.0
    for i in range(start.size):
        length, speed = start[i], 0.0
        for _ in range(steps):
            speed += 0.01 * spring.force(length, speed)
            length += 0.01 * speed
        total += length * length
    return total


def springs_by_hand(spring, start, steps):
    k, d, rest = spring.stiffness, spring.damping, spring.rest
    lengths, speeds = np.empty(steps), np.empty(steps)
    start_bar = np.empty_like(start)
    k_bar = d_bar = rest_bar = 0.0
    total = 0.0
    for i in range(start.size):
        length, speed = start[i], 0.0
        for t in range(steps):
            lengths[t], speeds[t] = length, speed
            speed += 0.01 * (-k * (length - rest) - d * speed)
            length += 0.01 * speed
        total += length * length
        length_bar, speed_bar = 2.0 * length, 0.0
        for t in range(steps - 1, -1, -1):
            speed_bar += 0.01 * length_bar
            force_bar = 0.01 * speed_bar
            k_bar -= force_bar * (lengths[t] - rest)
            d_bar -= force_bar * speeds[t]
            rest_bar += force_bar * k
            length_bar -= force_bar * k
            speed_bar -= force_bar * d
        start_bar[i] = length_bar
    return total, (k_bar, d_bar, rest_bar), start_bar


def springs_inputs(rng, n, steps):
    return Spring(4.0, 0.3, 0.5), rng.standard_normal(n), steps


CHANCE = (
    FurtherCase(
        "option",
        option,
        (0, 1, 2),
        option_inputs,
        {"full": (4_000, 50), "quick": (400, 50), "tiny": (7, 5)},
        option_by_hand,
    ),
    FurtherCase(
        "springs",
        springs,
        (0, 1),
        springs_inputs,
        {"full": (200, 500), "quick": (50, 100), "tiny": (3, 6)},
        springs_by_hand,
    ),
)
