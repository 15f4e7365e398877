"""NumPy functions in the language that srcad accepts: lowering inlines them.

Each function here is plain Python over arrays. The number of dimensions and literal
arguments are known while compiling, so that their tests choose a branch then.
"""

from types import FunctionType

from srcad.library import (
    draws,
    fourier,
    intrinsics,
    products,
    quantiles,
    scans,
    sequences,
    shaping,
    signals,
    sorting,
    special,
    stacks,
)

__all__ = [
    "CONSTANT",
    "FOURIER",
    "FUNCTIONS",
    "METHODS",
    "NUMPY",
    "RANDOM",
    "SPECIAL",
    "intrinsics",
]

FUNCTIONS: dict[str, FunctionType] = {
    name: found
    for module in (
        draws,
        fourier,
        products,
        quantiles,
        scans,
        sequences,
        shaping,
        signals,
        sorting,
        stacks,
        special,
    )
    for name, found in vars(module).items()
    if isinstance(found, FunctionType) and found.__module__ == module.__name__
}

NUMPY = (
    *("allclose", "append", "arange", "argmax", "argmin", "argsort", "argwhere", "array_equal"),
    *("average", "bincount", "compress", "convolve", "corrcoef", "correlate", "count_nonzero"),
    *("cov", "cross", "cumprod", "cumsum", "delete", "diag", "diag_indices", "diagflat"),
    *("diagonal", "diff", "digitize", "ediff1d", "extract", "eye", "fill_diagonal"),
    *("flatnonzero", "geomspace", "gradient", "heaviside", "histogram", "identity", "inner"),
    *("insert", "interp", "isin", "linspace", "logspace", "median", "nanmax", "nanmean"),
    *("nanmin", "nanprod", "nanstd", "nansum", "nanvar", "nonzero", "outer", "percentile"),
    *("polyval", "ptp", "quantile", "repeat", "roll", "rot90", "searchsorted", "sort", "std"),
    *("take_along_axis", "trace", "trapezoid", "tri", "tril", "tril_indices", "triu"),
    *("triu_indices", "unique", "unravel_index", "var", "vdot"),
)
"""Functions of `np` that are here."""

CONSTANT = (
    *("allclose", "argmax", "argmin", "argsort", "argwhere", "array_equal", "count_nonzero"),
    *("diag_indices", "digitize", "eye", "flatnonzero", "identity", "isin", "nonzero"),
    *("searchsorted", "tri", "tril_indices", "triu_indices", "unravel_index"),
)
"""Those whose results are positions, counts or truths: their derivative is zero."""

FOURIER = (
    *("fft", "ifft", "rfft", "irfft", "fft2", "ifft2", "fftn", "ifftn"),
    *("fftfreq", "rfftfreq", "fftshift", "ifftshift"),
)
"""Functions of `np.fft` that are here."""

RANDOM = tuple(name.removeprefix("random_") for name in FUNCTIONS if name.startswith("random_"))
"""Functions of `np.random` that are here."""

SPECIAL = ("logsumexp", "softmax", "log_softmax")
"""Functions of `scipy.special` that are here."""

METHODS = (
    *("argmax", "argmin", "argsort", "cumprod", "cumsum", "diagonal", "nonzero", "repeat"),
    *("searchsorted", "std", "trace", "var"),
)
"""Functions that are methods of arrays too."""
