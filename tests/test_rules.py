"""Every rule against mpmath, to second order; conventions at kinks; spellings in Numba."""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from numba.core import types
from numba.core.registry import cpu_target
from rule_reference import REFERENCE, calculate, dual, function_of, reference, same

from srcad.backend import runtime
from srcad.ir.nodes import Atom, Const, Var
from srcad.rules.arrays import ARRAYS
from srcad.rules.complex_parts import PRIMS as GONE
from srcad.rules.cotangents import COTANGENTS
from srcad.rules.rows import Rule
from srcad.rules.scipy import SCIPY
from srcad.rules.table import PRIMS, RULES, object_of, rule_for
from srcad.rules.wholes import WHOLES

NAN, INF = math.nan, math.inf
FIRST = 2e-13
SECOND = 2e-11
SINGLE = 2e-5
POINTS = 5

UNTESTED = ("select", "tied", *(row.rule.prim for row in (*COTANGENTS, *SCIPY)))
SMOOTH = sorted(name for name, entry in RULES.items() if entry.active and name not in UNTESTED)


def points(entry: Rule) -> Iterator[tuple[float, ...]]:
    """Draw arguments from the ranges of a rule; a range of whole numbers gives an int."""
    rng = np.random.default_rng(zlib.crc32(entry.prim.encode()))
    for _ in range(POINTS):
        yield tuple(
            int(low) if low == high else np.float64(rng.uniform(low, high))
            for low, high in entry.at
        )


def named(entry: Rule, args: tuple[float, ...]) -> dict[str, float]:
    """Return what the partials of a rule may read, the result included."""
    with np.errstate(all="ignore"):
        return {**dict(zip(entry.params, args, strict=True)), "y": function_of(entry.prim)(*args)}


def gradient(name: str, args: tuple[float, ...]) -> tuple[float, ...]:
    """Return the partials at `args`; 0 for an argument that has none."""
    entry = RULES[name]
    with np.errstate(all="ignore"):
        values = named(entry, tuple(map(np.float64, args)))
        return tuple(0.0 if p is None else float(calculate(p, values)) for p in entry.partials)


def test_every_rule_has_a_reference() -> None:
    """No rule escapes: ranges to test in, and a function to compare with."""
    assert set(SMOOTH) - {"cast"} <= set(REFERENCE)
    assert [name for name in SMOOTH if not RULES[name].at] == ["cast"]


@pytest.mark.parametrize("name", [name for name in SMOOTH if name != "cast"])
def test_partials(name: str) -> None:
    """Each partial is the derivative, in double and in single precision."""
    entry = RULES[name]
    for args, k in itertools.product(points(entry), entry.active):
        orders = tuple(int(j == k) for j in range(len(args)))
        expected = reference(name, args, orders)
        assert calculate(entry.partials[k], named(entry, args)) == pytest.approx(
            expected, rel=FIRST, abs=FIRST
        )
        narrow = tuple(arg if type(arg) is int else np.float32(arg) for arg in args)
        assert calculate(entry.partials[k], named(entry, narrow)) == pytest.approx(
            expected, rel=SINGLE, abs=SINGLE
        )


@pytest.mark.parametrize("name", [name for name in SMOOTH if name != "cast"])
def test_second_partials(name: str) -> None:
    """The rules differentiate their own partials: every mixed second derivative."""
    entry = RULES[name]
    for args in itertools.islice(points(entry), 2):
        values = named(entry, args)
        for k, j in itertools.product(entry.active, repeat=2):
            orders = tuple(int(i == k) + int(i == j) for i in range(len(args)))
            slope = calculate(entry.partials[j], values)
            _, second = dual(entry.partials[k], values, {entry.params[j]: 1.0, "y": slope})
            assert second == pytest.approx(reference(name, args, orders), rel=SECOND, abs=SECOND), (
                k,
                j,
            )


@pytest.mark.parametrize(
    "name", sorted(name for name in set(RULES) - set(SMOOTH) if not RULES[name].active)
)
def test_zero_rules(name: str) -> None:
    """A rule without partials belongs to a function that is flat where it is tested."""
    entry = RULES[name]
    for args in points(entry) if entry.at else ():
        nearby = tuple(arg + 1e-9 for arg in args)
        assert function_of(name)(*args) == function_of(name)(*nearby)


# Literal arguments ------------------------------------------------------------------

EXPONENTS = (0, 1, 2, 3, 5, -1, -2, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, -0.5, -1.0, -1.5, 0.3)
DIVISORS = (2, -0.7, 3.0)
POWERS = ("pow", "power", "float_power", "math_pow")


def variants() -> Iterator[tuple[str, int, float]]:
    """Yield a primitive, the place of a literal, and the literal."""
    for name in POWERS:
        yield from ((name, 1, literal) for literal in EXPONENTS)
        yield from ((name, 0, literal) for literal in (2, 0.5))
    for name in ("div", "divide", "mod", "remainder", "fmod"):
        yield from ((name, 1, literal) for literal in DIVISORS)


def chosen(name: str, k: int, literal: float) -> Rule:
    args: list[Atom] = [Var(param) for param in RULES[name].params]
    args[k] = Const(literal)
    found = rule_for(name, args)
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "k", "literal"), list(variants()))
def test_variants(name: str, k: int, literal: float) -> None:
    """With a literal argument, the simpler partial is the same derivative."""
    entry = chosen(name, k, literal)
    assert entry in RULES[name].variants
    assert set(entry.active) == {1 - k}
    for value in (0.37, 1.9, 2.6):
        args = (np.float64(value), literal) if k else (literal, np.float64(value))
        orders = (k, 1 - k)
        actual = calculate(entry.partials[1 - k], {**named(entry, args)})
        assert actual == pytest.approx(reference(name, args, orders), rel=FIRST)


def test_every_variant_is_chosen() -> None:
    """No row with `when` is shadowed by an earlier one."""
    reached = {id(chosen(*case)) for case in variants()}
    rows = [entry for general in RULES.values() for entry in general.variants]
    assert reached == set(map(id, rows))


def test_whole_powers_of_negative_numbers() -> None:
    """x**3 has a derivative at -2; only a variable exponent makes it nan to p."""
    for literal, expected in ((2, -4.0), (3, 12.0), (-1, -0.25), (-2, 0.25), (1, 1.0), (0, 0.0)):
        entry = chosen("pow", 1, literal)
        values = named(entry, (np.float64(-2.0), literal))
        assert calculate(entry.partials[0], values) == expected


# Conventions ------------------------------------------------------------------------

KINKS = (
    ("abs", (0.0,), (0.0,)),
    ("absolute", (-0.0,), (0.0,)),
    ("fabs", (0.0,), (0.0,)),
    ("copysign", (0.0, -1.0), (0.0, 0.0)),
    ("copysign", (-2.0, -0.0), (1.0, 0.0)),
    ("sqrt", (0.0,), (INF,)),
    ("cbrt", (0.0,), (INF,)),
    ("reciprocal", (0.0,), (-INF,)),
    ("log", (0.0,), (INF,)),
    ("max", (1.0, 1.0), (0.5, 0.5)),
    ("max", (NAN, 1.0), (1.0, 0.0)),
    ("max", (1.0, NAN), (1.0, 0.0)),
    ("max", (0.0, -0.0), (0.5, 0.5)),
    ("min", (1.0, 1.0), (0.5, 0.5)),
    ("min", (NAN, 1.0), (1.0, 0.0)),
    ("min", (1.0, NAN), (1.0, 0.0)),
    ("maximum", (1.0, 1.0), (0.5, 0.5)),
    ("maximum", (INF, INF), (0.5, 0.5)),
    ("minimum", (1.0, 1.0), (0.5, 0.5)),
    ("fmax", (1.0, 1.0), (0.5, 0.5)),
    ("fmax", (NAN, 1.0), (0.0, 1.0)),
    ("fmax", (1.0, NAN), (1.0, 0.0)),
    ("fmin", (1.0, 1.0), (0.5, 0.5)),
    ("fmin", (NAN, 1.0), (0.0, 1.0)),
    ("fmin", (1.0, NAN), (1.0, 0.0)),
    ("clip", (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
    ("clip", (1.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
    ("clip", (-1.0, 0.0, 1.0), (0.0, 1.0, 0.0)),
    ("clip", (2.0, 0.0, 1.0), (0.0, 0.0, 1.0)),
    ("clip", (0.5, 1.0, 0.0), (0.0, 0.0, 1.0)),
    ("clip", (-0.5, 1.0, 0.0), (0.0, 0.0, 1.0)),
    ("maximum", (NAN, 1.0), (1.0, 0.0)),
    ("maximum", (1.0, NAN), (0.0, 1.0)),
    ("maximum", (NAN, NAN), (1.0, 0.0)),
    ("minimum", (NAN, 1.0), (1.0, 0.0)),
    ("minimum", (1.0, NAN), (0.0, 1.0)),
    ("minimum", (NAN, NAN), (1.0, 0.0)),
    ("fmax", (NAN, NAN), (1.0, 0.0)),
    ("fmin", (NAN, NAN), (1.0, 0.0)),
    ("clip", (NAN, 1.0, 2.0), (1.0, 0.0, 0.0)),
    ("clip", (NAN, 2.0, 1.0), (1.0, 0.0, 0.0)),
    ("clip", (1.5, NAN, 2.0), (0.0, 1.0, 0.0)),
    ("clip", (1.5, NAN, 1.0), (0.0, 1.0, 0.0)),
    ("clip", (1.5, 1.0, NAN), (0.0, 0.0, 1.0)),
    ("clip", (0.5, 1.0, NAN), (0.0, 0.0, 1.0)),
    ("clip", (1.5, NAN, NAN), (0.0, 1.0, 0.0)),
    ("clip", (NAN, NAN, NAN), (1.0, 0.0, 0.0)),
    ("nan_to_num", (NAN,), (0.0,)),
    *((name, (0.0, 0.0), (0.0, -INF)) for name in POWERS),
    *((name, (0.0, 1.0), (1.0, 0.0)) for name in POWERS),
    *((name, (0.0, 2.0), (0.0, 0.0)) for name in POWERS),
    *((name, (0.0, 0.5), (INF, 0.0)) for name in POWERS),
    *((name, (3.0, 0.0), (0.0, math.log(3.0))) for name in POWERS),
    ("pow", (-2.0, 3.0), (12.0, NAN)),
    ("hypot", (0.0, 0.0), (0.0, 0.0)),
    ("hypot", (3e200, 4e200), (0.6, 0.8)),
    ("arctan2", (0.0, 0.0), (0.0, 0.0)),
    ("arctan2", (0.0, -2.0), (-0.5, -0.0)),
    ("arctan2", (0.0, 1e-200), (1e200, 0.0)),
    ("arctan2", (0.0, 1e200), (1e-200, 0.0)),
    ("arctan2", (1.0, INF), (0.0, 0.0)),
    ("arcsinh", (1e200,), (1e-200,)),
    ("sinc", (0.0,), (0.0,)),
    ("logaddexp", (-INF, -INF), (0.5, 0.5)),
    ("logaddexp", (-INF, 0.0), (0.0, 1.0)),
    ("logaddexp", (INF, 0.0), (1.0, 0.0)),
    ("logaddexp", (1e18, 1e18), (0.5, 0.5)),
    ("logaddexp2", (-INF, -INF), (0.5, 0.5)),
    ("logaddexp2", (0.0, -INF), (1.0, 0.0)),
    ("mod", (-7.0, 3.0), (1.0, 3.0)),
    ("remainder", (-7.0, 3.0), (1.0, 3.0)),
    ("fmod", (-7.0, 3.0), (1.0, 2.0)),
    ("div", (0.0, 2.0), (0.5, -0.0)),
    ("select", (1.0, 2.0, 3.0), (0.0, 1.0, 0.0)),
    ("select", (0.0, 2.0, 3.0), (0.0, 0.0, 1.0)),
)


@pytest.mark.parametrize(("name", "args", "expected"), KINKS)
def test_kinks(name: str, args: tuple[float, ...], expected: tuple[float, ...]) -> None:
    """The documented conventions, exactly."""
    actual = gradient(name, args)
    rounded = tuple(float(f"{value:.14g}") for value in actual)
    assert all(map(same, rounded, (float(f"{value:.14g}") for value in expected))), actual


def test_sinc_near_zero() -> None:
    """The derivative of sinc keeps its digits where sin(x)/x is almost 1."""
    for x in (1e-9, 1e-5, 1e-3, 0.05, 0.0999, 0.1, 0.1001):
        expected = reference("sinc", (x,), (1,))
        assert gradient("sinc", (x,))[0] == pytest.approx(expected, rel=1e-13)


EDGES = (-2000.0, -2.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, 2000.0)


def test_singular_is_declared() -> None:
    """A rule is singular if and only if a partial can be inf or nan at finite arguments."""
    for name in set(SMOOTH) - {"ldexp", "polygamma", "cast"}:
        entry = RULES[name]
        grid = itertools.product(map(np.float64, EDGES), repeat=len(entry.params))
        with np.errstate(all="ignore"):
            finite = all(np.isfinite(gradient(name, args)).all() for args in grid)
        assert finite is not entry.singular, name


@pytest.mark.parametrize(("name", "k", "literal"), list(variants()))
def test_singular_variants(name: str, k: int, literal: float) -> None:
    """The same for the rows with literals, short of overflow in whole powers."""
    entry = chosen(name, k, literal)
    for edge in map(np.float64, EDGES):
        args = (edge, literal) if k else (literal, edge)
        with np.errstate(all="ignore"):
            partial = calculate(entry.partials[1 - k], named(entry, args))
        assert entry.singular or np.isfinite(partial)


# Spellings --------------------------------------------------------------------------

MADE_BY_ROWS = {row.prim.name for row in (*ARRAYS, *WHOLES, *SCIPY, *GONE) if row.prim is not None}
WITHOUT_SCALARS = {"np.clip"}
KINDS = {"gcd": types.int64, "lcm": types.int64, "and": types.boolean, "or": types.boolean}
INTEGER = {"bitand", "bitor", "bitxor", "lshift", "rshift", "invert", "left_shift", "right_shift"}


def spellings() -> Iterator[tuple[str, str]]:
    for name in sorted(set(PRIMS) - MADE_BY_ROWS):
        for spelling in (PRIMS[name].spelling, *PRIMS[name].aliases):
            if spelling.startswith("special."):
                continue  # tests/rules/test_scipy.py
            if object_of(spelling) is not None and spelling not in WITHOUT_SCALARS:
                yield name, spelling


def test_numba_has_every_spelling() -> None:
    """Whatever generated code may print exists in Numba, for numbers."""
    cpu_target.target_context.refresh()
    context = cpu_target.typing_context
    context.refresh()
    for name, spelling in spellings():
        kind = types.int64 if name in INTEGER else KINDS.get(name, types.float64)
        count = len(RULES[name].params)
        args = (kind,) * count if name != "ldexp" else (types.float64, types.int64)
        callee = context.resolve_value_type(object_of(spelling))
        assert context.resolve_function_type(callee, args, {}) is not None, spelling


def test_every_name_is_an_operator_or_a_function() -> None:
    """A spelling is a symbol, a dotted name, a builtin, or a helper of the runtime."""
    syntax = {"and", "or", "not", "select", "cast"}
    given = {name for name, entry in PRIMS.items() if entry.function is not None}
    for name in set(PRIMS) - MADE_BY_ROWS - syntax - given:
        entry = PRIMS[name]
        symbol = not entry.spelling[0].isalpha()
        helper = hasattr(runtime, entry.spelling)
        dotted = [text for text in (entry.spelling, *entry.aliases) if "." in text]
        if any(text.startswith("special.") for text in dotted):
            continue  # tests/rules/test_scipy.py
        assert symbol or helper or object_of(entry.spelling) is not None, name
        assert all(object_of(text) is not None for text in dotted), name


def test_spellings_agree() -> None:
    """All spellings of a primitive are one function."""
    for name, text in spellings():
        for args in itertools.islice(points(RULES[name]), 2) if name in SMOOTH else ():
            found = object_of(text)
            assert callable(found)
            assert found(*args) == pytest.approx(function_of(name)(*args), rel=1e-15), text


def test_no_spelling_twice() -> None:
    """A dotted name leads to one primitive."""
    dotted = [text for _, text in spellings() if "." in text]
    assert len(dotted) == len(set(dotted))
