"""Random numbers: drawn on the way forward, once; derivatives by locations and scales.

Each function seeds the generator, so that differences see the same numbers.
"""

# ruff: noqa: NPY002  (what users of Numba call)

import math

import numba
import numpy as np
import pytest

import srcad
from srcad import library
from tests.array_checks import parametrized, programs
from tests.harness import as_plain_python, assert_close
from tests.own_call import check_everywhere, own_call
from tests.test_lower import define

PROGRAMS = programs()
X = np.array([0.5, 1.2, 0.7, 1.9])


@PROGRAMS((X,))
def locations_and_scales(x):
    np.random.seed(3)
    s = 1.0
    for i in range(3):
        s = s * math.sin(np.random.normal(x[i], x[3]) + s)
    s += np.random.uniform(x[0], x[1]) ** 2 + np.random.exponential(x[2]) ** 2
    s += np.random.lognormal(x[0], x[2]) + np.random.rayleigh(x[1]) ** 2
    s += np.random.laplace(x[0], x[1]) ** 2 + np.random.logistic(x[0], x[1]) ** 2
    s += np.random.gumbel(x[0], x[1]) ** 2 + np.random.gamma(2.5, x[1]) ** 2
    return s + np.random.uniform(0.0, x[3]) * np.random.normal(0.0, x[2])


@PROGRAMS((X,))
def arrays_of_draws(x):
    np.random.seed(5)
    a = np.random.normal(x[0], x[1], size=4)
    b = np.random.uniform(0.0, x[2], (2, 3))
    c = np.random.normal(x, 0.5)
    d = np.random.exponential(x)
    e = np.random.standard_normal((2, 1, 2))
    r = np.random.rand(2, 2) * np.random.randn() + np.random.random_sample()
    return np.sum(r) * x[3] + np.sum(a * c) + np.sum(b**2) + np.sum(d * a) + np.sum(e * x[:2])


@PROGRAMS((X, 6))
def paths(x, steps):
    """A price by simulated paths, with branches and an early end."""
    np.random.seed(11)
    total = 0.0
    for _ in range(5):
        price = x[0]
        for _ in range(steps):
            z = np.random.standard_normal()
            price *= math.exp((x[1] - 0.5 * x[2] ** 2) * 0.1 + x[2] * z * 0.3)
            if price > 1.5:
                price = 1.5 + 0.1 * price
                break
        total += max(price - 0.3, 0.0) if np.random.random() < 0.8 else price * x[3]
    return total


@PROGRAMS((X,))
def choices(x):
    np.random.seed(2)
    s = x[np.random.randint(0, 4)] ** 2 + np.random.choice(x) * x[0]
    y = x * x[1]
    np.random.shuffle(y)
    z = np.random.permutation(x)
    at = np.random.permutation(4)
    for k in range(np.random.poisson(2.0) + 1):
        s += y[k % 4] * z[at[0]] * np.random.binomial(5, 0.5)
    return s + np.sum(np.random.choice(x, 3) * np.random.choice(x, size=3, replace=False))


@PROGRAMS((X,))
def order_of_draws(x):
    """What nobody reads is drawn; loops do not change places."""
    np.random.seed(7)
    a, b = np.zeros(4), np.zeros(4)
    for i in range(4):
        a[i] = np.random.normal() * x[i]
    np.random.normal(x[0])
    for i in range(4):
        b[i] = np.random.normal() * x[i] ** 2
    unused = np.random.standard_normal(3)
    return np.sum(a * b) + np.random.random() * x[1] + 0.0 * len(unused)


def walk(x, n):
    y = x
    while n > 0:
        y += np.random.normal(0.0, 0.1) * y
        n -= 1
    return y


@PROGRAMS((X,))
def in_helpers(x):
    np.random.seed(13)
    return walk(x[0], 3) * walk(x[1], 2) + sum([walk(v, 1) for v in x])


@PROGRAMS((X,))
def kept_numbers(x):
    """What the way back needs is what was drawn: the generator is not asked again."""
    np.random.seed(1)
    y = x.copy()
    for _ in range(3):
        for i in range(4):
            z = np.random.normal(x[0], 1.0)
            y[i] = y[i] * z + math.sin(y[i] * z)
    z = np.random.normal()
    return np.sum(y) * z * x[2]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    check_everywhere(func, args, mutates)


GIVEN = {
    "beta": "2.0, 1.5", "binomial": "5, 0.4", "chisquare": "2.5", "choice": "6",
    "exponential": "2.0",
    "f": "2.0, 3.0", "gamma": "2.5, 0.5", "geometric": "0.4", "gumbel": "0.5, 2.0",
    "laplace": "0.5, 2.0", "logistic": "0.5, 2.0", "lognormal": "0.1, 0.4", "logseries": "0.4",
    "negative_binomial": "3, 0.4", "normal": "0.5, 2.0", "pareto": "2.5", "permutation": "6",
    "poisson": "2.5", "power": "2.5", "randint": "2, 9", "rayleigh": "2.0", "standard_gamma": "2.5",
    "standard_t": "2.5", "uniform": "0.5, 2.0", "vonmises": "0.5, 2.0", "wald": "1.5, 2.0",
    "weibull": "2.5", "zipf": "2.5",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(library.RANDOM) - {"seed", "shuffle"}))
def test_values_are_those_of_numpy(name):
    """One draw and an array of draws, from the same stream."""
    given = GIVEN.get(name, "")
    sizes = ("", "(2, 2)") if name == "permutation" else ("", "3", "(2, 2)")
    for size in sizes[:1] if name == "permutation" else sizes:
        draw = f"np.random.{name}({', '.join(filter(None, (given, size and f'size={size}')))})"
        func = define(f"def f(x):\n    np.random.seed(9)\n    return x * {draw}\n")
        assert_close(own_call(func, (1.5,)), func(1.5), 1e-13, draw)


def test_compiled_numbers_are_those_of_numba():
    """Value and derivative come from one stream, which goes on where Numba's does."""
    compiled = numba.njit(locations_and_scales)
    value, gradient = srcad.value_and_grad(locations_and_scales)(X)
    assert value == pytest.approx(compiled(X), rel=1e-14)
    step = 1e-6
    for k in range(X.size):
        moved = np.zeros(X.size)
        moved[k] = step
        difference = (compiled(X + moved) - compiled(X - moved)) / (2 * step)
        assert gradient[k] == pytest.approx(difference, rel=1e-6, abs=1e-8)


def test_second_derivatives():
    """Of one run: the same numbers in all parts."""

    def squares(x):
        np.random.seed(4)
        return np.sum(np.random.normal(x, x**2) ** 2)

    z = np.random.RandomState(4).standard_normal(X.size)
    second = 2 * (1 + 2 * X * z) ** 2 + 2 * (X + X**2 * z) * 2 * z
    np.testing.assert_allclose(srcad.hvp(squares)(X, np.ones(X.size)), second, rtol=1e-12)


def test_readable():
    """A draw stands once in the text, where the user has it."""

    def noisy(x):
        return (x + 0.1 * np.random.standard_normal()) ** 2

    text = srcad.differentiate(noisy).inspect_adjoint(0.5)
    assert text.count(" = np.random.standard_normal()") == 1


REFUSED = [
    (lambda x: np.random.gamma(x[0], 1.0), "E402"),
    (lambda x: np.random.poisson(x[0]) * x[1], "E402"),
    (lambda x: np.random.gamma(x, 1.0)[0], "E208"),
    (lambda x: np.random.multinomial(3, x)[0] * x[0], "E208"),
    (lambda x: (np.random.seed(None), x[0] * np.random.normal())[1], "E208"),
]


@pytest.mark.parametrize(("func", "code"), REFUSED)
def test_refused(func, code):
    """What no location and no scale is has no derivative that the value tells."""
    with pytest.raises(srcad.NotDifferentiable, match=code):
        srcad.grad(func)(X)


def test_samples_that_are_too_large():
    """ValueError, as NumPy raises."""
    func = srcad.grad(lambda x: np.sum(np.random.choice(x, x.size + 1, replace=False)))
    with as_plain_python(), pytest.raises(ValueError, match="larger sample than population"):
        func(X)


def noise(x):
    return x * np.random.standard_normal(x.size)


def fixed_noise(x):
    np.random.seed(8)
    return x * np.random.standard_normal(x.size)


def power(x, n):
    return x if n == 0 else power(x, n - 1) * np.random.uniform(0.5, 1.0)


def checkpoints(x):
    y = x[0]
    for _ in srcad.checkpointed(range(9), slots=2):
        y = np.sin(y) * np.random.normal(1.0, 0.1)
    return y


AGAIN = [
    lambda f: srcad.vjp(f, X),
    lambda f: srcad.jacfwd(f)(X),
    lambda f: srcad.jacrev(f)(X),
    lambda f: srcad.jacobian(f)(X),
    lambda f: srcad.hessian(lambda x: np.sum(f(x) ** 2))(X),
    lambda f: srcad.sparse_jacobian(f)(X),
]


@pytest.mark.parametrize("derivative", AGAIN)
def test_what_runs_again_needs_a_seed(derivative):
    """Each run would draw for itself: vjp's pullback, each direction, a pattern."""
    with pytest.raises(srcad.NotDifferentiable, match="would draw other numbers"):
        derivative(noise)


def summed(x):
    return np.sum(x[0] * np.random.standard_normal(x.size))


@pytest.mark.parametrize(
    ("before", "derivative"),
    [
        (lambda: srcad.grad(summed)(X), lambda: srcad.vjp(summed, X)[1](1.0)),
        (lambda: srcad.jvp(noise, (X,), (X,)), lambda: srcad.vjp(noise, X)[1](X)),
        (lambda: srcad.jvp(noise, (X,), (X,)), lambda: srcad.jacfwd(noise)(X)),
        (lambda: srcad.grad(summed)(X), lambda: srcad.hessian(summed)(X)),
    ],
)
def test_what_runs_again_after_another_derivative(before, derivative):
    """Derivations of one function begin in common; what only some may do is looked at later."""
    with as_plain_python():
        before()
        with pytest.raises(srcad.NotDifferentiable, match="would draw other numbers"):
            derivative()


def seeded_in_vain(x, n):
    for _ in range(n):
        np.random.seed(3)
    return x * np.random.standard_normal(x.size)


def seeded_in_loop(x):
    for _ in range(2):
        np.random.seed(8)
    return x * np.random.standard_normal(x.size)


def test_seed_that_may_not_be_set():
    """A loop may have no iteration; one that surely has is as good as a statement."""
    with as_plain_python():
        with pytest.raises(srcad.NotDifferentiable, match="would draw other numbers"):
            srcad.vjp(seeded_in_vain, X, 0)[1](X)
        z = np.random.RandomState(8).standard_normal(X.size)
        np.testing.assert_allclose(srcad.vjp(seeded_in_loop, X)[1](np.ones(X.size))[0], z)


WITHIN = [
    lambda x: np.sum(srcad.jacfwd(noise)(x)),
    lambda x: np.sum(srcad.jacrev(noise)(x)),
    lambda x: np.sum(srcad.hessian(lambda y: np.sum(noise(y) ** 2))(x)),
    lambda x: srcad.vjp(noise, x)[1](x)[0][0],
]


@pytest.mark.parametrize("func", WITHIN)
def test_derivatives_within_run_again(func):
    """Inside of functions, too."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="other numbers"):
        srcad.grad(func)(X)


def test_directions_of_functions_that_call_themselves():
    """What is called by name is looked into."""
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="other numbers"):
        srcad.jacfwd(lambda x: power(x[0], 3) * x)(X)


def test_seeded_derivatives_within():
    """They draw the same numbers for each direction."""
    z = np.random.RandomState(8).standard_normal(X.size)
    with as_plain_python():
        value = srcad.value_and_grad(lambda x: np.sum(srcad.jacfwd(fixed_noise)(x) @ x))(X)
    np.testing.assert_allclose(value[0], z @ X)
    np.testing.assert_allclose(value[1], z)


LATER = [
    (lambda x, y: x * y * np.random.normal(), (2.0, 3.0), (1.0, None)),
    (lambda x, p: x[0] * np.random.normal() * p[0], (X, (2.0, 3.0)), (X, (1.0, 0.0))),
]


@pytest.mark.parametrize(("func", "primals", "tangents"), LATER)
def test_linear_functions_that_run_again_need_a_seed(func, primals, tangents):
    """Where other arguments move than before, and where arguments are no floats and arrays."""
    _, along = srcad.linearize(func, *primals)
    with pytest.raises(srcad.NotDifferentiable, match="would draw other numbers"):
        along(*tangents)


def test_linear_functions_keep_what_was_drawn():
    out, along = srcad.linearize(noise, X)
    np.testing.assert_allclose(along(X), out)
    np.testing.assert_allclose(along(2.0 * X), 2.0 * out)


def test_seeded_functions_run_again():
    """With the same numbers."""
    z = np.random.RandomState(8).standard_normal(X.size)
    np.testing.assert_allclose(srcad.jacfwd(fixed_noise)(X), np.diag(z))
    out, pullback = srcad.vjp(fixed_noise, X)
    np.testing.assert_allclose(out, X * z)
    np.testing.assert_allclose(pullback(np.ones(X.size))[0], z)


@pytest.mark.parametrize("func", [lambda x: power(x[0], 3), checkpoints])
def test_parts_that_run_again(func):
    """Recursion and loops with few checkpoints run parts of the function on the way back."""
    with pytest.raises(srcad.NotDifferentiable, match="would draw other numbers"):
        srcad.grad(func)(X)
