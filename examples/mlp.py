"""A multilayer perceptron with cross-entropy, in loops: three interleaved spirals."""

import math

import numpy as np

import srcad


def scores(row, W1, b1, W2, b2, hidden, out):
    """Fill `out` with the scores of one row of features."""
    for h in range(b1.size):
        s = b1[h]
        for j in range(row.size):
            s += row[j] * W1[j, h]
        hidden[h] = math.tanh(s)
    for k in range(b2.size):
        s = b2[k]
        for h in range(b1.size):
            s += hidden[h] * W2[h, k]
        out[k] = s


def cross_entropy(W1, b1, W2, b2, X, labels):
    hidden = np.zeros(b1.size)
    out = np.zeros(b2.size)
    total = 0.0
    for i in range(labels.size):
        scores(X[i], W1, b1, W2, b2, hidden, out)
        top = out[0]
        for k in range(1, b2.size):
            top = max(top, out[k])
        scale = 0.0
        for k in range(b2.size):
            scale += math.exp(out[k] - top)
        total += top + math.log(scale) - out[labels[i]]
    return total / labels.size


def spirals(points=60):
    """Return features (180, 2) and labels (180,): three arms that wind around each other."""
    radius = np.linspace(0.1, 1.0, points)
    arms = [3.0 * radius + 2.0 * np.pi * k / 3.0 for k in range(3)]
    X = np.vstack([np.column_stack((radius * np.cos(a), radius * np.sin(a))) for a in arms])
    return X, np.repeat(np.arange(3), points)


def accuracy(weights, X, labels):
    W1, b1, W2, b2 = weights
    return np.mean(np.argmax(np.tanh(X @ W1 + b1) @ W2 + b2, axis=1) == labels)


def main(steps=400, rate=1.0):
    X, labels = spirals()
    rng = np.random.default_rng(3)
    weights = [rng.normal(size=(2, 16)), np.zeros(16), 0.1 * rng.normal(size=(16, 3)), np.zeros(3)]
    value_and_grad = srcad.value_and_grad(cross_entropy, argnums=(0, 1, 2, 3))
    for step in range(steps + 1):
        value, bars = value_and_grad(*weights, X, labels)
        if step % 100 == 0:
            share = accuracy(weights, X, labels)
            print(f"step {step:4d}  loss {value:.4f}  accuracy {share:.2f}")
        for array, bar in zip(weights, bars, strict=True):
            array -= rate * bar
    return weights


def draw(axes, weights):
    W1, b1, W2, b2 = weights
    X, labels = spirals()
    side = np.linspace(-1.1, 1.1, 200)
    points = np.stack(np.meshgrid(side, side), axis=-1)
    regions = np.argmax(np.tanh(points @ W1 + b1) @ W2 + b2, axis=-1)
    axes.contourf(
        side, side, regions, levels=[-0.5, 0.5, 1.5, 2.5], colors=["C0", "C1", "C2"], alpha=0.3
    )
    for k in range(3):
        axes.plot(*X[labels == k].T, ".", color=f"C{k}")
    axes.set_aspect("equal")


if __name__ == "__main__":
    main()
