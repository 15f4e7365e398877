"""What a function takes from outside is part of the key of its derivatives."""

import types
from collections import namedtuple

import numpy as np
import pytest

import srcad
from srcad.captured import content_key
from tests.harness import as_plain_python


def named_only(k):
    def f(x, *, scale=k):
        return x * scale

    return f


def by_position(k):
    def f(x, scale=k):
        return x * scale

    return f


def by_closure(k):
    def f(x):
        return x * k

    return f


def by_class(k):
    class Config:
        scale = k

    def f(x):
        return x * Config.scale

    return f


def by_class_of_base(k):
    class Base:
        scale = k

    class Config(Base):
        pass

    def f(x):
        return x * Config.scale

    return f


def by_class_handed_on(k):
    class Config:
        scale = k

    def scaled(x, config):
        return x * config.scale

    def f(x):
        return scaled(x, Config)

    return f


def by_class_in_tuple(k):
    class Config:
        scale = k

    config = (Config, 1.0)

    def f(x):
        return x * config[0].scale

    return f


def by_named_tuple(k):
    config = namedtuple("Config", "scale")(k)

    def f(x):
        return x * config.scale

    return f


def by_package(k):
    package, inner = types.ModuleType("package"), types.ModuleType("package.inner")
    package.inner, inner.scale = inner, k

    def f(x):
        return x * package.inner.scale

    return f


def by_class_of_module(k):
    module = types.ModuleType("module")
    module.Config = type("Config", (), {"scale": k})

    def f(x):
        return x * module.Config.scale

    return f


def by_function_of_module(k):
    module = types.ModuleType("module")
    module.scaled = by_closure(k)

    def f(x):
        return module.scaled(x)

    return f


def by_default_of_callee(k):
    scaled = named_only(k)

    def f(x):
        return scaled(x)

    return f


def by_function_met_twice(k):
    two, three = by_closure(2.0), by_closure(3.0)
    functions = (two, three, two if k == 2.0 else three)

    def f(x):
        return functions[2](x)

    return f


def by_default_function(k):
    inner = by_closure(k)

    def f(x, scaled=inner):
        return scaled(x)

    return f


def by_derivative(k):
    inner = by_closure(1.0)
    scaled = srcad.grad(inner) if k == 2.0 else inner

    def f(x):
        return k * x * x / 2.0 + 0.0 * scaled(x)

    return f


MAKERS = [make for name, make in globals().items() if name.startswith(("by_", "named_"))]
NOT_CALLED = (by_default_function, by_derivative)
"""Functions that plain Python cannot call here: of these, only the keys are compared."""


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_another_value_is_another_derivative(make):
    """Each function is differentiated with what it captures itself."""
    if make not in NOT_CALLED:
        with as_plain_python():
            found = [srcad.grad(make(k))(2.0) for k in (2.0, 3.0, 2.0)]
        assert found == [2.0, 3.0, 2.0]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_keys_are_stable(make):
    """The key of a function does not change while what it captures does not."""
    f = make(2.0)
    assert content_key(f) == content_key(f)
    assert hash(content_key(f)) == hash(content_key(f))
    assert content_key(f) != content_key(make(3.0))


def test_function_and_its_derivative_differ():
    """`h` and `srcad.grad(h)` are two things, met again or not."""
    h = by_closure(2.0)
    derived = srcad.grad(h)

    def make(*functions):
        def f(x):
            return functions[0](x) * functions[1](x)

        return f

    pairs = [(h, h), (h, derived), (derived, h), (derived, derived)]
    assert len({content_key(make(*pair)) for pair in pairs}) == 4


def test_attributes_change_between_calls():
    """A class attribute that changes makes another derivative."""

    class Config:
        scale = 2.0

    def f(x):
        return x * Config.scale

    with as_plain_python():
        assert srcad.grad(f)(1.0) == 2.0
        Config.scale = 5.0
        assert srcad.grad(f)(1.0) == 5.0


def test_equal_functions_share_a_derivative():
    """Functions made again with the same values have the same derivative object."""
    assert srcad.grad(by_closure(2.0)).kernel is srcad.grad(by_closure(2.0)).kernel
    assert srcad.grad(named_only(2.0)) is srcad.grad(named_only(2.0))


def test_recursion_ends():
    """Functions that capture each other, and arrays, have keys."""
    weights = np.ones(3)

    def even(n):
        return weights[0] if n == 0 else odd(n - 1)

    def odd(n):
        return weights[1] if n == 0 else even(n - 1)

    assert content_key(even) != content_key(odd)
