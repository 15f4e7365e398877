"""Products of matrices and linear algebra: what each argument gets, as it was at the call."""

from dataclasses import replace

import numpy as np
import pytest

from srcad.ir.nodes import Call
from srcad.ir.show import show
from srcad.library import linalg_derivatives
from srcad.passes.modes.reverse import reverse
from srcad.rules.linalg import WHOLES, settled
from tests.array_checks import check
from tests.ir_text import ir
from tests.treatments import reversed_source

A = np.array([[2.0, 0.5, 0.1], [0.3, 1.5, 0.2], [0.4, 0.1, 1.8]])
B = np.array([[0.5, 1.5, -0.3], [0.7, -0.2, 0.9], [1.1, 0.4, 0.6]])
V = np.array([0.7, -0.4, 1.2])


def both_active(a, b):
    return np.sum(np.dot(a, b) ** 2)


def left_alone(a):
    return np.sum(np.dot(a, B) ** 2)


def right_alone(b):
    return np.sum(np.dot(A, b) ** 2)


def one_array_twice(a):
    return np.sum(np.dot(a, a) ** 2)


def square_of_a_vector(v):
    return np.dot(v, v) ** 2


def vector_times_matrix(v, a):
    return np.sum(np.dot(v, a) ** 2)


def matrix_times_vector(a, v):
    return np.sum(np.dot(a, v) ** 2)


def result_in_the_name_of_an_argument(a, b):
    a = np.dot(a, b)
    b = np.dot(a, b)
    return np.sum(a * b)


def inverse_in_its_own_name(a):
    a = np.linalg.inv(a)
    a = np.linalg.inv(a) + a
    return np.sum(a * a)


def solution_in_the_name_of_the_right_side(a, v):
    v = np.linalg.solve(a, v)
    v = np.linalg.solve(a, v)
    return np.sum(v * v)


def number(a):
    return np.linalg.det(a) ** 2


def one_of_two_results(a):
    values, _ = np.linalg.eigh(a + a.T)
    return np.sum(values * values * values)


def both_results(a):
    sign, value = np.linalg.slogdet(a)
    return sign * value * value


def argument_written_later(a, v):
    w = v * v
    u = np.dot(a, w)
    w[0] = u[1] * 3.0
    return np.sum(u * w)


def result_is_read_only(a, v):
    u = np.linalg.solve(a, v)
    return u[0] * u[1]


def result_that_nobody_reads(a, v):
    np.linalg.inv(a)
    return v[0] * v[1]


def in_a_loop(a, v):
    for _ in range(3):
        v = np.dot(a, v) * 0.5
    return np.sum(v * v)


def array_of_an_iteration(a, v):
    s = v[0]
    for k in range(3):
        b = a * s
        u = np.dot(b, v)
        s = s * 0.5 + u[k] * u[0]
    return s


def number_in_a_carried_name(a, v):
    d = v[0]
    for _ in range(3):
        b = a * (d + 0.1)
        d = np.linalg.det(b)
    return d * v[1]


def product_of_a_part(a, v):
    return np.sum(np.dot(a[:2, 1:], v[1:]) ** 2)


@pytest.mark.parametrize(
    ("func", "args"),
    [
        (both_active, (A, B)),
        (left_alone, (A,)),
        (right_alone, (B,)),
        (one_array_twice, (A,)),
        (square_of_a_vector, (V,)),
        (vector_times_matrix, (V, A)),
        (matrix_times_vector, (A, V)),
        (result_in_the_name_of_an_argument, (A, B)),
        (inverse_in_its_own_name, (A,)),
        (solution_in_the_name_of_the_right_side, (A, V)),
        (number, (A,)),
        (one_of_two_results, (A,)),
        (both_results, (A,)),
        (argument_written_later, (A, V)),
        (result_is_read_only, (A, V)),
        (result_that_nobody_reads, (A, V)),
        (in_a_loop, (A, V)),
        (product_of_a_part, (A, V)),
        (number_in_a_carried_name, (A, V)),
        (array_of_an_iteration, (A, V)),
    ],
)
def test_calls(func, args):
    """Forward, and backward with what the call had."""
    check(func, args)


def test_only_what_is_active_is_computed():
    """An argument that is constant costs no product."""
    source, _ = reversed_source(left_alone, A)
    assert source.count(" = np.dot(") == 2
    source, _ = reversed_source(both_active, A, B)
    assert source.count(" = np.dot(") == 3


def test_a_number_in_a_name_that_had_another():
    """The adjoint of the number is cleared before its name means what it meant before."""
    source = "def f(s, b: A2):\n    c = b.copy()\n    c[0, 0] = s\n    s = called(c)\n    return s"
    function = ir(source)
    *first, call = function.body
    row, s = WHOLES["det"], function.params[0].value
    new = Call((s,), settled(row), row.text, call.args, call.span)
    function = replace(function, body=(*first, new), returns=(s,))
    made, _ = reverse(function, (0,), seeded=True, value=False, bare=True)
    space = {"np": np} | vars(linalg_derivatives)
    exec(show(made)[0], space)
    assert space["f_adjoint"](2.0, np.diag([1.0, 3.0, 5.0])) == pytest.approx(15.0)
