"""Branches, early returns, loops and helper functions around whole-array statements."""

import numpy as np

from tests.array_checks import programs, vec

program = programs()


@program((vec(4), 1.0), (vec(4), -1.0))
def early_return(x, a):
    y = x * a
    if a > 0.0:
        return np.sum(y)
    y[0] = 2.0
    return np.sum(y * y)


@program((vec(4), 3), (vec(4), 0))
def return_from_a_loop(x, n):
    s = np.zeros_like(x)
    for k in range(n):
        s += x * k
        if np.sum(s * s) > 0.5:
            return np.sum(s * 2.0)
    return np.sum(s)


@program((vec(4), 5))
def break_on_a_norm(x, n):
    for _ in range(n):
        x = 0.7 * x + 0.1 * x[::-1]
        if np.max(np.abs(x)) < 0.4:
            break
    return x


@program((vec(4), vec(4, seed=1)))
def continue_on_a_sum(x, y):
    s = 0.0
    for k in range(4):
        z = x[k:] * y[: 4 - k]
        if np.sum(z) < 0.0:
            continue
        s += np.sum(z * z)
    return s


@program((vec(4), 2), (vec(4), 1), (vec(4), 7))
def choices(x, kind):
    if kind == 1:
        y = np.sin(x)
    elif kind == 2:
        y = x**2
        y[1:] -= x[:-1]
    else:
        y = np.zeros_like(x)
        y[0] = x[-1]
    return y * x


@program((vec(4), 1), (vec(4), 0))
def branch_that_writes(x, flag):
    y = x.copy()
    if flag:
        y[::2] *= 3.0
        v = y[1:]
        v += y[0]
    return np.sum(y * x)


@program((vec(4), True), (vec(4), False))
def view_of_one_of_two(x, flag):
    a = x * 2.0
    b = x + 1.0
    if flag:
        s = np.sum(a[1:] * b[:-1])
    else:
        s = np.sum(a[:-1] * b[1:])
    return s


def repeated_if_short(u):
    if len(u) > 3:
        return u
    return np.concatenate((u, u))


@program((vec(2), vec(2, 2, seed=1)), (-np.abs(vec(2)), vec(2, 2, seed=1)))
def column_or_vector(x, m):
    a = x * 0.5
    w = m * 1.0
    b = a if x[0] > 0.1 else w.T[:, 1]
    a[:] -= m[0, 0] * w.T[-1]
    return np.sum(a * a) + b[0] * b[1] + np.sum(w * w)


@program((vec(4),), (vec(3),), (vec(2),))
def other_name_of_one_of_two(x):
    """The array that a branch has chosen has two names, and views."""
    y = repeated_if_short(x)
    z = y[1:]
    z = z * y[:-1]
    return np.max(y) + np.sum(z)


@program((vec(4),), (-vec(4),))
def one_of_two_written(x):
    if x[0] > 0:
        y = x * 2.0
    else:
        y = x.copy()
    z = y
    tail = z[1:]
    for k in range(2):
        part = tail[k:]
        part[0] *= z[0]
    return y * tail[-1]


def either(u, v, c):
    if c > 0.1:
        return u
    return v


@program((vec(3), vec(3, seed=1)), (vec(3), -vec(3, seed=1)))
def name_bound_to_an_argument_that_is_written(x, y):
    a = x * 0.5
    if y[0] != 0.0:
        a = either(x, y, 0.34)
        x[1] = 0.95 * y[2]
    return a


@program((vec(3),))
def name_bound_to_what_another_name_writes(x):
    a = x * 0.5
    total = 0.0
    for _ in range(3):
        p = x * 2.0
        q = p[1:]
        total += np.sum(a)
        a = p
        q[0] = 5.0 * a[0]
    return total + a[1] * a[0]


@program((vec(3),))
def name_bound_to_what_the_next_iteration_reads(x):
    a = x * 0.5
    total = 0.0
    p = x * 1.0
    for i in range(3):
        total += p[0] * a[1]
        p = x * (2.0 + i)
        a = p
        a[0] = 7.0 * a[1]
    return total + a[1] * a[0]


def in_some_order(u, c):
    v = np.sin(u)
    if c < 0.0:
        return v, u
    return u, v


@program((vec(3),), (-vec(3),))
def chosen_and_exchanged(x):
    b = x.copy()
    b, a = in_some_order(b, x[0])
    a *= 0.11
    for _ in range(3):
        a, b = b, a
    return a


@program((vec(3), vec(3, 3, seed=1), 3), (vec(3), vec(3, 3, seed=1), 0))
def scaled_and_replaced(x, a, n):
    """What the loop carries is written in place, and then replaced."""
    y = np.exp(x)
    total = 0.0
    for _ in range(n):
        scale = y.sum()
        total += np.log(scale)
        y /= scale
        y = a @ y + 1.0
    y[0] *= 2.0
    return total + np.sum(y)


@program((vec(3), 4))
def written_before_and_after_it_is_replaced(x, n):
    y = x * 2.0
    for k in range(n):
        y[0] += y[1] * x[0]
        if k % 2 == 1:
            new = np.sin(y)
            new[1] *= y[2]
            y = new
        y[2] -= 0.1
    return y


@program((vec(3), vec(3, 3, seed=1), 2))
def replaced_in_nested_loops_and_written(x, a, n):
    y = x * 1.0
    for _ in range(n):
        for row in a:
            y[1:] *= row[:-1]
            y = y + row
        y *= 0.5
    return y


@program((vec(4), 3), (vec(4), 0))
def rebound_in_a_loop(x, n):
    y = x
    for k in range(n):
        y = np.sin(y) * (k + 1.0)
    return np.sum(y)


@program((vec(4), 3), (vec(4), 0))
def argument_rebound(x, n):
    for _ in range(n):
        x = x * x + 0.1
    return x


@program((vec(4), 4))
def rebound_in_branches_of_a_loop(x, n):
    y = x * 1.0
    for k in range(n):
        if k % 2 == 0:
            y = y * x
        else:
            y = y + np.sum(y)
    return y


@program((vec(4), 3))
def three_names_in_turn(x, n):
    a = x * 1.0
    b = x * 2.0
    c = np.zeros_like(x)
    for _ in range(n):
        c = a + 0.5 * b
        a = b
        b = c
    return a + c


@program((vec(4), 3))
def swapped_in_a_loop(x, n):
    a = x.copy()
    b = np.ones_like(x)
    for _ in range(n):
        b[:] = a * a - b
        a, b = b, a
    return a, b


@program((vec(4), 3))
def accumulated_in_place(x, n):
    total = np.zeros_like(x)
    term = np.ones_like(x)
    for k in range(n):
        term *= x / (k + 1.0)
        total += term
    return total


@program((vec(4), 0.2))
def while_with_arrays(x, tol):
    n = 0
    while np.sum(x * x) > tol and n < 6:
        x = 0.5 * x
        n += 1
    return x, n


@program((vec(3), 3))
def nested_loops(x, n):
    m = np.zeros((n, 3))
    for i in range(n):
        for j in range(i + 1):
            m[i] += x * j
            m[j] -= m[i] * 0.1
    return m


@program((vec(5),))
def triangular_slices(x):
    s = 0.0
    for i in range(len(x)):
        s += np.sum(x[:i]) * np.sum(x[i:]) + x[i] * np.prod(x[i + 1 :])
    return s


@program((vec(6), 2), (vec(6), -2), (vec(6), 0), (vec(6), 9))
def bounds_from_arguments(x, k):
    y = x.copy()
    y[k:] *= 2.0
    y[:k] += 1.0
    y[k::-1] -= 0.5
    return np.sum(y**2) + np.sum(x[-k:])


@program((vec(6),))
def bounds_from_data(x):
    k = int(np.sum(x > 0.0))
    return np.sum(x[:k] ** 2) + np.sum(x[k:])


def norm(v):
    return np.sqrt(np.sum(v * v) + 0.1)


def unit(v):
    return v / norm(v)


def step(u, c):
    new = u.copy()
    new[1:-1] += c * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return new


@program((vec(4), vec(4, seed=1)))
def helpers_in_helpers(x, y):
    return unit(unit(x) + unit(y)) @ y


@program((vec(5), 0.2, 3))
def helper_in_a_loop(u, c, n):
    for _ in range(n):
        u = step(u, c)
    return u


def both(u, v):
    return u * v, np.sum(u) - v


@program((vec(3), vec(3, seed=1)))
def helper_with_two_results(x, y):
    p, q = both(x, y)
    r, _ = both(q, p)
    return r


def pick(u, kind):
    if kind > 0:
        return u[::-1] * 2.0
    return u + 1.0


@program((vec(3), 1), (vec(3), 0))
def helper_with_branches(x, kind):
    return pick(x, kind) * x


def power(u, n):
    if n == 0:
        return np.sum(u)
    return power(u, n - 1) * u[0] + n


@program((vec(3), 3))
def recursive_helper(x, n):
    return power(x, n)


@program((vec(4),))
def tuple_of_arrays(x):
    pair = (x * 2.0, x[1:] * 3.0)
    a, b = pair
    return np.sum(pair[0] * a) + np.sum(b)


@program((vec(4), (vec(2, seed=1), 0.5)))
def tuple_argument(x, p):
    w, b = p
    return x[:2] * w + b


@program((vec(4),))
def list_of_terms(x):
    parts = [x[0] * x[1], np.sum(x), x[2]]
    y = np.array(parts)
    return y * y


@program((vec(3), vec(2, seed=1)))
def stacked_and_split(x, y):
    z = np.concatenate((x, y))
    a, b = z[:3], z[3:]
    return np.sum(a) * b


@program((vec(4), 2.0), (vec(4), -2.0))
def conditional_expressions(x, a):
    y = np.sin(x) if a > 0 else x * a
    c = x[0] if np.sum(y) > 0 else a
    return y * c


@program((vec(4),))
def dead_values(x):
    unused = np.exp(x * 100.0)  # noqa: F841
    y = x * 2.0
    y = x * 3.0
    return y


@program((vec(4), vec(4, seed=1)))
def chained_assignment(x, y):
    a = b = x * y
    return a + b * 2.0


@program((vec(2, 3),))
def shapes_by_names(m):
    rows, columns = m.shape
    out = np.empty((columns, rows))
    for i in range(rows):
        out[:, i] = m[i] / (i + 1)
    return out.reshape(rows * columns)[: len(m)]


@program((vec(4),))
def logic_of_sums(x):
    if np.any(x > 0.9) or not np.all(x < 2.0):
        return x * 0.0
    return np.where(np.isfinite(x) & (np.abs(x) > 0.1), x, 0.0)


@program((vec(6),))
def growing_windows(x):
    out = np.zeros_like(x)
    for i in range(len(x)):
        w = x[max(0, i - 2) : i + 1]
        out[i] = np.sum(w) / len(w)
    return out


@program((vec(5), 3))
def local_buffer_per_iteration(x, n):
    s = 0.0
    for k in range(n):
        t = np.zeros(3)
        t[:] = x[k : k + 3]
        t[1:] *= t[:-1]
        s += np.sum(np.sin(t))
    return s


@program((vec(3, 3), 2))
def matrix_rebound(a, n):
    for _ in range(n):
        a = a @ a * 0.5 + a.T
    return np.trace(a)


GRID = np.linspace(0.0, 1.0, 4)
SCALE = 1.5


@program((vec(4),))
def global_arrays(x):
    return np.sum(x * GRID) * SCALE + GRID[1:] @ x[:-1]


@program((vec(3), 0.5))
def default_step(x, h, n=2):
    for _ in range(n):
        x = x + h * np.cos(x)
    return x
