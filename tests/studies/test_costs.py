import math

import numpy as np
import pytest

import srcad


def total(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    return s


def heat(u, steps, c):
    for _ in range(steps):
        v = np.empty_like(u)
        v[0] = u[0]
        v[-1] = u[-1]
        for i in range(1, u.size - 1):
            v[i] = u[i] + c * (u[i - 1] - 2.0 * u[i] + u[i + 1]) / 3.0 + math.exp(-u[i])
        u = v
    return np.sum(u * u)


def test_operations_and_bytes():
    """Numbers for the arguments are the formulas in their sizes."""
    found = srcad.cost(total)(np.ones(1000))
    own = found.function
    assert (own.operations, own.divisions, own.functions, own.bytes) == (2000, 0, 0, 8000)
    assert own.formulas["bytes"] == "8*x.shape[0]"
    assert found.gradient.operations == 3000
    assert found.ratio == 1.5
    assert srcad.differentiate(total).cost(np.ones(3)).function.operations == 6
    assert srcad.cost(total)(np.zeros(0)).function.operations == 0


@pytest.mark.parametrize(("n", "steps"), [(10, 3), (100, 7), (2, 0)])
def test_loops_in_loops(n, steps):
    """Trips multiply."""
    found = srcad.cost(heat)(np.ones(n), steps, 0.1).function
    assert found.functions == steps * (n - 2)
    assert found.divisions == steps * (n - 2)
    assert found.operations == steps * (n - 2) * 7 + 2 * n


def test_float32_has_half_the_bytes():
    """Sizes of elements are those of the dtype."""
    assert srcad.cost(total)(np.ones(10, np.float32)).function.bytes == 40


def test_what_the_arguments_do_not_tell():
    """Loops that end when they end have trips; of branches, the dearer side counts."""

    def f(x):
        while x < 100.0:
            x = x * 1.5
        if x > 3.0:
            x = math.sin(x) + math.cos(x)
        return x

    found = srcad.cost(f)(2.0).function
    assert found.operations is None
    assert found.formulas["operations"].startswith("trips(line 57)")
    assert found.functions == 2
    assert srcad.cost(f)(2.0).ratio is None
    assert "not known before running" in str(found)
