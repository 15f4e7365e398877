"""Cleaning up after a derivative pass: zeros, copies, repeated work, dead code.

    s_bar = 0.0                         x_bar = np.zeros_like(x)
    s_bar += y_bar                      for i in range(len(x)):
    x_bar = np.zeros_like(x)     ->         x_bar[i] += y_bar * w[i]
    for i in range(len(x)):             return x_bar
        _t0 = w[i]
        _t1 = s_bar * _t0
        x_bar[i] += _t1
    s_bar = 0.0
    return x_bar

(printed after `refold`, which folds `_t0` and `_t1`). On entry and on exit: flat IR. Every
step is sound for 0, -0.0, inf, nan and overlapping arrays; see the four modules.
"""

from __future__ import annotations

from collections.abc import Collection

from srcad.ir.nodes import Function
from srcad.passes.copies import propagate_copies
from srcad.passes.dead import remove_dead
from srcad.passes.made_up import is_derivative, is_made_up
from srcad.passes.zeros import propagate_zeros


def simplify(function: Function, derivatives: Collection[str] | None = None) -> Function:
    """Return `function` with the same results and less to do.

    derivatives: the adjoints and tangents, whose literal zeros mean "no influence". By
    default every name that ends like one (`x_bar`, `x_dot_1`).
    """

    def is_ours(name: str) -> bool:
        return is_derivative(name) if derivatives is None else name in derivatives

    function = remove_dead(function)
    function = remove_dead(propagate_zeros(function, is_ours))
    function = propagate_copies(function, lambda name: is_ours(name) or is_made_up(name))
    function = propagate_zeros(function, is_ours)
    return remove_dead(function)
