"""Which names carry a derivative?

A name is *varied* when it depends differentiably on an input of interest, *useful* when
a result depends differentiably on it, and *active* when both hold (Griewank & Walther
2008, sec. 6.2). Array names count by alias class. Flow-insensitive: one edge for each
place where a derivative can flow, then two reachability searches.
"""

from __future__ import annotations

from collections.abc import Iterable

from srcad.analysis.aliasing import Aliases
from srcad.errors import NotDifferentiable, Problem
from srcad.ir import nodes as ir
from srcad.ir.printed import Drawn
from srcad.ir.types import is_float
from srcad.ir.walk import call_leaves, statements
from srcad.rules.partials import active_arguments

Edges = dict[str, set[str]]


class Activity:
    """The active names; ask with `name in activity`."""

    def __init__(
        self, names: frozenset[str], classes: Aliases, varied: frozenset[str] = frozenset()
    ) -> None:
        self._names = names
        self._classes = classes
        self._varied = varied

    def __contains__(self, name: str) -> bool:
        return self._classes.of(name) in self._names

    def holds(self, atom: object) -> bool:
        """Return whether `atom` is an active name of a type that has derivatives."""
        return isinstance(atom, ir.Var) and is_float(atom.type) and atom.name in self

    def varies(self, atom: object) -> bool:
        """Return whether `atom` depends differentiably on an input, wherever it flows to."""
        if not isinstance(atom, ir.Var) or not is_float(atom.type):
            return False
        return self._classes.of(atom.name) in self._varied


def activity(
    function: ir.Function, inputs: Iterable[str], outputs: Iterable[str], classes: Aliases
) -> Activity:
    """Return the names of `function` on a path from `inputs` to `outputs`."""
    forward: Edges = {}
    backward: Edges = {}
    for source, target in derivative_edges(function, classes):
        forward.setdefault(source, set()).add(target)
        backward.setdefault(target, set()).add(source)
    varied = reachable({classes.of(n) for n in inputs}, forward)
    useful = reachable({classes.of(n) for n in outputs}, backward)
    return Activity(frozenset(varied & useful), classes, frozenset(varied))


def check_draws(function: ir.Function, active: Activity) -> None:
    """Raise NotDifferentiable where a draw has a parameter that depends on an input.

    What is drawn does not tell how it would change with a shape, or with a probability.
    """
    for stmt in statements(function.body):
        match stmt:
            case ir.Call(function=Drawn(), args=args) if any(map(active.varies, args)):
                message = f"what '{stmt.name}' draws has no derivative by its parameters"
                hint = (
                    "locations and scales have one; srcad.stop_gradient makes a parameter constant"
                )
                raise NotDifferentiable.from_problems([Problem("E402", message, hint, stmt.span)])


def reachable(start: set[str], edges: Edges) -> set[str]:
    """Return `start` and all that edges lead to from there."""
    found = set(start)
    todo = list(start)
    while todo:
        for name in edges.get(todo.pop(), ()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def derivative_edges(function: ir.Function, classes: Aliases) -> Iterable[tuple[str, str]]:
    """Yield source and target of every place where a derivative can flow."""

    def flows(sources: Iterable[ir.Atom], target: ir.Var) -> Iterable[tuple[str, str]]:
        if is_float(target.type):
            for source in sources:
                if isinstance(source, ir.Var) and is_float(source.type):
                    yield classes.of(source.name), classes.of(target.name)

    for stmt in statements(function.body):
        match stmt:
            case ir.Let(target=target, value=value):
                yield from flows(differentiable_reads(value), target)
            case ir.Store(array=target, value=value) | ir.Accum(target=target, value=value):
                yield from flows((value,), target)
            case ir.Save(slot=slot, value=value):
                yield from flows((value,), slot)
            case ir.Restore(slot=slot, target=target):
                yield from flows((slot,), target)
            case ir.Call(targets=targets, args=args):
                given = [a for a in call_leaves(args) if isinstance(a, ir.Var)]
                for target in targets:
                    yield from flows(given, target)
            case _:
                pass


def differentiable_reads(value: ir.Value) -> tuple[ir.Atom, ...]:
    """Return the atoms that the derivative of `value` flows from."""
    match value:
        case ir.Var() | ir.Const():
            return (value,)
        case ir.Load(array=array):
            return (array,)
        case ir.Op():
            return tuple(value.args[k] for k in active_arguments(value))
