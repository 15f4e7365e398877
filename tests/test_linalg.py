"""Products of matrices and `np.linalg`: values, both modes, twice, layouts, errors."""

import numpy as np
import pytest

import srcad
from srcad import library
from srcad.backend import runtime
from srcad.rules.linalg import WHOLES, parameters
from tests.array_checks import check, fresh, parametrized, programs
from tests.harness import as_plain_python, assert_close, plain

RNG = np.random.default_rng(7)


def normal(*shape):
    """Return a random array."""
    return RNG.normal(size=shape)


SQUARE = normal(4, 4) + 2.0 * np.eye(4)
SPD = SQUARE @ SQUARE.T
TALL, WIDE = normal(5, 3), normal(3, 5)
B, V = normal(4, 3), normal(4)
STACK = normal(2, 4, 3)

products = programs()
functions = programs()
composed = programs()


# Products ---------------------------------------------------------------------------


@products(
    (SQUARE, B),
    (np.asfortranarray(SQUARE), np.asfortranarray(B)),
    (SQUARE.T, B.T.copy().T),
    (normal(8, 8)[::2, ::-2], B),
    (SQUARE, normal(4, 6)[:, ::2]),
    (SQUARE.astype(np.float32), B.astype(np.float32)),
    (SQUARE.astype(np.float32), B),
    (np.arange(16).reshape(4, 4), B),
    (np.ones((2, 0)), np.ones((0, 3))),
    (np.ones((0, 2)), np.ones((2, 3))),
    (SQUARE, V),
    (B.T, V),
    (normal(8)[::2], B),
    (V, SQUARE),
    (np.ones((2, 0)), np.ones(0)),
    (V, normal(4)),
    (normal(8)[::2], V.astype(np.float32)),
    (STACK, normal(2, 3, 5)),
    (STACK, normal(1, 3, 5)),
    (STACK, WIDE),
    (STACK, normal(3)),
    (SQUARE, STACK),
    (V, STACK),
    (STACK, normal(3, 1, 3, 2)),
    (normal(3, 1, 2, 3), normal(3, 2, 3, 2)),
    (STACK[:, ::2, ::-1], WIDE.T.copy().T),
)
def times(a, b):
    return a @ b


@products((SQUARE, B), (B, V), (V, B), (V, V + 1.0), (SQUARE, 2.5))
def dot(a, b):
    return np.dot(a.T, b)


@products((TALL, normal(4, 5)))
def both_transposed(a, b):
    return np.matmul(a.T, b.T)


@products((SQUARE, B.T))
def right_transposed(a, b):
    return a.dot(b.T)


@products((SQUARE,))
def one_array_twice(a):
    return a @ a + a.T @ a + a @ a.T


@products((SQUARE, SPD))
def flat(a, b):
    return np.vdot(a, b) + np.vdot(a[0], b[0])


@products((SQUARE, B))
def of_expressions(a, b):
    return np.sin(a)[::2] @ (b * 2.0)[:, 1:]


@products((SQUARE, B))
def of_parts(a, b):
    return a[:, :3] @ b[1:] + a[1:4].T @ b[:3]


@products((STACK, SQUARE))
def matrices_of_a_stack(a, b):
    return a[0].T @ a[1] + a[-1].T @ (b @ a[0])


@products((np.arange(16).reshape(4, 4), np.arange(8).reshape(4, 2), np.arange(4), 1.5))
def of_integers(a, b, c, x):
    return x * np.sum(a @ b) + x * np.sum(a.T @ c) + np.sum(b.T @ a * x)


@pytest.mark.parametrize("n", range(4))
def test_powers_of_a_matrix(n):
    """`matrix_power` is a few products."""

    def power_0(a):
        return np.linalg.matrix_power(a, 0) * a

    def power_1(a):
        return np.linalg.matrix_power(a, 1)

    def power_5(a):
        return np.linalg.matrix_power(a, 5)

    def power_minus_2(a):
        return np.linalg.matrix_power(a, -2)

    check((power_0, power_1, power_5, power_minus_2)[n], (SQUARE / 2.0,))


# np.linalg --------------------------------------------------------------------------


@functions(
    (SQUARE, V),
    (SQUARE, B),
    (SQUARE.T, B[:, ::2]),
    (np.asfortranarray(SQUARE), np.arange(4)),
    (SQUARE.astype(np.float32), V.astype(np.float32)),
    (np.ones((0, 0)), np.ones(0)),
)
def solve(a, b):
    return np.linalg.solve(a, b)


@functions((SQUARE,))
def solve_left_only(a):
    return np.linalg.solve(a, np.ones(4)) + np.linalg.solve(a, np.ones((4, 2)))[:, 0]


@functions((V, B))
def solve_right_only(b, c):
    return np.linalg.solve(np.diag(np.arange(1.0, 5.0)), b), np.linalg.solve(np.eye(4), c)


@functions((SQUARE,), (SQUARE.T,), (SQUARE.astype(np.float32),))
def inverse(a):
    return np.linalg.inv(a)


SINGULAR = np.array([[1.0, 2.0, 0.5], [2.0, 4.0, 1.0], [0.3, -1.0, 2.0]])


@functions((SQUARE,), (-SPD[:3, :3],), (np.diag([1.0, 2.0, 0.0, 3.0]),), (SINGULAR,))
def determinant(a):
    return np.linalg.det(a)


@functions((SQUARE,), (-SPD[:3, :3],))
def log_determinant(a):
    sign, logarithm = np.linalg.slogdet(a)
    return sign * logarithm, np.linalg.slogdet(2.0 * a)[1]


@functions((SPD,), (np.asfortranarray(SPD),), (SPD.astype(np.float32),), (np.ones((1, 1)),))
def cholesky(a):
    return np.linalg.cholesky(a)


@functions((TALL,), (SQUARE,), (WIDE,), (WIDE.T,))
def qr(a):
    return np.linalg.qr(a)


@functions((TALL,), (SQUARE,), (WIDE,), (np.asfortranarray(WIDE),))
def svd(a):
    return np.linalg.svd(a, full_matrices=False)


@functions((TALL,), (np.diag([2.0, 2.0, 1.0]),))
def function_of_singular_values(a):
    return np.sum(np.linalg.svd(a, compute_uv=False) ** 2)


@functions((SPD,))
def eigh(a):
    w, v = np.linalg.eigh(a)
    return w, v * v


@functions((SPD,), (np.eye(3),))
def function_of_eigenvalues(a):
    return np.sum(np.exp(np.linalg.eigvalsh(a) / 10.0)) + np.sum(np.linalg.eigh(a)[0] ** 2)


@functions((TALL, normal(5)), (TALL, normal(5, 2)), (SQUARE, V))
def least_squares(a, b):
    return np.linalg.lstsq(a, b)[0]


@functions((TALL,), (WIDE,))
def pseudo_inverse(a):
    return np.linalg.pinv(a)


@functions((SQUARE,), (TALL + np.diag(np.arange(2.0, 5.0))[[0, 0, 1, 2, 2]],))
def norms_of_a_matrix(a):
    norm = np.linalg.norm
    first = norm(a) + norm(a, "fro") + norm(a, 1) + norm(a, -1) + norm(a, np.inf)
    return first + norm(a, -np.inf) + norm(a, 2) + norm(a, -2) + norm(a, "nuc")


@functions((V,))
def norms_of_a_vector(x):
    norm = np.linalg.norm
    first = norm(x) + norm(x, 1) + norm(x, 2) + norm(x, 3) + norm(x, 0.5)
    return first + norm(x, np.inf) + norm(x, -np.inf) + norm(x, 0)


@functions((TALL,))
def norms_along_an_axis(a):
    rows = np.linalg.norm(a, axis=1) + np.linalg.norm(a, np.inf, axis=1)
    return a / np.linalg.norm(a, 1, axis=0, keepdims=True), rows, np.linalg.norm(a, axis=(0, 1))


# Programs ---------------------------------------------------------------------------


@composed((V, V[::-1].copy(), SPD))
def gaussian(y, mean, covariance):
    root = np.linalg.cholesky(covariance)
    z = np.linalg.solve(root, y - mean)
    _, logarithm = np.linalg.slogdet(covariance)
    return -0.5 * (z @ z + logarithm + len(y) * np.log(2.0 * np.pi))


@composed((TALL, normal(5), 0.3))
def ridge(x, y, weight):
    w = np.linalg.solve(x.T @ x + weight * np.eye(x.shape[1]), x.T @ y)
    r = y - x @ w
    return r @ r + weight * (w @ w)


@composed((normal(4, 3), normal(3, 5), normal(5), normal(5, 2)))
def perceptron(x, w1, b1, w2):
    return np.tanh(x @ w1 + b1) @ w2


@composed((SQUARE / 4.0, V, 3), (SQUARE / 4.0, B, 3), (SQUARE, V, 0))
def recurrent(w, h, n):
    for _ in range(n):
        h = np.tanh(w @ h) + h
    return h


@composed((SQUARE, V, 3), (SQUARE, B, 2))
def repeated_solve(a, b, n):
    x = b
    for k in range(n):
        x = np.linalg.solve(a + 0.1 * k, x * x)
    return x


@composed((SQUARE, V, 3))
def matrices_made_in_a_loop(a, b, n):
    s = 0.0
    for k in range(n):
        c = np.empty((4, 4))
        for i in range(4):
            for j in range(4):
                c[i, j] = a[i, j] * (k + 1) + b[i] * b[j]
        s += np.linalg.det(c) * 0.01 + np.sum(np.linalg.inv(c @ c) * c)
    return s


@composed((SQUARE, V / 10.0))
def until_large(a, x):
    steps = 0
    while np.sum(x * x) < 10.0 and steps < 20:
        x = a @ x
        steps += 1
    return x


@composed((SQUARE, V), (SQUARE, -V))
def in_one_branch(a, b):
    if b[0] > 0.0:
        x = np.linalg.solve(a, b)
    else:
        x = a @ b
    return np.sum(x * x)


@composed((SQUARE, V))
def result_is_written(a, b):
    x = np.linalg.solve(a, b)
    x[0] = x[0] * x[1]
    x *= 2.0
    return x


@composed((SQUARE, V))
def argument_is_written(a, b):
    c = a.copy()
    x = c @ b
    c[0] = x
    return c @ x


@composed((SQUARE, B))
def name_is_reused(a, b):
    b = a @ b
    b = np.linalg.solve(a.T, b)
    return b.T @ b


@composed((normal(3, 2), TALL, 4))
def gradient_descent(w, x, n):
    for _ in range(n):
        w = w - 0.1 * (x.T @ (x @ w - 1.0))
    return w


@composed((SQUARE, V))
def written_after_a_view(a, b):
    a = a.copy()
    view = a.T
    values = np.sin(a)
    a[0, 0] = 5.0 * a[1, 1]
    return view @ b + values @ b


@composed((SQUARE, V))
def result_has_another_name(a, b):
    x = np.linalg.solve(a, b)
    y = x
    y[0] = 2.0 * x[1]
    z = a @ a
    row = z[1]
    row[0] = 3.0 * z[0, 0]
    return np.sum(x * x) + z @ b


@composed((SQUARE / 3.0, normal(3, 4)))
def rows_in_place(w, h):
    h = h.copy()
    for k in range(1, h.shape[0]):
        h[k] = np.tanh(w @ h[k - 1]) * h[k]
        h[k] = np.linalg.solve(w, h[k])
    h[:] = h @ w
    h += h @ w.T
    return h


READ_ONLY = SQUARE / 3.0
READ_ONLY.flags.writeable = False


@composed((READ_ONLY, READ_ONLY[0], READ_ONLY[1]))
def names_change_places(w, u, v):
    for _ in range(4):
        u, v = v, np.tanh(w @ u)
    return u @ READ_ONLY, v


@composed((SQUARE, V))
def growing_parts(a, b):
    s = 0.0
    for k in range(1, 5):
        x = np.linalg.solve(a[:k, :k], a[:k, :k] @ b[:k] + 1.0)
        s += x @ x + np.linalg.det(a[:k, :k])
    return s


@composed((SQUARE / 3.0,))
def nested_loops(a):
    s = 0.0
    for i in range(2):
        c = a * (i + 1.0)
        for _ in range(3):
            c = c @ a * 0.3
            s += np.sum(np.linalg.inv(c + 10.0 * np.eye(4)) * c)
    return s


@composed((SQUARE, V))
def branches_in_a_loop(a, x):
    for k in range(4):
        if k % 2 == 0:
            x = a @ x
        else:
            x = np.linalg.solve(a, x * x)
    return x


@composed((SQUARE / 3.0, V))
def factor_is_written(a, b):
    s = 0.0
    for k in range(3):
        root = np.linalg.cholesky(a @ a.T + (k + 1.0) * np.eye(4))
        root[1, 0] *= 2.0
        s += np.sum(root @ b)
    return s


@composed((SPD, V))
def newton(a, x):
    for _ in range(3):
        x = x - np.linalg.solve(a + np.diag(3.0 * x * x), a @ x + x**3 - 1.0)
    return x


@composed((normal(3, 3) / 2.0, normal(2, 3), np.eye(3), normal(3), normal(4, 2)))
def kalman(f, h, p, x, observed):
    likelihood = 0.0
    for k in range(observed.shape[0]):
        x = f @ x
        p = f @ p @ f.T + 0.1 * np.eye(3)
        s = h @ p @ h.T + 0.5 * np.eye(2)
        r = observed[k] - h @ x
        gain = np.linalg.solve(s, h @ p).T
        x, p = x + gain @ r, p - gain @ h @ p
        likelihood -= 0.5 * (r @ np.linalg.solve(s, r) + np.linalg.slogdet(s)[1])
    return likelihood


@composed((normal(2, 3, 4), normal(2, 3, 4), normal(2, 3, 4)))
def attention(q, k, v):
    e = np.exp(q @ np.swapaxes(k, 1, 2))
    return (e / np.sum(e, axis=-1, keepdims=True)) @ v


@composed((B,))
def gram_schmidt(a):
    q = np.empty((4, 3))
    for j in range(3):
        v = a[:, j] - q[:, :j] @ (q[:, :j].T @ a[:, j])
        q[:, j] = v / np.linalg.norm(v)
    return q


@composed((SQUARE, V))
def kept_array_changes(a, b):
    s = 0.0
    for k in range(3):
        c = np.empty((4, 4))
        for i in range(4):
            for j in range(4):
                c[i, j] = a[i, j] * (k + 1) + b[i]
        x = c @ b
        c[0, 0] = x[1] * x[2]
        y = c @ x
        c[1] = y * 0.1
        s += y @ (c @ c @ x)
    return s


@composed((SQUARE, V))
def kept_in_one_branch(a, b):
    s = 0.0
    for k in range(4):
        c = a * (k + 1.0)
        if k % 2 == 0:
            x = np.linalg.inv(c) @ b
            s += x @ x
        else:
            c[0] = b * k
            x = c @ c @ b
        s += np.sum(c @ x)
    return s


@composed((SPD, V))
def factors_in_a_loop(a, b):
    s = 0.0
    for k in range(3):
        w, v = np.linalg.eigh(a + k * np.diag(b))
        s += np.sum(v[:, 0] ** 2 * b) * w[1]
        q, r = np.linalg.qr(a * (k + 1.0) + np.outer(v[:, 0], v[:, 0]))
        s += np.sum(r * r * r) * 1e-3 + np.sum((q @ w) * b)
        a = a + 0.1 * np.outer(b, b)
    return s


@parametrized(products)
def test_product(func, args, mutates):
    """Products are right for all ranks, layouts and dtypes."""
    check(func, args, mutates)


@parametrized(functions)
def test_function(func, args, mutates):
    """The functions of np.linalg are right in both modes."""
    check(func, args, mutates)


@parametrized(composed)
def test_program(func, args, mutates):
    """Programs of several calls, in loops and branches, are right in both modes."""
    check(func, args, mutates)


COMPILED = [
    (times, (normal(8, 8)[::2, ::-2], B)),
    (times, (SQUARE.astype(np.float32), B)),
    (times, (STACK, normal(3, 1, 3, 2))),
    (of_integers, (np.arange(9).reshape(3, 3), np.arange(6).reshape(3, 2), np.arange(3), 1.5)),
    (recurrent, (SQUARE / 4.0, V, 3)),
    (matrices_made_in_a_loop, (SQUARE, V, 3)),
    (cholesky, (SPD,)),
    (eigh, (SPD,)),
    (repeated_solve, (SQUARE, V, 3)),
]


@pytest.mark.compiled
@pytest.mark.parametrize(("func", "args"), COMPILED, ids=[func.__name__ for func, _ in COMPILED])
def test_compiled(func, args):
    """Numba compiles the calls, without a warning about layouts."""
    check(func, args, compiled=True)


# Twice ------------------------------------------------------------------------------


def product_twice(a):
    return np.sum(np.sin(a @ a.T) @ a)


def solve_twice(a, b):
    return np.sum(np.linalg.solve(a, b) ** 2)


def inverse_twice(a):
    return np.sum(np.linalg.inv(a) ** 2)


def determinant_twice(a):
    return np.linalg.det(a) ** 2 + np.sin(np.linalg.slogdet(a)[1])


def cholesky_twice(a):
    return np.sum(np.sin(np.linalg.cholesky(a)))


def qr_twice(a):
    q, r = np.linalg.qr(a)
    return np.sum(np.sin(q)) + np.sum(r * r * r)


def svd_twice(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum(np.sin(u[:, :1] @ vt[:1])) + np.sum(s**3)


def eigh_twice(a):
    w, v = np.linalg.eigh(a)
    return np.sum(w**3) + np.sum(np.sin(v * v)) + np.sum(np.exp(np.linalg.eigvalsh(a)))


def least_squares_twice(a):
    return np.sum(np.linalg.lstsq(a, np.arange(1.0, 6.0))[0] ** 2)


def loop_twice(a, h):
    for _ in range(3):
        h = np.linalg.solve(a, np.tanh(a @ h))
    return np.sum(h * h)


def eigenvectors_found(a):
    """At the minimum of a fit the vectors' cotangent is zero, its derivative is not."""
    w, v = np.linalg.eigh(a)
    return np.sum((w - FOUND_VALUES) ** 2) + np.sum((v - FOUND_VECTORS) ** 2)


def singular_vectors_found(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum((u - FOUND_LEFT) ** 2) + np.sum((vt - FOUND_RIGHT) ** 2) + np.sum(s)


FOUND_VALUES, FOUND_VECTORS = np.linalg.eigh(SPD / 5.0)
FOUND_LEFT, _, FOUND_RIGHT = np.linalg.svd(TALL, full_matrices=False)


TWICE = [
    (eigenvectors_found, (SPD / 5.0,)),
    (singular_vectors_found, (TALL,)),
    (product_twice, (SQUARE,)),
    (solve_twice, (SQUARE, V)),
    (solve_twice, (SQUARE, B)),
    (inverse_twice, (SQUARE,)),
    (determinant_twice, (SQUARE,)),
    (cholesky_twice, (SPD,)),
    (qr_twice, (TALL,)),
    (svd_twice, (TALL,)),
    (eigh_twice, (SPD / 5.0,)),
    (least_squares_twice, (TALL,)),
    (loop_twice, (SQUARE, V)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("func", "args"), TWICE, ids=[func.__name__ for func, _ in TWICE])
def test_second_order(func, args):
    """The derivative of a gradient is that of its differences, in both modes."""
    gradient = srcad.grad(func, argnums=tuple(range(len(args))))
    dots = tuple(RNG.normal(size=arg.shape) for arg in args)
    expected = [np.zeros(arg.shape) for arg in args]
    with as_plain_python():
        once = plain(srcad.grad(func, argnums=tuple(range(len(args)))))
        h = 1e-3
        for weight, k in ((45.0, 1), (-9.0, 2), (1.0, 3)):
            for sign in (1, -1):
                moved = (arg + sign * k * h * dot for arg, dot in zip(args, dots, strict=True))
                for total, part in zip(expected, once(*moved), strict=True):
                    total += sign * weight / (60 * h) * part
        _, forward = srcad.jvp(gradient, fresh(args), dots)
        _, pullback = srcad.vjp(gradient, *fresh(args))
        reverse = pullback(dots)
    assert_close(forward, tuple(expected), 1e-6, "forward over reverse")
    assert_close(reverse, forward, 1e-9, "reverse over reverse")


# By hand ----------------------------------------------------------------------------


@pytest.mark.compiled
def test_perceptron_by_hand():
    """The adjoint of two layers is the one that everybody writes by hand, nothing added."""
    x, w1, b1, w2 = normal(4, 3), normal(3, 5), normal(5), normal(5, 2)
    out, pullback = srcad.vjp(perceptron, x, w1, b1, w2)
    h = np.tanh(x @ w1 + b1)
    out_bar = normal(4, 2)
    z_bar = (out_bar @ w2.T) * (1.0 - h * h)
    expected = (z_bar @ w1.T, x.T @ z_bar, z_bar.sum(axis=0), h.T @ out_bar)
    assert_close(out, h @ w2, 1e-12, "value")
    assert_close(pullback(out_bar), expected, 1e-12, "adjoint")
    source = srcad.differentiate(perceptron).inspect_adjoint(
        x, w1, b1, w2, argnums=(0, 1, 2, 3), compiled=True
    )
    assert source.count("np.dot(") == 2 + 4


def test_adjoints_call_blas():
    """The adjoint of a product is two products with transposed views, without a copy."""

    def loss(a, b):
        return np.sum((a @ b) ** 2)

    source = srcad.differentiate(loss).inspect_adjoint(SQUARE, B, argnums=(0, 1), compiled=True)
    assert "a_bar = np.dot(" in source
    assert ", b.T)" in source
    assert "b_bar = np.dot(a.T, " in source


def test_gaussian_in_numpy():
    """The gradient of the log-likelihood is the textbook's."""
    mean = V[::-1].copy()
    with as_plain_python():
        gradient = plain(srcad.grad(gaussian, argnums=(0, 1)))(V, mean, SPD)
    expected = np.linalg.solve(SPD, mean - V)
    assert_close(gradient, (expected, -expected), 1e-10, "gradient")


@pytest.mark.parametrize("n", [0, 1, 5, 64, 65, 130])
def test_triangular(n):
    """Triangular systems are solved in blocks."""
    a = np.tril(normal(n, n)) / max(n, 1) + np.eye(n)
    x = normal(n, 2)
    noise = np.triu(normal(n, n), 1)
    assert_close(runtime.solve_lower(a + noise, a @ x), x, 1e-12, "solve_lower")
    assert_close(runtime.solve_lower_t(a + noise, a.T @ x), x, 1e-12, "solve_lower_t")


# Singular and degenerate ------------------------------------------------------------


def test_errors_are_those_of_numpy():
    """What raises without derivatives raises the same with them."""

    def logarithm(a):
        return np.linalg.slogdet(a)[1]

    with as_plain_python():
        for func in (inverse, solve_left_only):
            with pytest.raises(np.linalg.LinAlgError):
                srcad.vjp(func, np.zeros((4, 4)))
        with pytest.raises(np.linalg.LinAlgError):
            srcad.vjp(cholesky, -SPD)
        with pytest.raises(ValueError, match="do not fit"):
            srcad.vjp(times, SQUARE, TALL)
        with pytest.raises(np.linalg.LinAlgError):
            plain(srcad.grad(logarithm))(np.zeros((2, 2)))


def test_rank_deficient_least_squares():
    """Where the rank may change there is no derivative, and no number."""
    a = np.ones((4, 2))
    with as_plain_python():
        _, pullback = srcad.vjp(least_squares, a, V)
        with pytest.raises(ValueError, match="full column rank"):
            pullback(np.ones(2))
        _, pullback = srcad.vjp(least_squares, normal(2, 4), normal(2))
        with pytest.raises(ValueError, match="fewer rows"):
            pullback(np.ones(4))


@pytest.mark.slow
def test_vectors_of_equal_eigenvalues():
    """Eigenvectors of equal eigenvalues have no derivative: inf or NaN, no number."""

    def entry(a):
        return np.linalg.eigh(a)[1][1, 0]

    def last_entry(a):
        return np.linalg.eigh(a)[1][1, 2] ** 2

    def itself(a):
        w, v = np.linalg.eigh(a)
        return np.sum((v * w) @ v.T)

    def product(a):
        u, s, vt = np.linalg.svd(a, full_matrices=False)
        return np.sum((u * s) @ vt)

    double = np.ones((3, 3)) - np.eye(3)
    check(last_entry, (double,))
    with as_plain_python():
        for func in (entry, itself):
            assert not np.all(np.isfinite(plain(srcad.grad(func))(double)))
            assert not np.isfinite(srcad.jvp(func, (double,), (SQUARE[:3, :3],))[1])
        assert np.any(np.isnan(plain(srcad.grad(product))(np.eye(3))))
        assert np.all(np.isfinite(plain(srcad.grad(last_entry))(double)))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("np.linalg.cond(a)", "cond"),
        ("np.linalg.svd(a)[1][0]", "full matrices"),
        ("np.linalg.qr(np.ones((2, 3, 3)))[0][0, 0, 0]", "3 dimensions"),
        ("np.linalg.eigvalsh(a, 'U')[0]", "option"),
        ("np.linalg.lstsq(a, a)[1][0]", "only the solution"),
        ("np.linalg.norm(a, 3)", "norm"),
        ("np.linalg.norm(np.ones((2, 2, 2)), 1)", "norm"),
        ("np.sum(np.dot(a, np.ones((2, 3, 3))))", "dot"),
        ("np.sum((a > 0) @ a)", "array of numbers"),
        ("np.sum(a @ 2.0)", "number"),
    ],
)
def test_refused(expression, message, tmp_path):
    """What has no derivative here is refused with the place in the source."""
    path = tmp_path / "refused.py"
    path.write_text(f"def f(a):\n    return {expression}\n")
    space = {"np": np, "__name__": "refused"}
    exec(compile(path.read_text(), str(path), "exec"), space)
    with pytest.raises(srcad.NotDifferentiable, match=message) as caught:
        srcad.differentiate(space["f"]).inspect_adjoint(SQUARE, compiled=True)
    assert "line 2" in str(caught.value)


# The table --------------------------------------------------------------------------


@pytest.mark.parametrize("row", WHOLES.values(), ids=WHOLES)
def test_table(row):
    """Every function has the derivatives that the table promises."""
    known = {item.name for item in (*row.params, *row.results)}
    known |= {f"{item.name}_dot" for item in row.params}
    known |= {f"{item.name}_bar" for item in row.results}
    if row.products:
        for product in row.products:
            assert set(product.args) <= known
            assert product.function in {*WHOLES, "outer"}
        return
    count = len(row.params)
    for active in [(0,), (1,), (0, 1)] if count == 2 else [(0,)]:
        for kind in ("tangent", "adjoint"):
            function = row.derivative(kind, active)
            assert set(parameters(function)) <= known
            assert function.__name__ not in library.FUNCTIONS
