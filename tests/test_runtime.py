"""The helpers that generated code calls by a bare name."""

from __future__ import annotations

import math

import mpmath as mp
import numba
import numpy as np
import pytest
from rule_reference import same

from srcad.backend import runtime

NAN, INF = math.nan, math.inf

ARGUMENTS = (0.3, 1.4616321449683623, 2.5, 30.0, 1e10, 1e-20, -1e-20, -0.7, -3.2, -150.3, -1000.7)


def test_polygammas() -> None:
    """The gamma family, to about 14 digits."""
    for x in ARGUMENTS:
        assert runtime.digamma(x) == pytest.approx(float(mp.digamma(x)), rel=4e-15, abs=4e-15)
        assert runtime.trigamma(x) == pytest.approx(float(mp.psi(1, x)), rel=2e-14)
        for n in range(6):
            expected = float(mp.psi(n, x))
            assert runtime.polygamma(n, x) == pytest.approx(expected, rel=3e-14, abs=4e-15)


OUTSIDE = ((0.0, NAN, INF), (-3.0, NAN, INF), (INF, INF, 0.0), (-INF, NAN, NAN), (NAN, NAN, NAN))


def test_polygammas_outside() -> None:
    """Poles, infinities and nan."""
    for x, first, second in OUTSIDE:
        assert same(runtime.digamma(x), first)
        assert same(runtime.trigamma(x), second)


def test_runtime_compiles() -> None:
    """The helpers give the same numbers inside Numba code as in Python."""

    @numba.njit
    def compiled(x: float) -> tuple[float, ...]:
        return (
            runtime.digamma(x),
            runtime.trigamma(x),
            runtime.polygamma(3, x),
            runtime.clip(x, -1.0, 2.0),
        )

    for x in (*ARGUMENTS, 0.0, -3.0, INF, NAN):
        np.testing.assert_allclose(compiled(x), compiled.py_func(x), rtol=1e-14)
