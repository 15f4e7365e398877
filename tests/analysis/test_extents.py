"""Extents and bounds of loops: equal as values, not as names."""

import numpy as np
import pytest

from srcad.analysis.extents import Extents
from srcad.analysis.values import values
from srcad.ir import nodes
from srcad.ir.types import Array
from srcad.ir.walk import statements, targets
from tests.array_checks import parametrized, programs
from tests.ir_text import ir as plain_ir
from tests.ir_text import with_negative_literals
from tests.own_call import check_everywhere

PROGRAMS = programs()
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.3


@PROGRAMS((FIVE, 3))
def fewer_rounds_than_elements(x, n):
    y = np.zeros(5)
    for i in range(n):
        y[i] += x[i]
    return np.sum(y * y) + y[4]


@PROGRAMS((FIVE, 3))
def one_round_less(x, n):
    y = np.zeros(n)
    m = n - 1
    for i in range(m):
        y[i] += x[i]
    return np.sum(y * y) + y[n - 1]


@PROGRAMS((FIVE, 5))
def all_elements_backwards(x, n):
    y = np.zeros(n)
    for i in range(n - 1, -1, -1):
        y[i] += x[i]
        y[i] = y[i] * 2.0
    return np.sum(y * y)


@PROGRAMS((FIVE, 5))
def every_other_element(x, n):
    y = np.zeros(n)
    for i in range(0, n, 2):
        y[i] += x[i]
    return np.sum(y * y)


@PROGRAMS((FIVE, 5))
def loop_that_ends_early(x, n):
    y = np.zeros(n)
    for i in range(n):
        y[i] += x[i]
        if y[i] > 0.39:
            break
    return np.sum(y * y)


@PROGRAMS((SQUARE, 3))
def triangle(a, n):
    y = np.zeros((3, 3))
    for i in range(n):
        for j in range(i, n):
            y[i, j] += a[i, j]
    return np.sum(y * y)


@PROGRAMS((SQUARE, 3))
def diagonal_only(a, n):
    y = np.zeros((3, 3))
    for i in range(n):
        for j in range(n):
            y[i, i] += a[i, j]
    return np.sum(y * y)


@PROGRAMS((FIVE, 5))
def size_assigned_between_two_arrays(x, n):
    a = np.zeros(n)
    n = n - 1
    b = np.zeros(n)
    for i in range(n):
        a[i] += x[i]
        b[i] += x[i] * a[i]
    return np.sum(a) * np.sum(b) + a[n]


@PROGRAMS((SQUARE, 2))
def copy_of_a_matrix(a, n):
    s = 0.0
    for _h in range(n):
        t = np.zeros((3, 3))
        for i in range(3):
            for j in range(3):
                t[i, j] += a[i, j]
        s += np.sum(t @ a)
    return s


@PROGRAMS((np.arange(18.0).reshape(2, 3, 3) / 9, 2))
def matrices_of_a_stack(a, n):
    s = 0.0
    for h in range(n):
        s += np.sum(np.tanh(a[h] @ a[h].T))
    return s


@PROGRAMS((np.arange(18.0).reshape(2, 3, 3) / 9, 2))
def written_matrices_of_a_stack(a, n):
    s = 0.0
    b = a.copy()
    for h in range(n):
        c = b[h] @ b[h].T
        b[h] = c * 0.1
        s += np.sum(np.tanh(c @ b[1 - h]))
    return s


@PROGRAMS((np.arange(18.0).reshape(2, 3, 3) / 9, 2))
def matrix_at_an_index_that_moves(a, n):
    s = 0.0
    h = 0
    for _k in range(n):
        c = a[h] @ a[1]
        h = 1 - h
        s += np.sum(np.tanh(c @ a[h]))
    return s


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


# What is asked about extents ----------------------------------------------------------------


def ir(source):
    return with_negative_literals(plain_ir(source))


HEAD = "def f(x: A1, y: A1, w: A2, v: A2, n: int, m: int, c: bool):\n"


def sizes(body, *, facts=False):
    """Return what the extent of each new array is equal to, by its name."""
    lines = "".join(f"    {line}\n" for line in body.strip().split("\n"))
    function = ir(f"{HEAD}{lines}    return n")
    known = values(function)
    extents = Extents(function, known if facts else None)
    known = extents.values
    return extents, {
        (target.name, axis): extents.size(known.defs[s, target.name], axis)
        for s in statements(function.body)
        for target in targets(s)
        if isinstance(target.type, Array)
        for axis in range(target.type.ndim)
    }


def equal(body, a, b, **options):
    """Return whether the first extents of two arrays are equal."""
    found = sizes(body, **options)[1]
    return found[a, 0] == found[b, 0]


def test_new_arrays():
    body = "a = np.zeros(n)\nb = np.empty(n)\nd = np.zeros(m)\ne = np.zeros(3)\ng = np.ones(3)"
    assert equal(body, "a", "b")
    assert not equal(body, "a", "d")
    assert equal(body, "e", "g")
    assert not equal(body, "a", "e")


def test_arrays_like_others():
    body = "a = x.copy()\nb = zeros_like(x)\nd = y.copy()\ne = x\ng = x[1:]\nh = w[0]\nk = w[0, 1:]"
    assert equal(body, "a", "b")
    assert equal(body, "a", "e")
    assert not equal(body, "a", "d")
    assert not equal(body, "a", "g")
    assert not equal(body, "h", "k")
    _, found = sizes("a = w.copy()\nb = w[0]\nd = w[n]")
    assert found["a", 1] == found["b", 0] == found["d", 0] != found["a", 0]


def test_lengths_that_change_are_no_others():
    assert not equal("a = np.zeros(n)\nn = m\nb = np.zeros(n)", "a", "b")
    assert equal("a = np.zeros(n)\nk = n\nn = m\nb = np.zeros(k)", "a", "b")
    assert equal("k = x.shape[0]\na = np.zeros(k)\nb = x.copy()", "a", "b")
    body = "k = n\nif c:\n    k = m\na = np.zeros(k)\nb = np.zeros(n)"
    assert not equal(body, "a", "b")


def test_checks_that_raise_make_numbers_equal():
    """Nothing else does: not a branch that only assigns, or one that raises on some paths."""
    arrays = "a = np.zeros(n)\nb = np.zeros(m)\n"
    check = "if n != m:\n    raise ValueError()"
    assert equal(arrays + check, "a", "b")
    assert not equal(arrays + check, "a", "b", facts=True)
    assert not equal(arrays + check.replace("!=", "=="), "a", "b")
    assert not equal(arrays + check.replace("!=", "<"), "a", "b")
    assert not equal(arrays + "if n != m:\n    n = m", "a", "b")
    assert not equal(arrays + "if n != m:\n    k = 1\n    raise ValueError()", "a", "b")
    assert not equal(arrays + check + "\nelse:\n    k = 2", "a", "b")
    inner = check.replace("\n", "\n    ")
    assert not equal(arrays + f"if c:\n    {inner}", "a", "b")


def ranges(body):
    extents, _ = sizes(body)
    function_loops = [s for s in extents.values.where if isinstance(s, nodes.For)]
    return [extents.full_range(loop) is not None for loop in function_loops]


def test_full_ranges():
    assert ranges("for i in range(n):\n    k = i") == [True]
    assert ranges("for i in range(1, n):\n    k = i") == [False]
    assert ranges("for i in range(0, n, 2):\n    k = i") == [False]
    assert ranges("for i in range(n - 1, -1, -1):\n    k = i") == [True]
    assert ranges("for i in range(n - 2, -1, -1):\n    k = i") == [False]
    assert ranges("for i in range(n, -1, -1):\n    k = i") == [False]
    assert ranges("for i in range(n - 1, 0, -1):\n    k = i") == [False]
    assert ranges("b = n < 3\nfor i in range(n):\n    k = i\n    if b:\n        break") == [False]


def test_products_of_matrices():
    _, found = sizes("a = np.dot(w, v)\nb = w.copy()\nd = np.dot(w.T, v)\ne = np.dot(w, v.T)")
    assert found["a", 0] == found["b", 0] == found["e", 0]
    assert found["d", 0] == found["b", 1]
    assert found["a", 0] != found["d", 0]
    assert found["a", 1] == found["d", 1] != found["e", 1]


def test_transposed():
    x, t = nodes.Var("x", Array("float64", 2)), nodes.Var("t", Array("float64", 2))
    stmt = nodes.Let(t, nodes.Op("transpose", (x,), ((1, 0),)))
    function = nodes.Function("f", (nodes.Param("x", x),), (stmt,), (t,))
    extents = Extents(function)
    of = extents.values.defs[stmt, "t"]
    given = extents.values.arguments["x"]
    assert extents.size(of, 0) == extents.size(given, 1)
    assert extents.size(of, 1) == extents.size(given, 0)
    assert extents.size(of, 0) != extents.size(of, 1)


def test_what_is_not_known_is_equal_to_nothing():
    extents = Extents(ir(f"{HEAD}    return n"))
    assert extents.size(None, 0) != extents.size(None, 0)


COUNTED = """
def f(x: A1, m: A2, k: int):
    y = np.zeros({extent})
    for i in range({stop}):
        y[i] = 1.0
    return y[0]
"""


@pytest.mark.parametrize(
    ("extent", "stop", "is_full"),
    [
        ("x.shape[0]", "len(x)", True),
        ("len(x)", "x.size", True),
        ("len(m)", "m.shape[0]", True),
        ("m.size", "m.shape[0]", False),
        ("m.shape[1]", "len(m)", False),
        ("x.size", "k", False),
    ],
)
def test_sizes_of_one_axis_are_one_number(extent, stop, is_full):
    """`len(x)` and `x.size` of a vector; not the size of a matrix."""
    function = plain_ir(COUNTED.format(extent=extent, stop=stop))
    facts = Extents(function)
    (made,) = (s for s in statements(function.body) if [v.name for v in targets(s)] == ["y"])
    (loop,) = (s for s in statements(function.body) if isinstance(s, nodes.For))
    assert (facts.full_range(loop) == facts.extents(made, 1)[0]) is is_full


CHECKED = """
def f(x: A2, y: A2, c: float):
    {check}
    for i in range(x.shape[0]):
        y[i, 0] = c
    return c
"""


@pytest.mark.parametrize(
    ("check", "is_full"),
    [
        ("if x.shape[1] != y.shape[1] or x.shape[0] != y.shape[0]:", True),
        ("if c > 0.0 or x.shape[0] != y.shape[0]:", True),
        ("if c > 0.0 and x.shape[0] != y.shape[0]:", False),
        ("if x.shape[0] == y.shape[0]:", False),
    ],
)
def test_equal_after_a_test(check, is_full):
    """A test that raises says what is equal if one of several differences is enough for it."""
    function = plain_ir(CHECKED.format(check=check + "\n        raise ValueError('no')"))
    facts = Extents(function)
    (loop,) = (s for s in statements(function.body) if isinstance(s, nodes.For))
    (store,) = loop.body
    written = facts.values.reads[store, "y"]
    assert (facts.full_range(loop) == facts.size(written, 0)) is is_full
