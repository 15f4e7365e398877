"""Two references for derivatives that share nothing with srcad.

Both run the user's plain Python function, with its globals replaced so that every
float is a `Number`:

* `Dual` carries float64 tangents through textbook partials (forward mode by operator
  overloading, any number of directions at once);
* `Wide` carries a 50-digit value; central differences of two runs give a derivative
  that is right to 30 digits.

A `Wide` takes every branch, index and rounding as the float64 run at the base point
does, so that the two runs follow the same path.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

DIGITS = 50
STEP = mpmath.mpf(10) ** -17
mpmath.mp.dps = DIGITS


# The table: float64 value, partial per argument, 50-digit value -----------------------


@dataclass(frozen=True)
class Rule:
    """How a function is evaluated and what its partial derivatives are."""

    value: Callable[..., float]
    partials: tuple[Callable[..., float], ...]
    wide: Callable[..., Any]


def _power_of_base(a: float, b: float, _y: float) -> float:
    if b == 0.0:
        return 0.0
    if b == 1.0:
        return 1.0
    if a == 0.0 and b < 1.0:
        return math.inf
    return b * a ** (b - 1.0)


def _power_of_exponent(a: float, b: float, y: float) -> float:
    if a == 0.0 and b > 0.0:
        return 0.0
    return y * math.log(a) if a > 0.0 else math.nan


def _cbrt(x: float) -> float:
    return float(np.cbrt(x))


def _wide_cbrt(x: Any) -> Any:
    return mpmath.sign(x) * mpmath.cbrt(abs(x))


def _logistic(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z)) if z > 0.0 else math.exp(z) / (1.0 + math.exp(z))


def _over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.copysign(math.inf, numerator)


LN2 = math.log(2.0)
LN10 = math.log(10.0)
ROOT_PI = math.sqrt(math.pi)

RULES: dict[str, Rule] = {
    "add": Rule(lambda a, b: a + b, (lambda *_: 1.0, lambda *_: 1.0), lambda a, b: a + b),
    "sub": Rule(lambda a, b: a - b, (lambda *_: 1.0, lambda *_: -1.0), lambda a, b: a - b),
    "mul": Rule(lambda a, b: a * b, (lambda _a, b, _y: b, lambda a, *_: a), lambda a, b: a * b),
    "div": Rule(
        lambda a, b: a / b,
        (lambda _a, b, _y: 1.0 / b, lambda _a, b, y: -y / b),
        lambda a, b: a / b,
    ),
    "pow": Rule(lambda a, b: a**b, (_power_of_base, _power_of_exponent), lambda a, b: a**b),
    "neg": Rule(lambda a: -a, (lambda *_: -1.0,), lambda a: -a),
    "sin": Rule(math.sin, (lambda x, _: math.cos(x),), mpmath.sin),
    "cos": Rule(math.cos, (lambda x, _: -math.sin(x),), mpmath.cos),
    "tan": Rule(math.tan, (lambda _, y: 1.0 + y * y,), mpmath.tan),
    "arcsin": Rule(math.asin, (lambda x, _: 1.0 / math.sqrt(1.0 - x * x),), mpmath.asin),
    "arccos": Rule(math.acos, (lambda x, _: -1.0 / math.sqrt(1.0 - x * x),), mpmath.acos),
    "arctan": Rule(math.atan, (lambda x, _: 1.0 / (1.0 + x * x),), mpmath.atan),
    "sinh": Rule(math.sinh, (lambda x, _: math.cosh(x),), mpmath.sinh),
    "cosh": Rule(math.cosh, (lambda x, _: math.sinh(x),), mpmath.cosh),
    "tanh": Rule(math.tanh, (lambda x, _: 1.0 / math.cosh(x) ** 2,), mpmath.tanh),
    "arcsinh": Rule(math.asinh, (lambda x, _: 1.0 / math.sqrt(x * x + 1.0),), mpmath.asinh),
    "arccosh": Rule(math.acosh, (lambda x, _: 1.0 / math.sqrt(x * x - 1.0),), mpmath.acosh),
    "arctanh": Rule(math.atanh, (lambda x, _: 1.0 / (1.0 - x * x),), mpmath.atanh),
    "exp": Rule(math.exp, (lambda _, y: y,), mpmath.exp),
    "exp2": Rule(lambda x: 2.0**x, (lambda _, y: LN2 * y,), lambda x: mpmath.mpf(2) ** x),
    "expm1": Rule(math.expm1, (lambda x, _: math.exp(x),), mpmath.expm1),
    "log": Rule(math.log, (lambda x, _: 1.0 / x,), mpmath.log),
    "log2": Rule(math.log2, (lambda x, _: 1.0 / (x * LN2),), lambda x: mpmath.log(x, 2)),
    "log10": Rule(math.log10, (lambda x, _: 1.0 / (x * LN10),), mpmath.log10),
    "log1p": Rule(math.log1p, (lambda x, _: 1.0 / (1.0 + x),), mpmath.log1p),
    "sqrt": Rule(math.sqrt, (lambda _, y: _over(0.5, y),), mpmath.sqrt),
    "cbrt": Rule(_cbrt, (lambda x, y: _over(y, 3.0 * x),), _wide_cbrt),
    "square": Rule(lambda x: x * x, (lambda x, _: 2.0 * x,), lambda x: x * x),
    "reciprocal": Rule(lambda x: 1.0 / x, (lambda _, y: -y * y,), lambda x: 1 / x),
    "erf": Rule(math.erf, (lambda x, _: 2.0 / ROOT_PI * math.exp(-x * x),), mpmath.erf),
    "erfc": Rule(math.erfc, (lambda x, _: -2.0 / ROOT_PI * math.exp(-x * x),), mpmath.erfc),
    "gamma": Rule(math.gamma, (lambda x, y: y * float(mpmath.digamma(x)),), mpmath.gamma),
    "lgamma": Rule(math.lgamma, (lambda x, _: float(mpmath.digamma(x)),), mpmath.loggamma),
    "deg2rad": Rule(math.radians, (lambda *_: math.pi / 180.0,), mpmath.radians),
    "rad2deg": Rule(math.degrees, (lambda *_: 180.0 / math.pi,), mpmath.degrees),
    "hypot": Rule(
        math.hypot,
        (lambda a, _b, y: a / y if y else 0.0, lambda _a, b, y: b / y if y else 0.0),
        mpmath.hypot,
    ),
    "arctan2": Rule(
        math.atan2,
        (
            lambda a, b, _: b / (a * a + b * b) if a or b else 0.0,
            lambda a, b, _: -a / (a * a + b * b) if a or b else 0.0,
        ),
        mpmath.atan2,
    ),
    "logaddexp": Rule(
        lambda a, b: float(np.logaddexp(a, b)),
        (lambda a, b, _: _logistic(a - b), lambda a, b, _: _logistic(b - a)),
        lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    ),
    "logaddexp2": Rule(
        lambda a, b: float(np.logaddexp2(a, b)),
        (lambda a, b, _: _logistic((a - b) * LN2), lambda a, b, _: _logistic((b - a) * LN2)),
        lambda a, b: mpmath.log(mpmath.mpf(2) ** a + mpmath.mpf(2) ** b, 2),
    ),
}

ALIASES = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "power": "pow",
    "radians": "deg2rad", "degrees": "rad2deg", "float_power": "pow",
    "divide": "div", "true_divide": "div", "add": "add", "subtract": "sub",
    "multiply": "mul", "negative": "neg",
}  # fmt: skip
STEPS = {"floor", "ceil", "trunc", "fix", "rint", "sign", "round", "around"}
TESTS = {"isnan", "isinf", "isfinite", "signbit"}


# Numbers -----------------------------------------------------------------------------


class Number:
    """A float64 `value` that knows how it depends on the inputs."""

    __array_ufunc__ = None  # NumPy scalars leave mixed arithmetic to us
    __slots__ = ("value",)
    value: float

    def apply(self, name: str, *args: Any) -> Number:
        """Return the function `name` of `args`, at least one of them a `Number`."""
        raise NotImplementedError

    def blend(self, terms: Sequence[tuple[float, Any]], value: float) -> Number:
        """Return the number `value` whose tangent is the sum of weight * term."""
        raise NotImplementedError

    def __add__(self, other: Any) -> Number:
        return self.apply("add", self, other)

    def __radd__(self, other: Any) -> Number:
        return self.apply("add", other, self)

    def __sub__(self, other: Any) -> Number:
        return self.apply("sub", self, other)

    def __rsub__(self, other: Any) -> Number:
        return self.apply("sub", other, self)

    def __mul__(self, other: Any) -> Number:
        return self.apply("mul", self, other)

    def __rmul__(self, other: Any) -> Number:
        return self.apply("mul", other, self)

    def __truediv__(self, other: Any) -> Number:
        return self.apply("div", self, other)

    def __rtruediv__(self, other: Any) -> Number:
        return self.apply("div", other, self)

    def __pow__(self, other: Any, modulo: None = None) -> Number:
        return self.apply("pow", self, other)

    def __rpow__(self, other: Any) -> Number:
        return self.apply("pow", other, self)

    def __mod__(self, other: Any) -> Number:
        return modulo(self, other)

    def __rmod__(self, other: Any) -> Number:
        return modulo(other, self)

    def __floordiv__(self, other: Any) -> float:
        return float_of(self) // float_of(other)

    def __rfloordiv__(self, other: Any) -> float:
        return float_of(other) // float_of(self)

    def __neg__(self) -> Number:
        return self.apply("neg", self)

    def __pos__(self) -> Number:
        return self

    def __abs__(self) -> Number:
        sign = float(np.sign(self.value))
        return self.blend([(sign, self)], abs(self.value))

    def __round__(self, digits: int | None = None) -> int | float:
        return round(self.value, digits)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __lt__(self, other: Any) -> bool:
        return self.value < float_of(other)

    def __le__(self, other: Any) -> bool:
        return self.value <= float_of(other)

    def __gt__(self, other: Any) -> bool:
        return self.value > float_of(other)

    def __ge__(self, other: Any) -> bool:
        return self.value >= float_of(other)

    def __eq__(self, other: object) -> bool:
        return self.value == float_of(other)

    def __ne__(self, other: object) -> bool:
        return self.value != float_of(other)

    __hash__ = None  # type: ignore[assignment]


class Dual(Number):
    """A value and its tangents, one per direction."""

    __slots__ = ("dots",)

    def __init__(self, value: float, dots: np.ndarray) -> None:
        self.value = value
        self.dots = dots

    def apply(self, name: str, *args: Any) -> Dual:
        rule = RULES[name]
        values = [float_of(arg) for arg in args]
        y = rule.value(*values)
        terms = [
            (partial(*values, y), arg)
            for partial, arg in zip(rule.partials, args, strict=True)
            if isinstance(arg, Dual)
        ]
        return self.blend(terms, y)

    def blend(self, terms: Sequence[tuple[float, Any]], value: float) -> Dual:
        total: Any = np.zeros_like(self.dots)
        for weight, term in terms:
            if isinstance(term, Dual):
                total = total + strongly_scaled(weight, term.dots)
        return Dual(float(value), total)


class Wide(Number):
    """A 50-digit number near the float64 `value` that decides all branches."""

    __slots__ = ("wide",)

    def __init__(self, value: float, wide: Any) -> None:
        self.value = value
        self.wide = wide

    def apply(self, name: str, *args: Any) -> Wide:
        rule = RULES[name]
        value = rule.value(*(float_of(arg) for arg in args))
        wide = rule.wide(*(wide_of(arg) for arg in args))
        return Wide(float(value), mpmath.mpf(wide))

    def blend(self, terms: Sequence[tuple[float, Any]], value: float) -> Wide:
        wide = mpmath.fsum(mpmath.mpf(weight) * wide_of(term) for weight, term in terms)
        return Wide(float(value), wide)


def strongly_scaled(weight: float, dots: np.ndarray) -> np.ndarray:
    """Return `weight * dots`, where a zero stays zero whatever the weight."""
    if math.isfinite(weight):
        return weight * dots
    with np.errstate(invalid="ignore"):
        return np.where(dots == 0.0, 0.0, weight * dots)


def float_of(x: Any) -> float:
    """Return the float64 value of a number of any kind."""
    return x.value if isinstance(x, Number) else float(x)


def wide_of(x: Any) -> Any:
    """Return the 50-digit value of a number of any kind."""
    return x.wide if isinstance(x, Wide) else mpmath.mpf(float_of(x))


def remainder(a: Any, b: Any, quotient: int, value: float) -> Number:
    """Return the number `value` = `a - quotient*b`: both `%` and `fmod`."""
    number = a if isinstance(a, Number) else b
    return number.blend([(1.0, a), (-float(quotient), b)], value)


def modulo(a: Any, b: Any) -> Number:
    """Return `a % b`, with the sign of `b`."""
    x, y = float_of(a), float_of(b)
    return remainder(a, b, math.floor(x / y), x % y)


# The namespace in which the user's function runs --------------------------------------


def extreme(name: str, a: Any, b: Any) -> Any:
    """Return max or min of two numbers; a tie takes half of each derivative."""
    first, second = float_of(a), float_of(b)
    number = a if isinstance(a, Number) else b
    if first == second:
        return number.blend([(0.5, a), (0.5, b)], first)
    if math.isnan(first) or math.isnan(second):
        return a if math.isnan(first) else b
    return a if (first > second) == (name == "max") else b


def _fold_extreme(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    def replacement(*args: Any) -> Any:
        if not any(isinstance(arg, Number) for arg in args):
            return plain(*args)
        best = args[0]
        for arg in args[1:]:
            mixed = isinstance(best, Number) or isinstance(arg, Number)
            best = extreme(name, best, arg) if mixed else plain(best, arg)
        return best

    return replacement


def _clip(x: Any, low: Any, high: Any) -> Any:
    if float_of(x) < float_of(low):
        return low
    return high if float_of(x) > float_of(high) else x


def _copysign(a: Any, b: Any) -> Any:
    value = math.copysign(float_of(a), float_of(b))
    sign = math.copysign(1.0, float_of(a)) * math.copysign(1.0, float_of(b))
    return a.blend([(sign, a)], value) if isinstance(a, Number) else value


def _fmod(a: Any, b: Any) -> Any:
    x, y = float_of(a), float_of(b)
    return remainder(a, b, math.trunc(x / y), math.fmod(x, y))


SPECIAL: dict[str, Callable[..., Any]] = {
    "where": lambda c, a, b: a if c else b,
    "copysign": _copysign,
    "fmod": _fmod,
    "mod": lambda a, b: a % b,
    "remainder": lambda a, b: a % b,
    "floor_divide": lambda a, b: a // b,
    "clip": _clip,
    "fabs": abs,
    "abs": abs,
    "absolute": abs,
    "pow": lambda a, b: a**b,
    "maximum": _fold_extreme("max", np.maximum),
    "minimum": _fold_extreme("min", np.minimum),
    "fmax": _fold_extreme("max", np.fmax),
    "fmin": _fold_extreme("min", np.fmin),
}


def lifted(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    """Return `plain`, made to understand `Number` arguments."""

    def replacement(*args: Any) -> Any:
        number = next((arg for arg in args if isinstance(arg, Number)), None)
        if number is None:
            result = plain(*args)
            return float(result) if isinstance(result, np.floating) else result
        if name in SPECIAL:
            return SPECIAL[name](*args)
        if name in STEPS or name in TESTS:
            return plain(*(float_of(arg) for arg in args))
        return number.apply(ALIASES.get(name, name), *args)

    return replacement


def is_float_dtype(dtype: Any) -> bool:
    """Return whether arrays of this dtype hold numbers with derivatives."""
    if dtype in (float, as_float, as_float32, np.dtype(object)):
        return True
    return np.issubdtype(dtype, np.floating) if isinstance(dtype, np.dtype | type) else False


def filled(shape: Any, value: Any, dtype: Any) -> np.ndarray:
    """Return a new array; one of floats has dtype object so that it can hold numbers."""
    if dtype is as_int:
        dtype = np.int64
    if dtype is as_bool:
        dtype = np.bool_
    if is_float_dtype(dtype):
        result = np.empty(shape, object)
        result[...] = value
        return result
    return np.full(shape, 0 if value != value else value, dtype)  # noqa: PLR0124


def filled_like(x: np.ndarray, value: Any, dtype: Any = None) -> np.ndarray:
    """Return a new array of the shape of `x`."""
    return filled(x.shape, value, x.dtype if dtype is None else dtype)


def as_float(x: Any = 0.0) -> Any:
    """Return `float(x)`; numbers are floats already."""
    return x if isinstance(x, Number) else float(x)


def as_float32(x: Any) -> Any:
    """Return `np.float32(x)` as a double; its derivative is 1."""
    rounded = float(np.float32(float_of(x)))
    return x.blend([(1.0, x)], rounded) if isinstance(x, Number) else rounded


def as_int(x: Any = 0) -> int:
    """Return `int(x)`. Raises OverflowError where 64 bits are too few, which Python never minds."""
    found = int(x.value) if isinstance(x, Number) else int(x)
    if not -(2**63) <= found < 2**63:
        message = f"{x} is beyond 64 bits"
        raise OverflowError(message)
    return found


def as_bool(x: Any = False) -> bool:
    """Return `bool(x)`."""
    return bool(x)


class Namespace:
    """A module whose functions accept `Number`s."""

    def __init__(self, module: types.ModuleType, own: dict[str, Any]) -> None:
        self._module = module
        self._own = own

    def __getattr__(self, name: str) -> Any:
        if name in self._own:
            return self._own[name]
        plain = getattr(self._module, name)
        return lifted(name, plain) if callable(plain) else plain


NUMPY = Namespace(np, {
    "zeros": lambda shape, dtype=float: filled(shape, 0.0, dtype),
    "ones": lambda shape, dtype=float: filled(shape, 1.0, dtype),
    "empty": lambda shape, dtype=float: filled(shape, math.nan, dtype),
    "full": lambda shape, value, dtype=None: filled(
        shape, value, dtype or (float if isinstance(value, Number | float) else np.int64)
    ),
    "zeros_like": lambda x, dtype=None: filled_like(x, 0.0, dtype),
    "ones_like": lambda x, dtype=None: filled_like(x, 1.0, dtype),
    "empty_like": lambda x, dtype=None: filled_like(x, math.nan, dtype),
    "full_like": filled_like,
    "copy": lambda x: x.copy(),
    "float64": as_float, "float32": as_float32, "double": as_float,
    "int64": as_int, "int32": as_int, "intp": as_int, "int_": as_int,
    "uintp": as_int, "bool_": as_bool,
})  # fmt: skip
MATH = Namespace(math, {})
BUILTINS: dict[str, Any] = {
    "float": as_float,
    "int": as_int,
    "bool": as_bool,
    "min": _fold_extreme("min", min),
    "max": _fold_extreme("max", max),
}


def lifted_function(
    func: Any,
    memo: dict[int, Any] | None = None,
    lift: Callable[[Any], Any] | None = None,
    own: dict[str, Any] | None = None,
) -> Any:
    """Return a copy of a Python function (or `@njit` dispatcher) that runs on `Number`s.

    lift: what stands for a module or function, or None (default: that of `Number`s).
    own: what stands for builtins.
    """
    memo = {} if memo is None else memo
    lift = lifted_module if lift is None else lift
    own = BUILTINS if own is None else own
    func = getattr(func, "py_func", func)
    if id(func) in memo:
        return memo[id(func)]
    scope: dict[str, Any] = {}
    cells = func.__closure__ or ()
    lifted_cells = tuple(types.CellType() for _ in cells)
    copy = types.FunctionType(
        func.__code__, scope, func.__name__, func.__defaults__, lifted_cells or None
    )
    copy.__kwdefaults__ = func.__kwdefaults__
    memo[id(func)] = copy

    def lifted_value(value: Any) -> Any:
        found = lift(value)
        if found is None and (isinstance(value, types.FunctionType) or hasattr(value, "py_func")):
            return lifted_function(value, memo, lift, own)
        return value if found is None else found

    for name, value in func.__globals__.items():
        scope[name] = lifted_value(value) if name in func.__code__.co_names else value
    scope.update((k, v) for k, v in own.items() if k not in func.__globals__)
    for cell, lifted_cell in zip(cells, lifted_cells, strict=True):
        lifted_cell.cell_contents = lifted_value(cell.cell_contents)
    return copy


def lifted_module(value: Any) -> Any:
    """Return what stands for a module or builtin when floats are `Number`s, or None."""
    match value:
        case types.ModuleType() if value is np:
            return NUMPY
        case types.ModuleType() if value is math:
            return MATH
        case types.BuiltinFunctionType() | np.ufunc():
            return lifted(value.__name__, value)
        case _:
            return None


# Running -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """What a function returned and left in its arguments, with tangents (last axis)."""

    out: Any
    out_dots: Any
    after: tuple[Any, ...]
    after_dots: tuple[Any, ...]


def map_tree(change: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Return `tree` with `change` applied to its leaves (tuples are inner nodes)."""
    if isinstance(tree, tuple):
        items = [map_tree(change, *parts) for parts in zip(tree, *others, strict=True)]
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    return change(tree, *others)


def leaves(tree: Any) -> list[Any]:
    """Return the leaves of a nested tuple in order."""
    if isinstance(tree, tuple):
        return [leaf for item in tree for leaf in leaves(item)]
    return [tree]


def is_active(leaf: Any) -> bool:
    """Return whether an argument can carry a derivative."""
    return isinstance(leaf, float | np.floating) or (
        isinstance(leaf, np.ndarray) and np.issubdtype(leaf.dtype, np.floating)
    )


def _lift_leaf(make: Callable[..., Number], leaf: Any, seed: Any) -> Any:
    if not is_active(leaf):
        return leaf.copy() if isinstance(leaf, np.ndarray) else leaf
    if not isinstance(leaf, np.ndarray):
        return make(float(leaf), np.asarray(seed))
    lifted_array = np.empty(leaf.shape, object)
    for index in np.ndindex(leaf.shape):
        lifted_array[index] = make(float(leaf[index]), seed[index])
    return lifted_array


def _value_of(leaf: Any) -> Any:
    if isinstance(leaf, Number):
        return leaf.value
    if isinstance(leaf, np.ndarray) and leaf.dtype == object:
        return np.array([float_of(v) for v in leaf.ravel()]).reshape(leaf.shape)
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf


def _dots_of(count: int, leaf: Any) -> Any:
    if isinstance(leaf, Dual):
        return leaf.dots
    if isinstance(leaf, np.ndarray):
        dots = np.zeros((*leaf.shape, count))
        for index in np.ndindex(leaf.shape):
            if isinstance(leaf[index], Dual):
                dots[index] = leaf[index].dots
        return dots
    return np.zeros(count)


def dual_run(func: Any, args: tuple[Any, ...], seeds: tuple[Any, ...], count: int) -> Run:
    """Run `func` on duals; each seed has its leaf's shape plus an axis of `count`."""
    lifted_args = map_tree(lambda leaf, seed: _lift_leaf(Dual, leaf, seed), args, seeds)
    out = lifted_function(func)(*lifted_args)

    def dots(leaf: Any) -> Any:
        return _dots_of(count, leaf)

    return Run(
        map_tree(_value_of, out),
        map_tree(dots, out),
        map_tree(_value_of, lifted_args),
        map_tree(dots, lifted_args),
    )


def _seed(leaf: Any, tangent: Any) -> Any:
    """Return a tangent with a trailing axis of length one; zeros for inactive leaves."""
    if not is_active(leaf) or tangent is None:
        return np.zeros((*np.shape(leaf), 1))
    return np.asarray(tangent, float)[..., None]


def _matched(tangents: Any, tree: Any) -> Any:
    """Return `tangents` with None spread over the leaves of omitted arguments."""
    if isinstance(tree, tuple):
        parts = [None] * len(tree) if tangents is None else tangents
        return tuple(_matched(t, leaf) for t, leaf in zip(parts, tree, strict=True))
    return tangents


def dual_jvp(func: Any, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Run:
    """Return value and tangent by operator overloading; None is a zero tangent."""
    seeds = map_tree(_seed, args, _matched(tangents, args))
    run = dual_run(func, args, seeds, 1)

    def squeeze(dots: Any) -> Any:
        return dots[..., 0]

    return Run(run.out, map_tree(squeeze, run.out_dots), run.after,
               map_tree(squeeze, run.after_dots))  # fmt: skip


def wide_jvp(func: Any, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Run:
    """Return value and tangent by central differences of two 50-digit runs."""
    seeds = map_tree(_seed, args, _matched(tangents, args))
    ends = []
    for sign in (1, -1):

        def make(value: float, seed: np.ndarray, sign: int = sign) -> Wide:
            return Wide(value, mpmath.mpf(value) + sign * STEP * mpmath.mpf(float(seed[0])))

        lifted_args = map_tree(
            lambda leaf, seed, make=make: _lift_leaf(make, leaf, seed), args, seeds
        )
        out = lifted_function(func)(*lifted_args)
        ends.append((out, lifted_args))
    (out, after), (out_minus, after_minus) = ends
    return Run(
        map_tree(_value_of, out),
        map_tree(_difference, out, out_minus),
        map_tree(_value_of, after),
        map_tree(_difference, after, after_minus),
    )


def wide_second(func: Any, args: tuple[Any, ...], u: tuple[Any, ...], v: tuple[Any, ...]) -> float:
    """Return `u' H v` of a scalar function, from four 50-digit runs on one path."""
    step = mpmath.mpf(10) ** -12
    seeds = [map_tree(_seed, args, _matched(tangents, args)) for tangents in (u, v)]
    total = mpmath.mpf(0)
    for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):

        def make(value: float, seed: np.ndarray, a: int = a, b: int = b) -> Wide:
            shift = a * mpmath.mpf(float(seed[0])) + b * mpmath.mpf(float(seed[1]))
            return Wide(value, mpmath.mpf(value) + step * shift)

        both = map_tree(lambda one, other: np.concatenate([one, other], axis=-1), *seeds)
        lifted_args = map_tree(
            lambda leaf, seed, make=make: _lift_leaf(make, leaf, seed), args, both
        )
        total += a * b * wide_of(lifted_function(func)(*lifted_args))
    return float(total / (4 * step**2))


def _difference(plus: Any, minus: Any) -> Any:
    if isinstance(plus, np.ndarray):
        pairs = zip(plus.ravel(), minus.ravel(), strict=True)
        return np.array([_difference(*pair) for pair in pairs], float).reshape(plus.shape)
    if isinstance(plus, Wide) and isinstance(minus, Wide):
        return float((plus.wide - minus.wide) / (2 * STEP))
    return 0.0


def reference_vjp(
    func: Any, args: tuple[Any, ...], out_bar: Any, after_bar: Any = None
) -> tuple[Any, ...]:
    """Return the cotangents of all arguments (zeros for ints) through the full Jacobian.

    out_bar: one cotangent per leaf of the result, in its structure.
    after_bar: cotangents of the arguments as the call leaves them; None is zero.
    """
    sizes = [int(np.size(leaf)) if is_active(leaf) else 0 for leaf in leaves(args)]
    count = sum(sizes)
    rows = iter(np.split(np.eye(count), np.cumsum(sizes)[:-1], axis=0) if sizes else [])

    def seed(leaf: Any) -> Any:
        row = next(rows)
        shape = (*np.shape(leaf), count)
        return row.reshape(shape) if is_active(leaf) else np.zeros(shape)

    run = dual_run(func, args, map_tree(seed, args), count)
    flat_bar = np.zeros(count)
    pairs = list(zip(leaves(run.out_dots), leaves(out_bar), strict=True))
    if after_bar is not None:
        pairs += zip(leaves(run.after_dots), leaves(_matched(after_bar, args)), strict=True)
    for dots, bar in pairs:
        if bar is not None:
            bars = np.asarray(bar, float).reshape(-1)
            rows_of = np.asarray(dots, float).reshape(bars.size, count)
            flat_bar += sum(
                (strongly_scaled_bar(b, row) for b, row in zip(bars, rows_of, strict=True)),
                np.zeros(count),
            )
    parts = iter(np.split(flat_bar, np.cumsum(sizes)[:-1]) if sizes else [])

    def collect(leaf: Any) -> Any:
        part = next(parts)
        if not is_active(leaf):
            return np.zeros(np.shape(leaf))
        return part.reshape(np.shape(leaf))

    return map_tree(collect, args)


def strongly_scaled_bar(bar: float, row: np.ndarray) -> np.ndarray:
    """Return `bar * row`, where a zero cotangent makes zeros."""
    return np.zeros_like(row) if bar == 0.0 else bar * row


def reference_jvp(func: Any, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return `(out, out_dot)` by operator overloading."""
    run = dual_jvp(func, args, tangents)
    return run.out, run.out_dots


def reference_grad(func: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the gradient of a scalar function, one entry per argument."""
    return reference_vjp(func, args, 1.0)
