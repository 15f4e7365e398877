"""Results written into arrays (`out=`), methods of ufuncs, bounds, choices."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()
PAIRS = [(vec(4), vec(4, seed=1)), (vec(0), vec(0)), (vec(8)[::-2], vec(4, seed=1))]
MATRICES = [(vec(3, 4),), (vec(2, 3, 2),), (np.asfortranarray(vec(3, 2)),)]


@program(*PAIRS)
def out_by_name_and_by_position(x, y):
    z = np.empty_like(x)
    np.add(x, y, out=z)
    w = np.zeros(x.shape[0])
    np.exp(x * 0.5, w)
    np.multiply(w, z, out=w)
    r = np.sin(w, out=z[:])
    return z, w * r


@program((vec(3, 4), vec(4, seed=1)))
def out_of_reductions(a, y):
    z = np.zeros(4)
    np.sum(a * y, axis=0, out=z)
    w = np.empty(3)
    a.max(axis=1, out=w)
    np.clip(w, -0.5, 0.5, out=w)
    return z * y, w, np.dot(a, y, out=w) if a.shape[0] < 0 else z


@program((vec(4), vec(4, seed=1)), mutates=(0,))
def out_is_an_argument(x, y):
    np.subtract(x, y, out=x)
    np.copyto(x[1:3], y[:2])


@program((vec(3), vec(2, seed=1)), (vec(0), vec(2)), (vec(2, 2), vec(3)))
def outer_methods(x, y):
    return np.add.outer(x, y), np.multiply.outer(x, y) * 2.0, np.maximum.outer(x, y)


@program(*MATRICES)
def reduce_and_accumulate(a):
    return (
        np.add.reduce(a),
        np.multiply.reduce(a, axis=1),
        np.maximum.reduce(a, axis=-1, keepdims=True),
        np.add.accumulate(a),
        np.minimum.accumulate(a, axis=1),
        np.maximum.accumulate(a, axis=-1),
    )


@program((vec(5), vec(4, seed=1), np.array([1, 1, 3, -1])))
def unbuffered(x, v, k):
    y = x.copy()
    np.add.at(y, k, v * v)
    np.subtract.at(y, [0, 0], x[0])
    return y


@program((vec(4, 3), vec(3, seed=1), np.array([1, 1, 3])))
def unbuffered_rows(a, v, k):
    b = a.copy()
    np.add.at(b, k, v)
    c = a * 1.0
    np.add.at(c, (k, [0, 0, 2]), v)
    return b, c


@program((vec(5),), (vec(2, 3),), (vec(3).astype(np.float32),))
def bounds(x):
    return (
        np.clip(x, None, 0.1),
        np.clip(x, -0.1, None),
        x.clip(-0.3, 0.3),
        x.clip(min=0.0),
        np.clip(x, a_min=-0.1, a_max=0.2),
    )


@program((vec(5), vec(5, seed=1)))
def choices(x, y):
    z = np.select([x > 0.5, x > 0], [x * 2, x * y], 0.5)
    w = np.where([True, False, True, False, True], x, y)
    q, r = np.divmod(x, 0.7)
    return z, w, q * x, r, np.heaviside(x, 0.5) * x, np.fix(3 * x) * x, np.round(x, 1) * 0.0 + x


@program((vec(3), vec(3, seed=1)))
def lists_beside_arrays(x, y):
    z = [1, 2, 3] * x + (x > [0, 0.1, 0.2]) * y
    return z, np.sin([x[0], 1.0]), np.array([x[0]] * 3), np.maximum(x, [0.0, 0.1, 0.2])


@program((vec(3),))
def truths(x):
    m = x > 0
    m &= x < 0.5
    n = np.ones(3, bool)
    n[0] = False
    return (m | ~n) * x, (m ^ n) * x, x[n], np.logical_xor(m, n)


@program((vec(4), vec(4, seed=1)))
def comparisons_of_arrays(x, y):
    same = 2.0 if np.array_equal(x, x) and not np.array_equal(x, y) else 1.0
    close = 2.0 if np.allclose(x, x + 1e-12) else 1.0
    return x * same, y * close, np.isin(np.arange(4), [1, 3]) * x, any(x > 0) * x, all(x > 0) * x


@pytest.mark.slow
@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    check(func, args, mutates)


@pytest.mark.compiled
@parametrized([row for row in program if row[0] is out_by_name_and_by_position][:1])
def test_compiled(func, args, mutates):
    """The compiled derivative."""
    check(func, args[:2], mutates, compiled=True)


def test_bounds_that_are_met():
    """On a bound that is there alone the derivative is one, as on both."""

    def bounded(x):
        return np.sum(np.clip(x, None, 1.0)) + np.sum(np.clip(x, -1.0, None))

    with as_plain_python():
        bars = srcad.vjp(bounded, np.array([-1.0, 1.0, 2.0]))[1](1.0)
    np.testing.assert_array_equal(bars[0], [2.0, 2.0, 1.0])


def test_out_that_is_captured():
    """A captured array is not written."""
    table = np.zeros(3)

    def write(x):
        np.add(x, x, out=table)
        return x

    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="read-only"):
        srcad.vjp(write, vec(3))
