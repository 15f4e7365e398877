"""The Numba type of an argument: of strings and of enumerations, one for each value."""

from __future__ import annotations

from enum import Enum, IntEnum
from types import FunctionType
from typing import Any

import numba
import numpy as np
from numba.core import types

from srcad.backend.numba_kernels import KERNEL_TYPES as KERNELS
from srcad.ir.structures import is_unknown


def is_known(value: object) -> bool:
    """Return whether Numba is not asked for the type of an argument.

    Strings, members of enumerations and functions of Numba are known while compiling: each is a
    type. To ask Numba for that of a structure takes longer than to call with what stands for it.
    """
    return isinstance(value, str | Enum | FunctionType | KERNELS | np.ufunc) or is_unknown(value)


def type_of(value: Any) -> types.Type:
    """Return the Numba type of an argument. Raises ValueError where Numba has none.

    What a plain function computes may change with what it captures: it has none.
    """
    if isinstance(value, KERNELS | np.ufunc):
        return types.Omitted(value)
    if isinstance(value, FunctionType):
        name = value.__name__
        message = f"the Python function '{name}' is an argument; pass numba.njit({name})"
        raise TypeError(message)
    if isinstance(value, str):
        return types.literal(str(value))
    if isinstance(value, Enum):
        return types.int64 if isinstance(value, IntEnum) else types.Omitted(value)
    if is_unknown(value):
        return types.pyobject
    return numba.typeof(value)


def passed(nb_type: types.Type) -> types.Type:
    """Return the type that an argument of compiled code is passed with: texts stay literals."""
    if isinstance(nb_type, types.IntEnumMember):
        return nb_type.dtype
    return nb_type if isinstance(nb_type, types.StringLiteral) else types.unliteral(nb_type)
