import functools
import math

import numpy as np
import pytest
from scipy import integrate, optimize, sparse

import srcad
from srcad.bridges import for_scipy
from srcad.bridges.for_scipy import ScipyFunction
from tests.harness import as_plain_python

SCALE = 3.0
TABLE = np.array([1.0, 2.0, 3.0])


@pytest.fixture(autouse=True)
def _plain():
    with as_plain_python():
        yield


def rosenbrock(x, a):
    value = 0.0
    for i in range(x.size - 1):
        value += a * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return value


def circle(x):
    out = np.empty(2)
    out[0] = x[0] ** 2 + x[1] ** 2 + x[2] ** 2
    out[1] = x[0] * x[1]
    return out


def decay(t, y, rate):
    out = np.empty(y.size)
    out[0] = -rate * y[0]
    for i in range(1, y.size):
        out[i] = rate * (y[i - 1] - y[i]) + 0.0 * t
    return out


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("BFGS", {}),
        ("Newton-CG", {"hessp": True}),
        ("trust-exact", {"hess": True}),
    ],
)
def test_minimize_takes_the_methods_by_name(method, options):
    """Solvers of first and second order reach the minimum."""
    s = srcad.as_scipy(rosenbrock)
    given = {name: getattr(s, name) for name in options}
    found = optimize.minimize(
        s.fun, [-1.2, 1.0, 0.5], args=(10.0,), jac=s.jac, method=method, **given
    )
    assert np.allclose(found.x, 1.0, atol=1e-4)
    found = optimize.minimize(s, [-1.2, 1.0, 0.5], args=(10.0,), jac=True)
    assert np.allclose(found.x, 1.0, atol=1e-4)


def counted(s):
    """Return the list that gets an item for each sweep of a gradient."""
    sweeps = []
    run = srcad.value_and_grad(s.f, s.argnum)
    s._made["value_and_grad"] = lambda *args: sweeps.append(1) or run(*args)
    return sweeps


def test_fun_and_jac_share_a_sweep():
    """At one point, the gradient is there already; not at another, or for other arguments."""
    s = srcad.as_scipy(lambda x, w: np.sum(w * x * x))
    sweeps, x, w = counted(s), np.array([1.0, 2.0]), np.ones(2)
    s.fun(x, w)
    first = s.jac(x, w)
    first[:] = 0.0  # which belongs to the caller
    assert s.jac(x, w).tolist() == [2.0, 4.0]
    assert len(sweeps) == 1
    w[0] = 5.0
    assert s.jac(x, w).tolist() == [10.0, 4.0]
    x[0] = 2.0
    assert s.jac(x, w).tolist() == [20.0, 4.0]
    s.fun(x, w)
    assert s.jac(x.copy(), w.copy()).tolist() == [20.0, 4.0]
    assert len(sweeps) == 4


def test_captured_values_are_compared_too():
    """What the function captures may change between the value and the gradient."""
    global SCALE  # noqa: PLW0603
    s = srcad.as_scipy(lambda x: SCALE * np.sum(x * x * TABLE))
    x = np.ones(3)
    s.fun(x)
    assert s.jac(x).tolist() == [6.0, 12.0, 18.0]
    s.fun(x)
    TABLE[0] = 2.0
    assert s.jac(x).tolist() == [12.0, 12.0, 18.0]
    s.fun(x)
    SCALE = 1.0
    assert s.jac(x).tolist() == [4.0, 4.0, 6.0]
    SCALE, TABLE[0] = 3.0, 1.0


def test_nan_and_minus_zero_are_points_like_others():
    """Points are compared by their bits."""
    s = srcad.as_scipy(lambda x: np.sum(x / np.abs(x)))
    sweeps = counted(s)
    s.fun(np.array([np.nan]))
    s.jac(np.array([np.nan]))
    assert len(sweeps) == 1
    s.fun(np.array([0.0]))
    s.jac(np.array([-0.0]))
    assert len(sweeps) == 3


def test_partials_and_methods():
    """What carries values may be given; a change of these is seen."""

    class Model:
        def __init__(self):
            self.factor = 2.0

        def loss(self, x):
            return self.factor * np.sum(x * x)

    model = Model()
    s = srcad.as_scipy(model.loss)
    x = np.array([1.0, 3.0])
    assert (s.fun(x), s.jac(x).tolist()) == (20.0, [4.0, 12.0])
    model.factor = 1.0
    assert s.jac(x).tolist() == [2.0, 6.0]
    part = srcad.as_scipy(functools.partial(rosenbrock, a=1.0))
    assert part.jac(np.zeros(2)).tolist() == [-2.0, 0.0]


@pytest.mark.compiled
def test_systems_and_least_squares():
    """Functions that return arrays have Jacobians, dense or sparse."""
    s, thin = srcad.as_scipy(circle), srcad.as_scipy(circle, sparse=True)
    x = np.array([1.0, 2.0, 3.0])
    assert s.jac(x).tolist() == [[2.0, 4.0, 6.0], [2.0, 1.0, 0.0]]
    assert sparse.issparse(thin.jac(x))
    assert np.array_equal(thin.jac(x).toarray(), s.jac(x))
    found = optimize.least_squares(s.fun, x, jac=s.jac)
    assert found.cost < 1e-10
    pair = srcad.as_scipy(lambda x: np.array([x[0] ** 2 - 2.0, x[0] * x[1] - 1.0]))
    assert np.allclose(optimize.root(pair, [1.0, 1.0], jac=True).x, [2**0.5, 0.5**0.5])
    assert np.allclose(optimize.root(pair.fun, [1.0, 1.0], jac=pair.jac).x, [2**0.5, 0.5**0.5])


def test_root_of_one_number():
    """`root_scalar` gives floats, and takes value and derivative."""
    s = srcad.as_scipy(lambda x: x**3 - 2.0)
    found = optimize.root_scalar(s, x0=1.0, fprime=True, method="newton")
    assert math.isclose(found.root, 2.0 ** (1 / 3))
    assert s.hess(2.0) == 12.0


@pytest.mark.parametrize("is_sparse", [False, True])
def test_solve_ivp_takes_the_jacobian_by_y(is_sparse):
    """The second argument is the point, and `t` stays as it is."""
    s = srcad.as_scipy(decay, argnums="y", sparse=is_sparse)
    y = np.array([1.0, 0.0, 0.0])
    found = integrate.solve_ivp(s.fun, (0.0, 1.0), y, method="BDF", jac=s.jac, args=(2.0,))
    assert found.success
    assert math.isclose(found.y[0, -1], math.exp(-2.0), rel_tol=1e-2)


def test_constraints():
    """The Hessian of a constraint is that of its weighted sum."""
    s, c = srcad.as_scipy(rosenbrock), srcad.as_scipy(circle)
    assert c.hess(np.ones(3), np.array([1.0, 2.0])).tolist() == [[2, 2, 0], [2, 2, 0], [0, 0, 2]]
    thin = srcad.as_scipy(circle, sparse=True)
    assert np.array_equal(thin.hess(np.ones(3), np.array([1.0, 2.0])).toarray()[0], [2, 2, 0])
    one = srcad.as_scipy(lambda x: np.sum(x * x))
    assert one.constraint(0.0, 1.0).hess(np.ones(2), np.array([3.0])).tolist() == [[6, 0], [0, 6]]
    found = optimize.minimize(
        s.fun,
        [0.5, 0.5, 0.5],
        args=(1.0,),
        jac=s.jac,
        hess=s.hess,
        method="trust-constr",
        constraints=[c.constraint([1.0, -np.inf], [1.0, 0.2])],
    )
    assert np.allclose(circle(found.x)[0], 1.0, atol=1e-6)


@pytest.mark.parametrize(
    "x", [[1, 2], np.array([1, 2]), np.float32([1, 2]), np.arange(5)[1::1][:2]]
)
def test_points_become_float64(x):
    """Lists, integers, float32 and views are points; they stay as they are."""
    s = srcad.as_scipy(lambda x: np.sum(x * x))
    before = np.array(x)
    value, gradient = s(x)
    assert (value, gradient.dtype, gradient.tolist()) == (5.0, np.float64, [2.0, 4.0])
    assert np.array_equal(before, x)
    strided = np.arange(4.0)[::2]
    assert s.jac(strided).tolist() == [0.0, 4.0]


def test_nothing_to_do():
    """A point without elements has a gradient without elements."""
    s = srcad.as_scipy(lambda x: np.sum(x * x))
    assert s(np.zeros(0))[1].shape == (0,)


def test_what_is_refused():
    """Points and results of other kinds raise, and say what was given."""
    s = srcad.as_scipy(lambda x: np.sum(x * x))
    with pytest.raises(TypeError, match=r"x must be an array of floats with one axis.*2 axes"):
        s.fun(np.ones((2, 2)))
    with pytest.raises(TypeError, match="got an array of complex128"):
        s.fun(np.ones(2) * 1j)
    with pytest.raises(TypeError, match="hessp takes x and a vector"):
        s.hessp(np.ones(2))
    with pytest.raises(TypeError, match="must return a float or an array"):
        srcad.as_scipy(lambda x: (x[0], x[1])).fun(np.ones(2))
    with pytest.raises(TypeError, match="one axis, got 2 axes"):
        srcad.as_scipy(lambda x: np.outer(x, x)).fun(np.ones(2))
    with pytest.raises(TypeError, match="put several into one array"):
        srcad.as_scipy(rosenbrock, (0, 1))
    with pytest.raises(ValueError, match="z"):
        srcad.as_scipy(rosenbrock, "z")
    with pytest.raises(TypeError, match="takes one weight for each element"):
        srcad.as_scipy(circle).hess(np.ones(3))
    with pytest.raises(TypeError, match="returns 2 numbers, and v has shape"):
        srcad.as_scipy(circle).hess(np.ones(3), np.ones(3))
    with pytest.raises(TypeError, match="first argument"):
        srcad.as_scipy(decay, 1).constraint(0.0, 1.0)


def test_it_is_imported_late():
    """The module is the one that the name leads to."""
    assert srcad.as_scipy is for_scipy.as_scipy
    assert isinstance(srcad.as_scipy(circle), ScipyFunction)
