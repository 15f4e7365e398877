"""Which of the values that a function captures are arguments of what is compiled, and which not.

Arrays and floats are. All else (integers, texts, functions, modules, classes) is known while the
code is made and decides shapes, axes and branches: another value is another code. Functions are
looked into, whether they are globals, attributes of modules or in closure cells. What a function
of the same code captures in other cells is found by the same steps.
"""

from __future__ import annotations

import builtins
import dis
from dataclasses import dataclass, field
from functools import lru_cache
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from srcad.cache.content import is_of_a_library
from srcad.captured import ABSENT, contents, is_foreign, python_function
from srcad.frontend.syntax.opened import Place
from srcad.frontend.syntax.signature import TEXT
from srcad.passes.building.custom_calls import CustomRule
from srcad.rules.known import given_for

SIZES = ("8", "16", "32", "64")
INTEGERS = (f"{kind}{size}" for kind in ("int", "uint") for size in SIZES)
FLOATS = ("float32", "float64", "complex64", "complex128")
DTYPES = frozenset(map(np.dtype, ("bool", *FLOATS, *INTEGERS)))
NUMBERS = (float, np.float64, np.float32)
SAME_IF_EQUAL = (bool, int, str, bytes, float, type(None))

Read = tuple[str, tuple[str, ...]]


def is_moving(value: object) -> bool:
    """Return whether a captured value is an argument: one float, or an array of numbers."""
    if type(value) is np.ndarray:
        return value.dtype in DTYPES
    return type(value) in NUMBERS


@lru_cache(maxsize=4096)
def reads_of(code: CodeType) -> tuple[frozenset[Read], frozenset[Read]]:
    """Return the global names and the closure names that a code object reads, with attributes.

    Those of the code objects inside it are among them.
    """
    names: set[Read] = set()
    cells: set[Read] = set()
    found: tuple[set[Read], str, tuple[str, ...]] | None = None
    for step in dis.get_instructions(code):
        if found is not None and step.opname in {"LOAD_ATTR", "LOAD_METHOD"}:
            found = (found[0], found[1], (*found[2], str(step.argval)))
            continue
        if found is not None:
            found[0].add(found[1:])
        found = None
        if step.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
            found = (names, str(step.argval), ())
        elif step.opname in {"LOAD_DEREF", "LOAD_CLASSDEREF"}:
            found = (cells, str(step.argval), ())
    for const in code.co_consts:
        if isinstance(const, CodeType):
            inner, closed = reads_of(const)
            names |= inner
            cells |= closed
    return frozenset(names), frozenset(cells)


@dataclass(slots=True)
class Node:
    """A function whose cells depend on which function is looked at: that one, or in its cells.

    model: one like it, with cells of its own. cells: for each, ("argument", number),
    ("function", number of a node), or ("fixed", value).
    """

    model: FunctionType
    cells: list[tuple[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """What a function captures.

    places: of arguments, with the cells of the models. nodes: the first is of the function.
    exact: the names that are really read, by namespace. numbers, models: of arguments and nodes.
    around: the functions that are being looked into, one in another. readers: those that read a
    place. in_cycles: those that call themselves. ruled: those that have rules or are rules, or that
    these call: what they read is known while compiling.
    """

    fixed: frozenset[tuple[str, ...]]
    places: list[Place] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    exact: set[tuple[int, str]] = field(default_factory=set)
    numbers: dict[tuple[int, str], int] = field(default_factory=dict)
    models: dict[int, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    cells: dict[int, CellType] = field(default_factory=dict)
    around: list[int] = field(default_factory=list)
    readers: dict[tuple[int, str], set[int]] = field(default_factory=dict)
    in_cycles: set[int] = field(default_factory=set)
    ruled: set[int] = field(default_factory=set)

    def is_met(self, func: FunctionType) -> bool:
        """Return whether a function was looked into, or is being; these call each other."""
        if id(func) in self.around:
            self.in_cycles.update(self.around[self.around.index(id(func)) :])
        return id(func) in self.seen or id(func) in self.models

    def kept_known(self) -> frozenset[tuple[str, ...]]:
        """Return roles of what functions that call themselves read: they are no part of others."""
        return frozenset(
            place.role for place in self.places if self.readers[place.key] & self.in_cycles
        )

    def takes(self, value: object, role: tuple[str, ...]) -> bool:
        """Return whether a value is an argument: its place may be one where it must be known."""
        if not is_moving(value) or role in self.fixed:
            return False
        if type(value) is not np.ndarray and ("*",) in self.fixed:
            return False
        return ("**",) not in self.fixed

    def number(
        self, owner: dict[str, Any] | CellType, name: str, role: tuple[str, ...], value: object
    ) -> int:
        """Return the number of the argument from a place."""
        place = Place(owner, name, role, type(value) is not np.ndarray)
        if place.key not in self.numbers:
            self.numbers[place.key] = len(self.places)
            self.places.append(place)
        self.readers.setdefault(place.key, set()).update(self.around[-1:])
        return self.numbers[place.key]

    def model(self, func: FunctionType, role: tuple[str, ...]) -> int:
        """Return the number of the node of a function whose cells may be other ones."""
        if self.is_met(func) and id(func) in self.models:
            return self.models[id(func)]
        self.around.append(id(func))
        at = self.models[id(func)] = len(self.nodes)
        old = func.__closure__ or ()
        new = tuple(self.cells.setdefault(id(cell), CellType()) for cell in old)
        node = Node(_like(func, new) if old else func)
        self.nodes.append(node)
        for name, cell, own in zip(func.__code__.co_freevars, old, new, strict=True):
            value, part = contents(cell), (*role, name)
            callee = opened_function(value)
            if self.takes(value, part):
                node.cells.append(("argument", self.number(own, name, part, value)))
                continue
            if callee is not None:
                inner = self.model(callee, part)
                node.cells.append(("function", inner))
                own.cell_contents = self.nodes[inner].model
                continue
            node.cells.append(("fixed", value))
            self.rule(value)
            if value is not ABSENT:
                own.cell_contents = value
        self.names(func, role)
        self.around.pop()
        return at

    def lasting(self, func: FunctionType, role: tuple[str, ...]) -> None:
        """Look into a function that is found by its name, and is itself a fixed value."""
        if self.is_met(func):
            return
        self.seen.add(id(func))
        self.around.append(id(func))
        for name, cell in zip(func.__code__.co_freevars, func.__closure__ or (), strict=True):
            value, part = contents(cell), (*role, name)
            callee = opened_function(value)
            if self.takes(value, part):
                self.number(cell, name, part, value)
            elif callee is not None:
                self.lasting(callee, part)
            else:
                self.rule(value)
        self.names(func, role)
        self.around.pop()

    def rule(self, value: object) -> None:
        """Look at the names that a function with a rule of its own reads, if this is one."""
        rule = getattr(value, "__srcad_rule__", None)
        parts: tuple[object, ...] = ()
        if isinstance(rule, CustomRule):
            parts = (rule.func, rule.jvp, rule.fwd, rule.bwd)
        elif given_for(value) is not None:
            parts = (python_function(value),)
        for part in parts:
            if isinstance(part, FunctionType):
                self.known_names(part)

    def known_names(self, func: FunctionType) -> None:
        """Note the names that a function reads whose values are known while compiling."""
        if id(func) in self.ruled or not is_foreign(func):
            return
        self.ruled.add(id(func))
        by_name, by_cell = reads_of(func.__code__)
        for name, more in by_name:
            self.exact.add((id(func.__globals__), name))
            self.known_value(func.__globals__.get(name, ABSENT), more)
        cells = dict(zip(func.__code__.co_freevars, func.__closure__ or (), strict=True))
        for name, more in by_cell:
            if name in cells:
                self.known_value(contents(cells[name]), more)

    def known_value(self, value: object, more: tuple[str, ...]) -> None:
        """Note what is read of a value, that is known while compiling, and of its attributes."""
        for part in more:
            if not isinstance(value, ModuleType) or is_of_a_library(value.__name__):
                break
            self.exact.add((id(vars(value)), part))
            value = vars(value).get(part, ABSENT)
        self.rule(value)
        callee = opened_function(value)
        if callee is not None:
            self.known_names(callee)

    def names(self, func: FunctionType, role: tuple[str, ...]) -> None:
        """Look at the globals of a function, and the attributes of modules that it reads."""
        by_name, by_cell = reads_of(func.__code__)
        space = func.__globals__
        cells = dict(zip(func.__code__.co_freevars, func.__closure__ or (), strict=True))
        for name, attributes in sorted(by_name):
            self.exact.add((id(space), name))
            value = space.get(name, ABSENT)
            self.value(space, name, value, (*role, name))
            self.attributes(value, attributes, (*role, name))
        for name, attributes in sorted(by_cell):
            if name in cells:
                self.attributes(contents(cells[name]), attributes, (*role, name))

    def value(self, space: dict[str, Any], name: str, value: object, role: tuple[str, ...]) -> None:
        """Look at a value that has a name."""
        if self.takes(value, role):
            self.number(space, name, role, value)
            return
        callee = opened_function(value)
        if callee is not None:
            self.lasting(callee, role)
        else:
            self.rule(value)

    def attributes(self, value: object, names: tuple[str, ...], role: tuple[str, ...]) -> None:
        """Look at what modules of the user's hold."""
        for name in names:
            if not isinstance(value, ModuleType) or is_of_a_library(value.__name__):
                return
            space = vars(value)
            self.exact.add((id(space), name))
            value, role = space.get(name, ABSENT), (*role, name)
            self.value(space, name, value, role)


def opened_function(value: object) -> FunctionType | None:
    """Return the function of the user's that becomes part of whatever calls `value`."""
    if isinstance(value, FunctionType):
        plain: FunctionType | None = value
    elif hasattr(value, "__srcad_derivative__") or not hasattr(value, "py_func"):
        return None
    else:
        plain = python_function(value)
    if plain is None or hasattr(value, "__srcad_rule__") or given_for(value) is not None:
        return None
    return plain if is_foreign(plain) else None


def found_in(func: FunctionType, fixed: frozenset[tuple[str, ...]]) -> Found:
    """Return what a function captures. fixed: roles of what is no argument."""
    while True:
        found = Found(fixed)
        found.model(func, ())
        more = found.kept_known()
        if not more:
            return found
        fixed |= more


def _like(func: FunctionType, cells: tuple[CellType, ...]) -> FunctionType:
    """Return the function with other cells."""
    code, space = func.__code__, func.__globals__
    made = FunctionType(code, space, func.__name__, func.__defaults__, cells)
    made.__kwdefaults__, made.__doc__ = func.__kwdefaults__, func.__doc__
    made.__module__, made.__qualname__ = func.__module__, func.__qualname__
    if TEXT in func.__dict__:
        made.__dict__[TEXT] = func.__dict__[TEXT]
    return made


def is_alike(one: object, other: object) -> bool:
    """Return whether two fixed values are one, or equal literals."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if type(one) is tuple:
        assert isinstance(other, tuple)
        return len(one) == len(other) and all(map(is_alike, one, other))
    return type(one) in SAME_IF_EQUAL and repr(one) == repr(other)


def is_lasting(value: object) -> bool:
    """Return whether a value is of a library: a module, a function, a class."""
    match value:
        case ModuleType():
            return is_of_a_library(value.__name__)
        case FunctionType():
            return not is_foreign(value)
        case type():
            return is_of_a_library(value.__module__) or value.__module__ == "builtins"
        case bool() | int() | float() | str() | tuple() | None:
            return False
    name = getattr(value, "__name__", None)
    kind = type(value).__module__
    is_callable = callable(value) and isinstance(name, str)
    return is_callable and (kind == "builtins" or kind.partition(".")[0] == "numpy")


def is_builtin(name: str) -> bool:
    """Return whether Python has this name itself."""
    return hasattr(builtins, name)
