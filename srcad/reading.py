"""The call from Python of a decorated function that captures something.

It agrees with the derivatives at every moment: like these, it is a Python function that reads
what is captured and gives it to compiled code as its first arguments. Where there is no such
code, Numba compiles the function for the values as they are, again when they have changed.
Compiled code that calls the function has the values of the moment when that was compiled.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from inspect import signature
from typing import TYPE_CHECKING, Any

import numba
from numba.core import config, errors
from numba.core.compiler import CompileResult
from numba.core.registry import CPUDispatcher

from srcad.backend.compiling import compiling, known_entry
from srcad.backend.jit import Derivative
from srcad.bound import Bound, Reading, kernel_of
from srcad.derivative import own_kernel
from srcad.errors import InternalError
from srcad.foreign import refuse_foreign
from srcad.frontend.syntax.opened import Unhidden
from srcad.ir.structures import has_foreign, has_structure, without_foreign
from srcad.plans import Fitted, fitted, guards
from srcad.spec import DerivativeSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType

    from srcad.inspection import Signature
    from srcad.options import Options

    Make = Callable[..., Any]


class OwnKernel(Derivative):
    """A function whose first arguments are what it captures."""

    def compile(self, sig: Any) -> Any:
        """Derive and compile for a signature, or find that on disk."""
        if (known := known_entry(self, sig)) is not None:
            return known
        with compiling(self.__name__, sig):
            return CPUDispatcher.compile(self, sig)

    def _compile_for_args(self, *args: object, **kws: object) -> Any:
        """Compile at a call. Raises Unhidden for what is left to Numba, or to Python."""
        if config.DISABLE_JIT or has_structure((*args, *kws.values())):
            raise Unhidden(is_refused=True)
        try:
            return super()._compile_for_args(*args, **kws)
        except (InternalError, errors.NumbaError, TypeError) as error:
            raise Unhidden(is_refused=True) from error


class Own(Bound):
    """A function that captures something, called from Python."""

    def again(self, error: Unhidden | None, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call the function after something has changed, or has to be known."""
        func = self.recipe.func
        if has_foreign((*args, *named.values())):
            refuse_foreign((*args, *named.values()), (*signature(func).parameters, *named))
            given = {name: without_foreign(value) for name, value in named.items()}
            return self(*map(without_foreign, args), **given)
        if config.DISABLE_JIT or is_unknown((*args, *named.values())):
            return func(*args, **named)
        if error is None or not error.is_refused:
            return super().again(error, args, named)
        kernel = kernel_of(self.recipe, fitted(func, is_frozen=True))
        try:
            return kernel(*args, **named)
        finally:
            if kernel.overloads:  # Numba takes what we do not
                self.made.plan.known.is_own_refused = True
                self.renew()

    def fitted(self) -> Fitted:
        """Return the function as a plan sees it now."""
        return _fitted(self.recipe)


def _fitted(recipe: Reading) -> Fitted:
    """Return a function as a plan sees it, one without arguments where it has to be."""
    found = fitted(recipe.func)
    is_frozen = found.plan.known.is_own_refused or recipe.name[-1].parallel
    return fitted(recipe.func, is_frozen=True) if is_frozen else found


def own(func: FunctionType, options: Options, make: Make) -> Own:
    """Return a function that reads what it captures at each call.

    make: returns a dispatcher for the values as they are; told whether functions that it calls
    may have been compiled for others.
    """

    def kernel(base: Any, count: int) -> Any:
        if count:
            return own_kernel(base, options, OwnKernel)
        found = _fitted(recipe)
        seen = guards(found)
        is_first = found.plan.known.count == 1 and seen is not None
        is_private = not is_first or not all(callable(value) for *_, value in seen or ())
        return make(base, is_private=is_private)

    def frozen() -> Any:
        return make(func, is_private=True)

    recipe = Reading(
        *(func, DerivativeSpec(func, "primal", ()), ("own", options), kernel, frozen),
        lambda: (lambda: None, ()),
    )
    return Own(recipe, _fitted(recipe))


def is_unknown(values: tuple[Any, ...]) -> bool:
    """Return whether Numba cannot take a value because of a structure in it."""
    if not has_structure(values):
        return False
    try:
        numba.typeof(values)
    except ValueError:
        return True
    return False


class Reads(CPUDispatcher):  # type: ignore[misc]
    """A decorated function that reads what it captures; its own compiled code is for `@njit`.

    reading: what is called from Python.
    """

    reading: Own

    def __call__(self, *args: Any, **kws: Any) -> Any:
        """Call the function with what it captures now."""
        return self.reading(*args, **kws)

    def _reduce_class(self) -> type:
        return type(self).__mro__[2]

    def known(self) -> OrderedDict[Signature, CompileResult]:
        """Return what is compiled, by the types of the arguments."""
        made, kernel = self.reading.current
        found = {args[made.plan.count :]: result for args, result in kernel.overloads.items()}
        return OrderedDict({**self.overloads, **found})

    @property
    def signatures(self) -> list[Signature]:
        """Return the types that anything is compiled for."""
        return list(self.known())

    @property
    def stats(self) -> Any:
        """Return what was found on disk."""
        return self.reading.kernel.stats

    def shown(self) -> CPUDispatcher:
        """Return a dispatcher that has all that is compiled, to be looked into."""
        made = CPUDispatcher(self.py_func, targetoptions=self.targetoptions)
        made.overloads = self.known()
        return made


class ReadsWithKeywords(Reads):
    """The same for a function with keyword-only parameters."""

    def __call__(self, *args: Any, **kws: Any) -> Any:
        """Call the function. Raises TypeError for arguments that Python does not take."""
        self._compiler.pysig.bind(*args, **kws)
        return self.reading(*args, **kws)


def _through(name: str) -> Any:
    """Return a method that asks a dispatcher with all that is compiled."""

    def method(self: Reads, *args: Any, **kws: Any) -> Any:
        return getattr(self.shown(), name)(*args, **kws)

    method.__name__, method.__doc__ = name, getattr(CPUDispatcher, name).__doc__
    return method


for _name in (
    *("inspect_llvm", "inspect_asm", "inspect_types", "inspect_cfg", "inspect_disasm_cfg"),
    *("get_annotation_info", "parallel_diagnostics", "get_metadata"),
):
    setattr(Reads, _name, _through(_name))


@lru_cache(maxsize=64)
def reading_class(kind: type, *, has_keywords: bool) -> type:
    """Return the class of decorated functions of a kind that read what they capture."""
    first = ReadsWithKeywords if has_keywords else Reads
    about = {"__module__": kind.__module__, "__doc__": kind.__doc__}
    return type(kind.__name__, (first, kind), about)
