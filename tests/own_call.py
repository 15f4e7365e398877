"""The decorated function's own call, as plain Python: whole arrays as loops.

`check_everywhere` compares a program in all the ways that it can be run: its own call,
values with derivatives, and the derivatives themselves.
"""

from __future__ import annotations

from typing import Any
from unittest import mock

import numba
import numpy as np
import pytest

import srcad
from srcad import deriving
from srcad.options import DEFAULT
from tests.array_checks import check, fresh
from tests.harness import as_plain_python, assert_close, build_poisoned, plain


def own_call(func: Any, args: tuple[Any, ...]) -> Any:
    """Return what the loops return that a function's own call runs; it writes `args`.

    A function without operations on whole arrays is called as it is.
    """
    types = tuple(numba.typeof(arg) for arg in args)
    with mock.patch.object(deriving, "build", build_poisoned):
        fused = deriving.fused(func, DEFAULT, types)
    return plain(func if fused is None else fused.built.function)(*args)


def check_everywhere(func: Any, args: tuple[Any, ...], mutates: tuple[int, ...] = ()) -> None:
    """Compare a program's own call with the plain function; then its derivatives."""
    given, ours = fresh(args), fresh(args)
    with np.errstate(all="ignore"):
        expected = func(*given)
    found = own_call(func, ours)
    assert_close(found, expected, 1e-12, "own call")
    assert_close(ours, given, 1e-12, "arguments after the own call")
    check(func, args, mutates)


def check_raises(func: Any, args: tuple[Any, ...], error: type[Exception]) -> None:
    """Check that a program raises the same in its own call and with a derivative."""
    with pytest.raises(error):
        func(*fresh(args))
    with pytest.raises(error):
        own_call(func, fresh(args))
    with as_plain_python(), pytest.raises(error):
        srcad.vjp(func, *fresh(args))
