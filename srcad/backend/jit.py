"""Derivatives as Numba dispatchers: generated per signature, called like any other.

One file knows the inside of Numba's dispatcher. Subclassing is Numba's own way to make
one: its C part finds compiled code by argument types and calls it without any Python.
"""

from __future__ import annotations

from collections import Counter
from inspect import signature
from typing import TYPE_CHECKING, Any

from numba.core import config, errors, types
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import _DispatcherBase, _FunctionCompiler
from numba.core.registry import CPUDispatcher
from numba.core.serialize import custom_reduce

from srcad.backend.cache import ContentCache
from srcad.backend.callees import callees_on_disk
from srcad.backend.compiler import GeneratedCodeCompiler, KeptCodeCompiler
from srcad.backend.compiling import compiling, known_entry
from srcad.backend.ordered import vectors_of_terms
from srcad.backend.private import apart_from_itself, named, stands_alone, with_private_helpers
from srcad.backend.remembered import compiled_quickly
from srcad.backend.shown import show_text
from srcad.backend.typed import P, R, Typed
from srcad.backend.value_types import is_known, passed, type_of
from srcad.cache.content import digest
from srcad.errors import InternalError, NotDifferentiable
from srcad.firstcall import TRANSFORM, TYPING, stage
from srcad.ir.structures import given, has_structure
from srcad.later import later
from srcad.options import is_cached_here

notebook = later("srcad.notebook")

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FunctionType

    from srcad.backend.emitted import Emitted
    from srcad.backend.module import Built
    from srcad.options import Options
    from srcad.spec import DerivativeSpec

    Signature = tuple[types.Type, ...]
    Recipe = tuple[Callable[..., object], tuple[object, ...]]


def stand_in(written: dict[str, Any]) -> FunctionType:
    """Return a function with the name and the parameters of what was kept on disk."""
    name, params = written["name"], written["params"]
    assert all(map(str.isidentifier, (name, *params)))
    space: dict[str, Any] = {"__name__": "srcad.generated"}
    exec(f"def {name}({', '.join(params)}): ...", space)  # noqa: S102 - of names alone
    made: FunctionType = space[name]
    return made


class GeneratedCompiler(_FunctionCompiler):
    """Numba's compiler of one dispatcher, asking a generator what to compile."""

    def __init__(
        self, twin: FunctionType, emit: Callable[[Signature], Emitted], flags: dict[str, object]
    ) -> None:
        super().__init__(twin, CPUDispatcher.targetdescr, flags, {}, GeneratedCodeCompiler)
        self.emit = emit
        self.is_cached: Callable[[], bool] = lambda: False

    def _get_implementation(self, args: Signature, kws: object) -> FunctionType:
        """Return the Python function to compile for these argument types."""
        del kws
        return self._emitted(args).function

    def compile(self, args: Signature, return_type: types.Type | None) -> Any:
        """Compile, remembering no failure: from Python and from @njit they differ."""
        return self._compile_core(args, return_type)

    def _compile_core(self, args: Signature, return_type: types.Type | None) -> Any:
        """Compile; that Numba refuses what we wrote is our mistake."""
        built = self._emitted(args)
        try:
            wanted = self.is_cached()
            with (
                callees_on_disk(wanted),
                vectors_of_terms(built),
                stage(TYPING),
                compiled_quickly(),
            ):
                return super()._compile_core(args, return_type)
        except errors.NumbaError as error:
            if isinstance(error, errors.ForceLiteralArg):
                raise
            line = getattr(error.loc, "line", 0) if hasattr(error, "loc") else 0
            raise InternalError("compile", str(error), built.source, line) from error

    def _emitted(self, args: Signature) -> Built:
        """Return the module to compile for these argument types."""
        try:
            return self.emit(args).built
        except TypeError as error:
            # Inside @njit, inference tries types that are not final yet: this error
            # counts only if it is still there at the end.
            if self.targetdescr.typing_context.callstack:
                raise errors.TypingError(str(error)) from error
            raise


class PrimalCompiler(_FunctionCompiler):
    """Numba's compiler of the user's function, which leaves the functions that it calls alone."""

    is_private = False  # or else what these were compiled for may have changed

    def _get_implementation(self, args: Signature, kws: object) -> FunctionType:
        """Return the function to compile: it calls private copies if it has flags to pass on."""
        del args, kws
        passed_on = ("fastmath", "error_model", "boundscheck")
        if self.is_private or any(self.targetoptions.get(flag) for flag in passed_on):
            return with_private_helpers(self.py_func)
        return apart_from_itself(self.py_func)


class KeptPrimalCompiler(PrimalCompiler):
    """The same for code that is kept on disk: its name has all that it depends on."""

    def __init__(self, py_func: FunctionType, flags: dict[str, object], content: str) -> None:
        descr = CPUDispatcher.targetdescr
        super().__init__(py_func, descr, flags, {}, KeptCodeCompiler)
        self.content = content

    def _get_implementation(self, args: Signature, kws: object) -> FunctionType:
        return named(super()._get_implementation(args, kws), digest(self.content)[:16])


class FusedCompiler(_FunctionCompiler):
    """Numba's compiler of the user's function, of its fused source where there is one."""

    def __init__(
        self,
        py_func: FunctionType,
        fuse: Callable[..., Emitted | None],
        flags: dict[str, object],
        fused_flags: dict[str, object],
    ) -> None:
        super().__init__(py_func, CPUDispatcher.targetdescr, flags, {}, Compiler)
        self.fuse = fuse
        self.plain = PrimalCompiler(py_func, CPUDispatcher.targetdescr, flags, {}, Compiler)
        self.fused_flags = fused_flags
        self.emitted: dict[Signature, Emitted] = {}
        self.kept: dict[Signature, dict[str, Any]] = {}
        self.content: Callable[[], str | None] = lambda: None

    def written(self, args: Signature) -> dict[str, Any] | None:
        """Return what is kept beside the code for these types; None: nothing is kept."""
        emitted = self.emitted.get(args)
        return self.kept.get(args) if emitted is None else emitted.kept()

    def _plain(self, args: Signature, *, is_accepted: bool) -> _FunctionCompiler:
        """Return the compiler of the function as it is."""
        content = self.content() if is_accepted and stands_alone(self.py_func) else None
        if content is None:
            return self.plain
        self.kept[args] = {"name": self.py_func.__name__, "source": ""}
        kept = KeptPrimalCompiler(self.py_func, self.targetoptions, content)
        kept.is_private = self.plain.is_private
        return kept

    def _accepted(self, args: Signature) -> Emitted | None:
        """Return the function itself as it is accepted here, where Numba does not accept it."""
        try:
            with stage(TRANSFORM):
                return self.fuse(args, always=True)
        except (NotDifferentiable, TypeError):
            return None

    def _compile_core(self, args: Signature, return_type: types.Type | None) -> Any:
        """Compile the fused source; the user's own where there is none.

        Raises Numba's error where the user's own does not compile, but what stands in the
        way of fusing where Numba itself fails (its errors are for its developers).
        """
        refusal: NotDifferentiable | None = None
        is_accepted = True
        try:
            with stage(TRANSFORM):
                emitted = self.fuse(args, always=False)
        except NotDifferentiable as error:
            emitted, refusal = None, error
        except TypeError:
            emitted, is_accepted = None, False
        if emitted is None:
            compiler = self._plain(args, is_accepted=is_accepted and refusal is None)
            try:
                with stage(TYPING):
                    return compiler._compile_core(args, return_type)  # noqa: SLF001
            except errors.ForceLiteralArg:
                raise
            except Exception as error:
                emitted = self._accepted(args) if is_accepted and refusal is None else None
                if emitted is None and isinstance(error, errors.NumbaError):
                    raise
                if emitted is None:
                    raise refusal or error from error
        self.emitted[args], built = emitted, emitted.built
        compiler = _FunctionCompiler(
            built.function, self.targetdescr, self.fused_flags, {}, GeneratedCodeCompiler
        )
        with vectors_of_terms(built), stage(TYPING), compiled_quickly():
            return compiler._compile_core(args, return_type)  # noqa: SLF001


class Derivative(CPUDispatcher, Typed[P, R]):
    """A derivative of a function: a Numba dispatcher whose code is generated.

    `py_func` is the plain-Python twin of the compiled code, for debuggers. Unlike other
    dispatchers, it never converts an argument to a type that it happens to know: a
    float32 argument gives a float32 gradient whatever was compiled before.
    """

    def __init__(
        self,
        twin: FunctionType,
        derive: Callable[[Signature], Emitted],
        flags: dict[str, object],
        options: Options,
        spec: DerivativeSpec,
        recipe: Callable[[], Recipe],
        content: Callable[[], str | None],
        check: Callable[[Sequence[object]], None],
    ) -> None:
        """Make the dispatcher; nothing is generated before the first call.

        twin: has the signature, the defaults, the name and the docstring.
        derive: returns what to compile for given argument types, or raises.
        recipe: returns a module-level function and arguments that make an equal object.
        content: returns the content of all that the code depends on but for the types; None
        where that cannot be told.
        check: raises for arguments that nothing is compiled for.
        """
        self.typingctx = self.targetdescr.typing_context
        self.targetctx = self.targetdescr.target_context
        self._compiler = GeneratedCompiler(twin, self.emit, flags)
        self._compiler.is_cached = self.is_cached
        signature = self._compiler.pysig
        count = len(signature.parameters)
        _DispatcherBase.__init__(
            self, count, twin, signature, can_fallback=False, exact_match_required=True
        )
        self.__name__ = twin.__name__
        self.__qualname__ = twin.__qualname__
        self.__module__ = twin.__module__
        self.__doc__ = twin.__doc__
        self.__wrapped__ = twin
        self.__srcad_derivative__ = spec
        self.derive = derive
        self.check = check
        self.is_read = False  # by a function that looks at what is captured at each call
        self.is_current: Callable[[], bool] = bool
        self.emitted: dict[Signature, Emitted] = {}
        self.options = options
        self.count = count
        self.recipe = recipe
        self.is_forgotten = False  # compiled for captured values that have changed since
        self.targetoptions = flags
        self.locals: dict[str, object] = {}
        self.wants_cache = options.cache
        self.found: dict[Signature, dict[str, Any]] = {}
        self._cache = ContentCache(self, content)
        self._cache_hits: Counter[object] = Counter()
        self._cache_misses: Counter[object] = Counter()
        self._type = types.Dispatcher(self)
        self.typingctx.insert_global(self, self._type)

    def __repr__(self) -> str:
        """Return what this is, and of which function."""
        says = (self.__doc__ or "").partition("\n")[0].removeprefix("Return ").removesuffix(".")
        return f"<{self.__name__}{signature(self.py_func)}: {says}>"

    def _repr_html_(self) -> str:
        """Return the function beside the derivative, as it was derived last, for notebooks."""
        return str(notebook.beside(self))

    def is_cached(self) -> bool:
        """Return whether what is compiled now is looked up on disk, and kept there."""
        return self.wants_cache or is_cached_here()

    def written(self, args: Signature) -> dict[str, Any] | None:
        """Return the text that was compiled for these types, with its line map, to be kept.

        None where it calls what has no content that another process could compare.
        """
        emitted = self.emitted.get(args)
        return None if emitted is None else emitted.kept()

    def take(self, args: Signature, written: dict[str, Any]) -> None:
        """Show the text of what was found on disk as if it had been derived here."""
        self.found[args] = written
        show_text(written["name"], written["source"])

    def emit(self, args: Signature) -> Emitted:
        """Return what is compiled for these types; derived once, compiled or not."""
        with global_compiler_lock:
            if args not in self.emitted:
                with stage(TRANSFORM):
                    self.emitted[args] = self.derive(args)
            return self.emitted[args]

    def compile(self, sig: Any) -> Any:
        """Derive and compile for a signature, or find that on disk."""
        if (known := known_entry(self, sig)) is not None:
            return known
        spec: Any = self.__srcad_derivative__
        with compiling(f"{spec.kind} of {spec.func.__name__}", sig):
            return super().compile(sig)

    def inspect_source(self) -> dict[Signature, str]:
        """Return the generated source by signature, of all calls so far."""
        return {args: self.source(args) for args in self.derived()}

    def derived(self) -> tuple[Signature, ...]:
        """Return the types that there is a text for, derived here or found on disk."""
        return tuple(dict.fromkeys((*self.found, *self.emitted)))

    def source(self, args: Signature, **how: bool) -> str:
        """Return the generated source for these types, or as people read it (`Emitted.text`)."""
        if (found := self.found.get(args)) is None or how.get("are_equal"):
            return self.emit(args).text(**how)
        return str(found["source" if how.get("compiled", True) else "reading"])

    def plan(self, args: Signature, level: int) -> tuple[str, str]:
        """Return the name of the function for these types, and what it keeps and why."""
        found = self.found.get(args)
        if found is not None:
            return found["name"], found["plan"][0 if level < 2 else 1]
        emitted = self.emit(args)
        return emitted.built.name, emitted.generated.diagnostics.render(level)

    def _compile_for_args(self, *args: object, **kws: object) -> Any:
        """Compile at a call from Python; the user's mistakes show the user's line only.

        With `NUMBA_DISABLE_JIT`, the plain-Python twin is called instead.
        """
        if config.DISABLE_JIT:
            return self.py_func
        self.check(args)
        if has_structure((*args, *kws.values())):
            return self._with_structures
        try:
            return super()._compile_for_args(*args, **kws)
        except NotDifferentiable as error:
            if config.FULL_TRACEBACKS:
                raise
            raise error.with_traceback(None) from None

    def typeof_pyval(self, val: object) -> types.Type:
        """Return the Numba type of an argument that is no number and no array."""
        return type_of(val) if is_known(val) else super().typeof_pyval(val)

    def _with_structures(self, *args: object, **kws: object) -> Any:
        """Call the compiled code with named tuples in place of what Numba does not know."""
        return self(*map(given, args), **{name: given(value) for name, value in kws.items()})

    def get_call_template(self, args: Signature, kws: dict[str, types.Type]) -> object:
        """Resolve a call from compiled code, where `2` is an int64 like any other."""
        plain_kws = {name: passed(type_) for name, type_ in kws.items()}
        return super().get_call_template(tuple(map(passed, args)), plain_kws)

    def __reduce__(self) -> Any:
        """Pickle the recipe; nothing compiled travels."""
        return custom_reduce(type(self), {"uuid": str(self._uuid), "recipe": self.recipe()})

    @classmethod
    def _rebuild(cls, uuid: str, recipe: Recipe) -> object:
        """Return the object of a pickle; the same one each time in one process."""
        known = cls._memo.get(uuid)
        if known is not None:
            return known
        make, arguments = recipe
        made = make(*arguments)
        cls._memo[uuid] = made
        cls._recent.append(made)
        return made


class Generated(CPUDispatcher):
    """Compiled generated code whose text is one, for whatever types it is called with.

    Like a `Derivative`, it converts no argument to a type that it happens to know.
    """

    def __init__(
        self,
        twin: FunctionType,
        emit: Callable[[], Emitted],
        flags: dict[str, object],
        content: str | None = None,
        *,
        wants_cache: bool = False,
    ) -> None:
        """Compile at the first call.

        twin: has the parameters. emit: returns what to compile. content: all that it depends on
        but for the types, None where that cannot be told.
        """
        super().__init__(twin, targetoptions=flags, pipeline_class=GeneratedCodeCompiler)
        self._compiler = GeneratedCompiler(twin, lambda _: emit(), flags)
        self._compiler.is_cached = self.is_cached
        self.emit = emit
        self.wants_cache = wants_cache
        self._cache = ContentCache(self, lambda: content)

    def is_cached(self) -> bool:
        """Return whether what is compiled now is looked up on disk, and kept there."""
        return self.wants_cache or is_cached_here()

    def written(self, args: Signature) -> dict[str, Any] | None:
        """Return the text that was compiled, with its line map, to be kept."""
        del args
        return self.emit().kept()

    def take(self, args: Signature, written: dict[str, Any]) -> None:
        """Show the text of what was found on disk."""
        del args
        show_text(written["name"], written["source"])

    def compile(self, sig: Any) -> Any:
        """Compile for a signature."""
        with compiling(self.py_func.__name__.rpartition("_")[0], sig):
            return super().compile(sig)

    def get_call_template(self, args: Signature, kws: dict[str, types.Type]) -> object:
        """Resolve a call from compiled code."""
        return super().get_call_template(tuple(map(types.unliteral, args)), kws)


def compile_helper(function: FunctionType, flags: dict[str, object]) -> CPUDispatcher:
    """Return a private compiled copy of `function` with explicit flags.

    Numba links a recursive call by the name of an importable module.
    """
    function.__module__ = __name__
    private = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return CPUDispatcher(
        function, targetoptions={**flags, **private}, pipeline_class=GeneratedCodeCompiler
    )
