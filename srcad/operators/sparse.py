"""Sparse Jacobians and Hessians: found in as few sweeps as the pattern needs colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numba
import numpy as np

from srcad.arguments import Argnums, is_several, parameter_names, positions
from srcad.cache.content import Identity
from srcad.carried import Carrier, carried, carrier_of
from srcad.derivative import Target, adjoint_of, derivative, tangent_of, target_of
from srcad.frontend.signature import signature_of
from srcad.ir.structures import given
from srcad.ir.types import FLOATS
from srcad.later import later
from srcad.memo import shortcut
from srcad.options import Options
from srcad.sparse import sweeps
from srcad.sparse.choice import Choice, Mode, hessian_choice, jacobian_choice
from srcad.sparse.matrix import Format, Layout, layout_of, symmetric
from srcad.sparse.pattern import Pattern
from srcad.sparse.verification import check_product

if TYPE_CHECKING:
    from srcad import deriving
else:
    deriving = later("srcad.deriving")

Kind = Literal["jacobian", "hessian"]
Method = Literal["star", "acyclic"]
SweepKind = Literal["tangent", "pullback"]

MOST_PLANS = 8
"""How many plans one function holds: for so many shapes of arguments, and values of integers."""

FEW_COLOURS = 2
"""So many directions are not worth a sweep of eight."""


def sparse_jacobian(
    f: Any,
    argnums: Argnums = 0,
    sparsity: Any = None,
    format: Format = "csr",  # noqa: A002 - as in SciPy
    mode: Mode | None = None,
    verify: bool = False,  # noqa: FBT001, FBT002 - as `has_aux` of `grad`
) -> Any:
    """Return a function of the same arguments that computes the Jacobian of `f`, sparse.

    f: a Python function, an `@njit` function or a decorated one; it returns an array of floats,
        or fills an argument.
    argnums: position or name of the argument to differentiate by, an array of floats; a sequence
        of them gives a tuple of matrices, each found by itself.
    sparsity: which elements may be other than zero: an array of booleans, a sparse array of
        SciPy, or a pattern that `srcad.sparsity` has found. Of shape (size of the result, size
        of the argument), axes in C order. Without it, `sparsity` finds it, at the first call.
        A pattern that misses elements gives wrong numbers, unless `verify` is set.
    format: of the result: "csr", "csc" or "coo".
    mode: "forward" colours the columns, "reverse" the rows; None takes what has less to do.
    verify: compare the product with a random vector at each call with what the tangent gives.

    The function returns a sparse array of SciPy (`csr_array`, ...) of the elements of the
    pattern, zeros too. Columns (or rows) that share no row (or column) have one colour, and are
    found in one sweep; a sweep carries up to eight colours. The pattern, the colours and the code
    are found at the first call, and held for arguments of the same shapes and dtypes; the pattern
    that `sparsity` finds only as long as all integers and booleans among the arguments are
    the same, as indices may depend on them.
    `.choice(*args)` says which mode is taken and why.

    Raises ValueError for a pattern of another shape, and where `verify` finds that elements are
    missing; TypeError for an argument or a result that is no array of floats.

    >>> import numpy as np
    >>> import srcad
    >>> def differences(x):
    ...     y = np.empty(x.size - 1)
    ...     for i in range(x.size - 1):
    ...         y[i] = x[i] * x[i + 1]
    ...     return y
    >>> pattern = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]], dtype=bool)
    >>> jacobian = srcad.sparse_jacobian(differences, sparsity=pattern)
    >>> jacobian(np.array([1.0, 2.0, 3.0, 4.0])).toarray()
    array([[2., 1., 0., 0.],
           [0., 3., 2., 0.],
           [0., 0., 4., 3.]])
    >>> print(jacobian.choice(np.array([1.0, 2.0, 3.0, 4.0])))
    forward: 2 colours of columns or at least 2 colours of rows; reverse counts as 1.5 times as much
    """
    _check(mode, (None, *get_args(Mode)), "mode")
    return _made(f, argnums, "jacobian", sparsity, format, mode, verify)


def sparse_hessian(
    f: Any,
    argnums: Argnums = 0,
    sparsity: Any = None,
    format: Format = "csr",  # noqa: A002
    method: Method | None = None,
    verify: bool = False,  # noqa: FBT001, FBT002
) -> Any:
    """Return a function of the same arguments that computes the Hessian of `f`, sparse.

    f: a function of one float, as `grad` takes it.
    argnums: position or name of the argument, an array of floats.
    sparsity, format, verify: as in `sparse_jacobian`; the pattern is made symmetric.
    method: "star" for a colouring that gives each element as it is, "acyclic" for one that
        mostly has fewer colours, and gives elements by substitution, with a few rounding errors
        more; None takes "star" unless the other one needs fewer sweeps.

    The columns of a colour are found by one tangent of the gradient. The result is symmetric
    to the last bit. Everything else is as in `sparse_jacobian`.

    >>> import numpy as np
    >>> import srcad
    >>> def rosenbrock(x):
    ...     value = 0.0
    ...     for i in range(x.size - 1):
    ...         value += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    ...     return value
    >>> pattern = np.tri(4, k=1, dtype=bool) & ~np.tri(4, k=-2, dtype=bool)
    >>> srcad.sparse_hessian(rosenbrock, sparsity=pattern)(np.ones(4)).toarray()
    array([[ 802., -400.,    0.,    0.],
           [-400., 1002., -400.,    0.],
           [   0., -400., 1002., -400.],
           [   0.,    0., -400.,  200.]])
    """
    _check(method, (None, *get_args(Method)), "method")
    if is_several(argnums):
        message = "sparse_hessian takes one argument; put several into one array to have all blocks"
        raise TypeError(message)
    return _made(f, argnums, "hessian", sparsity, format, method, verify)


def _check(value: object, allowed: tuple[object, ...], name: str) -> None:
    """Raise ValueError for an option that does not exist."""
    if value not in allowed:
        message = f"{name} is one of {', '.join(map(repr, allowed))}, got {value!r}"
        raise ValueError(message)


def _made(
    f: Any,
    argnums: Argnums,
    kind: Kind,
    sparsity: Any,
    format_: Format,
    way: Mode | Method | None,
    verify: bool,  # noqa: FBT001
) -> Any:
    """Return the sparse function of one argument, or one that calls those of several."""
    _check(format_, get_args(Format), "format")
    pattern = None if sparsity is None else Pattern.from_sparse(sparsity)
    what = (kind, format_, way, bool(verify))
    carrier = carrier_of(f)
    if carrier is not None:
        found = carried(lambda func, wrt: _of(func, wrt, what, pattern), carrier, argnums)
        made = found.made
        if isinstance(made, SparseBlocks):
            return SparseBlocks(tuple(replace(part, carrier=carrier) for part in made.parts))
        return replace(made, carrier=carrier)
    return _of(f, argnums, what, pattern)


What = tuple[Kind, Format, Mode | Method | None, bool]


def _of(f: Any, argnums: Argnums, what: What, pattern: Pattern | None) -> Any:
    """Return the sparse function of what carries no values."""
    func, options = target_of(f, f"sparse_{what[0]}")
    wrt = positions(argnums, parameter_names(func), func.__name__)
    if is_several(argnums):
        if pattern is not None and len(wrt) > 1:
            message = "sparsity= is the pattern of one argument; take sparse_jacobian of each"
            raise TypeError(message)
        return SparseBlocks(tuple(_of(f, k, what, pattern) for k in wrt))
    position = wrt[0]
    if pattern is not None:
        return SparseFunction(func, options, position, what, pattern)

    def make() -> SparseFunction:
        # Functions of one content have one derivative object.
        value = derivative(func, "primal", (), options=options)
        known: dict[object, SparseFunction] = value.__dict__.setdefault("sparse", {})
        key = (position, what)
        if key not in known:
            known[key] = SparseFunction(func, options, position, what, None)
        return known[key]

    return shortcut(f, ("sparse", position, *what), make)


@dataclass(slots=True, eq=False)
class Plan:
    """What is held for arguments of the same shapes and dtypes.

    signature: of the arguments. integers: those that the pattern may depend on.
    data: returns the elements for a tuple of all arguments. along: the tangent, for `verify`.
    """

    signature: tuple[object, ...]
    integers: list[Any]
    choice: Choice
    layout: Layout
    data: Callable[..., Any]
    along: Callable[..., Any]

    def fits(self, signature: tuple[object, ...], integers: list[Any]) -> bool:
        """Return whether it is for these arguments."""
        return self.signature == signature and all(
            a.tobytes() == b.tobytes() if a.ndim == 0 else np.array_equal(a, b)
            for a, b in zip(self.integers, integers, strict=True)
        )


@dataclass(slots=True, eq=False)
class SparseFunction:
    """A function that returns a sparse Jacobian or Hessian.

    func: what is differentiated, by the argument at `position`. carrier: values that it is given
    first. pattern: the user's. plans: the last ones, the newest first.
    """

    func: Target
    options: Options
    position: int
    what: What
    pattern: Pattern | None
    carrier: Carrier | None = None
    plans: list[Plan] = field(default_factory=list)
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    is_forgotten: bool = False

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
        if named or len(args) != len(parameter_names(self.func)):
            bound = signature_of(self.func).bind(*args, **named)
            bound.apply_defaults()
            if bound.kwargs:
                names = ", ".join(bound.kwargs)
                message = f"{self.name} takes arguments by position, and {names} has none"
                raise TypeError(message)
            args = bound.args
        return tuple(map(given, args))

    def _plan(self, values: tuple[Any, ...]) -> Plan:
        """Return what is held for these arguments, found at the first call."""
        integers: list[Any] = []
        signature = (sweeps.compiles(), *(_signature(value, integers) for value in values))
        if self.pattern is not None:
            integers = []
        for plan in self.plans:
            if plan.fits(signature, integers):
                return plan
        made = self._new(values, signature, [part.copy() for part in integers])
        self.plans = [made, *self.plans[: MOST_PLANS - 1]]
        return made

    def _new(
        self, values: tuple[Any, ...], signature: tuple[object, ...], integers: list[Any]
    ) -> Plan:
        """Find the pattern, the colours and the sweeps for these arguments."""
        kind, format_, way, _ = self.what
        func, options, wrt = self.func, self.options, (self.position,)
        x = values[self.position]
        self._check_array(x, f"argument '{parameter_names(func)[self.position]}'")
        if kind == "jacobian":
            out: Any = derivative(func, "primal", (), options=options)(*values)
            self._check_array(out, "result")
        else:
            func = derivative(func, "grad", wrt, bare=True, options=options)
            out = x
        pattern = self._pattern(values, (out.size, x.size))
        layout = layout_of(pattern, format_)
        choice: Choice
        if kind == "jacobian":
            choice = jacobian_choice(pattern, way, layout.places)  # type: ignore[arg-type]
        else:
            choice = hessian_choice(pattern, way, layout.places)  # type: ignore[arg-type]
        is_forward = choice.mode == "forward"
        along = tangent_of(func, wrt, options)
        types = tuple(map(numba.typeof, values))
        wide = None
        if choice.colours > FEW_COLOURS and sweeps.compiles():
            # Code is made once for all shapes.
            known: dict[object, Any] = along.__dict__.setdefault("lanes", {})
            mode: SweepKind = "tangent" if is_forward else "pullback"
            if (mode, types) not in known:
                known[mode, types] = deriving.lanes_of(func, mode, wrt, options, types)
            wide = known[mode, types]
        single = along if is_forward else adjoint_of(func, wrt, options, bare=True)
        data = sweeps.data_of(
            choice.compression,
            single if wide is None else wide,
            in_lanes=wide is not None,
            seeds_for=(x if is_forward else out),
            dtype=np.result_type(x.dtype, out.dtype),
        )
        return Plan(signature, integers, choice, layout, data, along)

    def _pattern(self, values: tuple[Any, ...], shape: tuple[int, int]) -> Pattern:
        """Return the pattern: the user's, or what is found in the source."""
        pattern = self.pattern
        if pattern is None:
            pattern = found_pattern(self.what[0], self.func, self.position, values)
        if pattern.shape != shape:
            message = (
                f"{self.name}: the pattern is {_times(pattern.shape)}, the matrix {_times(shape)}"
            )
            raise ValueError(message)
        return symmetric(pattern) if self.what[0] == "hessian" else pattern

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


def found_pattern(kind: Kind, func: Target, position: int, values: tuple[Any, ...]) -> Pattern:
    """Return the pattern that is found in the source."""
    del func, position, values
    message = f"sparse_{kind}: pass the pattern, sparsity=..."
    raise NotImplementedError(message)


def _times(shape: tuple[int, int]) -> str:
    return f"{shape[0]} x {shape[1]}"


def _signature(value: Any, integers: list[Any]) -> object:
    """Return what code and shapes depend on; what else is no float is appended to `integers`."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f":
            integers.append(value)
        flags = value.flags
        layout = flags.c_contiguous, flags.f_contiguous, flags.writeable, flags.aligned
        return (value.dtype, value.shape, layout)
    if isinstance(value, tuple):
        return (type(value), *(_signature(part, integers) for part in value))
    if isinstance(value, bool | int | np.integer | np.bool_):
        integers.append(np.asarray(value))
        return type(value)
    if isinstance(value, float | np.floating):
        return type(value)
    return (type(value), value if isinstance(value, str) else Identity(value))
