"""What Numba makes of functions: `@vectorize`, `@overload`, `cfunc`; and own calls."""

import math

import numba
import numpy as np
import pytest
from numba.core import types
from numba.extending import overload, register_jitable

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()


@numba.vectorize
def bent(a, b):
    """Another function on each side of zero."""
    if a > 0.0:
        return a * b * b
    return a * a + b


@numba.vectorize(["float64(float64)"])
def cubed(a):
    return a * a * a


@numba.cfunc("float64(float64)")
def called_back(a):
    return math.sin(a) * a


@program((vec(5), vec(5, seed=3)), (vec(6).reshape(2, 3), vec(3, seed=3)), (vec(0), vec(0)))
def elements(x, y):
    return bent(x, y), bent(x, 2.0), bent(0.5, y * y)


@program((1.3, vec(4)))
def numbers(s, x):
    return bent(s, x[0]) * cubed(s) + cubed(x).sum() + called_back(s)


@program((vec(4), np.array([1, -2, 3, 4])))
def integers_as_compiled(x, k):
    return cubed(k) * x + cubed(k[0])


@parametrized(program)
def test_values_and_derivatives(func, args, mutates):
    """The value, and both modes, of each program."""
    check(func, args, mutates)


def stands_for_another(a):
    """Never runs in compiled code."""
    return -a


@overload(stands_for_another)
def _stands_for_another(a):
    def implementation(a):
        return a * a * a

    return implementation


def depends_on_types(a):
    return a


@overload(depends_on_types)
def _depends_on_types(a):
    def of_floats(a):
        return a * a

    def of_others(a):
        return a

    return of_floats if isinstance(a, types.Float) else of_others


@register_jitable
def jitable(a):
    return a * a


def test_overloads_are_what_is_differentiated():
    """The implementation, where there is one; a function registered as it is, is itself."""

    def through(x):
        return stands_for_another(x) * x + jitable(x)

    assert srcad.grad(through)(2.0) == 4 * 8.0 + 4.0
    assert numba.njit(through)(2.0) == srcad.value_and_grad(through)(2.0)[0]
    with as_plain_python():
        assert srcad.grad(lambda x: depends_on_types(x) * x)(2.0) == 12.0


@pytest.mark.parametrize(
    ("func", "code"),
    [
        (lambda x: depends_on_types(np.float32(x) * 2.0) * x, "E402"),
        (lambda x: bent(x, b=x), "E403"),
        (lambda x: bent(x) * x, "E403"),
    ],
)
def test_refused(func, code):
    """Where it is not known what Numba runs, or how it is called."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
        srcad.grad(func)(2.0)
    assert caught.value.code == code


@numba.vectorize(["float32(float32)", "float64(float64)"])
def compiled_twice(a):
    return a * a


@numba.vectorize(["float32(float32)"])
def rounded(a):
    return a * 1.1


@numba.vectorize(["int64(int64)", "float64(float64)"])
def for_ints_too(a):
    return a * a


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8"])
def test_compiled_for_given_types(dtype):
    """Arguments and results are converted as NumPy does it."""

    def program(x, s):
        out = np.empty(x.shape, x.dtype) if x.dtype != np.int64 else np.empty(x.shape)
        compiled_twice(x, out)
        return compiled_twice(x) * s + out, compiled_twice(s, out=None)

    check(program, (np.array([1, 2, 3]).astype(dtype), np.float64(0.7)))


def test_results_are_rounded_as_declared():
    """A kernel that computes in double precision, and returns a float32."""
    x = np.array([0.1, 0.7], np.float32)
    with as_plain_python():
        value, pullback = srcad.vjp(rounded, x)
        assert value.dtype == np.float32
        assert (value == rounded(x)).all()
        assert np.allclose(pullback(np.ones(2, np.float32))[0], 1.1)


def test_signatures_that_numpy_chooses_among():
    """Which of them is chosen is not known where one is for integers."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="which signature"):
        srcad.grad(lambda x: for_ints_too(x) * x)(2.0)


def plain_helper(x):
    return x * x


def test_own_calls_of_what_numba_does_not_compile():
    """A decorated function is called as it is accepted here where Numba refuses it."""

    @srcad.differentiate
    def calls_a_plain_function(x):
        return plain_helper(x) * x

    @srcad.differentiate
    def writes(x):
        x[0] = plain_helper(x[1])
        for v in reversed(x):
            x[1] += v
        return x

    @srcad.differentiate
    def unknown(x):
        return x.unknown

    assert calls_a_plain_function(2.0) == 8.0
    assert calls_a_plain_function.value_and_grad()(2.0) == (8.0, 12.0)
    x = np.array([1.0, 3.0])
    assert writes(x) is not None
    assert x.tolist() == [9.0, 15.0]
    with pytest.raises(numba.TypingError, match="unknown"):
        unknown(np.ones(2))


def applied(g, x):
    return g(x) * x


@numba.njit
def halved(x):
    return 0.5 * x


def test_functions_that_are_arguments():
    """Each has a derivative of its own; a plain function may change, and is refused."""
    with as_plain_python():
        for function in (halved, called_back, cubed, np.sin):
            expected = srcad.grad(lambda x, g=function: g(x) * x)(1.3)
            assert srcad.grad(applied, 1)(function, 1.3) == pytest.approx(expected)
            assert srcad.jvp(applied, (function, 1.3), (None, 1.0))[1] == pytest.approx(expected)
        with pytest.raises(TypeError, match=r"pass numba.njit\(plain_helper\)"):
            srcad.grad(applied, 1)(plain_helper, 1.3)
    assert srcad.grad(applied, 1)(called_back, 1.3) == pytest.approx(
        2.6 * math.sin(1.3) + 1.69 * math.cos(1.3)
    )


def test_kernels_are_functions_for_operators():
    """As if they were called by one; of compiled code, too."""
    with as_plain_python():
        assert srcad.grad(bent, "b")(2.0, 3.0) == 12.0
        assert srcad.jacobian(cubed)(np.array([1.0, 2.0])).tolist() == [[3.0, 0.0], [0.0, 12.0]]
        assert srcad.grad(called_back)(0.0) == 0.0
    assert srcad.differentiate(cubed)(2.0) == 8.0
