"""Structures inside functions: operators of them, rules, loops over dicts, lists in loops."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import srcad
from srcad.errors import NotDifferentiable
from tests.harness import as_plain_python

X = np.array([0.1, -0.2, 0.3])


@dataclass(frozen=True)
class Layer:
    w: np.ndarray
    b: float


class Pair(NamedTuple):
    first: float
    second: np.ndarray


def by_differences(f, x):
    """Return the derivative of a function of one number."""
    return (f(x + 1e-6) - f(x - 1e-6)) / 2e-6


def check(f, x=0.7):
    """Compare the derivative of a function of one number with differences of itself in Python."""
    with as_plain_python():
        value, found = srcad.value_and_grad(f)(x)
        assert value == pytest.approx(f(x), rel=1e-13)
        assert found == pytest.approx(by_differences(f, x), rel=1e-7)
        assert srcad.jvp(f, (x,), (1.0,))[1] == pytest.approx(found, rel=1e-12)


# Operators ------------------------------------------------------------------------------


def product(p):
    return p["a"] ** 3 * p["b"]


def of_layers(p):
    h = np.tanh(p["layers"][0].w * p["pair"].first + p["layers"][0].b)
    return np.sum(h * p["layers"][1].w * p["pair"].second) * p["layers"][1].b


def both(p):
    return {"u": p["a"] * p["b"], "v": [p["a"] ** 2, (p["b"],)]}


def descends(x):
    p = {"a": x, "b": x * x + 1.0}
    for _ in range(3):
        g = srcad.grad(product)(p)
        p = {key: value - 0.01 * g[key] for key, value in p.items()}
    return p["a"] * p["b"]


def of_all_kinds(x):
    layers = [Layer(x * X, x), Layer(X, 2.0 * x)]
    p = {"layers": layers, "pair": Pair(x, X)}
    value, g = srcad.value_and_grad(of_layers)(p)
    first, second = g["layers"]
    return value * first.b + np.sum(first.w) * second.b + g["pair"].first * np.sum(g["pair"][1])


def along(x):
    p = {"a": x, "b": 2.0}
    dot = srcad.jvp(product, (p,), ({"b": 0.5, "a": 1.0},))[1]  # found by the keys
    half = srcad.jvp(product, (p,), ({"a": 1.0, "b": 0.0},))[1]
    moved = srcad.tangent(both)(p, {"a": x, "b": 1.0})[1]
    return dot * half + moved["u"] * moved["v"][1][0]


def back(x):
    p = {"a": x, "b": 2.0}
    bars = srcad.adjoint(both)(p, {"u": 1.0, "v": [x, (3.0,)]})[1]
    out, pullback = srcad.vjp(both, p)
    (again,) = pullback({"v": [2.0, (1.0,)], "u": out["u"]})
    _, pushed = srcad.linearize(both, p)
    return bars["a"] * again["b"] + again["a"] + pushed({"a": 1.0, "b": x})["v"][0]


def matrices(x):
    p = {"a": x, "b": 2.0}
    jacobian, hessian = srcad.jacobian(both)(p), srcad.hessian(product)(p)
    found = jacobian["u"]["a"] * jacobian["v"][0]["a"] + jacobian["v"][1][0]["b"]
    moved = srcad.hvp(product)(p, {"b": 1.0, "a": x})
    return found + hessian["a"]["b"] * hessian["a"]["a"] + moved["a"] * moved["b"]


def closes_over(x):
    p = {"a": x, "b": [x, 2.0]}

    def inner(q):
        return p["a"] * q["c"] ** 2 * p["b"][0]

    return srcad.grad(inner)({"c": x})["c"] * p["b"][1]


@pytest.mark.parametrize(
    "f", [descends, of_all_kinds, along, back, matrices], ids=lambda f: f.__name__
)
def test_operators_of_structures(f):
    check(f)


def test_functions_that_close_over_structures():
    """A plain Python function cannot: the derivative inside is by hand here."""

    def by_hand(x):
        return 2.0 * x * x * x * 2.0

    with as_plain_python():
        value, found = srcad.value_and_grad(closes_over)(0.7)
    assert value == pytest.approx(by_hand(0.7))
    assert found == pytest.approx(by_differences(by_hand, 0.7))


def test_compiled_inside_structures():
    assert srcad.grad(along)(0.7) == pytest.approx(by_differences(along, 0.7), rel=1e-7)


def refused(f, *args, match):
    with as_plain_python(), pytest.raises(NotDifferentiable, match=match):
        srcad.grad(f)(*args)


def test_vectors_of_another_structure():
    def lacks(x):
        return srcad.jvp(product, ({"a": x, "b": x},), ({"a": 1.0},))[1]

    def numbered(x):
        return srcad.hvp(product)({"a": x, "b": x}, (1.0, 2.0))["a"]

    def part(x):
        p = Layer(x * X, x)
        return srcad.jvp(lambda p: np.sum(p.w) * p.b, (p,), (Layer(x, 1.0),))[1]

    refused(lacks, 1.0, match="tangent is a dict with the keys 'a', and belongs to a dict")
    refused(numbered, 1.0, match="vector is a tuple of 2, and belongs to a dict")
    refused(part, 1.0, match="tangent.w is a number, and belongs to an array")


def test_parts_that_are_integers_have_no_derivative():
    def power(p):
        return p["x"] ** p["n"]

    def slope(x, n):
        return srcad.grad(power)({"x": x, "n": n})["x"]

    def by_number(x, n):
        return srcad.grad(lambda m: 2.0 * m)(n) * x

    refused(slope, 2.0, 3, match=r"p\['n'\] is an int64, so it has no derivative")
    refused(by_number, 2.0, 3, match="m is an int64, so it has no derivative")

    def moved(x, n):
        return srcad.jvp(power, ({"x": x, "n": n},), ({"x": 1.0, "n": None},))[1]

    with as_plain_python():
        assert srcad.grad(moved)(2.0, 3) == pytest.approx(12.0)


# Functions with rules -------------------------------------------------------------------


@srcad.checkpoint
def day(state, h):
    u, v = state["u"], state["v"][0]
    for _ in range(3):
        u, v = u + h * v, v - h * np.sin(u)
    return {"u": u, "v": [v]}


def days(x):
    state = {"u": x, "v": [0.5]}
    for _ in range(4):
        state = day(state, 0.1)
    return state["u"] * state["v"][0]


def residual(z, p):
    return z**3 + p["a"] * z - p["b"]


def solver(p):
    z = 1.0
    for _ in range(60):
        z = z - (z**3 + p["a"] * z - p["b"]) / (3.0 * z * z + p["a"])
    return z


solved = srcad.root(residual, solver)


def test_checkpoints_of_structures():
    check(days)
    with as_plain_python():
        assert srcad.hessian(days)(0.7) == pytest.approx(
            by_differences(srcad.grad(days), 0.7), rel=1e-6
        )


def test_roots_of_structures():
    check(lambda x: solved({"a": 2.0, "b": x}) ** 2)
    with as_plain_python():
        found = srcad.grad(solved)({"a": 2.0, "b": 3.0})
    assert found == pytest.approx({"a": -0.2, "b": 0.2})


# Loops and what dicts can do ------------------------------------------------------------


def over_keys(x):
    p, s = {"a": x, "b": x * x, "c": 2.0}, 0.0
    for key in p:  # noqa: PLC0206
        s += p[key] ** 2
    for k, key in enumerate(sorted(p)):
        s += p[key] * k
    for key, value in sorted(p.items()):
        s *= value if key == "a" else 1.0
    for first, second in zip(p, reversed(p), strict=False):
        s += p[first] * p[second]
    return s + sum(p[key] for key in list(p)[1:]) + p[tuple(p)[1]]


def made_anew(x):
    p = {"a": x, "b": x * x}
    q = {key: value * p["a"] for key, value in p.items() if key != "b"}
    r = dict(p, c=3.0 * x) | {"a": x**3} | dict([("d", x), ("e", 2.0)])  # noqa: C406
    return scaled(**q) + r["a"] * r["b"] * r["c"] * r["e"] + scaled(1.0, b=r["d"])


def scaled(a, b=2.0):
    return a * a * b


def lists_in_loops(x):
    p = {"l": [x, 2.0 * x], "s": x}
    for _ in range(3):
        p = {"l": [item * p["s"] for item in p["l"]], "s": p["s"] * 0.9}
    return p["l"][0] * p["l"][1] + p["s"]


def test_loops_over_dicts_and_lists():
    for f in (made_anew, lists_in_loops):
        check(f)
    with as_plain_python():
        found = srcad.grad(over_keys)(0.7)
    assert found == pytest.approx(by_differences(over_keys, 0.7))


def given_list(p, n):
    for _ in range(n):
        p = [p[0] * p[1], p[1] * 0.5]
    return p[0]


def test_lists_that_are_given_may_be_bound_again():
    with as_plain_python():
        assert srcad.grad(given_list)([3.0, 2.0], 2) == pytest.approx([2.0, 6.0])


def longer(x):
    p = Pair(x, x * X)
    q = p + (2.0 * x,)  # noqa: RUF005
    q += (x,)
    return q


def test_sums_of_named_tuples_are_tuples():
    with as_plain_python():
        out, out_dot = srcad.jvp(longer, (3.0,), (1.0,))
    assert type(out) is type(out_dot) is tuple
    assert (len(out), out_dot[2], out_dot[3]) == (4, 2.0, 1.0)


def test_what_is_refused():
    def of_an_array(x):
        return {key: x[key] for key in range(3)}["a"]

    def over_the_same(x):
        return scaled(x, b=x, a=x)

    def no_dict(x):
        return dict(x)["a"]

    refused(of_an_array, X, match="dict comprehensions are not supported")
    refused(over_the_same, 1.0, match="'scaled' cannot take the argument 'a'")
    refused(no_dict, 1.0, match="a dict of this is not supported")


def held(p):
    q = srcad.stop_gradient(p)
    return q["l"][0] * p["l"][0] + q["w"].w[1] * p["w"].w[1] * p["w"].b


def test_gradients_are_stopped_part_by_part():
    p = {"l": [3.0, 2], "w": Layer(X, 2.0)}
    with as_plain_python():
        _, pullback = srcad.vjp(held, p)
        (found,) = pullback(1.0)
    assert found["l"] == [3.0, None]
    np.testing.assert_allclose(found["w"].w, [0.0, 2.0 * X[1], 0.0])
    assert found["w"].b == pytest.approx(X[1] ** 2)
