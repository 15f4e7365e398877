"""A plan in words: for each loop, what would be kept, and what the other choice would cost."""

from __future__ import annotations

import linecache
from collections.abc import Iterator

from srcad.ir import nodes as ir
from srcad.ir.names import is_temporary
from srcad.passes.planning.choose import RegionPlan
from srcad.passes.planning.cut import INFINITE
from srcad.passes.planning.nodes import Choice, Node
from srcad.passes.planning.prices import NOMINAL

HEAD = f"""\
the cheapest plan, which this derivative does not follow yet; extents that the program does not
say count as {NOMINAL:,}, an operation as a product and a sum:"""
WORDS = {
    "content": "the content of '{}'",
    "copy": "a copy of '{}'",
    "old": "elements of '{}' that are overwritten",
    "count": "the number of rounds",
}


def shown(plan: RegionPlan) -> str:
    """Return what a plan keeps, computes again and sweeps once, by loop."""
    lines = [HEAD, *_region(plan, "")]
    if len(lines) == 1:
        lines.append("    nothing is kept in loops")
    return "\n".join(lines)


def _region(plan: RegionPlan, indent: str) -> Iterator[str]:
    by_loop: dict[ir.Span | None, list[str]] = {}
    for choice in plan.choices.values():
        loops = plan.region.primal.loops(choice.node.place, plan.root)
        lasting = choice.how == "stored" and choice.bytes
        if loops and (lasting or (choice.how == "again" and choice.node.kind == "content")):
            by_loop.setdefault(loops[-1].span, []).append(_line(choice))
    for loop, inner in plan.once.items():
        by_loop.setdefault(loop.span, []).append("swept once; kept for one iteration:")
        found = [f"    {line}" for line in _region(inner, "")]
        by_loop[loop.span] += found or ["    nothing"]
    for span, lines in by_loop.items():
        yield f"{indent}{_place(span)}"
        for line in dict.fromkeys(lines):
            yield f"{indent}    {line}"


def _line(choice: Choice) -> str:
    node = choice.node
    size = "" if choice.size is None else f"{choice.size.text()} = "
    if choice.how == "stored":
        text = f"{_name(node)}: stored, {size}{choice.bytes:,.0f} bytes"
        if choice.otherwise == INFINITE:
            return f"{text}; it cannot be computed again"
        return f"{text}; computed again: {choice.otherwise:,.0f} operations"
    text = f"{_name(node)}: computed again, {choice.cost:,.0f} operations"
    return f"{text}; stored: {size}{choice.bytes:,.0f} bytes"


def _name(node: Node) -> str:
    if node.kind in WORDS:
        return WORDS[node.kind].format(node.name)
    if node.kind == "partial":
        return f"a factor of a partial ({node.name}), for {_place(node.span)}"
    if is_temporary(node.name):
        return f"a subexpression of {_place(node.span)}"
    return f"'{node.name}'"


def _place(span: ir.Span | None) -> str:
    if span is None:
        return "outside loops"
    return f"line {span.line}: {linecache.getline(span.file, span.line).strip()}"
