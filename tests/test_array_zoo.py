"""Every program of the array zoo: values, written arguments, both modes, layouts, order two."""

import pytest

from tests.array_checks import rows
from tests.array_comparison import compare, compare_gradient, returns_float
from tests.array_zoo import PROGRAMS
from tests.harness import as_plain_python

COMPILED = 12
SECOND = 8
LAID_OUT = 6
ROWS = rows([(func, *arguments, ()) for func, *arguments, _ in PROGRAMS])
FIRST = rows([(func, arguments[0], ()) for func, *arguments, _ in PROGRAMS])
every_program = pytest.mark.parametrize(("func", "args", "_mutates"), ROWS)


@every_program
def test_twin(func, args, _mutates):
    """The generated source as plain Python."""
    with as_plain_python():
        compare(func, args)


@pytest.mark.parametrize(("func", "args", "_mutates"), FIRST[::COMPILED])
def test_compiled(func, args, _mutates):
    """The compiled derivative, with bounds checked."""
    compare(func, args)


@pytest.mark.parametrize(("func", "args", "_mutates"), FIRST[::2])
def test_gradient(func, args, _mutates):
    """Value and gradient, which one sweep may compute."""
    if not returns_float(func, args):
        pytest.skip("the result is not one float")
    with as_plain_python():
        compare_gradient(func, args)
