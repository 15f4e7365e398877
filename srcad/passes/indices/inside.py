"""Derivatives write inside their arrays: indices that are not known to be inside are tested.

Before                              After
    for i in range(k):                  if 0 < k and span_outside(0, k - 1, x_bar.shape[0]):
        x_bar[i] += x[i]                    raise IndexError("index out of bounds at f.py:4")
                                        for i in range(k):
                                            x_bar[i] += x[i]

    k = idx[i]                          k = idx[i]
    x_bar[k] += s_bar                   if outside(k, x_bar.shape[0]):
                                            raise IndexError("index out of bounds at f.py:4")
                                        x_bar[k] += s_bar

Without bounds checks, a read outside an array gives some number, and the write that is its
adjoint destroys memory. An index is inside where that follows from the bounds of loops, from
the tests around the statement, from extents that are equal, or from a test that came before
(`analysis.bounds`), also in an earlier loop that surely had an iteration. Otherwise it is
tested as soon as it surely is used: before a loop that uses it in every iteration and has no
other way out, if it is a multiple of the loop variable and something that the loop does not
change (`lifting`), or in a loop of its own, if it is data (`scans`); else right before the
statement. Nothing is tested that the program itself would not come to: a test stays inside the
branches around it, and a loop without iterations has none. Negative indices count from the end.

On entry and on exit: flat IR. Runs when no other pass moves statements any more.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace

from srcad.analysis.bounds import Bounds
from srcad.analysis.floors import floors_in
from srcad.analysis.overlap import overlap_in
from srcad.analysis.sums import Form, Sums, constant, plus
from srcad.analysis.values import Def, values
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.types import Array
from srcad.ir.walk import statements, stored
from srcad.ir.wording import out_of_bounds
from srcad.passes.building.emitter import Emitter
from srcad.passes.building.made_sizes import unsure_sizes
from srcad.passes.indices.lifting import Lifting, Test, made, overflows
from srcad.passes.indices.scans import Scan, emitted, scanned
from srcad.passes.indices.terms import Name, Terms, sum_of

RECALLED = 8
"""Loops before a statement that are asked for what they have found out: the last ones."""


def inside(function: ir.Function, *, reads: bool = False) -> ir.Function:
    """Return `function` with tests of all indices that are not known to be inside.

    reads: whether what is only read is tested too.
    """
    if not any(_access(stmt) for stmt in statements(function.body)):
        return function
    pass_ = _Inside(function, reads=reads)
    body = pass_.block(function.body, _Scope())
    return updated(function, body=body) if pass_.tests else function


def _access(stmt: ir.Stmt) -> tuple[ir.Var, ir.Index, bool] | None:
    """Return the array that a statement indexes, the index, and whether it is written."""
    match stmt:
        case ir.Store(array=array, index=index) | ir.Accum(target=array, index=tuple() as index):
            return array, index, True
        case ir.Let(value=ir.Load(array=array, index=index)):
            return array, index, False
        case _:
            return None


@dataclass(slots=True)
class _Scope:
    """What holds where a statement stands: facts, tests that passed, and the loop around it.

    loop: the loop whose body the statement is in, if all iterations come to it.
    before: what is to be tested before that loop. scans: in a loop of its own before it.
    nested: whether the statement is in a loop. outermost: whether that has none around it.
    earlier: for each loop that is behind, what is not negative if it had an iteration, and what
    each of its iterations has found out about values from before it.
    """

    facts: list[Form] = field(default_factory=list)
    decided: dict[Hashable, bool] = field(default_factory=dict)
    passed: set[object] = field(default_factory=set)
    loop: ir.For | None = None
    before: list[Test] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    nested: bool = False
    outermost: bool = False
    earlier: list[tuple[Form, list[Form]]] = field(default_factory=list)

    def inner(self, facts: Iterable[Form] = (), loop: ir.For | None = None) -> _Scope:
        """Return the scope of a block inside."""
        known = [*self.facts, *facts]
        scope = _Scope(known, dict(self.decided), set(self.passed), loop, nested=self.nested)
        scope.earlier = list(self.earlier)
        return scope

    def branch(self, facts: Iterable[Form], key: Hashable, *, taken: bool) -> _Scope:
        """Return the scope of a branch."""
        scope = self.inner(facts)
        scope.decided |= {} if key is None else {key: taken}
        return scope


def _inside(index: Form, extent: Form) -> tuple[Form, Form]:
    """Return what is not negative if an index is inside an extent."""
    return plus(index, extent), plus(plus(extent, index, -1), constant(-1))


def _is_from_before(form: Form, inside: frozenset[ir.Stmt]) -> bool:
    """Return whether a sum is of values that none of these statements makes, at least one."""
    symbols = [symbol for term in form for symbol in term]
    return bool(symbols) and all(_is_before(symbol, inside) for symbol in symbols)


def _is_before(symbol: object, inside: frozenset[ir.Stmt]) -> bool:
    match symbol:
        case Def(stmt=stmt):
            return stmt not in inside
        case tuple() | frozenset():
            return all(_is_before(part, inside) for part in symbol)
        case str() | int() | float():
            return True
        case _:
            return False


def _leaves(block: ir.Block) -> bool:
    """Return whether what follows a block does not run after it."""
    return bool(block) and isinstance(block[-1], ir.Raise)


class _Inside:
    """Walks over the blocks in the order of execution."""

    def __init__(self, function: ir.Function, *, reads: bool) -> None:
        self.function = function
        self.facts = values(function)
        self.sums = Sums(function, self.facts)
        self.bounds = Bounds(self.sums)
        self.lifting = Lifting(self.sums)
        self.supply = NameSupply.of(function)
        self.reads = reads
        self.overlap = overlap_in(function)
        self.floors = floors_in(function)
        self.written = {self.overlap.of(name) for name in stored(function.body)}
        self.tests = 0

    # Blocks -------------------------------------------------------------------------

    def block(self, block: ir.Block, scope: _Scope) -> ir.Block:
        """Return a block with its tests."""
        out: list[ir.Stmt] = []
        for stmt in block:
            match stmt:
                case ir.For():
                    self.loop(stmt, scope, out)
                case ir.If(test=test, then=then, orelse=orelse):
                    yes, no = (self.known(stmt, test, scope, holds=h) for h in (True, False))
                    key = self.bounds.conditions.key(stmt, test)
                    then = self.block(then, scope.branch(yes, key, taken=True))
                    orelse = self.block(orelse, scope.branch(no, key, taken=False))
                    out.append(updated(stmt, then=then, orelse=orelse))
                    scope.facts += (no if _leaves(then) else []) + (yes if _leaves(orelse) else [])
                case ir.While(cond_body=head, cond=cond, body=body):
                    turn = scope.inner()
                    head = self.block(head, turn)
                    turn.facts += self.known(stmt, cond, turn, holds=True)
                    out.append(updated(stmt, cond_body=head, body=self.block(body, turn)))
                case _:
                    self.access(stmt, scope, out)
                    out.append(stmt)
        return tuple(out)

    def known(self, stmt: ir.Stmt, test: ir.Atom, scope: _Scope, *, holds: bool) -> list[Form]:
        """Return what a test says about integers."""
        return self.bounds.conditions.of_test(stmt, test, scope.facts, holds=holds)

    def loop(self, loop: ir.For, scope: _Scope, out: list[ir.Stmt]) -> None:
        """Append a loop, and before it what is tested once."""
        may_leave = loop.until is not None or any(map(self.may_fail, statements(loop.body)))
        bounds = self.bounds.of_loop(loop)
        inner = scope.inner(bounds, None if may_leave else loop)
        inner.nested = True
        inner.outermost = not scope.nested
        body = self.block(loop.body, inner)
        if bounds:
            inside = frozenset(statements((loop,)))
            found = [f for f in inner.facts[len(scope.facts) :] if _is_from_before(f, inside)]
            new = [fact for fact in found if fact not in scope.facts]
            scope.earlier = [*scope.earlier, *([(bounds[-1], new)] if new else [])][-RECALLED:]
        for test in _grouped(inner.before):
            self.test(test, scope, out)
        lines = dict.fromkeys(_place(scan.test.span) for scan in inner.scans)
        for line in lines:
            scans = [scan for scan in inner.scans if _place(scan.test.span) == line]
            emit = Emitter(self.supply, out, scans[0].test.span)
            self.raising(emitted(scans, loop, self.lifting, emit), emit)
        out.append(updated(loop, body=body))

    def may_fail(self, stmt: ir.Stmt) -> bool:
        """Return whether a statement may raise an exception of its own."""
        return isinstance(stmt, ir.Raise | ir.Call) or (
            isinstance(stmt, ir.Let) and bool(unsure_sizes(stmt.value, self.floors))
        )

    # Accesses -----------------------------------------------------------------------

    def access(self, stmt: ir.Stmt, scope: _Scope, out: list[ir.Stmt]) -> None:
        """Append the tests of what a statement indexes."""
        found = _access(stmt)
        if found is None or not (found[2] or self.reads or self.is_written_view(stmt, found[0])):
            return
        array, index, _ = found
        kinds = [p.type or self.overlap.type_of.get(p.name) for p in index if isinstance(p, ir.Var)]
        if any(isinstance(kind, Array) for kind in kinds):
            return
        owner = self.facts.reads.get((stmt, array.name))
        for axis, part in enumerate(index):
            if isinstance(part, ir.Slice):
                continue
            bounds = _inside(self.sums.form(stmt, part), self.sums.extent(owner, axis))
            if self.holds(bounds, scope) or self.recalls(bounds, scope):
                continue
            extent = sum_of(((Name(array, owner, axis),), 1))
            test = Test(
                (self.lifting.atom(stmt, part),), extent, (), stmt.span or self.function.span
            )
            self.test(test, scope, out)
            scope.facts += bounds

    def holds(self, forms: Iterable[Form], scope: _Scope) -> bool:
        """Return whether sums surely are not negative where a statement stands."""
        return all(self.bounds.holds(form, scope.facts, scope.decided) for form in forms)

    def recalls(self, forms: Iterable[Form], scope: _Scope) -> bool:
        """Return whether sums are not negative by what loops have found out that surely ran."""
        ran = [found for had_one, found in scope.earlier if self.holds((had_one,), scope)]
        facts = [*scope.facts, *(fact for found in ran for fact in found)]
        return bool(ran) and all(self.bounds.holds(f, facts, scope.decided) for f in forms)

    def is_written_view(self, stmt: ir.Stmt, array: ir.Var) -> bool:
        """Return whether a statement makes a view of an array that is written."""
        is_view = isinstance(stmt, ir.Let) and not self.overlap.is_number(stmt.target.name)
        return is_view and self.overlap.of(array.name) in self.written

    # Before loops -------------------------------------------------------------------

    def test(self, test: Test, scope: _Scope, out: list[ir.Stmt]) -> None:
        """Append a test, or note it for the loop around."""
        loop = scope.loop
        lifted = self.lifting.before(test, loop) if loop is not None else None
        if lifted is not None:
            scope.before.append(lifted)
            return
        scan = None
        if loop is not None and scope.outermost:
            scan = scanned(test, loop, self.lifting, self.overlap)
        if scan is not None:
            scope.scans.append(scan)
            self.tests += 1
        else:
            self.emit(test, scope, out)

    # Tests --------------------------------------------------------------------------

    def emit(self, test: Test, scope: _Scope, out: list[ir.Stmt]) -> None:
        """Append a test of what is not known to be inside."""
        known = list(scope.facts)
        runs: dict[tuple[Terms, Terms, int], Form] = {}
        for start, stop, step in test.loops:
            low, high = (start, stop) if step > 0 else (stop, start)
            gap = plus(plus(self.lifting.form(high), self.lifting.form(low), -1), constant(-1))
            if not self.bounds.holds(gap, scope.facts, scope.decided):
                runs[start, stop, step] = gap
            known.append(gap)
        extent = self.lifting.form(test.extent)
        ends = {
            end: form
            for end in test.ends
            for form in [_inside(self.lifting.form(end), extent)]
            if not all(self.bounds.holds(f, known, scope.decided) for f in form)
        }
        self.drop_between(ends, known)
        if not ends:
            return
        key = (_frozen(*runs.values()), _frozen(*(f for form in ends.values() for f in form)))
        if key in scope.passed:
            return
        scope.passed.add(key)
        if not runs:
            scope.facts += [f for form in ends.values() for f in form]
        self.tests += 1
        emit = Emitter(self.supply, out, test.span)
        outside = self.condition(list(ends), test.extent, emit)
        if test.wraps:
            risky = dict.fromkeys(term for end in ends for term in self.lifting.risky(end))
            for one in overflows(risky, emit):
                outside = emit.op("or", one, outside)
        for start, stop, step in reversed(runs):
            turns = emit.op("lt" if step > 0 else "gt", made(start, emit), made(stop, emit))
            outside = emit.op("and", turns, outside)
        self.raising(outside, emit)

    def raising(self, outside: ir.Atom, emit: Emitter) -> None:
        """Append what raises IndexError where a test holds."""
        problem = ir.Raise(IndexError, (out_of_bounds(emit.span),), emit.span)
        emit.out.append(ir.If(outside, (problem,), (), emit.span))

    def drop_between(self, ends: dict[Terms, tuple[Form, Form]], known: list[Form]) -> None:
        """Remove the indices that lie between two others."""
        for end in list(ends):
            others = [
                plus(self.lifting.form(end), self.lifting.form(e), -1) for e in ends if e != end
            ]
            below = any(self.bounds.holds(gap, known) for gap in others)
            if below and any(self.bounds.holds(plus({}, gap, -1), known) for gap in others):
                del ends[end]

    def condition(self, ends: list[Terms], extent: Terms, emit: Emitter) -> ir.Atom:
        """Return the name of the test whether one of the ends is outside."""
        size = made(extent, emit)
        found: ir.Atom | None = None
        for k in range(0, len(ends), 2):
            places = [made(end, emit) for end in ends[k : k + 2]]
            prim = "outside" if len(places) == 1 else "span_outside"
            one = emit.op(prim, *places, size)
            found = one if found is None else emit.op("or", found, one)
        assert found is not None
        return found


def _grouped(tests: list[Test]) -> list[Test]:
    """Return tests of which those of one line and one extent are one."""
    found: dict[object, Test] = {}
    for test in tests:
        key = (test.extent, test.loops, _place(test.span))
        before = found.setdefault(key, test)
        ends = tuple(dict.fromkeys((*before.ends, *test.ends)))
        found[key] = replace(before, ends=ends)
    return list(found.values())


def _place(span: ir.Span | None) -> tuple[str, int] | None:
    return None if span is None else (span.file, span.line)


def _frozen(*forms: Form) -> frozenset[frozenset[object]]:
    return frozenset(frozenset(form.items()) for form in forms)
