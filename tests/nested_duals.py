"""Derivatives of derivatives by dual numbers with tags: a reference that shares nothing.

Each derivative has a tag of its own, so that nested ones are not confused. `reference(func)`
is the plain Python function with `srcad`, `np` and `math` replaced in its globals and in
those of what it calls: operators run the function on dual numbers. Slow, small, forward only.
"""

import inspect
import itertools
import math
import types

import numpy as np

TAGS = itertools.count()


class Dual:
    """A number `real + tangent e`, where `e` belongs to one derivative and `e * e` is 0."""

    __array_ufunc__ = None

    def __init__(self, tag, real, tangent):
        self.tag, self.real, self.tangent = tag, real, tangent


def parts(tag, x):
    """Return the real part and the tangent of `x`, for one derivative."""
    if isinstance(x, Dual) and x.tag == tag:
        return x.real, x.tangent
    return x, 0.0


def lifted(function, *partials):
    """Return an elementwise function of duals; `partials` are functions of its arguments."""

    def apply(*args):
        if any(isinstance(a, np.ndarray) for a in args):
            return np.vectorize(apply, otypes=[object])(*args)
        tags = [a.tag for a in args if isinstance(a, Dual)]
        if not tags:
            return function(*args)
        tag = max(tags)  # the innermost derivative: the one that began last
        pairs = [parts(tag, a) for a in args]
        reals = [real for real, _ in pairs]
        dots = [
            times(partial(*reals), dot)
            for partial, (_, dot) in zip(partials, pairs, strict=True)
            if not (isinstance(dot, float) and dot == 0.0)
        ]
        total = 0.0
        for dot in dots:
            total = plus(total, dot)
        return Dual(tag, apply(*reals), total)

    return apply


plus = lifted(lambda a, b: a + b, lambda *_: 1.0, lambda *_: 1.0)
minus = lifted(lambda a, b: a - b, lambda *_: 1.0, lambda *_: -1.0)
times = lifted(lambda a, b: a * b, lambda a, b: b, lambda a, b: a)
over = lifted(
    lambda a, b: a / b, lambda a, b: over(1.0, b), lambda a, b: over(times(-1.0, a), times(b, b))
)
sin = lifted(math.sin, lambda x: times(1.0, cos(x)))
cos = lifted(math.cos, lambda x: times(-1.0, sin(x)))
exp = lifted(math.exp, lambda x: times(1.0, exp(x)))
log = lifted(math.log, lambda x: over(1.0, x))
sqrt = lifted(math.sqrt, lambda x: over(0.5, sqrt(x)))
tanh = lifted(math.tanh, lambda x: minus(1.0, times(tanh(x), tanh(x))))


def power(x, n):
    """Return `x**n` for a small integer `n`."""
    if isinstance(x, np.ndarray):
        return np.vectorize(power, otypes=[object])(x, n)
    assert n in range(100)
    result = 1.0
    for _ in range(int(n)):
        result = times(result, x)
    return result


def value(x):
    """Return the float at the bottom of a dual number."""
    while isinstance(x, Dual):
        x = x.real
    return float(x)


ARITHMETIC = {"add": plus, "sub": minus, "mul": times, "truediv": over, "pow": power}
for name, operation in ARITHMETIC.items():
    setattr(Dual, f"__{name}__", lambda a, b, run=operation: run(a, b))
    setattr(Dual, f"__r{name}__", lambda a, b, run=operation: run(b, a))
Dual.__neg__ = lambda a: times(-1.0, a)
Dual.__pos__ = lambda a: a
Dual.__abs__ = lambda a: a if value(a) > 0 else times(-1.0, a)
for name in ("lt", "le", "gt", "ge", "eq", "ne"):
    compare = getattr(float, f"__{name}__")
    setattr(Dual, f"__{name}__", lambda a, b, run=compare: run(value(a), value(b)))
Dual.__hash__ = None


# Operators ---------------------------------------------------------------------------


def as_objects(x):
    return x.astype(object) if isinstance(x, np.ndarray) else x


def moved(tag, x, dot):
    """Return `x + dot e`."""
    if isinstance(x, np.ndarray):
        return np.vectorize(lambda a, b: Dual(tag, a, b), otypes=[object])(x, dot)
    return Dual(tag, x, dot)


def split(tag, out):
    """Return the value and the tangent of a result."""
    if isinstance(out, tuple):
        both = [split(tag, item) for item in out]
        return tuple(v for v, _ in both), tuple(d for _, d in both)
    if isinstance(out, np.ndarray):
        cells = [parts(tag, x) for x in out.ravel()]
        return tuple(
            np.array([c[k] for c in cells], dtype=object).reshape(out.shape) for k in (0, 1)
        )
    return parts(tag, out)


def jvp(f, primals, tangents):
    """Return the value of `f` and its derivative along tangents."""
    tag = next(TAGS)
    args = [
        as_objects(np.copy(x) if isinstance(x, np.ndarray) else x)
        if dot is None
        else moved(tag, x, dot)
        for x, dot in zip(primals, tangents, strict=True)
    ]
    return split(tag, f(*args))


def basis(x):
    """Yield a tangent for each element of an argument."""
    if not isinstance(x, np.ndarray):
        yield 1.0
        return
    for k in range(x.size):
        unit = np.zeros(x.size)
        unit[k] = 1.0
        yield unit.reshape(x.shape).astype(object)


def along(f, args, wrt):
    """Return the value, and for one argument the tangent of each element."""
    found = [
        jvp(f, args, [dot if k == wrt else None for k in range(len(args))])
        for dot in basis(args[wrt])
    ]
    return found[0][0], [dot for _, dot in found]


def like(x, items):
    """Return items in the shape of an argument."""
    if not isinstance(x, np.ndarray):
        return items[0]
    return np.array(items, dtype=object).reshape(x.shape)


def by(argnums, one):
    """Return what `one` gives for an argument, or a tuple for a sequence of them."""
    return tuple(map(one, argnums)) if isinstance(argnums, tuple) else one(argnums)


def bound(f, args, named):
    """Return all arguments, and the positions of their names."""
    given = inspect.signature(f).bind(*args, **named)
    given.apply_defaults()
    names = list(given.arguments)
    kinds = inspect.signature(f).parameters

    def run(*values):
        both = list(zip(names, values, strict=True))
        by_name = {k: v for k, v in both if kinds[k].kind is inspect.Parameter.KEYWORD_ONLY}
        return f(*(v for k, v in both if k not in by_name), **by_name)

    return run, tuple(given.arguments.values()), names


def value_and_grad(f, argnums=0):
    def run(*args, **named):
        g, values, names = bound(f, args, named)

        def one(k):
            k = names.index(k) if isinstance(k, str) else k
            return like(values[k], along(g, values, k)[1])

        return g(*values), by(argnums, one)

    run.__signature__ = inspect.signature(f)
    return run


def grad(f, argnums=0):
    def run(*args, **named):
        return value_and_grad(f, argnums)(*args, **named)[1]

    run.__signature__ = inspect.signature(f)
    return run


def tangent(f, argnums=0):
    wrt = argnums if isinstance(argnums, tuple) else (argnums,)

    def run(*args):
        own = args[: len(args) - len(wrt)]
        dots = dict(zip(wrt, args[len(own) :], strict=True))
        return jvp(f, own, [dots.get(k) for k in range(len(own))])

    return run


def dot_product(left, right):
    """Return the sum of products of two results."""
    if isinstance(left, tuple):
        total = 0.0
        for a, b in zip(left, right, strict=True):
            total = total + dot_product(a, b)
        return total
    if isinstance(left, np.ndarray):
        total = 0.0
        for a, b in zip(left.ravel(), right.ravel(), strict=True):
            total = plus(total, times(a, b))
        return total
    return times(left, right)


def adjoint(f, argnums=0):
    def run(*args):
        *own, bar = args

        def one(k):
            return like(own[k], [dot_product(bar, dot) for dot in along(f, own, k)[1]])

        return f(*own), by(argnums, one)

    return run


def vjp(f, *primals):
    """Return the value, and what maps cotangents: all derivatives are found now."""
    found = [along(f, primals, k) for k in range(len(primals))]

    def pullback(bar):
        return tuple(
            like(x, [dot_product(bar, dot) for dot in dots])
            for x, (_, dots) in zip(primals, found, strict=True)
        )

    return found[0][0], pullback


def linearize(f, *primals):
    """Return the value, and what maps tangents: all derivatives are found now."""
    found = [along(f, primals, k) for k in range(len(primals))]

    def f_jvp(*tangents):
        total = None
        for move, (_, dots) in zip(tangents, found, strict=True):
            for step, dot in zip(np.ravel(move), dots, strict=True) if move is not None else ():
                term = scaled(dot, step)
                total = term if total is None else total + term
        return total

    return found[0][0], f_jvp


def scaled(dot, step):
    return times(dot, step) if not isinstance(dot, np.ndarray) else dot * step


def hvp(f, argnums=0):
    assert argnums == 0
    return lambda x, v, *rest: jvp(grad(f), (x, *rest), (v, *(None for _ in rest)))[1]


def jacobian(f, argnums=0):
    def run(*args):
        columns = along(f, args, argnums)[1]
        if not isinstance(args[argnums], np.ndarray):
            return columns[0]
        return np.stack([np.asarray(c, dtype=object) for c in columns], axis=-1)

    return run


def hessian(f, argnums=0):
    return jacobian(grad(f, argnums), argnums)


SRCAD = types.SimpleNamespace(
    grad=grad, value_and_grad=value_and_grad, tangent=tangent, adjoint=adjoint, jvp=jvp, vjp=vjp,
    linearize=linearize, hvp=hvp, jacobian=jacobian, jacfwd=jacobian, jacrev=jacobian,
    hessian=hessian,
)  # fmt: skip
FUNCTIONS = {"sin": sin, "cos": cos, "exp": exp, "log": log, "sqrt": sqrt, "tanh": tanh}
MATH = types.SimpleNamespace(**FUNCTIONS, pi=math.pi)
NUMPY = types.SimpleNamespace(
    **FUNCTIONS,
    sum=np.sum,
    zeros=lambda shape: np.zeros(shape).astype(object),
    empty=lambda shape: np.zeros(shape).astype(object),
    zeros_like=lambda x: np.zeros(np.shape(x)).astype(object),
    array=lambda items: np.array(items, dtype=object),
    ones=lambda shape: np.ones(shape).astype(object),
)


def reference(func, seen=None):
    """Return a function with the modules in its globals replaced, and its callees with it."""
    seen = {} if seen is None else seen
    func = getattr(func, "py_func", func)
    if func in seen:
        return seen[func]
    space = dict(func.__globals__)
    made = types.FunctionType(
        func.__code__, space, func.__name__, func.__defaults__, func.__closure__
    )
    made.__kwdefaults__ = func.__kwdefaults__
    seen[func] = made
    stands_for = {"srcad": SRCAD, "np": NUMPY, "math": MATH}
    for name in _names(func.__code__):
        found = space.get(name)
        if name in stands_for and isinstance(found, types.ModuleType):
            space[name] = stands_for[name]
        elif isinstance(found, types.FunctionType) or hasattr(found, "py_func"):
            space[name] = reference(found, seen)
    return made


def _names(code):
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _names(const)


def floats(x):
    """Return results as floats."""
    if isinstance(x, tuple):
        return tuple(map(floats, x))
    if isinstance(x, np.ndarray):
        return np.vectorize(value, otypes=[float])(x) if x.size else x.astype(float)
    return value(x)
