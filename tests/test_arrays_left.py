"""Arrays that a loop makes, and that are read or returned when it has ended."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python, plain

program = programs()
MATRIX = 4.0 * np.eye(3) + np.array([[0.3, -0.2, 0.5], [0.1, 0.4, -0.3], [-0.6, 0.2, 0.1]])
ARGS = (MATRIX, vec(3))


@program(ARGS)
def left_by_break(a, b):
    x = np.zeros(b.shape[0])
    for _ in range(60):
        new = b - 0.1 * (a @ x)
        if np.max(np.abs(new - x)) < 1e-9:
            break
        x = new
    return np.sum(new * new)


@program(ARGS)
def returned_early(a, b):
    x = np.zeros(b.shape[0])
    for _ in range(60):
        new = b - 0.1 * (a @ x)
        if np.max(np.abs(new - x)) < 1e-9:
            return new
        x = new
    return x


@program(ARGS)
def returned_or_failed(a, b):
    x = np.zeros(b.shape[0])
    for _ in range(60):
        new = b - 0.1 * (a @ x)
        change = np.max(np.abs(new - x))
        x = new
        if change < 1e-9:
            return x
    raise ValueError("no convergence")


@program(ARGS)
def several_results(a, b):
    x = b
    for k in range(6):
        r = b - 0.1 * a @ x
        if np.linalg.norm(r) < 0.1 * k:
            return x, r, k
        x = x + 0.1 * r
    return x, r, 6


@program(ARGS)
def without_an_end(a, b):
    x = b.copy()
    while True:
        y = x - 0.1 * (a @ x - b)
        step = np.linalg.norm(y - x)
        if step < 1e-9:
            return y, step
        x = y


@program((np.array([0.9, 0.8]),))
def made_and_carried_by_the_head(x):
    while True:
        x = np.sin(x)
        if x[0] < 0.5:
            break
        x = x * 0.9
    return x[0] * x[1]


@program((np.array([0.9, 0.8]),))
def several_left(x):
    while True:
        y = x * 0.5
        z = y * x
        if z[0] < 0.1:
            break
        x = z
    return y, z, x


@program((np.array([0.9, 0.8]),))
def swapped_by_the_head(x):
    while True:
        x, y = x * 0.5, x
        if x[0] < 0.1:
            break
    return y * x


@program(ARGS, (MATRIX.T, vec(3)))
def found_in_two_loops(a, b):
    for i in range(a.shape[0]):
        for j in range(a.shape[0]):
            if a[i, j] > 0.3 and i != j:
                return a[i] * a[j]
    return b


@program(ARGS)
def best_of_all(a, b):
    best = -np.inf
    for i in range(a.shape[0]):
        row = a[i] * b
        if np.sum(row) > best:
            best = np.sum(row)
            kept = row
    return kept


@program((MATRIX, vec(3)))
def last_of_all(a, b):
    for _ in range(3):
        y = np.tanh(a @ b)
        b = b + 0.1 * y
    return y * b


def _helper(a, b, limit):
    for k in range(8):
        b = 0.5 * np.linalg.solve(a, b)
        if np.sum(b * b) < limit:
            return b + k
    return b


@program(ARGS)
def helpers_that_return_early(a, b):
    return _helper(a, b, 1e-3) * _helper(a, b * b, 1e-5)


@program((vec(4), vec(4)))
def written_when_it_is_over(x, w):
    for k in range(3):
        y = x * w + k
        x = x * 0.5
    z = y + 1.0
    z[0] = w[1]
    return y * z


PAIR = (np.array([0.9, 0.8, 0.7]), np.array([0.5, 1.5, -0.3]))


@program(PAIR)
def another_name_of_what_is_written_later(x, w):
    z = x * w
    for k in range(3):
        y = z
        if k == 1:
            break
    z[0] = w[1]
    return y * z


@program(PAIR)
def written_behind(x, w):
    for k in range(3):
        y = x * k
        if k == 2:
            break
    y[0] = w[1]
    return y * w


@program(PAIR)
def written_in_every_round(x, w):
    z = x.copy()
    while True:
        y = z
        if z[0] < 0.1:
            break
        z[0] *= 0.4
    z[1] = w[2]
    return y * 2


@program(PAIR)
def made_in_some_rounds(x, w):
    for k in range(4):
        if k % 2 == 0:
            y = x * w
        else:
            y[1] = w[0] * k
    return y


@program(PAIR)
def filled_by_the_head(x, w):
    k = 0
    while True:
        y = np.zeros(3)
        for i in range(3):
            y[i] = x[i] * w[k]
        k += 1
        if k == 3:
            break
        x = y
    return x * y


@program(PAIR)
def found_in_the_inner_loop(x, w):
    for k in range(3):
        r = x[k] * w
        for j in range(2):
            s = r * w[j]
            if s[0] > 0.2:
                return s + x
    return r


@program((MATRIX, vec(3)))
def last_row(a, w):
    for row in a:
        last = row
    return last * w


@program(PAIR)
def product_found(x, w):
    for _ in range(3):
        y = np.outer(x, w) @ np.outer(w, x)
        if y[0, 0] > 0:
            return y.T
    return y


@program((MATRIX, vec(3)))
def read_above_its_assignment(a, b):
    s = 0.0
    for i in range(a.shape[0]):
        row = a[i] * a[i]
        if i > 0:
            s += np.sum(before * row)  # noqa: F821
        before = row  # noqa: F841
    return s + b


@program((MATRIX, vec(3)))
def read_above_in_nested_loops(a, b):
    s = 0.0
    for i in range(a.shape[0]):
        for j in range(2):
            if i + j > 0:
                s += np.sum(last * b)  # noqa: F821
            last = a[i] * (j + 1)  # noqa: F841
    return s


# Names that mean another array later ---------------------------------------------------

HALVES = (np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.7, 0.2]))


def _chosen(u, c):
    v = np.sin(u)
    if c < 0.0:
        return v, u
    return u, v


@program(HALVES)
def another_array_after_a_loop(x, y):
    a = x * 0.5
    b = y.copy()
    b[:] = a
    for _ in range(3):
        a, b = _chosen(b, -1.0)
    for _ in range(3):
        b = x
    return np.sum(a * x) + b[0]


@program(HALVES)
def another_array_after_a_branch(x, y):
    b = y.copy()
    b[:] = x * 0.5
    s = 0.0
    for _ in range(3):
        c = b
        s += np.sum(np.sin(c))
        b = c
    if y[0] > 0:
        b = x
    return s + b[0]


@program(HALVES)
def another_array_in_the_outer_loop(x, y):
    b = y.copy()
    b[:] = x * 0.5
    s = 0.0
    for k in range(3):
        s += np.sum(np.sin(b))
        for _ in range(2):
            c = b
            s += np.sum(np.sin(c)) * c[0]
            b = c
        if y[0] * k > 0.7:
            b = x
    return s + b[0]


@program(HALVES)
def another_array_between_loops(x, y):
    b = y.copy()
    s = 0.0
    k = 0
    while k < 2:
        c = b
        s += np.sum(np.sin(c)) * c[0]
        b = c
        k += 1
    if s > 0:
        b = x
    else:
        b = y
    while k < 4:
        c = b
        s += np.sum(np.sin(c)) * c[1]
        b = c
        k += 1
    return s + b[0]


@pytest.mark.slow
@parametrized(program)
def test_twin(func, args, mutates):
    """As plain Python, against references, in both modes."""
    check(func, args, mutates)


@pytest.mark.compiled
@pytest.mark.parametrize("func", [returned_early, without_an_end])
def test_compiled(func):
    """A sample, compiled."""
    check(func, ARGS, compiled=True)


def loss_of_returned(a, b):
    return np.sum(returned_early(a, b) ** 2)


def loss_without_an_end(a, b):
    y, step = without_an_end(a, b)
    return np.sum(np.sin(y)) + step


def loss_of_several(x):
    y, z, last = several_left(x)
    return np.sum(y * z * last)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "args"),
    [
        (loss_of_returned, ARGS),
        (loss_without_an_end, ARGS),
        (loss_of_several, (np.array([0.9, 0.8]),)),
    ],
)
def test_second_order(loss, args):
    """Forward and reverse over reverse, against differences of the gradient."""
    wrt = tuple(range(len(args)))
    dots = tuple(np.cos(np.arange(arg.size, dtype=float)).reshape(arg.shape) for arg in args)
    h = 1e-5
    gradient = srcad.grad(loss, argnums=wrt)
    with as_plain_python():
        once = plain(srcad.grad(loss, argnums=wrt))
        _, forward = srcad.jvp(gradient, args, dots)
        _, pullback = srcad.vjp(gradient, *args)
        reverse = pullback(dots)
        ends = [
            once(*(arg + sign * h * dot for arg, dot in zip(args, dots, strict=True)))
            for sign in (1, -1)
        ]
    for f, r, up, down in zip(forward, reverse, *ends, strict=True):
        np.testing.assert_allclose(f, (up - down) / (2 * h), rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(r, f, rtol=1e-9, atol=1e-12)


def test_a_shadow_that_nothing_binds():
    """A failed attempt to sweep a loop once once left a name without its array."""

    def left(a, b):
        x = b.copy()
        while True:
            y = x - 0.1 * (a * x - b)
            if abs(y[0] - x[0]) < 1e-13:
                break
            x = y
        z = y
        return np.sum(z)

    check(left, (np.array([4.0, 5.0]), np.array([1.0, 2.0])))


def _rebound_beside_a_view(x, w):
    for _ in range(3):
        y = x[0:2]
        x = x * 0.9
    x[0] = 7.0
    return y * w[:2]


def _row_of_what_is_written(a, w):
    for i in range(a.shape[0]):
        last = a[i]
        if last[1] > 0.3:
            break
    a[1] = w
    return last * w


def _of_another_length(x, w):
    for k in range(3):
        if x[0] * k > 1.5:
            return x[:k] * w[:k]
    return x


@pytest.mark.parametrize(
    ("func", "args", "mutates"),
    [
        (_rebound_beside_a_view, PAIR, (0,)),
        (_row_of_what_is_written, (MATRIX, vec(3)), (0,)),
        (_of_another_length, PAIR, ()),
    ],
)
def test_refused(func, args, mutates):
    """Where a copy would not be the same array, or have one shape."""
    with pytest.raises(srcad.NotDifferentiable, match="another one in each"):
        check(func, args, mutates)
