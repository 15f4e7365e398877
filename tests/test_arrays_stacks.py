"""`np.linalg` of stacks of matrices."""

import numpy as np
import pytest

import srcad
from tests.array_checks import check, parametrized, programs, vec
from tests.harness import as_plain_python

program = programs()
STACK = vec(2, 3, 3) + 4.0 * np.eye(3)
DEEP = np.stack((STACK, STACK + 1.0))


@program((STACK, vec(3, seed=1)), (DEEP, vec(3)), (vec(0, 3, 3), vec(3)))
def inverses(a, v):
    return np.linalg.inv(a), np.linalg.det(a), np.linalg.solve(a, v)


@program((STACK, vec(2, 3, 2, seed=1), vec(3, 2, seed=2)))
def right_sides(a, b, m):
    some = np.linalg.solve(a[:1], b) + np.linalg.solve(a, b[1:])
    return np.linalg.solve(a, b), np.linalg.solve(a, m), some


@program((STACK,))
def factors(a):
    return np.linalg.cholesky(a @ a.transpose(0, 2, 1))


@program((STACK,), (DEEP,), (vec(0, 3, 3),))
def determinants_and_singular_values(a):
    sign, logarithm = np.linalg.slogdet(a)
    u, s, vt = np.linalg.svd(a[..., :2, :], full_matrices=False)
    return sign * logarithm, s, u @ vt, np.linalg.svd(a, compute_uv=False)


@program((STACK,), (DEEP,))
def eigenvalues(a):
    b = a + a.swapaxes(-1, -2)
    w, v = np.linalg.eigh(b)
    return w, v * v, np.linalg.eigvalsh(b), np.linalg.slogdet(b).logabsdet


@parametrized(program)
def test_twin(func, args, mutates):
    """The generated source as plain Python."""
    check(func, args, mutates)


@pytest.mark.compiled
def test_compiled():
    """One of them compiled."""
    check(inverses, (STACK, vec(3)), compiled=True)


def test_others_are_refused():
    """The functions that take no stacks say so."""

    def orthogonal(a):
        return np.sum(np.linalg.qr(a)[0])

    with as_plain_python(), pytest.raises(srcad.NotDifferentiable, match="loop over a stack"):
        srcad.grad(orthogonal)(STACK)
