"""docs/language.md says what the frontend accepts: each row is a program that was lowered.

`python tests/test_language_page.py` writes the tables anew.
"""

import ast
import re
import textwrap
from functools import cache
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.experimental import jitclass

import srcad
from srcad.frontend.statements.lower import lower
from srcad.frontend.syntax.signature import TEXT
from srcad.ir.records import Record
from srcad.ir.types import FLOAT, INT, Array, Static, Tuple

PAGE = Path(__file__).parent.parent / "docs" / "language.md"
TABLE = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
PARTICLES = Record(np.ndarray, ("k", "v"), axes=1)
FIELDS_OF = Tuple((Array("float64", 1, "A"), Array("float64", 2, "A")), ("k", "v"), PARTICLES)
ARGUMENTS = (Array("float64", 1), FLOAT, INT, Static("euler"), Static(None), FIELDS_OF)
PARTICLE = np.dtype([("k", float), ("v", float, (3,))])
RECORDS = np.zeros(3, dtype=[("k", float)])


@numba.vectorize
def squared(v):
    return v * v


@numba.stencil
def neighbours(a):
    return a[-1] + a[1]


@numba.cfunc("float64(float64)")
def called_back(v):
    return v * v


@numba.guvectorize(["void(float64[:], float64[:])"], "(n)->(n)")
def rows(a, out):
    out[:] = a


@numba.guvectorize("(n)->(n)")
def rows_when_called(a, out):
    out[:] = a


@numba.stencil
def far(a, k):
    return a[k]


@jitclass([("t", numba.float64), ("z", numba.float64[:])])
class Simulation:
    """An instance of it is an argument of the programs."""

    def __init__(self, t):
        self.t, self.z = t, np.zeros(3)

    def step(self, dt):
        self.t += dt
        self.z[0] += self.t


@cache
def instance():
    """Return the type of an instance; Numba compiles its class for that."""
    fields = Record(type(Simulation(1.0)), ("t", "z"))
    return Tuple((FLOAT, Array("float64", 1, "A")), ("t", "z"), fields)


STATEMENTS = (
    ("assignments", "p, (q, *r) = s, (x[0], 1.0, 2.0)\ns = p * q * r[0]"),
    ("to attributes", "x.real = 1.0"),
    ("in place", "s += x[0]\ns **= 2"),
    ("annotated", "t: float = s\ns = t"),
    ("`del` of names", "t = s\ndel t"),
    ("`del` of items", "del x[0]"),
    ("`if`, `elif`, `else`", "if s > 0:\n    s = s * s\nelif s < -1:\n    s = 0.0"),
    ("`for` with `break`, `continue`, `else`",
     "for v in x:\n    if v < 0:\n        break\n    s += v\nelse:\n    s = 0.0"),
    ("`while`", "while s < n:\n    s *= 2.0"),
    ("`return` anywhere", "if n > 3:\n    return s"),
    ("`raise` with a text", "if s < 0:\n    raise ValueError(f'negative: {s}')"),
    ("`raise` of a value", "if s < 0:\n    raise ValueError(s)"),
    ("`assert`", "assert n > 0, 'n'"),
    ("`pass`", "pass"),
    ("`print`", "print('s:', s, x)\nprint(f'{s:.3f}', end='')"),
    ("functions inside", "def g(v):\n    return v * s\ns = g(s)"),
    ("`nonlocal` numbers and arrays", "def g():\n    nonlocal s\n    s *= 2.0\ng()"),
    ("`global`", "global RECORDS"),
    ("`try`, with `else` and `finally`",
     "try:\n    s = s / n\nexcept ZeroDivisionError:\n    s = 0.0\nelse:\n    s *= 2.0"),
    ("`try` around what arrays raise", "try:\n    s = x[n]\nexcept IndexError:\n    s = 0.0"),
    ("exceptions as values",
     "try:\n    assert s > 0\nexcept AssertionError as e:\n    print(e)"),
    ("`with`", "with np.errstate(all='ignore'):\n    s = s * s"),
    ("`match` of constants, names, tuples",
     "match n:\n    case 1 | 2:\n        s = s * s\n    case k if k > 5:\n        s = s * k"),
    ("`match` of other patterns", "match x:\n    case [a, *_]:\n        s = a"),
    ("`import`", "import math\ns = math.sin(s)"),
    ("classes", "class A:\n    pass"),
    ("`async`", "async def g():\n    pass"),
)  # fmt: skip
EXPRESSIONS = (
    ("operators, comparisons, `and`, `or`, `not`", "s = -s ** 2 if 0 < s < 1 or not n else s"),
    ("`:=`", "if (t := s * s) > 1:\n    s = t"),
    ("`lambda`", "g = lambda v: v * s\ns = g(s)"),
    ("tuples, also with `*`", "t = (s, *(1.0, 2.0))\ns = t[0] * t[-1]"),
    ("a tuple at a variable, of items of one kind", "t = (s, 1.0)\ns = t[n]"),
    ("a tuple at a variable, of others", "t = (s, (s, s))\ns = t[n]"),
    ("dicts with keys that are known", "d = {'a': s, 'b': 2.0}\ns = d['a'] * d['b']"),
    ("other dicts", "d = {1: s}"),
    ("sets", "t = {1, 2}"),
    ("comprehensions with one `for`", "t = [v * v for v in x if v > 0]\ns = sum(t)"),
    ("comprehensions with several", "t = [v * w for v in x for w in x]"),
    ("generator expressions", "s = sum(v * v for v in x)"),
    ("`yield` in functions that a loop runs over",
     "def g():\n    yield s\n    yield from x\nfor v in g():\n    s += v"),
    ("`yield` elsewhere", "yield s"),
    ("slices, also as values", "t = slice(1, None)\ns = x[t].sum() + x[np.s_[::2]].sum()"),
    ("`map`, `filter`", "s = sum(map(lambda v: v * v, filter(lambda v: v > 0, x)))"),
    ("elements counted row by row", "x.flat[0] = s\ns = x.flat[-1]"),
    ("`squeeze()` of axes that are known", "s = np.zeros((1, n)).squeeze().sum()"),
    ("`squeeze()` of others", "s = x.squeeze().sum()"),
    ("`np.r_`, `np.c_`", "s = np.r_[s, x, 1:3].sum() + np.c_[x, x].sum()"),
    ("f-strings of numbers, printed or raised", "print(f'{s}')"),
    ("f-strings of numbers, elsewhere", "t = len(f'{s}')"),
    ("strings that are known", "if name.startswith('eu') and name in ('a', 'euler'):\n    s = 0.0"),
    ("strings that the run chooses", "t = 'a'\nif s > 0:\n    t = 'b'\nif t == 'a':\n    s = 0.0"),
    ("`None`, and arguments that may be it", "s = s if w is None else s * w"),
    ("names that are None on some paths",
     "t = None\nfor v in x:\n    if t is None or v > t:\n        t = v\ns = s + t"),
    ("`is` of other things", "s = s if x is w else s * 2\nt = s is n"),
    ("dtypes of arguments", "if x.dtype == np.float64:\n    s = s * s"),
    ("dtypes of results", "if (x * s).dtype == np.float64:\n    s = s * s"),
)  # fmt: skip
LISTS = (
    ("of given items", "t = [s, 1.0]\ns = t[0] * len(t)"),
    ("`append`, `extend`, `+=`", "t = []\nt.append(s)\nt.extend(x)\nt += [2.0]\ns = t[-1]"),
    ("`pop`, `insert`, `clear`", "t = [s, s]\nt.insert(0, 1.0)\ns = t.pop() + t.pop(0)\nt.clear()"),
    ("items that are assigned", "t = [0.0] * n\nt[0] = s\nt[0] += 1.0\ns = t[0]"),
    ("`while` a list has items", "t = [(s, 3)]\nwhile t:\n    v, k = t.pop()\n    s += v * k"),
    ("`numba.typed.List()`", "t = numba.typed.List()\nt.append(s)\ns = t[0]"),
    ("as arrays", "t = [s]\nt.append(2.0)\ns = np.array(t).sum() + max(t) + sorted(t)[0]"),
    ("of arrays", "t = []\nfor v in x:\n    t.append(x * v)\ns = np.stack(t).sum() + t[0][1]"),
    ("`sort`, `reverse`, `remove`", "t = [s, 1.0]\nt.sort()"),
    ("returned", "t = []\nt.append(s)\nreturn t"),
)  # fmt: skip
FIELDS = (
    ("fields", "s = a['k'][0] * a[1].k + a[n]['v'][2] + a.v[0, 1]"),
    ("fields that are written", "a['k'] *= s\na[n].k += 1.0\na[0]['v'][1] = s"),
    ("whole elements", "a[0] = a[1]\na[1] = (s, x)"),
    ("loops over elements", "for r in a:\n    s += r.k * r['v'].sum()"),
    ("elements that have a name", "r = a[n]\nr.k = s\ns = a[n].k"),
    ("slices, masks, several fields",
     "s = a[1:]['k'].sum() + a[a['k'] > 0]['k'].sum() + a[['k']].k[0]"),
    ("facts, copies, new ones",
     "b = np.zeros(len(a), PARTICLE)\nb = a.copy()\ns = b.shape[0] * b['k'][0]"),
    ("fields that the run chooses", "t = 'k'\nif s > 0:\n    t = 'v'\ns = a[t][0]"),
    ("arithmetic of elements", "s = a[0] * 2.0"),
)  # fmt: skip
NUMBA = (
    ("functions with `@njit`, or plain ones", "s = plain(s)"),
    ("`@vectorize`", "s = squared(x).sum() + squared(s)"),
    ("`cfunc`", "s = called_back(s)"),
    ("`prange`", "for i in numba.prange(n):\n    s += x[i]"),
    ("`@guvectorize`", "y = np.empty((2, x.size))\nrows(x, y[0])\ns = rows(y).sum()"),
    ("`@guvectorize` without signatures", "y = np.empty_like(x)\nrows_when_called(x, y)"),
    ("the same, without an array for the result", "s = rows_when_called(x).sum()"),
    ("`@stencil`", "y = np.ones_like(x)\ns = neighbours(x).sum()\nneighbours(x, out=y)"),
    ("`@stencil`, indices not known, no `neighborhood`", "s = far(x, n).sum()"),
    ("instances of jitclasses: fields, methods", "o.step(s)\no.t *= 2.0\no.z[1] = o.t\ns = o.t"),
    ("fields that are arrays, assigned", "o.z = x"),
    ("instances that are made", "p = Simulation(s)"),
    ("structured arrays that are captured", "s = RECORDS[0]['k'] * s"),
    ("`with numba.objmode`", "with numba.objmode(t='int64'):\n    t = 1"),
)
PARTS = {"statements": STATEMENTS, "expressions": EXPRESSIONS, "lists": LISTS, "fields": FIELDS}
PARTS["numba"] = NUMBA


def plain(v):
    return v * v


def problem_of(text):
    """Return the first problem of a program with these statements, None if it is accepted."""
    body = textwrap.indent(text, "    ")
    source = f"def program(x, s, n, name, w, a, o):\n{body}\n    return s\n"
    space = {**globals(), "numba": numba, "np": np}
    exec(compile(source, "<row of the page>", "exec"), space)
    function = space["program"]
    setattr(function, TEXT, source)
    try:
        lower(function, (*ARGUMENTS, instance()))
    except srcad.NotDifferentiable as error:
        return error.problems[0]
    return None


def shown(line):
    """Return a line of a program as a cell of a table shows it."""
    code = line.lstrip()
    return "&nbsp;" * (len(line) - len(code)) + "`" + code.replace("|", "\\|") + "`"


def cells(rows):
    """Yield the rows of a table."""
    yield "| what | for example | accepted |"
    yield "| --- | --- | --- |"
    for what, text in rows:
        problem = problem_of(text)
        said = "yes" if problem is None else f"no: {problem.hint}".replace("|", "\\|")
        example = "<br>".join(map(shown, text.splitlines()))
        yield f"| {what} | {example} | {said} |"


def generated(text):
    """Return the page with its tables written anew."""
    return TABLE.sub(
        lambda found: found[1] + "\n".join(cells(PARTS[found[2]])) + "\n" + found[3], text
    )


def test_tables_are_what_the_frontend_accepts():
    """Run `python tests/test_language_page.py` after a construct was added."""
    text = PAGE.read_text(encoding="utf-8")
    assert generated(text) == text
    assert {found[2] for found in TABLE.finditer(text)} == set(PARTS)


ELSEWHERE = (ast.AsyncFor, ast.AsyncWith, ast.Break, ast.Continue, ast.Nonlocal, ast.Global)
ELSEWHERE += (ast.ImportFrom, ast.TryStar, ast.Await, ast.YieldFrom, ast.DictComp, ast.SetComp)


@pytest.mark.parametrize("base", [ast.stmt, ast.expr], ids=lambda b: b.__name__)
def test_every_kind_is_in_the_tables(base):
    """Each statement and expression of the language occurs in a program of the tables."""
    trees = [ast.parse(f"async def f():\n{textwrap.indent(t, '    ')}")
             for rows in PARTS.values() for _, t in rows]  # fmt: skip
    found = {type(node) for tree in trees for node in ast.walk(tree)}
    kinds = {kind for kind in base.__subclasses__() if kind.__module__ == "ast"}
    new = {kind for kind in kinds if kind.__name__ in {"TemplateStr", "Interpolation", "TypeAlias"}}
    assert kinds - found - new <= set(ELSEWHERE)


if __name__ == "__main__":
    PAGE.write_text(generated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
