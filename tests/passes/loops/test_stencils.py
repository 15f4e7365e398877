"""Additions to neighbours: gathered where they are ours, scattered where they are not."""

import itertools

import numpy as np
import pytest

import srcad
from tests.array_checks import programs
from tests.bits import check_bits
from tests.harness import as_plain_python

EXTENTS = (1, 2, 3, 4, 5, 8)
PRECISION = 1e-7


def one_sided(u, c):
    n = u.shape[0]
    v = u.copy()
    for i in range(2, n - 1):
        v[i] = u[i] * u[i - 2] + c * (u[i + 1] - u[i])
    return np.sum(v * v)


def sliced(u, c):
    u = u.copy()
    for _ in range(2):
        u[1:-1] = u[1:-1] * u[2:] + c * (u[:-2] - u[2:])
    return np.sum(u * u)


def cross(u, c):
    u = u.copy()
    for _ in range(2):
        inner = u[1:-1, 1:-1]
        new = u[:-2, 1:-1] + u[2:, 1:-1] * u[1:-1, :-2] + u[1:-1, 2:]
        u[1:-1, 1:-1] = inner + c * (new - 4.0 * inner)
    return np.sum(u * u)


def skewed(u, c):
    n, m = u.shape
    v = np.zeros((n, m))
    for j in range(1, m - 1):
        for i in range(n - 2):
            v[i, j] = u[i, j] * u[i + 2, j - 1] - c * u[i + 2, j + 1]
    return np.sum(v * v)


def upwind(u, c):
    u = u.copy()
    for _ in range(2):
        u[1:, 1:, 1:] = 0.5 * u[1:, 1:, 1:] - c * (
            u[:-1, 1:, 1:] * u[1:, :-1, 1:] + u[1:, 1:, :-1] - u[:-1, :-1, 1:]
        )
    return np.sum(u * u)


def differences(function, u, c, step=1e-6):
    """Return the gradient by central differences."""
    gradient = np.zeros_like(u)
    for place in np.ndindex(u.shape):
        sides = []
        for moved in (step, -step):
            v = u.copy()
            v[place] += moved
            sides.append(function(v, c))
        gradient[place] = (sides[0] - sides[1]) / (2 * step)
    return gradient


STENCILS = ((one_sided, 1), (sliced, 1), (cross, 2), (skewed, 2), (upwind, 3))


@pytest.mark.parametrize(("function", "ndim"), STENCILS, ids=lambda x: getattr(x, "__name__", ""))
def test_stencil_of_every_small_size(function, ndim):
    """Boundary and inside meet, overlap or are missing: the gradient is right."""
    rng = np.random.default_rng(3)
    extents = EXTENTS if ndim < 3 else (1, 2, 4)
    with as_plain_python():
        gradient = srcad.grad(function)
        for shape in itertools.product(extents, repeat=ndim):
            u = rng.standard_normal(shape)
            expected = differences(function, u, 0.3)
            assert gradient(u, 0.3) == pytest.approx(expected, abs=PRECISION)


@pytest.mark.parametrize(("function", "ndim"), STENCILS, ids=lambda x: getattr(x, "__name__", ""))
def test_stencil_is_gathered(function, ndim):
    """The nest of all inner elements adds to each of them once."""
    u = np.zeros((4,) * ndim)
    decorated = srcad.differentiate(function)
    before = decorated.inspect_stage("simplified", u, 0.3)
    after = decorated.inspect_stage("gathered", u, 0.3)
    assert "near" not in before
    assert "for near in range" in after


def scatter_that_reads(u):
    v = np.zeros(u.shape[0])
    for i in range(u.shape[0] - 2):
        v[i] = v[i] + u[i]
        v[i + 1] = v[i + 1] + v[i] * u[i + 1]
        v[i + 2] = v[i + 2] + v[i + 1] * u[i + 2]
    return np.sum(v)


def carried_weight(u):
    s, w = 0.0, 1.0
    for i in range(u.shape[0] - 2):
        w = w * 0.5
        s += w * (u[i] + u[i + 1] + u[i + 2])
    return s


def wrapped(u):
    s = 0.0
    for i in range(u.shape[0] - 1):
        s += u[i - 1] * u[i - 1] + 2.0 * u[i] - u[i + 1]
    return s


def added_twice(u):
    s = 0.0
    for i in range(u.shape[0] - 2):
        s += 2.0 * u[i] - u[i + 1] + 3.0 * u[i + 2] + u[i + 1]
    return s


@pytest.mark.parametrize("function", [scatter_that_reads, carried_weight, wrapped, added_twice])
def test_order_is_kept_where_it_matters(function):
    """What other iterations leave is not recomputed elsewhere; indices that wrap stay."""
    u = np.random.default_rng(4).standard_normal(7)
    expected = differences(lambda v, _: function(v), u, None)
    with as_plain_python():
        assert srcad.grad(function)(u) == pytest.approx(expected, abs=PRECISION)


def smoothed(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] = 0.5 * u[1:-1] + 0.25 * (u[:-2] + u[2:])
    return np.sum(u**3)


def test_work_arrays_are_made_once():
    """The adjoint of a temporary is neither filled with zeros nor made in every step."""
    source = srcad.differentiate(smoothed).inspect_adjoint(np.zeros(6), 3, compiled=True)
    loops = source[source.index("for k in range(steps - 1") :]
    assert "np." not in loops
    assert source.count("np.zeros(") == 0
    u = np.random.default_rng(5).standard_normal(7)
    for steps in (0, 1, 3):
        expected = differences(lambda v, _, m=steps: smoothed(v, m), u, None)
        with as_plain_python():
            got = srcad.grad(smoothed)(u, steps)
        assert got == pytest.approx(expected, abs=PRECISION)


@pytest.mark.compiled
def test_compiled_stencil():
    """The same numbers from compiled code, with bounds checked."""
    u = np.random.default_rng(6).standard_normal((7, 6))
    gradient = srcad.grad(srcad.differentiate(cross, boundscheck=True))
    assert gradient(u, 0.3) == pytest.approx(differences(cross, u, 0.3), abs=PRECISION)


def triangular(u, c):
    u = u.copy()
    for i in range(u.shape[0]):
        if c < 0.0:
            continue
        for k in range(i):
            u[i] = np.sin(u[i]) * u[k] + c * u[i]
        for k in range(u.shape[0] - 1, i, -1):
            u[i] = u[i] * np.cos(u[k])
    return np.sum(u * u)


def test_stacks_are_reserved():
    """Loops of changing length, forwards and backwards, pop what they have pushed."""
    source = srcad.differentiate(triangular).inspect_adjoint(np.zeros(3), 0.3, compiled=True)
    assert "part[k] = " in source
    rng = np.random.default_rng(7)
    with as_plain_python():
        gradient = srcad.grad(triangular)
        for n in (1, 2, 5, 12):
            u = rng.standard_normal(n)
            expected = differences(triangular, u, 0.3)
            assert gradient(u, 0.3) == pytest.approx(expected, abs=PRECISION)


def stepped(x, w, steps):
    for _ in range(steps):
        x = x + 0.1 * np.sin(w * x)
    return np.sum(x * x)


def test_shapes_of_carried_arrays_are_known_outside_the_loop():
    """What is kept of them needs no stack; operands that never fit raise only if they meet."""
    x, w = np.random.default_rng(8).standard_normal((2, 4))
    source = srcad.differentiate(stepped).inspect_adjoint(x, w, 2, compiled=True)
    assert "grown(" not in source
    with as_plain_python():
        gradient = srcad.grad(stepped)
        for v in (w, w[:1]):
            expected = differences(lambda y, _, v=v: stepped(y, v, 3), x, None)
            assert gradient(x, v, 3) == pytest.approx(expected, abs=PRECISION)
        assert np.array_equal(gradient(x, w[:3], 0), 2.0 * x)
        with pytest.raises(ValueError, match="broadcast"):
            gradient(x, w[:3], 1)


def advected(u, c, steps):
    u = u.copy()
    for _ in range(steps):
        inner = u[1:, 1:]
        u[1:, 1:] = inner - c * (2.0 * inner - u[:-1, 1:] - u[1:, :-1])
    return np.sum(u * u)


def test_terms_with_a_common_factor_share_what_is_held():
    """A number that the loops leave alone does not need an array of its own."""
    u = np.random.default_rng(9).standard_normal((5, 4))
    source = srcad.differentiate(advected).inspect_adjoint(u, 0.1, 2, compiled=True)
    assert "held" in source
    assert " held_1 = " not in source
    with as_plain_python():
        gradient = srcad.grad(advected)
        for steps in (0, 1, 3):
            expected = differences(lambda v, c, m=steps: advected(v, c, m), u, 0.1)
            assert gradient(u, 0.1, steps) == pytest.approx(expected, abs=PRECISION)
        for shape in ((1, 1), (0, 3), (2, 1), (1, 2)):
            assert gradient(np.ones(shape), 0.1, 1).shape == shape


def in_a_loop(u, k0):
    s = 0.0
    n, m = u.shape
    for k in range(k0, 3):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                t = u[i - 1, j] + 2.0 * u[i + 1, j] - u[i, j - 1] + u[i, j + 1] - 3.0 * u[i, j]
                s += t * t * k
    return s


def in_a_loop_that_shrinks_it(u, k0):
    s = 0.0
    n, m = u.shape
    for k in range(k0, 3):
        for i in range(1, n - k):
            for j in range(1, m - 1):
                t = u[i - 1, j] + 2.0 * u[i + 1, j] - u[i, j - 1] + u[i, j + 1] - 3.0 * u[i, j]
                s += t * t * k
    return s


def test_aprons_are_for_loops_that_keep_their_extents():
    """An array with an apron is filled with zeros: once, not in every iteration around it."""
    u = np.random.default_rng(10).standard_normal((5, 6))
    source = srcad.differentiate(in_a_loop).inspect_stage("gathered", u, 1)
    assert "near" not in source
    source = srcad.differentiate(in_a_loop_that_shrinks_it).inspect_stage("gathered", u, 1)
    assert "near" in source
    for function in (in_a_loop, in_a_loop_that_shrinks_it):
        for k0 in (1, 2, 3):
            check_bits(function, u, k0)


def test_an_infinite_factor_stays_where_it_is():
    """Elements that no term goes to get none, not zero times infinity."""
    u = np.ones((4, 4))
    with as_plain_python():
        found = srcad.grad(advected)(u, np.inf, 1)
    assert found[0, 0] == 2.0
    assert not np.isfinite(found[1:, 1:]).any()


# To the last bit ----------------------------------------------------------------------

V = np.random.default_rng(5).normal(size=9)
M = np.random.default_rng(6).normal(size=(6, 7))
PROGRAMS = programs()


@PROGRAMS((V,), (V[:3].copy(),), (V[:2].copy(),))
def three_neighbours(v):
    u = v.copy()
    for i in range(v.size - 2):
        u[i] += v[i] * 0.3
        u[i + 1] += v[i] * 0.7
        u[i + 2] += v[i] * 0.1
    return u[0] + u[1] * u[-1]


@PROGRAMS((V,), (V[:2].copy(),))
def two_neighbours_of_a_start(v):
    u = np.full(v.size, 0.1)
    for i in range(1, v.size):
        u[i - 1] += v[i] * v[i]
        u[i] -= v[i] * 0.7
    return u[0] + u[1] * u[-1]


@PROGRAMS((M,), (M[:3, :3].copy(),), (M[:2, :3].copy(),))
def five_points(m):
    u = m.copy()
    for i in range(1, m.shape[0] - 1):
        for j in range(1, m.shape[1] - 1):
            flow = m[i, j] * 0.3
            u[i - 1, j] += flow
            u[i + 1, j] += flow
            u[i, j - 1] += flow
            u[i, j + 1] += flow
            u[i, j] -= flow * 4.0
    return u[0, 1] + u[1, 1] * u[-1, 1] + u[1, 0]


@PROGRAMS((V,), (V[:3].copy(),), (V[:1].copy(),))
def reads_neighbours(v):
    s = 0.0
    for i in range(1, v.size - 1):
        s += v[i - 1] * v[i] * v[i + 1]
    return s


@PROGRAMS((M,), (M[:3, :3].copy(),), (M[:1, :3].copy(),))
def reads_five_points(m):
    s = 0.0
    for i in range(1, m.shape[0] - 1):
        for j in range(1, m.shape[1] - 1):
            t = m[i - 1, j] + m[i + 1, j] + m[i, j - 1] + m[i, j + 1] - 4.0 * m[i, j]
            s += t * t
    return s


@PROGRAMS((V, -1), (V, 1))
def start_that_may_be_negative(v, lo):
    s = 0.0
    for i in range(lo, 5):
        s += v[i - 1] * v[i] * v[i + 1]
    return s


@PROGRAMS((V,))
def starts_at_the_end(v):
    s = 0.0
    for i in range(5):
        s += v[i - 1] * v[i] * v[i + 1]
    return s


@PROGRAMS((V,))
def starts_below_zero(v):
    s = 0.0
    for i in range(-2, 5):
        s += v[i] * v[i + 1] * v[i + 2]
    return s


@PROGRAMS((M,), (M[:1].copy(),))
def sums_along_rows(m):
    """The adjoint of `s` starts anew in each row, and is another number in each column."""
    y = np.zeros(m.shape)
    for i in range(m.shape[0]):
        s = 0.0
        for j in range(3, 0, -1):
            s += m[i, j]
            y[i, j] = s + m[i, j - 1]
    return y[0, 1] * y[0, 2] * y[0, 3] + y[-1, 1] ** 2


@PROGRAMS((M,))
def fades_along_rows(m):
    y = np.zeros(m.shape)
    for i in range(m.shape[0]):
        s = m[i, 0]
        for j in range(3, 0, -1):
            s = 0.5 * s + m[i, j]
            y[i, j] = s + m[i, j - 1] - m[i, j]
    return y[0, 1] * y[0, 2] * y[0, 3] + y[-1, 1] ** 2


@pytest.mark.parametrize(
    ("func", "args"), [(func, args) for func, *rows, _ in PROGRAMS for args in rows]
)
def test_neighbours(func, args):
    """Value to the last bit, and the derivative."""
    check_bits(func, *args)


def test_which_are_gathered():
    """Additions of the adjoint are, the user's own are not."""
    text = srcad.differentiate(reads_neighbours).inspect_adjoint(V, compiled=True)
    assert text.count("v_bar[") < 6
    text = srcad.differentiate(three_neighbours).inspect_tangent(V, compiled=True)
    assert text.count(" u[") >= 3
