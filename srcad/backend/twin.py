"""Generated source as plain Python, with the numbers that compiled code gives.

    1.0 / x             inf or nan where x is 0, no ZeroDivisionError
    math.sqrt(-1.0)     nan, no ValueError
    (-1.0)**0.5         nan, no complex number

The text is what was compiled, line by line, so that debuggers show it; literals are NumPy's
numbers, and division and the functions of `math` and a few builtins are replaced by ones that
follow IEEE 754 as C does. With Python's error model, division by zero raises as it does there.
"""

from __future__ import annotations

import ast
import builtins
import math
import operator
from functools import wraps
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from srcad.ir.records import parts_of, record_of

if TYPE_CHECKING:
    from collections.abc import Callable

SMALLEST = -(2**63)
"""What compiled code makes of a float that is no integer of 64 bits."""

Tree = TypeVar("Tree", bound=ast.AST)
DIVIDED = "<{}>"
"""Names that no source can have, by the operator."""


def twin_code(text: str, filename: str, error_model: str) -> tuple[CodeType, dict[str, object]]:
    """Return the code of generated source, and the names that it needs beside its own.

    Where nothing is divided, literals are all that is replaced: the tree is not needed.
    """
    if error_model == "numpy" and not _may_divide(text):
        code = compile(text, filename, "exec", dont_inherit=True)
        return _with_numpy_numbers(code), dict(NAMES)
    replaced = _Replaced(DIVISIONS[error_model])
    tree = replaced.visit(ast.parse(text, filename))
    return compile(tree, filename, "exec", dont_inherit=True), replaced.names


def _may_divide(text: str) -> bool:
    """Return whether a line that is no comment has a division that may raise."""
    lines = (line for line in text.splitlines() if "/" in line)
    return any("/" in line.replace("//", "") for line in lines if not line.lstrip().startswith("#"))


def _with_numpy_numbers(code: CodeType) -> CodeType:
    """Return code with numbers of NumPy for literal floats, in functions inside, too."""
    return code.replace(co_consts=_numpy_numbers(code.co_consts))


def _numpy_numbers(constants: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        np.float64(value)
        if type(value) is float
        else _numpy_numbers(value)
        if type(value) is tuple
        else _with_numpy_numbers(value)
        if isinstance(value, CodeType)
        else value
        for value in constants
    )


class _Replaced(ast.NodeTransformer):
    """Replaces float literals and divisions; `names` holds what stands for them."""

    def __init__(self, divisions: dict[str, Callable[[Any, Any], Any]]) -> None:
        self.divisions = divisions
        self.names: dict[str, object] = dict(NAMES)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """Return a name that holds a NumPy number for a literal float."""
        if not isinstance(node.value, float):
            return node
        name = f"<{node.value!r}>"
        self.names[name] = np.float64(node.value)
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Return a call for a division."""
        self.generic_visit(node)
        return self.quotient(node.left, node.op, node.right, node) or node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        """Return an assignment for a division in place."""
        self.generic_visit(node)
        if type(node.op).__name__ not in self.divisions:
            return node
        old = ast.parse(ast.unparse(node.target), mode="eval").body
        value = self.quotient(old, node.op, node.value, node)
        return node if value is None else _placed(ast.Assign([node.target], value), node)

    def quotient(
        self, a: ast.expr, op: ast.operator, b: ast.expr, node: ast.AST
    ) -> ast.expr | None:
        """Return the call that divides, None for an operator that is Python's own."""
        kind = type(op).__name__
        if kind not in self.divisions:
            return None
        name = DIVIDED.format(kind)
        self.names[name] = self.divisions[kind]
        return _placed(ast.Call(ast.Name(name, ast.Load()), [a, b], []), node)


def _placed(new: Tree, node: ast.AST) -> Tree:
    """Return a new node, with the place of the one that it replaces."""
    return ast.fix_missing_locations(ast.copy_location(new, node))


def _divided(a: Any, b: Any) -> Any:
    """Return a / b, by IEEE 754 for numbers of Python."""
    return np.float64(a) / np.float64(b) if isinstance(b, int) and not b else a / b


def _raising(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return an operation that raises ZeroDivisionError for numbers."""

    def call(a: Any, b: Any) -> Any:
        if np.ndim(b) == 0 and b == 0:
            raise ZeroDivisionError("division by zero")
        return operation(a, b)

    return call


DIVISIONS: dict[str, dict[str, Callable[[Any, Any], Any]]] = {
    "numpy": {"Div": _divided},
    "python": {
        "Div": _raising(operator.truediv),
        "FloorDiv": _raising(operator.floordiv),
        "Mod": _raising(operator.mod),
    },
}
"""What divides, by Numba's error model and the operator."""


# The functions of `math` and builtins ----------------------------------------------------


def _number(value: Any) -> Any:
    """Return a float of Python as one of NumPy."""
    return np.float64(value) if type(value) is float else value


def _result(value: Any) -> Any:
    """Return a number as compiled code has it: integers have 64 bits."""
    if type(value) is int and not SMALLEST <= value < -SMALLEST:
        return SMALLEST
    return _number(value)


def _tolerant(function: Callable[..., Any], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that gives what another one does where it raises."""

    @wraps(function)
    def call(*args: Any) -> Any:
        try:
            return _result(function(*args))
        except (ValueError, OverflowError):
            return _result(otherwise(*args))

    return call


def _no_number(*_: float) -> float:
    return math.nan


def _gamma(x: float) -> float:
    """Return the gamma function where Python raises: infinite at 0 and beyond the floats."""
    if x == 0.0:
        return math.copysign(math.inf, x)
    return math.inf if x > 0.0 else math.nan


def _infinite(*_: float) -> float:
    return math.inf


def _smallest(*_: float) -> int:
    return SMALLEST


NUMPY_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "pow": "power"}
NUMPY_NAMES |= {"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "atan2": "arctan2"}
OTHERWISE: dict[str, Callable[..., Any]] = {
    "gamma": _gamma,
    "lgamma": _infinite,
    "floor": _smallest,
    "ceil": _smallest,
    "trunc": _smallest,
}


class TolerantMath(ModuleType):
    """The `math` module, without exceptions."""

    def __init__(self) -> None:
        super().__init__("math")
        for name, value in vars(math).items():
            made = value
            if callable(value):
                numpy = getattr(np, NUMPY_NAMES.get(name, name), _no_number)
                made = _tolerant(value, OTHERWISE.get(name, numpy))
            setattr(self, name, made)


def _to_float(value: Any = 0.0) -> Any:
    return np.float64(value)


MATH = TolerantMath()
NAMES: dict[str, object] = {
    "math": MATH,
    "float": _to_float,
    "int": _tolerant(builtins.int, _smallest),
}
"""What a twin has instead of the names of other modules."""


def called_as_compiled(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Return what a twin gives: numbers of NumPy inside, of Python outside, no warnings."""
    with np.errstate(all="ignore"):
        result = function(*(_mapped(arg, _number) for arg in args))
    return _mapped(result, _to_python)


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a value, or a nested tuple, with every leaf changed."""
    record = record_of(value)
    if record is not None:
        parts = [_mapped(part, change) for part in parts_of(value, record)]
        kind = type(value)
        return kind(*parts) if isinstance(value, tuple) else record.made(tuple(parts))
    if isinstance(value, tuple):
        return tuple(_mapped(item, change) for item in value)
    return change(value)


def _to_python(value: Any) -> Any:
    """Return a number as compiled code returns it."""
    return value.item() if isinstance(value, np.generic) else value
