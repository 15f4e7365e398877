"""Rows of which only elements are asked for need no name: legal, and one step from it."""

import math

import numpy as np
import pytest

from srcad.ir import nodes as ir
from srcad.ir.show import show
from srcad.ir.types import Array
from srcad.ir.walk import statements
from srcad.passes.arrays.rows import elements_of_rows
from tests.array_checks import check
from tests.ir_text import ir as ir_text
from tests.planned import reversed_program

A = np.array([[0.9, -0.4, 0.7], [1.3, 0.2, -0.6], [0.1, 0.8, 0.5]])
B = np.array([[0.5, 0.1, -0.3], [0.4, -0.2, 0.6], [0.7, 0.9, -0.1]])


def read(a, b):
    s = 0.0
    for i in range(a.shape[0]):
        row = a[i]
        for j in range(len(row)):
            s += row[j] * row[-1] * b[j, i]
    return s


def written(a, b):
    out = np.zeros(a.shape)
    for i in range(a.shape[0]):
        row, own = a[i - 1], out[i]
        own[1] = row[0]
        for j in range(row.size):
            own[j] = math.sin(row[j])
            own[0] += row[j] * b[i, j]
    return out


def of_rows(a, b):
    cube = np.empty((2, 3, 3))
    s = 0.0
    for k in range(2):
        plane = cube[k]
        for i in range(3):
            row = plane[i]
            for j in range(row.shape[0]):
                row[j] = a[i, j] * b[j, k]
            s += row[k] * row[k + 1]
    return s


def same_index_twice(a, b):
    s = 0.0
    for i in range(2):
        row = a[i]
        s += row[0] * row[1]
    for i in range(1, 3):
        row_2 = b[i]
        s += row_2[0] * s
    return s


def index_changed(a, b):
    i, s = 0, 0.0
    row = a[i]
    while i < 2:
        i += 1
        s += row[i] * b[i, 0]
    return s


def index_changed_in_a_loop(a, b):
    s = 0.0
    for i in range(3):
        row = a[i]
        i = 2 - i
        s += row[i] * b[i, 0]
    return s


def array_bound_anew(a, b):
    s = 0.0
    for i in range(3):
        c = a * b
        row = c[i]
        c = np.sin(b)
        s += row[1] * c[i, 0]
    return s


def one_of_two(a, b):
    s = 0.0
    for i in range(3):
        if a[i, 0] > 0.5:
            row = a[i]
        else:
            row = b[i]
        s += row[0] * row[2]
    return s


def from_the_iteration_before(a, b):
    s = 0.0
    row = b[0]
    for i in range(3):
        s += row[1] * a[i, 0]
        row = a[i]
    return s


def asked_whole(a, b):
    s = 0.0
    for i in range(3):
        row = a[i]
        s += row[0] * np.linalg.solve(b, row)[1]
    return s


def part_of_a_row(a, b):
    s = 0.0
    for i in range(3):
        row = a[i]
        part = row[1:]
        s += part[-1] * row[0] * b[0, i]
    return s


def outside_perhaps(a, b):
    s = 0.0
    for i in range(3):
        row = a[i - 1]
        for j in range(2):
            s += row[j] * b[i, j]
    return s


def returned(a, b):
    row = a[1]
    row[0] = row[1] * b[0, 0]
    return row


LEGAL = [read, written, of_rows, same_index_twice, array_bound_anew]
OTHERS = [index_changed, index_changed_in_a_loop, one_of_two, from_the_iteration_before]
OTHERS += [asked_whole, part_of_a_row, outside_perhaps]


def rows(func):
    """Return how many rows there are after the pass."""
    function = elements_of_rows(reversed_program(func, (A, B), "adjoint")[0])
    made = [s for s in statements(function.body) if isinstance(s, ir.Let)]
    return sum(isinstance(s.value, ir.Load) and isinstance(s.target.type, Array) for s in made)


@pytest.mark.parametrize("func", [*LEGAL, *OTHERS])
def test_derivative(func):
    check(func, (A, B))


def test_a_row_that_is_returned():
    check(returned, (A, B), (0,))


def test_rows_without_a_name():
    assert [rows(func) for func in LEGAL] == [0] * len(LEGAL)
    assert all(map(rows, OTHERS))


def test_the_row_of_the_iteration_before_has_a_name():
    """There is one statement that takes it, but not of this iteration."""
    lines = ["s = 0.0", "for i in range(a.shape[0]):", "    if i > 0:", "        s = s + row[1]"]
    lines += ["    row = a[i]", "    s = s + row[0]", "return s"]
    text = "def f(a: A2):\n" + "".join(f"    {line}\n" for line in lines)
    assert "row[1]" in show(elements_of_rows(ir_text(text)))[0]
