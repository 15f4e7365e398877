"""Functions that no file holds: made by `exec`, typed at a prompt, in a zip or a notebook."""

import json
import linecache
import subprocess
import sys
import zipfile
from functools import partial

import numpy as np
import pytest

import srcad
from srcad.frontend.syntax.source import read
from tests.harness import as_plain_python

TEXT = """
import numpy as np

RATE = 2.0

def helper(x):
    return x * x * RATE

def f(x):
    total = 0.0
    for i in range(x.size):
        total += helper(x[i]) * np.sin(x[i])
    return total

cube, square = (lambda x: x * x * x), (lambda x: x * x)

def make(a):
    def inner(x):
        return x * a * helper(x)
    return inner

class Model:
    def loss(self, x):
        return self.weight * helper(x)

def wrong(x):
    return x.unknown
"""


@pytest.fixture
def space():
    found = {}
    exec(TEXT, found)
    return found


X = np.array([1.0, 2.0])
SLOPE = 4 * X * np.sin(X) + 2 * X * X * np.cos(X)


def test_text_of_a_function(space):
    """Known to all operators once it is given, to helpers of the same text as well."""
    with as_plain_python():
        with pytest.raises(srcad.NotDifferentiable, match="give its text") as caught:
            srcad.grad(space["f"])(X)
        assert caught.value.code == "E101"
        assert np.allclose(srcad.grad(space["f"], source=TEXT)(X), SLOPE)
        assert np.allclose(srcad.jvp(space["f"], (X,), (np.ones(2),))[1], SLOPE.sum())
        curves = 4 * np.sin(X) + 8 * X * np.cos(X) - 2 * X * X * np.sin(X)
        assert np.allclose(srcad.hessian(space["f"])(X), np.diag(curves))
    text = srcad.differentiate(space["f"]).inspect_adjoint(X)
    assert "# return x * x * RATE" in text


def test_lambdas_closures_methods_partials(space):
    """Each is found in the text by what it was compiled to."""
    with as_plain_python():
        assert srcad.grad(space["cube"], source=TEXT)(2.0) == 12.0
        assert srcad.differentiate(source=TEXT)(space["square"]).grad()(2.0) == 4.0
        assert srcad.grad(space["make"](3.0), source=TEXT)(2.0) == 72.0
        model = space["Model"]()
        model.weight = 0.5
        assert srcad.grad(model.loss, source=TEXT)(2.0) == 4.0
        again = {}
        exec(TEXT, again)
        assert srcad.grad(partial(again["helper"]), source=TEXT)(2.0) == 8.0
        assert srcad.jacrev(again["helper"])(2.0) == 8.0


def test_a_part_of_the_text(space):
    """The function alone, wherever it stood, and indented."""
    alone = "    def helper(x):\n        return x * x * RATE\n"
    with as_plain_python():
        assert srcad.value_and_grad(space["helper"], source=alone)(2.0) == (8.0, 8.0)


def test_paths(space, tmp_path):
    """A file, and a saved notebook."""
    file, notebook = tmp_path / "model.py", tmp_path / "model.ipynb"
    file.write_text(TEXT, encoding="utf-8")
    cells = [
        {"cell_type": "markdown", "source": ["# A model"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "RATE = 2.0"]},
        {"cell_type": "code", "source": ["%%timeit\n", "f(x) +"]},
        {"cell_type": "code", "source": TEXT},
    ]
    notebook.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    again = {}
    exec(TEXT, again)
    with as_plain_python():
        assert np.allclose(srcad.grad(space["f"], source=file)(X), SLOPE)
        assert np.allclose(srcad.grad(again["f"], source=notebook)(X), SLOPE)


def test_places_are_those_of_the_text(space):
    """Errors show the line."""
    with pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.grad(space["wrong"], source=TEXT)(X)
    assert caught.value.text.strip() == "return x.unknown"
    assert caught.value.lineno == 1 + TEXT[: TEXT.index("return x.unknown")].count("\n")


@pytest.mark.parametrize(
    ("func", "text", "error"),
    [
        ("helper", "def helper(x):\n    return x * RATE * x\n", srcad.NotDifferentiable),
        ("helper", "def other(x):\n    return x * x * RATE\n", srcad.NotDifferentiable),
        ("helper", "def helper(x:\n", srcad.NotDifferentiable),
        ("helper", 3, TypeError),
        (len, TEXT, TypeError),
    ],
)
def test_texts_that_are_refused(space, func, text, error):
    """A text that the function was not compiled from; what is no text, or no function."""
    with pytest.raises(error):
        srcad.grad(space.get(func, func), source=text)


def test_redefined(space):
    """A text that was given stays with its function."""
    with as_plain_python():
        assert srcad.grad(space["helper"], source=TEXT)(2.0) == 8.0
        other = TEXT.replace("x * x * RATE", "x * RATE")
        exec(other, space)
        assert srcad.grad(space["helper"], source=other)(2.0) == 2.0


def test_zip(tmp_path, monkeypatch):
    """A module of a zip has its text there."""
    with zipfile.ZipFile(tmp_path / "models.zip", "w") as archive:
        archive.writestr("model_in_a_zip.py", TEXT)
    monkeypatch.syspath_prepend(str(tmp_path / "models.zip"))
    import model_in_a_zip  # noqa: PLC0415

    with as_plain_python():
        assert np.allclose(srcad.grad(model_in_a_zip.f)(X), SLOPE)


def test_texts_that_the_prompt_keeps(space, monkeypatch):
    """Newer Pythons keep what was typed by the code, and not by the name of a file."""
    lines = TEXT.splitlines(keepends=True)
    codes = {space["helper"].__code__, space["f"].__code__}
    keeps = lambda code: lines if code in codes else []
    monkeypatch.setattr(linecache, "_getlines_from_code", keeps, raising=False)
    assert read(space["f"]).tree.name == "f"
    with pytest.raises(srcad.NotDifferentiable):
        read(space["cube"])


@pytest.mark.skipif(sys.version_info < (3, 13), reason="Python keeps nothing of the prompt")
def test_prompt():
    """Functions typed at the prompt."""
    typed = "import srcad\ndef f(x):\n    return x * x\n\nprint(srcad.grad(f)(3.0))\n"
    found = subprocess.run(
        [sys.executable, "-i", "-q"],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHON_BASIC_REPL": "", "PYTHONPATH": ":".join(sys.path), "PATH": ""},
    )
    assert "6.0" in found.stdout, found.stderr
