import ctypes
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import integrate

import srcad

pytestmark = pytest.mark.compiled


def log_density(x, data, index, count):
    value = -0.5 * x[1] * count
    for i in range(data.size):
        value -= 0.5 * (data[i] - x[0]) ** 2 * math.exp(-x[1])
    return value + x[index[0]] * 0.5


DATA = np.linspace(-1.0, 3.0, 9)[::2]


def pointer(array):
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


@pytest.fixture(scope="module")
def logp():
    signature = "int64(uint64, double*, double*, double*, void*)"
    return srcad.cfunc(log_density, signature, args=(DATA, np.array([1]), 5))


def called(callback, x):
    """Return the status, the value and the gradient."""
    gradient, value = np.full(x.size, 7.0), np.full(1, 7.0)
    status = callback.ctypes(x.size, pointer(x), pointer(gradient), pointer(value), None)
    return status, value[0], gradient.tolist()


def test_log_density(logp):
    """Value and gradient are those of `value_and_grad`; strided data is copied."""
    x = np.array([0.3, 0.2])
    value, gradient = srcad.value_and_grad(log_density)(x, DATA, np.array([1]), 5)
    assert called(logp, x) == (0, value, gradient.tolist())
    assert x.tolist() == [0.3, 0.2]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda k: called(logp, np.array([0.1 * k, 0.2])), range(40)))
    assert found == [called(logp, np.array([0.1 * k, 0.2])) for k in range(40)]


def test_a_log_density_that_has_no_value(logp):
    """Errors are states, and nothing is written then."""
    assert called(logp, np.array([np.nan, 0.0])) == (2, 7.0, [7.0, 7.0])
    assert called(logp, np.array([0.0])) == (1, 7.0, [7.0])  # reads x[1]
    root = srcad.cfunc(lambda x: math.sqrt(x[0]), "logp")
    assert called(root, np.array([0.0])) == (3, 7.0, [7.0])


def test_an_objective_may_ask_for_no_gradient():
    """NLopt gives a null pointer where it wants the value alone."""
    made = srcad.cfunc(
        lambda x, a: a * x[0] * x[1],
        "double(unsigned n, const double* x, double* gradient, void* data)",
        args=(2.0,),
    )
    x, gradient = np.array([3.0, 4.0]), np.zeros(2)
    assert made.ctypes(2, pointer(x), pointer(gradient), None) == 24.0
    assert gradient.tolist() == [8.0, 6.0]
    assert made.ctypes(2, pointer(x), None, None) == 24.0


def test_integrands():
    """SciPy integrates a callback without a call of Python."""
    slope = srcad.grad(lambda x, w: math.sin(w * x))
    for signature in ("quad", "double(double, void*)"):
        made = srcad.cfunc(slope, signature, args=(2.0,))
        assert math.isclose(integrate.quad(made.low_level(), 0.0, 0.5)[0], math.sin(1.0))
    box = srcad.cfunc(lambda x: x[0] * x[1], "double(int n, double *x, void *user)")
    assert math.isclose(integrate.nquad(box.low_level(), [[0, 1], [0, 2]])[0], 1.0)


def test_what_is_refused():
    """Wrong signatures, arguments and results say what is wanted."""
    with pytest.raises(
        ValueError, match=r"unknown signature 'double\(\)'; write one of logp: int64"
    ):
        srcad.cfunc(log_density, "double()")
    with pytest.raises(TypeError, match="takes x, data, index, count, got the point and 0 args"):
        srcad.cfunc(log_density, "logp")
    with pytest.raises(
        TypeError, match=r"args\[0\] must be a number or an array of numbers, got str"
    ):
        srcad.cfunc(log_density, "logp", args=("a", 1, 2))
    with pytest.raises(TypeError, match="must return one float for a callback"):
        srcad.cfunc(lambda x: 2.0 * x, "nquad")
    with pytest.raises(TypeError, match="the gradient is of one float"):
        srcad.cfunc(lambda x: 2.0 * x, "logp")
    with pytest.raises(srcad.NotDifferentiable):
        srcad.cfunc(lambda x: open(str(x)), "quad")  # noqa: PTH123


def test_decorated_functions_have_the_method():
    """`f.cfunc` is `srcad.cfunc` of the function."""
    square = srcad.differentiate(lambda x: x * x)
    assert square.cfunc("quad").ctypes(3.0) == 9.0
