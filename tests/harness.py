"""Run the derivatives of a program and compare them with the references.

Every function here works in two ways: compiled, and as the twin (the same generated
source as plain Python).
"""

from __future__ import annotations

import contextlib
import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import numpy as np

import srcad
from srcad import deriving
from srcad.backend.jit import Derivative
from srcad.backend.module import Built, build
from srcad.derivative import adjoint_of
from srcad.operators import linear, products
from srcad.options import DEFAULT
from srcad.sparse import sweeps as sparse_sweeps
from tests.oracle import Run, is_active, leaves, map_tree, reference_vjp

BUILD_TO_COMPILE = 5
"""The number of arguments of `build` with those that only compiled code needs."""


BUILT: dict[tuple[object, ...], tuple[Built, Any]] = {}
MOST_BUILT = 8


@contextlib.contextmanager
def as_plain_python() -> Iterator[None]:
    """Run derivatives as plain Python inside this block: their twins, nothing compiled.

    What `np.empty` makes in generated code holds NaN, so that no test passes by luck.
    """

    with (
        mock.patch.object(Derivative, "__call__", _call_twin, create=True),
        mock.patch.object(deriving, "build", build_poisoned),
        mock.patch.object(products, "sweeps", return_value=None),  # these are compiled
        mock.patch.object(linear, "maps", return_value=None),
        mock.patch.object(sparse_sweeps, "compiles", return_value=False),
    ):
        yield


def is_plain_python() -> bool:
    """Return whether derivatives run as plain Python now."""
    return vars(Derivative).get("__call__") is _call_twin


def _call_twin(made: Derivative, *args: Any, **named: Any) -> Any:
    """Call a derivative as plain Python."""
    return plain(made.py_func)(*args, **named)


def build_poisoned(*args: Any, **options: Any) -> Built:
    """Build a module; what is not going to be compiled gets the poisoned NumPy.

    The last ones are kept: a program that runs at several points is built once.
    """
    if "wrap" in options or len(args) >= BUILD_TO_COMPILE:
        return build(*args, **options)
    source, name, namespace, *rest = args
    key = (source, name, repr((rest, options)), *((k, id(v)) for k, v in namespace.items()))
    if key not in BUILT:
        while len(BUILT) >= MOST_BUILT:
            del BUILT[next(iter(BUILT))]
        built = build(*args, **options)
        built.function.__globals__["np"] = PoisonedNumpy()
        BUILT[key] = built, namespace
    return BUILT[key][0]


class PoisonedNumpy:
    """NumPy, but new arrays hold what nobody can take for good."""

    empty = staticmethod(lambda *args: poisoned(np.empty(*args)))
    empty_like = staticmethod(lambda *args: poisoned(np.empty_like(*args)))

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def poisoned(array: np.ndarray) -> np.ndarray:
    """Return `array` filled with NaN or huge ints."""
    if array.dtype.kind == "f":
        array.fill(np.nan)
    elif array.dtype.kind in "iu":
        array.fill(np.iinfo(array.dtype).max)
    return array


def plain(func: Callable[..., Any]) -> Callable[..., Any]:
    """Return `func` called as compiled code would be: floats of NumPy, no warnings."""

    def call(*args: Any, **named: Any) -> Any:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return func(*map_tree(_as_numpy_scalar, args), **named)

    return call


def _as_numpy_scalar(leaf: Any) -> Any:
    """Return a NumPy float for a Python one: its division by zero gives inf."""
    return np.float64(leaf) if type(leaf) is float else leaf


# Random directions -------------------------------------------------------------------


def random_like(leaf: Any, rng: np.random.Generator) -> Any:
    """Return a random number or array of the shape and dtype of `leaf`; None for ints."""
    if not is_active(leaf):
        return None
    if isinstance(leaf, np.ndarray):
        return rng.normal(size=leaf.shape).astype(leaf.dtype)
    return type(leaf)(rng.normal())


def random_tangents(args: tuple[Any, ...], seed: int = 0) -> tuple[Any, ...]:
    """Return a random tangent for every float in `args`."""
    rng = np.random.default_rng(seed)
    return map_tree(lambda leaf: random_like(leaf, rng), args)


# Outputs: the result, then the arguments that were written ----------------------------


def with_written(result: Any, written: list[Any]) -> Any:
    """Return the outputs as the operators give them."""
    if not written:
        return result
    parts = ([] if result is None else [result]) + written
    return parts[0] if len(parts) == 1 else tuple(parts)


def outputs_of_run(run: Run, mutates: tuple[int, ...]) -> tuple[Any, Any]:
    """Return outputs and their tangents from a reference run."""
    out = with_written(run.out, [run.after[k] for k in mutates])
    dots = with_written(
        None if run.out is None else run.out_dots, [run.after_dots[k] for k in mutates]
    )
    return out, dots


def plain_function(func: Any) -> Any:
    """Return the Python function of a dispatcher, and any other function as it is."""
    return getattr(func, "py_func", func)


def outputs_of_call(func: Any, args: tuple[Any, ...], mutates: tuple[int, ...]) -> Any:
    """Return the outputs of a plain call, which writes `args`."""
    result = plain_function(func)(*args)
    return with_written(result, [args[k] for k in mutates])


def expected_cotangents(
    func: Any, args: tuple[Any, ...], mutates: tuple[int, ...], out: Any, out_bar: Any
) -> tuple[Any, ...]:
    """Return the reference cotangents for a cotangent of the outputs.

    out: the function's own result; out_bar: for the outputs with written arguments.
    """
    after_bar: list[Any] = [None] * len(args)
    if mutates:
        bars = list(out_bar) if out is not None or len(mutates) > 1 else [out_bar]
        for k in reversed(mutates):
            after_bar[k] = bars.pop()
        out_bar = bars[0] if bars else None
    return reference_vjp(func, args, out_bar, tuple(after_bar))


# Comparing ---------------------------------------------------------------------------


def assert_close(got: Any, expected: Any, tol: float, what: str) -> None:
    """Compare trees leaf by leaf; `tol` is relative to the largest number in a leaf."""
    got_leaves, expected_leaves = leaves(got), leaves(expected)
    assert len(got_leaves) == len(expected_leaves), f"{what}: {got!r}, expected {expected!r}"
    for a, b in zip(got_leaves, expected_leaves, strict=True):
        if a is None or b is None:
            assert b is None or not np.any(b), f"{what}: {a!r}, expected {b!r}"
            continue
        assert np.shape(a) == np.shape(b), f"{what}: shape {np.shape(a)}, not {np.shape(b)}"
        x, y = np.asarray(a, float), np.asarray(b, float)
        scale = max([1.0, *np.abs(y[np.isfinite(y)])])
        with np.errstate(invalid="ignore"):
            good = np.allclose(x, y, rtol=tol, atol=tol * scale, equal_nan=True)
        assert good, f"{what}: {a!r}, expected {b!r}"


def bits(tree: Any) -> list[Any]:
    """Return what must not change between two calls, as comparable values."""
    return [
        (leaf.dtype.str, leaf.shape, leaf.tobytes())
        if isinstance(leaf, np.ndarray)
        else (type(leaf).__name__, repr(leaf))
        for leaf in leaves(tree)
    ]


def array_dtypes(tree: Any) -> list[Any]:
    """Return the dtype of each array; compiled code gives every float as a Python one."""
    return [leaf.dtype if isinstance(leaf, np.ndarray) else None for leaf in leaves(tree)]


def run_jvp(func: Any, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return `srcad.jvp` of `func`, and check that the arguments stay as they are."""
    before = bits(args), bits(tangents)
    result = srcad.jvp(func, args, tangents)
    assert (bits(args), bits(tangents)) == before, "jvp changed its arguments"
    return result


def run_vjp(func: Any, args: tuple[Any, ...], seed: int) -> tuple[Any, Any, Any]:
    """Return output, a random cotangent and the cotangents of `srcad.vjp`.

    Checks what must stay as it is, and that the pullback can be called again.
    """
    before = bits(args)
    out, pullback = srcad.vjp(func, *args)
    out_bar = random_tangents((out,), seed)[0]
    bars = pullback(out_bar)
    given = bits(out_bar)
    assert bits(pullback(out_bar)) == bits(bars), "the second call of pullback differs"
    assert (bits(args), bits(out_bar)) == (before, given), "vjp changed its arguments"
    return out, out_bar, bars


def run_adjoint(func: Any, args: tuple[Any, ...], out: Any, seed: int) -> tuple[Any, Any, Any]:
    """Return what `run_vjp` returns, from one call of the adjoint alone."""
    before = bits(args)
    out_bar = random_tangents((out,), seed)[0]
    bound = inspect.signature(plain_function(func)).bind(*args)
    bound.apply_defaults()
    wrt = tuple(k for k, arg in enumerate(args) if any(map(is_active, leaves(arg))))
    value, found = adjoint_of(plain_function(func), wrt, DEFAULT)(*bound.args, out_bar)
    bars: list[Any] = [None] * len(args)
    for k, bar in zip(wrt, found, strict=True):
        bars[k] = bar
    assert bits(args) == before, "the adjoint changed its arguments"
    return value, out_bar, tuple(bars)
