"""NumPy functions in the language that srcad accepts: lowering inlines them.

Each function here is plain Python over arrays. The number of dimensions and literal
arguments are known while compiling, so that their tests choose a branch then.
"""

from srcad.library.products import (
    cross,
    inner,
    kron,
    matmul_1_1,
    matmul_1_2,
    matmul_2_1,
    matmul_2_2,
    matmul_3_2,
    matmul_3_3,
    norm,
    outer,
    trace,
    vdot,
)
from srcad.library.shaping import (
    ravel,
    reshape_1_1,
    reshape_1_2,
    reshape_1_3,
    reshape_2_1,
    reshape_2_2,
    reshape_2_3,
    reshape_3_1,
    reshape_3_2,
    reshape_3_3,
)

NUMPY = ("cross", "inner", "kron", "outer", "ravel", "trace", "vdot")
"""Functions of `np` that are here."""

LINALG = {"norm": "norm"}
"""Functions of `np.linalg`, and their names here."""

METHODS = ("ravel", "trace")
"""Functions that are methods of arrays too."""
