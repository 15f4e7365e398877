"""Monte-Carlo with common random numbers: price and sensitivities of an option on an average.

The normal numbers are an argument, so that neighbouring parameters see the same ones: the mean is
then a smooth function of the parameters, and its gradient is the mean of gradients.
"""

import math

import numpy as np

import srcad

NAMES = ("spot", "volatility", "rate")


def payoffs(market, strike, normals, out):
    """Fill `out` with the discounted payoff of each path."""
    spot, volatility, rate = market
    paths, steps = normals.shape
    dt = 1.0 / steps
    drift = (rate - 0.5 * volatility * volatility) * dt
    for i in range(paths):
        price, mean = spot, 0.0
        for t in range(steps):
            price *= math.exp(drift + volatility * math.sqrt(dt) * normals[i, t])
            mean += price / steps
        out[i] = math.exp(-rate) * max(mean - strike, 0.0)


@srcad.differentiate
def price(market, strike, normals):
    out = np.empty(normals.shape[0])
    payoffs(market, strike, normals, out)
    return np.mean(out)


def main(paths=20_000, steps=52):
    market, strike = (100.0, 0.2, 0.03), 105.0
    rng = np.random.default_rng(5)
    value, bars = srcad.value_and_grad(price)(market, strike, rng.normal(size=(paths, steps)))
    print(f"price {value:.3f}")
    for k, name in enumerate(NAMES):
        h = 1e-4 * market[k]
        above, below = list(market), list(market)
        above[k] += h
        below[k] -= h
        fresh = [price(tuple(m), strike, rng.normal(size=(paths, steps))) for m in (above, below)]
        print(
            f"by {name:10} {bars[k]:8.4f}   "
            f"differences with other random numbers {(fresh[0] - fresh[1]) / (2.0 * h):9.1f}"
        )
    spots = np.linspace(80.0, 130.0, 26)
    normals = rng.normal(size=(paths // 10, steps))
    slope = srcad.grad(price)
    return spots, [slope((spot, *market[1:]), strike, normals)[0] for spot in spots]


def draw(axes, found):
    axes.plot(*found)
    axes.set(xlabel="spot", ylabel="derivative of the price by the spot")


if __name__ == "__main__":
    main()
