"""Sweeps along several directions: each has the numbers that it has alone, or there are none."""

import numba
import numpy as np
import pytest

from srcad import pipeline
from srcad.backend.jit import compile_helper
from srcad.backend.lanes import WIDTH, PlainLanes, add_lanes, chosen, lanes_at, set_lanes, spread
from srcad.derivation import Derivation
from srcad.ir.types import Array, Scalar
from srcad.passes.directions.widened import widened
from srcad.spec import DerivativeSpec
from tests.ir_text import ir

VECTOR, MATRIX, FLOAT = Array("float64", 1), Array("float64", 2), Scalar("float64")
INT = Scalar("int64")


def along_several(func, *types, kind="tangent", wrt=(0,)):
    """Return the source of a derivative along several directions, None where there is none."""
    cotangents = 1 if kind == "pullback" else None
    spec = DerivativeSpec(func, kind, wrt, cotangents=cotangents, width=WIDTH)
    run = Derivation(spec, types, pipeline.STEPS)
    function = run.along_several(spec, types)
    return None if function is None else pipeline.show(function)[0]


def loop(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] * x[i]
    return np.sin(s)


def test_numbers_are_lanes():
    """What depends on the direction is read, added and returned side by side."""
    text = along_several(loop, VECTOR, INT)
    assert "lanes_at(x_dot, i)" in text
    assert "s_dot = spread(0.0, 8)" in text
    assert "set_lanes(out_lanes" in text
    assert "x_dot[i]" not in text
    assert "spread(x" not in text


def fill(x):
    y = np.empty(x.shape[0])
    z = y[1:]
    for i in range(x.size - 1):
        y[i] += x[i + 1]
        z[i] = y[i] / (1.0 + x[i] * x[i])
    return y


def test_arrays_have_one_more_axis():
    """New arrays, views with slices and additions to elements."""
    text = along_several(fill, VECTOR)
    assert "8))" in text
    assert "set_lanes(" in text
    text = along_several(fill, VECTOR, kind="pullback")
    assert "add_lanes(x_bar" in text


def backwards(x):
    y = np.empty(x.size)
    z = y[::-1]
    for i in range(x.size):
        z[i] = x[i] * x[::2][i // 2]
    return y


def test_views_with_steps():
    """Views of rows in any order: the axis of the directions is never cut."""
    assert "[::-1]" in along_several(backwards, VECTOR)


def chooses(x):
    return np.sum(np.where(x > 0.5, np.exp(x), 2.0 * x))


def roots(x):
    return np.sqrt(x)


def test_choices():
    """By what does not depend on the direction as ever; by what does, each lane for itself."""
    text = along_several(chooses, VECTOR)
    assert text is not None
    text = along_several(roots, VECTOR)
    assert "chosen(" in text


def single(x):
    y = np.empty(x.shape[0], np.float32)
    for i in range(x.size):
        y[i] = x[i]
    return y


def test_other_floats():
    """Lanes are of float64 alone."""
    assert along_several(loop, Array("float32", 1), INT) is None
    assert along_several(single, VECTOR) is None


def layer(w, x):
    return w @ np.tanh(w @ x)


def gram(a, b):
    return a.T @ b @ a


def test_products():
    """A product with a vector becomes one with a matrix; others are made one by one."""
    text = along_several(layer, MATRIX, VECTOR, wrt=(1,))
    assert "np.dot(w, x_dot)" in text
    assert "for d in" not in text
    text = along_several(layer, MATRIX, VECTOR, wrt=(1,), kind="pullback")
    assert "np.dot(w.T, " in text
    text = along_several(layer, MATRIX, VECTOR)
    assert "[:, :, d].copy()" in text
    assert along_several(gram, MATRIX, MATRIX) is not None
    assert along_several(gram, MATRIX, MATRIX, kind="pullback") is not None


def solves(a, b):
    return np.linalg.solve(a, b)


def determinant(x, a):
    return np.linalg.det(a) * x


def test_calls():
    """The derivatives of library functions take no lanes; others may be called beside."""
    assert along_several(solves, MATRIX, VECTOR) is None
    assert along_several(determinant, VECTOR, MATRIX) is not None


def powers(x, n):
    return x if n == 0 else x * powers(x, n - 1)


def test_recursive_functions():
    """A function that calls itself takes no lanes."""
    assert along_several(powers, VECTOR, INT) is None


def branches(x):
    s = 0.0
    for i in range(x.size):
        if x[i] > 0.0:
            s += x[i] * s
    return s


def test_branches():
    """Branches by values are those of all directions."""
    assert along_several(branches, VECTOR) is not None
    assert along_several(branches, VECTOR, kind="pullback") is not None


def test_sizes_of_arrays_with_lanes():
    """A size counts the elements of one direction, in the bounds of a slice, too."""
    made = widened(
        ir(
            "def f(x: A1, x_dot: A1):\n    y_dot = zeros_like(x_dot)\n    n = y_dot.size\n"
            "    z_dot = y_dot[:n]\n    t = x_dot[0]\n    z_dot[0] = t\n    return y_dot"
        ),
        1,
        WIDTH,
    )
    text = pipeline.show(made)[0]
    assert "n = y_dot.size // 8" in text
    assert "z_dot = y_dot[:n]" in text
    assert "set_lanes(z_dot, t, 0)" in text


def test_what_is_given_has_no_lanes():
    """Arguments beside the tangents hold one number for each element."""
    text = "def f(x: A1, x_dot: A1):\n    t = x_dot[0]\n    {}[0] = t\n    return {}"
    assert widened(ir(text.format("x_dot", "x_dot")), 1, WIDTH) is not None
    assert widened(ir(text.format("x", "x")), 1, WIDTH) is None
    assert widened(ir(text.format("x", "x_dot")), 1, WIDTH) is None


# The numbers ---------------------------------------------------------------------------


def test_plain_lanes_are_not_changed_in_place():
    """`a += b` gives another number to `a` alone."""
    a = spread(1.0, 3)
    b = a
    b += 1.0
    b *= 2.0
    b -= 1.0
    b /= 3.0
    assert isinstance(b, PlainLanes)
    assert (a == 1.0).all()
    assert (b == 1.0).all()
    array = np.arange(6.0).reshape(2, 3)
    read = lanes_at(array, 1)
    set_lanes(array, spread(7.0, 3), 1)
    add_lanes(array, spread(1.0, 3), -1)
    assert (read == [3.0, 4.0, 5.0]).all()
    assert (array[1] == 8.0).all()
    assert (chosen(read > 3.5, read, -read) == [-3.0, 4.0, 5.0]).all()


@pytest.mark.compiled
def test_compiled_lanes():
    """Compiled, they are the same numbers NaN and signed zeros included."""

    def everything(a, w):
        s = spread(0.0, 8)
        for i in range(w.shape[0]):
            t = lanes_at(a, i)
            s += -t * w[i] + 2 * t / 3.0
            s -= +t
            add_lanes(a, s, -1 - i)
        test = ((s < 0.0) | (w[0] > 0.0)) & ~(s != 0.5) | (s == 1.0)
        u = chosen(test, s, spread(1, 8))
        v = u if w[1] > 0.0 else s
        out = np.zeros((2, 8))
        set_lanes(out, v * w[0] - 1.0, 1)
        return out

    rng = np.random.default_rng(0)
    made = compile_helper(everything, {"error_model": "numpy"})
    for _ in range(4):
        a, w = rng.normal(size=(5, 8)), rng.normal(size=5)
        a[2, :3] = np.nan, -0.0, np.inf
        twin = a.copy()
        with np.errstate(all="ignore"):
            expected = everything(twin, w)
        assert np.array_equal(made_call(made, a, w), expected, equal_nan=True)
        assert np.array_equal(a, twin, equal_nan=True)
        assert (np.signbit(a) == np.signbit(twin))[~np.isnan(a)].all()


def made_call(made, *args):
    """Return the result of a compiled helper, which has no wrapper for Python."""

    @numba.njit
    def call(*given):
        return made(*given)

    return call(*args)
