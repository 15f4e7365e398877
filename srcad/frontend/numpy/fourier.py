"""Fourier transforms: calls that stay calls, where rocket-fft compiles them."""

from __future__ import annotations

import ast
from importlib.util import find_spec

from srcad.frontend.names.meaning import Meaning
from srcad.frontend.names.state import State
from srcad.frontend.names.structural import Arguments, Handler
from srcad.frontend.numpy.arguments import as_array
from srcad.frontend.numpy.linalg import whole


def is_installed() -> bool:
    """Return whether Numba can compile `np.fft`."""
    return find_spec("rocket_fft") is not None


def transform(name: str) -> Handler:
    """Return the handler of a transform of rows."""

    def handler(state: State, arguments: Arguments, node: ast.Call) -> Meaning:
        if not is_installed():
            hint = "install rocket-fft: pip install srcad[fft]"
            state.fail(node, "E208", "Numba compiles np.fft with rocket-fft only", hint)
        (z,) = arguments.positional
        return whole(state, name, node, as_array(state, z, node))[0]

    return handler
