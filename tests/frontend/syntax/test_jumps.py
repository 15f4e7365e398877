"""Jumps: what runs after each of them, in every loop around, and how often."""

import ast

import numpy as np
import pytest

from srcad.frontend.syntax.jumps import DEEPEST_BRANCHES, plan_jumps
from tests.array_checks import parametrized, programs
from tests.own_call import check_everywhere

X = np.array([0.5, -1.0, 2.0, 0.25, 3.0])
PROGRAMS = programs()


@PROGRAMS((X,), (-X,), (X[:0],))
def continue_and_rest(x):
    s = 1.0
    for v in x:
        if v < 0.0:
            s *= 2.0
            continue
        s += v * s
    return s


@PROGRAMS((X,), (-X,), (X[2:3],))
def break_and_else(x):
    s = 1.0
    for v in x:
        if v < 0.0:
            break
        s *= v + 1.0
    else:
        s = s * s
    return s * x[0]


@PROGRAMS((X,), (-X,), (np.abs(X),))
def all_jumps_in_one(x):
    s = 1.0
    for k, v in enumerate(x):
        if v > 0.0:
            if k == 1:
                continue
            if v > 2.5:
                return s * v
            s += v
        elif k == 3:
            break
        else:
            s *= 1.5
        s = s * 1.25
    s = s + 2.0 * x[0]
    return s


@PROGRAMS((X, 1), (X, 3), (X, 9))
def out_of_two_loops(x, k):
    s = 0.0
    for i in range(x.size):
        for j in range(x.size):
            if i + j == k:
                return s * x[i]
            if j > i:
                break
            s += x[i] * x[j]
        else:
            s *= 0.5
        s += 1.0
    return s


@PROGRAMS((X, 2), (X, 4))
def single_exit(x, n):
    i = 0
    s = 1.0
    while True:
        v = x[i] * 2.0
        i += 1
        if i > n:
            s = s + v
            i = 7
            break
        s *= v + 2.5
    return s * i


@PROGRAMS((X, 2), (X, 4))
def single_exit_returns(x, n):
    i = 0
    s = 1.0
    while True:
        i += 1
        if i > n:
            s = s * x[0]
            return s
        else:
            s += x[i]
        s *= 1.5


@PROGRAMS((X, 0), (X, 3))
def several_exits(x, n):
    i = 0
    s = x[0]
    while True:
        if i == n:
            break
        s = s * 1.5
        i += 1
        if s > 1.2:
            s -= x[1]
            break
        if i == 1:
            continue
        s += 0.25
    return s


@PROGRAMS((X,), (-X,))
def while_else(x):
    i = 0
    s = x[0]
    while i < x.size:
        if x[i] > 2.5:
            s *= 3.0
            break
        s += x[i]
        i += 1
    else:
        s = s * x[1]
        i = 1
    return s * i


@PROGRAMS((X, 0), (X, 1), (X, 2), (X, 3))
def returns_in_branches(x, k):
    if k == 0:
        return x[0] * x[0]
    s = x[1]
    if k == 1:
        s *= 2.0
    elif k == 2:
        return s * x[2]
    else:
        for v in x:
            s += v
            if s > 1.0:
                return s * v
    return s


@PROGRAMS((X, 0), (X, 5), (X, 50))
def break_in_else_of_a_loop(x, k):
    s = 1.0
    for i in range(5):
        for v in x:
            if v * i > k:
                s += v
                break
        else:
            if i == 3:
                break
            s *= 1.5
            continue
        s -= 0.25
    return s * x[0]


@PROGRAMS(((0.5, -1.0, 2.0), 1.5), ((0.5, 1.0, 2.0), 9.0))
def unrolled(t, y):
    s = y
    for v in t:
        if v < 0.0:
            continue
        if v > 1.5:
            break
        s *= v + y
    else:
        s = s * s
    return s


@PROGRAMS((X,), (-X,))
def raises_on_some_paths(x):
    s = 0.0
    for v in x:
        if v > 9.0:
            raise ValueError("too large")
        if v < 0.0:
            s += v * v
            continue
        s += v
    return s


def nested(depth, last):
    """Return a loop with a jump inside so many branches, each with something behind it."""
    lines = ["def f(x):", "    s = 1.0", "    for v in x:"]
    for k in range(depth):
        lines.append("    " * (k + 2) + f"if v > {-2.0 - k}:")
    lines.append("    " * (depth + 2) + "if v < 0.0:")
    lines += ["    " * (depth + 3) + "s *= 1.5", "    " * (depth + 3) + last]
    for k in range(depth, -1, -1):
        lines.append("    " * (k + 2) + f"s += v * {k + 1}")
    return "\n".join([*lines, "    return s"])


@pytest.mark.parametrize("last", ["continue", "break", "return s"])
@pytest.mark.parametrize("depth", [1, DEEPEST_BRANCHES, DEEPEST_BRANCHES + 2])
def test_deep_inside(depth, last):
    tree = ast.parse(nested(depth, last)).body[0]
    plan = plan_jumps(tree.body)
    scope = {"BREAK": plan.until}
    loop = next(s for s in plan.body if isinstance(s, ast.For))
    flag = plan.until.get(loop)
    if flag:
        stop = ast.If(ast.Name(flag, ast.Load()), [ast.Break()], [])
        loop.body.append(ast.copy_location(stop, loop))
    result = ast.Name("result@", ast.Store())
    for stmts in every_block(plan.body):
        for k, stmt in enumerate(stmts):
            if isinstance(stmt, ast.Return):
                stmts[k] = ast.copy_location(ast.Assign([result], stmt.value), stmt)
    tree.body = [*plan.body, ast.Return(ast.Name("result@", ast.Load()))]
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    for name in names:
        name.id = name.id.replace("@", "_")
    exec(compile(ast.fix_missing_locations(ast.Module([tree], [])), "f", "exec"), scope)
    plain = {}
    exec(nested(depth, last), plain)
    for x in (X, -X, X[:1], X[:0]):
        assert scope["f"](x) == plain["f"](x)


def every_block(stmts):
    yield stmts
    for stmt in stmts:
        for inner in (getattr(stmt, "body", []), getattr(stmt, "orelse", [])):
            if inner:
                yield from every_block(inner)


@pytest.mark.parametrize(
    ("text", "falls", "loops"),
    [
        ("return x", False, 0),
        ("if a:\n    return x", True, 0),
        ("while True:\n    x += 1\n    if x > 3:\n        break", True, 0),
        ("while True:\n    x += 1\n    if x > 3:\n        return x", False, 0),
        ("while x:\n    x -= 1\n    if x > 3:\n        break", True, 1),
        ("for i in x:\n    if i:\n        return i\n    y = i", True, 1),
        ("for i in x:\n    if i:\n        continue\n    y = i", True, 0),
        ("while True:\n    if x:\n        break\n    if y:\n        break", True, 1),
    ],
)
def test_plans(text, falls, loops):
    plan = plan_jumps(ast.parse(text).body)
    assert plan.falls == falls
    assert len(plan.until) == loops
    left = (ast.Break, ast.Continue)
    assert not any(isinstance(n, left) for stmt in plan.body for n in ast.walk(stmt))


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)
