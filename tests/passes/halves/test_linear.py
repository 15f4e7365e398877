"""A tangent in two functions: both give what the whole gives, in any direction."""

from __future__ import annotations

import inspect
import os

import numba
import numpy as np
import pytest

import srcad
from srcad import pipeline
from srcad.arguments import is_differentiable
from srcad.frontend.types.numba_types import from_numba
from srcad.trees import copied
from tests.array_checks import fresh
from tests.array_zoo import PROGRAMS as ARRAY_PROGRAMS
from tests.harness import assert_close, plain_function, random_like
from tests.oracle import leaves, map_tree
from tests.passes.halves.test_halves import bits, twin
from tests.zoo import PROGRAMS


def cut(func, args):
    """Return both halves, the whole tangent and the arguments; None where it is not cut."""
    own = plain_function(func)
    bound = inspect.signature(own).bind(*args)
    bound.apply_defaults()
    types = tuple(from_numba(numba.typeof(v), n) for n, v in bound.arguments.items())
    wrt = tuple(k for k, type_ in enumerate(types) if is_differentiable(type_))
    found = pipeline.linear_halved(own, types, wrt)
    if found is None:
        return None
    whole = pipeline.derive(own, "tangent", types, wrt)
    return (*map(twin, found), twin(whole), tuple(bound.arguments.values()), wrt)


def check(func, args):
    """Compare the halves with the whole; return whether there are any."""
    found = cut(func, args)
    if found is None:
        return False
    first, second, whole, values, wrt = found
    rng = np.random.default_rng(0)
    directions = [
        [map_tree(lambda leaf: random_like(leaf, rng), values[k]) for k in wrt] for _ in range(2)
    ]
    given = fresh(values)
    try:
        out, kept = first(*given)
    except Exception as error:  # noqa: BLE001 - the function raises: so does the whole
        with pytest.raises(type(error)):
            whole(*fresh(values), *directions[0])
        return True
    assert bits(given) == bits(values), "an argument was written"
    expected = [whole(*fresh(values), *copied(dots)) for dots in directions]
    assert bits(out) == bits(expected[0][0])
    for leaf in (*leaves(given), *leaves(out)):  # the caller's own from here on
        if isinstance(leaf, np.ndarray) and leaf.flags.writeable and leaf.dtype.kind == "f":
            leaf.fill(np.nan)
    for k in (0, 1, 0):
        moved = second(*kept, *copied(directions[k]))
        if any(np.asarray(leaf).dtype == np.float32 for leaf in leaves(values)):
            # What is saved is rounded; plain Python computes in double precision.
            assert_close(moved, expected[k][1], 1e-5, "tangent")
        else:
            assert bits(moved) == bits(expected[k][1])
        for leaf in leaves(moved):
            if isinstance(leaf, np.ndarray) and leaf.flags.writeable:
                leaf.fill(0)
    return True


EVERY = int(os.environ.get("SRCAD_HALVES_EVERY", "8"))
"""One program of the zoos in so many."""


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS[::EVERY], ids=lambda program: program.name)
def test_zoo(program):
    check(program.function, program.args())


@pytest.mark.slow
@pytest.mark.parametrize(
    "k", range(1, len(ARRAY_PROGRAMS), EVERY), ids=lambda k: ARRAY_PROGRAMS[k][0].__name__
)
def test_array_zoo(k):
    func, args, *_ = ARRAY_PROGRAMS[k]
    check(func, args)


# What crosses, and how ---------------------------------------------------------------------


def branches_in_a_while(x, y):
    s, k = x, 0
    while s < 5.0 and k < 20:
        if s > y:
            s = s + np.sin(s) ** 2 * x
        else:
            s = s * y + 1.0
        k += 1
    return s


def leaves_early(x):
    s = 1.0
    for i in range(x.size):
        s = s * x[i]
        if s > 2.0:
            break
    return s * s


def written_again(x):
    y = np.exp(x)
    for _ in range(3):
        for i in range(1, y.size):
            y[i] = y[i] * y[i - 1] * x[i]
    return y


def new_arrays(x):
    y = x.copy()
    for _ in range(3):
        z = y.copy()
        for i in range(y.size):
            z[i] = y[i] * y[i - 1] + x[i]
        y = z
    return y


def row_by_row(a, x):
    s = 0.0
    for i in range(a.shape[0]):
        row = a[i]
        s += np.sum(row * x) * np.sum(row * row)
    return s


def the_row_before(a, x):
    row = a[0]
    s = 0.0
    for i in range(1, a.shape[0]):
        s += row[0] * x[0] * a[i, 0]
        row = a[i]
    return s + row[1]


def writes_an_argument(x, y):
    for i in range(x.size):
        x[i] = x[i] * y[i - 1]
    return x[0] * y[0]


def the_argument_itself(x):
    return x


def constant(x):
    return 3.0 if x > 0.0 else x


def index_of_data(x, k):
    s = 0.0
    for i in range(k.size):
        j = k[i]
        if j >= 0:
            s += x[j] * x[j - 1]
    return s


def raises(x):
    if x[0] < 100.0:
        raise ValueError("small")
    return x[0]


def nested(x):
    s = x[0]
    for i in range(3):
        c = np.cos(s)
        for j in range(i):
            for k in range(j, 3):
                s = s + c * x[k - 1] * s
    return s


def with_products(a, x):
    y = np.tanh(a @ x)
    return np.linalg.solve(a, y) @ y


def products_of_what_changes(a, x):
    for _ in range(3):
        x = np.tanh(a @ x)
    return x


def products_around_a_write(a, x):
    b = x.copy()
    y = a @ b
    b *= b[0]
    for _ in range(2):
        y = y + a @ b
        for i in range(b.size):
            b[i] = b[i] * y[i]
    return y + a @ b


X, A = np.array([0.7, 1.2, -0.4]), np.array([[2.0, 0.3, 0.1], [0.2, 1.7, -0.4], [0.1, 0.5, 1.9]])


def an_index_of_what_moves_on(x, n):
    s = x[0]
    for _i in range(3):
        after = n + 1
        n = (2 * n + 1) % 4
        s = s * x[n] + 0.1
        s = s * x[after]
    return s


def a_number_before_it_is_replaced(x, t):
    s = x[0]
    for _i in range(3):
        c = t + 1.0
        t = np.sin(t)
        s = s * t
        s = s * c
    return s


def names_exchanged(p, q):
    u = q
    for _i in range(3):
        w = u
        u = p
        p = w * u
    return p


def exchanged_under_a_test(s, p):
    if s > 0.0:
        w = s
        s = p
        p = w * s
    return p * s


def an_element_before_it_is_replaced(x, m):
    m = m.copy()
    for _i in range(3):
        c = m[0, 0]
        m[0, 0] = 0.5 * c + 0.1
        x = m @ x
        x = x * c
    return x


def before_a_loop_that_replaces_it(x, t):
    s = x[0]
    for _i in range(2):
        c = t + 1.0
        for _k in range(2):
            s = s * c
            t = np.sin(t)
            s = s * t
        s = s * c
    return s


PROGRAMS_HERE = (
    (an_index_of_what_moves_on, (X, 1)),
    (a_number_before_it_is_replaced, (X, 0.5)),
    (names_exchanged, (0.7, 1.2)),
    (exchanged_under_a_test, (0.7, 1.2)),
    (an_element_before_it_is_replaced, (X, A)),
    (before_a_loop_that_replaces_it, (X, 0.5)),
    (branches_in_a_while, (0.3, 0.9)),
    (branches_in_a_while, (9.0, 0.9)),
    (leaves_early, (X + 1.0,)),
    (leaves_early, (np.zeros(0),)),
    (written_again, (X,)),
    (new_arrays, (X,)),
    (row_by_row, (A, X)),
    (row_by_row, (A[:0], X)),
    (the_row_before, (A, X)),
    (writes_an_argument, (X, X + 1.0)),
    (the_argument_itself, (X,)),
    (the_argument_itself, (2.0,)),
    (constant, (1.0,)),
    (constant, (-1.0,)),
    (index_of_data, (X, np.array([2, -1, 0, 1, 1]))),
    (raises, (X,)),
    (nested, (X,)),
    (products_of_what_changes, (A, X)),
    (products_around_a_write, (A, X)),
    (with_products, (A, X)),
    (with_products, (A.T, X[::-1])),
    (written_again, (X.astype(np.float32),)),
)


@pytest.mark.parametrize(("func", "args"), PROGRAMS_HERE)
def test_is_cut(func, args):
    assert check(func, args)


def calls_itself(x, n):
    return x if n < 1 else x * calls_itself(x, n - 1)


@pytest.mark.parametrize(("func", "args"), [(calls_itself, (1.1, 3))])
def test_stays_one_function(func, args):
    assert cut(func, args) is None


@pytest.mark.compiled
def test_the_function_runs_once():
    """Results are those of `jvp`, along all arguments or some; what moves is chosen anew."""

    def energy(x, a):
        return np.sum(np.sin(x) * a) * x

    x, a = np.array([0.3, 0.7]), 1.3
    for primals in ((x, a), (x.astype(np.float32), a)):
        out, f_jvp = srcad.linearize(energy, *primals)
        x_dot = primals[0] + 1
        for dots in ((x_dot, 2.0), (x_dot, None), (None, 1.0), (x_dot, 2.0)):
            value, expected = srcad.jvp(energy, primals, dots)
            np.testing.assert_allclose(f_jvp(*dots), expected, rtol=1e-6)
            np.testing.assert_array_equal(out, value)
    out, f_jvp = srcad.linearize(energy, x, a)
    expected = f_jvp(x, a)
    x.fill(0.0)
    np.testing.assert_array_equal(f_jvp(np.array([0.3, 0.7]), a), expected)
    with pytest.raises(ValueError, match="shape"):
        f_jvp(np.ones(3), 1.0)
    with pytest.raises(TypeError, match="nothing moves"):
        f_jvp(None, None)
    with pytest.raises(TypeError, match="expected 2 tangents"):
        f_jvp(x)
