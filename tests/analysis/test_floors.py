"""What integers are at least, by small loops."""

import numba
import numpy as np
import pytest

from srcad.analysis.floors import Floors
from srcad.frontend.types.numba_types import from_numba
from srcad.ir import nodes as ir
from srcad.ir.walk import statements
from srcad.pipeline import stages

X = np.ones(4)


def one_sided(func, *args):
    """Return for each loop of a function whether its index stays on one side of zero."""
    names = func.__code__.co_varnames
    types = tuple(map(from_numba, map(numba.typeof, args), names))
    function = dict(stages(func, "primal", types, ()))["typed"]
    floors = Floors(function)
    return [floors.one_sided(s) for s in statements(function.body) if isinstance(s, ir.For)]


def literals(x):
    s = 0.0
    for i in range(3):
        s += x[i]
    for i in range(-1, 3):
        s += x[i]
    for i in range(3, -1, -1):
        s += x[i]
    for i in range(3, -2, -1):
        s += x[i]
    for i in range(-3, 0):
        s += x[i]
    for i in range(-1, -3, -1):
        s += x[i]
    return s


def sizes(x, n):
    s = 0.0
    for i in range(n):
        for j in range(i, x.size):
            s += x[j]
        for j in range(i - 1, n):
            s += x[j]
        for j in range(i + 1, -1, -1):
            s += x[j]
        for j in range(i, n, i + 1):
            s += x[j]
    return s


def arguments(x, lo, hi, step):
    s = 0.0
    for i in range(lo, hi):
        s += x[i]
    for i in range(max(lo, 0), hi):
        s += x[i]
    for i in range(min(max(lo, 1), 3), hi):
        s += x[i]
    for i in range(min(lo, 3), hi):
        s += x[i]
    for i in range(0, hi, step):
        s += x[i]
    for i in range(2, max(hi, 0), step):
        s += x[i]
    for i in range(lo % 3, hi):
        s += x[i]
    for i in range(hi, lo, -1):
        s += x[i]
    return s


def counters(x, n):
    s = 0.0
    lo, down = 0, 3
    for _ in range(2):
        for i in range(lo, 4):
            s += x[i]
        for i in range(down, 4):
            s += x[i]
        lo += 1
        down -= 2
        n = -n
    for i in range(n, 4):
        s += x[i]
    return s


def too_large(x, n, m):
    s = 0.0
    a, b = max(n, 0), max(m, 0)
    for i in range(a * b, 4):
        s += x[i]
    for i in range(a + 1, 4):
        s += x[i]
    for i in range(a // 2, 4):
        s += x[i]
    for i in range(x.size * x.size + 1, 4):
        s += x[i]
    for i in range(min(a, 9) * min(b, 9), 4):
        s += x[i]
    return s


def doubled(x, n):
    s = 0.0
    k, m = 1, 0
    for _ in range(n):
        m += k
        k += k
    for i in range(k, 4):
        s += x[i]
    for i in range(m, 4):
        s += x[i]
    return s


def made_from_floats(x, n, p):
    s = 0.0
    for i in range(int(np.ceil(max(n, 0))), 4):
        s += x[i]
    for i in range(int(np.ceil(max(p, 0.0))), 4):
        s += x[i]
    return s


@pytest.mark.parametrize(
    ("func", "args", "expected"),
    [
        (too_large, (X, 2, 3), [False, False, True, True, True]),
        (doubled, (X, 2), [True, False, False]),
        (made_from_floats, (X, 2, 0.5), [True, False]),
        (literals, (X,), [True, False, True, False, True, True]),
        (sizes, (X, 3), [True, True, False, True, True]),
        (arguments, (X, 0, 3, 1), [False, True, True, False, False, True, True, False]),
        (counters, (X, 2), [True, True, False, False]),
    ],
)
def test_one_sided(func, args, expected):
    """The bounds of a loop say whether its index may change its sign."""
    assert one_sided(func, *args) == expected
