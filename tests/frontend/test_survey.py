"""What the names and statements of a function say before it is lowered: excluded code."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import srcad
from srcad.frontend.survey import reached, truth_of
from tests.harness import as_plain_python

scale = 5.0


def text_of_none(x):
    if 0:
        return "no"
    x[0] = 2.0


def loop_that_never_runs(x):
    while 0:
        return "no"
    return x * x


def else_of_a_loop_that_never_runs(x):
    while not 1:
        x = {}
    else:
        x = x * x
    return x


def both_ways(x):
    if not True:
        return x, {1: 2}
    elif None:
        raise KeyError
    else:
        for _ in range(2):
            if "":
                break
            x = x * 2.0
        else:
            if 1:
                return x * x
    with scale:
        pass


def nothing_left(x):
    for _ in range(2):
        if 0.0:
            x = {}
    return x * x


def still_local(x):
    if 0:
        scale = 3.0
    return x * scale


def still_global(x):
    if 0:
        global scale  # noqa: PLW0602
    return x * scale


def still_a_generator(x):
    if 0:
        yield x
    return x * x


TRUTHS = (
    ("0", False),
    ("1", True),
    ("not 0", True),
    ("not not 0.0", False),
    ("None", False),
    ("''", False),
    ("...", True),
    ("x", None),
    ("not x", None),
    ("1 + 1", None),
    ("()", None),
)


@pytest.mark.parametrize(("test", "truth"), TRUTHS)
def test_only_literals_have_a_truth(test: str, truth: bool | None) -> None:
    """What is computed is left to the lowering, which knows more."""
    assert truth_of(ast.parse(test, mode="eval").body) is truth


def test_bodies_without_literal_tests_stay_themselves() -> None:
    """Nothing is copied where nothing is excluded."""
    body = ast.parse("for i in x:\n    if i: break\n    while 1: pass\ny = 1").body
    assert reached(body) == body


EXCLUDED = (
    (loop_that_never_runs, 3.0),
    (else_of_a_loop_that_never_runs, 3.0),
    (both_ways, 3.0),
    (nothing_left, 3.0),
    (still_global, 3.0),
)


@pytest.mark.parametrize(("func", "x"), EXCLUDED)
def test_excluded_code_is_not_looked_at(func: Callable[..., Any], x: float) -> None:
    """A literal test excludes a branch, whatever that holds."""
    with as_plain_python():
        value, gradient = srcad.value_and_grad(func)(x)
    assert value == func(x)
    assert gradient == (func(x + 1.0) - func(x - 1.0)) / 2.0


def test_a_result_that_is_excluded_is_none() -> None:
    """`if 0: return "no"` is no path with a result."""
    x = np.array([1.0, 2.0])
    with as_plain_python():
        value, tangent = srcad.jvp(text_of_none, (x,), (np.ones(2),))
    assert value.tolist() == [2.0, 2.0]
    assert tangent.tolist() == [0.0, 1.0]


@pytest.mark.parametrize(("func", "code"), [(still_local, "E401"), (still_a_generator, "E202")])
def test_excluded_code_still_says_what_the_function_is(func: Callable[..., Any], code: str) -> None:
    """A name that is assigned anywhere is local; a function that yields anywhere, a generator."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match=code):
        srcad.grad(func)(3.0)
