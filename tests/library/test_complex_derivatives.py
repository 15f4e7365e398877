"""Derivatives of `np.linalg` of complex matrices: against differences, and against each other.

A complex array stands in two real ones: `a[0]` and `a[1]`.
"""

import numpy as np
import pytest

from srcad.rules.linalg import WHOLES, parameters
from tests.complex_differences import difference

RNG = np.random.default_rng(3)
SQUARE = [(1, 1), (2, 2), (4, 4)]
ANY = [*SQUARE, (4, 2), (2, 4), (1, 3), (3, 1)]


def drawn(shape):
    return RNG.standard_normal(shape) + 1j * RNG.standard_normal(shape)


def parts(z):
    return np.stack((np.real(z), np.imag(z)))


def hermitian(a):
    lower = np.tril(a, -1)
    return lower + np.conj(lower).T + np.diag(np.diag(a).real)


def nine(a):
    return 9 * np.eye(a.shape[0], dtype=a.dtype)


def thin(a):
    return np.linalg.svd(a, full_matrices=False)


FUNCTIONS = {
    "det": (np.linalg.det, SQUARE),
    "slogdet": (np.linalg.slogdet, SQUARE),
    "cholesky": (lambda a: np.linalg.cholesky(a + nine(a)), SQUARE),
    "qr": (np.linalg.qr, ANY),
    "svd": (thin, ANY),
    "eigh": (np.linalg.eigh, SQUARE),
    "eigvalsh": (np.linalg.eigvalsh, SQUARE),
    "eig": (np.linalg.eig, SQUARE),
    "eigvals": (np.linalg.eigvals, SQUARE),
}
ROWS = [(name, shape) for name, (_, shapes) in FUNCTIONS.items() for shape in shapes]


def called(name, a, out, **more):
    """Return what a derivative function gives for complex arrays, as complex arrays."""
    row = WHOLES[f"complex_{name}"]
    shift = nine(a) if name == "cholesky" else 0
    given = {"a": parts(a + shift)}
    for item, value in zip(row.results, out, strict=True):
        given[item.name] = parts(value) if item.axes.startswith("p") else value
    kind = "tangent" if "a_dot" in more else "adjoint"
    for key, value in more.items():
        item = next(i for i in (*row.params, *row.results) if key.startswith(f"{i.name}_"))
        given[key] = parts(value) if item.axes.startswith("p") else value
    function = row.derivative(kind, (0,))
    found = function(*(given[p] for p in parameters(function)))
    found = found if isinstance(found, tuple) else (found,)
    items = row.results if kind == "tangent" else row.params
    return [
        f[0] + 1j * f[1] if item.axes.startswith("p") else f
        for item, f in zip(items, found, strict=True)
    ]


def outputs(name, a):
    found = FUNCTIONS[name][0](a)
    return tuple(found) if isinstance(found, tuple) else (found,)


def cotangents(name, out):
    row = WHOLES[f"complex_{name}"]
    return {
        f"{item.name}_bar": drawn(np.shape(o)) for item, o in zip(row.results, out, strict=True)
    }


def paired(bars, dots):
    return sum(np.sum((np.conj(b) * x).real) for b, x in zip(bars, dots, strict=True))


@pytest.mark.parametrize(("name", "shape"), ROWS, ids=str)
def test_both_modes(name, shape):
    """Tangents are differences of what NumPy returns, with its phases; adjoints transposes."""
    a, a_dot = drawn(shape), drawn(shape)
    out = outputs(name, a)
    dots = called(name, a, out, a_dot=a_dot)
    for k, dot in enumerate(dots):
        expected = difference(lambda a, k=k: outputs(name, a)[k], (a,), (a_dot,), 1e-4)
        np.testing.assert_allclose(dot, expected, rtol=1e-7, atol=1e-7)
    bars = cotangents(name, out)
    both = zip(bars.items(), out, strict=True)
    bars = {k: b if np.iscomplexobj(o) else np.real(b) for (k, b), o in both}
    (a_bar,) = called(name, a, out, **bars)
    assert a_bar.shape == a.shape
    assert paired([a_bar], [a_dot]) == pytest.approx(
        paired(bars.values(), dots), rel=1e-9, abs=1e-9
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_dtypes_and_no_rows(name):
    """Single precision stays single; matrices without rows have derivatives of that shape."""
    row = WHOLES[f"complex_{name}"]
    for n in (2, 0):
        a = drawn((n, n)).astype(np.complex64)
        out = outputs(name, a)
        function = row.derivative("adjoint", (0,))
        given = {"a": parts(a)}
        for item, value in zip(row.results, out, strict=True):
            whole = parts(value) if item.axes.startswith("p") else np.asarray(value)
            given |= {item.name: whole, f"{item.name}_bar": whole}
        found = function(*(given[p] for p in parameters(function)))
        assert (found.shape, found.dtype) == ((2, n, n), np.float32)


def test_singular():
    """The derivative of a determinant is that of the cofactors, also where it is zero."""
    a, a_dot = np.outer(drawn(3), drawn(3)) + 0j, drawn((3, 3))
    a[2] = a[0] + a[1] * 1j  # of rank one or two; then exactly zero below
    for rows in (a, np.diag([1j, 2.0, 0.0])):
        expected = difference(np.linalg.det, (rows,), (a_dot,), 1e-3)
        (dot,) = called("det", rows, (0j,), a_dot=a_dot)
        assert dot == pytest.approx(expected, rel=1e-8, abs=1e-8)


def blocks():
    a = np.zeros((4, 4), complex)
    a[:2, :2], a[2:, 2:] = hermitian(drawn((2, 2))), hermitian(drawn((2, 2)))
    return a


def test_separate_blocks():
    """Vectors without a first component have the first one that they have real."""
    a, a_dot = blocks(), blocks()
    _, dot = called("eigh", a, outputs("eigh", a), a_dot=a_dot)
    expected = difference(lambda a: np.linalg.eigh(a)[1], (a,), (a_dot,), 1e-4)
    np.testing.assert_allclose(dot, expected, rtol=1e-7, atol=1e-7)


def without_first():
    """Return a matrix with eigenvectors whose first component is zero, but not by blocks."""
    u, _ = np.linalg.qr(drawn((3, 3)))
    a = np.zeros((4, 4), complex)
    a[1:, 1:] = u @ np.diag([1.0, 2.0, 4.0]) @ np.conj(u).T
    a[1:, 0], a[0, 1:] = u[:, 0], np.conj(u[:, 0])
    return a


def test_phases_that_jump():
    """What depends on a phase that jumps nearby has no derivative; what does not has one."""
    a, a_dot = without_first(), hermitian(drawn((4, 4)))
    w, v = np.linalg.eigh(a)
    with pytest.raises(ValueError, match="phase"):
        called("eigh", a, (w, v), w_bar=0 * w, v_bar=drawn((4, 4)))
    weights = RNG.standard_normal((4, 4))

    def f(a):
        return np.sum(weights * np.abs(np.linalg.eigh(a)[1]) ** 2)

    (a_bar,) = called("eigh", a, (w, v), w_bar=0 * w, v_bar=2 * weights * v)
    expected = difference(f, (a,), (a_dot,), 1e-4)
    assert paired([a_bar], [a_dot]) == pytest.approx(expected, rel=1e-6)
    _, dot = called("eigh", a, (w, v), a_dot=a_dot)
    assert np.sum(2 * weights * (np.conj(v) * dot).real) == pytest.approx(expected, rel=1e-6)


def test_equal_values():
    """Functions of a matrix with equal eigenvalues that do not turn vectors have derivatives."""
    a, a_dot = 2 * np.eye(3, dtype=complex), hermitian(drawn((3, 3)))
    w, v = np.linalg.eigh(a)
    (a_bar,) = called("eigh", a, (w, v), w_bar=np.ones(3), v_bar=0j * v)
    assert paired([a_bar], [a_dot]) == pytest.approx(np.trace(a_dot).real)
    with np.errstate(all="ignore"):
        (a_bar,) = called("eigh", a, (w, v), w_bar=np.zeros(3), v_bar=drawn((3, 3)).real + 0j)
    assert not np.isfinite(a_bar).all()
