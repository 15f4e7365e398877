"""Every Python snippet of the README and of the documentation runs and prints what it says.

A `python` block is executed; the blocks of one file share their names. A `text` block
straight after one is what it prints.
"""

import ast
import contextlib
import io
import linecache
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets(text):
    """Return (line, code, expected output or None) for each `python` block."""
    found, blocks = [], list(FENCE.finditer(text))
    for k, block in enumerate(blocks):
        if block[1] != "python":
            continue
        after = blocks[k + 1] if k + 1 < len(blocks) else None
        adjacent = after is not None and not text[block.end() : after.start()].strip()
        expected = after[2] if adjacent and after[1] == "text" else None
        found.append((text.count("\n", 0, block.start()) + 2, block[2], expected))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_snippets_run_and_print_what_they_say(path):
    """The documentation is true."""
    names = {"__name__": "snippets"}
    for line, code, expected in snippets(path.read_text(encoding="utf-8")):
        file = f"{path.stem}_{line}.py"
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, file, "exec"), names)
        if expected is not None:
            assert out.getvalue().strip() == expected.strip(), f"{path.name}, line {line}"


def test_readme_commands_are_the_ones_that_ci_runs():
    """The two commands of the README do everything on a fresh machine."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "pip install . && python -m srcad demo" in readme
    assert 'pip install -e ".[test]" && python -m pytest' in readme
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ('-e ".[test]"', "python -m pytest", "python -m srcad demo"):
        assert command in ci


def test_readme_lists_every_public_name():
    """The table of the README and `srcad.__all__` are the same list."""
    source = ast.parse((ROOT / "srcad" / "__init__.py").read_text(encoding="utf-8"))
    lists = [
        ast.literal_eval(stmt.value)
        for stmt in source.body
        if isinstance(stmt, ast.Assign) and ast.unparse(stmt.targets[0]) == "__all__"
    ]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in lists[0] if f"`{name}" not in readme]
    assert not missing
