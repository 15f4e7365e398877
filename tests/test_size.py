"""Large programs: derived in linear time, or refused."""

import time

import numba
import numpy as np
import pytest

import srcad
from srcad.frontend.numba_types import from_numba
from srcad.pipeline import derive
from tests.random_programs import load

LINES = 1000
SECONDS = 2.0
ROUGH = 4.0
"""How much slower than the promise a loaded machine may be."""


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


def seconds_to_derive(func):
    """Return how long one gradient takes to derive, without compiling."""
    types = (from_numba(numba.float64[::1], "x"), from_numba(numba.float64, "a"))
    start = time.process_time()
    derive(func, "value_and_grad", types, (0, 1))
    return time.process_time() - start


def test_transform_time_of_a_long_function(monkeypatch):
    """A thousand lines in seconds, and twice as many in about twice the time."""
    monkeypatch.setenv("SRCAD_VERIFY", "0")
    seconds_to_derive(long_program(40))
    half = seconds_to_derive(long_program(LINES // 2))
    whole = seconds_to_derive(long_program(LINES))
    assert whole < ROUGH * SECONDS, f"{whole:.1f} s for {LINES} lines"
    assert whole < 3.0 * half, f"{half:.2f} s for half of it, {whole:.2f} s for all"


def test_value_of_a_long_function():
    """A long function has the right derivative."""
    func = long_program(120)
    srcad.check_grads(func, (np.array([0.3, -0.2, 0.5]), 0.7), modes=("rev",))


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
