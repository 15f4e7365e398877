"""How rules are written: a user's row, and what is said about a wrong one."""

from __future__ import annotations

import math

import pytest

from srcad.ir import quote
from srcad.ir.nodes import Const, Op, Var
from srcad.rules import table
from srcad.rules.rows import CHEAP, DEAR, ROOT, linear, prim, rule, zero
from srcad.rules.table import PRIMS, RULES, cost_of, register, rule_for


def softplus(x: float) -> float:
    """Return log(1 + exp(x))."""
    return math.log1p(math.exp(x))


@pytest.fixture
def fresh_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what a test registers."""
    monkeypatch.setattr(table, "PRIMS", dict(PRIMS))
    monkeypatch.setattr(table, "RULES", dict(RULES))


@pytest.mark.usefixtures("fresh_table")
def test_register() -> None:
    """A user's function becomes a primitive, at once; rules may name it and each other."""
    register(
        rule("softplus(x)", softplus, dx="sigmoid(x)"),
        rule("sigmoid(x)", softplus, let="e = exp(-x); d = 1 + e", dx="e / (d * d)"),
    )
    assert table.PRIMS["softplus"].function is softplus
    assert table.PRIMS["softplus"].spelling == "softplus"
    found = rule_for("softplus")
    assert found is not None
    assert found.partials == (quote.parse("sigmoid(x)"),)
    assert found.uses(0) == {"x"}
    lettered = rule_for("sigmoid")
    assert lettered is not None
    assert lettered.partials == (quote.parse("exp(-x) / ((1 + exp(-x)) * (1 + exp(-x)))"),)


def test_cost_of_powers() -> None:
    """A literal exponent tells what a power costs; every other cost stands in the table."""
    x = Var("x")
    assert cost_of(Op("pow", (x, Const(2)))) == CHEAP
    assert cost_of(Op("pow", (x, Const(1.5)))) == ROOT
    assert cost_of(Op("pow", (x, Const(0.3)))) == DEAR
    assert cost_of(Op("pow", (x, Var("p")))) == DEAR
    assert cost_of(Op("sqrt", (x,))) == ROOT


MISTAKES = (
    (lambda: rule("f(x", softplus), "'f(x' is not of the form 'name(a, b)' (y is the result)"),
    (lambda: rule("f(y)", softplus), "'f(y)' is not of the form 'name(a, b)' (y is the result)"),
    (lambda: rule("f(x)", softplus, dz="1"), "f(x) has no argument for dz"),
    (lambda: rule("f(pi)", softplus), "'f(pi)' is not of the form 'name(a, b)' (y is the result)"),
    (
        lambda: rule("f(x)", softplus, let="x = 2", dx="x"),
        "f(x): `let` needs new names, as in 's = a*a; t = s + 1'",
    ),
    (
        lambda: rule("f(x)", softplus, dx="x + z"),
        "f(x): z is not an argument, y, or in `let`",
    ),
    (
        lambda: rule("f(a, b)", softplus, da="1", at=((0, 1), (0, 1), (0, 1))),
        "f(a, b): `at` must have one range per argument",
    ),
    (
        lambda: rule("abs(x)", softplus, dx="1"),
        "abs has a meaning in Python; choose another name for the primitive",
    ),
    (lambda: linear("f(x)", dx="2*x"), "f(x) is not linear: a partial reads x"),
    (
        lambda: register(rule("f(x)", softplus, dx="nosuch(x)")),
        "f(x): there is no primitive nosuch of 1 arguments",
    ),
    (
        lambda: register(rule("f(x)", softplus, dx="sin(x, x)")),
        "f(x): there is no primitive sin of 2 arguments",
    ),
    (lambda: register(rule("sin(x)", softplus, dx="1")), "sin(x): sin is already defined"),
    (lambda: register(zero("sin(x)")), "sin(x): sin is already defined"),
    (lambda: register(prim("len", "len")), "len: len is already defined"),
    (
        lambda: register(rule("f(x)", when="x > 0", dx="1")),
        "f(x): a row with `when` follows a general row of this signature",
    ),
)


@pytest.mark.parametrize("case", range(len(MISTAKES)))
def test_mistakes(case: int) -> None:
    """A wrong row says what is wrong, and leaves the table as it was."""
    act, message = MISTAKES[case]
    before = dict(PRIMS), dict(RULES)
    with pytest.raises(ValueError) as caught:
        act()
    assert str(caught.value) == message
    assert (PRIMS, RULES) == before


@pytest.mark.parametrize(
    ("flags", "singular"),
    [({}, False), ({"steep": True}, True), ({"overflows": True}, True), ({"singular": True}, True)],
)
def test_steep_and_overflowing_rules_are_singular(flags: dict[str, bool], singular: bool) -> None:
    """Products with their partials need a strong zero."""
    row = rule("f(x)", "np.f", dx="1 / x", **flags)
    assert row.rule is not None
    assert row.rule.singular is singular
