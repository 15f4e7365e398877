"""Loops in blocks: generated code calls one function for each block of iterations.

    in_blocks(loop, count, ...)     ->     loop(0, count, ...), ..., loop(count - 1, count, ...)

The blocks are what their function makes of the numbers: nothing depends on which thread runs
one, nor on how many threads there are. Each thread has a share of neighbouring blocks, the same
in all loops, since what it has written is in the cache of its core; when it has run them, it
takes what others have left. They run in the threads of Numba's threading layer, those
that `numba.set_num_threads` allows, unless other blocks of this process are running: then, in a
process that was forked, and with one thread, the caller runs them itself, one after the other.
(The layer `workqueue` would end the process if two threads asked it for something at once.)

What a block raises is raised in the caller: the first that the loop would have raised.
"""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import lower_builtin, register_jitable, type_callable

from srcad.backend.hints import opaque
from srcad.backend.loaded import BLOCKS as BUSY
from srcad.backend.numba_private import on_reload
from srcad.backend.threads import run_kernel

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 64
"""How many blocks there are at most; a power of two."""

WORK = 300_000
"""What a loop has to do at least, in operations, to be worth the start of threads.

Threads start in one to three microseconds where they wait for work, and in sixty where they do
not; a loop of additions in vectors takes ten for this. `python -m benchmarks --parallel` measures
gradients below it, near it and above it."""

SMALLEST = WORK // 16
"""What a block has to do at least."""

SHARE = 512
"""What a number that every block has for itself costs, times the part of the time that it may:
made, filled, written and added up, 3 nanoseconds, against a fifth of the loop."""

LARGEST = 1 << 48
"""How often a loop in blocks runs at most."""

LINE = 8
"""How many numbers there are in a line of a processor's cache."""

FIELDS = 6
"""How many numbers of ours stand before the arguments in what threads share."""

FREE, TAKEN, NEVER = 0, 1, 2

_busy = ctypes.c_int64(FREE)
_ready: list[bool] = []


def ready() -> None:
    """Start Numba's threads, unless they are there, and tell LLVM what compiled code asks for."""
    if _ready:
        return
    from numba.np.ufunc.parallel import _launch_threads  # noqa: PLC0415 - imported where needed

    _launch_threads()
    llvm.add_symbol(BUSY, ctypes.addressof(_busy))
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forked)
    _ready.append(True)


def _forked() -> None:
    """Leave the threads alone, which are not there in a process that was forked."""
    _busy.value = NEVER


@register_jitable(error_model="numpy", fastmath=False, boundscheck=False)
def block_count(trips: int, cost: int, own: int) -> int:
    """Return into how many blocks a loop is cut: a power of two, 1 for none.

    trips: how often it runs. cost: of one iteration, in operations. own: how many numbers every
    block has for itself, which are added up at the end.
    """
    work = trips * cost
    if trips < 2 or work < WORK or trips > LARGEST:
        return 1
    count = MOST
    while count > 1 and (count > trips or count * max(SHARE * own, SMALLEST) > work):
        count //= 2
    return count


def block_start(block: int, count: int, trips: int) -> int:
    """Return at which iteration a block starts, which is where the one before it ends.

    Compiled, LLVM knows that it is not negative: indices that are made of it need no test of
    their sign.
    """
    return block * (trips // count) + min(block, trips % count)


def block_length(block: int, count: int, trips: int) -> int:
    """Return how many iterations a block has.

    Compiled, LLVM knows that there are not so many that an index becomes negative.
    """
    return trips // count + (block < trips % count)


def in_blocks(part: Callable[..., None], count: int, work: int, args: tuple[Any, ...]) -> None:
    """Call `part(block, count, *args)` for each block.

    work: what all of them have to do. As plain Python, the last one comes first: that must not
    matter.
    """
    del work
    first: Exception | None = None
    for block in reversed(range(count)):
        try:
            part(block, count, *args)
        except Exception as error:  # noqa: BLE001 - it is raised below
            first = error
    if first is not None:
        raise first


# Compiled ------------------------------------------------------------------------------


def _called(context: Any, part: types.Type, args: tuple[types.Type, ...]) -> Any:
    """Return the signature of the function of a block."""
    given = (types.int64, types.int64, *map(types.unliteral, args))
    return part.get_call_type(context, given, {})


@type_callable(block_start)
@type_callable(block_length)
def _type_of_block_start(_: Any) -> Callable[..., types.Type | None]:
    def typer(block: types.Type, count: types.Type, trips: types.Type) -> types.Type | None:
        given = (block, count, trips)
        return types.int64 if all(isinstance(t, types.Integer) for t in given) else None

    return typer


def _shares(
    context: Any, builder: Any, signature: Any, values: Any
) -> tuple[ir.Value, ir.Value, ir.Value]:
    """Return the number of a block, its iterations, and how many blocks have one more."""
    pairs = zip(values, signature.args, strict=True)
    block, count, trips = (context.cast(builder, v, t, types.int64) for v, t in pairs)
    return block, builder.udiv(trips, count), builder.urem(trips, count)


def _bounded(builder: Any, k: Any) -> Any:
    """Return a number of iterations, which is not above `LARGEST`, as LLVM can see."""
    return builder.and_(k, ir.Constant(k.type, 2 * LARGEST - 1))


@lower_builtin(block_start, types.Integer, types.Integer, types.Integer)
def _lower_block_start(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    block, least, more = _shares(context, builder, signature, values)
    extra = builder.select(builder.icmp_unsigned("<", block, more), block, more)
    signs = ("nuw", "nsw")
    found = builder.add(builder.mul(block, least, flags=signs), extra, flags=signs)
    return _bounded(builder, opaque(builder, found))


@lower_builtin(block_length, types.Integer, types.Integer, types.Integer)
def _lower_block_length(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    block, least, more = _shares(context, builder, signature, values)
    extra = builder.zext(builder.icmp_unsigned("<", block, more), ir.IntType(64))
    return _bounded(builder, builder.add(least, extra))


@type_callable(in_blocks)
def _type_of_in_blocks(context: Any) -> Callable[..., types.Type | None]:
    def typer(
        part: types.Type, count: types.Type, work: types.Type, args: types.Type
    ) -> types.Type | None:
        del count, work
        if not isinstance(part, types.Dispatcher) or not isinstance(args, types.BaseTuple):
            return None
        _called(context, part, tuple(args))
        return types.none

    return typer


@lower_builtin(in_blocks, types.Dispatcher, types.Integer, types.Integer, types.BaseTuple)
def _lower_in_blocks(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    part, count, work, args = signature.args
    called = _called(context.typing_context, part, tuple(args))
    number, about = (
        context.cast(builder, value, type_, types.int64)
        for value, type_ in ((values[1], count), (values[2], work))
    )
    items = cgutils.unpack_tuple(builder, values[3], len(args))
    pairs = zip(items, args, called.args[2:], strict=True)
    given = [context.cast(builder, value, old, new) for value, old, new in pairs]
    _write(context, builder, part.dispatcher, called, (number, about), given)
    return context.get_dummy_value()


def _write(
    context: Any, builder: Any, part: Any, called: Any, size: tuple[Any, Any], given: list[Any]
) -> None:
    """Write the call of all blocks, and of the threads that run them.

    size: how many blocks there are, and what they have to do.
    """
    count, work = size
    library = context.active_code_library
    ready()
    on_reload(library, ready)
    part.compile(called.args)
    compiled = part.overloads[called.args]
    library.add_linking_library(compiled.library)

    whole, pointer = ir.IntType(64), ir.IntType(8).as_pointer()
    excinfo = _excinfo_type(context)
    kinds = [context.get_value_type(type_) for type_ in called.args[2:]]
    taken = ir.ArrayType(ir.ArrayType(whole, LINE), MOST)
    codes, infos = ir.ArrayType(ir.IntType(32), MOST), ir.ArrayType(excinfo, MOST)
    shared = ir.LiteralStructType([whole, whole, whole, codes, infos, taken, *kinds])
    state = cgutils.alloca_once(builder, shared)
    zero = ir.Constant(ir.IntType(32), 0)

    def field(at: Any, number: int, *more: Any, of: Any = builder) -> Any:
        return of.gep(at, [zero, ir.Constant(ir.IntType(32), number), *more], inbounds=True)

    builder.store(count, field(state, 0))
    builder.store(ir.Constant(whole, 0), field(state, 1))
    builder.store(ir.Constant(codes, None), field(state, 3))
    cgutils.memset(builder, field(state, 5), ir.Constant(whole, 8 * LINE * MOST), 0)
    for k, value in enumerate(given):
        builder.store(value, field(state, FIELDS + k))

    kernel = _kernel(context, builder.module, compiled, called, shared, field)
    data = builder.bitcast(state, pointer)
    run_kernel(context, builder, kernel, data, (count, work), field(state, 2))

    failed = builder.icmp_signed("!=", builder.load(field(state, 1)), ir.Constant(whole, 0))
    with builder.if_then(failed, likely=False), cgutils.for_range(builder, count) as loop:
        code = builder.load(field(state, 3, loop.index))
        with builder.if_then(builder.icmp_signed("!=", code, ir.Constant(code.type, 0))):
            info = builder.load(field(state, 4, loop.index))
            status = context.call_conv._get_return_status(builder, code, info)  # noqa: SLF001
            context.call_conv.return_status_propagate(builder, status)


def _excinfo_type(context: Any) -> Any:
    """Return the type of what says which exception was raised."""
    function = context.call_conv.get_function_type(types.none, ())
    return function.args[1].pointee


def _kernel(context: Any, module: Any, compiled: Any, called: Any, shared: Any, field: Any) -> Any:
    """Return the function that a thread runs.

    It takes the blocks of its own share, and then what is left of the others'.
    """
    whole, pointer = ir.IntType(64), ir.IntType(8).as_pointer()
    numbers = whole.as_pointer()
    function_type = ir.FunctionType(
        ir.VoidType(), [pointer.as_pointer(), numbers, numbers, pointer]
    )
    name = module.get_unique_name(f"srcad_blocks_{compiled.fndesc.unique_name}")
    kernel = ir.Function(module, function_type, name)
    kernel.linkage = "internal"
    names = ("entry", "share", "next", "call", "over", "done")
    entry, share, next_one, call, over, done = map(kernel.append_basic_block, names)
    builder = ir.IRBuilder(entry)
    zero, one = ir.Constant(whole, 0), ir.Constant(whole, 1)
    state = builder.bitcast(kernel.args[3], shared.as_pointer())
    count, shares = (builder.load(field(state, k, of=builder)) for k in (0, 2))
    given = [
        builder.load(field(state, FIELDS + k, of=builder)) for k in range(len(called.args) - 2)
    ]
    rank = builder.ptrtoint(builder.load(kernel.args[0]), whole)
    builder.branch(share)
    builder.position_at_end(share)
    turn = builder.phi(whole)
    turn.add_incoming(zero, entry)
    mine = builder.urem(builder.add(rank, turn), shares)
    first = builder.udiv(builder.mul(mine, count), shares)
    end = builder.udiv(builder.mul(builder.add(mine, one), count), shares)
    taken = field(state, 5, mine, ir.Constant(whole, 0), of=builder)
    builder.branch(next_one)
    builder.position_at_end(next_one)
    block = builder.add(first, builder.atomic_rmw("add", taken, one, "monotonic"))
    builder.cbranch(builder.icmp_unsigned("<", block, end), call, over)
    builder.position_at_end(over)
    following = builder.add(turn, one)
    turn.add_incoming(following, over)
    builder.cbranch(builder.icmp_unsigned("<", following, shares), share, done)
    builder.position_at_end(call)
    status, _ = context.call_internal_no_propagate(
        builder, compiled.fndesc, called, [block, count, *given]
    )
    with builder.if_then(status.is_error, likely=False):
        builder.store(status.code, field(state, 3, block, of=builder))
        builder.store(status.excinfoptr, field(state, 4, block, of=builder))
        builder.store_atomic(one, field(state, 1, of=builder), "monotonic", 8)
    builder.branch(next_one)
    builder.position_at_end(done)
    builder.ret_void()
    return kernel
