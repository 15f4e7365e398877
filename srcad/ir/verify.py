"""Whether a function is well-formed IR: run after every pass in tests."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from srcad.errors import InternalError
from srcad.ir.bound import new_problems, unbound
from srcad.ir.known import once
from srcad.ir.nodes import (
    Accum,
    Block,
    Const,
    For,
    Function,
    Let,
    Load,
    Op,
    Raise,
    Slice,
    Stmt,
    Store,
    Var,
)
from srcad.ir.show import show
from srcad.ir.types import Array
from srcad.ir.walk import (
    assigned,
    atoms,
    blocks,
    operands,
    param_vars,
    parts,
    statements,
    targets,
)
from srcad.ir.wording import is_ours

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from srcad.ir.types import Type
    from srcad.ir.walk import Part

_MOST_PROBLEMS = 10
_ATOMS = frozenset({Var, Const})
_QUOTED = re.compile(r"'([^\W\d]\w*)'")


def verify(
    function: Function, *, typed: bool = False, flat: bool = True, wholes: bool = False
) -> list[str]:
    """Return what is wrong with `function`, in program order; nothing if it is sound.

    typed: every name has a type, and indices fit the arrays.
    flat: every argument is an atom (not so after `refold`).
    wholes: statements may write many elements at once.
    """
    problems = [*_problems_of_signature(function), *_undefined(function)]
    if not typed and _are_sound(function.body, flat=flat, wholes=wholes) is not None:
        return problems
    type_of: dict[str, Type | None] = {}
    for stmt in statements(function.body):
        problems += _problems_alone(stmt)
        if flat:
            problems += _nested_values(stmt)
        if not wholes:
            problems += _sliced_indices(stmt)
        for var in _vars(stmt):
            if var.type is None or type_of.get(var.name) is not var.type:
                problems += _problems_of_type(var, type_of, typed=typed)
        if typed and not wholes:
            problems += _problems_of_indices(stmt)
    return problems


def check(
    function: Function,
    pass_name: str,
    *,
    typed: bool = False,
    flat: bool = True,
    wholes: bool = False,
) -> Function:
    """Return `function` if it is well-formed; raise `InternalError` that names the pass."""
    problems = verify(function, typed=typed, flat=flat, wholes=wholes)
    if problems:
        text = show(function, comments=False)[0]
        raise InternalError(pass_name, "; ".join(problems[:_MOST_PROBLEMS]), text)
    return function


# The function as a whole ------------------------------------------------------------


def _problems_of_signature(function: Function) -> Iterator[str]:
    bound = [var.name for var in param_vars(function.params)]
    plain = [param.name for param in function.params]
    for names in (bound, plain):
        for name, count in Counter(names).items():
            if count > 1:
                yield f"{count} parameters are called {name}"
    for leaf in _leaves(function.result):
        if not isinstance(leaf, int) or not 0 <= leaf < len(function.returns):
            yield f"the result has a leaf {leaf!r}, but there are {len(function.returns)} values"


def _leaves(structure: object) -> Iterator[object]:
    if isinstance(structure, tuple):
        for item in structure:
            yield from _leaves(item)
    elif structure is not None:
        yield structure


def check_bound(function: Function, pass_name: str, before: Function | None = None) -> None:
    """Raise `InternalError` if a name is read too early that was not in `before`.

    It is cheap enough to be done for every derivative: simplification would remove what is
    added to a name that nothing binds, and a wrong number would be left.
    """
    problems = new_problems(function, before)
    if problems:
        text = show(function, comments=False)[0]
        raise InternalError(pass_name, "; ".join(problems[:_MOST_PROBLEMS]), text)


def _undefined(function: Function) -> Iterator[str]:
    """Yield the names that are read where no path has bound them."""
    for name, stmt in unbound(function).never.items():
        how = "returned" if stmt is None else "read"
        yield f"{name} is {how} before it is bound ({type(stmt).__name__})"


# One statement: what does not depend on others is found once for each ----------------


def _are_sound(block: Block, *, flat: bool, wholes: bool) -> dict[str, Type] | None:
    """Return the types of all names in a block; None where anything is wrong."""
    each = [_sound_and_flat(stmt) if flat else _sound(stmt) for stmt in block]
    others = () if wholes else [stmt for stmt in block if type(stmt) is not Let]
    return _merged(each) if all(map(_writes_elements, others)) else None


def _merged(each: Iterable[dict[str, Type] | None]) -> dict[str, Type] | None:
    """Return types that agree as one; None where one is None, or two do not agree."""
    found: dict[str, Type] = {}
    for types in each:
        if types is None:
            return None
        for name, type_ in types.items():
            known = found.setdefault(name, type_)
            if known is not type_ and known != type_:
                return None
    return found


@once
def _sound(stmt: Stmt) -> dict[str, Type] | None:
    """Return the types of all names in a statement; None where anything is wrong."""
    return None if _problems_alone(stmt) else _types_in(stmt, flat=False)


@once
def _sound_and_flat(stmt: Stmt) -> dict[str, Type] | None:
    """Return the types of all names in a statement; None where a value is nested, too."""
    if (
        type(stmt) is Let
        and type(stmt.value) is Op
        and _ATOMS.issuperset(map(type, stmt.value.args))
    ):
        return _agreed((stmt.target, *stmt.value.args))  # most statements
    wrong = _problems_alone(stmt) or _nested_values(stmt)
    return None if wrong else _types_in(stmt, flat=True)


def _types_in(stmt: Stmt, *, flat: bool) -> dict[str, Type] | None:
    inner = [_are_sound(block, flat=flat, wholes=True) for block in blocks(stmt)]
    own = _agreed(_vars(stmt))
    return _merged([own, *inner]) if inner else own


def _agreed(atoms: Iterable[Var | Const]) -> dict[str, Type] | None:
    """Return the types of names; None where two of one name do not agree."""
    found: dict[str, Type] = {}
    for var in atoms:
        if type(var) is Var and var.type is not None:
            known = found.setdefault(var.name, var.type)
            if known is not var.type and known != var.type:
                return None
    return found


@once
def _writes_elements(stmt: Stmt) -> bool:
    """Return whether all that a statement, or one in it, writes to is one element."""
    inner = (s for block in blocks(stmt) for s in block)
    return not _sliced_indices(stmt) and all(map(_writes_elements, inner))


@once
def _problems_alone(stmt: Stmt) -> tuple[str, ...]:
    """Return what is wrong with `stmt` at every stage."""
    return (*_loop_variable_assigned(stmt), *_problems_of_wording(stmt))


@once
def _nested_values(stmt: Stmt) -> tuple[str, ...]:
    """Return the operands that are no atoms."""
    return tuple(
        f"{type(stmt).__name__} has a nested value {part}"
        for operand in operands(stmt)
        for part in (parts(operand) if isinstance(stmt, Let) else (operand,))
        if not _is_atomic(part)
    )


@once
def _sliced_indices(stmt: Stmt) -> tuple[str, ...]:
    """Return whether `stmt` writes to many elements at once."""
    match stmt:
        case Store(index=index) | Accum(index=tuple() as index):
            if any(isinstance(part, Slice) for part in index):
                return (f"{type(stmt).__name__} has a slice in its index",)
    return ()


def _is_atomic(part: Part) -> bool:
    return isinstance(part, Var | Const) or (
        isinstance(part, Slice) and all(isinstance(bound, Var | Const) for bound in parts(part))
    )


def _loop_variable_assigned(stmt: Stmt) -> Iterator[str]:
    if isinstance(stmt, For) and stmt.var.name in assigned(stmt.body):
        yield f"the loop variable {stmt.var.name} is assigned in the body"


def _problems_of_wording(stmt: Stmt) -> Iterator[str]:
    """Yield the names that an error text quotes and that the user did not write there."""
    if isinstance(stmt, Raise) and stmt.span is not None:
        for text in stmt.args:
            for quoted in _QUOTED.findall(text) if isinstance(text, str) else ():
                if is_ours(quoted, stmt.span):
                    yield f"the text of an error names {quoted}, which the user did not write"


@once
def _vars(stmt: Stmt) -> tuple[Var, ...]:
    """Return every name with a type in `stmt` itself; stacks have none."""
    used = [atom for operand in operands(stmt) for atom in atoms(operand) if isinstance(atom, Var)]
    match stmt:
        case Store(array=var) | Accum(target=var) | For(until=Var() as var):
            used.append(var)
    return (*targets(stmt), *used)


def _problems_of_type(var: Var, type_of: dict[str, Type | None], *, typed: bool) -> Iterator[str]:
    """Yield whether `var` has another type here than before, and note its type."""
    known = type_of.setdefault(var.name, var.type)
    if typed and var.type is None:
        yield f"{var.name} has no type"
    elif known is not None and var.type is not None and known != var.type:
        yield f"{var.name} is {known} and {var.type}"
    elif known is None:
        type_of[var.name] = var.type


def _problems_of_indices(stmt: Stmt) -> Iterator[str]:
    """Yield indices that do not fit their arrays."""
    match stmt:
        case Store(array=array, index=index):
            yield from _index_problem(array, len(index), full=True)
        case Accum(target=array, index=tuple() as index):
            yield from _index_problem(array, len(index), full=True)
    stack = list(operands(stmt))
    while stack:
        part = stack.pop()
        if isinstance(part, Load):
            yield from _index_problem(part.array, len(part.index), full=False)
        stack.extend(parts(part))


def _index_problem(array: Var, length: int, *, full: bool) -> Iterator[str]:
    if not isinstance(array.type, Array):
        yield f"{array.name} is indexed but is {array.type}"
    elif length > array.type.ndim or (full and length < array.type.ndim):
        yield f"{array.name} has {array.type.ndim} axes but {length} indices"
