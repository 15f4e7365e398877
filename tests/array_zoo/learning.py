"""Layers of neural networks and what trains them, written with arrays."""

import numpy as np

from tests.array_checks import pos, programs, vec

program = programs()


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def relu(x):
    return np.maximum(x, 0.0)


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


@program((vec(4, 3), vec(3, 2, seed=1), vec(2, seed=2)), (vec(1, 1), vec(1, 1), vec(1)))
def dense(x, w, b):
    return relu(x @ w + b)


@program((vec(3), vec(4, 3, seed=1), vec(4, seed=2), vec(4, seed=3)))
def one_sample(x, w, b, v):
    h = np.tanh(w @ x + b)
    return v @ h


@program((vec(4, 3), vec(3, seed=1), vec(3, seed=2)), (vec(2, 1), vec(1), vec(1)))
def batch_norm(x, gamma, beta):
    mu = np.mean(x, axis=0)
    var = np.mean((x - mu) ** 2, axis=0)
    return gamma * (x - mu) / np.sqrt(var + 1e-2) + beta


@program((vec(4, 3), vec(3, seed=1), vec(3, seed=2)))
def layer_norm(x, gamma, beta):
    mu = x.mean(axis=-1, keepdims=True)
    var = ((x - mu) ** 2).mean(axis=-1, keepdims=True)
    return gamma * (x - mu) / np.sqrt(var + 1e-2) + beta


@program((vec(4, 3), np.array([True, False, True, True])))
def dropout_by_mask(x, keep):
    return np.sum(np.where(keep[:, None], x / 0.75, 0.0) ** 2)


@program((vec(2, 3), vec(2, 3, seed=1), vec(2, 3, seed=2)), (vec(1, 2), vec(4, 2), vec(4, 2)))
def attention(q, k, v):
    return softmax(q @ k.T / np.sqrt(q.shape[1])) @ v


@program((vec(3, 2), vec(3, 2, seed=1), vec(3, 2, seed=2)))
def causal_attention(q, k, v):
    s = q @ k.T
    n = s.shape[0]
    for i in range(n):
        s[i, i + 1 :] = -20.0
    return softmax(s) @ v


@program((vec(2, 3, 2), vec(2, 3, 2, seed=1)))
def heads(q, k):
    out = np.zeros((q.shape[0], q.shape[1], q.shape[1]))
    for h in range(q.shape[0]):
        out[h] = softmax(q[h] @ k[h].T)
    return out


@program((vec(5, 5), vec(3, 3, seed=1)), (vec(3, 4), vec(3, 3, seed=1)), (vec(2, 2), vec(1, 2)))
def convolution_by_slices(x, k):
    n, m = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    out = np.zeros((n, m))
    for i in range(k.shape[0]):
        for j in range(k.shape[1]):
            out += k[i, j] * x[i : i + n, j : j + m]
    return out


@program((vec(2, 4, 4), vec(2, 2, 3, 3, seed=1), vec(2, seed=2)))
def convolution_layer(x, w, b):
    out = np.zeros((2, 2, 2))
    for o in range(w.shape[0]):
        for i in range(2):
            for j in range(2):
                out[o, i, j] = np.sum(w[o] * x[:, i : i + 3, j : j + 3]) + b[o]
    return relu(out)


@program((vec(6), vec(3, seed=1)))
def convolution_1d(x, k):
    out = np.empty(len(x) - len(k) + 1)
    for i in range(len(out)):
        out[i] = x[i : i + len(k)] @ k
    return out


@program((vec(4, 4),), (vec(2, 2),))
def max_pool(x):
    out = np.empty((x.shape[0] // 2, x.shape[1] // 2))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.max(x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2])
    return out


@program((vec(4, 6),))
def average_pool_by_steps(x):
    return 0.25 * (x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2])


@program((vec(3, 3),))
def padded(x):
    p = np.zeros((x.shape[0] + 2, x.shape[1] + 2))
    p[1:-1, 1:-1] = x
    p[0, 1:-1] = x[0]
    p[:, -1] = p[:, -2]
    return p[2:, 1:-1] - p[:-2, 1:-1], p[1:-1, 2:] - p[1:-1, :-2]


@program((vec(5, 3), np.array([0, 4, 0, 2])))
def embedding(table, tokens):
    e = table[tokens]
    return np.sum(np.tanh(e), axis=0)


@program((vec(4, 2), vec(3, 2, seed=1), vec(3, 3, seed=2), vec(3, seed=3)))
def recurrent(xs, wx, wh, b):
    h = np.zeros(3)
    for x in xs:
        h = np.tanh(wx @ x + wh @ h + b)
    return h


@program((vec(3, 2), vec(2, 8, seed=1), vec(2, 8, seed=2), vec(8, seed=3)))
def lstm(xs, wx, wh, b):
    h = np.zeros(2)
    c = np.zeros(2)
    for t in range(xs.shape[0]):
        z = xs[t] @ wx + h @ wh + b
        i, f, o, g = sigmoid(z[:2]), sigmoid(z[2:4]), sigmoid(z[4:6]), np.tanh(z[6:])
        c = f * c + i * g
        h = o * np.tanh(c)
    return h, c


@program((vec(3, 2), vec(2, 2, seed=1), vec(2, 2, seed=2), vec(2, 2, seed=3)))
def gru(xs, wz, wr, wn):
    h = np.zeros(2)
    for x in xs:
        z = sigmoid(x @ wz + h)
        r = sigmoid(x @ wr - h)
        n = np.tanh(x @ wn + r * h)
        h = (1.0 - z) * n + z * h
    return np.sum(h * h)


@program((vec(4, 2), vec(2, 3, seed=1), vec(3, seed=2), np.array([0, 2, 1, 1])))
def classifier_loss(x, w, b, label):
    p = softmax(x @ w + b)
    loss = 0.0
    for i in range(len(label)):
        loss -= np.log(p[i, label[i]])
    return loss / len(label) + 0.01 * np.sum(w**2)


@program((vec(4, 2), vec(2, 3, seed=1), np.array([0, 2, 1, 1])))
def one_hot_loss(x, w, label):
    target = np.zeros((4, 3))
    target[np.arange(4), label] = 1.0
    return -np.sum(target * np.log(softmax(x @ w)))


@program((vec(3), vec(3, seed=1), 3))
def gradient_descent_with_momentum(w, target, n):
    v = np.zeros_like(w)
    for _ in range(n):
        g = 2.0 * (w - target)
        v = 0.9 * v - 0.1 * g
        w = w + v
    return np.sum((w - target) ** 2)


@program((vec(3), vec(3, seed=1), 3))
def adam(w, target, n):
    m = np.zeros_like(w)
    s = np.zeros_like(w)
    for t in range(n):
        g = 2.0 * (w - target)
        m = 0.9 * m + 0.1 * g
        s = 0.99 * s + 0.01 * g * g
        mh = m / (1.0 - 0.9 ** (t + 1))
        sh = s / (1.0 - 0.99 ** (t + 1))
        w = w - 0.1 * mh / (np.sqrt(sh) + 1e-3)
    return w


@program((vec(3), vec(3, seed=1)))
def momentum_in_place(w, g):
    v = np.zeros(3)
    for _ in range(3):
        v *= 0.9
        v += g * w
        w -= 0.1 * v


@program((vec(3, 4), vec(4, 3, seed=1)))
def autoencoder(x, w):
    h = sigmoid(x @ w)
    out = h @ w.T
    return np.mean((out - x) ** 2)


@program((vec(4), vec(4, seed=1), vec(4, seed=2)))
def variational_loss(mu, logvar, noise):
    z = mu + np.exp(0.5 * logvar) * noise
    kl = -0.5 * np.sum(1.0 + logvar - mu**2 - np.exp(logvar))
    return np.sum(np.sin(z)) + kl


@program((vec(3, 2), vec(3, 2, seed=1), 0.5))
def contrastive(a, b, temperature):
    a = a / np.sqrt(np.sum(a * a, axis=1, keepdims=True))
    b = b / np.sqrt(np.sum(b * b, axis=1, keepdims=True))
    s = a @ b.T / temperature
    lse = np.log(np.sum(np.exp(s), axis=1))
    return np.mean(lse - np.diag(s))


@program((vec(4, 3), vec(4, 4, seed=1)))
def graph_layer(x, weights):
    adj = np.exp(weights) + np.eye(4)
    d = 1.0 / np.sqrt(np.sum(adj, axis=1))
    return relu((d[:, None] * adj * d[None, :]) @ x)


@program((vec(5, 2), np.array([0, 1, 2, 3, 0]), np.array([1, 2, 3, 4, 4])))
def messages_on_edges(x, source, target):
    out = np.zeros_like(x)
    for e in range(len(source)):
        out[target[e]] += np.tanh(x[source[e]] - x[target[e]])
    return out


@program((vec(5), np.array([0, 1, 1, 4]), vec(4, seed=1)))
def scatter_add_of_messages(x, target, m):
    out = np.zeros_like(x)
    out += x * 0.5
    for e in range(len(target)):
        out[target[e]] += m[e] * x[target[e]]
    return out


@program((vec(4, 3), 4))
def sinusoidal_positions(x, n):
    position = np.arange(n)[:, None]
    rate = np.exp(-np.arange(3) * 0.5)
    return x + np.sin(position * rate)


@program((vec(3, 4),))
def gated_linear_unit(x):
    a, b = x[:, :2], x[:, 2:]
    return a * sigmoid(b)


@program((vec(2, 4),))
def rotary(x):
    even, odd = x[:, ::2], x[:, 1::2]
    angle = np.arange(2)[:, None] * np.array([1.0, 0.1])
    out = np.empty_like(x)
    out[:, ::2] = even * np.cos(angle) - odd * np.sin(angle)
    out[:, 1::2] = even * np.sin(angle) + odd * np.cos(angle)
    return out


@program((vec(5),), (vec(2, 3),))
def activations(x):
    gelu = 0.5 * x * (1.0 + np.tanh(0.8 * (x + 0.04 * x**3)))
    elu = np.where(x > 0, x, np.exp(x) - 1.0)
    swish = x * sigmoid(x)
    leaky = np.maximum(0.1 * x, x)
    softplus = np.log(1.0 + np.exp(x))
    return gelu + elu, swish * leaky, softplus


@program((vec(2, 2), 0.1, 3))
def residual_blocks(x, scale, n):
    for _ in range(n):
        x = x + scale * np.tanh(x @ x.T)
    return x


@program((vec(3, 2), pos(3, seed=1)))
def weighted_samples(x, w):
    w = w / np.sum(w)
    mean = w @ x
    d = x - mean
    return mean, (w[:, None] * d).T @ d


@program((vec(4), 0.3))
def quantile_loss(e, tau):
    return np.mean(np.maximum(tau * e, (tau - 1.0) * e))


@program((vec(3, 3),))
def gram_loss(f):
    g = f.T @ f / f.size
    return np.sum((g - np.eye(3)) ** 2)


@program((vec(4, 2), vec(2, seed=1), np.array([0, 1, 0, 1])), (vec(1, 2), vec(2), np.array([1])))
def logistic_by_rows(x, w, y):
    total = 0.0
    for row, label in zip(x, y):  # noqa: B905
        z = np.sum(row * w)
        total += np.log(1.0 + np.exp(-z)) + (1 - label) * z
    return total


@program((vec(6), 3))
def policy_returns(r, n):
    g = np.zeros_like(r)
    acc = 0.0
    for k in range(len(r) - 1, -1, -1):
        acc = r[k] + 0.9 * acc
        g[k] = acc
    return (g - g.mean()) / (np.std(g) + 0.1), np.sum(g[:n])
