"""Which arrays may share memory, and which are surely new?

Two names overlap if one may be a view of the other, or if both may be memory that came
from outside: two arguments can be two views of one array.
"""

from __future__ import annotations

from srcad.analysis.aliasing import Aliases
from srcad.analysis.kinds import kinds
from srcad.ir import nodes as ir
from srcad.ir.known import once
from srcad.ir.types import Array, Scalar
from srcad.ir.walk import atoms, param_vars, statements, targets
from srcad.rules.linalg import gives_new_memory
from srcad.rules.table import RULES
from srcad.rules.wholes import REDUCTIONS

NEW_ARRAY = frozenset(
    {
        *("zeros", "ones", "empty", "full", "copy"),
        *("zeros_like", "ones_like", "empty_like", "full_like"),
        *("add", "sub", "mul", "div", "neg", "pow", "cast_like"),
        *("promoted", "result_type", "same_memory", "written"),
    }
)
"""Primitives whose result is memory that nothing else refers to yet."""


class Overlap:
    """Facts about the memory behind the names of one function.

    apart: whether distinct arguments surely are distinct memory, where one is written.
    """

    def __init__(self, function: ir.Function, *, apart: bool = False) -> None:
        self.type_of = kinds(function)
        self.numbers = {name for name, kind in self.type_of.items() if type(kind) is Scalar}
        self._classes = Aliases()
        self.of = self._classes.of  # the representative of arrays that may be views of each other
        self._outside: set[str] = set()
        self._joined: set[str] = set()
        self._given = {var.name for var in param_vars(function.params)} if apart else set()
        outside = {var.name for var in param_vars(function.params)}
        outside |= {name for name, _ in function.constants}
        for stmt in statements(function.body):
            if type(stmt) is ir.Let:  # by far the most statements are one, of a number
                if stmt.target.name not in self.numbers:
                    self._bind(stmt.target, stmt.value)
                continue
            match stmt:
                case ir.Call(function=callee) if gives_new_memory(callee):
                    pass
                case ir.Call() | ir.Restore():
                    outside |= {var.name for var in targets(stmt)}
        self._outside = {self.of(name) for name in outside}
        self._given = {self.of(name) for name in self._given}

    def _bind(self, target: ir.Var, value: ir.Value) -> None:
        if isinstance(value, ir.Op) and self.makes_new(value):
            return
        found = atoms(value)
        if isinstance(value, ir.Load):
            found = () if any(map(self._is_array, value.index)) else (value.array,)
        for atom in found:
            if isinstance(atom, ir.Var) and not self.is_number(atom.name):
                self._classes.join(atom.name, target.name)
                self._joined |= {atom.name, target.name}

    def _is_array(self, part: ir.Atom | ir.Slice) -> bool:
        """Return whether a part of an index surely is an array: the result is a copy."""
        return isinstance(part, ir.Var) and isinstance(self.type_of.get(part.name), Array)

    def makes_new(self, op: ir.Op) -> bool:
        """Return whether an operation gives memory that nothing else refers to yet."""
        if op.prim == "select":
            test = op.args[0]
            return not isinstance(test, ir.Const) and self._is_array(test)
        return op.prim in NEW_ARRAY or (op.prim in RULES or op.prim in REDUCTIONS)

    def is_number(self, name: str) -> bool:
        """Return whether `name` surely is no array."""
        return name in self.numbers

    def is_new(self, name: str) -> bool:
        """Return whether the array was made here: nobody else can see writes to it."""
        return self.of(name) not in self._outside

    def is_alone(self, name: str) -> bool:
        """Return whether no other name ever stands for memory that was made for this one."""
        return self.is_new(name) and name not in self._joined

    def may_overlap(self, a: str, b: str) -> bool:
        """Return whether a write to array `a` may change `b`."""
        if self.is_number(b):
            return False
        root_a, root_b = self.of(a), self.of(b)
        if root_a == root_b:
            return True
        if root_a in self._given and root_b in self._given:
            return False
        return root_a in self._outside and root_b in self._outside


@once
def overlap_in(function: ir.Function) -> Overlap:
    """Return which arrays of a function may share memory; found once."""
    return Overlap(function)
