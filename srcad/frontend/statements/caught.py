"""`try`: the statements, left where they raise what is caught, and the handlers.

What is caught is what the function itself raises, with the functions that are inlined in it, and
the division of numbers by zero. All other exceptions, of arrays and of np.linalg, go on to the
caller, so that a block in which nothing else is raised is refused.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import NoReturn

from srcad.frontend.names.meaning import Known, Meaning, TupleOf
from srcad.frontend.names.state import State, Unsupported
from srcad.frontend.statements.leaving import ALWAYS, Leave, Region, run_to_end
from srcad.frontend.syntax.survey import walk_scope
from srcad.ir.nodes import Call, Const, For, If, Let, Op, Raise, Stmt, Var, While
from srcad.ir.walk import statements as all_statements
from srcad.rules.linalg import Whole

HINT = "test the condition with if"
DIVIDING = ("div", "floordiv", "mod")


@dataclass(slots=True)
class _Handler:
    """An `except` clause: what it catches, and the flag that says that it does."""

    node: ast.ExceptHandler
    kinds: tuple[type[BaseException], ...]
    flag: Var
    is_used: bool = False
    block: list[Stmt] = field(default_factory=list)
    after: dict[str, Meaning] = field(default_factory=dict)


def try_statement(state: State, stmt: ast.Try) -> None:
    """Lower a `try` statement (its jumps are flags by now)."""
    if stmt.finalbody and any(isinstance(n, ast.Return | ast.Break | ast.Continue)
                              for n in walk_scope([stmt])):  # fmt: skip
        message = "a try with finally that return, break or continue may leave"
        state.fail(stmt, "E201", message, "set a name, and leave behind the finally block")
    if any(isinstance(n, ast.Yield | ast.YieldFrom) for n in walk_scope([stmt])):
        state.fail(stmt, "E201", "yield inside try is not supported", "yield behind it")
    with state.block() as block:
        if stmt.handlers:
            _with_handlers(state, stmt)
        else:
            state.body(state, stmt.body)
    if stmt.finalbody:
        state.before_finally |= {*all_statements(tuple(block))}
    state.out += block
    state.body(state, stmt.finalbody)


def _with_handlers(state: State, stmt: ast.Try) -> None:
    """Write the statements, and the handlers behind them."""
    frame = state.frame
    handlers = [_handler(state, node) for node in stmt.handlers]
    mark, failures = len(frame.journal), state.failures
    with state.block() as block:
        state.body(state, stmt.body)
    midway = _midway(state, mark)
    after = frame.roll_back(mark)
    left = Var(state.names.fresh("caught"))
    _flagged(state, left)
    block = _with_divisions(state, stmt, block, handlers)
    region = Region(
        state, left, state.span(stmt), lambda found: _leaves(state, stmt, found, handlers)
    )
    block, how = run_to_end(region, block)
    if state.failures > failures:  # what may be raised is not known
        raise Unsupported
    _check_used(state, stmt, handlers, block)
    flags = [handler.flag for handler in handlers if handler.is_used]
    for flag in (left, *flags) if len(flags) > 1 else (left,):
        state.let(flag, Const(value=False), stmt)
        state.truths.add(flag.name)
    state.out += block
    for handler in handlers:
        for name, meaning in midway.items():
            frame.assign(name, meaning)
        with state.block() as handler.block:
            state.body(state, handler.node.body)
        handler.after = frame.roll_back(mark)
    with state.block() as orelse:
        for name, meaning in after.items():
            frame.assign(name, meaning)
        state.body(state, stmt.orelse)
    after = frame.roll_back(mark)
    _write(state, stmt, handlers, left, orelse)
    ends = [h.after for h in handlers if h.is_used and not _never_ends(h.block)]
    if how != ALWAYS and not _never_ends(orelse):
        ends.append(after)
    joined = ends[0] if ends else after
    for other in ends[1:]:
        frame.join(joined, other)
        joined = frame.roll_back(mark)
    for name, meaning in joined.items():
        frame.assign(name, meaning)


def _write(
    state: State, stmt: ast.Try, handlers: list[_Handler], left: Var, orelse: list[Stmt]
) -> None:
    """Write the branch that runs the handler that is chosen, or what stands under `else`."""
    used = [handler for handler in handlers if handler.is_used]
    block: list[Stmt] = []
    for at, handler in enumerate(reversed(used)):
        span = state.span(handler.node.body[0])
        if at == 0:
            block = handler.block
        else:
            block = [If(handler.flag, tuple(handler.block), tuple(block), span)]
    if block or orelse:
        span = state.span(stmt.handlers[0].body[0])
        state.emit(If(left, tuple(block), tuple(orelse), span), stmt)


def _never_ends(block: list[Stmt]) -> bool:
    return bool(block) and isinstance(block[-1], Raise)


def _flagged(state: State, flag: Var) -> None:
    state.ranks[flag.name] = 0
    state.truths.add(flag.name)


def _midway(state: State, mark: int) -> dict[str, Meaning]:
    """Return what names may mean at any place since the journal had `mark` entries."""
    frame = state.frame
    found: dict[str, Meaning] = {}
    for name, before in frame.journal[mark:]:
        known = frame.met(name, found.get(name), before)
        if known is not None:
            found[name] = known
    for name in {name for name, _ in frame.journal[mark:]}:
        last = frame.met(name, found.get(name), frame.env[name])
        if last is not None:
            found[name] = last
    return found


# Handlers ---------------------------------------------------------------------------


def _handler(state: State, node: ast.ExceptHandler) -> _Handler:
    """Return an `except` clause; its classes must be known."""
    reads = {n.id for n in walk_scope(node.body) if isinstance(n, ast.Name)}
    if node.name is not None and node.name in reads:
        _refuse(state, node, "an exception as a value", "write the text, or leave out its name")
    if any(isinstance(n, ast.Raise) and n.exc is None for n in walk_scope(node.body)):
        hint = 'write raise ValueError("what is wrong")'
        _refuse(state, node, "raise without an exception", hint)
    flag = Var(state.names.fresh("caught"))
    _flagged(state, flag)
    if node.type is None:
        return _Handler(node, (BaseException,), flag)
    meaning = state.expr(state, node.type)
    items = meaning.items if isinstance(meaning, TupleOf) else (meaning,)
    kinds = tuple(item.value for item in items if isinstance(item, Known))
    if len(kinds) < len(items) or not all(_is_exception(kind) for kind in kinds):
        _refuse(state, node, "this is not an exception class", "write except Exception:")
    return _Handler(node, kinds, flag)  # type: ignore[arg-type]


def _refuse(state: State, node: ast.ExceptHandler, message: str, hint: str) -> NoReturn:
    state.fail(node.type or node.body[0], "E207", message, hint)


def _is_exception(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _catcher(kind: type[BaseException], handlers: list[_Handler]) -> _Handler | None:
    """Return the first handler for an exception, if there is one."""
    if kind is Leave:
        return None
    return next((h for h in handlers if issubclass(kind, h.kinds)), None)


def _leaves(
    state: State, stmt: ast.Try, found: Raise, handlers: list[_Handler]
) -> list[Stmt] | None:
    """Return the statements for an exception that is caught, None if it is not."""
    handler = _catcher(found.kind, handlers)
    if handler is None:
        return None
    _check_passes(state, stmt, found)
    handler.is_used = True
    several = len(handlers) > 1
    return [Let(handler.flag, Const(value=True), found.span)] if several else []


def _check_passes(state: State, stmt: ast.Try, found: Stmt) -> None:
    """Report an exception that is caught behind the `finally` block of a statement inside."""
    if found in state.before_finally:
        message = "an exception that passes a finally block cannot be caught"
        hint = "catch it in the try statement that has the finally block"
        state.fail(stmt, "E201", message, hint)


def _check_used(state: State, stmt: ast.Try, handlers: list[_Handler], block: list[Stmt]) -> None:
    """Report a block that raises nothing that is caught, and calls that may raise by themselves."""
    for found in all_statements(tuple(block)):
        match found:
            case Call(function=Whole(harmless=True)):
                pass
            case Call(name=name):
                message = f"what '{name}' raises cannot be caught"
                state.fail(stmt, "E201", message, "call it outside of try, and test first")
    if not any(handler.is_used for handler in handlers):
        message = "nothing that is raised in this try block can be caught"
        hint = "test the condition with if; what arrays and np.linalg raise is not caught"
        state.fail(stmt, "E201", message, hint)


# Division by zero -------------------------------------------------------------------


def _with_divisions(
    state: State, whole: ast.Try, block: list[Stmt], handlers: list[_Handler]
) -> list[Stmt]:
    """Return a block with tests in front of divisions of numbers, if they are to be caught."""
    if _catcher(ZeroDivisionError, handlers) is None:
        return block
    out: list[Stmt] = []
    for stmt in block:
        match stmt:
            case Let(value=Op(prim=prim, args=(a, b))) if prim in DIVIDING:
                if state.rank(a) == 0 and state.rank(b) == 0:
                    out += _raised_where_zero(state, whole, stmt, b)
            case Let(value=Op(prim="pow", args=(a, Const(value=int(power))))):
                if power < 0 and state.rank(a) == 0:
                    out += _raised_where_zero(state, whole, stmt, a)
            case If(then=then, orelse=orelse):
                first = _with_divisions(state, whole, list(then), handlers)
                second = _with_divisions(state, whole, list(orelse), handlers)
                out.append(If(stmt.test, tuple(first), tuple(second), stmt.span))
                continue
            case For(body=body):
                new = _with_divisions(state, whole, list(body), handlers)
                out.append(replace(stmt, body=tuple(new)))
                continue
            case While(cond_body=head, body=body):
                first = _with_divisions(state, whole, list(head), handlers)
                second = _with_divisions(state, whole, list(body), handlers)
                out.append(While(tuple(first), stmt.cond, tuple(second), stmt.span))
                continue
        out.append(stmt)
    return out


def _raised_where_zero(state: State, whole: ast.Try, stmt: Let, divisor: Var | Const) -> list[Stmt]:
    _check_passes(state, whole, stmt)
    failure = Raise(ZeroDivisionError, ("division by zero",), stmt.span)
    if isinstance(divisor, Const):
        return [] if divisor.value else [failure]
    test = Var(state.names.temporary())
    _flagged(state, test)
    return [
        Let(test, Op("eq", (divisor, Const(0))), stmt.span),
        If(test, (failure,), (), stmt.span),
    ]
