"""`match` statements as `if` and `elif`, before anything else looks at a function.

Before                           After
    match order:                     if order == 1:
        case 1:                          y = x
            y = x                    elif order == 2 or order == 3:
        case 2 | 3:                      y = x * x
            y = x * x                else:
        case _:                          y = 0.0
            y = 0.0

Patterns are constants, None, members of enumerations, names, `_`, alternatives of these, and
tuples of them where the subject is written as a tuple. A `match` with another pattern is left as
it is, and refused where it is lowered.
"""

from __future__ import annotations

import ast
from copy import copy
from dataclasses import dataclass
from itertools import count


class _Other(Exception):  # noqa: N818 - never leaves this module
    """A pattern that is not accepted."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is matched: a name or a literal, or one of these for each item of a tuple."""

    parts: tuple[_Subject, ...] | None
    whole: ast.expr | None


def without_match(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements with branches in place of `match`; the same list if there is none."""
    if not any(isinstance(node, ast.Match) for stmt in body for node in ast.walk(stmt)):
        return body
    numbers = count(1)
    return [new for stmt in body for new in _statement(stmt, numbers)]


def _statement(stmt: ast.stmt, numbers: count[int]) -> list[ast.stmt]:
    if isinstance(stmt, ast.FunctionDef | ast.ClassDef):
        return [stmt]
    new = copy(stmt)
    for field in ("body", "orelse", "finalbody"):
        inner = getattr(stmt, field, None)
        if isinstance(inner, list):
            setattr(new, field, [part for one in inner for part in _statement(one, numbers)])
    if isinstance(new, ast.Try):
        new.handlers = [copy(handler) for handler in new.handlers]
        for handler in new.handlers:
            handler.body = [part for one in handler.body for part in _statement(one, numbers)]
    if not isinstance(stmt, ast.Match):
        return [new]
    try:
        return _branches(stmt, numbers)
    except _Other:
        return [stmt]


def _branches(stmt: ast.Match, numbers: count[int]) -> list[ast.stmt]:
    """Return what names the subject, and the branches."""
    out: list[ast.stmt] = []
    captured = {n.name for n in ast.walk(stmt) if isinstance(n, ast.MatchAs | ast.MatchStar)}
    guards = [n for case in stmt.cases if case.guard for n in ast.walk(case.guard)]
    captured |= {n.target.id for n in guards if isinstance(n, ast.NamedExpr)}
    if any(isinstance(n, ast.Call) for n in guards):  # which may assign names of this function
        captured |= {n.id for n in ast.walk(stmt.subject) if isinstance(n, ast.Name)}
    subject = _named(stmt.subject, captured, numbers, out)
    orelse: list[ast.stmt] = []
    for case in reversed(stmt.cases):
        body = [part for one in case.body for part in _statement(one, numbers)]
        tests, bound = _pattern(case.pattern, subject)
        if case.guard is None:
            body = [_assigned(name, value, case.pattern) for name, value in bound] + body
        else:
            tests += [_binding(name, value, case.pattern) for name, value in bound]
            tests.append(case.guard)
        if not tests:
            orelse = body
            continue
        test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)
        branch = ast.If(test, body, orelse)
        ast.copy_location(branch, case.pattern)
        branch.end_lineno, branch.end_col_offset = stmt.end_lineno, stmt.end_col_offset
        orelse = [branch]
    for one in (*out, *orelse):
        ast.fix_missing_locations(one)
    return [*out, *orelse]


def _named(
    value: ast.expr, captured: set[str | None], numbers: count[int], out: list[ast.stmt]
) -> _Subject:
    """Return an expression as what can be read again; append what names it."""
    match value:
        case ast.Tuple(elts=elts) if not any(isinstance(e, ast.Starred) for e in elts):
            parts = tuple(_named(elt, captured, numbers, out) for elt in elts)
            return _Subject(parts, None)
        case ast.Constant():
            return _Subject(None, value)
        case ast.Name(id=name) if name not in captured:
            return _Subject(None, value)
    name = f"subject@{next(numbers)}"
    out.append(_assigned(name, value, value))
    return _Subject(None, ast.copy_location(ast.Name(name, ast.Load()), value))


def _pattern(
    pattern: ast.pattern, subject: _Subject
) -> tuple[list[ast.expr], list[tuple[str, ast.expr]]]:
    """Return the tests of a pattern, all of which must hold, and the names that it binds."""
    match pattern, subject:
        case ast.MatchAs(pattern=None, name=None), _:
            return [], []
        case ast.MatchAs(pattern=inner, name=str() as name), _Subject(whole=ast.expr() as whole):
            tests, bound = ([], []) if inner is None else _pattern(inner, subject)
            return tests, [*bound, (name, whole)]
        case ast.MatchValue(value=value), _Subject(whole=ast.expr() as whole):
            return [_test(whole, ast.Eq(), value, pattern)], []
        case ast.MatchSingleton(value=None), _Subject(whole=ast.expr() as whole):
            none = ast.copy_location(ast.Constant(None), pattern)
            return [_test(whole, ast.Is(), none, pattern)], []
        case ast.MatchOr(patterns=patterns), _:
            return [_any([_pattern(inner, subject) for inner in patterns], pattern)], []
        case ast.MatchSequence(patterns=patterns), _Subject(parts=tuple() as parts):
            if len(patterns) == len(parts):
                found = [_pattern(p, part) for p, part in zip(patterns, parts, strict=True)]
                tests = [test for more, _ in found for test in more]
                return tests, [pair for _, more in found for pair in more]
    raise _Other


def _any(
    found: list[tuple[list[ast.expr], list[tuple[str, ast.expr]]]], at: ast.pattern
) -> ast.expr:
    """Return the test that one of several patterns holds, none of which binds a name."""
    either: list[ast.expr] = []
    for tests, bound in found:
        if bound or not tests:
            raise _Other
        either.append(tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests))
    return ast.copy_location(ast.BoolOp(ast.Or(), either), at)


def _test(left: ast.expr, op: ast.cmpop, right: ast.expr, at: ast.pattern) -> ast.expr:
    return ast.copy_location(ast.Compare(copy(left), [op], [right]), at)


def _assigned(name: str, value: ast.expr, at: ast.expr | ast.pattern) -> ast.stmt:
    target = ast.copy_location(ast.Name(name, ast.Store()), at)
    return ast.copy_location(ast.Assign([target], copy(value)), at)


def _binding(name: str, value: ast.expr, at: ast.pattern) -> ast.expr:
    """Return a test that always holds, and binds a name."""
    target = ast.copy_location(ast.Name(name, ast.Store()), at)
    bound = ast.copy_location(ast.NamedExpr(target, copy(value)), at)
    return ast.copy_location(ast.Tuple([bound], ast.Load()), at)
