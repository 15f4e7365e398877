"""The examples of the passes: what a docstring shows on the right is what its pass makes.

An example is two columns of text, under `Before` and `After` or around an arrow. `...` is left
out. The table says what the docstring leaves to the reader: the parameters, what is returned,
and whether additions are ours. Both sides are compared as they would be printed, except for
the names of what they bind.
"""

import ast
import importlib
import re
from dataclasses import replace
from pathlib import Path
from textwrap import dedent, indent

import pytest

from srcad import passes
from srcad.ir.nodes import Accum
from srcad.ir.show import show
from srcad.ir.walk import map_block
from srcad.passes.carried import carry_by_copies
from srcad.passes.carry import carry
from srcad.passes.copies import propagate_copies
from srcad.passes.dead import remove_dead
from srcad.passes.direct_sums import add_directly
from srcad.passes.divisors import checked_divisors
from srcad.passes.first_values import first_values
from srcad.passes.fuse import fuse
from srcad.passes.gather import gather
from srcad.passes.guards import relax_guards
from srcad.passes.hoist import hoist
from srcad.passes.inside import inside
from srcad.passes.made_up import is_made_up
from srcad.passes.refold import REFOLD
from srcad.passes.simplify import SIMPLIFY
from srcad.passes.sizes import resolve_sizes
from srcad.passes.webs import split_webs
from srcad.passes.work_arrays import work_arrays
from srcad.passes.zeros import propagate_zeros
from tests.ir_text import ir


def examples(docstring):
    """Return the two sides of each example."""
    lines = docstring.splitlines()
    column, found = None, []
    for line, block in blocks(lines):
        header = re.match(r"Before +(?=After)", line)
        if header:
            column = header.end()
        arrow = next((part.index("->") for part in block if "->" in part), None)
        at = column if arrow is None else arrow
        if at is not None:
            sides = [part[:at] for part in block], [part[at:] for part in block]
            found.append(tuple(side_of(side) for side in sides))
    return found


def blocks(lines):
    """Yield each block of indented lines with the line before it."""
    block, before = [], ""
    for line in [*lines, ""]:
        if line.startswith("    "):
            block.append(line)
            continue
        if block:
            yield before, block
        block, before = [], line


def side_of(lines):
    """Return one column as a program."""
    text = "\n".join(line.replace("->", "  ").rstrip() for line in lines)
    text = re.sub(r"(?m)^( *)\.\.\.$", r"\1pass", text)
    return dedent("\n".join(line for line in text.splitlines() if line.strip()))


def program(text, params, setup, returns, *, ours):
    """Return the IR of a column."""
    last = f"return {returns}"
    lines = [line for line in text.splitlines() if not line.startswith("return ")]
    body = indent("\n".join([*setup.split("; "), *lines, last]), "    ")
    tree = ast.parse(f"def f({params}):\n{body}\n")
    function = ir(ast.unparse(ast.fix_missing_locations(_Added().visit(tree))))

    def mark(stmt):
        return replace(stmt, any_order=True) if isinstance(stmt, Accum) and ours else stmt

    return replace(function, body=map_block(function.body, mark))


class _Added(ast.NodeTransformer):
    """Makes of what is taken away from an element additions, and of choices operations."""

    def visit_AugAssign(self, node):
        """Return an addition of a negative number."""
        if isinstance(node.op, ast.Sub) and isinstance(node.target, ast.Subscript):
            return ast.AugAssign(node.target, ast.Add(), ast.UnaryOp(ast.USub(), node.value))
        return self.generic_visit(node)

    def visit_IfExp(self, node):
        """Return a choice that has no branches."""
        self.generic_visit(node)
        name = ast.Name("select", ast.Load())
        return ast.Call(name, [node.test, node.body, node.orelse], [])


class _Sizes(ast.NodeTransformer):
    """Puts numbers that are bound once, to arithmetic on such numbers, where they are read."""

    def __init__(self, tree):
        stores = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
        bound = [n.id for n in stores if isinstance(n.ctx, ast.Store)]
        self.twice = {name for name in bound if bound.count(name) > 1}
        self.twice |= {n.target.id for n in ast.walk(tree) if isinstance(n, ast.For)}
        self.values = {}

    def visit_Assign(self, node):
        """Leave out what is put where it is read."""
        self.generic_visit(node)
        target, value = node.targets[0], node.value
        if not isinstance(target, ast.Name) or target.id in self.twice:
            return node
        parts = list(ast.walk(value))
        allowed = (
            ast.BinOp,
            ast.operator,
            ast.Compare,
            ast.cmpop,
            ast.Constant,
            ast.Name,
            ast.Load,
        )
        if isinstance(value, ast.BinOp | ast.Compare) and all(
            isinstance(p, allowed) for p in parts
        ):
            if not any(isinstance(p, ast.Name) and p.id in self.twice for p in parts):
                self.values[target.id] = value
                return None
        return node

    def visit_Name(self, node):
        """Return what a name stands for."""
        return self.values.get(node.id, node)


def printed(function, *, folded):
    """Return a program as it is printed, what it binds named in the order of its lines."""
    for _, pass_ in REFOLD if folded else ():
        function = pass_(function)
    tree = ast.parse(show(function, comments=False)[0])
    text = ast.unparse(ast.fix_missing_locations(_Sizes(tree).visit(tree)))
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)]
    names = {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
    names -= {param.name for param in function.params}
    found = [name for name in re.findall(r"[A-Za-z_]\w*", text) if name in names]
    order = {name: f"v{k}" for k, name in enumerate(dict.fromkeys(found))}
    text = re.sub(r"raise (\w+)\(.*\)", r"raise \1", text)
    return re.sub(r"[A-Za-z_]\w*", lambda match: order.get(match.group(), match.group()), text)


def all_of(passes, *args):
    """Return the pass that does several."""

    def call(function):
        for pass_ in passes:
            function = pass_(function, *args)
        return function

    return call


def is_bar(name):
    """Return whether a name holds an adjoint."""
    return name.endswith("_bar")


BARS = {"s_bar", "x_bar", "t_bar", "_t2", "_t3", "_t4", "_t5", "_t6"}
TABLE = [
    ("carry", carry, "x: A1, dx_bar, i: int, n: int", "x_bar = np.zeros_like(x)", "x_bar"),
    ("carry", carry, "x: A2, a: A1, b: A1, i: int, j: int, n: int", "c = np.zeros_like(x)", "c"),
    ("carried", carry_by_copies, "m: int, n: int", "", "h"),
    ("copies", lambda f: remove_dead(propagate_copies(f, is_made_up)), "x", "", "y, z"),
    ("dead", remove_dead, "x", "", "x_bar"),
    (
        "direct_sums",
        add_directly,
        "v: A1, s_bar: A1",
        "n = v.shape[0]; u_bar = np.zeros(n)",
        "u_bar",
    ),
    ("divisors", checked_divisors, "i: int, n: int", "", "k"),
    ("first_values", first_values, "b: A1, m: int, done: bool", "", "new"),
    ("fuse", lambda f: fuse(f, (), apart=True), "x: A1, y: A1, z: A1", "n = x.shape[0]", "y, z"),
    ("gather", gather, "v_bar: A1", "n = v_bar.shape[0]; u_bar = np.zeros(n)", "u_bar"),
    ("guards", lambda f: remove_dead(relax_guards(f, BARS)), "t_bar, w", "_t1 = w * 2.0", "_t6"),
    ("hoist", hoist, "x: A1, n: int", "", "x"),
    ("inside", inside, "x: A1, x_bar: A1, k: int", "", "x_bar"),
    ("inside", inside, "idx: A1, x_bar: A1, s_bar, i: int", "", "x_bar"),
    ("made_sizes", remove_dead, "x: A1, n: int", "", "x"),
    ("simplify", all_of([p for _, p in SIMPLIFY], BARS), "x: A1, w: A1, y_bar", "", "x_bar"),
    ("sizes", resolve_sizes, "carried: A1, n: int", "", "carried"),
    ("webs", split_webs, "x: A1, w: A1, y, z, i: int", "", "y, z"),
    (
        "work_arrays",
        lambda f: work_arrays(f, BARS),
        "u_bar: A1, steps: int",
        "n = u_bar.shape[0]",
        "u_bar",
    ),
    ("zeros", lambda f: remove_dead(propagate_zeros(f, is_bar)), "w, y_bar", "", "x_bar"),
]
"""The module, its pass, the parameters, what comes before the example, and what is returned."""
LEFT_OUT = {
    "borrow", "handover",  # products, which are calls
    "buffers", "evaluation", "forward", "functional", "inline", "reverse",  # other parameters and results
    "kept_arrays", "merge", "tape",  # parts of a reverse pass
    "carried_views",  # a part of `carried`
    "signed",  # unsigned integers
}  # fmt: skip
"""Examples under `Before` and `After` that no row of the table runs."""
OF_THE_USER = {("carry", 1)}
"""Examples whose additions are the user's own."""


def rows():
    """Yield each row of the table with the number of its example in the docstring."""
    for k, row in enumerate(TABLE):
        yield pytest.param(*row, sum(r[0] == row[0] for r in TABLE[:k]), id=f"{row[0]}-{k}")


@pytest.mark.parametrize(("module", "pass_", "params", "setup", "returns", "number"), list(rows()))
def test_example(module, pass_, params, setup, returns, number):
    """The pass makes of the left column what is in the right one."""
    docstring = importlib.import_module(f"srcad.passes.{module}").__doc__
    ours = (module, number) not in OF_THE_USER
    before, after = (
        program(side, params, setup, returns, ours=ours) for side in examples(docstring)[number]
    )
    folded = pass_ not in dict(REFOLD).values()
    assert printed(pass_(before), folded=folded) == printed(after, folded=folded)
    assert printed(before, folded=folded) != printed(after, folded=folded)


def test_every_example_is_known():
    """A new pass with an example comes into the table."""
    found = set()
    for path in sorted(Path(passes.__file__).parent.glob("*.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text()))
        if docstring and "\nBefore" in docstring:
            found.add(path.stem)
    assert found - {row[0] for row in TABLE} == LEFT_OUT
