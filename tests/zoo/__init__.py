"""The zoo: small programs in the accepted language, one behaviour each."""

from tests.zoo import (
    arrays,
    calls,
    control,
    dtypes,
    inplace,
    kinks,
    loops,
    numerics,
    scalars,
    views,
)
from tests.zoo.table import PROGRAMS, Program

THEMES = (arrays, calls, control, dtypes, inplace, kinks, loops, numerics, scalars, views)

__all__ = ["PROGRAMS", "THEMES", "Program"]
