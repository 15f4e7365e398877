"""A multilayer perceptron in NumPy: cross-entropy on handwritten digits, with Adam.

The digits are those that scikit-learn ships (`pip install scikit-learn`).
"""

import numpy as np

import srcad


def scores(weights, X):
    return np.tanh(X @ weights["W1"] + weights["b1"]) @ weights["W2"] + weights["b2"]


@srcad.differentiate
def loss(weights, X, labels):
    out = scores(weights, X)
    top = np.max(out, axis=1)
    scale = np.sum(np.exp(out - top[:, None]), axis=1)
    return np.mean(top + np.log(scale) - out[np.arange(labels.size), labels])


def start(rng, sizes):
    first, hidden, last = sizes
    return {
        "W1": rng.normal(size=(first, hidden)) / np.sqrt(first),
        "b1": np.zeros(hidden),
        "W2": rng.normal(size=(hidden, last)) / np.sqrt(hidden),
        "b2": np.zeros(last),
    }


def train(weights, X, labels, steps, rate=0.01):
    """Change the weights by Adam; return the losses."""
    value_and_grad = srcad.value_and_grad(loss)
    first = {name: np.zeros_like(w) for name, w in weights.items()}
    second = {name: np.zeros_like(w) for name, w in weights.items()}
    losses = []
    for step in range(1, steps + 1):
        value, bars = value_and_grad(weights, X, labels)
        losses.append(value)
        for name, w in weights.items():
            first[name] += 0.1 * (bars[name] - first[name])
            second[name] += 0.001 * (bars[name] ** 2 - second[name])
            corrected = np.sqrt(second[name] / (1.0 - 0.999**step)) + 1e-8
            w -= rate * first[name] / (1.0 - 0.9**step) / corrected
    return losses


def main(steps=200):
    from sklearn.datasets import load_digits

    data = load_digits()
    order = np.random.default_rng(0).permutation(data.target.size)
    X, labels = data.data[order] / 16.0, data.target[order]
    weights = start(np.random.default_rng(1), (64, 32, 10))
    losses = train(weights, X[:1400], labels[:1400], steps)
    guessed = np.argmax(scores(weights, X[1400:]), axis=1)
    print(f"loss {losses[0]:.3f} at first, {losses[-1]:.4f} after {steps} steps")
    print(f"right about {np.mean(guessed == labels[1400:]):.1%} of digits it has not seen")
    return losses, X[1400:], guessed


PANELS = 2


def draw(axes, found):
    losses, X, guessed = found
    axes[0].semilogy(losses)
    axes[0].set(xlabel="step", ylabel="loss")
    rows = [np.hstack(X[8 * k : 8 * k + 8].reshape(-1, 8, 8)) for k in range(4)]
    axes[1].imshow(np.vstack(rows), cmap="gray_r")
    for k, digit in enumerate(guessed[:32]):
        axes[1].text(8 * (k % 8) + 0.2, 8 * (k // 8) + 1.6, str(digit), color="tab:red")
    axes[1].set_axis_off()


if __name__ == "__main__":
    main()
