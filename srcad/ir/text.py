"""Values as Python text, with no more parentheses than the grammar asks for."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, assert_never

from srcad.ir.nodes import Const, Load, Op, Slice, Value, Var
from srcad.ir.primitives import LIKES, MAKERS
from srcad.ir.types import Array, Scalar
from srcad.rules.table import PRIMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from srcad.ir.walk import Part

# Precedences, loosest first (Python reference, "Operator precedence").
LOOSE, TERNARY, OR, AND, NOT, COMPARE = 0, 1, 2, 3, 4, 5
BIT_OR, BIT_XOR, BIT_AND, SHIFT, SUM, PRODUCT, SIGN, POWER, TIGHT = range(6, 15)

INFIX = {
    "or": ("or", OR),
    "and": ("and", AND),
    "lt": ("<", COMPARE),
    "le": ("<=", COMPARE),
    "gt": (">", COMPARE),
    "ge": (">=", COMPARE),
    "eq": ("==", COMPARE),
    "ne": ("!=", COMPARE),
    "bitor": ("|", BIT_OR),
    "bitxor": ("^", BIT_XOR),
    "bitand": ("&", BIT_AND),
    "lshift": ("<<", SHIFT),
    "rshift": (">>", SHIFT),
    "add": ("+", SUM),
    "sub": ("-", SUM),
    "mul": ("*", PRODUCT),
    "div": ("/", PRODUCT),
    "floordiv": ("//", PRODUCT),
    "mod": ("%", PRODUCT),
    "matmul": ("@", PRODUCT),
    "pow": ("**", POWER),
}
PREFIX = {"not": ("not ", NOT), "neg": ("-", SIGN), "pos": ("+", SIGN), "invert": ("~", SIGN)}
AUGMENTED = {
    prim: f"{symbol}="
    for prim, (symbol, precedence) in INFIX.items()
    if precedence >= BIT_OR and prim != "matmul"
}

_ARITHMETIC = {"add", "sub", "mul", "div", "pow", "neg"}
_OPERANDS = 2
_SIMPLE = re.compile(r"-?[\w.]+")
_BUILTIN_CASTS = {"float64": "float", "int64": "int", "bool": "bool"}


def expression(value: Part, at_least: int = LOOSE) -> str:
    """Return Python text of `value`, in parentheses if it binds looser than `at_least`."""
    if type(value) is Var:  # the most frequent one first: this is called very often
        return value.name
    text, precedence = _operation(value) if type(value) is Op else _shown(value)
    return text if precedence >= at_least else f"({text})"


def subscript(array: Var, index: Iterable[Part]) -> str:
    """Return the text of `array[index]`."""
    return f"{array.name}[{', '.join(map(expression, index)) or '()'}]"


def dtype_text(dtype: object) -> str:
    """Return how to write a NumPy dtype: `np.float32`, `np.bool_`."""
    name = str(getattr(dtype, "name", dtype))
    return "np.bool_" if name == "bool" else f"np.{name}"


def _shown(value: Part) -> tuple[str, int]:
    """Return the text of `value` and how tightly it binds."""
    match value:
        case Var(name=name):
            return name, TIGHT
        case Const():
            return _constant(value)
        case Load(array=array, index=index):
            return subscript(array, index), TIGHT
        case Slice(lo=lo, hi=hi, step=step):
            bounds = ["" if bound is None else expression(bound) for bound in (lo, hi, step)]
            return ":".join(bounds[:2] if step is None else bounds), LOOSE
        case Op():
            return _operation(value)
        case _:
            assert_never(value)


def _constant(const: Const) -> tuple[str, int]:
    number = const.value
    dtype = const.type.dtype if isinstance(const.type, Scalar) else _own_dtype(number)
    if dtype == "bool":
        return str(bool(number)), TIGHT
    if dtype == "float64":
        return _float(float(number))
    if dtype in {"int64", "intp"}:
        return repr(int(number)), SIGN if number < 0 else TIGHT
    inner = _float(float(number))[0] if "float" in dtype else repr(int(number))
    return f"{dtype_text(dtype)}({inner})", TIGHT


def _own_dtype(number: float) -> str:
    """Return the dtype of an untyped constant: what its Python or NumPy type says."""
    if isinstance(number, bool):
        return "bool"
    if isinstance(number, int):
        return "int64"
    return str(getattr(number, "dtype", "float64"))


def _float(number: float) -> tuple[str, int]:
    if math.isnan(number):
        return "np.nan", TIGHT
    negative = math.copysign(1.0, number) < 0
    text = "np.inf" if math.isinf(number) else repr(abs(number))
    return (f"-{text}", SIGN) if negative else (text, TIGHT)


def _operation(op: Op) -> tuple[str, int]:
    if op.prim in INFIX and len(op.args) == _OPERANDS:
        left, right = op.args
        match right:
            case Op("neg", (change,)) if op.prim == "add":
                return _infix("sub", left, change)
            case Const(value=number, type=type_) if op.prim == "add" and number < 0:
                return _infix("sub", left, Const(-number, type_))
        return _infix(op.prim, left, right)
    match op:
        case Op(prim, (arg,)) if prim in PREFIX:
            symbol, precedence = PREFIX[prim]
            return symbol + expression(arg, precedence), precedence
        case Op("select", (test, then, orelse)):
            then_text, test_text = expression(then, OR), expression(test, OR)
            return f"{then_text} if {test_text} else {expression(orelse, TERNARY)}", TERNARY
        case Op("shape", (array,), (axis,)):
            return f"{expression(array, TIGHT)}.shape[{axis}]", TIGHT
        case Op("size" | "ndim" as attribute, (array,)):
            return f"{expression(array, TIGHT)}.{attribute}", TIGHT
        case Op("len", (array,)):
            return f"len({expression(array)})", TIGHT
        case Op("trips", bounds):
            return f"len(range({', '.join(map(expression, bounds))}))", TIGHT
        case Op("copy", (array,)):
            return f"{expression(array, TIGHT)}.copy()", TIGHT
        case Op("written", args, (str(name),)):
            texts = [
                expression(a, TIGHT if f"{{{k}}}." in name else TERNARY) for k, a in enumerate(args)
            ]
            return name.format(*texts), TIGHT if name.endswith(")") else COMPARE
        case Op("cast", (arg,), (dtype,)):
            return f"{_cast(arg, str(dtype))}({expression(arg)})", TIGHT
        case Op(prim, args, static):
            return f"{PRIMS[prim].spelling}({', '.join(_arguments(prim, args, static))})", TIGHT


def _infix(prim: str, left: Value, right: Value) -> tuple[str, int]:
    """Return `left prim right`: `**` groups to the right, comparisons not at all.

    `and` and `or` mean the same however they are grouped; sums and products do not,
    because they round.
    """
    symbol, precedence = INFIX[prim]
    left_at_least = precedence + (precedence in {COMPARE, POWER})
    right_at_least = SIGN if prim == "pow" else precedence + (precedence > AND)
    left_text, right_text = expression(left, left_at_least), expression(right, right_at_least)
    if prim == "pow" and _SIMPLE.fullmatch(left_text) and _SIMPLE.fullmatch(right_text):
        return f"{left_text}**{right_text}", precedence
    return f"{left_text} {symbol} {right_text}", precedence


def _cast(arg: Value, dtype: str) -> str:
    """Return the callable that converts: `float` keeps a float32, so it is spelt out.

    Numba's `float` knows no bools either.
    """
    builtin = _BUILTIN_CASTS.get(dtype, dtype)
    if builtin not in {"float", "int", "bool"}:
        return dtype_text(dtype)
    kept = {"float": ("float32", "bool"), "int": ("int", "uint"), "bool": ()}[builtin]
    narrow = _may_be(arg, kept)
    return dtype_text(dtype) if narrow and dtype in _BUILTIN_CASTS else builtin


def _may_be(value: Value, dtypes: tuple[str, ...]) -> bool:
    """Return whether a value may be of one of these types."""
    match value:
        case Var(type=Scalar(dtype)) | Load(array=Var(type=Array(dtype))):
            return dtype.startswith(dtypes)
        case Op(prim, args) if prim in _ARITHMETIC:
            is_double = any(map(_is_double, args))
            return not is_double and any(_may_be(arg, dtypes) for arg in args)
        case _:
            return isinstance(value, Op)


def _is_double(value: Value) -> bool:
    match value:
        case Var(type=Scalar("float64")) | Load(array=Var(type=Array("float64"))):
            return True
        case Op(prim, args):
            return prim in _ARITHMETIC and any(map(_is_double, args))
        case _:
            return False


def _arguments(prim: str, args: tuple[Value, ...], static: tuple[object, ...]) -> list[str]:
    """Return the texts of the arguments of a call."""
    if prim in MAKERS:
        return _maker_arguments(prim, args, static[0] if static else None)
    texts = [expression(arg, TERNARY) for arg in args]
    if prim in LIKES:
        return texts + [dtype_text(dtype) for dtype in static if dtype is not None]
    return texts + [repr(fact) for fact in static]


def _maker_arguments(prim: str, args: tuple[Value, ...], dtype: object) -> list[str]:
    """Return shape, fill value and dtype of an array maker, the dtype only if needed."""
    texts = [expression(arg, TERNARY) for arg in args]
    fill = [texts.pop(0)] if prim == "full" else []
    given = [] if dtype is None else [dtype_text(dtype)]
    if dtype == "like":
        given = [f"{texts.pop(0)}.dtype"]
    elif dtype == "float64" and (not fill or getattr(args[0], "type", None) == Scalar("float64")):
        given = []
    shape = texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
    return [shape, *fill, *given]
