"""`check_grads` accepts right derivatives and names what is wrong with others."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from srcad import check_grads, differentiate, pipeline


def smooth(x, y):
    return math.sin(x) * y * y


def loop(a, w):
    s = 0.0
    for i in range(a.shape[0]):
        s += w * a[i] * a[i]
    return s


def mutating(a, out, n):
    for i in range(a.shape[0]):
        out[i] = a[i] * a[i] * n
    return out[0] * a[1]


def only_writes(a, out):
    for i in range(a.shape[0]):
        out[i] = 3.0 * a[i]


def several(p, k):
    return (p[0] * k, k), math.exp(p[1])


A, OUT = np.array([1.0, -2.0, 0.5]), np.array([4.0, 5.0, 6.0])

ACCEPTED = [
    ("scalars", smooth, (0.7, 1.3), {}),
    ("forward only", smooth, (0.7, 1.3), {"modes": "fwd"}),
    ("reverse only", smooth, (0.7, 1.3), {"modes": ("rev",)}),
    ("arrays", loop, (A, 1.5), {}),
    ("float32", loop, (A.astype(np.float32), np.float32(1.5)), {}),
    ("written arguments", mutating, (A, OUT, 3), {}),
    ("no result", only_writes, (A, OUT), {}),
    ("tuples and ints", several, ((0.3, 0.4), 2), {}),
    ("decorated", differentiate(smooth), (0.7, 1.3), {}),
    ("second order", smooth, (0.7, 1.3), {"order": 2}),
    ("forward over forward", loop, (A, 1.5), {"order": 2, "modes": "fwd"}),
]


@pytest.mark.parametrize(("name", "f", "args", "options"), ACCEPTED, ids=[r[0] for r in ACCEPTED])
def test_right_derivatives_pass(name, f, args, options):
    """Scalars, arrays, tuples, written arguments and several results are all checked."""
    before = [np.copy(arg) for arg in args if isinstance(arg, np.ndarray)]
    check_grads(f, args, **options)
    after = [arg for arg in args if isinstance(arg, np.ndarray)]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


WRONG = [
    (
        "tangent",
        "x * x",
        "2.0",
        "fwd",
        "wrong, argument x, mode fwd: expected {:.12g}, got {:.12g}",
    ),
]


def wrong(x):
    return x * x


@pytest.mark.parametrize("mode", ["fwd", "rev"])
@pytest.mark.parametrize("order", [1])
def test_wrong_derivatives_are_named(mode, order, monkeypatch):
    """The error names the function, the argument, the mode, and both numbers."""
    derive = pipeline.derive
    kinds = {"fwd": "tangent", "rev": "adjoint"}

    def broken(func, kind, *args, **options):
        generated = derive(func, kind, *args, **options)
        if kind != kinds[mode]:
            return generated
        head, _, tail = generated.source.rpartition("return ")
        value, _, slope = tail.strip().removesuffix(",)").removesuffix(")").partition(", ")
        slope = f"1.5 * ({slope.strip('(')})"
        slope = slope if mode == "fwd" else f"({slope},)"
        return replace(generated, source=f"{head}return {value}, {slope}\n")

    monkeypatch.setattr(pipeline, "derive", broken)
    local = lambda x: x * x * 1.25
    with pytest.raises(AssertionError) as caught:
        check_grads(local, (2.0,), order=order)
    text = str(caught.value)
    assert text.startswith(f"<lambda>, argument x, mode {mode}: expected ")
    expected, got = (float(part.split()[-1]) for part in text.split(", got "))
    assert got == pytest.approx(1.5 * expected)


REFUSALS = [
    ({"modes": "backward"}, "modes takes 'fwd' and 'rev', got ('backward',)"),
    ({"modes": ()}, "modes takes 'fwd' and 'rev', got ()"),
    ({"order": 0}, "order must be at least 1, got 0"),
]


@pytest.mark.parametrize(("options", "text"), REFUSALS)
def test_refusals(options, text):
    """Bad options are refused."""
    with pytest.raises(ValueError) as caught:
        check_grads(smooth, (1.0, 2.0), **options)
    assert str(caught.value) == text


def test_kinks_are_found():
    """A difference across a kink does not agree with either side."""
    with pytest.raises(AssertionError, match="argument x, mode fwd"):
        check_grads(lambda x: abs(x - 1.0), (1.0001,))
    check_grads(lambda x: abs(x - 1.0), (1.1,))
    check_grads(lambda x: abs(x - 1.0), (1.0001,), eps=1e-6)
