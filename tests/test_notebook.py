"""What notebooks, `repr` and `help` show of functions and their derivatives."""

import functools
import inspect
import pickle
import re

import numpy as np
import pytest

import srcad
from srcad.backend.value_types import type_of
from srcad.carried import carrier_of
from tests.harness import as_plain_python


@srcad.differentiate
def weighted(x, w):
    """Return a weighted sum of squares."""
    total = 0.0
    for i in range(x.size):
        r = x[i] * w
        total += r * r  # & less < more
    return total


X = np.array([1.0, 2.0])
ROW = re.compile(r"<li(?: class=\"l(\d+)\")?><i>(\d*)</i>(.*?)</li>")


def test_text_of_a_derivative_is_a_string():
    """It is compared, hashed and pickled as one."""
    text = weighted.inspect_adjoint(X, 2.0)
    assert isinstance(text, str)
    assert text == str(text)
    assert type(pickle.loads(pickle.dumps(text))) is str


@pytest.mark.parametrize("compiled", [False, True])
def test_lines_that_belong_together_have_one_class(compiled):
    """Each linked line of the function has lines of the derivative with its class."""
    text = weighted.inspect_adjoint(X, 2.0, argnums=(0, 1), compiled=compiled)
    first, second = text._repr_html_().split("<section>")[1:]
    own = {text: kind for kind, _, text in ROW.findall(first)}
    rows = [(kind, text) for kind, _, text in ROW.findall(second)]
    line = own["        r = x[i] * w"]
    assert line
    assert any("_bar" in text for kind, text in rows if kind == line)
    assert {kind for kind, _ in rows} - {""} == set(own.values()) - {""}
    assert len(rows) == len(text.splitlines())
    assert "&lt; more" in first
    assert "&amp; less" in first


def test_numbers_in_front_are_those_of_the_file():
    """They are the ones that errors name."""
    first = weighted.inspect_adjoint(X, 2.0)._repr_html_().split("<section>")[1]
    _, start = inspect.getsourcelines(weighted.py_func)
    numbers = [int(number) for _, number, _ in ROW.findall(first)]
    assert numbers == list(range(start, start + len(numbers)))


def test_functions_without_a_derivative_or_source_are_shown():
    """What is not known is said."""
    assert "no derivative yet" in srcad.differentiate(lambda x: x * x)._repr_html_()
    space = {}
    exec("def f(x):\n    return x * x", space)
    assert "the source of f is not known" in srcad.differentiate(space["f"])._repr_html_()


def test_derivatives_are_shown_beside_their_function():
    """Of any kind, whatever carries or captures values, and derivatives of derivatives."""
    scale = 2.0

    def reads(x):
        return scale * np.sin(x)

    carried = srcad.grad(functools.partial(weighted, w=2.0))
    shown = [
        (srcad.grad(weighted), (X, 2.0), "weighted_value_and_grad"),
        (srcad.hessian(weighted), (X, 2.0), "weighted_hessian"),
        (srcad.jacfwd(weighted), (X, 2.0), "weighted_jacfwd"),
        (carried, (X,), "weighted_"),
        (srcad.grad(reads), (0.5,), "reads_"),
        (srcad.grad(srcad.grad(reads)), (0.5,), "reads"),
    ]
    for made, args, title in shown:
        assert made is carried or "no derivative yet" in made._repr_html_()
        with as_plain_python():
            made(*args)
        derived(made, args)
        html = made._repr_html_()
        assert html.count("<section>") == 2
        assert title.partition("_")[0] in html


def derived(made, args):
    """Derive for the types of these arguments, without compiling."""
    carrier = carrier_of(made)
    values = args if carrier is None else carrier.arguments(args)
    target = made if carrier is None else made.made
    target.emit(tuple(map(type_of, values)))


def test_repr_says_what_it_is():
    """The name, the arguments, and what is returned."""
    assert repr(weighted) == f"<differentiable weighted(x, w) of {__name__}>"
    expected = "<weighted_grad(x, w): the gradient of `weighted` with respect to w>"
    assert repr(srcad.grad(weighted, "w")) == expected


def test_help_shows_signature_and_docstring_of_the_function():
    """A derivative has the arguments of its function, and says what that computes."""
    slope = srcad.grad(weighted)
    assert str(inspect.signature(slope)) == "(x, w)"
    assert slope.__doc__.splitlines()[-1] == "`weighted`: Return a weighted sum of squares."


def test_every_public_object_has_a_signature_and_a_docstring():
    """What `help` and an editor show under the pointer."""
    for name in srcad.__all__:
        found = getattr(srcad, name)
        if not name.startswith("__"):
            assert inspect.getdoc(found), name
            is_call = not inspect.ismodule(found) and not name.endswith("Warning")
            assert not is_call or name == "ComparisonsOnly" or inspect.signature(found), name


def test_a_kernel_shows_both_columns():
    """A cell that ends with a derivative has HTML of it, and so has the function itself."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    cells = [
        "import srcad\n@srcad.differentiate\ndef f(x):\n    y = x * x\n    return y * x",
        "f.inspect_adjoint(2.0)",
        "print(srcad.grad(f)(2.0))",
        "f",
    ]
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [cell.outputs for cell in notebook.cells]
    assert "f_adjoint" in shown[1][0]["data"]["text/html"]
    assert shown[2][0]["text"] == "12.0\n"
    assert shown[3][0]["data"]["text/html"].count("<section>") == 2
