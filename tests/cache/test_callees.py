"""Functions of libraries that generated code calls: compiled for one program, found by others."""

from __future__ import annotations

import functools

import numba
import numpy as np
import pytest
from numba.core.registry import CPUDispatcher

from srcad.backend import callees
from srcad.cache.content import NoContentError, digest
from tests.cache.programs import run

PROGRAM = """
import numba
import numpy as np
import srcad
from srcad.backend import callees
from tests.cache.programs import function

compiled, found = [], []
real_dumped, real_restored = callees.dumped, callees.loaded.restored_callee

def dumped(result, tag):
    compiled.append(result.fndesc.qualname)
    return real_dumped(result, tag)

def restored(*args):
    result = real_restored(*args)
    found.append(result.fndesc.qualname)
    return result

callees.dumped, callees.loaded.restored_callee = dumped, restored
f = function('''
    import numpy as np
    def f(A, b):
        return np.sum(np.linalg.cholesky(A)) * b[0] * 2.0
''')
A, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.ones(2)
value, slope = srcad.value_and_grad(f)(A, b)
print(value, slope.tolist())
print(len(compiled), len(found), any("cholesky_adjoint" in name for name in compiled + found))
try:
    srcad.grad(f)(-A, b)
except np.linalg.LinAlgError as error:
    print(error)

@numba.njit
def own(A, b):
    return np.linalg.cholesky(A)[0, 0] + b[0]

print(own(A, b))
try:
    own(-A, b)
except np.linalg.LinAlgError as error:
    print(error)
"""


@pytest.mark.skipif(not callees.FITS, reason="older versions of Numba compile callees anew")
@pytest.mark.compiled
def test_another_program(tmp_path):
    """It finds what the first has compiled; errors and `@njit` functions are as they were."""
    first = run(PROGRAM, tmp_path / "cache").splitlines()
    other = PROGRAM.replace("* 2.0", "* 4.0")
    second = run(other, tmp_path / "cache").splitlines()
    compiled, found, has_routine = first[1].split()
    assert int(compiled) > 5
    assert has_routine == "True"
    again, found, has_routine = second[1].split()
    assert (again, has_routine) == ("0", "True")
    assert int(found) > 1
    assert second[2:] == first[2:]
    (value, slope), (twice, steeper) = (line[0].split(" ", 1) for line in (first, second))
    assert float(twice) == 2.0 * float(value)
    assert np.array_equal(np.array(eval(steeper)), 2.0 * np.array(eval(slope)))


def content(function):
    return digest(callees._function(function, 0))


def made(value):
    def inner(x):
        return x * value

    return inner


def test_content():
    """What a function closes over counts; what cannot be told, or is the user's, is refused."""
    with pytest.raises(NoContentError):
        content(made(2.0))  # of this very module
    assert content(callees.dumped) != content(callees.callees_on_disk.__wrapped__)
    for value in (object(), [1], {}, made(1.0), functools.partial(abs), numba.types.pyobject):
        with pytest.raises(NoContentError):
            callees._value(value, 0)
    values = (1, 1.0, True, None, "1", np.float64(1.0), np.float32(1.0), np.dtype("f4"), float)
    found = {digest(callees._value(value, 0)) for value in (*values, numba.float64, (1, 2), (1,))}
    assert len(found) == 12


def test_types():
    """Types whose text is all of them."""
    types = numba.types
    known = (types.literal(3), types.DType(types.float64), types.slice2_type, types.unicode_type)
    for type_ in (*known, types.Omitted(float), types.NumberClass(types.float64)):
        assert callees._is_known(type_), type_
    for type_ in (types.ListType(types.int64), types.Dispatcher(numba.njit(made)), types.pyobject):
        assert not callees._is_known(type_), type_


@pytest.mark.skipif(not callees.FITS, reason="older versions of Numba compile callees anew")
def test_only_while_it_is_wanted():
    """Numba's dispatchers are as they were outside of the block, and the user's always."""
    before = CPUDispatcher.compile
    mine = numba.njit(lambda x: x)
    with callees.callees_on_disk(True):
        assert CPUDispatcher.compile is not before
        mine(1.0)
    assert CPUDispatcher.compile is before
    assert not isinstance(mine._cache, callees.CalleeCache)
    with callees.callees_on_disk(False):
        assert CPUDispatcher.compile is before
