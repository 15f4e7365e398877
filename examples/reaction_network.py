"""Least squares of a reaction network: three rates from measured concentrations.

A -> B -> C, and B + B -> A: no closed solution, so the integrator (RK4) is differentiated.
"""

import numpy as np
from scipy.optimize import least_squares

import srcad

TRUTH = np.array([0.8, 0.3, 0.5])
SAMPLES, STEPS = 16, 20


def flow(c, k, dc):
    """Fill `dc` with the change of the concentrations of A, B and C."""
    first, second, back = k[0] * c[0], k[1] * c[1], k[2] * c[1] * c[1]
    dc[0] = -first + back
    dc[1] = first - second - 2.0 * back
    dc[2] = second


def concentrations(k, dt):
    """Return the concentrations at each sample, `STEPS` steps of RK4 apart."""
    out = np.empty((SAMPLES, 3))
    c = np.array([1.0, 0.0, 0.0])
    k1, k2, k3, k4 = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for i in range(SAMPLES):
        for _ in range(STEPS):
            flow(c, k, k1)
            flow(c + 0.5 * dt * k1, k, k2)
            flow(c + 0.5 * dt * k2, k, k3)
            flow(c + dt * k3, k, k4)
            c = c + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        out[i] = c
    return out


def residuals(k, dt, measured):
    return (concentrations(k, dt) - measured).ravel()


def main(dt=0.025):
    rng = np.random.default_rng(4)
    measured = concentrations(TRUTH, dt) + 0.01 * rng.normal(size=(SAMPLES, 3))
    s = srcad.as_scipy(residuals)
    fit = least_squares(s.fun, np.full(3, 0.1), jac=s.jac, args=(dt, measured))
    variance = 2.0 * fit.cost / (measured.size - 3)
    errors = np.sqrt(variance * np.diag(np.linalg.inv(fit.jac.T @ fit.jac)))
    print(f"rates   {fit.x.round(3)}")
    print(f"errors  {errors.round(3)}")
    print(f"truth   {TRUTH}, found with {fit.njev} Jacobians")
    return dt, measured, concentrations(fit.x, dt)


def draw(axes, found):
    dt, measured, fitted = found
    times = dt * STEPS * np.arange(1, SAMPLES + 1)
    for k, name in enumerate("ABC"):
        axes.plot(times, fitted[:, k], color=f"C{k}", label=name)
        axes.plot(times, measured[:, k], "o", color=f"C{k}", markersize=4)
    axes.set(xlabel="time", ylabel="concentration")
    axes.legend()


if __name__ == "__main__":
    main()
