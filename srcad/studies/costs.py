"""`cost`: what a function and its gradient compute, as formulas in the sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from srcad import pipeline
from srcad.analysis.formulas import Formula, Unknown, number, summed
from srcad.analysis.tape_sizes import Sizes
from srcad.backend.typed import P
from srcad.derivation import Derivation, undisturbed
from srcad.ir import nodes as ir
from srcad.ir.types import FLOATS, Array, Scalar
from srcad.operators.memory import _sizes as symbols_of
from srcad.spec import DerivativeSpec
from srcad.studies.subjects import Subject, subject

if TYPE_CHECKING:
    from srcad.arguments import Argnums

PLAIN = frozenset(
    [
        "add",
        "sub",
        "mul",
        "neg",
        "np_add",
        "subtract",
        "multiply",
        "negative",
        "square",
        "abs",
        "absolute",
    ]
)
"""Operations that a processor does several of in a cycle."""
DEAR = frozenset(["div", "divide", "sqrt", "reciprocal", "mod", "floordiv"])
FREE = frozenset(
    (
        *("pos", "positive", "copy", "cast", "stop_gradient", "print_cotangent", "tied"),
        *("select", "chosen", "max", "min", "maximum", "minimum", "fmax", "fmin", "sign"),
        *("copysign", "hidden", "along"),
    )
)
"""What counts as no operation: copies, choices, conversions."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a program does, as numbers for the arguments and as formulas in the sizes.

    operations: additions, subtractions and multiplications of floats. divisions: with square
    roots. functions: calls of elementary functions. bytes: of array elements that are read or
    written. Of a branch, the dearer side counts. A number is None where the arguments do not
    tell; its formula has `trips(line 7)`, or "?" for what is not known.
    """

    operations: int | None
    divisions: int | None
    functions: int | None
    bytes: int | None
    formulas: dict[str, str]

    def __str__(self) -> str:
        """Return a line for each kind."""
        rows = [(name, getattr(self, name), text) for name, text in self.formulas.items()]
        return "\n".join(f"    {name:11}{_amount(n)} = {text}" for name, n, text in rows)


@dataclass(frozen=True, slots=True)
class Cost:
    """The work of a function, and of value and gradient together."""

    function: Work
    gradient: Work

    @property
    def ratio(self) -> float | None:
        """Return how many times as many operations of all kinds value and gradient take."""
        one, two = (
            [w.operations, w.divisions, w.functions] for w in (self.function, self.gradient)
        )
        if None in one or None in two:
            return None
        own = sum(n for n in one if n)
        return sum(n for n in two if n) / own if own else None

    def __str__(self) -> str:
        """Return both tables."""
        return f"function\n{self.function}\nvalue and gradient\n{self.gradient}"


def cost(f: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Cost]:
    """Return a function of the same arguments that counts what `f` and its gradient compute.

    f: a function of one float, as `grad` takes it.
    argnums: position or name of the argument to differentiate by, or a sequence of them.

    The result derives the gradient, runs nothing, and returns a `Cost` with two `Work`s. It
    counts what the generated source says; a compiler may do less. Calls of functions with rules
    and of `np.linalg` are "?".
    Raises as `grad`.

    >>> import numpy as np
    >>> import srcad
    >>> def total(x):
    ...     s = 0.0
    ...     for i in range(x.size):
    ...         s += x[i] * x[i]
    ...     return s
    >>> found = srcad.cost(total)(np.ones(1000))
    >>> found.function.operations, found.function.formulas["operations"]
    (2000, '2*x.shape[0]')
    >>> found.gradient.bytes, found.gradient.formulas["bytes"]
    (16000, '16*x.shape[0]')
    """

    def count(*args: P.args, **named: P.kwargs) -> Cost:
        case = subject(f, argnums, args, "cost", named)
        values = dict(
            pair
            for name, value in zip(case.names, case.args, strict=True)
            for pair in symbols_of(value, name)
        )
        function = _work(_program(case, "primal", ()), values)
        return Cost(function, _work(_program(case, "value_and_grad", case.wrt), values))

    return count


def _program(case: Subject, kind: Any, wrt: tuple[int, ...]) -> ir.Function:
    """Return the program of a derivative before its stacks are lowered."""
    run = Derivation(DerivativeSpec(case.func, kind, wrt, bare=True), case.types, pipeline.STEPS)
    with undisturbed(case.func):
        return run.until(pipeline.STEPS[pipeline.TAPE - 1].name)


KINDS = ("operations", "divisions", "functions", "bytes")


def _work(program: ir.Function, values: dict[str, int]) -> Work:
    sizes = Sizes(program)
    total = _block(program.body, sizes)
    numbers: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for kind in KINDS:
        known, is_partial = total[kind]
        texts[kind] = f"{known.text()} + ?" if is_partial else known.text()
        try:
            numbers[kind] = None if is_partial else known.value(values)
        except Unknown:
            numbers[kind] = None
    return Work(**numbers, formulas=texts)


Total = dict[str, tuple[Formula, bool]]


def _block(block: ir.Block, sizes: Sizes) -> Total:
    """Return the work of statements, with those around them counted in."""
    total: Total = dict.fromkeys(KINDS, (number(0), False))
    for stmt in block:
        match stmt:
            case ir.If(then=then, orelse=orelse):
                one, two = _block(then, sizes), _block(orelse, sizes)
                total = _plus(total, one if _is_dearer(one, two) else two)
            case ir.For(body=body):
                total = _plus(total, _block(body, sizes))
            case ir.While(cond_body=cond_body, body=body):
                total = _plus(_plus(total, _block(cond_body, sizes)), _block(body, sizes))
            case _:
                total = _plus(total, _statement(stmt, sizes))
    return total


def _statement(stmt: ir.Stmt, sizes: Sizes) -> Total:
    counts = dict.fromkeys(KINDS, 0)
    match stmt:
        case ir.Let(target=target, value=ir.Op(prim=prim)):
            if isinstance(target.type, Scalar) and target.type.dtype in FLOATS:
                counts[_kind(prim)] += prim not in FREE
            elif isinstance(target.type, Array) and prim in {"copy", "zeros", "zeros_like"}:
                return _of_array(stmt, sizes)
        case ir.Let(value=ir.Load(array=array), target=target):
            counts["bytes"] += _bytes(array) if isinstance(target.type, Scalar) else 0
        case ir.Store(array=array):
            counts["bytes"] += _bytes(array)
        case ir.Accum(target=target, index=index):
            is_float = getattr(target.type, "dtype", "") in FLOATS
            counts["operations"] += is_float
            counts["bytes"] += 0 if index is None else 2 * _bytes(target)
        case ir.Save(slot=slot):
            counts["bytes"] += _bytes(slot)
        case ir.Restore(slot=slot):
            counts["bytes"] += _bytes(slot)
        case ir.Call():
            return dict.fromkeys(KINDS, (number(0), True))
        case _:
            pass
    outer = sizes.around[stmt]
    total: Total = {}
    for kind, count in counts.items():
        try:
            each = sizes.over(summed, number(count), outer, len(outer)) if count else number(0)
            total[kind] = each, False
        except Unknown:
            total[kind] = number(0), True
    return total


def _of_array(stmt: ir.Let, sizes: Sizes) -> Total:
    """Return the bytes that making an array takes, if it is filled."""
    total: Total = dict.fromkeys(KINDS, (number(0), False))
    op = stmt.value
    assert isinstance(op, ir.Op)
    if op.prim != "copy":
        return total  # zeros come from the system, or from a loop that fills them
    try:
        size = number(2 * _bytes(stmt.target))
        source = op.args[0]
        assert isinstance(source, ir.Var)
        for extent in sizes.extents(source, stmt):
            size = size * extent
        outer = sizes.around[stmt]
        total["bytes"] = sizes.over(summed, size, outer, len(outer)), False
    except Unknown:
        total["bytes"] = number(0), True
    return total


def _kind(prim: str) -> str:
    if prim in PLAIN or prim in FREE:
        return "operations"
    return "divisions" if prim in DEAR else "functions"


def _plus(one: Total, two: Total) -> Total:
    return {k: (one[k][0] + two[k][0], one[k][1] or two[k][1]) for k in KINDS}


def _is_dearer(one: Total, two: Total) -> bool:
    """Return whether the first of two branches has the longer formulas: sizes are not known."""
    costs = [
        sum(abs(count) * 1000 ** len(factors) for k in KINDS for factors, count in part[k][0].terms)
        for part in (one, two)
    ]
    return bool(costs[0] >= costs[1])


def _bytes(array: ir.Var) -> int:
    return int(np.dtype(getattr(array.type, "dtype", "float64")).itemsize)


def _amount(count: int | None) -> str:
    return "not known before running" if count is None else f"{count:,}"
