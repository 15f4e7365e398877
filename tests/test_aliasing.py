"""One array given for two arguments, overlapping arguments, and results that are inputs."""

import numpy as np
import pytest

import srcad
from tests.harness import assert_close, bits
from tests.oracle import reference_vjp
from tests.zoo import PROGRAMS
from tests.zoo.table import vec

BY_NAME = {program.name: program for program in PROGRAMS}
TOL = 1e-10


def read_both(a, b):
    s = 0.0
    for i in range(len(a)):
        s += a[i] * a[i] * b[len(b) - 1 - i]
    return s


def write_first(a, b):
    s = 0.0
    for i in range(len(a)):
        a[i] = a[i] * b[i] + b[0]
        s += a[i] * b[i]
    return s


def alias_the_other(a, b):
    z = b
    s = 0.0
    for i in range(len(a)):
        s += z[i] * a[i] * b[0]
    return s


READING = [read_both, alias_the_other]


@pytest.mark.compiled
@pytest.mark.parametrize("func", READING)
def test_one_array_twice(func):
    """`f(x, x)`: each argument has its own derivative, as if the arrays were two."""
    x = vec(4)
    before = bits((x,))
    got = srcad.grad(func, argnums=(0, 1))(x, x)
    assert_close(got, reference_vjp(func, (x, x.copy()), 1.0), TOL, "gradients")
    assert bits((x,)) == before
    assert not np.shares_memory(got[0], got[1])


@pytest.mark.parametrize("func", READING)
def test_overlapping_slices(func):
    """Two slices of one array."""
    x = vec(6)
    got = srcad.grad(func, argnums=(0, 1))(x[:4], x[2:])
    expected = reference_vjp(func, (x[:4].copy(), x[2:].copy()), 1.0)
    assert_close(got, expected, TOL, "gradients")


@pytest.mark.compiled
@pytest.mark.parametrize("func", READING)
def test_one_array_twice_forward(func):
    """The tangent of both."""
    x, x_dot = vec(4), vec(4, seed=1)
    out, out_dot = srcad.jvp(func, (x, x), (x_dot, x_dot))
    bars = reference_vjp(func, (x, x.copy()), 1.0)
    assert_close(out, func(x, x), TOL, "value")
    assert_close(out_dot, sum(bar @ x_dot for bar in bars), TOL, "tangent")


@pytest.mark.parametrize("given", ["same", "overlapping"])
def test_writing_one_of_two_names_of_one_array(given):
    """What the primal would see of its own writes is not what copies would see: refused."""
    x = vec(6)
    args = (x[:4], x[:4]) if given == "same" else (x[:4], x[1:5])
    before = bits((x,))
    gradient = srcad.grad(write_first, argnums=(0, 1))
    with pytest.raises(ValueError) as caught:
        gradient(*args)
    assert str(caught.value) == "'a' and 'b' share memory, and the function writes it"
    assert bits((x,)) == before


def test_writing_neighbours_in_one_array():
    """Slices of one array that do not overlap are two arrays."""
    x = vec(8)
    got = srcad.grad(write_first, argnums=(0, 1))(x[:4], x[4:])
    expected = reference_vjp(write_first, (x[:4].copy(), x[4:].copy()), 1.0)
    assert_close(got, expected, TOL, "gradients")


@pytest.mark.compiled
def test_results_are_never_inputs():
    """A returned argument, its view, and one array returned twice are copies."""
    for name in ("returned_argument", "returned_view", "argument_and_its_alias_in_the_result"):
        program = BY_NAME[name]
        args = program.args()
        out, _ = srcad.jvp(program.function, args, args)
        arrays = [leaf for leaf in (out if isinstance(out, tuple) else (out,)) if np.ndim(leaf)]
        for array in arrays:
            assert not np.shares_memory(array, args[0])


@pytest.mark.compiled
def test_a_cotangent_is_read_only_data():
    """The pullback neither writes nor returns the cotangent that it is given."""
    program = BY_NAME["returned_argument"]
    x = program.args()[0]
    bar = vec(6, seed=3)
    _, pullback = srcad.vjp(program.function, x)
    (x_bar,) = pullback(bar)
    assert not np.shares_memory(x_bar, bar)
    assert_close(x_bar, bar, TOL, "cotangent")
    bar.flags.writeable = False
    assert_close(pullback(bar), (bar,), TOL, "cotangent")
