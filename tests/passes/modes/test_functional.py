"""Recursive calls that return their arguments: copies, as long as nobody can tell."""

import numpy as np
import pytest

import srcad
from srcad import NotDifferentiable
from tests.gradient_checks import check
from tests.harness import as_plain_python

X = np.array([0.5, 1.25, 2.0])


def doubled(a, n):
    if n == 0:
        return a
    a[0] = a[0] * 2.0
    return doubled(a, n - 1)


def itself(a, n):
    if n == 0:
        return a
    return itself(a, n - 1)


def tail(a, n):
    if n <= 0:
        return a[1:]
    return tail(a, n - 1)


def copied(a, n):
    if n <= 0:
        return a.copy()
    return copied(a, n - 1)


def even(a, n):
    return a if n <= 0 else odd(a, n - 1)


def odd(a, n):
    return a if n <= 0 else even(a, n - 1)


def only_read(x):
    y = x * x
    z = itself(y, 2)
    return z[0] * y[1]


def only_result_written(x):
    y = x * x
    z = doubled(y, 2)
    z[1] = 5.0 * x[0]
    return z[0] * z[1]


def same_name(x):
    y = x * x
    y = itself(y, 2)
    y[1] = 5.0 * x[0]
    return y[0] * y[1]


def copy_written(x):
    y = x * x
    z = copied(y, 2)
    z[1] = 5.0 * x[0]
    return y[0] * y[1] * z[1]


def written_before(x):
    y = x * x
    y[1] = 3.0 * x[0]
    z = itself(y, 2)
    return y[0] * y[1] * z[1]


def result_written(x):
    y = x * x
    z = itself(y, 2)
    z[1] = 5.0 * x[0]
    return y[0] * y[1]


def argument_written(x):
    y = x * x
    z = itself(y, 2)
    y[1] = 5.0 * x[0]
    return z[0] * z[1]


def argument_added_to(x):
    y = x * x
    z = doubled(y, 2)
    y += x
    return z[0] * z[1]


def view_written(x):
    y = x * x
    z = tail(y, 2)
    z[0] = 5.0 * x[0]
    return y[0] * y[1]


def view_of_the_result_written(x):
    y = x * x
    z = itself(y, 2)
    v = z[1:]
    v[0] = 5.0 * x[0]
    return y[0] * y[1]


def written_in_a_loop(x):
    y = x * x
    s = 0.0
    for i in range(3):
        y[i] = s + x[i]
        z = itself(y, 2)
        s += z[0] * z[i]
    return s


def callers_own(x):
    z = itself(x, 2)
    z[0] = 3.0 * x[1]
    return z[0] * z[1]


def mutual(x):
    y = x * x
    z = even(y, 3)
    z[1] = 5.0 * x[0]
    return y[0] * y[1]


def halved_below(a, n):
    s = 0.5 * a[n]
    for q in range(n):
        a[q] = 0.3 * s
        s = s * a[n] + np.sin(halved_below(a, q))
    return s


def called_with_new_arrays(x):
    s = 0.0
    for v in x:
        s += v * halved_below(x.copy(), 2)
    return s


@pytest.mark.parametrize(
    "func",
    [
        *(only_read, only_result_written, same_name, copy_written, written_before),
        called_with_new_arrays,
    ],
)
def test_copies_that_nobody_can_tell(func):
    """Nothing that is read was written under another name."""
    check(func, X)


@pytest.mark.parametrize(
    "func",
    [
        result_written,
        argument_written,
        argument_added_to,
        view_written,
        view_of_the_result_written,
        written_in_a_loop,
        callers_own,
        mutual,
    ],
)
def test_refused(func):
    """A write that the other name would show."""
    with as_plain_python(), pytest.raises(NotDifferentiable, match=r"E405.*written under one"):
        srcad.grad(func)(X)
