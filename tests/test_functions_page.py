"""The tables of docs/functions.md are those of the registry.

`python tests/test_functions_page.py` writes them anew.
"""

import inspect
import re
from pathlib import Path

from srcad import library
from srcad.frontend.numpy import arrays, refusals
from srcad.frontend.numpy import sharing as array_sharing
from srcad.rules.table import PRIMS, RULES

PAGE = Path(__file__).parent.parent / "docs" / "functions.md"
TABLE = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
CONSTANT = {"around", "fix", "any", "all", "ix_", "indices", "ndindex", "result_type"}
CALLED = re.compile(r"(np|math)\.\w+")


def row(*cells):
    return f"| {' | '.join(cells)} |"


def elements():
    """Yield a row for each function of the rules table that has a name in `math` or `np`."""
    found = {}
    for name, prim in PRIMS.items():
        spellings = [s for s in (prim.spelling, *prim.aliases) if CALLED.fullmatch(s)]
        handled = {spelling for spelling, _ in arrays.FUNCTIONS.values()}
        if handled.intersection(spellings) or not spellings or name not in RULES:
            continue
        rule = RULES[name]
        active = [rule.params[k] for k in rule.active]
        called = f"({', '.join(rule.params)})"
        names = ", ".join(f"`{s}`" for s in sorted(spellings, reverse=True))
        found[spellings[-1].partition(".")[2], name] = row(
            names, f"`{called}`", f"by {', '.join(f'`{p}`' for p in active)}" if active else "zero"
        )
    yield row("function", "arguments", "derivative")
    yield row("---", "---", "---")
    yield from (found[name] for name in sorted(found))


def wholes():
    """Yield a row for each function of whole arrays."""
    names = {}
    for name, (spelling, _) in arrays.FUNCTIONS.items():
        if not spelling:
            continue
        called = ""
        if name in library.NUMPY:
            text = str(inspect.signature(library.FUNCTIONS[name]))
            called = "`" + text.replace("<class 'float'>", "float") + "`"
        is_constant = name in library.CONSTANT or name in CONSTANT
        derivative = "zero" if is_constant else "yes"
        names[spelling] = row(f"`{spelling}`", called, derivative, array_sharing.memory(name))
    yield row("function", "arguments", "derivative", "memory")
    yield row("---", "---", "---", "---")
    yield from (names[spelling] for spelling in sorted(names))


def methods():
    """Yield one line with the methods of arrays."""
    yield ", ".join(f"`{name}`" for name in sorted(arrays.METHODS))


def refused():
    """Yield a row for each function that is refused with advice."""
    yield row("function", "what to write")
    yield row("---", "---")
    for name, hint in sorted(refusals.INSTEAD.items()):
        yield row(f"`np.{name}`", hint.replace("|", "\\|"))


PARTS = {"elements": elements, "wholes": wholes, "methods": methods, "refused": refused}


def generated(text):
    """Return the page with its tables written anew."""
    return TABLE.sub(lambda found: found[1] + "\n".join(PARTS[found[2]]()) + "\n" + found[3], text)


def test_tables_are_those_of_the_registry():
    """Run `python tests/test_functions_page.py` after a function was added."""
    text = PAGE.read_text(encoding="utf-8")
    assert generated(text) == text
    assert {found[2] for found in TABLE.finditer(text)} == set(PARTS)


if __name__ == "__main__":
    PAGE.write_text(generated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
