"""Products summed over named axes: `np.einsum` with a literal text, and `np.tensordot`.

The factors are transposed and given axes of length one until all have the same axes, then
multiplied and summed, as one loop; two factors that share one axis are a product of matrices.
"""

from __future__ import annotations

import ast
from itertools import pairwise
from string import ascii_letters

from srcad import library
from srcad.frontend.names.meaning import DtypeOf, Known, Meaning, TupleOf
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import Arguments, Handler, taken
from srcad.frontend.numpy.arguments import (
    as_array,
    fixed_int,
    known_rank,
    library_call,
    normal_axis,
)
from srcad.frontend.numpy.linalg import matmul
from srcad.frontend.numpy.outputs import into
from srcad.frontend.numpy.reduced import REDUCTIONS
from srcad.frontend.numpy.views import expanded, transposed
from srcad.ir.nodes import Atom, Const, Var

Factor = tuple[Atom, str]
"""An array, and a letter for each of its axes."""


def _einsum(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    named = dict(arguments.named)
    out = named.pop("out", None)
    named.pop("optimize", None)
    if named or len(arguments.positional) < 2:
        hint = 'write np.einsum("ij,jk->ik", a, b)'
        state.fail(node, "E403", "einsum() takes a text and arrays here", hint)
    text, *operands = arguments.positional
    value = text.value if isinstance(text, Known) else None
    if not isinstance(value, str):
        state.fail(node, "E403", "the text of einsum() must be a literal", "write it in the call")
    given, arrow, output = value.replace(" ", "").partition("->")
    names = given.split(",")
    letters = [c for part in names for c in part]
    if not arrow:
        output = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    known = all(c in ascii_letters for c in letters) and len(names) == len(operands)
    if not known or len(set(output)) < len(output) or not set(output) <= set(letters):
        hint = "name each axis by a letter, each array between commas, no '...'"
        state.fail(node, "E403", f"einsum() cannot read {value!r}", hint)
    factors: list[Factor] = []
    for operand, part in zip(operands, names, strict=True):
        atom = as_array(state, operand, node)
        rank = known_rank(state, atom, node)
        if rank != len(part):
            message = f"{part!r} names {len(part)} axes of an array of {rank} dimensions"
            state.fail(node, "E503", message, "use one letter for each axis")
        factors.append(_without_repeats(state, (atom, part), node))
    return into(state, out, contracted(state, factors, output, node), node)


def _without_repeats(state: State, factor: Factor, node: ast.Call) -> Factor:
    """Return the diagonal along axes of one letter; it is the last axis then."""
    atom, letters = factor
    for letter in sorted(set(letters)):
        while letters.count(letter) > 1:
            first = letters.index(letter)
            axes = first, letters.index(letter, first + 1)
            atom, letters = _diagonal(state, atom, letters, axes, node)
    return atom, letters


def _diagonal(
    state: State, atom: Atom, letters: str, axes: tuple[int, int], node: ast.Call
) -> Factor:
    extents = (state.op(node, "shape", atom, static=(k,)) for k in axes)
    library_call(state, library.FUNCTIONS["check_inner"], Arguments(tuple(extents), {}), node)
    given = Arguments((atom, Const(0), *map(Const, axes)), {})
    found = as_array(state, library_call(state, library.FUNCTIONS["diagonal"], given, node), node)
    if isinstance(found, Var):
        state.op(node, "same_memory", found, atom)
    rest = "".join(c for k, c in enumerate(letters) if k not in axes)
    return found, rest + letters[axes[0]]


def _tensordot(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
    left, right, axes = taken(state, arguments, node, "a b axes", 2)
    a, b = as_array(state, left, node), as_array(state, right, node)
    ranks = known_rank(state, a, node), known_rank(state, b, node)
    if isinstance(axes, TupleOf) and len(axes.items) == 2:
        both = [_axes(state, axes.items[k], ranks[k], node) for k in (0, 1)]
    else:
        count = 2 if axes is None else fixed_int(state, axes, node, "the number of axes")
        both = [list(range(ranks[0] - count, ranks[0])), list(range(count))]
    if len(both[0]) != len(both[1]) or not all(
        0 <= k < n for some, n in zip(both, ranks, strict=True) for k in some
    ):
        state.fail(node, "E503", "the axes of tensordot() do not fit", "name as many of each array")
    first = ascii_letters[: ranks[0]]
    second = list(ascii_letters[ranks[0] : sum(ranks)])
    for j, k in zip(*both, strict=True):
        extents = (
            state.op(node, "shape", a, static=(j,)),
            state.op(node, "shape", b, static=(k,)),
        )
        library_call(state, library.FUNCTIONS["check_inner"], Arguments(extents, {}), node)
        second[k] = first[j]
    output = [c for c in (*first, *second) if (c in first) != (c in second)]
    return contracted(state, [(a, first), (b, "".join(second))], "".join(output), node)


def _axes(state: State, meaning: Meaning, rank: int, node: ast.Call) -> list[int]:
    """Return the axes that an argument names, in its order."""
    items = meaning.items if isinstance(meaning, TupleOf) else (meaning,)
    numbers = (fixed_int(state, item, node, "an axis") for item in items)
    return [normal_axis(state, k, rank, node) for k in numbers]


def contracted(state: State, factors: list[Factor], output: str, node: Node) -> Atom:
    """Return the product of arrays, summed over the axes that `output` does not name."""
    assert isinstance(node, ast.Call)
    found = _matrices(state, factors, output, node)
    if found is not None:
        return found
    named = dict.fromkeys(output + "".join(letters for _, letters in factors))
    order = list(named)
    atoms = [_spread(state, factor, order, node) for factor in factors]
    product = atoms[0]
    for atom in atoms[1:]:
        product = state.op(node, "mul", product, atom)
    summed = tuple(Const(k) for k in range(len(output), len(order)))
    if not summed:
        return product
    model = state.op(node, "promoted", *(atom for atom, _ in factors))
    options: dict[str, Meaning] = {"axis": TupleOf(summed), "dtype": DtypeOf(model)}
    total = REDUCTIONS["sum"][1](state, Arguments((product,), options), node)
    return as_array(state, total, node)


def _spread(state: State, factor: Factor, order: list[str], node: Node) -> Atom:
    """Return an array with its axes in `order`, those that it has not of length one."""
    atom, letters = factor
    axes = tuple(sorted(range(len(letters)), key=lambda k: order.index(letters[k])))
    if any(a > b for a, b in pairwise(axes)):
        atom = transposed(state, atom, axes, node)
    new = tuple(k for k, letter in enumerate(order) if letter not in letters)
    return expanded(state, atom, new, node)


def _matrices(state: State, factors: list[Factor], output: str, node: Node) -> Atom | None:
    """Return the product of two vectors or matrices, if that is what is asked for."""
    if len(factors) != 2:
        return None
    one, other = (letters for _, letters in factors)
    shared = set(one) & set(other)
    if len(shared) != 1 or shared & set(output) or max(len(one), len(other)) > 2:
        return None
    if set(one + other) - shared != set(output):
        return None
    (inner,) = shared
    (a, left), (b, right) = factors
    if output and output[0] not in one:
        a, left, b, right = b, right, a, left
    if left[0] == inner and len(left) == 2:
        a = transposed(state, a, (1, 0), node)
    if right[-1] == inner and len(right) == 2:
        b = transposed(state, b, (1, 0), node)
    found = matmul(state, a, b, node)
    assert isinstance(found, Var | Const)
    return found


CONTRACTIONS: dict[str, tuple[str, Handler]] = {
    "einsum": ("np.einsum", _einsum),
    "tensordot": ("np.tensordot", _tensordot),
}
"""Handlers of NumPy functions, by name, with their spelling."""
