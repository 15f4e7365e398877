"""Loops that go on with another array, and branches that make one."""

import math

import numpy as np

from tests.zoo.table import program, vec


def step(h, w):
    """Return a new array."""
    new = np.zeros(len(h))
    for i in range(len(h)):
        for j in range(len(h)):
            new[i] += w[i, j] * math.sin(h[j])
    return new


def dot(a, b):
    s = 0.0
    for i in range(len(a)):
        s += a[i] * b[i]
    return s


@program(lambda: (vec(3), vec(3, 3, seed=1), 4))
def state_replaced(h, w, n):
    """A recurrence whose step returns a new array."""
    for _ in range(n):
        h = step(h, w)
    return h


@program(lambda: (vec(3), vec(3, 3, seed=1), 0))
def state_replaced_in_no_iteration(h, w, n):
    """The array that goes in comes out."""
    for _ in range(n):
        h = step(h, w)
    return h


@program(lambda: (vec(3), vec(3, 3, seed=1), 4))
def two_states_back(h, w, n):
    """The array before the last is used too."""
    before = np.zeros(3)
    s = 0.0
    for _ in range(n):
        s += dot(before, h)
        before = h
        h = step(h, w)
    return s + dot(before, h)


@program(lambda: (vec(3), vec(3, 3, seed=1)))
def three_states_in_a_row(a, w):
    """A window of arrays that moves on."""
    b = step(a, w)
    c = np.ones(3)
    for _ in range(4):
        d = step(c, w)
        a, b, c = b, c, d
    return dot(a, b) * dot(b, c)


@program(lambda: (vec(3), vec(3, 3, seed=1)))
def best_so_far(h, w):
    """Replaced on some paths only."""
    best = h
    least = dot(h, h)
    for _ in range(5):
        h = step(h, w)
        if dot(h, h) < least:
            best = h
            least = dot(h, h)
    return dot(best, best) + best[1]


@program(lambda: (vec(3), vec(3, 3, seed=1)))
def replaced_until_small(h, w):
    """A condition that reads the array, and a break."""
    n = 0
    while dot(h, h) > 0.05:
        h = step(h, w)
        n += 1
        if n == 4:
            break
    return h


@program(lambda: (vec(3), vec(3, 3, seed=1)))
def replaced_in_nested_loops(h, w):
    """Replaced in the inner loop, then once more and changed."""
    for _ in range(2):
        for _ in range(3):
            h = step(h, w)
        h = step(h, w)
        h[0] *= 0.5
    return h


@program(lambda: (vec(4, 4), vec(4, seed=1)))
def conjugate_gradients(a, b):
    """A new direction in each iteration, unless it stops before."""
    n = len(b)
    x = np.zeros(n)
    r = b.copy()
    p = r.copy()
    rs = dot(r, r)
    for _ in range(3):
        ap = np.zeros(n)
        for i in range(n):
            ap[i] = 4.0 * p[i]
            for j in range(n):
                ap[i] += (a[i, j] + a[j, i]) * p[j]
        alpha = rs / dot(p, ap)
        for i in range(n):
            x[i] += alpha * p[i]
            r[i] -= alpha * ap[i]
        following = dot(r, r)
        if following < 1e-20:
            break
        q = np.empty(n)
        for i in range(n):
            q[i] = r[i] + following / rs * p[i]
        p = q
        rs = following
    return x[0] + dot(x, b)


@program(lambda: (vec(4), 4))
def array_made_in_a_branch(x, n):
    """The adjoint of an array that only one branch makes."""
    s = 0.0
    for k in range(n):
        if k % 2 == 0:
            q = np.empty(2)
            q[0] = x[1] * x[0]
            q[1] = x[2]
            p = q
        else:
            p = x
        s += p[0] * p[1]
    return s


@program(lambda: (vec(4), 4))
def array_made_in_a_branch_of_a_while(x, n):
    """Its size comes from the branch."""
    s = 0.0
    k = 0
    while k < n:
        if s < 0.1:
            m = 2 + k % 2
            q = np.zeros(m)
            for i in range(m):
                q[i] = x[i] * x[0]
            p = q
        else:
            m = 2
            p = x[1:]
        for i in range(m):
            s += p[i] * p[i]
        k += 1
    return s


@program(lambda: (vec(5, 3),))
def row_before(a):
    """A view that is carried to the next iteration, and written there."""
    b = a.copy()
    before = b[0]
    for i in range(1, 5):
        row = b[i]
        for j in range(3):
            row[j] = row[j] * before[j]
        before = row
    return b


@program(lambda: (np.array([-1.0, 2.0, 3.0, -4.0]), 4))
def assigned_on_some_paths(x, n):
    """Values that an iteration has only if a test holds."""
    s = 0.0
    for k in range(n):
        if x[k] > 0.0:
            t = np.sin(x[k]) * s
            m = int(x[k] * 10.0) % 3
        s += x[k] ** 2
        if x[k] > 0.0:
            s += t * t * x[m]
    return s
