"""Complex numbers become pairs of real ones.

Before                              After
    z = complex(x, y)                   z_re = x
    w = z * z                           z_im = y
    return abs(w)                       w_re = z_re * z_re - z_im * z_im
                                        w_im = z_re * z_im + z_im * z_re
                                        return math.hypot(w_re, w_im)

On entry: typed IR, with operations on whole arrays. On exit: IR without complex types, whose
new names have no types where they are arrays. The table is `rules.complex_parts`; what is not
in it is refused. All derivatives are therefore those of real programs: cotangents of z = a + ib
are pairs, too, a_bar + i b_bar, and pair with tangents as Re(conj(z_bar) * z_dot).
The real part of an array is an array itself: `z.real` is its name.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import assert_never

from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.records import Made, alike, complex_record
from srcad.ir.types import COMPLEX, Array, Scalar, is_complex
from srcad.ir.walk import atoms, call_leaves, operands, statements, targets
from srcad.ir.walk import names as read_names
from srcad.passes.building.emitter import Emitter
from srcad.passes.pairs.operations import NOTHING, Operations, Pair, refused
from srcad.passes.pairs.products import product
from srcad.rules.complex_parts import MAKES_COMPLEX, REAL_TOO
from srcad.rules.linalg import Whole

PARTS_OF_REAL = ("real", "imag")

ASKED = MAKES_COMPLEX.union(PARTS_OF_REAL, REAL_TOO)
"""Operations that are rewritten even where everything is real."""

HINT = "write it with the real and the imaginary part: z.real, z.imag"

HINTS = {
    "np.prod": "write the product in a loop",
}
"""What to write instead, by what users call it."""


def has_pairs(function: ir.Function) -> bool:
    """Return whether a function has complex numbers, or asks for parts of real arrays."""
    for stmt in statements(function.body):
        if any(is_complex(var.type) for var in targets(stmt)):
            return True
        if isinstance(stmt, ir.Let) and isinstance(stmt.value, ir.Op) and stmt.value.prim in ASKED:
            return True
    return any(is_complex(atom.type) for atom in function.returns)


def pairs(function: ir.Function) -> ir.Function:
    """Return `function` with two names for each that holds complex numbers.

    Raises NotDifferentiable for an operation that is not supported for complex numbers.
    """
    return _Pairs(function).run()


class _Pairs:
    """The parts of the names met so far, and the walk that writes them."""

    def __init__(self, function: ir.Function) -> None:
        self.function = function
        self.supply = NameSupply.of(function)
        self.pairs: dict[str, Pair] = {}
        self.for_reals = {span: name for name, span in function.for_reals}
        self.operations = Operations(self.pairs)
        for stmt in statements(function.body):
            for var in targets(stmt):
                if is_complex(var.type) and var.name not in self.pairs:
                    self.pairs[var.name] = self._named(var)

    def _named(self, var: ir.Var) -> Pair:
        """Return names for the parts of what a name holds."""
        base = "_t" if var.name.startswith("_t") else None
        type_ = Scalar(COMPLEX[var.type.dtype]) if isinstance(var.type, Scalar) else None
        labels = [base or f"{var.name}_{part}" for part in ("re", "im")]
        return Pair(*(ir.Var(self.supply.fresh(label), type_) for label in labels))

    def run(self) -> ir.Function:
        function = self.function
        body = self.block(function.body)
        leaves: list[ir.Atom] = []
        places: list[object] = []
        for atom in function.returns:
            if is_complex(atom.type):
                first = len(leaves)
                leaves += self.operations.pair(atom, Emitter(self.supply, []))
                record = complex_record(is_array=isinstance(atom.type, Array))
                places.append(Made((first, first + 1), record))
            else:
                places.append(len(leaves))
                leaves.append(atom)
        result = _replaced(function.result, places)
        return replace(function, body=body, returns=tuple(leaves), result=result)

    # Statements ----------------------------------------------------------------------

    def block(self, block: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in block:
            self.stmt(stmt, Emitter(self.supply, out, stmt.span))
        return tuple(out)

    def stmt(self, stmt: ir.Stmt, emit: Emitter) -> None:
        """Append a statement, or two about the parts."""
        if stmt.span in self.for_reals:
            self.check_call(stmt)
        match stmt:
            case ir.Let(target=target, value=value):
                self.let(stmt, target, value, emit)
            case ir.Store(array=array, value=value):
                if is_complex(array.type):
                    for part, new in zip(*self.of_both(array, value, emit), strict=True):
                        emit.out.append(replace(stmt, array=part, value=new))
                else:
                    self.check_real(value, "a complex element of an array of real numbers", emit)
                    emit.out.append(stmt)
            case ir.Accum(target=target, value=value):
                if is_complex(target.type):
                    for part, new in zip(*self.of_both(target, value, emit), strict=True):
                        emit.out.append(replace(stmt, target=part, value=new))
                else:
                    self.check_real(value, "a sum of real numbers", emit)
                    emit.out.append(stmt)
            case ir.For(body=body):
                emit.out.append(replace(stmt, body=self.block(body)))
            case ir.While(cond_body=head, cond=cond, body=body):
                self.check_test(cond, emit)
                emit.out.append(replace(stmt, cond_body=self.block(head), body=self.block(body)))
            case ir.If(test=test, then=then, orelse=orelse):
                self.check_test(test, emit)
                emit.out.append(replace(stmt, then=self.block(then), orelse=self.block(orelse)))
            case ir.Call():
                self.call(stmt, emit)
            case ir.Save(value=value):
                self.check_real(value, "a stack", emit)
                emit.out.append(stmt)
            case ir.Restore() | ir.Raise():
                emit.out.append(stmt)
            case _:
                assert_never(stmt)

    def check_call(self, stmt: ir.Stmt) -> None:
        """Raise NotDifferentiable for a function of real numbers that has met complex ones."""
        own = [*targets(stmt), *(atom for part in operands(stmt) for atom in atoms(part))]
        if isinstance(stmt, ir.Store | ir.Accum):
            own.append(stmt.array if isinstance(stmt, ir.Store) else stmt.target)
        if any(is_complex(atom.type) for atom in own):
            assert stmt.span is not None
            name = self.for_reals[stmt.span]
            raise refused(f"'{name}'", HINTS.get(name, HINT), stmt.span)

    def of_both(
        self, target: ir.Var, value: ir.Atom, emit: Emitter
    ) -> tuple[tuple[ir.Var, ir.Var], tuple[ir.Atom, ir.Atom]]:
        """Return the parts of what is written, and of what is written to it."""
        re, im = self.pairs[target.name]
        assert isinstance(re, ir.Var)
        assert isinstance(im, ir.Var)
        # One number for many elements is not made an array of zeros.
        new = self.operations.pair(value, emit) if is_complex(value.type) else Pair(value, NOTHING)
        return (re, im), (new.re, new.im)

    def check_test(self, atom: ir.Atom, emit: Emitter) -> None:
        if is_complex(atom.type):
            raise refused("the truth value", "compare with zero: z != 0", emit.span)

    def check_real(self, atom: ir.Atom, what: str, emit: Emitter) -> None:
        if is_complex(atom.type):
            raise refused(what, "make the array complex, or take a part: z.real", emit.span)

    def let(self, stmt: ir.Let, target: ir.Var, value: ir.Value, emit: Emitter) -> None:
        if is_complex(target.type):
            self.complex_let(target, value, emit)
            return
        is_asked = isinstance(value, ir.Op) and value.prim in ASKED
        if isinstance(value, ir.Op) and value.prim in PARTS_OF_REAL:
            is_asked = isinstance(value.args[0].type, Array)  # numbers have rules of their own
            if value.prim == "real" and value.args[0].type == target.type:
                emit.let(target, value.args[0])
                return
        if is_asked or any(is_complex(atom.type) for atom in atoms(value)):
            assert isinstance(value, ir.Op), value
            mark = len(emit.out)
            self.assign([target], [self.operations.real(value, emit)], value, mark, emit)
        else:
            emit.out.append(stmt)

    def complex_let(self, target: ir.Var, value: ir.Value, emit: Emitter) -> None:
        """Append what gives a name its parts."""
        names = [part for part in self.pairs[target.name] if isinstance(part, ir.Var)]
        mark = len(emit.out)
        match value:
            case ir.Var() | ir.Const():
                found: list[ir.Value] = list(self.operations.pair(value, emit))
            case ir.Load(array=array, index=index):
                arrays = [part for part in self.pairs[array.name] if isinstance(part, ir.Var)]
                found = [ir.Load(part, index) for part in arrays]
            case ir.Op():
                found = list(self.operations.both(value, target, emit))
            case _:
                assert_never(value)
        self.assign(names, found, value, mark, emit)

    def assign(
        self,
        names: list[ir.Var],
        values: list[ir.Value],
        source: ir.Value,
        mark: int,
        emit: Emitter,
    ) -> None:
        """Append assignments to the parts; what stands since `mark` computes them.

        A new array is nobody else's memory, and no part is overwritten before it is read.
        """
        made: dict[str, tuple[int, ir.Let]] = {}
        for k, s in enumerate(emit.out[mark:], mark):
            if isinstance(s, ir.Let):
                made[s.target.name] = k, s
        is_new = isinstance(source, ir.Op) and source.prim not in {
            *("complex", "conjugated"),
            *PARTS_OF_REAL,
        }
        if is_new and not isinstance(names[0].type, Scalar):
            for k, value in enumerate(values):
                is_shared = isinstance(value, ir.Var) and value.name not in made
                if is_shared or value in values[:k]:
                    assert isinstance(value, ir.Var), value
                    values[k] = emit.op("copy", value)
        reads = [*values, *(part for s in emit.out[mark:] for part in operands(s))]
        read = Counter(name for part in reads for name in read_names(part))
        own = self.parts_of(source) & {name.name for name in names}
        for k, value in enumerate(values):
            if not isinstance(value, ir.Var):
                continue
            if own:
                if value.name not in made:
                    values[k] = emit.let(ir.Var(self.supply.temporary(), value.type), value)
            elif value.name in made and read[value.name] == 1:
                at, let = made[value.name]
                emit.out[at] = replace(let, target=names[k])
                values[k] = names[k]
        for name, value in zip(names, values, strict=True):
            if name != value:
                emit.let(name, value)

    def parts_of(self, value: ir.Value) -> set[str]:
        """Return the names of the parts that a value is made of."""
        parts = [part for atom in atoms(value) for part in self.operations.parts_there(atom)]
        return {part.name for part in parts if isinstance(part, ir.Var)}

    def call(self, stmt: ir.Call, emit: Emitter) -> None:
        """Append a call: products of matrices are products of their parts."""
        leaves = [leaf for leaf in call_leaves(stmt.args) if isinstance(leaf, ir.Var | ir.Const)]
        if not any(is_complex(atom.type) for atom in (*leaves, *stmt.targets)):
            emit.out.append(stmt)
            return
        if isinstance(stmt.function, Whole):
            product(stmt, stmt.function, self.operations, emit)
            return
        hint = "pass the real and the imaginary parts: z.real, z.imag"
        raise refused(f"the call of '{stmt.name}'", hint, emit.span)


def _replaced(structure: object, places: list[object]) -> object:
    """Return the structure of a result with other leaves."""
    if isinstance(structure, tuple):
        return alike(structure, tuple(_replaced(part, places) for part in structure))
    return places[structure] if isinstance(structure, int) else None
