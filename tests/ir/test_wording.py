"""What a variable is called in an error text."""

import pytest

from srcad.ir.nodes import Span
from srcad.ir.wording import called, is_ours, written_name

TEXT = "def f(x, x_2, ﬁt):\n    y = x[1:] + x_2\n    z = (x *\n         ﬁt)\n"


@pytest.fixture
def span(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(TEXT)
    return lambda first, last=0: Span(str(path), first, 4, last or first, 9)


def test_names_that_stand_there(span):
    assert written_name("x", span(2)) == "x"
    assert written_name("y", span(2)) == "y"
    assert written_name("x_2", span(2)) == "x_2"
    assert written_name("fit", span(3, 4)) == "fit"  # as Python normalises it
    assert written_name("fit", span(3)) is None  # on the other line


def test_names_that_were_made_of_these(span):
    assert written_name("x_1", span(2)) == "x"
    assert written_name("x_bar", span(2)) == "x"
    assert written_name("x_2_bar", span(2)) == "x_2"
    assert written_name("x_1_dot_3", span(2)) == "x"
    assert written_name("x_2", span(3, 4)) == "x"


def test_names_that_were_made_of_nothing(span):
    for name in ("_t1", "total", "n", "result_1", ""):
        assert written_name(name, span(2)) is None
    assert written_name("x", None) is None


def test_how_they_are_called(span):
    assert called("x_1", span(2)) == "'x'"
    assert called("_t3", span(2)) == "an array"
    assert called("_t3", span(2), "a number") == "a number"
    assert called("x", None) == "an array"


def test_names_of_ours(span):
    assert is_ours("x_1", span(2))
    assert is_ours("_t1", span(2))
    assert not is_ours("x", span(2))
    assert not is_ours("x_2", span(2))
    assert not is_ours("other", span(2))  # a word of the text, it may be


def test_a_file_that_is_not_there():
    nowhere = Span("<nowhere>", 1, 0, 1, 1)
    assert written_name("x", nowhere) is None
    assert not is_ours("x", nowhere)
