"""Python's operators, casts and selection."""

from __future__ import annotations

from srcad.rules.rows import CHEAP, ROOT, Row, linear, rule, zero


def powers(signature: str, spellings: str) -> tuple[Row, ...]:
    """Return the rows of a power x**p, the last ones for literal arguments.

    At x = 0, the partial to x is 0 for p = 0 and 1 for p = 1, and that to p is 0 if p > 0.
    """
    return (
        rule(
            signature,
            spellings,
            dx="p * where(x == 0 and p == 0, 1.0, x)**(p - 1)",
            dp="y * log(where(x == 0 and p > 0, 1.0, x))",
            at=((0.5, 2), (-2, 3)),
            steep=True,
        ),
        rule(signature, when="p == 0.5", dx="0.5 / y", steep=True),
        rule(signature, when="p == -0.5", dx="-0.5 * (y / x)", singular=True),
        rule(signature, when="p == -1", dx="-(y * y)", singular=True),
        rule(signature, when="p == 0", dx="0"),
        rule(signature, when="p >= 1 and p == trunc(p)", dx="p * x**(p - 1)"),
        rule(signature, when="0 < p < 1", dx="p * x**(p - 1)", steep=True),
        rule(signature, when="p != 0", dx="p * x**(p - 1)", singular=True),
        rule(signature, when="x > 0", dp="y * log(x)", singular=True),
    )


OPERATORS = (
    linear("add(a, b)", "+ operator.add", da="1", db="1", at=(-2, 2)),
    linear("sub(a, b)", "- operator.sub", da="1", db="-1", at=(-2, 2)),
    rule("mul(a, b)", "* operator.mul", da="b", db="a", at=(-2, 2), cost=CHEAP),
    rule(
        "div(a, b)",
        "/ operator.truediv",
        da="1 / b",
        db="-(y * (1 / b))",
        at=((-2, 2), (0.5, 2)),
        singular=True,
        cost=ROOT,
    ),
    rule("div(a, b)", when="b != 0", da="1 / b"),
    linear("neg(x)", "- operator.neg", dx="-1", at=(-2, 2)),
    linear("pos(x)", "+ operator.pos", dx="1", at=(-2, 2)),
    rule(
        "mod(a, b)",
        "% operator.mod",
        da="1",
        db="-(a // b)",
        at=((2.1, 2.9), (0.6, 0.65)),
        singular=True,
        cost=ROOT,
    ),
    rule("mod(a, b)", when="b != 0", da="1"),
    zero("floordiv(a, b)", "// operator.floordiv", at=((2.1, 2.9), (0.6, 0.65)), cost=ROOT),
    *powers("pow(x, p)", "** pow operator.pow"),
    zero("lt(a, b)", "< operator.lt"),
    zero("le(a, b)", "<= operator.le"),
    zero("gt(a, b)", "> operator.gt"),
    zero("ge(a, b)", ">= operator.ge"),
    zero("eq(a, b)", "== operator.eq"),
    zero("ne(a, b)", "!= operator.ne"),
    zero("and(a, b)", "and"),
    zero("or(a, b)", "or"),
    zero("not(a)", "not operator.not_"),
    zero("bitand(a, b)", "& operator.and_ np.bitwise_and"),
    zero("bitor(a, b)", "| operator.or_ np.bitwise_or"),
    zero("bitxor(a, b)", "^ operator.xor np.bitwise_xor"),
    zero("lshift(a, b)", "<< operator.lshift"),
    zero("rshift(a, b)", ">> operator.rshift"),
    zero("invert(a)", "~ operator.invert np.bitwise_not"),
    linear("cast(x)", "cast", dx="1"),
    rule(
        "select(c, a, b)",
        "select",
        da="where(c, 1.0, 0.0)",
        db="where(c, 0.0, 1.0)",
        cost=CHEAP,
    ),
)
