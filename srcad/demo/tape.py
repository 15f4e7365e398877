"""The same gradient with a tape: every operation is recorded, then replayed backwards.

Written for comparison, and compiled by Numba as a whole, so that what differs from the
generated adjoint is the method and not the language.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np

from srcad.demo.softmax import Floats, Ints


class Tape(NamedTuple):
    """One row for each operation: its value, its two operands, its two partials."""

    used: Ints
    value: Floats
    left: Ints
    right: Ints
    d_left: Floats
    d_right: Floats


def empty_tape(rows: int) -> Tape:
    """Return a tape with room for `rows` operations."""
    return Tape(
        np.zeros(1, np.int64),
        np.empty(rows),
        np.empty(rows, np.int64),
        np.empty(rows, np.int64),
        np.empty(rows),
        np.empty(rows),
    )


def rows_needed(W: Floats, X: Floats) -> int:
    """Return how many operations `loss` performs, with its inputs."""
    features, classes = W.shape
    per_class = 2 * features + 3  # multiply and add; then subtract, exp, add
    return W.size + classes + 2 + len(X) * (classes * per_class + 5)


@numba.njit
def _record(tape: Tape, value: float, i: int, d_i: float, j: int, d_j: float) -> int:
    k = tape.used[0]
    tape.used[0] = k + 1
    tape.value[k] = value
    tape.left[k], tape.d_left[k] = i, d_i
    tape.right[k], tape.d_right[k] = j, d_j
    return k


@numba.njit
def _constant(tape: Tape, value: float) -> int:
    return _record(tape, value, 0, 0.0, 0, 0.0)


@numba.njit
def _add(tape: Tape, i: int, j: int) -> int:
    return _record(tape, tape.value[i] + tape.value[j], i, 1.0, j, 1.0)


@numba.njit
def _subtract(tape: Tape, i: int, j: int) -> int:
    return _record(tape, tape.value[i] - tape.value[j], i, 1.0, j, -1.0)


@numba.njit
def _scale(tape: Tape, i: int, factor: float) -> int:
    return _record(tape, tape.value[i] * factor, i, factor, 0, 0.0)


@numba.njit
def _exp(tape: Tape, i: int) -> int:
    y = math.exp(tape.value[i])
    return _record(tape, y, i, y, 0, 0.0)


@numba.njit
def _log(tape: Tape, i: int) -> int:
    x = tape.value[i]
    return _record(tape, math.log(x), i, 1.0 / x, 0, 0.0)


@numba.njit
def _record_loss(tape: Tape, W: Floats, b: Floats, X: Floats, labels: Ints) -> int:
    """Record `softmax.loss`; the first rows are W and b."""
    features, classes = W.shape
    tape.used[0] = 0
    for j in range(features):
        for k in range(classes):
            _constant(tape, W[j, k])
    for k in range(classes):
        _constant(tape, b[k])
    score = np.zeros(classes, np.int64)
    total = _constant(tape, 0.0)
    for i in range(len(X)):
        for k in range(classes):
            s = features * classes + k
            for j in range(features):
                s = _add(tape, s, _scale(tape, j * classes + k, X[i, j]))
            score[k] = s
        top = score[0]
        for k in range(1, classes):
            if tape.value[score[k]] > tape.value[top]:
                top = score[k]
        scale = _constant(tape, 0.0)
        for k in range(classes):
            scale = _add(tape, scale, _exp(tape, _subtract(tape, score[k], top)))
        row = _subtract(tape, _add(tape, top, _log(tape, scale)), score[labels[i]])
        total = _add(tape, total, row)
    return _scale(tape, total, 1.0 / len(X))


@numba.njit
def value_and_grad(
    tape: Tape, W: Floats, b: Floats, X: Floats, labels: Ints
) -> tuple[float, tuple[Floats, Floats]]:
    """Return `softmax.loss` and its derivatives by W and b."""
    result = _record_loss(tape, W, b, X, labels)
    bar = np.zeros(result + 1)
    bar[result] = 1.0
    for k in range(result, -1, -1):
        bar[tape.left[k]] += tape.d_left[k] * bar[k]
        bar[tape.right[k]] += tape.d_right[k] * bar[k]
    inputs = bar[: W.size + b.size].copy()
    W_bar = inputs[: W.size].copy().reshape(W.shape)
    return tape.value[result], (W_bar, inputs[W.size :].copy())
