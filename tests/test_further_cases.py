"""The further benchmark cases: ours and the adjoint by hand agree; nothing looks at a clock."""

import numpy as np
import pytest

import srcad
from benchmarks.columns import disagreement
from benchmarks.further import ALL
from benchmarks.further_table import FurtherRow, further_report
from tests.harness import as_plain_python


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_adjoint_by_hand_is_ours(case):
    """Values and gradients agree to rounding, and no argument is written."""
    args = case.args("tiny")
    with as_plain_python():
        found = srcad.value_and_grad(case.program, argnums=case.argnums)(*args)
    if case.hand is None:
        assert all(np.all(np.isfinite(g)) for g in found[1])
        return
    value, *gradients = case.hand(*args)
    assert disagreement((value, tuple(gradients)), found) < 1e-12
    numbers = [(a, b) for a, b in zip(args, case.args("tiny"), strict=True) if not is_instance(a)]
    assert all(np.array_equal(a, b) for a, b in numbers)


def is_instance(arg):
    """Return whether an argument is an instance of a compiled class."""
    return hasattr(arg, "_numba_type_")


def test_report_has_ratios_and_notes():
    """A column that is missing is a dash; what is wrong stands below the table."""
    row = FurtherRow(ALL[0], {"njit": 1e-3, "ours": 3e-3}, {"hand": "disagrees by 1.0e-01"})
    report = further_report([row]).splitlines()
    assert report[-1] == f"note: {ALL[0].name}, hand: disagrees by 1.0e-01"
    assert report[4].split() == [ALL[0].name, "1.00", "3.00", "-", "-"]
