"""Values of primitives: in floating point, and as mpmath has them.

`calculate` evaluates a rule's text as generated code would, on NumPy scalars; `dual` also
returns its derivative, by the rules themselves.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp
import numpy as np

from srcad.backend import runtime
from srcad.ir import quote
from srcad.ir.nodes import Atom, Const, Op, Value, Var
from srcad.rules.table import PRIMS, object_of, rule_for

SPECIAL_FORMS: dict[str, Callable[..., Any]] = {
    "select": lambda c, a, b: a if c else b,
    "and": operator.and_,
    "or": operator.or_,
    "neg": operator.neg,
    "pos": operator.pos,
    "cast": float,
}


def function_of(name: str) -> Callable[..., Any]:
    """Return a primitive as a Python function: NumPy's if there is one (it never raises)."""
    prim = PRIMS[name]
    if name in SPECIAL_FORMS:
        return SPECIAL_FORMS[name]
    if "." not in prim.spelling and hasattr(runtime, name):
        return getattr(runtime, name)
    for spelling in sorted((prim.spelling, *prim.aliases), key=lambda text: text[:3] != "np."):
        if (found := object_of(spelling)) is not None:
            return quiet(found) if spelling.startswith("math.") else found
    return prim.function


def quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of `math` as Numba has it: nan at a pole, inf when too large."""

    def calm(*args: Any) -> Any:
        try:
            return np.float64(function(*args))
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return calm


class Tape:
    """Evaluates what `quote.expand` emits, with or without derivatives."""

    def __init__(self, values: Mapping[str, Any], dots: Mapping[str, Any]) -> None:
        self.values = dict(values)
        self.dots = dict(dots)

    def value(self, atom: Atom) -> Any:
        return atom.value if isinstance(atom, Const) else self.values[atom.name]

    def dot(self, atom: Atom) -> Any:
        return 0.0 if isinstance(atom, Const) else self.dots.get(atom.name, 0.0)

    def emit(self, op: Value) -> Var:
        assert isinstance(op, Op)
        target = Var(f"_t{len(self.values)}")
        args = [self.value(arg) for arg in op.args]
        self.values[target.name] = result = function_of(op.prim)(*args)
        self.dots[target.name] = total = 0.0
        rule = rule_for(op.prim, op.args)
        assert rule is not None, f"no rule for {op.prim}"
        for k in rule.active:
            if (dot := self.dot(op.args[k])) != 0:  # a strong zero
                names = {**dict(zip(rule.params, args, strict=True)), "y": result}
                total += dot * calculate(rule.partials[k], names)
        self.dots[target.name] = total
        return target


def calculate(expr: quote.Expr, values: Mapping[str, Any]) -> Any:
    """Return the value of an expression."""
    return dual(expr, values, {})[0]


def dual(expr: quote.Expr, values: Mapping[str, Any], dots: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the value of an expression, and its derivative along `dots`."""
    tape = Tape(values, dots)
    env: dict[str, Atom] = {name: Var(name) for name in values}
    # A whole number stays a literal, as the order of a polygamma does in generated code.
    env.update({name: Const(value) for name, value in values.items() if type(value) is int})
    result = quote.expand(expr, env, tape.emit)
    return tape.value(result), tape.dot(result)


def _remainder(a: Any, b: Any) -> Any:
    return a - b * mp.floor(a / b)


def _whole(x: Any) -> Any:
    return mp.floor(abs(x)) * mp.sign(x)


PARTS_OF: dict[str, Callable[..., Any]] = {
    "croot": mp.sqrt,
    "ctan": mp.tan,
    "ctanh": mp.tanh,
    "carcsin": mp.asin,
    "carccos": mp.acos,
    "carctan": mp.atan,
    "carcsinh": mp.asinh,
    "carccosh": mp.acosh,
    "carctanh": mp.atanh,
}
"""Functions of complex numbers whose parts are primitives."""


def _part(function: Callable[..., Any], part: str) -> Callable[..., Any]:
    """Return the real or the imaginary part of a function of complex numbers."""

    def of_parts(*parts: Any) -> Any:
        return getattr(function(*map(mp.mpc, parts[::2], parts[1::2])), part)

    return of_parts


REFERENCE: dict[str, Callable[..., Any]] = {
    **{
        f"{name}_{short}": _part(function, part)
        for name, function in (PARTS_OF | {"cpower": mp.power}).items()
        for short, part in (("re", "real"), ("im", "imag"))
    },
    "add": operator.add,
    "np_add": operator.add,
    "sub": operator.sub,
    "subtract": operator.sub,
    "mul": operator.mul,
    "multiply": operator.mul,
    "div": operator.truediv,
    "divide": operator.truediv,
    "neg": operator.neg,
    "negative": operator.neg,
    "pos": operator.pos,
    "positive": operator.pos,
    "conjugate": operator.pos,
    "real": operator.pos,
    "cast": operator.pos,
    "nan_to_num": operator.pos,
    "mod": _remainder,
    "remainder": _remainder,
    "fmod": lambda a, b: a - b * _whole(a / b),
    "pow": mp.power,
    "power": mp.power,
    "float_power": mp.power,
    "math_pow": mp.power,
    "sqrt": mp.sqrt,
    "cbrt": mp.cbrt,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "hypot": mp.hypot,
    "exp": mp.exp,
    "exp2": lambda x: mp.power(2, x),
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x, 2),
    "log10": mp.log10,
    "logaddexp": lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
    "logaddexp2": lambda a, b: mp.log(mp.power(2, a) + mp.power(2, b), 2),
    "ldexp": lambda x, n: x * mp.power(2, n),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "arcsin": mp.asin,
    "arccos": mp.acos,
    "arctan": mp.atan,
    "arctan2": mp.atan2,
    "degrees": mp.degrees,
    "radians": mp.radians,
    "sinc": mp.sincpi,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "arcsinh": mp.asinh,
    "arccosh": mp.acosh,
    "arctanh": mp.atanh,
    "abs": abs,
    "absolute": abs,
    "fabs": abs,
    "copysign": lambda a, b: abs(a) * mp.sign(b),
    "max": builtins.max,
    "min": builtins.min,
    "maximum": builtins.max,
    "minimum": builtins.min,
    "fmax": builtins.max,
    "fmin": builtins.min,
    "clip": lambda x, lo, hi: builtins.min(builtins.max(x, lo), hi),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "digamma": mp.digamma,
    "trigamma": lambda x: mp.psi(1, x),
    "polygamma": lambda n, x: mp.psi(int(n), x),
}


def reference(name: str, args: tuple[float, ...], orders: tuple[int, ...]) -> float:
    """Return a mixed partial derivative of a primitive, to the last digit."""
    with mp.workdps(40):
        exact = tuple(mp.mpf(float(arg)) for arg in args)
        moved = [k for k, order in enumerate(orders) if order]
        if not moved:
            return float(REFERENCE[name](*exact))

        def along(*values: Any) -> Any:
            full = list(exact)
            for k, value in zip(moved, values, strict=True):
                full[k] = value
            return REFERENCE[name](*full)

        point = tuple(exact[k] for k in moved)
        counts = tuple(orders[k] for k in moved)
        return float(
            mp.diff(
                along,
                point if len(point) > 1 else point[0],
                counts if len(counts) > 1 else counts[0],
            )
        )


def same(actual: float, expected: float) -> bool:
    """Return whether two numbers are equal, nan included."""
    return bool(np.array_equal(actual, expected, equal_nan=True))
