"""What the library asks of lowering: answered while compiling, never called."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np


def unsupported(message: str, hint: str) -> NoReturn:
    """Report, at the user's call, that this use of a function is not supported."""
    raise NotImplementedError(message, hint)


def is_tuple(value: Any) -> bool:
    """Return whether an argument is a tuple or a list."""
    return isinstance(value, tuple | list)


def is_truth(value: Any) -> bool:
    """Return whether an argument is known to be a bool, or to be made of them."""
    return bool(np.asarray(value).dtype == np.bool_)


def constant(value: Any) -> Any:
    """Return an argument as a constant: no derivative flows through it."""
    return value


def squares(x: Any) -> Any:
    """Return the squares of numbers, or of the absolute values of complex ones."""
    return x * np.conj(x)


def conjugated(x: Any) -> Any:
    """Return the conjugates of complex numbers; real ones are what they are."""
    return np.conj(x)


def complex_numbers(re: Any, im: Any) -> Any:
    """Return complex numbers of these parts."""
    return re + 1j * im


def fourier(z: Any) -> Any:
    """Return the Fourier transforms of rows, whose parts are `z[:, 0]` and `z[:, 1]`."""
    found = np.fft.fft(z[:, 0] + 1j * z[:, 1])
    return np.stack((found.real, found.imag), axis=1)


def fourier_back(z: Any) -> Any:
    """Return the transpose of `fourier`."""
    found = np.fft.ifft(z[:, 0] + 1j * z[:, 1]) * z.shape[2]
    return np.stack((found.real, found.imag), axis=1)


def drawn(name: str, a: Any, b: Any) -> Any:
    """Return what a function of `np.random` draws, given the parameters that are not None."""
    return getattr(np.random, name)(*(part for part in (a, b) if part is not None))


def drawn_array(name: str, a: Any) -> Any:
    """Return an array of integers that a function of `np.random` draws."""
    return getattr(np.random, name)(a)


def axes(a: Any, axis: Any) -> tuple[int, ...]:
    """Return the axes of `a` that an argument names, counted from 0; all of them for None."""
    if axis is None:
        return tuple(range(a.ndim))
    given = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(sorted({k % a.ndim for k in given}))
