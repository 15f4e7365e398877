"""The gradient of the Rosenbrock function of a million parameters, checked and timed."""

import time

import numba
import numpy as np

import srcad


def rosenbrock(x):
    total = 0.0
    for i in range(x.size - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def gradient_by_hand(x):
    g = np.zeros_like(x)
    step = x[1:] - x[:-1] ** 2
    g[1:] += 200.0 * step
    g[:-1] -= 400.0 * x[:-1] * step + 2.0 * (1.0 - x[:-1])
    return g


def seconds(function, x, calls=5):
    function(x)
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        function(x)
        times.append(time.perf_counter() - start)
    return min(times)


def main(n=1_000_000):
    x = np.random.default_rng(1).normal(size=n)
    value_and_grad = srcad.value_and_grad(rosenbrock)
    value, g = value_and_grad(x)
    error = np.max(np.abs(g - gradient_by_hand(x))) / np.max(np.abs(g))
    print(f"f(x) = {value:.6e} for {n} parameters")
    print(f"largest relative error of the gradient: {error:.1e}")
    alone, both = seconds(numba.njit(rosenbrock), x), seconds(value_and_grad, x)
    print(f"value alone {alone * 1e3:.2f} ms, value and gradient {both * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
