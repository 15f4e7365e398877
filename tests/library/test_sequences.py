"""Arrays made from numbers: none, one and many, ends that are met or not, narrow numbers."""

import itertools

import numpy as np
import pytest

from srcad.library import sequences
from tests.array_checks import check
from tests.library.direct import apart
from tests.library.grid import answer, function

SINGLE, SMALL = np.float32, np.int32
RANGES = [
    *((3,), (0,), (-2,), (2.5,), (1, 4), (4, 1), (1, 1), (1, 4, 2), (1, 5, 2), (4, 1, -1)),
    *((4, 1, -2), (1, 4, -1), (0.0, 1.0, 0.1), (0.0, 1.0, 0.3), (1.0, 0.0, -0.1), (5, 0, -5)),
    *((0, 1, 1 / 3), (SMALL(1), SMALL(5), SMALL(2)), (SINGLE(0), SINGLE(1), SINGLE(0.1))),
    *((2**53, 2**53 + 3), (1, 4, 0), (4, 1, 0), (1, 1, 0), (0.0, 1.0, 0.0), (1.0, 1.0, 0.0)),
]


@pytest.mark.parametrize("args", RANGES, ids=str)
def test_arange(args):
    assert apart(sequences.arange, np.arange, *args) == ""
    for dtype in (np.float32, np.int64) if len(args) < 3 or args[2] else ():
        assert apart(sequences.arange, np.arange, *args, dtype=dtype) == ""


def test_a_step_of_zero_raises():
    for step in (0, 0.0):
        assert answer("np.arange(0, 1, x)", step) == ""


@pytest.mark.parametrize("endpoint", [True, False])
@pytest.mark.parametrize("num", [0, 1, 2, 5])
def test_numbers_between(num, endpoint):
    for ends in ((1.0, 2.0), (2, -1), (SINGLE(1), SINGLE(2)), (3.0, 3.0)):
        for retstep in (False, True):
            options = {"endpoint": endpoint, "retstep": retstep}
            assert apart(sequences.linspace, np.linspace, *ends, num, **options) == ""
        assert apart(sequences.logspace, np.logspace, *ends, num, endpoint=endpoint) == ""
    for ends in ((1.0, 8.0), (8, 1), (-1.0, -4.0), (0.0, 1.0), (1.0, 0.0)):
        assert apart(sequences.geomspace, np.geomspace, *ends, num, endpoint=endpoint) == ""


def test_the_last_number_is_the_end_itself():
    assert 0.2 + 3 * ((0.9 - 0.2) / 3) != 0.9
    assert sequences.linspace(0.2, 0.9, 4)[-1] == 0.9
    assert sequences.geomspace(0.1, 0.7, 4)[[0, -1]].tolist() == [0.1, 0.7]


SIZES = itertools.product((0, 1, 3), (None, 0, 1, 2, 5), (-4, -1, 0, 1, 2, 5))


def test_matrices_of_zeros_and_ones():
    for n, m, k in SIZES:
        assert apart(sequences.eye, np.eye, n, M=m, k=k) == "", (n, m, k)
        assert apart(sequences.tri, np.tri, n, M=m, k=k) == "", (n, m, k)
        assert apart(sequences.tril_indices, np.tril_indices, n, k=k, m=m) == "", (n, m, k)
        assert apart(sequences.triu_indices, np.triu_indices, n, k=k, m=m) == "", (n, m, k)
    assert apart(sequences.identity, np.identity, 2, dtype=np.int64) == ""
    assert apart(sequences.diag_indices, np.diag_indices, 3) == ""


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("np.linspace(x, y, 4)", (1.0, 3.0)),
        ("np.linspace(x, y, 4, endpoint=False)", (1.0, 3.0)),
        ("np.linspace(x, y, 1)", (1.0, 3.0)),
        ("np.logspace(x, y, 3, base=2.0)", (1.0, 3.0)),
        ("np.geomspace(x, y, 3, endpoint=False)", (1.0, 3.0)),
        ("np.geomspace(x, y, 4)", (-1.0, -3.0)),
        ("np.arange(x, y, -0.3)", (3.0, 1.0)),
    ],
)
def test_both_modes(text, args):
    assert answer(text, *args) == ""
    check(function(text, "x y"), args)
