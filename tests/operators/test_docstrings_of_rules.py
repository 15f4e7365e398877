"""The examples in the docstrings of rules, hooks and implicit functions."""

import doctest

import pytest

from srcad import checked_rules, custom, implicit
from srcad.backend import cotangents
from srcad.operators import rules
from srcad.rules.known import GIVEN
from srcad.rules.table import PRIMS, RULES

MODULES = (checked_rules, cotangents, custom, implicit, rules)


@pytest.mark.compiled
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples(module):
    """They print what they say; the rules that they give are taken back."""
    before = dict(PRIMS), dict(RULES), dict(GIVEN)
    try:
        failed, attempted = doctest.testmod(module, globs={"__name__": "examples"})
    finally:
        for table, old in zip((PRIMS, RULES, GIVEN), before, strict=True):
            table.clear()
            table.update(old)
    assert failed == 0
    assert attempted > 0
