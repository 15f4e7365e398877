"""Times of a function, of its gradient, and of what other libraries make of the same function."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import FunctionType
from typing import Any

import numpy as np

import srcad

ROUNDS = 7
MOST_DIFFERENCES = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one way. seconds: of a call; None where it does not run, and why."""

    name: str
    seconds: float | None
    first: float
    why: str = ""


def measured(function: FunctionType, args: tuple[Any, ...], argnums: Any) -> list[Row]:
    """Return the times of a function and of its gradients: medians of rounds in turn.

    Peers are those that are installed: they run the same function, with their own module in
    place of NumPy, and must give the same gradient.
    """
    own = srcad.differentiate(function)
    gradient = srcad.value_and_grad(own, argnums)
    runs: dict[str, Any] = {"function": own, "value and gradient": gradient}
    firsts = {name: _first(run, args) for name, run in runs.items()}
    expected = gradient(*args)
    failed: list[Row] = []
    for name, make in PEERS.items():
        try:
            run = make(function, own, args, argnums)
            if run is None:
                continue
            firsts[name] = _first(run, args)
            _check(run(*args), expected)
        except Exception as problem:  # noqa: BLE001 - they raise whatever they have
            failed.append(Row(name, None, 0.0, _reason(problem)))
        else:
            runs[name] = run
    counts = {name: _count(run, args) for name, run in runs.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            times[name].append(_seconds(run, args, counts[name]))
    rows = [Row(name, statistics.median(found), firsts[name]) for name, found in times.items()]
    return [*rows, *failed]


def _reason(problem: Exception) -> str:
    line = (str(problem).strip().splitlines() or [""])[0]
    return f"{type(problem).__name__}: {line}"[:60]


def _first(run: Any, args: tuple[Any, ...]) -> float:
    started = time.perf_counter()
    run(*args)
    return time.perf_counter() - started


def _count(run: Any, args: tuple[Any, ...]) -> int:
    """Return how many calls take a hundredth of a second."""
    count = 1
    while _seconds(run, args, count) * count < 0.01:
        count *= 4
    return count


def _seconds(run: Any, args: tuple[Any, ...], count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        run(*args)
    return (time.perf_counter() - started) / count


# Peers ---------------------------------------------------------------------------------


def _flat(found: Any) -> Any:
    """Return all numbers of a value and a gradient in a row."""
    parts = found if isinstance(found, tuple | list) else (found,)
    rows = [_flat(p) if isinstance(p, tuple | list) else np.asarray(p).reshape(-1) for p in parts]
    return np.concatenate(rows).astype(np.float64)


def _check(found: Any, expected: Any) -> None:
    """Raise ValueError for another result."""
    got, wanted = _flat(found), _flat(expected)
    if got.shape != wanted.shape or not np.allclose(got, wanted, rtol=1e-4, atol=1e-6):
        message = "it gives another gradient"
        raise ValueError(message)


def _with(function: FunctionType, module: Any) -> FunctionType:
    """Return a function that has another module in place of NumPy and of `math`."""
    swapped = {
        name: module if value is np or getattr(value, "__name__", "") == "math" else value
        for name, value in function.__globals__.items()
    }
    made = FunctionType(
        function.__code__, swapped, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _positions(function: FunctionType, argnums: Any) -> Any:
    names = function.__code__.co_varnames
    several = isinstance(argnums, tuple)
    found = [
        names.index(a) if isinstance(a, str) else a for a in (argnums if several else (argnums,))
    ]
    return tuple(found) if several else found[0]


def _tape(function: FunctionType, _: Any, __: Any, argnums: Any) -> Any:
    """Return what the tape of HIPS autograd makes of the function."""
    if find_spec("autograd") is None:
        return None
    tape, module = import_module("autograd"), import_module("autograd.numpy")
    return tape.value_and_grad(_with(function, module), _positions(function, argnums))


def _jax(function: FunctionType, _: Any, args: tuple[Any, ...], argnums: Any) -> Any:
    """Return what JAX compiles; integers are known to it, as loops need them."""
    if find_spec("jax") is None:
        return None
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - as JAX has it
    static = tuple(k for k, arg in enumerate(args) if isinstance(arg, int))
    at = _positions(function, argnums)
    run = jax.jit(jax.value_and_grad(_with(function, jax.numpy), at), static_argnums=static)
    given = tuple(a if isinstance(a, int) else jax.numpy.asarray(a) for a in args)
    return lambda *_: jax.block_until_ready(run(*given))


def _torch(function: FunctionType, _: Any, args: tuple[Any, ...], argnums: Any) -> Any:
    """Return what the tape of PyTorch makes of the function."""
    if find_spec("torch") is None:
        return None
    torch = import_module("torch")
    at = _positions(function, argnums)
    run = torch.func.grad_and_value(_with(function, torch), at)

    def tensor(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return torch.from_numpy(np.array(value))
        return torch.tensor(value, dtype=torch.float64) if isinstance(value, float) else value

    given = tuple(map(tensor, args))

    def both(*_: Any) -> Any:
        gradient, value = run(*given)
        return value, gradient

    return both


def _differences(function: FunctionType, own: Any, args: tuple[Any, ...], argnums: Any) -> Any:
    """Return value and central differences, two calls of the compiled function per number."""
    at = _positions(function, argnums)
    several = at if isinstance(at, tuple) else (at,)
    if sum(np.size(args[k]) for k in several) > MOST_DIFFERENCES:
        return None

    def both(*given: Any) -> Any:
        slopes = []
        for k in several:
            base = np.asarray(given[k], np.float64)
            slope = np.empty(base.size)
            for i in range(base.size):
                step = 1e-6 * max(1.0, abs(base.flat[i]))
                ends = []
                for sign in (1.0, -1.0):
                    moved = base.copy()
                    moved.flat[i] += sign * step
                    point = moved.astype(np.asarray(given[k]).dtype) if base.ndim else float(moved)
                    ends.append(own(*given[:k], point, *given[k + 1 :]))
                slope[i] = (ends[0] - ends[1]) / (2.0 * step)
            slopes.append(slope.reshape(base.shape))
        return own(*given), tuple(slopes)

    return both


PEERS: dict[str, Callable[..., Any]] = {
    "differences": _differences,
    "autograd (a tape)": _tape,
    "JAX, jit": _jax,
    "PyTorch": _torch,
}


# Shown ---------------------------------------------------------------------------------


def table(rows: list[Row]) -> str:
    """Return the times as a table; ratios are to the function itself."""
    base = rows[0].seconds or 1.0
    lines = [f"{'':20}{'a call':>12}{'ratio':>9}{'first call':>12}"]
    for row in rows:
        if row.seconds is None:
            lines.append(f"{row.name:20}  does not run: {row.why}")
        else:
            times = f"{shown(row.seconds):>12}{row.seconds / base:9.2f}{shown(row.first):>12}"
            lines.append(f"{row.name:20}{times}")
    return "\n".join(lines)


def shown(seconds: float) -> str:
    """Return a time with its unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def picture(rows: list[Row], title: str, path: str) -> None:
    """Write the times as an SVG. Raises ImportError without Matplotlib."""
    try:
        figures = import_module("matplotlib.figure")
    except ImportError as error:
        message = "a picture needs Matplotlib, which is not installed"
        raise ImportError(message) from error
    known = [row for row in rows if row.seconds is not None][::-1]
    base = rows[0].seconds or 1.0
    figure = figures.Figure(figsize=(7.0, 0.9 + 0.42 * len(known)), layout="constrained")
    axes = figure.add_subplot()
    ratios = [(row.seconds or 0.0) / base for row in known]
    colours = [
        "#4c72b0" if "value" in row.name or row.name == "function" else "#bbbbbb" for row in known
    ]
    bars = axes.barh([row.name for row in known], ratios, color=colours)
    axes.bar_label(
        bars,
        [
            f" {ratio:.3g} x  ({shown(row.seconds or 0.0)})"
            for ratio, row in zip(ratios, known, strict=True)
        ],
    )
    axes.set_xscale("log")
    axes.set_xlim(min(*ratios, 1.0) / 1.5, max(ratios) * 12.0)
    axes.set_xlabel("time of a call over that of the function itself")
    axes.set_title(title)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="svg", metadata={"Date": None})
