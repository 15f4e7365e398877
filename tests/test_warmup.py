"""Compiling ahead, in this process and in others."""

from __future__ import annotations

import importlib
import logging
import sys
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
from numba import float32, float64, int64, njit, types

import srcad
from srcad import firstcall, warm_processes
from srcad.warm_types import along, argument_types, as_python_has_it, with_defaults
from srcad.warming import AT_A_POINT, CALL, OPERATORS


class Pair(NamedTuple):
    """A structure."""

    a: float
    n: int


PAIR = types.NamedTuple((float32, int64), Pair)
MATRIX = types.Array(float64, 2, "A", readonly=True)


def powers(x, n, scale=0.5):
    return scale * x**n


# Types -------------------------------------------------------------------------------


def test_types_of_arguments():
    """Of examples, of Numba types, of a text; what is missing has a default."""
    scale = types.Omitted(0.5)
    assert argument_types(powers, (2.0, 3), None) == (float64, int64, scale)
    for signature in ((float64, int64), "(float64, int64)", float64(float64, int64)):
        assert argument_types(powers, (), signature) == (float64, int64, scale)
        assert argument_types(powers, (signature,), None) == (float64, int64, scale)
    assert argument_types(lambda: 1.0, (), None) == ()
    assert with_defaults((float64, scale)) == (float64, float64)


@pytest.mark.parametrize(
    ("examples", "signature", "says"),
    [
        ((), None, "warmup of powers takes example arguments, or their types as signature="),
        ((1.0,), None, "warmup: powers takes n as well"),
        ((1.0, 2, 3.0, 4.0), None, "warmup: powers has 3 arguments, got 4"),
        ((), "(float65,)", "signature='(float65,)' names no types of arguments; write Numba types"),
        ((), 3, "signature=3 names no types of arguments; write Numba types"),
        ((object(), 2), None, "an example has a type that Numba does not know"),
    ],
)
def test_what_says_no_types(examples, signature, says):
    """The error says what to pass."""
    with pytest.raises(TypeError) as caught:
        srcad.warmup(powers, *examples, signature=signature)
    assert says in str(caught.value)


def test_types_of_directions():
    """Tangents and cotangents are contiguous, and nothing where there are no floats."""
    assert along(MATRIX) == types.Array(float64, 2, "C")
    assert along(types.Array(float32, 2, "F")) == types.Array(float32, 2, "F")
    assert along(types.Array(int64, 1, "C")) == along(types.boolean) == types.none
    assert along(types.UniTuple(float64, 2)) == types.UniTuple(float64, 2)
    assert along(PAIR) == types.NamedTuple((float32, types.none), Pair)
    assert as_python_has_it(PAIR) == types.NamedTuple((float64, int64), Pair)
    assert as_python_has_it(types.boolean) == types.boolean
    assert as_python_has_it(MATRIX) == MATRIX


# In this process ----------------------------------------------------------------------


@pytest.mark.compiled
def test_later_calls_compile_nothing(caplog, monkeypatch):
    """Whatever operator was named; the table says what was compiled, and what was there."""
    monkeypatch.setattr(firstcall, "LONG", 1e9)

    @srcad.differentiate
    def f(x, n, scale=0.5):
        return scale * x**n

    chosen = (CALL, "grad", "hvp", "tangent", "adjoint", "series", *AT_A_POINT)
    done = f.warmup(2.0, 3, operators=chosen)
    assert {row.what.split()[0] for row in done} == set(chosen)
    compiled = [row for row in done if row.origin == "compiled"]
    assert {row.what.split()[0] for row in compiled} >= {*chosen} - {"jvp", "linearize"}
    assert all({"typing", "machine code"} <= set(row.stages) for row in compiled)
    assert all(row.seconds > 0.0 for row in compiled)
    assert len(str(done).splitlines()) == len(done)
    with caplog.at_level(logging.DEBUG, "srcad"):
        assert f(2.0, 3) == 4.0
        assert f.grad()(2.0, 3) == 6.0
        assert f.hvp()(2.0, 1.0, 3) == 6.0
        assert srcad.tangent(f)(2.0, 3, 0.5, 1.0) == (4.0, 6.0)
        assert srcad.adjoint(f)(2.0, 3, 0.5, 1.0) == (4.0, 6.0)
        assert srcad.series(f)(2.0, 3, 0.5, 1.0, 1).tolist() == [4.0, 6.0]
        assert f.jvp((2.0, 3), (1.0, None)) == (4.0, 6.0)
        assert f.vjp(2.0, 3)[1](1.0)[0] == 6.0
        assert srcad.linearize(f, 2.0, 3)[1](1.0, None) == 6.0
    again = [row.origin for row in f.warmup(2.0, 3, operators=chosen)]
    assert set(again) == {"known"}
    texts = [record.getMessage() for record in caplog.records]
    assert all(text.startswith("halves of") for text in texts), texts


@pytest.mark.compiled
def test_halves_and_objects(caplog, monkeypatch):
    """Halves of adjoints of arrays; what operators have returned; partials; other people's."""
    monkeypatch.setattr(firstcall, "LONG", 1e9)

    @njit
    def f(factor, x):
        return x[0] * x[1] * factor

    x = np.array([2.0, 3.0])
    made = srcad.grad(f, 1)
    assert [row.what for row in srcad.warmup(made, 1.0, x)] == ["grad of f"]
    rows = srcad.warmup(f, signature="(float64, float64[::1])", operators="vjp").rows
    assert [row.what for row in rows] == ["vjp of f: the way there", "vjp of f: the linear work"]
    srcad.warmup(partial(f, 2.0), x)
    with caplog.at_level(logging.DEBUG, "srcad"):
        assert made(1.0, x).tolist() == [3.0, 2.0]
        assert srcad.vjp(f, 1.0, x)[1](1.0)[0] == 6.0
        assert srcad.value_and_grad(partial(f, 2.0))(x)[0] == 12.0
    assert caplog.records == []
    assert f.signatures == []


@pytest.mark.compiled
def test_functions_that_capture_values(caplog, monkeypatch):
    """Arrays and numbers from outside, as they are now."""
    monkeypatch.setattr(firstcall, "LONG", 1e9)
    data, rate = np.array([1.0, 2.0]), 3.0

    def f(w):
        return w * data[1] * rate

    srcad.warmup(f, 2.0, operators=("grad", "jvp"))
    srcad.warmup(srcad.value_and_grad(f), 2.0)
    with caplog.at_level(logging.DEBUG, "srcad"):
        assert srcad.grad(f)(2.0) == 6.0
        assert srcad.value_and_grad(f)(2.0) == (12.0, 6.0)
        assert srcad.jvp(f, (2.0,), (1.0,)) == (12.0, 6.0)
    assert caplog.records == []


def test_errors_are_those_of_the_first_call():
    """And operators that do not exist are named."""

    def f(x):
        return {1: x}[1]

    with pytest.raises(ValueError, match="warmup knows no operator 'gard'; it knows call, grad"):
        srcad.warmup(f, 1.0, operators=("gard",))
    with pytest.raises(srcad.NotDifferentiable, match="line"):
        srcad.warmup(f, 1.0)
    with pytest.raises(TypeError, match="x is an int64, so it has no derivative; pass a float"):
        srcad.warmup(f, 1)
    with pytest.raises(TypeError, match="f has no float argument to differentiate by"):
        srcad.warmup(f, 1, operators="vjp")
    with pytest.raises(TypeError, match="'call' compiles a decorated function"):
        srcad.warmup(f, 1.0, operators="call")
    with pytest.raises(TypeError, match="warmup takes a Python function"):
        srcad.warmup(3, 1.0)
    with pytest.raises(TypeError, match="takes example arguments, not a signature"):
        srcad.warmup(partial(powers, 1.0), signature=(int64,))


def test_all_operators_are_known():
    """An operator that is added must be here, too."""
    others = {"sparse_jacobian", "sparse_hessian", "taylor"}
    assert {*OPERATORS, *AT_A_POINT, *others} <= set(srcad.__all__)


# In other processes -------------------------------------------------------------------

MODULE = """
import srcad

print("modules may print")

@srcad.differentiate(cache=True)
def cube(x):
    return x * x * x

def refused(x):
    return {1: x}[1]

DONE = cube.warmup(1.0, operators=("grad", "value_and_grad"))
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module that warms up when it is imported, with a cache of its own."""
    (tmp_path / "warm_module.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("SRCAD_CACHE_DIR", str(tmp_path / "cache"))
    yield "warm_module"
    sys.modules.pop("warm_module", None)


@pytest.mark.compiled
def test_other_processes_compile(module, monkeypatch):
    """This one loads what they have kept; a module that warms up starts no processes there."""
    monkeypatch.setattr(warm_processes, "processors", lambda: 2)
    found = importlib.import_module(module)
    assert [row.origin for row in found.DONE] == ["compiled by another process"] * 2
    assert found.cube.grad()(2.0) == 12.0
    assert not found.cube.grad().emitted


@pytest.mark.compiled
def test_processes_that_fail(module, monkeypatch):
    """What they do not do is done here."""
    monkeypatch.setattr(warm_processes, "processors", lambda: 2)
    monkeypatch.setattr(warm_processes, "PROGRAM", "raise SystemExit({path!r} and 3)")
    found = importlib.import_module(module)
    assert [row.origin for row in found.DONE] == ["compiled"] * 2
    with srcad.options(cache=True), pytest.raises(srcad.NotDifferentiable):
        srcad.warmup(found.refused, 1.0, operators=("grad", "hessian"))


@pytest.mark.compiled
def test_where_no_process_can_start(module, monkeypatch):
    """All is compiled in this one."""
    monkeypatch.setattr(warm_processes, "processors", lambda: 2)
    monkeypatch.setattr(warm_processes, "get_executable", lambda: "/nowhere/python")
    found = importlib.import_module(module)
    assert [row.origin for row in found.DONE] == ["compiled"] * 2


def test_what_other_processes_cannot_find(monkeypatch):
    """Functions inside functions, and what is not kept on disk, are compiled here."""

    def started():
        raise AssertionError

    monkeypatch.setattr(warm_processes, "_started", started)

    def local(x):
        return {1: x}[1]

    with srcad.options(cache=True), pytest.raises(srcad.NotDifferentiable):
        srcad.warmup(local, 1.0, operators=("grad", "hvp"), processes=2)
    with pytest.raises(TypeError):
        srcad.warmup(powers, 1, 2, operators=("grad", "hvp"), processes=2)
