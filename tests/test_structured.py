"""Structured arrays and records: fields read and written, both modes, second order.

Each program runs with NumPy for its value and its differences.
"""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

BODY = np.dtype([("m", "f8"), ("x", "f8", (3,)), ("id", "i8")])
PACKED = np.dtype([("flag", "?"), ("m", "f8"), ("id", "i1"), ("x", "f8", (3,))])
NESTED = np.dtype([("p", [("a", "f8"), ("b", "f8", (2,))]), ("w", "f4")])


def bodies(count, dtype=BODY):
    """Return a structured array whose fields have other numbers each."""
    found = np.zeros(count, dtype).view(np.recarray)
    found["m"] = 1.5 + 0.3 * np.arange(count)
    found["x"] = np.cos(np.arange(3.0 * count)).reshape(count, 3)
    found["id"] = np.arange(count) % 3
    return found


def nested():
    """Return an array whose fields have fields."""
    found = np.zeros(3, NESTED)
    found["p"]["a"], found["w"] = [0.3, 0.7, 1.1], [1.0, 2.0, 3.0]
    found["p"]["b"] = [[0.2, 0.4], [0.6, 0.8], [1.0, 1.2]]
    return found


def read_by_key_and_name(a, t):
    total = 0.0
    for i in range(a.size):
        total += a[i].m ** 2 * a["x"][i, 0] * a[i]["id"] + a.x[i][2] * t
    return total * a["m"][-1]


def written(a, t):
    for i in range(a.shape[0]):
        a[i].m *= t
        a["x"][i] += a[i]["m"]
        a[i]["x"][0] = a["m"][i] ** 2
    a.m = a.m + 1.0
    a["x"][1:, 1] -= a["m"][:-1]
    return (a["x"] * a["m"][:, np.newaxis]).sum()


def whole_elements(a, t):
    b = a.copy()
    b[0] = b[1]
    b[1]["m"] = t * t
    r = b[2]
    b["m"][2] = r.m * t
    return (r["m"] + b["m"][0]) * b["m"][1] * b["x"][0, 1]


def parts(a, t):
    total, c = 0.0, a[a["id"] == 1]
    for k, r in enumerate(c):
        total += r["m"] ** (k + 2)
    for r in reversed(a[1:]):
        total = total * t + r["x"][1] * r["m"]
    last = a[["m", "x"]][-1]
    return total + last["m"] ** 2 * len(a) * a.ndim + a[[0, 2, 0]]["m"].sum() ** 2


def chosen(a, t):
    best = 0
    for i in range(1, a.size):
        if a[i]["m"] * t > a[best]["m"]:
            best = i
    r = a[best]
    best = 0
    return r.m * r["x"].sum()


@pytest.mark.parametrize("dtype", [BODY, PACKED], ids=["aligned", "packed"])
@pytest.mark.parametrize(
    "func", [read_by_key_and_name, written, whole_elements, parts, chosen], ids=lambda f: f.__name__
)
def test_structured_arguments(func, dtype):
    with as_plain_python():
        if dtype is BODY and func in (written, parts):
            srcad.check_grads(func, (bodies(3), 1.3), order=2)
        else:
            srcad.check_grads(func, (bodies(7, dtype)[::2], 1.3))


def test_gradients_are_structured_arrays_of_the_float_fields():
    a = bodies(4, PACKED)
    before = a.copy()
    with as_plain_python():
        found = srcad.grad(written)(a, 1.3)
        plain = srcad.grad(lambda a, t: a["m"].sum() * t)(np.asarray(a), 1.3)
        none = srcad.grad(lambda a, t: (a["m"] * t).sum())(a[:0], 1.3)
    assert found.dtype == np.dtype((np.record, [("m", "f8"), ("x", "f8", (3,))]))
    assert type(found) is np.recarray
    assert type(plain) is np.ndarray
    assert none.shape == (0,)
    assert (a == before).all()


def polynomial(p, x):
    return p["k"] * x**2 + p["c"][0] * x + p["n"] * p["k"] * p["f"]


def test_records():
    dtype = np.dtype([("k", "f8"), ("c", "f8", (2,)), ("n", "i8"), ("f", "f4")])
    one = np.array([(2.0, [1.0, 3.0], 5, 0.5)], dtype)[0]
    with as_plain_python():
        found = srcad.grad(polynomial, (0, 1))(one, 3.0)
        value, dot = srcad.jvp(polynomial, (one, 3.0), (one, 1.0))
        curved = srcad.hvp(polynomial)(one, one, 3.0)
    assert type(found[0]) is np.void
    assert found[0].dtype == np.dtype([("k", "f8"), ("c", "f8", (2,)), ("f", "f4")])
    assert found[0].item()[0] == 9.0 + 2.5
    assert np.array_equal(found[0]["c"], [3.0, 0.0])
    assert found[1] == 13.0
    assert value == polynomial(one, 3.0)
    assert dot == value + 5.0 + 13.0
    assert (curved["k"], curved["f"]) == (2.5, 10.0)


def test_nested_fields():
    def func(a):
        total = 0.0
        for r in a:
            total += r["p"]["a"] ** 2 * r["p"]["b"][1] * r["w"]
        a["p"]["b"][0] *= 2.0
        a[1:]["p"]["a"][0] *= 3.0
        return total + (a["p"]["a"] * a["p"]["b"].sum(axis=1)).sum()

    with as_plain_python():
        srcad.check_grads(func, (nested(),))
        found = srcad.grad(func)(nested())
    assert found.dtype == NESTED


def test_results_are_structured_arrays():
    def scaled(a, t):
        b = np.zeros(a.size, BODY)
        for i in range(a.size):
            b[i]["m"] = a["m"][i] * t
            b["x"][i] = a[i]["x"]
            b["id"][i] = i
        return b, b[1]

    a = np.asarray(bodies(3))
    with as_plain_python():
        (out, one), pullback = srcad.vjp(scaled, a, 1.3)
        bars, t_bar = pullback((out, one))
        _, (out_dot, _) = srcad.jvp(scaled, (a, 1.3), (None, 1.0))
    assert out.dtype == BODY
    assert np.array_equal(out, scaled(a, 1.3)[0])
    assert one == scaled(a, 1.3)[1]
    expected = 1.3**2 * a["m"]
    expected[1] *= 2
    assert np.allclose(bars["m"], expected, rtol=1e-15)
    assert np.isclose(t_bar, 1.3 * ((a["m"] ** 2).sum() + a["m"][1] ** 2))
    assert out_dot.dtype == np.dtype([("m", "f8"), ("x", "f8", (3,))])
    assert np.array_equal(out_dot["m"], a["m"])


program = programs()


@program((vec(4), 1.3), (vec(1), 1.3), (vec(0), 1.3))
def made_inside(x, t):
    a = np.zeros(x.size, BODY)
    b = np.zeros_like(a)
    for i in range(x.size):
        a[i]["m"] = x[i] * t
        a[i]["x"][i % 3] = x[i] ** 2
        b[x.size - 1 - i] = a[i]
        b[i] = (x[i], a["x"][i], i)
    return a["m"] * b["x"][:, 1] + b["m"]


@parametrized(program)
def test_programs_with_structured_arrays_of_their_own(func, args, mutates):
    check(func, args, mutates)
    with as_plain_python():
        srcad.check_grads(lambda x, t: made_inside(x, t).sum(), args, order=2)


def test_compiled_as_plain():
    a = bodies(4, PACKED)
    compiled = srcad.grad(written)(a, 1.3)
    with as_plain_python():
        assert np.array_equal(compiled, srcad.grad(written)(a, 1.3))
    same_names = srcad.grad(lambda p: sum(v * v for v in p.values()))
    assert same_names({"a b": 1.0}) == {"a b": 2.0}
    assert same_names({"a-b": 1.0}) == {"a-b": 2.0}


# What is refused ----------------------------------------------------------------------


def fields_of_a_record(p):
    p["k"] = 2.0
    return p["k"]


def no_field(a):
    return a["z"].sum()


def element_as_number(a):
    return a[0] * 2.0


def several_at_once(a):
    a[["m", "id"]] = 1.0
    return a["m"].sum()


@pytest.mark.parametrize(
    ("func", "arg", "hint"),
    [
        (fields_of_a_record, np.zeros(1, [("k", "f8")])[0], "pass a structured array of one"),
        (no_field, bodies(2), "check the spelling"),
        (element_as_number, bodies(2), "use numbers and arrays"),
        (several_at_once, bodies(2), "assign"),
        (lambda a: a[0][0], bodies(2), "write the name of a field"),
        (lambda a: a["m"].sum() + a.item, bodies(2), "use its fields"),
    ],
)
def test_refused(func, arg, hint):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match=hint):
        srcad.grad(func)(arg)


def test_refused_at_the_call():
    union = np.dtype({"names": ["a", "b"], "formats": ["f8", "f8"], "offsets": [0, 0]})
    with as_plain_python():
        with pytest.raises(TypeError, match="share memory"):
            srcad.grad(lambda a: a["a"].sum())(np.zeros(2, union))
        with pytest.raises(TypeError, match="takes the fields as arguments"):
            srcad.hessian(lambda a: a["m"].sum())(bodies(2))
        with pytest.raises(TypeError, match="has no derivative"):
            srcad.grad(lambda a: a["id"].sum() * 1.0)(bodies(2)[["id"]])
        with pytest.raises(ValueError, match="share memory"):
            srcad.grad(_writes, (0, 1))(*[bodies(3)] * 2)


def _writes(a, b):
    a["m"] *= b["m"]
    return a["m"].sum()


NAMED = np.dtype([("size", "f8"), ("T", "f8")])


@pytest.mark.parametrize("kind", [np.ndarray, np.recarray])
def test_fields_named_like_attributes(kind):
    """NumPy gives the attribute of an array; what NumPy and Numba differ in is refused."""
    a = np.zeros(3, NAMED).view(kind)
    a["size"], a["T"] = [0.3, 0.7, 1.1], 2.0
    with as_plain_python():
        value, by_a = srcad.value_and_grad(lambda a: np.sum(a["size"] * a.size * a["T"]))(a)
        for refused in (lambda a: np.sum(a.T), lambda a: a[0].size + 1.0, wrongly_set):
            with pytest.raises(srcad.NotDifferentiable, match="attribute of NumPy's"):
                srcad.grad(refused)(a)
    assert value == pytest.approx(np.sum(a["size"] * 3 * 2.0))
    assert by_a["size"].tolist() == [6.0, 6.0, 6.0]


def wrongly_set(a):
    a.T = 1.0
    return a["T"][0]
