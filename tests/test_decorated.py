"""The decorated object: called as it is written, the same object after pickling."""

import functools
import pickle

import numpy as np
import pytest

import srcad
from srcad.decorated import Decorated, decorated
from srcad.frontend.syntax.signature import signature_of
from srcad.options import DEFAULT, Options
from tests.harness import as_plain_python


def swapped(x, y):
    return x * x * y


def scaled(x, k=2.0, *, n=1.0):
    return x * k * n


@functools.wraps(swapped)
def other_order(y, x):
    return x * x * y


@functools.wraps(scaled)
def other_defaults(x, k=3.0, *, n=5.0):
    return x * x * k * n


@functools.wraps(swapped)
def fewer(a):
    return a * a * 3.0


@srcad.differentiate
def cubed(x):
    return x * x * x


def test_signatures_of_wrappers():
    assert list(signature_of(other_order).parameters) == ["y", "x"]
    assert [p.default for p in signature_of(other_defaults).parameters.values()][1:] == [3.0, 5.0]
    assert list(signature_of(fewer).parameters) == ["a"]
    assert list(signature_of(swapped).parameters) == ["x", "y"]
    assert signature_of(other_order) != signature_of(other_order.__wrapped__)


def test_wrappers_are_called_as_they_are_written():
    with as_plain_python():
        assert srcad.value_and_grad(other_order, "x")(2.0, 5.0) == (50.0, 20.0)
        assert srcad.value_and_grad(other_order, "x")(x=5.0, y=2.0) == (50.0, 20.0)
        assert srcad.value_and_grad(other_order)(2.0, 5.0) == (50.0, 25.0)
        assert srcad.value_and_grad(other_defaults)(2.0) == (60.0, 60.0)
        assert srcad.value_and_grad(fewer)(2.0) == (12.0, 12.0)
        assert srcad.jvp(other_order, (2.0, 5.0), (0.0, 1.0)) == (50.0, 20.0)
        assert srcad.vjp(fewer, 2.0)[1](1.0) == (12.0,)
    with pytest.raises(ValueError, match="has no argument 'x'"):
        srcad.grad(fewer, "x")


def test_wrappers_that_are_decorated():
    func = decorated(other_order, DEFAULT)
    assert func.py_func.__code__ is other_order.__code__
    assert func._compiler.pysig == signature_of(other_order)
    assert decorated(swapped, DEFAULT).py_func is swapped
    with as_plain_python():
        assert func.grad("x")(2.0, 5.0) == 20.0


def test_the_call_of_a_wrapper_compiled():
    func = decorated(other_order, DEFAULT)
    assert func(x=5.0, y=2.0) == func(2.0, 5.0) == 50.0


def test_pickled_by_name_or_by_value():
    assert pickle.loads(pickle.dumps(cubed)) is cubed
    local = decorated(lambda x: x * x, Options(fastmath=True))
    again = pickle.loads(pickle.dumps(local))
    assert isinstance(again, Decorated)
    assert again.options == local.options
    gradient = srcad.grad(scaled)
    assert pickle.loads(pickle.dumps(gradient)) is gradient


@pytest.mark.parametrize("thing", [1.0, "f", len, np.sin, Decorated])
def test_what_cannot_be_decorated(thing):
    with pytest.raises(TypeError, match="takes a Python function or an @njit function"):
        srcad.differentiate(thing)


def test_derivatives_are_not_decorated():
    with pytest.raises(TypeError, match="takes a Python function"):
        srcad.differentiate(srcad.grad(swapped))
