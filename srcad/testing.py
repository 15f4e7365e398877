"""`check_grads`: derivatives against differences of the function itself.

Forward mode is compared with central differences along a random direction, one argument
at a time, and reverse mode with forward mode by the dot-product test: for any tangent
`t` and cotangent `c`, `<c, J t> == <J' c, t>`. (Griewank & Walther 2008, sec. 3.3.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from srcad.arguments import parameter_names
from srcad.carried import carrier_of
from srcad.derivative import target_of
from srcad.frontend.syntax.signature import signature_of
from srcad.ir.records import parts_of, record_of
from srcad.ir.types import COMPLEX
from srcad.operators.gradients import grad
from srcad.operators.products import adjoint, jvp, tangent, vjp
from srcad.trees import copied, dtype_of, is_continuous, is_float, leaves, mapped, parts, rebuilt

MODES = ("fwd", "rev")
EPS = {"float64": 2e-4, "float32": 2e-2}
TOL = {"float64": 1e-6, "float32": 1e-2}
SINGLE = ("float32", "complex64")
SEED = 20240229
MOST_ELEMENTS = 100
"""As many elements of an argument are looked at for the one that is wrong."""
STENCIL = ((1.0, 8 / 12), (-1.0, -8 / 12), (2.0, -1 / 12), (-2.0, 1 / 12))
"""Steps and weights of the central difference of fourth order."""


@dataclass(frozen=True, slots=True)
class Case:
    """A function at a point, and how to compare its derivatives there.

    over: the modes of the derivative that `f` is, the last one first; none for the user's own.
    written: which leaves of the arguments are outputs, because the function writes them.
    """

    f: Callable[..., Any]
    args: tuple[Any, ...]
    name: str
    modes: tuple[str, ...]
    atol: float
    rtol: float
    eps: float
    over: tuple[str, ...] = ()
    written: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """Return what an error calls this: the user's function, and the order."""
        return f"{self.name}, order {len(self.over) + 1}" if self.over else self.name

    def mode(self, mode: str) -> str:
        """Return how an error calls a mode: `fwd over rev` is that of a gradient."""
        return f"mode {' over '.join((mode, *self.over))}"


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 1,
    modes: Sequence[str] | str = MODES,
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Raise AssertionError if a derivative of `f` at `args` is wrong; else return None.

    f: any function that the operators take. One that writes its arguments is run on
        copies, and what it writes is checked as a result.
    args: all positional arguments; floats, complex numbers, arrays and tuples of them are
        differentiated, the rest is held fixed.
    order: 2 checks the derivatives of the derivatives too, and so on: each mode over each mode.
    modes: any of "fwd" and "rev".
    atol, rtol: 1e-6 by default, 1e-2 if there is a float32; `atol` is times the largest
        value of an output if that is above 1.
    eps: step of the differences, 2e-4 by default, 2e-2 if there is a float32.
    The error names the function, the order, the argument and its element, the mode, and both
    numbers: `f, order 2, argument x[1], mode fwd over rev: expected 2, got 0`.
    Cost: four calls of `f` for each float argument, and the compilation of both modes.
    """
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    if not modes or not set(modes) <= set(MODES):
        message = f"modes takes 'fwd' and 'rev', got {modes!r}"
        raise ValueError(message)
    if order < 1:
        message = f"order must be at least 1, got {order}"
        raise ValueError(message)
    _check_all(case_of(f, tuple(args), modes, atol, rtol, eps), order)


def _check_all(case: Case, order: int) -> None:
    """Check the derivatives of a function, and then those of its derivatives."""
    _check(case)
    if order > 1:
        case = replace(case, args=_with_defaults(case.f, case.args))
        for mode, derived, more in _derivatives(case):
            inner = replace(case, f=derived, args=(*case.args, *more), over=(mode, *case.over))
            _check_all(replace(inner, written=()), order - 1)


def case_of(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    modes: tuple[str, ...] = MODES,
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> Case:
    """Return the case, with tolerances for the least precise dtype."""
    carrier = carrier_of(f)
    func = target_of(f, "check_grads")[0] if carrier is None else carrier.func
    single = any(dtype_of(leaf) in SINGLE for leaf in leaves(args))
    dtype = "float32" if single else "float64"
    atol = TOL[dtype] if atol is None else atol
    rtol = TOL[dtype] if rtol is None else rtol
    return Case(f, args, func.__name__, modes, atol, rtol, EPS[dtype] if eps is None else eps)


def _check(case: Case) -> None:
    """Check the value and the first derivatives of one function."""
    rng = np.random.default_rng(SEED)
    before = _bits(case.args)
    directions = [mapped(lambda leaf: random_like(leaf, rng), arg) for arg in case.args]
    names = _names(case.f)
    out, _ = jvp(case.f, case.args, _zeros(case.args))
    case = with_outputs(case, leaves(out))
    _compare_all(case, "value", outputs(case, case.args), leaves(out), leaves(out))
    for k, arg in enumerate(case.args):
        if any(map(is_continuous, leaves(arg))):
            _check_argument(case, names[k], k, directions[k], out)
    if _bits(case.args) != before:
        message = f"{case.title}: a derivative changed its arguments"
        raise AssertionError(message)


def _check_argument(case: Case, name: str, k: int, direction: Any, out: Any) -> None:
    """Check both modes along a direction of one argument; an error names the element."""

    def check(where: str, direction: Any) -> None:
        """Check both modes along one direction."""
        tangents = (*_zeros(case.args[:k]), direction, *_zeros(case.args[k + 1 :]))
        _check_direction(case, f"argument {where}", tangents, out)

    try:
        check(name, direction)
    except AssertionError:
        for where, unit in _elements(case.args[k], name):
            check(where, unit)
        raise


def _elements(arg: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the name of each float of an argument, and the direction that moves it alone."""
    named = list(_named(arg, name))
    places = [
        (k, index)
        for k, (_, leaf) in enumerate(named)
        if is_continuous(leaf)
        for index in np.ndindex(np.shape(leaf))
    ]
    several = len(places) > 1 or any(dtype_of(leaf) in COMPLEX for _, leaf in named)
    for k, index in places[:MOST_ELEMENTS] if several else ():
        where, leaf = named[k]
        text = ", ".join(map(str, index))
        place = f"{where}[{text}]" if index else where
        is_complex = dtype_of(leaf) in COMPLEX
        for part, factor in ((".real", 1.0), (".imag", 1j)) if is_complex else (("", 1.0),):
            unit = np.zeros(np.shape(leaf), complex if is_complex else float)
            unit[index] = factor
            units = [_zeros(other) for _, other in named]
            units[k] = _typed(unit, leaf)
            yield f"{place}{part}", rebuilt(arg, units)


def _named(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the leaves of an argument with their names: `p[0]`, `p.w`."""
    items = parts(tree)
    record = None if type(tree) is tuple else record_of(tree)
    for k, item in enumerate(items or ()):
        yield from _named(item, record.part(name, k) if record else f"{name}[{k}]")
    if items is None and tree is not None:
        yield name, tree


def _check_direction(case: Case, where: str, tangents: tuple[Any, ...], out: Any) -> None:
    """Check both modes along one direction."""
    slopes = _difference(case, tangents)
    if "fwd" in case.modes:
        forward = leaves(jvp(case.f, case.args, tangents)[1])
        _compare_all(case, f"{where}, {case.mode('fwd')}", slopes, forward, leaves(out))
        slopes = forward
    if "rev" in case.modes:
        outs = leaves(out)
        rng = np.random.default_rng(SEED + 2)
        cotangents = [random_like(leaf, rng) for leaf in outs]
        value, pullback = vjp(case.f, *case.args)
        _compare_all(case, f"{where}, {case.mode('rev')}, value", outs, leaves(value), outs)
        bars = pullback(rebuilt(out, cotangents))
        expected = dot(cotangents, slopes)
        scale = dot([None if c is None else abs(c) for c in cotangents], [abs(s) for s in slopes])
        _compare(
            case,
            f"{where}, {case.mode('rev')}",
            expected,
            dot(flat(bars, case.args), flat(tangents, case.args)),
            scale,
        )


def _derivatives(case: Case) -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    """Yield modes, derivatives as functions, and the arguments that these take in addition."""
    rng = np.random.default_rng(SEED + 1)
    wrt = tuple(k for k, arg in enumerate(case.args) if any(map(is_continuous, leaves(arg))))
    if "fwd" in case.modes:
        dots = (mapped(lambda leaf: random_like(leaf, rng), case.args[k]) for k in wrt)
        yield "fwd", tangent(case.f, wrt), tuple(dots)
    if "rev" in case.modes:
        out, _ = jvp(case.f, case.args, _zeros(case.args))
        if is_float(out) and np.ndim(out) == 0:
            yield "rev", grad(case.f, wrt), ()
        else:
            bar = mapped(lambda x: random_like(x, rng), out)
            yield "rev", adjoint(case.f, wrt), (bar,)


def _names(f: Any) -> tuple[str, ...]:
    """Return the names of the arguments that a call gives."""
    carrier = carrier_of(f)
    if carrier is None:
        return parameter_names(target_of(f, "check_grads")[0])
    return parameter_names(carrier.func)[len(carrier.args) :]


def _with_defaults(f: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments with defaults for those left out: more follow in derivatives."""
    carrier = carrier_of(f)
    if carrier is not None:
        return args if carrier.keywords else carrier.arguments(args)[len(carrier.args) :]
    bound = signature_of(target_of(f, "check_grads")[0]).bind(*args)
    bound.apply_defaults()
    found: tuple[Any, ...] = bound.args
    return found


def with_outputs(case: Case, outs: list[Any]) -> Case:
    """Return the case with the leaves of its arguments that are outputs.

    They follow the result, in the order of the arguments; of several candidates, one that
    holds the same numbers at the end is meant, and of those one that was changed.
    """
    copies = copied(case.args)
    result = leaves(case.f(*copies))
    before, after = leaves(case.args), leaves(copies)
    changed = [not _same(a, b) for a, b in zip(before, after, strict=True)]
    written: list[int] = []
    for got in outs[len(result) :]:
        start = written[-1] + 1 if written else 0
        fits = [k for k in range(start, len(after)) if np.shape(after[k]) == np.shape(got)]
        alike = [k for k in fits if np.allclose(after[k], got, equal_nan=True)]
        best = [k for k in alike if changed[k]] or alike
        best = best or [k for k in fits if changed[k]] or fits
        if not best:
            message = f"{case.title}: an output is neither a result nor an argument"
            raise AssertionError(message)
        written.append(best[0])
    return replace(case, written=tuple(written))


def outputs(case: Case, args: tuple[Any, ...]) -> list[Any]:
    """Return the outputs of a plain call on copies: its result, and what it writes."""
    copies = copied(args)
    result = copied(case.f(*copies))
    after = leaves(copies)
    return [*leaves(result), *(after[k] for k in case.written)]


def _difference(case: Case, tangents: tuple[Any, ...]) -> list[Any]:
    """Return the central difference of each output along a direction."""
    total: list[Any] = []
    for step, weight in STENCIL:
        at = moved(case.args, tangents, step * case.eps)
        outs = [_wide(leaf) * (weight / case.eps) for leaf in outputs(case, at)]
        total = [a + b for a, b in zip(total, outs, strict=True)] if total else outs
    return total


def moved(args: Any, tangents: Any, step: float) -> Any:
    """Return the arguments after a step along the tangents, with their own dtypes."""
    rows = zip(leaves(args), flat(tangents, args), strict=True)
    return rebuilt(args, [x if t is None else _typed(x + step * t, x) for x, t in rows])


def random_like(leaf: Any, rng: np.random.Generator) -> Any:
    """Return random numbers with the shape and dtype of a float leaf, None for others."""
    if not is_continuous(leaf):
        return None
    drawn = rng.standard_normal(np.shape(leaf))
    if dtype_of(leaf) in COMPLEX:
        drawn = drawn + 1j * rng.standard_normal(np.shape(leaf))
    return _typed(drawn, leaf)


def directions_of(args: Any, seed: int) -> Any:
    """Return random tangents of all that is continuous, None for the rest."""
    rng = np.random.default_rng(seed)
    return mapped(lambda leaf: random_like(leaf, rng), args)


def in_order(f: Any, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """Return all arguments of a call by position."""
    found: tuple[Any, ...] = signature_of(target_of(f, "convergence")[0]).bind(*args, **named).args
    return found


def _zeros(args: Any) -> Any:
    """Return zero tangents."""
    return mapped(lambda x: _typed(np.zeros(np.shape(x)), x) if is_continuous(x) else None, args)


def _typed(value: Any, like: Any) -> Any:
    """Return a value as an array of the dtype of `like`, or a number of its type."""
    if isinstance(like, np.ndarray):
        return np.asarray(value, like.dtype)
    kind = dtype_of(like)
    if kind in COMPLEX:
        return np.complex64(value) if kind in SINGLE else complex(value)
    return np.float32(value) if kind in SINGLE else float(value)


def _wide(leaf: Any) -> Any:
    """Return numbers in double precision."""
    return np.asarray(leaf, np.complex128 if np.iscomplexobj(leaf) else np.float64)


def flat(tree: Any, like: Any) -> list[Any]:
    """Return the leaves of tangents or cotangents, None where there is none.

    like: what they belong to. Structured arrays have the fields only that are floats.
    """
    items = parts(like)
    if items is None:
        return [] if like is None else [tree]
    record = None if type(like) is tuple else record_of(like)
    given = tree if record is None or tree is None else parts_of(tree, record)
    own = [None] * len(items) if given is None else given
    return [leaf for part, item in zip(own, items, strict=True) for leaf in flat(part, item)]


def dot(left: list[Any], right: list[Any]) -> float:
    """Return the sum of the products of all leaves that are not None, its real part.

    So cotangents and tangents of complex numbers are paired: see docs/complex.md.
    """
    pairs = [(a, b) for a, b in zip(left, right, strict=True) if a is not None if b is not None]
    terms = [np.vdot(np.conj(_wide(a)), _wide(b)).real for a, b in pairs]
    return float(sum(terms))


def _compare_all(
    case: Case, where: str, expected: list[Any], got: list[Any], outs: list[Any]
) -> None:
    """Compare leaf by leaf; what is not a float has no derivative to compare."""
    if len(expected) != len(got):
        message = f"{case.title}, {where}: expected {len(expected)} outputs, got {len(got)}"
        raise AssertionError(message)
    for k, (want, have, out) in enumerate(zip(expected, got, outs, strict=True)):
        if is_continuous(out):
            place = where if len(outs) == 1 else f"{where}, output {k}"
            _compare(case, place, want, have, float(np.max(np.abs(out), initial=0.0)))


def _compare(case: Case, where: str, expected: Any, got: Any, scale: float) -> None:
    """Raise AssertionError, with the worst element, unless the numbers agree."""
    want, have = _wide(expected), _wide(got)
    if want.shape != have.shape:
        message = f"{case.title}, {where}: expected shape {want.shape}, got {have.shape}"
        raise AssertionError(message)
    bound = case.atol * max(1.0, scale) + case.rtol * np.abs(want)
    with np.errstate(invalid="ignore"):
        excess = np.where(want == have, 0.0, np.abs(want - have) - bound)
    bad = ~(excess <= 0) & ~(np.isnan(want) & np.isnan(have))
    if np.any(bad):
        at = np.unravel_index(
            np.argmax(np.where(bad, np.nan_to_num(excess, nan=np.inf), 0)), want.shape
        )
        element = f" at {tuple(map(int, at))}" if at else ""
        message = f"{case.title}, {where}{element}: expected {want[at]:.12g}, got {have[at]:.12g}"
        raise AssertionError(message)


def _same(a: Any, b: Any) -> bool:
    return _bits(a) == _bits(b)


def _bits(tree: Any) -> list[Any]:
    """Return the leaves as bytes, where they are numbers."""
    kinds = (np.ndarray, np.generic, int, float, complex)
    return [np.asarray(x).tobytes() if isinstance(x, kinds) else x for x in leaves(tree)]
