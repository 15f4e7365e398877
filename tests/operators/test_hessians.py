"""Hessians and their products: against each other and against 50-digit differences."""

import os
import pickle

import numpy as np
import pytest
from scipy.optimize import minimize

import srcad
from tests.harness import as_plain_python, assert_close, bits, plain, random_tangents
from tests.oracle import is_active, leaves, map_tree, wide_second
from tests.zoo import PROGRAMS


def run(made, *args):
    """Return the result of a derivative object as plain Python; arguments stay as they are."""
    before = bits(args)
    with as_plain_python():
        result = plain(made.py_func)(*args)
    assert bits(args) == before
    return result


def rosenbrock(x, a):
    s = 0.0
    for i in range(x.size - 1):
        s += a * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


def rosenbrock_hessian(x, a):
    n = x.size
    h = np.zeros((n, n))
    for i in range(n - 1):
        h[i, i] += -4.0 * a * (x[i + 1] - 3.0 * x[i] ** 2) + 2.0
        h[i + 1, i + 1] += 2.0 * a
        h[i, i + 1] = h[i + 1, i] = -4.0 * a * x[i]
    return h


X = np.array([1.2, -0.7, 0.4, 2.0])
V = np.array([1.0, -2.0, 3.0, 0.5])


def test_product():
    """`(x, v, *rest)`, as SciPy calls it."""
    expected = rosenbrock_hessian(X, 100.0) @ V
    assert_close(run(srcad.hvp(rosenbrock), X, V, 100.0), expected, 1e-13, "product")
    value, gradient, product = run(srcad.value_grad_hvp(rosenbrock), X, V, 100.0)
    assert value == rosenbrock(X, 100.0)
    assert_close(gradient, run(srcad.grad(rosenbrock), X, 100.0), 1e-14, "gradient")
    assert_close(product, expected, 1e-13, "product")


def test_hessian_is_symmetric():
    """The shape is that of the argument twice; both triangles are the same to rounding."""
    h = run(srcad.hessian(rosenbrock), X, 100.0)
    assert_close(h, rosenbrock_hessian(X, 100.0), 1e-13, "hessian")
    assert_close(h, h.T, 1e-14, "symmetric")


def bilinear(a, w, b, t):
    return t**3 * (a @ (w @ b)) + np.sum(np.sin(w))


def test_blocks_of_several_arguments():
    """The block `[i][j]` has the shapes of both arguments."""
    rng = np.random.default_rng(0)
    a, w, b, t = rng.normal(size=2), rng.normal(size=(2, 3)), rng.normal(size=3), 1.3
    blocks = run(srcad.hessian(bilinear, (0, 1, 2, 3)), a, w, b, t)
    shapes = [(2,), (2, 3), (3,), ()]
    for i, row in enumerate(blocks):
        for j, block in enumerate(row):
            assert np.shape(block) == shapes[i] + shapes[j]
            other = np.moveaxis(blocks[j][i], range(len(shapes[j])), range(-len(shapes[j]), 0))
            assert_close(block, other, 1e-14, "symmetric")
    assert_close(blocks[0][2], t**3 * w, 1e-14, "a, b")
    assert_close(blocks[0][1], t**3 * np.einsum("ij,k->ijk", np.eye(2), b), 1e-14, "a, w")
    assert_close(blocks[3][0], 3 * t**2 * (w @ b), 1e-14, "t, a")
    assert_close(blocks[3][3], 6 * t * (a @ w @ b), 1e-14, "t, t")
    expected = -np.sin(w)[:, :, None, None] * np.einsum("ik,jl->ijkl", np.eye(2), np.eye(3))
    assert_close(blocks[1][1], expected, 1e-14, "w, w")


def elementwise(a, w, t):
    s = 0.0
    for i in range(a.size):
        for j in range(w.shape[1]):
            s += np.sin(a[i] * w[i, j]) * t + a[i - 1] * w[i, j] ** 2
    return s


@pytest.mark.slow
def test_blocks_of_ranks_that_differ():
    """Vectors, matrices and numbers in any order; several directions at once, or one."""
    rng = np.random.default_rng(0)
    a, w, t = rng.normal(size=3), rng.normal(size=(3, 4)), 1.3
    args = (a, w, t)
    for order in ((0, 1, 2), (1, 0), (2, 1)):
        blocks = run(srcad.hessian(elementwise, order), *args)
        rows = run(srcad.jacrev(srcad.grad(elementwise, order), order), *args)
        for block_row, row in zip(blocks, rows, strict=True):
            for block, expected in zip(block_row, row, strict=True):
                assert_close(block, expected, 1e-13, "block")


def test_products_with_several_vectors():
    """Each vector follows its argument; the products are those with the whole Hessian."""
    rng = np.random.default_rng(0)
    a, w, b, t = rng.normal(size=2), rng.normal(size=(2, 3)), rng.normal(size=3), 1.3
    u, v = rng.normal(size=3), rng.normal(size=2)
    by_b, by_a = run(srcad.hvp(bilinear, ("b", "a")), a, v, w, b, u, t)
    assert_close(by_a, t**3 * (w @ u), 1e-14, "a")
    assert_close(by_b, t**3 * (v @ w), 1e-14, "b")
    (only,) = run(srcad.hvp(bilinear, [3]), a, w, b, t, 2.0)
    assert_close(only, 12 * t * (a @ w @ b), 1e-14, "t")


def of_pair(p, x):
    return np.sum(np.tanh(p[0] * x + p[1]))


def test_tuples_as_arguments():
    """The vector of a tuple is a tuple, and so are the product and the blocks."""
    w, b, x = np.array([0.3, -0.5]), np.array([0.1, 0.7]), np.array([2.0, 3.0])
    y = np.tanh(w * x + b)
    second = -2.0 * y * (1.0 - y**2)
    of_w, of_b = run(srcad.hessian(of_pair), (w, b), x)
    assert_close(of_w, (np.diag(second * x * x), np.diag(second * x)), 1e-14, "w")
    assert_close(of_b, (np.diag(second * x), np.diag(second)), 1e-14, "b")
    u, v = np.array([1.0, 2.0]), np.array([-1.0, 0.5])
    product = run(srcad.hvp(of_pair), (w, b), (u, v), x)
    assert_close(product, (second * x * (x * u + v), second * (x * u + v)), 1e-14, "product")


def polar(x):
    return np.array([x[0] * np.cos(x[1]), x[0] * np.sin(x[1])])


def test_hessian_of_a_vector():
    """The shape of the output comes first."""
    x = np.array([2.0, 0.3])
    c, s = np.cos(0.3), np.sin(0.3)
    expected = np.array([[[0, -s], [-s, -2 * c]], [[0, c], [c, -2 * s]]])
    assert_close(run(srcad.hessian(polar), x), expected, 1e-14, "hessian")


def works_in(x, out):
    for i in range(x.size):
        out[i] = x[i] ** 3
    return np.sum(out)


def test_arguments_that_are_written():
    """The Hessian is that of the float that is returned, as the gradient is."""
    x, out = np.array([1.0, 2.0]), np.zeros(2)
    assert_close(run(srcad.hessian(works_in), x, out), np.diag(6.0 * x), 1e-14, "hessian")
    assert_close(run(srcad.hvp(works_in), x, x, out), 6.0 * x * x, 1e-14, "product")


def of_number(t, n):
    return t**n


def test_numbers():
    """The Hessian of a number is a number, as is the product."""
    assert_close(run(srcad.hessian(of_number), 2.0, 5), 160.0, 1e-14, "hessian")
    assert_close(run(srcad.hvp(of_number), 2.0, 3.0, 5), 480.0, 1e-14, "product")


@pytest.mark.parametrize("layout", ["strided", "read-only", "Fortran"])
def test_layouts_of_vectors(layout):
    """Argument and vector need not have the same layout."""

    def total(w):
        return np.sum(w**3)

    w, v = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
    changed = {
        "strided": np.ones((4, 6))[::2, ::2],
        "read-only": np.broadcast_to(np.float64(1.0), (2, 3)),
        "Fortran": np.asfortranarray(v),
    }[layout]
    for x, vector in ((w, changed), (np.asfortranarray(w), v), (np.repeat(w, 2, 1)[:, ::2], v)):
        assert_close(run(srcad.hvp(total), x, vector), 6.0 * w, 1e-14, layout)


def test_errors():
    """Errors name the argument, and what was expected."""
    with pytest.raises(TypeError, match="the vector of x: expected float64"):
        run(srcad.hvp(rosenbrock), X, V.astype(np.float32), 100.0)
    with pytest.raises(TypeError, match="the vector of x: expected float64"):
        run(srcad.hvp(rosenbrock), X, 1.0, 100.0)
    with pytest.raises(ValueError, match="must have its shape"):
        run(srcad.hvp(rosenbrock), X, V[:-1], 100.0)
    with pytest.raises(TypeError, match="the gradient is of one float, but 'polar' returns"):
        run(srcad.hvp(polar), X, V)
    with pytest.raises(TypeError, match="n is an int64"):
        run(srcad.hessian(of_number, "n"), 2.0, 5)


def returns_one_float(program):
    """Return whether `grad` takes this program."""
    func = getattr(program.function, "py_func", program.function)
    return isinstance(func(*program.args()), float)


EVERY = int(os.environ.get("SRCAD_HESSIANS_EVERY", "4"))
"""One program of the zoo in so many."""
SCALAR = [
    p
    for p in PROGRAMS
    if p.smooth and not p.mutates and p.precision == "f64" and returns_one_float(p)
]


@pytest.mark.slow
@pytest.mark.parametrize("program", SCALAR[::EVERY], ids=[p.name for p in SCALAR[::EVERY]])
def test_zoo(program):
    """Hessians and products along random directions, against 50-digit differences."""
    func, args = getattr(program.function, "py_func", program.function), program.args()
    wrt = tuple(k for k in program.wrt if is_active(args[k]))
    if not wrt:
        return
    u, v = (
        tuple(
            dot if k in wrt else map_tree(lambda leaf: None if leaf is None else 0 * leaf, dot)
            for k, dot in enumerate(random_tangents(args, seed))
        )
        for seed in (2, 3)
    )
    expected = wide_second(func, args, u, v)
    given = [part for k, arg in enumerate(args) for part in ([arg, v[k]] if k in wrt else [arg])]
    product = run(srcad.hvp(func, wrt), *given)
    got = sum(float(np.sum(u[k] * part)) for k, part in zip(wrt, product, strict=True))
    assert_close(got, expected, 1e-9, "product")
    blocks = run(srcad.hessian(func, wrt), *args)
    for i, row in zip(wrt, blocks, strict=True):
        for j, block in zip(wrt, row, strict=True):
            other, axes = np.asarray(blocks[wrt.index(j)][wrt.index(i)]), np.ndim(args[j])
            moved = np.moveaxis(other, range(axes), range(-axes, 0))
            assert_close(block, moved, 1e-9, "symmetric")
            assert np.shape(block) == np.shape(args[i]) + np.shape(args[j])
    got = sum(
        float(np.sum(np.tensordot(u[i], np.tensordot(block, v[j], np.ndim(v[j])), np.ndim(u[i]))))
        for i, row in zip(wrt, blocks, strict=True)
        for j, block in zip(wrt, row, strict=True)
    )
    assert_close(got, expected, 1e-9, "hessian")
    assert leaves(blocks)


@pytest.mark.compiled
def test_scipy():
    """SciPy's `hess` and `hessp`."""
    gradient = srcad.grad(rosenbrock)
    for options in ({"hessp": srcad.hvp(rosenbrock)}, {"hess": srcad.hessian(rosenbrock)}):
        start = np.array([1.2, 0.7, 0.9, 1.1])
        found = minimize(rosenbrock, start, (100.0,), "trust-ncg", jac=gradient, **options)
        assert_close(found.x, np.ones(4), 1e-5, "minimum")


@pytest.mark.compiled
def test_objects_are_shared_and_pickled():
    """One object for a function and its arguments; a pickle makes an equal one."""
    made = srcad.hessian(rosenbrock)
    assert made is srcad.hessian(rosenbrock)
    assert made is not srcad.hessian(rosenbrock, (0,))
    again = pickle.loads(pickle.dumps(srcad.hvp(rosenbrock)))
    assert_close(again(X, V, 100.0), rosenbrock_hessian(X, 100.0) @ V, 1e-13, "product")
    assert list(again.py_func.__signature__.parameters) == ["x", "x_vector", "a"]
