"""Functions of a file that is only parsed: nothing in the file is run.

Kept are function definitions (without decorators and annotations), `import math`,
`import numpy as np` in any spelling, and names that are set to a literal number. Everything
else in the file does not exist for the functions: a name that anything else may bind last
(a loop, a call, another import, a function that says `global`) does not exist either.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

from srcad.frontend.syntax.survey import stored_names, walk_scope

MODULES = ("math", "numpy")


def parsed_functions(path: Path) -> dict[str, FunctionType]:
    """Return the module-level functions of the file, by name.

    Raises OSError or SyntaxError when the file cannot be read or parsed, and ValueError when
    a default argument is not a literal.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    kept: list[ast.stmt] = []
    unknown = {
        name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names
    }
    declared = frozenset(unknown)
    for stmt in tree.body:
        bound = set(_bound(stmt))
        bare = _bare(stmt)
        if bare is not None:
            kept.append(bare)
            unknown -= bound - declared
        elif not _is_decoration(stmt):
            unknown |= set(_all_bound(kept)) if "*" in bound else bound
    names: dict[str, object] = {"__name__": path.stem}
    exec(compile(ast.Module(kept, []), str(path), "exec"), names)  # noqa: S102 - see `_bare`
    for name in unknown & names.keys():
        del names[name]
    return {name: found for name, found in names.items() if isinstance(found, FunctionType)}


def _all_bound(stmts: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements bind."""
    for stmt in stmts:
        yield from _bound(stmt)


def _bound(stmt: ast.stmt) -> Iterator[str]:
    """Yield the names of the module that a statement may bind or delete; "*" for all."""
    yield from stored_names([stmt])
    for node in walk_scope([stmt]):
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from ((name.asname or name.name).split(".")[0] for name in names)
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
                yield name
            case ast.MatchStar(name=str() as name) | ast.MatchMapping(rest=str() as name):
                yield name
            case ast.AsyncFunctionDef(name=name):
                yield name


def _is_decoration(stmt: ast.stmt) -> bool:
    """Return whether a statement is `f = decorator(f)`, or runs in scripts only."""
    match stmt:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[ast.Name(id=other)])):
            return name == other
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__")), orelse=[]):
            return True
        case _:
            return False


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
        case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
            assigned = ast.copy_location(ast.Assign([target], value), stmt)
            return assigned if _is_literal(value) else None
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
