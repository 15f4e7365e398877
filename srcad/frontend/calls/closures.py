"""Functions inside functions as functions of their own: what they close over is passed to them.

Before                                    After
    def outer(a, x):                          def energy(a, y):
        def energy(y):                            return a * y * y
            return a * y * y
        return srcad.grad(energy)(x)          outer: srcad.grad(energy, "y")(a, x)

An inner derivative does not differentiate by what is closed over; the outer one does. Values
are those at the call, as in Python. What is closed over comes before the parameters, and is
read-only; functions, modules and literals that are closed over are known, and not passed.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import FunctionType

from srcad.frontend.names.meaning import (
    GeneratorOf,
    IteratorOf,
    LocalDerivative,
    LocalFunction,
    Lost,
    Meaning,
    RecordOf,
    TupleOf,
)
from srcad.frontend.names.replaced import mapped
from srcad.frontend.names.scope import lookup
from srcad.frontend.names.state import Frame, State
from srcad.frontend.syntax.opened import key_of_name
from srcad.frontend.syntax.source import Source
from srcad.frontend.syntax.survey import stored_names
from srcad.ir.names import NameSupply, is_temporary
from srcad.ir.nodes import Atom, Var

DEEPEST = 8
"""How many functions inside functions may be made functions of their own, one inside another."""


@dataclass(frozen=True, slots=True, eq=False)
class Closed:
    """A function inside a function, apart from where it stands.

    source: its tree, and the globals of the function around it. home: the names around it.
    captured: the parameters before its own. depth: how many such functions are around it.
    """

    function: LocalFunction
    name: str
    source: Source
    home: Frame
    captured: tuple[Var, ...]
    depth: int


def closed_of(func: object) -> Closed | None:
    """Return what a function stands for, None if it is one of the user's."""
    found = getattr(func, "__srcad_closed__", None)
    return found if isinstance(found, Closed) else None


def stand_in(
    state: State, function: LocalFunction, node: ast.Call
) -> tuple[FunctionType, dict[str, Meaning]]:
    """Return a function that can be differentiated, and values of what is closed over."""
    if state.depth >= DEEPEST:
        hint = "pass what it reads as arguments, or define it at module level"
        message = f"more than {DEEPEST} derivatives of inner functions inside each other"
        state.fail(node, "E105", message, hint)
    tree = function.tree
    own = list(_parameters(function))
    around = _Around(state, node, NameSupply(p.name for p in own))
    home = around.frame(function.home)
    around.capture(tree, function.home)
    source = replace(function.home.source, tree=tree, defaults={})
    captured = tuple(around.inside.values())
    name = tree.name if isinstance(tree, ast.FunctionDef) else "function"
    closed = Closed(function, name, source, home, captured, state.depth + 1)
    first = [inspect.Parameter(var.name, inspect.Parameter.POSITIONAL_ONLY) for var in captured]
    values: dict[str, Meaning] = {v.name: Var(outer) for outer, v in around.inside.items()}
    return _made(closed, inspect.Signature([*first, *own])), values


def _made(closed: Closed, signature: inspect.Signature) -> FunctionType:
    """Return a Python function that is never run: it captures, and has, what it stands for."""

    def function() -> Closed:
        return closed

    assert isinstance(function, FunctionType)
    function.__name__ = function.__qualname__ = closed.name
    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__srcad_closed__ = closed  # type: ignore[attr-defined]
    return function


def _parameters(function: LocalFunction) -> Iterator[inspect.Parameter]:
    """Yield the parameters of a function; defaults are what they mean where it stands."""
    args = function.tree.args
    kinds = inspect.Parameter
    groups = (
        (args.posonlyargs, kinds.POSITIONAL_ONLY),
        (args.args, kinds.POSITIONAL_OR_KEYWORD),
        ([args.vararg] if args.vararg else [], kinds.VAR_POSITIONAL),
        (args.kwonlyargs, kinds.KEYWORD_ONLY),
        ([args.kwarg] if args.kwarg else [], kinds.VAR_KEYWORD),
    )
    for members, kind in groups:
        for arg in members:
            yield kinds(arg.arg, kind, default=function.defaults.get(arg.arg, kinds.empty))


def _read_names(tree: ast.FunctionDef | ast.Lambda) -> list[str]:
    """Return the names that a function mentions and does not bind itself, in their order."""
    args = tree.args
    params = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    body = tree.body if isinstance(tree.body, list) else [tree.body]
    own = {arg.arg for arg in params if arg is not None} | set(stored_names(body))
    nodes = (node for part in body for node in ast.walk(part))
    mentioned = dict.fromkeys(node.id for node in nodes if isinstance(node, ast.Name))
    return [name for name in mentioned if name not in own]


@dataclass(slots=True, eq=False)
class _Around:
    """What stands around a function, made anew with parameters in place of variables.

    inside: the parameter for each variable. frames: the new frame for each, by identity.
    """

    state: State
    node: ast.Call
    names: NameSupply
    inside: dict[str, Var] = field(default_factory=dict)
    frames: dict[int, Frame] = field(default_factory=dict)

    def frame(self, frame: Frame) -> Frame:
        """Return a frame for what is captured of `frame`."""
        if id(frame) not in self.frames:
            parent = None if frame.parent is None else self.frame(frame.parent)
            made = Frame(frame.name, frame.source, frame.plan, frame.survey, parent)
            self.frames[id(frame)] = made
        return self.frames[id(frame)]

    def capture(self, tree: ast.FunctionDef | ast.Lambda, home: Frame) -> None:
        """Let the names that a function reads mean in its new home what they mean now."""
        for name in _read_names(tree):
            frame: Frame | None = home
            while frame is not None and name not in {**frame.env, **frame.survey.stores}:
                frame = frame.parent
            if frame is None:
                hidden = self.state.hidden.get(key_of_name(home.source.func, name))
                if hidden is not None:
                    self.frame(home).env[name] = self.atom(hidden)
                continue
            if name in self.frame(frame).env:
                continue
            found = frame.env.get(name)
            if found is None and not (frame.loops and frame is self.state.frame):
                continue  # whoever reads it reports it
            if not isinstance(found, Lost):
                with self.state.inside(frame):
                    found = lookup(self.state, name, self.node)
            env = self.frame(frame).env
            env[name] = Lost()  # of functions that call each other
            env[name] = self.meaning(found)

    def meaning(self, meaning: Meaning) -> Meaning:
        """Return a meaning in terms of parameters."""
        match meaning:
            case LocalFunction(tree=tree, home=home, defaults=defaults):
                self.capture(tree, home)
                values = {name: self.meaning(value) for name, value in defaults.items()}
                return LocalFunction(tree, self.frame(home), values)
            case LocalDerivative(func=func):
                return replace(meaning, func=self.meaning(func))
            case TupleOf(items=items) | RecordOf(items=items):
                return replace(meaning, items=tuple(map(self.meaning, items)))
            case IteratorOf() | GeneratorOf():
                return Lost("an iterator is read by a function that is differentiated")
            case _:
                return mapped(meaning, self.atom)

    def atom(self, atom: Atom) -> Atom:
        """Return the parameter for a variable."""
        if not isinstance(atom, Var):
            return atom
        if atom.name not in self.inside:
            self.state.hold(atom)
            name = self.names.fresh("captured" if is_temporary(atom.name) else atom.name)
            self.inside[atom.name] = Var(name)
        return self.inside[atom.name]
