"""What the generated source tells LLVM: sums in any order, loops that run backwards."""

from __future__ import annotations

import re
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

import srcad
from srcad.backend import runtime, series
from srcad.ir import names

pytestmark = pytest.mark.compiled

Array = NDArray[np.float64]


def lines(func: Any, *args: Any) -> str:
    """The source of the gradient of `func`, without comments."""
    text: str = srcad.differentiate(func).inspect_adjoint(*args, compiled=True)
    return "\n".join(line for line in text.splitlines() if not line.strip().startswith("#"))


def of_numpy(x: Array, y: Array) -> float:
    return np.sum(x * y) + np.dot(x, y)


def by_hand(x: Array, y: Array) -> float:
    s = 0.0
    for i in range(x.shape[0]):
        s += x[i] * y[i]
    return s


def shared_weight(w: float, x: Array) -> float:
    s = 0.0
    for i in range(x.shape[0]):
        s += np.sin(w * x[i])
    return s


def recurrence(w: float, x: Array) -> float:
    s = 0.0
    for i in range(x.shape[0]):
        s = np.sin(s + w * x[i])
    return s


def by_element(x: Array, y: Array) -> float:
    s = np.zeros(1)
    for i in range(x.shape[0]):
        s[0] += x[i] * y[i]
    return s[0]


def squares(x: Array, y: Array) -> Array:
    return np.sum(x * y, axis=1)


@pytest.mark.parametrize(
    ("func", "args", "sums"),
    [
        (of_numpy, (np.ones(3), np.ones(3)), 2),
        (by_hand, (np.ones(3), np.ones(3)), 0),
        (by_element, (np.ones(3), np.ones(3)), 0),
        (shared_weight, (1.0, np.ones(3)), 1),
        (recurrence, (1.0, np.ones(3)), 0),
        (squares, (np.ones((2, 3)), np.ones((2, 3))), 1),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_which_sums_may_be_in_any_order(func: Any, args: tuple[Any, ...], sums: int) -> None:
    """Those of NumPy's reductions and of adjoints; never a sum that the user wrote."""
    assert len(re.findall(r"(\w+) = added\(\1, ", lines(func, *args))) == sums


def compensated(x: Array, w: float) -> float:
    s, lost = 0.0, 0.0
    for i in range(x.shape[0]):
        y = w * x[i] - lost
        t = s + y
        lost = (t - s) - y
        s = t
    return s


def test_sums_of_the_user_are_strict() -> None:
    """A compensated sum keeps its digits, and a plain loop gives njit's bits."""
    x = np.r_[1.0, np.full(1000, 1e-16)]
    value, slope = srcad.value_and_grad(compensated, argnums=1)(x, 1.0)
    assert value == numba.njit(compensated)(x, 1.0) == 1.0 + 1e-13
    assert slope == pytest.approx(1.0 + 1e-13, rel=1e-15)
    x, y = np.random.default_rng(1).standard_normal((2, 999))
    assert srcad.value_and_grad(by_hand)(x, y)[0] == numba.njit(by_hand)(x, y)


def test_sums_agree_with_numpy() -> None:
    """To rounding, in single and in double precision; the twin too."""
    for dtype, rtol in ((np.float32, 1e-5), (np.float64, 1e-13)):
        x, y = np.random.default_rng(1).random((2, 999)).astype(dtype)
        value, (x_bar, y_bar) = srcad.value_and_grad(of_numpy, argnums=(0, 1))(x, y)
        np.testing.assert_allclose(value, of_numpy(x, y), rtol=rtol)
        np.testing.assert_allclose(x_bar, 2 * y, rtol=rtol)
        np.testing.assert_allclose(y_bar, 2 * x, rtol=rtol)


def weighted_steps(u0: Array, steps: int) -> float:
    u = np.copy(u0)
    for _ in range(steps):
        for i in range(u.shape[0]):
            u[i] = u[i] + 0.1 * u[i] * u[i]
    return np.sum(u)


def triangle(x: Array) -> float:
    s = 0.0
    for i in range(x.shape[0]):
        for j in range(i):
            x[i] = x[i] * x[j]
        s += x[i]
    return s


def test_loops_inside_loops_that_run_backwards_are_vectorised() -> None:
    """The index of the outer loop is hidden from LLVM, which then uses vectors inside."""
    gradient = srcad.grad(weighted_steps)
    x = np.linspace(0.1, 1.0, 50)
    found = gradient(x, 3)
    assert "hidden(k)" in lines(weighted_steps, x, 3)
    step = 1e-20j
    for k in (0, 17, 49):
        u = x + step * (np.arange(50) == k)
        for _ in range(3):
            u = u + 0.1 * u * u
        np.testing.assert_allclose(found[k], np.sum(u).imag / 1e-20, rtol=1e-13)


def test_the_index_of_a_triangle_is_hidden_where_it_cannot_be_negative() -> None:
    """Loops that end anywhere else keep their index."""
    x = np.linspace(0.5, 1.5, 6)
    assert "hidden(i)" in lines(triangle, x)
    gradient = srcad.grad(triangle)(x)
    for k in range(6):
        u = list(x + 1e-20j * (np.arange(6) == k))
        assert gradient[k] == pytest.approx(triangle(np.array(u)).imag / 1e-20, rel=1e-12)


def test_helpers_compile() -> None:
    """Both helpers give what they give in Python, for all types of numbers."""

    @numba.njit
    def compiled(a: Any, b: Any, k: int) -> Any:
        return runtime.added(a, b), runtime.hidden(k)

    for a, b in ((1.5, 2.5), (np.float32(1.5), 2.5), (np.float32(1.5), np.float32(1)), (1.5, 2)):
        found, k = compiled(a, b, 7)
        assert (found, k) == (a + b, 7)
    assert compiled(0.5, 0.5, 2**62)[1] == 2**62


def clashing(x: Array, clip: float, added: float) -> float:
    tied = 2.0 * clip
    s = 0.0
    for i in range(x.shape[0]):
        s += np.clip(x[i], 0.0, 1.0) * tied * added
    return s


def test_names_of_helpers_belong_to_the_user_too() -> None:
    """A user's `clip` or `added` is renamed in generated source."""
    called = {helper.__name__ for helper in runtime.HELPERS}
    assert called <= names.HELPERS
    assert names.HELPERS - called <= set(series.HELPERS)
    value, slopes = srcad.value_and_grad(clashing, argnums=(0, 1, 2))(np.full(3, 0.5), 2.0, 3.0)
    assert value == 18.0
    np.testing.assert_allclose(slopes[0], 12.0)
    assert slopes[1:] == (9.0, 6.0)
