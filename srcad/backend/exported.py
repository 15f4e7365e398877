"""Generated source as a module of its own: what it calls is written out before it.

Hints for the compiler become functions with the flags that mean the same.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from srcad.backend import hints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MODULES = {"math": "import math", "np": "import numpy as np"}
PLACES = ("srcad.backend.runtime", "srcad.backend.extents", "srcad.library.triangular")
"""Where functions are that are plain Python and need nothing else."""

HINTS: dict[Any, tuple[str, str]] = {
    hints.added: ("{'reassoc', 'nsz'}", "def added(a, b):\n    return a + b"),
    hints.hidden: ("False", "def hidden(k):\n    return k"),
    hints.axis_step: ("False", "def axis_step(extent):\n    return 0 if extent == 1 else 1"),
    hints.along: ("False", "def along(i, step, start=0):\n    return start + i * step"),
}
MOST_ELEMENTS = 10_000


class NotExportable(Exception):  # noqa: N818 - the name states the fact
    """Something that generated source calls cannot be written out; the text says what."""


def written_out(source: str, constants: Mapping[str, object], flags: str) -> tuple[str, set[str]]:
    """Return all that generated source needs and itself, and the modules that it imports.

    flags: those of `njit` for the functions of the source.
    Raises NotExportable.
    """
    found: dict[str, str] = {}
    modules: set[str] = set()
    code = compile(source, "<exported>", "exec")
    own = {const.co_name for const in code.co_consts if isinstance(const, CodeType)}
    for name in _names(code):
        if name not in own and name in constants:
            _write(name, constants[name], found, modules)
        elif name in MODULES:
            modules.add(name)
    lines = source.splitlines()
    decorated = [f"@njit({flags})\n{line}" if line.startswith("def ") else line for line in lines]
    return "\n\n\n".join([*found.values(), "\n".join(decorated)]), modules


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _names(const)


def _write(name: str, value: Any, found: dict[str, str], modules: set[str]) -> None:
    """Write out what a name stands for, after what it needs itself."""
    if name in found:
        return
    found[name] = ""  # while it is written, it may name itself
    text = _text(name, value, found, modules)
    del found[name]
    found[name] = text


def _text(name: str, value: Any, found: dict[str, str], modules: set[str]) -> str:
    if isinstance(value, FunctionType) and value in HINTS:
        fastmath, text = HINTS[value]
        return f"@njit(fastmath={fastmath})\n{text}"
    match value:
        case FunctionType() if value.__module__ in PLACES:
            return _function(value, found, modules)
        case bool() | int() | float() | np.number() | np.bool_() | tuple():
            modules.add("np")
            return f"{name} = {_literal(value, name)}"
        case np.ndarray():
            modules.add("np")
            return f"{name} = {_array(value, name)}"
        case ModuleType():
            message = f"it calls functions of {value.__name__}"
        case _:
            what = getattr(value, "__name__", type(value).__name__)
            message = f"it calls {what}, which needs srcad"
    raise NotExportable(message)


def _function(value: FunctionType, found: dict[str, str], modules: set[str]) -> str:
    """Return the source of a helper, without annotations."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(value))).body
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list = []
    tree.returns = None
    for arg in (*tree.args.args, *tree.args.kwonlyargs):
        arg.annotation = None
    for name in _names(value.__code__):
        if name in MODULES:
            modules.add(name)
        elif name in value.__globals__ and name != value.__name__:
            _write(name, value.__globals__[name], found, modules)
    return f'@njit(error_model="numpy")\n{ast.unparse(tree)}'


def _literal(value: Any, name: str) -> str:
    match value:
        case tuple():
            inner = ", ".join(_literal(item, name) for item in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        case bool() | int():
            return repr(value)
        case float():
            return _float(value)
        case np.number() | np.bool_():
            return f"np.{value.dtype.name}({_literal(value.item(), name)})"
    message = f"it captures {name}, a {type(value).__name__}"
    raise NotExportable(message)


def _float(value: float) -> str:
    if np.isfinite(value):
        return repr(value)
    return "np.nan" if np.isnan(value) else f"{'' if value > 0 else '-'}np.inf"


def _array(value: np.ndarray[Any, Any], name: str) -> str:
    """Return an array as text, to the last bit."""
    if value.size > MOST_ELEMENTS or value.dtype.kind not in "fiub":
        message = f"it captures {name}, an array of {value.size} x {value.dtype}; pass it instead"
        raise NotExportable(message)
    items = ", ".join(_literal(item, name) for item in value.ravel().tolist())
    made = f"np.array([{items}], dtype=np.{value.dtype.name})"
    return made if value.ndim == 1 else f"{made}.reshape({value.shape})"
