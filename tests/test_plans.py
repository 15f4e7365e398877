"""Functions of one piece of code: what they share is compared."""

import numpy as np

from srcad.plans import fitted


def test_contents_that_change_in_place_are_looked_at():
    """What was made for a function no longer holds: compiled code has the old contents."""

    class Config:
        table = np.array([2.0, 3.0])

    def f(x):
        return Config.table[1] * x * x

    made = fitted(f)
    assert made.is_fresh()
    Config.table[1] = 5.0
    assert not made.is_fresh()
    Config.table = np.array([2.0, 3.0])
    assert made.is_fresh()
    Config.table = np.array([2.0, 3.0, 4.0])
    assert not made.is_fresh()
    again = fitted(f)
    assert again.is_fresh()
    assert again.plan is not made.plan
