"""Both modes of library functions, as plain Python.

`SRCAD_GRID=full python -m pytest tests/library/test_derivatives.py` runs all forms with all
shapes; otherwise one form of each function, with one of its shapes, always the same.
"""

import os
import re
import zlib

import numpy as np
import pytest

import srcad
from tests.array_checks import check, moved, vec
from tests.harness import random_tangents
from tests.library.forms import FORMS as ALL
from tests.library.grid import function, is_limit, outcome, params
from tests.library.smooth import points
from tests.oracle import leaves

WITH_CARE = [
    ("np.inner(x, y)", (1.5, vec(2, 3))),
    ("np.inner(x, y)", (vec(2, 3), vec(4, 2, 3, seed=1))),
    ("np.kron(x, y)", (vec(2), vec(3, 2, seed=1))),
    ("np.kron(x, y)", (2.5, vec(3, 2))),
    ("np.cov(x, y)", (vec(2, 4), vec(3, 4, seed=1))),
    ("np.cov(x, y)", (vec(4), vec(4, seed=1))),
    ("np.nanmax(x, axis=0) + np.nanmin(y, axis=0)", (vec(3, 2), vec(3, 2, seed=1))),
    ("np.average(x, axis=0, weights=y ** 2)", (vec(3, 2), vec(3, 2, seed=1))),
    ("np.percentile(x, [20, 70], axis=0) * y", (vec(5, 2), 2.0)),
    ("np.tril(x) * y", (vec(3), 2.0)),
    ("np.compress([True, False, True], x) * y", (vec(5), 2.0)),
    ("np.block([[x], [y]])", (vec(2, 2, 2), vec(2, 1, 2, seed=1))),
]


@pytest.mark.parametrize(
    ("text", "args"), WITH_CARE, ids=[f"{t}-{k}" for k, (t, _) in enumerate(WITH_CARE)]
)
def test_both_modes(text, args):
    check(function(text, "x y"), args)


def test_missing_values_have_no_derivative():
    x = np.array([1.0, np.nan, 3.0, np.inf])
    check(function("np.nanmax(x[:3]) + np.nanmean(x[:3])", "x"), (x,), smooth=False)


FULL = os.environ.get("SRCAD_GRID") == "full"
JUMPS = re.compile(r"[/%]{1,2} |round|rint|(re|f)?mod\(|divide|trunc|fix|nextafter")
"""What differences do not find the derivative of: jumps are near."""

APART = re.compile(r"split\(|float32")
"""Results in lists, and those that lose precision."""


def differentiable():
    """Return the forms that are run: of each function those that come first in an order."""
    seen = set()
    for form in sorted(ALL, key=lambda form: zlib.crc32(form.text.encode())):
        is_smooth = form.kind.values not in {"special", "gaps"} and form.kind.shapes
        is_method = form.name.startswith("x.")
        is_new = form.name not in seen and not is_method
        if is_smooth and not APART.search(form.text) and (FULL or is_new):
            seen.add(form.name)
            yield form


def is_finite(found):
    """Return whether a result is made of finite numbers, and not of positions or truths."""
    arrays = [] if isinstance(found, Exception) else [np.asarray(leaf) for leaf in leaves(found)]
    return any(a.dtype.kind == "f" for a in arrays) and all(np.all(np.isfinite(a)) for a in arrays)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
@pytest.mark.parametrize("form", list(differentiable()), ids=lambda form: form.text)
def test_forms(form):
    func, done = function(form.text, params(form)), 0
    places = list(points(form))
    turn = zlib.crc32(form.text.encode()) % len(places)
    for args in places[turn:] + places[:turn]:
        has_floats = any(np.asarray(arg).dtype == np.float64 for arg in args)
        if not has_floats or not is_finite(outcome(func, args)):
            continue
        tangents = random_tangents(args)
        beside = (outcome(func, moved(args, tangents, h)) for h in (-3e-3, 3e-3))
        try:
            smooth = all(map(is_finite, beside)) and not JUMPS.search(form.text)
            with np.errstate(all="ignore"):
                check(func, args, smooth=smooth)
        except srcad.NotDifferentiable:
            continue
        except ValueError as error:
            if not is_limit(form, error):
                raise
            continue
        done += 1
        if not FULL and done == 1:
            break
