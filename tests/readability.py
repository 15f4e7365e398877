"""How well adjoints can be read: lines per statement of the user's, and what is no help.

`python -m tests.readability` prints the figures of both zoos, and the programs whose adjoints
are the longest for what they say. `python -m tests.readability NAME` prints one adjoint.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
import types
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import srcad
from srcad import inspection
from tests.array_zoo import PROGRAMS as ARRAY_PROGRAMS
from tests.zoo import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GENERIC = re.compile(
    r"t(_\d+)?(_(bar|dot))?(_\d+)?|_t\w+|(n|at|total|product|outside|test|value)_\d+"
)
"""Names that say nothing of what they hold."""

NUMBERED = re.compile(r"\w*[a-zA-Z]\w*_\d+_\d+|_t\d+\w*")
"""Names that only passes could make of others: `x_1_1`, `_t17_saved`."""

DEAD = {
    "literal test": re.compile(r"\bif (not )?-?[\d.]+ ([<>]=?|[!=]=) -?[\d.]+:"),
    "loop of one": re.compile(r"in range\(1\):"),
    "negated difference": re.compile(r"\[-\(\w+ - \w+\)\]"),
    "length of a range": re.compile(r"len\(range\("),
    "compared with itself": re.compile(r"\b([a-z]\w*) (!=|==|<|>|<=|>=) \1(?![\w\[.(])"),
    "nested bounds": re.compile(r"(max|min)\((max|min)\((max|min)\("),
    "common extents": re.compile(r"common_extent\(|wider_extent\("),
    "is one": re.compile(r"\w+_is_1\b"),
}
HELPS = re.compile(r"\b(added|hidden|along|axis_step)\(")
"""Calls that mean nothing but to the compiler."""


@dataclass(frozen=True)
class Reading:
    """What one adjoint is like.

    statements: of the user's function and its helpers. lines: of code, without comments.
    names: how many are bound, generic: how many of these say nothing. dead: by kind.
    """

    name: str
    statements: int
    lines: int
    comments: int
    repeated: int
    names: int
    generic: int
    numbered: int
    dead: dict[str, int]
    text: str

    @property
    def per_statement(self) -> float:
        """Return the lines of code per statement."""
        return self.lines / max(1, self.statements)


def statements_of(func: Callable[..., Any]) -> int:
    """Return how many statements a function has, with those of the helpers that it calls."""
    seen: dict[Any, int] = {}
    todo = [func]
    while todo:
        found = todo.pop()
        found = inspect.unwrap(getattr(found, "py_func", found))
        if not isinstance(found, types.FunctionType) or found.__code__ in seen:
            continue
        tree = _tree(found)
        if tree is None:
            continue
        seen[found.__code__] = sum(map(_counts, ast.walk(tree)))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        scope = found.__globals__ | inspect.getclosurevars(found).nonlocals
        module = found.__module__
        for name in sorted(names & set(scope)):
            helper = getattr(scope[name], "py_func", scope[name])
            if isinstance(helper, types.FunctionType) and helper.__module__ == module:
                todo.append(helper)
    return sum(seen.values())


def _tree(func: Callable[..., Any]) -> ast.AST | None:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(func))).body[0]
    except (OSError, SyntaxError, TypeError):
        return None


def _counts(node: ast.AST) -> bool:
    """Return whether a node is a statement: not a docstring, nor a function."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return False
    return isinstance(node, ast.stmt | ast.Lambda) and not isinstance(node, ast.FunctionDef)


def read(name: str, statements: int, text: str) -> Reading:
    """Return the figures of a text."""
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    comments = [row for row in rows if row.startswith("#")]
    code = [row for row in rows if not row.startswith("#")]
    bound = set(_bound(text))
    dead = {kind: len(pattern.findall(text)) for kind, pattern in DEAD.items()}
    return Reading(
        name,
        statements,
        len(code),
        len(comments),
        len(comments) - len(set(comments)),
        len(bound),
        sum(GENERIC.fullmatch(n) is not None for n in bound),
        sum(NUMBERED.fullmatch(n) is not None for n in bound),
        {kind: count for kind, count in dead.items() if count},
        text,
    )


def _bound(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def readings_of_loops(every: int = 1) -> list[Reading]:
    """Return what the adjoints of the zoo are like, or of each so many programs one."""
    return [
        reading
        for program in PROGRAMS[::every]
        for reading in _reading(program.name, program.function, program.args())
    ]


def readings_of_arrays(every: int = 1) -> list[Reading]:
    """Return what the adjoints of the array zoo are like, or of each so many programs one."""
    return [
        reading
        for func, args, *_ in ARRAY_PROGRAMS[::every]
        for reading in _reading(func.__name__, func, args)
    ]


def _reading(name: str, func: Any, args: tuple[Any, ...]) -> Iterator[Reading]:
    text = adjoint(func, args)
    if text is not None:
        yield read(name, statements_of(func), text)


def adjoint(func: Any, args: tuple[Any, ...]) -> str | None:
    """Return the adjoint as users see it; None where there is nothing to differentiate by."""
    own = func if hasattr(func, "inspect_adjoint") else srcad.differentiate(func)
    try:
        wanted = inspection.asked_signature(own, args, None)
        emitted = inspection._emit(own, inspection.REVERSE, wanted, None)  # others may be known
        are_equal = inspection.have_long_axes(args)
        return emitted.text(compiled=False, are_equal=are_equal)
    except (srcad.NotDifferentiable, TypeError, ValueError):
        return None


def table(title: str, readings: list[Reading]) -> str:
    """Return the figures of many adjoints, and the ten longest for what they say."""
    statements = sum(r.statements for r in readings)
    lines = sum(r.lines for r in readings)
    names, generic = sum(r.names for r in readings), sum(r.generic for r in readings)
    comments, repeated = sum(r.comments for r in readings), sum(r.repeated for r in readings)
    middle = median(r.per_statement for r in readings)
    rows = [
        f"{title}: {len(readings)} adjoints, {statements} statements, {lines} lines",
        f"  lines per statement: median {middle:.2f}, together {lines / statements:.2f}",
        f"  names: {names}, of which {generic} generic ({generic / names:.0%})",
        f"  names numbered twice: {sum(r.numbered for r in readings)}",
        f"  comments: {comments}, of which {repeated} repeated",
        f"  calls that only help the compiler: {sum(len(HELPS.findall(r.text)) for r in readings)}",
    ]
    kinds = sorted({kind for r in readings for kind in r.dead})
    for kind in kinds:
        count = sum(r.dead.get(kind, 0) for r in readings)
        rows.append(f"  {kind}: {count} in {sum(kind in r.dead for r in readings)}")
    rows += [
        f"  {r.per_statement:6.1f}  {r.lines:4} / {r.statements:2}  {r.name}"
        for r in worst(readings)
    ]
    return "\n".join(rows)


def worst(readings: list[Reading], count: int = 10) -> list[Reading]:
    """Return the adjoints with the most lines per statement."""
    return sorted(readings, key=lambda r: (-r.per_statement, r.name))[:count]


def main() -> None:
    """Print the figures, or the adjoints that are named."""
    named = sys.argv[1:]
    loops, arrays = readings_of_loops(), readings_of_arrays()
    for reading in (*loops, *arrays):
        if reading.name in named:
            print(reading.text)
    if not named:
        print(table("loops", loops))
        print(table("array programs", arrays))


if __name__ == "__main__":
    main()
