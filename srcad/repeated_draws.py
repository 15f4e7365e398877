"""Random numbers where a derivative runs the function more than once: refused, or seeded.

The pullback of `vjp`, the directions of a Jacobian, a pattern, and what a checkpoint runs again
would each draw other numbers than the run before, and be derivatives of another function. A
function that seeds the generator before its first draw draws the same numbers in each run.
"""

from __future__ import annotations

from collections.abc import Iterable

from srcad.derivation import Derivation
from srcad.errors import NotDifferentiable, Problem
from srcad.frontend.types.typing import argument_types
from srcad.ir import nodes as ir
from srcad.ir.printed import Drawn
from srcad.ir.walk import statements
from srcad.spec import ALONG, DRIVERS, PATTERNS

AGAIN = frozenset({"adjoint", "pullback", *PATTERNS})
"""Kinds of programs that run a function after something else has."""

HINT = "call np.random.seed(...) before the first draw, or pass the numbers as an argument"


def drawn_once(function: ir.Function, run: Derivation) -> ir.Function:
    """Return the program. Raises NotDifferentiable where it would draw again."""
    if run.spec.kind in AGAIN:
        _check((function,))
    elif run.spec.kind in DRIVERS and run.spec.kind not in ALONG:
        _check((function, *_called(function, run)))
    for stmt in statements(function.body):
        if isinstance(stmt, ir.For) and stmt.slots and (draw := _first_draw(stmt.body)):
            raise _refused(draw, "a loop with few checkpoints runs it again")
    return function


def check_directions(functions: Iterable[ir.Function], run: Derivation) -> None:
    """Raise NotDifferentiable where each direction of a derivative would draw for itself."""
    if run.spec.kind in DRIVERS and run.spec.kind not in ALONG:
        _check(functions)


def check_again(function: ir.Function) -> None:
    """Raise NotDifferentiable where a function that runs again would draw other numbers."""
    _check((function,))


def _called(function: ir.Function, run: Derivation) -> Iterable[ir.Function]:
    """Iterate over the derivatives that a program calls."""
    for stmt in statements(function.body):
        if isinstance(stmt, ir.Call) and hasattr(stmt.function, "__srcad_derivative__"):
            yield run.derivative(stmt.function, argument_types(stmt.args))


def _check(functions: Iterable[ir.Function]) -> None:
    for function in functions:
        draw = _first_draw(function.body)
        if draw is not None and not _is_seed(draw):
            raise _refused(draw, "this derivative runs the function more than once")


def _first_draw(block: ir.Block) -> ir.Call | None:
    """Return the first draw of a block, or the seed before it if one is surely set."""
    found: ir.Call | None = None
    for stmt in block:
        match stmt:
            case ir.Call(function=Drawn()):
                return stmt
            case ir.For(body=body):
                found = _first_draw(body)
                if found is not None and _is_seed(found) and not _surely_runs(stmt):
                    found = None
            case _:
                draws = (s for s in statements((stmt,)) if isinstance(s, ir.Call))
                found = next(
                    (s for s in draws if isinstance(s.function, Drawn) and not _is_seed(s)), None
                )
        if found is not None:
            return found
    return None


def _surely_runs(loop: ir.For) -> bool:
    """Return whether a loop has an iteration, whatever the arguments are."""
    match loop:
        case ir.For(start=ir.Const(first), stop=ir.Const(end), step=ir.Const(step)):
            return len(range(int(first), int(end), int(step) or 1)) > 0
    return False


def _is_seed(stmt: ir.Call) -> bool:
    return stmt.name.endswith(".seed")


def _refused(draw: ir.Call, why: str) -> NotDifferentiable:
    message = f"'{draw.name}' would draw other numbers: {why}"
    return NotDifferentiable.from_problems([Problem("E402", message, HINT, draw.span)])
