"""Sparse Jacobians and Hessians: found in as few sweeps as the pattern needs colours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from srcad.arguments import Argnums, is_several, parameter_names, positions
from srcad.carried import carried, carrier_of
from srcad.derivative import target_of
from srcad.memo import memo_of
from srcad.sparse.choice import Mode
from srcad.sparse.functions import Kind, SparseBlocks, SparseFunction, Symmetric, What
from srcad.sparse.matrix import Format
from srcad.sparse.pattern import Pattern


def sparse_jacobian(
    f: Any,
    argnums: Argnums = 0,
    sparsity: Any = None,
    format: Format = "csr",  # noqa: A002 - as in SciPy
    mode: Mode | None = None,
    verify: bool = False,  # noqa: FBT001, FBT002 - as `has_aux` of `grad`
) -> Any:
    """Return a function of the same arguments that computes the Jacobian of `f`, sparse.

    f: a Python function, an `@njit` function or a decorated one; it returns an array of floats,
        or fills an argument.
    argnums: position or name of the argument to differentiate by, an array of floats; a sequence
        of them gives a tuple of matrices, each found by itself.
    sparsity: which elements may be other than zero: an array of booleans, a sparse array of
        SciPy, or a pattern that `srcad.sparsity` has found. Of shape (size of the result, size
        of the argument), axes in C order. Without it, `srcad.sparsity` finds it, at the first
        call. A pattern that misses elements gives wrong numbers, unless `verify` is set.
    format: of the result: "csr", "csc" or "coo".
    mode: "forward" colours the columns, "reverse" the rows; None takes what has less to do.
    verify: compare the product with a random vector at each call with what the tangent gives.

    The function returns a sparse array of SciPy (`csr_array`, ...) of the elements of the
    pattern, zeros too. Columns (or rows) that share no row (or column) have one colour, and are
    found in one sweep; a sweep carries up to eight colours. The pattern, the colours and the code
    are found at the first call, and held for arguments of the same shapes and dtypes. A pattern
    that was found is held for the same constants alone, where it may depend on them: integers and
    booleans, and floats that decide a branch or an index.
    `.choice(*args)` says which mode is taken and why.

    Raises ValueError for a pattern of another shape, and where `verify` finds that elements are
    missing; TypeError for an argument or a result that is no array of floats.

    >>> import numpy as np
    >>> import srcad
    >>> def differences(x):
    ...     y = np.empty(x.size - 1)
    ...     for i in range(x.size - 1):
    ...         y[i] = x[i] * x[i + 1]
    ...     return y
    >>> jacobian = srcad.sparse_jacobian(differences)
    >>> jacobian(np.array([1.0, 2.0, 3.0, 4.0])).toarray()
    array([[2., 1., 0., 0.],
           [0., 3., 2., 0.],
           [0., 0., 4., 3.]])
    >>> print(jacobian.choice(np.array([1.0, 2.0, 3.0, 4.0])))
    forward: 2 colours of columns or at least 2 colours of rows; reverse counts as 1.5 times as much
    """
    _check(mode, (None, *get_args(Mode)), "mode")
    return _made(f, argnums, "jacobian", sparsity, format, mode, verify)


def sparse_hessian(
    f: Any,
    argnums: Argnums = 0,
    sparsity: Any = None,
    format: Format = "csr",  # noqa: A002
    method: Symmetric | None = None,
    verify: bool = False,  # noqa: FBT001, FBT002
) -> Any:
    """Return a function of the same arguments that computes the Hessian of `f`, sparse.

    f: a function of one float, as `grad` takes it.
    argnums: position or name of the argument, an array of floats.
    sparsity, format, verify: as in `sparse_jacobian`; the pattern is made symmetric.
    method: "star" for a colouring that gives each element as it is, "acyclic" for one that
        mostly has fewer colours, and gives elements by substitution, with a few rounding errors
        more; None takes "star" unless the other one needs fewer sweeps.

    The columns of a colour are found by one tangent of the gradient. The result is symmetric
    to the last bit. Everything else is as in `sparse_jacobian`.

    >>> import numpy as np
    >>> import srcad
    >>> def rosenbrock(x):
    ...     value = 0.0
    ...     for i in range(x.size - 1):
    ...         value += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    ...     return value
    >>> srcad.sparse_hessian(rosenbrock)(np.ones(4)).toarray()
    array([[ 802., -400.,    0.,    0.],
           [-400., 1002., -400.,    0.],
           [   0., -400., 1002., -400.],
           [   0.,    0., -400.,  200.]])
    """
    _check(method, (None, *get_args(Symmetric)), "method")
    if is_several(argnums):
        message = "sparse_hessian takes one argument; put several into one array to have all blocks"
        raise TypeError(message)
    return _made(f, argnums, "hessian", sparsity, format, method, verify)


def _check(value: object, allowed: tuple[object, ...], name: str) -> None:
    """Raise ValueError for an option that does not exist."""
    if value not in allowed:
        message = f"{name} is one of {', '.join(map(repr, allowed))}, got {value!r}"
        raise ValueError(message)


def _made(
    f: Any,
    argnums: Argnums,
    kind: Kind,
    sparsity: Any,
    format_: Format,
    way: Mode | Symmetric | None,
    verify: bool,  # noqa: FBT001
) -> Any:
    """Return the sparse function of one argument, or one that calls those of several."""
    _check(format_, get_args(Format), "format")
    pattern = None if sparsity is None else Pattern.from_sparse(sparsity)
    what = (kind, format_, way, bool(verify))
    carrier = carrier_of(f)
    if carrier is not None:
        found = carried(lambda func, wrt: _of(func, wrt, what, pattern), carrier, argnums)
        made = found.made
        if isinstance(made, SparseBlocks):
            return SparseBlocks(tuple(replace(part, carrier=carrier) for part in made.parts))
        return replace(made, carrier=carrier)
    return _of(f, argnums, what, pattern)


def _of(f: Any, argnums: Argnums, what: What, pattern: Pattern | None) -> Any:
    """Return the sparse function of what carries no values."""
    func, options = target_of(f, f"sparse_{what[0]}")
    wrt = positions(argnums, parameter_names(func), func.__name__)
    if is_several(argnums):
        if pattern is not None and len(wrt) > 1:
            message = "sparsity= is the pattern of one argument; take sparse_jacobian of each"
            raise TypeError(message)
        return SparseBlocks(tuple(_of(f, k, what, pattern) for k in wrt))
    position = wrt[0]
    if pattern is not None:
        return SparseFunction(func, options, position, what, pattern)

    known = memo_of(func).shortcuts
    key = "sparse", position, what, options
    if key not in known:
        # It looks at each call at what the function captures.
        known[key] = None, SparseFunction(func, options, position, what, None)
    return known[key][1]
