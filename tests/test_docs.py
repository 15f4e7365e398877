"""Every Python snippet of the README and of the documentation runs and prints what it says.

A `python` block is executed; the blocks of one file share their names. A `text` block
straight after one is what it prints. `python tests/test_docs.py` writes the `text` blocks
anew, for review.
"""

import contextlib
import io
import itertools
import linecache
import re
from pathlib import Path

import pytest

import srcad
from srcad.errors import CODES

pytestmark = pytest.mark.compiled

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
FILES = [README, *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HASH = re.compile(r"(?<=_)[0-9a-f]{8,16}(?=\()")


def runs(path):
    """Yield (line, expected or None, printed) for each `python` block of a file, run in turn."""
    text = path.read_text(encoding="utf-8")
    names = {"__name__": "snippets"}
    for block, after in itertools.pairwise([*FENCE.finditer(text), None]):
        if block[1] != "python":
            continue
        adjacent = after is not None and not text[block.end() : after.start()].strip()
        expected = after[2] if adjacent and after[1] == "text" else None
        line = text.count("\n", 0, block.start()) + 2
        yield line, expected, printed(block[2], f"{path.stem}_{line}.py", names)


def printed(code, file, names):
    """Return what a snippet prints; its functions find their source as if it were a file."""
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, file, "exec"), names)
    return out.getvalue().strip("\n") + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_snippets_run_and_print_what_they_say(path):
    """The documentation is true, but for the hashes in the names of generated functions."""
    for line, expected, out in runs(path):
        if expected is not None:
            assert HASH.sub("", out) == HASH.sub("", expected), f"{path.name}, line {line}"


def test_readme_commands_are_the_ones_that_ci_runs():
    """The two commands of the README do everything on a fresh machine."""
    readme = README.read_text(encoding="utf-8")
    assert "pip install . && python -m srcad demo" in readme
    assert 'pip install -e ".[test]" && python -m pytest' in readme
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ('-e ".[test]"', "python -m pytest", "python -m srcad demo"):
        assert command in ci


def test_readme_lists_every_public_name():
    """Whatever `srcad` exports stands in the README."""
    readme = README.read_text(encoding="utf-8")
    public = [name for name in srcad.__all__ if not name.startswith("__")]
    missing = [name for name in public if f"`{name}" not in readme]
    assert not missing


def test_reference_lists_every_public_name():
    """Whatever `srcad` exports has a page made of its docstring, or is named."""
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    missing = [
        n for n in srcad.__all__ if f"   srcad.{n}\n" not in page and f"`srcad.{n}`" not in page
    ]
    assert not missing


def test_errors_page_lists_every_code():
    """Each code of an error has its row in docs/errors.md, with its meaning."""
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    missing = [code for code, text in CODES.items() if f"| {code} | {text} |" not in page]
    assert not missing


def update(path):
    """Replace each `text` block that follows a `python` block by what is printed now."""
    text = path.read_text(encoding="utf-8")
    for _, expected, out in list(runs(path)):
        if expected is not None and HASH.sub("", out) != HASH.sub("", expected):
            text = text.replace(f"```text\n{expected}```", f"```text\n{out}```", 1)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for file in FILES:
        update(file)
