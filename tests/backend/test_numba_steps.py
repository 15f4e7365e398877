"""Steps that take the place of Numba's: what is compiled by them computes the same."""

from __future__ import annotations

import numpy as np
import pytest
from numba.core.registry import CPUDispatcher

from srcad.backend.compiler import GeneratedCodeCompiler

FLAGS = {"error_model": "numpy", "fastmath": False, "boundscheck": False}


def on_top(x, y):
    total = x[0] * 2.0
    if total > 3.0:
        total += x[1]
    x = x.copy()
    y = y * 0.5
    for i in range(x.size):
        x[i] += total * y
    x = x * y
    y += x[0]
    return x, y, total


def in_a_branch(x, y):
    if x[0] > 0.0:
        x = x + 1.0
        y = y + 2
    return x, y


def in_both_branches(x, y):
    if x[1] > 0.0:
        x = x + 1.0
    else:
        x = x - 1.0
    return x * y, y


def in_a_loop(x, y):
    total = 0.0
    for i in range(3):
        total += x[i] * y
        x = x * 0.5
        y = y + i
    return x, y, total


def after_an_exit(x, y):
    if y > 2:
        return x, y
    x = np.full(2, x[0])
    y = 7
    return x, y


def by_itself(x, y):
    x, y = x * y, x[0]
    x = x + y
    return x, y


def in_a_try(x, y):
    for _ in range(2):
        if y > 0:
            y -= 1
            continue
        x = x - 1.0
        break
    return x, y


def before_an_exit(x, y):
    if y > 2:
        x = x + 1.0
        return x * 2.0, y
    return x, y


def before_exits_with_other_types(x, y):
    if y > 2:
        x = x + 1.0
        return x[1] * 2.0, y
    if y > 0:
        x = x[0]
        return x * 3.0, y
    return x[2], y


def in_memory_of_its_own(x, y):
    kept = x * 2.0
    if y > 0:
        y = y + 1
    other = np.full(x.size, -1.0)
    if y > 2:
        other[0] = kept[1]
    return kept + other, y


PROGRAMS = (
    *(on_top, in_a_branch, in_both_branches, in_a_loop),
    *(after_an_exit, by_itself, in_a_try, in_memory_of_its_own),
    *(before_an_exit, before_exits_with_other_types),
)


@pytest.mark.compiled
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_names_of_arguments_that_are_bound_again(program):
    """The argument and what has its name later are told apart wherever that can be."""
    compiled = CPUDispatcher(
        program, targetoptions=dict(FLAGS), pipeline_class=GeneratedCodeCompiler
    )
    inputs = np.array([1.5, -0.5, 2.0, 0.25, 3.0, 1.0])
    for y in (0, 1, 3):
        for x in (inputs[:3], inputs[::-2]):
            for one, other in zip(program(x, y), compiled(x, y), strict=True):
                np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(inputs, [1.5, -0.5, 2.0, 0.25, 3.0, 1.0])
