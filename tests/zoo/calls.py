"""Helper functions: plain, compiled, filling arguments, recursive; globals and closures."""

import math
from typing import NamedTuple

import numba
import numpy as np

from tests.zoo.table import pos, program, vec

GAIN = 1.7
STEPS = 3
WEIGHTS = np.array([0.2, 0.3, 0.5])
TABLE = np.array([2, 0, 1])


def square(x):
    return x * x


def fill_products(a, b, out):
    for i in range(len(out)):
        out[i] = a[i] * b[i]


def scale(x, factor):
    for i in range(len(x)):
        x[i] *= factor


def sum_and_product(a, b):
    return a + b, a * b


def clipped(x, low=-0.5, high=0.5):
    if x < low:
        return low
    if x > high:
        return high
    return x


@numba.njit
def softplus(x):
    if x > 30.0:
        return x
    return math.log1p(math.exp(x))


def even_part(x, n):
    return 1.0 if n == 0 else x * odd_part(x, n - 1)


def odd_part(x, n):
    return 0.0 if n == 0 else x + even_part(x, n - 1)


def compose(x):
    return square(softplus(x)) + square(x)


@program(lambda: (0.6,))
def plain_helper(x):
    """A plain Python function."""
    return square(x) * square(x + 1.0)


@program(lambda: (0.6,))
def compiled_helper(x):
    """A foreign `@njit` dispatcher, through its `py_func`."""
    return softplus(x) * softplus(-x)


@program(lambda: (0.6,))
def helper_of_helpers(x):
    """Three levels."""
    return compose(compose(x))


@program(lambda: (vec(4), vec(4, seed=1)))
def callee_fills_argument(a, b):
    """The helper returns nothing and fills `out`."""
    out = np.zeros(4)
    fill_products(a, b, out)
    fill_products(out, a, out)
    return out[0] * out[1] + out[2] * out[3]


@program(lambda: (vec(4), 1.5), mutates=(0,))
def callee_writes_the_argument(x, f):
    """The helper writes the caller's argument."""
    scale(x, f)
    scale(x, x[0])
    return x[1] * x[2]


@program(lambda: (vec(6), 1.5))
def callee_writes_a_view(x, f):
    """The helper is given a view."""
    y = x.copy()
    scale(y[2:5], f)
    scale(y[::-3], f * y[0])
    return y


@program(lambda: (0.6, 0.8))
def helper_returns_a_tuple(a, b):
    """Unpacked, and used as a tuple."""
    s, p = sum_and_product(a, b)
    t = sum_and_product(s, p)
    return t[0] * t[1] + s


@program(lambda: (vec(5),))
def helper_with_defaults_and_keywords(x):
    """Defaults, keywords, and both."""
    s = 0.0
    for i in range(len(x)):
        s += clipped(x[i]) * clipped(x[i], high=0.9) + clipped(high=0.2, x=x[i], low=-0.2)
    return s


@program(lambda: (0.9,))
def default_argument(x, power=3, shift=0.25):
    """Defaults of the function itself."""
    return x**power + shift * x


@program(lambda: (1.3, 5))
def power_by_recursion(x, n):
    """Recursion on an int."""
    if n == 0:
        return 1.0
    return x * power_by_recursion(x, n - 1)


@program(lambda: (1.3, 6))
def power_by_squaring(x, n):
    """Two recursive calls' worth in one."""
    if n == 0:
        return 1.0
    h = power_by_squaring(x, n // 2)
    if n % 2 == 0:
        return h * h
    return h * h * x


@program(lambda: (0.4, 4))
def tree_recursion(x, depth):
    """Two calls in one expression."""
    if depth == 0:
        return math.sin(x)
    return tree_recursion(x * 0.9, depth - 1) * x + tree_recursion(x + 0.1, depth - 1)


@program(lambda: (0.8, 5))
def mutual_recursion(x, n):
    """Two functions that call each other."""
    return even_part(x, n) + odd_part(x, n + 1)


def sum_of_squares_between(x, lo, hi):
    if hi - lo == 1:
        return x[lo] * x[lo]
    mid = (lo + hi) // 2
    return sum_of_squares_between(x, lo, mid) + sum_of_squares_between(x, mid, hi)


@program(lambda: (vec(7),))
def divide_and_conquer(x):
    """Recursion over halves of an array."""
    return sum_of_squares_between(x, 0, len(x))


@program(lambda: (1.5,))
def lambda_inside(x):
    """A lambda that is called where it stands."""
    square = lambda v: v * v
    return square(x) * square(x + 1.0)


@program(lambda: (1.5, 0.5))
def function_inside(x, y):
    """An inner function that reads the names around it."""

    def scaled(v):
        return v * x + y

    return scaled(scaled(y))


@program(lambda: (vec(3),))
def global_values(x):
    """Global scalars and arrays are constants."""
    s = GAIN
    for i in range(STEPS):
        s = s * 0.5 + WEIGHTS[i] * x[TABLE[i]] * GAIN
    return s * s


def _closure(rate, weights):
    def inner(x):
        """Closure values are constants."""
        s = 0.0
        for i in range(len(x)):
            s = s * rate + weights[i] * x[i] * x[i]
        return s

    return inner


closure_values = program(lambda: (vec(3),), name="closure_values")(
    _closure(0.6, np.array([1.0, 2.0, 3.0]))
)


def _closure_over_a_function(f):
    def applied(x):
        """A function in a closure."""
        return f(x) * f(f(x))

    return applied


closure_function = program(lambda: (0.7,), name="closure_function")(
    _closure_over_a_function(math.sin)
)
closure_helper = program(lambda: (0.7,), name="closure_helper")(_closure_over_a_function(compose))

decorated_njit = program(lambda: (0.7,), name="existing_dispatcher")(softplus)


@program(lambda: (0.7, 0.2))
def helper_argument_names_clash(x, y):
    """The helper's names are the caller's too."""

    return first_mix(x, y) + second_mix(y, x) * x


def first_mix(y, x):
    s = x * y
    t = s + y
    return t * s


def second_mix(y, t):
    s = y - t
    x = s * t
    return x * s


@program(lambda: (vec(6),))
def helper_called_in_a_loop(x):
    """Early returns of the helper, inlined in each trip."""
    s = 0.3
    for i in range(len(x)):
        s = clipped(s + x[i]) * 0.9 + square(s)
    return s


@program(lambda: (pos(3),))
def helper_in_conditions(x):
    """Calls in a test, a bound and an index."""
    s = x[0]
    while square(s) < 20.0:
        s = s * (1.0 + x[nearest(x[1])]) + square(x[2])
    return s


def nearest(v):
    return int(v + 0.5) % 3


@program(lambda: (vec(4),))
def helper_allocates(x):
    """The helper returns a new array."""
    y = doubled(doubled(x))
    return y[0] * y[3]


def doubled(x):
    y = np.empty(len(x))
    for i in range(len(x)):
        y[i] = 2.0 * x[i] * x[0]
    return y


@program(lambda: (vec(4),))
def helper_returns_its_argument(x):
    """The result of the helper is an alias."""
    a = x.copy()
    b = same(a)
    b[0] = b[1] * b[0]
    return a[0] * b[2]


def same(x):
    return x


@program(lambda: (0.7, 1.2))
def helper_that_is_not_differentiable_here(x, y):
    """A helper whose result is an int."""
    return x * nearest(y) + y


@program(lambda: (0.7,))
def result_of_helper_dropped(x):
    """A call whose result nobody reads."""
    square(x)
    return x * x * x


@program(lambda: (vec(4), vec(4, seed=1)))
def same_array_for_two_parameters(a, b):
    """`fill_products(a, a, out)`: parameters that are one array."""
    out = np.zeros(4)
    fill_products(a, a, out)
    mixed = a.copy()
    fill_products(mixed, mixed, mixed)
    return out[0] * b[0] + mixed[1] * out[2] * b[3]


def fill_recursively(x, out, n):
    if n > 0:
        out[n - 1] = x * n
        fill_recursively(x, out, n - 1)


@program(lambda: (1.5,))
def recursion_that_fills(x):
    """A recursive function that returns nothing."""
    out = np.zeros(3)
    fill_recursively(x, out, 3)
    return out[0] * out[2]


def merge_sort(x, lo, hi, buffer):
    if hi - lo < 2:
        return 0
    middle = (lo + hi) // 2
    count = merge_sort(x, lo, middle, buffer) + merge_sort(x, middle, hi, buffer)
    i = lo
    j = middle
    for k in range(lo, hi):
        if j >= hi or (i < middle and x[i] <= x[j]):
            buffer[k] = x[i]
            i += 1
        else:
            buffer[k] = x[j]
            j += 1
            count += 1
    for k in range(lo, hi):
        x[k] = buffer[k]
    return count


@program(lambda: (vec(6),))
def sorted_by_merging(x):
    """A recursive function that writes two arguments and returns a number."""
    y = x.copy()
    count = merge_sort(y, 0, len(y), np.zeros(len(y)))
    s = 0.0
    for i in range(len(y)):
        s += y[i] * (i + count)
    return s


def powers_of(x, n):
    if n == 0:
        return x, 1
    a, i = powers_of(x * 0.9, n - 1)
    b, j = powers_of(a, n - 1)
    return a * b, i + j


@program(lambda: (0.8,))
def recursion_that_returns_a_tuple(x):
    """An unpacked result is an argument of the next call."""
    a, n = powers_of(x, 3)
    return a * n


class Pair(NamedTuple):
    """Two numbers, the second of them optional."""

    first: float
    second: float = 2.0


def swapped(pair):
    return Pair(second=pair.first, first=pair.second)


@program(lambda: (0.7,))
def named_tuples_made_inside(x):
    """By position, by keyword, by default; passed to a helper and returned by it."""
    a = Pair(x * x)
    b = swapped(Pair(x, second=math.sin(x)))
    return a.first * a.second + b.first * b[1] ** 2
