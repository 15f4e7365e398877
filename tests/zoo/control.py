"""Branches, while loops, break, continue, early return, loop else."""

import math

import numpy as np

from tests.zoo.table import pos, program, vec


@program(lambda: (0.4, 1.2))
def branch_taken(x, y):
    """`if` and `else` write the same name."""
    if x < y:
        z = x * y
    else:
        z = x - y
    return z * z


@program(lambda: (1.4, 1.2))
def branch_not_taken(x, y):
    """A branch without `else`, not taken."""
    z = x
    if x < y:
        z = z * y
    return z * x


@program(lambda: (vec(8),))
def branch_on_data_in_a_loop(x):
    """The branch differs from trip to trip."""
    s = 1.0
    for i in range(len(x)):
        if x[i] > 0.0:
            s = s * (1.0 + x[i])
        elif x[i] > -0.5:
            s = s - x[i] * x[i]
        else:
            s = math.sin(s)
    return s


@program(lambda: (vec(8),))
def branch_on_overwritten_value(x):
    """The tested value is gone when the adjoint runs."""
    s = 0.1
    for i in range(len(x)):
        if s > 0.3:
            s = s * x[i]
        else:
            s = s + 0.5 * x[i] + 0.2
    return s


@program(lambda: (0.3, 2.0))
def nested_branches(x, y):
    """Branches in branches, several names."""
    a = x
    b = y
    if x > 0.0:
        a = a * b
        if a > 0.5:
            b = a * a
        else:
            a = math.exp(b)
    elif y > 0.0:
        b = x
    return a * b + a


@program(lambda: (0.0,))
def dead_branch_is_not_evaluated(x):
    """`log(0)` is not reached."""
    y = x + 1.0
    if x > 0.0:
        y = math.log(x)
    return y * y


@program(lambda: (0.7, 5))
def branch_on_an_int(x, k):
    """An int decides."""
    s = x
    for i in range(k):
        if i % 2 == 0:
            s = s * x
        else:
            s = s + x
    return s


@program(lambda: (0.7, True))
def branch_on_a_bool_argument(x, flag):
    """A bool decides."""
    if flag:
        return x * x
    return x


@program(lambda: (2.0,))
def newton_square_root(a):
    """Iterate until converged: derivative of the converged value."""
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


@program(lambda: (pos(3),))
def bisection(c):
    """The derivative follows the midpoints, which do not depend on `c` smoothly."""
    lo = 0.0 * c[0]
    hi = 4.0 * c[1]
    for _ in range(20):
        mid = 0.5 * (lo + hi)
        if mid * mid * c[2] < c[0]:
            lo = mid
        else:
            hi = mid
    return 0.5 * (lo + hi)


@program(lambda: (0.9, 0.1))
def while_on_a_float(x, step):
    """Trips depend on the data."""
    t = 0.0
    s = x
    while t < 1.0:
        s = s + step * math.sin(s)
        t += step
    return s


@program(lambda: (5.0, 0.7))
def while_false_at_once(x, y):
    """No trip at all."""
    while x < 1.0:
        x = x * y
    return x * y


@program(lambda: (0.2, 1.3))
def nested_while(x, y):
    """A while loop in a while loop."""
    s = x
    i = 0
    while s < 5.0:
        t = y
        while t < s + 2.0:
            t = t * 1.5 + x
        s = s + 0.3 * t
        i += 1
    return s * i


@program(lambda: (vec(12),))
def while_in_for(x):
    """A while loop in a for loop."""
    s = 0.5
    for i in range(4):
        j = 0
        while j < i and s < 3.0:
            s = s * 1.1 + x[3 * i + j]
            j += 1
    return s


@program(lambda: (vec(4), 0.1))
def for_in_while(x, s):
    """A for loop in a while loop."""
    trips = 0
    while s < 4.0 and trips < 6:
        for i in range(len(x)):
            s = s + 0.4 * math.cos(x[i] * s)
        trips += 1
    return s


@program(lambda: (vec(9),))
def break_from_for(x):
    """Trips end when the data says so."""
    s = 0.2
    for i in range(len(x)):
        s = s * 0.9 + x[i] * x[i]
        if s > 0.6:
            break
        s = s + 0.1 * x[i]
    return s * s


@program(lambda: (vec(9),))
def break_and_counter_after(x):
    """The counter tells where the loop ended."""
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i]
        if s > 1.0:
            break
    return s * x[i] * (i + 1)


@program(lambda: (vec(9),))
def continue_in_for(x):
    """The rest of the body is skipped."""
    s = 0.7
    for i in range(len(x)):
        if x[i] < 0.0:
            continue
        s = s * x[i] + 0.4
    return s


@program(lambda: (vec(9),))
def break_and_continue(x):
    """Both in one body."""
    s = 0.7
    for v in x:
        if v < -0.5:
            continue
        s = s + v * s
        if s > 1.5:
            break
        s = s * 1.1
    return s


@program(lambda: (0.4,))
def while_true_with_break(x):
    """The only way out is in the middle."""
    s = x
    n = 0
    while True:
        s = s * 1.3 + x
        if s > 3.0:
            break
        n += 1
        s = s - 0.05 * n
    return s * x


@program(lambda: (0.4,))
def continue_in_while(x):
    """`continue` goes back to the test."""
    s = x
    i = 0
    while i < 7:
        i += 1
        if i % 3 == 0:
            continue
        s = s + x / i
    return s * s


@program(lambda: (vec(9),))
def for_else_not_broken(x):
    """`else` runs when no `break` did."""
    s = 0.5
    for i in range(len(x)):
        s = s * 0.8 + x[i]
        if s > 100.0:
            break
    else:
        s = s * x[0]
    return s


@program(lambda: (vec(9),))
def for_else_broken(x):
    """`else` does not run after a `break`."""
    s = 0.5
    for i in range(len(x)):
        s = s * 0.8 + abs(x[i])
        if s > 1.0:
            break
    else:
        s = s * x[0]
    return s * s


@program(lambda: (0.6,))
def while_else(x):
    """`else` of a while loop."""
    s = x
    while s < 2.0:
        s = s * 1.4
    else:
        s = s * x
    return s


@program(lambda: (vec(4, 5), 0.55))
def break_from_the_inner_loop(a, limit):
    """Only the inner loop ends."""
    s = 0.0
    for i in range(4):
        t = 0.0
        for j in range(5):
            t += a[i, j] * a[i, j]
            if t > limit:
                break
        s += t * a[i, 0] * (1.0 + s)
    return s


@program(lambda: (vec(9),))
def early_return_from_a_loop(x):
    """Return in the middle of a loop."""
    s = 0.3
    for i in range(len(x)):
        s = s + x[i] * x[i]
        if s > 0.9:
            return s * x[i]
    return s


@program(lambda: (0.1 * vec(9),))
def early_return_not_taken(x):
    """The same, to the end."""
    s = 0.3
    for i in range(len(x)):
        s = s + x[i] * x[i]
        if s > 0.9:
            return s * x[i]
    return s * s


@program(lambda: (vec(5, 5),))
def early_return_from_nested_loops(a):
    """Return from two loops at once."""
    s = 1.0
    for i in range(5):
        for j in range(5):
            s = s + a[i, j] * s
            if s > 1.8:
                return s * s
        s = 0.9 * s
    return s


@program(lambda: (-0.5,))
def guard_clauses(x):
    """A ladder of early returns."""
    if x > 2.0:
        return x
    if x > 0.0:
        return x * x
    y = x * x * x
    if y < -1.0:
        return y
    return y * math.exp(x)


@program(lambda: (0.4, 1.2))
def different_tuples_from_branches(x, y):
    """Early returns of tuples."""
    if x > y:
        return x, y
    return x * y, x + y


@program(lambda: (vec(7), 3.0))
def loop_end_by_flag(x, limit):
    """A flag instead of `break`."""
    s = 1.0
    i = 0
    done = False
    while not done:
        s = s * (1.2 + x[i])
        i += 1
        done = i >= len(x) or s > limit
    return s


@program(lambda: (0.7, 27))
def collatz(x, n):
    """An int recurrence decides what happens to the float."""
    s = x
    while n != 1:
        if n % 2 == 0:
            n = n // 2
            s = 0.9 * s + 0.01
        else:
            n = 3 * n + 1
            s = math.sin(s) + 0.3
    return s


@program(lambda: (vec(5),))
def pass_and_empty_bodies(x):
    """`pass` and branches that do nothing."""
    s = 0.0
    for i in range(5):
        if x[i] > 0.0:
            pass
        else:
            s += x[i] * x[i]
    while s > 100.0:
        pass
    return s


@program(lambda: (1.5, 4))
def assertion_that_holds(x, n):
    """`assert` is part of the primal."""
    assert n > 0, "n must be positive"
    s = x
    for _ in range(n):
        assert s < 1e6
        s = s * x
    return s


@program(lambda: (1.5, 4))
def raise_not_reached(x, n):
    """`raise` in a branch that is not taken."""
    if n < 0:
        raise ValueError("n is negative")
    return x**n


@program(lambda: (vec(6),))
def where_on_scalars(x):
    """Scalar `np.where` evaluates both sides."""
    s = 0.0
    for i in range(len(x)):
        s += np.where(x[i] > 0.0, x[i] * x[i], -x[i])
    return s


@program(lambda: (vec(6), 0.2))
def names_bound_in_branches_only(x, a):
    """`t` is bound on every path that reads it."""
    s = 0.0
    for i in range(6):
        if x[i] > a:
            t = x[i] * a
            s += t
        else:
            u = x[i] - a
            s += u * u
    return s


@program(lambda: (1.1, 3))
def goto_like_while(x, state):
    """A little state machine."""
    s = x
    while state != 0:
        if state == 3:
            s = s * x
            state = 1
        elif state == 1:
            s = s + math.log(s)
            if s > 1.5:
                state = 2
            else:
                state = 3
        else:
            s = s * s
            state = 0
    return s
