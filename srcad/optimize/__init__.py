"""Small optimisers as compiled loops, for `@njit` code, where SciPy cannot go.

Each takes a function and options and returns a function of a start and of the other arguments,
which is called from Python and from `@njit` code:

    srcad.optimize.lbfgs(f, gtol=1e-8)(x0, *args)
"""

from srcad.optimize.result import Result
from srcad.optimize.solvers import adam, lbfgs, levenberg_marquardt, newton_cg

__all__ = ["Result", "adam", "lbfgs", "levenberg_marquardt", "newton_cg"]
