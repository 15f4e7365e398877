"""Every stage that keeps the meaning of a program prints as a program that runs."""

import math

import numba
import numpy as np
import pytest

import srcad
from srcad.derivation import Derivation
from srcad.frontend.types.numba_types import from_numba
from srcad.ir import nodes as ir
from srcad.ir.show import show
from srcad.ir.types import FLOAT
from srcad.ir.walk import all_names, statements
from srcad.pipeline import HELPERS, STEPS, derive, each_step, stages
from srcad.spec import DerivativeSpec
from tests.harness import assert_close, plain, with_written
from tests.test_zoo import VALUE_TOL, every_program

BEFORE = ("lower", "typed", "scalarised", "prepared")
SAME_MEANING = (*BEFORE, "evaluation", "retyped", "simplified", "gathered", "taped", "refolded")


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


def sine_product(x):
    return math.sin(x) * x


def sum_of_squares(x):
    y = x * x
    return np.sum(y)


VECTOR = from_numba(numba.float64[::1], "x")


def test_every_step_has_a_name_of_its_own():
    """Steps of one stage stand together, and no two have one name."""
    names = [step.name for step in STEPS]
    assert len(set(names)) == len(names)
    stage_of = [step.stage for step in STEPS]
    assert [s for k, s in enumerate(stage_of) if k == 0 or stage_of[k - 1] != s] == [
        *BEFORE, "tangent", "carried", "adjoint", "sets", "evaluation", "retyped", "simplified",
        "gathered", "taped", "refolded",
    ]  # fmt: skip


def test_steps_that_have_nothing_to_do_are_left_out():
    """Numbers alone need no loops over elements; a gradient is no tangent."""
    number = [step.name for step, _ in each_step(sine_product, "tangent", (FLOAT,), (0,))]
    vector = [step.name for step, _ in each_step(sum_of_squares, "grad", (VECTOR,), (0,))]
    assert "scalarised.loops" not in number
    assert "scalarised.loops" in vector
    assert ("tangent" in number, "tangent" in vector) == (True, False)
    assert ("adjoint" in number, "adjoint" in vector) == (False, True)


def test_a_program_is_printed_after_any_step():
    """A stage is shown as its last step left it."""
    func = srcad.differentiate(sum_of_squares)
    x = np.ones(3)
    assert "np.sum" in func.inspect_stage("typed", x)
    assert "for " in func.inspect_stage("scalarised.loops", x)
    assert func.inspect_stage("prepared", x) == func.inspect_stage("prepared.dead_3", x)
    with pytest.raises(ValueError, match=r"there is no stage 'tangent'.* prepared\.hoist"):
        func.inspect_stage("tangent", x)


def test_srcad_show_prints_steps_by_pattern(monkeypatch, capsys):
    """`SRCAD_SHOW=prepared.*` prints every step of one stage, `prepared` its last one."""
    monkeypatch.setenv("SRCAD_SHOW", "prepared,refolded.*")
    derive(sine_product, "grad", (FLOAT,), (0,))
    titles = [line for line in capsys.readouterr().out.splitlines() if line.startswith("# ")]
    assert titles == [
        "# prepared", "# refolded.webs", "# refolded.spelling", "# refolded.fold",
        "# refolded.labels",
    ]  # fmt: skip


def test_srcad_time_prints_a_line_for_each_step(monkeypatch, capsys):
    """And the sum of them."""
    monkeypatch.setenv("SRCAD_TIME", "1")
    derive(sine_product, "grad", (FLOAT,), (0,))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("lower ")
    assert lines[-1].startswith("grad ")
    assert all(line.endswith(" ms") for line in lines)


def test_facts_are_found_once():
    """A program that a step has left as it was is the same object, with the same facts."""
    spec = DerivativeSpec(sine_product, "grad", (0,))
    run = Derivation(spec, (FLOAT,), STEPS)
    function = run.until("prepared")
    assert run.fact(all_names, function) is run.fact(all_names, run.after["prepared.dead_3"])
    assert "prepared.dead_3" not in run.changed
