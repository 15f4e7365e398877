"""What an error says: whole texts, places, kinds, and several problems at once."""

import linecache
import math
import pickle
import time
import traceback

import numpy as np
import pytest
import scipy.special
from numba import typeof

from srcad.errors import CODES, InternalError, MissingRule, NotDifferentiable, Problem, render
from srcad.frontend.statements.lower import lower
from srcad.frontend.syntax.source import read
from srcad.frontend.types.numba_types import from_numba
from srcad.ir.nodes import Span
from srcad.ir.types import FLOAT

WEIGHTS = np.ones(4)
CONFIG = {"rate": 0.1}


class Settings:
    rate = 0.1


SETTINGS = Settings()


def helper(a, b=1.0):
    return a * b


def with_a_dict(t):
    u = t * 2.0
    return {1: u}


def any_number(*values):
    return values


def define(text, name="f"):
    """Return a function made from text; its file is called <program>."""
    linecache.cache["<program>"] = (len(text), None, text.splitlines(keepends=True), "<program>")
    scope = {
        "np": np,
        "math": math,
        "scipy": scipy,
        "time": time,
        "WEIGHTS": WEIGHTS,
        "CONFIG": CONFIG,
        "SETTINGS": SETTINGS,
        "helper": helper,
        "with_a_dict": with_a_dict,
        "any_number": any_number,
    }
    exec(compile(text, "<program>", "exec"), scope)
    return scope[name]


ARGS = {"x": np.ones(4), "A": np.ones((3, 4)), "a": 1.5, "n": 2}


def problems_of(body):
    """Return the error of a function of x, A, a and n with this body."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    func = define(f"def f({', '.join(ARGS)}):\n{lines}")
    with pytest.raises(NotDifferentiable) as caught:
        lower(func, tuple(from_numba(typeof(arg)) for arg in ARGS.values()))
    return caught.value


LOOP = "write the loop over the elements"
OUTSIDE = "write it in Python, of functions that have rules"

# body, the text under the caret, code, message, hint
TABLE = [
    # Statements
    ("try:\n    a = x[n]\nexcept IndexError:\n    a = 2.0", "try:",
     "E201", "nothing that is raised in this try block can be caught",
     "test the condition with if; what arrays and np.linalg raise is not caught"),
    ("with open('f') as file:\n    pass", "with open('f') as file:",
     "E201", "with statements are not supported", "do this outside the function"),
    ("class B:\n    pass", "class B:",
     "E201", "classes are not supported", "use tuples and arrays"),
    ("import os", "import os",
     "E201", "imports inside a function are not supported", "import at the top of the file"),
    ("del x[0]", "x[0]", "E201", "del is supported for names only",
     "make an array, or a list, of what is left"),
    ("print(np)", "print(np)",
     "E403", "an object of type 'module' cannot be printed here",
     "print numbers, arrays, texts and tuples of these"),
    ("match x:\n    case [b, *_]:\n        a = b", "match x:",
     "E201", "such patterns are not supported",
     "match constants, names, | and tuples; or write if, elif"),
    ("async def g():\n    pass", "async def g():",
     "E201", "async functions are not supported", "write a plain function"),
    ("global G\nG = 3.0", "global G",
     "E205", "written globals are not supported", "pass the value in and return it"),
    # Expressions
    ("return {k: 1.0 for k in range(3)}", "{k: 1.0 for k in range(3)}",
     "E202", "dict comprehensions are not supported",
     "store the values in an array indexed by integers"),
    ("return [v * w for v in x for w in x]", "[v * w for v in x for w in x]",
     "E202", "comprehensions with several 'for' are not supported",
     "fill an array in nested loops, or nest the lists"),
    ("return {v for v in x}", "{v for v in x}",
     "E202", "set comprehensions are not supported", "fill an array in a loop"),
    ("return {1: a}", "1", "E202", "the keys of dicts must be strings that are known",
     "write the keys as strings, or use an array"),
    ("return {1, 2}", "{1, 2}", "E202", "sets are not supported", "use arrays"),
    ("yield a", "yield a",
     "E202", "generators are not supported",
     "loop over it in the function, or fill an array and return it"),
    ("return f'{a:{a}}'", "f'{a:{a}}'",
     "E202", "the format of a value must be known while compiling", "write it out: f'{x:.3f}'"),
    ("return 'text' + a", "'text'",
     "E202", "a string cannot be used with an operator", "use numbers and arrays in computations"),
    ("return a is n", "a is n",
     "E202", "'is' is supported for None only", "compare with =="),
    ("return a in x", "a in x",
     "E202", "'in' is supported for tuples only", "write the loop"),
    # Assignments
    ("a, *n, b = (1.0,)", "a, *n, b = (1.0,)",
     "E503", "cannot unpack 1 values into 2 names and the rest", "name fewer items"),
    ("SETTINGS.rate = 1.0", "SETTINGS.rate",
     "E204", "attributes cannot be assigned", "use a local variable or an array element"),
    ("p = (1.0, 2.0)\np[0] = a", "p[0]",
     "E204", "the items of a tuple cannot be assigned", "use an array"),
    ("WEIGHTS[0] += a", "WEIGHTS[0]",
     "E205", "'WEIGHTS' is a captured array, which is read-only",
     "pass it as an argument, or write to a copy"),
    ("x[0] = x", "x[0]", "E208", "an array cannot be assigned to an element", LOOP),
    ("a, n = 1.0, 2.0, 3.0", "a, n = 1.0, 2.0, 3.0",
     "E503", "cannot unpack 3 values into 2 names", "write 3 names"),
    ("a, n = a", "a, n = a", "E503", "cannot unpack a number", "unpack a tuple"),
    # Loops
    ("for v in a:\n    pass", "a",
     "E206", "a loop over a number is not supported",
     "loop over range(), enumerate(), zip(), an array or a tuple"),
    ("for v, w in zip(x, (1.0, a)):\n    pass", "zip(x, (1.0, a))",
     "E206", "zip() of arrays with tuples is not supported",
     "index the arrays, or unpack the tuple"),
    ("for k in range(0, 3, 0):\n    pass", "range(0, 3, 0)",
     "E403", "the step of range() is zero", "use another step"),
    # Exceptions
    ("raise", "raise", "E207", "only 'raise' with a new exception is supported",
     'write raise ValueError("what is wrong")'),
    ("raise ValueError(a)", "a",
     "E207", "the arguments of exceptions must be constants", "use a constant message"),
    # Names, attributes, calls
    ("return missing + 1.0", "missing",
     "E401", "the name 'missing' is not defined", "define it or import it"),
    ("b = c\nc = 1.0", "c", "E401", "'c' is read before it is assigned", "assign it first"),
    ("return scipy.special.airy(a)", "scipy.special.airy(a)",
     "E402", "no derivative rule for 'scipy.special.airy'",
     OUTSIDE),
    ("return time.time()", "time.time()",
     "E402", "no derivative rule for 'time.time'",
     "call it outside, and pass its value as an argument"),
    ("return math.sine(a)", "math.sine",
     "E404", "'math' has no attribute 'sine'", "check the spelling"),
    ("return SETTINGS.rate", "SETTINGS.rate",
     "E404", "the attribute 'rate' of an object of type 'Settings' is not supported",
     "pass the value as an argument"),
    ("return CONFIG['rate']", "CONFIG['rate']",
     "E405", "an object of type 'dict' cannot be indexed", "use a tuple or an array"),
    ("return math.sin(a, a)", "math.sin(a, a)",
     "E403", "'math.sin' takes 1 argument, 2 given", "pass only numbers, by position"),
    ("return helper(a, c=1.0)", "helper(a, c=1.0)",
     "E403", "'helper' cannot take the argument 'c' here", "it takes (a, b), each once"),
    ("return helper()", "helper()",
     "E403", "the argument 'a' of 'helper' is missing", "it takes (a, b)"),
    ("return any_number(a)", "any_number(a)",
     "E203", "'any_number' takes *args or **kwargs",
     "give the function a fixed list of parameters"),
    ("return helper(**a)", "a",
     "E203", "** of something that is no dict", "pass a dict, or write the arguments out"),
    ("return math.sin", "return math.sin",
     "E405", "the function 'sin' cannot be returned", "return numbers, arrays and tuples of them"),
    # Kinds and paths
    ("if a > 0.0:\n    return a", "return a",
     "E502", "some paths end without returning a value",
     "return a value on every path, or raise an exception"),
    ("if a > 0.0:\n    return a, a\nreturn a", "return a, a",
     "E501", "the results are different kinds of things",
     "return the same kind of result on every path"),
    ("if a > 0.0:\n    g = math.sin\nelse:\n    g = math.cos\nreturn g(a)", "g",
     "E501", "'g' means different kinds of things on different paths",
     "use two names, or make the paths agree"),
    ("last = 1.0\nfor v in x:\n    last = (last, v)", "for v in x:",
     "E501", "'last' changes what kind of thing it is inside the loop", "use two names"),
    # Indices, shapes, dtypes
    ("return (1.0, (a, a))[n]", "(1.0, (a, a))[n]",
     "E501", "the two values are different kinds of things",
     "index the tuple by a literal, or loop over it"),
    ("return (1.0, a)[2]", "(1.0, a)[2]", "E503", "index 2 of a tuple of 2", "count from 0"),
    ("return x.shape[1]", "x.shape[1]",
     "E503", "axis 1 of an array of 1 dimensions", "count the axes from 0"),
    ("return a[0]", "a[0]", "E504", "a number cannot be indexed", "index an array"),
    ("return A[0, 0, 0]", "A[0, 0, 0]",
     "E504", "3 indices for an array of 2 dimensions", "use at most 2 indices"),
    ("return x[1.0]", "1.0", "E504", "an index must be an integer", "use int(...) or //"),
    ("y = np.zeros(3, dtype=object)", "np.zeros(3, dtype=object)",
     "E505", "this dtype is not supported",
     "use np.float64, np.float32, an integer type, np.bool_ or x.dtype"),
    ("return " + "-" * 120 + "a", "-" * 31 + "a",
     "E104", "expressions or statements are nested too deeply",
     "name intermediate results, or move code into a function"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "marked", "code", "message", "hint"), TABLE)
def test_message(body, marked, code, message, hint):
    """One mistake gives one problem, with its place, its code and what to write instead."""
    error = problems_of(body)
    assert [(p.code, p.message, p.hint) for p in error.problems] == [(code, message, hint)]
    *_, text, carets, _, _ = str(error).splitlines()
    under = text[carets.index("^") : carets.index("^") + carets.count("^")]
    assert under == marked


def test_table_has_every_code_of_lowering():
    """Each code is in the table of codes, and those of lowering have a row here."""
    used = {code for _, _, code, _, _ in TABLE}
    assert used <= set(CODES)
    elsewhere = {"E101", "E102", "E103", "E105", "E301", "E406", "E407", "E408"}
    assert set(CODES) - used == elsewhere


def test_whole_text():
    """`str` of an error is the file, the line, the caret, the message and the hint."""
    error = problems_of("b = a * 2.0\nreturn {1, b}")
    assert str(error) == (
        '  File "<program>", line 3\n'
        "    return {1, b}\n"
        "           ^^^^^^\n"
        "E202: sets are not supported\n"
        "hint: use arrays"
    )


def test_python_prints_line_and_caret():
    """A traceback ends as for any SyntaxError."""
    error = problems_of("b = a * 2.0\nreturn {1, b}")
    assert "".join(traceback.format_exception_only(error)) == (
        '  File "<program>", line 3\n'
        "    return {1, b}\n"
        "           ^^^^^^\n"
        "srcad.NotDifferentiable: sets are not supported [E202]\n"
        "hint: use arrays\n"
    )
    assert (error.filename, error.lineno, error.offset) == ("<program>", 3, 12)
    assert (error.end_lineno, error.end_offset) == (3, 18)


def test_all_problems_are_raised_at_once():
    """Bad statements do not hide each other, and do not cause further problems."""
    body = (
        "b = {1, 2.0}\n"
        "c = b[1] + missing\n"
        "for k in {1, 2}:\n"
        "    d = unknown + k\n"
        "    e = d\n"
        "return c + e"
    )
    error = problems_of(body)
    assert [(p.span.line, p.message) for p in error.problems] == [
        (2, "sets are not supported"),
        (4, "sets are not supported"),
        (5, "the name 'unknown' is not defined"),
    ]
    assert error.msg == (
        "sets are not supported [E202]\n"
        "hint: use arrays\n"
        "and 2 more:\n"
        "  <program>:4: sets are not supported [E202]; hint: use arrays\n"
        "  <program>:5: the name 'unknown' is not defined [E401]; hint: define it or import it"
    )


def test_mistake_in_a_helper_is_shown_there():
    """The place is in the helper's file; calling it twice tells it once."""
    error = problems_of("b = with_a_dict(a)\nc = with_a_dict(b)\nreturn c")
    (problem,) = error.problems
    assert problem.span.file == __file__
    assert linecache.getline(__file__, problem.span.line).strip() == "return {1: u}"


def test_missing_rule_is_an_error_of_its_own():
    """Only missing rules: MissingRule; mixed with others: NotDifferentiable."""
    assert type(problems_of("return scipy.special.airy(a)")) is MissingRule
    assert type(problems_of("b = scipy.special.airy(a)\nreturn {b}")) is NotDifferentiable


def test_columns_count_characters():
    """Letters of several bytes before the caret do not shift it."""
    error = problems_of("été = a; b = {été, 1.0}")
    assert str(error).splitlines()[1:3] == [
        "    été = a; b = {été, 1.0}",
        "                 ^^^^^^^^^^",
    ]


def test_lines_over_several_rows():
    """The caret of a long expression marks its first line."""
    error = problems_of("b = {1, a,\n     2, a}")
    assert str(error).splitlines()[1:3] == ["    b = {1, a,", "        ^^^^^^"]


def test_errors_pickle():
    """A worker process can send its error home."""
    error = problems_of("return {1, a}")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is NotDifferentiable
    assert str(again) == str(error)
    assert again.problems == error.problems


# Sources ------------------------------------------------------------------------------


def refused(func):
    with pytest.raises(NotDifferentiable) as caught:
        read(func)
    (problem,) = caught.value.problems
    return problem.code, problem.message, problem.hint


def test_functions_without_source():
    """No text, no Python, changed text, async: each says so."""
    scope = {}
    exec(compile("def lost(x):\n    return x\n", "<nowhere>", "exec"), scope)
    assert refused(scope["lost"]) == (
        "E101",
        "the source text of 'lost' is not available",
        "define it in a file or a notebook cell, or give its text: differentiate(source=...)",
    )
    assert refused(math.sin) == (
        "E102",
        "'sin' is not a Python function",
        "pass a function written in Python",
    )
    changed = define("def f(x):\n    return x\n")
    define("def f(x, y):\n    return x\n")
    assert refused(changed) == (
        "E103",
        "the source text of 'f' changed after it was defined",
        "import or run it again",
    )
    assert refused(define("async def f(x):\n    return x\n")) == (
        "E201",
        "async functions are not supported",
        "write a plain function",
    )


def test_callee_without_source():
    """A callee that cannot be read needs a rule."""
    scope = {}
    exec(compile("def lost(x):\n    return x\n", "<nowhere>", "exec"), scope)
    lost = scope["lost"]

    def f(x):
        return lost(x)

    with pytest.raises(MissingRule) as caught:
        lower(f, (FLOAT,))
    assert caught.value.problems[0].message == "no derivative rule for 'lost', and no source text"


@pytest.mark.compiled
def test_too_large_after_inlining():
    """Inlining stops before it fills the memory."""
    calls = "".join(
        f"def g{k}(x):\n    return " + " + ".join([f"g{k - 1}(x)"] * 10) + "\n" for k in range(1, 8)
    )
    func = define(f"def g0(x):\n    return x * x\n{calls}", "g7")
    with pytest.raises(NotDifferentiable) as caught:
        lower(func, (FLOAT,))
    (problem,) = caught.value.problems
    assert problem.code == "E105"
    assert problem.message == "more than 50,000 operations after inlining"


# Problems without a program -----------------------------------------------------------


def test_problem_without_a_place():
    """A problem may have no span, and its file may be gone."""
    assert render(Problem("E301", "no type")) == "E301: no type"
    gone = Problem("E301", "no type", "use floats", Span("<gone>", 7, 4, 7, 9))
    assert render(gone) == '  File "<gone>", line 7\nE301: no type\nhint: use floats'
    assert NotDifferentiable(gone).lineno == 7
    assert str(NotDifferentiable(Problem("E301", "no type"))) == "E301: no type"


def test_from_problems_tells_each_once():
    """The same problem met twice is one."""
    twice = [Problem("E402", "no rule")] * 2
    error = NotDifferentiable.from_problems(twice)
    assert type(error) is MissingRule
    assert len(error.problems) == 1


def test_internal_error_shows_the_lines_around_the_fault():
    """The pass, the message, and ten lines on each side."""
    text = "\n".join(f"line {k}" for k in range(1, 100))
    shown = str(InternalError("reverse", "a name has no type", text, line=50)).splitlines()
    assert shown[0] == "internal error in pass 'reverse': a name has no type"
    assert shown[1] == "    40 line 40"
    assert shown[11] == ">   50 line 50"
    assert shown[-1] == "    60 line 60"
    assert str(InternalError("fold", "wrong")) == "internal error in pass 'fold': wrong"
