"""Functions with `yield` that a loop of the same function runs over, and what is refused."""

# ruff: noqa: TRY301

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs
from tests.array_comparison import compare_second, returns_float
from tests.harness import as_plain_python

X = np.array([0.53, 0.27, 0.91, -0.74, 0.31])
program = programs()


def steps(a, n):
    k = 0
    while k < n:
        yield a * k
        k += 1


def pairs(x):
    for i in range(x.size):
        for j in range(i):
            yield x[i], x[j]


def firsts(x):
    yield x[0]
    for v in x[1:]:
        if v < 0.0:
            return
        yield v * v
    yield x[0] * 2.0


def chain(x):
    yield from firsts(x)
    yield from x
    yield from (1.0, 2.0)


@program((X,), (X[:0],), (X[:1],))
def of_pairs(x):
    s = 0.0
    for a, b in pairs(x):
        s += a * b * b
    return s


@program((X,), (np.abs(X),))
def several_places(x):
    s = x[1]
    for a in firsts(x):
        s = s * a + 1.0
    return s


@program((X,), (np.abs(X),))
def numbered_and_left(x):
    s = 0.0
    for k, a in enumerate(chain(x), 2):
        if k == 3:
            continue
        s += a * a * k
        if k == 9:
            break
    else:
        s = s * s
    return s


@program((X,), (X[:1],))
def beside_arrays(x):
    s = 0.0
    for a, b in zip(steps(x[0], 9), x, strict=False):
        s += a * b
    for b, a in zip(x, steps(x[0], 3), strict=False):
        s += a * b
    for b, a, c in zip(x, steps(x[0], 30), range(4), strict=False):
        s += a * b * c
    return s


@program((X,))
def two_loops_and_return(x):
    s = 0.0
    for a in steps(x[0], 3):
        for b in steps(a, 4):
            if b > x[1] * 2.0:
                break
            s += a * b
            if s > 100.0:
                return s
        s *= 1.1
    return s


@program((X,))
def arguments_as_they_were(x):
    c = x[0]
    g = steps(c, 4)
    c = 100.0 * x[1]
    s = 0.0
    for a in g:
        s += a * a
    for a in g:
        s += a * c
    for a in steps(c, 3):
        c = c * 2.0
        s += a * c
    return s


@program((X,))
def closures_as_they_are(x):
    c = x[0]
    y = x.copy()

    def gen(n):
        for i in range(n):
            yield c * i * y[i]
            y[i] *= 2.0

    s = 0.0
    for k, a in enumerate(gen(4)):
        c = c * a + 1.0
        y[k + 1] *= a
        s += a * c
    return s * c + y.sum()


@program((X,))
def lists_of_items(x):
    t = [v * v for v in steps(x[0], 4) if v < 1.2]
    g = steps(x[1], 3)
    return sum(t) + sum(v * v for v in g) + max(steps(x[2], 4)) + list(steps(x[3], 3))[2]


@program((X,))
def endless(x):
    def fib(a, b):
        while True:
            yield a
            a, b = b, a + b

    s = 0.0
    for k, f in enumerate(fib(x[0], x[1])):
        if k == 6:
            break
        s += f * f
    return s


@program((X,))
def views(x):
    def parts(y):
        for k in range(1, 4):
            yield y[:k]

    s = 0.0
    z = x * x
    for part in parts(z):
        part *= 1.5
        s += np.sum(part * part)
    return s * z[0]


@program((X,), (np.abs(X) + 0.2,))
def inside_try(x):
    s = 0.0
    try:
        for a in firsts(x):
            if a < 0.1:
                raise ValueError("small")
            s += a
    except ValueError:
        s *= x[0]
    return s


@parametrized(program)
def test_values_and_derivatives(func, args, mutates):
    check(func, args, mutates)
    with as_plain_python():
        is_float = returns_float(func, args)
    if is_float and args[0].size:
        compare_second(func, args)


def test_compiled():
    check(numbered_and_left, (np.abs(X),), compiled=True)


def known_that_changes(x):
    def two():
        if x[0] > 100.0:
            yield 1.0
        yield 2.0

    k, s = "a", 0.0
    for v in two():
        s += v * x[0] if k == "a" else 0.0
        k = "b"
    return s


def known_that_the_generator_reads(x):
    def three():
        for _ in range(3):
            yield x[0] if k == "a" else 0.0

    k, s = "a", 0.0
    for v in three():
        s += v
        k = "b"
    return s


def items_by_hand(x):
    g = steps(x[0], 3)
    return next(g) * x[1]


def values_sent(x):
    def gen():
        v = yield x[0]
        yield v

    s = 0.0
    for v in gen():
        s += v
    return s


def not_consumed(x):
    yield x[0]


def caught_inside(x):
    def gen():
        try:
            yield x[0]
        except ValueError:
            pass

    s = 0.0
    for v in gen():
        s += v
    return s


def of_itself(x):
    def walk(n):
        if n > 0:
            yield x[n]
            yield from walk(n - 1)

    s = 0.0
    for v in walk(3):
        s += v
    return s


def side_by_side(x):
    s = 0.0
    for a, b in zip(steps(x[0], 3), steps(x[1], 3), strict=False):
        s += a * b
    return s


@pytest.mark.parametrize(
    ("func", "code"),
    [
        (known_that_changes, "E501"),
        (known_that_the_generator_reads, "E501"),
        (items_by_hand, "E206"),
        (values_sent, "E202"),
        (not_consumed, "E202"),
        (caught_inside, "E201"),
        (of_itself, "E405"),
        (side_by_side, "E206"),
    ],
)
def test_one_step_beyond(func, code):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.grad(func)(X)
    assert caught.value.code == code, caught.value
    assert "hint:" in str(caught.value)
