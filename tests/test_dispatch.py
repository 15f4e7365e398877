"""Derivatives as Numba functions: calls, memory, threads, pickles and flags."""

from __future__ import annotations

import gc
import importlib
import math
import os
import pickle
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from numba import njit, prange

import srcad
import srcad.generated
from srcad import differentiate, grad, value_and_grad
from srcad.backend.fingerprint import digest, fingerprint
from srcad.backend.module import build
from srcad.memo import ATTRIBUTE, derivatives_of
from srcad.options import Options, derivative_flags, primal_flags

pytestmark = pytest.mark.compiled

SCALE = 3.0


def cube(x):
    return x * x * x


def scaled(x):
    return SCALE * x * x


def three(x, y, z):
    return x * y + y * z * x


def norm(a):
    s = 0.0
    for i in range(a.shape[0]):
        s += a[i] * a[i]
    return math.sqrt(s)


def test_from_njit_and_prange():
    """A derivative is called from compiled code, serial and parallel."""
    g = value_and_grad(cube)

    @njit
    def serial(n):
        s = 0.0
        for i in range(n):
            value, slope = g(1.0 * i)
            s += value + slope
        return s

    @njit(parallel=True)
    def parallel(x):
        out = np.empty_like(x)
        for i in prange(x.size):
            out[i] = g(x[i])[1]
        return out

    x = np.arange(50.0)
    assert serial(5) == sum(i**3 + 3 * i**2 for i in range(5))
    np.testing.assert_array_equal(parallel(x), 3 * x * x)


def test_decorated_functions_inside_njit():
    """A decorated function is an ordinary callee."""
    f = differentiate(cube)

    @njit
    def twice(x):
        return 2.0 * f(x)

    assert twice(2.0) == 16.0


def test_errors_inside_njit_leave_python_calls_alone():
    """Numba wraps the error of a call that it types; the same call from Python does not."""
    g = grad(cube)

    @njit
    def wrong():
        return g(3)

    with pytest.raises(Exception, match="x is an int64, so it has no derivative; pass a float"):
        wrong()
    with pytest.raises(TypeError) as caught:
        g(3)
    assert str(caught.value) == "x is an int64, so it has no derivative; pass a float"


def test_call_overhead():
    """A call with three floats costs a call of a Numba function, not of Python code."""
    g = value_and_grad(three, argnums=(0, 1, 2))
    g(1.0, 2.0, 3.0)
    best = math.inf
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(1000):
            g(1.0, 2.0, 3.0)
        best = min(best, time.perf_counter() - start)
    assert best / 1000 < 1.5e-6


def test_same_question_same_object():
    """Operators make one object per function, arguments and options."""
    assert grad(cube) is grad(cube)
    assert grad(cube) is grad(njit(cube))
    assert grad(cube) is grad(differentiate(cube))
    assert grad(cube) is differentiate(cube).grad()
    assert grad(cube) is not value_and_grad(cube)
    assert grad(three, 0) is not grad(three, 1)
    assert grad(three, 0) is not grad(three, (0,))
    assert grad(three, "y") is grad(three, 1)
    assert grad(cube) is not grad(differentiate(fastmath=True)(cube))


def test_equal_lambdas_share_a_derivative():
    """A lambda met again in a loop is derived once for each value that it captures."""
    objects = []
    for value in (2.0, 2.0, 3.0):
        objects.append(grad(lambda x, k=value: k * x))
    assert objects[0] is objects[1]
    assert [g(1.0) for g in objects] == [2.0, 2.0, 3.0]


def test_changed_global(monkeypatch):
    """A derivative reads constants at each call."""
    old = grad(scaled)
    assert old(1.0) == 6.0
    monkeypatch.setitem(globals(), "SCALE", 5.0)
    new = grad(scaled)
    assert (new(1.0), old(1.0)) == (10.0, 10.0)
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert grad(scaled) is old


def test_global_changed_before_the_first_call(monkeypatch):
    """What is compiled later has the values of the call."""

    def local(x):
        return SCALE * x

    g = grad(local)
    monkeypatch.setitem(globals(), "SCALE", 7.0)
    assert g(1.0) == 7.0
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert grad(local)(1.0) == 3.0
    assert g(1.0) == 3.0


CAPTURED = [
    ("float", 2.0, 3.0),
    ("sign of zero", 0.0, -0.0),
    ("int and float", 2, 2.0),
    ("array content", np.ones(2), np.array([1.0, 2.0])),
    ("array dtype", np.ones(2), np.ones(2, np.float32)),
    ("tuple", (1.0, 2), (1.0, 3)),
    ("function", cube, lambda x: x),
]


@pytest.mark.parametrize(("name", "one", "other"), CAPTURED, ids=[row[0] for row in CAPTURED])
def test_captured_values_are_part_of_the_key(name, one, other):
    """Two closures share frozen code only if what they capture is the same."""

    def make(value):
        def closure(x):
            return x, value

        return closure

    first, second = grad(make(one)), grad(make(one))
    assert first.frozen is second.frozen
    assert first.kernel is second.kernel
    assert first.frozen is not grad(make(other)).frozen


def test_functions_can_die():
    """The memo keeps no function alive."""

    def short_lived(x):
        return x * 2.25

    g = grad(short_lived)
    assert g(1.0) == 2.25
    function, derivative = weakref.ref(short_lived), weakref.ref(g)
    del short_lived, g
    gc.collect()
    assert function() is None
    assert derivative() is None


def test_memo_of_copied_attributes():
    """`functools.wraps` copies attributes; the copy has derivatives of its own."""

    def one(x):
        return 1.0 * x

    def two(x):
        return 2.0 * x

    assert grad(one)(1.0) == 1.0
    two.__dict__.update(one.__dict__)
    assert grad(two)(1.0) == 2.0
    assert [g.__name__ for g in derivatives_of(two)] == ["two_grad"]
    assert pickle.loads(pickle.dumps(getattr(two, ATTRIBUTE))).entries == {}


def test_first_calls_race():
    """Sixteen threads that call first compile once."""
    g = grad(lambda x: x * 1.75)
    results = []
    threads = [threading.Thread(target=lambda: results.append(g(2.0))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1.75] * 16
    assert len(g.signatures) == 1


def test_pickle_in_one_process():
    """A pickle comes back as the same object."""
    g = value_and_grad(cube)
    assert pickle.loads(pickle.dumps(g)) is g
    f = differentiate(cube)
    assert pickle.loads(pickle.dumps(f)) is f
    nested = grad(lambda x: x * 5.5)
    bytes_ = pickle.dumps(nested)
    assert pickle.loads(bytes_) is nested
    del nested
    gc.collect()
    again = pickle.loads(bytes_)
    assert again(1.0) == 5.5
    assert pickle.loads(bytes_) is again


MODULE = """
import srcad

@srcad.differentiate
def square(x):
    return x * x

def quartic(x):
    return x * x * x * x

g = square.grad()
h = srcad.value_and_grad(quartic)
"""

READER = """
import pickle, sys
f, g, h = pickle.load(open(sys.argv[1], "rb"))
import written
assert f is written.square and g is written.g and h is written.h
print(f(3.0), g(3.0), h(3.0))
"""


def test_pickle_to_another_process(tmp_path, monkeypatch):
    """A worker that unpickles a derivative has that of its own import."""
    (tmp_path / "written.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    import written  # noqa: PLC0415 - it exists from here on

    file = tmp_path / "pickle"
    file.write_bytes(pickle.dumps((written.square, written.g, written.h)))
    (tmp_path / "reader.py").write_text(READER)
    command = [sys.executable, str(tmp_path / "reader.py"), str(file)]
    path = {"PYTHONPATH": str(Path(srcad.__file__).parents[1])}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **path}
    )
    assert done.stdout == "9.0 6.0 (81.0, 108.0)\n"


def test_users_dispatchers_are_untouched():
    """Foreign @njit functions are neither compiled nor given other flags by us."""

    @njit
    def helper(x):
        return 1.0 / x

    @njit
    def outer(x):
        return helper(x) + x

    assert value_and_grad(outer)(2.0) == (2.5, 0.75)
    assert helper.signatures == []
    assert outer.signatures == []
    with pytest.raises(ZeroDivisionError):
        outer(0.0)
    with pytest.raises(ZeroDivisionError):
        helper(0.0)


def test_fast_math_never_reaches_users_helpers():
    """A fast-math derivative leaves `isnan` of the user's helper alone."""

    @njit
    def is_missing(x):
        return np.isnan(x)

    @differentiate(fastmath=True)
    def guarded(x):
        if is_missing(x):
            return 0.0
        return x * x

    assert guarded.grad()(2.0) == 4.0
    assert is_missing(math.nan)


def test_exceptions_of_the_primal():
    """An exception of the function is an exception of the derivative, with its type."""

    def checked(x):
        if x < 0.0:
            raise ValueError("negative")
        return math.sqrt(x)

    g = grad(checked)
    assert g(4.0) == 0.25
    with pytest.raises(ValueError, match="negative"):
        g(-1.0)


def test_not_differentiable_is_raised_bare():
    """Our errors reach the caller of a derivative as they are."""

    def dictionary(x):
        return {1: x}[1]

    with pytest.raises(srcad.NotDifferentiable) as caught:
        grad(dictionary)(1.0)
    assert "line" in str(caught.value)
    assert caught.value.__cause__ is None


FLAGS = [
    (Options(), {}, False, "numpy", False, True),
    (Options(fastmath=True), {}, False, "numpy", True, True),
    (Options(nogil=False), {}, False, "numpy", False, False),
    (Options(nogil=True, parallel=True), {}, False, "numpy", False, True),
    (Options(error_model="python"), {}, False, "python", False, True),
    (Options(boundscheck=True), {}, True, "numpy", False, True),
    (Options(), {"SRCAD_BOUNDSCHECK": "1"}, True, "numpy", False, True),
    (Options(boundscheck=False), {"SRCAD_BOUNDSCHECK": "1"}, False, "numpy", False, True),
]


@pytest.mark.parametrize(("options", "environment", "checks", "model", "fast", "nogil"), FLAGS)
def test_flags_are_explicit(options, environment, checks, model, fast, nogil, monkeypatch):
    """Generated code inherits no flag from whoever compiles it first."""
    monkeypatch.delenv("SRCAD_BOUNDSCHECK", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert derivative_flags(options) == {
        "nopython": True,
        "boundscheck": checks,
        "error_model": model,
        "fastmath": fast,
        "nogil": nogil,
        "forceinline": False,
    }
    assert primal_flags(Options()) == {"nopython": True, "boundscheck": None}


def test_generated_modules():
    """Names carry the content, and functions beside the asked one are wrapped."""
    source = "def f(x):\n    return g(x) + 1.0\n\n\ndef g(x):\n    return c * x\n"
    built = build(source, "f", {"c": 2.0})
    assert built.function(3.0) == 7.0
    inner = built.name.replace("f_", "g_")
    assert built.source == source.replace("f(x)", f"{built.name}(x)").replace("g(x)", f"{inner}(x)")
    assert importlib.import_module(built.function.__module__) is srcad.generated
    assert build(source, "f", {"c": 2.0}).name == built.name
    assert build(source, "f", {"c": 3.0}).name != built.name
    assert build(source, "f", {"c": 2.0}, ("flag",)).name != built.name
    compiled = build(source, "f", {"c": 2.0}, wrap=njit).function
    assert njit(compiled)(3.0) == 7.0
    with pytest.raises(ZeroDivisionError):
        build("def f(x):\n    return x / 0\n", "f", {}).function(1.0)


def test_only_code_is_renamed():
    """Texts and comments stay as they are."""
    source = (
        "def f(x):\n"
        "    # f(x) and 'f(x)\n"
        "    print('f(x)', \"it's f(x)\", a.f(x))\n"
        "    return f(x)\n"
    )
    built = build(source, "f", {})
    assert built.source.splitlines() == [
        f"def {built.name}(x):",
        *source.splitlines()[1:3],
        f"    return {built.name}(x)",
    ]


def test_fingerprints():
    """Equal contents have equal keys, whatever process or object they are in."""
    assert fingerprint(1.0) != fingerprint(1)
    assert fingerprint(np.zeros(2)) == fingerprint(np.zeros(2))
    assert fingerprint({"b": 1, "a": [2]}) == fingerprint({"a": [2], "b": 1})
    assert fingerprint(cube) != fingerprint(scaled)
    assert digest("a") != digest("b")
    assert len(digest(np.float32(1))) == 16
