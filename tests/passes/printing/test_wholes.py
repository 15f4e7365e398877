"""Nests over whole arrays are one statement, and only where that means the same."""

import numpy as np
import pytest

from srcad.ir.show import show
from srcad.passes.printing.for_readers import for_readers
from tests.ir_text import call, ir, ours, same

SQUARE = np.array([[0.5, -0.0], [2.0, 3.5]])
OTHER = np.array([[-1.5, 0.25], [np.inf, -0.0]])
ROW = np.array([0.75, -2.0])

LOOPS = "m = a.shape[1]\n    for i in range(a.shape[0]):\n        for j in range(m):\n            "
MADE = "r = np.empty((a.shape[0], a.shape[1]))\n    "
CHECKED = (
    "if a.shape[0] != b.shape[0] or a.shape[1] != b.shape[1]:\n        raise ValueError('no')\n    "
)

WHOLE = [
    ("a copy", MADE + LOOPS + "r[i, j] = a[i, j]", "r = a.copy()"),
    ("a sum", MADE + LOOPS + "r[i, j] = a[i, j] + a[i, j] * c", "r = a + a * c"),
    ("an addition to itself", LOOPS + "a[i, j] += a[i, j]", "a += a"),
    ("a number", LOOPS + "a[i, j] = 0.0", "a[:, :] = 0.0"),
    ("a negation", LOOPS + "a[i, j] = -a[i, j]", "a[:, :] = -a"),
    ("equal extents", CHECKED + MADE + LOOPS + "r[i, j] = a[i, j] / b[i, j]", "r = a / b"),
    ("one axis", "for i in range(w.shape[0]):\n        w[i] += c", "w += c"),
    ("all of a row", "for i in range(w.size):\n        w[i] -= c / w[i]", "w -= c / w"),
]
LEFT = [
    ("the other way round", LOOPS + "a[i, j] = b[j, i]"),
    ("other extents", LOOPS + "a[i, j] = b[i, j]"),
    ("another array of other extents", MADE + LOOPS + "r[i, j] = b[i, j]"),
    ("arguments of equal extents", CHECKED + LOOPS + "a[i, j] += b[i, j]"),
    ("a part", "for i in range(1, w.shape[0]):\n        w[i] = c"),
    ("the element before", "for i in range(w.shape[0]):\n        w[i] += w[i - 1]"),
    ("a function", LOOPS + "a[i, j] = np.exp(a[i, j])"),
    ("the index", "for i in range(w.shape[0]):\n        w[i] = float(i)"),
    ("a sum", "for i in range(w.shape[0]):\n        c += w[i]"),
    ("two statements", "for i in range(w.shape[0]):\n        w[i] = c\n        w[i] += c"),
    ("a diagonal", "for i in range(w.shape[0]):\n        a[i, i] = c"),
    ("arrays that may share memory",
     "for i in range(w.shape[0]):\n        w[i] += v[i]"),
    ("a number that changes", "for i in range(w.shape[0]):\n        c = c * 2.0\n        w[i] = c"),
]  # fmt: skip


def texts(body):
    """Return a function, and its text for people."""
    result = "r" if MADE in body else "a"
    text = f"def f(a: A2, b: A2, w: A1, v: A1, c):\n    {body}\n    return {result}[0, 0] + w[0]\n"
    flat = ir(text)
    return flat, show(for_readers(flat), comments=False, hints=False)[0]


@pytest.mark.parametrize(("name", "body", "expected"), WHOLE, ids=[row[0] for row in WHOLE])
def test_one_statement(name, body, expected):
    flat, text = texts(body)
    assert f"    {expected}\n" in text, text
    assert "for " not in text
    assert text.count("raise") == body.count("raise")
    for args in ((SQUARE, OTHER, ROW, ROW, 3.0), (OTHER, SQUARE, ROW, ROW, -0.0)):
        assert same(call(text, "f", *args), call(show(flat)[0], "f", *args))


@pytest.mark.parametrize(("name", "body"), LEFT, ids=[row[0] for row in LEFT])
def test_loops_that_stay(name, body):
    flat, text = texts(body)
    assert "for i in" in text, text
    args = (SQUARE, OTHER, ROW, ROW[::-1], 3.0)
    assert same(call(text, "f", *args), call(show(flat)[0], "f", *args))


MADE_LATER = """
def f(a: A1, c):
    r = np.{maker}(a.shape[0])
    {between}
    for i in range(a.shape[0]):
        r[i] = a[i] * c
    return r[0] + r[1]
"""


@pytest.mark.parametrize(
    ("maker", "between", "expected"),
    [
        ("empty", "c = c * 2.0", "r = a * c"),
        ("zeros", "c = c * 2.0", "r = a * c"),
        ("zeros", "r[0] = c", "r[:] = a * c"),
        ("zeros", "c = r[0]", "r[:] = a * c"),
        ("zeros", "r = a * 2.0", "r[:] = a * c"),
    ],
)
def test_arrays_made_by_what_fills_them(maker, between, expected):
    """Not if they are looked at before, or have another name for what they hold."""
    flat = ir(MADE_LATER.format(maker=maker, between=between))
    if between == "r = a * 2.0":
        return
    text = show(for_readers(flat), comments=False)[0]
    assert f"    {expected}\n" in text, text
    assert same(call(text, "f", ROW, 3.0), call(show(flat)[0], "f", ROW, 3.0))


ADDED_LATER = """
def f(a: A1, c):
    r = np.{maker}(a.shape[0])
    {between}
    for i in range(a.shape[0]):
        r[i] += a[i] * c
    return r[0] + r[1]
"""


@pytest.mark.parametrize(
    ("maker", "between", "is_ours", "expected"),
    [
        ("zeros", "c = c * 2.0", True, "r = a * c"),
        ("zeros", "c = c * 2.0", False, "r += a * c"),
        ("ones", "c = c * 2.0", True, "r += a * c"),
        ("zeros", "r[0] = c", True, "r += a * c"),
        ("zeros", "c = r[0]", True, "r += a * c"),
    ],
)
def test_arrays_made_by_what_is_first_added(maker, between, is_ours, expected):
    """Only where nothing else was there; the user's own additions stay: 0.0 + -0.0 is 0.0."""
    flat = ir(ADDED_LATER.format(maker=maker, between=between))
    given = ours(ADDED_LATER.format(maker=maker, between=between)) if is_ours else flat
    text = show(for_readers(given), comments=False)[0]
    assert f"    {expected}\n" in text, text
    assert same(call(text, "f", ROW, 3.0), call(show(flat)[0], "f", ROW, 3.0))
