"""Functions of a file that is only parsed: nothing in the file is run.

Kept are function definitions (without decorators and annotations), `import math`,
`import numpy as np` in any spelling, and names that are set once to a literal number.
Everything else in the file does not exist for the functions.
"""

from __future__ import annotations

import ast
from pathlib import Path
from types import FunctionType

MODULES = ("math", "numpy")


def parsed_functions(path: Path) -> dict[str, FunctionType]:
    """Return the module-level functions of the file, by name.

    Raises OSError or SyntaxError when the file cannot be read or parsed, and ValueError when
    a default argument is not a literal.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    kept = [bare for stmt in tree.body if (bare := _bare(stmt)) is not None]
    names: dict[str, object] = {"__name__": path.stem}
    exec(compile(ast.Module(kept, []), str(path), "exec"), names)  # noqa: S102 - see `_bare`
    return {name: found for name, found in names.items() if isinstance(found, FunctionType)}


def _bare(stmt: ast.stmt) -> ast.stmt | None:
    """Return `stmt` without what would run user code, or None to leave it out."""
    match stmt:
        case ast.FunctionDef():
            return _bare_function(stmt)
        case ast.Import(names=names) if all(name.name in MODULES for name in names):
            return stmt
        case ast.ImportFrom(module=module, level=0) if module in MODULES:
            return stmt
        case ast.Assign(targets=[ast.Name()], value=value) if _is_literal(value):
            return stmt
        case _:
            return None


def _bare_function(function: ast.FunctionDef) -> ast.FunctionDef:
    """Return the definition without decorators and annotations; defaults are literals."""
    arguments = function.args
    for default in [*arguments.defaults, *arguments.kw_defaults]:
        if default is not None and not _is_literal(default):
            raise ValueError(
                f"{function.name}, line {default.lineno}: only literal defaults can be read "
                "without running the file"
            )
    function.decorator_list = []
    function.returns = None
    everyone = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    for argument in [*everyone, arguments.vararg, arguments.kwarg]:
        if argument is not None:
            argument.annotation = None
    return function


def _is_literal(value: ast.expr) -> bool:
    """Return whether `value` is a number, a bool, None, or a tuple of such, as written."""
    match value:
        case ast.Constant(value=bool() | int() | float() | None):
            return True
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _is_literal(operand)
        case ast.Tuple(elts=items):
            return all(map(_is_literal, items))
        case _:
            return False
