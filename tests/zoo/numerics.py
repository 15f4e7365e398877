"""Small pieces of real numerical codes."""

import math

import numpy as np

from tests.zoo.table import pos, program, vec


def spd(n):
    a = vec(n, n)
    return a @ a.T + n * np.eye(n)


@program(lambda: (np.array([1.0, 1e-9, -1.0, 3e-9, 0.1]),))
def kahan_sum(x):
    """Compensated summation: nothing may be reassociated."""
    s = 0.0
    c = 0.0
    for i in range(len(x)):
        y = x[i] - c
        t = s + y
        c = (t - s) - y
        s = t
    return s * s


@program(lambda: (2.7, 0.4), smooth=False)
def magic_rounding(x, y):
    """`(x + 1.5*2**52) - 1.5*2**52` rounds; its formal derivative is 1."""
    m = 6755399441055744.0
    r = (x + m) - m
    return r * y + y * y


@program(lambda: (np.array([0.5, np.nan, 0.25]),))
def skips_nan(x):
    """`isnan` in the user's code keeps its meaning."""
    s = 0.0
    for i in range(len(x)):
        if not math.isnan(x[i]):
            s += x[i] * x[i]
    return s


@program(lambda: (np.array([0.5, np.inf, 0.25]),))
def skips_infinite(x):
    """`isfinite` and `isinf`."""
    s = 0.0
    for i in range(len(x)):
        if np.isfinite(x[i]) and not math.isinf(x[i]):
            s += x[i] * x[i] * x[0]
    return s


@program(lambda: (vec(20, seed=3),))
def rosenbrock(x):
    """The banana."""
    s = 0.0
    for i in range(len(x) - 1):
        a = x[i + 1] - x[i] * x[i]
        b = 1.0 - x[i]
        s += 100.0 * a * a + b * b
    return s


@program(lambda: (np.array([1.0, 0.5, -0.3]), 10.0, 28.0, 8.0 / 3.0, 0.01, 5))
def lorenz_rk4(y0, sigma, rho, beta, h, steps):
    """Runge and Kutta on Lorenz's system."""
    x, y, z = y0[0], y0[1], y0[2]
    for _ in range(steps):
        k1x, k1y, k1z = lorenz(x, y, z, sigma, rho, beta)
        h2 = 0.5 * h
        k2x, k2y, k2z = lorenz(x + h2 * k1x, y + h2 * k1y, z + h2 * k1z, sigma, rho, beta)
        k3x, k3y, k3z = lorenz(x + h2 * k2x, y + h2 * k2y, z + h2 * k2z, sigma, rho, beta)
        k4x, k4y, k4z = lorenz(x + h * k3x, y + h * k3y, z + h * k3z, sigma, rho, beta)
        x = x + h / 6.0 * (k1x + 2.0 * k2x + 2.0 * k3x + k4x)
        y = y + h / 6.0 * (k1y + 2.0 * k2y + 2.0 * k3y + k4y)
        z = z + h / 6.0 * (k1z + 2.0 * k2z + 2.0 * k3z + k4z)
    return x * x + y * z


def lorenz(x, y, z, sigma, rho, beta):
    return sigma * (y - x), x * (rho - z) - y, x * y - beta * z


@program(lambda: (vec(5, 2), np.array([0.3, 0.7]), vec(2, 2, seed=1), pos(2, 2, seed=2)))
def gaussian_mixture(x, w, mean, precision):
    """The log-likelihood with a stable log of a sum."""
    total = 0.0
    terms = np.empty(len(w))
    for i in range(x.shape[0]):
        top = -1e300
        for k in range(len(w)):
            t = math.log(w[k])
            for j in range(x.shape[1]):
                d = x[i, j] - mean[k, j]
                t += 0.5 * math.log(precision[k, j]) - 0.5 * precision[k, j] * d * d
            terms[k] = t
            if t > top:
                top = t
        s = 0.0
        for k in range(len(w)):
            s += math.exp(terms[k] - top)
        total += top + math.log(s)
    return total


@program(lambda: (spd(4),))
def cholesky_log_determinant(a):
    """A factorisation by loops, in a local array."""
    n = a.shape[0]
    c = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j]
            for k in range(j):
                s -= c[i, k] * c[j, k]
            if i == j:
                c[i, i] = math.sqrt(s)
            else:
                c[i, j] = s / c[j, j]
    d = 0.0
    for i in range(n):
        d += 2.0 * math.log(c[i, i])
    return d


@program(lambda: (spd(4), vec(4)), mutates=(1,))
def triangular_solve_in_place(low, b):
    """Forward substitution over the right side."""
    for i in range(len(b)):
        for j in range(i):
            b[i] -= low[i, j] * b[j]
        b[i] /= low[i, i]


@program(lambda: (spd(4), vec(4)))
def gaussian_elimination(a0, b0):
    """Elimination with row exchanges, then back substitution."""
    a = a0.copy()
    b = b0.copy()
    n = len(b)
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[p, k]):
                p = i
        if p != k:
            for j in range(n):
                a[k, j], a[p, j] = a[p, j], a[k, j]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            for j in range(k, n):
                a[i, j] -= f * a[k, j]
            b[i] -= f * b[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            b[i] -= a[i, j] * b[j]
        b[i] /= a[i, i]
    return b


@program(lambda: (vec(6), np.array([0, 2, 3, 5]), np.array([0, 2, 1, 0, 2]), vec(3, seed=1)))
def sparse_matrix_vector(data, start, column, x):
    """Compressed rows."""
    y = np.zeros(len(start) - 1)
    for i in range(len(y)):
        for p in range(start[i], start[i + 1]):
            y[i] += data[p] * x[column[p]]
    return y


@program(lambda: (vec(8), vec(3, seed=1)))
def convolution(x, kernel):
    """One dimension, valid part."""
    m = len(x) - len(kernel) + 1
    y = np.zeros(m)
    for i in range(m):
        for k in range(len(kernel)):
            y[i] += x[i + k] * kernel[k]
    s = 0.0
    for i in range(m):
        s += y[i] * y[i]
    return s


@program(lambda: (vec(5),))
def softmax_entropy(z):
    """Softmax, shifted by its maximum, and its entropy."""
    top = z[0]
    for i in range(1, len(z)):
        top = max(top, z[i])
    total = 0.0
    p = np.empty(len(z))
    for i in range(len(z)):
        p[i] = math.exp(z[i] - top)
        total += p[i]
    h = 0.0
    for i in range(len(z)):
        p[i] /= total
        h -= p[i] * math.log(p[i])
    return h


@program(lambda: (vec(4, 3), vec(3, 3, seed=1), vec(3, seed=2)))
def forward_algorithm(emit, trans, start):
    """A hidden Markov chain by logsumexp, two buffers swapped."""
    n = len(start)
    old = np.zeros(n)
    new = np.zeros(n)
    for j in range(n):
        old[j] = start[j] + emit[0, j]
    for t in range(1, emit.shape[0]):
        for j in range(n):
            s = 0.0
            for i in range(n):
                s += math.exp(old[i] + trans[i, j])
            new[j] = math.log(s) + emit[t, j]
        old, new = new, old
    s = 0.0
    for j in range(n):
        s += math.exp(old[j])
    return math.log(s)


@program(lambda: (vec(4, 3), vec(3, 3, seed=1)))
def viterbi(emit, trans):
    """The best path by dynamic programming."""
    steps, n = emit.shape
    score = np.zeros((steps, n))
    for j in range(n):
        score[0, j] = emit[0, j]
    for t in range(1, steps):
        for j in range(n):
            best = score[t - 1, 0] + trans[0, j]
            for i in range(1, n):
                best = max(best, score[t - 1, i] + trans[i, j])
            score[t, j] = best + emit[t, j]
    best = score[steps - 1, 0]
    for j in range(1, n):
        best = max(best, score[steps - 1, j])
    return best


@program(lambda: (vec(5), vec(6, seed=1)))
def dynamic_time_warping(a, b):
    """A table filled by the minimum of three neighbours."""
    d = np.full((len(a) + 1, len(b) + 1), 1e9)
    d[0, 0] = 0.0
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = (a[i - 1] - b[j - 1]) ** 2
            d[i, j] = cost + min(d[i - 1, j], d[i, j - 1], d[i - 1, j - 1])
    return d[len(a), len(b)]


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


@program(lambda: (vec(4, 2), vec(4, 2, seed=1), vec(4, seed=2), vec(3, seed=3)))
def lstm_like(w, u, b, x):
    """Gates over a sequence; hidden state and cell are carried in arrays."""
    h = np.zeros(2)
    c = np.zeros(2)
    for t in range(len(x)):
        mean = 0.5 * (h[0] + h[1])
        for k in range(2):
            i = sigmoid(w[0, k] * x[t] + u[0, k] * h[k] + b[0])
            f = sigmoid(w[1, k] * x[t] + u[1, k] * mean + b[1])
            o = sigmoid(w[2, k] * x[t] + u[2, k] * h[k] + b[2])
            g = math.tanh(w[3, k] * x[t] + u[3, k] * h[k] + b[3])
            c[k] = f * c[k] + i * g
            h[k] = o * math.tanh(c[k])
    return h[0] * h[1] + c[0]


@program(lambda: (vec(3, 2), vec(3, seed=1), vec(2, 3, seed=2), vec(2, seed=3), vec(2, seed=4), 1))
def perceptron_cross_entropy(w1, b1, w2, b2, x, label):
    """Two layers, then softmax and cross-entropy."""
    hidden = np.empty(3)
    for i in range(3):
        t = b1[i]
        for j in range(2):
            t += w1[i, j] * x[j]
        hidden[i] = math.tanh(t)
    s = 0.0
    chosen = 0.0
    for i in range(2):
        t = b2[i]
        for j in range(3):
            t += w2[i, j] * hidden[j]
        if i == label:
            chosen = t
        s += math.exp(t)
    return math.log(s) - chosen


@program(lambda: (vec(5, 3),))
def pair_energy(r):
    """The n-body energy."""
    e = 0.0
    for i in range(r.shape[0]):
        for j in range(i + 1, r.shape[0]):
            d = 0.01
            for k in range(3):
                t = r[i, k] - r[j, k]
                d += t * t
            e -= 1.0 / math.sqrt(d)
    return e


@program(lambda: (vec(8), vec(3, seed=1), np.array([0.0, 1.0] * 4)))
def logistic_regression(x, w, y):
    """A loss over rows of two features and a bias."""
    s = 0.0
    for i in range(len(y)):
        z = w[0] + w[1] * x[i] + w[2] * x[i] * x[i]
        s += math.log1p(math.exp(z)) - y[i] * z
    return s / len(y)


@program(lambda: (0.5, 0.2, 10, 12345))
def random_walk(x, sigma, steps, seed):
    """A linear congruential generator in ints drives the floats."""
    state = seed
    for _ in range(steps):
        state = (1103515245 * state + 12345) % 2147483648
        noise = state / 2147483648.0 - 0.5
        x = x + sigma * noise * x
    return x * x


@program(lambda: (1.2, 0.6))
def kepler_newton(mean, ecc):
    """A fixed number of Newton steps."""
    e = mean
    for _ in range(6):
        e = e - (e - ecc * math.sin(e) - mean) / (1.0 - ecc * math.cos(e))
    return e


@program(lambda: (0.7, 1.1))
def secant_iteration(a, b):
    """Two points carried, trips from data."""
    x0, x1 = a, b
    f0 = x0 * x0 - 2.0 * a
    n = 0
    while abs(x1 - x0) > 1e-6 and n < 30:
        f1 = x1 * x1 - 2.0 * a
        x0, x1, f0 = x1, x1 - f1 * (x1 - x0) / (f1 - f0), f1
        n += 1
    return x1


@program(lambda: (1.0, 0.3, 40))
def leapfrog(q, p, steps):
    """A symplectic integrator of a pendulum."""
    h = 0.1
    p = p - 0.5 * h * math.sin(q)
    for _ in range(steps):
        q = q + h * p
        p = p - h * math.sin(q)
    return 0.5 * p * p - math.cos(q)


@program(lambda: (0.02, 0.3, 1.0, 4))
def binomial_option(rate, vol, spot, n):
    """A tree rolled back in one array."""
    up = math.exp(vol * 0.5)
    p = (math.exp(rate * 0.25) - 1.0 / up) / (up - 1.0 / up)
    v = np.zeros(n + 1)
    for i in range(n + 1):
        v[i] = max(spot * up ** (2 * i - n) - 0.9, 0.0)
    for t in range(n - 1, -1, -1):
        for i in range(t + 1):
            v[i] = math.exp(-rate * 0.25) * (p * v[i + 1] + (1.0 - p) * v[i])
    return v[0]


@program(lambda: (1.0, 1.05, 0.2, 0.03))
def black_scholes(spot, strike, vol, rate):
    """`erf` in a closed form."""
    d1 = (math.log(spot / strike) + (rate + 0.5 * vol * vol)) / vol
    d2 = d1 - vol
    n1 = 0.5 * (1.0 + math.erf(d1 / math.sqrt(2.0)))
    n2 = 0.5 * (1.0 + math.erf(d2 / math.sqrt(2.0)))
    return spot * n1 - strike * math.exp(-rate) * n2


@program(lambda: (vec(6, 4), 3))
def heat_steps(u0, steps):
    """Explicit steps with two buffers, copied."""
    n, m = u0.shape
    u = u0.copy()
    v = u0.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                lap = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j]
                v[i, j] = u[i, j] + 0.1 * lap * (1.0 + u[i, j])
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                u[i, j] = v[i, j]
    return u


@program(lambda: (vec(8), 0.6))
def exponential_moving_average(x, a):
    """A filter forwards, then backwards over its own result."""
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = a * y[i] + (1.0 - a) * y[i - 1]
    for i in range(len(y) - 2, -1, -1):
        y[i] = a * y[i] + (1.0 - a) * y[i + 1]
    return y


@program(lambda: (vec(3, 4), vec(4, 2, seed=1)))
def matrix_product(a, b):
    """Three loops."""
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return c


@program(lambda: (spd(3), 6))
def power_iteration(a, steps):
    """Normalised products, the vector overwritten."""
    n = a.shape[0]
    v = np.ones(n)
    w = np.zeros(n)
    norm = 1.0
    for _ in range(steps):
        norm = 0.0
        for i in range(n):
            w[i] = 0.0
            for j in range(n):
                w[i] += a[i, j] * v[j]
            norm += w[i] * w[i]
        norm = math.sqrt(norm)
        for i in range(n):
            v[i] = w[i] / norm
    return norm


@program(lambda: (vec(6), 0.3))
def smooth_minimum(x, t):
    """log-sum-exp of the negatives."""
    m = x[0]
    for v in x:
        if v < m:
            m = v
    s = 0.0
    for v in x:
        s += math.exp((m - v) / t)
    return m - t * math.log(s)


@program(lambda: (pos(4), 2.2))
def linear_interpolation(y, t):
    """An index from the data, a weight from the data."""
    i = int(t)
    w = t - i
    return (1.0 - w) * y[i] + w * y[i + 1]


@program(lambda: (vec(5), np.array([-0.9, -0.4, 0.1, 0.3, 0.8]), 0.2))
def search_then_interpolate(y, knots, t):
    """Bisection over a sorted table, then a line."""
    lo = 0
    hi = len(knots) - 1
    while hi - lo > 1:
        mid = (lo + hi) // 2
        if knots[mid] > t:
            hi = mid
        else:
            lo = mid
    w = (t - knots[lo]) / (knots[hi] - knots[lo])
    return y[lo] * (1.0 - w) + y[hi] * w


@program(lambda: (vec(3), vec(3, seed=1)))
def cross_and_dot(a, b):
    """Small vectors by name."""
    x = a[1] * b[2] - a[2] * b[1]
    y = a[2] * b[0] - a[0] * b[2]
    z = a[0] * b[1] - a[1] * b[0]
    return math.sqrt(x * x + y * y + z * z) + a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
