"""Arrays from several arrays, and several arrays from one: joined, split, tiled, padded."""

from __future__ import annotations

import ast
import itertools

from srcad import library
from srcad.frontend.names.meaning import (
    NONE,
    GridOf,
    Known,
    ListOf,
    Meaning,
    ShapeOf,
    TupleOf,
    noun,
)
from srcad.frontend.names.scope import as_atom, check_not
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import Arguments, Handler, taken
from srcad.frontend.numpy.arguments import (
    as_array,
    check_alike,
    extents_of,
    fixed_int,
    known_rank,
    library_call,
    normal_axis,
)
from srcad.frontend.numpy.views import VIEWS, at_least, expanded
from srcad.ir.nodes import Atom, Const, Load, Slice, Store, Var


def joined(state: State, atoms: list[Atom], axis: int, node: Node, *, stack: bool) -> Var:
    """Return arrays one after the other along an axis, new if `stack`."""
    rank = known_rank(state, atoms[0], node) + stack
    axis = normal_axis(state, axis, rank, node)
    if stack:
        atoms = [expanded(state, atom, (axis,), node) for atom in atoms]
    for atom in atoms:
        if known_rank(state, atom, node) != rank:
            state.fail(node, "E503", "the arrays differ in their dimensions", "make them alike")
    if not rank:
        hint = "use np.array([a, b]) or np.hstack((a, b))"
        state.fail(node, "E503", "numbers cannot be joined", hint)
    check_alike(state, atoms, tuple(k for k in range(rank) if k != axis), node)
    sizes = [_extent(state, atom, axis, node) for atom in atoms]
    ends: list[Atom] = [Const(0)]
    for size in sizes:
        ends.append(_plus(state, ends[-1], size, node))
    shape: list[Atom] = [_extent(state, atoms[0], k, node) for k in range(rank)]
    shape[axis] = ends[-1]
    model = state.op(node, "promoted", *atoms)
    result = state.op(node, "empty", model, *shape, static=("like",))
    state.hold(result)
    for atom, lo, hi in zip(atoms, ends, ends[1:], strict=False):
        index = [Slice() for _ in range(rank)]
        index[axis] = Slice(lo, hi)
        state.emit(Store(result, tuple(index), atom, state.span(node)), node)
    return result


def _extent(state: State, atom: Atom, axis: int, node: Node) -> Var:
    extent = state.op(node, "shape", atom, static=(axis,))
    state.hold(extent)
    return extent


def _plus(state: State, a: Atom, b: Atom, node: Node) -> Atom:
    if Const(0) in (a, b):
        return b if a == Const(0) else a
    total = state.op(node, "add", a, b)
    state.hold(total)
    return total


def _pieces(state: State, pieces: Meaning | None, node: ast.Call) -> list[Atom]:
    """Return the arrays that a call joins."""
    if isinstance(pieces, TupleOf) and pieces.items:
        return [as_array(state, item, node) for item in pieces.items]
    what = (
        "a list whose length is not known" if isinstance(pieces, ListOf) else noun(pieces or NONE)
    )
    hint = "write (a, b); or np.array([...]), and reshape or transpose it"
    state.fail(node, "E403", f"{what} is no tuple of arrays", hint)


def _concatenate(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    pieces, axis = taken(state, arguments, node, "arrays axis", 1)
    atoms = _pieces(state, pieces, node)
    if axis == NONE:
        return joined(state, [flattened(state, a, node) for a in atoms], 0, node, stack=False)
    at = 0 if axis is None else fixed_int(state, axis, node, "an axis")
    return joined(state, atoms, at, node, stack=False)


def flattened(state: State, atom: Atom, node: ast.Call) -> Atom:
    """Return a copy of the elements of an array in a row."""
    return as_array(state, VIEWS["flatten"][1](state, Arguments((atom,), {}), node), node)


def _stack(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    pieces, axis = taken(state, arguments, node, "arrays axis", 1)
    at = 0 if axis is None else fixed_int(state, axis, node, "an axis")
    if isinstance(pieces, ListOf):
        array = state.op(node, "copy", pieces.array)
        given = Arguments((array, Const(0), Const(at)), {})
        return VIEWS["moveaxis"][1](state, given, node)
    return joined(state, _pieces(state, pieces, node), at, node, stack=True)


def _side_by_side(rank: int, axis: int) -> Handler:
    """Return the handler of `hstack` and the like: `axis` for pieces of more dimensions."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        (pieces,) = taken(state, arguments, node, "arrays", 1)
        if isinstance(pieces, ListOf) and rank == 2 and state.rank(pieces.array) == 2:
            return state.op(node, "copy", pieces.array)
        atoms = [at_least(state, a, rank, node) for a in _pieces(state, pieces, node)]
        at = 0 if rank == 1 and state.rank(atoms[0]) == 1 else axis
        return joined(state, atoms, at, node, stack=False)

    return handler


def _column_stack(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (pieces,) = taken(state, arguments, node, "arrays", 1)
    atoms = [at_least(state, atom, 1, node) for atom in _pieces(state, pieces, node)]
    columns = [a if state.rank(a) != 1 else expanded(state, a, (1,), node) for a in atoms]
    return joined(state, columns, 1, node, stack=False)


def _block(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (rows,) = taken(state, arguments, node, "arrays", 1)
    if not isinstance(rows, TupleOf) or not rows.items:
        state.fail(node, "E403", "a list of lists of arrays is needed", "write [[a, b], [c, d]]")
    if not isinstance(rows.items[0], TupleOf):
        atoms = [at_least(state, a, 1, node) for a in _pieces(state, rows, node)]
        return joined(state, atoms, -1, node, stack=False)
    lines: list[Atom] = []
    for row in rows.items:
        atoms = [at_least(state, a, 2, node) for a in _pieces(state, row, node)]
        lines.append(joined(state, atoms, -1, node, stack=False))
    return joined(state, lines, -2, node, stack=False)


# One after the other ----------------------------------------------------------------


def _split(fixed: int | None = None, *, is_equal: bool = True) -> Handler:
    """Return the handler of `np.split` and the like: views, in a tuple."""
    names = "ary indices_or_sections axis" if fixed is None else "ary indices_or_sections"

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        source, where, *more = taken(state, arguments, node, names, 2)
        atom = as_array(state, source, node)
        rank = known_rank(state, atom, node)
        if fixed == 0 and rank == 1:
            state.fail(node, "E503", "vsplit() of a row is not possible", "use np.split")
        axis = 0 if fixed is None or rank == 1 else fixed
        if more and more[0] is not None:
            axis = fixed_int(state, more[0], node, "an axis")
        axis = normal_axis(state, axis, rank, node)
        size = _extent(state, atom, axis, node)
        ends = _ends(state, where, size, node, is_equal=is_equal)
        pieces: list[Meaning] = []
        for lo, hi in itertools.pairwise(ends):
            assert isinstance(atom, Var)
            index = (*[Slice()] * axis, Slice(lo, hi), *[Slice()] * (rank - axis - 1))
            pieces.append(state.temporary(Load(atom, index), node))
        return TupleOf(tuple(pieces), is_list=True)

    return handler


def _ends(
    state: State, where: Meaning | None, size: Atom, node: ast.Call, *, is_equal: bool
) -> list[Atom | None]:
    """Return where the pieces of an axis begin and end."""
    if isinstance(where, TupleOf):
        inner = [as_atom(state, item, node, "as an index") for item in where.items]
        for atom in inner:
            state.hold(atom)
        return [None, *inner, None]
    count = fixed_int(state, where, node, "the number of pieces")
    if count < 1:
        state.fail(node, "E503", "the number of pieces must be positive", "write another number")
    func = library.FUNCTIONS["piece_start"]
    ends: list[Atom | None] = []
    for k in range(count + 1):
        given = Arguments((size, Const(count), Const(k), Const(is_equal)), {})
        end = as_atom(state, library_call(state, func, given, node), node)
        state.hold(end)
        ends.append(end)
    return ends


# Repeated and continued -------------------------------------------------------------


def _tile(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, reps = taken(state, arguments, node, "A reps", 2)
    atom = as_array(state, source, node)
    counts = list(extents_of(state, reps or NONE, node))
    rank = max(len(counts), known_rank(state, atom, node), 1)
    if known_rank(state, atom, node) == 0:
        atom = expanded(state, atom, (0,), node)
    old = known_rank(state, atom, node)
    counts = [*[Const(1)] * (rank - len(counts)), *counts]
    sizes: list[Atom] = [Const(1)] * (rank - old)
    sizes += [_extent(state, atom, k, node) for k in range(old)]
    axes = (*range(rank - old), *(rank - old + 2 * k for k in range(old)))
    wide = expanded(state, atom, axes, node)
    shape: list[Atom] = []
    whole: list[Atom] = []
    for k, (count, size) in enumerate(zip(counts, sizes, strict=True)):
        shape += [count] if k < rank - old else [count, size]
        whole.append(state.op(node, "mul", count, size))
    repeated = state.op(node, "broadcast_to", wide, *shape)
    given = Arguments((repeated, TupleOf(tuple(whole))), {})
    return VIEWS["reshape"][1](state, given, node)


def _kron(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return each element of one array times the whole of the other, in blocks."""
    a, b = (as_array(state, part, node) for part in taken(state, arguments, node, "a b", 2))
    ranks = known_rank(state, a, node), known_rank(state, b, node)
    if 0 in ranks:
        return state.op(node, "mul", a, b)
    if ranks[0] == ranks[1] <= 2:
        return library_call(state, library.FUNCTIONS["kron"], Arguments((a, b), {}), node)
    rank = max(ranks)
    a, b = (
        expanded(state, x, (*range(rank - n),), node) for x, n in zip((a, b), ranks, strict=True)
    )
    for atom in (a, b):
        state.hold(atom)
    sizes = [[_extent(state, atom, k, node) for k in range(rank)] for atom in (a, b)]
    whole = tuple(state.op(node, "mul", n, m) for n, m in zip(*sizes, strict=True))
    left = expanded(state, a, (*range(1, 2 * rank, 2),), node)
    right = expanded(state, b, (*range(0, 2 * rank, 2),), node)
    product = state.op(node, "mul", left, right)
    return VIEWS["reshape"][1](state, Arguments((product, TupleOf(whole)), {}), node)


MODES = ("edge", "wrap", "reflect", "symmetric")


def _pad(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    names = "array pad_width mode constant_values"
    source, width, mode, value = taken(state, arguments, node, names, 2)
    atom = as_array(state, source, node)
    rank = known_rank(state, atom, node)
    pairs = _pairs(state, width, rank, node)
    kind = mode.value if isinstance(mode, Known) else "constant"
    if kind in MODES:
        func = library.FUNCTIONS["padded"]
        for k, (before, after) in enumerate(pairs):
            if before == after == Const(0):
                continue
            arguments = Arguments((atom, before, after, Const(k), Known(kind)), {})
            atom = as_atom(state, library_call(state, func, arguments, node), node)
        return atom
    if kind != "constant":
        hint = f"use 'constant', {', '.join(map(repr, MODES))}, or fill an array"
        state.fail(node, "E208", f"the mode {kind!r} of np.pad() is not supported", hint)
    fill = as_atom(state, Const(0) if value is None else value, node, "as a fill value")
    sizes = [_extent(state, atom, k, node) for k in range(rank)]
    ends = [_plus(state, lo, n, node) for (lo, _), n in zip(pairs, sizes, strict=True)]
    shape = [_plus(state, end, hi, node) for end, (_, hi) in zip(ends, pairs, strict=True)]
    result = state.op(node, "full", fill, atom, *shape, static=("like",))
    state.hold(result)
    index = tuple(Slice(lo, end) for (lo, _), end in zip(pairs, ends, strict=True))
    state.emit(Store(result, index, atom, state.span(node)), node)
    return result


def _pairs(
    state: State, width: Meaning | None, rank: int, node: ast.Call
) -> list[tuple[Atom, Atom]]:
    """Return how much is added before and after each axis."""

    def number(meaning: Meaning) -> Atom:
        atom = as_atom(state, meaning, node, "as a width")
        if isinstance(atom, Const) and atom.value < 0:
            state.fail(node, "E503", "the width of np.pad() is negative", "cut with a slice")
        if not isinstance(atom, Const):
            state.hold(atom)
            library_call(state, library.FUNCTIONS["check_width"], Arguments((atom,), {}), node)
        return atom

    match width:
        case TupleOf(items=(TupleOf(items=one), *more)):
            rows = [one, *(row.items for row in more if isinstance(row, TupleOf))]
            pairs = [(number(row[0]), number(row[-1])) for row in rows if len(row) in (1, 2)]
            if len(pairs) == len(more) + 1:
                pairs = pairs * rank if len(pairs) == 1 else pairs
        case TupleOf(items=(one, other)):
            pairs = [(number(one), number(other))] * rank
        case TupleOf(items=(one,)):
            pairs = [(number(one), number(one))] * rank
        case _:
            single = number(width or NONE)
            pairs = [(single, single)] * rank
    if len(pairs) != rank:
        hint = "write ((before, after), ...), one pair for each axis"
        state.fail(node, "E503", "the widths do not match the array", hint)
    return pairs


# Grids ------------------------------------------------------------------------------


def _grids(state: State, vectors: list[Atom], node: ast.Call, *, swap: bool) -> list[Atom]:
    """Return each vector along an axis of its own, broadcast to all of them."""
    rank = len(vectors)
    along = [*range(rank)]
    if swap and rank > 1:
        along[:2] = [1, 0]
    sizes: list[Atom] = [Const(1)] * rank
    for vector, axis in zip(vectors, along, strict=True):
        if known_rank(state, vector, node) != 1:
            state.fail(node, "E503", "each argument must be a row of numbers", "use np.ravel")
        sizes[axis] = _extent(state, vector, 0, node)
    found: list[Atom] = []
    for vector, axis in zip(vectors, along, strict=True):
        axes = tuple(k for k in range(rank) if k != axis)
        wide = state.op(node, "broadcast_to", expanded(state, vector, axes, node), *sizes)
        found.append(state.op(node, "copy", wide))
    return found


def _meshgrid(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    named = dict(arguments.named)
    order = named.pop("indexing", Known("xy"))
    if named or not arguments.positional:
        hint = "pass arrays, and indexing='ij' perhaps"
        state.fail(node, "E403", "this use of np.meshgrid() is not supported", hint)
    vectors = [as_array(state, item, node) for item in arguments.positional]
    vectors = [at_least(state, vector, 1, node) for vector in vectors]
    swap = not (isinstance(order, Known) and order.value == "ij")
    return TupleOf(tuple(_grids(state, vectors, node, swap=swap)))


def _indices(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (shape,) = taken(state, arguments, node, "dimensions", 1)
    func = library.FUNCTIONS["arange"]
    extents = extents_of(state, shape or NONE, node)
    calls = (library_call(state, func, Arguments((n,), {}), node) for n in extents)
    vectors = [as_array(state, found, node) for found in calls]
    return joined(state, _grids(state, vectors, node, swap=False), 0, node, stack=True)


def _ix(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    atoms = [as_array(state, item, node) for item in arguments.positional]
    found: list[Meaning] = []
    for k, atom in enumerate(atoms):
        if known_rank(state, atom, node) != 1 or state.is_truth(atom):
            state.fail(node, "E208", "np.ix_() takes rows of integers here", "use np.nonzero")
        axes = tuple(j for j in range(len(atoms)) if j != k)
        found.append(expanded(state, atom, axes, node))
    return TupleOf(tuple(found))


def _ndindex(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    shape: Meaning = TupleOf(arguments.positional)
    if len(arguments.positional) == 1:
        (shape,) = arguments.positional
    extents = extents_of(state, shape, node)
    if not extents or arguments.named:
        state.fail(node, "E403", "np.ndindex() takes the extents", "write np.ndindex(n, m)")
    for extent in extents if not isinstance(shape, ShapeOf) else ():
        check_not(state, "lt", extent, 0, "negative dimensions are not allowed", node)
    return GridOf(extents)


def _ndenumerate(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    (source,) = taken(state, arguments, node, "arr", 1)
    atom = as_array(state, source, node)
    rank = known_rank(state, atom, node)
    if not isinstance(atom, Var) or not rank:
        state.fail(node, "E405", "a number is not an array", "use the number")
    return GridOf(tuple(_extent(state, atom, k, node) for k in range(rank)), atom)


JOINS: dict[str, tuple[str, Handler]] = {
    "concatenate": ("np.concatenate", _concatenate),
    "stack": ("np.stack", _stack),
    "hstack": ("np.hstack", _side_by_side(1, 1)),
    "vstack": ("np.vstack", _side_by_side(2, 0)),
    "dstack": ("np.dstack", _side_by_side(3, 2)),
    "column_stack": ("np.column_stack", _column_stack),
    "block": ("np.block", _block),
    "split": ("np.split", _split()),
    "array_split": ("np.array_split", _split(is_equal=False)),
    "vsplit": ("np.vsplit", _split(0)),
    "hsplit": ("np.hsplit", _split(1)),
    "tile": ("np.tile", _tile),
    "kron": ("np.kron", _kron),
    "pad": ("np.pad", _pad),
    "meshgrid": ("np.meshgrid", _meshgrid),
    "indices": ("np.indices", _indices),
    "ix_": ("np.ix_", _ix),
    "ndindex": ("np.ndindex", _ndindex),
    "ndenumerate": ("np.ndenumerate", _ndenumerate),
}
"""Handlers of NumPy functions, by name, with their spelling."""
