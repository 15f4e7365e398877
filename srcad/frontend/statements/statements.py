"""Statements: one case per construct; what is not accepted says what to write instead."""

from __future__ import annotations

import ast

from srcad.frontend.names.inline import is_only_return
from srcad.frontend.names.meaning import NONE, Known, LocalFunction, Lost, TextOf
from srcad.frontend.names.optional import narrow
from srcad.frontend.names.scope import as_truth, bind
from srcad.frontend.names.state import State, Unsupported
from srcad.frontend.statements.assign import assign, augmented
from srcad.frontend.statements.caught import try_statement
from srcad.frontend.statements.comparisons import negation
from srcad.frontend.statements.expressions import defaults_of
from srcad.frontend.statements.loops import for_loop, while_loop
from srcad.frontend.statements.yielded import yielded
from srcad.frontend.syntax.survey import stored_names, walk_scope
from srcad.ir.nodes import Const, If, Raise, Stmt

REFUSED: dict[type[ast.stmt], tuple[str, str, str]] = {
    ast.TryStar: ("E201", "try statements", "test the condition with if"),
    ast.With: ("E201", "with statements", "do this outside the function"),
    ast.AsyncWith: ("E201", "with statements", "do this outside the function"),
    ast.AsyncFor: ("E201", "async loops", "write a plain loop"),
    ast.AsyncFunctionDef: ("E201", "async functions", "write a plain function"),
    ast.ClassDef: ("E201", "classes", "use tuples and arrays"),
    ast.Import: ("E201", "imports inside a function", "import at the top of the file"),
    ast.ImportFrom: ("E201", "imports inside a function", "import at the top of the file"),
    ast.Global: ("E205", "written globals", "pass the value in and return it"),
    ast.Match: ("E201", "such patterns", "match constants, names, | and tuples; or write if, elif"),
}


def statements(state: State, stmts: list[ast.stmt]) -> None:
    """Lower statements in order; a bad one is reported, and the others go on."""
    for stmt in stmts:
        before = len(state.problems)
        try:
            _statement(state, stmt)
        except Unsupported:
            state.failures += 1
            _lose(state, stmt)
        except RecursionError:
            if len(state.problems) == before:
                hint = "name intermediate results, or move code into a function"
                state.report(stmt, "E104", "expressions or calls are nested too deeply", hint)


def _lose(state: State, stmt: ast.stmt) -> None:
    """Make the names of a bad statement unknown, so that each mistake is told once."""
    for name in stored_names([stmt]):
        state.frame.assign(name, Lost())


def _statement(state: State, stmt: ast.stmt) -> None:
    match stmt:
        case ast.Assign(targets=targets, value=value):
            assign(state, targets, value, stmt)
        case ast.AugAssign(target=target, op=op, value=value):
            augmented(state, target, op, value, stmt)
        case ast.Nonlocal(names=names):
            defined = [n for n in ast.walk(state.stack[-1]) if isinstance(n, ast.FunctionDef)]  # type: ignore[arg-type]
            if {n.name for n in defined if n is not state.stack[-1]} & {*names}:
                state.fail(stmt, "E205", "a nonlocal function", "give it a name of its own")
        case ast.AnnAssign(target=target, value=value):
            if value is not None:
                assign(state, [target], value, stmt)
        case ast.For():
            for_loop(state, stmt)
        case ast.While():
            while_loop(state, stmt)
        case ast.If():
            _if(state, stmt)
        case ast.Return():
            _return(state, stmt)
        case ast.Try():
            try_statement(state, stmt)
        case ast.Expr(value=ast.Yield() | ast.YieldFrom() as value) if state.frame.item is not None:
            yielded(state, value, state.frame.item)
        case ast.Expr(value=value):
            if not isinstance(value, ast.Constant):
                state.expr(state, value)
        case ast.Assert():
            _assert(state, stmt)
        case ast.Raise():
            _raise(state, stmt)
        case ast.FunctionDef(args=args):
            if stmt.decorator_list:
                state.fail(stmt, "E201", "decorators inside a function", "decorate outside")
            function = LocalFunction(stmt, state.frame, defaults_of(state, args))
            state.frame.assign(stmt.name, function)
        case ast.Delete(targets=targets):
            for deleted in targets:
                _delete(state, deleted)
        case ast.Pass():
            pass
        case _:
            fallback = ("E201", "such statements", "write it with plain statements")
            code, what, hint = REFUSED.get(type(stmt), fallback)
            state.fail(stmt, code, f"{what} are not supported", hint)


def _delete(state: State, target: ast.expr) -> None:
    """Lower `del name`: the name is not to be read any more."""
    match target:
        case ast.Name(id=name) if name in state.frame.env:
            state.frame.assign(name, Lost(f"'{name}' may have been deleted", "delete it later"))
        case ast.Name(id=name):
            state.fail(target, "E401", f"'{name}' is deleted before it is assigned", "leave it out")
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            for elt in elts:
                _delete(state, elt)
        case _:
            hint = "make an array, or a list, of what is left"
            state.fail(target, "E201", "del is supported for names only", hint)


def _if(state: State, stmt: ast.If) -> None:
    """Lower a branch; a test that is known now chooses its branch now."""
    try:
        test = as_truth(state, state.expr(state, stmt.test), stmt.test)
    except Unsupported:
        mark = len(state.frame.journal)
        with state.block():
            for branch in (stmt.body, stmt.orelse):
                statements(state, branch)
                state.frame.roll_back(mark)
        raise
    if isinstance(test, Const):
        reached, excluded = (stmt.body, stmt.orelse) if test.value else (stmt.orelse, stmt.body)
        for node in walk_scope(excluded):
            if isinstance(node, ast.Yield | ast.YieldFrom) and state.frame.item is None:
                state.expr(state, node)  # the function is a generator
        statements(state, reached)
        return
    frame = state.frame
    mark = len(frame.journal)
    untaken = [use for use in state.uses if use.taken == "no"]
    with state.block() as then:
        narrow(state, stmt.test, holds=True)
        statements(state, stmt.body)
    taken = [use for use in untaken if use.taken != "no"]
    for use in taken:
        use.taken = "no"
    after_then = frame.roll_back(mark)
    with state.block() as orelse:
        narrow(state, stmt.test, holds=False)
        statements(state, stmt.orelse)
    for use in taken:
        use.taken = "perhaps"
    after_else = frame.roll_back(mark)
    if _never_ends(then):
        after_then = after_else
    elif _never_ends(orelse):
        after_else = after_then
    frame.join(after_then, after_else)
    if then or orelse:
        state.emit(If(test, tuple(then), tuple(orelse), state.span(stmt)), stmt)


def _never_ends(block: list[Stmt]) -> bool:
    return bool(block) and isinstance(block[-1], Raise)


def _return(state: State, stmt: ast.Return) -> None:
    """Set the result: nothing of this function runs after it."""
    frame = state.frame
    meaning = NONE if stmt.value is None else state.expr(state, stmt.value)
    if is_only_return(frame.plan, stmt):
        frame.result = meaning
    else:
        bind(state, frame.name, meaning, stmt)


# Exceptions -------------------------------------------------------------------------


def _assert(state: State, stmt: ast.Assert) -> None:
    test = as_truth(state, state.expr(state, stmt.test), stmt.test)
    args = () if stmt.msg is None else (_fixed(state, stmt.msg),)
    failure = Raise(AssertionError, args, state.span(stmt))
    match test:
        case Const(value=value):
            if not value:
                state.emit(failure, stmt)
        case _:
            wrong = negation(state, test, stmt)
            state.emit(If(wrong, (failure,), (), state.span(stmt)), stmt)


def _raise(state: State, stmt: ast.Raise) -> None:
    hint = 'write raise ValueError("what is wrong")'
    if stmt.exc is None or not (stmt.cause is None or _is_none(stmt.cause)):
        state.fail(stmt, "E207", "only 'raise' with a new exception is supported", hint)
    args: tuple[object, ...] = ()
    kind_node = stmt.exc
    if isinstance(stmt.exc, ast.Call):
        kind_node = stmt.exc.func
        if stmt.exc.keywords:
            state.fail(stmt, "E207", "exceptions take no keyword arguments here", hint)
        args = tuple(_fixed(state, arg) for arg in stmt.exc.args)
    kind = state.expr(state, kind_node)
    if (
        not isinstance(kind, Known)
        or not isinstance(kind.value, type)
        or not issubclass(kind.value, BaseException)
    ):
        state.fail(stmt, "E207", "this is not an exception class", hint)
    state.emit(Raise(kind.value, args, state.span(stmt)), stmt)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _fixed(state: State, node: ast.expr) -> object:
    """Return an argument of an exception, which must be known while compiling."""
    match state.expr(state, node):
        case Const(value=value):
            return value
        case Known(value=str() | None as value):
            return value
        case TextOf(written=written):
            return written
        case _:
            hint = "use a constant message"
            state.fail(node, "E207", "the arguments of exceptions must be constants", hint)
