"""How derivative rules are written down.

    rule("tanh(x)", "math.tanh np.tanh", dx="1 - y*y", at=(-3, 3))
    linear("sub(a, b)", "- operator.sub", da="1", db="-1")
    zero("floor(x)", "np.floor")

The first text names the primitive and its arguments. The second lists its spellings in
Python, the one that generated code prints first; or it is the function itself, for a
function of the user's. `dx` is the partial with respect to `x`, as `ir.quote` reads it: an
expression over the arguments, the result `y`, names from `let`, and other primitives. An
argument without a partial has derivative zero. `at` gives the ranges that tests draw from.

Where literal arguments allow simpler partials, further rows say when:

    rule("pow(x, p)", when="p > 0", dx="p * x**(p - 1)")

A row is only a value; `table.register` makes it known.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from srcad.ir import quote
from srcad.ir.quote import Expr

Interval = tuple[float, float]
Spellings = str | Callable[..., object]

CHEAP, ROOT, DEAR = 1, 4, 20


@dataclass(frozen=True, slots=True)
class Prim:
    """A primitive operation, and how Python spells it.

    spelling: what generated code prints, `math.sin` or `+`; a bare name is a builtin, a
    helper of `backend.runtime`, or the user's `function`. arity: the number of arguments,
    -1 for any. cost: 1 like an addition, 4 like a square root, 20 like an exponential.
    pinned: stays as it is written: never moved out of a loop, nor done once for twice.
    """

    name: str
    spelling: str
    aliases: tuple[str, ...] = ()
    arity: int = 1
    cost: int = DEAR
    function: Callable[..., object] | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """The partial derivatives of a primitive.

    partials: one per argument; None is zero. singular: a partial may be inf or nan where
    the arguments are finite, so that products with it need a strong zero (0 * inf = 0).
    steep: a partial may be infinite where the value is finite. overflows: the value may be
    infinite, and a function of it finite again, as in `1 / (1 + exp(x))`.
    when: holds for the literal arguments that a variant is for.
    back: what flows back to the first argument, of the names in the partials and `flow`,
    where that is no product with the partial.
    refused: the arguments whose partials are not known.
    """

    prim: str
    params: tuple[str, ...]
    partials: tuple[Expr | None, ...]
    singular: bool = False
    steep: bool = False
    overflows: bool = False
    at: tuple[Interval, ...] = ()
    when: Expr | None = None
    variants: tuple[Rule, ...] = ()
    back: Expr | None = None
    refused: frozenset[int] = frozenset()

    def uses(self, k: int) -> frozenset[str]:
        """Return what the partial of argument `k` reads: arguments, and `y`."""
        partial = self.partials[k]
        return frozenset() if partial is None else quote.names(partial)

    @property
    def reads(self) -> frozenset[str]:
        """What the partials read, taken together."""
        return frozenset().union(*map(self.uses, range(len(self.params))))

    @property
    def active(self) -> tuple[int, ...]:
        """The arguments that have a derivative."""
        return tuple(k for k, partial in enumerate(self.partials) if partial is not None)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a primitive, its rule, or both."""

    signature: str
    prim: Prim | None
    rule: Rule | None


def prim(name: str, spellings: Spellings, *, arity: int = -1, cost: int = CHEAP) -> Row:
    """Return the row of a primitive without a rule: array makers, facts about arrays."""
    return Row(name, _prim(name, spellings, arity, cost), None)


def rule(
    signature: str,
    spellings: Spellings = "",
    *,
    let: str = "",
    at: Interval | Sequence[Interval] = (),
    when: str = "",
    singular: bool = False,
    steep: bool = False,
    overflows: bool = False,
    cost: int = DEAR,
    **partials: str,
) -> Row:
    """Return the row of a primitive with partial derivatives.

    Raises ValueError for a text that is no expression and for a partial that reads an
    unknown name.
    """
    new = _rule(signature, partials, let=let, at=at, when=when)
    singular = singular or steep or overflows
    new = replace(new, singular=singular, steep=steep, overflows=overflows)
    made = None if when else _prim(new.prim, spellings, len(new.params), cost)
    return Row(signature, made, new)


def linear(
    signature: str,
    spellings: Spellings = "",
    *,
    at: Interval | Sequence[Interval] = (),
    cost: int = CHEAP,
    **partials: str,
) -> Row:
    """Return the row of a primitive whose partials are constants."""
    new = _rule(signature, partials, at=at)
    if read := sorted(new.reads):
        message = f"{signature} is not linear: a partial reads {', '.join(read)}"
        raise ValueError(message)
    return Row(signature, _prim(new.prim, spellings, len(new.params), cost), new)


def zero(
    signature: str,
    spellings: Spellings = "",
    *,
    at: Interval | Sequence[Interval] = (),
    cost: int = CHEAP,
    arity: int = 0,
) -> Row:
    """Return the row of a primitive whose derivative is zero: steps, tests, integers.

    arity: -1 for a function that takes optional arguments besides those in the signature.
    """
    new = _rule(signature, {}, at=at)
    return Row(signature, _prim(new.prim, spellings, arity or len(new.params), cost), new)


# Reading the texts ------------------------------------------------------------------


def _rule(
    signature: str,
    partials: Mapping[str, str],
    *,
    let: str = "",
    at: Interval | Sequence[Interval] = (),
    when: str = "",
) -> Rule:
    name, params = _signature(signature)
    condition = quote.parse(when) if when else None
    new = Rule(
        prim=name,
        params=params,
        partials=_partials(signature, params, _let(signature, params, let), partials),
        at=_ranges(signature, params, at),
        when=condition,
    )
    read = new.reads | (quote.names(condition) if condition else frozenset())
    if unknown := sorted(read - {*params, "y"}):
        message = f"{signature}: {', '.join(unknown)} is not an argument, y, or in `let`"
        raise ValueError(message)
    return new


RESERVED = {"y", *quote.CONSTANTS}
SIGNATURE = re.compile(r"(\w+)\((.*)\)")


def _prim(name: str, spellings: Spellings, arity: int, cost: int) -> Prim:
    if not isinstance(spellings, str):
        if keyword.iskeyword(name) or hasattr(builtins, name) or name in {"np", "math"}:
            message = f"{name} has a meaning in Python; choose another name for the primitive"
            raise ValueError(message)
        return Prim(name, name, (), arity, cost, spellings)
    first, *others = spellings.split() or [name]
    return Prim(name, first, tuple(others), arity, cost)


def _signature(signature: str) -> tuple[str, tuple[str, ...]]:
    found = SIGNATURE.fullmatch(signature)
    params = tuple(found[2].replace(" ", "").split(",")) if found else ()
    names = (found[1], *params) if found else ()
    is_right = all(map(str.isidentifier, names)) and not any(map(keyword.iskeyword, params))
    if not found or not is_right or not RESERVED.isdisjoint(params):
        message = f"{signature!r} is not of the form 'name(a, b)' (y is the result)"
        raise ValueError(message)
    if len(set(params)) < len(params):
        message = f"{signature!r} has two arguments of one name"
        raise ValueError(message)
    return found[1], params


def _let(signature: str, params: tuple[str, ...], let: str) -> dict[str, Expr]:
    """Return the names of `s = a*a; t = s + 1`, each as an expression of arguments."""
    bound: dict[str, Expr] = {}
    for line in filter(None, map(str.strip, let.split(";"))):
        name, _, text = (part.strip() for part in line.partition("="))
        if not name.isidentifier() or name in {*RESERVED, *params, *bound}:
            message = f"{signature}: `let` needs new names, as in 's = a*a; t = s + 1'"
            raise ValueError(message)
        bound[name] = quote.substitute(quote.parse(text), bound)
    return bound


def _partials(
    signature: str, params: tuple[str, ...], let: dict[str, Expr], texts: Mapping[str, str]
) -> tuple[Expr | None, ...]:
    if unknown := sorted(set(texts) - {"d" + param for param in params}):
        message = f"{signature} has no argument for {', '.join(unknown)}"
        raise ValueError(message)
    found = (texts.get("d" + param) for param in params)
    return tuple(
        None if text is None else quote.substitute(quote.parse(text), let) for text in found
    )


def _ranges(
    signature: str, params: tuple[str, ...], at: Interval | Sequence[Interval]
) -> tuple[Interval, ...]:
    """Return one test range per argument; a single range serves all."""
    ranges: list[Interval] = []
    for item in at:
        match item:
            case (low, high):
                ranges.append((float(low), float(high)))
            case _:
                return ((float(at[0]), float(at[1])),) * len(params)  # type: ignore[arg-type]
    if ranges and len(ranges) != len(params):
        message = f"{signature}: `at` must have one range per argument"
        raise ValueError(message)
    return tuple(ranges)
