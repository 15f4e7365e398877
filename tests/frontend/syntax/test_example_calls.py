"""Example calls of a function, found in the docstrings of its module."""

import importlib.util

import pytest

from srcad.frontend.syntax.example_calls import example_call

MODULE = '''
"""A module.

>>> import numpy as np
>>> start = np.array([1.0, 2.0])
>>> other(start, scale=3.0)
9.0
>>> srcad_like.grad(loss)(start)
"""
import numpy as np


def other(x, scale=2.0):
    return scale * np.sum(x)


def own(x, n):
    """Return a power.

    >>> own(undefined, 2)
    >>> print("never shown")
    """
    return x ** n


def unsaid(x):
    """Return nothing of the sort."""
    return x


def loss(x):
    return np.sum(x)


def starred(x, n):
    """Return a power.

    >>> print("not shown"); given = (2.0, 3)
    >>> starred(*given)
    8.0
    """
    return x ** n
'''


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    """A module with examples, imported."""
    import sys  # noqa: PLC0415

    path = tmp_path_factory.mktemp("examples") / "module_with_examples.py"
    path.write_text(MODULE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    made = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = made
    spec.loader.exec_module(made)
    yield made
    del sys.modules[path.stem]


def test_calls_in_the_docstring_of_the_module(module):
    """What stands before a call has run; defaults are filled in."""
    found = example_call(module.other)
    assert found.text == "other(start, scale=3.0)"
    assert [str(arg) for arg in found.args] == ["[1. 2.]", "3.0"]
    assert example_call(module.loss).text == "srcad_like.grad(loss)(start)"


def test_calls_in_its_own_docstring(module, capsys):
    """Stars are taken apart, and nothing is printed."""
    assert example_call(module.starred).args == (2.0, 3)
    assert capsys.readouterr().out == ""


def test_no_call(module):
    """An example that fails is none; nor is one of another function."""
    assert example_call(module.own) is None
    assert example_call(module.unsaid) is None
