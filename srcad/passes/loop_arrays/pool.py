"""Arrays that change places in ways that no other pass undoes: all of them are rows of one.

Before                              After
    a = x * 0.5                         pool = np.empty((3, n))
    b = y.copy()                        a_at = 0; pool[0] = x * 0.5
    while s < 1.0:                      b_at = 1; pool[1] = y
        if b[0] > 0.2:                  while s < 1.0:
            a, b = b, a                     if pool[b_at, 0] > 0.2:
            a *= s                              a_at, b_at = b_at, a_at
        b = np.sin(a)                           pool[a_at] *= s
        s += a[0]                           at = the first row that is neither
                                            pool[at] = np.sin(pool[a_at]); b_at = at
                                            s += pool[a_at, 0]

A name then holds the number of a row, which the reverse sweep keeps like any other number, and
two names of one array are two equal numbers. A new array takes a row that no name holds: as
many rows are needed as there are names, those of views among them, and one more. All arrays
must have one shape: that is checked when they are made.

The arrays must be arguments, constants or new, each of them named by the names of the group
(and by views of these) only. Else the function stays as it is.

On entry and on exit: flat IR; new names have no types yet.
"""

from __future__ import annotations

from dataclasses import replace
from types import FunctionType

from srcad.analysis.origins import MERGES, sole_origin, written_params
from srcad.analysis.values import used_values, values
from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Array, Type
from srcad.ir.walk import (
    call_leaves,
    map_blocks,
    map_operands,
    param_vars,
    statements,
    targets,
)
from srcad.ir.wording import changes_shape
from srcad.passes.building.callees import Derived
from srcad.passes.building.emitter import Emitter
from srcad.passes.loop_arrays.replaced_arrays import copy_elements
from srcad.rules.linalg import Whole

NOWHERE = ir.Const(-1)
"""The row of a name that has no array of the pool yet."""


def pool(function: ir.Function, name: str) -> ir.Function | None:
    """Return `function` with the array `name`, and all that may be it, in one array.

    None if that would not mean the same.
    """
    types = _types(function)
    group = _group(function, name, types)
    kinds = {(t.dtype, t.ndim) for t in map(types.get, group) if isinstance(t, Array)}
    if len(kinds) != 1 or not all(_is_own(s, group) for s in statements(function.body)):
        return None
    holders = _holders(function, group, types)
    if holders is None:
        return None
    return _Pool(function, group, holders, types).rewritten()


def merged_arrays(function: ir.Function) -> list[str]:
    """Return the names that are sometimes one array and sometimes another, where they are read."""
    facts = values(function)
    types = _types(function)
    found = {
        d.name
        for d in used_values(facts)
        if d.kind in MERGES and isinstance(types.get(d.name), Array)
        if sole_origin(facts, d) is None
    }
    return sorted(found)


def _types(function: ir.Function) -> dict[str, Type | None]:
    types = {v.name: v.type for v in param_vars(function.params)}
    types |= {t.name: t.type for s in statements(function.body) for t in targets(s)}
    return types


def _group(function: ir.Function, name: str, types: dict[str, Type | None]) -> set[str]:
    """Return the names that hold, somewhere, what `name` holds somewhere."""
    beside: dict[str, set[str]] = {}
    for stmt in statements(function.body):
        if isinstance(stmt, ir.Let) and isinstance(types.get(stmt.target.name), Array):
            for source in _passed_on(stmt.value):
                beside.setdefault(stmt.target.name, set()).add(source)
                beside.setdefault(source, set()).add(stmt.target.name)
    found, todo = set(), [name]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo.extend(beside.get(one, ()))
    return found


def _passed_on(value: ir.Value) -> tuple[str, ...]:
    """Return the names of which a value may be the array itself."""
    match value:
        case ir.Var(name=name):
            return (name,)
        case ir.Op(prim="select", args=(_, *choices)):
            return tuple(c.name for c in choices if isinstance(c, ir.Var))
        case _:
            return ()


def _is_own(stmt: ir.Stmt, group: set[str]) -> bool:
    """Return whether a statement gives the group no array that has other names, nor gives one."""
    match stmt:
        case ir.Let(target=target, value=ir.Load()):
            return target.name not in group
        case ir.Let(value=ir.Op(prim="same_memory")):
            return False
        case ir.Call(function=Whole() | Derived() | FunctionType()):
            return True
        case ir.Call(args=args):
            given = {v.name for v in call_leaves(args) if isinstance(v, ir.Var)}
            return not group & (given | {t.name for t in targets(stmt)})
        case _:
            return True


def _holders(
    function: ir.Function, group: set[str], types: dict[str, Type | None]
) -> list[str] | None:
    """Return the names of the group and of views of it; None if a view has other names."""
    found = dict.fromkeys(sorted(group))
    size = 0
    while size < len(found):
        size = len(found)
        for stmt in statements(function.body):
            if isinstance(stmt, ir.Let) and isinstance(types.get(stmt.target.name), Array):
                match stmt.value:
                    case ir.Load(array=ir.Var(name=source)) | ir.Var(name=source):
                        if source in found:
                            found[stmt.target.name] = None
                    case ir.Op(prim="select", args=args):
                        if any(isinstance(a, ir.Var) and a.name in found for a in args):
                            found[stmt.target.name] = None
    views = found.keys() - group
    for stmt in statements(function.body):
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim="select")) if target.name in views:
                return None
            case ir.Call() if any(t.name in views for t in targets(stmt)):
                return None
            case _:
                pass
    return list(found)


class _Pool:
    """Rewrites one function."""

    def __init__(
        self,
        function: ir.Function,
        group: set[str],
        holders: list[str],
        types: dict[str, Type | None],
    ) -> None:
        self.function = function
        self.group = group
        self.types = types
        kind = next(t for t in map(types.get, group) if isinstance(t, Array))
        self.dtype = kind.dtype
        self.ndim = kind.ndim
        self.supply = NameSupply.of(function)
        self.pool = ir.Var(self.supply.fresh("pool"), Array(kind.dtype, kind.ndim + 1, "C"))
        self.at = {name: self.number(f"{name.lstrip('_')}_at") for name in holders}
        written = sorted(written_params(function) & group)
        self.given = {name: self.number(f"{name}_given_at") for name in written}
        self.held = (*self.at.values(), *self.given.values())
        self.is_made = False

    def number(self, name: str) -> ir.Var:
        """Return a new name for the number of a row."""
        return ir.Var(self.supply.fresh(name))

    def rewritten(self) -> ir.Function | None:
        """Return the function; None where the shape is not known before the first loop."""
        function = self.function
        out: list[ir.Stmt] = []
        emit = Emitter(self.supply, out, function.span)
        for at in self.held:
            emit.let(at, NOWHERE)
        given = [v.name for v in param_vars(function.params)]
        given += [name for name, _ in function.constants]
        for name in given:
            if name in self.group:
                self.placed(name, ir.Var(name, self.types.get(name)), emit)
            if name in self.given:
                emit.let(self.given[name], self.at[name])
        for stmt in function.body:
            made = self._binds(stmt)
            if made and not self.is_made and not isinstance(stmt, ir.Let | ir.Call):
                return None
            out.extend(self.statement(stmt))
        emit.span = function.span
        for name, at in self.given.items():
            copy_elements(emit, ir.Var(name, self.types.get(name)), self.row(name, at, emit))
        returns = tuple(self.returned(atom, emit) for atom in function.returns)
        return replace(function, body=tuple(out), returns=returns)

    def _binds(self, stmt: ir.Stmt) -> bool:
        return any(t.name in self.group for s in statements((stmt,)) for t in targets(s))

    def returned(self, atom: ir.Atom, emit: Emitter) -> ir.Atom:
        """Return a copy of an array of the group that is a result."""
        if not isinstance(atom, ir.Var) or atom.name not in self.group:
            return atom
        return emit.op("copy", self.row(atom.name, self.at[atom.name], emit))

    def row(self, name: str, at: ir.Var, emit: Emitter) -> ir.Var:
        """Return a name for a row."""
        kind = Array(self.dtype, self.ndim, "C")
        var = ir.Var(self.supply.fresh(f"{name.lstrip('_')}_row"), kind)
        return emit.let(var, ir.Load(self.pool, (at,)))

    # Statements -------------------------------------------------------------------------

    def block(self, block: ir.Block) -> ir.Block:
        """Return the statements of a block."""
        return tuple(new for stmt in block for new in self.statement(stmt))

    def statement(self, stmt: ir.Stmt) -> ir.Block:
        """Return what takes the place of one statement."""
        out: list[ir.Stmt] = []
        emit = Emitter(self.supply, out, stmt.span)
        match stmt:
            case ir.Let(target=target, value=value) if target.name in self.at:
                self.bound(stmt, target, value, emit)
            case ir.Store(array=array, index=index) if array.name in self.group:
                out.append(replace(stmt, array=self.pool, index=self.index(array, index)))
            case ir.Accum(target=array, index=tuple() as index) if array.name in self.group:
                out.append(replace(stmt, target=self.pool, index=self.index(array, index)))
            case ir.Call() if any(t.name in self.group for t in targets(stmt)):
                self.called(stmt, emit)
            case _:
                new = map_blocks(stmt, self.block)
                out.append(map_operands(new, lambda operand: self.operand(operand, emit)))
        return tuple(out)

    def index(self, array: ir.Var, index: ir.Index) -> ir.Index:
        """Return where the elements of an array of the group are in the pool."""
        return (self.at[array.name], *index)

    def operand(self, operand: ir.Value, emit: Emitter) -> ir.Value:
        """Return an operand that reads rows of the pool."""
        match operand:
            case ir.Load(array=array, index=index) if array.name in self.group:
                return ir.Load(self.pool, self.index(array, index))
            case ir.Op(args=args):
                return replace(operand, args=tuple(self.atom(arg, emit) for arg in args))
            case ir.Var() | ir.Const():
                return self.atom(operand, emit)
            case _:
                return operand

    def atom(self, atom: ir.Atom, emit: Emitter) -> ir.Atom:
        """Return an operand; for an array of the group, its row."""
        is_row = isinstance(atom, ir.Var) and atom.name in self.group
        if not is_row:
            return atom
        assert isinstance(atom, ir.Var)
        return self.row(atom.name, self.at[atom.name], emit)

    def bound(self, stmt: ir.Let, target: ir.Var, value: ir.Value, emit: Emitter) -> None:
        """Write an assignment to a name of the group, or to a view of it."""
        at = self.at
        match value:
            case ir.Var(name=name) if target.name in self.group:
                emit.let(at[target.name], at[name])
            case ir.Op(prim="select", args=(test, a, b)) if target.name in self.group:
                assert isinstance(a, ir.Var)
                assert isinstance(b, ir.Var)
                emit.let(at[target.name], ir.Op("select", (test, at[a.name], at[b.name])))
            case _ if target.name in self.group:
                assert isinstance(value, ir.Op)
                made = ir.Var(self.supply.temporary(), self.types.get(target.name))
                self.placed_value(target.name, made, value, emit)
            case _:
                source = value.array if isinstance(value, ir.Load) else value
                emit.out.append(map_operands(stmt, lambda operand: self.operand(operand, emit)))
                held = at.get(source.name, NOWHERE) if isinstance(source, ir.Var) else NOWHERE
                emit.let(at[target.name], held)

    def placed_value(self, name: str, made: ir.Var, value: ir.Op, emit: Emitter) -> None:
        """Write `name = value` for a new array."""
        new = self.operand(value, emit)
        emit.let(made, new)
        self.placed(name, made, emit, is_filled=not value.prim.startswith("empty"))

    def called(self, stmt: ir.Call, emit: Emitter) -> None:
        """Write a call that gives the group a new array."""
        results = {
            t.name: ir.Var(self.supply.temporary(), self.types.get(t.name))
            for t in targets(stmt)
            if t.name in self.group
        }
        new = map_operands(stmt, lambda operand: self.operand(operand, emit))
        assert isinstance(new, ir.Call)
        emit.out.append(replace(new, targets=tuple(results.get(t.name, t) for t in new.targets)))
        for name, made in results.items():
            self.placed(name, made, emit)

    # Rows -------------------------------------------------------------------------------

    def placed(self, name: str, made: ir.Var, emit: Emitter, *, is_filled: bool = True) -> None:
        """Write a new array of the group to a row that no name holds."""
        pool = self.pool
        extents = [emit.op("shape", made, static=(k,)) for k in range(self.ndim)]
        if not self.is_made:
            rows = ir.Const(len(self.held) + 1)
            emit.let(pool, ir.Op("empty", (rows, *extents), (self.dtype,)))
            self.is_made = True
        for k, extent in enumerate(extents):
            own = emit.op("shape", pool, static=(k + 1,))
            message = changes_shape(name, emit.span)
            problem = ir.Raise(ValueError, (message,), emit.span)
            emit.out.append(ir.If(emit.op("ne", own, extent), (problem,), (), emit.span))
        emit.let(self.at[name], self.free(emit))
        if is_filled:
            copy_elements(emit, self.row(name, self.at[name], emit), made)

    def free(self, emit: Emitter) -> ir.Var:
        """Return the number of the first row that no name holds."""
        row = ir.Var(self.supply.fresh("free_at"))
        emit.let(row, ir.Const(0))
        inner: list[ir.Stmt] = []
        step = Emitter(self.supply, inner, emit.span)
        tests = [step.op("eq", row, at) for at in self.held]
        is_held = tests[0]
        for test in tests[1:]:
            is_held = step.op("or", is_held, test)
        step.let(row, ir.Op("add", (row, step.op("cast", is_held, static=("int64",)))))
        var = ir.Var(self.supply.fresh("k"))
        bounds = ir.Const(0), ir.Const(len(tests)), ir.Const(1)
        emit.out.append(ir.For(var, *bounds, tuple(inner), None, emit.span))
        return row
