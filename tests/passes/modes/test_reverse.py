"""Reverse mode as a whole: what goes in, what comes out, and in which structure."""

import numpy as np
import pytest

import srcad
from srcad.passes.modes.reverse import reverse
from tests.array_checks import check
from tests.harness import array_dtypes, as_plain_python
from tests.ir_text import ir, run
from tests.treatments import check_pullback

X = np.array([0.5, 1.25, 0.75])
TABLE = np.array([2.0, 3.0, 5.0])


def reversed_program(source, wrt, **options):
    """Return the adjoint of a program in text."""
    given = {"seeded": False, "value": False, "bare": False} | options
    return reverse(ir(source), wrt, **given)[0]


PRODUCT = "def f(x, y: A1, n: int):\n    t = x * y[n]\n    t = t * x\n    return t"


def test_seeds_and_structures():
    """The cotangent is one or an argument; one adjoint is bare or a tuple of one."""
    made = reversed_program(PRODUCT, (0,), seeded=True, bare=True)
    assert run(made, 3.0, X, 1)[0] == 2 * 3.0 * X[1]
    made = reversed_program(PRODUCT, (0,), seeded=True)
    assert run(made, 3.0, X, 1)[0] == (2 * 3.0 * X[1],)
    made = reversed_program(PRODUCT, (0, 1))
    (x_bar, y_bar), _ = run(made, 3.0, X, 1, 0.5)
    assert x_bar == 3.0 * X[1]
    assert np.array_equal(y_bar, [0.0, 4.5, 0.0])
    made = reversed_program(PRODUCT, (1, 0), seeded=True, value=True)
    (value, (y_bar, x_bar)), _ = run(made, 3.0, X, 1)
    assert (value, x_bar) == (9.0 * X[1], 6.0 * X[1])
    assert np.array_equal(y_bar, [0.0, 9.0, 0.0])


def test_what_has_no_adjoint():
    """Zeros for an argument that nothing depends on, and for integers."""
    made = reversed_program(PRODUCT, (2,), seeded=True, bare=True)
    assert run(made, 3.0, X, 1)[0] == 0.0
    source = "def f(x, y: A1, z):\n    t = x * 2.0\n    return t"
    made = reversed_program(source, (1, 2), seeded=True)
    (y_bar, z_bar), _ = run(made, 3.0, X, 1.0)
    assert np.array_equal(y_bar, np.zeros(3))
    assert z_bar == 0.0


def test_cotangents_of_several_results():
    """One structure, or one argument for each float; integers have none."""
    source = "def f(x, n: int):\n    y = x * x\n    z = y * x\n    return y, n, z"
    made = reversed_program(source, (0,), bare=True)
    assert run(made, 2.0, 3, (10.0, None, 1.0))[0] == 10.0 * 4 + 12
    made = reversed_program(source, (0,), bare=True, apart=True)
    assert len(made.params) == 4
    assert run(made, 2.0, 3, 10.0, 1.0)[0] == 10.0 * 4 + 12


def test_names_that_are_taken():
    """The added parameter and the adjoints have names of their own."""
    source = "def f(out_bar, x_bar, x):\n    y = out_bar * x_bar\n    y = y * x\n    return y"
    made = reversed_program(source, (0, 1, 2))
    assert run(made, 2.0, 3.0, 5.0, 1.0)[0] == (15.0, 10.0, 6.0)


def test_a_result_twice():
    """Its cotangents are added."""
    source = "def f(x):\n    y = x * x\n    return y, y, x, 2.0"
    made = reversed_program(source, (0,), bare=True)
    assert run(made, 3.0, (1.0, 10.0, 0.5, 7.0))[0] == 66.5


def no_result_but_a_write(x, y):
    y[0] = x[0] * x[1]
    y[1] = y[1] * x[2]


def several_arrays(x, y):
    z = x * y
    z[0] = 2.0
    return z, (x[1:], y), z[1]


def one_array_in_two_results(x, y):
    z = x * y
    return z, z[1:], z


def arguments_as_results(x, y):
    x[0] = y[0] * x[1]
    return x, y


def captured_and_constant(x, y):
    return TABLE, 3.0, x[0] * TABLE[1] * y[2]


@pytest.mark.parametrize(
    ("func", "mutates"),
    [
        (no_result_but_a_write, (1,)),
        (several_arrays, ()),
        (one_array_in_two_results, ()),
        (arguments_as_results, (0,)),
        (captured_and_constant, ()),
    ],
)
def test_results(func, mutates):
    """Every result and every written argument has a cotangent."""
    check(func, (X, 2.0 * X), mutates)


def test_a_value_that_is_restored():
    """The value beside a gradient is what the function returns, although it is put back."""

    def func(x):
        y = x * x
        s = 1.0
        for i in range(2):
            s = s * y[i] + y[1 - i] * s
            y[0] = s + x[i]
        return s, y

    with as_plain_python():
        (value, y), gradient = srcad.value_and_grad(func, has_aux=True)(X)
    expected, y_expected = func(X)
    assert value == expected
    assert np.array_equal(y, y_expected)

    def alone(x):
        return func(x)[0]

    with as_plain_python():
        assert np.array_equal(srcad.grad(alone)(X), gradient)


def test_precision():
    """Adjoints have the type of their arguments, whatever the result has."""
    x = X.astype(np.float32)
    with as_plain_python():
        (x_bar, y_bar) = srcad.grad(lambda x, y: np.sum(x * y), argnums=(0, 1))(x, X)
    assert array_dtypes((x_bar, y_bar)) == [np.float32, np.float64]


def needs_loads_of_loads(x):
    y = x.copy()
    s = 1.0
    for i in range(2):
        k = int(y[0] * 2.0)
        s = s * y[k] * y[i]
        y[k] = s
        y[0] = y[0] + 0.3
    return s * y[1] * y[2]


def read_again_in_another_attempt(x):
    y, z = x.copy(), x * x
    s = 1.0
    for i in range(3):
        s = s * z[i] + y[i]
        z[i] = y[2 - i] * s
        y[i] = z[i] * z[0]
    return s * y[0] * z[1]


@pytest.mark.parametrize("func", [needs_loads_of_loads, read_again_in_another_attempt])
def test_attempts(func):
    """What one attempt reads again, the next one puts back, until nothing is new."""
    check_pullback(func, X)
