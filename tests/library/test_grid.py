"""Every form of every function of docs/functions.md gives what NumPy gives.

`SRCAD_GRID=full python -m pytest tests/library/test_grid.py` runs all shapes, dtypes and
layouts; otherwise a part of them, always the same.
"""

import os
import re
import zlib
from pathlib import Path

import pytest

from tests.library.forms import FORMS
from tests.library.grid import (
    arguments,
    cases,
    covering,
    difference,
    function,
    outcome,
    own,
    params,
    reference,
    strong,
)

FULL = os.environ.get("SRCAD_GRID") == "full"
PAGE = Path(__file__).parent.parent.parent / "docs" / "functions.md"

NUMBAS = {
    "x ** 2": "powers of bools are integers of 8 bits in NumPy",
    "x ** 3": "powers of bools are integers of 8 bits in NumPy",
    "x ** 0": "powers of bools are integers of 8 bits in NumPy",
    "x ** 0.5": "NumPy takes the square root; the power of -inf is inf",
    "math.nextafter(x, y)": "Numba keeps single precision",
    "np.logaddexp(x, y)": "plain Python computes in the precision of the array",
    "np.logaddexp2(x, y)": "plain Python computes in the precision of the array",
    "np.average(x, axis=0)": "NumPy divides by zero where there is nothing to average",
    "np.average(x, axis=-1, keepdims=True)": "likewise",
    "np.extract(x, y)": "an element of a number is taken",
    "np.take(x, i, axis=0)": "an index outside an array without elements",
    "x[i]": "an index outside an array without elements",
    "np.bincount(x, weights=y)": "NumPy gives integers where there is nothing to count",
    "np.bincount(x, y, 6)": "NumPy gives integers where there is nothing to count",
    "np.histogram(y, bins=x)": "no edges at all",
}
"""Forms that differ from NumPy somewhere in their grid, and why."""


def chosen_forms():
    """Return the forms that are run: all of them, or two of each function."""
    counts = {}
    forms = [form for form in FORMS if form.text not in NUMBAS]
    forms.sort(key=lambda form: zlib.crc32(form.text.encode()))
    for form in forms:
        counts[form.name] = counts.get(form.name, 0) + 1
        if FULL or counts[form.name] <= 2:
            yield form


@pytest.mark.parametrize("form", list(chosen_forms()), ids=lambda form: form.text)
def test_value(form):
    expected, ours = reference(form), own(function(form.text, params(form)))
    answered = 0
    chosen = cases(form.kind) if FULL else covering(form.kind, form.text, 1)
    for case in chosen if form.kind.shapes else [((), (), ())]:
        for args in arguments(form, case):
            got = outcome(ours, args)
            found = difference(
                got, outcome(expected, args if "math." in form.text else strong(args))
            )
            assert not found, f"{form.text} of {args}: {found}"
            answered += not isinstance(got, Exception)
    assert answered or not FULL, "refused everywhere"


def named():
    """Return the functions that the page names, except those that are refused."""
    text = PAGE.read_text(encoding="utf-8").partition("## What to write instead")[0]
    return sorted(set(re.findall(r"`((?:np|math)\.[\w.]+)`", text)))


@pytest.mark.parametrize("name", named())
def test_every_function_has_a_form(name):
    assert any(f"{name}(" in form.text for form in FORMS) or name in APART


APART = {
    "np.copyto": "tests/test_arrays_elementwise.py",
    "np.fill_diagonal": "it writes its argument",
    "np.ndenumerate": "loops",
    "np.ndindex": "loops",
    "np.result_type": "a dtype",
    "np.add.outer": "a method",
    "np.empty": "no values",
    "np.linalg": "a module",
    "np.pi": "a number",
}
