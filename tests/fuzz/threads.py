"""The comparison of derivatives whose loops are cut into blocks with the serial ones.

Blocks of plain Python run from the last one to the first: what one hands on to another shows.
"""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

import srcad
from srcad.backend import blocks
from tests import random_arrays, random_blocks, random_programs
from tests.fuzz import InvalidProgramError
from tests.harness import as_plain_python, bits
from tests.random_programs import limited_lines, load_once

BOUND = 1e-9
"""What sums in blocks may differ by, of the largest number there is."""

RACES = ("E206", "E208", "prange")


@contextlib.contextmanager
def cut(count: int = 4) -> Iterator[None]:
    """Cut every loop of plain Python code into as many blocks, if it runs so often."""
    was = blocks.block_count.__code__, blocks.block_count.__kwdefaults__

    def few(trips: int, cost: int, own: int, *, most: int = 1) -> int:
        del cost, own
        return min(most, 1 << (max(trips, 1).bit_length() - 1))

    blocks.block_count.__code__ = few.__code__
    blocks.block_count.__kwdefaults__ = {"most": count}
    try:
        yield
    finally:
        blocks.block_count.__code__, blocks.block_count.__kwdefaults__ = was


def generate(seed: int, size: int) -> tuple[str, tuple[Any, ...]]:
    """Return the program and the arguments of a seed; some of its loops are `prange`."""
    if seed % 4:
        return random_blocks.generate(seed, size)
    base = random_arrays if seed % 8 else random_programs
    text, args = base.generate(seed, size, scalar=True, idioms=True)
    chosen = random.Random(seed)

    def loop(match: re.Match[str]) -> str:
        return f"{match[1]}{chosen.choice(['range', 'prange'])}("

    return "from numba import prange\n" + re.sub(r"(?m)^(\s+for \w+ in )range\(", loop, text), args


def check(source: str, args: tuple[Any, ...], seed: int) -> None:
    """Compare value and gradient in blocks with those of the same loops in their order."""
    serial = load_once(source.replace("prange(", "range("))
    wrt = tuple(k for k, arg in enumerate(args) if np.asarray(arg).dtype.kind == "f")
    try:
        with limited_lines(), np.errstate(all="ignore"), as_plain_python():
            expected = srcad.value_and_grad(serial, wrt)(*args)
    except (ArithmeticError, ValueError, IndexError, RuntimeError) as error:
        raise InvalidProgramError(str(error)) from error
    before = bits(args)
    parallel = srcad.differentiate(load_once(source), parallel=True)
    with as_plain_python(), cut((2, 4, 8)[seed % 3]), np.errstate(all="ignore"):
        found = srcad.value_and_grad(parallel, wrt)(*args)
    assert bits(args) == before, "blocks: changed the arguments"
    ones, others = ([r[0], *r[1]] for r in (found, expected))
    scale = max(1.0, *(float(np.max(np.abs(v), initial=0.0)) for v in others))
    for one, other in zip(ones, others, strict=True):
        same = np.isclose(one, other, rtol=BOUND, atol=BOUND * scale, equal_nan=True)
        assert np.all(same), f"blocks: {one!r}, in order: {other!r}"
