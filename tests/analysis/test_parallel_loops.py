"""Which loops may run in several threads: views, and sums that are read."""

import pytest

from srcad.analysis.parallel_loops import Parallel, Serial, loops_in
from tests.ir_text import ours


def found(source):
    """Return what is found about the one loop of a function whose sums may be cut."""
    ((_, proof),) = loops_in(ours(source))
    return proof


OWN = """def f(x: A1, y: A1, n: int):
    for i in range(n):
        x[i] = y[i] * 2.0
    return x[0]
"""
ADDED = """def f(x: A1, y: A1, n: int):
    for i in range(n):
        x[0] += y[1] * y[i]
    return x[0]
"""


def test_elements_of_their_own_and_sums():
    assert found(OWN).own == ("x",)
    assert found(ADDED).added == ("x",)


@pytest.mark.parametrize("view", ["x[1:]", "x[::-1]", "x"])
def test_two_names_of_an_array_do_not_have_elements_at_one_place(view):
    """The same index of a view is another element."""
    assert isinstance(found(OWN.replace("    for", f"    y = {view}\n    for", 1)), Serial)
    assert isinstance(found(OWN.replace("    for", "    z = x[1:]\n    for", 1)), Parallel)


@pytest.mark.parametrize("read", ["x[1]", "x[0]", "x[i]"])
def test_what_is_read_is_no_sum(read):
    """A block of iterations would read a sum of its own."""
    assert isinstance(found(ADDED.replace("y[1]", read)), Serial)
