"""Jacobians: shapes, several arguments and outputs, both modes, and the choice between them."""

import doctest
import linecache
import os
from collections import namedtuple

import numba
import numpy as np
import pytest

import srcad
from srcad.drivers.jacobians import REVERSE_COST
from srcad.operators import hessians, jacobians
from tests.harness import array_dtypes, as_plain_python, assert_close, bits, plain, random_tangents
from tests.oracle import dual_jvp, is_active, leaves, map_tree
from tests.zoo import PROGRAMS

MODES = (srcad.jacfwd, srcad.jacrev, srcad.jacobian)
EACH_MODE = pytest.mark.parametrize("operator", MODES, ids=lambda m: m.__name__)


def run(made, *args):
    """Return the result of a derivative object as plain Python; arguments stay as they are."""
    before = bits(args)
    with as_plain_python():
        result = plain(made.py_func)(*args)
    assert bits(args) == before
    return result


def polar(x):
    return np.array([x[0] * np.cos(x[1]), x[0] * np.sin(x[1]), x[0]])


def polar_jacobian(x):
    c, s = np.cos(x[1]), np.sin(x[1])
    return np.array([[c, -x[0] * s], [s, x[0] * c], [1.0, 0.0]])


@EACH_MODE
def test_vector_of_vector(operator):
    """The shape is that of the output, then that of the argument."""
    x = np.array([2.0, 0.3])
    assert_close(run(operator(polar), x), polar_jacobian(x), 1e-14, "jacobian")


def outer(a, b):
    return np.outer(np.sin(a), b)


@EACH_MODE
def test_shapes_of_higher_rank(operator):
    """A matrix by a vector has three axes; several arguments give a tuple."""
    a, b = np.array([0.1, 0.2, 0.3]), np.array([1.0, 2.0])
    by_a, by_b = run(operator(outer, (0, 1)), a, b)
    assert by_a.shape == (3, 2, 3)
    assert by_b.shape == (3, 2, 2)
    expected = np.einsum("i,j,ik->ijk", np.cos(a), b, np.eye(3))
    assert_close(by_a, expected, 1e-14, "by a")
    assert_close(by_b, np.einsum("i,jk->ijk", np.sin(a), np.eye(2)), 1e-14, "by b")
    (only,) = run(operator(outer, [1]), a, b)
    assert_close(only, by_b, 1e-14, "a sequence of one")
    assert_close(run(operator(outer, "b"), a, b), by_b, 1e-14, "by name")


def squares(w):
    return w @ w


@EACH_MODE
def test_matrix_of_matrix(operator):
    """Rank four."""
    w = np.array([[1.0, 2.0], [3.0, 5.0]])
    expected = np.einsum("ia,bj->ijab", np.eye(2), w) + np.einsum("ia,jb->ijab", w, np.eye(2))
    expected = np.einsum("ik,jl->ijkl", np.eye(2), w.T) + np.einsum("ik,jl->ijkl", w, np.eye(2))
    assert_close(run(operator(squares), w), expected, 1e-13, "jacobian")


def mixed(x, t, n):
    y = np.empty(2)
    y[0] = x[0] * t
    y[1] = x[1] ** n
    return y, t * t, n, np.sum(x)


@EACH_MODE
def test_tuples_of_outputs(operator):
    """One Jacobian for each output, zeros for those that are no floats."""
    x = np.array([2.0, 3.0])
    y, square, count, total = run(operator(mixed, (0, 1)), x, 5.0, 3)
    assert_close(y, (np.array([[5.0, 0.0], [0.0, 27.0]]), np.array([2.0, 0.0])), 1e-14, "y")
    assert_close(square, (np.zeros(2), 10.0), 1e-14, "square")
    assert_close(count, (np.zeros(2), 0.0), 1e-14, "count")
    assert_close(total, (np.ones(2), 0.0), 1e-14, "total")
    y, square, count, total = run(operator(mixed), x, 5.0, 3)
    assert_close((y, total), (np.array([[5.0, 0.0], [0.0, 27.0]]), np.ones(2)), 1e-14, "bare")


def fills(x, out):
    out[1] = x[0] * x[1] + out[0]


def fills_and_returns(x, out):
    out[:] = x[0] * out
    return x[1]


@EACH_MODE
def test_arguments_that_are_filled(operator):
    """Their final contents are outputs, and what they held before is an input like any other."""
    x, out = np.array([2.0, 3.0]), np.array([4.0, 5.0])
    expected = np.array([[0.0, 0.0], [3.0, 2.0]])
    assert_close(run(operator(fills), x, out), expected, 1e-14, "by x")
    expected = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert_close(run(operator(fills, "out"), x, out), expected, 1e-14, "by out")
    first, second = run(operator(fills_and_returns), x, out)
    assert_close(first, np.array([0.0, 1.0]), 1e-14, "the result")
    assert_close(second, np.array([[4.0, 0.0], [5.0, 0.0]]), 1e-14, "the contents")


def of_numbers(a, b):
    return a * b


def curve(t, n):
    return np.arange(1, n + 1) * t**2


@EACH_MODE
def test_numbers(operator):
    """A number by a number is a number; an array by a number has the shape of the array."""
    assert run(operator(of_numbers, (0, 1)), 3.0, 4.0) == (4.0, 3.0)
    assert run(operator(of_numbers, 1), 3.0, 4.0) == 3.0
    assert_close(run(operator(curve), 3.0, 4), 6.0 * np.arange(1, 5), 1e-14, "curve")


Pair = namedtuple("Pair", "w b")


def layer(p, x):
    return np.tanh(p[0] @ x + p[1])


@EACH_MODE
def test_tuples_as_arguments(operator):
    """The Jacobian by a tuple is a tuple."""
    w, b, x = np.array([[1.0, -2.0], [0.5, 0.3]]), np.array([0.1, 0.2]), np.array([0.3, 0.4])
    slope = 1.0 - np.tanh(w @ x + b) ** 2
    for p in ((w, b), Pair(w, b)):
        by_w, by_b = run(operator(layer), p, x)
        expected = np.einsum("i,ij,k->ijk", slope, np.eye(2), x)
        assert_close(by_w, expected, 1e-14, "by w")
        assert_close(by_b, np.diag(slope), 1e-14, "by b")
    of_p, of_x = run(operator(layer, (0, 1)), (w, b), x)
    assert_close(of_p, (by_w, by_b), 1e-14, "p")
    assert_close(of_x, slope[:, None] * w, 1e-14, "x")


def doubled(x):
    return 2.0 * x


@EACH_MODE
@pytest.mark.parametrize(
    "x",
    [
        np.zeros(0),
        np.ones(1),
        np.zeros((0, 3)),
        np.arange(6.0)[::-2],
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(3.0, dtype=np.float32),
        np.array(2.0),
    ],
    ids=["empty", "one", "no rows", "strided", "Fortran", "float32", "no axes"],
)
def test_layouts_sizes_and_dtypes(operator, x):
    """The Jacobian has the dtype of the argument, and is zeros where there is nothing."""
    result = run(operator(doubled), x)
    expected = 2.0 * np.eye(x.size).reshape(x.shape * 2).astype(x.dtype)
    assert_close(result, expected, 1e-7, "jacobian")
    assert array_dtypes(result) == array_dtypes(expected)


@EACH_MODE
def test_read_only_arguments(operator):
    """What is read only can be differentiated by."""
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    assert_close(run(operator(doubled), x), 2.0 * np.eye(2), 1e-14, "jacobian")


def scaled(x, factor=3.0, *, power=2):
    return factor * x**power


@EACH_MODE
def test_defaults_and_keywords(operator):
    """Arguments that are left out have their defaults."""
    x = np.array([1.0, 2.0])
    assert_close(run(operator(scaled), x), np.diag(6.0 * x), 1e-14, "defaults")
    made = operator(scaled, "factor")
    assert_close(plain(made.py_func)(x, 2.0), x**2, 1e-14, "factor")


def takes_names(x, np, min, range, np_1):
    return x * np * min + range * x[0] * np_1


@EACH_MODE
def test_parameters_with_the_names_of_functions(operator):
    """What a driver calls has other names then."""
    x = np.array([2.0, 3.0])
    expected = np.array([[46.0, 0.0], [40.0, 6.0]])
    assert_close(run(operator(takes_names), x, 2.0, 3.0, 4.0, 10.0), expected, 1e-14, "by x")
    assert_close(run(operator(takes_names, "np"), x, 2.0, 3.0, 4.0, 10.0), 3.0 * x, 1e-14, "by np")


EVERY = int(os.environ.get("SRCAD_JACOBIANS_EVERY", "4"))
"""One program of the zoo in so many."""
SMOOTH = [p for p in PROGRAMS if p.smooth][::EVERY]


@pytest.mark.slow
@pytest.mark.parametrize("program", SMOOTH, ids=[p.name for p in SMOOTH])
def test_zoo(program):
    """Both modes agree with each other, and with dual numbers along a random direction."""
    func, args = getattr(program.function, "py_func", program.function), program.args()
    wrt = tuple(k for k in program.wrt if isinstance(args[k], np.ndarray | float | np.floating))
    wrt = tuple(k for k in wrt if is_active(args[k]))
    if not wrt:
        return
    tangents = random_tangents(args, 3)
    along = tuple(
        dot if k in wrt else map_tree(lambda leaf: None if leaf is None else 0 * leaf, dot)
        for k, dot in enumerate(tangents)
    )
    reference = dual_jvp(func, program.args(), along)
    parts = ([] if reference.out is None else [reference.out_dots]) + [
        reference.after_dots[k] for k in program.mutates
    ]
    expected = [dot for dot in leaves(tuple(parts)) if dot is not None]
    forward = run(srcad.jacfwd(func, wrt), *args)
    reverse = run(srcad.jacrev(func, wrt), *args)
    assert_close(forward, reverse, program.tol, "forward and reverse")
    blocks = leaves(forward)
    rows = [blocks[k : k + len(wrt)] for k in range(0, len(blocks), len(wrt))]
    got = [
        sum(
            np.tensordot(block, tangents[k], axes=np.ndim(tangents[k]))
            for block, k in zip(row, wrt, strict=True)
        )
        for row in rows
    ]
    got = [row for row, dot in zip(got, leaves(tuple(parts)), strict=True) if dot is not None]
    assert_close(tuple(got), tuple(expected), program.tol, "dual numbers")


# Several directions at once ----------------------------------------------------------------


def network(x, w, b):
    h = np.tanh(w @ x + b)
    out = np.empty((2, h.size))
    for i in range(h.size):
        out[0, i] = np.sqrt(abs(h[i]))
        out[1, i] = max(h[i], 0.1 * x[i % x.size])
    return out @ w, np.sum(h * h)


@pytest.mark.parametrize("n", [1, 7, 8, 9, 17])
@EACH_MODE
def test_counts_of_directions(operator, n):
    """Fewer than fit into one sweep, as many, and more: always what single sweeps give."""
    rng = np.random.default_rng(n)
    x, w, b = rng.normal(size=n), rng.normal(size=(5, n)), rng.normal(size=5)
    found = run(operator(network, (0, 1)), x, w, b)
    columns = [srcad.tangent(network, 0), srcad.tangent(network, 1)]
    for k, (arg, column) in enumerate(zip((x, w), columns, strict=True)):
        for index in list(np.ndindex(arg.shape))[:: max(1, arg.size // 6)]:
            seed = np.zeros_like(arg)
            seed[index] = 1.0
            _, dots = run(column, x, w, b, seed)
            for out, dot in zip(found, dots, strict=True):
                assert_close(out[k][(..., *index)], dot, 1e-13, f"{k}{index}")


@pytest.mark.compiled
def test_directions_are_the_same_bits():
    """What lanes compute is what single sweeps compute, bit for bit."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=11)

    def steps(x):
        y = x.copy()
        z = y[::-2]
        for k in range(20):
            for i in range(y.size):
                y[i] += 0.1 * np.sin(y[i - 1]) * x[k % x.size] / (1.0 + y[i] * y[i])
            z[k % z.size] *= 1.0 + np.sqrt(abs(x[k % x.size]))
        return y

    found = srcad.jacfwd(steps)(x)
    column = srcad.tangent(steps)
    assert "lanes_at" in next(iter(srcad.jacfwd(steps).inspect_source().values()))
    for i in range(x.size):
        assert (found[:, i] == column(x, np.eye(x.size)[i])[1]).all()


@pytest.mark.compiled
def test_one_direction_at_a_time():
    """Where a sweep cannot carry several: of float32, and where a division may raise."""

    def ratios(x, y):
        return x / y

    x = np.array([1.0, 2.0])
    made = srcad.differentiate(ratios).jacfwd()
    assert_close(made(x, x), np.diag(1 / x), 1e-14, "several")
    assert "lanes_at" in next(iter(made.inspect_source().values()))
    made = srcad.differentiate(error_model="python")(ratios).jacfwd()
    assert_close(made(x, x), np.diag(1 / x), 1e-14, "raises")
    assert "lanes_at" not in next(iter(made.inspect_source().values()))
    with pytest.raises(ZeroDivisionError):
        made(x, np.zeros(2))
    made = srcad.jacfwd(ratios)
    assert made(x.astype(np.float32), x.astype(np.float32)).dtype == np.float32
    assert "lanes_at" not in list(made.inspect_source().values())[-1]


@pytest.mark.compiled
@pytest.mark.parametrize("module", [jacobians, hessians], ids=["jacobians", "hessians"])
def test_examples(module):
    """The examples of the operators run."""
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed


# The choice ----------------------------------------------------------------------------


def spread(x, m):
    out = np.empty(m)
    for i in range(m):
        out[i] = np.sum(x) * i
    return out


@pytest.mark.parametrize(("n", "m"), [(2, 1), (3, 1), (4, 2), (5, 2), (2, 50), (50, 2)])
def test_choice_by_sizes(n, m):
    """The mode with fewer sweeps; one of the adjoint counts as several of the tangent."""
    x = np.linspace(1.0, 2.0, n)
    choice = srcad.jacobian_mode(spread, x, m)
    assert (choice.inputs, choice.outputs, choice.by_types) == (n, m, False)
    assert choice.mode == ("forward" if n <= REVERSE_COST * m else "reverse")
    assert f"{n} forward or {m} reverse" in choice.why
    expected = np.outer(np.arange(m), np.ones(n))
    assert_close(run(srcad.jacobian(spread), x, m), expected, 1e-14, "jacobian")


@pytest.mark.compiled
def test_choice_by_types():
    """Where the types say enough, there is code for one mode alone."""
    assert srcad.jacobian_mode(curve, 2.0, 5).mode == "forward"
    choice = srcad.jacobian_mode(mixed, np.ones(2), 2.0, 3)
    assert not choice.by_types
    choice = srcad.jacobian_mode(np_total, np.ones(2))
    assert (choice.mode, choice.by_types) == ("reverse", True)
    assert "all outputs are single numbers" in str(choice)


def np_total(x):
    return np.sum(x**2)


# Errors --------------------------------------------------------------------------------


@EACH_MODE
def test_errors(operator):
    """Errors name what is wrong."""
    with pytest.raises(ValueError, match="polar has no argument 'y'"):
        operator(polar, "y")
    with pytest.raises(TypeError, match="n is an int64"):
        run(operator(mixed, "n"), np.ones(2), 1.0, 3)
    with pytest.raises(TypeError, match=f"{operator.__name__} takes a Python function"):
        operator(3)


# Derivatives of Jacobians, and compiled code ----------------------------------------------


def log_volume(x, jacobian):
    m = jacobian(x)
    return np.log(m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0])


def warp(x):
    return np.array([x[0] ** 2 + x[1], np.sin(x[1]) * x[0] + 3.0 * x[1]])


@EACH_MODE
def test_jacobian_of_jacobian(operator):
    """A Jacobian can be differentiated as any function, in both modes."""
    x = np.array([1.2, 0.4])
    second = np.zeros((2, 2, 2))
    second[0, 0, 0] = 2.0
    second[1, 0, 1] = second[1, 1, 0] = np.cos(x[1])
    second[1, 1, 1] = -np.sin(x[1]) * x[0]
    for outer_operator in (srcad.jacfwd, srcad.jacrev):
        assert_close(run(outer_operator(operator(warp)), x), second, 1e-13, "second")


@pytest.mark.compiled
def test_compiled():
    """From Python and from `@njit` code, the numbers are those of the twin."""
    made = srcad.jacobian(polar)

    @numba.njit
    def largest(x):
        return np.max(np.abs(made(x)))

    x = np.array([2.0, 0.3])
    assert_close(made(x), polar_jacobian(x), 1e-14, "from Python")
    assert_close(largest(x), np.max(np.abs(polar_jacobian(x))), 1e-14, "from njit")
    by_a, by_b = srcad.differentiate(outer).jacfwd((0, 1))(np.ones(2), np.ones(3))
    assert (by_a.shape, by_b.shape) == ((2, 3, 2), (2, 3, 3))


def test_texts_are_known_to_their_functions(monkeypatch):
    """What is kept by `linecache` may be cleared by anybody."""
    monkeypatch.setattr(linecache, "cache", {})
    run = srcad.jacobian(lambda x: x * x)
    monkeypatch.setattr(linecache, "checkcache", lambda _=None: linecache.cache.clear())
    with as_plain_python():
        assert_close(run(np.array([1.0, 2.0])), np.diag([2.0, 4.0]), 1e-14, "jacobian")


CELLS = {
    "number": (lambda x: x[()] * 2.0, 2.0),
    "cell": (lambda x: x * 2.0 + np.array(1.0), 2.0),
    "vector": (lambda x: x[()] ** 2 * np.array([1.0, 2.0, 3.0]), np.array([6.0, 12.0, 18.0])),
    "matrix": (lambda x: x * np.ones((3, 3)), np.ones((3, 3))),
}


@pytest.mark.parametrize(
    "operator", [srcad.jacfwd, srcad.jacrev, srcad.jacobian], ids=lambda o: o.__name__
)
@pytest.mark.parametrize("name", list(CELLS))
def test_arrays_without_axes(name, operator):
    """An argument of no axes has Jacobians of the shape of the result."""
    func, expected = CELLS[name]
    for dtype in (np.float64, np.float32):
        with as_plain_python():
            found = operator(func)(np.array(3.0, dtype))
        assert np.shape(found) == np.shape(expected)
        assert np.allclose(found, expected)


def test_second_derivatives_by_arrays_without_axes():
    """Hessians and products by an argument of no axes, beside one that has some."""

    def mixed(x, y):
        return x[()] ** 3 * np.sum(y * y)

    x, y = np.array(2.0), np.array([1.0, -2.0])
    with as_plain_python():
        blocks = srcad.hessian(mixed, (0, 1))(x, y)
        assert srcad.hvp(mixed)(x, np.array(1.0), y) == 60.0
    assert np.allclose(blocks[0][0], 60.0)
    assert np.allclose(blocks[0][1], 24.0 * y)
    assert np.allclose(blocks[1][0], 24.0 * y)
    assert np.allclose(blocks[1][1], 16.0 * np.eye(2))


@pytest.mark.compiled
def test_arrays_without_axes_compiled():
    """The same in machine code."""
    func, expected = CELLS["vector"]
    assert np.allclose(srcad.jacrev(func)(np.array(3.0)), expected)
    assert np.allclose(srcad.jacfwd(func)(np.array(3.0)), expected)
