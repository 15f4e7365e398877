"""Structured jumps: no `break`, `continue`, early `return` or loop `else` is left.

Before                           After
    for x in xs:                     brk = False
        if x < 0:                    for x in xs:          # until brk
            break                        if x < 0:
        s += x                               brk = True
    return s                             else:
                                             s += x
                                     return s

What follows a jumping `if` moves into its other branch; where both branches may go on,
it is guarded by a flag instead. In the result a `return` only sets the result: nothing
that could still run comes after it. Loops end by a flag, kept in `Plan.until`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from srcad.frontend.syntax.survey import Exits, is_true

DEEPEST_BRANCHES = 12
"""From this nesting on, flags are used instead of moving statements into branches."""


@dataclass(slots=True)
class Plan:
    """A function body without jumps.

    `until` gives the flag that ends a loop. `lead` gives the statements that run before
    the test of a `while`, each time. `falls` says whether the end can be reached without
    a `return`.
    """

    body: list[ast.stmt]
    until: dict[ast.stmt, str]
    lead: dict[ast.stmt, list[ast.stmt]]
    falls: bool


@dataclass(slots=True)
class _Flags:
    """How many flags there are, the statements that set them, and those ever read.

    A flag is called `brk@3` here: no name of the user's can be the same.
    """

    count: int = 0
    read: set[str] = field(default_factory=set)
    sets: dict[ast.stmt, str] = field(default_factory=dict)

    def fresh(self, base: str) -> str:
        self.count += 1
        return f"{base}@{self.count}"

    def assign(self, name: str, at: ast.stmt, *, value: bool) -> ast.stmt:
        """Return `name = value`; it goes again if nobody reads the flag."""
        stmt = ast.Assign([ast.Name(name, ast.Store())], ast.Constant(value))
        _place(stmt, at)
        self.sets[stmt] = name
        return stmt

    def test(self, name: str, at: ast.stmt) -> ast.expr:
        """Return `not name`."""
        self.read.add(name)
        test = ast.UnaryOp(ast.Not(), ast.Name(name, ast.Load()))
        _place(test, at)
        return test

    def without_unread(self, block: list[ast.stmt]) -> list[ast.stmt]:
        """Return a block without the assignments to flags that nobody reads."""
        kept = [stmt for stmt in block if self.sets.get(stmt) in {None, *self.read}]
        for stmt in kept:
            if isinstance(stmt, ast.If | ast.For | ast.While):
                stmt.body = self.without_unread(stmt.body)
                stmt.orelse = self.without_unread(stmt.orelse)
            if isinstance(stmt, ast.Try):
                stmt.body = self.without_unread(stmt.body)
                stmt.orelse = self.without_unread(stmt.orelse)
                for handler in stmt.handlers:
                    handler.body = self.without_unread(handler.body)
        return kept


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the loops we are: the flags that each kind of jump must set."""

    done: str
    stop: str = ""  # ends the innermost loop
    skips: tuple[str, ...] = ()  # end the iterations of all enclosing loops
    stops: tuple[str, ...] = ()  # end all enclosing loops
    depth: int = 0
    tail: bool = True  # nothing follows in this iteration, or in the function

    def deeper(self, *, is_last: bool) -> _Place:
        return replace(self, depth=self.depth + 1, tail=self.tail and is_last)


@dataclass(frozen=True, slots=True)
class _Pass:
    plan: Plan
    flags: _Flags
    exits: Exits


def plan_jumps(body: list[ast.stmt]) -> Plan:
    """Return `body` without jumps. Flags in it are called `done@1`, `brk@2`, `skip@3`."""
    exits = Exits()
    run = _Pass(Plan([], {}, {}, "fall" in exits.of(body)), _Flags(), exits)
    done = run.flags.fresh("done")
    start = [run.flags.assign(done, body[0], value=False)]
    run.plan.body = run.flags.without_unread(start + _block(run, body, _Place(done)))
    for loop, lead in run.plan.lead.items():
        run.plan.lead[loop] = run.flags.without_unread(lead)
    return run.plan


def _block(run: _Pass, stmts: list[ast.stmt], place: _Place) -> list[ast.stmt]:
    """Return `stmts` without jumps."""
    out: list[ast.stmt] = []
    for at, stmt in enumerate(stmts):
        match stmt:
            case ast.Return():
                return [*out, stmt, *_set(run, stmt, _flags_of_return(place))]
            case ast.Break():
                skip = () if place.tail else place.skips[-1:]
                return out + _set(run, stmt, (place.stop, *skip))
            case ast.Continue():
                return out + _set(run, stmt, () if place.tail else place.skips[-1:])
            case ast.Raise():
                out.append(stmt)
                return out
            case ast.If() if run.exits.jumps(stmt) or "fall" not in run.exits.one(stmt):
                return out + _jumping_if(run, stmt, stmts[at + 1 :], place)
            case ast.If(test=test, body=body, orelse=orelse):
                inner = place.deeper(is_last=at == len(stmts) - 1)
                out.append(_if(test, _block(run, body, inner), _block(run, orelse, inner), stmt))
            case ast.Try():
                new, jumps = _try(run, stmt, place, is_last=at == len(stmts) - 1)
                out.append(new)
                if jumps:
                    return out + _guarded(run, jumps, stmts[at + 1 :], place)
            case ast.For() | ast.While():
                rest = _loop(run, stmt, out, place, stmts[at + 1 :])
                if rest is not None:
                    return out + rest
            case _:
                out.append(stmt)
    return out


def _flags_of_return(place: _Place) -> tuple[str, ...]:
    """Return the flags that a `return` must raise, as far as anything follows."""
    if not place.tail:
        return (*place.stops, place.done, *place.skips)
    return (*place.stops, place.done, *place.skips[:-1]) if place.stops else ()


def _set(run: _Pass, at: ast.stmt, flags: tuple[str, ...]) -> list[ast.stmt]:
    """Return the statements that raise `flags`, each once."""
    return [run.flags.assign(name, at, value=True) for name in dict.fromkeys(flags)]


def _jumping_if(run: _Pass, stmt: ast.If, rest: list[ast.stmt], place: _Place) -> list[ast.stmt]:
    """Return an `if` that may jump, together with all that follows it in its block."""
    inner = place.deeper(is_last=True)
    then, orelse = run.exits.of(stmt.body), run.exits.of(stmt.orelse)
    may_nest = place.depth < DEEPEST_BRANCHES or not rest
    if "fall" not in then and may_nest:
        branches = stmt.body, stmt.orelse + rest
    elif "fall" not in orelse and may_nest:
        branches = stmt.body + rest, stmt.orelse
    else:
        inner = place.deeper(is_last=not rest)
        new = _if(stmt.test, _block(run, stmt.body, inner), _block(run, stmt.orelse, inner), stmt)
        return [new, *_guarded(run, (then | orelse) - {"fall"}, rest, place)]
    return [_if(stmt.test, _block(run, branches[0], inner), _block(run, branches[1], inner), stmt)]


def _guarded(
    run: _Pass, jumps: frozenset[str], rest: list[ast.stmt], place: _Place
) -> list[ast.stmt]:
    """Return `if not flag: rest`, for the flag that these `jumps` have set.

    Deep inside, each stretch of `rest` up to its next jump gets an `if` of its own.
    """
    out: list[ast.stmt] = []
    while rest:
        if not jumps:
            return out + _block(run, rest, place)
        stretch, later = rest, rest[:0]
        if place.depth >= DEEPEST_BRANCHES:
            ends = (at for at, stmt in enumerate(rest, 1) if run.exits.jumps(stmt))
            end = next(ends, len(rest))
            stretch, later = rest[:end], rest[end:]
        if "continue" in jumps:
            flag = place.skips[-1]
        else:
            flag = place.stop if "break" in jumps else place.done
        test = run.flags.test(flag, rest[0])
        out.append(_if(test, _block(run, stretch, place.deeper(is_last=not later)), [], rest[0]))
        jumps |= run.exits.of(stretch) - {"fall"}
        rest = later
    return out


def _try(
    run: _Pass, stmt: ast.Try, place: _Place, *, is_last: bool
) -> tuple[ast.Try, frozenset[str]]:
    """Return a `try` without jumps, and those that it had; with `finally` they stay there."""
    jumps = run.exits.jumps(stmt)
    if stmt.finalbody and (jumps or run.exits.of(stmt.finalbody) != {"fall"}):
        return stmt, frozenset()
    is_last = is_last and not stmt.finalbody
    inner = place.deeper(is_last=is_last and not stmt.orelse)
    beside = place.deeper(is_last=is_last)
    handlers = []
    for handler in stmt.handlers:
        new = ast.ExceptHandler(handler.type, handler.name, _block(run, handler.body, beside))
        handlers.append(ast.copy_location(new, handler))
    body = _block(run, stmt.body, inner)
    orelse = _guarded(run, run.exits.of(stmt.body) - {"fall"}, stmt.orelse, beside)
    made = ast.Try(body, handlers, orelse, _block(run, stmt.finalbody, beside))
    return ast.copy_location(made, stmt), jumps


def _loop(
    run: _Pass,
    stmt: ast.For | ast.While,
    out: list[ast.stmt],
    place: _Place,
    rest: list[ast.stmt],
) -> list[ast.stmt] | None:
    """Append a loop without jumps to `out`.

    Return None if what follows is to go on as usual, else all that follows.
    """
    single = _single_exit(run, stmt)
    if single is not None:
        lead, test, body, after = single
        loop = ast.While(test, _block(run, body, _inside(run, place, "")), [])
        _place(loop, stmt)
        run.plan.lead[loop] = _block(run, lead, place.deeper(is_last=False))
        out.append(loop)
        return _block(run, after + rest, place)
    jumps = run.exits.of(stmt.body)
    stop = run.flags.fresh("brk") if "break" in jumps else ""
    if stop:
        out.append(run.flags.assign(stop, stmt, value=False))
        run.flags.read.add(stop)
    elif "return" in jumps:
        run.flags.read.add(place.done)
    new = _without_jumps(run, stmt, place, stop)
    out.append(new)
    if stop or "return" in jumps:
        run.plan.until[new] = stop or place.done
    return _after_loop(run, stmt, place, (stop, jumps), rest)


def _after_loop(
    run: _Pass,
    stmt: ast.For | ast.While,
    place: _Place,
    how: tuple[str, frozenset[str]],
    rest: list[ast.stmt],
) -> list[ast.stmt] | None:
    """Return the `else` of a loop and what follows it; None if nothing is special."""
    stop, jumps = how
    orelse = stmt.orelse
    if orelse and stop:
        guard = _if(run.flags.test(stop, orelse[0]), orelse, [], orelse[0])
        orelse = [guard]
    if isinstance(stmt, ast.While) and is_true(stmt.test):
        orelse = []
        rest = rest if stop else []
    following = orelse + rest
    if "return" in jumps:
        return _guarded(run, frozenset({"return"}), following, place)
    return _block(run, following, place) if orelse or not rest else None


def _without_jumps(
    run: _Pass, stmt: ast.For | ast.While, place: _Place, stop: str
) -> ast.For | ast.While:
    """Return the loop with a body without jumps, and without its `else`."""
    inner = _inside(run, place, stop)
    start = [run.flags.assign(inner.skips[-1], stmt, value=False)]
    body = start + _block(run, stmt.body, inner)
    new: ast.For | ast.While
    if isinstance(stmt, ast.For):
        new = ast.For(stmt.target, stmt.iter, body, [])
    else:
        new = ast.While(stmt.test, body, [])
    _place(new, stmt)
    return new


def _inside(run: _Pass, place: _Place, stop: str) -> _Place:
    """Return the place inside a loop that ends by `stop` (or only by a return)."""
    skips = (*place.skips, run.flags.fresh("skip"))
    return _Place(place.done, stop, skips, (*place.stops, stop or place.done), place.depth + 1)


def _single_exit(
    run: _Pass, stmt: ast.For | ast.While
) -> tuple[list[ast.stmt], ast.expr, list[ast.stmt], list[ast.stmt]] | None:
    """Split `while True: lead; if c: last; break` + body at its only way out.

    Return the statements before the test, the test to go on, the rest of the body, and
    what moves behind the loop; or None if the loop has another form.
    """
    if not isinstance(stmt, ast.While) or not is_true(stmt.test):
        return None
    jumping = [at for at, s in enumerate(stmt.body) if run.exits.jumps(s)]
    if len(jumping) != 1:
        return None
    at = jumping[0]
    leave = stmt.body[at]
    if not isinstance(leave, ast.If) or run.exits.jumps(ast.If(leave.test, leave.orelse, [])):
        return None
    *last, jump = leave.body
    if not isinstance(jump, ast.Break | ast.Return) or run.exits.of(last) != {"fall"}:
        return None
    if "fall" not in run.exits.of(leave.orelse) or "fall" not in run.exits.of(stmt.body[:at]):
        return None
    test = ast.UnaryOp(ast.Not(), leave.test)
    _place(test, leave.test)
    after = last + ([jump] if isinstance(jump, ast.Return) else [])
    return stmt.body[:at], test, leave.orelse + stmt.body[at + 1 :], after


def _if(test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt], at: ast.stmt) -> ast.If:
    stmt = ast.If(test, body, orelse)
    _place(stmt, at)
    return stmt


def _place(node: ast.stmt | ast.expr, at: ast.stmt | ast.expr) -> None:
    """Give a new node, and what is new below it, the place of an old one."""
    ast.copy_location(node, at)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and not hasattr(child, "lineno"):
            _place(child, at)
