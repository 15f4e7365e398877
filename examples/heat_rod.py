"""Where was the rod hot? The initial temperature from a later measurement, in NumPy slices."""

import numpy as np
from scipy.optimize import minimize

import srcad

STEPS, CONDUCTION = 60, 0.25


def cool_down(u):
    """Let heat flow for some time steps, in place; the ends stay as they are."""
    for _ in range(STEPS):
        u[1:-1] += CONDUCTION * (u[2:] - 2.0 * u[1:-1] + u[:-2])


@srcad.differentiate
def misfit(start, measured, weight):
    """Squared difference at the end, and a preference for smooth beginnings."""
    u = start.copy()
    cool_down(u)
    return np.sum((u - measured) ** 2) + weight * np.sum(np.diff(start) ** 2)


def main():
    position = np.linspace(0.0, 1.0, 41)
    truth = np.exp(-200.0 * (position - 0.3) ** 2)
    measured = truth.copy()
    cool_down(measured)
    gradient = srcad.value_and_grad(misfit)
    found = minimize(gradient, np.zeros(41), args=(measured, 1e-6), jac=True)
    print(f"hottest at {position[np.argmax(found.x)]:.3f}, and it was at 0.300")
    print(f"largest error of the temperature: {np.max(np.abs(found.x - truth)):.1f}")
    return position, truth, measured, found.x


def draw(axes, found):
    position, truth, measured, start = found
    axes.plot(position, truth, color="tab:blue", linewidth=4, alpha=0.4, label="at first")
    axes.plot(position, measured, ":", color="0.6", label="measured later")
    axes.plot(position, start, color="tab:red", label="found")
    axes.set(xlabel="position", ylabel="temperature")
    axes.legend()


if __name__ == "__main__":
    main()
