"""The language of the rules: reading, folding, and expansion into flat operations."""

from __future__ import annotations

import math

import pytest

from srcad.ir import quote
from srcad.ir.nodes import Atom, Const, Op, Value, Var


def emitted(text: str, memo: dict[quote.Expr, Atom] | None = None, **values: float) -> list[str]:
    """Return the operations of an expression, one text each, and its result."""
    lines: list[str] = []

    def show(atom: Atom) -> str:
        return atom.name if isinstance(atom, Var) else repr(atom.value)

    def emit(value: Value) -> Var:
        assert isinstance(value, Op)
        target = Var(f"_t{len(lines)}")
        lines.append(f"{target.name} = {value.prim}({', '.join(map(show, value.args))})")
        return target

    expr = quote.parse(text)
    env: dict[str, Atom] = {name: Var(name) for name in quote.names(expr)}
    env.update({name: Const(value) for name, value in values.items()})
    result = quote.expand(expr, env, emit, memo)
    return [*lines, show(result)]


EXPANSIONS = (
    ("1 - y*y", {}, ["_t0 = mul(y, y)", "_t1 = sub(1, _t0)", "_t1"]),
    ("x", {}, ["x"]),
    ("pi", {}, ["3.141592653589793"]),
    ("-x / +b", {}, ["_t0 = neg(x)", "_t1 = pos(b)", "_t2 = div(_t0, _t1)", "_t2"]),
    ("x**p % 2 // 3", {}, [
        "_t0 = pow(x, p)", "_t1 = mod(_t0, 2)", "_t2 = floordiv(_t1, 3)", "_t2"]),
    ("sin(x) if not x < 0 else 1.5", {}, ["_t0 = lt(x, 0)", "_t1 = not(_t0)", "_t2 = sin(x)",
                                           "_t3 = select(_t1, _t2, 1.5)", "_t3"]),
    ("where(lo <= x <= hi, 1.0, 0.0)", {}, ["_t0 = le(lo, x)", "_t1 = le(x, hi)",
                                            "_t2 = and(_t0, _t1)",
                                            "_t3 = select(_t2, 1.0, 0.0)", "_t3"]),
    ("a == b or a != a and a > b or b >= a", {}, [
        "_t0 = eq(a, b)", "_t1 = ne(a, a)", "_t2 = gt(a, b)", "_t3 = and(_t1, _t2)",
        "_t4 = or(_t0, _t3)", "_t5 = ge(b, a)", "_t6 = or(_t4, _t5)", "_t6"]),
    # What is used twice is computed once.
    ("sin(x) * sin(x)", {}, ["_t0 = sin(x)", "_t1 = mul(_t0, _t0)", "_t1"]),
    # Literal arguments.
    ("p * x**(p - 1)", {"p": 2}, ["_t0 = mul(2, x)", "_t0"]),
    ("p * x**(p - 1)", {"p": 3}, ["_t0 = mul(x, x)", "_t1 = mul(3, _t0)", "_t1"]),
    ("p * x**(p - 1)", {"p": 5.0}, ["_t0 = pow(x, 4)", "_t1 = mul(5.0, _t0)", "_t1"]),
    ("p * x**(p - 1)", {"p": 1}, ["1.0"]),
    ("x**p", {"p": 0.5}, ["_t0 = sqrt(x)", "_t0"]),
    ("x**p", {"p": 1.5}, ["_t0 = sqrt(x)", "_t1 = mul(x, _t0)", "_t1"]),
    ("x**p", {"p": -0.5}, ["_t0 = sqrt(x)", "_t1 = div(1.0, _t0)", "_t1"]),
    ("x**p", {"p": -1}, ["_t0 = div(1.0, x)", "_t0"]),
    ("x**p", {"p": 0.7}, ["_t0 = pow(x, 0.7)", "_t0"]),
    ("1 * x", {}, ["x"]),
    ("x / 1.0", {}, ["x"]),
    ("-1 * x", {}, ["_t0 = neg(x)", "_t0"]),
    ("-(-x)", {}, ["x"]),
    ("x - 0", {}, ["x"]),
    ("where(p > 0, a, b)", {"p": 1}, ["a"]),
    ("where(p > 0, a, b)", {"p": -1}, ["b"]),
    ("x == 0 and p == 0", {"p": 1}, ["False"]),
    ("x == 0 and p == 0", {"p": 0}, ["_t0 = eq(x, 0)", "_t0"]),
    ("p == 0 or x == 0", {"p": 0}, ["True"]),
    ("x == 0 or p == 0", {"p": 1}, ["_t0 = eq(x, 0)", "_t0"]),
    # Not the same for -0.0, inf or nan, hence not folded.
    ("0 + x", {}, ["_t0 = add(0, x)", "_t0"]),
    ("0 * x", {}, ["_t0 = mul(0, x)", "_t0"]),
    ("x - p", {"p": -0.0}, ["_t0 = sub(x, -0.0)", "_t0"]),
    ("x**p", {"p": 1e300}, ["_t0 = pow(x, 1e+300)", "_t0"]),
    ("x / x", {}, ["_t0 = div(x, x)", "_t0"]),
    ("1 / p", {"p": 0}, ["_t0 = div(1, 0)", "_t0"]),
    ("p * p", {"p": 1e200}, ["_t0 = mul(1e+200, 1e+200)", "_t0"]),
    ("p * p", {"p": 2**40}, ["_t0 = mul(1099511627776, 1099511627776)", "_t0"]),
)  # fmt: skip


@pytest.mark.parametrize(("text", "literals", "expected"), EXPANSIONS)
def test_expand(text: str, literals: dict[str, float], expected: list[str]) -> None:
    """An expression becomes flat operations, after its literals are folded."""
    assert emitted(text, **literals) == expected


def test_memo_shares_between_expressions() -> None:
    """What an earlier expression computed is not emitted again."""
    memo: dict[quote.Expr, Atom] = {}
    assert emitted("a / (a*a + b*b)", memo)[-1] == "_t3"
    assert emitted("b / (a*a + b*b)", memo)[0] == "_t0 = div(b, _t2)"


REJECTED = (
    ("1 +", "'1 +' is not an expression: invalid syntax"),
    ("x; y", "'x; y' is not an expression: invalid syntax"),
    ("x.real", "'x.real' is not allowed in the expression 'x.real'"),
    ("f(x, n=2)", "'f(x, n=2)' is not allowed in the expression 'f(x, n=2)'"),
    ("np.sin(x)", "'np.sin(x)' is not allowed in the expression 'np.sin(x)'"),
    ("1 + x[0]", "'x[0]' is not allowed in the expression '1 + x[0]'"),
    ("x is y", "only < <= > >= == != compare in the expression 'x is y'"),
    ("x @ y", "'x @ y' is not allowed in the expression 'x @ y'"),
    ("'a'", "\"'a'\" is not allowed in the expression \"'a'\""),
)


@pytest.mark.parametrize(("text", "message"), REJECTED)
def test_rejected(text: str, message: str) -> None:
    """Anything outside the language is an error that quotes it."""
    with pytest.raises(ValueError) as caught:
        quote.parse(text)
    assert str(caught.value) == message


def test_names_and_applied() -> None:
    """The free names and the primitives of an expression."""
    expr = quote.parse("where(x > 0, sin(x) * y, pi)")
    assert quote.names(expr) == {"x", "y"}
    assert quote.applied(expr) == {("select", 3), ("gt", 2), ("sin", 1), ("mul", 2)}


def test_substitute() -> None:
    """Names are replaced everywhere, also inside what they stand for only once."""
    expr = quote.substitute(quote.parse("s * s + x"), {"s": quote.parse("x + s")})
    assert expr == quote.parse("(x + s) * (x + s) + x")


def test_literals_compare_as_they_print() -> None:
    """1, 1.0 and True are three literals; so are 0.0 and -0.0; nan equals itself."""
    assert quote.Lit(1) != quote.Lit(1.0) != quote.Lit(value=True)
    assert quote.Lit(0.0) != quote.Lit(-0.0)
    assert quote.Lit(math.nan) == quote.Lit(math.nan)


def test_known() -> None:
    """A condition on literals is decided, or not known."""
    condition = quote.parse("p >= 1")
    assert quote.known(condition, {"p": 2}) is True
    assert quote.known(condition, {"p": 0.5}) is False
    assert quote.known(condition, {}) is None
