"""Real functions of real parameters through complex numbers, as physicists write them."""

from __future__ import annotations

import cmath
import math

import numpy as np


def reflectance(thickness, index, wavelength):
    """Return what a stack of thin films reflects, by transfer matrices."""
    m = np.eye(2).astype(np.complex128)
    for d, n in zip(thickness, index):  # noqa: B905
        delta = 2 * np.pi * n * d / wavelength
        c, s = np.cos(delta), np.sin(delta)
        m = m @ np.array([[c, 1j * s / n], [1j * n * s, c + 0j]])
    b, c = m[0, 0] + m[0, 1] * 1.5, m[1, 0] + m[1, 1] * 1.5
    r = (b - c) / (b + c)
    return abs(r) ** 2


def split_step(v, dt, steps):
    """Return the mean position of a packet in a potential: Fourier transforms for half of it."""
    n = v.size
    x = np.arange(n) - n / 2
    psi = np.exp(-(x**2) / 4 + 0.5j * x)
    psi /= np.sqrt(np.sum(np.abs(psi) ** 2))
    kinetic = np.exp(-0.5j * dt * (2 * np.pi * np.fft.fftfreq(n)) ** 2)
    for _ in range(steps):
        psi = psi * np.exp(-0.5j * dt * v)
        psi = np.fft.ifft(kinetic * np.fft.fft(psi))
        psi = psi * np.exp(-0.5j * dt * v)
    return np.sum(x * np.abs(psi) ** 2)


def crank_nicolson(v, dt, steps):
    """Return how much of a packet is in the right half, by an implicit method."""
    n = v.size
    h = np.diag(v + 2.0) - np.diag(np.ones(n - 1), 1) - np.diag(np.ones(n - 1), -1)
    one = np.eye(n)
    ahead, behind = one + 0.5j * dt * h, one - 0.5j * dt * h
    psi = np.exp(-((np.arange(n) - 1.0) ** 2) + 1j * np.arange(n))
    for _ in range(steps):
        psi = np.linalg.solve(ahead, behind @ psi)
    return np.sum(np.abs(psi[n // 2 :]) ** 2) / np.sum(np.abs(psi) ** 2)


def growth_rate(k, drift, temperature):
    """Return the imaginary part of a root of a dispersion relation, by Newton's method."""
    omega = complex(0.4, 0.3)
    for _ in range(5):
        f = 1 - 1 / (omega**2 - temperature * k**2) - 0.5 / (omega - k * drift) ** 2
        slope = 2 * omega / (omega**2 - temperature * k**2) ** 2 + (omega - k * drift) ** -3
        omega = omega - f / slope
    return omega.imag


def band(k, hopping, flux):
    """Return the lowest energy of a ring of three sites, threaded by a flux."""
    h = np.zeros((3, 3), dtype=np.complex128)
    for i in range(3):
        j = (i + 1) % 3
        amplitude = -hopping[i] * cmath.exp(1j * (flux / 3 + k * (j == 0)))
        h[j, i] += amplitude
        h[i, j] += amplitude.conjugate()
    return np.linalg.eigvalsh(h)[0]


def rabi(detuning, coupling, t):
    """Return the population of the upper level, by the eigenvectors of the Hamiltonian."""
    h = np.array([[0.5 * detuning, coupling * 1j], [-1j * coupling, -0.5 * detuning]])
    w, v = np.linalg.eigh(h)
    start = np.array([1.0, 0.0])
    psi = v @ (np.exp(-1j * w * t) * (np.conj(v).T @ start))
    return np.abs(psi[1]) ** 2


def filter_misfit(r, l, c, omega, measured):  # noqa: E741 - an inductance
    """Return the distance of a circuit's gain from what was measured."""
    total = 0.0
    for w, m in zip(omega, measured):  # noqa: B905
        z = r + 1j * w * l + 1 / (1j * w * c)
        gain = 20 * math.log10(abs(r / z))
        total += (gain - m) ** 2
    return total / omega.size


def array_factor(positions, phases, angle):
    """Return the power that antennas send into a direction."""
    field = 0j
    for k in range(positions.size):
        field += np.exp(1j * (2 * np.pi * positions[k] * np.sin(angle) + phases[k]))
    return (field * field.conjugate()).real / positions.size


def decay(omega, gamma, t, steps):
    """Return the population of a driven level that decays, by Runge and Kutta."""
    h = np.array([[0.0, omega], [omega, 0.3]]) + 0j
    low = np.array([[0.0, 1.0], [0.0, 0.0]]) + 0j
    rho = np.array([[1.0, 0.0], [0.0, 0.0]]) + 0j

    def rate(rho):
        jump = low @ rho @ low.conj().T
        loss = low.conj().T @ low
        return -1j * (h @ rho - rho @ h) + gamma * (jump - 0.5 * (loss @ rho + rho @ loss))

    dt = t / steps
    for _ in range(steps):
        k1 = rate(rho)
        k2 = rate(rho + 0.5 * dt * k1)
        rho = rho + dt * k2
    return rho[1, 1].real + np.trace(rho).imag


def ladder(r, c, omega):
    """Return the size of the impedance of a ladder of resistors and capacitors."""
    z = complex(1.0)
    stages = []
    for k in range(len(r) - 1, -1, -1):
        z = r[k] + 1 / (1j * omega * c[k] + 1 / z)
        stages.append(z)
    return abs(z) + np.angle(stages[0])


def most_unstable(a, delay):
    """Return the largest growth rate of a system with a delay, to first order."""
    w = np.linalg.eigvals(np.exp(-1j * delay) * a)
    return np.max(w.real)


RNG = np.random.default_rng(11)

PROGRAMS = (
    (reflectance, (np.array([0.1, 0.2, 0.15]), np.array([1.4, 2.1, 1.7]), 0.55)),
    (split_step, (RNG.standard_normal(8), 0.1, 3)),
    (crank_nicolson, (RNG.standard_normal(6), 0.3, 2)),
    (growth_rate, (1.1, 0.6, 0.05)),
    (band, (0.3, np.array([1.0, 0.8, 1.3]), 0.7)),
    (rabi, (0.6, 0.9, 1.3)),
    (filter_misfit, (2.0, 0.3, 0.5, np.array([1.0, 2.0, 4.0]), np.array([-3.0, -1.0, -2.0]))),
    (array_factor, (np.array([0.0, 0.5, 1.1]), np.array([0.1, 0.4, -0.3]), 0.3)),
    (decay, (0.7, 0.2, 1.0, 3)),
    (ladder, (np.array([1.0, 2.0, 0.5]), np.array([0.3, 0.2, 0.9]), 1.7)),
    (most_unstable, (RNG.standard_normal((3, 3)), 0.3)),
)
"""Functions, and arguments; none needs an option."""
