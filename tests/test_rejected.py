"""What is not accepted: one error of our own, with place, reason and remedy, compared whole."""

from pathlib import Path

import pytest

import srcad
from tests.harness import as_plain_python
from tests.zoo import REJECTED

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden" / "errors"
IDS = [program.name for program in REJECTED]


def refusal(program, operator):
    """Return the whole text of the error, with file names as seen from the root."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        operator(program.function, program.args())
    return str(caught.value).replace(f"{ROOT}/", "").strip() + "\n"


def forward(func, args):
    return srcad.jvp(func, args, tuple(0.0 * arg for arg in args))


def reverse(func, args):
    return srcad.vjp(func, *args)


@pytest.mark.parametrize("program", REJECTED, ids=IDS)
def test_refusal(program, update_golden):
    """The same text in both modes."""
    text = refusal(program, reverse)
    assert refusal(program, forward) == text
    path = GOLDEN / f"{program.name}.txt"
    if update_golden:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no {path}: run pytest tests/test_rejected.py --update-golden"
    assert text == path.read_text(encoding="utf-8")
    assert "hint:" in text


def test_no_text_is_left_over():
    """Every file belongs to a program."""
    assert {path.stem for path in GOLDEN.glob("*.txt")} <= set(IDS)
