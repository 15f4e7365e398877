"""Run srcad with sets that are iterated in a random order, whatever their elements hash to.

`python -m tests.set_order` prints, as JSON, the derivatives of `PROGRAMS` in several such
orders. The code of srcad is changed as it is imported: what a loop, a comprehension or a
function like `tuple` iterates over is shuffled where it is a set. Code that Numba compiles or
that is differentiated itself stays as it is.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import json
import random
import re
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType
from typing import Any

RANDOM = random.Random(0)
ORDERS = 2
FOLDERS = ("analysis", "drivers", "frontend", "ir", "operators", "passes", "rules")
FUNCTIONS = frozenset(
    "Counter all any chain deque dict enumerate filter iter list map max min product reduce"
    " reversed sorted sum tuple zip".split()
)
METHODS = frozenset("extend from_iterable fromkeys join product starmap update".split())

FUZZ = (
    ("state", 11, "primal"),
    ("arrays", 15, "primal"),
    ("loops", 6, "adjoint"),
)
ZOO = ("newton_square_root", "smooth_in_place_nonlinear", "row_views")
ARRAYS = ("one_sample",)


class Shuffled(set):
    """A set that is iterated in the order of a list."""

    def __init__(self, items: list[Any]) -> None:
        super().__init__(items)
        self.items = items

    def __iter__(self) -> Any:
        return iter(self.items)


class FrozenShuffled(frozenset):
    """A frozen set that is iterated in the order of a list."""

    def __iter__(self) -> Any:
        return iter(self.items)


def shuffled(value: Any) -> Any:
    """Return a set in a random order; anything else as it is."""
    if type(value) not in {set, frozenset}:
        return value
    items = list(value)
    RANDOM.shuffle(items)
    if type(value) is set:
        return Shuffled(items)
    found = FrozenShuffled(items)
    found.items = items
    return found


def popped(value: Any) -> Any:
    """Return any element of a set, removed; the last element of anything else."""
    if type(value) is not set or not value:
        return value.pop()
    found = next(iter(shuffled(value)))
    value.remove(found)
    return found


class _Shuffling(ast.NodeTransformer):
    """Shuffles what is iterated over."""

    def of(self, value: ast.expr, function: str = "_shuffled") -> ast.expr:
        call = ast.Call(ast.Name(function, ast.Load()), [value], [])
        return ast.copy_location(call, value)

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        node.iter = self.of(node.iter)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.iter = self.of(node.iter)
        return node

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.AST:
        self.generic_visit(node)
        node.value = self.of(node.value)
        return node

    def visit_Starred(self, node: ast.Starred) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            node.value = self.of(node.value)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        if any(isinstance(target, ast.Tuple | ast.List) for target in node.targets):
            node.value = self.of(node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.value = node.value and self.visit(node.value)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [self.visit(stmt) for stmt in node.body]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
                pass
            case ast.Call(func=ast.Attribute(attr=name)) if name in METHODS:
                pass
            case ast.Call(func=ast.Attribute(value, "pop"), args=[], keywords=[]):
                return self.of(value, "_popped")
            case _:
                return node
        node.args = [a if isinstance(a, ast.Starred) else self.of(a) for a in node.args]
        return node


class _Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        tree = _Shuffling().visit(ast.parse(self.get_data(self.path)))
        return compile(ast.fix_missing_locations(tree), self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        parts = fullname.split(".")
        if parts[0] != "srcad" or (len(parts) > 2 and parts[1] not in FOLDERS):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and Path(str(spec.origin)).suffix == ".py":
            spec.loader = _Loader(fullname, str(spec.origin))
        return spec


def texts() -> dict[str, str]:
    """Return the texts of derivatives of some random programs and some of the zoos."""
    import numba  # noqa: PLC0415

    from srcad.arguments import is_differentiable  # noqa: PLC0415
    from srcad.frontend.types.numba_types import from_numba  # noqa: PLC0415
    from srcad.pipeline import derive  # noqa: PLC0415
    from tests.array_zoo import PROGRAMS as ARRAY_PROGRAMS  # noqa: PLC0415
    from tests.fuzz.kinds import KINDS  # noqa: PLC0415
    from tests.random_programs import load_once  # noqa: PLC0415
    from tests.zoo import PROGRAMS  # noqa: PLC0415

    found = {}

    def add(name: str, func: Any, kind: Any, args: Any) -> None:
        types = tuple(from_numba(numba.typeof(arg)) for arg in args)
        wrt = () if kind == "primal" else [k for k, t in enumerate(types) if is_differentiable(t)]
        source = derive(func, kind, types, tuple(wrt)).source
        found[f"{name} {kind}"] = re.sub(r"<random program \w+>", "<program>", source)

    for name, seed, kind in FUZZ:
        source, args = KINDS[name].program("plain", seed)
        add(f"{name} {seed}", load_once(source), kind, args)
    for program in PROGRAMS:
        if program.name in ZOO:
            func = getattr(program.function, "py_func", program.function)
            add(program.name, func, "adjoint", program.args())
    for func, args, *_ in ARRAY_PROGRAMS:
        if func.__name__ in ARRAYS:
            add(func.__name__, func, "value_and_grad", args)
    return found


def main() -> None:
    """Print the texts in several orders; new objects lie elsewhere each time."""
    vars(builtins).update(_shuffled=shuffled, _popped=popped)
    sys.meta_path.insert(0, _Finder())
    every = []
    for seed in range(ORDERS):
        RANDOM.seed(seed)
        kept = [[object()] * RANDOM.randrange(4) for _ in range(5000)]
        every.append(texts())
        del kept
    json.dump(every, sys.stdout)


if __name__ == "__main__":
    main()
