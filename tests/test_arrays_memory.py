"""Programs where it matters which memory is read before it is written: once wrong numbers."""

import numpy as np
import pytest

import srcad
from tests.array_checks import parametrized, programs, vec
from tests.array_comparison import compare
from tests.harness import as_plain_python

program = programs()
refused = programs()
PICK = np.array([2, 0, 1, 0])


@program((vec(5),))
def computed_then_reversed(x):
    x[:] = (x * 2.0)[::-1]


@program((vec(3, 3),), (np.asfortranarray(vec(2, 2)),))
def computed_then_transposed(m):
    m[:] = (m + 1.0).T


@program((vec(4, 3),))
def computed_then_flipped(m):
    m[:] = np.flip(np.cos(m), 0)


@program((vec(5),))
def reversed_within_a_slice(x):
    y = x * 1.0
    y[::2] = (y[::2] * 3.0)[::-1]
    y[:3] = y[:3][::-1] + y[:3]
    return y


@program((vec(5), PICK))
def gathered_from_a_computed_slice(x, g):
    x[:-1] = (x[1:] * 2.0)[g]
    x[1:] = x[1:][g]


@program((np.array([2, 0, 3, 1]), vec(4)))
def index_of_itself(k, x):
    k[:] = k[k]
    return x * k


@program((vec(3, 3), PICK))
def scattered_through_views(m, g):
    v = m.T
    v[g[:2]] = 1.0
    v[g[:2]] += m[:2]
    w = m[1:]
    w[:, 1:][g[1:3] - 1] *= 3.0
    m[:, g[:2]] = m.T[g[:2]].T


@program((vec(4), 3), (vec(4), 0))
def copied_twice_in_a_loop(u, steps):
    for _ in range(steps):
        un = u.copy()
        u = un.copy()
        u[1:-1] = un[1:-1] + 0.1 * (un[2:] + un[:-2] - 2.0 * un[1:-1])
    return u


@program((vec(3),))
def written_after_it_got_a_new_name(u):
    u = u * 2.0
    v = u[1:]
    v *= 3.0
    u = np.sin(u)
    u[0] *= 2.0
    return u


@program((vec(3, 3),))
def written_through_a_transpose_first(u):
    v = u.T
    v[0] = 2.0 * u[1, 1]
    u = u * 2.0
    return np.sum(u)


@program((vec(3),))
def replaced_in_an_inner_loop(x):
    s = 0.0
    for _ in range(2):
        u = x * 1.0
        u[0] = 2.0 * x[1]
        for _ in range(3):
            u = u * x
        s += np.sum(u)
    return s


@program((vec(6),), (vec(2),))
def new_axes_that_are_written(x):
    x[None] *= 2.0
    x[:, None] += np.ones((x.shape[0], 1)) * x[0]
    x[None, 1] = 3.0 * x[0]
    x[1:, None] = x[:-1, None] * 2.0
    v = x[None, 0]
    v[0] *= 5.0
    return x[-1, None] + 1.0


@program((vec(4),))
def constant_extents(x):
    t = np.min(np.ones((3, 3)), axis=0)
    y = np.ones(2)
    return x[: t[1:].shape[0]] * t[-2:] + t[1:], np.hypot(y, y[0:2])


@program((vec(3),))
def written_through_two_new_axes(x):
    y = x * 2.0
    v = y[None, ...]
    v[None, ...] = 1.5 * x
    v[:, None] += x[0]
    x[...] = y * x
    return np.sum(v * v)


@program((vec(3),))
def computed_and_read_through_its_view_only(x):
    y = x * 2.0
    v = y[None]
    v[None] = 1.5 * x[1]
    return np.sum(v * v)


M3 = [(vec(3, 3), PICK[1:3] - 1, k) for k in (1, -1, -2)]


@program(*M3)
def negative_picks_from_views(m, g, k):
    return m[1:][g], m[::-1][g], m[:, 1:][:, g], (m[1:] * 2.0)[g], m.T[g], (m[:1] + m[1:])[g]


@program(*M3)
def negative_picks_from_named_views(m, g, k):
    v = m[1:]
    return v[g, 1:], v[1:, g], v[k, g], v[g, k], m[1:, 1:][g, g], m[1:][g[:, None], g[None]]


@program(*M3)
def negative_indices_of_views(m, g, k):
    return (m[1:] * 2.0)[k], m[::-1][k], (m * m.T)[k, k], m[1:, 1:][k, k], np.take(m[1:], g, axis=0)


@program(*M3)
def negative_picks_written(m, g, k):
    v = m[::-1, 1:]
    v[g] *= 2.0
    m.T[g] += 1.0
    m[1:][g] = 3.0 * m[:2]
    x = m[0, ::-1]
    x[g] = x[g - 1] * 2.0


@program(*M3)
def rows_of_a_view_of_a_local(m, g, k):
    y = m * 2.0
    z = y[1:]
    q = z[k]
    q[k] = 5.0 * m[0, 0]
    q[:] += 1.0
    z[:, k] *= q[:2]
    return y


@program(*M3)
def views_by_whole_and_by_element(m, g, k):
    v = m[1:]
    w = v[:, ::-1]
    w[k] = 3.0
    w[k, k] = 2.0 * m[0, 0]
    v[k, 1:] *= 2.0
    for i in range(2):
        w[i] *= w[i - 1]
    return w[k, k]


@program(*M3)
def rows_of_a_slice(m, g, k):
    for row in m[1:]:
        row[k] *= 2.0
        row[g] += 1.0
    return m[1:][k][g]


@program(*M3)
def masked_views(m, g, k):
    m[1:][m[1:] > 0.0] *= 2.0
    m[::-1][m > 0.0] -= 1.0
    first = m[:, 0] > 0.0
    m[first] = 3.0 * m[first]
    m[:, 1:][first] += 1.0


@program((vec(3),))
def view_of_the_first_one_is_written(u):
    v = u[::-1]
    for _ in range(3):
        v[0] *= 2.0
        u = u + v
    return np.sum(u)


@program((vec(3),))
def goes_on_with_an_older_array(x):
    u = x * 1.0
    w = x * 2.0
    s = 0.0
    for _ in range(3):
        w[0] += u[1]
        s += u[0]
        u = w
    return s


@refused((vec(3), 0), (vec(3), 2))
def view_until_the_loop_runs(x, n):
    u = x[1:]
    for _ in range(n):
        u = u * 2.0
    x[1] = 3.0
    return np.sum(u)


@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    del mutates
    with as_plain_python():
        compare(func, args)


@parametrized(refused)
def test_refused(func, args, mutates):
    """An error of ours in reverse mode, never another number."""
    del mutates
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="another one in each"):
        srcad.value_and_grad(func)(*args)
