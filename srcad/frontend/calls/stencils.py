"""`@stencil` functions, as the loops that they stand for.

    @stencil                             out = np.zeros(x.shape)
    def slope(a):                        for i in range(1, x.shape[0] - 1):
        return a[1] - a[-1]                  out[i] = x[i + 1] - x[i - 1]

Indices of arrays are relative to the element, but for arrays under `standard_indexing`. What
is nearer to a border than the neighborhood reaches is `cval`.
"""

from __future__ import annotations

import ast
import copy
from typing import cast

from numba.stencils.stencil import StencilFunc

from srcad import library
from srcad.backend.numba_kernels import python_part, stencil_options
from srcad.errors import NotDifferentiable
from srcad.frontend.calls.kernels import COUNTERS, extent, loops
from srcad.frontend.names.meaning import Known, LocalFunction, Meaning
from srcad.frontend.names.state import Frame, State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.numpy.arguments import as_array, known_rank, library_call
from srcad.frontend.numpy.outputs import check_writable
from srcad.frontend.syntax.jumps import Plan
from srcad.frontend.syntax.source import Source, read
from srcad.frontend.syntax.survey import survey
from srcad.ir.nodes import Atom, Const, If, Slice, Store, Var

Reach = tuple[tuple[int, int], ...]
"""How far a kernel reads to both sides of an element, along each axis."""


def stencilled(state: State, func: StencilFunc, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the meaning of a call of a `@stencil` function."""
    name, options = ast.unparse(node.func), stencil_options(func)
    source = _source(state, func, name, node)
    args = source.tree.args
    params = [arg.arg for arg in (*args.posonlyargs, *args.args)]
    named = dict(arguments.named)
    out = named.pop("out", None)
    if named or len(arguments.positional) != len(params) or source.defaults:
        message = f"'{name}' takes the arguments ({', '.join(params)}) by position here"
        state.fail(node, "E403", message, "pass each of them once")
    standard = tuple(options.get("standard_indexing", ()))
    relative = _relative(source, params, standard)
    given = dict(zip(params, arguments.positional, strict=True))
    first = as_array(state, given[params[0]], node)
    rank = known_rank(state, first, node)
    if params[0] not in relative or not rank:
        message = f"the first argument of '{name}' is not the array that it is computed from"
        state.fail(node, "E403", message, "pass this array first, and index it in the kernel")
    state.hold(first)
    given |= {param: as_array(state, given[param], node) for param in relative}
    extents = [extent(state, first, axis, node) for axis in range(rank)]
    _check_extents(state, name, [cast("Atom", given[p]) for p in params if p in relative], node)
    counters = [_free(c, source.tree) for c in COUNTERS[:rank]]
    kernel, reach = _kernel(state, source, relative, counters, options.get("neighborhood"), node)
    tree, home = kernel
    names: dict[str, Meaning] = {f"given_{k}": given[param] for k, param in enumerate(params)}
    names["kernel"] = LocalFunction(tree, home, {})
    for meaning in names.values():
        state.hold(meaning)
    array = _result(state, out, names, extents, options.get("cval"), node)
    bounds = []
    for (low, high), size in zip(reach, extents, strict=True):
        stop = state.op(node, "sub", size, Const(max(high, 0))) if high > 0 else size
        bounds.append((Const(max(-low, 0)), stop))
    names["array"] = array
    place = ", ".join(COUNTERS[:rank])
    call = ", ".join([*(f"given_{k}" for k in range(len(params))), *COUNTERS[:rank]])
    loops(state, bounds, names, f"array[{place}] = kernel({call})", node)
    return array


def _source(state: State, func: StencilFunc, name: str, node: ast.Call) -> Source:
    """Return the source of a kernel."""
    plain = python_part(func)
    try:
        source = read(plain)
    except NotDifferentiable as error:
        state.problems += error.problems
        message = f"no source text of the kernel of '{name}'"
        state.fail(node, "E405", message, "define it in a file or a notebook cell")
    assert isinstance(source.tree, ast.FunctionDef | ast.Lambda)
    return source


def _relative(source: Source, params: list[str], standard: tuple[str, ...]) -> set[str]:
    """Return the parameters that are indexed relative to an element."""
    return {
        part.value.id
        for part in ast.walk(source.tree)
        if isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name)
        if part.value.id in params and part.value.id not in standard
    }


def _free(name: str, tree: ast.AST) -> str:
    """Return a name that a kernel does not have."""
    taken = {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)}
    taken |= {part.arg for part in ast.walk(tree) if isinstance(part, ast.arg)}
    while name in taken:
        name += "_"
    return name


def _check_extents(state: State, name: str, arrays: list[Atom], node: ast.Call) -> None:
    """Write what raises ValueError for arrays that are smaller than the first one."""
    first, *others = arrays
    rank = known_rank(state, first, node)
    for array in others:
        if known_rank(state, array, node) != rank:
            message = f"the arrays that '{name}' indexes differ in their dimensions"
            hint = "pass arrays of one shape, or name the others in standard_indexing"
            state.fail(node, "E503", message, hint)
        for axis in range(rank):
            both = (extent(state, first, axis, node), extent(state, array, axis, node))
            library_call(state, library.FUNCTIONS["check_not_smaller"], Arguments(both, {}), node)


def _result(
    state: State,
    out: Meaning | None,
    names: dict[str, Meaning],
    extents: list[Atom],
    cval: object,
    node: ast.Call,
) -> Var:
    """Return the array that the loops write, with `cval` in it where there is one."""
    if out is not None and out != Known(None):
        rank = len(extents)
        if not isinstance(out, Var) or state.rank(out) != rank:
            state.fail(node, "E503", f"'out' has {rank} dimensions here", "pass such an array")
        check_writable(state, out, node)
        state.hold(out)
        for axis, size in enumerate(extents):
            both = Arguments((size, extent(state, out, axis, node)), {})
            library_call(state, library.FUNCTIONS["check_not_smaller"], both, node)
        if cval is not None:
            index = tuple(Slice() for _ in range(rank))
            fill = _number(state, cval, node)
            state.emit(Store(out, index, fill, state.span(node), same_kind=True), node)
        return out
    with state.block() as probe:
        count = len(names) - 1
        at = [*(names[f"given_{k}"] for k in range(count)), *(Const(0) for _ in extents)]
        value = as_array(
            state, state.call(state, names["kernel"], Arguments(tuple(at), {}), node), node
        )
        model = state.op(node, "promoted", value)
    if known_rank(state, value, node):
        state.fail(node, "E503", "the kernel of a stencil returns an array", "return a number")
    state.emit(If(Const(value=False), tuple(probe), (), state.span(node)), node)
    if cval:
        fill = _number(state, cval, node)
        array = state.op(node, "full", fill, model, *extents, static=("like",))
    else:
        array = state.op(node, "zeros", model, *extents, static=("like",))
    state.hold(array)
    return array


def _number(state: State, value: object, node: ast.Call) -> Const:
    """Return the number that `cval` is."""
    if not isinstance(value, int | float):
        state.fail(node, "E403", "the cval of a stencil is an int or a float here", "use a float")
    return Const(value)


# The kernel -------------------------------------------------------------------------


def _kernel(
    state: State,
    source: Source,
    relative: set[str],
    counters: list[str],
    neighborhood: object,
    node: ast.Call,
) -> tuple[tuple[ast.FunctionDef | ast.Lambda, Frame], Reach]:
    """Return the kernel with counters as more arguments, and how far it reads."""
    body = source.tree.body
    facts = survey(body if isinstance(body, list) else [ast.Expr(body)])
    plan = Plan([], {}, {}, falls=False)
    home = Frame("kernel", source, plan, survey([]))
    tree = copy.deepcopy(source.tree)
    moved = _Moved(relative, counters, neighborhood is not None)
    moved.visit(ast.Module(tree.body, []) if isinstance(tree.body, list) else tree.body)
    again = relative & set(facts.stores)
    if again or facts.keeps:
        moved.problems.append((source.tree, "assigns its arrays, or has functions inside"))
    if moved.problems:
        place, what = moved.problems[0]
        with state.inside(Frame("kernel", source, plan, survey([]))):
            hint = "index the array by numbers from the element: a[-1, 0]"
            state.fail(place, "E405", f"the kernel of a stencil {what}", hint)
    tree.args.args += [ast.arg(name) for name in counters]
    if neighborhood is None:
        columns = zip(*moved.offsets, strict=True)
        reach = tuple((min(0, *axis), max(0, *axis)) for axis in columns)
    else:
        reach = _neighborhood(state, neighborhood, len(counters), node)
    return (tree, home), reach


def _neighborhood(state: State, given: object, rank: int, node: ast.Call) -> Reach:
    """Return the neighborhood that a stencil was given."""
    rows = tuple(given) if isinstance(given, tuple | list) else ()
    pairs = tuple((row[0], row[1]) for row in rows if len(row) == 2)
    if len(pairs) != rank or any(type(end) is not int for pair in pairs for end in pair):
        message = f"the neighborhood of a stencil over {rank} dimensions has {len(rows)} pairs"
        state.fail(node, "E403", message, "give one pair of integers for each dimension")
    return pairs


class _Moved(ast.NodeTransformer):
    """Adds the counters to the indices of arrays; notes what they are, and what is no index."""

    def __init__(self, relative: set[str], counters: list[str], is_wide: bool) -> None:  # noqa: FBT001
        self.relative, self.counters, self.is_wide = relative, counters, is_wide
        self.offsets: list[tuple[int, ...]] = []
        self.problems: list[tuple[ast.expr | ast.stmt, str]] = []

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Note an array that is not indexed."""
        if node.id in self.relative:
            self.problems.append((node, f"does something else with '{node.id}' than index it"))
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Return an element with its index in the array."""
        if not isinstance(node.value, ast.Name) or node.value.id not in self.relative:
            return cast("ast.expr", self.generic_visit(node))
        if not isinstance(node.ctx, ast.Load):
            self.problems.append((node, f"writes to '{node.value.id}'"))
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if len(items) != len(self.counters):
            what = f"indexes '{node.value.id}' in {len(items)} of {len(self.counters)} dimensions"
            self.problems.append((node, what))
            return node
        if not self.is_wide:
            self.offsets.append(tuple(self._constant(node, item) for item in items))
        pairs = zip(items, self.counters, strict=True)
        parts = [self._moved(node, cast("ast.expr", self.visit(i)), c) for i, c in pairs]
        index = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())
        return ast.copy_location(
            ast.Subscript(node.value, ast.copy_location(index, node), node.ctx), node
        )

    def _constant(self, node: ast.Subscript, item: ast.expr) -> int:
        """Return a number that is an index."""
        match item:
            case ast.Constant(value=int(number)):
                return number
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
                return -number
        what = "has an index that is no number, and no neighborhood is given to @stencil"
        self.problems.append((node, what))
        return 0

    def _moved(self, node: ast.Subscript, item: ast.expr, counter: str) -> ast.expr:
        """Return an index, or a slice, counted from the start of the array."""
        if isinstance(item, ast.Slice):
            if item.lower is None or item.upper is None or item.step is not None:
                self.problems.append((node, "has a slice without both ends, or with a step"))
                return item
            ends = (self._moved(node, end, counter) for end in (item.lower, item.upper))
            return ast.copy_location(ast.Slice(*ends), item)
        match item:
            case ast.Constant(value=0):
                found: ast.expr = ast.Name(counter, ast.Load())
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                found = ast.BinOp(ast.Name(counter, ast.Load()), ast.Sub(), operand)
            case _:
                found = ast.BinOp(ast.Name(counter, ast.Load()), ast.Add(), item)
        for part in ast.walk(found):
            if part is found or (isinstance(part, ast.Name) and part.id == counter):
                ast.copy_location(part, item)
        return found
