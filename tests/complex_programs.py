"""Programs with complex numbers: real functions, of real and of complex arguments."""

# ruff: noqa: PLW0108 - operators take Python functions

from __future__ import annotations

import cmath
import math

import numpy as np


def modulus(x, y):
    z = complex(x, y)
    return abs(z * z + 1)


def literals(x):
    w = cmath.exp(x * 1j) / (2 + 3j * x) - 1j
    return w.real + 2 * w.imag + (w * w.conjugate()).real


def real_and_complex_names(x, n):
    z = 0.0
    for k in range(n):
        z = z * (0.5j + x) + k
    return abs(z)


def every_function(x, y):
    z = complex(x, y)
    s = cmath.sqrt(z) + cmath.log(z) + cmath.sin(z) + cmath.cos(z) + cmath.tan(z)
    s += cmath.sinh(z) + cmath.cosh(z) + cmath.tanh(z) + cmath.asin(z) + cmath.acos(z)
    s += cmath.atan(z) + cmath.asinh(z) + cmath.acosh(z) + cmath.atanh(z) + cmath.log10(z)
    s += cmath.rect(x, y) + cmath.phase(z) + np.expm1(z)
    return s.real * s.imag


def powers(x, y):
    z = complex(x, y)
    return (z**2 + z**3 + z**-2 + z**0.5 + z**x + 2.0**z + z ** (x - 1j)).imag


def branches(x, y):
    z = complex(x, y)
    if z == 0:
        return 0.0
    while abs(z) < 4:
        z = z * z + complex(x, y)
    return z.real if z != 1j else z.imag


def swapped(x, y):
    z, w = complex(x, y), complex(y * y, x)
    z, w = w, z * w
    z = complex(z.imag, z.real)
    w = w.conjugate()
    z = z * w
    w *= w
    return (z * w * w).real


def waves(k, x):
    return np.sum(np.abs(np.exp(1j * k * x) + k) ** 2) + np.sum(np.exp(-1j * k)).real


def elements(x, n):
    u = np.zeros(n, np.complex128)
    u[0] = x + 1j
    for i in range(1, n):
        u[i] = u[i - 1] * 1j * x + u[i - 1].conjugate() / (i + 1)
        u[i] += x
    return np.sum(np.abs(u))


def schroedinger(v, steps):
    n = v.size
    psi = np.exp(-((np.arange(n) - n / 2) ** 2)).astype(np.complex128)
    phase = np.exp(-0.05j * v)
    for _ in range(steps):
        psi = phase * psi
        new = np.zeros_like(psi)
        new[1:-1] = psi[1:-1] + 0.05j * (psi[2:] - 2 * psi[1:-1] + psi[:-2])
        psi = new
    return np.sum(np.arange(n) * np.abs(psi) ** 2)


def parts_of_arrays(z):
    re = z.real
    w = np.conj(z) * z**2 + re
    w.imag[1:] *= 2.0
    return np.sum(w.imag * np.real(w)) + np.sum(np.angle(z)) + z.imag[0]


def writes_a_part(z):
    w = z.copy()
    w.real[0] = 3.0
    part = w.imag
    part[1] = w.real[1] * part[0]
    conjugate, same = np.conj(z), +z
    conjugate.real[0] = 7.0
    same.imag[1] = 2.0
    return np.sum(np.abs(w * w) ** 2) + np.sum((z * conjugate * same).imag)


def matrices(a, b):
    c = a @ b
    d = np.dot(c, a[:, 0]) @ b[0]
    return np.sum(c.real * c.imag) + abs(d)


def contractions(a, b, s):
    outer = np.outer(a[0], b[1]) + np.kron(a, b)[:2, :2] + s @ a
    return np.sum(np.abs(outer) ** 2) + np.trace(np.einsum("ij,jk->ik", a, b.T)).imag


def shapes(z):
    w = np.concatenate((z.T.ravel(), np.array([1j, 2.0])))[::-1]
    w = np.where(w.real > 0, w, np.conj(w)) + np.cumsum(w) / (1 + np.arange(w.size))
    stacked = np.stack((w, 1j * w)).reshape(-1, 2)
    return np.abs(np.mean(stacked[:, 0] * np.roll(stacked[:, 1], 1)))


def numbers(z, w):
    return abs(z / w + w / (z - 2j)) ** 2 + (z.conjugate() * w).imag + np.angle(z * w)


def holds_nothing(z):
    return z.real * 0.0


def elementwise(v, w, a, b, x):
    return (
        np.exp2(v) * np.log2(v) - np.log1p(v) / np.reciprocal(w),
        np.arcsin(v) + np.arccos(w) * np.arctan(v) - np.arcsinh(v),
        np.arccosh(v) + np.arctanh(w) - np.tan(v) * np.tanh(w) + np.sqrt(v),
        np.log10(v) ** x + 2.0**v + x**w - v**-2 + np.expm1(w) ** 3,
        np.abs(v) + np.angle(w) + np.real(v) + np.imag(w) + x.real + x.imag,
        (v == w) | np.isfinite(v) & ~np.isnan(w),
        np.where(x > 0, v, x) + np.select([x > 0, x < -1], [v, w], 1j),
        np.square(v) - np.negative(w) + np.add(v, x) * np.multiply(x, w) / np.divide(v, w),
    )


def reduced(v, w, a, b, x):
    return (
        *(np.mean(a, axis=0), np.sum(a, axis=1, keepdims=True), a.sum(), np.trace(b)),
        *(np.var(v), np.std(a, axis=0, ddof=1), np.linalg.norm(v), np.linalg.norm(a, axis=1)),
        *(np.linalg.norm(v, 1), np.linalg.norm(v, 3), np.linalg.norm(v, np.inf)),
        *(np.vdot(v, w), np.vdot(x, w), np.inner(v, w), np.cumsum(a, axis=1), np.cumprod(v)),
        *(np.diff(v), np.trapezoid(v), np.polyval(v, w), np.convolve(v, w), np.cross(v, w)),
    )


def shaped(v, w, a, b, x):
    return (
        *(np.array([v[0], 1.0, w[1]]), np.concatenate((v, x)), np.block([[a, b], [b, a]])),
        *(np.diag(v), np.diag(a), np.tril(a), np.flip(a, 0), np.rot90(a), np.roll(v, 1)),
        *(np.repeat(v, 2), np.tile(v, 2), np.take(v, np.array([0, 2])), v[x > 0], a[None, 0]),
        *(np.full((2, 2), 1 + 2j), np.full_like(v, 3.0), np.ones_like(v), np.eye(3) * v),
        *(v.astype(np.complex64), np.zeros(2, np.complex64) + 1, np.insert(v, 1, w[0])),
    )


def of_matrices(v, w, a, b, x):
    return (
        *(a @ b, a @ v, v @ a, v @ w, np.stack((a, b)) @ np.stack((b, a)), a @ b.real),
        *(np.kron(a, b), np.tensordot(a, b, 1), np.outer(v, x)),
        *(np.linalg.solve(a, v), np.linalg.solve(a, b), np.linalg.solve(a, x)),
        *(np.linalg.solve(a.real, v), np.linalg.inv(b), np.linalg.matrix_power(a, -2)),
    )


NUMPY = (elementwise, reduced, shaped, of_matrices)
"""Functions of two vectors, two matrices and a real vector, with many results."""

RNG = np.random.default_rng(7)


def drawn(*shape):
    """Return complex numbers."""
    return RNG.standard_normal(shape) + 1j * RNG.standard_normal(shape)


PROGRAMS = (
    (modulus, (1.3, 0.4)),
    (literals, (0.7,)),
    (real_and_complex_names, (0.8, 4)),
    (every_function, (0.6, 0.8)),
    (powers, (0.9, 0.4)),
    (branches, (0.6, 0.9)),
    (swapped, (0.6, 0.9)),
    (waves, (RNG.standard_normal(4), 0.7)),
    (elements, (0.6, 5)),
    (schroedinger, (RNG.standard_normal(8), 3)),
    (parts_of_arrays, (drawn(4),)),
    (writes_a_part, (drawn(3),)),
    (matrices, (drawn(3, 2), drawn(2, 3))),
    (matrices, (RNG.standard_normal((3, 2)), drawn(2, 3))),
    (contractions, (drawn(2, 2), drawn(2, 2), RNG.standard_normal((2, 2)))),
    (shapes, (drawn(2, 3),)),
    (numbers, (complex(1.3, -0.4), complex(-0.3, 0.9))),
    (holds_nothing, (1 + 2j,)),
)
"""Functions of one real result, and arguments."""

HOLOMORPHIC = (
    (lambda z: z * z * z + cmath.exp(z), 0.3 + 0.2j),
    (lambda z: np.sqrt(z) / (z - 2j) + z**-3, -0.3 + 0.2j),
    (lambda z: np.sqrt(z), -4 + 0j),
    (lambda z: np.log(z) * np.arctan(z), -4 - 0.5j),
    (lambda z: z ** (1.5 - 0.5j) + np.tanh(z), 0.4 + math.pi / 2 * 1j),
)
"""Functions with a complex derivative, and a point. The third is on its branch cut."""
