"""What people read runs, gives the same numbers to the bit, and has no hints.

Zeros of derivatives have no sign: what is first added to zeros may be stored.
"""

import copy
from dataclasses import replace

import numba
import numpy as np
import pytest

import srcad
from srcad import deriving
from srcad.derivative import adjoint_of, derivative
from srcad.inspection import have_long_axes
from srcad.options import DEFAULT
from tests.array_comparison import returns_float
from tests.array_zoo import PROGRAMS as ARRAY_PROGRAMS
from tests.harness import outputs_of_call, plain, random_tangents
from tests.ir_text import same
from tests.zoo import PROGRAMS

ZOO = [
    (getattr(p.function, "py_func", p.function), p.args(), p.wrt, p.mutates) for p in PROGRAMS[::7]
]
ARRAYS = [
    (func, args, None, ())
    for func, args, *_ in ARRAY_PROGRAMS[::9]
    if returns_float(func, args) and func.__name__ != "global_arrays"
]


@pytest.mark.parametrize(
    ("func", "args", "wrt", "written"), ZOO + ARRAYS, ids=[row[0].__name__ for row in ZOO + ARRAYS]
)
def test_it_is_the_same_program(func, args, wrt, written):
    """Values, derivatives, and errors."""
    if wrt is None:
        wrt = tuple(k for k, a in enumerate(args) if str(getattr(a, "dtype", "")) == "float64")
    if not written and returns_float(func, args):
        made, extra = derivative(func, "value_and_grad", wrt, bare=len(wrt) == 1), ()
    else:
        outputs = outputs_of_call(func, copy.deepcopy(args), written)
        made, extra = adjoint_of(func, wrt, DEFAULT), random_tangents((outputs,))
    generated = made.emit(tuple(map(numba.typeof, (*args, *extra)))).generated
    are_equal = have_long_axes(args)
    shown = replace(generated, source=generated.reading(are_equal=are_equal))
    assert not any(hint in shown.source for hint in ("added(", "hidden(", "along(", "axis_step("))

    def run(text):
        return plain(deriving.plain_call)(text, DEFAULT, copy.deepcopy((*args, *extra)))

    (value, *rest), (expected, *others) = map(run, (shown, generated))
    assert same(value, expected)
    assert same(without_signs(rest), without_signs(others))


def without_signs(part):
    """Return numbers and arrays of a result with zeros that are all positive."""
    match part:
        case tuple() | list():
            return tuple(map(without_signs, part))
        case float() | np.ndarray():
            return part + 0.0 if np.asarray(part).dtype.kind in "fc" else part
        case _:
            return part


def summed(x, y):
    return np.sum(x * y) + np.sum(x[::-1])


def test_hints_are_shown_to_those_who_ask():
    """`compiled=True` has them; an axis that may be broadcast moves by 0 or 1."""
    f, x = srcad.differentiate(summed), np.ones(1)
    text, compiled = f.inspect_adjoint(x, x), f.inspect_adjoint(x, x, compiled=True)
    assert "added(" in compiled
    assert "axis_step(" in compiled
    assert "= 0 if x.shape[0] == 1 else 1" in text or "0 if n == 1 else 1" in text
    assert f.inspect_adjoint(x, x) == text
    tangent = f.inspect_tangent(x, x)
    assert "added(" in f.inspect_tangent(x, x, compiled=True)
    assert "added(" not in tangent
