"""From a function object to its syntax tree, with the true positions in the file."""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import textwrap
import tokenize
from dataclasses import dataclass
from hashlib import blake2b
from types import CodeType, FunctionType
from typing import Any

from srcad.errors import NotDifferentiable, Problem
from srcad.frontend.syntax.compiled import is_compiled_from
from srcad.frontend.syntax.signature import TEXT
from srcad.ir.nodes import Span

ABSENT = object()
"""What `Source.lookup` returns for a name that is not defined."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A function as written: its tree, and what its free names mean.

    `defaults` maps parameter names to default values; `cells` maps closure names.
    """

    func: FunctionType
    tree: ast.FunctionDef | ast.Lambda
    file: str
    cells: dict[str, object]
    defaults: dict[str, object]

    def lookup(self, name: str) -> object:
        """Return what a free name stands for: closure, globals, builtins, or `ABSENT`."""
        if name in self.cells:
            return self.cells[name]
        if name in self.func.__globals__:
            return self.func.__globals__[name]
        return getattr(builtins, name, ABSENT)


def python_function(func: Any) -> FunctionType | None:
    """Return the Python function behind `func` (itself, or through `.py_func`), or None."""
    seen = 0
    while not isinstance(func, FunctionType) and seen < 10:
        func, seen = getattr(func, "py_func", None), seen + 1
    return func if isinstance(func, FunctionType) else None


NO_SOURCE = "define it in a file or a notebook cell, or give its text: differentiate(source=...)"
SENT_AS_CODE = "<dynamic-code>"
"""The file that cloudpickle gives functions of `__main__` in another process."""

WITHOUT_SOURCE = (
    "joblib, Dask and others send functions of the main program without their source: define it in "
    "a module that workers import, or send what srcad has made of it, as srcad.grad(f)"
)


def read(func: object, near: str = "") -> Source:
    """Return the source of a function, a Numba dispatcher, or an object with `.py_func`.

    near: the text that was given for a function of the same file, which may have this one, too.
    Raises NotDifferentiable if there is none, or if the file no longer holds this function.
    """
    plain = python_function(func)
    if plain is None:
        name = getattr(func, "__name__", type(func).__name__)
        message = f"'{name}' is not a Python function"
        raise NotDifferentiable(Problem("E102", message, "pass a function written in Python"))
    code = plain.__code__
    try:
        tree, file = _given(plain, near) or _parsed(plain, code)
    except (RecursionError, MemoryError):
        message, hint = "expressions are nested too deeply", "name the intermediate results"
        raise NotDifferentiable(Problem("E104", message, hint, _place(code))) from None
    return Source(plain, tree, file, _cells(plain), _defaults(plain))


def _given(func: FunctionType, near: str) -> tuple[ast.FunctionDef | ast.Lambda, str] | None:
    """Return the tree of `func` in a text that was given for it, and the name of the text."""
    own = func.__dict__.get(TEXT, "")
    for text in (own, near):
        lines = text.splitlines(keepends=True)
        found = definition_in(lines, func) if text else None
        if found is not None:
            known = linecache.getlines(func.__code__.co_filename, func.__globals__)
            is_file = known == lines
            return found, func.__code__.co_filename if is_file else as_file(text, func.__name__)
    return None


def definition_in(lines: list[str], func: FunctionType) -> ast.FunctionDef | ast.Lambda | None:
    """Return the tree that `func` was compiled from, wherever it stands in a text, or None."""
    try:
        module = ast.parse(textwrap.dedent("".join(lines)))
    except SyntaxError:
        return None
    kind = ast.Lambda if func.__code__.co_name == "<lambda>" else ast.FunctionDef
    nodes = [node for node in ast.walk(module) if isinstance(node, kind)]
    nodes.sort(key=lambda node: node.lineno != func.__code__.co_firstlineno)
    for node in nodes:
        assert isinstance(node, ast.FunctionDef | ast.Lambda)
        is_named = getattr(node, "name", "<lambda>") == func.__code__.co_name
        if is_named and is_compiled_from(func, node, lines):
            return node
    return None


def as_file(text: str, name: str) -> str:
    """Return a name under which `linecache`, and so every error, finds a text."""
    file = f"<source of {name} {blake2b(text.encode(), digest_size=4).hexdigest()}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    return file


def _lines_of_prompt(code: CodeType) -> list[str]:
    """Return what was typed at a prompt, which newer Pythons keep by the code."""
    find: Any = getattr(linecache, "_getlines_from_code", None)
    return list(find(code)) if find is not None else []


def _parsed(func: FunctionType, code: CodeType) -> tuple[ast.FunctionDef | ast.Lambda, str]:
    """Return the tree of `func`, and the name of the file that it is read from."""
    file = code.co_filename
    linecache.checkcache(file)
    lines = _lines_of_prompt(code) if file.startswith("<") else []
    if lines:
        file = as_file("".join(lines), func.__name__)
    else:
        lines = linecache.getlines(file, func.__globals__)
    if not 0 < code.co_firstlineno <= len(lines):
        message = f"the source text of '{func.__name__}' is not available"
        hint = WITHOUT_SOURCE if code.co_filename == SENT_AS_CODE else NO_SOURCE
        raise NotDifferentiable(Problem("E101", message, hint, _place(code)))
    find = _lambda if code.co_name == "<lambda>" else _definition
    return find(lines, func), file


def _definition(lines: list[str], func: FunctionType) -> ast.FunctionDef:
    """Return the `def` that starts (with its decorators) at the first line of `func`."""
    code = func.__code__
    first = code.co_firstlineno
    is_indented = lines[first - 1][:1].isspace()
    head = "if True:\n" if is_indented else ""
    try:
        tree = ast.parse(head + _until_dedent(lines[first - 1 :]))
    except SyntaxError:  # a line of a text, or in parentheses, may stand further left
        try:
            tree = ast.parse(head + "".join(inspect.getblock(lines[first - 1 :])))
        except (SyntaxError, tokenize.TokenError):
            tree, is_indented = ast.Module([], []), False
    ast.increment_lineno(tree, first - 1 - is_indented)
    body = tree.body
    if is_indented and isinstance(body[0], ast.If):
        body = body[0].body
    match body:
        case [ast.FunctionDef() as found, *_] if is_compiled_from(func, found, lines):
            return found
        case [ast.AsyncFunctionDef() as found, *_]:
            message, hint = "async functions are not supported", "write a plain function"
            raise NotDifferentiable(Problem("E201", message, hint, span_of(found, code)))
    raise _changed(f"'{code.co_name}'", code)


def _until_dedent(lines: list[str]) -> str:
    """Return the lines before the next one that is no deeper than the first, after a `def`.

    They are the whole definition if they can be parsed. `inspect` reads every token to find it.
    """
    margin = len(lines[0]) - len(lines[0].lstrip())
    start = next((k for k, line in enumerate(lines) if line.lstrip().startswith("def ")), 0)
    for k, line in enumerate(lines[start + 1 :], start + 1):
        text = line.lstrip()
        if text and text[0] != "#" and len(line) - len(text) <= margin:
            return "".join(lines[:k])
    return "".join(lines)


def _changed(what: str, code: CodeType) -> NotDifferentiable:
    """Return the error about a text that is not what runs."""
    message = f"the source text of {what} changed after it was defined"
    return NotDifferentiable(Problem("E103", message, "import or run it again", _place(code)))


def _lambda(lines: list[str], func: FunctionType) -> ast.Lambda:
    """Return the lambda expression whose body holds the positions of the code of `func`."""
    code = func.__code__
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        tree = ast.Module([], [])
    places = {(p[0], p[2]) for p in code.co_positions() if p[0] and p[1] and p[3]}
    lambdas = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    there = [node for node in lambdas if _holds(node.body, places)]
    if not there:
        message, hint = "the source of this lambda cannot be found", "write it as a def"
        raise NotDifferentiable(Problem("E101", message, hint, _place(code)))
    found = [node for node in there if is_compiled_from(func, node, lines)]
    if not found:
        raise _changed("this lambda", code)
    return min(found, key=lambda node: len(ast.dump(node)))


def _holds(node: ast.expr, places: set[tuple[int, int | None]]) -> bool:
    """Return whether some instruction stands inside the text of `node`."""
    low, high = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
    inner = {place for place in places if place != (node.lineno, 0)}
    return any(low <= (line, column or 0) < high for line, column in inner)


def _cells(func: FunctionType) -> dict[str, object]:
    """Return the closure values of `func` that exist already."""
    values = {}
    for name, cell in zip(func.__code__.co_freevars, func.__closure__ or (), strict=True):
        try:
            values[name] = cell.cell_contents
        except ValueError:  # empty: the enclosing function has not assigned it yet
            continue
    return values


def _defaults(func: FunctionType) -> dict[str, object]:
    """Return the default values by parameter name."""
    code, given = func.__code__, func.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    defaults = dict(zip(names[len(names) - len(given) :], given, strict=True))
    return {**defaults, **(func.__kwdefaults__ or {})}


def span_of(node: ast.stmt | ast.expr, code: CodeType) -> Span:
    """Return the place of a tree node of the function of `code`."""
    end_line, end_col = node.end_lineno or node.lineno, node.end_col_offset or 0
    return Span(code.co_filename, node.lineno, node.col_offset, end_line, end_col)


def _place(code: CodeType) -> Span:
    """Return the first line of a function whose tree is not known."""
    return Span(code.co_filename, code.co_firstlineno, 0, code.co_firstlineno, 0)
