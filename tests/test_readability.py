"""Adjoints stay as short as they are: lines per statement of the user's, over both zoos.

`python -m tests.readability` has all programs, and the adjoint of one.
"""

from statistics import median

import pytest

from tests.readability import read, readings_of_arrays, readings_of_loops, table

EVERY = 16
"""One of so many programs is looked at here."""

LIMITS = {"loops": (3.0, 0.05, 0.42), "arrays": (13.5, 0.06, 0.5)}
"""At most so many lines per statement (median), generic names, and repeated comments."""

READ = {"loops": readings_of_loops, "arrays": readings_of_arrays}


@pytest.mark.parametrize("kind", READ)
def test_adjoints_do_not_grow(kind):
    """What was reached is kept: lower the limits when texts have become shorter."""
    readings = READ[kind](EVERY)
    print(table(kind, readings))
    lines, generic, repeated = LIMITS[kind]
    assert median(r.per_statement for r in readings) <= lines
    assert sum(r.generic for r in readings) <= generic * sum(r.names for r in readings)
    assert sum(r.repeated for r in readings) <= repeated * sum(r.comments for r in readings)


def test_what_is_counted():
    """Code counts, comments and empty lines do not; names are seen to be generic."""
    text = "def f(x):\n    # y = x\n    t_1 = x\n\n    # y = x\n    if 0 < 4:\n        y = t_1\n"
    reading = read("f", 2, text)
    assert (reading.lines, reading.comments, reading.repeated) == (4, 2, 1)
    assert (reading.names, reading.generic) == (2, 1)
    assert reading.dead == {"literal test": 1}
    assert reading.per_statement == 2
