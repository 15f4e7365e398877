"""Jacobi relaxation in two dimensions: a time loop that overwrites its field."""

import numpy as np

from benchmarks.case import Args, Case


def jacobi(u0, f, steps):
    n, m = u0.shape
    u = u0.copy()
    v = np.zeros((n, m))
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                v[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] + f[i, j])
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                u[i, j] = v[i, j]
    total = 0.0
    for i in range(n):
        for j in range(m):
            total += u[i, j] * u[i, j]
    return total


def jacobi_by_hand(u0, f, steps):
    n, m = u0.shape
    u = u0.copy()
    v = u0.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                v[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] + f[i, j])
        u, v = v, u
    total = 0.0
    u_bar = np.empty_like(u0)
    for i in range(n):
        for j in range(m):
            total += u[i, j] * u[i, j]
            u_bar[i, j] = 2.0 * u[i, j]
    f_bar = np.zeros_like(f)
    w = np.zeros((n + 2, m + 2))
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                w[i + 1, j + 1] = 0.25 * u_bar[i, j]
                f_bar[i, j] += w[i + 1, j + 1]
                u_bar[i, j] = 0.0
        for i in range(n):
            for j in range(m):
                u_bar[i, j] += w[i, j + 1] + w[i + 2, j + 1] + w[i + 1, j] + w[i + 1, j + 2]
    return total, u_bar, f_bar


def _time_loop(xp, pad, u0, f, steps):
    inside = pad(xp.ones_like(f[1:-1, 1:-1]))
    edge = u0 * (1.0 - inside)
    u = u0
    for _ in range(steps):
        inner = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] + f[1:-1, 1:-1]
        u = edge + pad(0.25 * inner)
    return xp.sum(u * u)


def arrays(xp, u0, f, steps):
    return _time_loop(xp, lambda a: xp.pad(a, 1, "constant"), u0, f, steps)


def in_torch(torch, u0, f, steps):
    pad = torch.nn.functional.pad
    return _time_loop(torch, lambda a: pad(a, (1, 1, 1, 1)), u0, f, steps)


def in_jax(jnp, u0, f, steps):
    from jax import lax

    def step(u, _):
        inner = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] + f[1:-1, 1:-1]
        return u.at[1:-1, 1:-1].set(0.25 * inner), None

    u, _ = lax.scan(step, u0, None, length=steps)
    return jnp.sum(u * u)


def inputs(n: int, steps: int) -> Args:
    rng = np.random.default_rng(5)
    return rng.standard_normal((n, n)), 0.1 * rng.standard_normal((n, n)), steps


JACOBI = Case(
    name="jacobi",
    primal=jacobi,
    argnums=(0, 1),
    inputs=inputs,
    sizes={"full": (200, 50), "quick": (40, 10), "tiny": (5, 3)},
    hand=jacobi_by_hand,
    arrays=arrays,
    torch=in_torch,
    jax=in_jax,
)
