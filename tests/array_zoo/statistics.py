"""Statistics, losses, distances and kernels."""

import math

import numpy as np

from tests.array_checks import pos, programs, vec

program = programs()


@program((vec(5),), (vec(1),), (vec(8)[::-2],))
def standardised(x):
    return (x - np.mean(x)) / np.sqrt(np.mean((x - np.mean(x)) ** 2) + 0.1)


@program((vec(5, 3),), (vec(2, 1),), (np.asfortranarray(vec(3, 4)),))
def standardised_columns(x):
    mu = x.mean(axis=0)
    sigma = np.sqrt(((x - mu) ** 2).mean(axis=0) + 1e-3)
    return (x - mu) / sigma


@program((vec(6, 3),), (vec(2, 2),))
def covariance_matrix(x):
    centred = x - np.mean(x, axis=0)
    return centred.T @ centred / (x.shape[0] - 1)


@program((vec(6, 3),))
def correlation_matrix(x):
    centred = x - np.mean(x, axis=0)
    cov = centred.T @ centred / (x.shape[0] - 1)
    d = np.sqrt(np.diag(cov))
    return cov / np.outer(d, d)


@program((vec(5), vec(5, seed=1)))
def pearson(x, y):
    a = x - x.mean()
    b = y - y.mean()
    return np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))


@program((vec(6),))
def skewness(x):
    d = x - np.mean(x)
    m2 = np.mean(d**2)
    m3 = np.mean(d**3)
    return m3 / m2**1.5


@program((vec(5), pos(5, seed=1)), (vec(1), pos(1)))
def weighted_mean_and_variance(x, w):
    total = np.sum(w)
    mean = np.sum(w * x) / total
    var = np.sum(w * (x - mean) ** 2) / total
    return mean, var


@program((vec(4), vec(4, seed=1)), (vec(0), vec(0)))
def mean_squared_error(p, t):
    return np.sum((p - t) ** 2) / max(len(p), 1)


@program((vec(5), vec(5, seed=1)))
def huber(p, t):
    r = np.abs(p - t)
    return np.mean(np.where(r < 0.5, 0.5 * r**2, 0.5 * (r - 0.25)))


@program((vec(5), vec(5, seed=1)), (vec(3, 2), vec(3, 2, seed=1)))
def log_cosh(p, t):
    d = p - t
    return np.sum(d + np.log(1.0 + np.exp(-2.0 * d)) - math.log(2.0))


@program((vec(5), np.array([1.0, 0.0, 1.0, 1.0, 0.0])))
def binary_cross_entropy(z, t):
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(t * np.log(p) + (1.0 - t) * np.log(1.0 - p))


@program((vec(5), np.array([1, 0, 1, 1, 0])), (vec(1), np.array([1])))
def stable_cross_entropy(z, t):
    return np.mean(np.maximum(z, 0.0) - z * t + np.log(1.0 + np.exp(-np.abs(z))))


@program((vec(5), np.array([1.0, -1.0, 1.0, 1.0, -1.0])))
def hinge(z, t):
    return np.sum(np.maximum(0.0, 0.7 - t * z))


@program((vec(4, 3), np.array([0, 2, 1, 2])), (vec(1, 2), np.array([1])))
def softmax_cross_entropy(z, label):
    shifted = z - np.max(z, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    total = 0.0
    for i in range(z.shape[0]):
        total -= logp[i, label[i]]
    return total / z.shape[0]


@program((vec(5),), (vec(1),), (vec(2, 3),))
def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


@program((vec(5),))
def entropy(x):
    p = np.exp(x) / np.sum(np.exp(x))
    return -np.sum(p * np.log(p))


@program((pos(4), pos(4, seed=1)))
def kullback_leibler(p, q):
    p = p / p.sum()
    q = q / q.sum()
    return np.sum(p * np.log(p / q))


@program((vec(5, 2),), (vec(2, 3),))
def pairwise_distances(x):
    d = x[:, None, :] - x[None, :, :]
    return np.sqrt(np.sum(d * d, axis=2) + 1e-3)


@program((vec(4, 2), vec(3, 2, seed=1)), (vec(1, 2), vec(3, 2)))
def squared_distances_by_products(x, y):
    return np.sum(x**2, axis=1)[:, None] + np.sum(y**2, axis=1) - 2.0 * (x @ y.T)


@program((vec(4, 2), 0.7, 1.3), (vec(1, 2), 0.7, 1.3))
def gaussian_kernel(x, length, amplitude):
    d = x[:, None, :] - x[None, :, :]
    k = amplitude**2 * np.exp(-0.5 * np.sum(d * d, axis=2) / length**2)
    return k + 1e-3 * np.eye(x.shape[0])


@program((vec(4), vec(3, seed=1), 0.8))
def matern_kernel(x, y, length):
    r = np.abs(x[:, None] - y[None, :]) / length
    a = math.sqrt(3.0) * r
    return (1.0 + a) * np.exp(-a)


@program((vec(3), vec(3, seed=1), 0.8))
def periodic_kernel(x, y, period):
    s = np.sin(np.pi * (x[:, None] - y) / period)
    return np.exp(-2.0 * s * s)


@program((vec(4), vec(4, seed=1)), (vec(2, 3), vec(3, seed=1)), (vec(4), 0.3))
def cosine_similarity(x, y):
    return np.sum(x * y) / (np.sqrt(np.sum(x * x)) * np.sqrt(np.sum(y * y) + 0.1))


@program((vec(6),), (vec(2),))
def autocorrelation(x):
    d = x - x.mean()
    out = np.zeros(len(x))
    for lag in range(len(x)):
        out[lag] = np.sum(d[lag:] * d[: len(x) - lag])
    return out / np.sum(d * d)


@program((vec(7), 3), (vec(3), 3), (vec(2), 2))
def moving_average(x, w):
    out = np.zeros(len(x) - w + 1)
    for k in range(w):
        out += x[k : len(x) - w + 1 + k]
    return out / w


@program((vec(7), 3))
def moving_average_by_sums(x, w):
    c = np.zeros(len(x) + 1)
    c[1:] = np.cumsum(x)
    return (c[w:] - c[:-w]) / w


@program((vec(6), 0.3), (vec(1), 0.3))
def exponential_average(x, alpha):
    y = np.empty_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = alpha * x[i] + (1.0 - alpha) * y[i - 1]
    return y


@program((vec(6),))
def total_variation(x):
    return np.sum(np.abs(x[1:] - x[:-1]))


@program((vec(4, 5),))
def total_variation_of_images(u):
    dx = u[1:, :-1] - u[:-1, :-1]
    dy = u[:-1, 1:] - u[:-1, :-1]
    return np.sum(np.sqrt(dx * dx + dy * dy + 1e-3))


@program((vec(5, 2), vec(2, seed=1), pos(2, seed=2)))
def gaussian_log_likelihood(x, mu, sigma):
    z = (x - mu) / sigma
    return -0.5 * np.sum(z * z) - x.shape[0] * np.sum(np.log(sigma))


@program((vec(5), vec(3, seed=1), vec(3, seed=2), pos(3, seed=3)))
def mixture_log_likelihood(x, logits, mu, sigma):
    logw = logits - np.log(np.sum(np.exp(logits)))
    total = 0.0
    for i in range(len(x)):
        lp = logw - np.log(sigma) - 0.5 * ((x[i] - mu) / sigma) ** 2
        m = lp.max()
        total += m + np.log(np.exp(lp - m).sum())
    return total


@program((vec(6, 2), vec(3, 2, seed=1)))
def k_means_cost(x, c):
    d = x[:, None, :] - c[None, :, :]
    return np.sum(np.min(np.sum(d * d, axis=2), axis=1))


@program((vec(6, 2), vec(3, 2, seed=1)))
def k_means_step(x, c):
    new = np.zeros_like(c)
    count = np.zeros(c.shape[0])
    for i in range(x.shape[0]):
        d = np.sum((c - x[i]) ** 2, axis=1)
        k = np.argmin(d)
        new[k] += x[i]
        count[k] += 1.0
    return new / np.maximum(count, 1.0)[:, None]


@program((vec(6), np.array([0, 2, 2, 1, 0, 2])))
def group_means(x, group):
    total = np.zeros(3)
    count = np.zeros(3)
    for i in range(len(x)):
        total[group[i]] += x[i]
        count[group[i]] += 1
    return total / count


@program((vec(7),), (vec(1),))
def trapezoid_rule(y):
    return 0.1 * (np.sum(y) - 0.5 * (y[0] + y[-1]))


@program((vec(7),))
def simpson(y):
    return (y[0] + y[-1] + 4.0 * np.sum(y[1:-1:2]) + 2.0 * np.sum(y[2:-1:2])) / 3.0


@program((vec(5), 0.7), (vec(0), 0.7))
def horner(c, t):
    s = 0.0
    for a in c[::-1]:
        s = s * t + a
    return s


@program((vec(3), vec(4, seed=1)))
def vandermonde(c, t):
    out = np.zeros((len(t), len(c)))
    column = np.ones_like(t)
    for k in range(len(c)):
        out[:, k] = column
        column = column * t
    return out @ c


@program((vec(4, 3), vec(3, seed=1), vec(4, seed=2), 0.1))
def ridge_loss(x, w, y, lam):
    r = x @ w - y
    return r @ r / len(y) + lam * w @ w


@program((vec(4, 3), vec(3, seed=1), vec(4, seed=2)))
def ridge_gradient_descent(x, w, y):
    for _ in range(3):
        r = x @ w - y
        w = w - 0.1 * (x.T @ r) / len(y)
    return w


@program((vec(4, 3), vec(3, seed=1), np.array([0, 3, 1, 2])))
def poisson_regression(x, w, counts):
    eta = x @ w
    return np.sum(np.exp(eta) - counts * eta)


@program((vec(6),))
def centred_ranks(x):
    below = np.sum(x[:, None] > x[None, :], axis=1)
    return x * below


@program((vec(5),), (vec(2),))
def soft_ranks(x):
    return np.sum(1.0 / (1.0 + np.exp((x[None, :] - x[:, None]) / 0.1)), axis=1)


@program((vec(5), vec(5, seed=1)))
def triplet_margins(a, b):
    gap = a - b + 0.2
    active = gap > 0
    return np.sum(gap[active]) / max(np.sum(active), 1)


@program((vec(4, 3),), (vec(1, 1),))
def geometric_mean_of_rows(x):
    return np.exp(np.mean(np.log(np.abs(x) + 0.1), axis=1))


@program((vec(6),), (vec(2, 3),))
def generalised_means(x):
    y = np.abs(x) + 0.1
    return np.mean(y**3) ** (1 / 3), 1.0 / np.mean(1.0 / y), np.prod(y) ** (1.0 / y.size)
