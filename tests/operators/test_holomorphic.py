"""Complex Jacobians and Hessians."""

import numpy as np
import pytest

import srcad
from tests.harness import as_plain_python

Z, W = np.array([1 + 2j, 0.5 - 1j]), 0.3 + 0.2j


def several(z, w):
    return z * z * w + np.exp(z), np.sum(z) * w


def scaled(z, x):
    return z * x


def scalar(z):
    return np.sum(z**3) + z[0] * np.exp(z[1])


@pytest.mark.parametrize("operator", [srcad.jacfwd, srcad.jacrev])
def test_jacobians(operator):
    """There is a block for each result and each argument, in either mode."""
    with as_plain_python():
        (first, second), (third, fourth) = operator(several, (0, 1), holomorphic=True)(Z, W)
        scales = operator(scaled, holomorphic=True)(Z, 2.0)
        number = srcad.jacobian(lambda z: z**2, holomorphic=True)(1j)
        nothing = operator(scaled, holomorphic=True)(Z[:0].astype(np.complex64), np.float32(2))
    np.testing.assert_allclose(first, np.diag(2 * Z * W + np.exp(Z)))
    np.testing.assert_allclose(second, Z * Z)
    np.testing.assert_allclose(third, [W, W])
    assert fourth == Z.sum()
    np.testing.assert_allclose(scales, 2 * np.eye(2))
    assert number == 2j
    assert (nothing.shape, nothing.dtype) == ((0, 0), np.complex64)


def test_hessian():
    """The second derivative is the derivative of the first."""
    with as_plain_python():
        found = srcad.hessian(scalar, holomorphic=True)(Z)
    mixed = np.exp(Z[1])
    expected = [[6 * Z[0], mixed], [mixed, 6 * Z[1] + Z[0] * mixed]]
    np.testing.assert_allclose(found, expected)


def test_refused():
    """Arguments and results are complex; without the option, the error says what to write."""
    with as_plain_python():
        with pytest.raises(TypeError, match="x is float"):
            srcad.jacfwd(scaled, 1, holomorphic=True)(Z, 2.0)
        with pytest.raises(TypeError, match="must return complex numbers"):
            srcad.jacrev(lambda z: abs(z), holomorphic=True)(Z)  # noqa: PLW0108
        with pytest.raises(TypeError, match="say holomorphic=True"):
            srcad.jacobian(scaled)(Z, 2.0)
        with pytest.raises(TypeError, match=r"srcad\.jvp\(srcad\.grad\(f\)"):
            srcad.hvp(lambda z: np.sum(abs(z)))(Z, Z)
