"""Programs of physics through complex numbers: gradients by real parameters need no option."""

from unittest import mock

import numpy as np
import pytest

import srcad
from srcad.frontend.numpy import fourier
from tests.complex_differences import difference, directions, paired
from tests.complex_physics import PROGRAMS
from tests.harness import as_plain_python


@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=[f.__name__ for f, _ in PROGRAMS])
def test_gradients(f, args):
    """The value is the function's own; gradients are differences, of the dtype of the argument."""
    wrt = tuple(k for k, arg in enumerate(args) if not isinstance(arg, int))
    dots = directions(args)
    with mock.patch.object(fourier, "is_installed", return_value=True), as_plain_python():
        value, bars = srcad.value_and_grad(f, wrt)(*args)
    assert value == pytest.approx(f(*args), rel=1e-12)
    assert [np.asarray(bar).dtype for bar in bars] == [np.float64] * len(wrt)
    found = paired(bars, [dots[k] for k in wrt])
    assert found == pytest.approx(difference(f, args, dots, 1e-3), rel=1e-7, abs=1e-8)
