"""A long short-term memory cell over a sequence, every product written as a loop."""

import math

import numpy as np

from benchmarks.case import Args, Case


def lstm(w, u, b, x):
    steps, d = x.shape
    n = b.shape[1]
    h = np.zeros(n)
    c = np.zeros(n)
    gate = np.empty((4, n))
    loss = 0.0
    for t in range(steps):
        for k in range(4):
            for i in range(n):
                s = b[k, i]
                for j in range(d):
                    s += w[k, i, j] * x[t, j]
                for j in range(n):
                    s += u[k, i, j] * h[j]
                gate[k, i] = s
        for i in range(n):
            forget = 1.0 / (1.0 + math.exp(-gate[0, i]))
            enter = 1.0 / (1.0 + math.exp(-gate[1, i]))
            leave = 1.0 / (1.0 + math.exp(-gate[2, i]))
            c[i] = forget * c[i] + enter * math.tanh(gate[3, i])
            h[i] = leave * math.tanh(c[i])
            loss += h[i] * h[i]
    return loss / steps


def lstm_by_hand(w, u, b, x):
    steps, d = x.shape
    n = b.shape[1]
    h = np.zeros((steps + 1, n))
    c = np.zeros((steps + 1, n))
    gate = np.empty((steps, 4, n))
    squashed = np.empty((steps, n))
    loss = 0.0
    for t in range(steps):
        for k in range(4):
            for i in range(n):
                s = b[k, i]
                for j in range(d):
                    s += w[k, i, j] * x[t, j]
                for j in range(n):
                    s += u[k, i, j] * h[t, j]
                gate[t, k, i] = s
        for i in range(n):
            forget = 1.0 / (1.0 + math.exp(-gate[t, 0, i]))
            enter = 1.0 / (1.0 + math.exp(-gate[t, 1, i]))
            leave = 1.0 / (1.0 + math.exp(-gate[t, 2, i]))
            new = math.tanh(gate[t, 3, i])
            c[t + 1, i] = forget * c[t, i] + enter * new
            squashed[t, i] = math.tanh(c[t + 1, i])
            h[t + 1, i] = leave * squashed[t, i]
            loss += h[t + 1, i] * h[t + 1, i]
            gate[t, 0, i] = forget
            gate[t, 1, i] = enter
            gate[t, 2, i] = leave
            gate[t, 3, i] = new
    w_bar = np.zeros_like(w)
    u_bar = np.zeros_like(u)
    b_bar = np.zeros_like(b)
    h_bar = np.zeros(n)
    c_bar = np.zeros(n)
    gate_bar = np.empty((4, n))
    for t in range(steps - 1, -1, -1):
        for i in range(n):
            forget = gate[t, 0, i]
            enter = gate[t, 1, i]
            leave = gate[t, 2, i]
            new = gate[t, 3, i]
            y = squashed[t, i]
            g = h_bar[i] + 2.0 / steps * h[t + 1, i]
            a = c_bar[i] + g * leave * (1.0 - y * y)
            gate_bar[2, i] = g * y * leave * (1.0 - leave)
            gate_bar[0, i] = a * c[t, i] * forget * (1.0 - forget)
            gate_bar[1, i] = a * new * enter * (1.0 - enter)
            gate_bar[3, i] = a * enter * (1.0 - new * new)
            c_bar[i] = a * forget
            h_bar[i] = 0.0
        for k in range(4):
            for i in range(n):
                g = gate_bar[k, i]
                b_bar[k, i] += g
                for j in range(d):
                    w_bar[k, i, j] += g * x[t, j]
                for j in range(n):
                    u_bar[k, i, j] += g * h[t, j]
                    h_bar[j] += g * u[k, i, j]
    return loss / steps, w_bar, u_bar, b_bar


def arrays(xp, w, u, b, x):
    steps, d = x.shape
    n = b.shape[1]
    drive = x @ w.reshape((4 * n, d)).T + b.reshape((4 * n,))
    recur = u.reshape((4 * n, n)).T
    h = 0.0 * b[0]
    c = 0.0 * b[0]
    loss = 0.0
    for t in range(steps):
        g = drive[t] + h @ recur
        gates = 1.0 / (1.0 + xp.exp(-g[: 3 * n]))
        c = gates[:n] * c + gates[n : 2 * n] * xp.tanh(g[3 * n :])
        h = gates[2 * n :] * xp.tanh(c)
        loss = loss + xp.sum(h * h)
    return loss / steps


def in_jax(jnp, w, u, b, x):
    from jax import lax

    steps, d = x.shape
    n = b.shape[1]
    drive = x @ w.reshape((4 * n, d)).T + b.reshape((4 * n,))
    recur = u.reshape((4 * n, n)).T

    def step(state, driven):
        h, c = state
        g = driven + h @ recur
        gates = 1.0 / (1.0 + jnp.exp(-g[: 3 * n]))
        c = gates[:n] * c + gates[n : 2 * n] * jnp.tanh(g[3 * n :])
        h = gates[2 * n :] * jnp.tanh(c)
        return (h, c), jnp.sum(h * h)

    _, losses = lax.scan(step, (jnp.zeros(n), jnp.zeros(n)), drive)
    return jnp.sum(losses) / steps


def inputs(steps: int, n: int, d: int) -> Args:
    rng = np.random.default_rng(7)
    return (
        rng.standard_normal((4, n, d)) / math.sqrt(d),
        rng.standard_normal((4, n, n)) / math.sqrt(n),
        0.1 * rng.standard_normal((4, n)),
        rng.standard_normal((steps, d)),
    )


LSTM = Case(
    name="lstm",
    primal=lstm,
    argnums=(0, 1, 2),
    inputs=inputs,
    sizes={"full": (100, 32, 16), "quick": (20, 8, 4), "tiny": (3, 2, 2)},
    hand=lstm_by_hand,
    arrays=arrays,
    jax=in_jax,
    target=5.0,
    scalar_loop=False,
)
