"""`@guvectorize` kernels: the loops that they stand for, as NumPy broadcasts and converts."""

import numba
import numpy as np
import pytest
from numba import float32, float64, guvectorize, int64

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()


@guvectorize([(float64[:], float64, float64[:])], "(n),()->(n)")
def scaled(x, s, out):
    for i in range(x.shape[0]):
        out[i] = x[i] * s * x[0]


@guvectorize([(float64[:, :], float64[:], float64[:])], "(m,n),(n)->(m)")
def product(a, x, out):
    for i in range(a.shape[0]):
        t = 0.0
        for j in range(x.shape[0]):
            t += a[i, j] * np.sin(x[j])
        out[i] = t


@guvectorize([(float64[:], float64[:], float64[:], float64[:])], "(n),()->(),()")
def moments(x, shift, mean, spread):
    mean[0] = x.mean() + shift[0]
    t = 0.0
    for i in range(x.size):
        t += (x[i] - mean[0]) ** 2
    spread[0] = t


@guvectorize("(n),()->(n)")
def when_called(x, s, out):
    for i in range(x.shape[0]):
        out[i] = out[i] * s + x[i] ** 3


@guvectorize([(float32[:], int64, float32[:]), (float64[:], int64, float64[:])], "(n),()->(n)")
def for_both(x, k, out):
    for i in range(x.shape[0]):
        out[i] = x[i] * x[(i + k) % x.shape[0]]


matrix, stack = vec(6).reshape(2, 3), vec(12, seed=2).reshape(2, 2, 3)


@program(
    (vec(3), 1.5),
    (matrix, 1.5),
    (vec(3), vec(4)),
    (matrix, vec(2, seed=3)),
    (matrix, vec(1)),
    (vec(3), vec(2, seed=4).reshape(2, 1)),
    (matrix, vec(4, seed=4).reshape(4, 1)),
    (vec(0), 2.0),
    (np.zeros((0, 3)), 2.0),
)
def with_a_number(x, s):
    return scaled(x, s), scaled(x * x, 2.0).sum()


@program(
    (matrix, vec(3)),
    (stack, vec(3)),
    (matrix, vec(6, seed=5).reshape(2, 3)),
    (stack[:1], vec(6, seed=5).reshape(2, 3)),
    (stack.transpose(2, 0, 1), vec(2)),
)
def with_matrices(a, x):
    return product(a, x)


@program((vec(4), 0.5), (matrix, 0.5), (matrix, vec(2)), (vec(3), vec(2)))
def with_several_results(x, s):
    mean, spread = moments(x, s)
    return mean * spread


@program((vec(3), 0.3), (matrix, vec(2)), (matrix[:, ::-1], 0.3))
def into_an_array(x, s):
    out = x * s if x.ndim == 1 else np.ones_like(x)
    when_called(x, s, out)
    when_called(x, 0.5, out=out)
    return out


@program((vec(3), 0.3), mutates=(0,))
def into_an_argument(x, s):
    when_called(x * s, s, x)
    return x.sum()


@program((vec(4), 1), (vec(4).astype(np.float32), 2), (matrix, np.array([0, 1])))
def for_two_types(x, k):
    return for_both(x, k)


@program((np.array([1, 2, 3]), vec(3)), (vec(3).astype(np.float32), vec(3)))
def converted(x, y):
    return scaled(x, y[0]) * y


@parametrized(program)
def test_values_and_derivatives(func, args, mutates):
    """The value, and both modes, of each program."""
    check(func, args, mutates)


def test_second_order():
    """Forward over reverse, against differences."""

    def f(x):
        return (scaled(x, x[0]) ** 2).sum() + product(np.outer(x, x), x).sum()

    with as_plain_python():
        x, h = vec(3), 1e-6
        got = srcad.hessian(f)(x)
        grad = srcad.grad(f)
        rows = [(grad(x + h * e) - grad(x - h * e)) / (2 * h) for e in np.eye(3)]
        assert np.allclose(got, rows, rtol=1e-6, atol=1e-6)


@guvectorize([(float64[:], float64[:])], "(n)->(n)", writable_args=("x",))
def writes(x, out):
    out[:] = x


@guvectorize([(float64[:], float64[:]), (int64[:], int64[:])], "(n)->(n)")
def for_ints(x, out):
    out[:] = x


@guvectorize([(float64[:], float64[:], float64[:])], "(n),(m)->(m)")
def writes_input(x, y, out):
    b = x[1:]
    b[0] += 3.0
    out[:] = y * x[1]


@guvectorize([(float64[:], float64[:])], "(n)->(n)")
def writes_copy(x, out):
    b = x.copy()
    b[0] = 3.0
    out[:] = x * b


def part_written(x):
    y = x * 2.0
    return np.sum(writes_input(y[:2], y)) * y[1]


def parts_of_one(x):
    y = x * 2
    scaled(y[1:], 2.0, y[:-1])
    return y.sum()


@pytest.mark.parametrize(
    ("func", "code", "text"),
    [
        (lambda x: writes(x).sum(), "E402", "writable_args"),
        (lambda x: for_ints(x).sum(), "E402", "which signature"),
        (lambda x: when_called(x, 2.0).sum(), "E403", "pass it as the last argument"),
        (lambda x: scaled(x).sum(), "E403", "takes 2 arguments"),
        (lambda x: scaled(x[0], 2.0).sum(), "E503", "at least 1 dimensions"),
        (lambda x: scaled(x, 2.0, np.zeros((1, 3))).sum(), "E503", "1 dimensions"),
        (lambda x: (x * 2, scaled(x, 2.0, x))[0].sum(), "E403", "a part of an argument"),
        (lambda x: (x * 2, when_called(x[1:], 2.0, x[:-1]))[0].sum(), "E403", "a part of an"),
        (parts_of_one, "E403", "a part of an argument"),
        (part_written, "E403", "writes to an argument that is no result"),
        (lambda x: scaled(x, 2.0, axis=0).sum(), "E403", "by position"),
        (lambda x: scaled(x, 2.0, vec_of_ones).sum(), "E205", "captured array"),
    ],
)
def test_refused(func, code, text):
    """One step beyond what is known: it is said what to write."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.grad(func)(vec(3))
    assert caught.value.code == code
    assert text in str(caught.value)


vec_of_ones = np.ones(3)


def test_kernels_write_copies():
    """An argument is only read then."""
    check(lambda x: np.sum(writes_copy(x) * x), (vec(3),))


@pytest.mark.parametrize(
    "args", [(np.ones((2, 3)), np.ones(2)), (np.ones((2, 2, 3)), np.ones((4, 3)))]
)
def test_shapes_that_do_not_fit(args):
    """ValueError, as NumPy raises."""
    with as_plain_python(), pytest.raises(ValueError, match="di"):
        srcad.grad(lambda a, x: product(a, x).sum())(*args)
    with pytest.raises(ValueError, match=r"(?i)mismatch|broadcast"):
        product(*args)


@pytest.mark.compiled
def test_compiled():
    """The decorated function, and its gradient, agree with what Numba computes."""

    @srcad.differentiate
    def f(x, s):
        out = np.zeros_like(x)
        when_called(x, s, out)
        return (out * out).sum()

    plain = numba.njit(f.py_func)
    assert f(matrix, 0.5) == plain(matrix, 0.5)
    value, grad = f.value_and_grad()(matrix, 0.5)
    assert value == plain(matrix, 0.5)
    assert np.allclose(grad, 6 * matrix**5)
