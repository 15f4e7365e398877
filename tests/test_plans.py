"""Functions of one piece of code: what they share is compared."""

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python


@pytest.mark.parametrize("kind", ["grad", "jvp"])
def test_arrays_of_classes_change_in_place(kind):
    """Nothing but a look at the contents tells that they have."""

    class Config:
        table = np.array([2.0, 3.0])

    def f(x):
        return Config.table[1] * x * x

    slope = srcad.grad(f)
    with as_plain_python():
        for value in (3.0, 5.0, 5.0, 3.0):
            Config.table[1] = value
            found = slope(1.0) if kind == "grad" else srcad.jvp(f, (1.0,), (1.0,))[1]
            assert found == 2.0 * value
