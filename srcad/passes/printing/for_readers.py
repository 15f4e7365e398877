"""A program as people read it: the same program, in the words of arrays and without hints.

What is compiled says more than a reader wants to know, and says it element by element. The text
that is shown runs as Python does, and gives the same numbers; zeros of derivatives have no sign.
"""

from __future__ import annotations

from typing import cast

from srcad.ir.known import updated
from srcad.ir.nodes import Atom, Const, Function, Index, Load, Op, Slice, Value
from srcad.ir.types import INT
from srcad.ir.walk import map_block, map_operands
from srcad.passes.loops.work_arrays import stored_at_once
from srcad.passes.printing.elements_in_place import elements_in_place
from srcad.passes.printing.equal_axes import equal_axes
from srcad.passes.printing.integers import plain_integers
from srcad.passes.printing.labels import label
from srcad.passes.printing.refold import fold
from srcad.passes.printing.sizes_in_place import sizes_in_place
from srcad.passes.printing.spelling import spell
from srcad.passes.printing.sums_together import sums_together
from srcad.passes.printing.tests_as_calls import tests_as_calls
from srcad.passes.printing.webs import split_webs
from srcad.passes.printing.wholes import whole_statements

LINE = 104
PART = 72

NAMES = (split_webs, plain_integers)
AFTER = (plain_integers, whole_statements, tests_as_calls, sizes_in_place, sums_together, spell)
"""What is done before elements and expressions are in place, in this order."""


def for_readers(function: Function, *, are_equal: bool = False) -> Function:
    """Return a program, flat and typed, as people read it.

    are_equal: for axes that are equal where they meet.
    """
    equal = (equal_axes, _stored_at_once) if are_equal else ()
    for pass_ in (*NAMES, *equal, *AFTER):
        function = pass_(function)
    folded = fold(elements_in_place(function), LINE, PART)
    return without_hints(label(folded, function))


def _stored_at_once(function: Function) -> Function:
    """Return `function` with what surely covers an array stored in it, not added to zeros."""
    return stored_at_once(function, (), only_ours=True)


def without_hints(function: Function) -> Function:
    """Return `function` with what hints mean in their place."""
    body = map_block(function.body, lambda stmt: map_operands(stmt, _meaning))
    return updated(function, body=body)


def _meaning(value: Value | Slice) -> Value | Slice:
    """Return a value without hints, wherever they are in it."""
    match value:
        case Op(prim, args):
            args = cast("tuple[Atom, ...]", tuple(map(_meaning, args)))
            match prim, args:
                case "axis_step", (extent,):
                    is_one = cast("Atom", Op("eq", (extent, Const(1, INT))))
                    return Op("select", (is_one, Const(0, INT), Const(1, INT)))
                case "along", (i, step, *start):
                    steps = cast("Atom", Op("mul", (i, step)))
                    return Op("add", (start[0], steps)) if start else steps
            return updated(value, args=args)
        case Load(index=index):
            return updated(value, index=cast("Index", tuple(map(_meaning, index))))
        case Slice():
            return value
    return value
