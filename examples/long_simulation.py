"""A long simulation with checkpoints: where a wave started, from what one microphone heard."""

import numpy as np
from scipy.optimize import minimize

import srcad

POINTS = 60
POSITION = np.linspace(0.0, 1.0, POINTS)


def recorded(source, heard):
    """Fill `heard` with the wave at one point over time; `checkpointed` keeps 20 states of it."""
    u, before = source.copy(), source.copy()
    for t in srcad.checkpointed(range(heard.size), slots=20):
        after = np.zeros(POINTS)
        for i in range(1, POINTS - 1):
            after[i] = 2.0 * u[i] - before[i] + 0.5 * (u[i + 1] - 2.0 * u[i] + u[i - 1])
        before, u = u, after
        heard[t] = u[45]


def with_all_states(source, heard):
    """Do the same without checkpoints, to count what that keeps."""
    u, before = source.copy(), source.copy()
    for t in range(heard.size):
        after = np.zeros(POINTS)
        for i in range(1, POINTS - 1):
            after[i] = 2.0 * u[i] - before[i] + 0.5 * (u[i + 1] - 2.0 * u[i] + u[i - 1])
        before, u = u, after
        heard[t] = u[45]


def pulse(where):
    return np.exp(-((POSITION - where[0]) ** 2) / (2.0 * where[1] ** 2))


def misfit(where, microphone):
    heard = np.empty(microphone.size)
    recorded(pulse(where), heard)
    return np.sum((heard - microphone) ** 2)


def main(steps=2000):
    truth = np.array([0.3, 0.05])
    microphone = np.empty(steps)
    recorded(pulse(truth), microphone)
    start = np.array([0.35, 0.08])
    found = minimize(srcad.value_and_grad(misfit), start, (microphone,), "BFGS", jac=True)
    print(f"centre {found.x[0]:.4f}, width {found.x[1]:.4f}; truth {truth}")
    return microphone, pulse(truth), pulse(found.x), pulse(start)


PANELS = 2


def draw(axes, found):
    microphone, truth, fitted, start = found
    axes[0].plot(microphone[:400], linewidth=0.8)
    axes[0].set(xlabel="step", ylabel="heard by the microphone")
    axes[1].plot(POSITION, start, ":", color="0.6", label="start")
    axes[1].plot(POSITION, truth, color="tab:blue", linewidth=4, alpha=0.4, label="truth")
    axes[1].plot(POSITION, fitted, color="tab:red", label="found")
    axes[1].set_xlabel("position")
    axes[1].legend()


if __name__ == "__main__":
    main()
