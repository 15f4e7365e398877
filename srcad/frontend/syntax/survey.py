"""Facts about a function's syntax tree, found before anything is lowered."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace

DEEPEST = 90
"""How deeply expressions and statements may nest; Python itself allows 100 indents."""

KEEPERS = (ast.FunctionDef, ast.Lambda, ast.GeneratorExp)
"""What may read the names of a function after it has returned."""

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Survey:
    """Names of one function body.

    `stores` counts the assignments to each local name. `exposed` are loop variables
    that are read outside the loops that bind them, or assigned in another way.
    `rebound` are names assigned by `:=`. `names` are all names, in no special order.
    `keeps` says whether something inside may read its names after it has returned.
    `growing` are those of lists that are changed, if they are lists.
    `outer` are those that the body declares nonlocal, `given_away` those that functions inside do.
    `too_deep` is an expression or statement that is nested too deeply, or None. `yields` says
    whether the function gives its items one by one. `optional` are names that are assigned None,
    and something else, too.
    """

    stores: Counter[str]
    exposed: frozenset[str]
    rebound: frozenset[str]
    names: frozenset[str]
    keeps: bool
    too_deep: ast.expr | ast.stmt | None
    growing: frozenset[str] = frozenset()
    outer: frozenset[str] = frozenset()
    given_away: frozenset[str] = frozenset()
    yields: bool = False
    optional: frozenset[str] = frozenset()

    def of_function(self, params: Iterable[str]) -> Survey:
        """Return the facts about the body of a function with these parameters.

        What functions inside assign is assigned more than once, and read in between; what is
        declared nonlocal is no name of this function's.
        """
        for name in self.given_away & {*self.stores, *params}:
            self.stores[name] += 2
        for name in self.outer:
            self.stores.pop(name, None)
        return replace(
            self,
            exposed=self.exposed | self.outer | self.given_away,
            rebound=self.rebound | self.given_away,
        )


def survey(body: list[ast.stmt]) -> Survey:
    """Return the facts about a function body (nested functions aside), in one walk."""
    stores: Counter[str] = Counter()
    loop_stores: Counter[str] = Counter()
    reads_outside: set[str] = set()
    rebound: set[str] = set()
    names: set[str] = set()
    keeps = yields = False
    optional: set[str] = set()
    deep: ast.expr | ast.stmt | None = None
    for node, bound, depth in _walk(body):
        if depth > DEEPEST and deep is None and isinstance(node, ast.expr | ast.stmt):
            deep = node
        keeps = keeps or isinstance(node, KEEPERS)
        yields = yields or isinstance(node, ast.Yield | ast.YieldFrom)
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                names.add(name)
                if name not in bound:
                    reads_outside.add(name)
            case ast.Name(id=name):
                stores[name] += 1
            case ast.FunctionDef() | ast.ClassDef() | ast.Lambda():
                stores.update(stored_names([node]))
                inner = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                names |= inner
                reads_outside |= inner
            case ast.comprehension(target=target):
                names.update(n.id for n in ast.walk(target) if isinstance(n, ast.Name))
            case ast.For(target=target):
                own = set(stored_names([target]))
                loop_stores.update(own)
                reads_outside |= own & bound
            case ast.NamedExpr(target=target):
                rebound.add(target.id)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=None)):
                optional.add(name)
    exposed = {n for n, k in loop_stores.items() if n in reads_outside or stores[n] > k}
    names.update(stores)
    lists = frozenset(_changed_lists(body))
    outside, again, known = frozenset(exposed), frozenset(rebound), frozenset(names)
    outer = frozenset(_nonlocals(body))
    every = (node for stmt in body for node in ast.walk(stmt))
    given_away = frozenset(
        n for node in every if isinstance(node, ast.Nonlocal) for n in node.names
    )
    maybe = frozenset(name for name in optional if stores[name] > 1)
    last = (outer, given_away, yields, maybe)
    return Survey(stores, outside, again, known, keeps, deep, lists, *last)


def _nonlocals(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that a body declares nonlocal."""
    for node in walk_scope(body):
        if isinstance(node, ast.Nonlocal):
            yield from node.names


CHANGING = ("append", "extend", "pop", "insert", "clear", "reverse", "remove", "sort")
"""Methods that change a list."""


def _changed_lists(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the names of what is changed if it is a list, in nested functions as well."""
    for stmt in body:
        for node in ast.walk(stmt):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)):
                    if attr in CHANGING:
                        yield name
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                    yield name
                case ast.AugAssign(target=ast.Name(id=name), value=ast.List() | ast.ListComp()):
                    yield name
                case ast.Assign(targets=targets, value=ast.List(elts=[])):
                    yield from (t.id for t in targets if isinstance(t, ast.Name))


def _walk(body: list[ast.stmt]) -> Iterator[tuple[ast.AST, frozenset[str], int]]:
    """Yield each node with the loop variables bound around it, and how deep it stands.

    The left operands of operators do not nest: `a + b + c + ...` may be long.
    """
    pending: list[tuple[ast.AST, frozenset[str], int]] = [(s, frozenset(), 1) for s in body]
    while pending:
        node, bound, depth = pending.pop()
        yield node, bound, depth
        match node:
            case ast.FunctionDef() | ast.ClassDef() | ast.Lambda():
                pass
            case ast.For(target=target, iter=source, body=inner, orelse=orelse):
                own = bound | frozenset(stored_names([target]))
                pending += ((part, bound, depth + 1) for part in (target, source, *orelse))
                pending += ((part, own, depth + 1) for part in inner)
            case ast.comprehension(iter=source, ifs=tests):
                pending += ((part, bound, depth + 1) for part in (source, *tests))
            case ast.BinOp(left=left, right=right):
                pending += (left, bound, depth), (right, bound, depth + 1)
            case _:
                pending += ((child, bound, depth + 1) for child in children(node))


def children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements and expressions (and their like) directly below `node`."""
    for name in node._fields:
        if name in {"ctx", "op", "ops"}:
            continue
        value = getattr(node, name, None)
        if isinstance(value, list):
            yield from (item for item in value if isinstance(item, ast.AST))
        elif isinstance(value, ast.AST):
            yield value


def walk_scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all nodes below `nodes`, without those inside nested functions."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, ast.comprehension):
            pending += (node.iter, *node.ifs)
        elif not isinstance(node, SCOPES):
            pending.extend(children(node))


def stored_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield each name that `nodes` assign, once per assignment."""
    for node in walk_scope(nodes):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name


def returns_of(body: list[ast.stmt]) -> Iterator[ast.Return]:
    """Yield the `return` statements of a function body."""
    pending: list[ast.stmt] = list(reversed(body))
    while pending:
        stmt = pending.pop()
        match stmt:
            case ast.Return():
                yield stmt
            case ast.If() | ast.For() | ast.While():
                pending.extend(reversed(stmt.body + stmt.orelse))
            case ast.Try(handlers=handlers):
                caught = [one for handler in handlers for one in handler.body]
                pending.extend(reversed(stmt.body + caught + stmt.orelse + stmt.finalbody))


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
            case ast.Try(body=body, handlers=handlers, orelse=orelse):
                exits = self.of(body)
                if "fall" in exits:
                    exits = (exits - {"fall"}) | self.of(orelse)
                return exits.union(*(self.of(handler.body) for handler in handlers))
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
    """Return whether a test is a literal that is true, or `not` one that is false."""
    return truth_of(test) is True


def truth_of(test: ast.expr) -> bool | None:
    """Return whether a test that is a literal, or `not` one, is true; None for all others."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = truth_of(operand)
            return None if truth is None else not truth
        case _:
            return None


def reached(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of a body without those that a literal test excludes.

    What says something about the whole function wherever it stands (`yield`, `global`) stays.
    """
    out: list[ast.stmt] = []
    for stmt in body:
        match stmt:
            case ast.If(test=test) | ast.While(test=test) if (
                (truth := truth_of(test)) is not None
                and not (truth and isinstance(stmt, ast.While))
                and not _concerns_all(stmt.orelse if truth else stmt.body)
            ):
                out += reached(stmt.body if truth else stmt.orelse)
            case ast.If() | ast.For() | ast.While():
                inner, orelse = reached(stmt.body), reached(stmt.orelse)
                if inner == stmt.body and orelse == stmt.orelse:
                    out.append(stmt)
                else:
                    new = copy(stmt)
                    new.body, new.orelse = inner or [_nothing(stmt)], orelse
                    out.append(new)
            case _:
                out.append(stmt)
    return out


def _concerns_all(block: list[ast.stmt]) -> bool:
    kinds = (ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal)
    return any(isinstance(node, kinds) for node in walk_scope(block))


def _nothing(at: ast.stmt) -> ast.stmt:
    return ast.copy_location(ast.Pass(), at)
