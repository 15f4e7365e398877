"""Integer divisions by zero fail as in Python; those of floats do not."""

import numpy as np
import pytest

import srcad
from srcad.errors import NotDifferentiable
from srcad.ir.show import show
from srcad.passes.indices.divisors import checked_divisors
from tests.array_checks import check, parametrized, programs
from tests.harness import as_plain_python
from tests.ir_text import ir

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
    text = srcad.differentiate(func).inspect_adjoint(1.0, 0, compiled=True)
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


@pytest.mark.parametrize(
    ("division", "is_tested"),
    [
        ("n // m", True),
        ("n % m", True),
        ("7 // m", True),
        ("a // m", False),
        ("n // a", False),
        ("a % b", False),
        ("7.0 % m", False),
        ("n // 2", False),
        ("n / m", False),
    ],
)
def test_what_is_tested(division, is_tested):
    """Divisions of integers by what may be zero; floats have an answer."""
    before = ir(f"def f(a, b, n: int, m: int):\n    y = {division}\n    return y\n")
    assert ("ZeroDivisionError" in show(checked_divisors(before))[0]) == is_tested


def test_each_divisor_is_tested_once():
    """Until it changes, and in each block by itself."""
    body = "y = n // m\n    z = n % m\n    m = m - 1\n    w = n // m\n    return y + z + w"
    text = show(checked_divisors(ir(f"def f(n: int, m: int):\n    {body}\n")))[0]
    assert text.count("ZeroDivisionError") == 2
    body = (
        "if m > 2:\n        y = n // m\n    else:\n        y = 0\n    w = n // m\n    return y + w"
    )
    text = show(checked_divisors(ir(f"def f(n: int, m: int):\n    {body}\n")))[0]
    assert text.count("ZeroDivisionError") == 2


def test_a_literal_zero_is_refused():
    for division in ("n // 0", "n % 0"):
        with pytest.raises(NotDifferentiable, match="E202"):
            checked_divisors(ir(f"def f(n: int):\n    y = {division}\n    return y\n"))
    checked_divisors(ir("def f(a):\n    y = a // 0\n    return y\n"))


def divisors_tested(source):
    """Return how many divisors a program tests."""
    return show(checked_divisors(ir(source)), comments=False)[0].count("ZeroDivisionError")


HEAD = "def f(x: A1, m: A2, k: int, n: int):\n"


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["a = k // n", "b = k % n"], 1),
        (["a = k // n", "n = n - 1", "b = k % n"], 2),
        (["a = k % x.size", "b = k % x.size"], 1),
        (["a = k % x.size", "x = x[1:]", "b = k % x.size"], 2),
        (["a = k % m.size", "b = k % len(m)"], 2),
        (["a = k % m.shape[1]", "b = k % m.shape[1]"], 1),
        (["a = k % m.shape[1]", "b = k % m.shape[0]"], 2),
        (["a = k % n", "if k > 0:", "    b = k % n", "else:", "    c = k // n"], 1),
        (["if k > 0:", "    b = k % n", "c = k // n"], 2),
        (["if k > 0:", "    b = k + 1", "else:", "    b = k % n", "c = k // n"], 2),
        (["if k > 0:", "    b = k // n", "else:", "    b = k % n"], 2),
        (["a = k % n", "for i in range(k):", "    b = i % n"], 1),
        (["a = k % n", "for i in range(k):", "    b = i % n", "    n = n - 1"], 2),
        (["for i in range(k):", "    b = i % n", "c = k % n"], 2),
        (["while k % n > 1:", "    k = k // n", "    k += 1"], 1),
        (["while k % n > 1:", "    n = n - 1", "    k = k // n"], 2),
        (["s = x.size", "a = k % s", "s = n", "b = k % s"], 2),
        (["s = x.size", "a = k % s", "s = n", "b = k % x.size"], 1),
        (["a = k % x.size", "if k > 0:", "    n = x.size", "else:", "    b = k % n"], 2),
    ],
)
def test_divisors_are_tested_once(lines, count):
    """A test holds in the statements behind it, until a name is bound again."""
    body = "".join(f"    {line}\n" for line in [*lines, "return x"])
    assert divisors_tested(HEAD + body) == count


def size_in_one_branch(x, k, c):
    m = 7 // len(x)
    if c > 0.0:
        k = len(x)
    else:
        m += 7 // k
    return m * x[0]


def test_what_one_branch_binds_is_not_so_in_the_other():
    """There the divisor is what it was, and has not been tested."""
    with as_plain_python():
        for k, c in ((3, -1.0), (0, 1.0)):
            assert srcad.grad(size_in_one_branch)(X, k, c)[0] == size_in_one_branch(X / X, k, c)
        with pytest.raises(ZeroDivisionError):
            srcad.grad(size_in_one_branch)(X, 0, -1.0)
