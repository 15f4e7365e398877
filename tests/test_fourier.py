"""Fourier transforms: values as NumPy's, derivatives in both modes and of second order."""

from unittest import mock

import numpy as np
import pytest

import srcad
from srcad.frontend.numpy import fourier
from tests.harness import as_plain_python


@pytest.fixture
def transforms():
    """Let transforms be accepted, and run as plain Python: nothing compiles them."""
    with mock.patch.object(fourier, "is_installed", return_value=True), as_plain_python():
        yield


def drawn(shape, dtype):
    """Return numbers of a dtype."""
    rng = np.random.default_rng(len(shape))
    found = 3.0 * rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        found = found + 1j * rng.standard_normal(shape)
    return found.astype(dtype)


VALUES = {
    "fft": lambda x: (np.fft.fft(x), np.fft.ifft(x), np.fft.irfft(x, 2 * x.shape[-1])),
    "points": lambda x: (np.fft.fft(x, 5, norm="ortho"), np.fft.irfft(x, 5), np.fft.irfft(x, n=4)),
    "axis": lambda x: (np.fft.ifft(x, 2, axis=0, norm="forward"), np.fft.irfft(x, 4, 0)),
    "several": lambda x: (np.fft.fftn(x), np.fft.ifftn(x), np.fft.fftshift(x) * 1.0),
    "shifts": lambda x: (np.fft.ifftshift(x, axes=0) * 1.0, x * np.fft.fftfreq(x.shape[-1], 0.1)),
}


ROWS = [("f8", (4,)), ("f8", (5,)), ("f8", (1,)), ("f8", (2,)), ("c8", (3, 4)), ("c8", (0, 3))]


@pytest.mark.parametrize(("dtype", "shape"), ROWS, ids=str)
def test_values(transforms, dtype, shape):
    x = drawn(shape, dtype)
    for name, f in VALUES.items():
        if 0 in shape and name in {"axis", "several"}:  # NumPy refuses, or returns garbage
            continue
        found, _ = srcad.jvp(f, (x,), (x,))
        for got, want in zip(found, f(x), strict=True):
            assert (got.shape, got.dtype) == (want.shape, want.dtype), name
            assert np.allclose(got, want, rtol=1e-4 if dtype in {"f4", "c8"} else 1e-12), name


def test_integers_and_no_points(transforms):
    x = np.arange(6)
    found, _ = srcad.jvp(lambda x, t: np.fft.rfft(x) * t, (x, 2.0), (None, 1.0))
    assert np.allclose(found, 2.0 * np.fft.rfft(x))
    with pytest.raises(ValueError, match="number of points"):
        srcad.jvp(lambda x: np.fft.fft(x) * 2.0, (np.zeros(0),), (np.zeros(0),))


def waves(u, dt):
    k = 2 * np.pi * np.fft.fftfreq(u.size, 1.0)
    v = np.fft.ifft(np.fft.fft(u) * np.exp(-1j * k**2 * dt))
    return (np.abs(v) ** 4).sum()


def smoothed(u, dt):
    z = np.fft.rfft(u * u)
    w = np.fft.irfft(z * np.exp(-np.arange(z.size) * dt), u.size)
    return (w**3).sum()


def plane(a):
    z = np.fft.fftshift(np.fft.fft2(a * a))
    weights = np.arange(a.size).reshape(a.shape)
    return (np.abs(z) ** 2 * weights).sum() + np.real(np.fft.ifft2(np.fft.ifftshift(z))[0, 1])


def steps(u, dt, n):
    k = 2 * np.pi * np.fft.fftfreq(u.size, 1.0)
    for _ in range(n):
        u = np.fft.ifft(np.fft.fft(u) * np.exp(-1j * k * k * dt / 2))
        u = u * np.exp(1j * dt * np.abs(u) ** 2)
    return (np.abs(u) ** 2 * np.arange(u.size)).sum()


@pytest.mark.slow
def test_derivatives(transforms):
    x = drawn((6,), "f8") / 3
    srcad.check_grads(waves, (x, 0.01))
    srcad.check_grads(lambda u: (np.abs(np.fft.fft(u * u)) ** 2).sum(), (x[:3],), order=2)
    srcad.check_grads(smoothed, (x, 0.1))
    srcad.check_grads(plane, (x.reshape(2, 3),))
    srcad.check_grads(steps, (x + 1j * x[::-1], 0.1, 3))
    srcad.check_grads(lambda z: np.fft.fft(z, axis=0), ((x + 1j).reshape(2, 3),))


def test_series(transforms):
    """The power series of a transform is the transform of the coefficients."""
    x, v = drawn((5,), "f8") / 3, np.cos(np.arange(5.0))
    series = srcad.taylor(lambda x: np.abs(np.fft.fft(x)) ** 2, x, v, 3)
    a, b = np.fft.fft(x), np.fft.fft(v)
    expected = [np.abs(a) ** 2, 2 * (np.conj(a) * b).real, np.abs(b) ** 2, 0 * x]
    np.testing.assert_allclose(series, expected, atol=1e-12)


def test_compiled():
    pytest.importorskip("rocket_fft")
    u = drawn((6,), "c16")
    found = srcad.grad(steps)(u, 0.1, 3)
    with as_plain_python():
        assert np.allclose(found, srcad.grad(steps)(u, 0.1, 3), rtol=1e-12)


def test_refused():
    with mock.patch.object(fourier, "is_installed", return_value=False), as_plain_python():
        with pytest.raises(srcad.NotDifferentiable, match=r"srcad\[fft\]"):
            srcad.grad(smoothed)(np.ones(4), 0.1)
        assert np.allclose(
            srcad.grad(lambda x: (np.fft.fftshift(x) * np.arange(4)).sum())(np.ones(4)),
            [2, 3, 0, 1],
        )
    with mock.patch.object(fourier, "is_installed", return_value=True), as_plain_python():
        with pytest.raises(srcad.NotDifferentiable, match="pad or cut"):
            srcad.grad(lambda x: np.abs(np.fft.fft2(x, (2, 2))).sum())(np.ones((3, 3)))
        with pytest.raises(srcad.NotDifferentiable, match="'backward', 'ortho' or 'forward'"):
            srcad.grad(lambda x: np.abs(np.fft.fft(x, norm="half")).sum())(np.ones(3))
