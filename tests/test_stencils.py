"""Stencils in several dimensions: few passes over few arrays, and the right gradient."""

import itertools

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python

PRECISION = 1e-6


def diffusion(u, k):
    for _ in range(3):
        new = np.copy(u)
        lap = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
        new[1:-1, 1:-1] += k[1:-1, 1:-1] * lap
        u = new
    return np.sum(u * u * u)


def relaxation(u, k):
    u = np.copy(u)
    for _ in range(3):
        inner = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] + k[1:-1, 1:-1]
        u[1:-1, 1:-1] = 0.25 * inner
    return np.sum(u * u * u)


def transport(u, k):
    u = np.copy(u)
    for _ in range(2):
        inner = u[1:, 1:]
        u[1:, 1:] = inner - k[0, 0] * (2.0 * inner - u[:-1, 1:] - u[1:, :-1])
    return np.sum(u * u * u)


def from_the_middle(u, k):
    n, m = u.shape
    v = np.zeros((n, m))
    for i in range(2, n):
        for j in range(1, m - 1):
            v[i, j] = k[i, j] * (u[i - 2, j - 1] - 2.0 * u[i - 1, j] + u[i - 1, j + 1])
    return np.sum(v * v)


def of_one_size(u, k):
    v = np.zeros((5, 5))
    for i in range(1, 3):
        for j in range(3):
            v[i, j] = k[0, 0] * (u[i - 1, j] * u[i, j] - u[i, j + 1] + u[i - 1, j + 1])
    return np.sum(v * v)


def growing(u, k):
    u = np.copy(u)
    for top in range(1, min(u.shape[0], u.shape[1])):
        for i in range(top):
            for j in range(top):
                u[i, j] = k[i, j] * (u[i + 1, j] + u[i, j + 1] + u[i + 1, j + 1])
    return np.sum(u * u)


def differences(function, u, k, step=1e-5):
    """Return the gradients by central differences."""
    gradients = []
    for x in (u, k):
        gradient = np.zeros_like(x)
        for place in np.ndindex(x.shape):
            sides = []
            for moved in (step, -step):
                old = x[place]
                x[place] = old + moved
                sides.append(function(u, k))
                x[place] = old
            gradient[place] = (sides[0] - sides[1]) / (2 * step)
        gradients.append(gradient)
    return gradients


STENCILS = (diffusion, relaxation, transport, from_the_middle, growing)


def assert_gradient(function, u, k):
    """Compare the gradient with differences, and forward mode with it."""
    got = srcad.grad(function, (0, 1))(u, k)
    for one, other in zip(got, differences(function, u, k), strict=True):
        assert one == pytest.approx(other, rel=PRECISION, abs=PRECISION)
    value, slope = srcad.jvp(function, (u, k), (k, u))
    assert value == pytest.approx(function(u, k))
    assert slope == pytest.approx(np.sum(got[0] * k) + np.sum(got[1] * u))


@pytest.mark.parametrize("function", STENCILS, ids=lambda f: f.__name__)
def test_gradient_at_every_small_size(function):
    """Also where there are no inner elements, in one direction or both."""
    rng = np.random.default_rng(1)
    with as_plain_python():
        for shape in itertools.product((1, 2, 3, 4, 6), repeat=2):
            assert_gradient(function, *(0.3 * rng.standard_normal((2, *shape))))


def test_literal_bounds():
    """Loops of literal bounds have literal extents."""
    with as_plain_python():
        assert_gradient(of_one_size, *np.random.default_rng(2).standard_normal((2, 5, 5)))


def loop_body(source, head):
    """Return the body of the first loop at the outermost level whose head ends like this."""
    lines = source.splitlines()
    first = next(n for n, s in enumerate(lines) if s.startswith("    for") and s.endswith(head))
    inside = itertools.takewhile(lambda s: s.startswith("     "), lines[first + 1 :])
    return "\n".join(inside)


@pytest.mark.parametrize("function", STENCILS[:2], ids=lambda f: f.__name__)
def test_few_passes(function):
    """A step back is two nests, with no arrays made and no special care near the boundary."""
    u = np.zeros((5, 5))
    source = srcad.differentiate(function).inspect_adjoint(u, u, argnums=(0, 1), compiled=True)
    step = loop_body(source, "-1, -1):")
    assert "np." not in step
    assert "near" not in source
    assert step.count("for i") == 2


def test_bounds_that_change_have_no_apron():
    """The zeros around a work array would have to be written in every iteration."""
    u = np.zeros((5, 5))
    source = srcad.differentiate(growing).inspect_adjoint(u, u, argnums=(0, 1), compiled=True)
    loops = source[source.index("for top") :]
    assert "np.zeros(" not in loops


def test_infinite_factors_stay_where_they_are():
    """An infinite speed is not multiplied with the zeros around the field."""
    u, k = np.zeros((4, 4)), np.zeros((4, 4))
    k[0, 0] = np.inf
    with as_plain_python(), np.errstate(invalid="ignore"):
        u_bar, _ = srcad.grad(lambda u, k: np.sum(transport_once(u, k)[1:, 1:]), (0, 1))(u, k)
    assert np.isinf(u_bar[0, 1:-1]).all()
    assert np.isinf(u_bar[1:-1, 0]).all()


def transport_once(u, k):
    v = np.zeros(u.shape)
    n, m = u.shape
    for i in range(n - 1):
        for j in range(m - 1):
            v[i + 1, j + 1] = k[0, 0] * (u[i, j + 1] + u[i + 1, j])
    return v


# A copy that is carried on ------------------------------------------------------------


def old_values_are_read_late(u, k):
    for _ in range(3):
        new = u.copy()
        new[1:] += k[1:] * np.sin(u[:-1])
        new[0] = new[0] * u[-1]
        new[-1] += u[0] * new[0]
        u = new
    return np.sum(u * u)


def kept_beside(u, k):
    best = u
    for n in range(3):
        new = u.copy()
        new[1:] += k[1:] * np.sin(u[:-1])
        if n == 1:
            best = new
        u = new
    return np.sum(best * u)


def kept_in_the_iteration(u, k):
    total = 0.0
    for _ in range(3):
        before = u
        new = u.copy()
        view = new[1:]
        view += k[1:] * np.sin(before[:-1])
        u = new
        total += np.sum(view * before[:-1]) + u[0] * before[0]
    return total + np.sum(u)


def until_small(u, k):
    while np.sum(u * u) > 0.5:
        new = u.copy()
        new[1:] *= 0.5
        new[0] = 0.3 * u[0] + 0.01 * k[0] * u[-1] * u[0]
        u = new
    return np.sum(u * k)


def within_another_loop(u, k):
    total = 0.0
    for _ in range(2):
        v = u * k
        for _ in range(2):
            new = v.copy()
            new[1:] += k[1:] * np.sin(v[:-1])
            v = new
        total += np.sum(v * v)
    return total


def copied_from_elsewhere(u, k):
    w = k * u
    for _ in range(3):
        new = w.copy()
        new[1:] += np.sin(u[:-1])
        u = new
    return np.sum(u * w)


CARRIED = (
    old_values_are_read_late,
    kept_beside,
    kept_in_the_iteration,
    until_small,
    within_another_loop,
    copied_from_elsewhere,
)


@pytest.mark.parametrize("function", CARRIED, ids=lambda f: f.__name__)
def test_a_copy_that_is_carried_on(function):
    """Old and new values are told apart, whoever else reads them."""
    with as_plain_python():
        assert_gradient(function, *np.random.default_rng(3).uniform(0.2, 0.9, (2, 5)))


def test_a_carried_copy_is_written_in_place():
    """One copy per step: of the old values, not of the new ones."""
    u = np.zeros((5, 5))
    stage = srcad.differentiate(diffusion).inspect_stage("carried", u, u, argnums=(0, 1))
    loop = loop_body(stage, "in range(3):")
    assert loop.count(".copy()") == 1
    assert loop.count("for i") == 1


@pytest.mark.compiled
def test_compiled_stencil():
    """The same numbers from compiled code, with bounds checked."""
    u, k = 0.3 * np.random.default_rng(4).standard_normal((2, 6, 5))
    gradient = srcad.grad(srcad.differentiate(diffusion, boundscheck=True), (0, 1))
    for one, other in zip(gradient(u, k), differences(diffusion, u, k), strict=True):
        assert one == pytest.approx(other, rel=PRECISION, abs=PRECISION)
