"""Names of temporaries that remain: readable, apart from all others, and the same values."""

import re

import numpy as np
import pytest

from srcad.ir.nodes import Var
from srcad.ir.show import show
from srcad.passes.printing import labels
from srcad.passes.printing.labels import label
from tests.ir_text import ir, run, same

X = np.array([0.5, -1.25, 2.0, 3.5])

LABELS = [
    ("length", "_t0 = len(x)\n    return _t0", "n"),
    ("length, where n is taken", "n = k\n    _t0 = len(x)\n    return _t0, n", "len_x"),
    ("extent", "_t0 = x.shape[0]\n    return _t0", "n"),
    ("element", "_t0 = x[k]\n    return _t0", "x_k"),
    ("element by a number", "_t0 = x[2]\n    return _t0", "x_2"),
    ("view", "_t0 = x[1:]\n    return _t0[0]", "x_at"),
    (
        "element of what has a label",
        "_t0 = len(x)\n    _t1 = _t0 - 1\n    _t2 = x[_t1]\n    return _t2",
        "x_n_minus_1",
    ),
    ("function", "_t0 = np.sin(a)\n    return _t0", "sin_a"),
    (
        "function of a temporary",
        "_t0 = a * a\n    _t1 = np.sin(_t0)\n    return _t1",
        "sin_a_squared",
    ),
    ("sum", "_t0 = 0.0\n    _t0 += a\n    return _t0", "total"),
    ("second sum", "total = a\n    _t0 = 0.0\n    _t0 += a\n    return _t0, total", "sum_a"),
    ("count", "_t0 = 0\n    _t0 += k\n    return _t0", "count"),
    ("work", "_t0 = np.zeros(3)\n    return _t0", "work"),
    ("sum of parameters", "_t0 = a + x_1\n    return _t0", "a_plus_x_1"),
    ("square", "_t0 = a * a\n    return _t0", "a_squared"),
    ("power", "_t0 = a ** 3\n    return _t0", "a_cubed"),
    ("product by a number", "_t0 = 0.5 * a\n    return _t0", "half_a"),
    ("difference from a number", "_t0 = 1.0 - a\n    return _t0", "one_minus_a"),
    ("test", "_t0 = 0.0 < a\n    return _t0", "a_above_0"),
    ("guarded product", "_t0 = a * x_1 if a != 0.0 else 0.0\n    return _t0", "old_a_times_x_1"),
    ("another name", "_t0 = a\n    a = 2.0\n    return _t0 + a", "old_a"),
    ("a longer expression", "_t0 = a * x_1 + k * x_1\n    return _t0", "sum_a"),
    ("no name in it", "_t0 = 2.0\n    return _t0", "t"),
    ("derivative", "_t5_bar = a * a\n    return _t5_bar", "t_bar"),
    (
        "derivative of what has a label",
        "_t5 = np.sin(a)\n    _t5_bar = _t5 * a\n    return _t5_bar",
        "sin_a_bar",
    ),
    (
        "a name that is taken",
        "a_squared = a\n    _t0 = a * a\n    return _t0 * a_squared",
        "a_squared_1",
    ),
    ("a parameter's name", "_t0 = np.sin(x_1)\n    _t1 = x[1]\n    return _t0 * _t1", "x_1_1"),
    (
        "too long",
        "a_name_that_is_long = a\n    _t0 = np.sin(a_name_that_is_long)\n    return _t0",
        "sin",
    ),
    ("the user's", "y = a * a\n    return y", "y"),
]


def program(body):
    return ir(f"def f(x: A1, a, x_1, k: int):\n    {body}\n")


@pytest.mark.parametrize(("name", "body", "expected"), LABELS)
def test_labels(name, body, expected):
    """The name says what the value is; nothing that was there is called like it."""
    before = program(body)
    after = label(before)
    text = show(after, comments=False)[0]
    assert f" {expected} = " in text
    assert not re.search(r"_t\d", text)
    assert same(run(after, X, 0.5, 2.0, 1), run(before, X, 0.5, 2.0, 1))


def test_one_name_for_one_temporary():
    """All bindings of a temporary get one name, also where it names a loop or a test."""
    body = (
        "_t0 = a\n    for _t1 in range(3):\n        _t0 = _t0 * x[_t1]\n        _t2 = _t0 > 9.0\n"
        "        if _t2:\n            break\n    while _t0 < 9.0:\n        _t0 = _t0 * _t0 + 2.0\n"
        "    return _t0, _t1"
    )
    before = program(body)
    after = label(before)
    assert not re.search(r"_t\d", show(after, comments=False)[0])
    assert same(run(after, X, 0.5, 2.0, 1), run(before, X, 0.5, 2.0, 1))


def test_names_of_arrays_are_parts_of_longer_names():
    body = "_t0 = ma[th]\n    _t1 = len(np_)\n    return _t0 + _t1"
    before = ir(f"def f(ma: A1, np_: A1, th: int):\n    {body}\n")
    text = show(label(before), comments=False)[0]
    assert "ma_th = ma[th]" in text
    assert "n = len(np_)" in text


def test_what_has_no_temporaries_is_returned_as_it_is():
    function = program("y = a * x_1\n    return y")
    assert label(function) is function


def test_long_expressions_are_looked_through_once(monkeypatch):
    """What is asked for grows with the length of a chain of temporaries, not exponentially."""
    asked = []

    def counted(self, var):
        asked.append(var)
        assert len(asked) < 20_000
        return root(self, var)

    root = labels._Labels.root
    monkeypatch.setattr(labels._Labels, "root", counted)
    chain = "\n    ".join(f"_t{k + 1} = np.sin(_t{k}) * (_t{k} - 0.5)" for k in range(30))
    before = program(f"_t0 = a * a\n    {chain}\n    return _t30")
    named = labels._Labels(before, None)  # as an earlier program, none of which has a name yet
    assert all(named.called(Var(f"_t{k}")) != "_" for k in range(30, -1, -1))
    assert same(run(label(before), X, 0.5, 2.0, 1), run(before, X, 0.5, 2.0, 1))
