"""`np.linalg` of stacks: each matrix its own, leading axes of length one are stretched."""

import numpy as np
import pytest

from tests.array_checks import check
from tests.library.grid import answer, function

RNG = np.random.default_rng(5)
TWO = RNG.normal(size=(2, 3, 3)) / 3.0 + 2.0 * np.eye(3)
ONE, NONE = TWO[1:], TWO[:0]
SIDES = RNG.normal(size=(2, 3, 2))
POSITIVE = TWO @ np.swapaxes(TWO, -1, -2)


@pytest.mark.parametrize("x", [TWO, ONE, NONE, TWO.astype(np.float32)], ids=lambda x: str(x.shape))
@pytest.mark.parametrize("text", ["np.linalg.inv(x)", "np.linalg.det(x)"])
def test_each_matrix(text, x):
    assert answer(text, x) == ""


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("np.linalg.solve(x, y)", TWO, SIDES),
        ("np.linalg.solve(x, y)", ONE, SIDES),
        ("np.linalg.solve(x, y)", TWO, SIDES[:1]),
        ("np.linalg.solve(x, y)", TWO, SIDES[0]),
        ("np.linalg.solve(x, y)", TWO, SIDES[0, :, 0]),
        ("np.linalg.inv(x) * y", TWO, 2.0),
        ("np.linalg.det(x) * y", TWO, 2.0),
        ("np.linalg.cholesky(x) * y", POSITIVE, 2.0),
    ],
)
def test_value_and_both_modes(text, x, y):
    assert answer(text, x, y) == ""
    check(function(text, "x y"), (x, y))


@pytest.mark.parametrize(
    "args", [(TWO, np.ones((3, 3, 2))), (NONE, SIDES), (TWO, SIDES[:, :2])], ids=str
)
def test_stacks_that_do_not_fit_raise(args):
    func = function("np.linalg.solve(x, y)", "x y")
    with pytest.raises(ValueError, match=r"(?i)"):
        func(*args)
    with pytest.raises(ValueError, match=r"(?i)"):
        check(func, args)


def test_integers_become_floats():
    assert answer("np.linalg.solve(x, y)", (TWO * 9).astype(np.int64), SIDES) == ""
    assert answer("np.linalg.inv(x)", (TWO * 9).astype(np.int64)) == ""


def test_a_singular_matrix_of_a_stack_raises():
    assert answer("np.linalg.inv(x)", np.zeros((2, 2, 2))) == ""
