"""Which names may share memory?

Flow-insensitive: `z = y`, views and merges put two array names in one class. Distinct
arguments are distinct classes; derivative code checks at entry that arguments which the
function writes do not overlap others.
"""

from __future__ import annotations

from srcad.ir import nodes as ir
from srcad.ir.types import Array
from srcad.ir.walk import statements


class Aliases:
    """Classes of array names; `of(name)` is the representative of its class."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def of(self, name: str) -> str:
        """Return the representative of the class of `name`."""
        parent = self._parent
        while parent.get(name, name) != name:
            parent[name] = parent.get(parent[name], parent[name])
            name = parent[name]
        return name

    def join(self, a: str, b: str) -> None:
        """Put two names in one class."""
        root_a, root_b = self.of(a), self.of(b)
        if root_a != root_b:
            self._parent[root_b] = root_a


def aliasing(function: ir.Function) -> Aliases:
    """Return the classes of array names of `function` that may share memory."""
    classes = Aliases()
    for stmt in statements(function.body):
        if not isinstance(stmt, ir.Let) or not isinstance(stmt.target.type, Array):
            continue
        match stmt.value:
            case ir.Var(name=name) | ir.Load(array=ir.Var(name=name)):
                classes.join(name, stmt.target.name)
            case ir.Op(prim="select", args=(_, a, b)):
                for source in (a, b):
                    if isinstance(source, ir.Var):
                        classes.join(source.name, stmt.target.name)
            case _:
                pass
    return classes


def written_arrays(function: ir.Function, classes: Aliases) -> frozenset[str]:
    """Return the alias classes that some statement writes an element of."""
    written: set[str] = set()
    for stmt in statements(function.body):
        match stmt:
            case ir.Store(array=array):
                written.add(classes.of(array.name))
            case ir.Accum(target=target, index=index) if index is not None:
                written.add(classes.of(target.name))
            case _:
                pass
    return frozenset(written)
