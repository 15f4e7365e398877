"""Norms at zero: the derivative is zero there, and no guard is written where none is needed."""

import numpy as np
import pytest

import srcad


def norm_of_product(x, w):
    return np.sqrt(np.sum((x * w) * (x * w)))


def distance(x, w):
    total = 0.0
    for i in range(x.shape[0]):
        d = x[i] * w[i] - x[0] * w[0]
        total += d * d + (x[i] * x[i])
    return np.sqrt(total)


def difference_of_squares(x, w):
    a, b = x[0] * w[0], x[1] * w[1]
    return np.sqrt(a * a - b * b)


@pytest.mark.compiled
@pytest.mark.parametrize("function", [norm_of_product, distance, difference_of_squares])
def test_norm_at_zero(function):
    """Zero times an infinite derivative of the root is zero, not NaN."""
    compiled = srcad.value_and_grad(function, (0, 1))
    for w in (np.zeros(3), np.ones(3)):
        value, gradients = compiled(np.zeros(3), w)
        assert value == 0.0
        assert all(np.array_equal(g, np.zeros(3)) for g in gradients)


def test_guards_end_at_the_square():
    """What is squared has a finite derivative: products before it need no test."""
    args, both = (np.zeros(3), np.zeros(3)), (0, 1)
    source = srcad.differentiate(norm_of_product).inspect_adjoint(
        *args, argnums=both, compiled=True
    )
    lines = [line for line in source.splitlines() if "_bar[" in line]
    assert len(lines) >= 2
    assert not any(" if " in line for line in lines)
    steep = srcad.differentiate(difference_of_squares).inspect_adjoint(
        *args, argnums=both, compiled=True
    )
    assert any(" if " in line for line in steep.splitlines() if "_bar[" in line)
