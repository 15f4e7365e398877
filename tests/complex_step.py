"""A reference for whole-array programs: the derivative by complex steps.

The plain Python function runs with complex numbers `x + 1e-30j * dx` in place of floats, and
a NumPy whose functions look at real parts where they compare or round. The imaginary part of
the result is the derivative along `dx`, without any error of differences.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from tests.harness import with_written
from tests.oracle import is_active, lifted_function, map_tree

STEP = 1e-30


def _over_real(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that sees the real parts only: its derivative is zero."""
    return lambda *args, **options: plain(*(np.real(arg) for arg in args), **options)


def _with_partials(plain: Callable[..., Any], *partials: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that complex arithmetic does not know, by its partials."""

    def replacement(*args: Any) -> Any:
        reals = [np.real(arg) for arg in args]
        total: Any = plain(*reals).astype(complex)
        for partial, arg in zip(partials, args, strict=True):
            total = total + 1j * (partial(*reals) * np.imag(arg))
        return total

    return replacement


def _lgamma(x: Any) -> Any:
    value = math.lgamma(np.real(x))
    return value + 1j * float(mpmath.digamma(np.real(x))) * np.imag(x)


def _abs(x: Any) -> Any:
    return np.where(np.real(x) < 0, -x, x)[()] if np.iscomplexobj(x) else np.abs(x)


def _maximum(a: Any, b: Any) -> Any:
    return np.where(np.real(a) > np.real(b), a, np.where(np.real(a) < np.real(b), b, (a + b) / 2))


def _minimum(a: Any, b: Any) -> Any:
    return np.where(np.real(a) < np.real(b), a, np.where(np.real(a) > np.real(b), b, (a + b) / 2))


def _clip(x: Any, low: Any, high: Any) -> Any:
    real = np.real(x)
    below = low is not None and real < np.real(low)
    above = high is not None and real > np.real(high)
    return np.where(below, low, np.where(above, high, x))[()]


def _var(x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    y = x - np.mean(x, axis=axis, keepdims=True)
    total = np.sum(y * y, axis=axis, keepdims=keepdims)
    return total / (np.size(x) / max(np.size(total), 1) - ddof)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    assert ord in (None, 2), ord
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def _extreme_of(pick: Callable[..., Any]) -> Callable[..., Any]:
    """Return `np.max` or `np.min`; k ties take 1/k of the derivative each."""

    def replacement(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        if not np.iscomplexobj(x):
            return pick(x, axis=axis, keepdims=keepdims)
        best = pick(np.real(x), axis=axis, keepdims=True)
        ties = np.real(x) == best
        total = np.sum(np.where(ties, x, 0), axis=axis, keepdims=keepdims)
        return total / np.sum(ties, axis=axis, keepdims=keepdims)

    return replacement


def _maker(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that makes complex arrays where the plain one makes floats."""

    def replacement(*args: Any, **options: Any) -> Any:
        made = plain(*args, **options)
        return made.astype(complex) if made.dtype.kind == "f" else made

    return replacement


def _cholesky(a: Any) -> Any:
    """Return the lower factor, without the conjugation that makes NumPy's one not analytic."""
    factor = np.zeros_like(a)
    for i in range(len(a)):
        for j in range(i + 1):
            rest = a[i, j] - np.dot(factor[i, :j], factor[j, :j])
            factor[i, j] = np.sqrt(rest) if i == j else rest / factor[j, j]
    return factor


def _eigh(a: Any) -> Any:
    """Return eigenvalues and eigenvectors by first-order perturbation; no two may be equal."""
    values, vectors = np.linalg.eigh(np.real(a))
    change = vectors.T @ np.imag(a) @ vectors
    gaps = values - values[:, None] + np.eye(len(values))
    mixing = np.where(np.eye(len(values)) > 0, 0.0, change / gaps)
    return values + 1j * np.diag(change), vectors + 1j * (vectors @ mixing)


def _slogdet(a: Any) -> Any:
    sign, value = np.linalg.slogdet(np.real(a))
    return sign, value + 1j * np.trace(np.linalg.solve(np.real(a), np.imag(a)))


class _Linalg:
    norm = staticmethod(_norm)
    cholesky = staticmethod(_cholesky)
    eigh = staticmethod(_eigh)
    slogdet = staticmethod(_slogdet)

    def __getattr__(self, name: str) -> Any:
        return getattr(np.linalg, name)


MAKERS = ("zeros", "ones", "empty", "full", "eye", "identity", "linspace", "arange", "array",
          "zeros_like", "ones_like", "empty_like", "full_like", "asarray")  # fmt: skip
REAL = ("floor", "ceil", "trunc", "rint", "round", "sign", "isnan", "isinf", "isfinite",
        "argmax", "argmin", "floor_divide")  # fmt: skip
TYPES = ("float64", "float32", "double")

OWN: dict[str, Any] = {
    **{name: _maker(getattr(np, name)) for name in MAKERS},
    **{name: _over_real(getattr(np, name)) for name in REAL},
    **dict.fromkeys(TYPES, np.complex128),
    "abs": _abs,
    "absolute": _abs,
    "fabs": _abs,
    "maximum": _maximum,
    "minimum": _minimum,
    "fmax": _maximum,
    "fmin": _minimum,
    "max": _extreme_of(np.max),
    "min": _extreme_of(np.min),
    "amax": _extreme_of(np.max),
    "amin": _extreme_of(np.min),
    "clip": _clip,
    "var": _var,
    "std": lambda *args, **options: np.sqrt(_var(*args, **options)),
    "vdot": lambda a, b: np.dot(np.ravel(a), np.ravel(b)),
    "hypot": lambda a, b: np.sqrt(a * a + b * b),
    "arctan2": _with_partials(
        np.arctan2, lambda a, b: b / (a * a + b * b), lambda a, b: -a / (a * a + b * b)
    ),
    "logaddexp": lambda a, b: np.log(np.exp(a) + np.exp(b)),
    "linalg": _Linalg(),
}


class _Module:
    """A module with some functions of our own."""

    def __init__(self, own: dict[str, Any], module: Any) -> None:
        self._own = own
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return self._own[name] if name in self._own else getattr(self._module, name)


NUMPY = _Module(OWN, np)
MATH = _Module({"pi": math.pi, "e": math.e, "inf": math.inf, "atan2": OWN["arctan2"],
                "fabs": _abs, "floor": lambda x: math.floor(np.real(x)),
                "lgamma": _lgamma}, np)  # fmt: skip
BUILTINS: dict[str, Any] = {
    "float": np.complex128,
    "int": lambda x=0: int(np.real(x)),
    "abs": _abs,
    "max": lambda *args: builtins.max(*args, key=np.real),
    "min": lambda *args: builtins.min(*args, key=np.real),
}


def complex_jvp(
    func: Any, args: tuple[Any, ...], tangents: tuple[Any, ...], mutates: tuple[int, ...] = ()
) -> tuple[Any, Any]:
    """Return the outputs (the result, the written arguments) and their tangents."""
    moved = map_tree(_moved, args, _spread(args, tangents))
    lifted = lifted_function(func, lift=_lifted, own=BUILTINS)
    with np.errstate(all="ignore"):
        out = with_written(lifted(*moved), [moved[k] for k in mutates])
    return map_tree(_value, out), map_tree(_tangent, out)


def _lifted(value: Any) -> Any:
    """Return what a global name stands for; None if it stays."""
    return NUMPY if value is np else MATH if value is math else None


def _spread(args: Any, tangents: Any) -> Any:
    """Return `tangents` with None for each leaf of an argument that has none."""
    if isinstance(args, tuple):
        parts = [None] * len(args) if tangents is None else tangents
        return tuple(_spread(arg, dot) for arg, dot in zip(args, parts, strict=True))
    return tangents


def _moved(leaf: Any, dot: Any) -> Any:
    if not is_active(leaf):
        return leaf.copy() if isinstance(leaf, np.ndarray) else leaf
    return leaf + 1j * STEP * (0.0 if dot is None else np.asarray(dot, float))


def _value(leaf: Any) -> Any:
    return np.real(leaf) if np.iscomplexobj(leaf) else leaf


def _tangent(leaf: Any) -> Any:
    return np.imag(leaf) / STEP if np.iscomplexobj(leaf) else np.zeros(np.shape(leaf))
