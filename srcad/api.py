"""The decorator `differentiate`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

from srcad.backend.typed import P, R
from srcad.decorated import Decorated, decorated
from srcad.options import Options
from srcad.sources import Text, with_source


@overload
def differentiate(func: Callable[P, R], /, *, source: Text = ...) -> Decorated[P, R]: ...


@overload
def differentiate(
    *,
    cache: bool = ...,
    parallel: bool = ...,
    fastmath: bool = ...,
    error_model: str | None = ...,
    boundscheck: bool | None = ...,
    nogil: bool | None = ...,
    reorder_sums: bool = ...,
    source: Text = ...,
) -> Callable[[Callable[P, R]], Decorated[P, R]]: ...


def differentiate(
    func: Callable[..., Any] | None = None,
    /,
    *,
    cache: bool = False,
    parallel: bool = False,
    fastmath: bool = False,
    error_model: str | None = None,
    boundscheck: bool | None = None,
    nogil: bool | None = None,
    reorder_sums: bool = False,
    source: Text = None,
) -> Decorated | Callable[[Callable[..., Any]], Decorated]:
    """Return `func` as a Numba dispatcher that knows its derivatives.

    Used as `@differentiate`, `@differentiate(option=...)` or `differentiate(func)`.

    func: a Python function, or an `@njit` function, which is left as it is: the result
        has its own copy of the compiled code.
    parallel, fastmath, error_model: as `numba.njit` takes them.
        With `parallel`, the loops of derivatives that are proved parallel run in threads, too:
        with the same bits on every run, however many threads there are. Derivatives divide as
        NumPy does unless `error_model` is given, and are never fast-math unless that is asked for.
    boundscheck: None to test the indices at which derivatives write, unless these are known
        to be inside; True to test all indices, in the function itself as well; False for no
        tests. An index outside raises IndexError with the line of `func`.
    nogil: None to let other threads run while derivatives, and `func` where it is compiled as
        loops, have much to do; True for whatever is compiled of `func`; False for nothing.
    reorder_sums: True to let derivatives add up `s += ...` and `a[k] += ...` of floats in another
        order, as they do with `np.sum`: loops become vectors, and values differ by rounding from
        those of the function itself, which keeps its order. Nothing else of fast-math.
    source: the text of a function that no file holds: of one that `exec` made, or that was typed
        at the prompt of Python 3.12 or older. It may hold more than the function, and functions
        that this one calls are looked for there, too. A path is that of a file, or of a saved
        notebook. What is given once is known to all operators. Raises `NotDifferentiable` for a
        text that the function was not compiled from.
    cache: True to keep what is compiled on disk, where other processes find it (`srcad.options`
        does so for a block of a program).
    """
    options = Options(
        *(parallel, fastmath, error_model, boundscheck, nogil),
        cache=bool(cache),
        reorder_sums=bool(reorder_sums),
    )
    if func is not None:
        return decorated(with_source(func, source), options)
    return lambda function: decorated(with_source(function, source), options)
