"""Everyday statements of Python and Numba: values, both modes, second derivatives.

What is one step beyond is refused, with what to write instead.
"""

# ruff: noqa: C417

import enum
import functools
import math
import operator

import numba
import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, pos, programs, vec
from tests.array_comparison import compare_second, returns_float
from tests.harness import as_plain_python

program = programs()


class Mode(enum.IntEnum):
    """Numbers with names."""

    PLAIN = 1
    SQUARE = 2


class Kind(enum.Enum):
    """Names that are no numbers."""

    LINEAR = "linear"
    CUBIC = "cubic"


# Texts, enumerations and dtypes that choose a branch ----------------------------------


@program((1.3, "rk4"), (1.3, "euler"), (1.3, "e"))
def text_argument(x, method):
    if method == "rk4":
        return x**4
    if method in ("euler", "e") and method != "e":
        return x * x
    return math.sin(x)


@program((1.3,))
def text_default(x, method="cubic" + "_a"):
    name = f"cubic_{'a'}"
    if name == method and "bic" in name and name.startswith("c"):
        return x**3
    return x


@program((1.3, Mode.PLAIN), (1.3, Mode.SQUARE))
def int_enum(x, mode):
    if mode == Mode.SQUARE:
        return x * x * mode * Mode.SQUARE.value
    return x * x * x


@program((1.3, Kind.LINEAR), (1.3, Kind.CUBIC))
def plain_enum(x, kind):
    if kind == Kind.LINEAR and Kind.CUBIC.value == "cubic":
        return 2.0 * x
    return x**3 if kind is Kind.CUBIC else x


@program((vec(4),), (vec(4).astype(np.float32),))
def compared_dtypes(x):
    if x.dtype == np.float32:
        return x * x
    return x * x * x if x.dtype.kind == "f" else x


# Statements ---------------------------------------------------------------------------


@program((1.3, 3))
def nonlocal_numbers(x, n):
    s = x * x

    def add(v):
        nonlocal s
        s += v * s
        return s

    y = s + add(2.0) * s + add(0.5) * add(0.1)  # each is read before the next one changes it
    for _ in range(n):
        add(x)
        if s > 5.0:
            s = s * 0.5
    return s * y


@program((1.3, 4))
def nonlocal_of_several_functions(x, n):
    a = np.zeros(3)
    a[0] = x

    def outer():
        def inner():
            nonlocal a, x
            a = a * 2.0 + x
            x = x * 1.1

        inner()
        return a[0]

    total = 0.0
    for _ in range(n):
        total += a[0] * outer()
    return total + a.sum()


@program((1.3, 4))
def nonlocal_counters(x, n):
    i = 0

    def following():
        nonlocal i
        i += 1
        return i

    total = 0.0
    while following() < n:
        total += x * i
    for i in range(3):
        total += i * x
        following()
        total += i * x * x
    return total * i


@program((vec(4),))
def deleted(x):
    y = x * x
    z = y.sum()
    del y
    y = z * z
    del y, z
    return x[0] * x[1]


@program((vec(5),))
def starred(x):
    a, *b = x[0], x[1], x[2]
    c, *d, e = x
    *f, g = (a, b[0], 3.0)
    return a * b[1] + c * d[0] * d[-1] * len(d) + e * g * f[1]


@program((vec(5), 1), (vec(5), -3))
def slices_as_values(x, k):
    s = slice(k, None, 2)
    rest = slice(2)
    y = x.copy()
    y[s] = x[s] * x[0]
    return (y[rest] ** 2).sum() + np.outer(y, y)[s, rest].sum()


TWO = (slice(1, 3), slice(None))


@program((np.arange(12.0).reshape(4, 3) * 0.3 + 0.1,))
def captured_slices(x):
    return (x[TWO] ** 2).sum() + (x[np.s_[::2, 1]] ** 3).sum()


@program((vec(4),))
def printed(x):
    s = 0.0
    print("x:", x, x.shape)
    for v in x:
        s += v * v
        print(f"{v:.2f} of {s}", end=";")
    if s < 0:
        raise ValueError(f"negative: {s}")
    return s * s


# Functions over sequences -------------------------------------------------------------


@program((vec(5),))
def mapped(x):
    s = 0.0
    for a, b in zip(map(math.sin, x), map(lambda v, w: v * w, x, x[::-1]), strict=False):
        s += a * b
    return s + sum(map(lambda v: v * v, x))


@program((vec(5),))
def filtered(x):
    s = 1.0
    for v in filter(lambda v: v > 0.0, x):
        s *= 1.0 + v * v
    return s


@program((pos(5),))
def reduced(x):
    s = functools.reduce(operator.mul, x)
    t = functools.reduce(lambda a, b: a * b + b, x, 1.0)
    return s * t + functools.reduce(operator.add, (x[0], x[1] ** 2, 3.0))


# Arrays -------------------------------------------------------------------------------


@program((vec(3), 0.7), (vec(3).astype(np.float32), 0.7))
def rows_and_columns(x, a):
    y = np.r_[0.0, x, a, 1:4]
    z = np.c_[x, x * x, np.outer(x, x)]
    return (y * y).sum() + (z * z).sum()


@program((vec(6), vec(6, seed=3)))
def reductions_with_masks(x, y):
    m = y > 0.0
    s = np.sum(x * x, where=m) + np.prod(x, where=m, initial=2.0)
    return s + np.mean(x * y, where=m)


@program((vec(6), vec(6, seed=3)))
def extremes_with_masks(x, y):
    m = y > 0.0
    return np.max(x, where=m, initial=-1.0), np.min(x, where=~m, initial=9.0), np.any(m, where=~m)


@program((vec(6).reshape(2, 3), vec(6, seed=3).reshape(2, 3) > 0.0))
def masked_along_an_axis(x, m):
    return np.sum(x * x, axis=0, where=m), np.mean(x, axis=1, where=m | True, keepdims=True)


@program((vec(6).reshape(2, 3), vec(6, seed=3).reshape(2, 3) > -0.4))
def masked_variances(x, m):
    return np.var(x, where=m), np.std(x, axis=0, where=m | True, ddof=1), x.std(where=m)


@program((vec(3), vec(3, seed=3)), (vec(3), 0.7))
def points_between_arrays(x, y):
    points, step = np.linspace(x * x, y, 4, endpoint=False, retstep=True)
    return points * step, np.linspace(y, x, 1), np.linspace(1.0, x, 3)


@program((vec(6).reshape(3, 2), vec(6, seed=3).reshape(3, 2)))
def cross_products_of_columns(x, y):
    return np.cross(x, y * y, axisa=0, axisb=0, axisc=0)


@program((0.7,))
def points_without_the_last(x):
    t = np.linspace(0.0, x, 4, endpoint=False)
    return (t * t).sum()


@parametrized(program)
def test_values_and_derivatives(func, args, mutates, capsys):
    """The value, and both modes, of each program."""
    check(func, args, mutates)
    capsys.readouterr()
    if not any(isinstance(a, np.ndarray) and a.dtype == np.float32 for a in args):
        with as_plain_python():
            is_float = returns_float(func, args)
        if is_float and not any(isinstance(a, str | enum.Enum) for a in args):
            compare_second(func, args)


REFUSED = []


def refused(code, *args):
    """Enter a function that must be refused with this code."""

    def register(func):
        REFUSED.append(pytest.param(func, code, args, id=func.__name__))
        return func

    return register


@refused("E501", 1.5)
def text_of_the_run(x):
    name = "a"
    if x > 1.0:
        name = "b"
    return x if name == "a" else x * x


@refused("E202", vec(3))
def dtype_of_a_result(x):
    y = x * 2.0
    return y.sum() if y.dtype == np.float64 else 0.0


@refused("E401", 1.5)
def deleted_first(x):
    del y  # noqa: F821
    y = x
    return y


@refused("E201", [1.5, 2.0])
def deleted_item(x):
    del x[0]
    return x[0]


@refused("E503", 1.5)
def too_few_for_the_star(x):
    a, *b, c = (x,)
    return a * c * len(b)


@refused("E403", 1.5)
def float_in_a_slice(x):
    s = slice(0.0, 1.0)
    return np.ones(3)[s].sum() * x


@refused("E403", vec(3))
def printed_to_a_file(x):
    print(x, file=None)
    return x.sum()


@refused("E403", vec(3))
def masked_maximum_without_initial(x):
    return np.max(x, where=x > 0.0)


@refused("E208", vec(3))
def reduced_generator(x):
    return functools.reduce(operator.mul, range(3)) * x[0]


@refused("E504", vec(3))
def endless_range(x):
    return np.r_[x, 1:].sum()


@pytest.mark.parametrize(("func", "code", "args"), REFUSED)
def test_one_step_beyond(func, code, args):
    """The error has a place, a reason and what to write instead."""
    for operator_ in (srcad.jvp, srcad.vjp):
        given = (args, args) if operator_ is srcad.jvp else args
        with as_plain_python(), pytest.raises(srcad.NotDifferentiable) as caught:
            operator_(func, *given)
        assert caught.value.code == code, caught.value
        assert "hint:" in str(caught.value)


@pytest.mark.compiled
def test_texts_are_printed_once_in_the_forward_sweep(capsys):
    """Compiled and as plain Python, in both modes and at second order: as the function does."""

    def f(x):
        s = 0.0
        print("start", x, x.shape, (1, len(x)))
        for k in range(x.size):
            s += x[k] ** 3
            print(f"{k}{{}} {s:8.3f}", "and", x[k], sep="|", end=" <\n")
        return s

    x = np.array([1.0, 0.5])
    f(x)
    expected = capsys.readouterr().out
    gradient = srcad.grad(f)
    hessian_along = srcad.hvp(f)
    for call in (gradient, srcad.value_and_grad(f), lambda x: hessian_along(x, x)):
        call(x)
        assert capsys.readouterr().out == expected
        with as_plain_python():
            call(x)
        assert capsys.readouterr().out == expected
    srcad.jvp(f, (x,), (x,))
    assert capsys.readouterr().out == expected


def test_texts_are_part_of_the_types():
    """Each value has its own derivative, from Python and from compiled code; no leak between."""
    gradient = srcad.grad(text_argument)

    @numba.njit
    def both(x):
        return gradient(x, "rk4") + 10.0 * gradient(x, "euler")

    @numba.njit
    def passed_on(x, method):
        return gradient(x, method)

    assert gradient(2.0, "rk4") == 32.0
    assert gradient(2.0, "euler") == 4.0
    assert gradient(2.0, method="rk4") == 32.0
    assert both(2.0) == 72.0
    with pytest.raises(TypeError, match="has no derivative"):
        srcad.grad(text_argument, argnums=1)(2.0, "rk4")
    with pytest.raises(numba.TypingError, match="not known while compiling"):
        passed_on(2.0, "rk4")


def test_members_of_enumerations_in_compiled_code():
    """Numbers with names are numbers; other members are known while compiling."""
    gradient = srcad.grad(int_enum)
    assert gradient(2.0, Mode.SQUARE) == 16.0
    assert gradient(2.0, Mode.PLAIN) == 12.0
    assert srcad.grad(plain_enum)(2.0, Kind.CUBIC) == 12.0
    assert srcad.grad(plain_enum)(2.0, Kind.LINEAR) == 2.0


def derivative_of_what_assigns(x):
    s = x

    def g(v):
        nonlocal s
        s = v
        return v * v

    return srcad.grad(g)(x) * s


def nonlocal_tuple(x):
    s = x

    def g():
        nonlocal s
        s = (1.0, x)

    g()
    return s


@pytest.mark.parametrize("func", [derivative_of_what_assigns, nonlocal_tuple])
def test_what_is_not_assigned_from_inside(func):
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="pass the value in"):
        srcad.grad(func)(1.3)
