"""The words that a value is called by: `exp_x`, `x_i_squared`, `a_plus_b`, `n_above_0`.

    exp(x[i])           exp_x_i
    a * a               a_squared
    0.5 * (y - p)       half_y_minus_p
    0 < n               n_above_0

What would be too long is said in fewer words, by this order: without the indices of elements, by
the operation and the first name in it (`product_x`), not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, cast

from srcad.ir.nodes import Const, Load, Op, Slice, Value, Var
from srcad.ir.primitives import LIKES, MAKERS
from srcad.ir.walk import Part

LONGEST = 18
"""So long may a name be that stands for an expression."""

SHORT = 13
"""So long may it be for a test, or for an integer, of which there are many in one line."""

DEEPEST = 3
"""So many operations may be in one another."""

NameOf = Callable[[Var], str | None]


class Names(Protocol):
    """How variables are called in the names of others; None for what says nothing."""

    def called(self, var: Var) -> str | None:
        """Return the whole name."""

    def root(self, var: Var) -> str | None:
        """Return the first name in what a name was made of."""


BETWEEN: Mapping[str, str] = {
    "add": "plus",
    "sub": "minus",
    "mul": "times",
    "div": "over",
    "mod": "mod",
    "pow": "to",
    "floordiv": "by",
    "matmul": "dot",
    "and": "and",
    "or": "or",
    "lt": "below",
    "le": "at_most",
    "gt": "above",
    "ge": "at_least",
    "eq": "is",
    "ne": "is_not",
}
MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
BEFORE: Mapping[str, str] = {"neg": "minus", "not": "not", "invert": "not"}
KIND: Mapping[str, str] = {
    "add": "sum",
    "sub": "difference",
    "mul": "product",
    "div": "ratio",
    "pow": "power",
    "floordiv": "quotient",
    "mod": "rest",
    "matmul": "product",
    "and": "test",
    "or": "test",
    "lt": "test",
    "le": "test",
    "gt": "test",
    "ge": "test",
    "eq": "test",
    "ne": "test",
    "select": "chosen",
}
"""The name of an operation, where its operands do not all fit."""

POWERS: Mapping[float, str] = {2: "squared", 3: "cubed", 0.5: "root"}
FACTORS: Mapping[float, str] = {2: "twice", 0.5: "half", -1: "minus"}
NUMBERS: Mapping[str, str] = {"0": "zero", "1": "one", "2": "two"}
"""What a name that begins with a number begins with."""
OUTSIDE = ("outside", "span_outside", "overflows")
HINTS = ("along", "tied", "hidden", "added", "cast", "stop_gradient", "copy", "transpose")
SIZES = ("shape", "len", "size")
_OPERANDS = 2


def called(value: Part, names: Names, longest: int = LONGEST) -> str | None:
    """Return what a value is called by; None if there is nothing short to say."""
    value = _bare(value)
    test = _test_of_index(value)
    if test is not None:
        found = first_name(test, names)
        return "outside" if found is None else f"outside_{found}"
    for indices in (True, False):
        found = _Words(names.called, indices=indices).of(value, DEEPEST)
        if found is not None and len(found) <= longest:
            first, _, rest = found.partition("_")
            found = "_".join([NUMBERS.get(first, first), rest] if rest else [first])
            if found.isidentifier():
                return found
    return _by_kind(value, names)


def _bare(value: Part) -> Part:
    """Return what a guarded product is a product of: `a * b` of `a * b if a != 0.0 else 0.0`."""
    match value:
        case Op("select", (test, product, Const())):
            match cast("Value", test), cast("Value", product):
                case Op("ne", (tested, Const(value=0))), Op("mul", (first, _)) if first == tested:
                    return product
    return value


def _test_of_index(value: Part) -> Part | None:
    """Return the extent, or the test, that says what a test of indices is about."""
    match value:
        case Op("overflows", (a, *_)):
            return a
        case Op(prim, (*_, extent)) if prim in OUTSIDE:
            return extent
        case Op("and" | "or", args):
            return next((found for a in args if (found := _test_of_index(a)) is not None), None)
    return None


class _Words:
    """indices: whether elements are told apart."""

    def __init__(self, name_of: NameOf, *, indices: bool) -> None:
        self.name_of = name_of
        self.indices = indices

    def of(self, value: Part, depth: int) -> str | None:
        """Return the words of a value with at most so many operations in one another."""
        match value:
            case Var():
                return self.name_of(value)
            case Const(value=number):
                return _number(number)
            case Load():
                return self.element(value, depth)
            case Op() if depth > 0:
                return self.operation(value, depth)
        return None

    def element(self, load: Load, depth: int) -> str | None:
        """Return the words of an element, or of a part, of an array."""
        name = self.name_of(load.array)
        if name is None or not self.indices:
            return name
        parts = [None if isinstance(p, Slice) else self.of(p, depth - 1) for p in load.index]
        return "_".join([name, *(part or "at" for part in parts)]) if all(parts) else f"{name}_at"

    def operation(self, op: Op, depth: int) -> str | None:
        """Return the words of an operation."""
        match op:
            case Op("add", (a, Const(value=number, type=type_))) if number < 0:
                return self.operation(Op("sub", (a, Const(-number, type_))), depth)
            case Op("mul", (a, b)) if a == b:
                return self.joined(self.of(a, depth - 1), "squared")
            case Op("pow", (a, Const(value=number))) if number in POWERS:
                return self.joined(self.of(a, depth - 1), POWERS[number])
            case Op("mul", (Const(value=number), a)) | Op("mul", (a, Const(value=number))):
                return self.joined(FACTORS.get(number, "scaled"), self.of(a, depth - 1))
            case Op("mul", (a, Op("div", (Const(value=1), b)))):
                return self.joined(self.of(a, depth - 1), "over", self.of(b, depth - 1))
            case Op("div", (Const(value=1), a)):
                return self.joined("inverse", self.of(a, depth - 1))
            case Op("floordiv", (a, Const(value=2))):
                return self.joined("half", self.of(a, depth - 1))
            case Op(prim, (Const() as a, b)) if prim in MIRRORED and not isinstance(b, Const):
                return self.operation(Op(MIRRORED[prim], (b, a)), depth)
            case Op("ne", (a, b)) if a == b:
                return self.joined(self.of(a, depth - 1), "is_nan")
            case Op(prim, (a, b)) if prim in BETWEEN:
                return self.joined(self.of(a, depth - 1), BETWEEN[prim], self.of(b, depth - 1))
            case Op(prim, (a,)) if prim in BEFORE:
                return self.joined(BEFORE[prim], self.of(a, depth - 1))
            case Op("select", (_, Const(value=0), a)) | Op("select", (_, a, Const(value=0))):
                return self.joined(self.of(a, depth - 1), "or_0")
            case Op(prim, (a, *_)) if prim in HINTS:
                return self.of(a, depth)
            case Op("written", args, (str(template),)):
                return self.joined(_function(template), *(self.of(a, depth - 1) for a in args))
            case Op(prim) if prim in SIZES:
                return of_size(op, self.name_of)
            case Op(prim) if prim in MAKERS or prim in LIKES or prim == "select":
                return None
            case Op(prim, args) if prim.isidentifier() and len(args) <= _OPERANDS:
                return self.joined(prim, *(self.of(a, depth - 1) for a in args))
        return None

    def joined(self, *words: str | None) -> str | None:
        """Return words as one, if there are all of them."""
        found = [word for word in words if word is not None]
        return "_".join(found) if len(found) == len(words) else None


def _by_kind(value: Part, names: Names) -> str | None:
    """Return the kind of an operation and the first name in it: `product_x`."""
    match value:
        case Op(prim, (a, *_)) if prim in HINTS:
            return _by_kind(a, names)
        case Op("neg", (Op() as a,)):
            return _by_kind(a, names)
        case Op("add", (_, Const(value=number) as b)) if number < 0:
            return _by_kind(Op("sub", (value.args[0], b)), names)
        case Op("written", _, (str(template),)):
            kind = _function(template)
        case Op("select", (_, Const(), a)) | Op("select", (_, a, Const())) if isinstance(a, Op):
            return _by_kind(a, names)
        case Op(prim) if prim not in {*MAKERS, *LIKES, *SIZES}:
            kind = KIND.get(prim, prim)
        case _:
            return None
    first = first_name(value, names)
    if first is None or not kind.isidentifier():
        return None
    found = f"{kind}_{first}"
    return found if len(found) <= LONGEST + 2 else kind


def first_name(value: Part, names: Names) -> str | None:
    """Return the first name in a value that says something."""
    match value:
        case Var():
            return names.root(value)
        case Load(array=array):
            return names.root(array)
        case Op(args=args):
            return next((n for a in args if (n := first_name(a, names)) is not None), None)
    return None


def _function(template: str) -> str:
    """Return the name of the function that is called: `dot` of `np.dot({0}, {1})`."""
    found = template.partition("(")[0].rpartition(".")[2]
    return found if found.isidentifier() else "value"


def _number(number: float) -> str | None:
    """Return a small integer."""
    is_small = number == int(number) if abs(number) < 100 else False
    return str(int(number)) if is_small and number >= 0 else None


def of_size(value: Value, name_of: NameOf) -> str | None:
    """Return what the extent of an array is called by: `rows_a`, `columns_a`, `len_x`."""
    match value:
        case Op("shape", (Var() as array,), (int(axis),)):
            ndim = getattr(array.type, "ndim", 1)
        case Op("len" | "size", (Var() as array,)):
            axis, ndim = 0, 1
        case _:
            return None
    name = name_of(array)
    if name is None:
        return None
    matrix = ("rows", "columns") if ndim == len(("rows", "columns")) else ()
    word = matrix[axis] if matrix else "len" if ndim == 1 else f"axis_{axis}"
    return f"{word}_{name}"
