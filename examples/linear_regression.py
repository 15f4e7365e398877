"""Linear regression: the derivative of `(<x, w> - y)**2`, and a fit with it."""

import numpy as np

import srcad


def squared_error(w, x, y):
    s = 0.0
    for j in range(w.size):
        s += x[j] * w[j]
    return (s - y) ** 2


def mean_squared_error(w, X, Y):
    total = 0.0
    for i in range(Y.size):
        total += squared_error(w, X[i], Y[i])
    return total / Y.size


def main():
    w, x, y = np.array([0.5, -1.0, 2.0]), np.array([1.0, 2.0, 3.0]), 2.0
    w_bar, x_bar, y_bar = srcad.grad(squared_error, argnums=("w", "x", "y"))(w, x, y)
    r = x @ w - y
    print(f"(<x, w> - y)**2 = {r**2}")
    print(f"by w: {w_bar}   by hand: {2.0 * r * x}")
    print(f"by x: {x_bar}   by hand: {2.0 * r * w}")
    print(f"by y: {y_bar}   by hand: {-2.0 * r}")

    rng = np.random.default_rng(2)
    truth = np.array([1.5, -2.0, 0.5])
    X = rng.normal(size=(200, 3))
    Y = X @ truth + 0.01 * rng.normal(size=200)
    value_and_grad = srcad.value_and_grad(mean_squared_error)
    w = np.zeros(3)
    for _ in range(100):
        value, w_bar = value_and_grad(w, X, Y)
        w -= 0.1 * w_bar
    print(f"after 100 steps: error {value:.1e}, w = {np.round(w, 2)}, truth {truth}")


if __name__ == "__main__":
    main()
