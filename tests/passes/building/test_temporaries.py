"""Names that are made up, and those of the user's that look like them."""

import numpy as np
import pytest

from srcad.passes.building.temporaries import is_derivative, is_made_up
from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere

PROGRAMS = programs()
THREE = np.array([0.4, -0.2, 0.9])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("_t3", (True, False)),
        ("_t3_bar", (True, True)),
        ("_t3_dot_1", (True, True)),
        ("_t3_bar_dot_2", (True, True)),
        ("_t3_7", (True, False)),
        ("x_bar", (False, True)),
        ("x_dot_1", (False, True)),
        ("_bar", (False, False)),
        ("x_bars", (False, False)),
        ("bar_x", (False, False)),
        ("_t3a", (False, False)),
        ("_t", (False, False)),
        ("t3", (False, False)),
        ("_t3_saved", (False, False)),
    ],
)
def test_names(name, expected):
    assert (is_made_up(name), is_derivative(name)) == expected


@PROGRAMS((THREE, 3.0))
def like_temporaries(x, _t1):
    _t1 = _t1 * x[0]
    _t0 = _t1 + x[1]
    _t0 = _t0 * _t0 * _t1
    _t1_bar = 0.0
    for _t3 in range(3):
        _t1_bar += x[_t3] * _t0
        _t0 += _t1_bar
    return _t0 * _t1 + _t1_bar


@PROGRAMS((3.0, 0.3))
def like_derivatives_of_temporaries(_t1_bar, _t1_dot):
    _t1_bar = _t1_bar * 2.0
    for _ in range(3):
        _t1_dot = _t1_bar * _t1_dot
        _t1_bar = _t1_dot * 0.5
    return _t1_dot * _t1_bar


@PROGRAMS((THREE, 2))
def numbered_and_in_tuples(x, _t4_1):
    t4, _t4 = x[_t4_1], x[0]
    _t5 = (_t4, t4)
    _t5_0 = _t5[0] * 3.0
    for _t6 in range(2):
        _t6 = _t6 + 1
        _t5_0 += x[_t6] * _t5[1]
    return _t5_0 * t4 * _t5[0]


@PROGRAMS((THREE, 0.7))
def zeros_of_the_user(x, y_bar):
    """An adjoint's zero takes all that it is multiplied by; one of the user's does not."""
    x_bar = 0.0
    y_bar = y_bar * x_bar
    for i in range(3):
        x_bar += x[i] * (y_bar + 1.0)
        y_bar += x_bar * x_bar
    return x_bar * y_bar


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Names of the user's mean nothing, whatever they look like."""
    check_everywhere(func, args, mutates)
