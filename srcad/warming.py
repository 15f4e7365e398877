"""Compiling ahead: what operators make of a function, for types of arguments that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from numba.core import types
from numba.core.registry import CPUDispatcher

from srcad.arguments import Argnums
from srcad.backend.value_types import type_of
from srcad.carried import Carrier, carrier_of
from srcad.derivative import adjoint_of, derivative, tangent_of, target_of
from srcad.errors import NotDifferentiable
from srcad.firstcall import first_call
from srcad.frontend.types.numba_types import to_numba
from srcad.inspection import structure_of
from srcad.operators import gradients, hessians, jacobians, linear, products, taylor
from srcad.options import Options
from srcad.spec import vector_positions
from srcad.warm_processes import Task, compiled_elsewhere, is_worker
from srcad.warm_types import along, argument_types, as_python_has_it, example_of, with_defaults

OPERATORS: dict[str, Callable[..., Any]] = {
    **{name: getattr(gradients, name) for name in ("grad", "value_and_grad")},
    **{name: getattr(jacobians, name) for name in ("jacfwd", "jacrev", "jacobian")},
    **{name: getattr(hessians, name) for name in ("hessian", "hvp", "value_grad_hvp")},
    **{name: getattr(products, name) for name in ("tangent", "adjoint")},
    "series": taylor.series,
}
"""Operators that return an object, which takes the arguments of the function and what follows."""

AT_A_POINT = ("jvp", "vjp", "linearize")
"""Operators that are called with the arguments themselves."""

CALL = "call"
"""The function itself."""

Signature = tuple[types.Type, ...]


@dataclass(frozen=True, slots=True)
class Warmed:
    """One thing that was compiled ahead.

    what: the derivative, and the function. origin: "compiled", "compiled by another process",
    "loaded from cache", or "known" for what was there before. stages: the seconds of each.
    """

    what: str
    types: str
    seconds: float
    origin: str
    stages: dict[str, float]


@dataclass(frozen=True, slots=True, repr=False)
class Warmup:
    """All that was compiled ahead; printed as a table."""

    rows: tuple[Warmed, ...]

    def __iter__(self) -> Iterator[Warmed]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        cells = [(row.what, f"{row.seconds:.2f} s", row.origin, row.types) for row in self.rows]
        width = [max((len(line[k]) for line in cells), default=0) for k in range(3)]
        return "\n".join(
            f"{what:{width[0]}}  {seconds:>{width[1]}}  {origin:{width[2]}}  {args}"
            for what, seconds, origin, args in cells
        )


def warmup(
    f: Any,
    *examples: Any,
    signature: object = None,
    operators: Sequence[str] = ("value_and_grad",),
    argnums: Argnums = 0,
    processes: int | None = None,
) -> Warmup:
    """Derive and compile ahead what later calls need. Nothing is run.

    f: a function, decorated or not, or what an operator has returned: then that is compiled,
        and neither `operators` nor `argnums` is looked at.
    examples: arguments of `f`, of which only the types count; those at the end that have
        defaults may be left out, as in calls.
    signature: instead, Numba types: a tuple of them, or a text such as
        `"(float64, float64[:])"`.
    operators: names of operators, and "call" for a decorated function itself. "jvp", "vjp" and
        "linearize" are compiled for all float arguments.
    argnums: as the operators take it.
    processes: how many processes compile at the same time; None for as many as there are
        processors, 1 for this one alone. Others help where what they compile is kept on disk
        (docs/cache.md) and the function is found by name in a module; functions of notebooks,
        of the main program and inside functions are compiled in this process.

    The result has a row for each operator (`what`, `types`, `seconds`, `origin`, `stages`), and
    is printed as a table.
    Raises TypeError without types, ValueError for an operator that does not exist, and what the
    first call would raise: `NotDifferentiable`, say.

    >>> import srcad
    >>> def area(width, height):
    ...     return width * height
    >>> done = srcad.warmup(area, 3.0, 4.0, operators=("grad", "jvp"))
    >>> [(row.what, row.origin) for row in done]
    [('grad of area', 'compiled'), ('jvp of area', 'compiled')]
    """
    if is_worker():  # a module that warms up when it is imported would start processes without end
        return Warmup(())
    names = (operators,) if isinstance(operators, str) else tuple(operators)
    at_once = tuple(name for name in names if name in OPERATORS)
    first = list(_tasks(f, examples, signature, at_once, argnums)) if processes != 1 else []
    elsewhere = compiled_elsewhere(first, processes)
    # One after the other: what some of them compile depends on what others have compiled.
    tasks = _tasks(f, examples, signature, names, argnums)
    return Warmup(tuple(_warmed(task, elsewhere.get((task.made, task.types))) for task in tasks))


def _warmed(task: Task, elsewhere: float | None) -> Warmed:
    """Compile one thing, or load what another process has compiled in so many seconds."""
    made, args = task.made, task.types
    shown = ", ".join(map(str, args))
    if args in made.overloads:
        return Warmed(task.what, shown, 0.0, "known", {})
    try:
        with first_call(task.what, f" for {shown}") as call:
            made.compile(args)
    except NotDifferentiable as error:
        raise error.with_traceback(None) from None
    seconds, origin = call.passed, "compiled"
    if call.is_found:
        origin = "loaded from cache" if elsewhere is None else "compiled by another process"
        seconds += elsewhere or 0.0
    return Warmed(task.what, shown, seconds, origin, dict(call.seconds))


def _tasks(
    f: Any,
    examples: tuple[Any, ...],
    signature: object,
    operators: tuple[str, ...],
    argnums: Argnums,
) -> Iterator[Task]:
    """Yield what is to be compiled."""
    carrier = carrier_of(f)
    inner = f if carrier is None else carrier.func
    if hasattr(inner, "__srcad_derivative__"):
        spec = inner.__srcad_derivative__
        args = argument_types(inner, _all_arguments(carrier, examples), signature)
        yield _object(f"{spec.kind} of {spec.func.__name__}", inner, args)
        return
    known = (CALL, *OPERATORS, *AT_A_POINT)
    unknown = [name for name in operators if name not in known]
    if unknown:
        message = f"warmup knows no operator {unknown[0]!r}; it knows {', '.join(known)}"
        raise ValueError(message)
    if carrier is not None and signature is not None:
        message = "warmup of what carries values takes example arguments, not a signature"
        raise TypeError(message)
    func, options = target_of(inner, "warmup")
    args = argument_types(func, _all_arguments(carrier, examples), signature)
    for name in operators:
        what = f"{name} of {func.__name__}"
        if name == CALL:
            if not hasattr(f, "value_and_grad"):
                message = f"warmup: 'call' compiles a decorated function, got {f!r}"
                raise TypeError(message)
            yield Task(f"call of {func.__name__}", f, args)
        elif name in AT_A_POINT:
            yield from _at_a_point(name, what, inner, options, args)
        else:
            made = OPERATORS[name](f, argnums)
            made = made if carrier is None else made.made
            yield _object(what, made, args, follows=True)


def _all_arguments(carrier: Carrier | None, examples: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the examples, with what a partial or a method carries."""
    return examples if carrier is None or not examples else carrier.arguments(examples)


def _object(what: str, made: Any, args: Signature, *, follows: bool = False) -> Task:
    """Return the task to compile a derivative.

    args: the types of its arguments, of those of the function if `follows`: then tangents,
    cotangents and vectors are added.
    """
    if follows:
        args = _with_directions(made, args)
    taken = getattr(made, "taken", None)
    if taken is None:
        return Task(what, made, args)
    emitted = made.emit(args)  # which values are passed to the compiled code is known then
    kernel, values = taken()
    if all(emitted is not known for known in kernel.emitted.values()):
        return Task(what, made.frozen, args)
    return Task(what, kernel, (*map(type_of, values), *args))


def _with_directions(made: Any, args: Signature) -> Signature:
    """Return the types of all arguments of a derivative."""
    spec = made.__srcad_derivative__
    match spec.kind:
        case "tangent":
            args = with_defaults(args)
            return (*args, *(along(args[k]) for k in spec.wrt))
        case "taylor":
            args = with_defaults(args)
            return (*args, *(along(args[k]) for k in spec.wrt), types.int64)
        case "adjoint":
            args = with_defaults(args)
            return (*args, along(as_python_has_it(_result(spec.func, made.options, args))))
    found = list(args)
    for at, position in vector_positions(spec):
        found.insert(at, along(args[position]))
    return tuple(found)


def _at_a_point(name: str, what: str, f: Any, options: Options, args: Signature) -> Iterator[Task]:
    """Yield what a product with the Jacobian compiles where all float arguments move."""
    func, _ = target_of(f, name)
    # Defaults are constant.
    wrt = tuple(k for k, type_ in enumerate(args) if _has_float(along(type_)))
    args = with_defaults(args)
    if not wrt:
        message = f"{func.__name__} has no float argument to differentiate by"
        raise TypeError(message)
    if name == "jvp":
        yield _object(what, tangent_of(func, wrt, options), args, follows=True)
        return
    examples = tuple(map(example_of, args))
    both = None
    if not any(example is None for example in examples):
        if name == "vjp":
            both = products.sweeps(f, examples)
        else:
            both = linear.maps(f, examples, (True,) * len(args))
    if both is not None and isinstance(both.backward, CPUDispatcher):
        forward = both.forward
        if isinstance(forward, partial):  # what is captured comes first
            whole_args = (*map(type_of, forward.args), *args)
            forward = forward.func
        else:
            whole_args = args
        yield Task(f"{what}: the way there", forward, whole_args)
        out, kept = _compiled_result(forward, whole_args)
        given = [along(as_python_has_it(out))] if name == "vjp" else list(map(along, args))
        back = (*map(as_python_has_it, kept), *given)
        yield Task(f"{what}: the linear work", both.backward, back)
        return
    yield _object(f"{what}: the value", derivative(func, "primal", (), options=options), args)
    whole = adjoint_of if name == "vjp" else tangent_of
    yield _object(what, whole(func, wrt, options), args, follows=True)


def _result(func: Any, options: Options, args: Signature) -> types.Type:
    """Return the type of what a function returns."""
    task = _object("", derivative(func, "primal", (), options=options), args)
    function = task.made.emit(task.types).generated.function
    try:
        found = structure_of(function.result, [atom.type for atom in function.returns])
    except TypeError:  # dicts and the like
        return _compiled_result(task.made, task.types)
    return to_numba(found)


def _compiled_result(made: Any, args: Signature) -> Any:
    """Return the type of the result of compiled code."""
    made.compile(args)
    return made.overloads[args].signature.return_type


def _has_float(type_: types.Type) -> bool:
    """Return whether something moves in a tangent of this type."""
    if isinstance(type_, types.BaseTuple):
        return any(map(_has_float, type_))
    return type_ is not types.none
