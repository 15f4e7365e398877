"""What is known where a test holds, or does not: sums that are not negative.

if 0 <= k < x.size:       k,  x.size - 1 - k
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from srcad.analysis.sums import Form, Sums, constant, plus
from srcad.analysis.values import Def
from srcad.ir import nodes as ir

NEGATED = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}

Holds = Callable[[Form, Sequence[Form]], bool]


def is_one(form: Form) -> Hashable:
    """Return the key of the test whether an extent is 1."""
    return "is one", frozenset(form.items())


class Conditions:
    """What the tests of one function say; `holds` proves that a sum is not negative."""

    def __init__(self, sums: Sums, holds: Holds) -> None:
        self.sums = sums
        self.holds = holds

    def of_test(
        self, stmt: ir.Stmt, atom: ir.Atom, facts: Sequence[Form], *, holds: bool
    ) -> list[Form]:
        """Return what is known where a test holds, or does not: sums that are >= 0."""
        d = self.sums.extents.definition(stmt, atom)
        return [] if d is None else self._tested(d, facts, holds=holds)

    def _tested(self, d: Def, facts: Sequence[Form], *, holds: bool) -> list[Form]:
        """Return what is known where the value of a test is True, or False."""
        match d:
            case Def(kind="join", stmt=ir.If() as branch):
                return self._joined(d, branch, facts, holds=holds)
            case Def(kind="let", stmt=ir.Let(value=ir.Op(prim, args)) as let):
                match prim, args:
                    case "not", (inner,):
                        return self.of_test(let, inner, facts, holds=not holds)
                    case (("and" | "or"), (a, b)) if holds == (prim == "and"):
                        return [f for x in (a, b) for f in self.of_test(let, x, facts, holds=holds)]
                    case "extents_clash", (a, b) if not holds:
                        pair = (frozenset(self.sums.form(let, x).items()) for x in (a, b))
                        return [self.sums.symbol(("clash", *pair))]
                    case _, (a, b) if prim in NEGATED and self._whole(let, a, b):
                        prim = prim if holds else NEGATED[prim]
                        return self._compared(let, prim, a, b, facts)
        return []

    def _joined(self, d: Def, branch: ir.If, facts: Sequence[Form], *, holds: bool) -> list[Form]:
        """Return what is known by a test made in branches: `a and b`, `a or b` of the user's.

        One branch leaves the test as it was, which its own test refutes.
        """
        test = self.sums.extents.definition(branch, branch.test)
        left: list[tuple[bool, Def]] = []
        for went, value in zip((True, False), d.inputs, strict=True):
            if value is None:
                return []
            same, sign = self._bare(value), self._bare(test)
            is_test = test is not None and same[0] is sign[0]
            if not is_test or (went == (same[1] == sign[1])) == holds:
                left.append((went, value))
        if len(left) != 1:
            return []
        went, value = left[0]
        found = self.of_test(branch, branch.test, facts, holds=went)
        return [*found, *self._tested(value, [*facts, *found], holds=holds)]

    def _bare(self, d: Def | None) -> tuple[Def | None, bool]:
        """Return the value that a test, or its negation, is."""
        sign = True
        while d is not None:
            match d:
                case Def(kind="let", stmt=ir.Let(value=ir.Op("not", (ir.Var() as inner,))) as let):
                    sign = not sign
                case Def(kind="let", stmt=ir.Let(value=ir.Var() as inner) as let):
                    pass
                case _:
                    break
            d = self.sums.extents.definition(let, inner)
        return d, sign

    def _whole(self, stmt: ir.Stmt, *atoms: ir.Atom) -> bool:
        for atom in atoms:
            if isinstance(atom, ir.Const):
                if not isinstance(atom.value, int):
                    return False
            else:
                d = self.sums.facts.reads.get((stmt, atom.name))
                if d is None or not self.sums.is_int(d):
                    return False
        return True

    def _compared(
        self, stmt: ir.Let, prim: str, a: ir.Atom, b: ir.Atom, facts: Sequence[Form]
    ) -> list[Form]:
        gap = plus(self.sums.form(stmt, b), self.sums.form(stmt, a), -1)
        back = plus({}, gap, -1)
        match prim:
            case "lt":
                return [plus(gap, constant(-1))]
            case "le":
                return [gap]
            case "gt":
                return [plus(back, constant(-1))]
            case "ge":
                return [back]
            case "eq":
                return [gap, back]
            case _:
                return [plus(f, constant(-1)) for f in (gap, back) if self.holds(f, facts)]

    def key(self, stmt: ir.Stmt, test: ir.Atom) -> Hashable:
        """Return what two tests have in common if they are the same."""
        match self.sums.extents.operation(stmt, test):
            case let, ir.Op("eq", (a, ir.Const(value=1))):
                return is_one(self.sums.form(let, a))
        return self.sums.extents.definition(stmt, test)
