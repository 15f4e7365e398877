"""The text that is differentiated is the text of the function that runs."""

import itertools
import linecache
import textwrap

import numba
import pytest

import srcad
from srcad import NotDifferentiable
from srcad.frontend.syntax.source import read
from tests.harness import as_plain_python

counter = itertools.count()


def scope_of(text, **names):
    """Return the names that a file with this text defines, as pytest never sees it."""
    file = f"<compiled {next(counter)}>"
    text = textwrap.dedent(text).lstrip("\n")
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names["__file__"] = file
    exec(compile(text, file, "exec", dont_inherit=True), names)
    return names


def edit(scope, text):
    """Let the file of a scope hold another text."""
    file = scope["__file__"]
    text = textwrap.dedent(text).lstrip("\n")
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)


ACCEPTED = {
    "plain": "def f(x):\n    return x * 2.0",
    "docstring": 'def f(x):\n    """Return.\n\n      More.\n    """\n    return x * 2.0',
    "annotations": "def f(x: float, *, k: 'int' = 2) -> float:\n    y: float = x\n    return y * k",
    "future": (
        "from __future__ import annotations\ndef f(x: Nobody) -> No:\n    y: No = x\n    return y"
    ),
    "decorated": "def same(g):\n    return g\n@same\n@(lambda g: g)\ndef f(x):\n    return x * 2.0",
    "default": "def f(x, g=lambda y: y):\n    return x * 2.0",
    "recursive": "def f(x):\n    return x if x < 1.0 else f(x / 2.0)",
    "nested": "def f(x):\n    def g(y: int = 3):\n        return y * x\n    return g(x)",
    "nested_future": (
        "from __future__ import annotations\ndef f(x):\n    def g(y: int):\n        return y * x\n"
        "    return g(x)"
    ),
    "lambda_inside": "def f(x):\n    return (lambda y: y * x)(x)",
    "comprehension": "def f(x):\n    return sum([x * k for k in (1.0, 2.0)])",
    "closure": "def make(k):\n    def f(x):\n        return x * k\n    return f\nf = make(2.0)",
    "recursive_closure": (
        "def make(k):\n    def f(x):\n"
        "        return x if x < k else f(x / 2.0)\n    return f\nf = make(2.0)"
    ),
    "written_closure": (
        "def make(k):\n    def f(x):\n        nonlocal k\n"
        "        return x * k\n    return f\nf = make(2.0)"
    ),
    "in_class": "class C:\n    def f(x):\n        return x * 2.0\nf = C.f",
    "mangled": "__k = 3.0\nclass _C:\n    def f(__x):\n        return __x * 2.0\nf = _C.f",
    "mangled_inside": (
        "class C:\n    def m():\n        def f(__x):\n"
        "            return __x * 2.0\n        return f\nf = C.m()"
    ),
    "method_of_local_class": (
        "def make(k):\n    class C:\n        def f(__x):\n"
        "            return __x * k\n    return C.f\nf = make(2.0)"
    ),
    "class_cell": ("class C:\n    def f(x):\n        return x if x > 0.0 else __class__\nf = C.f"),
    "in_block": "if True:\n    for _ in range(1):\n        def f(x):\n            return x * 2.0",
    "one_line": "def f(x): return x * 2.0",
    "lambda": "f = lambda x: x * 2.0",
    "lambdas": "f, g = (lambda x: x * 2.0), (lambda x: x * 3.0)",
    "lambda_closure": "def make(k):\n    return lambda x: x * k\nf = make(3.0)",
    "lambda_in_lambda": "f = (lambda k: lambda x: x * k)(2.0)",
    "lambda_in_comprehension": "f = [lambda x: x * k for k in (2.0, 3.0)][0]",
    "lambda_default": "f = lambda x, k=(lambda: 1): x * 2.0",
    "constants": "def f(x):\n    return x * -0.0 + 1 + 1.0 + (True, 1, 1.0)[2] + (x in {1, 2})",
    "asserts": "def f(x):\n    assert x > 0.0, 'negative'\n    return x",
    "normalised": "def f(ﬁ):\n    µ = ﬁ * 2.0\n    return µ",
    "normalised_lambda": "f = lambda ﬁ: ﬁ * 2.0",
    "normalised_global": "µ = 2.0\ndef f(x):\n    return x * µ",
    "named_otherwise": "def f(x):\n    return x * 2.0\nf.__name__ = f.__qualname__ = 'other'",
    "attribute": "import math\ndef f(x):\n    return math.sin(x)",
    "attribute_of_import": (
        "from math import tau\ntau = float\ndef f(x):\n    return tau.hex(x) and x"
    ),
    "attribute_in_block": (
        "try:\n    import os.path as p\nexcept ImportError:\n    p = 2\np = float\n"
        "def f(x):\n    return p.hex(x) and x"
    ),
    "attribute_of_module": "m = __import__('math')\ndef f(x):\n    return m.sin(x)",
    "attribute_of_argument": "def f(x):\n    return x.sum(0) * x.T.dot(x)",
    "attribute_in_lambda": "import math as m\nf = lambda x: m.sin(x)",
    "strings": "def f(x):\n    y = x  # comment\n    z = (y *\n         2.0)\n    return z",
}


ODD = {
    "staticmethod": ("class C:\n    @staticmethod\n    def f(x):\n        return x*2\nf=C.f"),
    "prop": ("class C:\n    def f(self, x):\n        return self.__a * x + super().y\nf=C.f"),
    "nested_class": (
        "class A:\n    class B:\n        def f(x):\n            return x * __name\nf=A.B.f"
    ),
    "genexp": ("def f(x):\n    return sum(v * x for v in (1,2) if v < x)"),
    "dictcomp": ("def f(x):\n    return {k: x for k in (1,2)}[1]"),
    "walrus": ("def f(x):\n    return [(y := v) for v in (x,)][0] + y"),
    "match": ("def f(x):\n    match x:\n        case 1: return 2\n        case _: return x"),
    "try": (
        "def f(x):\n"
        "    try:\n"
        "        return x\n"
        "    except ValueError as e:\n"
        "        return 2\n"
        "    finally:\n"
        "        pass"
    ),
    "with": ("def f(x):\n    with open('a') as g:\n        return x"),
    "star": ("def f(x, *a, k=2, **kw):\n    return x * k"),
    "posonly": ("def f(x, /, y, *, z):\n    return x*y*z"),
    "global": ("g=1\ndef f(x):\n    global g\n    g = x\n    return g"),
    "fstring": ("def f(x):\n    return f'{x!r:>{3}}'"),
    "bytes": ("def f(x):\n    return (b'a', 'a', 1j, ..., None, -0.0)"),
    "lambda_multi": ("f = (lambda x:\n     x *\n     2)"),
    "lambda_call": ("def ap(g): return g\nf = ap(lambda x, *a: x * 2)"),
    "two_lambdas": ("fs = [lambda x: x * 2, lambda x: x * 2, lambda y: y * 2]\nf = fs[2]"),
    "lambda_cls": ("class C:\n    f = lambda self, __x: __x * 2\nf = C.f"),
    "semi": ("a = 1; f = lambda x: x * a; b = 2"),
    "backslash": ("def f(x): \\\n    return x * \\\n        2"),
    "tabs": ("if 1:\n\tdef f(x):\n\t\treturn x * 2"),
    "comments": ("def f(x):\n# odd\n    # more\n    return x  # c\n# after\n"),
    "string_dedent": (
        "if 1:\n"
        "    def f(x):\n"
        "        '''doc\n"
        "  less\n"
        "        '''\n"
        "        s = '''a\n"
        "b'''\n"
        "        return x\n"
        ""
    ),
    "async_inner": ("def f(x):\n    async def g(): return 1\n    return x"),
    "class_inner": ("def f(x):\n    class K:\n        def m(self): return self.__p\n    return x"),
    "del": ("def f(x):\n    y = x\n    del y\n    return x"),
    "annot_local": (
        "from __future__ import annotations\n"
        "def f(x):\n"
        "    y: 'int'\n"
        "    z: list[int] = x\n"
        "    def g(a: B) -> C: return a\n"
        "    return z"
    ),
    "nonlocal_chain": (
        "def a():\n"
        "    k = 1\n"
        "    def b():\n"
        "        def f(x):\n"
        "            return x * k\n"
        "        return f\n"
        "    return b()\n"
        "f = a()"
    ),
    "import_in_func": (
        "import math\ndef f(x):\n    import numpy as np\n    return np.sin(x) + math.cos(x)"
    ),
    "import_from": (
        "from math import sin as s, pi\n"
        "import os.path\n"
        "def f(x):\n"
        "    return s(x) * pi.real.conjugate() + os.path.join(x)"
    ),
    "del_import": ("import math as m\nq = m\ndel m\ndef f(x):\n    return m.sin(x) + q.sin(x)"),
    "cond_import": (
        "if True:\n    import math as m\nelse:\n    m = 2\ndef f(x):\n    return m.sin(x)"
    ),
    "global_import": (
        "def imp():\n    global m\n    import math as m\nimp()\ndef f(x):\n    return m.sin(x)"
    ),
    "for_import": (
        "for _ in (1,):\n    import math as m\nm = float\ndef f(x):\n    return m.hex(x)"
    ),
}


@pytest.mark.parametrize("name", {**ACCEPTED, **ODD})
def test_text_of_the_running_function(name):
    """Wherever a function stands, its own text is taken for its own."""
    assert read(scope_of((ACCEPTED | ODD)[name])["f"])


CHANGED = {
    "constant": ("def f(x):\n    return x * 2.0", "def f(x):\n    return x * 13.0"),
    "zero": ("def f(x):\n    return x * 0.0", "def f(x):\n    return x * -0.0"),
    "type": ("def f(x):\n    return x // 2", "def f(x):\n    return x // 2.0"),
    "operator": ("def f(x):\n    return x * x", "def f(x):\n    return x + x"),
    "global": (
        "k, m = 2.0, 3.0\ndef f(x):\n    return x * k",
        "k, m = 2.0, 3.0\ndef f(x):\n    return x * m",
    ),
    "attribute": (
        "import math\ndef f(x):\n    return math.sin(x)",
        "import math\ndef f(x):\n    return math.cos(x)",
    ),
    "nested": (
        "def f(x):\n    def g(y):\n        return y * 2.0\n    return g(x)",
        "def f(x):\n    def g(y):\n        return y * 3.0\n    return g(x)",
    ),
    "longer": ("def f(x):\n    return x", "def f(x):\n    x = x * 2.0\n    return x"),
    "closure": (
        (
            "def make(k, m):\n    def f(x):\n        return x * k + 0 * m\n"
            "    return f\nf = make(2.0, 3.0)"
        ),
        (
            "def make(k, m):\n    def f(x):\n        return x * m + 0 * k\n"
            "    return f\nf = make(2.0, 3.0)"
        ),
    ),
    "lambda": ("f = lambda x: x * 2.0", "f = lambda x: x * 3.0"),
    "tuple": ("def f(x):\n    return (1, 2)[0] * x", "def f(x):\n    return (1.0, 2)[0] * x"),
    "set": ("def f(x):\n    return x in {1, 2}", "def f(x):\n    return x in {1, 3}"),
    "name": ("def f(x):\n    return x", "def g(x):\n    return x"),
    "keyword": ("def f(x, y):\n    return x", "def f(x, *, y):\n    return x"),
    "gone": ("def f(x):\n    return x", "x = 3.0\n"),
    "broken": ("def f(x):\n    return x", "def f(x:\n    return x"),
    "assert": (
        "def f(x):\n    assert x > 0.0\n    return x",
        "def f(x):\n    assert x > 1.0\n    return x",
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_edited_text_is_refused(name):
    """Another text at the same line, of the same name and parameters, is not taken."""
    before, after = CHANGED[name]
    scope = scope_of(before)
    edit(scope, after)
    with pytest.raises(NotDifferentiable) as caught:
        read(scope["f"])
    assert caught.value.code == "E103"
    assert "changed after it was defined" in str(caught.value)


def test_comments_may_change():
    """What does not run may change."""
    scope = scope_of("def f(x: int):\n    return x * 2.0  # one\n")
    edit(scope, "def f(x: float) -> float:\n    return x * 2.0  # two, three\n")
    assert read(scope["f"])


def asserted(x):
    """Return `x`; pytest rewrites the asserts of this file."""

    def inner(y):
        assert y < 9.0, "large"
        return y * 2.0

    assert x > 0.0
    assert 0.0 < x < 9.0, "outside"
    assert x == 2.0 or x < 3.0
    return inner(x)


def test_asserts_that_pytest_rewrites():
    """A test's own functions have asserts that are rewritten before they are compiled."""
    assert any(name.startswith("@py") for name in asserted.__code__.co_varnames)
    assert read(asserted)
    local = lambda x: 2.0 * asserted(x)
    with as_plain_python():
        assert srcad.grad(local)(2.0) == 4.0


def test_edited_callee():
    """A callee is held against its text as well."""
    scope = scope_of("def g(x):\n    return x * 2.0\ndef f(x):\n    return g(x)\n")
    edit(scope, "def g(x):\n    return x * 9.0\ndef f(x):\n    return g(x)\n")
    with pytest.raises(NotDifferentiable, match="'g' changed after"):
        srcad.grad(scope["f"])(1.0)


def test_dispatchers():
    """The function behind a dispatcher is what counts."""
    scope = scope_of("def f(x):\n    return x * 2.0\n")
    assert read(numba.njit(scope["f"]))
    edit(scope, "def f(x):\n    return x * 3.0\n")
    with pytest.raises(NotDifferentiable, match="changed after"):
        read(numba.njit(scope["f"]))


def test_names_that_python_normalises():
    """`µ` and `ﬁ` are other characters once Python has read them."""
    scope = scope_of("µ = 3.0\ndef f(ﬁ):\n    ª = ﬁ * µ\n    return ª * ﬁ\n")
    with as_plain_python():
        assert srcad.grad(scope["f"])(2.0) == 12.0


def test_long_texts():
    """Sums of many terms are nested deeply."""
    text = "def f(x):\n    return " + " + ".join(["x"] * 1200) + "\n"
    scope = scope_of(text)
    assert read(scope["f"])
    edit(scope, text.replace("return x", "return 2 * x"))
    with pytest.raises(NotDifferentiable, match="changed after"):
        read(scope["f"])
