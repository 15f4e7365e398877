"""Whether the loops of a derivative run in threads, or in the thread that calls.

The numbers are the same, so time alone decides. Every derivative keeps a record of what a unit of
work has taken in either way, from its first loop in blocks to the end of the last one, and takes
the faster way for all of them: what one loop leaves in the cache of a core, the next one reads.
Now and then, when 64 times as long has passed as it will probably take, it tries the other way
twice: the machine may have become idle, or busy. What is too small, what waits for memory, a
threading layer that is slow to start, and cores that others use too, all show in that time.
"""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types, typing

from srcad.backend.loaded import BLOCKS as BUSY

PATIENCE = 64.0
"""How many times as long as the slower way takes passes before it is tried again."""

TRIALS = 4
"""How many calls are trials: two in threads, two without."""

WEIGHT, SURPRISE = 0.25, 4.0
"""How much a new time counts beside the old ones, and how many times as long it is at most."""

WHOLE, REAL = ir.IntType(64), ir.DoubleType()
POINTER = ir.IntType(8).as_pointer()
CLASSES = 8
"""How many records a derivative keeps: calls whose first loop is of another size have others."""

KNOWN = 7
"""How many numbers `next_way` hands on; the record has three more."""

WORK, BEGAN, ENDED = KNOWN, KNOWN + 1, KNOWN + 2
"""What the loops of the last call had to do, and when they began and ended."""


def next_way(
    alone: float,
    threads: float,
    spent: float,
    calls: float,
    trial: float,
    before: float,
    way: float,
    took: float,
    work: float,
) -> tuple[float, float, float, float, float, float, float]:
    """Return what is known after a call, and at the end which way the next one goes.

    alone, threads: ticks for a unit of work in either way. spent: ticks since the last trial.
    trial: how many calls it still lasts. before, way: which way the last two calls went, 1 for
    threads. took, work: of the last one.

    The first call that goes the other way finds its data in other caches: it tells nothing.
    """
    if calls > 0.0 and took > 0.0 and work > 0.0:
        rate = took / work
        old = threads if way == 1.0 else alone
        if calls <= TRIALS:
            new = rate if old == 0.0 else min(old, rate)
        elif way != before:
            new = old
        elif trial > 0.0:
            new = rate
        else:
            new = old + WEIGHT * (min(rate, SURPRISE * old) - old)
        if way == 1.0:
            threads = new
        else:
            alone = new
        spent = spent + took
        if way == before:
            trial = max(trial - 1.0, 0.0)
    if calls < TRIALS:
        chosen = 1.0 if calls < 2.0 else 0.0
        return alone, threads, 0.0, calls + 1.0, 0.0, way, chosen
    faster = 1.0 if threads <= alone else 0.0
    if trial > 0.0:
        chosen = 1.0 - faster
    elif spent > PATIENCE * max(alone, threads) * work:
        trial, spent, chosen = 1.0, 0.0, 1.0 - faster
    else:
        chosen = faster
    return alone, threads, spent, calls + 1.0, trial, way, chosen


def run_kernel(
    context: Any, builder: Any, kernel: Any, data: Any, size: tuple[Any, Any], shares: Any
) -> None:
    """Write the call of a kernel, once in each thread where that may be and is faster.

    size: how many blocks there are, and what they have to do. shares: where it says between
    how many threads they are divided.
    """
    count, work = size
    zero, one = ir.Constant(WHOLE, 0), ir.Constant(WHOLE, 1)
    places = cgutils.alloca_once(builder, POINTER)
    extents, steps = (cgutils.alloca_once(builder, WHOLE) for _ in range(2))
    builder.store(ir.Constant(POINTER, None), places)
    builder.store(one, extents)
    builder.store(one, steps)
    known = builder.module.globals.get(BUSY)
    busy = known or ir.GlobalVariable(builder.module, WHOLE, BUSY)
    threads = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(WHOLE, []), "get_num_threads"
    )
    allowed = builder.call(threads, [])
    several = builder.icmp_signed(">", allowed, one)
    left = cgutils.alloca_once_value(builder, ir.Constant(ir.IntType(1), 1))
    with builder.if_then(several):
        record = _Record(context, builder, work)
        with builder.if_else(record.chosen) as (together, by_itself):
            with together:
                taken = builder.cmpxchg(busy, zero, one, "acquire", "monotonic")
                with builder.if_then(builder.extract_value(taken, 1)):
                    builder.store(ir.Constant(ir.IntType(1), 0), left)
                    builder.store(allowed, extents)
                    fewer = builder.icmp_signed("<", allowed, count)
                    builder.store(builder.select(fewer, allowed, count), shares)
                    launch = cgutils.get_or_insert_function(
                        builder.module,
                        ir.FunctionType(ir.VoidType(), [POINTER] * 5 + [WHOLE] * 3),
                        "numba_parallel_for",
                    )
                    given = [builder.bitcast(v, POINTER) for v in (kernel, places, extents, steps)]
                    builder.call(launch, [*given, data, one, one, allowed])
                    builder.store_atomic(zero, busy, "release", 8)
                    record.end()
            with by_itself:
                builder.store(ir.Constant(ir.IntType(1), 0), left)
                builder.store(one, shares)
                builder.call(kernel, [places, extents, steps, data])
                record.end()
    with builder.if_then(builder.load(left)):
        builder.store(one, shares)
        builder.call(kernel, [places, extents, steps, data])


class _Record:
    """The record of one derivative, and what it says to do. chosen: whether threads run it."""

    def __init__(self, context: Any, builder: Any, work: Any) -> None:
        self.context = context
        self.builder = builder
        self.work = builder.sitofp(work, REAL)
        if not _has_clock():
            self.chosen = ir.Constant(ir.IntType(1), 1)
            return
        kind = ir.ArrayType(ir.ArrayType(WHOLE, KNOWN + 3), CLASSES)
        name = f"srcad_times_{builder.function.name}"
        self.record = builder.module.globals.get(name)
        if self.record is None:
            self.record = ir.GlobalVariable(builder.module, kind, name)
            self.record.linkage = "internal"
            self.record.initializer = ir.Constant(kind, None)
        way, self.size = self.of_call("way"), self.of_call("size")
        zero = ir.Constant(WHOLE, 0)
        with builder.if_then(builder.icmp_signed("==", builder.load(way), zero)):
            self.begin(work, way)
        self.chosen = builder.icmp_signed(">", builder.load(way), ir.Constant(WHOLE, 1))

    def of_call(self, what: str) -> Any:
        """Return where a call notes which way it goes, or of which size it is; 0 at first."""
        name = f"srcad_{what}"
        for instruction in self.builder.function.entry_basic_block.instructions:
            if instruction.name.startswith(name):
                return instruction
        return cgutils.alloca_once(self.builder, WHOLE, name=name)

    def begin(self, work: Any, way: Any) -> None:
        """Write what the first loop of a call does: it looks back, and chooses."""
        build = self.builder
        zeros = build.ctlz(work, ir.Constant(ir.IntType(1), 0))
        build.store(build.and_(zeros, ir.Constant(WHOLE, CLASSES - 1)), self.size)
        took = build.sitofp(build.sub(self.load(ENDED), self.load(BEGAN)), REAL)
        given = [self.real(k) for k in range(KNOWN)] + [took, self.real(WORK)]
        kind = typing.signature(types.UniTuple(types.float64, KNOWN), *[types.float64] * len(given))
        found = self.context.compile_internal(build, next_way, kind, given)
        for k in range(KNOWN):
            self.store(k, build.extract_value(found, k))
        self.store(WORK, ir.Constant(REAL, 0.0))
        self.store(BEGAN, _ticks(build))
        chosen = build.fptosi(build.extract_value(found, KNOWN - 1), WHOLE)
        build.store(build.add(chosen, ir.Constant(WHOLE, 1)), way)

    def end(self) -> None:
        """Write what the end of a loop adds to the record."""
        if not _has_clock():
            return
        self.store(WORK, self.builder.fadd(self.real(WORK), self.work))
        self.store(ENDED, _ticks(self.builder))

    def place(self, k: int) -> Any:
        """Return where a number of the record is."""
        size = self.builder.load(self.size)
        zero, number = (ir.Constant(WHOLE, n) for n in (0, k))
        return self.builder.gep(self.record, [zero, size, number])

    def load(self, k: int) -> Any:
        """Return a number of the record, which other threads may write."""
        return self.builder.load_atomic(self.place(k), "monotonic", 8)

    def real(self, k: int) -> Any:
        """Return a number of the record that is no integer."""
        return self.builder.bitcast(self.load(k), REAL)

    def store(self, k: int, value: Any) -> None:
        """Write a number of the record."""
        self.builder.store_atomic(self.builder.bitcast(value, WHOLE), self.place(k), "monotonic", 8)


MACHINE = platform.machine().lower()


def _has_clock() -> bool:
    return MACHINE in {"x86_64", "amd64", "aarch64", "arm64"}


def _ticks(builder: Any) -> Any:
    """Return a time, in ticks of the processor's clock that never stands still."""
    if MACHINE in {"aarch64", "arm64"}:
        kind = ir.FunctionType(WHOLE, [])
        return builder.asm(kind, "mrs $0, cntvct_el0", "=r", [], side_effect=True)
    counter = builder.module.declare_intrinsic(
        "llvm.readcyclecounter", (), ir.FunctionType(WHOLE, [])
    )
    return builder.call(counter, [])
