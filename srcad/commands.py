"""Commands of `python -m srcad` that look at a function: check, bench, explain, export; info."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import statistics
import sys
import time
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

import srcad
from srcad.errors import CODES

ROUNDS = 7
EXTENT = 4
PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "rich", "jax", "torch")


def add_commands(commands: Any, imported: Callable[[str], FunctionType]) -> None:
    """Add the parsers. imported: returns the function that `module:function` names."""
    rows = (
        ("check", "compare all derivatives of a function with differences", _check),
        ("bench", "time a function beside its value and gradient", _bench),
        ("explain", "say what an error code means, or what a gradient keeps and why", _explain),
        ("export", "write value and gradient as a module without srcad", _export),
    )
    for name, what, run in rows:
        parser = commands.add_parser(name, help=what, description=f"{what.capitalize()}. {NOTE}")
        parser.add_argument("target", metavar="module:function")
        parser.add_argument("types", nargs="*", help="the type of each argument, as in `show`")
        parser.add_argument("--at", metavar="ARGUMENTS", help='such as "np.ones(3), 2.0"')
        if name == "export":
            parser.add_argument("-o", metavar="file.py", dest="path", help="where to write it")
        if name != "check":
            parser.add_argument("--argnums", default="0", help="names or positions, with commas")
        parser.set_defaults(run=_guarded(name, run, imported))
    info = commands.add_parser("info", help="print versions, for reports of bugs")
    info.set_defaults(run=_info)


NOTE = "This imports the module, which runs it: do not use it on code that you do not trust."


def _guarded(name: str, run: Callable[..., int], imported: Any) -> Callable[..., int]:
    """Return a command whose errors are messages: 1 for what was found, 2 for wrong usage."""

    def call(arguments: argparse.Namespace) -> int:
        try:
            if name == "explain" and arguments.target in CODES:
                srcad.explain(arguments.target)
                return 0
            function = imported(arguments.target)
            return run(function, _arguments(function, arguments), arguments)
        except (srcad.NotDifferentiable, AssertionError) as problem:
            print(problem, file=sys.stderr)
            return 1
        except (ImportError, AttributeError, OSError, TypeError, ValueError) as problem:
            print(f"python -m srcad {name}: {problem}", file=sys.stderr)
            return 2

    return call


def _arguments(function: FunctionType, arguments: argparse.Namespace) -> tuple[Any, ...]:
    """Return the arguments that are given, or some of the types that are given."""
    if arguments.at is not None:
        space = {**vars(sys.modules[function.__module__]), "np": np}
        found = eval(f"({arguments.at},)", space)  # noqa: S307 - what the user has typed
        return tuple(found)
    from srcad.__main__ import _example  # noqa: PLC0415 - that module imports this one

    count = function.__code__.co_argcount - len(function.__defaults__ or ())
    texts = arguments.types or ["float64"] * count
    if not arguments.types and count:
        print("no types were given: every argument is taken for a float64", file=sys.stderr)
    return tuple(map(_spread, map(_example, texts)))


def _spread(example: Any) -> Any:
    """Return numbers that differ, for an example of ones."""
    if isinstance(example, np.ndarray):
        shape = (EXTENT,) * example.ndim
        values = np.linspace(0.2, 0.9, EXTENT**example.ndim).reshape(shape)
        return (values if example.dtype.kind == "f" else values * 3.0).astype(example.dtype)
    if isinstance(example, float | np.floating):
        return type(example)(0.6)
    return example


def _argnums(text: str) -> Any:
    parts = [int(p) if p.strip().isdigit() else p.strip() for p in text.split(",")]
    return parts[0] if len(parts) == 1 else tuple(parts)


def _check(function: FunctionType, args: tuple[Any, ...], _: argparse.Namespace) -> int:
    srcad.check_grads(function, args)
    print(f"{function.__name__}: forward and reverse mode agree with differences")
    return 0


def _bench(function: FunctionType, args: tuple[Any, ...], given: argparse.Namespace) -> int:
    own = srcad.differentiate(function)
    runs: dict[str, Any] = {
        "function": own,
        "value and gradient": srcad.value_and_grad(own, _argnums(given.argnums)),
    }
    firsts: dict[str, float] = {}
    for name, run in runs.items():
        started = time.perf_counter()
        run(*args)
        firsts[name] = time.perf_counter() - started
    count = {name: _count(run, args) for name, run in runs.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            times[name].append(_seconds(run, args, count[name]))
    medians = {name: statistics.median(found) for name, found in times.items()}
    print(f"{'':20}{'a call':>12}{'ratio':>8}{'first call':>12}")
    for name, median in medians.items():
        ratio = median / medians["function"]
        print(f"{name:20}{_shown(median):>12}{ratio:8.2f}{_shown(firsts[name]):>12}")
    return 0


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


def _shown(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def _explain(function: FunctionType, args: tuple[Any, ...], given: argparse.Namespace) -> int:
    own = srcad.differentiate(function)
    argnums = _argnums(given.argnums)
    own.inspect_adjoint(*args, argnums=argnums)
    own.adjoint_diagnostics(args, level=2)
    print(f"\nkept for the way back: {srcad.memory(function, argnums)(*args)}")
    print(f"\n{srcad.cost(function, argnums)(*args)}")
    return 0


def _export(function: FunctionType, args: tuple[Any, ...], given: argparse.Namespace) -> int:
    text = srcad.export(function, *args, path=given.path, argnums=_argnums(given.argnums))
    if given.path is None:
        print(text, end="")
    return 0


def _info(_: argparse.Namespace) -> int:
    rows = [("srcad", srcad.__version__), ("python", platform.python_version())]
    for package in PACKAGES:
        try:
            rows.append((package, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            rows.append((package, "not installed"))
    rows.append(("system", platform.platform()))
    rows.append(("processor", platform.processor() or platform.machine()))
    for name, text in rows:
        print(f"{name:11}{text}")
    return 0
