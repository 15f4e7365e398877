import math

import numpy as np
import pytest

import srcad
from srcad.studies import subjects
from tests.zoo import PROGRAMS


def cube_of(x):
    return x * x * x


def wrong_jvp():
    cube = srcad.custom_jvp(cube_of)
    cube.defjvp(lambda primals, tangents: (cube(primals[0]), 2.0 * primals[0] ** 2 * tangents[0]))
    return cube


def wrong_vjp():
    cube = srcad.custom_vjp(cube_of)
    cube.defvjp(lambda x: (cube(x), x), lambda x, g: (4.0 * x * x * g,))
    return cube


@pytest.mark.parametrize("make", [wrong_jvp, wrong_vjp])
def test_a_wrong_rule_is_named(make):
    """The line that calls it, in a loop too, whatever lines its error reaches."""
    cube = make()

    def f(x):
        s = 0.0
        for i in range(x.size):
            t = math.sin(x[i]) + s
            s = cube(t) * 0.5
            s = s + math.exp(-t)
        u = s * 2.0
        return math.log(u)

    x = np.array([0.3, 0.4, 0.5])
    verdict = srcad.verify(f)(x)
    assert not verdict
    assert (verdict.mode, verdict.text) == ("reverse", "s = cube(t) * 0.5")
    assert verdict.got / verdict.expected == pytest.approx(2 / 3 if make is wrong_jvp else 4 / 3)
    assert x.tolist() == [0.3, 0.4, 0.5]
    assert "what flows back through argument 1 of cube_of, times it: expected" in str(verdict)


def loop(x, k):
    y = np.zeros(x.size)
    s = 0.0
    for i in range(x.size):
        y[i] = math.sin(x[i]) / (1.0 + k * x[i] ** 2)
        s += y[i] * math.sqrt(x[i])
    return s * s


def branches(x, k):
    while x < 10.0:
        x = x * 1.5 + k
    return x if x > 12.0 else -x


def whole(x, k):
    y = np.exp(-x) * k
    return np.sum(y[1:] * y[:-1]) + np.max(x)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (loop, (np.array([0.3, 0.4, 0.5]), 2.0)),
        (loop, (np.float32([0.3, 0.4, 0.5]), np.float32(2.0))),
        (loop, (np.zeros(0), 2.0)),
        (branches, (0.5, 0.25)),
        (whole, (np.array([0.3, 1.4, -0.5]), 2.0)),
        (lambda a: np.sum(np.linalg.inv(a) ** 2), (np.eye(3) + 0.1,)),
        (lambda x, n: x**n, (1.5, 3)),
    ],
)
def test_right_derivatives_agree(f, args):
    """No line of a right program is blamed."""
    verdict = srcad.verify(f)(*args)
    assert verdict, str(verdict)
    assert str(verdict).startswith("all derivatives agree")


FROM_THE_ZOO = ("two_states_back", "callee_fills_argument", "assigned_on_some_paths")


@pytest.mark.parametrize("name", FROM_THE_ZOO)
def test_loops_that_go_forward_and_jumps_nearby(name):
    """Inner loops may go forward on the way back, arguments be written, and jumps be near."""
    program = next(p for p in PROGRAMS if p.name == name)
    verdict = srcad.verify(program.function)(*program.args())
    assert verdict, str(verdict)


def test_a_rule_for_arrays_is_wrong():
    """Of operations on whole arrays, the gradient is compared as a whole."""
    scale = srcad.custom_vjp(lambda x: 3.0 * x)
    scale.defvjp(lambda x: (3.0 * x, x), lambda x, g: (2.0 * g + 0.0 * x,))
    verdict = srcad.verify(lambda x: np.sum(scale(x)))(np.ones(3))
    assert not verdict
    assert verdict.what == "the gradient along a random direction"
    assert verdict.not_seen


def test_a_planted_fault_in_the_tangent(monkeypatch):
    """Forward mode is looked at if reverse mode is right: the first variable that is wrong."""
    derived = subjects.Subject.derived

    def broken(self, kind, wrt=None):
        made = derived(self, kind, wrt)
        if kind == "tangent":
            object.__setattr__(made, "source", made.source.replace("y_dot = ", "y_dot = 2.0 * "))
        return made

    def f(x):
        y = math.sin(x)
        z = y * y
        return z + y

    assert srcad.verify(f)(0.7)
    monkeypatch.setattr(subjects.Subject, "derived", broken)
    verdict = srcad.verify(f)(0.7)
    assert (verdict.mode, verdict.text) == ("forward", "y = math.sin(x)")


def test_what_is_refused():
    """Functions of other results, and of no floats."""
    with pytest.raises(TypeError, match="one float"):
        srcad.verify(lambda x: 2.0 * x)(np.ones(2))
    with pytest.raises(TypeError, match="has no float argument"):
        srcad.verify(lambda n: 1.0)(2)


def test_what_is_left_of_larger_terms():
    """Their roundings are no disagreement, and an error as large as they are is one."""

    def balanced(x, a):
        total = 0.0
        for i in range(x.size):
            d = x[i] - 0.5
            total += a * d / (1.0 + abs(d))
        return total

    x = np.array([0.3, 0.7])
    assert srcad.verify(balanced)(x, 1.0)
    assert srcad.verify(balanced)(np.array([0.1, 0.3, 0.7, 0.9]), 1e3)
