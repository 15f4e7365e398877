"""The command line: `python -m srcad demo`, `show module:function`, `cache show` and others."""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

import srcad
from srcad.cache import command, directory
from srcad.commands import add_commands, without_types
from srcad.demo.run import main as run_demo
from srcad.frontend.syntax.signature import signature_of
from srcad.frontend.syntax.standalone import parsed_functions

TYPE = re.compile(r"(?P<dtype>float32|float64|int32|int64|bool)(\[(?P<dims>:(,:)*)\])?")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status; `argv` is `sys.argv[1:]` when None."""
    arguments = _parser().parse_args(argv)
    status: int = arguments.run(arguments)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m srcad", description=srcad.__doc__)
    parser.add_argument("--version", action="version", version=f"srcad {srcad.__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    demo = commands.add_parser(
        "demo", help="train a softmax regression on the iris data and show how it was done"
    )
    demo.set_defaults(run=_demo)

    show = commands.add_parser(
        "show",
        help="print the derivative source of a function",
        description="Print the derivative source of a function. This imports the module, "
        "which runs it: do not use it on code that you do not trust.",
    )
    show.add_argument("target", metavar="module:function")
    show.add_argument(
        "--file",
        action="store_true",
        help="the target is path.py:function; the file is only parsed, not run",
    )
    show.add_argument(
        "types",
        nargs="*",
        help="the type of each argument: float64, int64, float32[:], float64[:,:], ... "
        "(default: as in the first call in an example of the module, else float64)",
    )
    show.add_argument("--tangent", action="store_true", help="forward mode (default: the adjoint)")
    show.add_argument(
        "--stage",
        metavar="NAME",
        help="print the program after this stage or step on the way to the adjoint instead "
        "(an unknown name lists them)",
    )
    show.set_defaults(run=_show)

    add_commands(commands, _imported)
    cache = commands.add_parser(
        "cache",
        help="look at compiled derivatives that are kept on disk, or remove them",
        description="Compiled derivatives on disk: show them, or one of them with its source; "
        "remove them all; print where they are.",
    )
    cache.add_argument("action", choices=("show", "clear", "path"))
    cache.add_argument("name", nargs="?", default="", help="how an entry's name begins")
    cache.set_defaults(run=_cache)
    return parser


def _demo(_: argparse.Namespace) -> int:
    run_demo()
    return 0


def _show(arguments: argparse.Namespace) -> int:
    try:
        function = (_parsed if arguments.file else _imported)(arguments.target)
        examples = [_example(text) for text in arguments.types] or list(
            without_types(function, runs=not arguments.file)
        )
        print(_source(function, examples, arguments))
    except srcad.NotDifferentiable as problem:
        print(problem, file=sys.stderr)
        return 1
    except (ImportError, AttributeError, OSError, SyntaxError, TypeError, ValueError) as problem:
        print(f"python -m srcad show: {problem}", file=sys.stderr)
        return 2
    return 0


def _cache(arguments: argparse.Namespace) -> int:
    try:
        match arguments.action:
            case "show":
                print(command.shown(arguments.name))
            case "clear":
                print(command.clear(arguments.name))
            case _:
                print(directory.place())
    except (directory.Refused, LookupError, OSError, ValueError) as problem:
        print(f"python -m srcad cache: {problem}", file=sys.stderr)
        return 2
    return 0


def _source(function: FunctionType, examples: list[Any], arguments: argparse.Namespace) -> str:
    """Return derivative source, or a stage on the way, for the types of the examples."""
    signature_of(function).bind(*examples)
    derived = srcad.differentiate(function)
    if arguments.stage is not None:
        return derived.inspect_stage(arguments.stage, *examples)
    show = derived.inspect_tangent if arguments.tangent else derived.inspect_adjoint
    return str(show(*examples))


def _imported(target: str) -> FunctionType:
    """Return the function that `module:function` names; running the module on the way."""
    module, name = _split(target)
    sys.path.insert(0, "")
    found = getattr(importlib.import_module(module), name)
    function = getattr(found, "py_func", found)
    if not isinstance(function, FunctionType):
        raise TypeError(f"{module}.{name} is not a Python function")
    return function


def _parsed(target: str) -> FunctionType:
    """Return the function that `path.py:function` names; nothing in the file runs."""
    path, name = _split(target)
    found = parsed_functions(Path(path))
    if name not in found:
        raise ValueError(f"{path} defines no function {name!r} at its top level")
    return found[name]


def _split(target: str) -> tuple[str, str]:
    place, colon, name = target.rpartition(":")
    if not (place and colon and name):
        raise ValueError(f"expected module:function, got {target!r}")
    return place, name


def _example(text: str) -> Any:
    """Return a value of the type that `text` names."""
    match = TYPE.fullmatch(text.replace(" ", ""))
    if match is None:
        raise ValueError(f"unknown type {text!r}; write float64, int64[:], float64[:,:], ...")
    dtype, dims = np.dtype(match["dtype"]), match["dims"]
    if dims is not None:
        return np.ones((1,) * dims.count(":"), dtype)
    return dtype.type(1).item() if text in {"float64", "int64", "bool"} else dtype.type(1)


if __name__ == "__main__":
    sys.exit(main())
