"""Elements stand where they are read, unless they may be others there."""

import numpy as np
import pytest

from srcad.ir.show import show
from srcad.passes.printing.elements_in_place import elements_in_place
from tests.ir_text import call, ir, same

X, W = np.array([0.5, 2.0, -1.0]), np.array([4.0, -0.5, 0.25])
TWICE = "_t9 = x[k]\n    y = _t9 * _t9"

PROGRAMS = [
    ("twice", TWICE, True),
    ("in an inner block", "_t9 = x[k]\n    if c > 0.0:\n        y += _t9\n    y += _t9", True),
    ("before a write", "_t9 = x[k]\n    y += _t9\n    x[k] = 3.0", True),
    ("by the statement that writes", "_t9 = x[k]\n    x[k] = _t9 * 2.0", True),
    ("after a write", "_t9 = x[k]\n    x[k] = 3.0\n    y += _t9", False),
    ("after a write that may be there", "_t9 = x[k]\n    w[k] = 3.0\n    y += _t9", False),
    ("after the index has changed", "_t9 = x[k]\n    k = k + 1\n    y += _t9", False),
    ("in a loop that writes",
     "_t9 = x[k]\n    for i in range(3):\n        y += _t9\n        x[i] = y", False),
    ("in a loop that writes elsewhere",
     "z = np.zeros(3)\n    _t9 = x[k]\n    for i in range(3):\n        y += _t9\n        z[i] = y",
     True),
    ("after its block",
     "_t9 = 0.0\n    if c > 0.0:\n        _t9 = x[k]\n    y += _t9 + _t9", False),
    ("five times", "_t9 = x[k]\n    y = _t9 * _t9 * _t9 * _t9 * _t9", False),
    ("the array has its name anew", "_t9 = x[k]\n    x = w[1:]\n    y += _t9 * x[0]", False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "goes"), PROGRAMS, ids=[row[0] for row in PROGRAMS])
def test_elements(name, body, goes):
    flat = ir(f"def f(x: A1, w: A1, k: int, y, c):\n    {body}\n    return y + x[0]\n")
    text = show(elements_in_place(flat), comments=False)[0]
    assert ("_t9 = x[k]" not in text) is goes, text
    for args in ((X, W, 1, 0.5, 1.0), (X, W, 0, 0.5, -1.0)):
        assert same(call(text, "f", *args), call(show(flat)[0], "f", *args))
    both = X.copy()
    assert shared(text, both) == shared(show(flat)[0], X.copy())


def shared(text, x):
    """Return what a function returns if both of its arrays are one."""
    space = {"np": np}
    exec(text, space)
    return space["f"](x, x, 1, 0.5, 1.0), x.tolist()
