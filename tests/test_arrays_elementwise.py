"""Elementwise expressions over arrays, with broadcasting."""

import numpy as np
import pytest

from tests.array_checks import check, parametrized, programs, vec

program = programs()
N = [(vec(0),), (vec(1),), (vec(2),), (vec(5),)]
PAIRS = [
    (vec(5), vec(5, seed=1)),
    (vec(1), vec(5, seed=1)),
    (vec(5), vec(1, seed=1)),
    (vec(1), vec(1, seed=1)),
    (vec(0), vec(0)),
    (vec(0), vec(1)),
    (vec(2, 3), vec(3, seed=1)),
    (vec(2, 3), vec(1, seed=1)),
    (vec(3), vec(2, 3, seed=1)),
    (vec(2, 3), vec(2, 1, seed=1)),
    (vec(2, 1), vec(1, 3, seed=1)),
    (vec(2, 3, 4), vec(3, 1, seed=1)),
    (np.asfortranarray(vec(3, 4)), vec(3, 4, seed=1)),
    (vec(6)[::2], vec(3, seed=1)[::-1]),
    (vec(4, 6)[::2, ::-3], vec(2, 2, seed=1).T),
]


@program(*N)
def chain(x):
    return np.sin(x) * x + 1.0


@program(*N, (vec(2, 3),), (vec(2, 3, 2),), (vec(8)[::-2],), (np.asfortranarray(vec(2, 3)),))
def named_parts(x):
    y = np.exp(x) - 2.0 * x
    z = y / (1.0 + x * x)
    return z * y


@program(*PAIRS)
def two(x, y):
    return x * y + np.tanh(x - y)


@program(*PAIRS)
def two_named(x, y):
    z = x * np.exp(y)
    w = z + y
    return w * z, w


@program((vec(5), 0.3), (vec(2, 2), 0.3), (vec(0), 0.3))
def with_scalar(x, a):
    return a * x + x**2 / (a + 2.0) - (-x)


@program((vec(5), 0.3))
def scalar_first(x, a):
    b = a * 2
    return np.cos(b) / (2.0 + x) + b - x


@program((vec(5),), (vec(3, 4),))
def where_and_clip(x):
    y = np.where(x > 0.1, x * x, np.sin(x))
    return np.clip(y, -0.4, 0.3) + np.maximum(x, 0.2) * np.minimum(x, y)


@program((vec(4), vec(4, seed=1)))
def comparisons(x, y):
    mask = (x > y) & (x > -0.5) | ~(y < 0.3)
    return np.where(mask, x, y) * (x >= 0.0)


@program((vec(4),))
def bool_result(x):
    return x > 0.0, np.isnan(x), np.logical_and(x > 0.0, x < 0.5)


@program((vec(4), np.arange(4)), (vec(4), np.arange(4, dtype=np.int32)))
def with_integers(x, k):
    return x * k + k // 2, k * 2, k / 3


@program((vec(4).astype(np.float32),), (vec(2, 3).astype(np.float32),))
def single(x):
    return 2.0 * x + np.sin(x) / 3 - 1


@program((vec(4).astype(np.float32), vec(4, seed=1)))
def mixed_precision(x, y):
    return x * y, x + np.float32(2.0) * x


@program((vec(3, 4),), (vec(3, 1),), (vec(1, 4),))
def new_axes(x):
    r = x[:, 0]
    c = x[0]
    return r[:, None] * c[None, :] + x, r[:, np.newaxis] - x


@program((vec(3), vec(4, seed=1)), (vec(1), vec(4, seed=1)), (vec(3), vec(0)))
def outer_difference(x, y):
    d = x[:, None] - y[None, :]
    return np.exp(-d * d)


@program((vec(3),))
def in_a_loop(x):
    y = x.copy()
    for k in range(4):
        y = y + 0.1 * np.sin(y) * k
    return y


@program((vec(3), 3), (vec(3), 0))
def carried(x, n):
    u = np.zeros_like(x)
    v = np.ones(x.shape[0])
    for _ in range(n):
        w = u + 0.1 * v
        v = v - 0.1 * u * x
        u = w
    return u, v


@program((vec(3),))
def in_branches(x):
    if x[0] > 0.0:
        y = x * x
    else:
        y = np.sin(x)
    return y * 2.0


@program((vec(4), vec(4, seed=1)))
def read_after_write(x, y):
    z = x * y
    t = z + 1.0
    z[0] = 3.0 * x[1]
    return t * z


@program((vec(4),))
def written_between(x):
    a = x.copy()
    y = np.sin(a)
    a[1] = 2.0
    return y * a


@program((vec(4),))
def used_twice(x):
    y = np.exp(x)
    return y * x, y + 1.0


def helper(a, b):
    return a * b + 1.0


@program((vec(4), vec(4, seed=1)))
def through_a_helper(x, y):
    return helper(helper(x, y), 2.0)


@program((vec(4), 2.0), (vec(4), -1.0))
def conditional_expression(x, a):
    y = x * 2.0 if a > 0 else x - a
    return y * y


@program((vec(3, 4),), (vec(4, 3),))
def transposed(x):
    y = x.T * 2.0
    return y + np.transpose(x), x.T[0] * x[:, 0]


@program((vec(5),))
def ufuncs(x):
    y = np.add(x, np.multiply(x, 2.0))
    z = np.subtract(y, x) / np.divide(1.0, 2.0 + x)
    return np.power(np.abs(z) + 1.0, 1.5), np.hypot(x, y), np.square(x), np.sqrt(np.abs(x) + 1.0)


@program((vec(4),))
def builtin_abs_and_round(x):
    return abs(x) * np.floor(3.0 * x), np.sign(x)


@program((np.array(0.7), vec(3)), (vec(3), np.array(0.7)))
def zero_dimensions(x, y):
    return x * y


@program((vec(3),))
def lists_to_arrays(x):
    y = np.array([x[0], x[1] * x[2], 1.0])
    z = np.array([[x[0], 2.0], [x[1], x[2]]])
    return y * x, z * z


@program((vec(3),))
def converted(x):
    return x.astype(np.float64), (x * 3).astype(np.int64), np.asarray(x) * 2.0


@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    check(func, args, mutates)


@pytest.mark.compiled
@parametrized([row for row in program if row[0] in (two_named, where_and_clip, carried, single)])
def test_compiled(func, args, mutates):
    """The compiled derivative."""
    check(func, args, mutates, compiled=True)


@pytest.mark.parametrize(
    ("x", "y"), [(vec(3), vec(2)), (vec(2, 3), vec(2)), (vec(0), vec(2)), (vec(2, 3), vec(3, 3))]
)
def test_shapes_that_do_not_broadcast(x, y):
    """NumPy's exception."""
    for function in (two, two_named):
        with pytest.raises(ValueError, match="broadcast"):
            check(function, (x, y))
