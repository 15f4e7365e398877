"""Optimal control: swing a pendulum up and hold it there, with as little torque as possible."""

import math

import numpy as np
from scipy.optimize import minimize

import srcad

STEPS, DT = 80, 0.05


def motion(torque):
    """Return angle and speed over time; angle 0 hangs down, pi stands up."""
    angles, speeds = np.zeros(torque.size + 1), np.zeros(torque.size + 1)
    for t in range(torque.size):
        speeds[t + 1] = speeds[t] + DT * (torque[t] - 9.81 * math.sin(angles[t]))
        angles[t + 1] = angles[t] + DT * speeds[t + 1]
    return angles, speeds


def cost(torque, weight):
    angles, speeds = motion(torque)
    effort = 0.0
    for t in range(torque.size):
        effort += DT * torque[t] ** 2
    return effort + weight * ((angles[-1] - math.pi) ** 2 + speeds[-1] ** 2)


def main(steps=STEPS):
    torque = np.full(steps, 0.5)
    for weight in (1e2, 1e4):  # at first a bad hit is cheap, which makes the way there easier
        found = minimize(srcad.value_and_grad(cost), torque, (weight,), jac=True, method="BFGS")
        torque = found.x
    angles, speeds = motion(torque)
    print(f"at the end: angle {angles[-1]:.4f} (up is {math.pi:.4f}), speed {speeds[-1]:.4f}")
    print(f"largest torque {np.max(np.abs(torque)):.2f}; holding the arm level takes 9.81")
    return torque, angles


PANELS = 2


def draw(axes, found):
    torque, angles = found
    times = DT * np.arange(angles.size)
    axes[0].plot(times[:-1], torque, color="tab:blue")
    axes[0].set(xlabel="time", ylabel="torque")
    axes[1].plot(times, angles, color="tab:red")
    axes[1].axhline(math.pi, color="0.6", linestyle=":")
    axes[1].set(xlabel="time", ylabel="angle")


if __name__ == "__main__":
    main()
