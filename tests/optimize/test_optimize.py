import functools
import math
import pickle

import numpy as np
import pytest
from numba import njit
from scipy import optimize as theirs

import srcad
from tests.harness import as_plain_python
from tests.optimize.more_garbow_hillstrom import PROBLEMS
from tests.optimize.more_garbow_hillstrom_rest import OTHERS, UNCONSTRAINED, gulf

ours = srcad.optimize
CENTRE = np.array([1.0, 2.0, 3.0])


def sum_of_squares(residuals):
    """Return half of the sum of squares as a function."""

    def value(x):
        r = residuals(x)
        total = 0.0
        for i in range(r.size):
            total += r[i] * r[i]
        return 0.5 * total

    return value


def quietly(run, *args):
    """Return what a loop returns as plain Python, without warnings of NumPy."""
    with as_plain_python(), np.errstate(all="ignore"):
        return run.plain(*args)


@pytest.mark.parametrize(("residuals", "start", "least"), PROBLEMS)
def test_least_squares(residuals, start, least):
    """The sum of squares is the least, and what SciPy's `lm` finds."""
    found = quietly(ours.levenberg_marquardt(residuals), np.array(start))
    their = theirs.least_squares(
        residuals, start, method="lm", xtol=1e-12, ftol=1e-12, gtol=1e-12, max_nfev=5000
    )
    assert found.success
    assert math.isclose(2.0 * found.fun, least, rel_tol=1e-5, abs_tol=1e-10)
    assert math.isclose(found.fun, their.cost, rel_tol=1e-6, abs_tol=1e-10)
    with as_plain_python():
        expected = srcad.grad(sum_of_squares(residuals))(found.x)
    scale = 1e-9 * max(1.0, found.fun) * max(1.0, np.abs(expected).max())
    assert np.allclose(found.jac, expected, rtol=1e-6, atol=scale)


OF_ONE = ("rosenbrock", "helical_valley", "jennrich_sampson", "wood", "brown_dennis", "bard", "box")
SCALAR = [row for row in PROBLEMS if row[0].__name__ in OF_ONE]
"""The problems that are given to methods that know nothing of residuals."""


@pytest.mark.parametrize(("residuals", "start", "least"), SCALAR)
def test_lbfgs(residuals, start, least):
    """The value is the least that the article gives, and SciPy's of BFGS is not smaller."""
    f = sum_of_squares(residuals)
    found = quietly(ours.lbfgs(f, gtol=1e-6, maxiter=2000), np.array(start))
    assert found.status in {0, 2}
    assert math.isclose(2.0 * found.fun, least, rel_tol=1e-5, abs_tol=1e-7)
    with as_plain_python(), np.errstate(all="ignore"):
        their = theirs.minimize(f, start, jac=srcad.grad(f), method="L-BFGS-B", tol=1e-14)
    assert found.fun <= their.fun * (1.0 + 1e-5) + 1e-7
    is_theirs_there = math.isclose(2.0 * their.fun, least, rel_tol=1e-5, abs_tol=1e-7)
    assert not is_theirs_there or found.nfev <= 3 * their.nfev + 20


@pytest.mark.parametrize(("residuals", "start", "least"), SCALAR)
def test_newton(residuals, start, least):
    """The same for Newton's method, which ends at smaller gradients."""
    f = sum_of_squares(residuals)
    found = quietly(ours.newton_cg(f, gtol=1e-6, maxiter=500), np.array(start))
    assert found.status in {0, 2}
    assert math.isclose(2.0 * found.fun, least, rel_tol=1e-5, abs_tol=1e-8)


ENDS = {"biggs_exp6": (0.0, 5.65565e-3), "gulf": (0.0, 0.9455)}
"""The problems where the article, or SciPy's `lm`, has another end as well."""


def ends_at(value, residuals, least, absolute):
    """Return whether a sum of squares is one that this problem ends at."""
    known = ENDS.get(residuals.__name__, (least,))
    return any(math.isclose(value, k, rel_tol=2e-5, abs_tol=absolute) for k in known)


@pytest.mark.parametrize(("residuals", "start", "least"), [*UNCONSTRAINED, *OTHERS])
def test_the_rest_of_the_problems_by_least_squares(residuals, start, least):
    """Of all thirty-five, these have the least sums of the article, too."""
    found = quietly(ours.levenberg_marquardt(residuals), np.array(start))
    if residuals is gulf:  # SciPy's `lm` ends at 0.9455, at no minimum
        assert 2.0 * found.fun < 0.9455
        return
    assert found.success
    assert ends_at(2.0 * found.fun, residuals, least, 1e-10)


@pytest.mark.slow
@pytest.mark.parametrize(("residuals", "start", "least"), UNCONSTRAINED)
def test_the_rest_of_the_eighteen(residuals, start, least):
    """Methods that know nothing of residuals end there, or not above where SciPy's end."""
    f = sum_of_squares(residuals)
    with as_plain_python(), np.errstate(all="ignore"):
        gradient = srcad.grad(f)
        theirs_at = theirs.minimize(f, start, jac=gradient, method="BFGS", options={"gtol": 1e-9})
    for run in (ours.lbfgs(f, gtol=1e-9, maxiter=3000), ours.newton_cg(f, gtol=1e-9, maxiter=500)):
        found = quietly(run, np.array(start))
        reached = ends_at(2.0 * found.fun, residuals, least, 1e-7)
        assert reached or found.fun <= theirs_at.fun * (1.0 + 1e-5)


def test_adam_takes_the_steps_of_the_article():
    """Each step is the one that the formulas give."""

    def f(x, scale):
        return np.sum(scale * (x - 3.0) ** 2)

    x, scale = np.array([0.0, 5.0]), np.array([1.0, 10.0])
    found = quietly(ours.adam(f, steps=50, rate=0.1), x, scale)
    m = v = np.zeros(2)
    for t in range(1, 51):
        g = 2.0 * scale * (x - 3.0)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        x = x - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    assert np.allclose(found.x, x, rtol=1e-12)
    assert (found.nit, found.nfev, found.success, found.status) == (50, 51, False, 1)
    assert quietly(ours.adam(f, gtol=1.0, steps=500, rate=0.1), x, scale).success


def test_ends_that_are_no_minimum():
    """Limits, starts without a value and functions without a minimum say so."""
    square = sum_of_squares(PROBLEMS[0][0])
    assert quietly(ours.lbfgs(square, maxiter=3), np.array([-1.2, 1.0])).status == 1
    root = ours.lbfgs(lambda x: np.sum(np.sqrt(x)))
    assert quietly(root, np.array([-1.0])).status == 3
    assert quietly(ours.lbfgs(lambda x: x[0], maxiter=50), np.array([0.0])).success is False
    assert quietly(ours.newton_cg(lambda x: -(x[0] ** 2)), np.array([1.0])).success is False
    logs = ours.lbfgs(lambda x: x[0] - np.log(x[0]))
    found = quietly(logs, np.array([20.0]))  # whose steps leave the domain
    assert found.success
    assert abs(found.x[0] - 1.0) < 1e-5


def test_nothing_to_do():
    """A point without elements is the minimum."""
    for make in (ours.lbfgs, ours.newton_cg, ours.adam):
        found = quietly(make(lambda x: np.sum(x * x)), np.zeros(0))
        assert (found.x.shape, found.success, found.nit) == ((0,), True, 0)


def test_fewer_residuals_than_unknowns():
    """Damping makes the steps unique; columns of zeros stay where they are."""
    found = quietly(ours.levenberg_marquardt(lambda x: x[:1] ** 2 - 2.0), np.array([1.0, 7.0]))
    assert np.allclose(found.x, [math.sqrt(2.0), 7.0])


@pytest.mark.compiled
def test_compiled_from_python_and_from_compiled_code():
    """The compiled loop is the plain one; starts of all kinds stay as they are."""

    def f(x, a):
        return np.sum((x - CENTRE) ** 2 * a) + x[0] ** 4

    run = ours.lbfgs(f, gtol=1e-9)
    start = np.array([1, 2, 3], dtype=np.int32)
    found = run(start, 2.0)
    assert start.tolist() == [1, 2, 3]
    plain = quietly(run, np.array([1.0, 2.0, 3.0]), 2.0)
    assert (found.nit, found.nfev, found.status) == (plain.nit, plain.nfev, plain.status)
    assert np.allclose(found.x, plain.x, rtol=1e-9)
    assert np.array_equal(run(np.arange(1.0, 7.0)[::2] * 0.0 + [1.0, 2.0, 3.0], 2.0).x, found.x)

    @njit
    def sweep(count):
        total = 0.0
        for k in range(count):
            total += run(np.ones(3), 1.0 + k).fun
        return total

    assert math.isclose(sweep(3), sum(run(np.ones(3), 1.0 + k).fun for k in range(3)))
    CENTRE[0] = 5.0  # seen by calls from Python
    assert abs(run(np.ones(3), 2.0).x[0] - found.x[0]) > 0.1
    CENTRE[0] = 1.0


def np_square(x):
    return np.sum(x * x)


def test_partials_and_pickles():
    """What a partial carries is given at each call; a pickle is how it is made."""

    def f(centre, x):
        return np.sum((x - centre) ** 2)

    run = ours.lbfgs(functools.partial(f, CENTRE))
    assert np.allclose(quietly(run, np.zeros(3)).x, CENTRE)
    again = pickle.loads(pickle.dumps(ours.lbfgs(np_square, maxiter=7)))
    assert (again.options, repr(again)) == ((1e-6, 7, 10), "<lbfgs of np_square>")


def test_what_is_refused():
    """Wrong options, starts and functions say what is wanted."""
    run = ours.lbfgs(np_square)
    with pytest.raises(TypeError, match=r"adam: the start must be .* got a dict; put its parts"):
        ours.adam(lambda p: p["w"] ** 2)({"w": 1.0})
    with pytest.raises(TypeError, match=r"lbfgs: the start must be an array of floats.*2 axes"):
        run(np.ones((2, 2)))
    with pytest.raises(TypeError, match="complex128"):
        run(np.ones(2) * 1j)
    with pytest.raises(ValueError, match="gtol must not be negative, got nan"):
        ours.lbfgs(np_square, gtol=math.nan)
    with pytest.raises(ValueError, match="memory must be at least 1"):
        ours.lbfgs(np_square, memory=0)
    with pytest.raises(ValueError, match="maxiter must be a whole number"):
        ours.newton_cg(np_square, maxiter=-1)
    with pytest.raises(ValueError, match="radius must be above 0"):
        ours.newton_cg(np_square, radius=0.0)
    with pytest.raises(ValueError, match="beta1"):
        ours.adam(np_square, beta1=1.0)
    with pytest.raises(TypeError, match="has no argument to look for"):
        ours.lbfgs(lambda: 1.0)
    with pytest.raises(TypeError, match="lbfgs takes a Python function"):
        ours.lbfgs(3.0)
