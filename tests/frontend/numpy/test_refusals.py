"""What to write instead: every name is of NumPy, and is told where it is used."""

import numpy as np
import pytest

import srcad
from srcad.frontend.numpy.refusals import DRAW, INSTEAD, instead_of
from tests.harness import as_plain_python
from tests.library.grid import function


@pytest.mark.parametrize("name", sorted(INSTEAD))
def test_names_are_there(name):
    found = np
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is not None:
        assert instead_of(found) == INSTEAD[name]


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (np.random.rand, DRAW),
        (np.random.default_rng, DRAW),
        (np.random.default_rng(1).normal, DRAW),
        (np.fft.hfft, "use fft, ifft"),
        (np.vectorize, "call the function in a loop"),
    ],
)
def test_what_is_told(thing, text):
    assert text in instead_of(thing)


@pytest.mark.parametrize("thing", [None, len, 3, "text", np.sum, object()])
def test_nothing_is_told(thing):
    assert instead_of(thing) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("np.polyfit(x, x, 1)", "np.linalg.lstsq"),
        ("np.partition(x, 1)", "use np.sort"),
        ("np.piecewise(x, [x > 0], [1.0])", "np.where or np.select"),
        ("np.r_['c', x, x]", "use np.concatenate"),
        ("np.random.dirichlet(x) + x", "and pass the numbers"),
        ("np.fft.hfft(x)", "use fft, ifft"),
        ("x[slice(1.0)]", "use int(...)"),
    ],
)
def test_hints_of_errors(text, hint):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="hint: ") as caught:
        srcad.vjp(function(text, "x"), np.ones(3))
    assert any(hint in (problem.hint or "") for problem in caught.value.problems)
