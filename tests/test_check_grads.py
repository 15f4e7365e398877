"""`check_grads` accepts right derivatives and names what is wrong with others."""

from __future__ import annotations

import math

import numpy as np
import pytest

import srcad
from srcad import check_grads, differentiate, jvp, testing, vjp
from tests.harness import as_plain_python

pytestmark = pytest.mark.compiled


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


def wrong_jvp(f, primals, tangents):
    out, out_dot = jvp(f, primals, tangents)
    return out, 1.5 * out_dot


def wrong_vjp(f, *primals):
    out, pullback = vjp(f, *primals)
    return out, lambda ct: tuple(1.5 * bar for bar in pullback(ct))


@pytest.mark.parametrize("mode", ["fwd", "rev"])
def test_wrong_derivatives_are_named(mode, monkeypatch):
    """The error names the function, the argument, the mode, and both numbers."""
    monkeypatch.setattr(testing, *{"fwd": ("jvp", wrong_jvp), "rev": ("vjp", wrong_vjp)}[mode])
    with pytest.raises(AssertionError) as caught:
        check_grads(smooth, (0.7, 1.3))
    text = str(caught.value)
    assert text.startswith(f"smooth, argument x, mode {mode}: expected ")
    expected, got = (float(part.split()[-1]) for part in text.split(", got "))
    assert got == pytest.approx(1.5 * expected)


def test_worst_element_is_named(monkeypatch):
    """In arrays, the error names the element and the output."""

    def doubles(a):
        b = np.zeros(a.shape[0])
        for i in range(a.shape[0]):
            b[i] = 2.0 * a[i]
        return b, 1.0

    def wrong(f, primals, tangents):
        out, (b_dot, one_dot) = jvp(f, primals, tangents)
        b_dot[2] += 1.0
        return out, (b_dot, one_dot)

    monkeypatch.setattr(testing, "jvp", wrong)
    with pytest.raises(AssertionError) as caught:
        check_grads(doubles, (A,))
    assert str(caught.value).startswith(
        "doubles, argument a[0], mode fwd, output 0 at (2,): expected "
    )


def test_changed_arguments_are_found(monkeypatch):
    """A derivative that writes the caller's arrays is wrong."""
    values = A.copy()

    def writes(f, primals, tangents):
        result = jvp(f, primals, tangents)
        values[0] += 1e-14
        return result

    monkeypatch.setattr(testing, "jvp", writes)
    with pytest.raises(AssertionError) as caught:
        check_grads(loop, (values, 1.5))
    assert str(caught.value) == "loop: a derivative changed its arguments"


def writes_twice(a, out):
    out[:] = a * 2.0


def test_written_without_a_change():
    """What is written may have held the same numbers before."""
    values = np.array([1.0, 2.0, 4.0])
    with as_plain_python():
        check_grads(writes_twice, (values, 2.0 * values))


# Higher orders ---------------------------------------------------------------------------


@srcad.custom_jvp
def cube(x):
    return x * x * x


@cube.defjvp
def cube_dot(primals, tangents):
    """Right at the first order; its own derivative is 0 where it should be 6 x."""
    (x,), (x_dot,) = primals, tangents
    return cube(x), 3.0 * srcad.stop_gradient(x * x) * x_dot


@srcad.custom_vjp
def square(x):
    return x * x


def square_fwd(x):
    return x * x, srcad.stop_gradient(x)


def square_bwd(x, bar):
    return (2.0 * x * bar,)


square.defvjp(square_fwd, square_bwd)


@srcad.custom_jvp
def fourth(x):
    return x**4


@fourth.defjvp
def fourth_dot(primals, tangents):
    """Right at the first and the second order: only the third one is wrong."""
    (x,), (x_dot,) = primals, tangents
    return fourth(x), 4.0 * x * square_of_cube(x) * x_dot


@srcad.custom_jvp
def square_of_cube(x):
    return x * x


@square_of_cube.defjvp
def square_of_cube_dot(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return square_of_cube(x), 2.0 * srcad.stop_gradient(x) * x_dot


def by_element(a, w):
    return a[0] * a[0] * w + cube(a[1]) * w


def in_structure(p, k):
    return p[0] * k + square(p[1][1]) * p[1][0]


def of_order_three(x):
    return fourth(x)


A2 = np.array([0.7, 1.3])
WRONG = [
    (by_element, (A2, 2.0), 2, "fwd", "argument a[1], mode fwd over fwd"),
    (by_element, (A2, 2.0), 2, "rev", "argument a[1], mode rev over rev"),
    (by_element, (A2, 2.0), 2, ("fwd", "rev"), "argument a[1], mode fwd over fwd"),
    (in_structure, ((1.3, (0.7, 0.4)), 2), 2, "rev", "argument p[1][1], mode rev over rev"),
    (of_order_three, (0.8,), 3, "fwd", "argument x, mode fwd over fwd over fwd"),
    (of_order_three, (0.8,), 3, "rev", "argument x, mode rev over rev over rev"),
]


@pytest.mark.parametrize(("f", "args", "order", "modes", "words"), WRONG)
def test_wrong_only_at_an_order(f, args, order, modes, words):
    """Lower orders pass; the error names the order, the element, and the modes."""
    with as_plain_python():
        check_grads(f, args, order - 1, modes)
        with pytest.raises(AssertionError) as caught:
            check_grads(f, args, order, modes)
    text = str(caught.value)
    assert text.startswith(f"{f.__name__}, order {order}, {words}"), text
    assert ": expected " in text


def test_right_to_the_third_order():
    with as_plain_python():
        check_grads(smooth, (0.7, 1.3), 3)
        check_grads(loop, (A, 1.5), 3, "rev")


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
