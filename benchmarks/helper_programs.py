"""The ten programs of several helpers each, with arguments of a few numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import helper_models as models
from benchmarks import helper_solvers as solvers

Row = tuple[str, Callable[..., Any], tuple[Any, ...], tuple[int, ...]]


def rows() -> tuple[Row, ...]:
    """Return name, function, arguments and what to differentiate by."""
    draw = np.random.default_rng(1).random
    a = draw((4, 4)) * 0.1
    spd = a @ a.T + np.eye(4)
    gas_state = np.ones((3, 8)) + 0.1 * draw((3, 8)) + np.array([[0.0], [-1.0], [1.5]])
    return (
        ("conjugate gradients", solvers.conjugate_gradients, (spd, draw(4)), (0, 1)),
        ("heat", solvers.heat, (draw(8), 0.1), (0, 1)),
        ("gas", solvers.gas, (gas_state,), (0,)),
        ("kinetics", solvers.kinetics, (draw(3), draw(3)), (0, 1)),
        ("kalman", solvers.kalman, (a, spd, draw(4), 0.5, draw(3)), (0, 1, 2, 3)),
        (
            "network",
            models.network,
            (draw(3), draw((3, 4)), draw(4), draw((4, 2)), draw(2), np.array([0.0, 1.0])),
            (1, 2, 3, 4),
        ),
        ("cameras", models.cameras, (draw(9) + 1.0, draw((4, 3)) + 1.0, draw((4, 2))), (0, 1)),
        ("molecules", models.molecules, (4.0 * draw((5, 3)), 5.0, 10.0), (0, 2)),
        (
            "options",
            models.options,
            (
                np.array([0.2, 0.05, 0.02]),
                100.0,
                0.01,
                np.array([90.0, 110.0]),
                draw(2) + 0.5,
                np.array([5.0, 4.0]),
            ),
            (0, 2),
        ),
        ("shallow water", models.shallow_water, (draw((6, 6)), 2.0), (0, 1)),
    )
