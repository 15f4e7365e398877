"""Maximum likelihood with standard errors: how the volatility of returns clusters, GARCH(1,1)."""

import math

import numpy as np
from scipy.optimize import minimize

import srcad

TRUTH = np.array([0.05, 0.10, 0.95])
NAMES = ("omega", "alpha", "alpha + beta")


def variances(theta, returns):
    """Return the variance of each day, from return and variance of the day before."""
    omega, alpha, beta = theta[0], theta[1], theta[2] - theta[1]
    h = np.empty(returns.size)
    h[0] = omega / (1.0 - theta[2])
    for t in range(1, returns.size):
        h[t] = omega + alpha * returns[t - 1] ** 2 + beta * h[t - 1]
    return h


def negative_log_likelihood(theta, returns):
    h = variances(theta, returns)
    total = 0.0
    for t in range(returns.size):
        total += 0.5 * (math.log(2.0 * math.pi * h[t]) + returns[t] ** 2 / h[t])
    return total


def half_life(theta):
    """Return after how many days half of a shock is forgotten."""
    return math.log(0.5) / math.log(theta[2])


def simulated(days):
    rng = np.random.default_rng(7)
    omega, alpha, beta = TRUTH[0], TRUTH[1], TRUTH[2] - TRUTH[1]
    returns = np.empty(days)
    h = omega / (1.0 - TRUTH[2])
    for t in range(days):
        returns[t] = math.sqrt(h) * rng.normal()
        h = omega + alpha * returns[t] ** 2 + beta * h
    return returns


def main(days=4000):
    returns = simulated(days)
    s = srcad.as_scipy(negative_log_likelihood)
    limits = [(1e-4, 1.0), (0.0, 0.5), (0.5, 0.999)]
    found = minimize(s.fun, [0.1, 0.05, 0.8], (returns,), "L-BFGS-B", jac=s.jac, bounds=limits)
    found = found.x
    covariance = srcad.covariance(negative_log_likelihood)(found, returns)
    print("              estimate  std. error   truth")
    for name, value, error, true in zip(
        NAMES, found, np.sqrt(np.diag(covariance)), TRUTH, strict=True
    ):
        print(f"{name:12}  {value:8.4f}  {error:10.4f}  {true:6.2f}")
    days_half, error = srcad.delta_method(half_life)(found, covariance)
    print(f"half of a shock is forgotten after {days_half:.1f} +- {error:.1f} days")
    return returns, variances(found, returns)


def draw(axes, found):
    returns, h = found
    axes.plot(returns, color="0.6", linewidth=0.5, label="returns")
    axes.plot(2.0 * np.sqrt(h), color="tab:red", linewidth=1.0, label="2 standard deviations")
    axes.plot(-2.0 * np.sqrt(h), color="tab:red", linewidth=1.0)
    axes.set_xlabel("day")
    axes.legend()


if __name__ == "__main__":
    main()
