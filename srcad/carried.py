"""Functions that carry values: partials, bound methods, objects that can be called.

An operator differentiates the function behind them. What they carry is an argument of it like
any other, but constant, and is looked up at each call: a held gradient follows an object whose
attributes change, and new values of the same types need no new code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import CodeType, FunctionType, MethodType
from typing import Any, cast

import numpy as np
from numba.core.dispatcher import Dispatcher

from srcad.arguments import Argnums, is_several, parameter_names
from srcad.backend.value_types import type_of
from srcad.bound import Bound
from srcad.cache.content import is_of_a_library
from srcad.captured import python_function
from srcad.frontend.syntax.signature import signature_of
from srcad.ir.records import Record, given_class, record_of
from srcad.ir.structures import given
from srcad.rules.known import given_for

PASSED = (bool, int, float, np.ndarray, np.generic)
"""What compiled code takes as it is."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """What carries values, taken apart.

    func: a function, a dispatcher or a derivative. args: what its first parameters are given.
    keywords: what others are given, unless a call gives something else.
    """

    func: Any
    args: tuple[Any, ...]
    keywords: dict[str, Any]

    def values(self) -> tuple[Any, ...]:
        """Return the first arguments as they are now."""
        return tuple(map(_now, self.args))

    def check_no_keywords(self, operator: str) -> None:
        """Raise TypeError where keywords are carried: other arguments follow those of `func`."""
        if self.keywords:
            names = ", ".join(self.keywords)
            message = f"{operator} of a partial with the keyword {names}; write a def instead"
            raise TypeError(message)

    def arguments(self, given: Sequence[Any]) -> tuple[Any, ...]:
        """Return all arguments by position. Raises TypeError where some have none."""
        count = len(self.args)
        bound = signature_of(self.func).bind(*self.args, *given, **self.keywords)
        bound.apply_defaults()
        if bound.kwargs:
            names = ", ".join(bound.kwargs)
            message = f"jvp, vjp and taylor take arguments by position, and {names} has none"
            raise TypeError(message)
        return (*self.values(), *bound.args[count:])


@dataclass(frozen=True, slots=True)
class Instance:
    """An object whose method is called; `names` are the attributes that it may read."""

    owner: Any
    names: tuple[str, ...]

    def now(self) -> tuple[Any, ...]:
        """Return a named tuple of the attributes that compiled code can take."""
        found = {}
        for name in self.names:
            value = getattr(self.owner, name, self)
            if value is not self and _can_be_passed(value):
                found[name] = given(value)
        kind = self.owner if isinstance(self.owner, type) else type(self.owner)
        return tuple.__new__(_class_of(kind, tuple(found)), found.values())


@cache
def _class_of(kind: type[Any], names: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """Return the class of named tuples for objects of a class, by the attributes that are read."""
    return given_class(Record(kind, names, is_object=True))


class Carrying:
    """A derivative of a function that carries values; they are read at each call.

    It is called from Python. `made` is the Numba function behind it, which takes what is
    carried as arguments; all else (`inspect_llvm()`, `signatures`) is asked of that one.
    """

    __slots__ = ("carrier", "made")

    def __init__(self, made: Any, carrier: Carrier) -> None:
        self.made = made
        self.carrier = carrier

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the derivative with what is carried now."""
        carrier = self.carrier
        return self.made(*carrier.values(), *args, **(carrier.keywords | named))

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the Numba function."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.made, name)

    def __reduce__(self) -> Any:
        """Pickle the derivative and what is carried."""
        return Carrying, (self.made, self.carrier)

    def __repr__(self) -> str:
        return f"<{self.made.__name__} of what {self.carrier.func.__name__} carries>"


def carrier_of(f: Any) -> Carrier | None:
    """Return what carries values, taken apart; None for functions and all else.

    What a rule was given for (a `@vectorize` function, say) is a function.
    """
    if type(f) is FunctionType or isinstance(f, Dispatcher | Bound) or given_for(f) is not None:
        return None
    match f:
        case Carrying():
            return Carrier(f.made, f.carrier.args, f.carrier.keywords)
        case partial():
            inner = carrier_of(f.func) or Carrier(f.func, (), {})
            if python_function(inner.func) is None:
                return None
            return Carrier(inner.func, (*inner.args, *f.args), inner.keywords | dict(f.keywords))
        case MethodType():
            return _method(f.__func__, f.__self__)
        case type():
            return None
        case _ if is_of_a_library(type(f).__module__):
            return None
    call = getattr(type(f), "__call__", None)  # noqa: B004 - the function, not whether
    return _method(call, f) if isinstance(call, FunctionType | Dispatcher) else None


def carried(operator: Any, carrier: Carrier, argnums: Argnums, **options: Any) -> Any:
    """Return what an operator makes of the function behind a carrier, as a `Carrying`.

    argnums: positions count the arguments that are not carried; names may be of those, too.
    """
    names = parameter_names(carrier.func)
    items = argnums if is_several(argnums) else (argnums,)
    found = tuple(_shifted(item, names, carrier) for item in cast("Sequence[Any]", items))
    wrt: Any = found if is_several(argnums) else found[0]
    return Carrying(operator(carrier.func, wrt, **options), carrier)


def _shifted(item: Any, names: tuple[str, ...], carrier: Carrier) -> Any:
    """Return a position among all arguments; names, and what is wrong, stay as they are."""
    count = len(carrier.args)
    where = carrier.func.__name__
    if isinstance(item, str):
        position = names.index(item) if item in names else count
        if position < count and isinstance(carrier.args[position], Instance):
            message = f"{item!r} is the object that '{where}' belongs to, which is constant"
            raise ValueError(message)
        return item
    if isinstance(item, bool) or not isinstance(item, int | np.integer):
        return item
    left = len(names) - count
    if not -left <= item < left:
        message = f"argnums={item} is out of range: {left} arguments of {where} are not carried"
        raise ValueError(message)
    position = int(item) % left + count
    if names[position] in carrier.keywords:
        message = f"{names[position]!r} is carried, and constant unless argnums has its name"
        raise ValueError(message)
    return position


def _method(func: Any, owner: Any) -> Carrier | None:
    """Return the carrier of a method that is written in Python."""
    plain = python_function(func)
    if plain is None:
        return None
    names = dict.fromkeys(name for name in _names(plain.__code__) if not name.startswith("__"))
    return Carrier(func, (Instance(owner, tuple(names)),), {})


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _names(const)


def _now(value: Any) -> Any:
    return value.now() if isinstance(value, Instance) else value


def _can_be_passed(value: Any) -> bool:
    """Return whether compiled code takes a value, or the parts of a structure."""
    if value is None or isinstance(value, PASSED):
        return True
    if isinstance(value, Dispatcher):
        return True
    if isinstance(value, str) or callable(value):
        return False
    try:
        if isinstance(value, tuple):
            return all(map(_can_be_passed, value))
        if record_of(value) is None:
            return False
        type_of(given(value))
    except (TypeError, ValueError):
        return False
    return True
