"""Every error text names what the user wrote, and nothing of ours."""

import linecache
import re
from types import CodeType, FunctionType

import numba
import pytest

from srcad.arguments import is_differentiable
from srcad.errors import NotDifferentiable
from srcad.frontend.types.numba_types import from_numba
from srcad.ir import nodes as ir
from srcad.ir.nodes import Span
from srcad.ir.verify import verify
from srcad.ir.wording import called
from srcad.pipeline import derive
from tests.array_zoo import PROGRAMS as ARRAY_PROGRAMS
from tests.zoo import PROGRAMS, REJECTED

RAISED = re.compile(r"^\s*raise \w+\((.*)\)\s*$", re.MULTILINE)
QUOTED = re.compile(r"'([^']*)'")

EVERY = 12
"""Checks of every step look at all programs: here is a part, with what is refused."""

ROWS = [(p.name, getattr(p.function, "py_func", p.function), p.args()) for p in PROGRAMS]
ROWS += [(func.__name__, func, arguments[0]) for func, *arguments, _ in ARRAY_PROGRAMS]
ROWS = ROWS[::EVERY]


def written_names(func, seen=None):
    """Return all names in the text of a function and of those that it may call."""
    seen = set() if seen is None else seen
    func = getattr(func, "py_func", func)
    if not isinstance(func, FunctionType) or func in seen:
        return set()
    seen.add(func)
    found = {func.__name__}
    codes = [func.__code__]
    for code in codes:
        codes += [const for const in code.co_consts if isinstance(const, CodeType)]
        found |= {*code.co_varnames, *code.co_names, *code.co_freevars, code.co_name}
    for name in set(found):
        found |= written_names(func.__globals__.get(name), seen)
    return found


def texts_of(func, args):
    """Return the error texts in the derivatives of a program, or of why there is none."""
    names = func.__code__.co_varnames
    types = tuple(map(from_numba, map(numba.typeof, args), names))
    wrt = tuple(k for k, type_ in enumerate(types) if is_differentiable(type_))
    for kind in ("tangent", "adjoint"):
        try:
            source = derive(func, kind, types, wrt).source
        except NotDifferentiable as error:
            for problem in error.problems:
                yield problem.message
                yield problem.hint
        else:
            yield from RAISED.findall(source)


@pytest.mark.parametrize(("name", "func", "args"), ROWS, ids=[row[0] for row in ROWS])
def test_texts_name_what_the_user_wrote(name, func, args):
    """What a text puts in quotes stands in the text of the program."""
    del name
    known = written_names(func)
    for text in texts_of(func, args):
        for quoted in QUOTED.findall(text.replace('"', "")):
            words = re.findall(r"\b[^\W\d]\w*", quoted)
            assert " " in quoted or set(words) <= known, text


@pytest.mark.parametrize("program", REJECTED, ids=lambda program: program.name)
def test_refusals_name_what_the_user_wrote(program):
    """The same for programs that are refused."""
    func = getattr(program.function, "py_func", program.function)
    for text in texts_of(func, program.args()):
        assert not re.search(r"\b_t\d+|_bar\b|_dot\b|@", text), text


def at(text):
    """Return the place of a program."""
    file = f"<wording {hash(text)}>"
    lines = text.splitlines(keepends=True)
    linecache.cache[file] = (len(text), None, lines, file)
    return Span(file, 1, 0, len(lines), 1)


def test_called():
    """A name is said if the user wrote it there, and else it is a thing."""
    place = at("    x = y_1[2:] + ﬁ  # w\n    p = 's'\n")
    assert called("x", place) == "'x'"
    assert called("x_1", place) == "'x'"
    assert called("x_1_bar", place) == "'x'"
    assert called("x_bar_2", place) == "'x'"
    assert called("y_1", place) == "'y_1'"
    assert called("y_1_2", place) == "'y_1'"
    assert called("p_0_scale", place) == "'p'"
    assert called("fi", place) == "'fi'"
    assert called("y", place) == "an array"
    assert called("_t1", place) == "an array"
    assert called("_t12_bar", place, "a value") == "a value"
    assert called("w", place) == "an array"
    assert called("s_1", place) == "an array"
    assert called("x", None) == "an array"


def test_texts_are_verified():
    """A pass that names a variable of ours is told so."""
    place = at("x = y\n")
    for name, is_wrong in (("x", False), ("x_1", True), ("_t1", True)):
        failure = ir.Raise(ValueError, (f"'{name}' changes its shape",), place)
        assert bool(verify(ir.Function("f", (), (failure,), (), result=None))) == is_wrong
