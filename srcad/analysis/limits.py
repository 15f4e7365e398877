"""Where may a product of a partial and a derivative be `0 * inf`?

A zero times something infinite would make a NaN that the primal does not have. By name,
flow-insensitive, array names by alias class:

- *doubtful*: the value may be inf or NaN although all arguments of the function are finite,
- *vast*: the value may be inf because a sum, a product or a power overflows, or inf or NaN
  because an argument is, in a function that asks whether numbers are (`np.isnan`),
- *gated*: the adjoint may be an exact zero, because a value is not selected or read,
- *switched*: that, or because the cotangent of a result is zero,
- *steep*: the derivative may be infinite although the value is finite (`sqrt` at 0). In
  reverse, that of everything that a steep function is applied to; in forward mode, that of
  everything computed from its result. A sum with a literal, as in `sqrt(s + 1e-9)`, is not:
  the user keeps it away from zero. Nor is a sum of squares, the norm of something: where it
  is zero, so is all that is squared, and what flows on from the root is zero.

A product of a doubtful partial with a switched adjoint needs a zero that wins, and so
does one of a vast partial with a gated adjoint (a result that overflows shows it), and one
of a zero partial with a steep derivative. Values of ordinary programs are neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from srcad.analysis.activity import Edges, derivative_edges, reachable
from srcad.analysis.aliasing import Aliases
from srcad.analysis.unread import partly_read
from srcad.ir import nodes as ir
from srcad.ir.types import is_float
from srcad.ir.walk import param_vars, statements, targets
from srcad.ir.walk import reads as reads_of
from srcad.rules.partials import NO_GUARD, Guard, gates, operation_rule
from srcad.rules.table import environment

GROWING = {"square", "pow", "hypot", "degrees", "ldexp"}
LARGE = 1e30


@dataclass(frozen=True, slots=True)
class Limits:
    """The names of each kind; see the module docstring."""

    classes: Aliases
    doubtful: frozenset[str]
    switched: frozenset[str]
    steep: frozenset[str]
    vast: frozenset[str] = frozenset()
    gated: frozenset[str] = frozenset()
    norms: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def in_reverse(self, op: ir.Op, k: int, target: ir.Var) -> Guard:
        """Return which zeros win when the adjoint of `target` flows back to argument `k`."""
        steep = target.name in self.steep
        if not steep and target.name not in self.switched:
            return NO_GUARD
        rule = operation_rule(op)
        assert rule is not None
        atoms = environment(rule, op.args, target)
        names = {a.name for n in rule.uses(k) if isinstance(a := atoms[n], ir.Var)}
        doubtful = not self.doubtful.isdisjoint(names)
        vast = op.prim in GROWING or not self.vast.isdisjoint(names)
        return Guard(flow=doubtful or (vast and target.name in self.gated), partial=steep)

    def offsets(self, op: ir.Op) -> tuple[str, ...] | None:
        """Return the numbers that are added to the squares under a root, None if it is another.

        Unless one of them is negative, the squares are zero where the sum is.
        """
        match op:
            case ir.Op(prim="sqrt", args=(ir.Var(name=name),)) if name in self.norms:
                return tuple(sorted(self.norms[name]))
            case _:
                return None

    def forward(self, op: ir.Op, arg: ir.Var) -> Guard:
        """Return which zeros must win when the tangent of `arg` flows on through `op`.

        Where a tangent is infinite because its value is, a product with zero is a NaN of
        the primal's own; only functions that are finite at infinity need the guard.
        """
        vast = arg.name in self.doubtful and op.prim != "mul"
        return Guard(flow=False, partial=True) if vast or arg.name in self.steep else NO_GUARD


def limits(
    function: ir.Function,
    classes: Aliases,
    inputs: Iterable[str],
    returned: Iterable[str] = (),
    results: Iterable[str] = (),
) -> Limits:
    """Return the facts for reverse mode.

    inputs: the arguments to differentiate. returned: results whose cotangent may be zero.
    results: all names of results.
    """
    onward, back = _edges(function, classes)
    gated = {classes.of(name) for name in _read_on_some_paths(function)}
    gated |= partly_read(function, classes, results)
    switched = {classes.of(name) for name in returned}
    vast = _not_finite(function, classes)
    doubtful: set[str] = set()
    steep: set[str] = set()
    kept = _kept_from_zero(function)
    norms: dict[str, frozenset[str]] = {}
    sums = _sums_of_squares(function, _unchanged(function, inputs))
    for target, op in _operations(function):
        rule = operation_rule(op)
        if rule is None:
            continue
        if rule.singular:
            doubtful.add(target.name)
        if _may_overflow(op):
            vast.add(target.name)
        for k, arg in enumerate(op.args):
            if isinstance(arg, ir.Var) and is_float(arg.type):
                if gates(op, k):
                    gated.add(arg.name)
                if rule.steep and all(is_float(a.type) for a in op.args) and arg.name not in kept:
                    if op.prim == "sqrt" and arg.name in sums:
                        norms[arg.name] = sums[arg.name]
                    else:
                        steep.add(arg.name)
    vast |= {s.target.name for s in statements(function.body) if isinstance(s, ir.Accum)}
    steep = reachable(steep, back)
    gated = reachable(gated, back)
    switched = reachable(switched, back) | gated
    doubtful, vast = reachable(doubtful, onward), reachable(vast, onward)
    found = [frozenset(names) for names in (doubtful, switched, steep, vast, gated)]
    return Limits(classes, found[0], found[1], found[2], found[3], found[4], norms)


def steep_tangents(function: ir.Function, classes: Aliases) -> Limits:
    """Return the facts for forward mode."""
    onward, _ = _edges(function, classes)
    vast, steep = set(), set()
    for target, op in _operations(function):
        rule = operation_rule(op)
        if rule is None:
            continue
        if rule.overflows:
            vast.add(target.name)
        if rule.steep and all(is_float(a.type) for a in op.args):
            steep.add(target.name)
    vast, steep = reachable(vast, onward), reachable(steep, onward)
    return Limits(classes, frozenset(vast), frozenset(), frozenset(steep))


def _edges(function: ir.Function, classes: Aliases) -> tuple[Edges, Edges]:
    """Return where derivatives can flow, onward and back."""
    onward: Edges = {}
    back: Edges = {}
    for source, target in derivative_edges(function, classes):
        onward.setdefault(source, set()).add(target)
        back.setdefault(target, set()).add(source)
    return onward, back


def _operations(function: ir.Function) -> Iterable[tuple[ir.Var, ir.Op]]:
    for stmt in statements(function.body):
        if (
            isinstance(stmt, ir.Let)
            and isinstance(stmt.value, ir.Op)
            and is_float(stmt.target.type)
        ):
            yield stmt.target, stmt.value


def _may_overflow(op: ir.Op) -> bool:
    """Return whether finite numbers may give an infinite one."""
    match op.prim, op.args:
        case "add" | "sub", (a, b):
            return not any(isinstance(x, ir.Const) and abs(x.value) < LARGE for x in (a, b))
        case "mul", (a, b):
            return not any(isinstance(x, ir.Const) and abs(x.value) <= 1 for x in (a, b))
        case "div", (_, ir.Const(value=number)):
            return abs(number) < 1
        case "cast", _:
            return op.static[0] == "float32"
        case prim, _:
            return prim in GROWING


def _not_finite(function: ir.Function, classes: Aliases) -> set[str]:
    """Return what is given to a function that asks for NaN or inf: it may be that."""
    values = [stmt.value for stmt in statements(function.body) if isinstance(stmt, ir.Let)]
    asked = (v for v in values if isinstance(v, ir.Op) and v.prim in _ASKING)
    if not any(map(_asks_for_limits, asked)):
        return set()
    given = [v.name for v in param_vars(function.params) if is_float(v.type)]
    return set(map(classes.of, (*given, *(name for name, _ in function.constants))))


_ASKING = {"isnan", "isinf", "isfinite", "eq", "ne"}


def _asks_for_limits(value: ir.Value) -> bool:
    match value:
        case ir.Op(prim="isnan" | "isinf" | "isfinite"):
            return True
        case ir.Op(prim="eq" | "ne", args=(a, b)):
            return a == b
        case _:
            return False


def _kept_from_zero(function: ir.Function) -> set[str]:
    """Return the names of sums with a literal, as `s + 1e-9`."""
    return {
        target.name
        for target, op in _operations(function)
        if op.prim == "add" and any(isinstance(arg, ir.Const) and arg.value != 0 for arg in op.args)
    }


def _unchanged(function: ir.Function, inputs: Iterable[str]) -> set[str]:
    """Return the numbers that the function is given and leaves alone, without a derivative."""
    assigned = {t.name for s in statements(function.body) for t in targets(s)}
    return {v.name for v in param_vars(function.params)} - assigned - set(inputs)


def _sums_of_squares(function: ir.Function, given: set[str]) -> dict[str, frozenset[str]]:
    """Return the names that are sums of squares and of `given` ones, and which of these."""
    made: dict[str, list[ir.Value]] = {v.name: [v] for v in param_vars(function.params)}
    for stmt in statements(function.body):
        for target in targets(stmt):
            value = stmt.value if isinstance(stmt, ir.Let | ir.Accum) else target
            made.setdefault(target.name, []).append(value)
    sums = set(made)
    made |= {name: [] for name in given}
    while True:
        left = {name for name in sums if all(_adds_squares(v, sums, name) for v in made[name])}
        if left == sums:
            break
        sums = left
    parts = {name: set().union(*map(_added, made[name])) for name in sums}
    return {name: frozenset(reachable({name}, parts) & given) for name in sums}


def _added(value: ir.Value) -> set[str]:
    """Return the names that a value is, or is the sum of."""
    match value:
        case ir.Var(name=name):
            return {name}
        case ir.Op("add", args):
            return {arg.name for arg in args if isinstance(arg, ir.Var)}
        case _:
            return set()


def _is_square(value: ir.Value) -> bool:
    match value:
        case ir.Op("mul", (ir.Var(name=a), ir.Var(name=b))):
            return a == b
        case _:
            return False


def _adds_squares(value: ir.Value, sums: set[str], name: str) -> bool:
    """Return whether a value that `name` gets, or that is added to it, is a sum of squares."""
    match value:
        case ir.Const(value=number):
            return number >= 0
        case ir.Var(name=source):
            return source in sums and source != name
        case ir.Op("add", (a, b)):
            return _adds_squares(a, sums, "") and _adds_squares(b, sums, "")
        case _:
            return _is_square(value)


def _read_on_some_paths(function: ir.Function) -> set[str]:
    """Return the names that a branch reads and does not assign."""
    found: set[str] = set()
    for stmt in statements(function.body):
        if isinstance(stmt, ir.If):
            for block in (stmt.then, stmt.orelse):
                inside = list(statements(block))
                own = {t.name for s in inside for t in targets(s)}
                found |= {name for s in inside for name in reads_of(s)} - own
    return found
