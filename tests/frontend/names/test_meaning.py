"""What a name holds is what it held: meanings are frozen when they are made."""

# ruff: noqa: B020, B905, PLC3002, PLR1704 - programs under test

import numpy as np

from tests.array_checks import check, parametrized, programs

X, Y = np.array([0.5, 1.25, -0.75]), np.array([2.0, -1.5, 0.25])

program = programs()


def keeps(a, b):
    s = 0.0
    for v in (a, b):
        a = v * b
        b = v + a
        s += a * v
    return s + b


@program((X, 2))
def enumerate_start(x, k):
    s = 0.0
    for i, v in enumerate(x, k):
        k = 10 * i
        s += i * v
    return s + k


@program((X, 2))
def enumerate_start_is_the_target(x, k):
    s = 0.0
    for k, v in enumerate(x, k):
        s += k * v
    return s * k


@program((X, 2))
def enumerate_of_tuple(x, k):
    s = 0.0
    for i, v in enumerate((x[0], x[1], x[2]), k):
        k = 10 * i
        s += i * v
    return s + k


@program((X, 2))
def enumerate_named(x, k):
    e = enumerate(x, k)
    k = 7
    s = 0.0
    for i, v in e:
        s += i * v
    return s * k


@program((X, 2))
def range_in_zip(x, a):
    s = 0.0
    for i, v in zip(range(a, 9), x):
        a = 5 * i
        s += i * v
    return s + a


@program((X, 2))
def range_in_zip_of_target(x, a):
    s = 0.0
    for a, v in zip(range(a, 9, a), x):
        s += a * v
    return s


@program((X, 2))
def range_in_enumerate(x, a):
    s = 0.0
    for i, j in enumerate(range(a, a + 3)):
        a = 5 * j
        s += x[i] * j
    return s + a


@program((X, 3))
def reversed_range(x, n):
    s = 0.0
    for i in reversed(range(n)):
        n = i
        s += x[i] * (n + 1)
    return s


@program((X, 3))
def reversed_range_named(x, n):
    r = reversed(range(n))
    n = 1
    s = 0.0
    for i in r:
        s += x[i] * (i + n)
    return s


@program((X, 3))
def reversed_range_enumerated(x, n):
    s = 0.0
    for k, i in enumerate(reversed(range(n))):
        n = 1
        s += x[i] * (k + n)
    return s


@program((X, 3))
def range_named(x, n):
    r = range(n)
    n = 1
    s = 0.0
    for i in r:
        s += x[i] * (i + n)
    for i in r:
        s += x[i] * x[i]
    return s


@program((X, 3))
def range_named_and_reversed(x, n):
    r = range(n)
    q = reversed(r)
    n = 1
    s = 0.0
    for i in q:
        s = s * 0.5 + x[i] * n
    return s


@program((X, 2))
def index_grid(x, n):
    m = 1
    s = 0.0
    for i, j in np.ndindex(n, m + 1):
        n, m = 1, 5
        s += x[i] * x[i + j] * (n + m)
    return s


@program((X, 2))
def index_grid_named(x, n):
    g = np.ndindex(n, n)
    n = 1
    s = 0.0
    for i, j in g:
        s += x[i] * x[i + j] * n
    return s


@program((X * 1.0,))
def elements_of_named_array(x):
    e = np.ndenumerate(x)
    x = 2.0 * x
    s = 0.0
    for (i,), v in e:
        s += v * v * i
    return s + x[0]


@program((X * 1.0,))
def flat_of_named_array(x):
    e = x.flat
    x = 2.0 * x
    s = 0.0
    for v in e:
        s += v * v
    return s + x[0]


@program((0.5, -1.5))
def tuple_of_names(a, b):
    s = 0.0
    for v in (a, b):
        b = 2.0 * v
        s += v * v * b
    return s


@program((0.5, -1.5))
def list_of_names(a, b):
    s = 0.0
    for v in [b, a, b]:
        b = a = 2.0 * v
        s += v * v * b
    return s


@program((0.5, -1.5))
def tuple_target_is_in_it(a, b):
    s = 0.0
    for a in (a, b, a):
        s = s * a + a
    return s


@program((0.5, -1.5))
def tuple_of_pairs(a, b):
    s = 0.0
    for v, w in ((a, b), (b, a)):
        a = 3.0 * v
        b = w * v
        s += v * w * w
    return s + a + b


@program((0.5, -1.5))
def zip_of_tuples(a, b):
    s = 0.0
    for v, w in zip((a, b), (b, a)):
        a = 3.0 * v
        b = w * v
        s += v * w * w
    return s + a + b


@program((0.5, -1.5))
def reversed_tuple(a, b):
    s = 0.0
    for v in reversed((a, b)):
        a = 3.0 * v
        s += v * v * a
    return s


@program((0.5, -1.5))
def tuple_by_name(a, b):
    t = (a, b)
    a = 9.0 * b
    s = a
    for v in t:
        t = (v, a)
        s += v * v
    return s * t[0]


@program((0.5, -1.5))
def comprehension_over_tuple(a, b):
    return sum([(lambda a: a * b)(v) for v in (a, b)])


@program((X, 2))
def dtype_by_name(x, n):
    d = x.dtype
    x = np.zeros(2, np.int64) + n
    z = np.ones(2, d) / 4
    return z[0] * x[1] * 1.0


@program((X, Y))
def method_by_name(x, y):
    total = x.sum
    x = y * y
    return total() * x[0]


@program((X, Y))
def shape_by_name(x, y):
    n = x.shape
    x = np.concatenate((x, y))
    s = 0.0
    for k in n:
        s += k * x[k]
    return s * n[0]


@program((0.5, 2.0))
def walrus_beside_a_tuple(x, a):
    t = (x, a)
    return t[0] * (t := (a, x * x))[1] + t[0]


@program((X,))
def walrus_beside_a_range(x):
    s = 0.0
    for i in range(n := 3):
        n = 1
        s += x[i] * n
    return s


@program((0.5, 2.0))
def names_of_a_helper_stay(x, a):
    return keeps(x, a) + keeps(a, x) * keeps(x, x)


@program((X, Y))
def swapped_while_looping(x, y):
    s = 0.0
    for a, b in zip(x, y):
        x, y = y, x
        s += a * b * x[0] + b * b
    return s


@program((X, Y))
def nested_loops_over_named_sources(x, y):
    p = (x, y)
    s = 0.0
    for v in p:
        for w in v:
            p = (y, x)
            s += w * v[0]
    return s * p[0][1]


@program((0.5, 2.0))
def loop_over_dot_items(x, y):
    s = 0.0
    t = ((x, y), (y, x))
    for a, b in t:
        x = a * b
        y = x + a
        t = ((x, x), (y, y))
        s += a / b
    return s * t[1][0]


@program((X, 1))
def shape_loop(x, n):
    s = 0.0
    for k in x.shape:
        x = x[: k - 1]
        s += x[0] * k
    return s


@program((X, Y))
def enumerate_rebound(x, y):
    s = 0.0
    for i, v in enumerate(x):
        x = y * v
        s += x[i]
    return s


@program((np.arange(6.0).reshape(2, 3),))
def loop_rows(a):
    s = 0.0
    for row in a:
        a = a * 2.0
        s += row[0] * a[1, 1]
    return s


@program((np.arange(6.0).reshape(2, 3),))
def rows_of_named(a):
    r = reversed(a)
    a = a * 2.0
    s = 0.0
    for row in r:
        s = s * 0.5 + row[0] * a[1, 1]
    return s


@program((np.arange(6.0).reshape(2, 3),))
def transposed_kept(a):
    t = a.T
    a = a * 2.0
    m = t.dot
    t = a
    return np.sum(m(t))


@program((X, 2))
def range_attr(x, n):
    s = 0.0
    for i, j in zip(range(n), range(n, 0, -1)):
        n = i
        s += x[i] * x[j] * n
    return s


@parametrized(program)
def test_programs(func, args, mutates):
    """The value and both derivatives are those of Python."""
    check(func, args, mutates)
