"""The functions that one derivative consists of: itself, and those it calls by name.

Most calls are inlined. What remains are calls of recursive functions and of large ones that would
be many copies, and the derivatives of those.
A `Program` knows their types, and collects the functions that the source has to define.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from types import FunctionType

from srcad.analysis.aliasing import aliasing, written_arrays
from srcad.analysis.origins import meanings
from srcad.analysis.values import values
from srcad.backend.series import series_function, series_helper
from srcad.errors import NotDifferentiable, Problem
from srcad.frontend.calls.closures import closed_of
from srcad.frontend.calls.custom import opaque_types
from srcad.frontend.statements.custom_parts import lower_part
from srcad.frontend.statements.lower import lower
from srcad.frontend.types.typing import argument_types, infer, known_types
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.printed import Drawn, Printed
from srcad.ir.records import Record, is_complex_record, records_in
from srcad.ir.types import Array, Type, holds_complex
from srcad.ir.walk import (
    Part,
    all_names,
    call_leaves,
    map_block,
    operands,
    param_vars,
    parts,
    statements,
)
from srcad.passes.building.callees import Derived, LoopRun
from srcad.passes.building.custom_calls import CustomCall, RuleCall, RulePart, is_checkpoint, leaves
from srcad.passes.halves.in_place import in_place
from srcad.passes.halves.stacked_calls import adjoint_of, wanted_adjoints, with_stacks
from srcad.passes.modes.custom import TANGENT_RANK, check_alike, check_writes_nothing
from srcad.passes.series.calls import SeriesCall
from srcad.rules.linalg import Whole
from srcad.rules.table import PRIMS
from srcad.spec import DerivativeSpec, Sweep

MAX_ROUNDS = 6
Types = tuple[Type, ...]
Make = Callable[[DerivativeSpec, Types, str], ir.Function]
"""Derives one function of a program: for a spec, argument types, and a name."""


class Program:
    """Result types of the functions that are called, while one derivative is made."""

    def __init__(
        self,
        derived_types: Callable[[object, Types], Types],
        kept: frozenset[FunctionType] = frozenset(),
    ) -> None:
        self.derived_types = derived_types
        self.kept = kept
        self.writes: dict[tuple[object, Types], tuple[int, ...]] = {}
        self.shares: dict[tuple[object, Types], tuple[int, ...]] = {}
        self.known: dict[tuple[object, Types], Types | None] = {}

    def call_types(self, stmt: ir.Call, types: tuple[object, ...]) -> Types | None:
        """Return the types of the results of a call, None while they are not known."""
        if isinstance(stmt.function, Drawn):
            return (stmt.function.type,) if stmt.targets else ()
        if isinstance(stmt.function, Printed):
            return ()
        if isinstance(stmt.function, Whole):
            try:
                return stmt.function.result_types(types)
            except TypeError as error:
                problem = Problem("E301", str(error), "convert the argument", stmt.span)
                raise NotDifferentiable.from_problems([problem]) from None
        return self.result_types(stmt.function, types, stmt)  # type: ignore[arg-type]

    def result_types(self, function: object, types: Types, stmt: ir.Call) -> Types | None:
        """Return the result types of a function, or of a derivative, for these arguments."""
        if any(map(holds_complex, types)):
            message = f"the call of '{stmt.name}' with complex numbers is not supported"
            hint = "pass the real and the imaginary parts: z.real, z.imag"
            raise NotDifferentiable.from_problems([Problem("E505", message, hint, stmt.span)])
        if isinstance(function, CustomCall):
            return self._of_rule(function, types, stmt)
        if isinstance(function, Derived):
            spec = function.__srcad_derivative__
            if spec.kind == "primal":
                own = self.result_types(spec.func, types, stmt)
                if own is None:
                    return None
                return (*own, *(_own(types[k]) for k in function.written))
            if spec.kind == "tangent":
                base = self.result_types(spec.func, types[: -len(spec.wrt) or None], stmt)
                return None if base is None else (*base, *base)
            return tuple(_own(types[k]) for k in spec.wrt)
        if hasattr(function, "__srcad_derivative__"):
            found = self.derived_types(function, types)
            if isinstance(function, RuleCall):
                part, half = function.part, len(stmt.targets) // 2
                check_writes_nothing(stmt, part, len(stmt.targets), found)
                if part.part == "jvp" and len(found) == 2 * half:
                    check_alike(stmt, part.call, found[:half], found[half:], TANGENT_RANK)
            if len(found) != len(stmt.targets):
                what = "writes an argument, or returns complex numbers"
                message = f"'{stmt.name}' is of a function that {what}"
                hint = "return a new array instead, and the parts of complex numbers"
                raise NotDifferentiable(Problem("E405", message, hint, stmt.span))
            return found
        key = (function, types)
        if key not in self.known:
            self._iterate(function, types, stmt)
        return self.known[key]

    def _of_rule(self, call: CustomCall, types: Types, stmt: ir.Call) -> Types:
        """Return the result types of a function with a rule of its own."""
        if call.is_opaque:
            try:
                found = opaque_types(call.rule, types)
            except TypeError as error:
                problem = Problem("E405", str(error), "pass other arguments", stmt.span)
                raise NotDifferentiable.from_problems([problem]) from None
        else:
            found = self.derived_types(call, types)
        if len(found) != len(list(leaves(call.result))):
            what = "is a checkpoint" if is_checkpoint(call.rule) else "has a rule of its own"
            message = f"'{call.rule.name}' {what} and writes its argument"
            problem = Problem("E405", message, "return a new array instead", stmt.span)
            raise NotDifferentiable.from_problems([problem])
        return found

    def _iterate(self, function: object, types: Types, stmt: ir.Call) -> None:
        """Find result types that agree with themselves in the recursive calls."""
        key = (function, types)
        self.known[key] = None
        for _ in range(MAX_ROUNDS):
            callee = infer(_program(function, types, self.kept), self.call_types)
            found = tuple(atom.type for atom in callee.returns if atom.type is not None)
            if len(found) < len(callee.returns):
                raise _problem(stmt, "has no result type", "return a number before it recurs")
            apart = isinstance(function, LoopRun)
            writes, shares = self._written_by(callee), self._shared_by(callee, apart=apart)
            before = self.known[key], self.writes.get(key), self.shares.get(key)
            if (found, writes, shares) == before:
                break
            self.known[key], self.writes[key], self.shares[key] = found, writes, shares

    def _written_by(self, callee: ir.Function) -> tuple[int, ...]:
        """Return the positions of the arguments that a function writes, or passes on to be."""
        classes = aliasing(callee)
        written = set(written_arrays(callee, classes))
        for stmt in statements(callee.body):
            if isinstance(stmt, ir.Call):
                arrays = call_leaves(stmt.args[k] for k in self.written(stmt))
                written |= {classes.of(a.name) for a in arrays if isinstance(a, ir.Var)}
        return tuple(
            k
            for k, param in enumerate(callee.params)
            for var in param_vars((param,))
            if isinstance(var.type, Array) and classes.of(var.name) in written
        )

    def _shared_by(self, callee: ir.Function, *, apart: bool = False) -> tuple[int, ...]:
        """Return the results that may be the memory of an argument or of another result.

        apart: whether no two results are one array.
        """
        facts = values(callee)
        new = frozenset(
            facts.defs[stmt, target.name]
            for stmt in statements(callee.body)
            if isinstance(stmt, ir.Call)
            for k, target in enumerate(stmt.targets)
            if k not in self.shared(stmt)
        )
        behind = {
            k: meanings([facts.returned[atom.name]], facts, new)
            for k, atom in enumerate(callee.returns)
            if isinstance(atom, ir.Var) and isinstance(atom.type, Array)
        }
        return tuple(
            k
            for k, found in behind.items()
            if any(d.kind == "param" for d in found)
            or (not apart and any(found & other for j, other in behind.items() if j != k))
        )

    def shared(self, stmt: ir.Call) -> tuple[int, ...]:
        """Return the positions of the results of a call that may be its arguments' memory."""
        if hasattr(stmt.function, "__srcad_derivative__") or isinstance(stmt.function, Printed):
            return ()
        types = known_types(stmt.args)
        return () if types is None else self.shares.get((stmt.function, types), ())

    def shared_without_rule(self, stmt: ir.Call) -> tuple[int, ...]:
        """Return what `shared` does, for a function with a rule, as it is without the rule."""
        call, types = stmt.function, known_types(stmt.args)
        if not isinstance(call, CustomCall) or call.is_opaque or types is None:
            return ()
        if (call, types) not in self.shares:
            value = lower_part(RulePart(call, "value"), types)
            self.shares[call, types] = self._shared_by(infer(value, self.call_types))
        return self.shares[call, types]

    def written(self, stmt: ir.Call) -> tuple[int, ...]:
        """Return the positions of the arguments that a call writes."""
        if hasattr(stmt.function, "__srcad_derivative__") or isinstance(stmt.function, Printed):
            return ()
        types = known_types(stmt.args)
        return () if types is None else self.writes.get((stmt.function, types), ())


def _program(function: object, types: Types, kept: frozenset[FunctionType]) -> ir.Function:
    """Return the program of a function that is called by name."""
    if isinstance(function, LoopRun):
        return function.program("primal", types)
    return lower(function, types, kept)


def _own(type_: Type) -> Type:
    return Array(type_.dtype, type_.ndim) if isinstance(type_, Array) else type_


def _problem(stmt: ir.Call, what: str, hint: str) -> NotDifferentiable:
    message = f"the recursive function '{stmt.name}' {what}"
    return NotDifferentiable.from_problems([Problem("E405", message, hint, stmt.span)])


@dataclass(frozen=True, slots=True)
class Closed:
    """All functions of a derivative, the first of which is called from outside.

    names: of those that are called, by what they are and the types of their arguments.
    """

    functions: list[ir.Function]
    names: dict[tuple[object, Types], str]


def closed(
    main: ir.Function,
    make: Make,
    wanted: Callable[[ir.Function], Iterable[ir.Call]] = lambda _: (),
) -> Closed:
    """Return `main` and all functions that it calls, each with the names it calls by.

    wanted: returns calls of functions that a function does not have, but that it may get.
    """
    own = {s.name for s in statements(main.body) if isinstance(s, ir.Call)}
    supply = NameSupply({*(all_names(main) - own), main.name})
    names: dict[tuple[object, Types], str] = {}
    todo: list[tuple[object, Types, str]] = []

    def named(stmt: ir.Stmt) -> ir.Stmt:
        if not isinstance(stmt, ir.Call) or isinstance(stmt.function, Whole | SeriesCall | Printed):
            return stmt
        return noted(stmt)

    def noted(stmt: ir.Call) -> ir.Call:
        key = (stmt.function, argument_types(stmt.args))
        if key not in names:
            names[key] = supply.fresh(stmt.name.replace(".", "_"))
            if not is_opaque(stmt.function):
                todo.append((*key, names[key]))
        return replace(stmt, name=names[key])

    done = [replace(main, body=map_block(main.body, named))]
    for call in wanted(done[0]):
        noted(call)
    while todo:
        function, types, name = todo.pop()
        spec = getattr(function, "__srcad_derivative__", DerivativeSpec(function, "primal", ()))
        made = replace(flat(make(spec, types, name)), name=name)
        done.append(replace(made, body=map_block(made.body, named)))
        for call in wanted(done[-1]):
            noted(call)
    return Closed(done, names)


def by_reference(main: ir.Function, make: Make) -> list[ir.Function]:
    """Return all functions of a derivative.

    Calls keep what the way back needs, and write their arguments, adjoints included.
    """
    calls = [stmt for stmt in statements(main.body) if isinstance(stmt, ir.Call)]
    if all(isinstance(call.function, Whole | SeriesCall | Printed) for call in calls):
        return [main]
    whole = closed(main, make, wanted_adjoints)
    known = {function.name: function for function in whole.functions}

    def find(back: ir.Call) -> ir.Function | None:
        key = adjoint_of(back), argument_types(back.args)
        return known.get(whole.names.get(key, ""))

    return in_place(with_stacks(whole.functions, find))


def is_opaque(function: object) -> bool:
    """Return whether a function is called as Numba compiles it."""
    return isinstance(function, CustomCall) and function.is_opaque


def _prims(value: Part) -> Iterator[str]:
    """Yield the primitives in a value, nested ones included."""
    if isinstance(value, ir.Op):
        yield value.prim
    for part in parts(value):
        yield from _prims(part)


def outside_functions(function: ir.Function) -> dict[str, object]:
    """Return the functions that are called as Numba compiles them, by their names here."""
    found = {
        s.name: s.function.rule.compiled
        for s in statements(function.body)
        if isinstance(s, ir.Call) and isinstance(s.function, CustomCall) and is_opaque(s.function)
    }
    values = [value for stmt in statements(function.body) for value in operands(stmt)]
    for value in (*values, *function.returns):
        for prim in _prims(value):
            if prim in PRIMS and PRIMS[prim].function is not None:
                found[prim] = PRIMS[prim].function
            elif prim in PRIMS and PRIMS[prim].spelling.startswith("special."):
                found["special"] = sys.modules["scipy.special"]
    return found


def calls_inner_derivatives(function: ir.Function) -> bool:
    """Return whether derivatives are called that Numba does not know.

    These are of functions that stand inside the function, and pullbacks.
    """
    calls = [s.function for s in statements(function.body) if isinstance(s, ir.Call)]
    return any(isinstance(called, Sweep) or _is_of_inner(called) for called in calls)


def _is_of_inner(function: object) -> bool:
    """Return whether this is a derivative, of whatever order, of an inner function."""
    spec = getattr(function, "__srcad_derivative__", None)
    return closed_of(function) is not None or (spec is not None and _is_of_inner(spec.func))


def series_functions(function: ir.Function) -> dict[str, object]:
    """Return the functions that compute power series, by their names here."""
    found: dict[str, object] = {}
    for stmt in statements(function.body):
        if isinstance(stmt, ir.Call) and isinstance(stmt.function, SeriesCall):
            name, made = stmt.function.name, stmt.function.made
            if made is None:
                found[name] = series_helper(name)
            elif name not in found:
                own: dict[str, object] = {
                    prim: PRIMS[prim].function
                    for prim in re.findall(r"\w+(?=\()", made.text)
                    if prim in PRIMS and PRIMS[prim].function is not None
                }
                found[name] = series_function(made.text, name, own)
    return found


def calls_outside(function: ir.Function) -> bool:
    """Return whether functions are called that Numba knows only as the table spells them."""
    return any(
        PRIMS[prim].function is not None or PRIMS[prim].spelling.startswith("special.")
        for stmt in statements(function.body)
        for value in operands(stmt)
        for prim in _prims(value)
        if prim in PRIMS
    )


def classes_of_results(functions: Iterable[ir.Function]) -> dict[Record, str]:
    """Return what results are made of, with a name for each class that nothing else has."""
    functions = tuple(functions)
    taken = {name for function in functions for name in all_names(function)}
    taken |= {function.name for function in functions}
    found: dict[Record, str] = {}
    for record in (r for function in functions for r in records_in(function.result)):
        if record not in found and not is_complex_record(record):
            name = record.name
            while name in taken or not name.isidentifier():
                name = f"{name}_" if name.isidentifier() else "record"
            taken.add(name)
            found[record] = name
    return found


def flat(function: ir.Function) -> ir.Function:
    """Return `function` with its results in one row, as a `Call` takes them."""
    count = len(function.returns)
    return replace(function, result=0 if count == 1 else tuple(range(count)))
