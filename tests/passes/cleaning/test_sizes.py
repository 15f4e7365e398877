"""Sizes of other names of an array are sizes of the array, as long as the names hold."""

import numpy as np

from srcad.ir.show import show
from srcad.passes.cleaning.sizes import resolve_made, resolve_sizes
from tests.array_checks import parametrized, programs
from tests.ir_text import ir, run
from tests.own_call import check_everywhere

PROGRAMS = programs()
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])


@PROGRAMS((FIVE, 3))
def argument_assigned_again(x, n):
    s = 0.0
    for i in range(n):
        m = x.shape[0]
        s += x[m - 1] * m
        if i == 0:
            x = x * 2.0
    return s


@PROGRAMS((FIVE, 3))
def array_that_is_carried(x, n):
    s = 0.0
    h = x * 1.0
    for i in range(n):
        g = h
        m = len(g)
        for j in range(m):
            s += g[j] * h[m - 1 - j]
        new = np.zeros(m)
        for j in range(m):
            new[j] = g[j] * x[i]
        h = new
    return s + h[0]


@PROGRAMS((FIVE, 3))
def sizes_of_an_inner_loop(x, n):
    s = 0.0
    for i in range(n):
        m = x.shape[0] - 1
        for j in range(i, m):
            m2 = m - j
            s += x[m2] * x[j]
    return s


@PROGRAMS((FIVE, 5))
def size_assigned_between_two_arrays(x, n):
    a = np.zeros(n)
    n = n - 1
    b = np.zeros(n)
    for i in range(n):
        a[i] += x[i]
        b[i] += x[i] * a[i]
    return np.sum(a) * np.sum(b) + a[n]


@PROGRAMS((np.linspace(0.2, 0.7, 6), 3))
def size_that_counts_down(x, n):
    s = 0.0
    a = np.zeros(n)
    for k in range(2):
        for j in range(n):
            s += a[j] * x[k] + x[j]
        n = n - 1
    return s


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


def resolved(body):
    """Return the text of a program with its sizes resolved, and what it returns."""
    made = resolve_sizes(ir(f"def f(x: A1, y: A1, c: bool):\n{body}\n    return n"))
    return show(made, comments=False)[0], run(made, np.ones(3), np.ones(5), True)[0]


def test_names_that_hold_one_array():
    """The size of another name, of a copy or of zeros like it is that of the array."""
    for value in ("a", "a.copy()", "zeros_like(a)"):
        text, n = resolved(f"    a = x.copy()\n    h = {value}\n    n = h.shape[0]")
        assert "a.shape[0]" in text or "x.shape[0]" in text
        assert n == 3


def test_names_that_hold_several_arrays():
    """A name that is bound again may be another array by then."""
    again = "    a = x.copy()\n    h = a\n    a = y.copy()\n    n = h.shape[0]"
    assert resolved(again)[1] == 3
    text, n = resolved("    h = x\n    x = y.copy()\n    n = h.shape[0]")
    assert "h.shape[0]" in text
    assert n == 3
    text, n = resolved("    h = y.copy()\n    if c:\n        h = x\n    n = h.shape[0]")
    assert "h.shape[0]" in text
    assert n == 3


def test_names_of_another_block():
    """A name of a branch may have no value after it; the array behind it has."""
    _, n = resolved(
        "    h = y\n    if c:\n        a = x.copy()\n        h = a\n        n = h.shape[0]"
        "\n    else:\n        n = 0"
    )
    assert n == 3


# Sizes of new arrays ---------------------------------------------------------------------


def of_new(body):
    """Return the text of a program with the sizes of new arrays resolved, and its result."""
    made = resolve_made(ir(f"def f(x: A1, k: int, c: bool):\n{body}\n    return n"))
    return show(made, comments=False)[0], run(made, np.ones(3), 4, True)[0]


def test_sizes_that_arrays_were_made_with():
    """The extent itself, through other names and copies."""
    for value in ("empty(k)", "zeros(k)"):
        for other in ("a", "a.copy()", "zeros_like(a)"):
            text, n = of_new(f"    a = {value}\n    h = {other}\n    n = h.shape[0]")
            assert "n = k" in text
            assert n == 4
    text, n = of_new("    a = empty(3)\n    n = a.shape[0]")
    assert "n = 3" in text
    assert n == 3


def test_sizes_that_have_changed():
    """An extent that is bound again, or an array that is, has its size from the array."""
    for body in (
        "    m = k\n    a = empty(m)\n    m = 7\n    n = a.shape[0]",
        "    a = empty(k)\n    if c:\n        a = empty(4)\n    n = a.shape[0]",
        "    a = empty(7)\n    for i in range(3):\n        n = a.shape[0]\n        a = empty(k)",
    ):
        text, n = of_new(body)
        assert "a.shape[0]" in text
        assert n == 4


def test_arrays_like_new_ones():
    """They are like what these are like, unless that is another layout."""
    text, n = of_new("    a = zeros_like(x)\n    b = zeros_like(a)\n    n = b.shape[0]")
    assert "b = np.zeros_like(x)" in text
    assert n == 3
    text, _ = of_new("    a = x[::2]\n    b = zeros_like(a)\n    n = b.shape[0]")
    assert "b = np.zeros_like(a)" in text
