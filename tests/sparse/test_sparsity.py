"""Patterns of Jacobians and Hessians: what is in them, and what is not."""

from functools import partial

import numpy as np
import pytest

import srcad
from srcad.sparse import sparsity
from tests.harness import as_plain_python, bits


@pytest.fixture(autouse=True)
def _nothing_compiled(request, monkeypatch):
    """Read the sets as plain Python, too."""
    if "compiled" not in request.keywords:
        for function in (sparsity.rows_of, sparsity.partners_of_leaves):
            monkeypatch.setattr(sparsity, function.__name__, function.py_func)


def picture(operator, *args):
    """Return the rows of a pattern as text; the arguments stay as they are."""
    before = bits(args)
    with as_plain_python():
        pattern = srcad.sparsity(operator)(*args)
    assert bits(args) == before
    rows = ["".join(".x"[int(known)] for known in row) for row in pattern.toarray()]
    return " ".join(rows)


def jacobian(f, *args, argnums=0):
    """Return the pattern of the Jacobian as text."""
    return picture(srcad.jacobian(f, argnums), *args)


def hessian(f, *args, argnums=0):
    """Return the pattern of the Hessian as text."""
    return picture(srcad.hessian(f, argnums), *args)


# Without branches -----------------------------------------------------------------------


def stencil(x):
    y = np.zeros(x.size - 1)
    for i in range(x.size - 1):
        y[i] = x[i] * x[i + 1]
    return y


def in_place(x):
    x[1] = x[0]
    x[2] += x[3]


def overwritten(x):
    y = x.copy()
    y[0] = y[1] * y[2]
    y[1] = 3.0
    return y


def steps(x):
    return np.floor(x[0]), np.sign(x[1]), x[2] > 0.0, int(x[3]), np.abs(x[0]), np.round(x[1])


def zeros(x, c):
    return np.array([c[0] * x[0], 0.0 * x[1], x[2] * x[3] - x[2] * x[3], x[0] ** 0])


def constant_indices(x, k):
    y = np.zeros(k.size)
    for i in range(k.size):
        y[k[i]] += x[(i * i) % x.size]
    return y


def rows_and_views(a):
    b = a[1:, ::2].copy()
    c = b.T
    c[0, 0] = a[0, 0] * a[0, 1]
    return b.sum(axis=0)


def counted(x, n):
    k = 0
    s = 0.0
    while k < n:
        s += x[k]
        k += 2
    return s


@pytest.mark.parametrize(
    ("f", "args", "expected"),
    [
        (stencil, (np.ones(4),), "xx.. .xx. ..xx"),
        (in_place, (np.ones(4),), "x... x... ..xx ...x"),
        (overwritten, (np.ones(3),), ".xx ... ..x"),
        (steps, (np.ones(4),), ".... .... .... .... x... ...."),
        (zeros, (np.ones(4), np.zeros(1)), "x... .... ..xx ...."),
        (constant_indices, (np.ones(3), np.array([2, 0, 2])), ".x. ... xx."),
        (rows_and_views, (np.ones((2, 3)),), "xx.... .....x"),
        (counted, (np.ones(6), 5), "x.x.x."),
        (counted, (np.ones(6), 1), "x....."),
        (counted, (np.ones(6), 0), "......"),
        (partial(counted, n=3), (np.ones(3),), "x.x"),
    ],
)
def test_jacobians_without_branches(f, args, expected):
    """Values that are known are computed, and the pattern is exact."""
    assert jacobian(f, *args) == expected


def test_columns_are_those_of_the_arguments_in_order():
    """Rows and columns are flat; integers have no column, and outputs of integers empty rows."""

    def f(a, b, k, c):
        return a[0, 1] * c, k, b * a[1, 0]

    args = np.ones((2, 2)), 2.0, 3, 4.0
    assert jacobian(f, *args, argnums=(3, 0)) == "x.x.. ..... ...x."
    assert jacobian(f, *args, argnums="b") == ". . x"
    assert picture(srcad.jacrev(f, ("a", "b")), *args) == ".x... ..... ..x.x"


# Branches -------------------------------------------------------------------------------


def either(x):
    if x[0] > 0.0:
        y = x[1] * x[2]
    else:
        y = x[3]
    return y


def exchanged(x):
    a, b = x[0], x[1]
    if x[2] > 0.0:
        a, b = b, a
    return a, b, x[2]


def guarded(x, n):
    s = 0.0
    for i in range(x.size):
        if i + n < x.size and x[i] > 0.0:
            s += x[i + n]
    return s


def unknown_index(x, table):
    return x[int(x[0]) % 2], table[int(x[0])], x[1:][min(max(int(x[2]), 0), 1)]


def unknown_store(x):
    y = np.zeros(3)
    y[0] = x[0]
    y[int(x[1]) % 2 + 1] = x[2]
    return y


def selected(x, flag):
    a = x[0] if flag else x[1]
    b = x[0] if x[2] > 0.0 else x[1]
    return a, b, np.where(x[:1] > 0.0, x[1:2], x[2:])


def wrapped(x):
    k = 255
    if x[0] > 0.0:
        k = 257
    return x[np.int64(np.uint8(k)) % 6]


def counter(x):
    k = 0
    for i in range(3):
        if x[i] > 0.0:
            k += 1
    return x[k]


@pytest.mark.parametrize(
    ("f", "args", "expected"),
    [
        (either, (np.ones(4),), ".xxx"),
        (exchanged, (np.ones(3),), "xx. xx. ..x"),
        (guarded, (np.ones(4), 2), "..xx"),
        (guarded, (np.ones(4), 9), "...."),
        (unknown_index, (np.ones(4), np.ones(3)), "xx.. .... .xx."),
        (unknown_store, (np.ones(3),), "x.. ..x ..x"),
        (selected, (np.ones(3), True), "x.. xx. .xx"),
        (selected, (np.ones(3), False), ".x. xx. .xx"),
        (counter, (np.ones(6),), "xxxx.."),
        (wrapped, (np.ones(6),), "xxxxxx"),
    ],
)
def test_all_paths_count(f, args, expected):
    """Both sides of branches that depend on the input, and all elements of such an index."""
    assert jacobian(f, *args) == expected


# Loops ----------------------------------------------------------------------------------


def left_early(x):
    s = 0.0
    for i in range(x.size - 1):
        if x[i] > 0.0:
            break
        s += x[i]
    return s


def found(x):
    for i in range(x.size):
        if x[i] > 0.0:
            return x[i]
    return 0.0


def converged(x):
    y = x[0]
    k = 0
    while abs(y * y - x[1]) > 1e-9 and k < 50:
        y = 0.5 * (y + x[1] / y)
        k += 1
    return y, k


def diffused(x):
    y = x.copy()
    while np.max(y) > 0.5:
        z = y.copy()
        for i in range(1, x.size):
            z[i] = y[i] + y[i - 1]
        y = z
    return y


def bounded_search(x, n):
    i = 0
    s = 0.0
    while i < n and x[i] > 0.0:
        i += 1
        if x[i] > 3.0:
            return x[i]
        s += x[i]
    return s


def exchanging(x):
    y, z = x.copy(), np.zeros(x.size)
    while y[0] > 1e-3:
        for i in range(x.size):
            z[i] = 0.5 * (y[i] + y[i - 1])
        y, z = z, y
    return y


def halved(x):
    best = x
    first = x.copy()
    while x[0] > 1e-3:
        y = np.empty(x.size)
        for i in range(x.size):
            y[i] = 0.5 * (x[i] + x[i - 1])
        x = y
        if x[1] < best[1]:
            best = x
    return best, first


def best_of(x):
    best = np.zeros(2)
    for k in range(2):
        trial = x[k : k + 2] * x[k]
        if trial[0] < best[1]:
            best = trial.copy()
    return best


def table_of(x, a, b):
    if x[0] > 0.0:
        k = a
    else:
        k = b
    return x[k[0]], x[a[0]] > 0, x[b[1]]


def unknown_trips(x):
    s = 0.0
    for i in range(int(x[0])):
        s += x[i + 1] if i + 1 < x.size else 0.0
    for i in range(min(int(x[0]), 1), -1, -1):
        s += x[i]
    return s


def merge_of_two(x, y):
    i = j = 0
    s = 0.0
    while i < x.size and j < y.size:
        if x[i] < y[j]:
            s += x[i]
            i += 1
        else:
            s += y[j]
            j += 1
    return s


@pytest.mark.parametrize(
    ("f", "args", "expected"),
    [
        (left_early, (np.ones(4),), "xxx."),
        (found, (np.ones(3),), "xxx"),
        (converged, (np.ones(3),), "xx. ..."),
        (diffused, (np.ones(4),), "x... xx.. xxx. xxxx"),
        (bounded_search, (np.ones(4), 2), ".xx."),
        (exchanging, (np.ones(3),), "xxx xxx xxx"),
        (halved, (np.ones(3),), "xxx xxx xxx x.. .x. ..x"),
        (best_of, (np.ones(4),), "xx.. xxx."),
        (table_of, (np.ones(2), np.array([0, 1]), np.array([1, 1])), "xx .. xx"),
        (unknown_trips, (np.ones(3),), "xxx"),
        (merge_of_two, (np.ones(3), np.ones(2)), "xxx"),
    ],
)
def test_any_number_of_rounds(f, args, expected):
    """Loops that the input ends, or whose bounds it gives."""
    assert jacobian(f, *args) == expected


# Hessians -------------------------------------------------------------------------------


def products(x):
    return x[0] * x[1] + np.sum(x) + np.exp(x[2]) + x[3] / x[4]


def chain(x):
    s = 0.0
    for i in range(x.size - 1):
        s += (x[i + 1] - x[i]) ** 2
    return s


def only_tested(x):
    size = np.sqrt(np.sum(x * x))
    return x[0] * x[1] if size > 1.0 else x[2]


def kinks(x):
    return max(x[0], x[1]) + abs(x[2]) * x[3] + np.floor(x[0] * x[1])


def until_negative(x):
    s = 0.0
    for i in range(x.size):
        if x[i] < 0.0:
            break
        s += x[i] ** 3
    return s


@pytest.mark.parametrize(
    ("f", "args", "expected"),
    [
        (products, (np.ones(5),), ".x... x.... ..x.. ....x ...xx"),
        (chain, (np.ones(4),), "xx.. xxx. .xxx ..xx"),
        (only_tested, (np.ones(3),), ".x. x.. ..."),
        (kinks, (np.ones(4),), ".... .... ...x ..x."),
        (until_negative, (np.ones(3),), "x.. .x. ..x"),
    ],
)
def test_hessians(f, args, expected):
    """Only what is not linear counts, and only where the result depends on it."""
    assert hessian(f, *args) == expected


def test_hessian_by_several_arguments():
    """The blocks are one symmetric pattern."""

    def f(a, k, b):
        return a * b[0] + b[1] ** 2 * k

    assert hessian(f, 2.0, 3, np.ones(2), argnums=(2, 0)) == "..x .x. x.."


def test_hessian_is_that_of_the_gradient():
    """The Jacobian of the gradient has the same pattern, found from the adjoint."""
    for f, size in ((products, 5), (chain, 4), (until_negative, 3)):
        x = np.ones(size)
        assert jacobian(srcad.grad(f), x) == hessian(f, x)


# Linear algebra, calls, many inputs -------------------------------------------------------


def solved(a, b):
    return np.linalg.solve(a, b)


def quadratic(a, x):
    return x @ (a @ x)


def test_linear_algebra():
    """All elements of the results depend on all of the arguments; linear ones do not meet."""
    a, b = np.eye(2), np.ones(2)
    assert jacobian(solved, a, b, argnums=1) == "xx xx"
    assert jacobian(solved, a, b, argnums=0) == "xxxx xxxx"
    assert hessian(lambda a, b: np.sum(np.linalg.solve(a, b)), a, b, argnums=1) == ".. .."
    assert hessian(quadratic, a, b, argnums=1) == "xx xx"


def solved_somewhere(a, b):
    y = b.copy()
    if b[0] > 0.0:
        y = np.linalg.solve(a, b)
    while y[1] > 1.0:
        y = a @ y
    return y


def test_linear_algebra_in_branches():
    """A result that only some runs have is added to what was there."""
    a, b = np.eye(2), np.ones(2)
    assert jacobian(solved_somewhere, a, b, argnums=1) == "xx xx"
    assert jacobian(solved_somewhere, a, b, argnums=0) == "xxxx xxxx"


def layer(w, x):
    return np.dot(x, w)


def layers(w, x, v):
    return np.sum(np.dot(np.dot(x, w), v))


def test_products_of_matrices():
    """A result depends on a row and a column, and only these meet."""
    w, x = np.ones((2, 2)), np.ones((1, 2))
    assert jacobian(layer, w, x) == "x.x. .x.x"
    assert jacobian(layer, w, x, argnums=1) == "xx xx"
    assert jacobian(lambda w, b: w @ b, w, np.ones(2), argnums=(0, 1)) == "xx..xx ..xxxx"
    assert jacobian(lambda w, b: w.T @ b, w, np.ones(2)) == "x.x. .x.x"
    assert hessian(layers, w, x, w) == ".... .... .... ...."
    expected = "....xx.. ......xx ....xx.. ......xx".split()
    rows = hessian(lambda w, v: layers(w, np.ones((1, 2)), v), w, w, argnums=(0, 1)).split()
    assert ["".join(row) for row in rows[:4]] == expected


def test_many_inputs():
    """Large sets, and a store that grows."""

    def running(x):
        s = 0.0
        y = np.empty(x.size)
        for i in range(x.size):
            s += x[i] ** 2
            y[i] = s
        return y

    with as_plain_python():
        pattern = srcad.sparsity(srcad.jacobian(running))(np.ones(400))
        assert np.array_equal(pattern.toarray(), np.tri(400, dtype=bool))
        pattern = srcad.sparsity(srcad.hessian(lambda x: running(x)[-1]))(np.ones(400))
    assert np.array_equal(pattern.toarray(), np.eye(400, dtype=bool))


def potential(q):
    return q[0] ** 2 * q[1] + q[2]


@srcad.checkpoint
def doubled(x):
    return 2.0 * x * x


def swung(q, n):
    for _ in range(n):
        force = srcad.grad(potential)(q)
        q = q - 0.1 * force
    return q


def test_derivatives_and_checkpoints_inside():
    """What a function calls is part of it."""
    q = np.ones(3)
    assert jacobian(swung, q, 1) == "xx. xx. ..x"
    assert jacobian(swung, q, 0) == "x.. .x. ..x"
    assert jacobian(lambda x: doubled(x) + x, q) == "x.. .x. ..x"
    assert hessian(lambda x: np.sum(doubled(x)), q) == "x.. .x. ..x"


@srcad.custom_jvp
def stepped(a, b):
    return np.floor(a) + b


stepped.defjvp(lambda primals, tangents: (stepped(*primals), tangents[0]))


def test_rules_of_the_users_own():
    """A rule may be anything: numbers depend on all arguments, and they all meet."""

    def f(x):
        return stepped(x[0], x[1]) * 2.0

    assert jacobian(f, np.ones(3)) == "xx."
    assert hessian(f, np.ones(3)) == "xx. xx. ..."


def test_structures_and_partial_functions():
    """Tuples have the columns of their items; what a function carries is constant."""

    def f(p, scale, x):
        return p[0] * scale, p[1][1] * x[0]

    args = (2.0, np.ones(2)), 3.0, np.ones(2)
    assert jacobian(f, *args) == "x.. ..x"
    assert jacobian(f, *args, argnums=(2, 0)) == "..x.. x...x"
    assert jacobian(partial(f, args[0]), 3.0, np.ones(2), argnums=1) == ".. x."


def test_sizes_of_nothing():
    """No inputs, no outputs, and numbers."""
    assert jacobian(lambda x: x * x, np.ones(0)) == ""
    assert jacobian(lambda x: x[:0], np.ones(2)) == ""
    assert jacobian(lambda x: 3.0, 2.0) == "."
    assert hessian(lambda x: x**3, 2.0) == "x"


# Errors ---------------------------------------------------------------------------------


def sized(x):
    return np.zeros(int(x[0])).sum()


def one_of(x, y):
    u, v = x.copy(), y.copy()
    if x[0] > 0.0:
        z = u[:2]
    else:
        z = v[1:]
    z[0] = 0.0
    return u[0] + v[1]


@pytest.mark.parametrize(
    ("f", "args", "message"),
    [
        (sized, (np.ones(3),), "depends on the inputs"),
        (one_of, (np.ones(3), np.ones(3)), "which array 'z' is depends on the inputs"),
    ],
)
def test_what_has_no_pattern_is_refused(f, args, message):
    """Sizes and names of arrays that depend on the input."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match=message) as caught:
        srcad.sparsity(srcad.jacobian(f))(*args)
    assert "E408" in str(caught.value)


def test_only_jacobians_and_hessians_have_patterns():
    """A function by itself, or its gradient, is a TypeError."""
    for wrong in (stencil, srcad.grad(chain), srcad.hvp(chain), None):
        with pytest.raises(TypeError, match=r"sparsity takes jacobian\(f\) or hessian\(f\)"):
            srcad.sparsity(wrong)


def test_a_hessian_is_of_one_float():
    """As for gradients."""
    with as_plain_python(), pytest.raises(TypeError, match="one float"):
        srcad.sparsity(srcad.hessian(stencil))(np.ones(3))


@pytest.mark.compiled
def test_compiled():
    """The same, compiled."""
    pattern = srcad.sparsity(srcad.jacobian(converged))(np.ones(3))
    assert pattern.indices.tolist() == [0, 1]
    pattern = srcad.sparsity(srcad.hessian(chain))(np.ones(4))
    assert pattern.nnz == 10
