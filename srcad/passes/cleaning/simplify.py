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

from collections.abc import Callable, Collection

from srcad.ir.nodes import Function
from srcad.ir.walk import all_names
from srcad.passes.building.temporaries import is_derivative, is_made_up
from srcad.passes.cleaning.copies import propagate_copies
from srcad.passes.cleaning.dead import remove_dead
from srcad.passes.cleaning.zeros import propagate_zeros


def _zeros(function: Function, derivatives: Collection[str]) -> Function:
    return propagate_zeros(function, lambda name: name in derivatives)


def _copies(function: Function, derivatives: Collection[str]) -> Function:
    return propagate_copies(function, lambda name: name in derivatives or is_made_up(name))


SIMPLIFY: tuple[tuple[str, Callable[[Function, Collection[str]], Function]], ...] = (
    ("dead", remove_dead),
    ("zeros", _zeros),
    ("dead", remove_dead),
    ("copies", _copies),
    ("zeros", _zeros),
    ("dead", remove_dead),
)
"""The passes in their order. Each is given the adjoints and tangents, whose literal zeros
mean "no influence"."""


def simplify(function: Function, derivatives: Collection[str] | None = None) -> Function:
    """Return `function` with the same results and less to do.

    derivatives: by default every name that ends like one (`x_bar`, `x_dot_1`).
    """
    if derivatives is None:
        derivatives = {name for name in all_names(function) if is_derivative(name)}
    for _, pass_ in SIMPLIFY:
        function = pass_(function, derivatives)
    return function
