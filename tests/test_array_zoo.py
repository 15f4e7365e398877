"""Every program of the array zoo: value, written arguments, both modes, as users write them."""

import inspect

import pytest

from tests.array_comparison import compare, compare_gradient, compare_second, returns_float
from tests.array_zoo import PROGRAMS
from tests.harness import as_plain_python

COMPILED = 7
SECOND = 70


def parameters(table):
    """Return the mark that runs a test for each program and each of its arguments."""
    found = [
        pytest.param(func, args, id=f"{func.__name__}-{k}")
        for func, *arguments, _ in table
        for k, args in enumerate(arguments)
    ]
    return pytest.mark.parametrize(("func", "args"), found)


FIRST = [(func, arguments[0], ()) for func, *arguments, _ in PROGRAMS]
OF_ONE_FLOAT = [row for row in FIRST if returns_float(*row[:2])]
BY_LENGTH = sorted(OF_ONE_FLOAT, key=lambda row: len(inspect.getsource(row[0])))


@parameters(PROGRAMS)
def test_twin(func, args):
    """The generated source as plain Python."""
    with as_plain_python():
        compare(func, args)


@pytest.mark.slow
@parameters(OF_ONE_FLOAT)
def test_gradient(func, args):
    """Value and gradient, which one sweep may compute."""
    with as_plain_python():
        compare_gradient(func, args)


@pytest.mark.slow
@parameters(BY_LENGTH[:SECOND])
def test_second_order(func, args):
    """Forward over reverse and reverse over reverse, as plain Python."""
    compare_second(func, args)


@pytest.mark.compiled
@parameters(FIRST[::COMPILED])
def test_compiled(func, args):
    """The compiled derivative, with bounds checked."""
    if returns_float(func, args):
        compare_gradient(func, args)
    else:
        compare(func, args)
