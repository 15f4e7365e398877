"""Grids of arguments for the forms of functions, and their comparison with NumPy.

A form is an expression over named arguments; its kind says which shapes, values and dtypes
they take. The same expression is run by NumPy and by what srcad makes of it: value, shape,
dtype and exception must agree. NotDifferentiable is an answer that is never wrong, but
`answered` counts the others, so that nothing is refused by accident.
"""

from __future__ import annotations

import copy
import functools
import itertools
import linecache
import math
import re
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import srcad
from srcad.derivative import derivative
from tests.harness import plain
from tests.oracle import leaves

Shape = tuple[int, ...]

DTYPES = ("float64", "float32", "int64", "bool", "int32", "uint8")
LAYOUTS = ("C", "F", "strided", "reversed")

SHAPES: tuple[Shape, ...] = (
    *((), (0,), (1,), (4,), (0, 3), (3, 0), (1, 3), (3, 1), (2, 3), (3, 3)),
    *((2, 1, 3), (2, 3, 2), (0, 2, 2), (2, 2, 0), (1, 1, 1)),
)
"""Ranks 0 to 3, with axes of length one and zero."""

LIMITS: dict[str, str] = {
    "zero-size array to a reduction operation": r"np\.(linalg\.norm|(max|min)\(.*initial)",
    "less than two edges": r"np\.histogram\(",
    "there are no quantiles of nothing": r"np\.(median|percentile|quantile)\(",
    "the covariance of one row is a number": r"np\.(cov|corrcoef)\(",
    "a single row is a variable": r"np\.(cov|corrcoef)\(x, y, rowvar=False",
    "there are no variables": r"np\.(cov|corrcoef)\(x, y",
    "cross products are of vectors of three elements": r"np\.cross\(",
    "the inner extents of a product differ": r"np\.(tensordot|einsum)\(",
    "all the input array dimensions must match": r"np\.(diff|ediff1d)\(",
    "negative dimensions": r"np\.(tile|repeat|tri|eye)\(",
    "operands could not be broadcast": r"np\.(trapezoid|repeat|select)\(",
}
"""What is not supported when the program runs, where NumPy has an answer: of which forms."""

WORDS = {
    **dict.fromkeys(("smooth", "dominant", "symmetric", "index"), (0.0,)),
    "sorted": (-2.5, -1.0, 0.0, 0.5, 1.0, 1.0, 2.0),
    "falling": (-2.5, -1.0, 0.0, 0.5, 1.0, 1.0, 2.0),
    "real": (-2.5, -1.0, 0.0, 0.5, 1.0, 1.0, 2.0, 3.25, -0.75),
    "positive": (0.5, 1.0, 2.0, 3.25, 1.0, 0.25, 2.0, 4.0),
    "unit": (-0.75, -0.5, 0.0, 0.25, 0.5, 0.75, -0.25),
    "above": (1.0, 1.5, 2.0, 3.25, 4.0),
    "special": (-2.5, np.nan, 0.0, np.inf, 1.0, -np.inf, 2.0, -0.0),
    "gaps": (-2.5, np.nan, 0.5, 1.0, np.nan, 2.0, 2.0),
}
"""Values that arguments take, by the name of the choice."""


@dataclass(frozen=True)
class Kind:
    """What arguments a form takes.

    params: the names of arrays and numbers. shapes: of all of them, one tuple for each case.
    values: the name of a choice for each. fixed: names and values of integers besides.
    """

    params: str
    shapes: tuple[tuple[Shape, ...], ...]
    values: str = "real"
    dtypes: tuple[str, ...] = DTYPES
    fixed: tuple[tuple[str, tuple[Any, ...]], ...] = ()


@dataclass(frozen=True)
class Form:
    """An expression, and the kind of its arguments."""

    text: str
    kind: Kind

    @property
    def name(self) -> str:
        """The function or method that the form is one of."""
        found = re.search(r"(?:np|math)\.(?:linalg\.)?\w+|x\.\w+", self.text)
        return found[0] if found else self.text


def reference(form: Form) -> Callable[..., Any]:
    """Return what NumPy makes of a form: equal elements are sorted in their order, as here."""
    text = form.text.replace("argsort(x", 'argsort(x, kind="stable"').replace(
        "x.argsort()", 'x.argsort(kind="stable")'
    )
    return function(text, params(form))


def strong(args: Sequence[Any]) -> list[Any]:
    """Return arguments for NumPy: numbers have a type, as they have in compiled code."""
    return [a if isinstance(a, np.ndarray) else np.asarray(a)[()] for a in args]


@functools.cache
def function(text: str, params: str) -> Callable[..., Any]:
    """Return a function with this body, or returning this expression, with its source."""
    is_body = "\n" in text or text.startswith("return ")
    lines = text.splitlines() if is_body else [f"return {text}"]
    source = f"def form({params.replace(' ', ', ')}):\n" + "".join(f"    {a}\n" for a in lines)
    name = f"<form {zlib.crc32(source.encode())}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    scope: dict[str, Any] = {"np": np, "math": math}
    exec(compile(source, name, "exec"), scope)
    found: Callable[..., Any] = scope["form"]
    return found


def made(shape: Shape, dtype: str, layout: str, values: str, seed: int) -> Any:
    """Return an array, or a number for the shape ()."""
    rng = np.random.default_rng([seed, *shape])
    words = WORDS[values]
    flat = np.array(words)[rng.integers(len(words), size=math.prod(shape))]
    if values == "smooth":
        flat = rng.normal(size=math.prod(shape))
    if values in {"dominant", "symmetric"}:
        flat = _dominant(rng.integers(-2, 3, size=shape), values)
    if values in {"sorted", "falling"}:
        flat = np.sort(flat)[:: 1 if values == "sorted" else -1]
    if values == "index":
        return rng.integers(0, 3, size=shape)[()] if shape else 1
    kind = np.dtype(dtype).kind
    if kind in "iu" and values in {"real", "positive", "above", "special", "gaps"}:
        low = 1 if values in {"positive", "above"} else -3 if kind == "i" else 0
        flat = rng.integers(low, 5, size=flat.shape)
    found = flat.reshape(shape).astype(dtype)
    if not shape:
        number = found[()]
        return number if dtype in {"float32", "int32", "uint8"} else number.item()
    if layout == "F":
        return np.asfortranarray(found)
    if layout == "strided":
        wide = np.empty((*shape[:-1], 2 * shape[-1]), dtype=dtype)
        wide[..., ::2] = found
        return wide[..., ::2]
    if layout == "reversed":
        return np.ascontiguousarray(found[::-1])[::-1]
    return found


def _dominant(found: Any, values: str) -> Any:
    """Return matrices with a diagonal that makes them regular, as one row."""
    if found.ndim < 2:
        return found.reshape(-1)
    if values == "symmetric" and found.shape[-1] == found.shape[-2]:
        found = found + np.swapaxes(found, -1, -2)
    return (found + 9 * np.eye(*found.shape[-2:], dtype=np.int64)).reshape(-1)


def outcome(func: Callable[..., Any], args: Sequence[Any]) -> Any:
    """Return what a call gives, or the exception that it raises."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return func(*args)
    except srcad.NotDifferentiable as error:
        return error
    except Exception as error:  # noqa: BLE001  (that is what is compared)
        return error


def own(func: Callable[..., Any]) -> Callable[..., Any]:
    """Return what srcad makes of a function, as plain Python."""
    return plain(derivative(func, "primal", ()).py_func)


def answer(text: str, *args: Any) -> str:
    """Return how an expression of x, y, z, ... differs from NumPy; "refused" if it is that."""
    func = function(text, " ".join("xyzvw"[: len(args)]))
    got = outcome(own(func), copy.deepcopy(args))
    if isinstance(got, srcad.NotDifferentiable):
        return "refused"
    return difference(got, outcome(func, strong(copy.deepcopy(args))))


def is_limit(form: Form, got: Any) -> bool:
    """Return whether an outcome says what is not supported of this form."""
    return isinstance(got, Exception) and any(
        text in str(got) and re.match(forms, form.text) for text, forms in LIMITS.items()
    )


def difference(got: Any, expected: Any, tol: float = 1e-12) -> str:
    """Return how an outcome differs from NumPy's, "" if it does not."""
    if isinstance(got, srcad.NotDifferentiable):
        return ""
    if isinstance(expected, Exception) or isinstance(got, Exception):
        both = isinstance(expected, Exception) and isinstance(got, Exception)
        if both and (isinstance(expected, type(got)) or isinstance(got, type(expected))):
            return ""
        return f"{_brief(got)} for {_brief(expected)}"
    ours, theirs = leaves(_plain(got)), leaves(_plain(expected))
    if len(ours) != len(theirs):
        return f"{len(ours)} results for {len(theirs)}"
    for a, b in zip(ours, theirs, strict=True):
        x, y = np.asarray(a), np.asarray(b)
        if y.dtype == np.float16:
            continue
        if x.shape != y.shape:
            return f"shape {x.shape} for {y.shape}"
        if x.ndim and x.dtype != y.dtype:
            return f"dtype {x.dtype} for {y.dtype}"
        close = 1e-5 if np.float32 in (x.dtype, y.dtype) else tol
        finite = np.abs(y[np.isfinite(y)]) if y.dtype.kind == "f" else np.zeros(0)
        scale = max(1.0, *finite.tolist()) if finite.size else 1.0
        with np.errstate(all="ignore"):
            if not np.allclose(x, y, rtol=close, atol=close * scale, equal_nan=True):
                return f"{_brief(a)} for {_brief(b)}"
    return ""


def _plain(tree: Any) -> Any:
    """Return a list as a tuple, and named tuples as plain ones."""
    return tuple(map(_plain, tree)) if isinstance(tree, list | tuple) else tree


def _brief(thing: Any) -> str:
    if isinstance(thing, Exception):
        return f"{type(thing).__name__}({str(thing).splitlines()[0][:60] if str(thing) else ''})"
    return " ".join(repr(thing).split())[:100]


Case = tuple[tuple[Shape, ...], tuple[str, ...], tuple[str, ...]]


def cases(kind: Kind) -> Iterator[Case]:
    """Yield shapes, dtypes and layouts: all of them."""
    count = len(kind.shapes[0]) if kind.shapes else 0
    for shapes in kind.shapes:
        for dtypes in itertools.product(kind.dtypes, repeat=count):
            layouts = LAYOUTS if any(len(s) > 0 for s in shapes) else ("C",)
            for layout in layouts:
                if layout == "F" and all(len(s) < 2 for s in shapes):
                    continue
                yield shapes, dtypes, (layout,) * count


def covering(kind: Kind, text: str, most: int = 3) -> Iterator[Case]:
    """Yield a part of `cases`: all shapes of some of the ranks, each in one dtype and layout.

    Which ones depends on the text, and is the same in every run.
    """
    count = len(kind.shapes[0]) if kind.shapes else 0
    turn = zlib.crc32(text.encode())
    dtypes = list(itertools.product(kind.dtypes, repeat=count))
    groups: dict[tuple[int, ...], list[tuple[Shape, ...]]] = {}
    for shapes in kind.shapes:
        groups.setdefault(tuple(map(len, shapes)), []).append(shapes)
    found = list(groups.items())
    step = max(len(found) // most, 1)
    for ranks, alike in [
        found[(turn + k * step) % len(found)] for k in range(min(most, len(found)))
    ]:
        turn += 1
        layout = LAYOUTS[turn // len(dtypes) % len(LAYOUTS)]
        if layout == "F" and max(ranks, default=0) < 2:
            layout = "strided"
        for shapes in alike:
            yield shapes, dtypes[turn % len(dtypes)], (layout,) * count


def arguments(form: Form, case: Case, seed: int = 0) -> list[tuple[Any, ...]]:
    """Return the tuples of arguments of one case: one for each choice of the fixed ones."""
    shapes, dtypes, layouts = case
    words = form.kind.values.split()
    words = words * len(shapes) if len(words) == 1 else words
    arrays = [
        made(shape, dtype, layout, word, seed + k)
        for k, (shape, dtype, layout, word) in enumerate(
            zip(shapes, dtypes, layouts, words, strict=True)
        )
    ]
    fixed = [values for _, values in form.kind.fixed]
    return [(*arrays, *chosen) for chosen in itertools.product(*fixed)]


def params(form: Form) -> str:
    """Return the names of the arguments of a form."""
    return " ".join((*form.kind.params.split(), *(name for name, _ in form.kind.fixed)))
