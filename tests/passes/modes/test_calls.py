"""Calls that stay calls: recursion, forward, backward and twice."""

import re
from dataclasses import replace

import numpy as np
import pytest

import srcad
from srcad import NotDifferentiable
from srcad.ir.nodes import Var
from srcad.ir.show import show
from srcad.ir.types import FLOAT
from srcad.passes.building.callees import Derived
from srcad.passes.modes.reverse import reverse
from tests.gradient_checks import check
from tests.harness import as_plain_python
from tests.ir_text import ir
from tests.treatments import check_pullback, reversed_source

X = np.array([0.5, 1.25, 0.75])


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def mixed(a, b, n):
    if n == 0:
        return a * b
    return mixed(a * b, b + 1.0, n - 1) * a


def halved(y, n):
    if n == 0:
        return y * y
    return 0.5 * halved(y, n - 1) * y


def counted(x, n):
    if n == 0:
        return x, 0, 2.0
    y, k, c = counted(x * x, n - 1)
    return y * x, k + 1, c


def steps(x, n):
    if x > 1.5 or n > 9:
        return n
    return steps(x * 1.5, n + 1)


def one_argument(x):
    return power(x[0], 3) * power(x[1], 2)


def one_name_for_both(x):
    return mixed(x[0], x[0], 2)


def target_is_an_argument(x):
    s = x[0]
    for i in range(3):
        s = mixed(s, x[i], 1)
    return s


def argument_changes_later(x):
    s, t = x[0], x[1]
    for i in range(3):
        u = mixed(s, t, 1)
        s = s * 0.5 + x[i]
        t = u * 0.25
    return s * t


def constant_argument(x):
    return mixed(2.0, x[1], 2) + mixed(x[0], 3.0, 1)


def arrays(x):
    y = halved(x, 2)
    z = halved(y, 1)
    return z[0] * y[1] + z[2]


def result_that_nobody_reads(x):
    y, k, _c = counted(x[0], 2)
    _z, m, d = counted(x[1], 1)
    return y * k + m * x[2] + d


def result_without_derivative(x):
    n = steps(x[0], 0)
    return x[1] * n


def in_a_branch(x):
    s = x[0]
    for i in range(3):
        if x[i] > 0.6:
            s = power(s, 2)
        else:
            s = s + x[1]
    return s


@pytest.mark.parametrize(
    "func",
    [
        one_argument,
        one_name_for_both,
        target_is_an_argument,
        argument_changes_later,
        constant_argument,
        arrays,
        result_that_nobody_reads,
        result_without_derivative,
        in_a_branch,
    ],
)
def test_recursion(func):
    """The callee's pullback gets the arguments as they were, and gives to each its part."""
    check(func, X)


def test_only_what_is_active_is_asked_for():
    """A call without active results has no pullback; a constant gets no adjoint."""
    source, _ = reversed_source(result_without_derivative, X)
    assert "steps_pullback" not in source
    source, _ = reversed_source(constant_argument, X)
    assert re.search(r"    \w+ = mixed_backward\w*\(\w+, 4.0", source)  # 3.0 + 1.0
    source, _ = reversed_source(one_argument, X)
    assert len(re.findall(r"    \w+ = power_backward", source)) == 3


def test_twice():
    """Forward and reverse over reverse: the tangent of the pullback, and the pullback of it."""
    hessian = np.array([[6 * X[0] * X[1] ** 2, 6 * X[0] ** 2 * X[1], 0.0], [0.0] * 3, [0.0] * 3])
    gradient = srcad.grad(one_argument)
    unit = np.array([1.0, 0.0, 0.0])
    with as_plain_python():
        _, column = srcad.jvp(gradient, (X,), (unit,))
        (row,) = srcad.vjp(gradient, X)[1](unit)
    assert column == pytest.approx(hessian[0])
    assert row == pytest.approx(hessian[0])


def first_of_two(t, n):
    if n == 0:
        return t[0] * t[1]
    return first_of_two((t[0] * t[1], t[1]), n - 1)


def applied(g, x, n):
    if n == 0:
        return g(x)
    return applied(g, x * x, n - 1)


def doubled(t, n):
    if n == 0:
        return 0.0
    t[0][0] = t[0][0] * 2.0
    return doubled(t, n - 1)


def doubled_by_another(t, n):
    return doubled_below(t, n)


def doubled_below(t, n):
    if n > 0:
        t[0][0] = t[0][0] * 2.0
        doubled_by_another(t, n - 1)
    return 0.0


def first_or_second(t, n):
    if n == 0:
        return t[0]
    return first_or_second((t[1], t[0]), n - 1)


def numbers_in_a_tuple(x):
    return first_of_two((x[0], x[1]), 2)


def function_as_an_argument(x):
    return applied(np.sin, x[0], 1)


def write_to_an_array_of_a_tuple(x):
    y, z = x * x, x * x
    doubled((y, z), 2)
    return y[0] * z[1]


def write_by_another_function(x):
    y, z = x * x, x * x
    doubled_by_another((y, z), 2)
    return y[0] * z[1]


def write_to_what_comes_from_a_tuple(x):
    y, z = x * x, 2.0 * x
    w = first_or_second((y, z), 2)
    w[0] = 5.0
    return y[0] * y[1] * z[1]


@pytest.mark.parametrize(
    ("func", "code", "why"),
    [
        (numbers_in_a_tuple, "E403", "a tuple"),
        (function_as_an_argument, "E403", "a function"),
        (write_to_an_array_of_a_tuple, "E403", "writes an array of a tuple"),
        (write_by_another_function, "E403", "writes an array of a tuple"),
        (write_to_what_comes_from_a_tuple, "E405", "under one of its names"),
    ],
)
def test_tuples_and_functions_are_refused(func, code, why):
    """Nothing in the arguments of a call counts as a constant; the error names the line."""
    for mode in (lambda: srcad.jvp(func, (X,), (X,)), lambda: srcad.grad(func)(X)):
        with as_plain_python(), pytest.raises(NotDifferentiable, match=why) as caught:
            mode()
        assert caught.value.code == code
        assert "test_calls.py" in str(caught.value)


def steps_of_a_tuple(t, n):
    if t[0] > 3.0:
        return n
    return steps_of_a_tuple((t[0] * 1.5, t[1]), n + 1)


def test_a_tuple_without_derivative():
    """What only counts may be called with a tuple."""

    def func(x):
        return x[0] * steps_of_a_tuple((x[1], 2), 0)

    check(func, X)


def test_a_result_in_the_name_of_an_argument():
    """The adjoint of the result is taken and cleared before the argument gets its own."""
    function = ir("def f(s, x):\n    s = called(s, x)\n    return s")
    (call,) = function.body
    result = Var("s", FLOAT)
    function = replace(function, body=(replace(call, targets=(result,)),), returns=(result,))
    made, _ = reverse(function, (0, 1), seeded=True, value=False, bare=False)

    def pullback(s, x, flow):
        return flow * x, flow * s

    space = {"called": lambda s, x: s * x, "called_pullback": pullback}
    exec(show(made)[0], space)
    assert space["f_adjoint"](2.0, 3.0) == (3.0, 2.0)


def test_shapes_of_results():
    """A pullback's results are shaped like arguments, written arguments come back last."""
    pullback = Derived(power, "pullback", (2, 0))
    assert pullback.shaped_like(2) == (2, 0)
    primal = Derived(power, "primal", (), (1,))
    assert primal.shaped_like(3) == (None, None, 1)
    assert Derived(primal, "tangent", (0,)).shaped_like(6) == 2 * (None, None, 1)
    assert Derived(pullback, "tangent", (0,)).shaped_like(4) == 2 * (2, 0)
    assert Derived(power, "tangent", (0,)).shaped_like(2) == (None, None)


def test_equal_derivatives():
    """Two calls of one derivative are calls of one function; of another, of another."""
    one = Derived(power, "tangent", (0,))
    assert one == Derived(power, "tangent", (0,))
    assert hash(one) == hash(Derived(power, "tangent", (0,)))
    assert one != Derived(power, "tangent", (0, 1))
    assert one != Derived(power, "pullback", (0,))
    assert one != Derived(mixed, "tangent", (0,))
    assert one != power


def float_or_int(x, n):
    if n <= 0:
        return x * x, 2.0 * x
    y, _ = float_or_int(x, n - 1)
    return y * x, x


def test_two_results_of_which_one_is_used():
    """The cotangent of a result that nobody reads is zero."""

    def func(x):
        y, _ = float_or_int(x[0], 2)
        _, z = float_or_int(x[1], 0)
        return y + z * x[2]

    check_pullback(func, X)
