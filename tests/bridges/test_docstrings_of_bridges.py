"""The examples in the docstrings of bridges, optimisers and studies."""

import doctest

import numpy as np
import pytest
from numba.core import config

from srcad import explanations
from srcad.bridges import callbacks, exports, for_scipy, statistics
from srcad.optimize import solvers
from srcad.studies import costs, nan, roundings, verification

MODULES = (
    callbacks,
    explanations,
    exports,
    for_scipy,
    statistics,
    solvers,
    costs,
    nan,
    roundings,
    verification,
)


@pytest.mark.compiled
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples(module, monkeypatch):
    """They print what they say; optimisers as plain Python, as they take long to compile."""
    monkeypatch.setattr(config, "DISABLE_JIT", module is solvers)
    with np.printoptions(legacy=False):
        failed, attempted = doctest.testmod(module, globs={"__name__": "examples"})
    assert failed == 0
    assert attempted > 0
