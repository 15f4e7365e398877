"""Arrays whose shape changes from one iteration to the next: both modes, second derivatives."""

import numpy as np
import pytest

from tests.array_checks import check, parametrized, programs, vec
from tests.array_comparison import compare_second
from tests.harness import as_plain_python

program = programs()
second = programs()


@program((vec(5),), (np.zeros(0),))
def dropped_from_the_front(x):
    s = 0.0
    while len(x) > 0:
        s += x[0] * np.sum(x)
        x = x[1:]
    return s


@program((vec(5),))
def dropped_from_the_end_and_written(x):
    x = x.copy()
    s = 0.0
    while len(x) > 1:
        x[-2] *= x[-1]
        s += np.sin(x[-2])
        x = x[:-1]
    return s


@program((vec(5),))
def chosen_by_a_mask(x):
    s = 0.0
    for i in range(3):
        x = np.sin(x[x > 0.1 * i])
        s += np.sum(x)
    return s


@program((vec(4), vec(3)))
def polynomial_by_its_roots(roots, t):
    p = np.ones(1)
    for i in range(len(roots)):
        q = np.zeros(len(p) + 1)
        q[:-1] += p
        q[1:] -= roots[i] * p
        p = q
    return np.sum(np.polyval(p, t) ** 2)


@program((vec(3), 3), (vec(3), 0))
def power_of_a_polynomial(a, n):
    p = np.ones(1)
    for _ in range(n):
        p = np.convolve(p, a)
    return np.sum(p * p * np.arange(len(p)))


@program((vec(8), 3))
def first_in_first_out(x, w):
    q = np.zeros(0)
    s = 0.0
    for i in range(len(x)):
        q = np.append(q, x[i])
        if len(q) > w:
            q = q[1:]
        s += np.sum(q) ** 2
    return s


@second((vec(4),))
def one_grows_while_the_other_shrinks(x):
    a = np.zeros(0)
    b = x.copy()
    s = 0.0
    while len(b) > 0:
        a = np.append(a, b[-1] * 2)
        b = b[:-1]
        s += np.sum(a) * np.sum(b)
    return s + np.sum(a**2)


@program((vec(5),))
def change_places(x):
    a = np.ones(1)
    b = x.copy()
    for _ in range(3):
        a, b = b, np.append(a, b[0] * a[0])
    return np.sum(a * a) + np.sum(b)


@program((vec(4),))
def nested_loops(x):
    s = 0.0
    y = np.zeros(0)
    for i in range(len(x)):
        y = np.append(y, x[i])
        z = y
        while len(z) > 1:
            z = z[1:] * z[:-1]
            s += np.sum(np.sin(z))
    return s


@second((vec(8),))
def halved(x):
    s = 0.0
    while len(x) > 1:
        d = x[::2] - x[1::2]
        x = (x[::2] + x[1::2]) * 0.5
        s += np.sum(d * d)
    return s * x[0]


@program((vec(3),))
def rows_below_each_other(x):
    m = np.zeros((0, 3))
    for i in range(4):
        m = np.vstack((m, x.reshape(1, 3) * (i + 1)))
        x = x * x
    return np.sum(m * m)


@program((np.cos(np.arange(9.0) ** 1.3).reshape(3, 3) * 0.5 + np.eye(3) * 2,))
def elimination(a):
    s = 1.0
    while a.shape[0] > 1:
        s *= a[0, 0]
        a = a[1:, 1:] - np.outer(a[1:, 0], a[0, 1:]) / a[0, 0]
    return s * a[0, 0]


@program((np.arange(6.0).reshape(2, 3) * 0.1 + 0.3,))
def transposed(a):
    for _ in range(3):
        a = np.sin(a.T * 1.1)
    return np.sum(a[0] ** 2)


@program((vec(5),))
def returned(x):
    y = np.zeros(0)
    for v in x:
        if v > 0.2:
            y = np.append(y, v * v)
    return y


@program((vec(4),))
def merged_in_order(x):
    width = 1
    while width < len(x):
        out = np.zeros(0)
        for i in range(0, len(x), 2 * width):
            a = x[i : i + width]
            b = x[i + width : i + 2 * width]
            while len(a) > 0 and len(b) > 0:
                if a[0] < b[0]:
                    out = np.append(out, a[0])
                    a = a[1:]
                else:
                    out = np.append(out, b[0])
                    b = b[1:]
            out = np.concatenate((out, a, b))
        x = out
        width *= 2
    return np.sum(x * np.arange(len(x)))


@program((vec(6),))
def left_early(x):
    s = 0.0
    while True:
        s += np.sum(x * x)
        if len(x) < 3:
            return s
        x = x[1:-1] * 2.0


@program((vec(6),))
def old_beside_new(x):
    y = np.ones(2)
    old = y
    s = 0.0
    for i in range(4):
        s += np.sum(old) * y[0]
        old = y
        y = np.append(y, x[i] * y[-1])
    return s + np.sum(old)


@program((vec(6).astype(np.float32),))
def single_precision(x):
    y = np.zeros(0, np.float32)
    for i in range(4):
        y = np.append(y, x[i] * x[i])
    return np.sum(y * y)


@program((vec(6),))
def indices(x):
    at = np.zeros(0, np.int64)
    s = 0.0
    for i in range(6):
        if x[i] > 0:
            at = np.append(at, i)
        s += np.sum(x[at] ** 2)
    return s


@program((vec(20),))
def longer_than_the_buffer_is_at_first(x):
    y = np.ones(1)
    for i in range(len(x)):
        y = np.append(y, y[-1] * 0.5 + x[i])
    return np.sum(y * y)


@program((vec(5), 2), (vec(5), 0))
def made_anew_of_another_length(x, n):
    b = x[::2]
    for i in range(n):
        b = x * x[i]
    return np.sum(b * b)


@parametrized(program)
def test_program(func, args, mutates):
    """Value, forward mode against differences, reverse against forward."""
    check(func, args, mutates)


@parametrized(second)
def test_second_order(func, args, mutates):
    """Derivatives of the gradient, and the gradient itself."""
    check(func, args, mutates)
    with as_plain_python():
        compare_second(func, args)


@pytest.mark.compiled
def test_compiled():
    """The buffers are longer than at first."""
    check(power_of_a_polynomial, (vec(3), 20), compiled=True)
