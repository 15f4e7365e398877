"""`sparsity`: which elements of a Jacobian or of a Hessian may be other than zero."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from srcad.backend.index_sets import IS_FULL, new_store, partners_of_leaves, rows_of
from srcad.backend.jit import Derivative
from srcad.bound import Bound
from srcad.carried import Carrying
from srcad.derivative import derivative
from srcad.frontend.syntax.signature import signature_of
from srcad.ir.structures import given
from srcad.sparse.pattern import Integers, Pattern
from srcad.spec import Kind
from srcad.trees import is_float, leaves

JACOBIANS = {"jacfwd", "jacrev", "jacobian"}
FIRST_CAPACITY = 1 << 12
SETS_PER_INPUT = 16
LAST_CAPACITY = 1 << 26
"""A set takes some 200 bytes."""


def sparsity(operator: Any) -> Callable[..., Pattern]:
    """Return a function of the same arguments that finds the pattern of a matrix of derivatives.

    operator: `jacobian(f)`, `jacfwd(f)`, `jacrev(f)` or `hessian(f)`, with any `argnums`.

    The result returns a `Pattern`: which elements of the Jacobian may be other than zero, with
    a row for each number that `f` returns (of arrays element by element, of tuples item by
    item, and what `f` writes into its arguments last) and a column for each float in the
    arguments of `argnums`, in their order; or of the Hessian, with both for these floats.
    Sizes, and all values that do not depend on them, are those of the arguments. The pattern is
    that of all values that the floats can have: of branches that they decide, both sides count,
    of loops any number of rounds, and where they decide an index, all elements. A factor that
    happens to be zero counts as well. So the pattern holds every derivative that is other than
    zero anywhere, and it may hold more.

    It is found by running the function once on sets of inputs in place of floats, which
    takes time in proportion to the operations of `f` and to the size of the pattern. Second
    derivatives are those of the operations that are not linear, and that the result depends
    on (A. Walther, ACM Trans. Math. Softw. 34 (2008), article 3).

    Raises TypeError for other operators, and NotDifferentiable where the floats decide how
    large an array is, or which one a name stands for.

    >>> import numpy as np
    >>> import srcad
    >>> def differences(x):
    ...     return x[1:] ** 2 - x[:-1]
    >>> print(srcad.sparsity(srcad.jacobian(differences))(np.ones(4)))
    3 x 4, 6 nonzeros
    x x . .
    . x x .
    . . x x
    """
    if isinstance(operator, Carrying):
        found: Callable[..., Pattern] = Carrying(sparsity(operator.made), operator.carrier)
        return found
    spec = operator.__srcad_derivative__ if isinstance(operator, Derivative | Bound) else None
    if spec is None or spec.kind not in {*JACOBIANS, "hessian"}:
        message = f"sparsity takes jacobian(f) or hessian(f), got {operator!r}"
        raise TypeError(message)
    kind: Kind = "hessian_pattern" if spec.kind == "hessian" else "jacobian_pattern"
    func: Any = spec.func
    wrt = spec.wrt
    # Both sides of a branch are run: what the side that is not taken divides by may be zero.
    options = replace(operator.options, error_model="numpy", fastmath=False)

    def pattern(*args: Any, **named: Any) -> Pattern:
        # Each time, as what is captured may have changed.
        made = derivative(func, kind, wrt, extra=("store",), options=options)
        bound = signature_of(func).bind(*args, **named)
        bound.apply_defaults()
        values = tuple(map(given, bound.arguments.values()))
        inputs = sum(int(np.size(v)) for v in leaves(tuple(values[k] for k in wrt)) if is_float(v))
        return _found(made, values, inputs, is_second=kind == "hessian_pattern")

    return pattern


def _found(made: Any, values: tuple[Any, ...], inputs: int, *, is_second: bool) -> Pattern:
    """Return the pattern, with a store that is large enough."""
    capacity = max(FIRST_CAPACITY, SETS_PER_INPUT * inputs)
    while True:
        store = new_store(inputs, capacity)
        try:
            out = made(*values, store)
            sets = partners_of_leaves(store) if is_second else _flat(out)
        except MemoryError:
            if not store[IS_FULL]:
                raise
            capacity *= 4
            if capacity > LAST_CAPACITY:
                message = f"the pattern needs more than {capacity // 4} sets of inputs"
                raise MemoryError(message) from None
            continue
        starts, columns = rows_of(store, sets)
        rows = np.repeat(np.arange(sets.size, dtype=np.int64), np.diff(starts))
        return Pattern.from_pairs((sets.size, inputs), rows, columns)


def _flat(out: Any) -> Integers:
    """Return the sets of all outputs in a row."""
    parts = [np.ravel(np.asarray(part, dtype=np.int64)) for part in out]
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])
