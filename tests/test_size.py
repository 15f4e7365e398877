"""Large programs: derived in linear time, or refused."""

import sys

import numba
import numpy as np
import pytest

import srcad
from srcad.frontend.types.numba_types import from_numba
from srcad.pipeline import derive
from tests.random_programs import load

LINES = 400
LINEAR = 2.3
"""Twice the lines may take this many times the steps: a little more than twice."""


def long_program(lines):
    """Return a function of many statements, loops and branches among them."""
    text = ["import math", "def f(x, a):", "    s = a"]
    for k in range(lines // 4):
        text += [
            f"    for i in range({k % 3 + 1}):",
            f"        s = 0.5 * math.sin(s) + x[(i + {k}) % len(x)] * a",
            f"    if s > {0.001 * k}:",
            f"        s = s - 0.1 * x[{k} % len(x)]",
        ]
    return load("\n".join([*text, "    return s", ""]))


def many_loops(count):
    """Return a function of so many loops in a row."""
    text = ["def f(x, a):", "    s = a"]
    for k in range(count):
        text += ["    for i in range(x.size):", f"        s += x[i] * x[i] * {k + 1}.0"]
    return load("\n".join([*text, "    return s", ""]))


def many_array_statements(count):
    """Return a function of so many arrays, each computed from others and read at the end."""
    text = ["import numpy as np", "def f(x, a):", "    s = a"]
    for k in range(count):
        text += [f"    y{k} = np.sin(x) * {k + 1}.0", f"    z{k} = np.roll(y{k}, 1) * x"]
    text += [f"    s += np.sum(z{k} * y{k})" for k in range(count)]
    return load("\n".join([*text, "    return s", ""]))


def deep_loops(depth):
    """Return a function of loops nested so deep."""
    text = ["import math", "def f(x, a):", "    s = a"]
    text += [f"{'    ' * (k + 1)}for i{k} in range(2):" for k in range(depth)]
    text += [f"{'    ' * (depth + 1)}s = 0.5 * math.sin(s) * x[0]"]
    return load("\n".join([*text, "    return s", ""]))


def deep_branches(depth):
    """Return a function of branches nested so deep."""
    text = ["import math", "def f(x, a):", "    s = a"]
    for k in range(depth):
        indent = "    " * (k + 1)
        text += [f"{indent}if x[0] > {k}.0:", f"{indent}    s = 0.5 * math.sin(s) * x[0]"]
    return load("\n".join([*text, "    return s", ""]))


def steps_to_derive(func):
    """Return how many Python functions are called to derive one gradient."""
    types = (from_numba(numba.float64[::1], "x"), from_numba(numba.float64, "a"))
    count = 0

    def step(_frame, event, _arg):
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(step)
    try:
        derive(func, "value_and_grad", types, (0, 1))
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "size", "growth"),
    [
        (long_program, LINES, LINEAR),
        (many_loops, 60, LINEAR),
        (many_array_statements, 16, 2.6),
        (deep_loops, 12, 2.6),
        (deep_branches, 24, 2.6),
    ],
)
def test_steps_of_the_transform(program, size, growth, monkeypatch):
    """Twice the lines, loops, array statements or levels take about twice the steps."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    steps_to_derive(program(size // 4))
    half = steps_to_derive(program(size // 2))
    whole = steps_to_derive(program(size))
    assert whole < growth * half, f"{half} steps for half of it, {whole} for all"


@pytest.mark.slow
def test_value_of_a_long_function():
    """A long function has the right derivative."""
    func = long_program(120)
    srcad.check_grads(func, (np.array([0.3, -0.2, 0.5]), 0.7), modes=("rev",))


@pytest.mark.slow
@pytest.mark.parametrize("terms", [100, 2500])
def test_long_expression(terms):
    """A deep tree of operators is derived, or refused by an error of ours."""
    text = " + ".join(f"x * {k}.0" for k in range(terms))
    func = load(f"def f(x):\n    return {text}\n")
    gradient = srcad.grad(func)
    try:
        assert gradient(0.5) == sum(range(terms))
    except srcad.NotDifferentiable as error:
        assert terms > 1000, error  # noqa: PT017 - a refusal is one of two good outcomes
        assert "E104" in str(error)  # noqa: PT017
