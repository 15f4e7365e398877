"""Functions inside functions: free names are read at the call, defaults at the definition."""

import numpy as np

from tests.array_checks import check, parametrized, programs

X, Y = np.array([0.5, 1.25, -0.75]), np.array([2.0, -1.5, 0.25])

program = programs()


def lambda_of(k):
    return lambda v: v * k


def of_first(t):
    return lambda v: v * t[0] + t[1]


def of_changed(k):
    def g(v):
        return v * k

    k = k * k
    return g


def applied(g):
    return lambda v: g(v) * v


def weighted(w):
    return lambda v: np.sum(w * v)


@program((0.5, 2.0))
def default_of_lambda(x, a):
    g = lambda v, k=a: v * k
    a = 10.0 * x
    return g(x) + a


@program((0.5, 2.0))
def default_of_def(x, a):
    def g(v, k=a, *, m=a):
        return v * k + m

    a = 10.0 * x
    return g(x) + a


@program((0.5, 2.0))
def tuple_default(x, a):
    t = (a, x)
    g = lambda v, k=t: v * k[0] * k[1]
    t = (10.0, x * x)
    return g(x) + t[1]


@program((0.5, 2.0))
def default_in_loop(x, a):
    s = 0.0
    for _ in range(3):
        g = lambda v, k=a: v * k
        a = a * x
        s += g(x)
    return s + a


@program((0.5, 2.0))
def free_name_at_the_call(x, a):
    g = lambda v: v * a
    a = 10.0 * x
    return g(x) + a


@program((0.5, 2.0))
def free_name_assigned_later(x, a):
    def g(v):
        return v * k

    k = a * x
    s = g(x)
    k = x * x
    return s + g(x)


@program((0.5, 2.0))
def made_closure(x, a):
    def make(k):
        def g(v):
            return v * k

        return g

    g = make(a)
    a = 10.0 * x
    h = make(a)
    a = x * x
    return g(x) + h(x) * a


@program((0.5, 2.0))
def made_lambda(x, a):
    g = lambda_of(a)
    a = 10.0 * x
    return g(x) + a


@program((0.5, 2.0))
def made_closure_of_tuple(x, a):
    t = (a, x)
    g = of_first(t)
    t = (x * x, a)
    return g(x) + t[0]


@program((0.5, 2.0))
def made_closure_of_changed_name(x, a):
    g = of_changed(a)
    a = 10.0 * x
    return g(x) + a


@program((0.5, 2.0))
def made_closure_of_closure(x, a):
    g = lambda_of(a)
    h = applied(g)
    a = 10.0 * x
    g = lambda_of(a)
    return h(x) + g(x)


@program((X, 2.0))
def closure_made_in_loop(x, a):
    s = 0.0
    for i in range(3):
        g = lambda_of(a)
        a = a * x[i]
        s += g(x[i])
    return s


@program((X, 0.5))
def closure_of_array(x, a):
    g = weighted(x)
    x = x * a
    return g(x) * a


@program((0.5, 2.0))
def walrus_in_lambda(x, y):
    q = 3.0
    g = lambda v: (q := v * v) + q
    return g(x) * q + y


@program((0.5, 2.0))
def none_default(x, y):
    def g(v, w=None):
        if w is None:
            return v * y
        return v * w

    y = x * y
    return g(x) + g(x, y)


@program((0.5, 2.0))
def default_shadow(x, y):
    def g(v, x=x):
        x = x * v
        return x

    x = y
    return g(x) * g(y, x)


@program((0.5, 2.0))
def closure_param_rebound_after(x, y):
    def g(v):
        return v * x

    x = y * y

    def h(v):
        x = 3.0 * v
        return g(x)

    return h(y) + g(x)


@parametrized(program)
def test_programs(func, args, mutates):
    """The value and both derivatives are those of Python."""
    check(func, args, mutates)
