"""The decorated function is called as Python calls it, keyword-only parameters included."""

from __future__ import annotations

import pickle
from typing import Any

import numba
import pytest

import srcad


@srcad.differentiate
def with_default(x, *, k=2.0):
    return k * x * x


@srcad.differentiate
def between(x, y=1.0, *, k=2.0, m):
    return k * x * x + y + m


@srcad.differentiate
def told_when_compiling(x, *, squared=True, name=None):
    if squared and name is None:
        return x * x
    return x


CALLS: tuple[tuple[Any, tuple[Any, ...], dict[str, Any]], ...] = (
    (with_default, (3.0,), {}),
    (with_default, (3.0,), {"k": 5.0}),
    (with_default, (), {"k": 5.0, "x": 3.0}),
    (between, (3.0,), {"m": 1.0}),
    (between, (3.0, 4.0), {"m": 1.0}),
    (between, (3.0,), {"m": 1.0, "y": 7.0}),
    (between, (3.0, 4.0), {"k": 1.0, "m": 1.0}),
    (told_when_compiling, (3.0,), {}),
    (told_when_compiling, (3.0,), {"squared": False}),
)


@pytest.mark.parametrize(("func", "args", "kws"), CALLS)
def test_keyword_only_parameters_have_their_defaults(
    func: Any, args: tuple[Any, ...], kws: dict[str, Any]
) -> None:
    """Numba alone would know none of these defaults."""
    assert func(*args, **kws) == func.py_func(*args, **kws)


@pytest.mark.parametrize(
    ("func", "args", "kws"),
    [
        (with_default, (3.0, 5.0), {}),
        (with_default, (), {}),
        (between, (3.0,), {}),
        (between, (3.0, 4.0), {"y": 1.0, "m": 2.0}),
    ],
)
def test_what_python_does_not_take_is_an_error(
    func: Any, args: tuple[Any, ...], kws: dict[str, Any]
) -> None:
    """A parameter by keyword only is none by position."""
    for call in (func.py_func, func):
        with pytest.raises(TypeError):
            call(*args, **kws)


def test_it_stays_a_dispatcher() -> None:
    """It can be pickled, and has the derivatives of others."""
    assert isinstance(with_default, numba.core.registry.CPUDispatcher)
    again = pickle.loads(pickle.dumps(with_default))
    assert again(3.0) == 18.0
    assert with_default.grad()(3.0) == 12.0
