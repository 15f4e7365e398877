"""Indices that are not known to be inside their arrays are tested before a derivative writes."""

from __future__ import annotations

import inspect
import math
import random
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from numba.core import config

import srcad
from srcad.frontend.types.numba_types import from_numba
from srcad.pipeline import HELPERS, derive
from tests.harness import as_plain_python


def source(func: Callable[..., Any], *args: Any, checks: Any = "writes") -> str:
    """Return the source of `value_and_grad` by the first argument."""
    return derived(func, *args, checks=checks).source


def derived(func: Callable[..., Any], *args: Any, checks: Any = "writes") -> Any:
    """Return `value_and_grad` by the first argument, as it is generated."""
    types = tuple(from_numba(numba.typeof(arg), "x") for arg in args)
    return derive(func, "value_and_grad", types, (0,), checks=checks)


class Unchecked(np.ndarray[Any, Any]):
    """An array that reads as compiled code does: outside there is some number.

    To write there is what no derivative may do.
    """

    def __getitem__(self, index: Any) -> Any:
        """Return an element or a view; something for an index outside."""
        try:
            return super().__getitem__(index)
        except IndexError:
            if (isinstance(index, tuple) and len(index) == self.ndim) or self.ndim == 1:
                return self.dtype.type(1)
            return np.ones(self.shape[1:], self.dtype).view(Unwritable)

    def __setitem__(self, index: Any, value: Any) -> None:
        """Write an element."""
        try:
            super().__setitem__(index, value)
        except IndexError as error:
            raise AssertionError("a write outside an array") from error


class Unwritable(Unchecked):
    """A row that does not exist."""

    def __setitem__(self, index: Any, value: Any) -> None:
        """Refuse to write."""
        raise AssertionError("a write outside an array")


class UncheckedNumpy:
    """NumPy, but new arrays do not check the indices of what is read."""

    def __getattr__(self, name: str) -> Any:
        made = getattr(np, name)
        if name in {"zeros", "empty", "ones", "full"}:
            return lambda *args: made(*args).view(Unchecked)
        return made


def run_unchecked(func: Callable[..., Any], *args: Any) -> float:
    """Return the value that comes with a gradient, where only the tests of ours raise."""
    made = derived(func, *args)
    space = {"math": math, "np": UncheckedNumpy(), **HELPERS, **made.constants}
    exec(made.source, space)
    given = [a.view(Unchecked) if isinstance(a, np.ndarray) else a for a in args]
    return float(space[made.name](*given)[0])


def lines_with_tests(text: str) -> list[str]:
    """Return the lines that test indices."""
    return [line.strip() for line in text.splitlines() if "outside(" in line]


def line_of(func: Callable[..., Any], text: str) -> int:
    """Return the number of the line of a function that holds a text."""
    lines, first = inspect.getsourcelines(func)
    return first + next(k for k, line in enumerate(lines) if text in line)


# Nothing to test -----------------------------------------------------------------------


def over_all(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    return s


def downwards(x):
    s = 0.0
    for i in range(len(x) - 1, -1, -1):
        s = s * 0.5 + x[i] * x[i]
    return s


def pairs(x):
    s = 0.0
    for i in range(len(x) - 1):
        s += x[i] * x[i + 1]
    return s


def mirrored(x):
    n = x.shape[0]
    s = 0.0
    for i in range(n):
        s += x[n - 1 - i] * x[-i - 1]
    return s


def periodic(x):
    n = x.size
    s = 0.0
    for i in range(n):
        s += x[i] * x[(i + 1) % n] * x[i - 1]
    return s


def every_second(x):
    s = 0.0
    for i in range(1, x.size, 2):
        s += x[i] * x[i - 1]
    return s


def guarded(x, k):
    s = 0.0
    for i in range(x.size):
        if 0 <= i + k < x.size:
            s += x[i + k] * x[i]
    return s


def guarded_outside(x):
    s = 0.0
    for i in range(x.size + 2):
        if i > 0 and not i - 1 >= x.size:
            s += x[i - 1] * i
    return s


def equal_extents(x, y):
    if x.size != y.size:
        raise ValueError("lengths differ")
    s = 0.0
    for i in range(x.size):
        s += x[i] * y[i] * y[i]
    return s


def flat_table(x):
    n, m = x.shape
    t = np.zeros(n * m)
    for i in range(n):
        for j in range(m):
            t[i * m + j] = x[i, j] ** 2
    return np.sum(t * t)


def rows(x):
    s = 0.0
    for i in range(x.shape[0]):
        r = x[i]
        for j in range(r.size):
            s += r[j] * r[0]
    return s


def triangle(x):
    s = 0.0
    for i in range(x.size):
        for j in range(i):
            s += x[i] * x[j] * j
    return s


def halves(x):
    n = x.size // 2
    s = 0.0
    for i in range(n):
        s += x[2 * i] * x[2 * i + 1]
    return s


def by_while(x):
    s = 0.0
    i = 0
    while i < x.size:
        s += x[i] * x[i]
        i += 1
    return s


def until_large(x):
    s = 0.0
    for i in range(len(x)):
        if s > 1.5:
            break
        s += x[i] * x[i]
    return s


def kept(x):
    p = 1.0
    for i in range(x.size):
        p = p * x[i] + 0.1
    return p


def compacted(x):
    y = np.zeros(x.size)
    k = 0
    for i in range(x.size):
        if x[i] > 0.3:
            y[k] = x[i] * 2.0
            k += 1
    return np.sum(y * y)


def whole_arrays(x):
    y = x[1:-1] * 2.0 + x[2:] * x[:-2]
    return np.sum(y * y)


X = np.array([0.9, 0.2, 0.7, 0.4, 0.5, 0.3])
M = X.reshape(2, 3)
PROVED = [
    (over_all, (X,)),
    (downwards, (X,)),
    (pairs, (X,)),
    (mirrored, (X,)),
    (periodic, (X,)),
    (every_second, (X,)),
    (guarded, (X, 2)),
    (guarded, (X, -2)),
    (guarded_outside, (X,)),
    (equal_extents, (X, X[::-1].copy())),
    (flat_table, (M,)),
    (rows, (M,)),
    (triangle, (X,)),
    (halves, (X,)),
    (by_while, (X,)),
    (until_large, (X,)),
    (kept, (X,)),
    (whole_arrays, (X,)),
]


@pytest.mark.parametrize(("func", "args"), PROVED, ids=lambda v: getattr(v, "__name__", ""))
def test_what_is_known_to_be_inside_is_not_tested(func, args):
    """Bounds of loops, tests around and equal extents are enough."""
    assert lines_with_tests(source(func, *args)) == []


# Tested --------------------------------------------------------------------------------


def first_k(x, k):
    s = 0.0
    for i in range(k):
        s += x[i] * x[i]
    return s


def from_the_end(x, k):
    s = 0.0
    for i in range(k):
        s += x[-i - 1] * x[-i - 1]
    return s


def shifted(x, k):
    s = 0.0
    for i in range(2, 5):
        s += x[i + k] ** 2
    return s


def strided(x, k):
    s = 0.0
    for i in range(0, k, 3):
        s += x[i] ** 2
    return s


def table(x, n, m):
    s = 0.0
    for i in range(n):
        for j in range(m):
            s += x[i * m + j] ** 2
    return s


def picked(x, idx):
    s = 0.0
    for i in range(idx.size):
        s += x[idx[i]] ** 2
    return s


def one(x, k):
    return x[k] * x[k]


def leaves_early(x, k):
    s = 0.0
    for i in range(k):
        if x[i] < 0.45:
            break
        s += x[i] * x[i]
    return s


def on_some(x, k):
    s = 0.0
    for i in range(k):
        if i != 6:
            s += x[i] * x[i]
    return s


def raises_first(x, k):
    s = 0.0
    for i in range(k):
        if i == 4:
            raise ValueError("four")
        s += x[i] * x[i]
    return s


def nested_rows(x, n, m):
    s = 0.0
    for i in range(n):
        r = x[i]
        for j in range(m):
            s += r[j] * r[j]
    return s


def stored(x, k):
    y = np.zeros(4)
    for i in range(x.size):
        y[k] += x[i] * x[i]
    return np.sum(y * y)


def multiplied(x, k):
    p = 1.0
    for i in range(k):
        p *= x[i]
    return p


def by_step(x, k, step):
    s = 0.0
    for i in range(0, k, step):
        s += x[i] * x[i]
    return s


def while_less(x, k):
    s = 0.0
    i = 0
    while i < k:
        s += x[i] * x[i]
        i += 2
    return s


def transposed(x, k):
    m = (x * x).reshape((2, 3))
    t = m.T
    return t[0, k] * t[k, 1] * t[2, -2]


def transposed_and_picked(x, k):
    t = x.reshape((3, 2)).T
    rows = t[np.array([0, k])]
    return np.sum(rows * rows)


def every_fourth(x, k):
    s = 0.0
    for i in range(k):
        s += x[4 * i] * x[4 * i]
    return s


def makes_arrays(x, k):
    s = 0.0
    for i in range(k):
        t = np.zeros(9 - k - i)
        s += x[i] * x[i] * t.size
    return s


def squared_index(x, k):
    s = 0.0
    for i in range(k):
        s += x[i * i] * x[i]
    return s


def before_a_loop(x, k, n):
    """Going back, the loop comes first: what it has tested is not known if it has not run."""
    s = x[k] * x[k]
    for i in range(n):
        s = s * x[k + i]
    return s


N = X.size
EDGES = [
    (before_a_loop, [(5, 0), (5, 1), (4, 2)], [(9, 0), (6, -1), (5, 2)]),
    (first_k, [(0,), (N,), (-3,)], [(N + 1,), (10**9,)]),
    (from_the_end, [(0,), (N,), (-3,)], [(N + 1,)]),
    (shifted, [(1,), (-2,), (-4,), (-8,)], [(2,), (-9,), (-12,)]),
    (strided, [(6,), (4,), (-1,)], [(7,), (8,)]),
    (
        table,
        [(2, 3), (0, 10**9), (99, 0), (3, 2), (6, 1), (-2, -2)],
        [(2, 4), (3, 3), (2**32 + 1, 2**32), (5, 2**62), (2**62 + 1, 4)],
    ),
    (
        picked,
        [(np.array([0, 5, -6]),), (np.array([], int),)],
        [(np.array([0, 6]),), (np.array([-7]),)],
    ),
    (one, [(5,), (-6,)], [(6,), (-7,)]),
    (leaves_early, [(9,), (10**9,), (0,)], []),
    (on_some, [(7,), (6,), (0,)], [(8,)]),
    (stored, [(3,), (-4,)], [(4,), (-5,)]),
    (multiplied, [(6,), (-1,)], [(7,)]),
    (by_step, [(6, 1), (7, 7), (-7, -2), (6, 5)], [(7, 2), (7, 6), (-8, -1)]),
    (while_less, [(6,), (5,), (0,)], [(7,), (8,)]),
    (squared_index, [(3,), (0,)], [(4,)]),
    (every_fourth, [(2,), (0,), (-9,)], [(3,), (2**62 + 1,), (2**63 - 1,)]),
    (transposed, [(1,), (0,), (-1,), (-2,)], [(2,), (-3,), (-4,)]),
    (transposed_and_picked, [(1,), (-1,), (-2,)], [(2,), (-3,), (-5,)]),
]
ROWS = [
    (func, args, is_inside)
    for func, good, bad in EDGES
    for is_inside, group in ((True, good), (False, bad))
    for args in group
]


def check(func: Callable[..., Any], args: tuple[Any, ...], *, is_inside: bool) -> None:
    """Compare a derivative with the plain function, which tests all indices."""
    expected = outcome(lambda: float(func(*args)))
    assert (expected == "IndexError") == (not is_inside)
    for call in (
        lambda: run_unchecked(func, *args),
        lambda: srcad.value_and_grad(func)(*args)[0],
        lambda: srcad.jvp(func, args, (np.ones_like(args[0]), *(None for _ in args[1:])))[0],
    ):
        got = outcome(call)
        if isinstance(expected, str):
            assert got == expected
        else:
            assert math.isclose(got, expected, rel_tol=1e-12)


def outcome(call: Callable[[], float]) -> Any:
    """Return what a call gives, or the name of what it raises."""
    try:
        return call()
    except (IndexError, ValueError) as error:
        return type(error).__name__


@pytest.mark.parametrize(("func", "rest", "is_inside"), ROWS)
def test_the_last_index_inside_and_the_first_outside(func, rest, is_inside):
    """There is an IndexError if, and only if, the function itself uses an index outside."""
    with as_plain_python():
        check(func, (X, *rest), is_inside=is_inside)


def test_rows_and_columns():
    """Each axis is tested for itself."""
    with as_plain_python():
        for n, m in ((2, 3), (0, 9), (9, 0), (2, -1)):
            check(nested_rows, (M, n, m), is_inside=(n <= 2))
        for n, m in ((3, 3), (2, 4), (3, 0)):
            check(nested_rows, (M, n, m), is_inside=False)


def test_another_exception_that_comes_first_is_raised():
    """A loop that may raise tests its indices one by one."""
    with as_plain_python(), pytest.raises(ValueError, match="four"):
        srcad.grad(raises_first)(X[:5].copy(), 9)
    with as_plain_python(), pytest.raises(IndexError):
        srcad.grad(raises_first)(X[:3].copy(), 9)


def test_a_negative_size_that_comes_first_is_an_error_of_its_own():
    """A loop that makes arrays of sizes that may be negative tests its indices one by one."""
    with as_plain_python(), pytest.raises(ValueError, match="negative"):
        run_unchecked(makes_arrays, X[:4].copy(), 6)
    with as_plain_python(), pytest.raises(IndexError):
        run_unchecked(makes_arrays, X[:2].copy(), 4)


def test_the_message_names_the_line_of_the_user():
    """File and line are those of the statement that uses the index."""
    place = f"test_inside.py:{line_of(stored, 'y[k] +=')}"
    with pytest.raises(IndexError, match=f"index out of bounds at {place}"):
        run_unchecked(stored, X, 4)


@pytest.mark.compiled
@pytest.mark.parametrize("func", [stored, first_k, picked, multiplied, every_fourth])
def test_compiled_code_raises(func, monkeypatch):
    """So does compiled code, without the bounds checks of Numba."""
    monkeypatch.setattr(config, "BOUNDSCHECK", None)
    args = (X, np.array([0, 99])) if func is picked else (X, 99)
    with pytest.raises(IndexError, match=r"index out of bounds at test_inside\.py:\d+"):
        srcad.value_and_grad(func)(*args)


def test_options_decide_what_is_tested():
    """No index, those of writes, or all of them."""
    counts = [
        len(lines_with_tests(source(one, X, 2, checks=checks)))
        for checks in ("none", "writes", "all")
    ]
    assert counts == [0, 1, 1]
    text = source(read_only, X, 2, np.array([1]), checks="all")
    assert len(lines_with_tests(text)) == 1
    assert not lines_with_tests(source(read_only, X, 2, np.array([1])))


def read_only(x, k, table):
    return x[0] * table[k] if x.size > 0 else 0.0


# Random bounds, steps and factors ----------------------------------------------------------


def affine(x, a, b, p, q, r):
    s = 0.0
    for i in range(a, b):
        s += x[p * i + q] * x[r - i]
    return s


def affine_down(x, a, b, p, q, r):
    s = 0.0
    for i in range(b, a, -2):
        s = s * 0.5 + x[p * i + q] * x[r - i]
    return s


def affine_twice(x, a, b, p, q, r):
    s = 0.0
    for i in range(a, b):
        for j in range(q, r):
            s += x[i * p + j] * x[j] * x[j]
    return s


def affine_on_some(x, a, b, p, q, r):
    s = 0.0
    for i in range(a, b, 3):
        if (i + q) % 2 == 0:
            s += x[p * i + r] ** 2
        elif i > r:
            s += x[i] * x[-i]
    return s


def affine_until(x, a, b, p, q, r):
    s = 0.0
    for i in range(a, b):
        if i == q:
            break
        s = s * 0.9 + x[p * i + r] ** 2
    return s


def affine_rows(x, a, b, p, q, r):
    y = np.zeros((3, 4))
    for i in range(a, b):
        row = y[i - p]
        for j in range(q, r):
            row[j] += x[0] * x[0]
    return np.sum(y)


def affine_while(x, a, b, p, q, r):
    y = np.zeros(5)
    i = a
    while i < b:
        y[i + q] = x[i - r] * 2.0
        i += 1 + abs(p)
    return np.sum(y * y)


def affine_helper(x, a, b, p, q, r):
    y = np.zeros(max(r, 2))
    for i in range(a, min(b, x.size)):
        y[i % y.size] += x[i] ** 2
        y[max(i - q, 0)] += x[i]
    return np.sum(y * y)


AFFINE = [
    *(affine, affine_down, affine_twice, affine_on_some, affine_until),
    *(affine_rows, affine_while, affine_helper),
]


@pytest.mark.parametrize("func", AFFINE)
def test_random_bounds(func):
    """There is an IndexError if, and only if, the plain function raises one."""
    rng = random.Random(func.__name__)
    x = np.linspace(0.2, 0.9, 6)
    types = tuple(from_numba(numba.typeof(v), "x") for v in (x, 1, 1, 1, 1, 1))
    made = derive(func, "value_and_grad", types, (0,))
    space: dict[str, Any] = {"math": math, "np": UncheckedNumpy(), **HELPERS}
    exec(made.source, space)
    for _ in range(150):
        rest = [rng.randint(-3, 7), rng.randint(-3, 7), *(rng.randint(-2, 5) for _ in range(3))]
        expected = outcome(lambda rest=rest: float(func(x, *rest)))
        got = outcome(lambda rest=rest: float(space[made.name](x.view(Unchecked), *rest)[0]))
        if isinstance(expected, str):
            assert got == expected, rest
        else:
            assert math.isclose(got, expected, rel_tol=1e-9, abs_tol=1e-12), rest


@srcad.differentiate(boundscheck=True)
def checked(x, k):
    s = 0.0
    for i in range(k):
        s += x[i]
    return s


@srcad.differentiate(boundscheck=True)
def checked_again(x, k):
    return x[5] if k == 0 else checked_again(x, k - 1) * 2.0


@pytest.mark.compiled
@pytest.mark.parametrize(("func", "text"), [(checked, "x[i]"), (checked_again, "x[5]")])
def test_the_function_itself_names_the_line(func, text):
    """Where all indices are tested, the function is compiled from what its derivatives are."""
    place = rf"test_inside\.py:{line_of(func.py_func, text)}"
    x = np.ones(3)
    for call in (lambda: func(x, 4), lambda: srcad.grad(func)(x, 4)):
        with pytest.raises(IndexError, match=place):
            call()
    assert checked(x, 3) == 3.0


def other_branch(x, c):
    k = 9
    if c:
        k = 0
    s = 0.0
    if x.size > 0:
        if c:
            s = x[k] * 2.0
        else:
            s = x[k] * 3.0
    return s


def test_in_the_other_branch_the_condition_does_not_hold():
    """The index is the one that was chosen where the condition was false."""
    x = np.array([1.0, 2.0])
    assert len(lines_with_tests(source(other_branch, x, True))) == 1
    assert run_unchecked(other_branch, x, True) == 2.0
    with pytest.raises(IndexError):
        run_unchecked(other_branch, x, False)
