"""Kinks, edges and singular points, where a convention decides."""

import math

import numpy as np

from tests.zoo.table import program, vec


@program(lambda: (0.0,))
def abs_at_zero(x):
    """The derivative of `abs` is 0 at 0."""
    return abs(x) + 3.0 * x


@program(lambda: (2.0,))
def floor_at_a_jump(x):
    """Steps have derivative 0 at their jumps."""
    return math.floor(x) * x + math.ceil(x) + round(x) * x + np.sign(x - 2.0) * x


@program(lambda: (1.5, 1.5))
def maximum_tie(x, y):
    """A tie takes half of each."""
    return max(x, y) * 2.0 + np.maximum(x, y) * x + 3.0 * min(x, y) + np.minimum(x, y) * y


@program(lambda: (1.5, 1.5))
def branch_at_a_tie(x, y):
    """An `if` follows the branch taken."""
    if x > y:
        return x * x
    return y * 3.0


@program(lambda: (0.0, 2.0), smooth=False)
def sqrt_at_zero_unused(x, y):
    """`sqrt(0)` with a zero cotangent gives 0."""
    s = math.sqrt(x)
    if y > 5.0:
        return s
    return y * y + 0.0 * x


@program(lambda: (0.0, 2.0), smooth=False)
def sqrt_at_zero_times_zero(x, y):
    """A zero cotangent that only the data shows: no NaN."""
    s = math.sqrt(x)
    return y * y + (s if y > 5.0 else y)


@program(lambda: (0.0,), smooth=False)
def sqrt_at_zero(x):
    """As the limit: inf."""
    return math.sqrt(x) + x


@program(lambda: (0.0, 1.0))
def power_at_zero(x, a):
    """`x**0`, `x**1`, `x**2` and `x**p` at 0."""
    return x**0.0 + x**1.0 * 3.0 + x**2.0 + a * x


@program(lambda: (0.0, 2.5), smooth=False)
def power_at_zero_by_exponent(x, p):
    """`d/dp` is 0 at x = 0, p > 0."""
    return x**p + p * x + p


@program(lambda: (0.0, 0.0), smooth=False)
def hypot_at_the_origin(x, y):
    """`hypot` and `arctan2` have derivative 0 at the origin."""
    return math.hypot(x, y) + math.atan2(y, x) + 2.0 * x + y


@program(lambda: (np.array([0.0, 0.0, 1.0]),))
def norm_with_zeros(x):
    """The usual guard against sqrt at zero."""
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i]
    return math.sqrt(s)


@program(lambda: (np.array([-1.0, 2.0, 0.0]),))
def where_with_a_dead_log(x):
    """`np.where(x > 0, np.log(x), 0)`: the dead side is evaluated, and gives no NaN."""
    s = 0.0
    for i in range(len(x)):
        safe = x[i] if x[i] > 0.0 else 1.0
        s += np.where(x[i] > 0.0, np.log(safe), 0.0) * x[i]
    return s


@program(lambda: (np.array([2.0, 3.0, 3.0]),))
def running_maximum_tie(x):
    """Ties between elements."""
    m = x[0]
    for i in range(1, len(x)):
        m = max(m, x[i])
    return m


@program(lambda: (vec(6),))
def rectifier(x):
    """`max(0, x)`."""
    s = 0.0
    for v in x:
        s += max(0.0, v) * v + max(v, 0.1 * v)
    return s


@program(lambda: (np.array([0.0, -1.0, 2.0]),))
def rectifier_at_zero(x):
    """Half of the slope at the kink."""
    s = 0.0
    for v in x:
        s += max(v, 0.0)
    return s


@program(lambda: (vec(6), 0.3))
def huber(x, d):
    """Quadratic inside, linear outside."""
    s = 0.0
    for i in range(len(x)):
        a = abs(x[i])
        if a <= d:
            s += 0.5 * a * a
        else:
            s += d * (a - 0.5 * d)
    return s


@program(lambda: (vec(6),))
def clip_by_min_and_max(x):
    """`min(max(x, lo), hi)`."""
    s = 0.0
    for i in range(len(x)):
        c = min(max(x[i], -0.3), 0.6)
        s += c * c + c
    return s


@program(lambda: (0.0, 3.0))
def zero_times_singular(x, y):
    """The guarded quotient `sin(x)/x`."""
    q = 1.0
    if x != 0.0:
        q = math.sin(x) / x
    return q * y


@program(lambda: (0.0,))
def cube_root_by_sign(x):
    """`sign(x)*abs(x)`: both factors have convention 0."""
    return np.sign(x) * abs(x) + x


@program(lambda: (0.5, -0.5))
def sign_and_copysign(x, y):
    """Signs are constants."""
    return np.sign(x) * y + math.copysign(x, y) * x + math.copysign(y, x)


@program(lambda: (np.array([1.0, 0.0, 4.0]), np.array([1.0, 0.0, 1.0])))
def masked_square_roots(x, mask):
    """A zero weight beside an infinite slope, through a branch."""
    s = 0.0
    for i in range(len(x)):
        if mask[i] > 0.0:
            s += mask[i] * math.sqrt(x[i])
    return s


@program(lambda: (np.array([0.5, 2.0]), np.log(np.array([0.5, 2.0]))))
def fit_without_residual(x, y):
    """A loss of zero: its gradient is zero, its second derivative is not."""
    s = 0.0
    for i in range(len(x)):
        s += (math.log(x[i]) - y[i]) ** 2 + x[i] * (math.sqrt(x[i]) - math.exp(0.5 * y[i])) ** 2
    return s
