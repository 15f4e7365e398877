"""Damaged and planted files, changed programs: the right number, with a warning or without."""

from __future__ import annotations

import pickle

import llvmlite.binding as llvm
import numba
import numpy as np
import pytest
from numba.core.environment import lookup_environment

import srcad
from srcad import deriving, memo
from srcad.backend import loaded
from srcad.cache import entries
from srcad.options import DEFAULT
from srcad.parts import cut_parts
from tests.cache.programs import function

pytestmark = pytest.mark.compiled

TEXT = """
def f(x):
    return SCALE * x * x
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A directory for the cache, which is on."""
    monkeypatch.setenv("SRCAD_CACHE", "1")
    monkeypatch.setenv("SRCAD_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def fresh(scale=3.0, text=TEXT, **names):
    """Return a gradient that this process has not derived, as another process has it."""
    memo._by_content.clear()
    return srcad.grad(function(text, SCALE=scale, **names))


def is_loaded(gradient, *args):
    """Call a gradient; return whether it was found on disk."""
    gradient(*args)
    return not gradient.emitted


class Planted:
    """What runs when it is unpickled."""

    runs = 0

    def __reduce__(self):
        return Planted.ran, ()

    @staticmethod
    def ran():
        Planted.runs += 1


def test_bad_files(cache):
    """A warning, the right number, and a good file in the place of the bad one."""
    assert fresh()(2.0) == 12.0
    (file,) = cache.iterdir()
    good = entries.unpacked(file.read_bytes())
    other = {**good.manifest, "key": {"of": "something else"}}
    planted = entries.packed(entries.Entry(other, pickle.dumps(Planted())))
    no_code = entries.packed(entries.Entry(good.manifest, b"no pickle"))
    for bad in (b"", pickle.dumps(Planted()), planted, no_code):
        file.write_bytes(bad)
        with pytest.warns(srcad.CacheWarning, match="compiled anew"):
            assert fresh()(2.0) == 12.0
    assert Planted.runs == 0
    gradient = fresh()
    assert is_loaded(gradient, 2.0)
    (text,) = gradient.inspect_source().values()
    assert text.startswith("def f_")
    assert gradient.py_func(2.0) == 12.0  # derived now


def test_what_is_looked_at(cache, capsys):
    """The text and the plan are those that were kept: nothing is derived for them."""
    shown = []
    for _ in range(2):
        memo._by_content.clear()
        own = srcad.differentiate(function(TEXT, SCALE=3.0))
        gradient = own.value_and_grad()
        gradient(2.0)
        for level in (1, 2):
            own.adjoint_diagnostics(level=level)
        shown.append((own.inspect_adjoint(), capsys.readouterr().out))
    assert not gradient.emitted
    assert shown[0] == shown[1]
    assert "nothing is kept" in shown[0][1]


def test_names_that_a_process_lacks(cache):
    """Code that needs a function that this process does not have is not loaded: it would end it."""
    assert fresh()(2.0) == 12.0
    (file,) = cache.iterdir()
    good = entries.unpacked(file.read_bytes())
    manifest = {**good.manifest, "symbols": [*good.manifest["symbols"], "no_such_function"]}
    file.write_bytes(entries.packed(entries.Entry(manifest, good.code)))
    assert not is_loaded(fresh(), 2.0)


def test_a_name_that_other_code_has(cache):
    """The process has one function of a name: code of another entry is not loaded over it."""
    gradient = fresh()
    assert gradient(2.0) == 12.0
    (result,) = gradient.overloads.values()
    assert is_loaded(fresh(), 2.0)
    loaded._entries[result.fndesc.llvm_func_name] = "another entry"
    assert not is_loaded(fresh(), 2.0)


def test_switches(cache, monkeypatch):
    """The cache is off unless it is asked for: by a variable, a block, or the decorator."""
    monkeypatch.delenv("SRCAD_CACHE")
    assert fresh()(2.0) == 12.0
    assert not cache.exists()
    with srcad.options(cache=True):
        gradient = fresh()
    assert gradient(2.0) == 12.0
    assert not is_loaded(fresh(), 2.0)
    with srcad.options(cache=True):
        assert is_loaded(fresh(), 2.0)
    known = function(TEXT, SCALE=3.0)
    memo._by_content.clear()
    gradient = srcad.grad(known)
    with srcad.options(cache=True):
        assert srcad.grad(known) is gradient
    assert is_loaded(gradient, 2.0)
    monkeypatch.setenv("SRCAD_CACHE", "1")
    gradient = fresh()
    with srcad.options(cache=False):
        assert not is_loaded(gradient, 2.0)
    monkeypatch.delenv("SRCAD_CACHE")
    memo._by_content.clear()
    decorated = srcad.differentiate(cache=True)(function(TEXT, SCALE=3.0))
    assert is_loaded(decorated.grad(), 2.0)


def test_stages_that_are_asked_for(cache, monkeypatch, capsys):
    """They are shown, whether the code is on disk or not."""
    fresh()(2.0)
    monkeypatch.setenv("SRCAD_SHOW", "simplified")
    assert not is_loaded(fresh(), 2.0)
    assert "simplified" in capsys.readouterr().out
    monkeypatch.delenv("SRCAD_SHOW")
    assert is_loaded(fresh(), 2.0)


PLAIN = """
def f(x):
    s = 0.0
    for i in range(x.size):
        s += helper(x[i]) * SCALE
    return s
"""


def test_plain_functions(cache):
    """What Numba compiles alone is found if its text says all: the constants, the callees' too."""
    helper = "def helper(x):\n    return x * {}\n"
    kept = []
    for scale, factor in ((2, 3.0), (2, 3.0), (5, 3.0), (2, 7.0), (2, 3.0)):
        inner = numba.njit(function(helper.format(factor), "helper"))
        own = srcad.differentiate(function(PLAIN, helper=inner, SCALE=scale))
        assert own(np.ones(2)) == 2 * scale * factor
        kept.append(bool(own.reading.kernel._compiler.kept))
    assert kept == [True, False, True, True, False]
    assert len(list(cache.iterdir())) == 3


def test_plain_functions_that_are_not_kept(cache):
    """Those that call themselves, or what an `overload` compiles, or what srcad does not know."""

    def twice(x):
        return x * 2.0

    numba.extending.overload(twice)(lambda x: lambda x: x * 3.0)
    unknown = "def f(x):\n    d = {1: x}\n    return d[1] * helper(x)\n"
    for text in ("def f(x):\n    return helper(x)\n", unknown):
        inner = twice if text != unknown else numba.njit(twice)
        own = srcad.differentiate(function(text, helper=inner))
        assert own(2.0) == (6.0 if text != unknown else 8.0)
    own = srcad.differentiate(function("def f(n):\n    return 1.0 if n < 1 else n * f(n - 1)\n"))
    own.py_func.__globals__["f"] = own
    assert own(3) == 6.0
    assert not cache.exists()


SINGLE = """
import math
def f(x):
    return math.exp(math.sin(x)) * SCALE
"""


def pulled(func):
    """Return what a pullback gives."""
    _, pullback = srcad.vjp(func, 0.0)
    return pullback(1.0)[0]


def test_halves(cache, monkeypatch):
    """The text of both, and their code; a changed global makes others."""
    derived = []
    real = deriving.cut
    monkeypatch.setattr(deriving, "cut", lambda *args: derived.append(args) or real(*args))
    first = function(SINGLE, SCALE=3)
    assert pulled(first) == 3.0
    assert pulled(function(SINGLE, SCALE=3)) == 3.0
    assert len(derived) == 1
    first.__globals__["SCALE"] = 4
    assert pulled(first) == pulled(function(SINGLE, SCALE=4)) == 4.0
    assert len(derived) == 2
    with srcad.options(cache=False):
        assert pulled(function(SINGLE, SCALE=4)) == 4.0
    assert len(derived) == 3
    for file in cache.iterdir():
        if entries.unpacked(file.read_bytes()).code:
            file.unlink()  # the texts alone are left
    assert pulled(function(SINGLE, SCALE=4)) == 4.0
    for file in cache.iterdir():
        if entries.unpacked(file.read_bytes()).code:
            file.unlink()
    late = function(SINGLE, SCALE=4)
    made = cut_parts("halves", late, (0,), DEFAULT, (numba.float64,))
    late.__globals__["SCALE"] = 5
    with pytest.raises(RuntimeError, match="what 'f' captures has changed"):
        made[0](0.0)


def test_halves_of_bad_texts(cache):
    """Names that are none are not run: a warning, and the right numbers."""
    assert pulled(function(SINGLE, SCALE=3)) == 3.0
    for file in cache.iterdir():
        entry = entries.unpacked(file.read_bytes())
        if not entry.code:
            for part in entry.manifest["written"]["parts"]:
                part["params"] = ["x=print('run')"]
            file.write_bytes(entries.packed(entry))
    with pytest.warns(srcad.CacheWarning, match="compiled anew"):
        assert pulled(function(SINGLE, SCALE=3)) == 3.0


CALLEES = """
import numpy as np
def f(A, n):
    if n < 1:
        return np.sum(A)
    return np.sum(np.linalg.inv(A)) * f(A, n - 1)
"""


def test_no_name_is_that_of_other_code(cache):
    """Whatever is visible of a piece of code has its content in its name.

    Numba numbers what it compiles: the helpers of another program have the same names.
    """
    gradient = srcad.grad(function(CALLEES))
    gradient(np.eye(2), 1)
    (result,) = gradient.overloads.values()
    ((name, _),) = [(e.built.name, e) for e in gradient.emitted.values()]
    tag = name.rpartition("_")[2]
    module = result.library._final_module
    visible = [
        value
        for value in (*module.functions, *module.global_variables)
        if not value.is_declaration and value.linkage is not llvm.Linkage.internal
    ]
    own = [value.name for value in visible if not value.name.startswith(loaded.KEPT)]
    assert own
    for found in own:
        assert tag in found or found.startswith(f"{loaded.ENVIRONMENT}."), found
    assert all(lookup_environment(name).env_name == name for name in result.library.environments)
