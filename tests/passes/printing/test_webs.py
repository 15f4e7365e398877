"""Temporaries that are bound again: split where no value passes from one to the next."""

import numpy as np
import pytest

from srcad.ir.walk import assigned
from srcad.passes.printing.webs import split_webs
from tests.ir_text import ir, run, same

X = np.array([0.5, -1.25, 2.0, 3.5])

SPLIT = [
    ("in a row", "_t0 = x[0]\n    s = _t0\n    _t0 = x[1]\n    s += _t0", 2),
    ("three", ("_t0 = x[0]\n    s = _t0\n    _t0 = x[1]\n    s += _t0\n    _t0 = x[2]\n"
     "    s *= _t0"), 3),
    ("in blocks of their own", ("s = 0.0\n    if c:\n        _t0 = x[0]\n        s += _t0\n"
     "    for i in range(2):\n        _t0 = x[1]\n        s += 2.0 * _t0"), 2),
    ("in loops of their own", ("s = 0.0\n    for i in range(3):\n        _t0 = x[i]\n"
     "        s += _t0\n    for i in range(3):\n        _t0 = x[i]\n        s *= _t0"), 2),
    ("read in an inner block", ("_t0 = x[0]\n    s = 0.0\n    for i in range(3):\n"
     "        s += _t0\n    _t0 = x[1]\n    if c:\n        s *= _t0"), 2),
    ("on both paths", ("if c:\n        _t0 = x[0]\n    else:\n        _t0 = x[1]\n    s = _t0\n"
     "    _t0 = x[2]\n    s += _t0"), 2),
    ("changed on the way", ("_t0 = x[0]\n    _t0 = _t0 * 2.0\n    s = _t0\n    _t0 = x[1]\n"
     "    s += _t0"), 2),
    ("added to", "_t0 = x[0]\n    _t0 += 2.0\n    s = _t0\n    _t0 = x[1]\n    s += _t0", 2),
    ("an array that is written", ("_t0 = np.zeros(2)\n    _t0[0] = x[0]\n    _t0[1] += x[1]\n"
     "    s = _t0[0]\n    _t0 = np.zeros(3)\n    _t0[2] = s\n    s += _t0[2]"), 2),
    ("twice in an iteration", ("s = 0.0\n    for i in range(3):\n        _t0 = x[i]\n"
     "        s += _t0\n        _t0 = x[i + 1]\n        s *= _t0"), 2),
    ("an adjoint of one", ("_t0_bar = x[0]\n    s = _t0_bar\n    _t0_bar = x[1]\n"
     "    s += _t0_bar"), 2),
]  # fmt: skip

ONE = [
    ("carried round a loop", ("_t0 = x[0]\n    s = 0.0\n    for i in range(3):\n        s += _t0\n"
     "        _t0 = x[i]")),
    ("read before it is bound again", ("_t0 = x[0]\n    s = 0.0\n    for i in range(3):\n"
     "        if s > 1.0:\n            s += _t0\n        else:\n            _t0 = x[i]\n"
     "            s += _t0")),
    ("read behind the block", ("_t0 = x[0]\n    if c:\n        _t0 = x[1]\n    s = _t0")),
    ("one path only", ("_t0 = x[0]\n    s = _t0\n    if c:\n        _t0 = x[1]\n"
     "    else:\n        s += 1.0\n    s += _t0")),
    ("needs itself", "_t0 = x[0]\n    s = _t0\n    _t0 = _t0 * x[1]\n    s += _t0"),
    ("read on one path before", ("_t0 = x[0]\n    s = 1.0\n    if c:\n        s += _t0\n"
     "        _t0 = x[1]\n    else:\n        _t0 = x[2]\n    s += _t0")),
    ("tested by the branch that binds it", ("_t0 = x[0] > x[1]\n    if _t0:\n        s = x[0]\n"
     "        _t0 = x[2] > x[1]\n    else:\n        s = x[1]\n        _t0 = x[2] > x[3]\n"
     "    if _t0:\n        s = s * 2.0")),
    ("in the test of a while", ("s = x[0]\n    _t0 = s < 9.0\n    while _t0:\n        s += x[2]\n"
     "        _t0 = s < 9.0")),
    ("the user's", "t = x[0]\n    s = t\n    t = x[1]\n    s += t"),
]  # fmt: skip


def program(body, returns="s"):
    return ir(f"def f(x: A1, c: bool):\n    {body}\n    return {returns}\n")


def check(before, after):
    for c in (True, False):
        assert same(run(after, X, c), run(before, X, c))


@pytest.mark.parametrize(("name", "body", "count"), SPLIT)
def test_split(name, body, count):
    """Each value has a name of its own, and the program computes the same."""
    before = program(body)
    after = split_webs(before)
    assert len(bound(after)) == len(bound(before)) + count - 1
    check(before, after)


@pytest.mark.parametrize(("name", "body"), ONE)
def test_stays(name, body):
    """A value that two bindings may have made keeps its name."""
    before = program(body)
    after = split_webs(before)
    assert bound(after) == bound(before)
    check(before, after)


def test_returned_names_stay():
    """What is returned is the last value."""
    before = program("_t0 = x[0]\n    s = _t0\n    _t0 = x[1]", "_t0, s")
    assert bound(split_webs(before)) == bound(before)
    check(before, split_webs(before))


def test_derivatives_of_temporaries_keep_their_looks():
    """The second `_t0_bar` is `_t0_bar_1`, which is made up as well."""
    body = "_t0_bar = x[0]\n    s = _t0_bar\n    _t0_bar = x[1]\n    s += _t0_bar"
    assert bound(split_webs(program(body))) == {"s", "_t0_bar", "_t0_bar_1"}


def bound(function):
    """Return the names that a program binds."""
    return assigned(function.body)
