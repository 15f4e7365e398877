"""Between which numbers does an integer lie? Facts that hold in a scope, and proofs from them.

Facts are sums (`analysis.sums`) that are not negative: in `for i in range(n)` these are `i`
and `n - 1 - i`, after `if k >= x.size: raise` it is `x.size - 1 - k`. To prove that a sum is
not negative, facts are subtracted from it until only what surely is not negative is left
(Fourier-Motzkin, one step at a time); where that does not help, case by case for symbols
that are choices, as `max(a, b)`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from srcad.analysis.conditions import Conditions, is_one
from srcad.analysis.sums import ONE, Form, Monomial, Sums, constant, number_in, plus
from srcad.analysis.values import Def
from srcad.ir import nodes as ir

DEEPEST = 7
DEPTHS = ((1, 10), (2, 30), (4, 60), (7, 60))
STEPS = 400
SPLITS = 4
"""How far a proof is looked for: how many facts it may use, all that are tried, cases."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A value of a symbol, what is known where it has this value, and the test that says so."""

    value: Form
    facts: list[Form]
    key: Hashable = None
    holds: bool = field(default=True, kw_only=True)


def _thawed(frozen: object, sums: Sums) -> Form:
    """Return the sum that is part of a symbol, its terms in an order that is always the same."""
    assert isinstance(frozen, frozenset)
    return dict(sorted(frozen, key=lambda term: sums.place(term[0])))


def _equal(a: Form, b: Form) -> list[Form]:
    return [plus(a, b, -1), plus(b, a, -1)]


def _symbols(form: Form, facts: Sequence[Form]) -> list[Hashable]:
    """Return the symbols of a sum, then those of facts about them."""
    everything = chain(form, *reversed(facts))
    return list(dict.fromkeys(chain.from_iterable(everything)))


class Bounds:
    """What is known of the symbols of one function."""

    def __init__(self, sums: Sums) -> None:
        self.sums = sums
        self.conditions = Conditions(sums, self._surely)
        self._known: dict[Hashable, tuple[Form, ...]] = {}
        self._now_and_then: dict[Hashable, list[tuple[Form, Form]]] = {}
        self._cases_of: dict[Hashable, list[_Case]] = {}
        self._signs: dict[Monomial, bool] = {}
        self._proofs: dict[Hashable, tuple[bool, list[Form]]] = {}  # whose facts stay as they are
        self._steps = self._left = 0
        self._is_cut = False

    # Facts --------------------------------------------------------------------------

    def of_loop(self, loop: ir.For) -> list[Form]:
        """Return what is known in the body of a counted loop."""
        start, stop = self.sums.form(loop, loop.start), self.sums.form(loop, loop.stop)
        index = self.sums.of(self.sums.facts.defs[loop, loop.var.name])
        match loop.step:
            case ir.Const(value=int(step)) if step > 0:
                low, high = start, stop
            case ir.Const(value=int(step)) if step < 0:
                low, high = stop, start
            case _:
                return []
        size = abs(step)
        whole = all(count % size == 0 for count in plus(high, low, -1).values())
        gap = size if whole else 1
        first, last = (0, gap) if step > 0 else (gap, 0)
        return [
            plus(plus(index, low, -1), constant(-first)),
            plus(plus(high, index, -1), constant(-last)),
            plus(plus(high, low, -1), constant(-gap)),
        ]

    def known(self, symbol: Hashable) -> tuple[Form, ...]:
        """Return what is always known of a symbol."""
        if symbol not in self._known:
            self._known[symbol] = ()
            self._known[symbol] = tuple(self._of_symbol(symbol))
        return self._known[symbol]

    def _of_symbol(self, symbol: Hashable) -> Iterable[Form]:
        mine = self.sums.symbol(symbol)
        match symbol:
            case ("shape" | "trips" | "clash", *_):
                return [mine]
            case Def(kind="let", stmt=ir.Let(value=ir.Op(prim, (a, b))) as stmt) if (
                self.sums.is_int(symbol)
            ):
                return self._of_operation(
                    mine, prim, self.sums.form(stmt, a), self.sums.form(stmt, b)
                )
            case Def(kind="phi") if self.sums.is_int(symbol):
                return self._moving(mine, symbol)
            case Def(kind="out", inputs=[Def(kind="phi") as phi]) if self.sums.is_int(symbol):
                return self._moving(mine, phi)
            case Def() if self.sums.is_unsigned(symbol):
                return [mine]
        return []

    def sometimes(self, symbol: Hashable) -> list[tuple[Form, Form]]:
        """Return what is known of a symbol where something else is: both are >= 0 then."""
        if symbol not in self._now_and_then:
            self._now_and_then[symbol] = self._sometimes(symbol)
        return self._now_and_then[symbol]

    def _sometimes(self, symbol: Hashable) -> list[tuple[Form, Form]]:
        mine = self.sums.symbol(symbol)
        match symbol:
            case ("trips", start, stop, step):
                low, high, by = (_thawed(part, self.sums) for part in (start, stop, step))
                size = number_in(by)
                if size:
                    rest = plus(plus(high, low, -1), plus(mine, constant(-1)), -size)
                    rest = rest if size > 0 else plus({}, rest, -1)
                    return [(plus(mine, constant(-1)), plus(rest, constant(-1)))]
            case Def(kind="let", stmt=ir.Let(value=ir.Op("mod", (_, divisor))) as stmt) if (
                self.sums.is_int(symbol)
            ):
                by = self.sums.form(stmt, divisor)
                at_least_one = plus(by, constant(-1))
                return [(at_least_one, mine), (at_least_one, plus(at_least_one, mine, -1))]
            case Def(kind="out", inputs=[Def(kind="phi", stmt=ir.For() as loop) as phi]) if (
                self.sums.is_int(symbol)
            ):
                trips = self._trips(loop)
                return (
                    [] if trips is None else [(trips, f) for f in self._counted(mine, phi, trips)]
                )
        return []

    def _trips(self, loop: ir.For) -> Form | None:
        """Return how often a loop runs at most, if that is not negative."""
        start, stop = self.sums.form(loop, loop.start), self.sums.form(loop, loop.stop)
        match loop.step:
            case ir.Const(value=1):
                return plus(stop, start, -1)
            case ir.Const(value=-1):
                return plus(start, stop, -1)
        return None

    def _counted(self, mine: Form, phi: Def, trips: Form) -> list[Form]:
        """Return how far a value can have moved in some iterations."""
        first, last = phi.inputs
        steps = None if last is None or first is None else self._steps_of(phi, last, 0)
        if steps is None or first is None:
            return []
        gap = plus(mine, self.sums.of(first), -1)
        most = plus(plus({}, trips, max(*steps, 0)), gap, -1)
        least = plus(gap, trips, -min(*steps, 0))
        return [most, least]

    def _of_operation(self, mine: Form, prim: str, a: Form, b: Form) -> list[Form]:
        number = number_in(b)
        match prim:
            case "max":
                return [plus(mine, a, -1), plus(mine, b, -1)]
            case "min":
                return [plus(a, mine, -1), plus(b, mine, -1)]
            case "floordiv" if number is not None and number > 0:
                rest = plus(a, mine, -number)
                return [rest, plus(constant(number - 1), rest, -1)]
            case "mod" if number is not None and number > 0:
                return [mine, plus(constant(number - 1), mine, -1)]
        return []

    def _moving(self, mine: Form, phi: Def) -> list[Form]:
        """Return the bounds of what a loop only ever adds to, or subtracts from."""
        first, last = phi.inputs
        steps = None if last is None or first is None else self._steps_of(phi, last, 0)
        if steps is None or first is None:
            return []
        gap = plus(mine, self.sums.of(first), -1)
        found = [gap] if min(steps) >= 0 else []
        found += [plus({}, gap, -1)] if max(steps) <= 0 else []
        loop = phi.stmt
        if isinstance(loop, ir.For) and mine == self.sums.of(phi):
            index, start = (
                self.sums.of(self.sums.facts.defs[loop, loop.var.name]),
                self.sums.form(loop, loop.start),
            )
            match loop.step:
                case ir.Const(value=1):
                    found += self._counted(mine, phi, plus(index, start, -1))
                case ir.Const(value=-1):
                    found += self._counted(mine, phi, plus(start, index, -1))
        return found

    def _steps_of(self, phi: Def, last: Def, depth: int) -> set[int] | None:
        """Return by how much a value differs from what it was in the iteration before."""
        gap = number_in(plus(self.sums.of(last), self.sums.of(phi), -1))
        if gap is not None:
            return {gap}
        if last.kind != "join" or depth > DEEPEST:
            return None
        found: set[int] = set()
        for item in last.inputs:
            steps = None if item is None else self._steps_of(phi, item, depth + 1)
            if steps is None:
                return None
            found |= steps
        return found

    # Cases --------------------------------------------------------------------------

    def cases(self, symbol: Hashable) -> list[_Case]:
        """Return what a symbol is equal to, case by case; nothing if it is not a choice."""
        match symbol:
            case ("clash", a, b):
                first, second = _thawed(a, self.sums), _thawed(b, self.sums)
                ones = [
                    _Case({}, _equal(x, constant(1)), is_one(x), holds=True)
                    for x in (first, second)
                ]
                return [_Case({}, _equal(first, second)), *ones]
            case Def(kind="let", stmt=ir.Let(value=ir.Op(prim, args)) as stmt):
                return self._cases(stmt, prim, args)
            case Def(kind="join", stmt=ir.If() as stmt, inputs=inputs):
                return self._branches(
                    stmt, [None if d is None else self.sums.of(d) for d in inputs]
                )
            case ("shape", Def(kind="join", stmt=ir.If() as stmt, inputs=inputs), int(axis)):
                return self._branches(
                    stmt, [None if d is None else self.sums.extent(d, axis) for d in inputs]
                )
        return []

    def _branches(self, stmt: ir.If, values: Sequence[Form | None]) -> list[_Case]:
        """Return the cases of what branches make; where one makes nothing, nobody reads it."""
        return [
            self._choice(stmt, stmt.test, value, holds=holds)
            for value, holds in zip(values, (True, False), strict=True)
            if value is not None
        ]

    def _choice(self, stmt: ir.Stmt, test: ir.Atom, value: Form, *, holds: bool) -> _Case:
        """Return the case in which a test holds, or does not."""
        facts = self.conditions.of_test(stmt, test, (), holds=holds)
        return _Case(value, facts, self.conditions.key(stmt, test), holds=holds)

    def _cases(self, stmt: ir.Let, prim: str, args: tuple[ir.Atom, ...]) -> list[_Case]:
        match prim, args:
            case (("max" | "min"), (a, b)):
                one, other = self.sums.form(stmt, a), self.sums.form(stmt, b)
                gap = plus(one, other, -1) if prim == "max" else plus(other, one, -1)
                return [_Case(one, [gap]), _Case(other, [plus({}, gap, -1)])]
            case "select", (test, a, b):
                return [
                    self._choice(stmt, test, self.sums.form(stmt, x), holds=holds)
                    for x, holds in ((a, True), (b, False))
                ]
            case "common_extent", (a, b):
                one, other = self.sums.form(stmt, a), self.sums.form(stmt, b)
                return [
                    _Case(one, _equal(one, other)),
                    _Case(one, _equal(other, constant(1)), is_one(other), holds=True),
                    _Case(other, _equal(one, constant(1)), is_one(one), holds=True),
                ]
            case "wider_extent", (a, b):
                one, other = self.sums.form(stmt, a), self.sums.form(stmt, b)
                yes = _Case(other, _equal(one, constant(1)), is_one(one), holds=True)
                return [yes, _Case(one, [], is_one(one), holds=False)]
            case "axis_step", (a,):
                extent = self.sums.form(stmt, a)
                yes = _Case({}, _equal(extent, constant(1)), is_one(extent), holds=True)
                return [yes, _Case(constant(1), [], is_one(extent), holds=False)]
        return []

    # Proofs -------------------------------------------------------------------------

    def _surely(self, form: Form, facts: Sequence[Form]) -> bool:
        """Return whether a sum is not negative, if that is easy to see."""
        left, self._steps = self._steps, DEPTHS[0][1]
        found = self._holds(form, facts, DEPTHS[0][0])
        self._steps = left
        return found

    def holds(
        self, form: Form, facts: Sequence[Form], decided: Mapping[Hashable, bool] | None = None
    ) -> bool:
        """Return whether a sum surely is not negative where the facts hold.

        decided: the outcome of tests, by their keys.
        """
        decided = decided or {}
        key = (tuple(form.items()), tuple(map(id, facts)), frozenset(decided.items()))
        if key not in self._proofs:
            self._left = STEPS
            self._proofs[key] = self._in_all_cases(form, facts, decided, SPLITS), [*facts]
        return self._proofs[key][0]

    def _in_all_cases(
        self, form: Form, facts: Sequence[Form], decided: Mapping[Hashable, bool], splits: int
    ) -> bool:
        for fact in facts:
            if len(fact) == 1 and fact.get(ONE, 0) < 0:
                return True  # nothing of this case happens
        for rounds, (depth, steps) in zip(range(len(DEPTHS), 0, -1), DEPTHS, strict=True):
            self._steps, self._is_cut = steps, False
            if self._holds(form, facts, depth):
                return True
            if not self._is_cut:  # however deep: each round would take as many steps
                self._left -= rounds * (steps - self._steps)
                break
            self._left -= steps - max(self._steps, 0)
        if not splits or self._left <= 0:
            return False
        for symbol in _symbols(form, facts):
            if symbol not in self._cases_of:
                self._cases_of[symbol] = self.cases(symbol)
            cases = self._cases_of[symbol]
            if cases:
                for case in cases:
                    if decided.get(case.key, case.holds) != case.holds:
                        continue
                    now = dict(decided) if case.key is None else {**decided, case.key: case.holds}
                    further = self.decided_of(now, symbol, case.value)
                    if further is None:
                        continue  # what was decided contradicts it
                    known = [
                        self.put(fact, symbol, case.value)
                        for fact in (*facts, *self.known(symbol), *case.facts)
                    ]
                    left = self.put(form, symbol, case.value)
                    if not self._in_all_cases(left, known, further, splits - 1):
                        return False
                return True
        return False

    def decided_of(
        self, decided: Mapping[Hashable, bool], symbol: Hashable, value: Form
    ) -> dict[Hashable, bool] | None:
        """Return outcomes of tests with a value for a symbol; None where two contradict."""
        found = dict(decided)
        for key, holds in decided.items():
            match key:
                case ("is one", frozenset() as terms) if any(symbol in term for term, _ in terms):
                    form = self.put(_thawed(terms, self.sums), symbol, value)
                    number = number_in(form)
                    is_so = holds if number is None else number == 1
                    if is_so != holds or found.setdefault(is_one(form), holds) != holds:
                        return None
        return found

    def put(self, form: Form, symbol: Hashable, value: Form) -> Form:
        """Return a sum with a value for a symbol."""
        for term in form:
            if symbol in term:
                break
        else:
            return form
        found: Form = {}
        for term, count in form.items():
            product = constant(count)
            for part in term:
                product = self.sums.times(product, value if part == symbol else {(part,): 1})
            found = plus(found, product)
        return found

    def _holds(self, form: Form, facts: Sequence[Form], depth: int) -> bool:
        self._steps -= 1
        signs = self._signs
        bad = [
            m
            for m, count in form.items()
            if m and (count < 0 or not (signs[m] if m in signs else self._positive(m)))
        ]
        if not bad and form.get(ONE, 0) >= 0:
            return True
        if not depth or self._steps <= 0:
            self._is_cut = True
            return False
        for term in [max(bad, key=self.sums.place)] if bad else [m for m in form if m]:
            wanted = form[term]
            for fact in self._about(term, form, facts, depth):
                whole, more = form, abs(fact[term])
                if more > 1:
                    whole = plus(plus({}, form, more), constant(more - 1))
                left = plus(whole, fact, -abs(wanted))
                if self._holds(left, facts, depth - 1):
                    return True
        return False

    def _positive(self, term: Monomial) -> bool:
        """Return whether a product is of symbols that are not negative."""
        found = all({(symbol,): 1} in self.known(symbol) for symbol in term)
        self._signs[term] = found
        return found

    def _about(
        self, term: Monomial, form: Form, facts: Sequence[Form], depth: int
    ) -> Iterable[Form]:
        """Iterate over facts about a product of symbols in a sum, of the sign that it has there."""
        wanted = form[term]
        symbols = dict.fromkeys(chain.from_iterable(form))
        everything: list[Form] = []
        known = self._known
        for symbol in symbols:
            everything += known[symbol] if symbol in known else self.known(symbol)
        for symbol in symbols:
            for condition, fact in self.sometimes(symbol):
                if self._holds(condition, facts, min(depth - 1, 3)):
                    everything.append(fact)
        everything += facts
        for fact in reversed(everything):
            if fact.get(term, 0) * wanted > 0:
                yield fact
        if len(term) == 2:
            for symbol, factor in (term, term[::-1]):
                weight: Form = {(factor,): 1}
                if self._holds(weight, facts, min(depth - 1, 2)):
                    for fact in reversed(everything):
                        if (symbol,) in fact:
                            product = self.sums.times(fact, weight)
                            if product.get(term, 0) * wanted > 0:
                                yield product
