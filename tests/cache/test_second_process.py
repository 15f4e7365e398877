"""What one process has compiled, another one loads; nothing is derived there."""

from __future__ import annotations

import pytest

from tests.cache.programs import run

pytestmark = pytest.mark.compiled


def test_loaded(tmp_path):
    """Nothing is derived in the second process, and its numbers are the same bits."""
    text = """
    import math, numba, numpy as np, srcad
    from tests.cache.programs import function

    f = function('''
    import math
    def f(x, n):
        if n < 2:
            return x * SCALE
        return f(x * x, n - 1) + math.sin(x) * f(x, n - 2)
    ''', SCALE=3.0)
    g = srcad.value_and_grad(f)

    @numba.njit
    def called(x, n):
        return g(x, n)

    print(g(0.7, 6), called(0.7, 6), *g.inspect_source().values())
    print("derived" if g.emitted else "loaded")
    """
    first = run(text, tmp_path / "cache").splitlines()
    second = run(text, tmp_path / "cache").splitlines()
    assert (first[-1], second[-1]) == ("derived", "loaded")
    assert first[:-1] == second[:-1]


LIGHT = """
import sys
import srcad
import srcad.operators
heavy = ("analysis", "deriving", "pipeline", "library", "steps", "frontend.lower", "rules.table")
print([name for name in heavy if f"srcad.{name}" in sys.modules])
g = srcad.grad(lambda x: x * x)
print([name for name in heavy if f"srcad.{name}" in sys.modules])
"""


def test_what_derives_is_imported_late(tmp_path):
    """`import srcad` and the operators leave alone what only derivation needs."""
    assert run(LIGHT, tmp_path / "cache") == "[]\n[]\n"
