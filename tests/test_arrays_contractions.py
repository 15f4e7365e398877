"""`np.einsum`, `np.tensordot` and `@=`: values of NumPy, derivatives in both modes."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()
refused = programs()
A, B, V = vec(3, 4), vec(4, 2, seed=1), vec(4, seed=2)
STACK = vec(2, 3, 4, seed=3)


@program((A, B, V))
def matrices(a, b, v):
    product = np.einsum("ij,jk->ik", a, b)
    other = np.einsum("jk,ij -> ki", b, a)
    return (
        product,
        other,
        np.einsum("ij,j", a, v),
        np.einsum("j,ij->i", v, a),
        np.einsum("i,i", v, v),
    )


@program((A, V))
def sums(a, v):
    total = np.einsum("ij->", a) + np.einsum("i,i->", v, v) * np.einsum("ij,ij", a, a)
    return total, np.einsum("ij->j", a), np.einsum("ji", a), np.einsum("i,j->ij", v, a[0]) * total


@program((vec(3, 3), vec(3)))
def diagonals(a, v):
    return (
        np.einsum("ii", a),
        np.einsum("ii->i", a) * v,
        np.einsum("ii,i->", a, v),
        np.einsum("iij->j", a[:, :, None] * a[:, None, :]),
    )


@program((STACK, B, V))
def stacks(s, b, v):
    out = np.zeros((3, 2))
    np.einsum("hij,jk->ik", s, b, out=out, optimize=True)
    return (
        np.einsum("hij,jk->hik", s, b),
        np.einsum("hij,hkj->hik", s, s),
        out,
        np.einsum("hij,h,j->i", s, v[:2], v),
    )


@program((vec(2, 3), vec(1, 3, seed=4), vec(3, seed=5)))
def broadcast(a, b, v):
    return np.einsum("ij,ij->i", a, b), np.einsum("ij,ij,j->", a, b, v) * v


@program((STACK, B, V))
def tensordots(s, b, v):
    first = np.tensordot(s, b, axes=1)
    second = np.tensordot(s, s, axes=([0, 2], [0, 2]))
    third = np.tensordot(s, s[0], axes=2)
    outer = np.tensordot(v, b, 0)
    return first, second, third, outer, np.tensordot(b, v, axes=(0, 0)), np.tensordot(v, v, 1)


@program((np.zeros((0, 3)), np.zeros((3, 2))))
def nothing(a, b):
    return np.einsum("ij,jk->ik", a, b), np.einsum("ij,ik->jk", a, a), np.tensordot(a, b, 1)


@program((vec(3, 3), vec(3, 3, seed=1), vec(3), 3), mutates=(0, 2))
def in_place(a, b, v, n):
    v @= b
    for _ in range(n):
        a @= b * 0.5
    a[0] @= b
    c = a[1]
    c @= b


@refused((A, V))
def unknown_letters(a, v):
    return np.einsum("...j,j", a, v)


@refused((A, V))
def wrong_count(a, v):
    return np.einsum("ijk,k", a, v)


@refused((A, V))
def wrong_axes(a, v):
    return np.tensordot(a, v, 2)


@refused((A, V))
def vector_in_place(a, v):
    a @= v


@refused((vec(3, 3), vec(3)))
def diagonal_written(a, v):
    d = np.einsum("ii->i", a)
    d[0] = v[0]
    return np.sum(a)


@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    check(func, args, mutates)


@pytest.mark.compiled
@pytest.mark.parametrize("func", [matrices, in_place])
def test_compiled(func):
    """The same, compiled."""
    ((args, mutates),) = [(row[1], row[-1]) for row in program if row[0] is func]
    check(func, args, mutates, compiled=True)


@parametrized(refused)
def test_refused(func, args, mutates):
    """An error of ours, with the line."""
    del mutates
    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match=r"E403|E503|E208"):
        srcad.vjp(func, *args)


@pytest.mark.parametrize(("a", "b"), [(vec(3, 4), vec(3, 2)), (vec(2, 2), vec(2, 1))])
def test_shapes_that_do_not_fit(a, b):
    """ValueError, as in NumPy."""

    def product(a, b):
        a @= b
        return np.sum(a)

    with as_plain_python(), pytest.raises(ValueError, match="extents of a product differ"):
        srcad.grad(product)(a, b)
