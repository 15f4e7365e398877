"""The operators and the decorated object, as a user meets them."""

from __future__ import annotations

import io
import linecache
import math
import re
from collections import namedtuple
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
from numba import njit, types

import srcad
from srcad import Decorated, differentiate, grad, value_and_grad

pytestmark = pytest.mark.compiled

ROOT = Path(__file__).parents[1]
Point = namedtuple("Point", "x y")


def product(x, y, z=2.0):
    return x * y * z


def total(a, w):
    s = 0.0
    for i in range(a.shape[0]):
        s += w * a[i] * a[i]
    return s


def distance(p):
    x, y = p
    return math.sqrt(x * x + y * y)


def with_aux(x, y):
    return x * y, (x + y, 3)


def pair(x):
    return x, 2.0 * x


def whole(x):
    return int(x)


def array_out(a):
    b = np.zeros(a.shape[0])
    for i in range(a.shape[0]):
        b[i] = 2.0 * a[i]
    return b


ARGNUMS = [
    ("default", {}, 6.0),
    ("position", {"argnums": 1}, 4.0),
    ("last", {"argnums": -2}, 4.0),
    ("name", {"argnums": "y"}, 4.0),
    ("one in a tuple", {"argnums": (1,)}, (4.0,)),
    ("two in their order", {"argnums": (1, 0)}, (4.0, 6.0)),
    ("names", {"argnums": ("x", "y")}, (6.0, 4.0)),
    ("mixed list", {"argnums": ["y", 0]}, (4.0, 6.0)),
    ("range", {"argnums": range(2)}, (6.0, 4.0)),
]


@pytest.mark.parametrize(("name", "options", "expected"), ARGNUMS, ids=str)
def test_argnums(name, options, expected):
    """Positions and names choose the arguments; a sequence gives a tuple in its order."""
    assert grad(product, **options)(2.0, 3.0) == expected
    assert value_and_grad(product, **options)(2.0, 3.0) == (12.0, expected)
    assert value_and_grad(differentiate(product), **options)(2.0, 3.0) == (12.0, expected)


def test_calls_by_keyword_and_with_defaults():
    """A derivative has the signature of its function."""
    g = value_and_grad(product, argnums=(0, 1))
    assert g(2.0, 3.0, 1.0) == (6.0, (3.0, 2.0))
    assert g(y=3.0, x=2.0) == (12.0, (6.0, 4.0))
    assert g(2.0, 3.0, z=5.0) == (30.0, (15.0, 10.0))
    assert str(signature(g)) == "(x, y, z=2.0)"
    assert g.__name__ == "product_value_and_grad"
    assert g.__doc__ == "Return the value and the gradient of `product` with respect to x, y."


def test_forms_of_parameters():
    """Keyword-only arguments keep their defaults; `*args` and `**kwargs` are refused."""

    def keyword_only(x, *, y=2.0):
        return x * y

    assert grad(keyword_only)(1.0) == 2.0
    assert grad(keyword_only, "y")(1.0, y=3.0) == 1.0
    assert srcad.jvp(keyword_only, (1.0,), (3.0,)) == (2.0, 6.0)
    for f in (lambda x, *args: x, lambda x, **kwargs: x):
        with pytest.raises(
            srcad.NotDifferentiable, match=r"\*args and \*\*kwargs are not supported"
        ):
            grad(f)(1.0)


def test_arrays_tuples_and_dtypes():
    """A gradient has the structure, the shape and the dtype of its argument."""
    a = np.array([1.0, 2.0, 3.0])
    value, (a_bar, w_bar) = value_and_grad(total, argnums=("a", "w"))(a, 2.0)
    assert value == 28.0
    assert w_bar == 14.0
    assert a_bar.dtype == np.float64
    np.testing.assert_array_equal(a_bar, [4.0, 8.0, 12.0])
    single = grad(total)(a.astype(np.float32), np.float32(2.0))
    assert single.dtype == np.float32
    assert grad(distance)((3.0, 4.0)) == pytest.approx((0.6, 0.8))
    assert tuple(grad(distance)(Point(3.0, 4.0))) == pytest.approx((0.6, 0.8))


def test_float32_after_float64():
    """What was compiled before does not decide the dtype of a result."""
    g = grad(lambda x: x * x)
    assert isinstance(g(3.0), float)
    assert g(np.float32(3.0)) == 6.0
    assert len(g.signatures) == 2


def test_aux():
    """With aux, the value comes first."""
    assert grad(with_aux, has_aux=True)(2.0, 3.0) == (3.0, (5.0, 3))
    assert value_and_grad(with_aux, has_aux=True)(2.0, 3.0) == ((6.0, (5.0, 3)), 3.0)
    both = value_and_grad(with_aux, argnums=(0, 1), has_aux=True)
    assert both(2.0, 3.0) == ((6.0, (5.0, 3)), (3.0, 2.0))


ONES = np.ones(3)

REFUSALS = [
    (lambda: grad(product, 3), ValueError,
     "argnums=3 is out of range: product has 3 arguments"),
    (lambda: grad(product, -4), ValueError,
     "argnums=-4 is out of range: product has 3 arguments"),
    (lambda: grad(product, "w"), ValueError,
     "product has no argument 'w'; it has x, y, z"),
    (lambda: grad(product, ("x", "x")), ValueError,
     "argnums names an argument twice: ('x', 'x')"),
    (lambda: grad(product, ()), ValueError,
     "argnums is empty; name at least one argument"),
    (lambda: grad(product, 1.0), TypeError,
     ("argnums takes positions and names of arguments, got 1.0; an operator returns a function: "
     "write srcad.grad(f)(x), or f.grad()(x)")),
    (lambda: grad(product, True), TypeError,
     "argnums takes positions and names of arguments, got True"),
    (lambda: grad(math.sin), TypeError,
     ("grad takes a Python function or an @njit function, got <built-in function sin>; "
     "write a def that calls it")),
    (lambda: grad(product)(2, 3.0), TypeError,
     "x is an int64, so it has no derivative; pass a float"),
    (lambda: grad(product)(np.True_, 3.0), TypeError,
     "x is a bool, so it has no derivative; pass a float"),
    (lambda: grad(total)(np.arange(3), 1.0), TypeError,
     "a is an array of int64, so it has no derivative; pass a.astype(np.float64)"),
    (lambda: grad(distance)((3, 4.0)), TypeError,
     "p[0] is an int64, so it has no derivative; pass a float"),
    (lambda: grad(product, "z")(2.0, 3.0), TypeError,
     "z is 2.0, which was not passed; pass it as a float"),
    (lambda: srcad.hessian(product)(2j, 3.0), TypeError,
     ("x is complex (complex128), and hessian is for real arguments: say holomorphic=True for "
     "complex derivatives, or take the real and the imaginary part as arguments")),
    (lambda: grad(product)("2", 3.0), TypeError,
     "x is '2', which has no derivative; pass a float"),
    (lambda: differentiate(error_model="c")(product), ValueError,
     "error_model must be 'python' or 'numpy', got 'c'"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "text"), REFUSALS)
def test_refusals(call, kind, text):
    """Bad input is refused before anything runs, with what to do instead."""
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == text


@pytest.mark.parametrize("f", [pair, whole, array_out], ids=lambda f: f.__name__)
@pytest.mark.parametrize("operator", [grad, value_and_grad])
def test_gradients_need_one_float(f, operator):
    """The gradient of anything but a float scalar is a TypeError."""
    arg = np.ones(3) if f is array_out else 1.5
    with pytest.raises(TypeError, match="float"):
        operator(f)(arg)


def test_decorated_object_is_the_dispatcher():
    """Calls, `py_func`, `signatures` and `inspect_llvm` are those of Numba."""
    f = differentiate(product)
    assert isinstance(f, Decorated)
    assert f(2.0, 3.0) == 12.0
    assert f.py_func is product
    assert f.signatures == [(types.float64, types.float64, types.Omitted(2.0))]
    assert "define" in next(iter(f.inspect_llvm().values()))
    assert f.__name__ == "product"
    assert f.grad("y")(2.0, 3.0) == 4.0
    assert f.value_and_grad()(2.0, 3.0) == (12.0, 6.0)
    assert f.jvp((2.0, 3.0), (1.0, 0.0)) == (12.0, 6.0)
    out, pullback = f.vjp(2.0, 3.0)
    assert (out, pullback(1.0)) == (12.0, (6.0, 4.0))


def test_decorator_with_options():
    """Options reach Numba; those that were not given stay Numba's own."""

    @differentiate(error_model="numpy", nogil=True)
    def inverse(x):
        return 1.0 / x

    @differentiate()
    def plain(x):
        return 1.0 / x

    assert inverse(0.0) == math.inf
    assert inverse.targetoptions["nogil"]
    with pytest.raises(ZeroDivisionError):
        plain(0.0)
    assert plain.grad()(2.0) == -0.25
    assert plain.targetoptions == {"nopython": True, "boundscheck": None}


def test_decorating_a_dispatcher_makes_a_copy():
    """The @njit function of somebody else stays as it is."""
    theirs = njit(product)
    f = differentiate(theirs)
    assert f.grad()(2.0, 3.0) == 6.0
    assert f(2.0, 3.0) == 12.0
    assert theirs.signatures == []
    with pytest.raises(TypeError, match="differentiate takes a Python function"):
        differentiate(f.grad())


def test_inspect_adjoint_and_tangent():
    """The source that is compiled, by signature, for a signature or for example arguments."""

    def weighted(a, w):
        s = 0.0
        for i in range(a.shape[0]):
            s += w * a[i]
        return s

    f = differentiate(weighted)
    a = np.ones(3)
    key = (types.float64[::1], types.float64)
    assert f.inspect_adjoint() == {}
    assert f.inspect_tangent() == {}
    f.grad()(a, 2.0)
    text = f.inspect_adjoint(a, 2.0)
    assert f.inspect_adjoint() == {key: text}
    assert f.inspect_adjoint(signature=key) == f.inspect_adjoint(key) == text
    assert "a_bar" in text
    assert text.startswith("def weighted_")
    tangent = f.inspect_tangent(a, 2.0)
    assert "a_dot" in tangent
    assert f.inspect_tangent() == {key: tangent}
    assert "w_bar" not in text
    assert "w_bar" in f.inspect_adjoint(a, 1.0, argnums="w")
    assert "out_bar" in differentiate(array_out).inspect_adjoint(a)


def test_generated_source_is_registered():
    """Debuggers and tracebacks find the generated text, and its name has its hash."""
    f = differentiate(lambda x: x * 2.5)
    text = f.inspect_adjoint(2.0, compiled=True)
    name = text.split("(")[0].removeprefix("def ")
    assert name.rpartition("_")[2].isalnum()
    assert "".join(linecache.getlines(f"<srcad {name}>")) == text


def test_py_func_of_a_derivative_is_its_twin():
    """The plain-Python twin of the compiled code gives the same result."""
    g = value_and_grad(total, argnums=(0, 1))
    a = np.array([1.0, 2.0])
    value, (a_bar, w_bar) = g.py_func(a, 2.0)
    assert (value, w_bar) == (10.0, 5.0)
    np.testing.assert_array_equal(a_bar, [4.0, 8.0])
    assert g.py_func(a, w=2.0)[0] == 10.0


def test_diagnostics():
    """One paragraph per derived signature."""

    def squares(a):
        s = 0.0
        for i in range(a.shape[0]):
            s += a[i] * a[i]
        return s

    f = differentiate(squares)
    empty, full = io.StringIO(), io.StringIO()
    f.adjoint_diagnostics(file=empty)
    assert empty.getvalue() == "no adjoint of squares was derived yet\n"
    f.adjoint_diagnostics((np.ones(2),), file=full)
    name, *lines = full.getvalue().splitlines()
    assert name.startswith("squares_adjoint_")
    assert name.endswith("(array(float64, 1d, C))")
    assert lines[0].endswith(": for i in range(a.shape[0]):")
    assert lines[1] == "    swept once: forward and reverse in the same iteration, nothing kept"


def test_stages():
    """Every stage can be printed by name; an unknown name lists them."""
    f = differentiate(total)
    assert "def total" in f.inspect_stage("typed", np.ones(2), 1.0)
    with pytest.raises(ValueError, match="typed"):
        f.inspect_stage("nonsense", np.ones(2), 1.0)
    with pytest.raises(TypeError, match="inspect_stage needs example arguments or a signature"):
        f.inspect_stage("typed")


def test_arguments_stay_as_they_are():
    """A derivative changes none of its arguments and returns no memory of theirs."""

    def fill(a, out):
        for i in range(a.shape[0]):
            out[i] = a[i] * a[i]
        return out[0]

    a, out = np.array([1.0, 2.0]), np.array([7.0, 8.0])
    a_bar, out_bar = grad(fill, argnums=(0, 1))(a, out)
    np.testing.assert_array_equal(a, [1.0, 2.0])
    np.testing.assert_array_equal(out, [7.0, 8.0])
    np.testing.assert_array_equal(a_bar, [2.0, 0.0])
    np.testing.assert_array_equal(out_bar, [0.0, 0.0])
    assert not np.shares_memory(out, out_bar)


def test_gradient_of_a_gradient():
    """Derivatives can be differentiated, as often as one likes."""
    cube = lambda x: x * x * x
    assert grad(grad(cube))(2.0) == 12.0
    assert grad(grad(grad(cube)))(2.0) == 6.0


def test_public_names_are_documented():
    """Every public name is there, has a docstring, and stands in a page of the documentation."""
    pages = "".join(
        page.read_text(encoding="utf-8") for page in (ROOT / "README.md", *ROOT.glob("docs/*.md"))
    )
    for name in srcad.__all__:
        assert getattr(srcad, name).__doc__ or name == "__version__"
        assert name == "__version__" or re.search(rf"\b{name}\b", pages), name
