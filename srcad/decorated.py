"""The decorated object: the user's function as Numba compiles it, and its derivatives."""

from __future__ import annotations

import sys
from functools import partial
from inspect import Parameter, getattr_static, signature
from types import FunctionType
from typing import TYPE_CHECKING, Any, TextIO

from numba import typeof
from numba.core import config, types
from numba.core.compiler import Compiler
from numba.core.dispatcher import OmittedArg
from numba.core.registry import CPUDispatcher

from srcad.backend.cache import ContentCache
from srcad.backend.compiling import compiling, known_entry
from srcad.backend.emitted import Emitted
from srcad.backend.jit import FusedCompiler, PrimalCompiler
from srcad.backend.shown import show_text
from srcad.backend.typed import P, R, Typed
from srcad.derivative import lasting_content, target_of
from srcad.foreign import is_foreign_array, refuse_foreign
from srcad.frontend.syntax.signature import as_written
from srcad.ir.structures import has_foreign, without_foreign
from srcad.later import later
from srcad.operators import gradients, hessians, jacobians, products
from srcad.options import (
    DEFAULT,
    Options,
    checks_of,
    derivative_flags,
    is_cached_here,
    primal_flags,
)
from srcad.plans import captures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from srcad import deriving, inspection, reading, warming
    from srcad.arguments import Argnums
    from srcad.backend.callbacks import Callback
    from srcad.backend.jit import Derivative
    from srcad.bridges import callbacks, exports
    from srcad.inspection import Signature
    from srcad.studies import costs
    from srcad.studies.costs import Cost
    from srcad.warming import Warmup
else:
    deriving, inspection = later("srcad.deriving"), later("srcad.inspection")
    reading, warming = later("srcad.reading"), later("srcad.warming")
    callbacks, costs = later("srcad.bridges.callbacks"), later("srcad.studies.costs")
    exports = later("srcad.bridges.exports")


class Decorated(CPUDispatcher, Typed[P, R]):  # type: ignore[misc]
    """What `differentiate` returns.

    It is the Numba dispatcher of the function, so that calls, `py_func`, `signatures` and
    `inspect_llvm()` are those of `@njit`. Operations on whole arrays are compiled as the
    loops that derivatives have; everything else is compiled by Numba alone.

    is_frozen: whether it is for what is captured now, and no other values. is_private: whether
    the functions that it calls are compiled anew as well.
    """

    is_frozen = False
    is_forgotten = False

    def __init__(
        self, py_func: FunctionType, options: Options = DEFAULT, *, is_private: bool = False
    ) -> None:
        super().__init__(py_func, targetoptions=primal_flags(options))
        self.options = options
        flags = primal_flags(options)
        if options.parallel:
            self._compiler = PrimalCompiler(py_func, self.targetdescr, flags, {}, Compiler)
            self._compiler.is_private = is_private
        else:

            def fuse(args: Signature, *, always: bool) -> Emitted | None:
                return deriving.fused(py_func, options, args, always=always)

            self._compiler = FusedCompiler(py_func, fuse, flags, derivative_flags(options))
            self._compiler.plain.is_private = is_private
            all_flags = (*flags.items(), *derivative_flags(options).items())

            def content() -> str | None:
                return lasting_content(py_func, ("own", all_flags, checks_of(options)))

            self._compiler.content = lambda: content() if self.is_cached() else None
            self._cache = ContentCache(self, content)

    def __repr__(self) -> str:
        """Return what this is, and of which function."""
        func = self.py_func
        return f"<differentiable {func.__qualname__}{signature(func)} of {func.__module__}>"

    def _repr_html_(self) -> str:
        """Return the function beside its adjoint, for notebooks."""
        return inspection.as_html(self)

    def is_cached(self) -> bool:
        """Return whether what is compiled now is looked up on disk, and kept there."""
        return self.options.cache or is_cached_here()

    def written(self, args: Signature) -> dict[str, Any] | None:
        """Return what is kept beside the code: the text of the loops where there is one."""
        found: dict[str, Any] | None = self._compiler.written(args)
        return found

    def take(self, args: Signature, written: dict[str, Any]) -> None:
        """Show the text of what was found on disk."""
        del args
        show_text(written["name"], written["source"])

    def compile(self, sig: Any) -> Any:
        """Compile for a signature, or find that on disk."""
        self._reads()
        if (known := known_entry(self, sig)) is not None:
            return known
        with compiling(self.__name__, sig):
            return super().compile(sig)

    def _compile_for_args(self, *args: Any, **kws: Any) -> Any:
        """Compile at a call from Python.

        With `NUMBA_DISABLE_JIT`, and for structures that Numba does not know, call the function
        itself.
        """
        if has_foreign((*args, *kws.values())):
            return self._with_numpy
        if config.DISABLE_JIT or reading.is_unknown((*args, *kws.values())):
            return self.py_func
        if args and is_method_of(self.py_func, args[0]):
            return self.py_func
        return self.reading if self._reads() else super()._compile_for_args(*args, **kws)

    def typeof_pyval(self, val: Any) -> Any:
        """Return the Numba type of an argument; those of other libraries are read by NumPy."""
        return types.pyobject if is_foreign_array(val) else super().typeof_pyval(val)

    def _with_numpy(self, *args: Any, **kws: Any) -> Any:
        """Call the function with NumPy's arrays in place of those of other libraries."""
        refuse_foreign(args, tuple(self._compiler.pysig.parameters))
        refuse_foreign(tuple(kws.values()), tuple(kws))
        named = {name: without_foreign(value) for name, value in kws.items()}
        return self(*map(without_foreign, args), **named)

    def _reads(self) -> bool:
        """Return whether what is captured is read at each call, which is so from now on."""
        if isinstance(self, reading.Reads):
            return True
        if self.is_frozen or not captures(self.py_func):
            return False
        self.reading = reading.own(self.py_func, self.options, partial(_frozen, self))
        has_keywords = isinstance(self, DecoratedWithKeywords)
        kind: Any = type(self)
        self.__class__ = reading.reading_class(kind, has_keywords=has_keywords)
        return True

    def grad(self, argnums: Argnums = 0, has_aux: bool = False) -> Derivative[P, Any]:  # noqa: FBT001, FBT002
        """Return `srcad.grad` of this function."""
        return gradients.grad(self, argnums, has_aux)

    def value_and_grad(self, argnums: Argnums = 0, has_aux: bool = False) -> Derivative[P, Any]:  # noqa: FBT001, FBT002
        """Return `srcad.value_and_grad` of this function."""
        return gradients.value_and_grad(self, argnums, has_aux)

    def jacfwd(self, argnums: Argnums = 0, *, holomorphic: bool = False) -> Derivative[P, Any]:
        """Return `srcad.jacfwd` of this function."""
        return jacobians.jacfwd(self, argnums, holomorphic=holomorphic)

    def jacrev(self, argnums: Argnums = 0, *, holomorphic: bool = False) -> Derivative[P, Any]:
        """Return `srcad.jacrev` of this function."""
        return jacobians.jacrev(self, argnums, holomorphic=holomorphic)

    def jacobian(self, argnums: Argnums = 0, *, holomorphic: bool = False) -> Derivative[P, Any]:
        """Return `srcad.jacobian` of this function."""
        return jacobians.jacobian(self, argnums, holomorphic=holomorphic)

    def hessian(self, argnums: Argnums = 0, *, holomorphic: bool = False) -> Derivative[P, Any]:
        """Return `srcad.hessian` of this function."""
        return hessians.hessian(self, argnums, holomorphic=holomorphic)

    def hvp(self, argnums: Argnums = 0) -> Derivative:
        """Return `srcad.hvp` of this function."""
        return hessians.hvp(self, argnums)

    def value_grad_hvp(self, argnums: Argnums = 0) -> Derivative:
        """Return `srcad.value_grad_hvp` of this function."""
        return hessians.value_grad_hvp(self, argnums)

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        """Return `srcad.jvp` of this function."""
        return products.jvp(self, primals, tangents)

    def vjp(self, *primals: Any) -> tuple[Any, products.Pullback]:
        """Return `srcad.vjp` of this function."""
        return products.vjp(self, *primals)

    def cfunc(self, signature: str, args: Sequence[Any] = ()) -> Callback:
        """Return `srcad.cfunc` of this function: a callback for C code."""
        found: Callback = callbacks.callback_of(self, signature, args)
        return found

    def export(self, *examples: Any, path: str | Path | None = None, argnums: Argnums = 0) -> str:
        """Return `srcad.export` of this function: its gradient as a module without srcad."""
        return str(exports.export(self, *examples, path=path, argnums=argnums))

    def cost(self, *args: Any, argnums: Argnums = 0) -> Cost:
        """Return `srcad.cost` of this function: what it and its gradient compute."""
        count: Any = costs.cost(self, argnums)
        found: Cost = count(*args)
        return found

    def warmup(
        self,
        *examples: Any,
        signature: object = None,
        operators: Sequence[str] = ("value_and_grad",),
        argnums: Argnums = 0,
        processes: int | None = None,
    ) -> Warmup:
        """Compile derivatives ahead: `srcad.warmup` of this function."""
        found: Warmup = warming.warmup(
            *(self, *examples),
            signature=signature,
            operators=operators,
            argnums=argnums,
            processes=processes,
        )
        return found

    def inspect_adjoint(
        self,
        *examples: Any,
        signature: object = None,
        argnums: Argnums | None = None,
        compiled: bool = False,
    ) -> str | dict[Signature, str]:
        """Return the source of the reverse-mode derivatives.

        Without arguments, all that was derived so far: a dict from signatures, as in
        `signatures`, to source. With example arguments, or a signature (a tuple of Numba
        types), the source for it, derived now if that has not happened.

        argnums: by what to differentiate; otherwise whatever was derived, or the first
            argument.
        compiled: letter by letter what is compiled, element by element and with hints for the
            compiler. Otherwise the same program for people: additions of whole arrays are one
            statement, tests are one call. Both run as Python and give the same numbers. Where
            example arguments have no axis of extent 1, the latter is for axes that are equal
            where they meet, and raises ValueError for others.
        """
        kinds = inspection.REVERSE
        return inspection.sources(self, kinds, examples, signature, argnums, compiled=compiled)

    def inspect_tangent(
        self, *examples: Any, signature: object = None, compiled: bool = False
    ) -> str | dict[Signature, str]:
        """Return the source of the forward-mode derivative, as `inspect_adjoint` does."""
        kinds = inspection.FORWARD
        return inspection.sources(self, kinds, examples, signature, None, compiled=compiled)

    def inspect_stage(
        self, stage: str, *examples: Any, signature: object = None, argnums: Argnums | None = None
    ) -> str:
        """Return the program as it stands after one stage, or one step, on the way to the adjoint.

        Raises ValueError, with the names of all stages and steps, for one that does not exist.
        """
        return inspection.stage(self, stage, examples, signature, argnums)

    def adjoint_diagnostics(
        self, signature: object = None, level: int = 1, file: TextIO | None = None
    ) -> None:
        """Print, for each loop, what is kept, recomputed or swept once, and why.

        signature: a signature or a tuple of example arguments; None for all derived.
        level: 1 for the loops, 2 for every kept value as well, 3 for the cheapest plan, too: how
        many bytes it would keep, and what else that would cost. The code does not follow it yet.
        """
        text = inspection.diagnostics(self, signature, level)
        print(text, file=file or sys.stdout)

    def __reduce__(self) -> Any:
        """Pickle by name where the module has this very object, else as Numba does."""
        found: object = None if self.__module__ == "__main__" else sys.modules.get(self.__module__)
        for part in self.__qualname__.split("."):
            found = getattr(found, part, None)
        return self.__qualname__ if found is self else super().__reduce__()

    def _reduce_states(self) -> dict[str, object]:
        return {"uuid": str(self._uuid), "py_func": self.py_func, "options": self.options}

    @classmethod
    def _rebuild(cls, uuid: str, py_func: FunctionType, options: Options) -> Decorated:
        known = cls._memo.get(uuid)
        if isinstance(known, cls):
            return known
        made = cls(py_func, options)
        made._set_uuid(uuid)
        return made


class DecoratedWithKeywords(Decorated[P, R]):
    """What `differentiate` returns for a function with keyword-only parameters.

    Numba takes these by position as well, and knows no defaults of theirs.
    """

    def __call__(self, *args: Any, **kws: Any) -> Any:
        """Call the compiled function. Raises TypeError for arguments that Python does not take."""
        if config.DISABLE_JIT:
            return self.py_func(*args, **kws)
        expected = self._compiler.pysig
        given = expected.bind(*args, **kws).arguments
        parameters = expected.parameters.items()
        return super().__call__(*(given.get(n, OmittedArg(p.default)) for n, p in parameters))  # type: ignore[call-arg]


def is_method_of(func: FunctionType, owner: object) -> bool:
    """Return whether a function is called as a method of an object that Numba does not know."""
    if getattr(getattr_static(type(owner), func.__name__, None), "py_func", None) is not func:
        return False
    try:
        typeof(owner)
    except ValueError:
        return True
    return False


def _frozen(origin: Decorated, func: FunctionType, *, is_private: bool) -> Decorated:
    """Return a decorated function for the values that are captured now.

    is_private: whether functions that it calls are compiled for them as well.
    """
    kind = DecoratedWithKeywords if isinstance(origin, DecoratedWithKeywords) else Decorated
    made = kind(func, origin.options, is_private=is_private)
    made.is_frozen, made.wants_cache = True, False
    return made


def has_keywords_only(func: FunctionType) -> bool:
    """Return whether all parameters have names, some of them by keyword only."""
    kinds = {p.kind for p in signature(func).parameters.values()}
    several = {Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD}
    return Parameter.KEYWORD_ONLY in kinds and not kinds & several


def decorated(func: Any, options: Options) -> Decorated:
    """Return the decorated object of a function or of a private copy of a dispatcher."""
    if hasattr(func, "__srcad_derivative__"):
        message = f"differentiate takes a Python function or an @njit function, got {func!r}"
        raise TypeError(message)
    py_func, _ = target_of(func, "differentiate")  # which calls a function with a rule
    assert isinstance(py_func, FunctionType)
    # Numba takes the arguments of a function that is wrapped for those of its wrapper.
    written = as_written(py_func)
    kind = DecoratedWithKeywords if has_keywords_only(written) else Decorated
    return kind(written, options)
