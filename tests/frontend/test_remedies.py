"""Errors that new users met say what to write instead."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import solve_ivp

import srcad


def density(x):
    return stats.norm.logpdf(x, 0.0, 1.0)


def end(k):
    return solve_ivp(lambda t, y: -k * y, (0.0, 1.0), [1.0]).y[0, -1]


def shifted(x, y):
    return np.sum((y - x[0]) ** 2)


def noisy(x, rng):
    return x * rng.random()


@pytest.mark.parametrize(
    ("function", "args", "kind", "texts"),
    [
        (density, (1.0,), srcad.NotDifferentiable, ("of type 'norm_gen'", "write the density out")),
        (end, (1.0,), srcad.MissingRule, ("write its steps", "as a loop")),
        (shifted, ([1.0], [1.0, 2.0]), srcad.NotDifferentiable, ("before the call: np.array(y)",)),
        (noisy, (1.0, np.random.default_rng(0)), TypeError, ("draw before the call",)),
    ],
    ids=["density", "solver", "list", "generator"],
)
def test_what_libraries_have_is_refused_with_a_remedy(function, args, kind, texts):
    """Densities of SciPy, its integrators, lists in arithmetic, random generators."""
    with pytest.raises(kind) as caught:
        srcad.grad(function)(*args)
    for text in texts:
        assert text in str(caught.value)
