"""An adjoint in two functions: both give what the whole gives, as often as they are called."""

from __future__ import annotations

import inspect
import os

import numba
import numpy as np
import pytest

import srcad
from srcad import pipeline
from srcad.arguments import is_differentiable
from srcad.backend.module import build
from srcad.frontend.types.numba_types import from_numba
from srcad.trees import copied
from tests.array_checks import fresh
from tests.array_zoo import PROGRAMS as ARRAY_PROGRAMS
from tests.harness import PoisonedNumpy, plain, plain_function, random_like
from tests.oracle import leaves, map_tree
from tests.zoo import PROGRAMS


def twin(generated):
    """Return generated code as plain Python; new memory holds NaN."""
    built = build(generated.source, generated.name, generated.constants, (), twin_of="numpy")
    built.function.__globals__["np"] = PoisonedNumpy()
    return plain(built.function)


def cut(func, args):
    """Return both halves and the whole adjoint; None where it is not cut."""
    own = plain_function(func)
    bound = inspect.signature(own).bind(*args)
    bound.apply_defaults()
    names = tuple(bound.arguments)
    types = tuple(from_numba(numba.typeof(v), n) for n, v in bound.arguments.items())
    wrt = tuple(k for k, type_ in enumerate(types) if is_differentiable(type_))
    assert names
    found = pipeline.halved(own, types, wrt)
    if found is None:
        return None
    whole = pipeline.derive(own, "adjoint", types, wrt)
    return (*map(twin, found), twin(whole), tuple(bound.arguments.values()))


def bits(tree):
    return [None if leaf is None else np.asarray(leaf).tobytes() for leaf in leaves(tree)]


def check(func, args):
    """Compare the halves with the whole; return whether there are any."""
    found = cut(func, args)
    if found is None:
        return False
    forward, backward, whole, values = found
    given = fresh(values)
    try:
        out, kept = forward(*given)
    except Exception as error:  # noqa: BLE001 - the function raises: so does the whole
        with pytest.raises(type(error)):
            whole(*fresh(values), None)
        return True
    assert bits(given) == bits(values), "an argument was written"
    rng = np.random.default_rng(0)
    cotangents = [map_tree(lambda leaf: random_like(leaf, rng), out) for _ in range(2)]
    expected = [whole(*fresh(values), copied(c)) for c in cotangents]
    assert bits(out) == bits(expected[0][0])
    for leaf in (*leaves(given), *leaves(out)):  # the caller's own from here on
        if isinstance(leaf, np.ndarray) and leaf.flags.writeable and leaf.dtype.kind == "f":
            leaf.fill(np.nan)
    for k in (0, 1, 0):
        bars = backward(*kept, copied(cotangents[k]))
        assert bits(bars) == bits(expected[k][1])
        for leaf in leaves(bars):
            if isinstance(leaf, np.ndarray):
                leaf.fill(np.nan)
    return True


EVERY = int(os.environ.get("SRCAD_HALVES_EVERY", "4"))
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


def scalars(x, y):
    return x * np.sin(y)


def chain(x, n):
    y = x.copy()
    for i in range(n):
        y[i] = np.sin(y[i]) * y[i - 1]
    return y


def growing(x):
    s = 1.0
    while s < 10.0:
        s = s * (1.0 + x[0] * s)
    return s


def two_arrays(x):
    y = np.exp(x)
    z = y.copy()
    for i in range(x.size - 1):
        z[i + 1] = z[i + 1] * z[i] * y[i]
    return z


def returns_what_it_reads(x):
    """The value is read on the way back, and the caller may overwrite it."""
    y = np.empty(x.size)
    y[0] = x[0]
    for i in range(1, x.size):
        y[i] = np.sin(y[i - 1]) * x[i]
    return y


def with_branch(x):
    y = x.copy()
    if x[0] > 0.0:
        for i in range(x.size):
            y[i] = y[i] * y[i - 1]
    return np.sum(y * y * y)


def no_trips(x):
    t = 1.0
    for i in range(x.size - x.size):
        t = t * x[i]
    for i in range(x.size):
        t = t * np.sin(x[i])
    return t


def named_like_the_cotangent(x, out):
    """The adjoint of `out` crosses, beside the cotangent, which has its name."""
    out[0] = x[0] * x[1]
    out[1] = out[0] * x[1]
    return out[1] * out[0]


CUT = (
    (named_like_the_cotangent, (np.array([0.3, 0.7]), np.array([2.0, 3.0]))),
    (scalars, (1.0, 2.0)),
    (chain, (np.array([0.3, 0.7, 1.1]), 3)),
    (chain, (np.array([0.3, 0.7, 1.1]), 0)),
    (growing, (np.array([0.3]),)),
    (growing, (np.array([11.0]),)),
    (two_arrays, (np.array([0.3, 0.7, 1.1]),)),
    (returns_what_it_reads, (np.array([0.3, 0.7, 1.1]),)),
    (no_trips, (np.array([0.3, 0.7, 1.1]),)),
)


@pytest.mark.parametrize(("func", "args"), CUT, ids=lambda v: getattr(v, "__name__", None))
def test_programs_that_are_cut(func, args):
    assert check(func, args)


def swept_once(x):
    """The sum and the way back are one loop."""
    s = 0.0
    for i in range(x.size):
        s += x[i] ** 3
    return s


def fills(a, out):
    """The elements of what is returned are computed in the loop that goes back."""
    for i in range(a.size):
        out[i] = out[i] * a[i]


def recursive(x, n):
    if n == 0:
        return x
    return recursive(np.sin(x), n - 1) * x


UNCUT = (
    (swept_once, (np.array([0.3, 0.7]),)),
    (fills, (np.array([0.3, 0.7]), np.array([2.0, 3.0]))),
    (recursive, (0.3, 2)),
)


@pytest.mark.parametrize(("func", "args"), UNCUT, ids=lambda v: getattr(v, "__name__", None))
def test_programs_that_are_not_cut(func, args):
    assert cut(func, args) is None


def test_with_branch():
    for sign in (1.0, -1.0):
        check(with_branch, (sign * np.array([0.3, 0.7, 1.1]),))


@pytest.mark.compiled
def test_vjp_goes_forward_once():
    """A pullback belongs to the values of its `vjp`, whatever becomes of them and of `out`."""
    x = np.array([0.3, 0.7, 1.1])
    out, pullback = srcad.vjp(returns_what_it_reads, x)
    (expected,) = pullback(np.ones(3))
    out[:] = np.nan
    x[:] = np.nan
    np.testing.assert_array_equal(pullback(np.ones(3))[0], expected)
    np.testing.assert_array_equal(pullback(2.0 * np.ones(3))[0], 2.0 * expected)
    with pytest.raises(ValueError, match="shape"):
        pullback(np.ones(4))
    with pytest.raises(TypeError, match="cotangent"):
        pullback(1.0)
