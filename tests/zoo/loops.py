"""Counted loops: ranges of every shape, accumulation, recurrences."""

import math

import numpy as np

from tests.zoo.table import pos, program, vec


@program(lambda: (vec(6), vec(6, seed=1)))
def dot(x, y):
    """The loop that keeps nothing."""
    s = 0.0
    for i in range(len(x)):
        s += x[i] * y[i]
    return s


@program(lambda: (vec(6),))
def sum_of_sines(x):
    """`s = s + ...` is an accumulation too."""
    s = 0.0
    for i in range(x.size):
        s = s + math.sin(x[i])
    return s


@program(lambda: (vec(5),))
def difference_accumulated(x):
    """`s = s - v` and `s -= v`."""
    s = 1.0
    for i in range(5):
        s = s - x[i] * x[i]
        s -= x[i]
    return s * s


@program(lambda: (pos(6),))
def product(x):
    """`s = s * x[i]`: every intermediate value is needed."""
    s = 1.0
    for i in range(len(x)):
        s = s * x[i]
    return s


@program(lambda: (np.array([0.0, 2.0, 3.0]),))
def product_with_a_zero(x):
    """No division by an element may appear."""
    s = 1.0
    for i in range(len(x)):
        s *= x[i]
    return s


@program(lambda: (np.array([0.0, 2.0, 0.0]),))
def product_with_two_zeros(x):
    """All entries of the gradient are zero."""
    s = 1.0
    for v in x:
        s *= v
    return s


@program(lambda: (0.9, 6))
def repeated_sine(x, n):
    """A scalar carried through a loop."""
    for _ in range(n):
        x = math.sin(x) + 0.5 * x
    return x


@program(lambda: (0.9, 0))
def zero_trips(x, n):
    """The body never runs."""
    s = x
    for _ in range(n):
        s = s * s
    return s


@program(lambda: (vec(0), 1.5))
def empty_array(x, a):
    """A gradient of shape `(0,)`."""
    s = a * a
    for i in range(len(x)):
        s += x[i] * a
    return s


@program(lambda: (vec(7),))
def backward_range(x):
    """A negative step."""
    s = 0.0
    for i in range(len(x) - 1, -1, -2):
        s = 0.5 * s + x[i] * x[i]
    return s


@program(lambda: (vec(9), 2, 9, 3))
def stepped_range(x, lo, hi, step):
    """A step that is known only when the call is made."""
    s = 1.0
    for i in range(lo, hi, step):
        s = s * (1.0 + x[i])
    return s


@program(lambda: (vec(9), 8, 0, -3))
def stepped_range_backward(x, lo, hi, step):
    """The same with a negative run-time step."""
    s = 1.0
    for i in range(lo, hi, step):
        s = s * (1.0 + x[i])
    return s


@program(lambda: (vec(5), 3, 1))
def empty_range_of_inverted_bounds(x, lo, hi):
    """`range(3, 1)` is empty."""
    s = x[0]
    for i in range(lo, hi):
        s *= x[i]
    return s * s


@program(lambda: (1.1, 5))
def loop_variable_in_arithmetic(x, n):
    """The counter is an int in a float expression."""
    s = 0.0
    for i in range(n):
        s += x**i / (i + 1)
    return s


@program(lambda: (vec(6),))
def loop_variable_after_the_loop(x):
    """`i` keeps its last value."""
    s = 0.0
    for i in range(4):
        s += x[i]
    return s * x[i] + i * x[5]


@program(lambda: (vec(6), 0))
def loop_variable_of_no_trips(x, n):
    """`i` keeps the value from before."""
    i = 5
    s = 1.0
    for i in range(n):
        s += x[i]
    return s * x[i]


@program(lambda: (vec(6),))
def loop_variable_assigned_inside(x):
    """Assigning the counter does not change the trips."""
    s = 0.0
    for i in range(3):
        s += x[i]
        i = i + 3
        s *= x[i]
    return s


@program(lambda: (vec(8),))
def bound_changed_inside(x):
    """The bound is read once."""
    n = 4
    s = 1.0
    for i in range(n):
        n = n + 1
        s = s * x[i] + x[n - 1] * n
    return s


@program(lambda: (vec(10), 2.6))
def trips_from_data(x, a):
    """The trip count is a rounded float."""
    n = int(a * 2.0)
    s = a
    for i in range(n):
        s = s * x[i] + a
    return s


@program(lambda: (vec(4, 5),))
def nested_loops(a):
    """Two loops, one value carried through both."""
    s = 1.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            s = math.sin(s) + a[i, j] * s
    return s


@program(lambda: (vec(5, 5),))
def triangular_loops(a):
    """The inner bound depends on the outer counter."""
    s = 0.5
    for i in range(5):
        for j in range(i + 1):
            s = s * a[i, j] + 0.3
    return s


@program(lambda: (vec(3, 4, 2),))
def three_nested_loops(a):
    """Rank three."""
    s = 0.0
    for i in range(a.shape[0]):
        t = 1.0
        for j in range(a.shape[1]):
            for k in range(a.shape[2]):
                t *= 1.0 + a[i, j, k]
        s += t * t
    return s


@program(lambda: (vec(6),))
def over_elements(x):
    """`for v in x`."""
    s = 1.0
    for v in x:
        s = s * v + v
    return s


@program(lambda: (vec(3, 4),))
def over_rows(a):
    """`for row in a` binds views."""
    s = 0.0
    for row in a:
        t = 1.0
        for v in row:
            t = t * v + 0.5
        s += t
    return s


@program(lambda: (vec(5),))
def enumerated(x):
    """`enumerate`."""
    s = 0.0
    for i, v in enumerate(x):
        s += (i + 1) * v * v
    return s


@program(lambda: (vec(5), vec(4, seed=1)))
def zipped(x, y):
    """`zip` stops at the shorter one."""
    s = 0.0
    for a, b in zip(x, y):  # noqa: B905
        s += a * b * s + a
    return s


@program(lambda: (0.7, 1.2, -0.4))
def over_a_tuple(a, b, c):
    """A loop over a tuple of values."""
    s = 1.0
    for v in (a, b, c):
        s = s * v + a
    return s


@program(lambda: (vec(6), 0.4))
def linear_recurrence(x, y0):
    """`y[i] = y[i-1] * x[i]`."""
    n = len(x)
    y = np.zeros(n)
    y[0] = y0
    for i in range(1, n):
        y[i] = y[i - 1] * x[i]
    return y[n - 1] + y[n // 2]


@program(lambda: (vec(6),))
def cumulative_product(x):
    """All partial products are results."""
    y = np.ones(len(x))
    p = 1.0
    for i in range(len(x)):
        p *= x[i]
        y[i] = p
    return y


@program(lambda: (vec(8),))
def fibonacci_like(x):
    """A recurrence of second order with carried names."""
    a, b = x[0], x[1]
    for i in range(2, len(x)):
        a, b = b, a * x[i] + b
    return b


@program(lambda: (pos(5), 0.7))
def horner(c, x):
    """A polynomial."""
    y = 0.0
    for i in range(len(c) - 1, -1, -1):
        y = y * x + c[i]
    return y


@program(lambda: (0.8, 12))
def taylor_exponential(x, n):
    """A term that is updated, and a sum of terms."""
    term = 1.0
    s = 1.0
    for k in range(1, n):
        term *= x / k
        s += term
    return s


@program(lambda: (pos(5),))
def continued_fraction(a):
    """Division in a backward loop."""
    f = a[4]
    for i in range(3, -1, -1):
        f = a[i] + 1.0 / f
    return f


@program(lambda: (vec(5),))
def two_loops_one_name(x):
    """The second loop reads what the first left, under the same names."""
    s = 0.0
    for i in range(5):
        s += x[i] * x[i]
    t = s
    for i in range(5):
        t = t * 0.5 + s * x[i]
        s = s + x[i]
    return t * s


@program(lambda: (vec(6),))
def name_reset_in_each_trip(x):
    """`t` starts afresh in every iteration."""
    s = 0.0
    for i in range(3):
        t = x[i]
        t = t * t * x[i + 3]
        s += math.exp(t)
    return s


@program(lambda: (vec(6),))
def name_from_the_trip_before(x):
    """`old` is read before it is written in the body."""
    old = 1.0
    s = 0.0
    for i in range(6):
        s += old * x[i]
        old = math.cos(x[i]) * old
    return s


@program(lambda: (vec(5),))
def maximum_carried(x):
    """A running maximum."""
    m = x[0]
    for i in range(1, len(x)):
        m = max(m, x[i])
    return m * m


@program(lambda: (vec(5), 1.5))
def unused_loop(x, a):
    """What the loop computes is never used."""
    t = 0.0
    for i in range(len(x)):
        t += x[i] * a
    return a * a
