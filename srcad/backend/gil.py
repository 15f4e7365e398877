"""When a call of generated code lets other Python threads run: where there is much to do.

Generated code touches no Python object, so it needs no interpreter lock. But giving the lock away
takes 50 nanoseconds, and getting it back, from a thread that computes in Python, milliseconds. So
short calls keep it, as NumPy's operations do on few elements.
"""

from __future__ import annotations

import dis
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.dispatcher import Dispatcher
from numba.core.pythonapi import PythonAPI

if TYPE_CHECKING:
    from collections.abc import Sequence

Loops = Literal["none", "counted", "unknown"]

FEW = 500
"""Elements or iterations that are no work for a thread of its own: NumPy's number."""


def loops_of(function: FunctionType) -> Loops:
    """Return what loops a function has: "counted" ones depend on what it is given alone.

    Functions that it calls count as such loops.
    """
    code = function.__code__
    steps = {step.offset: step for step in dis.get_instructions(code)}
    targets = {s.argval for s in steps.values() if "JUMP_BACKWARD" in s.opname}
    found = map(function.__globals__.get, code.co_names)
    called = any(isinstance(value, Dispatcher | FunctionType) for value in found)
    if not targets:
        return "counted" if called else "none"
    is_counted = all(steps[target].opname == "FOR_ITER" for target in targets)
    is_long = any(type(const) is int and const > FEW for const in code.co_consts)
    return "counted" if is_counted and not is_long else "unknown"


OTHERS = ("_ZN5numba", "_ZN5srcad", "_ZN7cpython", "cfunc.")
"""How names of functions begin that are not the user's, or stand between these and Python."""


def needs_the_lock(library: Any, apart: tuple[str, ...] = ()) -> bool:
    """Return whether code calls functions of Python's without a care, as intrinsics may.

    Functions that take the lock for it, as blocks in object mode do, may be called without it.
    apart: how names of more functions begin that do not count.
    """
    for inner in library._linking_libraries:  # noqa: SLF001
        functions = list(inner._get_module_for_linking().functions)  # noqa: SLF001
        if not any(f.is_declaration and f.name.startswith("Py") for f in functions):
            continue
        for function in functions:
            if not (function.is_declaration or function.name.startswith(OTHERS + apart)):
                text = str(function)
                if "@Py" in text and "@PyGILState_Ensure(" not in text:
                    return True
    return False


def much_to_do(
    context: Any, builder: Any, args: Sequence[tuple[types.Type, Any]], loops: Loops
) -> Any:
    """Return whether a call has much to do, as a value of LLVM.

    args: the types and values of the arguments.
    """
    yes, no = ir.Constant(ir.IntType(1), 1), ir.Constant(ir.IntType(1), 0)
    if loops == "unknown":
        return yes
    sizes: list[Any] = []
    for type_, value in args:
        found = _sizes(context, builder, type_, value, loops)
        if found is None:
            return yes
        sizes += found
    if not sizes:
        return no if loops == "none" else yes
    few = ir.Constant(ir.IntType(64), FEW)
    much = no
    for size in sizes:
        much = builder.or_(much, builder.icmp_signed(">", size, few))
    return much


def _sizes(
    context: Any, builder: Any, type_: types.Type, value: Any, loops: Loops
) -> list[Any] | None:
    """Return the numbers of elements or iterations that an argument stands for; None: unknown."""
    word = ir.IntType(64)
    match type_:
        case types.Array():
            size = context.make_array(type_)(context, builder, value).nitems
            return [builder.sext(size, word) if size.type.width < word.width else size]
        case types.BaseTuple():
            found: list[Any] = []
            for k, inner in enumerate(type_):
                item = builder.extract_value(value, k)
                more = _sizes(context, builder, inner, item, loops)
                if more is None:
                    return None
                found += more
            return found
        case types.Integer():
            if loops == "none":
                return []
            if value.type.width >= word.width:
                return [value]
            extended = builder.sext if type_.signed else builder.zext
            return [extended(value, word)]
        case types.Omitted():
            number = type_.value
            is_count = type(number) is int and loops != "none"
            return [ir.Constant(word, min(max(number, 0), FEW + 1))] if is_count else []
        case types.Number() | types.Boolean() | types.NoneType():
            return []
    return None


class ReleasingAPI(PythonAPI):
    """Python's functions as wrappers call them; the lock is given away where it is worth it.

    given: types and values of the arguments so far.
    """

    loops: Loops = "unknown"
    is_inside = False

    def __init__(self, context: Any, builder: Any) -> None:
        super().__init__(context, builder)
        self.given: list[tuple[types.Type, Any]] = []

    def to_native_value(self, typ: types.Type, obj: Any) -> Any:
        """Return the value of an argument, and take note of it."""
        if self.is_inside:  # an element of a tuple
            return super().to_native_value(typ, obj)
        self.is_inside = True
        found = super().to_native_value(typ, obj)
        self.is_inside = False
        self.given.append((typ, found.value))
        return found

    def save_thread(self) -> Any:
        """Give the lock away if there is much to do; return where the thread's state is."""
        builder = self.builder
        state = cgutils.alloca_once_value(builder, ir.Constant(self.voidptr, None))
        with builder.if_then(much_to_do(self.context, builder, self.given, self.loops)):
            builder.store(super().save_thread(), state)
        return state

    def restore_thread(self, thread_state: Any) -> None:
        """Take the lock again if it was given away."""
        builder = self.builder
        state = builder.load(thread_state)
        with builder.if_then(cgutils.is_not_null(builder, state)):
            super().restore_thread(state)
