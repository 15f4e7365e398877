"""Stencils, differential equations, time stepping, filters over time."""

import numpy as np

from tests.array_checks import pos, programs, vec

program = programs()


@program((vec(6), 0.1, 3), (vec(3), 0.1, 2), (vec(2), 0.1, 2), (vec(5), 0.1, 0))
def heat_1d(u, nu, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


@program((vec(6), 0.1, 2), (vec(1), 0.1, 2), mutates=(0,))
def heat_in_place(u, nu, steps):
    for _ in range(steps):
        u[1:-1] += nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])


@program((vec(4, 5), 0.1, 2), (vec(3, 3), 0.1, 1), (np.asfortranarray(vec(4, 4)), 0.1, 2))
def heat_2d(u, nu, steps):
    for _ in range(steps):
        un = u.copy()
        u = un.copy()
        u[1:-1, 1:-1] = un[1:-1, 1:-1] + nu * (
            un[2:, 1:-1] + un[:-2, 1:-1] + un[1:-1, 2:] + un[1:-1, :-2] - 4.0 * un[1:-1, 1:-1]
        )
    return u


@program((vec(3, 4, 3), 0.1))
def heat_3d(u, nu):
    core = u[1:-1, 1:-1, 1:-1]
    lap = (
        u[2:, 1:-1, 1:-1] + u[:-2, 1:-1, 1:-1] + u[1:-1, 2:, 1:-1] + u[1:-1, :-2, 1:-1]
        + u[1:-1, 1:-1, 2:] + u[1:-1, 1:-1, :-2] - 6.0 * core
    )  # fmt: skip
    v = u.copy()
    v[1:-1, 1:-1, 1:-1] += nu * lap
    return v


@program((vec(4, 4), vec(4, 4, seed=1), 2))
def jacobi_poisson(u, f, steps):
    v = np.zeros_like(u)
    for _ in range(steps):
        v[1:-1, 1:-1] = 0.25 * (
            u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - f[1:-1, 1:-1]
        )
        u, v = v, u
    return np.sum(u * u) + np.sum(v)


@program((vec(6), 0.4, 3), (vec(1), 0.4, 2))
def advection_upwind(u, c, steps):
    for _ in range(steps):
        u[1:] = u[1:] - c * (u[1:] - u[:-1])
    return u[-1] + np.sum(u)


@program((vec(5), 0.4, 2))
def advection_periodic(u, c, steps):
    for _ in range(steps):
        u = u - c * (u - np.roll(u, 1))
    return u


@program((vec(6), 0.4))
def lax_wendroff(u, c):
    up = np.roll(u, -1)
    um = np.roll(u, 1)
    return u - 0.5 * c * (up - um) + 0.5 * c * c * (up - 2.0 * u + um)


@program((vec(6), 0.1, 2))
def burgers_godunov(u, dt, steps):
    for _ in range(steps):
        left = np.maximum(u[:-1], 0.0)
        right = np.minimum(u[1:], 0.0)
        flux = np.maximum(0.5 * left**2, 0.5 * right**2)
        u[1:-1] -= dt * (flux[1:] - flux[:-1])
    return u[1:-1] * 1.0


@program((vec(6), vec(5, seed=1), 0.2))
def upwind_by_where(u, velocity, dt):
    flux = np.where(velocity > 0.0, velocity * u[:-1], velocity * u[1:])
    out = u.copy()
    out[:-1] -= dt * flux
    out[1:] += dt * flux
    return out


def minmod(a, b):
    return np.where(a * b > 0.0, np.where(np.abs(a) < np.abs(b), a, b), 0.0)


@program((vec(7), 0.3))
def muscl(u, c):
    slope = minmod(u[1:-1] - u[:-2], u[2:] - u[1:-1])
    face = u[1:-1] + 0.5 * (1.0 - c) * slope
    flux = c * face
    out = u.copy()
    out[2:-1] = u[2:-1] - (flux[1:] - flux[:-1])
    return out


@program((pos(5), vec(5, seed=1), 0.1))
def shallow_water_rusanov(h, q, dt):
    v = q / h
    fh, fq = q, q * v + 0.5 * 9.81 * h * h
    a = np.maximum(np.abs(v[:-1]) + np.sqrt(9.81 * h[:-1]), np.abs(v[1:]) + np.sqrt(9.81 * h[1:]))
    gh = 0.5 * (fh[:-1] + fh[1:]) - 0.5 * a * (h[1:] - h[:-1])
    gq = 0.5 * (fq[:-1] + fq[1:]) - 0.5 * a * (q[1:] - q[:-1])
    h2, q2 = h.copy(), q.copy()
    h2[1:-1] -= dt * (gh[1:] - gh[:-1])
    q2[1:-1] -= dt * (gq[1:] - gq[:-1])
    return h2, q2


@program((vec(6), vec(6, seed=1), 0.3, 3))
def wave_leapfrog(u, v, c, steps):
    prev, now = u.copy(), v.copy()
    for _ in range(steps):
        nxt = np.zeros_like(now)
        nxt[1:-1] = 2.0 * now[1:-1] - prev[1:-1] + c * (now[2:] - 2.0 * now[1:-1] + now[:-2])
        prev = now
        now = nxt
    return now


@program((vec(4, 4), vec(3, 4, seed=1), vec(4, 3, seed=2), 2))
def yee_fdtd(ez, hx, hy, steps):
    for _ in range(steps):
        hx -= 0.3 * (ez[1:, :] - ez[:-1, :])
        hy += 0.3 * (ez[:, 1:] - ez[:, :-1])
        ez[1:-1, 1:-1] += 0.3 * ((hy[1:-1, 1:] - hy[1:-1, :-1]) - (hx[1:, 1:-1] - hx[:-1, 1:-1]))
    return np.sum(ez**2) + np.sum(hx**2) + np.sum(hy**2)


@program((vec(3), 0.1, 3), (vec(3), 0.1, 0))
def lorenz_euler(y, dt, n):
    for _ in range(n):
        d = np.array([10.0 * (y[1] - y[0]), y[0] * (2.8 - y[2]) - y[1], y[0] * y[1] - 2.0 * y[2]])
        y = y + dt * d
    return y


def pendulum(y, g):
    return np.array([y[1], -g * np.sin(y[0])])


@program((vec(2), 0.1, 1.5, 3))
def runge_kutta_4(y, dt, g, n):
    for _ in range(n):
        k1 = pendulum(y, g)
        k2 = pendulum(y + 0.5 * dt * k1, g)
        k3 = pendulum(y + 0.5 * dt * k2, g)
        k4 = pendulum(y + dt * k3, g)
        y = y + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y


def decay(y, k, out):
    out[:] = -k * y
    out[1:] += k[:-1] * y[:-1]


@program((pos(4), pos(4, seed=1), 0.1, 3))
def midpoint_with_buffers(y, k, dt, n):
    f = np.empty_like(y)
    half = np.empty_like(y)
    for _ in range(n):
        decay(y, k, f)
        half[:] = y + 0.5 * dt * f
        decay(half, k, f)
        y += dt * f
    return np.sum(y * y)


@program((vec(3), vec(3, seed=1), 0.05, 4))
def verlet(x, v, dt, n):
    a = -np.sin(x)
    for _ in range(n):
        x = x + dt * v + 0.5 * dt * dt * a
        new = -np.sin(x)
        v = v + 0.5 * dt * (a + new)
        a = new
    return 0.5 * v @ v - np.sum(np.cos(x))


@program((vec(3, 2), vec(3, 2, seed=1), pos(3, seed=2), 0.01, 2))
def n_body(x, v, m, dt, n):
    for _ in range(n):
        acc = np.zeros_like(x)
        for i in range(x.shape[0]):
            d = x - x[i]
            r = np.sum(d * d, axis=1) + 0.1
            acc[i] = np.sum((m / r**1.5)[:, None] * d, axis=0)
        v = v + dt * acc
        x = x + dt * v
    return x, v


@program((vec(4, 3), 0.1))
def trajectory_in_rows(u, dt):
    for k in range(u.shape[0] - 1):
        u[k + 1] = u[k] + dt * (u[k] ** 2 - u[k][::-1])
    return np.sum(u[-1])


@program((vec(3), 3))
def history(x, n):
    out = np.zeros((n + 1, len(x)))
    out[0] = x
    for k in range(n):
        out[k + 1, :] = np.tanh(out[k, :]) + 0.1 * out[0, :]
    return out


@program((vec(2), vec(2, 2, seed=1), 3), (vec(2), vec(2, 2, seed=1), 0))
def linear_recurrence(x, a, n):
    for _ in range(n):
        x = a @ x
    return x


@program((pos(5), vec(5, seed=1), vec(5, seed=2) * 0.2, vec(5, seed=3)))
def thomas(b, d, a, r):
    n = len(b)
    b = b + 1.5
    for i in range(1, n):
        w = a[i] / b[i - 1]
        b[i] -= w * a[i - 1]
        d[i] -= w * d[i - 1]
    x = np.zeros(n)
    x[-1] = d[-1] / b[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (d[i] - a[i] * x[i + 1]) / b[i]
    return x * r


@program((np.eye(3) * 3 + 0.3 * vec(3, 3), vec(3, seed=1), 4))
def jacobi_iteration(a, b, n):
    d = np.diag(a)
    x = np.zeros_like(b)
    for _ in range(n):
        x = (b - (a @ x - d * x)) / d
    return x


@program((np.eye(3) * 3 + 0.3 * vec(3, 3), vec(3, seed=1)))
def gauss_seidel(a, b):
    x = np.zeros(3)
    for _ in range(2):
        for i in range(3):
            x[i] = (b[i] - a[i, :i] @ x[:i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return x


@program((np.eye(3) * 2 + 0.1 * (vec(3, 3) + vec(3, 3).T), vec(3, seed=1), 2))
def conjugate_gradients(a, b, n):
    x = np.zeros_like(b)
    r = b - a @ x
    p = r.copy()
    rs = r @ r
    for _ in range(n):
        ap = a @ p
        alpha = rs / (p @ ap)
        x += alpha * p
        r -= alpha * ap
        new = r @ r
        p = r + (new / rs) * p
        rs = new
    return x


@program((vec(3, 3), 4))
def power_iteration(m, n):
    a = m @ m.T + np.eye(3)
    v = np.ones(3) / np.sqrt(3.0)
    for _ in range(n):
        v = a @ v
        v = v / np.sqrt(v @ v)
    return v @ a @ v


@program((vec(6, 3), 3))
def principal_component(x, n):
    c = x - np.mean(x, axis=0)
    v = np.ones(x.shape[1])
    for _ in range(n):
        v = c.T @ (c @ v)
        v /= np.linalg.norm(v)
    return np.sum((c @ v) ** 2)


@program((vec(4), 0.9, 0.2, 0.3))
def kalman_scalar(z, f, q, r):
    x, p, nll = 0.0, 1.0, 0.0
    for k in range(len(z)):
        x, p = f * x, f * f * p + q
        s = p + r
        y = z[k] - x
        nll += 0.5 * (np.log(s) + y * y / s)
        gain = p / s
        x += gain * y
        p *= 1.0 - gain
    return nll


@program((vec(3, 1), vec(2, 2, seed=1), vec(1, 2, seed=2), 0.3))
def kalman_filter(z, f, h, r):
    x = np.zeros(2)
    p = np.eye(2)
    total = 0.0
    for k in range(z.shape[0]):
        x = f @ x
        p = f @ p @ f.T + 0.1 * np.eye(2)
        y = z[k] - h @ x
        s = (h @ p @ h.T)[0, 0] + r
        gain = p @ h[0] / s
        x = x + gain * y[0]
        p = p - np.outer(gain, h[0]) @ p
        total += y[0] ** 2 / s + np.log(s)
    return total


@program((vec(3), vec(3, 3, seed=1), vec(3, 2, seed=2), np.array([0, 1, 1, 0])))
def hidden_markov_forward(start, trans, emit, obs):
    alpha = np.exp(start) / np.sum(np.exp(start))
    t = np.exp(trans) / np.sum(np.exp(trans), axis=1, keepdims=True)
    e = np.exp(emit) / np.sum(np.exp(emit), axis=1)[:, None]
    alpha = alpha * e[:, obs[0]]
    ll = 0.0
    for k in range(1, len(obs)):
        c = np.sum(alpha)
        ll += np.log(c)
        alpha = (alpha / c) @ t * e[:, obs[k]]
    return ll + np.log(np.sum(alpha))


@program((vec(3), vec(3, 3, seed=1), vec(4, 3, seed=2)))
def viterbi_score(start, trans, score):
    best = start + score[0]
    for k in range(1, score.shape[0]):
        best = np.max(best[:, None] + trans, axis=0) + score[k]
    return best.max()


@program((vec(4), vec(5, seed=1)))
def dynamic_time_warping(a, b):
    n, m = len(a), len(b)
    d = np.full((n + 1, m + 1), 1e3)
    d[0, 0] = 0.0
    cost = (a[:, None] - b[None, :]) ** 2
    for i in range(n):
        for j in range(m):
            best = min(d[i, j], d[i, j + 1], d[i + 1, j])
            d[i + 1, j + 1] = cost[i, j] + best
    return d[n, m]


@program((0.2, 1.0, 4))
def binomial_option(sigma, rate, n):
    up = np.exp(sigma / np.sqrt(n))
    p = (np.exp(0.1 * rate / n) - 1.0 / up) / (up - 1.0 / up)
    k = np.arange(n + 1)
    value = np.maximum(up ** (2.0 * k - n) - 0.95, 0.0)
    for m in range(n, 0, -1):
        value[:m] = np.exp(-0.1 * rate / n) * (p * value[1 : m + 1] + (1.0 - p) * value[:m])
    return value[0]


@program((0.2, vec(3, 4)))
def geometric_brownian_paths(sigma, noise):
    s = np.ones(noise.shape[0])
    total = np.zeros(noise.shape[0])
    for k in range(noise.shape[1]):
        s = s * np.exp(-0.5 * sigma**2 + sigma * noise[:, k])
        total += s
    return np.mean(np.maximum(total / noise.shape[1] - 1.0, 0.0))


@program((vec(5), vec(5, seed=1), 0.1, 3))
def predator_prey_lattice(a, b, dt, n):
    for _ in range(n):
        lap = np.empty_like(a)
        lap[1:-1] = a[2:] + a[:-2] - 2.0 * a[1:-1]
        lap[0] = a[1] - a[0]
        lap[-1] = a[-2] - a[-1]
        r = a * b**2
        a = a + dt * (0.1 * lap - r + 0.03 * (1.0 - a))
        b = b + dt * (r - 0.09 * b)
    return a, b


@program((vec(4, 4), 2))
def game_of_neighbours(u, n):
    for _ in range(n):
        near = np.zeros_like(u)
        near[1:, :] += u[:-1, :]
        near[:-1, :] += u[1:, :]
        near[:, 1:] += u[:, :-1]
        near[:, :-1] += u[:, 1:]
        u = np.tanh(0.3 * near) * u + 0.1
    return u


@program((vec(8),), (vec(2),))
def haar_transform(x):
    n = len(x)
    y = x.copy()
    while n > 1:
        n = n // 2
        even, odd = y[: 2 * n : 2].copy(), y[1 : 2 * n : 2].copy()
        y[:n] = 0.5 * (even + odd)
        y[n : 2 * n] = 0.5 * (even - odd)
    return y


@program((vec(5), 0.01, 50))
def newton_until_small(x, tol, limit):
    y = np.ones_like(x)
    k = 0
    while k < limit and np.max(np.abs(y * y - np.abs(x) - 1.0)) > tol:
        y = 0.5 * (y + (np.abs(x) + 1.0) / y)
        k += 1
    return y
