"""Instances of jitclasses as arguments: fields read and assigned, methods, properties."""

import numba
import numpy as np
import pytest
from numba.experimental import jitclass

import srcad
from tests.harness import as_plain_python

FIELDS = [("x", numba.float64[:]), ("v", numba.float64[:]), ("t", numba.float64)]
FIELDS += [("n", numba.int64), ("f", numba.float32)]


@jitclass(FIELDS)
class Simulation:
    """A few points that move."""

    def __init__(self, x, v, t):
        self.x, self.v, self.t = x, v, t
        self.n, self.f = 0, 1.5

    def step(self, dt):
        for i in range(self.x.size):
            self.v[i] -= dt * self.x[i] * self.stiffness(2.0)
            self.x[i] += dt * self.v[i]
        self.t += dt * self.f
        self.n = self.n + 1.7  # which is cast to an integer
        return self.t

    def stiffness(self, a):
        return a * self.t

    @property
    def energy(self):
        return self.t * 2.0 + (self.x * self.x).sum()

    @staticmethod
    def squared(a):
        return a * a


def simulation():
    return Simulation(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.3]), 0.7)


def halve(o):
    o.t *= 0.5


def run(s, dt, steps):
    o, total = s, 0.0
    for _ in range(steps):
        total += s.t + o.step(dt)  # the field is read before it changes
        if o.n > 2:
            o.t = o.t * o.t
    while s.t < 5.0:
        s.t *= 1.7
    halve(s)
    return total + s.energy + s.n * s.t + s.squared(s.t)


def with_fields(x, v, t, f, dt, steps):
    """Return what `run` does without a class; NumPy and Python alone run it."""
    x, v, n, total = x.copy(), v.copy(), 0, 0.0
    for _ in range(steps):
        before = t
        for i in range(x.size):
            v[i] -= dt * x[i] * 2.0 * t
            x[i] += dt * v[i]
        t += dt * f
        n = n + 1
        total += before + t
        if n > 2:
            t = t * t
    while t < 5.0:
        t *= 1.7
    t *= 0.5
    return total + t * 2.0 + (x * x).sum() + n * t + t * t


def test_gradients_are_named_tuples_of_the_float_fields():
    s = simulation()
    args = (s.x, s.v, s.t, s.f)
    with as_plain_python():
        value, (fields, by_dt) = srcad.value_and_grad(run, (0, 1))(s, 0.1, 3)
        expected = srcad.grad(with_fields, (0, 1, 2, 3, 4))(*args, 0.1, 3)
        _, dot = srcad.jvp(run, (s, 0.1, 3), (fields, 0.0, None))
        curved = srcad.hvp(run)(s, fields, 0.1, 3)
        wanted = srcad.jvp(srcad.grad(with_fields, (0, 1, 2, 3)), (*args, 0.1, 3),
                           (*fields[:3], float(fields.f), None, None))[1]  # fmt: skip
    assert value == with_fields(*args, 0.1, 3)
    assert fields._fields == ("x", "v", "t", "f")
    assert repr(fields).startswith("Simulation(x=array(")
    for got, want in zip((*fields, by_dt), expected, strict=True):
        assert np.allclose(got, want, rtol=1e-6 if np.ndim(got) == 0 else 1e-13)
    assert (s.x == [1.0, 2.0, 3.0]).all()
    assert (s.t, s.n) == (0.7, 0)
    squares = sum(float(np.sum(np.square(part))) for part in fields)
    assert np.isclose(dot[0] if isinstance(dot, tuple) else dot, squares, rtol=1e-6)
    for got, want in zip(curved, wanted, strict=True):
        assert np.allclose(got, want, rtol=1e-5)


@pytest.mark.compiled
def test_compiled():
    s = simulation()
    found = srcad.grad(run)(s, 0.1, 3)
    with as_plain_python():
        plain = srcad.grad(run)(s, 0.1, 3)
    for a, b in zip(found, plain, strict=True):
        assert np.array_equal(np.float32(a), np.float32(b))


# What is refused ----------------------------------------------------------------------


def array_field(s):
    s.x = s.v * 2.0
    return s.x.sum()


def unknown_attribute(s):
    return s.t * s.z


def recursive(s, n):
    if n == 0:
        return s.t
    s.t *= 1.5
    return recursive(s, n - 1)


def maybe_the_same(s, o):
    s.t = 2.0
    return o.t


@srcad.checkpoint
def grown(s, a):
    s.t = s.t * a
    return s.t


def checkpointed(s):
    return grown(s, 2.0) * s.t


def inside(s):
    def set_it(a):
        s.t = a
        return s.t * a

    return srcad.grad(set_it)(2.0)


@pytest.mark.parametrize(
    ("func", "more", "hint"),
    [
        (array_field, (), "write its elements"),
        (unknown_attribute, (), "use its fields, methods and properties"),
        (recursive, (2,), "write it as a loop"),
        (maybe_the_same, (simulation,), "pass the fields of the others apart"),
        (checkpointed, (), "call the function itself"),
        (inside, (), "do that in the function that has the instance"),
    ],
)
def test_refused(func, more, hint):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match=hint):
        srcad.grad(func)(simulation(), *(one() if callable(one) else one for one in more))
