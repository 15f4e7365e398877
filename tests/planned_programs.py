"""Programs to plan for: well-known kernels, and some that a careless plan gets wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

RNG = np.random.default_rng(7)


def some(*shape: int) -> Any:
    """Return numbers between 0.1 and 1.1."""
    return RNG.random(shape) + 0.1


def nearest(p, c):
    cost = 0.0
    for i in range(p.shape[0]):
        closest = np.inf
        for j in range(c.shape[0]):
            r = c[j]
            closest = min(closest, (p[i, 0] - r[0]) ** 2)
        cost += closest
    return cost


def packed_triangle(low, x, n):
    out = np.zeros(x.size)
    s = 0.0
    for _ in range(n):
        idx = 0
        for i in range(x.size):
            for j in range(i + 1, x.size):
                out[j] += low[idx] * x[i]
                idx += 1
        s += out[0] * out[1]
    return s


def products_of_columns(a):
    s = 0.0
    for i in range(a.shape[1]):
        s += np.sum(a[:, i] @ a[:, i:])
    return s


def heun(y0, p, steps):
    y = y0.copy()
    n = y0.size
    f, u = np.empty(n), np.empty(n)
    for _ in range(steps):
        for i in range(n):
            f[i] = p[i] * math.sin(y[i])
        for i in range(n):
            u[i] = y[i] + 0.2 * f[i]
        for i in range(n):
            y[i] += 0.1 * (f[i] + p[i] * math.sin(u[i]))
    return np.sum(y * y)


def densities(w, m, q, x):
    d, k = x.shape[1], w.size
    diff, z = np.empty(d), np.empty(d)
    term = np.empty(k)
    total = 0.0
    for i in range(x.shape[0]):
        for c in range(k):
            for a in range(d):
                diff[a] = x[i, a] - m[c, a]
                z[a] = math.exp(q[c, a]) * diff[a]
            at = d
            for a in range(d):
                for b in range(a + 1, d):
                    z[b] += q[c, at] * diff[a]
                    at += 1
            term[c] = w[c] - 0.5 * np.sum(z * z)
        total += math.log(np.sum(np.exp(term)))
    return total


def roots(x, a):
    s = 0.0
    for i in range(x.size):
        y = x[i]
        for _ in range(20):
            step = (y * y - a) / (2.0 * y)
            y -= step
            if abs(step) < 1e-9:
                break
        s += y
    return s


def halving(x):
    n = 0.0
    while x > 0.1:
        x = 0.9 * math.sin(x)
        n += x * x
    return x * n


def relaxed(u0, steps):
    u = u0.copy()
    for _ in range(steps):
        for i in range(1, u.size - 1):
            u[i] = 0.5 * u[i] * u[i] + 0.25 * (u[i - 1] + u[i + 1])
    return np.sum(u)


def test_of_what_the_branch_writes(x, n):
    u = x.copy()
    s = 0.0
    for t in range(n):
        for i in range(u.size):
            if u[i] > 0.5:
                u[i] = u[i] * u[i] - 0.1 * t
                s += u[i] * u[i]
            s += u[i] * x[i]
    return s


def before_and_in_a_branch(x):
    t = math.sin(x[0])
    s = t * t
    t = x[1] * s
    if x[2] > 5.0:
        u = math.sin(x[0])
        s += u * t
    return s * t


def set_and_added_to(x, n):
    u = x.copy()
    s = 0.0
    for _ in range(n):
        for i in range(x.size):
            s += u[i] * u[i] * s * 0.1 + u[i]
        for i in range(x.size):
            v = u[i]
            u[i] = v * v
            u[i] += 0.3 * v * x[i]
    return s + np.sum(u)


ORDER = np.array([2, 0, 1, 3])


def in_a_captured_order(x, n):
    u = x.copy()
    s = 1.0
    for _ in range(n):
        for i in range(x.size):
            s += u[ORDER[i]] * x[i] * s
            u[ORDER[i]] = 0.5 * s
    return s


def the_same_value_in_a_branch_and_after(x, n):
    s = 0.0
    for i in range(n):
        if x[i] > 0.5:
            t = math.sin(x[i])
            s += t * t
        else:
            s += x[i] * s
        t = math.sin(x[i])
        s += t * s
    return s


def back_to_front(x, n):
    u = x.copy()
    k = np.empty(x.size)
    for _ in range(n):
        for i in range(x.size):
            k[i] = math.sin(u[i])
        for i in range(x.size):
            u[i] = u[i] * k[x.size - 1 - i]
    return np.sum(u)


def filled_but_for_one(x, n):
    k = np.zeros(x.size)
    s = 0.0
    for t in range(n):
        for i in range(1, x.size):
            k[i] = x[i] * math.sin(x[i] * (t + 1.0))
        for i in range(x.size):
            s += k[i] * k[i] * x[0]
        k[0] = s * 0.1
    return s


def read_while_written(x, n):
    u = x.copy()
    k = np.empty(x.size)
    s = 0.0
    for _ in range(n):
        for i in range(x.size):
            k[i] = u[i] * u[i]
        for i in range(1, x.size):
            k[i] = k[i] * k[i - 1]
        for i in range(x.size):
            u[i] = math.exp(-k[i]) * u[i]
            s += k[i] * u[i]
    return s


def begun_before_the_loop(x, n):
    d = x.shape[0]
    k = np.empty(d)
    s = 0.0
    for t in range(n):
        first = x[t % d] * 0.5
        for i in range(d):
            first = 0.5 * first + x[i]
            k[i] = first
        for i in range(d):
            s += k[i] * k[i] * s * 0.1 + k[i]
    return s


def ring(x, n):
    held = np.zeros(4)
    s = 0.0
    for i in range(n):
        held[i % 4] = x[i] * x[i]
        s += held[(i + 1) % 4] * x[i]
    return s


def index_in_what_it_writes(x, p, n):
    q = p.copy()
    s = 0.0
    for i in range(n):
        at = q[i]
        q[at] = (at + 1) % n
        s += x[at] * x[q[at]] * s + x[at]
    return s


def counts_in_a_branch(x, n):
    s = 0.0
    k = 0
    for i in range(n):
        if x[i] > 0.4:
            s += x[i] * x[k] * s + x[k]
            k += 1
    return s


def undone_where_it_is_read(x, p, n):
    a = np.zeros(x.size)
    s = 0.0
    for i in range(1, n):
        s += a[p[i]] * a[n - p[i]] * a[p[i - 1]] * x[i]
        e = math.exp(x[i] * 0.3)
        a[i] = e
        s += e * e * x[0]
    return s + a[0] * s


def put_back_by_a_carried_index(x, p, n):
    q = p.copy()
    at = 0
    s = 1.0
    for i in range(n - 3):
        s += x[q[i]] * s * x[q[i + 1]] * x[q[i + 2]] + x[q[i + 3]]
        at = (at * 3 + 1) % n
        q[at] = i
    return s


def made_in_a_branch(x, n):
    s = 1.0
    for i in range(n):
        if x[i] > 0.3:
            t = np.empty(2)
            t[0] = x[i] * s
            t[1] = math.sin(t[0])
            s = t[0] * t[1] + 0.1
    return s


def exchanged(x, n):
    a, b = x.copy(), np.empty(x.size)
    for _ in range(n):
        for i in range(1, x.size - 1):
            b[i] = a[i - 1] * a[i + 1]
        b[0] = a[0]
        b[x.size - 1] = a[1]
        a, b = b, a
    return a[1] * a[2]


def twice_in_one_round(x, n):
    u = x.copy()
    s = 0.0
    for _ in range(n):
        a = u[0] + 1.0
        for i in range(x.size):
            b = a * u[i]
            u[i] = b * b * 0.1 + x[i]
            s += u[i] * a * 0.1
            u[i] = 0.3 * math.sin(u[i])
    return s


def scratch_in_two_loops(x, n):
    k, u = np.empty(x.size), np.empty(x.size)
    y = x.copy()
    s = 0.0
    for _ in range(n):
        for i in range(x.size):
            u[i] = y[i] + 0.25
        for i in range(x.size):
            k[i] = u[i] + x[i]
        for i in range(x.size):
            u[i] = y[i] + 0.5 * k[i]
        for i in range(x.size):
            y[i] = y[i] + 0.1 * u[i] * k[i]
        s += u[0] * k[1]
    return s + y[0]


def inner_sum_again(x, n):
    s = 0.0
    for t in range(n):
        p = 1.0
        for i in range(x.size):
            p += x[i] * x[t]
        s += p * p * p
    return s * s


def in_place_and_read_after(x):
    s = 0.0
    for i in range(x.size):
        x[i] = x[i] * x[i]
        s += x[i] * x[i]
    return s + x[0] * x[1]


def rows_of_views(m, n):
    s = 0.0
    for t in range(n):
        for i in range(m.shape[0]):
            row = m[i]
            for j in range(row.size):
                row[j] = row[j] * row[j] * 0.5 + 0.1 * t
                s += row[j] * m[0, j]
    return s


def counts_forward_and_back(x, n, m):
    s = 1.0
    k = 1
    for i in range(n - 1, -1, -1):
        k += 2
        for _ in range(m, 2):
            k += 1
            s += x[k % x.size] * s * 0.3
        for j in range(i, 0, -1):
            s += x[(k + j) % x.size] * s * 0.1
            k -= 1
        for j in range(i, n):
            for _ in range(j):
                k += 1
            s *= x[k % x.size]
        s += s * x[k % x.size]
    return s * x[k % x.size]


def counts_what_may_be_the_wrong_way_round(x, n):
    s = 1.0
    k = 0
    for i in range(n):
        for _ in range(i + 2, n):
            k += 1
            s += x[k % x.size] * s * 0.3
        s += s * x[k % x.size]
    return s


def counts_until(x, n):
    s = 1.0
    k = 0
    for i in range(n):
        for j in range(n):
            k += 1
            if x[(i + j) % x.size] > 0.9:
                break
        s += s * x[k % x.size]
    return s


def a_rectangle_counted(x, n):
    s = 0.0
    k = 0
    for i in range(n):
        for j in range(2):
            s += x[k] * x[k] * x[j]
            k += 1
        s += x[k - 1] * s * x[i]
    return s


KERNELS = (
    (nearest, (some(4, 2), some(3, 2))),
    (packed_triangle, (some(6), some(4), 3)),
    (products_of_columns, (some(3, 4),)),
    (heun, (some(3), some(3), 4)),
    (densities, (some(3), some(3, 3), some(3, 6), some(2, 3))),
    (roots, (some(3), 2.0)),
    (halving, (1.0,)),
    (relaxed, (some(5), 3)),
)
TRAPS = (
    (test_of_what_the_branch_writes, (some(5), 3)),
    (before_and_in_a_branch, (some(4),)),
    (set_and_added_to, (some(4), 3)),
    (in_a_captured_order, (some(4), 3)),
    (the_same_value_in_a_branch_and_after, (some(6), 5)),
    (back_to_front, (some(4), 3)),
    (filled_but_for_one, (some(4), 3)),
    (read_while_written, (some(4), 3)),
    (begun_before_the_loop, (some(4), 3)),
    (ring, (some(7), 7)),
    (index_in_what_it_writes, (some(4), np.array([2, 0, 3, 1]), 4)),
    (counts_in_a_branch, (some(6), 6)),
    (undone_where_it_is_read, (some(5), np.array([2, 4, 1, 3, 2]), 5)),
    (put_back_by_a_carried_index, (some(7), np.array([2, 0, 3, 1, 6, 5, 4]), 7)),
    (made_in_a_branch, (some(5), 5)),
    (exchanged, (some(4), 3)),
    (twice_in_one_round, (some(4), 3)),
    (scratch_in_two_loops, (some(4), 3)),
    (inner_sum_again, (some(4), 3)),
    (in_place_and_read_after, (some(4),)),
    (rows_of_views, (some(3, 2), 2)),
    (a_rectangle_counted, (some(8), 4)),
    (counts_forward_and_back, (some(5), 4, 0)),
    (counts_forward_and_back, (some(5), 3, 7)),
    (counts_what_may_be_the_wrong_way_round, (some(5), 4)),
    (counts_until, (some(5), 4)),
)
