"""Calls that keep on a stack what the calls on the way back for them need.

Before                                  After
    y = g(x, n)                             kept = records((0.0, 0))
    ...                                     y = g_forward(x, n, kept)
    t = g_pullback(x, n, y_bar)             ...
    x_bar += t                              g_backward(x, n, y_bar, x_bar, kept)

A pullback alone runs its function again: where that calls itself, each level does so, and
reverse mode takes the square of the depth. With its forward half in the place of the call on
the way forward (`call_halves`), each call runs once forward and once back, and adds to the
adjoints of arrays that it is given.

On entry: functions that call each other by name, all but their text done. Conditions: those of
`pairs` and `call_halves`. A call of which one of them does not hold stays a pullback.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from srcad.analysis.extents import extents_in
from srcad.analysis.mentions import mentioned_inside
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Array
from srcad.ir.walk import all_names, map_block, map_blocks, mentioned, statements, substitute
from srcad.passes.building.callees import Derived
from srcad.passes.building.emitter import Emitter
from srcad.passes.cleaning.dead import remove_dead
from srcad.passes.halves.call_halves import KEPT, CallHalves, call_halves, nothing_of
from srcad.passes.halves.halves import memory_classes
from srcad.passes.halves.pairs import is_back, pairs_in

Find = Callable[[ir.Call], ir.Function | None]
"""Finds the adjoint, with its value, of the function that a pullback is of."""


@dataclass(frozen=True, slots=True)
class _Split:
    """The halves of one adjoint with their names, and the stack between them, if any."""

    halves: CallHalves
    forward: str
    backward: str
    stack: ir.Var | None


def adjoint_of(back: ir.Call) -> Derived:
    """Return the adjoint, with its value, of the function that a pullback is of."""
    assert isinstance(back.function, Derived)
    spec = back.function.__srcad_derivative__
    return Derived(spec.func, "adjoint", spec.wrt, cotangents=spec.cotangents)


def wanted_adjoints(function: ir.Function) -> list[ir.Call]:
    """Return calls of the adjoints that pairs of calls need."""
    backs = [pair.back for pair in pairs_in(function).values()]
    return [replace(back, function=adjoint_of(back), name=f"{back.name}_adjoint") for back in backs]


def with_stacks(functions: Sequence[ir.Function], find: Find) -> list[ir.Function]:
    """Return the functions, the first of which is called from outside, with calls on stacks."""
    sites: dict[str, dict[object, str]] = {f.name: {} for f in functions}
    backs: dict[str, ir.Call] = {}
    for function in functions:
        for site, pair in pairs_in(function).items():
            made = find(pair.back)
            if made is not None:
                sites[function.name][site] = made.name
                backs[made.name] = pair.back
    lean, halves = _cut(functions, sites, backs)
    if not halves:
        return list(functions)
    supply = NameSupply({n for f in functions for n in (*all_names(f), f.name)})
    splits = {name: _split(name, found, supply) for name, found in halves.items()}
    out: list[ir.Function] = []
    for function in lean:
        here = {site: splits[name] for site, name in sites[function.name].items()}
        rewritten = _Rewritten(here, splits)
        split = splits.get(function.name)
        if split is not None:
            out += [rewritten.half(half, split) for half in _named(split)]
        out.append(rewritten.with_own_stacks(function))
    return _called(out)


def _cut(
    functions: Sequence[ir.Function], sites: dict[str, dict[object, str]], backs: dict[str, ir.Call]
) -> tuple[list[ir.Function], dict[str, CallHalves]]:
    """Return the functions with no more arguments on the way back than needed, and all halves.

    What cannot be cut is taken out of `sites`. What the second halves need of arguments is the
    least that agrees with itself: they pass arguments on to each other.
    """
    needed: dict[str, frozenset[int]] = dict.fromkeys(backs, frozenset())
    while True:
        lean = [_lean(function, sites[function.name], needed, backs) for function in functions]
        known = {function.name: function for function in lean}
        halves: dict[str, CallHalves] = {}
        for name in needed:
            spec = adjoint_of(backs[name]).__srcad_derivative__
            found = call_halves(known[name], spec.cotangents or 0, len(spec.wrt))
            if found is not None:
                halves[name] = found
        new = {name: needed[name] | {*found.needed} for name, found in halves.items()}
        if new == needed:
            return lean, halves
        needed = new
        for name, own in sites.items():
            sites[name] = {site: made for site, made in own.items() if made in halves}


def _lean(
    function: ir.Function,
    sites: dict[object, str],
    needed: dict[str, frozenset[int]],
    backs: dict[str, ir.Call],
) -> ir.Function:
    """Return a function that passes the second halves what they need, and keeps no more."""

    def change(stmt: ir.Stmt) -> ir.Stmt:
        if not isinstance(stmt, ir.Call) or stmt.site not in sites or not is_back(stmt):
            return stmt
        name = sites[stmt.site]
        spec = adjoint_of(backs[name]).__srcad_derivative__
        last = len(stmt.args) - (spec.cotangents or 0)
        wanted = {*needed[name], *spec.wrt, *range(last, len(stmt.args))}
        args = tuple(arg if k in wanted else None for k, arg in enumerate(stmt.args))
        return stmt if args == stmt.args else replace(stmt, args=args)

    body = map_block(function.body, change)
    if all(a is b for a, b in zip(body, function.body, strict=True)):
        return function
    return remove_dead(replace(function, body=body))


def _split(name: str, halves: CallHalves, supply: NameSupply) -> _Split:
    base = re.sub(r"(_value)?_pullback(_\d+)?_adjoint", "", name)
    stack = ir.Var(supply.fresh("kept")) if halves.kept else None
    return _Split(halves, supply.fresh(f"{base}_forward"), supply.fresh(f"{base}_backward"), stack)


def _named(split: _Split) -> tuple[ir.Function, ir.Function]:
    halves = split.halves
    first = replace(halves.forward, name=split.forward)
    return first, replace(halves.backward, name=split.backward)


def _called(functions: list[ir.Function]) -> list[ir.Function]:
    """Return the functions that the first one calls, and those that these call."""
    known = {function.name: function for function in functions}
    todo, found = [functions[0].name], {functions[0].name}
    while todo:
        for stmt in statements(known[todo.pop()].body):
            if isinstance(stmt, ir.Call) and stmt.name in known and stmt.name not in found:
                found.add(stmt.name)
                todo.append(stmt.name)
    return [function for function in functions if function.name in found]


class _Rewritten:
    """Rewrites the calls of one function that are pairs."""

    def __init__(self, sites: dict[object, _Split], splits: dict[str, _Split]) -> None:
        self.sites = sites
        self.splits = splits
        self.stacks = tuple(s.stack for s in splits.values() if s.stack is not None)

    def half(self, function: ir.Function, split: _Split) -> ir.Function:
        """Return a half of an adjoint, which takes the stacks and uses its own."""
        body = self.body(function)
        if split.stack is not None:
            kept = split.halves.kept
            if function.name == split.forward:
                push = _record("{{0}}.append({})", len(kept), 1)
                body = (*body, ir.Call((), KEPT, push, (split.stack, *kept)))
            else:
                body = (ir.Call(kept, KEPT, "{0}.pop()", (split.stack,)), *body)
        params = (*function.params, *(ir.Param(v.name, v) for v in self.stacks))
        return remove_dead(replace(function, params=params, body=body))

    def with_own_stacks(self, function: ir.Function) -> ir.Function:
        """Return a function that makes the stacks, if it has such calls."""
        if not self.sites:
            return function
        start: list[ir.Stmt] = []
        emit = Emitter(NameSupply.of(function), start, function.span)
        for split in self.splits.values():
            if split.stack is None:
                continue
            samples = tuple(emit.temp(nothing_of(v.type)) for v in split.halves.kept)
            made = _record("records({})", len(samples), 0)
            start.append(ir.Call((split.stack,), KEPT, made, samples, function.span))
        return remove_dead(replace(function, body=(*start, *self.body(function))))

    def body(self, function: ir.Function) -> ir.Block:
        """Return the body of a function with its calls on stacks."""
        return _Calls(function, self).block(function.body) if self.sites else function.body


def _record(text: str, count: int, first: int) -> str:
    """Return the text of a call for `count` values: one by itself, several as a tuple."""
    fields = ", ".join(f"{{{k}}}" for k in range(first, first + count))
    return text.format(fields if count == 1 else f"({fields})")


class _Calls:
    """Puts calls of halves in the place of pairs, block by block."""

    def __init__(self, function: ir.Function, rewritten: _Rewritten) -> None:
        self.function = function
        self.rewritten = rewritten
        self.extents = extents_in(function)
        self.classes = memory_classes(function)
        self.mentions = Counter(n for s in statements(function.body) for n in mentioned(s))

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block with its calls on stacks."""
        out: list[ir.Stmt] = []
        rest = list(block)
        while rest:
            stmt = rest.pop(0)
            split = None
            if isinstance(stmt, ir.Call):
                split = self.rewritten.sites.get(stmt.site)
            if split is None:
                out.append(map_blocks(stmt, self.block))
                continue
            assert isinstance(stmt, ir.Call)
            if is_back(stmt):
                self.back(stmt, split, rest, out)
                continue
            args = (*stmt.args, *self.rewritten.stacks)
            out.append(replace(stmt, name=split.forward, args=args))
        return tuple(out)

    def back(self, call: ir.Call, split: _Split, rest: list[ir.Stmt], out: list[ir.Stmt]) -> None:
        """Append the call of a second half, which adds to arrays; `rest` loses what did so."""
        assert isinstance(call.function, Derived)
        spec, halves = call.function.__srcad_derivative__, split.halves
        count = len(call.args) - (spec.cotangents or 0)
        given = (*(call.args[k] for k in halves.needed), *call.args[count:])
        arrays = {a.name for a in given if isinstance(a, ir.Var) and isinstance(a.type, Array)}
        used = set(map(self.classes.of, arrays))
        shadows: list[ir.Var] = []
        for k, target, whole in zip(spec.wrt, call.targets, halves.is_array, strict=True):
            if not whole:
                continue
            shadow = self.addition(call, target, rest, used)
            if shadow is None:
                like = call.args[k]
                assert isinstance(like, ir.Var)
                out.append(ir.Let(target, ir.Op("zeros_like", (like,), (None,)), call.span))
            shadows.append(shadow or target)
        targets = tuple(
            t for t, whole in zip(call.targets, halves.is_array, strict=True) if not whole
        )
        args = (*given, *shadows, *self.rewritten.stacks)
        out.append(replace(call, targets=targets, name=split.backward, args=args))

    def addition(
        self, call: ir.Call, bar: ir.Var, rest: list[ir.Stmt], used: set[str]
    ) -> ir.Var | None:
        """Return the array that all of a result is added to, right after the call.

        The addition is taken out of `rest`.
        """
        facts = 0
        between: set[str] = set()
        for k, stmt in enumerate(rest):
            if _asks(stmt, bar.name):
                facts += 1
                continue
            target = self.added_to(stmt, call, bar)
            if target is not None:
                if self.mentions[bar.name] != 2 + facts:
                    return None
                if self.classes.of(target.name) in used | between:
                    return None
                rest[k : k + 1] = ()
                for n, other in enumerate(rest[:k]):
                    if _asks(other, bar.name):
                        rest[n] = substitute(other, {bar.name: target})
                return target
            if not _is_apart(stmt):
                return None
            own = any(self.added_to(stmt, call, t) for t in call.targets)
            if isinstance(stmt, ir.For) and not own:
                between |= {self.classes.of(name) for name in mentioned_inside(stmt)}
        return None

    def added_to(self, stmt: ir.Stmt, call: ir.Call, bar: ir.Var) -> ir.Var | None:
        """Return the array that a nest adds all elements of a result to."""
        index: list[ir.Var] = []
        made = self.extents.values.defs[call, bar.name]
        block: ir.Block = (stmt,)
        while len(block) == 1 and isinstance(loop := block[0], ir.For) and loop.whole:
            full = self.extents.full_range(loop)
            if full is None or full != self.extents.size(made, len(index)):
                return None
            index.append(loop.var)
            block = loop.body
        match block:
            case (
                ir.Let(target=value, value=ir.Load(array=ir.Var(name=name), index=where)),
                ir.Accum(target=target, index=tuple() as there, value=ir.Var(name=added)),
            ) if name == bar.name and added == value.name and index:
                names = [v.name for v in index]
                if all(
                    [getattr(a, "name", None) for a in part] == names for part in (where, there)
                ):
                    return target
        return None


def _asks(stmt: ir.Stmt, name: str) -> bool:
    """Return whether a statement asks for an extent of an array."""
    match stmt:
        case ir.Let(value=ir.Op(prim="shape", args=(ir.Var(name=asked),))):
            return asked == name
    return False


def _is_apart(stmt: ir.Stmt) -> bool:
    """Return whether a statement touches no elements of arrays, or is a nest for whole ones."""
    match stmt:
        case ir.Let(target=target, value=value):
            return not isinstance(value, ir.Load) and not isinstance(target.type, Array)
        case ir.Accum(index=index):
            return index is None
        case ir.For(whole=whole):
            return whole
    return False
