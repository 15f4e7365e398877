"""Sparse Jacobians and Hessians against dense ones: modes, formats, arguments, wrong patterns."""

import functools
import pickle

import numpy as np
import pytest
from scipy import sparse

import srcad
from benchmarks.operators.sparse import bundle, bundle_problem, project
from tests.harness import as_plain_python


def dense(operator, f, *args, argnums=0):
    """Return the dense derivative as a matrix."""
    with as_plain_python():
        made = np.asarray(getattr(srcad, operator)(f, argnums)(*args))
    width = np.size(args[argnums])
    return made.reshape(-1, width) if width else made.reshape(len(made), 0)


def pattern_of(operator, f, *args, argnums=0):
    """Return where the dense derivative is not zero."""
    return dense(operator, f, *args, argnums=argnums) != 0.0


def run(made, *args, **named):
    """Return what a sparse function returns, its sweeps as plain Python."""
    with as_plain_python():
        return made(*args, **named)


def recurrence(x, n):
    y = np.empty(x.size)
    for i in range(x.size):
        y[i] = n * x[i] * x[i]
        if i > 0:
            y[i] += np.sin(x[i - 1])
    return y


def laplacian(u):
    out = np.zeros_like(u)
    for i in range(u.shape[0]):
        for j in range(u.shape[1]):
            s = -4.0 * u[i, j]
            if i > 0:
                s += u[i - 1, j]
            if i + 1 < u.shape[0]:
                s += u[i + 1, j]
            if j > 0:
                s += u[i, j - 1]
            if j + 1 < u.shape[1]:
                s += u[i, j + 1]
            out[i, j] = s * u[i, j]
    return out


def total_beside(x):
    y = np.empty(x.size)
    y[0] = np.sum(x * x)
    for i in range(1, x.size):
        y[i] = x[i] ** 3
    return y


def fills(x, y):
    for i in range(y.size):
        y[i] = x[i] * x[i + 1]


def rosenbrock(x):
    value = 0.0
    for i in range(x.size - 1):
        value += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return value


def spokes(x):
    value = x[0] ** 4
    for i in range(1, x.size):
        value += np.sin(x[0] * x[i]) + x[i] ** 3
    return value


X = np.linspace(0.5, 2.0, 12)
JACOBIANS = {
    "recurrence": (recurrence, (X, 3)),
    "laplacian": (laplacian, (X.reshape(3, 4),)),
    "total beside": (total_beside, (X,)),
    "fills": (fills, (X, np.zeros(11))),
    "not contiguous": (recurrence, (np.linspace(0.5, 2.0, 23)[::2], 3)),
    "columns first": (laplacian, (np.asfortranarray(X.reshape(3, 4)),)),
    "float32": (recurrence, (X.astype(np.float32), 3)),
    "one number": (recurrence, (X[:1], 2)),
    "nothing": (recurrence, (X[:0], 2)),
}


@pytest.mark.parametrize("mode", [None, "forward", "reverse"])
@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobian(name, mode):
    """The elements of the dense Jacobian, in its dtype; arguments stay as they are."""
    f, args = JACOBIANS[name]
    before = [np.copy(arg) for arg in args]
    expected = dense("jacobian", f, *args)
    made = srcad.sparse_jacobian(f, sparsity=expected != 0.0, mode=mode, verify=True)
    found = run(made, *args)
    assert isinstance(found, sparse.csr_array)
    assert found.dtype == expected.dtype
    tolerance = 1e-5 if args[0].dtype == np.float32 else 1e-13
    assert np.allclose(found.toarray(), expected, rtol=tolerance, atol=0.0)
    assert all(np.array_equal(a, b) for a, b in zip(args, before, strict=True))


@pytest.mark.parametrize("name", JACOBIANS)
def test_pattern_is_found(name):
    """Without a pattern, the elements are those that `sparsity` finds."""
    f, args = JACOBIANS[name]
    expected = dense("jacobian", f, *args)
    with as_plain_python():
        pattern = srcad.sparsity(srcad.jacobian(f))(*args)
    made = srcad.sparse_jacobian(f, format="csc", verify=True)
    found = run(made, *args)
    assert found.nnz == pattern.nnz
    assert np.allclose(found.toarray(), expected, rtol=1e-5 if found.dtype == np.float32 else 1e-13)


def scattered(scale, x, index, limit):
    y = np.zeros(4)
    for i in range(index.size):
        if limit > 0.5:
            y[index[i]] += scale * x[i] ** 2
        else:
            y[i] += scale * x[index[i]]
    return y


def test_pattern_is_found_again():
    """Constants that decide the pattern change: no number is wrong, with one held function."""
    x = np.array([1.0, 2.0, 3.0])
    made = srcad.sparse_jacobian(scattered, "x")
    calls = [
        (scale, x, np.array(index), limit)
        for scale in (2.0, 3.0)
        for index in ([0, 1, 2], [2, 2, 0])
        for limit in (0.0, 1.0)
    ]
    for args in calls * 2:
        expected = dense("jacobian", scattered, *args, argnums=1)
        assert np.array_equal(run(made, *args).toarray(), expected)


def test_pattern_that_cannot_be_found():
    """The error has the line, and says that the pattern may be passed."""

    def squared(x, n):
        if n == 0:
            return x
        return squared(x * x, n - 1)

    with pytest.raises(srcad.NotDifferentiable, match="whose pattern is not known") as caught:
        run(srcad.sparse_jacobian(squared), X, 1)
    assert caught.value.__notes__ == ["note: sparse_jacobian also takes the pattern, as sparsity="]


@pytest.mark.parametrize("method", [None, "star", "acyclic"])
@pytest.mark.parametrize("f", [rosenbrock, spokes], ids=lambda f: f.__name__)
def test_hessian(f, method):
    """The elements of the dense Hessian, symmetric to the last bit."""
    expected = dense("hessian", f, X)
    upper = np.triu(expected != 0.0)  # half a pattern is enough
    assert run(srcad.sparse_hessian(f, method=method), X).nnz == np.count_nonzero(expected)
    made = srcad.sparse_hessian(f, sparsity=upper, method=method, verify=True)
    found = run(made, X)
    assert np.allclose(found.toarray(), expected, rtol=1e-11, atol=1e-11)
    assert np.array_equal(found.toarray(), found.toarray().T)


@pytest.mark.parametrize("format_", ["csr", "csc", "coo"])
def test_formats(format_):
    """The formats of SciPy, with sorted elements, each once."""
    expected = dense("jacobian", recurrence, X, 3)
    made = srcad.sparse_jacobian(recurrence, sparsity=expected != 0.0, format=format_)
    found = run(made, X, 3)
    assert found.format == format_
    assert found.has_canonical_format
    assert np.allclose(found.toarray(), expected, rtol=1e-13)
    hessian = srcad.sparse_hessian(rosenbrock, sparsity=np.ones((12, 12)), format=format_)
    assert np.allclose(run(hessian, X).toarray(), dense("hessian", rosenbrock, X))


@pytest.mark.parametrize(
    "kind", [np.asarray, sparse.csr_array, sparse.coo_matrix, sparse.csc_array]
)
def test_patterns_are_matrices_of_any_kind(kind):
    """Dense or sparse; more elements than needed are zeros."""
    pattern = np.tri(12, k=1) - np.tri(12, k=-3)
    made = srcad.sparse_jacobian(recurrence, sparsity=kind(pattern))
    found = run(made, X, 3)
    assert found.nnz == np.count_nonzero(pattern)
    assert np.allclose(found.toarray(), dense("jacobian", recurrence, X, 3), rtol=1e-13)


def test_empty_rows_and_columns():
    """What does not depend on anything, and what nothing depends on."""

    def some(x):
        y = np.ones(5)
        y[1] = x[0] * x[3]
        y[4] = x[3] ** 2
        return y

    x = np.array([1.0, 2.0, 3.0, 4.0])
    pattern = pattern_of("jacobian", some, x)
    for mode in ("forward", "reverse"):
        made = srcad.sparse_jacobian(some, sparsity=pattern, mode=mode)
        assert np.array_equal(run(made, x).toarray(), dense("jacobian", some, x))
    nothing = srcad.sparse_jacobian(lambda x: np.ones(3), sparsity=np.zeros((3, 4)))
    assert run(nothing, x).shape == (3, 4)


# Arguments ---------------------------------------------------------------------------


def model(scale, x, shift=1.0):
    y = np.empty(x.size)
    for i in range(x.size):
        y[i] = scale[0] * x[i] ** 2 + shift
    return y


def test_arguments():
    """By position or by name, defaults, keywords; several arguments give several matrices."""
    scale = np.array([2.0])
    by_x, by_scale = np.diag(4.0 * X), (X**2)[:, None]
    for argnums in (1, "x", -2):
        made = srcad.sparse_jacobian(model, argnums, sparsity=np.eye(12))
        assert np.allclose(run(made, scale, X).toarray(), by_x)
        assert np.allclose(run(made, scale, x=X, shift=2.0).toarray(), by_x)
    parts = [
        srcad.sparse_jacobian(model, 0, sparsity=np.ones((12, 1))),
        srcad.sparse_jacobian(model, (1,), sparsity=np.eye(12)),
    ]
    assert np.allclose(run(parts[0], scale, X).toarray(), by_scale)
    (found,) = run(parts[1], scale, X)
    assert np.allclose(found.toarray(), by_x)
    with pytest.raises(TypeError, match="the pattern of one argument"):
        srcad.sparse_jacobian(model, (0, 1), sparsity=np.eye(12))
    with pytest.raises(TypeError, match="sparse_hessian takes one argument"):
        srcad.sparse_hessian(rosenbrock, (0,))


def test_carried_values():
    """Partials and methods; what they carry is looked up at each call."""
    part = functools.partial(model, np.array([2.0]))
    made = srcad.sparse_jacobian(part, sparsity=np.eye(12))
    assert np.allclose(run(made, X).toarray(), np.diag(4.0 * X))

    class Model:
        def __init__(self, factor):
            self.factor = factor

        def powers(self, x):
            return self.factor * x**2

    owner = Model(3.0)
    of_method = srcad.sparse_jacobian(owner.powers, sparsity=np.eye(12))
    assert np.allclose(run(of_method, X).toarray(), np.diag(6.0 * X))
    owner.factor = 5.0
    assert np.allclose(run(of_method, X).toarray(), np.diag(10.0 * X))


def test_shapes_change():
    """There is a plan for each shape; a pattern of the user's has one."""
    made = srcad.sparse_jacobian(recurrence, sparsity=np.tri(12))
    run(made, X, 3)
    run(made, X, 4)
    assert len(made.plans) == 1
    with pytest.raises(ValueError, match="the pattern is 12 x 12, the matrix 5 x 5"):
        run(made, X[:5], 3)


def test_choice():
    """What is taken, and why."""
    made = srcad.sparse_jacobian(total_beside, sparsity=pattern_of("jacobian", total_beside, X))
    choice = made.choice(X)
    assert (choice.mode, choice.method, choice.colours) == ("reverse", "distance 2", 2)
    assert choice.pattern.nnz == 12 + 11
    assert str(choice).startswith("reverse: at least 12 colours of columns or 2 colours of rows")
    hessian = srcad.sparse_hessian(spokes, sparsity=pattern_of("hessian", spokes, X))
    assert str(hessian.choice(X)) == "star: star 2 colours, direct"


def named_only(x, *, factor=2.0):
    return factor * x**2


def test_arguments_by_name_alone():
    """They have no position, and are constants."""
    made = srcad.sparse_jacobian(named_only)
    assert np.allclose(run(made, X).toarray(), np.diag(4.0 * X))
    assert np.allclose(run(made, X, factor=3.0).toarray(), np.diag(6.0 * X))
    hessian = srcad.sparse_hessian(lambda x, *, factor: factor * np.sum(x**2))
    assert np.array_equal(run(hessian, X, factor=3.0).toarray(), 6.0 * np.eye(12))


def test_pickle():
    """The function, the options and the pattern; plans are found again."""
    pattern = pattern_of("jacobian", recurrence, X, 3)
    made = srcad.sparse_jacobian(recurrence, sparsity=pattern, format="csc")
    first = run(made, X, 3)
    again = pickle.loads(pickle.dumps(made))
    assert not again.plans
    second = run(again, X, 3)
    assert second.format == "csc"
    assert np.array_equal(first.toarray(), second.toarray())


def test_bundle_of_the_benchmarks():
    """Its elements are the blocks of all observations, in the order of the observations."""
    args = bundle_problem(6)
    found = run(srcad.sparse_jacobian(bundle), *args)
    x, cameras, camera_of, point_of, _ = args
    points = x[12 * cameras :].reshape(-1, 3)
    blocks = []
    for camera, point in zip(camera_of, point_of, strict=True):
        q = np.concatenate((x[12 * camera : 12 * camera + 12], points[point]))
        with as_plain_python():
            blocks.append(np.stack(srcad.jacfwd(project)(q)))
    assert np.allclose(found.data, np.stack(blocks).reshape(-1), rtol=1e-11)


# What is wrong --------------------------------------------------------------------------


def test_wrong_patterns_are_found():
    """A missing element is an error with `verify`, wherever it is."""
    full = pattern_of("jacobian", recurrence, X, 3)
    for row, column in zip(*np.nonzero(full), strict=True):
        wrong = full.copy()
        wrong[row, column] = False
        for mode in ("forward", "reverse"):
            made = srcad.sparse_jacobian(recurrence, sparsity=wrong, mode=mode, verify=True)
            with pytest.raises(ValueError, match=r"'recurrence': the product of row .* misses el"):
                run(made, X, 3)
    for method in ("star", "acyclic"):
        diagonal = srcad.sparse_hessian(spokes, sparsity=np.eye(12), method=method, verify=True)
        with pytest.raises(ValueError, match="sparse_hessian of 'spokes': the product of row"):
            run(diagonal, X)


def test_verification_accepts_what_is_not_finite():
    """An infinite derivative is in one row, and no reason to refuse the others."""

    def roots(x):
        y = np.empty(x.size)
        for i in range(x.size):
            y[i] = np.sqrt(x[i])
        return y

    x = np.array([0.0, 1.0, 4.0])
    found = run(srcad.sparse_jacobian(roots, sparsity=np.eye(3), verify=True), x)
    assert np.array_equal(found.toarray(), np.diag([np.inf, 0.5, 0.25]))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: srcad.sparse_jacobian(recurrence, format="lil"), ValueError, "format is one of"),
        (lambda: srcad.sparse_jacobian(recurrence, mode="both"), ValueError, "mode is one of None"),
        (lambda: srcad.sparse_hessian(spokes, method="x"), ValueError, "method is one of None"),
        (lambda: srcad.sparse_jacobian(recurrence, "z"), ValueError, "has no argument 'z'"),
        (lambda: srcad.sparse_jacobian(recurrence, sparsity=3), TypeError, "with two dimensions"),
        (
            lambda: srcad.sparse_jacobian(recurrence, sparsity=np.eye(2))([1.0, 2.0], 1),
            TypeError,
            "the argument 'x' must be one array of floats, got a list",
        ),
        (
            lambda: srcad.sparse_jacobian(recurrence, sparsity=np.eye(2))(np.arange(2), 1),
            TypeError,
            "the argument 'x' must be one array of floats, got an array of int64",
        ),
        (
            lambda: srcad.sparse_jacobian(rosenbrock, sparsity=np.ones((1, 12)))(X),
            TypeError,
            "the result must be one array of floats, got a float; srcad.jacobian takes numbers",
        ),
        (
            lambda: srcad.sparse_hessian(recurrence, sparsity=np.eye(12))(X, 3),
            TypeError,
            "float",
        ),
    ],
)
def test_refused(call, error, message):
    """What is no option, no array of floats, or no float."""
    with pytest.raises(error, match=message), as_plain_python():
        call()


def test_without_scipy(monkeypatch):
    """The error says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "scipy.sparse", None)
    made = srcad.sparse_jacobian(recurrence, sparsity=np.tri(12))
    with pytest.raises(ImportError, match=r"pip install 'scipy>=1\.11'"):
        run(made, X, 3)


# Compiled -------------------------------------------------------------------------------


@pytest.mark.compiled
def test_compiled():
    """The same elements by native code, in lanes and without."""
    u = np.linspace(0.1, 1.0, 42).reshape(6, 7)
    expected = dense("jacobian", laplacian, u)
    made = srcad.sparse_jacobian(laplacian, sparsity=expected != 0.0, verify=True)
    assert np.allclose(made(u).toarray(), expected, rtol=1e-13)
    assert made.choice(u).colours > 2
    single = srcad.sparse_jacobian(total_beside, sparsity=pattern_of("jacobian", total_beside, X))
    assert np.allclose(single(X).toarray(), dense("jacobian", total_beside, X), rtol=1e-13)


def weighted(x, edges, weights):
    value = 0.0
    for k in range(weights.size):
        value += weights[k] * x[edges[k, 0]] * x[edges[k, 1]]
    return value


@pytest.mark.parametrize("large", [1.0, 1e12, 1e20, np.inf])
def test_substitution_that_loses_digits(large):
    """One element is large: the others are what they are, if no method was chosen."""
    rng = np.random.default_rng(0)
    first = np.repeat(np.arange(60), 4)
    edges = np.stack([first, (first + rng.integers(1, 60, size=240)) % 60], axis=1)
    weights = rng.normal(size=240)
    weights[0] = large
    expected, pattern = np.zeros((60, 60)), np.zeros((60, 60))
    for (i, j), weight in zip(edges, weights, strict=True):
        expected[[i, j], [j, i]] += weight
        pattern[i, j] = 1.0
    made = srcad.sparse_hessian(weighted, sparsity=pattern)
    found = run(made, np.ones(60), edges, weights).toarray()
    assert made.plans[0].choice.method == "acyclic"
    is_finite = np.isfinite(expected) & (np.isfinite(found) | (large < np.inf))
    assert np.allclose(found[is_finite], expected[is_finite], rtol=1e-12, atol=1e-12)
    assert np.count_nonzero(is_finite) > 3500
