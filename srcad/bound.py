"""Derivatives of functions that capture something: captured values are read at each call.

A `Bound` is a Python function over the user's own closure cells and globals. It compares what is
fixed, and calls compiled code that has the captured arrays and floats as its first arguments:

    def loss_grad(w):
        if n is not known_n:
            return again(w)
        try:
            return kernel(x, RATE, w)
        except Unhidden as error:
            return again(w, error)

Python reads `x` and `RATE`, so that whatever changes is seen. When something fixed changes, the
function is fitted to another plan, and derived again if there is none. In `@njit` code, a `Bound`
is the derivative for the values when that code is compiled.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from types import CellType, CodeType, FunctionType
from typing import Any, Self

from numba.core import types
from numba.core.serialize import custom_reduce
from numba.extending import typeof_impl

from srcad.backend.value_types import type_of
from srcad.captured import ABSENT
from srcad.frontend.syntax.opened import Unhidden
from srcad.later import later
from srcad.plans import Fitted, Guard, fitted, guards, is_open, parameters
from srcad.spec import DerivativeSpec

notebook = later("srcad.notebook")

MOST_PARAMETERS = 32
"""A function of so many parameters has a forwarder of its own arity."""

Make = Callable[[Any, int], Any]
"""Makes a derivative of a function, which takes so many arguments before its own."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a derivative is made of a function.

    func: what captures. spec: says of what the derivative is, and which one.
    name: equal for equal recipes. make: the derivative of any function. frozen: that of the
    function with all that it captures as it is. pickled: what makes an equal `Bound`.
    """

    func: FunctionType
    spec: DerivativeSpec
    name: tuple[Any, ...]
    make: Make
    frozen: Callable[[], Any]
    pickled: Callable[[], tuple[Callable[..., Any], tuple[Any, ...]]]


class Bound(functools.partial):  # type: ignore[type-arg]
    """A derivative of a function that captures something.

    It is called as the function is. All else is asked of the compiled code (`kernel`), which has
    what is captured as its first arguments.
    """

    is_forgotten = False
    reads_captured = True
    recipe: Reading
    current: tuple[Fitted, Any]
    is_cached: bool

    def __new__(cls, recipe: Reading, found: Fitted) -> Self:
        """Make the object of a function that is fitted to a plan."""
        self = super().__new__(cls, _nothing)
        self.recipe, self.is_cached = recipe, False
        self._fit(found)
        return self

    @property
    def made(self) -> Fitted:
        """Return the function as its plan sees it."""
        return self.current[0]

    @property
    def kernel(self) -> Any:
        """Return the compiled code, whose first arguments are what is captured."""
        return self.current[1]

    def renew(self, error: Unhidden | None = None) -> None:
        """Look at what is captured again, and call other code from now on."""
        with _lock:
            if error is not None and not error.is_another:
                self.made.plan.without(error)
            self._fit(self.fitted())

    def fitted(self) -> Fitted:
        """Return the function as a plan sees it now."""
        return fitted(self.recipe.func)

    def _fit(self, found: Fitted) -> None:
        """Call the code for a plan from now on."""
        kernel = kernel_of(self.recipe, found)
        kernel.wants_cache |= self.is_cached
        kernel.is_read = True
        self.current = found, kernel
        self.__setstate__((forwarder(self, found, kernel), (), {}, self.__dict__))

    def again(self, error: Unhidden | None, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call the derivative after something has changed, or has to be known."""
        if error is not None and error.is_refused:
            result = self.frozen(*args, **named)  # which may refuse it as well
            self.renew(error)
            return result
        self.renew(error)
        return self(*args, **named)

    def taken(self) -> tuple[Any, tuple[Any, ...]]:
        """Return the compiled code for what is captured now, and its first arguments."""
        if not self.made.is_fresh():
            self.renew()
        made, kernel = self.current
        return kernel, made.values()

    @property
    def frozen(self) -> Any:
        """Return the derivative with all that is captured as it is now."""
        return self.recipe.frozen()

    # As a derivative object -------------------------------------------------------------

    @property
    def __srcad_derivative__(self) -> Any:
        """Return what it is the derivative of."""
        return self.recipe.spec

    @property
    def options(self) -> Any:
        """Return the options of the derivative."""
        return self.kernel.options

    @property
    def wants_cache(self) -> bool:
        """Return whether compiled code is kept on disk."""
        return bool(self.kernel.wants_cache)

    @wants_cache.setter
    def wants_cache(self, value: bool) -> None:
        self.is_cached = value
        self.kernel.wants_cache = value

    @property
    def count(self) -> int:
        """Return the number of parameters."""
        count: int = self.kernel.count
        return count - self.made.plan.count

    @property
    def __signature__(self) -> inspect.Signature:
        kernel = self.kernel.py_func
        given = parameters(kernel, self.made.plan.count)
        return inspect.signature(kernel).replace(parameters=given)

    @property
    def __wrapped__(self) -> Any:
        return self.py_func

    @property
    def py_func(self) -> Any:
        """Return the plain-Python twin of the compiled code, for debuggers."""

        @functools.wraps(self.kernel.py_func)
        def twin(*args: Any, **named: Any) -> Any:
            kernel, values = self.taken()
            try:
                return kernel.py_func(*values, *args, **named)
            except Unhidden as error:
                if error.is_refused:
                    return self.frozen.py_func(*args, **named)
                self.renew(error)
            return twin(*args, **named)

        twin.__signature__ = self.__signature__  # type: ignore[attr-defined]
        return twin

    def derived(self) -> tuple[Any, ...]:
        """Return the types of the arguments that there is a text for."""
        return tuple(dict.fromkeys(args[self.made.plan.count :] for args in self.kernel.derived()))

    def emit(self, args: tuple[Any, ...]) -> Any:
        """Return what is compiled for these types; derived once, compiled or not."""
        kernel, values = self.taken()
        known = [own for own in kernel.derived() if own[len(values) :] == args]
        try:
            return kernel.emit(known[-1] if known else (*map(type_of, values), *args))
        except Unhidden as error:
            if error.is_refused:
                return self.frozen.emit(args)
            self.renew(error)
        return self.emit(args)

    def source(self, args: tuple[Any, ...], **how: bool) -> str:
        """Return the generated source for these types, or as people read it (`Emitted.text`)."""
        known = [own for own in self.kernel.derived() if own[self.made.plan.count :] == args]
        if known:
            return str(self.kernel.source(known[-1], **how))
        return str(self.emit(args).text(**how))

    def plan(self, args: tuple[Any, ...], level: int) -> tuple[str, str]:
        """Return the name of the function for these types, and what it keeps and why."""
        known = [own for own in self.kernel.derived() if own[self.made.plan.count :] == args]
        if known:
            found: tuple[str, str] = self.kernel.plan(known[-1], level)
            return found
        emitted = self.emit(args)
        return emitted.built.name, emitted.generated.diagnostics.render(level)

    def inspect_source(self) -> dict[Any, str]:
        """Return the generated source by signature, of all calls so far."""
        return {args: self.source(args) for args in self.derived()}

    def __getattr__(self, name: str) -> Any:
        """Return what the compiled code knows."""
        own = {"__name__", "__qualname__"}
        if (name.startswith("__") and name not in own) or "current" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.kernel, name)

    def __reduce__(self) -> Any:
        """Pickle how it is made; nothing compiled travels."""
        return custom_reduce(type(self), {"recipe": self.recipe.pickled()})

    @classmethod
    def _rebuild(cls, recipe: tuple[Callable[..., Any], tuple[Any, ...]]) -> Any:
        """Return the object of a pickle."""
        make, arguments = recipe
        return make(*arguments)

    def _repr_html_(self) -> str:
        """Return the function beside the derivative, for notebooks."""
        return str(notebook.beside(self))

    def __repr__(self) -> str:
        return f"<{self.kernel.__name__} of what is captured now>"


_lock = RLock()


def _nothing() -> None:
    """Stand in the place of a forwarder."""


def kernel_of(recipe: Reading, found: Fitted) -> Any:
    """Return the compiled code for a plan, the same for all functions that fit."""
    plan = found.plan
    kernel = plan.kernels.get(recipe.name)
    if kernel is None or kernel.is_forgotten:
        kernel = plan.kernels[recipe.name] = recipe.make(plan.base, plan.count)
    return kernel


def bound(recipe: Reading) -> Any:
    """Return a derivative that reads what is captured at each call.

    It is the compiled code alone where nothing is captured.
    """
    found = fitted(recipe.func)
    if not found.plan.count and guards(found) == []:
        return kernel_of(recipe, found)
    return Bound(recipe, found)


def taken_of(f: Any, func: Any) -> tuple[Any, tuple[Any, ...], dict[Any, Any]] | None:
    """Return what is differentiated in the place of a function, and its first arguments now.

    f: what an operator was given; func: the function behind it. None for what captures nothing.
    The third is where what is made of it is kept.
    """
    if isinstance(f, Bound):
        kernel, values = f.taken()
        return kernel, values, kernel.__dict__.setdefault("made_of_it", {})
    if not is_open(func):
        return None
    found = fitted(func)
    if not found.plan.count and guards(found) == []:
        return None
    return found.plan.base, found.values(), found.plan.kernels


def frozen(made: Any) -> Any:
    """Return the derivative that compiled code calls: for the values that are captured now."""
    return made.frozen if isinstance(made, Bound) else made


@typeof_impl.register(Bound)  # type: ignore[untyped-decorator]
def _typeof(value: Bound, _: object) -> types.Type:
    """Return the type of the derivative for the values that are captured now."""
    return types.Dispatcher(value.frozen)


# The Python function -----------------------------------------------------------------------


def forwarder(made: Bound, found: Fitted, kernel: Any) -> FunctionType:
    """Return the function that reads what is captured and calls the compiled code."""
    checked = guards(found)
    if "arity" not in kernel.__dict__:
        kernel.__dict__["arity"] = _arity(kernel, found.plan.count)
    text = _Text(found, checked, kernel.__dict__["arity"])
    code = _compiled(text.written(), kernel.__name__)
    space = {**text.space, "_kernel": kernel, "_again": made.again, "_Unhidden": Unhidden}
    cells = tuple(_cell(space[name]) for name in code.co_freevars)
    return FunctionType(code, found.func.__globals__, kernel.__name__, None, cells)


def _cell(value: Any) -> CellType:
    return value.cell if isinstance(value, _Own) else CellType(value)


@dataclass(frozen=True, slots=True)
class _Own:
    """A cell of the user's."""

    cell: CellType


def _arity(kernel: Any, count: int) -> list[str] | None:
    """Return the names of parameters that are all given by position or name, None otherwise."""
    found = parameters(kernel.py_func, count)
    plain = all(
        p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty and not p.name.startswith("_")
        for p in found
    )
    return [p.name for p in found] if plain and len(found) <= MOST_PARAMETERS else None


@functools.lru_cache(maxsize=1024)
def _compiled(text: str, name: str) -> CodeType:
    """Return the code of the function inside a function."""
    whole = compile(text, "<srcad captured>", "exec")
    outer = next(c for c in whole.co_consts if isinstance(c, CodeType))
    inner = next(c for c in outer.co_consts if isinstance(c, CodeType))
    return inner.replace(co_name=name, co_qualname=name)


class _Text:
    """The text of a forwarder, and what its names are."""

    def __init__(self, found: Fitted, checked: list[Guard] | None, names: list[str] | None) -> None:
        self.found, self.names = found, names
        self.space: dict[str, Any] = {}
        self.spaces: dict[int, str] = {}
        self.given = [self.argument(number) for number in range(found.plan.count)]
        if checked is None:
            self.space["_fresh"] = found.is_fresh
            self.tests = ["not _fresh()"]
        else:
            self.tests = [self.test(k, guard) for k, guard in enumerate(checked)]

    def named(self, space: dict[str, Any], name: str) -> str:
        """Return how a name of a namespace is read."""
        own = space is self.found.func.__globals__
        if own and name.isidentifier() and name not in (self.names or ()) and name[0] != "_":
            return name
        key = self.spaces.setdefault(id(space), f"_n{len(self.spaces)}")
        self.space[key] = space
        return f"{key}.get({name!r}, {key})"  # itself where there is none: no value is that

    def argument(self, number: int) -> str:
        """Return how a captured value is read."""
        owner = self.found.owner(number)
        if not isinstance(owner, CellType):
            return self.named(owner, self.found.plan.found.places[number].name)
        self.space[f"_c{number}"] = _Own(owner)
        return f"_c{number}"

    def test(self, number: int, guard: Guard) -> str:
        """Return the comparison of a fixed value with what it was."""
        kind, owner, name, value = guard
        known, place = f"_v{number}", f"_o{number}"
        if kind == "name":
            if value is ABSENT:  # one of Python's own names
                key = self.spaces.setdefault(id(owner), f"_n{len(self.spaces)}")
                self.space[key] = owner
                return f"{name!r} in {key}"
            self.space[known] = value
            return f"{self.named(owner, name)} is not {known}"
        self.space[known] = value
        if kind == "cell":
            self.space[place] = _Own(owner)
            return f"{place} is not {known}"
        self.space[place] = owner
        if kind == "code":
            return f"{place}.{name} is not {known}"
        self.space["_getattr"] = getattr
        return f"_getattr({place}, {name!r}, None) is not {known}"

    def written(self) -> str:
        """Return a function that has the names as its own, and the forwarder inside."""
        if self.names is None:
            params, args, named = "*_args, **_named", "*_args, **_named", "_args, _named"
        else:
            params = args = ", ".join(self.names)
            named = f"({args}{',' if self.names else ''}), {{}}"
        call = ", ".join((*self.given, *((args,) if args else ())))
        lines = [
            f"def outer({', '.join([*self.space, '_kernel', '_again', '_Unhidden'])}):",
            f"    def _forward({params}):",
        ]
        if self.tests:
            lines += [
                f"        if {' or '.join(self.tests)}:",
                f"            return _again(None, {named})",
            ]
        lines += [
            "        try:",
            f"            return _kernel({call})",
            "        except _Unhidden as _error:",
            f"            return _again(_error, {named})",
            "    return _forward",
        ]
        return "\n".join(lines) + "\n"
