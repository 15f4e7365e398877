"""Every pass of every derivation is checked against the program that it was given.

All programs of both zoos, and random ones: see `tests.step_validation`. `SRCAD_STEP_PROGRAMS`
says how many random programs of each kind there are, `SRCAD_STEP_SEED` where they begin.
"""

import os
from dataclasses import replace

import numpy as np
import pytest

from srcad.errors import NotDifferentiable
from srcad.ir import nodes as ir
from srcad.ir.types import FLOAT, INT
from srcad.ir.walk import map_block
from srcad.pipeline import STEPS
from tests import random_arrays, random_programs, random_state, step_validation
from tests.array_zoo import PROGRAMS as ARRAY_PROGRAMS
from tests.fuzz import Fuzz
from tests.random_programs import load
from tests.step_validation import StepError, validate
from tests.test_zoo import every_program

pytestmark = pytest.mark.filterwarnings("ignore::srcad.ComparisonsOnly")

PROGRAMS = int(os.environ.get("SRCAD_STEP_PROGRAMS", "20"))
FIRST = int(os.environ.get("SRCAD_STEP_SEED", "0"))
BATCH = 20
SIZE = 14
ROTATION = (("adjoint", False), ("tangent", False), ("primal", False), ("primal", True))
"""The kinds of derivations, the function's own call the last."""
RANDOM = (*ROTATION, ("adjoint", False), ("value_and_grad", False), ("pullback", False))
LAST = ("value_and_grad", "grad", "primal")


def validated(func, args, kind, **options):
    """Validate one kind of derivation, if the program is accepted and has it."""
    try:
        validate(func, args, kind, **options)
    except NotDifferentiable:
        pass
    except TypeError as error:
        if "the gradient is of one float" not in str(error):
            raise


@pytest.mark.slow
@every_program
def test_zoo(program):
    """Both modes with their derivatives; in turn the gradient and the function itself."""
    for kind in ("tangent", "adjoint", LAST[len(program.name) % len(LAST)]):
        validated(program.function, program.args(), kind, tol=program.tol)


@pytest.mark.slow
@pytest.mark.parametrize(
    "k", range(len(ARRAY_PROGRAMS)), ids=lambda k: ARRAY_PROGRAMS[k][0].__name__
)
def test_array_zoo(k):
    """Reverse mode; for every fourth program one of the other kinds in turn."""
    func, args, *_ = ARRAY_PROGRAMS[k]
    others = () if k % 4 else (ROTATION[1 + k // 4 % 3],)
    for kind, own in (ROTATION[0], *others):
        validate(func, args, kind, own=own)


def check(source, args, seed):
    """Validate one of the kinds for a random program."""
    kind, own = RANDOM[seed % len(RANDOM)]
    try:
        validate(load(source), args, kind, own=own, seed=seed)
    except TypeError as error:
        if "the gradient is of one float" not in str(error):
            raise


SCALAR = Fuzz(random_programs.generate, check)
ARRAYS = Fuzz(random_arrays.generate, check, ("E206", "E208", "E505"), share=2)
STATE = Fuzz(random_state.generate, check, ("E206", "E208", "E505"), share=2)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(FIRST, FIRST + PROGRAMS, BATCH))
@pytest.mark.parametrize("fuzz", [SCALAR, ARRAYS, STATE], ids=["scalar", "arrays", "state"])
def test_random_programs(fuzz, batch):
    """Programs that nobody has written."""
    fuzz.compare(batch, BATCH, lambda seed: SIZE if fuzz is SCALAR else 8 + seed % 6)


# The check itself ----------------------------------------------------------------------


def total(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    return s


def guarded(x, k):
    s = 0.0
    if k > 0:
        s += x[k - 1]
    return s


def with_body(function, change):
    """Return a program with every statement changed."""
    return replace(function, body=map_block(function.body, change))


def last_elements(function):
    """Return a program whose loads all read the last element."""

    def one(stmt):
        match stmt:
            case ir.Let(value=ir.Load(array=array)):
                return replace(stmt, value=ir.Load(array, (ir.Const(-1, INT),)))
        return stmt

    return with_body(function, one)


def without_guards(function):
    """Return a program that does in any case what it did under a condition."""
    return with_body(function, lambda stmt: stmt.then if isinstance(stmt, ir.If) else stmt)


def off_by_little(function):
    """Return a program that returns another number."""
    more = ir.Var("more", FLOAT)
    value = ir.Op("mul", (function.returns[0], ir.Const(1.0 + 1e-14, FLOAT)))
    return replace(function, body=(*function.body, ir.Let(more, value)), returns=(more,))


def without_failures(function):
    """Return a program that reads nothing."""

    def one(stmt):
        match stmt:
            case ir.Let(value=ir.Load()):
                return replace(stmt, value=ir.Const(1.0, FLOAT))
        return stmt

    return with_body(function, one)


X = np.array([1.0, 2.0, 2.0])


@pytest.mark.parametrize(
    ("func", "args", "fault", "message"),
    [
        (total, (X,), last_elements, r"prepared.hoist: indices that wrap: \[\(0, -1\)\]"),
        (guarded, (X, 0), without_guards, r"prepared.hoist: indices that wrap: \[\(0, -1\)\]"),
        (guarded, (X, 9), without_failures, "prepared.hoist: IndexError before, no error after"),
        (total, (X,), off_by_little, "prepared.hoist: value 0: .* before, .* after"),
    ],
    ids=["index", "guard", "exception", "value"],
)
def test_a_wrong_step_is_found(func, args, fault, message, monkeypatch):
    """A pass that changes what a program means is named."""
    wrong = tuple(
        replace(step, apply=lambda function, _: fault(function))
        if step.name == "prepared.hoist"
        else step
        for step in STEPS
    )
    monkeypatch.setattr(step_validation, "STEPS", wrong)
    with pytest.raises(StepError, match=message):
        validate(func, args, "primal")


def test_reordered_sums_may_round_and_nothing_else(monkeypatch):
    """A step that reorders is given the bound of its sums: not for the user's own."""
    loose = tuple(
        replace(step, apply=lambda function, _: off_by_little(function), reorders=True)
        if step.name == "prepared.hoist"
        else step
        for step in STEPS
    )
    monkeypatch.setattr(step_validation, "STEPS", loose)
    validate(total, (X,), "primal")
    monkeypatch.setattr(step_validation, "FLOOR", 4.0)
    with pytest.raises(StepError, match=r"prepared\.hoist: value 0"):
        validate(total, (X,), "primal")
