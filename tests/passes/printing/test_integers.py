"""One name for each integer, and only where it is the same integer."""

import numpy as np
import pytest

from srcad.ir.show import show
from srcad.passes.printing.for_readers import for_readers
from srcad.passes.printing.integers import plain_integers
from tests.ir_text import call, ir, same

X, M = np.array([0.5, 2.0, -1.0]), np.array([[1.0, 2.0], [0.25, -3.0]])

PROGRAMS = [
    ("the same size", "_t9 = x.shape[0]\n    _t8 = len(x)\n    y = float(_t9 * _t8 + _t8)", 1),
    ("another axis", "_t9 = m.shape[0]\n    _t8 = m.shape[1]\n    y = float(_t9 * _t8 + _t8)", 2),
    ("another array", "_t9 = len(m)\n    _t8 = len(x)\n    y = float(_t9 * _t8 + _t8)", 2),
    ("an array that changes",
     "_t9 = len(x)\n    x = x[1:]\n    _t8 = len(x)\n    y = float(_t9 * _t8 + _t8)", 2),
    ("one branch", ("if c > 0.0:\n        _t9 = len(x)\n        c += float(_t9 * _t9)\n"
                    "    _t8 = len(x)\n    y = float(_t8 * _t8)"), 2),
    ("a number that changes", ("k = 2\n    _t9 = k + 1\n    k = 3\n    _t8 = k + 1\n"
                               "    y = float(_t9 * _t8 + _t8 * _t9)"), 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "sizes"), PROGRAMS, ids=[row[0] for row in PROGRAMS])
def test_one_name(name, body, sizes):
    flat = ir(f"def f(x: A1, m: A2, c):\n    {body}\n    return y + c\n")
    text = show(plain_integers(flat), comments=False)[0]
    assert text.count(".shape[") + text.count("len(") == sizes, text
    assert same(call(text, "f", X, M, 2.0), call(show(flat)[0], "f", X, M, 2.0))


LITERALS = [
    ("_t9 = max(2, 0)\n    _t8 = _t9 + 1\n    y = float(_t8)", "y = float(3)"),
    ("_t9 = len(x)\n    _t8 = max(_t9, 0)\n    y = float(_t8)", "y = np.float64(len(x))"),
    ("_t8 = max(k, 0)\n    y = float(_t8)", "y = np.float64(max(k, 0))"),
    ("_t9 = min(k, 3)\n    _t8 = max(_t9, 0)\n    _t7 = max(_t8, 0)\n    y = float(_t7)",
     "y = np.float64(max(min(k, 3), 0))"),
    ("_t9 = k - 5\n    _t8 = -_t9\n    y = float(_t8)", "y = float(5 - k)"),
    ("y = 1.0\n    _t9 = 0 < 4\n    if _t9:\n        y = 2.0", "y = 2.0"),
    ("y = 1.0\n    _t9 = 4 < 0\n    if _t9:\n        y = 2.0", "y = 1.0"),
    ("y = 1.0\n    for j in range(1):\n        y += x[j]", "y += x[0]"),
    ("y = 1.0\n    for j in range(2):\n        y += x[j]", "for j in range(2)"),
    (("y = 1.0\n    for j in range(3):\n        _t9 = j + 1\n        _t8 = _t9 < 0\n"
     "        _t7 = k if _t8 else 5\n        y += float(_t7)"), "y += float(5)"),
    (("y = 1.0\n    for j in range(2, -1, -1):\n        _t8 = j < 0\n"
     "        _t7 = k if _t8 else 5\n        y += float(_t7)"), "y += float(5)"),
    (("y = 1.0\n    for j in range(2, -2, -1):\n        _t8 = j < 0\n"
     "        _t7 = k if _t8 else 5\n        y += float(_t7)"), "if j < 0"),
    (("y = 1.0\n    for j in range(-1, 2):\n        _t8 = j < 0\n"
     "        _t7 = k if _t8 else 5\n        y += float(_t7)"), "if j < 0"),
    (("y = 1.0\n    for j in range(k, 3):\n        _t8 = j < 0\n"
     "        _t7 = k if _t8 else 5\n        y += float(_t7)"), "if j < 0"),
    (("y = 1.0\n    for j in range(3):\n        _t9 = j + 1\n        _t8 = j + 1\n"
     "        y += float(_t9 * _t8 * _t9)"), "float(j_plus_1 * j_plus_1 * j_plus_1)"),
    (("y = 1.0\n    for j in range(3):\n        _t9 = j - k\n        y += float(_t9 * _t9)\n"
     "    for j in range(2):\n        _t8 = j - k\n        y += float(_t8 * _t8)"),
     "j_minus_k_1 = j - k"),
    ("y = 1.0\n    _t9 = k != k\n    if _t9:\n        y = 2.0", "y = 1.0\n    return"),
    ("y = 1.0\n    _t9 = c != c\n    if _t9:\n        y = 2.0", "if c != c:"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), LITERALS)
def test_literals(body, expected):
    """Worked out where they are integers; a float may differ from itself."""
    flat = ir(f"def f(x: A1, k: int, c):\n    {body}\n    return y\n")
    text = show(for_readers(flat), comments=False)[0]
    assert expected in text, text
    for k in (-2, 0, 7):
        for c in (1.0, np.nan):
            assert same(call(text, "f", X, k, c), call(show(flat)[0], "f", X, k, c))
