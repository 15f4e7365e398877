"""What a function takes from outside its arguments, as a key.

Numba freezes globals and closure values into compiled code, and so do we. A derivative
object is therefore right for the values that it was made with, and another value must
give another object.
"""

from __future__ import annotations

import builtins
import sys
from dataclasses import dataclass, field, replace
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING

import numpy as np

from srcad.backend.fingerprint import fingerprint
from srcad.backend.numba_kernels import KERNELS, description, python_part
from srcad.cache.content import Identity, Written, is_of_a_library
from srcad.foreign import is_of_another_tape
from srcad.frontend.syntax.opened import Key, opened_of, place_key
from srcad.options import Options
from srcad.passes.building.custom_calls import CustomRule
from srcad.rules.known import given_for, version

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

PLAIN = (bool, int, float, complex, str, bytes, tuple, np.generic, np.ndarray)

ABSENT = object()
HIDDEN = "an argument"


def python_function(func: object) -> FunctionType | None:
    """Return the Python function behind a dispatcher, a derivative or a function."""
    if isinstance(func, FunctionType):
        return func
    spec = getattr(func, "__srcad_derivative__", None)
    if spec is not None:
        return python_function(spec.func)
    inner = getattr(func, "py_func", None)
    return inner if isinstance(inner, FunctionType) else None


@dataclass(frozen=True, slots=True)
class Watch:
    """What was read from names and cells when a content key was made, to be compared again.

    names: (namespace, name, value), with `ABSENT` for what was not there. cells: (cell, value).
    attributes: (class, name, value).
    functions: (function, code, defaults, defaults of keywords). rules: what `version` said.
    """

    names: tuple[tuple[dict[str, object], str, object], ...]
    cells: tuple[tuple[CellType, object], ...]
    attributes: tuple[tuple[type, str, object], ...]
    functions: tuple[tuple[FunctionType, CodeType, object, object], ...]
    rules: int = field(default_factory=version)

    def is_unchanged(self) -> bool:
        """Return whether all names and cells hold the very objects that they held."""
        if self.rules != version():
            return False
        for namespace, name, value in self.names:
            if namespace.get(name, ABSENT) is not value:
                return False
        for cell, value in self.cells:
            if contents(cell) is not value:
                return False
        for owner, name, value in self.attributes:
            if _attribute(owner, name) is not value:
                return False
        for func, code, defaults, named in self.functions:
            if func.__code__ is not code or func.__defaults__ is not defaults:
                return False
            if func.__kwdefaults__ is not named:
                return False
        return True


def content_key(func: FunctionType) -> Hashable:
    """Return a key of the code of `func` and of all that it captures, callees included.

    What is an argument (`Opened`) has its number in place of its content.
    """
    return _walked(func)[0]


def lasting_key(func: object) -> Hashable:
    """Return the key of a function, or of a derivative, for other processes.

    It has the rules themselves, not their number in this process.
    """
    spec = getattr(func, "__srcad_derivative__", None)
    if spec is not None:
        what = spec.what
        return (what, spec.width, _without_cache(func), lasting_key(spec.func))
    assert isinstance(func, FunctionType)
    return _walked(func)[0][1:]


def _without_cache(func: object) -> object:
    options = getattr(func, "options", None)
    return replace(options, cache=False) if isinstance(options, Options) else None


def watch(func: FunctionType) -> Watch | None:
    """Return what tells in no time that the content key of `func` is still the same.

    None for functions that capture arrays, or look into classes: these change in place.
    """
    return watched(func)[1]


def watched(func: FunctionType) -> tuple[Hashable, Watch | None]:
    """Return the content key of `func`, and what tells that it is the same."""
    key, walk = _walked(func)
    if not walk.is_watchable:
        return key, None
    names, cells, attributes = walk.reads, walk.cells, walk.attributes_read
    return key, Watch(tuple(names), tuple(cells), tuple(attributes), tuple(walk.functions))


def _walked(func: FunctionType) -> tuple[tuple[Hashable, ...], _Walk]:
    """Return the content key of `func`, and the walk that has found it."""
    names: set[str] = set()
    opened = opened_of(func)
    hidden: dict[Key, int] = {}
    if opened is not None:
        func = opened.func
        hidden = {place.key: k for k, place in enumerate(opened.places)}
    while True:
        walk = _Walk(frozenset(names), hidden)
        key = (version(), len(hidden) if opened else None, *walk.function_keys(func))
        if not walk.has_owners or walk.names <= names:
            return key, walk
        names |= walk.names


@dataclass(slots=True)
class _Walk:
    """One walk over all that a function captures.

    attributes: the names that may be looked up in the modules and classes that are met: all
        names of all functions, as a class that one of them captures another may be given.
    hidden: numbers of the places whose values are arguments.
    names: the names of the functions met. seen: numbers functions, modules and classes in
        the order in which they are met: what is met again is known by its number.
    reads, cells, attributes_read, functions: what a `Watch` compares. is_watchable: whether
        that is enough.
    """

    attributes: frozenset[str]
    hidden: dict[Key, int] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    seen: dict[int, int] = field(default_factory=dict)
    has_owners: bool = False
    reads: list[tuple[dict[str, object], str, object]] = field(default_factory=list)
    cells: list[tuple[CellType, object]] = field(default_factory=list)
    attributes_read: list[tuple[type, str, object]] = field(default_factory=list)
    functions: list[tuple[FunctionType, CodeType, object, object]] = field(default_factory=list)
    is_watchable: bool = True

    def is_new(self, value: object) -> bool:
        """Return whether `value` is met for the first time."""
        count = len(self.seen)
        return self.seen.setdefault(id(value), count) == count

    def function_keys(self, func: FunctionType) -> Iterator[Hashable]:
        """Yield keys of the code, the defaults, the cells and the globals of `func`."""
        if not self.is_new(func):
            yield self.seen[id(func)]
            return
        code = func.__code__
        self.functions.append((func, code, func.__defaults__, func.__kwdefaults__))
        yield Written(code, code.co_filename)
        yield from map(self.value_key, func.__defaults__ or ())
        named = func.__kwdefaults__ or {}
        for name, value in sorted(named.items()):
            self.reads.append((named, name, value))
            yield (name, self.value_key(value))
        for name, cell in zip(code.co_freevars, func.__closure__ or (), strict=True):
            yield (name, self.cell_key(cell))
        own = set(_names(code))
        self.names |= own
        for name in sorted(own):
            number = self.hidden.get(place_key(func.__globals__, name))
            if number is not None:
                yield (name, HIDDEN, number)
                continue
            value = func.__globals__.get(name, ABSENT)
            self.reads.append((func.__globals__, name, value))
            if value is ABSENT:
                yield from self.put_into(builtins, {name}, depth=0)
                continue
            yield (name, self.value_key(value))
            if isinstance(value, ModuleType) and _is_outside(value.__name__):
                yield from self.put_into(value, own)

    def put_into(self, library: ModuleType, names: set[str], depth: int = 3) -> Iterator[Hashable]:
        """Yield keys of what looks as if a user had put it into a library: values, functions.

        Functions that have another name there may be another's.
        """
        namespace = vars(library)
        for name in sorted(names & namespace.keys()):
            value = namespace[name]
            if isinstance(value, ModuleType):
                if depth > 0 and _is_outside(value.__name__):
                    yield from self.put_into(value, names, depth - 1)
            elif (
                isinstance(value, PLAIN)
                or is_foreign(value)
                or getattr(value, "__name__", name) != name
            ):
                self.reads.append((namespace, name, value))
                yield (library.__name__, name, self.value_key(value))

    def cell_key(self, cell: CellType) -> Hashable:
        """Return the key of a closure cell, which may be empty."""
        number = self.hidden.get(place_key(cell, ""))
        if number is not None:
            return (HIDDEN, number)
        value = contents(cell)
        self.cells.append((cell, value))
        return () if value is ABSENT else self.value_key(value)

    def value_key(self, value: object) -> Hashable:
        """Return a key of one captured value: content for numbers, arrays and functions."""
        given = given_for(value)
        if given is not None:
            return ("rule", Identity(given))
        match value:
            case None | bool() | int() | float() | complex() | str() | bytes() | np.generic():
                return fingerprint(value)
            case np.ndarray() if value.dtype.hasobject or value.dtype.names:
                self.is_watchable = False
                return Identity(value)
            case np.ndarray():
                self.is_watchable = False
                return fingerprint(value)
            case tuple():
                return (type(value), *map(self.value_key, value))
            case MethodType():
                return (self.value_key(value.__func__), self.value_key(value.__self__))
            case ModuleType() | type():
                return (Identity(value), *self.attribute_keys(value))
            case FunctionType() if not is_foreign(value):
                return Identity(value)
            case FunctionType():
                return tuple(self.function_keys(value))
        rule = getattr(value, "__srcad_rule__", None)
        if isinstance(rule, CustomRule):
            parts = (rule.func, rule.jvp, rule.fwd, rule.bwd)
            return (rule.kind, rule.apart, *map(self.value_key, parts))
        spec = getattr(value, "__srcad_derivative__", None)
        if spec is not None:
            what = spec.what
            return (what, _without_cache(value), self.value_key(spec.func))
        if isinstance(value, KERNELS):
            part = python_part(value)
            about = (type(value).__name__, description(value))
            return Identity(value) if part is None else (about, *self.function_keys(part))
        func = python_function(value)
        flags = repr(sorted(getattr(value, "targetoptions", {}).items()))  # of `@njit`
        return Identity(value) if func is None else (flags, *self.function_keys(func))

    def attribute_keys(self, owner: ModuleType | type) -> Iterator[Hashable]:
        """Yield keys of the attributes of a user's module or class that may be meant."""
        module = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
        if _is_outside(module) or not self.is_new(owner):
            return
        self.has_owners = True
        namespace = vars(owner)
        is_module = isinstance(owner, ModuleType)
        self.is_watchable &= not is_module or "__getattr__" not in namespace
        for name in sorted(self.attributes):
            number = self.hidden.get(place_key(namespace, name)) if is_module else None
            if number is not None:
                yield (name, HIDDEN, number)
                continue
            value = _attribute(owner, name)
            if isinstance(owner, ModuleType):
                self.reads.append((namespace, name, value))
            else:
                self.attributes_read.append((owner, name, value))
                self.is_watchable &= _attribute(owner, name) is value
            if value is not ABSENT:
                yield (name, self.value_key(value))


def _is_outside(module: str) -> bool:
    """Return whether a module is not the user's: nothing in it is looked into.

    Functions of JAX and PyTorch are never derived, and lead through all of their library.
    """
    return is_of_a_library(module) or is_of_another_tape(module)


def is_foreign(value: object) -> bool:
    """Return whether a value is a Python function that no library says is its own.

    Libraries whose versions are part of what is kept on disk; SciPy's are looked into.
    """
    if not isinstance(value, FunctionType):
        return False
    module = str(value.__module__)
    if is_of_another_tape(module):
        return False
    inside: object = sys.modules.get(module)
    for part in value.__qualname__.split("."):
        inside = getattr(inside, part, None)
    root = module.partition(".")[0]
    return inside is not value or root == "scipy" or not is_of_a_library(module)


def contents(cell: CellType) -> object:
    """Return what a closure cell holds, `ABSENT` while it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return ABSENT


def _attribute(owner: ModuleType | type, name: str) -> object:
    """Return an attribute, `ABSENT` if there is none, or if looking for it fails."""
    try:
        return getattr(owner, name, ABSENT)
    except Exception:  # noqa: BLE001 - a module may raise anything; lowering asks again
        return ABSENT


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names that a code object and those inside it look up by name.

    Names that are none are of tools, such as pytest, and not the user's.
    """
    yield from (name for name in code.co_names if name.isidentifier())
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _names(const)
