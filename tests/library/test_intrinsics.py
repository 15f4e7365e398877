"""What the library asks of lowering: the answers in plain Python are those while compiling."""

import numpy as np
import pytest

from srcad.library.intrinsics import axes, is_truth, is_tuple, unsupported

CUBE = np.zeros((2, 3, 4))


@pytest.mark.parametrize(
    ("axis", "found"),
    [(None, (0, 1, 2)), (-1, (2,)), (1, (1,)), ((0, -1), (0, 2)), ([-3, 1], (0, 1)), ((), ())],
)
def test_axes_are_counted_from_either_end(axis, found):
    assert axes(CUBE, axis) == found


def test_kinds():
    assert is_tuple((1, 2))
    assert is_tuple([])
    assert not is_tuple(np.zeros(2))
    assert is_truth(True)
    assert is_truth(np.zeros(2, dtype=np.bool_))
    assert not is_truth(1)
    assert not is_truth(CUBE)


def test_what_is_not_supported():
    with pytest.raises(NotImplementedError) as caught:
        unsupported("this is not supported", "write that")
    assert caught.value.args == ("this is not supported", "write that")
