"""Whole models, as users write them: longer, with helpers, loops, lists and linear algebra."""

import math
from typing import NamedTuple

import numpy as np

from tests.array_checks import pos, programs, vec

program = programs()


class Layer(NamedTuple):
    w: np.ndarray
    b: np.ndarray


class Plant(NamedTuple):
    mass: float
    damping: float
    stiffness: np.ndarray


class Grid(NamedTuple):
    left: float
    right: float
    dt: float


def well_conditioned(n, seed=0):
    a = vec(n, n, seed=seed)
    return a @ a.T + n * np.eye(n)


# Statistics


@program((pos(3), vec(7, 2, seed=1), vec(7, seed=2)))
def gaussian_process(theta, x, y):
    n = x.shape[0]
    k = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            d = (x[i] - x[j]) / theta[0]
            k[i, j] = theta[1] ** 2 * np.exp(-0.5 * np.dot(d, d))
        k[i, i] += theta[2] ** 2 + 1e-6
    chol = np.linalg.cholesky(k)
    alpha = np.linalg.solve(chol, y)
    log_det = 2.0 * np.sum(np.log(np.diag(chol)))
    return 0.5 * alpha @ alpha + 0.5 * log_det + 0.5 * n * math.log(2.0 * math.pi)


def rbf(a, b, scales, amplitude):
    d2 = np.sum(((a[:, None, :] - b[None, :, :]) / scales) ** 2, axis=2)
    return amplitude * np.exp(-0.5 * d2)


@program((pos(2), 1.3, vec(5, 2, seed=1), vec(5, seed=2), vec(3, 2, seed=3)))
def gaussian_process_prediction(scales, amplitude, x, y, new):
    k = rbf(x, x, scales, amplitude) + 0.1 * np.eye(len(x))
    cross = rbf(new, x, scales, amplitude)
    weights = np.linalg.solve(k, y)
    mean = cross @ weights
    variance = amplitude - np.sum(cross * np.linalg.solve(k, cross.T).T, axis=1)
    return np.sum(mean**2) + np.sum(np.log(variance + 0.5))


@program((vec(2, 2, seed=1) * 0.5, vec(1, 2, seed=2), pos(2, seed=3), pos(1, seed=4), vec(6, 1)))
def kalman_likelihood(transition, observe, q, r, ys):
    n = transition.shape[0]
    mean = np.zeros(n)
    cov = np.eye(n)
    total = 0.0
    for t in range(ys.shape[0]):
        mean = transition @ mean
        cov = transition @ cov @ transition.T + np.diag(q)
        error = ys[t] - observe @ mean
        s = observe @ cov @ observe.T + np.diag(r)
        gain = cov @ observe.T @ np.linalg.inv(s)
        mean = mean + gain @ error
        cov = (np.eye(n) - gain @ observe) @ cov
        _, log_det = np.linalg.slogdet(s)
        total -= 0.5 * (error @ np.linalg.solve(s, error) + log_det)
    return total


@program((vec(3), vec(3, 3, seed=1), vec(3, 2, seed=2), np.array([0, 1, 1, 0, 1])))
def hidden_markov_model(start, moves, emissions, seen):
    first = np.exp(start) / np.sum(np.exp(start))
    rows = np.exp(moves)
    rows /= np.sum(rows, axis=1)[:, None]
    emit = np.exp(emissions)
    emit /= emit.sum(axis=1, keepdims=True)
    alpha = first * emit[:, seen[0]]
    likelihood = 0.0
    for symbol in seen[1:]:
        scale = alpha.sum()
        likelihood += np.log(scale)
        alpha /= scale
        alpha = (alpha @ rows) * emit[:, symbol]
    return likelihood + np.log(np.sum(alpha))


def log_sum_exp(a):
    top = a.max()
    return top + math.log(np.sum(np.exp(a - top)))


@program((vec(3), vec(3, 3, seed=1), vec(5, 3, seed=2), np.array([0, 2, 1, 1, 0])))
def conditional_random_field(start, moves, scores, labels):
    steps, states = scores.shape
    alpha = start + scores[0]
    for t in range(1, steps):
        new = np.empty(states)
        for j in range(states):
            new[j] = log_sum_exp(alpha + moves[:, j]) + scores[t, j]
        alpha = new
    path = start[labels[0]] + scores[0, labels[0]]
    for t in range(1, steps):
        path += moves[labels[t - 1], labels[t]] + scores[t, labels[t]]
    return log_sum_exp(alpha) - path


@program((vec(3), vec(3, 2, seed=1), pos(3, 2, seed=2), vec(6, 2, seed=3)))
def gaussian_mixture(logits, means, scales, x):
    weights = logits - log_sum_exp(logits)
    total = 0.0
    for i in range(x.shape[0]):
        z = (x[i] - means) / scales
        terms = weights - 0.5 * np.sum(z**2, axis=1) - np.sum(np.log(scales), axis=1)
        total += log_sum_exp(terms)
    return total / len(x)


@program((vec(3, 2), vec(8, 2, seed=1)))
def k_means_after_steps(centres, x):
    c = centres.copy()
    for _ in range(2):
        sums = np.zeros_like(c)
        counts = np.zeros(len(c))
        for i in range(len(x)):
            k = np.argmin(np.sum((c - x[i]) ** 2, axis=1))
            sums[k] += x[i]
            counts[k] += 1.0
        for k in range(len(c)):
            if counts[k] > 0:
                c[k] = 0.5 * c[k] + 0.5 * sums[k] / counts[k]
    cost = 0.0
    for row in x:
        cost += np.min(np.sum((row - c) ** 2, axis=-1))
    return cost


@program((vec(3), vec(9, 3, seed=1), (vec(9, seed=2) > 0).astype(np.int64)))
def newton_logistic(start, x, labels):
    w = start
    for _ in range(2):
        p = 1.0 / (1.0 + np.exp(-(x @ w)))
        gradient = x.T @ (p - labels) + 0.5 * w
        hessian = (x.T * (p * (1.0 - p))) @ x + 0.5 * np.eye(len(w))
        w = w - np.linalg.solve(hessian, gradient)
    margin = np.where(labels == 1, 1.0, -1.0) * (x @ w)
    return np.mean(np.logaddexp(0.0, -margin))


@program((vec(4), vec(10, seed=1), vec(10, seed=2)))
def robust_polynomial(coefficients, x, y):
    fit = np.zeros_like(x)
    for c in coefficients[::-1]:
        fit = fit * x + c
    r = np.abs(fit - y)
    loss = np.where(r < 0.3, 0.5 * r**2, 0.3 * (r - 0.15))
    return loss.mean() + 0.01 * np.sum(coefficients[1:] ** 2)


@program((pos(2), pos(8, seed=1)))
def gamma_regression_with_guard(parameters, y):
    shape, scale = parameters
    if np.any(y <= 0.0):
        return np.inf
    total = 0.0
    for value in y:
        total += (shape - 1.0) * math.log(value) - value / scale
    return -(total - len(y) * (math.lgamma(shape) + shape * math.log(scale)))


@program((np.array([0.2, 0.1, 0.7]), vec(12, seed=1)))
def garch(p, returns):
    omega, a, b = p[0], p[1], p[2]
    variance = np.empty(len(returns) + 1)
    variance[0] = np.var(returns)
    for t, r in enumerate(returns):
        variance[t + 1] = omega + a * r * r + b * variance[t]
    return 0.5 * np.sum(np.log(variance[:-1]) + returns**2 / variance[:-1])


@program((vec(2), vec(7, seed=3), np.array([3, 1, 0, 6, 2, 5, 4])))
def cox_partial_likelihood(beta, z, order):
    x = np.stack((z, z**2), axis=1)[order]
    eta = x @ beta
    risk = np.cumsum(np.exp(eta)[::-1])[::-1]
    return -np.sum(eta - np.log(risk))


# Learning


@program((
    (Layer(vec(4, 3), vec(4, seed=1)), Layer(vec(2, 4, seed=2), vec(2, seed=3))),
    vec(5, 3, seed=4),
    np.array([0, 1, 1, 0, 1]),
))  # fmt: skip
def network_of_named_layers(layers, x, labels):
    first, last = layers
    h = np.maximum(x @ first.w.T + first.b, 0.1 * (x @ first.w.T + first.b))
    logits = h @ last.w.T + last.b
    logits = logits - logits.max(axis=1)[:, None]
    log_p = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    decay = np.sum(first.w**2) + np.sum(last.w**2)
    return -np.mean(log_p[np.arange(len(labels)), labels]) + 0.01 * decay


def lstm_cell(x, h, c, w, b):
    n = h.shape[0]
    z = w @ np.concatenate((x, h)) + b
    gates = 1.0 / (1.0 + np.exp(-z[: 3 * n]))
    c = gates[n : 2 * n] * c + gates[:n] * np.tanh(z[3 * n :])
    return gates[2 * n :] * np.tanh(c), c


@program((vec(8, 4), vec(8, seed=1), vec(2, seed=2), vec(5, 2, seed=3), vec(5, seed=4)))
def lstm_with_readout(w, b, v, xs, targets):
    h, c = np.zeros(2), np.zeros(2)
    loss = 0.0
    for x, target in zip(xs, targets, strict=False):
        h, c = lstm_cell(x, h, c, w, b)
        loss += (h @ v - target) ** 2
    return loss / len(xs)


@program((vec(6, 6), vec(2, 3, 3, seed=1), vec(2, seed=2), vec(8, seed=3)))
def convolutional_network(image, kernels, biases, head):
    size = image.shape[0] - 2
    pooled = np.empty((2, size // 2, size // 2))
    for f in range(2):
        plane = np.full((size, size), biases[f])
        for di in range(3):
            for dj in range(3):
                plane += kernels[f, di, dj] * image[di : di + size, dj : dj + size]
        plane = np.maximum(plane, 0.0)
        for i in range(size // 2):
            for j in range(size // 2):
                pooled[f, i, j] = plane[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max()
    return 1.0 / (1.0 + math.exp(-np.dot(pooled.ravel(), head)))


def attend(q, k, v, mask):
    scores = q @ k.T / math.sqrt(q.shape[-1])
    scores = np.where(mask, scores, -1e9)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (e / e.sum(axis=-1, keepdims=True)) @ v


@program((vec(4, 4), vec(4, 4, seed=1), vec(4, 4, seed=2), vec(4, 4, seed=3), vec(5, 4, seed=4)))
def transformer_block(wq, wk, wv, wo, x):
    n = x.shape[0]
    mask = np.arange(n)[:, None] >= np.arange(n)
    q, k, v = x @ wq, x @ wk, x @ wv
    heads = [attend(q[:, s : s + 2], k[:, s : s + 2], v[:, s : s + 2], mask) for s in (0, 2)]
    y = x + np.concatenate((heads[0], heads[1]), axis=1) @ wo
    mean = y.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.mean((y - mean) ** 2, axis=-1, keepdims=True) + 1e-5)
    return np.sum(((y - mean) / spread)[-1] * np.linspace(0.0, 1.0, 4))


@program((vec(5, 3), vec(4, 3, seed=1), np.array([0, 1, 4, 2]), np.array([1, 3, 0, 2]), pos(4)))
def matrix_factorisation(users, items, rows, columns, ratings):
    guess = np.sum(users[rows] * items[columns], axis=1)
    return np.sum((guess - ratings) ** 2) + 0.1 * (np.sum(users**2) + np.sum(items**2))


# Simulation and control


def derivative(state, plant, force):
    n = len(state) // 2
    out = np.empty_like(state)
    out[:n] = state[n:]
    out[n:] = (force - plant.damping * state[n:] - plant.stiffness @ state[:n]) / plant.mass
    return out


@program((vec(5), Plant(1.5, 0.3, well_conditioned(2)), vec(4, seed=1)))
def optimal_control(controls, plant, start):
    state = start.copy()
    cost = 0.0
    dt = 0.1
    for u in controls:
        k1 = derivative(state, plant, u)
        k2 = derivative(state + 0.5 * dt * k1, plant, u)
        k3 = derivative(state + 0.5 * dt * k2, plant, u)
        k4 = derivative(state + dt * k3, plant, u)
        state += dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        cost += dt * (state @ state + 0.1 * u * u)
    return cost + 10.0 * np.sum(state**2)


@program((np.array([1.2, 0.6, 0.8, 0.4]), np.array([1.0, 0.7]), 2.87))
def adaptive_steps(p, start, end):
    y = start.copy()
    t, h = 0.0, 0.4
    tries = 0
    while t < end:
        tries += 1
        if tries > 60:
            break
        if t + h > end:
            h = end - t
        f0 = np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - p[3] * y[1]])
        z = y + h * f0
        f1 = np.array([p[0] * z[0] - p[1] * z[0] * z[1], p[2] * z[0] * z[1] - p[3] * z[1]])
        error = 0.5 * h * np.max(np.abs(f1 - f0))
        if error > 0.2:
            h *= 0.5
            continue
        y += 0.5 * h * (f0 + f1)
        t += h
        if error < 0.02:
            h *= 1.5
    return y[0] ** 2 + np.sum(y)


def apply_boundary(u, left, right):
    u[0] = left
    u[-1] = 2.0 * u[-2] - u[-3] + right


@program((pos(12), Grid(1.0, 0.2, 0.2), 6))
def diffusion_with_boundaries(kappa, grid, steps):
    n = len(kappa)
    u = np.sin(np.linspace(0.0, 3.0, n))
    flux = np.empty(n - 1)
    for _ in range(steps):
        apply_boundary(u, grid.left, grid.right)
        flux[:] = -0.5 * (kappa[1:] + kappa[:-1]) * (u[1:] - u[:-1])
        u[1:-1] -= grid.dt * (flux[1:] - flux[:-1])
    return np.sum(u**2)


@program((vec(6, 6), 0.2, 5))
def periodic_reaction_diffusion(u, d, steps):
    u = u.copy()
    v = 0.5 * u[::-1].T + 0.1
    for _ in range(steps):
        lap = np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4 * u
        u, v = u + 0.1 * (d * lap + u - u**3 - v), v + 0.1 * (u - 0.5 * v)
    return np.mean(u * v) + np.max(u)


@program((vec(5), vec(5, seed=1), pos(5, seed=2)))
def tridiagonal_spline(y, query, h):
    n = len(y)
    diagonal, right = np.ones(n), np.zeros(n)
    lower, upper = np.zeros(n - 1), np.zeros(n - 1)
    for i in range(1, n - 1):
        lower[i - 1], upper[i] = h[i - 1], h[i]
        diagonal[i] = 2.0 * (h[i - 1] + h[i])
        right[i] = 6.0 * ((y[i + 1] - y[i]) / h[i] - (y[i] - y[i - 1]) / h[i - 1])
    for i in range(1, n):
        w = lower[i - 1] / diagonal[i - 1]
        diagonal[i] -= w * upper[i - 1]
        right[i] -= w * right[i - 1]
    m = np.empty(n)
    m[-1] = right[-1] / diagonal[-1]
    for i in range(n - 2, -1, -1):
        m[i] = (right[i] - upper[i] * m[i + 1]) / diagonal[i]
    knots = np.concatenate((np.zeros(1), np.cumsum(h[:-1])))
    total = 0.0
    for q in 0.5 * (1.0 + query) * knots[-1]:
        k = min(np.searchsorted(knots, q, side="right"), n - 1) - 1
        a, b = (knots[k + 1] - q) / h[k], (q - knots[k]) / h[k]
        total += a * y[k] + b * y[k + 1]
        total += ((a**3 - a) * m[k] + (b**3 - b) * m[k + 1]) * h[k] ** 2 / 6.0
    return total


@program((vec(4, 3), pos(4, seed=1), 0.05))
def planets(x, mass, dt):
    position = 2.0 * x
    velocity = np.zeros_like(position)
    for _ in range(3):
        force = np.zeros_like(position)
        for i in range(len(mass)):
            for j in range(i):
                d = position[j] - position[i]
                pull = mass[i] * mass[j] * d / (np.sum(d**2) + 0.1) ** 1.5
                force[i] += pull
                force[j] -= pull
        velocity += dt * force / mass[:, None]
        position += dt * velocity
    kinetic = 0.5 * np.sum(mass * np.sum(velocity**2, axis=1))
    return kinetic + np.linalg.norm(position[0] - position[1])


@program((pos(4), vec(2, 3, seed=1)))
def truss_compliance(areas, load):
    ends = np.array([[0, 1], [1, 2], [0, 2], [1, 3]])
    nodes = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 1.0], [1.5, 1.0]])
    k = 0.5 * np.eye(8)
    for e in range(len(areas)):
        i, j = ends[e]
        d = nodes[j] - nodes[i]
        length = np.sqrt(d @ d)
        c = d / length
        block = areas[e] / length * np.outer(c, c)
        k[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] += block
        k[2 * j : 2 * j + 2, 2 * j : 2 * j + 2] += block
        k[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] -= block
        k[2 * j : 2 * j + 2, 2 * i : 2 * i + 2] -= block
    f = np.zeros(8)
    f[2:5] = load[0]
    f[-3:] += load[1]
    u = np.linalg.solve(k, f)
    return f @ u


@program((pos(5), vec(5, 5, seed=1)))
def lowest_modes(masses, springs):
    k = springs @ springs.T + np.diag(np.arange(1.0, 6.0))
    scale = 1.0 / np.sqrt(masses)
    values, vectors = np.linalg.eigh(scale[:, None] * k * scale)
    shape = vectors[:, 0] ** 2
    return np.sum(np.sqrt(values[:3])) - 0.5 * np.sum(shape[1:] * shape[:-1])


@program((vec(3, 3), vec(3, seed=1), 500))
def fixed_point_with_exit(a, b, most):
    x = np.zeros_like(b)
    w = 0.3 * a
    for k in range(most):
        new = np.tanh(w @ x + b)
        if np.max(np.abs(new - x)) < 1e-12:
            return np.sum(new**2) / (1.0 if k > 0 else 2.0)
        x = new
    return np.sum(x)


@program((vec(3), well_conditioned(3), 0.1))
def line_search(x, a, shrink):
    for _ in range(3):
        g = a @ x + np.sin(x)
        step, trial = 1.0, x.copy()
        here = 0.5 * x @ a @ x - np.sum(np.cos(x))
        while True:
            trial[:] = x - step * g
            there = 0.5 * trial @ a @ trial - np.sum(np.cos(trial))
            if there <= here - 0.1 * step * (g @ g) or step < 1e-8:
                break
            step *= shrink + 0.4
        x = trial
    return np.sum(x) + there


# Images, signals, lists and buffers


def blurred(image, kernel, out):
    n, m = image.shape
    r = len(kernel) // 2
    for i in range(n):
        for j in range(m):
            s = 0.0
            for a in range(-r, r + 1):
                s += kernel[a + r] * image[min(max(i + a, 0), n - 1), j]
            out[i, j] = s


@program((vec(5, 4), pos(3, seed=1), vec(5, 4, seed=2)))
def deblurring(image, kernel, seen):
    buffer, again = np.empty_like(image), np.empty((4, 5))
    blurred(image, kernel / kernel.sum(), buffer)
    blurred(buffer.T, kernel / kernel.sum(), again)
    fit = np.sum((again.T - seen) ** 2)
    dx, dy = np.diff(image, axis=0)[:, :-1], np.diff(image, axis=1)[:-1]
    return fit + 0.1 * np.sum(np.sqrt(dx**2 + dy**2 + 1e-3))


@program((vec(16), pos(4, seed=1)))
def filter_bank(signal, widths):
    t = np.arange(-3.0, 4.0)
    parts = [np.convolve(signal, np.exp(-((t / w) ** 2)), mode="same") for w in widths]
    energy = np.array([np.mean(p**2) for p in parts])
    flux = 0.0
    for p, q in zip(parts[1:], parts[:-1], strict=False):
        flux += np.sum(np.maximum(p - q, 0.0))
    return np.sum(np.log1p(energy)) + 0.1 * flux


@program((vec(3, 2), vec(2, seed=1)))
def path_of_snapshots(a, start):
    path = [np.tanh(start + (k + 1.0) * row) for k, row in enumerate(a)]
    total = 0.0
    for before, after in zip(path, path[1:], strict=False):  # noqa: RUF007
        total += np.sum((after - before) ** 2)
    return total + path[-1] @ path[0]


@program((vec(9), 3, np.array([2, 0, 1])))
def bubble_and_permute(x, width, order):
    m = x.reshape(-1, width).copy()
    for i in range(m.shape[0] - 1):
        for j in range(m.shape[0] - 1 - i):
            if np.sum(m[j]) > np.sum(m[j + 1]):
                m[j], m[j + 1] = m[j + 1].copy(), m[j].copy()
    m[:, ::-1] *= m[order]
    best = np.sort(m, axis=1)[:, -1]
    return np.dot(best, np.arange(1.0, len(best) + 1.0)) + np.median(m)


@program((vec(6, seed=4), 4))
def running_records(x, window):
    out = np.zeros((len(x), 3))
    best = -np.inf
    for i in range(len(x)):
        part = x[max(0, i - window + 1) : i + 1]
        out[i] = part.mean(), np.std(part) if len(part) > 1 else 0.0, part.max()
        if part[-1] > best:
            best = part[-1]
            out[i:, 2] += best
    positive = out[:, 0] > 0.0
    return out.sum() + np.sum(out[positive, 2] ** 2)


@program((vec(6, 2), np.array([0, 0, 1, 2, 2, 2])))
def segments(x, labels):
    count = labels.max() + 1
    totals = np.zeros((count, x.shape[1]))
    np.add.at(totals, labels, x)
    sizes = np.bincount(labels, minlength=count)
    means = totals / sizes[:, None]
    within = np.sum((x - means[labels]) ** 2)
    between = sum([np.sum((m - means.mean(axis=0)) ** 2) for m in means])
    return within / (1.0 + between)
