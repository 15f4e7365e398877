"""A tape-recording twin of a plain Numba function, made by rewriting its source.

Every active float `s` gets a companion `s_id`, the position of its value on the tape, and every
active array `a` a companion array `a_id` of positions. Position 0 means "a constant".

Before::

    def f(x):
        total = 0.0
        for i in range(x.size):
            total += math.sin(x[i])
        return total

After::

    def f(x, x_id, tape, used):
        total = 0.0
        total_id = 0
        for i in range(x.size):
            v0 = x[i]
            d0 = x_id[i]
            v1 = math.sin(v0)
            d1 = used
            used = push(tape, used, d0, math.cos(v0), 0, 0.0)
            v2 = total + v1
            d2 = used
            used = push(tape, used, total_id, 1.0, d1, 1.0)
            total = v2
            total_id = d2
        return total, total_id, used

One operation is one entry, as on the tape of Wengert (1964); the values themselves are computed
in plain compiled code and never stored, only the partial derivatives are.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PARTIALS = {
    "math.sin": "math.cos({x})",
    "math.cos": "-math.sin({x})",
    "math.exp": "{y}",
    "math.log": "1.0 / {x}",
    "math.sqrt": "0.5 / {y}",
    "math.tanh": "1.0 - {y} * {y}",
    "math.log1p": "1.0 / (1.0 + {x})",
}
MAKERS = ("np.zeros", "np.empty")
FACTS = ("size", "shape")


@dataclass(slots=True)
class Recorder:
    """The state of one rewriting: which names are active, and the lines written so far."""

    active: set[str]
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    count: int = 0

    def write(self, line: str) -> None:
        """Append one line at the current depth."""
        self.lines.append("    " * self.depth + line)


def recording_source(function: Callable[..., Any], argnums: tuple[int, ...]) -> str:
    """The source text of the recording twin of `function`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    params = [argument.arg for argument in tree.args.args]
    seeds = [params[k] for k in argnums]
    recorder = Recorder(active_names(tree, set(seeds)))
    signature = ", ".join([*params, *(f"{name}_id" for name in seeds), "tape", "used"])
    record_block(tree.body, recorder)
    return "\n".join([f"def {tree.name}({signature}):", *recorder.lines, ""])


def active_names(tree: ast.FunctionDef, active: set[str]) -> set[str]:
    """All names whose values may depend on the names in `active`."""
    while True:
        grown = set(active)
        for stmt in ast.walk(tree):
            match stmt:
                case ast.Assign(targets=[target], value=value) if is_active(value, active):
                    grown.add(base_name(target))
                case ast.AugAssign(target=target, value=value) if is_active(value, active):
                    grown.add(base_name(target))
                case _:
                    pass
        if grown == active:
            return active
        active = grown


def base_name(target: ast.expr) -> str:
    """The variable that an assignment to `target` changes."""
    match target:
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            return name
        case _:
            raise NotImplementedError(ast.unparse(target))


def is_active(expr: ast.expr, active: set[str]) -> bool:
    """Whether the value of `expr` depends on a differentiated argument."""
    match expr:
        case ast.Name(id=name):
            return name in active
        case ast.Subscript(value=array):
            return is_active(array, active)
        case ast.Attribute(attr=attr, value=value):
            return attr not in FACTS and is_active(value, active)
        case ast.Call(func=func, args=args):
            return any(is_active(part, active) for part in (func, *args))
        case ast.BinOp(left=left, right=right):
            return is_active(left, active) or is_active(right, active)
        case ast.UnaryOp(operand=operand):
            return is_active(operand, active)
        case _:
            return False


def record_block(stmts: list[ast.stmt], to: Recorder) -> None:
    """Write the recording form of a block."""
    for stmt in stmts:
        record_stmt(stmt, to)


def record_stmt(stmt: ast.stmt, to: Recorder) -> None:
    """Write the recording form of one statement."""
    match stmt:
        case ast.For(target=target, iter=counter, body=body):
            to.write(f"for {ast.unparse(target)} in {ast.unparse(counter)}:")
            record_nested(body, to)
        case ast.If(test=test, body=body, orelse=orelse):
            to.write(f"if {ast.unparse(test)}:")
            record_nested(body, to)
            if orelse:
                to.write("else:")
                record_nested(orelse, to)
        case ast.Assign(targets=[ast.Tuple()]):
            to.write(ast.unparse(stmt))
        case ast.Assign(targets=[target], value=value):
            record_assignment(target, value, to)
        case ast.AugAssign(target=target, op=op, value=value):
            read = ast.parse(ast.unparse(target), mode="eval").body
            record_assignment(target, ast.BinOp(read, op, value), to)
        case ast.Return(value=ast.expr() as value):
            text, position = record_expr(value, to)
            to.write(f"return {text}, {position}, used")
        case _:
            raise NotImplementedError(ast.unparse(stmt))


def record_nested(stmts: list[ast.stmt], to: Recorder) -> None:
    """Write a block one level deeper."""
    to.depth += 1
    record_block(stmts, to)
    to.depth -= 1


def record_assignment(target: ast.expr, value: ast.expr, to: Recorder) -> None:
    """Write `target = value` and the same for the positions."""
    name = base_name(target)
    if name not in to.active:
        to.write(f"{ast.unparse(target)} = {ast.unparse(value)}")
        return
    match value:
        case ast.Call(func=func) if ast.unparse(func) in MAKERS:
            to.write(f"{name} = {ast.unparse(value)}")
            to.write(f"{name}_id = np.zeros({name}.shape, np.int32)")
            return
        case ast.Call(func=ast.Attribute(value=ast.Name(id=source), attr="copy")):
            to.write(f"{name} = {source}.copy()")
            to.write(f"{name}_id = {source}_id.copy()")
            return
        case _:
            pass
    text, position = record_expr(value, to)
    place = ast.unparse(target)
    to.write(f"{place} = {text}")
    to.write(f"{name}_id{place.removeprefix(name)} = {position}")


def record_expr(expr: ast.expr, to: Recorder) -> tuple[str, str]:
    """Write what computes `expr`; the texts of its value and of its tape position."""
    if not is_active(expr, to.active):
        return passive_text(expr), "0"
    match expr:
        case ast.Name(id=name):
            return name, f"{name}_id"
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            place = ast.unparse(index).removeprefix("(").removesuffix(")")
            value = bind(f"{name}[{place}]", to)
            to.write(f"d{value[1:]} = {name}_id[{place}]")
            return value, f"d{value[1:]}"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            text, position = record_expr(operand, to)
            return push(bind(f"-{text}", to), (position, "-1.0"), ("0", "0.0"), to)
        case ast.BinOp(op=ast.Pow(), left=left, right=ast.Constant(value=2)):
            text, position = record_expr(left, to)
            y = bind(f"{text} * {text}", to)
            return push(y, (position, f"2.0 * {text}"), ("0", "0.0"), to)
        case ast.BinOp(left=left, op=op, right=right):
            return record_binary(record_expr(left, to), op, record_expr(right, to), to)
        case ast.Call(func=func, args=[argument]):
            text, position = record_expr(argument, to)
            y = bind(f"{ast.unparse(func)}({text})", to)
            partial = PARTIALS[ast.unparse(func)].format(x=text, y=y)
            return push(y, (position, partial), ("0", "0.0"), to)
        case _:
            raise NotImplementedError(ast.unparse(expr))


def passive_text(expr: ast.expr) -> str:
    """The text of a constant expression, in parentheses where an operator could bind tighter."""
    match expr:
        case ast.Name() | ast.Constant() | ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            return ast.unparse(expr)
        case _:
            return f"({ast.unparse(expr)})"


def record_binary(
    left: tuple[str, str], op: ast.operator, right: tuple[str, str], to: Recorder
) -> tuple[str, str]:
    """Write one arithmetic operation; adding a constant needs no entry of its own."""
    (a, a_id), (b, b_id) = left, right
    match op:
        case ast.Add():
            y = bind(f"{a} + {b}", to)
            if "0" in (a_id, b_id):
                return y, a_id if b_id == "0" else b_id
            return push(y, (a_id, "1.0"), (b_id, "1.0"), to)
        case ast.Sub():
            y = bind(f"{a} - {b}", to)
            return (y, a_id) if b_id == "0" else push(y, (a_id, "1.0"), (b_id, "-1.0"), to)
        case ast.Mult():
            return push(bind(f"{a} * {b}", to), (a_id, b), (b_id, a), to)
        case ast.Div():
            y = bind(f"{a} / {b}", to)
            slope = "0.0" if b_id == "0" else f"-{y} / {b}"
            return push(y, (a_id, f"1.0 / {b}"), (b_id, slope), to)
        case _:
            raise NotImplementedError(ast.dump(op))


def bind(text: str, to: Recorder) -> str:
    """Write `v = text` with a fresh name, and return the name."""
    name = f"v{to.count}"
    to.count += 1
    to.write(f"{name} = {text}")
    return name


def push(y: str, first: tuple[str, str], second: tuple[str, str], to: Recorder) -> tuple[str, str]:
    """Write the tape entry of the value named `y`; the names of value and position."""
    position = f"d{y[1:]}"
    to.write(f"{position} = used")
    to.write(f"used = push(tape, used, {', '.join(first)}, {', '.join(second)})")
    return y, position
