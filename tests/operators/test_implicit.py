"""root, fixed_point, argmin: against the derivative of a solver that is exact, and formulas."""

import math

import numpy as np
import pytest

import srcad
from srcad.derivative import tangent_of
from srcad.options import DEFAULT
from tests.harness import as_plain_python


def residual(x, a):
    return x * x - a


def bisect(a):
    low, high = 0.0, 10.0
    for _ in range(60):
        mid = 0.5 * (low + high)
        if mid * mid > a:
            high = mid
        else:
            low = mid
    return 0.5 * (low + high)


def system(x, A, b, steps):
    return A @ x + 0.1 * x**3 - b


def newton(A, b, steps):
    x = np.zeros_like(b)
    for _ in range(steps):
        r = A @ x + 0.1 * x**3 - b
        x = x - np.linalg.solve(A + np.diag(0.3 * x * x), r)
    return x


def energy(x, A, b):
    return 0.5 * np.sum(x * (A @ x)) - np.sum(b * x)


def quadratic(A, b):
    return np.linalg.solve(A, b)


square_root = srcad.root(residual, bisect)
solved = srcad.root(system, newton)
minimum = srcad.argmin(energy, quadratic)
kepler = srcad.fixed_point(lambda E, M, e: M + e * math.sin(E))
contraction = srcad.fixed_point(lambda x, b: 0.3 * np.sin(x) + b)
with_solver = srcad.fixed_point(lambda x, a: 0.5 * (x + a / x), bisect)

A = np.array([[3.0, 1.0], [1.0, 2.0]])
B = np.array([1.0, 2.0])


def uses_root(a):
    return square_root(a) * a


def uses_system(A, b):
    return np.sum(solved(A, b, 30) ** 2)


def uses_newton(A, b):
    return np.sum(newton(A, b, 30) ** 2)


def uses_minimum(A, b):
    x = minimum(A, b)
    return x[0] * x[1]


def uses_solve(A, b):
    x = np.linalg.solve(A, b)
    return x[0] * x[1]


def test_numbers():
    """Where the program of a bisection has the derivative 0."""
    with as_plain_python():
        value, slope = srcad.value_and_grad(uses_root)(4.0)
        assert value == pytest.approx(8.0, rel=1e-14)
        assert slope == pytest.approx(3.0, rel=1e-14)
        assert srcad.jvp(uses_root, (4.0,), (1.0,))[1] == pytest.approx(3.0, rel=1e-14)
        assert srcad.grad(with_solver)(4.0) == pytest.approx(0.25)


@pytest.mark.slow
def test_systems():
    """Matrices among the arguments, an integer that has no derivative, both modes."""
    with as_plain_python():
        value, bars = srcad.value_and_grad(uses_system, (0, 1))(A, B)
        expected = srcad.grad(uses_newton, (0, 1))(A, B)
        along = srcad.jvp(uses_system, (A, B), (np.ones((2, 2)), None))[1]
    assert value == pytest.approx(uses_newton(A, B))
    assert bars[0] == pytest.approx(expected[0], rel=1e-10)
    assert bars[1] == pytest.approx(expected[1], rel=1e-10)
    assert along == pytest.approx(expected[0].sum(), rel=1e-10)


def test_minima():
    with as_plain_python():
        bars = srcad.grad(uses_minimum, (0, 1))(A, B)
        expected = srcad.grad(uses_solve, (0, 1))(A, B)
    symmetric = 0.5 * (expected[0] + expected[0].T)  # the energy sees no more of a matrix
    assert bars[0] == pytest.approx(symmetric, rel=1e-10)
    assert bars[1] == pytest.approx(expected[1], rel=1e-10)


@pytest.mark.slow
def test_fixed_points():
    """By iteration, from an initial guess that has no influence."""
    with as_plain_python():
        E, (guess, by_m, by_e) = srcad.value_and_grad(kepler, (0, 1, 2))(1.0, 1.0, 0.1)
        x, x_dot = srcad.jvp(contraction, (np.zeros(2), B), (None, np.array([1.0, 0.0])))
    assert pytest.approx(1.0 + 0.1 * math.sin(E), rel=1e-12) == E
    assert guess == 0.0
    assert by_m == pytest.approx(1.0 / (1.0 - 0.1 * math.cos(E)))
    assert by_e == pytest.approx(math.sin(E) / (1.0 - 0.1 * math.cos(E)))
    assert x_dot == pytest.approx([1.0 / (1.0 - 0.3 * math.cos(x[0])), 0.0])


@pytest.mark.slow
def test_second_order():
    """The rule is differentiated: of a number, and of a system, forward over reverse."""
    gradient = srcad.grad(uses_root)
    assert srcad.grad(gradient).py_func(4.0) == pytest.approx(0.375)
    assert tangent_of(gradient, (0,), DEFAULT).py_func(4.0, 1.0)[1] == pytest.approx(0.375)
    found, expected = (
        tangent_of(srcad.grad(f, 1), (1,), DEFAULT).py_func(A, B, np.array([1.0, -0.5]))[1]
        for f in (uses_system, uses_newton)
    )
    assert found == pytest.approx(expected, rel=1e-8)


def test_iterations_that_do_not_end():
    with pytest.raises(RuntimeError, match="no convergence in 50 steps"):
        srcad.fixed_point(lambda x, a: 2.0 * x + a, steps=50).py_func(1.0, 1.0)


def test_arguments_that_do_not_fit():
    with pytest.raises(TypeError, match="the function takes x, and then"):
        srcad.root(residual, newton)
    with pytest.raises(TypeError, match="takes a solver that is a Python function"):
        srcad.root(residual, 3)


@pytest.mark.compiled
def test_compiled():
    """Against differences of the solver, in both modes; from Python and decorated."""
    assert square_root(9.0) == pytest.approx(3.0)
    srcad.check_grads(uses_root, (4.0,))
    srcad.check_grads(solved, (A, B, 30))


def early_step(x):
    if x > 0.0:
        return 1.0
    return 2.0


def also_by_value(x, a):
    low = 0.0
    for _ in range(3):
        if low < a:
            low += 1.0
    return low * x


def counts(x):
    n = 0.0
    while n < x:
        n += 1.0
    return n


@pytest.mark.filterwarnings("default")
def test_comparisons_alone():
    """A warning for arguments that loops only test, and for no others; the derivative is 0."""
    for f, args in ((bisect, (4.0,)), (counts, (2.5,))):
        with pytest.warns(srcad.ComparisonsOnly, match="through comparisons alone") as caught:
            assert srcad.grad(f).py_func(*args) == 0.0
        assert caught[0].filename == __file__
        with pytest.warns(srcad.ComparisonsOnly, match=f"srcad.root.f, {f.__name__}."):
            assert srcad.tangent(f).py_func(*args, 1.0)[1] == 0.0
    with pytest.warns(srcad.ComparisonsOnly, match="depends on 'a'"):
        assert srcad.grad(also_by_value, (0, 1)).py_func(2.0, 2.5) == (3.0, 0.0)


def is_above(mid, a):
    return mid * mid > a


def bisect_by_helper(a, tol):
    low, high = 0.0, 10.0
    while high - low > tol:
        mid = 0.5 * (low + high)
        if is_above(mid, a):
            high = mid
        else:
            low = mid
    return low, high


def uses_bisection(a):
    low, high = bisect_by_helper(2.0 * a, 1e-9)
    return 0.5 * (low + high) * a


def in_a_loop(a):
    total = 0.0
    for k in range(3):
        total += a * bisect(a + k)
    return total


def limited(r):
    return 1.0 if r > 0.0 else 0.5


def newton_root(a):
    x, n = 1.0, 0
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
        n += 1
    return x, n


def looks_at_loops(a):
    """A limiter in a loop, iterations that have a derivative, a bisection that is a constant."""
    total = 0.0
    for k in range(3):
        total += limited(a - k) * a
    x, n = newton_root(a)
    return total * x + n * a + srcad.stop_gradient(bisect(a)) * a


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("f", "name"), [(uses_bisection, "bisect_by_helper"), (in_a_loop, "bisect")]
)
def test_comparisons_in_a_function_that_is_called(f, name):
    """The result depends on the argument otherwise, too: what is missing is told."""
    with pytest.warns(srcad.ComparisonsOnly, match=f"'{name}' depends on 'a' .*root.f, {name}."):
        srcad.grad(f).py_func(2.0)


def test_no_warning_of_other_calls():
    assert srcad.grad(looks_at_loops).py_func(4.0) > 0.0


def test_no_warning():
    """Of a step that is written as one, of a value that counts too, of a function with a rule."""
    assert srcad.grad(early_step).py_func(1.0) == 0.0
    assert srcad.grad(also_by_value).py_func(2.0, 2.5) == 3.0
    assert srcad.grad(uses_root).py_func(4.0) == pytest.approx(3.0)
