"""Loops and branches backward: in which order, as often as they ran, and not at all."""

import numpy as np
import pytest

from tests.gradient_checks import check
from tests.treatments import reversed_source

X = np.array([0.5, 1.25, 2.0, 0.7, 0.3])


def elements_until_one_is_large(x):
    y = x.copy()
    for i in range(x.size):
        y[i] = x[i] * x[i]
        if x[i] > 1.5:
            break
    s = 1.0
    for i in range(x.size):
        s = s * y[i] + x[i]
    return s


def every_second_until_one_is_large(x):
    y = x.copy()
    for i in range(1, x.size, 2):
        y[i] = x[i] * x[i]
        if x[i] > 1.0:
            break
    s = 1.0
    for i in range(x.size):
        s = s * y[i] + x[i]
    return s


def from_the_end_until_one_is_large(x):
    s = 1.0
    for i in range(x.size - 1, -1, -1):
        s = s * x[i] + x[0]
        if x[i] > 1.5:
            break
    return s


def stops_at_once(x):
    s = x[1]
    for i in range(x.size):
        if x[i] > 0.1:
            break
        s = s * x[i]
    return s


def elements_apart(x):
    y = np.empty_like(x)
    for i in range(x.size):
        y[i] = np.sin(x[i])
    s = 1.0
    for i in range(x.size):
        s = s * y[i]
    return s


def each_element_from_the_one_before(x):
    y = x.copy()
    for i in range(x.size - 1):
        y[i + 1] = y[i] * x[i]
    return y[4] * y[2]


def elements_apart_on_a_stack(x):
    y = x.copy()
    k = 0
    while k < 2:
        k += 1
        for i in range(x.size):
            y[i] = np.sin(x[i]) * np.exp(y[i]) * 0.1
    return np.sum(y * y)


def adds_up_what_it_had(x):
    y, t = x.copy(), x[0]
    for i in range(x.size):
        y[i] = t * x[i]
        t = x[i] * x[i]
    s = t
    for i in range(x.size):
        s = s * y[i] + x[i]
    return s


def last_value_after_the_loop(x):
    t = 1.0
    for i in range(x.size):
        t = np.sin(x[i])
    return t * t


def last_value_of_no_iteration(x):
    t = x[1] * x[2]
    for i in range(5, x.size):
        t = np.sin(x[i])
    return t * t


def lives_in_one_iteration(x):
    s = 1.0
    for i in range(x.size):
        t = np.sin(x[i])
        u = t * t
        if i % 2 == 0:
            t = u * x[0]
        s = s * t + u
    return s


PROGRAMS = [
    elements_until_one_is_large,
    every_second_until_one_is_large,
    from_the_end_until_one_is_large,
    stops_at_once,
    elements_apart,
    each_element_from_the_one_before,
    elements_apart_on_a_stack,
    adds_up_what_it_had,
    last_value_after_the_loop,
    last_value_of_no_iteration,
    lives_in_one_iteration,
]


@pytest.mark.parametrize("func", PROGRAMS)
def test_counted_loops(func):
    """The iterations that ran, in an order that finds what each needs."""
    check(func, X)


@pytest.mark.parametrize(
    ("func", "line", "times"),
    [
        (elements_apart, "-1, -1):", 1),  # the product
        (each_element_from_the_one_before, "-1, -1):", 1),
        (elements_until_one_is_large, "range(trips - 1, -1, -1):", 1),
    ],
)
def test_order_of_iterations(func, line, times):
    """Iterations that know nothing of each other run forward, if all of them ran."""
    source, _ = reversed_source(func, X)
    code = [text for text in source.splitlines() if "#" not in text]
    assert sum(line in text for text in code) == times, source


def element_is_set_by_the_test(x):
    y = x.copy()

    def less(y):
        y[0] = y[0] * x[1]
        return y[0] < 3.0

    n = 0
    while less(y):
        n += 1
        y[1] = y[1] * y[0]
    return y[0] * y[1]


def element_is_added_to_by_the_test(x):
    y = x.copy()

    def less(y):
        y[0] += x[1]
        return y[0] < 3.0

    while less(y):
        y[1] = y[1] * y[0]
    return y[0] * y[1]


def product_in_the_test(x):
    y = x.copy()
    while np.dot(y, y) < 40.0:
        y[1] = y[1] * 1.5 + y[0] * x[2]
    return y[0] * y[1]


def value_of_the_test_is_used_after_it(x):
    s, n = x[0], 0
    while (t := s * x[1]) < 3.0 and n < 9:
        s = s * 1.5
        n += 1
    return t * s


def all_is_in_the_test(x):
    s, n = x[0], 0
    while (s := s * x[1]) < 3.0 and n < 9:
        n += 1
    return s * n


def nothing_to_reverse(x):
    n = 0
    while n * n < 10:
        n += 1
    return x[n]


def no_iteration(x):
    s = x[0]
    while s > 3.0:
        s = s * x[1]
    return s * s


def a_loop_in_a_loop(x):
    s = x[0]
    n = 0
    while n < 3:
        n += 1
        m = 0
        while m < n:
            m += 1
            s = s * x[m] + x[n]
    return s


WHILE = [
    element_is_set_by_the_test,
    element_is_added_to_by_the_test,
    product_in_the_test,
    value_of_the_test_is_used_after_it,
    all_is_in_the_test,
    nothing_to_reverse,
    no_iteration,
    a_loop_in_a_loop,
]


@pytest.mark.parametrize("func", WHILE)
def test_while_loops(func):
    """The test runs once more than the body, and is reversed if it does anything."""
    check(func, X)


def test_nothing_is_left_of_a_loop_without_adjoints():
    """A loop that only counts is not run backward, and its iterations are not counted."""
    source, _ = reversed_source(nothing_to_reverse, X)
    assert "trip" not in source
    source, _ = reversed_source(no_iteration, X)
    assert "for trip in" in source


def branch_that_only_counts(x):
    s, n = x[0], 0
    for i in range(x.size):
        if x[i] > 0.6:
            n += 1
        s = s * x[i]
    return s * n


def branch_on_one_side(x):
    s = x[0]
    for i in range(x.size):
        if x[i] > 0.6:
            s = s * x[i]
    return s


def branch_that_changes_its_test(x):
    s, t = x[0], x[1]
    for i in range(x.size):
        if t > 0.6:
            t = t * x[i]
            s = s * t
        else:
            t = t + x[2]
    return s


def branch_that_forgets(x):
    s = x[0]
    for i in range(x.size):
        if s > 0.8:
            s = 0.25
        else:
            s = s + x[i] * s
    return s


@pytest.mark.parametrize(
    "func",
    [
        branch_that_only_counts,
        branch_on_one_side,
        branch_that_changes_its_test,
        branch_that_forgets,
    ],
)
def test_branches(func):
    """Each branch in its branch, by the test as it was."""
    check(func, X)


def test_a_branch_without_adjoints_is_gone():
    """Where neither side has anything to reverse, the test is not asked again."""
    source, _ = reversed_source(branch_that_only_counts, X)
    back = source[source.index("s_bar = ") :]
    assert "x[i] > 0.6" not in back.replace("# if x[i] > 0.6", "")
    source, _ = reversed_source(branch_on_one_side, X)
    back = source[source.index("s_bar = ") :]
    assert "> 0.6:" in back
