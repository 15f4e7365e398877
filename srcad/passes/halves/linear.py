"""A tangent in two functions: the value once, and the linear work as often as wanted.

Before                              After
    def f_tangent(x, n, x_dot):         def f_value(x, n):
        s_dot = x_dot                       s = x
        s = x                               for i in range(n):
        for i in range(n):                      c = math.cos(s)
            c = math.cos(s)                     save(c_kept, c)
            s_dot = s_dot * c                   s = math.sin(s)
            s = math.sin(s)                 return s, (n, c_kept)
        return s, s_dot
                                        def f_linear(n, c_kept, x_dot):
                                            s_dot, p = x_dot, 0
                                            for i in range(n):
                                                s_dot = s_dot * c_kept[p]
                                                p += 1
                                            return s_dot

On entry: a tangent before its stacks become arrays. A statement that reads or writes what
depends on a tangent is linear work: names and arrays that do are found first. The second
function has these statements, in the loops and branches around them, and in the same order; so
what the first one saves is read in the order in which it was saved.

What linear work reads beside tangents comes from one of these places: names bound once outside of
all loops, and arrays that nobody writes any more, are returned as they are; variables of
loops are there; what is read from such arrays, arithmetic on integers and one operation on
what is there is done again; any other number is saved where it is used, and so are the elements
of any other array.

Conditions: the value does not depend on a tangent (its shape, say). What is returned of the
caller's memory is copied.
None where that cannot be had, or where functions are called by name.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import nodes as ir
from srcad.ir.bound import new_problems
from srcad.ir.names import NameSupply, is_temporary
from srcad.ir.primitives import COMPARISONS, EXTENTS, LIKES
from srcad.ir.types import FLOATS, INT, Array, Scalar
from srcad.ir.walk import (
    assigned,
    bindings,
    blocks,
    names,
    param_vars,
    reads,
    statements,
    substitute,
    targets,
)
from srcad.passes.building.emitter import Emitter
from srcad.passes.building.outputs import shifted
from srcad.passes.halves.halves import calls_by_name, leaf_count, types_of
from srcad.passes.halves.linear_work import (
    asks_shape,
    bound_or_written,
    classes_written,
    extents_of,
    linear_classes,
    made_of,
    memory_classes,
    nest,
    read,
    substituted,
    with_parts,
)
from srcad.passes.kept.tape import tape

CHEAP = COMPARISONS | EXTENTS | {"add", "sub", "mul", "neg", "pos", "cast"}
"""Operations that are done again rather than kept, of integers, and of floats that are there."""

DEEPEST = 12
NOTHING = frozenset({"nothing@"})
"""What a statement without linear work needs."""


class _CannotCutError(Exception):
    """The tangent stays one function."""


def linear_halves(function: ir.Function, dots: int) -> tuple[ir.Function, ir.Function] | None:
    """Return the value with what is kept, and the linear work; None where it cannot be cut.

    dots: how many of the last parameters are tangents.
    """
    if any(map(calls_by_name, statements(function.body))):
        return None
    try:
        return _Cut(function, dots).halves()
    except _CannotCutError:
        return None


class _Cut:
    """Both functions while they are written.

    place: the number of the statement of the body that is being cut. there: names that are bound
    once, and before, in this very iteration, of something that is still what it was. known: the
    name in the second function of each value that is there. first, second: the blocks written.
    """

    def __init__(self, function: ir.Function, dots: int) -> None:
        self.function = function
        count = len(function.params) - dots
        self.own, self.dots = function.params[:count], function.params[count:]
        self.types = types_of(function)
        self.classes = memory_classes(function)
        self.supply = NameSupply.of(function)
        self.bound = bindings(function)
        self.outside = {name for name, _ in function.constants}
        self.at_top = {v.name for v in param_vars(self.own)}
        self.at_top |= {
            t.name for s in function.body if not isinstance(s, ir.For) for t in targets(s)
        }
        self.defined = {
            s.target.name: s.value for s in statements(function.body) if isinstance(s, ir.Let)
        }
        self.made_of = made_of(self.defined, self.classes)
        self.writers = {
            written: k
            for k, top in enumerate(function.body)
            for written in classes_written(top, self.classes)
        }
        self.linear = linear_classes(function.body, self.classes, self.dots)
        self.work: dict[ir.Stmt, frozenset[str]] = {}
        self.place = 0
        self.there: set[str] = set()
        self.known: dict[str, ir.Atom] = {}
        self.first: list[ir.Stmt] = []
        self.second: list[ir.Stmt] = []
        self.kept: dict[str, ir.Var] = {}
        self.stacks: dict[str, tuple[ir.Var, ir.Var]] = {}

    # What is linear work --------------------------------------------------------------

    def is_linear(self, stmt: ir.Stmt) -> bool:
        """Return whether a statement itself is linear work."""
        names = reads(stmt) | bound_or_written(stmt)
        return any(self.classes.of(name) in self.linear for name in names)

    def needs(self, stmt: ir.Stmt) -> frozenset[str] | None:
        """Return the values that the linear work of a statement reads; None if it has none."""
        if stmt not in self.work:
            inner = [self.needs(part) for block in blocks(stmt) for part in block]
            found = frozenset().union(*(part for part in inner if part is not None))
            if any(part is not None for part in inner) or self.is_linear(stmt):
                own = {n for n in reads(stmt) if self.classes.of(n) not in self.linear}
                self.work[stmt] = found | (own - self.outside)
            else:
                self.work[stmt] = NOTHING
        return None if self.work[stmt] is NOTHING else self.work[stmt]

    # Both functions -------------------------------------------------------------------

    def halves(self) -> tuple[ir.Function, ir.Function] | None:
        """Return both functions."""
        function = self.function
        assert isinstance(function.result, tuple)
        value, dots = function.result
        count = leaf_count(value)
        outs, found = function.returns[:count], function.returns[count:]
        if any(isinstance(a, ir.Var) and self.classes.of(a.name) in self.linear for a in outs):
            return None
        for k, stmt in enumerate(function.body):
            self.place = k
            self.statement(stmt)
        self.place = len(function.body)
        returns = tuple(self.returned(atom) for atom in found)
        first = self.first_half(outs, value)
        start = [ir.Let(top, ir.Const(0, INT), function.span) for _, top in self.stacks.values()]
        stacks = [stack for stack, _ in self.stacks.values()]
        second = replace(
            function,
            name=f"{function.name}_linear",
            params=(*(ir.Param(v.name, v) for v in (*self.kept.values(), *stacks)), *self.dots),
            body=(*start, *self.second),
            returns=returns,
            result=shifted(dots, -count),
        )
        first = tape(first)
        return None if new_problems(first) or new_problems(second) else (first, second)

    def returned(self, atom: ir.Atom) -> ir.Atom:
        """Return a result of the linear work."""
        if isinstance(atom, ir.Const) or self.classes.of(atom.name) in self.linear:
            return atom
        return self.value(atom.name)

    def first_half(self, outs: tuple[ir.Atom, ...], value: object) -> ir.Function:
        """Return the value with all that is kept, apart from the caller's memory."""
        function = self.function
        body = list(self.first)
        emit = Emitter(self.supply, body, function.span)
        theirs = {self.classes.of(v.name) for v in param_vars(self.own)}
        theirs |= {self.classes.of(a.name) for a in outs if isinstance(a, ir.Var)}
        kept: list[ir.Atom] = []
        for name, given in self.kept.items():
            var = ir.Var(name, given.type)
            if isinstance(var.type, Array) and self.classes.of(name) in theirs:
                copy = ir.Var(self.supply.fresh(f"{name}_kept"), var.type)
                var = emit.let(copy, ir.Op("copy", (var,)))
            kept.append(var)
        kept += [stack for stack, _ in self.stacks.values()]
        result = (value, tuple(range(len(outs), len(outs) + len(kept))))
        return replace(
            function,
            name=f"{function.name}_value",
            params=self.own,
            body=tuple(body),
            returns=(*outs, *kept),
            result=result,
        )

    # Statements -----------------------------------------------------------------------

    def statement(self, stmt: ir.Stmt) -> None:
        """Append the parts of a statement to both functions."""
        needs = self.needs(stmt)
        if needs is None:
            self.first.append(stmt)
        elif self.is_linear(stmt):
            stmt, needs = self.without_shapes(stmt, needs)
            names = {name: self.value(name, stmt) for name in sorted(needs)}
            self.second.append(substituted(stmt, names))
        else:
            self.control(stmt, needs)
        self.known = self.unchanged(self.changed_by(stmt))
        self.there -= self.lost_by(stmt)
        if isinstance(stmt, ir.Let | ir.Call):
            self.there |= {t.name for t in targets(stmt) if self.bound[t.name] == 1}

    def without_shapes(
        self, stmt: ir.Stmt, needs: frozenset[str]
    ) -> tuple[ir.Stmt, frozenset[str]]:
        """Return a statement that makes an array like one that is not there by its extents."""
        match stmt:
            case ir.Let(value=ir.Op(prim=prim, args=(ir.Var(type=Array() as kind) as like, *fill))):
                pass
            case _:
                return stmt, needs
        is_there = self.is_once_at_top(like.name) or like.name not in needs
        if prim not in LIKES or is_there or kind.layout != "C":
            return stmt, needs
        emit = Emitter(self.supply, self.first, stmt.span)
        extents = extents_of(like, kind, emit, self.types)
        made = ir.Op(prim.removesuffix("_like"), (*fill, *extents), (kind.dtype,))
        found = frozenset(a.name for a in made.args if isinstance(a, ir.Var))
        linear = {name for name in found if self.classes.of(name) in self.linear}
        return replace(stmt, value=made), found - linear

    def control(self, stmt: ir.Stmt, needs: frozenset[str]) -> None:
        """Append a loop or a branch with linear work inside to both functions."""
        changed = self.changed_by(stmt)
        if not isinstance(stmt, ir.If):
            for name in sorted(needs - changed):
                if isinstance(self.types.get(name), Scalar):
                    self.known[name] = self.value(name)
            self.there -= self.lost_by(stmt)
        match stmt:
            case ir.For(var=var, body=body, until=until):
                bounds = [self.atom(bound) for bound in (stmt.start, stmt.stop, stmt.step)]
                known = self.unchanged(changed) | {var.name: var}
                ending = () if until is None else (until,)
                first, second, found = self.block(body, known, ending)
                self.first.append(replace(stmt, body=first))
                start, stop, step = bounds
                again = found[0] if found else None
                assert again is None or isinstance(again, ir.Var)
                again_for = replace(
                    stmt, start=start, stop=stop, step=step, body=second, until=again
                )
                emit = Emitter(self.supply, self.second, stmt.span)
                tops = {top.name for _, top in self.stacks.values()}
                emit.out += with_parts(again_for, tops, emit)
            case ir.While(cond_body=head, cond=cond, body=body):
                known = self.unchanged(changed)
                first, second, (test,) = self.block(head, known, (cond,))
                one, other, _ = self.block(body, self.unchanged(changed))
                self.first.append(replace(stmt, cond_body=first, body=one))
                self.second.append(replace(stmt, cond_body=second, cond=test, body=other))
            case ir.If(test=cond, then=then, orelse=orelse):
                test = self.atom(cond)
                first, second, _ = self.block(then, dict(self.known))
                one, other, _ = self.block(orelse, dict(self.known))
                self.first.append(replace(stmt, then=first, orelse=one))
                self.second.append(replace(stmt, test=test, then=second, orelse=other))
            case _:
                raise _CannotCutError

    def block(
        self, block: ir.Block, known: dict[str, ir.Atom], ending: tuple[ir.Atom, ...] = ()
    ) -> tuple[ir.Block, ir.Block, list[ir.Atom]]:
        """Return both parts of a block, and what stands in the second one for atoms at its end."""
        before = self.first, self.second, self.known, self.there
        self.first, self.second, self.known, self.there = [], [], known, set(self.there)
        for stmt in block:
            self.statement(stmt)
        found = [self.atom(atom) for atom in ending]
        made = tuple(self.first), tuple(self.second), found
        self.first, self.second, self.known, self.there = before
        return made

    def changed_by(self, stmt: ir.Stmt) -> set[str]:
        """Return names that a statement binds, and known arrays that it writes elements of."""
        written = classes_written(stmt, self.classes)
        return assigned((stmt,)) | {n for n in self.known if self.classes.of(n) in written}

    def lost_by(self, stmt: ir.Stmt) -> set[str]:
        """Return the names whose definitions read what a statement changes."""
        changed = assigned((stmt,)) | {f"{c}[]" for c in classes_written(stmt, self.classes)}
        return {name for part in changed for name in self.made_of.get(part, ())}

    def unchanged(self, changed: set[str]) -> dict[str, ir.Atom]:
        """Return what is known that is not changed."""
        return {name: atom for name, atom in self.known.items() if name not in changed}

    # Values ---------------------------------------------------------------------------

    def atom(self, atom: ir.Atom) -> ir.Atom:
        """Return what stands for an atom in the second function."""
        return self.value(atom.name) if isinstance(atom, ir.Var) else atom

    def value(self, name: str, stmt: ir.Stmt | None = None) -> ir.Atom:
        """Return what stands for a value in the second function.

        stmt: what asks for it, if it may be only for a shape.
        """
        if name in self.outside:
            return ir.Var(name, self.types.get(name))
        if name in self.known:
            return self.known[name]
        if self.is_there(ir.Var(name, self.types.get(name)), 1):
            self.known[name] = self.again(name)
        elif stmt is not None and asks_shape(stmt, name) and self.is_once_at_top(name):
            return self.keep(name)
        else:
            self.known[name] = self.saved(name)
        return self.known[name]

    def is_once_at_top(self, name: str) -> bool:
        return self.bound[name] == 1 and name in self.at_top

    def is_whole(self, name: str) -> bool:
        """Return whether a value is what it is at the end: arrays are complete here."""
        last = self.writers.get(self.classes.of(name), -1)
        is_array = isinstance(self.types.get(name), Array)
        return self.is_once_at_top(name) and not (is_array and last >= self.place)

    def is_there(self, atom: ir.Atom | ir.Slice | None, flops: int, depth: int = DEEPEST) -> bool:
        """Return whether a value can be had without saving it: kept, or cheaply made again."""
        if isinstance(atom, ir.Slice):
            return all(self.is_there(a, flops, depth) for a in (atom.lo, atom.hi, atom.step))
        if not isinstance(atom, ir.Var):
            return True
        name = atom.name
        if name in self.outside or name in self.known or self.is_whole(name):
            return True
        if name not in self.there or name not in self.defined or depth == 0:
            return False
        match self.defined[name]:
            case ir.Load(array=array, index=index):
                parts: tuple[ir.Atom | ir.Slice, ...] = (array, *index)
            case ir.Op(prim=prim, args=(ir.Var(name=array_name),)) if prim in EXTENTS:
                return self.is_once_at_top(array_name)
            case ir.Op(prim=prim, args=args) if prim in CHEAP:
                kind = self.types.get(name)
                if not isinstance(kind, Scalar):
                    return False
                flops -= kind.dtype in FLOATS
                parts = args
            case ir.Var() as other:
                parts = (other,)
            case _:
                return False
        return flops >= 0 and all(self.is_there(part, flops, depth - 1) for part in parts)

    def again(self, name: str) -> ir.Atom:
        """Return a value that is kept, or that is made again here."""
        if name in self.known:
            return self.known[name]
        if name in self.outside:
            return ir.Var(name, self.types.get(name))
        if self.is_whole(name):
            return self.keep(name)
        value = self.defined[name]
        if isinstance(value, ir.Op) and value.prim in EXTENTS:
            array = value.args[0]
            assert isinstance(array, ir.Var)
            made: dict[str, ir.Atom] = {array.name: self.keep(array.name)}
        else:
            made = {n: self.again(n) for n in sorted(names(value))}
        var = ir.Var(self.supply.fresh(name), self.types.get(name))
        let = ir.Let(var, value, self.function.span)
        self.second.append(substitute(let, made))
        self.known[name] = var
        return var

    def keep(self, name: str) -> ir.Var:
        """Return the parameter for what the first function returns as it is at its end."""
        if name not in self.kept:
            spoken = self.supply.fresh("kept") if is_temporary(name) else name
            self.kept[name] = ir.Var(spoken, self.types.get(name))
        return self.kept[name]

    def saved(self, name: str) -> ir.Atom:
        """Return a number, or the elements of an array, that are saved here, and read here."""
        kind = self.types.get(name)
        base = "value" if is_temporary(name) else name
        if isinstance(kind, Array) and kind.layout == "C":
            return self.saved_elements(ir.Var(name, kind), kind, base)
        if not isinstance(kind, Scalar):
            raise _CannotCutError
        slot, stack, top = self.slot(base, kind)
        self.first.append(ir.Save(slot, ir.Var(name, kind), self.function.span))
        var = ir.Var(self.supply.fresh(base), kind)
        self.second += read(var, stack, top, self.function.span)
        return var

    def slot(self, base: str, kind: Scalar) -> tuple[ir.Var, ir.Var, ir.Var]:
        """Return the name of a new stack, the array that it is, and the counter of its reads."""
        slot = ir.Var(self.supply.fresh(f"{base}_kept"), kind)
        top = ir.Var(self.supply.fresh(f"n_{slot.name}"), INT)
        stack = ir.Var(slot.name, Array(kind.dtype, 1))
        self.stacks[slot.name] = stack, top
        return slot, stack, top

    def saved_elements(self, array: ir.Var, kind: Array, base: str) -> ir.Atom:
        """Return a new array of elements that are saved here, and read here."""
        emit = Emitter(self.supply, self.first, self.function.span)
        extents = extents_of(array, kind, emit, self.types)
        again = [self.value(extent.name) for extent in extents]
        element = Scalar(kind.dtype)
        slot, stack, top = self.slot(base, element)
        made = ir.Var(self.supply.fresh(base), kind)
        self.second.append(
            ir.Let(made, ir.Op("empty", tuple(again), (kind.dtype,)), self.function.span)
        )
        one, other = (ir.Var(self.supply.fresh("element"), element) for _ in range(2))
        loops = [ir.Var(self.supply.fresh("k"), INT) for _ in extents]
        index = tuple(loops)
        keep = (ir.Let(one, ir.Load(array, index)), ir.Save(slot, one))
        self.first += nest(loops, extents, keep, self.supply, set())
        body = (*read(other, stack, top, None), ir.Store(made, index, other))
        self.second += nest(loops, again, body, self.supply, {top.name})
        return made
