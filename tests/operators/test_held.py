"""Pullbacks and linear functions keep what was captured at their point, or say that they cannot."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python

X = np.array([1.2, 0.3, 0.4])
POWER = 2
RATE = 0.5


class Config:
    """A class that captured values are attributes of."""

    table = np.array([1.0, 2.0, 3.0])


def by_number():
    n = 2

    def change():
        nonlocal n
        n = 3

    return lambda x: np.sum(x**n), change


def by_callee():
    def callee(x):
        return np.sum(x * x)

    def other(x):
        return np.sum(x**3)

    def change():
        nonlocal callee
        callee = other

    return lambda x: callee(x) * x[0], change


def by_array():
    table, rate = np.array([1.0, 2.0, 3.0]), 2.0

    def change():
        nonlocal rate
        table[:], rate = 50.0, 7.0

    return lambda x: np.sum(table * x * x) * rate, change


def by_dtype():
    table = np.array([1.0, 2.0, 3.0])

    def change():
        nonlocal table
        table = np.ones((2, 3), np.int64)

    return lambda x: np.sum(table * x * x), change


def by_recursion():
    table, rate = np.array([1.0, 2.0, 3.0]), 2.0

    def inner(x, n):
        return np.sum(table * x * x) if n == 0 else inner(x, n - 1) * rate

    def change():
        nonlocal rate
        table[:], rate = 50.0, 3.0

    return lambda x: inner(x, 2) * rate, change


def by_global():
    def change():
        globals()["POWER"] = 3

    globals()["POWER"] = 2
    return of_globals, change


def of_globals(x):
    return np.sum(x**POWER) * RATE


def by_class():
    def f(x):
        return np.sum(Config.table * x * x)

    def change():
        Config.table[0] = 99.0

    Config.table[0] = 1.0
    return f, change


MAKERS = [by_number, by_callee, by_array, by_dtype, by_recursion, by_global, by_class]
REFUSED = {by_recursion, by_global, by_class}
"""Of these, something is known while code is made, and there may be no code yet."""


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("is_called_before", [False, True])
def test_what_is_captured_later_is_not_used(make, is_called_before):
    f, _ = make()
    with as_plain_python():
        expected = srcad.grad(f)(X)
        for operator, along in ((srcad.vjp, 1.0), (srcad.linearize, np.ones(3))):
            f, change = make()
            _, run = operator(f, X)
            if is_called_before:
                run(along)
            change()
            if make in REFUSED and not is_compiled(run, along):
                continue
            found = run(along)
            right = expected if operator is srcad.vjp else np.sum(expected)
            assert np.allclose(found[0] if operator is srcad.vjp else found, right)


def is_compiled(run, along):
    """Return whether there is code for the point; the error says that there is none."""
    try:
        run(along)
    except ValueError as error:
        return "captures has changed" not in str(error)
    return True


def test_errors_are_those_of_the_function():
    """What is refused in one mode only is refused where that is made."""
    rate = 2.0

    def f(x, n):
        for k in range(n):
            x[k % 3] = rate * x[k % 3] * x[(k + 1) % 3]
        return np.sum(x) * rate

    with as_plain_python():
        _, run = srcad.linearize(f, X, 2)
        rate = 5.0
        with pytest.raises(TypeError, match="expected 2 tangents"):
            run(X)
        with pytest.raises(TypeError, match="None"):
            run(None, None)


def test_other_arguments_that_move():
    """The linear work along other arguments is made later, of what was captured before."""
    rate, power = 2.0, 2

    def f(x, y):
        return rate * x**power * y

    _, run = srcad.linearize(f, 3.0, 4.0)
    assert run(1.0, 0.0) == 48.0
    rate = 5.0
    assert run(None, 1.0) == 18.0
    _, run = srcad.linearize(f, 3.0, 4.0)
    assert run(1.0, None) == 120.0


@pytest.mark.compiled
def test_pullbacks_that_run_the_function_again():
    """Where the adjoint has no halves, it is made at the first pullback."""
    power = 2

    def inner(x, n):
        return x**power if n == 0 else inner(x, n - 1) * x

    def f(x):
        return inner(x, 1)

    _, run = srcad.vjp(f, 2.0)
    power = 3
    if is_compiled(run, 1.0):
        assert run(1.0) == (12.0,)
    assert srcad.vjp(f, 2.0)[1](1.0) == (32.0,)
