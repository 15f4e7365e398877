"""Dicts, lists, dataclasses and named tuples as arguments and as results."""

import collections
import pickle
from dataclasses import dataclass, field
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


def layers(p, x):
    """Of a dict of a list of dataclasses and of a named tuple."""
    h = x
    for layer in p["layers"]:
        h = np.tanh(layer.w * h + layer.b)
    return p["out"].first * np.sum(h * p["out"].second)


def model():
    made = [Layer(np.array([1.0, 2.0, 3.0]), 0.5), Layer(np.array([-1.0, 0.5, 0.25]), -0.5)]
    return {"layers": made, "out": Pair(1.5, np.array([2.0, 1.0, 3.0]))}


def leaves(tree):
    """Return the leaves in order, by the classes as Python knows them."""
    match tree:
        case dict():
            parts = list(tree.values())
        case list() | tuple():
            parts = list(tree)
        case Layer(w, b):
            parts = [w, b]
        case _:
            return [np.asarray(tree, float)]
    return [leaf for part in parts for leaf in leaves(part)]


def by_differences(f, tree, flat):
    """Return the gradient by a list of arrays, by differences."""
    found = []
    for k, leaf in enumerate(flat):
        out = np.zeros(leaf.size)
        for j in range(leaf.size):
            values = []
            for step in (1e-6, -1e-6):
                moved = [a.copy() for a in flat]
                moved[k].reshape(-1)[j] += step
                values.append(f(tree(moved)))
            out[j] = (values[0] - values[1]) / 2e-6
        found.append(out.reshape(leaf.shape))
    return found


def as_model(flat):
    w0, b0, w1, b1, first, second = flat
    made = [Layer(w0, float(b0)), Layer(w1, float(b1))]
    return {"layers": made, "out": Pair(float(first), second)}


def check_like_model(found):
    assert type(found) is dict
    assert list(found) == ["layers", "out"]
    assert type(found["layers"]) is list
    assert [type(layer) for layer in found["layers"]] == [Layer, Layer]
    assert type(found["out"]) is Pair


def test_gradients_have_the_structure_of_the_argument():
    with as_plain_python():
        value, found = srcad.value_and_grad(layers)(model(), X)
    check_like_model(found)
    assert value == pytest.approx(layers(model(), X), rel=1e-14)
    expected = by_differences(lambda p: layers(p, X), as_model, leaves(model()))
    for a, b in zip(leaves(found), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


@pytest.mark.compiled
def test_compiled_code_hands_out_structures():
    gradient = srcad.grad(layers, argnums=(0, "x"))
    found, x_bar = gradient(model(), X)
    again, _ = gradient(p=model(), x=X)
    check_like_model(found)
    with as_plain_python():
        twin, twin_x = gradient(model(), X)
    for other in (twin, again):
        check_like_model(other)
        for a, b in zip(leaves(found), leaves(other), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13)
    np.testing.assert_allclose(x_bar, twin_x, rtol=1e-13)
    copy = pickle.loads(pickle.dumps(gradient))
    check_like_model(copy(model(), X)[0])
    assert "Layer(" in str(gradient.emitted.popitem()[1].built.source)


def scaled(p):
    y = p["w"] * p["s"]
    return {"y": y, "total": Layer(y[::-1].copy(), np.sum(y)), "rows": [y[0], p["s"] ** 2]}


def test_results_with_structure():
    p = {"w": X, "s": 2.0}
    p_dot = {"s": 1.0, "w": np.array([1.0, 0.0, 0.0])}  # found by the keys
    with as_plain_python():
        out, out_dot = srcad.jvp(scaled, (p,), (p_dot,))
        value, pullback = srcad.vjp(scaled, p)
        bar = {
            "rows": [0.0, 1.0],
            "total": Layer(np.zeros(3), 1.0),
            "y": np.array([1.0, 0.0, 0.0]),
        }
        (found,) = pullback(bar)
    for tree in (out, out_dot, value):
        assert list(tree) == ["y", "total", "rows"]
        assert type(tree["total"]) is Layer
        assert type(tree["rows"]) is list
    y_dot = np.array([2.1, -0.2, 0.3])
    np.testing.assert_allclose(out_dot["y"], y_dot)
    np.testing.assert_allclose(out_dot["total"].w, y_dot[::-1])
    np.testing.assert_allclose([out_dot["total"].b, *out_dot["rows"]], [2.2, 2.1, 4.0])
    np.testing.assert_allclose(found["w"], [4.0, 2.0, 2.0])
    assert found["s"] == pytest.approx(X.sum() + X[0] + 4.0)


@pytest.mark.compiled
def test_jvp_and_vjp_compiled():
    p = {"w": X, "s": 2.0}
    out, out_dot = srcad.jvp(scaled, (p,), (p,))
    assert type(out) is dict
    assert type(out_dot["total"]) is Layer
    np.testing.assert_allclose(out_dot["y"], 2.0 * out["y"])
    value, pullback = srcad.vjp(scaled, p)
    assert type(value) is dict
    (found,) = pullback(value)
    assert type(found) is dict
    assert sum(np.sum(found[k] * p[k]) for k in p) == pytest.approx(
        sum(np.sum(a * b) for a, b in zip(leaves(out), leaves(out_dot), strict=True))
    )


def test_integers_have_none():
    def power(p):
        return p["x"] ** p["n"]

    with as_plain_python():
        _, pullback = srcad.vjp(power, {"x": 3.0, "n": 2})
        assert pullback(1.0) == ({"x": 6.0, "n": None},)
        _, out_dot = srcad.jvp(power, ({"x": 3.0, "n": 2},), ({"x": 1.0, "n": None},))
        assert out_dot == pytest.approx(6.0)
        with pytest.raises(TypeError, match=r"p\['n'\] is an int64"):
            srcad.grad(power)({"x": 3.0, "n": 2})


def test_aux_may_have_structure():
    def f(x):
        return x * x, {"x": x, "both": [x, 2.0 * x]}

    with as_plain_python():
        assert srcad.grad(f, has_aux=True)(3.0) == (6.0, {"x": 3.0, "both": [3.0, 6.0]})
    value = srcad.value_and_grad(f, has_aux=True)(3.0)
    assert value == ((9.0, {"x": 3.0, "both": [3.0, 6.0]}), 6.0)


def of_layers(p, x):
    return {"s": p["l"][0].w * x, "t": [p["l"][1] ** 2 * x[0], p["l"][1]]}


def cube(p):
    return np.sum(p["l"][0].w ** 3) * p["l"][1]


def test_jacobians_have_the_structure_of_results_and_arguments():
    p = {"l": [Layer(X, 2.0), 4.0]}
    with as_plain_python():
        for operator in (srcad.jacfwd, srcad.jacrev):
            found = operator(of_layers, ("x", 0))(p, X)
            assert list(found) == ["s", "t"]
            by_x, by_p = found["t"][0]
            np.testing.assert_allclose(by_x, [16.0, 0.0, 0.0])
            assert type(by_p["l"][0]) is Layer
            assert by_p["l"][1] == pytest.approx(8.0 * X[0])
            np.testing.assert_allclose(found["s"][1]["l"][0].w, np.diag(X))


def test_second_derivatives_have_the_structure_twice():
    p = {"l": [Layer(X, 2.0), 4.0]}
    with as_plain_python():
        found = srcad.hessian(cube)(p)
        value, gradient, product = srcad.value_grad_hvp(cube)(p, p)
        np.testing.assert_allclose(srcad.hvp(cube)(p, p)["l"][0].w, product["l"][0].w)
        for vector in ({"m": p["l"]}, {"l": [{"w": X, "b": 2.0}, 4.0]}, (1.0,)):
            with pytest.raises(TypeError, match="the vector of p"):
                srcad.hvp(cube)(p, vector)
    assert value == cube(p)
    np.testing.assert_allclose(found["l"][0].w["l"][0].w, np.diag(24.0 * X))
    np.testing.assert_allclose(found["l"][1]["l"][0].w, 3.0 * X**2)
    np.testing.assert_allclose(gradient["l"][0].w, 12.0 * X**2)
    np.testing.assert_allclose(product["l"][0].w, 36.0 * X**2)  # homogeneous of degree 4
    assert product["l"][1] == pytest.approx(3.0 * gradient["l"][1])


def test_vectors_are_found_by_keys():
    def f(p):
        return p["a"] ** 2 * p["b"]

    with as_plain_python():
        found = srcad.hvp(f)({"a": 2.0, "b": 3.0}, {"b": 0.0, "a": 1.0})
    assert found == {"a": 6.0, "b": 4.0}


def turned(p, n):
    i = 0
    while i < n:
        p = Layer(p.w * p.b, b=p.b + 1.0)
        i += 1
    q = {"a": p.b, "w": p.w}
    for _ in range(n):
        q = {**q, "a": np.sum(q["w"]), "w": q["w"] * q["a"]}
    return np.sum(q["w"]) * q["a"]


def test_names_may_be_bound_again_in_loops():
    p = Layer(X, 2.0)
    with as_plain_python():
        found = srcad.grad(turned)(p, 2)
    expected = by_differences(lambda p: turned(p, 2), lambda a: Layer(a[0], float(a[1])), leaves(p))
    for a, b in zip(leaves(found), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_parts_that_share_memory():
    def f(p):
        p["a"][0] = 2.0
        return np.sum(p["a"] * p["b"])

    with as_plain_python():
        with pytest.raises(ValueError, match="share memory"):
            srcad.grad(f)({"a": X, "b": X})
        assert srcad.grad(f)({"a": X.copy(), "b": X})["a"].tolist() == [0.0, -0.2, 0.3]


def idioms(p, flag):
    total = 0.0
    for key, value in p.items():
        total += 2.0 * value if key == "a b" else value
    for k, value in enumerate(p.values()):
        total += k * value * value
    q = {**p, "class": total}
    if flag > 0.0:
        q = {"a b": 1.0, "class": total * total}
    else:
        q = {"a b": 2.0, "class": q["class"]}
    r = q if flag > 1.0 else {"a b": total, "class": 0.5}
    return q["class"] + p.get("c", 0.0) + ("a b" in p) + q["a b"] + r["a b"] * len(p)


@pytest.mark.parametrize("flag", [-1.0, 0.5])
def test_what_dicts_can_do(flag):
    p = {"a b": 1.5, "class": 2.0}

    def as_dict(flat):
        return {"a b": float(flat[0]), "class": float(flat[1])}

    with as_plain_python():
        value, found = srcad.value_and_grad(idioms)(p, flag)
    assert value == pytest.approx(idioms(p, flag))
    expected = by_differences(lambda p: idioms(p, flag), as_dict, leaves(p))
    np.testing.assert_allclose(leaves(found), expected, rtol=1e-6)


# What is refused -------------------------------------------------------------------------


def refused(f, *args, match):
    with as_plain_python(), pytest.raises((NotDifferentiable, TypeError), match=match):
        srcad.grad(f)(*args)


def test_no_tuple_is_made_of_a_dict():
    """What a dict does otherwise than a tuple of its values is refused."""

    def unpacked(p):
        a, b = p
        return a + b

    def numbered(p):
        return p[0]

    def looped(p):
        s = 0.0
        for k in p:
            s += k
        return s

    def added(p):
        return np.sum(p)

    def missing(p):
        return p["c"]

    def assigned(p):
        p["a"] = 2.0
        return p["a"]

    def data(p):
        return p["a" if p["a"] > 0.0 else "b"]

    p = {"a": 1.0, "b": 2.0}
    for f in (unpacked, numbered, looped, added, missing, assigned, data):
        refused(f, p, match=r"E\d\d\d|not supported|key")


def test_lists_are_no_arrays():
    def by_shape(a):
        s = 0.0
        for i in range(a.shape[0]):
            s += a[i]
        return s

    def times(a):
        return np.sum(a * a)

    refused(by_shape, [1.0, 2.0], match=r"lists have no attribute 'shape'(.|\n)*np.array\(a\)")
    refused(times, [1.0, 2.0], match="a list cannot be used")
    refused(times, collections.OrderedDict(a=1.0), match="'OrderedDict' cannot be passed")
    refused(lambda a: a["x"], {}, match="there is no key 'x'")


def test_dataclasses_are_no_tuples():
    def numbered(p):
        return p[1]

    def unpacked(p):
        _, b = p
        return b

    def other(p):
        return p.c

    for f in (numbered, unpacked, other):
        refused(f, Layer(X, 1.0), match=r"E\d\d\d")


def test_structures_that_cannot_be_made_again():
    @dataclass
    class Made:
        w: float
        half: float = field(init=False)

        def __post_init__(self):
            self.half = self.w / 2.0

    refused(lambda p: p.w * p.half, Made(1.0), match="'Made' is not made of the values")
    refused(lambda p: p[0], {0: 1.0}, match="keys of dicts must be strings")


def test_tangents_of_another_structure():
    def f(p):
        return p["a"] * p["b"] ** 2

    along = srcad.tangent(f)
    p = {"a": 2.0, "b": 3.0}
    with as_plain_python():
        assert along(p, {"a": 1.0, "b": 0.0}) == (18.0, 9.0)
        for dot in ({"b": 0.0, "a": 1.0}, {"a": 1.0, "c": 0.0}, (1.0, 0.0)):
            with pytest.raises(TypeError, match="p_dot: expected a dict with the keys 'a', 'b'"):
                along(p, dot)
        with pytest.raises(TypeError, match="tangent of p: expected a dict with the keys 'a', 'b'"):
            srcad.jvp(f, (p,), ({"a": 1.0, "c": 0.0},))


def test_cotangents_of_another_structure():
    def f(x):
        return {"y": x, "z": 2.0 * x}

    back = srcad.adjoint(f)
    with as_plain_python():
        assert back(1.0, {"y": 1.0, "z": 2.0}) == ({"y": 1.0, "z": 2.0}, 5.0)
        for bar in ({"z": 2.0, "y": 1.0}, (1.0, 2.0)):
            with pytest.raises(TypeError, match="out_bar: expected a dict with the keys 'y', 'z'"):
                back(1.0, bar)


def test_check_grads_takes_structures():
    with as_plain_python():
        srcad.check_grads(layers, (model(), X))
        srcad.check_grads(scaled, ({"w": X, "s": 2.0},), order=2, modes="fwd")


def sum_of(a):
    return a[0] + a[1]


@pytest.mark.filterwarnings("ignore::numba.NumbaPendingDeprecationWarning")
def test_decorated_functions_run_as_python():
    """Numba takes no lists of dataclasses, but lists of numbers."""
    total = srcad.differentiate(sum_of)
    assert total([1.0, 2.0]) == 3.0
    assert len(total.signatures) == 1
    decorated = srcad.differentiate(layers)
    assert decorated(model(), X) == layers(model(), X)
    with as_plain_python():
        check_like_model(decorated.grad()(model(), X))
