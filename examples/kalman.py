"""A Kalman filter with unknown noise: the likelihood of a track, and its maximum."""

import math

import numpy as np
from scipy.optimize import minimize

import srcad

TRUTH = np.array([0.02, 0.5])  # standard deviations of the push and of the measurement


def likelihood(log_sigma, measured, filtered):
    """Return the negative log-likelihood; fill `filtered` with the mean position of each step."""
    push, noise = math.exp(2.0 * log_sigma[0]), math.exp(2.0 * log_sigma[1])
    F = np.array([[1.0, 1.0], [0.0, 1.0]])
    Q = push * np.array([[0.25, 0.5], [0.5, 1.0]])
    mean, P = np.zeros(2), 10.0 * np.eye(2)
    total = 0.0
    for t in range(measured.size):
        mean, P = F @ mean, F @ P @ F.T + Q
        variance = P[0, 0] + noise
        surprise = measured[t] - mean[0]
        total += 0.5 * (math.log(2.0 * math.pi * variance) + surprise**2 / variance)
        gain = P[:, 0] / variance
        mean = mean + gain * surprise
        P = P - np.outer(gain, P[0])
        filtered[t] = mean[0]
    return total


def negative_log_likelihood(log_sigma, measured):
    return likelihood(log_sigma, measured, np.empty(measured.size))


def deviations(log_sigma):
    return np.exp(log_sigma)


def track(steps):
    rng = np.random.default_rng(11)
    pushes = TRUTH[0] * rng.normal(size=steps)
    position = np.cumsum(np.cumsum(pushes))
    return position, position + TRUTH[1] * rng.normal(size=steps)


def main(steps=400):
    position, measured = track(steps)
    s = srcad.as_scipy(negative_log_likelihood)
    found = minimize(s.fun, np.array([-2.0, 0.0]), (measured,), "BFGS", jac=s.jac).x
    covariance = srcad.covariance(negative_log_likelihood)(found, measured)
    filtered = np.empty(steps)
    likelihood(found, measured, filtered)
    sigma, error = srcad.delta_method(deviations)(found, covariance)
    print(f"standard deviations {sigma.round(4)}, truth {TRUTH}")
    print(f"their errors        {np.sqrt(np.diag(error)).round(4)}")
    raw, better = (np.sqrt(np.mean((x - position) ** 2)) for x in (measured, filtered))
    print(f"error of the position: measured {raw:.3f}, filtered {better:.3f}")
    return position, measured, filtered


def draw(axes, found):
    position, measured, filtered = found
    axes.plot(measured - position, ".", color="0.6", markersize=4, label="measured")
    axes.plot(filtered - position, color="tab:red", label="filtered")
    axes.set(xlabel="step", ylabel="error of the position")
    axes.legend()


if __name__ == "__main__":
    main()
