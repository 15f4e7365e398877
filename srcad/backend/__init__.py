"""Everything that calls Numba: compiling, caches, helpers of generated code."""

from srcad.backend.numba_private import check

check()
