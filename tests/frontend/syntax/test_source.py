"""From functions to trees: the text of the running function, lambdas on one line, no text."""

import ast
import importlib.util
import linecache

import numpy as np
import pytest
from numba import njit

import srcad
from srcad.errors import NotDifferentiable
from srcad.frontend.syntax.source import ABSENT, python_function, read
from tests.harness import as_plain_python

TWO = 2.0
PAIR = (lambda x: x + 1.0, lambda x: x * TWO)
NESTED = lambda x: (lambda y: y * x)(3.0)  # noqa: PLC3002


def plain(x, k=1.5, *, n=2):
    return x * k * n


def codes(func):
    with pytest.raises(NotDifferentiable) as caught:
        read(func)
    return [problem.code for problem in caught.value.problems]


def module(tmp_path, text, name="some_module"):
    path = tmp_path / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return path, found


def test_what_is_read():
    source = read(plain)
    assert source.tree.name == "plain"
    assert source.defaults == {"k": 1.5, "n": 2}
    assert source.tree.lineno == plain.__code__.co_firstlineno
    assert source.lookup("TWO") == TWO
    assert source.lookup("len") is len
    assert source.lookup("nothing") is ABSENT
    assert read(njit(plain)).func is plain
    assert python_function(srcad.differentiate(plain)) is plain


def test_cells():
    k = 3.0

    def f(x):
        return x * k + later

    source = read(f)
    assert source.cells == {"k": 3.0}
    later = 4.0
    assert read(f).cells == {"k": 3.0, "later": later}
    assert source.lookup("k") == 3.0


def test_lambdas_are_told_apart():
    with as_plain_python():
        assert srcad.value_and_grad(PAIR[0])(3.0) == (4.0, 1.0)
        assert srcad.value_and_grad(PAIR[1])(3.0) == (6.0, 2.0)
        assert srcad.value_and_grad(NESTED)(2.0) == (6.0, 3.0)
        same = [lambda x: x * x, lambda x: x * x]
        assert srcad.value_and_grad(same[1])(3.0) == (9.0, 6.0)


def test_decorated_indented_and_continued(tmp_path):
    text = (
        "def keep(f):\n    return f\n"
        "class A:\n"
        "    @staticmethod\n"
        "    @keep\n"
        "    def f(x,\n"
        "          k=2.0):\n"
        '        """Text\nat the margin."""\n'
        "        return (x\n"
        "                * k)\n"
    )
    _, found = module(tmp_path, text)
    with as_plain_python():
        assert srcad.value_and_grad(found.A.f)(3.0) == (6.0, 2.0)


@pytest.mark.parametrize(
    "body",
    [
        "    y = (x +\n1.0)\n    return y * 2.0\n",
        "    y = x + \\\n1.0\n    return y * 2.0\n",
        "    y = x + 1.0\n# at the margin\n\n    return y * 2.0\n",
        "    'a'; '\\\nreturn 7.0'\n    return (x + 1.0) * 2.0\n",
        "    def g(z):\n        return z * 2.0\n    return g(x + 1.0)\n",
    ],
)
def test_lines_that_stand_further_left(tmp_path, body):
    """The definition ends where Python says that it does."""
    _, found = module(tmp_path, f"def f(x):\n{body}y = 3.0\nif y:\n    z = y\n")
    assert len(read(found.f).tree.body) == len(ast.parse(f"def f(x):\n{body}").body[0].body)
    with as_plain_python():
        assert srcad.value_and_grad(found.f)(3.0) == (8.0, 2.0)


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return x * 3.0\n",
        "def f(x):\n    return x + 2.0\n",
        "def f(x, y=1):\n    return x * 2.0\n",
        "def g(x):\n    return x * 2.0\n",
        "def f(x):\n    return x * 2\n",
        "def f(x):\n    return x * 2.0 if x > 0 else x\n",
        "",
        "def f(x:\n",
        "\n\ndef f(x):\n    return x * 2.0\n",
    ],
)
def test_files_that_changed(tmp_path, text):
    path, found = module(tmp_path, "def f(x):\n    return x * 2.0\n")
    path.write_text(text, encoding="utf-8")
    linecache.cache.pop(str(path), None)
    assert codes(found.f) in (["E103"], ["E101"])


def test_files_that_changed_elsewhere(tmp_path):
    path, found = module(tmp_path, "def f(x):\n    return x * 2.0\n")
    path.write_text("def f(x):\n    # more\n    return (x * 2.0)\n\ny = 1\n", encoding="utf-8")
    linecache.cache.pop(str(path), None)
    with as_plain_python():
        assert srcad.value_and_grad(found.f)(3.0) == (6.0, 2.0)


def test_functions_without_text():
    scope = {}
    exec("def f(x):\n    return x\n\nasync def g(x):\n    return x", scope)
    assert codes(scope["f"]) == ["E101"]
    assert codes(len) == ["E102"]
    assert codes(np.sin) == ["E102"]


def test_async_functions(tmp_path):
    _, found = module(tmp_path, "async def f(x):\n    return x\n")
    assert codes(found.f) == ["E201"]
