"""Derivations of one function start from one program, as long as the function is what it was."""

import gc

import numba
import numpy as np
import pytest

import srcad
from srcad import beginnings, derivation
from srcad.frontend.types.numba_types import from_numba
from srcad.ir.types import Scalar, Static
from srcad.pipeline import derive
from tests.harness import as_plain_python
from tests.random_programs import load

TEXT = """import numpy as np
GAIN = 2.0
def f(x, y):
    z = np.sin(x) * GAIN
    return np.sum(z * y)
"""
PINNED = """def f(x, y):
    v = y
    for k in range(3):
        x = x + 0.1 * v
        v = v - 0.1 * x
    return x[0] * v[1]
"""
"""Reverse mode knows that arrays of a loop keep their shapes: it would refuse others."""

TYPES = (from_numba(numba.float64[::1], "x"), from_numba(numba.float64[::1], "y"))
X, Y = np.array([0.3, -0.2]), np.array([0.5, 1.5])


def steps_done(monkeypatch):
    """Return a list that the names of all steps are added to when they are done."""
    done = []
    step = derivation.Derivation.step

    def noted(run, what, function):
        done.append(what.name)
        return step(run, what, function)

    monkeypatch.setattr(derivation.Derivation, "step", noted)
    return done


def test_the_second_mode_starts_from_what_the_first_has_found(monkeypatch):
    func = load(TEXT)
    done = steps_done(monkeypatch)
    with as_plain_python():
        forward = srcad.jvp(func, (X, Y), (X, Y))[1]
        assert "typed" in done
        done.clear()
        gradient = srcad.grad(func, (0, 1))(X, Y)
    assert "typed" not in done
    assert "scalarised.loops" not in done
    assert np.isclose(sum(np.sum(g * d) for g, d in zip(gradient, (X, Y), strict=True)), forward)


def test_arrays_become_loops_again_where_the_mode_says_how(monkeypatch):
    func = load(PINNED)
    done = steps_done(monkeypatch)
    derive(func, "tangent", TYPES, (0, 1), content="same")
    done.clear()
    derive(func, "value_and_grad", TYPES, (0, 1), content="same")
    assert "typed" not in done
    assert "scalarised.loops" in done


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("np.sum(z * y)", "z[0] * y[1]"), PINNED])
def test_modes_do_not_share_what_depends_on_them(text):
    """A text is the same whatever was derived before it."""
    kinds = ("tangent", "value_and_grad", "primal", "adjoint", "jacobian_pattern")
    apart = {kind: derive(load(text), kind, TYPES, (0, 1)).source for kind in kinds}
    for order in (kinds, kinds[::-1]):
        func = load(text)
        found = {kind: derive(func, kind, TYPES, (0, 1), content="same").source for kind in order}
        assert found == apart


def test_a_changed_global_is_seen():
    func = load(TEXT)
    with as_plain_python():
        first = srcad.jvp(func, (X, Y), (X, Y))[1]
        func.__globals__["GAIN"] = 4.0
        gradient = srcad.grad(func, (0, 1))(X, Y)
    along = sum(np.sum(g * d) for g, d in zip(gradient, (X, Y), strict=True))
    assert np.isclose(along, 2 * first)


def test_a_changed_callee_is_seen():
    func = load(TEXT.replace("* GAIN", "* g(1.0)") + "def g(x):\n    return 2.0 * x\n")
    with as_plain_python():
        first = srcad.jvp(func, (X, Y), (X, Y))[1]
        func.__globals__["g"] = load("def g(x):\n    return 4.0 * x\n", "g")
        gradient = srcad.grad(func, (0, 1))(X, Y)
    along = sum(np.sum(g * d) for g, d in zip(gradient, (X, Y), strict=True))
    assert np.isclose(along, 2 * first)


def test_values_that_are_known_are_told_apart():
    """`1`, `True` and `1.0` are equal, and the types of what is computed with them are not."""
    text = "def f(x, k):\n    n = k\n    return x * (n // 2) + x * k\n"
    types = [(Scalar("float64"), Static(value)) for value in (1, True, 1.0)]
    apart = [derive(load(text), "grad", given, (0,)).source for given in types]
    assert len(set(apart)) > 1
    func = load(text)
    assert [derive(func, "grad", given, (0,), content="same").source for given in types] == apart


def test_a_function_that_is_an_argument_may_capture_another_value():
    """What it captures is no part of the content of the function that is derived."""
    func = load("def f(g, x):\n    return g(x) * x\n")
    given = numba.njit(load("GAIN = 2.0\ndef f(x):\n    return x * GAIN\n"))
    with as_plain_python():
        assert srcad.jvp(func, (given, 3.0), (None, 1.0)) == (18.0, 12.0)
        given.py_func.__globals__["GAIN"] = 4.0
        assert srcad.grad(func, 1)(given, 3.0) == 24.0


def test_other_contents_begin_anew():
    func = load(TEXT)
    first = derive(func, "grad", TYPES, (0, 1), content="before").source
    func.__globals__["GAIN"] = 4.0
    second = derive(func, "grad", TYPES, (0, 1), content="after").source
    assert second == derive(func, "grad", TYPES, (0, 1)).source != first
    func.__globals__["GAIN"] = 2.0
    assert derive(func, "tangent", TYPES, (0, 1), content="before").source
    assert derive(func, "grad", TYPES, (0, 1), content="before").source == first


def test_few_are_kept_and_none_longer_than_its_function():
    functions = [load(TEXT.replace("2.0", f"{k}.0")) for k in range(5)]
    for func in functions:
        derive(func, "grad", TYPES, (0, 1), content="same")
    assert len(beginnings._kept) == beginnings.KEPT
    assert beginnings._kept[0].func() is func
    left = beginnings._kept[1:]
    del func, functions[-1]
    gc.collect()
    assert beginnings._kept == left
