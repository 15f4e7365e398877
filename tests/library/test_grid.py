"""Every form of every function of docs/functions.md gives what NumPy gives.

`SRCAD_GRID=full python -m pytest tests/library/test_grid.py` runs all shapes, dtypes and
layouts; otherwise a part of them, always the same.
"""

import os
import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from tests.library.forms import FORMS
from tests.library.grid import (
    arguments,
    cases,
    covering,
    difference,
    function,
    is_limit,
    outcome,
    own,
    params,
    reference,
    strong,
)

FULL = os.environ.get("SRCAD_GRID") == "full"
PAGE = Path(__file__).parent.parent.parent / "docs" / "functions.md"


def has(*names):
    """Return the test whether one of the arguments has one of these dtypes."""
    return lambda args: any(np.asarray(a).dtype.name in names for a in args)


def is_mixed(args):
    """Return whether not all of the arguments are of double precision."""
    return any(np.asarray(a).dtype != np.float64 for a in args)


def is_empty(args):
    """Return whether one of the arguments has no elements."""
    return any(np.size(a) == 0 for a in args)


APART_FROM_NUMPY = {
    "x ** 2": ("powers of bools are integers of 8 bits in NumPy", has("bool")),
    "x ** 3": ("powers of bools are integers of 8 bits in NumPy", has("bool")),
    "x ** 0": ("powers of bools are integers of 8 bits in NumPy", has("bool")),
    "x ** -1": ("NumPy has no number -1 of this type", has("uint8", "bool")),
    "+x": ("NumPy refuses a bool that is no array", has("bool")),
    "x ** 0.5": (
        "NumPy takes the square root; the power of -inf is inf",
        lambda args: np.any(np.asarray(args[0]) == -np.inf),
    ),
    "math.nextafter(x, y)": ("Numba keeps single precision", has("float32")),
    "np.logaddexp(x, y)": ("plain Python computes in the precision of the array", is_mixed),
    "np.logaddexp2(x, y)": ("plain Python computes in the precision of the array", is_mixed),
    "np.average(x, axis=0)": ("NumPy divides by zero where there is nothing", is_empty),
    "np.average(x, axis=-1, keepdims=True)": ("likewise", is_empty),
    "np.take(x, i, axis=0)": ("an index outside an array without elements", is_empty),
    "x[i]": ("an index outside an array without elements", is_empty),
    "np.bincount(x, weights=y)": ("NumPy gives integers where there is nothing", is_empty),
    "np.bincount(x, y, 6)": ("NumPy gives integers where there is nothing", is_empty),
}
"""Forms that differ from NumPy, why, and for which arguments."""

REFUSED = (
    "np.linalg.cond(x)",
    "np.repeat(x, [1, 2])",
    "x.squeeze()",
)
"""Forms that are refused for all the arguments of their grid."""


def chosen_forms():
    """Return the forms that are run: all of them, or two of each function."""
    counts = {}
    for form in sorted(FORMS, key=lambda form: zlib.crc32(form.text.encode())):
        counts[form.name] = counts.get(form.name, 0) + 1
        if FULL or counts[form.name] <= 2:
            yield form


@pytest.mark.slow
@pytest.mark.parametrize("form", list(chosen_forms()), ids=lambda form: form.text)
def test_value(form):
    expected, ours = reference(form), own(function(form.text, params(form)))
    _, is_apart = APART_FROM_NUMPY.get(form.text, ("", lambda args: False))
    answered = 0
    chosen = cases(form.kind) if FULL else covering(form.kind, form.text, 1)
    for case in chosen if form.kind.shapes else [((), (), ())]:
        for args in arguments(form, case):
            got = outcome(ours, args)
            answered += not isinstance(got, Exception)
            if is_apart(args) or is_limit(form, got):
                continue
            found = difference(
                got, outcome(expected, args if "math." in form.text else strong(args))
            )
            assert not found, f"{form.text} of {args}: {found}"
    assert answered or form.text in REFUSED or is_answered(form, ours), "refused everywhere"


def is_answered(form, ours):
    """Return whether a form has a value for some arguments."""
    return any(
        not isinstance(outcome(ours, args), Exception)
        for case in covering(form.kind, form.text, 100)
        for args in arguments(form, case)
    )


def named():
    """Return the functions that the page names, except those that are refused."""
    text = PAGE.read_text(encoding="utf-8").partition("## What to write instead")[0]
    return sorted(set(re.findall(r"`((?:np|math)\.[\w.]+)`", text)))


@pytest.mark.parametrize("name", named())
def test_every_function_has_a_form(name):
    apart = ("np.fft.", "np.random.")  # tests/test_fourier.py, tests/test_random_numbers.py
    is_apart = name in APART or name.startswith(apart)
    assert is_apart or any(f"{name}(" in form.text for form in FORMS)


APART = {
    "np.copyto": "tests/test_arrays_elementwise.py",
    "np.fill_diagonal": "it writes its argument",
    "np.ndenumerate": "loops",
    "np.ndindex": "loops",
    "np.result_type": "a dtype",
    "np.add.outer": "a method",
    "np.empty": "no values",
    "np.linalg": "a module",
    "np.linalg.eig": "tests/test_complex_linalg.py",
    "np.linalg.eigvals": "tests/test_complex_linalg.py",
    "np.pi": "a number",
}
