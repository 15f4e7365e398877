"""The benchmark cases are right, and the harness runs; nothing here looks at a clock."""

import json

import numpy as np
import pytest

from benchmarks.ablate import ablate, ablation_report, programs
from benchmarks.case import Case
from benchmarks.cases import ALL
from benchmarks.columns import disagreement
from benchmarks.command import main
from benchmarks.memory import Program, measure_memory, sums, threads
from benchmarks.operators.calls import Call, calls_report, mixed, same_arity
from benchmarks.operators.cases import hessian_products
from benchmarks.operators.programs import markers, markers_by_hand
from benchmarks.operators.table import measure_operator, operator_report
from benchmarks.record import recording_source
from benchmarks.tape import tape_value_and_grad

pytestmark = pytest.mark.compiled

EXACT = 1e-12
DIFFERENCES = 1e-6
each_case = pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)


def tiny(case: Case):
    """The arguments of the smallest size."""
    return case.inputs(*case.sizes["tiny"])


def central_differences(case: Case, step: float = 1e-5):
    """Gradients of the primal, run as plain Python, one number at a time."""
    args = list(tiny(case))
    gradients = []
    for k in case.argnums:
        base = np.array(args[k], dtype=np.float64)
        gradient = np.empty(base.shape)
        for place in np.ndindex(base.shape):
            sides = []
            for sign in (1.0, -1.0):
                moved = base.copy()
                moved[place] += sign * step
                args[k] = moved if base.shape else float(moved)
                sides.append(case.primal(*args))
            gradient[place] = (sides[0] - sides[1]) / (2.0 * step)
        args[k] = base if base.shape else float(base)
        gradients.append(gradient)
    return case.primal(*args), tuple(gradients)


@each_case
def test_tape_agrees_with_differences_and_with_the_hand_written_adjoint(case):
    """The tape's gradient is the difference quotient's, and the hand-written one to rounding."""
    run = tape_value_and_grad(case.primal, case.argnums, tiny(case))
    result = run()
    assert disagreement(result, central_differences(case)) < DIFFERENCES
    value, *gradients = case.hand(*tiny(case))
    assert disagreement((value, tuple(gradients)), result) < EXACT
    again = run()
    assert again[0] == result[0]
    assert all(np.array_equal(a, b) for a, b in zip(again[1], result[1], strict=True))


@each_case
def test_vectorised_program_is_the_primal(case):
    """What the array libraries run computes the same number."""
    expected = case.primal(*tiny(case))
    assert case.arrays(np, *tiny(case)) == pytest.approx(expected, rel=EXACT)


@each_case
def test_case_leaves_its_arguments_alone(case):
    """No program of the table writes its inputs."""
    args = tiny(case)
    case.primal(*args)
    case.hand(*args)
    assert all(np.array_equal(a, b) for a, b in zip(args, tiny(case), strict=True))


def test_recording_twin_of_the_chain():
    """One operation is one tape entry; constants need none."""
    assert (
        recording_source(ALL[0].primal, (0,))
        == """\
def chain(x, x_id, tape, used):
    total = 0.0
    total_id = 0
    for i in range(x.size):
        v0 = x[i]
        d0 = x_id[i]
        v1 = math.sin(v0)
        d1 = used
        used = push(tape, used, d0, math.cos(v0), 0, 0.0)
        v2 = x[i]
        d2 = x_id[i]
        v3 = -0.5 * v2
        d3 = used
        used = push(tape, used, 0, v2, d2, -0.5)
        v4 = math.exp(v3)
        d4 = used
        used = push(tape, used, d3, v4, 0, 0.0)
        v5 = v1 * v4
        d5 = used
        used = push(tape, used, d1, v4, d4, v1)
        v6 = total + v5
        d6 = used
        used = push(tape, used, total_id, 1.0, d5, 1.0)
        total = v6
        total_id = d6
    return total, total_id, used
"""
    )


def test_harness_writes_table_json_and_plot(tmp_path, capsys):
    """A run on a few numbers ends with a table, agreeing gradients, JSON and a plot."""
    figures, drawing = tmp_path / "figures.json", tmp_path / "ratios.svg"
    options = ["--tiny", "--no-peers", "--hand", "--case", "chain", "--case", "rosenbrock"]
    code = main([*options, "--json", str(figures), "--svg", str(drawing)])
    printed = capsys.readouterr()
    assert code == 0
    assert "value and gradient over njit primal" in printed.out
    assert "<= 1.6" in printed.out
    assert "three scalars from Python" in printed.out
    assert "chain: round 3" in printed.err
    cases = json.loads(figures.read_text())["cases"]
    assert [case["name"] for case in cases] == ["chain", "rosenbrock"]
    for case in cases:
        assert case["columns"]["tape"]["agrees"]
        assert case["columns"]["limit"]["agrees"]
    assert drawing.read_text().startswith("<svg xmlns=")
    assert ">rosenbrock</text>" in drawing.read_text()


def test_unknown_case_is_refused(capsys):
    """A misspelt case name is an error of the command line that lists the names."""
    with pytest.raises(SystemExit):
        main(["--case", "rosenbrok"])
    assert "rosenbrock" in capsys.readouterr().err


def test_array_programs_agree(capsys):
    """Programs in NumPy form give NumPy's numbers in every column, and a table."""
    code = main(["--arrays", "--tiny", "--no-peers", "--case", "heat", "--case", "logistic"])
    printed = capsys.readouterr()
    assert code == 0
    assert "disagrees" not in printed.out
    rows = {line.split()[0]: line.split() for line in printed.out.splitlines() if line.strip()}
    assert rows["case"][-1] == "first/njit"
    assert "-" not in rows["heat"][1:5]


def test_jacobian_by_hand():
    """The hand-written Jacobian of the kinematic chain is that of differences."""
    theta, offsets = np.linspace(-1.0, 1.0, 5), np.arange(12.0).reshape(3, 4)
    columns = [
        (markers(theta + step, offsets) - markers(theta - step, offsets)) / 2e-6
        for step in 1e-6 * np.eye(5)
    ]
    found = markers_by_hand(theta, offsets)
    assert np.allclose(found, np.stack(columns, -1), atol=DIFFERENCES)


def test_calls_beside_a_function_of_the_same_arity():
    """That function takes such arguments, and returns such results."""
    call = Call(
        "all", lambda *args: (mixed(*args), (args[0], args[3])), (0.3, 0.4, 0.5, np.ones(4))
    )
    _, (number, array) = same_arity(call)(*call.args)
    assert (number, array.shape, array.dtype) == (0.3, (4,), np.float64)
    lines = calls_report("tiny", [call]).splitlines()
    assert lines[0].split()[-2:] == ["more", "goal"]
    assert lines[-1].startswith("all ")


def test_memory_that_is_kept():
    """Numbers are the same with and without the pool, and with it there are no page faults."""
    sizes = {"tiny": (50_000,)}
    row = measure_memory(
        Program("sums", sums, (0,), lambda rng, n: (rng.random(n),), sizes), "tiny"
    )
    assert row.agrees
    assert row.faults[2] < 10
    assert row.kept > 0.3
    assert [line[0] for line in threads("tiny")] == ["1", "2"]


def test_row_of_an_operator():
    """A row of the operators is measured, and its table has the ratio and the target."""
    row = measure_operator(hessian_products("tiny")[0], 0.01, lambda _: None)
    assert not any(why.startswith("disagrees") for why in row.failed.values())
    lines = operator_report([row]).splitlines()
    assert any(line.startswith("chain ") and "<= 2.5" in line for line in lines)


def test_a_step_that_is_left_out_is_seen():
    """Without its pass the stencil scatters again; a stage that a program lacks changes nothing."""
    cases = [program for program in programs("tiny") if program.name == "jacobi"]
    found = ablate(cases, ("gathered.gather", "prepared.rules", "adjoint"), 0.01, lambda _: None)
    gathered, nothing, adjoint = found
    assert list(gathered.slower) == ["jacobi"]
    assert not nothing.slower
    assert not nothing.failed
    assert list(adjoint.failed) == ["jacobi"]
    assert "| gathered.gather | 1 |" in ablation_report(found)
