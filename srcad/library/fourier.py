"""Fourier transforms: `np.fft` by transforms of rows of complex numbers, whose adjoints are such.

A row of complex numbers stands in two rows of real ones: `fourier` and `fourier_back` take
arrays of the shape (rows, 2, points), and the one is the transpose of the other.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from srcad.library.intrinsics import axes as axes_of
from srcad.library.intrinsics import complex_numbers, fourier, fourier_back, unsupported


def transformed(a, n, axis, norm, is_back):
    """Return the transform of `n` points along an axis, longer or shorter than that."""
    if np.ndim(a) == 0:
        unsupported("the Fourier transform of a number", "pass an array")
    rows = np.moveaxis(a, axis, -1) * 1.0
    given = rows.shape[-1]
    count = given if n is None else n
    if count < 1:
        raise ValueError("invalid number of points of a Fourier transform")
    taken = min(given, count)
    outer = rows.shape[:-1]
    many = 1
    for extent in outer:
        many *= extent
    table = rows.reshape((many, given)) if rows.ndim > 1 else rows[None, :]
    re, im = np.real(table), np.imag(table)
    z = np.zeros((table.shape[0], 2, count), dtype=re.dtype)
    z[:, 0, :taken] = re[:, :taken]
    z[:, 1, :taken] = im[:, :taken]
    y = fourier_back(z) if is_back else fourier(z)
    y = (y * factor(count, norm, is_back)).astype(re.dtype)
    found = complex_numbers(y[:, 0], y[:, 1])
    return np.moveaxis(found.reshape((*outer, count)), -1, axis) if rows.ndim > 1 else found[0]


def factor(count, norm, is_back):
    """Return what a transform is multiplied by."""
    if norm == "ortho":
        return 1.0 / np.sqrt(1.0 * count)
    if norm == "forward":
        return 1.0 if is_back else 1.0 / count
    if norm is not None and norm != "backward":
        unsupported("norm is 'backward', 'ortho' or 'forward'", "leave it out")
    return 1.0 / count if is_back else 1.0


def fft(a, n=None, axis=-1, norm=None):
    return transformed(a, n, axis, norm, False)


def ifft(a, n=None, axis=-1, norm=None):
    return transformed(a, n, axis, norm, True)


def rfft(a, n=None, axis=-1, norm=None):
    whole = np.moveaxis(transformed(a, n, axis, norm, False), axis, -1)
    return np.moveaxis(whole[..., : whole.shape[-1] // 2 + 1], -1, axis)


def irfft(a, n=None, axis=-1, norm=None):
    half = np.moveaxis(a, axis, -1)
    count = 2 * (half.shape[-1] - 1) if n is None else n
    weights = np.zeros(half.shape[-1])
    for k in range(min(half.shape[-1], count // 2 + 1)):
        weights[k] = 1.0 if k == 0 or 2 * k == count else 2.0
    whole = transformed(half * weights.astype(np.real(half).dtype), count, -1, norm, True)
    return np.moveaxis(np.real(whole), -1, axis)


def fft2(a, s=None, axes=(-2, -1), norm=None):
    check_no_sizes(s)
    return along_each(a, axes, norm, False)


def ifft2(a, s=None, axes=(-2, -1), norm=None):
    check_no_sizes(s)
    return along_each(a, axes, norm, True)


def fftn(a, s=None, axes=None, norm=None):
    check_no_sizes(s)
    return along_each(a, axes_of(a, axes), norm, False)


def ifftn(a, s=None, axes=None, norm=None):
    check_no_sizes(s)
    return along_each(a, axes_of(a, axes), norm, True)


def along_each(a, axes, norm, is_back):
    """Return the transform along several axes, the last of them first, as NumPy does."""
    if len(axes) > 4:
        unsupported("Fourier transforms along more than four axes", "write one after the other")
    if len(axes) > 3:
        a = transformed(a, None, axes[3], norm, is_back)
    if len(axes) > 2:
        a = transformed(a, None, axes[2], norm, is_back)
    if len(axes) > 1:
        a = transformed(a, None, axes[1], norm, is_back)
    return transformed(a, None, axes[0], norm, is_back)


def check_no_sizes(s):
    """Refuse sizes that differ from those of the array."""
    if s is not None:
        unsupported("sizes of transforms along several axes", "pad or cut the array first")


def fftfreq(n, d=1.0):
    found = np.empty(n)
    for k in range(n):
        found[k] = (k if 2 * k < n else k - n) / (n * d)
    return found


def rfftfreq(n, d=1.0):
    found = np.empty(n // 2 + 1)
    for k in range(n // 2 + 1):
        found[k] = k / (n * d)
    return found


def fftshift(x, axes=None):
    return shifted(x, axes_of(x, axes), False)


def ifftshift(x, axes=None):
    return shifted(x, axes_of(x, axes), True)


def shifted(x, axes, is_back):
    """Return an array with each of some axes rolled by half of its length."""
    if len(axes) > 4:
        unsupported("a shift along more than four axes", "write one after the other")
    if len(axes) > 3:
        x = np.roll(x, half_of(x.shape[axes[3]], is_back), axes[3])
    if len(axes) > 2:
        x = np.roll(x, half_of(x.shape[axes[2]], is_back), axes[2])
    if len(axes) > 1:
        x = np.roll(x, half_of(x.shape[axes[1]], is_back), axes[1])
    return np.roll(x, half_of(x.shape[axes[0]], is_back), axes[0])


def half_of(n, is_back):
    """Return how far an axis is rolled."""
    return -(n // 2) if is_back else n // 2
