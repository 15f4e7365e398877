"""Work arrays: made once only with their exceptions, filled in vain only where it shows."""

import numpy as np
import pytest

from srcad.ir.show import show
from srcad.passes.loops.work_arrays import work_arrays
from tests.array_checks import programs
from tests.bits import check_bits
from tests.ir_text import ours, run

X = np.array([0.3, -0.7, 1.1])
FOUR = np.array([0.3, -0.7, 1.1, 0.4])
PROGRAMS = programs()


@PROGRAMS((X, -3), (X, 0), (X, 2))
def size_that_may_be_negative(x, n):
    s = 0.0
    for i in range(x.size):
        t = np.empty(n)
        if n > 0:
            t[0] = x[i]
            s += t[0] * t[0]
    return s


@PROGRAMS((X, -3, 0), (X, 2, 0), (X, 2, 3), (X, -2, 3))
def loop_that_may_not_run(x, n, m):
    s = 0.0
    for i in range(m):
        t = np.empty(n)
        for j in range(n):
            t[j] = x[i] * x[j]
        for j in range(n):
            s += t[j] * t[j]
    return s


@PROGRAMS((X, -3, 0.0), (X, 2, 0.5), (X, -2, 2.0))
def while_that_may_not_run(x, n, most):
    s = 0.0
    while s < most:
        t = np.empty(n)
        for j in range(n):
            t[j] = x[0] * x[j] + 0.5
        for j in range(n):
            s += t[j] * t[j]
    return s * x[1]


HUGE = 2**59


@PROGRAMS((X, HUGE, 0), (X, 2, 0), (X, 2, 3))
def too_large_for_a_loop_that_does_not_run(x, n, m):
    s = x[0]
    for i in range(m):
        t = np.empty(n)
        for j in range(n):
            t[j] = x[i] * x[j]
        for j in range(n):
            s += t[j] * t[j]
    return s


@PROGRAMS((X, HUGE, 0.0), (X, 2, 0.5))
def too_large_for_a_while_that_does_not_run(x, n, most):
    s = 0.0
    while s < most:
        t = np.empty(n)
        for j in range(n):
            t[j] = x[0] * x[j] + 0.5
        for j in range(n):
            s += t[j] * t[j]
    return s * x[1]


@PROGRAMS((X, HUGE), (X, 2))
def too_large_after_an_exception(x, n):
    s = x[0]
    for i in range(x.size):
        if n > 3:
            raise RuntimeError("too large")
        t = np.empty(n)
        for j in range(n):
            t[j] = x[i] * x[j]
        for j in range(n):
            s += t[j] * t[j]
    return s


@PROGRAMS((X, -3), (X, 2))
def raises_before_it(x, n):
    s = 0.0
    for i in range(x.size):
        if x[i] < -0.5:
            raise RuntimeError("early")
        t = np.empty(n)
        for j in range(n):
            t[j] = x[i] * x[j]
        for j in range(n):
            s += t[j] * t[j]
    return s


@PROGRAMS((X, 3), (X, 1), (X, 0))
def size_that_sinks(x, n):
    s = 0.0
    for i in range(x.size):
        t = np.empty(n - i)
        for j in range(n - i):
            t[j] = x[i] * x[j]
        for j in range(n - i):
            s += t[j] * t[j]
    return s


@PROGRAMS((X, -2), (X, 1))
def matrix_with_one_bad_axis(x, n):
    s = 0.0
    for i in range(x.size):
        t = np.empty((x.size, n))
        for j in range(x.size):
            for k in range(n):
                t[j, k] = x[i] * x[j]
        for j in range(x.size):
            for k in range(n):
                s += t[j, k] * t[j, k]
    return s


@PROGRAMS((X,), (np.array([-0.0, 0.0, -0.0]),))
def zeros_that_are_added_to(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] += x[i]
    return y[0] * 1.0


@PROGRAMS((X,), (np.array([-0.0, 0.0, -0.0]),))
def zeros_named_like_a_derivative(x):
    y_bar = np.zeros(3)
    for i in range(3):
        y_bar[i] += x[i]
    return y_bar[0] * 1.0


@PROGRAMS((X,), (np.array([-0.0, 0.0, -0.0]),))
def zeros_by_shape(x):
    y = np.zeros(x.size)
    for i in range(x.size):
        y[i] -= x[i]
    return y[0] * 1.0 + y[1] * 0.0


@PROGRAMS((X,), (np.array([-0.0, 0.0, -0.0]),))
def zeros_like_the_argument(x):
    y = np.zeros_like(x)
    for i in range(x.size):
        y[i] += x[i] * 1.0
    return np.copysign(1.0, y[2]) * x[0] + y[0]


@PROGRAMS((X,), (np.array([-0.0, 0.0, -0.0]),))
def matrix_of_zeros(x):
    y = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            y[i, j] += x[j]
            y[i, j] += y[i, j] * x[i]
    return np.copysign(1.0, y[2, 2]) * x[0] + y[0, 1]


@PROGRAMS((X,))
def zeros_of_which_not_all_are_added_to(x):
    y = np.zeros(3)
    for i in range(2):
        y[i] += x[i]
    return y[0] * x[0] + y[2] * x[1]


@PROGRAMS((X, 2), (X, 3))
def zeros_that_another_loop_reads(x, n):
    y = np.zeros(3)
    for i in range(n):
        y[i] += x[i]
    return y[0] * x[0] + y[2] * x[1]


@PROGRAMS((X,))
def zeros_added_to_in_a_branch(x):
    y = np.zeros(3)
    for i in range(3):
        if x[i] > 0.0:
            y[i] += x[i]
    return y[0] * x[0] + y[1] * x[2]


@PROGRAMS((X,))
def zeros_read_by_the_next_element(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] += x[i]
        if i < 2:
            y[i + 1] = 0.5
    return y[0] * x[0] + y[1] * x[2]


@PROGRAMS((X,))
def work_that_the_last_iteration_has_left(x):
    s = 0.0
    t = np.zeros(3)
    for i in range(3):
        s += t[i] * x[i]
        t = np.zeros(3)
        for j in range(3):
            t[j] = x[j] * x[i]
    return s


@PROGRAMS((X, 2), (X, 0))
def work_that_is_read_after_the_loop(x, n):
    t = np.ones(2)
    for i in range(n):
        t = np.zeros(2)
        for j in range(2):
            t[j] = x[j] * x[i]
    return t[0] * t[1]


@PROGRAMS((X,))
def zeros_filled_differently_each_time(x):
    s = 0.0
    for i in range(3):
        t = np.zeros(3)
        for j in range(i):
            t[j] = x[j] * x[i]
        s += t[0] + t[1] * x[1]
    return s


@PROGRAMS((X,))
def zeros_filled_backwards_each_time(x):
    s = 0.0
    for i in range(3):
        t = np.zeros(3)
        for j in range(i, 3):
            t[j] = x[j] * x[i]
        s += t[0] + t[1] * x[1]
    return s


@PROGRAMS((X, np.array([0, 2, 1])))
def zeros_filled_at_indices_of_data(x, at):
    s = 0.0
    for i in range(3):
        t = np.zeros(3)
        t[at[i]] = x[i]
        s += t[0] * x[1] + t[1] * x[2]
    return s


@PROGRAMS((X,))
def two_arrays_of_two_iterations(x):
    s = 0.0
    old = np.zeros(3)
    for i in range(3):
        t = np.zeros(3)
        for j in range(3):
            t[j] = x[j] * x[i]
        s += old[0] * t[1]
        old = t
    return s


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_work_arrays(func, args):
    """Values, signs of zeros and exceptions are those of the function."""
    check_bits(func, *args)


MADE = "    t = np.zeros(n)\n"
ADDED = "    for i in range(n):\n        t[i] += v[i]\n"
STORED = [
    ("at once", MADE + ADDED),
    ("twice", MADE + ADDED + "    s = t[0]\n" + MADE + ADDED + "    s += t[1]\n"),
    ("others first", MADE + "    s = v[0]\n" + ADDED),
    ("element read behind it", MADE + ADDED + "        s += t[i]\n        t[i] += 2.0\n"),
]
ADDED_STILL = [
    ("not all", MADE + "    for i in range(n - 1):\n        t[i] += v[i]\n"),
    ("not from the start", MADE + "    for i in range(1, n):\n        t[i] += v[i]\n"),
    ("every second", MADE + "    for i in range(0, n, 2):\n        t[i] += v[i]\n"),
    ("to others first", MADE + "    t[0] = 1.0\n" + ADDED),
    ("read first", MADE + "    s = t[1]\n" + ADDED),
    ("to one element", MADE + "    for i in range(n):\n        t[0] += v[i]\n"),
    ("again and again", MADE + "    for k in range(n):\n        for i in range(n):\n"
     "            t[i] += v[i]\n"),
    ("in a branch", MADE + "    for i in range(n):\n        if i > 0:\n            t[i] += v[i]\n"),
    ("reads the next element", MADE + "    for i in range(n):\n        t[i] += v[i]\n"
     "        s += t[n - 1]\n"),
    ("sets the next element", MADE + "    for i in range(n):\n        t[i] += v[i]\n"
     "        t[n - 1] = 2.0\n"),
    ("bound in the loop", MADE + "    for i in range(n):\n        t[i] += v[i]\n        t = v\n"),
]  # fmt: skip
OUT = [
    ("work", ("        t = np.empty(n)\n        for i in range(n):\n            t[i] = v[i] * k\n"
     "        s += t[0]\n")),
    ("zeros that are refilled", ("        t = np.zeros(n)\n        for i in range(1, n):\n"
     "            t[i] = v[i] * k\n        s += t[0] + t[1]\n")),
    ("an element of zeros",
     "        t = np.zeros(n)\n        t[1] = v[1] * k\n        s += t[1]\n"),
]  # fmt: skip
IN = [
    ("size that changes", ("        t = np.empty(n + k)\n        for i in range(n + k):\n"
     "            t[i] = 1.0 * k\n        s += t[0]\n")),
    ("seen behind the loop", ("        t = np.empty(n)\n        for i in range(n):\n"
     "            t[i] = v[i] * k\n    s += t[0]\n")),
    ("seen in the next round",
     ("        if k > 0:\n            s += t[1]\n        t = np.empty(n)\n"
     "        for i in range(n):\n            t[i] = v[i] * k\n")),
    ("another name", ("        t = np.empty(n)\n        for i in range(n):\n"
     "            t[i] = v[i] * k\n        s += w[0]\n        w = t\n")),
    ("bound twice", ("        t = np.empty(n)\n        for i in range(n):\n"
     "            t[i] = v[i] * k\n        s += t[0]\n        t = v\n        s += t[1]\n")),
    ("made again, of another size", ("        t = np.empty(n)\n        for i in range(n):\n"
     "            t[i] = v[i] * k\n        s += t[1]\n        t = np.ones(1)\n"
     "        s += t[0]\n")),
    ("zeros that are added to", ("        t = np.zeros(n)\n        for i in range(1, n):\n"
     "            t[i] += v[i] * k\n        s += t[1]\n")),
    ("zeros filled elsewhere", "        t = np.zeros(n)\n        t[k] = 2.0\n        s += t[0]\n"),
    ("zeros filled as far as k", ("        t = np.zeros(n)\n        for i in range(k):\n"
     "            t[i] = v[i]\n        s += t[0]\n")),
    ("zeros filled in a branch", ("        t = np.zeros(n)\n        if k < 1:\n"
     "            t[0] = v[0]\n        s += t[0]\n")),
    ("zeros changed later", ("        t = np.zeros(n)\n        for i in range(1, n):\n"
     "            t[i] = v[i]\n        s += t[0]\n        t[0] = 5.0\n")),
    ("zeros read first", "        t = np.zeros(n)\n        s += t[1]\n        t[1] = v[1] * k\n"),
]  # fmt: skip


def program(body, returns="s"):
    return ours(
        f"def f(v: A1, n: int, m: int):\n    s = 0.0\n    w = np.zeros(n)\n{body}\n"
        f"    return {returns}\n"
    )


def shown_and_compared(before):
    """Return the text after the pass, which computes the same as that before."""
    after = work_arrays(before, ())
    for n, m in ((3, 1), (3, 3), (4, 2)):
        assert repr(run(after, FOUR, n, m)) == repr(run(before, FOUR, n, m))
    return show(after, comments=False)[0]


@pytest.mark.parametrize(("name", "body"), STORED)
def test_zeros_that_are_stored_to(name, body):
    text = shown_and_compared(program(body, "t, s"))
    assert "t = np.empty(n)" in text
    assert "t[i] = " in text


@pytest.mark.parametrize(("name", "body"), ADDED_STILL)
def test_zeros_that_are_added_to_still(name, body):
    assert "t = np.zeros(n)" in shown_and_compared(program(body, "t, s"))


def test_columns_and_diagonals():
    """Each loop is one index; a row that is filled is not read before."""
    body = "    t = np.zeros((n, n))\n    for i in range(n):\n        for j in range(n):\n"
    stored = ("t[j, i] += v[i]", "t[i, j] += v[i]\n        s += t[i, 1]")
    added = ("t[i, i] += v[j]", "t[j, i] += v[i]\n        s += t[i, 1]", "t[i, 0] += v[j]")
    for line in stored:
        assert "np.empty" in shown_and_compared(program(f"{body}            {line}\n", "t, s"))
    for line in added:
        assert "np.empty" not in shown_and_compared(program(f"{body}            {line}\n", "t, s"))


@pytest.mark.parametrize(("name", "body"), OUT)
def test_work_that_is_made_once(name, body):
    text = shown_and_compared(program(f"    for k in range(m):\n{body}"))
    assert text.index("t = np.") < text.index("for k")


@pytest.mark.parametrize(("name", "body"), IN)
def test_work_that_is_made_each_time(name, body):
    text = shown_and_compared(program(f"    for k in range(m):\n{body}"))
    assert text.rindex("t = np.") > text.index("for k")


def test_work_that_is_returned_is_made_each_time():
    body = "    for k in range(m):\n        t = np.empty(n)\n        for i in range(n):\n"
    text = shown_and_compared(program(body + "            t[i] = v[i] * k\n", "t, s"))
    assert text.index("t = np.") > text.index("for k")
