"""Train on the iris data, check the gradient, show its source, compare it with a tape."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numba
import numpy as np

import srcad
from srcad.demo import tape
from srcad.demo.softmax import Floats, Ints, Split, accuracy, iris, loss, zero_weights

STEPS = 170
RATE = 0.5

Gradient = tuple[Floats, Floats]
Step = Callable[[Floats, Floats, Floats, Ints], tuple[float, Gradient]]


def main() -> None:
    """Run the four parts of the demonstration and print each."""
    data = iris()
    model = srcad.differentiate(loss)
    step = srcad.value_and_grad(model, argnums=("W", "b"))

    _title(f"softmax regression on iris: {STEPS} steps of gradient descent")
    W, b = train(step, data)

    _title("the gradient against central differences")
    error = difference_error(step(W, b, *data.train)[1], W, b, *data.train)
    print(f"largest difference in {W.size + b.size} entries: {error:.1e}")

    _title("the adjoint, as it is compiled")
    print(model.inspect_adjoint(W, b, *data.train))

    _title("one thread, medians of interleaved rounds")
    print(comparison(step, W, b, *data.train))


def train(step: Step, data: Split) -> Gradient:
    """Return the trained weights and biases; print loss and accuracy every 10 steps."""
    W, b = zero_weights(data.train[0].shape[1])
    print("step    loss  train accuracy  test accuracy")
    for k in range(STEPS + 1):
        value, (W_bar, b_bar) = step(W, b, *data.train)
        if k % 10 == 0:
            known, unseen = accuracy(W, b, *data.train), accuracy(W, b, *data.test)
            print(f"{k:4d}  {value:.4f}  {known:14.2f}  {unseen:13.2f}")
        if k < STEPS:
            W, b = W - RATE * W_bar, b - RATE * b_bar
    return W, b


def difference_error(gradient: Gradient, W: Floats, b: Floats, X: Floats, labels: Ints) -> float:
    """Return the largest difference between `gradient` and central differences of `loss`."""
    compiled = numba.njit(loss)
    width = 1e-5
    worst = 0.0
    for array, bar in zip((W, b), gradient, strict=True):
        for at in np.ndindex(*array.shape):
            kept = array[at]
            array[at] = kept + width
            above = compiled(W, b, X, labels)
            array[at] = kept - width
            below = compiled(W, b, X, labels)
            array[at] = kept
            worst = max(worst, abs((above - below) / (2 * width) - bar[at]))
    return worst


def comparison(step: Step, W: Floats, b: Floats, X: Floats, labels: Ints) -> str:
    """Return a table of times: the loss alone, our gradient, the gradient with a tape."""
    compiled = numba.njit(loss)
    rows = tape.empty_tape(tape.rows_needed(W, X))
    runs: dict[str, Callable[[], object]] = {
        "loss alone (numba.njit)": lambda: compiled(W, b, X, labels),
        "value and gradient (srcad)": lambda: step(W, b, X, labels),
        "value and gradient (tape, compiled)": lambda: tape.value_and_grad(rows, W, b, X, labels),
    }
    _require_agreement(step(W, b, X, labels), tape.value_and_grad(rows, W, b, X, labels))
    times = _interleaved_medians(runs)
    alone = next(iter(times.values()))
    lines = [f"{'':36}  microseconds  times the loss"]
    lines += [f"{name:36}  {t * 1e6:12.1f}  {t / alone:14.1f}" for name, t in times.items()]
    return "\n".join(lines)


def _require_agreement(ours: tuple[float, Gradient], theirs: tuple[float, Gradient]) -> None:
    """Raise AssertionError unless both values and both gradients are the same numbers."""
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-12)
    for a, b in zip(ours[1], theirs[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def _interleaved_medians(
    runs: dict[str, Callable[[], object]], rounds: int = 15, calls: int = 100
) -> dict[str, float]:
    """Return seconds per call for each run; every round times all of them."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            for _ in range(calls):
                run()
            times[name].append((time.perf_counter() - start) / calls)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def _title(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")
