"""Captured values are read at each call: a function and its derivatives agree at every moment."""

from __future__ import annotations

import importlib
import pickle
import sys
import textwrap
import threading
import types

import numba
import numpy as np
import pytest

import srcad
from srcad import deriving
from srcad.bound import Bound
from tests.cache.programs import function
from tests.harness import as_plain_python

RATE = 0.5
POWER = 2
TABLE = np.array([1.0, 2.0, 3.0])
PARAMS = types.ModuleType("tests_params")
PARAMS.rate, PARAMS.table = 0.5, np.array([2.0, 5.0])


def helper(w, x):
    return RATE * np.sum((w - x) ** POWER)


def by_globals(w):
    return helper(w, TABLE) + RATE * w


def by_module(w):
    return PARAMS.rate * w * w + np.sum(PARAMS.table * w**3)


def recursive(w, n):
    return RATE * w if n == 0 else w * recursive(w, n - 1) + TABLE[0] * w


def by_recursion(w):
    return recursive(w, 3) + RATE * w


def by_inner(w):
    def energy(y):
        return RATE * y * y * TABLE[1]

    return srcad.grad(energy)(w) * w


def by_loop(w):
    s = 0.0
    for k in range(TABLE.size):
        s += TABLE[k] * w**k
    return s


def model(x, rate=1.0):
    def predicted(w):
        return w * x

    def loss(w):
        return rate * np.sum((predicted(w) - x) ** 2)

    def rebind(value):
        nonlocal x
        x = value

    return loss, rebind


def slope(f, w, h=1e-6):
    """Return a difference quotient of the plain function."""
    return (f(w + h) - f(w - h)) / (2 * h)


def check(f, *held, w=1.25):
    """Compare derivatives, held and new, with the plain function as it is now."""
    expected = slope(f, w)
    for made in (*held, srcad.grad(f)):
        assert np.isclose(made(w), expected, rtol=1e-5), (f, made(w), expected)
    value, gradient = srcad.value_and_grad(f)(w)
    assert np.isclose(value, f(w), rtol=1e-12)
    assert np.isclose(gradient, expected, rtol=1e-5)
    out, dot = srcad.jvp(f, (w,), (1.0,))
    assert np.isclose(out, f(w), rtol=1e-12)
    assert np.isclose(dot, expected, rtol=1e-5)
    out, pullback = srcad.vjp(f, w)
    assert np.isclose(out, f(w), rtol=1e-12)
    assert np.isclose(pullback(1.0)[0], expected, rtol=1e-5)


def held(f):
    """Return objects that are kept while captured values change."""

    def along(w):
        return tangent(w, 1.0)[1]

    tangent, both = srcad.tangent(f), srcad.value_and_grad(f)
    jacobian, second = srcad.jacobian(f), srcad.adjoint(f)
    return (
        srcad.grad(f), along, lambda w: both(w)[1], jacobian, lambda w: second(w, 1.0)[1]
    )  # fmt: skip


@pytest.mark.parametrize("f", [by_globals, by_module, by_recursion, by_inner, by_loop])
def test_everything_that_changes_is_seen(f, monkeypatch):
    """Globals and attributes of modules: bound again, changed in place, of another dtype."""
    with as_plain_python():
        kept = held(f)
        check(f, *kept)
        with monkeypatch.context() as patch:
            patch.setitem(globals(), "RATE", 1.75)
            patch.setattr(PARAMS, "rate", -3.0)
            check(f, *kept)
            patch.setitem(globals(), "RATE", np.float64(-0.5))
            patch.setitem(globals(), "TABLE", np.array([4, 7, 1, 2]))
            patch.setattr(PARAMS, "table", np.arange(4)[::2])
            check(f, *kept)
            patch.setitem(globals(), "RATE", 3)
            patch.setattr(PARAMS, "rate", 2)
            patch.setitem(globals(), "POWER", 4)
            check(f, *kept)
        check(f, *kept)
        for table in (TABLE, PARAMS.table):
            table[1] += 10.0
        check(f, *kept)
        for table in (TABLE, PARAMS.table):
            table[1] -= 10.0
        check(f, *kept)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.int8, np.bool_])
def test_cells_of_all_dtypes(dtype):
    """Cells that are bound again, and arrays that change in place, of all dtypes."""
    loss, rebind = model(np.arange(3.0))
    with as_plain_python():
        kept = held(loss)
        check(loss, *kept)
        x = np.arange(1, 5).astype(dtype)
        rebind(x)
        expected = np.sum(2.0 * (1.25 * x.astype(float) - x.astype(float)) * x)
        assert all(np.isclose(g(1.25), expected, rtol=1e-5) for g in kept)
        x[0] = 0
        expected = np.sum(2.0 * (1.25 * x.astype(float) - x.astype(float)) * x)
        assert all(np.isclose(g(1.25), expected, rtol=1e-5) for g in kept)


def test_numbers_beside_float32():
    """A number of Python that is captured takes the dtype of the array beside it."""

    def scaled(scale):
        def f(x):
            return np.sum(scale * x * x)

        def rebind(value):
            nonlocal scale
            scale = value

        return f, rebind

    f, rebind = scaled(3.0)
    g = srcad.grad(f)
    x = np.ones(2, np.float32)
    with as_plain_python():
        for value in (3.0, 5.0, np.float64(7.0)):
            rebind(value)
            assert g(x).dtype == np.float32
            assert np.allclose(g(x), 2 * value)
        assert srcad.jvp(by_rate, (x,), (x,))[0].dtype == by_rate(x).dtype == np.float32


def count_derivations(monkeypatch):
    """Return a list that grows with each derivation."""
    found = []
    emitted = deriving.emitted

    def counted(*args):
        found.append(args)
        return emitted(*args)

    monkeypatch.setattr(deriving, "emitted", counted)
    return found


def test_new_data_need_no_derivation(monkeypatch):
    """Closures over other data, and the closures that they call, have one derivative."""

    def model(x, rate):
        def predicted(w):
            return w * x

        def loss(w):
            return rate * np.sum((predicted(w) - x) ** 2)

        return loss

    found = count_derivations(monkeypatch)
    with as_plain_python():
        first = srcad.grad(model(np.arange(3.0), 1.0))
        first(1.5)
        count = len(found)
        for k in range(5):
            loss = model(np.arange(k + 2.0), 1.0 + k)
            g = srcad.grad(loss)
            assert g.kernel is first.kernel
            assert np.isclose(g(1.5), slope(loss, 1.5), rtol=1e-5)
            assert np.isclose(
                srcad.hvp(loss)(1.5, 1.0), 2 * (1 + k) * np.sum(np.arange(k + 2.0) ** 2)
            )
        assert len(found) == count + 1  # that of hvp


def test_cells_that_are_shared():
    """Functions of the same code may share a cell, or have one each."""

    def apart(x, y):
        def scaled(w):
            return w * y

        return paired(x, scaled)

    def together(x):
        def scaled(w):
            return w * x

        def loss(w):
            return x * scaled(w)

        return loss, scaled

    def paired(x, scaled):
        def loss(w):
            return x * scaled(w)

        return loss

    with as_plain_python():
        loss, scaled = together(2.0)
        cells = dict(zip(loss.__code__.co_freevars, loss.__closure__, strict=True))
        other = types.FunctionType(
            scaled.__code__, globals(), "scaled", None, (types.CellType(7.0),)
        )
        names = loss.__code__.co_freevars
        mixed = [types.CellType(other) if n == "scaled" else cells[n] for n in names]
        strange = types.FunctionType(loss.__code__, globals(), "loss", None, tuple(mixed))
        for f, expected in ((loss, 4.0), (strange, 14.0), (loss, 4.0), (apart(3.0, 5.0), 15.0)):
            assert srcad.grad(f)(1.0) == expected


def test_fixed_values_are_compared():
    """What decides shapes and loops is known while compiling: another value derives again."""

    def power(n, kind):
        def f(x):
            out = x * np.ones(n)
            return np.sum(out) if kind == "sum" else np.prod(out)

        return f

    with as_plain_python():
        for n, kind in ((2, "sum"), (3, "sum"), (3, "prod"), (2, "sum")):
            f = power(n, kind)
            check(f, *held(f))


def test_edited_callees(tmp_path, monkeypatch):
    """A module that is loaded again, and a function whose code is another one."""
    name = "edited_callees"
    path = tmp_path / f"{name}.py"
    text = """
        SCALE = 2.0
        def inner(x):
            return SCALE * x
        def outer(x):
            return x * inner(x)
    """
    path.write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    module = importlib.import_module(name)

    def caller(x):
        return module.outer(x) + module.SCALE

    with as_plain_python():
        kept = held(caller)
        check(caller, *kept)
        path.write_text(textwrap.dedent(text).replace("SCALE * x", "SCALE * x * x + 1"))
        importlib.reload(module)
        check(caller, *kept)
        module.inner = lambda x: x**4
        check(caller, *kept)
        module.outer.__code__ = by_loop_of_two.__code__
        check(caller, *kept)
    del sys.modules[name]


@pytest.mark.compiled
def test_an_edited_global_function():
    """Another code object in the place of the old one, as tools for notebooks put it there."""
    before = edited.__code__
    g = srcad.grad(by_edited)
    assert g(1.5) == 2.0
    edited.__code__ = by_loop_of_two.__code__
    assert g(1.5) == 3 * 1.5**2
    edited.__code__ = before
    assert g(1.5) == 2.0


def edited(x):
    return 2.0 * x


def by_edited(x):
    return edited(x)


def by_rate(x):
    return RATE * x


def by_loop_of_two(x):
    return x * x * x


def test_builtins_and_missing_names(monkeypatch):
    """A name of Python's own that a global hides later; a global that is deleted."""
    with as_plain_python():
        g = srcad.grad(absolute)
        assert g(-2.0) == -1.0 * RATE
        with monkeypatch.context() as patch:
            patch.setitem(globals(), "abs", by_loop_of_two)
            assert np.isclose(g(-2.0), 12.0 * RATE)
        assert g(-2.0) == -1.0 * RATE
        with monkeypatch.context() as patch:
            patch.delitem(globals(), "RATE")
            with pytest.raises((NameError, KeyError), match="RATE"):
                g(-2.0)
        assert g(-2.0) == -1.0 * RATE


def absolute(x):
    return RATE * abs(x)


def test_attributes_of_classes():
    """Classes are looked into: their attributes are fixed values."""

    class Config:
        scale = 2.0

    def f(x):
        return Config.scale * x * x

    with as_plain_python():
        kept = held(f)
        check(f, *kept)
        Config.scale = 5.0
        check(f, *kept)


def test_defaults_of_callees(monkeypatch):
    """Defaults by position and by keyword: others, and others in the same dict."""
    scale = 2.0

    def callee(x, rate=1.0, *, power=2):
        return scale * rate * x**power

    def f(x):
        return callee(x) * scale

    with as_plain_python():
        kept = held(f)
        check(f, *kept)
        monkeypatch.setattr(callee, "__defaults__", (3.0,))
        check(f, *kept)
        monkeypatch.setattr(callee, "__kwdefaults__", {"power": 3})
        check(f, *kept)
        callee.__kwdefaults__["power"] = 4
        check(f, *kept)


def test_attributes_that_modules_make(monkeypatch):
    """An attribute that is deleted is an error with its line, or what `__getattr__` returns."""
    with as_plain_python():
        kept = held(by_module)
        check(by_module, *kept)
        with monkeypatch.context() as patch:
            patch.delattr(PARAMS, "rate")
            for made in (*kept, srcad.grad(by_module)):
                with pytest.raises(srcad.NotDifferentiable, match="rate"):
                    made(1.5)
            patch.setattr(PARAMS, "__getattr__", lambda _: 7.0, raising=False)
            check(by_module, *kept)
        check(by_module, *kept)


def test_a_pullback_keeps_what_it_was_made_with():
    """It is that of the point, and of what was captured there."""
    x = np.arange(3.0)
    loss, rebind = model(x)
    with as_plain_python():
        _, pullback = srcad.vjp(loss, 1.5)
        expected = pullback(1.0)
        x[:] = 7.0
        assert pullback(1.0) == expected
        rebind(np.ones(2))
        assert pullback(1.0) == expected


def test_nested_operators():
    """Derivatives of derivatives follow as well."""
    x = np.arange(3.0)
    loss, rebind = model(x)
    with as_plain_python():
        second = srcad.grad(srcad.grad(loss))
        hessian, along = srcad.hessian(loss), srcad.tangent(srcad.grad(loss))
        for _ in range(2):
            expected = 2 * np.sum(x * x)
            assert np.isclose(second(1.5), expected)
            assert np.isclose(hessian(1.5), expected)
            assert np.isclose(along(1.5, 1.0)[1], expected)
            assert np.isclose(srcad.jvp(srcad.grad(loss), (1.5,), (1.0,))[1], expected)
            assert np.isclose(srcad.taylor(loss, 1.5, 1.0, 2)[2], expected / 2)
            x = np.arange(5.0)
            rebind(x)


@pytest.mark.compiled
def test_sparse_functions_follow():
    """The pattern is that of what is captured now."""
    which = np.array([0, 1])

    def f(x):
        return x[which] ** 2

    with as_plain_python():
        made = srcad.sparse_jacobian(f)
        x = np.array([1.0, 2.0, 3.0])
        assert np.allclose(made(x).toarray(), [[2, 0, 0], [0, 4, 0]])
        which[1] = 2
        assert np.allclose(made(x).toarray(), [[2, 0, 0], [0, 0, 6]])
        assert np.allclose(srcad.sparse_jacobian(f)(x).toarray(), [[2, 0, 0], [0, 0, 6]])


def test_errors_are_those_of_the_function():
    """What is refused is refused with its place, whatever is captured."""

    def f(x):
        return RATE * x @ TABLE if x > 0 else {RATE}

    with pytest.raises(srcad.NotDifferentiable, match=r"\{RATE\}"):
        srcad.grad(f)(1.0)

    def writes(x):
        TABLE[0] = x
        return TABLE[0] * x

    with pytest.raises(srcad.NotDifferentiable, match="captured array"):
        srcad.grad(writes)(1.0)
    with pytest.raises(TypeError, match="w is an int64"):
        srcad.grad(by_globals)(1)


def test_pickles():
    """A derivative is made again of the function."""
    g = srcad.grad(by_globals)
    assert isinstance(g, Bound)
    assert pickle.loads(pickle.dumps(g)) is g


def test_looks_like_a_derivative():
    """Attributes, signatures and texts are those of the function."""
    with as_plain_python():
        g = srcad.grad(by_globals)
        g(1.0)
        assert g.__name__ == "by_globals_grad"
        assert list(g.__signature__.parameters) == ["w"]
        assert g.py_func(1.0) == g(1.0) == g(w=1.0)
        assert g.count == 1
        with pytest.raises(TypeError, match="argument"):
            g(1.0, 2.0)


@pytest.mark.compiled
def test_compiled_code_and_threads():
    """Compiled, from threads, and from `@njit` code, where values are those when it is compiled."""
    x = np.arange(4.0)
    loss, _ = model(x)
    g = srcad.grad(loss)

    def truth():
        return np.sum(2 * (1.5 * x - x) * x)

    assert np.isclose(g(1.5), truth())

    @numba.njit
    def compiled(w):
        return g(w)

    before = truth()
    assert np.isclose(compiled(1.5), before)
    x[0] = 5.0
    assert np.isclose(g(1.5), truth())
    assert np.isclose(compiled(1.5), before)
    problems = []

    def run(k):
        own, _ = model(np.full(3, float(k)))
        for _ in range(20):
            if not np.isclose(srcad.grad(own)(1.5), 3.0 * k * k):
                problems.append(k)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    out, pullback = srcad.vjp(loss, 1.5)
    expected = pullback(1.0)
    assert np.isclose(out, loss(1.5))
    assert np.isclose(expected[0], truth())
    before = truth()
    x[1] = -3.0
    assert pullback(1.0) == expected
    out, f_jvp = srcad.linearize(loss, 1.5)
    assert np.isclose(f_jvp(1.0), truth())


@pytest.mark.compiled
def test_what_functions_with_rules_read():
    """Globals, cells and attributes that rules, or what these call, read are seen to change."""
    module = types.ModuleType("settings")
    module.SHIFT = 1.0
    made = function(
        """
        def made(scale):
            @srcad.custom_jvp
            def h(x):
                return (RATE * x + settings.SHIFT) * scale

            @h.defjvp
            def _(p, t):
                return h(p[0]), SLOPE * t[0]

            def grow(by):
                nonlocal scale
                scale = by

            def f(x):
                return h(x) * 2.0

            return f, grow
        """,
        "made",
        srcad=srcad,
        settings=module,
        RATE=2.0,
        SLOPE=3.0,
    )
    names = made.__globals__
    f, grow = made(1.0)
    held, decorated = srcad.value_and_grad(f), srcad.differentiate(f)

    def agree(value, slope):
        for found in (held(1.0), srcad.value_and_grad(f)(1.0)):
            assert found == (value, slope)
        assert decorated(1.0) == value
        assert f(1.0) == value

    agree(6.0, 6.0)
    names["RATE"] = 5.0
    agree(12.0, 6.0)
    names["SLOPE"] = 4.0
    agree(12.0, 8.0)
    module.SHIFT = 2.0
    agree(14.0, 8.0)
    grow(3.0)
    agree(42.0, 8.0)


@pytest.mark.parametrize("name", ["forward", "outer", "again", "kernel", "_kernel", "_c0", "get"])
def test_names_of_any_spelling_are_captured(name):
    """A global array, a global helper and a closure cell may have any name."""
    text = f"""
        import numpy as np

        def by_value(x):
            return np.sum({name} * x)

        def by_cell({name}):
            def f(x):
                return np.sum({name} * x)

            return f

        def by_helper(x):
            return {name}(x) * x[0]
        """
    x = np.array([1.0, 2.0])
    by_value = function(text, "by_value", **{name: np.array([3.0, 4.0])})
    by_helper = function(text, "by_helper", **{name: function(SUM, "total")})
    by_cell = function(text, "by_cell")(np.array([5.0, 6.0]))
    with as_plain_python():
        assert srcad.value_and_grad(by_value)(x)[0] == 11.0
        by_value.__globals__[name] = np.array([1.0, 1.0])
        assert srcad.value_and_grad(by_value)(x)[0] == 3.0
        np.testing.assert_array_equal(srcad.grad(by_cell)(x), [5.0, 6.0])
        np.testing.assert_array_equal(srcad.grad(by_helper)(x), [4.0, 1.0])


SUM = """
    import numpy as np

    def total(x):
        return np.sum(x)
"""
