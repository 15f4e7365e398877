"""Types for every name, operation by operation, as Numba itself would choose them.

Before: names without types. After: every `Var` has a type, one name has one type, and
a value that is assigned to a name of another type passes through an explicit `cast`.

The data flow is ours; the type of each operation is Numba's answer to a query for that
operator and those argument types, remembered per process. Names that hold values of
several types in turn (`n = len(x)`, later `n = n / 2`) are split into one name each.
On entry: flat IR with typed parameters. On exit: `verify(typed=True)` holds. Names that
already have a type keep it (passes declare the types of what they make).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from numba.core import types as nb

from srcad.errors import NotDifferentiable, Problem
from srcad.frontend.types import array_types, queries
from srcad.frontend.types.list_types import with_list_dtypes
from srcad.frontend.types.nothing import NOTHING, nothing_of
from srcad.frontend.types.numba_types import to_numba
from srcad.frontend.types.queries import ir_type
from srcad.frontend.types.webs import join, split
from srcad.ir import nodes as ir
from srcad.ir.known import updated
from srcad.ir.names import NameSupply
from srcad.ir.records import alike
from srcad.ir.types import Scalar, Static, Type, tuple_type
from srcad.ir.walk import all_names, param_vars
from srcad.ir.wording import called

CallTypes = Callable[[ir.Call, tuple[object, ...]], tuple[Type, ...] | None]
MAX_ROUNDS = 12


def infer(
    function: ir.Function,
    call_types: CallTypes | None = None,
    *,
    arrays_apart: bool = False,
    names_are_typed: bool = False,
) -> ir.Function:
    """Return `function` with a type on every name.

    call_types: gives the result types of a `Call` from its argument types, None while
    they are not known. arrays_apart: no name holds two arrays in turn (`x = x.copy()`).
    names_are_typed: every name holds values of one type only, so that none is split.
    Raises NotDifferentiable with every operation that Numba cannot type.
    """
    function = with_list_dtypes(
        function, lambda f: _types(split(f)[0], _Inference(call_types, is_lax=True))
    )
    if names_are_typed:
        return _apply(function, _types(function, _Inference(call_types)))
    separate, webs = split(function)
    types = _types(separate, _Inference(call_types))
    return _apply(*join(function, separate, webs, types, arrays_apart=arrays_apart))


class _Inference:
    """The state of one run: the type of each name, and the problems met."""

    def __init__(self, call_types: CallTypes | None, *, is_lax: bool = False) -> None:
        self.is_lax = is_lax  # of the dtypes of lists, which may be too narrow yet
        self.types: dict[str, nb.Type] = {}
        self.declared: set[str] = set()
        self.problems: dict[tuple[object, str], Problem] = {}
        self.call_types = call_types
        self.changed = False  # whether a type was found
        self.unsettled = False  # whether one was asked for too early, or became another one
        self.span: ir.Span | None = None

    def atom(self, atom: ir.Atom) -> nb.Type | None:
        if isinstance(atom, ir.Const):
            return queries.type_of_constant(atom)
        found = self.types.get(atom.name)
        if found is None and atom.type is not None:
            self.declare(atom)
            found = self.types.get(atom.name)
        self.unsettled |= found is None
        return found

    def declare(self, var: ir.Var) -> None:
        if var.type is not None:
            type_ = to_numba(var.type)
            if self.types.setdefault(var.name, type_) != type_:
                self.changed = self.unsettled = True
            self.types[var.name] = type_
            self.declared.add(var.name)

    def assign(self, var: ir.Var, type_: nb.Type | None) -> None:
        if var.type is not None and var.name not in self.declared:
            self.declare(var)
        if type_ is None or var.name in self.declared:
            return
        old = self.types.get(var.name)
        new = type_ if old is None else queries.unify(old, type_)
        if new is None:
            what = called(var.name, self.span, "a value")
            message = f"{what} is {old} in one place and {type_} in another"
            raise _Untypable(message, "give the two values different names")
        if new != old:
            self.types[var.name] = new
            self.changed = True
            self.unsettled |= old is not None


class _Untypable(Exception):  # noqa: N818  (never leaves this module)
    def __init__(self, message: str, hint: str) -> None:
        self.message, self.hint = message, hint
        super().__init__(message)


def _types(function: ir.Function, state: _Inference) -> dict[str, Type]:
    for var in param_vars(function.params):
        state.declare(var)
    for name, value in function.constants:
        state.types[name] = queries.type_of_array(value)
        state.declared.add(name)
    for _ in range(MAX_ROUNDS):
        state.changed = state.unsettled = False
        state.problems.clear()
        _visit(function.body, state)
        if not (state.changed and state.unsettled):  # all that was read is what it is now
            break
    if state.problems:
        raise NotDifferentiable.from_problems(list(state.problems.values()))
    return {name: ir_type(type_) for name, type_ in state.types.items()}


def _visit(block: ir.Block, state: _Inference) -> None:
    for stmt in block:
        state.span = stmt.span
        try:
            _visit_stmt(stmt, state)
        except (_Untypable, queries.Untypable) as error:
            state.problems[stmt.span, str(error)] = Problem(
                "E301", str(error), error.hint, stmt.span
            )


def _visit_stmt(stmt: ir.Stmt, state: _Inference) -> None:
    match stmt:
        case ir.Let(target=target, value=value):
            state.assign(target, _value(value, state))
        case ir.Store(array=array, index=index, value=value):
            _element(array, index, value, state, same_kind=stmt.same_kind)
        case ir.Accum(target=target, index=None, value=value):
            old, new = state.atom(target), state.atom(value)
            if old is not None and new is not None:
                state.assign(target, queries.operation("add", (), (old, new)))
        case ir.Accum(target=target, index=index, value=value):
            assert index is not None
            _element(target, index, value, state, same_kind=True)
        case ir.For(var=var, start=start, stop=stop, step=step, body=body):
            for bound in (start, stop, step):
                type_ = state.atom(bound)
                if type_ is not None and not isinstance(type_, nb.Integer):
                    raise _Untypable(f"range() needs integers, not {type_}", "use int(...)")
            state.assign(var, nb.intp)
            _visit(body, state)
        case ir.While(cond_body=cond_body, body=body):
            _visit(cond_body, state)
            _visit(body, state)
        case ir.If(test=test, then=then, orelse=orelse):
            _condition(state.atom(test))
            _visit(then, state)
            _visit(orelse, state)
        case ir.Call(targets=targets, args=args):
            _call(stmt, targets, args, state)
        case ir.Save(slot=slot, value=value):
            state.atom(slot)
        case ir.Restore(slot=slot, target=target):
            state.declare(target)
        case ir.Raise():
            pass
        case _:
            assert_never(stmt)


def _condition(type_: nb.Type | None) -> None:
    if isinstance(type_, nb.Array):
        raise _Untypable("an array has no single truth value", "test one element")


def _call(
    stmt: ir.Call, targets: tuple[ir.Var, ...], args: tuple[object, ...], state: _Inference
) -> None:
    if state.call_types is None:
        return
    types = _argument_types(args, state)
    results = None if types is None else state.call_types(stmt, types)
    if results is None:
        state.unsettled = True
        return
    if len(results) != len(targets):
        message = f"{stmt.name}() returns {len(results)} values, {len(targets)} expected"
        raise _Untypable(message, "unpack as many names as the function returns")
    for target, result in zip(targets, results, strict=True):
        state.assign(target, to_numba(result))


def _argument_types(args: tuple[object, ...], state: _Inference) -> tuple[object, ...] | None:
    """Return the types of (nested) arguments; None while one is not known."""
    types: list[object] = []
    for arg in args:
        if isinstance(arg, tuple):
            inner = _argument_types(arg, state)
            if inner is None:
                return None
            types.append(tuple_type(inner, arg))  # type: ignore[arg-type]
        elif isinstance(arg, ir.Var | ir.Const):
            type_ = state.atom(arg)
            if type_ is None:
                return None
            types.append(ir_type(type_))
        else:
            types.append(Static(arg))
    return tuple(types)


def _value(value: ir.Value, state: _Inference) -> nb.Type | None:
    match value:
        case ir.Op(prim="nothing"):
            return None
        case ir.Op(prim=prim, args=args, static=static):
            given = tuple([t for t in map(state.atom, args) if t is not None])
            if len(given) < len(args):
                return None
            if queries.is_whole(prim, given):
                literal = tuple(isinstance(a, ir.Const) and a.type is None for a in args)
                return array_types.operation(prim, static, given, literal)
            return queries.operation(prim, static, given)
        case ir.Var() | ir.Const():
            return state.atom(value)
        case ir.Load(array=array, index=index):
            types = _index(index, state)
            base = state.atom(array)
            if base is None or types is None:
                return None
            if any(isinstance(t, nb.Array) for t in types):
                return array_types.gathered(base, types)
            return queries.getitem(base, types)
        case _:
            assert_never(value)


def _index(index: ir.Index, state: _Inference) -> tuple[nb.Type, ...] | None:
    out: list[nb.Type] = []
    for part in index:
        if isinstance(part, ir.Slice):
            out.append(nb.slice2_type if part.step is None else nb.slice3_type)
            continue
        type_ = state.atom(part)
        if type_ is None:
            return None
        if not isinstance(type_, nb.Integer | nb.Boolean | nb.Array):
            raise _Untypable(f"an array index must be an integer, not {type_}", "use int(...)")
        out.append(type_)
    return tuple(out)


def _element(
    array: ir.Var, index: ir.Index, value: ir.Atom, state: _Inference, *, same_kind: bool
) -> None:
    base, given, types = state.atom(array), state.atom(value), _index(index, state)
    if base is None or given is None or types is None:
        return
    if isinstance(base, nb.Array) and not base.mutable:
        what = called(array.name, state.span)
        raise _Untypable(f"{what} is read-only", "write to a copy of it")
    element = queries.target(base, types)
    if isinstance(element, nb.Array):
        rank = given.ndim if isinstance(given, nb.Array) else 0
        if rank > element.ndim:
            message = f"{rank} dimensions cannot be assigned to {element.ndim}"
            raise _Untypable(message, "make the shapes agree")
        given = given.dtype if isinstance(given, nb.Array) else given
        element = element.dtype
        if same_kind and _kind(given) > _kind(element):
            message = f"an array of {element} cannot hold {given} in place"
            raise _Untypable(message, f"make it an array of {given}, or assign a new array")
    if not (state.is_lax or queries.can_store(given, element)):
        raise _Untypable(f"cannot store {given} in an array of {element}", "convert it first")


def _kind(type_: nb.Type) -> int:
    """Return the place of a number in NumPy's order of kinds."""
    return next(
        (k for k, kind in enumerate((nb.Boolean, nb.Integer)) if isinstance(type_, kind)), 2
    )


# Back to the user's names, and casts ------------------------------------------------


def _apply(function: ir.Function, types: dict[str, Type]) -> ir.Function:
    """Write the types on the names, and the conversions between them."""
    return _Annotation(function, types).function()


class _Annotation:
    """One walk that writes the types found; casts may need new temporaries."""

    def __init__(self, function: ir.Function, types: dict[str, Type]) -> None:
        self.source = function
        self.types = types
        self.supply = NameSupply(all_names(function))
        self.state = _Inference(None)
        self.state.types = {name: to_numba(type_) for name, type_ in types.items()}

    def function(self) -> ir.Function:
        body = self.block(self.source.body)
        returns = tuple(map(self.atom, self.source.returns))
        return updated(self.source, body=body, returns=returns)

    def block(self, block: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in block:
            self.stmt(stmt, out)
        return tuple(out)

    def var(self, v: ir.Var) -> ir.Var:
        return v if v.type is not None else ir.Var(v.name, self.types.get(v.name))

    def atom(self, a: ir.Atom) -> ir.Atom:
        if isinstance(a, ir.Var):
            return self.var(a)
        return a if a.type is not None else ir.Const(a.value, ir_type(queries.type_of_constant(a)))

    def index(self, index: ir.Index) -> ir.Index:
        def part(p: ir.Atom | ir.Slice) -> ir.Atom | ir.Slice:
            if isinstance(p, ir.Slice):
                lo, hi, step = (None if e is None else self.atom(e) for e in (p.lo, p.hi, p.step))
                return updated(p, lo=lo, hi=hi, step=step)
            return self.atom(p)

        return tuple(map(part, index))

    def value(self, value: ir.Value) -> ir.Value:
        match value:
            case ir.Var() | ir.Const():
                return self.atom(value)
            case ir.Op(args=args):
                return updated(value, args=tuple(map(self.atom, args)))
            case ir.Load(array=array, index=index):
                return updated(value, array=self.var(array), index=self.index(index))
            case _:
                assert_never(value)

    def stmt(self, stmt: ir.Stmt, out: list[ir.Stmt]) -> None:
        match stmt:
            case ir.Let(target=target, value=value):
                self.let(stmt, self.var(target), value, out)
            case ir.Accum(target=target, index=None, value=value):
                total = self.var(target)
                given = self.accumulated(total, self.atom(value), stmt, out)
                out.append(updated(stmt, target=total, value=given))
            case ir.Accum(target=target, index=index, value=value):
                assert index is not None
                where, total, given = self.index(index), self.var(target), self.atom(value)
                out.append(updated(stmt, target=total, index=where, value=given))
            case ir.Store(array=array, index=index, value=value):
                where, given = self.index(index), self.atom(value)
                out.append(updated(stmt, array=self.var(array), index=where, value=given))
            case ir.For(body=body, until=until):
                start, stop, step = map(self.atom, (stmt.start, stmt.stop, stmt.step))
                var, flag = self.var(stmt.var), None if until is None else self.var(until)
                heads = {"var": var, "start": start, "stop": stop, "step": step, "until": flag}
                out.append(updated(stmt, **heads, body=self.block(body)))
            case ir.While(cond_body=head, cond=cond, body=body):
                head, cond = self.block(head), self.atom(cond)
                out.append(updated(stmt, cond_body=head, cond=cond, body=self.block(body)))
            case ir.If(test=test, then=then, orelse=orelse):
                test, then = self.atom(test), self.block(then)
                out.append(updated(stmt, test=test, then=then, orelse=self.block(orelse)))
            case ir.Save(slot=slot, value=value):
                out.append(updated(stmt, slot=self.var(slot), value=self.atom(value)))
            case ir.Restore(slot=slot, target=target):
                out.append(updated(stmt, slot=self.var(slot), target=self.var(target)))
            case ir.Call(targets=targets, args=args):
                given_args, bound = tuple(map(self.argument, args)), tuple(map(self.var, targets))
                out.append(updated(stmt, targets=bound, args=given_args))
            case ir.Raise():
                out.append(stmt)
            case _:
                assert_never(stmt)

    def argument(self, arg: object) -> object:
        if isinstance(arg, tuple):
            return alike(arg, tuple(map(self.argument, arg)))
        return self.atom(arg) if isinstance(arg, ir.Var | ir.Const) else arg

    def let(self, stmt: ir.Let, target: ir.Var, value: ir.Value, out: list[ir.Stmt]) -> None:
        if value == NOTHING:
            value = nothing_of(target.type)
        found = _value(value, self.state)
        new = self.value(value)
        if found is not None:
            have = ir_type(found)
            if isinstance(new, ir.Op) and new.prim == "power" and queries.is_integer(found):
                new = replace(new, prim="pow")  # Numba's own np.power of integers is a float's
            if isinstance(new, ir.Op) and new.prim == "cast_like" and isinstance(have, Scalar):
                new = new.args[0] if self.state.atom(new.args[0]) == found else new
            if isinstance(have, Scalar) and isinstance(target.type, Scalar):
                new = self.cast(new, have, target.type, stmt, out)
        out.append(updated(stmt, target=target, value=new))

    def accumulated(
        self, target: ir.Var, value: ir.Atom, stmt: ir.Accum, out: list[ir.Stmt]
    ) -> ir.Atom:
        """Return the summand, converted where the sum would change the target's type."""
        old, new = self.state.atom(target), self.state.atom(value)
        if old is None or new is None or queries.operation("add", (), (old, new)) == old:
            return value
        converted = self.cast(value, ir_type(new), target.type, stmt, out)
        if isinstance(converted, ir.Var | ir.Const):
            return converted
        temp = ir.Var(self.supply.temporary(), target.type)
        out.append(ir.Let(temp, converted, stmt.span))
        return temp

    def cast(
        self, value: ir.Value, have: Type, want: Type | None, stmt: ir.Stmt, out: list[ir.Stmt]
    ) -> ir.Value:
        if have == want or not isinstance(have, Scalar) or not isinstance(want, Scalar):
            return value
        if isinstance(value, ir.Const) and want.dtype == "float64":
            return ir.Const(float(value.value), want)
        if not isinstance(value, ir.Var | ir.Const):
            temp = ir.Var(self.supply.temporary(), have)
            out.append(ir.Let(temp, value, stmt.span))
            value = temp
        return ir.Op("cast", (value,), (want.dtype,))


def argument_types(args: tuple[object, ...]) -> tuple[Type, ...]:
    """Return the types of the (nested) arguments of a typed `Call`."""
    types = known_types(args)
    assert types is not None
    return types


def known_types(args: tuple[object, ...]) -> tuple[Type, ...] | None:
    """Return the types of the (nested) arguments of a `Call`, None while one is unknown."""
    return _argument_types(args, _Inference(None))  # type: ignore[return-value]
