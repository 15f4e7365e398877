"""Elementary functions that become vectors: how exact, at which edges, in which loops."""

from __future__ import annotations

import math
import platform
import re
from typing import Any

import llvmlite.binding as llvm
import mpmath as mp
import numba
import numpy as np
import pytest
from numba.core.registry import cpu_target

import srcad
from srcad.analysis.vectors import ELEMENTARY
from srcad.backend import elementary, ordered
from srcad.backend.vector_math import FORMULAS

pytestmark = pytest.mark.compiled

Array = np.ndarray[Any, Any]

NAMES = tuple(FORMULAS)
ULPS = {"exp": 0.9, "log": 0.9, "expm1": 1.8, "log1p": 1.5, "tanh": 1.7, "sin": 0.85, "cos": 0.85}
"""The largest errors that were found among millions of arguments, rounded up."""

has_fma = elementary.multiplies_and_adds(cpu_target.target_context.codegen())
needs_fma = pytest.mark.skipif(not has_fma, reason="this machine has no fused multiply-add")


@numba.njit
def all_of(x: Array, out: Array) -> None:
    """Fill the rows of `out` with the functions of x, in the order of NAMES."""
    for i in range(x.size):
        out[0, i] = VECTORS.exp(x[i])
        out[1, i] = VECTORS.expm1(x[i])
        out[2, i] = VECTORS.log(x[i])
        out[3, i] = VECTORS.log1p(x[i])
        out[4, i] = VECTORS.tanh(x[i])
        out[5, i] = VECTORS.sin(x[i])
        out[6, i] = VECTORS.cos(x[i])


VECTORS = elementary.VECTOR_MATH


def computed(x: Array) -> dict[str, Array]:
    """Return what compiled code has for every function."""
    out = np.empty((len(NAMES), x.size), x.dtype)
    all_of(x, out)
    return dict(zip(NAMES, out, strict=True))


def exact(name: str, x: float) -> Any:
    """Return the value in many digits."""
    with mp.workdps(60):
        return getattr(mp, name)(mp.mpf(float(x)))


def ulps(found: Any, x: float, name: str) -> float:
    """Return the error in units of the last place of the exact value."""
    value = exact(name, x)
    limits = np.finfo(found.dtype)
    if abs(value) > float(limits.max):
        return 0.0 if np.isinf(found) or abs(found) == limits.max else math.inf
    unit = np.spacing(found.dtype.type(abs(float(value))))
    return float(abs(mp.mpf(float(found)) - value) / mp.mpf(float(unit)))


def arguments(name: str, dtype: type) -> Array:
    """Return arguments of all sizes, more of them where errors are largest."""
    rng = np.random.default_rng(7)
    double = dtype is np.float64
    low, high = (-745.2, 709.9) if double else (-103.9, 88.8)
    sign = rng.choice([-1.0, 1.0], 150)
    small = sign * np.exp(rng.uniform(-80.0, 0.0, 150))
    parts = {
        "exp": (rng.uniform(low, high, 300), rng.uniform(0.33, 0.36, 100) * sign[:100], small),
        "expm1": (rng.uniform(-40.0, high, 300), rng.uniform(0.33, 0.4, 200), small),
        "log": (np.exp(rng.uniform(low, high, 300)), rng.uniform(0.5, 2.0, 300), 1.0 + small),
        "log1p": (
            np.exp(rng.uniform(-40.0, high, 200)),
            rng.uniform(-1.0, 1.0, 300),
            small,
            np.exp(-np.abs(small)) - 1.0,
        ),
        "tanh": (rng.uniform(-22.0, 22.0, 200), rng.uniform(-0.4, 0.4, 300), small),
    }
    steps = np.pi / 2 * rng.integers(0, 2**30 if double else 2**20, 200)
    turns = (rng.uniform(-4.0, 4.0, 200), small, steps, np.exp(rng.uniform(0.0, high, 100)))
    parts |= {"sin": turns, "cos": turns}
    found = np.concatenate(parts[name]).astype(dtype)
    return found[found > (-1.0 if name == "log1p" else 0.0)] if "log" in name else found


@needs_fma
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NAMES)
def test_accuracy(name: str, dtype: type) -> None:
    """Exp, log, sin and cos are right to one unit in the last place, the others to two."""
    x = arguments(name, dtype)
    found = computed(x)[name]
    worst = max(range(x.size), key=lambda k: ulps(found[k], x[k], name))
    assert ulps(found[worst], x[worst], name) < ULPS[name], x[worst]


def edges(dtype: type) -> Array:
    """Return zeros, infinities, nan, numbers without full precision and limits of domains."""
    limits = np.finfo(dtype)
    tiny, least = limits.tiny, limits.smallest_subnormal
    ends = np.array([709.0, 709.782712893384, 709.7827128933841, 710.5, 1024.0, 745.0, 746.0, 88.0])
    some = np.r_[0.0, least, 3 * least, tiny / 2, tiny, limits.eps, 0.5, 1.0, 2.0, 88.7, 104.0]
    found = np.r_[some, ends, 1e30, limits.max, np.inf, 1.0 - limits.epsneg].astype(dtype)
    return np.concatenate([found, -found, [np.nan]]).astype(dtype)


@needs_fma
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_edges(dtype: type) -> None:
    """Overflow, underflow, signs of zeros and domains are those of NumPy."""
    x = edges(dtype)
    for name, found in computed(x).items():
        with np.errstate(all="ignore"):
            expected = getattr(np, name)(x)
        finite = np.isfinite(expected)
        np.testing.assert_array_equal(found[~finite], expected[~finite], name)
        difference = np.abs(found[finite] - expected[finite])
        assert np.all(difference <= 2 * np.spacing(np.abs(expected[finite]))), name
        zero = expected == 0.0
        np.testing.assert_array_equal(np.signbit(found[zero]), np.signbit(expected[zero]), name)


@needs_fma
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_large_angles_are_the_c_librarys(dtype: type) -> None:
    """In vectors that have one of them, and in the elements that are left over."""
    small = np.linspace(-3.0, 3.0, 67).astype(dtype)
    huge = np.array([2.0**30 + 1.0, 1e22, -1e30, np.finfo(dtype).max, -(2.0**24)]).astype(dtype)
    for at in (0, 5, 30, 62, 66):
        for angle in huge:
            x = small.copy()
            x[at] = angle
            found, expected = computed(x), computed(small)
            for name in ("sin", "cos"):
                assert ulps(found[name][at], angle, name) < 1.0
                rest = np.arange(67) != at
                np.testing.assert_array_equal(found[name][rest], expected[name][rest])


def test_exact_results() -> None:
    """Where the result is a number of the format, it is found."""
    found = computed(np.array([0.0, 1.0, 0.0]))
    assert found["exp"][0] == 1.0
    assert found["log"][1] == 0.0
    assert found["tanh"][0] == found["expm1"][0] == found["log1p"][0] == 0.0


def test_other_arguments_are_numbas() -> None:
    """Integers and booleans have the types and values that they have without us."""

    @numba.njit
    def ours(x: Any) -> Any:
        return VECTORS.exp(x), VECTORS.log1p(x)

    for x in (3, True, np.int8(2)):
        assert ours(x) == pytest.approx((math.exp(x), math.log1p(x)), rel=1e-15)


def softmax(x: Array) -> float:
    e = np.exp(x - np.max(x))
    return np.sum(np.tanh(e / np.sum(e)))


def recurrence(x: Array) -> float:
    s = 0.0
    for i in range(x.shape[0]):
        s = math.tanh(s + x[i])
    return s


def calls(func: Any, *args: Any) -> tuple[set[str], bool]:
    """Return the functions of the C library that the gradient calls, and if it has vectors."""
    gradient = srcad.grad(func)
    gradient(*args)
    (text,) = gradient.inspect_llvm().values()
    names = "|".join(sorted(ELEMENTARY))
    called = set(re.findall(rf"call [^@]*double @(?:llvm\.)?({names})\b", text))
    return called, has_vectors(gradient)


@needs_fma
def test_which_loops_have_vectors() -> None:
    """Loops over elements; those in which a number goes round keep the C library."""
    x = np.linspace(0.1, 1.0, 20)
    assert set(FORMULAS) == ELEMENTARY
    assert calls(softmax, x) == (set(), True)
    assert calls(recurrence, x) == ({"tanh"}, False)


def with_a_sum(x: Array) -> float:
    s = 0.0
    for i in range(x.shape[0]):
        s += math.exp(-x[i])
    return s


def the_same(x: Array) -> float:
    total = 0.0
    for k in range(x.shape[0]):
        total += math.exp(-x[k])
    return total


@needs_fma
@pytest.mark.skipif(platform.machine() != "x86_64", reason="an option for that family")
def test_terms_of_strict_sums_are_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bits are those of the sum without vectors, and the option is off again."""
    x = np.random.default_rng(2).uniform(0.0, 3.0, 999)
    gradient = srcad.value_and_grad(with_a_sum)
    value, slope = gradient(x)
    assert has_vectors(gradient)
    monkeypatch.setattr(ordered, "KNOWN", frozenset())
    again = srcad.value_and_grad(the_same)
    other_value, other_slope = again(x)
    assert not has_vectors(again)
    assert value == other_value
    np.testing.assert_array_equal(slope, other_slope)

    @numba.njit
    def plain(x: Array, out: Array) -> float:
        s = 0.0
        for i in range(x.size):
            out[i] = x[i] * x[i] + 1.0
            s += out[i]
        return s

    plain(x, np.empty_like(x))
    assert "x double>" not in str(plain.inspect_llvm())


def has_vectors(gradient: Any) -> bool:
    """Return whether the compiled code multiplies and adds vectors."""
    (text,) = gradient.inspect_llvm().values()
    return re.search(r"@llvm\.fma\.v\d+f64", text) is not None


def test_results_agree_with_numpy() -> None:
    """To rounding, compiled, and in the twin; sums in any order leave the functions alone."""
    x = np.random.default_rng(1).standard_normal(1001)
    value, slope = srcad.value_and_grad(softmax)(x)
    assert value == pytest.approx(softmax(x), rel=1e-15)
    assert srcad.differentiate(softmax)(x) == pytest.approx(softmax(x), rel=1e-15)
    twin_value, twin_slope = srcad.value_and_grad(softmax).py_func(x)
    assert value == pytest.approx(twin_value, rel=1e-15)
    np.testing.assert_allclose(slope, twin_slope, rtol=1e-13, atol=1e-14)


def outside(x: Array) -> Array:
    return np.log(x) + np.exp(1e3 * x) * 0.0


def test_outside_of_the_domain() -> None:
    """There is nan and inf, as NumPy has them; nothing is raised."""
    x = np.array([-1.0, 0.0, 1.0, np.nan, np.inf, -np.inf, -1e-320])
    with np.errstate(all="ignore"):
        expected = outside(x)
    np.testing.assert_array_equal(srcad.differentiate(outside)(x), expected)


def test_fast_math_keeps_the_c_library() -> None:
    """It would take the exact differences away."""
    x = np.linspace(0.1, 1.0, 20)
    fast = srcad.differentiate(softmax, fastmath=True)
    assert fast(x) == pytest.approx(softmax(x), rel=1e-12)
    np.testing.assert_allclose(fast.grad()(x), srcad.grad(softmax)(x), rtol=1e-10, atol=1e-14)
    assert "srcad.exp" not in str(fast.grad().inspect_llvm())


def to_powers(x: Array) -> float:
    return np.sum(np.exp(x) + np.tanh(x))


def test_machines_without_fused_multiply_add(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything stays with Numba there."""
    monkeypatch.setattr(elementary, "multiplies_and_adds", lambda _: False)
    x = np.linspace(0.2, 1.1, 21)
    assert calls(to_powers, x) == ({"exp", "tanh"}, False)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="about processors of that family")
def test_what_machines_have() -> None:
    """What counts is the machine that Numba compiles for."""
    target = llvm.Target.from_default_triple()
    for cpu, features, expected in (
        ("x86-64", "", False),
        ("x86-64", "+fma", True),
        ("haswell", "", True),
        ("haswell", "-fma", False),
    ):
        machine = target.create_target_machine(cpu=cpu, features=features)
        assert elementary.has_multiply_add(machine) is expected, cpu
