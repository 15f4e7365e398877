"""Whether the blocks of a loop run in threads, or in the thread that calls.

The numbers are the same, so time alone decides. Every loop keeps a record of what a unit of its
work has taken in either way, and takes the faster one. Now and then, when 64 times as long has
passed as it will probably take, it tries the other: the machine may have become idle, or busy.
What is too small, what waits for memory, a threading layer that is slow to start, and cores that
others use too, all show in that time.
"""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from srcad.backend.loaded import BLOCKS as BUSY

PATIENCE = 64.0
"""How many times as long as the slower way takes passes before it is tried again."""

TRIALS = 4
"""How often a loop runs before its record counts: in threads, but for the third time."""

WEIGHT, SURPRISE = 0.25, 4.0
"""How much a new time counts beside the old ones, and how many times as long it is at most."""

WHOLE, REAL = ir.IntType(64), ir.DoubleType()
POINTER = ir.IntType(8).as_pointer()
ALONE, THREADS, SPENT, RUNS = range(4)
"""What a record holds: ticks for a unit of work in either way, ticks since the last trial of
the slower one, and how often the loop has run."""


def run_kernel(builder: Any, kernel: Any, data: Any, size: tuple[Any, Any], shares: Any) -> None:
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
        record = _Record(builder, kernel, work)
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
                    record.begin()
                    builder.call(launch, [*given, data, one, one, allowed])
                    builder.store_atomic(zero, busy, "release", 8)
                    record.end(THREADS)
            with by_itself:
                builder.store(ir.Constant(ir.IntType(1), 0), left)
                builder.store(one, shares)
                record.begin()
                builder.call(kernel, [places, extents, steps, data])
                record.end(ALONE)
    with builder.if_then(builder.load(left)):
        builder.store(one, shares)
        builder.call(kernel, [places, extents, steps, data])


class _Record:
    """The record of one loop, and what it says to do. chosen: whether threads run it."""

    def __init__(self, builder: Any, kernel: Any, work: Any) -> None:
        self.builder = builder
        kind = ir.ArrayType(WHOLE, 4)
        name = builder.module.get_unique_name(f"{kernel.name}_times")
        self.record = ir.GlobalVariable(builder.module, kind, name)
        self.record.linkage = "internal"
        self.record.initializer = ir.Constant(kind, None)
        one = ir.Constant(WHOLE, 1)
        some = builder.select(builder.icmp_signed(">", work, one), work, one)
        self.work = builder.sitofp(some, REAL)
        self.rates = [self.real(k) for k in (ALONE, THREADS)]
        self.spent = self.real(SPENT)
        self.runs = self.load(RUNS)
        self.start = self.runs
        alone, together = self.rates
        faster = builder.fcmp_ordered("<=", together, alone)
        slower = builder.select(faster, alone, together)
        wait = builder.fmul(builder.fmul(slower, self.work), ir.Constant(REAL, PATIENCE))
        self.is_tried = builder.fcmp_ordered(">", self.spent, wait)
        self.is_new = builder.icmp_signed("<", self.runs, ir.Constant(WHOLE, TRIALS))
        third = builder.icmp_signed("!=", self.runs, ir.Constant(WHOLE, TRIALS - 2))
        self.chosen = builder.select(self.is_new, third, builder.xor(faster, self.is_tried))
        if not _has_clock():
            self.chosen = ir.Constant(ir.IntType(1), 1)

    def place(self, k: int) -> Any:
        """Return where a number of the record is."""
        return self.builder.gep(self.record, [ir.Constant(ir.IntType(32), n) for n in (0, k)])

    def load(self, k: int) -> Any:
        """Return a number of the record, which other threads may write."""
        return self.builder.load_atomic(self.place(k), "monotonic", 8)

    def real(self, k: int) -> Any:
        """Return a number of the record that is no integer."""
        return self.builder.bitcast(self.load(k), REAL)

    def store(self, k: int, value: Any) -> None:
        """Write a number of the record."""
        self.builder.store_atomic(self.builder.bitcast(value, WHOLE), self.place(k), "monotonic", 8)

    def begin(self) -> None:
        """Write that the clock is read."""
        self.start = _ticks(self.builder)

    def end(self, way: int) -> None:
        """Write what the time since `begin` makes of the record.

        While it is new the shortest time counts; of the slower way, the last one.
        """
        if not _has_clock():
            return
        build = self.builder
        took = build.sitofp(build.sub(_ticks(build), self.start), REAL)
        rate, old = build.fdiv(took, self.work), self.rates[way]
        is_first = build.fcmp_ordered("==", old, ir.Constant(REAL, 0.0))
        is_less = build.fcmp_ordered("<", rate, old)
        best = build.select(build.or_(is_first, is_less), rate, old)
        most = build.fmul(old, ir.Constant(REAL, SURPRISE))
        bounded = build.select(build.fcmp_ordered("<", rate, most), rate, most)
        change = build.fmul(build.fsub(bounded, old), ir.Constant(REAL, WEIGHT))
        usual = build.select(self.is_tried, rate, build.fadd(old, change))
        self.store(way, build.select(self.is_new, best, usual))
        spent = build.fadd(self.spent, took)
        again = build.or_(self.is_tried, self.is_new)
        self.store(SPENT, build.select(again, ir.Constant(REAL, 0.0), spent))
        self.store(RUNS, build.add(self.runs, ir.Constant(WHOLE, 1)))


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
