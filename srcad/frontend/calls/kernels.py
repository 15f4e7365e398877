"""Kernels that Numba runs over arrays, as the loops that they stand for.

    @guvectorize([...], "(n),()->(n)")       for i in range(x.shape[0]):
    def scaled(x, s, out): ...                   scaled(x[i], s, out[i])   # inlined

Arguments are broadcast along the dimensions that are looped over, as NumPy does it: an axis
that several arguments have is read at `min(i, extent - 1)`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from numba.core import types
from numba.np.ufunc.gufunc import GUFunc

from srcad import library
from srcad.backend.numba_kernels import Layout, layout_of, python_part
from srcad.frontend.names.inline import Callee, inline
from srcad.frontend.names.meaning import Known, Meaning, TupleOf
from srcad.frontend.names.state import Frame, State
from srcad.frontend.names.structural import Arguments
from srcad.frontend.numpy.arguments import as_array, known_rank, library_call
from srcad.frontend.numpy.outputs import check_writable
from srcad.frontend.numpy.sharing import memory_behind
from srcad.ir.nodes import Accum, Atom, Const, Load, Store, Var
from srcad.ir.walk import statements

COUNTERS = "ijklmn"
"""Names of the counters of loops, which are made new where the function has them."""
SEVERAL = {"float32", "float64"}
"""Floats of kernels with two signatures, among which the choice of NumPy is known."""


def loops(
    state: State,
    bounds: Sequence[tuple[Atom, Atom]],
    given: dict[str, Meaning],
    text: str,
    node: ast.Call,
) -> None:
    """Write loops over `bounds` around a statement.

    given: what the names of the statement mean, but for the counters `i`, `j`, ...
    """
    outer = state.frame
    home = Frame(outer.name, outer.source, outer.plan, outer.survey, None, at=outer.at)
    home.env |= {"range": Known(range), "min": Known(min), **given}
    lines = ["def loops():"]
    for axis, (start, stop) in enumerate(bounds):
        home.env[f"start_{axis}"], home.env[f"stop_{axis}"] = start, stop
        lines.append(f"{' ' * axis} for {COUNTERS[axis]} in range(start_{axis}, stop_{axis}):")
    for meaning in home.env.values():
        state.hold(meaning)
    (tree,) = ast.parse("\n".join([*lines, f"{' ' * len(bounds)} {text}"])).body
    assert isinstance(tree, ast.FunctionDef)
    for part in ast.walk(tree):
        if isinstance(part, ast.expr | ast.stmt):
            ast.copy_location(part, node)
    inline(state, Callee("loops", tree, outer.source, {}, home), Arguments((), {}), node, outer.at)


def extent(state: State, array: Atom, axis: int, node: ast.Call) -> Atom:
    """Return the extent of an array along an axis."""
    found = state.op(node, "shape", array, static=(axis,))
    state.hold(found)
    return found


# @guvectorize -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Operand:
    """An argument of a kernel: how many of its axes are looped over, and how it is written.

    is_array: whether the kernel takes an array, of one element where it has no core dimensions.
    """

    atom: Atom
    core: tuple[str, ...]
    outer: int
    is_array: bool


def generalized(state: State, func: GUFunc, arguments: Arguments, node: ast.Call) -> Meaning:
    """Return the meaning of a call of a `@guvectorize` function."""
    layout, plain = layout_of(func), python_part(func)
    name = ast.unparse(node.func)
    count = len(layout.inputs)
    _check(state, name, layout, arguments, node)
    inputs = [as_array(state, item, node) for item in arguments.positional[:count]]
    passed = inputs
    outs = [*arguments.positional[count:], *_named(arguments)]
    if layout.loops:
        rows = [[str(getattr(t, "dtype", t)) for t in row] for row in layout.loops]
        inputs, model, dtypes = converted(state, name, rows, inputs, node)
    else:
        model, dtypes = None, [None] * len(layout.outputs)
    for atom in inputs:
        state.hold(atom)
    operands = [
        _operand(state, name, atom, core, _takes_array(layout, k), node)
        for k, (atom, core) in enumerate(zip(inputs, layout.inputs, strict=True))
    ]
    sizes = _core_sizes(state, operands, node)
    rank = max(operand.outer for operand in operands)
    outer = [_loop_extent(state, operands, rank, axis, node) for axis in range(rank)]
    written: list[Operand] = []
    for k, core in enumerate(layout.outputs):
        shape = [*outer, *(sizes[label] for label in core)]
        if outs:
            array = _given(state, name, outs[k], passed, shape, node)
        else:
            made: list[Atom] = [*([] if dtypes[k] or model is None else [model])]
            static = (dtypes[k] or "like",)
            array = state.op(node, "empty", *made, *(shape or [Const(1)]), static=static)
        state.hold(array)
        written.append(Operand(array, core, rank, is_array=True))
    before = len(state.out)
    _write(state, Known(plain), operands, written, outer, node)
    _check_reads(state, name, operands, before, node)
    results: list[Meaning] = []
    for operand in written:
        single = not outs and not rank and not operand.core
        assert isinstance(operand.atom, Var)
        load = Load(operand.atom, (Const(0),))
        results.append(state.temporary(load, node) if single else operand.atom)
    return results[0] if len(results) == 1 else TupleOf(tuple(results))


def _check(state: State, name: str, layout: Layout, arguments: Arguments, node: ast.Call) -> None:
    """Report a call that is not understood."""
    count, results = len(layout.inputs), len(layout.outputs)
    if layout.writes:
        hint = "write to the last arguments only, which are the results"
        state.fail(node, "E402", f"'{name}' has writable_args", hint)
    given = len(arguments.positional) - count
    named = len(_named(arguments))
    wrong = given not in {0, results} or set(arguments.named) - {"out"} or (given and named)
    if wrong or (named and named != results):
        message = f"'{name}' takes {count} arguments here, and {results} for the results or none"
        state.fail(node, "E403", message, "pass them by position")
    if not layout.loops and not given and not named:
        message = f"'{name}' is given no array for its result, and has no signatures"
        hint = f"make the array, and pass it as the last argument: {name}(..., out)"
        state.fail(node, "E403", message, hint)


def _named(arguments: Arguments) -> tuple[Meaning, ...]:
    """Return what is given as `out=`."""
    out = arguments.named.get("out")
    if out is None or out == Known(None):
        return ()
    return out.items if isinstance(out, TupleOf) else (out,)


def _takes_array(layout: Layout, at: int) -> bool:
    """Return whether a kernel takes an argument without core dimensions as an array."""
    kinds = {isinstance(types_[at], types.Array) for types_ in layout.loops}
    return bool(layout.inputs[at]) or kinds == {True}


def converted(
    state: State, name: str, rows: list[list[str]], inputs: list[Atom], node: ast.Call
) -> tuple[list[Atom], Atom | None, list[str | None]]:
    """Return arguments of the dtypes that a kernel is compiled for, and those of its results.

    rows: the dtypes of arguments and results, for each signature. The second that is returned is
    an array or number of the dtype of results of which that is None.
    """
    count = len(inputs)
    results = len(rows[0]) - count
    if len(rows) == 1:
        atoms = [_cast(state, a, kind, node) for a, kind in zip(inputs, rows[0], strict=False)]
        return atoms, None, [*rows[0][count:]]
    patterns = {tuple("float" if kind in SEVERAL else kind for kind in row) for row in rows}
    floats = [{*row} & SEVERAL for row in rows]
    is_known = len(patterns) == 1 and all(len(found) == 1 for found in floats)
    pattern = patterns.pop()
    if not is_known or len(rows) != len(SEVERAL) or {*pattern[count:]} != {"float"}:
        message = f"which signature of '{name}' NumPy chooses is not known"
        hint = "give it one signature, or those for float32 and for float64"
        state.fail(node, "E402", message, hint)
    least = state.op(node, "cast", Const(0.0), static=("float32",))
    chosen = [atom for atom, kind in zip(inputs, pattern, strict=False) if kind == "float"]
    model = state.op(node, "result_type", *chosen, least)
    state.hold(model)
    atoms = [
        state.op(node, "cast_like", atom, model) if kind == "float" else atom
        for atom, kind in zip(inputs, pattern, strict=False)
    ]
    return atoms, model, [None] * results


def _cast(state: State, atom: Atom, kind: str, node: ast.Call) -> Atom:
    """Return a float or complex argument of the dtype that a kernel takes."""
    is_there = isinstance(atom, Var) and state.dtypes.get(atom.name) == kind
    if is_there or not kind.startswith(("float", "complex")):
        return atom
    return state.op(node, "cast", atom, static=(kind,))


def _operand(
    state: State,
    name: str,
    atom: Atom,
    core: tuple[str, ...],
    is_array: bool,  # noqa: FBT001
    node: ast.Call,
) -> Operand:
    """Return an input with the number of its axes that are looped over."""
    outer = known_rank(state, atom, node) - len(core)
    if outer < 0:
        message = f"'{name}' takes arrays of at least {len(core)} dimensions here"
        state.fail(node, "E503", message, "pass an array with these dimensions")
    if is_array and not core and not outer:
        atom = state.op(node, "full", atom, Const(1), static=(None,))
        state.hold(atom)
    return Operand(atom, core, outer, is_array)


def _core_sizes(state: State, operands: list[Operand], node: ast.Call) -> dict[str, Atom]:
    """Return the extents of the core dimensions, which are compared."""
    sizes: dict[str, Atom] = {}
    for operand in operands:
        for k, label in enumerate(operand.core):
            found = extent(state, operand.atom, operand.outer + k, node)
            if label in sizes:
                both = Arguments((sizes[label], found), {})
                library_call(state, library.FUNCTIONS["check_extent"], both, node)
            sizes.setdefault(label, found)
    return sizes


def _loop_extent(
    state: State, operands: list[Operand], rank: int, axis: int, node: ast.Call
) -> Atom:
    """Return how often an axis is looped over."""
    found: Atom | None = None
    for operand in operands:
        own = axis - (rank - operand.outer)
        if own >= 0:
            new = extent(state, operand.atom, own, node)
            if found is not None:
                function = library.FUNCTIONS["broadcast_extent"]
                both = library_call(state, function, Arguments((found, new), {}), node)
                assert isinstance(both, Var | Const)
                new = both
            found = new
            state.hold(found)
    assert found is not None
    return found


def _given(
    state: State,
    name: str,
    out: Meaning,
    inputs: list[Atom],
    shape: list[Atom],
    node: ast.Call,
) -> Var:
    """Return an array that is given for a result, which must have its shape.

    NumPy copies arguments that share memory with it, compiled code does not.
    """
    if not isinstance(out, Var) or state.rank(out) != len(shape) or not shape:
        message = f"the array for the result has {len(shape)} dimensions"
        state.fail(node, "E503", message, "pass an array of this shape, or none")
    check_writable(state, out, node)
    block = tuple(state.out)
    shared, _ = memory_behind(block, out.name)
    for atom in inputs:
        if isinstance(atom, Var) and shared & memory_behind(block, atom.name)[0]:
            message = f"'{name}' is given a part of an argument for its result"
            state.fail(node, "E403", message, "pass a copy of the argument, or another array")
    state.hold(out)
    for axis, size in enumerate(shape):
        both = Arguments((extent(state, out, axis, node), size), {})
        library_call(state, library.FUNCTIONS["check_extent"], both, node)
    return out


def _check_reads(
    state: State, name: str, inputs: list[Operand], before: int, node: ast.Call
) -> None:
    """Report a kernel that writes to its inputs: NumPy may have made copies of them, or not.

    before: how many statements stood there before those of the kernel.
    """
    block = tuple(state.out)
    own = {operand.atom.name for operand in inputs if isinstance(operand.atom, Var)}
    for stmt in statements(block[before:]):
        match stmt:
            case Store(array=array) | Accum(target=array, index=tuple()):
                if own & memory_behind(block, array.name)[0]:
                    message = f"the kernel of '{name}' writes to an argument that is no result"
                    state.fail(node, "E403", message, "copy it in the kernel before")


def _write(
    state: State,
    kernel: Meaning,
    inputs: list[Operand],
    written: list[Operand],
    outer: list[Atom],
    node: ast.Call,
) -> None:
    """Write the loops that call the kernel."""
    rank = len(outer)
    names: dict[str, Meaning] = {"kernel": kernel}
    calls: list[str] = []
    for k, operand in enumerate([*inputs, *written]):
        names[f"array_{k}"] = operand.atom
        index: list[str] = []
        for axis in range(rank - operand.outer, rank):
            shared = [o for o in inputs if o.outer >= rank - axis]
            counter = COUNTERS[axis]
            if len(shared) > 1 and k < len(inputs):
                last = f"last_{k}_{axis}"
                size = extent(state, operand.atom, axis - (rank - operand.outer), node)
                names[last] = state.op(node, "sub", size, Const(1))
                counter = f"min({counter}, {last})"
            index.append(counter)
        if index and operand.is_array and not operand.core:
            index[-1] = f"{index[-1]}:{index[-1]} + 1"
        calls.append(f"array_{k}[{', '.join(index)}]" if index else f"array_{k}")
    bounds = [(Const(0), size) for size in outer]
    loops(state, bounds, names, f"kernel({', '.join(calls)})", node)
