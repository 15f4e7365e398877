"""Walks over the IR: what a statement reads and writes, and how to rebuild it.

Every function accepts nested values too (an `Op` whose arguments are values), because
`refold` makes them. Long blocks are walked by loops; only nesting recurses.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from operator import is_
from typing import TYPE_CHECKING, Any, TypeVar, assert_never, cast

from srcad.ir.known import once, updated
from srcad.ir.nodes import (
    Accum,
    Atom,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Let,
    Load,
    Op,
    Param,
    Raise,
    Restore,
    Save,
    Slice,
    Stmt,
    Store,
    Value,
    Var,
    While,
)
from srcad.ir.records import alike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Part = Value | Slice
PartT = TypeVar("PartT", bound=Part)

_ATOM = frozenset({Var, Const})
_COMPOUND = frozenset({For, While, If})
_VALUE = (Var, Const, Op, Load)


# Values -----------------------------------------------------------------------------


def parts(value: Part) -> tuple[Part, ...]:
    """Return what `value` is directly made of; nothing for an atom."""
    if isinstance(value, Op):  # the most frequent one first: this is called very often
        return value.args
    match value:
        case Var() | Const():
            return ()
        case Load(array=array, index=index):
            return (array, *index)
        case Slice(lo=lo, hi=hi, step=step):
            return tuple(bound for bound in (lo, hi, step) if bound is not None)
        case _:
            assert_never(value)


def atoms(value: Part) -> Sequence[Atom]:
    """Return the atoms in `value`, from left to right."""
    if type(value) in _ATOM:  # the cheapest tests: this is called very often
        return (value,)  # type: ignore[return-value]
    inner = value.args if type(value) is Op else parts(value)
    if _ATOM.issuperset(map(type, inner)):
        return inner  # type: ignore[return-value]
    found: list[Atom] = []
    for part in inner:
        found.extend(atoms(part))
    return found


def names(value: Part) -> frozenset[str]:
    """Return the names that `value` reads."""
    if type(value) is Var:
        return frozenset((value.name,))
    return frozenset([atom.name for atom in atoms(value) if type(atom) is Var])


def nested_op(prim: str, *args: Value) -> Op:
    """Return an operation whose arguments may be values, as `refold` makes them."""
    return Op(prim, cast("tuple[Atom, ...]", args))


def map_atoms(value: PartT, change: Callable[[Atom], Value]) -> PartT:
    """Return `value` with every atom replaced by `change(atom)`.

    The array of a load is replaced only by a name.
    """
    if type(value) in _ATOM:  # the cheapest tests: this is called very often
        return change(value)  # type: ignore[arg-type, return-value]
    result: Any = value
    match value:
        case Op(prim=prim, args=args, static=static):
            flat = _ATOM.issuperset(map(type, args))
            new: Any = map(change, args) if flat else (map_atoms(a, change) for a in args)
            new_args = tuple(new)
            result = value if all(map(is_, new_args, args)) else Op(prim, new_args, static)
        case Load(array=array, index=index):
            new_array, new_index = (
                _change_name(array, change),
                tuple([map_atoms(p, change) for p in index]),
            )
            if new_array is not array or not all(map(is_, new_index, index)):
                result = Load(new_array, new_index)
        case Slice(lo=lo, hi=hi, step=step):
            bounds = tuple(None if b is None else map_atoms(b, change) for b in (lo, hi, step))
            result = value if all(map(is_, bounds, (lo, hi, step))) else Slice(*bounds)
    return cast("PartT", result)


def _change_name(var: Var, change: Callable[[Atom], Value]) -> Var:
    """Return what `change` makes of a name that must remain a name."""
    changed = change(var)
    return changed if isinstance(changed, Var) else var


# Statements -------------------------------------------------------------------------


def blocks(stmt: Stmt) -> tuple[Block, ...]:
    """Return the blocks nested directly in `stmt`, in the order they run."""
    if isinstance(stmt, For):
        return (stmt.body,)
    if isinstance(stmt, While):
        return (stmt.cond_body, stmt.body)
    return (stmt.then, stmt.orelse) if isinstance(stmt, If) else ()


def operands(stmt: Stmt) -> tuple[Part, ...]:
    """Return the values that `stmt` itself evaluates (nested blocks aside).

    The array of a store and the target of an accumulation are not among them, nor is
    the `until` of a loop.
    """
    if type(stmt) is Let:
        return (stmt.value,)
    match stmt:
        case Let(value=value) | Save(value=value):
            return (value,)
        case Store(index=index, value=value):
            return (*index, value)
        case Accum(index=index, value=value):
            return (*(index or ()), value)
        case For(start=start, stop=stop, step=step):
            return (start, stop, step)
        case While(cond=cond):
            return (cond,)
        case If(test=test):
            return (test,)
        case Call(args=args):
            return tuple(call_leaves(args))
        case Restore() | Raise():
            return ()
        case _:
            assert_never(stmt)


def call_leaves(args: Iterable[object]) -> Iterator[Value]:
    """Iterate over the values in the (nested) arguments of a call."""
    for arg in args:
        if isinstance(arg, tuple):
            yield from call_leaves(arg)
        elif isinstance(arg, _VALUE):
            yield arg


@once
def reads(stmt: Stmt) -> frozenset[str]:
    """Return the names that `stmt` itself needs (nested blocks aside).

    The array of a store, the target of an accumulation and `until` are among them.
    """
    if type(stmt) is Let:  # by far the most statements are one
        return frozenset([atom.name for atom in atoms(stmt.value) if type(atom) is Var])
    found = {atom.name for part in operands(stmt) for atom in atoms(part) if type(atom) is Var}
    match stmt:
        case Store(array=var) | Accum(target=var) | For(until=Var() as var):
            found.add(var.name)
    return frozenset(found)


def targets(stmt: Stmt) -> tuple[Var, ...]:
    """Return the names that `stmt` itself binds (nested blocks aside)."""
    if type(stmt) is Let:
        return (stmt.target,)
    match stmt:
        case Accum(target=target, index=None) | Restore(target=target):
            return (target,)
        case For(var=var):
            return (var,)
        case Call(targets=call_targets):
            return call_targets
        case Let() | Store() | Accum() | While() | If() | Save() | Raise():
            return ()
        case _:
            assert_never(stmt)


@once
def mentioned(stmt: Stmt) -> frozenset[str]:
    """Return the names that `stmt` itself reads, writes or binds (nested blocks aside)."""
    if type(stmt) is Let:
        return reads(stmt).union((stmt.target.name,))
    return reads(stmt).union([var.name for var in targets(stmt)])


def statements(block: Block) -> list[Stmt]:
    """Return all statements of `block`, nested ones included, in program order."""
    if _COMPOUND.isdisjoint(map(type, block)):
        return list(block)
    found: list[Stmt] = []
    for stmt in block:
        if type(stmt) in _COMPOUND:
            found.extend(_with_nested(stmt))
        else:
            found.append(stmt)
    return found


@once
def _with_nested(stmt: Stmt) -> tuple[Stmt, ...]:
    return (stmt, *chain.from_iterable(map(statements, blocks(stmt))))


def assigned(block: Block) -> set[str]:
    """Return the names that `block` binds anywhere, loop variables included."""
    found: set[str] = set()
    for stmt in block:
        if type(stmt) is Let:
            found.add(stmt.target.name)
        elif type(stmt) in _COMPOUND:
            found |= _assigned_by(stmt)
        else:
            found.update([var.name for var in targets(stmt)])
    return found


@once
def _assigned_by(stmt: Stmt) -> frozenset[str]:
    found = frozenset([var.name for var in targets(stmt)])
    return found.union(*map(assigned, blocks(stmt)))


def stored(block: Block) -> set[str]:
    """Return the names of the arrays that `block` writes elements of.

    Every argument of a call counts: the callee may write it.
    """
    found: set[str] = set()
    for stmt in block:
        if type(stmt) is Let:
            continue
        match stmt:
            case Store(array=var):
                found.add(var.name)
            case Accum(target=var, index=index) if index is not None:
                found.add(var.name)
            case Call(args=args):
                found |= {a.name for a in call_leaves(args) if isinstance(a, Var)}
            case For() | While() | If():
                found |= _stored_by(stmt)
    return found


@once
def _stored_by(stmt: Stmt) -> frozenset[str]:
    return frozenset[str]().union(*map(stored, blocks(stmt)))


# Rebuilding -------------------------------------------------------------------------


def map_operands(stmt: Stmt, change: Callable[[Any], Any]) -> Stmt:
    """Return `stmt` with each of its `operands` replaced by `change(operand)`."""
    if type(stmt) is Let:
        value = change(stmt.value)
        return stmt if value is stmt.value else Let(stmt.target, value, stmt.span)
    match stmt:
        case Let(value=value) | Save(value=value):
            return updated(stmt, value=change(value))
        case Store(index=index, value=value):
            return updated(stmt, index=tuple(map(change, index)), value=change(value))
        case Accum(index=index, value=value):
            new_index = None if index is None else tuple(map(change, index))
            return updated(stmt, index=new_index, value=change(value))
        case For(start=start, stop=stop, step=step):
            return updated(stmt, start=change(start), stop=change(stop), step=change(step))
        case While(cond=cond):
            return updated(stmt, cond=change(cond))
        case If(test=test):
            return updated(stmt, test=change(test))
        case Call(args=args):
            return updated(stmt, args=_map_call(args, change))
        case Restore() | Raise():
            return stmt
        case _:
            assert_never(stmt)


def _map_call(args: tuple[object, ...], change: Callable[[Any], Any]) -> tuple[object, ...]:
    return tuple(
        alike(arg, _map_call(arg, change))
        if isinstance(arg, tuple)
        else change(arg)
        if isinstance(arg, _VALUE)
        else arg
        for arg in args
    )


def map_blocks(stmt: Stmt, change: Callable[[Block], Block]) -> Stmt:
    """Return `stmt` with each block nested directly in it replaced by `change(block)`."""
    if isinstance(stmt, For):
        return updated(stmt, body=change(stmt.body))
    if isinstance(stmt, While):
        return updated(stmt, cond_body=change(stmt.cond_body), body=change(stmt.body))
    if isinstance(stmt, If):
        return updated(stmt, then=change(stmt.then), orelse=change(stmt.orelse))
    return stmt


def map_targets(stmt: Stmt, change: Callable[[Var], Var]) -> Stmt:
    """Return `stmt` with every name that it binds or writes through changed."""
    if type(stmt) is Let:
        var = change(stmt.target)
        return stmt if var is stmt.target else Let(var, stmt.value, stmt.span)
    match stmt:
        case Let(target=target) | Accum(target=target):
            return updated(stmt, target=change(target))
        case Store(array=array):
            return updated(stmt, array=change(array))
        case For(var=var, until=until):
            return updated(stmt, var=change(var), until=until and change(until))
        case Save(slot=slot):
            return updated(stmt, slot=change(slot))
        case Restore(slot=slot, target=target):
            return updated(stmt, slot=change(slot), target=change(target))
        case Call(targets=call_targets):
            return updated(stmt, targets=tuple(map(change, call_targets)))
        case While() | If() | Raise():
            return stmt
        case _:
            assert_never(stmt)


def map_block(block: Block, change: Callable[[Stmt], Stmt | Block]) -> Block:
    """Return `block` with every statement changed, the innermost first.

    `change` may return one statement or a block of any length.
    """
    result: list[Stmt] = []
    for stmt in block:
        nested = type(stmt) in _COMPOUND
        whole = map_blocks(stmt, lambda b: map_block(b, change)) if nested else stmt
        changed = change(whole)
        if isinstance(changed, tuple):
            result.extend(changed)
        else:
            result.append(changed)
    return block if len(result) == len(block) and all(map(is_, result, block)) else tuple(result)


def rename(block: Block, new_name: Mapping[str, Var]) -> Block:
    """Return `block` with names replaced wherever they occur."""

    def change(atom: Atom) -> Atom:
        return new_name.get(atom.name, atom) if isinstance(atom, Var) else atom

    def change_var(var: Var) -> Var:
        return new_name.get(var.name, var)

    def change_stmt(stmt: Stmt) -> Stmt:
        stmt = map_operands(stmt, lambda part: map_atoms(part, change))
        return map_targets(stmt, change_var)

    return map_block(block, change_stmt)


def substitute(stmt: Stmt, value_of: Mapping[str, Value]) -> Stmt:
    """Return `stmt` with the reads of names replaced by values (nested blocks aside).

    Where only a name can stand (the array of a load or store), names alone replace it;
    the target of a scalar accumulation and `until` stay what they are.
    """

    def change(atom: Atom) -> Value:
        return value_of.get(atom.name, atom) if isinstance(atom, Var) else atom

    stmt = map_operands(stmt, lambda part: map_atoms(part, change))
    match stmt:
        case Store(array=array):
            return updated(stmt, array=_change_name(array, change))
        case Accum(target=target, index=index) if index is not None:
            return updated(stmt, target=_change_name(target, change))
    return stmt


# Functions --------------------------------------------------------------------------


def param_vars(params: Iterable[Param]) -> Iterator[Var]:
    """Iterate over the names that the parameters bind, in order."""
    for param in params:
        yield from _leaf_vars(param.value)


def _leaf_vars(value: object) -> Iterator[Var]:
    if isinstance(value, Var):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _leaf_vars(item)


@once
def bindings(function: Function) -> Counter[str]:
    """Return how often each name is given a value: an argument counts as one binding of its name.

    A name that is bound once means one thing only: in each iteration of the loops around its
    binding, and after it.
    """
    found = Counter([var.name for var in param_vars(function.params)])
    found.update([name for name, _ in function.constants])
    for stmt in statements(function.body):
        for var in (stmt.target,) if type(stmt) is Let else targets(stmt):
            found[var.name] += 1
    return found


@once
def all_names(function: Function) -> frozenset[str]:
    """Return every name that occurs in `function`: what a fresh name must avoid."""
    found = {param.name for param in function.params} | {name for name, _ in function.constants}
    found |= {var.name for var in param_vars(function.params)}
    found |= {atom.name for atom in function.returns if isinstance(atom, Var)}
    body = statements(function.body)
    found.update(*map(mentioned, body))
    found.update(stmt.slot.name for stmt in body if isinstance(stmt, (Save, Restore)))
    found.update(stmt.name.partition(".")[0] for stmt in body if isinstance(stmt, Call))
    return frozenset(found)
