"""The value and the gradient of a sum over the rows of Dask's arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.arguments import Argnums, is_several
from srcad.operators.gradients import value_and_grad as of_one_chunk


def value_and_grad(f: Any, argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """Return a function of the same arguments, of which some are arrays of Dask.

    f: a function of one float, as `grad` takes it, that is a sum over rows: its value for all
        rows is the sum of its values for parts of them (no mean, no term that counts once).
        Dask pickles it where there are several processes.
    argnums: position or name of the argument to differentiate by, which is no array of Dask, or
        a sequence of such.

    The function takes arrays of Dask, all in the same chunks along their first axis and in one
    chunk along others, and everything else by position. It returns `(value, gradient)`, as
    NumPy has them: every chunk is differentiated where it is, and the sums are taken in pairs,
    in the order of chunks, so that the result does not depend on which worker was first. An
    exception in a chunk is raised; a worker that is lost is Dask's to replace.
    Raises ImportError without Dask, TypeError without an array of Dask, or for one to
    differentiate by, and ValueError for chunks that differ.
    """
    run = of_one_chunk(f, argnums)
    wrt = argnums if is_several(argnums) else (argnums,)

    def call(*args: Any) -> tuple[Any, Any]:
        """Return the value and the gradient of the sum."""
        import dask  # noqa: PLC0415 - takes long to import, and may not be there
        from dask.array import Array  # noqa: PLC0415

        chunked = [k for k, arg in enumerate(args) if isinstance(arg, Array)]
        if not chunked:
            message = "value_and_grad of srcad.dask takes at least one array of Dask"
            raise TypeError(message)
        if set(chunked) & {k % len(args) for k in wrt if isinstance(k, int)}:  # type: ignore[union-attr]
            message = "an array of Dask cannot be differentiated by; give an array of NumPy"
            raise TypeError(message)
        blocks = {k: _blocks(args[k], k) for k in chunked}
        sizes = {tuple(args[k].chunks[0]) for k in chunked}
        if len(sizes) > 1:
            message = f"arrays of Dask in different chunks: {sorted(sizes)}; call .rechunk()"
            raise ValueError(message)
        one = dask.delayed(_of_chunk, pure=False)
        shared = {
            k: dask.delayed(a) if isinstance(a, np.ndarray) else a for k, a in enumerate(args)
        }
        parts = [
            one(run, *(blocks[k][row] if k in blocks else shared[k] for k in range(len(args))))
            for row in range(len(next(iter(blocks.values()))))
        ]
        join = dask.delayed(_sum, pure=False)
        while len(parts) > 1:
            pairs = [join(*parts[k : k + 2]) for k in range(0, len(parts) - 1, 2)]
            parts = pairs + parts[len(pairs) * 2 :]
        found: tuple[Any, Any] = parts[0].compute()
        return found

    return call


def _blocks(array: Any, k: int) -> list[Any]:
    """Return the chunks along the first axis."""
    if any(len(chunks) > 1 for chunks in array.chunks[1:]):
        message = f"argument {k} is in several chunks along an axis that is not the first"
        raise ValueError(message)
    return list(array.to_delayed().ravel())


def _of_chunk(run: Any, *args: Any) -> tuple[Any, Any]:
    """Return value and gradient of one chunk."""
    found: tuple[Any, Any] = run(*args)
    return found


def _sum(one: tuple[Any, Any], two: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return the sums of values and gradients."""
    return one[0] + two[0], _plus(one[1], two[1])


def _plus(one: Any, two: Any) -> Any:
    return tuple(map(_plus, one, two)) if isinstance(one, tuple) else one + two
