"""The examples of the passes: what a docstring shows on the right is what its pass makes.

An example is two columns of text, under `Before` and `After` or around an arrow. `...` is left
out. The table says what the docstring leaves to the reader: the parameters, what is returned,
and whether additions are ours. Both sides are compared as they would be printed, except for
the names of what they bind.
"""

import ast
import importlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent, indent

import pytest

from srcad import passes
from srcad.ir.nodes import Accum
from srcad.ir.show import show
from srcad.ir.walk import all_names, map_block
from srcad.passes.arrays.rows import elements_of_rows
from srcad.passes.building.temporaries import is_made_up
from srcad.passes.cleaning.copies import propagate_copies
from srcad.passes.cleaning.dead import remove_dead
from srcad.passes.cleaning.guards import relax_guards
from srcad.passes.cleaning.simplify import SIMPLIFY
from srcad.passes.cleaning.sizes import resolve_sizes
from srcad.passes.cleaning.zeros import propagate_zeros
from srcad.passes.indices.divisors import checked_divisors
from srcad.passes.indices.inside import inside
from srcad.passes.kept.tape import tape
from srcad.passes.loop_arrays.first_values import first_values
from srcad.passes.loop_arrays.replaced_arrays import carry_by_copies
from srcad.passes.loop_arrays.replaced_views import carry_indices
from srcad.passes.loops.direct_sums import add_directly
from srcad.passes.loops.fuse import fuse
from srcad.passes.loops.hoist import hoist
from srcad.passes.loops.next_elements import pass_on
from srcad.passes.loops.scalar_sums import carry
from srcad.passes.loops.stencils import gather
from srcad.passes.loops.views_for_copies import borrow
from srcad.passes.loops.work_arrays import work_arrays
from srcad.passes.modes.evaluation import evaluation
from srcad.passes.modes.forward import forward
from srcad.passes.modes.functional import functional
from srcad.passes.modes.inline import inline
from srcad.passes.modes.results_as_adjoints import hand_over
from srcad.passes.modes.reverse import reverse
from srcad.passes.printing.refold import REFOLD
from srcad.passes.printing.webs import split_webs
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
    """Return the IR of a column; ours: whether additions are, or the names of those."""
    last = f"return {returns}"
    lines = [line for line in text.splitlines() if not line.startswith("return ")]
    body = indent("\n".join([*setup.split("; "), *lines, last]), "    ")
    tree = ast.parse(f"def f({params}):\n{body}\n")
    function = ir(ast.unparse(ast.fix_missing_locations(_Added().visit(tree))))

    def mark(stmt):
        if isinstance(stmt, Accum) and (
            stmt.target.name in ours if isinstance(ours, set) else ours
        ):
            return replace(stmt, any_order=True)
        return stmt

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


GRAD_F = ir("def grad_f(x):\n    x_bar = 2.0 * x\n    return x_bar")
BARS = {"s_bar", "x_bar", "t_bar", "_t2", "_t3", "_t4", "_t5", "_t6"}
TABLE = [
    (
        "loops.scalar_sums",
        carry,
        "x: A1, dx_bar, i: int, n: int",
        "x_bar = np.zeros_like(x)",
        "x_bar",
    ),
    (
        "loops.scalar_sums",
        carry,
        "x: A2, a: A1, b: A1, i: int, j: int, n: int",
        "c = np.zeros_like(x)",
        "c",
    ),
    ("loops.next_elements", pass_on, "x: A1, t: float, w: float", "", "x_bar"),
    ("loop_arrays.replaced_arrays", carry_by_copies, "m: int, n: int", "", "h"),
    ("cleaning.copies", lambda f: remove_dead(propagate_copies(f, is_made_up)), "x", "", "y, z"),
    ("cleaning.dead", remove_dead, "x", "", "x_bar"),
    (
        "loops.direct_sums",
        add_directly,
        "v: A1, s_bar: A1",
        "n = v.shape[0]; u_bar = np.zeros(n)",
        "u_bar",
    ),
    ("arrays.rows", elements_of_rows, "c: A2, x: A1, j: int", "t = 0.0", "t"),
    ("indices.divisors", checked_divisors, "i: int, n: int", "", "k"),
    ("loop_arrays.first_values", first_values, "b: A1, m: int, done: bool", "", "new"),
    (
        "loops.fuse",
        lambda f: fuse(f, (), apart=True),
        "x: A1, y: A1, z: A1",
        "n = x.shape[0]",
        "y, z",
    ),
    ("loops.stencils", gather, "v_bar: A1", "n = v_bar.shape[0]; u_bar = np.zeros(n)", "u_bar"),
    (
        "cleaning.guards",
        lambda f: remove_dead(relax_guards(f, BARS)),
        "t_bar, w",
        "_t1 = w * 2.0",
        "_t6",
    ),
    ("loops.hoist", hoist, "x: A1, n: int", "", "x"),
    ("indices.inside", inside, "x: A1, x_bar: A1, k: int", "", "x_bar"),
    ("indices.inside", inside, "idx: A1, x_bar: A1, s_bar, i: int", "", "x_bar"),
    ("building.made_sizes", remove_dead, "x: A1, n: int", "", "x"),
    (
        "cleaning.simplify",
        all_of([p for _, p in SIMPLIFY], BARS),
        "x: A1, w: A1, y_bar",
        "",
        "x_bar",
    ),
    ("cleaning.sizes", resolve_sizes, "carried: A1, n: int", "", "carried"),
    ("printing.webs", split_webs, "x: A1, w: A1, y, z, i: int", "", "y, z"),
    (
        "loops.work_arrays",
        lambda f: work_arrays(f, BARS),
        "u_bar: A1, steps: int",
        "n = u_bar.shape[0]",
        "u_bar",
    ),
    (
        "loops.views_for_copies",
        borrow,
        "y_bar: A3, b: A2, h: int",
        "n = y_bar.shape[1]; m = y_bar.shape[2]",
        "x_bar",
    ),
    ("loop_arrays.replaced_views", carry_indices, "b: A2, n: int", "", "before"),
    (
        "modes.functional",
        lambda f: functional(f, lambda _: (0,), lambda _: ()),
        "x: A1, n: int",
        "",
        "x",
    ),
    (
        "modes.results_as_adjoints",
        hand_over,
        "y_bar: A2, w: A2",
        "n = y_bar.shape[0]; m = w.shape[0]; x = np.zeros((n, m))",
        "x_bar",
    ),
    ("modes.inline", lambda f: inline(f, lambda _: GRAD_F), "x", "", "y"),
    ("cleaning.zeros", lambda f: remove_dead(propagate_zeros(f, is_bar)), "w, y_bar", "", "x_bar"),
]
"""The module, its pass, the parameters, what comes before the example, and what is returned."""
LEFT_OUT = {
    "arrays.read_only",  # a captured array is not in the text of a program
    "modes.buffers",
    "halves.call_halves",  # several functions
    "halves.halves",  # other parameters and results
    "halves.in_place",  # several functions
    "halves.linear",  # as for halves
    "halves.stacked_calls",  # several functions
    "modes.checkpoints",  # calls of functions that call themselves
    "directions.lane_copies",  # as for widened
    "modes.kept_arrays",  # a part of a reverse pass
    "pairs.pairs",  # complex types are in no program afterwards
    "loop_arrays.growing",  # several statements need several of the same names
    "loop_arrays.pool",  # arrays of several statements become rows of one
    "loop_arrays.resized_arrays",  # parts of the loop are left out
    "series.series",  # calls that write into their first argument
    "patterns.sets",  # bounds and sets of a branch have names of their own
    "loops.signed",  # unsigned integers
    "directions.widened",  # lanes are in no program of the IR
}
"""Examples under `Before` and `After` that are not run."""
OF_THE_USER = {("loops.scalar_sums", 1)}
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


@dataclass(frozen=True)
class Side:
    """What a docstring leaves to the reader about one side of an example."""

    params: str
    setup: str
    returns: str
    end: str = ""


def adjoint_of(function, **options):
    """Return the adjoint of a function of `x` as the derivative has it at the end."""
    given = {"seeded": False, "value": True, "bare": True} | options
    function = simplified(function, set())
    made, _ = reverse(function, (0,), **given)
    return simplified(made, all_names(made) - all_names(function))


def simplified(function, ours):
    """Return a program without copies, repeated reads and what nobody needs."""
    return all_of([p for _, p in SIMPLIFY], ours)(function)


MODES = [
    (
        "modes.forward",
        lambda f: forward(f, (0,)),
        Side("x, i: int, n: int", "y = np.zeros(n)", "y"),
        Side(
            "x, i: int, n: int, x_dot",
            "y = np.zeros(n); y_dot = np.zeros_like(y)",
            "y, y_dot",
        ),
    ),
    ("modes.reverse", adjoint_of, Side("x", "", "y"), Side("x, out_bar", "", "y, x_bar")),
    (
        "kept.tape",
        tape,
        Side("x", "", "x_1"),
        Side("x", "x_saved = np.empty(64); n_x_saved = 0", "x_1"),
    ),
    (
        "kept.tape",
        tape,
        Side("x: A1, n: int", "", "n"),
        Side("x: A1, n: int", "x_saved = np.empty(64); n_x_saved = 0", "n"),
    ),
]
"""The module, its pass, and both sides, which have other parameters and results."""


@pytest.mark.parametrize("k", range(len(MODES)), ids=[row[0] for row in MODES])
def test_example_of_other_results(k):
    """The same, where the program has other parameters and results afterwards."""
    module, pass_, *sides = MODES[k]
    number = sum(row[0] == module for row in MODES[:k])
    docstring = importlib.import_module(f"srcad.passes.{module}").__doc__
    texts = examples(docstring)[number]
    before, after = (
        program(f"{text}\n{side.end}", side.params, side.setup, side.returns, ours=True)
        for text, side in zip(texts, sides, strict=True)
    )
    made = replace(pass_(before), name="f")
    assert printed(made, folded=True) == printed(after, folded=True)


def test_example_of_functions():
    """The example of `evaluation` is two functions."""
    docstring = importlib.import_module("srcad.passes.modes.evaluation").__doc__
    before, after = (
        ir(text.replace("f(a, out)", "f(a: A1, out: A1)")) for text in examples(docstring)[0]
    )
    made = replace(evaluation(before), name="f")
    assert printed(made, folded=True) == printed(after, folded=True)


def test_example_of_a_single_sweep():
    """What is swept once is the adjoint of what comes first in the example."""
    docstring = importlib.import_module("srcad.passes.modes.single_sweep").__doc__
    before, after = examples(docstring)[0]
    primal = "\n".join(before.splitlines()[:3])
    params, start = "x: A1, n: int", "s = 0.0"
    made = adjoint_of(program(primal, params, start, "t", ours=False))
    params, start = f"{params}, out_bar", f"x_bar = np.zeros_like(x); {start}"
    expected = program(after, params, start, "t, x_bar", ours={"x_bar"})
    assert printed(replace(made, name="f"), folded=True) == printed(
        simplified(expected, set()), folded=True
    )


def test_every_example_is_known():
    """A new pass with an example comes into the table."""
    found = set()
    for path in sorted(Path(passes.__file__).parent.rglob("*/*.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text()))
        if docstring and "\nBefore" in docstring:
            found.add(f"{path.parent.name}.{path.stem}")
    run = {row[0] for row in (*TABLE, *MODES)} | {
        "modes.evaluation",
        "modes.single_sweep",
    }
    assert found - run == LEFT_OUT
