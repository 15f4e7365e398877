"""The derivative objects: what they are called with, what they are named, and when they differ."""

import inspect
import pickle

import numpy as np
import pytest
from numba import njit

import srcad
from srcad.derivative import adjoint_of, derivative, tangent_of, target_of
from srcad.options import DEFAULT, Options
from tests.harness import as_plain_python

FACTOR = 2.0


def product(x, y=2.0):
    return x * y


def clashing(x, x_dot, out_bar=3.0):
    return x * x_dot * out_bar


def only_by_name(x, *, k=2.0):
    return x * k


def by_factor(x):
    return FACTOR * x


def made(k):
    return lambda x: k * x


def test_targets():
    dispatcher = njit(product)
    assert target_of(product, "grad") == (product, DEFAULT)
    assert target_of(dispatcher, "grad") == (product, DEFAULT)
    options = Options(fastmath=True)
    assert target_of(srcad.differentiate(fastmath=True)(product), "grad") == (product, options)
    gradient = srcad.grad(product)
    assert target_of(gradient, "grad")[0] is gradient
    for thing in (1.0, len, np.sin, "f", None, type, object()):
        with pytest.raises(TypeError, match="jvp takes a Python function"):
            target_of(thing, "jvp")


def test_one_object_for_each_kind_and_option():
    kinds = [derivative(product, kind, (0,)) for kind in ("grad", "value_and_grad", "adjoint")]
    kinds += [derivative(product, "grad", (1,)), derivative(product, "grad", (0, 1))]
    kinds += [derivative(product, "grad", (0,), bare=True), derivative(product, "primal", ())]
    kinds += [derivative(product, "grad", (0,), options=Options(boundscheck=True))]
    assert len({id(d) for d in kinds}) == len(kinds)
    assert derivative(product, "grad", (0,)) is kinds[0]


def test_what_is_captured_counts_and_not_its_name():
    values = (2.0, 3.0, -0.0, 1, True, 4, np.float64(5.0))
    with as_plain_python():
        slopes = [srcad.grad(made(value))(1.0) for value in values]
        assert slopes == [2.0, 3.0, 0.0, 1.0, 1.0, 4.0, 5.0]
        assert np.signbit(slopes[2])
        total = [srcad.grad(lambda x, k=k: np.sum(k * x))(1.0) for k in (np.zeros(3), np.ones(3))]
        assert total == [0.0, 3.0]


def test_a_global_that_changes_is_seen(monkeypatch):
    held = srcad.grad(by_factor)
    with as_plain_python():
        assert held(1.0) == 2.0
        monkeypatch.setitem(globals(), "FACTOR", 7.0)
        assert held(1.0) == 7.0
        assert srcad.grad(by_factor)(1.0) == 7.0


@pytest.mark.parametrize(
    ("made_", "names"),
    [
        (lambda: tangent_of(product, (0, 1), DEFAULT), ["x", "y", "x_dot", "y_dot"]),
        (lambda: tangent_of(product, (1,), DEFAULT), ["x", "y", "y_dot"]),
        (lambda: adjoint_of(product, (0,), DEFAULT), ["x", "y", "out_bar"]),
        (
            lambda: tangent_of(clashing, (0, 1), DEFAULT),
            ["x", "x_dot", "out_bar", "x_dot_", "x_dot_dot"],
        ),
        (
            lambda: adjoint_of(clashing, (0,), DEFAULT),
            ["x", "x_dot", "out_bar", "out_bar_"],
        ),
    ],
)
def test_names_of_what_follows_the_arguments(made_, names):
    parameters = inspect.signature(made_()).parameters
    assert list(parameters) == names
    assert all(p.default is p.empty for p in parameters.values())


def test_signatures_and_names():
    gradient = srcad.grad(product)
    assert str(inspect.signature(gradient)) == "(x, y=2.0)"
    assert gradient.__name__ == "product_grad"
    assert gradient.__module__ == __name__
    assert gradient.__doc__ == "Return the gradient of `product` with respect to x."
    assert str(inspect.signature(srcad.grad(only_by_name))) == "(x, *, k=2.0)"
    assert str(inspect.signature(tangent_of(only_by_name, (0,), DEFAULT))) == "(x, k, x_dot)"


def test_names_that_clash_are_told_apart():
    with as_plain_python():
        assert srcad.value_and_grad(clashing, (0, 1))(2.0, 5.0) == (30.0, (15.0, 6.0))
        assert srcad.jvp(clashing, (2.0, 5.0), (1.0, 0.0)) == (30.0, 15.0)
        out, pullback = srcad.vjp(clashing, 2.0, 5.0)
        assert (out, pullback(1.0)) == (30.0, (15.0, 6.0))


def test_what_follows_is_not_written():
    def f(x):
        y = x * 2.0
        y[0] = x[1]
        return y

    x, bar = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    with as_plain_python():
        _, pullback = srcad.vjp(f, x)
        first = pullback(bar)
        second = pullback(bar)
    np.testing.assert_array_equal(bar, [3.0, 4.0])
    np.testing.assert_array_equal(x, [1.0, 2.0])
    np.testing.assert_array_equal(first[0], [0.0, 11.0])
    np.testing.assert_array_equal(second[0], first[0])


def test_pickled():
    gradient = srcad.grad(product, "y")
    assert pickle.loads(pickle.dumps(gradient)) is gradient
    options = srcad.grad(srcad.differentiate(fastmath=True)(product))
    assert pickle.loads(pickle.dumps(options)) is options
    assert options is not srcad.grad(product)
    again = pickle.loads(pickle.dumps(srcad.grad(made(2.0))))
    with as_plain_python():
        assert again.__name__ == "<lambda>_grad"


def test_arguments_that_have_no_derivative():
    with as_plain_python(), pytest.raises(TypeError, match="x is an int64"):
        srcad.grad(product)(1)
    with pytest.raises(TypeError, match=r"y is 2\.0, which was not passed"):
        srcad.grad(product, "y")(1.0)
    with as_plain_python():
        assert srcad.grad(product, "y")(3.0, 2.0) == 3.0
