"""NumPy functions in the language that srcad accepts: lowering inlines them.

Each function here is plain Python over arrays. The number of dimensions and literal
arguments are known while compiling, so that their tests choose a branch then.
"""

from types import FunctionType

from srcad.library import products, scans, shaping

FUNCTIONS: dict[str, FunctionType] = {
    name: found
    for module in (products, scans, shaping)
    for name, found in vars(module).items()
    if isinstance(found, FunctionType) and found.__module__ == module.__name__
}

NUMPY = (
    "arange",
    "argmax",
    "argmin",
    "average",
    "convolve",
    "correlate",
    "count_nonzero",
    "cross",
    "cumprod",
    "cumsum",
    "diag",
    "diagonal",
    "diff",
    "ediff1d",
    "eye",
    "identity",
    "inner",
    "interp",
    "kron",
    "linspace",
    "meshgrid",
    "outer",
    "polyval",
    "ptp",
    "repeat",
    "roll",
    "rot90",
    "std",
    "take",
    "tile",
    "trace",
    "trapezoid",
    "tril",
    "triu",
    "var",
    "vdot",
)
"""Functions of `np` that are here."""

METHODS = (
    "argmax",
    "argmin",
    "cumprod",
    "cumsum",
    "diagonal",
    "repeat",
    "std",
    "take",
    "trace",
    "var",
)
"""Functions that are methods of arrays too."""
