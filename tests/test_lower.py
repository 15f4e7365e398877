"""Lowering keeps the meaning: the IR, run as Python, does what the function does."""

# ruff: noqa: B007, B905, FURB163, PLR0124, PLR1716, RUF005, RUF060 - programs under test

import copy
import linecache
import math
import operator
import sys
import time
from collections import namedtuple

import numpy as np
import pytest
from numba import njit, prange, typeof

import srcad
from srcad.backend import runtime
from srcad.frontend.statements.lower import lower
from srcad.frontend.types.numba_types import from_numba
from srcad.ir.nodes import Accum, Call, Const, For, If, Let, Load, Op, Raise, Store, Var, While
from srcad.ir.show import show
from srcad.ir.types import FLOAT, INT, Array, Static
from srcad.ir.walk import statements

SCALE = 2.5
SIZES = (2, 3)
FLAG = True
NOTHING = None
WEIGHTS = np.array([0.5, 1.5, -2.0, 1.0])
SINGLE = np.float32(1.5)
Point = namedtuple("Point", "x y")
ORIGIN = Point(0.5, 1.5)


def types_of(args):
    return tuple(from_numba(typeof(arg)) for arg in args)


def run_lowered(function, func, args):
    """Run the IR of `func` as plain Python."""
    text, _ = show(function)
    plain = getattr(func, "py_func", func)
    scope = {**plain.__globals__, **vars(runtime), "np": np, "math": math}
    scope |= dict(function.constants)
    exec(text, scope)
    return scope[function.name](*args)


def outcome(run):
    """Return what a call returns, or the exception that it raises."""
    try:
        return run()
    except AssertionError as error:
        return type(error), str(error).splitlines()[0]  # pytest adds lines
    except (ValueError, IndexError) as error:
        return type(error), error.args


def same(a, b):
    if isinstance(a, tuple) or isinstance(b, tuple):
        both = isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b)
        return both and all(map(same, a, b))
    if isinstance(a, type | str) or a is None or b is None:
        return a is b or a == b
    close = np.allclose(a, b, rtol=1e-13, atol=0, equal_nan=True)
    return np.shape(a) == np.shape(b) and np.asarray(a).dtype == np.asarray(b).dtype and close


# Helpers of the programs --------------------------------------------------------------


def square(t):
    return t * t


@njit
def compiled(t, k=2.0):
    u = t * k
    if u > 1.0:
        return u
    return u * u


def fill(out, value):
    for i in range(len(out)):
        out[i] = value * i


def keyword_only(a, /, b=2.0, *, c=3.0):
    return a + 10.0 * b + 100.0 * c


def min_and_max(x):
    low = x[0]
    high = x[0]
    for v in x:
        low = min(low, v)
        high = max(high, v)
    return low, high


def reassigns(t):
    t = t + 1.0
    t *= 2.0
    return t


def apply(g, t):
    return g(t) + g(t + 1.0)


def factorial(n):
    if n <= 1:
        return 1.0
    return n * factorial(n - 1)


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def total(x):
    s = 0.0
    for v in x:
        s += v * v
    return s


def first_above(x, limit):
    for i in range(len(x)):
        if x[i] > limit:
            return i
    return -1


double = lambda t: 2.0 * t

X = (0.7, -1.3, 2.1, 0.4)
ROWS: list[tuple] = []


def row(*args):
    """Register a program with its arguments (arrays are made anew for each run)."""

    def register(func):
        ROWS.append((func, args))
        return func

    return register


def vec(*values):
    return np.array(values or X)


def mat(n=3, m=4):
    return np.arange(1.0, 1.0 + n * m).reshape(n, m) / 7


# Scalars ------------------------------------------------------------------------------


@row(2.5, -1.5)
def arithmetic(x, y):
    return x + y - x * y / 2.0 + x // y + x % y + x**2 - (-x) + (+y)


@row(7, 2)
def integers(n, k):
    return n // k + (n % k) * 10 + (n & k) + (n | k) + (n ^ k) + (n << k) + (n >> 1) + ~n


@row(1.5)
def literals(x):
    a, b, c, d = 1, -2, 1.5e-3, -0.0
    return a + b * x + c - d + True + 0x10


@row(0.5, 1.0, 2.0)
@row(1.5, 1.0, 2.0)
@row(0.5, 3.0, 2.0)
def chained_comparison(x, y, z):
    return x < y < z <= 2.0 != x


@row(1.5)
@row(-0.5)
def ternary(x):
    return math.sqrt(x) if x > 0 else -x


@row(1.5, True)
@row(1.5, False)
def ternary_of_tuples(x, flag):
    a, b = (x, 2.0) if flag else (3.0, x)
    return a - b


@row(vec(), 1)
@row(vec(), 9)
def short_circuit(x, i):
    if i < len(x) and x[i] < 0.0:
        return 1.0
    if i >= len(x) or x[i] > 100.0:
        return 2.0
    return 3.0


@row(0, 5)
@row(3, 5)
def operands_of_and_or(a, b):
    return (a or b) + 10 * (a and b)


@row(1.5, 0.5)
def negations(x, y):
    a = not x > y
    b = not (x > y and y > 0.0)
    return a, b, not a


@row(2.4)
def casts(x):
    return int(x) + float(3) + bool(x) + np.int64(x) + int(True), np.float32(x)


@row(0.3)
def text_casts(x):
    return min(x, float("inf")), float("-inf"), float("1.5")


@row(0.3, 4.0)
def math_functions(x, y):
    a = math.sin(x) + np.cos(x) + math.exp(-x) + np.log1p(x) + math.atan2(x, y)
    b = np.hypot(x, y) + math.pow(x, 2.0) + math.copysign(x, -y) + np.fmod(y, x)
    return a + b + abs(-x) + pow(x, 2) + math.pi + np.e + math.log(y, 2.0) + math.floor(y)


@row(1.5, 2.5, 0.5)
def extrema(x, y, z):
    return min(x, y), max(x, y, z), min((z, y, x)), max(x, 1.0, y, 2.0)


@row(1.5, 2.5)
def where_of_numbers(x, y):
    return np.where(x > y, x, y * 2.0)


@row(7.5, 2)
def quotient_and_remainder(x, n):
    q, r = divmod(x, 2.0)
    return q, r, divmod(n, 2)


@row(1.5)
def walrus(x):
    y = (t := x * 2.0) + t
    z = t + (t := 7.0) * t
    return y, z, t


@row(2.0)
def walrus_in_a_while(x):
    n = 0
    while (y := x * 0.5) > 0.1:
        x = y
        n += 1
    return x, n


@row(3)
def membership(k):
    return (k in (1, 2, 3)), (k not in SIZES), k in ()


@row(1.5)
def reserved_names(np_, max=2.0, range=3.0):
    math_ = np_ * max
    print = math_ + range
    _t0 = print * 2.0
    return _t0 + abs(print)


# Tuples -------------------------------------------------------------------------------


@row(1.0, 2.0, 3.0)
def swaps(a, b, c):
    a, b = b, a
    a, b, c = c, a, b
    (a, b), c = (b, c), a
    return a, b, c


@row(vec(), 0, 2)
def swapped_elements(x, i, j):
    x[i], x[j] = x[j], x[i]
    i, x[i] = 3, 9.0
    return i


@row(1.5, 2.5)
def tuples(a, b):
    p = (a, (b, a * b))
    q, (r, s) = p
    p = (p[1][0], (p[0], s))
    u, v = p
    return p, q + r, v[-1], len(p), u


@row((1.5, (2.5, 3.5)))
def tuple_argument(p):
    a, (b, c) = p
    return a + p[1][0] * c, b


@row(Point(1.5, 2.5))
def named_tuple_argument(p):
    x, y = p
    return p.x * p.y + x - y + p[0] + ORIGIN.y


@row(1.5, 4)
def tuple_carried_by_a_loop(x, n):
    best = (x, 0)
    for i in range(n):
        now = (x * (i - 2) ** 2, i)
        if now[0] > best[0]:
            best = now
    return best


@row(2.0)
def tuple_algebra(x):
    p = (x, 1.0) + (3.0,)
    p += (4.0,)
    return p, p[1:], p[::-1], p == (2.0, 1.0, 3.0, 4.0), p != p, sum(p), sum(p, 1.0)


@row(1)
def tuple_of_literals_by_variable(k):
    return (1.5, 2.5, 3.5)[k] + SIZES[k]


@row(1.5)
def chained_assignment(x):
    a = b = x * 2.0
    c = (d, e) = (x, 3.0)
    a += 1.0
    return a, b, c, d, e


@row(1.5)
def annotated(x):
    y: float = x * 2.0
    z: int
    z = 3
    return y * z


# Loops --------------------------------------------------------------------------------


@row(vec(), 4)
@row(vec(), 0)
def ranges(x, n):
    s = 0.0
    for i in range(n):
        s += x[i]
    for i in range(1, n, 2):
        s = s * 2.0 + x[i]
    for i in range(n - 1, -1, -1):
        s = s * 0.5 + x[i]
    for i in range(10, n, -3):
        s += i
    for i in reversed(range(n)):
        s = s * 0.5 + x[i]
    for i in reversed(range(1, 2 * n, 3)):
        s = s * 0.5 + i
    for i in reversed(range(9, n, -2)):
        s = s * 0.5 + i
    for i in prange(n):
        s += i
    return s


@row(5)
@row(0)
def loop_variable_afterwards(n):
    i = -1
    for i in range(n):
        pass
    return i


@row(5)
def loop_variable_assigned(n):
    s = 0
    for i in range(n):
        i = i * 2
        s += i
        for i in range(2):
            s += i
        s += 100 * i
    return s, i


@row(4)
def bound_changed_inside(n):
    s = 0
    for i in range(n):
        n = n + 1
        s += n
    return s, n


@row(vec(), mat())
def over_arrays(x, A):
    s = 0.0
    for v in x:
        s += v * v
    for r in A:
        r[0] = s
        for v in r:
            s += v
    return s


@row(vec())
def over_a_rebound_array(x):
    s = 0.0
    for v in x:
        x = x.copy()
        x[0] = 100.0
        s += v
    return s


@row(vec(), vec(1.0, 2.0, 3.0))
def zips_and_enumerates(x, y):
    s = 0.0
    for a, b in zip(x, y):
        s += a * b
    for k, v in enumerate(y):
        s += k * v
    for k, v in enumerate(y, start=3):
        s += k * v
    for k, (a, b) in enumerate(zip(x, y)):
        s += k * a - b
    for k, (i, b) in zip(range(10, 0, -2), enumerate(x, 1)):
        s += k * i * b
    for p in zip(x, range(3)):
        s += p[0] * p[1]
    for v in reversed(x):
        s = s * 0.5 + v
    return s, k


@row(1.5, 2.5)
def unrolled(a, b):
    s = 0.0
    for v in (a, b, a * b, 4.0):
        if v > 2.0:
            continue
        s += v
    for n, v in [(1, a), (2, b)]:
        s += n * v
    for k, f in enumerate((math.sin, square, double)):
        s += k * f(a)
    for v, w in zip((a, b), (1.0, 2.0, 3.0)):
        s += v * w
    for v in (a, b, 7.0):
        if v > 2.0:
            break
    else:
        s = 0.0
    return s, v


@row(10.0)
@row(0.5)
def while_loop(x):
    n = 0
    while x > 1.0:
        x = x / 2.0
        n += 1
    else:
        n += 100
    return x, n


@row(vec(), 0.5)
@row(vec(), 50.0)
def while_with_guarded_test(x, limit):
    i = 0
    while i < len(x) and x[i] > -limit:
        if x[i] > limit:
            break
        i += 1
    return i


@row(17)
@row(1)
def while_true(n):
    s = 0
    while True:
        s += n
        if n % 5 == 0:
            s += 1000
            break
        n += 1
    while True:
        n -= 1
        if n < 3:
            return s, n
        s += n


@row(17)
def while_true_with_two_ways_out(n):
    while True:
        n -= 2
        if n == 6:
            break
        if n < 0:
            return -1
    return n


@row(vec(), 2.0)
@row(vec(), 9.0)
def loop_else(x, limit):
    for v in x:
        if v > limit:
            r = v
            break
    else:
        r = -1.0
    for v in x:
        r += v
    else:
        r *= 2.0
    return r


@row(6, 3)
@row(6, 100)
@row(2, 1)
def nested_jumps(n, k):
    s = 0
    for i in range(n):
        if i == 1:
            continue
        for j in range(n):
            if j > i:
                break
            if i * j == k:
                return -s
            if (i + j) % 2:
                if s > 50:
                    continue
                s += 1
            s += j
        else:
            s += 1000
            continue
        s += 7
        if s > 5000:
            break
    return s


@row(vec(), 3)
@row(vec(), 0)
def returns_from_loops(x, n):
    for i in range(n):
        k = 0
        while k < 5:
            if x[i] * k > 3.0:
                return x[i], k
            k += 1
        if i > 2:
            return 0.0, i
    return -1.0, n


@row(1, 5)
@row(2, 5)
@row(3, -5)
@row(4, 5)
def early_returns(kind, x):
    if kind == 1:
        return x * 2
    elif kind == 2:
        y = x + 1
    else:
        if x < 0:
            return -x
        y = x
    y += 1
    if y > 100:
        return 100
    return y


def many_returns(x):
    """Return the first k with x < k, by brute force."""
    if x < 1:
        return 1
    if x < 2:
        return 2
    if x < 3:
        return 3
    if x < 4:
        return 4
    if x < 5:
        return 5
    if x < 6:
        return 6
    if x < 7:
        return 7
    if x < 8:
        return 8
    if x < 9:
        return 9
    if x < 10:
        return 10
    if x < 11:
        return 11
    if x < 12:
        return 12
    if x < 13:
        return 13
    if x < 14:
        return 14
    if x < 15:
        return 15
    if x < 16:
        return 16
    x = x * 2
    if x < 40:
        return 17
    return x  # fmt: skip


for start in (0.5, 7.5, 12.5, 14.5, 15.5, 17.0, 30.0):
    ROWS.append((many_returns, (start,)))


@row(5)
@row(-5)
def nothing_returned(n):
    if n < 0:
        return
    n = n + 1


@row(2.0)
@row(-2.0)
def raises(x):
    """Fail for negative numbers."""
    if x < 0.0:
        raise ValueError("negative", 3)
    assert x < 100.0, "too large"
    assert True
    if x == 5.0:
        raise IndexError
    return math.sqrt(x)


@row(200.0)
def asserts(x):
    assert x < 100.0, "too large"
    return x


@row(2)
@row(7)
def raise_at_the_end(k):
    for i in range(5):
        if i == k:
            return i * 10
    raise ValueError("not found")


# Arrays -------------------------------------------------------------------------------


@row(mat(), 1)
def elements(A, i):
    A[i, 2] = A[i][1] + A[-1, -1] + A[i - 1][i + 1]
    A[i][0] += A[0, 0]
    A[0, 0] -= 2.0
    A[0][1] *= 3.0
    A[2, 3] = A[2, 3] + 1.0
    A[2, 1] = 5.0 + A[2, 1]
    A[2, 2] = A[2, 2] - A[i, i]
    A[(0, 3)] = 1.0
    return A[i, i] ** 2


@row(mat())
def views(A):
    row_ = A[1]
    row_[0] = 10.0
    part = A[0:2, 1]
    part[1] += 5.0
    z = row_[1:-1]
    z[-1] = 3.0
    back = A[::-1]
    back[0, 0] = -1.0
    w = A
    w[2, 2] = 8.0
    n = len(z)
    none = A[None:2]
    none[0, 0] = 0.25
    return n, z.shape[0], w.size


@row(mat(), vec())
def facts(A, x):
    n, m = A.shape
    shape = A.shape
    k = A.shape[0] * A.shape[-1] + shape[1]
    equal = A.shape == (3, 4), x.shape != A.shape
    sizes = A.size + A.ndim + len(A) + len(A.shape) + np.size(x) + np.ndim(A)
    return n, m, k, np.shape(A)[1], equal, sizes, x.shape, shape


@row(mat(), vec(), 2)
def makers(A, x, n):
    a = np.zeros(n)
    b = np.ones((n, 3))
    c = np.empty(A.shape)
    c[0, 0] = 1.0
    d = np.full(n, 2.5)
    e = np.zeros_like(x)
    f = np.full_like(A, 1.5)
    g = np.zeros((A.shape[0], n), dtype=np.float32)
    h = np.zeros(x.shape, x.dtype)
    i = np.ones(n, dtype="int64")
    j = np.full((n, n), 1.0, x.dtype)
    k = np.ones(len(x), np.bool_)
    q = np.zeros_like(A, dtype=np.int32)
    m = np.empty_like(x)
    m[0] = x[0]
    o = np.zeros(())
    p = np.zeros([n, 2])
    return a, b, c[0, 0], d, e, f, g, h, i, j, k, q, m[0], o, p


@row(vec())
def copies(x):
    y = x.copy()
    z = np.copy(x)
    u = np.array(x)
    v = np.asarray(x)
    y[0], z[0], u[0], v[1] = 1.0, 2.0, 3.0, 4.0
    return y, z, u


@row(vec(), mat())
def array_names_exchanged(x, A):
    u = np.zeros(4)
    for k in range(3):
        for i in range(4):
            u[i] = x[i] * 0.5 + k
        u, x = x, u
    return x


@row(vec())
def augmented_with_writes(x):
    def bump(y):
        y[0] += 1.0
        return y[0]

    x[0] += bump(x)
    x[1] *= bump(x)
    return x[0]


@row(vec(), np.array([1, 0, 3, 1]))
def scatter(x, where):
    out = np.zeros(4)
    for i in range(4):
        out[where[i]] += x[i]
    return out


@row(vec())
def kahan(x):
    s = 0.0
    c = 0.0
    for i in range(x.size):
        y = x[i] - c
        t = s + y
        c = (t - s) - y
        s = t
    return s


@row(np.array(2.5))
def zero_dimensional(x):
    x[()] = x[()] * 2.0
    return x[()]


# Calls --------------------------------------------------------------------------------


@row(0.3)
def helpers(x):
    t = square(x)
    u = square(t + 1.0)
    return compiled(u) + compiled(t, k=3.0) + compiled(k=0.5, t=x) + double(u) + reassigns(x)


@row(0.3, vec())
def helpers_that_return_tuples(x, y):
    low, high = min_and_max(y)
    both = min_and_max(y)
    fill(y, x)
    return low, high, both[1] - both[0], y[2]


@row(1.5)
def defaults_and_keywords(x):
    return keyword_only(x) + keyword_only(x, 1.0, c=x) + keyword_only(x, b=x)


@row(1.5)
def functions_as_arguments(x):
    return apply(math.sin, x) + apply(square, x) + apply(compiled, x) + apply(lambda t: t * x, x)


@row(1.5, 3)
def nested_functions(x, n):
    scale = 2.0

    def inner(t, offset=n * 10):
        return scale * t + offset + x

    scale = 3.0
    f = inner
    return inner(1.0) + f(x, offset=1)


@row(vec(), 1.0)
def calls_in_loops_and_tests(x, limit):
    n = 0
    while first_above(x, limit) >= 0 and n < 10:
        x[first_above(x, limit)] = 0.0
        n += 1
    return n


@row(5)
def recursion(n):
    return factorial(n) + is_even(n)


@row(4)
def itself(n):
    if n == 0:
        return 1
    return 2 * itself(n - 1)


@row((1.0, 2.0))
def starred_tuple(p):
    return keyword_only(*p)


@row(3.0)
def operator_functions(x):
    return operator.add(x, 1.0) * operator.mul(x, 2.0)


# What the function captures -----------------------------------------------------------


@row(1.5)
def captured(x):
    if FLAG:
        x *= SCALE
    if NOTHING is not None:
        x = undefined_name(x)  # noqa: F821
    n, m = SIZES
    return x + n * m + SIZES[0] + WEIGHTS[n] + len(WEIGHTS) + ORIGIN.x + SINGLE


def with_closure(k, weights):
    @row(vec())
    def closure(x):
        s = 0.0
        for i in range(k):
            s += weights[i] * x[i]
        return s

    return closure


with_closure(3, np.array([1.0, 10.0, 100.0]))


@pytest.mark.parametrize(("func", "args"), ROWS, ids=lambda part: getattr(part, "__name__", None))
def test_lowered_program_does_the_same(func, args):
    """Results, written arguments and exceptions are those of the original."""
    function = lower(func, types_of(args))
    first, second = copy.deepcopy(args), copy.deepcopy(args)
    expected = outcome(lambda: func(*first))
    found = outcome(lambda: run_lowered(function, func, second))
    assert same(found, expected)
    assert same(second, first)


# The form of the IR -------------------------------------------------------------------


def text_of(func, *types):
    return show(lower(func, types), comments=False)[0]


def test_form_of_a_small_program():
    """Temporaries, inlining, flags and `+=` look like this."""

    def program(x, n):
        s = 0.0
        for i in range(n):
            if i == 3:
                break
            s = s - square(x[i])
        return s

    assert text_of(program, Array("float64", 1), INT) == (
        "def program(x, n):\n"
        "    s = 0.0\n"
        "    brk = False\n"
        "    for i in range(n):\n"
        "        _t0 = i == 3\n"
        "        if _t0:\n"
        "            brk = True\n"
        "        else:\n"
        "            _t1 = x[i]\n"
        "            _t2 = _t1 * _t1\n"
        "            _t3 = -_t2\n"
        "            s += _t3\n"
        "        if brk:\n"
        "            break\n"
        "    return s\n"
    )


def test_continue_needs_no_flag():
    """What follows `if c: continue` becomes its other branch."""

    def program(n):
        s = 0
        for i in range(n):
            if i % 2 == 0:
                continue
            s += i
        return s

    kinds = [type(stmt) for stmt in statements(lower(program, (INT,)).body)]
    assert kinds == [Let, For, Let, Let, If, Accum]


def test_while_true_with_one_way_out_needs_no_flag():
    """The statements before the only `break` run before the test."""

    def program(x):
        while True:
            y = 0.5 * x
            if y < 1.0:
                break
            x = y
        return x

    loop, *rest = lower(program, (FLOAT,)).body
    assert isinstance(loop, While)
    assert loop.cond_body[0].target == Var("y")
    assert not rest


def test_early_return_outside_loops_needs_no_flag():
    """Both branches of the test set the result."""

    def program(x):
        if x > 0.0:
            return x
        y = x * x
        return y

    body = lower(program, (FLOAT,)).body
    assert [type(stmt) for stmt in body] == [Let, If]
    assert body[1].then[-1].target == body[1].orelse[-1].target == Var("result")


def test_nested_element_is_one_load():
    """`A[i][j]` makes no view."""

    def program(A, i, j):
        return A[i][j]

    (load,) = lower(program, (Array("float64", 2), INT, INT)).body
    assert load.value == Load(Var("A"), (Var("i"), Var("j")))


def test_parameters_and_result():
    """Tuples are flattened, omitted defaults become literals, the result has a structure."""

    def program(p, k=3, f=None):
        return p[0], (p[1], k), f is None

    args = (from_numba(typeof((1.0, np.zeros(2)))), Static(3), Static(None))
    function = lower(program, args)
    assert [param.name for param in function.params] == ["p", "k", "f"]
    assert function.params[0].value == (Var("p_0", FLOAT), Var("p_1", Array("float64", 1)))
    assert function.params[1].value == Const(3)
    assert function.params[2].value is None
    assert function.result == (0, (1, 2), 3)
    assert function.returns == (Var("p_0"), Var("p_1"), Const(3), Const(value=True))


def test_static_function_argument():
    """A function given as an argument is inlined where it is called."""

    def program(f, x):
        return f(x)

    function = lower(program, (Static(math.sin), FLOAT))
    assert function.body[0].value == Op("sin", (Var("x"),))
    assert lower(program, (Static(compiled), FLOAT)).params[0].value is None


def test_captured_arrays_are_constants():
    """Each captured array is bound once, by the name that the user gave it."""

    def program(i):
        return WEIGHTS[i] + WEIGHTS[0]

    ((name, value),) = lower(program, (INT,)).constants
    assert name == "WEIGHTS"
    assert value is WEIGHTS


def test_recursion_is_a_call():
    """A function met again while it is inlined stays a call of that function."""
    calls = [s for s in statements(lower(recursion, (INT,)).body) if isinstance(s, Call)]
    assert {call.function for call in calls} == {factorial, is_even}
    assert all(len(call.targets) == 1 for call in calls)


def test_derivatives_stay_calls():
    """A derivative that is called inside the function is a call; its results have ranks."""
    both = srcad.value_and_grad(total)

    def program(x):
        value, slope = both(x)
        return value + slope[0] + len(slope) + srcad.grad(total)(x)[1]

    function = lower(program, (Array("float64", 1),))
    calls = [stmt for stmt in statements(function.body) if isinstance(stmt, Call)]
    assert [call.function for call in calls] == [both, srcad.grad(total)]
    assert [len(call.targets) for call in calls] == [2, 1]
    assert [call.args for call in calls] == [(Var("x"),)] * 2


def test_raise_statement():
    """`assert` becomes a branch that raises."""
    test, raising = lower(asserts, (FLOAT,)).body[-2:]
    assert isinstance(test, Let)
    assert raising.then[0].kind is AssertionError
    assert raising.then[0].args == ("too large",)
    assert isinstance(raising.then[0], Raise)


def test_spans_point_into_the_file():
    """Statements carry the place of the user's expression, helpers their own."""
    places = []
    for stmt in lower(helpers, (FLOAT,)).body[:3]:
        line = linecache.getline(stmt.span.file, stmt.span.line)
        places.append(line[stmt.span.col : stmt.span.end_col])
        assert stmt.span.file == __file__
    assert places == ["t = square(x)", "t + 1.0", "u = square(t + 1.0)"]


def test_lowering_is_deterministic():
    """The same function gives the same text each time."""
    arrays = (Array("float64", 1), INT)
    assert text_of(ranges, *arrays) == text_of(ranges, *arrays)


def test_stores_are_full_and_flat():
    """Every store names one element, every operand is an atom."""
    for func, args in ROWS:
        function = lower(func, types_of(args))
        for stmt in statements(function.body):
            match stmt:
                case Store(index=index, value=value):
                    assert all(isinstance(part, Var | Const) for part in index)
                    assert isinstance(value, Var | Const)
                case Let(value=Op(args=operands)):
                    assert all(isinstance(operand, Var | Const) for operand in operands)


# Where functions come from ------------------------------------------------------------


def define(text, name="f", **names):
    """Return a function made by exec, with its source known to `linecache`."""
    file = f"<test {abs(hash(text)):x}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope = {"np": np, "math": math, **names}
    exec(compile(text, file, "exec"), scope)
    return scope[name]


def test_function_made_by_exec():
    """A function without a file works if linecache knows its text."""
    func = define("def f(x):\n    return x * 2.0\n")
    assert run_lowered(lower(func, (FLOAT,)), func, (3.0,)) == 6.0


def test_methods_of_indentation():
    """Decorators, odd indentation and strings over several lines do not matter."""
    text = (
        "def identity(f):\n    return f\n"
        "if True:\n"
        "        @identity\n"
        "        @identity\n"
        "        def f(x):\n"
        '                """First\n'
        "second, less indented.\n"
        '                """\n'
        "                return (x +\n"
        "    1.0)\n"
    )
    func = define(text)
    function = lower(func, (FLOAT,))
    assert run_lowered(function, func, (3.0,)) == 4.0
    assert function.body[0].span.line == 10


def test_lambdas_are_found_by_position():
    """Several lambdas on one line are told apart."""
    pair = (lambda x: x + 1.0, lambda x: x * 3.0)
    assert [run_lowered(lower(f, (FLOAT,)), f, (5.0,)) for f in pair] == [6.0, 15.0]


@pytest.mark.slow
def test_long_program_is_lowered_in_linear_time():
    """Twice the lines take about twice the time; 1,000 lines take far below half a second."""

    def program(count):
        lines = ["def f(x, n):", "    s = 0.0"]
        for k in range(count // 4):
            lines += [f"    a{k} = x[{k}] * s + {k}.5", f"    if a{k} > 2.0:"]
            lines += [f"        s = s + a{k} * a{k}", f"    x[{k}] = s - a{k}"]
        return define("\n".join([*lines, "    return s\n"]))

    def seconds(func):
        start = time.process_time()
        lower(func, (Array("float64", 1), INT))
        return time.process_time() - start

    small, large = program(1000), program(4000)
    assert min(seconds(small) for _ in range(3)) < 0.5
    assert seconds(large) < 8 * min(seconds(small) for _ in range(3))


def test_long_sums_are_not_deep():
    """A sum of 500 terms is no deep expression."""
    func = define("def f(x):\n    return " + " + ".join(["x"] * 500) + "\n")
    assert run_lowered(lower(func, (FLOAT,)), func, (1.0,)) == 500.0


def test_many_branches_stay_flat():
    """Hundreds of early returns do not nest hundreds deep."""
    tests = "".join(f"    if x < {k}:\n        return {k}.0\n" for k in range(300))
    func = define(f"def f(x):\n{tests}    return x\n")
    function = lower(func, (FLOAT,))
    for x in (-1.0, 5.5, 40.5, 298.5, 400.0):
        assert run_lowered(function, func, (x,)) == func(x)
    assert sys.getrecursionlimit() <= 5000


@pytest.mark.parametrize(
    "func", [lambda x, *rest: x, lambda x, **rest: x, lambda x, *, k=2.0: x * k]
)
def test_star_arguments_are_refused(func):
    """A function has a fixed list of parameters."""
    given = (FLOAT, Static(2.0)) if func.__kwdefaults__ else (FLOAT, Static(None))
    if func.__kwdefaults__:
        lower(func, given)
        return
    with pytest.raises(srcad.NotDifferentiable) as caught:
        lower(func, given)
    assert [problem.code for problem in caught.value.problems] == ["E203"]
