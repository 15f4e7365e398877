"""Is a syntax tree what a code object was compiled from? It is compiled again, and compared.

A file can change after its functions were made, in ways that leave names and lines as they
were. What is compared is what runs: instructions, constants and names, and those of the
functions inside. Lines, comments and annotations of parameters are not.
"""

from __future__ import annotations
import __future__

import ast
import copy
import importlib
import inspect
from functools import reduce
from operator import or_
from types import CodeType, FunctionType, ModuleType

from srcad.frontend.syntax.survey import walk_scope

_FUTURES: int = reduce(
    or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
_FLAGS = (
    inspect.CO_VARARGS
    | inspect.CO_VARKEYWORDS
    | inspect.CO_GENERATOR
    | inspect.CO_COROUTINE
    | inspect.CO_ASYNC_GENERATOR
)
"""The flags of what a function is; others say where it stands."""

_OUTER = "<outer>"
_LOCALS = "<locals>"

Definition = ast.FunctionDef | ast.Lambda


def is_compiled_from(func: FunctionType, tree: Definition, lines: list[str]) -> bool:
    """Return whether compiling `tree`, of a file with these lines, gives what `func` runs.

    Calls of attributes are compiled in another way if the file imports their owner. That is
    so if the owner is a module, nearly always: the file is asked only where it is not.
    pytest rewrites the asserts of tests: then they are rewritten here as well.
    """
    try:
        return _is_compiled_alone(func, tree, lines)
    except RecursionError:  # Python takes texts that are nested deeper than its trees may be
        if _is_rewritten(func.__code__):
            raise
        return any(_key(found) == _key(func.__code__) for found in _all_codes(lines))


def _is_compiled_alone(func: FunctionType, tree: Definition, lines: list[str]) -> bool:
    """Return whether compiling `tree` on its own gives what `func` runs."""
    code = func.__code__
    key = _key(code)
    names = [name for name in code.co_names if name.isidentifier()]
    modules = {name for name in names if isinstance(func.__globals__.get(name), ModuleType)}
    for asserts_of_pytest in (False, True) if _is_rewritten(code) else (False,):
        if _compiled_key(tree, code, modules, asserts_of_pytest=asserts_of_pytest) == key:
            return True
        imported = _imported(lines)
        if _compiled_key(tree, code, imported, asserts_of_pytest=asserts_of_pytest) == key:
            return True
    return False


def _all_codes(lines: list[str]) -> list[CodeType]:
    """Return the code objects of a whole file."""
    found = [compile("".join(lines), "<text>", "exec", dont_inherit=True)]
    for code in found:
        found += [const for const in code.co_consts if isinstance(const, CodeType)]
    return found


def _imported(lines: list[str]) -> set[str]:
    """Return the names that a file imports, not counting what its functions import."""
    try:
        module = ast.parse("".join(lines))
    except SyntaxError:
        return set()
    nodes = walk_scope([module])
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [alias.asname or alias.name for node in imports for alias in node.names]
    return {name.partition(".")[0] for name in names} - {"*"}


def _compiled_key(
    tree: Definition, code: CodeType, imported: set[str], *, asserts_of_pytest: bool
) -> object:
    """Return the key of `tree`, compiled where the free names of `code` are free; or None."""
    bare = _bare(copy.deepcopy(tree) if asserts_of_pytest else tree)
    module = _enclosed(bare, code, imported)
    if asserts_of_pytest and not _rewrite_asserts(module):
        return None
    flags = code.co_flags & _FUTURES
    try:
        found = compile(module, code.co_filename, "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    owner = _class_around(code)
    name = bare.name if isinstance(bare, ast.FunctionDef) else "<lambda>"
    for part in (_OUTER, *([owner] if owner else []), name):
        inner = [c for c in found.co_consts if isinstance(c, CodeType) and c.co_name == part]
        found = inner[0]
    return _key(found)


def _bare(tree: Definition) -> Definition:
    """Return a definition without what runs before it is called; its body is shared."""
    args = tree.args
    nothing = ast.copy_location(ast.Constant(None), tree)
    bare = copy.copy(tree)
    bare.args = ast.arguments(
        posonlyargs=_without_types(args.posonlyargs),
        args=_without_types(args.args),
        vararg=args.vararg and _without_types([args.vararg])[0],
        kwonlyargs=_without_types(args.kwonlyargs),
        kw_defaults=[default and nothing for default in args.kw_defaults],
        kwarg=args.kwarg and _without_types([args.kwarg])[0],
        defaults=[nothing for _ in args.defaults],
    )
    if isinstance(bare, ast.FunctionDef):
        bare.decorator_list, bare.returns = [], None
        _clear_type_params(bare)
    return bare


def _without_types(args: list[ast.arg]) -> list[ast.arg]:
    return [ast.copy_location(ast.arg(arg.arg), arg) for arg in args]


def _enclosed(tree: Definition, code: CodeType, imported: set[str]) -> ast.Module:
    """Return functions and a class around a definition: they hold the names free in it."""
    owner = _class_around(code)
    body: list[ast.stmt] = [
        ast.Assign([ast.Name(name, ast.Store())], ast.Constant(None)) for name in code.co_freevars
    ]
    if isinstance(tree, ast.FunctionDef) and not owner and tree.name not in code.co_freevars:
        body.append(ast.Global([tree.name]))
    nobody = ast.arguments([], [], None, [], [], None, [])
    outer = ast.FunctionDef(_OUTER, nobody, body, [])
    _clear_type_params(outer)
    place = body
    if owner:
        around = ast.ClassDef(owner, [], [], [], [])
        _clear_type_params(around)
        body.append(around)
        place = around.body
    imports: list[ast.stmt] = [ast.Import([ast.alias(name)]) for name in sorted(imported)]
    module = ast.fix_missing_locations(ast.Module([*imports, outer], []))
    inner = tree if isinstance(tree, ast.FunctionDef) else ast.Expr(tree)
    place.append(ast.copy_location(inner, tree))
    return module


def _clear_type_params(node: ast.FunctionDef | ast.ClassDef) -> None:
    """Let a definition have no type parameters, where Python knows them (from 3.12 on)."""
    if "type_params" in node._fields:
        setattr(node, "type_params", [])  # noqa: B010 - Python 3.11 has no such attribute


def _class_around(code: CodeType) -> str | None:
    """Return the class that a function stands in: it changes names such as `__x`."""
    parts = code.co_qualname.split(".")
    for name, after in zip(parts[-2::-1], parts[:0:-1], strict=True):
        if _LOCALS not in (name, after):
            return name
    return None


# Asserts of pytest ------------------------------------------------------------------


def _is_rewritten(code: CodeType) -> bool:
    """Return whether a code object, or one inside it, has names that only pytest makes."""
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    ours = any(name.startswith("@py") for name in (*code.co_names, *code.co_varnames))
    return ours or any(map(_is_rewritten, inner))


def _rewrite_asserts(module: ast.Module) -> bool:
    """Rewrite the asserts in `module` as pytest does; return whether that was possible."""
    try:
        rewrite = importlib.import_module("_pytest.assertion.rewrite")
    except ImportError:
        return False
    rewrite.rewrite_asserts(module, b"")
    return True


# Keys -------------------------------------------------------------------------------


def _key(code: CodeType) -> tuple[object, ...]:
    """Return what a code object does, without where it stands."""
    return (
        code.co_name,
        code.co_flags & _FLAGS,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount),
        (code.co_varnames, code.co_cellvars, code.co_freevars, code.co_names),
        (code.co_code, code.co_exceptiontable),
        tuple(map(_constant_key, code.co_consts)),
    )


def _constant_key(value: object) -> object:
    """Return a key of a constant: 1, 1.0 and True differ, and so do 0.0 and -0.0."""
    match value:
        case CodeType():
            return _key(value)
        case tuple():
            return tuple(map(_constant_key, value))
        case frozenset():
            return frozenset(map(_constant_key, value))
        case _:
            return type(value), repr(value)
