"""Log-likelihood of a Gaussian mixture with full precision factors."""

import math

import numpy as np

from benchmarks.case import Args, Case


def mixture(alpha, mean, log_diag, lower, x):
    n, d = x.shape
    k = alpha.size
    diag = np.empty((k, d))
    offset = np.empty(k)
    for c in range(k):
        offset[c] = alpha[c]
        for p in range(d):
            diag[c, p] = math.exp(log_diag[c, p])
            offset[c] += log_diag[c, p]
    term = np.empty(k)
    total = 0.0
    for i in range(n):
        for c in range(k):
            square = 0.0
            for p in range(d):
                z = diag[c, p] * (x[i, p] - mean[c, p])
                for q in range(p):
                    z += lower[c, p, q] * (x[i, q] - mean[c, q])
                square += z * z
            term[c] = offset[c] - 0.5 * square
        largest = term[0]
        for c in range(1, k):
            if term[c] > largest:
                largest = term[c]
        scaled = 0.0
        for c in range(k):
            scaled += math.exp(term[c] - largest)
        total += largest + math.log(scaled)
    return total


def mixture_by_hand(alpha, mean, log_diag, lower, x):
    n, d = x.shape
    k = alpha.size
    diag = np.empty((k, d))
    offset = np.empty(k)
    for c in range(k):
        offset[c] = alpha[c]
        for p in range(d):
            diag[c, p] = math.exp(log_diag[c, p])
            offset[c] += log_diag[c, p]
    alpha_bar = np.zeros(k)
    mean_bar = np.zeros((k, d))
    diag_bar = np.zeros((k, d))
    lower_bar = np.zeros((k, d, d))
    term = np.empty(k)
    z = np.empty((k, d))
    total = 0.0
    for i in range(n):
        for c in range(k):
            square = 0.0
            for p in range(d):
                s = diag[c, p] * (x[i, p] - mean[c, p])
                for q in range(p):
                    s += lower[c, p, q] * (x[i, q] - mean[c, q])
                square += s * s
                z[c, p] = s
            term[c] = offset[c] - 0.5 * square
        largest = term[0]
        for c in range(1, k):
            if term[c] > largest:
                largest = term[c]
        scaled = 0.0
        for c in range(k):
            term[c] = math.exp(term[c] - largest)
            scaled += term[c]
        total += largest + math.log(scaled)
        for c in range(k):
            weight = term[c] / scaled
            alpha_bar[c] += weight
            for p in range(d):
                z_bar = -weight * z[c, p]
                diag_bar[c, p] += z_bar * (x[i, p] - mean[c, p])
                mean_bar[c, p] -= z_bar * diag[c, p]
                for q in range(p):
                    lower_bar[c, p, q] += z_bar * (x[i, q] - mean[c, q])
                    mean_bar[c, q] -= z_bar * lower[c, p, q]
    log_diag_bar = np.empty((k, d))
    for c in range(k):
        for p in range(d):
            log_diag_bar[c, p] = diag_bar[c, p] * diag[c, p] + alpha_bar[c]
    return total, alpha_bar, mean_bar, log_diag_bar, lower_bar


def arrays(xp, alpha, mean, log_diag, lower, x):
    d = x.shape[1]
    factor = xp.tril(lower, -1) + xp.exp(log_diag)[:, :, None] * xp.eye(d)
    z = xp.einsum("kpq,nkq->nkp", factor, x[:, None, :] - mean)
    term = alpha + xp.sum(log_diag, 1) - 0.5 * xp.sum(z * z, 2)
    largest = xp.amax(term, 1)
    return xp.sum(largest + xp.log(xp.sum(xp.exp(term - largest[:, None]), 1)))


def in_torch(torch, alpha, mean, log_diag, lower, x):
    factor = torch.tril(lower, -1) + torch.diag_embed(torch.exp(log_diag))
    z = torch.einsum("kpq,nkq->nkp", factor, x[:, None, :] - mean)
    term = alpha + torch.sum(log_diag, 1) - 0.5 * torch.sum(z * z, 2)
    return torch.sum(torch.logsumexp(term, 1))


def inputs(n: int, d: int, k: int) -> Args:
    rng = np.random.default_rng(6)
    return (
        rng.standard_normal(k),
        rng.standard_normal((k, d)),
        0.3 * rng.standard_normal((k, d)),
        0.3 * rng.standard_normal((k, d, d)),
        rng.standard_normal((n, d)),
    )


MIXTURE = Case(
    name="mixture",
    primal=mixture,
    argnums=(0, 1, 2, 3),
    inputs=inputs,
    sizes={"full": (1000, 10, 25), "quick": (50, 5, 8), "tiny": (4, 3, 2)},
    hand=mixture_by_hand,
    arrays=arrays,
    torch=in_torch,
    target=4.0,
)
