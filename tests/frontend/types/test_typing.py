"""Types of names: what is read before its type is final gets another one."""

import pytest

import srcad
from tests.harness import as_plain_python
from tests.oracle import dual_jvp


def read_as_an_integer_first(x, n):
    s = 0
    for _ in range(n):
        t = s * 2
        s = s + x * (t + 1)
    return s


def two_steps_behind(x, n):
    a = b = s = 1
    for _ in range(n):
        s = s + a
        a = b * 3
        b = b * x
    return s * x


@pytest.mark.parametrize("func", [read_as_an_integer_first, two_steps_behind])
def test_loops_make_floats_of_integers(func):
    """What the loop reads is a float where it is one from the second iteration on."""
    expected = dual_jvp(func, (0.5, 4), (1.0, 0))
    with as_plain_python():
        value, slope = srcad.value_and_grad(func)(0.5, 4)
    assert value == expected.out
    assert slope == pytest.approx(float(expected.out_dots))
