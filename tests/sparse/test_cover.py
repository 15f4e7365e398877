"""Patterns hold every derivative that is other than zero, wherever the inputs are."""

import itertools

import numpy as np
import pytest

import srcad
from srcad.sparse import sparsity
from tests.harness import as_plain_python
from tests.oracle import dual_run, is_active, leaves
from tests.random_programs import generate, load

PROGRAMS = 12
POINTS = 6


@pytest.fixture(autouse=True)
def _nothing_compiled(monkeypatch):
    """Read the sets as plain Python, too."""
    for function in (sparsity.rows_of, sparsity.partners_of_leaves):
        monkeypatch.setattr(sparsity, function.__name__, function.py_func)


def counted_in_branches(x):
    k = 0
    if x[0] > 0:
        k = 1
    s = x[k]
    if x[1] > 0:
        k = k + 1
    else:
        k = 2 * k
    return s, x[k]


def indices_by_data(x):
    idx = np.zeros(3, np.int64)
    n = 0
    for i in range(x.size):
        if x[i] > 0 and n < 3:
            idx[n] = i
            n += 1
    s = 0.0
    for j in range(n):
        s += x[idx[j]]
    return s


def bubbles(x):
    y = x.copy()
    for _ in range(y.size):
        for j in range(y.size - 1):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    return y


def nested_jumps(x):
    s = 0.0
    for i in range(x.size):
        for j in range(i):
            if x[j] > x[i]:
                break
            if x[j] < -1:
                continue
            s += x[i] * x[j]
        else:
            s += x[i] ** 3
    return s


def down_to_the_last(x):
    i = x.size - 1
    s = 0.0
    while i >= 0 and x[i] < 1.0:
        s += x[i]
        i -= 1
    return s + (x[i] if i >= 0 else 0.0)


def pair_of_signs(x):
    for i in range(x.size):
        for j in range(x.size):
            if x[i] * x[j] < 0:
                return x[i] + 2 * x[j]
    return 7.0


def written_through_a_view(x):
    y = x.copy()
    z = y[1:]
    z[int(abs(x[0])) % 2] = x[3]
    return y


def numbers_of_tests(x):
    f = x[0] > 0
    n = int(f) + int(x[1] > 0)
    return x[n], f * x[2], np.float64(n) * x[3]


def until_small(x):
    t = x[0]
    n = 0
    while True:
        t = 0.5 * t + x[1]
        n += 1
        if abs(t) < 0.1 or n > 5:
            break
    return t * x[n % 2 + 2], n


def down_from_an_unknown(x):
    k = min(max(int(x[0]), 0), 3)
    s = 0.0
    j = 0
    for i in range(k, -1, -1):
        s += x[i]
        j = i
    return s, x[j]


def unknown_step(x):
    k = 1 + int(x[0] > 0)
    s = 0.0
    for i in range(0, 4, k):
        s += x[i]
    return s


def unknown_row(x):
    m = np.outer(x, x)
    k = min(max(int(x[0]), 0), 1)
    return m[k, 2], m[2, k]


def argument_written_in_a_branch(x):
    if x[0] > 0:
        x[1] = x[2]
    else:
        x[1] *= 2.0


def halves_exchanged(x):
    a, b = x[:2].copy(), x[2:].copy()
    if x[0] > 0:
        a, b = b, a
    return a[0], b[1]


def bisected(x):
    lo, hi = 0.0, 10.0
    for _ in range(20):
        mid = 0.5 * (lo + hi)
        if mid * mid < x[0]:
            lo = mid
        else:
            hi = mid
    return lo * x[1]


def from_the_end(x):
    k = -1 - int(x[0] > 0)
    return x[k]


def passed_on(x):
    prev = 0.0
    out = np.zeros(x.size)
    for i in range(x.size):
        if i > 0 and x[i] > x[i - 1]:
            out[i] = prev * x[i]
        prev = x[i]
    return out


def only_after_two(x):
    s = 0.0
    c = 0
    for i in range(x.size):
        if x[i] > 0:
            c += 1
        if c >= 2:
            s += x[i]
    return s if c > 1 else x[0]


def scaled_on_the_way(x):
    y = np.zeros(4)
    for i in range(4):
        y[i] = x[i]
        if y[i] > 0:
            for j in range(4):
                y[j] = y[j] * x[0]
    return y


def stack_of_its_own(x):
    st = np.zeros(4)
    top = 0
    for i in range(4):
        if x[i] > 0:
            st[top] = x[i]
            top += 1
        elif top > 0:
            top -= 1
            st[top] *= x[i]
    return st, top


def rows_by_data(x):
    n = 0
    t = np.zeros((2, 3))
    while n < 3:
        if x[n] > 0:
            t[0, n] = x[n]
        else:
            t[1, :] = x[:3]
        n += 1
    return t.sum(axis=0)


def newton(x):
    y = 1.0
    for _ in range(50):
        d = (y * y - x[0]) / (2 * y)
        y -= d
        if abs(d) < 1e-12:
            break
    return y * x[1]


def seeds_of(args):
    """Return a direction for each float, and how many there are."""
    count = sum(np.size(a) for a in args if is_active(a))
    eye, seeds, at = np.eye(count), [], 0
    for arg in args:
        size = np.size(arg) if is_active(arg) else 0
        seeds.append(eye[at : at + size].reshape((*np.shape(arg), count)) if size else None)
        at += size
    return tuple(seeds), count


def dense(func, args, outputs):
    """Return the Jacobian, by dual numbers, as a matrix.

    outputs: how many numbers there are, with those in the arguments that may be written.
    """
    seeds, count = seeds_of(args)
    nothing = [np.zeros((*np.shape(arg), count)) for arg in args]
    given = tuple(n if s is None else s for s, n in zip(seeds, nothing, strict=True))
    run = dual_run(func, args, given, count)
    result = () if run.out is None else (run.out, run.out_dots)
    values, dots = (list(leaves(part)) for part in result or ((), ()))
    sizes = [np.size(a) if np.ndim(a) else 0 for a in args]
    left = outputs - sum(map(np.size, values))
    written = next(
        subset
        for length in range(len(args) + 1)
        for subset in itertools.combinations([k for k, size in enumerate(sizes) if size], length)
        if sum(sizes[k] for k in subset) == left
    )
    values += [run.after[k] for k in written]
    dots += [run.after_dots[k] for k in written]
    rows = []
    for value, dot in zip(values, dots, strict=True):
        shape = (np.size(value), count)
        rows.append(np.reshape(dot, shape) if is_active(value) else np.zeros(shape))
    return np.concatenate(rows)


def other(value, rng):
    """Return other floats of the same shape."""
    if not is_active(value):
        return value
    if np.ndim(value):
        return value * rng.uniform(-2.0, 2.0, value.shape) + rng.normal(size=value.shape)
    return float(value * rng.uniform(-2.0, 2.0) + rng.normal())


def check_covers(func, args, points=POINTS):
    """Compare the pattern with Jacobians at several places."""
    rng = np.random.default_rng(0)
    wrt = tuple(k for k, arg in enumerate(args) if is_active(arg))
    try:
        pattern = srcad.sparsity(srcad.jacobian(func, wrt))(*args)
    except srcad.NotDifferentiable as error:
        assert error.code == "E408"  # noqa: PT017 - other errors are faults
        return
    for _ in range(points):
        found = dense(func, args, pattern.shape[0])
        missed = np.argwhere((found != 0.0) & np.isfinite(found) & ~pattern.toarray())
        assert not missed.size, f"missed {missed.tolist()}:\n{pattern}\n{found}"
        args = tuple(other(arg, rng) for arg in args)


@pytest.mark.parametrize(
    "func",
    [
        counted_in_branches,
        indices_by_data,
        bubbles,
        nested_jumps,
        down_to_the_last,
        pair_of_signs,
        written_through_a_view,
        numbers_of_tests,
        until_small,
        down_from_an_unknown,
        unknown_step,
        unknown_row,
        argument_written_in_a_branch,
        halves_exchanged,
        bisected,
        from_the_end,
        passed_on,
        only_after_two,
        scaled_on_the_way,
        stack_of_its_own,
        rows_by_data,
        newton,
    ],
    ids=lambda f: f.__name__,
)
def test_patterns_cover_jacobians(func):
    """Programs whose paths and indices the input decides."""
    with as_plain_python():
        check_covers(func, (np.array([0.5, -1.0, 2.0, 3.0]),))


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_patterns_cover_jacobians_of_random_programs(seed):
    """The same."""
    source, args, *_ = generate(7_000_000 + seed, 5)
    func = load(source)
    with as_plain_python():
        check_covers(func, args, points=3)
