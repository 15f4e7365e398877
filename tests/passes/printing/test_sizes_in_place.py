"""Sizes stand where they are needed, if the array has its name for good."""

import numpy as np
import pytest

from srcad.ir.show import show
from srcad.passes.printing.for_readers import for_readers
from tests.ir_text import call, ir, same

PROGRAMS = [
    ("_t9 = x.shape[0]\n    for i in range(_t9):\n        c += x[i]", "range(x.shape[0])"),
    ("_t9 = len(x)\n    for i in range(3):\n        for j in range(_t9):\n            c += x[j]",
     "(len(x))"),
    ("_t9 = len(x)\n    x = x[1:]\n    for i in range(_t9 - 1):\n        c += x[i]", "n = len(x)"),
    ("_t9 = x.shape[0]\n    for i in range(_t9):\n        c += x[_t9 - 1]", "n = x.shape[0]"),
    ("n = x.shape[0]\n    for i in range(n):\n        c += x[i]", "n = x.shape[0]"),
    (("_t9 = 3\n    for k in range(2):\n        for i in range(_t9):\n            c += x[i]\n"
      "        y = x[k:]\n        _t9 = y.shape[0]"), "y.shape[0]"),
    ("_t9 = x.shape[0]\n    _t8 = _t9 + 1\n    _t7 = _t8 * 2", "c = c\n"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), PROGRAMS)
def test_sizes(body, expected):
    """One that is read once, of an array that is bound once; nothing for nobody."""
    flat = ir(f"def f(x: A1, c):\n    {body}\n    return c\n")
    text = show(for_readers(flat), comments=False)[0]
    if expected == "c = c\n":
        assert text.count("\n") == 2, text
    else:
        assert expected in text, text
    x = np.array([0.5, 2.0, -1.0])
    assert same(call(text, "f", x, 1.0), call(show(flat)[0], "f", x, 1.0))
