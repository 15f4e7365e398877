"""The zoo: small programs in the accepted language, one behaviour each."""

from tests.zoo import (
    arrays,
    calls,
    carried,
    control,
    dtypes,
    inplace,
    kinks,
    loops,
    numerics,
    rejected,
    scalars,
    views,
)
from tests.zoo.table import PROGRAMS, REJECTED, Program

THEMES = (
    arrays, calls, carried, control, dtypes, inplace, kinks, loops, numerics, rejected, scalars,
    views,
)  # fmt: skip

__all__ = ["PROGRAMS", "REJECTED", "THEMES", "Program"]
