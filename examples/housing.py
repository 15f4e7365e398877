"""Regression on housing data: what the price of a house depends on in 506 districts of Boston.

The data are those that mlxtend ships (`pip install mlxtend`), without the column that counts people
by race. Outliers are many, so large residuals count by their size, not by their square (Huber), and
standard errors are robust ones ("sandwich").
"""

import numpy as np
from scipy.optimize import minimize

import srcad

NAMES = (
    *("crime", "large lots", "industry", "at the river", "nitric oxides", "rooms", "built before"),
    *("distance", "highways", "tax", "pupils", "poverty"),
)
BY_RACE = 11


def losses(w, X, y, bend):
    """Return the loss of each district; w has the constant first."""
    out = np.empty(y.size)
    for i in range(y.size):
        r = w[0] - y[i]
        for j in range(X.shape[1]):
            r += w[j + 1] * X[i, j]
        if abs(r) <= bend:
            out[i] = 0.5 * r * r
        else:
            out[i] = bend * (abs(r) - 0.5 * bend)
    return out


def loss(w, X, y, bend):
    return np.sum(losses(w, X, y, bend))


def fitted(X, y, bend):
    """Return the coefficients, and their standard errors."""
    s = srcad.as_scipy(loss)
    start = np.zeros(X.shape[1] + 1)
    found = minimize(s.fun, start, (X, y, bend), "trust-exact", jac=s.jac, hess=s.hess)
    spread = srcad.robust_covariance(losses)(found.x, X, y, bend)
    return found.x, np.sqrt(np.diag(spread))


def main():
    from mlxtend.data import boston_housing_data

    X, y = boston_housing_data()
    X = np.delete(X, BY_RACE, axis=1)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    order = np.random.default_rng(0).permutation(y.size)
    train, test = order[:400], order[400:]
    w, errors = fitted(X[train], y[train], bend=2.0)
    guessed = w[0] + X @ w[1:]
    print(f"off by {np.median(np.abs(guessed - y)[test]):.2f} thousand dollars in the median,")
    print(f"of prices between {y.min():.0f} and {y.max():.0f}, in {test.size} other districts")
    for k in np.argsort(-np.abs(w[1:]))[:5]:
        print(f"    {NAMES[k]:14s} {w[k + 1]:6.2f} +- {errors[k + 1]:.2f} for a standard deviation")
    return y[test], guessed[test], w[1:], errors[1:]


PANELS = 2


def draw(axes, found):
    y, guessed, w, errors = found
    axes[0].plot(y, guessed, "o", markersize=3)
    axes[0].axline((10.0, 10.0), slope=1.0, color="0.5", linewidth=0.8)
    axes[0].set(xlabel="price, thousand dollars", ylabel="predicted")
    axes[1].errorbar(w, range(w.size), xerr=2.0 * errors, fmt="o", markersize=4)
    axes[1].axvline(0.0, color="0.5", linewidth=0.8)
    axes[1].set_yticks(range(w.size), NAMES)
    axes[1].set_xlabel("change of the price, with twice the standard error")


if __name__ == "__main__":
    main()
