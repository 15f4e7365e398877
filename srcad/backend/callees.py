"""Functions of libraries that generated code calls: their LLVM code on disk, for all programs.

Numba compiles `np.dot` and `np.empty` for each process, by Python functions of its own; so it
does our helpers. Callers have all of that inside, so that LLVM code is enough. A callee is found by
the code of its function, what that closes over, types and flags; its name has all of that in it.
"""

from __future__ import annotations

import copy
import re
import sys
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite.binding.newpassmanagers import ModulePassManager
from numba.core import types
from numba.core.caching import NullCache
from numba.core.codegen import JITCodeLibrary, RuntimeLinker
from numba.core.compiler import Flags
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher
from numba.core.extending import _Intrinsic
from numba.core.registry import CPUDispatcher
from numba.core.types import Type

from srcad.backend import classes, loaded
from srcad.backend.cache import key_of_text
from srcad.cache import entries
from srcad.cache.content import NoContentError, code_parts, digest, is_of_a_library
from srcad.cache.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

_depth = [0]


FITS = hasattr(ModulePassManager, "add_global_dead_code_eliminate_pass")
"""Whether this Numba makes libraries out of which callees can be taken."""


@contextmanager
def callees_on_disk(is_wanted: bool) -> Iterator[None]:  # noqa: FBT001
    """Let callees that are compiled in a block be looked up on disk, and kept there."""
    if not is_wanted or _depth[0] or not FITS:
        yield
        return
    with global_compiler_lock:
        compiled = Dispatcher.compile

        def compile(self: Any, sig: Any) -> Any:  # noqa: A001 - Numba's name
            is_new = type(self) is CPUDispatcher and type(self._cache) is NullCache
            if is_new and is_of_a_library(str(self.py_func.__module__)):
                self._cache = CalleeCache(self)
            return compiled(self, sig)

        Dispatcher.compile = compile
        _depth[0] += 1
        try:
            yield
        finally:
            _depth[0] -= 1
            Dispatcher.compile = compiled


class CalleeCache(NullCache):
    """The cache of one function of a library, as Numba's dispatchers know it."""

    def __init__(self, owner: Any) -> None:
        super().__init__()
        self.owner = owner
        self.asked: dict[tuple[Type, ...], tuple[str, dict[str, str]]] = {}

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what is on disk, None if nothing is."""
        if not _depth[0] or not isinstance(sig, tuple):
            return None
        key = self._key(sig)
        if key is None:
            return None
        self.asked[sig] = key
        entry = entries.load(*key)
        if entry is None:
            return None
        try:
            if not loaded.is_resolved(entry.manifest["symbols"]):
                return None
            return loaded.restored_callee(target_context, entry.code)
        except Exception as problem:  # noqa: BLE001 - whatever it is, there is another way
            entries.warn(f"{type(problem).__name__}: {problem}; compiled anew")
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep LLVM code that was not found."""
        key = self.asked.pop(sig, None) if isinstance(sig, tuple) else None
        if key is None or key != self._key(sig):
            return
        name, says = key
        try:
            kept = dumped(data, name)
        except Exception:  # noqa: BLE001 - it refers to what cannot be pickled
            return
        if kept is not None:
            code, symbols = kept
            written = {"source": ""}
            entries.save(name, Entry({"key": says, "symbols": symbols, "written": written}, code))

    def _key(self, args: tuple[Type, ...]) -> tuple[str, dict[str, str]] | None:
        """Return the name of a file, and what its manifest must say; None: nothing is kept."""
        if not all(map(_is_known, args)):
            return None
        flags = Flags()
        self.owner.targetdescr.options.parse_as_flags(flags, self.owner.targetoptions)
        try:
            content = digest(_function(self.owner.py_func, 0), flags.summary())
        except Exception:  # noqa: BLE001 - NoContentError, and cells that are empty
            return None
        function = self.owner.py_func
        name = TAG.sub("", f"{function.__module__}.{function.__qualname__}")
        return key_of_text(name, content, ", ".join(map(repr, args)))


PLAIN: tuple[object, ...] = (bool, int, float, complex)


def _is_known(type_: Type) -> bool:
    """Return whether the text of a type says all of it."""
    match type_:
        case types.Literal():
            return isinstance(type_.literal_value, bool | int | str | None)
        case types.BaseNamedTuple():
            return False
        case types.BaseTuple():
            return all(map(_is_known, type_))
        case types.DType():
            return isinstance(type_.dtype, types.Number | types.Boolean)
        case types.NumberClass():
            return isinstance(type_.instance_type, types.Number | types.Boolean)
        case types.SliceType():
            return type(type_) is types.SliceType
        case types.Omitted() if isinstance(type_.value, type):
            return type_.value in PLAIN
        case types.Function():
            return type_.typing_key in PLAIN
        case types.TypeRef():
            return type_.instance_type is types.Array
    return isinstance(type_, types.UnicodeType) or classes.is_known(type_)


MOST = 6
"""How many functions may be inside of each other."""


def _function(function: FunctionType, depth: int) -> tuple[object, ...]:
    """Return the content of a function of a library: its module has a version.

    Raises NoContentError for one that is not of its module, or closes over what has no content.
    """
    if depth <= MOST and function.__code__.co_filename.startswith("<srcad "):
        return _generated(function, depth)
    module = str(function.__module__)
    space = getattr(sys.modules.get(module), "__dict__", None)
    if depth > MOST or space is not function.__globals__ or not is_of_a_library(module):
        raise NoContentError(repr(function))
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    values = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values(), *cells)
    return (module, code_parts(function.__code__), *(_value(value, depth) for value in values))


TAG = re.compile(r"_[0-9a-f]{16}$")
"""What the names of generated functions have at their ends: the content of the whole text."""


def _generated(function: FunctionType, depth: int) -> tuple[object, ...]:
    """Return the content of a function of generated text, without that of the rest of the text.

    Raises NoContentError as `_function`.
    """
    code, space = function.__code__, function.__globals__
    plain = tuple(TAG.sub("", name) for name in code.co_names)
    # Of what errors say, the number of the line is that of the program that was first.
    code = code.replace(co_name="", co_qualname="", co_names=plain, co_firstlineno=1)
    found = {TAG.sub("", n): space[n] for n in function.__code__.co_names if n in space}
    values = tuple((name, _value(found[name], depth)) for name in sorted(found))
    return (TAG.sub("", function.__name__), code_parts(code), values)


def _value(value: Any, depth: int) -> object:
    """Return the content of what a function of a library closes over."""
    match value:
        case None | bool() | int() | float() | str() if type(value).__module__ == "builtins":
            return value
        case tuple() if type(value) is tuple:
            return tuple(_value(item, depth) for item in value)
        case type() if value in PLAIN:
            return ("class", value.__name__)
        case np.generic() | np.dtype():
            return ("numpy", str(np.dtype(getattr(value, "dtype", value))), repr(value))
        case ModuleType() if is_of_a_library(value.__name__):
            return ("module", value.__name__)
        case _Intrinsic():
            return ("intrinsic", value._name, _function(value._defn, depth + 1))  # noqa: SLF001
        case types.ExternalFunction():
            return ("external", value.symbol, repr(value.sig))
        case Type() if _is_known(value):
            return ("type", repr(value))
        case FunctionType():
            return _function(value, depth + 1)
        case Dispatcher():
            return (repr(sorted(value.targetoptions.items())), _function(value.py_func, depth + 1))
    raise NoContentError(repr(value))


def dumped(result: Any, tag: str) -> tuple[bytes, list[str]] | None:
    """Return the bytes of a callee, and what it takes from the process; None: it is not kept.

    tag: what the name of the function has at its end.
    """
    library = result.library
    if library.has_dynamic_globals or result.lifted or result.objectmode:
        return None
    module = llvm.parse_bitcode(library._get_module_for_linking().as_bitcode())  # noqa: SLF001
    described = copy.copy(result.fndesc)
    main = module.get_function(described.llvm_func_name)
    for function in module.functions:
        if not function.is_declaration and function.name != main.name:
            function.linkage = llvm.Linkage.internal
    described.mangled_name = main.name = f"{main.name}.{tag}"
    described.env_name = f"{described.env_name}.{tag}"
    described.typemap = described.calltypes = None
    environments = loaded.renamed_environments(
        module, tag, result.fndesc.env_name, described.env_name
    )
    main.linkage = llvm.Linkage.external  # that it stays
    _without_dead_code(library, module)
    main.linkage = llvm.Linkage.linkonce_odr  # as others may link it twice
    symbols = loaded.undefined(module)
    if any(RuntimeLinker.PREFIX in name for name in symbols):
        return None  # a function that calls itself
    if not loaded.is_resolved(symbols):
        return None
    own = (described.env_name, tuple(result.environment.consts))
    row = (module.as_bitcode(), described, own, environments, result.signature)
    return classes.dumps((*row, tuple(library._reload_init)), ()), symbols  # noqa: SLF001


def _without_dead_code(library: JITCodeLibrary, module: Any) -> None:
    """Remove what stands between Python and the functions: nothing calls it any more."""
    builder = library._codegen._pass_builder(opt=0, loop_vectorize=False, slp_vectorize=False)  # noqa: SLF001
    steps = builder.getModulePassManager()
    steps.add_global_dead_code_eliminate_pass()
    steps.run(module, builder)
