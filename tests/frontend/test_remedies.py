"""Errors that new users met say what to write instead."""

import numpy as np
import pytest
from scipy import interpolate, linalg, stats
from scipy.integrate import solve_ivp

import srcad
from tests.harness import as_plain_python


def density(x):
    return stats.norm.logpdf(x, 0.0, 1.0)


def end(k):
    return solve_ivp(lambda t, y: -k * y, (0.0, 1.0), [1.0]).y[0, -1]


def tail(x):
    return stats.norm.cdf(x)


def factor(a):
    return np.sum(linalg.cho_factor(a)[0])


def inner(x):
    return interpolate.CubicSpline(np.arange(3.0), x)(0.5)


class Column:
    """As of pandas, which tests do not need."""

    __module__ = "pandas.core.series"


def shifted(x, y):
    return np.sum((y - x[0]) ** 2)


def noisy(x, rng):
    return x * rng.random()


@pytest.mark.parametrize(
    ("function", "args", "kind", "texts"),
    [
        (density, (1.0,), srcad.NotDifferentiable, ("of type 'norm_gen'", "write the density out")),
        (tail, (1.0,), srcad.NotDifferentiable, ("ndtr((y - m) / s)",)),
        (factor, (np.eye(2),), srcad.NotDifferentiable, ("use np.linalg.cholesky",)),
        (inner, (np.ones(3),), srcad.NotDifferentiable, ("np.interp is supported",)),
        (end, (1.0,), srcad.MissingRule, ("write its steps", "as a loop")),
        (shifted, (Column(), 1.0), TypeError, ("x is a Column of pandas; pass x.to_numpy()",)),
        (shifted, ([1.0], [1.0, 2.0]), srcad.NotDifferentiable, ("before the call: np.array(y)",)),
        (noisy, (1.0, np.random.default_rng(0)), TypeError, ("draw before the call",)),
    ],
    ids=["density", "tail", "factor", "inner", "solver", "table", "list", "generator"],
)
def test_what_libraries_have_is_refused_with_a_remedy(function, args, kind, texts):
    """Densities of SciPy, its integrators, lists in arithmetic, random generators."""
    with pytest.raises(kind) as caught:
        srcad.grad(function)(*args)
    for text in texts:
        assert text in str(caught.value)


class Spring:
    """A model whose method is decorated."""

    def __init__(self, stiffness):
        self.stiffness = stiffness

    @srcad.differentiate
    def energy(self, x):
        return 0.5 * self.stiffness * np.sum(x * x)


def test_decorated_methods_are_called_and_differentiated():
    """As methods of objects that Numba does not know; their derivatives read attributes."""
    spring = Spring(3.0)
    x = np.array([1.0, 2.0])
    assert spring.energy(x) == 7.5
    spring.stiffness = 4.0
    assert spring.energy(x) == 10.0
    with as_plain_python():
        assert np.array_equal(srcad.grad(spring.energy)(x), 4.0 * x)
