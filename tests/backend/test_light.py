"""Callees of generated code have no machine code, and are right for whoever calls them later."""

import numpy as np
import pytest
from numba import njit
from numba.core.codegen import JITCodeLibrary
from numba.core.registry import cpu_target
from numba.extending import overload

from srcad.backend import light
from srcad.backend.light import LightLibrary, light_callees
from tests.generated_code import compiled

pytestmark = pytest.mark.compiled

TEXT = """
def several(A, b, n):
    return A.sum(), np.prod(b), median(b), is_odd(n), own(b)
"""


def median(b):
    """Return the largest element; refuse what has none."""


@overload(median)
def _median(b):
    def largest(b):
        if len(b) == 0:
            raise ValueError("nothing here", b.size)
        return np.max(b)

    return largest


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)
def is_even(n):
    """Return a truth by functions that call each other, and that Python does not call."""
    if n == 0:
        return True
    return is_odd(n - 1)


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)
def is_odd(n):
    """Return the other truth."""
    if n == 0:
        return False
    return is_even(n - 1)


@njit
def own(b):
    """Return a sum: a function of the user's, which Python calls as well."""
    return b.size + 1.0


def libraries(dispatcher):
    """Return the libraries of the code of a dispatcher."""
    return [made.library for made in dispatcher.overloads.values()]


@pytest.fixture(scope="module")
def several():
    """Return generated code that calls all sorts of functions."""
    space = {"median": median, "is_odd": is_odd, "own": own}
    made = compiled(TEXT, "several", space)
    made(np.eye(3), np.ones(3), 4)
    return made


A, B = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 4.0]]), np.array([3.0, -1.0, 2.0])


def check(found):
    """Compare with what is right."""
    assert found == (A.sum(), -6.0, 3.0, True, 4.0)


def test_callees(several, monkeypatch):
    """None is optimised in full, but the user's own functions and those that find themselves."""
    check(several(A, B, 5))
    (mine,) = libraries(own)
    assert type(mine) is JITCodeLibrary
    (recursive,) = libraries(is_odd)
    assert type(recursive) is LightLibrary
    assert recursive.is_machine_code
    optimised = []
    usual = JITCodeLibrary._optimize_final_module

    def counted(self):
        optimised.append(self.name)
        usual(self)

    monkeypatch.setattr(JITCodeLibrary, "_optimize_final_module", counted)
    text = TEXT.replace("def several(A, b, n)", "def several(A, b, n, more)")
    space = {"median": median, "is_odd": is_odd, "own": own}
    made = compiled(text, "several", space)
    made(A.astype(np.float32), B.astype(np.float32), np.int32(3), 1)
    assert sorted({name.rpartition(".")[2] for name in optimised}) == ["is_odd", "own"]


def test_the_users_code_links_them_later(several):
    """Results and exceptions are those of functions that were compiled for the user."""
    check(several(A, B, 5))

    @njit
    def users(A, b, n):
        return A.sum(), np.prod(b), median(b), is_odd(n), own(b)

    check(users(A, B, 5))

    @njit
    def caller(A, b, n):
        return several(A, b, n)

    check(caller(A, B, 5))
    for function in (several, users, caller):
        with pytest.raises(ValueError, match="nothing here") as caught:
            function(A, B[:0], 1)
        assert caught.value.args == ("nothing here", 0)
        check(function(A, B, 5))


def test_machine_code_on_demand(several):
    """A light callee has an address when it is asked for one; others have none."""
    check(several(A, B, 5))

    text = "def single(b):\n    return median(b)\n"
    made = compiled(text, "single", {"median": median})
    with light_callees(cpu_target.target_context):
        library = cpu_target.target_context.codegen().create_library("plain")
        assert type(library) is JITCodeLibrary  # Python may call it, for all that is known
    made(B)
    found = [lib for lib in _linked(made) if isinstance(lib, LightLibrary)]
    assert found
    for library in found:
        names = [f.name for f in library.get_defined_functions()]
        assert library.get_pointer_to_function("there is none") == 0
        assert all(library.get_pointer_to_function(name) for name in names[:1])
    assert made(B) == 3.0


def _linked(dispatcher):
    """Return the libraries that the code of a dispatcher is linked with."""
    return [inner for library in libraries(dispatcher) for inner in library._linking_libraries]


def test_the_block_ends(monkeypatch):
    """What follows a compilation, failed or not, is as it was; another Numba is left alone."""
    codegen = cpu_target.target_context.codegen()

    def fails():
        with light_callees(cpu_target.target_context):
            with light_callees(cpu_target.target_context):
                assert "create_library" in vars(codegen)
            assert "create_library" in vars(codegen)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert "create_library" not in vars(codegen)
    monkeypatch.setattr(light, "FITS", False)
    with light_callees(cpu_target.target_context):
        assert "create_library" not in vars(codegen)
