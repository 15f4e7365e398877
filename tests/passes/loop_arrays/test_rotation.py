"""Arrays whose names change places, and back in reverse."""

import numpy as np

from tests.array_checks import check, parametrized, programs
from tests.own_call import check_everywhere
from tests.treatments import reversed_source

PROGRAMS = programs()
FOUR = np.array([0.3, 0.7, -0.4, 1.1])
FIVE = np.array([0.2, 0.3, 0.4, 0.5, 0.25])


@PROGRAMS((FOUR, 3))
def two_names(x, n):
    u = x * 1.0
    un = np.zeros(4)
    for _t in range(n):
        for i in range(1, 4):
            un[i] = u[i] * u[i - 1]
        un[0] = u[0]
        u, un = un, u
    return np.sum(u * un)


@PROGRAMS((FOUR, 4))
def three_names(x, n):
    u = x * 1.0
    v = x * 2.0
    w = np.zeros(4)
    for _t in range(n):
        for i in range(1, 4):
            w[i] = u[i] * v[i - 1]
        u, v, w = v, w, u
    return np.sum(u * v) + w[1]


@PROGRAMS((FOUR, 4))
def two_names_of_one_array(x, n):
    u = x * 1.0
    un = u
    for _t in range(n):
        for i in range(1, 4):
            un[i] = u[i] * u[i - 1]
        u, un = un, u
    return np.sum(u * un)


@PROGRAMS((FOUR, 3))
def another_name_that_stays(x, n):
    """The adjoint of `w` stays that of the first `u`, whose name is passed round."""
    u = x * 1.0
    v = x * 2.0
    w = u
    for _k in range(2):
        for _t in range(n):
            a = w
            b = u
            b[1] = v[0] * w[1]
            u = v
            v = b
            w = a
        w[2] = u[1] * v[0]
    return u[1] + 2.0 * v[1] + 3.0 * w[1]


@PROGRAMS((FOUR, 4))
def loops_around(x, n):
    u = x * 1.0
    un = np.zeros(4)
    for _s in range(2):
        for _t in range(n):
            for i in range(1, 4):
                un[i] = u[i] * u[i - 1]
            u, un = un, u
        u[0] = u[0] * 1.5
    return np.sum(u * un)


@PROGRAMS((FOUR, 4), mutates=(0,))
def argument_among_them(x, n):
    un = np.zeros(4)
    for _t in range(n):
        for i in range(1, 4):
            un[i] = x[i] * x[i - 1]
        x, un = un, x
    return np.sum(x * un)


@PROGRAMS((FIVE, 2))
def while_loop(x, n):
    u = x * 1.0
    un = x * 2.0
    k = 0
    while k < n:
        u[0] = un[1] * x[k]
        u, un = un, u
        k += 1
    return np.sum(u * x) + un[0]


@PROGRAMS((FIVE, 0), (FIVE, 1), (FIVE, 2), (FIVE, 3))
def while_loop_whose_head_reads_them(x, n):
    """The last head has no body after it, so that nothing is passed round there."""
    u = x * 1.0
    un = x * x
    s = 0.0
    k = 0
    while (e := u[0] * un[1]) < 100.0 and k < n:
        s += e * x[k]
        u[0] = un[1] * x[k]
        u, un = un, u
        k += 1
    return np.sum(u * x) + un[0] + s + 3.0 * e


@PROGRAMS((FIVE, 0), (FIVE, 1), (FIVE, 2))
def while_loop_whose_head_renames_another(x, n):
    a = x * 0.5
    b = np.full(5, 0.5)
    w = x * 1.0
    k = 0
    while k < n:
        a, b = b, a
        w = w[::-1]
        k += 1
    return np.sum(a * x) + np.sum(w * 0)


@PROGRAMS((FOUR, 3))
def array_from_before_in_an_inner_loop(x, n):
    """What the inner loop passes round does not start with what the outer loop carries."""
    a = x * 1.0
    c = x * x
    for _i in range(n):
        c = a
        for _j in range(2):
            c, a = a, c
            c[0] *= 1.5
    return c[1] + c[0]


@PROGRAMS((FOUR, 3))
def another_name_in_an_inner_loop(x, n):
    a = x * 1.0
    c = x * x
    for _i in range(n):
        c = a
        for _j in range(2):
            t = c
            c[0] *= 1.5
            c = t
    return c[1] + c[0]


@parametrized(PROGRAMS)
def test_program(func, args, mutates):
    """Values and derivatives of all programs."""
    check_everywhere(func, args, mutates)


NAMED = programs()


@NAMED((FOUR, 0), (FOUR, 1), (FOUR, 2))
def view_before_a_loop_in_a_loop(x, n):
    u = x * 1.0
    un = x * 2.0
    s = 0.0
    for _ in range(2):
        v = u[1:]
        s += v[1] * u[0] + v[0]
        for _ in range(n):
            un[1] = u[0] * u[2]
            u, un = un, u
    return s * u[0]


@NAMED((FOUR, 0), (FOUR, 1), (FOUR, 2))
def view_in_a_branch_before_a_loop(x, n):
    u = x * 1.0
    un = x * 2.0
    s = 0.0
    for _ in range(n):
        un[1] = u[0] * u[2]
        u, un = un, u
    if s < 1.0:
        v = u[1:]
        s += v[1] * u[0] + v[0]
    for _ in range(n):
        un[1] = u[0] * u[2]
        u, un = un, u
    return s * u[0]


@NAMED((FOUR, 0), (FOUR, 1), (FOUR, 2))
def chosen_and_read_before(x, n):
    u = x * 1.0
    un = x * 2.0
    z = x * 3.0
    if n > 5:
        v = z
    else:
        v = u
    s = v[0] * v[1]
    for _ in range(n):
        un[1] = u[0] * u[2] * s
        u, un = un, u
    return s * u[0]


@NAMED((FOUR, 0), (FOUR, 1), (FOUR, 2))
def chosen_in_an_iteration(x, n):
    u = x * 1.0
    un = x * 2.0
    s = 0.0
    for _ in range(n):
        if s > 0.5:
            v = u
        else:
            v = u
        un[1] = v[0] * u[2]
        u, un = un, u
        s += v[1] * u[0]
    return s + u[0]


@NAMED((FOUR, 0), (FOUR, 1), (FOUR, 2))
def named_between_two_loops(x, n):
    u = x * 1.0
    un = x * 2.0
    for _ in range(n):
        un[1] = u[0] * u[2]
        u, un = un, u
    w = u
    for _ in range(n):
        un[1] = u[0] * u[2]
        u, un = un, u
    return w[1] * u[0] + w[0]


@NAMED((FOUR, 0), (FOUR, 1), (FOUR, 2))
def chosen_by_a_name_of_its_own(x, n):
    u = x * 1.0
    un = x * 2.0
    w = u
    z = x * 3.0
    if n > 5:
        v = z
    else:
        v = w
    for _ in range(n):
        un[1] = u[0] * u[2] * v[1]
        u, un = un, u
    return v[1] * u[0] + v[0]


@NAMED((FOUR, 0), (FOUR, 1), (FOUR, 2))
def passed_round_by_another_name(x, n):
    u = x * 1.0
    un = x * 2.0
    w = u
    z = x * 3.0
    if n > 5:
        v = z
    else:
        v = u
    for _ in range(n):
        un[1] = w[0] * w[2] * v[1]
        w, un = un, w
    return v[1] * w[0] + v[0]


@parametrized(NAMED)
def test_other_names_while_their_loops_are_reversed(func, args, mutates):
    """A name, a view or a choice that is read where the names still are in their places."""
    check(func, args, mutates)


@parametrized(NAMED)
def test_names_in_their_places_need_no_rows(func, args, mutates):
    """Only where one of the loops is still to be reversed: it is in a loop with the view."""
    source, _ = reversed_source(func, *args)
    assert ("pool" in source) == (func is view_before_a_loop_in_a_loop)


BEHIND = programs()


@BEHIND((FOUR, 0), (FOUR, 1), (FOUR, 2))
def chosen_before(x, n):
    u = x * 1.0
    un = x * 2.0
    z = x * 3.0
    if n > 5:
        v = z
    else:
        v = u
    for _ in range(n):
        un[1] = u[0] * u[2]
        u, un = un, u
    return v[1] * u[0] + v[0]


@BEHIND((FOUR, 0), (FOUR, 1), (FOUR, 2))
def view_in_a_branch(x, n):
    u = x * 1.0
    un = x * 2.0
    s = 0.0
    if x[0] > 0.0:
        v = u[1:]
    for _ in range(n):
        un[1] = u[0] * u[2]
        u, un = un, u
    if x[0] > 0.0:
        s = v[0] * v[1]
    return s * u[0]


@BEHIND((FOUR, 0), (FOUR, 1), (FOUR, 2))
def named_before_a_loop_in_a_loop(x, n):
    u = x * 1.0
    un = x * 2.0
    s = 0.0
    for _ in range(2):
        v = u
        for _ in range(n):
            un[1] = u[0] * u[2]
            u, un = un, u
        s += v[1] * u[0] + v[0]
    return s


@BEHIND((FOUR, 0), (FOUR, 1), (FOUR, 2))
def chosen_and_read_in_the_loop(x, n):
    u = x * 1.0
    un = x * 2.0
    z = x * 3.0
    if n > 5:
        v = z
    else:
        v = u
    s = 0.0
    for _ in range(n):
        un[1] = u[0] * u[2] * v[1]
        u, un = un, u
        s += v[0]
    return s * u[0]


@BEHIND((FOUR, 0), (FOUR, 1), (FOUR, 2))
def chosen_between_two_loops(x, n):
    u = x * 1.0
    un = x * 2.0
    for _ in range(n):
        un[1] = u[0] * u[2]
        u, un = un, u
    if n > 5:
        v = u
    else:
        v = u
    for _ in range(n):
        un[1] = u[0] * u[2]
        u, un = un, u
    return v[1] * u[0] + v[0]


@parametrized(BEHIND)
def test_other_names_behind_a_loop(func, args, mutates):
    """The adjoint's name would be that of another array there: the arrays are rows of one."""
    check(func, args, mutates)
