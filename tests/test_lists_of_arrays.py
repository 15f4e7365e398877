"""Lists of arrays that change: both modes, second derivatives, and what is refused."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.array_comparison import compare_second
from tests.harness import as_plain_python

program = programs()
refused = programs()


@program((vec(4),))
def stack_arrays(x):
    xs = [x * 1.0]
    s = 0.0
    while xs:
        a = xs.pop()
        if len(a) > 1:
            h = len(a) // 2
            xs.append(a[:h] * a[h:])
            xs.append(a[h:])
        else:
            s += a[0]
    return s


@program((vec(4),))
def history(x):
    hist = [x]
    for i in range(4):
        hist.append(np.sin(hist[-1]) + (hist[i - 1] if i else x * 0.5))
    m = np.array(hist)
    return np.sum(m[:, 0] * m[:, 1]) + np.sum(np.stack(hist)[2])


@program((vec(4),))
def matrices(x):
    ms = []
    for i in range(3):
        ms.append(np.outer(x, x) * x[i])
    p = np.eye(4)
    for m in ms:
        p = p @ m
    for m in reversed(ms):
        p = p + m
    for i, m in enumerate(ms):
        p = p * i + m
    return np.sum(p * p)


@program((vec(4),))
def assigned(x):
    zs = [x, x, x]
    zs.append(x * 2)
    for i in range(4):
        zs[i] = zs[i - 1] * zs[i]
    return np.sum(zs[2] * zs[3])


@program((vec(4),))
def in_loop_made(x):
    s = 0.0
    for i in range(3):
        xs = []
        for j in range(i + 1):
            xs.append(x[j:] * x[i])
        s += np.sum(np.concatenate(xs) ** 2) * len(xs)
    return s


def quick(v):
    todo = [v]
    out = np.zeros(0)
    while len(todo) > 0:
        a = todo.pop()
        if len(a) <= 1:
            out = np.concatenate((out, a))
        else:
            p = a[0]
            rest = a[1:]
            todo.append(rest[rest >= p])
            todo.append(a[:1])
            todo.append(rest[rest < p])
    return out


def quicksort(x):
    y = quick(x * 1.0)
    return np.sum(y * np.arange(len(y)))


@program((vec(4),))
def copy_written(x):
    xs = []
    y = x * 1.0
    for i in range(4):
        y[i] = y[i - 1] * 2
        xs.append(y.copy())
    return np.sum(np.stack(xs) ** 2)


@program((vec(4),))
def hcat(x):
    xs = []
    for i in range(3):
        xs.append(x[: i + 1])
    return np.sum(np.hstack(xs) ** 2)


@program((vec(4),))
def branch(x):
    xs = [x]
    if x[0] > 0:
        xs.append(x * 2)
    else:
        xs.append(x * 3)
        xs.append(x[:2])
    a = xs[-1] if len(xs) > 1 else x
    return np.sum(a) * len(xs)


@refused((vec(4),))
def written_after(x):
    xs = []
    y = np.zeros(4)
    for i in range(4):
        y[i] = x[i]
        xs.append(y)
    return np.sum(np.stack(xs))


@refused((vec(4),))
def item_written(x):
    xs = []
    for i in range(4):
        xs.append(x * i)
    xs[0][1] = 5.0
    return np.sum(xs[0])


@refused((vec(4),))
def item_named_written(x):
    xs = []
    for i in range(4):
        xs.append(x * i)
    a = xs[0]
    a[1] *= 2.0
    return np.sum(xs[0])


@refused((vec(4),))
def arg_written(x):
    xs = []
    xs.append(x)
    x[0] = 2.0
    return np.sum(xs[0] * x)


@refused((vec(4),))
def view_written(x):
    xs = []
    z = x * 2.0
    xs.append(z[1:])
    z += 1.0
    return np.sum(xs[0])


@refused((vec(4),))
def reshaped_written(x):
    xs = []
    z = x * 2.0
    xs.append(z.reshape(2, 2))
    z += 1.0
    return np.sum(xs[0])


@refused((vec(4),))
def carried_written(x):
    xs = []
    y = x * 1.0
    for i in range(3):
        y[0] = x[i]
        y = y * x[1]
        xs.append(y)
    return np.sum(np.stack(xs))


@refused((vec(4),))
def mixed(x):
    xs = []
    xs.append(x)
    xs.append(x[0])
    return np.sum(xs[0])


@refused((vec(4),))
def loop_item_written(x):
    xs = []
    for i in range(3):
        xs.append(x * i)
    for a in xs:
        a += 1.0
    return np.sum(xs[0])


@refused((vec(4),))
def item_changed_in_place(x):
    y = x * 1.0
    xs = []
    xs.append(y)
    xs.append(x * 2.0)
    xs[0] += xs[1]
    return np.sum(y * xs[0])


@refused((vec(4),))
def item_of_a_part_written(x):
    xs = []
    for i in range(3):
        xs.append(x * i)
    part = xs[1:]
    part[0][0] = 5.0
    return np.sum(xs[1])


@refused((vec(4),))
def item_of_a_new_list_written(x):
    xs = []
    for i in range(3):
        xs.append(x * i)
    same = list(xs)
    same[0][0] = 5.0
    return np.sum(xs[0])


@refused((vec(4),))
def item_of_a_copy_written(x):
    xs = []
    for i in range(3):
        xs.append(x * i)
    same = xs.copy()
    same[0][0] = 5.0
    return np.sum(xs[0])


@refused((vec(4),))
def item_of_a_comprehension_written(x):
    xs = []
    for i in range(3):
        xs.append(x * i)
    same = [a for a in xs]  # noqa: C416 - what is tested
    same[0][0] = 5.0
    return np.sum(xs[0])


@program((vec(4),))
def item_of_new_arrays_written(x):
    xs = []
    for i in range(3):
        xs.append(x * i)
    new = [a * 2.0 for a in xs]
    new[0][0] = 5.0 * x[1]
    part = xs[1:]
    xs[1] = xs[1] + x[0]
    return np.sum(xs[1] * new[0]) + np.sum(part[0] * part[1])


TWICE = ("stack_arrays", "in_loop_made")


@parametrized(program)
def test_program(func, args, mutates):
    """Value, forward mode against differences, reverse against forward."""
    check(func, args, mutates)
    if func.__name__ in TWICE:
        with as_plain_python():
            compare_second(func, args)


@parametrized(refused)
def test_refused(func, args, mutates):
    """Where an item would have to be the array that was appended."""
    with pytest.raises(srcad.NotDifferentiable, match=r"item of a list|different kinds"):
        check(func, args, mutates)


def of_one_length(x, n):
    rows = []
    for i in range(n):
        rows.append(x[i:])
    return np.sum(np.array(rows))


def test_rows_have_one_length():
    """Rows of several lengths, and no rows, are no array."""
    with as_plain_python():
        np.testing.assert_array_equal(srcad.grad(of_one_length)(vec(4), 1), np.ones(4))
        for n in (2, 0):
            with pytest.raises(ValueError, match=r"one shape|no arrays"):
                srcad.grad(of_one_length)(vec(4), n)


@pytest.mark.compiled
def test_compiled():
    """Buffers and numbers are those of plain Python."""
    check(in_loop_made, (vec(4),), compiled=True)
