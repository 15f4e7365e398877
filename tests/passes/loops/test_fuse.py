"""Loops over the same elements become one, where neither exceptions nor values show it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import srcad
from srcad.ir.show import show
from srcad.passes.loops.fuse import fuse
from tests.array_checks import check, parametrized, programs, vec
from tests.bits import check_bits
from tests.ir_text import ir

program = programs()


@program((vec(5),), (np.zeros(0),))
def read_by_two(x):
    y = np.sin(x)
    z = y * y + x
    w = z * y
    return np.sum(w * z) + np.sum(w)


@program(
    (vec(5), vec(5), 1.0 + vec(5) ** 2, 3), (vec(5), vec(5), vec(1), 3), (vec(1), vec(1), vec(1), 2)
)
@program((vec(5), vec(5), vec(4), 0))
def coupled(x, v, w, steps):
    for _ in range(steps):
        k = v
        a = -w * x
        x = x + 0.1 * k
        v = v + 0.1 * a + 0.01 * np.sin(x) * k
    return np.sum(x * x) + np.sum(v)


@program((vec(6),), (vec(2),))
def shifted(x):
    y = x * x
    z = y[1:] * y[:-1]
    w = y + 1.0
    return np.sum(z) + np.sum(w * y)


@program((vec(6),))
def reversed_and_strided(x):
    y = x * x
    z = y[::-1] * y
    w = y[::2] * y[1::2]
    return np.sum(z * y) + np.sum(w)


@program((vec(5),))
def written_between(x):
    x = x.copy()
    y = x * x
    x[1:] = y[:-1] + 1.0
    z = y + x
    x[0] = 2.0 * y[0]
    return np.sum(z * y) + np.sum(x * z)


@program((vec(5),))
def other_names(x):
    y = np.cos(x)
    z = y
    z += 1.0
    w = z * y
    v = y[:]
    v *= 2.0
    return np.sum(w * y) + np.sum(z * w)


@program((vec(5),))
def old_and_new(x):
    u = np.copy(x)
    change = 0.0
    for _ in range(3):
        old = u
        u = u + 0.1 * np.sin(u)
        change += np.sum((u - old) ** 2)
    return change


@program((vec(4, 3), vec(3)), (vec(4, 1), vec(3)), (vec(4, 3), vec(1)))
def rows(a, b):
    y = a * b
    z = np.exp(0.1 * y)
    w = z + y
    return np.sum(w * z, axis=1) + np.sum(w, axis=0)[0]


@program((vec(4),))
def returned(x):
    y = x * x
    z = y + 1.0
    return y, z * y, np.sum(z)


@program((vec(5).astype(np.float32), vec(5)))
def single_precision(x, y):
    z = x * np.float32(3.0)
    z[:] = y * z
    w = z * z
    return np.sum(w + z) + np.sum(w * x)


@program((vec(5),))
def normalised(x):
    y = x * x
    s = np.sum(y)
    z = y / s
    return np.sum(z * z * x) + np.max(y * z)


@program((vec(6),))
def prefix(x):
    y = x * x
    z = np.cumsum(y)
    w = y * z
    return np.prod(w) + np.sum(w)


@program((vec(3), vec(4)), (vec(1), vec(4)))
def outer_sum(x, y):
    a = x[:, None] + y
    b = a * a
    return np.sum(b * a) + np.sum(np.sin(b))


@parametrized(program)
def test_programs(func, args, mutates):
    """Value and both modes, as plain Python."""
    check(func, args, mutates)


@pytest.mark.compiled
@pytest.mark.parametrize("func", [coupled, rows, single_precision], ids=lambda f: f.__name__)
def test_compiled(func):
    """The same numbers from compiled code."""
    args = next(row[1] for row in program if row[0] is func)
    check(func, args, compiled=True)


def loops(func: Any, *args: Any, stage: str = "prepared") -> tuple[int, int]:
    """How many loops there are at a stage, and how many arrays are made."""
    text = srcad.differentiate(func).inspect_stage(stage, *args)
    return len(re.findall(r"^ *for ", text, re.MULTILINE)), text.count("np.empty(")


@pytest.mark.slow
def test_one_loop_without_arrays() -> None:
    """What only the one loop reads is a number."""
    assert loops(read_by_two, vec(5)) == (1, 0)
    assert loops(read_by_two, vec(5), stage="scalarised")[0] > 1


def test_shifts_keep_their_loops() -> None:
    """An iteration that reads what another one wrote has to wait for it."""
    assert loops(shifted, vec(6)) == (2, 1)


def test_one_loop_per_step() -> None:
    """Arrays that a loop goes on with are equally long: their loops become one."""
    args = (vec(5), vec(5), vec(5), 2)
    text = srcad.differentiate(coupled).inspect_stage("prepared", *args)
    body = text[text.index("for k in range(steps)") :]
    assert body.count("\n        for ") == 1
    assert "changes its shape" in body


@pytest.mark.compiled
def test_arrays_that_change_their_shape() -> None:
    """They are an error in reverse mode, where the loop runs at all."""
    args = vec(5), vec(1), vec(5)
    gradient = srcad.grad(coupled)
    with pytest.raises(ValueError, match="changes its shape in the loop"):
        gradient(*args, 2)
    np.testing.assert_allclose(gradient(*args, 0), 2 * args[0])
    with pytest.raises(ValueError, match="broadcast"):
        gradient(vec(5), vec(4), vec(5), 2)


def by_other_names(x, out):
    out[:] = x * 2.0
    y = x + 1.0
    out[:] = out * y
    return np.sum(y * x)


@pytest.mark.compiled
def test_arguments_that_share_memory() -> None:
    """The function itself sees what it writes, by any name and at any offset."""
    fused = srcad.differentiate(by_other_names)
    for lo, hi in ((0, 4), (1, 5), (2, 6)):
        memory = np.arange(1.0, 7.0)
        same = memory.copy()
        assert fused(memory[:4], memory[lo:hi]) == by_other_names(same[:4], same[lo:hi])
        np.testing.assert_array_equal(memory, same)


def checked_first(x, y):
    z = x * x
    w = z + x
    if x.shape[0] > y.shape[0]:
        raise IndexError("too short")
    total = 0.0
    for i in range(x.shape[0]):
        total += y[i]
    return np.sum(w * z * y) + total


@pytest.mark.compiled
def test_tests_stay_before_what_they_guard() -> None:
    """No loop moves to before the error that keeps it from running."""
    with pytest.raises(IndexError):
        srcad.grad(checked_first)(vec(5), vec(3))
    with pytest.raises(ValueError, match="broadcast"):
        srcad.grad(checked_first)(vec(3), vec(5))


# To the last bit ----------------------------------------------------------------------

X = np.array([0.3, 1.5, 0.2, -0.7])
EXACT = programs()


@EXACT((X,), (X[::-1].copy(),), (X[:1],), (X[:0],))
def two_exceptions(x):
    y = np.zeros(x.size)
    for i in range(x.size):
        if x[i] < -0.5:
            raise ValueError("first")
        y[i] = x[i] * x[i]
    s = 1.0
    z = np.zeros(x.size)
    for j in range(x.size):
        if y[j] > 1.0:
            raise RuntimeError("second")
        z[j] = y[j] * x[j]
    for k in range(x.size):
        s += z[k] * y[k]
    return s


@EXACT((X, np.array([1, 1, 1, 0])), (X, np.array([1, 9, 1, 2])), (X, np.array([9, 9, 9, 9])))
def division_and_exception(x, n):
    y = np.zeros(x.size)
    for i in range(x.size):
        if n[i] == 0:
            raise KeyError("zero")
        y[i] = x[i] * (10 // n[i])
    for j in range(x.size):
        if y[j] > 3.0:
            raise RuntimeError("second")
        y[j] = y[j] * x[j]
    return y[0] * y[1]


@EXACT((X, 0), (X, 9), (X[:2], 9))
def exception_between(x, k):
    y = np.zeros(x.size)
    for i in range(x.size):
        if x[i] < -0.5:
            raise ValueError("first")
        y[i] = x[i] * x[i]
    if k > 3:
        raise RuntimeError("second")
    s = 0.0
    for j in range(x.size):
        s += y[j] * x[j]
    return s


@EXACT((X,), (X[:2],))
def exception_after_values(x):
    y = np.zeros(x.size)
    for i in range(x.size):
        y[i] = x[i] * x[i]
    s = 0.0
    for j in range(x.size):
        if x[j] < -0.5:
            raise ValueError("negative")
        s += y[j] * x[j]
    return s


@EXACT((X, 0), (X, 1), (X, -1))
def read_by_another_iteration(x, k):
    y = np.zeros(x.size + 2)
    for i in range(x.size):
        y[i + 1] = x[i] * x[i]
    s = 0.0
    for j in range(x.size):
        s += y[j + 1 + k] * x[j]
    return s


@EXACT((X,), (X[:1],))
def read_backwards(x):
    y = x * x
    z = y[::-1] * x
    y += z
    return y[0] * z[0] + y[-1]


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in EXACT for args in rows]
)
def test_loops_over_the_same_range(func, args):
    """Values and exceptions are those of the function."""
    check_bits(func, *args)


# One step from legal ------------------------------------------------------------------

FIRST = "    t = np.empty(n)\n    for i in range(n):\n        t[i] = x[i] * 2.0\n"
NEXT = "    for j in range(n):\n        "
RAISES = "        if x[i] > 9.0:\n            raise ValueError('x')\n"
SECOND = "    for j in range(n):\n        w[j] = t[j] + 1.0\n"
JOINED = [
    ("one array", FIRST + SECOND),
    ("numbers in between", FIRST + "    s = 2.0 * n\n" + SECOND),
    ("needed in between", FIRST + "    s = w[0]\n    u = np.zeros(n)\n" + SECOND),
    ("raises in between", FIRST + "    if n > 2:\n        raise ValueError('n')\n" + SECOND),
    ("sums", "    r = 0.0\n" + FIRST + "        r += x[i]\n" + NEXT + "s += t[j]\n"),
    (
        "a number of its own",
        FIRST + NEXT + "a = t[j]\n        w[j] = a * a\n",
    ),
]
APART = [
    ("other ranges", FIRST + "    for j in range(n - 1):\n        w[j] = t[j] + 1.0\n"),
    ("another order", FIRST + "    for j in range(n - 1, -1, -1):\n        w[j] = t[j] + 1.0\n"),
    ("no array in common", FIRST + NEXT + "w[j] = 1.0 * j\n"),
    ("the next element", FIRST + NEXT + "w[j] = t[n - 1 - j]\n"),
    ("the first element", FIRST + NEXT + "w[j] = t[j] * t[0]\n"),
    ("writes what the first reads", FIRST + NEXT + "x[n - 1 - j] = t[j]\n"),
    ("one sum by both", FIRST + "        s += x[i]\n" + NEXT + "s += t[j]\n"),
    ("a number of the first", FIRST + "        a = x[i]\n" + NEXT + "w[j] = a * t[j]\n"),
    ("a sum of the first", FIRST + "        s += x[i]\n" + NEXT + "w[j] = s * t[j]\n"),
    ("a number that goes on", FIRST + "    s = 1.0\n" + NEXT + "s = s * t[j]\n"),
    ("ends early", FIRST + NEXT + "w[j] = t[j]\n        c = t[j] > 1.0\n"
     "        if c:\n            break\n"),
    ("set in between", FIRST + "    t[0] = 5.0\n    t[n - 1] = t[0]\n" + SECOND),
    ("a number from in between", FIRST + "    s = t[0] * t[1]\n" + NEXT + "w[j] = t[j] * s\n"),
    ("both raise", FIRST + RAISES + NEXT + "if t[j] > 9.0:\n            raise KeyError('t')\n"
     "        s += t[j]\n"),
    ("seen when the first raises", FIRST + RAISES + SECOND),
]  # fmt: skip


def snippet(body):
    return ir(f"def f(x: A1, w: A1, n: int):\n    s = 0.0\n{body}\n    return s, w[0]\n")


def outcome(function, x):
    """Return results, arguments, and what was raised."""
    x, w = x.copy(), np.ones(len(x))
    space = {"np": np}
    exec(show(function)[0], space)
    try:
        result = space["f"](x, w, len(x))
    except (ValueError, KeyError) as error:
        result = str(error)
    return repr((result, x, w))


def joined(function, *, apart=True):
    """Return whether the two loops have become one; checks that this shows nowhere."""
    after = fuse(function, (), apart=apart)
    for x in (vec(4), np.array([1.0, 20.0, 2.0]), np.array([2.0, 5.0, 11.0, 1.0]), vec(2)):
        assert outcome(after, x) == outcome(function, x)
    return show(after)[0].count("for ") == 1


@pytest.mark.parametrize(("name", "body"), JOINED)
def test_joined(name, body):
    """Each iteration of the second loop may run right after that of the first."""
    assert joined(snippet(body))


@pytest.mark.parametrize(("name", "body"), APART)
def test_apart(name, body):
    """One iteration would see what another leaves, or an exception shows how far it came."""
    assert not joined(snippet(body))


def test_loops_of_the_user_stay_apart():
    function = snippet(FIRST + SECOND)
    for name in "ij":
        assert show(fuse(function, (name,), apart=True))[0].count("for ") == 2


def test_arguments_that_may_share_memory():
    """The second loop may write what the first one reads, and the other way round."""
    assert not joined(snippet(FIRST + SECOND), apart=False)
    assert joined(snippet(FIRST + NEXT + "s += t[j]\n"), apart=False)
    body = "    for i in range(n):\n        w[i] = 1.0 * i\n" + NEXT + "s += w[j] * x[j]\n"
    assert not joined(snippet(body), apart=False)
    assert joined(snippet(body))
