"""What the key of compiled code says: all that it depends on, and nothing of this process."""

from __future__ import annotations

import builtins
import ctypes
import functools
import math
import sys
import textwrap
import types
from collections import namedtuple

import numba
import numpy as np
import pytest
from scipy import special

import srcad
from srcad.backend import cache, classes
from srcad.backend.fingerprint import digest
from srcad.cache.content import LIBRARY_OF_PYTHON
from srcad.derivative import lasting_content
from srcad.rules.known import GIVEN
from srcad.rules.table import PRIMS, RULES
from tests.cache.programs import function, run

CALLER = "def f(x):\n    return g(x) * c\n"
CALLEE = "def g(x):\n    return x * 2.0\n"


def content(func):
    return lasting_content(func, ())


def f_of(text=CALLER, file="/a/cell.py", callee=CALLEE, callee_file="/a/lib.py", **names):
    """Return a function that calls one of another file."""
    inner = function(callee, "g", file=callee_file)
    return function(text, "f", file=file, **{"g": inner, "c": 3.0, **names})


def module(name, **values):
    """Return a module that is known by its name."""
    made = sys.modules[name] = types.ModuleType(name)
    vars(made).update(values)
    return made


@pytest.fixture(autouse=True)
def nothing_stays():
    """Forget the modules and the rules of these tests."""
    known, tables = set(sys.modules), (PRIMS, RULES, GIVEN)
    before = [dict(table) for table in tables]
    yield
    for name in [name for name in set(sys.modules) - known if name.endswith("_of_these")]:
        del sys.modules[name]
    for table, old in zip(tables, before, strict=True):
        table.clear()
        table.update(old)


def test_same_content():
    """Of another object, in another folder (a notebook's have the number of its process)."""
    assert content(f_of()) == content(f_of())
    assert content(f_of(file="kernel_1/5.py")) == content(f_of(file="kernel_2/5.py"))
    assert content(srcad.grad(f_of())) == content(srcad.grad(f_of()))


CHANGES = {
    "a line above": {"text": "\n" + CALLER},
    "another file": {"file": "/a/other.py"},
    "an edited callee": {"callee": CALLEE.replace("2.0", "2.5")},
    "a number of another type": {"c": 3},
    "a global": {"c": 4.0},
    "minus zero": {"c": -0.0},
    "an array": {"c": np.full(2, 3.0)},
    "its dtype": {"c": np.full(2, 3.0, np.float32)},
    "its order": {"c": np.full((2, 2), 3.0)},
    "a string": {"c": "3.0"},
    "another name": {"text": CALLER.replace("x", "y")},
    "a default": {"text": CALLER.replace("f(x)", "f(x, y=1.0)")},
    "another default": {"text": CALLER.replace("f(x)", "f(x, y=2.0)")},
    "a keyword": {"text": CALLER.replace("f(x)", "f(x, *, y=2.0)")},
    "places": {"text": CALLER.replace("g(x) * c", "g(x)  * c")},
}


def test_changes():
    """Each of them is other content."""
    found = {name: content(f_of(**change)) for name, change in CHANGES.items()}
    found["as it was"] = content(f_of())
    assert None not in found.values()
    assert len(set(found.values())) == len(found)


def test_values_in_modules_and_classes(monkeypatch):
    """Of the user's, and what was put into those of others."""
    text = "def f(x):\n    return x * lib.scale * Config.rate + np.mine + np.linalg.own(x)\n"
    found = set()

    def note(lib, config):
        np.linalg.own = function(CALLEE, "g", file="/a/own.py")
        lib.Config = type("Config", (), {"rate": config, "__module__": lib.__name__})
        lib.Config.__qualname__ = "Config"
        found.add(content(function(text, lib=lib, Config=lib.Config, np=np)))

    monkeypatch.setattr(np, "mine", 1.0, raising=False)
    monkeypatch.setattr(np.linalg, "own", None, raising=False)
    note(module("lib_of_these", scale=2.0), 1.0)
    note(module("lib_of_these", scale=3.0), 1.0)
    note(module("lib_of_these", scale=3.0), 2.0)
    monkeypatch.setattr(np, "mine", 5.0)
    note(module("lib_of_these", scale=3.0), 2.0)
    assert None not in found
    assert len(found) == 4


def written(name, text):
    """Return a module of the user's with this text."""
    made = module(name)
    exec(compile(textwrap.dedent(text), f"/a/{name}.py", "exec"), vars(made))
    return made


@pytest.mark.parametrize("file", [None, "/a/code.py", LIBRARY_OF_PYTHON + "x-packages/code.py"])
def test_modules_with_names_of_pythons_own(file, monkeypatch):
    """A user's module that stands before one that comes with Python is looked into."""
    name = "code"
    monkeypatch.setitem(sys.modules, name, None)
    text = "def g(x):\n    return x * {0}\nclass Config:\n    rate = {0}\n"
    callers = ("g(x)", "lib.g(x)", "x * Config.rate", "x * lib.Config.rate")
    for caller in callers:
        found = set()
        for factor in (2.0, 3.0):
            lib = written(name, text.format(factor))
            if file is not None:
                lib.__file__ = file
            caller_text = f"def f(x):\n    return {caller}\n"
            found.add(content(function(caller_text, lib=lib, g=lib.g, Config=lib.Config)))
        assert len(found - {None}) == 2, caller
    monkeypatch.setitem(sys.modules, name, types.ModuleType(name))


def test_what_is_put_into_builtins_and_libraries(monkeypatch):
    """New names, other functions, and the functions of other names: each is other content."""
    text = "import math\ndef f(x):\n    return abs(x) * math.sin(x)\n"
    scaled = "def f(x):\n    return x * scale_of_these\n"
    found = [content(function(text))]
    with monkeypatch.context() as patch:
        patch.setattr(math, "sin", math.cos)
        found.append(content(function(text)))
    with monkeypatch.context() as patch:
        patch.setattr(builtins, "abs", function(CALLEE, "g"))
        found.append(content(function(text)))
    for scale in (1.0, 2.0):
        with monkeypatch.context() as patch:
            patch.setattr(builtins, "scale_of_these", scale, raising=False)
            found.append(content(function(scaled)))
    assert len({*found} - {None}) == 5
    assert content(function(text)) == found[0]


Pair = namedtuple("Pair", "a b")


class Model:
    rate = 2.0


@numba.vectorize(["float64(float64)"])
def stepped(x):
    return x + 1.0


def test_what_has_no_content():
    """Objects, pointers, classes with fields, rules for compiled functions: not kept."""
    local = type("Local", (), {"rate": 1.0})
    square_root = ctypes.CDLL(None).sqrt if sys.platform != "win32" else object()
    srcad.rule("stepped_here(x)", stepped, dx="1")
    values = (Model(), local, square_root, Pair, Pair(1.0, 2.0), stepped, np.array([Model()]))
    for value in (*values, [1.0], {"a": 1.0}, functools.partial(math.sin), types.ModuleType("m")):
        assert content(f_of(c=value)) is None, value


def test_objects_of_the_user_have_no_content_by_their_name(monkeypatch):
    """Another process may have another function of this name."""
    lib = module("lib_of_these")
    found = functools.partial(math.sin)
    monkeypatch.setattr(found, "__module__", lib.__name__, raising=False)
    monkeypatch.setattr(found, "__qualname__", "opaque", raising=False)
    lib.opaque = found
    assert content(f_of(c=found)) is None


def test_kernels_have_the_content_of_their_text_and_types():
    """Whatever they are called."""
    inner = function(CALLEE, "g")
    signatures = ("float64(float64)", "float32(float32)", "float64(float64)")
    for made in (numba.cfunc, lambda sig: numba.vectorize([sig])):
        first, other, again = (content(f_of(c=made(sig)(inner))) for sig in signatures)
        assert first is not None
        assert first == again != other


def test_flags_of_callees_count():
    """Numba compiles a callee with them."""
    inner = function(CALLEE, "g")
    flags = ({}, {"fastmath": True}, {"error_model": "numpy"}, {"boundscheck": True})
    found = {content(f_of(c=numba.njit(**given)(inner))) for given in flags}
    assert len(found - {None}) == len(flags)


def test_functions_of_scipy_have_names():
    """Taken from their module, too."""
    assert content(f_of(c=special.erf)) not in {None, content(f_of(c=special.erfc))}


def test_classes_of_exceptions():
    """Compiled code finds them by their module: `__main__` of another process has others."""
    text = "def f(x):\n    if x < 0.0:\n        raise Error(1)\n    return x\n"
    assert content(function(text, Error=ValueError)) is not None
    assert content(function(text, Error=srcad.InternalError)) is not None
    local = type("LocalError", (Exception,), {"__module__": "__main__"})
    sys.modules["__main__"].LocalError = local
    assert content(function(text, Error=local)) is None
    del sys.modules["__main__"].LocalError


def test_rules_count():
    """The rule of a `custom_jvp` is part of what calls it."""

    def made(factor):
        rule = f"def rule(p, t):\n    return p[0], {factor} * t[0]\n"
        f = srcad.custom_jvp(function(CALLEE, "g"))
        f.defjvp(function(rule, "rule", file="/a/rule.py"))
        return content(f_of(c=f))

    assert made(1.0) == made(1.0) != made(2.0)
    assert None not in {made(1.0), made(2.0)}


def test_known_types():
    """Types whose text is all of them."""
    array, number = numba.float64[:, ::1], numba.float64
    named = numba.typeof(Pair(1.0, 2.0))
    for known in (number, array, numba.types.Tuple((array, named)), numba.types.none, named):
        assert classes.is_known(known)
    for unknown in (numba.types.unicode_type, numba.typeof(namedtuple("One", "a")("text"))):
        assert not classes.is_known(unknown)
    other = numba.typeof(namedtuple("Pair", "a c")(1.0, 2.0))
    again = numba.typeof(namedtuple("Pair", "a b")(1.0, 2.0))
    rows = (
        *((array.copy(readonly=True),), (array,), (array.copy(layout="A"),)),
        *((named,), (other,), (named, named), (named, again), (again, named, named)),
        *((numba.typeof((1.0, 2.0)),), (numba.typeof(((1.0, 2.0),)),)),
    )
    assert len(set(map(classes.text_of, rows))) == len(rows)
    assert classes.text_of((named, again)) == classes.text_of((again, named))


def test_names_of_functions_have_the_order_of_arrays():
    """Numba finds code by these names in the whole process."""
    array = np.ones((2, 3))
    assert digest(array) == digest(array.copy()) != digest(np.asfortranarray(array))


def test_settings_count(monkeypatch):
    """Of Numba, and of the decorated function's own indices."""
    before = cache._settings()
    for name in ("OPT", "DEBUG_NRT", "EXTEND_VARIABLE_LIFETIMES", "LLVM_REFPRUNE_PASS"):
        with monkeypatch.context() as other:
            other.setattr(numba.core.config, name, "another")
            assert cache._settings() != before
    decorated = srcad.differentiate(function(CALLEE, "g"))
    unchecked = decorated._cache.content()
    monkeypatch.setenv("SRCAD_BOUNDSCHECK", "1")
    assert decorated._cache.content() != unchecked


def test_content_is_that_of_other_processes(tmp_path):
    """Whatever the order of sets and the addresses are there."""
    text = """
    import math, numpy as np, srcad
    from tests.cache.programs import function
    from tests.cache.test_content import content, f_of
    text = "def f(x):\\n    return x if x in {'a', 'bc', 'def', 1.5, None} else np.sin(math.pi)\\n"
    print(content(f_of()), content(function(text, np=np, math=math)), content(srcad.grad(f_of())))
    """
    found = {run(text, tmp_path / "cache", PYTHONHASHSEED=seed) for seed in ("1", "2")}
    assert len(found) == 1
    assert "None" not in found.pop()
