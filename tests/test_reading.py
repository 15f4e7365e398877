"""The call of a decorated function that captures something agrees with its derivatives."""

from __future__ import annotations

import io
import itertools
import pickle
import sys
import textwrap
import threading
import types
from dataclasses import dataclass

import numba
import numpy as np
import pytest

import srcad
from srcad import deriving
from srcad.decorated import Decorated
from srcad.reading import Reads
from tests.harness import as_plain_python

RATE = 0.5
POWER = 2
TABLE = np.array([1.0, 2.0, 3.0])


def helper(w):
    return RATE * w


@srcad.differentiate
def total(w):
    return helper(w) ** POWER + np.sum(TABLE * w)


@srcad.differentiate
def recursive(w, n=2):
    return RATE if n == 0 else w * recursive(w, n - 1)


@numba.njit
def compiled_helper(w):
    return RATE * w


@srcad.differentiate
def by_compiled_helper(w):
    return compiled_helper(w) * w


@srcad.differentiate
def by_keyword(w, *, factor=2.0):
    return RATE * w * factor


@srcad.differentiate
def fill(w, out):
    for k in range(out.size):
        out[k] = TABLE[k] * w


@srcad.differentiate
def refused(w):
    names = {"a": RATE}
    return names["a"] * w


@srcad.differentiate(parallel=True)
def in_parallel(w):
    s = 0.0
    for k in numba.prange(3):
        s += w * TABLE[k] * RATE
    return s


@srcad.differentiate
def square(w):
    return w * w


def agree(f, *held, w=1.25):
    """Compare a function with its derivatives, held and new, and with difference quotients."""
    value = f(w)
    slope = (f(w + 1e-5) - f(w - 1e-5)) / 2e-5
    with as_plain_python():
        for made in (*held, srcad.value_and_grad(f)):
            found, gradient = made(w)
            assert np.isclose(found, value, rtol=1e-12), (f, found, value)
            assert np.isclose(gradient, slope, rtol=1e-4)
    return value


def test_a_function_and_its_derivatives_agree(monkeypatch):
    """Globals that are bound again, change in place, become integers or are of another dtype."""
    functions = (total, recursive, by_compiled_helper, by_keyword)
    with as_plain_python():
        kept = [srcad.value_and_grad(f) for f in functions]

    def check():
        return [agree(f, g) for f, g in zip(functions, kept, strict=True)]

    seen = [check()]
    for name, value in (
        *(("RATE", 1.75), ("TABLE", np.array([4, 7, 1, 2])), ("POWER", 3), ("RATE", 3)),
        ("helper", lambda w: RATE * w + 1.0),
    ):
        monkeypatch.setitem(globals(), name, value)
        seen.append(check())
    TABLE[0] += 10
    assert check()[0] > seen[-1][0]
    for before, after in itertools.pairwise(seen):
        assert before != after
    monkeypatch.undo()
    assert check() == seen[0]


@pytest.mark.parametrize("f", [refused, in_parallel])
def test_what_numba_compiles_alone_is_compiled_again(f, monkeypatch):
    assert f(2.0) == f.py_func(2.0)
    monkeypatch.setitem(globals(), "RATE", 4.0)
    assert f(2.0) == f.py_func(2.0)
    monkeypatch.setitem(globals(), "TABLE", np.array([5.0, 1.0, 1.0]))
    assert f(2.0) == f.py_func(2.0)
    TABLE[1] = 11.0
    assert f(2.0) == f.py_func(2.0)


def test_arguments_are_written_and_results_are_those_of_the_function():
    out = np.zeros(3)
    assert fill(2.0, out) is None
    assert np.array_equal(out, 2.0 * TABLE)
    assert by_keyword(3.0, factor=4.0) == 6.0
    with pytest.raises(TypeError, match="too many positional"):
        by_keyword(3.0, 4.0)
    with pytest.raises(TypeError, match=r"total\(\) missing 1 required positional argument: 'w'"):
        total()


def closures(x, rate):
    @srcad.differentiate
    def loss(w):
        return rate * np.sum((w * x - 1.0) ** 2)

    return loss


def test_functions_of_the_same_code_share_what_is_compiled(monkeypatch):
    first = closures(np.arange(3.0), 0.5)
    first(2.0)

    def never(*args, **named):
        raise AssertionError

    monkeypatch.setattr(deriving, "fused", never)
    for k in range(3):
        x = np.arange(5.0) + k
        loss = closures(x, float(k))
        assert np.isclose(loss(2.0), loss.py_func(2.0))
        x[0] = 100.0
        assert np.isclose(loss(2.0), loss.py_func(2.0))
    assert first(2.0) == first.py_func(2.0)


def test_what_captures_nothing_is_called_as_ever():
    assert square(3.0) == 9.0
    assert type(square) is Decorated
    assert not isinstance(square, Reads)
    assert isinstance(total, Decorated)


def test_compiled_callers_have_the_values_of_their_compilation(monkeypatch):
    f = srcad.differentiate(total.py_func)
    assert f(1.0) == total.py_func(1.0)

    @numba.njit
    def caller(w):
        return f(w)

    before = caller(1.0)
    monkeypatch.setitem(globals(), "RATE", 9.0)
    assert caller(1.0) == before
    assert f(1.0) == total.py_func(1.0) != before


def test_a_signature_compiled_ahead_is_read_as_well(monkeypatch):
    f = srcad.differentiate(total.py_func)
    f.compile((numba.types.float64,))
    before = f(1.0)
    monkeypatch.setitem(globals(), "RATE", 9.0)
    assert f(1.0) == total.py_func(1.0) != before


def test_what_is_compiled_is_seen_from_outside():
    f = srcad.differentiate(total.py_func)
    assert f.signatures == []
    f(1.0)
    signature = (numba.types.float64,)
    assert signature in f.signatures
    assert "define" in f.inspect_llvm(signature)
    assert "define" in f.inspect_llvm()[signature]
    assert f.inspect_asm(signature)
    f.inspect_types(io.StringIO())
    assert "def " in f.inspect_adjoint(1.0)
    assert pickle.loads(pickle.dumps(total)) is total
    again = pickle.loads(pickle.dumps(closures(TABLE, 0.25)))
    assert again(1.0) == again.py_func(1.0)
    used = closures(TABLE, 0.25)
    used(1.0)
    assert pickle.loads(pickle.dumps(used))(1.0) == used(1.0)


@srcad.differentiate
def of_point(p):
    return RATE * p.x * p.y


@dataclass
class Point:
    x: float
    y: float


def test_methods_and_structures(monkeypatch):
    class Model:
        @srcad.differentiate
        def at(self, w):
            return self * RATE * w

        @staticmethod
        @srcad.differentiate
        def free(w):
            return RATE * w

    for rate in (0.5, 1.5):
        monkeypatch.setitem(globals(), "RATE", rate)
        assert Model.at.__get__(3.0)(2.0) == 6.0 * rate
        assert Model().free(2.0) == Model.free(2.0) == 2.0 * rate
        assert of_point(Point(2.0, 3.0)) == 6.0 * rate


def test_an_edited_callee_after_reload(tmp_path, monkeypatch):
    text = """
    import srcad
    RATE = 1.0
    def inner(w): return w * 2.0
    @srcad.differentiate
    def outer(w): return inner(w) * RATE
    """
    module = types.ModuleType("edited")
    path = tmp_path / "edited.py"
    path.write_text(textwrap.dedent(text))
    monkeypatch.setitem(sys.modules, "edited", module)
    exec(compile(path.read_text(), str(path), "exec"), vars(module))
    assert module.outer(1.0) == 2.0
    space = {}
    other = tmp_path / "other.py"
    other.write_text("def inner(w): return w * 5.0\n")
    exec(compile(other.read_text(), str(other), "exec"), space)
    module.inner.__code__ = space["inner"].__code__
    assert module.outer(1.0) == 5.0


def test_threads_read_while_values_change(monkeypatch):
    """Each call gives the value for one of the rates that were there."""
    f = srcad.differentiate(by_keyword.py_func)
    f(1.0)
    rates = {0.5, 1.5, 2.5}
    wrong = []

    def run():
        for _ in range(300):
            found = f(1.0)
            if found not in {2.0 * rate for rate in rates}:
                wrong.append(found)

    workers = [threading.Thread(target=run) for _ in range(3)]
    for worker in workers:
        worker.start()
    for k in range(300):
        monkeypatch.setitem(globals(), "RATE", sorted(rates)[k % 3])
    for worker in workers:
        worker.join()
    assert not wrong
