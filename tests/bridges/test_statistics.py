import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python

RNG = np.random.default_rng(7)
X = np.column_stack([np.ones(40), RNG.normal(size=40)])
MEAN = np.exp(X @ [0.3, 0.5])
COUNTS = RNG.poisson(MEAN).astype(float)
Y = X @ [1.0, -2.0] + RNG.normal(size=40) * (1.0 + np.abs(X[:, 1]))


@pytest.fixture(autouse=True)
def _plain():
    with as_plain_python():
        yield


def least_squares(theta, x, y):
    return 0.5 * (y - x @ theta) ** 2


def poisson(theta, x, y):
    total = 0.0
    for i in range(y.size):
        eta = 0.0
        for k in range(theta.size):
            eta += x[i, k] * theta[k]
        total += np.exp(eta) - y[i] * eta
    return total


def test_covariance_is_the_inverse_information():
    """Of a Poisson regression, the textbook's formula."""
    theta = np.array([0.2, 0.6])
    mean = np.exp(X @ theta)
    expected = np.linalg.inv((X.T * mean) @ X)
    assert np.allclose(srcad.covariance(poisson)(theta, X, COUNTS), expected)


def test_sandwich_is_whites():
    """Of least squares, HC0; with clusters, their sums."""
    theta = np.linalg.lstsq(X, Y, rcond=None)[0]
    bread, residuals = np.linalg.inv(X.T @ X), Y - X @ theta
    robust = srcad.robust_covariance(least_squares)
    scores = X * residuals[:, None]
    assert np.allclose(robust(theta, X, Y), bread @ (scores.T @ scores) @ bread)
    labels = np.repeat(list("abcdefgh"), 5)
    sums = scores.reshape(8, 5, 2).sum(axis=1)
    found = robust(theta, X, Y, clusters=labels)
    assert np.allclose(found, bread @ (sums.T @ sums) @ bread)


def test_parameters_of_different_sizes():
    """Scales of parameters lose no digits."""
    scale = np.array([1e-6, 1e7])
    found = srcad.covariance(lambda t, s: np.sum((t / s) ** 2))(scale, scale)
    assert np.allclose(np.diag(found), 0.5 * scale**2)


def test_delta_method():
    """Of one number and of several."""
    c = np.array([[0.04, 0.01], [0.01, 0.09]])
    theta = np.array([3.0, 2.0])
    gradient = np.array([0.5, -0.75])
    value, error = srcad.delta_method(lambda t: t[0] / t[1])(theta, c)
    assert (value, error) == (1.5, pytest.approx(np.sqrt(gradient @ c @ gradient)))
    values, both = srcad.delta_method(lambda t, k: t * t * k)(theta, c, 2.0)
    j = np.diag(4.0 * theta)
    assert np.allclose(values, [18.0, 8.0])
    assert np.allclose(both, j @ c @ j)


def test_what_is_refused():
    """What is no minimum, and shapes that do not fit."""
    with pytest.raises(ValueError, match="not positive definite at theta"):
        srcad.covariance(lambda t: -np.sum(t * t))(np.ones(2))
    with pytest.raises(ValueError, match="not identified"):
        srcad.covariance(lambda t: (t[0] + t[1]) ** 2)(np.ones(2))
    with pytest.raises(ValueError, match="not finite"):
        srcad.covariance(lambda t: np.sum(t**1.5))(np.array([0.0, 1.0]))
    with pytest.raises(TypeError, match="theta must be an array with one axis, got 2 axes"):
        srcad.covariance(poisson)(np.ones((2, 2)), X, COUNTS)
    with pytest.raises(TypeError, match="a term for each observation"):
        srcad.robust_covariance(poisson)(np.ones(2), X, COUNTS)
    with pytest.raises(ValueError, match="expected 40 labels"):
        srcad.robust_covariance(least_squares)(np.ones(2), X, Y, clusters=[1, 2])
    with pytest.raises(ValueError, match="must be symmetric, of shape"):
        srcad.delta_method(lambda t: t[0])(np.ones(2), np.eye(3))
