"""Functions of SciPy in machine code that another process finds on a disk."""

import pytest

from tests.cache.programs import ROOT, run

pytestmark = pytest.mark.compiled

MODULE = """
import numba
import scipy.special as sp
import srcad

@srcad.differentiate
def f(x):
    return sp.gammaln(x) * sp.erf(x)

slope = srcad.grad(f)

@numba.njit(cache=True)
def user(x):
    return slope(x) + f(x)
"""

PROGRAM = """
import module
print(round(module.user(2.5), 12), sum(module.user.stats.cache_hits.values()))
"""


def test_in_the_users_code_that_numba_keeps(tmp_path):
    """Numba keeps the user's function with our code inside: the second process crashed."""
    (tmp_path / "module.py").write_text(MODULE)
    where = {"PYTHONPATH": f"{ROOT}:{tmp_path}", "NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    printed = [run(PROGRAM, tmp_path / "cache", **where) for _ in range(2)]
    value = printed[0].split()[0]
    assert printed == [f"{value} 0\n", f"{value} 1\n"]
