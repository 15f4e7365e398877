"""What is put back, what lasts, and which arrays cannot be found again."""

import math

import numpy as np
import pytest

import srcad
from srcad import NotDifferentiable
from tests.harness import as_plain_python
from tests.treatments import check_pullback, reversed_source

X = np.array([0.5, 1.25, 0.75, 0.9])


def read_before_the_write(x):
    y = x.copy()
    s = 1.0
    for i in range(2):
        s = s * y[0] * y[1]
        y[0] = s * x[i]
    return s * y[0]


def read_only_after_the_write(x):
    y = x.copy()
    s = 1.0
    for i in range(4):
        y[i] = s * x[i]
        s = s * y[i]
    return s


def read_of_another_element(x):
    y = x.copy()
    s = 1.0
    for i in range(3):
        s = s * y[i + 1]
        y[i] = s
    return s * y[0]


def read_of_an_element_still_to_come(x):
    y = x.copy()
    s = 1.0
    for i in range(3):
        s = s * y[i]
        y[i + 1] = s * x[i]
    return s * y[2]


def added_to_after_the_read(x):
    y = x.copy()
    s = 1.0
    for i in range(3):
        s = s * y[i] + y[0]
        y[0] += s
    return s * y[0]


def added_to_but_never_multiplied(x):
    y = np.zeros(4)
    for i in range(4):
        y[i % 2] += x[i] * x[i]
    return y[0] + 3.0 * y[1]


def written_through_a_view(x):
    y = x.copy()
    v = y[1:]
    s = 1.0
    for i in range(2):
        s = s * y[1] * y[2]
        v[0] = s * x[i]
    return s * y[1]


def written_under_another_name(x):
    y = x.copy()
    z = y
    s = 1.0
    for i in range(2):
        s = s * y[1] * y[2]
        z[1] = s * x[i]
    return s * y[1]


def index_that_is_overwritten(x):
    k = np.array([0, 1, 2, 3])
    s = 1.0
    for i in range(3):
        s = s * x[k[i]]
        k[i + 1] = k[i]
        k[i] = 0
    return s


PUT_BACK = {
    read_before_the_write: True,
    read_only_after_the_write: False,
    read_of_another_element: True,
    read_of_an_element_still_to_come: False,
    added_to_after_the_read: True,
    added_to_but_never_multiplied: False,
    written_through_a_view: True,
    written_under_another_name: True,
    index_that_is_overwritten: True,
}


@pytest.mark.parametrize("func", list(PUT_BACK))
def test_what_is_put_back(func):
    """An element that is read again (or what was read), if it is overwritten after that."""
    check_pullback(func, X)
    notes = reversed_source(func, X)[1]
    kept = {name for name, treatment in notes if treatment in {"scalar", "slab", "stack"}}
    assert bool(kept - {"s"}) == PUT_BACK[func]


def exp_of_each(x):
    y = np.empty(4)
    for i in range(4):
        e = math.exp(x[i])
        y[i] = e
    return y


def lasts_beside_another_array(x):
    y, z = exp_of_each(x), np.zeros(4)
    for i in range(4):
        z[i] = y[i] * y[i]
    return z[0] * z[1]


def lasts_not_beside_a_view(x):
    y = exp_of_each(x)
    z = y[::-1]
    for i in range(4):
        z[i] = x[0]
    return z[0] * y[1]


def put_back_in_reverse(x):
    y = np.empty(4)
    s = 1.0
    for i in range(4):
        e = math.exp(x[i])
        y[i] = e
    for i in range(4):
        s = s * y[i]
        y[i] = s
    return s * y[1]


def put_back_by_the_store_itself(x):
    y = x * x
    s = 1.0
    for i in range(4):
        s = s * y[i] + y[3 - i] * s
        e = math.exp(x[i])
        y[i] = e
        s = s + e * e
    return s * y[1]


@pytest.mark.parametrize(
    ("func", "reads"),
    [
        (put_back_by_the_store_itself, False),
        (lasts_beside_another_array, True),
        (lasts_not_beside_a_view, False),
        (put_back_in_reverse, False),
    ],
)
def test_what_lasts(func, reads):
    """A value is read where it was stored if nothing changes it there, going back either."""
    check_pullback(func, X)
    notes = reversed_source(func, X)[1]
    assert (("e", "read") in notes) == reads


def stored_as_another_type(x):
    y = np.empty(4, np.float32)
    for i in range(4):
        e = math.exp(x[i])
        y[i] = e
    s = x[1]
    for i in range(4):
        s = s * y[i]
    return s


def test_another_type_keeps_another_number():
    """An array of single precision does not hold the number that was stored there."""
    check_pullback(stored_as_another_type, X, tol=1e-6)
    notes = reversed_source(stored_as_another_type, X)[1]
    assert ("e", "slab") in notes
    assert ("e", "read") not in notes


def view_until_the_loop_runs(x, n):
    u = x[1:]
    for _ in range(n):
        u = u * 2.0
    x[1] = 3.0
    return np.sum(u)


def view_of_another_row(x, n):
    rows = np.ones((3, 4))
    a = rows[0]
    for i in range(n):
        b = rows[i]
        b[i] = a[i] * x[i]
        a = b
    return a[0] * a[2]


def test_an_array_that_cannot_be_found():
    """The error names the array as the user does, and the line; views can be made again."""
    with as_plain_python(), pytest.raises(NotDifferentiable) as caught:
        srcad.grad(view_until_the_loop_runs)(X, 2)
    assert caught.value.code == "E206"
    assert "the array 'u' is another one in each iteration" in str(caught.value)
    assert "test_context.py" in str(caught.value)
    check_pullback(view_of_another_row, X, 3)


def may_have_no_value(x, c):
    s = x[0]
    for i in range(3):
        if i == c:
            t = x[1] * s
        if i >= c:
            s = s * t
    return s


@pytest.mark.parametrize("c", [0, 1, 5])
def test_names_without_a_value(c):
    """Nothing is saved of a name that has none yet, but that there is something to take back."""
    check_pullback(may_have_no_value, X, c)


def bool_and_int_without_a_value(x, c):
    s = x[0]
    for i in range(3):
        if i == c:
            up, k = x[1] > s, i + 1
        if i >= c:
            s = s * x[k]
            if up:
                s = s * 0.5
    return s


@pytest.mark.parametrize("c", [0, 2, 5])
def test_other_types_without_a_value(c):
    """The value that nobody uses has the type of the name."""
    check_pullback(bool_and_int_without_a_value, X, c)
