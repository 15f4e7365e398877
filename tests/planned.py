"""Is what a plan keeps enough? A check that needs no adjoint.

The primal is interpreted, and its trace is walked backwards: elements are put back that the
plan puts back, writers run again that it runs again, and what it says is there is read there.
Every value that a reversed statement asks for must be what it was, to the bit.
"""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass, field
from typing import Any

import numba
import numpy as np

from srcad.analysis.values import ROOT, Def, Place, values
from srcad.arguments import is_differentiable
from srcad.derivation import Derivation
from srcad.frontend.types.numba_types import from_numba
from srcad.ir import nodes as ir
from srcad.ir.show import first_line
from srcad.ir.text import expression
from srcad.ir.walk import param_vars
from srcad.passes.planning.choose import Plans, RegionPlan
from srcad.pipeline import HELPERS, STEPS
from srcad.rules.linalg import Whole
from srcad.spec import DerivativeSpec
from tests.harness import plain_function, poisoned
from tests.oracle import leaves
from tests.planned_back import WayBack, same

LONGEST = 200_000
"""So many statements are run at most."""


class TooLongError(Exception):
    """A program takes too long to be interpreted."""


class NotRunError(Exception):
    """A program has a statement or a call that the check of plans does not run."""


@dataclass(slots=True)
class Checked:
    """How many values were compared, and what was wrong."""

    regions: int = 0
    values: int = 0
    wrong: list[str] = field(default_factory=list)


def reversed_program(func: Any, args: tuple[Any, ...], kind: str) -> tuple[ir.Function, Any]:
    """Return a program as reverse mode takes it, and the positions that it is derived by."""
    func = plain_function(func)
    names = func.__code__.co_varnames
    types = tuple(map(from_numba, map(numba.typeof, args), names))
    wrt = tuple(k for k, type_ in enumerate(types) if is_differentiable(type_))
    spec: Any = DerivativeSpec(func, kind, wrt)  # type: ignore[arg-type]
    return Derivation(spec, types, STEPS).until("carried"), wrt


def check_plan(
    func: Any, args: tuple[Any, ...], kind: str = "adjoint", nominal: int = 1000
) -> Checked:
    """Return what is wrong with the plan of a program, for these arguments."""
    return check_plans(func, args, kind, (nominal,))


def check_plans(func: Any, args: tuple[Any, ...], kind: str, extents: tuple[int, ...]) -> Checked:
    """Return what is wrong with the plans of a program, made for extents of several sizes."""
    bound = inspect.signature(plain_function(func)).bind(*args)
    bound.apply_defaults()
    function, wrt = reversed_program(func, bound.args, kind)
    checked = Checked()
    for nominal in extents:
        plans = Plans(function, values(function), wrt, seeded=kind == "grad", nominal=nominal)
        run = Run(plans, plans.region(ROOT), checked)
        run.start(bound.args)
    return checked


class Run:
    """A run of the primal, and the ways back of its regions."""

    def __init__(self, plans: Plans, plan: RegionPlan, checked: Checked) -> None:
        self.plans = plans
        self.primal = plans.primal
        self.facts = plans.primal.facts
        self.plan = plan
        self.checked = checked
        self.env: dict[str, Any] = {}
        self.at: dict[ir.Stmt, int] = {}
        self.truth: dict[tuple[Def, tuple[int, ...]], Any] = {}
        self.steps = 0
        self.is_again = False
        self.regions = {p.root: WayBack(self, p) for p in _regions(plan)}
        self.globals: dict[str, Any] = {"np": np, "math": math}
        self.globals |= {name: getattr(h, "py_func", h) for name, h in HELPERS.items()}
        self.globals |= {"added": lambda a, b: a + b, "hidden": lambda a: a}
        self.code: dict[int, Any] = {}

    def start(self, args: tuple[Any, ...]) -> None:
        """Run the function, and go back."""
        function = self.primal.function
        self.env = dict(function.constants)
        flat = [leaf for arg in args for leaf in leaves(arg)]
        names = list(param_vars(function.params))
        assert len(names) == len(flat)
        for var, leaf in zip(names, flat, strict=True):
            own = leaf.copy() if isinstance(leaf, np.ndarray) else leaf
            self.env[var.name] = np.float64(own) if type(own) is float else own
        for d in self.facts.arguments.values():
            self.truth[d, ()] = self.env.get(d.name)
        with np.errstate(all="ignore"):
            self.region_starts(ROOT)
            self.block(function.body)
            self.region_ends(ROOT)

    # Interpreting -----------------------------------------------------------------------

    def value(self, part: Any) -> Any:
        """Return the value of an operand, or of an operation, now."""
        match part:
            case ir.Const(value=value):
                return np.float64(value) if type(value) is float else value
            case ir.Var(name=name):
                return self.env[name]
            case ir.Load(array=array, index=index):
                return self.env[array.name][self.index(index)]
        key = id(part)
        if key not in self.code:
            self.code[key] = compile(expression(part), "<operation>", "eval")
        return eval(self.code[key], self.globals, self.env)

    def index(self, index: ir.Index) -> tuple[Any, ...]:
        """Return the value of an index now."""

        def part(p: Any) -> Any:
            if not isinstance(p, ir.Slice):
                return self.value(p)
            return slice(*(None if e is None else self.value(e) for e in (p.lo, p.hi, p.step)))

        return tuple(map(part, index))

    def iteration(self, place: Place) -> tuple[int, ...]:
        """Return which iteration of the loops around a block this is."""
        return tuple(self.at[s] for s in self.primal.loops(place) if s in self.at)

    def note(self, d: Def) -> None:
        """Remember what a value is."""
        if self.is_again:
            return
        value = self.truth[d, self.iteration(d.place)] = self.env.get(d.name)
        if value is None or self.primal.is_array(d.name):
            return
        node = self.plans.numbers.value(d)
        first = self.truth.get((node.defs[0], self.iteration(node.place)))
        if first is not None and not same(first, value):
            self.checked.wrong.append(f"{d.name} is {value}, not {first} as {node.name}")

    def block(self, block: ir.Block) -> None:
        """Run statements."""
        for stmt in block:
            self.statement(stmt)

    def statement(self, stmt: ir.Stmt) -> None:
        """Run a statement."""
        self.steps += 1
        if self.steps > LONGEST:
            raise TooLongError
        match stmt:
            case ir.Let(target=target, value=value):
                found = self.value(value)
                dtype = getattr(target.type, "dtype", "")
                if not isinstance(found, np.ndarray) and dtype:
                    found = np.dtype(dtype).type(found)
                elif isinstance(found, np.ndarray) and getattr(value, "prim", "") == "empty":
                    poisoned(found)
                self.env[target.name] = found
                self.note(self.facts.defs[stmt, target.name])
            case ir.Accum(target=target, index=None, value=value):
                before = self.env[target.name]
                self.env[target.name] = type(before)(before + self.value(value))
                self.note(self.facts.defs[stmt, target.name])
            case ir.Store(array=array, index=index, value=value):
                self.write(stmt, self.env[array.name], self.index(index), self.value(value))
            case ir.Accum(target=array, index=tuple() as index, value=value):
                held, where = self.env[array.name], self.index(index)
                self.write(stmt, held, where, held[where] + self.value(value))
            case ir.If(test=test, then=then, orelse=orelse):
                self.block(then if self.value(test) else orelse)
                for d in self.facts.joins[stmt].values():
                    self.note(d)
            case ir.For():
                self.counted(stmt)
            case ir.While():
                self.conditional(stmt)
            case ir.Call(targets=targets):
                self.call(stmt)
                for target in targets:
                    self.note(self.facts.defs[stmt, target.name])
            case ir.Raise(kind=kind, args=args):
                raise kind(*args)
            case _:
                raise NotRunError(type(stmt).__name__)
        if not self.is_again:
            for back in self.open_regions():
                back.ran(stmt)

    def call(self, stmt: ir.Call) -> None:
        """Run a call: of a function of the user's, or of NumPy's as it is printed."""
        if inspect.isfunction(stmt.function):
            args = [self.value(a) for a in stmt.args if isinstance(a, ir.Var | ir.Const)]
            found = stmt.function(*args)
            results = found if len(stmt.targets) > 1 else (found,)
            for target, result in zip(stmt.targets, results, strict=True):
                self.env[target.name] = result
        elif isinstance(stmt.function, Whole):
            exec(first_line(stmt), self.globals, self.env)
        else:
            raise NotRunError(stmt.name)

    def write(self, stmt: ir.Stmt, array: Any, where: tuple[Any, ...], new: Any) -> None:
        """Write an element; regions remember what it was."""
        if not self.is_again:
            for back in self.open_regions():
                back.olds[stmt, self.iteration(self.facts.where[stmt][0])] = (
                    *(array, where, array[where]),
                )
        array[where] = new

    def counted(self, loop: ir.For) -> None:
        """Run a counted loop."""
        indices = range(*(int(self.value(a)) for a in (loop.start, loop.stop, loop.step)))
        place = Place(loop, "body")
        for count, index in enumerate(indices):
            self.at[loop] = count
            self.enters(loop, place)
            self.env[loop.var.name] = index
            self.note(self.facts.defs[loop, loop.var.name])
            self.block(loop.body)
            self.region_ends(place)
            if loop.until is not None and self.env[loop.until.name]:
                break
        self.leaves(loop)

    def conditional(self, loop: ir.While) -> None:
        """Run a loop until its condition fails."""
        count = 0
        while True:
            self.at[loop] = count
            self.enters(loop, Place(loop, "cond_body"))
            self.block(loop.cond_body)
            if not self.value(loop.cond):
                break
            self.block(loop.body)
            count += 1
        self.leaves(loop)

    def enters(self, loop: ir.For | ir.While, place: Place) -> None:
        """An iteration begins."""
        for d in self.facts.phis[loop].values():
            self.note(d)
        if not self.is_again:
            for back in self.open_regions():
                back.entered(loop)
            self.region_starts(place)

    def leaves(self, loop: ir.For | ir.While) -> None:
        """A loop ends."""
        self.at.pop(loop, None)
        for d in self.facts.outs[loop].values():
            self.note(d)

    # Regions ----------------------------------------------------------------------------

    def open_regions(self) -> list[WayBack]:
        """Return the regions that are running."""
        return [back for back in self.regions.values() if back.is_open]

    def region_starts(self, place: Place) -> None:
        """Begin the region of a block, if it is one."""
        back = self.regions.get(place)
        if back is not None and not self.is_again:
            back.begin()

    def region_ends(self, place: Place) -> None:
        """Go back through the region of a block, if it is one."""
        back = self.regions.get(place)
        if back is not None and not self.is_again:
            back.go()


def _regions(plan: RegionPlan) -> list[RegionPlan]:
    return [plan, *(inner for p in plan.once.values() for inner in _regions(p))]
