"""Through two walls: how far apart a quantum particle passes them best, by its wave function."""

import numpy as np
from scipy.optimize import minimize

import srcad

POINTS, STEPS, STEP = 160, 90, 1.0
POSITION = np.arange(POINTS) - 60.0


def evolve(psi, potential):
    """Let time pass: one tridiagonal system of complex equations for each step (Cayley's form)."""
    n = psi.size
    ratio = np.empty(n, np.complex128)
    for _ in range(STEPS):
        half = 0.5j * STEP
        right = (1 - half * (1 + potential)) * psi
        right[1:] += 0.5 * half * psi[:-1]
        right[:-1] += 0.5 * half * psi[1:]
        below = 1 + half * (1 + potential[0])
        psi[0] = right[0] / below
        for k in range(1, n):
            ratio[k] = -0.5 * half / below
            below = 1 + half * (1 + potential[k]) + 0.5 * half * ratio[k]
            psi[k] = (right[k] + 0.5 * half * psi[k - 1]) / below
        for k in range(n - 2, -1, -1):
            psi[k] -= ratio[k + 1] * psi[k + 1]


@srcad.differentiate
def reflected(distance, wave_number):
    """Return the probability that the particle is still before the walls."""
    near, far = POSITION / 1.5, (POSITION - distance[0]) / 1.5
    potential = 0.4 * (np.exp(-(near**2)) + np.exp(-(far**2)))
    psi = np.exp(-(((POSITION + 30.0) / 10.0) ** 2) + 1j * wave_number * POSITION)
    psi = psi / np.sqrt(np.sum(np.abs(psi) ** 2))
    evolve(psi, potential)
    return np.sum(np.abs(psi[:60]) ** 2)


def main():
    start = np.array([6.0])
    found = minimize(srcad.value_and_grad(reflected), start, args=(0.8,), jac=True)
    print(f"reflected at a distance of 6: {reflected(start, 0.8):.3f}")
    print(f"reflected at a distance of {found.x[0]:.2f}: {found.fun:.3f}")


if __name__ == "__main__":
    main()
