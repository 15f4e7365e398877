"""Derivatives of derivatives of the zoo: forward and reverse accept what they emit."""

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python, assert_close, random_tangents
from tests.oracle import leaves, map_tree, wide_second
from tests.zoo import PROGRAMS

TOL = 1e-9


def plain_function(program):
    """Return the Python function of a program."""
    return getattr(program.function, "py_func", program.function)


def returns_one_float(program):
    """Return whether `grad` takes this program."""
    out = plain_function(program)(*program.args())
    return isinstance(out, float)


SCALAR = [
    p
    for p in PROGRAMS
    if p.smooth and not p.mutates and p.precision == "f64" and returns_one_float(p)
]
ONE_FLOAT = [p for p in SCALAR if len(p.wrt) == 1 and isinstance(p.args()[p.wrt[0]], float)]


def direction(program, seed):
    """Return a random direction in the arguments to differentiate by, zero in the others."""
    tangents = random_tangents(program.args(), seed)
    return tuple(
        dot if k in program.wrt else map_tree(lambda leaf: None if leaf is None else 0 * leaf, dot)
        for k, dot in enumerate(tangents)
    )


def inner(left, right):
    """Return the inner product of two trees of numbers."""
    pairs = zip(leaves(left), leaves(right), strict=True)
    return sum(float(np.sum(a * b)) for a, b in pairs if a is not None and b is not None)


def chosen(program, trees):
    """Return the entries of the arguments to differentiate by."""
    return tuple(trees[k] for k in program.wrt)


@pytest.mark.slow
@pytest.mark.parametrize("program", SCALAR, ids=[p.name for p in SCALAR])
def test_hessian_products(program):
    """Forward over reverse and reverse over reverse, as plain Python."""
    func, args = plain_function(program), program.args()
    u, v = direction(program, 2), direction(program, 3)
    expected = wide_second(func, args, u, v)
    gradient = srcad.grad(func, argnums=program.wrt)
    with as_plain_python():
        _, forward = srcad.jvp(gradient, args, v)
        _, pullback = srcad.vjp(gradient, *args)
        reverse = chosen(program, pullback(chosen(program, v)))
    assert_close(inner(chosen(program, u), forward), expected, TOL, "forward over reverse")
    assert_close(inner(chosen(program, u), reverse), expected, TOL, "reverse over reverse")


@pytest.mark.compiled
@pytest.mark.parametrize("program", ONE_FLOAT[:10], ids=[p.name for p in ONE_FLOAT[:10]])
def test_gradient_of_gradient_compiled(program):
    """`grad(grad(f))` of a function of one float."""
    func, k = plain_function(program), program.wrt[0]
    unit = tuple(1.0 if i == k else None for i in range(len(program.args())))
    expected = wide_second(func, program.args(), unit, unit)
    second = srcad.grad(srcad.grad(func, k), k)
    assert_close(second(*program.args()), expected, TOL, "second derivative")
