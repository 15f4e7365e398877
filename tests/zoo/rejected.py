"""Programs that are refused, each with an error that says where, why and what to write.

The texts are in `tests/golden/errors`, compared whole.
"""

# ruff: noqa: C416, F821, PLC0415, PLW0603  (refused on purpose)

import math

import numpy as np
import scipy.special

from tests.zoo.table import rejected, vec

COUNTER = 0
STATE = np.zeros(3)


@rejected(lambda: (vec(3),))
def try_statement(x):
    try:
        s = x[0] * x[1]
    except IndexError:
        s = 0.0
    return s


@rejected(lambda: (1.5,))
def with_statement(x):
    with np.errstate(all="ignore"):
        return x * x


@rejected(lambda: (1.5,))
def generator(x):
    yield x
    yield x * x


@rejected(lambda: (1.5,))
def class_inside(x):
    class Point:
        pass

    return x


@rejected(lambda: (1.5,))
def dictionary(x):
    d = {1: x}
    return d[1] * x


@rejected(lambda: (vec(3),))
def comprehension(x):
    products = [v * w for v in x for w in x]
    return products[0]


@rejected(lambda: (vec(3),))
def list_that_grows(x):
    squares = []
    squares.append(x * x)
    squares[0][0] = 1.0
    return squares[0].sum()


@rejected(lambda: (1.5,))
def text_value(x):
    name = "x" + "y"
    return x if name < "z" else 2.0 * x


@rejected(lambda: (1.5,))
def formatted_text(x):
    label = f"{x}"
    return x + len(label)


@rejected(lambda: (1.5, 2.0))
def star_arguments(x, *rest):
    return x * rest[0]


@rejected(lambda: (1.5,))
def star_keywords(x, **options):
    return x * x


@rejected(lambda: (1.5,))
def written_global(x):
    global COUNTER
    COUNTER += 1
    return x * x


@rejected(lambda: (1.5,))
def written_global_array(x):
    STATE[0] = x
    return STATE[0] * x


@rejected(lambda: (1.5,))
def unknown_function(x):
    return scipy.special.airy(x)[0]


@rejected(lambda: (1.5,))
def unknown_name(x):
    return x * missing


@rejected(lambda: (1.5,))
def unknown_attribute(x):
    return math.sine(x)


@rejected(lambda: (1.5,))
def complex_order(x):
    z = x + 2j
    return x if z < 1.0 else -x


@rejected(lambda: (vec(3),))
def too_many_indices(x):
    return x[0, 1]


@rejected(lambda: (vec(3),))
def float_index(x):
    return x[x[0]]


@rejected(lambda: (1.5,))
def index_of_a_number(x):
    return x[0]


@rejected(lambda: (vec(3),))
def number_or_array(x):
    y = x
    if x[0] > 0.0:
        y = x[0]
    return y


@rejected(lambda: (1.5,))
def result_on_some_paths(x):
    if x > 0.0:
        return x


@rejected(lambda: (1.5, 2.0))
def unequal_unpacking(x, y):
    a, b, c = x, y
    return a * b * c


@rejected(lambda: (1.5,))
def starred_target(x):
    a, *b, c = (x,)
    return a * b[0] * c


@rejected(lambda: (1.5,))
def nested_function_with_decorator(x):
    @staticmethod
    def square(v):
        return v * v

    return square(x)


@rejected(lambda: (1.5,))
def wrong_number_of_arguments(x):
    return math.sin(x, x)


def two(a, b):
    return a * b


@rejected(lambda: (1.5,))
def missing_argument_of_a_helper(x):
    return two(x)


@rejected(lambda: (1.5,))
def printed(x):
    print(x, math.sin)
    return x * x


@rejected(lambda: (1.5,))
def deleted(x):
    y = x * x
    if x > 0.0:
        del y
    return y


@rejected(lambda: (1.5,))
def matched(x):
    match x:
        case float():
            return 1.0
        case _:
            return x


@rejected(lambda: (1.5,))
def import_inside(x):
    import math as m

    return m.sin(x)


@rejected(lambda: (1.5,))
def walrus_and_set(x):
    if (y := x * x) > 0.0 and x in {1.0, 2.0}:
        return y
    return x


@rejected(lambda: (1.5,))
def raised_with_a_value(x):
    if x < 0.0:
        raise ValueError(x)
    return x


@rejected(lambda: (1.5,))
def several_problems(x):
    a = {1: x}
    b = {v for v in (1.0, 2.0)}
    with a:
        c = x @ x
    return a, b, c
