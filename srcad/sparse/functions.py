"""Functions that return sparse matrices: what they hold from call to call."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from srcad.arguments import parameter_names
from srcad.backend.jit import Derivative
from srcad.backend.value_types import type_of
from srcad.bound import frozen
from srcad.cache.content import Identity
from srcad.captured import Watch, content_key, python_function, watch
from srcad.carried import Carrier
from srcad.derivative import Target, adjoint_of, derivative, tangent_of
from srcad.errors import NotDifferentiable
from srcad.frontend.syntax.signature import signature_of
from srcad.ir.structures import given
from srcad.ir.types import FLOATS
from srcad.options import Options
from srcad.parts import cut_parts
from srcad.sparse import sweeps
from srcad.sparse.choice import Choice, Mode, hessian_choice, jacobian_choice
from srcad.sparse.constants import Arguments, arguments_of, is_same
from srcad.sparse.matrix import Format, Layout, layout_of, part_of, symmetric
from srcad.sparse.pattern import Pattern
from srcad.sparse.sparsity import sparsity
from srcad.sparse.verification import check_product
from srcad.trees import leaves

if TYPE_CHECKING:
    from srcad.deriving import Cut

Kind = Literal["jacobian", "hessian"]
Symmetric = Literal["star", "acyclic"]
What = tuple[Kind, Format, Mode | Symmetric | None, bool]
"""The kind, the format, the mode or the method if the user has chosen one, whether to verify."""

VARIADIC = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}

MOST_PLANS = 8
"""How many plans one function holds: for so many shapes of arguments, and values of constants."""

FEW_COLOURS = 2
"""So many directions are not worth a sweep of eight."""


@dataclass(slots=True, eq=False)
class Plan:
    """What is held for arguments of the same shapes and dtypes.

    arguments: those that it was made for. free: positions of constant floats that are known not to
    decide the pattern. deciding: of those that may decide it.
    data: returns the elements for a tuple of all arguments. along: the tangent, for `verify`.
    """

    arguments: Arguments
    choice: Choice
    layout: Layout
    data: Callable[..., Any]
    along: Any
    is_compiled: bool
    free: frozenset[int] = frozenset()
    deciding: frozenset[int] = frozenset()

    def is_for(self, arguments: Arguments) -> bool:
        """Return whether it is for arguments that are alike, and for these integers."""
        return self.is_alike(arguments) and is_same(self.arguments.exact, arguments.exact)

    def is_alike(self, arguments: Arguments) -> bool:
        """Return whether it is for arguments of these shapes and dtypes."""
        is_alike = self.arguments.signature == arguments.signature
        return is_alike and self.is_compiled == sweeps.compiles()

    def changed(self, arguments: Arguments) -> frozenset[int]:
        """Return the positions of floats that may decide the pattern, and are other ones."""
        own, new = self.arguments.floats, arguments.floats
        return frozenset(k for k in own if k not in self.free and not is_same(own[k], new[k]))


class Plans(list[Plan]):
    """The last plans, the newest first, for functions that capture the same values."""

    __slots__ = ("__weakref__",)


_by_content: weakref.WeakValueDictionary[Hashable, Plans] = weakref.WeakValueDictionary()


@dataclass(slots=True, eq=False)
class SparseFunction:
    """A function that returns a sparse Jacobian or Hessian.

    func: what is differentiated, by the argument at `position`. carrier: values that it is given
    first. pattern: the user's. plans: those for what `func` captured at the last call. seen:
    tells that it captures the same now; None where that takes a look at all contents.
    """

    func: Target
    options: Options
    position: int
    what: What
    pattern: Pattern | None
    carrier: Carrier | None = None
    plans: Plans = field(default_factory=Plans)
    content: Hashable = None
    seen: Watch | None = None
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    is_forgotten: bool = False
    count: int = field(init=False)

    def __post_init__(self) -> None:
        """Count the parameters."""
        self.count = len(parameter_names(self.func))

    def __reduce__(self) -> Any:
        """Pickle what is differentiated, and how; nothing that is held travels."""
        given = self.func, self.options, self.position, self.what, self.pattern, self.carrier
        return SparseFunction, given

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Return the matrix."""
        values = self._values(args, named)
        plan = self._plan(values)
        matrix = plan.layout.matrix(plan.data(values))
        if self.what[3]:
            self._verify(plan, matrix, values)
        return matrix

    def choice(self, *args: Any, **named: Any) -> Choice:
        """Return how the matrix is found for these arguments: pattern, mode and colours."""
        return self._plan(self._values(args, named)).choice

    @property
    def name(self) -> str:
        """Return how messages call it."""
        return f"sparse_{self.what[0]} of '{self.func.__name__}'"

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def _values(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """Return all arguments, defaults included, as compiled code takes them."""
        if self.carrier is not None:
            args = (*self.carrier.values(), *args)
            named = self.carrier.keywords | named
        if named or len(args) != self.count:
            signature = signature_of(self.func)
            if any(p.kind in VARIADIC for p in signature.parameters.values()):
                derivative(self.func, "primal", ())(*args, **named)  # refused, with the place
            bound = signature.bind(*args, **named)
            bound.apply_defaults()
            args = tuple(bound.arguments.values())
        return tuple(map(given, args))

    def _value(self, values: tuple[Any, ...]) -> Any:
        """Return what the function returns."""
        args, named = as_given(self.func, values)
        return derivative(self.func, "primal", (), options=self.options)(*args, **named)

    def _plan(self, values: tuple[Any, ...]) -> Plan:
        """Return what is held for these arguments, found at the first call."""
        self._look()
        arguments = arguments_of(values, self.position)
        if self.pattern is not None:
            arguments = Arguments(arguments.signature)
        alike = [plan for plan in self.plans if plan.is_for(arguments) and self._may_take(plan)]
        found = next((plan for plan in alike if not plan.changed(arguments)), None)
        plan = found or self._freed(alike, values, arguments) or self._new(values, arguments.copy())
        if alike and found is None and plan is not alike[0]:
            plan.deciding |= alike[0].deciding
        others = [other for other in self.plans if other is not plan]
        self.plans[:] = [plan, *others[: MOST_PLANS - 1]]  # others may hold the same list
        return plan

    def _look(self) -> None:
        """Take the plans for what the function captures now: a pattern may depend on it."""
        if self.seen is not None and self.seen.is_unchanged():
            return
        func = python_function(self.func)
        assert func is not None
        self.seen = watch(func)
        content = content_key(func)
        if self.func is not func:
            content = Identity(self.func), content
        if content == self.content:
            return
        self.content = content
        if self.pattern is None:
            key = content, self.position, self.what, self.options
            self.plans = _by_content.setdefault(key, Plans())
        else:
            self.plans = Plans()

    def _may_take(self, plan: Plan) -> bool:
        """Return whether code made for a function of one content, maybe another one, still is."""
        made_for = python_function(plan.along.__srcad_derivative__.func)
        return made_for is python_function(self.func) or plan.along.is_current()

    def _freed(
        self, alike: list[Plan], values: tuple[Any, ...], arguments: Arguments
    ) -> Plan | None:
        """Return a plan that fits but for constant floats that do not decide its pattern.

        They do not if the pattern for all their values is no larger. This is looked at when they
        change for the first time.
        """
        if not alike:
            return None
        plan = alike[0]
        changed = plan.changed(arguments)
        if changed & plan.deciding:
            return None
        try:
            of_all = self._pattern(values, tuple(sorted({self.position, *plan.free, *changed})))
        except (NotDifferentiable, TypeError, MemoryError):
            of_all = None
        if of_all != plan.choice.pattern:
            plan.deciding |= changed
            return None
        plan.free |= changed
        return plan

    def _new(self, values: tuple[Any, ...], arguments: Arguments) -> Plan:
        """Find the pattern, the colours and the sweeps for these arguments."""
        kind, format_, way, _ = self.what
        func, options, wrt = self.func, self.options, (self.position,)
        x = values[self.position]
        self._check_array(x, f"argument '{parameter_names(func)[self.position]}'")
        if kind == "jacobian":
            out = self._value(values)
            self._check_array(out, "result")
        else:
            func = frozen(derivative(func, "grad", wrt, bare=True, options=options))
            out = x
        pattern = self._pattern(values, wrt)
        shape = out.size, x.size
        if pattern.shape != shape:
            found, wanted = (f"{height} x {width}" for height, width in (pattern.shape, shape))
            message = f"{self.name}: the pattern is {found}, the matrix {wanted}"
            raise ValueError(message)
        for plan in self.plans:
            # Other integers, but the same elements.
            is_alike = plan.arguments.signature == arguments.signature
            if (
                is_alike
                and self._may_take(plan)
                and plan.is_compiled == sweeps.compiles()
                and plan.choice.pattern == pattern
            ):
                return replace(plan, arguments=arguments, free=frozenset())
        layout = layout_of(pattern, format_)
        choice: Choice
        if kind == "jacobian":
            choice = jacobian_choice(pattern, way, layout.places)  # type: ignore[arg-type]
        else:
            choice = hessian_choice(pattern, way, layout.places)  # type: ignore[arg-type]
        along = frozen(tangent_of(func, wrt, options))
        seeds_for = x if choice.mode == "forward" else out
        dtype = np.result_type(x.dtype, out.dtype)

        def data_by(choice: Choice, args: tuple[Any, ...], otherwise: Any) -> Callable[..., Any]:
            """Return what finds the elements one way."""
            sweep, in_lanes = self._sweep(func, along, choice, args)
            return sweeps.data_of(
                choice.compression,
                sweep,
                in_lanes=in_lanes,
                seeds_for=seeds_for,
                dtype=dtype,
                otherwise=otherwise,
            )

        by_star: list[Callable[..., Any]] = []

        def directly(args: tuple[Any, ...]) -> Any:
            """Return the elements by a colouring that reads them off."""
            if not by_star:
                star = hessian_choice(pattern, "star", layout.places)
                by_star.append(data_by(star, args, None))
            return by_star[0](args)

        data = data_by(choice, values, directly if way is None else None)
        return Plan(arguments, choice, layout, data, along, sweeps.compiles())

    def _sweep(
        self, func: Target, along: Derivative, choice: Choice, values: tuple[Any, ...]
    ) -> tuple[Any, bool]:
        """Return a sweep in lanes, or one along one direction, and which of these it is."""
        wrt, options = (self.position,), self.options
        is_forward = choice.mode == "forward"
        if choice.colours > FEW_COLOURS and sweeps.compiles():
            types = tuple(map(type_of, values))
            cut: Cut = "tangent_lanes" if is_forward else "pullback_lanes"
            # Code is made once for all shapes.
            known: dict[object, Any] = along.__dict__.setdefault("lanes", {})
            if (cut, types) not in known:
                known[cut, types] = cut_parts(cut, func, wrt, options, types)
            if known[cut, types] is not None:
                return known[cut, types][0], True
        whole = along if is_forward else adjoint_of(func, wrt, options, bare=True)
        return frozen(whole), False

    def _pattern(self, values: tuple[Any, ...], wrt: tuple[int, ...]) -> Pattern:
        """Return the pattern: the user's, or what is found in the source.

        wrt: the arguments that it is for all values of; the elements are those of one of them.
        """
        kind, pattern = self.what[0], self.pattern
        if pattern is None:
            pattern = found_pattern(kind, self.func, self.options, wrt, values)
            start = sum(_size(values[k]) for k in wrt if k < self.position)
            stop = start + _size(values[self.position])
            pattern = part_of(pattern, start, stop, is_square=kind == "hessian")
        is_symmetric = kind == "hessian" and pattern.shape[0] == pattern.shape[1]
        return symmetric(pattern) if is_symmetric else pattern

    def _check_array(self, value: Any, what: str) -> None:
        """Raise TypeError for what is no array of floats."""
        dtype = value.dtype.name if isinstance(value, np.ndarray) else ""
        if dtype not in FLOATS or not value.ndim:
            got = f"an array of {dtype}" if dtype else f"a {type(value).__name__}"
            other = "hessian" if self.what[0] == "hessian" else "jacobian"
            message = f"{self.name}: the {what} must be one array of floats, got {got}"
            if not dtype or not value.ndim:
                message += f"; srcad.{other} takes numbers and structures"
            raise TypeError(message)

    def _verify(self, plan: Plan, matrix: Any, values: tuple[Any, ...]) -> None:
        """Compare the product with a random vector with the tangent along it."""
        x = values[self.position]
        vector = self.random.standard_normal(x.shape).astype(x.dtype)
        _, expected = plan.along(*values, vector)
        hint = "the pattern misses elements"
        if self.pattern is not None:
            hint += "; leave sparsity= away to have it found"
        check_product(matrix, vector.reshape(-1), np.ravel(expected), self.name, hint)


@dataclass(frozen=True, slots=True, eq=False)
class SparseBlocks:
    """A function that returns one sparse Jacobian for each of several arguments."""

    parts: tuple[SparseFunction, ...]

    def __call__(self, *args: Any, **named: Any) -> tuple[Any, ...]:
        """Return the matrices."""
        return tuple(part(*args, **named) for part in self.parts)

    def choice(self, *args: Any, **named: Any) -> tuple[Choice, ...]:
        """Return how each matrix is found."""
        return tuple(part.choice(*args, **named) for part in self.parts)


def found_pattern(
    kind: Kind, func: Target, options: Options, wrt: tuple[int, ...], values: tuple[Any, ...]
) -> Pattern:
    """Return the pattern that is found in the source, for all values of the arguments of `wrt`."""
    args, named = as_given(func, values)
    try:
        return sparsity(derivative(func, kind, wrt, options=options))(*args, **named)
    except NotDifferentiable as error:
        error.add_note(f"note: sparse_{kind} also takes the pattern, as sparsity=")
        raise


def as_given(func: Target, values: tuple[Any, ...]) -> tuple[list[Any], dict[str, Any]]:
    """Return all arguments as a function takes them: by position, or by name."""
    args: list[Any] = []
    named: dict[str, Any] = {}
    for parameter, value in zip(signature_of(func).parameters.values(), values, strict=True):
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = value
        else:
            args.append(value)
    return args, named


def _size(value: Any) -> int:
    """Return how many numbers an argument has."""
    return sum(int(np.size(leaf)) for leaf in leaves(value))
