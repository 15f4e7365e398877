"""Which array values need no array of their own?

A value is deferred, and computed where it is read, if it is bound once, all who read it
end up in one statement of the same block (its root) that is no call, and nothing in between
changes what it is made of. Views are deferred wherever they are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from srcad.analysis.overlap import overlap_in
from srcad.ir import nodes as ir
from srcad.ir.names import is_temporary
from srcad.ir.primitives import EXTENTS, LIKES, MAKERS
from srcad.ir.types import Array
from srcad.ir.walk import (
    assigned,
    atoms,
    bindings,
    blocks,
    operands,
    statements,
    stored,
)
from srcad.passes.arrays.trees import is_array, rank
from srcad.rules.linalg import Whole
from srcad.rules.table import RULES
from srcad.rules.wholes import REDUCTIONS, VIEWS

WITHOUT_ELEMENTS = frozenset({"promoted", "result_type", "same_memory"})
"""What asks for types and memory only."""


@dataclass(frozen=True, slots=True)
class Use:
    """One statement that reads an array: as a whole, by element, for a fact, otherwise."""

    role: str
    stmt: ir.Stmt
    path: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Plan:
    """`deferred` are the names that get no array; `views` those that are views."""

    deferred: set[str] = field(default_factory=set)
    views: set[str] = field(default_factory=set)


def is_gather(value: ir.Load) -> bool:
    """Return whether a load has arrays in its index."""
    return any(is_array(part) for part in value.index)


def is_whole_load(value: ir.Load) -> bool:
    """Return whether a load gives an array."""
    return is_gather(value) or is_partial(value.array, value.index)


def is_partial(array: ir.Var, index: ir.Index) -> bool:
    """Return whether an index stands for more than one element."""
    if any(isinstance(part, ir.Slice) or is_array(part) for part in index):
        return True
    return len(index) < rank(array.type)


def is_computed(stmt: ir.Stmt) -> bool:
    """Return whether a statement binds an array that is computed element by element."""
    match stmt:
        case ir.Let(value=ir.Op(prim=prim, args=args) as op):
            if prim == "broadcast_to":
                return True
            return prim not in VIEWS and is_elementwise(op) and any(map(is_array, args))
        case ir.Let(value=ir.Load() as load):
            return is_gather(load)
        case _:
            return False


def is_elementwise(op: ir.Op) -> bool:
    """Return whether an operation works element by element."""
    return op.prim in RULES or op.prim in {"cast", "cast_like"}


def is_looked_at(stmt: ir.Stmt) -> bool:
    """Return whether a statement binds a view of an array."""
    match stmt:
        case ir.Let(value=ir.Op(prim=prim, args=args)):
            return prim in VIEWS and prim != "broadcast_to" and is_array(args[0])
        case ir.Let(target=target, value=ir.Load() as load):
            if not is_whole_load(load) or is_gather(load):
                return False
            return is_temporary(target.name) or any(map(is_cut, load.index))
        case _:
            return False


def is_cut(part: object) -> bool:
    """Return whether a part of an index is a slice that leaves something out."""
    return isinstance(part, ir.Slice) and part != ir.Slice()


def is_whole(function: ir.Function) -> bool:
    """Return whether a function has operations on whole arrays."""
    return any(map(is_whole_statement, statements(function.body)))


def is_whole_statement(stmt: ir.Stmt) -> bool:
    """Return whether a statement works on whole arrays."""
    match stmt:
        case ir.Let(value=ir.Op(prim=prim, args=args, static=static) as op):
            if prim in REDUCTIONS or prim in VIEWS or prim in WITHOUT_ELEMENTS:
                return True
            if prim == "cast_like":
                return True
            if prim in MAKERS and static == ("like",):
                return True
            return is_elementwise(op) and any(map(is_array, args))
        case ir.Let(value=ir.Load() as load):
            return is_gather(load)
        case ir.Store(array=array, index=index) | ir.Accum(target=array, index=tuple() as index):
            return is_partial(array, index)
        case ir.Call(function=Whole(settled=is_settled)):
            return not is_settled
        case _:
            return False


def plan(function: ir.Function) -> Plan:
    """Return what to defer."""
    return _Planner(function).run()


class _Planner:
    def __init__(self, function: ir.Function) -> None:
        self.function = function
        self.overlap = overlap_in(function)
        self.defs = bindings(function)
        self.where: dict[ir.Stmt, tuple[tuple[int, int], ...]] = {}
        self.uses: dict[str, list[Use]] = {}
        self.plan = Plan()
        self.inputs: dict[str, set[str]] = {}
        self.solid: set[str] = set()
        self.computed: set[str] = set()

    def run(self) -> Plan:
        self.index(self.function.body, ())
        for atom in self.function.returns:
            if isinstance(atom, ir.Var):
                self.uses.setdefault(atom.name, []).append(Use("other", _END, ()))
        self.blocks(self.function.body)
        self.solid = self.computed - self.plan.deferred | self.written_through_views()
        while True:
            self.plan = Plan()
            self.inputs.clear()
            self.blocks(self.function.body)
            solid = set(self.inputs) - self.plan.deferred - self.plan.views
            if solid <= self.solid:
                return self.plan
            self.solid |= solid

    def written_through_views(self) -> set[str]:
        """Return the computed arrays of which a view that is not deferred may be written."""
        written = {self.overlap.of(name) for name in stored(self.function.body)}
        found: set[str] = set()
        for name in set(self.inputs) - self.computed - self.plan.deferred:
            if self.overlap.of(name) in written:
                found |= self.inputs[name] & self.computed
        return found

    def blocks(self, block: ir.Block) -> None:
        self.block(block)
        for stmt in block:
            for inner in blocks(stmt):
                self.blocks(inner)

    def index(self, block: ir.Block, path: tuple[tuple[int, int], ...]) -> None:
        """Note where each statement stands, and what it reads."""
        for k, stmt in enumerate(block):
            here = (*path, (id(block), k))
            self.where[stmt] = here
            for name, role in _roles(stmt):
                self.uses.setdefault(name, []).append(Use(role, stmt, here))
            for inner in blocks(stmt):
                self.index(inner, here)

    # One block --------------------------------------------------------------------------

    def block(self, block: ir.Block) -> None:
        """Decide for the values that one block binds."""
        for stmt in block:
            if isinstance(stmt, ir.Let) and (is_computed(stmt) or is_looked_at(stmt)):
                self.inputs[stmt.target.name] = self.inputs_of(stmt)
                self.note_view(stmt)
                if is_computed(stmt):
                    self.computed.add(stmt.target.name)
        roots: dict[str, int] = {}
        for k in range(len(block) - 1, -1, -1):
            stmt = block[k]
            if isinstance(stmt, ir.Let) and (is_computed(stmt) or is_looked_at(stmt)):
                self.decide(stmt, k, block, roots)

    def inputs_of(self, stmt: ir.Let) -> set[str]:
        """Return what a value is made of, through other values that may be deferred."""
        found: set[str] = set()
        for part in operands(stmt):
            for atom in atoms(part):
                if isinstance(atom, ir.Var):
                    found.add(atom.name)
                    found |= self.inputs.get(atom.name, set())
        return found

    def note_view(self, stmt: ir.Let) -> None:
        """Note a name that is a view of an array that keeps its name."""
        if not is_looked_at(stmt):
            return
        value = stmt.value
        assert isinstance(value, ir.Op | ir.Load)
        source = value.array if isinstance(value, ir.Load) else value.args[0]
        assert isinstance(source, ir.Var)
        computed = source.name in self.inputs and source.name not in self.plan.views
        computed = computed and source.name not in self.solid
        if not computed:
            self.plan.views.add(stmt.target.name)

    def decide(self, stmt: ir.Let, k: int, block: ir.Block, roots: dict[str, int]) -> None:
        """Defer the value of one statement if that is sound."""
        name = stmt.target.name
        is_view = name in self.plan.views
        if name in self.solid and not is_view:
            return
        if self.defs[name] != 1 or not isinstance(stmt.target.type, Array):
            self.plan.views.discard(name)
            return
        uses = self.uses.get(name, [])
        wanted = {"whole", "fact"}
        if is_view and _is_plain(stmt):
            wanted |= {"element"}
        if is_view:
            wanted |= {"target"}
        after = all(self.is_after(use, stmt) for use in uses)
        after = after and not (is_view and any(map(self.is_real_view, uses)))
        if (not uses and not is_view) or not after or not all(use.role in wanted for use in uses):
            self.plan.views.discard(name)
            return
        if is_view:
            if all(self.is_constant(n) for n in self.inputs[name]):
                self.plan.deferred.add(name)
                return
            self.plan.views.discard(name)
        if is_computed(stmt) and any(isinstance(use.stmt, ir.Call) for use in uses):
            return  # it needs an array anyway, which has its name then
        root = self.root(uses, block, roots)
        if root is None or self.changes(self.inputs[name], block[k + 1 : root]):
            return
        roots[name] = root
        self.plan.deferred.add(name)

    def is_real_view(self, use: Use) -> bool:
        """Return whether a use is a view that stays one, and so needs an array to look at."""
        match use.stmt:
            case ir.Let(target=target) as stmt if is_looked_at(stmt):
                return target.name in self.solid
            case ir.Let(target=target, value=ir.Load() as load):
                return isinstance(target.type, Array) and not is_gather(load)
            case _:
                return False

    def is_constant(self, name: str) -> bool:
        """Return whether a name has one value only, or one in each iteration."""
        return self.defs[name] <= 1

    def is_after(self, use: Use, stmt: ir.Stmt) -> bool:
        """Return whether `stmt` has run whenever `use` does, in the same iteration."""
        *outer, (block, k) = self.where[stmt]
        if use.stmt is _END:
            return not outer
        inner = use.path[len(outer) :]
        return use.path[: len(outer)] == tuple(outer) and inner[0][0] == block and inner[0][1] > k

    def root(self, uses: list[Use], block: ir.Block, roots: dict[str, int]) -> int | None:
        """Return the one statement of the block where all that is computed is read."""
        found: set[int] = set()
        todo = list(uses)
        while todo:
            use = todo.pop()
            if use.role == "fact":
                continue
            if use.path[-1][0] != id(block):
                return None
            target = use.stmt.target.name if isinstance(use.stmt, ir.Let) else None
            if target is not None and target in self.plan.views & self.plan.deferred:
                todo += self.uses[target]
            elif target is not None and target in roots:
                found.add(roots[target])
            else:
                found.add(use.path[-1][1])
        return found.pop() if len(found) == 1 else None

    def changes(self, names: set[str], block: ir.Block) -> bool:
        """Return whether statements change what `names` hold."""
        if assigned(block) & names:
            return True
        written = stored(block)
        return any(self.overlap.may_overlap(array, name) for array in written for name in names)


_END = ir.Raise(Exception)


def _is_plain(stmt: ir.Let) -> bool:
    """Return whether the elements of a view have the indices that they have in the source."""
    match stmt.value:
        case ir.Load(index=index):
            return all(not isinstance(part, ir.Slice) or part == ir.Slice() for part in index)
        case ir.Op(prim=prim):
            return prim in {"transpose", "expand_dims", "squeeze"}
        case _:
            return False


def _roles(stmt: ir.Stmt) -> list[tuple[str, str]]:
    """Return the names that a statement reads, each with how it reads it."""
    match stmt:
        case ir.Let(value=ir.Op(prim=prim, args=args, static=static) as op):
            role = "other"
            if prim in EXTENTS or prim in LIKES or prim in WITHOUT_ELEMENTS:
                role = "fact"
            elif prim in MAKERS and static == ("like",):
                at = 1 if prim == "full" else 0
                return [
                    (a.name, "fact" if k == at else "other")
                    for k, a in enumerate(args)
                    if isinstance(a, ir.Var)
                ]
            elif prim == "cast_like":
                names = [a.name if isinstance(a, ir.Var) else "" for a in args]
                return [(names[0], "whole"), (names[1], "fact")]
            elif prim in REDUCTIONS or prim in VIEWS or prim == "copy" or is_elementwise(op):
                role = "whole"
            return [(a.name, role) for a in args if isinstance(a, ir.Var)]
        case ir.Let(value=ir.Load(array=array, index=index) as load):
            role = "whole" if is_whole_load(load) else "element"
            return [(array.name, role), *((n, "whole") for n in _index_names(index))]
        case ir.Store(array=array, index=index, value=value):
            return _written(array, index, value)
        case ir.Accum(target=array, index=tuple() as index, value=value):
            return _written(array, index, value)
        case ir.Call(function=Whole(), args=args):
            return [(a.name, "whole") for a in args if isinstance(a, ir.Var)]
        case _:
            found = [a.name for p in operands(stmt) for a in atoms(p) if isinstance(a, ir.Var)]
            return [(name, "other") for name in found]


def _written(array: ir.Var, index: ir.Index, value: ir.Atom) -> list[tuple[str, str]]:
    names = [*_index_names(index), *([value.name] if isinstance(value, ir.Var) else [])]
    role = "target" if is_partial(array, index) else "element"
    return [(array.name, role), *((name, "whole") for name in names)]


def _index_names(index: ir.Index) -> list[str]:
    return [a.name for part in index for a in atoms(part) if isinstance(a, ir.Var)]
