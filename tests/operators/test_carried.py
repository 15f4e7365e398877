"""Partials, bound methods and objects that can be called, given to operators."""

import pickle
from functools import partial

import numpy as np
import pytest

import srcad
from srcad.errors import NotDifferentiable
from tests.harness import as_plain_python

X = np.array([1.0, 2.0])


def energy(a, x, b=1.0):
    return a * np.sum(x**2) * b


class Model:
    scale = 2.0

    def __init__(self, w):
        self.w = w
        self.name = "model"
        self.parts = {"k": 3.0, "list": [1.0, 2.0]}

    @property
    def twice(self):
        return 2.0 * self.w[0]

    def loss(self, x, y):
        return self.scale * np.sum(self.w * x) * y * self.parts["k"] * self.twice

    def __call__(self, x):
        return np.sum(self.w * x * x)

    @classmethod
    def square(cls, x):
        return cls.scale * x * x

    def other(self, x):
        return self.loss(x, 1.0)

    def by_name(self, x):
        return x if self.name == "model" else 2.0 * x

    def itself(self, x):
        return x, self


def test_partial():
    held = partial(energy, 3.0)
    named = partial(held, b=2.0)
    with as_plain_python():
        assert srcad.grad(held)(X).tolist() == [6.0, 12.0]
        assert srcad.grad(held, "a")(X) == 5.0
        assert srcad.grad(named)(X).tolist() == [12.0, 24.0]
        assert srcad.grad(named)(X, b=4.0).tolist() == [24.0, 48.0]
        assert srcad.grad(named, ("x", "b"))(X)[1] == 15.0
        assert srcad.jvp(named, (X,), (X,)) == (30.0, 60.0)
        value, pullback = srcad.vjp(named, X)
        assert value == 30.0
        assert [bar.tolist() for bar in pullback(0.5)] == [[6.0, 12.0]]
        _, along = srcad.linearize(named, X)
        assert along(X) == 60.0
        assert srcad.tangent(held)(X, 1.0, X) == (15.0, 30.0)
        assert srcad.adjoint(held)(X, 1.0, 1.0)[1].tolist() == [6.0, 12.0]


def test_second_order_of_what_carries():
    held = partial(energy, 3.0)
    with as_plain_python():
        assert srcad.hessian(held)(X).tolist() == [[6.0, 0.0], [0.0, 6.0]]
        assert srcad.hvp(held)(X, X).tolist() == [6.0, 12.0]
        assert srcad.grad(srcad.grad(Model.square))(3.0) == 4.0
        assert srcad.jacobian_mode(held, X).outputs == 1


def test_what_is_carried_never_gets_stale():
    """Neither in a gradient that is held, nor in one that is asked for again."""
    model = Model(np.array([1.0, 3.0]))
    x_bar, y_bar = srcad.grad(model.loss, (0, 1))(X, 2.0)
    assert (x_bar.tolist(), y_bar) == ([24.0, 72.0], 84.0)
    held = srcad.grad(model.loss)
    model.w = np.array([2.0, 3.0])
    assert held(X, 2.0).tolist() == [96.0, 144.0]
    model.w[0] = 1.0
    model.parts["k"] = 1.0
    Model.scale = 4.0
    try:
        for gradient in (held, srcad.grad(model.loss), pickle.loads(pickle.dumps(held))):
            expected = 4.0 * 2.0 * 1.0 * 2.0 * model.w
            assert gradient(X, 2.0).tolist() == expected.tolist()
    finally:
        Model.scale = 2.0
    assert len(held.signatures) == 1


def test_objects_that_can_be_called():
    model = Model(np.array([1.0, 3.0]))
    with as_plain_python():
        assert srcad.value_and_grad(model)(X)[1].tolist() == [2.0, 12.0]
        assert srcad.grad(Model.square)(3.0) == 12.0
        out, pullback = srcad.vjp(model.loss, X, 2.0)
        assert out == model.loss(X, 2.0)
        assert [np.sum(bar) for bar in pullback(1.0)] == [96.0, 84.0]
        assert srcad.jvp(model.loss, (X, 2.0), (None, 1.0))[1] == 84.0


def test_what_is_refused():
    model = Model(np.array([1.0, 3.0]))
    with as_plain_python():
        for method, what in ((model.other, "loss"), (model.by_name, "name")):
            with pytest.raises(NotDifferentiable, match=f"'{what}' of an object of class 'Model'"):
                srcad.grad(method)(X)
        with pytest.raises(NotDifferentiable, match="an object of class 'Model' cannot be"):
            srcad.grad(model.itself, has_aux=True)(2.0)
        with pytest.raises(ValueError, match="'self' is the object"):
            srcad.grad(model.loss, "self")
        with pytest.raises(ValueError, match="argnums=2 is out of range: 2 arguments of loss"):
            srcad.grad(model.loss, 2)
        with pytest.raises(ValueError, match="'b' is carried, and constant unless"):
            srcad.grad(partial(energy, b=2.0), 2)
        with pytest.raises(TypeError, match="tangent of a partial with the keyword b"):
            srcad.tangent(partial(energy, b=2.0))
        for func in (len, Model, partial(max, 1.0), np.vectorize(Model.square), np.sin):
            with pytest.raises(TypeError, match="takes a Python function"):
                srcad.grad(func)


def test_check_grads_takes_what_carries_values():
    class Scaled:
        def __init__(self, scale):
            self.scale = scale

        def total(self, x, k=2.0):
            return self.scale * np.sum(np.sin(k * x))

    def power(scale, x, n):
        return scale * x**n

    with as_plain_python():
        srcad.check_grads(Scaled(3.0).total, (np.array([0.3, -0.2]),), order=2)
        srcad.check_grads(partial(power, 2.0), (1.5, 3), order=2)
        srcad.check_grads(partial(power, n=3), (2.0, 1.5))
