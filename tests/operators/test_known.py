"""What `jvp`, `vjp` and `linearize` made of a function before is found again, if it still holds."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import srcad
from srcad.memo import known, shortcut
from srcad.operators.products import moving_of

RATE = 2.0


class Model:
    """An object with a method."""

    def __init__(self, rate):
        self.rate = rate

    def scaled(self, x):
        return self.rate * x * x


def rated(x):
    return RATE * x * x


def test_arguments_that_move():
    """All, some, none; what does not fit is looked at in general."""
    x = np.ones(2)
    assert moving_of((1.0, x), (1.0, x)) == (True, True)
    assert moving_of((1.0, x, 3), (1.0, None, None)) == (True, False, False)
    assert moving_of((1.0, x), (None, x)) == (False, True)
    for primals, tangents in (
        ((), ()),
        ((1.0,), (None,)),
        ((1.0, x), (1.0, 1.0)),
        ((1.0, x), (1, x)),
        ((x,), (np.ones(3),)),
        ((x,), (x.astype(np.float32),)),
        ((np.ones((2, 2)),), (np.ones((2, 2)).T[:, ::-1],)),
        ([1.0], [1.0]),
        ((1.0,), (1.0, 1.0)),
    ):
        assert moving_of(primals, tangents) is None


@pytest.mark.compiled
def test_a_changed_global_is_seen(monkeypatch):
    """By all three."""

    def found():
        both = srcad.vjp(rated, 3.0), srcad.linearize(rated, 3.0)
        return srcad.jvp(rated, (3.0,), (1.0,)), *(slope(1.0) for _, slope in both)

    assert found() == ((18.0, 12.0), (12.0,), 12.0)
    assert found() == ((18.0, 12.0), (12.0,), 12.0)
    monkeypatch.setitem(globals(), "RATE", 4.0)
    assert found() == ((36.0, 24.0), (24.0,), 24.0)


@pytest.mark.compiled
def test_what_carries_values_is_not_its_function():
    """Two methods of one function have the attributes of their own objects."""
    one, other = Model(2.0), Model(3.0)
    plain = functools.partial(lambda rate, x: rate * x * x, 2.0)
    for model in (one, other, one):
        assert srcad.jvp(model.scaled, (1.0,), (1.0,))[1] == 2.0 * model.rate
        assert srcad.vjp(model.scaled, 1.0)[1](1.0) == (2.0 * model.rate,)
        assert srcad.linearize(model.scaled, 1.0)[1](1.0) == 2.0 * model.rate
    assert srcad.jvp(plain, (1.0,), (1.0,))[1] == 4.0
    assert known(one.scaled, ("jvp", (True,))) is None


def test_what_is_made_in_a_cached_block_knows_it():
    """What was made before is not taken there."""

    def f(x):
        return x * x

    made = shortcut(f, "what", lambda: srcad.grad(f))
    assert known(f, "what") is made
    with srcad.options(cache=True):
        assert known(f, "what") is None
    assert known(f, "else") is known(3, "what") is None

    def other(x):
        return x

    other.__dict__.update(f.__dict__)  # as `functools.wraps` does
    assert known(other, "what") is None


@pytest.mark.compiled
def test_a_linear_map_keeps_its_point():
    """Arrays that change afterwards do not move it, whatever arguments move."""
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    _, along = srcad.linearize(lambda x, y: x[0] * y[0] + x[1] * y[1], x, y)
    one = np.ones(2)
    x[:], y[:] = 9.0, 9.0
    assert (along(one, one), along(one, None), along(None, one)) == (10.0, 7.0, 3.0)
    with pytest.raises(ValueError, match="shape"):
        along(np.ones(3), one)
