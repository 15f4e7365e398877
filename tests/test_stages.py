"""Every stage that keeps the meaning of a program prints as a program that runs."""

import math

import numba
import numpy as np
import pytest

from srcad.frontend.numba_types import from_numba
from srcad.ir import nodes as ir
from srcad.ir.show import show
from srcad.ir.walk import statements
from srcad.pipeline import HELPERS, stages
from tests.harness import assert_close, plain, with_written
from tests.test_zoo import VALUE_TOL, every_program

BEFORE = ("lower", "typed", "scalarised", "prepared")
SAME_MEANING = (*BEFORE, "evaluation", "simplified", "gathered", "taped", "refolded")


def calls_by_name(function):
    """Return whether a stage calls other functions, which are printed elsewhere."""
    return any(isinstance(stmt, ir.Call) for stmt in statements(function.body))


def run_stage(function, args):
    """Return what the printed stage returns."""
    space = {"math": math, "np": np, **HELPERS, **dict(function.constants)}
    exec(show(function)[0], space)
    return plain(space[function.name])(*args)


@every_program
def test_every_primal_stage_runs_like_the_original(program):
    """Lowering and each pass on the primal, one after the other."""
    func = getattr(program.function, "py_func", program.function)
    names = func.__code__.co_varnames
    args = program.args()
    types = tuple(map(from_numba, map(numba.typeof, args), names))
    seen = []
    for name, function in stages(func, "primal", types, ()):
        seen.append(name)
        if calls_by_name(function):
            continue
        args, expected_args = program.args(), program.args()
        expected = func(*expected_args)
        out = run_stage(function, args)
        tol = VALUE_TOL[program.precision]
        own = with_written(expected, [expected_args[k] for k in program.mutates])
        if name in BEFORE:
            out = with_written(out, [args[k] for k in program.mutates])
        assert_close(out, own, tol, f"{name}: value")
    assert tuple(seen) == SAME_MEANING


@pytest.mark.parametrize("kind", ["tangent", "adjoint"])
def test_stage_names(kind):
    """The stages of a derivative, by name."""

    def f(x):
        return math.sin(x) * x

    types = (from_numba(numba.float64, "x"),)
    names = [name for name, _ in stages(f, kind, types, (0,))]
    expected = [*BEFORE, kind, "retyped", "simplified", "gathered", "taped", "refolded"]
    assert [name for name in names if name in expected] == expected
