"""Both modes of functions whose forms need care, as plain Python."""

import numpy as np
import pytest

from tests.array_checks import check, vec
from tests.library.grid import function

FORMS = [
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
    ("text", "args"), FORMS, ids=[f"{t}-{k}" for k, (t, _) in enumerate(FORMS)]
)
def test_both_modes(text, args):
    check(function(text, "x y"), args)


def test_missing_values_have_no_derivative():
    x = np.array([1.0, np.nan, 3.0, np.inf])
    check(function("np.nanmax(x[:3]) + np.nanmean(x[:3])", "x"), (x,), smooth=False)
