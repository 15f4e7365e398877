"""Commands of `python -m srcad` that look at a function: check, bench, explain, export; info."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

import srcad
from srcad.errors import CODES
from srcad.frontend.syntax.example_calls import example_call
from srcad.measured import measured, picture, table

EXTENT = 4
PACKAGES = ("numpy", "numba", "llvmlite", "scipy", "rich", "matplotlib", "jax", "torch")


def add_commands(commands: Any, imported: Callable[[str], FunctionType]) -> None:
    """Add the parsers. imported: returns the function that `module:function` names."""
    rows = (
        ("check", "compare all derivatives of a function with differences", _check),
        ("bench", "time a function, its gradient, and what installed peers make of it", _bench),
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
        if name == "bench":
            parser.add_argument("--svg", metavar="file.svg", help="draw the table, by Matplotlib")
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

    if not arguments.types:
        return without_types(function)
    texts = arguments.types
    return tuple(map(_spread, map(_example, texts)))


def without_types(function: FunctionType, *, runs: bool = True) -> tuple[Any, ...]:
    """Return arguments where no types were given, and say first which: of an example, or 0.6.

    runs: whether examples may run.
    """
    count = function.__code__.co_argcount - len(function.__defaults__ or ())
    found = example_call(function) if runs else None
    if found is not None:
        print(f"no types were given: as in the example {found.text}", file=sys.stderr)
        return found.args
    if count:
        print("no types were given: every argument is taken for a float64", file=sys.stderr)
    return (0.6,) * count


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
    rows = measured(function, args, _argnums(given.argnums))
    print(table(rows))
    if given.svg is not None:
        picture(rows, f"{function.__name__}: value and gradient", given.svg)
    return 0


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
