"""Inlining: the body of a called function, with its own names, in place of the call."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from srcad.errors import Problem
from srcad.frontend.names.meaning import NONE, Known, Lost, Meaning, YieldsOf
from srcad.frontend.names.scope import bind, kept, meaning_of, named
from srcad.frontend.names.state import Frame, State, Unsupported
from srcad.frontend.names.structural import Arguments
from srcad.frontend.syntax.jumps import Plan, plan_jumps
from srcad.frontend.syntax.matched import without_match
from srcad.frontend.syntax.source import Source, span_of
from srcad.frontend.syntax.survey import Survey, reached, returns_of, stored_names, survey
from srcad.ir.nodes import Span

DEEPEST_CALLS = 40
RESULT = "result@"


@dataclass(frozen=True, slots=True, eq=False)
class Callee:
    """A function to inline; `home` is the frame that a nested function stands in."""

    name: str
    tree: ast.FunctionDef | ast.Lambda
    source: Source
    defaults: dict[str, Meaning]
    home: Frame | None


def inline(
    state: State, callee: Callee, arguments: Arguments, node: ast.Call, at: Span | None = None
) -> Meaning:
    """Write the body of `callee`; return the meaning of its result.

    at: the place that its statements have instead of their own.
    """
    if callee.tree in state.stack and at is None:
        message = f"the nested function '{callee.name}' calls itself"
        state.fail(node, "E405", message, "define it at module level")
    if len(state.stack) > DEEPEST_CALLS:
        message = f"more than {DEEPEST_CALLS} calls inside each other"
        state.fail(node, "E105", message, "make the call chain shorter")
    bound = bound_arguments(state, callee, arguments, node)
    _, facts = planned(state, callee.tree, callee.source)
    before, failures = state.frame, len(state.problems) + state.failures
    given = {
        name: meaning_of(state, value.value, name, node) if isinstance(value, Known) else value
        for name, value in bound.items()
    }
    for param, meaning in given.items():
        given[param] = kept(state, meaning, node) if facts.keeps else named(state, meaning)
        state.hold(meaning)
    if facts.yields:
        return YieldsOf(callee, {name: kept(state, part, node) for name, part in given.items()})
    frame = entered(state, callee, given, at)
    try:
        run_body(state)
    finally:
        state.frame = before
        state.stack.pop()
    if len(state.problems) + state.failures > failures:
        raise Unsupported
    return frame.result or NONE


def entered(
    state: State, callee: Callee, given: dict[str, Meaning], at: Span | None = None
) -> Frame:
    """Return the frame of a function that is entered, with what its parameters mean."""
    plan, facts = planned(state, callee.tree, callee.source)
    name = f"{callee.name}_{RESULT}" if callee.name.isidentifier() else RESULT
    state.frame = frame = Frame(name, callee.source, plan, facts, callee.home, at=at)
    state.stack.append(callee.tree)
    for param, meaning in given.items():
        if facts.stores[param]:
            bind(state, param, meaning, plan.body[0])
        else:
            frame.env[param] = meaning
    return frame


def planned(
    state: State, tree: ast.FunctionDef | ast.Lambda, source: Source
) -> tuple[Plan, Survey]:
    """Return the jump-free body of a function and the facts about its names.

    Names that are assigned only where a literal test excludes it are still local.
    """
    if tree not in state.plans:
        whole = without_match(body_of(tree))
        body = reached(whole) or whole
        facts = survey(body)
        if body != whole:
            excluded = {name: 1 for name in stored_names(whole) if name not in facts.stores}
            facts.stores.update(excluded)
        if facts.too_deep is not None:
            hint = "name intermediate results, or move code into a function"
            message = "expressions or statements are nested too deeply"
            span = span_of(facts.too_deep, source.func.__code__)
            state.problems.append(Problem("E104", message, hint, span))
            raise Unsupported
        args = tree.args
        params = [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
        state.plans[tree] = plan_jumps(body), facts.of_function(params)
    return state.plans[tree]


def body_of(tree: ast.FunctionDef | ast.Lambda) -> list[ast.stmt]:
    """Return the statements of a function; a lambda returns its expression."""
    if isinstance(tree, ast.FunctionDef):
        return tree.body
    return [ast.copy_location(ast.Return(tree.body), tree.body)]


def run_body(state: State) -> None:
    """Lower the body of the current frame, and set its result."""
    frame = state.frame
    state.body(state, frame.plan.body)
    if frame.result is None:
        result = frame.env.get(frame.name)
        if result == Lost():
            raise Unsupported
        if isinstance(result, Lost):
            last = next(returns_of(frame.plan.body))
            hint = "return the same kind of result on every path"
            state.report(last, "E501", "the results are different kinds of things", hint)
        elif result is not None:
            frame.result = result
    _check_falls(state)


def _check_falls(state: State) -> None:
    """Report a function that returns a value on some paths only."""
    if not state.frame.plan.falls:
        return
    for stmt in returns_of(state.frame.plan.body):
        if not _is_none(stmt.value):
            hint = "return a value on every path, or raise an exception"
            state.report(stmt, "E502", "some paths end without returning a value", hint)
            return


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def is_only_return(plan: Plan, stmt: ast.Return) -> bool:
    """Return whether `stmt` is the one `return`, at the very end."""
    return list(returns_of(plan.body)) == [stmt] and plan.body[-1] is stmt


# Arguments --------------------------------------------------------------------------


def bound_arguments(
    state: State, callee: Callee, arguments: Arguments, node: ast.Call
) -> dict[str, Meaning]:
    """Return the meaning of each parameter, in order."""
    args = callee.tree.args
    if args.vararg or args.kwarg:
        hint = "give the function a fixed list of parameters"
        state.fail(node, "E203", f"'{callee.name}' takes *args or **kwargs", hint)
    positional = [arg.arg for arg in (*args.posonlyargs, *args.args)]
    by_name = [arg.arg for arg in (*args.args, *args.kwonlyargs)]
    order = [*positional, *(arg.arg for arg in args.kwonlyargs)]
    if len(arguments.positional) > len(positional):
        count, given = len(positional), len(arguments.positional)
        message = f"'{callee.name}' takes {count} arguments by position, {given} are given"
        state.fail(node, "E403", message, f"it takes ({', '.join(order)})")
    bound = dict(zip(positional, arguments.positional, strict=False))
    for name, value in arguments.named.items():
        if name not in by_name or name in bound:
            message = f"'{callee.name}' cannot take the argument '{name}' here"
            state.fail(node, "E403", message, f"it takes ({', '.join(order)}), each once")
        bound[name] = value
    for name in order:
        if name not in bound and name in callee.defaults:
            bound[name] = callee.defaults[name]
        if name not in bound:
            message = f"the argument '{name}' of '{callee.name}' is missing"
            state.fail(node, "E403", message, f"it takes ({', '.join(order)})")
    return {name: bound[name] for name in order}
