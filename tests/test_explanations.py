"""Every code has a page, whose programs are refused and accepted."""

import linecache
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import special

import srcad
from srcad.errors import CODES
from srcad.explanations import PAGES, text
from srcad.rules.known import GIVEN
from srcad.rules.table import PRIMS, RULES
from tests.harness import as_plain_python

PAGE = Path(__file__).parent.parent / "docs" / "codes.md"
START = """# Codes of errors

What a code means, and what to write instead. `srcad.explain("E402")` prints a page of these, and
`python -m srcad explain E402` does, too. In the programs, `f` is differentiated by its argument.
"""


@pytest.fixture
def _own_rules():
    before = dict(PRIMS), dict(RULES), dict(GIVEN)
    yield
    for table, old in zip((PRIMS, RULES, GIVEN), before, strict=True):
        table.clear()
        table.update(old)


def derivative_of(program, name):
    """Return the gradient of the function of a program, at a point."""
    file = f"<{name}>"
    linecache.cache[file] = (len(program), None, program.splitlines(keepends=True), file)
    space = {"np": np, "math": math, "special": special, "srcad": srcad, "__name__": "programs"}
    exec(compile(program, file, "exec"), space)
    f = space["f"]
    x = np.array([1.5, 0.5]) if "f(xs)" in program else 1.5
    with as_plain_python():
        return srcad.grad(f)(x)


def test_every_code_has_a_page():
    """Pages and codes are the same; lines are short."""
    assert list(PAGES) == list(CODES)
    assert max(len(line) for code in PAGES for line in text(code).splitlines()) <= 100


@pytest.mark.usefixtures("_own_rules")
@pytest.mark.parametrize("code", [code for code, page in PAGES.items() if page.before])
def test_programs(code):
    """The first is refused with this code, the second has a gradient."""
    with pytest.raises(srcad.NotDifferentiable) as caught:
        derivative_of(PAGES[code].before, f"{code} before")
    assert caught.value.code == code
    assert np.all(np.isfinite(derivative_of(PAGES[code].after, f"{code} after")))


def test_explain(capsys):
    """It takes a code or the error itself."""
    try:
        derivative_of(PAGES["E402"].before, "E402 again")
    except srcad.NotDifferentiable as error:
        srcad.explain(error)
    assert capsys.readouterr().out == text("E402") + "\n"
    with pytest.raises(ValueError, match="there is no code 'E999'; the codes are E101, E102"):
        srcad.explain("E999")


def written():
    """Return the page of the documentation."""
    parts = [START]
    for code, page in PAGES.items():
        parts.append(f"## {code}: {CODES[code]}\n\n{page.cause}\n\n{page.remedy}\n")
        for title, program in (("Refused", page.before), ("Accepted", page.after)):
            if program:
                parts.append(f"{title}:\n\n```py\n{program}\n```\n")
    return "\n".join(parts)


def test_the_page_of_the_documentation():
    """docs/codes.md has all pages; `python tests/test_explanations.py` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == written()


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
