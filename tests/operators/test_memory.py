"""memory: the bytes of the tape, against formulas by hand, and what is really made."""

import numpy as np
import pytest

import srcad
from srcad.analysis.formulas import applied, largest, number, summed, symbol, trips
from tests.harness import PoisonedNumpy, as_plain_python, poisoned

X = np.linspace(0.1, 1.0, 6)


def euler(x, n, h):
    for _ in range(n):
        x = x + h * np.sin(x) * x
    return x


def stencil(x, n):
    y = x.copy()
    for _ in range(n):
        for i in range(1, len(y) - 1):
            y[i] = y[i] + np.sin(y[i - 1]) * y[i + 1]
    return y.sum()


def triangle(x):
    y = x.copy()
    for i in range(y.size):
        for k in range(i):
            y[i] = np.sin(y[i]) * y[k]
    return y.sum()


def stride(x, n):
    for _ in range(2, n, 3):
        x = np.sin(x) * x
    return x


def pair(x, p):
    a, n = p
    for _ in range(n):
        x = np.sin(x * a[0]) * x
    return x


def rows(x):
    s = 0.0
    for i in range(x.size):
        t = x[i]
        for k in range(i):
            t = t * np.sin(t) + x[k]
        s += t
    return s


def filled(x, n):
    y = np.zeros(n)
    for i in range(n):
        x = x * np.sin(x)
        y[i] = x
    return y


def nothing(x):
    return (x * x).sum()


@srcad.checkpoint
def ten(x, h):
    return euler(x, 10, h)


def checkpoints(x, n, h):
    for _ in range(n):
        x = ten(x, h)
    return x


SLABS = [
    (euler, (0.3, 10, 0.1), 160, "16*max(n, 0)"),
    (euler, (0.3, -1, 0.1), 0, "16*max(n, 0)"),
    (euler, (np.float32(0.3), 10, np.float32(0.1)), 80, "8*max(n, 0)"),
    (stencil, (X, 3), 16 * 3 * 4, "16*max(n, 0)*max(x.shape[0] - 2, 0)"),
    (triangle, (X,), 16 * 15 + 8 * 6, None),
    (stride, (0.3, 10), 48, None),
    (pair, (0.3, (X, 4)), 64, "16*max(p[1], 0)"),
    (rows, (X,), 80, None),
    (nothing, (X,), 0, "0"),
    (checkpoints, (0.3, 10, 0.1), 240, "8*max(n, 0) + 160"),
]


@pytest.mark.parametrize(("function", "args", "size", "formula"), SLABS)
def test_slabs(function, args, size, formula, monkeypatch):
    found = srcad.memory(function)(*args)
    assert int(found) == size
    assert formula in {None, found.formula}
    made = []

    def empty(*shape):
        made.append(poisoned(np.empty(*shape)))
        return made[-1]

    monkeypatch.setattr(PoisonedNumpy, "empty", staticmethod(empty))
    with as_plain_python():
        srcad.grad(function)(*args)
    taken = [a.nbytes for a in made]
    assert (max(taken[-1:]) * 2 if function is rows else sum(taken)) == size


def test_a_formula_is_python():
    found = srcad.memory(triangle)(X)
    assert eval(found.formula, {"x": X}) == found.bytes
    assert [loop.text for loop in found.loops] == ["for i in range(y.size):"]
    assert [loop.bytes for loop in found.loops] == [found.bytes]


def grows(x, n):
    while x > 0.1:
        for _ in range(n):
            if x > 0.5:
                x = x * np.sin(x)
        x = x * x
    return x


def stops(x, n):
    for _ in range(n):
        x = x * np.sin(x)
        if x < 0.1:
            break
    return x


def itself(x, n):
    return x if n == 0 else np.sin(itself(x, n - 1)) * x


def by_contents(x, counts):
    for _ in range(counts[0]):
        x = x * np.sin(x)
    return x


def test_what_is_found_by_running_is_said():
    found = srcad.memory(grows)(0.3, 4)
    line = grows.__code__.co_firstlineno + 1
    rounds = f"trips(line {line})"
    assert found.bytes is None
    assert found.formula == f"16*max(n, 0)*{rounds} + 8*{rounds}"
    assert found.loops[0].grows
    assert found.loops[0].at_most
    assert found.loops[0].text == "while x > 0.1:"
    assert "on stacks that grow" in str(found)
    with pytest.raises(ValueError, match="more than the sizes"):
        int(found)
    line = stops.__code__.co_firstlineno + 1
    assert srcad.memory(stops)(0.3, 4).formula == f"16*trips(line {line})"
    assert srcad.memory(itself)(0.3, 4).formula == "?"
    assert srcad.memory(by_contents)(0.3, np.array([3])).bytes is None


def test_other_outputs_and_arguments():
    assert srcad.memory(filled)(0.3, 5).formula == "16*max(n, 0)"
    assert srcad.memory(euler, "h")(0.3, n=5, h=0.1).bytes is not None
    with pytest.raises(ValueError, match="no argument 'z'"):
        srcad.memory(euler, "z")
    with pytest.raises(TypeError):
        srcad.memory(3)


def test_formulas():
    n, m = symbol("n"), symbol("x.shape[0]")
    given = {"n": 7, "x.shape[0]": 3}
    both = (n + m) * (n + m * number(-1)) + number(2)
    assert both.text() == "n*n - x.shape[0]*x.shape[0] + 2"
    assert both.value(given) == 42
    assert applied("max", m, number(0)) == m
    assert trips(number(0), n, -2).value(given) == len(range(0, 7, -2))
    assert trips(n, number(0), -2).value(given) == len(range(7, 0, -2))
    inner = summed(symbol("i"), "i", number(1), n, 2)
    assert inner.text() == "sum(i for i in range(1, n, 2))"
    assert inner.value(given) == 9
    assert largest(symbol("i"), "i", number(0), n, 1).value({"n": -1}) == 0


def damped(p, n):
    y = p["w"].copy()
    for _ in range(n):
        for i in range(p["l"][0].size):
            y[i] = np.sin(y[i]) * p["l"][0][i]
    return np.sum(y)


class Damped:
    def __init__(self, w, steps):
        self.w = w
        self.steps = steps

    def total(self, x):
        y = x.copy()
        for _ in range(self.steps):
            for i in range(y.size):
                y[i] = np.sin(y[i]) * self.w[i]
        return np.sum(y)


def test_structures_and_what_methods_carry():
    x = np.ones(3)
    found = srcad.memory(damped)({"w": x, "l": [x]}, 10)
    assert found.bytes == 480
    assert found.formula == "16*max(n, 0)*p['l'][0].shape[0]"
    found = srcad.memory(Damped(x, 4).total)(x)
    assert (found.bytes, found.formula) == (96, "8*max(self.steps, 0)*x.shape[0]")
