"""Integer divisions by zero fail as in Python; those of floats do not."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs
from tests.harness import as_plain_python

program = programs()
X = np.array([2.0, 0.5])


@program((X, 2, 3))
def divided(x, k, n):
    return x[0] * (k // n) + x[1] * (k % n)


@program((X, 2, 3))
def divisor_is_bound_again(x, k, n):
    s = 0.0
    for i in range(1, 4):
        n = i
        s += x[0] * (k // n) + x[1] * (k % n)
    return s


@program((X, 2, 3))
def divided_by_literals(x, k, n):
    return x[0] * (k // 2) + x[1] * (n % -2) + x[0] ** (k // 1)


@program((X, 0, 3))
def guarded(x, k, n):
    s = x[0] * x[1]
    if k != 0 and n // k > 0:
        s += x[0] * (n // k)
    return s


@parametrized(program)
def test_programs(func, args, mutates):
    """Value and derivatives where nothing fails."""
    check(func, args, mutates)


def by_name(x, k):
    return x * (7 // k)


def by_remainder(x, k):
    return x * (7 % k)


def by_literal(x, k):
    return x * (k // 0)


def by_literal_remainder(x, k):
    return x * (k % 0)


def by_literals(x, k):
    return x * (7 // 0) + k


def by_later_name(x, k):
    n = 3
    s = x * (7 // n)
    n = k
    return s * (7 // n)


def in_divmod(x, k):
    a, b = divmod(7, k)
    return x * a * b


def in_place(x, k):
    n = 7
    n //= k
    return x * n


LITERAL = (by_literal, by_literal_remainder, by_literals)
FAILING = [
    f for name, f in list(globals().items()) if name.startswith(("by_", "in_")) and f not in LITERAL
]


@pytest.mark.parametrize("func", FAILING, ids=lambda f: f.__name__)
def test_division_by_zero(func):
    """The exception of the function is that of its derivatives, compiled or not."""
    text = srcad.differentiate(func).inspect_adjoint(1.0, 0)
    assert "raise ZeroDivisionError" in text
    with as_plain_python():
        with pytest.raises(ZeroDivisionError):
            srcad.grad(func)(1.0, 0)
        with pytest.raises(ZeroDivisionError):
            srcad.jvp(func, (1.0, 0), (1.0, None))


@pytest.mark.parametrize("func", LITERAL, ids=lambda f: f.__name__)
def test_literal_zero(func):
    """A literal zero is refused, with the place."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="division by zero") as e:
        srcad.grad(func)(1.0, 0)
    assert e.value.problems[0].span is not None
