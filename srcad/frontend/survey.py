"""Facts about a function's syntax tree, found before anything is lowered."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DEEPEST = 90
"""How deeply expressions and statements may nest; Python itself allows 100 indents."""

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Survey:
    """Names of one function body.

    `stores` counts the assignments to each local name. `exposed` are loop variables
    that are read outside the loops that bind them, or assigned in another way.
    `rebound` are names assigned by `:=`.
    """

    stores: Counter[str]
    exposed: frozenset[str]
    rebound: frozenset[str]


def survey(body: list[ast.stmt]) -> Survey:
    """Return the facts about the names of a function body (nested functions aside)."""
    nodes = list(walk_scope(body))
    rebound = frozenset(n.target.id for n in nodes if isinstance(n, ast.NamedExpr))
    return Survey(Counter(stored_names(body)), frozenset(_exposed(body)), rebound)


def walk_scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all nodes below `nodes`, without those inside nested functions."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, SCOPES):
            pending.extend(ast.iter_child_nodes(node))


def stored_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield each name that `nodes` assign, once per assignment."""
    for node in walk_scope(nodes):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name


def _exposed(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the loop variables that need a copy of their own (see `Survey`)."""
    loop_stores: Counter[str] = Counter()
    pending: list[tuple[ast.AST, frozenset[str]]] = [(stmt, frozenset()) for stmt in body]
    bound_somewhere: set[str] = set()
    read_outside: set[str] = set()
    while pending:
        node, bound = pending.pop()
        match node:
            case ast.For(target=target, iter=source, body=inner, orelse=orelse):
                names = frozenset(stored_names([target]))
                bound_somewhere |= names
                loop_stores.update(names)
                read_outside |= names & bound
                pending += [(source, bound), *((stmt, bound) for stmt in orelse)]
                pending += [(stmt, bound | names) for stmt in inner]
                pending += [(target, bound)]
            case ast.Name(id=name, ctx=ast.Load()) if name not in bound:
                read_outside.add(name)
            case _:
                pending += [(child, bound) for child in ast.iter_child_nodes(node)]
    for name, count in Counter(stored_names(body)).items():
        if name in bound_somewhere and (name in read_outside or count > loop_stores[name]):
            yield name


def too_deep(root: ast.AST) -> ast.AST | None:
    """Return a node that is nested deeper than `DEEPEST`, or None.

    The left operands of operators do not count: `a + b + c + ...` may be long.
    """
    pending = [(root, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > DEEPEST and isinstance(node, ast.expr | ast.stmt):
            return node
        for child in ast.iter_child_nodes(node):
            is_left = isinstance(node, ast.BinOp) and child is node.left
            counts = isinstance(child, ast.expr | ast.stmt) and not is_left
            pending.append((child, depth + counts))
    return None


class Exits:
    """How control may leave a list of statements: "fall", "break", "continue", "return".

    Answers are remembered per statement, so that asking at every level stays linear.
    """

    def __init__(self) -> None:
        self._known: dict[ast.stmt, frozenset[str]] = {}

    def of(self, stmts: list[ast.stmt]) -> frozenset[str]:
        """Return the exits of a block; a `raise` is none of them."""
        exits = {"fall"}
        for stmt in stmts:
            exits |= self.one(stmt)
            if "fall" not in self.one(stmt):
                exits.discard("fall")
                break
        return frozenset(exits)

    def jumps(self, stmt: ast.stmt) -> frozenset[str]:
        """Return the exits of a statement other than falling through."""
        return self.one(stmt) - {"fall"}

    def one(self, stmt: ast.stmt) -> frozenset[str]:
        """Return the exits of one statement."""
        found = self._known.get(stmt)
        if found is None:
            found = self._known[stmt] = self._exits(stmt)
        return found

    def _exits(self, stmt: ast.stmt) -> frozenset[str]:
        match stmt:
            case ast.Return():
                return frozenset({"return"})
            case ast.Break():
                return frozenset({"break"})
            case ast.Continue():
                return frozenset({"continue"})
            case ast.Raise():
                return frozenset()
            case ast.If(body=body, orelse=orelse):
                return self.of(body) | self.of(orelse)
            case ast.For(body=body, orelse=orelse) | ast.While(body=body, orelse=orelse):
                return self._loop(stmt, self.of(body), orelse)
            case _:
                return frozenset({"fall"})

    def _loop(
        self, stmt: ast.stmt, inner: frozenset[str], orelse: list[ast.stmt]
    ) -> frozenset[str]:
        """Return the exits of a loop whose body has the exits `inner`."""
        exits = set(inner & {"return"})
        if "break" in inner:
            exits.add("fall")
        if not (isinstance(stmt, ast.While) and is_true(stmt.test)):
            exits |= self.of(orelse)
        return frozenset(exits)


def is_true(test: ast.expr) -> bool:
    """Return whether a test is a literal that is true."""
    return isinstance(test, ast.Constant) and bool(test.value)
