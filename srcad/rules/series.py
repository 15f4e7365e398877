"""Recurrences of power series, made of the partial derivatives in the table.

A row `rule("tan(x)", dx="1 + y * y")` says that y' = w x' where w = 1 + y y. Of the
coefficients of power series, that is k y[k] = sum of j x[j] w[k - j] for j = 1, ..., k: the
next coefficient of y from those of w before it, which come from those of y. So every row
gives a system of series, each of which is

    a sum, a product or a quotient of others, or
    a function of another one, with a partial that is in the system as well

(sin(x) needs cos(x), and cos(x) needs sin(x), which is there already). It is solved order by
order, with work that is quadratic in the order. Conditions are those of the values, as in the
derivatives of the rows: conventions at kinks are the same. (Griewank & Walther 2008, sec. 13.)

Some rows lead to ever new functions (`digamma`), or hold where the order is low (`sinc`): these
are composed of the coefficients of the function at one point, found otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from srcad.ir import quote
from srcad.ir.names import NameSupply
from srcad.ir.nodes import Atom, Const, Load, Op, Value, Var
from srcad.ir.quote import Apply, Expr, Lit, Name
from srcad.rules.partials import IDENTITY, operation_rule
from srcad.rules.rows import Rule
from srcad.rules.table import rule_for

MOST_NODES = 40
"""Systems with more series than this do not come to an end."""

ALIKE = {
    "np_add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "negative": "neg",
}
SAME = {"pos", "positive", "real", "conjugate", "cast"}
ARITHMETIC = {"add", "sub", "mul", "div", "neg"}
POWERS = {"pow", "power", "float_power", "math_pow"}
LARGEST_PRODUCT = 8
"""Up to here, a literal power is a product."""

COMPOSED: dict[str, tuple[str, tuple[float, ...]]] = {
    "digamma": ("polygamma", (0,)),
    "special_psi": ("polygamma", (0,)),
    "trigamma": ("polygamma", (1,)),
    "polygamma": ("polygamma", ()),
    "special_j0": ("jv", (0.0,)),
    "special_j1": ("jv", (1.0,)),
    "special_jv": ("jv", ()),
    "special_i0": ("iv", (0.0,)),
    "special_i1": ("iv", (1.0,)),
    "special_iv": ("iv", ()),
    "sinc": ("sinc", ()),
}
"""Functions whose coefficients at a point are found without their row: what finds them, and
the arguments that it takes before that of the function."""

INEXACT = {"special_erfcx", "special_log_ndtr"}
"""Functions whose derivatives of higher order lose all digits in differences."""

VALUES_AT = (Const(0),)


class NoRecurrenceError(Exception):
    """Series of a function are not known; says why."""


@dataclass(eq=False, slots=True)
class Series:
    """One series of the system: an input, or `prim` of operands.

    terms: of a function with partials: pairs of an operand, and the partial by it.
    """

    name: str
    prim: str = ""
    args: tuple[Operand, ...] = ()
    terms: list[tuple[Series, Operand]] = field(default_factory=list)
    singular: bool = False

    @property
    def value(self) -> Value:
        """Return the coefficient of order zero."""
        return Load(Var(self.name), VALUES_AT)


@dataclass(frozen=True, eq=False, slots=True)
class Number:
    """What has no derivative here: an expression of the values of inputs and series."""

    value: Value
    reads: frozenset[Series] = frozenset()


Operand = Series | Number


@dataclass(frozen=True, slots=True)
class System:
    """The series that one operation needs, operands first, and the names of the parameters."""

    nodes: tuple[Series, ...]
    root: Series
    params: tuple[str, ...]


def system(op: Op, active: Sequence[bool]) -> System:
    """Return the system of series that `op` is part of.

    active: which arguments are series; others are numbers, and literals are left out.
    Raises NoRecurrenceError.
    """
    return _System().of(op, active)


class _System:
    """The series that are needed so far, by what they are made of."""

    def __init__(self) -> None:
        self.supply = NameSupply(("value", "scratch", "k", "j"))
        self.out = self.supply.fresh("y")
        self.known: dict[object, Series] = {}
        self.all: list[Series] = []

    # What is needed ---------------------------------------------------------------------

    def of(self, op: Op, active: Sequence[bool]) -> System:
        """Return what one operation needs."""
        rule = operation_rule(op)
        if rule is None:
            raise NoRecurrenceError(f"there is no rule for {op.prim}")
        names = rule.params if len(rule.params) == len(op.args) else ()
        params: list[str] = []
        operands: list[Operand] = []
        for k, (arg, is_active) in enumerate(zip(op.args, active, strict=True)):
            param = self.supply.fresh(names[k] if names else f"x{k}")
            if is_active:
                params.append(param)
                operands.append(Series(param))
            elif isinstance(arg, Const):
                operands.append(Number(arg))
            else:
                params.append(param)
                operands.append(Number(Var(param)))
        if op.prim in POWERS and all(isinstance(operand, Series) for operand in operands):
            root: Operand = self.made("powers", tuple(operands))
        else:
            root = self.apply("pos" if rule is IDENTITY else op.prim, operands)
        if isinstance(root, Number) or not root.prim:
            root = self.made("copy", (root,))
        return System(tuple(_needed(root)), root, (self.out, *params))

    def apply(self, prim: str, operands: Sequence[Operand]) -> Operand:
        """Return the series, or the number, that a primitive of operands is."""
        prim = ALIKE.get(prim, prim)
        if prim in SAME:
            return operands[0]
        if prim == "select":
            return self.select(operands)
        if all(isinstance(operand, Number) for operand in operands) or _is_step(prim):
            return _number(prim, operands)
        if prim in ARITHMETIC:
            return self.arithmetic(prim, operands)
        if prim == "square":
            return self.apply("mul", (operands[0], operands[0]))
        if prim == "reciprocal":
            return self.apply("div", (Number(Const(1.0)), operands[0]))
        if prim in POWERS:
            return self.power(operands[0], operands[1])
        if prim in INEXACT:
            raise NoRecurrenceError("its derivatives of higher order lose all digits")
        if prim in COMPOSED:
            return self.composed(prim, operands)
        return self.integral(prim, operands)

    def select(self, operands: Sequence[Operand]) -> Operand:
        """Return one of two operands, by the values of the test."""
        test, a, b = operands
        if isinstance(a, Number) and isinstance(b, Number):
            return _number("select", operands)
        return self.made("select", (_number("pos_", (test,)), a, b))

    def arithmetic(self, prim: str, operands: Sequence[Operand]) -> Operand:
        """Return a sum, a product or a quotient; numbers that change nothing are left out."""
        match prim, [_literal(operand) for operand in operands]:
            case ("mul", [1, _]):
                return operands[1]
            case ("mul" | "div", [_, 1]):
                return operands[0]
        if prim == "neg" and isinstance(operands[0], Series) and operands[0].prim == "neg":
            return operands[0].args[0]
        return self.made(prim, tuple(operands))

    def power(self, base: Operand, exponent: Operand) -> Operand:
        """Return a power: a product, if the exponent is a small literal."""
        if isinstance(base, Number):
            return self.integral("pow", (base, exponent))
        if isinstance(exponent, Series):
            log = self.apply("log", (base,))
            return self.apply("exp", (self.apply("mul", (exponent, log)),))
        match _literal(exponent):
            case 0:
                return Number(Const(1.0))
            case 0.5:
                return self.apply("sqrt", (base,))
            case -1:
                return self.apply("div", (Number(Const(1.0)), base))
            case float() | int() as p if p == int(p) and 0 < p <= LARGEST_PRODUCT:
                return self.product(base, int(p))
        return self.made("power", (base, exponent))

    def product(self, base: Operand, count: int) -> Operand:
        """Return a power with a whole exponent."""
        if count == 1:
            return base
        half = self.product(base, count // 2)
        twice = self.apply("mul", (half, half))
        return self.apply("mul", (twice, base)) if count % 2 else twice

    def composed(self, prim: str, operands: Sequence[Operand]) -> Operand:
        """Return a function whose coefficients at a point are known, of an input."""
        inner = operands[-1]
        is_known = isinstance(inner, Series) and not inner.prim
        if not is_known or any(isinstance(operand, Series) for operand in operands[:-1]):
            raise NoRecurrenceError(f"it needs the series of {prim} of an expression")
        name, given = COMPOSED[prim]
        numbers: tuple[Operand, ...] = tuple(Number(Const(number)) for number in given)
        return self.made(name, (*numbers, *operands))

    def integral(self, prim: str, operands: Sequence[Operand]) -> Operand:
        """Return the function that is known by its partials."""
        key = self.key(prim, operands)
        if key in self.known:
            return self.known[key]
        rule = rule_for(prim, [_atom(operand) for operand in operands])
        if rule is None:
            raise NoRecurrenceError(f"there is no rule for {prim}")
        made = self.made(prim, tuple(operands))
        made.singular = rule.singular
        for k, operand in enumerate(operands):
            if isinstance(operand, Series) and rule.partials[k] is not None:
                if k in rule.refused:
                    raise NoRecurrenceError(f"its derivative by {rule.params[k]} is not known")
                made.terms.append((operand, self.partial(rule, k, operands, made)))
        return made

    def partial(self, rule: Rule, k: int, operands: Sequence[Operand], made: Series) -> Operand:
        """Return the partial of a function by one of its operands."""
        env: dict[str, Operand] = dict(zip(rule.params, operands, strict=True))
        env["y"] = made
        literals = {n: value for n, o in env.items() if (value := _literal(o)) is not None}
        partial = rule.partials[k]
        assert partial is not None
        return self.built(quote.fold(partial, literals), env)

    def built(self, expr: Expr, env: dict[str, Operand]) -> Operand:
        """Return what an expression stands for."""
        match expr:
            case Name(id=name):
                return env[name]
            case Lit(value=value):
                return Number(Const(value))
            case Apply(prim=prim, args=args):
                return self.apply(prim, [self.built(arg, env) for arg in args])

    def made(self, prim: str, args: tuple[Operand, ...]) -> Series:
        """Return the series of these operands, the same one each time."""
        key = self.key(prim, args)
        if key not in self.known:
            if len(self.all) >= MOST_NODES:
                raise NoRecurrenceError("its derivatives lead to ever new functions")
            self.known[key] = Series(self.supply.fresh("w"), prim, args)
            self.all.append(self.known[key])
        return self.known[key]

    def key(self, prim: str, args: Sequence[Operand]) -> object:
        """Return what equal series have in common."""
        return prim, tuple(a if isinstance(a, Series) else ("number", a.value) for a in args)


def _needed(root: Series) -> list[Series]:
    """Return the series that a result is made of, operands first."""
    found: dict[Series, None] = {}
    todo = [root]

    def visit(node: Series) -> None:
        if node in found or not node.prim:
            return
        for arg in node.args:
            for inner in dependencies(arg):
                visit(inner)
        found[node] = None
        todo.extend(one for _, partial in node.terms for one in dependencies(partial))

    while todo:
        visit(todo.pop())
    return list(found)


def dependencies(operand: Operand) -> Iterator[Series]:
    """Yield the series that an operand is, or whose values it reads."""
    if isinstance(operand, Series):
        yield operand
    else:
        yield from operand.reads


def _is_step(prim: str) -> bool:
    """Return whether a primitive has no derivative."""
    if prim in {"and", "or"}:
        return True
    rule = rule_for(prim)
    return rule is not None and not rule.active and not rule.variants


def _number(prim: str, operands: Sequence[Operand]) -> Number:
    """Return a primitive of the values of operands."""
    reads = frozenset(one for operand in operands for one in dependencies(operand) if one.prim)
    values = tuple(operand.value for operand in operands)
    if prim == "pos_":
        return Number(values[0], reads)
    literals = [_literal(operand) for operand in operands]
    if all(literal is not None for literal in literals):
        folded = quote.fold(Apply(prim, tuple(Lit(v) for v in literals if v is not None)), {})
        if isinstance(folded, Lit):
            return Number(Const(folded.value))
    return Number(Op(prim, values), reads)  # type: ignore[arg-type]


def _literal(operand: Operand) -> bool | int | float | None:
    """Return the number that an operand is, if it is a literal."""
    if isinstance(operand, Number) and isinstance(operand.value, Const):
        return operand.value.value
    return None


def _atom(operand: Operand) -> Atom:
    """Return what `rule_for` looks at: literals."""
    if isinstance(operand, Number) and isinstance(operand.value, Const):
        return operand.value
    return Var("x")
