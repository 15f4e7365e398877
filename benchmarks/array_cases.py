"""Programs in NumPy form: whole arrays and slices, one source for every column.

NumPy, njit and srcad run `program` as it stands; the other libraries run it with `np`
rebound to their own module, or the variant that a user of that library has to write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.case import Args

Program = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class ArrayCase:
    """One program and its peers.

    rng: arguments are made by `inputs(rng, *sizes[which])`. target: the largest accepted
    (value+gradient)/primal. jax, torch, autograd: a variant, None for `program` itself;
    `missing` lists the libraries in which no sensible user would write it.
    """

    name: str
    program: Program
    argnums: tuple[int, ...]
    inputs: Callable[..., Args]
    sizes: dict[str, tuple[int, ...]]
    target: float
    jax: Program | None = None
    torch: Program | None = None
    autograd: Program | None = None
    missing: tuple[str, ...] = field(default=())

    def args(self, which: str) -> Args:
        """The arguments of size `which`."""
        return self.inputs(np.random.default_rng(1), *self.sizes[which])


ELEMENTWISE, STENCIL, PRODUCTS = 2.0, 2.5, 3.2


# Learning ---------------------------------------------------------------------------


def logistic(w, x, y):
    return np.mean(np.log1p(np.exp(-y * (x @ w))))


def logistic_inputs(rng, n, d):
    return 0.1 * rng.standard_normal(d), rng.standard_normal((n, d)), rng.choice([-1.0, 1.0], n)


def softmax(w, x, y):
    z = x @ w
    top = np.max(z, axis=1)
    z = z - top[:, None]
    return -np.mean(np.sum(y * z, axis=1) - np.log(np.sum(np.exp(z), axis=1)))


def softmax_inputs(rng, n, d, k):
    y = np.eye(k)[rng.integers(0, k, n)]
    return 0.1 * rng.standard_normal((d, k)), rng.standard_normal((n, d)), y


def mlp(w1, b1, w2, b2, x, y):
    h = np.tanh(x @ w1 + b1)
    z = h @ w2 + b2
    return -np.mean(np.sum(y * z, axis=1) - np.log(np.sum(np.exp(z), axis=1)))


def mlp_inputs(rng, n, d, h, k):
    w, _, y = softmax_inputs(rng, n, h, k)
    first = 0.05 * rng.standard_normal((d, h)), 0.1 * rng.standard_normal(h)
    return *first, w, 0.1 * rng.standard_normal(k), rng.standard_normal((n, d)), y


def attention(q, k, v):
    s = (q @ k.T) * 0.125
    top = np.max(s, axis=1)
    e = np.exp(s - top[:, None])
    p = e / np.sum(e, axis=1)[:, None]
    o = p @ v
    return np.sum(o * o)


def attention_inputs(rng, n, d):
    return tuple(rng.standard_normal((n, d)) for _ in range(3))


def convolution(w, x):
    rows, cols = w.shape
    n, m = x.shape
    out = np.zeros((n - rows + 1, m - cols + 1))
    for i in range(rows):
        for j in range(cols):
            out += w[i, j] * x[i : i + n - rows + 1, j : j + m - cols + 1]
    return np.sum(np.maximum(out, 0.0) ** 2)


def convolution_inputs(rng, k, n):
    return rng.standard_normal((k, k)), rng.standard_normal((n, n))


def batched(a, b):
    c = a @ b
    return np.sum(c * c)


def batched_inputs(rng, batch, n):
    return rng.standard_normal((batch, n, n)), rng.standard_normal((batch, n, n))


# Stencils ---------------------------------------------------------------------------


def jacobi(u0, f, steps):
    u = np.copy(u0)
    for _ in range(steps):
        u[1:-1, 1:-1] = 0.25 * (
            u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] + f[1:-1, 1:-1]
        )
    return np.sum(u * u)


def jacobi_jax(u0, f, steps):
    from jax import lax

    def step(u, _):
        inner = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] + f[1:-1, 1:-1]
        return u.at[1:-1, 1:-1].set(0.25 * inner), None

    u, _ = lax.scan(step, u0, None, length=steps)
    return (u * u).sum()


def heat(u0, kappa, steps):
    u = u0
    for _ in range(steps):
        new = np.copy(u)
        lap = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
        new[1:-1, 1:-1] += kappa[1:-1, 1:-1] * lap
        u = new
    return np.sum(u * u)


def heat_jax(u0, kappa, steps):
    from jax import lax

    def step(u, _):
        lap = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
        return u.at[1:-1, 1:-1].add(kappa[1:-1, 1:-1] * lap), None

    u, _ = lax.scan(step, u0, None, length=steps)
    return (u * u).sum()


def field_inputs(rng, n, steps):
    return rng.standard_normal((n, n)), 0.1 * rng.random((n, n)), steps


def advection(u0, c, steps):
    u = np.copy(u0)
    for _ in range(steps):
        inner = u[1:, 1:, 1:]
        du = 3.0 * inner - u[:-1, 1:, 1:] - u[1:, :-1, 1:] - u[1:, 1:, :-1]
        u[1:, 1:, 1:] = inner - c * du
    return np.sum(u * u)


def advection_jax(u0, c, steps):
    from jax import lax

    def step(u, _):
        inner = u[1:, 1:, 1:]
        du = 3.0 * inner - u[:-1, 1:, 1:] - u[1:, :-1, 1:] - u[1:, 1:, :-1]
        return u.at[1:, 1:, 1:].set(inner - c * du), None

    u, _ = lax.scan(step, u0, None, length=steps)
    return (u * u).sum()


def advection_inputs(rng, n, steps):
    return rng.standard_normal((n, n, n)), 0.1, steps


# Time steps and factorisations ------------------------------------------------------


def oscillators(x0, v0, mu, steps):
    x, v, h = x0, v0, 0.01
    for _ in range(steps):
        k1 = v
        l1 = mu * (1.0 - x * x) * v - x
        x2, k2 = x + 0.5 * h * k1, v + 0.5 * h * l1
        l2 = mu * (1.0 - x2 * x2) * k2 - x2
        x3, k3 = x + 0.5 * h * k2, v + 0.5 * h * l2
        l3 = mu * (1.0 - x3 * x3) * k3 - x3
        x4, k4 = x + h * k3, v + h * l3
        l4 = mu * (1.0 - x4 * x4) * k4 - x4
        x = x + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        v = v + h / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4)
    return np.sum(x * x + v * v)


def oscillators_jax(x0, v0, mu, steps):
    from jax import lax

    h = 0.01

    def slope(x, v):
        return v, mu * (1.0 - x * x) * v - x

    def step(state, _):
        x, v = state
        k1, l1 = slope(x, v)
        k2, l2 = slope(x + 0.5 * h * k1, v + 0.5 * h * l1)
        k3, l3 = slope(x + 0.5 * h * k2, v + 0.5 * h * l2)
        k4, l4 = slope(x + h * k3, v + h * l3)
        x = x + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        v = v + h / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4)
        return (x, v), None

    (x, v), _ = lax.scan(step, (x0, v0), None, length=steps)
    return (x * x + v * v).sum()


def oscillators_inputs(rng, n, steps):
    return rng.standard_normal(n), rng.standard_normal(n), 0.5 + rng.random(n), steps


def gram_schmidt(a):
    n = a.shape[0]
    q = np.copy(a)
    for i in range(n):
        for k in range(i):
            q[i] -= np.sum(q[k] * q[i]) * q[k]
        q[i] /= np.sqrt(np.sum(q[i] * q[i]))
    return np.sum(q**3)


def gram_schmidt_rows(np):
    """Gram-Schmidt without writing in place."""

    def program(a):
        rows = []
        for i in range(a.shape[0]):
            row = a[i]
            for other in rows:
                row = row - np.sum(other * row) * other
            rows.append(row / np.sqrt(np.sum(row * row)))
        return sum(np.sum(row**3) for row in rows)

    return program


def gram_schmidt_inputs(rng, n, m):
    return (rng.standard_normal((n, m)),)


def cholesky(a):
    n = a.shape[0]
    low = np.zeros((n, n))
    for j in range(n):
        low[j, j] = np.sqrt(a[j, j] - np.sum(low[j, :j] * low[j, :j]))
        for i in range(j + 1, n):
            low[i, j] = (a[i, j] - np.sum(low[i, :j] * low[j, :j])) / low[j, j]
    return np.sum(np.log(np.diag(low)))


def cholesky_inputs(rng, n):
    a = rng.standard_normal((n, n))
    return (a @ a.T + n * np.eye(n),)


def _jax_gram_schmidt(a):
    import jax.numpy as jnp

    return gram_schmidt_rows(jnp)(a)


def _torch_gram_schmidt(a):
    import torch

    return gram_schmidt_rows(torch)(a)


def _autograd_gram_schmidt(a):
    import autograd.numpy

    return gram_schmidt_rows(autograd.numpy)(a)


# fmt: off
ALL: tuple[ArrayCase, ...] = (
    ArrayCase("logistic", logistic, (0,), logistic_inputs,
              {"full": (10_000, 200), "quick": (300, 50), "tiny": (5, 4)}, PRODUCTS),
    ArrayCase("softmax", softmax, (0,), softmax_inputs,
              {"full": (2000, 100, 10), "quick": (100, 20, 5), "tiny": (4, 3, 2)}, PRODUCTS),
    ArrayCase("mlp", mlp, (0, 1, 2, 3), mlp_inputs,
              {"full": (128, 784, 256, 10), "quick": (16, 40, 20, 4), "tiny": (3, 4, 3, 2)},
              PRODUCTS),
    ArrayCase("attention", attention, (0, 1, 2), attention_inputs,
              {"full": (256, 64), "quick": (32, 16), "tiny": (4, 3)}, PRODUCTS),
    ArrayCase("bmm", batched, (0, 1), batched_inputs,
              {"full": (32, 48), "quick": (4, 16), "tiny": (2, 3)}, PRODUCTS),
    ArrayCase("convolution", convolution, (0, 1), convolution_inputs,
              {"full": (5, 128), "quick": (3, 24), "tiny": (2, 5)}, STENCIL,
              missing=("jax", "autograd")),
    ArrayCase("jacobi", jacobi, (0, 1), field_inputs,
              {"full": (200, 50), "quick": (40, 10), "tiny": (5, 3)}, STENCIL,
              jax=jacobi_jax, missing=("autograd",)),
    ArrayCase("heat", heat, (0, 1), field_inputs,
              {"full": (200, 50), "quick": (40, 10), "tiny": (5, 3)}, STENCIL,
              jax=heat_jax, missing=("autograd",)),
    ArrayCase("advection", advection, (0,), advection_inputs,
              {"full": (40, 20), "quick": (10, 4), "tiny": (4, 2)}, STENCIL,
              jax=advection_jax, missing=("autograd",)),
    ArrayCase("rk4", oscillators, (0, 1, 2), oscillators_inputs,
              {"full": (1000, 200), "quick": (50, 10), "tiny": (3, 2)}, ELEMENTWISE,
              jax=oscillators_jax),
    ArrayCase("gram-schmidt", gram_schmidt, (0,), gram_schmidt_inputs,
              {"full": (24, 400), "quick": (6, 30), "tiny": (3, 4)}, PRODUCTS,
              jax=_jax_gram_schmidt, torch=_torch_gram_schmidt, autograd=_autograd_gram_schmidt),
    ArrayCase("cholesky", cholesky, (0,), cholesky_inputs,
              {"full": (60,), "quick": (12,), "tiny": (3,)}, PRODUCTS,
              missing=("jax", "torch", "autograd")),
)
# fmt: on
