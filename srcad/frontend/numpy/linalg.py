"""Products of arrays, and `np.linalg`: calls that stay calls, and what is made of them."""

from __future__ import annotations

import ast
from dataclasses import replace

from srcad import library
from srcad.frontend.names.meaning import NONE, Known, Lost, Meaning, TupleOf
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import Arguments, Handler, taken
from srcad.frontend.numpy.arguments import as_array, fixed_int, known_rank, library_call
from srcad.ir import nodes as ir
from srcad.ir.nodes import Atom, Const, Var
from srcad.library import triangular
from srcad.rules.linalg import WHOLES

MOST_FACTORS = 64


def whole(state: State, name: str, node: Node, *atoms: Atom) -> tuple[Var, ...]:
    """Write a call of a function of the table; return its results."""
    row = WHOLES[name]
    targets = tuple(Var(state.names.temporary()) for _ in row.results)
    for target, item in zip(targets, row.results, strict=True):
        state.ranks[target.name] = len(item.axes)
    state.emit(ir.Call(targets, row, row.text, atoms, state.span(node)), node)
    return targets


def _inlined(state: State, name: str, node: Node, *given: Meaning) -> Meaning:
    return library_call(state, library.FUNCTIONS[name], Arguments(given, {}), node)


# Products ---------------------------------------------------------------------------


def matmul(state: State, a: Atom, b: Atom, node: Node) -> Meaning:
    """Return `a @ b`: calls for matrices, a loop over the leading axes of stacks of them."""
    ranks = known_rank(state, a, node), known_rank(state, b, node)
    match ranks:
        case (0, _) | (_, 0):
            state.fail(node, "E503", "'@' of a number", "write '*'")
        case (1, 1):
            return _inlined(state, "matmul_1_1", node, a, b)
        case (2, 2):
            return whole(state, "dot_nn", node, a, b)[0]
        case (2, 1):
            return whole(state, "mv_n", node, a, b)[0]
        case (1, 2):
            return whole(state, "mv_t", node, b, a)[0]
    return _stacked(state, a, b, ranks, node)


def _stacked(state: State, a: Atom, b: Atom, ranks: tuple[int, int], node: Node) -> Meaning:
    """Return the products of the matrices of stacks, which are broadcast."""
    left, right = max(ranks[0] - 2, 0), max(ranks[1] - 2, 0)

    def extent(array: Atom, axis: int) -> Atom:
        return state.op(node, "shape", array, static=(axis,))

    extents: list[Atom] = []
    for k in range(max(left, right), 0, -1):
        own = [extent(x, n - k) for x, n in ((a, left), (b, right)) if n >= k]
        if len(own) == 2:
            both = _inlined(state, "broadcast_extent", node, *own)
            assert isinstance(both, Var | Const)
            own = [both]
        extents += own
    extents += [extent(a, ranks[0] - 2)] * (ranks[0] > 1)
    extents += [extent(b, ranks[1] - 1)] * (ranks[1] > 1)
    model = state.op(node, "promoted", a, b)
    result = state.op(node, "empty", model, *extents, static=("like",))
    state.hold(result)
    name = "both" if left == right else "left" if left > right else "right"
    return _inlined(state, f"matmul_{name}", node, a, b, result)


def _matmul(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    a, b = (as_array(state, part, node) for part in taken(state, arguments, node, "a b", 2))
    return matmul(state, a, b, node)


def _dot(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    a, b = (as_array(state, part, node) for part in taken(state, arguments, node, "a b", 2))
    ranks = known_rank(state, a, node), known_rank(state, b, node)
    if 0 in ranks:
        return state.op(node, "mul", a, b)
    if ranks[1] > 2:
        message = f"dot() of {ranks[0]} and {ranks[1]} dimensions is not supported"
        state.fail(node, "E208", message, "write '@', np.tensordot, or the loops of the product")
    return matmul(state, a, b, node)


def _matrix_power(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, power = taken(state, arguments, node, "a n", 2)
    atom = _matrix(state, source, node)
    count = fixed_int(state, power, node, "the power")
    if abs(count) > MOST_FACTORS:
        state.fail(node, "E403", f"a power of more than {MOST_FACTORS}", "write the loop")
    if count < 0:
        (atom,) = whole(state, "inv", node, atom)
    if count == 0:
        return _inlined(state, "identity_like", node, atom)
    state.hold(atom)
    result: Atom | None = None
    for digit in f"{abs(count):b}":
        if result is not None:
            (result,) = whole(state, "dot_nn", node, result, result)
            state.hold(result)
        if digit == "1":
            result = atom if result is None else whole(state, "dot_nn", node, result, atom)[0]
            state.hold(result)
    assert result is not None
    return result


# np.linalg --------------------------------------------------------------------------


def _matrix(state: State, meaning: Meaning | None, node: ast.Call) -> Atom:
    """Return an argument that must be a matrix."""
    atom = as_array(state, meaning, node)
    rank = known_rank(state, atom, node)
    if rank != 2:
        message = f"'{ast.unparse(node.func)}' of an array of {rank} dimensions"
        hint = "pass a matrix; loop over a stack of matrices"
        state.fail(node, "E208", f"{message} is not supported", hint)
    return atom


def _unary(name: str, fields: str = "") -> Handler:
    """Return the handler of a function of one matrix."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        (source,) = taken(state, arguments, node, "a", 1)
        atom = as_array(state, source, node)
        if f"{name}_of_stack" in library.FUNCTIONS and known_rank(state, atom, node) > 2:
            return _of_stack(state, name, fields, atom, node)
        results = whole(state, name, node, _matrix(state, source, node))
        return TupleOf(results, tuple(fields.split())) if fields else results[0]

    return handler


def _of_stack(state: State, name: str, fields: str, atom: Atom, node: Node) -> Meaning:
    """Return what a function gives for each matrix of a stack."""
    found = _inlined(state, f"{name}_of_stack", node, atom)
    return replace(found, fields=tuple(fields.split())) if isinstance(found, TupleOf) else found


def _only(state: State, meaning: Meaning | None, allowed: tuple[object, ...], node: Node) -> None:
    """Refuse an option with another value than those that are supported."""
    value = getattr(meaning, "value", meaning) if isinstance(meaning, Known | Const) else meaning
    if meaning is not None and value not in allowed:
        choices = " or ".join(map(repr, allowed))
        state.fail(node, "E403", "this option is not supported", f"leave it out, or use {choices}")


def _symmetric(name: str, fields: str = "") -> Handler:
    """Return the handler of a function of the lower triangle of a matrix."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        source, uplo = taken(state, arguments, node, "a UPLO", 1)
        _only(state, uplo, ("L",), node)
        atom = as_array(state, source, node)
        if known_rank(state, atom, node) > 2:
            return _of_stack(state, name, fields, atom, node)
        results = whole(state, name, node, _matrix(state, source, node))
        return TupleOf(results, tuple(fields.split())) if fields else results[0]

    return handler


def _right_side(name: str, state: State, a: Atom, b: Atom, node: ast.Call) -> Var:
    """Call a function that has one row for a vector and one for a matrix on the right."""
    rank = known_rank(state, b, node)
    if rank not in {1, 2}:
        message = f"a right side of {rank} dimensions is not supported"
        state.fail(node, "E208", message, "pass a vector or a matrix")
    return whole(state, f"{name}_{'v' if rank == 1 else 'm'}", node, a, b)[0]


def _solve(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    left, right = taken(state, arguments, node, "a b", 2)
    a, b = as_array(state, left, node), as_array(state, right, node)
    ranks = known_rank(state, a, node), known_rank(state, b, node)
    if ranks[0] > 2 and ranks[1] in {1, 2}:
        return _inlined(state, "solve_stack", node, a, b)
    if ranks[0] == ranks[1] == 3:
        return _inlined(state, "solve_stacks", node, a, b)
    return _right_side("solve", state, _matrix(state, a, node), b, node)


def _triangular(name: str) -> Handler:
    """Return the handler of a function of `library.triangular`."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        a, b = (as_array(state, x, node) for x in taken(state, arguments, node, "a b", 2))
        return whole(state, name, node, a, b)[0]

    return handler


def _lstsq(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    left, right, rcond = taken(state, arguments, node, "a b rcond", 2)
    _only(state, rcond, (None, -1), node)
    a = _matrix(state, left, node)
    x = _right_side("lstsq", state, a, as_array(state, right, node), node)
    lost = Lost("only the solution of lstsq() has a derivative: write np.linalg.lstsq(a, b)[0]")
    return TupleOf((x, lost, lost, lost))


def _qr(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, mode = taken(state, arguments, node, "a mode", 1)
    _only(state, mode, ("reduced",), node)
    return TupleOf(whole(state, "qr", node, _matrix(state, source, node)), ("Q", "R"))


def _svd(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    source, full, vectors = taken(state, arguments, node, "a full_matrices compute_uv", 1)
    wants, is_full = (not (isinstance(flag, Const) and not flag.value) for flag in (vectors, full))
    if wants and is_full:
        hint = "write full_matrices=False"
        state.fail(node, "E403", "the full matrices of svd() have no derivative", hint)
    atom = as_array(state, source, node)
    if known_rank(state, atom, node) > 2:
        found = _of_stack(state, "svd", "U S Vh", atom, node)
        return found if wants or not isinstance(found, TupleOf) else found.items[1]
    u, s, vt = whole(state, "svd", node, _matrix(state, source, node))
    return TupleOf((u, s, vt), ("U", "S", "Vh")) if wants else s


def _cond(state: State, _: Arguments, node: ast.Call) -> Meaning:
    hint = "divide the largest of np.linalg.svd(a, compute_uv=False) by the smallest"
    state.fail(node, "E208", "np.linalg.cond() is not supported", hint)


def _norm(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    x, order, axis, keepdims = taken(state, arguments, node, "x ord axis keepdims", 1)
    atom = as_array(state, x, node)
    atom = state.op(node, "cast_like", atom, state.op(node, "result_type", atom, Const(1.0)))
    rank = known_rank(state, atom, node)
    if not rank and (axis not in {None, NONE} or order not in {None, NONE}):
        state.fail(node, "E503", "this norm is of a vector or a matrix", "use abs()")
    pair = isinstance(axis, TupleOf) and len(axis.items) == 2
    of_matrix = pair or (axis in {None, NONE} and rank == 2)
    options = {"axis": axis or NONE, "keepdims": keepdims or Const(value=False)}
    value = order.value if isinstance(order, Known | Const) else None
    is_2 = value == 2 and not of_matrix and (rank == 1 or axis not in {None, NONE})
    if order in {None, NONE} or value == "fro" or is_2:
        if value == "fro" and not of_matrix:
            state.fail(node, "E403", "the norm 'fro' is of a matrix", "leave ord out")
        name = "norm_2"
    elif axis in {None, NONE} and rank > 2:
        state.fail(node, "E503", "this norm is of a vector or a matrix", "pass the axis")
    elif not of_matrix:
        if not isinstance(order, Const) or isinstance(order.value, bool):
            state.fail(node, "E403", "ord must be a literal number here", "write the number")
        name, options["ord"] = "norm_of_vectors", order
    elif axis not in {None, NONE} or value not in {1, -1, 2, -2, *_INFINITE, "nuc"}:
        hint = "use None, 'fro', 'nuc', 1, -1, 2, -2, np.inf or -np.inf, without axis"
        state.fail(node, "E403", "this norm of matrices is not supported", hint)
    else:
        name, options["ord"] = "norm_of_matrix", (Known("nuc") if value == "nuc" else order or NONE)
    return library_call(state, library.FUNCTIONS[name], Arguments((atom,), options), node)


_INFINITE = (float("inf"), float("-inf"))


OWN: dict[str, tuple[object, Handler]] = {
    "lower": (triangular.solve_lower, _triangular("lower")),
    "lower_t": (triangular.solve_lower_t, _triangular("lower_t")),
}
"""Functions of ours, which the derivatives in the library call."""


FUNCTIONS: dict[str, tuple[str, Handler]] = {
    "matmul": ("np.matmul", _matmul),
    "dot": ("np.dot", _dot),
    "linalg_solve": ("np.linalg.solve", _solve),
    "linalg_inv": ("np.linalg.inv", _unary("inv")),
    "linalg_det": ("np.linalg.det", _unary("det")),
    "linalg_slogdet": ("np.linalg.slogdet", _unary("slogdet", "sign logabsdet")),
    "linalg_cholesky": ("np.linalg.cholesky", _unary("cholesky")),
    "linalg_qr": ("np.linalg.qr", _qr),
    "linalg_svd": ("np.linalg.svd", _svd),
    "linalg_eigh": ("np.linalg.eigh", _symmetric("eigh", "eigenvalues eigenvectors")),
    "linalg_eigvalsh": ("np.linalg.eigvalsh", _symmetric("eigvalsh")),
    "linalg_eig": ("np.linalg.eig", _unary("eig", "eigenvalues eigenvectors")),
    "linalg_eigvals": ("np.linalg.eigvals", _unary("eigvals")),
    "linalg_lstsq": ("np.linalg.lstsq", _lstsq),
    "linalg_matrix_power": ("np.linalg.matrix_power", _matrix_power),
    "linalg_cond": ("np.linalg.cond", _cond),
    "linalg_norm": ("np.linalg.norm", _norm),
}
