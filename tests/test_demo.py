"""The demonstration and the command line."""

import re
import subprocess
import sys

import numpy as np
import pytest

from srcad.__main__ import main
from srcad.demo import tape
from srcad.demo.softmax import accuracy, iris, loss, zero_weights
from srcad.frontend.syntax.standalone import parsed_functions

pytestmark = pytest.mark.compiled

HOSTILE = """
import math
import no_such_module
from os import remove

SCALE = 3.0
SCALE_TWO = remove("x")

@no_such_module.run
def f(x: remove("x"), shift=1.5) -> remove("x"):
    return math.sqrt(x) * SCALE + shift

class Broken(no_such_module.Base):
    pass

raise SystemExit
"""


def test_iris_has_fifty_plants_of_each_species():
    """150 rows, 4 features, 3 classes, two thirds to train on, standardised."""
    data = iris()
    (X, labels), (X_test, labels_test) = data.train, data.test
    assert X.shape == (100, 4)
    assert X_test.shape == (50, 4)
    counts = np.bincount(labels) + np.bincount(labels_test)
    assert counts.tolist() == [50, 50, 50]
    np.testing.assert_allclose(X.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(X.std(axis=0), 1.0)


def test_loss_of_zero_weights_is_the_logarithm_of_three():
    """With equal scores every class has probability 1/3."""
    X, labels = iris().train
    assert loss(*zero_weights(4), X, labels) == pytest.approx(np.log(3.0))


def test_tape_agrees_with_the_textbook_gradient():
    """The tape that we compare with is right itself, and just large enough."""
    X, labels = iris().train
    W, b = np.random.default_rng(5).normal(size=(4, 3)), np.array([0.1, -0.2, 0.3])
    rows = tape.empty_tape(tape.rows_needed(W, X))
    value, (W_bar, b_bar) = tape.value_and_grad(rows, W, b, X, labels)
    assert value == pytest.approx(loss(W, b, X, labels))
    assert rows.used[0] == len(rows.value)
    share = np.exp(X @ W + b)
    share /= share.sum(axis=1, keepdims=True)
    share[np.arange(len(labels)), labels] -= 1.0
    np.testing.assert_allclose(W_bar, X.T @ share / len(X), rtol=1e-10)
    np.testing.assert_allclose(b_bar, share.mean(axis=0), rtol=1e-10)


def test_demo_trains_checks_shows_and_compares(capsys):
    """The main job, from loss 1.0986 to a test accuracy above 0.9 within 170 steps."""
    assert main(["demo"]) == 0
    out = capsys.readouterr().out
    table = re.findall(r"^ *(\d+)  (\d\.\d{4}) +(\d\.\d\d) +(\d\.\d\d)$", out, re.MULTILINE)
    assert [int(row[0]) for row in table] == list(range(0, 171, 10))
    losses = [float(row[1]) for row in table]
    assert losses[0] == 1.0986
    assert losses == sorted(losses, reverse=True)
    assert float(table[-1][3]) > 0.9
    error = re.search(r"largest difference in 15 entries: (\S+)", out)
    assert error is not None
    assert float(error[1]) < 1e-8
    assert "W_bar" in out
    assert re.search(r"^value and gradient \(tape, compiled\) +\d", out, re.MULTILINE)


def test_accuracy_counts_the_highest_scores():
    """Ties go to the first class, as argmax does."""
    X, labels = np.array([[1.0], [-1.0]]), np.array([0, 1])
    assert accuracy(np.array([[1.0, -1.0]]), np.zeros(2), X, labels) == 1.0
    assert accuracy(np.zeros((1, 2)), np.zeros(2), X, labels) == 0.5


@pytest.mark.parametrize(
    ("arguments", "expect"),
    [
        (["show", "examples.sin_xy:f"], "x_bar"),
        (["show", "examples.sin_xy:f", "--tangent"], "x_dot"),
        (["show", "examples.rosenbrock_million:rosenbrock", "float64[:]"], "x_bar"),
        (["show", "--file", "examples/sin_xy.py:f"], "x_bar"),
        (["show", "examples.sin_xy:f", "--stage", "typed"], "def f(x, y)"),
    ],
    ids=["adjoint", "tangent", "array", "file", "stage"],
)
def test_show_prints_derivative_source(arguments, expect, capsys):
    """`show` derives for the types that are given, all floats by default."""
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "def " in out
    assert expect in out


@pytest.mark.parametrize(
    ("arguments", "expect"),
    [
        (["show", "nonsense"], "expected module:function, got 'nonsense'"),
        (["show", "no_such_module:f"], "No module named 'no_such_module'"),
        (["show", "math:no_such_name"], "module 'math' has no attribute 'no_such_name'"),
        (["show", "math:sin"], "math.sin is not a Python function"),
        (["show", "examples.sin_xy:f", "float64"], "missing a required argument: 'y'"),
        (
            ["show", "examples.sin_xy:f", "complex64"],
            "unknown type 'complex64'; write float64, int64[:], float64[:,:], ...",
        ),
    ],
    ids=["form", "module", "name", "builtin", "count", "type"],
)
def test_show_says_what_is_wrong(arguments, expect, capsys):
    """A wrong command line ends with status 2 and one line."""
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"python -m srcad show: {expect}\n"


def test_show_prints_the_errors_of_the_function(tmp_path, capsys):
    """What cannot be differentiated ends with status 1 and the error as Python prints it."""
    path = tmp_path / "model.py"
    path.write_text("def f(x):\n    return {0, x}\n", encoding="utf-8")
    assert main(["show", "--file", f"{path}:f"]) == 1
    err = capsys.readouterr().err
    note, _, error = err.partition("\n")
    assert note.startswith("no types were given")
    assert error.startswith(f'  File "{path}", line 2\n    return {{0, x}}\n           ^^^^^^\n')


def test_help_warns_that_show_imports_the_module():
    """Showing a function runs its module; the help says so."""
    run = subprocess.run(
        [sys.executable, "-m", "srcad", "show", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "This imports the module, which runs it" in " ".join(run.stdout.split())


def test_file_mode_runs_nothing(tmp_path):
    """Decorators, annotations, statements and foreign imports of the file do not happen."""
    path = tmp_path / "hostile.py"
    path.write_text(HOSTILE, encoding="utf-8")
    functions = parsed_functions(path)
    assert sorted(functions) == ["f"]
    assert functions["f"](4.0) == 2.0 * 3.0 + 1.5


def test_file_mode_refuses_defaults_that_would_run(tmp_path):
    """A default argument that is a call is not evaluated."""
    path = tmp_path / "hostile.py"
    path.write_text("def f(x=print(1)):\n    return x\n", encoding="utf-8")
    with pytest.raises(ValueError, match="only literal defaults") as caught:
        parsed_functions(path)
    assert str(caught.value) == (
        "f, line 1: only literal defaults can be read without running the file"
    )
