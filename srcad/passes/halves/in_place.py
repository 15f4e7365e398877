"""Calls of functions that write their arguments: by reference, not on copies that come back.

Before                                  After
    t, t_1 = g_value(x, w)                  t = g_in_place(x, w)
    for i in range(w.shape[0]):
        w[i] = t_1[i]

    def g_value(x, w):                      def g_in_place(x, w):
        w = w.copy()                            w[0] += 1
        w[0] += 1                               return x[w[0]]
        return x[w[0]], w

All passes before may rely on it that calls write nothing (`functional`). Here nothing follows
but the text.

Conditions: the array that comes back is copied into the argument right after the call, whole,
and used for nothing else, so that the caller itself writes it; what stands between the two
touches nothing that the call is given, other copies of this kind aside; the function copies the
parameter once, at its top, into an array of the same type, asks elsewhere for no more than its
extents and whether it shares memory, and gives no other result that may be this memory. (Where
the function raises an exception midway, so does its caller: nobody sees what was written.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from srcad.analysis.extents import extents_in
from srcad.analysis.mentions import mentioned_inside
from srcad.analysis.overlap import Overlap
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.primitives import EXTENTS
from srcad.ir.types import Array
from srcad.ir.walk import (
    all_names,
    bindings,
    call_leaves,
    map_blocks,
    mentioned,
    rename,
    statements,
    targets,
)
from srcad.passes.building.callees import Derived
from srcad.passes.building.emitter import Emitter
from srcad.passes.cleaning.dead import remove_dead
from srcad.passes.halves.call_halves import KEPT
from srcad.passes.halves.halves import memory_classes

FACTS = EXTENTS | {"overlaps"}


@dataclass(frozen=True, slots=True)
class _Variant:
    """A function on its arguments' own memory. without: the results that it does not return.

    apart: positions of arguments that must not share memory, and what is raised if they do:
    who calls it looks at that, unless it knows.
    """

    function: ir.Function
    without: frozenset[int]
    apart: tuple[tuple[int, int, ir.If], ...]


Find = Callable[[ir.Call, tuple[int, ...]], _Variant | None]
"""Finds what to call in the place of a function, of which some results are not wanted."""


def in_place(functions: Sequence[ir.Function]) -> list[ir.Function]:
    """Return the functions, the first of which is called from outside, with such calls."""
    known = {function.name: function for function in functions}
    supply = NameSupply({n for f in functions for n in (*all_names(f), f.name)})
    variants: dict[tuple[str, tuple[int, ...]], _Variant | None] = {}
    todo: list[ir.Function] = [functions[0]]
    done: dict[str, ir.Function] = {}

    def variant(call: ir.Call, written: tuple[int, ...]) -> _Variant | None:
        key = call.name, written
        if key not in variants:
            variants[key] = found = _variant(known[call.name], written, supply)
            if found is not None:
                todo.append(found.function)
        return variants[key]

    while todo:
        function = todo.pop()
        if function.name in done:
            continue
        is_variant = any(v is not None and v.function is function for v in variants.values())
        new = _Calls(function, known, variant, is_variant=is_variant).function()
        done[function.name] = new
        called = {s.name for s in statements(new.body) if isinstance(s, ir.Call)}
        todo += [known[name] for name in sorted(called) if name in known]
    order = [f.name for f in functions] + [v.function.name for v in variants.values() if v]
    return [done[name] for name in order if name in done]


def _arrays(call: ir.Call) -> set[str]:
    """Return the names of the arrays that a call is given."""
    leaves = [a for a in call_leaves(call.args) if isinstance(a, ir.Var)]
    return {a.name for a in leaves if isinstance(a.type, Array)}


def _written(call: ir.Call) -> tuple[int, ...]:
    """Return the positions of the arguments whose final contents a call returns last."""
    return call.function.written if isinstance(call.function, Derived) else ()


# Callers ----------------------------------------------------------------------------


class _Calls:
    """Rewrites the calls of one function."""

    def __init__(
        self,
        function: ir.Function,
        known: dict[str, ir.Function],
        variant: Find,
        *,
        is_variant: bool,
    ) -> None:
        self.caller = function
        self.known = known
        self.variant = variant
        self.extents = extents_in(function)
        self.classes = memory_classes(function)
        self.mentions = Counter(n for s in statements(function.body) for n in mentioned(s))
        self.returned = {a.name for a in function.returns if isinstance(a, ir.Var)}
        self.changed = False
        self.overlap = Overlap(function, apart=is_variant)
        self.supply = NameSupply.of(function)

    def function(self) -> ir.Function:
        """Return the function with calls by reference."""
        body = self.block(self.caller.body)
        return remove_dead(replace(self.caller, body=body)) if self.changed else self.caller

    def block(self, block: ir.Block) -> ir.Block:
        """Return a block with calls by reference."""
        out: list[ir.Stmt] = []
        rest = list(block)
        while rest:
            stmt = rest.pop(0)
            if isinstance(stmt, ir.Call) and stmt.name in self.known and _written(stmt):
                out.extend(self.call(stmt, rest))
            else:
                out.append(map_blocks(stmt, self.block))
        return tuple(out)

    def call(self, call: ir.Call, rest: list[ir.Stmt]) -> list[ir.Stmt]:
        """Return a call and its tests; `rest` loses the copies that it then needs no more."""
        written = _written(call)
        first = len(call.targets) - len(written)
        backs: dict[int, int] = {}
        for n, k in enumerate(written):
            at = self.copied_back(call, call.targets[first + n], call.args[k], rest)
            if at is not None:
                backs[first + n] = at
        given = [call.args[written[n - first]] for n in backs]
        if len({a.name for a in given if isinstance(a, ir.Var)}) < len(given) or not backs:
            return [call]
        found = self.variant(call, tuple(backs))
        if found is None:
            return [call]
        gone = {*backs.values()}
        rest[:] = [stmt for k, stmt in enumerate(rest) if k not in gone]
        self.changed = True
        kept = tuple(t for n, t in enumerate(call.targets) if n not in found.without)
        new = replace(call, targets=kept, name=found.function.name)
        return [*self.tests(call, found), new]

    def tests(self, call: ir.Call, found: _Variant) -> list[ir.Stmt]:
        """Return the tests that arguments share no memory, where that is not known."""
        out: list[ir.Stmt] = []
        emit = Emitter(self.supply, out, call.span)
        for j, k, problem in found.apart:
            a, b = call.args[j], call.args[k]
            assert isinstance(a, ir.Var)
            assert isinstance(b, ir.Var)
            if self.overlap.may_overlap(a.name, b.name) or self.overlap.may_overlap(b.name, a.name):
                out.append(replace(problem, test=emit.op("overlaps", a, b)))
        return out

    def is_apart(self, stmt: ir.Stmt, call: ir.Call) -> bool:
        """Return whether a statement after a call leaves its arguments' elements alone.

        Copies of other results of the call into its arguments aside.
        """
        given = {a.name for a in call.args if isinstance(a, ir.Var)}
        if any(t.name in given for t in targets(stmt)):
            return False
        match stmt:
            case ir.Let(value=ir.Op(prim="shape")) | ir.Accum(index=None):
                return True
            case ir.Let(value=ir.Op(args=args)):
                return not any(isinstance(a.type, Array) for a in args)
            case ir.Let(target=target, value=ir.Var() | ir.Const()):
                return not isinstance(target.type, Array)
            case ir.Store(array=array):
                used = {self.classes.of(name) for name in given}
                return self.classes.of(array.name) not in used
            case ir.For():
                touched = {self.classes.of(name) for name in mentioned_inside(stmt)}
                arrays = {self.classes.of(name) for name in _arrays(call)}
                if touched.isdisjoint(arrays):
                    return True
                written = _written(call)
                back = zip(call.targets[len(call.targets) - len(written) :], written, strict=True)
                return any(self.is_copy(stmt, call, t, call.args[k]) for t, k in back)
        return False

    def copied_back(
        self, call: ir.Call, result: ir.Var, arg: object, rest: list[ir.Stmt]
    ) -> int | None:
        """Return where in `rest` all of a result is copied into an argument, and nothing else."""
        if not isinstance(arg, ir.Var) or result.name in self.returned:
            return None
        for at, stmt in enumerate(rest):
            if self.is_copy(stmt, call, result, arg):
                return at if self.mentions[result.name] == 2 else None
            if not self.is_apart(stmt, call):
                return None
        return None

    def is_copy(self, stmt: ir.Stmt, call: ir.Call, result: ir.Var, arg: object) -> bool:
        """Return whether a nest copies all elements of a result into an argument."""
        if not isinstance(arg, ir.Var):
            return False
        made = self.extents.values.defs[call, result.name]
        index: list[str] = []
        block: ir.Block = (stmt,)
        while len(block) == 1 and isinstance(loop := block[0], ir.For):
            full = self.extents.full_range(loop)
            if full is None or full != self.extents.size(made, len(index)):
                return False
            index.append(loop.var.name)
            block = loop.body
        match block:
            case (
                ir.Let(target=value, value=ir.Load(array=source, index=where)),
                ir.Store(array=target, index=there, value=ir.Var(name=stored)),
            ) if (source.name, target.name, stored) == (result.name, arg.name, value.name):
                parts = [[getattr(a, "name", None) for a in part] for part in (where, there)]
                return bool(index) and parts == [index, index]
        return False


# Callees ----------------------------------------------------------------------------


def _variant(
    function: ir.Function, results: tuple[int, ...], supply: NameSupply
) -> _Variant | None:
    """Return a function that writes arguments in the place of copies that it returns."""
    classes = memory_classes(function)
    others = [
        a.name for k, a in enumerate(function.returns) if k not in results and isinstance(a, ir.Var)
    ]
    others += [
        a.name
        for stmt in statements(function.body)
        if isinstance(stmt, ir.Call) and stmt.function is KEPT
        for a in call_leaves(stmt.args)
        if isinstance(a, ir.Var) and isinstance(a.type, Array)
    ]
    body = function.body
    for k in results:
        atom = function.returns[k]
        made = _copy_of_parameter(function, atom)
        if made is None:
            return None
        alike = classes.of(made.target.name)
        if any(classes.of(name) == alike for name in others):
            return None
        assert isinstance(made.value, ir.Op)
        source = made.value.args[0]
        assert isinstance(source, ir.Var)
        without = tuple(stmt for stmt in body if stmt is not made)
        body = rename(without, {made.target.name: source})
    returns = tuple(a for k, a in enumerate(function.returns) if k not in results)
    result = None if not returns else 0 if len(returns) == 1 else tuple(range(len(returns)))
    name = supply.fresh(f"{function.name.removesuffix('_value')}_in_place")
    made_over = replace(function, name=name, body=body, returns=returns, result=result)
    made_over, apart = _without_tests(made_over)
    return _Variant(remove_dead(made_over), frozenset(results), apart)


def _without_tests(
    function: ir.Function,
) -> tuple[ir.Function, tuple[tuple[int, int, ir.If], ...]]:
    """Return a function without its tests that arguments share no memory, and these."""
    counts = bindings(function)
    places = {
        p.value.name: k
        for k, p in enumerate(function.params)
        if isinstance(p.value, ir.Var) and counts[p.value.name] == 1
    }
    found: list[tuple[int, int, ir.If]] = []
    gone: set[ir.Stmt] = set()
    for made, test in pairwise(function.body):
        match made, test:
            case (
                ir.Let(target=flag, value=ir.Op("overlaps", (ir.Var(name=a), ir.Var(name=b)))),
                ir.If(test=ir.Var(name=asked), then=(ir.Raise(),), orelse=()),
            ) if flag.name == asked and a in places and b in places and counts[asked] == 1:
                found.append((places[a], places[b], test))
                gone |= {made, test}
    body = tuple(stmt for stmt in function.body if stmt not in gone)
    return replace(function, body=body), tuple(found)


def _copy_of_parameter(function: ir.Function, atom: ir.Atom) -> ir.Let | None:
    """Return the statement that copies a parameter into what a result is, or is a copy of."""
    counts = bindings(function)
    if not isinstance(atom, ir.Var):
        return None
    name = atom.name
    for stmt in function.body:
        match stmt:
            case ir.Let(target=target, value=ir.Op("copy", (ir.Var() as source,))) if (
                target.name == name and counts[name] == 1 and source.name != name
            ):
                if _is_parameter(function, source.name):
                    return stmt if _only_asked(function, source, stmt) else None
                uses = [s for s in statements(function.body) if name in mentioned(s)]
                if len(uses) == 1:
                    name = source.name
                    return _copy_of_parameter(function, source)
                return None
            case ir.Let(target=target, value=ir.Op("copy", (ir.Var() as source,))) if (
                target.name == source.name == name and _is_parameter(function, name)
            ):
                early = function.body[: function.body.index(stmt)]
                asked = all(_asks(s, name) for s in early if name in mentioned_inside(s))
                return stmt if counts[name] == 2 and asked and _alike(stmt) else None
    return None


def _is_parameter(function: ir.Function, name: str) -> bool:
    return any(isinstance(p.value, ir.Var) and p.value.name == name for p in function.params)


def _only_asked(function: ir.Function, param: ir.Var, made: ir.Let) -> bool:
    """Return whether a parameter is copied, and else only its extents and its memory asked for."""
    for stmt in statements(function.body):
        if stmt is made or param.name not in mentioned(stmt):
            continue
        if not _asks(stmt, param.name):
            return False
    return _alike(made)


def _asks(stmt: ir.Stmt, name: str) -> bool:
    """Return whether a statement asks for no elements of an array that it mentions."""
    match stmt:
        case ir.Let(target=target, value=ir.Op(prim=prim)):
            return prim in FACTS and target.name != name
    return False


def _alike(made: ir.Let) -> bool:
    """Return whether a copy is of the type of what it is a copy of."""
    assert isinstance(made.value, ir.Op)
    (source,) = made.value.args
    return isinstance(source.type, Array) and source.type == made.target.type
