"""The text of recurrences: systems of series, solved order by order.

def tan_series(y, value, x, scratch):
    w = scratch[0]
    w_1 = scratch[1]
    y[0] = value
    w[0] = y[0] * y[0]
    w_1[0] = 1 + w[0]
    for k in range(1, y.size):
        s = 0.0
        for j in range(1, k + 1):
            s += j * x[j] * w_1[k - j]
        y[k] = s / k
        ...
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from srcad.ir.nodes import Const, Op, Value
from srcad.ir.text import PRODUCT, SIGN, TERNARY, expression
from srcad.rules.series import Number, Operand, Series, dependencies, system

POINTWISE = {"polygamma", "jv", "iv", "sinc"}
"""Series that are composed before the others are found."""

POWERS = {"power": 2, "powers": 2}
"""Powers, which have a function of their own, by the rows that it needs."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The text of a function that computes a series, and how many more it needs room for."""

    text: str
    rows: int


def recurrence(op: Op, active: Sequence[bool], name: str) -> Recurrence:
    """Return the function `name(y, value, *args, scratch)` that fills the series y of `op`.

    Without `scratch`, if no other series is needed.

    active: which arguments are series; others are numbers, and literals are left out.
    Raises NoRecurrenceError.
    """
    found = system(op, active)
    nodes, root = found.nodes, found.root
    params = [found.params[0], "value", *found.params[1:]]
    if root.prim in POWERS:
        first, second = map(_operand, root.args)
        params.append("scratch")
        line = f"{root.prim}_coefficients({params[0]}, value, {first}, {second}, scratch)"
        return Recurrence(f"def {name}({', '.join(params)}):\n    {line}\n", POWERS[root.prim])
    inner = [node for node in nodes if node is not root]
    lines = ["apart()"]
    lines += [f"{node.name} = scratch[{row}]" for row, node in enumerate(inner)]
    rows = len(inner)
    for node in nodes:
        value = "value" if node is root else expression(_value(node), TERNARY)
        if node.prim in POINTWISE:
            own = ", ".join(expression(arg.value) for arg in node.args[:-1])
            given = ", ".join(filter(None, (node.name, own, _name(node.args[-1]))))
            lines.append(f"compose_{node.prim}({given}, scratch[{rows}:])")
            if node is root:
                lines.append(f"{node.name}[0] = value")
        else:
            lines.append(f"{node.name}[0] = {value}")
    if any(node.prim in POINTWISE for node in nodes):
        rows += 2
    stepped = [node for node in nodes if node.prim not in POINTWISE]
    if stepped:
        lines.append(f"for k in range(1, {root.name}.size):")
        lines += [f"    {line}" for line in _steps(stepped)]
    if rows:
        params.append("scratch")
    body = "\n".join(f"    {line}" for line in lines)
    body = re.sub(rf"\b{root.name}\b", params[0], body)
    return Recurrence(f"def {name}({', '.join(params)}):\n{body}\n", rows)


def _value(node: Series) -> Value:
    """Return the value of a series, of those of its operands."""
    values = tuple(arg.value for arg in node.args)
    if node.prim == "copy":
        return values[0]
    prim = "pow" if node.prim == "power" else node.prim
    return Op(prim, values)  # type: ignore[arg-type]


def _operand(operand: Operand) -> str:
    return operand.name if isinstance(operand, Series) else expression(operand.value)


def _name(operand: Operand) -> str:
    assert isinstance(operand, Series)
    return operand.name


def _steps(nodes: Sequence[Series]) -> list[str]:
    """Return the lines that find the coefficients k: one loop for all sums that can be made."""
    lines: list[str] = []
    left = list(nodes)
    while left:
        waiting = set(left)
        ready = [node for node in left if not waiting & set(_before(node))]
        assert ready
        left = [node for node in left if node not in ready]
        starts: list[str] = []
        sums: list[str] = []
        ends: list[str] = []
        for node in ready:
            step = _step(node)
            starts += step[0]
            sums += step[1]
            ends += step[2]
        lines += starts
        if sums:
            lines += ["for j in range(1, k + 1):", *(f"    {line}" for line in sums)]
        lines += ends
    return lines


def _before(node: Series) -> Iterable[Series]:
    """Yield the series whose coefficient k is needed for that of another."""
    for arg in node.args:
        if isinstance(arg, Series):
            yield from dependencies(arg)


def _step(node: Series) -> tuple[list[str], list[str], list[str]]:
    """Return the lines before the loop over j, in it and after it."""
    y = node.name
    s = f"s_{y}"
    match node.prim, node.args:
        case "copy", (a,):
            return [], [], [f"{y}[k] = {_at(a)}"]
        case "neg", (a,):
            return [], [], [f"{y}[k] = -{_at(a)}"]
        case "add", (a, b):
            return [], [], [f"{y}[k] = {_sum(_at(a), _at(b))}"]
        case "sub", (Number(), b):
            return [], [], [f"{y}[k] = -{_at(b)}"]
        case "sub", (a, b):
            return [], [], [f"{y}[k] = {_at(a)}" + (f" - {_at(b)}" if _at(b) != "0.0" else "")]
        case "mul", (Number() as c, Series() as a) | (Series() as a, Number() as c):
            return [], [], [f"{y}[k] = {_factor(c)} * {a.name}[k]"]
        case "mul", (Series(name=a), Series(name=b)):
            start = f"{s} = {a}[0] * {b}[k]"
            return [start], [f"{s} += {a}[j] * {b}[k - j]"], [f"{y}[k] = {s}"]
        case "div", (Series() as a, Number() as c):
            zero = f"{a.name}[k] / {_factor(c)} if {a.name}[k] != 0.0 else 0.0"
            return [], [], [f"{y}[k] = {zero}"]
        case "div", (a, Series(name=b)):
            guarded = [f"if {b}[j] != 0.0:", f"    {s} -= {b}[j] * {y}[k - j]"]
            end = f"{y}[k] = {_after_finite(y, f'({s} / {b}[0] if {s} != 0.0 else 0.0)')}"
            return [f"{s} = {_at(a)}"], guarded, [end]
        case "select", (Number(value=test), a, b):
            chosen = f"{_at(a)} if {expression(test, TERNARY + 1)} else {_at(b)}"
            return [], [], [f"{y}[k] = {chosen}"]
        case "power", (Series(name=a), Number() as p):
            term = f"{s} += ({_factor(p)} * j - (k - j)) * {a}[j] * {y}[k - j]"
            return [f"{s} = 0.0"], [term], [f"{y}[k] = {s} / (k * {a}[0])"]
        case _:
            return _integral(node, s)


def _integral(node: Series, s: str) -> tuple[list[str], list[str], list[str]]:
    """Return the lines of a function that is known by its partials."""
    loop: list[str] = []
    direct: list[str] = []
    for arg, partial in node.terms:
        a = arg.name
        if isinstance(partial, Series):
            term = f"{s} += j * {a}[j] * {partial.name}[k - j]"
            loop += [f"if {a}[j] != 0.0:", f"    {term}"] if node.singular else [term]
        elif partial.value != Const(0):
            term = f"{_factor(partial)} * {a}[k]"
            direct.append(f"({term} if {a}[k] != 0.0 else 0.0)" if node.singular else term)
    total = [f"{s} / k"] if loop else []
    found = " + ".join(total + direct) or "0.0"
    if node.singular and loop:
        found = _after_finite(node.name, found)
    end = f"{node.name}[k] = {found}"
    return ([f"{s} = 0.0"] if loop else []), loop, [end]


def _after_finite(y: str, found: str) -> str:
    """Return a coefficient, nan if there was none before it: a strong zero is none then."""
    return f"{found} if k == 1 or math.isfinite({y}[k - 1]) else np.nan"


def _at(operand: Operand) -> str:
    """Return the coefficient k of an operand."""
    return f"{operand.name}[k]" if isinstance(operand, Series) else "0.0"


def _sum(a: str, b: str) -> str:
    return " + ".join(part for part in (a, b) if part != "0.0")


def _factor(number: Number) -> str:
    """Return a number as the factor of a product."""
    return expression(number.value, PRODUCT if isinstance(number.value, Const) else SIGN)
