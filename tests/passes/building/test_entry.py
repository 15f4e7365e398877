"""Entry and exit of derivative functions: shapes, copies, memory of one's own."""

from dataclasses import replace

import numpy as np
import pytest

import srcad
from srcad.ir.names import NameSupply
from srcad.passes.building.emitter import Emitter
from srcad.passes.building.entry import shape_checks
from tests.harness import as_plain_python
from tests.ir_text import ir, run

X = np.array([0.5, 1.25, 0.75])


def squares(x):
    return x * x


def overwrites(x, y):
    x[0] = x[1] * y[0]
    return x[0] * x[2]


def only_reads(x, y):
    return x[0] * y[1]


def the_argument(x):
    return x


def a_part_of_it(x):
    return x[1:]


def one_array_twice(x):
    y = x * x
    return y, y


def an_array_and_its_part(x):
    y = x * x
    return y, y[1:]


def one_of_two(x, y, first):
    z = x if first else y
    return z * 1.0, z


TABLE = np.array([1.0, 2.0, 3.0])


def a_constant_array(x):
    return TABLE, x * TABLE


@pytest.mark.parametrize("shape", [(2,), (4,), (0,), (1,)])
def test_shapes_are_tested(shape):
    """A tangent or cotangent of another shape is an error with the name of the array."""
    with as_plain_python():
        with pytest.raises(ValueError, match=r"tangent of x.* shape"):
            srcad.jvp(squares, (X,), (np.ones(shape),))
        with pytest.raises(ValueError, match="shape"):
            srcad.vjp(squares, X)[1](np.ones(shape))


@pytest.mark.parametrize(("kind", "extents"), [("A1", (3,)), ("A2", (2, 3)), ("A3", (2, 3, 4))])
def test_every_axis_is_tested(kind, extents):
    """The generated test itself: one wrong extent among right ones is enough."""
    function = ir(f"def f(x: {kind}, x_dot: {kind}):\n    return 1.0")
    body = []
    pair = tuple(param.value for param in function.params)
    shape_checks(Emitter(NameSupply.of(function), body), [pair], "tangent")
    checked = replace(function, body=tuple(body))
    x = np.ones(extents)
    assert run(checked, x, x)[0] == 1.0
    for axis in range(x.ndim):
        wrong = np.ones(tuple(n + (k == axis) for k, n in enumerate(extents)))
        with pytest.raises(ValueError, match=r"the tangent of .* must have"):
            run(checked, x, wrong)


def test_memory_that_is_shared_and_written():
    """Two arguments with memory in common are refused only if one of them is written."""
    whole = np.arange(6.0)
    with as_plain_python():
        for pair in ((X, X), (whole[:4], whole[3:]), (whole[::2], whole[1:])):
            with pytest.raises(ValueError, match="share memory"):
                srcad.vjp(overwrites, *pair)
            with pytest.raises(ValueError, match="share memory"):
                srcad.jvp(overwrites, pair, pair)
            with pytest.raises(ValueError, match="share memory"):
                srcad.grad(overwrites, argnums=(0, 1))(*pair)
            srcad.vjp(only_reads, *pair)
        srcad.vjp(overwrites, whole[:3], whole[3:])


def test_arguments_stay_as_they_are():
    """What the function writes is a copy, with its final contents as an output."""
    x, y = X.copy(), 2.0 * X
    with as_plain_python():
        (out, final), pullback = srcad.vjp(overwrites, x, y)
        pullback((1.0, np.ones(3)))
        srcad.jvp(overwrites, (x, y), (x, y))
        srcad.grad(overwrites)(x, y)
    assert np.array_equal(x, X)
    assert np.array_equal(y, 2.0 * X)
    assert final[0] == X[1] * 2.0 * X[0]
    assert out == final[0] * X[2]


@pytest.mark.parametrize(
    ("func", "args"),
    [
        (the_argument, (X,)),
        (a_part_of_it, (X,)),
        (one_array_twice, (X,)),
        (an_array_and_its_part, (X,)),
        (a_constant_array, (X,)),
        (one_of_two, (X, 2.0 * X, True)),
    ],
)
def test_results_have_memory_of_their_own(func, args):
    """No result is an argument, a captured array, another result, or a part of one."""

    def flat(results):
        return [r for r in results if isinstance(r, np.ndarray)]

    plain = func(*args)
    plain = plain if isinstance(plain, tuple) else (plain,)
    floats = tuple(a for a in args if isinstance(a, np.ndarray))
    with as_plain_python():
        out, _ = srcad.vjp(func, *args)
        primal, dots = srcad.jvp(func, args, (*floats, *(None,) * (len(args) - len(floats))))
    for results in (out, primal, dots):
        arrays = flat(results if isinstance(results, tuple) else (results,))
        assert len(arrays) == len(plain)
        others = [*floats, TABLE]
        for k, array in enumerate(arrays):
            assert not any(np.shares_memory(array, other) for other in (*others, *arrays[:k]))
    for found, expected in zip(
        primal if isinstance(primal, tuple) else (primal,), plain, strict=True
    ):
        assert np.array_equal(found, expected)
