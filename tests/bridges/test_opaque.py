"""Functions of other libraries, with the derivatives of these, inside of functions of srcad."""

import numpy as np
import pytest

import srcad
from srcad.bridges.opaque import Library, opaque
from tests.harness import as_plain_python


def nothing(f, count):
    def never(*args):
        raise AssertionError("no derivative of this order is asked for")

    return never


PLAIN = Library(lambda f, args: f(*args), nothing, nothing)
"""A library without derivatives."""


def linear_jvp(f, count):
    """Return the tangent of a linear function: its value at the tangents."""
    return lambda *given: f(*given[count:])


def linear_vjp(f, count):
    """Return the cotangents of a function that doubles its last argument."""
    return lambda *given: (*(0.0 * x for x in given[: count - 1]), 2.0 * given[-1])


LINEAR = Library(lambda f, args: f(*args), linear_jvp, linear_vjp)


def test_derivatives_are_those_of_the_library():
    """Both modes, and the second order, of a function that nobody can look into."""
    calls = []

    def double(x):
        calls.append(x)
        return 2.0 * x

    twice = opaque(LINEAR, double, "float64[:]", "test")

    def f(x):
        y = twice(x * x)
        return np.sum(y * y)

    x = np.array([1.0, 2.0])
    with as_plain_python():
        assert srcad.grad(f)(x).tolist() == [16.0, 128.0]
        assert srcad.jvp(f, (x,), (x,)) == (68.0, 272.0)
        assert srcad.hvp(f)(x, x).tolist() == [48.0, 384.0]
        srcad.check_grads(f, (x,), order=2)
    assert len(calls) > 4


def test_results_of_another_type_are_refused():
    """An array of another dtype or rank, and a text that names no type."""
    cases = (
        (lambda x: x.astype(np.float32), r"returns float32\[:\], result= says float64\[:\]"),
        (lambda x: x[:, None] + x, r"returns float64\[:,:\], result= says float64\[:\]"),
        (lambda x: 1.0, r"returns float64, result= says float64\[:\]"),
    )
    for function, message in cases:
        f = opaque(PLAIN, function, "float64[:]", "test")
        with as_plain_python(), pytest.raises(TypeError, match=message):
            srcad.value_and_grad(lambda x: np.sum(f(x) * x))(np.ones(2))  # noqa: B023
    for text in ("int64", "float64[::1]", "float64[:", "float64[:;:]", "complex128"):
        with pytest.raises(ValueError, match="unknown type"):
            opaque(PLAIN, lambda x: x, text, "test")
    for wrong in (3.0, lambda *x: x, lambda *, x: x, lambda: 1.0):
        with pytest.raises(TypeError, match=r"takes a function|by position"):
            opaque(PLAIN, wrong, "float64", "test")


@pytest.mark.compiled
def test_compiled():
    """Compiled code calls the function itself, and exceptions come out of it."""
    scale = [2.0]

    def scaled(x):
        if x[0] < 0.0:
            raise ValueError("a point outside")
        return (scale[0] * x).sum()

    f = opaque(PLAIN, scaled, "float64", "test")
    assert f(np.ones(3)) == 6.0
    scale[0] = 3.0
    assert f(np.ones(3)[::-1]) == 9.0  # nothing of it is frozen
    with pytest.raises(ValueError, match="a point outside"):
        f(-np.ones(3))


def test_a_rule_for_tangents_and_one_for_reverse_mode():
    """Each mode has its own; without the second, the first is transposed."""

    @srcad.custom_jvp
    def cube(x):
        return x * x * x

    @cube.defjvp
    def rule(primals, tangents):
        (x,), (dot,) = primals, tangents
        return cube(x), 3.0 * x * x * dot

    def fwd(x):
        return cube(x), x

    def bwd(x, bar):
        return (300.0 * x * x * bar,)  # another one, to be known by it

    with as_plain_python():
        assert srcad.grad(cube)(2.0) == 12.0
        cube.defvjp(fwd, bwd)
        assert srcad.grad(cube)(2.0) == 1200.0
        assert srcad.jvp(cube, (2.0,), (1.0,))[1] == 12.0
        assert srcad.jvp(srcad.grad(cube), (2.0,), (1.0,))[1] == 1200.0
        assert srcad.grad(lambda x: srcad.jvp(cube, (x,), (1.0,))[1])(2.0) == 12.0
