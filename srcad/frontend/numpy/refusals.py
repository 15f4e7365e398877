"""What to write instead of functions that are not supported."""

from __future__ import annotations

import numpy as np

DRAW = "draw with functions of np.random that Numba has, or outside, and pass the numbers"
LOOP = "write the loop over the elements"
CHOOSE = "use np.where or np.select"

INSTEAD: dict[str, str] = {
    "apply_along_axis": "loop over the rows: np.array([f(row) for row in x])",
    "apply_over_axes": "reduce along the axes, one after the other",
    "argpartition": "use np.argsort",
    "asmatrix": "use arrays, and @ for products",
    "choose": CHOOSE,
    "fromfunction": "use np.indices",
    "fromiter": "use np.array([... for ... in ...])",
    "frompyfunc": LOOP,
    "lexsort": "use np.argsort",
    "lib.stride_tricks.as_strided": "index the array",
    "lib.stride_tricks.sliding_window_view": "index by np.arange(m)[:, None] + np.arange(w)",
    "mgrid": "use np.indices or np.meshgrid",
    "modf": "use np.trunc(x), and x - np.trunc(x)",
    "nancumsum": "use np.cumsum(np.where(np.isnan(x), 0.0, x))",
    "nanmedian": "use np.median(x[~np.isnan(x)])",
    "nanpercentile": "use np.percentile(x[~np.isnan(x)], q)",
    "nanquantile": "use np.quantile(x[~np.isnan(x)], q)",
    "nditer": "loop over x.flat or np.ndindex(x.shape)",
    "ogrid": "use np.ix_ or np.arange with new axes",
    "partition": "use np.sort",
    "piecewise": CHOOSE,
    "place": "write x[mask] = values",
    "poly1d": "use np.polyval",
    "polyfit": "solve the least squares problem with np.linalg.lstsq",
    "put": "write x[index] = values",
    "put_along_axis": "write x[index] = values",
    "putmask": "write x[mask] = values",
    "ravel_multi_index": "write i * m + j",
    "resize": "use np.tile or np.reshape",
    "roots": "write Newton's iteration",
    "trim_zeros": "write the slice",
    "unwrap": "use np.diff and np.cumsum",
    "vander": "use x[:, None] ** np.arange(n)",
    "vectorize": "call the function in a loop, or with whole arrays",
}
"""Functions of `np` by name."""


def instead_of(obj: object) -> str | None:
    """Return what to write instead of a function or an object, if anything is known."""
    module = str(getattr(obj, "__module__", "") or "")
    owner = type(getattr(obj, "__self__", None)).__module__ or ""
    if "numpy.random" in module or owner.startswith("numpy.random"):
        return DRAW
    if module.startswith("numpy.fft"):
        return "use fft, ifft, rfft, irfft, fft2, ifft2, fftn or ifftn"
    for name, hint in INSTEAD.items():
        found: object = np
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is obj:
            return hint
    return None
