"""Names of loops and indices: shared and written out only where the meaning stays."""

import math

import numpy as np
import pytest

from srcad.ir.show import show
from srcad.passes.printing.refold import refold
from srcad.passes.printing.spelling import spell
from tests.ir_text import call, ir, run, same
from tests.own_call import check_everywhere

X = np.array([0.5, -1.25, 2.0, 3.5])
W = np.array([2.0, 0.25, -1.0, 1.5])

PROGRAMS = [
    ("loops in a row",
     "for i in range(3):\n        x[i] = w[i]\n    for i_1 in range(2):\n        w[i_1] = x[i_1]",
     ("for i in range(3):\n        x[i] = w[i]\n    for i in range(2):\n        w[i] = x[i]")),
    ("a loop in a loop",
     "for i in range(3):\n        for i_1 in range(2):\n            x[i_1] += w[i]",
     "for i in range(3):\n        for i_1 in range(2):\n            x[i_1] += w[i]"),
    ("only the second",
     "for i_2 in range(3):\n        for i_7 in range(2):\n            x[i_7] += w[i_2]",
     "for i in range(3):\n        for i_1 in range(2):\n            x[i_1] += w[i]"),
    ("the other way round",
     "for i_1 in range(3):\n        for i in range(2):\n            x[i] += w[i_1]",
     "for i in range(3):\n        for i_1 in range(2):\n            x[i_1] += w[i]"),
    ("a name that is taken",
     "i = 2.0\n    for i_3 in range(3):\n        x[i_3] += i",
     "i = 2.0\n    for i_1 in range(3):\n        x[i_1] += i"),
    ("names that have a meaning",
     "for np_1 in range(3):\n        for range_2 in range(2):\n            x[np_1] += w[range_2]",
     "for np_1 in range(3):\n        for range_1 in range(2):\n            x[np_1] += w[range_1]"),
    ("a name that is read behind its loop",
     ("for i_1 in range(3):\n        x[i_1] += 1.0\n    for i_2 in range(2):\n"
      "        x[i_2] += 1.0\n    w[0] = float(i_1)"),
     ("for i_1 in range(3):\n        x[i_1] += 1.0\n    for i in range(2):\n"
      "        x[i] += 1.0\n    w[0] = float(i_1)")),
    ("an index that changes",
     ("for i in range(3):\n        for i_1 in range(2):\n            _t90 = i_1 + 1\n"
      "            x[_t90] += w[_t90] * w[i]\n            x[_t90] *= 0.5"),
     ("for i in range(3):\n        for i_1 in range(2):\n"
      "            x[i_1 + 1] += w[i_1 + 1] * w[i]\n            x[i_1 + 1] *= 0.5")),
    ("an index that is a number too",
     ("for i in range(3):\n        _t90 = i + 1\n        x[_t90] += 1.0\n"
      "        w[_t90] += float(_t90)"),
     ("for i in range(3):\n        i_plus_1 = i + 1\n        x[i_plus_1] += 1.0\n"
      "        w[i_plus_1] += float(i_plus_1)")),
    ("a counter that moves on",
     ("k = 0\n    while k < 3:\n        _t90 = k + 1\n        k = k + 1\n"
      "        x[_t90] += w[_t90]"),
     ("k = 0\n    while k < 3:\n        k_plus_1 = k + 1\n        k += 1\n"
      "        x[k_plus_1] += w[k_plus_1]")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "expected"), PROGRAMS)
def test_spelling(name, body, expected):
    flat = ir(f"def f(x: A1, w: A1):\n    {body}\n    return x[0] + w[3]\n")
    text, _ = show(refold(flat), comments=False)
    assert text.partition("\n    ")[2] == expected + "\n    return x[0] + w[3]\n"
    arrays = X.copy(), W.copy()
    others = X.copy(), W.copy()
    assert same(call(text, "f", *arrays), run(flat, *others))
    assert same(arrays, others)


def test_what_has_no_such_names_is_returned_as_it_is():
    flat = ir("def f(a, b):\n    s = a * b\n    return s\n")
    assert spell(flat) is flat


def loops_named_like_functions(x):
    s = 0.0
    for np_1 in range(3):
        for len_1 in range(2):
            s += np.sin(x[np_1]) * len(x) * x[len_1]
    for math_2 in range(2):
        for max_1 in range(2):
            s += max(s, x[math_2]) * math.cos(x[max_1])
    return s


def test_names_that_generated_code_uses_are_not_given_to_loops():
    check_everywhere(loops_named_like_functions, (X,))
