"""Counters are computed from the indices of their loops; what only looks like one is kept."""

import numpy as np
import pytest

from tests.gradient_checks import check
from tests.planned_programs import KERNELS, TRAPS
from tests.treatments import check_pullback, treatments

X = np.random.default_rng(3).random(44) + 0.3
KEPT = {"slab", "stack", "scalar"}


def triangle(x, n):
    s = 1.0
    for _ in range(2):
        k = 0
        for i in range(n):
            for _ in range(i + 1, n):
                s += x[k] * s * 0.1
                k += 1
    return s


def rectangle(x, n):
    s = 1.0
    for _ in range(2):
        k = 3
        for _ in range(n):
            for _ in range(2):
                s += x[k] * s * 0.1
                k += 2
            k -= 1
    return s


def backwards(x, n):
    s = 1.0
    for _ in range(2):
        k = 40
        for i in range(n - 1, 0, -1):
            for _ in range(i, 0, -1):
                k -= 1
                s += x[k] * s * 0.1
    return s


def after_the_loop(x, n):
    s = 1.0
    for _ in range(2):
        k = 0
        for i in range(n):
            for _ in range(i):
                k += 1
            s += x[k] * s * 0.1
    return s


def perhaps_no_rounds(x, n, m):
    s = 1.0
    for _ in range(2):
        k = 0
        for _ in range(n):
            for _ in range(m):
                k += 1
            s += x[k] * s * 0.1
    return s


def perhaps_the_wrong_way_round(x, n):
    s = 1.0
    for _ in range(2):
        k = 0
        for i in range(n):
            for _ in range(i + 2, n):
                k += 1
            s += x[k] * s * 0.1
    return s


def under_a_condition(x, n):
    s = 1.0
    for _ in range(2):
        k = 0
        for i in range(n):
            s += x[k] * s * 0.1
            if x[i] > 0.8:
                k += 1
    return s


def until_something(x, n):
    s = 1.0
    for _ in range(2):
        k = 0
        for i in range(n):
            for j in range(n):
                k += 1
                if x[i + j] > 0.9:
                    break
            s += x[k] * s * 0.1
    return s


def by_what_changes(x, n):
    s = 1.0
    for _ in range(2):
        k = 0
        for i in range(n):
            s += x[k] * s * 0.1
            k += i
    return s


def by_a_length_that_changes(x, n):
    s = 1.0
    for _ in range(2):
        k = 0
        m = 1
        for _ in range(n):
            for _ in range(m):
                k += 1
            s += x[k] * s * 0.1
            m = (m * 2) % 3
    return s


def set_again(x, n):
    s = 1.0
    for _ in range(2):
        k = 0
        for i in range(n):
            s += x[k] * s * 0.1
            k += 1
            if i == 2:
                k = 0
    return s


def of_an_array_of_lengths(x, n):
    s = 1.0
    lengths = np.array([2, 0, 3, 1])
    for _ in range(2):
        k = 0
        for i in range(n):
            for _ in range(lengths[i]):
                k += 1
            s += x[k] * s * 0.1
    return s


COUNTED = (
    (triangle, (X, 4)),
    (triangle, (X, 0)),
    (rectangle, (X, 3)),
    (backwards, (X, 4)),
    (backwards, (X, 1)),
    (after_the_loop, (X, 4)),
    (perhaps_no_rounds, (X, 3, 2)),
    (perhaps_no_rounds, (X, 3, -2)),
)
NOT_COUNTED = (
    (perhaps_the_wrong_way_round, (X, 4)),
    (under_a_condition, (X, 5)),
    (until_something, (X, 4)),
    (by_what_changes, (X, 4)),
    (by_a_length_that_changes, (X, 4)),
    (set_again, (X, 5)),
    (of_an_array_of_lengths, (X, 4)),
)


def of_counter(func, *args):
    """Return what is done with the values of `k`."""
    return {how for name, how in treatments(func, *args).items() if name.split("_")[0] == "k"}


@pytest.mark.parametrize(("func", "args"), COUNTED)
def test_a_counter_is_computed_again(func, args):
    assert of_counter(func, *args) == {"recomputed"}
    check(func, *args)


@pytest.mark.parametrize(("func", "args"), NOT_COUNTED)
def test_what_is_no_polynomial_of_indices_is_kept(func, args):
    assert of_counter(func, *args) & KEPT
    check(func, *args)


OTHERS = {"densities", "in_place_and_read_after", "rows_of_views"}
"""Programs that write arguments, or ask NumPy for what dual numbers do not have."""


@pytest.mark.parametrize(("func", "args"), [*KERNELS, *TRAPS])
def test_programs_to_plan_for_have_the_right_gradient(func, args):
    if func.__name__ not in OTHERS:
        check_pullback(func, *args)
