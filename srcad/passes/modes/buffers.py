"""Results in arrays of the caller's: nothing is allocated for them.

Before                              After
    def f_adjoint(x):                   def f_adjoint(x, out):
        x_bar = np.zeros_like(x)            (raise unless out has the shape of x, apart from x)
        x_bar[0] += 2.0 * x[0]              x_bar = cleared(out)
        return x_bar                        x_bar[0] += 2.0 * x[0]
                                            return x_bar

On entry: the adjoint, with tapes as arrays. On exit: the same with one parameter more.
Conditions: the array is made once, at the top of the function, by `zeros_like`, `empty_like`
and their like; what is made otherwise (by a product, in a loop) is copied at the end. To add
to what the buffer holds, the array must be used for nothing else than for additions: what
reads, overwrites or hands on its elements would see the caller's values. It is made as ever
then, and added at the end. (Where an exception is raised midway, the buffer is left as it is
at that moment.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from srcad.ir import nodes as ir
from srcad.ir.names import NameSupply
from srcad.ir.types import Array
from srcad.ir.walk import bindings, mentioned, names, param_vars, rename, statements
from srcad.ir.wording import called
from srcad.passes.building.emitter import Emitter
from srcad.passes.building.entry import shape_checks
from srcad.passes.building.outputs import parameter_name

CLEARED = {"zeros": "cleared", "zeros_like": "cleared", "empty": None, "empty_like": None}


@dataclass(frozen=True, slots=True)
class Buffer:
    """A parameter for one result: the array that is returned, and the one it is for."""

    given: ir.Var
    result: ir.Var
    like: ir.Var


def into_buffers(
    function: ir.Function, wrt: tuple[int, ...], types: tuple[Array, ...], *, bare: bool, adds: bool
) -> ir.Function:
    """Return an adjoint that writes its last results into arrays that it is given.

    types: of the arrays, one for each of `wrt`. bare: there is one, which is no tuple.
    adds: results are added to what the arrays hold.
    """
    supply = NameSupply.of(function)
    body: list[ir.Stmt] = []
    emit = Emitter(supply, body, function.span)
    buffers = _buffers(function, wrt, types, supply)
    shape_checks(emit, [(b.like, b.given) for b in buffers], "buffer")
    _checked_apart(emit, function, buffers)
    at_the_end: list[ir.Stmt] = []
    last = Emitter(supply, at_the_end, function.span)
    own = function.body
    results: list[ir.Atom] = list(function.returns[: len(function.returns) - len(buffers)])
    for buffer in buffers:
        made = _maker(function, buffer.result)
        if made is not None and (not adds or _only_added_to(function, buffer.result, made)):
            assert isinstance(made.value, ir.Op)
            op = None if adds else CLEARED[made.value.prim]
            value = buffer.given if op is None else ir.Op(op, (buffer.given,))
            target = ir.Var(buffer.result.name, buffer.given.type)
            new = replace(made, target=target, value=value)
            own = tuple(new if stmt is made else stmt for stmt in own)
            own = rename(own, {target.name: target})
            results.append(target)
            continue
        name = "added_into" if adds else "copied_into"
        target = ir.Var(supply.fresh(f"{buffer.result.name}_out"), buffer.given.type)
        results.append(last.let(target, ir.Op(name, (buffer.given, buffer.result))))
    given = tuple(b.given for b in buffers)
    taken = {p.name for p in function.params} | {v.name for v in param_vars(function.params)}
    if not bare:
        taken |= {v.name for v in given}
    param = ir.Param(parameter_name("out", taken), given[0] if bare else given)
    return replace(
        function,
        params=(*function.params, param),
        body=(*body, *own, *at_the_end),
        returns=tuple(results),
    )


def _buffers(
    function: ir.Function, wrt: tuple[int, ...], types: tuple[Array, ...], supply: NameSupply
) -> list[Buffer]:
    """Return the buffers of an adjoint; its last results are those of `wrt`."""
    found = []
    for k, type_, result in zip(wrt, types, function.returns[-len(wrt) :], strict=True):
        like = function.params[k].value
        assert isinstance(like, ir.Var)
        assert isinstance(result, ir.Var)
        given = ir.Var(supply.fresh("out" if len(wrt) == 1 else f"{like.name}_out"), type_)
        found.append(Buffer(given, result, like))
    return found


def _checked_apart(emit: Emitter, function: ir.Function, buffers: list[Buffer]) -> None:
    """Raise where a buffer shares memory with itself, what is read, or another buffer."""
    arrays = [v for v in param_vars(function.params) if isinstance(v.type, Array)]
    for position, buffer in enumerate(buffers):
        what = called(buffer.like.name, emit.span, "an argument")
        again = emit.op("folded", buffer.given)
        problem = ir.Raise(ValueError, (f"the buffer for {what} overlaps itself",), emit.span)
        emit.out.append(ir.If(again, (problem,), (), emit.span))
        for other in (*arrays, *(b.given for b in buffers[:position])):
            shared = emit.op("overlaps", buffer.given, other)
            others = "an argument, a captured array, or another buffer"
            message = f"the buffer for {what} shares memory with {others}"
            problem = ir.Raise(ValueError, (message,), emit.span)
            emit.out.append(ir.If(shared, (problem,), (), emit.span))


def kept_apart(constants: dict[str, object]) -> dict[str, object]:
    """Return what a function has captured, with copies of its arrays: a buffer may be one.

    Compiled code has copies of small arrays, and the memory of large ones.
    """
    return {
        name: value.copy(order="K") if isinstance(value, np.ndarray) else value
        for name, value in constants.items()
    }


def _maker(function: ir.Function, array: ir.Var) -> ir.Let | None:
    """Return the statement that makes an array once, at the top of the function."""
    if bindings(function)[array.name] != 1:
        return None
    for stmt in function.body:
        match stmt:
            case ir.Let(target=target, value=ir.Op(prim=prim)) if target.name == array.name:
                return stmt if prim in CLEARED else None
    return None


def _only_added_to(function: ir.Function, array: ir.Var, made: ir.Let) -> bool:
    """Return whether additions to its elements are all that is done with an array."""
    for stmt in statements(function.body):
        match stmt:
            case ir.Accum(target=target, index=tuple() as index, value=value) if (
                target.name == array.name
            ):
                if array.name in names(value) | {n for part in index for n in names(part)}:
                    return False
            case _ if stmt is not made and array.name in mentioned(stmt):
                return False
    return True
