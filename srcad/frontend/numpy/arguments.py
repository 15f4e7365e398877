"""Arguments of functions of arrays: arrays, axes, shapes, and calls of the library."""

from __future__ import annotations

from collections.abc import Sequence
from types import FunctionType

from srcad import library
from srcad.frontend.names.inline import Callee, inline
from srcad.frontend.names.meaning import NONE, DtypeOf, Known, ListOf, Meaning, ShapeOf, TupleOf
from srcad.frontend.names.scope import as_atom, shape_tuple
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.syntax.resolve import dtype_name
from srcad.frontend.syntax.source import read
from srcad.ir.nodes import Atom, Const, Index, Let, Op, Slice, Stmt, Store, Var
from srcad.ir.walk import statements, targets


def known_rank(state: State, atom: Atom, node: Node) -> int:
    """Return the number of dimensions, which must be known here."""
    rank = state.rank(atom)
    if rank is None:
        hint = "give the result of the call a name, and index it, or write the loop"
        state.fail(node, "E505", "the number of dimensions is not known here", hint)
    return rank


def fixed_int(state: State, meaning: Meaning | None, node: Node, what: str) -> int:
    """Return an integer that is known while compiling."""
    if isinstance(meaning, Const) and type(meaning.value) is int:
        return meaning.value
    state.fail(node, "E403", f"{what} must be an integer literal here", "write the number")


def normal_axis(state: State, axis: int, rank: int, node: Node) -> int:
    """Return an axis counted from 0."""
    if not -rank <= axis < rank:
        message = f"axis {axis} of an array of {rank} dimensions"
        state.fail(node, "E503", message, "use an axis that exists")
    return axis % rank


def axes_of(state: State, meaning: Meaning | None, rank: int, node: Node) -> tuple[int, ...]:
    """Return the axes of a reduction, all of them for None."""
    if meaning is None or meaning == NONE:
        return tuple(range(rank))
    items = meaning.items if isinstance(meaning, TupleOf) else (meaning,)
    numbers = [fixed_int(state, item, node, "an axis") for item in items]
    found = sorted(normal_axis(state, k, rank, node) for k in numbers)
    if len({*found}) < len(found):
        state.fail(node, "E503", "an axis is named twice", "name each axis once")
    return tuple(found)


def as_array(state: State, meaning: Meaning | None, node: Node) -> Atom:
    """Return an array or a number; a tuple of numbers becomes an array."""
    if isinstance(meaning, TupleOf | ShapeOf):
        return array_of(state, meaning, node)
    if isinstance(meaning, ListOf):
        return meaning.array
    return as_atom(state, meaning or NONE, node, "as an array")


def array_of(
    state: State, meaning: TupleOf | ShapeOf, node: Node, dtype: str | DtypeOf | None = None
) -> Var:
    """Return `np.array([a, b, c])`, of numbers, arrays or lists of them."""
    items = (shape_tuple(state, meaning, node) if isinstance(meaning, ShapeOf) else meaning).items
    atoms = [
        array_of(state, item, node, dtype)
        if isinstance(item, TupleOf | ShapeOf)
        else as_array(state, item, node)
        for item in items
    ]
    if not atoms:
        return state.op(node, "zeros", Const(0), static=(dtype or "float64",))
    ranks = {known_rank(state, atom, node) for atom in atoms}
    if len(ranks) > 1:
        state.fail(node, "E503", "the rows differ in their dimensions", "make them alike")
    check_alike(state, atoms, (*range(max(ranks)),), node)
    inner = tuple(state.op(node, "shape", atoms[0], static=(k,)) for k in range(ranks.pop()))
    model = state.op(node, "promoted", *atoms) if dtype is None else None
    if isinstance(dtype, DtypeOf):
        model = dtype.array
    given: tuple[Atom, ...] = () if model is None else (model,)
    static = (dtype,) if model is None else ("like",)
    result = state.op(node, "empty", *given, Const(len(atoms)), *inner, static=static)
    state.hold(result)
    for k, atom in enumerate(atoms):
        index: Index = (Const(k), *(Slice() for _ in inner))
        state.emit(Store(result, index, atom, state.span(node)), node)
    return result


def check_alike(state: State, atoms: list[Atom], axes: tuple[int, ...], node: Node) -> None:
    """Write what raises ValueError for arrays that are not equally long along these axes."""
    func = library.FUNCTIONS["check_extent"]
    for atom in atoms[1:]:
        for axis in axes if atom != atoms[0] else ():
            extents = (state.op(node, "shape", a, static=(axis,)) for a in (atoms[0], atom))
            library_call(state, func, Arguments(tuple(extents), {}), node)


def extents_of(state: State, shape: Meaning, node: Node) -> tuple[Atom, ...]:
    """Return the extents of a shape given as an int, a tuple, or `x.shape`."""
    if isinstance(shape, ShapeOf):
        shape = shape_tuple(state, shape, node)
    items = shape.items if isinstance(shape, TupleOf) else (shape,)
    return tuple(as_atom(state, item, node, "as an extent") for item in items)


def may_be_negative(state: State, atom: Atom) -> bool:
    """Return whether an extent may be negative, as far as it is known while compiling.

    It surely is not as a length, or a product of lengths, that this block has asked for; nor
    in a function of the library.
    """
    if isinstance(atom, Var) and state.frame.at is not None:
        return False
    return not _is_length(atom, state.out)


def _is_length(atom: Atom, block: Sequence[Stmt]) -> bool:
    """Return whether an atom is no negative number after a block."""
    if isinstance(atom, Const):
        return atom.value >= 0
    for at in range(len(block) - 1, -1, -1):
        stmt = block[at]
        if isinstance(stmt, Let) and stmt.target == atom:
            match stmt.value:
                case Op(prim=prim) if prim in LENGTHS:
                    return True
                case Op(prim="mul", args=args):
                    return all(_is_length(arg, block[:at]) for arg in args)
                case Var() | Const() as other:
                    return _is_length(other, block[:at])
            return False
        if any(target == atom for inner in statements((stmt,)) for target in targets(inner)):
            return False
    return False


def dtype_of(state: State, meaning: Meaning | None, node: Node) -> str | DtypeOf | None:
    """Return a dtype that is known while compiling, or None if left out."""
    if meaning is None or meaning == NONE or isinstance(meaning, DtypeOf):
        return None if meaning == NONE else meaning  # type: ignore[return-value]
    name = dtype_name(meaning.value) if isinstance(meaning, Known) else None
    if name is None:
        hint = "use np.float64, np.float32, an integer type, np.bool_ or x.dtype"
        state.fail(node, "E505", "this dtype is not supported", hint)
    return name


def converted(state: State, atom: Atom, dtype: Meaning, node: Node) -> Var:
    """Return an array, or a number, of another dtype."""
    found = dtype_of(state, dtype, node)
    if isinstance(found, DtypeOf):
        return state.op(node, "cast_like", atom, found.array)
    return state.op(node, "cast", atom, static=(found,))


LENGTHS = ("shape", "size", "len")
"""Operations that give the length of something."""


def library_call(state: State, func: FunctionType, arguments: Arguments, node: Node) -> Meaning:
    """Inline a function of `srcad.library`, with the user's line as its place."""
    if func not in state.sources:
        state.sources[func] = read(func)
    source = state.sources[func]
    defaults: dict[str, Meaning] = {k: Known(v) for k, v in source.defaults.items()}
    callee = Callee(func.__name__, source.tree, source, defaults, None)
    return inline(state, callee, arguments, node, state.span(node))  # type: ignore[arg-type]
