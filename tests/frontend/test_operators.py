"""Arguments that share memory: as in the plain call, or refused, by every operator."""

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python


def writes(x, y):
    x[0] = x[1] * y[2]
    return np.sum(x * y)


def writes_second(x, y):
    y += x
    return np.sum(x * y)


def writes_in_tuple(t, k):
    t[0][0] = t[1][1] * k
    return np.sum(t[0] * t[1])


def reads(x, y):
    return np.sum(x * y)


def gives_nothing(x, y):
    x = x * y


def returns(x, y):
    return x, y


A = np.array([1.0, 2.0, 3.0])
PAIRS = {
    "same": (A, A),
    "view": (A, A[:]),
    "reversed": (A, A[::-1]),
    "overlapping": (np.arange(4.0)[:3], None),
}
PAIRS["overlapping"] = (PAIRS["overlapping"][0], PAIRS["overlapping"][0].base[1:])

OPERATORS = {
    "grad": lambda f, *args: srcad.grad(f)(*args),
    "value_and_grad": lambda f, *args: srcad.value_and_grad(f)(*args),
    "jvp": lambda f, *args: srcad.jvp(f, args, tuple(np.ones_like(a) for a in args)),
    "vjp": srcad.vjp,
}


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("func", [writes, writes_second])
def test_written_arguments_that_share_memory(func, operator, pair):
    """One that is written may not share memory with another; the caller's arrays stay."""
    before = [array.copy() for array in PAIRS[pair]]
    with as_plain_python(), pytest.raises(ValueError, match="'x' and 'y' share memory"):
        OPERATORS[operator](func, *PAIRS[pair])
    assert all(map(np.array_equal, before, PAIRS[pair]))


def test_written_tuples_that_share_memory():
    """The arrays of a tuple are arguments as well."""
    with as_plain_python(), pytest.raises(ValueError, match="'t' and 't' share memory"):
        srcad.vjp(writes_in_tuple, (A, A), 2.0)


@pytest.mark.parametrize("pair", PAIRS)
def test_read_arguments_that_share_memory(pair):
    """Arguments that are only read may be the same array."""
    x, y = PAIRS[pair]
    with as_plain_python():
        out, pullback = srcad.vjp(reads, x, y)
        assert out == reads(x, y)
        x_bar, y_bar = pullback(1.0)
    assert np.array_equal(x_bar, y)
    assert np.array_equal(y_bar, x)


def test_pullback_keeps_copies():
    """What the caller writes later is not seen, and results are no arguments."""
    x, y = A.copy(), A.copy()
    with as_plain_python():
        out, pullback = srcad.vjp(returns, x, y)
        assert not any(np.shares_memory(o, a) for o in out for a in (x, y))
        out, pullback = srcad.vjp(reads, x, y)
        x[:] = 7.0
        assert np.array_equal(pullback(1.0)[1], A)


def test_function_without_outputs():
    """Nothing depends on the arguments: all cotangents are zero."""
    with as_plain_python():
        out, pullback = srcad.vjp(gives_nothing, 3.0, A)
        assert out is None
        x_bar, y_bar = pullback(None)
    assert x_bar == 0.0
    assert np.array_equal(y_bar, np.zeros(3))


def test_arguments_apart():
    """Equal arrays that are apart are written apart."""
    with as_plain_python():
        out, pullback = srcad.vjp(writes, A, A.copy())
        assert out[0] == writes(A.copy(), A.copy())
        assert len(pullback((1.0, np.zeros(3)))) == 2
