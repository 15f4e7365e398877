"""Names for the temporaries that remain, after what they hold.

_t0 = len(x)                n = len(x)
_t1 = x[i]                  x_i = x[i]
_t2 = exp(s)          ->    exp_s = math.exp(s)
_t3 = np.dot(a, b)          dot_a_b = np.dot(a, b)
_t4 = a * b + c             a_times_b_plus_c = a * b + c

The first binding that says something decides (`words`); an array is called by what is first
stored in it, a sum by what is added, and what was kept or differentiated by what that was. A name
that is taken gets a number, but for sizes, sums and loops, which have a second name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.nodes import (
    Accum,
    Atom,
    Call,
    Const,
    For,
    Function,
    Let,
    Load,
    Op,
    Stmt,
    Store,
    Value,
    Var,
)
from srcad.ir.primitives import LIKES, MAKERS
from srcad.ir.types import BOOL, INT
from srcad.ir.walk import all_names, map_atoms, param_vars, rename, statements, targets
from srcad.passes.building.temporaries import is_made_up
from srcad.passes.printing.words import LONGEST, SHORT, SIZES, called, first_name, of_size
from srcad.rules.linalg import Whole

_OF_ANOTHER = re.compile(r"(_t\d+)_(?:(?:\d+|bar|dot|extent)_)*(bar|dot|saved|then|kept)(?:_\d+)*")
_NOTHING = re.compile(r"(?:t|value|work)(?:_\d+)?|(?:n|at|total)_\d+")
_NUMBERED = re.compile(r"(.*[^_\d])_\d+")
_RESULTS = {"pop": "popped"}
_LOOPS = ("i", "j", "k", "l")
FARTHEST = 12
"""So many temporaries that have no name yet are looked through, one after another."""


def label(function: Function, before: Function | None = None) -> Function:
    """Return `function` with readable names instead of temporaries.

    before: the program when it still had the temporaries that others are named after.
    """
    labels = _Labels(function, None if before is None else _Labels(before, None))
    new_name = labels.all()
    if not new_name:
        return function

    def readable(atom: Atom) -> Atom:
        return new_name.get(atom.name, atom) if isinstance(atom, Var) else atom

    returns = tuple(map_atoms(value, readable) for value in function.returns)
    return updated(function, body=rename(function.body, new_name), returns=returns)


class _Labels:
    """What the temporaries of a function are bound to, and their new names.

    lets: the first binding of each that is more than a literal. added, stored: what is first
    added to a number, or stored in an array. before: the same of an earlier program.
    """

    def __init__(self, function: Function, before: _Labels | None) -> None:
        self.function = function
        self.before = before
        self.body = statements(function.body)
        self.lets: dict[str, Value] = {}
        self.added: dict[str, Value] = {}
        self.stored: dict[str, Value] = {}
        self.asked: set[str] = set()
        self.answers: dict[tuple[str, str], str | None] = {}
        self.new_name: dict[str, Var] = {}
        self.roots: dict[str, str] = {}
        self.bases: dict[str, str] = {}
        self.known = all_names(function)
        self.own = {param.name for param in param_vars(function.params)}
        for stmt in self.body:
            match stmt:
                case Let(target=Var(name=name), value=Var() | Op() | Load() as value):
                    if is_made_up(name):
                        self.lets.setdefault(name, value)
                case Accum(target=Var(name=name), index=None, value=value):
                    self.added.setdefault(name, value)
                case Store(array=Var(name=name), value=Var() | Op() | Load() as value):
                    self.stored.setdefault(name, value)

    def all(self) -> dict[str, Var]:
        """Return the new name of each temporary, in the order in which they are bound."""
        supply = NameSupply.of(self.function)
        for stmt in self.body:
            for target in targets(stmt):
                name = target.name
                if name in self.new_name or not name.startswith("_t"):
                    continue
                if not is_made_up(name) and _OF_ANOTHER.fullmatch(name) is None:
                    continue
                names = tuple(self.names(target, stmt))
                base = next((name for name in names if supply.is_free(name)), names[-1])
                root = None if name not in self.lets else first_name(self.lets[name], self)
                self.new_name[name] = new = Var(supply.fresh(base), target.type)
                self.bases[new.name] = base
                self.answers.clear()
                if root is not None:
                    self.roots[name] = root
        return self.new_name

    def names(self, target: Var, stmt: Stmt) -> Iterator[str]:
        """Yield names for a temporary, the best first."""
        other = _OF_ANOTHER.fullmatch(target.name)
        if other is not None:
            yield f"{self.of_source(other[1])}_{other[2]}"
            return
        match stmt:
            case For():
                yield from _LOOPS
            case Call(function=Whole() as row) if row.rule is None:
                yield "product"
            case Call(name=name):
                called_as = name.partition("(")[0].rpartition(".")[2]
                part = re.sub(r"_adjoint$", "_part", called_as)
                yield part if part != called_as else _RESULTS.get(called_as, f"{called_as}_result")
            case _:
                yield from self.of_value(target)

    def of_value(self, target: Var) -> Iterator[str]:
        """Yield names for a temporary that holds a value."""
        value = self.lets.get(target.name)
        if isinstance(value, Op) and value.prim in SIZES:
            yield "n"
            yield of_size(value, self.called) or "n"
            return
        if target.name in self.added and target.type == INT:
            yield "count"
        elif target.name in self.added:
            yield "total"
            words = called(self.added[target.name], self)
            yield "total" if words is None else f"sum_{words}"
        else:
            yield self.of_expression(target, value) or "t"

    def of_expression(self, target: Var, value: Value | None) -> str | None:
        """Return what an expression is called by."""
        match value:
            case Var():
                name = self.called(value)
                return None if name is None else f"old_{name}"
            case Op(prim) if prim in MAKERS or prim in LIKES:
                stored = self.stored.get(target.name)
                found = None if stored is None else called(_whole(stored), self)
                return "work" if found is None or isinstance(stored, Var) else found
            case Op("axis_step", (extent,)):
                name = self.called(extent) if isinstance(extent, Var) else None
                return "step" if name is None else f"step_{name}"
            case Op("max", (Var() as extent, Const(value=0))) if self.called(extent):
                return f"{self.called(extent)}_or_0"
            case Op("max", (extent, Const(value=0))):
                return called(extent, self, SHORT) or self.rooted("size", extent)
            case Op("common_extent" | "wider_extent", (extent, other)):
                return self.rooted("size", extent) or self.rooted("size", other)
            case None:
                return None
        return called(value, self, SHORT if target.type in (INT, BOOL) else LONGEST)

    def of_source(self, name: str) -> str:
        """Return what the temporary is called that another belongs to."""
        if name in self.new_name:
            return self.new_name[name].name
        found = self.called(Var(name))
        if found is None and self.before is not None:
            found = self.before.called(Var(name))
        return found or "t"

    def rooted(self, word: str, value: Value) -> str | None:
        """Return a word and the first name in a value."""
        root = first_name(value, self)
        return None if root is None else f"{word}_{root}"

    def called(self, var: Var) -> str | None:
        """Return how a name is called in the names of others; None if that says nothing."""
        name = var.name
        if name in self.new_name:
            name = self.new_name[name].name
        elif is_made_up(name):
            name = self.looked_up(var, "name", self.of_value) or "t"
        name = self.bases.get(name, name)
        if (name != var.name and _NOTHING.fullmatch(name)) or name.startswith("_"):
            return None
        numbered = None if name in self.own else _NUMBERED.fullmatch(name)
        return numbered[1] if numbered is not None and numbered[1] in self.known else name

    def root(self, var: Var) -> str | None:
        """Return the first name in what a temporary was made of, or the name of another."""
        if var.name in self.roots:
            return self.roots[var.name]
        if not is_made_up(var.name) or var.name not in self.lets:
            return self.called(var)
        return self.looked_up(
            var, "root", lambda var: iter((first_name(self.lets[var.name], self),))
        )

    def looked_up(
        self, var: Var, what: str, find: Callable[[Var], Iterator[str | None]]
    ) -> str | None:
        """Return the first answer about a temporary that is bound to something.

        Answers hold until a temporary gets its name: of an expression in an expression each is
        asked for more than once.
        """
        key = var.name, what
        if key in self.answers:
            return self.answers[key]
        if var.name in self.asked or var.name not in self.lets or len(self.asked) >= FARTHEST:
            return None
        self.asked.add(var.name)
        found = self.answers[key] = next(find(var), None)
        self.asked.discard(var.name)
        return found


def _whole(value: Value) -> Value:
    """Return a value with arrays in place of their elements."""
    match value:
        case Load(array=array):
            return array
        case Op(args=args):
            return updated(value, args=tuple(map(_whole, args)))
    return value
