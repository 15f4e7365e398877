"""Generated source as plain Python that tells what each statement has computed.

    r = math.log(x_i)          r = math.log(x_i)
                               <seen>(site, locals())

The rest is what `twin` makes of it.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from srcad.backend.twin import DIVISIONS, _placed, _Replaced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

MAKERS = ("np.empty", "np.empty_like")
RESULT = "<result>"


@dataclass(frozen=True, slots=True)
class Part:
    """A name or an element that a statement writes or reads.

    name: of the variable; "" for anything else. array, index: of an element, or of a part.
    """

    text: str
    code: CodeType
    name: str = ""
    array: CodeType | None = None
    index: CodeType | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A statement of generated source.

    line: of its first line there. text: as it is written. is_constant: whether it reads nothing.
    is_maker: whether it makes an array that nothing was written to. is_result: a `return`.
    """

    line: int
    text: str
    targets: tuple[Part, ...]
    operands: tuple[Part, ...]
    is_constant: bool
    is_maker: bool
    is_result: bool


Seen = Callable[[Site, Callable[["CodeType"], Any]], None]


def watched_twin(
    source: str, name: str, constants: Mapping[str, object], seen: Seen, error_model: str = "numpy"
) -> Callable[..., Any]:
    """Return the function `name` of generated source, which calls `seen` after each statement.

    seen: is given the statement, and a function that evaluates a `Part` there.
    """
    filename = f"<srcad watched {name}>"
    replaced = _Replaced(DIVISIONS[error_model])
    watched = _Watched()
    tree = replaced.visit(watched.visit(ast.parse(source, filename)))
    space: dict[str, Any] = {"math": math, "np": np, **constants, **replaced.names}
    space["__name__"] = "srcad.generated"

    def found(site: Site, scope: dict[str, Any]) -> None:
        seen(site, lambda code: eval(code, space, scope))  # noqa: S307 - names of its own source

    space["<seen>"] = found
    space |= {f"<site {k}>": site for k, site in enumerate(watched.sites)}
    exec(compile(tree, filename, "exec", dont_inherit=True), space)  # noqa: S102
    function: Callable[..., Any] = space[name]
    return function


class _Watched(ast.NodeTransformer):
    """Adds a call after each statement; `sites` are the statements."""

    def __init__(self) -> None:
        self.sites: list[Site] = []

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        """Return the statement and the call."""
        return self._with_call(node, node.targets, node.value, node)

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        """Return the statement and the call."""
        return self._with_call(node, [node.target], node.value, node)

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        """Return an assignment, the call, and a statement that returns what was assigned."""
        if node.value is None:
            return [node]
        target = ast.Name(RESULT, ast.Store())
        assign = _placed(ast.Assign([target], node.value), node)
        result = _placed(ast.Return(ast.Name(RESULT, ast.Load())), node)
        return [*self._with_call(assign, [target], node.value, node), result]

    def _with_call(
        self, stmt: ast.stmt, targets: list[ast.expr], value: ast.expr, written: ast.stmt
    ) -> list[ast.stmt]:
        flat = [item for target in targets for item in _items(target)]
        operands = _reads(value)
        maker = isinstance(value, ast.Call) and ast.unparse(value.func) in MAKERS
        site = Site(
            written.lineno,
            ast.unparse(written),
            tuple(map(_part, flat)),
            tuple(map(_part, operands)),
            not operands and not isinstance(stmt, ast.AugAssign),
            maker,
            isinstance(written, ast.Return),
        )
        call = ast.parse(f"seen(site, {'locals'}())").body[0]
        assert isinstance(call, ast.Expr)
        assert isinstance(call.value, ast.Call)
        call.value.func = ast.Name("<seen>", ast.Load())
        call.value.args[0] = ast.Name(f"<site {len(self.sites)}>", ast.Load())
        self.sites.append(site)
        return [stmt, _placed(call, stmt)]


def _items(target: ast.expr) -> list[ast.expr]:
    return list(target.elts) if isinstance(target, ast.Tuple) else [target]


def _part(node: ast.expr) -> Part:
    text = ast.unparse(node)
    if text == RESULT:
        read: ast.expr = ast.Name(RESULT, ast.Load())
        text = "the result"
    else:
        read = ast.parse(text, mode="eval").body
    made = _evaluated(read)
    match read:
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            taken = ast.Subscript(ast.parse("np.s_", mode="eval").body, index, ast.Load())
            return Part(text, made, name, _evaluated(read.value), _evaluated(taken))
        case ast.Name(id=name):
            return Part(text, made, name)
        case _:
            return Part(text, made)


def _evaluated(read: ast.expr) -> CodeType:
    tree = ast.fix_missing_locations(ast.Expression(read))
    return compile(tree, "<part>", "eval")


def _reads(value: ast.expr) -> list[ast.expr]:
    """Return the names and elements that an expression reads, each once."""
    found: dict[str, ast.expr] = {}

    def look(node: ast.AST) -> None:
        match node:
            case ast.Call(func=func, args=args, keywords=keywords):
                if isinstance(func, ast.Attribute) and not _is_module(func.value):
                    look(func.value)
                for arg in (*args, *(k.value for k in keywords)):
                    look(arg)
            case ast.Attribute(value=inner):
                if not _is_module(inner) and node.attr not in {"size", "shape", "ndim"}:
                    look(inner)
            case ast.Subscript(value=ast.Name()):
                found.setdefault(ast.unparse(node), node)
            case ast.Name():
                found.setdefault(node.id, node)
            case _:
                for child in ast.iter_child_nodes(node):
                    look(child)

    look(value)
    return list(found.values())


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).split(".")[0] in {
        "np",
        "math",
        "special",
    }
