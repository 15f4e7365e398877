"""Reductions of arrays: all of them, along axes, with ties and without elements."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, pos, programs, vec
from tests.harness import as_plain_python

program = programs()
SHAPES = [(vec(5),), (vec(1),), (vec(2, 3),), (vec(2, 3, 4),), (np.asfortranarray(vec(3, 2)),)]
MORE = [*SHAPES, (vec(0),), (vec(8)[::-3],), (vec(0, 3),)]


@program(*MORE)
def total(x):
    return np.sum(x * np.sin(x)) + x.sum()


@program(*MORE)
def product(x):
    return np.prod(x + 1.5), x.prod()


@program((np.array([0.0, 2.0, 3.0]),), (np.array([0.0, 2.0, 0.0]),))
def product_with_zeros(x):
    return np.prod(x)


@program(*SHAPES)
def mean(x):
    return np.mean(x * x), x.mean()


@program(*SHAPES)
def extrema(x):
    return np.max(x * x), x.min(), np.min(np.sin(x)), x.max()


@program((vec(2, 3),), (vec(3, 1),), (np.asfortranarray(vec(4, 3)),))
def along_axes(x):
    return np.sum(x, axis=0), np.sum(x * x, axis=1), x.sum(axis=-1), np.mean(x, axis=0)


@program((vec(2, 3),), (vec(3, 1),))
def products_along_axes(x):
    return np.prod(x, axis=0), np.prod(x, axis=1), np.mean(x, 1)


@program((vec(2, 3, 4),))
def tuples_of_axes(x):
    return np.sum(x, axis=(0, 2)), np.mean(x, axis=(1, 2)), np.sum(np.sin(x), axis=(0, 1))


@program((vec(2, 3, 4),))
def middle_axis(x):
    return np.sum(x * x, axis=1), np.max(x, axis=1), np.prod(x, axis=1)


@program((vec(2, 3),), (vec(3, 1),))
def kept_dimensions(x):
    y = x - x.mean(axis=1, keepdims=True)
    return y / np.sqrt(np.sum(y * y, axis=1, keepdims=True) + 1.0), np.sum(x, keepdims=True)


@program((vec(2, 3),), (vec(4, 1),))
def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


@program((vec(2, 3), np.array([0, 2])))
def cross_entropy(x, label):
    m = np.max(x, axis=1)
    z = x - m[:, None]
    lse = np.log(np.sum(np.exp(z), axis=1))
    return -np.mean(z[np.arange(x.shape[0]), label] - lse)


@program((vec(2, 3),))
def extrema_along_axes(x):
    return np.max(x, axis=0), np.min(x * x, axis=1), x.max(axis=1, keepdims=True)


@program((vec(4), np.array([True, False, True, True])))
def truths(x, m):
    return np.any(x > 0.0), np.all(x > -2.0), np.sum(m), np.sum(x > 0), np.any(m)


@program((vec(5),), (vec(2, 3),))
def variance(x):
    return np.var(x), x.std(), np.var(x, ddof=1)


@program((vec(4, 3),))
def variance_along_axes(x):
    return np.var(x, axis=0), np.std(x, axis=1, keepdims=True)


@program((vec(5),), (vec(2, 3),))
def norms(x):
    return np.linalg.norm(x), np.linalg.norm(x + 1.0)


@program((vec(4),))
def norms_of_other_orders(x):
    return np.linalg.norm(x, 1), np.linalg.norm(x, np.inf), np.linalg.norm(x, ord=2)


@program((vec(4), vec(4, seed=1)))
def dots(x, y):
    return np.dot(x, y), x @ y, x.dot(y), np.vdot(x, y), np.inner(x, y)


@program((vec(2, 3), vec(3, seed=1), vec(2, seed=2)), (vec(1, 1), vec(1), vec(1)))
def matrix_vector(a, x, y):
    return a @ x, y @ a, y @ a @ x, a.T @ y


@program((vec(2, 3), vec(3, 4, seed=1)), (vec(0, 2), vec(2, 3)), (vec(2, 0), vec(0, 3)))
def matrix_matrix(a, b):
    return a @ b, np.dot(b.T, a.T), np.matmul(a, b)


@program((vec(2, 3, 2), vec(2, 2, 4, seed=1)))
def batched(a, b):
    return a @ b


@program((vec(3), vec(2, seed=1)))
def outers(x, y):
    return np.outer(x, y), np.outer(np.sin(x), y + 1.0)


@program((vec(3, 3), vec(3, seed=1)))
def quadratic_form(a, x):
    return x @ a @ x + np.trace(a) * np.sum(x)


@program((vec(4),), (vec(2, 3),))
def positions(x):
    return np.argmax(x), np.argmin(x) * np.max(x)


@program((vec(3, 4),))
def positions_along_axes(x):
    return np.argmax(x, axis=1), np.argmin(x, axis=0)


@program((vec(5),), (vec(0),))
def running(x):
    return np.cumsum(x * x), np.cumprod(x + 1.0), np.diff(x)


@program((vec(3, 4),))
def running_along_axes(x):
    return np.cumsum(x, axis=0), np.cumsum(x, axis=1), np.cumprod(x, axis=1), np.diff(x, axis=0)


@program((vec(4).astype(np.float32),), (vec(2, 3).astype(np.float32),))
def single(x):
    return np.sum(x), np.mean(x), np.max(x), np.prod(x), np.sum(x * x)


@program((vec(2, 3).astype(np.float32),))
def single_along_axes(x):
    return np.sum(x, axis=0), np.mean(x, axis=1), np.max(x, axis=0), x @ x.T


@program((vec(2), np.arange(6)), (vec(2), np.arange(6, dtype=np.int32)))
def integers(x, k):
    return x * np.sum(k), np.mean(k), np.max(k), np.prod(k + 1), 1.0


@program((pos(10, 3), vec(3, seed=1), np.arange(10) % 2))
def logistic(x, w, y):
    z = x @ w
    return np.mean(np.log(1.0 + np.exp(-z)) + (1.0 - y) * z) + 0.1 * np.sum(w * w)


@program((vec(4, 3), vec(3, 5, seed=1), vec(5, seed=2), vec(5, 2, seed=3), vec(2, seed=4)))
def perceptron(x, w1, b1, w2, b2):
    h = np.tanh(x @ w1 + b1)
    out = h @ w2 + b2
    return np.sum(out * out) / x.shape[0]


@program((vec(4, 3), vec(5, 3, seed=1), vec(5, 2, seed=2)))
def attention(q, k, v):
    s = q @ k.T / np.sqrt(q.shape[1])
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return (p / p.sum(axis=1, keepdims=True)) @ v


@program((vec(4),))
def builtins(x):
    return sum(x), max(x), min(x)


SMOOTH_NOT = (product_with_zeros,)


@pytest.mark.slow
@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    check(func, args, mutates, smooth=func not in SMOOTH_NOT)


def greatest(x):
    return np.max(x)


def test_ties_share():
    """The derivative of a maximum that k elements attain is 1/k for each."""
    with as_plain_python():
        bars = srcad.vjp(greatest, np.array([1.0, 3.0, 3.0, 3.0]))[1](1.0)
    np.testing.assert_allclose(bars[0], [0, 1 / 3, 1 / 3, 1 / 3])


@pytest.mark.compiled
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_the_extremum_of_what_has_a_nan_is_that(axis):
    """It is NaN; its derivative is that of the NaN element, in both modes."""

    def greatest(x):
        return np.sum(np.max(x, axis=axis)) + np.sum(np.min(x, axis=axis))

    x = np.array([[1.0, np.nan], [3.0, 2.0]])
    counted = {None: [[0, 2], [0, 0]], 0: [[1, 2], [1, 0]], 1: [[0, 2], [1, 1]]}[axis]
    with as_plain_python():
        value, gradient = srcad.value_and_grad(greatest)(x)
        _, moved = srcad.jvp(greatest, (x,), (np.array([[2.0, 3.0], [4.0, 5.0]]),))
    assert np.isnan(value)
    np.testing.assert_array_equal(gradient, counted)
    assert moved == np.sum(gradient * [[2.0, 3.0], [4.0, 5.0]])
    assert np.isnan(srcad.differentiate(greatest)(x))


def test_extremum_of_nothing():
    """NumPy's exception."""
    with pytest.raises(ValueError, match="zero-size"):
        check(extrema, (vec(0),))
