"""Whose memory is the result of a function of whole arrays: a column beside their names.

What stands in neither table is new. A view is one in the IR too, so that what is written
through it is seen. Where NumPy's result is a view only for some arrays, or one that is
made by a copy here, the copy is marked: a program that would see a difference is refused.
"""

from __future__ import annotations

from srcad.frontend.names.meaning import Meaning, TupleOf
from srcad.frontend.names.state import Node, State
from srcad.frontend.names.structural import Arguments
from srcad.ir.nodes import Atom, Block, Call, Let, Load, Op, Var
from srcad.ir.walk import atoms, call_leaves, statements, targets
from srcad.rules.linalg import gives_new_memory
from srcad.rules.wholes import VIEWS as VIEW_PRIMS

VIEWS = (
    *("atleast_1d", "atleast_2d", "atleast_3d", "expand_dims", "flip", "fliplr", "flipud"),
    "imag",
    *("matrix_transpose", "moveaxis", "real", "rollaxis", "squeeze", "swapaxes", "transpose"),
    *("split", "array_split", "hsplit", "vsplit"),
)
"""Functions whose results always share the memory of their argument."""

COPIED_VIEWS = (
    *("asarray", "ascontiguousarray", "asfortranarray"),
    *("broadcast_arrays", "broadcast_to", "diag", "diagonal", "rot90"),
)
"""Functions whose results may share memory in NumPy, and are copies here, or may be."""

READ_ONLY = ("broadcast_to", "diagonal")
"""Functions whose results NumPy does not let anybody write to."""

MARKED_APART = ("ravel", "reshape")
"""Those that mark their results themselves: a row is a view."""

SHARING = (*VIEWS, *COPIED_VIEWS, *MARKED_APART)
"""Functions whose results may share the memory of their arguments."""

PASSED_ON = {*VIEW_PRIMS, "select", "real", "imag"}
"""Primitives whose results may have the memory of their arguments."""


def memory(name: str) -> str:
    """Return what the documentation says of the memory of a function's result."""
    if name in VIEWS:
        return "view"
    return "view or copy" if name in SHARING else "new"


def marked(state: State, name: str, arguments: Arguments, found: Meaning, node: Node) -> Meaning:
    """Return a result of the user's call, marked as a copy that stands for a view."""
    if name == "diag" and isinstance(found, Var) and state.rank(found) == 2:
        return found  # a matrix with a row on its diagonal is new
    if name in COPIED_VIEWS and state.frame.at is None and arguments.positional:
        many = isinstance(found, TupleOf)
        results = found.items if isinstance(found, TupleOf) else (found,)
        sources = arguments.positional if many else arguments.positional[:1]
        for result, source in zip(results, sources, strict=False):
            mark(state, result, source, node, read_only=name in READ_ONLY)
    return found


def mark(
    state: State, result: Meaning, source: Meaning, node: Node, *, read_only: bool = False
) -> None:
    """Write that two arrays have the same memory in NumPy."""
    if not isinstance(result, Var) or not state.rank(result):
        return
    of_array = isinstance(source, Var) and state.rank(source) and result != source
    if of_array or read_only:
        state.hold(result)
        other = source if of_array else result
        assert isinstance(other, Var)
        static = ("read-only",) if read_only else ()
        state.op(node, "same_memory", result, other, static=static)


def mark_items(state: State, result: Var, source: Var, node: Node, *, many: bool = False) -> None:
    """Write that the items of a list of arrays, copied here, are views of another array.

    many: whether several items may be views of the same elements; then none may be written.
    """
    if state.rank(result) == 1 or result == source:
        return
    mark(state, result, source, node)
    if many:
        state.op(node, "same_memory", result, source, static=("items",))


def memory_of(block: Block, name: str) -> set[str]:
    """Return the names from outside of a block whose memory an array that it makes may have."""
    return memory_behind(block, name)[1]


def lists_behind(block: Block, name: str) -> set[str]:
    """Return the buffers of the lists that change of which an array may be an item."""
    names, _ = memory_behind(block, name)
    found: set[str] = set()
    for stmt in statements(block):
        match stmt:
            case Let(value=Op("same_memory", (Var(name=item), Var(name=source)), ("piece",))):
                found |= {source} if item in names else set()
    return found


def memory_behind(block: Block, name: str) -> tuple[set[str], set[str]]:
    """Return the names whose memory an array may have, and those from outside of a block."""
    bound: dict[str, list[Atom]] = {}
    for stmt in statements(block):
        for target in targets(stmt):
            bound.setdefault(target.name, [])
        match stmt:
            case (
                Let(target=target, value=Var() as source)
                | Let(target=target, value=Load(array=source))
            ):
                bound[target.name].append(source)
            case Let(target=target, value=Op(prim=prim, args=args)) if prim in PASSED_ON:
                bound[target.name] += args
            case Call(targets=made, function=function, args=args):
                if not gives_new_memory(function):
                    for target in made:
                        bound[target.name] += [a for leaf in call_leaves(args) for a in atoms(leaf)]
    found: set[str] = set()
    todo, seen = [name], {name}
    while todo:
        name = todo.pop()
        if name not in bound:
            found.add(name)
            continue
        behind = {atom.name for atom in bound[name] if isinstance(atom, Var)}
        todo += behind - seen
        seen |= behind
    return seen, found
