"""How functions of one piece of code are given what they capture: made once, found again.

A plan has the function that is differentiated, whose first arguments are what is captured, and
all that must be the same for another function of the same code. Functions that are fitted to
it need no derivation and no compilation, whatever arrays and floats they capture.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import RLock
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from srcad.captured import ABSENT, Watch, contents, is_foreign, watched
from srcad.frontend.syntax.opened import Unhidden, opened, opened_of
from srcad.frontend.syntax.signature import signature_of
from srcad.moving import (
    Found,
    found_in,
    is_alike,
    is_builtin,
    is_lasting,
    is_moving,
    opened_function,
)

if TYPE_CHECKING:
    from collections.abc import Hashable

MOST_CODES, MOST_PLANS = 512, 8
"""How many pieces of code are known, and how many plans for each: the last ones."""

Role = tuple[str, ...]


@dataclass(slots=True)
class Known:
    """What is known of one code object. fixed: roles of what has to be known while compiling.

    count: how many plans were made. is_own_refused: whether the function itself is compiled by
    Numba alone, for what it captures.
    """

    code: CodeType
    fixed: frozenset[Role] = frozenset()
    plans: list[Plan] = field(default_factory=list)
    count: int = 0
    is_own_refused: bool = False


@dataclass(slots=True, eq=False)
class Plan:
    """What functions of the same code, and with the same fixed values, have in common.

    base: what is differentiated. key: its content. watch: what tells that the values that all of
    these functions share are the same; None where that takes a look at all contents.
    kernels: the derivatives of `base`.
    """

    known: Known
    found: Found
    base: FunctionType
    key: Hashable
    watch: Watch | None
    kernels: dict[Hashable, Any]

    @property
    def count(self) -> int:
        """Return how many arguments come before those of the function."""
        return len(self.found.places)

    def without(self, error: Unhidden) -> None:
        """Let values be known while compiling, in this plan's place."""
        with _lock:
            if self not in self.known.plans:
                return  # somebody has done so
            roles = {place.role for place in self.found.places if place.key in error.keys}
            if not roles and any(place.is_number for place in self.found.places):
                roles = {("*",)}
            is_new = bool(roles - self.known.fixed)
            self.known.fixed |= roles if is_new else {("**",)}
            self.known.plans.clear()


@dataclass(slots=True, eq=False)
class Fitted:
    """A function as a plan sees it.

    cells: of this function, by those of the models. functions: those in the place of models.
    fixed: cells and what they hold.
    """

    plan: Plan
    func: FunctionType
    cells: dict[int, CellType]
    functions: list[FunctionType]
    fixed: list[tuple[CellType, object]]

    def owner(self, number: int) -> dict[str, Any] | CellType:
        """Return where the value of an argument is read."""
        owner = self.plan.found.places[number].owner
        return self.cells.get(id(owner), owner) if isinstance(owner, CellType) else owner

    def values(self) -> tuple[Any, ...]:
        """Return what is captured now. Raises NameError for what is not there."""
        return tuple(map(self.value, range(self.plan.count)))

    def value(self, number: int) -> Any:
        """Return the value of an argument now. Raises NameError if there is none."""
        found = self.now(number)
        if found is ABSENT:
            message = f"name '{self.plan.found.places[number].name}' is not defined"
            raise NameError(message)
        return found

    def now(self, number: int) -> Any:
        """Return the value of an argument now, `ABSENT` if there is none."""
        owner, place = self.owner(number), self.plan.found.places[number]
        return owner.get(place.name, ABSENT) if isinstance(owner, dict) else contents(owner)

    def is_fresh(self) -> bool:
        """Return whether all that is fixed is what it was."""
        plan = self.plan
        if plan not in plan.known.plans:
            return False
        if plan.watch is None:
            found = found_in(self.func, plan.known.fixed)
            return watched(_base(self.func, found))[0] == plan.key
        if not plan.watch.is_unchanged():
            return False
        for func, node in zip(self.functions, plan.found.nodes, strict=True):
            if not _is_like(func, node.model):
                return False
        if any(contents(cell) is not value for cell, value in self.fixed):
            return False
        return all(map(is_moving, map(self.now, range(plan.count))))


_lock = RLock()
_known: OrderedDict[int, Known] = OrderedDict()
_frozen: OrderedDict[int, Known] = OrderedDict()


def fitted(func: FunctionType, *, is_frozen: bool = False) -> Fitted:
    """Return a function as a plan sees it, one that was made before if there is one.

    is_frozen: whether nothing is an argument.
    """
    with _lock:
        known = _known_of(func.__code__, is_frozen=is_frozen)
        for plan in known.plans:
            found = _fit(plan, func)
            if found is not None:
                return found
        return _new(known, func)


def _known_of(code: CodeType, *, is_frozen: bool) -> Known:
    """Return what is known of a code object."""
    table = _frozen if is_frozen else _known
    known = table.get(id(code))
    if known is None:
        known = table[id(code)] = Known(code, frozenset({("**",)}) if is_frozen else frozenset())
        while len(table) > MOST_CODES:
            table.popitem(last=False)
    return known


def _new(known: Known, func: FunctionType) -> Fitted:
    """Return a function as a new plan sees it; the derivatives of equal plans are shared."""
    known.count += 1
    found = found_in(func, known.fixed)
    base = _base(func, found)
    key, watch = watched(base)
    kernels: dict[Hashable, Any] = {}
    for plan in known.plans:
        if plan.key == key and watched(plan.base)[0] == key:
            base, kernels = plan.base, plan.kernels
            known.plans.remove(plan)
            break
    plan = Plan(known, found, base, key, watch, kernels)
    made = _cells(plan, func)
    assert made is not None
    if plan.count or guards(made) != []:  # others die with their functions
        known.plans[:] = [plan, *known.plans[: MOST_PLANS - 1]]
    return made


def _base(func: FunctionType, found: Found) -> FunctionType:
    """Return what is differentiated in the place of a function; itself if nothing is given."""
    if not found.places:
        return func
    base: FunctionType = opened(found.nodes[0].model, signature_of(func), found.places)
    return base


def _fit(plan: Plan, func: FunctionType) -> Fitted | None:
    """Return a function as a plan sees it, None if it is not one for it."""
    if plan.watch is None or not plan.watch.is_unchanged():
        return None
    for place in plan.found.places:
        owner = place.owner
        if not isinstance(owner, CellType) and not is_moving(owner.get(place.name)):
            return None
    return _cells(plan, func)


def _cells(plan: Plan, func: FunctionType) -> Fitted | None:
    """Return a function as a plan sees it, None if fixed values in its cells are others."""
    cells: dict[int, CellType] = {}
    functions: list[Any] = [None] * len(plan.found.nodes)
    functions[0] = func
    fixed: list[tuple[CellType, object]] = []
    for at, node in enumerate(plan.found.nodes):
        own = functions[at]
        if own is None or not _is_like(own, node.model):
            return None
        models = node.model.__closure__ or ()
        for cell, model, (kind, known) in zip(
            own.__closure__ or (), models, node.cells, strict=True
        ):
            if cells.setdefault(id(model), cell) is not cell:
                return None
            value = contents(cell)
            if kind == "argument":
                if not is_moving(value):
                    return None
                continue
            fixed.append((cell, value))
            if kind == "function":
                callee = opened_function(value)
                if callee is None or functions[known] not in (None, callee):
                    return None
                functions[known] = callee
            elif not is_alike(value, known):
                return None
    return Fitted(plan, func, cells, functions, fixed)


def _is_like(func: FunctionType, model: FunctionType) -> bool:
    """Return whether a function is another one but for its cells."""
    return (
        func.__code__ is model.__code__
        and func.__globals__ is model.__globals__
        and is_alike(func.__defaults__, model.__defaults__)
        and _named(func) == _named(model)
    )


def _named(func: FunctionType) -> tuple[tuple[str, int], ...]:
    """Return the defaults of keywords by identity."""
    return tuple((name, id(value)) for name, value in (func.__kwdefaults__ or {}).items())


def is_open(func: object) -> bool:
    """Return whether captured values of a function may be arguments: it is one of the user's."""
    return (
        isinstance(func, FunctionType)
        and is_foreign(func)
        and opened_of(func) is None
        and not hasattr(func, "__srcad_closed__")
    )


def captures(func: object) -> bool:
    """Return whether a function is one of the user's that captures anything."""
    if not is_open(func):
        return False
    assert isinstance(func, FunctionType)
    known = _known.get(id(func.__code__))
    if known is not None and known.plans:  # there are plans only for what captures anything
        return True
    found = fitted(func)
    return found.plan.count > 0 or guards(found) != []


# What has to be compared at each call ------------------------------------------------------

Guard = tuple[str, Any, str, object]
"""What kind of place, its owner, a name, and what it held."""


def guards(made: Fitted) -> list[Guard] | None:
    """Return what is compared at each call of a derivative; None: all contents.

    What libraries have is no captured value. Names are those that are really read.
    """
    plan = made.plan
    if plan.watch is None:
        return None
    found: dict[tuple[int, str], Guard] = {}
    exact = plan.found.exact
    for space, name, value in plan.watch.names:
        key = (id(space), name)
        if key in exact and (value is not ABSENT or is_builtin(name)):
            found[key] = ("name", space, name, value)
    own = set(made.cells)
    for cell, value in (*plan.watch.cells, *made.fixed):
        if id(cell) not in own and value is not ABSENT:
            found[id(cell), ""] = ("cell", cell, "", value)
    for owner, name, value in plan.watch.attributes:
        if value is not ABSENT:
            found[id(owner), name] = ("attribute", owner, name, value)
    if not plan.count and all(value is ABSENT or is_lasting(value) for *_, value in found.values()):
        return []
    of_models = {id(node.model) for node in plan.found.nodes}
    called = [func for func, *_ in plan.watch.functions if id(func) not in of_models]
    for func in (*made.functions, *called):
        found[id(func), "__code__"] = ("code", func, "__code__", func.__code__)
        if func.__defaults__ is not None:
            found[id(func), "__defaults__"] = ("code", func, "__defaults__", func.__defaults__)
        named = func.__kwdefaults__
        if named is not None:
            found[id(func), "__kwdefaults__"] = ("code", func, "__kwdefaults__", named)
            for name, value in named.items():
                found[id(named), name] = ("name", named, name, value)
    return list(found.values())


def parameters(base: FunctionType, count: int) -> list[inspect.Parameter]:
    """Return the parameters after those for what is captured."""
    return list(signature_of(base).parameters.values())[count:]
